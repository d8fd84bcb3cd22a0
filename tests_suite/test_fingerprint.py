"""The marks of what is verified: they change with everything that a release is made of, and with nothing else."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from fixtures import fingerprint
from fixtures.workflow.tree import digest
from gate.provenance import TARGET
from tests_suite.faults import world
from tests_suite.faults.world import SUITE, World

STAMP = (1_700_000_000, 1_700_000_000)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with a target file, a workflow behind a link, and a package; all files are of the same time."""
    (tmp_path / "v1" / "steps").mkdir(parents=True)
    (tmp_path / "v1" / "workflow.md").write_text("version 1.0.0")
    (tmp_path / "v1" / "steps" / "step.md").write_text("a step")
    (tmp_path / "v2").mkdir()
    (tmp_path / "v2" / "workflow.md").write_text("version 2.0.0")
    (tmp_path / "live").symlink_to("v1")
    (tmp_path / "p.tar.gz").write_bytes(b"package")
    (tmp_path / "p.manifest.json").write_bytes(b"")
    (tmp_path / "v2" / "approvals.yaml").write_text("approvals: []")
    (tmp_path / "signers").write_text("a key")
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared" / "linked.md").write_text("x")
    (tmp_path / "v1" / "linked").symlink_to("../shared")
    (tmp_path / "target.yaml").write_text(
        "name: own\nworkflow: live\npackage: p.tar.gz\nevidence: v2\napprovals: {allowed_signers: signers}\n"
    )
    for path in tmp_path.rglob("*.md"):
        os.utime(path, STAMP)
    return tmp_path


def _config(place: Path, **chosen: str) -> pytest.Config:
    options = {"target": "target.yaml", **chosen}
    config = SimpleNamespace(stash=pytest.Stash(), invocation_params=SimpleNamespace(dir=place), getoption=options.get)
    return cast(pytest.Config, config)


def _written(path: Path, text: str) -> None:
    path.write_text(text)
    os.utime(path, STAMP)


def _exchanged(path: Path) -> None:
    new = path.with_name("new.md")
    _written(new, path.read_text())
    os.replace(new, path)


def _switched(place: Path) -> None:
    (place / "new").symlink_to("v2")
    os.replace(place / "new", place / "live")


CHANGES: dict[str, tuple[Callable[[Path], object], str]] = {
    "a file of the same size and time": (lambda at: _written(at / "v1/workflow.md", "version 2.0.0"), "workflow"),
    "a file more": (lambda at: _written(at / "v1/steps/other.md", "another"), "workflow"),
    "a file less": (lambda at: (at / "v1/steps/step.md").unlink(), "workflow"),
    "another name": (lambda at: (at / "v1/steps/step.md").rename(at / "v1/steps/step-1.md"), "workflow"),
    "other permissions": (lambda at: (at / "v1/workflow.md").chmod(0o600), "workflow"),
    "a file in the place of another": (lambda at: _exchanged(at / "v1/workflow.md"), "workflow"),
    "a link that leads elsewhere": (_switched, "workflow"),
    "another package": (lambda at: (at / "p.tar.gz").write_bytes(b"package!"), "package"),
    "a file behind a link to a folder": (lambda at: _written(at / "shared/linked.md", "y"), "workflow"),
    "another manifest": (lambda at: (at / "p.manifest.json").write_bytes(b"{}"), "package"),
    "other checksums": (lambda at: (at / "p.sha256").write_bytes(b"none"), "package"),
    "another approval": (lambda at: (at / "v2/approvals.yaml").write_text("approvals: [1]"), "evidence"),
    "a record more": (lambda at: (at / "v2/notification.json").write_text("{}"), "evidence"),
    "another signer": (lambda at: (at / "signers").write_text("b key"), "list of allowed signers"),
    "no package": (lambda at: (at / "p.tar.gz").unlink(), "package"),
    "a comment in the target file": (
        lambda at: _written(at / "target.yaml", f"{(at / 'target.yaml').read_text()}# a comment\n"),
        "target file",
    ),
}


@pytest.mark.parametrize(("change", "name"), CHANGES.values(), ids=CHANGES)
def test_change_of_a_subject_changes_its_mark_alone(place: Path, change: Callable[[Path], object], name: str) -> None:
    config = _config(place)
    before = fingerprint.pytest_gate_marks(config, ["verification"])

    change(place)

    after = fingerprint.pytest_gate_marks(config, ["verification"])
    assert {each for each in before if before[each] != after[each]} == {name}


def test_marks_of_what_stays_are_the_same(place: Path) -> None:
    config = _config(place)
    before = fingerprint.pytest_gate_marks(config, ["verification"])
    assert set(before) == {"target file", "workflow", "package", "evidence", "list of allowed signers"}
    assert set(fingerprint.pytest_gate_marks(config, ["smoke"])) == {"target file", "workflow", "package"}

    (place / "v1" / "workflow.md").read_text()
    (place / "v1" / ".git").mkdir()
    (place / "v1" / "steps" / ".step.md.swp").touch()

    assert fingerprint.pytest_gate_marks(config, ["verification"]) == before


def test_option_outweighs_the_target_file(place: Path) -> None:
    marks = fingerprint.pytest_gate_marks(_config(place, workflow="v2"), ["smoke"])

    assert marks["workflow"].startswith(f"{(place / 'v2').resolve()} ")


def test_digests_are_those_that_the_subjects_will_have(place: Path) -> None:
    assert fingerprint.pytest_gate_digests(_config(place)) == {
        "workflow": digest(place / "v1"),
        "package": hashlib.sha256(b"package").hexdigest(),
    }


def test_configuration_is_the_target_file_and_the_known_issues(place: Path) -> None:
    target = {"name": "target.yaml", "sha256": hashlib.sha256((place / "target.yaml").read_bytes()).hexdigest()}
    signers = {"name": "signers", "sha256": hashlib.sha256(b"a key").hexdigest()}
    assert fingerprint.pytest_gate_configuration(_config(place)) == {TARGET: target, "allowed signers": signers}

    (place / "v2" / "known-issues.yaml").write_text("schema: 1\nissues: []\n")

    found = fingerprint.pytest_gate_configuration(_config(place))
    assert found["known issues"]["name"] == "known-issues.yaml"
    assert found[TARGET] == target


def test_workflow_that_changes_while_it_is_verified_proves_nothing(healthy: World, tmp_path: Path) -> None:
    target = healthy.write_target()
    plugin = tmp_path / "meddling.py"
    plugin.write_text(
        "import pathlib\n\n\ndef pytest_runtest_teardown(item):\n"
        f"    path = pathlib.Path({str(healthy.workflow / 'workflow.md')!r})\n    path.write_bytes(path.read_bytes())\n"
    )

    meddling = {"PYTHONPATH": f"{tmp_path}{os.pathsep}{SUITE}"}
    chosen = (f"--target={target}", "-p", "meddling")
    run = world.run_gate("smoke", *chosen, reports=tmp_path / "reports", environment=meddling)

    assert "the workflow changed while it was being verified: this run proves nothing; run it again" in run.output
    assert run.verdict is not None
    assert run.verdict["verdict"] == "INCOMPLETE", run.output
