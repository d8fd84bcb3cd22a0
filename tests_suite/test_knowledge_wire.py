"""One conversation on the wire: what is sent and counted, and what becomes of every answer that is no result."""

from __future__ import annotations

import contextlib
import dataclasses
import ssl
from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any, cast

import anyio
import httpx2
import mcp_types as types
import pytest
from mcp.shared.exceptions import MCPError
from pydantic import ValidationError

from fixtures.knowledge import wire as module
from fixtures.knowledge.crowd import _calls, _Meeting
from fixtures.knowledge.reply import Failure, Listing, Opened, Reply
from fixtures.knowledge.wire import Conversation, Dial, Wire

URL = "http://server/mcp"
OPENED = Opened("http", "2025-03-26", "knowledge 2", 1.0)


def invalid() -> ValidationError:
    """What the client library raises for an answer that is no result."""
    with pytest.raises(ValidationError) as caught:
        types.CallToolResult.model_validate({"content": 1})
    return caught.value


def described(failure: Failure | None) -> tuple[str, str, int | None] | None:
    return (failure.cause, failure.message, failure.status) if failure else None


def sent(
    *answers: httpx2.Response | Exception,
    method: str = "POST",
    transport: str = "http",
    moved: dict[str, str] | None = None,
    events: Sequence[str] = ("connection.connect_tcp.complete",),
) -> tuple[Any, list[str], dict[str, str], int]:
    """What is kept of requests that get these answers in turn: failure, requests, redirects, calls that were ended."""
    paths: list[str] = []
    counted: list[str] = []
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    dial = Dial(URL, {"x-api-key": "k"}, 5.0, trust_env=False, tls=tls, sent=counted.append, moved=moved or {})
    left = list(answers)

    async def answered(request: httpx2.Request) -> httpx2.Response:
        assert request.headers["x-api-key"] == "k"
        for event in events:
            await request.extensions["trace"](event, {})
        paths.append(f"{request.method} {request.url}")
        answer = left.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def run() -> tuple[Failure | None, int]:
        wire = Wire(dial, transport)
        assert (wire.timeout.connect, wire.timeout.read) == (5.0, 3600.0)
        wire._transport = httpx2.MockTransport(answered)
        scopes = [anyio.CancelScope(), anyio.CancelScope()]
        wire.scopes.update(scopes)
        for answer in answers:
            if isinstance(answer, Exception):
                with pytest.raises(type(answer)):
                    await wire.send(wire.build_request(method, URL))
            else:
                await wire.send(wire.build_request(method, URL))
        await wire.aclose()
        return wire.failure, sum(scope.cancel_called for scope in scopes)

    failure, ended = anyio.run(run)
    assert counted == [httpx2.URL(each.split()[1]).path for each in paths]
    return described(failure), paths, dial.moved, ended


def moves(status: int, location: str) -> httpx2.Response:
    return httpx2.Response(status, headers={"location": location})


AWAY = "expected 200 or 202 for an MCP message"
KEPT = [
    (httpx2.Response(200), None),
    (httpx2.Response(399), None),
    (httpx2.Response(400), ("refused", f"POST /mcp: answered 400; {AWAY}", 400)),
    (httpx2.Response(429, headers={"retry-after": "6"}),
     ("limited", f"POST /mcp: answered 429, retry after 6 s; {AWAY}", 429)),
    (httpx2.Response(503, content=b"down"), ("lost", f"POST /mcp: answered 503 (no content type: down); {AWAY}", 503)),
    (httpx2.ConnectError("refused"), ("lost", "POST /mcp: cannot be reached: refused", None)),
    (httpx2.ConnectTimeout("x"), ("lost", "POST /mcp: no connection within 5 s", None)),
    (httpx2.ReadTimeout("x"), ("lost", "POST /mcp: no complete answer within 5 s", None)),
    (httpx2.RemoteProtocolError(""), ("lost", "POST /mcp: broke off or spoke no HTTP: RemoteProtocolError", None)),
    (moves(307, "http://other/mcp"),
     ("refused", f"POST /mcp: answered 307, which leads to http://other/mcp; {AWAY}", 307)),
]  # fmt: skip


