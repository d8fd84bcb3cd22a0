"""What the text of a step tells Claude to load, held against the links and config.yaml."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pytest

from fixtures.finding import Finding
from fixtures.workflow import texts
from fixtures.workflow.steps import StepGraph, step_graph
from tests_suite.small_workflows import graph_of, tree_of

ONE, TWO, THREE, FOUR = "step-01-one.md", "a/step-02a-two.md", "a/step-02b-two.md", "step-04-four.md"
FRONT = {ONE: f"nextStep: {TWO}", TWO: f"nextStep: {THREE}", THREE: f"nextStep: {FOUR}", FOUR: "nextStep: null"}
FORK = f"nextStepIfTraining: {TWO}\nnextStepIfRAGOnly: {THREE}"
ARCHITECTURES = ("rag-only", "fine-tuning", "hybrid")


def chain(**bodies: str) -> StepGraph:
    """Four steps, each leading to the next one, with the texts of some of them by the words of their names."""
    names = {"one": ONE, "two": TWO, "three": THREE, "four": FOUR}
    return graph_of(FRONT | {names[key]: f"{FRONT[names[key]]}\n---\n{body}" for key, body in bodies.items()})


@pytest.mark.parametrize(("text", "sent"), [
    ("Load `{workflow_path}/steps/step-04-four.md`", True),
    ("Done. Then continue with step-04-four.md", True),
    ("CARRY OUT: [four](../step-04-four.md)", True),
    ("Proceed to a/step-02b-two.md", True),
    ("Load and execute `steps/a/step-02a-two.md`", False),
    ("Load step-01-one.md again", False),
    ("Load step-04-none.md", False),
    ("Load checklists/step-04-four.mdx or my-step-04-four.md", False),
    ("Load the sidecar. More in step-04-four.md", False),
    ("Never load step-04-four.md", False),
    ("Load step-04-four.md? You mustn't", False),
    ("The reader loads step-04-four.md", False),
])  # fmt: skip
def test_text_sends_nobody_past_the_next_step(text: str, sent: bool) -> None:
    findings = texts.astray(chain(one=f"# One\n\n{text}\n"), ARCHITECTURES)

    place = text.partition("step-")[2].partition(".md")[0]
    wanted = Finding(f"steps/{ONE}", 6, f"sends users to step-{place}.md; its frontmatter leads to {TWO}")
    assert findings == ([wanted] if sent else [])


def test_text_may_send_users_back() -> None:
    assert texts.astray(chain(four="To revise, load step-01-one.md or a/step-02b-two.md."), ARCHITECTURES) == []


def test_text_of_the_last_step_sends_nobody_on() -> None:
    graph = graph_of({ONE: f"nextStep: gone.md\n---\nload {FOUR}", FOUR: "nextStep: null"})

    assert texts.astray(graph, ()) == [
        Finding(f"steps/{ONE}", 4, f"sends users to {FOUR}; its frontmatter leads to no step")
    ]


@pytest.mark.parametrize(("text", "named", "key"), [
    ("`rag-only`: load `{nextStepIfTraining}`", ["rag-only"], "nextStepIfTraining"),
    ("IF {architecture} == 'rag-only' load {nextStepIfTraining} (Fine-Tuning)", ["rag-only"], "nextStepIfTraining"),
    ("{nextStepIfRAGOnly}: Fine Tuning or HYBRID", ["fine-tuning", "hybrid"], "nextStepIfRAGOnly"),
    ("hybrid: {nextStepIfRAGOnly} {nextStepIfRAGOnly}", ["hybrid"], "nextStepIfRAGOnly"),
    ("hybrid: `{nextStepIfTraining}`, rag-only follows", [], ""),
    ("hybrid and rag-only: {nextStepIfTraining}", [], ""),
    ("`rag-only`: load `{nextStepIfRAGOnly}`", [], ""),
    ("not rag-only: load `{nextStepIfTraining}`", [], ""),
    ("architecture != rag-only: `{nextStepIfTraining}`", [], ""),
    ("`{nextStepIfTraining}` unless rag-only", [], ""),
    ("rag-only: {nextStepIfRAGOnly}, hybrid: {nextStepIfTraining}", [], ""),
    ("`{nextStepIfRAGOnly}`, hybrid: {nextStepIfRAGOnly} is not for it", [], ""),
    ("rag-only-plus: {nextStepIfTraining}", [], ""),
    ("rag-only: {nextStepIfOther}", [], ""),
    ("rag-only: {nextStep}", [], ""),
])  # fmt: skip
def test_fork_s_text_sends_every_architecture_along_its_own_link(text: str, named: Sequence[str], key: str) -> None:
    other = "nextStepIfRAGOnly" if key == "nextStepIfTraining" else "nextStepIfTraining"
    wanted = Finding(f"steps/{ONE}", 5, f"sends {' and '.join(named)} along {key}; the links want {other}")

    assert texts.astray(graph_of(FRONT | {ONE: f"{FORK}\n---\n{text}"}), ARCHITECTURES) == ([wanted] if named else [])
    assert texts.astray(graph_of(FRONT | {ONE: f"{FORK}\n---\n{text}"}), ()) == []


def test_findings_stand_in_the_order_of_their_places() -> None:
    graph = graph_of(FRONT | {ONE: f"{FORK}\n---\nhybrid: {{nextStepIfRAGOnly}}\n\nload {FOUR}\n"})

    assert [each.line for each in texts.astray(graph, ARCHITECTURES)] == [5, 7]


@pytest.mark.parametrize(("text", "leads_on"), [
    ("`{nextStepFile}`", True),
    ("{next_step}", True),
    ("{nextStepIfX}", True),
    ("step-02a-two.md", True),
    ("TRANSITION TO STEP 2", True),
    ("Step 02A", True),
    ("step-2a", True),
    ("the next one", False),
    ("Step 2b, step 20, Steps 1", False),
    ("misstep 2", False),
    ("", False),
])  # fmt: skip
def test_text_leads_on_in_one_of_the_usual_ways(text: str, leads_on: bool) -> None:
    graph = graph_of({ONE: f"nextStep: {TWO}\n---\n# Step 1\n\n{text}\n", TWO: "nextStep: null"})

    silence = f"its text never leads on to {TWO}, its nextStep; is the text cut off?"
    assert texts.silent(graph) == ([] if leads_on else [Finding(f"steps/{ONE}", None, silence)])


@pytest.mark.parametrize(("text", "leads_on"), [("Step 2, step 2a", False), ("step 2b", True), ("{nextStep}", True)])
def test_part_of_the_same_step_is_named_by_its_letter(text: str, leads_on: bool) -> None:
    graph = graph_of({TWO: f"nextStepFile: {THREE}\n---\n{text}", THREE: "nextStep: null"})

    assert (texts.silent(graph) == []) is leads_on


def test_fork_s_text_leads_on_to_each_of_its_links() -> None:
    graph = graph_of({ONE: f"{FORK}\n---\n{{nextStepIfTraining}}, {{nextStep}}", TWO: "name: x", THREE: "name: x"})

    silence = f"its text never leads on to {THREE}, its nextStepIfRAGOnly; is the text cut off?"
    assert texts.silent(graph) == [Finding(f"steps/{ONE}", None, silence)]


def test_link_that_leads_nowhere_is_not_looked_for_in_the_text() -> None:
    assert texts.silent(graph_of({ONE: "nextStep: gone.md", TWO: "nextStep: null"})) == []


def _with_agents(text: str, agent: object, file: str = f"a/../{ONE}") -> StepGraph:
    entries = {"1": {"file": file, "agent": agent}, "2": {"agent": agent}}
    texts_by_path = {"steps/" + ONE: f"---\nname: one\n---\n{text}", "config.yaml": json.dumps({"steps": entries})}
    agents = ("agents/dev.md", "agents/qa.md", "agents/config/dev-agent.xml", "agents/config/qa-agent.xml")
    return step_graph(tree_of(texts_by_path | dict.fromkeys(agents, "x")))


@pytest.mark.parametrize("text", [
    "Load `{workflow_path}/agents/dev.md`.",
    "Load agents/config/dev-agent.xml, compare agents/qa.md",
    "[dev](../agents/dev.md)",
    "agents/{agent}.md",
    "agents/[agent-name].md",
    "agents/gone.md",
])  # fmt: skip
def test_text_may_name_its_agent_in_several_ways(text: str) -> None:
    graph = _with_agents(text, "dev.md")

    assert (texts.other_agents(graph), texts.without_agent(graph)) == ([], [])


@pytest.mark.parametrize(("text", "line", "path"), [
    ("# One\n\nLoad `{workflow_path}/agents/qa.md`.", 6, "agents/qa.md"),
    ("agents/gone.md\nagents/config/qa-agent.xml", 5, "agents/config/qa-agent.xml"),
])  # fmt: skip
def test_text_that_names_other_agents_alone_is_said(text: str, line: int, path: str) -> None:
    graph = _with_agents(text, "dev.md")

    message = f"names {path}; config.yaml gives it agents/dev.md, which it never names"
    assert texts.other_agents(graph) == [Finding(f"steps/{ONE}", line, message)]
    assert texts.without_agent(graph) == []


def test_text_that_names_no_agent_is_said() -> None:
    graph = _with_agents("Load the agent of this step from src/agents/dev.md.", "dev.md")

    message = "names no agent; config.yaml gives it agents/dev.md; is the text cut off?"
    assert (texts.other_agents(graph), texts.without_agent(graph)) == ([], [Finding(f"steps/{ONE}", None, message)])


@pytest.mark.parametrize(("agent", "file"), [(None, ONE), (7, ONE), ("gone.md", ONE), ("dev.md", "step-09-gone.md")])
def test_step_without_an_agent_or_a_file_is_left_to_others(agent: object, file: str) -> None:
    graph = _with_agents("agents/qa.md", agent, file)

    assert (texts.other_agents(graph), texts.without_agent(graph)) == ([], [])
