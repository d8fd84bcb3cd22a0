"""When a session is opened again, when a tool or a server is left alone, and what a server's certificate says."""

from __future__ import annotations

import contextlib
import logging
import socket
import ssl
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import httpx
import pytest

from fixtures.knowledge import session as module
from fixtures.knowledge.http import ask, certificate_seen
from fixtures.knowledge.reply import Cause, Failure, Listing, Opened, Reply
from fixtures.knowledge.session import McpSession, _wait_for, quiet_library
from fixtures.knowledge.tls import Certificate, certificate_of, expiry_in_words
from tests_suite.faults import certificates
from tests_suite.faults.sick_server import LOOPBACK

SECONDS = 6.0
NOW = datetime(2026, 1, 6, 9, 0, tzinfo=UTC)
HTTP, SSE = (Opened(transport, "2025-03-26", "knowledge 2", 1.0) for transport in ("http", "sse"))


def failure(cause: Cause, message: str = "", status: int | None = None) -> Failure:
    return Failure(cause, message or cause, status, "60")


class Scripted(McpSession):
    """A session whose openings and replies are given; `tried` is what it did. What is None in `replies` is a result."""

    def __init__(self, openings: list[Opened | Failure], replies: list[Failure | None]) -> None:
        super().__init__(cast(Any, SimpleNamespace(url="http://server:1/mcp", seconds=SECONDS)))
        self.openings, self.replies, self.tried = openings, replies, list[str]()

    def _open(self, transport: str) -> Opened | Failure:
        self.tried.append(transport)
        opened = self.openings.pop(0)
        if isinstance(opened, Opened):
            self._conversation = cast(Any, opened)
            self._transport = transport
        return opened

    def _drop(self) -> None:
        self.tried.append("drop")
        self._conversation = None

    def _once(self, tool: str, arguments: Any) -> Reply:
        self.tried.append(tool)
        return Reply(tool, arguments, 1.0, failure=self.replies.pop(0))

    def causes(self, *tools: str) -> list[str]:
        """Call tools, and say why there was no result, or nothing."""
        replies = [self.call(tool, {"a": 1}) for tool in tools]
        assert [(each.tool, each.arguments) for each in replies] == [(tool, {"a": 1}) for tool in tools]
        return [f"{each.failure.cause}: {each.failure}" if each.failure else "" for each in replies]


