"""No file that others wrote stops the suite: what was found stays mended, and many changed files are tried anew.

A parser may refuse in the suite's own words; it may not raise anything else, take 5 seconds, or 500 MB. The long way is
`python -m tests_suite.fuzz`.
"""

from __future__ import annotations

import functools
import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests_suite.fuzz import table, work
from tests_suite.fuzz.mutations import KINDS, Mutation, Seed, mutated
from tests_suite.fuzz.readers import READERS, READS, UNREAD
from tests_suite.fuzz.subject import Seeds
from tests_suite.fuzz.work import MEMORY, SECONDS, SUITE, Call, Found, Tally, Task

KEPT = [(name, file) for name in table.PARSERS for file, _, _ in table.cases(name)]
# A few of each; those that need a rehearsal first are left to the long way.
QUICK = ["feedback", "notification", "first day", "acceptance", "smoke"]
EXAMPLES_OF_A_GATE = 8
REHEARSED = ("gate staging", "gate rollback")  # `--kept` tries theirs by hand
TEXT = Seed(b"a: 1\nb: [2, three, 2026-01-06T09:00:00Z]\nc: {d: x}\n", "yaml")


def _steps(form: str) -> st.SearchStrategy[list[Mutation]]:
    place = st.integers(0, (1 << 16) - 1)
    step = st.builds(Mutation, st.sampled_from(KINDS[form]), place, st.integers(0, 255), place)
    return st.lists(step, min_size=1, max_size=4)


@st.composite
def _examples(draw: st.DrawFn, seeds: Seeds) -> tuple[str, bytes]:
    name = draw(st.sampled_from(sorted(seeds)))
    others = [seed.data for seed in seeds.values() if len(seed.data) < 100_000]
    return name, mutated(seeds[name], draw(_steps(seeds[name].form)), others)


@pytest.mark.parametrize(("name", "file"), KEPT, ids=[f"{name}: {file}" for name, file in KEPT])
def test_what_was_found_once_is_read_or_refused(name: str, file: str, tmp_path: Path) -> None:
    parser = table.PARSERS[name]
    seed, data = next((seed, data) for known, seed, data in table.cases(name) if known == file)

    _tried(functools.partial(parser.call, tmp_path), parser.own, seed, data)


