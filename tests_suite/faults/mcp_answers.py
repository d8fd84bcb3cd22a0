"""Faults of what the tools answer (2.3.3): another list, hollow, of another form, another query's."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from typing import Any

from tests_suite.faults.mcp_chaos import Answered, sick_answers, sick_rest
from tests_suite.faults.sick_server import Exchange, forward
from tests_suite.faults.world import Fault, World

TOOLS = {"2.3.3": "failed"}
BOTH = {"2.3.3": "failed", "2.3.5": "failed"}
LONG = 5_000  # characters; only the query of the round trip is that long

Alter = Callable[[dict[str, Any]], None]


def altered(tool: str, alter: Alter, numbers: range = range(1, 1000)) -> Callable[[World], None]:
    """Alter the envelopes of a tool, of some of its calls or of all."""

    def change(answered: Answered) -> None:
        refused = answered.message.get("result", {}).get("isError")
        if answered.tool == tool and answered.number in numbers and not (refused or is_round_trip(answered)):
            answered.change(alter)

    return sick_answers(change)


def is_round_trip(answered: Answered) -> bool:
    return len(str(answered.arguments.get("query", ""))) > LONG


def _listed(alter: Callable[[list[dict[str, Any]]], None]) -> Callable[[World], None]:
    """Alter the list of tools."""

    def change(answered: Answered) -> None:
        if answered.method == "tools/list":
            alter(answered.message["result"]["tools"])

    return sick_answers(change)


def _entry(tools: list[dict[str, Any]], name: str) -> dict[str, Any]:
    return next(tool for tool in tools if tool["name"] == name)


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
            answered.change(lambda data: set_results(data, _CACHE[key]))


def set_results(data: dict[str, Any], results: list[Any]) -> None:
    """Replace the results, and keep the count true."""
    data["results"] = results
    data["metadata"]["result_count"] = len(results)


def _no_steps(data: dict[str, Any]) -> None:
    for result in data["results"]:
        del result["steps"]


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
        body: dict[str, Any] = {
            "error": {"code": "INTERNAL_ERROR", "message": "The pool is empty", "details": {}, "retry_after": None}
        }
        answered.say(f"Error calling get_decisions. Status code: 500. Response: {json.dumps(body)}")
        answered.message["result"]["isError"] = True


def _limited_tool(answered: Answered) -> None:
    if answered.tool == "get_methodologies":
        body = {"error": {"code": "RATE_LIMITED", "message": "Rate limit of 100", "details": {}, "retry_after": 900}}
        answered.say(f"Error calling get_methodologies. Status code: 429. Response: {json.dumps(body)}")
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
        altered(
            "get_patterns",
            lambda data: _every(data, problem="", solution="", code_example="", context="", trade_offs=""),
        ),
        BOTH,
        ("results are hollow: no problem, solution", "get_patterns('fine-tuning best practices')"),
        gate="mcp",
    ),
    Fault(
        "mcp: passages come from nowhere",
        altered("search_knowledge", _no_names),
        BOTH,
        ("results name no source (title 'Unknown')",),
        gate="mcp",
    ),
    Fault(
        "mcp: one query finds nothing",
        altered("get_warnings", lambda data: set_results(data, []), range(3, 4)),
        TOOLS,
        ("get_warnings('embedding model selection'): no results",),
        gate="mcp",
    ),
    Fault(
        "mcp: a solution is missing here and there",
        altered("get_patterns", lambda data: data["results"][0].update(solution=""), range(1, 2)),
        {"2.3.3": "degraded"},
        ("solution is empty in 1 of",),
        gate="mcp",
    ),
    Fault(
        "mcp: the count of results is not true",
        altered("get_decisions", lambda data: data["metadata"].update(result_count=99), range(2, 3)),
        BOTH,
        ("metadata.result_count is 99, but",),
        gate="mcp",
    ),
    Fault(
        "mcp: results have another form",
        altered("get_methodologies", _no_steps, range(2, 3)),
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
        altered("get_decisions", lambda data: data["metadata"].update(query="vector stores"), range(4, 5)),
        TOOLS,
        ("metadata.query is 'vector stores': the answer to another query",),
        gate="mcp",
    ),
    Fault(
        "mcp: answers have nothing of the query in them",
        altered(
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


FAULTS = [*LISTING, *SUBSTANCE, *WRONG]
