"""The timetable's rows: what is read of a report, which runs belong together, and which gate stands where."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from gate import timeline
from gate.timeline import Ran
from tests_suite.samples import CHECKLIST

ITEMS = ["passed", "failed", "passed", "waived", "degraded", "passed"]


def _report(base: Path, marker: str, **changes: Any) -> Path:
    """A verdict.json, as far as the timetable reads it."""
    content = {
        "marker": marker,
        "verdict": "FAIL",
        "started": "2026-01-06T10:00:00.000+01:00",
        "ended": "2026-01-06T09:07:30.000Z",
        "items": [{"outcome": outcome} for outcome in ITEMS],
        "release": {"name": "workflow", "version": "2.0.0"},
        "target": {"name": "own", "production": True, "embedded": []},
        "decision": {"action": "fix_or_rollback"},
        **changes,
    }
    folder = base / marker
    folder.mkdir(parents=True)
    (folder / "verdict.json").write_text(json.dumps(content), encoding="utf-8")
    return folder


def test_run_is_read_with_its_time_in_utc_and_what_came_out(tmp_path: Path) -> None:
    ran = timeline.read(_report(tmp_path, "smoke"))

    assert ran == Ran(
        "smoke",
        "FAIL",
        datetime(2026, 1, 6, 9, tzinfo=UTC),
        datetime(2026, 1, 6, 9, 7, 30, tzinfo=UTC),
        (("passed", 3), ("degraded", 1), ("failed", 1), ("waived", 1)),
        ("workflow 2.0.0", "own"),
        "fix or rollback",
        production=True,
        embedded=False,
    )
    assert ran is not None
    assert ran.minutes == 7.5
    assert (ran.started.tzinfo, ran.ended.tzinfo) == (UTC, UTC)


KEYS = ("marker", "verdict", "started", "ended", "items", "release", "target", "decision")


@pytest.mark.parametrize("key", KEYS)
def test_report_without_one_of_these_is_none(tmp_path: Path, key: str) -> None:
    folder = _report(tmp_path, "smoke")
    content = json.loads((folder / "verdict.json").read_text(encoding="utf-8"))
    values = [3, None] if key not in ("marker", "verdict") else []  # these two are shown as they are

    for changed in ({k: v for k, v in content.items() if k != key}, *({**content, key: value} for value in values)):
        (folder / "verdict.json").write_text(json.dumps(changed), encoding="utf-8")
        assert timeline.read(folder) is None


def _rows(base: Path) -> dict[str, str]:
    """The rows of both tables, by the marker of their gates, their tags taken away."""
    page = timeline.render(base, CHECKLIST)
    rows = [" ".join(re.sub(r"<[^>]*>", " ", row.partition("</tr>")[0]).split()) for row in page.split("<tr>")[1:]]
    return {found[1]: row for row in rows if (found := re.search(r"-m (\w+)", row))}


def test_each_gate_has_its_row_in_the_plan_s_order_phases_first(tmp_path: Path) -> None:
    phases = ["predeploy", "smoke", "deploy", "mcp", "bmad", "postdeploy"]
    closing = ["announcement", "monitoring", "first_day", "retrospective", "acceptance"]
    first = [marker for marker in CHECKLIST.gates if marker in phases or marker in closing]

    rows = _rows(tmp_path)

    assert list(rows) == [*first, *(marker for marker in CHECKLIST.gates if marker not in first)]
    assert all(row.endswith(" not run") for row in rows.values())
    page = timeline.render(tmp_path, CHECKLIST)
    assert page.index("No gate has left a report here yet.") < page.index("Gates of single sections")


def test_row_tells_of_its_run_and_of_what_it_was(tmp_path: Path) -> None:
    _report(tmp_path, "smoke")
    other = {"name": "staging", "production": False, "embedded": []}
    _report(tmp_path, "mcp", target=other, ended="2026-01-06T09:07:29.000Z", verdict="PASS")

    rows = _rows(tmp_path)

    gate = CHECKLIST.gates["smoke"]
    assert rows["smoke"] == (
        f"{gate.title} -m smoke {gate.starts}, {gate.duration} {gate.owner} FAIL 2026-01-06 09:00 UTC , 7.5 min "
        "3 passed, 1 degraded, 1 failed, 1 waived fix or rollback"
    )
    assert "2026-01-06 09:00 UTC , 7.5 min of workflow 2.0.0 on staging 3 passed" in rows["mcp"]
    _report(tmp_path, "deploy", chain=None)
    assert "2026-01-06 09:00 UTC , 7.5 min outside the chain of gates 3 passed" in _rows(tmp_path)["deploy"]
    page = timeline.render(tmp_path, CHECKLIST)
    assert "<p>workflow 2.0.0 on own, production; last run 2026-01-06 09:07 UTC.</p>" in page
    assert 'href="smoke/signoff.html">FAIL</a>' in page


def test_newest_run_says_what_the_timetable_is_about(tmp_path: Path) -> None:
    _report(tmp_path, "smoke")
    reference = {"name": "reference", "production": False, "embedded": ["workflow"]}
    _report(tmp_path, "deploy", ended="2026-01-06T09:07:31.000Z", target=reference)

    page = timeline.render(tmp_path, CHECKLIST)

    assert "<title>Timeline: workflow 2.0.0 on reference</title>" in page
    assert "Reference release: these runs prove nothing about production." in page
    assert _rows(tmp_path)["smoke"].count(" of workflow 2.0.0 on own") == 1


def test_page_is_one_that_a_web_server_may_show(tmp_path: Path) -> None:
    timeline.write(tmp_path, CHECKLIST)

    path = tmp_path / "index.html"
    assert path.stat().st_mode & 0o777 == 0o644
    assert path.read_bytes() == timeline.render(tmp_path, CHECKLIST).encode()
    assert [each.name for each in tmp_path.iterdir()] == ["index.html"]
