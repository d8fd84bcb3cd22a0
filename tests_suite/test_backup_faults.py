"""Every fault of a backup fails 1.1.3, for the right reason; what is only odd does not."""

from __future__ import annotations

from pathlib import Path

import pytest

from fixtures.reference.process import ReferenceServer
from tests_suite.faults import backup, world
from tests_suite.faults.world import Fault, World

ITEM = "1.1.3"
CASES = [*backup.FAULTS, *backup.LIVE_FAULTS, *backup.ODDITIES]


def _state(world: World) -> tuple[str, list[int]]:
    """Everything that a fault may change: the time of a backup is one of those things."""
    return world.digest(), [path.stat().st_mtime_ns for path in sorted((world.root / "backups").rglob("*"))]


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(fault, id=fault.name, marks=[pytest.mark.live_database] if fault in backup.LIVE_FAULTS else [])
        for fault in CASES
    ],
)
def test_fault_of_a_backup_is_noticed(fault: Fault, tmp_path: Path, reference_server: ReferenceServer) -> None:
    broken = world.make(tmp_path / "world", reference_server.url)
    backup.store(broken)
    before = _state(broken)
    with broken.running:
        fault.breaks(broken)
        assert _state(broken) != before, "the fault changed nothing"
        run = broken.run(fault.gate, tmp_path / "reports")

    assert run.verdict is not None, run.output
    assert run.outcomes[ITEM] == fault.trips[ITEM], f"{run.messages}\n{run.output}"
    own = "\n".join(line for line in run.messages.splitlines() if line.startswith(f"{ITEM} "))
    assert not [text for text in fault.says if text not in own], own
    assert bool(own) == bool(fault.says), own
    assert "Traceback" not in run.output, run.output
    assert "the check itself broke" not in run.output, run.output
    assert backup.PASSWORD not in run.output
    for report in (tmp_path / "reports").rglob("*.*"):
        assert backup.PASSWORD not in report.read_text(encoding="utf-8", errors="replace"), report
    assert run.seconds < fault.seconds, f"took {run.seconds:.1f} s"


def test_healthy_backup_passes(tmp_path: Path, reference_server: ReferenceServer) -> None:
    healthy = world.make(tmp_path / "world", reference_server.url)
    backup.store(healthy)

    run = healthy.run("verification", tmp_path / "reports")

    assert run.verdict is not None, run.output
    assert run.outcomes[ITEM] == "passed", run.messages
    assert run.verdict["target"]["subjects"]["backup"].keys() == {"location", "sha256"}


def test_reference_has_a_backup_that_passes(tmp_path: Path) -> None:
    run = world.run_gate("verification", reports=tmp_path / "reports")

    assert run.verdict is not None, run.output
    assert run.outcomes[ITEM] == "passed", run.messages


def test_faults_of_a_backup_have_names_of_their_own() -> None:
    names = [fault.name for fault in CASES]

    assert len(names) == len(set(names))
