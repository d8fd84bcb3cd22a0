"""Faults of what config.yaml says: names that nothing has, and sections that contradict each other (2.1.4)."""

from __future__ import annotations

from tests_suite.faults.changes import (
    CONFIG,
    STEP,
    all_of,
    replaced,
    replaced_everywhere,
    rewritten,
)
from tests_suite.faults.world import Fault

CONTENT = {"2.1.4": "failed"}
# The steps' own links are compared with the files that config.yaml names.
CONTENT_AND_PATHS = {"2.1.4": "failed", "2.1.6": "failed"}

ARCHITECTURES = [
    Fault(
        "config.yaml does not offer an architecture",
        replaced(CONFIG, '  - "hybrid"', '  # "hybrid"'),
        CONTENT,
        ("2.1.4 config.yaml:64: architecture_options lacks 'hybrid'",),
    ),
    Fault(
        "config.yaml offers an architecture that the release does not know",
        replaced(CONFIG, '  - "hybrid"', '  - "agentic"\n  - "hybrid"'),
        CONTENT,
        ("2.1.4 config.yaml:64: architecture_options has 'agentic', which the release does not know",),
    ),
    Fault(
        "config.yaml misspells an architecture",
        replaced(CONFIG, '  - "rag-only"', '  - "rag_only"'),
        CONTENT,
        ("architecture_options lacks 'rag-only'", "architecture_options has 'rag_only'"),
    ),
]

NAMES = [
    Fault(
        "config.yaml names a step file that does not exist",
        replaced(CONFIG, "step-08-llm-evaluator.md", "step-08-evaluator.md"),
        CONTENT_AND_PATHS,
        (
            "2.1.4 config.yaml:204: steps.8.file: steps/4-evaluation/step-08-evaluator.md does not exist",
            f"2.1.4 {STEP['8']}:: is in no entry of config.yaml's steps",
            f"2.1.6 {STEP['7']}:9: hybrid: nextStep leads to 4-evaluation/step-08-llm-evaluator.md; "
            "config.yaml goes on to 4-evaluation/step-08-evaluator.md",
        ),
    ),
    Fault(
        "config.yaml names a step file in another case",
        replaced(CONFIG, "2-training/step-05", "2-Training/step-05"),
        CONTENT_AND_PATHS,
        ("2.1.4 config.yaml:181: steps.5.file: steps/2-Training/step-05-fine-tuning-specialist.md does not exist",),
    ),
    Fault(
        "config.yaml names a step file from its own folder instead of from steps",
        replaced(CONFIG, '"5-operations/step-09', '"steps/5-operations/step-09'),
        CONTENT_AND_PATHS,
        ("2.1.4 config.yaml:211: steps.9.file: steps/steps/5-operations/step-09-mlops-engineer.md does not exist",),
    ),
    Fault(
        "config.yaml names no file for a step",
        replaced(CONFIG, '    file: "3-inference/step-06-rag-specialist.md"\n', ""),
        CONTENT_AND_PATHS,
        ("2.1.4 config.yaml:188: steps.6.file names no file", f"2.1.4 {STEP['6']}:: is in no entry"),
    ),
    Fault(
        "config.yaml's entry of a step is null",
        rewritten(CONFIG, lambda raw: raw.replace(raw[raw.index(b"\n  8:\n") : raw.index(b"\n\n  9:\n")], b"\n  8:")),
        CONTENT_AND_PATHS,
        (
            "2.1.4 config.yaml:203: steps.8 holds no keys; expected file and agent",
            f"2.1.4 {STEP['8']}:: is in no entry",
        ),
    ),
    Fault(
        "config.yaml's roster names an agent that does not exist",
        replaced(CONFIG, '  9: "mlops-engineer.md"', '  9: "ml-ops-engineer.md"'),
        CONTENT,
        ("2.1.4 config.yaml:118: agents.9: agents/ml-ops-engineer.md does not exist",),
    ),
    Fault(
        "a step's entry names an agent that does not exist",
        replaced(CONFIG, '    agent: "mlops-engineer.md"', '    agent: "mlops.md"'),
        CONTENT,
        ("2.1.4 config.yaml:212: steps.9.agent: agents/mlops.md does not exist",),
    ),
    Fault(
        "a step's entry names an agent in another case",
        replaced_everywhere(CONFIG, "mlops-engineer.md", "MLOps-Engineer.md"),
        CONTENT_AND_PATHS,
        ("2.1.4 config.yaml:212: steps.9.agent: agents/MLOps-Engineer.md does not exist",),
    ),
    Fault(
        "a step's entry names an agent's XML",
        replaced(CONFIG, '    agent: "tech-lead.md"', '    agent: "config/tech-lead-agent.xml"'),
        CONTENT,
        ("2.1.4 config.yaml:220: steps.10.agent: agents/config/tech-lead-agent.xml is no agent; expected NAME.md",),
    ),
    Fault(
        "a step's entry names several agents",
        replaced(CONFIG, '    agent: "tech-lead.md"', '    agent: ["tech-lead.md", "dev.md"]'),
        CONTENT,
        ("2.1.4 config.yaml:220: steps.10.agent names no file: ['tech-lead.md', 'dev.md']",),
    ),
    Fault(
        "config.yaml names a folder that does not exist",
        replaced(CONFIG, 'checklists_folder: "checklists"', 'checklists_folder: "checks"'),
        CONTENT,
        ("2.1.4 config.yaml:44: paths.checklists_folder: folder 'checks' does not exist",),
    ),
    Fault(
        "config.yaml takes one folder for another",
        replaced(CONFIG, 'steps_folder: "steps"', 'steps_folder: "templates"'),
        CONTENT,
        ("2.1.4 config.yaml:41: paths.steps_folder is 'templates'; the steps are in 'steps'",),
    ),
    Fault(
        "config.yaml does not name a folder",
        replaced(CONFIG, '  agents_folder: "agents"\n', ""),
        CONTENT,
        ("2.1.4 config.yaml:33: paths.agents_folder is missing",),
    ),
]

