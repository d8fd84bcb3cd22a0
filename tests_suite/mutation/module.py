"""Every mutant of one module, by its quick tests: `python -m tests_suite.mutation.module fixtures/limits.py TEST...`.

For whoever writes tests: a minute instead of hours, and the working tree as it is. TEST are test modules or tests, as
pytest takes them; of these, the ones that take longer than `--longest` are left out. What survives here may still be
noticed by the faults of a gate. Exit status 1 if any survived, 2 where the tests fail without a mutant.
"""

from __future__ import annotations

import argparse
import queue
import sys
import tempfile
import threading
from dataclasses import dataclass, field
from pathlib import Path

from tests_suite.mutation.mutants import Mutant
from tests_suite.mutation.score import shown
from tests_suite.mutation.serving import Ending, Server, serving

SUITE = Path(__file__).parents[2]
LEAST_LIMIT, TIMES_SLOWER = 5.0, 20.0  # seconds, and how much slower than without a mutant a test may be
BUDGET = 60.0  # seconds for one mutant


def main() -> int:
    """Try the mutants of the module that the command line names, and print those that survive."""
    options = _options().parse_args()
    path = options.module.absolute().relative_to(SUITE).as_posix()
    with tempfile.TemporaryDirectory(prefix="mutants-") as name:
        folders = [Path(name, f"process-{index}") for index in range(options.processes)]
        with serving(SUITE, folders, options.tests, gates=False) as servers:
            from tests_suite.mutation import drawing  # needs mutmut

            source = (SUITE / path).read_text(encoding="utf-8")
            wanted = [
                mutant
                for mutant in drawing.every(path, source, Path(name))
                if options.function in ("", mutant.function)
            ]
            if not wanted:
                print(f"{path}: no mutant of {options.function or 'it'}", file=sys.stderr)
                return 2
            tests = _quick(servers[0], wanted[0], options.longest)
            if not tests:
                return 2
            _try(servers, wanted, waiting := _Found(tests, servers[0].reached))
    for mutant, ending in sorted(waiting.survivors, key=lambda each: each[0].line):
        print(f"{path}:{mutant.line} {mutant.function} {ending.status}: {shown(mutant)}")
    print(f"{path}: {len(wanted) - len(waiting.survivors)} of {len(wanted)} killed by {len(tests)} tests")
    return 1 if waiting.survivors else 0


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests_suite.mutation.module", description=__doc__)
    parser.add_argument("module", type=Path, help="a module of gate/ or fixtures/")
    parser.add_argument("tests", nargs="+", metavar="TEST", help="test modules or tests, as pytest takes them")
    parser.add_argument("--function", default="", metavar="NAME", help="only the mutants of this function or method")
    parser.add_argument("--longest", type=float, default=0.3, metavar="SECONDS", help="of a test (default: 0.3)")
    parser.add_argument("--processes", type=int, default=1, metavar="N", help="how many mutants at a time (default: 1)")
    return parser


@dataclass
class _Found:
    """The tests, with their seconds, and what has survived them so far."""

    tests: dict[str, float]
    reached: dict[str, set[str]]
    survivors: list[tuple[Mutant, Ending]] = field(default_factory=list)


def _quick(server: Server, mutant: Mutant, longest: float) -> dict[str, float]:
    """The quick ones of a server's tests, the fastest first; none where one fails without a mutant, and says so."""
    from dataclasses import replace

    original = replace(mutant, source=str(SUITE / mutant.path), defaults=None)
    ending = server.run(original, server.names, dict.fromkeys(server.names, 300.0), 3600.0, mutant.path)
    if ending.status not in ("survived", "not swapped"):
        print(f"{ending.test} fails without a mutant: {ending.message}", file=sys.stderr)
        return {}
    quick = {test: took for test, took in sorted(server.took.items(), key=lambda each: each[1]) if took <= longest}
    if not quick:
        print(f"none of {len(server.names)} tests takes less than {longest} s", file=sys.stderr)
    return quick


def _try(servers: list[Server], wanted: list[Mutant], found: _Found) -> None:
    """Try every mutant, on so many servers at a time."""
    waiting: queue.SimpleQueue[Mutant] = queue.SimpleQueue()
    for mutant in wanted:
        waiting.put(mutant)
    limits = {test: max(LEAST_LIMIT, TIMES_SLOWER * took) for test, took in found.tests.items()}

    def work(server: Server) -> None:
        while True:
            try:
                mutant = waiting.get_nowait()
            except queue.Empty:
                return
            tests = [test for test in found.tests if mutant.function in found.reached[test]]
            ending = server.run(mutant, tests, limits, BUDGET) if tests else Ending("no test")
            if ending.status in ("survived", "not swapped", "no test"):
                found.survivors.append((mutant, ending))

    threads = [threading.Thread(target=work, args=(server,)) for server in servers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    raise SystemExit(main())
