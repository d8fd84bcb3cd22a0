"""What the reports say of the suite itself: its version and commit, Python, and the packages that decide."""

from __future__ import annotations

import platform
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


def ask_commit(root: Path) -> Commit | None:
    """Ask git for the suite's commit, without waiting: the answer is wanted at the end of the run."""
    command = ["git", "-C", str(root), "describe", "--always", "--dirty", "--abbrev=40", "--exclude", "*"]
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
    """The commit, `-dirty` where files were changed since; None outside a repository."""
    if commit is None:
        return None
    try:
        answer, _ = commit.communicate(timeout=5)
    except subprocess.TimeoutExpired:
        commit.kill()
        commit.communicate()
        return None
    return answer.strip() or None


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None
