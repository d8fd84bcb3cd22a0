"""The reader of execution logs: what it makes of sound logs, of odd ones, and of what is no log at all."""

from __future__ import annotations

import random
import tracemalloc
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixtures.baseline.durations import durations
from fixtures.executions import log as logs
from fixtures.executions.log import MOST_FINDINGS, LogError
from fixtures.reference import executions as reference
from gate import checklist
from tests_suite.odd_texts import FUZZING

PARTS = checklist.load().release.parts
PATHS = {
    "rag-only": tuple(part for part in PARTS if part != "5"),
    "fine-tuning": PARTS,
    "hybrid": PARTS,
}
NOON = datetime(2026, 1, 5, 12, 0, tzinfo=timezone(timedelta(hours=1)))
Events = list[dict[str, Any]]


def whole(name: str = "r1", architecture: str = "hybrid", starts: datetime = NOON, slower: float = 1.0) -> Events:
    """The events of a sound run."""
    return list(reference.run(name, "1.0.0", architecture, PARTS, starts, slower=slower))


def put(folder: Path, events: Sequence[dict[str, Any]], name: str = "log.jsonl") -> Path:
    """A log with those events."""
    path = folder / name
    path.write_text("".join(reference.lines(events)), encoding="utf-8")
    return path


def at(events: Events, kind: str, step: str | None = None) -> int:
    """Where an event of that kind stands."""
    return next(
        number
        for number, event in enumerate(events)
        if event["event"] == kind and (step is None or event["step"] == step)
    )


@pytest.mark.parametrize("architecture", PATHS)
def test_sound_run_gives_the_minutes_of_every_part(architecture: str, tmp_path: Path) -> None:
    log = logs.read(put(tmp_path, whole(architecture=architecture)), PATHS)

    assert log.findings == ()
    run = log.runs["r1"]
    assert (run.outcome, run.architecture, run.version, run.faults) == ("completed", architecture, "1.0.0", 0)
    assert tuple(run.parts) == PATHS[architecture]
    assert run.parts["1"] == pytest.approx(3.0)
    assert run.parts["2a"] == pytest.approx(3.1)
    assert run.started == NOON
    assert run.open_step is None


def test_runs_may_overlap(tmp_path: Path) -> None:
    first, second = whole("r1"), whole("r2", "rag-only", NOON + timedelta(minutes=7))
    mixed = sorted([*first, *second], key=lambda event: str(event["time"]))

    log = logs.read(put(tmp_path, mixed), PATHS)

    assert log.findings == ()
    assert [run.outcome for run in log.runs.values()] == ["completed", "completed"]
    assert log.lines == len(first) + len(second)


def test_folder_is_read_in_the_order_of_its_first_events(tmp_path: Path) -> None:
    events = whole()
    put(tmp_path, events[20:], "a.jsonl")
    put(tmp_path, events[:20], "b.jsonl")
    (tmp_path / "notes.txt").write_text("no log", encoding="utf-8")

    log = logs.read(tmp_path, PATHS)

    assert log.findings == ()
    assert log.runs["r1"].outcome == "completed"


def test_step_that_failed_may_be_started_again(tmp_path: Path) -> None:
    events = whole()
    end = at(events, "step_completed", "4")
    failed = events[end] | {"event": "step_failed", "level": "error"}
    again = events[end] | {"event": "step_started"}

    log = logs.read(put(tmp_path, [*events[:end], failed, again, *events[end:]]), PATHS)

    assert log.findings == ()
    assert log.runs["r1"].parts["4"] == pytest.approx(0.0)


def test_run_that_goes_on_is_open_and_no_fault(tmp_path: Path) -> None:
    events = whole()[: at(whole(), "step_completed", "3b")]

    run = logs.read(put(tmp_path, events), PATHS).runs["r1"]

    assert (run.outcome, run.open_step, run.faults) == ("open", "3b", 0)
    assert run.open_since is not None
    assert run.last > run.open_since


def test_half_a_last_line_is_still_being_written(tmp_path: Path) -> None:
    path = put(tmp_path, whole())
    path.write_bytes(path.read_bytes() + b'{"time": "2026-01-05T')

    assert logs.read(path, PATHS).findings == ()


