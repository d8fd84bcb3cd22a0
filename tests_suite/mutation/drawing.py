"""The mutants: what mutmut's operators make of every function of `gate/` and `fixtures/`, and a random sample of them.

mutmut's operators are used as they are. Its own runner is not: it leaves decorated functions out (properties, fixtures,
hooks), and knows only which functions its own process has reached, while most faults are noticed by gates in other
processes.
"""

from __future__ import annotations

import ast
import itertools
import json
import random
import re
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import libcst
from mutmut.mutation import file_mutation
from mutmut.mutation.mutators import mutation_operators
from mutmut.mutation.pragma_handling import IgnoredCode

from tests_suite.mutation import reached
from tests_suite.mutation.mutants import Mutant, difference

# Text for people: words with blanks between them, and nothing of a pattern or a format. Its wording is not mutated.
PROSE = re.compile(r"[^\\^$*+?\[\]|{}]*[A-Za-z]{2,}[,.:;)]* [^\\^$*+?\[\]|{}]*")
NEVER = file_mutation.NEVER_MUTATE_FUNCTION_NAMES
LARGEST_RATIO = 1.6  # of the number of mutants to its guess
ENCODING = re.compile(r"utf-?8|ascii|latin-1", re.IGNORECASE)  # names that mean the same in capitals


@dataclass(frozen=True)
class Place:
    """A function, by its name and first line, in a module's source, and which of its mutations is meant."""

    path: str
    source: str
    function: str
    line: int
    index: int


class _Visitor(file_mutation.MutationVisitor):
    """mutmut's, but into decorated functions, too, whose code can be changed like any other's."""

    def _skip_node_and_children(self, node: libcst.CSTNode) -> bool:
        if isinstance(node, libcst.FunctionDef):
            return node.name.value in file_mutation.NEVER_MUTATE_FUNCTION_NAMES
        skipped: bool = super()._skip_node_and_children(node)
        return skipped


