"""What is asked at a tick, without a server: whose failure it is, how long it may take, and what has not come."""

from __future__ import annotations

import json
import math
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError
from types import SimpleNamespace
from typing import Any, cast

import psutil
import pytest

from fixtures.finding import Finding
from fixtures.knowledge.http import Answer
from fixtures.knowledge.reply import Cause, Failure, Reply
from fixtures.knowledge.server import KnowledgeServer
from fixtures.monitoring import prober
from fixtures.monitoring.line import Line, is_about_the_call
from fixtures.monitoring.prober import Prober, Tick
from fixtures.monitoring.samples import Call

HOST = ("disk_percent", "cpu_percent", "memory_percent", "network_percent")
EMPTY = json.dumps({"results": [], "metadata": {}})
FULL = json.dumps({"results": [{"x": 1}], "metadata": {}})
SERVER = cast("KnowledgeServer", SimpleNamespace(seconds=5.0, client="client", url="http://kb.example.com"))


class Lines:
    """A session that gives these replies, one after the other."""

    def __init__(self, *replies: Reply | Exception) -> None:
        self.replies = list(replies)
        self.asked: list[tuple[str, str, float]] = []

    def call(self, tool: str, query: str, until: float) -> Reply:
        self.asked.append((tool, query, until))
        reply = self.replies.pop(0)
        if isinstance(reply, Exception):
            raise reply
        return reply


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The clock, which goes on by what is slept."""
    told = [100.0]

    def sleep(seconds: float) -> None:
        told[0] += seconds

    monkeypatch.setattr(prober, "time", SimpleNamespace(monotonic=lambda: told[0], sleep=sleep))
    return told


def asking(line: Lines, hide: Callable[[str], str] = str) -> Prober:
    return Prober(SERVER, cast("Line", line), ("a", "b"), ("first", "second"), ("index", "documents"), hide)


def reply(text: str = FULL, failure: Failure | None = None, *, is_error: bool = False) -> Reply:
    return Reply("a", {}, 1.0, text=text, failure=failure, is_error=is_error)


def test_each_tick_asks_health_and_every_tool() -> None:
    assert asking(Lines()).names == ("health", "a", "b")


def test_queries_are_asked_in_turn(now: list[float]) -> None:
    line = Lines(reply(), reply(), reply())
    asks = asking(line)

    calls = [asks.ask("a", n, now[0], 120.0) for n in range(3)]

    assert calls == [Call(0.0, True, "")] * 3
    assert line.asked == [("a", "first", 120.0), ("a", "second", 120.0), ("a", "first", 120.0)]


@pytest.mark.parametrize(("due", "ms"), [(99.5, 500.0), (100.0, 0.0), (103.0, 0.0)], ids=["late", "now", "early"])
def test_time_of_a_call_counts_from_when_it_was_due(due: float, ms: float, now: list[float]) -> None:
    assert asking(Lines(reply())).ask("a", 0, due, 120.0) == Call(ms, True, "")
    assert now[0] == max(due, 100.0)


@pytest.mark.parametrize("error", [RuntimeError("closed"), CancelledError()])
def test_call_over_which_the_watch_ends_has_failed(error: Exception, now: list[float]) -> None:
    assert asking(Lines(error)).ask("a", 0, 100.0, 120.0) == Call(0.0, False, "no answer by the end of the watch")


def _failure(cause: Cause, message: str) -> Failure:
    return Failure(cause, message)


@pytest.mark.parametrize(
    ("given", "words", "own"),
    [
        (reply(), "", 0),
        (
            reply(EMPTY),
            "no results; expected at least one (is the vector database behind the server down or empty?)",
            0,
        ),
        (reply(""), "the answer is empty; expected JSON with results and metadata", 0),
        (reply("no secret", is_error=True), "answered with an error: no ***", 0),
        (reply(failure=_failure("refused", "answered 500")), "answered 500", 0),
        (reply(failure=_failure("limited", "answered 429")), "the server's rate limit: answered 429", 0),
        (reply(failure=_failure("limited", "POST /mcp: 429")), "the server's rate limit: POST /mcp: 429", 1),
        (reply(failure=_failure("refused", "GET /mcp: 403")), "GET /mcp: 403", 1),
        (reply(failure=_failure("silent", "no answer")), "no answer", 1),
        (reply(failure=_failure("lost", "the connection broke")), "the connection broke", 1),
    ],
    ids=["good", "hollow", "no envelope", "error", "refused", "limited", "limited by http", "403", "silent", "lost"],
)
def test_call_says_what_failed_and_whose_failure_it_is(given: Reply, words: str, own: int, now: list[float]) -> None:
    line = Lines(given)

    call = asking(line, lambda text: text.replace("secret", "***")).ask("a", 0, 100.0, 120.0)

    assert call == Call(0.0, not words, words)
    assert (given.failure is not None and not is_about_the_call(given.failure)) == bool(own)


def healthy(monkeypatch: pytest.MonkeyPatch, status: int = 200, found: Sequence[str] = ()) -> list[float]:
    """Have `/health` answer; the seconds that it was given are put into the list."""
    answer = cast("Answer", SimpleNamespace(status=status))
    given: list[float] = []

    def ask(client: object, method: str, url: str, seconds: float) -> Answer:
        assert (client, method, url) == ("client", "GET", "http://kb.example.com/health")
        given.append(seconds)
        return answer

    def findings(answers: Sequence[Answer], services: Sequence[str]) -> list[Finding]:
        assert (answers, services) == ((answer,), ("index", "documents"))
        return [Finding(None, None, each) for each in found]

    monkeypatch.setattr(prober, "ask", ask)
    monkeypatch.setattr(prober, "health_findings", findings)
    return given


@pytest.mark.parametrize(
    ("cut", "seconds"), [(120.0, 5.0), (102.0, 2.0), (99.0, 0.01)], ids=["time enough", "until the cut", "none left"]
)
def test_health_is_asked_within_the_tick(
    cut: float, seconds: float, now: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    given = healthy(monkeypatch)

    assert asking(Lines()).ask("health", 0, now[0], cut) == Call(0.0, True, "")
    assert given == [seconds]


@pytest.mark.parametrize(
    ("status", "found", "words"),
    [
        (503, ["answered 503", "index: down"], "answered 503; index: down"),
        (429, ["answered 429"], "the server's rate limit: answered 429"),
    ],
)
def test_health_that_is_bad_says_all_of_it(
    status: int, found: list[str], words: str, now: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    healthy(monkeypatch, status, found)

    assert asking(Lines()).ask("health", 0, now[0], 120.0) == Call(0.0, False, words)


# A tick


def test_tick_gives_every_call_and_the_machine() -> None:
    asked: list[tuple[str, int, float, float]] = []

    def ask(name: str, n: int, due: float, cut: float) -> Call:
        asked.append((name, n, due, cut))
        return Call(due, True)

    tick = Tick(7, [("a", 1.0), ("b", 2.0)], 9.0, ask, lambda: {"cpu_percent": 5.0})

    assert tick.wait(5.0)
    assert tick.taken() == ({"a": Call(1.0, True), "b": Call(2.0, True)}, {"cpu_percent": 5.0})
    assert list(tick.taken()[0]) == ["a", "b"]
    assert sorted(asked) == [("a", 7, 1.0, 9.0), ("b", 7, 2.0, 9.0)]


def test_tick_without_anything_to_do_is_over() -> None:
    tick = Tick(0, [], 9.0, lambda *_: Call(0.0, True), None)

    assert tick.wait(0.0)
    assert tick.taken() == ({}, {})


def test_tick_is_over_when_all_of_it_is() -> None:
    going_on = threading.Event()

    def ask(name: str, n: int, due: float, cut: float) -> Call:
        if name == "slow":
            going_on.wait(5.0)
        return Call(1.0, True)

    def look() -> dict[str, Any]:
        going_on.wait(5.0)
        return {}

    begun = time.monotonic()
    tick = Tick(0, [("slow", begun - 1.0), ("next", begun + 60.0), ("quick", begun)], 9.0, ask, look)
    first = Tick(0, [], 9.0, ask, look)
    deadline = begun + 5.0
    while tick.taken()[0]["quick"] != Call(1.0, True) and time.monotonic() < deadline:
        time.sleep(0.001)

    assert not tick.wait(0.0)
    assert not first.wait(0.0)
    calls, host = tick.taken()
    assert calls["quick"] == calls["next"] == Call(1.0, True)
    slow = calls["slow"]
    assert not slow.ok
    assert 1000 <= slow.ms <= 1000 * (time.monotonic() - begun + 1.0)
    assert slow.error == f"no answer within {slow.ms / 1000:.3g} s, when the next sample was due"
    assert host == {"unknown": dict.fromkeys(HOST, "the machine did not tell its figures in time")}
    going_on.set()
    assert tick.wait(5.0)
    assert tick.taken()[1] == {}


def test_call_that_was_not_due_yet_has_waited_for_nothing() -> None:
    going_on = threading.Event()

    def ask(name: str, n: int, due: float, cut: float) -> Call:
        going_on.wait(5.0)
        return Call(1.0, True)

    tick = Tick(0, [("a", math.inf)], 9.0, ask, None)
    calls, host = tick.taken()
    going_on.set()

    assert calls == {"a": Call(0.0, False, "no answer within 0 s, when the next sample was due")}
    assert host == {}
    assert tick.wait(5.0)


@pytest.mark.parametrize(
    "error", [OSError("no such counter"), RuntimeError("no such counter"), psutil.AccessDenied(msg="no such counter")]
)
def test_machine_that_does_not_tell_says_why(error: Exception) -> None:
    def mute() -> dict[str, Any]:
        raise error

    tick = Tick(0, [], 9.0, lambda *_: Call(0.0, True), mute)

    assert tick.wait(5.0)
    assert tick.taken() == ({}, {"unknown": dict.fromkeys(HOST, f"the system does not tell: {error}")})
