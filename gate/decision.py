"""From a gate's result to what to do now, who decides, by when, whom to call: the plan's own rules, else its trees."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from gate import trees
from gate.checklist import Gate, Severity
from gate.hooks import Contact
from gate.trees import INFRASTRUCTURE, LEAVES, ON_CALL, PRODUCT, QA, TECH_LEAD, WATCH_AFTER, WATCH_DURING, Decision
from gate.verdict import GateResult, ItemResult, Outcome, Verdict

__all__ = ["LEAVES", "Decision"]

DURING = ("deploy", "mcp", "bmad")  # phases; tree 2. Before them come predeploy and smoke, after them postdeploy.
BEFORE = ("predeploy", "smoke")


@dataclass(frozen=True)
class Situation:
    """What the trees ask for and no test can tell.

    `fix_minutes` is a person's estimate of a fix, None where nobody has given one; `degraded_minutes` are those for
    which something has been amiss; `recovered` tells that something was amiss at the last look, `outside_chain` that
    the run is no step of a deployment.
    """

    fix_minutes: int | None = None
    degraded_minutes: float = 0.0
    recovered: bool = False
    outside_chain: bool = False


UNTOLD = Situation()

# What comes next when a gate lets the deployment through.
PROCEED = {
    "predeploy": "go on to the smoke test (plan 2.1)",
    "verification": "go on to the staging rehearsal (plan 1.2)",
    "staging": "go on to the notice to users and team (plan 1.3)",
    "notification": "go on to the deployment package (plan 1.4)",
    "package": "run the whole predeploy gate, then go on to the smoke test (plan 2.1)",
    "smoke": "go on to the deployment to the repository (plan 2.2)",
    "deploy": "go on to the Knowledge MCP verification (plan 2.3)",
    "mcp": "go on to the BMAD integration verification (plan 2.4)",
    "bmad": "go on to the announcement (plan 2.5)",
    "announcement": "go on to the first hour of monitoring (plan 3.1)",
    "monitoring": "go on with normal operations and the first day of monitoring (plan 3.2)",
    "first_day": "go on to the retrospective (plan 3.5)",
    "feedback": "go on with the first day of monitoring (plan 3.2)",
    "baseline": "go on with the first day of monitoring (plan 3.2)",
    "retrospective": "run the acceptance gate",
    "postdeploy": "go on with normal operations",
    "acceptance": "the deployment is successful by the plan's criteria",
    "rollback": "the rollback stands; redeploy only once a fix is verified",
}
OUTSIDE_CHAIN = "go on with what this run was for"
SMOKE_FAILED = Decision(
    "stop",
    "any failed smoke test stops the deployment (plan 2.1)",
    ("escalate to the tech lead", "fix the issue", "run the smoke gate again before going on"),
    TECH_LEAD,
    15,
    (TECH_LEAD, QA),
)
KNOWLEDGE_FAILED = Decision(
    "rollback",
    "a Knowledge MCP tool fails (plan 2.3)",
    ("roll back to the previous version", "investigate the Knowledge MCP server"),
    TECH_LEAD,
    0,
    (TECH_LEAD, INFRASTRUCTURE, PRODUCT),
)
HOUR_NOT_CLEAN = Decision(
    "escalate",
    "the first hour of monitoring was not clean (plan 3.1)",
    ("escalate to the tech lead", "evaluate the rollback", "otherwise fix the issue and watch another whole hour"),
    TECH_LEAD,
    60,
    (TECH_LEAD, INFRASTRUCTURE, ON_CALL),
)
# A rollback that failed is not answered by another one.
ROLLBACK_FAILED = {
    "critical": Decision(
        "escalate",
        "the rollback is not complete, so it is not known that the previous version works",
        (
            "escalate at once and keep users out of the workflow",
            "restore the previous version from the verified backup by ROLLBACK_PROCEDURE.md",
            "run the smoke tests on what was restored, then this gate again",
            "no new deployment before that",
        ),
        TECH_LEAD,
        0,
        (TECH_LEAD, INFRASTRUCTURE, PRODUCT, ON_CALL),
    ),
    "major": Decision(
        "complete_rollback",
        "the previous version is back, but steps of the rollback are open",
        ("do the steps that failed", "run this gate again", "no new deployment before that"),
        TECH_LEAD,
        None,
        (TECH_LEAD, PRODUCT),
    ),
}
UNDECIDED = Decision(
    "repeat",
    "not everything was verified, so nothing is decided",
    ("see below what did not run and why", "mend that", "run the whole gate again"),
    TECH_LEAD,
    None,
    (TECH_LEAD,),
)


def decide(result: GateResult, situation: Situation = UNTOLD) -> Decision:
    """The plan's decision for a gate: by its verdict, its phase, what failed there how gravely, and the situation."""
    onward = PROCEED.get(result.gate.marker, "go on")
    if situation.outside_chain and result.gate.marker != "rollback":  # which follows no gate, and has none after it
        onward = OUTSIDE_CHAIN
    match result.verdict:
        case Verdict.INCOMPLETE:
            return UNDECIDED
        case Verdict.PASS if situation.recovered:
            return trees.resolved(onward, _tree(result.gate))
        case Verdict.PASS:
            return Decision("proceed", "everything verified", (onward,), TECH_LEAD, None, ())
        case Verdict.DEGRADE:
            return _with_caution(result, situation, onward)
        case Verdict.FAIL:
            return _after_failure(result, situation)


