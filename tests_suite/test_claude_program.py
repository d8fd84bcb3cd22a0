"""How a claude program is asked for its commands, and what is said of every other ending."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from fixtures.claude import program
from fixtures.claude.program import REQUEST, CliAnswer, list_commands

HAS_COMMANDS = {"response": {"response": {"commands": [{"name": "a"}, {"name": "/b:c"}, "none", {}]}}}
LISTED = frozenset({"/a", "/b:c", "/"})


def claude(folder: Path, *lines: str, version: str = "2.1.9 (Claude Code)") -> str:
    """A program that says its version, and else runs these lines of a shell."""
    path = folder / "claude"
    first = f'if [ "$1" = --version ]; then echo "{version}"; exit 0; fi'
    path.write_text("\n".join(["#!/bin/sh", first, *lines, ""]), encoding="utf-8")
    path.chmod(0o755)
    return str(path)


def says(data: Any) -> str:
    return f"printf '%s\\n' '{json.dumps(data)}'"


def test_program_is_asked_in_the_project_and_in_a_home_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project, home, out = tmp_path / "project", tmp_path / "home", tmp_path / "out"
    (home / ".claude" / "commands").mkdir(parents=True)
    (home / ".claude" / "skills").write_text("no folder", encoding="utf-8")
    project.mkdir()
    monkeypatch.setenv("ANTHROPIC_API_KEY", "secret")
    monkeypatch.setenv("LANG", "de")
    monkeypatch.delenv("LC_ALL", raising=False)
    lines = [f"exec 3> '{out}'", 'read -r asked; echo "$asked" >&3; pwd >&3; env >&3; ls -l "$HOME/.claude" >&3',
             'for each; do echo "arg $each" >&3; done', says({"type": "system"}), "echo '\"response\" []'"]  # fmt: skip

    answer = list_commands(claude(tmp_path, *lines, says(HAS_COMMANDS), "sleep 60"), project, home)

    assert answer == CliAnswer("claude 2.1.9", LISTED)
    told = out.read_text(encoding="utf-8").splitlines()
    assert json.loads(told[0]) == REQUEST == {
        "type": "control_request", "request_id": "commands", "request": {"subtype": "initialize"},
    }  # fmt: skip
    assert os.path.samefile(told[1], project)
    kept = dict(line.split("=", 1) for line in told if "=" in line and not line.startswith("arg"))
    assert {"ANTHROPIC_API_KEY", "LC_ALL"}.isdisjoint(kept)
    assert (kept["LANG"], kept["PATH"]) == ("de", os.environ["PATH"])
    assert {name: kept[name] for name in program.QUIET} == program.QUIET
    assert kept["HOME"] != str(home)
    assert not Path(kept["HOME"]).exists()
    assert [line.partition(" -> ")[2] for line in told if " -> " in line] == [str(home / ".claude" / "commands")]
    assert [line.removeprefix("arg ") for line in told if line.startswith("arg ")] == [
        "-p", "--input-format", "stream-json", "--output-format", "stream-json", "--verbose", "--strict-mcp-config",
        "--settings", '{"disableAllHooks": true}',
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (["exit 3"], "gave no list of commands and ended with status 3"),
        (["sleep 60"], "gave no list of commands within 0.1 s"),
        ([says({"response": {"error": "Not logged in"}})],
         "answered without a list of commands: 'Not logged in'"),
        ([says({"response": {"response": {"commands": "a"}, "error": 170 * "x"}})],
         f"answered without a list of commands: {160 * 'x'!r}"),
        ([says({"response": {"response": []}})], "answered without a list of commands"),
        ([f"printf '%s' '{60 * 'x'}'", "sleep 60"], "gave no list of commands in 50 bytes of output"),
    ],
)  # fmt: skip
def test_program_without_a_list_says_how_it_ended(
    lines: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(program, "SECONDS", 0.1 if "0.1" in said else 20.0)
    if "50 bytes" in said:
        monkeypatch.setattr(program, "LARGEST", 50)

    assert list_commands(claude(tmp_path, *lines, version="none"), tmp_path, None) == CliAnswer("claude", error=said)


def test_list_may_be_the_last_line_without_an_end(tmp_path: Path) -> None:
    path = claude(tmp_path, f"printf 'x\\n%s' '{json.dumps(HAS_COMMANDS)}'", version="v10.2.3-rc.1 of 2026")

    assert list_commands(path, tmp_path, None) == CliAnswer("claude 10.2.3-rc.1", LISTED)


def test_no_program_is_asked_where_there_is_none_or_none_is_wanted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))

    assert list_commands("auto", tmp_path, None) is None
    assert list_commands("off", tmp_path, None) is None
    missing = str(tmp_path / "none")
    assert list_commands(missing, tmp_path, None) == CliAnswer(missing, error="is no program that can be run")


def test_program_on_the_path_is_asked_and_one_that_is_none_is_said_to_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = claude(tmp_path, says(HAS_COMMANDS))
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert list_commands("auto", tmp_path, None) == CliAnswer("claude 2.1.9", LISTED)
    assert list_commands("~/claude", tmp_path, None) == CliAnswer("claude 2.1.9", LISTED)
    Path(path).write_text("#!/nowhere/sh\n", encoding="utf-8")

    said = CliAnswer(path, error="cannot be run: No such file or directory")
    assert list_commands("auto", tmp_path, None) == said


@pytest.mark.parametrize(
    "line",
    [b"", b"{}", b'"response"', b'{"response": []}', b'{"no": "response"}', b'["response"]', b'{"response": "x"}',
     b'\xff"response"', b'{"response"', b'"response"' + b"[" * 100_000],
)  # fmt: skip
def test_line_that_is_no_answer_is_passed_over(line: bytes) -> None:
    assert program._control_response(line) is None
    assert program._control_response(b'{"response": {"a": 1}}') == {"a": 1}
