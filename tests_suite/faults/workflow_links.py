"""Faults of the links from step to step, and of the path that they make (2.1.6)."""

from __future__ import annotations

from tests_suite.faults.changes import (
    CONFIG,
    STEP,
    agent,
    all_of,
    renamed,
    replaced,
    replaced_everywhere,
    rewritten,
)
from tests_suite.faults.world import Fault

LINKS = {"2.1.6": "failed"}
DANGLING = {"2.1.6": "degraded"}
S4 = STEP["4"]
LAST = "6-integration/step-11-story-elaborator.md"

SUCCESSORS = [
    Fault(
        "a step names a successor that does not exist",
        replaced(STEP["1"], "step-02a-fti-architect.md'", "step-02x-fti-architect.md'"),
        LINKS,
        (
            f"2.1.6 {STEP['1']}:10: nextStep leads to '0-scoping/step-02x-fti-architect.md', which does not exist",
            f"2.1.6 {STEP['2a']}:: cannot be reached from 0-scoping/step-01-business-analyst.md, nor can 11 others",
            f"2.1.6 {STEP['1']}:10: rag-only: nextStep leads to '0-scoping/step-02x-fti-architect.md'",
        ),
    ),
    Fault(
        "a step names its successor in another case",
        replaced(STEP["9"], "nextStep: '6-integration/", "nextStep: '6-Integration/"),
        LINKS,
        (f"2.1.6 {STEP['9']}:9: nextStep leads to '6-Integration/step-10-tech-lead.md', which does not exist",),
    ),
    Fault(
        "a step names its successor from the workflow's root",
        replaced(STEP["9"], "nextStep: '6-integration/", "nextStep: 'steps/6-integration/"),
        LINKS,
        (f"2.1.6 {STEP['9']}:9: nextStep leads to 'steps/6-integration/step-10-tech-lead.md', which does not exist",),
    ),
    Fault(
        "a step names a file that is no step as its successor",
        replaced(STEP["9"], "nextStep: '6-integration/step-10-tech-lead.md'", "nextStep: '../agents/tech-lead.md'"),
        LINKS,
        (f"2.1.6 {STEP['9']}:9: nextStep leads to '../agents/tech-lead.md', which does not exist below steps/",),
    ),
    Fault(
        "a step names its successor by its bare file name",
        replaced(STEP["10"], f"nextStep: '{LAST}'", "nextStep: 'step-11-story-elaborator.md'"),
        DANGLING,
        (
            f"2.1.6 {STEP['10']}:9: nextStep 'step-11-story-elaborator.md' holds only from the step's own folder; "
            f"expected '{LAST}', relative to steps/",
        ),
    ),
    Fault(
        "a step names its successor from its own folder",
        replaced(STEP["9"], "nextStep: '6-integration/", "nextStep: '../6-integration/"),
        DANGLING,
        (f"2.1.6 {STEP['9']}:9: nextStep '../6-integration/step-10-tech-lead.md' holds only from the step's own",),
    ),
    Fault(
        "a step in the middle has no successor",
        replaced(STEP["6"], "nextStep: '3-inference/step-07-prompt-engineer.md'\n", ""),
        LINKS,
        (
            f"2.1.6 {STEP['6']}:1: names no next step, and it is not the last",
            f"2.1.6 {STEP['6']}:247: {{nextStepFile}} stands for the frontmatter's nextStep, which is not set",
            f"2.1.6 {STEP['7']}:: cannot be reached from",
            f"2.1.6 {STEP['6']}:: hybrid: names no next step; config.yaml goes on to 3-inference/step-07",
        ),
    ),
    Fault(
        "a step in the middle ends the workflow",
        replaced(STEP["6"], "nextStep: '3-inference/step-07-prompt-engineer.md'", "nextStep: null"),
        LINKS,
        (f"2.1.6 {STEP['6']}:9: names no next step, and it is not the last",),
    ),
    Fault(
        "a step's successor is empty",
        replaced(STEP["6"], "nextStep: '3-inference/step-07-prompt-engineer.md'", "nextStep: ''"),
        LINKS,
        (f"2.1.6 {STEP['6']}:9: nextStep leads to '', which does not exist",),
    ),
    Fault(
        "a step writes the key of its successor in another way",
        replaced(STEP["6"], "nextStep: '3-inf", "next_step: '3-inf"),
        LINKS,
        (f"2.1.6 {STEP['6']}:1: names no next step, and it is not the last",),
    ),
    Fault(
        "the last step has a successor",
        replaced(STEP["11"], "nextStep: null", "nextStep: '0-scoping/step-01-business-analyst.md'"),
        LINKS,
        (
            f"2.1.6 {STEP['11']}:10: is the last step, yet nextStep is '0-scoping/step-01-business-analyst.md'",
            f"2.1.6 {STEP['11']}:10: nextStep leads back to 0-scoping/step-01-business-analyst.md",
        ),
    ),
    Fault(
        "no step names a successor",
        all_of(
            *(replaced(path, "nextStep: '", "next: '") for key, path in STEP.items() if key not in ("4", "11")),
            replaced_everywhere(S4, "nextStepIf", "if"),
        ),
        LINKS,
        ("no step names a successor, nothing verified",),
    ),
    Fault(
        "workflow.md starts with a step that does not exist",
        replaced("workflow.md", "step-01-business-analyst.md", "step-01-init.md"),
        LINKS,
        ("2.1.6 workflow.md:146: leads to steps/0-scoping/step-01-init.md, which does not exist",),
    ),
]

