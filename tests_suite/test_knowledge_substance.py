"""The parts of an answer that checks are made of: substance, form, wholeness, failures and times, with every word."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from fixtures.knowledge.address import same_port, same_server
from fixtures.knowledge.http import Answer
from fixtures.knowledge.integrity import altered, difference, garbled, mojibake
from fixtures.knowledge.latency import Latency, document, latencies
from fixtures.knowledge.reply import Failure, Listing, Opened, Reply, come_back, of_status, refusal_in
from fixtures.knowledge.substance import all_alike, beside_the_point, gaps, hollow, mentions
from fixtures.knowledge.toolanswer import KINDS, METADATA, Envelope, envelope_of, shape_faults, texts_in

NOW = datetime(2026, 1, 6, 9, 0, tzinfo=UTC)
DOCUMENTS = "(is the document database behind the server down?)"
VECTORS = "(is the vector database behind the server down?)"
ABOUT = {"query": "rag", "sources_cited": ["Vectors"], "result_count": 1, "search_type": "x", "latency_ms": 1}
WARNING = {
    "id": "w-1", "topics": [], "source_title": "Vectors", "source_id": "s", "chunk_id": "c", "title": "Beware",
    "description": ["Names are missed."], "prevention": "Test.", "symptoms": "", "consequences": "",
}  # fmt: skip
HIT = {"id": "h", "score": 1, "type": "extraction", "content": "x", "source": {"title": "Vectors"}}
SOURCE = {"id": "s", "title": "Vectors", "extraction_counts": {"a": 1}}


def envelope(*results: Any, **about: Any) -> Envelope:
    return Envelope(list(results), {**ABOUT, "result_count": len(results), **about})


HOLLOW = [
    ("get_warnings", [WARNING], []),
    *((tool, [], ["no results; expected at least one (is the vector database behind the server down or empty?)"])
      for tool in ("get_warnings", "own")),
    ("get_warnings", [WARNING, {**WARNING, "description": [" "], "prevention": []}, {"title": "x"}],
     [f"2 of 3 results are hollow: no description, prevention, symptoms, consequences {DOCUMENTS}"]),
    ("get_warnings", [WARNING, {**WARNING, "title": " ", "prevention": ""}], []),
    ("get_warnings", [WARNING, *[{**WARNING, "title": " ", "prevention": {"a": 0}}] * 2],
     [f"title is empty in 2 of 3 results {DOCUMENTS}", f"prevention is empty in 2 of 3 results {DOCUMENTS}"]),
    ("get_warnings", [WARNING, *({**WARNING, "source_title": title} for title in (" UNKNOWN ", "n/a", None, "none"))],
     [f"4 of 5 results name no source (title ' UNKNOWN ') {DOCUMENTS}"]),
    ("search_knowledge", [HIT, {**HIT, "source": {"title": "Untitled"}}, {**HIT, "source": {}, "title": "x"}],
     [f"2 of 3 results name no source (title 'Untitled') {DOCUMENTS}"]),
    ("list_sources", [SOURCE, {**SOURCE, "extraction_counts": {"a": 0}}], []),
    ("list_sources", ["x", {**SOURCE, "extraction_counts": {"a": 0, "b": 0}}],
     [f"no source has a single extraction counted {VECTORS}"]),
    ("list_sources", [{**SOURCE, "title": ""}], [f"title is empty in 1 of 1 results {DOCUMENTS}"]),
]  # fmt: skip


@pytest.mark.parametrize(("tool", "results", "words"), HOLLOW)
def test_answer_without_substance_says_which_database_may_be_down(
    tool: str, results: list[Any], words: list[str]
) -> None:
    assert list(hollow(tool, envelope(*results))) == words


def test_results_without_any_source_cited_are_hollow() -> None:
    words = f"metadata.sources_cited is empty, though 2 results came {DOCUMENTS}"

    assert list(hollow("get_warnings", envelope(WARNING, WARNING, sources_cited=[]))) == [words]
    assert list(hollow("own", envelope(WARNING, sources_cited=[]))) == []


GAPS = [
    ("get_warnings", envelope(WARNING), []),
    ("get_warnings", envelope(WARNING, {**WARNING, "description": "", "prevention": []}),
     ["description is empty in 1 of 2 results", "prevention is empty in 1 of 2 results"]),
    ("get_warnings", envelope({**WARNING, "description": ""}), []),
    ("get_warnings", envelope(*({**WARNING, "source_title": each} for each in "dcbae"), sources_cited=["a"]),
     ["metadata.sources_cited leaves out 'b', 'c', 'd'"]),
    ("search_knowledge", envelope({**HIT, "source": {"title": "7"}}, HIT, sources_cited=[7]),
     ["metadata.sources_cited leaves out 'Vectors'"]),
    ("get_warnings", envelope({**WARNING, "source_title": "x"}, sources_cited=[]), []),
    ("get_warnings", envelope({**WARNING, "source_title": "x"}, sources_cited="y"), []),
    ("list_sources", envelope({**SOURCE, "title": "x"}, {**SOURCE, "title": ""}), []),
    ("own", envelope(WARNING, {"a": ""}, sources_cited=["x"]), []),
]  # fmt: skip


@pytest.mark.parametrize(("tool", "answer", "words"), GAPS)
def test_blemish_is_a_gap_here_and_there(tool: str, answer: Envelope, words: list[str]) -> None:
    assert list(gaps(tool, answer)) == words


@pytest.mark.parametrize(
    ("query", "answer", "words"),
    [
        (" RAG", envelope({"a": "about rag"}), []),
        ("rag", envelope({"a": "x"}, query=None), ["none of 1 results holds a word of the query (rag)"]),
        ("rag", envelope(query="x" * 70),
         [f"metadata.query is {60 * 'x'!r}: the answer to another query, perhaps from a cache"]),
        ("vector stores at scale", envelope({"a": 1}, {"b": ["x"]}, query="Vector stores at scale "),
         ["none of 2 results holds a word of the query (scal, stor, vector)"]),
    ],
)  # fmt: skip
def test_answer_belongs_to_its_query(query: str, answer: Envelope, words: list[str]) -> None:
    assert list(beside_the_point(query, answer)) == words


@pytest.mark.parametrize(
    ("query", "text", "found"),
    [("use of ai", "to use it", True), ("use of ai", "an ai", False), ("tuned", "tuning", True),
     ("cats", "a cat", True), ("ring", "sing", False), ("the_best", "x", True), ("naïve", "NAÏVE", True)],
)  # fmt: skip
def test_word_of_a_query_is_told_in_its_forms(query: str, text: str, found: bool) -> None:
    assert mentions(query, [{"deep": [{"er": text}]}]) is found


def test_name_of_a_key_is_text_of_an_answer() -> None:
    assert mentions("rag", [{"rag": None}])
    assert list(texts_in({"X": "a"})) == [("X", "X"), ("X", "a")]
    assert list(texts_in({"a": [{"b": "c"}, "d", 1], 2: "e"}, "at")) == [
        ("at.a", "a"), ("at.a[0].b", "b"), ("at.a[0].b", "c"), ("at.a[1]", "d"), ("at.2", "2"), ("at.2", "e"),
    ]  # fmt: skip


def test_lists_are_alike_where_all_are_and_hold_more_than_one() -> None:
    two, other = envelope({"id": 1}, 2), envelope({"id": 1}, 3)

    assert all_alike({"a": two, "b": envelope({"id": 1, "x": 1}, 2), "c": two})
    assert not all_alike({"a": two, "b": two, "c": other})
    assert not all_alike({"a": two})
    assert not all_alike({})


FORMS = [
    ("own", envelope(1, {}, [], None, True, 0.5, "x"), [
        f"results[{number}] is {kind}; expected an object"
        for number, kind in ((0, "a number"), (2, "a list"), (3, "missing or null"), (4, "true or false"),
                             (5, "a number"), (6, "text"))]),
    ("own", Envelope([], {"result_count": 0, "query": 1}), [
        "metadata lacks sources_cited, search_type, latency_ms", "metadata.query is a number; expected text"]),
    ("own", Envelope([], {**ABOUT, "result_count": True, "latency_ms": None}), [
        "metadata.result_count is true or false; expected a number",
        "metadata.latency_ms is missing or null; expected a number or a number",
        "metadata.result_count is True, but 0 results came"]),
    ("own", Envelope([], {"result_count": 0, **{f"name-{n}": 1 for n in range(20)}}), [
        "metadata lacks query, sources_cited, search_type, latency_ms (it has "
        f"{', '.join(sorted(f'name-{n}' for n in range(20)))[:80]} instead)"]),
    ("get_warnings", envelope({**WARNING, "chunk_id": None, "description": 7, "symptoms": {}}), [
        "results[0].description is a number; expected text or a list",
        "results[0].symptoms is an object; expected text or a list"]),
    ("get_warnings", envelope({**WARNING, "chunk_id": 1}), ["results[0].chunk_id is a number; expected text or null"]),
    ("search_knowledge", envelope({**HIT, "type": 1, "source": []}), [
        "results[0].type is a number; expected text", "results[0].source is a list; expected an object"]),
    ("own", envelope({**HIT, "type": "page"}), []),
]  # fmt: skip


@pytest.mark.parametrize(("tool", "answer", "faults"), FORMS)
def test_form_of_an_answer_is_said_field_by_field(tool: str, answer: Envelope, faults: list[str]) -> None:
    assert list(shape_faults(tool, answer)) == faults


EXTRACTION = {"id", "topics", "source_title", "source_id", "chunk_id"}


@pytest.mark.parametrize(
    ("tool", "heading", "core", "rest", "more"),
    [
        ("get_decisions", "question", ("options", "recommended_approach"), ("considerations",), EXTRACTION),
        ("get_patterns", "name", ("problem", "solution"), ("code_example", "context", "trade_offs"), EXTRACTION),
        ("get_warnings", "title", ("description", "prevention"), ("symptoms", "consequences"), EXTRACTION),
        ("get_methodologies", "name", ("steps",), ("prerequisites", "outputs"), EXTRACTION),
        ("search_knowledge", "id", ("content",), (), {"score", "type", "source"}),
        ("list_sources", "id", ("title",), ("extraction_counts",),
         {"authors", "type", "path", "ingested_at", "status"}),
    ],
)  # fmt: skip
def test_results_of_each_tool_have_their_fields(
    tool: str, heading: str, core: tuple[str, ...], rest: tuple[str, ...], more: set[str]
) -> None:
    kind = KINDS[tool]

    assert (kind.heading, kind.core, kind.rest) == (heading, core, rest)
    assert set(kind.fields) == {heading, *core, *rest, *more}
    assert list(METADATA) == list(ABOUT)


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ("[" * 100_000, "no JSON that can be read: maximum recursion depth exceeded while decoding a JSON array from "
         "a unicode string"),
        ('{"a": 1}x', "no JSON at line 1, column 9 (Extra data): '{\"a\": 1}x'"),
        (f'  {{"a": "{50 * "x"}', f"the JSON is cut off after 59 characters: …'{40 * 'x'}'"),
        ('{"a": 1,  \n', "the JSON is cut off after 11 characters: …'{\"a\": 1,  \\n'"),
        ('{"a" 1}', "no JSON at line 1, column 6 (Expecting ':' delimiter): '{\"a\" 1}'"),
        ("\n x" + 80 * "y", f"no JSON at line 2, column 2 (Expecting value): {(chr(10) + ' x' + 57 * 'y')!r}"),
        ('{"error": "é", "results": [], "metadata": {}}', 'an error inside of a success: "é"'),
    ],
)  # fmt: skip
def test_text_without_an_envelope_is_quoted_where_it_breaks(body: str, fault: str) -> None:
    assert envelope_of(body) == fault


@pytest.mark.parametrize(
    ("value", "faults"),
    [
        ({"a\ufffd": ["x" * 20 + "\ufffd" + "y" * 20]},
         ["a\ufffd: U+FFFD, a character that was lost, in 'a\ufffd'",
          f"a\ufffd[0]: U+FFFD, a character that was lost, in '{12 * 'x'}\ufffd{11 * 'y'}'"]),
        ({"a": "x\x07" + "y" * 20}, [f"a: control character U+0007 in 'x\\x07{11 * 'y'}'"]),
        ({"a": "\udfff" + "y" * 40}, [f"a: half of a surrogate pair in '\\udfff{23 * 'y'}'"]),
        ({"a": "\ud800"}, ["a: half of a surrogate pair in '\\ud800'"]),
        ({"a": "ok é", "b": "Ã© and Ã¼"}, ["b: 'Ã©' is UTF-8 that was read as Latin-1; it was 'é'"]),
        ({"a": "éü Ã¼"}, ["a: 'Ã¼' is UTF-8 that was read as Latin-1; it was 'ü'"]),
        ({"a": 30 * "Ã©"}, [f"a: {12 * 'Ã©'!r} is UTF-8 that was read as Latin-1; it was {24 * 'é'!r}"]),
        ({"a": "\t\n\r", "b": 1}, []),
    ],
)  # fmt: skip
def test_garbled_text_is_shown_with_what_stands_around_it(value: Any, faults: list[str]) -> None:
    assert [each.message for each in garbled(value)] == faults


def test_text_that_says_as_much_in_fewer_letters_was_garbled() -> None:
    assert [mojibake(text) for text in ("abc", "", "é", "Ã©", "â\x80\x99", "â€™")] == ["", "", "", "é", "’", "’"]


@pytest.mark.parametrize(
    ("sent", "received", "fault"),
    [
        ("abc", "", "came back cut off: 0 of 3 characters"),
        ("ab", "abé", "differs from character 2 on: sent 'ab', came back 'abé'"),
        (20 * "a" + "é" + 20 * "b", 20 * "a" + "e" + 20 * "b",
         f"differs from character 20 on: sent U+00E9 '{12 * 'a'}é{11 * 'b'}', came back '{12 * 'a'}e{11 * 'b'}'"),
        ("a", 7, "came back as int; expected the text that was sent"),
    ],
)  # fmt: skip
def test_text_that_came_back_altered_is_shown_from_there_on(sent: str, received: Any, fault: str) -> None:
    assert altered(sent, received) == fault


DIFFERENCES = [
    ({}, {}, ""),
    ({"b": 1, "a": 1}, {"a": 2, "b": 2}, "metadata.a is 1 in one and 2 in the other"),
    ({"request_id": 1, "timestamp": 2, "took_ms": 3, "elapsed_ms": 4, "correlation_id": 5}, {}, ""),
    ({"a": 1}, {}, "metadata.a is only in one of them"),
    ({"a": {"b": [1, {"c": None}]}}, {"a": {"b": [1, {"c": 0}]}},
     "metadata.a.b[1].c is None in one and 0 in the other"),
    ({"a": 1.0}, {"a": 1}, ""),
    ({"a": 1.0}, {"a": 1.00099}, ""),
    ({"a": 1.0}, {"a": 1.002}, "metadata.a is 1.0 in one and 1.002 in the other"),
    ({"a": 1.0}, {"a": True}, "metadata.a is 1.0 in one and True in the other"),
    ({"a": "1"}, {"a": 1.0}, "metadata.a is '1' in one and 1.0 in the other"),
    ({"a": 48 * "x"}, {"a": 49 * "x"},
     f"metadata.a is {48 * 'x'!r} in one and {48 * 'x'!r}… (49 characters) in the other"),
    ({"a": {}}, {"a": list(range(60))}, f"metadata.a is {{}} in one and {str(list(range(60)))[:96]} in the other"),
]  # fmt: skip


@pytest.mark.parametrize(("one", "other", "where"), DIFFERENCES)
def test_first_difference_of_two_answers_is_named(one: Any, other: Any, where: str) -> None:
    assert difference(Envelope([], one), Envelope([], other)) == where


def reply(**arguments: Any) -> Reply:
    return Reply("t", arguments, 1.0, "no\nway", 1, is_error=True)


def test_call_is_written_as_a_reader_would() -> None:
    assert [each.label for each in (reply(), reply(query="a", topic="b"), reply(topic="x" * 70), reply(limit=1))] == [
        "t()", "t('a')", f"t('{60 * 'x'}')", "t()",
    ]  # fmt: skip
    assert reply(query="a").in_words() == "t('a'): answered with an error: no way"
    assert Reply("t", {}, 1.0, failure=Failure("lost", "gone")).in_words() == "t(): gone"
    assert [Reply("t", {}, 1.0).answered, reply().answered] == [True, False]


def test_tool_is_found_in_its_listing() -> None:
    listing = Listing(({"name": "a"}, {}, {"name": "b", "x": 1}))

    assert [listing.tool("b"), listing.tool("c")] == [{"name": "b", "x": 1}, None]


@pytest.mark.parametrize(
    ("status", "headers", "body", "cause", "wait"),
    [
        (429, {"retry-after": "60"}, {"error": {"retry_after": 9}}, "limited", "60"),
        (429, {}, {"error": {"retry_after": 9}}, "limited", "9"),
        (429, {}, {"error": {"retry_after": [9]}}, "limited", None),
        (429, {}, {"error": {"retry_after": 0}}, "limited", None),
        (502, {}, {"error": "x"}, "lost", None),
        (504, {}, [], "lost", None),
        (403, {}, None, "refused", None),
    ],
)
def test_error_status_is_a_failure_with_its_cause(
    status: int, headers: dict[str, str], body: Any, cause: str, wait: str | None
) -> None:
    answer = Answer("POST /mcp", status, 1.0, headers, json.dumps(body).encode())
    failure = of_status(answer, "200")

    assert (failure.cause, failure.status, failure.retry_after) == (cause, status, wait)
    assert failure.message == str(failure) == answer.in_words("200")


@pytest.mark.parametrize(
    ("text", "cause", "words"),
    [
        ('Status code: 429. Response: {"error": {"code": "X", "message": "m", "retry_after": 1.5}}', "limited",
         "answered 429 X: m, retry after 1.5 s"),
        ("Status code:503 {x", "refused", "answered 503 Status code:503 {x"),
        ("Status code: 403\n[]", "refused", "answered 403 Status code: 403 []"),
        ('Status code: 500 {"error": 1}', "refused", 'answered 500 Status code: 500 {"error": 1}'),
    ],
)  # fmt: skip
def test_refusal_inside_of_an_error_is_said_in_the_servers_words(text: str, cause: str, words: str) -> None:
    found = refusal_in("t", text)

    assert found is not None
    assert (found.cause, found.message, found.status) == (cause, words, int(words.split()[1]))


def test_status_below_500_is_an_error_about_the_call_itself() -> None:
    found = {status: refusal_in("t", f"Status code: {status}.") for status in (400, 402, 404, 422, 499, 401, 500, 599)}

    assert [status for status, failure in found.items() if failure] == [401, 500, 599]


def test_time_to_come_back_is_shown_as_far_as_a_line_goes() -> None:
    assert come_back("x" * 50, NOW) == f"come back after {40 * 'x'!r}"
    assert come_back("", NOW).startswith("the server does not say when")
    never = "Fri, 31 Dec 9999 23:59:59 -1200"
    assert come_back(never, NOW) == f"come back after {never!r}"
    berlin = "Tue, 06 Jan 2026 11:30:00 +0100"
    assert come_back(berlin, NOW) == f"come back after 2026-01-06 10:30:00 UTC (Retry-After: {berlin})"
    assert come_back("1" + 45 * " ", NOW) == f"come back after 2026-01-06 09:00:01 UTC (Retry-After: 1{39 * ' '})"


def test_baseline_file_holds_every_figure_to_the_microsecond() -> None:
    replies = [Reply("a", {}, value) for value in (3.45649, 1.0, 2.0)] + [Reply("b", {}, 1.0, is_error=True)]
    measured = latencies(replies, ["a", "b"])
    opened = Opened("sse", "2025-03-26", "knowledge 2", 12.34567)

    text = document(measured, opened, "http://é", {"version": "1"})

    assert [each.unanswered for each in measured] == [0, 1]
    assert text.endswith("}\n")
    assert '"location": "http://é"' in text
    data = json.loads(text)
    when = data.pop("measured")
    assert len(when) == len("2026-01-06T09:00:00Z")
    assert when[-1] == "Z"
    assert abs(datetime.now(UTC) - datetime.fromisoformat(when)) < timedelta(minutes=1)
    assert data == {
        "schema": 1,
        "release": {"version": "1"},
        "server": {"location": "http://é", "name": "knowledge 2", "protocol": "2025-03-26"},
        "transport": "sse",
        "unit": "ms",
        "percentiles": "nearest rank",
        "connect": 12.346,
        "tools": {
            "a": {"n": 3, "min": 1.0, "p50": 2.0, "p95": 3.456, "max": 3.456, "samples": [3.456, 1.0, 2.0]},
        },
    }
    assert Latency("t", (2.0, 1.0), 0).percentile(0.0) == 1.0


SAME = [
    ("http://localhost:8000", "http://127.0.0.1:8000/mcp/"), ("http://[::1]:1", "HTTP://LOCALHOST:1//mcp"),
    ("https://host", "https://ada:x@host.:443/"), ("http://host/", "https://host/mcp"), (" http://host/a ", "http://host/a/mcp"),
    ("http://host:x", "ftp://host"),
]  # fmt: skip
OTHER = [
    ("http://host:1", "http://host:2"), ("http://host", "http://other"), ("http://host/a", "http://host/b"),
    ("http://host:80", "https://host"), ("http://host/mcphub", "http://host"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("one", "other", "same"), [*((*pair, True) for pair in SAME), *((*pair, False) for pair in OTHER)]
)
def test_two_addresses_lead_to_one_server_or_not(one: str, other: str, same: bool) -> None:
    assert same_server(one, other) is same
    assert same_server(other, one) is same


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("https://a.example", "https://A.example:443/mcp", True),
        ("https://a.example:8443", "https://a.example:8443/other", True),
        ("http://a.example", "https://a.example", False),
        ("https://a.example", "https://b.example", False),
        ("https://a.example", "https://a.example:8443", False),
        ("https://a.example:99999", "https://a.example:99999", False),
        ("https://[a.example", "https://[a.example", False),
        ("nowhere", "nowhere", False),
    ],
)
def test_addresses_of_one_port_are_told_from_others(one: str, other: str, same: bool) -> None:
    assert same_port(one, other) is same
