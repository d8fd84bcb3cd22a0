"""The plan's three decision trees, leaf by leaf: before, during and after the deployment. Pure functions.

Each takes what the tree asks for and gives the `Decision` of the leaf that it ends in: what to do, who decides, by
when, whom to call. What nobody has told (how long a fix takes) leaves a decision that states both branches.
"""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from typing import Literal

from gate.checklist import Severity

TECH_LEAD = "Tech Lead"
INFRASTRUCTURE = "Infrastructure Lead"
PRODUCT = "Product Manager"
QA = "QA Lead"
ON_CALL = "On-Call Engineer"

FIX_DURING, FIX_AFTER = 30, 60  # minutes; plan, tree 2: "fixable in < 30 min", tree 3: "fixable in < 1 hour"
WATCH_DURING, WATCH_AFTER = 30, 60  # minutes; plan, tree 2: "monitor for 30 min", tree 3: "no improvement in 1 hour"

# Every leaf by its name, in words for a reader who has the plan at hand.
LEAVES = {
    "1.critical.open": "tree 1: critical, not fixed yet",
    "1.major.open": "tree 1: major, without an approved workaround yet",
    "1.minor.open": "tree 1: minor, to be fixed after the deployment",
    "1.known": "tree 1: known issue with an approved workaround",
    "1.fixed": "tree 1: fixed and tested again",
    "2.complete": "tree 2: critical, complete failure",
    "2.partial": "tree 2: partial failure, time to fix it not known",
    "2.partial.fixable": "tree 2: partial failure, fixable in less than 30 minutes",
    "2.partial.not_fixable": "tree 2: partial failure, not fixable in 30 minutes",
    "2.degraded": "tree 2: degradation of less than 30 minutes",
    "2.degraded.persists": "tree 2: degradation that persists for 30 minutes",
    "2.degraded.critical": "tree 2: degradation that persists, of a critical item",
    "2.resolved": "tree 2: resolved",
    "3.blocking": "tree 3: blocking, time to fix it not known",
    "3.blocking.fixable": "tree 3: blocking, fixable in less than an hour",
    "3.blocking.not_fixable": "tree 3: blocking, not fixable in an hour",
    "3.degraded": "tree 3: degraded for less than an hour",
    "3.degraded.persists": "tree 3: degraded, no improvement in an hour",
    "3.usability": "tree 3: usability issue",
    "3.resolved": "tree 3: improved",
}


@dataclass(frozen=True)
class Decision:
    """What the plan says to do: `within_minutes` is None where the plan sets no deadline; `call` are roles.

    `leaf` names the leaf of the trees (see `LEAVES`); it is empty where another rule of the plan decides.
    """

    action: str
    summary: str
    steps: tuple[str, ...]
    decides: str
    within_minutes: int | None
    call: tuple[str, ...]
    leaf: str = ""


def before(severity: Severity) -> Decision:
    """Tree 1: something failed before the deployment, and no known issue accounts for it."""
    return _BEFORE[severity]


_BEFORE: dict[Severity, Decision] = {
    "critical": Decision(
        "delay",
        "blocks the deployment",
        ("fix the issue", "run this gate again", "not fixed: delay the deployment and escalate"),
        TECH_LEAD,
        None,
        (TECH_LEAD, QA),
        "1.critical.open",
    ),
    "major": Decision(
        "continue_with_approval",
        "may cause trouble; goes on only with a workaround that the tech lead approved",
        ("document the workaround", "get the tech lead's approval", "add it to the known issues, then run again"),
        TECH_LEAD,
        None,
        (TECH_LEAD,),
        "1.major.open",
    ),
    "minor": Decision(
        "continue",
        "can be fixed after the deployment",
        ("document the issue", "schedule the fix for the next version", "go on with the deployment"),
        TECH_LEAD,
        None,
        (TECH_LEAD,),
        "1.minor.open",
    ),
}


def known(onward: str, usability: bool = False) -> Decision:
    """Trees 1 and 3: what failed is a known issue with an approved workaround; `onward` is what comes next."""
    steps = (
        "keep the workaround of each known issue at hand" if not usability else "give the users the workaround",
        "schedule the fixes for the next version",
        f"{onward}, with caution",
    )
    summary = "what failed is a known issue with an approved workaround"
    leaf, call = ("3.usability", PRODUCT) if usability else ("1.known", TECH_LEAD)
    return Decision("continue_with_known_issues", summary, steps, call, None, (call,), leaf)


def complete_failure() -> Decision:
    """Tree 2: nothing critical of a gate of the deployment is known to work."""
    return Decision(
        "rollback",
        "complete failure",
        (
            "stop the deployment at once",
            "start the rollback",
            "investigate the cause",
            "fix, then schedule the deployment again",
        ),
        TECH_LEAD,
        0,
        (TECH_LEAD, INFRASTRUCTURE, PRODUCT),
        "2.complete",
    )


