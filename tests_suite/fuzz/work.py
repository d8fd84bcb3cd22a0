"""Running examples with limits of time and memory: in a forked process that is started again when it dies.

The time limit is one of processor time, since a busy machine is no hang: a signal ends the process, and faulthandler
writes where it was; what sleeps is ended by faulthandler's own thread, later. The memory limit is RLIMIT_AS on Linux,
beyond what the process has at its start; on macOS, where that limit is none, the peak is looked at after each example,
so an example is noticed, and named, but not stopped.
"""

from __future__ import annotations

import faulthandler
import os
import pickle
import random
import resource
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

from tests_suite.fuzz.mutations import Mutation, Seed, drawn, mutated
from tests_suite.fuzz.subject import Seeds

SUITE = Path(__file__).parents[2]
OWN = (str(SUITE / "fixtures"), str(SUITE / "gate"), str(SUITE / "tests_"))
SECONDS = 5.0  # of processor time for one example
ASLEEP = 12  # times as long by the clock on the wall: whoever sleeps needs no processor
LONGEST_BREAK = 120  # seconds from one example to the next: making one must not hang either
MEMORY = 500 * 1024**2  # bytes
MOST_STEPS = 5  # mutations of one example
CORPUS = 400  # examples that reached new code and are mutated further
MOST_KEPT = 100_000  # bytes of one of them
MOST_EXAMPLES = 200_000  # of one process
TRACED = 4  # one example of so many is watched for new code


@dataclass(frozen=True)
class Found:
    """What an example did that none may do: where it came to light, in short and in full, and the example."""

    kind: str  # an exception's name, `hang`, `memory`, or how the process died
    place: str
    seed: str
    data: bytes = field(repr=False)
    words: str = field(repr=False)

    @property
    def key(self) -> tuple[str, str]:
        """What two findings of one mistake have in common."""
        return self.kind, self.place


@dataclass
class Tally:
    """What a run came to."""

    examples: int = 0
    slowest: float = 0.0  # seconds of processor time
    slowest_seed: str = ""
    peak: int = 0  # bytes
    lines: int = 0
    found: dict[tuple[str, str], Found] = field(default_factory=dict)

    def add(self, found: Found) -> bool:
        """Keep the smallest example of each mistake; whether it is a new one."""
        known = self.found.get(found.key)
        if known is None or len(found.data) < len(known.data):
            self.found[found.key] = found
        return known is None


def peak() -> int:
    """The most memory that this process has had, in bytes."""
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024


def limit_memory() -> None:
    """Let this process have 500 MB more than it has; where the system does not keep to that, nothing is limited."""
    if sys.platform != "linux":
        return
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    most = pages * resource.getpagesize() + MEMORY
    resource.setrlimit(resource.RLIMIT_AS, (most, resource.getrlimit(resource.RLIMIT_AS)[1]))


