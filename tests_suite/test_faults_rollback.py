"""Every fault of a rollback trips exactly its items of the rollback gate."""

from __future__ import annotations

from pathlib import Path

import pytest

from fixtures.reference.process import ReferenceServer
from tests_suite.faults import rollback, rollback_records, world
from tests_suite.faults.proof import prove
from tests_suite.faults.world import Fault, World, run_gate

FAULTS = [*rollback.FAULTS, *rollback_records.FAULTS]
ITEMS = tuple(f"R.{number}" for number in range(1, 8))


@pytest.fixture
def rolled_back(tmp_path: Path, reference_server: ReferenceServer, staging_server: ReferenceServer) -> World:
    """A world after a rollback that went as it should."""
    healthy = world.make(tmp_path / "world", reference_server.url)
    rollback.rolled_back(healthy, staging_server.url)
    return healthy


@pytest.mark.parametrize("fault", FAULTS, ids=[fault.name for fault in FAULTS])
def test_fault_of_a_rollback_trips_exactly_its_items(fault: Fault, rolled_back: World, tmp_path: Path) -> None:
    prove(fault, rolled_back, tmp_path / "reports")


def test_rollback_that_went_well_passes(rolled_back: World, tmp_path: Path) -> None:
    run = rolled_back.run("rollback", tmp_path / "reports")

    assert run.status == 0, run.output
    assert run.outcomes == dict.fromkeys(ITEMS, "passed"), run.messages


def test_redeployment_with_a_fix_that_was_verified_before_passes(rolled_back: World, tmp_path: Path) -> None:
    rollback_records.fixed_since(rolled_back)

    run = rolled_back.run("rollback", tmp_path / "reports")

    assert run.outcomes == dict.fromkeys(ITEMS, "passed"), run.messages


def test_reference_was_rolled_back_on_its_staging(tmp_path: Path) -> None:
    run = run_gate("rollback", reports=tmp_path / "reports")

    assert run.status == 0, run.output
    assert run.outcomes == dict.fromkeys(ITEMS, "passed"), run.messages


def test_faults_have_names_of_their_own_and_reach_every_item() -> None:
    names = [fault.name for fault in FAULTS]

    assert len(names) == len(set(names))
    assert {item for fault in FAULTS for item in fault.trips} == set(ITEMS)
