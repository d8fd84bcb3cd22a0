"""The last look at a gate: read from the verdict that its last run left, and held against this run."""

from __future__ import annotations

import dataclasses
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from gate.history import LastLook, amiss_in, counts, last_look
from gate.verdict import GateResult, Outcome, Verdict
from tests_suite.samples import CHECKLIST, item_result

NOW = datetime(2026, 1, 6, 12, tzinfo=UTC)
VERDICT: dict[str, Any] = {
    "target": {"name": "production"},
    "release": {"version": "2.0"},
    "started": "2026-01-06T09:00:00.000Z",
    "ended": "2026-01-06T09:10:00.000Z",
    "items": [
        {"id": "3.1.1", "outcome": "passed"},
        {"id": "3.1.2", "outcome": "degraded"},
        {"id": "3.1.3", "outcome": "failed"},
        {"id": "3.1.4", "outcome": "waived"},
        {"id": "3.1.5", "outcome": "missing"},
    ],
}
STARTED, ENDED = datetime(2026, 1, 6, 9, tzinfo=UTC), datetime(2026, 1, 6, 9, 10, tzinfo=UTC)
LOOK = LastLook("production", "2.0", ENDED, frozenset({"3.1.2", "3.1.3"}), STARTED)


def _read(tmp_path: Path, text: str) -> LastLook | None:
    path = tmp_path / "kept.json"
    path.write_text(text, encoding="utf-8")
    return last_look(path)


@pytest.mark.parametrize(
    "situation",
    [{}, {"situation": None}, {"situation": {}}, {"situation": {"amiss_since": None}}],
    ids=["without a situation", "none", "empty", "nothing known"],
)
def test_trouble_began_with_the_run_where_the_verdict_knows_no_earlier_one(
    tmp_path: Path, situation: dict[str, Any]
) -> None:
    assert _read(tmp_path, json.dumps({**VERDICT, **situation})) == LOOK


def test_trouble_that_was_there_before_the_last_run_keeps_its_beginning(tmp_path: Path) -> None:
    said = {**VERDICT, "situation": {"amiss_since": "2026-01-06T08:30:00+01:00"}}

    found = _read(tmp_path, json.dumps(said))

    assert found == dataclasses.replace(LOOK, since=datetime(2026, 1, 6, 7, 30, tzinfo=UTC))
    assert found.since.tzinfo is found.ended.tzinfo is UTC


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        "[" * 100_000,
        json.dumps({**VERDICT, "items": [1]}),
        json.dumps({**VERDICT, "items": None}),
        json.dumps({**VERDICT, "ended": "yesterday"}),
        json.dumps({**VERDICT, "ended": "0001-01-01T00:00:00+14:00"}),
        json.dumps({**VERDICT, "started": 5}),
        json.dumps({**VERDICT, "situation": [1]}),
        json.dumps({name: value for name, value in VERDICT.items() if name != "release"}),
    ],
    ids=range(12),
)
def test_verdict_that_cannot_be_read_is_no_last_look(tmp_path: Path, text: str) -> None:
    assert _read(tmp_path, text) is None


def test_gate_that_left_nothing_has_no_last_look(tmp_path: Path) -> None:
    assert last_look(tmp_path / "verdict.json") is None


def test_amiss_is_what_failed_or_degraded_and_not_what_is_known_or_was_not_seen() -> None:
    items = [CHECKLIST.items[name] for name in ("2.1.1", "2.1.2", "2.1.3", "2.1.4", "2.1.5")]
    results = tuple(map(item_result, Outcome, items))
    assert [each.outcome for each in results] == ["passed", "degraded", "failed", "waived", "missing"]

    assert amiss_in(GateResult(CHECKLIST.gates["smoke"], Verdict.FAIL, results, ())) == {"2.1.2", "2.1.3"}


DAY, SECOND = timedelta(hours=24), timedelta(seconds=1)
COUNTS: dict[str, tuple[dict[str, Any], datetime, bool]] = {
    "of the same morning": ({}, NOW, True),
    "ended this very moment": ({}, ENDED, True),
    "a day old": ({}, ENDED + DAY, True),
    "older than a day": ({}, ENDED + DAY + SECOND, False),
    "still to come": ({}, ENDED - SECOND, False),
    "began as it ended": ({"since": ENDED}, NOW, True),
    "began after it ended": ({"since": ENDED + SECOND}, NOW, False),
    "of another target": ({"target": "staging"}, NOW, False),
    "of another version": ({"version": "1.9"}, NOW, False),
    "nothing was amiss": ({"amiss": frozenset()}, NOW, False),
}


@pytest.mark.parametrize(("changes", "now", "expected"), COUNTS.values(), ids=COUNTS)
def test_last_look_counts_for_the_same_release_for_a_day(
    changes: dict[str, Any], now: datetime, expected: bool
) -> None:
    assert counts(dataclasses.replace(LOOK, **changes), "production", "2.0", now) is expected


def test_no_last_look_counts_for_nothing() -> None:
    assert counts(None, "production", "2.0", NOW) is False
