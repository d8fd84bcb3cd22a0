"""A command as a process of its own, with what it took."""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

LAST_WORDS = 2000  # characters


@dataclass(frozen=True)
class Taken:
    """Wall time, processor time, and the largest resident memory, each with the processes that it waited for."""

    seconds: float
    busy: float
    megabytes: float


def run(command: Sequence[str], folder: Path, environment: Mapping[str, str] | None = None) -> Taken:
    """Run a command in a folder, with the user's environment unless another one is given.

    Raises `RuntimeError` with its last words where it does not end with 0.
    """
    env = _environment() if environment is None else environment
    with tempfile.TemporaryFile() as output:
        started = time.perf_counter()
        process = subprocess.Popen(command, cwd=folder, env=env, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
        # Not getrusage for all children: that remembers the largest of them for ever.
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            output.seek(0)
            words = output.read().decode("utf-8", "replace")[-LAST_WORDS:]
            raise RuntimeError(f"{' '.join(command)} ended with {process.returncode}:\n{words}")
    return Taken(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def _environment() -> dict[str, str]:
    """The user's, without what keeps Python from its caches and what belongs to a pytest that runs this."""
    left_out = ("PYTHONDONTWRITEBYTECODE", "PYTEST_ADDOPTS", "PYTEST_CURRENT_TEST")
    return {name: value for name, value in os.environ.items() if name not in left_out}
