"""Where `pytest -m smoke --workflow DIR` is started once more with the suite's settings, and where it is left alone."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from _pytest.config.argparsing import Parser

from gate import start

ROOT = start.SETTINGS.parent


def _started(  # noqa: PLR0917  (what a run is started by)
    monkeypatch: pytest.MonkeyPatch,
    here: Path,
    named: str | None,
    found: Path | None,
    program: str,
    arguments: tuple[str | Path, ...] = ("-m", "smoke", Path("x")),
    told: dict[str, str] | None = None,
) -> list[Any]:
    """What the process was replaced by, if it was; `told` takes what an error of the options would add."""
    replaced: list[Any] = []
    config: Any = object.__new__(pytest.Config)
    config.invocation_params = SimpleNamespace(dir=here, args=arguments)
    config.known_args_namespace = SimpleNamespace(inifilename=named)
    config._inipath = found
    monkeypatch.setattr(os, "execv", lambda *arguments: replaced.append(arguments))
    monkeypatch.setattr(sys, "argv", [program, "-m", "smoke"])
    manager: Any = SimpleNamespace(get_plugin={"pytestconfig": config}.get)
    parser: Any = SimpleNamespace(extra_info={} if told is None else told)
    start.pytest_addoption(parser, manager)
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


@pytest.mark.parametrize(
    ("here", "arguments", "said"),
    [
        (ROOT.parent, ("-m", "smoke", "--target", "x.yaml"), True),
        (ROOT.parent, ("-m", "smoke", "--report-dir=x"), True),
        (ROOT.parent, ("-m", "smoke", "--targets", Path("--target-x")), False),
        (ROOT.parent, (), False),
        (ROOT, ("-m", "smoke", "--target", "x.yaml"), False),
    ],
)
def test_options_that_are_known_elsewhere_are_said_to_be_that(
    monkeypatch: pytest.MonkeyPatch, here: Path, arguments: tuple[str | Path, ...], said: bool
) -> None:
    told: dict[str, str] = {}

    assert _started(monkeypatch, here, None, start.SETTINGS, "pytest", arguments, told) == []
    text = f"its options are known in its checkout only: run it in {ROOT}"
    assert told == ({"release gate": text} if said else {})


def test_pytest_says_so_below_its_own_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    parser = Parser(_ispytest=True)
    config: Any = object.__new__(pytest.Config)
    config.invocation_params = SimpleNamespace(dir=tmp_path, args=("--target", "x.yaml"))
    config.known_args_namespace = SimpleNamespace(inifilename=None)
    config._inipath = None
    manager: Any = SimpleNamespace(get_plugin={"pytestconfig": config}.get)

    start.pytest_addoption(parser, manager)

    with pytest.raises(pytest.UsageError) as caught:
        parser.parse(["--target"])
    assert str(caught.value).endswith(
        "error: unrecognized arguments: --target\n"
        f"  release gate: its options are known in its checkout only: run it in {ROOT}"
    )