@pytest.fixture(autouse=True)
def slept(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What was waited for, instead of waiting."""
    waited: list[Any] = []
    monkeypatch.setattr(time, "sleep", waited.append)
    monkeypatch.setattr(module, "_wait_for", lambda url, seconds: waited.append((url, seconds)))
    return waited


def opened(openings: list[Opened | Failure], *replies: Failure | None) -> Scripted:
    """A session that was opened once, with the first of these openings."""
    session = Scripted(openings, list(replies))
    session.open()
    session.tried.clear()
    return session


@pytest.mark.parametrize(
    ("first", "tried"),
    [(HTTP, ["http"]), (failure("refused", status=500), ["http"]), (failure("silent"), ["http"]),
     *((failure("refused", status=status), ["http", "sse"]) for status in (400, 404, 405))],
)  # fmt: skip
def test_older_transport_is_tried_where_the_newer_is_not_spoken(first: Opened | Failure, tried: list[str]) -> None:
    session = Scripted([first, SSE], [])

    assert session.open() is (SSE if len(tried) == 2 else first)
    assert session.tried == tried


def test_transport_is_found_once() -> None:
    session = Scripted([failure("lost", status=404), SSE, SSE], [])

    assert [session.open(), session.open()] == [SSE, SSE]
    assert session.tried == ["http", "sse", "sse"]


def test_tool_that_gave_no_answer_is_not_asked_again() -> None:
    session = opened([HTTP], None, failure("silent"), None)

    assert session.causes("a", "b", "b", "a") == ["", "silent: silent", "unasked: not asked: silent", ""]
    assert session.tried == ["a", "b", "a"]
    assert session.given_up is None


def test_server_that_failed_three_times_is_left_alone() -> None:
    session = opened([HTTP], *[failure("refused", text) for text in "abc"])

    assert session.causes(*"wxyz") == ["refused: a", "refused: b", "refused: c", "unasked: not asked: c"]
    assert session.tried == ["w", "x", "y"]
    assert str(session.given_up) == "not asked: c"


def test_limited_server_is_left_alone_at_once() -> None:
    session = opened([HTTP], failure("limited", "429"))

    assert session.causes("a", "b") == ["limited: 429", "limited: not asked: 429"]
    assert session.given_up is not None
    assert (session.given_up.cause, session.given_up.retry_after) == ("limited", "60")
    assert session.tried == ["a"]


def test_session_that_was_lost_is_opened_again_once(slept: list[Any]) -> None:
    lost = [failure("lost", text) for text in "abc"]
    session = opened([HTTP, HTTP], lost[0], None, lost[1], None)

    assert session.causes("x", "y", "z") == ["", "lost: b", "unasked: not asked: b"]
    assert session.tried == ["x", "drop", "http", "x", "y", "drop"]
    assert session.reconnections == [lost[0]]
    assert slept == [0.6, ("http://server:1/mcp", SECONDS)]
    assert str(session.given_up) == "not asked: b"


def test_server_that_restarts_is_given_the_time_for_it(slept: list[Any]) -> None:
    session = opened([HTTP, failure("lost"), failure("silent"), HTTP], failure("lost"), None, None)

    assert session.causes("a", "b") == ["", ""]
    assert [each for each in slept if isinstance(each, float)] == [0.6, 2.0, 4.0]
    assert session.given_up is None


def test_server_that_came_back_has_failed_once_by_then() -> None:
    again = [failure("refused", text) for text in "xy"]
    session = opened([HTTP, failure("lost"), HTTP], failure("lost"), None, *again, None)

    assert session.causes(*"abcd") == ["", "refused: x", "refused: y", "unasked: not asked: y"]


@pytest.mark.parametrize(
    ("url", "address"),
    [("http://host/mcp", ("host", 80)), ("https://host", ("host", 443)), ("https://host:81", ("host", 81))],
)
def test_port_is_waited_for_until_it_takes_connections(
    url: str, address: tuple[str, int], slept: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []

    def connect(*given: Any, **more: Any) -> contextlib.nullcontext[None]:
        asked.append((given, more))
        if len(asked) < 3:
            raise ConnectionRefusedError
        return contextlib.nullcontext()

    monkeypatch.setattr(socket, "create_connection", connect)

    _wait_for(url, 60.0)
    _wait_for(url, 0.0)

    assert asked == [((address,), {"timeout": 1.0})] * 3
    assert slept == [0.1, 0.1]


@pytest.mark.parametrize(
    ("failures", "tried"),
    [([failure("lost")] * 3, 3), ([failure("refused")], 1), ([failure("silent"), failure("broken")], 2)],
)
def test_server_that_does_not_come_back_is_given_up(failures: list[Opened | Failure], tried: int) -> None:
    gone = failure("lost", "gone")
    session = opened([HTTP, *failures], gone)

    assert session.causes("a") == ["lost: gone"]
    assert session.tried == ["a", "drop", *["http"] * tried]
    assert session.given_up is not None
    assert session.causes("b") == ["unasked: not asked: gone"]
    assert session.tried[-1] != "b"


@pytest.mark.parametrize(
    ("opening", "failed", "drops"),
    [
        (HTTP, failure("silent"), False),
        (SSE, failure("silent"), True),
        (SSE, failure("refused", "POST /m: answered 500"), True),
        (SSE, failure("refused", "GET /m: answered 500"), True),
        (SSE, failure("refused", "tools/call a: error -1"), False),
        (HTTP, failure("refused", "POST /m: answered 500"), False),
    ],
)
def test_event_stream_behind_a_failure_is_of_no_more_use(opening: Opened, failed: Failure, drops: bool) -> None:
    first = failure("refused", status=405)
    session = opened([first, SSE, SSE] if opening is SSE else [HTTP], failed, None)

    session.causes("a", "b")

    assert session.tried == ["a", *(["drop", "sse"] if drops else []), "b"]


def test_session_that_was_never_opened_asks_nothing() -> None:
    session = Scripted([], [])

    assert session.causes("a") == ["unasked: not asked: there is no session"]
    assert str(session.tools()) == "not asked: there is no session"
    assert (session.tried, session.given_up) == ([], None)


def test_questions_of_an_open_session_go_through_its_loop() -> None:
    session = McpSession(cast(Any, SimpleNamespace(url="x", seconds=SECONDS)))
    conversation = SimpleNamespace(tools=lambda *given: ("tools", *given), call=lambda *given: ("call", *given))
    session._portal = cast(Any, SimpleNamespace(call=lambda function, *given: function(*given)))
    session._conversation = cast(Any, conversation)

    assert session.tools() == cast(Listing, ("tools", SECONDS))
    assert session._once("a", {"b": 1}) == cast(Reply, ("call", "a", {"b": 1}, SECONDS))


def test_library_is_quiet_inside_and_as_it_was_after() -> None:
    loggers = [logging.getLogger(name) for name in ("mcp", "client", "httpx2", "httpcore2")]
    before = [(each.level, each.propagate) for each in loggers]
    loggers[0].setLevel(logging.ERROR)

    with quiet_library():
        assert [(each.isEnabledFor(logging.CRITICAL), each.propagate) for each in loggers] == [(False, False)] * 4

    assert [(each.level, each.propagate) for each in loggers] == [(logging.ERROR, True), *before[1:]]
    loggers[0].setLevel(before[0][0])


@pytest.fixture
def upstream() -> Iterator[str]:
    """The address of a port that takes connections and says nothing."""
    with socket.create_server((LOOPBACK, 0)) as listener:
        yield f"http://{LOOPBACK}:{listener.getsockname()[1]}"


def test_certificate_of_a_server_is_held_to_those_who_are_trusted(upstream: str, tmp_path: Path) -> None:
    chain, secret = certificates.make(tmp_path, 30.0)
    ends = datetime.now(UTC) + timedelta(days=30)
    with certificates.TlsFront(upstream, chain, secret) as front:
        trusted = certificate_of(f"{front.url}/mcp", ssl.create_default_context(cafile=str(chain)), 20.0)
        stranger = certificate_of(front.url, ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), 20.0)

    assert trusted is not None
    assert (trusted.host, trusted.error) == (LOOPBACK, "")
    assert abs(trusted.days_left(ends)) < 0.01
    assert trusted.days_left(ends - timedelta(days=1)) == pytest.approx(1.0, abs=0.01)
    assert stranger is not None
    assert (stranger.host, stranger.expires) == (LOOPBACK, None)
    assert stranger.error.startswith("the certificate is not valid: self")


def test_certificate_that_a_client_was_shown_is_the_one(upstream: str, tmp_path: Path) -> None:
    """Through a proxy nobody else gets to see it; whom a client does not trust it has not been shown."""
    chain, secret = certificates.make(tmp_path, 30.0)
    trust = ssl.create_default_context(cafile=str(chain))
    with (
        certificates.TlsFront(upstream, chain, secret) as front,
        httpx.Client(verify=trust, trust_env=False) as client,
        httpx.Client(trust_env=False) as stranger,
    ):
        for each in (client, stranger):
            ask(each, "GET", f"{front.url}/health", 0.5)
        seen = certificate_seen(client)
        assert certificate_seen(stranger) is None
    nobody = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)

    found = certificate_of("https://known.to.the.proxy.invalid", nobody, 1.0, seen)

    assert found is not None
    assert (found.host, found.error) == ("known.to.the.proxy.invalid", "")
    assert found.days_left(datetime.now(UTC)) == pytest.approx(30.0, abs=0.1)


def test_server_whose_name_the_proxy_alone_knows_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []

    def connect(address: object, timeout: float) -> None:
        asked.append(address)
        raise socket.gaierror("Name or service not known")

    monkeypatch.setattr(socket, "create_connection", connect)

    _wait_for("https://known.to.the.proxy.invalid/mcp", 60.0)

    assert asked == [("known.to.the.proxy.invalid", 443)]


@pytest.mark.parametrize(("url", "port"), [("https://host/mcp", 443), ("https://host:81", 81)])
def test_certificate_is_asked_for_at_the_port_of_the_address(
    url: str, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []

    def connect(address: tuple[str, int], timeout: float) -> contextlib.nullcontext[None]:
        asked.append((address, timeout))
        raise OSError("refused")

    monkeypatch.setattr(socket, "create_connection", connect)

    found = certificate_of(url, ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), 2.5)

    assert found == Certificate("host", error="no TLS connection: refused")
    assert asked == [(("host", port), 2.5)]


def test_certificate_says_when_it_expires() -> None:
    soon = Certificate("h", NOW + timedelta(days=13, hours=21, minutes=36))

    assert (
        expiry_in_words(soon, NOW)
        == "h: the certificate expires in 13.9 days, on 2026-01-20; expected at least 14 days"
    )
    assert Certificate("h").days_left(NOW) == 0.0
    assert expiry_in_words(Certificate("h", error="x"), NOW) == ""


@pytest.mark.parametrize("url", ["http://localhost", "https:///x", "x"])
def test_address_without_tls_has_no_certificate(url: str) -> None:
    assert certificate_of(url, ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), 1.0) is None
