"""What is said of a watch, finding by finding, from records in memory: the edges of each, and where there are many."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from fixtures.finding import Finding
from fixtures.monitoring import judged
from fixtures.monitoring.samples import Gap, Mark, Recorded, Sample, Smoke, Window
from fixtures.monitoring.series import Calls, Point

AT = datetime(2026, 1, 6, 10, tzinfo=UTC)
LATER = AT + timedelta(days=1)
NAME = "samples.jsonl"
WINDOW = Window("x", AT, AT + timedelta(hours=1), 300.0, 600.0)
CLOCK = Mark(AT, "clock", "the clock was set back by 3.0 s")


def sample(n: int, late: float = 0.0, lasts: float = 1.0, off: float = 0.0) -> Sample:
    """A tick that began so many seconds late, took so long, and was put down as due so many seconds off."""
    due = WINDOW.due(n) + timedelta(seconds=off)
    begun = due + timedelta(seconds=late)
    return Sample(n, due, begun, begun + timedelta(seconds=lasts))


def recorded(samples: Sequence[Sample], marks: Sequence[Mark] = (), gaps: Sequence[Gap] = ()) -> Recorded:
    return Recorded(Path("reports", NAME), WINDOW, tuple(samples), (), tuple(gaps), tuple(marks))


def said(*messages: str, file: str | None = None) -> list[Finding]:
    return [Finding(file, None, message) for message in messages]


# The record


@pytest.mark.parametrize(
    ("samples", "words"),
    [
        ([sample(0), sample(12)], []),
        ([sample(13)], ["sample 13 is not one of the 13 that were due"]),
        ([sample(1, off=1.0), sample(2, off=-1.0)], []),
        (
            [sample(1, off=1.5), sample(2, off=-1.5)],
            [
                "sample 1 was due at 2026-01-06 10:05:00 UTC, not at 2026-01-06 10:05:01 UTC",
                "sample 2 was due at 2026-01-06 10:10:00 UTC, not at 2026-01-06 10:09:58 UTC",
            ],
        ),
        ([sample(1, late=-1.0), sample(2, lasts=0.0)], []),
        (
            [sample(1, late=-2.0)],
            [
                "sample 1 began at 2026-01-06 10:04:58 UTC and ended at 2026-01-06 10:04:59 UTC, "
                "due 2026-01-06 10:05:00 UTC"
            ],
        ),
        (
            [sample(1, lasts=-1.0)],
            [
                "sample 1 began at 2026-01-06 10:05:00 UTC and ended at 2026-01-06 10:04:59 UTC, "
                "due 2026-01-06 10:05:00 UTC"
            ],
        ),
        ([sample(0, lasts=301.0), sample(1)], []),
        (
            [sample(0, lasts=302.0), sample(1)],
            ["sample 1 began at 2026-01-06 10:05:00 UTC, before the one before it ended"],
        ),
        (
            [sample(0), sample(1, lasts=302.0), sample(2), sample(3, lasts=-1.0)],
            [
                "sample 2 began at 2026-01-06 10:10:00 UTC, before the one before it ended",
                "sample 3 began at 2026-01-06 10:15:00 UTC and ended at 2026-01-06 10:14:59 UTC, "
                "due 2026-01-06 10:15:00 UTC",
            ],
        ),
    ],
    ids=[
        "first and last",
        "one too many",
        "due a second off",
        "due at another time",
        "at the edges",
        "too early",
        "backwards",
        "end and beginning overlap by a second",
        "overlap",
        "two faults",
    ],
)
def test_sample_with_a_time_that_cannot_be_is_told(samples: list[Sample], words: list[str]) -> None:
    assert judged.record_findings(recorded(samples), LATER) == said(*words, file=NAME)


def test_sample_from_the_future_is_told() -> None:
    ended = sample(1).ended
    second = timedelta(seconds=1)

    assert judged.record_findings(recorded([sample(1)]), ended - second) == []
    assert judged.record_findings(recorded([sample(1)]), ended - second * 1.5) == said(
        "sample 1 ended at 2026-01-06 10:05:01 UTC, which is still to come", file=NAME
    )


def test_where_a_clock_was_set_only_the_order_counts() -> None:
    early = [sample(1, late=-2.0), sample(2, late=-2.0, lasts=-1.0)]

    found = judged.record_findings(recorded(early, [CLOCK]), LATER)

    assert [each.message[:14] for each in found] == ["sample 2 began"]


def test_lines_that_do_not_count_come_first_and_odd_times_have_an_end() -> None:
    line = Finding(NAME, 3, "no valid JSON")
    odd = Recorded(Path(NAME), WINDOW, tuple(sample(n) for n in range(13, 20)), findings=(line,))

    assert judged.record_findings(odd, LATER) == [
        line,
        *said(*(f"sample {n} is not one of the 13 that were due" for n in range(13, 18)), file=NAME),
        *said("… and 2 more samples with times that cannot be"),
    ]


def test_torn_end_and_clocks_that_were_set_are_told() -> None:
    marks = (Mark(AT, "resumed", "gone on with"), CLOCK, Mark(AT, "clock", "again"))

    assert judged.torn_findings(Recorded(Path(NAME), WINDOW, (), marks=marks, torn="half a line")) == said(
        "half a line", "the clock was set back by 3.0 s", "again", file=NAME
    )
    assert judged.torn_findings(recorded([])) == []


@pytest.mark.parametrize(
    ("seconds", "after"), [(59.94, "59.9 s"), (60.0, "1 min"), (2712.0, "45.2 min")], ids=["short", "a minute", "long"]
)
def test_watch_that_was_given_up_says_after_what_time(seconds: float, after: str) -> None:
    marks = [Mark(AT + timedelta(seconds=seconds), "aborted", "errors")]

    assert judged.abort_findings(recorded([], marks)) == said(
        f"given up after {after}: errors; escalate to the Tech Lead, who considers a rollback (plan 3.1)"
    )
    assert judged.abort_findings(recorded([], [CLOCK])) == []


def _missing(*stretches: str) -> list[Finding]:
    return said(*(f"no sample at {each}" for each in stretches), file=NAME)


@pytest.mark.parametrize(
    ("taken", "marks", "gaps", "found"),
    [
        (range(13), [], [], []),
        ((), [Mark(AT, "aborted", "x")], [], []),
        (range(3), [Mark(AT, "aborted", "x")], [], []),
        (
            (0, 2),
            [Mark(AT, "aborted", "x")],
            [],
            ["2026-01-06 10:05:00 UTC: nothing was sampling then"],
        ),
        (
            range(1, 12),
            [],
            [Gap(11, 99, "asleep")],
            ["2026-01-06 10:00:00 UTC: nothing was sampling then", "2026-01-06 11:00:00 UTC: asleep"],
        ),
        (
            (0, 1, 2, 3, 4, 5, 12),
            [],
            [Gap(7, 8, "late"), Gap(9, 10, "asleep")],
            [
                "2026-01-06 10:30:00 UTC: nothing was sampling then",
                "2026-01-06 10:35:00 UTC to 2026-01-06 10:40:00 UTC: late",
                "2026-01-06 10:45:00 UTC to 2026-01-06 10:50:00 UTC: asleep",
                "2026-01-06 10:55:00 UTC: nothing was sampling then",
            ],
        ),
    ],
    ids=["whole", "given up at once", "given up", "gap before that", "both ends", "several reasons"],
)
def test_ticks_without_a_sample_are_told_by_their_reason(
    taken: Sequence[int], marks: list[Mark], gaps: list[Gap], found: list[str]
) -> None:
    assert judged.gap_findings(recorded([sample(n) for n in taken], marks, gaps)) == _missing(*found)


def test_gaps_have_an_end() -> None:
    found = judged.gap_findings(recorded([sample(n) for n in range(0, 13, 2)]))

    assert found == [
        *_missing(*(f"2026-01-06 10:{minute:02}:00 UTC: nothing was sampling then" for minute in (5, 15, 25, 35, 45))),
        *said("… and 1 more gaps"),
    ]


# Calls


def test_calls_that_nobody_made_are_told() -> None:
    calls = {"health": Calls("health", [0.1]), "a": Calls("a")}

    assert judged.call_findings(calls, ["a", "health", "b"]) == said(
        "a: not asked once in the whole watch; no data is no pass",
        "b: not asked once in the whole watch; no data is no pass",
    )


@pytest.mark.parametrize(
    ("texts", "words"),
    [
        (["503"], "503"),
        (["503", "503"], "503"),
        (["503", "503", "no answer", "500"], "503; then: no answer"),
    ],
)
def test_failures_are_told_in_the_words_of_the_first_two_kinds(texts: list[str], words: str) -> None:
    at = AT.timestamp()
    failures = [(at + number, text) for number, text in enumerate(texts)]
    calls = {
        "good": Calls("good", [0.1]),
        "a": Calls("a", [0.1, *[math.inf] * len(texts)], len(texts), failures),
        "b": Calls("b", [math.inf], 1, [(at, "broke")]),
    }

    assert judged.failure_findings(calls) == said(
        f"a: {len(texts)} of {len(texts) + 1} calls failed, first at 2026-01-06 10:00:00 UTC: {words}",
        "b: 1 of 1 calls failed, first at 2026-01-06 10:00:00 UTC: broke",
    )


def test_outages_are_told_with_what_they_can_have_been() -> None:
    at = AT.timestamp()
    seconds = [0.1, math.inf, math.inf, 0.1] * 6
    calls = Calls("health", seconds, 12, [], [at + 30 * number for number in range(len(seconds))])

    found = judged.outage_findings(calls, 30.0)

    assert found[0] == Finding(
        None,
        None,
        "health failed from 2026-01-06 10:00:30 UTC to 2026-01-06 10:01:30 UTC: an outage of 30 s to 1.5 min",
    )
    assert (len(found), found[5].message) == (6, "… and 1 more outages")


@pytest.mark.parametrize(
    ("good", "failed", "wanted", "words"),
    [
        (13, 0, 100.0, "13 of 13 probes answered; with 95 % confidence the server was available at least 79.4 %"),
        (12, 1, 50.0, "12 of 13 probes answered; with 95 % confidence the server was available at least 68.4 %"),
    ],
    ids=["no number of probes shows 100 %", "shown"],
)
def test_share_that_is_shown_or_cannot_be_takes_no_more_probes(
    good: int, failed: int, wanted: float, words: str
) -> None:
    calls = Calls("health", [0.1] * good + [math.inf] * failed, failed)

    assert judged.demonstrated(calls, wanted) == f"{words} of the time"


# The machine


def _points(*values: tuple[float, float]) -> Mapping[str, Sequence[Point]]:
    return {"host.disk_percent": [Point(AT.timestamp() + at, value) for at, value in values]}


@pytest.mark.parametrize(
    ("series", "reason", "words"),
    [
        ({}, "", "disk: no figure in the whole watch"),
        ({"host.disk_percent": ()}, "no such file", "disk: no figure in the whole watch: no such file"),
        (_points((0, 0.0), (750, 100.0)), "", ""),
        (
            _points((0, 0.0), (751, 100.0)),
            "",
            "disk: no figure from 2026-01-06 10:00:00 UTC to 2026-01-06 10:12:31 UTC",
        ),
        (
            _points((0, 50), (300, 100.5), (600, -1)),
            "",
            "disk: 100.5 % at 2026-01-06 10:05:00 UTC is no share of a whole",
        ),
        (_points((0, -0.5)), "", "disk: -0.5 % at 2026-01-06 10:00:00 UTC is no share of a whole"),
        (_points((0, math.nan)), "", "disk: nan % at 2026-01-06 10:00:00 UTC is no share of a whole"),
    ],
    ids=["nothing", "empty", "two late", "a hole", "too much", "negative", "no number"],
)
def test_figures_of_the_machine_are_shares_without_holes(
    series: Mapping[str, Sequence[Point]], reason: str, words: str
) -> None:
    found = judged.host_findings(series, "host.disk_percent", 300.0, reason)

    assert found == (said(words) if words else [])


def test_holes_have_an_end() -> None:
    series = _points(*((1000.0 * number, 50.0) for number in range(8)))

    found = judged.host_findings(series, "host.disk_percent", 300.0)

    assert (len(found), found[5:]) == (6, said("… and 2 more gaps"))


def test_reason_for_a_figure_that_lacks_is_the_last_one() -> None:
    samples = [
        sample(n)._replace(host={"unknown": unknown} if unknown else {"cpu_percent": 1.0})
        for n, unknown in enumerate([{"cpu_percent": "first"}, {"cpu_percent": "last"}, {"disk_percent": "other"}, {}])
    ]

    assert judged.unknown_reason(samples, "cpu_percent") == "last"
    assert judged.unknown_reason(samples, "network_percent") == ""


# Smoke runs


def smoke(n: int, verdict: str, *failed: str) -> Smoke:
    begun = AT + timedelta(seconds=600 * n + 1)
    return Smoke(n, AT, begun, begun, verdict, 1.0, f"smoke-{n}/verdict.json", 11, failed)


@pytest.mark.parametrize(
    ("verdict", "failed", "left_out", "passed"),
    [
        ("PASS", (), (), True),
        ("DEGRADE", (), (), True),
        ("FAIL", (), ("2.1.2",), False),
        ("INCOMPLETE", (), (), False),
        ("INCOMPLETE", (), ("2.1.2",), True),
        ("INCOMPLETE", ("2.1.3 missing",), ("2.1.2",), False),
        ("PASS", ("a note",), (), False),
    ],
)
def test_smoke_run_passes_where_nothing_failed_and_nothing_lacks(
    verdict: str, failed: tuple[str, ...], left_out: tuple[str, ...], passed: bool
) -> None:
    assert judged.passed(smoke(0, verdict, *failed), left_out) is passed


def test_smoke_runs_that_did_not_pass_are_told_with_three_reasons() -> None:
    runs = [
        smoke(0, "FAIL", "a", "b", "c"),
        smoke(1, "PASS"),
        smoke(2, "FAIL", "a", "b", "c", "d", "e"),
        smoke(3, "INCOMPLETE"),
    ]

    assert judged.smoke_findings(runs, ()) == said(
        "smoke run 0 at 2026-01-06 10:00:01 UTC: FAIL: a; b; c",
        "smoke run 2 at 2026-01-06 10:20:01 UTC: FAIL: a; b; c; and 2 more",
        "smoke run 3 at 2026-01-06 10:30:01 UTC: INCOMPLETE: it does not say what",
    )
    assert len(judged.smoke_findings(runs, ("2.1.2",))) == 2
    assert judged.smoke_findings([smoke(0, "FAIL")] * 7, ())[5:] == said("… and 2 more runs that did not pass")


def test_smoke_runs_with_reservations_are_told_with_their_report() -> None:
    assert judged.degraded_smoke_findings([smoke(0, "PASS"), smoke(1, "DEGRADE"), smoke(2, "FAIL")]) == said(
        "smoke run 1 at 2026-01-06 10:10:01 UTC: DEGRADE; see smoke-1/verdict.json"
    )


def test_times_are_told_in_utc() -> None:
    begun = (AT + timedelta(seconds=1)).astimezone(timezone(timedelta(hours=-5)))
    run = Smoke(1, AT, begun, begun, "DEGRADE", 1.0, "r", 11)

    assert judged.degraded_smoke_findings([run]) == said("smoke run 1 at 2026-01-06 10:00:01 UTC: DEGRADE; see r")
