"""Faults of the MCP session: when it is opened, at the handshake, and in its middle."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

from fixtures.reference.process import start
from tests_suite.faults.mcp_chaos import (
    SECONDS,
    Answered,
    Conversations,
    other_server,
    point_at,
    sick,
    sick_answers,
    sick_wire,
    wait_for,
)
from tests_suite.faults.sick_server import EVENT_STREAM, Behaviour, Exchange, answer, forward, resets, stalls, stream
from tests_suite.faults.world import Fault, World

ALL = dict.fromkeys(("2.3.1", "2.3.2", "2.3.3", "2.3.4", "2.3.5"), "failed")
TOOL = {"2.3.3": "failed"}
REOPENED = {"2.3.3": "degraded"}
POST, MESSAGES = "POST /mcp", "POST /mcp/messages/"
BEYOND = 12  # messages that pass before one goes wrong: handshake, list of tools, and some calls
ERROR: dict[str, Any] = {
    "error": {"code": "INTERNAL_ERROR", "message": "The pool is empty", "details": {}, "retry_after": None}
}


def _from(number: int, behaviour: Behaviour, count: int = 1000) -> Behaviour:
    """The healthy server's answers, but for some from a certain request on."""

    def behave(exchange: Exchange) -> None:
        (behaviour if number <= exchange.number < number + count else forward)(exchange)

    return behave


def _tool_call(
    change: Callable[[Answered], bytes | None], tool: str = "get_patterns", number: int = 3
) -> Callable[[World], None]:
    """Spoil one call of one tool."""

    def chosen(answered: Answered) -> bytes | None:
        return change(answered) if answered.tool == tool and answered.number == number else None

    return sick_answers(chosen)


def _hangs(answered: Answered) -> bytes:
    return b""


def _hangs_in_event(answered: Answered) -> bytes:
    answered.exchange.send(answered.event()[:80])
    answered.exchange.wait()
    return b""


def _breaks_event(answered: Answered) -> bytes:
    answered.reset(answered.event()[:80])
    return b""


def _half_event(answered: Answered) -> bytes:
    return answered.event()[:200] + b"\r\n\r\n"


def _no_result(answered: Answered) -> bytes | None:
    answered.message["result"] = {"content": "none"}
    return None


def _protocol_error(answered: Answered) -> None:
    del answered.message["result"]
    answered.message["error"] = {"code": -32603, "message": "The pool is empty"}


def _from_the_past(answered: Answered) -> None:
    if answered.method == "initialize":
        answered.message["result"]["protocolVersion"] = "1999-01-01"


def _restarts(world: World) -> None:
    """The server is replaced by a fresh one in mid-run, and its sessions are gone with it."""
    old, new = start("--rate-limit", "10000"), start("--rate-limit", "10000")
    for server in (old, new):
        world.running.callback(server.stop)
        wait_for(server.url)
    world.target["knowledge"]["url"] = old.url
    host, port = new.url.removeprefix("http://").split(":")

    def restart(answered: Answered) -> None:
        if answered.tool == "get_warnings" and answered.number == 2:
            answered.exchange.server.upstream = (host, int(port))
            old.process.kill()
            raise OSError("the server went away")

    sick_answers(restart)(world)


def _restarts_again(world: World) -> None:
    """The server loses every session after a few calls."""
    counts: dict[int, int] = {}

    def lose(answered: Answered) -> None:
        counts[answered.session] = counts.get(answered.session, 0) + 1
        if counts[answered.session] > 8:
            raise OSError("the server went away")

    sick_answers(lose)(world)


def _goes_away(world: World) -> None:
    """After a few calls, nothing takes connections any more."""
    gone = threading.Event()

    def go(answered: Answered) -> None:
        if answered.tool == "get_warnings":
            gone.set()
            raise OSError("the server went away")

    spoiled = Conversations(go)

    def unless_gone(behaviour: Behaviour) -> Behaviour:
        def behave(exchange: Exchange) -> None:
            (resets() if gone.is_set() else behaviour)(exchange)

        return behave

    sick(
        world,
        {"GET /mcp": unless_gone(spoiled.relay), MESSAGES: unless_gone(spoiled.note), "*": unless_gone(forward)},
    )


