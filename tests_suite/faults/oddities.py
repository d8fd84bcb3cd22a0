"""Knowledge MCP servers that are odd and healthy: a gate that cries wolf over one of them is switched off soon."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Mapping

from tests_suite.faults.servers import (
    ENDPOINT,
    HEADERS_OF_JSON,
    HEALTHY_STATE,
    INITIALIZED,
    LEGACY,
    MESSAGE,
    RESULT,
    behind,
    error,
    initialized,
    real,
    state,
)
from tests_suite.faults.sick_server import (
    Behaviour,
    Exchange,
    answer,
    forward,
    forward_to,
    in_turn,
    late,
    says,
    stalls,
    stream,
)
from tests_suite.faults.world import Fault, World

KEY = "kp_00000000000000000000000000000000"
STATE = json.dumps(HEALTHY_STATE).encode()


def _odd(name: str, behaviours: Mapping[str, Behaviour]) -> Fault:
    return _healthy(name, behind(behaviours, patience=5))


def _healthy(name: str, breaks: Callable[[World], None]) -> Fault:
    return Fault(name, breaks, {}, ())


def _named(ending: str) -> Callable[[World], None]:
    def breaks(world: World) -> None:
        world.target["knowledge"]["url"] += ending

    return breaks


def _events(opening: bytes, reply: bytes, pieces: int = 0) -> dict[str, Behaviour]:
    return {**LEGACY, "GET /mcp": stream(opening, reply, pieces=pieces)}


def _absolute_endpoint(exchange: Exchange) -> None:
    endpoint = f"event: endpoint\ndata: {exchange.server.url}/mcp/messages/?session_id=1\n\n"
    stream(endpoint.encode(), MESSAGE)(exchange)


def _crlf(events: bytes) -> bytes:
    return events.replace(b"\n", b"\r\n")


def _accepted(exchange: Exchange) -> None:
    """Some servers answer a message with 200 and a body of their own."""
    exchange.server.posted.set()
    exchange.reply(200, b"{}", {"content-type": "application/json"})


def _preliminary(exchange: Exchange) -> None:
    exchange.send(b"HTTP/1.1 103 Early Hints\r\nlink: </style.css>\r\n\r\n")
    forward(exchange)


def _hangs_up(seconds: float) -> Behaviour:
    """Answer as if the connection stayed open, and close it: the next request may be on its way already."""

    def behave(exchange: Exchange) -> None:
        exchange.send(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % len(STATE) + STATE)
        exchange.wait(seconds)

    return behave


def _just_in_time(world: World) -> None:
    """With a wider limit than the plan's, so that a busy machine does not decide."""
    behind({"GET /health": late(400)}, patience=5)(world)
    world.override("2.1.2", "response time", 500)


def _older() -> bytes:
    result = {**RESULT, "protocolVersion": "2024-11-05"}
    return f"data: {json.dumps({'jsonrpc': '2.0', 'id': 1, 'result': result})}\n\n".encode()


TRANSPORTS = [
    _healthy("MCP over Streamable HTTP", real("--transport", "http", "--rate-limit", "1000")),
    _healthy("the right key for a server that wants one", real("--require-key", "--api-key", KEY, key=KEY)),
    _healthy("the URL ends in /mcp", _named("/mcp")),
    _healthy("the URL ends in a slash", _named("/")),
    _odd("MCP over events behind a proxy", {"*": forward}),
    _odd("POST to the event stream is answered 400", {"POST /mcp": answer(400, "Bad Request", "text/plain")}),
    _odd("POST to the event stream is answered 404", {"POST /mcp": error(404, "NOT_FOUND", "Not Found")}),
    _odd("POST to the event stream is answered 405", {"POST /mcp": answer(405, allow="GET")}),
    _odd(
        "MCP moved to /mcp/ with message and all",
        {"* /mcp": answer(307, location="/mcp/"), "* /mcp/": forward_to("/mcp")},
    ),
    _odd(
        "only the event stream moved to /mcp/",
        {"POST /mcp": answer(405), "GET /mcp": answer(301, location="/mcp/"), "GET /mcp/": forward_to("/mcp")},
    ),
    _odd("initialize is answered as JSON without a session", {"POST /mcp": initialized(RESULT)}),
    _odd(
        "initialize is answered as events, after others",
        {
            "POST /mcp": in_turn(
                stream(b': ping\n\nevent: message\ndata: {"jsonrpc": "2.0", "method": "x"}\n\n' + MESSAGE, b""),
                answer(202),
            )
        },
    ),
    _odd(
        "the end of a session is refused",
        {
            "POST /mcp": in_turn(answer(200, INITIALIZED, "application/json", mcp_session_id="s-1"), answer(202)),
            "DELETE /mcp": answer(405),
        },
    ),
    _odd(
        "the end of a session is never answered",
        {
            "POST /mcp": in_turn(answer(200, INITIALIZED, "application/json", mcp_session_id="s-1"), answer(202)),
            "DELETE /mcp": stalls(),
        },
    ),
    _odd("messages are answered 200", {**_events(ENDPOINT, MESSAGE), "POST /mcp/messages/": _accepted}),
]

