"""What database and disk show in a day's readings, held against every finding that is made of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from fixtures.evidence.record import Record
from fixtures.finding import Finding
from fixtures.firstday import database, disk
from fixtures.firstday.explained import Explanation
from fixtures.firstday.period import HOUR, Stretch, at, period_of
from fixtures.firstday.readings import Database, Readings
from fixtures.monitoring.series import Point
from fixtures.schedule import Schedule

T0 = datetime(2026, 1, 6, 9, 0, tzinfo=UTC)
DAY = period_of(Schedule(T0))
NOW = T0 + timedelta(hours=30)


def _at(hours: float) -> float:
    return DAY.deployed + HOUR * hours


def _time(hours: float) -> str:
    return at(_at(hours))


def _span(since: float, until: float) -> str:
    return str(Stretch(_at(since), _at(until)))


def _said(findings: Iterable[Finding], file: str | None = "r.jsonl") -> list[str]:
    found = list(findings)
    assert all((each.file, each.line) == (file, None) for each in found)
    return [each.message for each in found]


def _asked(*figures: tuple[float, Mapping[str, Any]]) -> Readings:
    return Readings("r.jsonl", databases=[Database(_at(hours), each) for hours, each in figures])


WELL: Mapping[str, Any] = {"ok": True, "ping_ms": 2.0, "connections_current": 5, "connections_available": 800}


# 3.2.5: the database


@pytest.mark.parametrize(
    ("times", "found"),
    [
        ([6, 10, 14, 18, 22], []),
        ([1, 6, 10, 14, 18, 21, 25], []),
        ([6, 10.1, 14, 18, 19.9], [(6, 10.1), (19.9, 24)]),
        ([], [(2, 24)]),
        ([6.1, 10, 14, 18, 20], [(2, 6.1)]),
    ],
)
def test_four_hours_without_a_figure_are_allowed(times: list[float], found: list[tuple[float, float]]) -> None:
    assert database.holes([_at(each) for each in times], DAY) == [Stretch(_at(a), _at(b)) for a, b in found]


def _looks(*hours: float, **more: str) -> Record:
    looks = {"checked": [_time(each) for each in hours], "by": "Ada One", "found": "No slow operations", **more}
    return Record("first_day.yaml", {"database": looks})


NOTHING = (
    "nothing says how the database did through the day; expected `database` in the readings (name database.uri in the "
    "target), or in the record first_day"
)


@pytest.mark.parametrize(
    ("asked", "record", "said"),
    [
        (range(2, 25), None, []),
        (range(2, 25, 4), Record("first_day.yaml", {}), []),
        ([5, 2, 9], _looks(17, 13, 21), []),
        ([1, 25], None, [NOTHING]),
        ([], Record("first_day.yaml", {}), [NOTHING]),
        ([], _looks(1.9, 24.1), [NOTHING]),
        ([], _looks(2, 24), []),
        ([], _looks(13), [f"database: nobody looked from {_span(2, 13)}"]),
        ([], _looks(12.9), [f"database: nobody looked from {_span(13, 24)}"]),
        ([], _looks(2), [f"database: nobody looked from {_span(13, 24)}"]),
        ([], _looks(24), [f"database: nobody looked from {_span(2, 13)}"]),
        ([], _looks(3), [f"database: nobody looked from {_span(13, 24)}"]),
        ([], _looks(14), [f"database: nobody looked from {_span(2, 13)}"]),
    ],
    ids=["hourly", "every four hours", "read and looked at", "outside", "neither", "looked outside",
         "looked at the ends", "looked in the middle", "looked before the middle", "looked at the first end",
         "looked at the last end", "looked early", "looked late"],
)  # fmt: skip
def test_database_is_on_record_through_the_day(asked: Sequence[int], record: Record | None, said: list[str]) -> None:
    found = _asked(*((hours, WELL) for hours in asked))

    assert _said(database.record_findings(found, record, DAY, NOW)) == said


def test_hours_without_a_figure_of_the_database_are_said() -> None:
    found = _asked((20, WELL), (3, WELL), (7, WELL), (12, WELL), (16, WELL))

    assert _said(database.record_findings(found, None, DAY, NOW)) == [
        f"database: no figure from {_span(7, 12)}; expected one at least every 4 h"
    ]


def test_look_at_the_database_was_taken_by_somebody_who_saw_something() -> None:
    record = _looks(3, 5 + 5 / 60, 5.1, 14, by="all", found="fine")

    assert _said(database.record_findings(_asked(), record, DAY, T0 + timedelta(hours=5)), "first_day.yaml") == [
        "database.by: 'all' is nobody's name",
        "database.found: 'fine' is too short to be understood; expected at least 10 characters, in words",
        f"database.checked[2]: {_time(5.1)} is still to come",
        f"database.checked[3]: {_time(14)} is still to come",
    ]


def test_figures_that_are_none_are_said() -> None:
    odd = {"ok": "yes", "ping_ms": -1, "asserts": True, "uptime_seconds": float("inf"), "slow_operations": "2"}
    found = _asked((3, WELL), (4, odd), (5, {"ok": False, "ping_ms": None, "connections_current": 0.0}))

    assert _said(database.form_findings(found)) == [
        f"database at {_time(4)}: ping_ms is -1; expected a number",
        f"database at {_time(4)}: asserts is True; expected a number",
        f"database at {_time(4)}: uptime_seconds is inf; expected a number",
        f"database at {_time(4)}: slow_operations is '2'; expected a number",
        f"database at {_time(4)}: ok is missing; expected true or false",
    ]


@pytest.mark.parametrize(
    ("figures", "before", "said"),
    [
        ({"connections_current": 8, "connections_available": 2}, {},
         ["8 of 10 connections in use, 80 %; the limit is < 80 %"]),
        ({"connections_current": 8, "connections_available": 1}, {}, []),
        ({"connections_current": 80}, {}, []),
        ({"connections_available": 0}, {}, []),
        ({"slow_operations": 2, "slowest": "query on a.b"}, {},
         ["2 operations of 2 s and more, the longest query on a.b; expected none"]),
        ({"uptime_seconds": 600}, {"uptime_seconds": 7200},
         ["was restarted 10 min before, after 2 h; expected an explanation"]),
        ({"uptime_seconds": 600}, {"uptime_seconds": 600}, []),
        ({"uptime_seconds": 600}, {}, []),
        ({}, {"uptime_seconds": 600}, []),
        ({"ok": False, "error": "x" * 300, "slow_operations": 2}, {}, [f"did not answer: {'x' * 200}"]),
    ],
    ids=["full", "too few to tell", "none to spare known", "none in use known", "slow", "restarted", "not restarted",
         "nothing before", "nothing now", "no answer"],
)  # fmt: skip
def test_what_is_wrong_with_one_reading(figures: dict[str, Any], before: dict[str, Any], said: list[str]) -> None:
    assert list(database.unwell({"ok": True, **figures}, before)) == said
    if not before:
        assert _said(database.live_findings({"ok": True, **figures}, "db"), None) == [f"db: {each}" for each in said]


def test_day_of_the_database_is_judged_from_opening_to_closing() -> None:
    gone = {"ok": False, "error": "gone"}
    found = _asked(
        (1.9, gone), (2, gone), (3, {**WELL, "uptime_seconds": 9000}), (4, gone), (5, {**WELL, "uptime_seconds": 60}),
        (6, gone), (24, gone), (24.1, gone),
    )  # fmt: skip
    known = [Explanation("database", _at(5.5), _at(6.5)), Explanation("knowledge", _at(2), _at(24))]

    assert _said(database.day_findings(found, DAY, 50, known)) == [
        f"database at {_time(2)}: did not answer: gone",
        f"database at {_time(4)}: did not answer: gone",
        f"database at {_time(5)}: was restarted 1 min before, after 2.5 h; expected an explanation",
        f"database at {_time(24)}: did not answer: gone",
    ]


@pytest.mark.parametrize(
    ("explained", "findings"), [([], 1), ([(10, 12)], 1), ([(10, 13)], 0)], ids=["not at all", "in part", "wholly"]
)
def test_slower_database_is_explained_wholly(explained: list[tuple[float, float]], findings: int) -> None:
    pings = {number + 2.5: 2.0 for number in range(22)} | {10.0: 40.0, 11.5: 41.0, 12.5: 42.0}
    del pings[10.5]  # the hour begins with its only reading
    first = [(1 + number / 12, {**WELL, "ping_ms": 2.0}) for number in range(12)]
    found = _asked(*first, *((hours, {**WELL, "ping_ms": pings[hours]}) for hours in sorted(pings)))
    known = [Explanation("database", _at(since), _at(until)) for since, until in explained]

    assert (
        _said(database.day_findings(found, DAY, 50, known))
        == [
            f"database: slower: ping 41 ms from {_span(10, 13)}, 2 ms in the first hour; expected at most 22 ms, or an "
            "explanation"
        ]
        * findings
    )


def test_assertions_and_what_was_not_seen_are_remarked_on() -> None:
    unseen = {"ok": True, "unknown": {"server_status": "not allowed", "slow_operations": "no"}}
    found = _asked(
        (1, {**WELL, "asserts": 1}), (2, {**WELL, "asserts": 3}), (3, {**WELL, "asserts": 3}), (4, unseen),
        (5, {**WELL, "asserts": 4}), (6, {**WELL, "asserts": 9}), (7, {**WELL, "asserts": 0, "unknown": {}}),
        (8, {"ok": True, "connections_current": 4, "connections_available": 5, "unknown": "much"}), (9, {"ok": False}),
        (24, {**unseen, "unknown": {"server_status": "gone"}}), (24.1, unseen),
    )  # fmt: skip

    assert _said(database.remarks(found, DAY)) == [
        f"database at {_time(6)}: 5 assertions since {_time(5)}",
        "database: 3 readings do not tell how many connections were left",
        "database: not seen in 2 readings: server_status (not allowed), slow_operations (no); grant the user "
        "clusterMonitor",
    ]
    assert _said(database.remarks(_asked((3, WELL)), DAY)) == []


def test_what_cannot_be_seen_of_the_database_now_is_remarked_on() -> None:
    figures = {"ok": True, "unknown": {"server_status": "no", "slow_operations": "not allowed"}}

    assert _said(database.live_remarks(figures, "db"), None) == [
        "db: does not tell how many connections it has left; expected serverStatus to",
        "db: server_status not seen: no; grant the user the role clusterMonitor",
        "db: slow_operations not seen: not allowed; grant the user the role clusterMonitor",
    ]
    assert (
        _said(database.live_remarks(WELL, "db"), None) == _said(database.live_remarks({"ok": False}, "db"), None) == []
    )
    full = {"connections_current": 8, "connections_available": 2}
    assert database.tells_connections(full)
    assert not database.tells_connections({**full, "connections_current": 7})
    assert not database.tells_connections({"connections_current": 0, "connections_available": 9})
    assert not database.tells_connections({"connections_current": 80})


# 3.2.7: the disk


def _disk(*points: tuple[float, float], **more: Any) -> Readings:
    return Readings("r.jsonl", series={disk.SERIES: [Point(_at(hours), value) for hours, value in points]}, **more)


def test_disk_is_on_record_through_the_day() -> None:
    why = (Finding(None, None, "Prometheus has none"),)
    hourly = [(hours, 50.0) for hours in range(2, 25)]

    assert _said(disk.record_findings(_disk(*hourly), DAY)) == []
    assert list(disk.record_findings(_disk((1, 50), missing={disk.SERIES: why}), DAY)) == list(why)
    assert _said(disk.record_findings(_disk(), DAY)) == [
        "disk usage: not in any reading of the day; no data is no pass"
    ]
    assert _said(disk.record_findings(_disk(*hourly[:3], *hourly[8:], missing={disk.SERIES: why}), DAY)) == [
        f"disk usage: no reading from {_span(4, 10)}; expected one at least every 4 h"
    ]
    assert _said(disk.record_findings(_disk(*hourly[:9], (11, 100.0), (12, 100.1), (13, 170), *hourly[12:]), DAY)) == [
        f"disk usage: 100.1 % at {_time(12)}; expected at most 100 %"
    ]
    assert _said(disk.record_findings(_disk(*((hours, 50) for hours in (5, 9, 13, 17, 21))), DAY)) == [
        "disk usage: readings of less than 6 hours make no trend; no data is no pass"
    ]


def test_next_look_at_the_disk_is_somebodys_and_after_the_day() -> None:
    early = Record("first_day.yaml", {"disk": {"next_look": _time(24), "by": "tbd"}})
    sound = Record("first_day.yaml", {"disk": {"next_look": _time(25), "by": "Ada One"}})

    assert _said(disk.look_findings(early, DAY, NOW), "first_day.yaml") == [
        f"disk.next_look: {_time(24)} is not after the first day",
        "disk.by: 'tbd' is nobody's name",
    ]
    assert _said(disk.look_findings(sound, DAY, NOW)) == []
    assert disk.next_look(sound) == _at(25)


@pytest.mark.parametrize(
    ("line", "look", "percent", "reached", "said"),
    [
        ((50, 0.5), 102.5, 100, 102.5, "60.5 % used, +12 % a day: it is full at {reached}, in 3.29 days"),
        ((50, 0.5), 200, 84.5, 71.5, "60.5 % used, +12 % a day: it reaches 84.5 % at {reached}, in 2 days"),
        ((50, 0.5), 200, 80, 62.5, "60.5 % used, +12 % a day: it reaches 80 % at {reached}, in 39 h"),
        ((50, 0.5), 102.4, 100, 102.5, ""),
        ((70, 0.5), 40, 80, 0, "80.5 % used, +12 % a day: it reaches 80 % already"),
        ((90, -0.5), 40, 80, 0, ""),
        ((100, 0), 40, 100, 0, "100 % used, +0 % a day: it is full already"),
    ],
    ids=["full", "in days", "in hours", "looked at before", "too full", "emptying", "full already"],
)
def test_disk_has_room_until_somebody_looks_at_it(
    line: tuple[float, float], look: float, percent: float, reached: float, said: str
) -> None:
    start, slope = line
    found = _disk(*((hour + 2.5, start + slope * hour) for hour in range(22)))
    when = f"; the next look is planned for {_time(look)}"

    assert _said(disk.room_findings(found, DAY, _at(look), percent)) == (
        [f"disk usage: {said.format(reached=_time(reached))}{when}"] if said else []
    )


def test_look_in_thousands_of_years_can_be_written() -> None:
    found = _disk(*((hour + 2.5, 100.0) for hour in range(22)))

    (said,) = _said(disk.room_findings(found, DAY, 253_500_000_000.0))

    assert said.endswith(f"it is full already; the next look is planned for {at(250e9)}")
    assert _said(disk.room_findings(_disk((2, 100.0)), DAY, _at(99))) == []