def partial_failure(fix_minutes: int | None) -> Decision:
    """Tree 2: some of the deployment works; `fix_minutes` is what a person expects the fix to take, None: not known."""
    if fix_minutes is None:
        return Decision(
            "fix_or_rollback",
            "partial failure",
            (
                "go no further before this is decided",
                "fixable within 30 minutes: fix and go on",
                "otherwise roll back",
                "try again once the issue is fixed",
            ),
            TECH_LEAD,
            FIX_DURING,
            (TECH_LEAD, INFRASTRUCTURE),
            "2.partial",
        )
    if fix_minutes < FIX_DURING:
        return Decision(
            "fix_and_continue",
            f"partial failure, expected to be fixed in {fix_minutes} minutes",
            ("fix the issue", "run this gate again, then go on", f"not fixed after {FIX_DURING} minutes: roll back"),
            TECH_LEAD,
            FIX_DURING,
            (TECH_LEAD, INFRASTRUCTURE),
            "2.partial.fixable",
        )
    return Decision(
        "rollback",
        f"partial failure, and a fix would take {fix_minutes} minutes",
        ("roll back to the previous version", "fix the issue", "try the deployment again once it is fixed"),
        TECH_LEAD,
        0,
        (TECH_LEAD, INFRASTRUCTURE, PRODUCT),
        "2.partial.not_fixable",
    )


def degradation(minutes: float, critical: bool) -> Decision:
    """Tree 2: it works, but worse, and has for so many minutes; `critical` tells that a critical item is concerned."""
    if minutes < WATCH_DURING:
        return Decision(
            "monitor",
            "degraded",
            ("watch for 30 minutes", "resolved: go on and watch closely", "it stays: escalate to infrastructure"),
            INFRASTRUCTURE,
            _left(WATCH_DURING, minutes),
            (INFRASTRUCTURE,),
            "2.degraded",
        )
    if critical:
        return Decision(
            "rollback",
            f"degraded for {minutes:.0f} minutes, and critical",
            ("roll back to the previous version", "investigate the cause", "fix, then schedule the deployment again"),
            TECH_LEAD,
            0,
            (TECH_LEAD, INFRASTRUCTURE, PRODUCT),
            "2.degraded.critical",
        )
    return Decision(
        "escalate",
        f"degraded for {minutes:.0f} minutes",
        ("escalate to infrastructure", "it becomes critical: roll back", "resolved: go on and watch closely"),
        INFRASTRUCTURE,
        0,
        (INFRASTRUCTURE, TECH_LEAD),
        "2.degraded.persists",
    )


def blocking(fix_minutes: int | None) -> Decision:
    """Tree 3: users cannot work; `fix_minutes` is what a person expects a hotfix to take, None: not known."""
    call = (TECH_LEAD, ON_CALL, PRODUCT)
    told = ("tell the users", "roll the fix out when it is ready")
    steps: tuple[str, ...]
    if fix_minutes is None:
        steps = ("fixable within an hour: hotfix", "otherwise evaluate the rollback", *told)
        return Decision("hotfix_or_rollback", "blocks the users' work", steps, TECH_LEAD, FIX_AFTER, call, "3.blocking")
    summary = f"blocks the users' work; a fix is expected to take {fix_minutes} minutes"
    if fix_minutes < FIX_AFTER:
        steps = ("make the hotfix", *told, "run this gate again")
        return Decision("hotfix", summary, steps, TECH_LEAD, FIX_AFTER, call, "3.blocking.fixable")
    steps = ("evaluate the rollback now", *told)
    everybody = (TECH_LEAD, INFRASTRUCTURE, ON_CALL, PRODUCT)
    return Decision("evaluate_rollback", summary, steps, TECH_LEAD, 0, everybody, "3.blocking.not_fixable")


def degraded(minutes: float) -> Decision:
    """Tree 3: the workflow works, but worse, and has for so many minutes."""
    if minutes < WATCH_AFTER:
        return Decision(
            "optimise",
            "works, but degraded",
            ("investigate the cause", "try to optimise", "watch the effect", "no better within an hour: escalate"),
            INFRASTRUCTURE,
            _left(WATCH_AFTER, minutes),
            (INFRASTRUCTURE, ON_CALL),
            "3.degraded",
        )
    return Decision(
        "escalate",
        f"degraded for {minutes:.0f} minutes without improvement",
        ("escalate to the tech lead", "go on looking for the cause", "tell the users what to expect"),
        TECH_LEAD,
        0,
        (TECH_LEAD, INFRASTRUCTURE, ON_CALL),
        "3.degraded.persists",
    )


def usability() -> Decision:
    """Tree 3: it works, but is confusing or incomplete."""
    return Decision(
        "document",
        "works, but is confusing or incomplete",
        (
            "document the issue",
            "update the documentation",
            "schedule a fix for the next version",
            "give the users a workaround",
        ),
        PRODUCT,
        None,
        (PRODUCT,),
        "3.usability",
    )


def resolved(onward: str, tree: Literal[1, 2, 3]) -> Decision:
    """Everything passes that did not at the last look; `onward` is what comes next."""
    passed = Decision("proceed", "everything verified", (onward,), TECH_LEAD, None, ())
    if tree == 1:
        return dataclasses.replace(passed, summary="fixed, everything verified", leaf="1.fixed")
    steps = (onward, "watch closely what was amiss before")
    return dataclasses.replace(passed, summary="resolved, everything verified", steps=steps, leaf=f"{tree}.resolved")


def _left(minutes: int, gone: float) -> int:
    """What is left of some minutes, the last one begun counted as a whole one."""
    return max(0, math.ceil(minutes - gone))
