"""Faults of the Knowledge MCP server that show before its MCP does (2.1.2): connection, health, access."""

from __future__ import annotations

import socket

from tests_suite.faults import handshake
from tests_suite.faults.servers import HEADERS_OF_JSON, PATIENCE, QUICK, behind, error, real, sick, state
from tests_suite.faults.sick_server import LOOPBACK, answer, drips, floods, forward, in_turn, late, resets, says, stalls
from tests_suite.faults.world import Fault, World

KEY = "kp_00000000000000000000000000000000"
OTHER_KEY = "kp_11111111111111111111111111111111"


def _refused(world: World) -> None:
    listener = world.running.enter_context(socket.socket())
    listener.bind((LOOPBACK, 0))  # bound, so that nobody else takes the port, and not listening
    world.target["knowledge"]["url"] = f"http://{LOOPBACK}:{listener.getsockname()[1]}"


def _accepts_nobody(world: World) -> None:
    listener = world.running.enter_context(socket.create_server((LOOPBACK, 0), backlog=16))
    url = f"http://{LOOPBACK}:{listener.getsockname()[1]}"
    world.target["knowledge"] = {"url": url, "timeout_seconds": PATIENCE}


def _full_queue(world: World) -> None:
    """With its queue full, the system leaves further connections unanswered, as a firewall that drops them does."""
    listener = world.running.enter_context(socket.create_server((LOOPBACK, 0), backlog=0))
    for _ in range(4):
        waiting = world.running.enter_context(socket.socket())
        waiting.setblocking(False)
        waiting.connect_ex(listener.getsockname())
    url = f"http://{LOOPBACK}:{listener.getsockname()[1]}"
    world.target["knowledge"] = {"url": url, "timeout_seconds": PATIENCE}


def _https_of_http(world: World) -> None:
    behind({})(world)
    world.target["knowledge"]["url"] = world.target["knowledge"]["url"].replace("http:", "https:")


def _patient_target(world: World) -> None:
    """The target would wait longer than the check may take: then the check's own limit ends it."""
    behind({"GET /health": stalls()}, patience=60)(world)
    world.override("2.1.2", "time limit", 1.5)


NO_CONNECTION = [
    Fault("the server's port is closed", _refused, {"2.1.2": "failed"}, ("GET /health: cannot be reached", "refused")),
    Fault(
        "the server's port takes connections that nobody answers",
        _accepts_nobody,
        {"2.1.2": "failed"},
        ("GET /health: no complete answer within 1 s",),
        within=QUICK,
    ),
    Fault(
        "the server's port drops connections",
        _full_queue,
        {"2.1.2": "failed"},
        ("GET /health: no connection within 1 s",),
        within=QUICK,
    ),
    Fault(
        "a server without TLS is named as https",
        _https_of_http,
        {"2.1.2": "failed"},
        ("GET /health: cannot be reached", "does not speak TLS"),
    ),
    sick(
        "a server with TLS is named as http",
        {"*": says(b"\x15\x03\x03\x00\x02\x02\x0a")},
        "GET /health: broke off or spoke no HTTP",
    ),
    sick("the server speaks no HTTP", {"*": says(b"220 mail.example.com ESMTP\r\n")}, "spoke no HTTP"),
    sick("the server hangs up on every request", {"*": says(b"")}, "GET /health: broke off or spoke no HTTP"),
    sick("the server resets every connection", {"*": resets()}, "GET /health: broke off", "reset"),
]

