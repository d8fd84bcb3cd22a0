"""A mutant: one small mistake in one function, and the sample of them that a run tries."""

from __future__ import annotations

import difflib
import json
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Mutant:
    """One small mistake. `number` is its place in the sample, `line` that of the mistake, `source` a file's name."""

    number: int
    path: str
    function: str
    line_of_function: int
    line: int
    before: str
    after: str
    source: str
    defaults: str | None = None

    @property
    def module(self) -> str:
        """The module's name."""
        return self.path.removesuffix(".py").replace("/", ".").removesuffix(".__init__")

    @property
    def package(self) -> str:
        """The part of the project that it lies in."""
        parts = self.path.split("/")
        return "/".join(parts[:2]) if len(parts) > 2 else parts[0]


def sample(folder: Path) -> list[Mutant]:
    """The sample that was drawn, in order."""
    lines = (folder / "sample.jsonl").read_text(encoding="utf-8").splitlines()
    return [Mutant(**json.loads(line)) for line in lines]


def difference(original: str, changed: str) -> tuple[int, str, str]:
    """The first line that differs, from 1, and what stood and stands there, each as one line."""
    old, new = original.splitlines(), changed.splitlines()
    for tag, first, last, new_first, new_last in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag != "equal":
            before = " ".join(line.strip() for line in old[first:last])
            after = " ".join(line.strip() for line in new[new_first:new_last])
            return min(first + 1, len(old)), before, after
    raise ValueError("the mutant is the same as the original")
