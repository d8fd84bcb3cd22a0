"""Every fault is noticed by exactly the items that it should trip, in time, and in words."""

from __future__ import annotations

from pathlib import Path

import pytest

from fixtures.reference.process import ReferenceServer
from tests_suite.faults import claude as claude_faults
from tests_suite.faults import claude_program as claude_program_faults
from tests_suite.faults import knowledge as knowledge_faults
from tests_suite.faults import oddities, world
from tests_suite.faults import workflow as workflow_faults
from tests_suite.faults.proof import prove
from tests_suite.faults.world import Fault

FAULTS = [*workflow_faults.FAULTS, *knowledge_faults.FAULTS, *claude_faults.FAULTS, *claude_program_faults.FAULTS]
ODDITIES = [*oddities.HEALTHY, *claude_faults.HEALTHY, *claude_program_faults.HEALTHY]


@pytest.mark.parametrize("fault", FAULTS, ids=[fault.name for fault in FAULTS])
def test_fault_trips_exactly_its_items(fault: Fault, tmp_path: Path, reference_server: ReferenceServer) -> None:
    prove(fault, world.make(tmp_path / "world", reference_server.url), tmp_path / "reports")


@pytest.mark.parametrize("oddity", ODDITIES, ids=[oddity.name for oddity in ODDITIES])
def test_odd_but_healthy_world_passes(oddity: Fault, tmp_path: Path, reference_server: ReferenceServer) -> None:
    healthy = world.make(tmp_path / "world", reference_server.url)
    before = healthy.digest()
    with healthy.running:
        oddity.breaks(healthy)
        assert healthy.digest() != before, "there is nothing odd about it"

        run = healthy.run(oddity.gate, tmp_path / "reports")

    assert set(run.outcomes.values()) == {"passed"}, f"{run.messages}\n{run.output}"
    assert run.status == 0, run.output


def test_healthy_world_passes(healthy: world.World, tmp_path: Path) -> None:
    run = world.run_gate("smoke", f"--target={healthy.write_target()}", reports=tmp_path / "reports")

    assert run.status == 0, run.output
    assert run.verdict is not None
    assert run.verdict["verdict"] == "PASS"
    assert set(run.outcomes.values()) == {"passed"}


def test_faults_have_names_of_their_own() -> None:
    names = [fault.name for fault in [*FAULTS, *ODDITIES]]

    assert len(names) == len(set(names))
