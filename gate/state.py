"""What a run knows of itself: the gates it judges, the effective checklist, and what its tests have left so far."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from gate.chain import Link, Look
from gate.checklist import Checklist, Gate, Item
from gate.decision import UNTOLD, Decision, Situation, decide
from gate.hooks import KnownIssues, TargetFacts
from gate.journal import Journal
from gate.suite import Commit
from gate.verdict import GateResult

RUN = pytest.StashKey["Run"]()


@dataclass
class Run:
    """One pytest run, from the option line to the verdict. Times are seconds since the epoch.

    `situations`, `amiss_since` and `remarks` are by gate: since when something that is amiss has been so, and what has
    to be read with the verdict.
    `subjects` are known once the reports are written. `marks` tell each subject's state when the run began,
    `configuration` the files that configure it, `looks` what the gates before have left, `chain` what that means for
    each gate.
    """

    checklist: Checklist
    gates: list[Gate]
    target: TargetFacts
    root: Path
    started: float = field(default_factory=time.time)
    expected: dict[str, set[str]] = field(default_factory=dict)
    journal: Journal = field(default_factory=Journal)
    notes: list[str] = field(default_factory=list)
    known: KnownIssues = field(default_factory=lambda: KnownIssues(issues=[], digests={}))
    situations: dict[str, Situation] = field(default_factory=dict)
    amiss_since: dict[str, float] = field(default_factory=dict)
    remarks: dict[str, list[str]] = field(default_factory=dict)
    subjects: dict[str, dict[str, str]] = field(default_factory=dict)
    marks: dict[str, str] = field(default_factory=dict)
    configuration: dict[str, dict[str, str]] = field(default_factory=dict)
    looks: dict[str, Look | None] = field(default_factory=dict)
    chain: dict[str, list[Link]] = field(default_factory=dict)
    staging: Path | None = None
    published: Path | None = None
    commit: Commit | None = None

    @property
    def time_box_seconds(self) -> float:
        """The time boxes of all gates of this run together."""
        return 60.0 * sum(gate.time_box_minutes for gate in self.gates)

    @property
    def seconds_left(self) -> float:
        """What is left of the time box; unlimited where no gate is judged."""
        return self.started + self.time_box_seconds - time.time() if self.gates else float("inf")

    def situation(self, result: GateResult) -> Situation:
        """What is known about a gate besides its own result."""
        return self.situations.get(result.gate.marker, UNTOLD)

    def decision(self, result: GateResult) -> Decision:
        """The plan's decision for a gate of this run."""
        return decide(result, self.situation(result))

    def note(self, reason: str) -> None:
        """Keep a reason why the run ended early, once."""
        if reason not in self.notes:
            self.notes.append(reason)


def run_of(config: pytest.Config) -> Run:
    """The run that a configuration belongs to."""
    return config.stash[RUN]


def checklist_of(config: pytest.Config) -> Checklist:
    """The plan's checklist with the target's overrides."""
    return run_of(config).checklist


def claim_of(node: pytest.Item) -> str | None:
    """The id of the checklist item that a test verifies, if it verifies one."""
    mark = node.get_closest_marker("verifies")
    return str(mark.args[0]) if mark else None


def item_of(node: pytest.Item) -> Item:
    """The checklist item that a test verifies. Raises `pytest.UsageError` for a test without one."""
    claim = claim_of(node)
    if claim is None:
        raise pytest.UsageError(f"{node.nodeid} measures against no item: tie it to one with @verifies")
    return checklist_of(node.config).items[claim]
