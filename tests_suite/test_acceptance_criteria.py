"""The success criteria as functions of reports, log and records, and what users and team have found."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from fixtures.acceptance import bugs
from fixtures.acceptance.criteria import CRITERIA, ITEMS, Evidence, Figure, Judged, most
from fixtures.acceptance.reports import GateReport, Reports, Seen
from fixtures.evidence.record import Record
from fixtures.executions.entry import Entry
from fixtures.executions.event import parse
from fixtures.executions.log import ExecutionLog
from fixtures.executions.run import Run
from fixtures.finding import Finding
from fixtures.firstday.errorlog import TextLogs
from fixtures.firstday.patterns import Cluster, Clusters
from fixtures.schedule import Schedule

T0 = datetime(2026, 1, 6, 9, tzinfo=UTC)
NOW = T0 + timedelta(hours=24)
PATHS = {"long": ["1", "2"], "short": ["1"]}
LATER = "2026-01-06T12:00:00+00:00"


def record(name: str, **content: Any) -> Record:
    """A record as it would have been read; its text is one key a line."""
    lines = [f"{key}: {json.dumps(value)}" for key, value in content.items()]
    return Record(f"{name}.yaml", content, (), "\n".join(lines))


def feedback(
    issues: Sequence[Mapping[str, Any]] = (), kinds: Sequence[str] = (), working: Sequence[str] = ()
) -> Record:
    """A record of the users' feedback."""
    reports = [{"kind": kind} for kind in kinds]
    return record("feedback", issues=list(issues), reports=reports, positive={"working_well": list(working)})


def run(name: str, minutes: float, parts: Sequence[str] = ("1", "2"), **changes: Any) -> Run:
    """A run of the long way, an hour after T-0."""
    begun = T0 + timedelta(hours=1)
    facts: dict[str, Any] = {"version": "2.0.0", "architecture": "long", "started": begun, "outcome": "completed",
                             "last": begun + timedelta(minutes=minutes), "parts": dict.fromkeys(parts, 1.0),
                             "open_step": None, "open_since": None, "faults": 0}  # fmt: skip
    return Run(name=name, **(facts | changes))


def judged(
    name: str,
    items: Mapping[str, Sequence[tuple[str, float | None]]] | None = None,
    log: ExecutionLog | None = None,
    users: Record | None = None,
    outcomes: Mapping[str, str] | None = None,
    *,
    texts: tuple[TextLogs, Clusters] | None = None,
) -> Judged:
    """What a criterion says where all of its items have passed, with these measurements, but for other outcomes."""
    report = GateReport("r.json", {"marker": "smoke", "ended": LATER}, "0" * 64, "")
    seen = {
        each: Seen(report, {
            "outcome": (outcomes or {}).get(each, "passed"), "title": "T", "findings": [],
            "measurements": [{"name": what, "value": value} for what, value in (items or {}).get(each, ())],
        })
        for each in ITEMS[name] if (outcomes or {}).get(each) != "never"
    }  # fmt: skip
    records = {"feedback": users}
    evidence = Evidence(
        Reports("reports", seen, ()), {"2.1.1": ["predeploy"]}, Schedule(T0), "2.0.0",
        lambda: log or ExecutionLog(Path("a.jsonl"), {}, 0, ()), lambda: PATHS,
        lambda each: records[each] or feedback(), lambda: texts or (TextLogs(), Clusters(0.0, 1.0, 2.0)),
    )  # fmt: skip
    return CRITERIA[name](evidence)


def nothing(what: str) -> tuple[Finding, ...]:
    """The finding that nothing was measured."""
    return (Finding(None, None, f"no report holds a figure of the {what}: nothing was measured"),)


def test_every_criterion_of_the_plan_has_a_function_and_its_items() -> None:
    assert list(CRITERIA) == list(ITEMS) == [f"S.{number}" for number in range(1, 11)]


@pytest.mark.parametrize("name", [name for name, items in ITEMS.items() if items])
def test_criterion_holds_only_where_each_of_its_items_was_verified(name: str) -> None:
    first, *others = ITEMS[name]
    before = judged(name)

    never = judged(name, outcomes={first: "never"})
    failed = judged(name, outcomes={first: "failed"})
    waived = judged(name, outcomes={first: "waived"})

    gate = "-m predeploy" if first == "2.1.1" else "its gate"
    assert never.findings == (
        Finding("reports", None, f"{first} was never looked at: run {gate} on this release"), *before.findings,
    )  # fmt: skip
    assert failed.findings == (
        Finding("r.json", None, f"{first} failed in smoke of 2026-01-06T12:00+00:00: "), *before.findings,
    )  # fmt: skip
    assert (waived.findings, before.remarks) == (before.findings, ())
    assert waived.remarks == (Finding("r.json", None, f"{first} waived in smoke of 2026-01-06T12:00+00:00: T"),)
    for other in others:
        assert len(judged(name, outcomes={other: "failed"}).findings) == len(before.findings) + 1


