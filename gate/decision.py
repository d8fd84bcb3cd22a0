"""The plan's decision trees: from a verdict to what to do now, who decides, by when and whom to call. Pure functions."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

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


PROCEED = {
    "predeploy": "go on to the deployment phase",
    "smoke": "go on to the deployment to the repository (plan 2.2)",
    "deploy": "go on to the Knowledge MCP verification (plan 2.3)",
    "mcp": "go on to the BMAD integration verification (plan 2.4)",
    "bmad": "go on to the announcement (plan 2.5)",
    "postdeploy": "go on with normal operations",
    "acceptance": "the deployment is successful by the plan's criteria",
    "rollback": "the rollback stands; plan the redeployment of a verified fix",
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
UNDECIDED = Decision(
    "repeat",
    "not everything was verified, so nothing is decided",
    ("see below what did not run and why", "mend that", "run the whole gate again"),
    TECH_LEAD,
    None,
    (TECH_LEAD,),
)


def decide(result: GateResult) -> Decision:
    """The plan's decision for a gate's verdict and the severities of what failed or degraded."""
    phase = result.gate.phase
    if result.verdict is Verdict.INCOMPLETE:
        return UNDECIDED
    onward = PROCEED.get(result.gate.marker) or PROCEED.get(phase, "go on")
    if result.verdict is Verdict.PASS:
        return Decision("proceed", "everything verified", (onward,), TECH_LEAD, None, ())
    if result.verdict is Verdict.DEGRADE:
        caution = ("look at each degraded item below", f"{onward}, with caution", "watch what is degraded")
        return Decision(
            "proceed_with_caution",
            "nothing blocks, but not all is as it should be",
            caution,
            TECH_LEAD,
            None,
            (TECH_LEAD,),
        )
    return _after_failure(phase, worst(item.item.severity for item in result.items if item.outcome is Outcome.FAILED))


def _after_failure(phase: str, severity: str) -> Decision:
    if phase == "smoke":
        return SMOKE_FAILED
    if phase == "mcp" and severity == "critical":
        return KNOWLEDGE_FAILED
    trees = {"predeploy": BEFORE, "deploy": DURING, "mcp": DURING, "bmad": DURING}
    return trees.get(phase, AFTER)[severity]


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