def _tree(gate: Gate) -> Literal[1, 2, 3]:
    if gate.phase in BEFORE:
        return 1
    return 2 if gate.phase in DURING else 3


def _with_caution(result: GateResult, situation: Situation, onward: str) -> Decision:
    """Nothing blocks. What is degraded is watched; a performance that is, for the tree's time, and then escalated."""
    tree, minutes = _tree(result.gate), situation.degraded_minutes
    degraded = [each for each in result.items if each.outcome is Outcome.DEGRADED]
    slow = [
        each for each in degraded if each.item.severity != "minor" and not all(one.holds for one in each.measurements)
    ]
    if tree == 2 and slow and minutes >= WATCH_DURING:
        return trees.degradation(minutes, critical=_worst(slow) == "critical")
    if tree == 3 and slow and minutes >= WATCH_AFTER:
        return trees.degraded(minutes)
    if result.count(Outcome.WAIVED):
        chosen = trees.known(onward, usability=tree == 3)
        watched = ("look at each degraded item below, too",) if degraded else ()
        return dataclasses.replace(chosen, steps=(*watched, *chosen.steps))
    look = ("look at each degraded item below", f"{onward}, with caution")
    summary = "nothing blocks, but not all is as it should be"
    if tree == 1:
        step = "put what is degraded right, or note it as a known issue"
        return Decision("proceed_with_caution", summary, (*look, step), TECH_LEAD, None, (TECH_LEAD,))
    # Plan 2.3 says it of slow answers: monitor, proceed with caution.
    gone = minutes if slow else 0  # a remark stays what it is; only a performance gets better or worse
    leaf = trees.degradation(gone, critical=False) if tree == 2 else trees.degraded(gone)
    step = (
        "watch for 30 minutes; if it stays, escalate to infrastructure"
        if tree == 2
        else "look for the cause and watch the effect; no better within an hour: escalate"
    )
    call = (TECH_LEAD, INFRASTRUCTURE)
    return Decision("proceed_with_caution", summary, (*look, step), TECH_LEAD, leaf.within_minutes, call, leaf.leaf)


def _after_failure(result: GateResult, situation: Situation) -> Decision:
    gate = result.gate
    failed = [each for each in result.items if each.outcome is Outcome.FAILED]
    severity = _worst(failed)
    if gate.phase == "smoke":
        return SMOKE_FAILED
    if gate.marker == "rollback":
        return ROLLBACK_FAILED["critical" if severity == "critical" else "major"]
    if severity == "critical" and gate.phase == "mcp":
        return KNOWLEDGE_FAILED
    if severity == "critical" and gate.marker == "acceptance":
        summary = "the deployment has failed by the plan's criteria, unless it is cured at once"
        return dataclasses.replace(trees.blocking(situation.fix_minutes), summary=summary)
    if severity != "critical" and any(each.item.section == "3.1" for each in failed):
        return HOUR_NOT_CLEAN
    match _tree(gate):
        case 1:
            return trees.before(severity)
        case 2:
            return _during(result, severity, situation)
        case 3:
            return _afterwards(severity, situation)


def _during(result: GateResult, severity: Severity, situation: Situation) -> Decision:
    if severity == "critical" and _completely(result):
        return trees.complete_failure()
    if severity in ("critical", "major"):
        return trees.partial_failure(situation.fix_minutes)
    return trees.degradation(situation.degraded_minutes, critical=False)


def _afterwards(severity: Severity, situation: Situation) -> Decision:
    if severity == "critical":
        return trees.blocking(situation.fix_minutes)
    return trees.degraded(situation.degraded_minutes) if severity == "major" else trees.usability()


def _completely(result: GateResult) -> bool:
    """Whether no critical item of a gate is known to work."""
    return all(
        each.outcome in (Outcome.FAILED, Outcome.MISSING) for each in result.items if each.item.severity == "critical"
    )


def _worst(results: Iterable[ItemResult]) -> Severity:
    return worst(each.item.severity for each in results)


def worst(severities: Iterable[Severity]) -> Severity:
    """The gravest of some severities; `minor` where there are none."""
    found = set(severities)
    if "critical" in found:
        return "critical"
    return "major" if "major" in found else "minor"


def contacts_for(decision: Decision, contacts: Collection[Contact]) -> list[Contact]:
    """The team's contacts for the roles to call, a role without one standing alone, so that the gap is seen."""
    called: list[Contact] = []
    for role in decision.call:
        named: Sequence[Contact] = [contact for contact in contacts if contact.get("role", "").lower() == role.lower()]
        called += named or [Contact(role=role)]
    return called


def plain(decision: Decision, contacts: Collection[Contact]) -> dict[str, object]:
    """The decision as verdict.json keeps it."""
    return {**dataclasses.asdict(decision), "steps": list(decision.steps), "call": contacts_for(decision, contacts)}
