"""What a smoke gate on the reference release takes, against pytest itself.

Compared with bare pytest that loads the same plugins (html, metadata, timeout, xdist), runs twenty empty tests in a
folder of its own, and writes the same HTML and JUnit reports. The two take turns, so that a slow minute of the machine
slows both; medians count.

With --cold, each run begins without caches of its own code: of a copy of this project, and of the folder of empty
tests, every __pycache__ and .pytest_cache is removed before each run. Python's and the libraries' caches stay, as
they do for a user who has just checked the project out into an environment that has them.

    python -m tests_suite.benchmarks.startup
    python -m tests_suite.benchmarks.startup --cold
"""

from __future__ import annotations

import shutil
import statistics
import sys
import tempfile
from pathlib import Path

from tests_suite.benchmarks.child import Taken, run
from tests_suite.benchmarks.commandline import parser as parser_of

SUITE = Path(__file__).parents[2]
EMPTY_TESTS = 20
CACHES = ("__pycache__", ".pytest_cache")
NOT_COPIED = shutil.ignore_patterns(*CACHES, ".*", "reports", "*.egg-info", "venv")
# What this project's settings switch off, and its own entry point.
OFF = ("anyio", "hypothesispytest", "release-gate-start")


def main() -> None:
    """Measure, and print a Markdown table."""
    parser = parser_of("startup", __doc__)
    parser.add_argument("--rounds", type=int, default=15, help="runs of each (default: 15)")
    parser.add_argument("--cold", action="store_true", help="remove the caches before each run")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="startup-") as folder:
        bare, suite = bare_project(Path(folder)), _suite(Path(folder), options.cold)
        gate_runs: list[Taken] = []
        bare_runs: list[Taken] = []
        for number in range(options.rounds + 1):
            of_gate, of_bare = _gate_run(suite, options.cold), _bare_run(bare, options.cold)
            if number:  # the first round only warms up
                gate_runs.append(of_gate)
                bare_runs.append(of_bare)
    _print(gate_runs, bare_runs, "cold" if options.cold else "warm")


def bare_project(folder: Path) -> Path:
    """A project of empty tests with this project's reports."""
    bare = folder / "bare"
    bare.mkdir()
    tests = "\n\n".join(f"def test_{number}():\n    pass" for number in range(EMPTY_TESTS))
    (bare / "test_empty.py").write_text(f"{tests}\n", encoding="utf-8")
    off = " ".join(f"-p no:{name}" for name in OFF)
    settings = (
        f"[pytest]\naddopts = --import-mode=importlib {off} --html=report.html --self-contained-html "
        "--junitxml=junit.xml -ra\ntimeout = 60\ntimeout_method = signal\nfilterwarnings = error\n"
    )
    (bare / "pytest.ini").write_text(settings, encoding="utf-8")
    return bare


def _suite(folder: Path, cold: bool) -> Path:
    """This project, or a copy whose caches may be removed."""
    if not cold:
        return SUITE
    copy = folder / "suite"
    shutil.copytree(SUITE, copy, ignore=NOT_COPIED)
    # A hidden folder of the reference is left out with all others above, and is part of the release.
    commands = Path("fixtures", "reference", "claude")
    shutil.copytree(SUITE / commands, copy / commands, dirs_exist_ok=True)
    return copy


def _gate_run(folder: Path, cold: bool) -> Taken:
    with tempfile.TemporaryDirectory(prefix="reports-") as reports:
        return _timed([sys.executable, "-m", "pytest", "-m", "smoke", f"--report-dir={reports}"], folder, cold)


def _bare_run(folder: Path, cold: bool) -> Taken:
    return _timed([sys.executable, "-m", "pytest"], folder, cold)


def _timed(command: list[str], folder: Path, cold: bool) -> Taken:
    if cold:
        for name in CACHES:
            for cache in list(folder.rglob(name)):
                shutil.rmtree(cache)
    return run(command, folder)


def _print(gate_runs: list[Taken], bare_runs: list[Taken], state: str) -> None:
    print(f"| {state}, median of {len(gate_runs)} | time | from | to | processor time |")
    print("| --- | ---: | ---: | ---: | ---: |")
    _print_row("`pytest -m smoke` on the reference", gate_runs)
    _print_row(f"bare pytest, {EMPTY_TESTS} empty tests", bare_runs)
    both = list(zip(gate_runs, bare_runs, strict=True))
    ratios = [gate.seconds / bare.seconds for gate, bare in both]
    busy = statistics.median(gate.busy / bare.busy for gate, bare in both)
    print(f"| ratio | {statistics.median(ratios):.2f} | {min(ratios):.2f} | {max(ratios):.2f} | {busy:.2f} |")


def _print_row(name: str, runs: list[Taken]) -> None:
    seconds = [each.seconds for each in runs]
    busy = statistics.median(each.busy for each in runs)
    print(
        f"| {name} | {statistics.median(seconds):.2f} s | {min(seconds):.2f} s | {max(seconds):.2f} s | {busy:.2f} s |"
    )


if __name__ == "__main__":
    main()
