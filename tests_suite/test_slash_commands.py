"""Slash commands as Claude Code has them: where they come from, which of two runs, what is in the way of one."""

from __future__ import annotations

from pathlib import Path

import pytest

from fixtures.claude.program import CliAnswer
from fixtures.claude.project import ClaudeProject, referenced
from fixtures.claude.slashcommands import Command, Place, expected_file, obstacle, places, resolved
from fixtures.finding import Finding
from fixtures.target import ClaudeTarget

HIDDEN = "---\nuser-invocable: false\n---\nx\n"


def folder_with(folder: Path, *names: str, **texts: str) -> Path:
    """A folder with these files below .claude, each with one line; `texts` are by what stands before the last dot."""
    files = dict.fromkeys(names, "Do it.\n") | {f"commands/{name}.md": text for name, text in texts.items()}
    for name, text in files.items():
        path = folder / ".claude" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def project_of(folder: Path, cli: CliAnswer | None = None, home: Path | None = None) -> ClaudeProject:
    """The project of a folder, and what the claude program has listed for it."""
    project = ClaudeProject(ClaudeTarget(folder, home, "off"))
    vars(project)["cli"] = cli
    return project


def test_commands_come_from_the_user_the_project_and_the_folders_above_it() -> None:
    home = Path("/home/ada")
    user = Place(home, "user", "~")
    above = Place(home / "work", "project", "/home/ada/work")

    assert places(home / "work" / "own", None) == [Place(home / "work" / "own", "project")]
    assert places(home / "work" / "own", home) == [user, Place(home / "work" / "own", "project"), above]
    assert places(home, home) == [user]
    assert places(Path("/srv"), home) == [user, Place(Path("/srv"), "project"), Place(Path("/"), "project", "")]


def test_any_skill_runs_before_a_command_file_and_the_users_before_the_projects(tmp_path: Path) -> None:
    home = folder_with(tmp_path / "home", "commands/a.md", "skills/s/SKILL.md", "skills/none.md", hid=HIDDEN)
    own = folder_with(
        tmp_path / "own",
        "commands/a.md",
        "commands/s.md",
        "commands/hid.md",
        "commands/b.txt",
        "skills/a/SKILL.md",
        "skills/s/SKILL.md",
        "skills/deep/er/SKILL.md",
        "commands/in/own.md",
    )
    (own / ".claude/skills/a/SKILL.md").write_text("---\nname: another\n---\nx\n", encoding="utf-8")
    (own / ".claude/skills/s/SKILL.md").write_text("---\nname: s\n---\nx\n", encoding="utf-8")
    (own / ".claude/skills/folder/SKILL.md").mkdir(parents=True)

    found = resolved([Place(home, "user", "~"), Place(own, "project")])

    assert found == (
        {
            "/s": Command("/s", "skill", home, ".claude/skills/s/SKILL.md", "~/.claude/skills/s/SKILL.md"),
            "/a": Command("/a", "skill", own, ".claude/skills/a/SKILL.md"),
            "/another": Command("/another", "skill", own, ".claude/skills/a/SKILL.md"),
            "/in:own": Command("/in:own", "project", own, ".claude/commands/in/own.md"),
        },
        {"/hid": Command("/hid", "user", home, ".claude/commands/hid.md", "~/.claude/commands/hid.md")},
    )


@pytest.mark.parametrize(
    ("head", "callable_"),
    [("", True), ("user-invocable: true", True), ("user-invocable: 'true'", True), ("user-invocable: false", False),
     ("user-invocable: 'no'", False), ("user-invocable: 1", False), ("other: false", True)],
)  # fmt: skip
def test_skill_is_for_users_unless_it_says_otherwise(head: str, callable_: bool, tmp_path: Path) -> None:
    own = folder_with(tmp_path, a=f"---\n{head}\n---\nx\n")

    assert Command("/a", "project", own, ".claude/commands/a.md").for_users() is callable_


def test_file_of_a_command_goes_by_its_label(tmp_path: Path) -> None:
    labelled = Command("/a", "user", tmp_path, "a.md", "~/a.md").text()
    plain = Command("/a", "project", tmp_path, "a.md").text()

    message = "cannot be read: no such file or directory"
    assert (labelled.path, labelled.faults) == ("~/a.md", (Finding("~/a.md", None, message),))
    assert (plain.path, plain.faults) == ("a.md", (Finding("a.md", None, message),))


