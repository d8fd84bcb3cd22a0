"""Which gates a marker expression asks for; pytest's own reading of the expression is the measure."""

from __future__ import annotations

import pytest
from _pytest.mark.expression import Expression
from hypothesis import given, settings
from hypothesis import strategies as st

from gate import checklist
from gate.selection import gates_selected, names_in, only_gates_named

CHECKLIST = checklist.load()
PATIENTLY = settings(deadline=None)  # a busy machine is no fault
SELECTED: list[tuple[str, list[str]]] = [
    ("smoke", ["smoke"]),
    ("(smoke)", ["smoke"]),
    ("((smoke))", ["smoke"]),
    (" smoke\t", ["smoke"]),
    ("not smoke", []),
    ("not not smoke", ["smoke"]),
    ("smoke or mcp", ["smoke", "mcp"]),
    ("mcp or smoke", ["smoke", "mcp"]),  # in the plan's order
    ("smoke and mcp", []),  # no test has both
    ("smoke and not mcp", ["smoke"]),
    ("smoke or not mcp", ["smoke"]),
    ("not smoke or mcp", ["mcp"]),
    ("not (smoke or mcp)", []),
    ("not (smoke and mcp)", ["smoke", "mcp"]),
    ("smoke and not slow", ["smoke"]),
    ("smoke and slow", []),  # whether a test is slow, no gate says
    ("smoke or slow", ["smoke"]),
    ("slow", []),
    ("predeploy", ["predeploy"]),
    ("package", ["package"]),
    ("predeploy and package", ["predeploy", "package"]),
    ("predeploy and not package", ["predeploy"]),
    ("predeploy or package", ["predeploy", "package"]),
    ("verification or package", ["verification", "package"]),
    ("predeploy and not (verification or staging or notification or package)", []),
    ("acceptance", ["acceptance"]),
    ("postdeploy", ["postdeploy"]),
    ("postdeploy and acceptance", []),
    ("first_day or rollback", ["first_day", "rollback"]),
    ("smoke or a:b", ["smoke"]),  # names that pytest knows and Python does not
    ("smoke or class", ["smoke"]),
    ("smoke or first-day", ["smoke"]),
    ("smoke or 2.1", ["smoke"]),
    ("smoke or device(serial='x y')", ["smoke"]),
    ("smoke and not device(serial='x')", ["smoke"]),
    ("device(of='smoke')", []),
    ("smoke(x=1)", []),
    ("SMOKE", []),
    ("smok", []),
    ("True or smoke", ["smoke"]),
]
NONSENSE = [
    "",
    " ",
    "smoke and",
    "and smoke",
    "or",
    "not",
    "()",
    "(smoke",
    "smoke)",
    "smoke mcp",
    "smoke or or mcp",
    "smoke, mcp",
    "smoke & mcp",
    "smoke = mcp",
    "smoke if mcp else bmad",
    "lambda: smoke",
    "smoke or 'x",
    "smoke\nor mcp",
    "smoke\0",
    "ünïcode or",
    "(" * 3000 + "smoke" + ")" * 3000,
]


@pytest.mark.parametrize(("expression", "markers"), SELECTED)
def test_expression_asks_for_its_gates(expression: str, markers: list[str]) -> None:
    assert [gate.marker for gate in gates_selected(expression, CHECKLIST)] == markers


@pytest.mark.parametrize("expression", NONSENSE, ids=lambda text: repr(text[:20]))
def test_nonsense_asks_for_nothing(expression: str) -> None:
    assert gates_selected(expression, CHECKLIST) == []
    assert names_in(expression) == set()
    assert not only_gates_named(expression, CHECKLIST)


@pytest.mark.parametrize(
    ("expression", "names"),
    [
        ("smoke", {"smoke"}),
        ("not smoke and (mcp or slow)", {"smoke", "mcp", "slow"}),
        ("a:b or first-day", {"a:b", "first-day"}),
        ("device(serial='smoke', of=\"x (y)\") or mcp", {"device", "mcp"}),
        ("android or notable", {"android", "notable"}),
    ],
)
def test_names_are_those_of_markers(expression: str, names: set[str]) -> None:
    assert names_in(expression) == names


@pytest.mark.parametrize(
    ("expression", "only"),
    [
        ("smoke", True),
        ("smoke or mcp", True),
        ("predeploy and package", True),
        ("not smoke", False),
        ("smoke and not mcp", False),
        ("smoke or slow", False),
        ("slow", False),
        ("", False),
    ],
)
def test_folders_are_left_alone_only_where_gates_alone_are_named(expression: str, only: bool) -> None:
    assert only_gates_named(expression, CHECKLIST) is only


@pytest.mark.parametrize("marker", CHECKLIST.gates)
def test_every_gate_is_asked_for_by_its_marker(marker: str) -> None:
    assert [gate.marker for gate in gates_selected(marker, CHECKLIST)] == [marker]
    assert only_gates_named(marker, CHECKLIST)


words = st.sampled_from([*list(CHECKLIST.gates), "slow"])
expressions = st.recursive(
    words,
    lambda inner: st.one_of(
        inner.map("not {}".format),
        inner.map("({})".format),
        st.tuples(inner, st.sampled_from(["and", "or"]), inner).map(" ".join),
    ),
    max_leaves=8,
)


@PATIENTLY
@given(expressions)
def test_gate_is_judged_exactly_where_pytest_lets_a_test_of_it_through(expression: str) -> None:
    pytests_own = Expression.compile(expression)
    let_through = set()
    for item in CHECKLIST.items.values():
        markers = {gate.marker for gate in CHECKLIST.gates_of(item)}
        if pytests_own.evaluate(lambda name, /, markers=markers, **_: name in markers):
            let_through |= markers

    selected = {gate.marker for gate in gates_selected(expression, CHECKLIST)}

    assert selected == let_through & names_in(expression)


@PATIENTLY
@given(st.text(max_size=40))
def test_no_text_breaks_the_selection(expression: str) -> None:
    selected = {gate.marker for gate in gates_selected(expression, CHECKLIST)}

    assert selected <= names_in(expression)
