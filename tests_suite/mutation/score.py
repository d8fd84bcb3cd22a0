"""The score of a run, with its interval, and the document that says so."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tests_suite.mutation.mutants import Mutant
from tests_suite.mutation.run import Result

NORMAL = 1.96  # standard deviations on each side that hold 95 %


@dataclass(frozen=True)
class Score:
    """So many of so many mutants were killed."""

    killed: int
    tried: int

    @property
    def share(self) -> float:
        """From 0 to 1."""
        return self.killed / self.tried if self.tried else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % interval for all mutants, after Wilson."""
        if not self.tried:
            return 0.0, 1.0
        n, p, z = self.tried, self.share, NORMAL
        middle = p + z * z / (2 * n)
        half = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
        return (middle - half) / (1 + z * z / n), (middle + half) / (1 + z * z / n)

    def __str__(self) -> str:
        low, high = self.interval
        interval = f"95 % interval: {100 * low:.1f} % to {100 * high:.1f} %"
        return f"{self.killed} of {self.tried}, {100 * self.share:.1f} % ({interval})"


def score(results: Iterable[Result]) -> Score:
    """What was killed or took too long counts as killed."""
    found = list(results)
    return Score(sum(result.is_killed for result in found), len(found))


def per_package(sample: Iterable[Mutant], results: Mapping[int, Result]) -> dict[str, Score]:
    """The score of each package, in the order of the names."""
    own: dict[str, list[Result]] = defaultdict(list)
    for mutant in sample:
        if mutant.number in results:
            own[mutant.package].append(results[mutant.number])
    return {package: score(found) for package, found in sorted(own.items())}


def table(scores: Mapping[str, Score]) -> str:
    """The scores as a Markdown table."""
    rows = [f"| {name} | {each.killed} | {each.tried} | {each.share:.0%} |" for name, each in scores.items()]
    return "\n".join(["| package | killed | mutants | score |", "| --- | ---: | ---: | ---: |", *rows])


def survivors(sample: Iterable[Mutant], results: Mapping[int, Result], reasons: Mapping[str, str]) -> str:
    """What was not killed as a Markdown table, each with its reason; "not looked at" where there is none."""
    rows = ["| place | mutation | reason |", "| --- | --- | --- |"]
    for mutant in sorted(sample, key=lambda each: (each.path, each.line)):
        result = results.get(mutant.number)
        if result is not None and not result.is_killed:
            reason = reasons.get(key(mutant), "not looked at")
            rows.append(f"| {mutant.path}:{mutant.line} {mutant.function} | {shown(mutant)} | {reason} |")
    return "\n".join(rows)


def key(mutant: Mutant) -> str:
    """What a reason is kept by: it outlives lines that move."""
    return f"{mutant.path} {mutant.function}: {mutant.before} -> {mutant.after}"


def shown(mutant: Mutant, around: int = 24) -> str:
    """The mutation in one line: what differs, with some of what stands around it."""
    old, new = mutant.before, mutant.after
    start = 0
    while start < min(len(old), len(new)) and old[start] == new[start]:
        start += 1
    end = 0
    while end < min(len(old), len(new)) - start and old[-1 - end] == new[-1 - end]:
        end += 1
    first = max(0, start - around)

    def part(text: str) -> str:
        cut = text[first : len(text) - end + min(end, around)]
        dots = ("…" if first else "") + cut + ("…" if end > around else "")
        return "`" + dots.replace("|", "\\|").replace("`", "'") + "`"

    return f"{part(old)} → {part(new)}"
