"""The suite under every Python that it is said to run on, of those that this machine has: the smoke gate passes.

Needs PyPI, so it runs only where it is asked for: `pytest -m other_pythons tests_suite`.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests_suite.environments import CACHE
from tests_suite.faults.world import SUITE

VERSIONS = ("3.11", "3.12", "3.13", "3.14")
PYENV = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
ASKS = "import sys, venv, ensurepip; print('%d.%d' % sys.version_info[:2], sys.version.replace(chr(10), ' '), sep='|')"


def _answer(program: str) -> str | None:
    """What a Python says of its own version; None where it is none: a shim of pyenv may have nothing behind it."""
    try:
        done = subprocess.run([program, "-c", ASKS], capture_output=True, text=True, timeout=60, check=False)
    except OSError:
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def _found(version: str) -> tuple[str, str] | None:
    """A program of that version, and its whole version; those on PATH come first, then pyenv's own."""
    own = [sys.executable] if version == f"{sys.version_info.major}.{sys.version_info.minor}" else []
    on_path = shutil.which(f"python{version}")
    kept = sorted(PYENV.glob(f"versions/{version}.*/bin/python{version}"))
    for program in (*own, *([on_path] if on_path else []), *map(str, kept)):
        said = _answer(program)
        if said is not None and said.startswith(f"{version}|"):
            return program, said
    return None


def _environment(program: str, said: str) -> Path:
    """An environment made from requirements.lock; made where it is not there yet, whole or not at all."""
    lock = SUITE / "requirements.lock"
    name = hashlib.sha256(f"{said} {hashlib.sha256(lock.read_bytes()).hexdigest()}".encode()).hexdigest()[:16]
    folder = CACHE / f"python-{name}"
    python = folder / "bin" / "python"
    if not (folder / "complete").exists():
        shutil.rmtree(folder, ignore_errors=True)
        for command in (
            [program, "-m", "venv", str(folder)],
            [str(python), "-m", "pip", "install", "--quiet", "--require-hashes", "-r", str(lock)],
        ):
            done = subprocess.run(command, capture_output=True, text=True, timeout=900, check=False)
            assert done.returncode == 0, done.stderr[-2000:]
        (folder / "complete").touch()
    return python


def _plain() -> dict[str, str]:
    """The environment without what belongs to this run and to this Python."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "PYTHON"))}
    kept.pop("VIRTUAL_ENV", None)
    return kept


@pytest.mark.other_pythons
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("version", VERSIONS)
def test_smoke_gate_passes_on_the_reference(version: str, tmp_path: Path) -> None:
    """Where a machine lacks a version, this says so, and shows nothing about it."""
    found = _found(version)
    if found is None:
        pytest.skip(f"no Python {version} on this machine: neither on PATH nor below {PYENV}")
    program, said = found
    python = _environment(program, said)
    # Without the editable install, which would put a link to this checkout into what other checkouts use, too.
    command = [str(python), "-m", "pytest", "-p", "no:cacheprovider", "-m", "smoke", f"--report-dir={tmp_path}"]

    done = subprocess.run(
        command,
        cwd=SUITE,
        env=_plain(),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        stdin=subprocess.DEVNULL,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert "smoke: PASS" in done.stdout, done.stdout
    assert f'"python": "{version}.' in (tmp_path / "smoke" / "verdict.json").read_text(encoding="utf-8")


def test_shim_with_nothing_behind_it_is_no_python(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shim = tmp_path / "python3.14"
    shim.write_text("#!/bin/sh\necho 'pyenv: python3.14: command not found' >&2\nexit 127\n", encoding="utf-8")
    shim.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(f"{__name__}.PYENV", tmp_path)

    assert _answer(str(shim)) is None
    assert sys.version_info[:2] == (3, 14) or _found("3.14") is None


def test_python_that_runs_this_is_found() -> None:
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    found = _found(version)

    assert found is not None
    assert found[0] == sys.executable
