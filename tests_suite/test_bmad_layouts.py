"""BMAD's layouts and files: which command is what, which version installs it, and which paths a file names."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from fixtures import textfile
from fixtures.bmad.files import broken_references, references, workflow_data
from fixtures.bmad.installation import Bmad, identify, layout_of
from fixtures.claude.project import LONGEST_PATH, ClaudeProject, filled, workflow_part
from fixtures.claude.slashcommands import Command
from fixtures.target import ClaudeTarget

VERSIONS = [
    ("4.44.1", "BMad folder"),
    ("6.0.0-alpha.7", "nested commands"),
    ("6.0.0-alpha.22", "nested commands"),
    ("6.0.0-Beta.8", "flat commands"),
    ("6.0.4", "flat commands"),
    ("v6.1.0", "skills"),
    ("6.12.0", "skills"),
    ("7.0.0", "skills"),
    ("newest", None),
    ("", None),
]

NAMES = [
    ("/bmad:bmm:agents:dev", "project", ("nested commands", "bmm", "agent", "dev")),
    ("/bmad:bmm:workflows:dev-story", "user", ("nested commands", "bmm", "workflow", "dev-story")),
    ("/bmad:bmm:workflows:4-implementation:dev-story", "project", ("nested commands", "bmm", "workflow", "dev-story")),
    ("/bmad:core:tasks:index-docs", "project", ("nested commands", "core", "task", "index-docs")),
    ("/bmad-agent-bmm-dev", "project", ("flat commands", "bmm", "agent", "dev")),
    ("/bmad-agent-bmad-master", "project", ("flat commands", "", "agent", "bmad-master")),
    ("/bmad-bmm-dev-story", "project", ("flat commands", "bmm", "workflow", "dev-story")),
    ("/bmad-help", "project", ("flat commands", "", "workflow", "help")),
    ("/bmad-dev-story", "skill", ("skills", "", "workflow", "dev-story")),
    ("/bmad-agent-dev", "skill", ("skills", "", "agent", "dev")),
    ("/BMad:agents:dev", "project", ("BMad folder", None, "agent", "dev")),
    ("/deploy", "project", None),
    ("/bmad:bmm:agents:dev", "skill", None),
    ("/bmadness", "project", None),
]

# the text of a command, and the paths that it loads
LOADED = [
    ("1. Load @_bmad/bmm/agents/dev.md now.", ["_bmad/bmm/agents/dev.md"]),
    ("LOAD the FULL {project-root}/_bmad/core/tasks/workflow.xml", ["_bmad/core/tasks/workflow.xml"]),
    ("Load @{project-root}/bmad/a.md, then @docs/b.md.", ["bmad/a.md", "docs/b.md"]),
    ("Pass the yaml path bmad/bmm/workflows/x/workflow.yaml on", ["bmad/bmm/workflows/x/workflow.yaml"]),
    ('<agent id="bmad/bmm/agents/dev-impl.md" name="Iris">', []),
    ("Write to someone@example.org/inbox.md", []),
    ("See [the design](https://example.org/design.md).", []),
    ("Load {project-root}/_bmad/custom/{skill-name}.toml", []),
    ("Load @_bmad/[module]/agents/[name].md", []),
    ("If it exists, read {project-root}/docs/style.md", []),
    ("Relative paths (e.g. `references/guide.md`) start here", []),
]

WORKFLOW = """\
name: dev-story
config_source: "{project-root}/_bmad/bmm/config.yaml"
output_folder: "{config_source}:output_folder"
base: "{project-root}/_bmad/bmm/workflows"
installed_path: "{base}/dev-story"
instructions: "{installed_path}/instructions.xml"
validation: "{installed_path}/checklist.md"
template: false
sprint_status: "{output_folder}/sprint-status.yaml"
project_context: "**/project-context.md"
default_output_file: "{output_folder}/{{story_key}}.md"
"""


def project_with(folder: Path, files: dict[str, str]) -> Path:
    """A project that holds these files."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


@pytest.mark.parametrize(("version", "layout"), VERSIONS)
def test_version_tells_its_layout(version: str, layout: str | None) -> None:
    assert layout_of(version) == layout


@pytest.mark.parametrize(("name", "origin", "expected"), NAMES)
def test_command_is_told_by_its_name(name: str, origin: str, expected: tuple[str, str | None, str, str] | None) -> None:
    found = identify(Command(name, origin, Path(), ""))

    told = found and (found.layout.name, found.module or (None if found.layout.name == "BMad folder" else ""),
                      found.kind, found.name)  # fmt: skip
    assert told == expected


@pytest.mark.parametrize(
    ("path", "text", "kind"),
    [
        (".claude/skills/bmad-dev/SKILL.md", '<agent-activation CRITICAL="TRUE">', "agent"),
        (".claude/skills/bmad-dev/SKILL.md", "Follow ./workflow.md.", "workflow"),
        (".claude/skills/bmad-agent-dev/SKILL.md", "# Developer", "agent"),
        (".claude/commands/bmad-bmm-dev.md", "<agent-activation>", "workflow"),
    ],
)
def test_skill_that_becomes_an_agent_is_one(path: str, text: str, kind: str, tmp_path: Path) -> None:
    project_with(tmp_path, {path: text})
    bmad = Bmad(ClaudeProject(ClaudeTarget(tmp_path, None, "off")))

    assert [command.kind for command in bmad.commands.values()] == [kind]


@pytest.mark.parametrize(("text", "paths"), LOADED)
def test_command_loads_the_paths_that_it_names(text: str, paths: list[str], tmp_path: Path) -> None:
    project_with(tmp_path, {".claude/commands/x.md": text})
    file = textfile.read(tmp_path, ".claude/commands/x.md")

    assert sorted({reference.path for reference in references(file, "command")}) == paths


