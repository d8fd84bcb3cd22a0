"""Figures before and after a deployment, in memory: what is compared, what cannot be, and how each change is told."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from fixtures.baseline.durations import Durations
from fixtures.evidence.record import Record
from fixtures.executions.log import ExecutionLog
from fixtures.executions.run import Outcome, Run
from fixtures.finding import Finding
from fixtures.knowledge.latency import Latency
from fixtures.knowledge.reply import Failure, Reply
from fixtures.measured import compare, durations, tools
from fixtures.measured.compare import NOISE_MINUTES, NOISE_MS, Change, Comparison
from fixtures.schedule import Schedule

STARTS = datetime(2026, 1, 6, 9, tzinfo=UTC)
SCHEDULE = Schedule(STARTS)
OLD = Finding("baseline.json", 1, "is of another version")
LACKS = "missing; nothing to compare with what was measured after the deployment"
DATA: dict[str, Any] = {
    "captured": "2026-01-06T08:59:59+00:00",
    "release": {"name": "kb", "version": "1.0.0"},
    "knowledge": {
        "server": "https://me:secret@kb.example.com/mcp",
        "tools": {"search": {"min": 1, "p50": 100, "p95": 300}, "patterns": {"p50": 50.5}},
    },
    "steps": {"parts": {"1": {"minutes": 4}, "2a": {"minutes": 2.5}, "3": {"minutes": 9.0}}},
}


def baseline(**changes: object) -> Record:
    """A record with these parts changed."""
    data = {**DATA, **changes}
    return Record("baseline.json", data, (), json.dumps(data, indent=1))


# Changes


@pytest.mark.parametrize(
    ("before", "after", "percent"),
    [(40.0, 50.0, 0.0), (40.0, 50.1, 25.25), (40.0, 40.0, 0.0), (40.0, 39.0, -2.5), (40.0, 20.0, -50.0)],
    ids=["noise", "more than noise", "the same", "a little better", "better"],
)
def test_change_up_to_the_noise_is_none_and_what_is_better_counts(before: float, after: float, percent: float) -> None:
    assert Change("x", before, after, "ms", 10.0).percent == pytest.approx(percent)


@pytest.mark.parametrize(
    ("after", "said"),
    [
        (151.04, "step 1: 100 ms before, 151 after, 51 % worse"),
        (100.0, "step 1: 100 ms before, 100 after, 0 % better"),
        (49.5, "step 1: 100 ms before, 49.5 after, 50 % better"),
        (12.346, "step 1: 100 ms before, 12.35 after, 88 % better"),
    ],
)
def test_change_is_told_in_words(after: float, said: str) -> None:
    assert str(Change("step 1", 100.0, after, "ms", 10.0)) == said


def test_worst_change_is_the_worst_by_its_share() -> None:
    changes = (
        Change("a", 100.0, 150.0, "ms", 1.0),
        Change("b", 10.0, 18.0, "ms", 1.0),
        Change("c", 10.0, 1.0, "ms", 1.0),
    )

    assert Comparison(changes, ()).worst == changes[1]
    assert compare.worst_of(Comparison(changes[:1], ()), Comparison(changes[1:], ())) == changes[1]


def test_steps_are_compared_part_by_part_and_together() -> None:
    before = baseline()

    found = compare.compare_steps(before, {"2a": 3.0, "1": 5.0, "9": 7.0, "8": 1.0}, [OLD])

    assert found == Comparison(
        (
            Change("step 2a", 2.5, 3.0, "min", NOISE_MINUTES),
            Change("step 1", 4.0, 5.0, "min", NOISE_MINUTES),
            Change("all parts together", 6.5, 8.0, "min", NOISE_MINUTES),
        ),
        (OLD, before.finding(LACKS, "steps", "parts", "9"), before.finding(LACKS, "steps", "parts", "8")),
    )


def test_without_a_common_part_there_is_no_total() -> None:
    assert compare.compare_steps(baseline(), {}, []) == Comparison((), ())


def test_tools_are_compared_by_their_medians() -> None:
    before = baseline()

    found = compare.compare_tools(
        before, {"patterns": 60.0, "new": 1.0, "search": 90.0}, [OLD], "https://kb.example.com"
    )

    assert found == Comparison(
        (Change("patterns", 50.5, 60.0, "ms", NOISE_MS), Change("search", 100.0, 90.0, "ms", NOISE_MS)),
        (OLD, before.finding(LACKS, "knowledge", "tools", "new")),
    )


def test_another_server_makes_a_comparison_doubtful_and_its_password_is_not_told() -> None:
    before = baseline()
    now = "https://" + "n" * 90

    found = compare.compare_tools(before, {}, [], now)

    words = (
        f"https://kb.example.com/mcp was measured before the deployment, and {now[:80]} now: "
        "servers differ, versions may not"
    )
    assert found == Comparison((), (), (before.finding(words, "knowledge", "server"),))


def test_baseline_is_comparable_up_to_the_second_before_the_deployment() -> None:
    assert compare.incomparable(baseline(), "kb", "1.0.0", SCHEDULE) == []


def test_baseline_of_something_else_or_after_the_deployment_is_incomparable() -> None:
    late = baseline(captured=STARTS.isoformat())

    assert compare.incomparable(late, "other", "0.9.0", SCHEDULE) == [
        late.finding("is 'kb'; expected 'other', which ran before the deployment", "release", "name"),
        late.finding("is '1.0.0'; expected '0.9.0', which ran before the deployment", "release", "version"),
        late.finding(
            "is 2026-01-06T09:00:00+00:00; expected a time before the deployment, T-0 is 2026-01-06T09:00+00:00",
            "captured",
        ),
    ]


# Durations since the deployment


def run(name: str, minutes: float, *, version: str = "2.0.0", outcome: Outcome = "completed", odd: str = "") -> Run:
    """A run with one part that began that many minutes after T-0."""
    begun = STARTS + timedelta(minutes=minutes)
    found = (Finding("log.jsonl", 7, odd), Finding("log.jsonl", 8, "more")) if odd else ()
    parts = {"1": 5.0 + minutes}
    return Run(
        name, version, "hybrid", begun, begun + timedelta(hours=1), outcome, parts, None, None, len(found), found
    )


def log(*runs: Run) -> ExecutionLog:
    return ExecutionLog(Path("log.jsonl"), {each.name: each for each in runs}, 9, ())


def test_durations_since_a_moment_are_those_of_runs_that_began_then_or_later() -> None:
    found = durations.since(
        log(run("before", -1), run("first", 0), run("old", 1, version="1.0.0"), run("next", 10)), STARTS, ["1"], "2.0.0"
    )

    assert found == Durations(
        {
            "unit": "min",
            "from": "2026-01-06T09:00:00+00:00",
            "to": "2026-01-06T10:10:00+00:00",
            "total": 5.0,
            "parts": {"1": {"minutes": 5.0, "runs": 2}},
        },
        "2.0.0",
        (),
    )
    assert durations.minutes(found) == {"1": 5.0}


def test_gap_in_durations_says_since_when() -> None:
    found = durations.since(log(run("first", 0)), STARTS, ["1", "5"], "2.0.0")

    assert found.gaps == (
        Finding(
            "log.jsonl",
            None,
            "since T-0, 2026-01-06T09:00+00:00: no completed run of 2.0.0 has step 5; it holds runs of hybrid",
        ),
    )


def test_nothing_measured_is_no_minutes() -> None:
    assert durations.minutes(Durations(None, None, ())) == {}


def test_runs_that_do_not_count_are_told_up_to_twenty() -> None:
    runs = [run(f"r{number:02}", number, odd=f"odd {number}") for number in range(22)]
    others = [
        run("before", -1, odd="before"),
        run("goes on", 1, outcome="open", odd="goes on"),
        run("sound", 2),
        run("old", 3, version="1.0.0", odd="old"),
    ]

    assert durations.left_out(log(*others, *runs), STARTS, "2.0.0") == [
        Finding("log.jsonl", 7, f"odd {number}; its times do not count") for number in range(20)
    ]


def test_durations_are_early_until_four_hours_after_the_deployment() -> None:
    begins = STARTS + timedelta(hours=4)

    assert durations.early(SCHEDULE, begins) == []
    assert durations.early(SCHEDULE, begins - timedelta(seconds=1)) == [
        Finding(
            None,
            None,
            "measured at 2026-01-06T12:59+00:00; expected T+4 h or later, 2026-01-06T13:00:00+00:00",
        )
    ]


def test_durations_are_kept_with_what_they_are_compared_with() -> None:
    found = Durations({"parts": {"1": {"minutes": 5.0, "runs": 2}}}, "2.0.0", ())
    changes = [Change("Schritt ä", 40.0, 50.05, "min", 0.25), Change("b", 2.0, 1.0, "min", 0.25)]
    before = datetime.now(UTC).replace(microsecond=0)

    text = durations.document(found, changes)

    data = json.loads(text)
    moment = datetime.fromisoformat(data.pop("measured"))
    assert before <= moment <= datetime.now(UTC)
    assert (moment.microsecond, moment.utcoffset()) == (0, timedelta(0))
    assert data == {
        "schema": 1,
        "version": "2.0.0",
        "steps": {"parts": {"1": {"minutes": 5.0, "runs": 2}}},
        "compared": [
            {"name": "Schritt ä", "before": 40.0, "after": 50.05, "worse_percent": 25.1},
            {"name": "b", "before": 2.0, "after": 1.0, "worse_percent": -50.0},
        ],
    }
    assert '\n "version": "2.0.0",\n' in text
    assert "Schritt ä" in text
    assert text.endswith("\n}\n")


# Tools since the deployment


def test_tool_without_an_answer_says_what_came_first_instead() -> None:
    measured = [Latency("a", (1.0,), 1), Latency("b", (), 2), Latency("c", (), 0)]
    replies = [
        Reply("a", {}, 1.0),
        Reply("b", {}, 1.0, failure=Failure("silent", "no answer within 5 s")),
        Reply("b", {}, 1.0, text="broken", is_error=True),
    ]

    assert tools.silent(measured, replies) == [
        Finding(None, None, "no response time of b: b(): no answer within 5 s"),
        Finding(None, None, "no response time of c: it was not asked"),
    ]


def test_answers_are_few_below_the_number_of_the_baseline() -> None:
    measured = [Latency(str(number), (1.0,) * number, 5 - number) for number in range(6)]

    assert tools.few_answers(measured) == [
        Finding(None, None, f"{number}: {number} of 5 calls were answered") for number in (1, 2, 3, 4)
    ]
