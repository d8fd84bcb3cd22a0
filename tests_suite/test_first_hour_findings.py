"""What is found in the watched hour, and in a deployment's log as a whole: complete, in words, at the edges."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from fixtures.executions import acceptance, firsthour, trend
from fixtures.executions.acceptance import Rate, Times, Walk
from fixtures.executions.log import ExecutionLog
from fixtures.executions.run import Run
from fixtures.executions.trend import Trend
from fixtures.executions.watch import Watch
from fixtures.finding import Finding
from fixtures.schedule import Schedule

T0 = datetime(2026, 1, 6, 9, tzinfo=UTC)
SCHEDULE = Schedule(T0)
OVER = T0 + timedelta(hours=26)
ODD = Finding("a.jsonl", 7, "run 'odd': is odd")
PATHS = {"long": ("1", "2a", "2b", "3"), "short": ("1", "2a", "3")}


def at(minutes: float) -> datetime:
    """So many minutes after T-0."""
    return T0 + timedelta(minutes=minutes)


def run(name: str, begins: float = 60, last: float = 90, **changes: Any) -> Run:
    """A run that was completed, of the new version, in minutes after T-0."""
    facts: dict[str, Any] = {"version": "2.0.0", "architecture": "long", "outcome": "completed", "parts": {"1": 2.0},
                             "open_step": None, "open_since": None, "faults": 0}  # fmt: skip
    return Run(name=name, started=at(begins), last=at(last), **(facts | changes))


def log_of(*runs: Run, unreadable: Sequence[Finding] = ()) -> ExecutionLog:
    """A log of these runs."""
    return ExecutionLog(Path("a.jsonl"), {each.name: each for each in runs}, 9, (), unreadable=tuple(unreadable))


def watch(*pieces: int) -> Watch:
    """The hour from T+1h on, with events in these quarters of a minute."""
    watched = firsthour.watch_of(SCHEDULE)
    watched.events.update(dict.fromkeys(pieces, 1))
    return watched


def found(*messages: str) -> list[Finding]:
    """Findings about the log as a whole."""
    return [Finding("a.jsonl", None, message) for message in messages]


def clock(minutes: float) -> str:
    """A point in time as findings show it."""
    return at(minutes).isoformat(timespec="seconds")


IN_USE = "expected the log of a workflow that is in use, or of its smoke test"


@pytest.mark.parametrize(("pieces", "last", "now", "hours", "findings"), [
    (range(240), 120, 200, 1, []),
    ((0, 61, 122, 183, 239), 200, 200, 1, []),
    ((0, 62, 122, 182, 239), 200, 200, 44.75 / 60,
     [f"nothing was logged from {clock(60.25)} to {clock(75.5)}, for 15 min; {IN_USE}"]),
    (range(120), 90, 200, 0.5, [f"nothing was logged from {clock(90)} to {clock(120)}, for 30 min; {IN_USE}"]),
    (range(120), 89.75, 200, 0.5, [f"nothing was logged from {clock(90)} to {clock(120)}, for 30 min; {IN_USE}"]),
    (range(120), 90, 105, 0.75, [f"the hour is not over: it ends at {clock(120)}; come back then"]),
    (range(120), 90, 105.5, 0.5,
     [f"nothing was logged from {clock(90)} to {clock(105.5)}, for 16 min; {IN_USE}",
      f"the hour is not over: it ends at {clock(120)}; come back then"]),
    (range(180), 105, 120.5, 45 / 60, [f"nothing was logged from {clock(105)} to {clock(120)}, for 15 min; {IN_USE}"]),
    (range(180), 105, 120, 1, []),
    (range(190), 107.5, 125, 47.5 / 60,
     [f"nothing was logged from {clock(107.5)} to {clock(120)}, for 12 min; {IN_USE}"]),
    ((), 200, 200, 0, [f"nothing was logged from {clock(60)} to {clock(120)}; that is no success"]),
    ((), 200, 80, 0, [f"nothing was logged from {clock(60)} to {clock(80)}; that is no success"]),
])  # fmt: skip
def test_silence_of_more_than_a_quarter_of_an_hour_is_told_and_is_not_observed(
    pieces: Sequence[int], last: float, now: float, hours: float, findings: list[str]
) -> None:
    observed, told = firsthour.observed(log_of(run("r", 0, last)), watch(*pieces), at(now))

    assert observed == pytest.approx(hours)
    assert told == found(*findings)


def test_hour_without_any_run_is_not_observed() -> None:
    assert firsthour.observed(log_of(), watch(1), OVER) == (
        0.0, found(f"nothing was logged from {clock(60)} to {clock(120)}; that is no success"),
    )  # fmt: skip


def test_runs_of_the_hour_are_those_that_were_going_on_in_it() -> None:
    runs = [run("before", 0, 59.9), run("into", 0, 60), run("within", 70, 80), run("out of", 119.9, 200),
            run("after", 120, 200)]  # fmt: skip

    assert [each.name for each in firsthour.active(log_of(*runs), watch())] == ["into", "within", "out of"]


def test_hour_says_something_about_a_version_where_a_run_of_it_completed_a_step() -> None:
    runs = [run("b", version="1.0.0"), run("c", parts={}), run("d", 0, 10, version="0.9.0")]
    nothing = f"no run of 2.0.0 with a completed step from {clock(60)} to {clock(120)}; versions seen: "

    assert firsthour.unseen(log_of(run("a"), *runs), watch(), "2.0.0") == []
    assert firsthour.unseen(log_of(*runs), watch(), "2.0.0") == found(f"{nothing}1.0.0, 2.0.0")
    assert firsthour.unseen(log_of(runs[2]), watch(), "2.0.0") == found(f"{nothing}none")


def test_runs_that_began_after_t0_with_another_version_are_told() -> None:
    runs = [run("a"), run("b", -1, 90, version="1.0.0"), run("c", 0, 90, version="1" * 50),
            run("d", 130, 140, version="1.0.0")]  # fmt: skip

    assert firsthour.old_versions(log_of(*runs), watch(), SCHEDULE, "2.0.0") == found(
        f"run 'c' began at {clock(0)}, after T-0, with {'1' * 40}; expected 2.0.0"
    )


def test_steps_that_did_not_complete_and_runs_that_failed_are_told() -> None:
    runs = [
        run("a", failed={"1": at(61), "2a": at(62)}, left={"1": at(63), "2a": at(64), "2b": at(65)}, outcome="failed"),
        run("b", outcome="failed", open_step="3" * 50),
        run("c", 60, 91, outcome="failed", failed={"1": at(61)}),
        run("d", 0, 10, outcome="failed"),
        run("e", outcome="open", open_step="3"),
    ]
    log = log_of(*runs)

    assert firsthour.incomplete(log, watch()) == found(
        f"run 'a', step 2a: failed at {clock(62)}, and was not completed afterwards",
        f"run 'a', step 2b: begun at {clock(65)}, and never completed: the run went on without it",
        f"run 'b': failed in step {'3' * 40} at {clock(90)}",
        f"run 'c': failed at {clock(91)}",
    )
    assert firsthour.repeated(log, watch()) == found(
        f"run 'a', step 1: failed at {clock(61)}, and was completed when it was tried again",
        f"run 'c', step 1: failed at {clock(61)}, and was completed when it was tried again",
    )


def opened(name: str, last: float, since: float, step: str = "1", **changes: Any) -> Run:
    """A run with a step that is open."""
    return run(name, 0, last, outcome="open", open_step=step, open_since=at(since), **({"parts": {}} | changes))


USUAL = run("usual", 200, 300, parts={"1": 10.0})
SAID = "it usually takes 10 min"


@pytest.mark.parametrize(("hung", "until", "begun", "quiet_since", "usual"), [
    (opened("r", 280, 270), 300, None, 0, ""),
    (opened("r", 280, 269.9), 300, 269.9, 280, SAID),
    (opened("r", 290, 200), 300, None, 0, ""),
    (opened("r", 289.9, 200), 300, 200, 289.9, SAID),
    (opened("r", 59, 50), 120, None, 0, ""),
    (opened("r", 60, 50), 120, 50, 60, SAID),
    (opened("r", 200, 120), 120, None, 0, ""),
    (opened("r", 200, 119), 120, 119, 200, SAID),
    (opened("r", 260, 240, "2a"), 299, None, 0, ""),
    (opened("r", 260, 239.9, "2a"), 299, 239.9, 260, "no run has completed it yet"),
    (opened("r", 290, 250, "2a"), 310, None, 0, ""),
    (opened("r", 290, 250, "2a"), 310.1, 250, 290, "no run has completed it yet"),
    (run("r", 0, 200, outcome="failed", open_step="1", open_since=at(100)), 120, None, 0, ""),
    (run("r", 0, 200, outcome="open"), 120, None, 0, ""),
])  # fmt: skip
def test_step_hangs_that_is_open_for_three_times_its_usual_and_says_nothing(
    hung: Run, until: float, begun: float | None, quiet_since: float, usual: str
) -> None:
    hanging = firsthour.hanging(log_of(hung, USUAL), at(60), at(until))

    if begun is None:
        assert hanging == []
    else:
        since = f"open since {clock(begun)}, and nothing logged since {clock(quiet_since)}"
        assert hanging == [(hung, found(f"run 'r', step {hung.open_step}: hangs: {since}; {usual}")[0])]


def test_usual_time_of_a_part_is_the_median_by_nearest_rank() -> None:
    runs = [run(str(number), parts={"1": minutes, **({"2": 5.0} if number == 1 else {})})
            for number, minutes in enumerate((4.0, 1.0, 3.0, 2.0))]  # fmt: skip

    assert firsthour.usual_minutes(runs) == {"1": 2.0, "2": 5.0}
    assert firsthour.usual_minutes(runs[:3]) == {"1": 3.0, "2": 5.0}
    assert firsthour.usual_minutes([]) == {}


def growing(hours: float, count: int = 60) -> dict[int, list[float]]:
    """The memory of a process, piece by piece, that has 120 MB at first and doubles it in so many hours."""
    return {piece: [120 + 120 * (piece / 240) / hours, 1.0] for piece in range(0, count * 4, 4)}


def test_process_whose_memory_doubles_within_a_day_is_told_and_one_within_six_hours_blocks() -> None:
    watched = watch()
    memory: Mapping[int | str, dict[int, list[float]]] = {
        1: growing(5.9), 2: growing(6.1), "r" * 70: growing(23.9), 3: growing(24.2), 4: growing(1, 7),
    }  # fmt: skip
    watched.memory.update(memory)

    grows = firsthour.growing(log_of(), watched)

    rest = "in the second half of the time as in the first; that doubles it in"
    assert grows == {
        True: found(f"process 1: memory grows from 120 MB by 20.3 MB an hour, {rest} 5.9 h"),
        False: found(f"process 2: memory grows from 120 MB by 19.7 MB an hour, {rest} 6.1 h",
                     f"the process of run '{'r' * 60}': memory grows from 120 MB by 5.02 MB an hour, {rest} 24 h"),
    }  # fmt: skip
    assert firsthour.unmeasured_memory(log_of(), watched) == []


def test_hour_without_enough_of_the_memory_says_so() -> None:
    watched = watch()
    assert firsthour.unmeasured_memory(log_of(), watched) == found(
        "no line of the hour has memory_mb; expected the memory of the process, to see whether it grows"
    )
    watched.memory.update({1: growing(1, 7), 2: {0: [1.0, 1.0]}})
    assert firsthour.unmeasured_memory(log_of(), watched) == found(
        "2 processes in the hour, none with memory_mb over 10 minutes; growth cannot be judged"
    )


def test_what_is_odd_in_the_hour_are_its_runs_and_lines_that_nobody_can_date() -> None:
    unreadable = Finding("a.jsonl", 3, "no event")

    log = log_of(run("odd", odd=(ODD, ODD)), run("old", 0, 10, odd=(ODD,)), unreadable=[unreadable])

    assert firsthour.odd(log, watch()) == [unreadable, ODD, ODD]


# Trends


@pytest.mark.parametrize(("points", "judged"), [
    ([(100.0 * number, 1.0) for number in range(8)], True),
    ([(100.0 * number, 1.0) for number in range(7)], False),
    ([(600.0 / 7 * number, 1.0) for number in range(8)], True),
    ([(599.0 / 7 * number, 1.0) for number in range(8)], False),
    ([], False),
])  # fmt: skip
def test_series_is_judged_from_eight_points_and_ten_minutes_on(points: list[tuple[float, float]], judged: bool) -> None:
    assert trend.is_judged(points) is judged


def test_trend_is_the_level_at_the_beginning_and_the_growth_of_an_hour() -> None:
    line = [(60.0 * number + 30, 100.0 + number) for number in range(20)]

    assert trend.trend(line) == Trend(100.0, 60.0)
    assert trend.trend(line[:8]) is None, "seven minutes"
    assert Trend(100.0, 50.0).doubles_in == 2.0
    assert (Trend(100.0, 0.0).doubles_in, Trend(100.0, -1.0).doubles_in) == (math.inf, math.inf)


def test_trend_has_to_go_on_at_half_its_slope_at_least() -> None:
    def bent(slope: float) -> list[tuple[float, float]]:
        steps = [10.0] * 15 + [slope] * 15
        return list(zip((60.0 * n for n in range(31)), itertools.accumulate(steps, initial=0.0), strict=True))

    assert trend.trend(bent(6.0)) is not None
    assert trend.trend(bent(3.0)) is None


def test_long_series_is_thinned_to_medians_of_neighbours() -> None:
    points = [(float(number), float(number % 2)) for number in range(121)]

    thinned = trend._thinned(points)

    assert (len(thinned), thinned[0], thinned[-2:]) == (41, (1.0, 0.0), [(118.0, 1.0), (120.0, 0.0)])
    assert trend._thinned(points[:60]) == points[:60]
    assert len(trend._thinned(points[:61])) == 31


def test_rises_are_counted_in_standard_deviations_of_chance() -> None:
    def rises(*values: float) -> float:
        return trend._rises([(float(number), value) for number, value in enumerate(values)])

    assert rises(1, 2, 3, 4) == pytest.approx(5 / math.sqrt(4 * 3 * 13 / 18))
    assert rises(1, 1, 2, 2) == pytest.approx(3 / math.sqrt((4 * 3 * 13 - 2 * 2 * 9) / 18))
    assert (rises(1, 1, 1), rises(3, 2, 1), rises(1, 2, 1)) == (0.0, 0.0, 0.0)


# A deployment as a whole


def test_release_that_nobody_used_since_t0_is_told_with_what_was_used_instead() -> None:
    since = f"no run of 2.0.0 began since T-0, {T0.isoformat(timespec='minutes')}; others: "
    others = [run("a", version="1.1.0"), run("b", 0, version="1" * 50), run("c", -1)]

    assert acceptance.untouched(log_of(run("r", 0)), T0, "2.0.0") == []
    assert acceptance.untouched(log_of(*others), T0, "2.0.0") == found(f"{since}1.1.0, {'1' * 40}")
    assert acceptance.untouched(log_of(others[2]), T0, "2.0.0") == found(f"{since}none at all")


@pytest.mark.parametrize(("architecture", "parts", "steps"), [
    ("long", ["1", "2a", "2b", "3"], {1, 2, 3}),
    ("long", ["1", "2a"], {1}),
    ("long", ["1", "2a", "3"], {1}),
    ("long", ["2a", "2b", "3"], set()),
    ("long", [], set()),
    ("short", ["1", "2a", "3"], {1, 2, 3}),
    ("short", ["1"], {1}),
    ("flat", ["1", "2a", "2b", "3"], set()),
])  # fmt: skip
def test_steps_are_reached_up_to_the_first_gap(architecture: str, parts: list[str], steps: set[int]) -> None:
    one = run("r", architecture=architecture, parts=dict.fromkeys(parts, 1.0))

    assert acceptance.reached(one, PATHS) == steps


def test_step_that_an_architecture_leaves_out_counts_once_a_run_is_behind_it() -> None:
    paths = {"all": ("1", "2", "3", "4"), "few": ("1", "3")}

    def reached(*parts: str) -> frozenset[int]:
        return acceptance.reached(run("r", architecture="few", parts=dict.fromkeys(parts, 1.0)), paths)

    assert reached("1") == {1}
    assert reached("1", "3") == {1, 2, 3, 4}


def test_walk_is_that_of_the_run_that_got_furthest_with_its_oddities(monkeypatch: pytest.MonkeyPatch) -> None:
    parts = dict.fromkeys(("1", "2a", "2b"), 1.0)
    runs = [run("a"), run("b" * 70, parts=parts, outcome="open"), run("c", parts=parts), run("odd", odd=(ODD, ODD)),
            run("odd too", odd=(ODD,)), run("old", version="1.0.0", odd=(ODD,))]  # fmt: skip
    short = found(f"no run got through step 3; the furthest is '{'b' * 60}', long, open")

    assert acceptance.walk(log_of(*runs), PATHS, T0, "2.0.0") == Walk(2, "b" * 70, (ODD, ODD, *short))
    assert acceptance.oddities(log_of(*runs), T0, "2.0.0") == [ODD, ODD, ODD]
    monkeypatch.setattr(acceptance, "MOST_ODD", 1)
    assert acceptance.walk(log_of(*runs), PATHS, T0, "2.0.0").findings == (ODD, *short)
    assert acceptance.walk(log_of(*runs), {}, T0, "2.0.0") == Walk(
        0, None, (ODD, Finding(None, None, "no path of any architecture is known, nothing verified"))
    )
    assert acceptance.walk(log_of(), PATHS, T0, "2.0.0") == Walk(
        0, None, tuple(acceptance.untouched(log_of(), T0, "2.0.0"))
    )
    assert acceptance.walk(log_of(run("n", parts={})), PATHS, T0, "2.0.0").findings == tuple(
        found("no run got through step 1, 2, 3; the furthest is 'n', long, completed")
    )


def test_sample_times_are_those_of_sound_completed_runs() -> None:
    runs = [run("a", 0, 9), run("b", 0, 5), run("c", 0, 7), run("d", 0, 1, faults=1), run("e", 0, 1, outcome="open")]

    assert acceptance.sample_times(log_of(*runs), T0, "2.0.0") == Times(7.0, (9.0, 5.0, 7.0), ())
    assert acceptance.sample_times(log_of(*runs[1:]), T0, "2.0.0") == Times(5.0, (5.0, 7.0), ())
    none = acceptance.sample_times(log_of(*runs[3:]), T0, "2.0.0")
    assert math.isnan(none.minutes)
    assert (none.samples, none.findings) == ((), tuple(found(
        "no sound, completed run of 2.0.0 since T-0; 2 began, 1 of them completed, none sound"
    )))  # fmt: skip


def test_failure_rate_is_of_the_runs_that_ended_or_hang() -> None:
    hung = opened("hung", 200, 100)
    old = opened("old", 200, 100, version="1.0.0")
    runs = [run("a"), run("b", 0, 91, outcome="failed", failed={"1": at(80), "2a": at(81), "3": at(70)}),
            run("c", 0, 92, outcome="failed"), run("d", 0, 300, outcome="open"), hung, old,
            run("e", -1, 90, outcome="failed"), run("f", version="1.0.0", outcome="failed")]  # fmt: skip
    log = log_of(*runs)
    [(_, hangs)] = [each for each in firsthour.hanging(log, T0, at(310)) if each[0] == hung]

    rate = acceptance.failure_rate(log, T0, at(310), "2.0.0")

    assert rate == Rate(3, 4, (
        *found(f"run 'b', step 2a: failed at {clock(91)}", f"run 'c': failed at {clock(92)}"), hangs,
    ))  # fmt: skip
    assert rate.percent == 75.0
    none = acceptance.failure_rate(log_of(runs[3]), T0, at(301), "2.0.0")
    assert none == Rate(0, 0, tuple(found("no run of 2.0.0 has ended since T-0; a rate of nothing is no rate")))
    assert math.isnan(none.percent)
    assert acceptance.failure_rate(log_of(hung, USUAL), T0, at(310), "2.0.0").percent == 50.0
