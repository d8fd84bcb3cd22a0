"""Server and database as a reading asks them, with clients that answer as they are told."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pymongo.errors
import pytest

from fixtures.backup.backuptarget import DatabaseTarget
from fixtures.backup.livedatabase import PATIENCE
from fixtures.firstday import askdatabase, reading
from fixtures.firstday.askdatabase import is_slow, status_figures
from fixtures.firstday.reading import Questions
from fixtures.knowledge.knowledgetarget import KnowledgeTarget
from fixtures.monitoring import line, prober
from fixtures.monitoring.samples import Call
from fixtures.targetfile import MASK


class _Client:
    """Answers what a reading asks of a database; an exception is raised instead."""

    def __init__(self, status: Any, running: Any) -> None:
        self.asked: list[Any] = []
        self._answers = {"ping": {}, "serverStatus": status, "running": running}
        self.admin = self

    def command(self, name: str) -> Any:
        self.asked.append(name)
        return self._answer(name)

    def aggregate(self, stages: list[Any], **more: Any) -> Any:
        self.asked.append((stages, more))
        return self._answer("running")

    def _answer(self, name: str) -> Any:
        answer = self._answers[name]
        if isinstance(answer, Exception):
            raise answer
        return answer


def _figures(monkeypatch: pytest.MonkeyPatch, client: _Client) -> dict[str, Any]:
    @contextlib.contextmanager
    def connected(target: DatabaseTarget, longest: int) -> Iterator[_Client]:
        assert (target, longest) == (DatabaseTarget("mongodb://db"), PATIENCE)
        yield client

    took = (9.0, 0.005, 0.001, 0.0031234, 0.002, 0.004)  # of which the first opens the connection
    ticks = [tick for number, each in enumerate(took) for tick in (number * 100, number * 100 + each)]
    monkeypatch.setattr(askdatabase, "connected", connected)
    monkeypatch.setattr(askdatabase, "time", SimpleNamespace(perf_counter=lambda: ticks.pop(0)))
    return askdatabase.ask(DatabaseTarget("mongodb://db"))


def test_database_is_asked_for_pings_status_and_slow_operations(monkeypatch: pytest.MonkeyPatch) -> None:
    running = [
        {"op": "query", "ns": "k.chunks", "secs_running": 3},
        {"secs_running": 4.5},
        {"op": "none", "secs_running": 900},
        {"op": "query", "ns": "k.chunks", "secs_running": 2},
    ]
    client = _Client({"uptime": 7}, running)

    assert _figures(monkeypatch, client) == {
        "ok": True,
        "ping_ms": 3.123,
        "uptime_seconds": 7,
        "slow_operations": 3,
        "slowest": "an operation on ? for 4.5 s",
    }
    current = {"$currentOp": {"allUsers": True, "idleConnections": False}}
    assert client.asked == [
        *["ping"] * 6,
        "serverStatus",
        ([current, {"$match": {"secs_running": {"$gte": 2.0}}}], {"maxTimeMS": PATIENCE}),
    ]


def test_what_the_user_may_not_see_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    refused = pymongo.errors.OperationFailure("not allowed, full error: {}")

    found = _figures(monkeypatch, _Client(refused, refused))
    calm = _figures(monkeypatch, _Client({}, []))
    slow = _figures(monkeypatch, _Client({}, [{"op": "query", "ns": "k.chunks", "secs_running": 2}]))

    unknown = dict.fromkeys(("server_status", "slow_operations"), "not allowed")
    assert found == {"ok": True, "ping_ms": 3.123, "slow_operations": None, "unknown": unknown}
    assert calm == {"ok": True, "ping_ms": 3.123, "slow_operations": 0, "slowest": ""}
    assert slow["slowest"] == "query on k.chunks for 2 s"


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (pymongo.errors.ServerSelectionTimeoutError(f"refused {'x' * 400}"), f"refused {'x' * 292}"),
        (ValueError("no port"), "no port"),
        (TypeError("no text"), "no text"),
    ],
)
def test_database_that_does_not_answer_is_a_figure(
    monkeypatch: pytest.MonkeyPatch, error: Exception, said: str
) -> None:
    assert _figures(monkeypatch, _Client(error, [])) == {"ok": False, "error": said}


@pytest.mark.parametrize(
    ("status", "figures"),
    [
        ({"connections": {"current": 0, "available": 1e15}}, {"connections_current": 0}),
        ({"connections": {"current": None, "available": 7.9}}, {"connections_available": 7}),
        ({"asserts": {"regular": 1, "msg": "2", "warning": 4, "user": 8}}, {"asserts": 5}),
        ({"asserts": {"msg": 2}}, {"asserts": 2}),
        ({"asserts": {}, "opcounters": {"a": 1, "b": True, "c": -1, "d": 2.5}}, {"asserts": 0, "operations": 3}),
        ({"uptime": 0}, {"uptime_seconds": 0}),
        ({"uptime": "7"}, {}),
    ],
)
def test_figure_of_the_status_is_a_count(status: dict[str, Any], figures: dict[str, Any]) -> None:
    assert status_figures(status) == figures


@pytest.mark.parametrize(
    ("operation", "slow"),
    [
        ({"secs_running": 2.0}, True),
        ({"secs_running": 1.99}, False),
        ({"secs_running": 9, "command": "hello"}, True),
        ({"secs_running": 9, "command": {"find": 1, "awaitData": 1}}, False),
        ({"secs_running": 9, "command": {"isMaster": 1}}, False),
        ({"secs_running": 9, "command": {"ismaster": 1}}, False),
        ({"secs_running": 9, "ns": "locals.chunks"}, True),
        ({"secs_running": 9, "ns": "local.chunks"}, False),
        ({"secs_running": 9, "ns": None, "op": "none"}, False),
    ],
)
def test_operation_is_slow_where_somebody_waits_for_it(operation: dict[str, Any], slow: bool) -> None:
    assert is_slow(operation) is slow


@pytest.mark.parametrize("key", ["kp_0123456789abcdef", None])
def test_server_is_asked_for_health_and_every_tool_in_a_minute(
    monkeypatch: pytest.MonkeyPatch, key: str | None
) -> None:
    asked: list[Any] = []

    class Line:
        def __init__(self, server: Any) -> None:
            headers = server.client.headers
            asked.append((server.url, server.seconds, headers.get("x-api-key")))

        def __enter__(self) -> Line:
            return self

        def __exit__(self, *_: object) -> None:
            asked.append("closed")

        def ready(self, seconds: float) -> None:
            asked.append(("ready", seconds))

    class Prober:
        names = ("health", "a")

        def __init__(self, *what: Any) -> None:
            server, line, *rest, self.hide = what
            asked.append((server.url, type(line), *rest))

        def ask(self, *call: Any) -> Call:
            asked.append(call)
            return Call(2.0, False, self.hide(f"{call[0]}: no s3cret"))

    monkeypatch.setattr(line, "Line", Line)
    monkeypatch.setattr(prober, "Prober", Prober)
    ticks = [100.0, 101.0, 102.0]
    monkeypatch.setattr(reading, "time", SimpleNamespace(monotonic=lambda: ticks.pop(0)))
    server = KnowledgeTarget("http://knowledge", key, 3.0)

    found = reading._calls(Questions(server, ("a",), None, None, None, ("s3cret",)), 7)

    assert found == {name: Call(2.0, False, f"{name}: no {MASK}") for name in ("health", "a")}
    assert asked == [
        ("http://knowledge", 3.0, key),
        ("ready", 3.0),
        ("http://knowledge", Line, ("a",), ("RAG architecture patterns",), ()),
        ("health", 7, 101.0, 160.0),
        ("a", 7, 102.0, 160.0),
        "closed",
    ]