CONTRADICTIONS = [
    Fault(
        "config.yaml leaves a step out",
        rewritten(CONFIG, lambda raw: raw[: raw.index(b"\n  9:\n    file")] + raw[raw.index(b"\n  10:\n    file") :]),
        CONTENT_AND_PATHS,
        (
            f"2.1.4 {STEP['9']}:: is in no entry of config.yaml's steps",
            "2.1.4 config.yaml:98: phase folder phase-5-operations lists step 9, which steps does not have",
            f"2.1.6 {STEP['8']}:9: rag-only: nextStep leads to 5-operations/step-09-mlops-engineer.md",
            "2.1.6 config.yaml:: rag-only: step 10 reads 'operations-spec.md', which no earlier step has as its output",
        ),
    ),
    Fault(
        "config.yaml leaves the last step out",
        all_of(
            rewritten(CONFIG, lambda raw: raw[: raw.index(b"\n  11:\n    file")] + raw[raw.index(b"\n# Sidecar") :]),
            replaced(CONFIG, "steps: [10, 11]", "steps: [10]"),
        ),
        CONTENT_AND_PATHS,
        (
            f"2.1.4 {STEP['11']}:: is in no entry of config.yaml's steps",
            "2.1.6 config.yaml:: fine-tuning: the path ends with 6-integration/step-10-tech-lead.md; "
            "expected 6-integration/step-11-story-elaborator.md",
        ),
    ),
    Fault(
        "config.yaml and the steps leave an agent out",
        all_of(
            replaced(CONFIG, '  9: "mlops-engineer.md"\n', ""),
            replaced(CONFIG, '    agent: "mlops-engineer.md"', "    agent: null"),
            replaced_everywhere(STEP["9"], "{workflow_path}/agents/mlops-engineer.md", "the engineer's persona"),
        ),
        CONTENT,
        ("2.1.4 agents/mlops-engineer.md:: is neither in config.yaml's agents nor named by a step",),
    ),
    Fault(
        "the roster and a step's entry name different agents",
        replaced(CONFIG, '    agent: "rag-specialist.md"', '    agent: "prompt-engineer.md"'),
        CONTENT | {"2.1.6": "failed"},
        (
            "2.1.4 config.yaml:190: step 6 has the agent 'prompt-engineer.md', "
            "the section agents has 'rag-specialist.md' for step 6",
            f"2.1.6 {STEP['6']}:17: names agents/rag-specialist.md; config.yaml gives it agents/prompt-engineer.md",
        ),
    ),
    Fault(
        "a step is in a phase that is no folder",
        replaced(CONFIG, '    phase: "phase-4-evaluation"', '    phase: "phase-4-eval"'),
        CONTENT,
        ("2.1.4 config.yaml:206: step 8 is in phase 'phase-4-eval', which is no phase folder",),
    ),
    Fault(
        "a step is in several phases",
        replaced(CONFIG, '    phase: "phase-4-evaluation"', '    phase: ["phase-4-evaluation"]'),
        CONTENT,
        ("2.1.4 config.yaml:206: step 8 is in phase ['phase-4-evaluation'], which is no phase folder",),
    ),
    Fault(
        "a step is in a phase whose folder does not list it",
        replaced(CONFIG, '    phase: "phase-4-evaluation"', '    phase: "phase-5-operations"'),
        CONTENT,
        (
            "2.1.4 config.yaml:206: step 8 says phase 'phase-5-operations', whose folder does not list it",
            "2.1.4 config.yaml:94: phase folder phase-4-evaluation lists step 8, whose phase is 'phase-5-operations'",
        ),
    ),
    Fault(
        "a phase folder lists a step that there is not",
        replaced(CONFIG, "steps: [10, 11]", "steps: [10, 11, 12]"),
        CONTENT,
        ("2.1.4 config.yaml:102: phase folder phase-6-integration lists step 12, which steps does not have",),
    ),
    Fault(
        "a phase folder lists a step of another phase",
        replaced(CONFIG, "steps: [8]", "steps: [7, 8]"),
        CONTENT,
        ("2.1.4 config.yaml:94: phase folder phase-4-evaluation lists step 7, whose phase is 'phase-3-inference'",),
    ),
    Fault(
        "a phase folder's steps are one number",
        replaced(CONFIG, "steps: [8]", "steps: 8"),
        CONTENT,
        ("2.1.4 config.yaml:206: step 8 says phase 'phase-4-evaluation', whose folder does not list it",),
    ),
]

FAULTS = [*ARCHITECTURES, *NAMES, *CONTRADICTIONS]
