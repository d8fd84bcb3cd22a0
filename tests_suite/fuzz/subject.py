"""What is fuzzed: a parser with its seeds, and a gate on a world whose files are changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests_suite.faults.world import World
from tests_suite.fuzz.mutations import Seed

Seeds = Mapping[str, Seed]


@dataclass(frozen=True)
class Parser:
    """A parser, and what goes on with what it gives.

    `call` gets a folder of its own, the name of the seed and the bytes to read; `own` are the exceptions that say in
    the suite's words that something is wrong. `examples` are those of one run of the suite's tests.
    """

    name: str
    seeds: Callable[[], Seeds]
    call: Callable[[Path, str, bytes], object]
    own: tuple[type[BaseException], ...] = ()
    examples: int = 60


@dataclass(frozen=True)
class Gate:
    """A gate on a world that `provide` makes healthy, given a server's URL.

    `files` are patterns of what people and machines write there. Checks that ask the server are left out.
    """

    name: str
    marker: str
    provide: Callable[[World, str], object]
    files: tuple[str, ...]
