"""Whether a first day was watched, and what the server did in it, held against every finding that is made of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from fixtures.evidence.record import Record
from fixtures.executions.log import ExecutionLog
from fixtures.executions.run import Run
from fixtures.finding import Finding
from fixtures.firstday import drift, looks
from fixtures.firstday.explained import Explanation
from fixtures.firstday.period import HOUR, Period, Stretch, at, period_of, stretches
from fixtures.firstday.readings import Failure, Readings
from fixtures.monitoring.series import Point
from fixtures.schedule import Schedule

T0 = datetime(2026, 1, 6, 9, 0, tzinfo=UTC)
DAY = period_of(Schedule(T0))


def _at(hours: float) -> float:
    return DAY.deployed + HOUR * hours


def _time(hours: float) -> str:
    return at(_at(hours))


def _span(since: float, until: float) -> str:
    return str(Stretch(_at(since), _at(until)))


def _said(findings: Iterable[Finding], file: str = "r.jsonl") -> list[str]:
    found = list(findings)
    assert all((each.file, each.line) == (file, None) for each in found)
    return [each.message for each in found]


def _points(values: Sequence[float], first: float = 2.5) -> list[Point]:
    return [Point(_at(first + number), value) for number, value in enumerate(values)]


# The time that is watched


def test_end_of_the_watch_belongs_to_its_last_hour() -> None:
    points = [Point(_at(hours), hours) for hours in (1.99, 2, 2.5, 3, 23.5, 24, 24.01)]

    assert DAY.hourly(points) == {0: [2, 2.5], 1: [3], 21: [23.5, 24]}
    assert [point.value for point in DAY.within(points)] == [2, 2.5, 3, 23.5, 24]
    assert (DAY.count, Period(0.0, HOUR, 4.4 * HOUR).count) == (22, 3)


def test_stretch_is_as_long_as_it_is_to_the_minute() -> None:
    assert Stretch(0.0, 3629.0).hours == 1
    assert Stretch(0.0, 3631.0).hours == 61 / 60
    assert str(Stretch(0.0, 5400.0)) == "1970-01-01T00:00+00:00 to 1970-01-01T01:30+00:00 (1.5 h)"
    assert stretches([7, 3, 4, 0], DAY) == [
        Stretch(_at(2), _at(3)), Stretch(_at(5), _at(7)), Stretch(_at(9), _at(10))
    ]  # fmt: skip


# 3.2.1: looks


def test_looks_are_readings_and_what_people_put_on_record_instead() -> None:
    readings = Readings("r.jsonl", [_at(5), _at(3)])

    assert looks.looks_of(readings, Record("first_day.yaml", {"checks": [{"at": _time(4)}]})) == [
        _at(3),
        _at(4),
        _at(5),
    ]
    assert looks.looks_of(readings, Record("first_day.yaml", {})) == [_at(3), _at(5)]


def test_look_on_record_was_taken_by_somebody_who_saw_something() -> None:
    checks = [
        {"at": _time(5), "by": "Ada One", "found": "All figures as before"},
        {"at": _time(6), "by": "team", "found": "fine"},
        {"at": _time(6 + 5 / 60), "by": "Ada One", "found": "All figures as before"},
        {"at": _time(6.1), "by": "Ada One", "found": "All figures as before"},
    ]
    record = Record("first_day.yaml", {"checks": checks})

    assert _said(looks.check_findings(record, T0 + timedelta(hours=6)), "first_day.yaml") == [
        "checks[1].by: 'team' is nobody's name",
        "checks[1].found: 'fine' is too short to be understood; expected at least 10 characters, in words",
        f"checks[3].at: {_time(6.1)} is still to come",
    ]
    assert _said(looks.check_findings(record, T0 + timedelta(hours=6, minutes=1)), "first_day.yaml")[2:] == []
    assert list(looks.check_findings(Record("first_day.yaml", {}), T0)) == []


@pytest.mark.parametrize(
    ("hours", "spans", "observed"),
    [
        ([0.99, 1, 2, 3, 24, 25], [(2, 3), (3, 24)], 22),
        ([1, 3], [(1, 3)], 1),
        ([0.99, 3], [(2, 3)], 1),
        ([4, 10], [(2, 4), (4, 10)], 7),
        ([2.5, 10], [(2, 2.5), (2.5, 10)], 8),
        ([24], [(2, 24)], 1),
        ([26], [(2, 26)], 0),
        ([1], [], 0),
        ([1.5, 1.7], [], 0),
    ],
)
def test_look_sees_the_hour_before_it(hours: list[float], spans: list[tuple[float, float]], observed: float) -> None:
    seen = [_at(hour) for hour in hours]

    assert looks.intervals(seen, DAY) == [Stretch(_at(a), _at(b)) for a, b in spans]
    assert looks.observed(seen, DAY) == observed


def test_every_stretch_without_a_look_is_said() -> None:
    spans = [Stretch(_at(2), _at(3)), Stretch(_at(3), _at(4.5)), Stretch(_at(5), _at(6)), Stretch(_at(6), _at(8))]

    assert _said(looks.gap_findings(Readings("r.jsonl"), spans, 1.0)) == [
        f"nobody looked from {_span(3, 4.5)}; expected a reading at least every 1 h",
        f"nobody looked from {_span(6, 8)}; expected a reading at least every 1 h",
    ]


def _duty(since: float, until: float, role: str = "on-call", name: str = "Ada One") -> dict[str, str]:
    return {"role": role, "name": name, "from": _exact(since), "until": _exact(until)}


def _exact(hours: float) -> str:
    return (T0 + timedelta(hours=hours)).isoformat()


@pytest.mark.parametrize(
    ("watch", "said"),
    [
        ([_duty(2, 24)], []),
        ([_duty(12, 24, "infra"), _duty(2, 12)], []),
        ([_duty(2, 20), _duty(3, 5), _duty(19, 26)], []),
        ([_duty(2 + 5 / 60, 24 - 5 / 60)], []),
        ([_duty(2.1, 24)], [f"watch: nobody is on duty from {_span(2, 2.1)}"]),
        ([_duty(2, 23.9)], [f"watch: nobody is on duty from {_span(23.9, 24)}"]),
        ([_duty(2, 10), _duty(12, 24)], [f"watch: nobody is on duty from {_span(10, 12)}"]),
        ([_duty(2, 20), _duty(25, 26)], [f"watch: nobody is on duty from {_span(20, 24)}"]),
        (
            [_duty(2, 24, "QA", "all"), _duty(2, 24, name="DevOps"), _duty(5, 5), _duty(2, 23)],
            [
                "watch[0].role: 'QA' does not keep this watch; expected On-Call Engineer, Infrastructure Lead",
                "watch[1].name: 'DevOps' is nobody's name",
                "watch[2].until: ends before it begins",
                f"watch: nobody is on duty from {_span(23, 24)}",
            ],
        ),
    ],
    ids=["one", "two", "overlapping", "other clocks", "late", "early", "a hole", "afterwards", "that do not count"],
)
def test_somebody_is_on_duty_through_the_watch(watch: list[dict[str, str]], said: list[str]) -> None:
    record = Record("first_day.yaml", {"watch": watch})

    assert _said(looks.duty_findings(record, DAY), "first_day.yaml") == said


# 3.2.1: executions and machine


def _run(name: str, last: float, outcome: Any = "completed", started: float = 1.0) -> Run:
    began, ended = (T0 + timedelta(hours=hours) for hours in (started, last))
    return Run(name, "2.0.0", "hybrid", began, ended, outcome, {}, None, None, 0)


def _log(*runs: Run) -> ExecutionLog:
    return ExecutionLog(Path("logs", "executions.jsonl"), {run.name: run for run in runs}, len(runs), ())


def test_runs_count_from_the_deployment_to_the_end_of_the_watch() -> None:
    runs = [_run("early", -0.01), _run("first", 0), _run("last", 24), _run("late", 24.01)]

    assert looks.runs_of(_log(*runs), DAY) == runs[1:3]


@pytest.mark.parametrize(
    ("outcomes", "said"),
    [
        (["completed"] * 9 + ["failed"], []),
        (["completed"] * 9 + ["failed", "open"], []),
        (
            ["completed"] * 6 + ["failed"] * 6,
            [
                f"6 of 12 runs failed, 50 %: run 6 {'x' * 34}, "
                f"{', '.join(f'run {number} ' + 'x' * (35 - len(str(number))) for number in range(7, 11))}; "
                "expected at most 10 %"
            ],
        ),
        (["open"], ["no run ended from 2026-01-06T09:00+00:00 to 2026-01-07T09:00+00:00; no data is no pass"]),
        ([], ["no run ended from 2026-01-06T09:00+00:00 to 2026-01-07T09:00+00:00; no data is no pass"]),
    ],
    ids=["as many as may", "open ones do not count", "too many", "only open ones", "none"],
)
def test_no_more_runs_fail_than_may(outcomes: list[str], said: list[str]) -> None:
    runs = [_run(f"run {number} {'x' * 40}", 5, outcome) for number, outcome in enumerate(outcomes)]

    assert _said(looks.execution_findings(_log(*runs), DAY, 10), "executions.jsonl") == said


def test_single_runs_that_failed_are_remarked_on() -> None:
    runs = [_run("r1", 3, "failed"), _run("r2", 4), _run("r\u00e9" + "x" * 60, 5, "failed"), _run("r4", 25, "failed")]

    assert _said(looks.failed_findings(_log(*runs), DAY), "executions.jsonl") == [
        f"run 'r1' failed at {_time(3)}",
        f"run 'r\\xe9{'x' * 38}' failed at {_time(5)}",
    ]


def test_machine_stays_below_its_limit_in_every_reading() -> None:
    points = [Point(_at(1), 99.0), Point(_at(3), 79.9), Point(_at(4), 80.0), Point(_at(5), 91.25), Point(_at(6), 85.0)]
    why = (Finding(None, None, "Prometheus has none"), Finding(None, None, "and no other"))
    readings = Readings("r.jsonl", series={"host.cpu_percent": points}, missing={"host.disk_percent": why})

    assert _said(looks.host_findings(readings, DAY, "host.cpu_percent", "CPU usage", 80)) == [
        f"CPU usage: 3 of 4 readings, the highest 91.2 % at {_time(5)}; the limit is < 80 %"
    ]
    assert _said(looks.host_findings(readings, DAY, "host.cpu_percent", "CPU usage", 92)) == []
    assert _said(looks.host_findings(readings, DAY, "host.memory_percent", "memory usage", 92)) == [
        "memory usage: not in any reading of the day"
    ]
    assert list(looks.host_findings(readings, DAY, "host.disk_percent", "disk", 92)) == [why[0]]


# 3.2.2: the server through the day


def test_server_is_asked_in_every_hour() -> None:
    why = (Finding(None, None, "Prometheus has none"),)
    some = [Point(_at(hours), 5.0) for hours in (2, 3, 6, 24)]
    readings = Readings(
        "r.jsonl",
        series={"knowledge.a": _points([5.0] * 22), "knowledge.b": _points([5.0] * 21), "knowledge.e": some},
        failures=[Failure(_at(23.5), "b", "gone"), Failure(_at(23.5), "d", "gone")],
        missing={"knowledge.d": why, "knowledge.f": why},
    )

    assert list(drift.hour_findings(readings, DAY, ["c", "f", "a", "b", "d", "e"])) == [
        readings.finding("c: no reading in the whole day; no data is no pass"),
        *why,
        *why,
        readings.finding(f"d: no reading from {_span(2, 23)}; expected one in every hour"),
        readings.finding(f"e: no reading from {_span(4, 6)}; expected one in every hour"),
        readings.finding(f"e: no reading from {_span(7, 23)}; expected one in every hour"),
    ]


def test_answers_take_less_than_the_limit_or_are_explained() -> None:
    values = [1999.0, 2000.0, 2600.0, 2501.0, 9000.0]
    readings = Readings("r.jsonl", series={"knowledge.a": _points(values), "knowledge.b": _points([2500.0], 1.9)})
    known = [Explanation("a", _at(6), _at(7))]

    assert _said(drift.limit_findings(readings, DAY, ["b", "c", "a"], 2, known)) == [
        f"a: 3 of 5 answers, the slowest 2.6 s at {_time(4.5)}; the limit is < 2 s"
    ]


def test_calls_that_failed_are_those_of_the_day_without_an_explanation() -> None:
    failures = [
        *(Failure(_at(hours), "a", f"gone {hours}") for hours in (1.9, 2, 10, 24, 24.1)),
        Failure(_at(5), "b", "gone"),
        Failure(_at(6), "a", "x" * 300),
    ]
    readings = Readings("r.jsonl", failures=failures)

    assert _said(drift.failures_of(readings, DAY, ["a"], [Explanation("knowledge", _at(9), _at(11))])) == [
        f"a failed at {_time(2)}: gone 2",
        f"a failed at {_time(24)}: gone 24",
        f"a failed at {_time(6)}: {'x' * 200}",
    ]


@pytest.mark.parametrize(
    ("failed", "percent", "said"),
    [
        (1, 10, ["10 % of 10 calls failed; the limit is < 10 %"]),
        (1, 10.5, []),
        (3, 10, ["30 % of 10 calls failed; the limit is < 10 %"]),
        (0, 10, []),
    ],
)
def test_share_of_calls_that_failed_is_of_the_days_calls(failed: int, percent: float, said: list[str]) -> None:
    a = [Point(_at(hours), 5.0) for hours in (1.9, 2, 3, 4, 24, 24.1)]
    readings = Readings("r.jsonl", series={"knowledge.a": a, "knowledge.b": _points([5.0] * 5), "knowledge.c": a})
    readings.failures.append(Failure(_at(5), "b", "gone"))

    assert _said(drift.rate_findings(readings, DAY, ["a", "b"], failed, percent)) == said
    assert _said(drift.rate_findings(readings, DAY, ["nothing"], failed, percent)) == []


FLAT = [Point(_at(1 + number / 12), 100.0) for number in range(12)]
SLOWER = f"a: slower: 210 ms from {_span(10, 13)}, 100 ms in the first hour (12 readings)"


@pytest.mark.parametrize(
    ("explained", "said"),
    [
        ([], [f"{SLOWER}; expected at most 150 ms, or an explanation"]),
        ([("a", 10, 12)], [f"{SLOWER}; expected at most 150 ms, or an explanation"]),
        ([("a", 10, 12), ("knowledge", 12, 13)], []),
        ([("b", 10, 13)], [f"{SLOWER}; expected at most 150 ms, or an explanation"]),
    ],
    ids=["not at all", "in part", "wholly", "of another tool"],
)
def test_change_for_the_worse_is_explained_wholly(explained: list[tuple[str, float, float]], said: list[str]) -> None:
    day = _points([*[100.0] * 8, 200.0, 210.0, 220.0, *[100.0] * 11])
    day[8] = Point(_at(10), 200.0)
    readings = Readings("r.jsonl", series={"knowledge.a": [*FLAT, *day]})
    known = [Explanation(what, _at(since), _at(until)) for what, since, until in explained]

    assert _said(drift.drift_findings(readings, DAY, ["nothing", "a"], 50, known)) == said


def test_every_change_for_the_worse_is_said() -> None:
    worse = [300.0] * 3
    day = _points([*[100.0] * 4, *worse, *[100.0] * 4, *worse, *[100.0] * 5, *worse])
    readings = Readings("r.jsonl", series={"knowledge.a": [*FLAT, *day]})

    said = _said(drift.drift_findings(readings, DAY, ["a"], 50, [Explanation("a", _at(6), _at(9))]))

    assert [each.partition(" from ")[2].partition(",")[0] for each in said] == [_span(13, 16), _span(21, 24)]


@pytest.mark.parametrize(("hours", "found"), [(1, []), (2, [(22, 24)])])
def test_two_hours_are_a_change_at_the_end_of_the_day(hours: int, found: list[tuple[float, float]]) -> None:
    day = _points([*[100.0] * (22 - hours), *[300.0] * hours])
    first = drift.first_of(FLAT, DAY, 50, drift.NOISE)
    assert first is not None

    assert drift.worse_hours(day, DAY, first) == [Stretch(_at(a), _at(b)) for a, b in found]
