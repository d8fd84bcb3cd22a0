"""Faults of what the tools answer (2.3.3, 2.3.5): hollow, another form, another query's, garbled, cut off, unsteady."""

from __future__ import annotations

import dataclasses
import json
import unicodedata
from collections.abc import Callable
from typing import Any

from tests_suite.faults.mcp_chaos import Answered, sick_answers, sick_rest
from tests_suite.faults.sick_server import Exchange, forward
from tests_suite.faults.world import Fault, World

TOOLS = {"2.3.3": "failed"}
INTEGRITY = {"2.3.5": "failed"}
BOTH = {"2.3.3": "failed", "2.3.5": "failed"}
LONG = 5_000  # characters; only the query of the round trip is that long

Alter = Callable[[dict[str, Any]], None]


def _result(tool: str, alter: Alter, numbers: range = range(1, 1000)) -> Callable[[World], None]:
    """Alter the envelopes of a tool, of some of its calls or of all."""

    def change(answered: Answered) -> None:
        refused = answered.message.get("result", {}).get("isError")
        if answered.tool == tool and answered.number in numbers and not (refused or _is_round_trip(answered)):
            answered.change(alter)

    return sick_answers(change)


def _is_round_trip(answered: Answered) -> bool:
    return len(str(answered.arguments.get("query", ""))) > LONG


def _text(tool: str, alter: Callable[[str], str], number: int = 3) -> Callable[[World], None]:
    """Alter the text of one call of a tool."""

    def change(answered: Answered) -> None:
        if answered.tool == tool and answered.number == number:
            answered.say(alter(answered.text()))

    return sick_answers(change)


def _listed(alter: Callable[[list[dict[str, Any]]], None]) -> Callable[[World], None]:
    """Alter the list of tools."""

    def change(answered: Answered) -> None:
        if answered.method == "tools/list":
            alter(answered.message["result"]["tools"])

    return sick_answers(change)


def _entry(tools: list[dict[str, Any]], name: str) -> dict[str, Any]:
    return next(tool for tool in tools if tool["name"] == name)


def _echo(alter: Callable[[str], str]) -> Callable[[World], None]:
    """Alter the long query on its way back."""

    def envelope(data: dict[str, Any]) -> None:
        data["metadata"]["query"] = alter(data["metadata"]["query"])

    def change(answered: Answered) -> None:
        if answered.tool == "search_knowledge" and _is_round_trip(answered):
            answered.change(envelope)

    return sick_answers(change)


def _in_crowd(change: Callable[[Answered], None]) -> Callable[[World], None]:
    """Spoil the sessions that are open at once; the first session of a run is the one that stays open."""

    def crowd(answered: Answered) -> None:
        if answered.session > 1 and answered.method == "tools/call":
            change(answered)

    return sick_answers(crowd)


def _every(results: dict[str, Any], **values: Any) -> None:
    for result in results["results"]:
        result.update(values)


def _no_names(data: dict[str, Any]) -> None:
    for result in data["results"]:
        result["source"]["title"] = "Unknown"
    data["metadata"]["sources_cited"] = []


def _stale(answered: Answered) -> None:
    """Everything that get_patterns says is its first answer."""
    if answered.tool == "get_patterns":
        key = "first"
        if answered.number == 1:
            _CACHE[key] = json.loads(answered.text())["results"]
        else:
            answered.change(lambda data: data.update(results=_CACHE[key]) or _count(data))


def _count(data: dict[str, Any]) -> None:
    data["metadata"]["result_count"] = len(data["results"])


_CACHE: dict[str, Any] = {}


def _wrong_tool_accepted(answered: Answered) -> None:
    if answered.tool == "no_such_tool":
        answered.message["result"] = {"content": [{"type": "text", "text": "done"}], "isError": False}


def _wrong_type_accepted(answered: Answered) -> None:
    if answered.arguments.get("limit") == "ten":
        answered.message["result"]["isError"] = False


def _speechless(answered: Answered) -> None:
    if answered.tool == "no_such_tool":
        answered.say(" ")


def _tool_error(answered: Answered) -> None:
    if answered.tool == "get_decisions" and answered.number == 2:
        body = {"error": {"code": "INTERNAL_ERROR", "message": "The pool is empty", "details": {}, "retry_after": None}}
        answered.say(f"Error calling get_decisions. Status code: 500. Response: {json.dumps(body)}")
        answered.message["result"]["isError"] = True


def _limited_tool(answered: Answered) -> None:
    if answered.tool == "get_methodologies":
        body = {"error": {"code": "RATE_LIMITED", "message": "Rate limit of 100", "details": {}, "retry_after": 900}}
        answered.say(f"Error calling get_methodologies. Status code: 429. Response: {json.dumps(body)}")
        answered.message["result"]["isError"] = True


def _two_blocks(answered: Answered) -> None:
    if answered.tool == "list_sources":
        answered.message["result"]["content"].append({"type": "text", "text": "and more"})


