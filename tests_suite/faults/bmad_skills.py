"""BMAD 6.1 and later, where commands are skills: a healthy installation, and what may be missing from it."""

from __future__ import annotations

import shutil
from collections.abc import Callable

from tests_suite.faults.bmad_commands import removed, replaced, together
from tests_suite.faults.world import Fault, World, edit

Change = Callable[[World], None]

SKILLS = ".claude/skills"
DEV = f"{SKILLS}/bmad-dev/SKILL.md"
DEV_STORY = f"{SKILLS}/bmad-dev-story"
BUILD = f"{SKILLS}/bmad-build"
PLANNING = f"{SKILLS}/bmad-sprint-planning"
AGENT = "_bmad/bmm/agents/dev.md"
MENU = 'workflow="{project-root}/_bmad/bmm/workflows/4-implementation/dev-story/workflow.yaml"'
COMMANDS = ["/bmad-dev", "/bmad-dev-story", "/bmad-sprint-planning", "/bmad-build"]
FILES = {
    DEV: "<agent-activation>\n1. Read the agent in {project-root}/_bmad/bmm/agents/dev.md\n2. Be it\n"
    "</agent-activation>\n",
    f"{DEV_STORY}/SKILL.md": "Do what [the workflow](workflow.md) says.\n",
    f"{DEV_STORY}/workflow.md": "---\nname: bmad-dev-story\n---\n\nBegin with `./steps/step-01-choose.md`.\n",
    f"{DEV_STORY}/steps/step-01-choose.md": "Take a story that is ready-for-dev. Then `./steps/step-02-do.md`.\n",
    f"{DEV_STORY}/steps/step-02-do.md": "Work through its tasks, and set it to review.\n",
    f"{PLANNING}/SKILL.md": "Run `scripts/plan.py`, and read its answer.\n",
    f"{PLANNING}/scripts/plan.py": "print('{}')\n",
    f"{BUILD}/SKILL.md": 'Run `uv run "{project-root}/_bmad/scripts/render_skill.py" --skill "{skill-root}"`,\n'
    "and follow the workflow.md that it prints.\n",
    f"{BUILD}/workflow.md": "Begin with [[bmad-snapshot:step-01-plan.md]].\n",
    f"{BUILD}/step-01-plan.md": "Plan it. Then [[bmad-snapshot:step-02-write.md]].\n",
    f"{BUILD}/step-02-write.md": "Write it, and note it in [[bmad-snapshot:notes.md]].\n",
    f"{BUILD}/notes.md": "What was done.\n",
    "_bmad/scripts/render_skill.py": "print('')\n",
}


def installed(world: World) -> None:
    """The project has a BMAD whose commands are skills, and the release is one for it."""
    shutil.rmtree(world.claude / ".claude")
    for path, text in FILES.items():
        file = world.claude / path
        file.parent.mkdir(parents=True, exist_ok=True)
        name = file.parent.name
        head = f"---\nname: {name}\ndescription: x\n---\n\n" if file.name == "SKILL.md" else ""
        file.write_text(f"{head}{text}", encoding="utf-8")
    edit(world.claude / AGENT, MENU, 'exec="skill:bmad-dev-story"')
    edit(world.claude / "_bmad/_config/manifest.yaml", "6.0.0-alpha.22", "6.2.0")
    edit(world.workflow / "config.yaml", '"/bmad:bmm:agents:dev"', '"/bmad-dev"')
    reason = "this BMAD names its commands so"
    world.target["overrides"] = [{"fact": "commands", "value": COMMANDS, "reason": reason}]


CASES: tuple[tuple[str, Change, dict[str, str], str], ...] = (
    (
        "a menu leads to a skill that is not there",
        replaced(AGENT, "skill:bmad-dev-story", "skill:bmad-dev-stories"),
        {"2.4.2": "failed", "2.4.4": "failed"},
        f"menu entry (exec) names {SKILLS}/bmad-dev-stories/SKILL.md, which does not exist",
    ),
    (
        "the skill of an agent loads another agent",
        replaced(DEV, "agents/dev.md", "agents/sm.md"),
        {"2.4.2": "failed", "2.4.4": "failed"},
        "loads _bmad/bmm/agents/sm.md; expected the agent 'dev'",
    ),
    (
        "a skill runs the workflow of another name",
        replaced(f"{DEV_STORY}/SKILL.md", "](workflow.md)", "](../bmad-build/workflow.md)"),
        {"2.4.2": "failed", "2.4.3": "failed"},
        f"runs {BUILD}/workflow.md, the workflow 'bmad-build'; expected 'dev-story'",
    ),
    (
        "a step of a skill is gone",
        removed(f"{DEV_STORY}/steps/step-02-do.md"),
        {"2.4.2": "failed"},
        f"points at {DEV_STORY}/steps/step-02-do.md, which does not exist",
    ),
    (
        "the script of a skill is gone",
        removed(f"{PLANNING}/scripts/plan.py"),
        {"2.4.2": "failed"},
        f"points at {PLANNING}/scripts/plan.py, which does not exist",
    ),
    (
        "a skill renders a workflow that is not there",
        removed(f"{BUILD}/workflow.md"),
        {"2.4.2": "failed"},
        f"renders {BUILD}/workflow.md, which does not exist",
    ),
    (
        "a step of a rendered skill is gone",
        removed(f"{BUILD}/step-02-write.md"),
        {"2.4.2": "failed"},
        f"points at {BUILD}/step-02-write.md, which does not exist",
    ),
    (
        "no step of the dev workflow takes up a story of the template's status",
        replaced(f"{DEV_STORY}/steps/step-01-choose.md", "ready-for-dev", "drafted"),
        {"2.4.3": "failed"},
        "status 'ready-for-dev' is nowhere in BMAD's dev workflow",
    ),
)
FAULTS = [Fault(name, together(installed, change), trips, (says,), "bmad") for name, change, trips, says in CASES]
