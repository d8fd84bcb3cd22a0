"""Whenever a deployment or a rollback is killed, one whole version is live, and the next try goes through."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fixtures.staging.attempt import status
from fixtures.staging.deployment import deploy
from fixtures.staging.rollback import roll_back
from fixtures.staging.state import state
from tests_suite import sites
from tests_suite.faults.world import SUITE
from tests_suite.sites import DANA, Stage

Child = subprocess.Popen[str]
STEPS = range(1, 9)
SHARES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)  # of the time that it takes when it is left alone


@pytest.fixture(scope="module")
def child() -> Iterator[Child]:
    """The process that forks what is killed."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests_suite.rehearsal_child"],
        cwd=SUITE,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        yield process
        assert process.stdin is not None
        process.stdin.close()


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    """A site that nothing was deployed to yet."""
    return sites.make(tmp_path / "Staging für alle")


def run(child: Child, stage: Stage, action: str, **ending: float) -> dict[str, Any]:
    """Have something done in a process that may end early."""
    assert child.stdin is not None
    assert child.stdout is not None
    site = {key: str(value) for key, value in vars(stage.site).items()}
    child.stdin.write(json.dumps({"action": action, "site": site, "package": str(stage.package), **ending}) + "\n")
    child.stdin.flush()
    answer: dict[str, Any] = json.loads(child.stdout.readline())
    return answer


def goes_through(stage: Stage) -> None:
    """Deploy after whatever happened, and roll back to exactly the state before."""
    deploy(stage.site, stage.package, by=DANA)
    assert stage.require_whole() == "2.0.0"
    assert status(stage.site).left == ()
    roll_back(stage.site, by=DANA, before=stage.before, drain=0)
    assert stage.require_whole() == "1.0.0"
    assert state(stage.site).differences(stage.before) == []


def test_deployment_is_whole_and_repeatable_wherever_it_is_killed(child: Child, stage: Stage) -> None:
    """At every boundary of a step, and in the middle of those that write."""
    told = run(child, stage, "deploy")
    assert told["status"] == 0, told
    roll_back(stage.site, by=DANA, before=stage.before, drain=0)
    events = told["events"]
    copied = [number for number, event in enumerate(events) if event.startswith("4 copied")]
    skipped = set(copied) - set(copied[:: len(copied) // 3])
    # What the end of a step leaves is what the beginning of the next one finds.
    skipped |= {number for number, event in enumerate(events) if event.endswith(" end") and event != "8 end"}
    points = [number for number in range(len(events)) if number not in skipped]
    assert {int(events[number].split()[0]) for number in points} >= {0, *STEPS, 9}

    for number in points:
        killed = run(child, stage, "deploy", kill_at=number)

        assert killed["status"] == -9, killed
        live = stage.require_whole()
        assert live == ("2.0.0" if events[number] == "9 switched" else "1.0.0"), events[number]
        assert status(stage.site).sentence.startswith(f"{live} is live"), events[number]
        goes_through(stage)


def test_rollback_is_whole_and_repeatable_wherever_it_is_killed(child: Child, stage: Stage) -> None:
    deploy(stage.site, stage.package, by=DANA)
    told = run(child, stage, "roll back")
    assert told["status"] == 0, told
    events = told["events"]
    assert len(events) == 8

    for number, event in enumerate(events):
        deploy(stage.site, stage.package, by=DANA)
        killed = run(child, stage, "roll back", kill_at=number)

        assert killed["status"] == -9, killed
        assert stage.require_whole() == ("2.0.0" if number < 3 else "1.0.0"), event
        if number < len(events) - 1:
            roll_back(stage.site, by=DANA, before=stage.before, drain=0)
        assert state(stage.site).differences(stage.before) == [], event


def test_deployment_after_a_rollback_that_was_killed_goes_through(child: Child, stage: Stage) -> None:
    deploy(stage.site, stage.package, by=DANA)
    killed = run(child, stage, "roll back", kill_at=4)
    assert killed["status"] == -9, killed
    assert "left of a deployment: branch" in status(stage.site).sentence

    goes_through(stage)


@pytest.mark.parametrize("action", ["deploy", "roll back"])
def test_whole_process_group_may_be_killed_at_any_time(child: Child, stage: Stage, action: str) -> None:
    """With the git and tar that are running, whose locks and half-written files stay behind."""
    if action == "roll back":
        deploy(stage.site, stage.package, by=DANA)
    started = time.monotonic()
    assert run(child, stage, action)["status"] == 0
    seconds = time.monotonic() - started
    if action == "deploy":
        roll_back(stage.site, by=DANA, before=stage.before, drain=0)

    statuses = []
    for share in SHARES:
        if action == "roll back":
            deploy(stage.site, stage.package, by=DANA)
        statuses.append(run(child, stage, action, kill_after=seconds * share)["status"])
        if stage.require_whole() == "2.0.0":
            roll_back(stage.site, by=DANA, before=stage.before, drain=0)
        goes_through(stage)

    assert statuses.count(-9) >= 3, f"it was killed too late to verify anything: {statuses}"


@pytest.mark.parametrize("largest", [0, 100, 2_000, 20_000, 60_000])
def test_disk_that_takes_no_more_stops_the_deployment_before_the_switch(
    child: Child, stage: Stage, largest: int
) -> None:
    """The system refuses to let a file grow further, to git and tar as to the deployment itself."""
    stopped = run(child, stage, "deploy", largest=largest)

    assert stopped["status"] == 1, stopped
    assert stopped["said"].endswith("; 1.0.0 is live"), stopped
    assert stage.require_whole() == "1.0.0"
    goes_through(stage)


@pytest.mark.parametrize("largest", [0, 100, 2_000, 20_000])
def test_disk_that_takes_no_more_leaves_one_whole_version_in_a_rollback(
    child: Child, stage: Stage, largest: int
) -> None:
    deploy(stage.site, stage.package, by=DANA)

    stopped = run(child, stage, "roll back", largest=largest)

    assert stopped["status"] == 1, stopped
    assert stopped["said"].endswith(f"; {stage.require_whole()} is live"), stopped
    roll_back(stage.site, by=DANA, before=stage.before, drain=0)
    assert stage.require_whole() == "1.0.0"
