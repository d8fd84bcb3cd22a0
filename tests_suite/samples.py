"""Samples of what the judge works on: records of tests, results of items and gates, and a whole run."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from gate import checklist
from gate.checklist import Gate, Item
from gate.hooks import KnownIssue, TargetFacts
from gate.state import Run
from gate.verdict import Finding, GateResult, ItemResult, Measurement, Outcome, TestRecord, Verdict

CHECKLIST = checklist.load()
ITEM = CHECKLIST.items["2.1.2"]
BLOCKING = Finding("it is broken", blocks=True)
DEGRADING = Finding("it is odd", blocks=False, file="a/b.md", line=3)


def record(outcome: str = "passed", test: str = "tests_smoke/test_smoke.py::test_it", **more: Any) -> TestRecord:
    """What a test did that verifies 2.1.2, unless `item` says otherwise."""
    return TestRecord(**{"test": test, "item": ITEM.id, "outcome": outcome, "seconds": 0.1, **more})


def measurement(value: float = 12.5, holds: bool = True, **more: Any) -> Measurement:
    """A response time against the plan's 100 ms."""
    known = {"name": "response time", "unit": "ms", "limit": 100.0, "plan_limit": 100.0, "comparison": "below"}
    return Measurement(**{**known, "value": value, "holds": holds, "when_crossed": "failed", **more})


def item_result(outcome: Outcome, item: Item = ITEM, **more: Any) -> ItemResult:
    """An item with its outcome, and with a reason where it needs one."""
    reasons = {Outcome.FAILED: (BLOCKING,), Outcome.MISSING: (BLOCKING,), Outcome.DEGRADED: (DEGRADING,)}
    known = {"seconds": 0.1, "findings": reasons.get(outcome, ()), "measurements": (), "tests": ("a.py::test_a",)}
    return ItemResult(**{**known, "item": item, "outcome": outcome, **more})


def gate_result(marker: str, verdict: Verdict, failed: str | None = None, notes: tuple[str, ...] = ()) -> GateResult:
    """A gate with that verdict; with FAIL, its first item of the severity `failed` has failed."""
    gate = CHECKLIST.gates[marker]
    items = CHECKLIST.items_of(gate)
    worst = {Verdict.DEGRADE: Outcome.DEGRADED, Verdict.INCOMPLETE: Outcome.MISSING, Verdict.FAIL: Outcome.FAILED}
    chosen = next((item for item in items if failed in (None, item.severity)), None)
    if chosen is None:  # no item of this gate is that grave: take one that is, if it were
        chosen = dataclasses.replace(items[0], severity=failed)  # type: ignore[arg-type]
    results = [item_result(Outcome.PASSED, item) for item in items]
    if verdict in worst:
        results[[item.id for item in items].index(chosen.id)] = item_result(worst[verdict], chosen)
    return GateResult(gate, verdict, tuple(results), notes)


def target(**more: Any) -> TargetFacts:
    """What a target plugin answers; `more` replaces single facts."""
    known = TargetFacts(
        name="sample",
        production=False,
        embedded=[],
        source="target.yaml",
        overrides=[],
        contacts=[],
        described=[],
        secrets=[],
    )
    known.update(more)  # type: ignore[typeddict-item]
    return known


def run(*gates: Gate, **facts: Any) -> Run:
    """A run of those gates, the smoke gate where none is named, on a target with those facts."""
    chosen = target(**facts)
    effective = CHECKLIST.overridden({}, [dict(each) for each in chosen["overrides"] if "limit" in each])
    return Run(effective, list(gates) or [CHECKLIST.gates["smoke"]], chosen, Path("suite"), started=1_767_690_000.0)


NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
PACKAGE, WORKFLOW = "a" * 64, "b" * 64
COVERED = "notification.yaml: the notice to one group went out late"


def issue(**changes: Any) -> KnownIssue:
    """A known issue of 1.3.1 (major) that holds at NOW, of the finding that COVERED quotes."""
    known: dict[str, Any] = {
        "item": "1.3.1",
        "severity": "major",
        "description": "one group was told too late",
        "workaround": "their team lead calls them",
        "author": "Pia Example",
        "approver": "Ada Example",
        "date": (NOW - timedelta(hours=1)).isoformat(),
        "expires": (NOW + timedelta(days=7)).isoformat(),
        "package": PACKAGE,
        "workflow": None,
        "covers": [COVERED],
        "file": "known-issues.yaml",
        "line": 4,
    }
    return KnownIssue(**{**known, **changes})  # type: ignore[typeddict-item]
