"""This suite against the tools a team would use instead, on the same inputs, in turns.

    python -m tests_suite.benchmarks.alternatives
    python -m tests_suite.benchmarks.alternatives --rounds 3 --faults 8 --environment ~/alternatives

A release is judged four ways: by `pytest -m "smoke or package"`, by a shell script with yamllint, xmllint, curl and
sha256sum, by pytest-testinfra, and by Robot Framework. The scripts lie beside this module and put the questions of both
gates as far as their tools can, in what a good engineer writes in an afternoon. First the time, on a copy of the
reference release, its package and a server that runs already, in turns; then what each notices of faults that are drawn
at random. testinfra and Robot Framework are installed from PyPI into an environment of their own.
"""

from __future__ import annotations

import argparse
import contextlib
import statistics
import sys
import tempfile
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path

from fixtures.reference.process import start
from tests_suite.benchmarks.alternatives import noticing
from tests_suite.benchmarks.alternatives.noticing import Noticed
from tests_suite.benchmarks.alternatives.tools import Order, Tool, install, lines, missing, tools
from tests_suite.benchmarks.child import Taken, run
from tests_suite.benchmarks.commandline import parser as parser_of
from tests_suite.faults import packed, world

GATES = ("smoke", "package")


def main() -> int:
    """Print both tables; 1 where a tool does not take the reference for good, 2 where a program is missing."""
    parser = parser_of("alternatives", __doc__)
    parser.add_argument("--rounds", type=int, default=7, help="runs of each for the time (default: 7)")
    parser.add_argument("--faults", type=int, default=40, help="how many faults are tried; 0 for none (default: 40)")
    parser.add_argument("--seed", type=int, default=noticing.SEED, help=f"of the draw (default: {noticing.SEED})")
    parser.add_argument(
        "--environment", metavar="DIR", type=Path, help="a virtual environment to make, or to use again"
    )
    options = parser.parse_args()
    if absent := missing():
        print(f"not on PATH: {', '.join(absent)} (Debian: apt-get install curl libxml2-utils)", file=sys.stderr)
        return 2
    server = start("--rate-limit", "1000000")
    try:
        with tempfile.TemporaryDirectory(prefix="alternatives-") as name:
            folder = Path(name)
            four = tools(install((options.environment or folder / "environment").resolve()), folder)
            urllib.request.urlopen(f"{server.url}/health", timeout=60).close()
            return _judge(four, server.url, folder, options)
    finally:
        server.stop()


def _judge(four: Sequence[Tool], url: str, folder: Path, options: argparse.Namespace) -> int:
    wrong = {tool: status for tool, status in noticing.healthy(four, url, folder / "healthy").items() if status != 0}
    if wrong:
        print(f"the reference release is good, and yet: {wrong}", file=sys.stderr)
        return 1
    times = _times(four, url, folder / "times", options.rounds)
    found: list[Noticed] = []
    for each in noticing.compare(
        four, noticing.draw(options.faults, options.seed) if options.faults else [], url, folder
    ):
        found.append(each)
        print(f"{len(found)} of {options.faults}: {each.fault.name}: {each.statuses}", file=sys.stderr)
    _print(four, times, found)
    return 0


def _times(four: Sequence[Tool], url: str, folder: Path, rounds: int) -> dict[str, tuple[list[Taken], list[Taken]]]:
    """The runs of each tool on the reference, and those of the tool without a question."""
    copy = world.make(folder / "world", url)
    packed.packaged(copy)
    taken: dict[str, tuple[list[Taken], list[Taken]]] = {tool.name: ([], []) for tool in four}
    for number in range(rounds + 1):
        for tool in four:
            place = folder / f"{number}-{tool.name.replace(' ', '-')}"
            place.mkdir()
            environment = tool.environment(copy)
            whole = _patiently(tool, Order(copy, GATES, place), environment)
            empty = run(tool.start(place), tool.cwd, environment)
            if number:  # the first round only warms up
                taken[tool.name][0].append(whole)
                taken[tool.name][1].append(empty)
    return taken


def _patiently(tool: Tool, order: Order, environment: Mapping[str, str]) -> Taken:
    """A run that ends with 0: what a busy machine failed, by the server's response time, is run again."""
    for _ in range(noticing.TRIES - 1):
        with contextlib.suppress(RuntimeError):
            return run(tool.command(order), tool.cwd, environment)
    return run(tool.command(order), tool.cwd, environment)


def _print(four: Sequence[Tool], times: dict[str, tuple[list[Taken], list[Taken]]], found: Sequence[Noticed]) -> None:
    ours = times[four[0].name][0]
    print("| tool | time | processor time | against this suite | start alone | lines to write | faults noticed |")
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: |")
    for tool in four:
        whole, empty = times[tool.name]
        both = list(zip(whole, ours, strict=True))
        clock = statistics.median(each.seconds / own.seconds for each, own in both)
        work = statistics.median(each.busy / own.busy for each, own in both)
        seconds, busy = (statistics.median(values) for values in ([e.seconds for e in whole], [e.busy for e in whole]))
        begin = statistics.median(each.seconds for each in empty)
        noticed = f"{sum(each.by(tool.name) for each in found)} of {len(found)}" if found else ""
        ratios = f"{clock:.2f} by the clock, {work:.2f} by the processors"
        row = f"{seconds:.2f} s | {busy:.2f} s | {ratios} | {begin:.2f} s | {lines(tool.script)} | {noticed}"
        print(f"| {tool.name} | {row} |")
    if found:
        print("\n| fault | gate | " + " | ".join(tool.name for tool in four) + " |")
        print("| --- | --- |" + " --- |" * len(four))
    for each in found:
        marks = [
            "hung" if each.statuses[t.name] is None else "noticed" if each.by(t.name) else "**missed**" for t in four
        ]
        print(f"| {each.fault.name} | {each.fault.gate} | {' | '.join(marks)} |")


if __name__ == "__main__":
    sys.exit(main())
