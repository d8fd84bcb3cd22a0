"""Who is there during the window: which entries of a record count, and every role that nobody fills."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from fixtures.evidence.record import Record
from fixtures.notification import availability
from fixtures.notification.availability import Presence
from tests_suite.test_notification_findings import SCHEDULE, SENDING, T0, found, record


def entry(begins: float = 0, until: float = 60, **changes: Any) -> dict[str, Any]:
    """An entry of the record, in minutes after T-0."""
    times = {"from": T0 + timedelta(minutes=begins), "until": T0 + timedelta(minutes=until)}
    plain = {key: each.isoformat() for key, each in times.items()}
    return {"role": "TL", "name": "Ada Example", "confirmed": "2026-01-06T08:00:00+01:00", **plain, **changes}


def read_presences(*entries: dict[str, Any]) -> tuple[Record, list[Presence]]:
    """A record with these entries, read an hour before T-0."""
    read = record(availability=list(entries))
    return read, availability.presences(read, SCHEDULE, SENDING.now)


@pytest.mark.parametrize(("changes", "no"), [
    ({}, ""),
    ({"available": True}, ""),
    ({"available": False, "name": "TBD"}, "is not available"),
    ({"name": "TBD"}, "is nobody's name; expected a person"),
    ({"until": T0.isoformat()}, "is there until a time that is not after the one from when"),
    ({"confirmed": "2026-01-06T08:05:00+01:00"}, ""),
    ({"confirmed": "2026-01-06T08:05:01+01:00"}, "has confirmed it in the future, 2026-01-06T08:05:01+01:00"),
])  # fmt: skip
def test_entry_counts_where_a_person_has_confirmed_some_time(changes: dict[str, Any], no: str) -> None:
    _, (presence,) = read_presences(entry() | changes)

    data = entry() | changes
    times = [datetime.fromisoformat(data[key]).astimezone(UTC) for key in ("from", "until", "confirmed")]
    assert presence == Presence(0, "Tech Lead", data["name"], times[0], times[1], times[2], no)
    assert {each.tzinfo for each in (presence.begins, presence.until, presence.confirmed)} == {UTC}


def test_confirmation_counts_up_to_t0() -> None:
    late = [entry(confirmed="2026-01-06T09:00:00+01:00"), entry(confirmed="2026-01-06T09:00:01+01:00")]

    presences = availability.presences(record(availability=late), SCHEDULE, T0 + timedelta(hours=2))

    assert [each.no for each in presences] == ["", "has confirmed it after T-0, 2026-01-06T09:00:01+01:00"]


BACK = {"available": False}


@pytest.mark.parametrize(("other", "revoked"), [
    (entry(**BACK), True),
    (entry(59, 90, **BACK), True),
    (entry(60, 90, **BACK), False),
    (entry(-60, 1, **BACK), True),
    (entry(-60, 0, **BACK), False),
    (entry(**BACK, role="tech lead", name="ADA  example"), True),
    (entry(**BACK, name="Alan Example"), False),
    (entry(**BACK, role="QA"), False),
    (entry(**BACK, confirmed="2026-01-06T07:59:59+01:00"), False),
    (entry(**BACK, confirmed="2026-01-06T08:00:01+01:00"), True),
    (entry(until=0), False),
])  # fmt: skip
def test_yes_that_was_taken_back_for_some_of_the_time_is_none(other: dict[str, Any], revoked: bool) -> None:
    for entries in ([entry(), other], [other, entry()]):
        _, presences = read_presences(*entries)
        assert presences[entries.index(entry())].no == ("has taken it back" if revoked else "")


EXPECTED = "expected a named person, confirmed before T-0, from 2026-01-06T09:00+01:00 until 2026-01-06T10:00+01:00"


@pytest.mark.parametrize(("entries", "findings"), [
    ([entry()], []),
    ([entry(-30, 90)], []),
    ([entry(30, 60), entry(-9, 10), entry(10, 30)], []),
    ([entry(0, 50), entry(10, 20), entry(50, 60)], []),
    ([entry(name="TBD"), entry()], []),
    ([entry(role="QA")], [(1, f"availability: Tech Lead: nobody has confirmed; {EXPECTED}")]),
    ([], [(1, f"availability: Tech Lead: nobody has confirmed; {EXPECTED}")]),
    ([entry(role="QA"), entry(0, 59), entry(1, 2)],
     [(3, f"availability[1]: Tech Lead: nobody is there from 2026-01-06T09:59+01:00 on; {EXPECTED}")]),
    ([entry(1, 60)], [(2, f"availability[0]: Tech Lead: nobody is there from 2026-01-06T09:00+01:00 on; {EXPECTED}")]),
    ([entry(0, 30), entry(name="TBD"), entry(**BACK, name="Alan Example")],
     [(3, f"availability[1]: Tech Lead: TBD is nobody's name; expected a person; Alan Example is not available; "
          f"{EXPECTED}")]),
])  # fmt: skip
def test_role_is_filled_for_the_whole_window(
    entries: list[dict[str, Any]], findings: list[tuple[int | None, str]]
) -> None:
    read, presences = read_presences(*entries)

    assert list(availability.coverage_findings(read, presences, ["Tech Lead"], SCHEDULE)) == found(*findings)


def test_yes_of_more_than_a_week_ago_is_worth_a_look() -> None:
    read, presences = read_presences(
        entry(confirmed="2025-12-30T09:00:00+01:00"), entry(confirmed="2025-12-30T08:59:59+01:00"),
        entry(confirmed="2001-01-01T00:00:00Z", name="TBD"), entry(role="QA", confirmed="2025-01-06T08:00:00+01:00"),
    )  # fmt: skip

    ask = "more than 7 days before T-0, 2026-01-06T09:00+01:00 (Europe/Paris); look at the date, or ask again"
    assert [each.message for each in availability.old_findings(read, presences, SCHEDULE)] == [
        f"availability[1].confirmed: Tech Lead: Ada Example has confirmed it at 2025-12-30T07:59+00:00, {ask}",
        f"availability[3].confirmed: QA Lead: Ada Example has confirmed it at 2025-01-06T07:00+00:00, {ask}",
    ]


def test_person_in_two_roles_and_role_of_no_plan_are_worth_a_look() -> None:
    read, presences = read_presences(
        entry(), entry(), entry(role="QA", name="ada example"), entry(role="Chef"), entry(role="DevOps", **BACK),
        entry(role="PM", name="Paul Example"),
    )  # fmt: skip

    assert list(availability.odd_findings(read, presences)) == found(
        (4, "availability[2].name: ada example is QA Lead and Tech Lead at the same time; expected a person for each"),
        (5, "availability[3].role: the plan has no role Chef"),
    )
