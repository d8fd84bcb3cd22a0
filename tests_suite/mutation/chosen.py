"""Which tests try a mutant, and in which order: those that reach its function, the most specific and fastest first."""

from __future__ import annotations

import ast
import heapq
import json
import random
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests_suite.mutation import reached
from tests_suite.mutation.mutants import Mutant
from tests_suite.mutation.reached import Reached

BROAD = 50  # functions; a test that reaches as many more counts as twice as slow
# How many times slower counts a test of which it is not known that it reaches the function:
OF_ITS_FILES = 3.0  # a case of a kind of which another was recorded, beside tests that reach the function or import it
OF_ITS_CHECKS = 10.0  # a fault that trips items whose checks reach the function
OF_ITS_MODULE = 20.0  # a fault that trips items whose checks reach the function's module, or a test that imports it
OF_ITS_PACKAGE = 60.0  # the same for other modules of the package; only where nothing closer is known
FEW = 5  # kinds of tests
UNKNOWN = 1.0  # seconds, for a test of which nothing is known


@dataclass(frozen=True)
class Map:
    """Everything that the run without mutants has found, by number of function and by kind of test."""

    numbers: Mapping[tuple[str, str, int], int]
    reached: Reached
    kinds: Mapping[str, list[str]]
    kind_of: Mapping[str, str]
    breadth: Mapping[str, int]
    seconds_of_file: Mapping[str, float]
    items_of: Mapping[str, set[str]]
    imports: Mapping[str, set[str]]

    def importing(self, module: str) -> set[str]:
        """The test modules, of gates and of the suite itself, that import a module, or one within a package."""
        inside = f"{module}."
        return {path for path, names in self.imports.items() if any(f"{name}.".startswith(inside) for name in names)}

    def number(self, mutant: Mutant) -> int:
        """The number of the mutant's function."""
        return self.numbers[mutant.path, mutant.function, mutant.line_of_function]

    def items(self, numbers: Iterable[int]) -> set[str]:
        """The items of the checklist whose checks reach functions."""
        checks = {
            check for number in numbers for inner in self.reached.tests.get(number, {}).values() for check in inner
        }
        return set().union(*(self.items_of.get(check.partition("[")[0], set()) for check in checks), set())

    def seconds(self, test: str) -> float:
        """What the test took, or others of its kind on average, or of its file."""
        took = self.reached.seconds
        if test in took:
            return took[test]
        known = [took[other] for other in self.kinds[self.kind_of[test]] if other in took]
        return sum(known) / len(known) if known else self.seconds_of_file.get(test.partition("::")[0], UNKNOWN)


def load(folder: Path, tree: Path) -> Map:
    """Read the map of a run's folder."""
    found = reached.read(folder)
    listed = json.loads((folder / "functions.json").read_text(encoding="utf-8"))
    numbers = {(path, name, lines[0]): number for number, (path, name, lines) in enumerate(listed)}
    kind_of: dict[str, str] = json.loads((folder / "kinds.json").read_text(encoding="utf-8"))
    kinds: dict[str, list[str]] = defaultdict(list)
    for test, kind in kind_of.items():
        kinds[kind].append(test)
    functions: dict[str, set[int]] = defaultdict(set)
    for number, tests in found.tests.items():
        for test in tests:
            functions[kind_of.get(test, "")].add(number)
    breadth = {kind: len(own) for kind, own in functions.items()}
    by_file: dict[str, list[float]] = defaultdict(list)
    for test, seconds in found.seconds.items():
        by_file[test.partition("::")[0]].append(seconds)
    means = {file: sum(own) / len(own) for file, own in by_file.items()}
    imports = {path.relative_to(tree).as_posix(): _imports(path) for path in tree.glob("tests_*/test_*.py")}
    return Map(numbers, found, kinds, kind_of, breadth, means, dict(_items(tree)), imports)


