"""Faults of config.yaml as such: its syntax and its sections (2.1.4)."""

from __future__ import annotations

from tests_suite.faults.changes import (
    CONFIG,
    STEP,
    all_of,
    appended,
    prepended,
    replaced,
    rewritten,
    section,
    without_section,
    written,
)
from tests_suite.faults.world import Fault

CONTENT = {"2.1.4": "failed"}
# Without its sections nobody knows in which order the steps should come.
UNREADABLE = {"2.1.1": "failed", "2.1.4": "failed", "2.1.6": "failed"}
CONTENT_AND_PATHS = {"2.1.4": "failed", "2.1.6": "failed"}
NO_SEQUENCE = "2.1.6 :: config.yaml: has no sequence of steps to compare the links with"
DEEP = "deep: " + "[" * 100_000 + "]" * 100_000 + "\n"

SYNTAX = [
    Fault(
        "config.yaml is indented with a tab",
        replaced(CONFIG, '  steps_folder: "steps"', '\tsteps_folder: "steps"'),
        UNREADABLE,
        ("2.1.1 config.yaml:41: no valid YAML: ", "2.1.4 config.yaml:41: ", NO_SEQUENCE),
    ),
    Fault(
        "config.yaml is indented unevenly",
        replaced(CONFIG, '  agents_folder: "agents"', '   agents_folder: "agents"'),
        UNREADABLE,
        ("2.1.1 config.yaml:42: no valid YAML: ", "2.1.4 config.yaml:42: ", NO_SEQUENCE),
    ),
    Fault(
        "config.yaml has a bracket that is not closed",
        replaced(CONFIG, "steps: [6, 7]", "steps: [6, 7"),
        UNREADABLE,
        ("2.1.1 config.yaml:92: no valid YAML: ", "2.1.4 config.yaml:92: ", NO_SEQUENCE),
    ),
    Fault(
        "config.yaml has a quote that is not closed",
        replaced(CONFIG, 'dev_workflow: "dev-story"', 'dev_workflow: "dev-story'),
        UNREADABLE,
        ("2.1.1 config.yaml:", "2.1.4 config.yaml:280: "),
    ),
    Fault(
        "config.yaml has a colon that is not quoted",
        replaced(CONFIG, 'description: "From', "description: Note: from"),
        UNREADABLE,
        (
            "2.1.1 config.yaml:9: no valid YAML: mapping values are not allowed",
            "2.1.4 config.yaml:9: mapping values are not allowed",
        ),
    ),
    Fault(
        "config.yaml still holds a placeholder of its template",
        replaced(CONFIG, "name: ai-engineering-workflow", "name: {{WORKFLOW_NAME}}"),
        UNREADABLE,
        ("2.1.1 config.yaml:7: no valid YAML: ", "2.1.4 config.yaml:7: "),
    ),
    Fault(
        "config.yaml has a section twice",
        appended(CONFIG, '\nstory_prefixes:\n  2: "ARCH"\n'),
        UNREADABLE,
        (
            "2.1.1 config.yaml:282: no valid YAML: key 'story_prefixes' stands twice, first in line 261",
            "2.1.4 config.yaml:282: key 'story_prefixes' stands twice, first in line 261",
        ),
    ),
    Fault(
        "config.yaml has a nested key twice",
        replaced(CONFIG, '    reads_from: "rag-spec.md"', '    output: "x.md"\n    reads_from: "rag-spec.md"'),
        UNREADABLE,
        (
            "2.1.1 config.yaml:201: no valid YAML: key 'output' stands twice, first in line 199",
            "2.1.4 config.yaml:201: key 'output' stands twice, first in line 199",
        ),
    ),
    Fault(
        "config.yaml has a step twice, and yamllint is told to look away",
        all_of(prepended(CONFIG, "# yamllint disable\n"), replaced(CONFIG, "\n  6:\n    file", "\n  5:\n    file")),
        UNREADABLE,
        ("2.1.4 config.yaml:189: key '5' stands twice, first in line 181",),
    ),
    Fault(
        "config.yaml has a step twice, once as a number and once as a text",
        replaced(CONFIG, "\n  11:\n    file", '\n  "10":\n    file'),
        CONTENT_AND_PATHS,
        ('2.1.4 config.yaml:226: duplication of key "10" in mapping (key-duplicates)',),
    ),
    Fault(
        "config.yaml has a date that no calendar has",
        replaced(CONFIG, "\n# Paths\n", "released: 2026-13-01\n# Paths\n"),
        UNREADABLE,
        ("2.1.1 config.yaml:10: no valid YAML: not a valid timestamp", "2.1.4 config.yaml:10: not a valid timestamp"),
    ),
    Fault(
        "config.yaml has a tag that only one program knows",
        replaced(CONFIG, 'output_folder: "', 'output_folder: !path "'),
        UNREADABLE,
        ("2.1.1 config.yaml:38: no valid YAML: ", "2.1.4 config.yaml:38: ", "'!path'"),
    ),
    Fault(
        "config.yaml names an anchor that it does not define",
        replaced(CONFIG, 'story_format: "bmm-compliant"', "story_format: *format"),
        UNREADABLE,
        ("2.1.1 config.yaml:280: no valid YAML: ", "2.1.4 config.yaml:280: "),
    ),
    Fault(
        "config.yaml holds a character that YAML does not have",
        replaced(CONFIG, "From business need", "From business\u0007 need"),
        UNREADABLE,
        ("2.1.1 config.yaml:9: no valid YAML: character U+0007", "2.1.4 config.yaml:9: "),
    ),
    Fault(
        "config.yaml is nested deeper than a parser can go",
        appended(CONFIG, DEEP),
        UNREADABLE,
        ("2.1.1 config.yaml:281: no valid YAML: nested more than", "2.1.4 config.yaml:281: nested more than"),
    ),
    Fault(
        "config.yaml is a list",
        rewritten(CONFIG, lambda raw: b"- first\n- second\n"),
        UNREADABLE,
        ("2.1.1 config.yaml:1: holds no keys", "2.1.4 config.yaml:: has no sections"),
    ),
    Fault(
        "config.yaml is one word",
        written(CONFIG, "later\n"),
        UNREADABLE,
        ("2.1.1 config.yaml:1: holds no keys", "2.1.4 config.yaml:: has no sections"),
    ),
]

