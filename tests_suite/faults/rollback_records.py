"""Faults of the record of a rollback: decision, messages, search for the cause, next attempt (R.1, R.2, R.5-R.7)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from tests_suite.faults.records import path_of, with_record
from tests_suite.faults.rollback import Change, fault, hours, told
from tests_suite.faults.world import Fault, World

FIX: dict[str, Any] = {
    "description": "Sources of chunks that share one are kept.",
    "verified": {
        "at": "2020-01-01T00:00:00+00:00",
        "by": {"name": "Quentin Example", "role": "QA Lead"},
        "how": "Smoke test and a run with shared chunks on staging.",
    },
}


def _next(**values: Any) -> Change:
    return lambda data: data["redeployment"].update(values)


def _fixed(verified: str, **attempt: Any) -> Change:
    fix = {**FIX, "verified": {**FIX["verified"], "at": verified}}
    return _next(fix=fix, **attempt)


def fixed_since(world: World) -> None:
    """The next attempt is planned, and its fix was verified a moment ago."""
    with_record("rollback", _fixed(hours(0.02), state="planned", at=hours(48)))(world)


DECISION: Sequence[Fault] = (
    told(
        "R.1",
        "called by somebody",
        lambda data: data["decision"]["by"].update(role="QA Lead"),
        "expected the Tech Lead, or deputy_for",
    ),
    told(
        "R.1",
        "called by a deputy",
        lambda data: data["decision"].update(
            by={"name": "Ines Example", "role": "Infrastructure Lead"}, deputy_for="Tech Lead"
        ),
        "decided in the place of the Tech Lead",
        outcome="degraded",
    ),
    told("R.1", "called by nobody", lambda data: data["decision"]["by"].update(name="TBD"), "is nobody's name"),
    told(
        "R.1",
        "no reason",
        lambda data: data["decision"].update(reason="bad"),
        "decision.reason",
        "at least 10 characters",
    ),
    told("R.1", "no name", lambda data: data["decision"].pop("by"), "decision.by: missing"),
    told("R.1 R.2 R.3 R.6", "no time of the decision", lambda data: data["decision"].pop("at"), "decision.at: missing"),
    replace(
        told(
            "R.1 R.2 R.3",
            "called in the future",
            lambda data: data["decision"].update(at=hours(3)),
            "is still to come",
        ),
        trips={"R.1": "failed", "R.2": "failed", "R.3": "failed", "R.6": "degraded"},
    ),
)


TOLD: Sequence[Fault] = (
    told(
        "R.2",
        "a user was not told",
        lambda data: data["announcement"][0]["to"].remove("ml-platform@example.com"),
        "ml-platform@example.com was not told: expected it in a 'to'",
    ),
    told("R.2", "told before the decision", lambda data: data["announcement"][0].update(sent=hours(-30)), "is before"),
    told("R.2", "told in the future", lambda data: data["announcement"][0].update(sent=hours(3)), "lies in the future"),
    told(
        "R.2",
        "which version comes back is not said",
        lambda data: data["announcement"][0].update(text="The previous one comes back soon."),
        "names version 1.0.0",
    ),
    told(
        "R.2",
        "a version that only looks like it",
        lambda data: data["announcement"][0].update(text="Version 11.0.0 comes back."),
        "names version 1.0.0",
    ),
    told(
        "R.2",
        "told when it was over",
        lambda data: data["announcement"][0].update(sent=data["result"][0]["sent"]),
        "is after it was done",
    ),
    told(
        "R.5",
        "team told of something else",
        lambda data: data["result"].append(
            {**data["result"][0], "to": [data["result"][0]["to"].pop()], "text": "Lunch"}
        ),
        "the DevOps was not told",
    ),
    told("R.2", "no announcement", lambda data: data.update(announcement=[]), "announcement: is empty"),
    told(
        "R.2",
        "announcement without a text",
        lambda data: data["announcement"][0].pop("text"),
        "either the text as it was sent, or text_file",
    ),
    told(
        "R.2",
        "announcement by another role",
        lambda data: data["announcement"][0]["by"].update(role="DevOps"),
        "the plan has the Product Manager send it",
        outcome="degraded",
    ),
    told(
        "R.5",
        "a user does not know that it is over",
        lambda data: data["result"][0]["to"].remove("data-science@example.com"),
        "data-science@example.com was not told",
    ),
    told(
        "R.5",
        "the team does not know that it is over",
        lambda data: data["result"][0]["to"].remove("Olga Example"),
        "the On-Call Engineer was not told",
    ),
    told(
        "R.5", "result told before there was one", lambda data: data["result"][0].update(sent=hours(-30)), "is before"
    ),
    told(
        "R.5",
        "result that names no version",
        lambda data: data["result"][0].update(text="All is well again."),
        "names version 1.0.0",
    ),
    told("R.5", "no result", lambda data: data.pop("result"), "result: missing"),
    told(
        "R.5",
        "result by another role",
        lambda data: data["result"][0]["by"].update(role="Tech Lead"),
        "the plan has the Product Manager send it",
        outcome="degraded",
    ),
    fault(
        "R.2 R.5",
        "nobody knows who the users are",
        lambda world: world.target.pop("users"),
        "provides no list of users",
    ),
)


AFTER: Sequence[Fault] = (
    told(
        "R.6",
        "nobody searches for the cause",
        lambda data: data["investigation"]["owner"].update(name="team"),
        "is nobody's name",
    ),
    told(
        "R.6",
        "search opened before the rollback was called",
        lambda data: data["investigation"].update(opened=hours(-30)),
        "is before the decision",
        "see that it goes on after the rollback",
        outcome="degraded",
    ),
    told(
        "R.6",
        "search opened in the future",
        lambda data: data["investigation"].update(opened=hours(3)),
        "is still to come",
    ),
    told(
        "R.6",
        "nothing known",
        lambda data: data["investigation"].update(known="?"),
        "investigation.known",
        "at least 10 characters",
    ),
    told("R.6", "no search", lambda data: data.pop("investigation"), "investigation: missing"),
    told("R.7", "planned without a fix", _next(state="planned", at=hours(48)), "redeployment.fix: missing"),
    told(
        "R.7",
        "fix verified before the rollback",
        _fixed("2020-01-01T00:00:00+00:00", state="planned", at=hours(48)),
        "is before the rollback had ended",
    ),
    told("R.7", "fix to be verified later", _fixed(hours(24), state="planned", at=hours(48)), "it is not verified"),
    told(
        "R.7",
        "fix verified after the attempt",
        _fixed(hours(0.02), state="done", at=hours(0.01)),
        "is not before the attempt",
    ),
    told("R.7", "done in the future", _fixed(hours(0.01), state="done", at=hours(48)), "is done, at", "still to come"),
    told("R.7", "not planned, and has a date", _next(at=hours(48)), "is not planned, and has at"),
    told("R.7", "another word for its state", _next(state="soon"), "redeployment.state: unknown"),
    told("R.7", "not a word about the next attempt", lambda data: data.pop("redeployment"), "redeployment: missing"),
    fault(
        "R.1 R.2 R.3 R.4 R.5 R.6 R.7",
        "no record",
        lambda world: path_of(world, "rollback").unlink(),
        "rollback.yaml",
        "is missing",
    ),
)


FAULTS: Sequence[Fault] = (*DECISION, *TOLD, *AFTER)
