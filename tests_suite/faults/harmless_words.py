"""Harmless variations of what people write in the records: the window in their own words, and settings of a server."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tests_suite.faults.harmless_gates import Case, Change
from tests_suite.faults.records import with_record
from tests_suite.faults.world import World

KIND = "words of the records"
CALL = "Rollback: Olga Example, +1 202 555 0105."
Words = Callable[[datetime, datetime], str]
FRENCH = ("janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc.")


def _told(zone: str, words: Words) -> Change:
    """The window in another zone, and the notice to users in other words."""

    def changes(world: World) -> None:
        place = ZoneInfo(zone)

        def change(data: dict[str, Any]) -> None:
            starts, ends = (datetime.fromisoformat(data["window"][key]).astimezone(place) for key in ("starts", "ends"))
            data["window"] = {"starts": starts.isoformat(), "ends": ends.isoformat(), "time_zone": zone}
            data["messages"][0]["text"] = f"Version 2.0.0: {words(starts, ends)}\n{CALL}\n"

        world.target["deployment"]["time_zone"] = zone
        with_record("notification", change)(world)

    return changes


def _hours(starts: datetime, ends: datetime) -> str:
    return f"{starts:%H:%M} to {ends:%H:%M}"


def _halves(starts: datetime, ends: datetime) -> str:
    return f"{starts:%I:%M %p} to {ends:%I:%M %p}"


def _english(day: datetime) -> str:
    return f"{day.day} {day:%B} {day.year}"


WINDOWS: Mapping[str, Change] = {
    "the window in French, in the city's time": _told(
        "Europe/Paris",
        lambda s, e: f"le {s.day} {FRENCH[s.month - 1]} {s.year}, de {s.hour}h à {e.hour}h (heure de Paris).",
    ),
    "the window in German, in bare hours": _told(
        "Europe/Berlin",
        lambda s, e: f"am {s.day}.{s.month}.{s.year} von {s.hour} bis {e.hour} Uhr Berliner Zeit.",
    ),
    "the window in German, without the year": _told(
        "Europe/Berlin",
        lambda s, e: f"am {s.day}.{s.month}. zwischen {s.hour} und {e.hour} Uhr (Berlin).",
    ),
    "the window in the east of Canada": _told(
        "America/Toronto",
        lambda s, e: f"le {s.day} {FRENCH[s.month - 1]} {s.year}, de {s.hour} h à {e.hour} h, heure de l'Est.",
    ),
    "the window in Eastern Time": _told(
        "America/New_York", lambda s, e: f"{_english(s)}, {_halves(s, e)} Eastern Time."
    ),
    "the window in UK time": _told("Europe/London", lambda s, e: f"{s:%d}/{s:%m}/{s.year} {_hours(s, e)} UK time."),
    "the window in Singapore": _told("Asia/Singapore", lambda s, e: f"{s.day}/{s:%b}/{s.year}, {_hours(s, e)} SGT."),
    "a day by which to reply": _told(
        "UTC",
        lambda s, e: (
            f"it comes on {_english(s)}. Please reply by {_english(s - timedelta(days=1))}. "
            f"The window is {_hours(s, e)} UTC."
        ),
    ),
    "the day of the last deployment": _told(
        "UTC",
        lambda s, e: (
            f"it comes on {_english(s)}, after the release of {_english(s - timedelta(days=40))}. "
            f"The window is {_hours(s, e)} UTC."
        ),
    ),
    "a day that it was moved from": _told(
        "UTC",
        lambda s, e: (
            f"it has been moved from {_english(s - timedelta(days=3))} to {_english(s)}. "
            f"The window is {_hours(s, e)} UTC."
        ),
    ),
}


def _set(**values: object) -> Change:
    """The same settings in both environments."""
    return with_record(
        "environments", lambda data: [data[side]["config"].update(values) for side in ("production", "staging")]
    )


SETTINGS: Mapping[str, Change] = {
    "settings say that somebody is let in": _set(auth="required", authorization="enabled", password="disabled"),
    "settings say how somebody is let in": _set(credentials="workload-identity", auth="OAuth 2.0", db_auth="mtls"),
    "settings say where a secret is kept": _set(
        api_key="$KNOWLEDGE_API_KEY",
        secret="vault:knowledge/key",
        db_password="from the vault",
        private_key="/etc/ssl/private/key.pem",
        database="mongodb://app:$DB_PASSWORD@db.example/knowledge",
    ),
    "settings are called like secrets": _set(
        max_token=128000, cache_key="knowledge-v2-2026", queue="task-scheduler-main", storage="disk-encrypted"
    ),
}


def _days_earlier(name: str, key: str, field: str, days: float) -> Change:
    """Every entry of a record's list was made some days before T-0, which is on record as the window."""

    def changes(world: World) -> None:
        at = datetime.fromisoformat(world.target["deployment"]["starts"]) - timedelta(days=days)
        with_record(name, lambda data: [entry.update({field: at.isoformat()}) for entry in data[key]])(world)

    return changes


def _cases() -> Iterator[Case]:
    yield from (Case(KIND, name, "notification", change) for name, change in WINDOWS.items())
    yield from (Case(KIND, name, "staging", change) for name, change in SETTINGS.items())
    early = _days_earlier("approvals", "approvals", "date", 29)
    yield Case(KIND, "approvals of four weeks before", "verification", early)
    early = _days_earlier("notification", "availability", "confirmed", 6.9)
    yield Case(KIND, "team confirmed in the week before", "notification", early)


CASES = tuple(_cases())
