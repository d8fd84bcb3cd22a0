"""The session of a watch: opened, lost and opened again, and what that costs; whose failure it is, and who is told."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from types import SimpleNamespace
from typing import Any, cast

import pytest

from fixtures.knowledge.reply import Failure, Reply
from fixtures.knowledge.server import KnowledgeServer
from fixtures.monitoring import line as module
from fixtures.monitoring.allowance import Allowance
from fixtures.monitoring.line import Line, Session

TOOLS = ("a", "b", "c")
CUT = Failure("lost", "the event stream broke off: reset")
FORGOTTEN = Failure("lost", "POST /mcp: answered 404", 404)
OVERLOADED = Failure("lost", "POST /mcp: answered 503", 503)
LIMITED = Failure("limited", "POST /mcp: answered 429", 429, retry_after="60")
BROKEN = Failure("silent", "tools/call a: no answer within 5 s")
Ending = Failure | tuple[Failure, str] | None


class Conversations:
    """Sessions that end in these ways, call by call; `None` is an answer, "unsent" a session that had ended before."""

    def __init__(self, *sessions: Failure | Sequence[Ending]) -> None:
        self.left = list(sessions)
        self.opened: list[str] = []
        self.dropped = 0

    def over(self, transport: str) -> Session | Failure:
        self.opened.append(transport)
        endings = self.left.pop(0)
        if isinstance(endings, Failure):
            return endings
        left = list(endings)

        def call(tool: str, arguments: object, seconds: float) -> Reply:
            ending = left.pop(0) if left else None
            failure, how = ending if isinstance(ending, tuple) else (ending, "")
            return Reply(tool, {}, 1.0, failure=failure, unsent=how == "unsent")

        return Session(cast("Any", SimpleNamespace(call=call)), cast("Any", self.held()))

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        yield


class Portal:
    """Calls what it is told to, at once."""

    def call(self, call: Callable[..., Reply], *arguments: object) -> Reply:
        return call(*arguments)


class Watched:
    """A line, and what it noted."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *sessions: Failure | Sequence[Ending]) -> None:
        self.noted: list[tuple[str, str]] = []
        self.conversations = Conversations(*sessions)
        dial = SimpleNamespace(seconds=5.0)
        self.line = Line(cast("KnowledgeServer", SimpleNamespace(dial=lambda sent: dial)))
        self.line._portal = cast("Any", Portal())
        self.line.noted = lambda event, message: self.noted.append((event, message))
        monkeypatch.setattr(self.line, "_over", self.conversations.over)
        monkeypatch.setattr(self.line, "_drop", lambda session: None)

    def tick(self, *tools: str) -> list[str]:
        """What the calls of a tick say; empty where they were answered."""
        self.line.ready(5.0)
        replies = [self.line.call(tool, "x", time.monotonic() + 5.0) for tool in tools or TOOLS]
        self.line._settled.wait(5.0)
        return [reply.failure.message if reply.failure else "" for reply in replies]


