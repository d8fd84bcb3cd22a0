"""What each gate takes on the reference release, in turns against a bare start of pytest.

    python -m tests_suite.benchmarks.gates
    python -m tests_suite.benchmarks.gates smoke mcp --rounds 9

Every gate of the checklist, each in a process of its own, as a user types it: start-up, the start of what it needs of
the reference release (a server, a repository, a rehearsal), and its reports included. Bare pytest loads the same
plugins and runs twenty empty tests, see `benchmarks.startup`. The first round only warms up.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
from pathlib import Path

from gate import checklist
from tests_suite.benchmarks.child import Taken, run
from tests_suite.benchmarks.commandline import parser as parser_of
from tests_suite.benchmarks.startup import SUITE, bare_project

BARE = "bare pytest, 20 empty tests"


def main() -> int:
    """Measure, and print a Markdown table; 1 where a gate does not pass on the reference."""
    gates = tuple(checklist.load().gates)
    parser = parser_of("gates", __doc__)
    parser.add_argument("gates", nargs="*", metavar="GATE", help="the gates to measure (default: all)")
    parser.add_argument("--rounds", type=int, default=5, help="runs of each (default: 5)")
    options = parser.parse_args()
    if unknown := sorted(set(options.gates) - set(gates)):
        parser.error(f"no gate: {', '.join(unknown)}; the gates are {', '.join(gates)}")
    with tempfile.TemporaryDirectory(prefix="gates-") as name:
        taken = _turns(Path(name), tuple(options.gates) or gates, options.rounds)
    _print(taken)
    return 0


def _turns(folder: Path, gates: tuple[str, ...], rounds: int) -> dict[str, list[Taken]]:
    """The runs of bare pytest and of each gate, which take turns."""
    bare = bare_project(folder)
    taken: dict[str, list[Taken]] = {BARE: [], **{gate: [] for gate in gates}}
    for number in range(rounds + 1):
        for name, runs in taken.items():
            options = [] if name == BARE else ["-m", name, f"--report-dir={folder}/reports-{number}-{name}"]
            command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options]
            of_this = run(command, bare if name == BARE else SUITE)
            if number:
                runs.append(of_this)
        print(f"round {number} of {rounds}", file=sys.stderr)
    return taken


def _print(taken: dict[str, list[Taken]]) -> None:
    bare = taken[BARE]
    print("| gate | items | time | processor time | against bare pytest | memory |")
    print("| --- | ---: | ---: | ---: | ---: | ---: |")
    listed = checklist.load()
    for name, runs in taken.items():
        items = "" if name == BARE else str(len(listed.items_of(listed.gates[name])))
        seconds, busy = (statistics.median(each) for each in ([r.seconds for r in runs], [r.busy for r in runs]))
        ratio = statistics.median(own.seconds / least.seconds for own, least in zip(runs, bare, strict=True))
        shown = name if name == BARE else f"`{name}`"
        memory = max(each.megabytes for each in runs)
        print(f"| {shown} | {items} | {seconds:.2f} s | {busy:.2f} s | {ratio:.1f} | {memory:.0f} MB |")


if __name__ == "__main__":
    sys.exit(main())