@pytest.mark.parametrize("name", ["S.2", "S.9", "S.10"])
def test_criterion_that_rests_on_items_alone_has_no_figure(name: str) -> None:
    assert judged(name) == Judged(())


@pytest.mark.parametrize(("name", "items", "figure"), [
    ("S.1", {"2.2.6.3": [("files valid", 54), ("other", 3), ("files valid", 55)]}, ("files deployed", 55, (54, 55))),
    ("S.3", {"2.3.1": [("response time", 80), ("response time of x", 120)], "3.1.1": [("request latency", 0.15)]},
     ("response time", 150, (150, 80, 120))),
    ("S.3", {"2.3.1": [("response time", 80)], "3.1.1": [("request latency", 0.01)]}, ("response time", 80, (10, 80))),
    ("S.4", {"2.1.5": [("agent descriptions", 11), ("agent descriptions", 10)]}, ("agents usable", 10, (11, 10))),
])  # fmt: skip
def test_figure_of_a_criterion_is_what_its_items_measured(
    name: str, items: Mapping[str, Sequence[tuple[str, float]]], figure: tuple[str, float, tuple[float, ...]]
) -> None:
    assert judged(name, items) == Judged((), (), Figure(*figure))


@pytest.mark.parametrize(("name", "items", "what"), [
    ("S.1", {"2.2.4.1": [("files valid", 55)], "2.2.6.3": [("files", 55)]}, "files"),
    ("S.3", {"2.3.1": [("time", 80)]}, "response times"),
    ("S.4", {"2.1.3": [("agent descriptions", 11)]}, "agents"),
])  # fmt: skip
def test_criterion_without_the_measurement_that_it_needs_does_not_hold(
    name: str, items: Mapping[str, Sequence[tuple[str, float]]], what: str
) -> None:
    assert judged(name, items) == Judged(nothing(what))


def test_response_time_that_is_no_number_is_not_overlooked() -> None:
    figure = judged("S.3", {"2.3.1": [("response time", 80), ("response time", None), ("response time", 90)]}).figure

    assert figure is not None
    assert math.isnan(figure.value)
    assert [most([1.0, 3.0, 2.0]), most([3.0])] == [3.0, 3.0]
    assert math.isnan(most([3.0, math.nan]))


def log_of(*runs: Run, critical: Sequence[Entry] = ()) -> ExecutionLog:
    """A log of these runs."""
    return ExecutionLog(Path("a.jsonl"), {each.name: each for each in runs}, 9, (), tuple(critical))


UNTOUCHED = Finding("a.jsonl", None, "no run of 2.0.0 began since T-0, 2026-01-06T09:00+00:00; others: none at all")


def test_release_is_walkable_where_a_run_went_through_all_steps() -> None:
    short = Finding("a.jsonl", None, "no run got through step 2; the furthest is 'r1', long, failed")

    assert judged("S.5", log=log_of(run("r1", 9))) == Judged((), (), Figure("steps reached", 2))
    assert judged("S.5", log=log_of(run("r1", 9, ["1"], outcome="failed"))) == Judged(
        (short,), (), Figure("steps reached", 1)
    )
    assert judged("S.5") == Judged((UNTOUCHED,), (), Figure("steps reached", 0))


def test_workflow_time_is_the_median_of_sound_runs() -> None:
    runs = (run("r1", 9), run("r2", 30), run("r3", 7), run("r4", 1, faults=1), run("r5", 1, outcome="failed"))
    unsound = Finding("a.jsonl", None, "no sound, completed run of 2.0.0 since T-0; 2 began, 1 of them completed, none "
                                       "sound")  # fmt: skip

    assert judged("S.6", log=log_of(*runs)) == Judged((), (), Figure("workflow time", 9, (9, 30, 7)))
    assert judged("S.6", log=log_of(*runs[:2])) == Judged((), (), Figure("workflow time", 9, (9, 30)))
    assert judged("S.6", log=log_of(*runs[3:])) == Judged((unsound,))


def test_critical_entry_since_t0_speaks_against_the_release() -> None:
    line = {"run": "r1", "version": "2.0.0", "architecture": "long", "event": "log", "step": "2", "level": "critical",
            "message": "disk full"}  # fmt: skip
    entries = [
        Entry("a.jsonl", number, parse(json.dumps(line | {"time": time})))
        for number, time in enumerate(("2026-01-06T08:59:59+00:00", "2026-01-06T09:00:00+00:00", LATER), 1)
    ]
    assert judged("S.7", log=log_of(run("r1", 9), critical=entries)) == Judged((
        Finding("a.jsonl", 2, "2026-01-06T09:00:00+00:00: run 'r1', step 2: disk full"),
        Finding("a.jsonl", 3, f"{LATER}: run 'r1', step 2: disk full"),
    ))  # fmt: skip
    assert judged("S.7") == Judged((UNTOUCHED,))


