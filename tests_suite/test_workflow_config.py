"""config.yaml: each contradiction, within it and with the tree, by its line and with nothing else."""

from __future__ import annotations

import pytest

from fixtures.finding import Finding
from fixtures.textfile import TextFile
from fixtures.workflow import config as workflowconfig
from fixtures.workflow.config import WorkflowConfig, config_of, lint
from tests_suite.small_workflows import tree_of

TREE = dict.fromkeys(("agents/dev.md", "agents/config/dev-agent.xml", "agents/ops.md", "steps/step-01-one.md",
                      "steps/a/step-02-two.md", "templates/x.template.md", "checklists/x.md"), "text")  # fmt: skip
SOUND = """\
name: x
version: 1.0.0
paths:
  steps_folder: steps
  agents_folder: ./agents/
  templates_folder: templates
  checklists_folder: checklists
knowledge_mcp: {url: x}
architecture_options: [a, b]
phase_folders:
- name: first
  steps: [1]
- name: second
  steps: ['2a']
agents: {1: dev.md, 2: ops.md}
steps:
  1:
    file: step-01-one.md
    agent: dev.md
    phase: first
  2a: {file: a/step-02-two.md, agent: ops.md, phase: second}
bmm_integration: {x: y}
"""


def config(text: str, **texts: str) -> WorkflowConfig:
    """A config.yaml in a small tree."""
    found = config_of(tree_of({**TREE, "config.yaml": text, **texts}))
    assert found is not None
    return found


def changed(*changes: tuple[str, str]) -> WorkflowConfig:
    """The sound configuration with some of its text replaced."""
    text = SOUND
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return config(text)


def everything(read: WorkflowConfig) -> list[Finding]:
    """What all of the checks find."""
    return [
        *lint(read.file),
        *workflowconfig.missing_sections(read),
        *workflowconfig.missing_files(read),
        *workflowconfig.unlisted_files(read),
        *workflowconfig.phase_contradictions(read),
        *workflowconfig.unknown_architectures(read, ("b", "a")),
    ]


def found(*findings: tuple[int | None, str]) -> list[Finding]:
    """Findings about config.yaml."""
    return [Finding("config.yaml", line, message) for line, message in findings]


def test_sound_configuration_has_nothing_wrong_with_it() -> None:
    assert everything(config(SOUND)) == []


def test_tree_without_a_configuration_has_none() -> None:
    assert config_of(tree_of(TREE)) is None


@pytest.mark.parametrize("text", ["", "- a\n- list\n", "name: {\n"])
def test_configuration_that_is_no_mapping_has_empty_sections_and_is_named_once_by_each_check(text: str) -> None:
    read = config(text)

    assert (read.data, read.steps, read.section("name"), read.section("paths")) == ({}, {}, "", {})
    assert read.section("phase_folders") == []
    assert read.finding("a message", "name") == Finding("config.yaml", None, "a message")
    assert workflowconfig.missing_sections(read) == found(
        (None, "has no sections: it is empty, no YAML, or a list instead of keys and values")
    )
    assert workflowconfig.unlisted_files(read) == found((None, "names no steps: it leaves all of them out"))
    assert workflowconfig.phase_contradictions(read) == []
    assert workflowconfig.unknown_architectures(read, ("a",)) == []


@pytest.mark.parametrize(("text", "findings"), [
    ("a: 1\n", []),
    ("a: [\n", [(2, "while parsing a flow node, did not find expected node content")]),
    ("a: 1\na: 2\n", [(2, "key 'a' stands twice, first in line 1; a parser keeps only one")]),
    ("a: 1\n1: x\n'1': y\n", [(3, 'duplication of key "1" in mapping (key-duplicates)')]),
    ("a:\tb\n", [(1, "syntax error: found character '\\t' that cannot start any token (syntax)")]),
    ("a:   [ 1,2 ]\n\n\n\n\nb: {x:  y}  \nc:\n      - " + "x" * 200, []),
])  # fmt: skip
def test_only_what_parsers_refuse_or_disagree_about_is_an_error(text: str, findings: list[tuple[int, str]]) -> None:
    fault = Finding("config.yaml", 9, "a fault of its bytes")

    assert lint(TextFile("config.yaml", b"", text, (fault,))) == [fault, *found(*findings)]


def test_each_section_is_named_that_is_missing_or_of_another_kind_or_empty() -> None:
    text = "name: '  '\nversion: 1\npaths: []\narchitecture_options: {}\nphase_folders: []\nagents: {}\nsteps: {1: x}\n"

    assert workflowconfig.missing_sections(config(text)) == found(
        (1, "section name is empty or no text"),
        (2, "section version is empty or no text"),
        (3, "section paths is empty or no keys and values"),
        (None, "section knowledge_mcp is missing; expected keys and values"),
        (4, "section architecture_options is empty or no list"),
        (5, "section phase_folders is empty or no list"),
        (6, "section agents is empty or no keys and values"),
        (None, "section bmm_integration is missing; expected keys and values"),
    )
    assert workflowconfig.missing_sections(config("x: y")) == found(*[
        (None, f"section {name} is missing; expected {kind}")
        for name, kind in [
            ("name", "a text"), ("version", "a text"), ("paths", "keys and values"),
            ("knowledge_mcp", "keys and values"), ("architecture_options", "a list"), ("phase_folders", "a list"),
            ("agents", "keys and values"), ("steps", "keys and values"), ("bmm_integration", "keys and values"),
        ]
    ])  # fmt: skip


