"""Every fault of a deployment package trips exactly its items of the package gate."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from fixtures.package.checksumfile import digest_of
from fixtures.reference.process import ReferenceServer
from tests_suite.faults import package_contents, package_integrity, packed
from tests_suite.faults.world import Fault, World, run_gate
from tests_suite.test_faults import test_fault_trips_exactly_its_items as trips_exactly_its_items

FAULTS = [replace(fault, gate="package") for fault in [*package_contents.FAULTS, *package_integrity.FAULTS]]
ITEMS = ("1.4.1", "1.4.2", "1.4.3", "1.4.4", "1.4.5")


@pytest.mark.parametrize("fault", FAULTS, ids=[fault.name for fault in FAULTS])
def test_fault_of_the_package_trips_exactly_its_items(
    fault: Fault, tmp_path: Path, reference_server: ReferenceServer
) -> None:
    trips_exactly_its_items(fault, tmp_path, reference_server)


def test_healthy_package_passes_and_its_digest_is_on_record(healthy: World, tmp_path: Path) -> None:
    package = packed.packaged(healthy)

    run = healthy.run("package", tmp_path / "reports")

    assert run.status == 0, run.output
    assert run.outcomes == dict.fromkeys(ITEMS, "passed")
    assert run.verdict is not None
    subject = run.verdict["target"]["subjects"]["package"]
    assert subject == {
        "location": str(package.archive),
        "sha256": digest_of(package.archive),
        "store": str(package.archive.parent),
    }


def test_package_that_is_repacked_with_a_compressor_passes(healthy: World, tmp_path: Path) -> None:
    package = packed.packaged(healthy)
    before = package.archive.read_bytes()
    packed.repack(package, packed.contents(package))
    assert package.archive.stat().st_size < len(before) / 2

    run = healthy.run("package", tmp_path / "reports")

    assert run.outcomes == dict.fromkeys(ITEMS, "passed"), run.messages


def test_tag_that_stands_for_the_packaged_contents_passes(healthy: World, tmp_path: Path) -> None:
    packed.packaged(healthy)
    shutil.copytree(healthy.workflow, healthy.root / "repository" / "deep" / "workflow")
    package_contents.commit_and_tag(healthy.root / "repository")
    healthy.target["repository"] = "repository"

    run = healthy.run("package", tmp_path / "reports")

    assert run.outcomes == dict.fromkeys(ITEMS, "passed"), run.messages


@pytest.mark.parametrize("arguments", [(), ("-n2",)], ids=["in one process", "in two workers"])
def test_reference_provides_a_package_of_its_own(arguments: tuple[str, ...], tmp_path: Path) -> None:
    run = run_gate("package", *arguments, reports=tmp_path / "reports")

    assert run.status == 0, run.output
    assert run.outcomes == dict.fromkeys(ITEMS, "passed")
    assert run.verdict is not None
    assert run.verdict["target"]["subjects"]["package"]["location"] == "embedded"
    assert len(run.verdict["target"]["subjects"]["package"]["sha256"]) == 64
    assert "package" in run.verdict["target"]["embedded"]


def test_reference_provides_no_package_of_another_workflow(healthy: World, tmp_path: Path) -> None:
    run = run_gate("package", f"--workflow={healthy.workflow}", reports=tmp_path / "reports")

    assert run.outcomes == dict.fromkeys(ITEMS, "failed")
    assert "not testable: the target provides no package" in run.messages


def test_faults_have_names_of_their_own_and_reach_every_item() -> None:
    names = [fault.name for fault in FAULTS]

    assert len(names) == len(set(names)) >= 80
    assert {item for fault in FAULTS for item in fault.trips} == set(ITEMS)