def _swapped(events: Events) -> Events:
    start, end = at(events, "step_started", "6"), at(events, "step_completed", "6")
    return [
        *events[:start],
        events[end] | {"time": events[start]["time"]},
        *events[start : end - 1],
        *events[end + 1 :],
    ]


def _without_step(step: str) -> Callable[[Events], Events]:
    return lambda events: [event for event in events if event["step"] != step]


def _clock_back(events: Events) -> Events:
    number = at(events, "step_completed", "7")
    earlier = datetime.fromisoformat(events[number]["time"]) - timedelta(hours=1)
    events[number] = events[number] | {"time": earlier.isoformat()}
    return events


def _changed(first: int, **more: str) -> Callable[[Events], Events]:
    return lambda events: [*events[:first], *(event | more for event in events[first:])]


def _all(**more: str) -> Callable[[Events], Events]:
    return lambda events: [event | more for event in events]


ODD: list[tuple[str, Callable[[Events], Events], str]] = [
    ("a gap", _without_step("3a"), "starts step '3b'; expected step 3a before it (hybrid)"),
    ("a gap before the choice", _without_step("1"), "starts step '2a'; expected step 1 before it"),
    ("a gap at the end", _without_step("11"), "is completed without step 11"),
    ("an order", _swapped, "completes step '6', which was not started; no step is open"),
    ("a clock", _clock_back, "its clock goes back by"),
    ("a negative step", _clock_back, "step '7' ends before it starts"),
    (
        "a step that does not end",
        lambda events: [event for event in events if (event["event"], event["step"]) != ("step_completed", "8")],
        "starts step '9' while step '8' has not ended",
    ),
    (
        "an end in the middle of a step",
        lambda events: [event for event in events if (event["event"], event["step"]) != ("step_completed", "11")],
        "is completed while step '11' has not ended",
    ),
    ("another step", _all(architecture="rag-only"), "starts step '5', which is not on the path of rag-only"),
    (
        "an unknown architecture",
        _changed(9, architecture="monolith"),
        "architecture 'monolith'; expected one of rag-only",
    ),
    (
        "a second choice",
        _changed(40, architecture="fine-tuning"),
        "its architecture was 'hybrid' and is 'fine-tuning' now",
    ),
    ("another version", _changed(12, version="2.0.0"), "its version was '1.0.0' and is '2.0.0' now"),
    ("no beginning", lambda events: events[1:], "begins with step_started; expected run_started"),
    ("two beginnings", lambda events: [events[0], *events], "is started a second time"),
    ("an afterlife", lambda events: [*events, events[-2]], "goes on with step_completed after it has completed"),
    (
        "a step done twice",
        lambda events: [*events[:4], *(event | {"time": events[4]["time"]} for event in events[1:4]), *events[4:]],
        "starts step '1' again, which was completed",
    ),
    (
        "a failure of nothing",
        lambda events: [events[0], events[0] | {"event": "step_failed", "step": "1"}, *events[1:]],
        "fails in step '1', which was not started; no step is open",
    ),
]


@pytest.mark.parametrize(("change", "said"), [odd[1:] for odd in ODD], ids=[odd[0] for odd in ODD])
def test_odd_run_is_told_with_its_line(change: Callable[[Events], Events], said: str, tmp_path: Path) -> None:
    events = change(whole())
    assert events != whole(), "there is nothing odd about it"

    log = logs.read(put(tmp_path, events), PATHS)

    told = [finding for finding in log.findings if said in finding.message]
    assert told, log.findings
    assert all(finding.file == "log.jsonl" and finding.line for finding in told)
    assert log.runs["r1"].faults >= 1


def test_line_of_an_odd_event_is_its_own(tmp_path: Path) -> None:
    events = _clock_back(whole())

    finding = logs.read(put(tmp_path, events), PATHS).findings[0]

    assert finding.line == at(events, "step_completed", "7") + 1


@pytest.mark.parametrize(
    ("raw", "said"),
    [(b"\xff\xfe\n", "byte 0xff is not UTF-8"), (b"x" * 200_000 + b"\n", "longer than 65536 bytes")],
    ids=["no UTF-8", "too long"],
)
def test_bytes_that_are_no_line_are_told(raw: bytes, said: str, tmp_path: Path) -> None:
    path = put(tmp_path, whole())
    path.write_bytes(raw + path.read_bytes())

    log = logs.read(path, PATHS)

    [finding] = log.findings
    assert said in finding.message
    assert finding.line == 1
    assert log.runs["r1"].outcome == "completed"