def _streamable(behaviour: Behaviour) -> Callable[[World], None]:
    """A Streamable HTTP server, spoiled, with a configuration that knows of the transport."""

    def breaks(world: World) -> None:
        other_server("--transport", "http", "--rate-limit", "10000")(world)
        path = world.claude / ".mcp.json"
        path.write_text(path.read_text(encoding="utf-8").replace('"sse"', '"http"'), encoding="utf-8")
        server = sick(world, {POST: behaviour})
        point_at(world, server.url)

    return breaks


def _slow_stop(exchange: Exchange) -> None:
    time.sleep(0.2)
    forward(exchange)


ENDPOINT = b"event: endpoint\r\ndata: %s\r\n\r\n"
OPENING = [
    Fault(f"mcp: {name}", sick_wire({path: behaviour}), trips, says, gate="mcp")
    for name, path, behaviour, trips, says in (
        ("the endpoint answers 401", "* /mcp", answer(401, ERROR), ALL, ("POST /mcp: answered 401",)),
        ("the endpoint answers 403", "* /mcp", answer(403, ERROR), ALL, ("POST /mcp: answered 403",)),
        ("there is no endpoint", "* /mcp", answer(404, {"detail": "Not Found"}), ALL, ("GET /mcp: answered 404",)),
        ("the endpoint knows no method", "* /mcp", answer(405), ALL, ("GET /mcp: answered 405",)),
        ("the endpoint breaks", "* /mcp", answer(500, ERROR), ALL, ("answered 500 INTERNAL_ERROR: The pool is empty",)),
        (
            "the endpoint has no server behind it",
            "* /mcp",
            answer(502, "bad gateway"),
            ALL,
            ("POST /mcp: answered 502",),
        ),
        ("the endpoint is overloaded", "* /mcp", answer(503, "busy", retry_after="30"), ALL, ("answered 503", "30 s")),
        (
            "the endpoint leads to another host",
            "* /mcp",
            answer(307, b"", location="http://elsewhere.example/mcp?token=abcd1234"),
            ALL,
            ("answered 307", "elsewhere.example/mcp"),
        ),
        ("the endpoint is a web page", "* /mcp", answer(200, "<html>Hello</html>", "text/html"), ALL, ("text/html",)),
        (
            "the endpoint never answers",
            "* /mcp",
            stalls(),
            ALL,
            (f"POST /mcp: no complete answer within {SECONDS:g} s",),
        ),
        ("the endpoint tears connections down", "* /mcp", resets(), ALL, ("POST /mcp: ",)),
        ("the stream answers 500", "GET /mcp", answer(500, ERROR), ALL, ("GET /mcp: answered 500",)),
        (
            "the stream never names its endpoint",
            "GET /mcp",
            stalls(EVENT_STREAM),
            ALL,
            ("GET /mcp: no event 'endpoint' within",),
        ),
        (
            "the stream names an endpoint on another host",
            "GET /mcp",
            stream(ENDPOINT % b"http://elsewhere.example/mcp/messages/?session_id=1", b""),
            ALL,
            ("the endpoint event leads to another host",),
        ),
        ("the stream is torn at once", "GET /mcp", resets(EVENT_STREAM), ALL, ("GET /mcp: broke off",)),
        ("initialize answers 500", MESSAGES, answer(500, ERROR), ALL, ("POST /mcp/messages/: answered 500",)),
        ("initialize answers 401", MESSAGES, answer(401, ERROR), ALL, ("POST /mcp/messages/: answered 401",)),
        (
            "initialize is never answered",
            MESSAGES,
            answer(202, "Accepted"),
            ALL,
            ("GET /mcp: no answer to initialize within",),
        ),
        ("initialize is torn", MESSAGES, resets(), ALL, ("POST /mcp/messages/: ",)),
    )
]

# What one message in mid-session meets; where the client can go on, the session is opened again, once.
MIDDLE = [
    Fault(
        f"mcp: a message in mid-session {name}",
        sick_wire({MESSAGES: _from(BEYOND, behaviour, 1)}),
        trips,
        says,
        gate="mcp",
    )
    for name, behaviour, trips, says in (
        ("answers 401", answer(401, ERROR), TOOL, ("POST /mcp/messages/: answered 401",)),
        ("answers 403", answer(403, ERROR), TOOL, ("POST /mcp/messages/: answered 403",)),
        ("answers 405", answer(405), TOOL, ("POST /mcp/messages/: answered 405",)),
        ("answers 500", answer(500, ERROR), TOOL, ("answered 500 INTERNAL_ERROR: The pool is empty",)),
        ("finds its session gone", answer(404, "Could not find session"), REOPENED, ("opened again", "answered 404")),
        ("meets a gateway without a server", answer(502, "bad"), REOPENED, ("opened again", "answered 502")),
        ("meets an overloaded server", answer(503, "busy"), REOPENED, ("opened again", "answered 503")),
        ("is torn", resets(), REOPENED, ("opened again", "POST /mcp/messages/: ")),
        ("hangs", stalls(), TOOL, (f"no answer within {SECONDS:g} s",)),
    )
]

