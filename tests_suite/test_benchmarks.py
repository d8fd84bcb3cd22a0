"""The benchmarks stay right: what they grow is a release that passes, and they can be started."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from fixtures.reference.process import ReferenceServer
from fixtures.yamlfile import parse
from tests_suite import test_faults
from tests_suite.benchmarks import grown, stories
from tests_suite.benchmarks.__main__ import benchmarks
from tests_suite.benchmarks.alternatives import noticing
from tests_suite.benchmarks.alternatives.tools import install, missing, tools
from tests_suite.faults import world

NAMES = [name for name, _ in benchmarks()]


def test_reference_grown_three_times_over_passes_the_smoke_gate(
    reference_server: ReferenceServer, tmp_path: Path
) -> None:
    workflow = grown.grow(tmp_path, 3)
    target = grown.write_target(tmp_path, 3, reference_server.url)

    run = world.run_gate("smoke", f"--target={target}", reports=tmp_path / "reports")

    assert run.status == 0, run.output
    assert run.verdict is not None
    assert (run.verdict["verdict"], set(run.outcomes.values())) == ("PASS", {"passed"})
    measured = {each["name"]: each["value"] for item in run.verdict["items"] for each in item["measurements"]}
    assert (measured["files valid"], measured["agent files"]) == (165, 66)
    assert sum("DEPLOYMENT" not in path.parts for path in workflow.rglob("*.*") if path.is_file()) == 165


def test_copies_of_a_grown_release_follow_one_another(tmp_path: Path) -> None:
    workflow = grown.grow(tmp_path, 2)
    config = parse((workflow / "config.yaml").read_text(encoding="utf-8"))

    last = (workflow / "steps/6-integration/step-11-story-elaborator.md").read_text(encoding="utf-8")
    assert "nextStep: '7-scoping/step-12-business-analyst.md'" in last
    assert list(config["steps"])[12:15] == [11, 12, "13a"]
    assert config["steps"]["13b"] == {
        "file": "7-scoping/step-13b-tech-stack.md",
        "agent": "fti-architect-2.md",
        "phase": "phase-7-scoping",
        "reads_from": "architecture-decision-2.md",
        "output": "tech-stack-decision-2.md",
        "context_clear_recommended": True,
    }
    assert config["phase_folders"][9]["skip_when"] == "architecture == 'rag-only'"
    assert config["phase_folders"][9]["steps"] == [16]


@pytest.mark.parametrize("name", NAMES)
def test_benchmark_can_be_started_by_hand(name: str) -> None:
    help_text = subprocess.run(
        [sys.executable, "-m", f"tests_suite.benchmarks.{name}", "--help"],
        cwd=world.SUITE,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    ).stdout

    assert f"usage: python -m tests_suite.benchmarks.{name} " in help_text
    assert dict(benchmarks())[name] in help_text, "the help is what the module says of itself"


def test_list_of_benchmarks_has_all_of_them() -> None:
    assert len(NAMES) >= 14
    assert {"startup", "gates", "growth", "stories", "reports", "package", "alternatives"} <= set(NAMES)


def test_stories_of_the_benchmark_are_judged_and_parsed(tmp_path: Path) -> None:
    sample = stories.plant(tmp_path, 7)

    assert (stories.judge(sample), stories.parse(sample)) == (7, 7)


def test_faults_for_the_alternatives_are_drawn_from_both_gates_and_the_same_each_time() -> None:
    drawn = noticing.draw(40)

    assert [fault.name for fault in drawn] == [fault.name for fault in noticing.draw(40)]
    assert Counter(fault.gate for fault in drawn) == {"smoke": 30, "package": 10}
    assert [fault.name for fault in noticing.draw(40, seed=9)] != [fault.name for fault in drawn]


@pytest.mark.alternatives
def test_every_alternative_takes_the_reference_for_good_and_notices_a_fault(
    tmp_path: Path, reference_server: ReferenceServer
) -> None:
    assert not missing()
    four = tools(install(tmp_path / "environment"), tmp_path)

    assert set(noticing.healthy(four, reference_server.url, tmp_path / "healthy").values()) == {0}
    fault = next(fault for fault in test_faults.FAULTS if fault.name == "a step is missing")
    [noticed] = noticing.compare(four, [fault], reference_server.url, tmp_path / "broken")
    assert all(noticed.by(tool.name) for tool in four), noticed.statuses
