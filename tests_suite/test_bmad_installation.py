"""BMAD as a project has it: which versions lie there, which commands are absent, and where the hand-over leads."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from fixtures.bmad.handoff import (
    DevWorkflow,
    dev_workflow,
    integration_findings,
    numbering_findings,
    unread_by_dev_agent,
)
from fixtures.bmad.installation import Bmad, Installation, identify
from fixtures.claude.program import CliAnswer
from fixtures.claude.project import ClaudeProject
from fixtures.claude.slashcommands import Command
from fixtures.finding import Finding
from fixtures.target import ClaudeTarget
from fixtures.textfile import TextFile
from fixtures.workflow.config import WorkflowConfig, config_of
from fixtures.workflow.tree import WorkflowTree

CONFIG, CFG = "_bmad/_config/manifest.yaml", "bmad/_cfg/manifest.yaml"
NESTED, FLAT, SKILLS, OLD = (
    "nested commands (the layout of BMAD 6.0.0-alpha)",
    "flat commands (the layout of BMAD 6.0.0-Beta to 6.0.4)",
    "skills (the layout of BMAD 6.1 and later)",
    "BMad folder (the layout of BMAD 4)",
)
COMMANDS = ".claude/commands"


def bmad_in(folder: Path, files: dict[str, str] | tuple[str, ...], cli: CliAnswer | None = None) -> Bmad:
    """BMAD in a project that holds these files, with what the claude program has listed."""
    for name, text in (files if isinstance(files, dict) else dict.fromkeys(files, "x\n")).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    home = folder / "home" if (folder / "home").is_dir() else None
    claude = ClaudeProject(ClaudeTarget(folder, home, "off"))
    vars(claude)["cli"] = cli
    return Bmad(claude)


def said(*messages: str) -> list[Finding]:
    return [Finding(None, None, message) for message in messages]


@pytest.mark.parametrize(
    ("name", "origin", "words"),
    [
        ("/bmad:bmm:agents:dev", "project", "an agent; nested commands, the layout of BMAD 6.0.0-alpha"),
        ("/bmad:core:tasks:a", "user", "a task; nested commands, the layout of BMAD 6.0.0-alpha"),
        ("/bmad-dev-story", "skill", "a workflow; skills, the layout of BMAD 6.1 and later"),
        ("/BMad:agents:dev", "project", "an agent; BMad folder, the layout of BMAD 4"),
    ],
)
def test_command_is_described_by_kind_and_layout(name: str, origin: str, words: str) -> None:
    assert str(identify(Command(name, origin, Path(), "x.md"))) == f"{name} ({words})"


@pytest.mark.parametrize(
    ("files", "found"),
    [
        ({}, ()),
        ({"_bmad/notes.md": "x", "bmad": "no folder"}, ()),
        ({CONFIG: "installation: {version: 6.1.0, installShims: false}"},
         (Installation("_bmad", CONFIG, "6.1.0", False),)),
        ({CFG: "installation: {version: 6.0}\n"}, (Installation("bmad", CFG, "6.0"),)),
        ({CFG: "installation: {installShims: 'no'}\n"}, (Installation("bmad", CFG, ""),)),
        *(({CFG: text}, (Installation("bmad", CFG, ""),)) for text in ("a: [", "- a", "installation: x", "a: 1")),
        ({CONFIG: "installation: {version: 2.0.1}", "_bmad/_cfg/manifest.yaml": "installation: {version: 1.0.1}"},
         (Installation("_bmad", CONFIG, "2.0.1"),)),
        ({".bmad-core/agents/x": "x", ".bmad/core/x": "x", "bmad/bmm/x": "x"},
         (Installation(".bmad", None, ""), Installation("bmad", None, ""), Installation(".bmad-core", None, ""))),
    ],
)  # fmt: skip
def test_version_is_what_the_manifest_of_a_folder_says(
    files: dict[str, str], found: tuple[Installation, ...], tmp_path: Path
) -> None:
    assert bmad_in(tmp_path, files).installations == found


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({}, "no framework folder; no BMAD commands for Claude Code"),
        ({f"{COMMANDS}/deploy.md": "x"}, "no framework folder; no BMAD commands for Claude Code"),
        ({CONFIG: "installation: {version: 6.1.0}", "bmad/core/x": "x", ".claude/skills/bmad-help/SKILL.md": "x"},
         f"BMAD 6.1.0 in _bmad/ and of unknown version in bmad/; {SKILLS}"),
        ({f"{COMMANDS}/bmad-help.md": "x", f"{COMMANDS}/BMad/agents/dev.md": "x", f"{COMMANDS}/BMad/tasks/a.md": "x",
          f"{COMMANDS}/bmad/bmm/agents/dev.md": "x"}, f"no framework folder; {OLD} and {NESTED} and {FLAT}"),
    ],
)  # fmt: skip
def test_what_this_looks_like_is_one_line(files: dict[str, str], words: str, tmp_path: Path) -> None:
    assert bmad_in(tmp_path, files).described == words


def test_installation_of_one_version_leaves_no_doubt(tmp_path: Path) -> None:
    files = {CFG: "installation: {version: 6.0.0-alpha.7}", f"{COMMANDS}/bmad/bmm/agents/dev.md": "x"}

    assert bmad_in(tmp_path, files).doubts() == []
    assert bmad_in(tmp_path, {CFG: "installation: {version: newest}"}).doubts() == []
    assert bmad_in(tmp_path, {CFG: "installation: {}"}).doubts() == []


def test_two_versions_side_by_side_are_a_doubt(tmp_path: Path) -> None:
    bmad = bmad_in(tmp_path, {
        CONFIG: "installation: {version: 6.1.0}", CFG: "installation: {version: 6.0.1}",
        f"{COMMANDS}/bmad-a.md": "x", f"{COMMANDS}/bmad-b.md": "x", ".claude/skills/bmad-help/SKILL.md": "x",
    })  # fmt: skip

    sides = f"({COMMANDS}/bmad-a.md, .claude/skills/bmad-help/SKILL.md)"
    assert bmad.doubts() == [
        *said(f"commands of 2 BMAD versions lie side by side {sides}; remove the old"),
        Finding(
            CONFIG,
            None,
            "says BMAD 6.1.0, and the commands are flat commands, as BMAD 6.0.0-Beta to 6.0.4 installs them; "
            "run one installer again",
        ),
        *said("the framework is there 2 times (_bmad, bmad)"),
    ]


def test_file_that_is_not_what_its_command_runs_is_named(tmp_path: Path) -> None:
    bmad = bmad_in(tmp_path, (
        *(f"{COMMANDS}/{name}.md" for name in ("a", "b", "c")), "home/.claude/commands/a.md",
        "home/.claude/commands/d.md", ".claude/skills/c/SKILL.md",
    ))  # fmt: skip

    assert bmad.shadowed(["/a", "/b", "/c", "/d", "/none"]) == [
        Finding(f"{COMMANDS}/a.md", None, "is not what /a runs: ~/.claude/commands/a.md wins over it"),
        Finding(f"{COMMANDS}/c.md", None, "is not what /c runs: .claude/skills/c/SKILL.md wins over it"),
    ]


NOTHING = "no framework folder; no BMAD commands for Claude Code"
ABSENT = [
    ("/x:dev", ("none.md",), "expected is missing; nothing like it was found", NOTHING),
    ("/dev", (f"{COMMANDS}/DEV/x.md", f"{COMMANDS}/in/bmad-Dev.md", f"{COMMANDS}/in/Dev.md", f"{COMMANDS}/devs.md"),
     "expected is missing; found instead: /in:Dev, /in:bmad-Dev", NOTHING),
    ("/bmad:bmm:workflows:dev", (f"{COMMANDS}/bmad/bmm/agents/dev.md", f"{COMMANDS}/bmad-dev.md", f"{COMMANDS}/dev.md"),
     "expected is missing; found instead: /bmad-dev (a workflow; flat commands, the layout of BMAD 6.0.0-Beta to 6.0.4)"
     ", /bmad:bmm:agents:dev (an agent; nested commands, the layout of BMAD 6.0.0-alpha), /dev",
     f"no framework folder; {NESTED} and {FLAT}"),
    ("/bmad:x:tasks:dev", (f"{COMMANDS}/dev.md", *(f"{COMMANDS}/bmad/{each}/agents/dev.md" for each in "edcba")),
     "expected is missing; found instead: " + ", ".join(
         f"/bmad:{each}:agents:dev (an agent; nested commands, the layout of BMAD 6.0.0-alpha)" for each in "abcd"),
     f"no framework folder; {NESTED}"),
    ("/dev", tuple(f"{COMMANDS}/{n}/dev.md" for n in range(6)),
     "expected is missing; found instead: /0:dev, /1:dev, /2:dev, /3:dev", NOTHING),
    ("/dev", (f"{COMMANDS}/dev.txt", "bmad/core/agents/dev.md"),
     "dev.txt lies in .claude/commands, and only files that end in .md are commands; bmad/core/agents/dev.md is "
     "installed, but no command leads to it: run BMAD's installer for Claude Code",
     "BMAD of unknown version in bmad/; no BMAD commands for Claude Code"),
    ("/x:plan", ("bmad/core/other/plan/notes.md", "bmad/core/w/plan/workflow.md", "bmad/core/w/plan/workflow.yaml"),
     "expected is missing; bmad/core/w/plan/workflow.yaml is installed, but no command leads to it: run BMAD's "
     "installer for Claude Code", "BMAD of unknown version in bmad/; no BMAD commands for Claude Code"),
    ("/plan", ("bmad/core/1/2/3/4/5/plan/workflow.md",),
     "expected is missing; bmad/core/1/2/3/4/5/plan/workflow.md is installed, but no command leads to it: run BMAD's "
     "installer for Claude Code", "BMAD of unknown version in bmad/; no BMAD commands for Claude Code"),
    ("/bmad:bmm:workflows:plan", ("_bmad/aaa/plan/workflow.yaml", "_bmad/bmm/2/plan/workflow.md", "_bmad/core/x"),
     "expected is missing; _bmad/bmm/2/plan/workflow.md is installed, but no command leads to it: run BMAD's "
     "installer for Claude Code", "BMAD of unknown version in _bmad/; no BMAD commands for Claude Code"),
    ("/bmad-core-plan", ("_bmad/bmm/plan/workflow.yaml", "_bmad/core/plan/workflow.yaml"),
     "expected is missing; _bmad/core/plan/workflow.yaml is installed, but no command leads to it: run BMAD's "
     "installer for Claude Code", "BMAD of unknown version in _bmad/; no BMAD commands for Claude Code"),
    ("/bmad-plan", ("_bmad/aaa/plan/workflow.yaml", "_bmad/bmm/plan/workflow.yaml"),
     "expected is missing; _bmad/bmm/plan/workflow.yaml is installed, but no command leads to it: run BMAD's "
     "installer for Claude Code", "BMAD of unknown version in _bmad/; no BMAD commands for Claude Code"),
    ("/plan", ("bmad/core/1/2/3/4/5/6/7/plan/workflow.md",), "expected is missing; nothing like it was found",
     "BMAD of unknown version in bmad/; no BMAD commands for Claude Code"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "files", "words", "described"), ABSENT)
def test_command_that_is_absent_is_said_with_what_is_there_instead(
    name: str, files: tuple[str, ...], words: str, described: str, tmp_path: Path
) -> None:
    expected = f"{COMMANDS}/{name[1:].replace(':', '/')}.md"
    message = f"{name} is no command: {words.replace('expected', expected, 1)}; this looks like {described}"

    assert bmad_in(tmp_path, files).absences([name]) == [Finding(expected, None, message)]


@pytest.mark.parametrize(
    ("manifest", "name", "hint"),
    [
        ("{version: 6.12.0, installShims: false}", "/bmad:bmm:workflows:dev-story",
         "BMAD 6.12.0 installs this name only on demand (its manifest says installShims: false)"),
        ("{version: 6.12.0, installShims: true}", "/dev-story", "nothing like it was found"),
        ("{version: 6.12.0}", "/dev-story", "nothing like it was found"),
        ("{version: 6.12.0, installShims: false}", "/dev", "nothing like it was found"),
    ],
)  # fmt: skip
def test_name_that_is_installed_on_demand_is_said_to_be(manifest: str, name: str, hint: str, tmp_path: Path) -> None:
    (found,) = bmad_in(tmp_path, {CONFIG: f"installation: {manifest}"}).absences([name])

    assert f" is missing; {hint}; this looks like BMAD 6.12.0 in _bmad/" in found.message


def test_list_of_the_program_is_held_against_the_files(tmp_path: Path) -> None:
    files = (f"{COMMANDS}/a.md", f"{COMMANDS}/b.md", ".claude/skills/s/SKILL.md")
    names = ["/a", "/b", "/s", "/t", "/listed", "/none"]
    cli = CliAnswer("claude 2.1.9", frozenset({"/a", "/t", "/listed"}))
    (tmp_path / ".claude/skills/s").mkdir(parents=True)
    bmad = bmad_in(tmp_path, dict.fromkeys(files, "---\nname: t\n---\nx\n"), cli)

    assert [found.file for found in bmad.absences(names)] == [f"{COMMANDS}/none.md"]
    assert bmad.unseen(names) == said(
        "/listed is listed by claude 2.1.9, but no file of it was found to verify",
    )
    unlisted = "/b is not among the 3 commands of claude 2.1.9, though its file is there"
    assert bmad.unlisted(names) == [Finding(f"{COMMANDS}/b.md", None, unlisted)]
    for silent in (None, dataclasses.replace(cli, error="cannot be run")):
        bmad = bmad_in(tmp_path, files, silent)
        assert [found.file for found in bmad.absences(["/listed"])] == [f"{COMMANDS}/listed.md"]
        assert (bmad.unseen(names), bmad.unlisted(names)) == ([], [])


def config(text: str) -> WorkflowConfig:
    found = config_of(WorkflowTree(Path("nowhere"), {"config.yaml": TextFile("config.yaml", b"", text, ())}))
    assert found is not None
    return found


def at(line: int | None, message: str) -> Finding:
    return Finding("config.yaml", line, message)


FOLDER = "_bmad/bmm/workflows/dev-story"
PROJECT = {
    f"{COMMANDS}/bmad/bmm/agents/dev.md": "Load @_bmad/bmm/agents/dev.md\n",
    f"{COMMANDS}/bmad/bmm/workflows/dev-story.md": f"Run @{FOLDER}/workflow.yaml\n",
    f"{COMMANDS}/bmad/aaa/workflows/dev-story.md": "Run nothing\n",
    f"{COMMANDS}/bmad/bmm/workflows/review.md": "Run nothing\n",
    f"{COMMANDS}/deploy.md": "x\n",
    "_bmad/bmm/agents/dev.md":
    f'<agent><menu>\n<item workflow="{{project-root}}/{FOLDER}/workflow.yaml">\n</menu></agent>\n',
    f"{FOLDER}/workflow.yaml": f"a: b\nsprint_status: '{{out}}/own.status.yml'\ninstructions: {FOLDER}/do.xml\n",
    f"{FOLDER}/do.xml": "<x/>\n",
}  # fmt: skip
AGENT = "/bmad:bmm:agents:dev"
SECTION = "bmm_integration:\n  dev_agent: {}\n  dev_workflow: {}\n  story_format: {}\n"  # lines 1 to 4


@pytest.mark.parametrize(
    ("agent", "workflow", "found"),
    [
        (AGENT, "dev-story", (AGENT, "/bmad:bmm:workflows:dev-story")),
        ("none", "dev-story", (None, "/bmad:aaa:workflows:dev-story")),
        (AGENT, "/bmad:aaa:workflows:dev-story", (AGENT, "/bmad:aaa:workflows:dev-story")),
        (AGENT, "/none", (AGENT, None)),
        (AGENT, "dev", (AGENT, None)),
        (AGENT, "''", (AGENT, None)),
    ],
)
def test_dev_workflow_is_the_one_of_the_agents_module(
    agent: str, workflow: str, found: tuple[str | None, ...], tmp_path: Path
) -> None:
    dev = dev_workflow(bmad_in(tmp_path, PROJECT), config(SECTION.format(agent, workflow, "x")))

    assert tuple(each.command.name if each else None for each in (dev.agent, dev.workflow)) == found


def test_files_of_the_hand_over_are_found_through_its_commands(tmp_path: Path) -> None:
    bmad, given = bmad_in(tmp_path, PROJECT), config(SECTION.format(AGENT, "dev-story", "x"))
    dev = dev_workflow(bmad, given)

    assert [file.path for file in dev.files] == [
        "_bmad/bmm/agents/dev.md",
        f"{FOLDER}/workflow.yaml",
        f"{FOLDER}/do.xml",
    ]
    assert (dev.agent_file, dev.workflow_file, dev.instructions) == dev.files
    assert dev.status_file == "own.status.yml"
    (tmp_path / FOLDER / "do.xml").unlink()
    assert dev_workflow(bmad, given).instructions is None
    none = dev_workflow(bmad, config(SECTION.format("none", "none", "x")))
    assert none == DevWorkflow(None, None, None, None, None, ())
    assert none.status_file == "sprint-status.yaml"


def test_workflow_of_markdown_holds_its_own_instructions(tmp_path: Path) -> None:
    files = {f"{COMMANDS}/bmad-dev-story.md": f"Run @{FOLDER}/workflow.md\n", f"{FOLDER}/workflow.md": "x\n"}
    dev = dev_workflow(bmad_in(tmp_path, files), config(SECTION.format("none", "dev-story", "x")))

    assert dev.instructions is dev.workflow_file
    assert [file.path for file in dev.files] == [f"{FOLDER}/workflow.md"] * 2
    assert dev.status_file == "sprint-status.yaml"


KNOWN = "bmm-compliant"
LACKS = "bmm_integration.{} is missing; it is needed for the hand-over"
OFFERED = f"is in no menu entry of {AGENT}, which offers dev-story"
INTEGRATIONS = [
    (SECTION.format(AGENT, "dev-story", KNOWN), []),
    ("a: 1\n", [(None, "section bmm_integration is missing or empty; expected dev_agent, dev_workflow and "
                 "story_format")]),
    ("bmm_integration: {}\n", [(1, "section bmm_integration is missing or empty; expected dev_agent, dev_workflow "
                                "and story_format")]),
    (SECTION.format("''", "7", "' '"),
     [(2, LACKS.format("dev_agent")), (3, LACKS.format("dev_workflow")), (4, LACKS.format("story_format"))]),
    (SECTION.format("dev", "dev-story", "own"),
     [(2, "dev_agent is 'dev'; expected a command such as /bmad:bmm:agents:dev"),
      (4, "bmm_integration.story_format is 'own'; known are bmm-compliant")]),
    (SECTION.format("/deploy", "dev-story", KNOWN),
     [(2, "dev_agent: /deploy is a command that is not BMAD's; expected an agent")]),
    (SECTION.format("/bmad:bmm:workflows:review", "dev-story", KNOWN),
     [(2, "dev_agent: /bmad:bmm:workflows:review is a workflow; expected an agent")]),
    (SECTION.format(AGENT, "/bmad:bmm:agents:dev", KNOWN),
     [(3, "dev_workflow '/bmad:bmm:agents:dev' is no workflow that is installed; something like it: dev-story")]),
    (SECTION.format(AGENT, "planning", KNOWN),
     [(3, f"dev_workflow 'planning' is no workflow that is installed; BMAD of unknown version in _bmad/; {NESTED}")]),
    (SECTION.format(AGENT, "code-review", KNOWN),
     [(3, "dev_workflow 'code-review' is no workflow that is installed; something like it: review")]),
    (SECTION.format(AGENT, "e", KNOWN),
     [(3, "dev_workflow 'e' is no workflow that is installed; something like it: dev-story, review")]),
    (SECTION.format(AGENT, "review", KNOWN), [(3, f"dev_workflow 'review' {OFFERED}")]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "found"), INTEGRATIONS)
def test_section_of_the_hand_over_names_what_is_installed(
    text: str, found: list[tuple[int | None, str]], tmp_path: Path
) -> None:
    bmad, given = bmad_in(tmp_path, PROJECT), config(text)

    said = list(integration_findings(given, bmad, dev_workflow(bmad, given)))

    assert said == [at(line, message) for line, message in found]


def test_agent_that_is_absent_is_said_once(tmp_path: Path) -> None:
    bmad, given = bmad_in(tmp_path, PROJECT), config(SECTION.format("/no", "dev-story", KNOWN))

    (found,) = integration_findings(given, bmad, dev_workflow(bmad, given))

    assert found == at(2, f"dev_agent: {bmad.absences(['/no'])[0].message}")


def template(text: str) -> TextFile:
    return TextFile("t.md", text.encode(), text, ())


@pytest.mark.parametrize("key", ["story_id", "epic_number", "next_story_num", "first_epic_key", "story_counter_start"])
def test_workflow_that_numbers_stories_by_itself_is_told(key: str) -> None:
    given = config(f"a: {{b: 1}}\nc:\n  {key}: 1\nsidecar_template:\n  {key}: 1\nmy_{key}: 1\n{key}-of: 1\n")
    good = template("# Story {{epic}}.{{ n }}: x")

    message = f"c.{key} numbers stories; their numbers are left to BMAD"
    assert list(numbering_findings(given, good)) == [at(3, message)]


def test_number_of_a_story_is_left_to_bmad() -> None:
    missing = "is missing, so nothing leaves a story's number to BMAD"
    said = "number is {!r}; expected a placeholder, since BMAD assigns it"

    assert list(numbering_findings(config("a: 1\n"), template("no title"))) == []
    assert list(numbering_findings(config("a: 1\n"), template("x\n# Story 1.{{a b}}: {{t}}\n"))) == [
        Finding("t.md", 2, f"epic {said.format('1')}"),
        Finding("t.md", 2, f"story {said.format('{{a b}}')}"),
    ]
    assert list(numbering_findings(config("a: 1\n"), None)) == [
        Finding("templates/bmm-story.template.md", None, missing)
    ]


STOPS = "has no `### Context Reference`, without which the dev agent of this BMAD stops (agent.md)"
STATUS = "status 'drafted' is nowhere in BMAD's dev workflow, which would not take the story up"


@pytest.mark.parametrize(
    ("text", "agent", "instructions", "found"),
    [
        ("# S\n\nStatus: drafted\n", "x", "takes drafted", []),
        ("# S\n\nStatus: drafted\n", "x", "takes ready", [(3, STATUS)]),
        ("# S\n\nStatus:  drafted \n", "HALT without Context Reference", "drafted", [(None, STOPS)]),
        ("# S\n\nStatus: drafted\n", "x", "no Context Reference: HALT", [(None, STOPS), (3, STATUS)]),
        ("# S\n\n## Context Reference\n\nx\n", "no Context Reference: HALT", "x", []),
        ("# S\n\n## Notes\n\n### Context  reference\n\nx\n", "no Context Reference: HALT", "x", []),
    ],
)
def test_dev_agent_finds_in_a_story_what_it_looks_for(
    text: str, agent: str, instructions: str, found: list[tuple[int | None, str]]
) -> None:
    own, does = (TextFile(f"{name}.md", b"", said, ()) for name, said in (("agent", agent), ("do", instructions)))
    dev = DevWorkflow(None, None, own, None, does, (own, does))

    assert list(unread_by_dev_agent(template(text), dev)) == [Finding("t.md", line, message) for line, message in found]
