"""Which gates a marker expression asks for."""

from __future__ import annotations

import re

from _pytest.mark.expression import Expression

from gate.checklist import Checklist, Gate

OPERATORS = {"and", "or", "not"}
# What pytest takes for a name in a marker expression; the values that a marker may be asked for are no names.
NAME = re.compile(r"(?:\w|[:+\-.\[\]\\/])+")
VALUES = re.compile(r"""\((?:[^()'"=]*=(?:[^()'"]|'[^']*'|"[^"]*")*)\)""")


def gates_selected(expression: str, checklist: Checklist) -> list[Gate]:
    """The gates that `-m` names and at least some of whose tests it lets through, in the plan's order.

    `smoke and not slow` asks for the smoke gate (which is then INCOMPLETE if it leaves a test out), `not smoke` for
    none. An expression that pytest itself will refuse gives none.
    """
    tree = _parsed(expression)
    if tree is None:
        return []
    named = names_in(expression)
    return [
        gate
        for gate in checklist.gates.values()
        if gate.marker in named and any(_matches(tree, markers) for markers in _marker_sets(gate, checklist))
    ]


def names_in(expression: str) -> set[str]:
    """The markers that an expression speaks of, with and without a `not`; none for one that cannot be read."""
    return set(_words(expression)) - OPERATORS if _parsed(expression) else set()


def only_gates_named(expression: str, checklist: Checklist) -> bool:
    """Whether an expression speaks of gates alone, so that tests outside their folders cannot match it."""
    names = names_in(expression)
    return bool(names) and "not" not in _words(expression) and names <= set(checklist.gates)


def _parsed(expression: str) -> Expression | None:
    """pytest's own reading of an expression: two ways to read the same one would disagree some day."""
    try:
        return Expression.compile(expression) if expression.strip() else None
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _words(expression: str) -> list[str]:
    return NAME.findall(VALUES.sub(" ", expression))


def _marker_sets(gate: Gate, checklist: Checklist) -> list[set[str]]:
    return [
        {other.marker for other in checklist.gates.values() if section in other.sections} for section in gate.sections
    ]


def _matches(tree: Expression, markers: set[str]) -> bool:
    def has(name: str, /, **values: str | int | bool | None) -> bool:
        return name in markers and not values

    return tree.evaluate(has)
