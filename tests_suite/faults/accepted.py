"""A world that is about to be accepted: every gate has left its report, and the making of faults in them."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from fixtures.acceptance.reports import FILE_NAME, Subject
from fixtures.package.checksumfile import digest_of
from fixtures.reference import executions, verdicts
from fixtures.schedule import Schedule
from fixtures.workflow.tree import digest
from gate import checklist
from tests_suite.faults import packed
from tests_suite.faults.watched import starts, watched
from tests_suite.faults.world import World

REPORTS = "gates"
Verdict = dict[str, Any]
Change = Callable[[Verdict], object]


def accepted(world: World) -> None:
    """Give a world a package, a day of watching, an execution log, and the reports of all gates on that package."""
    package = packed.packaged(world)
    watched(world)
    found = checklist.load()
    versions = (found.release.previous, found.release.version)
    log = executions.write_around(world.root, starts(world), datetime.now(UTC), versions, found.release.parts)
    world.target.update(executions=log.name, reports=REPORTS)
    subject = Subject(
        world.target["name"],
        False,
        (),
        found.release.name,
        found.release.version,
        {"package": digest_of(package.archive), "workflow": digest(world.workflow)},
        Schedule(starts(world), "UTC"),
        datetime.now(UTC),
    )
    items = {marker: found.items_of(gate) for marker, gate in found.gates.items()}
    begins = {marker: gate.starts for marker, gate in found.gates.items()}
    verdicts.write(world.root / REPORTS, subject, found.release.previous, items, begins)


def verdict(world: World, marker: str) -> Path:
    """The verdict of a gate."""
    return world.root / REPORTS / marker / FILE_NAME


def reported(marker: str, change: Change) -> Callable[[World], None]:
    """A world in which a gate has left something else."""

    def breaks(world: World) -> None:
        path = verdict(world, marker)
        data = json.loads(path.read_text(encoding="utf-8"))
        change(data)
        path.write_text(json.dumps(data), encoding="utf-8")

    return breaks


def item(data: Verdict, name: str) -> dict[str, Any]:
    """One item of a verdict."""
    found: dict[str, Any] = next(each for each in data["items"] if each["id"] == name)
    return found


def failed(marker: str, name: str) -> Callable[[World], None]:
    """A world in which an item of a gate has failed."""

    def change(data: Verdict) -> None:
        finding = {"severity": "major", "message": "it is broken", "file": None, "line": None}
        item(data, name).update(outcome="failed", findings=[finding])
        data.update(verdict="FAIL", exit_status=1)

    return reported(marker, change)


def degraded(marker: str, name: str) -> Callable[[World], None]:
    """A world in which an item of a gate only went through with reservations."""

    def change(data: Verdict) -> None:
        item(data, name).update(outcome="degraded")
        data.update(verdict="DEGRADE")

    return reported(marker, change)


def measured(marker: str, name: str, limit: str, value: float | None) -> Callable[[World], None]:
    """A world in which a gate has measured something else."""

    def change(data: Verdict) -> None:
        for each in item(data, name)["measurements"]:
            if each["name"].startswith(limit):
                each.update(value=value, holds=value is not None)

    return reported(marker, change)


def unmeasured(marker: str, *names: str) -> Callable[[World], None]:
    """A world in which a gate has measured nothing for some items."""
    return reported(marker, lambda data: [item(data, name).update(measurements=[]) for name in names])


def gone(marker: str) -> Callable[[World], None]:
    """A world in which a gate was never run."""
    return lambda world: verdict(world, marker).unlink()
