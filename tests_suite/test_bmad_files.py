"""What the files of BMAD name: each kind of file with every path, its line, and what is said where it is not there."""

from __future__ import annotations

from pathlib import Path

import pytest

from fixtures import textfile
from fixtures.bmad import files
from fixtures.bmad.files import (
    Reference,
    agent_of,
    broken_references,
    empty_roles,
    menu_targets,
    references,
    steps_of,
    strangers,
    workflow_data,
    workflow_of,
)
from fixtures.bmad.installation import Bmad, BmadCommand
from fixtures.claude.project import ClaudeProject
from fixtures.finding import Finding
from fixtures.target import ClaudeTarget
from fixtures.textfile import TextFile

COMMANDS = ".claude/commands"
BMM = "_bmad/bmm"
SKILL = ".claude/skills/bmad-w"


def text_file(path: str, text: str) -> TextFile:
    return TextFile(path, text.encode(), text, ())


def bmad_in(folder: Path, texts: dict[str, str]) -> Bmad:
    """BMAD in a project that holds these files."""
    for name, text in texts.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return Bmad(ClaudeProject(ClaudeTarget(folder, None, "off")))


def named(found: list[tuple[int | None, str, str]]) -> list[Reference]:
    return [Reference(*each) for each in found]


MENU = (
    '<agent>\n<menu-handlers/><menu>\n<item cmd="a" workflow="{project-root}/_bmad/a.yaml">A</item>\n'
    '<item exec="_bmad/b.md"\n  data="{project-root}/docs/c.csv" tmpl="x.md" run-workflow="todo">B</item>\n'
    '<item validate-workflow="{project_root}/_bmad/{{d}}.yaml" checklist="" action="{project-root}/_bmad/e.md"/>\n'
)
BY_KIND = [
    ("command", "a.md", "x\nLoad @docs/a.md and {project-root}/docs/b.md, bmad/c.md; @d.md\n", [
        (2, "docs/a.md", "loads"), (2, "docs/b.md", "loads"), (2, "bmad/c.md", "loads")]),
    ("command", "a.md", "@{project-root}/_bmad/a.md", [(1, "_bmad/a.md", "loads"), (1, "_bmad/a.md", "loads")]),
    ("command", "a.md", "e.g. @docs/a.md e.g. {project-root}/docs/b.md. Optional: bmad/c.md", [
        (1, "docs/a.md", "loads")]),
    ("command", "a/b.md", "```\n@docs/a.md\n```\n`./c.md` [x](../d.md) [y](../../../e.md) (f.md) {skill-root}/g.md", [
        (2, "docs/a.md", "loads"), (4, "a/c.md", "points at"), (4, "d.md", "points at"), (4, "a/g.md", "points at")]),
    ("command", "b.md", "`steps/a.md` `./templates-x/b.md` `other/c.md` steps/d.md", [
        (1, "templates-x/b.md", "points at"), (1, "steps/a.md", "points at"), (1, "templates-x/b.md", "points at")]),
    ("agent", "a.md", MENU, [
        (3, "_bmad/a.yaml", "menu entry (workflow) names"), (4, "_bmad/b.md", "menu entry (exec) names"),
        (5, "docs/c.csv", "menu entry (data) names")]),
    ("agent", "a.md", "{project-root}/_bmad/a.md\n@docs/b.md {project-root}/docs/c.md bmad/d.md\n<menu-handlers>\n"
     "{project-root}/_bmad/e.md", [(1, "_bmad/a.md", "points at")]),
    ("step", "w/steps-x/s.md",
     "---\na: '{project-root}/_bmad/a.md'\noutput_file: '{project-root}/_bmad/b.md'\nWIP: _bmad/c.md\n"
     "default_output_x: _bmad/d.md\ne: 7\nf: ../../docs/f.md\ng: _bmad/{{g}}.md\nh: docs/h.md\nk : ../../bmad/k.md\n"
     "l: ../../bmad/l\n---\n{installed_path}/m.md\n\n`./n.md`\n```xml\n{project-root}/_bmad/o.md\n```\n"
     "```md\n{project-root}/_bmad/p.md\n```\n", [
         (2, "_bmad/a.md", "a names"), (10, "bmad/k.md", "k names"), (2, "_bmad/a.md", "points at"),
         (3, "_bmad/b.md", "points at"), (17, "_bmad/o.md", "points at"), (13, "w/m.md", "points at"),
         (15, "w/steps-x/n.md", "points at")]),
    ("step", "w/s.md", "{installed_path}/m.md", [(1, "w/m.md", "points at")]),
    ("step", "a.md", MENU.replace("<agent>", ""), [
        (3, "_bmad/a.yaml", "menu entry (workflow) names"), (4, "_bmad/b.md", "menu entry (exec) names"),
        (5, "docs/c.csv", "menu entry (data) names"), (3, "_bmad/a.yaml", "points at"),
        (6, "_bmad/e.md", "points at")]),
    ("workflow", "w.yaml",
     "name: x\nbase: '{project-root}/bmad'\ntemplate: '{base}/a.md'\n'b': '{base}/b.md'\n"
     "c: '{project-root}/docs/c.md'\n"
     "checklist: '{project-root}/docs/d.md'\ndefault_output_file: '{base}/e.md'\nf: ['{base}/f.md']\ng: '{x}:g.md'\n", [
         (3, "bmad/a.md", "template names"), (None, "bmad/b.md", "b names"), (6, "docs/d.md", "checklist names")]),
    ("step", "w/steps-c/s.md", "`./steps-c/a.md` `steps/b.md` `./c.md`\n[d](./steps-v/d.md) `scripts/e.sh`", [
        (1, "w/steps-c/a.md", "points at"), (1, "w/steps-c/c.md", "points at"), (2, "w/steps-v/d.md", "points at"),
        (1, "w/steps-c/a.md", "points at"), (1, "w/steps/b.md", "points at")]),
    ("step", "w/s.md", "`./steps/a.md`", [(1, "w/steps/a.md", "points at"), (1, "w/steps/a.md", "points at")]),
    ("command", f"{SKILL}/SKILL.md", "`scripts/a.py` `scripts/b.py x` (e.g. `data/c.csv`)\n`assets/d.md` `src/e.py`", [
        (1, f"{SKILL}/scripts/a.py", "points at"), (1, f"{SKILL}/scripts/b.py", "points at"),
        (2, f"{SKILL}/assets/d.md", "points at")]),
    ("command", f"{SKILL}/SKILL.md", "x\nuv run render_skill.py --skill {skill-root}\n", [
        (2, f"{SKILL}/workflow.md", "renders")]),
    ("command", "a/b.md", "uv run render_skill.py", []),
    ("step", f"{SKILL}/more/s.md", "```\n[[bmad-snapshot:a.md]]\n```\ne.g. [[bmad-snapshot:in/b.md]] [[x:c.md]]", [
        (2, f"{SKILL}/a.md", "points at"), (4, f"{SKILL}/in/b.md", "points at")]),
    ("step", "a/b.md", "[[bmad-snapshot:a.md]]", []),
    ("agent", "a.md", '<menu>\n<item exec="skill:bmad-w"/><item exec="skill:{x}"/>', [
        (2, f"{SKILL}/SKILL.md", "menu entry (exec) names")]),
    ("workflow", "w.yaml", "a: [", []),
    ("workflow", "w.yaml", "- bmad/a.md", []),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "path", "text", "found"), BY_KIND)
