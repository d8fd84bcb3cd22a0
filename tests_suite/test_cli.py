"""`python -m gate`: what the command line hands on to the verifier, what it prints, and its exit status."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from gate import cli, statement, verify
from gate.signature import NoProgramError
from gate.verify import DoesNotStand


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where one is: two reports of which one does not stand, a package, a workflow, and signers."""
    for name in ("reports/mcp", "reports/smoke", "workflow"):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "statement.json").touch()
    for name in ("p.tar.gz", "allowed"):
        (tmp_path / name).write_bytes(b"content")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """What the verifier was asked; a report of the mcp gate does not stand, and says so in two lines."""
    calls: list[tuple[Any, ...]] = []

    def examine(folder: Path, *arguments: Any) -> str:
        calls.append((folder, *arguments))
        if folder.name == "mcp":
            raise DoesNotStand("changed\n\x1b[31m\u202ereports/smoke: stands: é")
        return f"{folder.name} PASS\u2028é"

    monkeypatch.setattr(verify, "examine", examine)
    return calls


REPORTS = Path("reports")


def test_every_report_is_said_in_one_line_to_stand_or_not(
    place: Path, asked: list[tuple[Any, ...]], capsys: pytest.CaptureFixture[str]
) -> None:
    status = cli.main(["verify", "reports"])

    assert capsys.readouterr() == (
        "reports/mcp: does not stand: changed  [31m reports/smoke: stands: é\nreports/smoke: stands: smoke PASS é\n",
        "",
    )
    assert status == 1
    assert asked == [(REPORTS / name, None, {}, [], False) for name in ("mcp", "smoke")]


@pytest.mark.parametrize(("folders", "status"), [(["smoke"], 0), (["mcp"], 1), (["mcp", "smoke"], 1), (["."], 1)])
def test_one_report_that_does_not_stand_decides_the_exit_status(
    place: Path, asked: list[tuple[Any, ...]], folders: Sequence[str], status: int
) -> None:
    assert cli.main(["verify", *(f"reports/{name}" for name in folders)]) == status


def test_package_workflow_and_signers_are_handed_on(
    place: Path, asked: list[tuple[Any, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cli, "_named", lambda name: lambda path: f"{name} of {path}")
    signed = ["--allowed-signers=allowed", "--role=QA Lead", "--role", "Tech Lead", "--role=QA Lead"]

    assert cli.main(["verify", "reports/smoke", "--package=p.tar.gz", *signed, "--several-roles"]) == 0
    assert cli.main(["verify", "reports/smoke", "--workflow=workflow"]) == 0

    expected = {"package": statement.digest_of(Path("p.tar.gz"))}
    assert asked == [
        (REPORTS / "smoke", Path("allowed"), expected, ["QA Lead", "Tech Lead"], True),
        (REPORTS / "smoke", None, {"workflow": "workflow-digest of workflow"}, [], False),
    ]


NO_WORKFLOW = "--workflow p.tar.gz: is no folder; expected one that holds workflow.md"
WRONG: dict[str, tuple[list[str], str]] = {
    "a file for a folder": (["reports", "p.tar.gz"], "p.tar.gz: is no folder; expected a folder of reports"),
    "no such folder": (["none"], "none: is no folder; expected a folder of reports"),
    "no such package": (["reports", "--package=none.tar.gz"], "none.tar.gz: no such file or directory"),
    "a folder for a package": (["reports", "--package=workflow"], "workflow: is a directory"),
    "a file for a workflow": (["reports", "--workflow=p.tar.gz"], NO_WORKFLOW),
    "a folder for signers": (
        ["reports", "--allowed-signers=workflow"],
        "--allowed-signers workflow: is no file; expected one of OpenSSH's form",
    ),
    "a role of nobody": (
        ["reports", "--role=QA Lead"],
        "--role needs --allowed-signers: otherwise nobody says who has which role",
    ),
}


@pytest.mark.parametrize(("arguments", "said"), WRONG.values(), ids=WRONG)
def test_wrong_use_is_said_in_one_line(
    place: Path,
    asked: list[tuple[Any, ...]],
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    said: str,
) -> None:
    assert cli.main(["verify", *arguments]) == 2
    assert capsys.readouterr() == ("", f"gate: {said}\n")
    assert asked == []


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (NoProgramError("ssh-keygen is not installed"), "ssh-keygen is not installed"),
        (PermissionError(13, "Permission denied", "reports/smoke"), "reports/smoke: permission denied"),
        (BrokenPipeError(32, "Broken pipe"), "broken pipe"),
        (OSError("It is Gone"), "it is gone"),
    ],
    ids=["no program", "no permission", "no place", "no words"],
)
def test_what_keeps_the_verifier_from_its_work_is_no_verdict_on_a_report(
    place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], error: Exception, said: str
) -> None:
    def examine(*_: Any) -> str:
        raise error

    monkeypatch.setattr(verify, "examine", examine)

    assert cli.main(["verify", "reports"]) == 2
    assert capsys.readouterr() == ("", f"gate: {said}\n")


