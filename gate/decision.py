"""The plan's decision trees: from a verdict to what to do now, who decides, by when, whom to call. Pure functions."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from gate.checklist import Gate, Item
from gate.hooks import Contact
from gate.verdict import GateResult, Outcome, Verdict

TECH_LEAD = "Tech Lead"
INFRASTRUCTURE = "Infrastructure Lead"
PRODUCT = "Product Manager"
QA = "QA Lead"
ON_CALL = "On-Call Engineer"


@dataclass(frozen=True)
class Decision:
    """What the plan says to do: `within_minutes` is None where the plan sets no deadline; `call` are roles."""

    action: str
    summary: str
    steps: tuple[str, ...]
    decides: str
    within_minutes: int | None
    call: tuple[str, ...]


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

# Tree 1, before the deployment: by the severity of the worst item that failed.
BEFORE = {
    "critical": Decision(
        "delay",
        "blocks the deployment",
        ("fix the issue", "run this gate again", "not fixed: delay the deployment and escalate"),
        TECH_LEAD,
        None,
        (TECH_LEAD, QA),
    ),
    "major": Decision(
        "continue_with_approval",
        "may cause trouble; goes on only with a workaround that the tech lead approved",
        ("document the workaround", "get the tech lead's approval", "add it to the known issues, then run again"),
        TECH_LEAD,
        None,
        (TECH_LEAD,),
    ),
    "minor": Decision(
        "continue",
        "can be fixed after the deployment",
        ("document the issue", "schedule the fix for the next version", "go on with the deployment"),
        TECH_LEAD,
        None,
        (TECH_LEAD,),
    ),
}
SMOKE_FAILED = Decision(
    "stop",
    "any failed smoke test stops the deployment (plan 2.1)",
    ("escalate to the tech lead", "fix the issue", "run the smoke gate again before going on"),
    TECH_LEAD,
    15,
    (TECH_LEAD, QA),
)
# Tree 2, during the deployment.
DURING = {
    "critical": Decision(
        "rollback",
        "complete failure",
        ("stop the deployment at once", "start the rollback", "investigate the cause", "fix, then schedule again"),
        TECH_LEAD,
        0,
        (TECH_LEAD, INFRASTRUCTURE, PRODUCT),
    ),
    "major": Decision(
        "fix_or_rollback",
        "partial failure",
        ("fixable within 30 minutes: fix and go on", "otherwise roll back", "try again once the issue is fixed"),
        TECH_LEAD,
        30,
        (TECH_LEAD, INFRASTRUCTURE),
    ),
    "minor": Decision(
        "monitor",
        "degraded",
        ("watch for 30 minutes", "resolved: go on and watch closely", "it stays: escalate to infrastructure"),
        INFRASTRUCTURE,
        30,
        (INFRASTRUCTURE,),
    ),
}
KNOWLEDGE_FAILED = Decision(
    "rollback",
    "a Knowledge MCP tool fails (plan 2.3)",
    ("roll back to the previous version", "investigate the Knowledge MCP server"),
    TECH_LEAD,
    0,
    (TECH_LEAD, INFRASTRUCTURE, PRODUCT),
)
# Tree 3, after the deployment.
AFTER = {
    "critical": Decision(
        "hotfix_or_rollback",
        "blocks the users' work",
        ("fixable within an hour: hotfix", "otherwise evaluate the rollback", "tell the users", "roll the fix out"),
        TECH_LEAD,
        60,
        (TECH_LEAD, ON_CALL, PRODUCT),
    ),
    "major": Decision(
        "optimise",
        "works, but degraded",
        ("investigate the cause", "try to optimise", "watch the effect", "no better within an hour: escalate"),
        INFRASTRUCTURE,
        60,
        (INFRASTRUCTURE, ON_CALL),
    ),
    "minor": Decision(
        "document",
        "works, but is confusing or incomplete",
        ("document the issue", "update the documentation", "schedule a fix", "give the users a workaround"),
        PRODUCT,
        None,
        (PRODUCT,),
    ),
}
HOUR_NOT_CLEAN = Decision(
    "escalate",
    "the first hour of monitoring was not clean (plan 3.1)",
    ("escalate to the tech lead", "evaluate the rollback", "otherwise fix the issue and watch another whole hour"),
    TECH_LEAD,
    60,
    (TECH_LEAD, INFRASTRUCTURE, ON_CALL),
)
DEPLOYMENT_FAILED = dataclasses.replace(
    AFTER["critical"], summary="the deployment has failed by the plan's criteria, unless it is cured at once"
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
# What a degraded gate asks to keep an eye on (trees 2 and 3), for how many minutes, and who has to know.
BEFORE_WATCH = ("put what is degraded right, or note it as a known issue", None, (TECH_LEAD,))
DURING_WATCH = ("watch for 30 minutes; if it stays, escalate to infrastructure", 30, (TECH_LEAD, INFRASTRUCTURE))
AFTER_WATCH = (
    "look for the cause and watch the effect; no better within an hour: escalate",
    60,
    (TECH_LEAD, INFRASTRUCTURE),
)
WATCH = {"deploy": DURING_WATCH, "mcp": DURING_WATCH, "bmad": DURING_WATCH, "postdeploy": AFTER_WATCH}


def decide(result: GateResult) -> Decision:
    """The plan's decision for a gate: by its verdict, its phase, and what failed there how gravely."""
    if result.verdict is Verdict.INCOMPLETE:
        return UNDECIDED
    onward = PROCEED.get(result.gate.marker, "go on")
    if result.verdict is Verdict.PASS:
        return Decision("proceed", "everything verified", (onward,), TECH_LEAD, None, ())
    if result.verdict is Verdict.DEGRADE:
        watch, minutes, call = WATCH.get(result.gate.phase, BEFORE_WATCH)
        caution = ("look at each degraded item below", f"{onward}, with caution", watch)
        summary = "nothing blocks, but not all is as it should be"
        return Decision("proceed_with_caution", summary, caution, TECH_LEAD, minutes, call)
    return _after_failure(result.gate, [each.item for each in result.items if each.outcome is Outcome.FAILED])


def _after_failure(gate: Gate, failed: Collection[Item]) -> Decision:
    severity = worst(item.severity for item in failed)
    if gate.phase == "smoke":
        return SMOKE_FAILED
    if gate.marker == "rollback":
        return ROLLBACK_FAILED["critical" if severity == "critical" else "major"]
    if severity == "critical" and gate.phase == "mcp":
        return KNOWLEDGE_FAILED
    if severity == "critical" and gate.marker == "acceptance":
        return DEPLOYMENT_FAILED
    if severity != "critical" and any(item.section == "3.1" for item in failed):
        return HOUR_NOT_CLEAN
    trees = {"predeploy": BEFORE, "deploy": DURING, "mcp": DURING, "bmad": DURING}
    return trees.get(gate.phase, AFTER)[severity]


def worst(severities: Iterable[str]) -> str:
    """The gravest of some severities; `minor` where there are none."""
    found = set(severities)
    return next((severity for severity in ("critical", "major") if severity in found), "minor")


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
