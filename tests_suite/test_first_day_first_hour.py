"""What a first day is compared with: the first hour, what Prometheus states, and what explanations excuse."""

from __future__ import annotations

import random

import pytest

from fixtures.finding import Finding
from fixtures.firstday import drift
from fixtures.firstday.explained import Explanation
from fixtures.firstday.period import Stretch
from fixtures.firstday.readings import Failure, Readings
from fixtures.monitoring.series import Point
from tests_suite.test_first_day_watch import DAY, _at, _span


def test_first_hour_ends_two_hours_after_the_deployment() -> None:
    points = [Point(_at(hours), value) for hours, value in ((-0.1, 900.0), (0, 10.0), (2, 30.0), (2.1, 900.0))]

    both = drift.first_of(points[1:3], DAY, 50, 5)
    assert both is not None
    assert (both.median, both.values) == (10.0, 2)
    assert both.worse == pytest.approx(10 + 4 * 1.4826 * 20 / 2**0.5)
    assert drift.first_of(points[:2], DAY, 50, 5) == drift.First(10.0, 15.0, 1)
    assert drift.first_of(points[:2], DAY, 50, 20) == drift.First(10.0, 30.0, 1)
    assert drift.first_of(points[:1], DAY, 50, 20) is None
    assert drift.first_of(points[3:], DAY, 50, 20) == drift.First(900.0, 1350.0, 1)


def test_of_a_few_readings_the_least_counts_as_a_cold_start_is_among_them() -> None:
    slow = [Point(_at(hour), 1500.0) for hour in range(4, 25)]
    points = [Point(_at(1), 800.0), Point(_at(2), 20.0), Point(_at(3), 21.0), *slow]

    first = drift.first_of(points, DAY, 50, drift.NOISE)

    assert first == drift.First(20.0, 40.0, 2)
    assert drift.worse_hours(points, DAY, first) == [Stretch(_at(4), _at(24))]


def test_a_day_that_varies_is_no_change_though_its_first_readings_were_quick() -> None:
    chance = random.Random(7)
    alarms = 0
    for _ in range(300):
        points = [Point(_at(hour), chance.lognormvariate(5, 0.3)) for hour in range(1, 25)]
        first = drift.first_of(points, DAY, 50, drift.NOISE)
        assert first is not None
        alarms += bool(drift.worse_hours(points, DAY, first))
    assert alarms < 6


@pytest.mark.parametrize(
    ("name", "values", "wrong", "hours"),
    [
        ("error_rate", [0.2] * 22, [], []),
        ("error_rate", [1.0] * 22, ["error rate: 1 % through the day; the limit is < 1 %"], []),
        ("error_rate", [0.0, 2.0, 3.0, *[0.0] * 19], [],
         [f"error rate: 2.5 % from {_span(3, 5)}; the limit is < 1 %"]),
        ("availability", [99.9] * 22, [], []),
        ("availability", [99.8] * 22, ["availability: 99.8 % through the day; the limit is ≥ 99.9 %"], []),
        ("availability", [99.0, *[100.0] * 21], [],
         [f"availability: 99 % from {_span(2, 3)}; the limit is ≥ 99.9 %"]),
    ],
)  # fmt: skip
def test_what_prometheus_states_is_held_to_the_limits_of_the_first_hour(
    name: str, values: list[float], wrong: list[str], hours: list[str]
) -> None:
    points = [Point(_at(2.5 + number), value) for number, value in enumerate(values)]
    found = Readings("p", series={f"knowledge.{name}_percent": points})

    stated, single = drift.stated_findings(found, DAY, 1.0, 99.9)

    assert [each.message for each in stated] == wrong
    assert [each.message for each in single] == hours


def test_what_prometheus_was_asked_for_and_lacks_is_no_pass() -> None:
    lacks = Finding(None, None, "no data of it")

    assert drift.stated_findings(Readings("p", missing={"knowledge.error_rate_percent": (lacks,)}), DAY, 1, 99.9) == (
        [lacks], []
    )  # fmt: skip
    assert drift.stated_findings(Readings("p"), DAY, 1, 99.9) == ([], [])


def test_explanation_excuses_failures_of_an_hour() -> None:
    found = Readings("r", failures=[Failure(_at(hour), "a", "HTTP 503") for hour in (1.5, 5, 6, 6.1, 25)])

    for until, count, are_excused in ((4, 0, True), (6, 2, True), (7, 3, False)):
        known, are = drift.excused(found, DAY, ["a"], [Explanation("knowledge", _at(1), _at(until))])
        assert (len(known), are) == (count, are_excused)
        assert all(("an hour at most" in each.message) is not are for each in known)
    assert drift.excused(found, DAY, ["b"], [Explanation("knowledge", _at(1), _at(30))]) == ([], True)
