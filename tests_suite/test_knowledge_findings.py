"""What the checks say of recorded answers: each table is (what came, every finding in its words)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from fixtures.finding import Finding
from fixtures.knowledge import checks
from fixtures.knowledge.http import Answer
from fixtures.knowledge.integrity import round_trip_text
from fixtures.knowledge.reply import Failure, Listing, Reply

TOOL = "a_tool_of_tomorrow"  # its results may have any form
OBJECT = {"type": "object"}
PATTERN = {
    "id": "pat-1",
    "name": "RAG",
    "problem": "Names are missed.",
    "solution": "Fuse two rankings.",
    "code_example": "",
    "context": "Large corpora",
    "trade_offs": [],
    "topics": ["rag"],
    "source_title": "Vectors at Work",
    "source_id": "src-1",
    "chunk_id": None,
}
LIMITED = Failure("limited", "POST /mcp: answered 429", 429)
LOST = Failure("lost", "POST /mcp: broke off")


def body(*results: Any, **metadata: Any) -> str:
    """A good answer with these results."""
    about = {"query": "rag", "sources_cited": ["Vectors at Work"], "search_type": "filtered", "latency_ms": 3}
    return json.dumps({"results": results, "metadata": {**about, "result_count": len(results), **metadata}})


def rest(text: str, status: int = 200, kind: str = "application/json", error: str = "") -> Answer:
    headers = {"content-type": kind} if kind else {}
    return Answer("GET /t", status, 1.0, headers, text.encode(), error)


def reply(text: str = "", tool: str = TOOL, query: str = "rag", **more: Any) -> Reply:
    return Reply(tool, {"topic": query} if query else {}, 1.0, text, **{"blocks": 1, **more})


def by_call(*given: Reply) -> dict[tuple[str, str], Reply]:
    return {(each.tool, each.arguments.get("topic", "")): each for each in given}


def in_words(*messages: str) -> list[Finding]:
    return [Finding(None, None, message) for message in messages]


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (rest(body({"id": "1"})), []),
        (LIMITED, []),
        (rest("slow down", 429), []),
        (Failure("unasked", "/t: not asked"), ["/t: not asked"]),
        (rest("", 500), ["GET /t: answered 500; expected 200 with results"]),
        (rest("", error="broke off"), ["GET /t: broke off; expected 200 with results"]),
        (rest("[1]"), ["GET /t: the answer is JSON of type a list; expected an object with results and metadata"]),
        (
            rest("<p>", kind="text/html"),
            ["GET /t: no JSON at line 1, column 1 (Expecting value): '<p>' (sent as text/html)"],
        ),
        (
            rest("<p>", kind=""),
            ["GET /t: no JSON at line 1, column 1 (Expecting value): '<p>' (sent as no content type)"],
        ),
        (rest(body(1, 2, 3)), [f"GET /t: results[{number}] is a number; expected an object" for number in range(3)]),
        (
            rest(body(1, 2, 3, 4, 5)),
            [
                *(f"GET /t: results[{number}] is a number; expected an object" for number in range(3)),
                "GET /t: … and 2 more of this kind",
            ],
        ),
    ],
)
def test_rest_twin_is_held_to_status_and_form(answer: Answer | Failure, words: list[str]) -> None:
    first = last = in_words("GET /t: answered 404; expected 200 with results")

    found = checks.twin_findings({"first": rest("", 404), TOOL: answer, "last": rest("", 404)})

    assert found == [*first, *in_words(*words), *last]


def test_rest_twin_is_held_to_the_form_of_its_own_tool() -> None:
    answers = {"get_patterns": rest(body({**PATTERN, "topics": "rag"})), TOOL: rest(body({"topics": "rag"}))}

    assert checks.twin_findings(answers) == in_words("GET /t: results[0].topics is text; expected a list")


@pytest.mark.parametrize(
    ("tools", "words"),
    [
        ([{"name": "list_sources", "inputSchema": OBJECT}], []),
        ([], ["tools/list: list_sources is missing; the server offers nothing"]),
        (
            [{"name": "a", "inputSchema": OBJECT}, {"name": "b", "inputSchema": OBJECT}],
            ["tools/list: list_sources is missing; the server offers a, b"],
        ),
        (
            [{"name": "list_sources", "inputSchema": OBJECT}] * 2 + [{"name": "a", "inputSchema": OBJECT}] * 3,
            ["tools/list: list_sources is listed 2 times", "tools/list: a is listed 3 times"],
        ),
        (
            [
                {"name": "list_sources"},
                {"name": "a", "inputSchema": {"type": "array"}},
                {"name": "b", "inputSchema": {"type": "object", "properties": {"n": {"type": "whole"}}}},
                {"name": "c", "inputSchema": {"type": "object", "required": "all"}},
                {"name": "d", "inputSchema": {"type": "object", "$ref": 1}},
                {"name": "e", "inputSchema": {**OBJECT, "properties": {"other": {}}}},
            ],
            [
                "list_sources: inputSchema is no schema of an object",
                "a: inputSchema is no schema of an object",
                "b: inputSchema is no valid JSON Schema: properties.n.type: 'whole' is not valid under any of the "
                "given schemas",
                "c: inputSchema is no valid JSON Schema: required: 'all' is not of type 'array'",
                "d: inputSchema is no valid JSON Schema: $ref: 1 is not of type 'string'",
            ],
        ),
    ],
)
def test_list_of_tools_is_held_to_what_the_plan_names(tools: list[dict[str, Any]], words: list[str]) -> None:
    assert checks.listing_findings(Listing(tuple(tools)), ["list_sources"]) == in_words(*words)


def test_tool_of_the_plan_takes_its_parameter() -> None:
    two = {**OBJECT, "properties": {"limit": {}, "text": {}}}
    tools = (
        {"name": "search_knowledge", "inputSchema": two},
        {"name": "get_patterns", "inputSchema": OBJECT},
        {"name": "get_warnings", "inputSchema": {**OBJECT, "properties": {"topic": {}}}},
        {"name": "list_sources", "inputSchema": OBJECT},
        {"name": "get_decisions", "inputSchema": two},
    )

    found = checks.listing_findings(Listing(tools), ["search_knowledge", "get_patterns", "get_warnings"])

    assert found == in_words(
        "search_knowledge: inputSchema takes no 'query'; it takes limit, text",
        "get_patterns: inputSchema takes no 'topic'; it takes nothing",
    )


def test_replies_are_results_of_their_form_with_something_in_them() -> None:
    replies = by_call(
        reply(query="a", failure=LIMITED),
        reply(query="b", failure=LOST),
        reply("down", query="c", is_error=True),
        reply("", query="d"),
        reply(body(7), query="e"),
        reply(body(), query="f"),
        reply(body({"id": "1"}), query="g"),
        reply(body({**PATTERN, "source_title": "Unknown"}), "get_patterns", "h"),
        reply(body({**PATTERN, "topics": "rag"}), "get_patterns", "i"),
    )

    assert checks.reply_findings(replies) == in_words(
        f"{TOOL}('b'): POST /mcp: broke off",
        f"{TOOL}('c'): answered with an error: down",
        f"{TOOL}('d'): the answer is empty; expected JSON with results and metadata",
        f"{TOOL}('e'): results[0] is a number; expected an object",
        f"{TOOL}('f'): no results; expected at least one (is the vector database behind the server down or empty?)",
        "get_patterns('h'): 1 of 1 results name no source (title 'Unknown') (is the document database behind the "
        "server down?)",
        "get_patterns('i'): results[0].topics is text; expected a list",
    )


def test_same_fault_of_the_same_call_is_said_once() -> None:
    twice = {("t", "a"): reply(failure=LOST), ("t", "b"): reply(failure=LOST)}

    assert checks.reply_findings(twice) == in_words(f"{TOOL}('rag'): POST /mcp: broke off")


def test_blemishes_are_those_of_answers_that_came() -> None:
    good = body(PATTERN, {**PATTERN, "solution": ""})
    replies = by_call(
        reply(query="a", tool="get_patterns", failure=LOST),
        reply("no JSON", query="b", tool="get_patterns"),
        reply(good, query="c", tool="get_patterns", is_error=True),
        reply(good, query="d", tool="get_patterns"),
        reply(good, query="e"),
    )

    assert checks.gap_findings(replies) == in_words("get_patterns('d'): solution is empty in 1 of 2 results")


def test_relevance_is_judged_for_each_query_and_for_all_of_a_tool() -> None:
    same = [{"id": "1", "text": "rag"}, {"id": "2"}]
    replies = by_call(
        reply(body(*same), query="rag"),
        reply(body(*same, query="tuning"), query="tuning"),
        reply(body(*same), "other", "rag"),
        reply(body({"id": "3", "text": "agents"}, query="agents"), "other", "agents"),
        reply(body(*same, query="anything"), "list_sources", ""),
        reply("no JSON", "other", "evaluation"),
    )

    assert checks.relevance_findings(replies) == in_words(
        f"{TOOL}('tuning'): none of 2 results holds a word of the query (tun)",
        f"{TOOL}: all 2 queries got the same results in the same order",
    )


@pytest.mark.parametrize(
    ("what", "answer", "words"),
    [
        ("a missing argument", reply("query is missing", is_error=True), []),
        ("a missing argument", reply(failure=LIMITED), []),
        ("a missing argument", reply(failure=Failure("refused", "error -32602")), []),
        ("a missing argument", reply(failure=Failure("refused", "answered 499", 499)), []),
        (
            "a missing argument",
            reply(failure=Failure("refused", "answered 500", 500)),
            ["a missing argument: answered 500; expected an error that says what is wrong"],
        ),
        (
            "a missing argument",
            reply(failure=LOST),
            ["a missing argument: POST /mcp: broke off; expected an error that says what is wrong"],
        ),
        (
            "a missing argument",
            reply("  all \n well " + 100 * "x"),
            [f"a missing argument: was answered as if nothing were wrong: 'all well {91 * 'x'}'"],
        ),
        (
            "an unknown tool",
            reply("well"),
            ["an unknown tool 'no_such_tool': was answered as if nothing were wrong: 'well'"],
        ),
        (
            "an ill-typed argument",
            reply(" \n", is_error=True),
            ["an ill-typed argument: the error says nothing; expected what is wrong"],
        ),
    ],
)
def test_wrong_call_gets_an_error_that_says_why(what: str, answer: Reply, words: list[str]) -> None:
    last = in_words("last: the error says nothing; expected what is wrong")

    assert checks.error_findings({what: answer, "last": reply(is_error=True)}) == [*in_words(*words), *last]


def test_garbled_text_is_found_in_results_and_in_metadata_of_both_ways() -> None:
    replies = by_call(reply(body({"id": "a\ufffd"}), query="a"), reply(body({"id": "b"}, query="\ufffd"), query="b"))
    garbled = body({"id": "\ufffdc"})
    twins: dict[str, Answer | Failure] = {
        "one": LOST,
        "two": rest(garbled, 500),
        "three": rest(garbled, error="cut"),
        "four": rest("no JSON"),
        "five": rest(body({"id": "\ufffdd"})),
    }

    wrong = in_words(
        f"{TOOL}('a'): results[0].id: U+FFFD, a character that was lost, in 'a\ufffd'",
        f"{TOOL}('b'): metadata.query: U+FFFD, a character that was lost, in '\ufffd'",
        "GET /t: results[0].id: U+FFFD, a character that was lost, in '\ufffdd'",
    )
    assert checks.encoding_findings(replies, twins) == (wrong, [])


MISREAD = "'Ã©' is UTF-8 that was read as Latin-1; it was 'é'"
ALONE = "; it stands alone in all answers: is it meant, or was it imported so?"


@pytest.mark.parametrize(
    ("texts", "wrong", "perhaps"),
    [
        (("for Ã© read é", "fine"), [], [f"{TOOL}('0'): results[0].id: {MISREAD}{ALONE}"]),
        (("for Ã© read é", "for Ã© read é"), [], [f"{TOOL}('{n}'): results[0].id: {MISREAD}{ALONE}" for n in (0, 1)]),
        (("RÃ©glage", "MarchÃ©"), [f"{TOOL}('{n}'): results[0].id: {MISREAD}" for n in (0, 1)], []),
        (("DÃ©cidÃ©", "fine"), [f"{TOOL}('0'): results[0].id: {MISREAD}"], []),
        (
            ("a\x85b", "DÃ©cidÃ©"),
            [f"{TOOL}('1'): results[0].id: {MISREAD}"],
            [f"{TOOL}('0'): results[0].id: control character U+0085 in 'a\\x85b'{ALONE}"],
        ),
    ],
    ids=["one text of one", "the same text twice", "two texts", "one text of two", "an ellipsis"],
)
def test_lone_sequence_that_reads_as_utf_8_may_be_meant(
    texts: tuple[str, str], wrong: list[str], perhaps: list[str]
) -> None:
    replies = by_call(*(reply(body({"id": text}), query=str(number)) for number, text in enumerate(texts)))

    assert checks.encoding_findings(replies, {}) == (in_words(*wrong), in_words(*perhaps))


def test_answer_is_complete_in_one_block_with_as_many_results_as_it_says() -> None:
    replies = by_call(
        reply(query="a", failure=LOST),
        reply("error", query="b", is_error=True),
        reply('{"results": [', query="c"),
        reply(body(), query="d", blocks=0),
        reply(body({"id": "1"}), query="e", blocks=2),
        reply(body({"id": "1"}, result_count=2), query="f"),
        reply(body({"id": "1"}, result_count="1"), query="g"),
        reply(body({"id": "1"}), query="h"),
    )

    assert checks.completeness_findings(replies) == in_words(
        f"{TOOL}('c'): the JSON is cut off after 13 characters: …'{{\"results\": ['",
        f"{TOOL}('d'): 0 blocks of content; expected one text",
        f"{TOOL}('e'): 2 blocks of content; expected one text",
        f"{TOOL}('f'): cut short: 2 results announced, 1 came",
        f"{TOOL}('g'): cut short: '1' results announced, 1 came",
    )


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (reply(body(query=round_trip_text())), []),
        (reply(failure=LIMITED), []),
        (reply(failure=LOST), ["a query of 6 kB: POST /mcp: broke off"]),
        (reply("too\nlong", is_error=True), ["a query of 6 kB: answered with an error: too long"]),
        (reply(" "), ["a query of 6 kB: the answer is empty; expected JSON with results and metadata"]),
        (
            reply(body(query=None)),
            [
                "a query of 6 kB with all kinds of characters came back as NoneType; expected the text that was sent",
            ],
        ),
    ],
)
def test_text_comes_back_as_it_was_sent(answer: Reply, words: list[str]) -> None:
    assert checks.round_trip_findings(answer) == in_words(*words)


def test_both_ways_to_ask_give_one_answer() -> None:
    queries = dict.fromkeys(("list_sources", TOOL, "one", "two", "three", "four", "five", "six"), "rag")
    good, other = body({"id": "1"}), body({"id": "2"})
    replies = by_call(
        reply(good, "list_sources", ""), *(reply(good, tool) for tool in ("two", "three", "four", "five")),
        reply(failure=LOST, tool="six"), reply(good),
    )  # fmt: skip
    twins: dict[str, Answer | Failure] = {
        "six": rest(other),
        "one": rest(other),  # was not asked over MCP
        "two": LOST,
        "three": rest(other, 500),
        "four": rest(other, error="cut"),
        "five": rest("no JSON"),
        "list_sources": rest(other),
        TOOL: rest(other),
    }

    differ = "MCP and REST differ: results[0].id is '1' in one and '2' in the other"
    found = checks.agreement_findings(replies, twins, queries)
    assert found == in_words(f"list_sources(): {differ}", f"{TOOL}('rag'): {differ}")
    alike = {tool: rest(good) for tool in twins}
    assert checks.agreement_findings(replies, alike, queries) == []


def test_query_gets_the_same_answer_again() -> None:
    good, other = body({"id": "1"}), body({"id": "2"})
    replies = by_call(reply(good, "t", "b"), reply(other, "u", "a"), reply(good, "t", "a"), reply("", "t", "c"))
    again = [
        reply(failure=LIMITED, tool="t", query="a"),
        reply(failure=LOST, tool="t", query="a"),
        reply(failure=LOST, tool="t", query="a"),
        reply("", "t", "a"),
        reply(good, "t", "a"),
        reply(other, "t", "c"),
        reply(other, "t", "never asked"),
        reply(other, "t", "a"),
    ]

    assert checks.repeat_findings(again, replies, "again") == in_words(
        "again: t('a'): POST /mcp: broke off",
        "again: t('a'): the answer is empty; expected JSON with results and metadata",
        "again: t('a'): another answer than before: results[0].id is '1' in one and '2' in the other",
    )


def test_load_is_judged_by_how_many_calls_it_kept_from_being_results() -> None:
    good, lost = reply("x"), reply(failure=LOST)

    assert checks.load_findings([good, good], "fifty at once") == []
    assert checks.load_findings([good, lost, reply("no", is_error=True)], "fifty at once") == in_words(
        f"fifty at once: 2 of 3 calls failed: {TOOL}('rag'): POST /mcp: broke off"
    )