def test_critical_error_of_a_text_log_speaks_against_the_release_where_it_is_new() -> None:
    known, new, odd, wrong = (Finding("k.log", number, f"error {number}") for number in range(1, 5))
    logs = TextLogs(1, 9, [wrong], [odd], {"old": known, "new": new})
    clusters = Clusters(
        0.0, 1.0, 2.0, (), {"old": Cluster("old", "k.log", 1, "", before=3), "new": Cluster("new", "k.log", 2, "")}
    )

    found = judged("S.7", log=log_of(run("r1", 9)), texts=(logs, clusters))

    assert found.findings == (
        wrong, Finding("k.log", 2, "error 2; critical, and new since the deployment; expected no critical error")
    )  # fmt: skip
    assert found.remarks == (
        odd, Finding("k.log", 1, "error 1; critical, and 3 times before the deployment, too")
    )  # fmt: skip


def test_lines_that_nobody_can_read_are_said_and_critical_ones_speak_against_the_release() -> None:
    first, second = Finding("a.jsonl", 1, "no event"), Finding("a.jsonl", 2, "no event")
    log = ExecutionLog(
        Path("a.jsonl"), {"r1": run("r1", 9)}, 9, (), unreadable=(first, second),
        unreadable_said={first: frozenset(("error",)), second: frozenset(("critical",))},
    )  # fmt: skip

    found = judged("S.7", log=log)

    assert found.findings == (Finding("a.jsonl", 2, "no event; the line says critical"),)
    assert found.remarks == (first,)


def issue(name: str, priority: str, description: str = "It does\nnot start") -> dict[str, str]:
    """An issue of the feedback."""
    return {"id": name, "priority": priority, "description": description}


def test_users_are_content_where_nobody_is_kept_from_working_and_praise_is_no_less_than_problems() -> None:
    sour = Finding("feedback.yaml", 2, "reports: 2 reports of problems and 1 of praise: not positive on the whole")

    assert judged("S.8", users=feedback([issue("I-1", "major")], ["praise", "problem", "wish"])) == Judged(())
    assert judged("S.8", users=feedback([], ["problem", "praise", "problem"])) == Judged((sour,))
    assert judged("S.8", users=feedback([], ["problem", "problem"], ["search"])) == Judged((sour,))
    assert judged("S.8", users=feedback([], ["problem"] * 2, ["search", "export"])) == Judged(())
    assert judged("S.8", users=feedback(
        [issue("I-1", "blocking"), issue("I-2", "degraded"), issue("x" * 50, "critical", "y" * 150)], ["problem"],
        ["search"],
    )) == Judged((
        Finding("feedback.yaml", 1, "issues[0]: I-1 is blocking: It does not start"),
        Finding("feedback.yaml", 1, f"issues[2]: {'x' * 40} is critical: {'y' * 120}"),
    ))  # fmt: skip


def test_critical_bugs_are_those_of_users_team_and_known_issues(tmp_path: Path) -> None:
    users = feedback([issue("I-1", "critical"), issue("I-2", "usability"), issue("I-3", "blocking")])
    team = record("acceptance", bugs=[
        {"id": "I-1", "severity": "critical", "description": "no  start"},
        {"id": "B-1", "severity": "major", "description": "x"},
        {"id": "B-2", "severity": "critical", "description": "y"},
    ])  # fmt: skip
    found = {"I-1": "no start", "I-3": "It does not start", "B-2": "y"}

    assert bugs.critical_bugs(users, team, tmp_path) == found
    assert bugs.critical_bugs(feedback(), record("acceptance"), tmp_path) == {}

    known = {"item": "1.2.4", "severity": "critical", "description": "The archive\nis not read",
             "workaround": "Unpack it by hand", "author": "Ada Example", "approver": "Ben Example", "date": LATER,
             "expires": LATER, "sha256": "0" * 64}  # fmt: skip
    issues = [known, known | {"severity": "major"}, known | {"description": "Links are broken"}]
    (tmp_path / "known-issues.json").write_text(json.dumps({"schema": 1, "issues": issues}), encoding="utf-8")
    assert bugs.critical_bugs(users, team, tmp_path) == found | {
        "known issue 1": "The archive is not read",
        "known issue 2": "Links are broken",
    }


def bug(name: str, description: str = "The page stays empty", found: str = LATER) -> dict[str, str]:
    """A bug of the acceptance."""
    return {"id": name, "severity": "minor", "description": description, "found": found}


