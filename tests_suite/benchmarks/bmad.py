"""How long the bmad gate and its parts take: `python -m tests_suite.benchmarks.bmad`.

Seconds depend on the machine and on what else it does. So each part is timed in turns with something that does the
least of the same kind, and the ratio of the medians is printed beside the seconds and the limit.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from markdown_it import MarkdownIt

from fixtures import reference
from fixtures.story.draft import SAMPLE_DECISION, sample_draft
from fixtures.story.generation import elaborate, render
from fixtures.story.story import validate
from fixtures.target import reference_target
from tests_suite.benchmarks.commandline import parser as parser_of

SUITE = Path(__file__).parents[2]
TURNS = 7
COMMANDS = 2000
STORIES = 200


def seconds(work: Callable[[], object]) -> float:
    """How long some work takes once."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def in_turns(work: Callable[[], object], least: Callable[[], object]) -> tuple[float, float]:
    """The median seconds of both, measured one after the other, again and again."""
    pairs = [(seconds(work), seconds(least)) for _ in range(TURNS)]
    return statistics.median(first for first, _ in pairs), statistics.median(second for _, second in pairs)


def report(name: str, result: tuple[float, float], than: str, limit: float) -> bool:
    """Print one line; whether the limit held."""
    taken, least = result
    holds = taken < limit
    print(f"{name}: {taken:.3f} s, limit {limit:g} s; {taken / least:.2f} times {than}{'' if holds else '  TOO SLOW'}")
    return holds


def pytest_run(folder: Path, *arguments: str, cwd: Path = SUITE) -> Callable[[], object]:
    """A run of pytest in a process of its own."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    environment["PATH"] = os.pathsep.join(
        path for path in environment.get("PATH", "").split(os.pathsep) if not Path(path, "claude").exists()
    )

    def once() -> None:
        done = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            sys.exit(f"{' '.join(command)} failed in {folder}:\n{done.stdout}{done.stderr}")

    return once


def crowded(folder: Path) -> Path:
    """The reference's Claude project among so many commands that it has 2,000."""
    project = folder / "crowded"
    shutil.copytree(reference.CLAUDE_PROJECT, project)
    commands = project / ".claude" / "commands"
    text = (commands / "bmad/bmm/workflows/dev-story.md").read_text(encoding="utf-8")
    for number in range(COMMANDS - len(list(commands.rglob("*.md")))):
        path = commands / f"team-{number % 40}" / f"command-{number}.md"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return project


def main() -> int:
    """Measure everything, print it, and say by the exit status whether all limits held."""
    parser_of("bmad", __doc__).parse_args()
    text = (reference.WORKFLOW / "templates" / "bmm-story.template.md").read_text(encoding="utf-8")
    story = render(text, elaborate(sample_draft("ARCH"), SAMPLE_DECISION, 1, 1))
    markdown = MarkdownIt("commonmark")
    assert reference_target().claude
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "test_nothing.py").write_text("def test_nothing() -> None:\n    pass\n", encoding="utf-8")
        nothing = pytest_run(folder, "-p", "no:anyio", str(folder / "test_nothing.py"), cwd=folder)
        gate = pytest_run(folder, "-m", "bmad", f"--report-dir={folder / 'reports'}")
        project = crowded(folder)
        crowd = pytest_run(folder, "-m", "bmad", f"--report-dir={folder / 'more'}", f"--claude-project={project}")
        held = [
            report("-m bmad on the reference", in_turns(gate, nothing), "a pytest run of one empty test", 2.0),
            report(f"-m bmad with {COMMANDS} commands", in_turns(crowd, gate), "the same on the reference", 3.0),
            report(
                f"{STORIES} stories validated",
                in_turns(
                    lambda: [validate(story) for _ in range(STORIES)],
                    lambda: [markdown.parse(story) for _ in range(STORIES)],
                ),
                "parsing them as Markdown",
                STORIES / 1000,
            ),
        ]
    return 0 if all(held) else 1


if __name__ == "__main__":
    sys.exit(main())
