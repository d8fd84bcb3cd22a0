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
PAIR = "pair"
PAIRS = "PAIRS.md"  # beside the matrix
NOTICED = {"failed", "degraded", "missing"}  # outcomes


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


@dataclass(frozen=True)
class Drawn:
    """A pair that was proved, and the pairs that were drawn before it: first, second, rule, and where it applied."""

    pool: str
    first: str
    second: str
    redrawn: tuple[tuple[str, str, str, str], ...]


_RUN: dict[str, Proved] = {}  # what this run has proved
_DRAWN: list[Drawn] = []


def of(faults: Iterable[Fault]) -> dict[str, Proved]:
    """Faults by what tells them apart. Those of which nothing comes, or a known issue that holds, are none."""
    found = [Proved(fault.name, fault.gate, dict(fault.trips)) for fault in faults if fault.trips]
    found = [fault for fault in found if NOTICED.issuperset(fault.trips.values())]
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
        "",
        *_two_at_a_time(),
    ]
    return "\n".join(lines) + "\n"


def _two_at_a_time() -> list[str]:
    from tests_suite.faults.pairs import POOLS, SEED

    pools = ", ".join(f"{pool.name} {pool.pairs}" for pool in POOLS)
    return [
        f"Two at a time: {sum(pool.pairs for pool in POOLS)} pairs of these faults, drawn with the seed {SEED}, trip",
        f"exactly what both trip: {pools}.",
        f"[{PAIRS}]({PAIRS}) has each of them, and what was drawn again by which rule.",
    ]


def pairs_table(drawn: Iterable[Drawn]) -> str:
    """All pairs that were proved, and those that were drawn again, as Markdown."""
    found = sorted(drawn, key=lambda each: (each.pool, each.first, each.second))
    redrawn = [(each.pool, *again) for each in found for again in each.redrawn]
    return "\n".join([
        "# Pairs of faults",
        "",
        f"{len(found)} pairs, each of which trips exactly what both of its faults trip alone; {told(found)}.",
        "The rules are those of `tests_suite/faults/pairs.py`.",
        "",
        "| pool | first | second |",
        "| --- | --- | --- |",
        *(f"| {each.pool} | {_cell(each.first)} | {_cell(each.second)} |" for each in found),
        "",
        "Drawn again:",
        "",
        "| pool | first | second | rule | where |",
        "| --- | --- | --- | --- | --- |",
        *(f"| {' | '.join(_cell(text) for text in again)} |" for again in redrawn),
        "",
    ])  # fmt: skip


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("`", "'")


def told(drawn: Iterable[Drawn]) -> str:
    """How many pairs were drawn again, by rule."""
    rules = Counter(again[2] for each in drawn for again in each.redrawn)
    by_rule = ", ".join(f"{rule} {number}" for rule, number in sorted(rules.items()))
    return f"{rules.total()} drawn again ({by_rule})" if rules else "none drawn again"


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
            elif name == PAIR:
                pool, first, second, redrawn = json.loads(str(value))
                _DRAWN.append(Drawn(pool, first, second, tuple(map(tuple, redrawn))))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Write the matrix, or say what is missing."""
    chosen = config.getoption("fault_matrix")
    if hasattr(config, "workerinput"):
        return
    if _DRAWN:
        terminalreporter.write_line(f"pairs of faults: {len(_DRAWN)} proved, {told(_DRAWN)}")
    if not chosen:
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
    if _DRAWN:
        Path(config.invocation_params.dir, chosen).with_name(PAIRS).write_text(pairs_table(_DRAWN), encoding="utf-8")
    terminalreporter.write_line(f"fault matrix: {chosen}, {len(wanted)} faults")