@pytest.mark.parametrize("name", table.PARSERS)
def test_no_changed_file_stops_its_parser(name: str, tmp_path: Path) -> None:
    parser, before = table.PARSERS[name], work.peak()
    seeds = parser.seeds()
    call = functools.partial(parser.call, tmp_path)

    @settings(
        max_examples=parser.examples,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(_examples(seeds))
    def survives(example: tuple[str, bytes]) -> None:
        _tried(call, parser.own, *example)

    survives()
    assert work.peak() - before < MEMORY


def _tried(call: Call, own: tuple[type[BaseException], ...], seed: str, data: bytes) -> None:
    started = time.process_time()
    try:
        call(seed, data)
    except own as error:
        _worded(error)
    assert time.process_time() - started < SECONDS


@pytest.mark.timeout(900)
def test_no_changed_file_crashes_a_check() -> None:
    names = [f"gate {name}" for name in QUICK]

    done = _command(*names, f"--examples={EXAMPLES_OF_A_GATE}", "--minutes=5")

    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count(f"{EXAMPLES_OF_A_GATE} examples, 0 findings") == len(QUICK), done.stdout


@pytest.mark.timeout(900)
def test_files_that_crashed_a_check_once_do_so_no_more() -> None:
    names = [name for name in table.GATES if name not in REHEARSED and list(table.cases(name))]
    assert names, "nothing was kept, nothing is tried"

    done = _command(*names, "--kept")

    assert done.returncode == 0, done.stdout + done.stderr


def _worded(error: BaseException) -> None:
    assert str(error).strip(), "refused without a word"


def _command(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tests_suite.fuzz", *arguments],
        cwd=SUITE,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def test_unknown_name_is_wrong_use() -> None:
    done = _command("nobody's parser")

    assert done.returncode == 2
    assert "nothing is called nobody's parser" in done.stderr


@pytest.mark.parametrize("form", KINDS)
def test_every_mutation_of_a_form_changes_something(form: str) -> None:
    import gzip

    seed = Seed(gzip.compress(TEXT.data, mtime=0) if form in ("gzip", "tar") else TEXT.data, form)
    source = random.Random(5)

    for kind in dict.fromkeys(KINDS[form]):
        steps = [
            Mutation(kind, source.randrange(1 << 16), source.randrange(1, 256), source.randrange(1 << 16))
            for _ in "x" * 30
        ]
        assert any(mutated(seed, [step], [b"other"]) != seed.data for step in steps), kind


def _raises(seed: str, data: bytes) -> None:
    if b"three" not in data:
        raise AttributeError("'list' object has no attribute 'get'")


def _hangs(seed: str, data: bytes) -> None:
    while b"three" not in data:
        pass


def _eats(seed: str, data: bytes) -> None:
    if b"three" not in data:
        bytearray(2 * MEMORY)


def _dies(seed: str, data: bytes) -> None:
    if b"three" not in data:
        signal.raise_signal(signal.SIGKILL)


def _refuses(seed: str, data: bytes) -> None:
    raise ValueError(f"{len(data)} bytes will not do")


def _run(call: Call, most: int = 60) -> Tally:
    def drive(run: Callable[[Call], None]) -> None:
        run(call)

    task = Task({"text": TEXT}, drive, (ValueError,), seconds=0.5, most=most)
    return work.long_run(task, 0.2, 3, lambda words: None)


@pytest.mark.parametrize(("call", "kinds"), [
    (_raises, {"AttributeError"}), (_hangs, {"hang"}), (_eats, {"MemoryError", "memory"}), (_dies, {"died of SIGKILL"}),
], ids=["an exception", "a hang", "too much memory", "a death"])  # fmt: skip
def test_what_a_parser_must_not_do_is_found_with_its_example(call: Call, kinds: set[str]) -> None:
    tally = _run(call)

    found = next(iter(tally.found.values()))
    assert found.kind in kinds
    assert b"three" not in found.data
    assert tally.examples > 1


def test_refusal_in_own_words_is_no_finding() -> None:
    tally = _run(_refuses, most=30)

    assert (tally.examples, tally.found) == (30, {})


def test_finding_is_made_smaller() -> None:
    found = Found(*work.in_words(_caught(b"no number 3 here"))[:2], "text", b"no number 3 here", "")

    assert len(work.smaller(found, _raises, ()).data) <= 1


def _caught(data: bytes) -> BaseException:
    with pytest.raises(AttributeError) as caught:
        _raises("text", data)
    return caught.value


def test_name_of_a_kept_file_tells_its_seed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table, "FINDINGS", tmp_path)
    folder = table.folder_of("gate first day")
    folder.mkdir()
    name = table.file_name("KeyError fixtures/a.py:5", "evidence/first_day.json")
    (folder / name).write_bytes(b"x")

    assert list(table.cases("gate first day")) == [(name, "evidence/first_day.json", b"x")]


def test_every_module_that_reads_what_others_wrote_is_fuzzed() -> None:
    modules = [
        path.relative_to(SUITE).as_posix() for top in ("fixtures", "gate") for path in (SUITE / top).rglob("*.py")
    ]
    reading = {name for name in modules if re.search(READS, (SUITE / name).read_text(encoding="utf-8"))}
    reading = {name for name in reading if not name.startswith("fixtures/reference/")}

    assert reading == set(READERS) | set(UNREAD), reading ^ (set(READERS) | set(UNREAD))
    assert {name for names in READERS.values() for name in names} <= {*table.PARSERS, *table.GATES}
