"""The path of each architecture: what config.yaml plans, and where the links of the steps depart from it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from fixtures.finding import Finding
from fixtures.workflow import steps
from fixtures.workflow.steps import StepGraph
from tests_suite.small_workflows import graph_of

ONE, TWO, THREE, FOUR = "step-01-one.md", "step-02-two.md", "step-03-three.md", "step-04-four.md"
FILES = {"1": ONE, "2": TWO, "3": THREE, "4": FOUR}
CHAIN = {ONE: f"nextStep: {TWO}", TWO: f"nextStep: {THREE}", THREE: f"nextStep: {FOUR}", FOUR: "nextStep: null"}


def in_config(message: str) -> Finding:
    """A finding about config.yaml."""
    return Finding("config.yaml", None, message)


def planned(fronts: dict[str, str], config: Any = None, **skipped: Any) -> StepGraph:
    """Steps and a config.yaml that has all four of them, with the folders that are skipped, by their condition."""
    folders = [{"steps": keys, "skip_when": condition} for condition, keys in skipped.items()]
    data = {"steps": {key: {"file": file} for key, file in FILES.items()}, "phase_folders": folders}
    return graph_of(fronts, config=json.dumps(data if config is None else config))


@pytest.mark.parametrize(("folders", "skipped", "findings"), [
    (None, set(), []),
    ({"steps": ["1"], "skip_when": "architecture == 'a-b'"}, set(), []),
    (["no folder", {"steps": ["1"]}, {"steps": ["2", 3], "skip_when": "architecture == 'a-b'"},
      {"steps": ["4"], "skip_when": "architecture != \"other\""}], {"2", "3", "4"}, []),
    ([{"steps": ["1"], "skip_when": " architecture=='a-b' "}, {"steps": ["2"], "skip_when": "architecture != 'a-b'"},
      {"steps": ["3"], "skip_when": "architecture == 'other'"}], {"1"}, []),
    ([{"steps": "1", "skip_when": "architecture == 'a-b'"}, {"skip_when": "architecture == 'a-b'"},
      {"steps": ["2"], "skip_when": "architecture == 'a-b'"}], {"2"}, []),
    ([{"steps": ["1"], "skip_when": "architecture = 'a-b'"}, {"steps": ["2"], "skip_when": 1},
      {"steps": ["3"], "skip_when": "architecture == 'a-b\""}, {"steps": ["4"], "skip_when": "architecture == 'a-b'"}],
     {"4"}, ["\"architecture = 'a-b'\"", "1", "'architecture == \\'a-b\"'"]),
])  # fmt: skip
def test_architecture_leaves_out_the_folders_whose_condition_holds_for_it(
    folders: Any, skipped: set[str], findings: list[str]
) -> None:
    graph = planned({}, {"phase_folders": folders})

    assert steps.skipped_steps(graph, "a-b") == (
        skipped,
        [in_config(f"skip_when {each} cannot be read; expected architecture == 'name'") for each in findings],
    )


@pytest.mark.parametrize("config", ["", "- a list", "steps: []", "steps: {", "name: x"])
def test_configuration_without_steps_has_no_path(config: str) -> None:
    graph = graph_of(CHAIN, config=config)

    assert (graph.sequence, steps.skipped_steps(graph, "a")) == ((), (set(), []))
    assert steps.path_findings(graph, "a") == [in_config("has no steps for the architecture 'a'")]
    assert steps.unfed_inputs(graph, "a") == []


def test_entries_of_the_configuration_are_keys_and_values_by_their_key_as_text() -> None:
    graph = graph_of({}, config="steps: {1: {file: ./x/../step-01-one.md}, 2a: [no, keys], '3': {agent: dev}}")

    assert graph.sequence == (("1", {"file": f"./x/../{ONE}"}), ("2a", {}), ("3", {"agent": "dev"}))
    assert steps.planned_path(graph, "a") == ([("1", ONE), ("2a", "(no file)"), ("3", "(no file)")], [])


def test_planned_path_is_the_one_that_the_links_take() -> None:
    shorter = CHAIN | {ONE: f"nextStep: {TWO}\nnextStepIfShort: {THREE}"}

    assert steps.path_findings(planned(CHAIN), "a") == []
    assert steps.path_findings(planned(shorter, **{"architecture == 'short'": [2]}), "short") == []


def test_condition_that_cannot_be_read_is_part_of_the_findings_about_a_path() -> None:
    unread = in_config("skip_when 'sometimes' cannot be read; expected architecture == 'name'")

    assert steps.path_findings(planned(CHAIN, sometimes=[2]), "a") == [unread]
    assert steps.path_findings(planned(CHAIN, {"steps": {}, "phase_folders": [{"skip_when": "sometimes"}]}), "a") == [
        unread,
        in_config("has no steps for the architecture 'a'"),
    ]


@pytest.mark.parametrize(("fronts", "files", "findings"), [
    ({ONE: f"nextStep: {TWO}"}, {"2": TWO},
     [in_config(f"a: the path starts with {TWO}; expected {ONE}"),
      in_config(f"a: the path ends with {TWO}; expected {ONE}")]),
    (CHAIN, {"1": ONE, "2": TWO, "3": THREE},
     [in_config(f"a: the path ends with {THREE}; expected {FOUR}")]),
    (CHAIN, {"2": TWO, "3": THREE},
     [in_config(f"a: the path starts with {TWO}; expected {ONE}"),
      in_config(f"a: the path ends with {THREE}; expected {FOUR}")]),
    (CHAIN, {"1": ONE, "2": "step-02-gone.md", "4": FOUR},
     [Finding(f"steps/{ONE}", 2, f"a: nextStep leads to {TWO}; config.yaml goes on to step-02-gone.md")]),
    (CHAIN | {ONE: "nextStep: gone.md"}, {"1": ONE, "4": FOUR},
     [Finding(f"steps/{ONE}", 2, f"a: nextStep leads to 'gone.md', which does not exist; config.yaml goes on to {FOUR}")
      ]),
    (CHAIN | {TWO: "name: x"}, FILES,
     [Finding(f"steps/{TWO}", None, f"a: names no next step; config.yaml goes on to {THREE}")]),
    ({FOUR: "name: x"}, {"1": FOUR, "2": FOUR},
     [Finding(f"steps/{FOUR}", None, f"a: names no next step; config.yaml goes on to {FOUR}")]),
    ({}, {"1": ONE, "2": TWO}, [in_config(f"a: step file '{ONE}' does not exist")]),
    ({}, {"1": ONE}, []),
])  # fmt: skip
def test_break_between_the_plan_and_the_links_is_named_where_it_is(
    fronts: dict[str, str], files: dict[str, str], findings: list[Finding]
) -> None:
    graph = planned(fronts, {"steps": {key: {"file": file} for key, file in files.items()}})

    assert steps.path_findings(graph, "a") == findings


@pytest.mark.parametrize(("keys", "architecture", "skipping", "taken"), [
    ([], "a", False, None),
    (["nextStep"], "a", True, "nextStep"),
    (["nextStep", "nextStepIfRAGOnly"], "rag-only", True, "nextStepIfRAGOnly"),
    (["nextStep", "nextStepIfRAGOnly"], "rag-only", False, "nextStepIfRAGOnly"),
    (["nextStepIfRAGOnly", "nextStep"], "hybrid", False, "nextStep"),
    (["nextStepIfRAGOnly"], "hybrid", False, None),
    (["nextStep", "nextStepIfTraining"], "hybrid", False, "nextStepIfTraining"),
    (["nextStep", "nextStepIfTraining"], "rag-only", True, "nextStep"),
    (["nextStepIfTraining", "nextStepIfTuning"], "rag-only", True, "nextStepIfTraining"),
    (["nextStepIfTuning", "nextStepIfFineTuning"], "fine-tuning", False, "nextStepIfFineTuning"),
    (["nextStepIfTraining", "nextStepIfRAGOnly"], "rag-only", True, "nextStepIfRAGOnly"),
    (["nextStepFileTraining", "nextStepFileRAG"], "rag-only", True, "nextStepFileRAG"),
    (["nextStepFileRAG", "nextStepFileTraining"], "hybrid", False, "nextStepFileTraining"),
    (["nextStepFileIfRAGOnly", "nextStepFile"], "hybrid", False, "nextStepFile"),
])  # fmt: skip
def test_architecture_follows_its_own_link_before_those_of_others(
    keys: list[str], architecture: str, skipping: bool, taken: str | None
) -> None:
    fronts = {ONE: "\n".join(f"{key}: to-{key}.md" for key in keys) or "name: x", TWO: "name: x"}
    conditions: dict[str, Any] = {f"architecture == '{architecture}'": [3]} if skipping else {}
    graph = planned(fronts, {
        "steps": {"1": {"file": ONE}, "2": {"file": TWO}},
        "phase_folders": [{"steps": each, "skip_when": condition} for condition, each in conditions.items()],
    })  # fmt: skip

    (finding,) = steps.path_findings(graph, architecture)

    if taken is None:
        assert finding == Finding(
            f"steps/{ONE}", None, f"{architecture}: names no next step; config.yaml goes on to {TWO}"
        )
    else:
        leads = f"{architecture}: {taken} leads to 'to-{taken}.md', which does not exist; config.yaml goes on to {TWO}"
        assert finding == Finding(f"steps/{ONE}", 2 + keys.index(taken), leads)


def test_step_reads_what_an_earlier_one_of_the_same_path_has_written() -> None:
    entries = {
        "1": {"file": ONE, "reads_from": ["own.md", "later.md"], "output": "own.md"},
        "2": {"file": TWO, "reads_from": "own.md", "output": ["a.md", 7]},
        "3": {"file": THREE, "reads_from": ["a.md", 7, "own.md"], "output": "c.md"},
        "4": {"file": FOUR, "reads_from": ["a.md", "c.md"], "output": None},
    }
    folders = [{"steps": [2], "skip_when": "architecture == 'short'"}]
    graph = planned(CHAIN, {"steps": entries, "phase_folders": folders})

    def unfed(architecture: str, *missing: tuple[str, str]) -> list[Finding]:
        reason = "which no earlier step has as its output"
        return [in_config(f"{architecture}: step {key} reads {name!r}, {reason}") for key, name in missing]

    assert steps.unfed_inputs(graph, "long") == unfed("long", ("1", "own.md"), ("1", "later.md"))
    assert steps.unfed_inputs(graph, "short") == unfed(
        "short", ("1", "own.md"), ("1", "later.md"), ("3", "a.md"), ("3", "7"), ("4", "a.md")
    )
