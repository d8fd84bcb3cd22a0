"""What samples show: percentiles, bounds, outages, limits that are lost, and what is said of it."""

from __future__ import annotations

import math
import re
import shutil
import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fixtures.monitoring import exposition, judged, statistic
from fixtures.monitoring.hope import Hope, Limits
from fixtures.monitoring.machine import Machine
from fixtures.monitoring.progress import Progress
from fixtures.monitoring.samples import Call, Gap, Mark, Recorded, Sample, Smoke, Window
from fixtures.monitoring.series import (
    HEALTH,
    calls_of,
    effective,
    host_series,
    longest_interval,
    longest_outage,
    observed_hours,
    outages,
    smoke_intervals,
)

AT = datetime(2026, 1, 6, 10, tzinfo=UTC)
WINDOW = Window("x", AT, AT + timedelta(hours=1), 300.0, 600.0)
PLAN = Limits(latency=2, p99=5, errors=1, availability=99.9)
NAMES = ("health", "a", "b", "c", "d", "e", "f")


def sample(n: int, late: float = 0.0, /, **calls: float | str) -> Sample:
    """A tick at which calls took that many seconds, or failed with those words; it may begin late."""
    due = WINDOW.due(n)
    made = {
        name: Call(0.0, False, told) if isinstance(told, str) else Call(told * 1000, True)
        for name, told in {HEALTH: 0.01, **calls}.items()
    }
    begun = due + timedelta(seconds=late)
    return Sample(n, due, begun, begun + timedelta(seconds=1), made, {"cpu_percent": float(n), "disk_percent": 50.0})


def recorded(samples: Sequence[Sample], smokes: Sequence[Smoke] = (), marks: Sequence[Mark] = ()) -> Recorded:
    return Recorded(Path("samples.jsonl"), WINDOW, tuple(samples), tuple(smokes), (), tuple(marks))


@pytest.mark.parametrize(
    ("values", "share", "expected"),
    [
        ([1.0], 0.99, 1.0),
        ([1.0, 2.0], 0.5, 1.0),
        ([1.0, 2.0, 3.0], 0.5, 2.0),
        (list(map(float, range(1, 13))), 0.99, 12.0),
        (list(map(float, range(1, 101))), 0.99, 99.0),
        (list(map(float, range(1, 101))), 0.07, 7.0),
        ([1.0, 2.0, math.inf], 0.99, math.inf),
        ([1.0, 2.0], 0.0, 1.0),
        ([1.0, 2.0], 1.0, 2.0),
    ],
)
def test_percentile_is_by_nearest_rank(values: list[float], share: float, expected: float) -> None:
    assert statistic.percentile(values, share) == expected


def test_percentile_of_nothing_is_no_number() -> None:
    assert math.isnan(statistic.percentile([], 0.5))


@settings(max_examples=100, deadline=None)
@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=200), st.floats(0.001, 1.0))
def test_percentile_is_a_sample_that_enough_others_do_not_exceed(values: list[float], share: float) -> None:
    found = statistic.percentile(sorted(values), share)

    assert found in values
    assert sum(value <= found for value in values) >= share * len(values) - 1e-6
    assert sum(value < found for value in values) < share * len(values) + 1e-6


@pytest.mark.parametrize(
    ("good", "of", "expected"),
    [
        # By the beta distribution: the 5 % quantile of Beta(good, of - good + 1)
        (13, 13, 0.7942),
        (12, 12, 0.7791),
        (12, 13, 0.6837),
        (9, 10, 0.6058),
        (95, 100, 0.8977),
        (2995, 2995, 0.99900),
        (50, 100, 0.4136),
        (0, 10, 0.0),
        (0, 0, 0.0),
    ],
)
def test_lower_bound_is_the_exact_one(good: int, of: int, expected: float) -> None:
    assert statistic.at_least(good, of) == pytest.approx(expected, abs=6e-5)


@pytest.mark.parametrize(("share", "expected"), [(0.999, 2995), (0.99, 299), (0.9, 29), (0.5, 5)])
def test_number_of_samples_that_demonstrates_a_share(share: float, expected: int) -> None:
    assert statistic.needed(share) == expected
    assert statistic.at_least(expected, expected) >= share > statistic.at_least(expected - 1, expected - 1)


def test_so_few_samples_are_said_to_be_few() -> None:
    calls = calls_of([sample(n) for n in range(13)])[HEALTH]

    said = judged.demonstrated(calls, 99.9)

    assert said == (
        "13 of 13 probes answered; with 95 % confidence the server was available at least 79.4 % of the time; "
        "to demonstrate 99.9 % takes 2,995 probes, all good"
    )


def test_call_that_failed_counts_as_slow() -> None:
    calls = calls_of([sample(0, a=1.0), sample(1, a="broke"), sample(2, a=0.5)])["a"]

    assert calls.seconds == [1.0, math.inf, 0.5]
    assert calls.percentile(0.5) == 1.0
    assert calls.percentile(0.99) == math.inf
    assert calls.error_percent == pytest.approx(33.33, abs=0.01)
    assert calls.answered == [1.0, 0.5]


