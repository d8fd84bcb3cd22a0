"""Whoever reads the workflow while it is switched sees one whole version: never a mix, never a gap."""

from __future__ import annotations

import contextlib
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from fixtures.staging import reader
from fixtures.staging.deployment import deploy
from fixtures.staging.rollback import roll_back
from fixtures.staging.site import RefusedError, point
from fixtures.staging.watching import Reads, readers
from tests_suite import sites
from tests_suite.sites import DANA, TAG, Stage

ENOUGH = 3000  # reads of the whole workflow
SWITCHES = 1000
LONGEST = 240.0  # seconds


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    """A site that nothing was deployed to yet."""
    return sites.make(tmp_path / "Staging für alle")


@contextlib.contextmanager
def watched(stage: Stage, reads: Reads) -> Iterator[None]:
    """Two readers, whose reads are counted in the end."""
    with readers(stage.site.live) as watching:
        yield
        for told in watching.end():
            reads.add(told, stage.previous, stage.new)


def test_thousands_of_reads_during_deployments_and_rollbacks_are_whole(stage: Stage) -> None:
    reads = Reads()
    until = time.monotonic() + LONGEST
    turns = 0
    while reads.counts["total"] < ENOUGH and time.monotonic() < until:
        with watched(stage, reads):
            deploy(stage.site, stage.package, by=DANA)
            time.sleep(0.3)
            roll_back(stage.site, by=DANA, before=stage.before)
        turns += 1

    assert reads.errors == []
    assert (reads.counts["mixed"], reads.counts["failed"]) == (0, 0)
    assert reads.counts["total"] >= ENOUGH, f"{reads.counts} in {turns} turns"
    assert min(reads.counts["whole_previous"], reads.counts["whole_new"]) > ENOUGH / 20


def test_thousands_of_switches_give_every_reader_one_whole_version(stage: Stage) -> None:
    """The switch alone, as often as it can be done."""
    deploy(stage.site, stage.package, by=DANA)
    blue, green = str(stage.site.blue), str(stage.site.green(TAG))
    reads = Reads()
    switches = 0
    with watched(stage, reads):
        until, latest = time.monotonic() + 5, time.monotonic() + LONGEST
        while (switches < SWITCHES or time.monotonic() < until) and time.monotonic() < latest:
            point(stage.site, TAG, blue if switches % 2 == 0 else green)
            switches += 1

    assert switches >= SWITCHES
    assert reads.errors == []
    assert (reads.counts["mixed"], reads.counts["failed"]) == (0, 0)
    assert min(reads.counts["whole_previous"], reads.counts["whole_new"]) > 20


def test_reader_notices_a_version_that_is_copied_over_another(stage: Stage) -> None:
    """What is watched for: the plan's step 4 done in the folder that users have."""
    stage.site.live.unlink()
    shutil.copytree(stage.site.blue, stage.site.live)
    reads = Reads()
    with watched(stage, reads):
        for path in sorted((stage.root / "expected").rglob("*.*")):
            if path.is_file():
                shutil.copyfile(path, stage.site.live / path.relative_to(stage.root / "expected"))
                time.sleep(0.01)

    assert reads.counts["mixed"] > 0


def test_reader_notices_a_gap_between_two_versions(stage: Stage) -> None:
    """What is watched for: a link that is removed and made anew, the first failure of which must not go unseen."""
    reads = Reads()
    with watched(stage, reads):
        for _ in range(20):
            stage.site.live.unlink()
            time.sleep(0.01)
            stage.site.live.symlink_to(stage.site.blue)
            time.sleep(0.01)

    assert reads.counts["failed"] > 0
    assert reads.errors


def test_reads_are_counted_by_what_was_seen() -> None:
    reads = Reads()

    reads.add({"reads": {"old": 3, "new": 2, "other": 1}, "failed": 4, "errors": ["gone"]}, "old", "new")

    assert reads.counts == {"total": 10, "whole_previous": 3, "whole_new": 2, "mixed": 1, "failed": 4}
    assert reads.errors == ["gone"]


def test_reader_that_cannot_start_stops_the_rehearsal(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "__file__", "/nowhere/reader.py")

    with pytest.raises(RefusedError, match="ended at once"), readers(stage.site.live):
        pytest.fail("there is no reader")
