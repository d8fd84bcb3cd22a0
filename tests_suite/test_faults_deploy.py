"""Every fault of a deployed repository trips exactly its items of the deploy gate."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from fixtures.reference.process import ReferenceServer
from tests_suite.faults import (
    deploy_backup,
    deploy_files,
    deploy_history,
    deploy_record,
    deploy_repository,
    deploy_start,
    deployed,
)
from tests_suite.faults.world import Fault, World
from tests_suite.test_faults import test_fault_trips_exactly_its_items as trips_exactly_its_items

MODULES = (deploy_history, deploy_start, deploy_files, deploy_repository, deploy_backup, deploy_record)
FAULTS = [replace(fault, gate="deploy") for module in MODULES for fault in module.FAULTS]


@pytest.mark.parametrize("fault", FAULTS, ids=[fault.name for fault in FAULTS])
def test_fault_of_the_deployment_trips_exactly_its_items(
    fault: Fault, tmp_path: Path, reference_server: ReferenceServer
) -> None:
    trips_exactly_its_items(fault, tmp_path, reference_server)


def test_healthy_deployment_passes_and_its_commit_is_on_record(healthy: World, tmp_path: Path) -> None:
    deployed.provide(healthy)

    run = healthy.run("deploy", tmp_path / "reports")

    assert run.status == 0, run.output
    assert len(run.outcomes) == 32
    assert set(run.outcomes.values()) == {"passed"}
    assert run.verdict is not None
    repository = deployed.repository_of(healthy)
    assert run.verdict["target"]["subjects"]["repository"] == {
        "location": str(repository),
        "commit": deployed.git(repository, "rev-parse", "HEAD"),
        "commit before": deployed.git(repository, "rev-parse", "main"),
        "branch": deployed.BRANCH,
        "tag": deployed.TAG,
    }


def test_faults_have_names_of_their_own_and_reach_every_item() -> None:
    names = [fault.name for fault in FAULTS]

    assert len(names) == len(set(names)) >= 70
    assert len({item for fault in FAULTS for item, outcome in fault.trips.items() if outcome == "failed"}) == 32
