"""Forms of log lines: plain, logfmt, and JSON as loggers write it and as what collects logs wraps it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from fixtures.finding import Finding
from fixtures.firstday import errorlog
from fixtures.firstday.errorlog import TextLogs
from fixtures.firstday.patterns import Cluster, Clusters
from fixtures.firstday.textline import CRITICAL, ERROR, FINE, NO_MESSAGE, TextLine, line_of

START = datetime(2026, 1, 6, 9, 0, tzinfo=UTC)
T0 = START.timestamp()
TIME = "2026-01-06T10:00:00Z"


def _clusters(*secrets: str) -> Clusters:
    return Clusters(T0, T0 + 12 * 3600, T0 + 24 * 3600, secrets)


def _at(hours: float) -> str:
    return (START + timedelta(hours=hours)).isoformat()


def _read(folder: Path, *lines: str, clusters: Clusters | None = None) -> TextLogs:
    (folder / "a.log").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return errorlog.add_text([folder / "a.log"], UTC, clusters or _clusters())


@pytest.mark.parametrize(
    ("data", "level", "message"),
    [
        ({"log": f"{TIME} ERROR pool is exhausted\n", "stream": "stderr", "time": TIME}, ERROR, "pool is exhausted"),
        ({"log": f"{TIME} FATAL gone\n", "stream": "stderr", "time": TIME}, CRITICAL, "gone"),
        ({"log": '{"level": "error", "msg": "gone"}\n', "time": TIME}, ERROR, "gone"),
        ({"log": f"{TIME} INFO no ERRORS\n", "time": TIME}, FINE, ""),
        ({"t": {"$date": TIME}, "s": "E", "c": "STORAGE", "msg": "WiredTiger error"}, ERROR, "WiredTiger error"),
        ({"t": {"$date": TIME}, "s": "F", "msg": "fassert"}, CRITICAL, "fassert"),
        ({"t": {"$date": TIME}, "s": "I", "msg": "an error"}, FINE, ""),
        ({"t": {"$date": TIME}, "s": "D3", "msg": "an error"}, FINE, ""),
        ({"level": 50, "time": TIME, "msg": "gone"}, ERROR, "gone"),
        ({"level": 60, "time": TIME, "msg": "gone"}, CRITICAL, "gone"),
        ({"level": 40, "time": TIME, "msg": "slow"}, FINE, ""),
        ({"levelno": 40, "time": TIME, "message": "gone"}, ERROR, "gone"),
        ({"levelno": 50, "time": TIME, "message": "gone"}, CRITICAL, "gone"),
        ({"levelno": 30, "time": TIME, "message": "gone"}, FINE, ""),
        ({"level": 3, "timestamp": TIME, "short_message": "gone"}, ERROR, "gone"),
        ({"level": 6, "timestamp": TIME, "short_message": "fine"}, FINE, ""),
        ({"PRIORITY": "3", "MESSAGE": "gone", "timestamp": TIME}, ERROR, "gone"),
        ({"PRIORITY": "2", "MESSAGE": "gone", "timestamp": TIME}, CRITICAL, "gone"),
        ({"PRIORITY": "6", "MESSAGE": f"{TIME} ERROR gone"}, ERROR, "gone"),
        ({"PRIORITY": "6", "MESSAGE": "fine", "time": TIME}, FINE, ""),
        ({"level": "panic", "msg": "gone", "ts": TIME}, CRITICAL, "gone"),
        ({"level": "err", "msg": "gone", "ts": TIME}, ERROR, "gone"),
        ({"level": "ERROR", "err": "no room", "ts": TIME}, ERROR, "no room"),
        ({"level": "error", "error": {"type": "Timeout", "message": "no answer"}, "ts": TIME}, ERROR, "no answer"),
        ({"level": "error", "error": {"code": 7}, "ts": TIME}, ERROR, '{"code": 7}'),
        ({"level": "error", "status": 503, "ts": TIME}, ERROR, '{"status": 503}'),
        ({"level": "error", "ts": TIME}, ERROR, NO_MESSAGE),
        ({"log.level": "error", "message": "gone", "@timestamp": TIME}, ERROR, "gone"),
        ({"log": {"level": "error"}, "message": "gone", "@timestamp": TIME}, ERROR, "gone"),
        ({"message": f"{TIME} ERROR gone"}, ERROR, "gone"),
        ({"message": "x" * 300, "level": "error", "timestamp": TIME}, ERROR, "x" * 300),
    ],
)
def test_error_of_json_is_seen_whoever_wrote_it(data: dict[str, Any], level: str, message: str) -> None:
    assert line_of(json.dumps(data)) == TextLine(message, level, TIME)


@pytest.mark.parametrize(
    "data",
    [
        {"ts": TIME, "msg": "GET /health 500"},
        {"ts": TIME, "level": "bad", "msg": "gone"},
        {"ts": TIME, "level": True, "msg": "gone"},
        {"ts": TIME, "level": -3, "msg": "gone"},
        {"ts": TIME, "PRIORITY": [3]},
        {"ts": TIME, "s": "E"},
    ],
)
def test_json_without_a_level_that_is_known_is_of_no_known_form(data: dict[str, Any]) -> None:
    assert line_of(json.dumps(data)) == TextLine("", FINE, TIME, known=False)


@pytest.mark.parametrize(
    ("line", "level", "message"),
    [
        (f'time={TIME} level=ERROR msg="timeout of the service, retried"', ERROR, "timeout of the service, retried"),
        (f'time={TIME} level=ERROR msg="index corrupt" err="no \\"a\\""', ERROR, 'index corrupt: no "a"'),
        (f"time={TIME} level=fatal msg=gone", CRITICAL, "gone"),
        (f'time={TIME} level=ERROR msg=""', ERROR, NO_MESSAGE),
        (f'time={TIME} level=info msg="the last ERROR was an hour ago"', FINE, ""),
        (f"{TIME} ERROR level= is missing", ERROR, "level= is missing"),
        (f"{TIME} CRITICAL gone", CRITICAL, "gone"),
        (f"{TIME} [emerg] gone", CRITICAL, "gone"),
        (f"{TIME} SEVERE gone", ERROR, "gone"),
        (f"{TIME} fine", FINE, ""),
    ],
)
def test_plain_line_and_logfmt_have_level_and_message(line: str, level: str, message: str) -> None:
    assert line_of(line) == TextLine(message, level, TIME)


@pytest.mark.parametrize(
    ("line", "level", "message", "told"),
    [
        ("error: gone", ERROR, "gone", ""),
        ("Error: gone", ERROR, "gone", ""),
        (f"{TIME} error: gone", ERROR, "gone", TIME),
        (f"[{TIME}] error: gone", ERROR, "gone", TIME),
        (f"[{TIME}] info: error: none", FINE, "", TIME),
        (f"{TIME} [error]: gone", ERROR, "gone", TIME),
        (f"{TIME} | fatal: gone", CRITICAL, "gone", TIME),
        ("panic: runtime error: index out of range", CRITICAL, "runtime error: index out of range", ""),
        ("Jan  6 10:00:00 host app[1]: error: gone", ERROR, "gone", ""),
        (f"{TIME} host app[1]: error: gone", ERROR, "gone", TIME),
        ("Jan  6 10:00:00 terra app[1]: fatal: gone", CRITICAL, "gone", ""),
        (f"{TIME} INFO app[1]: error: none", FINE, "", TIME),
        (f"{TIME} INFO [worker]: error: none", FINE, "", TIME),
        (f"{TIME} INFO pool: [ERR] is how errors look", FINE, "", TIME),
        (f"{TIME} INFO npm ERR! is what npm says", FINE, "", TIME),
        (f"{TIME} [ERR] gone", ERROR, "gone", TIME),
        ("[10:00:00 ERR] gone", ERROR, "gone", ""),
        ("[10:00:00 FTL] gone", CRITICAL, "gone", ""),
        ("npm ERR! gone", ERROR, "gone", ""),
        ("E0106 10:00:00.000000 1 main.go:3] gone", ERROR, "1 main.go:3] gone", ""),
        ("F0106 10:00:00.000000 1 main.go:3] gone", CRITICAL, "1 main.go:3] gone", ""),
        ("I0106 10:00:00.000000 1 main.go:3] error: none", FINE, "", ""),
        ("info: error: none", FINE, "", ""),
        (f"{TIME} INFO no error: fine", FINE, "", TIME),
        (f"{TIME} Error pages are served", FINE, "", TIME),
        (f"{TIME} ROOM E0106 is free", FINE, "", TIME),
        ("error:gone", FINE, "", ""),
    ],
)
def test_error_of_other_loggers_is_seen_and_what_only_speaks_of_one_is_none(
    line: str, level: str, message: str, told: str
) -> None:
    assert line_of(line) == TextLine(message, level, told)


@pytest.mark.parametrize(
    "told",
    ["2026/01/06 10:00:00 [error] 12#0: gone", "2026-01-06 10:00:00,000 ERROR gone"]
    + [json.dumps({"text": "x" * 300, "level": "error", "time": time})
       for time in ("2026-01-06T10:00:00.123456789Z", T0 + 3600, (T0 + 3600) * 1e3, int((T0 + 3600) * 1e6),
                    str(int((T0 + 3600) * 1e6)), {"$date": "2026-01-06T11:00:00.000+01:00"})],
)  # fmt: skip
def test_time_of_an_error_is_read_in_every_form(told: str, tmp_path: Path) -> None:
    clusters = _clusters()

    logs = _read(tmp_path, f"{_at(-1)} INFO begun", told, clusters=clusters)

    [cluster] = clusters.found.values()
    assert (logs.findings, logs.remarks) == ([], [])
    assert cluster.first == pytest.approx(T0 + 3600, abs=1)


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ([], "says nothing since the deployment, 2026-01-06T09:00+00:00: it is empty;"),
        (["ready"], "no line in it tells its time;"),
        ([f"{_at(-80)} INFO begun", f"{_at(-72)} INFO fine"], "its last line is of 2026-01-03T09:00+00:00;"),
        ([f"{_at(-0.1)} ERROR gone"], "its last line is of 2026-01-06T08:54+00:00;"),
        ([f"{_at(15)} INFO fine", f"{_at(16)} INFO fine"], "begins at 2026-01-07T00:00+00:00, after the deployment"),
        ([f"{_at(1.1)} INFO fine"], "begins at 2026-01-06T10:06+00:00"),
    ],
)
def test_log_that_is_silent_since_the_deployment_or_begins_long_after_it_is_said(
    lines: list[str], said: str, tmp_path: Path
) -> None:
    logs = _read(tmp_path, *lines)

    [remark] = logs.remarks
    assert (logs.findings, remark.file, remark.line) == ([], "a.log", None)
    assert said in remark.message


def test_log_of_the_day_and_one_in_parts_have_nothing_to_say(tmp_path: Path) -> None:
    (tmp_path / "b.log").write_text(f"{_at(-9)} INFO fine\n", encoding="utf-8")
    (tmp_path / "a.log").write_text(f"{_at(15)} INFO fine\n", encoding="utf-8")
    (tmp_path / "new.log").write_text(f"ready\n{_at(0.9)} INFO fine\n", encoding="utf-8")

    assert errorlog.add_text([tmp_path], UTC, _clusters()) == TextLogs(3, 4)
    assert errorlog.add_text([tmp_path / "new.log"], UTC, _clusters()) == TextLogs(1, 2)


def test_json_of_no_known_form_is_said_once_and_fails_where_there_is_nothing_else(tmp_path: Path) -> None:
    unknown = json.dumps({"ts": _at(1), "msg": "GET /health 500"})
    reason = "lines of JSON have no level that is known, so that no error is seen in them; expected level, severity or"
    found = Finding("a.log", None, f"2 {reason} PRIORITY, such as error")

    only = _read(tmp_path, unknown, unknown)
    mixed = _read(tmp_path, unknown, json.dumps({"ts": _at(1), "level": "info", "msg": "fine"}), unknown)

    assert (only.findings, only.remarks) == ([found], [])
    assert (mixed.findings, mixed.remarks) == ([], [found])


def test_critical_errors_since_the_deployment_are_kept_once_each_without_secrets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(errorlog, "MOST_CRITICAL", 2)
    lines = [
        f"{_at(-1)} CRITICAL shard 1 is gone",
        f"{_at(1)} ERROR pool is exhausted",
        f"{_at(2)} CRITICAL shard 2 is gone",
        f"{_at(3)} CRITICAL shard 3 is gone",
        f"{_at(30)} CRITICAL no access with hunter2",
        f"{_at(31)} CRITICAL and more",
    ]

    logs = _read(tmp_path, *lines, clusters=_clusters("hunter2"))

    assert logs.critical == {
        "shard <n> is gone": Finding("a.log", 3, "2026-01-06T11:00+00:00: shard 2 is gone"),
        "no access with ‹secret›": Finding("a.log", 5, "2026-01-07T15:00+00:00: no access with ‹secret›"),
    }


def test_patterns_of_two_logs_are_counted_together(monkeypatch: pytest.MonkeyPatch) -> None:
    one, two = _clusters(), _clusters()
    for clusters, file, hours in ((one, "a", (-2, 3)), (two, "b", (2, 13, 14))):
        for hour in hours:
            clusters.add(T0 + 3600 * hour, file, 7, "shard 1 is gone")
    two.add(T0 + 3600, "b", 8, "pool is exhausted")
    old = _clusters()
    old.add(T0 - 3600, "c", 9, "shard 1 is gone")
    old.add(T0 + 3600, "c", 9, "one too many")
    monkeypatch.setattr("fixtures.firstday.patterns.MOST", 2)

    old_first = _clusters()
    for each in (one, two, old):
        old_first.take(each)

    assert old_first.further == 1
    assert list(old_first.found.values()) == [
        Cluster("shard <n> is gone", "a", 7, "shard 1 is gone", 2, 4, 2, 2, T0 + 2 * 3600, T0 + 14 * 3600),
        Cluster("pool is exhausted", "b", 8, "pool is exhausted", 0, 1, 1, 0, T0 + 3600, T0 + 3600),
    ]
    assert one.found["shard <n> is gone"].since == 1  # what was taken from is as it was