def test_late_sample_counts_from_when_it_began_and_a_punctual_one_from_when_it_was_due() -> None:
    assert effective(sample(1, 2.5), 300.0) == WINDOW.due(1).timestamp()
    assert effective(sample(1, 7.0), 300.0) == WINDOW.due(1).timestamp() + 7.0


def test_hour_of_samples_is_an_hour_to_the_millisecond() -> None:
    odd = Window("x", AT + timedelta(microseconds=123457), AT + timedelta(hours=1, microseconds=123457), 300.0)
    times = [odd.due(n).timestamp() for n in range(13)]

    assert observed_hours(times) == 1.0
    assert longest_interval(times) == 300.0


def test_one_sample_has_no_interval() -> None:
    assert longest_interval([1.0]) == math.inf
    assert observed_hours([]) == 0.0


@pytest.mark.parametrize(
    ("bad", "expected"),
    [
        ((), []),
        ((3,), [(300.0, 0.0, 600.0)]),
        ((3, 4, 5), [(900.0, 600.0, 1200.0)]),
        ((0,), [(300.0, 0.0, 600.0)]),
        ((12,), [(300.0, 0.0, 600.0)]),
        ((2, 7), [(300.0, 0.0, 600.0)] * 2),
    ],
)
def test_outage_is_as_long_as_the_probes_can_tell(
    bad: tuple[int, ...], expected: list[tuple[float, float, float]]
) -> None:
    samples = [sample(n, health="503" if n in bad else 0.01) for n in range(13)]

    found = outages(calls_of(samples)[HEALTH], 300.0)

    assert [(each.until - each.since, each.shortest, each.longest) for each in found] == expected
    assert longest_outage(recorded(samples)) == max((each[0] for each in expected), default=0.0)


def test_smoke_intervals_count_both_ends_of_the_watch() -> None:
    def run(n: int, late: float) -> Smoke:
        due = AT + timedelta(seconds=600 * n)
        begun = due + timedelta(seconds=late)
        return Smoke(n, due, begun, begun, "PASS", 1.0, "", 11)

    assert smoke_intervals(recorded([], [run(n, 0.01) for n in range(6)])) == [0.0, *[600.0] * 6]
    assert smoke_intervals(recorded([], [run(1, 0.0), run(2, 60.0)])) == [600.0, 660.0, 2340.0]
    assert smoke_intervals(recorded([])) == [3600.0]
    given_up = [Mark(AT + timedelta(seconds=90), "aborted", "lost")]
    assert smoke_intervals(recorded([], [run(0, 0.0)], given_up)) == [0.0, 90.0]


# Limits that are lost


@pytest.mark.parametrize(
    ("calls", "says"),
    [
        ([{"a": 0.1}] * 13, ""),
        ([{"a": 1.9}] * 13, ""),
        (
            [{"a": 0.1}] * 5 + [{"a": "500"}],
            "error rate of all calls: 1 of 91 planned calls failed; at best 1.1 % remains",
        ),
        ([{"health": "503"}], "availability: 1 of 13 planned probes of /health failed; at best 92.31 % is left"),
        ([{"a": 2.0}] * 6, ""),
        ([{"a": 2.0}] * 7, "request latency of a: 7 of 13 planned calls took 2 s or more; at most 6 may"),
        ([{"a": 5.0}], "99th percentile of a: 1 of 13 planned calls took 5 s or more; at most 0 may"),
    ],
    ids=["quick", "just quick enough", "an error", "away", "half slow", "more than half slow", "very slow once"],
)
def test_limit_is_lost_when_not_even_perfect_samples_would_hold_it(
    calls: list[dict[str, float | str]], says: str
) -> None:
    hope = Hope(NAMES, 13, PLAN)

    said = [hope.lost(sample(n, **told)) for n, told in enumerate(calls)]

    assert not any(said[:-1]), said
    assert said[-1].startswith(says)
    assert bool(said[-1]) is bool(says)


def test_one_failure_of_a_long_watch_leaves_hope() -> None:
    hope = Hope(NAMES, 2000, PLAN)

    assert hope.lost(sample(0, a="500", health="503")) == ""


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from([0.1, 3.0, 9.0, "broke"]), min_size=5, max_size=40))
def test_what_is_lost_fails_in_the_end_however_well_the_rest_goes(told: list[float | str]) -> None:
    """Early is never wrong: where the watch is given up, the whole of it would have failed, too."""
    hope = Hope((HEALTH, "a"), len(told), PLAN)
    for n, each in enumerate(told):
        if hope.lost(sample(n, a=each)):
            best = [sample(k, a=told[k] if k <= n else 0.1) for k in range(len(told))]
            calls = calls_of(best)
            failed = sum(each.failed for each in calls.values())
            assert (
                calls["a"].percentile(0.5) >= PLAN.latency
                or calls["a"].percentile(0.99) >= PLAN.p99
                or calls["a"].error_percent >= PLAN.errors
                or 100 * failed / (2 * len(told)) >= PLAN.errors
            )
            return


