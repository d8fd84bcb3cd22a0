"""Faults of the approvals (1.1.5)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from tests_suite.faults.records import path_of, with_record, with_text
from tests_suite.faults.world import Fault, World

OTHER = "0" * 63 + "1"
Change = Callable[[dict[str, Any]], object]


def _fault(name: str, breaks: Callable[[World], object], *says: str) -> Fault:
    return Fault(
        f"approvals: {name}", lambda world: (breaks(world), None)[1], {"1.1.5": "failed"}, says, "verification"
    )


def _changed(name: str, change: Change, *says: str) -> Fault:
    return _fault(name, with_record("approvals", change), *says)


def _entry(number: int, **values: Any) -> Change:
    return lambda data: data["approvals"][number].update(values)


def _every(**values: Any) -> Change:
    return lambda data: [entry.update(values) for entry in data["approvals"]]


def _hours(hours: float) -> str:
    return (datetime.now(UTC) + timedelta(hours=hours)).isoformat(timespec="seconds")


def _again(number: int, **values: Any) -> Change:
    return lambda data: data["approvals"].append({**data["approvals"][number], **values})


def _without(number: int, key: str) -> Change:
    return lambda data: data["approvals"][number].pop(key)


def _condition(**values: Any) -> Change:
    return lambda data: data["approvals"][-1]["conditions"][0].update(values)


def _role(number: int, role: str) -> Change:
    return _entry(number, role=role)


FAULTS: Sequence[Fault] = (
    _changed("no tech lead", lambda data: data["approvals"].pop(0), "Tech Lead: no decision about this package"),
    _changed(
        "no product manager", lambda data: data["approvals"].pop(1), "Product Manager: no decision about this package"
    ),
    _changed(
        "no infrastructure",
        lambda data: data["approvals"].pop(2),
        "Infrastructure Lead: no decision about this package",
    ),
    _changed("no security", lambda data: data["approvals"].pop(3), "Security: no decision about this package"),
    _changed("no QA", lambda data: data["approvals"].pop(4), "QA Lead: no decision about this package"),
    _changed(
        "a role that the plan does not have",
        _role(1, "Chief of Everything"),
        "Product Manager: no decision about this package",
    ),
    _changed("one is of another package", _entry(2, sha256=OTHER), "decided about the package 0000000000000000…"),
    _changed("all are of another package", _every(sha256=OTHER), "ask for a new approval"),
    _changed("rejected", _entry(0, decision="rejected"), "Tech Lead (Ada Example): has rejected this package"),
    _changed(
        "rejected after an approval", _again(0, decision="rejected", date=_hours(-0.1)), "has rejected this package"
    ),
    _changed("approved and rejected in one breath", _again(1, decision="rejected"), "Product Manager", "has rejected"),
    _changed(
        "rejected and approved in one breath",
        lambda data: data["approvals"].insert(1, {**data["approvals"][1], "decision": "rejected"}),
        "at the same time",
    ),
    _changed(
        "rejected by a role that nobody had to ask",
        _again(0, role="Legal", name="Lena Example", decision="rejected"),
        "Legal (Lena Example): has rejected",
    ),
    _changed("condition open", _condition(met=False), "The rollback is rehearsed on staging once more", "is not met"),
    _changed(
        "condition met without anybody who saw it",
        lambda data: data["approvals"][-1]["conditions"][0].pop("confirmed_by"),
        "conditions[0].confirmed_by: missing",
    ),
    _changed("condition met before it was set", _condition(met_at=_hours(-30)), "before it was set"),
    _changed("condition met in the future", _condition(met_at=_hours(2)), "still to come"),
    _changed(
        "conditions without a condition",
        lambda data: data["approvals"][-1].pop("conditions"),
        "conditions: missing; expected the conditions, a list",
    ),
    _changed(
        "approved, with conditions beside it",
        _entry(-1, decision="approved"),
        "conditions only with the decision 'approved with conditions'",
    ),
    _changed("by nobody in particular", _entry(0, name="TBD"), "Tech Lead (TBD): is nobody's name"),
    _changed("condition seen met by nobody", _condition(confirmed_by="the team"), "'the team' is nobody's name"),
    _changed(
        "a rejection that a colleague overrules",
        lambda data: data["approvals"].insert(
            0, {**data["approvals"][3], "name": "Eve Example", "decision": "rejected"}
        ),
        "Security (Eve Example): has rejected this package",
    ),
    _changed("one person in two roles", _entry(1, name="Ada Example"), "has approved as Tech Lead, too"),
    _changed(
        "one person in two roles, family name first", _entry(1, name="EXAMPLE, Ada"), "has approved as Tech Lead, too"
    ),
    _changed(
        "one person in two roles, with a sign that nobody sees",
        _entry(1, name="Ada\u200b Example"),
        "has approved as Tech Lead, too",
    ),
    _changed("from the future", _entry(3, date=_hours(3)), "which is still to come"),
    Fault(
        "approvals: of the year before, by the record",
        with_record("approvals", _entry(3, date=_hours(-24 * 365))),
        {"1.1.5": "degraded"},
        ("approvals[3].date: Security", "more than 30 days before T-0", "look at the date, or ask again"),
        "verification",
    ),
    _changed(
        "a role under a name that the plan does not know",
        _role(4, "QA Engineer"),
        "QA Lead: no decision about this package is on record; there are decisions of QA Engineer",
        "which the plan does not know as roles; it knows Tech Lead, Product Manager",
    ),
    _changed("a date without a time zone", _entry(0, date="2026-01-05T10:00:00"), "a point in time with its time zone"),
    _changed("a date that is none", _entry(0, date="yesterday"), "found 'yesterday', expected a point in time"),
    _changed("a name that is empty", _entry(0, name="  "), "approvals[0].name: found an empty text"),
    _changed("no name", _without(2, "name"), "approvals[2].name: missing"),
    _changed("no decision", _without(2, "decision"), "approvals[2].decision: missing"),
    _changed("another word for yes", _entry(2, decision="ok"), "approvals[2].decision: unknown; expected one of"),
    _changed("digest of another kind", _entry(2, sha256="d41d8cd98f00b204e9800998ecf8427e"), "64 hexadecimal digits"),
    _changed("an unknown key", _entry(2, seal="x"), "approvals[2].seal: unknown key"),
    _changed("signed, without a signature", _entry(2, signed="x"), "approvals[2].signature: missing"),
    _changed("nobody at all", lambda data: data["approvals"].clear(), "approvals: is empty"),
    _changed("no list", lambda data: data.update(approvals="all of them"), "found a text, expected a list"),
    _changed("template not filled in", _entry(1, name="[fill in: who decided]"), "approvals[1].name: is not filled in"),
    _changed("version of the form", lambda data: data.update(schema=2), "schema: found 2, expected 1"),
    _fault(
        "missing",
        lambda world: path_of(world, "approvals").unlink(),
        "approvals.yaml",
        "is missing",
        "copy fixtures/evidence/templates/approvals.yaml",
    ),
    _fault(
        "there twice",
        lambda world: path_of(world, "approvals").with_suffix(".yaml").write_text("schema: 1"),
        "is there twice, as approvals.yaml and approvals.json",
    ),
    _fault("no JSON", with_text("approvals", lambda text: text[:-20]), "no valid JSON"),
    _fault(
        "a key given twice",
        with_text("approvals", lambda text: text.replace('"schema": 1', '"schema": 1, "schema": 1', 1)),
        "the key 'schema' is given twice",
    ),
    _fault("no UTF-8", lambda world: path_of(world, "approvals").write_bytes(b'{"schema": "\xff"}'), "is not UTF-8"),
    _fault("empty", with_text("approvals", lambda text: ""), "is empty; expected content"),
    _fault("a list", with_text("approvals", lambda text: "[1, 2]"), "holds a list; expected keys and values"),
)
