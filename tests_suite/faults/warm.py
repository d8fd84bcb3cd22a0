"""Gates without the wait: a process that has imported everything once, and forks for each run of the real gate.

`python -m tests_suite.faults.warm` reads requests from standard input, one JSON object a line: `arguments` for pytest,
`folder`, `environment`, and the `output` file; it answers each with `{"status": ...}` when the run has ended. A run in
a forked process is what `python -m pytest` is, in about half the time; what depends on the start of a process, such as
its locale or its working folder, is tried in one of its own. Ends when its standard input closes.
"""

from __future__ import annotations

import atexit
import gc
import importlib
import json
import os
import pkgutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

SUITE = Path(__file__).parents[2]


# What gates import when they need it, and what takes longest of all that a run imports.
LIBRARIES = (
    "anyio._backends._asyncio",
    "bson",
    "certifi",
    "defusedxml.ElementTree",
    "encodings.idna",
    "fastcrc",
    "httpcore",
    "httpcore2",
    "httpx",
    "jsonschema",
    "markdown_it",
    "mcp.client.sse",
    "mcp.client.streamable_http",
    "phonenumbers",
    "psutil",
    "truststore",
    "yamllint.config",
    "yamllint.linter",
    "yamllint.rules",
)


class Preload:
    """A plugin that imports, while pytest can still rewrite what it imports, what gates import when they need it."""

    def pytest_collection_finish(self) -> None:
        """Everything is collected, and nothing will run."""
        import fixtures
        import gate

        for library in LIBRARIES:
            importlib.import_module(library)
        for package in (fixtures, gate):
            for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
                if not module.name.endswith(".__main__"):
                    importlib.import_module(module.name)


def serve() -> None:
    """Import, then fork for each request."""
    import pytest

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    _redirect(os.devnull)
    pytest.main(["--collect-only", "-q", "-p", "no:cacheprovider"], plugins=[Preload()])
    gc.collect()
    gc.freeze()
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            answers.close()
            _run(json.loads(line))
        status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        print(json.dumps({"status": status}), file=answers, flush=True)


def _run(request: Mapping[str, Any]) -> None:
    import pytest

    signal.signal(signal.SIGINT, signal.default_int_handler)
    _redirect(request["output"])
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.chdir(request["folder"])
    os.environ.clear()
    os.environ.update(request["environment"])
    time.tzset()
    sys.argv[:] = ["pytest", *request["arguments"]]
    sys.exit(pytest.main(request["arguments"]))


def _redirect(output: str) -> None:
    """Standard output and error go to a file."""
    sys.stdout.flush()
    sys.stderr.flush()
    descriptor = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)
    os.close(descriptor)


@dataclass
class Warm:
    """The process that forks, started when the first run is asked for, and ended with this one."""

    process: subprocess.Popen[str] | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)

    def run(self, arguments: Sequence[str], environment: Mapping[str, str], output: Path, longest: float) -> int:
        """The exit status of a run of pytest in the suite's folder. Raises `TimeoutError` after `longest` seconds."""
        with self.lock:
            process = self.process = self.process or _start()
            assert process.stdin is not None
            assert process.stdout is not None
            request = {
                "arguments": list(arguments),
                "folder": str(SUITE),
                "environment": dict(environment),
                "output": str(output),
            }
            watchdog = threading.Timer(longest, self.stop)
            watchdog.start()
            try:
                process.stdin.write(json.dumps(request) + "\n")
                process.stdin.flush()
                answer = process.stdout.readline()
            finally:
                watchdog.cancel()
            if not answer:
                raise TimeoutError(f"no end within {longest} s: {output.read_text(encoding='utf-8', errors='replace')}")
            return int(json.loads(answer)["status"])

    def stop(self) -> None:
        """End the process and the run that it has forked."""
        if self.process is not None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


def _start() -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-m", __spec__.name],
        cwd=SUITE,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    atexit.register(_end, process)
    return process


def _end(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            pipe.close()


if __name__ == "__main__":
    serve()
