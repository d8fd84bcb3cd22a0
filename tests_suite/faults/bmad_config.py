"""Faults of the hand-over's configuration: bmm_integration, numbers, prefixes, sidecar and sprint status (2.4.4)."""

from __future__ import annotations

from tests_suite.faults.changes import CONFIG, STEP, Change, replaced
from tests_suite.faults.world import Fault, World

SIDECAR = "templates/sidecar.template.yaml"
SPRINT_STATUS = "templates/sprint-status.template.yaml"
TEMPLATE = "templates/bmm-story.template.md"


def config(old: str, new: str) -> Change:
    """A text of config.yaml becomes another one."""
    return replaced(CONFIG, old, new)


def status(old: str, new: str) -> Change:
    """A text of the sprint status becomes another one."""
    return replaced(SPRINT_STATUS, old, new)


def _no_section(world: World) -> None:
    path = world.workflow / CONFIG
    text = path.read_text(encoding="utf-8")
    path.write_text(text[: text.index("bmm_integration:")], encoding="utf-8")


def _no_status(world: World) -> None:
    path = world.workflow / SPRINT_STATUS
    text = path.read_text(encoding="utf-8")
    path.write_text(text[: text.index("development_status:")], encoding="utf-8")


INTEGRATION = [
    ("bmm_integration is gone", _no_section, "section bmm_integration is missing"),
    ("dev_agent is gone", config('  dev_agent: "/bmad:bmm:agents:dev"\n', ""), "bmm_integration.dev_agent is missing"),
    (
        "dev_agent is of another version",
        config("/bmad:bmm:agents:dev", "/bmad-agent-bmm-dev"),
        "dev_agent: /bmad-agent",
    ),
    ("dev_agent is a workflow", config("agents:dev", "workflows:dev-story"), "is a workflow; expected an agent"),
    ("dev_agent is no command", config("/bmad:bmm:agents:dev", "dev"), "expected a command such as"),
    ("dev_workflow is misspelled", config('"dev-story"', '"dev-stories"'), "no workflow that is installed"),
    ("dev_workflow is empty", config('"dev-story"', '""'), "bmm_integration.dev_workflow is missing"),
    ("dev_workflow is not in the agent's menu", config('"dev-story"', '"create-story"'), "is in no menu entry of"),
    ("story_format is unknown", config('"bmm-compliant"', '"user-story"'), "known are bmm-compliant"),
    (
        "story_format is gone",
        config('  story_format: "bmm-compliant"\n', ""),
        "bmm_integration.story_format is missing",
    ),
]

NUMBERS = [
    (
        "the template numbers stories",
        replaced(TEMPLATE, "{{epic_num}}.{{story_num}}", "1.{{story_num}}"),
        "BMAD assigns",
    ),
    ("config numbers stories", config("story_format:", "first_story_number: 1\n  story_format:"), "left to BMAD"),
]

PREFIXES = [
    ("a step has no prefix", config('  5: "TRAIN"     #', "  #"), "story_prefixes has none for step 5"),
    ("two steps share a prefix", config('7: "PROMPT"', '7: "RAG"'), "prefix RAG of step 7 is that of step 6, too"),
    ("a prefix is in small letters", config('4: "EMB"', '4: "emb"'), "expected capital letters"),
    ("a prefix belongs to no step", config('10: "INTEG"', '12: "INTEG"'), "belongs to step 12"),
    ("a step writes another prefix", replaced(STEP["8"], '"EVAL-S02"', '"TEST-S02"'), "the prefix of step 8 is EVAL"),
    ("a draft's id has no number", replaced(STEP["8"], '"EVAL-S02"', '"EVAL-two"'), "draft id 'EVAL-two'"),
    (
        "the two parts of a step give the same id",
        replaced(STEP["2b"], '"ARCH-S04"', '"ARCH-S01"'),
        "as steps/0-scoping",
    ),
]

TEMPLATES = [
    (
        "the sidecar has no place for a step's drafts",
        replaced(SIDECAR, "  step_5_training: []", "  #"),
        "step 5 (TRAIN)",
    ),
    ("the sidecar has no stories", replaced(SIDECAR, "\nstories:", "\ndrafts:"), "has no key stories"),
    (
        "the sidecar decides the architecture",
        replaced(SIDECAR, "architecture: null", "architecture: best"),
        "from the start",
    ),
    ("the sidecar is no YAML", replaced(SIDECAR, "stepsCompleted: []", "stepsCompleted: ["), "no valid YAML"),
    ("the sidecar is gone", lambda world: (world.workflow / SIDECAR).unlink(), "sidecar.template.yaml"),
    ("the sprint status has no stories at all", _no_status, "development_status is missing"),
    (
        "a story's key has no number",
        status('"2-1-{{STORY_2_1_SLUG}}"', '"{{STORY_2_1_SLUG}}"'),
        "the dev workflow knows",
    ),
    ("a story has an unknown status", status('SLUG}}": ready-for-dev', 'SLUG}}": ready'), "has the status 'ready'"),
    ("an epic has an unknown status", status("epic-3: backlog", "epic-3: open"), "epic-3 has the status 'open'"),
    ("a story belongs to no epic", status('"2-3-{{STORY', '"9-3-{{STORY'), "belongs to epic 9, which has no line"),
    (
        "step 11 writes another file",
        config("sprint-status.yaml", "sprint_status.yml"),
        "the dev workflow reads sprint-status",
    ),
]

DEGRADED = [
    ("the sprint status lacks a key", status('project_key: "{{PROJECT_KEY}}"\n', ""), "has no key project_key"),
    ("an epic has no retrospective", status("  epic-3-retrospective: optional\n", ""), "no line epic-3-retrospective"),
    ("two forms of the sidecar disagree", config("phase_5_operations", "phase_5_ops"), "phase phase_5_ops is not in"),
]

# Without prefixes there is nothing to generate, either.
NO_PREFIXES = Fault(
    "the prefixes are gone",
    config("story_prefixes:", "prefixes:"),
    {"2.4.4": "failed", "2.4.5": "failed"},
    ("section story_prefixes is missing", "no step has a story prefix"),
    "bmad",
)

FAULTS = [
    NO_PREFIXES,
    *(
        Fault(name, change, {"2.4.4": "failed"}, (says,), "bmad")
        for name, change, says in (*INTEGRATION, *NUMBERS, *PREFIXES, *TEMPLATES)
    ),
    *(Fault(name, change, {"2.4.4": "degraded"}, (says,), "bmad") for name, change, says in DEGRADED),
]
