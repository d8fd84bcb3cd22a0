"""The fault matrix: which faults make each item of the checklist fail, written by the run that has proved it.

`pytest -n 2 tests_suite --fault-matrix tests_suite/FAULTS.md` writes it where every fault was proved: it changed
something, and exactly the items that it should trip have noticed, in the real gate.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Generator, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from gate import checklist
from tests_suite.faults.world import Fault

PROPERTY = "fault"


@dataclass(frozen=True)
class Proved:
    """A fault that was proved: its gate, and the items that it trips with their outcomes."""

    name: str
    gate: str
    trips: Mapping[str, str]

    @property
    def key(self) -> str:
        """What tells it from others, some of which have the same name."""
        return f"{self.gate}: {self.name}: {' '.join(sorted(self.trips))}"


_RUN: dict[str, Proved] = {}  # what this run has proved


def of(faults: Iterable[Fault]) -> dict[str, Proved]:
    """Faults by what tells them apart; those that trip nothing, because nothing is wrong, are none."""
    found = [Proved(fault.name, fault.gate, dict(fault.trips)) for fault in faults if fault.trips]
    return {fault.key: fault for fault in found}


def table(proved: Iterable[Proved]) -> str:
    """The matrix as Markdown: one row for each item of the checklist."""
    found = list(proved)
    failing = Counter(item for fault in found for item, outcome in fault.trips.items() if outcome == "failed")
    other = Counter(item for fault in found for item, outcome in fault.trips.items() if outcome != "failed")
    by_gate = Counter(fault.gate for fault in found)
    alone = Counter(item for fault in found if len(fault.trips) == 1 for item in fault.trips)
    items = checklist.load().items.values()
    lines = [
        "# The fault matrix",
        "",
        f"{len(found)} faults over {len(items)} items, written by the run that proved each of them: the fault changed",
        "something in a healthy world, the real gate was run, and exactly the items that it should trip noticed it,",
        "in the words expected; every other item passed. A fault that trips several items counts for each of them.",
        "",
        "    pytest -n 2 tests_suite --fault-matrix tests_suite/FAULTS.md",
        "",
        "| item | title | make it fail | make it degraded or missing | trip it alone |",
        "| --- | --- | ---: | ---: | ---: |",
        *(f"| {item.id} | {item.title} | {failing[item.id]} | {other[item.id]} | {alone[item.id]} |" for item in items),
        "",
        f"By gate: {', '.join(f'{gate} {number}' for gate, number in sorted(by_gate.items()))}.",
    ]
    return "\n".join(lines) + "\n"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Offer to write the matrix."""
    text = "write the table of all faults that this run has proved, if it has proved all of them"
    parser.getgroup("suite").addoption("--fault-matrix", metavar="FILE", help=text)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Let the report of a fault's test say which fault it is, so that it reaches the process that writes."""
    report = yield
    fault = item.callspec.params.get("fault") if hasattr(item, "callspec") else None
    if isinstance(fault, Fault) and fault.trips and call.when == "call":
        report.user_properties.append((PROPERTY, json.dumps([fault.name, fault.gate, dict(fault.trips)])))
    return report


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Keep what was proved."""
    if report.when == "call" and report.passed:
        for name, value in report.user_properties:
            if name == PROPERTY:
                fault = Proved(*json.loads(str(value)))
                _RUN[fault.key] = fault


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Write the matrix, or say what is missing."""
    chosen = config.getoption("fault_matrix")
    if not chosen or hasattr(config, "workerinput"):
        return
    from tests_suite.test_traceability import FAULTS

    wanted = of(FAULTS)
    unproved = sorted(set(wanted) - set(_RUN))
    if unproved:
        some = "; ".join(unproved[:5])
        terminalreporter.write_line(
            f"fault matrix: not written, {len(unproved)} faults were not proved: {some}", red=True
        )
        return
    Path(config.invocation_params.dir, chosen).write_text(table(wanted.values()), encoding="utf-8")
    terminalreporter.write_line(f"fault matrix: {chosen}, {len(wanted)} faults")
