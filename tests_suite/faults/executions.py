"""Faults of the execution log in the first hour (3.1.2): errors, steps that do not end, growing memory, silence."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from fixtures.reference import executions as reference
from gate import checklist
from tests_suite.faults.world import Fault, World

ITEM = "3.1.2"
FAILED, DEGRADED = {ITEM: "failed"}, {ITEM: "degraded"}
RELEASE = checklist.load().release
# Runs of the reference's log by the time they begin, in minutes after T-0: 12, 55, 65, 90, 105; the hour is 60 to 120.
EARLY, FIRST, SECOND, THIRD = "run-10", "run-11", "run-12", "run-13"
Event = dict[str, Any]
Events = list[Event]
Change = Callable[[Events, datetime], Events | None]


def path_of(world: World) -> Path:
    """Where the execution log of a world lies: where the target says."""
    return world.root / str(world.target["executions"])


def starts(world: World) -> datetime:
    """T-0 of a world."""
    return datetime.fromisoformat(world.target["deployment"]["starts"]).astimezone(UTC)


def logged(change: Change) -> Callable[[World], None]:
    """A world with its log changed: the change gets the events and T-0, and may give others instead."""

    def breaks(world: World) -> None:
        path = path_of(world)
        events = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        changed = change(events, starts(world))
        path.write_text("".join(reference.lines(events if changed is None else changed)), encoding="utf-8")

    return breaks


def at(event: Event) -> datetime:
    """When an event was."""
    return datetime.fromisoformat(event["time"])


def of(events: Events, run: str, kind: str, step: str | None = None) -> int:
    """Where an event of a run stands."""
    return next(
        number
        for number, event in enumerate(events)
        if event["run"] == run and event["event"] == kind and step in (None, event["step"])
    )


def without(events: Events, run: str, kind: str, step: str | None = None) -> Events:
    """The log without one event of a run."""
    number = of(events, run, kind, step)
    return [*events[:number], *events[number + 1 :]]


def cut(events: Events, run: str, step: str, *more: Event) -> Events:
    """A run that ends in a step; `more` are events that come then, with what they say of their own."""
    start = of(events, run, "step_started", step)
    kept = [event for number, event in enumerate(events) if event["run"] != run or number <= start]
    last = events[start]
    ends = [{**last, "time": _later(last, minutes), **each} for minutes, each in enumerate(more, 1)]
    place = of(kept, run, "step_started", step) + 1
    return [*kept[:place], *ends, *kept[place:]]


def _later(event: Event, minutes: float) -> str:
    return (at(event) + timedelta(minutes=minutes)).isoformat(timespec="milliseconds")


def entry(run: str, minutes: float, **values: Any) -> Change:
    """A further entry of a run, that many minutes after T-0."""

    def change(events: Events, begun: datetime) -> Events:
        moment = begun + timedelta(minutes=minutes)
        number = max(place for place, event in enumerate(events) if event["run"] == run and at(event) <= moment)
        new = {**events[number], "event": "log", "time": moment.isoformat(), **values}
        return [*events[: number + 1], new, *events[number + 1 :]]

    return change


def memory(figure: Callable[[float], float | None], run: str = SECOND, every: float = 1.0) -> Change:
    """Another memory of a run's process, by the minutes since it began, with an entry every so many minutes."""

    def change(events: Events, begun: datetime) -> Events:
        own = [event for event in events if event["run"] == run]
        others = [event for event in events if event["run"] != run]
        first = at(own[0])
        dense = [*own]
        for number in range(1, int((at(own[-1]) - first).total_seconds() / 60 / every)):
            moment = first + timedelta(minutes=number * every)
            before = max((event for event in own if at(event) <= moment), key=at)
            said = {"event": "log", "step": before["step"], "message": "still at it", "level": "debug"}
            dense.append({**before, **said, "time": moment.isoformat(timespec="milliseconds")})
        return [*others, *_remembered(sorted(dense, key=at), first, figure)]

    return change


