"""The metrics and series of a watch, whole: every row with its labels, and figures where there is little or nothing."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from fixtures.monitoring import exposition
from fixtures.monitoring.samples import Call, Mark, Recorded, Sample, Smoke, Window
from fixtures.monitoring.series import (
    Calls,
    Outage,
    Point,
    calls_of,
    effective,
    host_series,
    longest_interval,
    longest_outage,
    observed_hours,
    outages,
    smoke_intervals,
)
from fixtures.monitoring.timetable import Timetable, punctual

AT = datetime(2026, 1, 6, 10, tzinfo=UTC)
BEGAN = AT.timestamp()
WINDOW = Window("x", AT, AT + timedelta(minutes=1), 30.0, 20.0)


def sample(n: int, late: float = 0.0, **calls: float | str) -> Sample:
    """A tick at which calls took that many milliseconds, or failed with those words."""
    due = WINDOW.due(n)
    made = {name: Call(5.0, False, told) if isinstance(told, str) else Call(told, True) for name, told in calls.items()}
    begun = due + timedelta(seconds=late)
    host = {"disk_percent": 41.5 + n, "cpu_percent": None, "network_bytes_per_second": 1.0}
    return Sample(n, due, begun, begun, made, host)


def smoke(n: int, verdict: str = "PASS", late: float = 0.0, steps: int = 11) -> Smoke:
    due = AT + timedelta(seconds=20 * n)
    return Smoke(n, due, due + timedelta(seconds=late), due, verdict, 1.0, "", steps)


SAMPLES = [sample(0, health=10.0, a=1.5), sample(1, health="503", a="broke"), sample(2, health=20.0, a=2500.0)]
WHOLE = """\
# HELP release_gate_watch_opened_timestamp_seconds When the watch began.
# TYPE release_gate_watch_opened_timestamp_seconds gauge
release_gate_watch_opened_timestamp_seconds{target="a\\\\b\\n\\"c\\""} 1767693600.0
# HELP release_gate_watch_closes_timestamp_seconds When the watch ends.
# TYPE release_gate_watch_closes_timestamp_seconds gauge
release_gate_watch_closes_timestamp_seconds{target="a\\\\b\\n\\"c\\""} 1767693660.0
# HELP release_gate_watch_interval_seconds Time from sample to sample.
# TYPE release_gate_watch_interval_seconds gauge
release_gate_watch_interval_seconds{target="a\\\\b\\n\\"c\\""} 30.0
# HELP release_gate_watch_samples Samples taken.
# TYPE release_gate_watch_samples gauge
release_gate_watch_samples{target="a\\\\b\\n\\"c\\""} 3.0
# HELP release_gate_watch_samples_due Samples that were due.
# TYPE release_gate_watch_samples_due gauge
release_gate_watch_samples_due{target="a\\\\b\\n\\"c\\""} 3.0
# HELP release_gate_watch_aborted 1 where a limit was lost and the watch given up.
# TYPE release_gate_watch_aborted gauge
release_gate_watch_aborted{target="a\\\\b\\n\\"c\\""} 1.0
# HELP release_gate_knowledge_calls Calls of the Knowledge MCP server.
# TYPE release_gate_knowledge_calls gauge
release_gate_knowledge_calls{target="a\\\\b\\n\\"c\\"",call="health"} 3.0
release_gate_knowledge_calls{target="a\\\\b\\n\\"c\\"",call="a"} 3.0
release_gate_knowledge_calls{target="a\\\\b\\n\\"c\\"",call="b"} 0.0
# HELP release_gate_knowledge_calls_failed Calls that failed.
# TYPE release_gate_knowledge_calls_failed gauge
release_gate_knowledge_calls_failed{target="a\\\\b\\n\\"c\\"",call="health"} 1.0
release_gate_knowledge_calls_failed{target="a\\\\b\\n\\"c\\"",call="a"} 1.0
release_gate_knowledge_calls_failed{target="a\\\\b\\n\\"c\\"",call="b"} 0.0
# HELP release_gate_knowledge_latency_seconds Nearest-rank percentiles; failed calls are infinite.
# TYPE release_gate_knowledge_latency_seconds summary
release_gate_knowledge_latency_seconds{target="a\\\\b\\n\\"c\\"",call="health",quantile="0.5"} 0.02
release_gate_knowledge_latency_seconds{target="a\\\\b\\n\\"c\\"",call="health",quantile="0.9"} +Inf
release_gate_knowledge_latency_seconds{target="a\\\\b\\n\\"c\\"",call="health",quantile="0.99"} +Inf
release_gate_knowledge_latency_seconds{target="a\\\\b\\n\\"c\\"",call="a",quantile="0.5"} 2.5
release_gate_knowledge_latency_seconds{target="a\\\\b\\n\\"c\\"",call="a",quantile="0.9"} +Inf
release_gate_knowledge_latency_seconds{target="a\\\\b\\n\\"c\\"",call="a",quantile="0.99"} +Inf
# HELP release_gate_knowledge_available_ratio Share of /health probes that were answered.
# TYPE release_gate_knowledge_available_ratio gauge
release_gate_knowledge_available_ratio{target="a\\\\b\\n\\"c\\""} 0.666667
# HELP release_gate_knowledge_longest_outage_seconds Longest stretch of failed probes.
# TYPE release_gate_knowledge_longest_outage_seconds gauge
release_gate_knowledge_longest_outage_seconds{target="a\\\\b\\n\\"c\\""} 30.0
# HELP release_gate_host_used_ratio Last figure of the machine, of 1.
# TYPE release_gate_host_used_ratio gauge
release_gate_host_used_ratio{target="a\\\\b\\n\\"c\\"",resource="disk"} 0.435
# HELP release_gate_smoke_runs Smoke runs by verdict.
# TYPE release_gate_smoke_runs gauge
release_gate_smoke_runs{target="a\\\\b\\n\\"c\\"",verdict="PASS"} 1.0
release_gate_smoke_runs{target="a\\\\b\\n\\"c\\"",verdict="DEGRADE"} 0.0
release_gate_smoke_runs{target="a\\\\b\\n\\"c\\"",verdict="FAIL"} 2.0
release_gate_smoke_runs{target="a\\\\b\\n\\"c\\"",verdict="INCOMPLETE"} 0.0
# HELP release_gate_smoke_steps_tested Distinct steps that the last smoke run tested.
# TYPE release_gate_smoke_steps_tested gauge
release_gate_smoke_steps_tested{target="a\\\\b\\n\\"c\\""} 9.0
"""


def test_metrics_are_these_with_labels_on_each_of_them() -> None:
    smokes = (smoke(0), smoke(1, "FAIL"), smoke(2, "FAIL", steps=9))
    watched = Recorded(Path("x"), WINDOW, tuple(SAMPLES), smokes, marks=(Mark(AT, "aborted", "lost"),))
    calls = calls_of(SAMPLES, ("health", "a", "b"))

    text = exposition.text_of(watched, calls, host_series(SAMPLES, 30.0), {"target": 'a\\b\n"c"'})

    assert text == WHOLE


def test_nothing_that_was_watched_gives_no_rows_about_it() -> None:
    text = exposition.text_of(Recorded(Path("x"), WINDOW, ()), {}, {}, {})

    rows = [line for line in text.splitlines() if not line.startswith("#")]
    assert rows == [
        "release_gate_watch_opened_timestamp_seconds{} 1767693600.0",
        "release_gate_watch_closes_timestamp_seconds{} 1767693660.0",
        "release_gate_watch_interval_seconds{} 30.0",
        "release_gate_watch_samples{} 0.0",
        "release_gate_watch_samples_due{} 3.0",
        "release_gate_watch_aborted{} 0.0",
        "release_gate_knowledge_longest_outage_seconds{} 0.0",
        'release_gate_smoke_runs{verdict="PASS"} 0.0',
        'release_gate_smoke_runs{verdict="DEGRADE"} 0.0',
        'release_gate_smoke_runs{verdict="FAIL"} 0.0',
        'release_gate_smoke_runs{verdict="INCOMPLETE"} 0.0',
    ]
    assert text.count("# TYPE ") == text.count("# HELP ") == 8


@pytest.mark.parametrize(
    ("value", "text"),
    [(math.inf, "+Inf"), (-math.inf, "-Inf"), (math.nan, "NaN"), (0.12345678, "0.123457"), (3.0, "3.0")],
)
def test_numbers_are_written_as_prometheus_reads_them(value: float, text: str) -> None:
    host = {"host.disk_percent": [Point(BEGAN, 1.0), Point(BEGAN, value * 100)]}

    found = exposition.text_of(Recorded(Path("x"), WINDOW, ()), {}, host, {})

    assert f'host_used_ratio{{resource="disk"}} {text}\n' in found


# Series


def test_calls_are_kept_with_their_times_and_first_failures() -> None:
    samples = [sample(n, a=f"broke {n}") for n in range(6)] + [sample(6, a=1500.0, b=250.0)]

    found = calls_of(samples, ("health",))

    assert list(found) == ["health", "a", "b"]
    assert found["health"] == Calls("health")
    assert found["b"] == Calls("b", [0.25], at=[BEGAN + 180])
    assert found["a"] == Calls(
        "a",
        [*[math.inf] * 6, 1.5],
        6,
        [(BEGAN + 30 * n, f"broke {n}") for n in range(5)],
        [BEGAN + 30 * n for n in range(7)],
    )


def test_calls_that_nobody_made_have_no_figures() -> None:
    nothing = Calls("a")

    assert math.isnan(nothing.percentile(0.5))
    assert math.isnan(nothing.error_percent)
    assert nothing.answered == []
    assert Calls("a", [0.3, 0.1, 0.2]).percentile(0.5) == 0.2


def test_figures_of_the_machine_are_points_where_they_are_known() -> None:
    assert host_series([sample(0), sample(1, late=2.0)], 30.0) == {
        "host.disk_percent": (Point(BEGAN, 41.5), Point(BEGAN + 32.0, 42.5)),
        "host.cpu_percent": (),
        "host.memory_percent": (),
        "host.network_percent": (),
    }


@pytest.mark.parametrize(
    ("every", "late", "seconds"),
    [(300.0, 3.0, 0.0), (300.0, 3.25, 3.25), (1.0, 0.05, 0.0), (1.0, 0.0625, 0.0625), (300.0, -1.0, 0.0)],
)
def test_sample_is_late_beyond_a_hundredth_of_the_interval(every: float, late: float, seconds: float) -> None:
    assert effective(sample(1, late), every) == BEGAN + 30 + seconds


def test_what_is_punctual_is_at_least_a_twentieth_of_a_second() -> None:
    assert (punctual(300.0), punctual(5.0), punctual(0.1)) == (3.0, 0.05, 0.05)


def test_times_are_reckoned_to_the_millisecond() -> None:
    assert observed_hours([10.0, 20.0, 1810.0004]) == 0.5
    assert observed_hours([10.0]) == 0.0
    assert longest_interval([0.0, 1.0, 3.50049, 4.0]) == 2.5
    assert longest_interval([]) == math.inf


def _probes(*good: bool) -> Calls:
    seconds = [0.1 if each else math.inf for each in good]
    return Calls("health", seconds, at=[100.0 + 10 * n for n in range(len(good))])


@pytest.mark.parametrize(
    ("probes", "found"),
    [
        (_probes(), []),
        (_probes(True, True), []),
        (_probes(False, False), [Outage(100, 120, 10, 30)]),
        (_probes(False, True), [Outage(100, 110, 0, 20)]),
        (_probes(True, True, False), [Outage(120, 130, 0, 20)]),
        (
            _probes(True, False, True, True, False, False, True),
            [Outage(110, 120, 0, 20), Outage(140, 160, 10, 30)],
        ),
    ],
    ids=["none", "good", "from beginning to end", "at the beginning", "at the end", "two"],
)
def test_outage_lasts_to_the_next_good_probe(probes: Calls, found: Sequence[Outage]) -> None:
    assert outages(probes, 10.0) == found


def test_longest_outage_is_that_of_health_alone() -> None:
    down = [sample(n, a="broke", health="503" if n in (1, 4, 5) else 1.0) for n in range(8)]

    assert longest_outage(Recorded(Path("x"), WINDOW, tuple(down))) == 60.0
    assert longest_outage(Recorded(Path("x"), WINDOW, ())) == 0.0


@pytest.mark.parametrize(
    ("smokes", "aborted", "intervals"),
    [
        ([smoke(0, late=0.2), smoke(1, late=0.25)], None, [0.0, 20.25, 39.75]),
        ([smoke(0, late=-0.5)], None, [-0.5, 60.5]),
        ([smoke(0)], 90.0, [0.0, 60.0]),
        ([smoke(0)], 30.0004, [0.0, 30.0]),
    ],
    ids=["punctual and late", "early", "given up after the end", "given up"],
)
def test_smoke_run_counts_from_when_it_was_due_where_it_was_punctual(
    smokes: Sequence[Smoke], aborted: float | None, intervals: list[float]
) -> None:
    marks = () if aborted is None else (Mark(AT + timedelta(seconds=aborted), "aborted", "lost"),)

    assert smoke_intervals(Recorded(Path("x"), WINDOW, (), tuple(smokes), marks=marks)) == intervals


# The timetable


def test_ticks_are_due_at_their_time_and_over_before_the_next() -> None:
    table = Timetable(100.0, 10.0, 4)

    assert [table.due(n) for n in range(4)] == [100.0, 110.0, 120.0, 130.0]
    assert table.cut(1) == 119.0
    assert Timetable(100.0, 2.0, 4).cut(1) == 103.5


@pytest.mark.parametrize(
    ("now", "current"), [(99.999, -1), (100.0, 0), (109.99, 0), (110.0, 1), (130.0, 3), (999.0, 3)]
)
def test_current_tick_is_the_last_one_that_is_due(now: float, current: int) -> None:
    assert Timetable(100.0, 10.0, 4).current(now) == current


def test_calls_of_a_tick_are_spread_by_a_second_at_most() -> None:
    assert Timetable(100.0, 300.0, 4).offset(6, 7) == 6.0
    assert Timetable(100.0, 14.0, 4).offset(6, 7) == 3.0
    assert Timetable(100.0, 2.0, 4).offset(0, 0) == 0.0
    assert Timetable(100.0, 2.0, 4).offset(1, 0) == 0.5