@pytest.mark.parametrize(
    ("files", "names"),
    [
        (("commands/a.md", "commands/.hidden/b.md", "commands/c.MD"), ["/.hidden:b", "/a"]),
        (("commands/x/y/z.md", "commands/x/a.b.md"), ["/x:a.b", "/x:y:z"]),
        (("commands/g/SKILL.md", "commands/g/other.md", "commands/g/in/a.md"), ["/g", "/g:in:a"]),
        (("commands/g/skill.md", "commands/a.md"), ["/a", "/g"]),
        (("commands/SKILL.md", "commands/a.md"), ["/commands"]),
        (("commands/folder.md/a.md",), ["/folder.md:a"]),
        ((), []),
    ],
)
def test_command_goes_by_the_place_of_its_file(files: tuple[str, ...], names: list[str], tmp_path: Path) -> None:
    own = folder_with(tmp_path, *files)

    assert sorted(resolved([Place(own, "project")])[0]) == names


def test_links_are_followed_and_not_round_and_round(tmp_path: Path) -> None:
    own = folder_with(tmp_path / "own", "commands/a.md", "commands/in/b.md")
    elsewhere = folder_with(tmp_path / "else", "commands/c.md") / ".claude/commands"
    commands = own / ".claude/commands"
    (commands / "round").symlink_to(commands)
    (commands / "in" / "linked").symlink_to(elsewhere)
    (commands / "lost.md").symlink_to(tmp_path / "nowhere.md")

    assert sorted(resolved([Place(own, "project")])[0]) == ["/a", "/in:b", "/in:linked:c"]


def test_file_of_a_command_is_expected_by_its_name() -> None:
    assert expected_file("/bmad:bmm:dev") == ".claude/commands/bmad/bmm/dev.md"


WAY = ".claude/commands"
IN_THE_WAY = [
    ("/a", ("commands/a.md",), None),
    ("/a", (), None),
    ("/a", ("commands/b.txt", "commands/ab.txt"), None),
    ("/a", ("commands/a.md/x.txt",), f"{WAY}/a.md is a folder; expected a file"),
    ("/in:a", ("commands/in/a.md", "commands/in/skill.md"),
     f"{WAY}/in/a.md is hidden by skill.md beside it, which makes a skill of the folder"),
    ("/in:a", ("commands/in/a.txt",), f"a.txt lies in {WAY}/in, and only files that end in .md are commands"),
    ("/a", ("commands/A",), f"A lies in {WAY}, and only files that end in .md are commands"),
    ("/a", ("commands/a.b.md", "commands/a.md.txt"),
     f"a.md.txt lies in {WAY}, and only files that end in .md are commands"),
    ("/a", ("commands/a.d/x", "commands/a.e"), f"a.e lies in {WAY}, and only files that end in .md are commands"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "files", "reason"), IN_THE_WAY)
def test_file_that_makes_no_command_says_why(
    name: str, files: tuple[str, ...], reason: str | None, tmp_path: Path
) -> None:
    empty, own = folder_with(tmp_path / "empty"), folder_with(tmp_path / "own", *files)

    assert obstacle(name, [Place(empty, "project"), Place(own, "project")], {}) == reason
    labelled = obstacle(name, [Place(own, "user", "~"), Place(own, "project")], {})
    assert labelled == (reason.replace(WAY, f"~/{WAY}") if reason else None)


def test_link_to_nothing_is_in_the_way(tmp_path: Path) -> None:
    own = folder_with(tmp_path, "commands/b.md")
    (own / WAY / "a.md").symlink_to("nowhere.md")

    there = f"{WAY}/a.md is a link to nowhere.md, which does not exist"
    assert obstacle("/a", [Place(own, "project")], {}) == there
    assert obstacle("/a", [Place(own, "project", "/srv")], {}) == f"srv/{there}"


def test_command_for_claude_alone_is_named_by_its_file(tmp_path: Path) -> None:
    own = Command("/a", "skill", tmp_path, "a.md")
    users = Command("/b", "skill", tmp_path, "b.md", "~/b.md")
    words = "says `user-invocable: false`, so users cannot call it"

    assert obstacle("/a", [], {"/a": own, "/b": users}) == f"a.md {words}"
    assert obstacle("/b", [], {"/a": own, "/b": users}) == f"~/b.md {words}"