def test_file_names_paths_by_what_it_is(
    kind: str, path: str, text: str, found: list[tuple[int | None, str, str]]
) -> None:
    assert list(references(text_file(path, text), kind)) == named(found)


@pytest.mark.parametrize(
    "text",
    [
        "For example {project-root}/bmad/a.md",
        "such as {project-root}/bmad/a.md",
        "Example: {project-root}/bmad/a.md",
        "<example>{project-root}/bmad/a.md",
        "If they exist, load {project-root}/bmad/a.md",
        "If it is there, load {project-root}/bmad/a.md",
        "{project-root}/bmad/a.md, if found",
        "{project-root}/bmad/a.md (may not exist)",
        "{project-root}/bmad/a.md, when present",
    ],
)
def test_example_and_what_may_be_absent_is_no_reference(text: str) -> None:
    assert list(references(text_file("a.md", text), "command")) == []
    assert list(references(text_file("a.md", f"{text}\n{{project-root}}/bmad/b.md\n\nIf found\n"), "command")) == named(
        [(2, "bmad/b.md", "loads")]
    )
    far = f"e.g. {41 * 'x'} {{project-root}}/bmad/a.md"
    assert list(references(text_file("a.md", far), "command")) == named([(1, "bmad/a.md", "loads")])


def test_menu_leads_to_its_targets_in_order() -> None:
    assert menu_targets(text_file("a.md", MENU)) == ["_bmad/a.yaml", "_bmad/b.md", "docs/c.csv"]


