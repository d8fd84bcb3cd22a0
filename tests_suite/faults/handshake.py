"""Faults of the MCP handshake (2.1.2): where MCP is, the event stream of the older transport, the protocol."""

from __future__ import annotations

from typing import Any

from tests_suite.faults.servers import (
    ENDPOINT,
    HEADERS_OF_JSON,
    INITIALIZED,
    LEGACY,
    MESSAGE,
    RESULT,
    error,
    initialized,
    sick,
)
from tests_suite.faults.sick_server import (
    EVENT_STREAM,
    Exchange,
    answer,
    drips,
    floods,
    in_turn,
    posted,
    resets,
    says,
    stalls,
    stream,
)


def _lacks(key: str) -> dict[str, Any]:
    return {name: value for name, value in RESULT.items() if name != key}


def _closed(exchange: Exchange) -> None:
    """End the stream."""


ENDPOINTS = [
    sick("MCP is not found", {"* /mcp": error(404, "NOT_FOUND", "Not Found")}, "GET /mcp: answered 404 NOT_FOUND"),
    sick("MCP allows no method", {"* /mcp": answer(405)}, "GET /mcp: answered 405", "POST /mcp answered 405"),
    sick(
        "MCP refuses the client's protocol",
        {"POST /mcp": answer(400, "Unsupported protocol version", "text/plain"), "GET /mcp": answer(406)},
        "GET /mcp: answered 406",
        "POST /mcp answered 400 (text/plain: Unsupported protocol version)",
    ),
    sick("MCP answers 500", {"* /mcp": answer(500)}, "POST /mcp: answered 500; expected 200"),
    sick(
        "MCP answers a web page",
        {"* /mcp": answer(200, "<title>Welcome</title>", "text/html")},
        "POST /mcp: answered 200 as text/html; expected JSON or an event stream",
    ),
    sick(
        "MCP answers a web page to GET only",
        {"POST /mcp": answer(405), "GET /mcp": answer(200, "<title>Welcome</title>", "text/html")},
        "GET /mcp: answered 200 as text/html; expected an event stream",
    ),
    sick("MCP answers nothing", {"* /mcp": answer(200)}, "POST /mcp: answered 200 as no content type"),
    sick(
        "MCP moved to another host",
        {"* /mcp": answer(307, location="http://127.0.0.1:9/mcp")},
        "POST /mcp: answered 307, which leads to http://127.0.0.1:9/mcp",
        "another host",
    ),
    sick("MCP moves in a circle", {"* /mcp": answer(307, location="/mcp")}, "POST /mcp: leads on and on"),
    sick(
        "MCP moved, and clients do not take their message along",
        {"* /mcp": answer(302, location="/mcp/")},
        "POST /mcp: answered 302, which leads to /mcp/",
    ),
    sick(
        "MCP moved to an address that is none",
        {"* /mcp": answer(307, location="http://[mcp")},
        "POST /mcp: answered 307, which leads to http://[mcp (no address); expected 200",
    ),
    sick("MCP never answers", {"* /mcp": stalls()}, "POST /mcp: no complete answer within 1 s"),
    sick(
        "MCP drips its headers",
        {"POST /mcp": drips(b"HTTP/1.1 200 OK\r\nx-slow: 1", 0.2)},
        "POST /mcp: no complete answer within 1 s",
    ),
    sick("MCP is reset", {"* /mcp": resets()}, "POST /mcp: broke off", "reset"),
]

