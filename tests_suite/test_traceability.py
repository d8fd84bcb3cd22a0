"""Traceability, both ways: every item has its tests and faults, every test its item, and the house its order."""

from __future__ import annotations

import ast
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from gate import checklist
from gate.checklist import Item
from tests_suite import (
    faultmatrix,
    test_faults,
    test_faults_acceptance,
    test_faults_bmad,
    test_faults_deploy,
    test_faults_executions,
    test_faults_first_day,
    test_faults_mcp,
    test_faults_measured,
    test_faults_monitoring,
    test_faults_notification,
    test_faults_package,
    test_faults_postdeploy,
    test_faults_predeploy,
    test_faults_rollback,
)
from tests_suite.faults import backup, baseline, waivers

# The gates that have their tests. A gate that is finished is added here, and everything below asks for its tests.
BUILT_GATES = (
    "predeploy",
    "smoke",
    "deploy",
    "mcp",
    "bmad",
    "rollback",
    "announcement",
    "feedback",
    "retrospective",
    "monitoring",
    "baseline",
    "first_day",
    "acceptance",
)
# Items that are finished, though their gate is not.
FINISHED_EARLY: tuple[str, ...] = ()
FAULTS = [
    *test_faults.FAULTS,
    *test_faults_bmad.FAULTS,
    *test_faults_mcp.FAULTS,
    *test_faults_deploy.FAULTS,
    *test_faults_package.FAULTS,
    *test_faults_notification.FAULTS,
    *test_faults_postdeploy.FAULTS,
    *test_faults_executions.FAULTS,
    *test_faults_measured.FAULTS,
    *test_faults_monitoring.FAULTS,
    *test_faults_first_day.FAULTS,
    *test_faults_predeploy.FAULTS,
    *test_faults_rollback.FAULTS,
    *test_faults_acceptance.FAULTS,
    *backup.FAULTS,
    *baseline.FAULTS,
    *waivers.FAULTS,
]

SUITE = Path(__file__).parents[1]
GATE, FIXTURES = SUITE / "gate", SUITE / "fixtures"
CHECKLIST = checklist.load()
TEST_FOLDERS = sorted({gate.folder for gate in CHECKLIST.gates.values()})
LONGEST_MODULE = 400  # lines
# The plan's check boxes, and the seven steps of its rollback summary.
ITEMS_PER_SECTION = {
    "1.1": 5,
    "1.2": 6,
    "1.3": 5,
    "1.4": 5,
    "2.1": 6,
    "2.2": 32,
    "2.3": 5,
    "2.4": 5,
    "2.5": 4,
    "3.1": 4,
    "3.2": 7,
    "3.3": 4,
    "3.4": 4,
    "3.5": 4,
    "S": 10,
    "F": 6,
    "R": 7,
}
ITEMS_PER_GATE = {
    "predeploy": 21,
    "smoke": 6,
    "deploy": 32,
    "mcp": 5,
    "bmad": 5,
    "postdeploy": 27,
    "verification": 5,
    "staging": 6,
    "notification": 5,
    "package": 5,
    "announcement": 4,
    "monitoring": 4,
    "first_day": 7,
    "feedback": 4,
    "baseline": 4,
    "retrospective": 4,
    "acceptance": 16,
    "rollback": 7,
}


@dataclass(frozen=True)
class Check:
    """A test in a gate's folder: where it stands, the items it claims, and the limits it measures against."""

    name: str
    module: Path
    items: tuple[str, ...]
    limits: frozenset[str]

    def __str__(self) -> str:
        return f"{self.module.relative_to(SUITE)}::{self.name}"


def _modules(*folders: Path) -> list[Path]:
    return sorted(path for folder in folders for path in folder.rglob("*.py"))


def _tree(module: Path) -> ast.Module:
    return ast.parse(module.read_text(encoding="utf-8"), filename=str(module))


def _checks() -> Iterator[Check]:
    for module in _modules(*(SUITE / folder for folder in TEST_FOLDERS)):
        for node in _tree(module).body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test"):
                calls = [call for each in node.decorator_list if isinstance(call := each, ast.Call)]
                claims = _first_texts(calls, "verifies")
                measured = _first_texts([each for each in ast.walk(node) if isinstance(each, ast.Call)], "measure")
                yield Check(node.name, module, tuple(claims), frozenset(measured))


def _first_texts(calls: list[ast.Call], function: str) -> list[str]:
    """The first argument of each call of that function, which has to be written out."""
    named = [call for call in calls if isinstance(call.func, ast.Name) and call.func.id == function]
    return [ast.literal_eval(call.args[0]) for call in named]


CHECKS = list(_checks())
BUILT_ITEMS = [
    *(item for marker in BUILT_GATES for item in CHECKLIST.items_of(CHECKLIST.gates[marker])),
    *(CHECKLIST.items[item] for item in FINISHED_EARLY),
]


