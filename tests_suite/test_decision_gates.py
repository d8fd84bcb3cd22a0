"""Every leaf of the plan's decision trees at the end of a real gate: real checks on broken copies of the reference."""

from __future__ import annotations

import html
import shutil
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from fixtures.reference.process import ReferenceServer
from gate.trees import LEAVES
from tests_suite.faults import (
    announced,
    bmad_story,
    feedback,
    hour,
    mcp_endpoint,
    monitoring,
    notification_team,
    records,
    waivers,
    world,
)
from tests_suite.faults.world import Fault, Run, World

Break = Callable[[World], object]


def _first(faults: Sequence[Fault], **trips: str) -> Break:
    """What breaks exactly these items: the first fault that does."""
    wanted = {name.removeprefix("item_").replace("_", "."): outcome for name, outcome in trips.items()}
    return next(fault.breaks for fault in faults if fault.trips == wanted)


def _only_tools_are_slow(made: World) -> None:
    """A tool is slow by the limit of 2.3.4, and not by that of 2.3.3, which is critical."""
    SLOW(made)
    overrides = made.target["overrides"]
    overrides[:] = [each for each in overrides if each["item"] != "2.3.3"]


def _nothing_of_bmad(made: World) -> None:
    shutil.rmtree(made.claude)
    made.claude.mkdir()


SLOW = next(fault.breaks for fault in mcp_endpoint.LATENCY if fault.name == "mcp: a tool is just slow enough")
STORY = _first(bmad_story.FAULTS, item_2_4_3="failed")
SMOKE_RUN = _first(monitoring.FAULTS, item_3_1_4="failed")
CHANNEL = _first(feedback.FAULTS, item_3_3_1="failed")
MAKERS: dict[str, Break] = {
    "package": records.recorded,
    "notification": records.recorded,
    "monitoring": hour.hour,
    "feedback": announced.announced,
}


def _ago(minutes: float) -> str:
    return f"--degraded-since={(datetime.now(UTC) - timedelta(minutes=minutes)).isoformat()}"


# Leaf, gate, what is broken, options, and the action.
CASES: dict[str, tuple[str, Break, tuple[str, ...], str]] = {
    "1.critical.open": ("package", waivers.broken("an agent is not packed"), (), "delay"),
    "1.major.open": ("package", waivers.PREVIOUS, (), "continue_with_approval"),
    "1.minor.open": ("notification", _first(notification_team.FAULTS, item_1_3_4="failed"), (), "continue"),
    "1.known": ("package", waivers.known(), (), "continue_with_known_issues"),
    "2.complete": ("bmad", _nothing_of_bmad, ("--fix-minutes=5",), "rollback"),
    "2.partial": ("bmad", STORY, (), "fix_or_rollback"),
    "2.partial.fixable": ("bmad", STORY, ("--fix-minutes=29",), "fix_and_continue"),
    "2.partial.not_fixable": ("bmad", STORY, ("--fix-minutes=30",), "rollback"),
    "2.degraded": ("mcp", _only_tools_are_slow, (), "proceed_with_caution"),
    "2.degraded.persists": ("mcp", _only_tools_are_slow, (_ago(40),), "escalate"),
    "2.degraded.critical": ("mcp", SLOW, (_ago(40),), "rollback"),
    "3.blocking": ("monitoring", SMOKE_RUN, (), "hotfix_or_rollback"),
    "3.blocking.fixable": ("monitoring", SMOKE_RUN, ("--fix-minutes=59",), "hotfix"),
    "3.blocking.not_fixable": ("monitoring", SMOKE_RUN, ("--fix-minutes=60",), "evaluate_rollback"),
    "3.degraded": ("feedback", CHANNEL, (), "optimise"),
    "3.degraded.persists": ("feedback", CHANNEL, (_ago(61),), "escalate"),
    "3.usability": ("feedback", _first(feedback.FAULTS, item_3_3_3="failed"), (), "document"),
}
AGAIN: dict[str, tuple[str, Break]] = {
    "1.fixed": ("package", waivers.PREVIOUS),
    "2.resolved": ("bmad", STORY),
    "3.resolved": ("feedback", CHANNEL),
}


@pytest.fixture
def make(tmp_path: Path, reference_server: ReferenceServer) -> Callable[[str, str], World]:
    """Makes a healthy world for a gate."""

    def made(gate: str, name: str = "world") -> World:
        found = world.make(tmp_path / name, reference_server.url)
        if gate in MAKERS:
            MAKERS[gate](found)
        return found

    return made


def _decided(run: Run, reports: Path, leaf: str, action: str) -> None:
    """Terminal, page and verdict.json say the same."""
    assert run.verdict is not None, run.output
    decision = run.verdict["decision"]
    assert (decision["leaf"], decision["action"]) == (leaf, action), f"{run.messages}\n{run.output}"
    page = html.unescape((reports / run.verdict["marker"] / "signoff.html").read_text(encoding="utf-8"))
    assert f"by the plan's {LEAVES[leaf]}" in run.output
    assert f"By the plan's {LEAVES[leaf]}" in page
    for step in decision["steps"]:
        assert step in run.output
        assert step in page


@pytest.mark.parametrize("leaf", CASES)
def test_real_gate_reaches_the_leaf(leaf: str, make: Callable[[str], World], tmp_path: Path) -> None:
    gate, breaks, options, action = CASES[leaf]
    broken = make(gate)
    with broken.running:
        breaks(broken)

        run = broken.run(gate, tmp_path / "reports", *options)

    assert run.verdict is not None, run.output
    assert run.verdict["verdict"] == ("DEGRADE" if "known" in leaf or gate == "mcp" else "FAIL")
    _decided(run, tmp_path / "reports", leaf, action)


@pytest.mark.parametrize("leaf", AGAIN)
def test_real_gate_that_passes_after_trouble_reaches_the_leaf(
    leaf: str, make: Callable[..., World], tmp_path: Path
) -> None:
    gate, breaks = AGAIN[leaf]
    broken, healthy = make(gate), make(gate, "healthy")
    breaks(broken)
    assert broken.run(gate, tmp_path / "reports").status == 1

    run = healthy.run(gate, tmp_path / "reports")

    assert run.status == 0, run.output
    _decided(run, tmp_path / "reports", leaf, "proceed")


def test_every_leaf_is_reached_by_a_real_gate() -> None:
    assert {*CASES, *AGAIN} == set(LEAVES)
