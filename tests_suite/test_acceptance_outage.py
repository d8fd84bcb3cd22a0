"""Probes of the knowledge server that are not there: what they hide, and what is only worth a look (F.3)."""

from __future__ import annotations

from datetime import UTC, datetime

from fixtures.acceptance.outage import unseen
from fixtures.firstday.period import HOUR, period_of
from fixtures.schedule import Schedule

DAY = period_of(Schedule(datetime(2026, 1, 6, 9, 0, tzinfo=UTC)))


def _at(*hours: float) -> list[float]:
    return [DAY.deployed + HOUR * hour for hour in hours]


def test_probes_of_every_hour_hide_nothing_whether_they_failed_or_not() -> None:
    hours = range(1, 25)

    assert unseen(_at(*hours), [], DAY) == ([], [])
    assert unseen(_at(*hours[:9]), _at(*hours[9:]), DAY) == ([], [])


def test_an_hour_that_was_left_out_is_said_and_more_hide_an_outage() -> None:
    hours = [hour for hour in range(1, 25) if hour not in (5, 9, 10)]

    hides, left_out = unseen(_at(*hours), [], DAY)

    day, every = "2026-01-06T", "expected one every 1 h"
    assert left_out == [f"no probe of health from {day}13:00+00:00 to {day}15:00+00:00 (2 h); {every}"]
    assert hides == [f"no probe of health from {day}17:00+00:00 to {day}20:00+00:00 (3 h); {every}"]