def _mixed_up(answered: Answered) -> None:
    answered.change(lambda data: data["results"].reverse())


def _overtaxed(answered: Answered) -> None:
    answered.say("Error calling it. Status code: 503. Response: busy")
    answered.message["result"]["isError"] = True


def _keyless(exchange: Exchange) -> None:
    """Forward a request without its key, so that any key is as good as none."""
    known = [line for line in exchange.head.split(b"\r\n") if not line.lower().startswith(b"x-api-key")]
    forward(dataclasses.replace(exchange, head=b"\r\n".join(known)))


LISTING = [
    Fault(
        "mcp: a tool is missing from the list",
        _listed(lambda tools: tools.remove(_entry(tools, "get_warnings"))),
        TOOLS,
        ("tools/list: get_warnings is missing; the server offers",),
        gate="mcp",
    ),
    Fault(
        "mcp: a tool has another name in the list",
        _listed(lambda tools: _entry(tools, "get_patterns").update(name="find_patterns")),
        TOOLS,
        ("tools/list: get_patterns is missing", "find_patterns"),
        gate="mcp",
    ),
    Fault(
        "mcp: a tool has a schema that is none",
        _listed(lambda tools: _entry(tools, "get_patterns")["inputSchema"]["properties"].update(topic={"type": "txt"})),
        TOOLS,
        ("get_patterns: inputSchema is no valid JSON Schema: properties.topic",),
        gate="mcp",
    ),
    Fault(
        "mcp: a tool takes another argument than the plan's query",
        _listed(lambda tools: _entry(tools, "get_patterns").update(inputSchema={"type": "object", "properties": {}})),
        TOOLS,
        ("get_patterns: inputSchema takes no 'topic'",),
        gate="mcp",
    ),
    Fault(
        "mcp: a tool is listed twice",
        _listed(lambda tools: tools.append(dict(_entry(tools, "list_sources")))),
        TOOLS,
        ("tools/list: list_sources is listed 2 times",),
        gate="mcp",
    ),
    Fault(
        "mcp: the server has a tool more",
        _listed(lambda tools: tools.append({"name": "summarise", "inputSchema": {"type": "object"}})),
        {},
        (),
        gate="mcp",
    ),
]

SUBSTANCE = [
    Fault(
        "mcp: patterns are names with nothing below them",
        _result(
            "get_patterns",
            lambda data: _every(data, problem="", solution="", code_example="", context="", trade_offs=""),
        ),
        BOTH,
        ("results are hollow: no problem, solution", "get_patterns('fine-tuning best practices')"),
        gate="mcp",
    ),
    Fault(
        "mcp: passages come from nowhere",
        _result("search_knowledge", _no_names),
        BOTH,
        ("results name no source (title 'Unknown')",),
        gate="mcp",
    ),
    Fault(
        "mcp: one query finds nothing",
        _result("get_warnings", lambda data: data.update(results=[]) or _count(data), range(3, 4)),
        TOOLS,
        ("get_warnings('embedding model selection'): no results",),
        gate="mcp",
    ),
    Fault(
        "mcp: a solution is missing here and there",
        _result("get_patterns", lambda data: data["results"][0].update(solution=""), range(1, 2)),
        {"2.3.3": "degraded"},
        ("solution is empty in 1 of",),
        gate="mcp",
    ),
    Fault(
        "mcp: the count of results is not true",
        _result("get_decisions", lambda data: data["metadata"].update(result_count=99), range(2, 3)),
        BOTH,
        ("metadata.result_count is 99, but",),
        gate="mcp",
    ),
    Fault(
        "mcp: results have another form",
        _result("get_methodologies", lambda data: [result.pop("steps") for result in data["results"]], range(2, 3)),
        TOOLS,
        ("results[0] lacks steps",),
        gate="mcp",
    ),
    Fault(
        "mcp: a tool gives the same answer to everything",
        sick_answers(_stale),
        BOTH,
        ("got the same results",),
        gate="mcp",
    ),
    Fault(
        "mcp: an answer is another query's",
        _result("get_decisions", lambda data: data["metadata"].update(query="vector stores"), range(4, 5)),
        TOOLS,
        ("metadata.query is 'vector stores': the answer to another query",),
        gate="mcp",
    ),
    Fault(
        "mcp: answers have nothing of the query in them",
        _result(
            "get_warnings",
            lambda data: _every(
                data,
                title="Lorem",
                description="ipsum",
                symptoms=["dolor"],
                consequences="sit",
                prevention="amet",
                topics=["adipiscing"],
                source_title="Elit",
            ),
            range(5, 6),
        ),
        BOTH,
        ("holds a word of the query (evalu, metric)",),
        gate="mcp",
    ),
    Fault(
        "mcp: a tool answers with an error",
        sick_answers(_tool_error),
        TOOLS,
        ("answered 500 INTERNAL_ERROR: The pool is empty",),
        gate="mcp",
    ),
    Fault(
        "mcp: a tool is refused for the budget",
        sick_answers(_limited_tool),
        {"2.3.3": "missing", "2.3.4": "missing", "2.3.5": "missing"},
        ("answered 429 RATE_LIMITED: Rate limit of 100", "Retry-After: 900"),
        gate="mcp",
    ),
]

