"""Errors of plain text logs: what of a line is the message, when it was, and which lines are none."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from fixtures.finding import Finding
from fixtures.firstday import errorlog
from fixtures.firstday.errorlog import TextLogs
from fixtures.firstday.patterns import LONGEST, Cluster, Clusters, pattern_of
from fixtures.firstday.textline import line_of

T0 = datetime(2026, 1, 6, 9, 0, tzinfo=UTC).timestamp()


def _clusters() -> Clusters:
    return Clusters(T0, T0 + 12 * 3600, T0 + 24 * 3600)


def _found(clusters: Clusters) -> list[tuple[str, int, float, str]]:
    return [(each.file, each.line, each.first - T0, each.example) for each in clusters.found.values()]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("2026-01-06 10:00:00,123 - app.db - CRITICAL - disk gone", "app.db -  - disk gone"),
        ("ERROR 2026-01-06T10:00:00Z pool is exhausted", "pool is exhausted"),
        ("ERROR no time", "no time"),
        ("no time ERROR", "no time"),
        ("the ERROR (no time)", "the  (no time"),
        ("2026-01-06T10:00:00Z level=fatal gone", "gone"),
        ('severity="critical" gone', '" gone'),
        (f"{'x' * 195}ERROR", ""),
        (f"{'x' * 194} ERROR", "x" * 194),
        (f"{'x' * 196} ERROR", ""),
        ("ERRORS everywhere", ""),
        (f"ERROR {'x' * 190} 2026-01-06T21:00:00Z", f"{'x' * 190} 2026-01-06T21:00:00Z"),
        ("[crit] 7: gone", "7: gone"),
        ("ValueError", "ValueError"),
        ("ValueError: x: y", "ValueError: x: y"),
        ("ValueErrors: x", ""),
        ('{"level": "fatal", "event": 7}', "7"),
        ('{"levelname": "ERROR", "message": "", "msg": "no room"}', "no room"),
        ('{"level": "", "severity": "critical", "message": "a", "msg": "b"}', "a"),
        ('{"level": "error"}', "an error without a message"),
        ('{"message": "error"}', ""),
        ('{"level": "error", "message"', ""),
        (" [1]", ""),
    ],
)
def test_message_is_the_line_without_time_and_level(line: str, message: str) -> None:
    assert line_of(line).message == message


@pytest.mark.parametrize(
    ("stamp", "hours"),
    [
        ("2026-01-06 10:00:00", -1),
        ("2026-01-06 10:00:00,5", -1 + 0.5 / 3600),
        ("2026-01-06 10:00:00 UTC", 1),
        ("2026-01-06T10:00:00 Z", 1),
        ("2026-01-06T10:00:00Z", 1),
        ("2026-01-06 10:00:00 +0100", 0),
        ("2026-01-06 10:00:00 -01:00", 2),
        ("2026-01-06 10:00:00.25+03:00", -2 + 0.25 / 3600),
        ("2026-01-06 10:00:00,25 +03:00", -2 + 0.25 / 3600),
        ("2026-01-06 10:00:00.25 -01:00", 2 + 0.25 / 3600),
        ("2026-01-06 10:00:00.25 Z", 1 + 0.25 / 3600),
        ("2026-02-30 10:00:00", None),
        ("", None),
    ],
)
def test_time_is_read_with_its_zone_or_that_of_the_deployment(stamp: str, hours: float | None) -> None:
    found = errorlog._time(stamp, timezone(timedelta(hours=2)))

    assert found == (None if hours is None else pytest.approx(T0 + hours * 3600, abs=1e-3))


def test_error_has_the_last_time_before_it_and_its_own_line(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_text(
        "ERROR first\n"
        "ERROR second\n"
        "2026-01-06T10:00:00Z INFO fine\n"
        f"{'x' * 150} 2026-01-06T20:00:00Z late stamp that counts\n"
        f"{'x' * 190} 2026-01-06T21:00:00Z late stamp that does not\r\n"
        "KeyError: third\r\n"
        "2026-02-30T10:00:00Z ERROR fourth\n"
        "2026-01-06T11:00:00Z ERROR fifth",
        encoding="utf-8",
    )
    clusters = _clusters()

    logs = errorlog.add_text([tmp_path / "a.log"], UTC, clusters)

    assert _found(clusters) == [("a.log", 6, 11 * 3600, "KeyError: third"), ("a.log", 8, 2 * 3600, "fifth")]
    reason = "errors before any line that tells its time; expected times like 2026-01-06T09:00:00Z"
    assert logs == TextLogs(1, 8, [Finding("a.log", None, f"3 {reason}")])


def test_line_of_any_length_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(errorlog, "LONGEST_LINE", 40)
    stamp = "2026-01-06T10:00:00Z ERROR"
    (tmp_path / "a.log").write_text(
        f"{stamp} {'a' * 13}\n{stamp} {'b' * 12}\n{stamp} {'c' * 200}\n\n{stamp} tail{'d' * 99}", encoding="utf-8"
    )
    clusters = _clusters()

    logs = errorlog.add_text([tmp_path / "a.log"], UTC, clusters)

    assert [(line, text) for _, line, _, text in _found(clusters)] == [
        (1, "a" * 13), (2, "b" * 12), (3, "c" * 13), (5, f"tail{'d' * 9}")
    ]  # fmt: skip
    assert logs.lines == 5


def test_log_is_read_up_to_a_number_of_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(errorlog, "MOST_LINES", 3)
    for name in ("a.log", "b.log"):
        (tmp_path / name).write_text("2026-01-06T10:00:00Z ERROR gone\n" * 2, encoding="utf-8")
    clusters = _clusters()

    logs = errorlog.add_text([tmp_path], UTC, clusters)

    assert logs == TextLogs(2, 4, [Finding("b.log", 2, "more than 3 lines; the rest was not read")])
    assert clusters.found["gone"].since == 3


def test_every_place_of_logs_is_read_and_what_cannot_be_is_said(tmp_path: Path) -> None:
    whole, torn, empty = tmp_path / "whole", tmp_path / "torn.log.gz", tmp_path / "empty"
    whole.mkdir()
    empty.mkdir()
    for name in ("b.log", "a.log.gz", "c.txt"):
        line = f"2026-01-06T10:00:00Z ERROR in {name[0]}\n".encode()
        (whole / name).write_bytes(gzip.compress(line) if name.endswith(".gz") else line)
    torn.write_bytes(gzip.compress(b"2026-01-06T10:00:00Z ERROR torn\n" * 9)[:-4])
    clusters = _clusters()

    logs = errorlog.add_text([tmp_path / "nowhere", empty, torn, whole], UTC, clusters)

    assert [(file, text) for file, _, _, text in _found(clusters)] == [
        ("torn.log.gz", "torn"), ("a.log.gz", "in a"), ("b.log", "in b")
    ]  # fmt: skip
    nowhere, none, half = logs.findings
    missing = "cannot be read: no such file or directory"
    assert nowhere == Finding(str(tmp_path / "nowhere"), None, missing)
    assert none == Finding(str(empty), None, "holds no *.log; expected logs")
    assert (half.file, half.line) == (str(torn), None)
    assert half.message.startswith("cannot be read: compressed file ended")
    assert (logs.files, logs.lines) == (3, 11)
    assert errorlog.files_of(torn, ".log") == [torn]


def test_execution_log_is_searched_for_errors_with_their_lines(tmp_path: Path) -> None:
    event = {"run": "r", "version": "2", "architecture": "hybrid", "event": "log", "step": None}
    lines: list[Any] = [
        {**event, "time": "2026-01-06T10:00:00Z", "level": "info", "message": "one"},
        [1],
        {**event, "time": "noon", "level": "error", "message": "two"},
        {**event, "time": "2026-01-06T11:00:00Z", "level": "error", "message": "three"},
        {**event, "time": "2026-01-06T12:00:00Z", "level": 7, "message": "four"},
        {**event, "time": "2026-01-06T13:00:00Z", "level": "critical", "message": "five"},
    ]
    for name in ("a.jsonl", "b.jsonl"):
        (tmp_path / name).write_text("".join(f"{json.dumps(each)}\n" for each in lines), encoding="utf-8")
    clusters = _clusters()

    errorlog.add_executions(errorlog.files_of(tmp_path, ".jsonl"), clusters)

    assert list(clusters.found.values()) == [
        Cluster("three", "a.jsonl", 4, "three", 0, 2, 2, 0, T0 + 2 * 3600, T0 + 2 * 3600),
        Cluster("five", "a.jsonl", 6, "five", 0, 2, 2, 0, T0 + 4 * 3600, T0 + 4 * 3600),
    ]


@pytest.mark.parametrize(
    ("message", "pattern"),
    [
        ("a" * (LONGEST + 9), "a" * LONGEST),
        (f"{'a ' * 198}bc 7 more", f"{'a ' * 198}bc"),  # no half a mask at the end
        (f"{'a ' * 198}b 7 more", f"{'a ' * 198}b"),
        (f"{'a ' * 197}b 7 more", f"{'a ' * 197}b <n>"),
        (f"{'a' * 399} b", "a" * 399),
        (f"{'a' * 390} <b and more", f"{'a' * 390} <b and mo"),
        ("'a' 'b", "<text> 'b"),
        ("it's 'a 7' or `b`", "it's <text> or <text>"),
        (f"{'a ' * 1000}7", ("a " * 1000)[:LONGEST].rstrip()),
    ],
)
def test_pattern_is_short_and_whole(message: str, pattern: str) -> None:
    assert pattern_of(message) == pattern
