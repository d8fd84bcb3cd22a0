"""`--capture-baseline`: the suite measures the baseline itself, within its budget, and says where to keep it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from fixtures.baseline import baseline as checks
from fixtures.baseline import host
from fixtures.baseline.capture import Subject, capture
from fixtures.evidence import record
from fixtures.knowledge.recorded import BUDGET
from fixtures.knowledge.reply import Failure, Reply
from fixtures.reference import executions
from gate import checklist
from tests_suite.faults import records
from tests_suite.faults.sick_server import SickServer, answer
from tests_suite.faults.world import Run, World, run_gate

ITEM = "1.1.4"
RELEASE = checklist.load().release
CAPTURE = "--capture-baseline"


def with_log(world: World, version: str = RELEASE.previous, ago: timedelta = timedelta(0)) -> Path:
    """Give a world an execution log of that version, from that long ago."""
    folder = world.root / "logs"
    folder.mkdir(exist_ok=True)
    world.target["executions"] = "logs"
    return executions.write(folder, datetime.now(UTC) - ago, version, RELEASE.parts)


def attached(reports: Path) -> dict[str, Any]:
    """The baseline that a run left."""
    data: dict[str, Any] = json.loads((reports / "verification" / "baseline.json").read_text(encoding="utf-8"))
    return data


def others_failed(run: Run) -> list[str]:
    """Items beside the baseline's that failed."""
    return [item for item, outcome in run.outcomes.items() if item != ITEM and outcome == "failed"]


@pytest.mark.parametrize("options", [(), ("-n", "2")], ids=["in one process", "in two workers"])
def test_baseline_is_measured_and_passes_as_a_record(options: tuple[str, ...], healthy: World, tmp_path: Path) -> None:
    records.recorded(healthy)
    records.path_of(healthy, "baseline").unlink()
    with_log(healthy)
    before = healthy.digest()

    run = healthy.run("verification", tmp_path / "reports", CAPTURE, *options)

    assert run.outcomes[ITEM] == "passed", f"{run.messages}\n{run.output}"
    assert not others_failed(run), run.messages
    assert healthy.digest() == before, "something was written to the target"
    found = attached(tmp_path / "reports")
    assert found["release"] == {"name": RELEASE.name, "version": RELEASE.previous}
    assert set(found["knowledge"]["tools"]) == set(RELEASE.knowledge_tools)
    assert {tool["n"] for tool in found["knowledge"]["tools"].values()} == {checks.FEWEST_SAMPLES}
    assert found["knowledge"]["requests"] == checks.FEWEST_SAMPLES * len(RELEASE.knowledge_tools)
    assert tuple(found["steps"]["parts"]) == RELEASE.parts
    keep = f"copy baseline.json from this gate's folder of reports to {healthy.root / 'evidence' / 'baseline.json'}"
    assert f"captured baseline: {keep}" in run.output
    assert run.output.count("captured baseline:") == 1
    assert keep in json.dumps(run.verdict)

    shutil.copy(tmp_path / "reports" / "verification" / "baseline.json", healthy.root / "evidence")
    again = healthy.run("verification", tmp_path / "again")

    assert again.outcomes[ITEM] == "passed", again.messages


@pytest.mark.parametrize("options", [(), ("-n", "2")], ids=["in one process", "in two workers"])
def test_reference_release_can_capture_a_baseline(options: tuple[str, ...], tmp_path: Path) -> None:
    run = run_gate("verification", CAPTURE, *options, reports=tmp_path)

    assert run.outcomes[ITEM] == "passed", f"{run.messages}\n{run.output}"
    assert (
        "copy baseline.json from this gate's folder of reports to baseline.json in your evidence folder" in run.output
    )
    assert attached(tmp_path)["host"]["cpus"] >= 1


@pytest.mark.parametrize("options", [(), ("-n", "2")], ids=["in one process", "in two workers"])
def test_capturing_stays_within_the_budget(options: tuple[str, ...], healthy: World, tmp_path: Path) -> None:
    records.recorded(healthy)
    with_log(healthy)
    upstream = healthy.target["knowledge"]["url"]
    with SickServer(upstream, {}) as server:
        healthy.target["knowledge"]["url"] = server.url

        run = healthy.run("verification", tmp_path / "reports", CAPTURE, *options)

        asked = [seen.path for seen in server.seen]
    assert run.outcomes[ITEM] == "passed", f"{run.messages}\n{run.output}"
    assert len(asked) < BUDGET
    assert sum(path == "/mcp" for path in asked) >= 1


def test_without_an_execution_log_the_parts_that_lack_are_told(healthy: World, tmp_path: Path) -> None:
    records.recorded(healthy)

    run = healthy.run("verification", tmp_path / "reports", CAPTURE)

    assert run.outcomes[ITEM] == "failed"
    assert not others_failed(run), run.messages
    assert f"no duration of step {', '.join(RELEASE.parts)}: the target names no execution log" in run.messages
    assert "name it in the target file, as `executions`" in run.messages
    assert "steps" not in attached(tmp_path / "reports")
    assert "Traceback" not in run.output


def test_log_of_one_architecture_lacks_a_part(healthy: World, tmp_path: Path) -> None:
    records.recorded(healthy)
    path = with_log(healthy)
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    other = {line["run"] for line in lines if line["architecture"] not in ("rag-only", "undecided")}
    path.write_text("".join(executions.lines(line for line in lines if line["run"] not in other)), encoding="utf-8")

    run = healthy.run("verification", tmp_path / "reports", CAPTURE)

    assert run.outcomes[ITEM] == "failed"
    assert "no completed run of 1.0.0 has step 5; it holds runs of rag-only" in run.messages