def test_findings_are_bounded_and_counted(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    path.write_text("no event\n" * 5000, encoding="utf-8")

    findings = logs.read(path).findings

    assert len(findings) == MOST_FINDINGS + 1
    assert findings[-1].message == "… and 4900 more faults in the execution log"


def test_log_that_is_not_there_or_empty_is_told(tmp_path: Path) -> None:
    with pytest.raises(LogError, match="does not exist; expected an execution log, or a folder of them"):
        logs.read(tmp_path / "nowhere")
    with pytest.raises(LogError, match=r"holds no \*\.jsonl") as caught:
        logs.read(tmp_path)
    assert caught.value.finding.file == str(tmp_path)


def test_memory_follows_the_runs_and_not_the_lines(tmp_path: Path) -> None:
    events = whole()
    number = at(events, "log", "1")
    path = put(tmp_path, [*events[:number], *[events[number]] * 40_000, *events[number:]])

    tracemalloc.start()
    log = logs.read(path, PATHS)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert log.lines > 40_000
    assert log.findings == ()
    assert peak < 2_000_000, f"{peak} bytes for {path.stat().st_size} bytes of log"


@FUZZING
@given(seed=st.integers(0, 10**6), size=st.integers(1, 60))
def test_shuffled_run_is_never_taken_for_a_sound_one(
    seed: int, size: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    events = whole()
    moved = random.Random(seed).sample(range(len(events)), min(size, len(events)))
    kept = [event for number, event in enumerate(events) if number not in moved or event["event"] == "log"]

    run = logs.read(put(tmp_path_factory.mktemp("gaps"), kept), PATHS).runs.get("r1")

    whole_run = len(kept) == len(events)
    assert (run is not None and run.outcome == "completed" and not run.faults) == whole_run


# What a baseline takes from a log


def test_durations_are_medians_over_the_sound_runs_of_the_version(tmp_path: Path) -> None:
    runs = [
        whole(f"r{number}", "hybrid", NOON + timedelta(hours=2 * number), slower)
        for number, slower in enumerate((1.0, 3.0, 2.0, 4.0))
    ]
    odd = _clock_back(whole("odd", "hybrid", NOON + timedelta(days=1), 0.1))
    newer = _all(version="2.0.0")(whole("newer", "hybrid", NOON + timedelta(days=2), 0.1))

    found = durations(logs.read(put(tmp_path, [event for run in [*runs, odd, newer] for event in run])), PARTS, "1.0.0")

    assert found.gaps == ()
    assert found.version == "2.0.0"  # it began last
    assert found.plain is not None
    assert found.plain["parts"]["1"] == {"minutes": 6.0, "runs": 4}
    assert found.plain["total"] == pytest.approx(sum(each["minutes"] for each in found.plain["parts"].values()))
    assert found.plain["from"] == NOON.isoformat()


def test_part_that_no_run_has_is_told(tmp_path: Path) -> None:
    found = durations(logs.read(put(tmp_path, whole(architecture="rag-only"))), PARTS, "1.0.0")

    [gap] = found.gaps
    assert "no completed run of 1.0.0 has step 5; it holds runs of rag-only" in gap.message


def test_log_without_a_sound_run_of_the_version_gives_nothing(tmp_path: Path) -> None:
    found = durations(logs.read(put(tmp_path, whole())), PARTS, "0.9.0")

    assert found.plain is None
    assert "1 run, 0 of them completed with 0.9.0" in found.gaps[0].message


def test_reference_log_has_every_part(tmp_path: Path) -> None:
    now = datetime.now(UTC)

    log = logs.read(reference.write(tmp_path, now, "1.0.0", PARTS), PATHS)

    assert log.findings == ()
    assert len(log.runs) == len(reference.ARCHITECTURES)
    assert all(run.outcome == "completed" and run.last < now for run in log.runs.values())
    assert durations(log, PARTS, "1.0.0").gaps == ()