def in_words(error: BaseException) -> tuple[str, str, str]:
    """An exception's name, the innermost place of this project that it passed, and its traceback."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [each for each in frames if each.filename.startswith(OWN) and "/tests_suite/" not in each.filename]
    last = next(iter((own or list(frames))[::-1]), None)
    place = f"{os.path.relpath(last.filename, SUITE)}:{last.lineno}" if last else "nowhere"
    words = "".join(traceback.format_exception(error, limit=-12))
    return type(error).__name__, place, words[-4000:]


class Coverage:
    """The lines of this project that ran: a cheap trace of its own files alone."""

    def __init__(self) -> None:
        self.seen: set[tuple[CodeType, int]] = set()
        self._own: dict[CodeType, bool] = {}

    def __enter__(self) -> None:
        sys.settrace(self._called)

    def __exit__(self, *error: object) -> None:
        sys.settrace(None)

    def _called(self, frame: FrameType, event: str, argument: Any) -> Any:
        code = frame.f_code
        own = self._own.get(code)
        if own is None:
            own = self._own[code] = code.co_filename.startswith(OWN[:2])
        return self._line if own else None

    def _line(self, frame: FrameType, event: str, argument: Any) -> Any:
        if event == "line":
            self.seen.add((frame.f_code, frame.f_lineno))
        return self._line


def examples(seeds: Seeds, source: random.Random, corpus: list[tuple[str, Seed]]) -> Iterator[tuple[str, bytes]]:
    """Seeds as they are, then mutations of them and of what was found to be interesting, without end."""
    names = sorted(seeds)
    yield from ((name, seeds[name].data) for name in names)
    others = [seed.data for seed in seeds.values() if len(seed.data) < 200_000] or [b"x"]
    while True:
        name = source.choice(names)
        seed = seeds[name]
        if corpus and source.random() < 0.4:
            name, seed = source.choice(corpus)
        count = min(1 + int(source.expovariate(0.8)), MOST_STEPS)
        steps: list[Mutation] = [drawn(seed.form, source) for _ in range(count)]
        yield name, mutated(seed, steps, others)


class Bench:
    """Where a child process leaves what it is at, so that its parent knows when it dies."""

    def __init__(self, folder: Path) -> None:
        self.current = folder / "current"
        self.stack = folder / "stack"
        self.told = folder / "told"
        self.tally = Tally()
        self._stack: Any = None

    def begin(self, seed: str, data: bytes, seconds: float) -> None:
        """Note an example, and start the clock on it."""
        self.current.write_bytes(seed.encode() + b"\0" + data)
        if self._stack is None:
            self._stack = self.stack.open("w")
            faulthandler.register(signal.SIGPROF, file=self._stack, chain=True)
        faulthandler.dump_traceback_later(ASLEEP * seconds, exit=True, file=self._stack)
        signal.setitimer(signal.ITIMER_PROF, seconds)

    def end(self) -> None:
        """Stop the clock."""
        signal.setitimer(signal.ITIMER_PROF, 0)
        faulthandler.dump_traceback_later(LONGEST_BREAK, exit=True, file=self._stack)

    def example(self) -> tuple[str, bytes]:
        """What a child was at."""
        seed, _, data = self.current.read_bytes().partition(b"\0")
        return seed.decode(), data


Call = Callable[[str, bytes], object]


@dataclass(frozen=True)
class Task:
    """What a run is about. `drive` gets a function to be called with the one that takes an example, and returns then.

    `most` examples are all that there will be; None: as many as the time allows. `seconds` are the limit of one.
    """

    seeds: Seeds
    drive: Callable[[Callable[[Call], None]], object]
    own: tuple[type[BaseException], ...] = ()
    seconds: float = SECONDS
    most: int | None = None
    traced: bool = True


def long_run(task: Task, minutes: float, seed: int, tell: Callable[[str], None]) -> Tally:
    """Examples for so many minutes; what is found is told at once, and kept in the tally."""
    tally, ends, lives = Tally(), time.monotonic() + minutes * 60, 0
    with tempfile.TemporaryDirectory(prefix="fuzz-") as name:
        bench = Bench(Path(name))
        while time.monotonic() < ends and (task.most is None or tally.examples < task.most):
            bench.told.write_bytes(b"")
            sys.stdout.flush()
            pid = os.fork()
            if pid == 0:
                _child(bench, task, ends, seed + 1000 * lives)
            status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
            take_in(tally, bench, status, tell)
            lives += 1
    return tally


def again(task: Task, examples: Sequence[tuple[str, bytes]], tell: Callable[[str], None]) -> Tally:
    """Those examples once, in one process after the other where one dies."""
    tally, left = Tally(), list(examples)
    with tempfile.TemporaryDirectory(prefix="fuzz-") as name:
        bench = Bench(Path(name))
        while left:
            bench.told.write_bytes(b"")
            sys.stdout.flush()
            pid = os.fork()
            if pid == 0:
                _once_each(bench, task, left)
            before = tally.examples
            take_in(tally, bench, os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), tell)
            del left[: tally.examples - before or 1]
    return tally


def _once_each(bench: Bench, task: Task, left: Sequence[tuple[str, bytes]]) -> None:
    """Each example once; never returns."""

    def work(call: Call) -> None:
        bench.tally = Tally()
        for example in left:
            found = attempt(bench, task, example, call, None)
            if found is not None:
                bench.tally.add(found)
            keep(bench)

    status = 1
    try:
        limit_memory()
        task.drive(work)
        status = 0
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(status)


def _child(bench: Bench, task: Task, ends: float, seed: int) -> None:
    """Examples until the time is up; never returns."""
    status = 1
    try:
        limit_memory()
        task.drive(lambda call: _work(bench, task, call, ends, random.Random(seed)))
        status = 0
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(status)


def _work(bench: Bench, task: Task, call: Call, ends: float, source: random.Random) -> None:
    tally = bench.tally = Tally()
    coverage, corpus = Coverage(), list[tuple[str, Seed]]()
    for number, (name, data) in enumerate(examples(task.seeds, source, corpus)):
        if time.monotonic() > ends or number > MOST_EXAMPLES or (task.most is not None and number >= task.most):
            break
        first = number < len(task.seeds)
        traced, known = task.traced and (first or number % TRACED == 0), len(coverage.seen)
        found = attempt(bench, task, (name, data), call, coverage if traced else None)
        if traced and not first and len(coverage.seen) > known and len(data) < MOST_KEPT:
            corpus.append((name, Seed(data, task.seeds[name].form)))
            del corpus[: max(len(corpus) - CORPUS, 0)]
        tally.lines = len(coverage.seen)
        if found is not None and tally.add(found):
            tally.found[found.key] = smaller(found, call, task.own) if task.traced else found
        if found is not None or number % 20 == 0:
            keep(bench)
        if found is not None and found.kind == "memory":
            break  # a peak stays: another process has to go on
    keep(bench)


def attempt(
    bench: Bench, task: Task, example: tuple[str, bytes], call: Call, coverage: Coverage | None
) -> Found | None:
    """One example; what it took goes to the tally of the bench."""
    (name, data), tally = example, bench.tally
    bench.begin(name, data, task.seconds)
    before, started = peak(), time.process_time()
    found = None
    try:
        if coverage is not None:
            with coverage:
                call(name, data)
        else:
            call(name, data)
    except task.own:
        pass
    except BaseException as error:
        found = Found(*in_words(error)[:2], name, data, in_words(error)[2])
    finally:
        bench.end()
    seconds = time.process_time() - started
    tally.examples += 1
    if seconds > tally.slowest:
        tally.slowest, tally.slowest_seed = seconds, name
    tally.peak = max(tally.peak, peak())
    if found is None and peak() > MEMORY > before:
        found = Found("memory", f"{peak() >> 20} MB", name, data, "the peak of the process rose above the limit")
    return found


def smaller(found: Found, call: Call, own: tuple[type[BaseException], ...], tries: int = 300) -> Found:
    """The same mistake with less: pieces are left out as long as it stays the same one."""
    data, size, ends = found.data, max(len(found.data) // 2, 1), time.monotonic() + 20
    while size >= 1 and tries > 0 and time.monotonic() < ends:
        at, shrunk = 0, False
        while at < len(data) and tries > 0 and time.monotonic() < ends:
            tries -= 1
            shorter = data[:at] + data[at + size :]
            if _same(found, shorter, call, own):
                data, shrunk = shorter, True
            else:
                at += size
        size = size // 2 if not shrunk or size > len(data) else size
    return Found(found.kind, found.place, found.seed, data, found.words)


def _same(found: Found, data: bytes, call: Call, own: tuple[type[BaseException], ...]) -> bool:
    try:
        call(found.seed, data)
    except own:
        return False
    except BaseException as error:
        return in_words(error)[:2] == found.key
    return False


def keep(bench: Bench) -> None:
    """Leave the tally for the parent."""
    part = bench.told.with_suffix(".part")
    part.write_bytes(pickle.dumps(bench.tally))
    part.replace(bench.told)


def take_in(tally: Tally, bench: Bench, status: int, tell: Callable[[str], None]) -> None:
    """Add what a child came to; one that died has found something."""
    raw = bench.told.read_bytes()
    child = pickle.loads(raw) if raw else Tally()
    tally.examples += child.examples
    tally.peak, tally.lines = max(tally.peak, child.peak), max(tally.lines, child.lines)
    if child.slowest > tally.slowest:
        tally.slowest, tally.slowest_seed = child.slowest, child.slowest_seed
    found = list(child.found.values())
    if status != 0:
        tally.examples += 1
        if not bench.current.is_file():
            raise RuntimeError(f"the process that fuzzes ended with {status} before its first example")
        seed, data = bench.example()
        stack = bench.stack.read_text() if bench.stack.is_file() else ""
        kind = "hang" if "Timeout" in stack or status == -signal.SIGPROF else f"died of {_signal(status)}"
        found.append(Found(kind, _place(stack), seed, data, stack[-4000:]))
    for each in found:
        if tally.add(each):
            tell(f"{each.kind} at {each.place}, seed {each.seed}, {len(each.data)} bytes")


def _signal(status: int) -> str:
    return signal.Signals(-status).name if status < 0 else f"status {status}"


def _place(stack: str) -> str:
    """The innermost place of this project in what faulthandler wrote."""
    for line in stack.splitlines():
        file = line.partition('"')[2].partition('"')[0]
        if file.startswith(OWN[:2]):
            return f"{os.path.relpath(file, SUITE)}:{line.partition(' line ')[2].partition(' ')[0]}"
    return "nowhere"
