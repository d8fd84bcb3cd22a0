"""What a test records besides passing: values against the checklist's limits, and findings with their place."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import pytest

from gate.checklist import Item, Limit, Release
from gate.state import checklist_of, item_of
from gate.verdict import Finding, Measurement

RECORD = pytest.StashKey["Record"]()
ATTACHMENT = re.compile(r"\w[\w.-]{0,79}", re.ASCII)
OWN_REPORTS = ("report.html", "junit.xml", "verdict.json", "signoff.html", "summary.md", "statement.")
LISTED = 40  # findings shown in one message; the reports keep them all


class Found(Protocol):
    """What the findings of a subject look like to the judge."""

    @property
    def message(self) -> str:
        """What was found and what was expected."""

    @property
    def file(self) -> str | None:
        """Where, relative to the subject's root; None for the subject as a whole."""

    @property
    def line(self) -> int | None:
        """Which line of the file, where it is known."""


@dataclass
class Record:
    """What one running test has recorded so far."""

    findings: list[Finding] = field(default_factory=list)
    measurements: list[Measurement] = field(default_factory=list)
    attachments: dict[str, str] = field(default_factory=dict)
    noted: dict[str, str] = field(default_factory=dict)

    def keep_from(self, error: BaseException) -> None:
        """Keep the findings that a failure brings along, such as the mistakes of a record that a check relies on."""
        found = (Finding(each.message, True, each.file, each.line) for each in getattr(error, "findings", ()))
        self.findings += [each for each in found if each not in self.findings]

    def plain(self) -> dict[str, Any]:
        """Only built-in types, so that it travels from an xdist worker to the judge."""
        return {
            "findings": [dataclasses.asdict(finding) for finding in self.findings],
            "measurements": [
                {**dataclasses.asdict(measurement), "samples": list(measurement.samples)}
                for measurement in self.measurements
            ],
            "attachments": dict(self.attachments),
            "noted": dict(self.noted),
        }


def record_of(node: pytest.Item) -> Record:
    """The record of a test that is running."""
    return node.stash.setdefault(RECORD, Record())


class Findings(list[Finding]):
    """Findings that print as a list, one per line, shortened past forty."""

    def __str__(self) -> str:
        lines = [str(finding) for finding in self[:LISTED]]
        if len(self) > LISTED:
            lines.append(f"… and {len(self) - LISTED} more, all of them in verdict.json")
        return "\n".join(lines)


class Recorder:
    """The `findings` fixture: keeps what a check found for the reports and hands it back to assert on."""

    def __init__(self, record: Record) -> None:
        self._record = record

    def blocking(self, found: Iterable[Found]) -> Findings:
        """Keep findings that fail the item; the test still has to assert that there are none."""
        return self._keep(found, blocks=True)

    def degrading(self, found: Iterable[Found]) -> Findings:
        """Keep findings that do not block: the item is `degraded`, the test goes on."""
        return self._keep(found, blocks=False)

    def _keep(self, found: Iterable[Found], blocks: bool) -> Findings:
        kept = Findings(Finding(each.message, blocks, each.file, each.line) for each in found)
        self._record.findings += kept
        return kept


class Measure:
    """The `measure` fixture: a value against the limit of that name in the checklist."""

    def __init__(self, item: Item, record: Record) -> None:
        self._item = item
        self._record = record

    def __call__(self, name: str, value: float, samples: Sequence[float] = (), of: str = "") -> float:
        """Record `value` in the limit's unit, and fail the test where a limit that fails is crossed.

        The failure says what the test has found so far, too: the figure alone names no file. A crossed limit that
        only degrades is recorded as a finding and the test goes on. `samples` are the single values behind `value`;
        `of` says whose value it is where several are held to the same limit. Raises `ChecklistError` where the item
        has no limit of that name.
        """
        limit = self._item.limit(name)
        holds = limit.holds(value)
        measurement = _measurement(limit, value, holds, samples, of)
        self._record.measurements.append(measurement)
        if not holds:
            wanted = f"expected {limit.value:g}" if limit.comparison == "equals" else f"the limit is {limit}"
            message = f"{measurement.name}: {value:.4g} {limit.unit}, {wanted}{_deviation(limit)}"
            blocks = limit.when_crossed == "failed"
            behind = Findings(sorted(self._record.findings, key=lambda finding: not finding.blocks))
            self._record.findings.append(Finding(message, blocks))
            if blocks:
                pytest.fail(f"{message}\n{behind}" if behind else message, pytrace=False)
        return value


def _measurement(limit: Limit, value: float, holds: bool, samples: Sequence[float], of: str) -> Measurement:
    return Measurement(
        f"{limit.name} of {of}" if of else limit.name,
        value,
        limit.unit,
        limit.value,
        limit.plan_value,
        limit.comparison,
        holds,
        limit.when_crossed,
        tuple(samples),
        of,
    )


def _deviation(limit: Limit) -> str:
    if limit.value == limit.plan_value:
        return f" ({limit.source})"
    return f" (set by the target; {limit.source}: {limit.plan_value:g} {limit.unit})"


@pytest.fixture
def measure(request: pytest.FixtureRequest) -> Measure:
    """Record a value against its limit in the checklist: `measure("response time", milliseconds)`."""
    return Measure(item_of(request.node), record_of(request.node))


@pytest.fixture
def findings(request: pytest.FixtureRequest) -> Recorder:
    """Keep what a check found, with file and line, for the reports."""
    return Recorder(record_of(request.node))


class Attach:
    """The `attach` fixture: a file of its own in the gate's folder of reports."""

    def __init__(self, record: Record) -> None:
        self._record = record

    def __call__(self, name: str, text: str) -> None:
        """Keep a text as `reports/<marker>/<name>`, listed in verdict.json with its digest; secrets are masked in it.

        Raises `ValueError` for a name that is no plain file name, or that one of the judge's own reports has.
        """
        if not ATTACHMENT.fullmatch(name) or name.casefold().startswith(OWN_REPORTS):
            raise ValueError(f"{name!r} cannot be the name of an attachment")
        self._record.attachments[name] = text


@pytest.fixture
def attach(request: pytest.FixtureRequest) -> Attach:
    """Put a file beside the reports: `attach("latency.json", text)`."""
    item_of(request.node)  # the file belongs to an item, as everything in the reports does
    return Attach(record_of(request.node))


@pytest.fixture(scope="session")
def release(request: pytest.FixtureRequest) -> Release:
    """The facts of the release under verification: the plan's, or the target's where it overrides them."""
    return checklist_of(request.config).release
