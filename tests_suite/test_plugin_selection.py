"""The judge's plugin and what is selected: a part of a gate, several gates, none, or one that does not exist."""

from __future__ import annotations

from pathlib import Path

import pytest

from gate.verdict import EXIT_INCOMPLETE
from tests_suite import miniature
from tests_suite.miniature import ITEMS, PREAMBLE, REPORTS, Miniature, last_verdict

NO_TESTS = int(pytest.ExitCode.NO_TESTS_COLLECTED)
USAGE_ERROR = int(pytest.ExitCode.USAGE_ERROR)
MODULE = "tests_smoke/test_smoke.py"
MCP_ITEMS = ("2.3.1", "2.3.2", "2.3.3", "2.3.4", "2.3.5")


@pytest.fixture
def project(tmp_path: Path) -> Miniature:
    """A miniature in which everything passes."""
    return miniature.make(tmp_path / "project")


@pytest.mark.parametrize(
    ("arguments", "ran"),
    [
        (("-k", "2_1_3"), {"2.1.3"}),
        (("-k", "not 2_1_3"), {"2.1.1", "2.1.2", "2.1.4", "2.1.5", "2.1.6"}),
        ((f"{MODULE}::test_2_1_3",), {"2.1.3"}),
        ((f"--deselect={MODULE}::test_2_1_3",), {"2.1.1", "2.1.2", "2.1.4", "2.1.5", "2.1.6"}),
    ],
    ids=["-k", "-k not", "node id", "--deselect"],
)
def test_gate_that_is_run_in_part_is_incomplete(project: Miniature, arguments: tuple[str, ...], ran: set[str]) -> None:
    result = project.run("-m", "smoke", *arguments)

    assert {item for item, outcome in result.outcomes().items() if outcome == "passed"} == ran, result.output
    assert {item for item, outcome in result.outcomes().items() if outcome == "missing"} == set(ITEMS) - ran
    assert result.verdict()["verdict"] == last_verdict(result.output) == "INCOMPLETE"
    assert result.status == EXIT_INCOMPLETE


@pytest.mark.parametrize(
    "arguments",
    [("-k", "part_1"), (f"{MODULE}::test_part_1",), (f"--deselect={MODULE}::test_part_2",)],
    ids=["-k", "node id", "--deselect"],
)
def test_item_that_is_run_in_part_is_missing(project: Miniature, arguments: tuple[str, ...]) -> None:
    parts = [f'@verifies("2.1.5")\ndef test_part_{number}():\n    assert True\n' for number in (1, 2)]
    project.smoke({"2.1.5": "\n\n".join(parts)})

    result = project.run("-m", "smoke", *arguments)

    assert result.outcomes()["2.1.5"] == "missing"
    assert result.messages("2.1.5") == [f"{MODULE}::test_part_2 did not run"]
    assert result.status == EXIT_INCOMPLETE


@pytest.mark.parametrize(
    "arguments",
    [
        ("-k", "not two"),
        (f"--deselect={MODULE}::test_it[two]",),
        (f"{MODULE}::test_it[one]",),
        ("-k", "test_it and one"),
    ],
    ids=["-k not", "--deselect", "node id", "-k"],
)
def test_item_that_is_run_for_some_of_its_parameters_is_missing(project: Miniature, arguments: tuple[str, ...]) -> None:
    cases = '@pytest.mark.parametrize("case", ["one", "two"])\n'
    project.smoke({"2.1.5": f'{cases}@verifies("2.1.5")\ndef test_it(case):\n    assert case\n'})

    result = project.run("-m", "smoke", *arguments)

    assert result.outcomes()["2.1.5"] == "missing", result.output
    assert result.status == EXIT_INCOMPLETE


def test_selecting_no_test_of_a_gate_is_never_green(project: Miniature) -> None:
    result = project.run("-m", "smoke", "-k", "nothing_is_called_this")

    assert set(result.outcomes().values()) == {"missing"}
    assert result.verdict()["verdict"] == last_verdict(result.output) == "INCOMPLETE"
    assert result.status == NO_TESTS


