"""The beginning of a target of one's own: every key explained, nothing overwritten, and a verdict in one command."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from fixtures import reference
from fixtures.evidence import knownissues, record
from fixtures.evidence.record import RecordError
from fixtures.newtarget import files
from fixtures.newtarget.cli import main as init
from fixtures.newtarget.files import ASIDE, KNOWN_ISSUES, TARGET, TEMPLATES
from fixtures.reference.process import ReferenceServer
from fixtures.target import from_file
from fixtures.targetfile import SCHEMA, read
from gate import cli
from tests_suite import miniature
from tests_suite.faults import world
from tests_suite.miniature import SUITE

TEXT = TARGET.read_text(encoding="utf-8")
FORM: dict[str, Any] = json.loads(SCHEMA.read_text(encoding="utf-8"))
ENVIRONMENT = re.compile(r"\$\{([A-Z_]+)\}")


def _in_use() -> dict[str, Any]:
    """The template with every key in use."""
    found: dict[str, Any] = yaml.safe_load(re.sub(r"^#(?! \S|$)", "", TEXT, flags=re.MULTILINE))
    return found


def _keys(form: Mapping[str, Any], path: str = "") -> Iterator[str]:
    """Every key that the schema of a target knows, by its path."""
    if "$ref" in form:
        name = form["$ref"].rpartition("/")[2]
        form = {**FORM["$defs"][name], **{key: each for key, each in form.items() if key != "$ref"}}
    for key, each in form.get("properties", {}).items():
        yield f"{path}{key}"
        yield from _keys(each, f"{path}{key}.")
    if "items" in form:
        yield from _keys(form["items"], path)


def _there(value: Any, path: str = "") -> Iterator[str]:
    match value:
        case dict():
            for key, each in value.items():
                yield f"{path}{key}"
                yield from _there(each, f"{path}{key}.")
        case list():
            for each in value:
                yield from _there(each, path)


def test_every_key_of_a_target_is_explained() -> None:
    # Contacts show name, phone and email beside a role: nobody is called Ada Example.
    shown = set(_there(_in_use())) | {f"contacts.{key}" for key in ("name", "phone", "email") if f"{key}: " in TEXT}

    missing = sorted(set(_keys(FORM)) - shown)

    assert not missing, f"{TARGET}: add {', '.join(missing)}, as #key: value with a word of explanation"


def test_every_key_that_is_explained_is_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ENVIRONMENT.findall(TEXT):
        monkeypatch.setenv(name, "a value")
    path = tmp_path / "target.yaml"
    path.write_text(re.sub(r"^#(?! \S|$)", "", TEXT, flags=re.MULTILINE), encoding="utf-8")

    data, secrets = read(path)

    assert set(data) == set(FORM["properties"])
    assert secrets


def test_only_what_needs_no_answer_is_in_use() -> None:
    assert set(yaml.safe_load(TEXT)) == {"name", "production", "evidence", "contacts"}


def test_nothing_but_a_folder_is_needed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["init", str(tmp_path / "my-release")]) == 0

    target = from_file(tmp_path / "my-release" / "target.yaml")
    said = capsys.readouterr().out
    assert (target.name, target.production, target.workflow) == ("my-release", False, None)
    assert target.evidence == (tmp_path / "my-release" / "evidence").resolve()
    assert [contact["role"] for contact in target.contacts][:2] == ["Tech Lead", "Infrastructure Lead"]
    assert "first, name your workflow and your Knowledge MCP server in" in said
    assert len([line for line in said.splitlines() if line.startswith("    ")]) == 3


def test_there_is_a_template_for_every_record(tmp_path: Path) -> None:
    init([str(tmp_path)])

    names = {path.name.partition(".")[0] for path in record.HERE.glob("*.schema.json")}
    assert names == {path.stem for path in TEMPLATES.glob("*.yaml")}
    written = {path.stem: path for path in (tmp_path / "evidence").rglob("*.yaml")}
    assert set(written) == names
    assert {name for name, path in written.items() if path.parent.name == "templates"} == set(ASIDE)
    for name in names - set(ASIDE) - {KNOWN_ISSUES}:
        with pytest.raises(RecordError, match="is not filled in"):
            assert record.read(tmp_path / "evidence", name).data


def test_known_issues_are_none_until_somebody_writes_one(tmp_path: Path) -> None:
    init([str(tmp_path)])

    folder = tmp_path / "evidence"
    assert knownissues.checked(folder).data["issues"] == []
    text = (folder / "known-issues.yaml").read_text(encoding="utf-8")
    head, _, entry = text.partition("issues: []\n\n# With an issue, it is\n")
    again = head + re.sub(r"^# ?", "", entry, flags=re.MULTILINE)
    assert again == (TEMPLATES / "known-issues.yaml").read_text(encoding="utf-8")


def test_file_that_is_there_stays_as_it_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mine = tmp_path / "evidence" / "approvals.yaml"
    mine.parent.mkdir()
    mine.write_text("mine", encoding="utf-8")

    assert cli.main(["init", str(tmp_path)]) == 2

    assert capsys.readouterr().err == f"gate init: {mine}: is there already; expected a folder without it\n"
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [mine]
    assert mine.read_text(encoding="utf-8") == "mine"


def test_second_time_is_refused(tmp_path: Path) -> None:
    assert cli.main(["init", str(tmp_path)]) == 0
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}

    assert cli.main(["init", str(tmp_path), "--knowledge", "http://localhost:1"]) == 2

    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


WRONG = {
    "no workflow": (["--workflow", "gate"], "--workflow gate: holds no workflow.md; expected the folder of a workflow"),
    "no folder": (["--workflow", "nowhere"], "--workflow nowhere: holds no workflow.md"),
    "no URL": (["--knowledge", "localhost"], "--knowledge: not a URL; expected https://host or http://host:port"),
    "no project": (["--claude-project", "nowhere"], "--claude-project nowhere: is no folder"),
    "a variable": (["--knowledge", "https://host/${NAME}"], "holds ${, which is an environment variable"),
}


@pytest.mark.parametrize(("arguments", "says"), WRONG.values(), ids=WRONG)
def test_mistake_is_one_line_and_nothing_is_written(
    arguments: list[str], says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(SUITE)

    assert cli.main(["init", str(tmp_path / "new"), *arguments]) == 2

    said = capsys.readouterr().err
    assert said.startswith("gate init: ")
    assert said.count("\n") == 1
    assert says in said
    assert not (tmp_path / "new").exists()


def test_folder_that_cannot_be_made_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").touch()

    assert cli.main(["init", str(tmp_path / "file" / "new")]) == 2

    assert "not a directory" in capsys.readouterr().err


@pytest.mark.parametrize(
    "name", ["plain", "with a space", "ümläut", "quote's", 'double"quote', "#hash: colon", "- dash"]
)
def test_workflow_of_any_name_is_found_by_its_target(tmp_path: Path, name: str) -> None:
    workflow = tmp_path / name / "workflow"
    workflow.mkdir(parents=True)
    (workflow / "workflow.md").touch()
    (tmp_path / name / ".claude").mkdir()

    assert (
        init([str(tmp_path / "target"), "--workflow", str(workflow), "--knowledge", "https://k.example.com/mcp"]) == 0
    )

    target = from_file(tmp_path / "target" / "target.yaml")
    assert target.workflow == workflow.resolve()
    assert target.claude is not None
    assert target.claude.project == (tmp_path / name).resolve()
    assert target.knowledge is not None
    assert target.knowledge.label == "https://k.example.com"


def test_path_leads_from_the_target_file_where_that_makes_sense(tmp_path: Path) -> None:
    text = files.target(tmp_path / "workflow", None, None, tmp_path / "targets" / "mine")

    assert '\nworkflow: "../../workflow"\n' in text
    assert 'workflow: "/srv/workflow"' in files.target(Path("/srv/workflow"), None, None, tmp_path)


def test_help_and_module_are_there() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "gate", "init", "--help"], cwd=SUITE, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stderr
    assert "Nothing that is there already is overwritten" in " ".join(done.stdout.split())


def test_first_verdict_takes_the_commands_that_are_printed(
    reference_server: ReferenceServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    workflow = tmp_path / "release" / "workflow"
    shutil.copytree(reference.WORKFLOW, workflow)
    shutil.copytree(reference.CLAUDE_PROJECT, tmp_path / "release", dirs_exist_ok=True)
    place = tmp_path / "my release"
    assert cli.main(["init", str(place), f"--workflow={workflow}", f"--knowledge={reference_server.url}"]) == 0

    commands = [shlex.split(line) for line in capsys.readouterr().out.splitlines() if line.startswith("    ")]

    run, kept, before = commands
    assert run[1:5] == ["-m", "pytest", "-m", "smoke"]
    done = world.run_gate("smoke", *run[5:-1], reports=place / "reports")
    assert run[-1] == f"--report-dir={place / 'reports'}"
    assert done.status == 0, done.output
    verdict = miniature.read_verdict(place / "reports" / "smoke" / "verdict.json")
    assert (verdict["verdict"], verdict["target"]["name"]) == ("PASS", "my release")
    assert cli.main(kept[3:]) == 0
    assert ": stands: smoke PASS for ai-engineering-workflow 2.0.0 on target my release" in capsys.readouterr().out
    assert before[3:5] == ["-m", "predeploy"]
    assert os.path.exists(before[0]) or shutil.which(before[0])
