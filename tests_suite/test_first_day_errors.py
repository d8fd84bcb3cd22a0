"""Errors as patterns: what is masked, what is an error in a text log, how much memory a million of them take."""

from __future__ import annotations

import gzip
import json
import resource
import subprocess
import sys
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixtures.evidence.record import Record
from fixtures.executions import log
from fixtures.firstday import errorlog
from fixtures.firstday.errors import pattern_findings
from fixtures.firstday.patterns import LONGEST, MOST, Cluster, Clusters, pattern_of
from fixtures.firstday.textline import line_of

T0 = datetime(2026, 1, 6, 9, 0, tzinfo=UTC)
SUITE = Path(__file__).parents[1]


def _clusters() -> Clusters:
    starts = T0.timestamp()
    return Clusters(starts, starts + 12 * 3600, starts + 24 * 3600)


MASKED = [
    ("timed out after 31 s", "timed out after <n> s"),
    ("took 1.5e-3 s, 20,000 rows, 3:25", "took <n> s, <n> rows, <n>"),
    ("value -7 is below 0", "value <n> is below <n>"),
    ("run-42 of step 2a", "run-<n> of step <n>a"),
    ("at 2026-01-06T10:00:00+01:00: failed", "at <time>: failed"),
    ("at 2026-01-06 10:00:00,123 it failed", "at <time> it failed"),
    ("10:20:30.5 it failed", "<time> it failed"),
    ("id 3f2504e0-4f89-11d3-9a0c-0305e82c3301 unknown", "id <id> unknown"),
    ("pointer 0x7ffeefbff5c8", "pointer <id>"),
    ("commit 9fceb02d0ae598e95dc970b74767f19372d61af8 is gone", "commit <id> is gone"),
    ("request req_8f3k2m9x1 failed", "request <id> failed"),
    ("user ada@example.com has no right", "user <id> has no right"),
    ("GET https://example.com/a?b=c failed", "GET <url> failed"),
    ("mongodb://user:secret@host:27017/db refused", "<url> refused"),
    ("connect 10.0.0.7:27017 refused", "connect <ip> refused"),
    ("no such file: /srv/app/data/x.json", "no such file: <path>"),
    (r"no such file: C:\app\data\x.json", "no such file: <path>"),
    ("cannot open templates/a/b.md", "cannot open <path>"),
    ("KeyError: 'chunk_id'", "KeyError: <text>"),
    ('unknown key "a b c" in `config`', "unknown key <text> in <text>"),
    ("row 5'x' and 6'y' differ", "row <n><text> and <n><text> differ"),
    ("the server's answer isn't JSON", "the server's answer isn't JSON"),
    ("  many \t spaces\n and lines ", "many spaces and lines"),
    ("and/or input/output", "and/or input/output"),
    ("plain words stay", "plain words stay"),
    ("", ""),
]


@pytest.mark.parametrize(("message", "pattern"), MASKED)
def test_what_changes_is_masked_and_what_says_something_stays(message: str, pattern: str) -> None:
    assert pattern_of(message) == pattern


@pytest.mark.parametrize("message", [message for message, _ in MASKED])
def test_pattern_of_a_known_message_is_its_own_pattern(message: str) -> None:
    assert pattern_of(pattern_of(message)) == pattern_of(message)


@given(st.text(alphabet="ab1 9'\"`<>/\\.-:@xn=,T+éid", max_size=120))
def test_pattern_is_a_pattern_of_itself(message: str) -> None:
    pattern = pattern_of(message)

    assert pattern_of(pattern) == pattern
    assert len(pattern) <= LONGEST


