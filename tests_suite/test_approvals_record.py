"""What a record of approvals says: whose word counts, about which package, and what speaks against it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from fixtures import approvals, roles
from fixtures.approvals import Approval
from fixtures.approvalstarget import ApprovalsTarget, approvals_target_of
from fixtures.evidence.record import Record
from fixtures.finding import Finding
from fixtures.schedule import Schedule

THIS, OTHER = "a" * 64, "b" * 64
NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def _entry(role: str = "Tech Lead", name: str = "Ada Example", hours: float = 0, **more: Any) -> dict[str, Any]:
    known = {"role": role, "name": name, "date": (NOON + hours * HOUR).isoformat(), "decision": "approved"}
    return {**known, "sha256": THIS, **more}


def _condition(**more: Any) -> dict[str, Any]:
    met_at = (NOON + HOUR).isoformat()
    return {"text": "load test", "met": True, "met_at": met_at, "confirmed_by": "Ben Example", **more}


def _record(*entries: dict[str, Any]) -> Record:
    content = {"approvals": list(entries)}
    return Record("approvals.yaml", content, text=yaml.safe_dump(content, sort_keys=False))


def _read(*entries: dict[str, Any]) -> list[Approval]:
    return approvals.approvals_in(_record(*entries))


def _line(number: int, *path: str | int) -> int:
    """The line of a place in the first entry, or in one that is shaped like it: each has five lines."""
    keys = ["role", "name", "date", "decision", "sha256"]
    return 2 + 5 * number + (keys.index(str(path[0])) if path else 0)


def _found(number: int, message: str, key: str = "", who: str = "Tech Lead (Ada Example)") -> Finding:
    """A finding about the entry of that number, or about one of its keys."""
    place = f"approvals[{number}]{f'.{key}' if key else ''}"
    return Finding("approvals.yaml", _line(number, *([key] if key else [])), f"{place}: {who}: {message}")


def test_approval_is_read_with_role_name_time_and_package() -> None:
    conditions = [_condition()]
    plain = _entry("tech  lead", " Ada\n Example ", sha256="A" * 64)
    full = _entry("qa", decision="rejected", conditions=conditions, signature="qa.sig", signed="statement.json")
    record = _record(plain, full)

    assert approvals.approvals_in(record) == [
        Approval("Tech Lead", "Ada Example", NOON, "approved", THIS, (), record, ("approvals", 0)),
        Approval(
            "QA Lead",
            "Ada Example",
            NOON,
            "rejected",
            THIS,
            conditions,
            record,
            ("approvals", 1),
            "qa.sig",
            "statement.json",
        ),
    ]


def test_last_word_of_a_role_about_this_package_counts() -> None:
    said = _read(
        _entry(hours=2),
        _entry(hours=3, sha256=OTHER),
        _entry(name="Ben Example", hours=1),
        _entry("QA Lead", "Quinn Example", hours=1),
        _entry("QA Lead", "Quincy Example", hours=1),
    )

    assert approvals.latest(said, THIS) == {"Tech Lead": said[0], "QA Lead": said[4]}
    assert approvals.latest(said, OTHER) == {"Tech Lead": said[1]}
    assert approvals.latest(said, "c" * 64) == {}


def test_last_word_of_each_person_in_each_role_stands() -> None:
    said = _read(
        _entry(hours=2),
        _entry(name="ADA EXAMPLE", hours=1),
        _entry(name="Ben Example"),
        _entry("QA Lead", hours=1),
        _entry("QA Lead", "ada example", hours=1),
        _entry(hours=5, sha256=OTHER),
    )

    assert approvals.standing(said, THIS) == [said[0], said[2], said[4]]


def test_nobody_in_particular_approves_nothing() -> None:
    conditions = [
        _condition(),
        _condition(confirmed_by="QA"),
        _condition(met=False, confirmed_by="QA"),
        _condition(confirmed_by="team"),
    ]
    said = _read(_entry(name="the team"), _entry(name="QA Lead", sha256=OTHER), _entry("QA Lead", "Q"), _entry(
        "Security", conditions=conditions
    ))  # fmt: skip

    found = [(each.line, each.message) for each in approvals.nobodies(said, THIS)]

    assert found[:-2] == [
        (3, "approvals[0].name: Tech Lead (the team): is nobody's name; expected a person"),
        (13, "approvals[2].name: QA Lead (Q): is nobody's name; expected a person"),
    ]
    assert [message for _, message in found[-2:]] == [
        "approvals[3].conditions[1].confirmed_by: Security (Ada Example): 'QA' is nobody's name",
        "approvals[3].conditions[3].confirmed_by: Security (Ada Example): 'team' is nobody's name",
    ]


@pytest.mark.parametrize("name", ["ada  example", "Example, Ada", "ÁDA EXAMPLE", "A\u200bda Example"])
def test_one_person_in_several_roles_is_found_however_the_name_is_typed(name: str) -> None:
    said = _read(_entry(), _entry(hours=1), _entry("QA Lead", name), _entry("Security", "Cleo Example"))

    who = f"QA Lead ({' '.join(name.split())})"
    assert approvals.in_several_roles(said, THIS) == [_found(2, "has approved as Tech Lead, too", "name", who)]
    assert approvals.in_several_roles(_read(_entry(), _entry("QA Lead", name, sha256=OTHER)), THIS) == []
    assert approvals.in_several_roles(_read(_entry(), _entry("QA Lead", "Ada Examples")), THIS) == []


def test_role_that_has_not_decided_about_this_package_is_missed() -> None:
    record = _record(_entry(), _entry("QA", hours=2, sha256=OTHER), _entry("QA", sha256="c" * 64), _entry("Security"))
    said = approvals.approvals_in(record)

    assert approvals.missing(said, ["TL", "qa lead", "pm", "security"], THIS, record) == [
        _found(
            1,
            "decided about the package bbbbbbbbbbbbbbbb…; this one is aaaaaaaaaaaaaaaa…: ask for a new approval",
            "sha256",
            "QA Lead (Ada Example)",
        ),
        Finding("approvals.yaml", 1, "approvals: Product Manager: no decision about this package is on record"),
    ]


def test_no_of_anybody_counts_until_they_say_otherwise() -> None:
    said = _read(
        _entry(decision="rejected"),
        _entry(hours=1),
        _entry(name="Ben Example", decision="rejected"),
        _entry("Visitor", "Cleo Example", decision="rejected"),
        _entry("Visitor", "Dan Example", decision="rejected", sha256=OTHER),
        _entry("QA Lead", decision="approved with conditions"),
    )

    assert approvals.refusals(said, THIS) == [
        _found(2, "has rejected this package", "decision", "Tech Lead (Ben Example)"),
        _found(3, "has rejected this package", "decision", "Visitor (Cleo Example)"),
    ]


def test_two_decisions_of_a_role_at_the_same_time_contradict_each_other() -> None:
    said = _read(
        _entry(decision="rejected"),
        _entry(),
        _entry(),
        _entry(hours=-1, decision="rejected"),
        _entry("QA Lead", decision="rejected"),
        _entry(decision="rejected", sha256=OTHER),
    )
    conditions = _read(_entry(conditions=[_condition()]), _entry(conditions=[_condition(text="another")]))

    assert approvals.contradictions(said, THIS) == [
        _found(0, "'rejected' and 'approved' at the same time", "decision"),
    ]
    assert [each.message.partition(": ")[2] for each in approvals.contradictions(conditions, THIS)] == [
        "Tech Lead (Ada Example): 'approved' and 'approved' at the same time"
    ]


def test_condition_that_is_not_met_is_open() -> None:
    conditions = [_condition(), _condition(met=False), _condition(met=False, text="x" * 200)]
    said = _read(
        _entry(conditions=conditions[1:], hours=-1),
        _entry(conditions=conditions),
        _entry("QA Lead", conditions=conditions, sha256=OTHER),
    )

    assert [each.message for each in approvals.open_conditions(said, THIS)] == [
        "approvals[1].conditions[1]: Tech Lead (Ada Example): the condition 'load test' is not met",
        f"approvals[1].conditions[2]: Tech Lead (Ada Example): the condition '{'x' * 119} is not met",
    ]


T0 = NOON + 10 * HOUR


@pytest.mark.parametrize(
    ("decided", "now", "said"),
    [
        (T0, T0, ""),
        (
            T0 + timedelta(seconds=1),
            T0 + HOUR,
            "decided at 2026-01-05T22:00:01+00:00, after T-0 (2026-01-05T22:00:00+00:00)",
        ),
        (NOON + timedelta(minutes=5), NOON, ""),
        (
            NOON + timedelta(minutes=5, seconds=1),
            NOON,
            "decided at 2026-01-05T12:05:01+00:00, which is still to come",
        ),
    ],
)
def test_approval_is_from_before_now_and_before_the_deployment(decided: datetime, now: datetime, said: str) -> None:
    found = approvals.time_findings(
        _read(_entry(date=decided.isoformat()), _entry(name="Old Example", sha256=OTHER, hours=99)),
        THIS,
        now,
        Schedule(T0),
    )

    assert found == ([_found(0, said, "date")] if said else [])


def test_condition_is_met_before_now_and_before_the_deployment() -> None:
    late = (T0 + HOUR).isoformat()
    conditions = [_condition(met_at=late), _condition(), _condition(met=False, met_at=None), _condition(met_at=late)]
    said = _read(_entry(conditions=conditions))

    for now, words in ((T0 + 2 * HOUR, f", after T-0 ({T0.isoformat()})"), (NOON + HOUR, ", which is still to come")):
        assert [each.message for each in approvals.time_findings(said, THIS, now, Schedule(T0))] == [
            f"approvals[0].conditions[{number}].met_at: Tech Lead (Ada Example): "
            f"says that a condition was met at {late}{words}"
            for number in (0, 3)
        ]


LONG_AGO = T0 - timedelta(days=30)


def test_approval_of_more_than_a_month_ago_is_worth_a_look() -> None:
    slip = (LONG_AGO - timedelta(seconds=1)).isoformat()
    conditions = [_condition(), _condition(met_at=slip), _condition(met=False, met_at=slip)]
    said = _read(
        _entry(date=slip),
        _entry(name="Old Example", date=slip, sha256=OTHER),
        _entry("QA Lead", "Quinn Example", date=LONG_AGO.isoformat(), conditions=conditions),
    )

    expected = "expected a decision about what is deployed now: look at the date, or ask again"
    old = f"at {slip}, more than 30 days before T-0 ({T0.isoformat()}); {expected}"
    assert [each.message for each in approvals.old_findings(said, THIS, Schedule(T0))] == [
        f"approvals[0].date: Tech Lead (Ada Example): decided {old}",
        f"approvals[2].conditions[1].met_at: QA Lead (Quinn Example): says that a condition was met {old}",
    ]


def test_decisions_under_names_that_the_plan_does_not_know_are_named_where_a_role_is_missed() -> None:
    extra = [_entry(f"Guild {number}", f"Guest {number}") for number in range(5)]
    record = _record(
        _entry(),
        _entry("QA Engineer", "Quinn Example"),
        _entry("SRE", "Sam Example", sha256=OTHER),
        *extra,
    )
    said = approvals.approvals_in(record)

    found = approvals.missing(said, ["Tech Lead", "QA"], THIS, record)

    others = "".join(f", Guild {number} (Guest {number})" for number in range(4))
    assert [each.message for each in found] == [
        "approvals: QA Lead: no decision about this package is on record; there are decisions of QA Engineer "
        f"(Quinn Example){others} and 1 more, which the plan does not know as roles; it knows Tech Lead, "
        "Product Manager, Infrastructure Lead, Security, QA Lead, On-Call Engineer, DevOps"
    ]
    assert approvals.missing(said, ["Tech Lead"], THIS, record) == []


def test_condition_is_not_met_before_it_is_set() -> None:
    early = (NOON - timedelta(seconds=1)).isoformat()
    conditions = [
        _condition(met_at=NOON.isoformat()),
        _condition(met=False, met_at=early),
        _condition(met_at=early),
        _condition(met_at=early),
    ]
    said = _read(_entry(conditions=conditions), _entry("QA Lead", conditions=conditions, sha256=OTHER))

    assert [each.message for each in approvals.condition_order(said, THIS)] == [
        f"approvals[0].conditions[{number}].met_at: Tech Lead (Ada Example): met at {early}, before it was set"
        for number in (2, 3)
    ]


@pytest.mark.parametrize(
    ("typed", "role", "known"),
    [
        ("Tech Lead", "Tech Lead", True),
        (" tech_lead\n", "Tech Lead", True),
        ("tech-lead", "Tech Lead", True),
        ("PM", "Product Manager", True),
        ("On-Call", "On-Call Engineer", True),
        ("oncall_engineer", "On-Call Engineer", True),
        ("qa-lead", "QA Lead", True),
        ("Head  of-_Design", "Head of- Design", False),
        ("", "", False),
    ],
)
def test_role_is_the_plan_s_under_whichever_name(typed: str, role: str, known: bool) -> None:
    assert (roles.canonical(typed), roles.is_known(typed)) == (role, known)


def test_every_name_of_a_role_leads_to_it() -> None:
    for role, names in roles.NAMES.items():
        assert {roles.canonical(name) for name in (role, *names, *map(str.upper, names))} == {role}


def test_entries_of_a_role_are_found_by_any_of_its_names() -> None:
    entries = [{"role": "tl", "name": "a"}, {"role": "QA"}, {"name": "b"}, {"role": "TECH-LEAD", "name": "c"}]

    assert roles.of_role(entries, "Technical Lead") == [entries[0], entries[3]]
    assert roles.of_role(entries, "") == [entries[2]]


def test_target_s_signers_are_a_file_beside_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    place = Path("kept", "target.yaml")

    assert approvals_target_of(place, {}) == ApprovalsTarget(None, False)
    assert approvals_target_of(place, {"allowed_signers": "signers", "several_roles": True}) == ApprovalsTarget(
        tmp_path / "kept" / "signers", True
    )
    assert approvals_target_of(place, {"allowed_signers": "~/signers"}).allowed_signers == tmp_path / "home" / "signers"
