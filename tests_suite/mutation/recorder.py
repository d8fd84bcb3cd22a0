"""A plugin of pytest for the run that maps tests to functions: it says which test runs, and keeps how long it took.

The suite is collected once; then as many forks as MUTATION_PROCESSES says share the tests.
"""

from __future__ import annotations

import json
import os
import random
from collections.abc import Generator
from pathlib import Path

import pytest

from tests_suite.mutation import reached
from tests_suite.mutation.hook import MAP, TEST

PROCESSES = "MUTATION_PROCESSES"
SLOW = ("test_rehearsal", "test_plugin_endings", "test_monitoring_watch", "test_real_run", "test_secrets_gates")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Of tests of a kind, take one: the others reach the same functions, or nearly."""
    kinds = {item.nodeid: kind_of(item) for item in items}
    Path(os.environ[MAP], "kinds.json").write_text(json.dumps(kinds), encoding="utf-8")
    mixed = items.copy()
    random.Random(0).shuffle(mixed)
    taken = {kinds.get(test) for test in reached.seconds(Path(os.environ[MAP]))}  # by a run that was broken off
    chosen = []
    for item in sorted(mixed, key=_turn):
        if kinds[item.nodeid] not in taken:
            taken.add(kinds[item.nodeid])
            chosen.append(item)
    config.hook.pytest_deselected(items=[item for item in items if item not in set(chosen)])
    items[:] = chosen


def _turn(item: pytest.Item) -> int:
    """Healthy worlds come first, because they reach most, and what is slow or reaches little more, last."""
    if "healthy" in item.name and item.path.name.startswith("test_faults"):
        return 0
    if item.path.name.startswith(SLOW):
        return 3
    return 2 if " " in kind_of(item) else 1


def kind_of(item: pytest.Item) -> str:
    """The test's name without its parameter; for a fault the gate and the items that it trips, too."""
    name = item.nodeid.partition("[")[0]
    fault = item.callspec.params.get("fault") if hasattr(item, "callspec") else None
    if fault is None or not hasattr(fault, "trips"):
        return name
    return f"{name} {fault.gate} {' '.join(sorted(fault.trips))}"


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> bool | None:
    """Fork, and wait for the forks; in each of them, go on to pytest's own loop with a part of the tests."""
    number = int(os.environ.get(PROCESSES, "1"))
    children = []
    if hasattr(session.config, "_tmp_path_factory"):
        session.config._tmp_path_factory.getbasetemp()  # once; each fork would clear it
    for index in range(number):
        child = os.fork()
        if child == 0:
            if hasattr(session.config, "_tmp_path_factory"):  # given by somebody, it is not removed at a fork's end
                session.config._tmp_path_factory._given_basetemp = session.config._tmp_path_factory.getbasetemp()
            session.items = session.items[index::number]
            return None
        children.append(child)
    for child in children:
        os.waitpid(child, 0)
    return True


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> Generator[None]:
    """Leave the fork at once, when everything is torn down."""
    yield
    if os.getpid() != _FIRST:
        os._exit(int(exitstatus))


_FIRST = os.getpid()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, bool, bool]:
    """Name the test to everything that it starts."""
    os.environ[TEST] = item.nodeid
    try:
        return (yield)
    finally:
        del os.environ[TEST]


_TOOK: dict[str, float] = {}


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Keep what a test that passed has taken, in seconds, and why one has not passed."""
    if report.failed:
        with open(Path(os.environ[MAP], "failed.txt"), "a", encoding="utf-8") as file:
            file.write(f"{report.nodeid} {report.when}: {str(report.longrepr)[-1000:]}\n\n")
    _TOOK[report.nodeid] = _TOOK.get(report.nodeid, 0.0) + report.duration if report.passed else float("nan")
    if report.when == "teardown" and _TOOK[report.nodeid] == _TOOK[report.nodeid]:
        with open(Path(os.environ[MAP], f"{os.getpid()}.seconds"), "a", encoding="utf-8") as file:
            file.write(json.dumps([report.nodeid, round(_TOOK[report.nodeid], 3)]) + "\n")