def test_parts_of_a_workflow_are_resolved_through_its_variables(tmp_path: Path) -> None:
    project_with(tmp_path, {"workflow.yaml": WORKFLOW})

    parts = workflow_data(textfile.read(tmp_path, "workflow.yaml"))

    assert parts == {
        "config_source": "_bmad/bmm/config.yaml",
        "instructions": "_bmad/bmm/workflows/dev-story/instructions.xml",
        "validation": "_bmad/bmm/workflows/dev-story/checklist.md",
    }


@pytest.mark.parametrize(
    ("value", "path"),
    [
        ("{config_source}:output_folder/plan.md", None),
        ("{project-root}/_bmad/config.yml:output_folder/plan.md", None),
        ("{project-root}/_bmad/{{story_key}}.md", None),
        ("**/project-context.md", None),
        ("{project-root}/_bmad/bmm/plan.md", "_bmad/bmm/plan.md"),
        ("./plan.md", "_bmad/own/plan.md"),
        ("", None),
        (False, None),
    ],
)
def test_part_of_a_workflow_is_a_file_that_is_there_before_it_runs(value: object, path: str | None) -> None:
    data = {"config_source": "{project-root}/_bmad/bmm/config.yaml", "template": value}

    assert workflow_part(data, "template", "_bmad/own") == path


@pytest.mark.parametrize("owner", ["project", "home"])
def test_skill_finds_its_own_files_beside_it_wherever_it_lies(owner: str, tmp_path: Path) -> None:
    text = (
        "---\nname: bmad-plan\ndescription: plans\n---\nRead ./steps/one.md and `references/two.md`, then ./three.md.\n"
    )
    skill = ".claude/skills/bmad-plan"
    project_with(tmp_path / "project", {"README.md": "x"})
    files = {f"{skill}/SKILL.md": text, f"{skill}/steps/one.md": "1", f"{skill}/references/two.md": "2"}
    project_with(tmp_path / owner, files)
    bmad = Bmad(ClaudeProject(ClaudeTarget(tmp_path / "project", tmp_path / "home", "off")))

    findings = broken_references(bmad, bmad.claude.commands["/bmad-plan"])

    assert [found.message for found in findings] == [f"points at {skill}/three.md, which does not exist"]
    assert findings[0].line == 5


def test_step_files_of_a_workflow_are_followed_to_the_last(tmp_path: Path) -> None:
    folder = "_bmad/bmm/workflows/prd"
    paths = "workflow_path: '{project-root}/_bmad/bmm/workflows/prd'\nnextStepFile: '{workflow_path}/steps/step-0%d.md'"
    step = f"---\n{paths}\n---\n"
    project_with(
        tmp_path,
        {
            ".claude/commands/bmad/bmm/workflows/prd.md": f"LOAD the FULL @{folder}/workflow.md",
            f"{folder}/workflow.md": "Execute `steps/step-01.md` to begin.\n",
            f"{folder}/steps/step-01.md": step % 2,
            f"{folder}/steps/step-02.md": step % 3,
        },
    )
    bmad = Bmad(ClaudeProject(ClaudeTarget(tmp_path, None, "off")))

    findings = broken_references(bmad, bmad.claude.commands["/bmad:bmm:workflows:prd"])

    assert [(found.file, found.line) for found in findings] == [(f"{folder}/steps/step-02.md", 3)]
    assert findings[0].message == f"nextStepFile names {folder}/steps/step-03.md, which does not exist"


def test_workflows_that_name_each_other_end(tmp_path: Path) -> None:
    folder = "_bmad/bmm/workflows"
    project_with(
        tmp_path,
        {
            ".claude/commands/bmad/bmm/workflows/a.md": f"LOAD @{folder}/a/workflow.md",
            f"{folder}/a/workflow.md": "Then follow `{project-root}/_bmad/bmm/workflows/b/workflow.md`.\n",
            f"{folder}/b/workflow.md": "Then follow `{project-root}/_bmad/bmm/workflows/a/workflow.md`.\n",
        },
    )
    bmad = Bmad(ClaudeProject(ClaudeTarget(tmp_path, None, "off")))

    assert broken_references(bmad, bmad.claude.commands["/bmad:bmm:workflows:a"]) == []


def test_project_without_bmad_is_described_as_such(tmp_path: Path) -> None:
    bmad = Bmad(ClaudeProject(ClaudeTarget(tmp_path, None, "off")))

    (absence,) = bmad.absences(["/bmad:bmm:agents:dev"])

    assert bmad.described == "no framework folder; no BMAD commands for Claude Code"
    assert ".claude/commands/bmad/bmm/agents/dev.md is missing; nothing like it was found" in absence.message


@pytest.mark.parametrize(
    ("path", "variables", "becomes"),
    [
        ("{installed_path}/a.md", {"installed_path": "{project-root}/_bmad"}, "{project-root}/_bmad/a.md"),
        ("{a}/x", {"a": "{b}", "b": "{c}", "c": "end"}, "end/x"),
        ("{unknown}/x", {}, "{unknown}/x"),
        ("{a}", {"a": "{a}"}, "{a}"),
        ("{a}", {"a": 3}, "3"),
        ("plain", {"plain": "other"}, "plain"),
    ],
)
def test_variables_of_a_path_are_filled_in(path: str, variables: dict[str, Any], becomes: str) -> None:
    assert filled(path, variables) == becomes


def test_variable_that_grows_without_end_is_given_up() -> None:
    grown = filled("{a}", {"a": "{a}" * 1000})

    assert LONGEST_PATH < len(grown) < 1000 * (LONGEST_PATH + 1000)