LISTS_A = CliAnswer("claude 2.1.9", frozenset({"/a", "/b"}))


@pytest.mark.parametrize(
    ("files", "cli", "reason"),
    [
        (("commands/a.md",), None, None),
        (("commands/a.md",), LISTS_A, None),
        ((), LISTS_A, None),
        (("commands/a.md",), CliAnswer("claude", error="cannot be run"), None),
        (
            ("commands/a.md",),
            CliAnswer("claude 2.1.9", frozenset({"/b", "/c"})),
            "/a is not among the 2 commands of claude 2.1.9; its file exists",
        ),
        (
            ("commands/b.md",),
            CliAnswer("claude 2.1.9", frozenset({"/b"})),
            "/a is not among the 1 commands of claude 2.1.9; expected .claude/commands/a.md; "
            "nothing like 'a' among its 1 commands",
        ),
        (
            (),
            None,
            "/a is no command here; expected .claude/commands/a.md; the project has no commands at all "
            "(no .md below .claude/commands, no skill below .claude/skills)",
        ),
        (
            ("commands/A.txt", "commands/x.md"),
            None,
            "/a is no command here; A.txt lies in .claude/commands, and only files that end in .md are commands; "
            "nothing like 'a' among its 1 commands",
        ),
        (
            ("commands/x/BMAD-A.md", "commands/xay.md", "commands/a/b.md", "commands/in/A.md"),
            None,
            "/a is no command here; expected .claude/commands/a.md; found instead: /in:A, /x:BMAD-A, /xay",
        ),
        (
            tuple(f"commands/a{number}.md" for number in range(7)),
            None,
            "/a is no command here; expected .claude/commands/a.md; found instead: /a0, /a1, /a2, /a3, /a4",
        ),
    ],
)
def test_command_that_is_not_accessible_says_why(
    files: tuple[str, ...], cli: CliAnswer | None, reason: str | None, tmp_path: Path
) -> None:
    own = folder_with(tmp_path, *files)

    assert project_of(own, cli).absence("/a") == (f"{own}: {reason}" if reason else None)


@pytest.mark.parametrize(
    ("wanted", "near"),
    [("/bmad:bmm:dev-story", "/bmad-dev-story"), ("/bmad:x:Story", "/bmad-dev-story"), ("/bmad:bmm:dev", "/dev"),
     ("/plan:it", "/IT")],
)  # fmt: skip
def test_other_spelling_of_a_command_is_found(wanted: str, near: str, tmp_path: Path) -> None:
    own = folder_with(tmp_path, f"commands{near}.md", "commands/unlike.md")

    said = f"{own}: {wanted} is no command here; expected {expected_file(wanted)}; found instead: {near}"
    assert project_of(own).absence(wanted) == said


def test_what_only_claude_may_call_is_of_no_use_to_users_though_the_program_lists_it(tmp_path: Path) -> None:
    own = folder_with(tmp_path, "commands/z.md", a=HIDDEN)

    assert project_of(own, LISTS_A).absence("/a") == (
        f"{own}: /a is no command here; {WAY}/a.md says `user-invocable: false`, so users cannot call it; "
        "nothing like 'a' among its 1 commands"
    )


def test_skill_is_listed_by_either_of_its_names(tmp_path: Path) -> None:
    own = folder_with(tmp_path, "skills/folder/SKILL.md", "skills/other/SKILL.md")
    (own / ".claude/skills/folder/SKILL.md").write_text("---\nname: own\n---\nx\n", encoding="utf-8")
    by_folder, by_own = (project_of(own, CliAnswer("claude", frozenset({name}))) for name in ("/folder", "/own"))

    assert [project.absence(name) for project in (by_folder, by_own) for name in ("/folder", "/own")] == [None] * 4
    assert by_own.absence("/other") == f"{own}: /other is not among the 1 commands of claude; its file exists"


