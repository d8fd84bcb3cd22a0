"""Limits that cannot be held any more, at their edges and in whole sentences; what so many good probes show."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from datetime import UTC, datetime

import pytest

from fixtures.monitoring import statistic
from fixtures.monitoring.hope import Hope, Limits
from fixtures.monitoring.samples import Call, Sample

AT = datetime(2026, 1, 6, 10, tzinfo=UTC)
LOOSE = Limits(latency=2, p99=5, errors=101, availability=0)
TAKES = "planned calls took"


def told(ticks: int, limits: Limits, samples: list[Mapping[str, float | None]], error: str = "broke") -> list[str]:
    """What is said of each sample; calls took that many seconds, or failed where there are none."""
    hope = Hope(("health", "a"), ticks, limits)
    return [
        hope.lost(
            Sample(
                n, AT, AT, AT,
                {
                    name: Call(0.0, False, error) if seconds is None else Call(seconds * 1000, True)
                    for name, seconds in calls.items()
                },
            )
        )
        for n, calls in enumerate(samples)
    ]  # fmt: skip


def test_availability_is_lost_below_its_limit() -> None:
    limits = Limits(latency=99, p99=99, errors=101, availability=99.2)
    down: Mapping[str, float | None] = {"health": None, "a": 0.1}

    assert told(300, limits, [{"health": 0.1}, down, down, down]) == [
        "",
        "",
        "",
        "availability: 3 of 300 planned probes of /health failed; at best 99 % is left, expected 99.2 % or more",
    ]
    assert told(300, dataclasses.replace(limits, availability=99), [down] * 3) == [""] * 3


def test_perfect_watch_holds_a_limit_that_nothing_can() -> None:
    """What did not fail is no reason to give up, whatever the limits are."""
    assert told(3, Limits(2, 5, 0, 100.1), [{"health": 0.1, "a": 0.1}]) == [""]


def test_errors_are_lost_at_their_limit_over_all_calls_and_of_each() -> None:
    failed: Mapping[str, float | None] = {"health": 0.1, "a": None}
    limits = Limits(latency=99, p99=99, errors=1, availability=0)

    assert told(300, limits, [{"health": 0.1, "a": 0.1}, failed, failed, failed]) == [
        "",
        "",
        "",
        "error rate of a: 3 of 300 planned calls failed; at best 1 % remains, expected below 1 %",
    ]
    assert told(300, dataclasses.replace(limits, errors=0.15), [failed]) == [
        "error rate of all calls: 1 of 600 planned calls failed; at best 0.17 % remains, expected below 0.15 %",
    ]


@pytest.mark.parametrize(
    ("seconds", "ticks", "said"),
    [
        (1.999, 4, ["", "", "", ""]),
        (2.0, 4, ["", "", f"request latency of a: 3 of 4 {TAKES} 2 s or more; at most 2 may"]),
        (4.999, 2, ["", f"request latency of a: 2 of 2 {TAKES} 2 s or more; at most 1 may"]),
        (5.0, 100, ["", f"99th percentile of a: 2 of 100 {TAKES} 5 s or more; at most 1 may"]),
        (None, 100, ["", f"99th percentile of a: 2 of 100 {TAKES} 5 s or more; at most 1 may"]),
    ],
    ids=["quick enough", "half of them slow", "both slow", "very slow", "failed"],
)
def test_percentile_is_lost_with_one_slow_call_too_many(seconds: float | None, ticks: int, said: list[str]) -> None:
    assert told(ticks, LOOSE, [{"health": 0.1, "a": seconds}] * len(said)) == said


def test_calls_are_counted_by_name() -> None:
    slow: list[Mapping[str, float | None]] = [{"health": 3.0, "a": 0.1}, {"health": 0.1, "a": 3.0}]

    assert told(4, LOOSE, slow * 2) == [""] * 4


PLAN = Limits(latency=2, p99=5, errors=1, availability=99.9)
REFUSED = "the server's rate limit: GET /health: answered 429, retry after 600 s; expected 200"


@pytest.mark.parametrize(
    ("ticks", "limits", "samples", "said"),
    [
        (13, PLAN, [{"health": 0.1, "a": None}], ["1 of 26"]),
        (13, PLAN, [{"health": None, "a": 0.1}], ["1 of 26"]),
        (300, PLAN, [{"health": 0.1, "a": None}] * 3, ["", "", "3 of 600"]),
        (300, dataclasses.replace(PLAN, errors=0.15), [{"health": 0.1, "a": None}], ["1 of 600"]),
        (300, dataclasses.replace(PLAN, errors=101), [{"health": None, "a": 0.1}], ["1 of 600"]),
        (300, dataclasses.replace(PLAN, errors=101), [{"health": 0.1, "a": None}] * 3, ["", "", ""]),
    ],
    ids=["a tool", "health", "one tool", "all calls", "availability", "as many as may fail"],
)
def test_used_up_budget_gives_a_watch_up_with_the_time_to_come_back(
    ticks: int, limits: Limits, samples: list[Mapping[str, float | None]], said: list[str]
) -> None:
    again = "come back after 2026-01-06 10:10:00 UTC (Retry-After: 600); then watch the whole hour"
    ending = f"planned calls were refused; {again}"

    assert told(ticks, limits, samples, REFUSED) == [
        f"the server's rate limit: {each} {ending}" if each else "" for each in said
    ]


def test_failure_beside_a_used_up_budget_is_what_counts() -> None:
    hope = Hope(("health", "a"), 13, PLAN)
    calls = {"health": Call(0.0, False, REFUSED), "a": Call(0.0, False, "broke")}

    assert hope.lost(Sample(0, AT, AT, AT, calls)).startswith("error rate of all calls: 1 of 26 planned calls failed")


# What so many show


@pytest.mark.parametrize(
    ("good", "of", "confidence", "share"),
    [
        (0, 0, 0.95, 0.0),
        (0, 5, 0.95, 0.0),
        (1, 1, 0.95, 0.05),
        (2, 2, 0.75, 0.5),
        (1, 2, 0.75, 0.1339746),
        (99, 100, 0.95, 0.9534),
    ],
)
def test_share_that_is_shown_is_the_bound_of_clopper_and_pearson(
    good: int, of: int, confidence: float, share: float
) -> None:
    """Of two, one good: the share p for which 1 - (1 - p)² is a quarter."""
    assert statistic.at_least(good, of, confidence) == pytest.approx(share, abs=1e-4)


@pytest.mark.parametrize(("share", "confidence", "number"), [(0.5, 0.75, 2), (0.5, 0.76, 3), (0.999, 0.95, 2995)])
def test_number_that_shows_a_share_is_the_least_one(share: float, confidence: float, number: int) -> None:
    assert statistic.needed(share, confidence) == number
    assert statistic.at_least(number, number, confidence) >= share - 1e-9
    assert statistic.at_least(number - 1, number - 1, confidence) < share
