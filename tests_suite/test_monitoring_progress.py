"""What a watch says while it lasts, line by line: its beginning, what went wrong, how things stand, and its end."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from fixtures.monitoring.progress import Progress
from fixtures.monitoring.samples import Call, Gap, Mark, Record, Recorded, Sample, Smoke, Window

AT = datetime(2026, 1, 6, 10, tzinfo=UTC)
WINDOW = Window("x", AT, AT + timedelta(minutes=10), 30.0, 300.0)
ALONE = dataclasses.replace(WINDOW, smoke_every_seconds=None)
LOST = Mark(AT, "aborted", "errors")


def sample(n: int, calls: dict[str, float | str] | None = None, **host: float | None) -> Sample:
    """A tick at which calls took that many milliseconds, or failed after 7 ms with those words."""
    made = {
        name: Call(7.0, False, told) if isinstance(told, str) else Call(told, True)
        for name, told in (calls or {}).items()
    }
    return Sample(n, WINDOW.due(n), WINDOW.due(n), WINDOW.due(n), made, host)


def smoke(n: int, verdict: str = "PASS", *failed: str) -> Smoke:
    return Smoke(n, AT, AT, AT, verdict, 1.0, "", 11, failed)


def following(window: Window = WINDOW, *records: Record) -> tuple[Progress, list[str]]:
    """A watch that has begun and kept these records, and what it said about these."""
    said: list[str] = []
    progress = Progress(said.append)
    progress.begun(window, None)
    said.clear()
    for record in records:
        progress.kept(record)
    return progress, said


@pytest.mark.parametrize(
    ("window", "words"),
    [
        (WINDOW, "watching for 10:00 min: 21 samples, one every 30 s, 2 smoke runs"),
        (
            dataclasses.replace(WINDOW, smoke_every_seconds=600.0, every_seconds=2.5),
            "watching for 10:00 min: 241 samples, one every 2.5 s, 1 smoke run",
        ),
        (ALONE, "watching for 10:00 min: 21 samples, one every 30 s"),
        (
            dataclasses.replace(ALONE, closes=AT + timedelta(seconds=9.94), every_seconds=1.0),
            "watching for 9.9 s: 10 samples, one every 1 s",
        ),
        (
            dataclasses.replace(ALONE, closes=AT + timedelta(seconds=10), every_seconds=1.0),
            "watching for 0:10 min: 11 samples, one every 1 s",
        ),
    ],
)
def test_watch_begins_with_what_is_due(window: Window, words: str) -> None:
    said: list[str] = []

    Progress(said.append).begun(window, None)

    assert said == [f"monitoring: {words}"]


@pytest.mark.parametrize("torn", ["", "half a line was dropped"])
def test_watch_that_is_gone_on_with_counts_what_there_is(torn: str) -> None:
    said: list[str] = []
    progress = Progress(said.append)
    samples = (sample(0, {"health": 3.0, "a": "broke"}, cpu_percent=5.0), sample(1, {"health": 9.6}))
    earlier = Recorded(Path("x"), WINDOW, samples, (smoke(0, "FAIL", "2.1.1"),), torn=torn)

    progress.begun(WINDOW, earlier)

    more = f" ({torn})" if torn else ""
    assert said == [
        f"monitoring: going on with the watch that began at 2026-01-06T10:00:00+00:00, 2 of 21 samples taken{more}"
    ]
    assert progress.line(2, AT + timedelta(seconds=40)) == (
        "monitoring: 0:40 min of 10:00 min; 2 of 21 samples; next in 0:20 min; 1 of 3 calls failed, slowest 10 ms; "
        "cpu 5 %; smoke 1 of 2, last FAIL"
    )


@pytest.mark.parametrize(
    ("record", "words"),
    [
        (sample(3, {"health": 1.0}), []),
        (sample(3, {"health": 1.0, "a": "no answer"}), ["sample 3: a: no answer"]),
        (sample(3, {"b": "503", "a": "no answer", "c": "500"}), ["sample 3: b: 503 (and 2 more)"]),
        (smoke(1), []),
        (smoke(1, "FAIL", "2.1.1 failed", "2.1.2 failed"), ["smoke run 1: FAIL: 2.1.1 failed"]),
        (Gap(1, 2, "the machine was asleep"), ["the machine was asleep"]),
        (Mark(AT, "clock", "the clock was set back"), ["the clock was set back"]),
        (Mark(AT, "resumed", "gone on with"), []),
        (LOST, []),
        (WINDOW, []),
    ],
    ids=["good", "one failed", "three failed", "smoke", "smoke failed", "gap", "clock", "resumed", "aborted", "window"],
)
def test_what_went_wrong_is_said_at_once(record: Record, words: list[str]) -> None:
    _, said = following(WINDOW, record)

    assert said == [f"monitoring: {each}" for each in words]


@pytest.mark.parametrize(
    ("window", "records", "n", "seconds", "line"),
    [
        (ALONE, (), 0, -5, "0.0 s of 10:00 min; 0 of 21 samples; next in 5.0 s"),
        (ALONE, (), 1, 31, "0:31 min of 10:00 min; 0 of 21 samples; next in 0.0 s"),
        (ALONE, (), 20, 590.5, "9:50 min of 10:00 min; 0 of 21 samples; next in 9.5 s"),
        (ALONE, (), 21, 600, "10:00 min of 10:00 min; 0 of 21 samples; waiting for the last smoke run"),
        (WINDOW, (), 1, 0, "0.0 s of 10:00 min; 0 of 21 samples; next in 0:30 min; smoke 0 of 2"),
        (
            WINDOW,
            (smoke(0), smoke(1, "DEGRADE")),
            1,
            0,
            "0.0 s of 10:00 min; 0 of 21 samples; next in 0:30 min; smoke 2 of 2, last DEGRADE",
        ),
        (
            ALONE,
            (
                sample(0, {"health": 3.0, "a": 99.4}, disk_percent=1.6, cpu_percent=2.0, memory_percent=None),
                sample(1, {"health": "503", "a": "500"}, disk_percent=3.0, memory_percent=5.0, network_percent=4.0),
            ),
            1,
            0,
            "0.0 s of 10:00 min; 2 of 21 samples; next in 0:30 min; 2 of 4 calls failed, slowest 99 ms; "
            "disk 3 %, cpu 2 %, memory 5 %, network 4 %",
        ),
    ],
    ids=["before", "late", "last", "over", "smoke due", "smoke done", "figures"],
)
def test_line_says_how_things_stand(
    window: Window, records: Sequence[Record], n: int, seconds: float, line: str
) -> None:
    progress, _ = following(window, *records)

    assert progress.line(n, AT + timedelta(seconds=seconds)) == f"monitoring: {line}"


@pytest.mark.parametrize(("rewritten", "every"), [(False, 60.0), (True, 1.0)], ids=["in a log", "on a terminal"])
def test_line_is_said_again_after_its_time(rewritten: bool, every: float) -> None:
    now = [100.0]
    said: list[str] = []
    drawn: list[str] = []
    progress = Progress(said.append, drawn.append if rewritten else None, clock=lambda: now[0])
    progress.begun(WINDOW, None)
    said.clear()
    told = drawn if rewritten else said

    counts = []
    for seconds in (every - 0.5, every, every + 0.5, 2 * every - 0.5, 2 * every):
        now[0] = 100.0 + seconds
        progress.tell(2)
        counts.append(len(told))

    assert counts == [0, 1, 1, 1, 2]
    assert len(said) + len(drawn) == 2
    assert told[0].startswith("monitoring: ")
    assert "0 of 21 samples; next in" in told[0]


def test_watch_says_how_it_ended() -> None:
    progress, said = following(WINDOW, sample(0))

    progress.ended(Recorded(Path("x"), WINDOW, ()))
    progress.ended(Recorded(Path("x"), WINDOW, (), marks=(LOST,)))

    assert said == [
        "monitoring: 10:00 min of 10:00 min; 1 of 21 samples; over; smoke 0 of 2",
        "monitoring: given up: errors",
        "monitoring: escalate now, and consider a rollback (plan 3.1)",
    ]


def test_used_up_budget_is_no_reason_to_escalate() -> None:
    progress, said = following(WINDOW, sample(0))
    words = "the server's rate limit: 1 of 26 planned calls were refused"

    progress.ended(Recorded(Path("x"), WINDOW, (), marks=(Mark(AT, "aborted", words),)))

    assert said == [f"monitoring: given up: {words}"]


@pytest.mark.parametrize("event", ["reopened", "broke"])
def test_session_that_was_opened_again_gets_a_line_at_once(event: str) -> None:
    progress, said = following(WINDOW)

    progress.kept(Mark(AT, event, "the session ended"))

    assert said[-1] == "monitoring: the session ended"
