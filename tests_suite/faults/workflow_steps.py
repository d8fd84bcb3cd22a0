"""Faults of a step beside its successor: other frontmatter, inputs, and what its text points at (2.1.6)."""

from __future__ import annotations

from tests_suite.faults.changes import (
    CONFIG,
    STEP,
    agent,
    all_of,
    appended,
    replaced,
    replaced_everywhere,
)
from tests_suite.faults.world import Fault

LINKS = {"2.1.6": "failed"}
DANGLING = {"2.1.6": "degraded"}
S4 = STEP["4"]

FRONTMATTER = [
    Fault(
        "the last step names a step that does not exist as the one before it",
        replaced(STEP["11"], "prevStep: '6-integration/step-10-", "prevStep: '6-integration/step-9-"),
        LINKS,
        (f"2.1.6 {STEP['11']}:9: prevStep leads to '6-integration/step-9-tech-lead.md', which does not exist",),
    ),
    Fault(
        "the last step names another step as the one before it",
        replaced(
            STEP["11"],
            "prevStep: '6-integration/step-10-tech-lead.md'",
            "prevStep: '4-evaluation/step-08-llm-evaluator.md'",
        ),
        LINKS,
        (f"2.1.6 {STEP['11']}:9: prevStep names 4-evaluation/step-08-llm-evaluator.md, which does not lead here",),
    ),
    Fault(
        "a step's config leads elsewhere",
        replaced(STEP["3b"], "config: '../../config.yaml'", "config: '../config.yaml'"),
        LINKS,
        (f"2.1.6 {STEP['3b']}:6: config '../config.yaml' does not lead to config.yaml",),
    ),
    Fault(
        "a step has no config",
        replaced(STEP["3b"], "config: '../../config.yaml'\n", ""),
        LINKS,
        (f"2.1.6 {STEP['3b']}:1: frontmatter has no config",),
    ),
    Fault(
        "the fork's text mentions a link that it does not have",
        replaced(S4, "load `{nextStepIfTraining}`", "load `{nextStepFile}`"),
        LINKS,
        (f"2.1.6 {S4}:244: {{nextStepFile}} stands for the frontmatter's nextStep, which is not set",),
    ),
    Fault(
        "the last step's text goes on",
        appended(STEP["11"], "\nThen load `{nextStepFile}`.\n"),
        LINKS,
        (f"2.1.6 {STEP['11']}:272: {{nextStepFile}} stands for the frontmatter's nextStep, which is not set",),
    ),
    Fault(
        "a step's text misspells the name of its link",
        replaced(STEP["6"], "`{nextStepFile}`", "`{nextStepfile}`"),
        LINKS,
        (f"2.1.6 {STEP['6']}:248: {{nextStepfile}} stands for the frontmatter's nextStepfile, which is not set",),
    ),
]

INPUTS = [
    Fault(
        "a step reads what nobody writes",
        replaced(CONFIG, 'reads_from: "rag-spec.md"', 'reads_from: "retrieval-spec.md"'),
        LINKS,
        ("2.1.6 config.yaml:: rag-only: step 7 reads 'retrieval-spec.md', which no earlier step has as its output",),
    ),
    Fault(
        "a step writes under another name than the next one reads",
        replaced(CONFIG, 'output: "data-requirements.md"', 'output: "data-needs.md"'),
        LINKS,
        ("2.1.6 config.yaml:: hybrid: step 3b reads 'data-requirements.md', which no earlier step has as its output",),
    ),
    Fault(
        "a step reads what only another architecture writes",
        replaced(CONFIG, 'reads_from: "embeddings-spec.md"', 'reads_from: ["embeddings-spec.md", "training-spec.md"]'),
        LINKS,
        ("2.1.6 config.yaml:: rag-only: step 6 reads 'training-spec.md', which no earlier step has as its output",),
    ),
    Fault(
        "a step reads what a later one writes",
        replaced(CONFIG, 'reads_from: "business-requirements.md"', 'reads_from: "evaluation-report.md"'),
        LINKS,
        ("2.1.6 config.yaml:: rag-only: step 2a reads 'evaluation-report.md', which no earlier step has",),
    ),
    Fault(
        "a step reads what it writes itself",
        replaced(CONFIG, 'reads_from: "rag-spec.md"', 'reads_from: "prompt-spec.md"'),
        LINKS,
        ("2.1.6 config.yaml:: rag-only: step 7 reads 'prompt-spec.md', which no earlier step has as its output",),
    ),
    Fault(
        "a step reads a number",
        replaced(CONFIG, 'reads_from: "rag-spec.md"', "reads_from: 6"),
        LINKS,
        ("2.1.6 config.yaml:: rag-only: step 7 reads '6', which no earlier step has as its output",),
    ),
]

