"""Every fault of BMAD's installation and of the hand-over trips exactly its items of the bmad gate."""

from __future__ import annotations

from pathlib import Path

import pytest

from fixtures.reference.process import ReferenceServer
from tests_suite.faults import bmad_commands, bmad_config, bmad_skills, bmad_story
from tests_suite.faults.world import Fault, World, edit
from tests_suite.test_faults import test_fault_trips_exactly_its_items as trips_exactly_its_items

FAULTS = [*bmad_commands.FAULTS, *bmad_story.FAULTS, *bmad_config.FAULTS, *bmad_skills.FAULTS]


@pytest.mark.parametrize("fault", FAULTS, ids=[fault.name for fault in FAULTS])
def test_fault_of_the_hand_over_trips_exactly_its_items(
    fault: Fault, tmp_path: Path, reference_server: ReferenceServer
) -> None:
    trips_exactly_its_items(fault, tmp_path, reference_server)


def test_healthy_world_passes_the_bmad_gate_and_leaves_its_sample(healthy: World, tmp_path: Path) -> None:
    run = healthy.run("bmad", tmp_path / "reports")

    assert run.status == 0, run.output
    assert run.outcomes == dict.fromkeys(("2.4.1", "2.4.2", "2.4.3", "2.4.4", "2.4.5"), "passed")
    junit = (tmp_path / "reports" / "bmad" / "junit.xml").read_text(encoding="utf-8")
    sample = (tmp_path / "reports" / "bmad" / "sample-story.md").read_text(encoding="utf-8")
    assert sample.startswith("# Story 1.1: Measure a plain-prompt baseline")
    assert 'name="BMAD" value="BMAD 6.0.0-alpha.22 in _bmad/' in junit
    assert 'name="Claude Code" value="no claude on PATH' in junit
    assert "# Story 1.1: Measure a plain-prompt baseline" in (tmp_path / "reports" / "bmad" / "report.html").read_text(
        encoding="utf-8"
    )


def test_release_for_a_bmad_of_skills_passes(healthy: World, tmp_path: Path) -> None:
    bmad_skills.installed(healthy)

    run = healthy.run("bmad", tmp_path / "reports")

    assert run.status == 0, run.output
    assert run.outcomes == dict.fromkeys(("2.4.1", "2.4.2", "2.4.3", "2.4.4", "2.4.5"), "passed")
    assert run.verdict
    assert [each for item in run.verdict["items"] for each in item["findings"]] == []


@pytest.mark.parametrize(
    ("path", "old", "place"),
    [
        (bmad_config.SPRINT_STATUS, "project_key:", "templates/sprint-status.template.yaml:"),
        (bmad_config.SIDECAR, "architecture:", "templates/sidecar.template.yaml:"),
    ],
)
def test_key_that_stands_twice_is_said_with_its_file_and_line(
    path: str, old: str, place: str, healthy: World, tmp_path: Path
) -> None:
    edit(healthy.workflow / path, f"\n{old}", f"\n{old} twice\n{old}")
    text = (healthy.workflow / path).read_text(encoding="utf-8")
    line = text[: text.index(f"\n{old}", text.index(f"\n{old} twice") + 1)].count("\n") + 2

    run = healthy.run("bmad", tmp_path / "reports")

    assert run.outcomes["2.4.4"] == "failed"
    assert f"{place}{line}: no valid YAML: key '{old[:-1]}' stands twice" in run.output


def test_faults_have_names_of_their_own_and_reach_every_item() -> None:
    names = [fault.name for fault in FAULTS]

    assert len(names) == len(set(names)) >= 50
    assert {item for fault in FAULTS for item in fault.trips} == {"2.4.1", "2.4.2", "2.4.3", "2.4.4", "2.4.5"}
