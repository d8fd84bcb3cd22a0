"""The sampler on a clock that the test sets: schedule, late ticks, gaps, machines that sleep, limits that are lost."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fixtures.monitoring.sampler import Sampler
from fixtures.monitoring.samples import Call, Gap, Mark, Record, Sample, Window
from fixtures.monitoring.timetable import Timetable

OPENED = datetime(2026, 1, 6, 10, tzinfo=UTC)
EVERY = 10.0


@dataclass
class SetClock:
    """A clock that goes on by what is waited for; `events` happen to it at monotonic times."""

    monotonic_now: float = 1000.0
    ahead: float = OPENED.timestamp() - 1000.0
    events: list[tuple[float, Callable[[SetClock], None]]] = field(default_factory=list)

    def monotonic(self) -> float:
        return self.monotonic_now

    def time(self) -> float:
        return self.monotonic_now + self.ahead

    def wait(self, seconds: float) -> None:
        self.monotonic_now += seconds
        for event in [each for each in self.events if each[0] <= self.monotonic_now]:
            self.events.remove(event)
            event[1](self)


@dataclass
class Going:
    """A tick that takes that many seconds."""

    clock: SetClock
    ends: float

    def wait(self, seconds: float) -> bool:
        self.clock.wait(min(seconds, max(self.ends - self.clock.monotonic(), 0.0)))
        return self.clock.monotonic() >= self.ends

    def taken(self) -> tuple[Mapping[str, Call], Mapping[str, Any]]:
        over = self.clock.monotonic() >= self.ends
        return {"health": Call(1.0, over, "" if over else "no answer")}, {}


@dataclass
class Watched:
    """What a sampler did: records in the order they were kept, and when each tick began."""

    records: list[Record] = field(default_factory=list)
    begun: list[tuple[int, float, int]] = field(default_factory=list)  # tick, time, records kept by then
    reason: str = ""

    @property
    def samples(self) -> list[Sample]:
        return [record for record in self.records if isinstance(record, Sample)]

    @property
    def gaps(self) -> list[Gap]:
        return [record for record in self.records if isinstance(record, Gap)]

    @property
    def marks(self) -> list[Mark]:
        return [record for record in self.records if isinstance(record, Mark)]


def watched(
    clock: SetClock,
    *,
    ticks: int = 6,
    first: int = 0,
    takes: Callable[[int], float] = lambda n: 0.1,
    lost: Callable[[Sample], str] = lambda sample: "",
    opened: float = 1000.0,
) -> Watched:
    """Sample through a window on that clock."""
    window = Window("x", OPENED, OPENED + timedelta(seconds=(ticks - 1) * EVERY), EVERY)
    done = Watched()

    def begin(n: int, due: float, cut: float) -> Going:
        done.begun.append((n, clock.monotonic(), len(done.records)))
        return Going(clock, clock.monotonic() + takes(n))

    sampler = Sampler(window, Timetable(opened, EVERY, ticks), clock, begin, done.records.append, lost)
    done.reason = sampler.run(first)
    return done


@pytest.mark.parametrize("seconds", [0.0, 3.0, 7.4, 100.0], ids=["at once", "slow", "very slow", "hanging"])
def test_every_tick_begins_when_it_is_due_however_slow_the_server(seconds: float) -> None:
    done = watched(SetClock(), takes=lambda n: seconds)

    assert [(n, round(at - 1000, 6)) for n, at, _ in done.begun] == [(n, n * EVERY) for n in range(6)]
    assert [sample.begun for sample in done.samples] == [OPENED + timedelta(seconds=n * EVERY) for n in range(6)]


def test_every_sample_is_kept_before_the_next_one_begins() -> None:
    done = watched(SetClock(), takes=lambda n: 100.0)

    assert [kept for _, _, kept in done.begun] == list(range(6))


def test_call_that_hangs_has_failed_when_the_next_sample_is_near() -> None:
    done = watched(SetClock(), takes=lambda n: 100.0 if n == 2 else 0.1)

    assert [sample.knowledge["health"].ok for sample in done.samples] == [True, True, False, True, True, True]
    assert done.samples[2].ended < done.samples[3].scheduled


def test_machine_that_sleeps_leaves_a_gap_and_the_schedule_goes_on_by_the_wall() -> None:
    def asleep(clock: SetClock) -> None:
        clock.ahead += 23.0  # the monotonic clock stands while the machine is asleep

    done = watched(SetClock(events=[(1014.0, asleep)]))

    assert [sample.n for sample in done.samples] == [0, 1, 4, 5]
    assert [(gap.first, gap.last) for gap in done.gaps] == [(2, 3)]
    assert "asleep" in done.marks[0].message
    for sample in done.samples:
        assert sample.begun - sample.scheduled < timedelta(milliseconds=50)


def test_clock_that_is_set_back_changes_no_sample() -> None:
    def back(clock: SetClock) -> None:
        clock.ahead -= 3600.0

    done = watched(SetClock(events=[(1014.0, back)]))

    assert [sample.n for sample in done.samples] == list(range(6))
    assert not done.gaps
    assert [mark.message for mark in done.marks] == [
        "the clock was set back by 3600.0 s; the schedule goes on as it began"
    ]


def test_process_that_was_stopped_leaves_a_gap() -> None:
    def stopped(clock: SetClock) -> None:
        clock.monotonic_now += 27.0

    done = watched(SetClock(events=[(1014.0, stopped)]))

    assert [sample.n for sample in done.samples] == [0, 1, 4, 5]
    assert [(gap.first, gap.last) for gap in done.gaps] == [(2, 3)]
    assert "was 21." in done.gaps[0].reason
    assert done.samples[2].begun - done.samples[2].scheduled < timedelta(seconds=2)


def test_watch_that_is_gone_on_with_takes_a_late_sample_while_there_is_time_for_it() -> None:
    done = watched(SetClock(monotonic_now=1023.0), first=2)

    assert [sample.n for sample in done.samples] == [2, 3, 4, 5]
    assert done.samples[0].begun - done.samples[0].scheduled == timedelta(seconds=3)
    assert not done.gaps


def test_watch_that_is_gone_on_with_too_late_says_what_is_missing() -> None:
    done = watched(SetClock(monotonic_now=1048.0), first=2)

    assert [sample.n for sample in done.samples] == [5]
    assert [(gap.first, gap.last) for gap in done.gaps] == [(2, 4)]


def test_watch_that_is_gone_on_with_after_its_end_waits_for_nothing() -> None:
    clock = SetClock(monotonic_now=1059.5)

    done = watched(clock, first=4)

    assert not done.samples
    assert [(gap.first, gap.last) for gap in done.gaps] == [(4, 5)]
    assert clock.monotonic() < 1060


def test_limit_that_is_lost_ends_the_watch_and_says_so() -> None:
    done = watched(SetClock(), lost=lambda sample: "too many errors" if sample.n == 2 else "")

    assert done.reason == "too many errors"
    assert [sample.n for sample in done.samples] == [0, 1, 2]
    assert [(mark.event, mark.message) for mark in done.marks] == [("aborted", "too many errors")]


def test_limit_that_is_lost_at_the_last_tick_ends_nothing() -> None:
    done = watched(SetClock(), lost=lambda sample: "too many errors" if sample.n == 5 else "")

    assert not done.reason
    assert not done.marks


# What is handed in, and what is said


@dataclass
class Handed:
    """What a sampler handed on, and when on the monotonic clock."""

    ready: list[tuple[int, float]] = field(default_factory=list)
    begun: list[tuple[int, float, float, float]] = field(default_factory=list)  # tick, time, due, cut
    told: list[int] = field(default_factory=list)
    records: list[Record] = field(default_factory=list)


def handed(clock: SetClock, first: int = 0, every: float = EVERY, takes: float = 0.1) -> Handed:
    """Sample four ticks on that clock."""
    window = Window("x", OPENED, OPENED + timedelta(seconds=3 * every), every)
    done = Handed()

    def begin(n: int, due: float, cut: float) -> Going:
        done.begun.append((n, clock.monotonic(), due, cut))
        return Going(clock, clock.monotonic() + takes)

    def ready(n: int) -> None:
        done.ready.append((n, round(clock.monotonic(), 6)))

    table = Timetable(1000.0, every, 4)
    sampler = Sampler(window, table, clock, begin, done.records.append, lambda _: "", ready, done.told.append)
    assert sampler.run(first) == ""
    return done


@pytest.mark.parametrize(("every", "lead"), [(4.0, 0.5), (16.0, 2.0), (60.0, 2.0)])
def test_session_is_made_ready_a_moment_before_each_tick(every: float, lead: float) -> None:
    done = handed(SetClock(), every=every)

    assert done.ready == [(0, 1000.0), *((n, 1000.0 + n * every - lead) for n in (1, 2, 3))]


def test_tick_has_until_a_second_before_the_next_one() -> None:
    done = handed(SetClock(), takes=100.0)

    assert [(n, due, cut) for n, _, due, cut in done.begun] == [(n, 1000.0 + 10 * n, 1009.0 + 10 * n) for n in range(4)]
    ends = [record.ended for record in done.records if isinstance(record, Sample)]
    assert [round((end - OPENED).total_seconds(), 3) for end in ends] == [9.0, 19.0, 29.0, 39.0]


def test_next_tick_is_told_while_one_waits_and_goes_on() -> None:
    told = handed(SetClock(), takes=5.0).told

    assert told == sorted(told)
    assert set(told) == {0, 1, 2, 3, 4}
    assert min(told.count(n) for n in (1, 2, 3)) >= 40  # every 0.2 s of ten seconds
    assert told.count(4) == 1


@pytest.mark.parametrize(
    ("now", "due"), [(1020.0, 1020.0), (1020.04, 1020.0), (1020.06, 1020.06), (1026.5, 1026.5)],
    ids=["in time", "punctual", "late", "as late as may be"],
)  # fmt: skip
def test_calls_of_a_late_tick_are_due_when_it_begins(now: float, due: float) -> None:
    done = handed(SetClock(monotonic_now=now), first=2)

    assert done.begun[0] == (2, now, due, 1029.0)
    assert not [record for record in done.records if isinstance(record, Gap)]


@pytest.mark.parametrize(
    ("now", "gap"),
    [
        (1016.6, Gap(1, 1, "no sample could be begun: tick 1 was 6.6 s late")),
        (1029.5, Gap(1, 2, "no sample could be begun: tick 1 was 19.5 s late")),
        (1038.0, Gap(1, 3, "no sample could be begun: tick 1 was 28.0 s late")),
    ],
)
def test_gap_says_by_how_much_its_first_tick_was_late(now: float, gap: Gap) -> None:
    done = handed(SetClock(monotonic_now=now), first=1)

    assert done.records[0] == gap
    assert [record.n for record in done.records[1:] if isinstance(record, Sample)] == list(range(gap.last + 1, 4))
    assert [begun for _, begun, _, _ in done.begun] == [1000.0 + 10 * n for n in range(gap.last + 1, 4)]


@pytest.mark.parametrize(
    ("jumps", "said"),
    [
        ((1.99,), []),
        ((-1.99,), []),
        ((2.01,), [(14, "2.0 s went by at once: the machine was asleep, or its clock was set forward")]),
        ((-2.01,), [(12, "the clock was set back by 2.0 s; the schedule goes on as it began")]),
        (
            (3.0, 5.0),
            [
                (15, "3.0 s went by at once: the machine was asleep, or its clock was set forward"),
                (22, "5.0 s went by at once: the machine was asleep, or its clock was set forward"),
            ],
        ),
        (
            (-3.0, -5.0),
            [
                (12, "the clock was set back by 3.0 s; the schedule goes on as it began"),
                (14, "the clock was set back by 5.0 s; the schedule goes on as it began"),
            ],
        ),
    ],
)
def test_clock_that_is_set_by_two_seconds_or_more_is_said_once(
    jumps: tuple[float, ...], said: list[tuple[int, str]]
) -> None:
    def jump(seconds: float) -> Callable[[SetClock], None]:
        def happen(clock: SetClock) -> None:
            clock.ahead += seconds

        return happen

    clock = SetClock(events=[(1012.0 + 2 * number, jump(seconds)) for number, seconds in enumerate(jumps)])
    marks = [record for record in handed(clock).records if isinstance(record, Mark)]

    assert [(mark.event, mark.message) for mark in marks] == [("clock", words) for _, words in said]
    for mark, (at, _) in zip(marks, said, strict=True):
        assert 0 <= (mark.at - OPENED).total_seconds() - at < 0.3


def test_watch_that_is_given_up_says_when() -> None:
    done = watched(SetClock(), lost=lambda sample: "lost" if sample.n == 2 else "", takes=lambda n: 3.0)

    assert done.marks == [Mark(done.samples[2].ended, "aborted", "lost")]
    assert done.samples[2].begun == OPENED + timedelta(seconds=20)
    assert round((done.samples[2].ended - OPENED).total_seconds(), 3) == 23.0


@settings(max_examples=200, deadline=None)
@given(
    takes=st.lists(st.floats(0, 40), min_size=8, max_size=8),
    stops=st.lists(st.tuples(st.floats(1000, 1080), st.floats(0, 60), st.booleans()), max_size=4),
    first=st.integers(0, 7),
)
def test_every_tick_is_a_sample_or_in_a_gap_and_none_both(
    takes: list[float], stops: list[tuple[float, float, bool]], first: int
) -> None:
    def stop(seconds: float, asleep: bool) -> Callable[[SetClock], None]:
        def happen(clock: SetClock) -> None:
            if asleep:
                clock.ahead += seconds
            else:
                clock.monotonic_now += seconds

        return happen

    clock = SetClock(events=[(at, stop(seconds, asleep)) for at, seconds, asleep in stops])
    done = watched(clock, ticks=8, first=first, takes=lambda n: takes[n])

    covered = sorted(
        [sample.n for sample in done.samples] + [n for gap in done.gaps for n in range(gap.first, gap.last + 1)]
    )
    assert covered == list(range(first, 8))
    assert [sample.n for sample in done.samples] == sorted(sample.n for sample in done.samples)
    for sample in done.samples:
        assert sample.scheduled == OPENED + timedelta(seconds=sample.n * EVERY)
        assert sample.begun >= sample.scheduled - timedelta(seconds=2)
        assert sample.ended >= sample.begun
