"""The graph of steps: which steps there are, what they lead to, and every break in the paths through them."""

from __future__ import annotations

import pytest

from fixtures.finding import Finding
from fixtures.workflow import steps
from fixtures.workflow.steps import step_graph
from tests_suite.small_workflows import graph_of, tree_of

ONE, TWO, THREE, FOUR = "step-01-one.md", "step-02-two.md", "step-03-three.md", "step-04-four.md"
CHAIN = {ONE: f"nextStep: {TWO}", TWO: f"nextStep: {THREE}", THREE: "nextStep: null"}


def found(name: str, line: int | None, message: str) -> Finding:
    """A finding about a step."""
    return Finding(f"steps/{name}", line, message)


def test_steps_are_the_files_of_that_name_in_the_order_of_their_numbers_and_parts() -> None:
    names = ("step-10-ten.md", "b/step-02b-two.md", "a/step-02b-two.md", "step-002a.md", "z/step-1-one.md",
             "step-00-nil.md", "readme.md", "step-03-notes.txt", "a-step-04-x.md", "step-05_x.md",
             "step-6AB-x.md")  # fmt: skip

    graph = graph_of(dict.fromkeys(names, "name: x"))

    assert [(step.name, step.key, step.number) for step in graph.steps] == [
        ("step-00-nil.md", "0", 0),
        ("z/step-1-one.md", "1", 1),
        ("step-002a.md", "2a", 2),
        ("a/step-02b-two.md", "2b", 2),
        ("b/step-02b-two.md", "2b", 2),
        ("step-10-ten.md", "10", 10),
    ]
    assert list(graph.by_name) == [step.name for step in graph.steps]


def test_step_without_frontmatter_has_none_of_its_keys() -> None:
    (step,) = step_graph(tree_of({"steps/step-01-one.md": "# One\n", "agents/step-02-dev.md": "# Two\n"})).steps

    assert (step.name, step.front, step.line_of("nextStep")) == (ONE, {}, 1)


def test_links_are_resolved_below_steps_and_then_from_the_folder_of_the_step() -> None:
    graph = graph_of({
        f"a/{ONE}": f"name: x\nnextStep: ./b/../a/{TWO}\nnextStepIfTraining: {TWO}\n'nextStepIfRAGOnly' : {FOUR}",
        f"a/{TWO}": f"nextStepIf: {THREE}\nnextSteps: {THREE}\nprevStep: a/{ONE}\nnextStepX: {THREE}\n1: {THREE}",
        THREE: "nextStep: ~\nnextStepIfX: 3",
    })  # fmt: skip
    by_name = graph.by_name

    links = [(link.step.name, link.key, link.value, link.line, link.target, link.by_own_folder) for link in graph.links]

    assert links == [
        (f"a/{ONE}", "nextStep", f"./b/../a/{TWO}", 3, by_name[f"a/{TWO}"], False),
        (f"a/{ONE}", "nextStepIfTraining", TWO, 4, by_name[f"a/{TWO}"], True),
        (f"a/{ONE}", "nextStepIfRAGOnly", FOUR, 5, None, False),
        (THREE, "nextStepIfX", "3", 3, None, False),
    ]
    assert [[link.key for link in graph.links_from[name]] for name in (f"a/{ONE}", THREE)] == [
        ["nextStep", "nextStepIfTraining", "nextStepIfRAGOnly"],
        ["nextStepIfX"],
    ]
    assert f"a/{TWO}" not in graph.links_from
    assert [link.finding for link in graph.links[1:3]] == [
        found(f"a/{ONE}", 4, f"nextStepIfTraining '{TWO}' holds only from the step's own folder; "
                             f"expected 'a/{TWO}', relative to steps/"),
        found(f"a/{ONE}", 5, f"nextStepIfRAGOnly leads to '{FOUR}', which does not exist below steps/"),
    ]  # fmt: skip


