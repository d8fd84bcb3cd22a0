"""Every fault of the acceptance trips exactly its criteria."""

from __future__ import annotations

from pathlib import Path

import pytest

from fixtures.reference.process import ReferenceServer
from tests_suite.faults import acceptance, world
from tests_suite.faults.accepted import accepted
from tests_suite.faults.proof import prove
from tests_suite.faults.world import Fault, run_gate

FAULTS = acceptance.FAULTS


@pytest.mark.parametrize("fault", FAULTS, ids=[fault.name for fault in FAULTS])
def test_fault_of_the_acceptance_trips_exactly_its_criteria(
    fault: Fault, tmp_path: Path, reference_server: ReferenceServer
) -> None:
    healthy = world.make(tmp_path / "world", reference_server.url)
    accepted(healthy)

    prove(fault, healthy, tmp_path / "reports")


def test_healthy_deployment_is_accepted_and_says_what_that_rests_on(
    tmp_path: Path, reference_server: ReferenceServer
) -> None:
    healthy = world.make(tmp_path / "world", reference_server.url)
    accepted(healthy)

    run = healthy.run("acceptance", tmp_path / "reports")

    assert run.status == 0, run.output
    assert set(run.outcomes.values()) == {"passed"}, run.messages
    assert len(run.outcomes) == 16
    assert run.verdict is not None
    rests_on = {each["id"]: each["noted"].get("rests on", "") for each in run.verdict["items"]}
    assert rests_on["S.1"].startswith("deploy of ")
    assert {text.partition(" of ")[0] for text in rests_on["S.5"].split("; ")} == {"smoke", "bmad"}


@pytest.mark.parametrize("arguments", [(), ("-n2",)], ids=["in one process", "in two workers"])
def test_reference_is_accepted(arguments: tuple[str, ...], tmp_path: Path) -> None:
    run = run_gate("acceptance", *arguments, reports=tmp_path / "reports")

    assert run.status == 0, run.output
    assert set(run.outcomes.values()) == {"passed"}, run.messages


def test_faults_have_names_of_their_own() -> None:
    names = [fault.name for fault in FAULTS]

    assert len(names) == len(set(names))
