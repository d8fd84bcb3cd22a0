"""The MCP handshake, message by message: what is sent over either transport, and what is said of every wrong answer."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from fixtures.knowledge import events, handshake
from fixtures.knowledge.events import EventError, events_of
from fixtures.knowledge.handshake import (
    INITIALIZE,
    INITIALIZED,
    LIST,
    MOST_PAGES,
    PROTOCOL,
    Handshake,
    HandshakeError,
    shake_hands,
)

URL = "http://server/mcp"
INFO = {"name": "knowledge", "version": "2"}
RESULT = {"protocolVersion": "2025-03-26", "capabilities": {"tools": {}}, "serverInfo": INFO}
CAPABLE = "200 with the server's capabilities"
Said = httpx.Response | Exception | Callable[[], httpx.Response]


def message(result: Any, number: Any = 1) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": number, "result": result}


def stream(*data: Any, first: str = "", kind: str = "text/event-stream") -> httpx.Response:
    """An event stream of these messages, texts as they are, after the endpoint event if there is one."""
    texts = [each if isinstance(each, str) else f"event: message\ndata: {json.dumps(each)}\n\n" for each in data]
    begin = f"event: endpoint\ndata: {first}\n\n" if first else ""
    return httpx.Response(200, headers={"content-type": kind}, content=(begin + "".join(texts)).encode())


def parts(status: int, *body: bytes | Exception, kind: str = "text/x") -> Callable[[], httpx.Response]:
    """An answer that comes in parts, and may end in an error."""

    def pieces() -> Iterator[bytes]:
        for each in body:
            if isinstance(each, Exception):
                raise each
            yield each

    return lambda: httpx.Response(status, headers={"content-type": kind}, content=pieces())


def says(status: int, body: Any = None, **headers: str) -> httpx.Response:
    return httpx.Response(status, json=body, headers={name.replace("_", "-"): text for name, text in headers.items()})


def shaken(*answers: Said, listing: bool = False, url: str = URL) -> tuple[Handshake | str, list[httpx.Request]]:
    """What comes of a handshake with a server that gives these answers in turn, and what it was asked."""
    asked: list[httpx.Request] = []
    left = list(answers)

    def answered(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        answer = left.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer if isinstance(answer, httpx.Response) else answer()

    with httpx.Client(transport=httpx.MockTransport(answered)) as client:
        try:
            found: Handshake | str = shake_hands(client, url, 5.0, listing)
        except HandshakeError as error:
            found = str(error)
    assert not left, "the server was asked less often"
    return found, asked


def sent(request: httpx.Request, *headers: str) -> tuple[str, str, Any, list[str | None]]:
    """Method, path, JSON and some headers of a request."""
    body = json.loads(request.content) if request.content else None
    return request.method, request.url.path, body, [request.headers.get(name) for name in headers]


HEADERS = ("mcp-protocol-version", "mcp-session-id")
BOTH = "application/json, text/event-stream"


def test_handshake_over_http_is_two_messages() -> None:
    found, asked = shaken(says(200, message(RESULT)), says(202))

    assert found == Handshake("http", "2025-03-26", "knowledge 2", {"tools": {}})
    assert [sent(each, *HEADERS) for each in asked] == [
        ("POST", "/mcp", INITIALIZE, [None, None]),
        ("POST", "/mcp", INITIALIZED, ["2025-03-26", None]),
    ]
    assert [each.headers["accept"] for each in asked] == [BOTH, BOTH]


def test_session_over_http_is_named_in_every_message_and_ended() -> None:
    one, two = ({"tools": [{"name": "a"}, "none"], "nextCursor": "more"}, {"tools": [{"name": "b"}, {}]})
    found, asked = shaken(
        httpx.Response(200, json=message(RESULT), headers={"mcp-session-id": "s-1~"}),
        says(204),
        says(200, message(one, 2)),
        stream({"id": 3, "method": "ping"}, message({}, 2), "event: other\ndata: x\n\n", message(two, 3)),
        says(405),
        listing=True,
    )

    assert found == Handshake("http", "2025-03-26", "knowledge 2", {"tools": {}}, ("a", "b", "None"))
    assert [sent(each, *HEADERS) for each in asked[1:]] == [
        ("POST", "/mcp", INITIALIZED, ["2025-03-26", "s-1~"]),
        ("POST", "/mcp", {**LIST, "id": 2}, ["2025-03-26", "s-1~"]),
        ("POST", "/mcp", {**LIST, "id": 3, "params": {"cursor": "more"}}, ["2025-03-26", "s-1~"]),
        ("DELETE", "/mcp", None, ["2025-03-26", "s-1~"]),
    ]


def test_answer_over_http_may_be_an_event_stream() -> None:
    ping = {"jsonrpc": "2.0", "id": 1, "method": "ping"}

    found, asked = shaken(stream(ping, [1], message(RESULT)), says(200))

    assert found == Handshake("http", "2025-03-26", "knowledge 2", {"tools": {}})
    assert len(asked) == 2


def test_server_without_a_version_goes_by_its_name() -> None:
    found, _ = shaken(says(200, message({**RESULT, "serverInfo": {"name": "knowledge"}})), says(202))

    assert isinstance(found, Handshake)
    assert found.server == "knowledge"


@pytest.mark.parametrize("status", [400, 404, 405])
def test_older_server_is_asked_over_its_event_stream(status: int) -> None:
    tools = message({"tools": [{"name": "a"}]}, 2)
    given = (says(status), stream(message(RESULT), tools, first="/messages/?s=1"), says(202), says(202))

    found, asked = shaken(*given, says(202), listing=True)

    assert found == Handshake("sse", "2025-03-26", "knowledge 2", {"tools": {}}, ("a",))
    assert [sent(each, *HEADERS) for each in asked] == [
        ("POST", "/mcp", INITIALIZE, [None, None]),
        ("GET", "/mcp", None, [None, None]),
        ("POST", "/messages/", INITIALIZE, [None, None]),
        ("POST", "/messages/", INITIALIZED, [None, None]),
        ("POST", "/messages/", LIST, [None, None]),
    ]
    assert sent(asked[1], "accept", "cache-control")[3] == ["text/event-stream", "no-store"]
    assert [str(each.url) for each in asked[2:]] == ["http://server/messages/?s=1"] * 3


def test_tools_are_asked_for_only_where_they_are_wanted() -> None:
    found, asked = shaken(says(405), stream(message(RESULT), first="/m"), says(200), says(204))

    assert found == Handshake("sse", "2025-03-26", "knowledge 2", {"tools": {}}, None)
    assert len(asked) == 4


LATE = httpx.ReadTimeout("late")
WRONG = [
    ((says(500),), f"POST /mcp: answered 500; expected {CAPABLE}"),
    ((parts(500, b"a", b"b"),), f"POST /mcp: answered 500 (text/x: ab); expected {CAPABLE}"),
    ((parts(500, b"a", LATE),), f"POST /mcp: the answer did not end within 5 s; expected {CAPABLE}"),
    ((parts(500, b"a", httpx.ReadError("cut")),), f"POST /mcp: broke off: cut; expected {CAPABLE}"),
    ((parts(200, LATE, kind="text/event-stream"),), "POST /mcp: no answer to initialize within 5 s"),
    ((httpx.Response(204),), f"POST /mcp: answered 204; expected {CAPABLE}"),
    ((httpx.ConnectError("refused"),), f"POST /mcp: cannot be reached: refused; expected {CAPABLE}"),
    ((httpx.Response(200),), "POST /mcp: answered 200 as no content type; expected JSON or an event stream of MCP"),
    ((httpx.Response(200, html="x"),), "POST /mcp: answered 200 as text/html; expected JSON or an event stream of MCP"),
    (
        (httpx.Response(200, content="<p>", headers={"content-type": "Application/JSON ; charset=x"}),),
        "POST /mcp: the answer to initialize is no JSON: '<p>'",
    ),
    (
        (
            lambda: httpx.Response(
                200,
                headers={"content-type": "application/json", "content-encoding": "gzip"},
                stream=httpx.ByteStream(b"no gzip"),
            ),
        ),
        "POST /mcp: cannot be decompressed: Error -3 while decompressing data: incorrect header check; "
        "expected the server's capabilities",
    ),
    ((stream(),), "POST /mcp: the event stream ended before the answer to initialize"),
    ((stream("data: x\n\n"),), "POST /mcp: the answer to initialize is no JSON: 'x'"),
    ((says(200, [1]),), "POST /mcp: the answer to initialize has no result"),
    ((says(200, message([])),), "POST /mcp: the answer to initialize has no result"),
    ((says(200, {"error": {"code": -1, "message": "no"}}),), "POST /mcp: initialize failed: -1: no"),
    ((says(200, {"error": "no"}),), "POST /mcp: the answer to initialize has no result"),
    ((says(200, message(RESULT, 2)),), "POST /mcp: the answer to initialize has the id 2; expected 1"),
    (
        (says(200, message({})),),
        "POST /mcp: the result of initialize lacks protocolVersion, capabilities, serverInfo; it is no MCP server",
    ),
    (
        (says(200, message({**RESULT, "protocolVersion": 1, "capabilities": [], "serverInfo": {"name": 1}})),),
        "POST /mcp: the result of initialize lacks protocolVersion, capabilities, serverInfo; it is no MCP server",
    ),
    (
        (says(200, message({**RESULT, "serverInfo": "knowledge"})),),
        "POST /mcp: the result of initialize lacks serverInfo; it is no MCP server",
    ),
    (
        (says(200, message({**RESULT, "protocolVersion": "é" + 50 * "1"})),),
        f"POST /mcp: the result of initialize has the protocolVersion '\\xe9{39 * '1'}'; "
        f"expected a date such as {PROTOCOL}",
    ),
    (
        (httpx.Response(200, json=message(RESULT), headers={"mcp-session-id": "a b"}),),
        "POST /mcp: the session id 'a b' is no visible ASCII; expected only that",
    ),
    (
        (says(200, message(RESULT)), httpx.Response(500)),
        "POST /mcp: answered 500; expected 202 for notifications/initialized, which ends the handshake",
    ),
    (
        (says(200, message(RESULT)), httpx.ReadError("stale"), httpx.ReadError("gone")),
        "POST /mcp: broke off: gone; expected 202 for notifications/initialized, which ends the handshake",
    ),
]
# what comes after a POST that was answered 404
EVENTS = "200 with an event stream of MCP (POST /mcp answered 404)"
WRONG_STREAM = [
    ((httpx.Response(503),), f"GET /mcp: answered 503; expected {EVENTS}"),
    ((httpx.ConnectTimeout("x"),), f"GET /mcp: no connection within 5 s; expected {EVENTS}"),
    ((stream(kind="text/plain"),), "GET /mcp: answered 200 as text/plain; expected an event stream of MCP"),
    ((stream(),), "GET /mcp: expected the event 'endpoint' of MCP first, found the end of the stream"),
    (
        (stream("event: message\ndata: x\n\n"),),
        "GET /mcp: expected the event 'endpoint' of MCP first, found event 'message'",
    ),
    ((parts(200, LATE, kind="text/event-stream"),), "GET /mcp: no event 'endpoint' within 5 s"),
    ((parts(200, b"event: endpoint\ndata: /m\n\n", LATE, kind="text/event-stream"), says(202)),
     "GET /mcp: no answer to initialize within 5 s"),
    ((says(302, location="//other/"),), f"GET /mcp: answered 302, which leads to //other/; expected {EVENTS}; that is "
     "another host: name it in the target if it is right"),
    ((stream(first="//other/m"),), "GET /mcp: the endpoint event leads to another host: '//other/m'"),
    ((stream(first="/m"), httpx.Response(500)), "POST /m: answered 500; expected 202 for the MCP message"),
    (
        (stream(first="/m"), httpx.WriteTimeout("x")),
        "POST /m: no complete answer within 5 s; expected 202 for the MCP message",
    ),
    ((stream(first="/m"), says(202)), "GET /mcp: the event stream ended before the answer to initialize"),
    (
        (stream(message(RESULT), first="/m"), says(202), httpx.Response(400)),
        "POST /m: answered 400; expected 202 for notifications/initialized, which ends the handshake",
    ),
]  # fmt: skip
# what comes after a whole handshake over HTTP
PAGE = {"tools": [], "nextCursor": "x"}
WRONG_LIST = [
    ((httpx.Response(500),), "POST /mcp: answered 500; expected 200 with the list of tools"),
    ((httpx.Response(202),), "POST /mcp: answered 202; expected 200 with the list of tools"),
    ((httpx.ConnectError("x"),), "POST /mcp: cannot be reached: x; expected the list of tools"),
    ((stream(),), "POST /mcp: the event stream ended before the answer to tools/list"),
    ((parts(200, LATE, kind="text/event-stream"),), "POST /mcp: no answer to tools/list within 5 s"),
    ((says(200, [1]),), "tools/list: expected a result with tools, found [1]"),
    ((says(200, message([], 2)),),
     'tools/list: expected a result with tools, found {"jsonrpc": "2.0", "id": 2, "result": []}'),
    ((says(200, message({"tools": {}}, 2)),),
     'tools/list: expected a result with tools, found {"jsonrpc": "2.0", "id": 2, "result": {"tools": {}}}'),
    (tuple(says(200, message(PAGE, number + 2)) for number in range(MOST_PAGES)),
     "tools/list: goes on and on, 20 pages by now"),
]  # fmt: skip


@pytest.mark.parametrize(("answers", "words"), WRONG)
def test_wrong_answer_over_http_is_said_with_its_request(answers: tuple[Said, ...], words: str) -> None:
    assert shaken(*answers)[0] == words


@pytest.mark.parametrize(("answers", "words"), WRONG_STREAM)
def test_wrong_answer_over_an_event_stream_is_said_with_its_request(answers: tuple[Said, ...], words: str) -> None:
    assert shaken(httpx.Response(404), *answers)[0] == words


@pytest.mark.parametrize(("answers", "words"), WRONG_LIST)
def test_list_of_tools_that_is_none_is_said_with_its_request(answers: tuple[Said, ...], words: str) -> None:
    assert shaken(says(200, message(RESULT)), says(202), *answers, listing=True)[0] == words


def test_list_over_an_event_stream_that_does_not_come_is_said() -> None:
    first = (httpx.Response(404), stream(message(RESULT), first="/m"), says(202), says(202))

    refused = shaken(*first, httpx.Response(500), listing=True)[0]
    missing = shaken(*first[:1], stream(message(RESULT), first="/m"), *first[2:], says(202), listing=True)[0]

    assert refused == "POST /m: answered 500; expected 202 for the MCP message"
    assert missing == "GET /mcp: the event stream ended before the answer to tools/list"


@pytest.mark.parametrize("status", [307, 308])
@pytest.mark.parametrize("place", ["/new/mcp", "http://server:80/new/mcp", "new/mcp"])
def test_redirect_that_keeps_the_message_is_followed_on_the_same_server(status: int, place: str) -> None:
    found, asked = shaken(says(status, location=place), says(200, message(RESULT)), says(202))

    assert isinstance(found, Handshake)
    assert [str(each.url) for each in asked[1:]] == ["http://server/new/mcp"] * 2


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_event_stream_may_lie_elsewhere_on_the_same_server(status: int) -> None:
    moved, there = says(status, location="/sse"), stream(message(RESULT), first="m")
    found, asked = shaken(says(405), moved, there, says(202), says(202), url="http://ada:secret@server/mcp")

    assert isinstance(found, Handshake)
    assert [each.url.path for each in asked] == ["/mcp", "/mcp", "/sse", "/m", "/m"]
    assert {each.headers.get("authorization") for each in asked} == {"Basic YWRhOnNlY3JldA=="}


LEADS = "which leads to"
NOT_FOLLOWED = [
    (301, "/new", f"POST /mcp: answered 301, {LEADS} /new; expected {CAPABLE}"),
    (303, "/new", f"POST /mcp: answered 303, {LEADS} /new; expected {CAPABLE}"),
    *((308, place, f"POST /mcp: answered 308, {LEADS} {place}; expected {CAPABLE}; that is another host: name it in "
       "the target if it is right")
      for place in ("http://other/mcp", "https://server/mcp", "http://server:81/mcp")),
    (307, "", f"POST /mcp: answered 307, {LEADS} ; expected {CAPABLE}; that is another host: name it in the target "
     "if it is right"),
]  # fmt: skip


@pytest.mark.parametrize(("status", "place", "words"), NOT_FOLLOWED)
def test_redirect_that_loses_the_message_or_leaves_the_server_is_said(status: int, place: str, words: str) -> None:
    assert shaken(httpx.Response(status, headers={"location": place}))[0] == words


def test_redirect_is_held_to_the_port_that_was_asked() -> None:
    good = (says(200, message(RESULT)), says(202))

    assert isinstance(shaken(says(307, location="http://server:81/"), *good, url="http://server:81/mcp")[0], Handshake)
    assert isinstance(shaken(says(307, location="http://server/"), url="http://server:81/mcp")[0], str)
    without = f"POST /mcp: answered 307; expected {CAPABLE}; that is another host: name it in the target if it is right"
    assert shaken(says(307))[0] == without


def test_redirects_end() -> None:
    moves = [says(307, location=f"/{number}") for number in range(5)]

    assert shaken(*moves)[0] == "POST /4: leads on and on, 5 times by now; expected an MCP server"
    streams = shaken(httpx.Response(404), *(says(302, location=f"/{number}") for number in range(5)))[0]
    assert streams == f"GET /4: leads on and on, 5 times by now; expected {EVENTS}"


STREAMS: list[tuple[list[bytes], list[tuple[str, str]]]] = [
    ([], []),
    ([b"data: a\n\n"], [("message", "a")]),
    ([b"data: a\n"], []),
    ([b"\n\nevent: x\n\ndata:a\n\n"], [("message", "a")]),
    ([b"event:  x \ndata:  a\ndata\ndata: b\nid: 1\n: no\n\ndata: c\n\n"], [("x", " a\nb"), ("message", "c")]),
    ([b"\xef", b"\xbb", b"\xbfdata: a\r", b"\n\r\nda", b"ta: b\r\rdata: c\n", b"\n"],
     [("message", "a"), ("message", "b"), ("message", "c")]),
    ([b"event: x\r\ndata: a\r", b"\ndata: b\r\n\r", b"\n"], [("x", "a\nb")]),
    (["data: a\u2028b\n\n".encode(), b"data: \xff\n\n"], [("message", "a\u2028b"), ("message", "\ufffd")]),
]  # fmt: skip


@pytest.mark.parametrize(("chunks", "found"), STREAMS)
def test_events_are_read_wherever_the_stream_is_cut(chunks: list[bytes], found: list[tuple[str, str]]) -> None:
    whole = b"".join(chunks)

    assert list(events_of(chunks)) == found
    assert list(events_of(bytes([each]) for each in whole)) == found
    assert list(events_of([whole] if whole else [])) == found


def test_stream_that_floods_its_reader_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "LARGEST", 90)

    assert len(list(events_of([b"data: x\n\n"] * 10))) == 10
    with pytest.raises(EventError, match=r"^more than 90 bytes of events$"):
        list(events_of([b"data: x\n\n"] * 11))
    assert list(events_of([b"data: " + 84 * b"x"])) == []
    with pytest.raises(EventError, match=r"^a line of events does not end$"):
        list(events_of([b"data: ", 85 * b"x"]))


@pytest.mark.parametrize(
    ("scheme", "port", "expected"),
    [("http", None, 80), ("https", None, 443), ("https", 8443, 8443), ("http", 443, 443), ("ftp", None, None)],
)
def test_port_that_is_not_named_is_that_of_the_scheme(scheme: str, port: int | None, expected: int | None) -> None:
    assert handshake._port(scheme, port) == expected
