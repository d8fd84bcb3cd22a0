"""Whom to call for a rollback and what to do in an incident: everything that is found in a record, at its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from fixtures.finding import Finding
from fixtures.notification import contact, incident
from tests_suite.test_notification_findings import found, notice, record

OLGA = {"role": "On-Call Engineer", "name": "Olga Example", "phone": "+1 202 555 0105", "email": "olga@x.example"}
CONTACTS = [OLGA, {"role": "Tech Lead", "name": "Ada Example", "phone": "202-555-0101"},
            {"role": "Tech Lead", "name": "Alan Example"}, {"role": "QA Lead", "phone": "+12025550104"}]  # fmt: skip


NO_NUMBER = "is no number of E.164; expected + and the country code, like +33 6 12 34 56 78"


@pytest.mark.parametrize(("phone", "fault"), [
    (" +1 (202) 555\u20110105 ", ""),
    ("+33 6 12 34 56 78", ""),
    ("+1 202 555 0105 x", f"'+1 202 555 0105 x' {NO_NUMBER}"),
    ("call me", f"'call me' {NO_NUMBER}"),
    ("+999123456789", "+999123456789 is no telephone number: could not interpret numbers after plus-sign"),
    ("+1 202 555", "+1 202 555 is a number that nobody can have; expected one that can be called"),
    ("+44 (0)20 7946 0018", "+44 (0)20 7946 0018 cannot be dialled as it is written; expected +442079460018"),
])  # fmt: skip
def test_number_is_one_of_e_164_that_can_be_dialled_as_it_is_written(phone: str, fault: str) -> None:
    assert contact.number_fault(phone) == fault


@pytest.mark.parametrize(("phone", "other", "same"), [
    ("+1 202 555 0105", "+12025550105", True),
    ("+12025550105", "0012025550105", True),
    ("+12025550105", "+1202555010", False),
    ("+12025550105", "+2025550105", False),
    ("+12025550105", "5550105", True),
    ("+12025550105", "550105", False),
    ("+12025550105", "02025550105", True),
    ("+12025550105", "2025550106", False),
    ("+12025550105", "", False),
    ("+١٢٠٢٥٥٥٠١٠٥", "+12025550105", True),
])  # fmt: skip
def test_two_numbers_are_the_same_where_seven_digits_are_and_no_country_code_differs(
    phone: str, other: str, same: bool
) -> None:
    assert contact.is_same(phone, other) is same


@pytest.mark.parametrize(("changes", "findings"), [
    ({}, []),
    ({"role": "oncall", "name": " olga  EXAMPLE"}, []),
    ({"role": "QA", "name": "Anybody Else", "phone": "+12025550104"}, []),
    ({"role": "Tech Lead", "name": "Ada Example", "phone": "+12025550101"}, []),
    ({"name": "TBD", "phone": "+1 202 555"},
     ["phone: +1 202 555 is a number that nobody can have; expected one that can be called",
      "name: TBD is nobody's name; expected the person to call",
      "name: TBD is not the On-Call Engineer of the contacts; expected Olga Example"]),
    ({"role": "Security"}, ["role: Security is no role of the target's contacts"]),
    ({"role": "TL", "name": "Bob Example"},
     ["name: Bob Example is not the TL of the contacts; expected Ada Example or Alan Example"]),
    ({"phone": "+12025550101"},
     ["phone: +12025550101 is the number of Ada Example, Tech Lead; expected +1 202 555 0105"]),
    ({"phone": "+12025550104"}, ["phone: +12025550104 is the number of the QA Lead; expected +1 202 555 0105"]),
    ({"phone": "+12025550109"},
     ["phone: +12025550109 is nobody's number in the target's contacts; expected +1 202 555 0105"]),
    ({"role": "TL", "name": "Alan Example", "phone": "+12025550109"},
     ["phone: +12025550109 is nobody's number in the target's contacts; the contacts have no number for this role"]),
])  # fmt: skip
def test_rollback_contact_is_a_person_of_the_target_with_their_own_number(
    changes: dict[str, str], findings: list[str]
) -> None:
    read = record(messages=[], rollback_contact=OLGA | changes)

    assert list(contact.contact_findings(read, CONTACTS)) == found(
        *((2, f"rollback_contact.{message}") for message in findings)
    )


def test_contacts_without_a_role_of_the_plan_or_a_number_are_worth_a_look() -> None:
    odd = [*CONTACTS, {"role": "Chef", "phone": "call me"}, {"role": "DevOps", "phone": " "}]

    assert [each.message for each in contact.table_findings(odd, ["TL", "DevOps", "Security"])] == [
        f"contacts[1].phone: '202-555-0101' {NO_NUMBER}",
        "contacts[4].role: the plan has no role Chef",
        f"contacts[4].phone: 'call me' {NO_NUMBER}",
        f"contacts[5].phone: ' ' {NO_NUMBER}",
        "contacts: no telephone number for the DevOps, who is on duty during the deployment",
        "contacts: no entry for the Security, who is on duty during the deployment",
    ]
    assert {(each.file, each.line) for each in contact.table_findings(odd, ["Security"])} == {(None, None)}


def test_users_who_were_not_told_whom_to_call_are_named_with_what_lacks() -> None:
    read = record(messages=[0, 1, 2, 3], rollback_contact=OLGA)
    sent = [notice(0, "To roll it back call Example, Olga: 001 202 555 0105", to=["a"]),
            notice(1, "Call Olga Examples", to=["b"]), notice(2, "Undo: +12025550105, Olga", to=["c"]),
            notice(3, "olga example +1-202-555-0105", to=["d"])]  # fmt: skip
    what = "cannot know whom to call for a rollback:"

    assert list(contact.shared_findings(read, sent, ["a", "b", "c", "d"])) == found(
        (3, f"messages[1]: b {what} no Olga Example; no +1 202 555 0105; no word of a rollback"),
        (4, f"messages[2]: c {what} no Olga Example"),
        (5, f"messages[3]: d {what} no word of a rollback"),
    )


# The incident process


def test_incident_process_is_a_file_that_says_what_it_has_to(tmp_path: Path) -> None:
    one, two = tmp_path / "workflow", tmp_path / "evidence"
    one.mkdir()
    two.mkdir()
    (two / "b.md").write_text("Call 1. Severity 2 is next. The lead approves.", encoding="utf-8")
    (two / "c.md").write_text("Nobody misleads anybody.", encoding="utf-8")
    (one / "empty.md").write_text("", encoding="utf-8")
    (one / "bom.md").write_bytes(b"\xef\xbb\xbfreport, escalate")
    (one / "out.md").symlink_to(tmp_path / "x.md")
    read = record(messages=[], incident_process="x")

    def findings(place: str) -> list[Finding]:
        return list(incident.file_findings(read, place, [one, two]))

    lacks = "; expected a process for incidents"
    assert findings("b.md") == []
    assert findings("c.md") == [
        Finding("c.md", None, f"does not say how an incident is reported{lacks}"),
        Finding("c.md", None, f"does not say how it is escalated{lacks}"),
        Finding("c.md", None, f"does not say who decides{lacks}"),
    ]
    assert findings("empty.md") == [Finding("empty.md", None, "is empty; expected content")]
    assert findings("bom.md") == [
        Finding("bom.md", 1, "starts with a byte order mark; expected plain UTF-8"),
        Finding("bom.md", None, f"does not say who decides{lacks}"),
    ]
    assert findings("d.md") == found(
        (2, "incident_process: d.md is no file in workflow/ or in evidence/; expected one, or a link")
    )
    no_path = "is no path inside of workflow/; expected one that is relative to it, without '..'"
    assert findings("../d.md") == found((2, f"incident_process: ../d.md {no_path}"))
    assert findings("out.md") == found(
        (2, "incident_process: out.md is a link that leads out of workflow/; expected a file in it")
    )


def test_incident_process_was_sent_to_every_role_under_any_of_its_names() -> None:
    read = record(messages=[], incident_process="x")
    team = ["Tech Lead", "On-Call Engineer", "DevOps", "QA Lead"]
    sent = [notice(0, "see process.MD.", to=["tl"]), notice(1, "process.md.bak myprocess.md", to=["devops", "qa"]),
            notice(2, "x/process.md", to=["Olga Example"])]  # fmt: skip

    assert list(incident.sharing_findings(read, "docs/process.md", sent, team, CONTACTS)) == found(
        (2, "incident_process: the DevOps was not sent it; expected that in the 'to' of messages[0], messages[2]"),
        (2, "incident_process: the QA Lead was not sent it; expected that in the 'to' of messages[0], messages[2]"),
    )
    assert list(incident.sharing_findings(read, "docs/process.md", sent[:1], team[:2], CONTACTS)) == found(
        (2, "incident_process: the On-Call Engineer (Olga Example, olga@x.example) was not sent it; expected that in "
            "the 'to' of messages[0]")
    )  # fmt: skip
    assert list(incident.sharing_findings(read, "docs/process.md", sent[1:2], team, CONTACTS)) == found(
        (2, "incident_process: no notice of the last 24 hours before T-0 names it; expected one that does, to all who "
            "take part")
    )  # fmt: skip