HEALTH = [
    sick("health never answers", {"GET /health": stalls()}, "GET /health: no complete answer within 1 s"),
    Fault(
        "health never answers, and the target would wait for a minute",
        _patient_target,
        {"2.1.2": "failed"},
        ("did not end within its time limit",),
        within=QUICK,
    ),
    sick(
        "health stops in the middle of its headers",
        {"GET /health": stalls(b"HTTP/1.1 200 OK\r\ncontent-ty")},
        "GET /health: no complete answer within 1 s",
    ),
    sick(
        "health drips its headers",
        {"GET /health": drips(b"HTTP/1.1 200 OK\r\nx-slow: 1", 0.2)},
        "GET /health: no complete answer within 1 s",
    ),
    sick(
        "health drips its body",
        {"GET /health": drips(HEADERS_OF_JSON + b"\r\n{}", 0.2)},
        "GET /health: the answer did not end within 1 s",
    ),
    sick(
        "health sends nothing but preliminary answers",
        {"GET /health": floods(b"", b"HTTP/1.1 100 Continue\r\n\r\n", pause=0.01)},
        "GET /health: no complete answer within 1 s",
    ),
    sick(
        "health stops in the middle of its body",
        {"GET /health": stalls(HEADERS_OF_JSON + b'content-length: 99\r\n\r\n{"status": ')},
        "GET /health: the answer did not end within 1 s",
    ),
    sick(
        "health never ends its answer",
        {"GET /health": floods(HEADERS_OF_JSON + b"\r\n", b" " * 65536)},
        "GET /health: the answer is longer than 2000000 bytes",
        patience=5,
    ),
    sick(
        "health sends headers without an end",
        {"GET /health": floods(HEADERS_OF_JSON, b"x-more: " + b"a" * 500 + b"\r\n")},
        "GET /health: broke off or spoke no HTTP",
    ),
    sick(
        "health is reset in the middle of its body",
        {"GET /health": resets(HEADERS_OF_JSON + b'content-length: 99\r\n\r\n{"status": ')},
        "GET /health: broke off",
        "reset",
    ),
    sick(
        "health breaks off before its announced length",
        {"GET /health": says(HEADERS_OF_JSON + b'content-length: 99\r\n\r\n{"status": "hea')},
        "GET /health: broke off",
        "received 15 bytes, expected 99",
    ),
    sick(
        "health answers half a JSON text",
        {"GET /health": answer(200, '{"status": "healthy", "services": {"mongo', "application/json")},
        "GET /health: answered 200 as application/json, no JSON",
    ),
    sick("health answers nothing", {"GET /health": answer(200)}, "GET /health: answered 200 as no content type, no"),
    sick(
        "health answers 204",
        {"GET /health": says(b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n")},
        "GET /health: answered 204; expected 200",
    ),
    sick(
        "health answers a web page",
        {"GET /health": answer(200, "<!doctype html><title>Welcome</title>", "text/html; charset=utf-8")},
        "GET /health: answered 200 as text/html, no JSON",
    ),
    sick("health answers a list", {"GET /health": answer(200, "[]", "application/json")}, "GET /health", "a list"),
    sick(
        "health answers JSON nested without an end",
        {"GET /health": answer(200, "[" * 100_000, "application/json")},
        "GET /health: answered 200 as application/json, no JSON",
    ),
    sick(
        "health answers in another encoding",
        {"GET /health": answer(200, '{"status": "healthy", "note": "für"}'.encode("latin-1"), "application/json")},
        "GET /health: answered 200 as application/json, no JSON",
        "not UTF-8",
    ),
    sick(
        "health claims a compression that it does not use",
        {"GET /health": answer(200, "{}", "application/json", content_encoding="gzip")},
        "GET /health: cannot be decompressed",
    ),
    sick(
        "health is unhealthy with status 200",
        {"GET /health": state(status="unhealthy")},
        "GET /health: status is 'unhealthy'; expected 'healthy'",
    ),
    sick(
        "health reports a service as down with status 200",
        {"GET /health": state(services={"mongodb": "healthy", "qdrant": "unavailable"})},
        "service qdrant is 'unavailable'",
    ),
    sick(
        "health leaves a service out",
        {"GET /health": state(services={"mongodb": "healthy"})},
        "service qdrant is 'not reported'",
    ),
    sick("health reports no service at all", {"GET /health": answer(200, {"status": "healthy"})}, "'not reported'"),
    Fault(
        "MongoDB is down",
        real("--mongodb", "down"),
        {"2.1.2": "failed"},
        ("GET /health: answered 503", "mongodb is unavailable"),
    ),
    Fault("Qdrant is down", real("--qdrant", "down"), {"2.1.2": "failed"}, ("qdrant is unavailable",)),
    sick("health answers 500", {"GET /health": error(500, "INTERNAL_ERROR", "An internal error")}, "INTERNAL_ERROR"),
    sick(
        "a gateway answers for the server",
        {"*": answer(502, "<html><h1>502 Bad Gateway</h1></html>", "text/html")},
        "GET /health: answered 502 (text/html: <html><h1>502 Bad Gateway</h1></html>); expected 200",
        "POST /mcp: answered 502",
    ),
    sick("health is not found", {"GET /health": error(404, "NOT_FOUND", "Not Found")}, "answered 404 NOT_FOUND"),
    sick(
        "health answers with words that would garble a terminal",
        {"GET /health": error(500, "\ud800\x1b[31m", "one\ntwo\u202e\x00")},
        "GET /health: answered 500 ��[31m: one two��",
    ),
    sick(
        "health leads elsewhere",
        {"GET /health": answer(307, location="/health/")},
        "GET /health: answered 307, which leads to /health/; expected 200",
    ),
    sick(
        "health leads to an address that is none",
        {"GET /health": answer(302, location="http://me:hush@[health?token=hush")},
        "GET /health: answered 302, which leads to [health (no address); expected 200",
    ),
    sick("health answers 150 ms late", {"GET /health": late(150)}, "response time: 1", "the limit is < 100 ms"),
    sick("health answers just too late", {"GET /health": late(105)}, "response time: 1", "the limit is < 100 ms"),
    sick(
        "three of five health answers are late",
        {"GET /health": in_turn(late(150), forward, late(150), forward, late(150))},
        "response time: 1",
    ),
    sick(
        "one of five health answers is an error",
        {"GET /health": in_turn(forward, forward, error(500, "INTERNAL_ERROR", "broken"), forward)},
        "GET /health: answered 500 INTERNAL_ERROR: broken",
    ),
    sick(
        "health takes seconds each time",
        {"GET /health": late(1800)},
        "response time: 18",
        patience=2.5,
    ),
]

ACCESS = [
    Fault(
        "the server wants a key",
        real("--require-key", "--api-key", KEY),
        {"2.1.2": "failed"},
        ("GET /health: answered 401 UNAUTHORIZED: An API key is required", "POST /mcp: answered 401 UNAUTHORIZED"),
    ),
    Fault(
        "the target's key is wrong",
        real("--api-key", KEY, key=OTHER_KEY),
        {"2.1.2": "failed"},
        ("GET /health: answered 401 UNAUTHORIZED: The API key is not valid",),
    ),
    Fault(
        "the hour's budget is used up in the middle of the run",
        real("--rate-limit", "3"),
        {"2.1.2": "failed"},
        ("GET /health: answered 429 RATE_LIMITED: Rate limit of 3 requests per hour exceeded, retry after 3600 s",),
    ),
    sick(
        "a firewall forbids everything",
        {"*": error(403, "FORBIDDEN", "not from here")},
        "GET /health: answered 403 FORBIDDEN: not from here",
        "POST /mcp: answered 403 FORBIDDEN: not from here",
    ),
    sick(
        "only MCP wants a key",
        {"* /mcp": error(401, "UNAUTHORIZED", "An API key is required")},
        "POST /mcp: answered 401 UNAUTHORIZED: An API key is required",
    ),
    sick(
        "only MCP is out of budget",
        {"* /mcp": error(429, "RATE_LIMITED", "Too many", retry_after="3600")},
        "POST /mcp: answered 429 RATE_LIMITED: Too many, retry after 3600 s",
    ),
]

FAULTS = [*NO_CONNECTION, *HEALTH, *ACCESS, *handshake.FAULTS]
