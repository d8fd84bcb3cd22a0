"""Where `pytest -m smoke --workflow DIR` is started once more with the suite's settings, and where it is left alone."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from gate import start

ROOT = start.SETTINGS.parent


def _started(
    monkeypatch: pytest.MonkeyPatch, here: Path, named: str | None, found: Path | None, program: str
) -> list[Any]:
    """What the process was replaced by, if it was."""
    replaced: list[Any] = []
    config: Any = object.__new__(pytest.Config)
    config.invocation_params = SimpleNamespace(dir=here, args=("-m", "smoke", Path("x")))
    config.known_args_namespace = SimpleNamespace(inifilename=named)
    config._inipath = found
    monkeypatch.setattr(os, "execv", lambda *arguments: replaced.append(arguments))
    monkeypatch.setattr(sys, "argv", [program, "-m", "smoke"])
    manager: Any = SimpleNamespace(get_plugin={"pytestconfig": config}.get)
    start.pytest_addoption(manager)
    return replaced


@pytest.mark.parametrize("here", [ROOT, ROOT / "gate", ROOT / "tests_suite" / "faults"])
@pytest.mark.parametrize("program", ["/usr/bin/pytest", "py.test", "/site-packages/pytest/__main__.py"])
@pytest.mark.parametrize("found", [None, Path("/elsewhere/pyproject.toml")])
def test_run_within_the_suite_is_started_again_with_its_settings(
    monkeypatch: pytest.MonkeyPatch, here: Path, program: str, found: Path | None
) -> None:
    arguments = [sys.executable, "-m", "pytest", "-c", str(ROOT / "pyproject.toml"), "-m", "smoke", "x"]

    assert _started(monkeypatch, here, None, found, program) == [(sys.executable, arguments)]


LEFT: dict[str, tuple[Path, str | None, Path | None, str]] = {
    "another project": (ROOT.parent, None, None, "pytest"),
    "settings that are named": (ROOT, "other.toml", None, "pytest"),
    "settings that were found": (ROOT, None, start.SETTINGS, "pytest"),
    "a program that calls pytest": (ROOT, None, None, "/usr/bin/python"),
    "a module of another name": (ROOT, None, None, "/site-packages/other/__main__.py"),
    "another module of pytest": (ROOT, None, None, "/site-packages/pytest/main.py"),
}


@pytest.mark.parametrize(("here", "named", "found", "program"), LEFT.values(), ids=LEFT)
def test_other_run_is_left_alone(
    monkeypatch: pytest.MonkeyPatch, here: Path, named: str | None, found: Path | None, program: str
) -> None:
    assert _started(monkeypatch, here, named, found, program) == []
