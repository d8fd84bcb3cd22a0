"""The readings of a day as series, wherever they come from, and what is written of them for the folder of reports."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from fixtures.finding import Finding
from fixtures.firstday import readings, summary
from fixtures.firstday.patterns import Cluster, Clusters
from fixtures.firstday.period import HOUR, at, period_of
from fixtures.firstday.readings import Database, Failure, Readings
from fixtures.monitoring import samples
from fixtures.monitoring.samples import Call, Sample, SamplesError, Window
from fixtures.monitoring.series import Point
from fixtures.schedule import Schedule

T0 = datetime(2026, 1, 6, 9, 0, tzinfo=UTC)
DAY = period_of(Schedule(T0))


def _at(hours: float) -> float:
    return DAY.deployed + HOUR * hours


def _sample(hours: float, late: float = 0.0, **parts: Any) -> Sample:
    due = T0 + timedelta(hours=hours)
    begun = due + timedelta(seconds=late)
    return Sample(round(hours * 60), due, begun, begun, **parts)


@pytest.mark.parametrize(
    ("late", "counted"), [(0.0, 0.0), (59.9, 0.0), (60.0, 60.0), (61.0, 61.0), (-0.1, -0.1), (-90.0, -90.0)]
)
def test_reading_counts_when_it_was_due_unless_it_was_late_by_a_minute(late: float, counted: float) -> None:
    assert readings.taken(_sample(3, late)) == pytest.approx(_at(3) + counted, abs=1e-3)


def test_samples_become_series_and_failures_in_the_order_of_time() -> None:
    found = Readings("r.jsonl")
    found.add(
        [
            _sample(5, knowledge={"health": Call(7.0, False, "later"), "a": Call(8.0, True)}, database={"ok": False}),
            _sample(3, knowledge={"a": Call(5.0, True), "health": Call(9.0, False, "gone")}, database={"ok": True}),
            _sample(4, host={"disk_percent": 0, "cpu_percent": None, "memory_percent": 41, "unknown": {"cpu": "?"}}),
            _sample(2, host={"disk_percent": 7.5}),
        ]
    )

    found.settle()

    assert found.looks == [_at(2), _at(3), _at(4), _at(5)]
    assert found.series == {
        "knowledge.a": [Point(_at(3), 5.0), Point(_at(5), 8.0)],
        "host.disk_percent": [Point(_at(2), 7.5), Point(_at(4), 0.0)],
        "host.memory_percent": [Point(_at(4), 41.0)],
    }
    assert found.failures == [Failure(_at(3), "health", "gone"), Failure(_at(5), "health", "later")]
    assert found.databases == [Database(_at(3), {"ok": True}), Database(_at(5), {"ok": False})]
    assert (found.points("knowledge.a"), found.points("a")) == (found.series["knowledge.a"], ())


def test_calls_are_those_that_failed_too() -> None:
    found = Readings("r.jsonl", series={"knowledge.a": [Point(4.0, 1.0), Point(2.0, 1.0)]})
    found.failures += [Failure(3.0, "a", "gone"), Failure(1.0, "b", "gone")]

    assert (found.calls("a"), found.calls("b"), found.calls("c")) == ([2.0, 3.0, 4.0], [1.0], [])


def _file(path: Path, *taken: Sample, more: str = "") -> Path:
    samples.append(path, Window("production", T0, T0 + timedelta(hours=25), 60.0))
    for each in taken:
        samples.append(path, each)
    with path.open("a", encoding="utf-8") as stream:
        stream.write(more)
    return path


def test_readings_of_several_files_are_joined(tmp_path: Path) -> None:
    hour = _file(tmp_path / "hour.jsonl", _sample(1), more='{"kind":"sample","n"')
    day = _file(tmp_path / "day.jsonl", _sample(2), _sample(3), more='{"kind":"sample","n":7}\n')

    found = readings.from_files([day, hour])

    assert found.source == "day.jsonl and hour.jsonl"
    assert found.looks == [_at(1), _at(2), _at(3)]
    assert [(each.file, each.line) for each in found.faults] == [("day.jsonl", 4)]
    (torn,) = found.remarks
    assert (torn.file, torn.line) == ("hour.jsonl", None)
    assert torn.message
    assert not torn.message.startswith("hour.jsonl")


def test_series_of_prometheus_win_and_its_scrapes_are_looks() -> None:
    own = Readings(
        "r.jsonl",
        [5.0],
        {"host.cpu_percent": [Point(5.0, 1.0)], "host.disk_percent": [Point(5.0, 2.0)]},
        [Failure(5.0, "a", "gone")],
        [Database(5.0, {"ok": True})],
        [Finding("r.jsonl", 3, "odd")],
        [Finding("r.jsonl", 4, "torn")],
        {"knowledge.a": (Finding(None, None, "none"),)},
    )
    points = {"host.cpu_percent": [Point(7.0, 9.0), Point(3.0, 8.0)], "host.disk_percent": [], "b": [Point(3.0, 1.0)]}

    joined = readings.with_engine(own, points, "http://prometheus")

    assert joined == Readings(
        "r.jsonl and http://prometheus",
        [3.0, 5.0, 7.0],
        {
            "host.cpu_percent": [Point(3.0, 8.0), Point(7.0, 9.0)],
            "host.disk_percent": [Point(5.0, 2.0)],
            "b": [Point(3.0, 1.0)],
        },
        own.failures,
        own.databases,
        own.faults,
        own.remarks,
        own.missing,
    )
    assert readings.with_engine(Readings("r.jsonl"), points, "http://prometheus").source == "http://prometheus"


def test_file_that_is_not_there_is_said_with_how_to_take_readings() -> None:
    error = SamplesError(Finding("r.jsonl", 7, "is missing; expected readings"))

    assert readings.absence(error, DAY) == Finding(
        "r.jsonl",
        7,
        "is missing; expected readings, 22 hours of them: take one every hour: python -m fixtures.firstday read "
        "--target FILE",
    )


def test_every_hour_of_the_watch_is_written_with_its_medians() -> None:
    found = Readings(
        "r.jsonl",
        series={
            "knowledge.b": [Point(_at(2), 1.0), Point(_at(2.5), 2.00049), Point(_at(24), 8.0)],
            "knowledge.a": [Point(_at(3.5), 4.0)],
        },
    )

    text = summary.hours(found, DAY, [_at(2), _at(2.9), _at(3), _at(24)])

    assert text.startswith('{\n "schema": 1,\n "readings": "r.jsonl",\n "hours": [\n  {\n   "from": ')
    assert text.endswith("}\n")
    hours = json.loads(text)["hours"]
    assert [each["looks"] for each in hours] == [2, 1, *[0] * 20]
    assert hours[0] == {"from": at(_at(2)), "until": at(_at(3)), "looks": 2, "medians": {"knowledge.b": 1.5}}
    assert [each["medians"] for each in hours[1:]] == [{"knowledge.a": 4.0}, *[{}] * 19, {"knowledge.b": 8.0}]


def test_patterns_are_written_as_they_can_be_put_on_record() -> None:
    old = Cluster("old", "a.log", 1, "old", before=3)
    new = Cluster("é <n>", "a.log", 2, "é 7", 0, 6, 0, 6, _at(3), _at(5))
    again = Cluster("again", "a.log", 3, "again", 2, 9, 5, 4, _at(2), _at(4))

    text = summary.patterns(Clusters(0.0, 1.0, 2.0, found={each.pattern: each for each in (old, new, again)}))

    assert "é" in text
    assert json.loads(text) == {
        "schema": 1,
        "patterns": [
            {"pattern": "again", "example": "again", "before": 2, "since": 9, "first": at(_at(2)), "last": at(_at(4)),
             "new": False, "increasing": False},
            {"pattern": "é <n>", "example": "é 7", "before": 0, "since": 6, "first": at(_at(3)), "last": at(_at(5)),
             "new": True, "increasing": True},
        ],
    }  # fmt: skip
