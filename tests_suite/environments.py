"""Environments of their own for programs that tests need and the suite must not depend on."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "release-gate-suite"


def environment_with(pins: tuple[str, ...]) -> Path:
    """The Python of an environment with these packages; made where it is not there yet, whole or not at all."""
    name = hashlib.sha256("\n".join([sys.version, *pins]).encode()).hexdigest()[:16]
    folder = CACHE / name
    if not (folder / "complete").exists():
        shutil.rmtree(folder, ignore_errors=True)
        venv.create(folder, with_pip=True)
        command = [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", *pins]
        done = subprocess.run(command, capture_output=True, text=True, timeout=900, check=False)
        assert done.returncode == 0, done.stderr[-2000:]
        (folder / "complete").touch()
    return folder / "bin" / "python"