def test_key_of_a_frontmatter_in_braces_is_looked_for_in_its_first_line() -> None:
    (step,) = graph_of({ONE: "{nextStep: x.md}"}).steps

    assert (step.front, step.line_of("nextStep")) == ({"nextStep": "x.md"}, 1)


def test_step_before_the_last_has_to_lead_on_and_the_last_must_not() -> None:
    broken = CHAIN | {TWO: "name: two\nnextStep: null", THREE: f"name: x\nnextStep: {ONE}\nnextStepIfX: {TWO}"}

    assert steps.dead_ends(graph_of(CHAIN)) == []
    assert steps.dead_ends(graph_of({})) == []
    assert steps.dead_ends(graph_of({ONE: "name: the only one"})) == []
    assert steps.dead_ends(graph_of(broken | {ONE: "name: one"})) == [
        found(ONE, 1, "names no next step, and it is not the last"),
        found(TWO, 3, "names no next step, and it is not the last"),
        found(THREE, 3, f"is the last step, yet nextStep is '{ONE}'; expected null"),
    ]


def test_of_steps_that_nothing_leads_to_only_the_first_of_a_chain_is_named() -> None:
    graph = graph_of({
        ONE: f"nextStep: {THREE}",
        TWO: f"nextStep: {FOUR}\nnextStepIfX: nowhere.md",
        THREE: "nextStep: null",
        FOUR: f"nextStep: step-05-five.md\nnextStepIfX: {THREE}",
        "step-05-five.md": f"nextStep: {TWO}",
        "step-06-six.md": f"nextStep: {ONE}",
        "step-07-seven.md": "nextStep: step-08-eight.md",
        "step-08-eight.md": "nextStep: null",
    })  # fmt: skip

    assert steps.unreachable(graph) == [
        found(TWO, None, f"cannot be reached from {ONE}, nor can 2 others behind it"),
        found("step-06-six.md", None, f"cannot be reached from {ONE}"),
        found("step-07-seven.md", None, f"cannot be reached from {ONE}, nor can 1 others behind it"),
    ]
    assert steps.unreachable(graph_of(CHAIN)) == []


def test_workflow_has_to_start_with_a_step_that_exists() -> None:
    text = (f"Start with `steps/{ONE}`.\n\nThen steps/0-x/{TWO}, or {{workflow_path}}/steps/step-9x.md,\n"
            f"or my.steps/{FOUR}, old-steps/{FOUR}, steps/step-x.md")  # fmt: skip

    assert steps.unreachable(graph_of(CHAIN, workflow=text)) == [
        Finding("workflow.md", 3, f"leads to steps/0-x/{TWO}, which does not exist"),
        Finding("workflow.md", 3, "leads to steps/step-9x.md, which does not exist"),
    ]
    assert steps.unreachable(graph_of({}, workflow=text)) == []


def test_every_link_that_leads_back_to_its_own_path_is_named_once() -> None:
    graph = graph_of({
        ONE: f"nextStep: {TWO}\nnextStepIfX: {THREE}\nnextStepIfY: nowhere.md",
        TWO: f"nextStep: {THREE}",
        THREE: f"nextStep: {FOUR}\nnextStepIfX: {TWO}\nnextStepIfY: {THREE}",
        FOUR: "nextStep: null",
        "step-05-five.md": f"nextStep: {FOUR}\nnextStepIfX: step-06-six.md",
        "step-06-six.md": "name: six\nnextStep: step-05-five.md",
    })  # fmt: skip

    assert steps.cycles(graph) == [
        found(THREE, 3, f"nextStepIfX leads back to {TWO}"),
        found(THREE, 4, f"nextStepIfY leads back to {THREE}"),
        found("step-06-six.md", 3, "nextStep leads back to step-05-five.md"),
    ]
    assert steps.cycles(graph_of(CHAIN)) == []