@pytest.mark.parametrize(
    ("path", "text", "parts"),
    [
        ("w.yaml", "a: bmad/a.md\nb: 1\nc: x.md\n3: bmad/d.md\n", {"a": "bmad/a.md", "3": "bmad/d.md"}),
        ("w.yml", "a: bmad/a.md\n", {"a": "bmad/a.md"}),
        ("w.md", "a: bmad/a.md\n", {}),
        ("w.yaml", "a: [", {}),
        ("w.yaml", "- a\n", {}),
    ],
)
def test_parts_of_a_workflow_go_by_their_keys(path: str, text: str, parts: dict[str, str]) -> None:
    assert workflow_data(text_file(path, text)) == parts


LOADS = f"{COMMANDS}/bmad/bmm/workflows/w.md"
WAY = f"{BMM}/workflows/w"


def command_in(bmad: Bmad, name: str = "/bmad:bmm:workflows:w") -> BmadCommand:
    return bmad.commands[name]


def test_what_is_not_there_is_said_where_it_is_named(tmp_path: Path) -> None:
    bmad = bmad_in(tmp_path, {
        LOADS: f"x\nLoad @{WAY}/workflow.yaml and @docs/no.md\nThen @{WAY} and @{BMM}/a.md, @{BMM}/folder.md.\n",
        f"{BMM}/folder.md/x": "x",
        f"{WAY}/workflow.yaml": f"instructions: {WAY}/do.md\ntemplate: {WAY}/none.md\nmore: {WAY}/workflow-2.yaml\n",
        f"{WAY}/workflow-2.yaml": f"a: {WAY}/never.md\n",
        f"{WAY}/do.md": "{project-root}/_bmad/unread.md",
        f"{BMM}/a.md": f'<agent>\n<menu>\n<item cmd="x"/><item exec="{BMM}/b.md"/><item exec="{BMM}/step-1.md"/>',
        f"{BMM}/step-1.md": "x\n{project-root}/_bmad/gone.md {project-root}/_bmad/gone.md\n",
    })  # fmt: skip

    assert broken_references(bmad, command_in(bmad).command) == [
        Finding(LOADS, 2, "loads docs/no.md, which does not exist"),
        Finding(LOADS, 3, f"loads {BMM}/folder.md, which is a folder"),
        Finding(f"{WAY}/workflow.yaml", 2, f"template names {WAY}/none.md, which does not exist"),
        Finding(f"{BMM}/a.md", 3, f"menu entry (exec) names {BMM}/b.md, which does not exist"),
        Finding(f"{BMM}/step-1.md", 2, "points at _bmad/gone.md, which does not exist"),
    ]


def test_what_is_loaded_has_to_be_of_use(tmp_path: Path) -> None:
    bmad = bmad_in(tmp_path, {
        LOADS: f"@{WAY}/workflow.yaml @{WAY}/workflow.yml @{WAY}/empty.md @{WAY}/step-1.md @{WAY}/other.yaml\n",
        f"{WAY}/workflow.yaml": "a: 1\nb: [\n",
        f"{WAY}/workflow.yml": "- a\n",
        f"{WAY}/other.yaml": "a: [\n",
        f"{WAY}/empty.md": "",
        f"{WAY}/step-1.md": f"{{project-root}}/{WAY}/step-2.md {{project-root}}/{WAY}/nul.md",
        f"{WAY}/step-2.md": "",
        f"{WAY}/nul.md": "a\0b",
    })  # fmt: skip

    found = broken_references(bmad, command_in(bmad).command)

    assert [(each.file, each.line) for each in found] == [
        (f"{WAY}/empty.md", None), (f"{WAY}/workflow.yaml", 3), (f"{WAY}/workflow.yml", 1), (f"{WAY}/nul.md", 1),
    ]  # fmt: skip
    assert found[1].message.startswith("no valid YAML: while parsing a flow")
    assert found[2].message == "holds no keys; expected a workflow's definition"


