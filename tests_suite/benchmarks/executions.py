"""How fast an execution log is read, and in how much memory: `python -m tests_suite.benchmarks.executions [FOLDER]`.

Two logs of a million lines, 250 MB each, are written to FOLDER or to the system's folder for temporary files: one run
with its times in UTC, and fifty at once with another offset. Nearly all lines are of the event `log`. Reading is timed
in turns with the least that a reader of JSON Lines can do, a bare `json.loads` of every line that keeps nothing.
Seconds are those of the processor, so that what else the machine does counts little. The memory is the largest
resident set of a process that does nothing but read.
"""

from __future__ import annotations

import json
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from pathlib import Path

from fixtures.executions import log
from gate import checklist
from tests_suite.benchmarks import child
from tests_suite.benchmarks.commandline import parser as parser_of

SUITE = Path(__file__).parents[2]
LINES = 1_000_000
TURNS = 3
LONGEST = 10.0  # seconds for a million lines
MOST_MEMORY = 200.0  # MB
MOST_TIMES = 1.3  # of the bare decoding
PARTS = checklist.load().release.parts
PATHS = {"hybrid": PARTS}


def write(path: Path, lines: int, runs: int, zone: tzinfo, z: bool) -> Path:
    """Write a log of about that many lines: `runs` that go on side by side, with their times in a zone."""
    chance = random.Random(7)
    at = datetime(2026, 1, 5, 9, tzinfo=UTC)

    def line(run: int, event: str, step: str | None, message: str) -> str:
        nonlocal at
        at += timedelta(milliseconds=chance.randint(1, 30))
        told = at.astimezone(zone).isoformat(timespec="milliseconds")
        entry = {
            "time": told.replace("+00:00", "Z") if z else told,
            "run": f"run-{run}",
            "version": "2.0.0",
            "architecture": "undecided" if step in (None, "1") and event != "run_completed" else "hybrid",
            "event": event,
            "step": step,
            "level": chance.choice(("debug", "info", "info", "warning")) if event == "log" else "info",
            "message": message,
            "memory_mb": round(500 + chance.random() * 10, 1),
            "pid": 4000 + run,
        }
        return json.dumps(entry, ensure_ascii=False) + "\n"

    def everything() -> Iterator[str]:
        every = range(runs)
        yield from (line(run, "run_started", None, "begins") for run in every)
        for part in PARTS:
            yield from (line(run, "step_started", part, f"step {part} begins") for run in every)
            for number in range(lines // runs // len(PARTS) - 2):
                words = f"asked the knowledge base, {number} results came back in {chance.randint(10, 90)} ms"
                yield from (line(run, "log", part, words) for run in every)
            yield from (line(run, "step_completed", part, f"step {part} is done") for run in every)
        yield from (line(run, "run_completed", None, "is done") for run in every)

    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(everything())
    return path


def read(path: Path, runs: int) -> None:
    """Read a log as the gates do. Raises `SystemExit` where it is not read as it was written."""
    found = log.read(path, PATHS)
    completed = sum(run.outcome == "completed" for run in found.runs.values())
    if found.findings or completed != runs:
        sys.exit(f"{path} should be healthy: {completed} runs of {runs} completed, {found.findings[:3]}")


def decode(path: Path) -> None:
    """The least that can be done with every line."""
    with path.open(encoding="utf-8") as file:
        for line in file:
            json.loads(line)


def seconds(work: Callable[[], object]) -> float:
    """How long some work keeps the processor busy."""
    started = time.process_time()
    work()
    return time.process_time() - started


def measure(label: str, path: Path, runs: int) -> bool:
    """Print what one log took; whether every limit held."""
    pairs = [(seconds(lambda: read(path, runs)), seconds(lambda: decode(path))) for _ in range(TURNS)]
    mine, least = (statistics.median(column) for column in zip(*pairs, strict=True))
    code = f"from pathlib import Path; from fixtures.executions import log; log.read(Path({str(path)!r}))"
    memory = child.run([sys.executable, "-c", code], SUITE).megabytes
    holds = mine < LONGEST and memory < MOST_MEMORY and mine / least < MOST_TIMES
    taken = f"{mine:.1f} s, limit {LONGEST:g}; {mine / least:.2f} times json.loads of each line, limit {MOST_TIMES:g}"
    print(f"{label}: {taken}; {memory:.0f} MB, limit {MOST_MEMORY:g}{'' if holds else '  TOO MUCH'}")
    return holds


def main() -> int:
    """Measure and print; 1 where a limit does not hold."""
    parser = parser_of("executions", __doc__)
    parser.add_argument("folder", nargs="?", metavar="FOLDER", help="where the files go (default: a temporary folder)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as name:
        folder = Path(name)
        one = write(folder / "one.jsonl", LINES, 1, UTC, z=True)
        held = [measure("a million lines of one run, times in UTC", one, 1)]
        one.unlink()
        many = write(folder / "many.jsonl", LINES, 50, timezone(timedelta(hours=1)), z=False)
        held.append(measure("a million lines of fifty runs, times with an offset", many, 50))
    return int(not all(held))


if __name__ == "__main__":
    sys.exit(main())
