"""The table of everything that is fuzzed: parsers by name, and gates as `gate NAME`."""

from __future__ import annotations

import contextlib
import functools
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from tests_suite.fuzz import elsewhere, files, gates, machines, reports
from tests_suite.fuzz.subject import Gate, Parser
from tests_suite.fuzz.work import Call, Task

PARSERS: Mapping[str, Parser] = {
    each.name: each for each in (*files.PARSERS, *machines.PARSERS, *reports.PARSERS, *elsewhere.PARSERS)
}
GATES: Mapping[str, Gate] = {f"gate {each.name}": each for each in gates.GATES}
FINDINGS = Path(__file__).with_name("findings")


@contextlib.contextmanager
def task_of(name: str, most: int | None = None) -> Iterator[Task]:
    """What is to be done with a parser or a gate; `most` examples, or as many as the time allows."""
    if name in GATES:
        with gates.task_of(GATES[name], most) as task:
            yield task
        return
    parser = PARSERS[name]
    with tempfile.TemporaryDirectory(prefix="fuzz-parser-") as folder:
        call = functools.partial(parser.call, Path(folder))
        yield Task(parser.seeds(), functools.partial(_driven, call), parser.own, most=most)


def _driven(call: Call, work: Callable[[Call], None]) -> None:
    work(call)


def folder_of(name: str) -> Path:
    """Where the findings of a parser or a gate are kept, as regression cases."""
    return FINDINGS / name.replace(" ", "-").replace("'", "")


def cases(name: str) -> Iterator[tuple[str, str, bytes]]:
    """The kept findings: name of the file, name of the seed that it was made from, bytes.

    A file is called `what it is about=seed`; a slash in a seed's name is written as `+`.
    """
    for path in sorted(folder_of(name).glob("*")):
        yield path.name, path.name.partition("=")[2].replace("+", "/"), path.read_bytes()


def file_name(about: str, seed: str) -> str:
    """How the file of a finding is called."""
    plain = "".join(each if each.isalnum() else "-" for each in about).strip("-")
    return f"{plain}={seed.replace('/', '+')}"