@pytest.mark.parametrize(
    "message", ['"' * 60_000, "'" * 60_000, "a/" * 30_000, "1" * 60_000, "<" * 60_000, "a1" * 9_000]
)
def test_long_message_takes_no_time(message: str) -> None:
    assert len(pattern_of(message)) <= LONGEST


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("2026-01-06T10:00:00Z ERROR pool is exhausted", "pool is exhausted"),
        ("2026-01-06 10:00:00,123 - app.db - CRITICAL - disk gone", "app.db -  - disk gone"),
        ("[error] 17#17: upstream timed out", "17#17: upstream timed out"),
        ('time="2026-01-06T10:00:00Z" level=error msg="no"', 'time="" ='),
        ("ValueError: no number", "ValueError: no number"),
        ("app.errors.BackendException: gone", "app.errors.BackendException: gone"),
        ('{"level": "error", "message": "no room"}', "no room"),
        ('{"severity": "CRITICAL", "msg": "no room"}', "no room"),
        ('{"level": "info", "message": "ERROR"}', ""),
        ('{"level": "error"', ""),
        ("2026-01-06T10:00:00Z INFO no errors", ""),
        ("0 errors, 3 warnings", ""),
        ("Traceback (most recent call last):", ""),
        ('  File "app.py", line 3, in run', ""),
        ("See ValueError: in the documentation of it", ""),
        ("", ""),
    ],
)
def test_errors_are_told_from_other_lines(line: str, message: str) -> None:
    found = line_of(line).message

    assert bool(found) == bool(message)
    if message and "level=" not in line and "app.db" not in line:
        assert found == message


