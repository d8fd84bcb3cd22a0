"""A world whose first day is over, with readings, logs and a backup since, and the making of faults in them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from fixtures.firstday.firstdaytarget import READINGS
from fixtures.reference import firstday
from gate import checklist
from tests_suite.faults import backup
from tests_suite.faults.announced import announced
from tests_suite.faults.records import EVIDENCE
from tests_suite.faults.world import World

RELEASE = checklist.load().release
LOG = "executions.jsonl"
Line = dict[str, Any]
Lines = list[Line]


def watched(world: World) -> None:
    """Give a world a deployment of yesterday, its records, a day of readings, an execution log and a backup."""
    announced(world)
    firstday.write_readings(readings(world), starts(world).timestamp(), RELEASE.knowledge_tools)
    firstday.write_executions(world.root, starts(world).timestamp(), RELEASE)
    world.target["executions"] = LOG
    backup.store(world)


def starts(world: World) -> datetime:
    """T-0 of a world."""
    return datetime.fromisoformat(world.target["deployment"]["starts"]).astimezone(UTC)


def readings(world: World) -> Path:
    """The file of readings of a world."""
    return world.root / EVIDENCE / READINGS


def with_lines(
    path: Callable[[World], Path], change: Callable[[Lines], Sequence[Line] | None]
) -> Callable[[World], None]:
    """A world that has the lines of a file of JSON lines changed, or replaced by what the change gives."""

    def breaks(world: World) -> None:
        place = path(world)
        lines = [json.loads(line) for line in place.read_text(encoding="utf-8").splitlines()]
        changed = change(lines)
        kept = lines if changed is None else changed
        place.write_text("".join(json.dumps(line) + "\n" for line in kept), encoding="utf-8")

    return breaks


def read(change: Callable[[Lines], Sequence[Line] | None]) -> Callable[[World], None]:
    """A world with other readings; the first line is the window."""
    return with_lines(readings, change)


def logged(change: Callable[[Lines], Sequence[Line] | None]) -> Callable[[World], None]:
    """A world with another execution log."""
    return with_lines(lambda world: world.root / LOG, change)


def hour_of(line: Line) -> float:
    """How many hours after T-0 a reading is due: the window opens at T+1h, with a tick every five minutes."""
    return 1 + line["n"] / 12 if line["kind"] == "sample" else -1.0


def from_to(lines: Lines, first: float, last: float) -> Iterator[Line]:
    """The readings of some hours after T-0, both ends included."""
    yield from (line for line in lines if first <= hour_of(line) <= last)


def without(first: float, last: float) -> Callable[[World], None]:
    """A world without the readings of some hours."""
    return read(lambda lines: [line for line in lines if not first <= hour_of(line) <= last])


def called(name: str, first: float, last: float, **call: Any) -> Callable[[World], None]:
    """A world in which a tool, or every one with *, answered otherwise in some hours."""

    def change(lines: Lines) -> None:
        for line in from_to(lines, first, last):
            for tool in line["knowledge"] if name == "*" else (name,):
                line["knowledge"][tool] = {**line["knowledge"][tool], **call}

    return read(change)


def part(name: str, first: float, last: float, **figures: Any) -> Callable[[World], None]:
    """A world in which the machine or the database said something else in some hours."""

    def change(lines: Lines) -> None:
        for line in from_to(lines, first, last):
            line[name].update(figures)

    return read(change)


def lacking(name: str, *keys: str, first: float = 0, last: float = 30) -> Callable[[World], None]:
    """A world whose readings lack a part, or some keys of it."""

    def change(lines: Lines) -> None:
        for line in from_to(lines, first, last):
            if not keys:
                del line[name]
            for key in keys:
                del line[name][key]

    return read(change)


def filling(start: float, an_hour: float) -> Callable[[World], None]:
    """A world whose disk fills by so many percent an hour."""

    def change(lines: Lines) -> None:
        for line in from_to(lines, 0, 30):
            line["host"]["disk_percent"] = min(round(start + an_hour * hour_of(line), 3), 100.0)

    return read(change)


def errors(message: str, *hours: float, level: str = "error") -> Callable[[World], None]:
    """A world whose execution log has an error at some hours after T-0."""

    def breaks(world: World) -> None:
        at = [starts(world) + timedelta(hours=hour) for hour in hours]
        text = "".join(
            json.dumps(
                {
                    "time": time.isoformat(),
                    "run": "day-0",
                    "version": RELEASE.previous,
                    "architecture": "rag-only",
                    "event": "log",
                    "step": None,
                    "level": level,
                    "message": message.replace("{n}", str(number)),
                }
            )
            + "\n"
            for number, time in enumerate(at)
        )
        path = world.root / "executions.d"
        path.mkdir(exist_ok=True)
        (world.root / LOG).rename(path / "a.jsonl") if (world.root / LOG).exists() else None
        (path / f"b{len(list(path.iterdir()))}.jsonl").write_text(text, encoding="utf-8")
        world.target["executions"] = path.name

    return breaks


def text_log(*lines: str, name: str = "service.log") -> Callable[[World], None]:
    """A world with a plain text log; {hours} in a line is the time that many hours after T-0."""

    def breaks(world: World) -> None:
        written = []
        for line in lines:
            hours, _, rest = line.partition(" ")
            stamp = (starts(world) + timedelta(hours=float(hours))).isoformat(timespec="seconds")
            written.append(f"{stamp} {rest}\n")
        (world.root / name).write_text("".join(written), encoding="utf-8")
        world.target.setdefault("error_logs", []).append(name)

    return breaks


def text_json(hours: float, name: str = "service.log", **values: Any) -> Callable[[World], None]:
    """A world with a log of one line of JSON, so many hours after T-0."""

    def breaks(world: World) -> None:
        time = (starts(world) + timedelta(hours=hours)).isoformat()
        (world.root / name).write_text(json.dumps({**values, "time": time}) + "\n", encoding="utf-8")
        world.target.setdefault("error_logs", []).append(name)

    return breaks


def several(*breaks: Callable[[World], object]) -> Callable[[World], None]:
    """One after the other."""

    def all_of_them(world: World) -> None:
        for each in breaks:
            each(world)

    return all_of_them