def test_each_folder_that_the_configuration_names_has_to_be_that_of_the_workflow() -> None:
    read = changed(("  steps_folder: steps\n", ""), ("./agents/", "[agents]"), ("folder: templates", "folder: gone"),
                   ("folder: checklists", "folder: agents/config"))  # fmt: skip

    assert workflowconfig.missing_files(read) == found(
        (3, "paths.steps_folder is missing; expected a folder of the workflow"),
        (3, "paths.agents_folder is missing; expected a folder of the workflow"),
        (5, "paths.templates_folder: folder 'gone' does not exist"),
        (6, "paths.checklists_folder is 'agents/config'; the checklists are in 'checklists'"),
    )


def test_each_file_that_the_configuration_names_has_to_exist() -> None:
    read = changed(
        ("{1: dev.md, 2: ops.md}", "{1: gone.md, 2: config/dev-agent.xml, 3: '', 4: [x], 5: ~}"),
        ("    file: step-01-one.md\n    agent: dev.md", "    file: step-02-two.md\n    agent: ./dev.md"),
        ("agent: ops.md", "agent: Ops.md"),
        ("bmm_integration", "  3: {agent: ~}\n  4: step-01-one.md\n  5: {file: step-01-one.md, agent: ''}\n"
                            "bmm_integration"),
    )  # fmt: skip

    assert workflowconfig.missing_files(read) == found(
        (23, "steps.4 holds no keys; expected file and agent"),
        (15, "agents.1: agents/gone.md does not exist"),
        (15, "agents.2: agents/config/dev-agent.xml is no agent; expected NAME.md"),
        (15, "agents.3 names no file: ''"),
        (15, "agents.4 names no file: ['x']"),
        (15, "agents.5 names no file"),
        (18, "steps.1.file: steps/step-02-two.md does not exist"),
        (21, "steps.2a.agent: agents/Ops.md does not exist"),
        (22, "steps.3.file names no file"),
        (24, "steps.5.agent names no file: ''"),
    )


def test_file_of_the_tree_that_neither_the_configuration_nor_a_step_names_is_left_out_of_the_workflow() -> None:
    texts = dict.fromkeys(("agents/a.md", "agents/b.md", "agents/c.md", "agents/d.md", "agents/config/a.md",
                           "steps/step-03-three.md", "steps/notes.txt", "steps/b/step-02-two.md"), "text")  # fmt: skip
    texts["steps/step-01-one.md"] = "see agents/b.md"
    text = SOUND.replace("file: a/step", "file: ./a/../a/step").replace("agent: ops.md", "agent: c.md")

    assert workflowconfig.unlisted_files(config(text, **texts)) == [
        Finding("steps/b/step-02-two.md", None, "is in no entry of config.yaml's steps"),
        Finding("steps/step-03-three.md", None, "is in no entry of config.yaml's steps"),
        Finding("agents/a.md", None, "is neither in config.yaml's agents nor named by a step"),
        Finding("agents/d.md", None, "is neither in config.yaml's agents nor named by a step"),
    ]


def test_step_has_the_agent_that_the_roster_has_for_its_number() -> None:
    read = changed(("{1: dev.md, 2: ops.md}", "{1: ops.md, 2: dev.md, 3: dev.md}"),
                   ("    agent: dev.md", "    agent: ~"),
                   ("{file: a/step-02-two.md, agent: ops.md,", "{file: a/step-02-two.md,\n       agent: ops.md,"),
                   ("bmm_integration", "  2b: {agent: dev.md}\n  9: {agent: dev.md}\nbmm_integration"))  # fmt: skip

    assert workflowconfig.phase_contradictions(read) == found(
        (22, "step 2a has the agent 'ops.md', the section agents has 'dev.md' for step 2")
    )


def test_phase_folders_and_the_phases_of_the_steps_have_to_agree() -> None:
    read = changed(
        ("steps: [1]", "steps: [1, 2a, 7]"),
        ("- name: second\n  steps: ['2a']",
         "- no folder\n- name: second\n  steps: 2a\n- [x]\n- name: 3\n  steps: [3, 4]"),
        ("bmm_integration", "  3: {phase: 3}\n  4: {}\n  5: {phase: third}\n  6: {phase: first}\nbmm_integration"),
    )  # fmt: skip

    assert workflowconfig.phase_contradictions(read) == found(
        (13, "phase_folders[1] holds no keys; expected name and steps"),
        (16, "phase_folders[3] holds no keys; expected name and steps"),
        (12, "phase folder first lists step 2a, whose phase is 'second'"),
        (12, "phase folder first lists step 7, which steps does not have"),
        (18, "phase folder 3 lists step 3, whose phase is 3"),
        (25, "step 2a says phase 'second', whose folder does not list it"),
        (28, "step 5 is in phase 'third', which is no phase folder"),
        (29, "step 6 says phase 'first', whose folder does not list it"),
    )


def test_configuration_without_phase_folders_contradicts_no_phase() -> None:
    read = config("steps: {1: {phase: first, agent: a.md}}\nagents: {1: b.md}\nphase_folders: [none]\n")

    assert workflowconfig.phase_contradictions(read) == found(
        (1, "step 1 has the agent 'a.md', the section agents has 'b.md' for step 1"),
        (3, "phase_folders[0] holds no keys; expected name and steps"),
    )


def test_architectures_of_the_release_are_those_on_offer() -> None:
    read = changed(("[a, b]", "[c, a, 1]"))

    assert workflowconfig.unknown_architectures(read, ("a", "b", "1", "d")) == found(
        (9, "architecture_options lacks 'b'"),
        (9, "architecture_options lacks 'd'"),
        (9, "architecture_options has 'c', which the release does not know"),
    )
