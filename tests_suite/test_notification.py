"""Notices, contact, incident process and presence: what counts, and harmless variations of all of it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from fixtures.evidence import record as records
from fixtures.evidence.record import Record, RecordError
from fixtures.notification import availability, contact, incident, notices, window
from fixtures.notification.notices import Notice, Sending, is_person
from fixtures.notification.timesaid import Window
from fixtures.reference import CONTACTS, WORKFLOW
from fixtures.schedule import Schedule
from gate import checklist
from tests_suite.faults.sick_server import SickServer, answer, late

TEAM = checklist.load().release.team
PARIS = ZoneInfo("Europe/Paris")
T0 = datetime(2026, 1, 6, 9, tzinfo=PARIS)
SENDING = Sending(Schedule(T0, "Europe/Paris"), "2.0.0", datetime(2026, 1, 6, 6, tzinfo=UTC))
# The nights in which clocks are set forward and back.
FORWARD = Schedule(datetime(2026, 3, 29, 1, 30, tzinfo=PARIS), "Europe/Paris")
BACK = Schedule(datetime(2026, 10, 25, 2, 30, tzinfo=PARIS), "Europe/Paris")


def a_notice(
    text: str = "2.0.0", sent: str = "2026-01-05T12:00:00+01:00", to: tuple[str, ...] = ("a@b.example",)
) -> Notice:
    return Notice(0, datetime.fromisoformat(sent), "Paul Example", "Product Manager", to, text)


def a_record(folder: Path, **parts: Any) -> Record:
    """A record of which only some parts are there: what is missing is nothing that these tests read."""
    (folder / "notification.json").write_text(json.dumps({"schema": 1, **parts}), encoding="utf-8")
    return records.read(folder, "notification")


def presence(role: str, name: str, begins: datetime, until: datetime, **more: Any) -> dict[str, Any]:
    times = {"from": begins.isoformat(), "until": until.isoformat(), "confirmed": "2026-01-05T12:00:00Z"}
    return {"role": role, "name": name, **times, **more}


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("2.0.0", True),
        ("Version 2.0.0.", True),
        ("v2.0.0, tomorrow", True),
        ("ai-engineering-workflow-v2.0.0", True),
        ("ai-engineering-workflow-v2.0.0.tar.gz", True),
        ("(V2.0.0)", True),
        ("from 1.0.0 to 2.0.0!", True),
        ("12.0.0", False),
        ("2.0.0.1", False),
        ("2.0.01", False),
        ("2.0.0-rc1", False),
        ("2.0.0+build", False),
        ("1.2.0.0", False),
        ("2x0x0", False),
        ("", False),
    ],
)
def test_version_is_a_word_of_its_own(text: str, named: bool) -> None:
    assert a_notice(text).names("2.0.0") == named


@pytest.mark.parametrize(
    ("entry", "user", "reached"),
    [
        ("data@example.com", "data@example.com", True),
        ("Data@Example.COM", "data@example.com", True),
        ("Data Science <data@example.com>", "data@example.com", True),
        ("data@example.com", "Data Science <data@example.com>", True),
        ("mailto:data@example.com", "data@example.com", True),
        ("  #ml   platform ", "#ML platform", True),
        ("data@example.com.au", "data@example.com", False),
        ("bigdata@example.com", "data@example.com", False),
        ("data@example.com, ops@example.com", "data@example.com", False),
    ],
)
def test_recipient_is_recognized_by_address_or_name(entry: str, user: str, reached: bool) -> None:
    assert a_notice(to=(entry,)).reaches([user]) == reached


@pytest.mark.parametrize(
    ("sent", "reason"),
    [
        ("2026-01-05T09:00:00+01:00", ""),
        ("2026-01-05T08:00:00Z", ""),
        ("2026-01-06T07:00:00+01:00", ""),
        ("2026-01-06T07:04:00+01:00", ""),  # a clock that is a little fast
        ("2026-01-05T08:59:59+01:00", "is before T-24h"),
        ("2026-01-05T08:30:00+00:00", ""),
        ("2026-01-05T08:30:00+05:30", "is before T-24h"),
        ("2026-01-06T07:06:00+01:00", "lies in the future"),
    ],
)
def test_notice_counts_in_the_last_24_hours(sent: str, reason: str) -> None:
    found = SENDING.untimely(a_notice(sent=sent))

    assert found.startswith(reason)
    assert bool(found) == bool(reason)


def test_notice_after_t_0_does_not_count() -> None:
    afterwards = Sending(SENDING.schedule, "2.0.0", T0 + timedelta(hours=3))

    assert afterwards.untimely(a_notice(sent="2026-01-06T09:00:00+01:00")) == ""
    assert "is after T-0" in afterwards.untimely(a_notice(sent="2026-01-06T09:00:01+01:00"))


@pytest.mark.parametrize("name", ["Ada Example", "Li", "Łukasz", "山田太郎", "Team Rocket Jones", "O'Neil"])
def test_name_of_a_person(name: str) -> None:
    assert is_person(name)


@pytest.mark.parametrize(
    "name", ["", "-", "?", "X", "TBD", "t.b.d.", "n/a", "N.N.", "[Name]", "<name>", "QA", "tech lead", "the team"]
)
def test_name_of_nobody(name: str) -> None:
    assert not is_person(name)


# Schedule and window


def test_window_is_one_real_hour_in_the_nights_in_which_clocks_are_set() -> None:
    for schedule in (FORWARD, BACK):
        assert schedule.ends.astimezone(UTC) - schedule.starts.astimezone(UTC) == timedelta(hours=1)
        assert schedule.starts.astimezone(UTC) - schedule.opens.astimezone(UTC) == timedelta(hours=24)
    assert FORWARD.ends.isoformat() == "2026-03-29T03:30:00+02:00"
    assert BACK.ends.isoformat() == "2026-10-25T02:30:00+01:00"


@pytest.mark.parametrize("schedule", [FORWARD, BACK, SENDING.schedule])
@pytest.mark.parametrize("zone", ["Europe/Paris", "UTC", "Asia/Kolkata", "America/St_Johns"])
def test_window_may_be_recorded_in_any_zone(schedule: Schedule, zone: str, tmp_path: Path) -> None:
    starts, ends = (
        datetime.fromisoformat(each.astimezone(ZoneInfo(zone)).isoformat()) for each in (schedule.starts, schedule.ends)
    )
    recorded = Window(starts, ends, zone)

    assert window.hours(recorded) == 1
    assert not list(window.window_findings(a_record(tmp_path), recorded, schedule))


@pytest.mark.parametrize(
    ("starts", "zone", "reason"),
    [
        ("2026-01-06T09:00:00+02:00", "Europe/Paris", "is not T-0"),
        ("2026-01-06T10:00:00+02:00", "Europe/Paris", "is no time of that zone"),
        ("2026-01-06T09:00:00+01:00", "CEST", "is no time zone"),
        ("2026-01-06T09:00:00+01:00", "../../etc/passwd", "is no time zone"),
        ("2026-01-06T09:00:00+01:00", "Factory", "is no time zone"),
    ],
)
def test_window_that_is_another_one(starts: str, zone: str, reason: str, tmp_path: Path) -> None:
    begins = datetime.fromisoformat(starts)
    found = window.window_findings(
        a_record(tmp_path), Window(begins, begins + timedelta(hours=1), zone), SENDING.schedule
    )

    assert reason in "\n".join(each.message for each in found)


# Rollback contact


@pytest.mark.parametrize(
    "phone", ["+12025550105", "+1 202-555-0105", "+1 (202) 555-0105", "+33 6 12 34 56 78", "+390669812345"]
)
def test_number_of_e_164(phone: str) -> None:
    assert not contact.number_fault(phone)


@pytest.mark.parametrize(
    "phone",
    ["2025550105", "0033612345678", "+", "+1", "+1 202 555", "+1-800-FLOWERS", "+12025550105 ext. 7", "++12025550105",
     "+44 (0)20 7946 0018", "+999123456789", "+1202555010512", "call me", "+" + "1" * 400],
)  # fmt: skip
def test_number_that_nobody_can_call(phone: str) -> None:
    assert contact.number_fault(phone)


@pytest.mark.parametrize(
    ("text", "held"),
    [
        ("+12025550105", True),
        ("call +1 202 555 0105.", True),
        ("+1 (202) 555-0105", True),
        ("+1.202.555.0105, at 10:00", True),
        ("+12025550105 10:00", True),
        ("001 202 555 0105", True),
        ("1-202-555-0105", True),
        ("24/7: +1 202 555 0105", True),
        ("202-555-0105", False),
        ("+12025550165", False),
        ("+120255501055", False),
        ("+1202555010-5-5", False),
        ("+4412025550105", False),
        ("+44 1202 555 0105", False),
        ("", False),
    ],
)
def test_number_that_a_text_holds(text: str, held: bool) -> None:
    assert contact.stands_in(text, "+12025550105") == held


def test_number_with_the_zero_for_calls_from_inside() -> None:
    assert contact.stands_in("+44 (0)20 7946 0018", "+442079460018")


@pytest.mark.parametrize(
    "wanted",
    [
        {"name": "Olga Example", "role": "On-Call Engineer", "phone": "+1 (202) 555-0105"},
        {"name": "olga  example", "role": "oncall", "phone": "+12025550105"},
        {"name": "Ada Example", "role": "TL", "phone": "+1-202-555-0101"},
    ],
)
def test_contact_under_other_spellings(wanted: dict[str, str], tmp_path: Path) -> None:
    assert not list(contact.contact_findings(a_record(tmp_path, rollback_contact=wanted), CONTACTS))


@pytest.mark.parametrize("phone", ["202-555-0105", "(202) 555-0105", "001 202 555 0105", "+1 202 555 0105"])
def test_contacts_may_write_a_number_in_another_way(phone: str, tmp_path: Path) -> None:
    own = {"name": "Olga Example", "role": "On-Call Engineer", "phone": "+12025550105"}
    record = a_record(tmp_path, rollback_contact=own)

    assert not list(contact.contact_findings(record, [{"role": "On-Call", "phone": phone}]))
    assert list(contact.contact_findings(record, [{"role": "On-Call", "phone": phone.replace("5", "6")}]))
    assert list(contact.contact_findings(record, [{"role": "On-Call"}]))


# Incident process


@pytest.mark.parametrize("place", ["DEPLOYMENT/INCIDENT_RESPONSE.md", "./DEPLOYMENT/INCIDENT_RESPONSE.md", "own.txt"])
def test_incident_process_in_either_folder(place: str, tmp_path: Path) -> None:
    (tmp_path / "own.txt").write_text(
        "Call the hotline; the lead decides; severity 1 goes to the CTO.", encoding="utf-8"
    )

    assert not list(incident.file_findings(a_record(tmp_path), place, [WORKFLOW, tmp_path]))


@pytest.mark.parametrize("place", ["x" * 5000, "loop.md", "gone.md", "a\0b", "C:\\process.md", "~/process.md", "."])
def test_incident_process_that_cannot_be_read_is_one_line(place: str, tmp_path: Path) -> None:
    (tmp_path / "loop.md").symlink_to("loop.md")
    (tmp_path / "gone.md").symlink_to("nowhere.md")
    found = list(incident.file_findings(a_record(tmp_path), place, [WORKFLOW, tmp_path]))

    assert len(found) == 1
    assert "\n" not in found[0].message
    assert len(found[0].message) < 300


def test_incident_process_by_a_page(tmp_path: Path) -> None:
    page = {"GET /old": answer(302, "", location="/new"), "GET /new": late(50, answer(200, "How we work"))}
    with SickServer("http://127.0.0.1:9", page) as server:
        found = list(incident.page_findings(a_record(tmp_path), f"{server.url}/old#top"))

    assert not found


def test_page_that_is_late_is_one_line(tmp_path: Path) -> None:
    with SickServer("http://127.0.0.1:9", {"*": late(1000, answer(200, "How we work"))}) as server:
        found = list(incident.page_findings(a_record(tmp_path), f"{server.url}/x?token=s3cret-words", seconds=0.2))

    assert len(found) == 1
    assert "\n" not in found[0].message
    assert "s3cret" not in found[0].message


@pytest.mark.parametrize("address", ["http://", "https://[::1", "http://x:99999999/", "http:///a"])
def test_what_is_no_address_is_one_line(address: str, tmp_path: Path) -> None:
    assert len(list(incident.page_findings(a_record(tmp_path), address))) == 1


@pytest.mark.parametrize(
    ("to", "missing"),
    [
        (TEAM, []),
        (("TL", "infra", "PM", "QA", "oncall", "dev ops"), []),
        (tuple(each["email"] for each in CONTACTS), []),
        (tuple(each["name"].upper() for each in CONTACTS), []),
        (("Tech Lead", "Infrastructure Lead", "Product Manager", "QA Lead", "olga@example.com"), ["DevOps"]),
        (("everybody@example.com",), list(TEAM)),
    ],
)
def test_incident_process_reaches_the_team(to: tuple[str, ...], missing: list[str], tmp_path: Path) -> None:
    sent = [a_notice("See Incident_Response.md", to=to)]
    found = list(incident.sharing_findings(a_record(tmp_path), "DEPLOYMENT/INCIDENT_RESPONSE.md", sent, TEAM, CONTACTS))

    assert len(found) == len(missing)
    assert all(f"the {role}" in each.message for role, each in zip(missing, found, strict=True))


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("https://wiki.example.com/incidents/", True),
        ("read wiki.example.com/incidents.", True),
        ("https://wiki.example.com/incidents2", False),
        ("https://wiki.example.com", False),
    ],
)
def test_incident_process_is_named_by_its_link(text: str, named: bool, tmp_path: Path) -> None:
    address = "https://wiki.example.com/incidents"
    found = list(incident.sharing_findings(a_record(tmp_path), address, [a_notice(text, to=TEAM)], TEAM, CONTACTS))

    assert bool(found) != named


# Availability


def uncovered(folder: Path, schedule: Schedule, *entries: dict[str, Any]) -> list[str]:
    record = a_record(folder, availability=list(entries))
    found = availability.presences(record, schedule, schedule.starts.astimezone(UTC))
    return [each.message for each in availability.coverage_findings(record, found, ["Tech Lead"], schedule)]


def test_several_people_in_turn_cover_the_window(tmp_path: Path) -> None:
    half = T0 + timedelta(minutes=30)
    first = presence("technical lead", "Ada Example", T0, half.astimezone(ZoneInfo("Asia/Tokyo")))
    second = presence("Tech Lead", "Alan Example", half.astimezone(UTC), T0 + timedelta(hours=1))

    assert not uncovered(tmp_path, SENDING.schedule, second, first)
    assert "nobody is there from 2026-01-06T09:30+01:00 on" in uncovered(tmp_path, SENDING.schedule, first)[0]
    assert "nobody is there from 2026-01-06T09:00+01:00 on" in uncovered(tmp_path, SENDING.schedule, second)[0]


def test_a_no_beside_a_yes_of_a_deputy_is_no_gap(tmp_path: Path) -> None:
    whole = (T0, T0 + timedelta(hours=1))
    no, yes = presence("TL", "Ada Example", *whole, available=False), presence("TL", "Alan Example", *whole)

    assert not uncovered(tmp_path, SENDING.schedule, no, yes)
    assert "Ada Example is not available" in uncovered(tmp_path, SENDING.schedule, no)[0]


@pytest.mark.parametrize("schedule", [FORWARD, BACK])
def test_presence_counts_real_time_in_the_nights_in_which_clocks_are_set(schedule: Schedule, tmp_path: Path) -> None:
    starts = schedule.starts.astimezone(UTC)
    early = presence("TL", "Ada Example", starts, starts + timedelta(minutes=59))

    assert not uncovered(tmp_path, schedule, presence("TL", "Ada Example", starts, starts + timedelta(hours=1)))
    assert len(uncovered(tmp_path, schedule, early)) == 1


def test_confirmation_after_t_0_does_not_count(tmp_path: Path) -> None:
    late_one = presence("TL", "Ada Example", T0, T0 + timedelta(hours=1), confirmed="2026-01-06T09:10:00+01:00")
    record = a_record(tmp_path, availability=[late_one])

    assert "after T-0" in availability.presences(record, SENDING.schedule, T0 + timedelta(hours=2))[0].no


# Records


def test_mistake_in_one_part_leaves_the_others_readable(tmp_path: Path) -> None:
    record = a_record(tmp_path, rollback_contact={"name": "Olga Example"}, incident_process="a.md")

    assert record.part("incident_process") == "a.md"
    with pytest.raises(RecordError, match=r"rollback_contact\.role: missing"):
        record.part("rollback_contact")
    with pytest.raises(RecordError, match="messages: missing; expected a list of the notices that were sent"):
        notices.notices_of(record)


def test_template_holds_every_part_and_none_of_it_is_filled_in(tmp_path: Path) -> None:
    template = records.HERE / "templates" / "notification.yaml"
    (tmp_path / "notification.yaml").write_text(template.read_text(encoding="utf-8"), encoding="utf-8")

    record = records.read(tmp_path, "notification")

    assert {each.message.partition(" (")[0] for each in record.mistakes} == {"is not filled in"}
    assert {each.path[0] for each in record.mistakes} == {"messages", "window", "rollback_contact", "availability"}
    assert {entry["role"] for entry in record.content["availability"]} == set(TEAM)