CALLS = [
    Fault(
        "mcp: one call is never answered",
        _tool_call(_hangs),
        TOOL,
        ("get_patterns", f"no answer within {SECONDS:g} s"),
        gate="mcp",
    ),
    Fault("mcp: one answer hangs in its event", _tool_call(_hangs_in_event), TOOL, ("no answer within",), gate="mcp"),
    Fault(
        "mcp: one answer is torn in its event",
        _tool_call(_breaks_event),
        REOPENED,
        ("opened again", "event stream"),
        gate="mcp",
    ),
    Fault(
        "mcp: one event is no JSON",
        _tool_call(_half_event),
        TOOL,
        ("an event of the stream is no MCP message",),
        gate="mcp",
    ),
    Fault("mcp: one result is no result", _tool_call(_no_result), TOOL, ("is no valid MCP result",), gate="mcp"),
    Fault(
        "mcp: one call gets an error of the protocol",
        _tool_call(_protocol_error),
        TOOL,
        ("error -32603: The pool is empty",),
        gate="mcp",
    ),
    Fault(
        "mcp: the server restarts in mid-run", _restarts, REOPENED, ("the session had to be opened again",), gate="mcp"
    ),
    Fault(
        "mcp: the server loses every session",
        _restarts_again,
        {"2.3.3": "failed", "2.3.4": "failed", "2.3.5": "failed"},
        ("not asked:",),
        gate="mcp",
    ),
    Fault(
        "mcp: the server goes away and does not come back",
        _goes_away,
        {"2.3.3": "failed", "2.3.4": "failed", "2.3.5": "failed"},
        ("not asked:", "no response time of get_warnings"),
        gate="mcp",
    ),
]

OPENING.append(
    Fault(
        "mcp: the server speaks a protocol that nobody knows",
        sick_answers(_from_the_past),
        ALL,
        ("Unsupported protocol version from the server: 1999-01-01",),
        gate="mcp",
    )
)

STREAMABLE = [
    Fault("mcp: Streamable HTTP is good", _streamable(forward), {}, (), gate="mcp"),
    Fault("mcp: Streamable HTTP takes its time to be asked", _streamable(_slow_stop), {}, (), gate="mcp"),
    Fault(
        "mcp: Streamable HTTP answers 500 once in mid-session",
        _streamable(_from(BEYOND, answer(500, ERROR), 1)),
        TOOL,
        ("POST /mcp: answered 500 INTERNAL_ERROR: The pool is empty",),
        gate="mcp",
    ),
    Fault(
        "mcp: Streamable HTTP forgets its session once",
        _streamable(_from(BEYOND, answer(404, "no such session"), 1)),
        REOPENED,
        ("opened again", "POST /mcp: answered 404"),
        gate="mcp",
    ),
    Fault(
        "mcp: Streamable HTTP is refused for the budget in mid-session",
        _streamable(_from(BEYOND, answer(429, ERROR, retry_after="120"))),
        {"2.3.3": "missing", "2.3.4": "missing", "2.3.5": "missing"},
        ("answered 429", "Retry-After: 120"),
        gate="mcp",
    ),
    Fault(
        "mcp: Streamable HTTP hangs in mid-session",
        _streamable(_from(BEYOND, stalls(), 1)),
        TOOL,
        (f"no answer within {SECONDS:g} s",),
        gate="mcp",
    ),
    Fault(
        "mcp: Streamable HTTP answers as a web page in mid-session",
        _streamable(_from(BEYOND, answer(200, "<html>Hello</html>", "text/html"), 1)),
        TOOL,
        ("Unexpected content type: text/html",),
        gate="mcp",
    ),
]

FAULTS = [*OPENING, *MIDDLE, *CALLS, *STREAMABLE]