STREAMS = [
    sick(
        "the event stream stays silent",
        {**LEGACY, "GET /mcp": stalls(EVENT_STREAM)},
        "GET /mcp: no event 'endpoint' within 1 s",
    ),
    sick(
        "the event stream stops in the middle of an event",
        {**LEGACY, "GET /mcp": stalls(EVENT_STREAM + b"event: endpoint\ndata: /mcp/mess")},
        "GET /mcp: no event 'endpoint' within 1 s",
    ),
    sick(
        "the event stream drips",
        {**LEGACY, "GET /mcp": drips(EVENT_STREAM + b"event: endpoint", 0.1)},
        "GET /mcp: no event 'endpoint' within 1 s",
    ),
    sick(
        "the event stream holds nothing but comments",
        {**LEGACY, "GET /mcp": floods(EVENT_STREAM, b": ping\n\n", pause=0.01)},
        "GET /mcp: no event 'endpoint' within 1 s",
    ),
    sick(
        "the event stream is a flood of comments",
        {**LEGACY, "GET /mcp": floods(EVENT_STREAM, b": " + b"a" * 500 + b"\n")},
        "GET /mcp: more than 2000000 bytes of events",
        patience=5,
    ),
    sick(
        "a line of the event stream does not end",
        {**LEGACY, "GET /mcp": floods(EVENT_STREAM, b"a" * 65536)},
        "GET /mcp: a line of events does not end",
        patience=5,
    ),
    sick(
        "the event stream ends before the endpoint",
        {**LEGACY, "GET /mcp": stream(b": hello\n\n", b"", _closed)},
        "GET /mcp: expected the event 'endpoint' of MCP first, found the end of the stream",
    ),
    sick(
        "the event stream breaks before the endpoint",
        {**LEGACY, "GET /mcp": resets(EVENT_STREAM + b"event: end")},
        "GET /mcp: broke off",
    ),
    sick(
        "the event stream starts with another event",
        {**LEGACY, "GET /mcp": stream(b'event: welcome\ndata: {"hello": 1}\n\n', b"")},
        "GET /mcp: expected the event 'endpoint' of MCP first, found event 'welcome'",
    ),
    sick(
        "the endpoint lies on another host",
        {**LEGACY, "GET /mcp": stream(b"event: endpoint\ndata: http://127.0.0.1:9/mcp/messages/\n\n", b"")},
        "GET /mcp: the endpoint event leads to another host: 'http://127.0.0.1:9/mcp/messages/'",
    ),
    sick(
        "the endpoint is no address",
        {**LEGACY, "GET /mcp": stream(b"event: endpoint\ndata: http://[::mcp\n\n", b"")},
        "GET /mcp: the endpoint event leads to another host: 'http://[::mcp'",
    ),
    sick(
        "the endpoint does not exist",
        {"POST /mcp": answer(405), "GET /mcp": stream(ENDPOINT, b""), "* /mcp/messages/": answer(404)},
        "POST /mcp/messages/: answered 404; expected 202",
    ),
    sick(
        "the endpoint never answers",
        {"POST /mcp": answer(405), "GET /mcp": stream(ENDPOINT, b""), "* /mcp/messages/": stalls()},
        "POST /mcp/messages/: no complete answer within 1 s",
    ),
    sick(
        "the event stream never brings the answer",
        {**LEGACY, "GET /mcp": stream(ENDPOINT, b"")},
        "GET /mcp: no answer to initialize within 1 s",
    ),
    sick(
        "the event stream ends before the answer",
        {**LEGACY, "GET /mcp": stream(ENDPOINT, b": wait\n\n", _closed)},
        "GET /mcp: the event stream ended before the answer to initialize",
    ),
    sick(
        "the event stream breaks before the answer",
        {**LEGACY, "GET /mcp": stream(ENDPOINT, b"event: message\n", resets())},
        "GET /mcp: broke off",
        "reset",
    ),
    sick(
        "the event stream brings an answer that is no JSON",
        {**LEGACY, "GET /mcp": stream(ENDPOINT, b"event: message\ndata: Internal Server Error\n\n")},
        "GET /mcp: the answer to initialize is no JSON: 'Internal Server Error'",
    ),
    sick(
        "the event stream brings an error",
        {
            **LEGACY,
            "GET /mcp": stream(ENDPOINT, b'data: {"id": 1, "error": {"code": -32603, "message": "no database"}}\n\n'),
        },
        "GET /mcp: initialize failed: -32603: no database",
    ),
    sick(
        "the end of the handshake is refused over events",
        {
            "POST /mcp": answer(405),
            "GET /mcp": stream(ENDPOINT, MESSAGE),
            "POST /mcp/messages/": in_turn(posted, answer(500)),
        },
        "POST /mcp/messages/: answered 500; expected 202 for notifications/initialized",
    ),
]

PROTOCOL = [
    sick(
        "initialize fails",
        {"POST /mcp": initialized(None, error={"code": -32602, "message": "Invalid params\ud800"})},
        "POST /mcp: initialize failed: -32602: Invalid params�",
    ),
    sick("initialize has no result", {"POST /mcp": initialized(None)}, "the answer to initialize has no result"),
    sick("initialize answers a list", {"POST /mcp": answer(200, "[]", "application/json")}, "has no result"),
    sick(
        "initialize answers half a JSON text",
        {"POST /mcp": answer(200, INITIALIZED[:60], "application/json")},
        "POST /mcp: the answer to initialize is no JSON: '{",
    ),
    sick(
        "initialize answers another request",
        {"POST /mcp": initialized(RESULT, id=7)},
        "POST /mcp: the answer to initialize has the id 7; expected 1",
    ),
    sick(
        "the server does not say who it is",
        {"POST /mcp": initialized(_lacks("serverInfo"))},
        "POST /mcp: the result of initialize lacks serverInfo",
    ),
    sick(
        "the server does not say what it can do",
        {"POST /mcp": initialized(_lacks("capabilities"))},
        "POST /mcp: the result of initialize lacks capabilities",
    ),
    sick(
        "the server chooses a protocol that is none",
        {"POST /mcp": initialized({**RESULT, "protocolVersion": "neuste\r\nx: 1"})},
        "POST /mcp: the result of initialize has the protocolVersion 'neuste\\r\\nx: 1'",
    ),
    sick(
        "the session id cannot be sent back",
        {"POST /mcp": answer(200, INITIALIZED, "application/json", mcp_session_id="für mich")},
        "POST /mcp: the session id 'für mich' is no visible ASCII",
    ),
    sick(
        "the answer to initialize is sent as text",
        {"POST /mcp": answer(200, INITIALIZED, "text/plain")},
        "POST /mcp: answered 200 as text/plain; expected JSON or an event stream",
    ),
    sick(
        "the answer to initialize never ends",
        {"POST /mcp": stalls(HEADERS_OF_JSON + b"\r\n" + INITIALIZED[:60].encode())},
        "POST /mcp: the answer did not end within 1 s",
    ),
    sick(
        "the answer to initialize is a flood",
        {"POST /mcp": floods(HEADERS_OF_JSON + b"\r\n", b" " * 65536)},
        "POST /mcp: the answer is longer than 2000000 bytes",
        patience=5,
    ),
    sick(
        "the answer to initialize breaks off",
        {"POST /mcp": says(HEADERS_OF_JSON + b"content-length: 999\r\n\r\n" + INITIALIZED.encode())},
        "POST /mcp: broke off",
    ),
    sick(
        "the end of the handshake is refused",
        {"POST /mcp": in_turn(answer(200, INITIALIZED, "application/json"), answer(400, "no session", "text/plain"))},
        "POST /mcp: answered 400 (text/plain: no session); expected 202 for notifications/initialized",
    ),
    sick(
        "the end of the handshake is never answered",
        {"POST /mcp": in_turn(answer(200, INITIALIZED, "application/json"), stalls())},
        "POST /mcp: no complete answer within 1 s; expected 202 for notifications/initialized",
    ),
]

FAULTS = [*ENDPOINTS, *STREAMS, *PROTOCOL]