def test_skill_that_a_menu_names_is_followed_and_may_lie_elsewhere(tmp_path: Path) -> None:
    items = "\n".join(f'<item exec="skill:bmad-{name}"/>' for name in ("w", "x", "gone"))
    bmad_in(tmp_path / "home", {".claude/skills/bmad-x/SKILL.md": "x"})
    own = bmad_in(tmp_path / "own", {
        ".claude/skills/bmad-dev/SKILL.md": f"<agent-activation> @{BMM}/agents/dev.md",
        f"{BMM}/agents/dev.md": f"<agent><menu>\n{items}\n</menu></agent>",
        f"{SKILL}/SKILL.md": "[do](workflow.md)", f"{SKILL}/workflow.md": "`./steps/step-1.md`",
    })  # fmt: skip
    bmad = Bmad(ClaudeProject(ClaudeTarget(own.root, tmp_path / "home", "off")))

    assert broken_references(bmad, command_in(bmad, "/bmad-dev").command) == [
        Finding(
            f"{BMM}/agents/dev.md",
            4,
            "menu entry (exec) names .claude/skills/bmad-gone/SKILL.md, which does not exist",
        ),
        Finding(f"{SKILL}/workflow.md", 1, f"points at {SKILL}/steps/step-1.md, which does not exist"),
    ]


def test_steps_of_a_workflow_are_read_once_and_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bmad = bmad_in(tmp_path, {
        f"{WAY}/workflow.md": "`steps/step-1.md` `steps/step-2.md` `steps/none.md`",
        f"{WAY}/steps/step-1.md": "`./steps/step-3.md` `./steps/step-1.md` `./notes.md`",
        f"{WAY}/steps/step-2.md": "`./steps/step-1.md`",
        f"{WAY}/steps/step-3.md": "x", f"{WAY}/steps/notes.md": "x",
    })  # fmt: skip
    start = textfile.read(tmp_path, f"{WAY}/workflow.md")

    assert [file.path for file in steps_of(bmad, start)] == [f"{WAY}/steps/step-{n}.md" for n in (1, 2, 3)]
    monkeypatch.setattr(files, "MOST_FILES", 1)
    assert steps_of(bmad, start) == []


def test_agent_that_a_step_names_is_not_followed_and_a_further_workflow_is(tmp_path: Path) -> None:
    bmad = bmad_in(tmp_path, {
        LOADS: f"@{WAY}/workflow-2.md\n",
        f"{WAY}/workflow-2.md": f"{{project-root}}/{BMM}/a.md {{project-root}}/{BMM}/gone.md",
        f"{BMM}/a.md": f'<agent><menu><item exec="{BMM}/none.md"/></menu>',
    })  # fmt: skip

    missing = Finding(f"{WAY}/workflow-2.md", 1, f"points at {BMM}/gone.md, which does not exist")
    assert broken_references(bmad, command_in(bmad).command) == [missing]


def test_command_of_the_user_loads_what_lies_in_the_project(tmp_path: Path) -> None:
    bmad_in(tmp_path / "home", {f"{COMMANDS}/bmad-w.md": "@docs/a.md @docs/b.md", "docs/b.md": "x"})
    own = bmad_in(tmp_path / "own", {"docs/a.md": "x"})
    bmad = Bmad(ClaudeProject(ClaudeTarget(own.root, tmp_path / "home", "off")))

    missing = Finding(f"~/{COMMANDS}/bmad-w.md", 1, "loads docs/b.md, which does not exist")
    assert broken_references(bmad, command_in(bmad, "/bmad-w").command) == [missing]


