"""Every fault is noticed by exactly the items that it should trip, in time, and in words."""

from __future__ import annotations

from pathlib import Path

import pytest

from fixtures.reference.process import ReferenceServer
from tests_suite.faults import workflow as workflow_faults
from tests_suite.faults import world
from tests_suite.faults.world import Fault

FAULTS = [*workflow_faults.FAULTS]


@pytest.mark.parametrize("fault", FAULTS, ids=[fault.name for fault in FAULTS])
def test_fault_trips_exactly_its_items(fault: Fault, tmp_path: Path, reference_server: ReferenceServer) -> None:
    broken = world.make(tmp_path / "world", reference_server.url)
    before = broken.digest()
    fault.breaks(broken)
    assert broken.digest() != before, "the fault changed nothing"

    run = world.run_gate(fault.gate, f"--target={broken.write_target()}", reports=tmp_path / "reports")

    assert run.verdict is not None, run.output
    unexpected = {item: outcome for item, outcome in run.outcomes.items() if outcome != fault.trips.get(item, "passed")}
    assert not unexpected, f"{run.messages}\n{run.output}"
    missing = [text for text in fault.says if text not in run.messages]
    assert not missing, run.messages
    assert "Traceback" not in run.output, run.output
    assert "the check itself broke" not in run.output, run.output
    assert run.seconds < fault.seconds, f"took {run.seconds:.1f} s"
    assert (run.status == 0) == ("failed" not in fault.trips.values()), run.output


def test_healthy_world_passes(healthy: world.World, tmp_path: Path) -> None:
    run = world.run_gate("smoke", f"--target={healthy.write_target()}", reports=tmp_path / "reports")

    assert run.status == 0, run.output
    assert run.verdict is not None
    assert run.verdict["verdict"] == "PASS"
    assert set(run.outcomes.values()) == {"passed"}


def test_faults_have_names_of_their_own() -> None:
    names = [fault.name for fault in FAULTS]

    assert len(names) == len(set(names))
