"""Plan 2.1: the smoke test, T-0 to T+15 min. Any failure stops the deployment."""

from __future__ import annotations

import posixpath
from collections.abc import Callable

import pytest

from fixtures.claude.project import ClaudeProject
from fixtures.knowledge.handshake import HandshakeError
from fixtures.knowledge.server import KnowledgeServer, health_findings, median, response_times
from fixtures.workflow import agents as agent_checks
from fixtures.workflow import config as workflowconfig
from fixtures.workflow import mentions, steps, texts
from fixtures.workflow.agents import AgentFiles
from fixtures.workflow.config import WorkflowConfig
from fixtures.workflow.steps import StepGraph
from fixtures.workflow.tree import WorkflowTree, composition_findings, syntax_findings
from gate.checklist import Release, verifies
from gate.measure import Measure, Recorder


@pytest.fixture(scope="module")
def config(workflow: WorkflowTree) -> WorkflowConfig:
    """config.yaml, beside the tree that it describes."""
    found = workflowconfig.config_of(workflow)
    if found is None:
        pytest.fail(f"{workflow.root}: config.yaml is missing; expected it beside workflow.md", pytrace=False)
    return found


@pytest.fixture(scope="module")
def agents(workflow: WorkflowTree) -> AgentFiles:
    """The agent files of the workflow."""
    return agent_checks.agent_files(workflow)


@pytest.fixture(scope="module")
def graph(workflow: WorkflowTree) -> StepGraph:
    """The steps of the workflow and what leads where."""
    found = steps.step_graph(workflow)
    if not found.steps:
        pytest.fail(f"{workflow.root}: no step file below steps/, nothing verified", pytrace=False)
    return found


# 2.1.1 Syntax of every workflow file


@verifies("2.1.1")
def test_every_file_of_the_release_is_there(workflow: WorkflowTree, release: Release, findings: Recorder) -> None:
    """A missing file is found by a user in mid-workflow; a stray one was never reviewed."""
    wrong = findings.blocking(composition_findings(workflow, release.composition))

    assert not wrong, f"{len(workflow.files)} files instead of the release's {release.files}:\n{wrong}"


@verifies("2.1.1")
def test_every_file_is_valid_for_its_kind(workflow: WorkflowTree, findings: Recorder, measure: Measure) -> None:
    """Claude reads broken YAML, XML and Markdown without complaint and works with what is left of it."""
    by_file = syntax_findings(workflow)
    wrong = findings.blocking(found for each in by_file.values() for found in each)

    measure("files valid", sum(not each for each in by_file.values()))

    assert not wrong, str(wrong)


# 2.1.2 Knowledge MCP answers


@verifies("2.1.2")
def test_knowledge_server_is_healthy_with_every_service(
    knowledge: KnowledgeServer, release: Release, findings: Recorder
) -> None:
    """A server whose database is down still answers every tool, with hollow results."""
    unhealthy = findings.blocking(health_findings(knowledge.health, release.knowledge_services))

    assert not unhealthy, f"{knowledge.label}:\n{unhealthy}"


@verifies("2.1.2")
def test_knowledge_server_answers_quickly(knowledge: KnowledgeServer, measure: Measure) -> None:
    """Every step asks the server several times: slow answers add up to minutes of waiting."""
    answered = [answer for answer in knowledge.health if answer.status == 200 and not answer.error]
    assert answered, f"{knowledge.label}: no answer of /health to time"
    times = response_times(answered)

    measure("response time", median(times), samples=times)


@verifies("2.1.2")
def test_knowledge_server_speaks_mcp(
    knowledge: KnowledgeServer, record_property: Callable[[str, object], None]
) -> None:
    """A web server that answers 200 is not yet an MCP server: only a finished handshake shows that."""
    handshake = knowledge.handshake

    assert not isinstance(handshake, HandshakeError), f"{knowledge.label}: {handshake}"
    record_property("transport", f"{handshake.transport}, protocol {handshake.protocol}, {handshake.server}")


# 2.1.3 Claude Code finds the workflow's command


