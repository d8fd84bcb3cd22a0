"""The plan's three decision trees as tables: every leaf, and the figures at which one leaf gives way to the next."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

import pytest

from gate import trees
from gate.checklist import Severity
from gate.decision import Situation, decide
from gate.trees import LEAVES, Decision
from gate.verdict import GateResult, ItemResult, Outcome, Verdict, verdict_of
from tests_suite import samples
from tests_suite.samples import CHECKLIST

LEAD, INFRA, PRODUCT, QA, ON_CALL = (
    "Tech Lead",
    "Infrastructure Lead",
    "Product Manager",
    "QA Lead",
    "On-Call Engineer",
)
ONWARD = "go on to the next phase"
# Leaf, action, who decides, within how many minutes, whom to call.
Row = tuple[Decision, str, str, str, int | None, tuple[str, ...]]
ROWS: list[Row] = [
    (trees.before("critical"), "1.critical.open", "delay", LEAD, None, (LEAD, QA)),
    (trees.before("major"), "1.major.open", "continue_with_approval", LEAD, None, (LEAD,)),
    (trees.before("minor"), "1.minor.open", "continue", LEAD, None, (LEAD,)),
    (trees.known(ONWARD), "1.known", "continue_with_known_issues", LEAD, None, (LEAD,)),
    (trees.resolved(ONWARD, 1), "1.fixed", "proceed", LEAD, None, ()),
    (trees.complete_failure(), "2.complete", "rollback", LEAD, 0, (LEAD, INFRA, PRODUCT)),
    (trees.partial_failure(None), "2.partial", "fix_or_rollback", LEAD, 30, (LEAD, INFRA)),
    (trees.partial_failure(0), "2.partial.fixable", "fix_and_continue", LEAD, 30, (LEAD, INFRA)),
    (trees.partial_failure(29), "2.partial.fixable", "fix_and_continue", LEAD, 30, (LEAD, INFRA)),
    (trees.partial_failure(30), "2.partial.not_fixable", "rollback", LEAD, 0, (LEAD, INFRA, PRODUCT)),
    (trees.partial_failure(600), "2.partial.not_fixable", "rollback", LEAD, 0, (LEAD, INFRA, PRODUCT)),
    (trees.degradation(0, False), "2.degraded", "monitor", INFRA, 30, (INFRA,)),
    (trees.degradation(10.2, True), "2.degraded", "monitor", INFRA, 20, (INFRA,)),
    (trees.degradation(29.9, True), "2.degraded", "monitor", INFRA, 1, (INFRA,)),
    (trees.degradation(30, False), "2.degraded.persists", "escalate", INFRA, 0, (INFRA, LEAD)),
    (trees.degradation(30, True), "2.degraded.critical", "rollback", LEAD, 0, (LEAD, INFRA, PRODUCT)),
    (trees.resolved(ONWARD, 2), "2.resolved", "proceed", LEAD, None, ()),
    (trees.blocking(None), "3.blocking", "hotfix_or_rollback", LEAD, 60, (LEAD, ON_CALL, PRODUCT)),
    (trees.blocking(59), "3.blocking.fixable", "hotfix", LEAD, 60, (LEAD, ON_CALL, PRODUCT)),
    (trees.blocking(60), "3.blocking.not_fixable", "evaluate_rollback", LEAD, 0, (LEAD, INFRA, ON_CALL, PRODUCT)),
    (trees.degraded(0), "3.degraded", "optimise", INFRA, 60, (INFRA, ON_CALL)),
    (trees.degraded(59.5), "3.degraded", "optimise", INFRA, 1, (INFRA, ON_CALL)),
    (trees.degraded(60), "3.degraded.persists", "escalate", LEAD, 0, (LEAD, INFRA, ON_CALL)),
    (trees.usability(), "3.usability", "document", PRODUCT, None, (PRODUCT,)),
    (trees.known(ONWARD, usability=True), "3.usability", "continue_with_known_issues", PRODUCT, None, (PRODUCT,)),
    (trees.resolved(ONWARD, 3), "3.resolved", "proceed", LEAD, None, ()),
]


@pytest.mark.parametrize("row", ROWS, ids=[f"{row[1]} {number}" for number, row in enumerate(ROWS)])
def test_leaf_says_what_the_plan_says(row: Row) -> None:
    decision, *expected = row

    said = [decision.leaf, decision.action, decision.decides, decision.within_minutes, decision.call]
    assert said == expected
    assert decision.summary
    assert all(decision.steps)


def test_every_leaf_is_in_the_table_and_has_words() -> None:
    assert {decision.leaf for decision, *_ in ROWS} == set(LEAVES)
    assert all(words.startswith(f"tree {leaf[0]}: ") for leaf, words in LEAVES.items())
    assert len(set(LEAVES.values())) == len(LEAVES)


# What the plan writes under each branch, in its order.
STEPS = {
    "delay": (trees.before("critical"), ("fix", "again", "delay", "escalate")),
    "major": (trees.before("major"), ("document the workaround", "approval", "known issues")),
    "minor": (trees.before("minor"), ("document", "next version", "go on")),
    "complete": (trees.complete_failure(), ("stop", "rollback", "cause", "fix", "again")),
    "partial": (trees.partial_failure(None), ("30 minutes", "roll back", "try again")),
    "not fixable": (trees.partial_failure(45), ("roll back", "fix", "again once")),
    "degradation": (trees.degradation(0, False), ("30 minutes", "resolved", "escalate")),
    "persists": (trees.degradation(40, False), ("escalate to infrastructure", "critical: roll back")),
    "blocking": (trees.blocking(None), ("within an hour: hotfix", "evaluate the rollback", "tell the", "roll the fix")),
    "degraded": (trees.degraded(0), ("cause", "optimise", "watch", "within an hour: escalate")),
    "usability": (trees.usability(), ("document", "update the documentation", "next version", "workaround")),
}  # fmt: skip


@pytest.mark.parametrize(("decision", "words"), STEPS.values(), ids=STEPS)
def test_steps_are_those_of_the_branch_in_its_order(decision: Decision, words: tuple[str, ...]) -> None:
    text = " | ".join(decision.steps)

    places = [text.find(word) for word in words]

    assert -1 not in places, text
    assert places == sorted(places), text


def _judged(marker: str, outcomes: dict[str, Outcome], slow: Iterable[str] = ()) -> GateResult:
    """A gate in which these items came out so, and all others passed; `slow` ones crossed a limit that degrades."""
    gate = CHECKLIST.gates[marker]
    crossed = (samples.measurement(120.0, holds=False, when_crossed="degraded"),)
    items = [
        samples.item_result(
            outcomes.get(item.id, Outcome.PASSED), item, measurements=crossed if item.id in slow else ()
        )
        for item in CHECKLIST.items_of(gate)
    ]
    return GateResult(gate, verdict_of(items, ()), tuple(items), ())


def _items(marker: str, *severities: Severity) -> list[str]:
    return [item.id for item in CHECKLIST.items_of(CHECKLIST.gates[marker]) if item.severity in severities]


FAILED, DEGRADED, MISSING, WAIVED = Outcome.FAILED, Outcome.DEGRADED, Outcome.MISSING, Outcome.WAIVED
LONG = Situation(degraded_minutes=75)
CRITICAL_DEPLOY = _items("deploy", "critical")
ALL_FAILED, NONE_RAN = (dict.fromkeys(CRITICAL_DEPLOY, outcome) for outcome in (FAILED, MISSING))
# Gate, what came out how, what is slow, the situation, and the leaf that it leads to.
SITUATIONS: dict[str, tuple[str, dict[str, Outcome], tuple[str, ...], Situation, str]] = {
    "a critical item before": ("package", {"1.4.1": FAILED, "1.4.3": FAILED}, (), Situation(), "1.critical.open"),
    "a major item before": ("notification", {"1.3.1": FAILED, "1.3.4": FAILED}, (), Situation(), "1.major.open"),
    "a minor item before": ("notification", {"1.3.4": FAILED}, (), LONG, "1.minor.open"),
    "a waived item before": ("package", {"1.4.3": WAIVED}, (), Situation(), "1.known"),
    "waived and degraded before": ("package", {"1.4.3": WAIVED, "1.4.1": DEGRADED}, (), LONG, "1.known"),
    "degraded before": ("package", {"1.4.1": DEGRADED}, (), LONG, ""),
    "recovered before": ("package", {}, (), Situation(recovered=True), "1.fixed"),
    "everything critical during": ("deploy", dict.fromkeys(CRITICAL_DEPLOY, FAILED), (), Situation(5), "2.complete"),
    "one critical failed, others did not run": (
        "deploy", NONE_RAN | {CRITICAL_DEPLOY[0]: FAILED}, (), Situation(), "2.complete"),
    "the only critical item during": ("bmad", {"2.4.1": FAILED}, (), Situation(5), "2.complete"),
    "a critical item of several during": ("deploy", {CRITICAL_DEPLOY[3]: FAILED}, (), Situation(), "2.partial"),
    "all but one critical during": (
        "deploy", dict.fromkeys(CRITICAL_DEPLOY[1:], FAILED), (), Situation(), "2.partial"),
    "all but one critical during, the last degraded": (
        "deploy", ALL_FAILED | {CRITICAL_DEPLOY[0]: DEGRADED}, (), Situation(), "2.partial"),
    "a major item during": ("bmad", {"2.4.3": FAILED}, (), Situation(), "2.partial"),
    "a major item during, soon fixed": ("bmad", {"2.4.3": FAILED}, (), Situation(10), "2.partial.fixable"),
    "a major item during, not soon fixed": ("bmad", {"2.4.3": FAILED}, (), Situation(30), "2.partial.not_fixable"),
    "a minor item during": ("deploy", {"2.2.8.2": FAILED}, (), Situation(10), "2.degraded"),
    "a minor item during, for long": ("deploy", {"2.2.8.2": FAILED}, (), LONG, "2.degraded.persists"),
    "slow during": ("mcp", {"2.3.4": DEGRADED}, ("2.3.4",), Situation(), "2.degraded"),
    "slow during, for long": ("mcp", {"2.3.4": DEGRADED}, ("2.3.4",), LONG, "2.degraded.persists"),
    "slow and critical during, for long": ("mcp", {"2.3.1": DEGRADED}, ("2.3.1",), LONG, "2.degraded.critical"),
    "a remark during, for long": ("mcp", {"2.3.1": DEGRADED}, (), LONG, "2.degraded"),
    "a step that took long": ("deploy", {"2.2.8.3": DEGRADED}, ("2.2.8.3",), LONG, "2.degraded"),
    "recovered during": ("mcp", {}, (), Situation(recovered=True), "2.resolved"),
    "a critical item after": ("monitoring", {"3.1.2": FAILED}, (), Situation(), "3.blocking"),
    "a critical item after, soon fixed": ("monitoring", {"3.1.2": FAILED}, (), Situation(59), "3.blocking.fixable"),
    "a critical item after, not fixed": ("monitoring", {"3.1.2": FAILED}, (), Situation(90), "3.blocking.not_fixable"),
    "a criterion after": ("acceptance", {"S.1": FAILED}, (), Situation(90), "3.blocking.not_fixable"),
    "a major item after": ("feedback", {"3.3.1": FAILED}, (), Situation(5, 20), "3.degraded"),
    "a major item after, for long": ("feedback", {"3.3.1": FAILED}, (), LONG, "3.degraded.persists"),
    "slow after": ("baseline", {"3.4.1": DEGRADED}, ("3.4.1",), Situation(), "3.degraded"),
    "slow after, for long": ("baseline", {"3.4.1": DEGRADED}, ("3.4.1",), LONG, "3.degraded.persists"),
    "a minor item after": ("feedback", {"3.3.3": FAILED}, (), LONG, "3.usability"),
    "a waived item after": ("feedback", {"3.3.3": WAIVED}, (), Situation(), "3.usability"),
    "recovered after": ("feedback", {}, (), Situation(recovered=True), "3.resolved"),
    "plan 2.1": ("smoke", {"2.1.1": FAILED}, (), Situation(5), ""),
    "plan 2.3": ("mcp", {"2.3.1": FAILED}, (), Situation(5), ""),
    "plan 3.1": ("monitoring", {"3.1.3": FAILED}, (), Situation(5), ""),
    "a failed rollback": ("rollback", {"R.1": FAILED}, (), Situation(5), ""),
    "not everything verified": ("deploy", {"2.2.1.1": MISSING}, (), LONG, ""),
    "nothing to decide": ("deploy", {}, (), Situation(5), ""),
}  # fmt: skip


@pytest.mark.parametrize("name", SITUATIONS)
def test_gate_leads_to_the_leaf_of_its_situation(name: str) -> None:
    marker, outcomes, slow, situation, leaf = SITUATIONS[name]

    assert decide(_judged(marker, outcomes, slow), situation).leaf == leaf


@pytest.mark.parametrize(
    ("marker", "item", "minutes"), [("mcp", "2.3.1", 30), ("deploy", "2.2.8.3", 30), ("feedback", "3.3.1", 60)]
)
def test_remark_is_looked_at_with_caution_however_long_it_stays(marker: str, item: str, minutes: int) -> None:
    decision = decide(_judged(marker, {item: DEGRADED}), LONG)

    assert (decision.action, decision.within_minutes) == ("proceed_with_caution", minutes)


def test_every_leaf_is_reached_by_a_situation() -> None:
    assert {row[-1] for row in SITUATIONS.values()} >= set(LEAVES)


def test_estimate_and_time_are_said() -> None:
    assert "10 minutes" in trees.partial_failure(10).summary
    assert "45 minutes" in trees.partial_failure(45).summary
    assert "90 minutes" in trees.blocking(90).summary
    assert "75 minutes" in trees.degraded(75.2).summary


def test_waived_gate_says_what_is_degraded_besides() -> None:
    decision = decide(_judged("package", {"1.4.3": WAIVED, "1.4.1": DEGRADED}))

    assert decision.steps[0] == "look at each degraded item below, too"
    assert decision.steps[-1].endswith(", with caution")


def test_failed_item_outweighs_a_waived_one() -> None:
    result = _judged("notification", {"1.3.1": WAIVED, "1.3.4": FAILED})

    assert (result.verdict, decide(result).leaf) == (Verdict.FAIL, "1.minor.open")


def test_result_without_a_critical_item_never_fails_completely() -> None:
    gate = CHECKLIST.gates["deploy"]
    majors: list[ItemResult] = [
        samples.item_result(FAILED, item) for item in CHECKLIST.items_of(gate) if item.severity == "major"
    ]
    result = GateResult(gate, Verdict.FAIL, tuple(majors), ())

    assert decide(result).leaf == "2.partial"
    assert decide(dataclasses.replace(result), Situation(10)).leaf == "2.partial.fixable"
