"""Faults of BMAD's installation: commands that are not there (2.4.1) or do not do their work (2.4.2)."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from tests_suite.faults.world import Fault, World, edit

Change = Callable[[World], None]

COMMANDS = ".claude/commands/bmad/bmm"
DEV = f"{COMMANDS}/agents/dev.md"
QUICK_FLOW = f"{COMMANDS}/workflows/quick-flow-solo-dev.md"
DEV_STORY = f"{COMMANDS}/workflows/dev-story.md"
SPRINT_PLANNING = f"{COMMANDS}/workflows/sprint-planning.md"
FOUR = (DEV, QUICK_FLOW, DEV_STORY, SPRINT_PLANNING)
WORKFLOWS = "_bmad/bmm/workflows/4-implementation"
QUICK_FLOW_PARTS = "_bmad/bmm/workflows/bmad-quick-flow/quick-flow-solo-dev"
AGENT = "_bmad/bmm/agents/dev.md"
# All but sprint-planning, as claude lists them.
LISTED = ("bmad:bmm:agents:dev", "bmad:bmm:workflows:dev-story", "bmad:bmm:workflows:quick-flow-solo-dev")
MANIFEST = "_bmad/_config/manifest.yaml"


def removed(*paths: str) -> Change:
    """Files are gone."""

    def change(world: World) -> None:
        for path in paths:
            (world.claude / path).unlink()

    return change


def moved(old: str, new: str) -> Change:
    """A file or folder lies elsewhere, or has another name."""

    def change(world: World) -> None:
        target = world.claude / new
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(world.claude / old, target)

    return change


def copied(old: str, new: str) -> Change:
    """A file lies in a second place, too."""

    def change(world: World) -> None:
        target = world.claude / new
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(world.claude / old, target)

    return change


def replaced(path: str, old: str, new: str, count: int = 1) -> Change:
    """A text in a file of the project becomes another one."""
    return lambda world: edit(world.claude / path, old, new, count)


def written(path: str, raw: bytes) -> Change:
    """A file has other content."""
    return lambda world: _write(world.claude / path, raw)


def _write(path: Path, raw: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(raw)


def together(*changes: Change) -> Change:
    """Several changes, one after the other."""

    def change(world: World) -> None:
        for each in changes:
            each(world)

    return change


def _user_command(world: World) -> None:
    own = world.home / DEV_STORY
    own.parent.mkdir(parents=True)
    own.write_text((world.claude / DEV_STORY).read_text(encoding="utf-8"), encoding="utf-8")


def program(answer: str) -> Change:
    """A claude program that prints its version when asked for it, and this to everything else."""

    def change(world: World) -> None:
        path = world.root / "claude-program"
        path.write_text(
            f"#!{sys.executable}\nimport sys\n"
            f"if '--version' in sys.argv:\n    print('2.1.9 (a stand-in)')\n"
            f"else:\n    sys.stdin.readline()\n    print({answer!r}, flush=True)\n",
            encoding="utf-8",
        )
        path.chmod(0o755)
        world.target["claude"]["cli"] = str(path)

    return change


def listing(*names: str) -> str:
    """What claude answers: the names of its commands, without their slash."""
    commands = [{"name": name.removeprefix("/"), "description": ""} for name in names]
    answer = {"subtype": "success", "response": {"commands": commands}}
    return json.dumps({"type": "control_response", "response": answer})


ABSENT = [
    Fault(
        "the command quick-flow is gone",
        removed(QUICK_FLOW),
        {"2.4.1": "failed"},
        ("quick-flow-solo-dev is no command", "is installed, but no command leads to it", "BMAD 6.0.0-alpha.22"),
    ),
    Fault(
        "the command sprint-planning is gone",
        removed(SPRINT_PLANNING),
        {"2.4.1": "failed"},
        ("/bmad:bmm:workflows:sprint-planning is no command",),
    ),
    Fault(
        "the command dev-story is gone",
        removed(DEV_STORY),
        {"2.4.1": "failed", "2.4.4": "failed"},
        ("/bmad:bmm:workflows:dev-story is no command", "dev_workflow 'dev-story' is no workflow"),
    ),
    Fault(
        "the command of the dev agent is gone",
        removed(DEV),
        {"2.4.1": "failed", "2.4.4": "failed"},
        ("/bmad:bmm:agents:dev is no command", "dev_agent: /bmad:bmm:agents:dev"),
    ),
    Fault(
        "quick-flow is an agent as in every real BMAD",
        moved(QUICK_FLOW, f"{COMMANDS}/agents/quick-flow-solo-dev.md"),
        {"2.4.1": "failed"},
        ("found instead: /bmad:bmm:agents:quick-flow-solo-dev (an agent",),
    ),
    Fault(
        "quick-flow is gone, framework and all",
        together(
            removed(QUICK_FLOW),
            lambda world: shutil.rmtree(world.claude / QUICK_FLOW_PARTS),
            replaced(AGENT, "/bmad-quick-flow/quick-flow-solo-dev/", "/4-implementation/sprint-planning/"),
        ),
        {"2.4.1": "failed"},
        ("nothing like it was found",),
    ),
    Fault(
        "a command is written with a capital",
        moved(SPRINT_PLANNING, f"{COMMANDS}/workflows/Sprint-Planning.md"),
        {"2.4.1": "failed"},
        ("found instead: /bmad:bmm:workflows:Sprint-Planning",),
    ),
    Fault(
        "a command has the wrong ending",
        moved(SPRINT_PLANNING, SPRINT_PLANNING.replace(".md", ".txt")),
        {"2.4.1": "failed"},
        ("only files that end in .md are commands",),
    ),
    Fault(
        "a command lies in another module",
        moved(SPRINT_PLANNING, SPRINT_PLANNING.replace("/bmm/", "/bmb/")),
        {"2.4.1": "failed"},
        ("found instead: /bmad:bmb:workflows:sprint-planning",),
    ),
    Fault(
        "a command lies one folder too deep",
        moved(SPRINT_PLANNING, f"{COMMANDS}/workflows/4-implementation/sprint-planning.md"),
        {"2.4.1": "failed"},
        ("found instead: /bmad:bmm:workflows:4-implementation:sprint-planning",),
    ),
    Fault(
        "a command lies among subagents",
        moved(SPRINT_PLANNING, ".claude/agents/sprint-planning.md"),
        {"2.4.1": "failed"},
        ("_bmad/bmm/workflows/4-implementation/sprint-planning/workflow.yaml is installed",),
    ),
    Fault(
        "one command has the flat name of later versions",
        moved(SPRINT_PLANNING, ".claude/commands/bmad-bmm-sprint-planning.md"),
        {"2.4.1": "failed"},
        ("found instead: /bmad-bmm-sprint-planning (a workflow; flat commands, the layout of BMAD 6.0.0-Beta",),
    ),
    Fault(
        "one command is a skill of the latest versions",
        moved(SPRINT_PLANNING, ".claude/skills/bmad-sprint-planning/SKILL.md"),
        {"2.4.1": "failed"},
        ("found instead: /bmad-sprint-planning (a workflow; skills, the layout of BMAD 6.1 and later)",),
    ),
    Fault(
        "all four commands have flat names",
        together(
            moved(DEV, ".claude/commands/bmad-agent-bmm-dev.md"),
            *(moved(path, f".claude/commands/bmad-bmm-{Path(path).name}") for path in FOUR[1:]),
        ),
        {"2.4.1": "failed", "2.4.2": "failed", "2.4.4": "failed"},
        ("found instead: /bmad-agent-bmm-dev (an agent; flat commands",),
    ),
    Fault(
        "BMAD is not installed for Claude Code",
        lambda world: shutil.rmtree(world.claude / ".claude"),
        {"2.4.1": "failed", "2.4.2": "failed", "2.4.4": "failed"},
        ("no BMAD commands for Claude Code",),
    ),
    Fault(
        "commands of a later version lie beside",
        copied(DEV_STORY, ".claude/commands/bmad-bmm-dev-story.md"),
        {"2.4.1": "degraded"},
        ("commands of 2 BMAD versions lie side by side",),
    ),
    Fault(
        "the manifest names a version of another layout",
        replaced(MANIFEST, "6.0.0-alpha.22", "6.0.4"),
        {"2.4.1": "degraded"},
        ("says BMAD 6.0.4, and the commands are nested commands",),
    ),
    Fault(
        "the framework is there twice",
        copied(MANIFEST, "bmad/_cfg/manifest.yaml"),
        {"2.4.1": "degraded"},
        ("the framework is there 2 times (_bmad, bmad)",),
    ),
    Fault(
        "the user's own command wins",
        _user_command,
        {"2.4.1": "degraded"},
        ("~/.claude/commands/bmad/bmm/workflows/dev-story.md wins over it",),
    ),
]

BROKEN = [
    Fault(
        "the dev agent's definition is gone",
        removed(AGENT),
        {"2.4.2": "failed"},
        ("loads _bmad/bmm/agents/dev.md, which does not exist",),
    ),
    Fault(
        "the rules for workflows are gone",
        removed("_bmad/core/tasks/workflow.xml"),
        {"2.4.2": "failed"},
        ("loads _bmad/core/tasks/workflow.xml, which does not exist",),
    ),
    Fault(
        "a workflow's definition is gone",
        removed(f"{WORKFLOWS}/dev-story/workflow.yaml"),
        {"2.4.2": "failed"},
        ("dev-story.md", "menu entry (workflow) names _bmad/bmm/workflows/4-implementation/dev-story/workflow.yaml"),
    ),
    Fault(
        "a workflow's instructions are gone",
        removed(f"{WORKFLOWS}/dev-story/instructions.md"),
        {"2.4.2": "failed"},
        ("instructions names _bmad/bmm/workflows/4-implementation/dev-story/instructions.md, which does not exist",),
    ),
    Fault(
        "a workflow's checklist is gone",
        removed(f"{WORKFLOWS}/dev-story/checklist.md"),
        {"2.4.2": "failed"},
        ("validation names",),
    ),
    Fault(
        "a workflow's template is gone",
        removed(f"{QUICK_FLOW_PARTS}/template.md"),
        {"2.4.2": "failed"},
        ("template names",),
    ),
    Fault(
        "BMAD's own sprint status is gone",
        removed(f"{WORKFLOWS}/sprint-planning/sprint-status-template.yaml"),
        {"2.4.2": "failed"},
        ("sprint-status-template.yaml, which does not exist",),
    ),
    Fault(
        "the module's settings are gone",
        removed("_bmad/bmm/config.yaml"),
        {"2.4.2": "failed"},
        ("config_source names _bmad/bmm/config.yaml, which does not exist",),
    ),
    Fault(
        "a workflow's definition is no YAML",
        replaced(f"{WORKFLOWS}/sprint-planning/workflow.yaml", "author:", "\t:"),
        {"2.4.2": "failed"},
        ("no valid YAML",),
    ),
    Fault(
        "a menu entry leads nowhere",
        replaced(AGENT, "/code-review/workflow.yaml", "/code-reviews/workflow.yaml"),
        {"2.4.2": "failed"},
        ("menu entry (workflow) names", "code-reviews/workflow.yaml"),
    ),
    Fault(
        "a workflow of the agent's menu is hollow",
        removed(f"{WORKFLOWS}/code-review/instructions.md"),
        {"2.4.2": "failed"},
        ("code-review/instructions.md, which does not exist",),
    ),
    Fault(
        "a workflow names a follow-up that is not there",
        replaced(f"{QUICK_FLOW_PARTS}/workflow.yaml", "/code-review/workflow.yaml", "/review/workflow.yaml"),
        {"2.4.2": "failed"},
        ("review_workflow names",),
    ),
    Fault(
        "the framework lies under another name",
        moved("_bmad", "_bmad_old"),
        {"2.4.2": "failed"},
        ("loads _bmad/core/tasks/workflow.xml, which does not exist",),
    ),
    Fault(
        "instructions are a folder",
        together(
            removed(f"{WORKFLOWS}/dev-story/instructions.md"),
            lambda world: (world.claude / WORKFLOWS / "dev-story" / "instructions.md").mkdir(),
        ),
        {"2.4.2": "failed"},
        ("which is a folder",),
    ),
    Fault(
        "installed_path has a typing error",
        replaced(
            f"{WORKFLOWS}/sprint-planning/workflow.yaml", '4-implementation/sprint-planning"', '4-implementation/plan"'
        ),
        {"2.4.2": "failed"},
        ("plan/instructions.md, which does not exist",),
    ),
    Fault(
        "a command runs its neighbour's workflow",
        replaced(SPRINT_PLANNING, "sprint-planning/workflow.yaml", "code-review/workflow.yaml", -1),
        {"2.4.2": "failed"},
        ("the workflow 'code-review'; expected 'sprint-planning'",),
    ),
    Fault(
        "the dev command loads another agent",
        replaced(DEV, "agents/dev.md", "agents/sm.md"),
        {"2.4.2": "failed", "2.4.4": "failed"},
        ("loads _bmad/bmm/agents/sm.md; expected the agent 'dev'",),
    ),
    Fault("the dev agent has no menu", replaced(AGENT, "<menu>", "<nothing>"), {"2.4.2": "failed"}, ("has no menu",)),
    Fault(
        "a workflow has no instructions",
        replaced(f"{WORKFLOWS}/sprint-planning/workflow.yaml", "instructions:", "text:"),
        {"2.4.2": "failed"},
        ("names no instructions",),
    ),
    Fault("a command is empty", written(SPRINT_PLANNING, b""), {"2.4.2": "failed"}, ("is empty",)),
    Fault(
        "a command is no text", written(SPRINT_PLANNING, b"PK\x03\x04\0\0"), {"2.4.2": "failed"}, ("holds a NUL byte",)
    ),
    Fault(
        "a command loads nothing",
        written(SPRINT_PLANNING, b"Plan the sprint as you see fit.\n"),
        {"2.4.2": "failed"},
        ("runs no workflow",),
    ),
    Fault(
        "claude does not list a command whose file is there",
        program(listing(*LISTED)),
        {"2.4.2": "failed"},
        ("/bmad:bmm:workflows:sprint-planning is not among the 3 commands of claude 2.1.9",),
    ),
    Fault(
        "claude lists a command of which no file was found",
        together(removed(QUICK_FLOW), program(listing(*LISTED, "bmad:bmm:workflows:sprint-planning"))),
        {"2.4.1": "degraded"},
        ("quick-flow-solo-dev is listed by claude 2.1.9, but no file of it was found",),
    ),
    Fault("claude gives no list", program("{}"), {"2.4.2": "degraded"}, ("gave no list of commands",)),
]

FAULTS = [Fault(each.name, each.breaks, each.trips, each.says, "bmad") for each in (*ABSENT, *BROKEN)]
