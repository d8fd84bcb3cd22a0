"""Fuzz by hand, for as long as you like.

python -m tests_suite.fuzz [NAME …] [--minutes N] [--seed S] [--kept] [--list]

NAME is a parser, a gate (`gate smoke`), or a part of a name; without one, all of them, one after the other. Each gets N
minutes. Every example has 5 seconds of processor time and 500 MB; what breaks that, or raises an exception that is none
of the suite's own, is written to tests_suite/fuzz/findings/, where the tests try it again from then on. Exit status 1
where anything was found, 2 for a name that nothing has.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence

from fixtures.staging.site import StoppedError
from tests_suite.fuzz import table, work
from tests_suite.fuzz.work import Tally


def main(arguments: Sequence[str] | None = None) -> int:
    """Fuzz, and say what was found; the exit status."""
    parser = argparse.ArgumentParser("python -m tests_suite.fuzz", description="Fuzz the parsers of this suite.")
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help="a parser or a gate, or a part of its name; default: all"
    )
    parser.add_argument("--minutes", type=float, default=1.0, help="for each of them (1)")
    parser.add_argument("--examples", type=int, help="at most so many for each of them")
    parser.add_argument("--seed", type=int, default=0, help="of the random numbers (0)")
    parser.add_argument("--kept", action="store_true", help="only try what was found before")
    parser.add_argument("--list", action="store_true", help="only say what there is")
    options = parser.parse_args(arguments)
    known = [*table.PARSERS, *table.GATES]
    chosen = [name for name in known if not options.names or any(_means(part, name) for part in options.names)]
    if not chosen:
        print(f"fuzz: nothing is called {' or '.join(options.names)}; --list says what there is", file=sys.stderr)
        return 2
    if options.list:
        print("\n".join(chosen))
        return 0
    return max([_fuzz_or_say_why_not(name, options) for name in chosen])


def _fuzz_or_say_why_not(name: str, options: argparse.Namespace) -> int:
    """A world that needs a rehearsal cannot be made on a machine that is too busy for the plan's response times."""
    try:
        return _fuzz(name, options)
    except StoppedError as error:
        print(f"{name}: could not be prepared: {error}", flush=True)
        return 2


def _means(part: str, name: str) -> bool:
    return part == name or (part not in table.PARSERS and part not in table.GATES and part in name)


def _fuzz(name: str, options: argparse.Namespace) -> int:
    began = time.monotonic()
    with table.task_of(name, options.examples) as task:
        kept = list(table.cases(name))
        if options.kept:
            tally = work.again(task, [(seed, data) for _, seed, data in kept], _tell)
        else:
            tally = work.long_run(task, options.minutes, options.seed, _tell)
    for found in tally.found.values():
        folder = table.folder_of(name)
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / table.file_name(f"{found.kind} {found.place}", found.seed)
        path.write_bytes(found.data)
        print(f"  {path}\n{found.words}", flush=True)
    print(f"{name}: {_in_words(tally)}, {time.monotonic() - began:.0f} s", flush=True)
    return 1 if tally.found else 0


def _tell(words: str) -> None:
    print(f"  found: {words}", flush=True)


def _in_words(tally: Tally) -> str:
    slowest = f"slowest {tally.slowest:.2f} s ({tally.slowest_seed})"
    lines = f", {tally.lines} lines reached" if tally.lines else ""
    return f"{tally.examples} examples, {len(tally.found)} findings, {slowest}, peak {tally.peak >> 20} MB{lines}"


if __name__ == "__main__":
    sys.exit(main())