@pytest.mark.parametrize(("answer", "kept"), KEPT)
def test_answer_that_ends_a_call_is_kept_in_words(answer: httpx2.Response | Exception, kept: Any) -> None:
    failure, paths, moved, ended = sent(answer)

    assert (failure, paths, moved) == (kept, [f"POST {URL}"], {})
    assert ended == (2 if kept else 0)


@pytest.mark.parametrize(
    "error", [httpx2.ReadError("reset"), httpx2.WriteError("pipe"), httpx2.RemoteProtocolError("disconnected")]
)
def test_kept_connection_that_was_closed_meanwhile_is_no_failure(error: Exception) -> None:
    """Servers close what nobody uses, at the very moment perhaps at which somebody does."""
    kept = ("http11.send_request_headers.started", "http11.receive_response_headers.failed")

    assert on_kept(error, httpx2.Response(202), events=kept) == (None, 2)
    assert on_kept(error, error, events=kept)[0] is not None
    assert on_kept(httpx2.ReadTimeout("x"), events=kept)[1] == 1
    for event in ("connection.connect_tcp.started", "http11.receive_response_headers.complete"):
        failure, requests = on_kept(error, events=(*kept, event))
        assert failure is not None
        assert failure.cause == "lost"
        assert requests == 1


def on_kept(*answers: httpx2.Response | Exception, events: Sequence[str]) -> tuple[Failure | None, int]:
    """What becomes of one request, and how often it is sent."""
    counted: list[str] = []
    dial = Dial(URL, {}, 5.0, trust_env=False, tls=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), sent=counted.append)
    left = list(answers)

    async def answered(request: httpx2.Request) -> httpx2.Response:
        for event in events:
            await request.extensions["trace"](event, {})
        answer = left.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def run() -> Failure | None:
        wire = Wire(dial, "sse")
        wire._transport = httpx2.MockTransport(answered)
        with contextlib.suppress(httpx2.TransportError):
            await wire.send(wire.build_request("POST", URL, json={}))
        await wire.aclose()
        return wire.failure

    return anyio.run(run), len(counted)


def test_first_failure_is_the_one_that_is_kept() -> None:
    assert sent(httpx2.Response(500), httpx2.Response(404))[0] == ("refused", f"POST /mcp: answered 500; {AWAY}", 500)


def test_nothing_more_is_sent_on_a_session_that_is_gone() -> None:
    """The library would still cancel its calls and take its leave, of the server's hourly budget."""
    failure, paths, _, _ = sent(httpx2.Response(404), httpx2.Response(200))

    assert failure == ("lost", f"POST /mcp: answered 404; {AWAY}", 404)
    assert paths == [f"POST {URL}"]


@pytest.mark.parametrize(
    ("method", "answer", "moved"),
    [
        ("POST", moves(307, "/new"), True), ("POST", moves(308, "/new"), True), ("POST", moves(302, "/new"), False),
        ("GET", moves(302, "/new"), True), ("GET", moves(301, "/new"), True), ("GET", moves(303, "/new"), True),
        ("GET", moves(200, "/new"), False), ("GET", moves(307, "https://server/new"), False),
        ("GET", httpx2.Response(307), False),
    ],
)  # fmt: skip
def test_place_that_a_server_sends_on_to_is_remembered(method: str, answer: httpx2.Response, moved: bool) -> None:
    assert sent(answer, method=method, transport="sse")[2] == ({URL: "http://server/new"} if moved else {})


def test_request_goes_where_an_earlier_one_was_sent_on_to() -> None:
    there = {URL: "http://server/new"}

    assert sent(moves(307, "/newer"), moved=there)[1:3] == (["POST http://server/new"], there)


def test_stream_that_nobody_listens_to_costs_no_request() -> None:
    assert sent(httpx2.Response(200), method="GET") == (None, [], {}, 0)
    assert sent(httpx2.Response(200), method="GET", transport="sse")[1] == [f"GET {URL}"]


def test_end_of_a_session_may_fail() -> None:
    assert sent(httpx2.Response(405), method="DELETE") == (None, [f"DELETE {URL}"], {}, 0)


