"""What a gate decides that lets the deployment go on with caution, or that is settled apart: complete decisions."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from gate import trees
from gate.checklist import Gate
from gate.decision import PROCEED, Decision, Situation, contacts_for, decide, plain
from gate.hooks import Contact
from gate.verdict import GateResult, ItemResult, Outcome, Verdict, verdict_of
from tests_suite import samples
from tests_suite.samples import CHECKLIST, ITEM, item_result, measurement

LEAD, INFRA, PRODUCT = "Tech Lead", "Infrastructure Lead", "Product Manager"
DEGRADED, FAILED, MISSING, WAIVED = Outcome.DEGRADED, Outcome.FAILED, Outcome.MISSING, Outcome.WAIVED
HELD, CROSSED = measurement(), measurement(holds=False)


def _item(outcome: Outcome, severity: Any = "major", *measured: Any, section: str = "2.3") -> ItemResult:
    item = dataclasses.replace(ITEM, severity=severity, section=section)
    return item_result(outcome, item, measurements=measured)


def _decide(marker: str, *items: ItemResult, minutes: float = 0.0, fix: int | None = None) -> Decision:
    result = GateResult(CHECKLIST.gates[marker], verdict_of(items, ()), items, ())
    return decide(result, Situation(fix, minutes))


LOOK, SUMMARY = "look at each degraded item below", "nothing blocks, but not all is as it should be"
WATCH = "watch for 30 minutes; if it stays, escalate to infrastructure"
CAUSE = "look for the cause and watch the effect; no better within an hour: escalate"
SLOW, REMARK = _item(DEGRADED, "major", HELD, CROSSED), _item(DEGRADED, "major", HELD)
MCP_ON = "go on to the BMAD integration verification (plan 2.4), with caution"
BASELINE_ON = "go on with the first day of monitoring (plan 3.2), with caution"


def _caution(onward: str, step: str, minutes: int | None, leaf: str = "", call: tuple[str, ...] = (LEAD, INFRA)) -> Any:
    return Decision("proceed_with_caution", SUMMARY, (LOOK, onward, step), LEAD, minutes, call, leaf)


# Gate, items, for how many minutes something is amiss; and the decision.
CAUTION: dict[str, tuple[str, tuple[ItemResult, ...], float, Decision]] = {
    "before": (
        "package",
        (SLOW,),
        500.0,
        _caution(
            "run the whole predeploy gate, then go on to the smoke test (plan 2.1), with caution",
            "put what is degraded right, or note it as a known issue",
            None,
            call=(LEAD,),
        ),
    ),
    "slow during": ("mcp", (SLOW,), 10.0, _caution(MCP_ON, WATCH, 20, "2.degraded")),
    "slow during, nearly too long": ("mcp", (SLOW,), 29.9, _caution(MCP_ON, WATCH, 1, "2.degraded")),
    "slow during, too long": ("mcp", (SLOW,), 30.0, trees.degradation(30.0, critical=False)),
    "slow and critical during, too long": (
        "mcp",
        (SLOW, _item(DEGRADED, "critical", CROSSED)),
        30.0,
        trees.degradation(30.0, critical=True),
    ),
    "slow during, and a critical remark": (
        "mcp",
        (SLOW, _item(DEGRADED, "critical", HELD)),
        30.0,
        trees.degradation(30.0, critical=False),
    ),
    "slow and minor during": (
        "mcp",
        (_item(DEGRADED, "minor", CROSSED),),
        99.0,
        _caution(MCP_ON, WATCH, 30, "2.degraded"),
    ),
    "a remark during": ("mcp", (REMARK,), 99.0, _caution(MCP_ON, WATCH, 30, "2.degraded")),
    "a slow one that passed all the same": (
        "mcp",
        (REMARK, _item(Outcome.PASSED, "critical", CROSSED)),
        99.0,
        _caution(MCP_ON, WATCH, 30, "2.degraded"),
    ),
    "slow after": ("baseline", (SLOW,), 10.0, _caution(BASELINE_ON, CAUSE, 50, "3.degraded")),
    "slow after, nearly too long": ("baseline", (SLOW,), 59.5, _caution(BASELINE_ON, CAUSE, 1, "3.degraded")),
    "slow after, too long": ("baseline", (SLOW,), 60.0, trees.degraded(60.0)),
    "a remark after": ("baseline", (REMARK,), 99.0, _caution(BASELINE_ON, CAUSE, 60, "3.degraded")),
    "slow after, too long, and waived": ("baseline", (SLOW, _item(WAIVED, "minor")), 60.0, trees.degraded(60.0)),
    "slow before, too long, and waived": (
        "smoke",
        (SLOW, _item(WAIVED)),
        60.0,
        Decision(
            "continue_with_known_issues",
            "what failed is a known issue with an approved workaround",
            (
                "look at each degraded item below, too",
                "keep the workaround of each known issue at hand",
                "schedule the fixes for the next version",
                "go on to the deployment to the repository (plan 2.2), with caution",
            ),
            LEAD,
            None,
            (LEAD,),
            "1.known",
        ),
    ),
    "waived after": (
        "baseline",
        (_item(WAIVED, "minor"),),
        0.0,
        Decision(
            "continue_with_known_issues",
            "what failed is a known issue with an approved workaround",
            ("give the users the workaround", "schedule the fixes for the next version", BASELINE_ON),
            PRODUCT,
            None,
            (PRODUCT,),
            "3.usability",
        ),
    ),
}


@pytest.mark.parametrize(("marker", "items", "minutes", "decision"), CAUTION.values(), ids=CAUTION)
def test_gate_that_nothing_blocks_goes_on_with_caution_as_long_as_the_plan_lets_it(
    marker: str, items: tuple[ItemResult, ...], minutes: float, decision: Decision
) -> None:
    assert _decide(marker, *items, minutes=minutes) == decision


@pytest.mark.parametrize("verdict", [Verdict.PASS, Verdict.DEGRADE])
@pytest.mark.parametrize("marker", CHECKLIST.gates)
def test_run_outside_the_chain_goes_on_to_no_step_of_the_deployment(verdict: Verdict, marker: str) -> None:
    """Or somebody who reads the last line deploys what nobody has verified in its order."""
    result = samples.gate_result(marker, verdict)
    usual, outside = decide(result), decide(result, Situation(outside_chain=True))

    assert (outside.action, outside.leaf) == (usual.action, usual.leaf), "what is verified again from a report alone"
    assert any(PROCEED[marker] in step for step in usual.steps)
    instead = PROCEED[marker] if marker == "rollback" else "go on with what this run was for"
    assert outside.steps == tuple(step.replace(PROCEED[marker], instead) for step in usual.steps)


@pytest.mark.parametrize("marker", ["package", "mcp", "baseline"])
def test_gate_that_has_recovered_goes_on_by_its_tree(marker: str) -> None:
    gate, tree = CHECKLIST.gates[marker], {"package": 1, "mcp": 2, "baseline": 3}[marker]
    passed = GateResult(gate, Verdict.PASS, (_item(Outcome.PASSED),), ())

    settled = decide(passed)
    recovered = decide(passed, Situation(recovered=True))

    assert recovered == trees.resolved(settled.steps[0], tree)  # type: ignore[arg-type]
    assert (settled.leaf, recovered.leaf[0]) == ("", str(tree))


NO_CRITERION = "the deployment has failed by the plan's criteria, unless it is cured at once"
BACK, SERVER = "roll back to the previous version", "investigate the Knowledge MCP server"
# Gate, items, minutes that a fix takes, minutes for which something is amiss; and the decision.
FAILURES: dict[str, tuple[str, tuple[ItemResult, ...], int | None, float, Decision]] = {
    "a criterion": (
        "acceptance",
        (_item(FAILED, "critical"),),
        90,
        0.0,
        dataclasses.replace(trees.blocking(90), summary=NO_CRITERION),
    ),
    "a lesser criterion": ("acceptance", (_item(FAILED, "major"),), 90, 61.0, trees.degraded(61.0)),
    "a knowledge tool": (
        "mcp",
        (_item(FAILED, "critical"), _item(Outcome.PASSED, "critical")),
        5,
        0.0,
        Decision("rollback", "a Knowledge MCP tool fails (plan 2.3)", (BACK, SERVER), LEAD, 0, (LEAD, INFRA, PRODUCT)),
    ),
    "something lesser of the server": ("mcp", (_item(FAILED, "major"),), 5, 0.0, trees.partial_failure(5)),
    "something minor during, for long": (
        "mcp",
        (_item(FAILED, "minor"), _item(DEGRADED, "critical", CROSSED)),
        5,
        40.0,
        trees.degradation(40.0, critical=False),
    ),
    "a section of the first hour": (
        "postdeploy",
        (_item(FAILED, "critical", section="3.1"),),
        5,
        0.0,
        trees.blocking(5),
    ),
    "a degraded first hour, and a failure": (
        "postdeploy",
        (_item(DEGRADED, "major", section="3.1"), _item(FAILED, "minor", section="3.3")),
        5,
        0.0,
        trees.usability(),
    ),
    "what did not run beside a failure": (
        "deploy",
        (_item(FAILED, "minor"), _item(MISSING, "critical")),
        5,
        7.0,
        trees.degradation(7.0, critical=False),
    ),
    "all that is critical": (
        "deploy",
        (_item(FAILED, "critical"), _item(MISSING, "critical"), _item(Outcome.PASSED, "major")),
        5,
        0.0,
        trees.complete_failure(),
    ),
    "not all that is critical": (
        "deploy",
        (_item(FAILED, "critical"), _item(WAIVED, "critical")),
        5,
        0.0,
        trees.partial_failure(5),
    ),
}


@pytest.mark.parametrize(("marker", "items", "fix", "minutes", "decision"), FAILURES.values(), ids=FAILURES)
def test_failure_is_decided_by_the_plan_s_own_rule_or_by_its_tree(
    marker: str, items: tuple[ItemResult, ...], fix: int | None, minutes: float, decision: Decision
) -> None:
    assert _decide(marker, *items, minutes=minutes, fix=fix) == decision


def test_gate_that_the_plan_has_nothing_after_goes_on() -> None:
    gate = Gate("another", "Another", (), "tests", 5.0, "QA Lead", "another", "", "")

    decision = decide(GateResult(gate, Verdict.PASS, (), ()))

    assert decision == Decision("proceed", "everything verified", ("go on",), LEAD, None, ())


def test_people_of_a_role_are_called_and_a_role_of_nobody_stands_alone() -> None:
    decision = Decision("stop", "it", ("one", "two"), LEAD, 15, (INFRA, LEAD), "1.known")
    contacts = [Contact(name="nobody's"), Contact(role="TECH lead", name="Ada"), Contact(role=LEAD, name="Bob")]

    assert contacts_for(decision, contacts) == [Contact(role=INFRA), *contacts[1:]]
    assert contacts_for(dataclasses.replace(decision, call=()), contacts) == []
    assert plain(decision, contacts) == {
        "action": "stop",
        "summary": "it",
        "steps": ["one", "two"],
        "decides": LEAD,
        "within_minutes": 15,
        "call": [Contact(role=INFRA), *contacts[1:]],
        "leaf": "1.known",
    }
