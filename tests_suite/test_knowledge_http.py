"""One request to a server that may do anything: what is kept of its answer, and what is said where there is none."""

from __future__ import annotations

import contextlib
import itertools
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from fixtures.finding import Finding
from fixtures.knowledge import http
from fixtures.knowledge.http import Answer, Deadline, ask, describe, error_words, path_of, quoted, seconds_in_words
from fixtures.knowledge.server import health_findings

URL = "http://server/mcp/x?key=secret"


def answer(body: bytes = b"", status: int | None = 500, error: str = "", **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer("GET /x", status, 1.0, named, body, error)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (answer(), "answered 500"),
        (answer(error="cut off", body=b"x"), "cut off"),
        (answer(status=None), "answered None"),
        (answer(b'{"error": {"code": "X", "message": "no"}}'), "answered 500 X: no"),
        (answer(b'{"error": {"code": "X", "message": "no"}}', 200), "answered 200 X: no"),
        (answer(b'{"error": "no"}'), 'answered 500 (no content type: {"error": "no"})'),
        (answer(b"a\xff\n b", content_type="Text/HTML; charset=x"), "answered 500 (text/html: a\ufffd b)"),
        (answer(b"x", 200), "answered 200"),
        (answer(location="/new"), "answered 500, which leads to /new"),
        (answer(status=200, location="/new"), "answered 200"),
        (answer(retry_after="60"), "answered 500, retry after 60 s"),
        (answer(status=200, retry_after="60"), "answered 200, retry after 60 s"),
        (answer(b"x", 307, location="/a", retry_after="1"),
         "answered 307 (no content type: x), which leads to /a, retry after 1 s"),
        (answer(location="https://ada:pass@host:1/a;b?key=1#c"), "answered 500, which leads to https://host:1/a;b"),
        (answer(location="https://ada@pass@host/a"), "answered 500, which leads to https://host/a"),
        (answer(location="//[ada@b/c?key=1"), "answered 500, which leads to b/c (no address)"),
    ],
)  # fmt: skip
def test_answer_is_said_in_the_servers_own_words(given: Answer, words: str) -> None:
    assert given.in_words("200") == f"GET /x: {words}; expected 200"


@pytest.mark.parametrize(
    ("body", "data"), [(b"[1]", [1]), (b"", None), (b"{", None), (b"\xff", None), (b"[" * 100_000, None)]
)
def test_body_that_is_no_json_is_none(body: bytes, data: Any) -> None:
    assert answer(body).json() == data


@pytest.mark.parametrize(
    ("error", "words"),
    [({"code": 1, "message": "no"}, "1: no"), ({"message": "no"}, "no"), ({"code": 0}, "0"), ({}, "an empty error"),
     ({"code": None, "message": None}, "an empty error"), ({"code": None, "message": ""}, "an empty error")],
)  # fmt: skip
def test_error_of_a_server_is_said_as_far_as_it_goes(error: dict[str, Any], words: str) -> None:
    assert error_words(error) == words


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (" a\n\tb  c ", "a b c"),
        ("a\x1b[31m\u202eb", "a\ufffd[31m\ufffdb"),
        (160 * "a", 160 * "a"),
        (161 * "a", 159 * "a" + "…"),
        (640 * " " + "a", ""),
        (639 * " " + "ab", "a"),
        ("key kp_12345678/ab= end", "key ‹secret› end"),
        ("key kp_1234567 end", "key kp_1234567 end"),
        ("Bearer abcdefgh, bearer short", "‹secret› bearer short"),
        ("eyJhbGciOiJ.e30.x end", "‹secret› end"),
        (7, "7"),
    ],
)
def test_words_of_a_stranger_fit_a_line_and_hold_no_key(text: object, shown: str) -> None:
    assert quoted(text) == shown


@pytest.mark.parametrize(
    ("url", "path"), [(URL, "/mcp/x"), ("http://server", "/"), ("http://[x", "http://[x"), ("", "/")]
)
def test_request_goes_by_its_path(url: str, path: str) -> None:
    assert path_of(url) == path


