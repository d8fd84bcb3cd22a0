"""The dashboard's figures and page: every panel from what is recorded, nothing that can break out of it."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, timedelta, timezone
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from fixtures.dashboard import charts, page, panels
from fixtures.dashboard.panels import PANELS, Dashboard, Day, Mood, Recorded, Step, Tool
from fixtures.evidence.record import EvidenceFolder
from fixtures.executions import log
from fixtures.finding import Finding
from fixtures.knowledge.latency import Latency
from fixtures.measured import durations
from fixtures.reference import executions as reference
from tests_suite.test_acceptance_log import NOW, T0, VERSION, failing, read, run
from tests_suite.test_executions import PARTS

HOSTILE = "</svg><script>alert('1')</script>"
TOOLS = (Latency("search_knowledge", (12.0, 14.0, 11.0, 90.0, 13.0), 0), Latency("list_sources", (8.0,), 2))


def shown(**more: Any) -> Dashboard:
    """A dashboard of plain figures."""
    days = tuple(Day(date(2026, 1, 5 + number), number, number % 2, 0, 3, 3.6, (VERSION,)) for number in range(4))
    made = Dashboard(
        release="ai-engineering-workflow",
        version=VERSION,
        deployed=T0,
        made=NOW,
        days=days,
        steps=tuple(Step(part, 3.5, 4, 3.2) for part in PARTS),
        tools=(Tool("search_knowledge", 12.0, 90.0, 5, 0, 41.2), Tool("list_sources", 8.0, 8.0, 1, 2, None)),
        mood=Mood({"praise": 3, "problem": 1}, {"email": 4}, {"working well": 2}),
        gaps={},
    )
    return dataclasses.replace(made, **more)


def figures(tmp_path: Path, runs: Sequence[list[dict[str, Any]]], tools: Sequence[Latency] = TOOLS) -> Dashboard:
    """The dashboard of these runs, without any record."""
    found: log.ExecutionLog = read(tmp_path, *runs)
    recorded = Recorded(found, durations.since(found, T0, PARTS, VERSION), tools, EvidenceFolder(tmp_path / "nowhere"))
    return panels.dashboard(("workflow", VERSION), T0, NOW, recorded)


def test_days_count_runs_by_their_outcome_and_none_is_left_out(tmp_path: Path) -> None:
    runs = [run("r1", -3000), run("r2"), failing("r3", "4"), run("r4", 24 * 60)[:9]]

    days = figures(tmp_path, runs).days

    assert [(day.day.day, day.completed, day.failed, day.open) for day in days] == [
        (4, 1, 0, 0),
        (5, 0, 0, 0),
        (6, 1, 1, 0),
        (7, 0, 0, 1),
    ]
    assert [day.failure_rate for day in days] == [0.0, None, 50.0, None]
    assert days[2].errors == 2


def test_days_are_those_of_the_deployment_s_time_zone(tmp_path: Path) -> None:
    found = read(tmp_path, run("r1", 14 * 60 + 30))  # 23:30 in UTC

    assert panels.days_of(found, UTC)[0].day == date(2026, 1, 6)
    assert panels.days_of(found, timezone(timedelta(hours=1)))[0].day == date(2026, 1, 7)


def test_days_are_at_most_two_weeks(tmp_path: Path) -> None:
    found = read(tmp_path, run("old", -60 * 24 * 400), run("r1"))

    assert len(panels.days_of(found, UTC)) == panels.MOST_DAYS


def test_panels_without_data_say_why(tmp_path: Path) -> None:
    empty = figures(tmp_path, [run("early", -120)], tools=())

    assert tuple(empty.gaps) == PANELS
    told = [finding.message for finding in panels.findings(empty)]
    assert len(told) >= len(PANELS)
    assert all(re.match(r"panel '[\w ]+' has no data: \S", message) for message in told), told


def test_panels_with_data_have_no_gap(tmp_path: Path) -> None:
    full = figures(tmp_path, [run("r1")])

    assert tuple(full.gaps) == ("feedback",)  # there is no record of it here
    assert [step.part for step in full.steps] == list(PARTS)
    assert full.total == pytest.approx(46.8)
    assert [(tool.name, tool.p50, tool.p95, tool.calls, tool.unanswered) for tool in full.tools] == [
        ("search_knowledge", 13.0, 90.0, 5, 0),
        ("list_sources", 8.0, 8.0, 1, 2),
    ]


@pytest.mark.parametrize(
    ("counts", "score"),
    [({}, 0.0), ({"praise": 2}, 1.0), ({"problem": 1}, -1.0), ({"praise": 3, "problem": 1, "question": 4}, 0.25)],
)
def test_mood_is_praise_less_problems(counts: Mapping[str, int], score: float) -> None:
    assert Mood(counts).score == score


class Text(HTMLParser):
    """What a browser makes of the page: its elements, and the words that people see."""

    def __init__(self) -> None:
        super().__init__()
        self.elements: list[str] = []
        self.words = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)

    def handle_data(self, data: str) -> None:
        self.words += f" {data}"


def parsed(markup: str) -> Text:
    """The page, taken apart."""
    text = Text()
    text.feed(markup)
    return text


def test_page_shows_the_figures_in_words() -> None:
    text = parsed(page.page(shown()))

    assert text.elements.count("section") == len(PANELS)
    assert text.elements.count("h2") == len(PANELS)
    for words in ("45.5 min", "search_knowledge", "12 ms (41), p95 90", "+0.50", "2026-01", "2 written down as", "T-0"):
        assert words in text.words, words
    assert "25.0 %" in text.words  # two of eight runs since the day of T-0
    assert "script" not in text.elements


def test_page_without_any_data_is_a_page_all_the_same() -> None:
    gaps = {panel: (Finding(None, None, f"nothing of {panel}"),) for panel in PANELS}

    text = parsed(page.page(shown(days=(), steps=(), tools=(), mood=Mood(), gaps=gaps)))

    assert text.words.count("No data: nothing of") == len(PANELS)
    assert text.elements.count("section") == len(PANELS)


def test_nothing_breaks_out_of_the_page() -> None:
    hostile = shown(
        release=HOSTILE,
        version=HOSTILE,
        note=HOSTILE,
        steps=(Step(HOSTILE, 1.0, 1, None),),
        tools=(Tool(HOSTILE, 1.0, 1.0, 1, 0, None),),
        mood=Mood({"praise": 1}, {HOSTILE: 1}, {HOSTILE: 1}),
        gaps={"executions": (Finding(None, None, HOSTILE),)},
    )

    text = parsed(page.page(hostile))

    assert "script" not in text.elements
    assert "alert" in text.words


@pytest.mark.parametrize("chart", ["executions", "error_rates", "step_durations", "response_times", "feedback"])
def test_charts_are_sound_svg_with_words_for_those_who_do_not_see_them(chart: str) -> None:
    made = shown()
    drawn = {
        "executions": charts.executions(made.days, 1),
        "error_rates": charts.error_rates(made.days, 1),
        "step_durations": charts.step_durations(made.steps),
        "response_times": charts.response_times(made.tools),
        "feedback": charts.feedback(made.mood),
    }[chart]

    tree = ElementTree.fromstring(drawn)

    assert tree.get("role") == "img"
    assert len(tree.get("aria-label", "")) > 20
    width, height = (float(each) for each in tree.get("viewBox", "").split()[2:])
    for rect in tree.iter("rect"):
        x, y, wide, tall = (float(rect.get(name, "nan")) for name in ("x", "y", "width", "height"))
        assert 0 <= x <= x + wide <= width + 1
        assert 0 <= y <= y + tall <= height + 1


def test_figures_behind_the_page_are_json_without_what_json_does_not_know() -> None:
    text = page.data(shown())

    told = json.loads(text, parse_constant=pytest.fail)
    assert told["step_durations"]["total"] == 45.5
    assert told["error_rates"]["unanswered_calls"] == 2
    assert told["feedback"]["score"] == 0.5


def test_log_of_the_reference_fills_its_panels(tmp_path: Path) -> None:
    versions = ("1.0.0", VERSION)
    path = reference.write_around(tmp_path, T0, NOW, versions, PARTS)
    found = log.read(path)
    recorded = Recorded(found, durations.since(found, T0, PARTS, VERSION), TOOLS, EvidenceFolder(tmp_path))

    made = panels.dashboard(("workflow", VERSION), T0, NOW, recorded)

    assert tuple(made.gaps) == ("feedback",)
    assert {version for day in made.days for version in day.versions} == set(versions)
