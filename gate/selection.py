"""Which gates a marker expression asks for."""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection

from gate.checklist import Checklist, Gate


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
    tree = _parsed(expression)
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)} if tree else set()


def only_gates_named(expression: str, checklist: Checklist) -> bool:
    """Whether an expression speaks of gates alone, so that tests outside their folders cannot match it."""
    tree = _parsed(expression)
    if tree is None:
        return False
    names = names_in(expression)
    negated = any(isinstance(node, ast.Not) for node in ast.walk(tree))
    return bool(names) and not negated and names <= set(checklist.gates)


def _parsed(expression: str) -> ast.expr | None:
    try:
        return ast.parse(expression.strip(), mode="eval").body
    except SyntaxError:
        return None


def _marker_sets(gate: Gate, checklist: Checklist) -> list[set[str]]:
    return [
        {other.marker for other in checklist.gates.values() if section in other.sections} for section in gate.sections
    ]


def _matches(node: ast.expr, markers: Collection[str]) -> bool:
    match node:
        case ast.Name(id=name):
            return name in markers
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return not _matches(operand, markers)
        case ast.BoolOp(op=operator, values=values):
            combine: Callable[[list[bool]], bool] = all if isinstance(operator, ast.And) else any
            return combine([_matches(value, markers) for value in values])
    return False
