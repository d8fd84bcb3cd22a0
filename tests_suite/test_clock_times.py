"""Days and clock times in a message: where each stands, and everything that it may mean."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from fixtures.notification.clocks import COMMON, Clock, meaning, times_in
from fixtures.notification.dates import MONTHS, WEEKDAYS, Day, days_in
from fixtures.notification.timesaid import APART, Window, lacking, other_span

WINDOW = Window(datetime(2026, 1, 6, 8, tzinfo=UTC), datetime(2026, 1, 6, 9, tzinfo=UTC), "Europe/Paris")
WINTER, SUMMER = datetime(2026, 1, 6, 8, tzinfo=UTC), datetime(2026, 7, 1, 8, tzinfo=UTC)


@pytest.mark.parametrize(("text", "days"), [
    ("", []),
    ("on 2026-01-06.", [(3, 13, ((2026, 1, 6),), None)]),
    ("2026/01/06 2026.01.06 2026-01/06", [(0, 10, ((2026, 1, 6),), None), (11, 21, ((2026, 1, 6),), None)]),
    ("Tue, 6th of January, 2026", [(0, 25, ((2026, 1, 6),), 1)]),
    ("6 Jan 3", [(0, 5, ((None, 1, 6),), None)]),
    ("6-Jan-2026 and 7. Feb", [(0, 10, ((2026, 1, 6),), None), (15, 21, ((None, 2, 7),), None)]),
    ("Sunday the Jan. 6th 2026", [(0, 24, ((2026, 1, 6),), 6)]),
    ("January 6, 9:30", [(0, 9, ((None, 1, 6),), None)]),
    ("January 6:30", []),
    ("6.1.26", [(0, 6, ((2026, 1, 6),), None)]),
    ("6/1/2026", [(0, 8, ((2026, 1, 6), (2026, 6, 1)), None)]),
    ("6-6-26", [(0, 6, ((2026, 6, 6),), None)]),
    ("13/1/26 1/13/26", [(0, 7, ((2026, 1, 13),), None), (8, 15, ((2026, 1, 13),), None)]),
    ("13.13.26 31.4.26 30 Feb", []),
    ("29 Feb 29.2.2026 29.2.2028", [(0, 6, ((None, 2, 29),), None), (17, 26, ((2028, 2, 29),), None)]),
    ("v1.2.26 10.1.2.26 1.2.26.4", []),
    ("le lundi 6 janvier", [(3, 18, ((None, 1, 6),), 0)]),
])  # fmt: skip
def test_days_are_found_with_their_place_and_their_readings(
    text: str, days: list[tuple[int, int, tuple[tuple[int | None, int, int], ...], int | None]]
) -> None:
    assert list(days_in(text)) == [Day(*each) for each in days]


def test_every_name_of_a_month_and_of_a_day_of_the_week_is_known() -> None:
    for number, names in enumerate(MONTHS, 1):
        for name in names:
            assert [day.readings for day in days_in(f"6 {name.upper()} 2026")] == [((2026, number, 6),)]
            assert [day.readings for day in days_in(f"{name.title()}. 6")] == [((None, number, 6),)]
    for number, names in enumerate(WEEKDAYS):
        assert [day.weekday for name in names for day in days_in(f"{name}, 6 January")] == [number] * len(names)


def test_day_is_on_a_date_that_it_may_mean_and_on_no_other_day_of_the_week() -> None:
    both = Day(0, 8, ((2026, 1, 6), (2026, 6, 1)))

    assert [both.is_on(date(2026, *each)) for each in ((1, 6), (6, 1), (1, 7), (6, 6))] == [True, True, False, False]
    assert [Day(0, 1, ((None, 1, 6),)).is_on(date(year, 1, 6)) for year in (2026, 2031)] == [True, True]
    assert not both.is_on(date(2027, 1, 6))
    assert [Day(0, 1, ((2026, 1, 6),), weekday).is_on(date(2026, 1, 6)) for weekday in (0, 1, 2)] == [
        False,
        True,
        False,
    ]


@pytest.mark.parametrize(("text", "clocks"), [
    ("", []),
    ("at 9:00", [Clock(3, 7, ((9, 0),))]),
    ("9.30 24:00 00:00", [Clock(0, 4, ((9, 30),)), Clock(5, 10, ((0, 0),)), Clock(11, 16, ((0, 0),))]),
    ("9:00 pm, 12:15 AM, 12 p.m.", [Clock(0, 7, ((21, 0),)), Clock(9, 17, ((0, 15),)), Clock(19, 26, ((12, 0),))]),
    ("13:00 pm", [Clock(0, 8, ((13, 0),))]),
    ("9 to 10 pm", [Clock(0, 1, ((9, 0), (21, 0))), Clock(5, 10, ((22, 0),))]),
    ("9:15 - 10:15 pm", [Clock(0, 4, ((9, 15), (21, 15))), Clock(7, 15, ((22, 15),))]),
    ("12 to 1 am", [Clock(0, 2, ((0, 0), (12, 0))), Clock(6, 10, ((1, 0),))]),
    ("noon until Midnight", [Clock(0, 4, ((12, 0),)), Clock(11, 19, ((0, 0),))]),
    ("12 midday", [Clock(0, 9, ((12, 0),))]),
    ("0930 hours", [Clock(0, 10, ((9, 30),))]),
    ("0930 of 1030", []),
    ("9 Uhr, 10 o'clock, 11 heures", [Clock(0, 5, ((9, 0),)), Clock(7, 17, ((10, 0),)), Clock(19, 28, ((11, 0),))]),
    ("de 9h à 10h", [Clock(3, 5, ((9, 0),)), Clock(8, 11, ((10, 0),))]),
    ("9 bis 10 Uhr", [Clock(0, 1, ((9, 0),)), Clock(6, 12, ((10, 0),))]),
    ("de 9 à 10 h", [Clock(3, 4, ((9, 0),)), Clock(7, 11, ((10, 0),))]),
    ("9h-10h CET, 2h-3h", [Clock(0, 2, ((9, 0),)), Clock(3, 10, ((10, 0),), "CET")]),
    ("9h, 9 - 10h, 9 to 10", []),
    ("9:00%, 9.50 MB, 1.25 s", []),
    ("9:00:30.5 UTC", [Clock(0, 13, ((9, 0),), "UTC")]),
    ("9:00 (in CET)", [Clock(0, 12, ((9, 0),), "CET")]),
    ("9:00 UTC +2", [Clock(0, 11, ((9, 0),), "UTC +2")]),
    ("9:00 +05:30", [Clock(0, 11, ((9, 0),), "+05:30")]),
    ("09:00:00-04:00", [Clock(0, 14, ((9, 0),), "-04:00")]),
    ("09:00Z", [Clock(0, 6, ((9, 0),), "Z")]),
    ("9:00 THAT day, 10:00 America/New_York", [Clock(0, 4, ((9, 0),)), Clock(15, 37, ((10, 0),), "America/New_York")]),
    ("x (9:00) 10:00) 11:00 ((12:00)", [Clock(3, 7, ((9, 0),), aside=True), Clock(9, 14, ((10, 0),)),
                                        Clock(16, 21, ((11, 0),)), Clock(24, 29, ((12, 0),), aside=True)]),
])  # fmt: skip
def test_clock_times_are_found_with_their_zone_and_all_that_they_may_be(text: str, clocks: list[Clock]) -> None:
    assert list(times_in(text, ()).clocks) == clocks


@pytest.mark.parametrize(("text", "before", "after"), [
    ("2026-01-06T09:00", True, False),
    ("2026-01-06, at 09:00", True, False),
    ("2026-01-06 from 09:00", True, False),
    ("2026-01-06: 09:00", True, False),
    ("2026-01-06 then 09:00", False, False),
    ("2026-01-06               09:00", False, False),
    ("09:00 on 2026-01-06", False, True),
    ("09:00 CET, am 2026-01-06", False, True),
    ("09:00 (2026-01-06)", False, True),
    ("09:00 before 2026-01-06", False, False),
    ("09:00\n2026-01-06", False, True),
    ("09:00\n\n2026-01-06", False, False),
    ("09:00\r\n \r\n2026-01-06", False, False),
])  # fmt: skip
def test_day_belongs_to_the_clock_time_that_it_stands_beside(text: str, before: bool, after: bool) -> None:
    times = times_in(text, ())

    (clock,), (day,) = times.clocks, times.days
    assert (clock.day, clock.day_after) == (day if before else None, day if after else None)


def test_day_before_a_clock_time_comes_before_the_one_behind_it() -> None:
    times = times_in("6 January 09:00, 7 January", ())

    assert (times.clocks[0].day, times.clocks[0].day_after) == (times.days[0], None)


def test_zones_that_stand_with_no_clock_time_are_told_once_each() -> None:
    text = "Times in CET, UTC and Coordinated Universal Time; 09:00 EST; central European summer time"

    times = times_in(text, ())

    assert times.zones == ("CET", "UTC", "CEST")
    assert times.text == "Times in CET, UTC and UTC; 09:00 EST; CEST"


def test_time_of_a_city_is_that_of_its_zone() -> None:
    zones = ("America/New_York", "UTC")

    assert times_in("9:00 new york time, NEW YORK'S local time, utc time", zones).text == (
        "9:00 America/New_York, America/New_York, utc time"
    )
    assert times_in("9:00 (New York), 9 am New York, New York office, heure de New York", zones).text == (
        "9:00 (America/New_York), 9 am America/New_York, New York office, America/New_York"
    )
    assert times_in("America/New_York, 9:00 America/New_York time", zones).text == (
        "America/New_York, 9:00 America/New_York time"
    )


def hours(number: float) -> timezone:
    """A zone that is so many hours ahead."""
    return timezone(timedelta(hours=number))


@pytest.mark.parametrize(("written", "at", "zones", "found"), [
    ("utc", WINTER, (), (UTC,)),
    ("GMT", WINTER, (), (UTC,)),
    ("Z", WINTER, (), (UTC,)),
    ("UTC + 2", WINTER, (), (hours(2),)),
    ("GMT\u22123:30", WINTER, (), (hours(-3.5),)),
    ("+0530", WINTER, (), (hours(5.5),)),
    ("-04:00", WINTER, (), (hours(-4),)),
    ("Europe/Paris", WINTER, (), (ZoneInfo("Europe/Paris"),)),
    ("Europe/Nowhere", WINTER, (), ()),
    ("CET", WINTER, ("Europe/Paris", "UTC"), (ZoneInfo("Europe/Paris"),)),
    ("CET", SUMMER, ("Europe/Paris", "UTC"), (hours(1),)),
    ("CEST", WINTER, ("Europe/Paris",), (hours(2),)),
    ("CET", WINTER, ("Europe/Paris", "Europe/Berlin"), (ZoneInfo("Europe/Paris"), ZoneInfo("Europe/Berlin"))),
    ("ET", WINTER, ("America/New_York",), (ZoneInfo("America/New_York"),)),
    ("EST", SUMMER, ("America/New_York",), (hours(-5),)),
    ("ET", WINTER, ("Europe/Athens",), ()),
    ("PT", SUMMER, ("US/Pacific",), (ZoneInfo("US/Pacific"),)),
    ("XYT", WINTER, ("Europe/Paris", "no zone"), ()),
])  # fmt: skip
def test_zone_means_what_the_places_go_by_at_that_instant(
    written: str, at: datetime, zones: tuple[str, ...], found: tuple[object, ...]
) -> None:
    assert meaning(written, at, zones) == found


def test_common_abbreviations_are_those_hours_from_utc() -> None:
    assert {name: meaning(name, WINTER, ()) for name in COMMON} == {
        name: (hours(ahead),)
        for ahead, names in {
            0: ("WET",), 1: ("WEST", "CET", "MEZ"), 2: ("CEST", "MESZ", "EET", "SAST"), 3: ("EEST", "MSK", "TRT"),
            4: ("GST",), 5: ("PKT",), 8: ("SGT", "HKT", "MYT", "PHT", "AWST"), 9: ("JST", "KST"), 9.5: ("ACST",),
            10: ("AEST",), 10.5: ("ACDT",), 11: ("AEDT",), 12: ("NZST",), 13: ("NZDT",), -3: ("BRT", "CLST"),
            -4: ("EDT", "HAE", "CLT"), -5: ("EST", "CDT", "HNE", "HAC"), -6: ("MDT", "HNC", "HAR"),
            -7: ("MST", "PDT", "HNR", "HAP"), -8: ("PST", "HNP", "AKDT"), -9: ("AKST",), -10: ("HST",),
        }.items()
        for name in names
    }  # fmt: skip


@pytest.mark.parametrize(("text", "lacks"), [
    ("2026-01-06 09:00 to 10:00 CET", ""),
    ("", "no start at 09:00 (Europe/Paris); no day 2026-01-06; no end at 10:00 (Europe/Paris); "
         "no time zone that Europe/Paris goes by at that time"),
    ("2026-01-05 09:00 to 10:00 CET", "no day 2026-01-06"),
    ("2026-01-06 09:30 to 10:00 CET", "no start at 09:00 (Europe/Paris)"),
    ("2026-01-06 09:00 to 10:30 UTC+1", "no end at 10:00 (Europe/Paris)"),
    ("2026-01-06 09:00 to 10:00 XYT", "no time zone that Europe/Paris goes by at that time"),
    ("2026-01-06 10:00 to 09:00 CET", "start, end, day and time zone do not fit together"),
    (f"2026-01-06 09:00 CET{' ' * APART}10:00 CET", ""),
    (f"2026-01-06 09:00 CET{' ' * (APART + 1)}10:00 CET", "start, end, day and time zone do not fit together"),
    ("2026-01-06 09:00 CET, 10:30 CET, 10:00 CET", "start, end, day and time zone do not fit together"),
    ("2026-01-06 09:00 CET (10:30 CET) to 10:00 CET", ""),
    ("2026-01-06 09:00 CET to 11:00 XYT, 10:00 CET", ""),
    ("2026-01-06 09:00 to 10:00.\n\n2026-01-07 09:00 CET", ""),
    ("2026-01-06\n\n2026-01-07\n09:00 to 10:00 CET", "start, end, day and time zone do not fit together"),
    ("2026-01-06\n \t\n09:00 to 10:00 CET.\n\n2026-01-07", ""),
])  # fmt: skip
def test_what_a_message_lacks_to_say_the_window_is_told_in_full(text: str, lacks: str) -> None:
    assert lacking(text, WINDOW) == lacks


def test_other_span_is_the_first_of_two_clock_times_with_a_word_between_them() -> None:
    assert other_span("11:00, 12:00 and 13:00 to 14:00 UTC", WINDOW) == "12:00 and 13:00"
    assert other_span("9 → 10 Uhr", WINDOW) == ""
    assert other_span("9:00 → 10:00", WINDOW) == "9:00 → 10:00"
    assert other_span("9:00", WINDOW) == ""
