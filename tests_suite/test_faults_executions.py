"""Every fault of the execution log in the first hour trips 3.1.2 of the monitoring gate; what is harmless does not."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from fixtures.reference import executions as reference
from tests_suite.faults import executions
from tests_suite.faults.executions import (
    CRITICAL,
    EARLY,
    ITEM,
    SECOND,
    Events,
    at,
    cut,
    entry,
    logged,
    memory,
    of,
    path_of,
    starts,
)
from tests_suite.faults.proof import prove
from tests_suite.faults.world import Fault, World

FAULTS = executions.FAULTS


@pytest.mark.parametrize("fault", FAULTS, ids=[fault.name for fault in FAULTS])
def test_fault_of_the_execution_log_trips_exactly_its_item(fault: Fault, over: World, tmp_path: Path) -> None:
    prove(fault, over, tmp_path / "reports")


def _split(broken: World) -> None:
    """One file for each run, named so that their order says nothing."""
    path = path_of(broken)
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    folder = broken.root / "logs"
    folder.mkdir()
    for line in lines:
        run = json.loads(line)["run"]
        with (folder / f"{sum(map(ord, run)) % 7}-{run}.jsonl").open("a", encoding="utf-8") as file:
            file.write(line)
    broken.target["executions"] = "logs"


def _half_a_line(broken: World) -> None:
    path = path_of(broken)
    path.write_bytes(path.read_bytes() + b'{"time": "2026-01')


def _zoned(events: Events, begun: datetime) -> None:
    for number, event in enumerate(events):
        if number % 2:
            event["time"] = at(event).isoformat().replace("+00:00", "Z")
        else:
            hours = timedelta(hours=5, minutes=30)
            event["time"] = (at(event) + hours).isoformat().replace("+00:00", "+05:30")


def _paused(events: Events, begun: datetime) -> Events:
    """A user who stopped between two steps, for good."""
    start = of(events, SECOND, "step_started", "6")
    return [event for number, event in enumerate(events) if event["run"] != SECOND or number < start]


def _second_watch(events: Events, begun: datetime) -> Events:
    """A step that hung, of a run that was over long before the deployment."""
    return cut(events, "run-3", "6")


HARMLESS: dict[str, Callable[[World], None]] = {
    "a file for each run": _split,
    "times in other zones": logged(_zoned),
    "a critical error before the deployment": logged(entry("run-9", -60, **CRITICAL)),
    "a critical error after the hour": logged(entry("run-15", 260, **CRITICAL)),
    "an error that is not critical": logged(entry(SECOND, 80, level="error", message="asked again")),
    "a step that hung before the deployment": logged(_second_watch),
    "a pause between two steps": logged(_paused),
    "memory that goes up and down": logged(memory(lambda minutes: 512 + 60 * math.sin(minutes))),
    "memory with one wild value": logged(memory(lambda minutes: 9000.0 if 20 < minutes < 21 else 512.0)),
    "memory of a process that warms up": logged(memory(lambda minutes: 512 + 200 * (1 - math.exp(-minutes / 3)))),
    "memory that is given back": logged(memory(lambda minutes: 512 + 30 * (minutes % 10))),
    "memory that shrinks": logged(memory(lambda minutes: 2000 - 10 * minutes)),
    "memory of one process only": logged(
        lambda events, _: [
            {key: value for key, value in event.items() if key != "memory_mb" or event["run"] == SECOND}
            for event in events
        ]
    ),
    "runs without a process": logged(
        lambda events, _: [{key: value for key, value in event.items() if key != "pid"} for event in events]
    ),
    "half a line at its end": _half_a_line,
    "an old run with a fault": logged(
        lambda events, _: [event for event in events if (event["run"], event["step"]) != ("run-2", "4")]
    ),
}


@pytest.mark.parametrize("name", HARMLESS)
def test_harmless_log_passes(name: str, over: World, tmp_path: Path) -> None:
    before = over.digest()
    HARMLESS[name](over)
    assert over.digest() != before, "nothing was changed"

    run = over.run("monitoring", tmp_path / "reports")

    assert run.outcomes[ITEM] == "passed", f"{run.messages}\n{run.output}"


def test_log_of_a_world_has_the_runs_that_faults_speak_of(over: World) -> None:
    events = [json.loads(line) for line in path_of(over).read_text(encoding="utf-8").splitlines()]
    begun = starts(over)

    minutes = {
        event["run"]: (at(event) - begun).total_seconds() / 60 for event in events if event["event"] == "run_started"
    }

    assert (minutes[EARLY], minutes["run-11"], minutes[SECOND], minutes["run-13"]) == (12, 55, 65, 90)
    assert path_of(over).name == reference.FILE_NAME


def test_faults_have_names_of_their_own() -> None:
    names = [fault.name for fault in FAULTS]

    assert len(names) == len(set(names)) >= 30
    assert {fault.trips[ITEM] for fault in FAULTS} == {"failed", "degraded"}