# What is said


def test_gaps_are_named_in_one_stretch_each() -> None:
    taken = [sample(n) for n in range(13) if n not in (2, 3, 7)]
    known = Recorded(Path("s.jsonl"), WINDOW, tuple(taken), gaps=(Gap(7, 7, "the machine was asleep"),))

    assert [finding.message for finding in judged.gap_findings(known)] == [
        "no sample at 2026-01-06 10:10:00 UTC to 2026-01-06 10:15:00 UTC: nothing was sampling then",
        "no sample at 2026-01-06 10:35:00 UTC: the machine was asleep",
    ]


def test_progress_is_a_heartbeat_in_a_log_and_one_line_on_a_terminal() -> None:
    now = [0.0]
    log: list[str] = []
    drawn: list[str] = []
    lines: list[str] = []
    in_log = Progress(log.append, clock=lambda: now[0])
    on_terminal = Progress(lines.append, drawn.append, clock=lambda: now[0])
    for progress in (in_log, on_terminal):
        progress.begun(WINDOW, None)
        progress.kept(sample(0, a=0.02))
    for _ in range(1210):
        now[0] += 0.1
        in_log.tell(1)
        on_terminal.tell(1)

    assert len(log) == 3  # the beginning, and two minutes
    assert len(lines) == 1
    assert 100 <= len(drawn) <= 120


def test_progress_says_elapsed_next_sample_and_figures() -> None:
    said: list[str] = []
    progress = Progress(said.append)
    progress.begun(WINDOW, None)
    progress.kept(sample(0, a=0.25))
    progress.kept(sample(1, a="answered 500", b="answered 502"))
    progress.kept(Smoke(0, AT, AT, AT, "PASS", 1.0, "", 11))

    line = progress.line(2, AT + timedelta(minutes=7, seconds=1))

    assert said[0] == "monitoring: watching for 60:00 min: 13 samples, one every 300 s, 6 smoke runs"
    assert said[1] == "monitoring: sample 1: a: answered 500 (and 1 more)"
    assert line == (
        "monitoring: 7:01 min of 60:00 min; 2 of 13 samples; next in 2:59 min; 2 of 5 calls failed, slowest 250 ms; "
        "disk 50 %, cpu 1 %; smoke 1 of 6, last PASS"
    )


def test_machine_tells_shares_of_what_there_is(tmp_path: Path) -> None:
    machine = Machine(tmp_path, link_mbit=1000)
    machine.begin()
    until = datetime.now(UTC) + timedelta(seconds=0.2)
    while datetime.now(UTC) < until:
        sum(range(10_000))

    figures = machine.read()

    for name in ("disk_percent", "cpu_percent", "memory_percent"):
        assert 0 <= figures[name] <= 100, figures
    assert figures["cpu_percent"] > 0
    assert figures["disk_free_bytes"] <= figures["disk_total_bytes"]
    assert Machine(tmp_path / "nowhere").read()["unknown"]["disk_percent"].endswith("no such file or directory")


def test_machine_figures_become_series_by_name() -> None:
    series = host_series([sample(0), sample(1)], 300.0)

    assert series["host.cpu_percent"] == ((AT.timestamp(), 0.0), (AT.timestamp() + 300, 1.0))
    assert series["host.network_percent"] == ()


# For Prometheus


def _exposition() -> str:
    samples = [sample(0, a=0.5), sample(1, a='broke "badly"\\'), sample(2, a=1.5)]
    smokes = [Smoke(0, AT, AT, AT, "PASS", 1.0, "", 11)]
    watched = recorded(samples, smokes)
    labels = {"target": 'a "target"\nwith \\ signs', "release": "2.0.0"}
    return exposition.text_of(watched, calls_of(samples), host_series(samples, 300.0), labels)


def test_metrics_keep_to_the_text_format() -> None:
    text = _exposition()
    name, label = r"[a-zA-Z_:][a-zA-Z0-9_:]*", r'[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\["\\n])*"'
    row = re.compile(rf"{name}\{{{label}(?:,{label})*\}} (?:[-+0-9.e]+|\+Inf|NaN)")

    assert text.endswith("\n")
    kinds: list[str] = []
    for line in text.splitlines():
        if line.startswith("# TYPE "):
            kinds.append(line.split()[2])
        elif not line.startswith("# HELP "):
            assert row.fullmatch(line), line
            assert line.partition("{")[0] == kinds[-1], line
    assert len(kinds) == len(set(kinds)) >= 12
    assert 'call="a",quantile="0.99"} +Inf' in text
    assert (
        'release_gate_knowledge_calls_failed{target="a \\"target\\"\\nwith \\\\ signs",release="2.0.0",call="a"} 1.0'
        in text
    )


@pytest.mark.real_prometheus
def test_prometheus_itself_accepts_the_metrics() -> None:
    promtool = shutil.which("promtool")
    assert promtool, "promtool is not installed; it comes with Debian's package prometheus"

    done = subprocess.run(
        [promtool, "check", "metrics"], input=_exposition(), capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stdout + done.stderr
