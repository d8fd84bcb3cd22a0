"""Faults of the smoke command (2.1.3): its file, and what it loads; and what is odd and must pass all the same."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from tests_suite.faults.world import Fault, World, edit

NAME = "bmad:bmm:workflows:quick-flow-solo-dev"
COMMAND = ".claude/commands/bmad/bmm/workflows/quick-flow-solo-dev.md"
AGENT = ".claude/commands/bmad/bmm/agents/quick-flow-solo-dev.md"
FLAT = ".claude/commands/bmad-bmm-quick-flow-solo-dev.md"
SKILL = ".claude/skills/bmad-quick-dev/SKILL.md"
RULES = "_bmad/core/tasks/workflow.xml"
SETTINGS = "_bmad/bmm/config.yaml"
FOLDER = "_bmad/bmm/workflows/bmad-quick-flow/quick-flow-solo-dev"
WORKFLOW = f"{FOLDER}/workflow.yaml"
SMALLEST = "---\ndescription: quick flow\n---\nRun the quick flow.\n"
Breaks = Callable[[World], None]


def fault(name: str, breaks: Breaks, *says: str, outcome: str = "failed") -> Fault:
    return Fault(name, breaks, {"2.1.3": outcome}, says)


def passes(name: str, breaks: Breaks) -> Fault:
    return Fault(name, breaks, {}, ())


def write(path: Path, text: str | bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())


def moved(*files: str) -> Breaks:
    """Move the command's file to another place in the project, or to several."""

    def breaks(world: World) -> None:
        text = (world.claude / COMMAND).read_bytes()
        (world.claude / COMMAND).unlink()
        for file in files:
            write(world.claude / file, text)

    return breaks


def removed(path: str) -> Breaks:
    def breaks(world: World) -> None:
        full = world.claude / path
        shutil.rmtree(full) if full.is_dir() else full.unlink()

    return breaks


def _holds(text: str | bytes, path: str = COMMAND) -> Breaks:
    return lambda world: write(world.claude / path, text)


def _also(line: str) -> Breaks:
    """The command's text has one more line."""

    def breaks(world: World) -> None:
        with (world.claude / COMMAND).open("a", encoding="utf-8") as file:
            file.write(f"\n{line}\n")

    return breaks


def edited(old: str, new: str, path: str = WORKFLOW) -> Breaks:
    return lambda world: edit(world.claude / path, old, new)


def _folder_instead(path: str) -> Breaks:
    def breaks(world: World) -> None:
        (world.claude / path).unlink()
        write(world.claude / path / "README.md", "A folder of this name.\n")

    return breaks


def _dangling(world: World) -> None:
    (world.claude / COMMAND).unlink()
    (world.claude / COMMAND).symlink_to("../../../../gone.md")


def _hidden_by_skill(world: World) -> None:
    write(world.claude / COMMAND.replace("quick-flow-solo-dev.md", "Skill.md"), SMALLEST)


def _shadowed(file: str, text: str = "Run @_bmad/no/such/workflow.xml now.\n") -> Breaks:
    """The user has a command of the same name."""
    return lambda world: write(world.home / file, text)


def _renamed_on_the_way(world: World) -> None:
    (world.claude / ".claude/commands/bmad").rename(world.claude / ".claude/commands/BMAD")


def both(*all_of_them: Breaks) -> Breaks:
    def breaks(world: World) -> None:
        for each in all_of_them:
            each(world)

    return breaks


NOT_FOUND = [
    fault("the command is missing", removed(COMMAND), f"/{NAME} is no command here; expected {COMMAND}", "nothing"),
    fault("the project has no .claude", removed(".claude"), "the project has no commands at all"),
    fault("the project has no commands", removed(".claude/commands"), "the project has no commands at all"),
    fault(
        "quick flow is an agent, as BMAD installs it",
        moved(AGENT),
        "found instead: /bmad:bmm:agents:quick-flow-solo-dev",
    ),
    fault("the commands are flat", moved(FLAT), "found instead: /bmad-bmm-quick-flow-solo-dev"),
    fault(
        "the command is a skill of another name",
        moved(SKILL.replace("quick-dev", "quick-flow-solo-dev")),
        "found instead: /bmad-quick-flow-solo-dev",
    ),
    fault(
        "the command is written with capitals",
        moved(COMMAND.replace("quick-flow-solo-dev.md", "Quick-Flow-Solo-Dev.md")),
        "found instead: /bmad:bmm:workflows:Quick-Flow-Solo-Dev",
    ),
    fault("a folder of the command is written with capitals", _renamed_on_the_way, "found instead: /BMAD:bmm:"),
    fault(
        "the command's file ends in .txt",
        moved(COMMAND.replace(".md", ".txt")),
        "quick-flow-solo-dev.txt lies in .claude/commands/bmad/bmm/workflows, and only files that end in .md",
    ),
    fault("the command's file ends in .MD", moved(COMMAND.replace(".md", ".MD")), "dev.MD lies in .claude/commands"),
    fault("the command's file has no ending", moved(COMMAND.removesuffix(".md")), "quick-flow-solo-dev lies in"),
    fault("the command's file is a backup", moved(f"{COMMAND}.bak"), "quick-flow-solo-dev.md.bak lies in"),
    fault("a folder has the command's name", _folder_instead(COMMAND), f"{COMMAND} is a folder; expected a file"),
    fault(
        "the command's file is a dangling link",
        _dangling,
        f"{COMMAND} is a link to ../../../../gone.md, which does not exist",
    ),
    fault("a skill file hides the commands beside it", _hidden_by_skill, f"{COMMAND} is hidden by Skill.md beside it"),
    fault(
        "only Claude may call the command",
        edited("---\n", "---\nuser-invocable: false\n", COMMAND),
        f"{COMMAND} says `user-invocable: false`, so users cannot call it",
    ),
    fault(
        "the user's command of that name is for Claude only",
        _shadowed(COMMAND, "---\nuser-invocable: false\n---\nx\n"),
        f"~/{COMMAND} says `user-invocable: false`",
    ),
]