@pytest.mark.parametrize(("seconds", "words"), [(9.991787, "10 s"), (0.25, "0.2 s"), (0.04, "0 s"), (1.26, "1.3 s")])
def test_time_is_said_for_people(seconds: float, words: str) -> None:
    assert seconds_in_words(seconds) == words


ERRORS = [
    (httpx.ConnectTimeout("x"), "no connection within 5 s"),
    (httpx.ReadTimeout("x"), "no complete answer within 5 s"),
    (httpx.ConnectError("[Errno 111] Connection refused"), "cannot be reached: [Errno 111] Connection refused"),
    (httpx.ConnectError("WRONG_VERSION_NUMBER"),
     "cannot be reached: WRONG_VERSION_NUMBER (it does not speak TLS: is it http://?)"),
    (httpx.ConnectError("RECORD_LAYER_FAILURE"),
     "cannot be reached: RECORD_LAYER_FAILURE (it does not speak TLS: is it http://?)"),
    (httpx.ReadError(""), "broke off: ReadError"),
    (ConnectionResetError(104, "reset"), "broke off: [Errno 104] reset"),
    (httpx.DecodingError("x"), "cannot be decompressed: x"),
    (httpx.RemoteProtocolError("x"), "broke off or spoke no HTTP: x"),
    (httpx.InvalidURL("x"), "is no address that can be asked: x"),
    (ValueError("x"), "is no address that can be asked: x"),
    (httpx.TooManyRedirects("x"), "TooManyRedirects: x"),
]  # fmt: skip


@pytest.mark.parametrize(("error", "words"), ERRORS)
def test_error_of_the_client_is_said_as_its_cause(error: Exception, words: str) -> None:
    assert describe(error, 5.0) == words
    late = "no connection within 5 s" if isinstance(error, httpx.ConnectTimeout) else "no complete answer within 5 s"
    assert describe(error, 5.0, passed=True) == late


def asked(
    *answers: httpx.Response | Exception, method: str = "GET", url: str = URL, **options: Any
) -> tuple[Answer, list[httpx.Request]]:
    """What is kept of an answer, and the requests that were sent, to a server that gives these answers in turn."""
    seen: list[httpx.Request] = []

    def answered(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        given = answers[len(seen) - 1]
        if isinstance(given, Exception):
            raise given
        return given

    with httpx.Client(transport=httpx.MockTransport(answered)) as client:
        found = ask(client, method, url, 5.0, **options)
    return found, seen


def kept(found: Answer) -> tuple[str, int | None, bytes, str]:
    """An answer without its time and its headers."""
    return found.request, found.status, found.body, found.error


def broken(error: Exception) -> httpx.Response:
    """An answer whose body ends in an error."""

    def body() -> Iterator[bytes]:
        yield b"half"
        raise error

    return httpx.Response(201, content=body())


def test_answer_is_kept_with_its_time_and_headers() -> None:
    found, seen = asked(httpx.Response(201, content=b"body", headers={"x": "1"}), params={"a": "b"}, headers={"y": "2"})

    assert kept(found) == ("GET /mcp/x", 201, b"body", "")
    assert 0 < found.milliseconds < 5000
    assert found.headers == {"x": "1", "content-length": "4"}
    request = ("GET", "http://server/mcp/x?a=b", "2")
    assert [(each.method, str(each.url), each.headers["y"]) for each in seen] == [request]


@pytest.mark.parametrize(
    ("given", "begins", "error"),
    [
        (httpx.ConnectError("refused"), False, "cannot be reached: refused"),
        (httpx.ReadTimeout("x"), False, "no complete answer within 5 s"),
        (httpx.ReadTimeout("x"), True, "the answer did not end within 5 s"),
        (httpx.ReadError("cut"), True, "broke off: cut"),
        (httpx.StreamError("odd"), True, "StreamError: odd"),
        (OSError("cut"), True, "broke off: cut"),
    ],
)
def test_answer_that_does_not_come_whole_has_an_error_and_no_body(given: Exception, begins: bool, error: str) -> None:
    found = asked(broken(given) if begins else given)[0]

    assert kept(found) == ("GET /mcp/x", 201 if begins else None, b"", error)


@pytest.mark.parametrize("url", ["http://server:x/", "http://server/\x00", f"http://server/{70_000 * 'x'}"])
def test_address_that_cannot_be_asked_is_said_to_be_none(url: str) -> None:
    found, seen = asked(url=url)

    assert (found.status, found.body, seen) == (None, b"", [])
    assert found.error.startswith("is no address that can be asked: ")


def test_answer_is_read_up_to_its_largest_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "LARGEST", 4)

    assert kept(asked(httpx.Response(200, content=b"1234"))[0]) == ("GET /mcp/x", 200, b"1234", "")
    rest = iter([b"123", b"45", b"67"])
    assert kept(asked(httpx.Response(200, content=rest))[0]) == (
        "GET /mcp/x", 200, b"", "the answer is longer than 4 bytes",
    )  # fmt: skip
    assert list(rest) == [b"67"], "nobody reads on"


