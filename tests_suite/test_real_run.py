"""Runs of the real gate on the reference release: their reports keep to the contract and tell the same each time."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest

from fixtures.reference.process import ReferenceServer
from tests_suite import miniature
from tests_suite.faults import world
from tests_suite.faults.world import World, edit

MEASURED = {"started", "ended", "seconds", "value", "samples", "amiss_since", "degraded_minutes"}


def _lasting(value: Any) -> Any:
    """A report without what differs from run to run: times and measured values."""
    match value:
        case dict():
            return {key: _lasting(each) for key, each in value.items() if key not in MEASURED}
        case list():
            return [_lasting(each) for each in value]
    return value


def _break(broken: World) -> None:
    edit(broken.workflow / "steps/0-scoping/step-01-business-analyst.md", "step-02a-fti-architect.md'", "step-02x.md'")


@pytest.mark.parametrize("faulty", [False, True], ids=["healthy", "broken"])
def test_two_runs_on_the_same_input_differ_in_times_and_measured_values_only(
    healthy: World, tmp_path: Path, faulty: bool
) -> None:
    if faulty:
        _break(healthy)
    target = f"--target={healthy.write_target()}"

    runs = [world.run_gate("smoke", target, reports=tmp_path / f"reports{number}") for number in (1, 2)]

    first, second = (
        miniature.read_verdict(tmp_path / f"reports{number}" / "smoke" / "verdict.json") for number in (1, 2)
    )
    assert first["verdict"] == ("FAIL" if faulty else "PASS"), runs[0].output
    assert _lasting(first) == _lasting(second)
    assert first["started"] < second["started"]


def test_reference_release_passes_and_says_what_it_is(tmp_path: Path) -> None:
    run = world.run_gate("smoke", reports=tmp_path)

    content = miniature.read_verdict(tmp_path / "smoke" / "verdict.json")
    assert (run.status, content["verdict"]) == (0, "PASS"), run.output
    assert content["target"]["name"] == "reference"
    assert {"workflow", "knowledge", "claude"} <= set(content["target"]["embedded"])
    assert "proves nothing about production" in (tmp_path / "smoke" / "summary.md").read_text(encoding="utf-8")
    assert "proves nothing about production" in run.output


def test_override_is_judged_by_and_shown_beside_the_plan_s_figure(healthy: World, tmp_path: Path) -> None:
    healthy.override("2.1.2", "response time", 0.001)

    run = world.run_gate("smoke", f"--target={healthy.write_target()}", reports=tmp_path / "reports")

    content = miniature.read_verdict(tmp_path / "reports" / "smoke" / "verdict.json")
    item = next(each for each in content["items"] if each["id"] == "2.1.2")
    assert item["outcome"] == "failed"
    assert [(each["limit"], each["plan_limit"]) for each in item["measurements"]] == [(0.001, 100.0)]
    assert content["target"]["overrides"][0]["plan_value"] == 100.0
    assert "set by the target; plan 2.1: 100 ms" in run.messages
    assert "override: 2.1.2 response time = 0.001" in run.output


@pytest.mark.parametrize(
    ("override", "says"),
    [
        ({"item": "2.1.9", "limit": "response time", "value": 5}, "the checklist has no item '2.1.9'"),
        ({"item": "2.1.2", "limit": "latency", "value": 5}, "item 2.1.2 has no limit 'latency'"),
        ({"item": "2.1.2", "limit": "time limit", "value": 0}, "0"),
        ({"fact": "colour", "value": 5}, "fact"),
        ({"fact": "agents", "value": 12}, "list"),
        ({"item": "2.1.2", "limit": "response time", "value": float("inf")}, "value"),
    ],
)
def test_mistaken_override_ends_the_run_in_one_line(
    healthy: World, tmp_path: Path, override: dict[str, Any], says: str
) -> None:
    healthy.target["overrides"] = [override | {"reason": "a test needs it so"}]

    run = world.run_gate("smoke", f"--target={healthy.write_target()}", reports=tmp_path / "reports")

    [line] = [each for each in run.output.splitlines() if each.strip()]
    assert line.startswith("ERROR: target.yaml: overrides")
    assert says in line
    assert run.status == int(pytest.ExitCode.USAGE_ERROR)
    assert not (tmp_path / "reports").exists()


def test_release_of_another_size_is_judged_by_its_own_figures(healthy: World, tmp_path: Path) -> None:
    (healthy.workflow / "checklists" / "one-more-checklist.md").write_text(
        "# One more\n\n- [ ] Done\n", encoding="utf-8"
    )
    composition = {
        "agents/*.md": 11,
        "agents/config/*.xml": 11,
        "steps/*/*.md": 13,
        "templates/**/*": 13,
        "checklists/*.md": 5,
        "config.yaml": 1,
        "workflow.md": 1,
        "workflow-plan-*.md": 1,
    }
    healthy.target["overrides"] = [{"fact": "composition", "value": composition, "reason": "one checklist more"}]

    run = world.run_gate("smoke", f"--target={healthy.write_target()}", reports=tmp_path / "reports")

    assert run.status == 0, run.output
    assert "56/56 files" in run.output


@pytest.mark.parametrize("arguments", [("-n", "2"), ("-p", "no:randomly"), ("--tb=short", "-vv")], ids=" ".join)
def test_way_of_running_changes_no_outcome(healthy: World, tmp_path: Path, arguments: tuple[str, ...]) -> None:
    _break(healthy)
    target = f"--target={healthy.write_target()}"
    plain = world.run_gate("smoke", target, reports=tmp_path / "plain")

    other = world.run_gate("smoke", target, *arguments, reports=tmp_path / "other")

    assert other.status == plain.status == 1, other.output
    assert other.outcomes == plain.outcomes
    assert other.messages == plain.messages


def test_other_working_folder_changes_no_outcome(healthy: World, tmp_path: Path) -> None:
    target = f"--target={healthy.write_target()}"

    run = world.run_gate("smoke", target, reports=tmp_path / "reports", cwd=tmp_path)

    assert run.status == 0, run.output
    assert set(run.outcomes.values()) == {"passed"}


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["one process", "two workers"])
def test_file_whose_name_is_no_text_does_not_cost_the_report(
    healthy: World, tmp_path: Path, workers: tuple[str, ...]
) -> None:
    name = b"caf\xe9.md".decode("utf-8", "surrogateescape")
    (healthy.workflow / "checklists" / name).write_text("# One more\n", encoding="utf-8")

    run = world.run_gate("smoke", f"--target={healthy.write_target()}", *workers, reports=tmp_path / "reports")

    miniature.read_verdict(tmp_path / "reports" / "smoke" / "verdict.json")
    assert run.outcomes["2.1.1"] == "failed", run.output
    assert "caf" in run.messages
    assert "Traceback" not in run.output
    assert "INTERNALERROR" not in run.output


def test_dead_server_of_the_target_does_not_stop_the_other_checks(
    tmp_path: Path, reference_server: ReferenceServer
) -> None:
    broken = world.make(tmp_path / "world", reference_server.url)
    dead = dataclasses.replace(broken, target={**broken.target, "knowledge": {"url": "http://127.0.0.1:1"}})

    run = world.run_gate("smoke", f"--target={dead.write_target()}", reports=tmp_path / "reports")

    assert {item for item, outcome in run.outcomes.items() if outcome == "failed"} == {"2.1.2"}
    assert run.status == 1
