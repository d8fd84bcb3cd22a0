"""`reports/index.html`: the plan's timetable, filled in by the runs."""

from __future__ import annotations

import json
import os
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from gate import checklist, timeline
from tests_suite import kept
from tests_suite.faults.world import World, run_gate

CHECKLIST = checklist.load()


class Page(HTMLParser):
    """The rows of the page's tables, its tags and its links."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[str] = []
        self.tags: list[str] = []
        self.links: list[str] = []
        self._in_row = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag == "tr":
            self.rows.append("")
            self._in_row = True
        if tag == "a":
            self.links.append(dict(attrs)["href"] or "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "tr":
            self._in_row = False

    def handle_data(self, data: str) -> None:
        if self._in_row:
            self.rows[-1] += " ".join([" ", *data.split()])


def page_of(folder: Path) -> Page:
    """The page of a folder of reports."""
    page = Page()
    page.feed((folder / timeline.FILE_NAME).read_text(encoding="utf-8"))
    return page


def row_of(page: Page, title: str) -> str:
    """The row of a gate."""
    return next(" ".join(row.split()) for row in page.rows if row.strip().startswith(title))


def test_each_run_fills_in_its_row(healthy: World, tmp_path: Path) -> None:
    reports = tmp_path / "reports"
    healthy.run("smoke", reports)
    (healthy.workflow / "config.yaml").unlink()
    healthy.run("bmad", reports)

    page = page_of(reports)

    assert "T-0, 15 min QA" in row_of(page, "Smoke test").replace("Tech Lead + QA", "QA")
    assert "PASS" in row_of(page, "Smoke test")
    assert "6 passed" in row_of(page, "Smoke test")
    assert "FAIL" in row_of(page, "BMAD integration")
    assert "not run" in row_of(page, "Deployment to the repository")
    assert set(page.links) == {"smoke/signoff.html", "bmad/signoff.html"}
    assert all((reports / link).is_file() for link in page.links)
    assert "script" not in page.tags


def test_every_gate_of_the_plan_has_a_row(tmp_path: Path) -> None:
    timeline.write(tmp_path, CHECKLIST)

    text = " ".join(page_of(tmp_path).rows)

    assert [marker for marker in CHECKLIST.gates if f"-m {marker}" not in text] == []
    assert "No gate has left a report here yet" in (tmp_path / timeline.FILE_NAME).read_text(encoding="utf-8")


def test_run_of_the_reference_proves_nothing(tmp_path: Path) -> None:
    run_gate("retrospective", reports=tmp_path)

    assert "these runs prove nothing about production" in (tmp_path / timeline.FILE_NAME).read_text(encoding="utf-8")


def test_run_of_another_target_is_named_as_such(healthy: World, tmp_path: Path) -> None:
    healthy.run("smoke", tmp_path)
    healthy.target["name"] = "another <b>copy</b>"
    healthy.run("bmad", tmp_path)

    page = page_of(tmp_path)

    assert "of ai-engineering-workflow 2.0.0 on a broken copy" in row_of(page, "Smoke test")
    assert "another <b>copy</b>" in (tmp_path / timeline.FILE_NAME).read_text(encoding="utf-8").replace(
        "&lt;", "<"
    ).replace("&gt;", ">")
    assert page.tags.count("b") == 0


@pytest.mark.parametrize("text", ["", "{", "[]", '{"marker": "smoke"}', '{"items": 3}', "[" * 100_000])
def test_report_that_cannot_be_read_counts_as_none(text: str, tmp_path: Path) -> None:
    (tmp_path / "smoke").mkdir()
    (tmp_path / "smoke" / "verdict.json").write_text(text, encoding="utf-8")

    timeline.write(tmp_path, CHECKLIST)

    assert "not run" in row_of(page_of(tmp_path), "Smoke test")


TIMES = {
    "without a time zone": "2026-01-05T12:00:00",
    "before all time": "0001-01-01T00:00:00+14:00",
    "in another zone": "2026-01-05T12:00:00+01:00",
}


@pytest.mark.parametrize("moment", TIMES.values(), ids=TIMES)
def test_report_of_an_odd_time_stops_no_timeline(moment: str, tmp_path: Path) -> None:
    kept.write(tmp_path / "smoke")
    kept.write(tmp_path / "mcp", "mcp")
    kept.forge(tmp_path / "mcp", lambda data: data.update(started=moment, ended=moment))

    timeline.write(tmp_path, CHECKLIST)

    assert "PASS" in row_of(page_of(tmp_path), "Smoke test")


def test_page_is_replaced_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = tmp_path / timeline.FILE_NAME
    page.write_text("the page before", encoding="utf-8")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OSError, match="No space left"):
        timeline.write(tmp_path, CHECKLIST)

    assert page.read_text(encoding="utf-8") == "the page before"
    assert [path.name for path in tmp_path.iterdir()] == [timeline.FILE_NAME]


def test_times_are_those_of_the_verdict(healthy: World, tmp_path: Path) -> None:
    healthy.run("smoke", tmp_path)
    started = json.loads((tmp_path / "smoke" / "verdict.json").read_text(encoding="utf-8"))["started"]

    text = (tmp_path / timeline.FILE_NAME).read_text(encoding="utf-8")

    assert re.search(r'<time datetime="([^"]+)">', text)
    assert f"{started[:10]} {started[11:16]} UTC" in text
