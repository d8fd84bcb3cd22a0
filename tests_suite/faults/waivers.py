"""Known issues that hold, and those that do not: of a package whose workflow.md states the previous version (1.4.3)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import yaml

from fixtures.package.checksumfile import digest_of
from fixtures.workflow.tree import digest as tree_digest
from tests_suite.faults import package_contents
from tests_suite.faults.records import EVIDENCE
from tests_suite.faults.world import Fault, World

VERSION, CONTENTS = "1.4.3", "1.4.1"
COVERED = "workflow.md: states the version '1.0.0'; expected '2.0.0'"
Change = Callable[[dict[str, Any]], object]


def broken(name: str) -> Callable[[World], None]:
    """The fault of the package's contents that has this name."""
    return next(fault.breaks for fault in package_contents.FAULTS if fault.name == name)


PREVIOUS = broken("workflow.md states the previous version")


def from_now(**distance: float) -> str:
    """A moment at some distance from now, as records write it."""
    return (datetime.now(UTC) + timedelta(**distance)).isoformat(timespec="seconds")


def entry(world: World) -> dict[str, Any]:
    """A known issue that holds, about this world's package."""
    return {
        "item": VERSION,
        "severity": "major",
        "covers": [COVERED],
        "description": "workflow.md still states the version before",
        "workaround": "config.yaml has the right one, and the program reads that",
        "author": "Dana Example",
        "approver": "Ada Example",
        "date": from_now(hours=-1),
        "expires": from_now(days=7),
        "sha256": digest_of(world.root / world.target["package"]),
    }


def write(world: World, *entries: dict[str, Any]) -> None:
    """Write the record of known issues."""
    path = world.root / EVIDENCE / "known-issues.yaml"
    path.write_text(yaml.safe_dump({"schema": 1, "issues": list(entries)}, sort_keys=False), encoding="utf-8")


def known(
    change: Change = lambda data: None, breaks: Callable[[World], None] | None = PREVIOUS
) -> Callable[[World], None]:
    """A world that is broken, or not, and has a known issue, changed."""

    def make(world: World) -> None:
        if breaks is not None:
            breaks(world)
        data = entry(world)
        change(data)
        write(world, data)

    return make


def put(**values: Any) -> Change:
    """A change that sets keys of the entry."""
    return lambda data: data.update(values)


def _by_workflow(world: World) -> None:
    PREVIOUS(world)
    data = entry(world)
    del data["sha256"]
    write(world, {**data, "workflow_sha256": tree_digest(world.workflow)})


def _two(world: World) -> None:
    PREVIOUS(world)
    expired = {**entry(world), "expires": from_now(hours=-1)}
    write(world, entry(world), expired)


def fault(name: str, breaks: Callable[[World], None], trips: dict[str, str], *says: str) -> Fault:
    """One fault of the package gate."""
    return Fault(f"known issue: {name}", breaks, trips, says, "package")


WAIVED, FAILED, DEGRADED = ({VERSION: outcome} for outcome in ("waived", "failed", "degraded"))
LINE = "known-issues.yaml:3: known issue: "
FAULTS = [
    fault("holds", known(), WAIVED, COVERED.partition(": ")[2]),
    fault("holds for the workflow", _by_workflow, WAIVED),
    fault("holds beside one that is expired", _two, WAIVED, "it expired at"),
    fault("expired", known(put(expires=from_now(minutes=-1))), FAILED, f"{LINE}it expired at"),
    fault("approved in the future", known(put(date=from_now(days=1))), FAILED, "which is still to come"),
    fault("of another package", known(put(sha256="0" * 64)), FAILED, "approved for the package 000000000000…; this"),
    fault("approved by its author", known(put(author="Ada Example")), FAILED, "an issue of their own"),
    fault("approved by somebody else", known(put(approver="Quentin Example")), FAILED, "expected the tech lead, Ada"),
    fault("milder than its item", known(put(severity="minor")), FAILED, f"it says minor, but item {VERSION} is major"),
    fault("critical itself", known(put(severity="critical")), FAILED, "the issue is critical"),
    fault("covers another finding", known(put(covers=["agents/dev.md: is missing"])), FAILED, "is not found any more"),
    fault("covers nothing", known(lambda data: data.pop("covers")), FAILED, "it quotes no finding"),
    fault("of what passes", known(breaks=None), DEGRADED, f"{LINE}covers what passes now: it is out of date"),
    fault("that no test finds", known(lambda data: data.pop("covers"), None), DEGRADED, "(workaround: config.yaml has"),
    fault(
        "of a critical item that fails",
        known(put(item=CONTENTS, severity="critical"), broken("an agent is not packed")),
        {CONTENTS: "failed"},
        "item 1.4.1 is critical, which no known issue waives",
    ),
    fault(
        "of a critical item that passes",
        known(put(item=CONTENTS, severity="critical"), None),
        {CONTENTS: "failed"},
        "item 1.4.1 is critical, which no known issue waives",
    ),
]  # fmt: skip
