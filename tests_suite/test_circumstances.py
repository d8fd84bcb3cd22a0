"""What a run knows besides its tests: its options, the target's known issues, since when something is amiss."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from gate import circumstances
from gate.circumstances import FIX_MINUTES, SINCE
from gate.decision import Situation
from gate.hooks import KnownIssues
from gate.state import Run
from gate.verdict import Finding, GateResult, Outcome, Verdict
from tests_suite import samples
from tests_suite.samples import CHECKLIST, PACKAGE, issue, item_result

SMOKE = CHECKLIST.gates["smoke"]
NOW = datetime(2026, 1, 6, 9, 30, tzinfo=UTC)
STARTED = datetime.fromtimestamp(samples.run().started, UTC)


class _Clock(datetime):
    """A clock that stands still at NOW."""

    @classmethod
    def now(cls, tz: Any = None) -> datetime:  # type: ignore[override]
        return NOW.replace(tzinfo=None) if tz is None else NOW.astimezone(tz)


@pytest.fixture(autouse=True)
def _clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(circumstances, "datetime", _Clock)
    monkeypatch.setattr(circumstances, "time", SimpleNamespace(time=NOW.timestamp))


def _options(fix: str | None = None, since: str | None = None) -> tuple[int | None, datetime | None]:
    config: Any = SimpleNamespace(option=SimpleNamespace(fix_minutes=fix, degraded_since=since), stash=pytest.Stash())
    circumstances.read_options(config)
    return config.stash[FIX_MINUTES], config.stash[SINCE]


@pytest.mark.parametrize(("text", "minutes"), [(None, None), ("0", 0), ("20", 20), ("0020", 20), ("00100000", 100_000)])
def test_estimate_of_a_fix_is_a_number_of_minutes(text: str | None, minutes: int | None) -> None:
    assert _options(fix=text) == (minutes, None)


@pytest.mark.parametrize("text", ["", "-1", "1.5", "20 min", "100001", "000000020", "2" * 5000, "²", "٣", " 5", "0x5"])
def test_estimate_that_is_no_number_of_minutes_is_refused(text: str) -> None:
    with pytest.raises(pytest.UsageError) as caught:
        _options(fix=text)

    said = f"{text!r:.40}"
    assert str(caught.value) == f"--fix-minutes: found {said}, expected a whole number of minutes, such as 20"


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-01-06T09:00:00+01:00", datetime(2026, 1, 6, 8, tzinfo=UTC)),
        ("2026-01-06 09:00Z", datetime(2026, 1, 6, 9, tzinfo=UTC)),
        ("2026-01-06T09:35:00Z", datetime(2026, 1, 6, 9, 35, tzinfo=UTC)),  # clocks may differ by five minutes
    ],
)
def test_beginning_of_a_trouble_is_a_point_in_time(text: str, moment: datetime) -> None:
    minutes, since = _options(since=text)

    assert (minutes, since) == (None, moment)
    assert since is not None
    assert since.tzinfo is UTC


EXPECTED = "expected a point in time with its time zone, like 2026-01-06T09:00:00+01:00"


@pytest.mark.parametrize(
    "text", ["", "yesterday", "2026-01-06", "2026-01-06T09:00:00", "0001-01-01T00:00:00+14:00", "x" * 99]
)
def test_beginning_that_is_no_point_in_time_is_refused(text: str) -> None:
    with pytest.raises(pytest.UsageError) as caught:
        _options(since=text)

    assert str(caught.value) == f"--degraded-since: found {text!r:.40}, {EXPECTED}"


def test_beginning_that_is_still_to_come_is_refused() -> None:
    with pytest.raises(pytest.UsageError) as caught:
        _options(since="2026-01-06T09:35:01Z")

    assert str(caught.value) == f"--degraded-since: 2026-01-06T09:35:01Z is still to come; {EXPECTED}"


def _config(answer: KnownIssues | None, **option: Any) -> Any:
    asked: list[Any] = []

    def known_issues(config: Any) -> KnownIssues | None:
        asked.append(config)
        return answer

    hook = SimpleNamespace(pytest_gate_known_issues=known_issues)
    return SimpleNamespace(option=SimpleNamespace(**option), hook=hook, asked=asked)


def test_known_issues_are_asked_of_the_target_where_a_gate_is_judged() -> None:
    told = KnownIssues(issues=[issue()], digests={"package": PACKAGE})
    run, config = samples.run(), _config(told, collectonly=False)

    circumstances.read_known_issues(config, run)

    assert config.asked == [config]
    assert run.known is told


def test_target_without_a_record_has_no_known_issues() -> None:
    run = samples.run()

    circumstances.read_known_issues(_config(None), run)

    assert run.known == {"issues": [], "digests": {}}


@pytest.mark.parametrize("gates", [True, False], ids=["only collected", "no gate"])
def test_run_that_judges_nothing_asks_for_no_known_issues(gates: bool) -> None:
    run, config = samples.run(), _config(KnownIssues(issues=[issue()], digests={}), collectonly=gates)
    if not gates:
        run.gates = []

    circumstances.read_known_issues(config, run)

    assert config.asked == []
    assert run.known["issues"] == []


def test_known_issue_of_no_item_is_refused_in_one_line_that_tells_no_secret() -> None:
    told = KnownIssues(issues=[issue(), issue(item="hunter22"), issue(item="9.9")], digests={})

    with pytest.raises(pytest.UsageError) as caught:
        circumstances.read_known_issues(_config(told), samples.run(secrets=["hunter22"]))

    place, says = "known-issues.yaml:4", "the checklist has no item '‹secret›'; ids look like 1.2.4, in quotes"
    assert str(caught.value) == f"{place}: {says}"


# The target's contacts, and what is said about the approval of Ada Example.
LEADS: dict[str, tuple[list[dict[str, str]], tuple[str, ...]]] = {
    "the tech lead": ([{"role": "tech LEAD", "name": "Ada Example"}], ()),
    "one of two": ([{"role": "Tech Lead", "name": "Bob"}, {"role": "Tech Lead", "name": "Ada Example"}], ()),
    "another role": (
        [{"role": "QA Lead", "name": "Ada Example"}, {"name": "Ada Example"}],
        ("the target's contacts name no Tech Lead who could approve it",),
    ),
    "no name": (
        [{"role": "Tech Lead"}, {"role": "Tech Lead", "name": " "}],
        ("the target's contacts name no Tech Lead who could approve it",),
    ),
    "somebody else": (
        [{"role": "Tech Lead", "name": "Bob"}],
        ("Ada Example approved it; expected the tech lead, Bob",),
    ),
}


@pytest.mark.parametrize(("contacts", "reasons"), LEADS.values(), ids=LEADS)
def test_known_issue_is_held_against_the_target_s_tech_leads_and_the_time(
    contacts: list[dict[str, str]], reasons: tuple[str, ...]
) -> None:
    run = samples.run(contacts=contacts)
    run.known = KnownIssues(issues=[issue(expires="2026-01-06T09:30:01+00:00")], digests={"package": PACKAGE})
    late = Finding("the notice to one group went out late", True, "notification.yaml", 7)
    failed = item_result(Outcome.FAILED, CHECKLIST.items["1.3.1"], findings=(late,), by_findings=True)

    result = circumstances.with_known_issues(
        run, GateResult(CHECKLIST.gates["notification"], Verdict.FAIL, (failed,), ())
    )

    assert [(each.waives, each.reasons) for each in result.known] == [(not reasons, reasons)]


def _left(tmp_path: Path, **changes: Any) -> None:
    """A verdict of an hour ago that 2.1.1 degraded in, which had been amiss for three hours."""
    record = {
        "target": {"name": "sample"},
        "release": {"version": CHECKLIST.release.version},
        "started": "2026-01-06T08:20:00Z",
        "ended": "2026-01-06T08:30:00Z",
        "situation": {"amiss_since": "2026-01-06T06:30:00Z"},
        "items": [{"id": "2.1.1", "outcome": "degraded"}],
        **changes,
    }
    folder = tmp_path / "reports" / "smoke"
    folder.mkdir(parents=True)
    (folder / "verdict.json").write_text(json.dumps(record), encoding="utf-8")


def _taken(
    tmp_path: Path, outcome: Outcome, item: str = "2.1.1", since: datetime | None = None
) -> tuple[Situation, float | None]:
    stash = pytest.Stash()
    stash[FIX_MINUTES], stash[SINCE] = 20, since
    config: Any = SimpleNamespace(
        stash=stash,
        option=SimpleNamespace(report_dir=None, outside_chain=False),
        invocation_params=SimpleNamespace(dir=tmp_path),
    )
    run = samples.run()
    run.root = tmp_path
    result = GateResult(SMOKE, Verdict.PASS, (item_result(outcome, CHECKLIST.items[item]),), ())
    circumstances.take_in(config, run, result)
    assert set(run.situations) == {"smoke"}
    assert set(run.amiss_since) <= {"smoke"}
    return run.situations["smoke"], run.amiss_since.get("smoke")


def _since(moment: datetime, recovered: bool = False) -> tuple[Situation, float]:
    minutes = (NOW - moment).total_seconds() / 60
    return Situation(20, max(0.0, minutes), recovered), moment.timestamp()


def test_trouble_of_a_first_run_began_with_it(tmp_path: Path) -> None:
    assert _taken(tmp_path, Outcome.FAILED) == _since(STARTED)


def test_trouble_of_the_last_run_goes_on(tmp_path: Path) -> None:
    _left(tmp_path)

    assert _taken(tmp_path, Outcome.DEGRADED) == _since(datetime(2026, 1, 6, 6, 30, tzinfo=UTC))


@pytest.mark.parametrize(
    ("item", "changes"),
    [
        ("2.1.2", {}),
        ("2.1.1", {"release": {"version": "0.9"}}),
        ("2.1.1", {"target": {"name": "other"}}),
        ("2.1.1", {"ended": "2026-01-06T09:31:00Z"}),
    ],
    ids=["of another item", "of another version", "of another target", "still to come"],
)
def test_other_trouble_of_the_last_run_is_another_one(tmp_path: Path, item: str, changes: dict[str, Any]) -> None:
    _left(tmp_path, **changes)

    assert _taken(tmp_path, Outcome.DEGRADED, item) == _since(STARTED)


def test_beginning_that_somebody_tells_outweighs_the_last_run(tmp_path: Path) -> None:
    _left(tmp_path)
    asked = NOW - timedelta(minutes=40)

    assert _taken(tmp_path, Outcome.DEGRADED, since=asked) == _since(asked)


def test_trouble_that_begins_by_a_clock_ahead_has_lasted_no_time(tmp_path: Path) -> None:
    asked = NOW + timedelta(minutes=4)

    assert _taken(tmp_path, Outcome.DEGRADED, since=asked) == (Situation(20, 0.0, False), asked.timestamp())


@pytest.mark.parametrize(
    ("left", "since", "recovered"),
    [(False, None, False), (True, None, True), (False, NOW - timedelta(minutes=5), True)],
    ids=["nothing before", "the last run", "somebody told"],
)
def test_what_was_amiss_and_is_no_more_has_recovered(
    tmp_path: Path, left: bool, since: datetime | None, recovered: bool
) -> None:
    if left:
        _left(tmp_path)

    assert _taken(tmp_path, Outcome.PASSED, since=since) == (Situation(20, 0.0, recovered), None)


def _run_with_failures(*items: str) -> Run:
    run = samples.run()
    for number, item in enumerate(items):
        told = {"item": item}
        report = pytest.TestReport(f"t.py::test_{number}", ("t.py", 1, "t"), {}, "failed", None, "call", gate=told)
        run.journal.pytest_runtest_logreport(report)
    return run


W, F = Outcome.WAIVED, Outcome.FAILED
# Items of the failed tests, number of failed tests by pytest, outcomes of 2.1.1 and 2.1.2 in each gate.
WAIVED: dict[str, tuple[tuple[str, ...], int, list[tuple[Outcome, ...]], bool]] = {
    "the only failure": (("2.1.1",), 1, [(W,)], True),
    "two of one item": (("2.1.1", "2.1.1"), 2, [(W,)], True),
    "two items": (("2.1.1", "2.1.2"), 2, [(W, W)], True),
    "one of two items": (("2.1.1", "2.1.2"), 2, [(W, F)], False),
    "no failure at all": ((), 0, [(W,)], False),
    "a failure of no item besides": (("2.1.1",), 2, [(W,)], False),
    "waived in one gate, failed in the other": (("2.1.1",), 1, [(W,), (F,)], False),
    "failed in one gate, waived in the other": (("2.1.1",), 1, [(F,), (W,)], False),
    "waived in both": (("2.1.1",), 1, [(W,), (W,)], True),
}


@pytest.mark.parametrize(("failed", "counted", "gates", "expected"), WAIVED.values(), ids=WAIVED)
def test_failures_are_all_waived_only_where_every_one_is_of_a_waived_item(
    failed: tuple[str, ...], counted: int, gates: list[tuple[Outcome, ...]], expected: bool
) -> None:
    items = [CHECKLIST.items["2.1.1"], CHECKLIST.items["2.1.2"]]
    results = [GateResult(SMOKE, Verdict.FAIL, tuple(map(item_result, outcomes, items)), ()) for outcomes in gates]
    session: Any = SimpleNamespace(testsfailed=counted)

    assert circumstances.all_failures_waived(session, _run_with_failures(*failed), results) is expected
