"""Faults of the set of files: one of each kind missing, one of each kind too many (2.1.1 and whoever needs it)."""

from __future__ import annotations

from tests_suite.faults.changes import (
    CHECKLIST,
    CHUNKING,
    CONFIG,
    PLAN,
    STEP,
    agent,
    all_of,
    copied,
    in_place_of,
    linked,
    removed,
    renamed,
    written,
    xml,
)
from tests_suite.faults.world import Fault

SYNTAX = {"2.1.1": "failed"}
STEP_GONE = {"2.1.1": "failed", "2.1.4": "failed", "2.1.6": "failed"}
SPARE_STEP = """---
name: 'step-06b-spare'
description: 'A step that no other one leads to'
config: '../../config.yaml'
nextStep: '3-inference/step-07-prompt-engineer.md'
---

# Spare

Load `{nextStepFile}`.
"""
REVIEWER = "---\nname: Reviewer\ndescription: Reads.\n---\nSee config/reviewer-agent.xml.\n"

MISSING = [
    Fault(
        "a step is missing",
        removed(STEP["2b"]),
        STEP_GONE,
        (
            "2.1.1 :: steps/*/*.md: found 12 of 13 files",
            "2.1.4 config.yaml:151: steps.2b.file: steps/0-scoping/step-02b-tech-stack.md does not exist",
            f"2.1.6 {STEP['2a']}:9: nextStep leads to '0-scoping/step-02b-tech-stack.md', which does not exist",
            f"2.1.6 {STEP['3a']}:: cannot be reached from 0-scoping/step-01-business-analyst.md, nor can 9 others",
        ),
    ),
    Fault(
        "a step that an agent refers to is missing",
        removed(STEP["7"]),
        {**STEP_GONE, "2.1.5": "degraded"},
        (
            "2.1.4 config.yaml:196: steps.7.file",
            f"2.1.5 {agent('prompt-engineer')}:7: referenced_by names {STEP['7']}, which does not exist",
            f"2.1.6 {STEP['6']}:9: nextStep leads to",
        ),
    ),
    Fault(
        "the first step is missing",
        removed(STEP["1"]),
        {**STEP_GONE, "2.1.5": "degraded"},
        (f"2.1.6 workflow.md:146: leads to {STEP['1']}, which does not exist", "step numbers [2, 3,"),
    ),
    Fault(
        "the last step is missing",
        removed(STEP["11"]),
        STEP_GONE,
        (
            f"2.1.4 {agent('dev')}:: is neither in config.yaml's agents nor named by a step",
            f"2.1.6 {STEP['10']}:9: nextStep leads to '6-integration/step-11-story-elaborator.md'",
        ),
    ),
    Fault(
        "an empty folder stands in place of a step",
        in_place_of(STEP["3b"], lambda path: path.mkdir()),
        STEP_GONE,
        ("2.1.1 :: steps/*/*.md: found 12 of 13 files", f"2.1.6 {STEP['3a']}:9: nextStep leads to"),
    ),
    Fault(
        "all steps are missing",
        removed("steps"),
        {**STEP_GONE, "2.1.5": "degraded"},
        (
            "2.1.1 :: steps/*/*.md: found 0 of 13 files",
            "2.1.4 config.yaml:41: paths.steps_folder: folder 'steps' does not exist",
            "no step file below steps/, nothing verified",
        ),
    ),
    Fault(
        "a template for people is missing",
        removed("templates/decision-log.template.md"),
        {"2.1.1": "failed", "2.1.6": "degraded"},
        (
            "2.1.1 :: templates/**/*: found 12 of 13 files",
            f"2.1.6 {STEP['1']}:55: points at {{workflow_path}}/templates/decision-log.template.md",
        ),
    ),
    Fault(
        "a template of a configuration is missing",
        removed(CHUNKING),
        {"2.1.1": "failed", "2.1.6": "degraded"},
        ("2.1.1 :: templates/**/*: found 12 of 13 files", f"2.1.6 {STEP['4']}:118: points at"),
    ),
    Fault(
        "a checklist is missing",
        removed(CHECKLIST),
        {"2.1.1": "failed", "2.1.6": "degraded"},
        ("2.1.1 :: checklists/*.md: found 3 of 4 files", f"2.1.6 {STEP['8']}:166: points at"),
    ),
    Fault(
        "all checklists are missing",
        removed("checklists"),
        {"2.1.1": "failed", "2.1.4": "failed", "2.1.6": "degraded"},
        (
            "2.1.1 :: checklists/*.md: found 0 of 4 files",
            "2.1.4 config.yaml:44: paths.checklists_folder: folder 'checklists' does not exist",
        ),
    ),
    Fault(
        "config.yaml is missing",
        removed(CONFIG),
        STEP_GONE,
        (
            "2.1.1 :: config.yaml: found 0 of 1 files",
            "config.yaml is missing; expected it beside workflow.md",
            "2.1.6 :: config.yaml: has no sequence of steps",
        ),
    ),
    Fault("config.yaml is named config.yml", renamed(CONFIG, "config.yml"), STEP_GONE, ("config.yaml is missing",)),
    Fault(
        "workflow.md is missing",
        removed("workflow.md"),
        SYNTAX,
        ("2.1.1 :: workflow.md: found 0 of 1 files",),
    ),
    Fault(
        "the workflow plan is missing",
        removed(PLAN),
        SYNTAX,
        ("2.1.1 :: workflow-plan-*.md: found 0 of 1 files",),
    ),
]

