"""Mutation of the suite itself: `python -m tests_suite.mutation --sample 600 --seed 2026`; hours, on two cores.

A run that is broken off goes on where it stopped when it is called again with the same folder. MUTANTS.md says what
came of the last one.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from tests_suite.mutation import document, mutants, run, score


def main() -> int:
    """Run what the command line asks for, and print the score. Returns 1 where it is below `--least`."""
    options = _options().parse_args()
    folder: Path = options.folder
    run.prepare(folder, options.sample, options.seed, options.processes)
    if options.again:
        run.renew(folder, options.processes)
        first = run.results(folder / run.FIRST)
        wanted = options.only or [number for number, result in first.items() if not result.is_killed]
        run.run(folder, wanted, options.budget, options.processes, run.AGAIN)
    else:
        wanted = options.only or run.unfinished(folder, options.sample)
        run.run(folder, wanted, options.budget, options.processes, run.FIRST)
    first = run.results(folder / run.FIRST)
    sample = [mutant for mutant in mutants.sample(folder) if mutant.number in first]
    print(score.table(score.per_package(sample, first)))
    print(score.score(first.values()))
    if options.document is not None:
        options.document.write_text(document.text(folder, options.budget), encoding="utf-8")
    return 0 if score.score(first.values()).share >= options.least else 1


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests_suite.mutation", description=__doc__)
    parser.add_argument("--sample", type=int, default=600, metavar="N", help="how many mutants to try (default: 600)")
    parser.add_argument("--seed", type=int, default=2026, metavar="S", help="what the sample is drawn with")
    parser.add_argument(
        "--budget",
        type=float,
        default=40.0,
        metavar="SECONDS",
        help="after how long no further test of a mutant begins (default: 40)",
    )
    parser.add_argument("--processes", type=int, default=2, metavar="N", help="how many mutants at a time (default: 2)")
    parser.add_argument("--document", type=Path, metavar="FILE", help="write the figures and the survivors to a file")
    parser.add_argument("--only", type=int, nargs="+", metavar="NUMBER", help="try these mutants of the sample again")
    parser.add_argument(
        "--again",
        action="store_true",
        help="try the survivors with the tests as they are now; the score stays the first",
    )
    parser.add_argument("--least", type=float, default=0.85, help="the score below which the exit status is 1")
    parser.add_argument(
        "--folder",
        type=Path,
        default=Path(tempfile.gettempdir(), "release-gate-mutation"),
        help="where the copies and the results are kept",
    )
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