def aged(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    """Let time go by at once."""
    clock = time.monotonic
    moved = SimpleNamespace(monotonic=lambda: clock() + seconds)
    monkeypatch.setattr(module, "time", moved)


GOOD = [""] * 3


def test_session_that_is_open_is_not_opened_again(monkeypatch: pytest.MonkeyPatch) -> None:
    watched = Watched(monkeypatch, ())

    assert [watched.tick() for _ in range(3)] == [GOOD] * 3
    assert (watched.conversations.opened, watched.noted) == (["http"], [])


def test_session_that_failed_is_opened_again_and_its_failure_is_that_of_the_calls(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    watched = Watched(monkeypatch, Failure("refused", "answered 401", 401), ())

    assert [watched.tick(), watched.tick()] == [["answered 401"] * 3, GOOD]
    assert watched.conversations.opened == ["http", "http"]


def test_server_of_the_older_transport_is_asked_over_that(monkeypatch: pytest.MonkeyPatch) -> None:
    watched = Watched(monkeypatch, Failure("refused", "answered 404", 404), ())

    assert watched.tick() == GOOD
    assert watched.conversations.opened == ["http", "sse"]


def test_session_that_is_still_being_opened_is_a_failure_of_the_call(monkeypatch: pytest.MonkeyPatch) -> None:
    line = Watched(monkeypatch).line
    line._settled.clear()

    given = line.call("a", "x", time.monotonic())

    assert given.failure is not None
    assert (given.failure.cause, given.failure.message) == ("silent", "the session was still being opened")


@pytest.mark.parametrize(
    ("ending", "seconds", "event"),
    [
        (CUT, 0.0, "broke"),
        ((CUT, "unsent"), 0.0, "broke"),
        (CUT, 869.0, "broke"),
        (CUT, 871.0, "reopened"),
        (FORGOTTEN, 0.0, "reopened"),
    ],
    ids=["cut", "had ended", "just too early", "after a quarter of an hour", "forgotten over its first pause"],
)
def test_session_that_ended_between_two_ticks_is_opened_again_and_asked(
    ending: Ending, seconds: float, event: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    watched = Watched(monkeypatch, (None, None, None, ending), ())

    first = watched.tick()
    aged(monkeypatch, seconds)

    assert (first, watched.tick()) == (GOOD, GOOD)
    assert watched.conversations.opened == ["http", "http"]
    failure = ending[0] if isinstance(ending, tuple) else ending
    assert failure is not None
    ((noted, said),) = watched.noted
    assert noted == event
    assert said.startswith("the session ended after ")
    assert said.endswith(f"and was opened again: {failure.message}")
    assert watched.line.reopened


def test_session_that_was_kept_over_a_pause_is_not_forgotten_for_its_age(monkeypatch: pytest.MonkeyPatch) -> None:
    """A limit on idle sessions ends each of them over the first pause; this server has restarted, or lost it."""
    watched = Watched(monkeypatch, (*[None] * 6, FORGOTTEN), ())

    assert [watched.tick() for _ in range(3)] == [GOOD] * 3
    assert [event for event, _ in watched.noted] == ["broke"]


@pytest.mark.parametrize(
    ("endings", "said"),
    [
        ((None, CUT), ["", CUT.message, ""]),
        ((OVERLOADED,), [OVERLOADED.message, "", ""]),
        ((BROKEN,), [BROKEN.message, "", ""]),
    ],
    ids=["torn by a call in mid-tick", "overloaded", "silent"],
)
def test_call_that_breaks_its_session_fails_alone(
    endings: Sequence[Ending], said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    watched = Watched(monkeypatch, (None, None, None, *endings), ())

    assert [watched.tick(), watched.tick()] == [GOOD, said]
    assert (len(watched.conversations.opened), watched.noted) == (2, [])


def test_session_that_had_ended_in_mid_tick_is_opened_again_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that breaks off after every answer is found all the same."""
    after_each = (None, (CUT, "unsent"))
    watched = Watched(monkeypatch, after_each, after_each, ())

    assert watched.tick() == ["", "", CUT.message]
    assert watched.tick() == GOOD
    assert len(watched.conversations.opened) == 3


def test_session_that_never_answered_is_no_session_that_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    watched = Watched(monkeypatch, (CUT,), (CUT,), ())

    assert watched.tick() == [CUT.message, CUT.message, f"not asked: {CUT.message}"]
    assert watched.noted == []


def test_server_that_refuses_more_requests_is_not_asked_for_another_session(monkeypatch: pytest.MonkeyPatch) -> None:
    watched = Watched(monkeypatch, (LIMITED,), ())

    watched.line.ready(5.0)
    replies = [watched.line.call(tool, "x", time.monotonic() + 5.0) for tool in TOOLS]

    failures = [reply.failure for reply in replies if reply.failure]
    assert [failure.cause for failure in failures] == ["limited"] * 3
    assert failures[-1].retry_after == "60"
    assert watched.conversations.opened == ["http"]


def test_calls_that_are_on_their_way_when_a_session_is_found_dead_are_asked_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    watched = Watched(monkeypatch, (None,), ())
    assert watched.tick("a") == [""]
    session = watched.line._session
    assert isinstance(session, Session)
    together = threading.Barrier(2)

    def call(tool: str, arguments: object, seconds: float) -> Reply:
        together.wait(5.0)
        return Reply(tool, {}, 1.0, failure=FORGOTTEN)

    session.conversation = cast("Any", SimpleNamespace(call=call))
    watched.line.ready(5.0)
    replies: list[Reply] = []
    threads = [
        threading.Thread(target=lambda tool=tool: replies.append(watched.line.call(tool, "x", time.monotonic() + 5.0)))
        for tool in ("a", "b")
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(5.0)

    assert [reply.failure for reply in replies] == [None, None]
    assert len(watched.conversations.opened) == 2
    assert len(watched.noted) == 1


def test_call_that_fails_when_the_watch_is_over_begins_no_other_session(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody would close it, and the end would wait for that."""
    watched = Watched(monkeypatch, (), ())
    watched.line.ready(5.0)
    session = watched.line._session
    assert isinstance(session, Session)

    def call(tool: str, arguments: object, seconds: float) -> Reply:
        watched.line.__exit__()
        return Reply(tool, {}, 1.0, failure=BROKEN)

    session.conversation = cast("Any", SimpleNamespace(call=call))
    given = watched.line.call("a", "x", time.monotonic() + 5.0)
    watched.line.ready(0.0)

    assert given.failure is BROKEN
    assert watched.conversations.opened == ["http"]


# The budget


def test_watch_without_a_budget_asks_every_tool() -> None:
    assert Allowance().chosen(TOOLS, 1000, reopened=True) == TOOLS


def test_calls_are_left_out_in_turn_for_what_opening_again_has_cost() -> None:
    """The plan's hour on a host that ends requests after 15 minutes: 9 requests are over, each session costs 3 more."""
    tools = ("a", "b", "c", "d", "e", "f")
    allowance = Allowance(room=9)
    overhead = [4] * 4 + [7] * 3 + [10] * 3 + [13] * 3

    chosen = [allowance.chosen(tools, spent, reopened=spent > 4) for spent in overhead]

    assert [len(each) for each in chosen] == [6] * 4 + [5, 6, 6, 3, 6, 6, 3, 6, 6]
    assert (chosen[4], chosen[7]) == (("b", "c", "d", "e", "f"), ("a", "e", "f"))
    assert sum(map(len, chosen)) + 13 + overhead[-1] + 3 <= 100


def test_one_tool_is_asked_at_least_and_the_rest_is_owed() -> None:
    allowance = Allowance(room=0)

    assert [allowance.chosen(TOOLS, 3, reopened=False) for _ in range(3)] == [("c",), ("a", "b"), TOOLS]
