"""A world whose first hour was watched, and the making of faults in what was kept of it, or in what is still watched.

The watch of the recorded hour was killed when all that it had to do was done: the gate goes on with it, finds nothing
left to sample, and judges what is there, by the plan's own limits.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from fixtures import target as targets
from fixtures.monitoring.monitoringtarget import MonitoringTarget
from fixtures.monitoring.samples import Call, Sample, Smoke, Window, line_of
from fixtures.monitoring.series import HEALTH
from fixtures.monitoring.subject import digest
from fixtures.reference import executions
from gate import checklist
from tests_suite.faults.announced import announced
from tests_suite.faults.sick_server import Behaviour, Exchange, SickServer, forward
from tests_suite.faults.world import World

RELEASE = checklist.load().release
SAMPLES = "samples.jsonl"
CALLS = (HEALTH, *RELEASE.knowledge_tools)
HOST = {
    "disk_percent": 41.0,
    "disk_free_bytes": 118_000_000_000,
    "disk_total_bytes": 200_000_000_000,
    "cpu_percent": 22.5,
    "memory_percent": 38.0,
    "network_percent": 3.0,
    "network_bytes_per_second": 3_750_000.0,
}
LIVE = {"minutes": 3 / 60, "every_seconds": 1.0, "smoke_every_seconds": 3.0, "host": "local", "link_mbit": 1000}
Line = dict[str, Any]
Lines = list[Line]
Change = Callable[[Lines], Lines | None]


def hour(world: World) -> None:
    """Give a world a deployment of yesterday, an execution log, and the whole record of its first hour."""
    announced(world)
    starts = datetime.fromisoformat(world.target["deployment"]["starts"])
    versions = (RELEASE.previous, RELEASE.version)
    log = executions.write_around(world.root, starts, datetime.now(UTC), versions, RELEASE.parts)
    world.target["executions"] = log.name
    world.target["monitoring"] = {"host": "local", "link_mbit": 1000, "samples": SAMPLES}
    keep(world)


def keep(world: World, change: Change = lambda lines: None) -> None:
    """Write the record of an hour that is just over, changed; it is of what the world's target says now."""
    lines = list(good_hour(window_of(world)))
    changed = change(lines)
    kept = lines if changed is None else changed
    (world.root / SAMPLES).write_text("".join(json.dumps(line) + "\n" for line in kept), encoding="utf-8")


def window_of(world: World) -> Window:
    """The window that ended a moment ago, of the target that the world has now."""
    own = targets.from_file(world.write_target())
    told: MonitoringTarget = own.monitoring
    seconds = told.minutes * 60
    opened = datetime.now(UTC) - timedelta(seconds=seconds + 1)
    closes = opened + timedelta(seconds=seconds)
    return Window(digest(own, RELEASE), opened, closes, told.every_seconds, told.smoke_every_seconds)


def good_hour(window: Window) -> Iterator[Line]:
    """The lines of an hour in which all went well."""
    yield plain(window)
    for n in range(window.ticks):
        due = window.due(n)
        calls = {name: Call(20.0 + 3 * number + n % 4, True) for number, name in enumerate(CALLS)}
        begun = due + timedelta(milliseconds=1)
        yield plain(Sample(n, due, begun, due + timedelta(seconds=0.4), calls, HOST))
    for n in range(window.smoke_runs):
        due = window.opened + timedelta(seconds=n * (window.smoke_every_seconds or 1))
        yield plain(Smoke(n, due, due, due + timedelta(seconds=1.4), "PASS", 1.4, "smoke/verdict.json", RELEASE.steps))


def plain(record: Window | Sample | Smoke) -> Line:
    """A record as it is read back."""
    read: Line = json.loads(line_of(record))
    return read


def kept(change: Change) -> Callable[[World], None]:
    """A world whose record of the hour is another one."""
    return lambda world: keep(world, change)


def aimed(change: Callable[[dict[str, Any]], object], lines: Change = lambda lines: None) -> Callable[[World], None]:
    """A world whose target says something else, with a record of just that."""

    def breaks(world: World) -> None:
        change(world.target)
        keep(world, lines)

    return breaks


def samples(lines: Lines) -> Lines:
    """The samples among the lines."""
    return [line for line in lines if line["kind"] == "sample"]


def smokes(lines: Lines) -> Lines:
    """The smoke runs among the lines."""
    return [line for line in lines if line["kind"] == "smoke"]


def call(name: str, *ticks: int, ms: float | None = None, error: str = "") -> Change:
    """Some calls of one tool that were slow, or failed."""

    def change(lines: Lines) -> None:
        for line in samples(lines):
            if line["n"] in ticks:
                told = line["knowledge"][name]
                told.update(ms=told["ms"] if ms is None else ms, ok=not error, **({"error": error} if error else {}))

    return change


def figure(name: str, value: float | None, *ticks: int, why: str = "") -> Change:
    """A figure of the machine at some ticks; None takes it away, and says why."""

    def change(lines: Lines) -> None:
        for line in samples(lines):
            if line["n"] in ticks:
                line["host"][name] = value
                if why:
                    line["host"]["unknown"] = {name: why}

    return change


def moved(field: str, seconds: float, *ticks: int) -> Change:
    """A time of some samples that is another one."""

    def change(lines: Lines) -> None:
        for line in samples(lines):
            if line["n"] in ticks:
                line[field] = (datetime.fromisoformat(line[field]) + timedelta(seconds=seconds)).isoformat()

    return change


def run(number: int, **changed: Any) -> Change:
    """A smoke run that went another way."""
    return lambda lines: smokes(lines)[number].update(changed)


def without(kind: str, *numbers: int) -> Change:
    """A record in which some samples or smoke runs are missing."""
    return lambda lines: [line for line in lines if not (line["kind"] == kind and line["n"] in numbers)]


def live(**changed: Any) -> Callable[[World], None]:
    """A world that is watched for three seconds, by limits that suit these, on a machine that is busy with tests."""

    def breaks(world: World) -> None:
        world.target["monitoring"] = {**LIVE, "samples": SAMPLES, **changed}
        (world.root / SAMPLES).unlink()
        world.override("3.1.1", "observed time", 0.0008)
        world.override("3.1.3", "observed time", 0.0008)
        for limit in ("disk usage", "CPU usage", "memory usage", "network bandwidth"):
            world.override("3.1.3", limit, 101)

    return breaks


def behind(behaviours: Mapping[str, Behaviour], **changed: Any) -> Callable[[World], None]:
    """A world that is watched while its server misbehaves."""

    def breaks(world: World) -> None:
        live(**changed)(world)
        server = world.running.enter_context(SickServer(world.target["knowledge"]["url"], behaviours))
        world.target["knowledge"] = {"url": server.url, "timeout_seconds": 5}

    return breaks


def on_tool(name: str, then: Behaviour, first: int = 1, once: bool = False) -> Behaviour:
    """What happens to the calls of one tool over MCP, from the first one that is meant on; all others are forwarded.

    The server counts, not this: a fault is proved in many worlds, and its pairs in the same process.
    """

    def behave(exchange: Exchange) -> None:
        params = exchange.rpc().get("params") or {}
        if params.get("name") == name:
            exchange.server.calls[name] += 1
            number = exchange.server.calls[name]
            if number == first or (number > first and not once):
                then(exchange)
                return
        forward(exchange)

    return behave
