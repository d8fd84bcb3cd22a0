"""How people write a window in a message: many forms say it, and what only looks like it does not."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from fixtures.notification.clocks import times_in
from fixtures.notification.dates import days_in
from fixtures.notification.timesaid import Window, doubt, lacking, other_span

PARIS = Window(datetime(2026, 1, 6, 8, tzinfo=UTC), datetime(2026, 1, 6, 9, tzinfo=UTC), "Europe/Paris")
SUMMER = Window(datetime(2026, 7, 1, 13, tzinfo=UTC), datetime(2026, 7, 1, 14, tzinfo=UTC), "America/New_York")
MIDNIGHT = Window(datetime(2026, 1, 5, 22, 30, tzinfo=UTC), datetime(2026, 1, 5, 23, 30, tzinfo=UTC), "Europe/Paris")
LATE = Window(datetime(2026, 1, 6, 22, tzinfo=UTC), datetime(2026, 1, 6, 23, tzinfo=UTC), "Europe/Paris")
FORWARD = Window(datetime(2026, 3, 29, 0, 30, tzinfo=UTC), datetime(2026, 3, 29, 1, 30, tzinfo=UTC), "Europe/Paris")
BACK = Window(datetime(2026, 10, 25, 0, 30, tzinfo=UTC), datetime(2026, 10, 25, 1, 30, tzinfo=UTC), "Europe/Paris")
INDIA = Window(datetime(2026, 1, 6, 3, 30, tzinfo=UTC), datetime(2026, 1, 6, 4, 30, tzinfo=UTC), "Asia/Kolkata")
SYDNEY = Window(datetime(2026, 1, 6, 11, tzinfo=UTC), datetime(2026, 1, 6, 12, tzinfo=UTC), "Australia/Sydney")
SINGAPORE = Window(datetime(2026, 1, 6, 2, tzinfo=UTC), datetime(2026, 1, 6, 3, tzinfo=UTC), "Asia/Singapore")
LONDON = Window(datetime(2026, 7, 7, 13, 30, tzinfo=UTC), datetime(2026, 7, 7, 14, 30, tzinfo=UTC), "Europe/London")
MONTREAL = Window(datetime(2026, 1, 6, 14, tzinfo=UTC), datetime(2026, 1, 6, 15, tzinfo=UTC), "America/Montreal")
SOUTH = Window(datetime(2026, 1, 6, 12, tzinfo=UTC), datetime(2026, 1, 6, 13, tzinfo=UTC), "America/Sao_Paulo")

SAID = [
    (PARIS, "2026-01-06T09:00+01:00 to 2026-01-06T10:00+01:00"),
    (PARIS, "2026-01-06T09:00:00+01:00/2026-01-06T10:00:00+01:00"),
    (PARIS, "2026-01-06T08:00:00Z/2026-01-06T09:00:00Z"),
    (PARIS, "2026-01-06 08:00 to 09:00 UTC"),
    (PARIS, "2026/01/06 09:00-10:00 CET"),
    (PARIS, "Tuesday, 6 January 2026, 09:00-10:00 CET"),
    (PARIS, "Tue 6 Jan 2026 09:00–10:00 (CET)"),
    (PARIS, "on January 6 from 9 to 10 am (Europe/Paris)"),
    (PARIS, "Jan 6, 2026: 9:00 AM – 10:00 AM CET"),
    (PARIS, "January 6th, 2026, 9 a.m. until 10 a.m. Central European Time"),
    (PARIS, "06.01.2026 9.00 bis 10.00 Uhr MEZ"),
    (PARIS, "Dienstag, 6. Januar 2026, von 9 Uhr bis 10 Uhr MEZ"),
    (PARIS, "le mardi 6 janvier 2026 de 9h00 à 10h00 (Europe/Paris)"),
    (PARIS, "le 6 janvier de 9h à 10h CET"),
    (PARIS, "06/01/2026 0900 hours to 1000 hours CET"),
    (PARIS, "01/06/2026 09:00+0100 - 10:00+0100"),
    (PARIS, "6-Jan-2026 0800Z-0900Z"),
    (PARIS, "6 January, 0900 to 1000 CET"),
    (PARIS, "Start: 09:00\nEnd: 10:00\nDay: 6 Jan 2026\nTime zone: Europe/Paris"),
    (PARIS, "between 9am and 10am Paris time on the 6th of January"),
    (PARIS, "2026-01-06, 08:00 UTC (09:00 CET, 03:00 EST) to 09:00 UTC (10:00 CET, 04:00 EST)"),
    (PARIS, "2026-01-06: 03:00 EST / 09:00 CET until 04:00 EST / 10:00 CET"),
    (PARIS, "6 January, 09:00 UTC+1 until 10:00 UTC+01:00"),
    (PARIS, "6 January, 09:00 (GMT+1) until 10:00 (GMT+1)"),
    (PARIS, "6 January, 08:00 UTC-09:00 UTC"),
    (PARIS, "6 January, 08:00 UTC - 09:00 UTC"),
    (PARIS, "09:00 to 10:00 CET on 6 January 2026"),
    (PARIS, "FROM 09:00 TO 10:00 CET ON 6 JANUARY 2026"),
    (PARIS, "Version 2.0.0 comes on 2026-01-06.\nIt takes 1.5 hours.\n\nAll times are UTC: from 08:00 till 09:00."),
    (PARIS, "The next release is planned for 3 March.\n\nWindow on 6 January\n2026: 09:00 CET to 10:00 CET."),
    (PARIS, "6 January 2026: it starts at 09:00 CET and ends at 10:00 CET. The report follows at 12:00 CET."),
    (PARIS, "6 janv. 2026 09:00 - 10:00 CET"),
    (PARIS, "mar. 6 janv. 2026, 09:00 - 10:00 CET"),
    (PARIS, "06/Jan/2026 09:00 - 10:00 CET"),
    (PARIS, "am 6.1. von 9 bis 10 Uhr MEZ"),
    (PARIS, "Dienstag, 06.01., zwischen 9 und 10 Uhr (mitteleuropäische Zeit)"),
    (PARIS, "am 06.01.2026 von 9 bis 10 Uhr MEZ"),
    (PARIS, "6. Jänner 2026, 9 - 10 Uhr Pariser Zeit"),
    (PARIS, "mardi 6 janvier 2026, de 9h à 10h (heure de Paris)"),
    (PARIS, "le 6 janvier 2026 de 9 à 10 h, heure locale de Paris"),
    (PARIS, "le 6 janvier 2026 entre 9 h et 10 h, heure d'Europe centrale"),
    (PARIS, "6 janvier 2026, 9h-10h CET"),
    (PARIS, "6 January, 9 a.m.–10 a.m. (Paris)"),
    (PARIS, "6 January, 9:00 to 10:00 Paris"),
    (PARIS, "6 January 2026 09:00 — 10:00 Paris/Berlin time"),
    (PARIS, "6 January 2026 09:00 - 10:00, Europe/Paris time"),
    (PARIS, "6 January, between 9 and 10 am, local time in Paris"),
    (SUMMER, "July 1, 9:00 am - 10:00 am Eastern Time"),
    (SUMMER, "July 1, 9:00 am - 10:00 am Eastern"),
    (SUMMER, "July 1, 9:00 am - 10:00 am US Eastern Daylight Time"),
    (SYDNEY, "6 January 2026, 10 pm to 11 pm Australian Eastern Daylight Time"),
    (SINGAPORE, "6 January 2026, 10:00-11:00 SGT"),
    (LONDON, "7/7/2026 2:30pm-3:30pm UK time"),
    (LONDON, "7 July, 14:30 to 15:30 British Summer Time"),
    (MONTREAL, "le mardi 6 janvier 2026, de 9 h à 10 h, heure de l'Est"),
    (MONTREAL, "6 janvier 2026, 9 h 00 – 10 h 00 HNE"),
    (MONTREAL, "6 janvier 2026, de 9 h à 10 h (Montréal)"),
    (SUMMER, "July 1, 2026, 9:00 AM to 10:00 AM EDT"),
    (SUMMER, "July 1, 9-10 am ET"),
    (SUMMER, "July 1, 9:00 am - 10:00 am New York time"),
    (SUMMER, "2026-07-01T09:00:00-04:00 to 2026-07-01T10:00:00-04:00"),
    (SUMMER, "2026-07-01 13:00 to 14:00 UTC"),
    (SUMMER, "Window: 2026-07-01 13:00 to 14:00 UTC\n\n2026-07-02: first report to all users"),
    (MIDNIGHT, "2026-01-05 23:30 to 2026-01-06 00:30 CET"),
    (MIDNIGHT, "5 January, 23:30 to 00:30 CET"),
    (MIDNIGHT, "23:30 to 00:30 CET on 5 January"),
    (MIDNIGHT, "5 January, 11:30 pm to 12:30 am CET"),
    (MIDNIGHT, "2026-01-05, 22:30 to 23:30 UTC"),
    (LATE, "6 January, 23:00 to 24:00 CET"),
    (LATE, "6 January, 11 pm to midnight CET"),
    (LATE, "2026-01-06 23:00 to 2026-01-07 00:00 CET"),
    (FORWARD, "29 March 2026, 01:30 CET to 03:30 CEST"),
    (FORWARD, "29 March 2026, 01:30 to 03:30 Europe/Paris"),
    (FORWARD, "29 March 2026, 00:30 to 01:30 UTC"),
    (BACK, "25 October 2026, 02:30 CEST to 02:30 CET"),
    (BACK, "2026-10-25T02:30+02:00 to 2026-10-25T02:30+01:00"),
    (BACK, "25 October 2026, 02:30 CEST to 03:30 CEST"),  # no clock shows it, but it is the same instant
    (INDIA, "6 January 2026, 9:00 to 10:00 IST"),
    (INDIA, "2026-01-06T09:00+05:30/2026-01-06T10:00+05:30"),
    (SOUTH, "6 January 2026, 09:00 to 10:00 America/Sao_Paulo"),
    (SOUTH, "6 January 2026, 9:00 to 10:00 (UTC-3)"),
    (SOUTH, "6 January 2026, 9:00 to 10:00 (UTC−03:00)"),
]

NOT_SAID = [
    (PARIS, "", "no start at 09:00 (Europe/Paris)"),
    (PARIS, "on 6 January 2026, in the morning", "no start at 09:00"),
    (PARIS, "2026-01-06 09:00 to 10:00", "no time zone that Europe/Paris goes by"),
    (PARIS, "2026-01-06 09:00 to 10:00 our time", "no time zone"),
    (PARIS, "2026-01-06 09:00 to 10:00 UTC", "do not fit together"),
    (PARIS, "2026-01-06 09:00 to 10:00 CEST", "do not fit together"),
    (PARIS, "2026-01-06 09:00 to 10:00 PST", "do not fit together"),
    (PARIS, "2026-01-06 09:00 to 10:00 XYT", "no time zone"),
    (PARIS, "2026-01-06T09:00-01:00 to 2026-01-06T10:00-01:00", "do not fit together"),
    (PARIS, "2026-01-05 09:00 to 10:00 CET", "no day 2026-01-06"),
    (PARIS, "2025-01-06 09:00 to 10:00 CET", "no day 2026-01-06"),
    (PARIS, "6 June, 09:00 to 10:00 CET", "no day 2026-01-06"),
    (PARIS, "Wednesday, 6 January 2026, 09:00 to 10:00 CET", "no day 2026-01-06"),
    (PARIS, "Sent on 2026-01-06.\n\nThe window: 2026-01-08, 09:00 to 10:00 CET", "do not fit together"),
    (PARIS, "09:00 to 10:00 CET", "no day 2026-01-06"),
    (PARIS, "2026-01-06 09:00 CET", "no end at 10:00 (Europe/Paris)"),
    (PARIS, "2026-01-06 at 09:00 CET for one hour", "no end at 10:00"),
    (PARIS, "2026-01-06 until 10:00 CET", "no start at 09:00"),
    (PARIS, "2026-01-06 10:00 to 09:00 CET", "do not fit together"),
    (PARIS, "2026-01-06 09:00 to 12:00 CET, with a pause at 10:00 CET", "do not fit together"),
    (PARIS, "2026-01-06 09:00 CET to 2026-01-07 10:00 CET", "do not fit together"),
    (PARIS, "2026-01-06 9 to 10 pm CET", "no end at 10:00"),
    (PARIS, "2026-01-06 9:00 PM to 10:00 PM CET", "no start at 09:00"),
    (PARIS, f"2026-01-06: we meet at 09:00 CET. {'And so on. ' * 30}Lunch is at 10:00 CET.", "do not fit together"),
    (PARIS, "call +33 6 09 00 10 00 on 2026-01-06 CET", "no start at 09:00"),
    (PARIS, "version 9.00.10 to 10.00.1 on 2026-01-06 CET", "no start at 09:00"),
    (PARIS, "am 7.1. von 9 bis 10 Uhr MEZ", "no day 2026-01-06"),
    (PARIS, "mer. 6 janv. 2026, 09:00 - 10:00 CET", "no day 2026-01-06"),
    (PARIS, "6 January 2026, 09:00 to 10:00 (Berlin)", "no time zone"),
    (PARIS, "6 January 2026, 09:00 to 10:00 Eastern Time", "no time zone"),
    (PARIS, "6 January 2026, 09:00 to 10:00 SGT", "do not fit together"),
    (PARIS, "6 January 2026 CET. It takes 9h-10h.", "no start at 09:00"),
    (PARIS, "6 January 2026, 9-10 of us, CET", "no start at 09:00"),
    (SUMMER, "July 1, 9:00 am - 10:00 am Eastern Standard Time", "do not fit together"),
    (SUMMER, "July 1, 9:00 am - 10:00 am Eastern European Time", "do not fit together"),
    (LONDON, "7 July, 14:30 to 15:30 Greenwich Mean Time", "do not fit together"),
    (SUMMER, "July 1, 9-10 am EST", "do not fit together"),
    (SUMMER, "7/1/2025 9:00 AM to 10:00 AM EDT", "no day 2026-07-01"),
    (MIDNIGHT, "6 January, 23:30 to 00:30 CET", "no day 2026-01-05"),
    (MIDNIGHT, "2026-01-05 23:30 to 2026-01-05 00:30 CET", "do not fit together"),
    (LATE, "2026-01-06 23:00 to 2026-01-08 00:00 CET", "do not fit together"),
    (FORWARD, "29 March 2026, 01:30 to 02:30 Europe/Paris", "no end at 03:30"),
    (BACK, "25 October 2026, 02:30 CEST to 03:30 CET", "do not fit together"),
    (BACK, "25 October 2026, 02:30 to 03:30 Europe/Paris", "do not fit together"),
    (INDIA, "6 January 2026, 9:00 to 10:00 UTC+5", "do not fit together"),
]


@pytest.mark.parametrize(("window", "text"), SAID, ids=[text for _, text in SAID])
def test_form_that_says_the_window(window: Window, text: str) -> None:
    assert not lacking(text, window)


@pytest.mark.parametrize(("window", "text", "reason"), NOT_SAID, ids=[text[:80] or "empty" for _, text, _ in NOT_SAID])
def test_form_that_does_not_say_the_window(window: Window, text: str, reason: str) -> None:
    assert reason in lacking(text, window)


THEN = "Window: 09:00 to 10:00 CET."
MOVED = [
    (f"The deployment planned for 6 January 2026 has been moved to Wednesday 7 January 2026. {THEN}",
     "it has been moved to Wednesday 7 January 2026"),
    ("Planned for 6 January, moved to 7 January and there from 09:00 to 10:00 CET.", "it has been moved to 7 January"),
    (f"The deployment of 6 January has been postponed\nuntil the 7th of January.\n\n{THEN}",
     "it has been moved to 7th of January"),
    (f"Die Auslieferung vom 06.01.2026 wurde auf den 07.01.2026 verschoben. {THEN}", "it has been moved to 07.01.2026"),
    (f"Die Auslieferung vom 6. Januar ist verschoben auf den 7. Januar. {THEN}", "it has been moved to 7. Januar"),
    (f"Le déploiement du 6 janvier est reporté au 7 janvier. {THEN}", "it has been moved to 7 janvier"),
    (f"It takes place on 7 January instead of 6 January. {THEN}", "start, end, day and time zone do not fit together"),
    (f"It is on 7 January, no longer on 6 January. {THEN}", "start, end, day and time zone do not fit together"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "reason"), MOVED, ids=[text for text, _ in MOVED])
def test_day_that_a_message_moves_away_from_is_not_the_one_of_its_time(text: str, reason: str) -> None:
    assert lacking(text, PARIS) == reason
    assert doubt(text, PARIS) == ""


DOUBTFUL = [
    (f"Planned for 6 January, it now takes place on Wednesday 7 January. {THEN}", "Wednesday 7 January"),
    (f"Deployment: 6 January\nParty: 9 January\n{THEN}", "9 January"),
]


@pytest.mark.parametrize(("text", "day"), DOUBTFUL, ids=[text for text, _ in DOUBTFUL])
def test_day_of_something_else_that_is_nearer_to_the_time_is_worth_a_look(text: str, day: str) -> None:
    assert lacking(text, PARIS) == ""
    assert doubt(text, PARIS) == f"{day!r} stands nearer to '09:00' than 2026-01-06"


OTHER_DAYS = [
    f"The deployment planned for 3 January has been moved to 6 January. {THEN}",
    f"On 6 January instead of 5 January. {THEN}",
    f"The deployment is on 6 January 2026. It replaces the release of 3 December 2025. {THEN}",
    f"The deployment is on 6 January. Please reply by 5 January. {THEN}",
    f"The deployment is on 6 January, and the freeze ends on 7 January. {THEN}",
    "Please reply by 5 January. Between 9am and 10am CET on the morning of 6 January the new version comes.",
    f"Freeze from 5 January until 7 January. The deployment takes place on 6 January. {THEN}",
    "The last deployment (3 December) took an hour. The window is 09:00 to 10:00 CET, on Tuesday, 6 January.",
    "The one of 3 December took an hour.\nThis time it takes from 9 a.m. to 10 a.m. CET, all of it on 6 January.",
    f"Deployment: 6 January\nLast deployment: 3 December\n{THEN}",
    f"{THEN}\nDeployment: 6 January\nParty: 9 January",
    f"All in all:\n\n{THEN}\n\nDeployment on 6 January, feedback until 9 January.",
]


@pytest.mark.parametrize("text", OTHER_DAYS)
def test_message_may_name_days_of_other_things(text: str) -> None:
    assert (lacking(text, PARIS), doubt(text, PARIS)) == ("", "")


@pytest.mark.parametrize("text", ["", "2026-01-06", f"2026-01-05. {THEN}", "2026-01-06, 09:00 to 10:00 CET"])
def test_message_that_does_not_say_the_window_or_has_its_day_beside_it_is_not_doubtful(text: str) -> None:
    assert doubt(text, PARIS) == ""


@pytest.mark.parametrize("window", [PARIS, SUMMER, MIDNIGHT, LATE, FORWARD, BACK, INDIA, SOUTH])
def test_every_window_is_said_by_iso_8601_in_its_own_zone_and_not_by_an_hour_more(window: Window) -> None:
    zone = ZoneInfo(window.zone)
    starts, ends = (each.astimezone(zone).isoformat() for each in (window.starts, window.ends))
    later = Window(window.ends, window.ends, window.zone)

    assert not lacking(f"from {starts} until {ends}", window)
    assert lacking(f"from {starts} until {ends}", later)
    assert lacking(f"from {ends} until {starts}", window)


def test_label_names_both_days_where_there_are_two() -> None:
    assert PARIS.label == "2026-01-06 09:00 to 10:00 Europe/Paris"
    assert MIDNIGHT.label == "2026-01-05 23:30 to 2026-01-06 00:30 Europe/Paris"


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-02-28", date(2026, 2, 28)),
        ("28.2.26", date(2026, 2, 28)),
        ("28 February", date(2026, 2, 28)),
        ("Saturday 28 February", date(2026, 2, 28)),
        ("februar 28", date(2026, 2, 28)),
        ("02/28/2026", date(2026, 2, 28)),
        ("1er mars 2026", date(2026, 3, 1)),
        ("3. März 2026", date(2026, 3, 3)),
        ("29 February", date(2028, 2, 29)),
        ("Sa., den 28.2.", date(2026, 2, 28)),
        ("Samstag, 28. 02.", date(2026, 2, 28)),
        ("28/Feb/2026", date(2026, 2, 28)),
    ],
)
def test_day_that_is_named(text: str, day: date) -> None:
    assert [found.is_on(day) for found in days_in(f"on {text}.")] == [True]


@pytest.mark.parametrize(
    "text",
    [
        "2026-02-30",
        "30.02.2026",
        "31 April 2026",
        "v2.0.26",
        "1.2",
        "13/13/2026",
        "2026",
        "2.1.",
        "am 31.4.",
        "am 2.1.0",
    ],
)
def test_what_no_calendar_has_is_no_day(text: str) -> None:
    assert not list(days_in(text))


def test_span_of_other_times_is_found_and_a_single_time_is_none() -> None:
    assert other_span("now from 11:00 to\n12:00 UTC", PARIS) == "11:00 to 12:00 UTC"
    assert not other_span("stand-up at 09:15, lunch at 12:00", PARIS)
    assert not other_span("it takes 2h-3h, or 2 to 3 h", PARIS)


@pytest.mark.parametrize(
    "piece",
    [
        "09:00 CET ",
        "09:00 ",
        "6 January ",
        "(",
        "2026-01-06T",
        "09:00 CET 6 January\n\n",
        "1",
        "+1",
        "A/",
        "9 to ",
        "UTC+",
        "09:00 to 10:00 CET moved to 6 January, by 3 May ",
        "not on 6 January, 9 to ",
    ],
)
def test_long_text_is_read_in_reasonable_time(piece: str) -> None:
    text = (piece * 50_000)[:50_000]
    started = time.process_time()

    lacking(text, PARIS)
    doubt(text, PARIS)

    assert times_in(text, PARIS.zones).text
    assert time.process_time() - started < 10
