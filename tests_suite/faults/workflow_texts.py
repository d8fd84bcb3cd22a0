"""Faults of what the text of a step tells Claude to load: the next step, the agent (2.1.6)."""

from __future__ import annotations

from tests_suite.faults.changes import CONFIG, STEP, all_of, appended, replaced, replaced_everywhere, rewritten
from tests_suite.faults.world import Fault

LINKS = {"2.1.6": "failed"}
S4, S5, S7 = STEP["4"], STEP["5"], STEP["7"]
TRAINING, RAG_ONLY = "{nextStepIfTraining}", "{nextStepIfRAGOnly}"

NEXT = [
    Fault(
        "a step's text sends users past the next step",
        appended(STEP["1"], "\nLoad and execute: `{workflow_path}/steps/1-feature/step-03a-data-requirements.md`\n"),
        LINKS,
        (
            f"2.1.6 {STEP['1']}:218: sends users to step-03a-data-requirements.md; its frontmatter leads to "
            "0-scoping/step-02a-fti-architect.md",
        ),
    ),
    Fault(
        "the last step's text sends users to a later one that nothing leads to",
        all_of(
            appended(STEP["10"], "\nThen continue with step-11-story-elaborator.md.\n"),
            replaced(STEP["10"], "nextStep: '6-integration/step-11-story-elaborator.md'", "nextStep: null"),
        ),
        LINKS,
        ("sends users to step-11-story-elaborator.md; its frontmatter leads to no step",),
    ),
    Fault(
        "the fork's text sends rag-only along the other link",
        replaced(S4, f'"skipped", load `{RAG_ONLY}`', f'"left", load `{RAG_ONLY}`\n  - rag-only: load `{TRAINING}`'),
        LINKS,
        (f"2.1.6 {S4}:244: sends rag-only along nextStepIfTraining; the links want nextStepIfRAGOnly",),
    ),
    Fault(
        "the fork's text sends whoever trains along the other link",
        replaced(S4, f"load `{TRAINING}`, read", f"load `{RAG_ONLY}`, read"),
        LINKS,
        (f"2.1.6 {S4}:244: sends fine-tuning and hybrid along nextStepIfRAGOnly; the links want nextStepIfTraining",),
    ),
    Fault(
        "the fork's text names the architecture behind another's link",
        appended(S4, f"\nIn short: `{TRAINING}` for RAG-only.\n"),
        LINKS,
        ("sends rag-only along nextStepIfTraining; the links want nextStepIfRAGOnly",),
    ),
    Fault(
        "the fork's links of the other spelling are exchanged",
        all_of(
            replaced_everywhere(S4, "nextStepIfTraining", "nextStepFileX"),
            replaced_everywhere(S4, "nextStepIfRAGOnly", "nextStepFileTraining"),
            replaced_everywhere(S4, "nextStepFileX", "nextStepFileRAG"),
        ),
        LINKS,
        (
            f"2.1.6 {S4}:10: rag-only: nextStepFileRAG leads to 2-training/step-05-fine-tuning-specialist.md; "
            "config.yaml goes on to 3-inference/step-06-rag-specialist.md",
        ),
    ),
    Fault(
        "a step's text writes the variable of its link with underscores",
        replaced_everywhere(S7, "{nextStepFile}", "{next_step_file}"),
        LINKS,
        (f"2.1.6 {S7}:249: {{next_step_file}} stands for the frontmatter's next_step_file, which is not set",),
    ),
]

AGENTS = [
    Fault(
        "a step's text loads another step's agent",
        replaced_everywhere(S7, "agents/prompt-engineer.md", "agents/rag-specialist.md"),
        LINKS,
        (
            f"2.1.6 {S7}:17: names agents/rag-specialist.md; config.yaml gives it agents/prompt-engineer.md, "
            "which it never names",
        ),
    ),
    Fault(
        "config.yaml gives a step another agent than its text loads",
        all_of(
            replaced(CONFIG, '    agent: "prompt-engineer.md"', '    agent: "rag-specialist.md"'),
            replaced(CONFIG, '  7: "prompt-engineer.md"', '  7: "rag-specialist.md"'),
        ),
        LINKS,
        (f"2.1.6 {S7}:17: names agents/prompt-engineer.md; config.yaml gives it agents/rag-specialist.md",),
    ),
    Fault(
        "a step is cut off behind its heading",
        rewritten(S5, lambda raw: b"".join(raw.splitlines(keepends=True)[:16])),
        {"2.1.6": "degraded"},
        (
            f"2.1.6 {S5}:: names no agent; config.yaml gives it agents/fine-tuning-specialist.md; is the text cut off?",
            f"2.1.6 {S5}:: its text never leads on to 3-inference/step-06-rag-specialist.md, its nextStep",
        ),
    ),
]

FAULTS = [*NEXT, *AGENTS]
