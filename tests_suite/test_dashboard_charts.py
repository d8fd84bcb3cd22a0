"""The dashboard's charts, bar by bar: where each stands, how long it is and what it says, and the page's words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any
from xml.etree import ElementTree

import pytest

from fixtures.dashboard import charts, page
from fixtures.dashboard.panels import Dashboard, Day, Mood, Step, Tool

Drawn = tuple[Any, ...]


def _drawn(markup: str) -> list[Drawn]:
    """What a chart consists of: rectangles, lines and texts, each with its place, its class and its words."""
    found: list[Drawn] = []
    tree = ElementTree.fromstring(markup)
    assert not tree.text
    for each in tree:
        assert not each.tail
        own: Drawn
        if each.tag == "text":
            own = (_number(each, "x"), _number(each, "y"), each.get("text-anchor"), each.get("class"), each.text)
        elif each.tag == "rect":
            box = tuple(_number(each, name) for name in ("x", "y", "width", "height"))
            own = (*box, each.get("class"), each.findtext("title"))
        else:
            own = (*(_number(each, name) for name in ("x1", "x2", "y1", "y2")), each.get("class"))
        found.append((each.tag, *own))
    return found


def _number(element: ElementTree.Element, name: str) -> float:
    return float(element.get(name, "nan"))


def _label(markup: str) -> str:
    tree = ElementTree.fromstring(markup)
    assert tree.get("role") == "img"
    return f"{tree.get('viewBox')}: {tree.get('aria-label')}"


def _without(drawn: Sequence[Drawn], *classes: str) -> list[Drawn]:
    return [each for each in drawn if not set(classes) & set(each)]


DAYS = (
    Day(date(2026, 1, 31), completed=3, failed=1),
    Day(date(2026, 2, 1), open=2),
    Day(date(2026, 2, 2), completed=1, failed=1, open=2),
)
# Three days have columns a fifth of 360 units wide; a bar takes three fifths of it, in its middle.
AXIS = [
    ("line", 0, 360, 116, 116, "axis"),
    ("text", 36.0, 130, "middle", None, "31."),
    ("text", 108.0, 130, "middle", None, "1."),
    ("text", 180.0, 130, "middle", None, "2."),
    ("text", 14.4, 145, "start", "soft", "2026-01"),
    ("text", 86.4, 145, "start", "soft", "2026-02"),
]
DEPLOYED = [("line", 79.2, 79.2, 0, 116, "deployed"), ("text", 83.2, 10, "start", "soft", "T-0")]


def test_runs_stand_on_each_other_and_the_highest_pile_fills_the_chart() -> None:
    drawn = charts.executions(DAYS, 1)

    assert _drawn(drawn) == [
        ("rect", 14.4, 45.5, 43.2, 70.5, "good", "3 completed"),
        ("rect", 14.4, 22.0, 43.2, 23.5, "bad", "1 failed"),
        ("text", 36.0, 18.0, "middle", None, "4"),
        ("rect", 86.4, 69.0, 43.2, 47.0, "open", "2 open"),
        ("text", 108.0, 65.0, "middle", None, "2"),
        ("rect", 158.4, 92.5, 43.2, 23.5, "good", "1 completed"),
        ("rect", 158.4, 69.0, 43.2, 23.5, "bad", "1 failed"),
        ("rect", 158.4, 22.0, 43.2, 47.0, "open", "2 open"),
        ("text", 180.0, 18.0, "middle", None, "4"),
        *AXIS,
        *DEPLOYED,
    ]
    assert _label(drawn) == (
        "0 0 360 150: Runs by day: 2026-01-31: 3 completed, 1 failed, 0 open, 2026-02-01: 0 completed, 0 failed, "
        "2 open, 2026-02-02: 1 completed, 1 failed, 2 open"
    )


@pytest.mark.parametrize(
    ("place", "mark"),
    [
        (None, []),
        (-1, []),
        (6, []),
        (0, [("line", 6, 6, 0, 116, "deployed"), ("text", 10, 10, "start", "soft", "T-0")]),
        (2, [("line", 126, 126, 0, 116, "deployed"), ("text", 130, 10, "start", "soft", "T-0")]),
        (5, [("line", 306, 306, 0, 116, "deployed"), ("text", 302, 10, "end", "soft", "T-0")]),
    ],
)
def test_day_of_the_deployment_is_marked_where_it_is_shown(place: int | None, mark: list[Drawn]) -> None:
    days = [Day(date(2026, 1, 5 + number), completed=1) for number in range(6)]

    for chart in (charts.executions(days, place), charts.error_rates(days, place)):
        drawn = _drawn(chart)
        assert [each for each in drawn if "deployed" in each or "T-0" in each] == mark
        assert [each[1] for each in drawn if each[-1] == "10."] == [330.0]  # the sixth of six columns


def test_rates_are_drawn_against_the_limit() -> None:
    drawn = charts.error_rates(DAYS, 1)

    assert _drawn(drawn) == [
        ("rect", 14.4, 69.0, 43.2, 47.0, "bad", "25.0 % failed"),
        ("text", 36.0, 65.0, "middle", None, "25"),
        ("text", 108.0, 112.0, "middle", None, "–"),
        ("rect", 158.4, 22.0, 43.2, 94.0, "bad", "50.0 % failed"),
        ("text", 180.0, 18.0, "middle", None, "50"),
        ("line", 0, 360, 106.6, 106.6, "limit"),
        ("text", 360, 102.6, "end", "limit-label", "limit 5 %"),
        *AXIS,
        *DEPLOYED,
    ]
    assert _label(drawn) == (
        "0 0 360 150: Failed runs in percent by day: 2026-01-31: 25.0, 2026-02-01: none ended, 2026-02-02: 50.0"
    )


def test_small_rates_do_not_fill_the_chart() -> None:
    days = [Day(date(2026, 1, 5), completed=39, failed=1), Day(date(2026, 1, 6), completed=1)]

    assert _without(_drawn(charts.error_rates(days, None)), "axis", "soft")[:5] == [
        ("rect", 14.4, 92.5, 43.2, 23.5, "bad", "2.5 % failed"),
        ("text", 36.0, 88.5, "middle", None, "2.5"),
        ("text", 108.0, 112.0, "middle", None, "0"),
        ("line", 0, 360, 69.0, 69.0, "limit"),
        ("text", 360, 65.0, "end", "limit-label", "limit 5 %"),
    ]


def test_parts_are_drawn_with_what_they_took_before() -> None:
    drawn = charts.step_durations([Step("1", 2.0, 4, None), Step("2a", 4.0, 4, 8.0), Step("<3>", 0.004, 1, 0.0)])

    assert _drawn(drawn) == [
        ("text", 30, 15, "end", None, "1"),
        ("rect", 38, 3, 52.5, 10, "good", "2.00 min"),
        ("text", 360, 15, "end", None, "2.0 min"),
        ("text", 30, 39, "end", None, "2a"),
        ("rect", 38, 27, 105, 10, "good", "4.00 min"),
        ("rect", 38, 39, 210, 4, "before", "8.00 min before"),
        ("text", 360, 39, "end", None, "4.0 min (8.0)"),
        ("text", 30, 63, "end", None, "<3>"),
        ("rect", 38, 51, 1, 10, "good", "0.00 min"),
        ("rect", 38, 63, 1, 4, "before", "0.00 min before"),
        ("text", 360, 63, "end", None, "0.0 min (0.0)"),
    ]
    assert _label(drawn) == "0 0 360 72: Minutes by step: 1: 2.0, 2a: 4.0, <3>: 0.0"


def test_tools_are_drawn_with_median_percentile_and_what_was_before() -> None:
    drawn = charts.response_times([Tool("n" * 30, 50, 200, 5, 0, None), Tool("list", 100, 100, 1, 2, 150)])

    assert _drawn(drawn) == [
        ("text", 0, 14, "start", None, "n" * 28),
        ("text", 360, 14, "end", None, "50 ms, p95 200"),
        ("rect", 0, 19, 90, 10, "good", "median 50.0 ms"),
        ("line", 359, 359, 17, 31, "axis"),
        ("line", 0, 359, 24, 24, "axis"),
        ("text", 0, 58, "start", None, "list"),
        ("text", 360, 58, "end", None, "100 ms (150), p95 100"),
        ("rect", 0, 63, 180, 10, "good", "median 100.0 ms"),
        ("line", 180, 180, 61, 75, "axis"),
        ("line", 0, 180, 68, 68, "axis"),
        ("rect", 0, 75, 270, 4, "before", "median 150.0 ms before"),
    ]
    assert _label(drawn) == f"0 0 360 88: Response times in ms: {'n' * 30}: 50, p95 200, list: 100, p95 100"
    slower_before = _drawn(charts.response_times([Tool("list", 10, 20, 1, 0, 40)]))
    assert slower_before[2] == ("rect", 0, 19, 90, 10, "good", "median 10.0 ms")


def test_reports_are_drawn_by_kind() -> None:
    drawn = charts.feedback(Mood({"problem": 1, "praise": 4, "question": 2}))

    assert _drawn(drawn) == [
        ("text", 70, 15, "end", None, "praise"),
        ("rect", 78, 4, 210, 14, "good", "4 reports"),
        ("text", 296, 15, "start", None, "4"),
        ("text", 70, 39, "end", None, "wish"),
        ("text", 86, 39, "start", None, "0"),
        ("text", 70, 63, "end", None, "question"),
        ("rect", 78, 52, 105, 14, "open", "2 reports"),
        ("text", 191, 63, "start", None, "2"),
        ("text", 70, 87, "end", None, "problem"),
        ("rect", 78, 76, 52.5, 14, "bad", "1 reports"),
        ("text", 138.5, 87, "start", None, "1"),
    ]
    assert _label(drawn) == "0 0 360 96: Reports by kind: praise: 4, wish: 0, question: 2, problem: 1"


def test_charts_of_nothing_are_empty() -> None:
    assert _drawn(charts.executions([], 0)) == AXIS[:1]
    assert _drawn(charts.executions([Day(date(2026, 1, 5))], None))[0] == ("text", 36.0, 112.0, "middle", None, "0")
    assert [each[-1] for each in _drawn(charts.error_rates([], 0))] == ["limit", "limit 5 %", "axis"]
    assert _label(charts.step_durations([])) == "0 0 360 0: Minutes by step: "
    assert _label(charts.response_times([])) == "0 0 360 0: Response times in ms: "
    assert [each[-1] for each in _drawn(charts.feedback(Mood()))] == [
        "praise", "0", "wish", "0", "question", "0", "problem", "0"
    ]  # fmt: skip


def _words(shown: Dashboard) -> str:
    return " ".join(re.sub(r"<[^>]*>", " ", page.page(shown).partition("</style>")[2]).split())


def _shown(*steps: Step) -> Dashboard:
    zone = timezone(timedelta(hours=2), "CEST")
    return Dashboard(
        release="workflow",
        version="2.0.0",
        deployed=datetime(2026, 2, 1, 0, 30, tzinfo=zone),  # still January in UTC
        made=datetime(2026, 2, 2, 9, 5, tzinfo=UTC),
        days=DAYS,
        steps=steps,
        tools=(Tool("a", 90, 95, 1, 0, None), Tool("b", 10, 99.6, 1, 3, None)),
        mood=Mood({"praise": 1, "problem": 2}),
        gaps={},
        note="Only a trial",
    )


def test_page_counts_from_the_day_of_the_deployment() -> None:
    words = _words(_shown(Step("1", 1.04, 1, 2.0), Step("2", 2.0, 1, 3.06)))

    assert words.startswith(
        "Only a trial Performance of workflow 2.0.0 Deployed 2026-02-01 00:30 CEST (T-0). Made 2026-02-02 09:05 UTC."
    )
    for sentence in (
        " 6 runs since the day of T-0 ",
        " 50.0 % of 2 runs failed that ended since the day of T-0 ",
        " 100 ms is the longest 95th percentile, of b ",
        " 3.0 min for all 2 parts (5.1 before) ",
        " 3 of 5 calls of the knowledge tools without an answer, ",
        " -0.33 praise less problems, from -1 to +1, over 3 reports ",
    ):
        assert sentence in words
    assert page.page(_shown()).count(">T-0</text>") == 2


def test_total_of_before_is_of_all_parts_or_not_told() -> None:
    assert "2.0 min for all 2 parts Minutes" not in _words(_shown())
    assert " before)" not in _words(_shown(Step("1", 1.0, 1, 2.0), Step("2", 2.0, 1, None)))
    assert " before)" not in _words(_shown())
    assert "(0.0 before)" in _words(_shown(Step("1", 1.0, 1, 0.0)))
