"""Faults of the notice to users: whom it was sent to (1.3.1), the window (1.3.2), the rollback contact (1.3.3)."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from fixtures import reference
from tests_suite.faults.records import EVIDENCE, with_record
from tests_suite.faults.world import Fault, World

RECORD = "notification"
USERS, WINDOW, CONTACT, INCIDENT, TEAM = ({f"1.3.{number}": "failed"} for number in range(1, 6))
NOTICES = USERS | WINDOW | CONTACT  # what users were told counts for all three
MESSAGES = NOTICES | INCIDENT  # the incident process is in the other message
WHOLE = MESSAGES | TEAM
DEGRADED = "degraded"
Change = Callable[[dict[str, Any]], object]
Trips = dict[str, str]
MOMENT = re.compile(r"<(T|now|clock|day)([+-][\d.]+)>")  # in UTC, hours from T-0 or from now


def fault(name: str, breaks: Callable[[World], object], trips: Trips, *says: str) -> Fault:
    """One fault of the notification gate."""
    return Fault(f"notification: {name}", lambda world: (breaks(world), None)[1], trips, says, RECORD)


def changed(name: str, change: Change, trips: Trips, *says: str) -> Fault:
    """A fault that changes the record; what `at`, `now` and the like stand for is known once the world is there."""

    def change_and_fill(data: dict[str, Any]) -> None:
        starts = datetime.fromisoformat(data["window"]["starts"])
        change(data)
        filled = json.loads(MOMENT.sub(lambda match: _moment(match, starts), json.dumps(data)))
        data.clear()
        data.update(filled)

    return fault(name, with_record(RECORD, change_and_fill), trips, *says)


def _moment(match: re.Match[str], starts: datetime) -> str:
    wanted = (datetime.now(UTC) if match[1] == "now" else starts) + timedelta(hours=float(match[2]))
    return wanted.strftime({"clock": "%H:%M", "day": "%Y-%m-%d"}.get(match[1], "%Y-%m-%dT%H:%M:%S+00:00"))


def target(name: str, change: Change, trips: Trips, *says: str) -> Fault:
    """A fault that changes what the target says."""
    return fault(name, lambda world: change(world.target), trips, *says)


def at(hours: float) -> str:
    """A moment that many hours from T-0, as records write it."""
    return f"<T{hours:+}>"


def now(hours: float) -> str:
    """A moment that many hours from now."""
    return f"<now{hours:+}>"


def message(number: int, **values: Any) -> Change:
    """Other values in one message."""
    return lambda data: data["messages"][number].update(values)


def wording(number: int, old: str, new: str) -> Change:
    """Another wording of one message, subject and text."""

    def change(data: dict[str, Any]) -> None:
        message = data["messages"][number]
        assert old in message["subject"] + message["text"], f"{old!r} is not in the message"
        message.update(subject=message["subject"].replace(old, new), text=message["text"].replace(old, new))

    return change


def _clock(hours: float) -> str:
    return f"<clock{hours:+}>"


def _day(hours: float) -> str:
    return f"<day{hours:+}>"


def _says(span: str) -> Change:
    """A notice to users that says another time."""

    def change(data: dict[str, Any]) -> None:
        text: str = data["messages"][0]["text"]
        before, _, rest = text.partition("will be deployed on ")
        _, _, after = rest.partition(" UTC. ")
        assert after, "the notice has no window"
        data["messages"][0]["text"] = f"{before}will be deployed on {span}. {after}"

    return change


def _window(**values: Any) -> Change:
    return lambda data: data["window"].update(values)


def _contact(**values: Any) -> Change:
    return lambda data: data["rollback_contact"].update(values)


def _everywhere(old: str, new: str) -> Change:
    """Another rollback contact, in the record and in what was sent: only the target knows better."""

    def change(data: dict[str, Any]) -> None:
        contact = data["rollback_contact"]
        for key in contact:
            contact[key] = contact[key].replace(old, new)
        for message in data["messages"]:
            message["text"] = message["text"].replace(old, new)

    return change


def both(*changes: Change) -> Change:
    """Several changes."""
    return lambda data: [change(data) for change in changes]


def _no_phone(role: str) -> Change:
    return lambda target: [each.pop("phone") for each in target["contacts"] if each["role"] == role]


def _text_file(name: str, content: str | None = None) -> Callable[[World], None]:
    def breaks(world: World) -> None:
        if content is not None:
            (world.root / EVIDENCE / name).write_text(content, encoding="utf-8")

        def change(data: dict[str, Any]) -> None:
            data["messages"][0].pop("text")
            data["messages"][0]["text_file"] = name

        with_record(RECORD, change)(world)

    return breaks


FIRST, SECOND, THIRD = reference.USERS
ON_CALL, ON_CALL_NUMBER = "Olga Example", "+12025550105"

RECIPIENTS: Sequence[Fault] = (
    changed(
        "one group left out",
        lambda data: data["messages"][0]["to"].remove(SECOND),
        USERS,
        f"{SECOND} is on the list of users and was sent no notice",
    ),
    changed("sent to nobody who uses it", message(0, to=["all@example.com"]), NOTICES, FIRST, SECOND, THIRD),
    changed("sent to nobody", message(0, to=[]), MESSAGES, "messages[0].to: is empty; expected at least one entry"),
    target(
        "a group that is new on the list",
        lambda target: target["users"].append("late-joiners@example.com"),
        USERS,
        "late-joiners@example.com is on the list of users",
    ),
    changed(
        "an address that only begins alike",
        message(0, to=[f"{FIRST}.au", SECOND, THIRD]),
        USERS,
        f"{FIRST} is on the list of users",
    ),
    changed("a week before", message(0, sent=at(-168)), NOTICES, "is before T-24h", "welcome, not enough"),
    changed("just before T-24h", message(0, sent=at(-24.02)), NOTICES, "is before T-24h"),
    changed("still to be sent", message(0, sent=now(1)), NOTICES, "lies in the future", "a record of what was sent"),
    changed("after the deployment", message(0, sent=at(0.5)), NOTICES, "lies in the future"),
    changed(
        "of the version before",
        wording(0, "2.0.0", "1.0.0"),
        NOTICES,
        "neither subject nor text names version 2.0.0",
    ),
    changed("of a version with the same digits", wording(0, "2.0.0", "12.0.0.1"), NOTICES, "names version 2.0.0"),
    changed("of a preview", wording(0, "2.0.0", "2.0.0-rc1"), NOTICES, "names version 2.0.0"),
    changed(
        "one group told of another version",
        both(
            lambda data: data["messages"][0]["to"].remove(THIRD),
            lambda data: data["messages"].append(
                {**data["messages"][0], "to": [THIRD], "text": "1.9.9 comes", "subject": ""}
            ),
        ),
        USERS,
        f"{THIRD} was told by no notice that counts: neither subject nor text",
        "messages[2]",
    ),
    changed(
        "sent by somebody else",
        message(0, by={"name": "Dana Example", "role": "DevOps"}),
        {"1.3.1": DEGRADED},
        "sent by DevOps; the plan has the Product Manager send it",
    ),
    changed(
        "a reminder that was not sent yet",
        lambda data: data["messages"].append({**data["messages"][0], "sent": now(2)}),
        {"1.3.1": DEGRADED},
        "messages[2].sent: lies in the future",
    ),
    target("nobody to be told", lambda target: target.pop("users"), NOTICES, "the target provides no users"),
    changed("time without a zone", message(0, sent="2026-01-06T09:00:00"), MESSAGES, "messages[0].sent: found"),
    changed(
        "neither text nor file", lambda data: data["messages"][0].pop("text"), MESSAGES, "messages[0]: expected either"
    ),
    changed("text and file", message(0, text_file="notice.txt"), MESSAGES, "expected either the text as it was sent"),
    changed(
        "channel left out", lambda data: data["messages"][1].pop("channel"), MESSAGES, "messages[1].channel: missing"
    ),
    changed("text not filled in", message(0, text="[fill in]\n"), MESSAGES, "messages[0].text: is not filled in"),
    changed("text of a book", message(0, text="x" * 50_001), MESSAGES, "expected a notice of at most 50000"),
    fault("text file missing", _text_file("notice.txt"), MESSAGES, "notice.txt", "cannot be read"),
    fault("text file elsewhere", _text_file("../target.yaml"), MESSAGES, "is no path inside of evidence/"),
    fault("text file of a template", _text_file("notice.txt", "2.0.0 [Fill in: what]"), MESSAGES, "is not filled in"),
    fault("text file empty", _text_file("notice.txt", " \n"), MESSAGES, "notice.txt", "is empty"),
)

TIMES: Sequence[Fault] = (
    changed("window begins later", _window(starts=at(0.5), ends=at(1.5)), WINDOW, "is not T-0; expected"),
    changed(
        "window of two hours",
        both(_window(ends=at(2)), _says(f"{_day(0)}, {_clock(0)} to {_clock(2)} UTC")),
        WINDOW,
        "deployment window: 2 h, expected 1",
    ),
    changed("window ends before it begins", _window(ends=at(-1)), WINDOW, "deployment window: -1 h"),
    changed(
        "window on another day", _window(starts=at(24), ends=at(25)), WINDOW, "window.starts", "is not T-0; expected"
    ),
    changed(
        "zone that there is not", _window(time_zone="Europe/Atlantis"), WINDOW, "'Europe/Atlantis' is no time zone"
    ),
    changed("zone of each machine", _window(time_zone="localtime"), WINDOW, "'localtime' is no time zone"),
    changed(
        "offset of another zone",
        _window(time_zone="Asia/Tokyo"),
        WINDOW,
        "is no time of that zone; in Asia/Tokyo it is",
    ),
    changed("window without a zone", lambda data: data["window"].pop("time_zone"), WINDOW, "window.time_zone: missing"),
    changed("window as a text", lambda data: data.update(window="in the morning"), WINDOW, "window: found a text"),
    changed("told without a time", _says("the day after this one"), WINDOW, "cannot know the window", "no start at"),
    changed(
        "told without a zone",
        _says(f"{_day(0)}, {_clock(0)} to {_clock(1)}"),
        WINDOW,
        "no time zone that UTC goes by",
    ),
    changed(
        "told in another zone",
        _says(f"{_day(0)}, {_clock(0)} to {_clock(1)} PST"),
        WINDOW,
        "do not fit together",
    ),
    changed("told without the day", _says(f"{_clock(0)} to {_clock(1)} UTC"), WINDOW, "no day "),
    changed("told for the day after", _says(f"{_day(24)}, {_clock(0)} to {_clock(1)} UTC"), WINDOW, "no day "),
    changed(
        "told that it was moved to the day after",
        _says(f"{_day(0)}, as planned first. It has been moved to {_day(24)}. Window: {_clock(0)} to {_clock(1)} UTC"),
        WINDOW,
        "it has been moved to",
    ),
    changed(
        "told with another day nearer to the time",
        _says(f"{_day(0)}. The office is closed on {_day(24)}. Window: {_clock(0)} to {_clock(1)} UTC"),
        {"1.3.2": DEGRADED},
        "stands nearer to",
        "expected the day of the window beside the time",
    ),
    changed("told without an end", _says(f"{_day(0)}, {_clock(0)} UTC"), WINDOW, "no end at"),
    changed(
        "told an hour too late",
        _says(f"{_day(0)}, {_clock(1)} to {_clock(2)} UTC"),
        WINDOW,
        "cannot know the window",
        "no start at",
    ),
    changed(
        "told with a longer end",
        _says(f"{_day(0)}, {_clock(0)} to {_clock(3)} UTC, with a pause at {_clock(1)} UTC"),
        WINDOW,
        "do not fit together",
    ),
    changed(
        "told other times afterwards",
        lambda data: data["messages"].append(
            {
                **data["messages"][0],
                "sent": now(-1),
                "subject": "2.0.0, once more",
                "text": f"It is {_clock(3)} to {_clock(4)} UTC. {ON_CALL}, {ON_CALL_NUMBER}, can roll it back.",
            }
        ),
        {"1.3.2": DEGRADED},
        "after the window was told; expected the window again",
        "messages[2]",
    ),
)

CALLS: Sequence[Fault] = (
    changed(
        "number without its country", _everywhere(ON_CALL_NUMBER, "202-555-0105"), CONTACT, "is no number of E.164"
    ),
    changed("number with letters", _everywhere(ON_CALL_NUMBER, "+1 800 ROLLBACK"), CONTACT, "is no number of E.164"),
    changed("number too short", _everywhere(ON_CALL_NUMBER, "+120255501"), CONTACT, "that nobody can have"),
    changed("area that there is not", _everywhere(ON_CALL_NUMBER, "+11234567890"), CONTACT, "that nobody can have"),
    changed(
        "country that there is not", _everywhere(ON_CALL_NUMBER, "+999 5550105"), CONTACT, "is no telephone number"
    ),
    changed(
        "zero that is not dialled",
        _everywhere(ON_CALL_NUMBER, "+44 (0)20 7946 0018"),
        CONTACT,
        "expected +442079460018",
    ),
    changed(
        "number of somebody else",
        _everywhere(ON_CALL_NUMBER, "+12025550106"),
        CONTACT,
        "+12025550106 is the number of Dana Example, DevOps; expected +12025550105",
    ),
    changed(
        "number of nobody", _everywhere(ON_CALL_NUMBER, "+12025550188"), CONTACT, "is nobody's number in the target's"
    ),
    changed("another person", _everywhere(ON_CALL, "Oscar Other"), CONTACT, "Oscar Other is not the On-Call Engineer"),
    changed("nobody in particular", _everywhere(ON_CALL, "TBD"), CONTACT, "TBD is nobody's name"),
    changed(
        "role without a contact",
        _contact(role="Night Watch"),
        CONTACT,
        "Night Watch is no role of the target's contacts",
    ),
    changed(
        "number as a number",
        _contact(phone=12025550105),
        CONTACT,
        "rollback_contact.phone: found a number, expected a text",
    ),
    changed("number left out", lambda data: data["rollback_contact"].pop("phone"), CONTACT, "phone: missing"),
    changed("number not filled in", _contact(phone="[fill in: like +33]"), CONTACT, "phone: is not filled in"),
    changed("number not told", wording(0, ON_CALL_NUMBER, "our hotline"), CONTACT, f"no {ON_CALL_NUMBER}"),
    changed(
        "number told with a wrong digit", wording(0, ON_CALL_NUMBER, "+12025550165"), CONTACT, f"no {ON_CALL_NUMBER}"
    ),
    changed(
        "number told with one digit more",
        wording(0, ON_CALL_NUMBER, f"{ON_CALL_NUMBER}5"),
        CONTACT,
        f"no {ON_CALL_NUMBER}",
    ),
    changed("name not told", wording(0, ON_CALL, "somebody"), CONTACT, f"no {ON_CALL}"),
    changed("told, but not what for", wording(0, "rolled back", "admired"), CONTACT, "no word of a rollback"),
    target(
        "no contacts", lambda target: target.pop("contacts"), {**CONTACT, **INCIDENT}, "the target provides no contacts"
    ),
    target(
        "team role without a number", _no_phone("DevOps"), {"1.3.3": DEGRADED}, "no telephone number for the DevOps"
    ),
    target(
        "contact without a role of the plan",
        lambda target: target["contacts"].append({"role": "Barista", "name": "Bo", "phone": "+12025550110"}),
        {"1.3.3": DEGRADED},
        "contacts[7].role: the plan has no role Barista",
    ),
    target(
        "contact with a number that cannot be",
        lambda target: target["contacts"][0].update(phone="12345"),
        {"1.3.3": DEGRADED},
        "contacts[0].phone: '12345' is no number of E.164",
    ),
)

FAULTS: Sequence[Fault] = (*RECIPIENTS, *TIMES, *CALLS)