@verifies("2.1.3")
def test_smoke_command_is_accessible(claude: ClaudeProject, release: Release, findings: Recorder) -> None:
    """Users start the implementation with this command."""
    findings.degrading(claude.doubts())

    absent = claude.absence(release.smoke_command)

    assert not absent, absent


@verifies("2.1.3")
def test_everything_the_smoke_command_loads_is_there(
    claude: ClaudeProject, release: Release, findings: Recorder
) -> None:
    """Claude Code drops a missing @file without a word: the command is listed, and does something else."""
    command = claude.commands.get(release.smoke_command)
    if command is None:
        unread = f"{release.smoke_command} is listed, but its file was not found: what it loads cannot be verified"
        pytest.fail(claude.absence(release.smoke_command) or unread, pytrace=False)

    broken = findings.blocking(claude.broken_references(command))

    assert not broken, f"{command.name} is listed, but it loads what is not there:\n{broken}"


# 2.1.4 config.yaml is valid YAML


@verifies("2.1.4")
def test_config_is_yaml_without_errors(config: WorkflowConfig, findings: Recorder) -> None:
    """A key given twice is no error to most parsers: they take one of the two."""
    errors = findings.blocking(workflowconfig.lint(config.file))

    assert not errors, str(errors)


@verifies("2.1.4")
def test_config_has_all_its_sections(config: WorkflowConfig, release: Release, findings: Recorder) -> None:
    """Steps look their settings up by section; a missing one sends Claude guessing."""
    wrong = findings.blocking(
        [
            *workflowconfig.missing_sections(config),
            *workflowconfig.unknown_architectures(config, release.architectures),
            *workflowconfig.phase_contradictions(config),
        ]
    )

    assert not wrong, str(wrong)


@verifies("2.1.4")
def test_everything_config_names_exists(config: WorkflowConfig, findings: Recorder) -> None:
    """config.yaml is how Claude finds steps and agents."""
    assert config.steps, f"{config.file.path}: names no steps, nothing verified"

    missing = findings.blocking(workflowconfig.missing_files(config))

    assert not missing, str(missing)


@verifies("2.1.4")
def test_config_leaves_no_step_and_no_agent_out(config: WorkflowConfig, findings: Recorder) -> None:
    """A step outside the sequence is never run, an agent nobody names never speaks."""
    unlisted = findings.blocking(workflowconfig.unlisted_files(config))

    assert not unlisted, str(unlisted)


# 2.1.5 All agents with their configurations


@verifies("2.1.5")
def test_every_agent_has_both_files(agents: AgentFiles, release: Release, findings: Recorder, measure: Measure) -> None:
    """An agent without its XML has no persona, one without its Markdown cannot be loaded."""
    missing = findings.blocking(agent_checks.missing(agents, release.agents))
    descriptions, configurations = len(agents.descriptions), len(agents.configurations)

    assert not missing, str(missing)
    measure("agent descriptions", descriptions)
    measure("agent configurations", configurations)
    measure("agent files", descriptions + configurations)


@verifies("2.1.5")
def test_no_file_below_agents_is_a_stranger(agents: AgentFiles, release: Release, findings: Recorder) -> None:
    """A misnamed file looks present and is never read."""
    strangers = findings.blocking(agent_checks.unexpected(agents, release.agents))

    assert not strangers, str(strangers)


@verifies("2.1.5")
def test_each_agent_names_its_own_configuration(workflow: WorkflowTree, agents: AgentFiles, findings: Recorder) -> None:
    """With another agent's XML behind its name, an agent speaks with another's voice."""
    findings.degrading(agent_checks.stale_references(workflow, agents))
    assert agents.descriptions, f"{workflow.root}: no agent below agents/, nothing verified"

    unpaired = findings.blocking(agent_checks.unpaired(agents))

    assert not unpaired, str(unpaired)


# 2.1.6 Every step leads to the next one


