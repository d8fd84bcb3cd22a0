"""Faults of the production endpoint (2.3.1): health, REST twins, TLS, and a budget that is used up."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from tests_suite.faults.certificates import behind_tls
from tests_suite.faults.mcp_chaos import SECONDS, Answered, other_server, sick_answers, sick_rest, sick_wire
from tests_suite.faults.sick_server import Behaviour, Exchange, answer, late, resets, says, stalls
from tests_suite.faults.world import Fault, World

LIMIT_MS = 1000.0  # response times in the worlds of these faults; the plan's two seconds would make every run long
UNDER, OVER = 700.0, 1100.0
FAIL = {"2.3.1": "failed"}
LIMITED = {
    "error": {"code": "RATE_LIMITED", "message": "Rate limit of 100 requests", "details": {}, "retry_after": 3600}
}
NOT_KNOWN = dict.fromkeys(("2.3.1", "2.3.2", "2.3.3", "2.3.4", "2.3.5"), "missing")
JSON_HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\n"
WRONG_LENGTH = JSON_HEAD + b'content-length: 900\r\n\r\n{"results": [{"id": "pat-001"'
RIGHT_LENGTH = JSON_HEAD + b'content-length: 29\r\n\r\n{"results": [{"id": "pat-001"'
SHORT = {"results": [], "metadata": {"query": "x", "sources_cited": [], "search_type": "s", "latency_ms": 1}}


def limited(**headers: str) -> Behaviour:
    return answer(429, LIMITED, **headers)


def with_limit(breaks: Callable[[World], None], *items: str) -> Callable[[World], None]:
    """The fault in a world whose response times are held to one second."""

    def both(world: World) -> None:
        breaks(world)
        for item in items or ("2.3.1", "2.3.3", "2.3.4"):
            world.override(item, "response time", LIMIT_MS)

    return both


def _slow(tool: str, milliseconds: float) -> Callable[[World], None]:
    def change(answered: Answered) -> None:
        if answered.tool == tool and answered.number == 2:
            answered.exchange.wait(milliseconds / 1000)

    return with_limit(sick_answers(change))


def _jitter(answered: Answered) -> None:
    if answered.method == "tools/call":
        answered.exchange.wait((answered.number * 37 % 90) / 1000)


def _lying_health(world: World) -> None:
    """The documents are gone, and /health does not look."""
    other_server("--mongodb", "down")(world)
    state = {"status": "healthy", "services": {"mongodb": "healthy", "qdrant": "healthy"}}
    sick_rest(health=answer(200, {"timestamp": "now", "version": "1", **state}))(world)


def _leaving(exchange: Exchange) -> None:
    exchange.reply(307, b"", {"location": "http://elsewhere.example/get_patterns?token=abcd1234"})


def _with_error(code: str, **more: Any) -> bytes:
    return json.dumps({"error": {"code": code, "message": "The pool is empty", "details": {}}, **more}).encode()


HEALTH = [
    Fault(
        "mcp: the document database is down",
        other_server("--mongodb", "down"),
        {"2.3.1": "failed", "2.3.3": "failed"},
        ("503", "mongodb is unavailable", "hollow", "is the document database behind the server down?"),
        gate="mcp",
    ),
    Fault(
        "mcp: the vector database is down",
        other_server("--qdrant", "down"),
        {"2.3.1": "failed", "2.3.3": "failed"},
        ("qdrant is unavailable", "no results"),
        gate="mcp",
    ),
    Fault("mcp: health lies while the documents are gone", _lying_health, {"2.3.3": "failed"}, ("hollow",), gate="mcp"),
    Fault(
        "mcp: health answers 500",
        sick_rest(health=answer(500, "boom")),
        FAIL,
        ("GET /health: answered 500",),
        gate="mcp",
    ),
    Fault(
        "mcp: health never answers",
        sick_rest(health=stalls()),
        FAIL,
        (f"GET /health: no complete answer within {SECONDS:g} s",),
        gate="mcp",
    ),
    Fault(
        "mcp: health is a web page",
        sick_rest(health=answer(200, "<html>It works!</html>", "text/html")),
        FAIL,
        ("GET /health: answered 200 as text/html, no JSON",),
        gate="mcp",
    ),
    Fault(
        "mcp: health names one service that is degraded",
        sick_rest(health=answer(200, {"status": "healthy", "services": {"mongodb": "healthy", "qdrant": "degraded"}})),
        FAIL,
        ("service qdrant is 'degraded'",),
        gate="mcp",
    ),
]

TWINS = [
    Fault(f"mcp: a REST path {name}", sick_rest(get_patterns=behaviour), FAIL, says_, gate="mcp")
    for name, behaviour, says_ in (
        ("answers 401", answer(401, _with_error("UNAUTHORIZED"), "application/json"), ("answered 401 UNAUTHORIZED",)),
        ("answers 403", answer(403, _with_error("FORBIDDEN"), "application/json"), ("answered 403 FORBIDDEN",)),
        ("is gone", answer(404, _with_error("NOT_FOUND"), "application/json"), ("answered 404 NOT_FOUND",)),
        ("wants another method", answer(405, {"detail": "Method Not Allowed"}), ("GET /get_patterns: answered 405",)),
        (
            "breaks",
            answer(500, _with_error("INTERNAL_ERROR"), "application/json"),
            ("answered 500 INTERNAL_ERROR: The pool is empty",),
        ),
        ("has no server behind its gateway", answer(502, "bad gateway"), ("GET /get_patterns: answered 502",)),
        ("is overloaded", answer(503, "busy", retry_after="30"), ("answered 503", "retry after 30 s")),
        (
            "hides an error in a success",
            answer(200, _with_error("INTERNAL_ERROR"), "application/json"),
            ("an error inside of a success", "The pool is empty"),
        ),
        ("leads to another host", _leaving, ("answered 307", "elsewhere.example")),
        ("is a web page", answer(200, "<html>Welcome</html>", "text/html"), ("no JSON", "sent as text/html")),
        ("has JSON that is cut off", says(RIGHT_LENGTH), ("the JSON is cut off after 29 characters",)),
        ("ends before its length", says(WRONG_LENGTH), ("GET /get_patterns: broke off",)),
        ("hangs before its headers", stalls(), (f"GET /get_patterns: no complete answer within {SECONDS:g} s",)),
        (
            "hangs in its body",
            stalls(WRONG_LENGTH),
            (f"GET /get_patterns: the answer did not end within {SECONDS:g} s",),
        ),
        ("tears the connection down", resets(), ("GET /get_patterns: broke off",)),
        ("tears its body", resets(WRONG_LENGTH), ("GET /get_patterns: ",)),
        ("answers in Latin-1", answer(200, b'{"results": ["\xe9"]}', "application/json"), ("is not UTF-8",)),
    )
]

TWINS.append(
    Fault(
        "mcp: a REST path does not count its results",
        sick_rest(get_patterns=answer(200, SHORT)),
        {"2.3.1": "failed", "2.3.5": "failed"},
        ("metadata lacks result_count", "MCP and REST differ"),
        gate="mcp",
    )
)

LATENCY = [
    Fault(
        "mcp: a REST path is just slow enough",
        with_limit(sick_rest(get_warnings=late(OVER))),
        {"2.3.1": "degraded"},
        ("response time of GET /get_warnings, the slowest", "the limit is < 1000 ms"),
        gate="mcp",
    ),
    Fault("mcp: a REST path is just quick enough", with_limit(sick_rest(get_warnings=late(UNDER))), {}, (), gate="mcp"),
    Fault(
        "mcp: a tool is just slow enough",
        _slow("get_decisions", OVER),
        {"2.3.3": "degraded", "2.3.4": "degraded"},
        ("response time of get_decisions", "the limit is < 1000 ms"),
        gate="mcp",
    ),
    Fault("mcp: a tool is just quick enough", _slow("get_decisions", UNDER), {}, (), gate="mcp"),
    Fault("mcp: every answer takes another time", sick_answers(_jitter), {}, (), gate="mcp"),
]

TLS = [
    Fault(
        "mcp: the certificate has expired",
        behind_tls(days=-1),
        {"2.3.1": "failed", "2.3.2": "failed", "2.3.3": "failed", "2.3.4": "failed", "2.3.5": "failed"},
        ("the certificate is not valid: certificate has expired",),
        gate="mcp",
    ),
    Fault(
        "mcp: the certificate is self-signed",
        behind_tls(days=90, trusted=False),
        {"2.3.1": "failed", "2.3.2": "failed", "2.3.3": "failed", "2.3.4": "failed", "2.3.5": "failed"},
        ("the certificate is not valid: self-signed certificate",),
        gate="mcp",
    ),
    Fault(
        "mcp: the certificate is about to expire",
        behind_tls(days=3.5),
        {"2.3.1": "degraded"},
        ("the certificate expires in 3.",),
        gate="mcp",
    ),
    Fault("mcp: the certificate is good", behind_tls(days=90), {}, (), gate="mcp"),
]

BUDGET = [
    Fault(
        "mcp: the budget is used up before the run",
        sick_wire({"*": limited(retry_after="3600")}),
        NOT_KNOWN,
        ("answered 429 RATE_LIMITED", "come back after", "Retry-After: 3600"),
        gate="mcp",
    ),
    Fault(
        "mcp: the budget ends among the REST paths",
        other_server("--rate-limit", "4"),
        NOT_KNOWN,
        ("answered 429 RATE_LIMITED: Rate limit of 4 requests per hour exceeded", "come back after"),
        gate="mcp",
    ),
    Fault(
        "mcp: the budget ends among the tools",
        other_server("--rate-limit", "20"),
        {"2.3.3": "missing", "2.3.4": "missing", "2.3.5": "missing"},
        ("answered 429 RATE_LIMITED", "come back after", "Retry-After: 3600"),
        gate="mcp",
    ),
    Fault(
        "mcp: the budget says in the body alone when to come back",
        sick_wire({"POST /mcp": limited()}),
        NOT_KNOWN,
        ("POST /mcp: answered 429", "Retry-After: 3600"),
        gate="mcp",
    ),
    Fault(
        "mcp: the budget comes back at a date",
        sick_wire({"POST /mcp": limited(retry_after="Fri, 01 Jan 2100 10:00:00 GMT")}),
        NOT_KNOWN,
        ("come back after 2100-01-01 10:00:00 UTC",),
        gate="mcp",
    ),
    Fault(
        "mcp: a message is refused for the budget in mid-session",
        sick_wire({"POST /mcp/messages/": lambda exchange: _after(exchange, 9, limited(retry_after="60"))}),
        {"2.3.3": "missing", "2.3.4": "missing", "2.3.5": "missing"},
        ("POST /mcp/messages/: answered 429", "Retry-After: 60"),
        gate="mcp",
    ),
]


def _after(exchange: Exchange, number: int, behaviour: Behaviour) -> None:
    from tests_suite.faults.sick_server import forward

    (behaviour if exchange.number > number else forward)(exchange)


FAULTS = [*HEALTH, *TWINS, *LATENCY, *TLS, *BUDGET]