WRONG = [
    Fault(
        "mcp: an unknown tool is called with success",
        sick_answers(_wrong_tool_accepted),
        TOOLS,
        ("an unknown tool 'no_such_tool': was answered as if",),
        gate="mcp",
    ),
    Fault(
        "mcp: an ill-typed argument is accepted",
        sick_answers(_wrong_type_accepted),
        TOOLS,
        ("an ill-typed argument: was answered as if",),
        gate="mcp",
    ),
    Fault(
        "mcp: an error says nothing",
        sick_answers(_speechless),
        TOOLS,
        ("an unknown tool: the error says nothing",),
        gate="mcp",
    ),
    Fault(
        "mcp: a wrong key opens the door",
        sick_rest(list_sources=_keyless),
        TOOLS,
        ("a wrong key: GET /list_sources: answered 200; expected 401",),
        gate="mcp",
    ),
]


WHOLE = [
    Fault(
        "mcp: an answer is UTF-8 that was read as Latin-1",
        _result(
            "get_methodologies", lambda data: data["results"][0].update(name="RÃ©glage fin des modÃ¨les"), range(2, 3)
        ),
        INTEGRITY,
        ("is UTF-8 that was read as Latin-1; it was 'é'",),
        gate="mcp",
    ),
    Fault(
        "mcp: a character of an answer was lost",
        _result("get_methodologies", lambda data: data["results"][0].update(name="R\ufffdglage"), range(2, 3)),
        INTEGRITY,
        ("U+FFFD, a character that was lost",),
        gate="mcp",
    ),
    Fault(
        "mcp: an answer is cut off",
        _text("get_decisions", lambda text: text[: len(text) // 2]),
        BOTH,
        ("the JSON is cut off after",),
        gate="mcp",
    ),
    Fault(
        "mcp: an answer is empty", _text("get_decisions", lambda text: ""), BOTH, ("the answer is empty",), gate="mcp"
    ),
    Fault(
        "mcp: an answer is prose",
        _text("get_decisions", lambda text: "I found two decisions."),
        BOTH,
        ("no JSON at line 1, column 1",),
        gate="mcp",
    ),
    Fault(
        "mcp: an answer comes in two blocks",
        sick_answers(_two_blocks),
        INTEGRITY,
        ("2 blocks of content; expected one text",),
        gate="mcp",
    ),
    Fault(
        "mcp: MCP knows less than REST",
        _result("get_patterns", lambda data: data["results"].pop() and _count(data), range(3, 4)),
        INTEGRITY,
        ("MCP and REST differ: metadata.result_count is 9 in one and 10 in the other",),
        gate="mcp",
    ),
    Fault(
        "mcp: a repeated query gets another answer",
        _result("search_knowledge", lambda data: data["results"].reverse(), range(8, 9)),
        INTEGRITY,
        ("asked again: search_knowledge('RAG architecture patterns'): another answer than before: results[0]",),
        gate="mcp",
    ),
    Fault(
        "mcp: sessions at once get each other's answers",
        _in_crowd(_mixed_up),
        INTEGRITY,
        ("4 sessions at once:", "another answer"),
        gate="mcp",
    ),
    Fault(
        "mcp: a second session is one too many",
        _in_crowd(_overtaxed),
        INTEGRITY,
        ("4 sessions at once:", "Status code: 503"),
        gate="mcp",
    ),
    Fault(
        "mcp: a long query is cut off",
        _echo(lambda text: text[:4096]),
        INTEGRITY,
        ("came back cut off: 4096 of",),
        gate="mcp",
    ),
    Fault(
        "mcp: combining marks are composed",
        _echo(lambda text: unicodedata.normalize("NFC", text)),
        INTEGRITY,
        ("a query of 6 kB", "differs from character"),
        gate="mcp",
    ),
    Fault("mcp: emoji get lost", _echo(lambda text: text.replace("🚀", "?")), INTEGRITY, ("sent U+1F680",), gate="mcp"),
    Fault(
        "mcp: line separators get lost",
        _echo(lambda text: text.replace("\u2028", "\n")),
        INTEGRITY,
        ("sent U+2028",),
        gate="mcp",
    ),
    Fault(
        "mcp: right-to-left text is turned round",
        _echo(lambda text: text.replace("שלום", "םולש")),
        INTEGRITY,
        ("sent U+05E9",),
        gate="mcp",
    ),
]

FAULTS = [*LISTING, *SUBSTANCE, *WRONG, *WHOLE]