def conversation(*answers: Any, failure: Failure | None = None, went_out: int = 1) -> tuple[Conversation, list[Any]]:
    """An open session that gives these answers, and what it was asked. `...` never comes."""
    asked: list[Any] = []
    left = list(answers)

    async def send_request(request: Any, kind: Any) -> Any:
        asked.append((request.method, request.params.model_dump(exclude_none=True) if request.params else None, kind))
        assert len(wire.scopes) == 1
        answer = left.pop(0)
        wire.sent += went_out
        if answer is ...:
            await anyio.sleep(60)
        if isinstance(answer, Exception):
            raise answer
        return answer

    wire = SimpleNamespace(failure=failure, scopes=set(), sent=0)
    return Conversation(OPENED, cast(Any, SimpleNamespace(send_request=send_request)), cast(Any, wire)), asked


def result(*texts: str, is_error: bool | None = None) -> SimpleNamespace:
    picture = types.ImageContent(type="image", data="", mime_type="image/png")
    blocks = [picture, *(types.TextContent(type="text", text=text) for text in texts)]
    return SimpleNamespace(content=blocks, is_error=is_error)


def called(
    answer: Any, seconds: float = 5.0, failure: Failure | None = None, went_out: int = 1
) -> tuple[Reply, list[Any]]:
    held, asked = conversation(answer, failure=failure, went_out=went_out)
    reply = anyio.run(held.call, "t", {"a": 1}, seconds)
    assert cast(Any, held._wire).scopes == set()
    return reply, asked


@pytest.mark.parametrize(
    ("answer", "reply"),
    [
        (result("one", "two"), Reply("t", {"a": 1}, 0.0, "one", 3)),
        (result(), Reply("t", {"a": 1}, 0.0, "", 1)),
        (result("no", is_error=True), Reply("t", {"a": 1}, 0.0, "no", 2, is_error=True)),
        (result("yes", is_error=False), Reply("t", {"a": 1}, 0.0, "yes", 2)),
    ],
)
def test_result_of_a_call_is_its_first_text(answer: Any, reply: Reply) -> None:
    found, asked = called(answer)

    assert dataclasses.replace(found, milliseconds=0.0) == reply
    assert 0 < found.milliseconds < 5000
    assert [(method, params["name"], params["arguments"], kind) for method, params, kind in asked] == [
        ("tools/call", "t", {"a": 1}, types.CallToolResult)
    ]


def test_refusal_inside_of_an_error_is_a_failure() -> None:
    text = "Status code: 429. Response: x"

    assert described(called(result(text, is_error=True))[0].failure) == ("limited", f"answered 429 {text}", 429)
    assert called(result(text))[0].failure is None


NO_RESULT = "tools/call t: the answer is no valid MCP result: "
FAILURES: list[tuple[Any, str, str]] = [
    (MCPError(-32602, "Bad\nargument"), "refused", "tools/call t: error -32602: Bad argument"),
    (MCPError(types.CONNECTION_CLOSED, "gone"), "lost", "tools/call t: the connection was closed (gone)"),
    (anyio.ClosedResourceError(), "lost", "tools/call t: the connection was closed"),
    (anyio.BrokenResourceError(), "lost", "tools/call t: the connection was closed"),
    (anyio.EndOfStream(), "lost", "tools/call t: the connection was closed"),
    (..., "silent", "tools/call t: no answer within 0.01 s"),
]


@pytest.mark.parametrize(("answer", "cause", "words"), FAILURES)
def test_call_without_a_result_says_why(answer: Any, cause: str, words: str) -> None:
    told = Failure("lost", "POST /mcp: broke off")

    assert described(called(answer, 0.01 if answer is ... else 5.0)[0].failure) == (cause, words, None)
    assert called(answer, 0.01 if answer is ... else 5.0, told)[0].failure is told


@pytest.mark.parametrize(
    ("failure", "went_out", "unsent"),
    [(None, 0, True), (None, 1, False), (Failure("lost", "x"), 0, True), (Failure("broken", "x"), 0, False)],
    ids=["had ended", "torn by the call", "had broken off", "another cause"],
)
def test_call_on_a_session_that_had_ended_was_not_sent(failure: Failure | None, went_out: int, unsent: bool) -> None:
    assert called(anyio.ClosedResourceError(), failure=failure, went_out=went_out)[0].unsent == unsent