FILE = [
    fault("the command's file is empty", _holds(""), f"{COMMAND}:: is empty"),
    fault("the command's file is blank", _holds("\n \n"), f"{COMMAND}:: is empty"),
    fault("the command's file is not UTF-8", _holds("Führe den Ablauf aus.\n".encode("latin-1")), "byte 0xfc is not"),
    fault("the command's file is binary", _holds(b"run\n\0\0"), f"{COMMAND}:2: holds a NUL byte"),
    fault("the command's file has a byte order mark", _holds(b"\xef\xbb\xbf" + SMALLEST.encode()), "byte order mark"),
    fault("the command was never merged", _also("<<<<<<< HEAD"), f"{COMMAND}:26: conflict marker"),
]

LOADED = [
    fault("the rules are missing", removed(RULES), f"{COMMAND}:10: loads {RULES}: cannot be read: no such file"),
    fault("the workflow is missing", removed(WORKFLOW), f"{COMMAND}:12: loads {WORKFLOW}: cannot be read"),
    fault("the settings are missing", removed(SETTINGS), f"{COMMAND}:14: loads {SETTINGS}: cannot be read"),
    fault("the framework is missing", removed("_bmad"), f"loads {RULES}", f"loads {WORKFLOW}", f"loads {SETTINGS}"),
    fault("the rules are a folder", _folder_instead(RULES), f"loads {RULES}: not a regular file"),
    fault("the rules are empty", _holds("", RULES), f"loads {RULES}: is empty"),
    fault("the rules are binary", _holds(b"<task>\0</task>", RULES), f"{RULES}:1: holds a NUL byte"),
    fault("a file named in quotes is missing", _also('See @"docs/my notes.md" first.'), "loads docs/my notes.md:"),
    fault("a file of the project's own folder is missing", _also("See @NOTES.md."), "loads NOTES.md: cannot be read"),
    fault("lines of a missing file are named", _also("See @docs/notes.md#L3-9"), "loads docs/notes.md: cannot be read"),
    fault("a file of the user's home is missing", _also("See @~/notes/mine.md"), "loads ~/notes/mine.md: cannot be"),
    fault(
        "a file below the root of the project is missing",
        _also("Load {project-root}/_bmad/bmm/data/rules.md."),
        "loads _bmad/bmm/data/rules.md: cannot be read",
    ),
    fault(
        "the user's own command wins and is broken",
        _shadowed(COMMAND),
        f"~/{COMMAND}:1: loads _bmad/no/such/workflow.xml: cannot be read",
    ),
    fault(
        "the user's own skill wins and is broken",
        _shadowed(".claude/skills/quick/SKILL.md", f"---\nname: {NAME}\n---\nRun @_bmad/no/such/workflow.xml.\n"),
        "~/.claude/skills/quick/SKILL.md:4: loads _bmad/no/such/workflow.xml: cannot be read",
    ),
]

