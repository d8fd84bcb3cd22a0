"""Which tests reach which functions: one run of the suite in a copy in which every function says so."""

from __future__ import annotations

import ast
import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PACKAGES = ("gate", "fixtures")
LEFT_OUT = ("fixtures/reference/",)  # the sample release and its server: test data, judged by nobody
HEADER = "try:\n    from builtins import mutation_reached as __reached__\nexcept ImportError:\n    __reached__ = int\n"


@dataclass(frozen=True)
class Function:
    """A function or method, with its nested ones: `lines` are its first, decorators included, and its last."""

    path: str
    name: str
    lines: tuple[int, int]
    node: ast.FunctionDef | ast.AsyncFunctionDef


def modules(tree: Path) -> list[Path]:
    """The modules that are mutated, in order."""
    found = [path for package in PACKAGES for path in sorted((tree / package).rglob("*.py"))]
    return [path for path in found if not path.relative_to(tree).as_posix().startswith(LEFT_OUT)]


def functions(source: str, path: str) -> list[Function]:
    """The functions of a module and the methods of its classes, in order."""

    def inside(body: list[ast.stmt], prefix: str) -> Iterator[Function]:
        for node in body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
                yield Function(path, prefix + node.name, (first, node.end_lineno or node.lineno), node)
            elif isinstance(node, ast.ClassDef):
                yield from inside(node.body, f"{prefix}{node.name}.")

    return list(inside(ast.parse(source).body, ""))


def instrument(tree: Path) -> list[Function]:
    """Let every function of a copy say that it was reached. The place in the list is the number that it says."""
    numbered: list[Function] = []
    for path in modules(tree):
        source = path.read_text(encoding="utf-8")
        own = functions(source, path.relative_to(tree).as_posix())
        if not own:
            continue
        lines = [line.encode() for line in source.split("\n")]
        for offset, function in reversed(list(enumerate(own))):
            _mark(lines, function.node, len(numbered) + offset)
        lines.insert(_after_imports_of_the_future(source), HEADER.encode().rstrip(b"\n"))
        path.write_bytes(b"\n".join(lines))
        numbered += own
    return numbered


def _mark(lines: list[bytes], node: ast.FunctionDef | ast.AsyncFunctionDef, number: int) -> None:
    first = node.body[0]
    call = b"__reached__(%d)" % number
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str):
        assert first.end_lineno is not None
        line, column = first.end_lineno - 1, first.end_col_offset
        assert column is not None
        lines[line] = lines[line][:column] + b"; " + call + lines[line][column:]
    else:
        line = min([first.lineno, *(decorator.lineno for decorator in getattr(first, "decorator_list", []))]) - 1
        if line + 1 == node.lineno:
            lines[line] = lines[line][: first.col_offset] + call + b"; " + lines[line][first.col_offset :]
        else:
            lines.insert(line, b" " * first.col_offset + call)


def _after_imports_of_the_future(source: str) -> int:
    """The number of the line, from 0, at which a module can begin to do something."""
    line = 0
    for number, node in enumerate(ast.parse(source).body):
        docstring = number == 0 and isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        if docstring or (isinstance(node, ast.ImportFrom) and node.module == "__future__"):
            line = node.end_lineno or line
    return line


@dataclass(frozen=True)
class Reached:
    """What the run found: by function number, its tests, and the checks of a gate within them that got there.

    `seconds` are those that a test took, only of tests that passed. `early` are functions that are called when
    modules are imported or tests collected, whose effects a fork has inherited.
    """

    tests: dict[int, dict[str, set[str]]]
    seconds: dict[str, float]
    early: set[int]


def seconds(folder: Path) -> dict[str, float]:
    """What each test that has passed has taken."""
    lines = [line for path in folder.glob("*.seconds") for line in path.read_text(encoding="utf-8").splitlines()]
    return {str(test): float(took) for test, took in map(json.loads, lines)}


def read(folder: Path) -> Reached:
    """Read what the run's processes have left in a folder."""
    took = seconds(folder)
    tests: dict[int, dict[str, set[str]]] = defaultdict(dict)
    early: set[int] = set()
    for path in folder.glob("*.reached"):
        test = inner = ""
        for line in path.read_text(encoding="utf-8", errors="replace").split("\n"):
            if "\t" in line:
                test, inner = line.split("\t", 1)
            elif line.isdigit():
                if not test:
                    early.add(int(line))
                elif test in took:
                    tests[int(line)].setdefault(test, set()).add(inner.rpartition(" (")[0])
    return Reached(dict(tests), took, early)
