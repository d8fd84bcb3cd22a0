"""A mutation run: the tree is copied, the sample drawn, the tests mapped, each mutant tried. It can be broken off."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import queue
import random
import shutil
import subprocess
import sys
import threading
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from tests_suite.mutation import chosen, mutants, reached
from tests_suite.mutation.chosen import Map
from tests_suite.mutation.hook import MAP
from tests_suite.mutation.mutants import Mutant
from tests_suite.mutation.recorder import PROCESSES
from tests_suite.mutation.serving import START, Ending, Server, environment, serving

SUITE = Path(__file__).parents[2]
NOT_COPIED = shutil.ignore_patterns(".git", ".venv", "__pycache__", ".*_cache", ".hypothesis", "reports")
LEAST_LIMIT, TIMES_SLOWER = 30.0, 10.0  # seconds, and how much slower than recorded a test may be
FIRST, AGAIN = "results.jsonl", "again.jsonl"  # of the tests as they were, and with those written for survivors
SLOWER = 4  # the machine, at most, than when the times were recorded; a test may turn out to be quicker, too
COLD, COLD_SECONDS = 200, 20.0  # tests at most in a process that starts with the mutant, as many as take so long
CONFIRMED = 0.1  # the part of the kills whose test is run without the mutant, too


@dataclass(frozen=True)
class Result:
    """What became of a mutant: killed, timeout (both are kills), survived, or no test."""

    number: int
    status: str
    test: str | None
    message: str
    run: int
    seconds: float
    unmutated: str = ""  # how its test ended without the mutant, where that was tried

    @property
    def is_killed(self) -> bool:
        """Whether the suite has noticed it."""
        return self.status in ("killed", "timeout")


def prepare(folder: Path, number: int, seed: int, processes: int) -> None:
    """Copy the tree, draw the sample, and map the tests; what is there already, stays."""
    tree, mapping = folder / "tree", folder / "map"
    if not tree.exists():
        shutil.copytree(SUITE, tree, ignore=NOT_COPIED, symlinks=True)
        (tree / "reports").mkdir()
    drawn = folder / "sample.jsonl"
    if not drawn.exists() or len(drawn.read_text(encoding="utf-8").splitlines()) < number:
        from tests_suite.mutation import drawing  # needs mutmut

        print(f"about {drawing.draw(tree, number, seed, folder, processes)} mutants in all", flush=True)
    if not (mapping / "complete").exists():
        _map(tree, folder / "map-tree", mapping, processes)


def _map(tree: Path, instrumented: Path, mapping: Path, processes: int) -> None:
    """Run the suite once in a copy whose functions say that they are reached. It can be broken off, too."""
    if not (mapping / "functions.json").exists():
        for old in (instrumented, mapping):
            shutil.rmtree(old, ignore_errors=True)
        shutil.copytree(tree, instrumented, symlinks=True)
        mapping.mkdir(parents=True)
        numbered = reached.instrument(instrumented)
        listed = json.dumps([(function.path, function.name, function.lines) for function in numbered])
        (mapping / "functions.json").write_text(listed, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "tests_suite.mutation.recorder", "-p", "no:cacheprovider"]
    own = {**os.environ, "PYTHONPATH": str(instrumented / START), MAP: str(mapping), PROCESSES: str(processes)}
    done = subprocess.run([*command, "tests_suite"], cwd=instrumented, env=own, check=False)
    if done.returncode not in (0, 1):
        raise SystemExit(f"the run that maps the tests ended with status {done.returncode}")
    (mapping / "complete").touch()


def results(path: Path) -> dict[int, Result]:
    """The results that are there, by number; of several for one mutant, the last."""
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return {result.number: result for result in (Result(**json.loads(line)) for line in lines)}


def renew(folder: Path, processes: int) -> None:
    """Take over the tests as they are now, and map those that are new; what is mutated stays as it was."""
    tree, instrumented, mapping = folder / "tree", folder / "map-tree", folder / "map"
    for own in ("tests_suite", *(path.name for path in SUITE.glob("tests_*"))):
        for copy in (tree, instrumented):
            shutil.copytree(SUITE / own, copy / own, ignore=NOT_COPIED, symlinks=True, dirs_exist_ok=True)
    (mapping / "complete").unlink(missing_ok=True)
    _map(tree, instrumented, mapping, processes)


def run(folder: Path, wanted: list[int], budget: float, processes: int, kept_in: str) -> None:
    """Try mutants, so many at a time, and keep each result as it comes."""
    known = chosen.load(folder / "map", folder / "tree")
    every = {mutant.number: mutant for mutant in mutants.sample(folder)}
    waiting: queue.SimpleQueue[Mutant] = queue.SimpleQueue()
    for number in wanted:
        waiting.put(every[number])
    lock = threading.Lock()
    if not wanted:
        return
    folders = [folder / f"process-{index}" for index in range(min(processes, len(wanted)))]
    with open(folder / kept_in, "a", encoding="utf-8") as kept, serving(folder / "tree", folders) as servers:

        def work(server: Server) -> None:
            judge = Judge(folder, known, server, budget)
            while not waiting.empty():
                with contextlib.suppress(queue.Empty):
                    mutant = waiting.get_nowait()
                    result = judge.judge(mutant)
                    with lock:
                        kept.write(json.dumps(asdict(result)) + "\n")
                        kept.flush()
                        print(_line(mutant, result), flush=True)

        threads = [threading.Thread(target=work, args=(server,)) for server in servers]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()


def _line(mutant: Mutant, result: Result) -> str:
    where = f"{result.number} {result.status} {result.seconds:.0f} s {mutant.path}:{mutant.line} {mutant.function}"
    return f"{where} by {result.test}" if result.test else where


@dataclass
class Judge:
    """Tries one mutant after the other on one server."""

    folder: Path
    known: Map
    server: Server
    budget: float

    def judge(self, mutant: Mutant) -> Result:
        """The result of a mutant. A kill by a test that fails without it, too, does not count, and is left out."""
        without: frozenset[str] = frozenset()
        seconds, ran = 0.0, 0
        while True:
            tests = chosen.choose(mutant, self.known, SLOWER * self.budget, without)
            if not tests:
                return Result(mutant.number, "survived" if without else "no test", None, "", ran, seconds)
            ending = self._try(mutant, tests)
            seconds, ran = round(seconds + ending.seconds, 2), ran + ending.run
            if ending.test is None:
                return Result(mutant.number, ending.status, None, ending.message, ran, seconds)
            unmutated = self._unmutated(mutant, ending)
            if unmutated in ("", "survived"):
                status = "timeout" if ending.status == "timeout" else "killed"
                return Result(mutant.number, status, ending.test, ending.message, ran, seconds, unmutated)
            without |= {ending.test}

    def _try(self, mutant: Mutant, tests: list[str]) -> Ending:
        """In the warm process; where its fork would not show the mutant, in processes that start with it."""
        if self.known.number(mutant) not in self.known.reached.early:
            ending = self.server.run(mutant, tests, self._limits(tests), self.budget)
            if ending.status != "not swapped":
                return ending
        else:
            ending = self.server.run(mutant, tests, self._limits(tests), self.budget)
            if ending.status in ("killed", "timeout", "crashed"):
                return ending
        return self._cold(mutant, self._first(tests))

    def _first(self, tests: list[str]) -> list[str]:
        sums = itertools.accumulate(self.known.seconds(test) for test in tests)
        return [test for test, total in zip(tests[:COLD], sums, strict=False) if total <= COLD_SECONDS] or tests[:1]

    def _limits(self, tests: list[str]) -> dict[str, float]:
        return {test: max(LEAST_LIMIT, TIMES_SLOWER * self.known.seconds(test)) for test in tests}

    def _cold(self, mutant: Mutant, tests: list[str]) -> Ending:
        state = self.server.folder / "cold"
        state.mkdir(parents=True, exist_ok=True)
        written = json.dumps({**asdict(mutant), "module": mutant.module})
        (state / "active.json").write_text(written, encoding="utf-8")
        command = [sys.executable, "-m", "pytest", "-q", "-x", "-rfE", "-p", "no:cacheprovider", *tests]
        longest = 120 + sum(self._limits(tests).values())
        try:
            done = subprocess.run(
                command,
                cwd=self.folder / "tree",
                env=environment(self.folder / "tree", state),
                capture_output=True,
                timeout=longest,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return Ending("timeout", tests[0], f"no end within {longest:.0f} s", len(tests))
        if done.returncode == 0:
            return Ending("survived", run=len(tests))
        said = done.stdout.decode("utf-8", "replace")
        named = [line.split(" ", 1)[1].partition(" - ")[0] for line in said.splitlines() if line.startswith("FAILED ")]
        return Ending("killed", named[0] if named else tests[0], said[-300:], len(tests))

    def _unmutated(self, mutant: Mutant, ending: Ending) -> str:
        """How the test ends without the mutant. Not tried, and empty, where it is known to pass, but for a tenth."""
        assert ending.test is not None
        known = ending.test in self.known.reached.seconds and ending.status == "killed"
        if known and random.Random(mutant.number).random() >= CONFIRMED:
            return ""
        return self.unmutated(mutant, ending.test)

    def unmutated(self, mutant: Mutant, test: str) -> str:
        """How a test ends with the original source put in in the same way."""
        original = str(self.folder / "tree" / mutant.path)
        return self.server.run(
            replace(mutant, source=original, defaults=None), [test], self._limits([test]), self.budget
        ).status


def unfinished(folder: Path, number: int) -> list[int]:
    """The numbers of the sample's first mutants that have no result yet."""
    there = results(folder / FIRST)
    return [mutant.number for mutant in itertools.islice(mutants.sample(folder), number) if mutant.number not in there]