STRAY = [
    Fault(
        "a step too many",
        written("steps/3-inference/step-06b-spare.md", SPARE_STEP),
        STEP_GONE,
        (
            "2.1.1 :: steps/*/*.md: found 14 of 13 files",
            "2.1.4 steps/3-inference/step-06b-spare.md:: is in no entry of config.yaml's steps",
            "2.1.6 steps/3-inference/step-06b-spare.md:: cannot be reached from",
        ),
    ),
    Fault(
        "an old copy of a step lies in a folder below its own",
        written("steps/3-inference/old/step-06b-spare.md", SPARE_STEP.replace("../../", "../../../")),
        STEP_GONE,
        ("2.1.1 steps/3-inference/old/step-06b-spare.md:: does not belong to the release",),
    ),
    Fault(
        "an editor's backup of a step",
        copied(STEP["6"], f"{STEP['6']}.orig"),
        SYNTAX,
        (f"2.1.1 {STEP['6']}.orig:: does not belong to the release",),
    ),
    Fault(
        "notes among the steps",
        written("steps/notes.txt", "Ask about step 4.\n"),
        SYNTAX,
        ("2.1.1 steps/notes.txt:: does not belong to the release", "files valid: 56 files, expected 55"),
    ),
    Fault(
        "a program's cache among the steps",
        written("steps/__pycache__/tool.cpython-311.pyc", b"\xa7\r\r\n\0\0\0\0"),
        SYNTAX,
        ("2.1.1 steps/__pycache__/tool.cpython-311.pyc:: does not belong to the release",),
    ),
    Fault(
        "a stray file whose name is no text",
        written("steps/caf\udce9.md", "# Café\n"),
        {"2.1.1": "failed", "2.1.4": "failed"},
        ("2.1.1 steps/caf\\xe9.md:: does not belong to the release", "2.1.4 steps/caf\\xe9.md:: is in no entry"),
    ),
    Fault(
        "an agent too many, with both files",
        all_of(written(agent("reviewer"), REVIEWER), copied(xml("dev"), xml("reviewer"))),
        {"2.1.1": "failed", "2.1.4": "failed", "2.1.5": "failed"},
        (
            "2.1.1 :: agents/*.md: found 12 of 11 files",
            "2.1.1 :: agents/config/*.xml: found 12 of 11 files",
            f"2.1.4 {agent('reviewer')}:: is neither in config.yaml's agents nor named by a step",
            f"2.1.5 {agent('reviewer')}:: 'reviewer' is no agent of this release",
            f"2.1.5 {xml('reviewer')}:: 'reviewer' is no agent of this release",
        ),
    ),
    Fault(
        "a note among the agents' configurations",
        written("agents/config/README.txt", "One file for each agent.\n"),
        {"2.1.1": "failed", "2.1.5": "failed"},
        (
            "2.1.1 agents/config/README.txt:: does not belong to the release",
            "2.1.5 agents/config/README.txt:: is no agent file",
        ),
    ),
    Fault(
        "a linked folder shows a phase's steps twice",
        linked("steps/3-again", "3-inference"),
        STEP_GONE,
        (
            "2.1.1 :: steps/*/*.md: found 15 of 13 files",
            "2.1.4 steps/3-again/step-06-rag-specialist.md:: is in no entry",
            "2.1.6 steps/3-again/step-06-rag-specialist.md:: cannot be reached",
        ),
    ),
    Fault(
        "a template too many",
        copied(CHUNKING, "templates/config-templates/spare-config.template.yaml"),
        SYNTAX,
        ("2.1.1 :: templates/**/*: found 14 of 13 files",),
    ),
    Fault(
        "a checklist too many",
        copied(CHECKLIST, "checklists/quality-gate-checklist-2.md"),
        SYNTAX,
        ("2.1.1 :: checklists/*.md: found 5 of 4 files", "quality-gate-checklist-2.md"),
    ),
    Fault(
        "a second workflow plan",
        copied(PLAN, "workflow-plan-old.md"),
        SYNTAX,
        ("2.1.1 :: workflow-plan-*.md: found 2 of 1 files", "workflow-plan-old.md"),
    ),
]

FAULTS = [*MISSING, *STRAY]