def _remembered(own: Events, first: datetime, figure: Callable[[float], float | None]) -> Iterator[Event]:
    for event in own:
        amount = figure((at(event) - first).total_seconds() / 60)
        rest = {key: value for key, value in event.items() if key != "memory_mb"}
        yield rest if amount is None else {**rest, "memory_mb": round(amount, 2)}


def _without_minutes(first: float, last: float) -> Change:
    """Nothing logged from one minute after T-0 to another."""

    def change(events: Events, begun: datetime) -> Events:
        since, until = (begun + timedelta(minutes=minutes) for minutes in (first, last))
        return [event for event in events if not since <= at(event) < until]

    return change


def _of_version(version: str, runs: Callable[[str], bool]) -> Change:
    return lambda events, begun: [
        {**event, "version": version} if runs(event["run"]) else event for event in events
    ]  # fmt: skip


def _clock_back(events: Events, begun: datetime) -> None:
    number = of(events, SECOND, "log", "7")
    events[number]["time"] = (at(events[number]) - timedelta(minutes=20)).isoformat()


def _raw(change: Callable[[bytes], bytes]) -> Callable[[World], None]:
    def breaks(world: World) -> None:
        path = path_of(world)
        path.write_bytes(change(path.read_bytes()))

    return breaks


def _empty_folder(world: World) -> None:
    (world.root / "logs").mkdir()
    world.target["executions"] = "logs"


def _target(change: Callable[[dict[str, Any]], object]) -> Callable[[World], None]:
    return lambda world: (change(world.target), None)[1]


def _no_step_five(events: Events, begun: datetime) -> Events:
    """A run of rag-only that goes through step 5 all the same."""
    return [
        {**event, "architecture": "rag-only"} if event["run"] == SECOND and event["architecture"] == "hybrid" else event
        for event in events
    ]


def fault(name: str, breaks: Callable[[World], None], trips: dict[str, str], *says: str) -> Fault:
    """One fault of 3.1.2."""
    return Fault(f"execution log: {name}", breaks, trips, says, "monitoring")


FAILS = {"event": "step_failed", "level": "error", "message": "no answer"}
RUN_FAILS = {"event": "run_failed", "step": None, "level": "error", "message": "gives up"}
CRITICAL = {"level": "critical", "message": "the knowledge base is gone"}
GONE = "the knowledge base is gone"

ERRORS = (
    fault("a critical error in the hour", logged(entry(SECOND, 80, **CRITICAL)), FAILED, GONE,
          "run 'run-12', step 3b, process 4212"),
    fault("a critical error in its last minute", logged(entry(THIRD, 119.9, **CRITICAL)), FAILED, GONE),
    fault("a critical error in its first second", logged(entry(FIRST, 60, **CRITICAL)), FAILED, GONE),
    fault("a step of which the end is critical",
          logged(lambda events, _: events[of(events, SECOND, "step_completed", "4")].update(CRITICAL)), FAILED, GONE),
    fault("a step that fails with its run", logged(lambda events, _: cut(events, SECOND, "6", FAILS, RUN_FAILS)),
          FAILED, "run 'run-12', step 6: failed at", "was not completed afterwards"),
    fault("a run that fails between two steps", logged(lambda events, _: cut(
        events, SECOND, "6", {"event": "step_completed"}, RUN_FAILS)), FAILED, "run 'run-12': failed at"),
    fault("a run that fails in a step without a word of it", logged(lambda events, _: cut(
        events, SECOND, "6", RUN_FAILS)), FAILED, "run 'run-12': failed in step 6 at"),
    fault("a step that failed and was tried again", logged(lambda events, _: _again(events)), DEGRADED,
          "run 'run-12', step 4: failed at", "completed when it was tried again"),
    fault("a step without an end", logged(lambda events, _: without(events, SECOND, "step_completed", "7")), FAILED,
          "run 'run-12', step 7: begun at", "the run went on without it"),
    fault("a run that is completed in its last step",
          logged(lambda events, _: without(events, SECOND, "step_completed", "11")), FAILED,
          "run 'run-12', step 11: begun at"),
)  # fmt: skip


def _again(events: Events) -> Events:
    end = of(events, SECOND, "step_completed", "4")
    failed = {**events[end], **FAILS}
    return [*events[:end], failed, {**events[end], "event": "step_started"}, *events[end:]]


