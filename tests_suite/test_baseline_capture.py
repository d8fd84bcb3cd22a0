"""What a captured baseline says, key by key, what of it is missing, and how the runs of a log become durations."""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from importlib import metadata
from pathlib import Path
from typing import Any

import psutil
import pytest

from fixtures.baseline import host
from fixtures.baseline.baseline import Baseline
from fixtures.baseline.capture import Subject, capture
from fixtures.baseline.durations import Durations, durations
from fixtures.executions.log import ExecutionLog
from fixtures.executions.run import Outcome, Run
from fixtures.finding import Finding
from fixtures.knowledge.reply import Failure, Reply
from fixtures.reference import executions

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
FIGURES = {"cpus": 4, "memory_gb": 8.3, "cpu_percent": 12.3, "memory_percent": 56.8, "disk_percent": 91.3}
REPLIES = [Reply("search", {}, milliseconds) for milliseconds in (10.0, 30.0, 20.00049, 50.0, 40.0)]


@pytest.fixture(autouse=True)
def machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A machine that tells its figures at once."""
    monkeypatch.chdir(tmp_path)  # nothing is to be written here
    told = {tmp_path: {**FIGURES, "network_percent": 10.0}}
    monkeypatch.setattr(host, "figures", lambda folder: told[folder])
    monkeypatch.setattr(platform, "node", lambda: "a-host")


def captured(
    disk: Path, replies: list[Reply] = REPLIES, log: Path | None = None, evidence: Path | None = None
) -> Baseline:
    """The baseline of a server with two tools, and of a workflow with two parts."""
    return capture(
        Subject("kb", "1.0.0", ("search", "patterns"), ("1", "2a"), "a server", log, disk, evidence), replies
    )


def content(found: Baseline) -> dict[str, Any]:
    assert found.measured is not None
    data: dict[str, Any] = json.loads(found.measured)
    return data


def test_captured_baseline_is_to_be_kept_with_the_evidence(tmp_path: Path) -> None:
    assert captured(tmp_path).keep == (
        "copy baseline.json from this gate's folder of reports to baseline.json in your evidence folder"
    )
    assert captured(tmp_path, evidence=tmp_path / "records").keep == (
        f"copy baseline.json from this gate's folder of reports to {tmp_path / 'records' / 'baseline.json'}"
    )
    assert list(tmp_path.iterdir()) == []


def test_names_are_written_as_they_are(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(platform, "node", lambda: "zürich-1")

    text = captured(tmp_path).measured

    assert text is not None
    assert text.endswith("\n}\n")
    assert '\n "where": "zürich-1",\n' in text


def test_host_and_suite_without_a_name_are_told_as_such(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def unknown(name: str) -> str:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(platform, "node", lambda: "")
    monkeypatch.setattr(metadata, "version", unknown)

    data = content(captured(tmp_path))

    assert (data["where"], data["captured_by"]) == ("a host without a name", "release-gate-suite")


def test_calls_that_were_made_count_and_the_others_do_not(tmp_path: Path) -> None:
    replies = [
        *REPLIES,
        Reply("search", {"query": "x"}, 99.0, text="no", is_error=True),
        Reply("patterns", {}, 99.0, failure=Failure("silent", "no answer within 5 s")),
        Reply("patterns", {}, 0.0, failure=Failure("unasked", "not asked after that")),
    ]

    found = captured(tmp_path, replies)

    knowledge = content(found)["knowledge"]
    assert (knowledge["requests"], knowledge["errors"], knowledge["error_rate"]) == (7, 2, 28.571)
    assert list(knowledge["tools"]) == ["search"]
    assert knowledge["tools"]["search"]["n"] == 5
    assert found.gaps["knowledge"] == (
        Finding(None, None, "no response time of patterns: patterns(): no answer within 5 s"),
    )


def test_tools_that_nobody_asked_are_gaps_and_no_errors(tmp_path: Path) -> None:
    found = captured(tmp_path, [])

    knowledge = content(found)["knowledge"]
    assert (knowledge["requests"], knowledge["errors"], knowledge["error_rate"]) == (0, 0, 0.0)
    assert knowledge["tools"] == {}
    assert found.gaps["knowledge"] == (
        Finding(None, None, "no response time of search: it was not asked"),
        Finding(None, None, "no response time of patterns: it was not asked"),
    )


@pytest.mark.parametrize("error", [OSError("not permitted"), psutil.AccessDenied(msg="not permitted")])
def test_machine_that_does_not_tell_is_a_gap(error: Exception, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def silent(folder: Path) -> dict[str, Any]:
        raise error

    monkeypatch.setattr(host, "figures", silent)

    found = captured(tmp_path)

    assert "host" not in content(found)
    assert found.gaps["host"] == (Finding(None, None, f"no figures of this machine: {error}"),)


def test_without_a_log_the_steps_are_a_gap(tmp_path: Path) -> None:
    found = captured(tmp_path)

    assert "steps" not in content(found)
    assert content(found)["release"] == {"name": "kb", "version": "1.0.0"}
    assert found.gaps["steps"] == (
        Finding(
            None,
            None,
            "no duration of step 1, 2a: the target names no execution log; name it in the target file, as `executions`",
        ),
    )
    assert found.remarks == ()


def test_log_that_cannot_be_read_is_a_gap_with_its_place(tmp_path: Path) -> None:
    found = captured(tmp_path, log=tmp_path / "nowhere")

    assert found.gaps["steps"] == (
        Finding(
            str(tmp_path / "nowhere"),
            None,
            "does not exist; expected an execution log, or a folder of them (the target's `executions`); "
            "no duration of step 1, 2a",
        ),
    )
    assert found.remarks == ()


def test_log_tells_which_version_ran_last_and_what_is_odd_about_it(tmp_path: Path) -> None:
    log = executions.write(tmp_path, NOON, "2.0.0", ("1", "2a"))
    log.write_text("no event\n" + log.read_text(encoding="utf-8"), encoding="utf-8")

    found = captured(tmp_path, log=log)

    assert content(found)["release"] == {"name": "kb", "version": "2.0.0"}
    assert [(each.file, each.line) for each in found.remarks] == [("executions.jsonl", 1)]
    assert "steps" not in content(found)
    assert len(found.gaps["steps"]) == 1


def test_captured_baseline_says_all_that_was_measured(tmp_path: Path) -> None:
    log = executions.write(tmp_path, NOON, "1.0.0", ("1", "2a"))
    replies = [*REPLIES, *(Reply("patterns", {}, 1.0) for _ in range(5))]
    before = datetime.now(UTC).replace(microsecond=0)

    found = captured(tmp_path, replies, log)

    data = content(found)
    moment = datetime.fromisoformat(data.pop("captured"))
    assert before <= moment <= datetime.now(UTC)
    assert (moment.microsecond, moment.utcoffset()) == (0, timedelta(0))
    assert data == {
        "schema": 1,
        "captured_by": f"release-gate-suite {metadata.version('release-gate-suite')}",
        "where": "a-host",
        "release": {"name": "kb", "version": "1.0.0"},
        "knowledge": {
            "server": "a server",
            "unit": "ms",
            "percentiles": "nearest rank",
            "requests": 10,
            "errors": 0,
            "error_rate": 0.0,
            "tools": {
                "search": {
                    "n": 5,
                    "min": 10.0,
                    "p50": 30.0,
                    "p95": 50.0,
                    "max": 50.0,
                    "samples": [10.0, 30.0, 20.0, 50.0, 40.0],
                },
                "patterns": {"n": 5, "min": 1.0, "p50": 1.0, "p95": 1.0, "max": 1.0, "samples": [1.0] * 5},
            },
        },
        "steps": {
            "unit": "min",
            "from": "2026-01-05T00:00:00+00:00",
            "to": "2026-01-05T07:36:21+00:00",
            "total": 6.1,
            "parts": {"1": {"minutes": 3.0, "runs": 6}, "2a": {"minutes": 3.1, "runs": 6}},
        },
        "host": {**FIGURES, "network_percent": 10.0},
    }
    assert found.record.file == "baseline.json"
    assert found.record.content == content(found)
    assert found.record.mistakes == ()
    assert found.gaps == {"steps": (), "knowledge": (), "host": ()}
    assert found.remarks == ()


# Durations


def run(
    name: str,
    hour: int,
    parts: Mapping[str, float],
    *,
    version: str = "1.0.0",
    outcome: Outcome = "completed",
    faults: int = 0,
    architecture: str = "hybrid",
) -> Run:
    """A run that began at that hour and took 30 minutes."""
    begun = NOON.replace(hour=hour)
    return Run(name, version, architecture, begun, begun + timedelta(minutes=30.01), outcome, parts, None, None, faults)


def medians(*runs: Run, parts: tuple[str, ...] = ("1", "2a")) -> Durations:
    log = ExecutionLog(Path("logs/log.jsonl"), {each.name: each for each in runs}, 99, ())
    return durations(log, parts, "1.0.0")


def test_durations_are_those_of_the_sound_runs_from_the_first_to_the_last() -> None:
    found = medians(
        run("a", 9, {"1": 4.0, "2a": 1.00049}),
        run("b", 8, {"1": 2.0, "2a": 0.0}),
        run("c", 10, {"1": 1.0}),
        run("d", 11, {"1": 3.0, "x": 70.0}),
        run("odd", 7, {"1": 50.0}, faults=1),
        run("failed", 6, {"1": 60.0}, outcome="failed"),
        run("new", 13, {"1": 60.0}, version="2.0.0"),
        run("old", 5, {"1": 60.0}, version="0.9.0"),
        parts=("1",),
    )

    assert found == Durations(
        {
            "unit": "min",
            "from": "2026-01-05T08:00:00+00:00",
            "to": "2026-01-05T11:30:00+00:00",
            "total": 2.0,
            "parts": {"1": {"minutes": 2.0, "runs": 4}},
        },
        "2.0.0",
        (),
    )


def test_total_is_that_of_the_parts_to_the_thousandth() -> None:
    found = medians(run("a", 9, {"1": 0.12345, "2a": 1.2}))

    assert found.plain is not None
    assert found.plain["parts"] == {"1": {"minutes": 0.123, "runs": 1}, "2a": {"minutes": 1.2, "runs": 1}}
    assert found.plain["total"] == 1.323


def test_every_part_without_a_duration_is_a_gap_that_names_what_ran() -> None:
    found = medians(
        run("a", 9, {"1": 0.0}, architecture="rag-only"),
        run("b", 10, {"3": 2.0}, architecture="hybrid"),
        run("c", 11, {"3": 2.0}, architecture="rag-only"),
        run("d", 11, {"2a": 2.0}, architecture="fine-tuning", faults=1),
        parts=("1", "2a", "3"),
    )

    assert found.plain is not None
    assert found.plain["parts"] == {"3": {"minutes": 2.0, "runs": 2}}
    assert found.gaps == (
        Finding("log.jsonl", None, "no completed run of 1.0.0 has step 1; it holds runs of hybrid, rag-only"),
        Finding("log.jsonl", None, "no completed run of 1.0.0 has step 2a; it holds runs of hybrid, rag-only"),
    )


def test_runs_without_any_duration_give_no_steps() -> None:
    found = medians(run("a", 9, {}))

    assert (found.plain, found.version, len(found.gaps)) == (None, "1.0.0", 2)


@pytest.mark.parametrize(
    ("runs", "version", "said"),
    [
        ((), None, "0 runs, 0 of them completed with 1.0.0"),
        ((run("a", 9, {"1": 1.0}, outcome="open"),), "1.0.0", "1 run, 0 of them completed with 1.0.0"),
        (
            (
                run("a", 9, {"1": 1.0}, faults=1),
                run("b", 8, {"1": 1.0}, faults=2),
                run("c", 10, {}, version="2.0.0"),
            ),
            "2.0.0",
            "3 runs, 2 of them completed with 1.0.0",
        ),
    ],
    ids=["no run", "one that goes on", "odd ones"],
)
def test_log_without_a_sound_run_says_what_it_holds(runs: tuple[Run, ...], version: str | None, said: str) -> None:
    words = f"holds {said}, none of these sound; expected completed runs of 1.0.0 to take the durations from"

    assert medians(*runs) == Durations(None, version, (Finding("log.jsonl", None, words),))