def of(source: str) -> tuple[libcst.Module, list[file_mutation.Mutation]]:
    """All mutations of a function, given as the text of its lines in the file: a method is indented."""
    indented = source[: len(source) - len(source.lstrip(" "))]
    classes = "".join(f"{'    ' * depth}class _:\n" for depth in range(len(indented) // 4))
    nothing = IgnoredCode(no_mutate_lines=set(), ignore_node_lines=set(), ignore_pattern_lines=set())
    visitor = _Visitor(mutation_operators, nothing)
    module = libcst.MetadataWrapper(libcst.parse_module(classes + source)).visit(visitor)
    return module, [mutation for mutation in visitor.mutations if _counts(mutation)]


def _counts(mutation: file_mutation.Mutation) -> bool:
    """Whether it is more than another wording, or another spelling of the same."""
    node = mutation.original_node
    if isinstance(node, libcst.SimpleString):
        return not (PROSE.fullmatch(node.raw_value) or ENCODING.fullmatch(node.raw_value))
    return not isinstance(node, libcst.ConcatenatedString)


def guessed(node: ast.AST) -> int:
    """About how many mutants a function has, counted in a thousandth of the time that making them takes."""
    total = 0
    for each in ast.walk(node):
        match each:
            case ast.Call():
                arguments = len(each.args) + len(each.keywords)
                total += arguments * 2 if arguments > 1 else arguments
            case ast.Constant(value=str(text)) if not PROSE.fullmatch(text):
                total += 2
            case ast.Compare() | ast.BoolOp() | ast.BinOp() | ast.Constant(value=int() | float()):
                total += 1
            case ast.Assign() | ast.AnnAssign() | ast.Lambda() | ast.Break() | ast.Continue():
                total += 1
            case ast.IfExp() | ast.AugAssign():
                total += 2
            case ast.UnaryOp(op=ast.Not()):
                total += 1
    return total


def draw(tree: Path, number: int, seed: int, folder: Path, processes: int) -> int:
    """Draw a sample, write it to a folder, and return about how many mutants there are in all.

    Every mutant has the same chance: a function is drawn with a chance that goes with a guess of the number of its
    mutants, is refused with one that makes up for what the guess is wrong by, and one of its mutants is drawn. A larger
    sample of the same seed begins with the smaller one.
    """
    folder.mkdir(parents=True, exist_ok=True)
    sources = {path.relative_to(tree).as_posix(): path.read_text(encoding="utf-8") for path in reached.modules(tree)}
    own = [function for path, source in sources.items() for function in reached.functions(source, path)]
    own = [function for function in own if function.name.rpartition(".")[2] not in NEVER]
    guesses = [guessed(function.node) for function in own]
    drawn: dict[tuple[str, str, int, int], Mutant] = {}
    ratios: list[float] = []
    with ProcessPoolExecutor(processes) as pool:
        for first in itertools.count(step=200):
            chances = [random.Random(f"{seed} {index}") for index in range(first, first + 200)]
            functions = [chance.choices(own, guesses)[0] for chance in chances]
            tasks = [
                (function.path, sources[function.path], function.name, function.lines, guessed(function.node))
                for function in functions
            ]
            lots = [(chance.random(), chance.random()) for chance in chances]
            for ratio, index, mutant in pool.map(_drawn, tasks, lots, itertools.repeat(folder), chunksize=10):
                ratios.append(ratio)
                if mutant is not None and len(drawn) < number:
                    key = (mutant.path, mutant.function, mutant.line_of_function, index)
                    drawn.setdefault(key, replace(mutant, number=len(drawn)))
            if len(drawn) == number:
                break
    text = "".join(json.dumps(asdict(mutant)) + "\n" for mutant in drawn.values())
    (folder / "sample.jsonl").write_text(text, encoding="utf-8")
    everything = round(sum(guesses) * sum(ratios) / len(ratios))
    said = {"all": everything, "seed": seed, "largest ratio": max(ratios)}
    (folder / "all.json").write_text(json.dumps(said), encoding="utf-8")
    return everything


def _drawn(
    task: tuple[str, str, str, tuple[int, int], int], lots: tuple[float, float], folder: Path
) -> tuple[float, int, Mutant | None]:
    """By how much the guess for a function was wrong, and one of its mutants, unless the function is refused."""
    path, source, name, (first, last), guess = task
    module, mutations = of(_text(source, (first, last)))
    ratio = len(mutations) / guess
    if lots[0] >= ratio / LARGEST_RATIO:
        return ratio, 0, None
    index = int(lots[1] * len(mutations))
    mutated = _mutated(source, (first, last), module, mutations[index])
    return ratio, index, _written(Place(path, source, name, first, index), mutated, folder)


def every(path: str, source: str, folder: Path) -> Iterator[Mutant]:
    """All mutants of a module, function by function; their sources are written to a folder."""
    for function in reached.functions(source, path):
        if function.name.rpartition(".")[2] not in NEVER:
            module, mutations = of(_text(source, function.lines))
            for index, mutation in enumerate(mutations):
                place = Place(path, source, function.name, function.lines[0], index)
                yield _written(place, _mutated(source, function.lines, module, mutation), folder)


def _text(source: str, lines: tuple[int, int]) -> str:
    return "\n".join(source.split("\n")[lines[0] - 1 : lines[1]]) + "\n"


def _mutated(source: str, place: tuple[int, int], module: libcst.Module, mutation: file_mutation.Mutation) -> str:
    (first, last), lines = place, source.split("\n")
    changed: Any = module.deep_replace(mutation.original_node, mutation.mutated_node)
    depth = (len(lines[first - 1]) - len(lines[first - 1].lstrip(" "))) // 4
    return "\n".join([*lines[: first - 1], *changed.code.rstrip("\n").split("\n")[depth:], *lines[last:]])


def _written(place: Place, mutated: str, folder: Path) -> Mutant:
    name = f"{place.path.replace('/', '-').removesuffix('.py')}-{place.function}-{place.line}-{place.index}.py"
    file = folder / name
    file.write_text(mutated, encoding="utf-8")
    line, before, after = difference(place.source, mutated)
    defaults = _changed_defaults(place.function, place.line, place.source, mutated, place.path)
    return Mutant(0, place.path, place.function, place.line, line, before, after, str(file), defaults)


def _changed_defaults(name: str, line: int, source: str, mutated: str, path: str) -> str | None:
    """The parameters of a function whose default values are changed, as an expression for a function with them."""
    old, new = (
        next(each.node.args for each in reached.functions(text, path) if (each.name, each.lines[0]) == (name, line))
        for text in (source, mutated)
    )
    if ast.dump(old) == ast.dump(new):
        return None
    for argument in [*new.posonlyargs, *new.args, *new.kwonlyargs, new.vararg, new.kwarg]:
        if argument is not None:
            argument.annotation = None
    return ast.unparse(ast.Lambda(new, ast.Constant(None)))