def test_text_logs_are_read_with_their_times(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_text(
        "2026-01-06 08:59:59 ERROR lock 1 is stale\n"
        "2026-01-06 10:00:00+01:00 ERROR lock 2 is stale\n"
        "2026-01-06T12:00:00Z INFO fine\n"
        "ValueError: lock 3\n"
        "2026-01-09T12:00:00Z ERROR lock 4 is stale\n",
        encoding="utf-8",
    )
    with gzip.open(tmp_path / "b.log.gz", "wt", encoding="utf-8") as stream:
        stream.write("2026-01-06T11:00:00Z ERROR lock 5 is stale\n")
    (tmp_path / "c.txt").write_text("2026-01-06T11:00:00Z ERROR not a log\n", encoding="utf-8")
    clusters = _clusters()

    logs = errorlog.add_text([tmp_path], timezone(timedelta(hours=0)), clusters)

    stale, value = clusters.found["lock <n> is stale"], clusters.found["ValueError: lock <n>"]
    assert (stale.before, stale.since, value.since) == (1, 2, 1)
    assert datetime.fromtimestamp(value.first, UTC) == T0 + timedelta(hours=3)
    assert (logs.files, logs.lines, logs.findings) == (2, 6, [])


def test_time_without_a_zone_is_one_of_the_deployment(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_text("2026-01-06 10:30:00 ERROR late\n", encoding="utf-8")
    clusters = _clusters()

    errorlog.add_text([tmp_path / "a.log"], timezone(timedelta(hours=2)), clusters)

    assert clusters.found["late"].before == 1


def test_text_log_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    (tmp_path / "torn.log.gz").write_bytes(gzip.compress(b"2026-01-06T11:00:00Z ERROR one\n" * 99)[:-12])
    (tmp_path / "bytes.log").write_bytes(b"2026-01-06T11:00:00Z ERROR caf\xe9\n")
    (tmp_path / "untimed.log").write_text("ERROR when?\nERROR when?\n", encoding="utf-8")
    (tmp_path / "empty").mkdir()
    clusters = _clusters()

    logs = errorlog.add_text([tmp_path, tmp_path / "empty", tmp_path / "nowhere.log"], UTC, clusters)

    said = "\n".join(f"{each.file}: {each.message}" for each in logs.findings)
    assert "torn.log.gz: cannot be read: compressed file ended" in said
    assert "untimed.log: 2 errors before any line that tells its time" in said
    assert "empty: holds no *.log" in said
    assert "nowhere.log: cannot be read: no such file or directory" in said
    assert clusters.found["caf\N{REPLACEMENT CHARACTER}"].since == 1


def test_what_comes_after_the_day_is_another_days() -> None:
    clusters = _clusters()
    for hours in (-1, 0, 24, 25):
        clusters.add((T0 + timedelta(hours=hours)).timestamp(), "a.log", 1, "e")

    assert (clusters.found["e"].before, clusters.found["e"].since) == (1, 2)


def test_more_patterns_than_anybody_reads_are_counted() -> None:
    clusters = _clusters()
    for number in range(MOST + 7):
        word = "".join(chr(ord("a") + int(digit)) for digit in str(number))
        clusters.add(T0.timestamp(), "a.log", 1, f"error {word}")

    assert len(clusters.found) == MOST
    assert clusters.further == 7


@pytest.mark.parametrize(("since", "number"), [(1, 0), (2, 1), (3, 1)])
def test_pattern_of_before_is_asked_about_when_it_comes_twice(since: int, number: int) -> None:
    clusters = _clusters()
    for hours in (-2, *range(since)):
        clusters.add((T0 + timedelta(hours=hours)).timestamp(), "a.log", 1, "gone")
    record = Record("first_day.yaml", {"errors": {"patterns": []}})

    findings = list(pattern_findings(clusters, record))

    assert len(findings) == number
    assert all("1 times before the deployment, too" in finding.message for finding in findings)


@pytest.mark.parametrize(
    ("early", "late", "increasing"),
    [
        (0, 4, False),
        (0, 5, True),
        (5, 5, False),
        (5, 9, False),
        (5, 12, False),
        (5, 15, True),
        (50, 99, False),
        (50, 110, True),
    ],
)
def test_increase_is_more_than_chance(early: int, late: int, increasing: bool) -> None:
    assert Cluster("e", "a.log", 1, "e", early=early, late=late).is_increasing is increasing


SCRIPT = """
import re, resource, sys, time
from pathlib import Path
from fixtures.firstday import errorlog
from fixtures.firstday.patterns import Clusters
clusters = Clusters(0.0, 1.0, 1e12)
started = time.monotonic()
if sys.argv[2] == "text":
    errorlog.add_text([Path(sys.argv[1])], None, clusters)
else:
    errorlog.add_executions([Path(sys.argv[1])], clusters)
seconds = time.monotonic() - started
status = Path("/proc/self/status")  # on Linux getrusage counts the process that this one was forked from, too
if status.exists():
    peak = 1024 * int(re.search(r"VmHWM:\\s*(\\d+) kB", status.read_text())[1])
else:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(seconds, peak, len(clusters.found))
"""


@pytest.mark.parametrize("kind", ["text", "events"])
def test_many_lines_take_little_memory(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "a.log"
    count = 200_000
    with path.open("w", encoding="utf-8") as stream:
        for number in range(count):
            level = "error" if number % 4 == 0 else "info"
            time = (T0 + timedelta(seconds=number / 4)).isoformat()
            if kind == "text":
                stream.write(f"{time} {level.upper()} request {number} took {number * 7} ms\n")
            else:
                event = {"time": time, "run": f"r{number % 9}", "version": "2.0.0", "architecture": "hybrid"}
                more = {
                    "event": "log",
                    "step": "3a",
                    "level": level,
                    "message": f"request {number} took {number * 7} ms",
                }
                stream.write(json.dumps({**event, **more}) + "\n")

    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(path), kind],
        cwd=SUITE, capture_output=True, text=True, timeout=100, check=True,
    )  # fmt: skip

    seconds, memory, patterns = (float(each) for each in done.stdout.split())
    assert patterns == 1
    assert memory < 200e6
    assert seconds < 30, f"{count} lines in {seconds:.1f} s"


def test_execution_log_gives_its_grave_entries_only(tmp_path: Path) -> None:
    event = {
        "time": T0.isoformat(), "run": "r", "version": "2", "architecture": "hybrid", "event": "log", "step": None,
    }  # fmt: skip
    lines = [
        {**event, "level": "error", "message": "one 1"},
        {**event, "level": "critical", "message": "two 2"},
        {**event, "level": "warning", "message": "three 3"},
        {**event, "level": "error"},
        {"level": "error", "message": "four"},
    ]
    (tmp_path / "a.jsonl").write_text(
        "".join(json.dumps(each) + "\n" for each in lines) + "no JSON\n\n", encoding="utf-8"
    )
    clusters = _clusters()

    errorlog.add_executions(errorlog.files_of(tmp_path, log.ENDING), clusters)

    assert {each.pattern: each.line for each in clusters.today()} == {"one <n>": 1, "two <n>": 2}


def test_memory_can_be_measured_here() -> None:
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss > 0