def _items(tree: Path) -> Iterable[tuple[str, set[str]]]:
    """By name of a check, the items of the checklist that it verifies."""
    for path in tree.glob("tests_*/test_*.py"):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef):
                calls = [each for each in node.decorator_list if isinstance(each, ast.Call)]
                named = {
                    str(argument.value)
                    for call in calls
                    if isinstance(call.func, ast.Name) and call.func.id == "verifies"
                    for argument in call.args
                    if isinstance(argument, ast.Constant)
                }
                if named:
                    yield f"{path.relative_to(tree).as_posix()}::{node.name}", named


def _imports(path: Path) -> set[str]:
    """The modules that a test module may import, by name."""
    found = set()
    for line in path.read_text(encoding="utf-8").splitlines():
        if match := re.match(r"\s*from ([\w.]+) import (.*)", line):
            found.add(match[1])
            found |= {f"{match[1]}.{name.strip().partition(' ')[0]}" for name in match[2].split(",")}
        elif match := re.match(r"\s*import ([\w.]+)", line):
            found.add(match[1])
    return found


def choose(mutant: Mutant, known: Map, budget: float, without: frozenset[str] = frozenset()) -> list[str]:
    """The tests to run, in order, of together about `budget` seconds as they were recorded; at least one, if any is."""
    chance = random.Random(mutant.number)
    reaching = known.reached.tests.get(known.number(mutant), {})
    cost: dict[str, float] = {}
    queues: dict[str, list[str]] = {}
    for kind, factor in _factors(mutant, known).items():
        direct = [test for test in known.kinds[kind] if test in reaching]
        others = [test for test in known.kinds[kind] if test not in reaching]
        chance.shuffle(others)
        queues[kind] = [test for test in [*direct, *others] if test not in without]
        if queues[kind]:
            mean = sum(known.seconds(test) for test in queues[kind]) / len(queues[kind])
            cost[kind] = (mean + 0.02) * (1 + known.breadth.get(kind, 0) / BROAD) * factor
    waiting = [(each, kind) for kind, each in cost.items()]
    heapq.heapify(waiting)
    chosen: list[str] = []
    left = budget
    while left > 0 and waiting:
        next_cost, kind = heapq.heappop(waiting)
        test = queues[kind].pop(0)
        if not chosen or known.seconds(test) <= left:
            chosen.append(test)
            left -= known.seconds(test)
        if queues[kind]:  # one more of the same kind is worth less than the first of another that costs no more
            heapq.heappush(waiting, (next_cost + cost[kind], kind))
    return chosen


def _factors(mutant: Mutant, known: Map) -> dict[str, float]:
    """The kinds of tests that may notice the mutant, and how many times slower each counts than it is."""
    number = known.number(mutant)
    found = {known.kind_of[test]: 1.0 for test in known.reached.tests.get(number, {}) if test in known.kind_of}
    files = {kind.partition("::")[0] for kind in found} | known.importing(mutant.module)
    for kind, cases in known.kinds.items():
        if kind not in found and " " not in kind and len(cases) > 1 and kind.partition("::")[0] in files:
            found[kind] = OF_ITS_FILES
    of_module = [other for (path, _, _), other in known.numbers.items() if path == mutant.path]
    _add(found, known, known.items([number]), set(), OF_ITS_CHECKS)
    _add(found, known, known.items(of_module), known.importing(mutant.module), OF_ITS_MODULE)
    if len(found) < FEW:
        importing = known.importing(mutant.module.rpartition(".")[0])
        checks = [items for check, items in known.items_of.items() if check.partition("::")[0] in importing]
        _add(found, known, set().union(*checks, set()), importing, OF_ITS_PACKAGE)
    return found


def _add(found: dict[str, float], known: Map, items: set[str], importing: set[str], factor: float) -> None:
    """Add the faults that trip items, and tests in modules of which it is not known what they reach."""
    for kind in known.kinds:
        name, *words = kind.split(" ")
        unknown = kind not in known.breadth and name.partition("::")[0] in importing
        if kind not in found and (unknown or items & set(words[1:])):
            found[kind] = factor