def _names(items: list[Item]) -> list[str]:
    return [item.id for item in items]


def _imported(module: Path) -> set[str]:
    """The first part of everything that a module imports, wherever in it."""
    names: set[str] = set()
    for node in ast.walk(_tree(module)):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}: relative import"
            names.add(node.module or "")
    return {name.partition(".")[0] for name in names}


def test_plan_has_all_its_items() -> None:
    counted = Counter(item.section for item in CHECKLIST.items.values())

    assert counted == ITEMS_PER_SECTION, "for an item that the plan has not, change ITEMS_PER_SECTION in this module"
    assert sum(ITEMS_PER_SECTION.values()) == 119
    assert sum(number for section, number in ITEMS_PER_SECTION.items() if section != "R") == 112


def test_gates_judge_the_items_of_the_plan() -> None:
    counted = {gate.marker: len(CHECKLIST.items_of(gate)) for gate in CHECKLIST.gates.values()}

    assert counted == ITEMS_PER_GATE, "for an item that the plan has not, change ITEMS_PER_GATE in this module"


def test_item_ids_number_their_section_through() -> None:
    for section in CHECKLIST.sections:
        ids = [item.id for item in CHECKLIST.items.values() if item.section == section]
        assert all(each.startswith(f"{section}.") for each in ids), ids
        if section != "2.2":  # there each of the steps numbers its own boxes
            assert ids == [f"{section}.{number}" for number in range(1, len(ids) + 1)]


def test_phases_hold_every_item_exactly_once() -> None:
    phases = ("predeploy", "smoke", "deploy", "mcp", "bmad", "postdeploy", "acceptance", "rollback")
    held = Counter(item.id for phase in phases for item in CHECKLIST.items_of(CHECKLIST.gates[phase]))

    assert held == dict.fromkeys(CHECKLIST.items, 1)


def test_every_check_claims_exactly_one_item() -> None:
    assert CHECKS, "no test found, nothing verified"

    wrong = [f"{check}: {check.items}" for check in CHECKS if len(check.items) != 1]

    assert not wrong, "\n".join(wrong)


def test_every_check_claims_an_item_that_exists() -> None:
    unknown = [str(check) for check in CHECKS if not set(check.items) <= set(CHECKLIST.items)]

    assert not unknown, "\n".join(unknown)


def test_every_check_lies_in_the_folder_of_its_gate() -> None:
    wrong = []
    for check in CHECKS:
        folders = {gate.folder for each in check.items for gate in CHECKLIST.gates_of(CHECKLIST.items[each])}
        if {check.module.relative_to(SUITE).parts[0]} != folders:
            wrong.append(f"{check}: expected in {', '.join(sorted(folders))}")

    assert not wrong, "\n".join(wrong)


def test_all_checks_of_an_item_lie_in_one_module() -> None:
    """Whoever names one module on the command line gets each of its items whole, or sees that a part is missing."""
    modules: dict[str, set[Path]] = {}
    for check in CHECKS:
        for item in check.items:
            modules.setdefault(item, set()).add(check.module)
    scattered = {item: sorted(map(str, found)) for item, found in modules.items() if len(found) > 1}

    assert not scattered


def test_gate_folders_hold_no_test_that_the_judge_would_not_see() -> None:
    """The judge knows functions of a module by their decorator: no test classes, no tests made by a call."""
    hidden = []
    for module in _modules(*(SUITE / folder for folder in TEST_FOLDERS)):
        tree = _tree(module)
        for node in ast.walk(tree):
            match node:
                case ast.ClassDef():
                    hidden.append(f"{module}:{node.lineno}: {node.name} is a class")
                case ast.Name(id=name, ctx=ast.Store()) if name.startswith("test"):
                    hidden.append(f"{module}:{node.lineno}: {name} is no function")
                case ast.FunctionDef(name=name) if name.startswith("test") and node not in tree.body:
                    hidden.append(f"{module}:{node.lineno}: {name} stands within something else")

    assert not hidden, "\n".join(hidden)


@pytest.mark.parametrize("item", BUILT_ITEMS, ids=_names(BUILT_ITEMS))
def test_item_of_a_built_gate_has_a_check(item: Item) -> None:
    folder = CHECKLIST.gates_of(item)[0].folder
    missing = f'{item.id} {item.title}: no test verifies it; write one in {folder}/, under @verifies("{item.id}")'

    assert [check for check in CHECKS if item.id in check.items], missing


@pytest.mark.parametrize("item", BUILT_ITEMS, ids=_names(BUILT_ITEMS))
def test_item_of_a_built_gate_has_a_fault_that_fails_it(item: Item) -> None:
    caught = [fault.name for fault in FAULTS if fault.trips.get(item.id) == "failed"]

    assert caught, (
        f"{item.id} {item.title}: no fault makes it fail; write a Fault with trips={{'{item.id}': 'failed'}} into a "
        "module of tests_suite/faults whose FAULTS a tests_suite/test_faults*.py runs"
    )


