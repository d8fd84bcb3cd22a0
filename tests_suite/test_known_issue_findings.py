"""What an item says of its known issues: the complete findings, where they stand, whether they block."""

from __future__ import annotations

from typing import Any

import pytest

from gate import knownissues
from gate.hooks import KnownIssue
from gate.knownissues import CLOCKS, KNOWN_ISSUE, Circumstances
from gate.verdict import Finding, GateResult, ItemResult, KnownResult, Outcome, Verdict
from tests_suite.samples import CHECKLIST, NOW, PACKAGE, issue, item_result

HELD = Circumstances(NOW, {"package": PACKAGE}, ("Ada Example",))
LATE = Finding("the notice to one group went out late", True, "notification.yaml", 7)
ODD = Finding("the notice to another group has no subject", True, "notification.yaml", 9)
THIRD = Finding("the notice to a third group is empty", True, None, None)
GONE = "the notice to nobody at all"


def _item(outcome: Outcome, *findings: Finding, by_findings: bool = False) -> ItemResult:
    return item_result(outcome, CHECKLIST.items["1.3.1"], findings=findings, by_findings=by_findings)


def _applied(item: ItemResult, *issues: KnownIssue, notes: tuple[str, ...] = ()) -> GateResult:
    before = GateResult(CHECKLIST.gates["notification"], Verdict.FAIL, (item,), notes)
    return knownissues.apply(before, issues, HELD)


def _said(text: str, blocks: bool, line: int = 4) -> Finding:
    return Finding(f"{KNOWN_ISSUE}{text}", blocks, "known-issues.yaml", line)


EXPIRED, BY_OTHER = issue(expires=NOW.isoformat(), line=20), issue(approver="Quentin Example", line=30)
IT_EXPIRED = f"it expired at {NOW.isoformat()}"
OTHER_APPROVED = "Quentin Example approved it; expected the tech lead, Ada Example"
CRITICAL = "the issue is critical, and a critical one is not waived (plan, tree 1): fix it"
STALE = "covers what passes now: it is out of date, take it out"
TOLD_OPENLY = "one group was told too late (workaround: their team lead calls them)"
BROKE = "waives only findings, and this item failed otherwise: a test broke, took too long or had no subject"
# The item before, its known issues, its outcome after, and the complete findings.
CASES: dict[str, tuple[ItemResult, list[KnownIssue], Outcome, list[Finding]]] = {
    "covered": (
        _item(Outcome.FAILED, LATE, by_findings=True),
        [issue(), EXPIRED],
        Outcome.WAIVED,
        [LATE, _said(IT_EXPIRED, False, 20)],
    ),
    "one of three is covered": (
        _item(Outcome.FAILED, LATE, ODD, THIRD, by_findings=True),
        [EXPIRED, BY_OTHER, issue(covers=["went out late", GONE])],
        Outcome.FAILED,
        [
            *(LATE, ODD, THIRD),
            _said(IT_EXPIRED, True, 20),
            _said(OTHER_APPROVED, True, 30),
            _said(f"does not cover every finding: {ODD} (and 1 more)", True),
            _said(f"{GONE} is not found any more: take it out", False),
        ],
    ),
    "none of three is covered": (
        _item(Outcome.FAILED, LATE, ODD, THIRD, by_findings=True),
        [issue(covers=["another finding altogether", GONE])],
        Outcome.FAILED,
        [
            *(LATE, ODD, THIRD),
            _said("covers what is not found any more, such as another finding altogether: take it out", True),
        ],
    ),
    "one does not hold, the next one covers": (
        _item(Outcome.FAILED, LATE, by_findings=True),
        [EXPIRED, issue()],
        Outcome.WAIVED,
        [LATE, _said(IT_EXPIRED, False, 20)],
    ),
    "a word that is no quotation, then one": (
        _item(Outcome.FAILED, LATE, by_findings=True),
        [issue(covers=["late", "went out late"])],
        Outcome.WAIVED,
        [LATE, _said("'late' is no quotation; expected at least 12 characters of one finding", False)],
    ),
    "the shortest quotation": (
        _item(Outcome.FAILED, LATE, by_findings=True),
        [issue(covers=["out   \n late"]), issue(covers=["went out late"[1:]], line=8), issue(covers=["to one group"])],
        Outcome.WAIVED,
        [
            LATE,
            _said("'out   \\n late' is no quotation; expected at least 12 characters of one finding", False),
            _said("covers what is not found any more, such as ent out late: take it out", False, 8),
        ],
    ),
    "no file, and no word of one": (
        _item(Outcome.FAILED, THIRD, by_findings=True),
        [issue(covers=["None: the notice to a third"]), issue(covers=["a third group is empty"])],
        Outcome.WAIVED,
        [THIRD, _said("covers what is not found any more, such as None: the notice to a third: take it out", False)],
    ),
    "texts that are gone in two issues": (
        _item(Outcome.FAILED, LATE, by_findings=True),
        [issue(covers=["went out late", GONE]), issue(covers=[GONE, "gone as well, long ago"], line=8)],
        Outcome.WAIVED,
        [
            LATE,
            _said(f"covers what is not found any more, such as {GONE}: take it out", False, 8),
            _said(f"{GONE} is not found any more: take it out", False),
        ],
    ),
    "gone, beside a remark of the first issue": (
        _item(Outcome.FAILED, LATE, by_findings=True),
        [issue(covers=["went out late", GONE]), issue(covers=["went out late", GONE], line=8)],
        Outcome.WAIVED,
        [
            LATE,
            _said(f"{GONE} is not found any more: take it out", False),
            _said(f"{GONE} is not found any more: take it out", False, 8),
        ],
    ),
    "broken": (
        _item(Outcome.FAILED, LATE),
        [EXPIRED, issue()],
        Outcome.FAILED,
        [LATE, _said(IT_EXPIRED, True, 20), _said(BROKE, True)],
    ),
    "did not run": (
        _item(Outcome.MISSING, ODD),
        [EXPIRED, issue()],
        Outcome.MISSING,
        [ODD, _said(IT_EXPIRED, True, 20), _said("what did not run is not waived", True)],
    ),
    "did not run, and is critical": (
        _item(Outcome.MISSING, ODD),
        [issue(), issue(severity="critical", line=8)],
        Outcome.MISSING,
        [ODD, _said("another known issue of this item is critical", True), _said(CRITICAL, True, 8)],
    ),
    "passed, and is critical": (
        _item(Outcome.PASSED),
        [issue(severity="critical")],
        Outcome.FAILED,
        [_said(CRITICAL, True)],
    ),
    "passed": (
        _item(Outcome.PASSED),
        [EXPIRED, issue(covers=[], line=8), issue()],
        Outcome.DEGRADED,
        [_said(IT_EXPIRED, False, 20), _said(STALE, False), _said(TOLD_OPENLY, False, 8)],
    ),
    "degraded": (
        _item(Outcome.DEGRADED, Finding("the notice to one group went out late", False)),
        [issue(covers=[GONE], line=8), issue(covers=["to one group went", GONE]), issue(covers=[], line=9)],
        Outcome.DEGRADED,
        [
            Finding("the notice to one group went out late", False),
            _said(STALE, False, 8),
            _said(TOLD_OPENLY, False, 9),
        ],
    ),
    "no known issue": (_item(Outcome.FAILED, LATE, by_findings=True), [], Outcome.FAILED, [LATE]),
}


