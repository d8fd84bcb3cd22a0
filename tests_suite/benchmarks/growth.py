"""How time and memory of the smoke gate grow with the workflow.

Each size is the reference workflow that many times over, with a target file that says so; the gate runs on it as a user
runs it, in a process of its own, and has to pass. Memory is the largest resident set of that process.

    python -m tests_suite.benchmarks.growth
    python -m tests_suite.benchmarks.growth 1 1000 --rounds 1

1000 times are 55,000 files: several minutes, half a gigabyte on disk, and 1.5 GB of memory.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
from pathlib import Path

from fixtures.reference.process import start
from tests_suite.benchmarks import grown
from tests_suite.benchmarks.child import Taken, run
from tests_suite.benchmarks.commandline import parser as parser_of

SUITE = Path(__file__).parents[2]
FILES = 55  # of the reference workflow
TIMES = (1, 10, 30, 100)


def main() -> None:
    """Measure the sizes of the command line and print a Markdown table."""
    parser = parser_of("growth", __doc__)
    parser.add_argument("times", nargs="*", type=int, default=TIMES, help=f"how many times over (default: {TIMES})")
    parser.add_argument("--rounds", type=int, default=3, help="runs of each size; the median counts (default: 3)")
    options = parser.parse_args()
    server = start("--rate-limit", "1000000")
    try:
        with tempfile.TemporaryDirectory(prefix="growth-") as folder:
            rows = [_measure(Path(folder), times, server.url, options.rounds) for times in sorted(options.times)]
    finally:
        server.stop()
    _print(rows)


def _measure(folder: Path, times: int, knowledge_url: str, rounds: int) -> tuple[int, Taken]:
    root = folder / str(times)
    root.mkdir()
    files = sum(path.is_file() for path in grown.grow(root, times).rglob("*"))
    print(f"{files} files", file=sys.stderr)
    target = grown.write_target(root, times, knowledge_url)
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-m",
        "smoke",
        f"--target={target}",
        f"--report-dir={root}/reports",
    ]
    taken = [run([*command, "-p", "no:cacheprovider"], SUITE) for _ in range(rounds)]
    seconds, busy = (
        statistics.median(values) for values in zip(*((each.seconds, each.busy) for each in taken), strict=True)
    )
    return times * FILES, Taken(seconds, busy, max(each.megabytes for each in taken))


def _print(rows: list[tuple[int, Taken]]) -> None:
    first_files, first = rows[0]
    print("| files | time | processor time | memory | for each further file | time against files |")
    print("| ---: | ---: | ---: | ---: | ---: | ---: |")
    before = None
    for files, taken in rows:
        further = "" if before is None else f"{(taken.seconds - before[1]) / (files - before[0]) * 1000:.2f} ms"
        growth = (taken.seconds / first.seconds) / (files / first_files)
        used = f"{taken.seconds:.2f} s | {taken.busy:.2f} s | {taken.megabytes:.0f} MB"
        print(f"| {files:,} | {used} | {further} | {growth:.2f} |")
        before = (files, taken.seconds)
    print("\nThe last column is the growth of the time divided by that of the files: 1 is as fast as the files.")


if __name__ == "__main__":
    main()
