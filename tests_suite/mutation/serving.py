"""One process that serves mutants, from the side of the one who asks."""

from __future__ import annotations

import contextlib
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from tests_suite.mutation.hook import STATE
from tests_suite.mutation.mutants import Mutant
from tests_suite.mutation.worker import GATES, PIPES

START = Path("tests_suite", "mutation", "start")
FOREVER = 600.0  # seconds; a process that has not collected the suite by then is stuck


@dataclass(frozen=True)
class Ending:
    """How the tests of one mutant ended: `test` is the one that failed or took too long, if one did."""

    status: str  # survived, killed, timeout, crashed, not swapped
    test: str | None = None
    message: str = ""
    run: int = 0
    seconds: float = 0.0


@dataclass
class Server:
    """A warm process that tries one mutant at a time, and the folder that says which mutant is active in it."""

    tree: Path
    folder: Path
    _requests: int
    _answers: int
    names: list[str] = field(default_factory=list, repr=False)  # of the tests that it has collected
    took: dict[str, float] = field(default_factory=dict, repr=False)  # seconds of each test that has passed
    reached: dict[str, set[str]] = field(default_factory=dict, repr=False)  # by test, see `run`
    _rest: bytes = field(default=b"", repr=False)

    def run(
        self,
        mutant: Mutant,
        tests: Sequence[str],
        limits: Mapping[str, float],
        budget: float,
        reached: str = "",
    ) -> Ending:
        """Run tests with a mutant until the first that fails, or takes longer than its limit, in seconds.

        When `budget` seconds have gone by, no further test begins. `self.reached` gets the functions of the module
        `reached` that each test calls, if one is given.
        """
        (self.folder / "not-swapped").unlink(missing_ok=True)
        active = self.folder / "active.json"
        active.write_text(json.dumps({**asdict(mutant), "module": mutant.module}), encoding="utf-8")
        started = time.monotonic()
        try:
            request = {"tests": list(tests), "seconds": budget, "reached": reached}
            os.write(self._requests, (json.dumps(request) + "\n").encode())
            ending = self._follow(limits)
        finally:
            active.unlink(missing_ok=True)
        shutil.rmtree(self.folder / "tmp", ignore_errors=True)
        status = "not swapped" if (self.folder / "not-swapped").exists() else ending.status
        return Ending(status, ending.test, ending.message, ending.run, round(time.monotonic() - started, 2))

    def _follow(self, limits: Mapping[str, float]) -> Ending:
        child, test, ran = 0, None, 0
        failed: tuple[str, str] | None = None
        patience = max(limits.values(), default=60.0)
        until, began = time.monotonic() + patience, 0.0
        while True:
            answer = self._answer(until - time.monotonic())
            if answer is None:
                self._kill(child)
                if failed is not None:
                    return Ending("killed", *failed, ran)
                return Ending("timeout", test, f"no end within {patience:.0f} s", ran)
            match answer:
                case ["child", int(pid)]:
                    child = pid
                case ["start", str(name)]:
                    test, ran, patience = name, ran + 1, limits.get(name, 60.0)
                    until, began = time.monotonic() + patience, time.monotonic()
                case ["end", str(name), "passed", str()]:
                    self.took[name] = time.monotonic() - began
                case ["end", str(name), "failed", str(message)]:
                    failed = failed or (name, message)
                case ["reached", str(name), list(functions)]:
                    self.reached[name] = {str(function) for function in functions}
                case ["done", 0]:
                    return Ending("killed", *failed, ran) if failed else Ending("survived", run=ran)
                case ["done", int(status)]:
                    if failed is not None:
                        return Ending("killed", *failed, ran)
                    return Ending("crashed", test, f"pytest ended with status {status}", ran)

    def _kill(self, child: int) -> None:
        """End the fork, wherever it hangs. Raises `RuntimeError` where the process that serves does not come back."""
        if child:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child, signal.SIGKILL)
        until = time.monotonic() + 60
        while (answer := self._answer(until - time.monotonic())) is not None:
            if answer[0] == "done":
                return
        raise RuntimeError(f"the process of {self.folder} does not answer")

    def _answer(self, seconds: float) -> list[object] | None:
        """The next answer, or None after so many seconds, or when the process has ended."""
        until = time.monotonic() + seconds
        while b"\n" not in self._rest:
            ready, _, _ = select.select([self._answers], [], [], max(0.0, until - time.monotonic()))
            more = os.read(self._answers, 65536) if ready else b""
            if not more:
                return None
            self._rest += more
        line, self._rest = self._rest.split(b"\n", 1)
        answer: list[object] = json.loads(line)
        return answer


@contextlib.contextmanager
def serving(
    tree: Path, folders: Sequence[Path], tests: Sequence[str] = ("tests_suite",), gates: bool = True
) -> Iterator[list[Server]]:
    """A server for each folder, of those test modules; without `gates` nothing is made ready that only gates need.

    Raises `RuntimeError` where they cannot be collected.
    """
    ours, theirs = [], []
    for folder in folders:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "active.json").unlink(missing_ok=True)
        (their_requests, our_requests), (our_answers, their_answers) = os.pipe(), os.pipe()
        ours.append(Server(tree, folder, our_requests, our_answers))
        theirs.append((their_requests, their_answers, str(folder)))
    descriptors = [number for each in theirs for number in each[:2]]
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "tests_suite.mutation.worker"]
    with open(folders[0] / "output.txt", "wb") as output:
        process = subprocess.Popen(
            [*command, "-p", "no:cacheprovider", *tests],
            cwd=tree,
            env={**environment(tree, folders[0]), PIPES: json.dumps(theirs), GATES: "yes" if gates else "no"},
            pass_fds=descriptors,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    for number in descriptors:
        os.close(number)
    try:
        for server in ours:
            match server._answer(FOREVER):
                case ["ready", list(names)]:
                    server.names = [str(name) for name in names]
                case _:
                    raise RuntimeError(f"the suite was not collected: {folders[0] / 'output.txt'}")
        yield ours
    finally:
        for server in ours:
            os.close(server._requests)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        for server in ours:
            os.close(server._answers)


def environment(tree: Path, folder: Path) -> dict[str, str]:
    """The environment of a process that heeds the active mutant of a folder."""
    own = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "MUTATION_"))}
    path = os.pathsep.join(filter(None, [str(tree / START), own.get("PYTHONPATH")]))
    return {**own, "PYTHONPATH": path, STATE: str(folder)}
