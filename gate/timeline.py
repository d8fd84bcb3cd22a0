"""`index.html` in the folder of reports: the plan's timetable, filled in by the runs so far."""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from gate import pagetemplate, statement
from gate.checklist import Checklist, Gate
from gate.remarks import outside_chain
from gate.verdict import Outcome

FILE_NAME = "index.html"
TEMPLATE = "timeline.html.j2"
PAGE = "signoff.html"


@dataclass(frozen=True)
class Ran:
    """A gate's latest run as the timeline shows it; `of` is release and target, by which runs belong together.

    `outside` tells a run that was no step of a deployment.
    """

    marker: str
    verdict: str
    started: datetime
    ended: datetime
    counts: tuple[tuple[str, int], ...]
    of: tuple[str, str]
    action: str
    production: bool
    embedded: bool
    outside: bool = False

    @property
    def minutes(self) -> float:
        """How long the run took."""
        return (self.ended - self.started).total_seconds() / 60


@dataclass(frozen=True)
class Row:
    """A gate of the plan and its latest run; `other` says of what, where that is not what the timeline is about."""

    gate: Gate
    ran: Ran | None
    other: str = ""


def write(base: Path, checklist: Checklist) -> None:
    """Write the timeline beside the folders of reports, whole or not at all. Raises `OSError`."""
    page = render(base, checklist)
    descriptor, name = tempfile.mkstemp(prefix=".index-", suffix=".html", dir=base)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", errors="backslashreplace", newline="\n") as file:
            file.write(page)
        os.chmod(name, 0o644)
        os.replace(name, base / FILE_NAME)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(name)
        raise


def render(base: Path, checklist: Checklist) -> str:
    """The page: the plan's phases first, then the gates of their sections."""
    found = {marker: ran for marker in checklist.gates if (ran := read(base / marker)) is not None}
    newest = max(found.values(), key=lambda ran: ran.ended, default=None)
    rows = [_row(gate, found.get(marker), newest) for marker, gate in checklist.gates.items()]
    phases = [row for row in rows if row.gate.phase == row.gate.marker or row.gate.marker in CLOSING]
    parts = [row for row in rows if row not in phases]
    return pagetemplate.template(TEMPLATE).render(newest=newest, phases=phases, parts=parts, page=PAGE)


# What stands in the plan's timetable besides its phases, and the judgement on the whole.
CLOSING = ("announcement", "monitoring", "first_day", "retrospective", "acceptance")


def _row(gate: Gate, ran: Ran | None, newest: Ran | None) -> Row:
    if ran is None or newest is None or ran.of == newest.of:
        return Row(gate, ran)
    return Row(gate, ran, " on ".join(ran.of))


def read(folder: Path) -> Ran | None:
    """The run that left a folder; None where there is none, or nothing that can be read."""
    try:
        data: Mapping[str, Any] = json.loads(statement.read(folder))
        return _ran(data)
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError, OverflowError):
        return None


def _ran(data: Mapping[str, Any]) -> Ran:
    outcomes: Sequence[str] = [str(item["outcome"]) for item in data["items"]]
    counts = [(str(outcome), outcomes.count(str(outcome))) for outcome in Outcome]
    release, target = data["release"], data["target"]
    return Ran(
        str(data["marker"]),
        str(data["verdict"]),
        datetime.fromisoformat(data["started"]).astimezone(UTC),
        datetime.fromisoformat(data["ended"]).astimezone(UTC),
        tuple(each for each in counts if each[1]),
        (f"{release['name']} {release['version']}", str(target["name"])),
        str(data["decision"]["action"]).replace("_", " "),
        bool(target["production"]),
        bool(target["embedded"]),
        outside_chain(data),
    )