STALE = [httpx.RemoteProtocolError("closed"), httpx.ReadError("closed"), httpx.WriteError("closed")]


@pytest.mark.parametrize("error", STALE)
@pytest.mark.parametrize(
    ("method", "repeatable", "times"),
    [("GET", None, 2), ("POST", None, 1), ("POST", True, 2), ("GET", False, 1), ("DELETE", None, 1)],
)
def test_request_goes_out_again_where_that_does_no_harm(
    error: Exception, method: str, repeatable: bool | None, times: int
) -> None:
    found, seen = asked(error, httpx.Response(200), method=method, repeatable=repeatable, params={"a": "b"})

    assert [(each.method, each.url.query) for each in seen] == [(method, b"a=b")] * times
    assert found.status == (200 if times == 2 else None)


def test_request_goes_out_twice_at_most_and_once_where_nobody_answers() -> None:
    assert len(asked(STALE[1], STALE[1])[1]) == 2
    assert len(asked(httpx.ConnectError("refused"))[1]) == 1
    assert len(asked(httpx.ReadTimeout("late"))[1]) == 1


def test_error_of_a_new_connection_is_not_that_of_a_stale_one() -> None:
    with httpx.Client() as client:
        deadline = Deadline(client, 5.0)
        assert [deadline.stale(error) for error in (*STALE, httpx.ConnectError("x"))] == [True, True, True, False]
        deadline.connected = True
        assert not deadline.stale(STALE[0])
        deadline.connected, deadline.passed = False, True
        assert not deadline.stale(STALE[0])


def test_time_that_is_left_is_never_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: clock[0])
    with httpx.Client() as client:
        deadline = Deadline(client, 10.0)

        def at(now: float) -> tuple[float, bool]:
            clock[0] = now
            return round(deadline.left, 6), deadline.used_up

        assert [at(100.0), at(104.0), at(109.9)] == [(10.0, False), (6.0, False), (0.1, False)]
        assert [at(109.96), at(110.0), at(200.0)] == [(0.05, True), (0.05, True), (0.05, True)]
        clock[0] = 104.0
        assert deadline.arguments["timeout"] == 6.0
        assert deadline.describe(httpx.ReadError("cut")) == "broke off: cut"
        deadline.passed = True
        assert deadline.used_up
        assert deadline.describe(httpx.ReadError("cut")) == "no complete answer within 10 s"


@pytest.mark.parametrize("kind", ["kp_", "sk-", "pk_", "ghp_", "gho_", "xoxa-", "xoxb-", "xoxp-"])
def test_key_of_any_kind_is_a_secret_from_eight_characters_on(kind: str) -> None:
    assert quoted(f"{kind}12345678+/=.~%-") == "‹secret›"
    assert quoted(f"{kind}1234567") == f"{kind}1234567"