@pytest.mark.parametrize(("item", "issues", "outcome", "findings"), CASES.values(), ids=CASES)
def test_item_says_what_speaks_against_its_known_issues_and_whether_it_blocks(
    item: ItemResult, issues: list[KnownIssue], outcome: Outcome, findings: list[Finding]
) -> None:
    [found] = _applied(item, *issues).items

    assert found.outcome is outcome
    assert list(found.findings) == findings
    assert found.item is item.item


def test_what_a_critical_issue_fails_did_not_fail_by_its_findings_alone() -> None:
    [found] = _applied(_item(Outcome.FAILED, LATE, by_findings=True), issue(severity="critical")).items

    assert found.by_findings is False


def test_result_names_each_issue_whether_it_waives_and_what_speaks_against_it() -> None:
    holds = issue()

    result = _applied(_item(Outcome.FAILED, LATE, by_findings=True), EXPIRED, holds)

    assert result.known == (KnownResult(EXPIRED, False, (IT_EXPIRED,)), KnownResult(holds, True, ()))
    assert result.verdict is Verdict.DEGRADE


def test_issue_waives_nothing_where_nothing_failed() -> None:
    holds = issue(covers=["went out late"])
    remark = Finding("the notice to one group went out late", False)

    assert _applied(_item(Outcome.DEGRADED, remark), holds).known == (KnownResult(holds, False, ()),)


def test_run_that_ended_early_stays_incomplete_whatever_is_waived() -> None:
    result = _applied(_item(Outcome.FAILED, LATE, by_findings=True), issue(), notes=("interrupted",))

    assert (result.verdict, result.notes) == (Verdict.INCOMPLETE, ("interrupted",))


@pytest.mark.parametrize(
    ("ahead", "outcome"), [(CLOCKS, Outcome.WAIVED), (CLOCKS * 1.01, Outcome.FAILED)], ids=["5 min", "more"]
)
def test_clock_of_the_approver_may_be_five_minutes_ahead(ahead: Any, outcome: Outcome) -> None:
    changed = issue(date=(NOW + ahead).isoformat())

    [found] = _applied(_item(Outcome.FAILED, LATE, by_findings=True), changed).items

    assert found.outcome is outcome


def test_unknown_item_of_a_record_without_lines_is_said_with_its_file() -> None:
    lines = list(knownissues.unknown_items([issue(item="9.9", line=None), issue(item="8.8", line=3)], CHECKLIST))

    assert lines == [
        "known-issues.yaml: the checklist has no item '9.9'; ids look like 1.2.4, in quotes",
        "known-issues.yaml:3: the checklist has no item '8.8'; ids look like 1.2.4, in quotes",
    ]
