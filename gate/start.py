"""Lets `pytest -m smoke --workflow DIR` be typed as it is.

pytest chooses its root folder before it knows any plugin's options, and takes the DIR of an unknown `--workflow DIR`
for a test path: the run would be rooted in somebody's workflow, without this project's settings. Installed as an entry
point (`pip install -e .`), this module notices that and starts pytest once more with the settings file named.
It does nothing in other projects.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

SETTINGS = Path(__file__).resolve().parents[1] / "pyproject.toml"
# By these, a run in another folder was meant for this suite, if pytest turns out to know no such option.
OPTIONS = (
    "--target",
    "--workflow",
    "--report-dir",
    "--mcp-url",
    "--outside-chain",
    "--fix-minutes",
    "--degraded-since",
)


def pytest_addoption(parser: pytest.Parser, pluginmanager: pytest.PytestPluginManager) -> None:
    """Start again where this project's folder is the working folder and its settings were not found.

    Elsewhere, an error about options that it has says where they are known.

    This hook runs as soon as the entry point is loaded: before pytest captures the terminal, which would be lost.
    """
    config = pluginmanager.get_plugin("pytestconfig")
    assert isinstance(config, pytest.Config)
    here = Path(config.invocation_params.dir).resolve()
    inside = here == SETTINGS.parent or SETTINGS.parent in here.parents
    if not inside and any(str(each).partition("=")[0] in OPTIONS for each in config.invocation_params.args):
        parser.extra_info["release gate"] = f"its options are known in its checkout only: run it in {SETTINGS.parent}"
    settings_named = config.known_args_namespace.inifilename is not None
    if inside and not settings_named and config.inipath != SETTINGS and _is_program():
        arguments = [str(argument) for argument in config.invocation_params.args]
        os.execv(sys.executable, [sys.executable, "-m", "pytest", "-c", str(SETTINGS), *arguments])


def _is_program() -> bool:
    """Whether this process is pytest and nothing else; one that merely calls it must not be replaced."""
    program = Path(sys.argv[0])
    named = program.stem == "pytest" or program.name == "py.test"
    return named or program.parts[-2:] == ("pytest", "__main__.py")
