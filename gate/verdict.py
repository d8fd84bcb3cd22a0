"""From what the tests left behind to outcomes, verdicts and an exit status. Pure functions; no pytest in here."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from gate.checklist import Gate, Item
from gate.hooks import KnownIssue

SCHEMA = Path(__file__).with_name("verdict.schema.json")  # of verdict.json, for those who read one
UNVERIFIED = ("skipped", "xfailed", "unfinished")  # outcomes of a test that has shown nothing
EXIT_FAIL = 1
EXIT_INCOMPLETE = 6  # beyond pytest's own 0 to 5, so that a CI job can tell "no" from "not known"


class Outcome(StrEnum):
    """What became of one item of the checklist."""

    PASSED = "passed"
    DEGRADED = "degraded"
    FAILED = "failed"
    WAIVED = "waived"
    MISSING = "missing"


class Verdict(StrEnum):
    """What a gate says."""

    PASS = "PASS"
    DEGRADE = "DEGRADE"
    FAIL = "FAIL"
    INCOMPLETE = "INCOMPLETE"


@dataclass(frozen=True)
class Finding:
    """Something a check found; `blocks` tells a reason to fail from one to degrade, `file` starts at its subject."""

    message: str
    blocks: bool
    file: str | None = None
    line: int | None = None

    def __str__(self) -> str:
        place = self.file or ""
        if self.line is not None:
            place += f":{self.line}"
        return f"{place}: {self.message}" if place else self.message


@dataclass(frozen=True)
class Measurement:
    """A measured value beside the limit it is held to; `plan_limit` is the plan's own figure."""

    name: str
    value: float
    unit: str
    limit: float
    plan_limit: float
    comparison: str
    holds: bool
    when_crossed: str
    samples: tuple[float, ...] = ()
    of: str = ""  # whose value it is, where several are held to the same limit; `name` says it, too


@dataclass(frozen=True)
class TestRecord:
    """What one test did; `message` says why it did not pass.

    `outcome` is passed, failed, error, xpassed, or one of `UNVERIFIED`. `unexplained` tells that it failed in a way
    which none of its findings speaks of: it broke, ran out of time, had nothing to test.
    """

    __test__ = False

    test: str
    item: str
    outcome: str
    seconds: float
    message: str = ""
    findings: tuple[Finding, ...] = ()
    measurements: tuple[Measurement, ...] = ()
    unexplained: bool = False


@dataclass(frozen=True)
class ItemResult:
    """An item with its outcome, the reasons for it, and everything its tests recorded.

    `by_findings` tells that it failed by its findings alone: all of its tests ran, and none broke or took too long.
    """

    item: Item
    outcome: Outcome
    seconds: float
    findings: tuple[Finding, ...]
    measurements: tuple[Measurement, ...]
    tests: tuple[str, ...]
    by_findings: bool = False


@dataclass(frozen=True)
class KnownResult:
    """A known issue and what became of it: whether it waives its item, and what speaks against it."""

    issue: KnownIssue
    waives: bool
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True)
class GateResult:
    """A gate with its verdict; `notes` are reasons that belong to no single item, such as an interrupted run.

    `known` are the known issues of its items, and what became of each.
    """

    gate: Gate
    verdict: Verdict
    items: tuple[ItemResult, ...]
    notes: tuple[str, ...]
    known: tuple[KnownResult, ...] = ()

    def count(self, outcome: Outcome) -> int:
        """How many items have that outcome."""
        return sum(result.outcome is outcome for result in self.items)

    @property
    def seconds(self) -> float:
        """Time spent in the gate's tests."""
        return sum(result.seconds for result in self.items)


def judge_item(item: Item, expected: Collection[str], records: Sequence[TestRecord]) -> ItemResult:
    """The outcome of one item.

    `expected` are the names of all tests that exist for it, selected or not, with their parameters or without;
    `records` are those that ran. An item whose tests did not all run verified only a part of what it claims, so it is
    `missing` unless what did run failed. A skip or an expected failure verifies nothing and counts as not run.
    """
    ran = sorted(records, key=lambda record: record.test)
    seconds = sum(record.seconds for record in ran)
    found = [finding for record in ran for finding in (*record.findings, *_crossed(record))]
    # A finding that blocks fails the item even where its test forgot to assert on it.
    blocking = [finding for finding in found if finding.blocks]
    beyond = [*_failures(ran), *_over_time(item, seconds)]
    reasons = [*beyond, *blocking]
    gaps = _gaps(expected, ran)
    measured = tuple(measurement for record in ran for measurement in record.measurements)
    if reasons:
        outcome = Outcome.FAILED
    elif gaps:
        outcome = Outcome.MISSING
    elif found:
        outcome = Outcome.DEGRADED
    else:
        outcome = Outcome.PASSED
    findings = tuple(_once([*found, *reasons, *gaps]))
    alone = bool(blocking) and not (beyond or gaps or any(record.unexplained for record in ran))
    return ItemResult(item, outcome, seconds, findings, measured, tuple(record.test for record in ran), alone)


