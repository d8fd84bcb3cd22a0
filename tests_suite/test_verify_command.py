"""`python -m gate verify` as its users type it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from fixtures import reference
from fixtures.package import build as packagebuild
from fixtures.workflow.tree import digest
from gate import cli, statement, verify
from tests_suite import kept, miniature
from tests_suite.miniature import SUITE


def test_report_whose_predecessor_was_exchanged_says_so(tmp_path: Path) -> None:
    before, folder = kept.write(tmp_path / "predeploy", "predeploy"), kept.write(tmp_path / "smoke")
    link = {"marker": "predeploy", "verdict": "PASS", "ended": None, "problem": None}
    sha256 = statement.digest_of(before / "verdict.json")
    kept.forge(folder, lambda data: data.update(chain=[{**link, "sha256": sha256}]))
    assert "another predeploy report" not in str(verify.examine(folder))

    kept.forge(before, lambda data: data.update(title="Another title"))

    assert ", after another predeploy report than the one beside it, not signed" in str(verify.examine(folder))


def test_command_line_verifies_a_run_of_the_judge(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    result = miniature.make(tmp_path).run("-m", "smoke or mcp")

    status = cli.main(["verify", str(result.reports)])

    lines = capsys.readouterr().out.splitlines()
    assert status == 0, lines
    assert [line.partition(" stands: ")[0] for line in lines] == [
        f"{result.reports / name}:" for name in ("mcp", "smoke")
    ]


def test_command_line_tells_own_package_and_workflow_from_others(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    package = packagebuild.build(reference.WORKFLOW, tmp_path).archive
    folder = kept.write(tmp_path / "reports" / "smoke")
    mine = {"package": statement.digest_of(package), "workflow": digest(reference.WORKFLOW)}

    def name_mine(data: dict[str, Any]) -> None:
        for name, sha256 in mine.items():
            data["target"]["subjects"][name]["sha256"] = sha256

    kept.forge(folder, name_mine)
    asked = ["verify", str(folder), f"--package={package}", f"--workflow={reference.WORKFLOW}"]

    assert cli.main(asked) == 0, capsys.readouterr()
    asked[-1] = f"--workflow={reference.CLAUDE_PROJECT}"
    assert cli.main(asked) == 1
    assert "does not stand: it stands for the workflow" in capsys.readouterr().out


WRONG = {
    "no such folder": ["verify", "nowhere"],
    "a file": ["verify", "pyproject.toml"],
    "no such package": ["verify", "gate", "--package", "nowhere.tar.gz"],
    "no such workflow": ["verify", "gate", "--workflow", "nowhere"],
    "no such signers": ["verify", "gate", "--allowed-signers", "nowhere"],
    "nothing": ["verify"],
    "no command": [],
    "an unknown command": ["prove"],
}


@pytest.mark.parametrize("arguments", WRONG.values(), ids=WRONG)
def test_wrong_use_is_status_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    try:
        status = cli.main(arguments)
    except SystemExit as error:
        status = int(error.code or 0)

    said = capsys.readouterr().err
    assert status == 2
    assert said.startswith(("gate: ", "usage: "))
    assert "Traceback" not in said


def test_module_is_a_program(tmp_path: Path) -> None:
    def said() -> tuple[int, str, str]:
        command = [sys.executable, "-m", "gate", "verify", str(tmp_path)]
        done = subprocess.run(command, cwd=SUITE, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout, done.stderr

    assert said() == (2, "", f"gate: {tmp_path}: holds no report; expected verdict.json and statement.json in it\n")
    (tmp_path / "summary.md").touch()
    missing = "statement.json is missing; an older suite wrote none: such a report cannot be verified"
    assert said() == (1, f"{tmp_path}: does not stand: {missing}\n", "")


def test_help_says_how_to_begin(capsys: pytest.CaptureFixture[str]) -> None:
    for command in ([], ["verify"]):
        with pytest.raises(SystemExit) as caught:
            cli.main([*command, "--help"])
        said = capsys.readouterr().out
        assert caught.value.code == 0
        assert "Exit status: 0" in said