@pytest.mark.parametrize("item", BUILT_ITEMS, ids=_names(BUILT_ITEMS))
def test_every_limit_of_a_built_gate_is_measured(item: Item) -> None:
    measured = {name for check in CHECKS if item.id in check.items for name in check.limits}

    assert measured == {limit.name for limit in item.limits}


def test_faults_name_items_and_outcomes_that_exist() -> None:
    assert FAULTS, "no fault, nothing verified"
    for fault in FAULTS:
        gate = CHECKLIST.gates[fault.gate]
        assert set(fault.trips) <= {item.id for item in CHECKLIST.items_of(gate)}, fault.name
        assert set(fault.trips.values()) <= {*faultmatrix.NOTICED, "waived"}, fault.name


def test_every_fault_is_proved_by_a_test() -> None:
    modules = [import_module(f"tests_suite.{path.stem}") for path in Path(__file__).parent.glob("test_*fault*.py")]
    marks = [mark for module in modules for test in vars(module).values() for mark in getattr(test, "pytestmark", [])]
    given = [each for mark in marks if mark.args[:1] == ("fault",) for each in mark.args[1]]
    here = [each for each in given if not getattr(each, "marks", ())]  # those with a marker need a real database
    proved = [getattr(each, "values", [each])[0] for each in here]  # as it is, or in a pytest.param

    assert faultmatrix.of(proved) == faultmatrix.of(FAULTS)


def test_fault_matrix_is_that_of_these_faults() -> None:
    """It is written by the run that proves them, see `tests_suite/faultmatrix.py`."""
    written = (SUITE / "tests_suite" / "FAULTS.md").read_text(encoding="utf-8")

    assert written == faultmatrix.table(faultmatrix.of(FAULTS).values()), (
        "prove all faults, and write it anew: pytest -n 2 tests_suite --fault-matrix tests_suite/FAULTS.md"
    )


def test_item_that_is_not_counted_as_built_has_no_checks() -> None:
    """Otherwise an item could be half built, and nobody would ask for its faults."""
    built = {item.id for item in BUILT_ITEMS}

    early = sorted({item for check in CHECKS for item in check.items} - built)

    assert not early, f"add the gate of {', '.join(early)} to BUILT_GATES, or the items to FINISHED_EARLY"


def test_judge_does_not_know_the_accused() -> None:
    modules = _modules(GATE)
    assert modules

    wrong = [str(module) for module in modules if _imported(module) & {"fixtures", "tests_suite", *TEST_FOLDERS}]

    assert not wrong


def test_subjects_do_not_know_the_judge() -> None:
    modules = _modules(FIXTURES)
    assert modules

    wrong = [str(module) for module in modules if _imported(module) & {"gate", "tests_suite", *TEST_FOLDERS}]

    assert not wrong


def test_checks_know_nothing_of_the_suite_s_own_tests() -> None:
    modules = _modules(*(SUITE / folder for folder in TEST_FOLDERS))
    assert modules

    wrong = [str(module) for module in modules if _imported(module) & {"tests_suite", *TEST_FOLDERS}]

    assert not wrong


def test_modules_are_short() -> None:
    folders = [GATE, FIXTURES, SUITE / "tests_suite", *(SUITE / folder for folder in TEST_FOLDERS)]
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in _modules(*folders)}

    long = [f"{path}: {length} lines" for path, length in lengths.items() if length >= LONGEST_MODULE]

    assert lengths
    assert not long, "\n".join(long)


def _schema(name: str) -> Any:
    return json.loads((GATE / name).read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", ["checklist.schema.json", "verdict.schema.json"])
def test_schema_is_one(name: str) -> None:
    schema = _schema(name)

    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    jsonschema.Draft202012Validator.check_schema(schema)


def test_checklist_keeps_to_its_schema() -> None:
    content = yaml.safe_load(checklist.SOURCE.read_text(encoding="utf-8"))

    errors = [
        error.message
        for error in jsonschema.Draft202012Validator(_schema("checklist.schema.json")).iter_errors(content)
    ]

    assert not errors


def test_sections_of_items_and_gates_exist() -> None:
    assert {item.section for item in CHECKLIST.items.values()} == set(CHECKLIST.sections)
    assert {section for gate in CHECKLIST.gates.values() for section in gate.sections} == set(CHECKLIST.sections)


def test_limits_that_count_something_of_the_release_agree_with_it() -> None:
    """The release's facts and the limits name the same figures; applying the plan's own facts changes nothing."""
    release = CHECKLIST.release

    again = CHECKLIST.overridden({"steps": release.steps, "agents": list(release.agents)}, [])

    assert again == CHECKLIST
    assert release.files == 55
    assert len(release.agents) == release.steps == 11
