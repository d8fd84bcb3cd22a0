"""Every fault of the pre-deployment phase outside of package, backup, baseline and notification trips its items."""

from __future__ import annotations

from pathlib import Path

import pytest

from fixtures.reference.process import ReferenceServer
from tests_suite.faults import approvals, records, signatures, staging, staging_rehearsal, verification, world
from tests_suite.faults.proof import prove
from tests_suite.faults.staged import staged
from tests_suite.faults.world import Fault

VERIFICATION = [*approvals.FAULTS, *signatures.FAULTS, *verification.FAULTS]
STAGING = [*staging.FAULTS, *staging_rehearsal.FAULTS]
FAULTS = [*VERIFICATION, *STAGING]


@pytest.mark.parametrize("fault", VERIFICATION, ids=[fault.name for fault in VERIFICATION])
def test_fault_of_the_verification_trips_exactly_its_items(
    fault: Fault, tmp_path: Path, reference_server: ReferenceServer
) -> None:
    healthy = world.make(tmp_path / "world", reference_server.url)
    records.recorded(healthy)

    prove(fault, healthy, tmp_path / "reports")


@pytest.mark.parametrize("fault", STAGING, ids=[fault.name for fault in STAGING])
def test_fault_of_staging_trips_exactly_its_items(
    fault: Fault, tmp_path: Path, reference_server: ReferenceServer, staging_server: ReferenceServer
) -> None:
    healthy = world.make(tmp_path / "world", reference_server.url)
    staged(healthy, staging_server.url)

    prove(fault, healthy, tmp_path / "reports")


def test_healthy_staging_passes(
    tmp_path: Path, reference_server: ReferenceServer, staging_server: ReferenceServer
) -> None:
    healthy = world.make(tmp_path / "world", reference_server.url)
    staged(healthy, staging_server.url)

    run = healthy.run("staging", tmp_path / "reports")

    assert run.status == 0, run.output
    assert set(run.outcomes.values()) == {"passed"}, run.messages


def test_faults_have_names_of_their_own() -> None:
    names = [fault.name for fault in FAULTS]

    assert len(names) == len(set(names))