def test_program_that_did_not_answer_is_a_doubt(tmp_path: Path) -> None:
    said = "claude 2.1.9: cannot be run; the command files alone decided"

    assert project_of(tmp_path).doubts() == []
    assert project_of(tmp_path, LISTS_A).doubts() == []
    failed = project_of(tmp_path, CliAnswer("claude 2.1.9", error="cannot be run"))
    assert failed.doubts() == [Finding(None, None, said)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", []),
        ("Load @a.md and @b/c.yaml, then x@d.md.", [(1, "a.md"), (1, "b/c.yaml")]),
        ("---\ndescription: '@a.md'\n---\n\n@b.md\n@b.md twice", [(5, "b.md"), (6, "b.md")]),
        ('@"with blank.md" and @"no end.md\n@a.md#L3 @b.md#L3-9 @c.md#x', [
            (1, "with blank.md"), (2, "a.md"), (2, "b.md")]),
        ("@./a.md @b/../c.json @d.toml! @e.csv; @f.txt* @g.xml? @h.yml:", [
            (1, "a.md"), (1, "c.json"), (1, "d.toml"), (1, "e.csv"), (1, "f.txt"), (1, "g.xml"), (1, "h.yml")]),
        ("@a.py @https://x.example/a.md @{x}.md @[x].md @<x>.md @a|b.md", []),
        ("x {project-root}/_bmad/a.md `{project-root}/.bmad/b.md` ({project-root}/docs/c.md)", [
            (1, ".bmad/b.md"), (1, "_bmad/a.md")]),
        ("\n@{project-root}/docs/c.md", [(2, "docs/c.md")]),
    ],
)  # fmt: skip
def test_command_loads_the_files_that_its_text_names(text: str, found: list[tuple[int, str]]) -> None:
    assert referenced(text) == found


GONE = "cannot be read: no such file or directory"
FLOW = "flows/workflow.yaml"
BROKEN = [
    ("@docs/a.md", {"docs/a.md": "x"}, []),
    ("x\n@docs/a.md @~/b.md", {}, [("a", 2, f"loads docs/a.md: {GONE}"), ("a", 2, f"loads ~/b.md: {GONE}")]),
    ("@~/b.md", {"../home/b.md": "x"}, []),
    ("@docs/a.md", {"docs/a.md": "x\n<<<<<<< mine\n"},
     [("docs/a.md", 2, "conflict marker '<<<<<<< mine' of an unfinished merge")]),
    ("@docs/a.md", {"docs/a.md": ""}, [("a", 1, "loads docs/a.md: is empty; expected content")]),
    (f"@{FLOW}\n@flows/other.yml\n@flows/not.json", {
        FLOW: "name: x\ninstructions: 'do.md'\n\ntemplate : '{project-root}/t.md'\nvalidation: v.md\nchecklist: c.md\n"
              "config_source: ''\nmore: gone.md\n",
        "flows/do.md": "", "flows/v.md/x": "x", "flows/c.md": "x", "flows/other.yml": "- a\n",
        "flows/not.json": "a: ["},
     [(FLOW, 2, "instructions names flows/do.md, which is of no use: is empty; expected content"),
      (FLOW, 4, "template names t.md, which does not exist"),
      (FLOW, 5, "validation names flows/v.md, which is of no use: not a regular file; expected a text file")]),
    (f"@{FLOW}", {FLOW: "- a\n"}, [(FLOW, 1, "holds no keys; expected a workflow's definition")]),
    (f"@{FLOW}", {FLOW: "a: 1\na: 2\n"},
     [(FLOW, 2, "no valid YAML: key 'a' stands twice, first in line 1; a parser keeps only one")]),
    (f"@{FLOW}", {FLOW: "a: {{b}}\n'instructions': do.md\n"},
     [(FLOW, None, "instructions names flows/do.md, which does not exist")]),
    ("", {}, [("a", None, "is empty; expected content")]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "files", "found"), BROKEN)
def test_what_a_command_loads_is_there_and_of_use(
    text: str, files: dict[str, str], found: list[tuple[str, int | None, str]], tmp_path: Path
) -> None:
    own, home = folder_with(tmp_path / "own", a=text), tmp_path / "home"
    home.mkdir()
    for name, content in files.items():
        path = own / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    project = project_of(own, home=home)

    said = project.broken_references(Command("/a", "project", own, f"{WAY}/a.md"))

    assert said == [Finding(f"{WAY}/a.md" if file == "a" else file, line, message) for file, line, message in found]
