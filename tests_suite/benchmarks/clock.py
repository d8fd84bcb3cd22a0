"""A pytest plugin for `benchmarks.reports`: how long the hooks of the judge, and of the other reporters, take.

A hook within a hook is counted once, for the outer one; the time that a wrapper waits for what it wraps is not its own.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Generator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

REPORTERS = ("pytest_html.", "_pytest.junitxml")


class Clock:
    """Seconds by whose hook took them; `inside` is how deep in timed hooks the run is."""

    def __init__(self) -> None:
        self.seconds = {"judge": 0.0, "reporters": 0.0}
        self.inside = 0

    def timed(self, part: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """A hook's function under the clock."""

        def call(*arguments: Any, **named: Any) -> Any:
            begun, self.inside = time.perf_counter(), self.inside + 1
            try:
                result = function(*arguments, **named)
            finally:
                self.inside -= 1
                self._count(part, begun)
            return self._own(part, result) if isinstance(result, Generator) else result

        return call

    def _own(self, part: str, wrapper: Generator[Any, Any, Any]) -> Generator[Any, Any, Any]:
        """A wrapper's own time: before its yield and after it."""
        step: Callable[[], Any] = partial(next, wrapper)
        while True:
            begun, self.inside = time.perf_counter(), self.inside + 1
            try:
                given = step()
            except StopIteration as end:
                return end.value
            finally:
                self.inside -= 1
                self._count(part, begun)
            try:
                step = partial(wrapper.send, (yield given))
            except BaseException as error:
                step = partial(wrapper.throw, error)

    def write(self) -> None:
        """Write what was counted where the environment says."""
        Path(os.environ["CLOCK_FILE"]).write_text(json.dumps(self.seconds), encoding="utf-8")

    def _count(self, part: str, begun: float) -> None:
        if not self.inside:
            self.seconds[part] += time.perf_counter() - begun


def _part(module: str) -> str | None:
    if module.startswith("gate."):
        return "judge"
    return "reporters" if module.startswith(REPORTERS) else None


@pytest.hookimpl(trylast=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """Put every hook of theirs under the clock; what they did before, to find the target, is start-up."""
    clock = Clock()
    session.config.add_cleanup(clock.write)
    for name, caller in vars(session.config.hook).items():
        if not name.startswith("pytest_"):
            continue
        for implementation in caller.get_hookimpls():
            module = getattr(implementation.function, "__module__", "")
            if (part := _part(module)) is not None:
                implementation.function = clock.timed(part, implementation.function)
