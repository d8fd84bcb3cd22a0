"""The words of the plan's decision trees, leaf by leaf: what people do next is what they read there."""

from __future__ import annotations

import pytest

from gate import trees
from gate.trees import LEAVES, Decision

ONWARD = "go on to the next phase"
# Decision, its summary, its steps (plan, decision trees 1 to 3).
WORDS: dict[str, tuple[Decision, str, tuple[str, ...]]] = {
    "critical before": (
        trees.before("critical"),
        "blocks the deployment",
        ("fix the issue", "run this gate again", "not fixed: delay the deployment and escalate"),
    ),
    "major before": (
        trees.before("major"),
        "may cause trouble; goes on only with a workaround that the tech lead approved",
        ("document the workaround", "get the tech lead's approval", "add it to the known issues, then run again"),
    ),
    "minor before": (
        trees.before("minor"),
        "can be fixed after the deployment",
        ("document the issue", "schedule the fix for the next version", "go on with the deployment"),
    ),
    "known before": (
        trees.known(ONWARD),
        "what failed is a known issue with an approved workaround",
        (
            "keep the workaround of each known issue at hand",
            "schedule the fixes for the next version",
            "go on to the next phase, with caution",
        ),
    ),
    "known after": (
        trees.known(ONWARD, usability=True),
        "what failed is a known issue with an approved workaround",
        (
            "give the users the workaround",
            "schedule the fixes for the next version",
            "go on to the next phase, with caution",
        ),
    ),
    "fixed before": (trees.resolved(ONWARD, 1), "fixed, everything verified", (ONWARD,)),
    "complete failure": (
        trees.complete_failure(),
        "complete failure",
        (
            "stop the deployment at once",
            "start the rollback",
            "investigate the cause",
            "fix, then schedule the deployment again",
        ),
    ),
    "partial failure": (
        trees.partial_failure(None),
        "partial failure",
        (
            "go no further before this is decided",
            "fixable within 30 minutes: fix and go on",
            "otherwise roll back",
            "try again once the issue is fixed",
        ),
    ),
    "partial failure, fixable": (
        trees.partial_failure(29),
        "partial failure, expected to be fixed in 29 minutes",
        ("fix the issue", "run this gate again, then go on", "not fixed after 30 minutes: roll back"),
    ),
    "partial failure, not fixable": (
        trees.partial_failure(30),
        "partial failure, and a fix would take 30 minutes",
        ("roll back to the previous version", "fix the issue", "try the deployment again once it is fixed"),
    ),
    "degradation": (
        trees.degradation(29.9, critical=True),
        "degraded",
        ("watch for 30 minutes", "resolved: go on and watch closely", "it stays: escalate to infrastructure"),
    ),
    "degradation that persists": (
        trees.degradation(30.4, critical=False),
        "degraded for 30 minutes",
        ("escalate to infrastructure", "it becomes critical: roll back", "resolved: go on and watch closely"),
    ),
    "degradation that persists, critical": (
        trees.degradation(30.6, critical=True),
        "degraded for 31 minutes, and critical",
        ("roll back to the previous version", "investigate the cause", "fix, then schedule the deployment again"),
    ),
    "resolved during": (
        trees.resolved(ONWARD, 2),
        "resolved, everything verified",
        (ONWARD, "watch closely what was amiss before"),
    ),
    "blocking": (
        trees.blocking(None),
        "blocks the users' work",
        (
            "fixable within an hour: hotfix",
            "otherwise evaluate the rollback",
            "tell the users",
            "roll the fix out when it is ready",
        ),
    ),
    "blocking, fixable": (
        trees.blocking(59),
        "blocks the users' work; a fix is expected to take 59 minutes",
        ("make the hotfix", "tell the users", "roll the fix out when it is ready", "run this gate again"),
    ),
    "blocking, not fixable": (
        trees.blocking(60),
        "blocks the users' work; a fix is expected to take 60 minutes",
        ("evaluate the rollback now", "tell the users", "roll the fix out when it is ready"),
    ),
    "degraded": (
        trees.degraded(59.9),
        "works, but degraded",
        ("investigate the cause", "try to optimise", "watch the effect", "no better within an hour: escalate"),
    ),
    "degraded without improvement": (
        trees.degraded(60.6),
        "degraded for 61 minutes without improvement",
        ("escalate to the tech lead", "go on looking for the cause", "tell the users what to expect"),
    ),
    "usability": (
        trees.usability(),
        "works, but is confusing or incomplete",
        (
            "document the issue",
            "update the documentation",
            "schedule a fix for the next version",
            "give the users a workaround",
        ),
    ),
    "resolved after": (
        trees.resolved(ONWARD, 3),
        "resolved, everything verified",
        (ONWARD, "watch closely what was amiss before"),
    ),
}


@pytest.mark.parametrize(("decision", "summary", "steps"), WORDS.values(), ids=WORDS)
def test_leaf_is_told_in_these_words(decision: Decision, summary: str, steps: tuple[str, ...]) -> None:
    assert (decision.summary, decision.steps) == (summary, steps)


@pytest.mark.parametrize(("gone", "left"), [(0, 30), (0.1, 30), (29, 1), (29.01, 1), (29.99, 1)])
def test_minute_that_has_begun_counts_as_a_whole_one(gone: float, left: int) -> None:
    assert trees.degradation(gone, critical=False).within_minutes == left
    assert trees.degraded(gone + 30).within_minutes == left


def test_leaf_has_the_words_by_which_a_reader_finds_it_in_the_plan() -> None:
    assert {leaf: words.partition(": ")[2] for leaf, words in LEAVES.items()} == {
        "1.critical.open": "critical, not fixed yet",
        "1.major.open": "major, without an approved workaround yet",
        "1.minor.open": "minor, to be fixed after the deployment",
        "1.known": "known issue with an approved workaround",
        "1.fixed": "fixed and tested again",
        "2.complete": "critical, complete failure",
        "2.partial": "partial failure, time to fix it not known",
        "2.partial.fixable": "partial failure, fixable in less than 30 minutes",
        "2.partial.not_fixable": "partial failure, not fixable in 30 minutes",
        "2.degraded": "degradation of less than 30 minutes",
        "2.degraded.persists": "degradation that persists for 30 minutes",
        "2.degraded.critical": "degradation that persists, of a critical item",
        "2.resolved": "resolved",
        "3.blocking": "blocking, time to fix it not known",
        "3.blocking.fixable": "blocking, fixable in less than an hour",
        "3.blocking.not_fixable": "blocking, not fixable in an hour",
        "3.degraded": "degraded for less than an hour",
        "3.degraded.persists": "degraded, no improvement in an hour",
        "3.usability": "usability issue",
        "3.resolved": "improved",
    }
