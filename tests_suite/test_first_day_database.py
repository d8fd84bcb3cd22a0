"""The database's figures: a real server process, asked over MongoDB's own protocol, and figures as others give them."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pymongo
import pytest

from fixtures.backup.backuptarget import DatabaseTarget
from fixtures.firstday import askdatabase, database
from fixtures.firstday.askdatabase import is_slow, status_figures
from tests_suite import mongoserver
from tests_suite.faults import world
from tests_suite.faults.announced import NOWHERE
from tests_suite.faults.watched import watched

PASSWORD = "hunter-two-and-three"


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with mongoserver.running() as uri:
        yield uri


@pytest.mark.live_database
def test_running_database_tells_its_figures(server: str) -> None:
    figures = askdatabase.ask(DatabaseTarget(server, "knowledge"))

    assert figures["ok"] is True, figures
    assert 0 < figures["ping_ms"] < 1000
    assert list(database.live_findings(figures, "db")) == []


@pytest.mark.live_database
def test_status_of_a_running_database_is_understood(server: str) -> None:
    with pymongo.MongoClient[Any](server) as client:
        status = client.admin.command("serverStatus")

    figures = status_figures(status)

    assert figures["connections_current"] >= 1
    assert figures["uptime_seconds"] >= 0


@pytest.mark.live_database
def test_gate_asks_a_database_that_the_target_names(server: str, tmp_path: Path) -> None:
    made = world.make(tmp_path / "world", NOWHERE)
    watched(made)
    made.target["database"] = {"uri": f"{server}/knowledge"}

    run = made.run("first_day", tmp_path / "reports")

    # A server of another make does not tell everything that MongoDB does, and that is said.
    assert run.outcomes["3.2.5"] == "degraded", run.messages
    assert "/knowledge: does not tell how many connections it has left" in run.messages
    assert run.outcomes["3.2.6"] == "passed", run.messages


@pytest.mark.live_database
def test_server_that_wants_a_password_refuses() -> None:
    with mongoserver.running("--auth") as uri:
        figures = askdatabase.ask(DatabaseTarget(uri))

    # Whoever may not log in can ping; what may not be seen is said.
    assert figures["ok"] is False or figures["unknown"]


def test_port_that_nobody_listens_on_is_a_figure_in_time_and_without_the_password() -> None:
    with socket.socket() as taken:
        taken.bind((mongoserver.HOST, 0))
        uri = f"mongodb://gate:{PASSWORD}@{mongoserver.HOST}:{taken.getsockname()[1]}/knowledge"
        started = time.monotonic()

        figures = askdatabase.ask(DatabaseTarget(uri))

    assert time.monotonic() - started < 15
    assert figures["ok"] is False
    assert "refused" in figures["error"].lower()
    assert PASSWORD not in str(figures)


@pytest.mark.parametrize("uri", ["mongodb://a:b@c@127.0.0.1", "mongodb://127.0.0.1:99999"])
def test_uri_that_the_driver_refuses_is_a_figure(uri: str) -> None:
    assert askdatabase.ask(DatabaseTarget(uri))["ok"] is False


@pytest.mark.parametrize(
    ("status", "figures"),
    [
        ({}, {}),
        (
            {
                "connections": {"current": 7, "available": 800, "totalCreated": 9},
                "asserts": {"regular": 1, "warning": 2, "msg": 3, "user": 400, "rollovers": 0},
                "opcounters": {"insert": 1, "query": 2, "command": 3},
                "uptime": 77.0,
            },
            {
                "connections_current": 7,
                "connections_available": 800,
                "asserts": 6,
                "operations": 6,
                "uptime_seconds": 77,
            },
        ),
        ({"connections": {"current": "many"}, "asserts": 7, "opcounters": None, "uptime": True}, {}),
        ({"connections": {"current": -1, "available": float("inf")}}, {}),
    ],
    ids=["empty", "whole", "odd", "out of range"],
)
def test_status_of_every_kind_is_taken_as_far_as_it_goes(status: dict[str, Any], figures: dict[str, Any]) -> None:
    assert status_figures(status) == figures


@pytest.mark.parametrize(
    ("operation", "slow"),
    [
        ({"op": "query", "ns": "knowledge.chunks", "secs_running": 9, "command": {"find": "chunks"}}, True),
        ({"op": "command", "ns": "knowledge.chunks", "secs_running": 2}, True),
        ({"op": "query", "ns": "knowledge.chunks", "secs_running": 1}, False),
        ({"op": "query", "ns": "knowledge.chunks"}, False),
        ({"op": "command", "ns": "admin.$cmd", "secs_running": 900, "command": {"hello": 1}}, False),
        ({"op": "getmore", "ns": "local.oplog.rs", "secs_running": 900, "command": {"getMore": 1}}, False),
        ({"op": "none", "ns": "", "secs_running": 900}, False),
        ({"op": "query", "ns": "a.b", "secs_running": "long"}, False),
    ],
)
def test_operations_of_the_server_itself_are_not_slow(operation: dict[str, Any], slow: bool) -> None:
    assert is_slow(operation) is slow


@pytest.mark.parametrize(
    ("figures", "said"),
    [
        ({"ok": True}, []),
        ({"ok": False, "error": "gone"}, ["did not answer: gone"]),
        ({"ok": False}, ["did not answer: no reason given"]),
        ({"ok": True, "connections_current": 79, "connections_available": 21}, []),
        (
            {"ok": True, "connections_current": 80, "connections_available": 20},
            ["80 of 100 connections in use, 80 %; the limit is < 80 %"],
        ),
        ({"ok": True, "connections_current": 0, "connections_available": 0}, []),
        ({"ok": True, "slow_operations": 0}, []),
        ({"ok": True, "slow_operations": 1, "slowest": 7}, ["1 operations of 2 s and more; expected none"]),
    ],
)
def test_what_calls_for_action_is_said(figures: dict[str, Any], said: list[str]) -> None:
    assert list(database.unwell(figures)) == said