def _crossed(record: TestRecord) -> list[Finding]:
    """Limits that a test crossed without a word of it among its findings."""
    said = [(finding.blocks, finding.message) for finding in record.findings]
    crossed = [
        Finding(
            f"{each.name}: {each.value:g} {each.unit} does not hold the limit of {each.limit:g} {each.unit}",
            blocks=each.when_crossed == "failed",
        )
        for each in record.measurements
        if not each.holds
    ]
    return [
        found
        for found in crossed
        if not any(blocks is found.blocks and found.message.split(": ")[0] in message for blocks, message in said)
    ]


def _failures(records: Iterable[TestRecord]) -> list[Finding]:
    """Why tests failed, where the findings that they recorded themselves do not say it already."""
    reasons = []
    for record in records:
        if record.outcome in ("failed", "error", "xpassed"):
            message = record.message or f"{record.test} {record.outcome}"
            if not any(finding.blocks and finding.message in message for finding in record.findings):
                reasons.append(Finding(message, blocks=True))
    return reasons


def _over_time(item: Item, seconds: float) -> list[Finding]:
    if seconds <= item.time_limit_seconds:
        return []
    return [Finding(f"took {seconds:.1f} s, its time limit is {item.time_limit_seconds:g} s", blocks=True)]


def _gaps(expected: Collection[str], records: Sequence[TestRecord]) -> list[Finding]:
    if not expected and not records:
        return [Finding("no test of this item was collected", blocks=True)]
    gaps = [
        Finding(f"{record.test} {_unverified(record)}", blocks=True)
        for record in records
        if record.outcome in UNVERIFIED
    ]
    ran = {name for record in records for name in (record.test, record.test.partition("[")[0])}
    return gaps + [Finding(f"{test} did not run", blocks=True) for test in sorted(expected) if test not in ran]


def _unverified(record: TestRecord) -> str:
    if record.outcome == "unfinished":
        return "did not run to its end"
    return f"was {record.outcome}: {record.message or 'no reason given'}"


def _once(findings: Iterable[Finding]) -> list[Finding]:
    return list(dict.fromkeys(findings))


def judge_gate(
    gate: Gate,
    items: Iterable[Item],
    expected: Mapping[str, Collection[str]],
    records: Iterable[TestRecord],
    notes: Sequence[str] = (),
) -> GateResult:
    """The verdict of a gate over all of its items; `notes` say what ended the run early, if something did.

    A failed item outweighs a missing one: a known "no" is not made into a "not known". An early end makes a gate
    that has no failure INCOMPLETE, whatever its items say.
    """
    by_item: dict[str, list[TestRecord]] = {}
    for record in records:
        by_item.setdefault(record.item, []).append(record)
    results = tuple(judge_item(item, expected.get(item.id, ()), by_item.get(item.id, [])) for item in items)
    return GateResult(gate, verdict_of(results, notes), results, tuple(notes))


def verdict_of(results: Collection[ItemResult], notes: Sequence[str]) -> Verdict:
    """What a gate says whose items came out so, and whose run ended early for the reasons in `notes`."""
    return verdict_from({result.outcome for result in results}, notes)


def verdict_from(outcomes: Collection[Outcome], notes: Sequence[str]) -> Verdict:
    """What follows from the outcomes of a gate's items, and from the reasons why its run ended early."""
    if Outcome.FAILED in outcomes:
        return Verdict.FAIL
    if Outcome.MISSING in outcomes or notes or not outcomes:
        return Verdict.INCOMPLETE
    return Verdict.PASS if set(outcomes) == {Outcome.PASSED} else Verdict.DEGRADE


def exit_status(
    verdicts: Iterable[Verdict], pytest_status: int, fail_on_degrade: bool = False, all_waived: bool = False
) -> int:
    """The run's exit status: pytest's own, made worse by the verdicts and never better.

    But for one case: `all_waived` tells that every failed test is one of an item that a known issue waives.
    """
    if pytest_status and not (all_waived and pytest_status == EXIT_FAIL):
        return pytest_status
    worst = set(verdicts)
    if Verdict.FAIL in worst or (fail_on_degrade and Verdict.DEGRADE in worst):
        return EXIT_FAIL
    return EXIT_INCOMPLETE if Verdict.INCOMPLETE in worst else 0


def as_finding(data: Mapping[str, Any]) -> Finding:
    """A finding from its plain form, as it travels between processes."""
    return Finding(data["message"], data["blocks"], data.get("file"), data.get("line"))


def as_measurement(data: Mapping[str, Any]) -> Measurement:
    """A measurement from its plain form, as it travels between processes."""
    return Measurement(**{**data, "samples": tuple(data["samples"])})