ORDER = [
    Fault(
        "a step leads back to itself",
        replaced(
            STEP["8"],
            "nextStep: '5-operations/step-09-mlops-engineer.md'",
            "nextStep: '4-evaluation/step-08-llm-evaluator.md'",
        ),
        LINKS,
        (
            f"2.1.6 {STEP['8']}:9: nextStep leads back to 4-evaluation/step-08-llm-evaluator.md",
            f"2.1.6 {STEP['9']}:: cannot be reached from",
        ),
    ),
    Fault(
        "a step leads back to an earlier one",
        replaced(
            STEP["8"],
            "nextStep: '5-operations/step-09-mlops-engineer.md'",
            "nextStep: '0-scoping/step-02b-tech-stack.md'",
        ),
        LINKS,
        (
            f"2.1.6 {STEP['8']}:9: nextStep leads back to 0-scoping/step-02b-tech-stack.md",
            f"2.1.6 {STEP['9']}:: cannot be reached from 0-scoping/step-01-business-analyst.md, nor can 2 others",
        ),
    ),
    Fault(
        "a step skips the one behind it",
        replaced(STEP["8"], "5-operations/step-09-mlops-engineer.md", "6-integration/step-10-tech-lead.md"),
        LINKS,
        (
            f"2.1.6 {STEP['9']}:: cannot be reached from",
            f"2.1.6 {STEP['8']}:9: rag-only: nextStep leads to 6-integration/step-10-tech-lead.md; "
            "config.yaml goes on to 5-operations/step-09-mlops-engineer.md",
        ),
    ),
    Fault(
        "two steps are exchanged in config.yaml only",
        rewritten(
            CONFIG,
            lambda raw: (
                raw.replace(b'"3-inference/step-06-rag-specialist.md"', b"@6")
                .replace(b'"3-inference/step-07-prompt-engineer.md"', b'"3-inference/step-06-rag-specialist.md"')
                .replace(b"@6", b'"3-inference/step-07-prompt-engineer.md"')
            ),
        ),
        LINKS,
        (f"2.1.6 {S4}:11: rag-only: nextStepIfRAGOnly leads to 3-inference/step-06-rag-specialist.md",),
    ),
    Fault(
        "the numbers of the steps have a gap",
        all_of(
            renamed(STEP["11"], "steps/6-integration/step-12-story-elaborator.md"),
            replaced(STEP["10"], LAST, "6-integration/step-12-story-elaborator.md"),
            replaced(CONFIG, LAST, "6-integration/step-12-story-elaborator.md"),
        ),
        LINKS,
        ("step numbers [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12]; expected [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]",),
    ),
    Fault(
        "a step's file has no number",
        all_of(
            renamed(STEP["9"], "steps/5-operations/mlops-engineer.md"),
            replaced(STEP["8"], "5-operations/step-09-mlops-engineer.md", "5-operations/mlops-engineer.md"),
            replaced(CONFIG, "5-operations/step-09-mlops-engineer.md", "5-operations/mlops-engineer.md"),
            replaced(agent("mlops-engineer"), "step-09-mlops-engineer.md", "mlops-engineer.md"),
        ),
        LINKS,
        (f"2.1.6 {STEP['8']}:9: nextStep leads to '5-operations/mlops-engineer.md'", "step numbers [1, 2, 3, 4, 5,"),
    ),
]