def test_gate_without_tests_is_incomplete(project: Miniature) -> None:
    result = project.run("-m", "mcp")

    assert result.outcomes("mcp") == dict.fromkeys(MCP_ITEMS, "missing"), result.output
    assert result.verdict("mcp")["verdict"] == "INCOMPLETE"
    assert "mcp: INCOMPLETE" in result.output
    assert result.status == NO_TESTS


@pytest.mark.parametrize("expression", ["smoke or mcp", "mcp or smoke", "(smoke) or (mcp and not baseline)"])
def test_several_gates_leave_a_folder_each(project: Miniature, expression: str) -> None:
    tests = [
        f'@verifies("{item}")\ndef test_{item.replace(".", "_")}():\n    assert "{item}" != "2.3.4", "slow"\n'
        for item in MCP_ITEMS
    ]
    project.write("tests_mcp/test_mcp.py", "\n\n".join([PREAMBLE, *tests]))

    result = project.run("-m", expression)

    assert result.status == 1, result.output
    assert {path.name for path in result.reports.iterdir()} == {"smoke", "mcp", "index.html"}
    for marker in ("smoke", "mcp"):
        assert {path.name for path in (result.reports / marker).iterdir()} == REPORTS
        assert result.verdict(marker)["exit_status"] == 1
    assert result.verdict("smoke")["verdict"] == "PASS"
    assert result.verdict("mcp")["verdict"] == "FAIL"
    assert set(result.outcomes("smoke")) == set(ITEMS)
    assert result.outcomes("mcp") == dict.fromkeys(MCP_ITEMS, "passed") | {"2.3.4": "failed"}
    assert result.output.index("smoke: PASS") < result.output.index("mcp: FAIL")


@pytest.mark.parametrize(
    "arguments",
    [("tests_smoke",), (MODULE,), (f"{MODULE}::test_2_1_3",), ("-m", "not mcp"), ("-k", "2_1"), ()],
    ids=["folder", "module", "node id", "-m not", "-k", "bare"],
)
def test_run_without_a_gate_gives_no_verdict_and_says_so(project: Miniature, arguments: tuple[str, ...]) -> None:
    result = project.start(*arguments).result()

    assert result.status == 0, result.output
    assert "no verdict: a gate is run as a whole, with -m and one of predeploy, smoke" in result.output
    assert last_verdict(result.output) is None
    assert not result.reports.exists()


@pytest.mark.parametrize(
    ("expression", "hint"),
    [("smok", "smoke"), ("predeploi", "predeploy"), ("smoke or mpc", "mcp"), ("first-day", "first_day")],
)
def test_misspelt_gate_is_refused_with_a_hint(project: Miniature, expression: str, hint: str) -> None:
    result = project.run("-m", expression)

    assert result.status == USAGE_ERROR, result.output
    assert f"did you mean {hint}?" in result.output
    assert "Traceback" not in result.output
    assert not result.reports.exists()


@pytest.mark.parametrize("expression", ["xyzzy", "smoke and", "(smoke", "smoke mcp", "smoke or or mcp", "&&"])
def test_senseless_selection_is_an_error_in_one_line(project: Miniature, expression: str) -> None:
    result = project.run("-m", expression)

    assert result.status == USAGE_ERROR, result.output
    assert "ERROR:" in result.output
    assert "Traceback" not in result.output
    assert last_verdict(result.output) is None
    assert not result.reports.exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ("-m", "smoke", "--collect-only"),
        ("-m", "smoke", "--help"),
        ("--markers",),
        ("-m", "smoke", "--markers"),
        ("-m", "smoke", "--version"),
        ("-m", "smoke", "--fixtures"),
    ],
    ids=" ".join,
)
def test_run_that_verifies_nothing_writes_nothing(project: Miniature, arguments: tuple[str, ...]) -> None:
    result = project.run(*arguments)

    assert result.status == 0, result.output
    assert last_verdict(result.output) is None
    assert not result.reports.exists()


