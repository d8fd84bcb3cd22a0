"""What is wrong with a retrospective, held against every finding that is made of its record."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from fixtures.evidence.page import Page
from fixtures.evidence.record import Record
from fixtures.finding import Finding
from fixtures.retrospective import meeting, outcome
from fixtures.schedule import Schedule

T0 = datetime(2026, 1, 6, 9, 0, tzinfo=UTC)
SCHEDULE = Schedule(T0)
NOW = T0 + timedelta(hours=60)
# Half past midnight where it was held is the day before in UTC.
HELD = {"at": "2026-01-08T00:30+02:00", "minutes": 50}
ENDED = "2026-01-07T23:20+00:00"
IN_WORDS = "expected at least 10 characters, in words"


def _record(**parts: Any) -> Record:
    return Record("retrospective.yaml", {"held": HELD, **parts})


def _said(findings: Iterable[Finding]) -> list[str]:
    found = list(findings)
    assert all(each.file == "retrospective.yaml" for each in found)
    return [each.message for each in found]


def _people(*pairs: tuple[str, str]) -> list[dict[str, str]]:
    return [{"name": name, "role": role} for name, role in pairs]


TEAM = _people(("Ada One", "Tech Lead"), ("Bo Two", "PM"), ("Cy Three", "infra lead"), ("Di Four", "QA"))


@pytest.mark.parametrize(
    ("hours", "late", "soon"),
    [
        (-0.5, ["held.at: 2026-01-06T08:30:00+00:00 is before T-0, 2026-01-06T09:00+00:00"], []),
        (0, [], ["held.at: 2026-01-06T09:00:00+00:00 is before T+24h, 2026-01-07T09:00+00:00"]),
        (23.5, [], ["held.at: 2026-01-07T08:30:00+00:00 is before T+24h, 2026-01-07T09:00+00:00"]),
        (24, [], []),
        (61, ["held.at: 2026-01-08T22:00:00+00:00 is still to come; expected what has taken place"], []),
    ],
)
def test_meeting_is_held_a_day_after_the_deployment(hours: float, late: list[str], soon: list[str]) -> None:
    record = _record(held={"at": (T0 + timedelta(hours=hours)).isoformat(), "minutes": 50})

    assert _said(meeting.held_findings(record, SCHEDULE, NOW)) == late
    assert _said(meeting.early(record, SCHEDULE)) == soon


@pytest.mark.parametrize(
    ("people", "said"),
    [
        ([*TEAM, *_people(("Eve Five", "User"))], []),
        (
            _people(("Ada One", "Tech Lead"), ("team", "QA Lead"), ("Bo Two", "PM")),
            [
                "participants: the Infrastructure Lead did not take part; expected a named person",
                "participants: the QA Lead did not take part; expected a named person",
                "participants[1].name: 'team' is nobody's name",
            ],
        ),
        (
            [
                *TEAM,
                *_people(("QA", "User"), ("Eve Five", "User"), ("Fay  SIX", "early adopter"), ("Fay Six", "DevOps")),
            ],
            [
                "participants[4].name: 'QA' is nobody's name",
                "participants[6].role: Fay  SIX is the DevOps, no user; expected somebody who works with the workflow",
            ],
        ),
    ],
    ids=["all", "a few", "members of the team as users"],
)
def test_roles_of_the_plan_and_real_users_take_part(people: list[dict[str, str]], said: list[str]) -> None:
    contacts = [
        {"role": "On-Call Engineer"},
        *_people(("", "Security"), ("Fay Six", "DevOps"), ("Ada One", "Tech Lead")),
    ]

    assert _said(meeting.role_findings(_record(participants=people), contacts)) == said


def test_users_are_counted_once_under_any_of_their_names() -> None:
    people = _people(
        ("Eve Five", "User"), ("eve  five", "Workflow user"), ("Fay Six", "USERS"), ("Ada One", "Tech Lead")
    )

    assert meeting.users(_record(participants=people)) == 2
    assert meeting.users(_record(participants=TEAM)) == 0


def test_person_in_two_roles_and_role_of_no_plan_are_remarked_on() -> None:
    people = _people(
        ("Ada One", "Tech Lead"),
        ("Gus Seven", "Juggler"),
        ("Eve Five", "User"),
        ("ada one", "TL"),
        ("tbd", "Tech Lead"),
        ("tbd", "QA Lead"),
        ("Ada One", "qa"),
        ("Eve Five", "PM"),
    )

    assert _said(meeting.odd_findings(_record(participants=people))) == [
        "participants[1].role: the plan has no role Juggler; users take part as User",
        "participants[6].name: Ada One took part as QA Lead and Tech Lead; expected a person for each",
        "participants[7].name: Eve Five took part as Product Manager and User; expected a person for each",
    ]


def _agenda(**minutes: float) -> list[dict[str, Any]]:
    return [{"point": point, "minutes": minutes.get(point.partition(" ")[0], 5)} for point in meeting.POINTS]


def test_agenda_is_that_of_the_plan() -> None:
    record = _record(agenda=[{"point": "successes", "minutes": 5}, {"point": "weather", "minutes": 1}])

    assert _said(meeting.agenda_findings(record)) == [
        f"agenda: {point} was not taken up; expected it with its minutes"
        for point in (
            "deployment summary",
            "issues encountered",
            "performance metrics",
            "user feedback",
            "improvements",
            "next deployment",
        )
    ]


@pytest.mark.parametrize(
    ("more", "length", "said", "remarked"),
    [
        ({"user": 20}, 50, [], []),
        (
            {"user": 20.5},
            50,
            ["agenda: the points took 50.5 min, the meeting 50 min; expected figures that agree"],
            [],
        ),
        ({"user": 0.1, "next": 0.2}, 25.3, [], []),
        ({}, 50.5, [], ["held.minutes: 50.5 min; the plan's agenda has 50"]),
    ],
    ids=["as long as the meeting", "longer", "tenths that add up", "a long meeting"],
)
def test_points_take_no_longer_than_the_meeting(
    more: dict[str, float], length: float, said: list[str], remarked: list[str]
) -> None:
    record = _record(held={**HELD, "minutes": length}, agenda=_agenda(**more))

    assert _said(meeting.agenda_findings(record)) == said
    assert _said(meeting.length_findings(record)) == remarked


def test_point_that_was_taken_up_twice_took_both_times() -> None:
    agenda = [
        {"point": point, "minutes": spent} for point, spent in (("successes", 5), ("issues", 1), ("successes", 2.5))
    ]

    assert meeting.minutes(_record(agenda=agenda)) == {"successes": 7.5, "issues": 1}


def test_notes_say_something_under_every_heading() -> None:
    notes = {"went_well": ["fine"], "could_be_improved": ["Longer tests", "longer  tests"], "lessons": ["n/a"]}

    assert _said(outcome.note_findings(_record(notes=notes))) == [
        f"notes.went_well[0]: 'fine' is too short to be understood; {IN_WORDS}",
        "notes.could_be_improved[1]: says the same as an entry before; expected each once",
        "notes.lessons[0]: n/a says nothing; expected it in words",
    ]


def _action(name: str, **more: str) -> dict[str, str]:
    return {"id": name, "what": "Write down the order", "owner": "Ada One", "due": "2026-01-08", **more}


def test_action_is_somebodys_and_due_from_the_day_of_the_meeting_on() -> None:
    actions = [
        _action("A1"),
        _action("A2", due="2026-01-07", owner="QA", what="todo"),
        _action("A1"),
        _action("A1", due="2026-02-01"),
    ]

    assert _said(outcome.action_findings(_record(actions=actions))) == [
        "actions[1].what: todo says nothing; expected it in words",
        "actions[1].owner: 'QA' is nobody's name; expected one person",
        "actions[1].due: 2026-01-07 is before the meeting, 2026-01-08",
        "actions[2].id: A1 is the id of another action, too",
        "actions[3].id: A1 is the id of another action, too",
    ]


def _message(*to: str, sent: str = ENDED, text: str = "Notes of the retrospective") -> dict[str, Any]:
    return {"sent": sent, "by": {"name": "Ada One", "role": "Tech Lead"}, "to": list(to), "text": text}


CONTACTS: list[Mapping[str, str]] = [
    {"role": "Tech Lead", "name": "Ada One", "email": "ada@example.com"},
    {"role": "pm", "name": "Bo Two", "email": ""},
    {"role": "QA Lead", "name": "Di Four"},
]
UNSENT = "was not sent the notes; expected the role, a name, an address, or 'whole team' for a list, in a 'to'"


@pytest.mark.parametrize(
    ("messages", "said"),
    [
        ([_message("tl", "Product Manager", "QA")], []),
        ([_message("Ada <ADA@example.com>"), _message("bo two", "Di Four")], []),
        ([_message("whole team", "whole-team@example.com")], []),
        ([_message("Ada One", sent="2026-01-08T21:05+00:00"), _message("pm", "qa")], []),
        (
            [_message("Bo Two", "")],
            [f"messages: the Tech Lead {UNSENT}", f"messages: the QA Lead {UNSENT}"],
        ),
        (
            [
                _message("tl", sent="2026-01-08T21:06+00:00"),
                _message("pm", sent="2026-01-07T23:19+00:00"),
                _message("qa", text="Lunch is ready"),
                _message("qa", text="Lessons learned: rest"),
                _message("pm", text="Post-mortem"),
            ],
            [
                "messages[0].sent: lies in the future; expected what was sent",
                f"messages[1].sent: is before the meeting ended, {ENDED}",
                "messages[2]: no word of the retrospective; expected the notes, or where they are",
                f"messages: the Tech Lead {UNSENT}",
            ],
        ),
        (
            [_message("tl", sent="2026-01-07T23:19+00:00")],
            [f"messages[0].sent: is before the meeting ended, {ENDED}"],
        ),
    ],
    ids=[
        "by role",
        "by name and address",
        "by a list",
        "by another clock",
        "to one",
        "that do not count",
        "none that counts",
    ],
)
def test_notes_reach_every_role_of_the_team(messages: list[dict[str, Any]], said: list[str]) -> None:
    record = _record(messages=messages)

    assert _said(outcome.sent_findings(record, ["Tech Lead", "PM", "QA Lead"], CONTACTS, NOW)) == said


@pytest.mark.parametrize(
    ("wiki", "said"),
    [
        ({"updated": "2026-01-08T00:30+02:00", "place": "Team wiki, page 7"}, []),
        (
            {"updated": "2026-01-08T00:29+02:00", "place": "wiki"},
            [
                "wiki.updated: 2026-01-08T00:29+02:00 is before the meeting, 2026-01-08T00:30+02:00",
                f"wiki.place: 'wiki' is too short to be understood; {IN_WORDS}",
            ],
        ),
        (
            {"updated": "2026-01-08T21:06+00:00", "url": "wiki.example.com"},
            [
                "wiki.updated: 2026-01-08T21:06+00:00 is still to come; expected what has taken place",
                "wiki.url: is no address of a page; expected one like https://wiki.example.com/page",
            ],
        ),
    ],
    ids=["in words", "too early", "no page"],
)
def test_wiki_was_updated_after_the_meeting(wiki: dict[str, str], said: list[str]) -> None:
    assert _said(outcome.wiki_findings(_record(wiki=wiki), "2.0.0", NOW)) == said


@pytest.mark.parametrize(
    ("text", "sound"),
    [
        ("Retrospective of 2.0.0", True),
        ("Retrospective of 2.0.1", False),
        ("All about 2.0.0", False),
        ("All about the weather", False),
    ],
)
def test_page_of_the_wiki_speaks_of_the_retrospective_of_this_version(
    text: str, sound: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    pages = {"https://wiki/notes?key=1": Page("https://wiki/notes", text)}
    monkeypatch.setattr(outcome, "fetch", pages.__getitem__)
    wiki = {"updated": "2026-01-08T12:00+00:00", "url": "https://wiki/notes?key=1", "place": "tbd"}

    said = _said(outcome.wiki_findings(_record(wiki=wiki), "2.0.0", NOW))

    message = "wiki.url: https://wiki/notes: no word of the retrospective of 2.0.0; expected a page with both"
    assert said == ([] if sound else [message])


def test_every_action_is_followed_up_on_a_day_that_can_be() -> None:
    record = _record(
        actions=[_action("A3"), _action("A1"), _action("A2")],
        follow_ups=[
            {"action": "A2", "day": "2026-01-08"},
            {"action": "A7", "day": "2026-01-07"},
            {"action": "A2", "day": "2026-01-07"},
        ],
    )

    assert _said(outcome.follow_up_findings(record)) == [
        "follow_ups: action A1 has no date; expected when it is followed up",
        "follow_ups: action A3 has no date; expected when it is followed up",
        "follow_ups[1].action: A7 is no action; expected A1, A2, A3",
        "follow_ups[1].day: 2026-01-07 is before the meeting, 2026-01-08",
        "follow_ups[2].day: 2026-01-07 is before the meeting, 2026-01-08",
    ]