CONDITIONS = [
    Fault(
        "both links of the fork lead past the training",
        replaced(S4, "'2-training/step-05-fine-tuning-specialist.md'", "'3-inference/step-06-rag-specialist.md'"),
        LINKS,
        (
            f"2.1.6 {STEP['5']}:: cannot be reached from",
            f"2.1.6 {S4}:10: fine-tuning: nextStepIfTraining leads to 3-inference/step-06-rag-specialist.md; "
            "config.yaml goes on to 2-training/step-05-fine-tuning-specialist.md",
        ),
    ),
    Fault(
        "the links of the fork are exchanged",
        all_of(
            replaced(S4, "\nnextStepIfTraining:", "\nnextStepIfNeither:"),
            replaced(S4, "\nnextStepIfRAGOnly:", "\nnextStepIfTraining:"),
            replaced(S4, "\nnextStepIfNeither:", "\nnextStepIfRAGOnly:"),
        ),
        LINKS,
        (
            f"2.1.6 {S4}:10: rag-only: nextStepIfRAGOnly leads to 2-training/step-05-fine-tuning-specialist.md; "
            "config.yaml goes on to 3-inference/step-06-rag-specialist.md",
            f"2.1.6 {S4}:11: hybrid: nextStepIfTraining leads to 3-inference/step-06-rag-specialist.md",
        ),
    ),
    Fault(
        "the fork has no link for one architecture",
        replaced(S4, "nextStepIfRAGOnly: '3-inference/step-06-rag-specialist.md'\n", ""),
        LINKS,
        (
            f"2.1.6 {S4}:242: {{nextStepIfRAGOnly}} stands for the frontmatter's nextStepIfRAGOnly, which is not set",
            f"2.1.6 {S4}:10: rag-only: nextStepIfTraining leads to 2-training",
        ),
    ),
    Fault(
        "a condition cannot be read",
        replaced(CONFIG, "architecture == 'rag-only'", "architecture is rag-only"),
        LINKS,
        ("2.1.6 config.yaml:: skip_when 'architecture is rag-only' cannot be read; expected architecture == 'name'",),
    ),
    Fault(
        "a condition skips the training of another architecture",
        replaced(CONFIG, "architecture == 'rag-only'", "architecture == 'hybrid'"),
        LINKS,
        (
            f"2.1.6 {S4}:10: hybrid: nextStepIfTraining leads to 2-training/step-05-fine-tuning-specialist.md; "
            "config.yaml goes on to 3-inference/step-06-rag-specialist.md",
            f"2.1.6 {S4}:11: rag-only: nextStepIfRAGOnly leads to 3-inference/step-06-rag-specialist.md",
        ),
    ),
    Fault(
        "a condition misspells its architecture",
        replaced(CONFIG, "architecture == 'rag-only'", "architecture == 'rag_only'"),
        LINKS,
        (f"2.1.6 {S4}:11: rag-only: nextStepIfRAGOnly leads to 3-inference/step-06-rag-specialist.md",),
    ),
    Fault(
        "nothing is skipped",
        replaced(CONFIG, "    skip_when: \"architecture == 'rag-only'\"\n", ""),
        LINKS,
        (f"2.1.6 {S4}:11: rag-only: nextStepIfRAGOnly leads to 3-inference/step-06-rag-specialist.md",),
    ),
]

FAULTS = [*SUCCESSORS, *ORDER, *CONDITIONS]
