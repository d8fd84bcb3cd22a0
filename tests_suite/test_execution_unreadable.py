"""Lines of an execution log that are no event: which are old, which speak of something grave, and how many may be."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from fixtures.executions import log as logs
from fixtures.executions import unreadable
from fixtures.executions.log import ExecutionLog
from fixtures.executions.unreadable import CRITICAL, ERROR, FAILED, FEW, unread
from fixtures.finding import Finding

T0 = datetime(2026, 1, 6, 9, tzinfo=UTC)
EVENT = {"run": "r", "version": "2.0.0", "architecture": "long", "event": "log", "step": None, "message": "fine"}
TORN = '{"time": "2026-01-06T10:00:00Z", "run'
ZONELESS = "2026-01-06T10:00:00"


def event(hours: float, **more: Any) -> str:
    """A line so many hours after T-0."""
    return json.dumps({**EVENT, "level": "info", "time": (T0 + timedelta(hours=hours)).isoformat(), **more})


def read(folder: Path, *lines: str, name: str = "a.jsonl") -> ExecutionLog:
    """The log of these lines."""
    (folder / name).write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return logs.read(folder if name != "a.jsonl" else folder / name, since=T0)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (event(1, level="Fatal"), {CRITICAL}),
        (event(1, level="critical", time=ZONELESS), {CRITICAL}),
        (event(1, level="error", time=ZONELESS), {ERROR}),
        (event(1, level="info", time=ZONELESS, message="no critical error"), set()),
        (event(1, event="run_failed", time=ZONELESS), {FAILED}),
        (event(1, event="run_failed", level="ERROR", time=ZONELESS), {FAILED, ERROR}),
        (event(1, event=7, level=None), set()),
        ('{"level": "critical", "message": "the disk is f', {CRITICAL}),
        ('{"level": "info", "message": "no critical error is kno', set()),
        ('{"event": "run_failed", "level": "error", "message": "gave u', {FAILED, ERROR}),
        ("Traceback (most recent call last):", {CRITICAL}),
        ("ValueError: no such step", set()),
        ("2026-01-06 10:00:00 ERROR no such step", {ERROR}),
        ("[]", set()),
        (TORN, set()),
    ],
)
def test_what_a_line_says_of_itself_counts_though_it_is_no_event(line: str, said: set[str], tmp_path: Path) -> None:
    log = read(tmp_path, event(1), line, event(2))
    [finding] = log.unreadable

    assert log.unreadable_said == {finding: said}
    for name in (CRITICAL, ERROR, FAILED):
        wrong, odd = unread(log, name)
        assert (len(wrong), len(odd)) == ((1, 0) if name in said else (0, 1))
        assert all(each.line == 2 and each.message.endswith(f"; the line says {name}") for each in wrong)


def test_few_lines_are_only_worth_a_look_and_more_are_no_log(tmp_path: Path) -> None:
    few = read(tmp_path, event(1), *[TORN] * FEW)
    more = read(tmp_path, event(1), *[TORN] * (FEW + 1))

    assert unread(few, CRITICAL) == ([], list(few.unreadable))
    [whole, *each], none = unread(more, CRITICAL)
    assert whole == Finding(
        "a.jsonl", None, "6 lines since the deployment cannot be read, and may hold what is looked for here; "
        "expected at most 5: have the log written as one event a line"
    )  # fmt: skip
    assert (each, none) == (list(more.unreadable), [])


def test_hundreds_of_lines_are_counted_to_a_hundred_and_some_are_shown(tmp_path: Path) -> None:
    [whole, *shown], _ = unread(read(tmp_path, event(1), *[TORN] * 300), CRITICAL)

    assert whole.message.startswith("at least 100 lines since the deployment")
    assert len(shown) == unreadable.MOST_SAID


def test_lines_from_before_the_deployment_are_forgotten(tmp_path: Path) -> None:
    # What is decoded at once is 64 lines long: a line is old where the next of these begins before T-0.
    old, new = [event(-9)] * 64, [event(1)] * 64
    log = read(tmp_path, TORN, *old, *old, *new, "what is this?", *new)

    assert [finding.line for finding in log.unreadable] == [1 + 3 * 64 + 1]


def test_lines_at_the_deployment_and_in_logs_that_end_before_it_are_kept(tmp_path: Path) -> None:
    read(tmp_path, event(-9), TORN)
    log = read(tmp_path, event(-8), *[TORN] * 64, event(1), name="b.jsonl")

    assert [(each.file, each.line) for each in log.unreadable][:2] == [("a.jsonl", 2), ("b.jsonl", 2)]
    assert len(log.unreadable) == 65


def test_line_that_is_too_long_or_no_text_says_what_its_beginning_says(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(
        b"2026-01-06 CRITICAL " + b"x" * 70_000 + b"\nERROR: \xff\n" + event(1).encode() + b"\n"
    )
    log = logs.read(tmp_path, since=T0)

    assert [sorted(said) for said in log.unreadable_said.values()] == [[CRITICAL], [ERROR]]
