"""A world to break: a copy of the reference release with a target file of its own, and the real gate run on it."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from fixtures import reference
from tests_suite.faults.warm import Warm

SUITE = Path(__file__).parents[2]
WARM = Warm()
LONGEST_RUN = 120.0  # seconds; a run that takes longer is itself a failure


@dataclass(frozen=True)
class World:
    """Everything a target names, in one folder: change its files, or its `target`, before the gate runs.

    What has to run beside the gate, such as a server of its own, enters `running`, which the test closes; the gate's
    process gets `environment` besides its usual one.
    """

    root: Path
    target: dict[str, Any]
    running: ExitStack = field(default_factory=ExitStack, repr=False, compare=False)
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def workflow(self) -> Path:
        """The copy of the reference workflow."""
        return self.root / "workflow"

    @property
    def claude(self) -> Path:
        """The copy of the reference Claude project."""
        return self.root / "claude"

    @property
    def home(self) -> Path:
        """The home folder of the user whose own commands count; empty at first."""
        return self.root / "home"

    def override(self, item: str, limit: str, value: float) -> None:
        """Replace one limit of the plan."""
        reason = "a test needs this limit to be smaller"
        self.target.setdefault("overrides", []).append({"item": item, "limit": limit, "value": value, "reason": reason})

    def write_target(self) -> Path:
        """Write the target file and say where it is."""
        path = self.root / "target.yaml"
        path.write_text(yaml.safe_dump(self.target, sort_keys=False), encoding="utf-8")
        return path

    def run(self, marker: str, reports: Path, *arguments: str) -> Run:
        """Run a gate on this world."""
        target = f"--target={self.write_target()}"
        return run_gate(marker, target, *arguments, reports=reports, environment=self.environment)

    def digest(self) -> str:
        """Over names, modes, link targets and bytes of everything in the world, the target included."""
        self.write_target()
        total = hashlib.sha256()
        for path in sorted(self.root.rglob("*")):
            status = path.lstat()
            total.update(f"{path.relative_to(self.root)}\0{status.st_mode}\0".encode("utf-8", "surrogateescape"))
            if path.is_symlink():
                total.update(os.readlink(path).encode())
            elif path.is_file():
                total.update(path.read_bytes())
        return total.hexdigest()


def make(root: Path, knowledge_url: str) -> World:
    """A healthy world: the reference release, copied, with a server that is already running."""
    root.mkdir(parents=True, exist_ok=True)
    shutil.copytree(reference.WORKFLOW, root / "workflow")
    shutil.copytree(reference.CLAUDE_PROJECT, root / "claude")
    (root / "home").mkdir()
    target = {
        "name": "a broken copy",
        "workflow": "workflow",
        "knowledge": {"url": knowledge_url, "timeout_seconds": 5},
        "claude": {"project": "claude", "home": "home", "cli": "off"},
    }
    return World(root, target)


@dataclass(frozen=True)
class Fault:
    """One way to be broken. `trips` maps the items that must notice to their outcome; all others must pass.

    `says` are texts that the findings must hold: a fault that is noticed for the wrong reason is not noticed.
    `seconds` bounds the whole run, start-up on a busy machine included, `within` what the items take themselves.
    """

    name: str
    breaks: Callable[[World], None]
    trips: Mapping[str, str]
    says: tuple[str, ...]
    gate: str = "smoke"
    seconds: float = 60.0
    within: float = 10.0


@dataclass(frozen=True)
class Run:
    """What a run of the gate left: `verdict` is its verdict.json, None where none was written."""

    status: int
    output: str
    seconds: float
    verdict: dict[str, Any] | None = field(repr=False)

    @property
    def outcomes(self) -> dict[str, str]:
        """Outcome by item id."""
        return {item["id"]: item["outcome"] for item in (self.verdict or {"items": []})["items"]}

    def seconds_of(self, items: Iterable[str]) -> float:
        """Seconds that these items took."""
        wanted = set(items)
        return float(sum(item["seconds"] for item in (self.verdict or {"items": []})["items"] if item["id"] in wanted))

    @property
    def messages(self) -> str:
        """Every finding of every item, one a line, with its place."""
        items = (self.verdict or {"items": []})["items"]
        return "\n".join(
            f"{item['id']} {finding['file'] or ''}:{finding['line'] or ''}: {finding['message']}"
            for item in items
            for finding in item["findings"]
        )


def run_gate(
    marker: str,
    *arguments: str,
    reports: Path,
    cwd: Path = SUITE,
    environment: Mapping[str, str] | None = None,
) -> Run:
    """Run the real gate, in a process of its own; its reports go to `reports`.

    The process is forked from one that is warm, unless it needs a working folder or an environment of its own.
    """
    own = ["-p", "no:cacheprovider", f"--report-dir={reports}", "-m", marker, *arguments]
    if cwd != SUITE:
        own += [str(SUITE)]
    started = time.monotonic()
    if cwd == SUITE and not environment:
        reports.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=reports.parent, prefix="output-") as file:
            status = WARM.run(own, _plain_environment(), Path(file.name), LONGEST_RUN)
            output = Path(file.name).read_text(encoding="utf-8", errors="replace")
    else:
        status, output = _cold(own, cwd, environment or {})
    path = reports / re.sub(r"\W+", "-", marker) / "verdict.json"
    verdict = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None
    return Run(status, output, time.monotonic() - started, verdict)


def _cold(arguments: list[str], cwd: Path, environment: Mapping[str, str]) -> tuple[int, str]:
    """Exit status and output of pytest, started as a user does."""
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *arguments],
        cwd=cwd,
        env={**_plain_environment(), **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=LONGEST_RUN,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def _plain_environment() -> dict[str, str]:
    """This process's environment without what pytest, xdist and a job's runner put into it."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "COLUMNS", "GITHUB_"))}


def edit(path: Path, old: str, new: str, count: int = 1) -> None:
    """Replace a text in a file; a text that is not there is a mistake in the fault itself."""
    text = path.read_text(encoding="utf-8")
    assert old in text, f"{path}: {old!r} is not in it, so the fault would change nothing"
    path.write_text(text.replace(old, new, count), encoding="utf-8")