HANGS = (
    fault("a step that hangs", logged(lambda events, _: cut(events, SECOND, "6")), FAILED,
          "run 'run-12', step 6: hangs: open since", "it usually takes 3.6 min"),
    fault("a step that has hung since before the hour", logged(lambda events, _: cut(events, EARLY, "8")), FAILED,
          "run 'run-10', step 8: hangs"),
    fault("a step that hangs in every run", logged(lambda events, _: _all_hang(events)), FAILED,
          "step 5: hangs: open since", "no run has completed it yet"),
    fault("a process that leaks", logged(memory(lambda minutes: 512 + 20 * minutes)), FAILED,
          "process 4212: memory grows from", "that doubles it in 0.4"),
    fault("a process that leaks slowly", logged(memory(lambda minutes: 512 + 0.8 * minutes)), DEGRADED,
          "process 4212: memory grows from", "that doubles it in 11 h"),
    fault("a process that leaks and is noisy", logged(memory(
        lambda minutes: 512 + 6 * minutes + 40 * (int(minutes) % 2))), FAILED, "process 4212: memory grows"),
    fault("no memory in any line", logged(lambda events, _: [
        {key: value for key, value in event.items() if key != "memory_mb"} for event in events]), FAILED,
          "no line of the hour has memory_mb"),
)  # fmt: skip


def _all_hang(events: Events) -> Events:
    """Step 5 is never completed, before and since."""
    for run in dict.fromkeys(event["run"] for event in events):
        if any(event["run"] == run and event["step"] == "5" for event in events):
            events = cut(events, run, "5")
    return events


SILENT = (
    fault("a log that ends before the hour", logged(lambda events, begun: [
        event for event in events if at(event) < begun + timedelta(minutes=50)]), FAILED, "nothing was logged from",
          "observed time: 0 h"),
    fault("a log that ends in the hour", logged(_without_minutes(100, 10_000)), FAILED, "for 20 min",
          "observed time: 0.66"),
    fault("a silence of 25 minutes", logged(_without_minutes(80, 105)), FAILED, "for 25 min",
          "the limit is ≥ 1 h"),
    fault("the version before in the whole hour", logged(_of_version("1.0.0", lambda run: int(run[4:]) >= 10)), FAILED,
          "no run of 2.0.0 with a completed step", "versions seen: 1.0.0"),
    fault("one user with the version before", logged(_of_version("1.0.0", lambda run: run == THIRD)), DEGRADED,
          "run 'run-13' began at", "after T-0, with 1.0.0; expected 2.0.0"),
    fault("no log", _target(lambda target: target.update(executions="nowhere")), FAILED, "does not exist",
          "the target's `executions`"),
    fault("a target without a log", _target(lambda target: target.pop("executions")), FAILED,
          "the target provides no execution log (executions)"),
    fault("a folder without a log", _empty_folder, FAILED, "holds no *.jsonl"),
    fault("an empty log", _raw(lambda raw: b""), FAILED, "holds no event, nothing verified"),
    fault("a log of another kind", _raw(lambda raw: b"2026-01-06 10:00:00 INFO run-12 begins\n" * 500), FAILED,
          "no valid JSON"),
    fault("a log in UTF-16", _raw(lambda raw: raw.decode().encode("utf-16")), FAILED, "is not UTF-8"),
)  # fmt: skip

ODD = (
    fault("a clock that goes back", logged(_clock_back), DEGRADED, "run 'run-12': its clock goes back by 18"),
    fault("a step that is not on the path", logged(_no_step_five), DEGRADED, "which is not on the path of rag-only"),
    fault("a step left out", logged(lambda events, _: [
        event for event in events if (event["run"], event["step"]) != (SECOND, "9")]), DEGRADED,
          "starts step '10'; expected step 9 before it"),
    fault("a line that is no event", _raw(lambda raw: raw + b"Traceback (most recent call last)\n"), DEGRADED,
          "no valid JSON"),
)  # fmt: skip

FAULTS = (*ERRORS, *HANGS, *SILENT, *ODD)
