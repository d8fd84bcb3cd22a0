"""How fast a deployed repository is verified: `python -m tests_suite.benchmarks.repository [--folder DIR]`.

A repository with 20,000 files and 5,000 commits on main, made by `git fast-import`, to which the reference release was
deployed as plan 2.2 has it, and after that another repository of the same size that is no deployment at all. Both are
verified by `pytest -m deploy` in a process of its own, start-up included; beside it stands the same for the reference
alone, and what pytest needs to start. Takes 150 MB in the folder.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from fixtures.reference import WORKFLOW
from tests_suite.benchmarks.commandline import parser as parser_of
from tests_suite.faults import deployed, world
from tests_suite.faults.deployed import BRANCH, git
from tests_suite.faults.world import Run, World

FILES, COMMITS = 20_000, 5_000
LONGEST, LONGEST_REFERENCE, LONGEST_FOREIGN = 15.0, 3.0, 2.0  # seconds; the latter two beyond pytest's own start
BEGAN = 1_700_000_000


def plant(repository: Path, files: int = FILES, commits: int = COMMITS) -> None:
    """Give an empty repository a main with so many files and commits; its work tree stays empty."""
    with subprocess.Popen(["git", "fast-import", "--quiet"], cwd=repository, stdin=subprocess.PIPE) as importer:
        assert importer.stdin is not None
        for each in _history(files, commits):
            importer.stdin.write(each)
    assert importer.returncode == 0, "git fast-import failed"


def _history(files: int, commits: int) -> Iterator[bytes]:
    """The first commit adds all files, every other one changes one of them."""
    yield _commit(1, "begin")
    for number in range(files):
        yield _file(number, f"# Document {number}\n\nSome text that is like no other: {number * 7919}.\n")
    for number in range(2, commits + 1):
        yield _commit(number, f"docs: change {number}")
        yield _file(number * 31 % files, f"# Document\n\nChanged by {number}.\n")


def _commit(number: int, message: str) -> bytes:
    before = f"from :{number - 1}\n" if number > 1 else ""
    head = f"commit refs/heads/main\nmark :{number}\ncommitter Dana <dana@example.com> {BEGAN + number * 60} +0000\n"
    return f"{head}data {len(message)}\n{message}\n{before}".encode()


def _file(number: int, text: str) -> bytes:
    path = f"docs/{number % 100:02}/{number // 100 % 20:02}/document-{number:05}.md"
    return f"M 100644 inline {path}\ndata {len(text.encode())}\n{text}\n".encode()


def deploy(target: World) -> None:
    """Deploy the reference release to a repository that has a history already."""
    deployed.build(target.root, begin=plant)
    deployed.name(target)
    commits = int(git(target.root / "repository", "rev-list", "--count", BRANCH))
    files = len(git(target.root / "repository", "ls-files").splitlines())
    assert commits > COMMITS, commits
    assert files > FILES, files


def foreign(target: World) -> None:
    """A repository of the same size that is no deployment."""
    git(target.root, "init", "-q", "-b", "main", "foreign")
    plant(target.root / "foreign")
    git(target.root / "foreign", "reset", "-q", "--hard")
    target.target.update(repository="foreign", workflow=str(WORKFLOW))


def measure(target: World | None, folder: Path, rounds: int) -> tuple[float, Run]:
    """Median seconds of a run of the gate, and the last one."""
    seconds, run = [], None
    for number in range(rounds):
        reports = folder / f"reports-{number}"
        run = target.run("deploy", reports) if target else world.run_gate("deploy", reports=reports)
        seconds.append(run.seconds)
    assert run is not None
    return statistics.median(seconds), run


def start(rounds: int) -> float:
    """Median seconds that pytest takes to start and to find the tests of the gate."""
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-q", "-m", "deploy", "--collect-only"]
    seconds = []
    for _ in range(rounds):
        began = time.monotonic()
        subprocess.run(command, cwd=world.SUITE, stdout=subprocess.DEVNULL, check=False)
        seconds.append(time.monotonic() - began)
    return statistics.median(seconds)


def _world(folder: Path) -> World:
    return world.make(folder, "http://127.0.0.1:9")


def main() -> int:
    """Print the table; 1 where a figure is missed."""
    parser = parser_of("repository", __doc__)
    parser.add_argument("--folder", metavar="DIR", help="where the files go (default: a temporary folder)")
    parser.add_argument("--rounds", type=int, default=5, metavar="N", help="how often each is run (default: 5)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as name:
        folder = Path(name)
        started = start(options.rounds)
        print(f"start-up of pytest, nothing run: {started:.2f} s", flush=True)
        reference, run = measure(None, folder / "reference", options.rounds)
        _row("the reference release, deployed for the run", reference, run)
        large = _world(folder / "large")
        deploy(large)
        seconds, run = measure(large, folder / "large-reports", options.rounds)
        _row(f"{FILES:,} files, {COMMITS:,} commits, deployed to", seconds, run)
        kept = run.status == 0 and seconds < LONGEST and reference - started < LONGEST_REFERENCE
        other = _world(folder / "other")
        foreign(other)
        seconds, run = measure(other, folder / "other-reports", options.rounds)
        _row(f"{FILES:,} files, {COMMITS:,} commits, no deployment", seconds, run)
    return 0 if kept and run.status == 1 and seconds - started < LONGEST_FOREIGN else 1


def _row(name: str, seconds: float, run: Run) -> None:
    verdict = run.verdict["verdict"] if run.verdict else "none"
    print(f"{name}: {seconds:.2f} s, {verdict}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
