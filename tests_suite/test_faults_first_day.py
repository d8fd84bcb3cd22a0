"""Every fault of the first day trips exactly its items, and what is odd and harmless passes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from fixtures.monitoring.samples import Window
from fixtures.reference import dump, firstday
from tests_suite.faults import first_day, world
from tests_suite.faults.announced import NOWHERE, Faults, both, drop
from tests_suite.faults.announced import as_yaml as written_as_yaml
from tests_suite.faults.announced import at as hours
from tests_suite.faults.proof import prove
from tests_suite.faults.records import put
from tests_suite.faults.watched import (
    RELEASE,
    Lines,
    called,
    errors,
    from_to,
    hour_of,
    lacking,
    part,
    read,
    readings,
    several,
    starts,
    text_log,
    watched,
    without,
)
from tests_suite.faults.world import Fault, World, run_gate

FAULTS = list(first_day.FAULTS)
ITEMS = [f"3.2.{number}" for number in range(1, 8)]


@pytest.fixture
def over(tmp_path: Path) -> World:
    """A healthy world whose first day is over; this gate asks no server of it."""
    made = world.make(tmp_path / "world", NOWHERE)
    watched(made)
    return made


@pytest.mark.parametrize("fault", FAULTS, ids=[fault.name for fault in FAULTS])
def test_fault_of_the_first_day_trips_exactly_its_items(fault: Fault, over: World, tmp_path: Path) -> None:
    prove(fault, over, tmp_path / "reports")


def test_healthy_first_day_passes(over: World, tmp_path: Path) -> None:
    run = over.run("first_day", tmp_path / "reports")

    assert run.status == 0, run.output
    assert run.outcomes == dict.fromkeys(ITEMS, "passed"), run.messages
    assert run.verdict is not None
    assert run.verdict["verdict"] == "PASS"
    digest = hashlib.sha256(readings(over).read_bytes()).hexdigest()
    assert run.verdict["target"]["subjects"]["readings"] == {"location": str(readings(over)), "sha256": digest}


def test_reference_has_a_first_day_of_its_own(tmp_path: Path) -> None:
    run = run_gate("first_day", reports=tmp_path / "reports")

    assert run.status == 0, run.output
    assert run.outcomes == dict.fromkeys(ITEMS, "passed"), run.messages
    assert run.seconds_of(ITEMS) < 10


recorded = Faults("first_day").changing


def _explained(what: str, first: float, last: float) -> Callable[[World], None]:
    entry = {"what": what, "from": hours(first), "until": hours(last), "by": "Ines Example"}
    return recorded(put("explanations", to=[{**entry, "reason": "The index was rebuilt, as announced"}]))


def _saw(lines: Lines) -> None:
    """A log that is rotated every four hours, on a disk that does not fill otherwise."""
    for line in from_to(lines, 0, 30):
        line["host"]["disk_percent"] = 60 + 4 * (hour_of(line) % 4)


def _late(lines: Lines) -> None:
    """Readings that a clock starts, and that begin some seconds after it."""
    for number, line in enumerate(from_to(lines, 0, 30)):
        begun = line["begun"].replace(":01+", f":{2 + number * 7 % 50:02}+")
        assert begun != line["begun"]
        line.update(begun=begun, ended=begun)


def _every_five_minutes(world: World) -> None:
    window = Window("production", starts(world) + timedelta(hours=1), starts(world) + timedelta(hours=24), 300.0)
    found = list(firstday.samples(window, RELEASE.knowledge_tools))
    lines = [json.loads(line) for line in readings(world).read_text(encoding="utf-8").splitlines()]
    dense = [found[0]._replace(n=n, scheduled=window.due(n), begun=window.due(n)) for n in range(window.ticks)]
    readings(world).write_text(
        "".join(json.dumps(each) + "\n" for each in (lines[0], *(sample.plain() for sample in dense))), encoding="utf-8"
    )


def _two_files(world: World) -> None:
    """The first hour by the gate of 3.1, the day by the hourly command."""
    lines = readings(world).read_text(encoding="utf-8").splitlines(keepends=True)
    (world.root / "hour.jsonl").write_text("".join(lines[:13]), encoding="utf-8")
    (world.root / "day.jsonl").write_text("".join([lines[0], *lines[13:]]), encoding="utf-8")
    readings(world).unlink()
    world.target["monitoring"] = {"samples": "hour.jsonl"}
    world.target["first_day"] = {"readings": "day.jsonl"}


def _own_backup(world: World) -> None:
    made = dump.make(world.root / "nightly")
    taken = (starts(world) + timedelta(hours=12)).isoformat()
    world.target["first_day"] = {"backup": {"path": str(made.archive.relative_to(world.root)), "taken_at": taken}}
    world.target["backup"]["taken_at"] = (starts(world) - timedelta(hours=5)).isoformat()


VARIATIONS: dict[str, Callable[[World], None]] = {
    "a record in YAML": lambda world: written_as_yaml(world, "first_day"),
    "a reading every five minutes": _every_five_minutes,
    "readings that begin some seconds late": read(_late),
    "the hour and the day in files of their own": _two_files,
    "only the watch itself": read(lambda lines: [lines[0], *from_to(lines, 2, 24)]),
    "one slow hour": called("search_knowledge", 12, 12, ms=300.0),
    "two slow hours": called("search_knowledge", 12, 13, ms=300.0),
    "a little slower all day": called("search_knowledge", 4, 24, ms=17.0),
    "slower, and explained": several(
        called("search_knowledge", 12, 16, ms=80.0), _explained("search_knowledge", 11, 17)
    ),
    "a failure, and explained": several(
        called("*", 11, 11, ok=False, error="HTTP 503"), _explained("knowledge", 10.5, 11.5)
    ),
    "a restart, and explained": several(
        part("database", 15, 24, uptime_seconds=120), _explained("database", 14.5, 15.5)
    ),
    "one slow ping": part("database", 12, 12, ping_ms=90.0),
    "the database on record by people": several(
        lacking("database"),
        recorded(
            put("database", to={"checked": [hours(5), hours(20)], "by": "Ines Example", "found": "No slow query"})
        ),
    ),
    "readings missing at night, and people looked": several(
        without(12, 12),
        recorded(put("checks", to=[{"at": hours(12), "by": "Ines Example", "found": "All runs completed"}])),
    ),
    "an old error, once": errors("lock of project {n} was stale", -5, 8),
    "a new error with an issue": several(
        errors("lock of project {n} was stale", 8, 9),
        recorded(
            lambda data: data["errors"]["patterns"].append({"pattern": "lock of project 8 was stale", "issue": "#7"})
        ),
    ),
    "a text log without errors": text_log("-3 INFO started", "4 INFO stopped"),
    "a text log that the new version begins": text_log("0.9 INFO started", "4 INFO stopped"),
    "a disk that goes up and down": read(_saw),
    "another backup for the day": _own_backup,
    "no feedback, and said so": Faults("feedback").changing(
        both(
            drop("reports"),
            put("issues", to=[]),
            put("no_reports", to={"by": "Paul Example", "at": hours(24)}),
        )
    ),
}


# What people saw of the executions is no reading of the server.
FAILING = {
    "readings missing at night, and people looked": {"3.2.2": "failed"},
    "slower, and explained": {"3.2.2": "degraded"},
    "a failure, and explained": {"3.2.2": "degraded"},
    "a restart, and explained": {"3.2.5": "degraded"},
}


@pytest.mark.parametrize("name", VARIATIONS)
def test_harmless_variation_passes(name: str, over: World, tmp_path: Path) -> None:
    before = over.digest()
    VARIATIONS[name](over)
    assert over.digest() != before

    run = over.run("first_day", tmp_path / "reports")

    expected = dict.fromkeys(ITEMS, "passed") | FAILING.get(name, {})
    assert run.outcomes == expected, f"{run.messages}\n{run.output}"


def test_reports_hold_the_day_and_its_patterns(over: World, tmp_path: Path) -> None:
    run = over.run("first_day", tmp_path / "reports")

    assert run.status == 0, run.output
    day = json.loads((tmp_path / "reports" / "first_day" / "first-day.json").read_text(encoding="utf-8"))
    patterns = json.loads((tmp_path / "reports" / "first_day" / "error-patterns.json").read_text(encoding="utf-8"))
    assert len(day["hours"]) == 22
    assert all(hour["looks"] and "host.disk_percent" in hour["medians"] for hour in day["hours"])
    assert [each["since"] for each in patterns["patterns"]] == [4, 4]
    assert {frozenset(each) for each in patterns["patterns"]} == {
        frozenset(("pattern", "example", "before", "since", "first", "last", "new", "increasing"))
    }


def test_faults_have_names_of_their_own_and_reach_every_item() -> None:
    names = [fault.name for fault in FAULTS]

    assert len(names) == len(set(names)) >= 45
    assert {item for fault in FAULTS for item in fault.trips} == set(ITEMS)
