"""Which faults each tool notices: the same broken copies of the reference release for all of them.

The faults are drawn at random, with a fixed seed, from those of the smoke gate and of the package gate; nobody chose
them. They are this suite's own test cases, so that it notices all of them says nothing: what counts is what the others
let pass. A fault of the target file, or of a program that only this suite asks, is no question that the others could
put; another one is drawn for it.
"""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from tests_suite import test_faults, test_faults_package
from tests_suite.benchmarks.alternatives.tools import Order, Tool
from tests_suite.faults import packed, world
from tests_suite.faults.world import Fault, World

SMOKE, PACKAGE = 30, 10  # about as many of each as there are
SEED = 8
TRIES = 3  # all tools hold the server to 100 ms; a busy machine alone can exceed them


@dataclass(frozen=True)
class Noticed:
    """One fault, and the exit status of each tool by its name; None where it did not end in time."""

    fault: Fault
    statuses: dict[str, int | None]

    def by(self, tool: str) -> bool:
        """Whether a tool ended, and with another status than 0."""
        return bool(self.statuses[tool])


def draw(number: int, seed: int = SEED) -> list[Fault]:
    """That many faults in all, three of the smoke gate for one of the package gate."""
    chance = random.Random(seed)
    drawn = []
    for faults, share in ((test_faults.FAULTS, SMOKE), (test_faults_package.FAULTS, PACKAGE)):
        wanted = max(1, round(number * share / (SMOKE + PACKAGE)))
        own = [fault for fault in faults if _is_a_question(fault)]
        drawn += chance.sample(own, wanted)
    return drawn


def _is_a_question(fault: Fault) -> bool:
    """Whether every tool can be asked about it: of a program named `claude`, or of our target file, none but ours."""
    return not any(words in fault.name for words in ("claude program", "the target ", "user's own", "is not stored"))


def compare(tools: Sequence[Tool], faults: Sequence[Fault], url: str, folder: Path) -> Iterator[Noticed]:
    """Break a copy of the reference anew for each tool, and let it judge."""
    for number, fault in enumerate(faults):
        statuses = {tool.name: _status(tool, fault, url, folder / f"{number}-{n}") for n, tool in enumerate(tools)}
        yield Noticed(fault, statuses)


def healthy(tools: Sequence[Tool], url: str, folder: Path) -> dict[str, int | None]:
    """What each tool says of the reference itself, asked as for a fault: 0, or its findings mean nothing."""
    nothing = Fault("nothing", lambda copy: None, {}, ())
    found: dict[str, int | None] = {}
    for gate in ("smoke", "package"):
        fault = replace(nothing, gate=gate)
        for tool in tools:
            place = folder / f"{gate}-{tool.name.replace(' ', '-')}"
            tries = (_status(tool, fault, url, place / str(number)) for number in range(TRIES))
            status = next((status for status in tries if status == 0), 1)
            found[tool.name] = found.get(tool.name) or status
    return found


def _status(tool: Tool, fault: Fault, url: str, folder: Path) -> int | None:
    copy = world.make(folder / "world", url)
    if fault.gate == "package":
        _package(copy, fault)
    with copy.running:
        if fault.gate != "package":
            fault.breaks(copy)
        status = tool.judges(Order(copy, (fault.gate,), folder / "reports"))
    shutil.rmtree(folder, ignore_errors=True)
    return status


def _package(copy: World, fault: Fault) -> None:
    """A fault of a package builds the package that it breaks."""
    fault.breaks(copy)
    if "package" not in copy.target:
        packed.packaged(copy)