def test_files_that_one_command_may_load_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MOST_FILES", 3)
    steps = {f"{WAY}/step-{n}.md": f"{{project-root}}/{WAY}/step-{n + 1}.md" for n in range(4)}
    bmad = bmad_in(tmp_path, {LOADS: f"@{WAY}/step-0.md", **steps})

    assert broken_references(bmad, command_in(bmad).command) == []
    monkeypatch.setattr(files, "MOST_FILES", 6)
    assert [found.line for found in broken_references(bmad, command_in(bmad).command)] == [1]


@pytest.mark.parametrize(
    ("text", "path"),
    [
        (f"@{WAY}/workflow.yaml", f"{WAY}/workflow.yaml"),
        (f"@{BMM}/a.md @{WAY}/workflow.xml @{WAY}/workflow.none @{WAY}/workflow.json", f"{WAY}/workflow.json"),
        ("nothing", None),
    ],
)
def test_workflow_is_the_first_definition_that_is_loaded(text: str, path: str | None, tmp_path: Path) -> None:
    bmad = bmad_in(
        tmp_path, {LOADS: text, f"{BMM}/a.md": "x", **{f"{WAY}/workflow.{end}": "x" for end in ("yaml", "xml", "json")}}
    )

    found = workflow_of(bmad, command_in(bmad))

    assert (found.path if found else None) == path


AGENT = "/bmad:bmm:agents:dev"


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("<agent>", f"{COMMANDS}/bmad/bmm/agents/dev.md"),
        (f"<agent-activation> @{BMM}/agents/dev.md", f"{BMM}/agents/dev.md"),
        (f"@{BMM}/other/dev.md @{BMM}/agents/dev.xml @{BMM}/agents/none.md @{BMM}/agents/qa.md", f"{BMM}/agents/qa.md"),
        ("nothing", None),
    ],
)
def test_agent_is_the_definition_that_is_loaded_or_held(text: str, path: str | None, tmp_path: Path) -> None:
    there = (f"{BMM}/agents/dev.md", f"{BMM}/agents/qa.md", f"{BMM}/other/dev.md", f"{BMM}/agents/dev.xml")
    bmad = bmad_in(tmp_path, {f"{COMMANDS}/bmad/bmm/agents/dev.md": text, **dict.fromkeys(there, "x")})

    found = agent_of(bmad, command_in(bmad, AGENT))

    assert (found.path if found else None) == path


HERE, DEV = f"{COMMANDS}/bmad/bmm/workflows/w.md", f"{COMMANDS}/bmad/bmm/agents/dev.md"
OTHER = f"{BMM}/workflows/other"
STRANGE = [
    (HERE, f"x\n@{WAY}/workflow.yaml", {f"{WAY}/workflow.yaml": "name: other\n"}, None),
    (HERE, f"x\n@{OTHER}/workflow.yaml", {f"{OTHER}/workflow.yaml": "a: 1\nname: 'w' # x\n"}, None),
    (HERE, f"x\n@{OTHER}/workflow.yaml", {f"{OTHER}/workflow.yaml": "name: Own name # x\n"},
     Finding(HERE, 2, f"runs {OTHER}/workflow.yaml, the workflow 'Own name'; expected 'w'")),
    (HERE, f"x\n@{OTHER}/workflow.md", {f"{OTHER}/workflow.md": "---\nname: other\n---\n"},
     Finding(HERE, 2, f"runs {OTHER}/workflow.md, the workflow 'other'; expected 'w'")),
    (HERE, f"@{OTHER}/workflow.md", {f"{OTHER}/workflow.md": "---\nname: w\n---\n"}, None),
    (HERE, f"@{OTHER}/workflow.md", {f"{OTHER}/workflow.md": "name: w\n"},
     Finding(HERE, 1, f"runs {OTHER}/workflow.md, the workflow 'other'; expected 'w'")),
    (HERE, "x", {}, Finding(HERE, None, "runs no workflow: no workflow.yaml or workflow.md is loaded; expected w's")),
    (DEV, f"x\n\n@{BMM}/agents/qa.md", {f"{BMM}/agents/qa.md": "x"},
     Finding(DEV, 3, f"loads {BMM}/agents/qa.md; expected the agent 'dev'")),
    (DEV, f"@{BMM}/agents/dev.md", {f"{BMM}/agents/dev.md": "x"}, None),
    (DEV, "<agent>", {}, None),
    (DEV, "x", {}, Finding(DEV, None, "loads no agent's definition; expected dev's")),
    (".claude/skills/bmad-w/SKILL.md", "x", {}, None),
    (f"{SKILL}/SKILL.md", "`./workflow.md`", {f"{SKILL}/workflow.md": "x"}, None),
    (f"{SKILL}/SKILL.md", "`./workflow.md`", {f"{SKILL}/workflow.md": "---\nname: w\n---\n"}, None),
    (".claude/skills/bmad-cis-w/SKILL.md", "`./workflow.md`", {".claude/skills/bmad-cis-w/workflow.md": "x"}, None),
    (f"{SKILL}/SKILL.md", "x\n`../other/workflow.md`", {}, None),
    (f"{SKILL}/SKILL.md", "x\n[x](../other/workflow.md)", {".claude/skills/other/workflow.md": "x"},
     Finding(f"{SKILL}/SKILL.md", 2, "runs .claude/skills/other/workflow.md, the workflow 'other'; expected 'w'")),
    (".claude/skills/bmad-master/SKILL.md", f"<agent-activation> @{BMM}/agents/bmad-master.md",
     {f"{BMM}/agents/bmad-master.md": "x"}, None),
    (".claude/skills/bmad-dev/SKILL.md", f"<agent-activation>\n@{BMM}/agents/qa.md", {f"{BMM}/agents/qa.md": "x"},
     Finding(".claude/skills/bmad-dev/SKILL.md", 2, f"loads {BMM}/agents/qa.md; expected the agent 'dev'")),
    (".claude/skills/bmad-agent-dev/SKILL.md", "x", {}, None),
    (f"{COMMANDS}/bmad/bmm/tasks/w.md", "x", {}, None),
]  # fmt: skip