def test_command_line_of_the_program_is_read_where_none_is_given(
    place: Path, asked: list[tuple[Any, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["gate", "verify", "reports/smoke"])

    assert cli.main() == 0
    assert [folder for folder, *_ in asked] == [REPORTS / "smoke"]


def test_init_has_options_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    given = []

    def begin(arguments: list[str]) -> bool:
        given.append(arguments)
        return True

    monkeypatch.setattr(cli, "_named", lambda name: {"init": begin}[name])

    assert cli.main(["init", "--help", "verify"]) == 1
    assert given == [["--help", "verify"]]


def test_function_of_the_subjects_is_found_by_its_name_in_the_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "path", list(sys.path))
    name = "settings_of_a_test"
    (tmp_path / f"{name}.py").write_text("def greet(who):\n    return f'é {who}'\n", encoding="utf-8")
    settings = tmp_path / "pyproject.toml"
    settings.write_text(f'# é\n[tool.release-gate]\ninit = "{name}:greet"\n', encoding="utf-8")
    monkeypatch.setattr(cli, "SETTINGS", settings)
    assert importlib.util.find_spec(name) is None

    try:
        assert cli._named("init")("you") == "é you"
    finally:
        sys.modules.pop(name, None)


@pytest.mark.parametrize("text", [None, "", '[tool.release-gate]\nother = "a:b"\n'], ids=["no file", "empty", "other"])
def test_settings_that_name_no_function_are_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], text: str | None
) -> None:
    settings = tmp_path / "pyproject.toml"
    if text is not None:
        settings.write_text(text, encoding="utf-8")
    monkeypatch.setattr(cli, "SETTINGS", settings)

    assert cli.main(["init"]) == 2
    assert capsys.readouterr() == ("", f"gate: {settings}: names no init under [tool.release-gate]\n")


# What the help of a command says, in its order: a form of use, then each option with the words behind it.
HELP = {
    "": (
        "usage: python -m gate [-h] COMMAND ...",
        "Verify the reports that a gate left, and begin with a release of one's own. A gate itself is run with pytest:",
        "COMMAND verify say whether a report still stands, and for what",
        "init write a target file with its records, to begin with",
        "Exit status: 0 done, or every report stands; 1 a report does not stand; 2 wrong use.",
    ),
    "verify": (
        "DIR [DIR ...]",
        "Judge a report again from its recorded outcomes alone, check every digest and signature,",
        "DIR a report such as reports/smoke, or a folder of them",
        "--package FILE it has to be a report about this archive",
        "--workflow DIR it has to be a report about this workflow",
        "--allowed-signers FILE it has to be signed, by somebody in this file",
        "--role ROLE somebody with this role, such as 'QA Lead', has to have signed it",
        "--several-roles one person may sign for several roles",
        "Exit status: 0 every report stands (also one that says FAIL), 1 one does not, 2 wrong use.",
    ),
}


@pytest.mark.parametrize("command", HELP)
def test_help_says_what_every_command_and_option_is_for(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    monkeypatch.setenv("COLUMNS", "400")
    with pytest.raises(SystemExit) as caught:
        cli.main([*command.split(), "--help"])

    assert caught.value.code == 0
    said = " ".join(capsys.readouterr().out.split())
    places = [said.find(each) for each in HELP[command]]
    assert -1 not in places, said
    assert places == sorted(places)


def test_command_line_without_a_command_is_wrong_use(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        cli.main([])

    assert caught.value.code == 2
    assert capsys.readouterr().err.endswith("gate: error: the following arguments are required: COMMAND\n")