EVENTS = [
    _odd("events end their lines with CR LF", _events(_crlf(ENDPOINT), _crlf(MESSAGE))),
    _odd("events with CR LF arrive byte by byte", _events(_crlf(ENDPOINT), _crlf(MESSAGE), pieces=1)),
    _odd("events end their lines with CR", _events(ENDPOINT.replace(b"\n", b"\r"), MESSAGE.replace(b"\n", b"\r") * 2)),
    _odd("the event stream starts with a byte order mark", _events(b"\xef\xbb\xbf" + ENDPOINT, MESSAGE, pieces=2)),
    _odd(
        "the event stream has comments, ids, retry times and blank lines",
        _events(b"retry: 3000\n\n: hello\n\n\n\nid: 1\n: x\n" + ENDPOINT, b": ping\n\nid: 2\nretry: 1\n" + MESSAGE),
    ),
    _odd(
        "events have no space after the colon",
        _events(b"event:endpoint\ndata:/mcp/messages/?session_id=1\n\n", f"data:{INITIALIZED}\n\n".encode()),
    ),
    _odd(
        "the answer comes as an event of several lines",
        _events(ENDPOINT, b"data: " + INITIALIZED.replace(",", ",\ndata: ").encode() + b"\n\n"),
    ),
    _odd(
        "an event holds a line separator of Unicode",
        _events(ENDPOINT, MESSAGE.replace(b'"knowledge"', '"know\u2028ledge"'.encode())),
    ),
    _odd("the endpoint is a whole address of the same host", {**LEGACY, "GET /mcp": _absolute_endpoint}),
    _odd("the server chooses an older protocol", _events(ENDPOINT, _older())),
]

HEALTH = [
    _healthy("health answers just in time", _just_in_time),
    _odd("one of five health answers is late", {"GET /health": in_turn(forward, forward, late(400), forward)}),
    _odd("two of five health answers are late", {"GET /health": in_turn(late(300), forward, late(300), forward)}),
    _odd(
        "more services than two are healthy",
        {"GET /health": state(services={"mongodb": "healthy", "qdrant": "healthy", "cache": "healthy"}, note="für")},
    ),
    _odd("health is compressed", {"GET /health": answer(200, gzip.compress(STATE), content_encoding="gzip")}),
    _odd("health has no content type", {"GET /health": answer(200, STATE)}),
    _odd("health has no length", {"GET /health": says(HEADERS_OF_JSON + b"\r\n" + STATE)}),
    _odd("health speaks HTTP/1.0", {"GET /health": says(b"HTTP/1.0 200 OK\r\n\r\n" + STATE)}),
    _odd("health hangs up without saying so", {"GET /health": _hangs_up(0)}),
    _odd("health hangs up a little later without saying so", {"GET /health": _hangs_up(0.001)}),
    _odd("health is behind preliminary answers", {"GET /health": _preliminary}),
]

HEALTHY = [*TRANSPORTS, *EVENTS, *HEALTH]