SECTIONS = [
    *(
        Fault(
            f"config.yaml lacks its {name}",
            without_section(name),
            CONTENT,
            (f"2.1.4 config.yaml:: section {name} is missing; expected ",),
        )
        for name in ("name", "version", "paths", "knowledge_mcp", "architecture_options", "agents", "bmm_integration")
    ),
    Fault(
        "config.yaml lacks its phase folders",
        without_section("phase_folders"),
        CONTENT_AND_PATHS,
        (
            "2.1.4 config.yaml:: section phase_folders is missing; expected a list",
            f"2.1.6 {STEP['4']}:11: rag-only: nextStepIfRAGOnly leads to 3-inference/step-06-rag-specialist.md; "
            "config.yaml goes on to 2-training/step-05-fine-tuning-specialist.md",
        ),
    ),
    Fault(
        "config.yaml lacks its steps",
        without_section("steps"),
        CONTENT_AND_PATHS,
        (
            "2.1.4 config.yaml:: section steps is missing; expected keys and values",
            "2.1.4 config.yaml:: names no steps: it leaves all of them out",
            NO_SEQUENCE,
        ),
    ),
    Fault(
        "config.yaml's version is a number",
        section("version", "version: 2.0\n"),
        CONTENT,
        ("2.1.4 config.yaml:8: section version is empty or no text",),
    ),
    Fault(
        "config.yaml's name is blank",
        section("name", 'name: "  "\n'),
        CONTENT,
        ("2.1.4 config.yaml:7: section name is empty or no text",),
    ),
    Fault(
        "config.yaml's steps are a list",
        section("steps", 'steps:\n  - file: "0-scoping/step-01-business-analyst.md"\n'),
        CONTENT_AND_PATHS,
        ("2.1.4 config.yaml:135: section steps is empty or no keys and values", NO_SEQUENCE),
    ),
    Fault(
        "config.yaml's agents are a list",
        section("agents", 'agents: ["dev.md"]\n'),
        CONTENT,
        ("2.1.4 config.yaml:109: section agents is empty or no keys and values",),
    ),
    Fault(
        "config.yaml's phase folders are names only",
        section("phase_folders", "phase_folders: [phase-0-scoping, phase-1-feature]\n"),
        CONTENT_AND_PATHS,
        ("2.1.4 config.yaml:73: phase_folders[0] holds no keys; expected name and steps",),
    ),
    Fault(
        "config.yaml's knowledge server is empty",
        section("knowledge_mcp", "knowledge_mcp: {}\n"),
        CONTENT,
        ("2.1.4 config.yaml:50: section knowledge_mcp is empty or no keys and values",),
    ),
    Fault(
        "config.yaml's integration is null",
        section("bmm_integration", "bmm_integration:\n"),
        CONTENT,
        ("2.1.4 config.yaml:277: section bmm_integration is empty or no keys and values",),
    ),
]

FAULTS = [*SYNTAX, *SECTIONS]