MENTIONS = [
    Fault(
        "a step points at a file beside config.yaml that does not exist",
        appended(STEP["1"], "\nSee `{workflow_path}/task-elicitation`.\n"),
        DANGLING,
        (f"2.1.6 {STEP['1']}:218: points at {{workflow_path}}/task-elicitation, which does not exist",),
    ),
    Fault(
        "a step points at a template that does not exist",
        replaced(STEP["1"], "templates/decision-log.template.md", "templates/decisions.template.md"),
        DANGLING,
        (f"2.1.6 {STEP['1']}:55: points at {{workflow_path}}/templates/decisions.template.md",),
    ),
    Fault(
        "a step points at a checklist that does not exist",
        replaced(STEP["8"], "checklists/quality-gate-checklist.md", "checklists/quality-checklist.md"),
        DANGLING,
        (f"2.1.6 {STEP['8']}:166: points at {{workflow_path}}/checklists/quality-checklist.md",),
    ),
    Fault(
        "a step points at an agent in another case",
        replaced(STEP["8"], "agents/llm-evaluator.md", "agents/LLM-Evaluator.md"),
        DANGLING,
        (f"2.1.6 {STEP['8']}:17: points at {{workflow_path}}/agents/LLM-Evaluator.md",),
    ),
    Fault(
        "a step points at a checklist without a variable, and it does not exist",
        appended(STEP["8"], "\nThen go through checklists/release-checklist.md.\n"),
        DANGLING,
        (f"2.1.6 {STEP['8']}:269: points at checklists/release-checklist.md",),
    ),
    Fault(
        "a step has a relative link that leads nowhere",
        appended(STEP["8"], "\nSee [the guide](../../DOCUMENTATION/evaluation%20guide.md#metrics).\n"),
        DANGLING,
        (f"2.1.6 {STEP['8']}:269: points at ../../DOCUMENTATION/evaluation%20guide.md#metrics",),
    ),
    Fault(
        "a step shows a picture that does not exist",
        appended(STEP["8"], '\n![The gate](<images/the gate.png> "The gate")\n'),
        DANGLING,
        (f"2.1.6 {STEP['8']}:269: points at images/the gate.png",),
    ),
    Fault(
        "a step has a link that is longer than a file name can be",
        appended(STEP["8"], f"\n[long](../../{'x' * 300}.md)\n"),
        DANGLING,
        (f"2.1.6 {STEP['8']}:269: points at ../../xxx",),
    ),
    Fault(
        "workflow.md points at an agent that does not exist",
        replaced("workflow.md", "(agents/tech-lead.md)", "(agents/lead.md)"),
        DANGLING,
        ("2.1.6 workflow.md:78: points at agents/lead.md, which does not exist in the workflow",),
    ),
    Fault(
        "no step loads an agent",
        all_of(*(replaced_everywhere(path, "/agents/", "/personas/") for path in STEP.values())),
        {"2.1.4": "failed", "2.1.6": "failed"},
        (
            f"2.1.4 {agent('dev')}:: is neither in config.yaml's agents nor named by a step",
            "no step loads an agent, nothing verified",
        ),
    ),
]

FAULTS = [*FRONTMATTER, *INPUTS, *MENTIONS]
