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
from tests_suite.faults.world import Fault

FAULTS = [*workflow_faults.FAULTS, *knowledge_faults.FAULTS, *claude_faults.FAULTS, *claude_program_faults.FAULTS]
ODDITIES = [*oddities.HEALTHY, *claude_faults.HEALTHY, *claude_program_faults.HEALTHY]


@pytest.mark.parametrize("fault", FAULTS, ids=[fault.name for fault in FAULTS])
def test_fault_trips_exactly_its_items(fault: Fault, tmp_path: Path, reference_server: ReferenceServer) -> None:
    broken = world.make(tmp_path / "world", reference_server.url)
    before = broken.digest()
    with broken.running:
        fault.breaks(broken)
        assert broken.digest() != before, "the fault changed nothing"

        run = broken.run(fault.gate, tmp_path / "reports")

    assert run.verdict is not None, run.output
    unexpected = {item: outcome for item, outcome in run.outcomes.items() if outcome != fault.trips.get(item, "passed")}
    assert not unexpected, f"{run.messages}\n{run.output}"
    missing = [text for text in fault.says if text not in run.messages]
    assert not missing, run.messages
    assert "Traceback" not in run.output, run.output
    assert "the check itself broke" not in run.output, run.output
    assert run.seconds < fault.seconds, f"took {run.seconds:.1f} s"
    assert run.seconds_of(fault.trips) < fault.within, f"took {run.seconds_of(fault.trips):.1f} s by their own account"
    assert (run.status == 0) == ("failed" not in fault.trips.values()), run.output


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
