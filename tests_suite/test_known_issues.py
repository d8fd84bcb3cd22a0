"""Known issues: what waives a failure and what does not, as tables."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from gate import knownissues
from gate.hooks import KnownIssue
from gate.knownissues import Circumstances
from gate.verdict import Finding, GateResult, Outcome, TestRecord, Verdict, judge_gate
from tests_suite.samples import CHECKLIST, COVERED, NOW, PACKAGE, WORKFLOW, issue, measurement, record

OTHER = "c" * 64
HELD = Circumstances(NOW, {"package": PACKAGE, "workflow": WORKFLOW}, ("Ada Example",))
LATE = Finding("the notice to one group went out late", True, "notification.yaml", 7)
ODD = Finding("the notice to another group has no subject", True, "notification.yaml", 9)
REMARK = Finding("the notice was sent by somebody else", False, "notification.yaml", 5)


def _found(*findings: Finding, **more: Any) -> TestRecord:
    failed = any(each.blocks for each in findings)
    said = "\n".join(map(str, findings))
    return record("failed" if failed else "passed", item="1.3.1", findings=findings, message=said, **more)


def _judged(
    issues: Sequence[KnownIssue],
    records: Sequence[TestRecord],
    item: str = "1.3.1",
    held: Circumstances = HELD,
    marker: str = "notification",
) -> GateResult:
    """The gate with these known issues: one test for each item that passes, and these records for one item."""
    gate = CHECKLIST.gates[marker]
    items = CHECKLIST.items_of(gate)
    others = [record(test=f"m.py::test_{each.id}", item=each.id) for each in items if each.id != item]
    own = [dataclasses.replace(each, item=item) for each in records]
    expected = {each.item: {each.test} for each in (*others, *own)}
    expected.setdefault(item, {"m.py::test_it"})
    return knownissues.apply(judge_gate(gate, items, expected, [*others, *own]), issues, held)


def _outcome(result: GateResult, item: str = "1.3.1") -> tuple[Outcome, list[str]]:
    """An item's outcome, and what is said about its known issues."""
    [found] = [each for each in result.items if each.item.id == item]
    prefix = knownissues.KNOWN_ISSUE
    return found.outcome, [each.message.removeprefix(prefix) for each in found.findings if prefix in each.message]


def test_covered_failure_is_waived_and_the_gate_degrades() -> None:
    result = _judged([issue()], [_found(LATE)])

    assert _outcome(result) == (Outcome.WAIVED, [])
    assert result.verdict is Verdict.DEGRADE
    assert [(each.waives, each.reasons) for each in result.known] == [(True, ())]
    assert LATE in next(each.findings for each in result.items if each.item.id == "1.3.1")