@pytest.mark.parametrize(("path", "text", "more", "found"), STRANGE)
def test_command_runs_what_it_is_named_after(
    path: str, text: str, more: dict[str, str], found: Finding | None, tmp_path: Path
) -> None:
    bmad = bmad_in(tmp_path, {path: text, **more})

    assert list(strangers(bmad, *bmad.commands.values())) == ([found] if found else [])


ITEM = f'<item exec="{BMM}/x.md">'
EMPTY = [
    (DEV, f"<agent>\n<menu>\n{ITEM}", {}, None),
    (DEV, "<agent>\nx", {}, Finding(DEV, None, "has no menu, so the agent has nothing to offer")),
    (DEV, "<agent>\n<menu>", {}, Finding(DEV, None, "has no menu, so the agent has nothing to offer")),
    (DEV, f"<agent>\n{ITEM}", {}, Finding(DEV, None, "has no menu, so the agent has nothing to offer")),
    (DEV, '<agent>\n\n<menu><item cmd="x">', {}, Finding(DEV, 3, "no menu entry leads to a workflow")),
    (DEV, "x", {}, None),
    (DEV, f"@{BMM}/agents/dev.md", {f"{BMM}/agents/dev.md": "<agent>"},
     Finding(f"{BMM}/agents/dev.md", None, "has no menu, so the agent has nothing to offer")),
    (HERE, f"@{WAY}/workflow.yaml", {f"{WAY}/workflow.yaml": f"instructions: {WAY}/x.md\n"}, None),
    (HERE, f"@{WAY}/workflow.yaml", {f"{WAY}/workflow.yaml": "instructions: false\n"},
     Finding(f"{WAY}/workflow.yaml", None, "names no instructions, so the workflow has nothing to do")),
    (HERE, f"@{WAY}/workflow.yaml", {f"{WAY}/workflow.yaml": "a: [\n"}, None),
    (HERE, f"@{WAY}/workflow.md", {f"{WAY}/workflow.md": "x"}, None),
    (HERE, "x", {}, None),
]  # fmt: skip


@pytest.mark.parametrize(("path", "text", "more", "found"), EMPTY)
def test_agent_has_something_to_offer_and_workflow_something_to_do(
    path: str, text: str, more: dict[str, str], found: Finding | None, tmp_path: Path
) -> None:
    bmad = bmad_in(tmp_path, {path: text, **more})

    assert list(empty_roles(bmad, *bmad.commands.values())) == ([found] if found else [])