def test_answer_that_ends_only_because_the_time_is_up_is_none() -> None:
    def body() -> Iterator[bytes]:
        yield b"half"
        for thread in threading.enumerate():
            if isinstance(thread, threading.Timer):
                thread.join()

    with httpx.Client(transport=httpx.MockTransport(lambda _: httpx.Response(200, content=body()))) as client:
        found = ask(client, "GET", URL, 0.1)

    assert kept(found) == ("GET /mcp/x", 200, b"", "the answer did not end within 0.1 s")


def test_every_connection_of_a_client_is_cut_when_the_time_is_up() -> None:
    class Opened:
        def __init__(self, own: socket.socket) -> None:
            self.own = own

        def get_extra_info(self, name: str) -> socket.socket | None:
            return self.own if name == "socket" else None

    pairs = [socket.socketpair() for _ in range(4)]
    with contextlib.ExitStack() as stack, httpx.Client() as client:
        for each in itertools.chain(*pairs):
            stack.enter_context(each).settimeout(10)
        first, second = Deadline(client, 60.0), Deadline(client, 60.0)
        first.arguments["extensions"]["trace"]("connection.connect_tcp.started", {})
        assert not first.connected
        for pair, deadline, event in zip(pairs, (first, first, second), ("connect_tcp", "start_tls", "connect_tcp"),
                                         strict=False):  # fmt: skip
            note = deadline.arguments["extensions"]["trace"]
            note(f"connection.{event}.complete", {"return_value": Opened(pair[0])})
            assert deadline.connected
        pairs[0][0].close()
        second._cut()
        second._note("connection.connect_tcp.complete", {"return_value": Opened(pairs[3][0])})

        assert (first.passed, second.passed) == (False, True)
        assert [pair[1].recv(1) for pair in pairs] == [b""] * 4


HEALTHY = b'{"status": "healthy", "services": {"db": "healthy", "vectors": "healthy"}}'
EXPECTED = 'expected 200 with {"status": "healthy", …}'
IS = "expected 'healthy'"
HEALTH = [
    (HEALTHY, 200, []),
    (b'{"status": "degraded", "services": {"db": "down", "other": "odd"}}', 200,
     [f"status is 'degraded'; {IS}", f"service db is 'down'; {IS}", f"service vectors is 'not reported'; {IS}",
      f"service other is 'odd'; {IS}"]),
    (b'{"status": "healthy", "services": []}', 200,
     [f"service db is 'not reported'; {IS}", f"service vectors is 'not reported'; {IS}"]),
    (b"[1]", 200, [f"answered 200 as text/x, with a list instead of keys; {EXPECTED}"]),
    (b'"healthy"', 200, [f"answered 200 as text/x, with str instead of keys; {EXPECTED}"]),
    (b"healthy", 200, [f"answered 200 as text/x, no JSON; {EXPECTED}"]),
    (b"a\xff", 200, [f"answered 200 as text/x, no JSON: byte 1 is not UTF-8; {EXPECTED}"]),
    (b'{"services": {"db": "down", "a": "healthy", "b": 1}}', 503,
     [f'answered 503 (text/x: {{"services": {{"db": "down", "a": "healthy", "b": 1}}}}); {EXPECTED}; '
      "db is down; b is 1"]),
    (b'{"services": ["db"]}', 503, [f'answered 503 (text/x: {{"services": ["db"]}}); {EXPECTED}']),
]  # fmt: skip


@pytest.mark.parametrize(("body", "status", "words"), HEALTH)
def test_health_is_said_service_by_service(body: bytes, status: int, words: list[str]) -> None:
    one = Answer("GET /health", status, 1.0, {"content-type": "text/x"}, body)

    found = health_findings([one, Answer("GET /health", 200, 1.0, {}, HEALTHY), one], ["db", "vectors"])

    assert found == [Finding(None, None, f"GET /health: {each}") for each in words]
    cut = Answer("GET /health", 200, 1.0, {}, b"", "cut off")
    assert health_findings([cut], []) == [Finding(None, None, f"GET /health: cut off; {EXPECTED}")]
    bare = Answer("GET /health", 200, 1.0, {}, b"x")
    said = f"GET /health: answered 200 as no content type, no JSON; {EXPECTED}"
    assert health_findings([bare], []) == [Finding(None, None, said)]
