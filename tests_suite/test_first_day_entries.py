"""What people put on record of a first day, and the backup after it, held against every finding made of it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from fixtures.backup.backup import Backup
from fixtures.backup.backuptarget import BackupTarget
from fixtures.evidence.record import Record
from fixtures.executions.log import ExecutionLog
from fixtures.executions.run import Run
from fixtures.finding import Finding
from fixtures.firstday import errors, explained, made, tracked
from fixtures.firstday.explained import Explanation
from fixtures.firstday.patterns import Cluster, Clusters
from fixtures.firstday.period import HOUR, at, period_of
from fixtures.schedule import Schedule
from fixtures.targetfile import MASK

T0 = datetime(2026, 1, 6, 9, 0, tzinfo=UTC)
SCHEDULE = Schedule(T0)
DAY = period_of(SCHEDULE)
NOW = T0 + timedelta(hours=30)
IN_WORDS = "expected at least 10 characters, in words"


def _record(**parts: Any) -> Record:
    return Record("first_day.yaml", parts)


def _said(findings: Iterable[Finding], file: str | None = "first_day.yaml") -> list[str]:
    found = list(findings)
    assert all((each.file, each.line) == (file, None) for each in found)
    return [each.message for each in found]


def _time(hours: float) -> str:
    return at(DAY.deployed + HOUR * hours)


# Explanations


def _entry(what: str, since: float = 3, until: float = 4, **more: str) -> dict[str, str]:
    entry = {
        "what": what,
        "from": _time(since),
        "until": _time(until),
        "reason": "The index was rebuilt",
        "by": "Ada One",
    }
    return {**entry, **more}


@pytest.mark.parametrize(
    ("what", "name", "time", "covered"),
    [
        ("search", "search", 3.0, True),
        ("search", "search", 4.0, True),
        ("search", "search", 2.99, False),
        ("search", "search", 4.01, False),
        ("search", "health", 3.5, False),
        ("knowledge", "health", 3.5, True),
        ("knowledge", "health", 4.5, False),
        ("knowledge", "database", 3.5, False),
        ("database", "database", 3.5, True),
        ("database", "search", 3.5, False),
    ],
)
def test_explanation_covers_its_own_time_and_tools(what: str, name: str, time: float, covered: bool) -> None:
    found = explained.explanations_of(_record(explanations=[_entry("other"), _entry(what)]))

    assert explained.is_explained(found, name, DAY.deployed + HOUR * time) is covered


def test_explanations_are_read_as_they_stand() -> None:
    assert explained.explanations_of(_record()) == []
    assert explained.explanations_of(_record(explanations=[_entry("search")])) == [
        Explanation("search", DAY.deployed + 3 * HOUR, DAY.deployed + 4 * HOUR)
    ]


def test_explanation_says_who_found_what() -> None:
    empty = {"reason": "n/a", "by": "tbd"}
    entries = [
        _entry("serach"),
        _entry("search", 4, 3, **empty),
        _entry("knowledge", 3, 3),
        _entry("database", 4, 3, **empty),
        _entry("knowledge", 4, 3),
    ]
    record = _record(explanations=entries)

    assert _said(explained.explanation_findings(record, ["search"], ["search", "knowledge"])) == [
        "explanations[0].what: 'serach' is unknown; did you mean search?",
        "explanations[1].until: ends before it begins",
        "explanations[1].reason: n/a says nothing; expected it in words",
        "explanations[1].by: 'tbd' is nobody's name",
        "explanations[4].until: ends before it begins",
    ]
    assert _said(explained.explanation_findings(record, ["search"], ["database"])) == [
        "explanations[3].until: ends before it begins",
        "explanations[3].reason: n/a says nothing; expected it in words",
        "explanations[3].by: 'tbd' is nobody's name",
    ]
    assert _said(explained.explanation_findings(_record(), [], ["database"])) == []


# 3.2.3: errors


def test_review_of_errors_says_something_of_every_pattern() -> None:
    patterns = [
        {"pattern": "lock 1 is stale", "explanation": "A lock of the old version"},
        {"pattern": "disk full", "issue": "none"},
        {"pattern": "lock <n> is stale", "issue": "I-7"},
        {"pattern": "no answer"},
        {"pattern": "lock 3 is stale", "explanation": "n/a"},
    ]
    record = _record(errors={"reviewed": _time(-1), "by": "all", "patterns": patterns})

    assert _said(errors.review_findings(record, T0, NOW)) == [
        f"errors.reviewed: {_time(-1)} is before T-0, {_time(0)}",
        "errors.by: 'all' is nobody's name",
        "errors.patterns[1].issue: 'none' names no issue; expected its number or id",
        "errors.patterns[2]: is the pattern of patterns[0], too; expected it once",
        "errors.patterns[3]: has neither explanation nor issue; expected one of them",
        "errors.patterns[4]: is the pattern of patterns[0], too; expected it once",
        "errors.patterns[4].explanation: n/a says nothing; expected it in words",
    ]
    assert errors.reviewed(record) == {
        "lock <n> is stale": patterns[4],
        "disk full": patterns[1],
        "no answer": patterns[3],
    }


def _run(started: float, last: float) -> Run:
    began, ended = (T0 + timedelta(hours=hours) for hours in (started, last))
    return Run(f"r{started}", "2.0.0", "hybrid", began, ended, "completed", {}, None, None, 0)


def _log(*runs: Run) -> ExecutionLog:
    return ExecutionLog(Path("logs", "executions.jsonl"), {run.name: run for run in runs}, len(runs), ())


@pytest.mark.parametrize(
    ("runs", "silent", "no_past"),
    [
        ([], True, False),
        ([(-5, -1)], True, False),
        ([(-5, 0)], False, False),
        ([(0, 1)], False, True),
        ([(24, 25)], False, True),
        ([(24.1, 25)], True, True),
        ([(-5, -1), (3, 4)], False, False),
        ([(-5, -1), (25, 26)], True, False),
    ],
    ids=[
        "no run",
        "before",
        "until T-0",
        "from T-0",
        "at the end",
        "after the day",
        "before and in",
        "before and after",
    ],
)
def test_log_tells_of_the_day_and_of_the_time_before(
    runs: list[tuple[float, float]], silent: bool, no_past: bool
) -> None:
    log = _log(*(_run(*each) for each in runs))

    assert _said(errors.silence_findings(log, DAY), "executions.jsonl") == (
        [f"says nothing from {_time(0)} to {_time(24)}; no data is no pass"] if silent else []
    )
    assert _said(errors.unknown_past(log, DAY), "executions.jsonl") == (
        ["begins after the deployment: every pattern in it counts as new; keep the log of the days before"]
        if no_past
        else []
    )


def _clusters(*found: Cluster, further: int = 0) -> Clusters:
    middle = (DAY.deployed + DAY.closes) / 2
    return Clusters(DAY.deployed, middle, DAY.closes, (), {each.pattern: each for each in found}, further)


def _cluster(pattern: str, before: int, since: int, first: float = 3, last: float = 4, **more: int) -> Cluster:
    times = {"first": DAY.deployed + HOUR * first, "last": DAY.deployed + HOUR * last}
    return Cluster(pattern, "a.log", 7, pattern, before, since, **times, **more)  # type: ignore[arg-type]


EXPLAINED = "an explanation or an issue"


def test_new_and_recurring_errors_are_asked_about() -> None:
    clusters = _clusters(
        _cluster("old", 3, 0),
        _cluster("once again", 3, 1),
        _cluster("known", 0, 9),
        _cluster("n" * 161, 0, 1),
        _cluster("again", 3, 2),
        _cluster("o" * 160, 0, 3),
        further=12,
    )
    record = _record(errors={"patterns": [{"pattern": "known", "issue": "I-1"}]})

    assert list(errors.pattern_findings(clusters, record)) == [
        Finding("a.log", 7, f"'{'o' * 160}': 3 times, {_time(3)} to {_time(4)}; new since the deployment; expected "
                            f"{EXPLAINED} in the record first_day"),
        Finding("a.log", 7, f"'again': 2 times, {_time(3)} to {_time(4)}; 3 times before the deployment, too; expected "
                            f"{EXPLAINED}"),
        Finding("a.log", 7, f"'{'n' * 160}…': {_time(3)}; new since the deployment; expected {EXPLAINED} in the record "
                            "first_day"),
        Finding(None, None, "12 errors of still other patterns; expected less than thousands"),
    ]  # fmt: skip
    assert list(errors.pattern_findings(_clusters(_cluster("known", 0, 9)), record)) == []


def test_errors_that_become_more_frequent_are_remarked_on() -> None:
    clusters = _clusters(_cluster("flat", 0, 10, early=5, late=5), _cluster("more", 9, 6, early=0, late=6))

    assert list(errors.increasing(clusters)) == [
        Finding("a.log", 7, f"'more': 6 times, {_time(3)} to {_time(4)}; increasing: 0 times in the first half of the "
                            "day, 6 in the second; expected somebody who looks into it before the next day")
    ]  # fmt: skip


def test_reviewed_patterns_that_did_not_occur_are_remarked_on() -> None:
    clusters = _clusters(_cluster("old", 3, 0), _cluster("lock <n>", 0, 1))
    record = _record(errors={"patterns": [{"pattern": each} for each in ("lock 7", "old", "nowhere")]})

    assert _said(errors.stale(clusters, record)) == [
        f"errors.patterns[{number}].pattern: did not occur since the deployment" for number in (1, 2)
    ]


def test_errors_are_counted_from_the_deployment_by_halves_of_the_day() -> None:
    clusters = Clusters(100.0, 200.0, 300.0, ("s3cret",))
    for line, time in enumerate((99.0, 200.0, 199.0, 100.0, 300.0, 301.0), 1):
        clusters.add(time, f"{line}.log", line, f"no  key s3cret\nin {line} {'x' * 400}")
    clusters.add(150.0, "b.log", 8, "another")

    first, second = clusters.today()
    example = f"no key {MASK} in 1 {'x' * (300 - len(f'no  key {MASK} in 1 '))}"
    counts = {"before": 1, "since": 4, "early": 2, "late": 2}
    assert first == Cluster(first.pattern, "2.log", 2, example, **counts, first=100, last=300)
    assert (second.pattern, second.first, second.last, second.early, second.late) == ("another", 150, 150, 1, 0)
    assert (first.is_new, second.is_new, Cluster("old", "a", 1, "old", 1).is_new) == (False, True, False)
    assert not Cluster("never", "a", 1, "never").is_new


# 3.2.4: what users reported


def _report(**more: str) -> dict[str, str]:
    return {"channel": "email", "received": _time(3), "summary": "Step 3 does not end", **more}


def test_report_has_a_time_and_a_state() -> None:
    reports = [
        _report(issue="I-1"),
        _report(received=_time(-1), summary="n/a", first_response=_time(4)),
        _report(by="Ada One"),
        _report(first_response=_time(4), by="Ada One"),
    ]
    record = Record("feedback.yaml", {"reports": reports, "no_reports": {"by": "Ada One", "at": _time(2)}})
    state = "has no state; expected first_response and by, or issue"

    assert _said(tracked.entry_findings(record, SCHEDULE, NOW), "feedback.yaml") == [
        "no_reports: states that there is none, and there are 4",
        f"reports[1].received: {_time(-1)} is before T-0, {_time(0)}",
        "reports[1].summary: n/a says nothing; expected it in words",
        f"reports[1]: email, {_time(-1)}: {state}",
        f"reports[2]: email, {_time(3)}: {state}",
    ]


HALVES = (f"{_time(2)} to {_time(13)} (11 h)", f"{_time(13)} to {_time(24)} (11 h)")


@pytest.mark.parametrize(
    ("checked", "stated", "now", "missed"),
    [
        ([2, 24], None, 30, []),
        ([13], None, 30, [0]),
        ([12.9], None, 30, [1]),
        ([1.9, 24.1], None, 30, [0, 1]),
        ([3], None, 30, [1]),
        ([3], 14, 30, []),
        ([14], None, 30, [0]),
        ([3, 14], None, 13.95, []),
        ([3, 14], None, 13.9, [1]),
    ],
    ids=[
        "at the ends",
        "in the middle",
        "before the middle",
        "outside",
        "morning",
        "a statement",
        "night",
        "now",
        "to come",
    ],
)
def test_feedback_is_looked_for_in_both_halves_of_the_day(
    checked: list[float], stated: float | None, now: float, missed: list[int]
) -> None:
    statement = {} if stated is None else {"no_reports": {"by": "Ada One", "at": _time(stated)}}
    channels = [{"channel": "email", "checked": [_time(each)]} for each in checked]
    record = Record("feedback.yaml", {"channels": channels, **statement})

    assert _said(tracked.track_findings(record, DAY, T0 + timedelta(hours=now)), "feedback.yaml") == [
        f"channels: no channel was checked from {HALVES[number]}" for number in missed
    ]


def test_what_is_explained_is_said_as_long_as_nothing_of_it_is_left() -> None:
    whole, part, left = (Finding("r", None, message) for message in ("a: 3 slow", "b: 3 slow", "b: 1 slow"))

    assert explained.covered([whole, part], [left]) == [
        Finding("r", None, "a: 3 slow; explained in the record first_day")
    ]


# 3.2.6: the backup after it


@pytest.mark.parametrize(
    ("taken", "now", "said"),
    [
        (
            0,
            10,
            f"begun at {_time(0)} by the target's taken_at: that is before the deployment, {_time(0)}; expected one "
            "made since (first_day.backup in the target, where it is another one)",
        ),
        (1, 25, ""),
        (1, 25.5, f"begun at {_time(1)} by the target's taken_at, 24.5 h ago; expected one of the last 24 h"),
    ],
)
def test_backup_was_made_since_the_deployment_and_not_a_day_ago(
    tmp_path: Path, taken: float, now: float, said: str
) -> None:
    backup = Backup(BackupTarget(path=tmp_path / "b.gz", taken_at=T0 + timedelta(hours=taken)))

    assert _said(made.time_findings(backup, SCHEDULE, T0 + timedelta(hours=now)), "b.gz") == ([said] if said else [])
    assert list(made.uncertain(backup)) == []


def test_time_of_a_file_alone_is_remarked_on(tmp_path: Path) -> None:
    (tmp_path / "b.gz").write_bytes(b"")

    assert _said(made.uncertain(Backup(BackupTarget(path=tmp_path / "b.gz"))), "b.gz") == [
        "when it was taken is known only by a file's time, which any copying renews; name taken_at or log beside its "
        "path"
    ]