def test_step_may_name_as_its_predecessor_only_one_that_leads_to_it() -> None:
    graph = graph_of({
        ONE: f"nextStep: {TWO}\nprevStep: null",
        TWO: f"nextStep: null\nprevStep: {ONE}",
        THREE: f"name: three\nprevStep: {ONE}",
        FOUR: f"prevStep: {TWO}",
        "step-05-five.md": "prevStep: nowhere.md",
    })  # fmt: skip

    assert steps.backward_links(graph) == [
        found(THREE, 3, f"prevStep names {ONE}, which does not lead here"),
        found(FOUR, 2, f"prevStep names {TWO}, which does not lead here"),
        found("step-05-five.md", 2, "prevStep leads to 'nowhere.md', which does not exist below steps/"),
    ]


def test_body_speaks_of_links_that_the_frontmatter_has() -> None:
    body = "{nextStep}, {nextStepFile}, {prevStepFile}\n{nextStepIfX} {nextStepIfY} {other}\n"
    graph = graph_of({
        ONE: f"nextStep: {TWO}\nprevStep: ~\nnextStepIfX: {TWO}\n---\n{body}",
        TWO: f"prevStep: {ONE}\nnextStepIfY: {ONE}\n1: x\n---\n{body}",
        THREE: "nextSteps: x\nprevStep: x\n---\n{nextStep}",
    })  # fmt: skip

    assert steps.mentions(graph) == [
        found(ONE, 6, "{prevStepFile} stands for the frontmatter's prevStep, which is not set"),
        found(ONE, 7, "{nextStepIfY} stands for the frontmatter's nextStepIfY, which is not set"),
        found(TWO, 6, "{nextStepFile} stands for the frontmatter's nextStep, which is not set"),
        found(TWO, 7, "{nextStepIfX} stands for the frontmatter's nextStepIfX, which is not set"),
        found(THREE, 5, "{nextStep} stands for the frontmatter's nextStep, which is not set"),
    ]


def test_link_may_be_called_as_the_texts_call_it() -> None:
    graph = graph_of({
        ONE: f"nextStepFileRAG: {TWO}\nnextStepFileTraining: {THREE}\n---\n{{nextStepFileRAG}} {{nextStepFileX}}",
        TWO: f"nextStepFile: {THREE}\n---\n{{nextStepFile}} {{nextStep}}",
        THREE: "nextStep: null",
    })  # fmt: skip

    assert [link.key for link in graph.links] == ["nextStepFileRAG", "nextStepFileTraining", "nextStepFile"]
    assert steps.dead_ends(graph) == []
    assert steps.mentions(graph) == [
        found(ONE, 5, "{nextStepFileX} stands for the frontmatter's nextStepFileX, which is not set")
    ]


@pytest.mark.parametrize(("written", "stands"), [
    ("next_step_file", True),
    ("NEXT-STEP-FILE", True),
    ("nextstepfile", True),
    ("prev_stepFile", True),
    ("next_step_if_training", True),
    ("next_step", False),
    ("next_step_name", False),
    ("nextFile", False),
])  # fmt: skip
def test_other_spellings_of_a_link_s_variable_stand_for_nothing(written: str, stands: bool) -> None:
    graph = graph_of({ONE: f"nextStep: {TWO}\n---\n{{{written}}}", TWO: "nextStep: null"})

    message = f"{{{written}}} stands for the frontmatter's {written}, which is not set"
    assert steps.mentions(graph) == ([found(ONE, 4, message)] if stands else [])


def test_step_leads_to_the_configuration_from_its_own_folder() -> None:
    graph = graph_of({
        ONE: "config: ../config.yaml",
        f"a/{TWO}": "config: ../../a/../config.yaml",
        f"a/{THREE}": "name: x\nconfig: ../config.yaml",
        FOUR: "name: x",
        "step-05-five.md": "config: ~",
    })  # fmt: skip

    assert steps.config_links(graph) == [
        found(f"a/{THREE}", 3, "config '../config.yaml' does not lead to config.yaml"),
        found(FOUR, 1, "frontmatter has no config; expected the way to config.yaml"),
        found("step-05-five.md", 1, "frontmatter has no config; expected the way to config.yaml"),
    ]
