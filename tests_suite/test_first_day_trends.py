"""What a day shows: hours and gaps, a drift against the first hour, and when a disk is full. Pure functions."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest

from fixtures.firstday import disk, drift, looks
from fixtures.firstday.disk import Trend, trend_of
from fixtures.firstday.period import HOUR, Period, Stretch, medians, period_of, stretches
from fixtures.firstday.readings import Readings
from fixtures.monitoring.series import Point
from fixtures.schedule import Schedule

T0 = datetime(2026, 1, 6, 9, 0, tzinfo=UTC)
DAY = period_of(Schedule(T0))


def _at(hours: float) -> float:
    return DAY.deployed + HOUR * hours


def _hourly(values: list[float], first: float = 2.0) -> list[Point]:
    return [Point(_at(first + number), value) for number, value in enumerate(values)]


def test_watch_is_22_hours_from_two_hours_after_the_deployment() -> None:
    assert len(DAY.hours) == 22
    assert (DAY.hours[0].since, DAY.hours[-1].until) == (_at(2), _at(24))
    assert (DAY.hour_of(_at(2)), DAY.hour_of(_at(2.99)), DAY.hour_of(_at(3))) == (0, 0, 1)
    assert DAY.hour_of(_at(24)) == 21


def test_clock_that_is_set_forward_in_the_night_makes_no_hour_longer() -> None:
    from zoneinfo import ZoneInfo

    paris = Schedule(datetime(2026, 3, 28, 20, 0, tzinfo=ZoneInfo("Europe/Paris")), "Europe/Paris")

    period = period_of(paris)

    assert period.closes - period.opens == 22 * HOUR


def test_hours_without_a_value_are_joined() -> None:
    assert stretches([3, 4, 7], DAY) == [Stretch(_at(5), _at(7)), Stretch(_at(9), _at(10))]
    assert str(Stretch(_at(5), _at(7))) == "2026-01-06T14:00+00:00 to 2026-01-06T16:00+00:00 (2 h)"


def test_reading_at_the_end_of_an_hour_belongs_to_the_next_one_and_at_the_end_of_the_day_to_the_last() -> None:
    points = _hourly([float(hour) for hour in range(2, 26)])

    assert [point.value for point in DAY.part(points, Stretch(_at(5), _at(8)))] == [5.0, 6.0, 7.0]
    assert [point.value for point in DAY.part(points, Stretch(_at(22), _at(24)))] == [22.0, 23.0, 24.0]


@pytest.mark.parametrize(
    ("hours", "longest", "observed"),
    [
        ([2 + n for n in range(23)], 1, 22),
        ([2.4 + n for n in range(23)], 1, 22),
        ([1.5 + n for n in range(24)], 1, 22),
        ([3 + n for n in range(22)], 1, 22),
        ([2 + n for n in range(22)], 1, 21),
        ([4 + n for n in range(21)], 2, 21),
        ([2, 3, 4, 6, *range(7, 25)], 2, 22),
        ([n / 12 for n in range(24, 289)], 1 / 12, 22),
        ([24.5], 22.5, 0.5),
        ([], None, 0),
        ([0.5], None, 0),
    ],
    ids=["on the hour", "24 past", "half past", "first at T+3", "no last one", "late", "one missing", "every 5 minutes",
         "one at the end", "none", "before the watch"],
)  # fmt: skip
def test_looks_leave_no_longer_gap(hours: list[float], longest: float | None, observed: float) -> None:
    seen = [_at(hour) for hour in hours]

    spans = looks.intervals(seen, DAY)

    assert (round(max(span.hours for span in spans), 3) if spans else None) == (longest and round(longest, 3))
    assert looks.observed(seen, DAY) == pytest.approx(observed)


def _first(values: list[float]) -> list[Point]:
    return [Point(_at(1 + number / 12), value) for number, value in enumerate(values)]


FLAT = [100.0] * 12


@pytest.mark.parametrize(
    ("day", "found"),
    [
        ([100.0] * 23, []),
        ([*[100.0] * 8, 900.0, *[100.0] * 14], []),
        ([*[100.0] * 8, 900.0, 900.0, *[100.0] * 13], []),
        ([*[100.0] * 8, 900.0, 900.0, 900.0, *[100.0] * 12], [(10, 13)]),
        ([*[100.0] * 8, *[150.0] * 15], []),
        ([*[100.0] * 8, *[151.0] * 15], [(10, 24)]),
        ([*[100.0] * 20, 200.0, 200.0, 200.0], [(22, 24)]),
        ([100.0 + 5 * n for n in range(23)], [(13, 24)]),
        ([10.0 + 90 * (n % 2) for n in range(23)], []),
    ],
    ids=["flat", "one hour", "two hours", "three hours", "half above", "more", "at the end", "creeping", "up and down"],
)
def test_three_hours_in_a_row_are_a_change(day: list[float], found: list[tuple[float, float]]) -> None:
    points = [*_first(FLAT), *_hourly(day)]
    first = drift.first_of(points, DAY, 50, drift.NOISE)
    assert first is not None

    worse = drift.worse_hours(points, DAY, first)

    assert worse == [Stretch(_at(a), _at(b)) for a, b in found]


def test_few_milliseconds_more_are_noise() -> None:
    first = drift.first_of([*_first([2.0] * 12), *_hourly([9.0] * 23)], DAY, 50, drift.NOISE)

    assert first is not None
    assert first.worse == 22.0


def test_first_hour_that_varies_lets_the_day_vary() -> None:
    quiet = drift.first_of(_first([100, 101, 99, 100, 102, 98]), DAY, 50, drift.NOISE)
    noisy = drift.first_of(_first([100, 20, 180, 100, 40, 160]), DAY, 50, drift.NOISE)

    assert quiet is not None
    assert noisy is not None
    assert quiet.worse == 150
    assert noisy.worse > 300


def test_without_a_first_hour_the_first_of_the_watch_is_compared_with() -> None:
    first = drift.first_of(_hourly([80.0, *[100.0] * 20], first=5), DAY, 50, drift.NOISE)

    assert first is not None
    assert (first.median, first.values) == (80.0, 1)
    assert drift.first_of([], DAY, 50, drift.NOISE) is None


def test_chance_alone_is_hardly_ever_a_change() -> None:
    chance = random.Random(20260106)
    alarms = 0
    for _ in range(2000):
        first = [chance.lognormvariate(4, 0.25) for _ in range(12)]
        points = [*_first(first), *_hourly([chance.lognormvariate(4, 0.25) for _ in range(23)])]
        found = drift.first_of(points, DAY, 50, drift.NOISE)
        assert found is not None
        alarms += bool(drift.worse_hours(points, DAY, found))

    assert alarms <= 20  # one day and tool in a hundred


def _readings(values: list[float]) -> Readings:
    return Readings("r.jsonl", series={disk.SERIES: _hourly(values)})


def test_trend_is_that_of_most_hours() -> None:
    rising = [50 + 0.5 * n for n in range(23)]
    rising[7], rising[15] = 99.0, 3.0

    trend = trend_of(_hourly(rising), DAY)

    assert trend is not None
    assert trend.slope == pytest.approx(0.5, abs=0.02)
    assert trend.level == pytest.approx(61, abs=0.6)


def test_too_few_hours_are_no_trend() -> None:
    assert trend_of(_hourly([50.0] * (disk.FEWEST - 1)), DAY) is None
    assert trend_of(_hourly([50.0] * disk.FEWEST), DAY) is not None


@pytest.mark.parametrize(
    ("slope", "level", "percent", "hours"),
    [
        (1.0, 60.0, 100.0, 40.0),
        (0.0, 60.0, 100.0, None),
        (-1.0, 60.0, 100.0, None),
        (1.0, 85.0, 80.0, 0.0),
        (2.0, 60, 80, 10),
    ],
)
def test_line_reaches_a_level_when_it_does(slope: float, level: float, percent: float, hours: float | None) -> None:
    reached = Trend(slope, level, 0.0).reaches(percent)

    assert reached == (None if hours is None else hours * HOUR)


def test_disk_that_jumped_is_as_full_as_it_is() -> None:
    found = list(disk.room_findings(_readings([40.0] * 22 + [99.9]), DAY, _at(200), 80))

    assert "99.9 % used" in found[0].message
    assert "it reaches 80 % already" in found[0].message


def test_a_day_of_five_seconds_is_judged_in_no_time() -> None:
    points = [Point(_at(2) + 5 * n, 50 + n / 10_000) for n in range(15_840)]
    started = datetime.now(UTC)

    trend = trend_of(points, DAY)
    first = drift.first_of(points, DAY, 50, drift.NOISE)

    assert trend is not None
    assert trend.slope == pytest.approx(0.072, abs=0.001)
    assert first is not None
    assert len(medians(DAY.hourly(points))) == 22
    assert datetime.now(UTC) - started < timedelta(seconds=2)


def test_period_of_another_length_has_as_many_hours() -> None:
    assert len(Period(0.0, HOUR, 4 * HOUR).hours) == 3