PARTS = [
    fault("the workflow is no YAML", edited('author: "BMad"', 'author: "BMad'), f"{WORKFLOW}:", "no valid YAML"),
    fault("the workflow is a list", _holds("- name: quick\n", WORKFLOW), f"{WORKFLOW}:1: holds no keys"),
    fault("the workflow is not UTF-8", _holds("name: f\xfcr\n".encode("latin-1"), WORKFLOW), "byte 0xfc is not UTF-8"),
    fault("the workflow has a key twice", edited("standalone:", "name: x\nstandalone:"), "key 'name' stands twice"),
    fault(
        "the workflow's instructions are missing",
        removed(f"{FOLDER}/instructions.md"),
        f"{WORKFLOW}:18: instructions names {FOLDER}/instructions.md, which does not exist",
    ),
    fault(
        "the workflow's instructions are empty",
        _holds("", f"{FOLDER}/instructions.md"),
        "instructions names",
        "which is of no use: is empty",
    ),
    fault(
        "the workflow's instructions are a folder",
        _folder_instead(f"{FOLDER}/instructions.md"),
        "which is of no use: not a regular file",
    ),
    fault(
        "the workflow's template is missing",
        removed(f"{FOLDER}/template.md"),
        f"template names {FOLDER}/template.md, which does not exist",
    ),
    fault(
        "the workflow's validation is missing",
        removed(f"{FOLDER}/checklist.md"),
        f"validation names {FOLDER}/checklist.md, which does not exist",
    ),
    fault(
        "the workflow's settings are elsewhere",
        edited("_bmad/bmm/config.yaml", "_bmad/config.yaml"),
        "config_source names _bmad/config.yaml, which does not exist",
    ),
    fault(
        "the workflow lies in another folder than it says",
        edited("bmad-quick-flow/quick-flow-solo-dev", "quick-flow"),
        "instructions names _bmad/bmm/workflows/quick-flow/instructions.md",
        "template names",
        "validation names",
    ),
    fault("the settings are no YAML", _holds("user_name: [\n", SETTINGS), f"{SETTINGS}:", "no valid YAML"),
]

FAULTS = [*NOT_FOUND, *FILE, *LOADED, *PARTS]


def _only_in_home(world: World) -> None:
    write(world.home / COMMAND, (world.claude / COMMAND).read_bytes())
    (world.claude / COMMAND).unlink()


def _linked_folder(world: World) -> None:
    """Teams keep one copy of the commands and link to it."""
    (world.claude / ".claude/commands/bmad").rename(world.root / "shared")
    (world.claude / ".claude/commands/bmad").symlink_to(world.root / "shared")
    (world.root / "shared" / "circle").symlink_to(world.root / "shared")


def _linked_file(world: World) -> None:
    (world.claude / COMMAND).rename(world.root / "shared.md")
    (world.claude / COMMAND).symlink_to(world.root / "shared.md")


def _in_folder_above(world: World) -> None:
    (world.claude / ".claude").rename(world.root / ".claude")


def _crlf(world: World) -> None:
    for path in (COMMAND, WORKFLOW, SETTINGS, f"{FOLDER}/instructions.md"):
        text = (world.claude / path).read_text(encoding="utf-8")
        write(world.claude / path, text.replace("\n", "\r\n"))


def skill_of_that_name(world: World) -> None:
    moved(".claude/skills/quick/SKILL.md")(world)
    edit(world.claude / ".claude/skills/quick/SKILL.md", "name: 'quick-flow-solo-dev'", f"name: '{NAME}'")


HEALTHY = [
    passes("the command is only in the user's home", _only_in_home),
    passes("the commands are in the folder above the project", _in_folder_above),
    passes("the folder of commands is a link", _linked_folder),
    passes("the command's file is a link", _linked_file),
    passes("the command is a skill that gives itself the name", skill_of_that_name),
    passes("the user's own command wins and is whole", _shadowed(COMMAND, SMALLEST)),
    passes("files end their lines with CR LF", _crlf),
    passes("the command has no frontmatter", _holds(SMALLEST.partition("---\n")[2].partition("---\n")[2])),
    passes("the command loads nothing", _holds(SMALLEST)),
    passes("the frontmatter names a file in passing", edited("name: '", "note: 'see @docs/gone.md'\nname: '", COMMAND)),
    passes(
        "the text has addresses, decorators and tags",
        _also("Ask user@example.com; write @pytest.fixture, @param and @media (min-width), not @scope/package or @_."),
    ),
    passes(
        "the text quotes what it does not load",
        _also(
            "Never `@docs/gone.md`, (@docs/gone.md), '@docs/gone.md' or @docs/[name].md, @docs/*.md, @{output}/x.md."
        ),
    ),
    passes("the text says where results go", _also("Save to {project-root}/docs/quick.md and {output_folder}/x.md.")),
    passes("references stand at the root of the project", _also("Load @{project-root}/_bmad/bmm/config.yaml first.")),
    passes(
        "references end with the sentence",
        _also(f"First @{RULES}, then {{project-root}}/{SETTINGS}. See @./{WORKFLOW}#L1-3!"),
    ),
    passes("a folder is referenced", _also("List @_bmad/bmm/ and @_bmad.")),
    passes("the workflow has no template", edited('"{installed_path}/template.md"', "false")),
    passes("the workflow's validation is empty", edited('"{installed_path}/checklist.md"', '""')),
    passes(
        "the workflow's template is chosen at run time",
        edited('"{installed_path}/template.md"', '"{implementation_artifacts}/{{kind}}.md"'),
    ),
    passes("the workflow names its parts from its own folder", edited("{installed_path}/instr", "./instr")),
    passes("a template of YAML is loaded", both(_holds("name: {{NAME}}\n", "t.yaml"), _also("Fill @t.yaml in."))),
]
