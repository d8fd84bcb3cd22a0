"""What the reports say of the suite itself: its version and commit, Python, and the packages that decide."""

from __future__ import annotations

import platform
import re
import subprocess
from importlib import metadata
from pathlib import Path
from typing import Any

import gate

PACKAGES = (
    "pytest",
    "pytest-html",
    "pytest-timeout",
    "pytest-xdist",
    "httpx",
    "PyYAML",
    "jsonschema",
    "mcp",
    "yamllint",
)
Commit = subprocess.Popen[str]
ASK = ("status", "--porcelain=v2", "--branch", "--untracked-files=normal", "--no-renames")
NAMED = "# branch.oid "
CHANGED = ("1 ", "2 ", "u ")  # in git's answer, a file that is no longer the commit's
UNTRACKED = "? "
# Where a file decides although no commit has it: a conftest.py, a module, pytest's settings.
DECIDES = re.compile(r"(?:^|/)(?:gate|fixtures|tests_\w+)/|^[^/]+\.(?:py|ini|cfg|toml)$")


def ask_commit(root: Path) -> Commit | None:
    """Ask git for the suite's commit, without waiting: the answer is wanted at the end of the run."""
    # Quoted, a path is ASCII, whatever the locale; without its optional locks, git writes nothing.
    settings = ("--no-optional-locks", "-c", "core.quotePath=true", "-c", "core.fsmonitor=false")
    command = ["git", *settings, "-C", str(root), *ASK]
    try:
        return subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
    except OSError:
        return None


def facts(commit: Commit | None) -> dict[str, Any]:
    """The suite as verdict.json names it; `commit` is what `ask_commit` gave."""
    return {
        "version": gate.__version__,
        "commit": _answer(commit),
        "python": platform.python_version(),
        "packages": {name: _version(name) for name in PACKAGES},
    }


def _answer(commit: Commit | None) -> str | None:
    """The commit, `-dirty` where files were changed since, or came that decide, too; None outside a repository."""
    if commit is None:
        return None
    try:
        answer, _ = commit.communicate(timeout=5)
    except subprocess.TimeoutExpired:
        commit.kill()
        commit.communicate()
        return None
    return _commit(answer.splitlines())


def _commit(lines: list[str]) -> str | None:
    found = next((line.removeprefix(NAMED) for line in lines if line.startswith(NAMED)), "")
    if not found.isalnum():
        return None  # "(initial)", or no answer
    changed = any(line.startswith(CHANGED) for line in lines)
    came = any(DECIDES.search(line[2:].strip('"')) for line in lines if line.startswith(UNTRACKED))
    return f"{found}-dirty" if changed or came else found


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None
