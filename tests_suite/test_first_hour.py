"""What the execution log says of the watched hour: trends of memory, silences, hanging steps; in figures."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixtures.executions import firsthour, log
from fixtures.executions.log import ExecutionLog
from fixtures.executions.trend import MOST_POINTS, is_judged, trend
from fixtures.executions.watch import MOST_PROCESSES, PIECES, Watch
from fixtures.reference import executions as reference
from fixtures.schedule import Schedule
from tests_suite.odd_texts import FUZZING
from tests_suite.test_executions import PARTS, PATHS, Events, at, put, whole

T0 = datetime(2026, 1, 6, 9, 0, tzinfo=UTC)
SCHEDULE = Schedule(T0, "UTC")
LATER = T0 + timedelta(hours=26)


def series(figure: Callable[[float], float], minutes: float = 60, every: float = 0.5) -> list[tuple[float, float]]:
    """Points of a process: (seconds, MB)."""
    return [(number * every * 60, figure(number * every)) for number in range(int(minutes / every))]


def noisy(figure: Callable[[float], float], spread: float, seed: int = 1) -> Callable[[float], float]:
    """The same with noise, always the same."""
    chance = random.Random(seed)
    return lambda minutes: figure(minutes) + chance.gauss(0, spread)


GROWS: dict[str, tuple[Callable[[float], float], float]] = {
    "steadily": (lambda minutes: 500 + 5 * minutes, 500 / 300),
    "with noise": (noisy(lambda minutes: 500 + 5 * minutes, 20), 500 / 300),
    "in steps": (lambda minutes: 500 + 50 * (minutes // 10), 500 / 300),
    "with a wild value": (lambda minutes: 500 + 5 * minutes if minutes != 30 else 1e6, 500 / 300),
    "faster and faster": (lambda minutes: 500 * 1.02**minutes, 0.4),
    "below its own waves": (lambda minutes: 500 + 5 * minutes + 15 * math.sin(minutes), 500 / 300),
}


@pytest.mark.parametrize("name", GROWS)
def test_memory_that_grows_is_seen_with_the_time_in_which_it_doubles(name: str) -> None:
    figure, hours = GROWS[name]

    found = trend(series(figure))

    assert found is not None
    assert found.doubles_in == pytest.approx(hours, rel=0.25)


STEADY: dict[str, Callable[[float], float]] = {
    "constant": lambda minutes: 512.0,
    "noise": noisy(lambda minutes: 512.0, 50),
    "waves": lambda minutes: 512 + 100 * math.sin(minutes / 3),
    "a garbage collector's teeth": lambda minutes: 512 + 30 * (minutes % 7),
    "one wild value": lambda minutes: 512.0 if minutes != 12 else 1e6,
    "a quarter of wild values": lambda minutes: 512.0 if minutes % 4 else 1e5,
    "shrinking": lambda minutes: 900 - 4 * minutes,
    "a warm-up": lambda minutes: 512 + 300 * (1 - math.exp(-minutes / 5)),
    "one step up": lambda minutes: 512.0 if minutes < 20 else 700.0,
    "nothing": lambda minutes: 0.0,
}


@pytest.mark.parametrize("name", STEADY)
def test_memory_that_does_not_keep_growing_is_left_alone(name: str) -> None:
    assert trend(series(STEADY[name])) is None


def test_noise_is_hardly_ever_taken_for_growth() -> None:
    found = [seed for seed in range(300) if trend(series(noisy(lambda minutes: 512.0, 30, seed)))]

    assert len(found) <= 2


@pytest.mark.parametrize(("minutes", "every", "judged"), [(60, 0.5, True), (9, 0.1, False), (60, 10, False)])
def test_series_has_to_be_long_enough(minutes: float, every: float, judged: bool) -> None:
    points = series(lambda minutes: 500 + 10 * minutes, minutes, every)

    assert is_judged(points) is judged
    assert (trend(points) is not None) is judged


@FUZZING
@given(st.lists(st.floats(0, 1e12), max_size=3 * MOST_POINTS))
def test_any_memory_has_a_trend_or_none(values) -> None:  # type: ignore[no-untyped-def]
    found = trend([(15.0 * number, value) for number, value in enumerate(values)])

    assert found is None or (found.hourly > 0 and found.doubles_in >= 0)


# The watch


def read(tmp_path: Path, events: Events) -> ExecutionLog:
    """A log of version 2.0.0 with the hour in it."""
    return log.read(put(tmp_path, events), PATHS, firsthour.watch_of(SCHEDULE))


def runs(*minutes: float, slower: float = 1.0) -> Events:
    """Runs that begin so many minutes after T-0, one after the other in the log."""
    return [
        event
        for number, begins in enumerate(minutes, 1)
        for event in reference.run(
            f"r{number}", "2.0.0", "hybrid", PARTS, T0 + timedelta(minutes=begins), slower=slower, pid=number
        )
    ]


def watch_of(found: ExecutionLog) -> Watch:
    """The hour in a log."""
    assert found.watch is not None
    return found.watch


BUSY = (-90.0, 10.0, 50.0, 90.0, 130.0)  # a run takes three quarters of an hour


def test_hour_with_runs_before_and_after_is_observed_whole(tmp_path: Path) -> None:
    found = read(tmp_path, runs(*BUSY))

    assert firsthour.observed(found, watch_of(found), LATER) == (1.0, [])


@pytest.mark.parametrize(
    ("begins", "now", "hours", "said"),
    [
        ((10.0,), 1440.0, 0.0, "nothing was logged from 2026-01-06T10:00:00+00:00 to 2026-01-06T11:00:00+00:00"),
        ((10.0, 50.0), 1440.0, 0.63, "for 22 min"),
        ((10.0, 50.0, 180.0), 1440.0, 0.63, "for 22 min"),
        ((10.0, 78.0, 130.0), 1440.0, 0.7, "for 18 min"),
        ((10.0, 50.0), 90.0, 0.5, "the hour is not over: it ends at 2026-01-06T11:00:00+00:00"),
        ((10.0, 50.0, 90.0), 65.0, 0.083, "the hour is not over"),
        ((), 1440.0, 0.0, "nothing was logged"),
    ],
    ids=["before", "ends", "hole", "late", "half", "begun", "nothing"],
)
def test_silence_is_not_observed(
    begins: tuple[float, ...], now: float, hours: float, said: str, tmp_path: Path
) -> None:
    moment = T0 + timedelta(minutes=now)
    events = [event for event in runs(*begins) if datetime.fromisoformat(event["time"]) <= moment]
    found = read(tmp_path, events)

    observed, findings = firsthour.observed(found, watch_of(found), moment)

    assert observed == pytest.approx(hours, abs=0.02)
    assert any(said in finding.message for finding in findings), findings


def test_minutes_between_two_runs_are_no_silence(tmp_path: Path) -> None:
    found = read(tmp_path, runs(10, 70, 130))

    assert firsthour.observed(found, watch_of(found), LATER) == (1.0, [])


def test_last_minutes_before_now_may_be_quiet(tmp_path: Path) -> None:
    """Somebody is in the middle of a step when the hour ends."""
    events = runs(*BUSY[:4])
    end = T0 + timedelta(hours=2)
    quiet = [each for each in events if datetime.fromisoformat(each["time"]) < end - timedelta(minutes=10)]
    found = read(tmp_path, quiet)

    assert firsthour.observed(found, watch_of(found), end + timedelta(minutes=1)) == (1.0, [])
    assert firsthour.observed(found, watch_of(found), LATER)[0] == pytest.approx(50 / 60, abs=0.04)


def test_step_that_goes_on_later_does_not_hang(tmp_path: Path) -> None:
    """It was open for an hour and a half, and came to its end."""
    events = runs(*BUSY)
    last = [event for event in events if event["run"] == "r4"]
    place = at(last, "step_completed", "6")
    for event in last[place:]:
        event["time"] = (datetime.fromisoformat(event["time"]) + timedelta(minutes=100)).isoformat()
    until = T0 + timedelta(hours=2)

    assert firsthour.hanging(read(tmp_path, events), T0, until) == []

    cut = [event for event in events if event["run"] != "r4" or event in last[:place]]
    [(run, finding)] = firsthour.hanging(read(tmp_path, cut), T0, until)
    assert run.name == "r4"
    assert "step 6: hangs: open since 2026-01-06T10:" in finding.message
    assert "it usually takes 3.7 min" in finding.message


def test_slow_step_that_says_something_does_not_hang(tmp_path: Path) -> None:
    events = runs(*BUSY)
    number = max(place for place, event in enumerate(events) if (event["run"], event["step"]) == ("r4", "6"))
    cut = [event for place, event in enumerate(events) if event["run"] != "r4" or place < number]
    talk = {**events[number], "event": "log", "message": "waits for the knowledge base"}
    last = max(datetime.fromisoformat(event["time"]) for event in cut)
    talks = [{**talk, "time": (last - timedelta(minutes=minutes)).isoformat()} for minutes in (20, 10, 5)]

    found = read(tmp_path, [*cut, *talks])

    assert firsthour.hanging(found, T0, T0 + timedelta(hours=2)) == []


def test_processes_are_kept_up_to_a_number() -> None:
    watch = Watch(T0, T0 + timedelta(hours=1))
    for number in range(MOST_PROCESSES + 10):
        watch.add(T0.timestamp(), "r1", number, 1.0)

    assert len(watch.memory) == MOST_PROCESSES
    assert watch.events == {0: MOST_PROCESSES + 10}


def test_last_moment_of_a_watch_is_in_its_last_piece() -> None:
    watch = Watch(T0, T0 + timedelta(hours=1))

    watch.add((watch.ends - timedelta(microseconds=1)).timestamp(), "r1", None, 5.0)

    assert list(watch.events) == [PIECES - 1]
    assert watch.silences(timedelta(minutes=15)) == [(T0, T0 + timedelta(minutes=59, seconds=45))]
    assert watch.series() == {"r1": [(3592.5, 5.0)]}


def test_run_of_yesterday_is_not_of_the_hour(tmp_path: Path) -> None:
    found = read(tmp_path, [*whole("old", starts=T0 - timedelta(days=1)), *runs(*BUSY)])

    assert {run.name for run in firsthour.active(found, watch_of(found))} == {"r3", "r4"}
    assert firsthour.unseen(found, watch_of(found), "2.0.0") == []
    [unseen] = firsthour.unseen(found, watch_of(found), "2.1.0")
    assert "versions seen: 2.0.0" in unseen.message
