"""What becomes of the lines of an execution log: every field of the runs, and each oddity in its own words and line."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from fixtures.executions import log as logs
from fixtures.executions import unreadable
from fixtures.executions.entry import Entry
from fixtures.executions.event import Event, EventError, decoded, event_of, parse
from fixtures.executions.lines import Batch
from fixtures.executions.log import ExecutionLog, LogError
from fixtures.executions.run import Paths, Run
from fixtures.executions.watch import Watch
from fixtures.finding import Finding

START = datetime(2026, 1, 6, 10, tzinfo=UTC)
PATHS = {"long": ("1", "2a", "3"), "short": ("1", "3")}
GOOD: dict[str, Any] = {"time": "2026-01-06T10:00:00+00:00", "run": "r", "version": "2.0.0", "architecture": "long",
                        "event": "step_started", "step": "2a", "level": "info", "message": "begins"}  # fmt: skip


def line(minutes: float, event: str, step: str | None = None, **more: Any) -> dict[str, Any]:
    """An event so many minutes after the start."""
    return GOOD | {"time": (START + timedelta(minutes=minutes)).isoformat(), "event": event, "step": step} | more


def at(minutes: float) -> datetime:
    """The point in time so many minutes after the start."""
    return START + timedelta(minutes=minutes)


def read(folder: Path, *lines: dict[str, Any] | str, paths: Paths | None = PATHS, watch: Watch | None = None
         ) -> ExecutionLog:  # fmt: skip
    """The log of these lines."""
    texts = [each if isinstance(each, str) else json.dumps(each) for each in lines]
    (folder / "a.jsonl").write_text("".join(f"{text}\n" for text in texts), encoding="utf-8")
    return logs.read(folder / "a.jsonl", paths, watch)


@pytest.mark.parametrize(("changes", "said"), [
    ({"time": None}, "time: found nothing, expected a text"),
    ({"architecture": 2}, "architecture: found a number, expected a text"),
    ({"message": ["x"]}, "message: found a list, expected a text"),
    ({"time": "2026-01-06T10:00:00"},
     "time: found '2026-01-06T10:00:00', expected a point in time with its time zone, like 2026-01-06T09:00:00+01:00"),
    ({"time": "9999-01-01T00:00:00Z"},
     "time: found '9999-01-01T00:00:00Z', expected a point in time with its time zone, like 2026-01-06T09:00:00+01:00"),
    ({"time": "0001-12-31T00:00:00Z"},
     "time: found '0001-12-31T00:00:00Z', expected a point in time with its time zone, like 2026-01-06T09:00:00+01:00"),
    ({"run": ""}, "run: found '', expected a name of 1 to 200 characters"),
    ({"version": " \t"}, "version: found ' \\t', expected a name of 1 to 200 characters"),
    ({"architecture": "é" * 201},
     "architecture: found '" + "\\xe9" * 9 + "\\xe, expected a name of 1 to 200 characters"),
    ({"event": "step_start"}, "event: 'step_start' is unknown; did you mean step_started?"),
    ({"level": "X"}, "level: 'X' is unknown; expected one of debug, info, warning, error, critical"),
    ({"event": "log", "step": 3}, "step: found 3, expected the part of a step such as 2a, or null"),
    ({"event": "run_failed", "step": "x" * 201},
     f"step: found '{'x' * 39}, expected the part of a step such as 2a, or null"),
    ({"step": " "}, "step: found ' ', expected the part of a step such as 2a, as the event is step_started"),
    ({"step": None, "event": "step_failed"},
     "step: found nothing, expected the part of a step such as 2a, as the event is step_failed"),
    ({"memory_mb": -0.1}, "memory_mb: found -0.1, expected a number of MB, 0 or more"),
    ({"memory_mb": True}, "memory_mb: found True, expected a number of MB, 0 or more"),
    ({"memory_mb": float("inf")}, "memory_mb: found inf, expected a number of MB, 0 or more"),
    ({"memory_mb": {}, "pid": -1}, "memory_mb: found keys and values, expected a number of MB, 0 or more"),
    ({"pid": -1}, "pid: found -1, expected the number of a process"),
    ({"pid": True}, "pid: found True, expected the number of a process"),
    ({"pid": -(1 << 1001)}, "pid: found a number, expected the number of a process"),
    ({"pid": -(1 << 999)}, f"pid: found {str(-(1 << 999))[:40]}, expected the number of a process"),
])  # fmt: skip
def test_line_that_is_no_event_says_why(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(EventError) as caught:
        event_of(GOOD | changes)

    assert str(caught.value) == said


@pytest.mark.parametrize(("text", "said"), [
    ("[]", "holds a list; expected one event as keys and values"),
    ('{"time": 1, "run": 2}',
     "has no 'version'; expected time, run, version, architecture, event, step, level, message"),
    ("{'a'}", "no valid JSON: Expecting property name enclosed in double quotes (column 2)"),
    ("{} {}", "no valid JSON: Extra data (column 4)"),
])  # fmt: skip
def test_text_that_is_no_event_says_why(text: str, said: str) -> None:
    with pytest.raises(EventError) as caught:
        parse(text)

    assert str(caught.value) == said


@pytest.mark.parametrize("changes", [
    {"run": "x" * 200, "version": "v", "architecture": "é"},
    {"time": "9998-12-31T00:00:00-12:00"},
    {"time": "0002-01-01T00:00:00+12:00"},
    {"event": "log", "step": ""},
    {"event": "run_started", "step": None},
    {"step": "x" * 200},
    {"memory_mb": 0, "pid": 0},
    {"message": ""},
    {"more": "is welcome"},
])  # fmt: skip
def test_event_at_the_edge_of_what_is_allowed_is_one(changes: dict[str, Any]) -> None:
    data = GOOD | changes

    assert event_of(data) == parse(json.dumps(data)) == Event(
        datetime.fromisoformat(data["time"]), data["run"], data["version"], data["architecture"], data["event"],
        data["step"], "info", data["message"], data.get("memory_mb"), data.get("pid"),
    )  # fmt: skip


@pytest.mark.parametrize("text", ["{}", "{}\n", "{}\r\n", " {}", "{} \t", "{}\n\n"])
def test_line_is_decoded_with_white_space_around_it(text: str) -> None:
    assert decoded(text) == {}


@pytest.mark.parametrize(("changes", "words"), [
    ({}, "run 'r', step 2a: begins"),
    ({"step": None, "event": "log"}, "run 'r': begins"),
    ({"pid": 0, "step": "s" * 50}, f"run 'r', step {'s' * 40}, process 0: begins"),
    ({"run": "ü" + "x" * 60, "pid": 7}, f"run '\\xfc{'x' * 59}', step 2a, process 7: begins"),
    ({"message": f" a\n b\t{'c' * 400}"}, f"run 'r', step 2a: a b {'c' * 296}"),
])  # fmt: skip
def test_entry_in_words_has_time_run_step_process_and_message(changes: dict[str, Any], words: str) -> None:
    entry = Entry("a.jsonl", 7, event_of(GOOD | changes))

    assert entry.finding == Finding("a.jsonl", 7, f"2026-01-06T10:00:00+00:00: {words}")


def test_run_holds_all_that_its_events_say(tmp_path: Path) -> None:
    log = read(
        tmp_path,
        line(0, "run_started", architecture="undecided"),
        line(1, "step_started", "1", architecture="undecided"),
        line(3, "step_completed", "1"),
        line(4, "step_started", "2a"),
        line(5, "step_failed", "2a", level="error"),
        line(6, "step_started", "2a"),
        line(6.5, "log", "2a", level="error"),
        line(8, "step_completed", "2a"),
        line(9, "step_started", "3"),
        line(9.5, "log", None),
        line(10, "log", None),
    )

    assert log == ExecutionLog(
        tmp_path / "a.jsonl",
        {"r": Run("r", "2.0.0", "long", at(0), at(10), "open", {"1": 2.0, "2a": 2.0}, "3", at(9), 0, (),
                  {"2a": at(5)}, {}, 2)},
        11, (),
    )  # fmt: skip
    assert (log.place, log.first, log.last) == ("a.jsonl", at(0), at(10))
    assert (log.runs["r"].minutes, log.runs["r"].in_step("3"), log.runs["r"].in_step(None)) == (
        10.0, "run 'r', step 3", "run 'r'",
    )  # fmt: skip


BEGUN = (line(0, "run_started"), line(1, "step_started", "1"))
FIRST = (*BEGUN, line(2, "step_completed", "1"))


@pytest.mark.parametrize(("lines", "odd", "facts"), [
    ([line(0, "step_started", "1")], [(1, "begins with step_started; expected run_started")], {"open_step": "1"}),
    ([line(0, "log")], [(1, "begins with log; expected run_started")], {}),
    ([*BEGUN, line(2, "run_started")], [(3, "is started a second time")], {"open_step": "1"}),
    ([*BEGUN, line(0.5, "log", "1")], [(3, "its clock goes back by 30 s")], {"last": at(1)}),
    ([line(9, "run_started"), line(7, "log")], [(2, "its clock goes back by 2 min")], {"last": at(9)}),
    ([line(9, "run_started"), line(7.01, "log")], [(2, "its clock goes back by 119 s")], {"last": at(9)}),
    ([*BEGUN, line(0, "step_completed", "1")],
     [(3, "its clock goes back by 60 s"), (3, "step '1' ends before it starts")],
     {"parts": {}, "open_step": None, "faults": 2, "last": at(1)}),
    ([*FIRST, line(3, "log", version="2.1.0"), line(4, "log", version="2.1.0")],
     [(4, "its version was '2.0.0' and is '2.1.0' now")], {"version": "2.1.0", "last": at(4)}),
    ([*FIRST, line(3, "log", architecture="short"), line(4, "log", architecture="short")],
     [(4, "its architecture was 'long' and is 'short' now")], {"architecture": "short"}),
    ([line(0, "run_started", architecture="flat")], [(1, "has the architecture 'flat'; expected one of long, short")],
     {"architecture": "flat"}),
    ([*FIRST, line(3, "run_failed"), line(4, "log"), line(5, "step_started", "2a")],
     [(5, "goes on with log after it has failed"), (6, "goes on with step_started after it has failed")],
     {"outcome": "failed", "open_step": None, "last": at(5)}),
    ([*FIRST, line(3, "step_started", "3")], [(4, "starts step '3'; expected step 2a before it (long)")],
     {"open_step": "3", "open_since": at(3)}),
    ([*FIRST, line(3, "step_started", "9")], [(4, "starts step '9', which is not on the path of long")], {}),
    ([line(0, "run_started", architecture="undecided"), line(1, "step_started", "2a", architecture="undecided")],
     [(2, "starts step '2a'; expected step 1 before it (long or short)")], {}),
    ([line(0, "run_started", architecture="undecided"), line(1, "step_started", "9", architecture="undecided")],
     [(2, "starts step '9', which is not on the path of long or short")], {}),
    ([*FIRST, line(3, "step_started", "1")], [(4, "starts step '1' again, which was completed")],
     {"parts": {"1": 1.0}, "open_step": "1"}),
    ([*BEGUN, line(2, "step_started", "2a")],
     [(3, "starts step '2a' while step '1' has not ended"), (3, "starts step '2a'; expected step 1 before it (long)")],
     {"left": {"1": at(1)}, "open_step": "2a", "open_since": at(2), "faults": 2}),
    ([*BEGUN, line(2, "step_completed", "2a")],
     [(3, "completes step '2a', which was not started; step '1' is open")], {"open_step": "1"}),
    ([line(0, "run_started"), line(2, "step_failed", "1")],
     [(2, "fails in step '1', which was not started; no step is open")], {"failed": {}}),
    ([*BEGUN, line(2, "run_completed")], [(3, "is completed while step '1' has not ended")],
     {"left": {"1": at(1)}, "outcome": "completed"}),
    ([*FIRST, line(3, "run_completed")], [(4, "is completed without step 2a, 3")], {"outcome": "completed"}),
    ([*BEGUN, line(2, "run_failed")], [], {"outcome": "failed", "open_step": "1", "open_since": at(1), "left": {}}),
])  # fmt: skip
def test_odd_events_of_a_run_are_told_with_their_lines(
    lines: list[dict[str, Any]], odd: list[tuple[int, str]], facts: dict[str, Any], tmp_path: Path
) -> None:
    log = read(tmp_path, *lines)

    findings = tuple(Finding("a.jsonl", number, f"run 'r': {said}") for number, said in odd)
    run = log.runs["r"]
    assert (log.findings, run.odd, run.faults, log.unreadable) == (findings, findings, len(odd), ())
    assert {name: getattr(run, name) for name in facts} == facts


def test_without_paths_every_order_will_do(tmp_path: Path) -> None:
    steps = (line(3, "step_started", "9", architecture="flat"), line(4, "step_completed", "9", architecture="flat"))

    log = read(tmp_path, line(0, "run_started", architecture="flat"), *steps,
               line(5, "run_completed", architecture="flat"), paths=None)  # fmt: skip

    assert (log.findings, log.runs["r"].parts) == ((), {"9": 1.0})


def test_of_an_odd_run_five_findings_are_kept_with_it_and_all_are_counted(tmp_path: Path) -> None:
    log = read(tmp_path, line(0, "run_started"), *(line(number, "run_started") for number in range(1, 8)))

    assert (log.runs["r"].faults, len(log.runs["r"].odd), len(log.findings)) == (7, 5, 7)
    assert [each.line for each in log.runs["r"].odd] == [2, 3, 4, 5, 6]


def test_runs_are_in_the_order_they_began_and_those_of_a_version_can_be_asked_for(tmp_path: Path) -> None:
    log = read(tmp_path, line(5, "run_started", run="b"), line(3, "run_started", run="a"),
               line(4, "run_started", run="c", version="1.0.0"), line(9, "log", run="a"))  # fmt: skip

    assert list(log.runs) == ["a", "c", "b"]
    assert [run.name for run in log.since(at(3), "2.0.0")] == ["a", "b"]
    assert [run.name for run in log.since(at(3.1), "2.0.0")] == ["b"]
    assert (log.first, log.last) == (at(3), at(9))
    empty = ExecutionLog(tmp_path, {}, 0, ())
    assert (empty.first, empty.last) == (None, None)


def test_more_runs_than_anybody_has_end_the_reading(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "MOST_RUNS", 2)
    watch = Watch(at(0), at(9))
    begun = [line(number, "run_started", run=str(number)) for number in range(5)]

    log = read(tmp_path, *begun, line(9, "log", run="0"), watch=watch)

    assert (list(log.runs), log.watch, log.runs["0"].last) == (["0", "1"], watch, at(0))
    assert log.findings == (Finding("a.jsonl", 3, "more than 2 runs; what follows was not read"),)


def test_log_that_breaks_off_is_read_as_far_as_it_can_be(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: Path) -> Iterator[Batch]:
        yield 1, BEGUN
        raise OSError(5, "Input/output Error")

    monkeypatch.setattr(logs, "batches", broken)

    log = read(tmp_path)

    assert log.findings == (Finding("a.jsonl", 2, "cannot be read on: input/output error"),)
    assert log.runs["r"].open_step == "1"


def test_findings_about_lines_and_runs_are_kept_up_to_a_number(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "MOST_FINDINGS", 2)
    monkeypatch.setattr(unreadable, "MOST_KEPT", 2)

    log = read(tmp_path, "[]", line(0, "log"), "[]", "", "[]")

    wrong = "holds a list; expected one event as keys and values"
    assert log.findings == (
        Finding("a.jsonl", 1, wrong), Finding("a.jsonl", 2, "run 'r': begins with log; expected run_started"),
        Finding(None, None, "… and 2 more faults in the execution log"),
    )  # fmt: skip
    assert log.unreadable == (Finding("a.jsonl", 1, wrong), Finding("a.jsonl", 3, wrong))
    assert log.lines == 1


def test_lines_are_counted_over_all_files_of_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "MOST_LINES", 3)
    read(tmp_path, *BEGUN)
    (tmp_path / "a.jsonl").rename(tmp_path / "z.jsonl")
    read(tmp_path, line(2, "step_completed", "1"), line(3, "log"), line(4, "log"))
    (tmp_path / "no-events.jsonl").write_text("\n", encoding="utf-8")

    log = logs.read(tmp_path, PATHS)

    assert (log.lines, log.runs["r"].last, log.path) == (3, at(2), tmp_path)
    assert log.findings == (Finding("a.jsonl", 2, "more than 3 lines in the log; the rest was not read"),)
    monkeypatch.setattr(logs, "MOST_LINES", 6)
    assert (logs.read(tmp_path, PATHS).lines, logs.read(tmp_path, PATHS).findings) == (5, ())


def test_critical_entries_are_in_the_order_of_their_times_with_short_messages(tmp_path: Path) -> None:
    critical = {"level": "critical", "message": "x" * 400}
    watch = Watch(at(2), at(4))

    log = read(tmp_path, line(0, "run_started"), line(3, "log", **critical), line(2, "log", run="q", **critical),
               line(4, "log", **critical), watch=watch)  # fmt: skip

    assert [(entry.file, entry.line, entry.event.at, len(entry.event.message)) for entry in log.critical] == [
        ("a.jsonl", 3, at(2), 300), ("a.jsonl", 2, at(3), 300), ("a.jsonl", 4, at(4), 300),
    ]  # fmt: skip
    assert (log.criticals, log.watch, [entry.line for entry in watch.critical]) == (3, watch, [2, 3])


def test_watch_notes_the_events_of_its_time_with_the_memory_of_each_process(tmp_path: Path) -> None:
    watch = Watch(at(1), at(1 + 240))
    memory = [line(minutes, "log", pid=7, memory_mb=10.0 * minutes) for minutes in (0.5, 1, 1.5, 2, 240.9, 241)]

    read(tmp_path, line(0, "run_started"), *memory, line(242, "log"), watch=watch)
    read(tmp_path, line(3, "run_started", memory_mb=5), line(3, "step_started", "1", pid=8, memory_mb=6), watch=watch)

    assert watch.events == {0: 2, 1: 1, 239: 1, 2: 2}
    assert watch.memory.pop(8) == {2: [6, 1.0]}
    assert watch.memory == {7: {0: [25.0, 2.0], 1: [20.0, 1.0], 239: [2409.0, 1.0]}, "r": {2: [5, 1.0]}}
    assert watch.critical == []
    assert watch.series() == {7: [(30.0, 12.5), (90.0, 20.0), (14370.0, 2409.0)], "r": [(150.0, 5.0)]}


def test_of_like_entries_in_one_minute_a_watch_notes_eight(tmp_path: Path) -> None:
    watch = Watch(at(0), at(240))

    read(tmp_path, line(0, "run_started"), *(line(number / 60, "log") for number in range(1, 59)), line(1, "log"),
         watch=watch)  # fmt: skip

    assert watch.events == {0: 10, 1: 1}


@pytest.mark.parametrize(("name", "said"), [
    ("gone", "does not exist; expected an execution log, or a folder of them"),
    ("pipe", "is no regular file; expected an execution log, or a folder of them"),
    ("dangling", "is no regular file; expected an execution log, or a folder of them"),
    ("empty", "holds no *.jsonl; expected the workflow's execution logs"),
    ("many", "holds 3 logs; expected at most 2"),
])  # fmt: skip
def test_what_is_no_log_is_one_line(name: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "MOST_FILES", 2)
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "dangling").symlink_to("nowhere")
    for path in ("empty/a.txt", "empty/x.jsonl/a", "many/a.jsonl", "many/b.jsonl", "many/c.jsonl"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text("", encoding="utf-8")

    with pytest.raises(LogError) as caught:
        logs.read(tmp_path / name)

    assert caught.value.finding == Finding(str(tmp_path / name), None, said)
    assert str(caught.value) == said