NO_BUGS = {"by": "Ada Example", "at": LATER}
TBD = "TBD says nothing; expected it in words"
EARLY, LATE = "2026-01-06T08:59:59+00:00", "2026-01-07T09:05:01+00:00"
BEFORE_THE_WATCH = f"{EARLY} is before T+2h, 2026-01-06T11:00+00:00"
TOO_EARLY, TOO_LATE = (f"{EARLY} is before T-0, 2026-01-06T09:00+00:00",
                       f"{LATE} is still to come; expected what has taken place")  # fmt: skip


@pytest.mark.parametrize(("content", "findings"), [
    ({"bugs": [bug("B-1"), bug("B-2")]}, []),
    ({"no_bugs": NO_BUGS}, []),
    ({"no_bugs": NO_BUGS, "bugs": []}, []),
    ({"no_bugs": {"by": "Ada Example", "at": "2026-01-06T11:00:00+00:00"}}, []),
    ({"no_bugs": {"by": "Ada Example", "at": "2026-01-06T10:59:00+00:00"}},
     [(1, "no_bugs.at: 2026-01-06T10:59:00+00:00 is before T+2h, 2026-01-06T11:00+00:00")]),
    ({"no_bugs": {"by": "Ada Example", "at": "2026-01-07T09:05:00+00:00"}}, []),
    ({"bugs": []}, [(None, "nothing is on record; expected bugs, or the statement no_bugs, by whom and when")]),
    ({}, [(None, "nothing is on record; expected bugs, or the statement no_bugs, by whom and when")]),
    ({"no_bugs": NO_BUGS, "bugs": [bug("B-1"), bug("B-2")]},
     [(1, "no_bugs: states that there is none, and there are 2")]),
    ({"no_bugs": {"by": "Tech Lead", "at": EARLY}},
     [(1, "no_bugs.by: 'Tech Lead' is nobody's name"), (1, f"no_bugs.at: {BEFORE_THE_WATCH}")]),
    ({"no_bugs": {"by": "TBD", "at": LATE}},
     [(1, "no_bugs.by: 'TBD' is nobody's name"), (1, f"no_bugs.at: {TOO_LATE}")]),
    ({"bugs": [bug("x" * 50), bug("B-2", "TBD", EARLY), bug("x" * 50, found=LATE), bug("B-2")]},
     [(1, f"bugs[1].description: {TBD}"), (1, f"bugs[1].found: {TOO_EARLY}"),
      (1, f"bugs[2].id: {'x' * 40} is the id of another bug, too"), (1, f"bugs[2].found: {TOO_LATE}"),
      (1, "bugs[3].id: B-2 is the id of another bug, too")]),
])  # fmt: skip
def test_somebody_says_which_bugs_were_found_or_that_none_were(
    content: dict[str, Any], findings: list[tuple[int | None, str]]
) -> None:
    assert list(bugs.bug_statement_findings(record("acceptance", **content), Schedule(T0), NOW)) == [
        Finding("acceptance.yaml", line, words) for line, words in findings
    ]


SECURE = {"by": "Ada Example", "at": LATER, "looked_at": "logs and permissions"}


@pytest.mark.parametrize(("content", "findings"), [
    ({"no_security_issues": SECURE}, []),
    ({"security_issues": [bug("S-1")]}, []),
    ({}, [(None, "nothing is on record; expected security_issues, or the statement no_security_issues, by whom and "
                 "when")]),
    ({"security_issues": [bug("S-1")], "no_security_issues": SECURE | {"by": "nobody", "looked_at": "TBD"}},
     [(2, "no_security_issues: states that there is none, and there are 1"),
      (2, "no_security_issues.by: 'nobody' is nobody's name"), (2, f"no_security_issues.looked_at: {TBD}")]),
    ({"no_security_issues": {"by": "Ada Example", "at": EARLY}},
     [(1, f"no_security_issues.at: {BEFORE_THE_WATCH}"),
      (1, "no_security_issues.looked_at: '' is too short to be understood; expected at least 10 characters, in "
          "words")]),
])  # fmt: skip
def test_somebody_has_looked_for_security_issues_and_says_where(
    content: dict[str, Any], findings: list[tuple[int | None, str]]
) -> None:
    assert list(bugs.security_statement_findings(record("acceptance", **content), Schedule(T0), NOW)) == [
        Finding("acceptance.yaml", line, words) for line, words in findings
    ]


def test_every_security_issue_is_named() -> None:
    team = record("acceptance", security_issues=[bug("S-1", "A key\nis shown"), bug("x" * 50, "y" * 150)])

    assert list(bugs.security_issues(team)) == [
        Finding("acceptance.yaml", 1, "security_issues[0]: S-1: A key is shown"),
        Finding("acceptance.yaml", 1, f"security_issues[1]: {'x' * 40}: {'y' * 120}"),
    ]
    assert list(bugs.security_issues(record("acceptance"))) == []