@verifies("2.1.6")
def test_every_step_leads_to_a_step_that_exists(graph: StepGraph, findings: Recorder) -> None:
    """A broken link strands the user in mid-workflow, hours into a project."""
    assert graph.links, f"{graph.tree.root}: no step names a successor, nothing verified"
    findings.degrading(link.finding for link in graph.links if link.target and link.by_own_folder)

    broken = findings.blocking(link.finding for link in graph.links if link.target is None)

    assert not broken, f"{len(broken)} of {len(graph.links)} step links lead nowhere:\n{broken}"


@verifies("2.1.6")
def test_only_the_last_step_ends_the_workflow(graph: StepGraph, findings: Recorder) -> None:
    """A step without a successor looks like the end to Claude."""
    wrong = findings.blocking([*steps.dead_ends(graph), *steps.backward_links(graph), *steps.config_links(graph)])

    assert not wrong, str(wrong)


@verifies("2.1.6")
def test_every_step_can_be_reached_and_none_comes_twice(graph: StepGraph, findings: Recorder) -> None:
    """An unreachable step is never run; a cycle never ends."""
    wrong = findings.blocking([*steps.unreachable(graph), *steps.cycles(graph)])

    assert not wrong, str(wrong)


@verifies("2.1.6")
def test_step_numbers_are_complete(graph: StepGraph, release: Release) -> None:
    """The plan counts eleven steps; the parts of a split step are one."""
    numbers = sorted({step.number for step in graph.steps})

    expected = list(range(1, release.steps + 1))
    assert numbers == expected, f"{graph.tree.root}: step numbers {numbers}; expected {expected}"


@verifies("2.1.6")
def test_step_texts_mention_only_links_that_they_have(graph: StepGraph, findings: Recorder) -> None:
    """Claude follows the text; a `{nextStepFile}` that stands for nothing makes it invent a file."""
    wrong = findings.blocking(steps.mentions(graph))

    assert not wrong, str(wrong)


@verifies("2.1.6")
def test_step_texts_lead_where_the_links_do(graph: StepGraph, release: Release, findings: Recorder) -> None:
    """Claude follows the text: sound links are no help where it sends users elsewhere, or ends half-way."""
    assert graph.links, f"{graph.tree.root}: no step names a successor, nothing verified"
    findings.degrading(texts.silent(graph))

    wrong = findings.blocking(texts.astray(graph, release.architectures))

    assert not wrong, str(wrong)


@verifies("2.1.6")
def test_every_step_loads_the_agent_that_config_gives_it(graph: StepGraph, findings: Recorder) -> None:
    """With another agent's persona a step asks what that one would; config.yaml and the text have to agree."""
    assert graph.sequence, "config.yaml: has no sequence of steps, nothing verified"
    findings.degrading(texts.without_agent(graph))

    wrong = findings.blocking(texts.other_agents(graph))

    assert not wrong, str(wrong)


@verifies("2.1.6")
def test_every_architecture_has_a_path_to_the_last_step(graph: StepGraph, release: Release, findings: Recorder) -> None:
    """Links and config.yaml have to tell the same way, for each kind of project."""
    assert graph.sequence, "config.yaml: has no sequence of steps to compare the links with"
    wrong = findings.blocking(
        found for architecture in release.architectures for found in steps.path_findings(graph, architecture)
    )

    assert not wrong, str(wrong)


@verifies("2.1.6")
def test_every_step_finds_its_inputs_written(graph: StepGraph, release: Release, findings: Recorder) -> None:
    """A step that reads what nobody wrote stops the user, on this architecture's path only."""
    assert graph.sequence, "config.yaml: has no sequence of steps, nothing verified"
    wrong = findings.blocking(
        found for architecture in release.architectures for found in steps.unfed_inputs(graph, architecture)
    )

    assert not wrong, str(wrong)


@verifies("2.1.6")
def test_whatever_steps_point_at_exists(graph: StepGraph, findings: Recorder) -> None:
    """A dangling pointer does not strand the user, but Claude makes up what it does not find: degraded."""
    pointed = [mention for step in graph.steps for mention in mentions.mentions_of(step.file)]
    agents = [mention for mention in pointed if posixpath.dirname(mention.path) == "agents"]
    findings.degrading(mentions.dangling(graph))

    assert agents, f"{graph.tree.root}: no step loads an agent, nothing verified"