# What is changed in a known issue that holds, and why it waives nothing then.
REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "expired": ({"expires": (NOW - timedelta(seconds=1)).isoformat()}, "it expired at 2026-01-05T11:59:59+00:00"),
    "expires now": ({"expires": NOW.isoformat()}, "it expired at"),
    "expired in another zone": ({"expires": "2026-01-05T12:30:00+01:00"}, "it expired at"),
    "approved in the future": ({"date": (NOW + timedelta(hours=1)).isoformat()}, "which is still to come"),
    "another package": ({"package": OTHER}, f"approved for the package {OTHER[:12]}…; this one is {PACKAGE[:12]}…"),
    "another workflow": ({"package": None, "workflow": OTHER}, "approved for the workflow cccccccccccc…"),
    "this package, another workflow": ({"workflow": OTHER}, "approved for the workflow cccccccccccc…"),
    "by its author": ({"author": "Ada Example"}, "approved an issue of their own"),
    "by its author, spelled otherwise": ({"author": " ada  EXAMPLE"}, "approved an issue of their own"),
    "by its author, family name first": ({"author": "Example, Ada"}, "approved an issue of their own"),
    "by its author, with an accent": ({"author": "A\u0301da Exa\u0301mple"}, "approved an issue of their own"),
    "by its author, with an invisible sign": ({"author": "Ada\u200b Exam\u00adple"}, "approved an issue of their own"),
    "by its author, in wide letters": ({"author": "\uff21da Example"}, "approved an issue of their own"),
    "by somebody else": ({"approver": "Quentin Example"}, "expected the tech lead, Ada Example"),
    "milder than the item": ({"severity": "minor"}, "it says minor, but item 1.3.1 is major"),
    "critical itself": ({"severity": "critical"}, "the issue is critical"),
    "covers nothing": ({"covers": []}, "it quotes no finding"),
    "covers an empty text": ({"covers": [""]}, "'' is no quotation; expected at least 12 characters of one finding"),
    "covers white space": ({"covers": [" " * 12]}, "is no quotation; expected at least 12 characters"),
    "covers a word or two": ({"covers": ["late        "]}, "is no quotation; expected at least 12 characters"),
    "covers another finding": ({"covers": ["something else altogether"]}, "covers what is not found any more"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_known_issue_that_does_not_hold_waives_nothing_and_says_why(name: str) -> None:
    changes, says = REFUSED[name]

    result = _judged([issue(**changes)], [_found(LATE)])

    outcome, said = _outcome(result)
    assert outcome is Outcome.FAILED
    assert any(says in text for text in said), said
    assert result.verdict is Verdict.FAIL
    assert [each.waives for each in result.known] == [False]
    assert result.known[0].reasons


HOLDING: dict[str, dict[str, Any]] = {
    "as it is": {},
    "in another zone": {"expires": "2026-01-05T13:30:00+01:00"},
    "digest in capitals": {"package": PACKAGE.upper()},
    "by the workflow": {"package": None, "workflow": WORKFLOW},
    "by both": {"workflow": WORKFLOW},
    "the tech lead spelled otherwise": {"approver": "ada example"},
    "approved on a clock that is ahead": {"date": (NOW + timedelta(minutes=4)).isoformat()},
    "message alone": {"covers": ["one group went out late"]},
    "white space": {"covers": ["the notice to  one group\nwent out late"]},
}


@pytest.mark.parametrize("changes", HOLDING.values(), ids=HOLDING)
def test_known_issue_that_holds_waives(changes: dict[str, Any]) -> None:
    assert _outcome(_judged([issue(**changes)], [_found(LATE)])) == (Outcome.WAIVED, [])


@pytest.mark.parametrize(
    ("digests", "leads", "says"),
    [
        ({}, ("Ada Example",), "of which this run knows no digest"),
        ({"workflow": WORKFLOW}, ("Ada Example",), "of which this run knows no digest"),
        ({"package": PACKAGE}, (), "contacts name no Tech Lead"),
        ({"package": PACKAGE}, ("Eve Example", "Bob Example"), "expected the tech lead, Eve Example or Bob Example"),
    ],
)
def test_what_cannot_be_checked_does_not_hold(digests: dict[str, str], leads: tuple[str, ...], says: str) -> None:
    result = _judged([issue()], [_found(LATE)], held=Circumstances(NOW, digests, leads))

    outcome, said = _outcome(result)
    assert outcome is Outcome.FAILED
    assert says in " ".join(said)


def test_new_failure_of_the_same_item_is_not_hidden() -> None:
    result = _judged([issue()], [_found(LATE, ODD)])

    outcome, said = _outcome(result)
    assert outcome is Outcome.FAILED
    assert said == [f"does not cover every finding: {ODD}"]


OTHERS = [
    ("2 of 40 users were not told", "12 of 40 users were not told"),
    ("the limit is 5", "the limit is 5.25"),
    ("the limit is 5", "the limit is 50"),
    ("5 s is too long", "31.5 s is too long"),
    (".5 s is too long", "31.5 s is too long"),
    ("000 users were not told", "1,000 users were not told"),
    ("step 2A is missing", "step 12A is missing"),
    ("user was not told", "superuser was not told"),
]


@pytest.mark.parametrize(("text", "message"), OTHERS)
def test_text_that_cuts_a_word_or_a_figure_in_two_covers_another_finding(text: str, message: str) -> None:
    """What grew from 2 users to 12 is no longer what the tech lead approved."""
    outcome, said = _outcome(_judged([issue(covers=[text])], [_found(Finding(message, True, "notification.yaml"))]))

    assert outcome is Outcome.FAILED
    assert said == [f"covers what is not found any more, such as {text}: take it out"]


@pytest.mark.parametrize("text", ["step 'x' is missing", "the limit is 5.", "n.yaml: step 'x'", "'x' is missing; the"])
def test_text_of_whole_words_covers(text: str) -> None:
    found = Finding("step 'x' is missing; the limit is 5.", True, "n.yaml", 3)

    assert _outcome(_judged([issue(covers=[text])], [_found(found)])) == (Outcome.WAIVED, [])


def test_text_that_fits_two_findings_covers_neither() -> None:
    result = _judged([issue(covers=["notification.yaml: the notice to"])], [_found(LATE, ODD)])

    outcome, said = _outcome(result)
    assert outcome is Outcome.FAILED
    assert said == ["notification.yaml: the notice to fits 2 findings; quote more of the one that is meant"]


def test_two_known_issues_cover_two_findings() -> None:
    second = issue(covers=["another group has no subject"], line=20)

    result = _judged([issue(), second], [_found(LATE, ODD)])

    assert _outcome(result) == (Outcome.WAIVED, [])
    assert [each.waives for each in result.known] == [True, True]


def test_finding_that_only_an_expired_issue_covers_is_open() -> None:
    expired = issue(covers=["another group has no subject"], expires=NOW.isoformat())

    outcome, said = _outcome(_judged([issue(), expired], [_found(LATE, ODD)]))

    assert outcome is Outcome.FAILED
    assert any("expired" in text for text in said)
    assert any(str(ODD) in text for text in said)


def test_issue_that_covers_nothing_any_more_beside_one_that_does_waives_nothing() -> None:
    result = _judged([issue(), issue(covers=["something else altogether"])], [_found(LATE)])

    outcome, said = _outcome(result)
    assert outcome is Outcome.WAIVED
    assert said == ["covers what is not found any more, such as something else altogether: take it out"]
    assert [each.waives for each in result.known] == [True, False]


def test_text_that_is_not_found_any_more_is_said() -> None:
    result = _judged([issue(covers=[COVERED, "something else altogether"])], [_found(LATE)])

    assert _outcome(result) == (Outcome.WAIVED, ["something else altogether is not found any more: take it out"])


# A failure that is no finding: a crash, a time-out, a guard against verifying nothing, a subject that is not there.
NOT_WAIVED: dict[str, list[TestRecord]] = {
    "a crash": [record("failed", message="KeyError: 'x'")],
    "an error in a fixture": [record("error", message="no connection")],
    "passed against expectation": [record("xpassed")],
    "a finding, and a crash afterwards": [_found(LATE, unexplained=True)],
    "a finding in one test, a crash in another": [_found(LATE), record("failed", "m.py::test_b", message="crash")],
    "a finding, and another test that did not run": [_found(LATE), record("skipped", "m.py::test_b")],
    "a finding, and too long": [_found(LATE, seconds=10_000.0)],
}


@pytest.mark.parametrize("records", NOT_WAIVED.values(), ids=NOT_WAIVED)
def test_what_is_more_than_a_finding_is_not_waived(records: list[TestRecord]) -> None:
    outcome, said = _outcome(_judged([issue()], records))

    assert outcome is Outcome.FAILED
    assert "waives only findings" in " ".join(said)


@pytest.mark.parametrize("records", [[], [record("skipped")], [record("unfinished")]], ids=["none", "skip", "cut off"])
def test_what_did_not_run_is_not_waived(records: list[TestRecord]) -> None:
    result = _judged([issue()], records)

    assert _outcome(result) == (Outcome.MISSING, ["what did not run is not waived"])
    assert result.verdict is Verdict.INCOMPLETE


def test_crossed_limit_is_waived_like_any_finding() -> None:
    crossed = measurement(40.0, holds=False, name="response time")
    told = Finding("response time: 40 ms, the limit is < 10 ms", True)
    failed = record("failed", findings=(told,), measurements=(crossed,), message=str(told))

    result = _judged([issue(covers=["response time: 40 ms"])], [failed])

    assert _outcome(result) == (Outcome.WAIVED, [])


def test_issue_of_what_passes_now_degrades() -> None:
    result = _judged([issue()], [_found()])

    assert _outcome(result) == (Outcome.DEGRADED, ["covers what passes now: it is out of date, take it out"])
    assert result.verdict is Verdict.DEGRADE


@pytest.mark.parametrize("name", [name for name in REFUSED if name not in ("critical itself", "covers nothing")])
def test_issue_that_does_not_hold_is_a_finding_also_where_its_item_passes(name: str) -> None:
    result = _judged([issue(**REFUSED[name][0])], [_found()])

    outcome, said = _outcome(result)
    assert outcome is Outcome.DEGRADED
    assert said


def test_issue_that_no_test_finds_is_shown_and_degrades() -> None:
    result = _judged([issue(covers=[])], [_found()])

    outcome, said = _outcome(result)
    assert outcome is Outcome.DEGRADED
    assert said == ["one group was told too late (workaround: their team lead calls them)"]


def test_issue_of_what_degrades_anyway_is_no_further_finding() -> None:
    result = _judged([issue(covers=["sent by somebody else"])], [_found(REMARK)])

    assert _outcome(result) == (Outcome.DEGRADED, [])
    assert [each.waives for each in result.known] == [False]


@pytest.mark.parametrize("fails", [True, False], ids=["fails", "passes"])
@pytest.mark.parametrize(
    ("item", "changes"), [("1.3.5", {"severity": "critical"}), ("1.3.5", {}), ("1.3.1", {"severity": "critical"})]
)
def test_critical_issue_blocks_whatever_the_tests_say(item: str, changes: dict[str, Any], fails: bool) -> None:
    found = [_found(LATE)] if fails else [_found()]

    result = _judged([issue(item=item, **changes)], found, item)

    outcome, said = _outcome(result, item)
    assert outcome is Outcome.FAILED
    assert "critical" in " ".join(said)
    assert result.verdict is Verdict.FAIL


def test_second_issue_of_a_critical_item_does_not_help() -> None:
    result = _judged([issue(severity="critical"), issue()], [_found(LATE)])

    assert _outcome(result)[0] is Outcome.FAILED
    assert not any(each.waives for each in result.known)


# Gate, item, and whether a known issue waives it: the plan has none during the deployment, afterwards what is minor.
PHASES = [
    ("package", "1.4.3", True),
    ("notification", "1.3.4", True),
    ("smoke", "2.1.1", False),
    ("deploy", "2.2.4.7", False),
    ("deploy", "2.2.8.2", False),
    ("mcp", "2.3.4", False),
    ("bmad", "2.4.3", False),
    ("rollback", "R.2", False),
    ("announcement", "2.5.1", False),
    ("announcement", "2.5.2", True),
    ("feedback", "3.3.3", True),
    ("monitoring", "3.1.3", False),
    ("acceptance", "S.8", False),
    ("acceptance", "F.2", False),
]


@pytest.mark.parametrize(("marker", "item", "waived"), PHASES)
def test_phase_decides_what_can_be_waived(marker: str, item: str, waived: bool) -> None:
    severity = CHECKLIST.items[item].severity

    result = _judged([issue(item=item, severity=severity)], [_found(LATE)], item, marker=marker)

    outcome, said = _outcome(result, item)
    assert outcome is (Outcome.WAIVED if waived else Outcome.FAILED), said
    assert bool(said) is not waived


def test_critical_bug_after_the_deployment_is_noted_and_does_not_fail_what_passes() -> None:
    result = _judged([issue(item="3.3.1", severity="critical", covers=[])], [_found()], "3.3.1", marker="feedback")

    outcome, said = _outcome(result, "3.3.1")
    assert outcome is Outcome.DEGRADED
    assert "critical" in " ".join(said)


def test_issue_of_another_gate_changes_nothing() -> None:
    result = _judged([issue(item="1.4.3")], [_found()])

    assert result.verdict is Verdict.PASS
    assert result.known == ()


def test_item_that_the_checklist_does_not_have_is_said_with_its_line() -> None:
    [line] = knownissues.unknown_items([issue(), issue(item="1.3.9", line=30)], CHECKLIST)

    assert line == "known-issues.yaml:30: the checklist has no item '1.3.9'; ids look like 1.2.4, in quotes"