@pytest.mark.parametrize("option", ["--setup-plan", "--setup-only"])
def test_run_that_only_sets_tests_up_is_never_green(project: Miniature, option: str) -> None:
    project.smoke({"2.1.3": '@verifies("2.1.3")\ndef test_no():\n    assert not 1, "no"\n'})

    result = project.run("-m", "smoke", option)

    assert result.status != 0, result.output
    assert last_verdict(result.output) == "INCOMPLETE"
    assert "passed" not in result.outcomes().values()


def test_markers_of_all_gates_are_listed(project: Miniature) -> None:
    result = project.run("--markers")

    assert "@pytest.mark.smoke: Smoke test (plan 2.1)" in result.output
    assert "@pytest.mark.acceptance: Acceptance of the deployment (plan S, F)" in result.output


GROUPED = '@pytest.mark.xdist_group("knowledge")'
CASES = '@pytest.mark.parametrize("case", ["a@b", "a@c", "[1]", "x]@y"])'
TIMED = 'measure("response time", 12.5, [12.0, 13.0])'
OF_ALL_KINDS = {
    "2.1.2": f'@verifies("2.1.2")\ndef test_it(measure: Measure):\n    {TIMED}\n',
    "2.1.3": f'@verifies("2.1.3")\n{GROUPED}\ndef test_no():\n    assert not 1, "no"\n',
    "2.1.4": f'{CASES}\n@verifies("2.1.4")\n{GROUPED}\ndef test_each(case):\n    assert case\n',
    "2.1.5": f'{CASES}\n@verifies("2.1.5")\ndef test_every(case):\n    assert case\n',
}


def test_two_workers_come_to_the_same_verdict(project: Miniature) -> None:
    project.smoke(OF_ALL_KINDS)
    alone = project.run("-m", "smoke")
    both = project.run("-m", "smoke", "-n", "2")

    assert alone.status == both.status == 1, both.output
    assert alone.outcomes() == both.outcomes() == dict.fromkeys(ITEMS, "passed") | {"2.1.3": "failed"}
    for one, other in zip(alone.verdict()["items"], both.verdict()["items"], strict=True):
        assert {**one, "seconds": 0} == {**other, "seconds": 0}


def test_order_of_the_tests_does_not_matter(project: Miniature) -> None:
    project.write("backwards.py", "def pytest_collection_modifyitems(items):\n    items.reverse()\n")
    project.smoke({"2.1.3": '@verifies("2.1.3")\ndef test_no():\n    assert not 1, "no"\n'})
    forwards = project.run("-m", "smoke")
    backwards = project.run("-m", "smoke", "-p", "backwards")

    assert forwards.status == backwards.status == 1
    assert list(forwards.outcomes().items()) == list(backwards.outcomes().items())
    assert last_verdict(backwards.output) == "FAIL"


def test_other_working_folder_makes_no_difference(project: Miniature, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()

    result = project.run("-m", "smoke", str(project.root), cwd=elsewhere)

    assert result.status == 0, result.output
    assert result.outcomes() == dict.fromkeys(ITEMS, "passed")
    assert list(elsewhere.iterdir()) == []


def test_report_folder_starts_at_the_working_folder(project: Miniature, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()

    result = project.run("-m", "smoke", "--report-dir=out/of/the way", str(project.root), cwd=elsewhere)

    assert result.status == 0, result.output
    assert {path.name for path in (elsewhere / "out" / "of" / "the way" / "smoke").iterdir()} == REPORTS
    assert not result.reports.exists()


def test_test_of_an_unknown_item_fails_the_collection_in_words(project: Miniature) -> None:
    project.smoke({"2.1.3": '@verifies("2.1.33")\ndef test_it():\n    assert True\n'})

    result = project.run()

    assert result.status == int(pytest.ExitCode.INTERRUPTED), result.output
    assert "the checklist has no item '2.1.33'; ids look like 2.1.2" in result.output
    assert result.verdict()["verdict"] == "INCOMPLETE"
    assert f"could not be collected: {MODULE}" in result.verdict()["notes"]
