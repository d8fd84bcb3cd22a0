"""The figures of the dashboard's panels, each as a whole: days, steps, tools, users, and why there are none."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from fixtures.baseline.durations import Durations
from fixtures.dashboard import page, panels
from fixtures.dashboard.panels import Dashboard, Day, Mood, Recorded, Step, Tool
from fixtures.evidence.record import EvidenceFolder, Record, RecordError
from fixtures.executions.log import ExecutionLog
from fixtures.executions.run import Run
from fixtures.finding import Finding
from fixtures.knowledge.latency import Latency
from fixtures.schema import Mistake

T0 = datetime(2026, 1, 6, 9, 0, tzinfo=timezone(timedelta(hours=1)))
NOW = datetime(2026, 1, 7, 10, 0, 0, 5, tzinfo=UTC)
NOTHING = Durations(None, None, ())


def _run(name: str, hours: float, outcome: Any = "completed", minutes: Sequence[float] = (3.0,), **more: Any) -> Run:
    began = T0 + timedelta(hours=hours)
    parts = {str(number): each for number, each in enumerate(minutes, 1)}
    values = {"version": "2.0.0", "architecture": "hybrid", "faults": 0, **more}
    return Run(name, started=began, last=began, outcome=outcome, parts=parts, open_step=None, open_since=None, **values)


def _log(*runs: Run) -> ExecutionLog:
    return ExecutionLog(Path("logs", "executions.jsonl"), {run.name: run for run in runs}, len(runs), ())


def test_day_is_what_began_on_it() -> None:
    log = _log(
        _run("r1", 0, minutes=(1.0, 2.0)),
        _run("r2", 1, "failed", minutes=(6.0,), errors=2, version="1.0.0"),
        _run("r3", 2, "open", minutes=(), errors=3),
        _run("r4", 3, minutes=(90.0,), faults=1),
        _run("r5", 50, "failed", minutes=()),
    )

    assert panels.days_of(log, UTC) == (
        Day(date(2026, 1, 6), 2, 1, 1, 5, 3.0, ("1.0.0", "2.0.0")),
        Day(date(2026, 1, 7)),
        Day(date(2026, 1, 8), failed=1, versions=("2.0.0",)),
    )
    assert panels.days_of(_log(), UTC) == ()


def test_days_are_the_last_fourteen() -> None:
    days = panels.days_of(_log(_run("r1", 0), _run("r2", 24 * 13), _run("r3", 24 * 14)), UTC)

    assert [day.day for day in days] == [date(2026, 1, 7) + timedelta(days=number) for number in range(14)]
    assert [day.runs for day in days] == [*[0] * 12, 1, 1]
    assert len(panels.days_of(_log(_run("r1", 0), _run("r2", 24 * 13)), UTC)) == 14


def test_rate_is_of_the_runs_that_have_ended() -> None:
    assert Day(date(2026, 1, 6), 3, 1, 6).failure_rate == 25
    assert Day(date(2026, 1, 6), 0, 2, 6).failure_rate == 100
    assert Day(date(2026, 1, 6), 0, 0, 6).failure_rate is None
    assert Day(date(2026, 1, 6), 3, 1, 6).runs == 10


MEASURED = Durations({"parts": {"1": {"minutes": 3, "runs": 4}, "2a": {"minutes": 0.5, "runs": 1}}}, "2.0.0", ())
LATENCIES = (Latency("a", (4.0, 9.0, 6.0), 1), Latency("gone", (), 7), Latency("b", (1.0,), 0))
BASELINE = {
    "steps": {"parts": {"1": {"minutes": 2, "runs": 5}, "9": {"minutes": 8, "runs": 5}}},
    "knowledge": {"tools": {"b": {"n": 5, "p50": 7}}},
}


def test_steps_and_tools_stand_beside_those_of_the_baseline() -> None:
    record = Record("baseline.yaml", BASELINE)

    assert panels.steps_of(MEASURED, record) == (Step("1", 3.0, 4, 2.0), Step("2a", 0.5, 1, None))
    assert panels.tools_of(LATENCIES, record) == (Tool("a", 6.0, 9.0, 3, 1, None), Tool("b", 1.0, 1.0, 1, 0, 7.0))
    assert panels.steps_of(NOTHING, record) == ()


def test_baseline_that_cannot_be_relied_on_is_none() -> None:
    wrong = Record("baseline.yaml", BASELINE, (Mistake(("steps", "total"), "found a text, expected a number"),))

    assert panels.steps_of(MEASURED, wrong) == panels.steps_of(MEASURED, None) == (
        Step("1", 3.0, 4, None), Step("2a", 0.5, 1, None)
    )  # fmt: skip
    assert panels.tools_of(LATENCIES, wrong)[1].before == 7.0
    assert panels.tools_of(LATENCIES, None)[1].before is None


class _Records(EvidenceFolder):
    """An evidence folder in memory."""

    def __init__(self, **records: Any) -> None:
        self._records = records

    def record(self, name: str) -> Record:  # type: ignore[override]
        if name not in self._records:
            raise RecordError([Finding(f"{name}.yaml", None, "is missing")])
        return Record(f"{name}.yaml", self._records[name])


def _report(kind: str, channel: str) -> dict[str, str]:
    when = "2026-01-06T12:00:00+01:00"
    return {"channel": channel, "received": when, "from": "Bo", "kind": kind, "summary": "Step 3 does not end"}


POSITIVE = {"working_well": ["Search"], "improvements": ["Speed", "Looks"], "suggestions": ["More"]}
SILENCE = "holds no report; expected the reports of users, or the statement no_reports (plan 3.3)"


def test_mood_is_what_is_on_record() -> None:
    reports = [_report("praise", "email"), _report("problem", "team chat"), _report("praise", "team chat")]
    written = {"working well": 1, "improvements": 2, "suggestions": 1}
    none = {"praise": 0, "wish": 0, "question": 0, "problem": 0}

    told = panels.mood_of(_Records(feedback={"reports": reports, "positive": POSITIVE}))
    calm = panels.mood_of(_Records(feedback={"no_reports": {"by": "Ada One"}}))
    silent = panels.mood_of(_Records(feedback={"reports": [], "positive": POSITIVE}))

    counts = {**none, "praise": 2, "problem": 1}
    assert told == (Mood(counts, {"email": 1, "team chat": 2}, written), ())
    assert list(told[0].counts) == ["praise", "wish", "question", "problem"]
    assert calm == (Mood(none, {}, {}), ())
    assert silent == (Mood(none, {}, written), (Finding("feedback.yaml", None, f"reports: {SILENCE}"),))
    assert panels.mood_of(_Records()) == (Mood(), (Finding("feedback.yaml", None, "is missing"),))
    assert (told[0].reports, told[0].score, calm[0].score) == (3, 1 / 3, 0)


def _dashboard(
    *runs: Run, steps: Durations = MEASURED, tools: Sequence[Latency] = LATENCIES, **records: Any
) -> Dashboard:
    feedback = {"reports": [_report("wish", "email")], "positive": POSITIVE}
    evidence = _Records(**(records or {"baseline": BASELINE, "feedback": feedback}))
    return panels.dashboard(("workflow", "2.0.0"), T0, NOW, Recorded(_log(*runs), steps, tools, evidence))


def test_dashboard_has_all_panels() -> None:
    shown = _dashboard(_run("r0", -24, "failed"), _run("r1", 0), _run("r2", 15.5))

    assert (shown.release, shown.version, shown.deployed, shown.made, shown.note) == ("workflow", "2.0.0", T0, NOW, "")
    assert [(day.day.day, day.runs) for day in shown.days] == [(5, 1), (6, 1), (7, 1)]  # in T-0's zone
    assert [step.before for step in shown.steps] == [2.0, None]
    assert [tool.before for tool in shown.tools] == [None, 7.0]
    assert shown.mood.counts == {"praise": 0, "wish": 1, "question": 0, "problem": 0}
    assert shown.gaps == {}
    assert shown.total == 3.5


NO_RUN = "no run since T-0, 2026-01-06T09:00+01:00; 2 runs before it"
NO_END = "no run has ended since T-0, and there is no rate of nothing"
NO_PART = "no part of a step was completed since T-0"


@pytest.mark.parametrize(
    ("runs", "steps", "tools", "said"),
    [
        ([_run("r1", -1), _run("r2", -2)], MEASURED, LATENCIES, {"executions": NO_RUN, "error rates": NO_END}),
        ([_run("r1", -1), _run("r2", 0, "open")], MEASURED, LATENCIES, {"error rates": NO_END}),
        ([_run("r1", -1), _run("r2", 0, "failed")], MEASURED, LATENCIES, {}),
        ([_run("r1", 0)], NOTHING, LATENCIES, {"step durations": NO_PART}),
        ([_run("r1", 0)], MEASURED, LATENCIES[1:2], {"response times": "no knowledge tool answered"}),
        ([_run("r1", 0)], MEASURED, [], {"response times": "no knowledge tool answered"}),
    ],
    ids=["before", "open", "failed", "no part", "no answer", "no tool"],
)
def test_panel_without_figures_says_why(
    runs: list[Run], steps: Durations, tools: Sequence[Latency], said: dict[str, str]
) -> None:
    shown = _dashboard(*runs, steps=steps, tools=tools)

    place = {"response times": None}
    assert shown.gaps == {
        panel: (Finding(place.get(panel, "executions.jsonl"), None, message),) for panel, message in said.items()
    }
    assert panels.findings(shown) == [
        Finding(place.get(panel, "executions.jsonl"), None, f"panel '{panel}' has no data: {message}")
        for panel, message in said.items()
    ]


def test_steps_and_users_that_are_not_on_record_say_why() -> None:
    gaps = (Finding("executions.jsonl", None, "holds nothing"), Finding("executions.jsonl", 7, "is odd"))

    shown = _dashboard(_run("r1", 0), steps=Durations(None, None, gaps), baseline=BASELINE)

    assert shown.gaps == {"step durations": gaps, "feedback": (Finding("feedback.yaml", None, "is missing"),)}
    assert panels.findings(shown) == [
        Finding("executions.jsonl", None, "panel 'step durations' has no data: holds nothing"),
        Finding("executions.jsonl", 7, "panel 'step durations' has no data: is odd"),
        Finding("feedback.yaml", None, "panel 'feedback' has no data: is missing"),
    ]


def test_figures_behind_the_page_are_all_of_them() -> None:
    shown = Dashboard(
        release="workflow",
        version="2.0.0",
        deployed=T0,
        made=NOW,
        days=(Day(date(2026, 1, 6), 2, 1, 1, 5, 3.00049, ("1.0.0", "2.0.0")), Day(date(2026, 1, 7))),
        steps=(Step("1", 1.2001, 4, None), Step("2a", 2.5002, 3, 2.5)),
        tools=(Tool("a", 6.12345, 9.9876, 3, 1, None), Tool("b", 1.0, 1.0, 1, 2, 7.0)),
        mood=Mood({"praise": 2, "problem": 1}, {"email": 3}, {"suggestions": 1}),
        gaps={"feedback": (Finding("é", 1, "nothing é"), Finding(None, None, "at all"))},
    )

    text = page.data(shown)

    assert text.startswith('{\n "schema": 1,\n "release": {\n  "name"')
    assert text.endswith("}\n")
    assert "nothing é" in text
    assert json.loads(text) == {
        "schema": 1,
        "release": {"name": "workflow", "version": "2.0.0"},
        "deployed": "2026-01-06T09:00:00+01:00",
        "made": "2026-01-07T10:00:00+00:00",
        "executions": [
            {"day": "2026-01-06", "completed": 2, "failed": 1, "open": 1, "versions": ["1.0.0", "2.0.0"]},
            {"day": "2026-01-07", "completed": 0, "failed": 0, "open": 0, "versions": []},
        ],
        "step_durations": {
            "unit": "min",
            "total": 3.7,
            "parts": {
                "1": {"median": 1.2001, "runs": 4, "before": None},
                "2a": {"median": 2.5002, "runs": 3, "before": 2.5},
            },
            "days": {"2026-01-06": 3.0, "2026-01-07": None},
        },
        "response_times": {
            "unit": "ms",
            "tools": {
                "a": {"p50": 6.123, "p95": 9.988, "calls": 3, "before": None},
                "b": {"p50": 1.0, "p95": 1.0, "calls": 1, "before": 7.0},
            },
        },
        "error_rates": {
            "failed_runs_percent": {"2026-01-06": 33.333, "2026-01-07": None},
            "logged_errors": {"2026-01-06": 5, "2026-01-07": 0},
            "unanswered_calls": 3,
        },
        "feedback": {
            "reports": {"praise": 2, "problem": 1},
            "channels": {"email": 3},
            "written": {"suggestions": 1},
            "score": 0.333,
        },
        "gaps": {"feedback": ["nothing é", "at all"]},
    }