def test_answer_that_is_no_result_is_quoted() -> None:
    failure = called(invalid())[0].failure

    assert failure is not None
    assert failure.cause == "broken"
    assert failure.message.startswith(f"{NO_RESULT}1 validation error for CallToolResult content ")


def listed(*answers: Any) -> tuple[Listing | Failure, list[Any]]:
    held, asked = conversation(*answers)
    found: Listing | Failure = anyio.run(held.tools, 5.0)
    return found, [(method, (params or {}).get("cursor"), kind) for method, params, kind in asked]


def page(name: str, following: str | None = None) -> SimpleNamespace:
    tool = types.Tool(name=name, input_schema={"type": "object"})
    return SimpleNamespace(tools=[tool], next_cursor=following)


def test_tools_are_listed_page_by_page() -> None:
    found, asked = listed(page("a", "more"), page("b"))

    assert isinstance(found, Listing)
    assert found.tools == tuple({"name": name, "inputSchema": {"type": "object"}} for name in "ab")
    assert asked == [("tools/list", None, types.ListToolsResult), ("tools/list", "more", types.ListToolsResult)]
    assert isinstance(listed(*[page("a", "more")] * 9, page("b"))[0], Listing)


def test_list_of_tools_that_fails_or_does_not_end_is_a_failure() -> None:
    endless, failed = listed(*[page("a", "more")] * 10)[0], listed(page("a", "more"), MCPError(-1, "no"))[0]

    assert isinstance(endless, Failure)
    words = "tools/list: does not end after 10 pages; each names a next one"
    assert described(endless) == ("broken", words, None)
    assert isinstance(failed, Failure)
    assert described(failed) == ("refused", "tools/list: error -1: no", None)


def test_error_that_ends_the_opening_is_told_by_its_innermost_cause() -> None:
    own = Failure("lost", "x")
    group = BaseExceptionGroup("a", [BaseExceptionGroup("b", [ValueError("1\n2\n3\n4")]), KeyError("c")])

    assert module._refused("initialize", own) is own
    assert described(module._refused("initialize", module._innermost(group))) == (
        "broken", "initialize: ValueError: 1 2 3", None,
    )  # fmt: skip
    broken = module._refused("initialize", invalid())
    assert broken.message.startswith("initialize: the answer is no valid MCP result: 1 validation error")


def test_stream_that_breaks_or_says_nonsense_is_told_apart() -> None:
    of_stream: Callable[[Exception, float], Failure] = module._of_stream

    cut = of_stream(httpx2.ReadError("cut"), 5.0)
    assert described(cut) == ("lost", "the event stream broke off or spoke no HTTP: cut", None)
    assert described(of_stream(ValueError("x"), 5.0)) == ("broken", "an event of the stream is no MCP message: x", None)


def test_calls_of_one_session_come_back_in_their_order() -> None:
    async def call(tool: str, arguments: Any, seconds: float) -> Any:
        running.append(tool)
        await anyio.sleep({"a": 0.02, "b": 0.01}.get(tool, 0))
        running.append(tool.upper())
        return tool, arguments, seconds

    held = cast(Any, SimpleNamespace(call=call))
    calls = [(tool, {"n": number}) for number, tool in enumerate("abc")]
    wanted = cast(list[Reply], [(tool, arguments, 5.0) for tool, arguments in calls])

    running: list[str] = []
    assert anyio.run(_calls, held, calls, 5.0, False) == wanted
    assert running == ["a", "A", "b", "B", "c", "C"]
    running = []
    assert anyio.run(_calls, held, calls, 5.0, True) == wanted
    assert sorted(running[:3]) == ["a", "b", "c"]


def test_meeting_waits_for_all_but_not_for_ever() -> None:
    async def meet() -> list[str]:
        told: list[str] = []
        meeting = _Meeting(2)

        async def first() -> None:
            await meeting.wait(60)
            told.append("both")

        async with anyio.create_task_group() as group:
            group.start_soon(first)
            await anyio.sleep(0.01)
            told.append("one")
            meeting.leave()
        await _Meeting(2).wait(0.01)
        return told

    assert anyio.run(meet) == ["one", "both"]
