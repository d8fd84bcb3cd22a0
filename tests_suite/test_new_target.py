"""What `python -m gate init` prints and writes, word by word."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

import pytest

from fixtures.newtarget import cli, files
from fixtures.newtarget.cli import SUITE, main
from fixtures.newtarget.files import ASIDE, TEMPLATES, without_entries

NAMES = sorted(path.stem for path in TEMPLATES.glob("*.yaml"))
KEPT = [name for name in NAMES if name not in ASIDE]
ORDER = ", ".join(KEPT)


def report(folder: Path, place: str, where: str, python: str, first: tuple[str, ...] = ()) -> list[str]:
    """The lines that are printed for a folder, whose files the commands name by `place`."""
    target, reports = shlex.quote(f"{place}/target.yaml"), shlex.quote(f"{place}/reports")
    return [
        f"written to {folder}: target.yaml, .gitignore, and the records in evidence/: {ORDER}",
        "  and in evidence/templates/, where no gate looks for them: baseline, deployment, rehearsal, rollback",
        *first,
        f"next{where}:",
        "  the first verdict, and then whether its report stands, today or in a year:",
        f"    {python} -m pytest -m smoke --target={target} --report-dir={reports}",
        f"    {python} -m gate verify {shlex.quote(f'{place}/reports/smoke')}",
        "  what is left to provide and to fill in before the deployment:",
        f"    {python} -m pytest -m predeploy --target={target} --report-dir={reports}",
    ]


@pytest.fixture
def workflow(tmp_path: Path) -> Path:
    """A workflow in a project."""
    folder = tmp_path / "project" / "deep" / "workflow"
    folder.mkdir(parents=True)
    (folder / "workflow.md").touch()
    (tmp_path / "project" / ".claude").mkdir()
    return folder


def test_next_commands_are_printed_for_wherever_one_is(
    tmp_path: Path, workflow: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "/usr/bin/my python")
    monkeypatch.chdir(tmp_path)
    named = ["--workflow", str(workflow), "--knowledge", "http://localhost"]

    assert main(["a b", *named]) == 0
    elsewhere = f", in {SUITE}"
    place = f"{Path.cwd()}/a b"
    assert capsys.readouterr().out.splitlines() == report(Path("a b"), place, elsewhere, "'/usr/bin/my python'")
    assert main(["c", "--workflow", str(workflow)]) == 0
    place = f"{Path.cwd()}/c"
    first = (f"first, name your workflow and your Knowledge MCP server in {place}/target.yaml",)
    assert capsys.readouterr().out.splitlines() == report(Path("c"), place, elsewhere, "'/usr/bin/my python'", first)
    assert main(["d", "--knowledge", "http://localhost"]) == 0
    assert "first, name your workflow" in capsys.readouterr().out


def test_next_commands_are_short_where_they_are_run(
    tmp_path: Path, workflow: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path.resolve() / ".venv" / "bin" / "python"))
    monkeypatch.setattr(cli, "SUITE", tmp_path.resolve())
    monkeypatch.chdir(tmp_path)

    assert main(["own/new", "--workflow", "project/deep/workflow", "--knowledge", "http://localhost"]) == 0

    python = ".venv/bin/python"
    assert capsys.readouterr().out.splitlines() == report(Path("own/new"), "own/new", "", python)
    written = sorted(path.relative_to("own/new").as_posix() for path in Path("own/new").rglob("*.*"))
    aside = sorted(f"evidence/templates/{name}.yaml" for name in ASIDE)
    assert written == sorted([".gitignore", "target.yaml", *(f"evidence/{name}.yaml" for name in KEPT), *aside])
    assert Path("own/new/.gitignore").read_text(encoding="utf-8") == "/reports/\n"
    text = Path("own/new/target.yaml").read_text(encoding="utf-8")
    for line in (
        'name: "new"',
        'workflow: "../../project/deep/workflow"',
        '  url: "http://localhost"',
        '  project: "../../project"',
    ):
        assert f"\n{line}\n" in text, line


def test_project_is_the_nearest_around_the_workflow_but_never_the_home(
    tmp_path: Path, workflow: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = (tmp_path / "project").resolve()
    (tmp_path / ".claude").mkdir()

    assert next(cli._projects_around(workflow)) == project
    monkeypatch.setenv("HOME", str(project))
    assert next(cli._projects_around(workflow)) == tmp_path.resolve()
    (workflow / ".claude").mkdir()
    assert next(cli._projects_around(workflow)) == workflow.resolve()


EXPECTED = "which is an environment variable in a target file"
REFUSED = [
    (["--workflow", "."], "--workflow .: holds no workflow.md; expected the folder of a workflow"),
    (["--claude-project", "file"], "--claude-project file: is no folder; expected the one that holds .claude"),
    (["--knowledge", "localhost"],
     "--knowledge: not a URL; expected https://host or http://host:port, with or without /mcp"),
    (["--workflow", "a${b"], f"--workflow a${{b: holds ${{, {EXPECTED}"),
    (["--claude-project", "a${b"], f"--claude-project a${{b: holds ${{, {EXPECTED}"),
    (["--knowledge", "http://host/${A}"], f"--knowledge http://host/${{A}}: holds ${{, {EXPECTED}"),
]  # fmt: skip


@pytest.mark.parametrize(("arguments", "said"), REFUSED)
def test_what_is_refused_is_said_in_one_line(
    arguments: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("file").touch()
    Path("a${b").mkdir()
    Path("a${b", "workflow.md").touch()

    assert main(["new", *arguments]) == 2

    assert capsys.readouterr() == ("", f"gate init: {said}\n")
    assert not Path("new").exists()


def test_folder_in_the_way_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("file").touch()
    Path("new").mkdir()
    Path("new", ".gitignore").symlink_to("nowhere")

    assert main(["file/new"]) == main(["new"]) == 2
    there = "gate init: new/.gitignore: is there already; expected a folder without it"
    assert capsys.readouterr().err == f"gate init: file/new: not a directory\n{there}\n"


@pytest.mark.parametrize(
    ("folder", "name"), [("/a/my release", "my release"), ("/a/x\ty\x1bz", "x y z"), ("/", "own"), ("/a/\x1b", "own")]
)
def test_target_goes_by_its_folder(folder: str, name: str) -> None:
    assert f'\nname: "{name}"\n' in files.target(None, None, None, Path(folder))


def test_text_of_a_target_stays_as_it_is_written(tmp_path: Path) -> None:
    text = files.target(None, "http://é\\1", None, tmp_path)

    assert '\nknowledge:\n  url: "http://é\\\\1"\n' in text
    assert "\n#workflow: " in text
    assert "\n#claude:\n#  project: " in text


def test_entries_become_comments() -> None:
    text = "# head\nissues:\n- a: 1\n\n  b: 2\n\n"

    assert without_entries(text) == "# head\nissues: []\n\n# With an issue, it is\n# issues:\n# - a: 1\n#\n#   b: 2\n"