def test_odd_lines_of_the_log_degrade(healthy: World, tmp_path: Path) -> None:
    records.recorded(healthy)
    path = with_log(healthy)
    path.write_text("no event\n" + path.read_text(encoding="utf-8"), encoding="utf-8")

    run = healthy.run("verification", tmp_path / "reports", CAPTURE)

    assert run.outcomes[ITEM] == "degraded", run.messages
    assert "executions.jsonl:1: no valid JSON" in run.messages


@pytest.mark.parametrize(
    ("version", "said"),
    [
        ("2.0.0", "release.version: is '2.0.0', the version that is to be deployed"),
        ("0.9.0", "release.version: is '0.9.0'"),
    ],
)
def test_version_is_that_of_the_last_run_in_the_log(version: str, said: str, healthy: World, tmp_path: Path) -> None:
    """Once the new version runs it is too late for a baseline."""
    records.recorded(healthy)
    old = with_log(healthy, ago=timedelta(hours=20))
    old.rename(old.with_name("older.jsonl"))
    with_log(healthy, version)
    log = old.read_text(encoding="utf-8").replace('"run-', '"later-')
    old.write_text(log, encoding="utf-8")

    run = healthy.run("verification", tmp_path / "reports", CAPTURE)

    assert run.outcomes[ITEM] == "failed"
    assert said in run.messages, run.messages


def test_log_that_is_not_there_is_told(healthy: World, tmp_path: Path) -> None:
    records.recorded(healthy)
    healthy.target["executions"] = "nowhere"

    run = healthy.run("verification", tmp_path / "reports", CAPTURE)

    assert run.outcomes[ITEM] == "failed"
    assert "does not exist; expected an execution log, or a folder of them (the target's `executions`)" in run.messages


def test_server_without_answers_gives_no_baseline(healthy: World, tmp_path: Path) -> None:
    records.recorded(healthy)
    with_log(healthy)
    with SickServer(healthy.target["knowledge"]["url"], {"POST /mcp": answer(503), "GET /mcp": answer(503)}) as server:
        healthy.target["knowledge"]["url"] = server.url

        run = healthy.run("verification", tmp_path / "reports", CAPTURE)

    assert run.outcomes[ITEM] == "failed"
    assert "503" in run.messages
    assert not (tmp_path / "reports" / "verification" / "baseline.json").exists()


@pytest.mark.parametrize("marker", ["smoke", "package", ""])
def test_gate_that_does_not_judge_the_baseline_takes_no_such_option(marker: str, tmp_path: Path) -> None:
    run = run_gate(marker, CAPTURE, reports=tmp_path)

    assert run.status == 4, run.output
    assert "--capture-baseline: no gate that has the baseline; expected -m verification or -m predeploy" in run.output


# What is measured


def _subject(log: Path | None, disk: Path) -> Subject:
    return Subject(RELEASE.name, RELEASE.previous, RELEASE.knowledge_tools, RELEASE.parts, "a server", log, disk)


def _replies(silent: str = "") -> list[Reply]:
    failure = Failure("silent", "no answer within 5 s")
    return [
        Reply(tool, {}, 10.0 + number, failure=failure if tool == silent else None)
        for tool in RELEASE.knowledge_tools
        for number in range(5)
    ]


def test_tool_without_an_answer_is_a_gap_and_its_calls_are_errors(tmp_path: Path) -> None:
    log = executions.write(tmp_path, datetime.now(UTC), RELEASE.previous, RELEASE.parts)

    found = capture(_subject(log, tmp_path), _replies("get_patterns"))

    [gap] = found.gaps_in("knowledge")
    assert gap.message == "no response time of get_patterns: get_patterns(): no answer within 5 s"
    knowledge = found.record.part("knowledge")
    assert (knowledge["requests"], knowledge["errors"], knowledge["error_rate"]) == (30, 5, 16.667)
    assert "get_patterns" not in knowledge["tools"]
    assert not checks.error_findings(found.record)


def test_captured_baseline_agrees_with_itself(tmp_path: Path) -> None:
    log = executions.write(tmp_path, datetime.now(UTC), RELEASE.previous, RELEASE.parts)

    read: record.Record = capture(_subject(log, tmp_path), _replies()).record

    assert not read.mistakes
    assert not checks.figure_findings(read)
    assert not checks.latency_findings(read)
    assert not checks.error_findings(read)
    assert not checks.total_findings(read)
    assert not checks.few_samples(read)


def test_no_interface_that_tells_its_speed_is_a_reason() -> None:
    assert host.network_use({"eth0": 10_000}, {}, 1.0) == {
        "network_percent": None,
        "network_reason": "no network interface of this machine tells its speed",
    }


@pytest.mark.parametrize(
    ("moved", "speeds", "percent"),
    [
        ({"eth0": 1_250_000}, {"eth0": 100.0}, 10.0),
        ({"eth0": 1_250_000, "eth1": 1_250_000}, {"eth0": 1000.0, "eth1": 100.0}, 10.0),
        ({"eth0": 99_000_000}, {"eth0": 100.0, "eth1": 0.0}, 100.0),
        ({}, {"eth0": 100.0}, 0.0),
    ],
    ids=["one interface", "the busiest of two", "more than there is", "nothing moved"],
)
def test_network_use_is_a_share_of_the_bandwidth(
    moved: Mapping[str, int], speeds: Mapping[str, float], percent: float
) -> None:
    assert host.network_use(moved, speeds, 1.0) == {"network_percent": percent}


def test_figures_of_this_machine_are_percentages(tmp_path: Path) -> None:
    found = host.figures(tmp_path)

    assert found["cpus"] >= 1
    assert found["memory_gb"] > 0
    assert all(0 <= found[name] <= 100 for name in ("cpu_percent", "memory_percent", "disk_percent"))
    assert (found["network_percent"] is None) == ("network_reason" in found)
