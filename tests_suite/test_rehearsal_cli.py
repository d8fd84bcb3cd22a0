"""The command lines: what they print, and their exit status."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

from fixtures import reference
from fixtures.evidence import record as records
from fixtures.reference.process import ReferenceServer
from fixtures.staging import cli
from fixtures.staging.git import git
from fixtures.workflow import cli as workflow_cli
from tests_suite import sites
from tests_suite.faults.world import SUITE
from tests_suite.sites import DANA, TAG, Stage


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    """A site that nothing was deployed to yet."""
    return sites.make(tmp_path / "Staging für alle")


def typed(stage: Stage, command: str, *more: str) -> list[str]:
    """What is typed for a site."""
    site = stage.site
    places = {"repository": site.repository, "live": site.live, "backups": site.backups, "releases": site.releases}
    words = [command, *(f"--{name}={place}" for name, place in places.items()), *more]
    if command not in ("settle", "status"):
        words += ["--name=Dana Example", "--role=DevOps"]
    return [*words, f"--package={stage.package}"] if command in ("deploy", "rehearse") else words


def lines(text: Iterable[str]) -> list[str]:
    """The lines of a text."""
    return "".join(text).splitlines()


def test_deployment_and_rollback_by_hand(stage: Stage, capsys: pytest.CaptureFixture[str]) -> None:
    record = stage.root / "evidence" / "deployment.json"

    assert cli.main(typed(stage, "deploy", f"--record={record}")) == 0
    out = lines(capsys.readouterr().out)
    assert out[0] == "preflight"
    assert out[1] == "step 1: Create deployment branch"
    assert out[8:10] == ["step 8: Tag deployment", "switching users"]
    assert out[-1].startswith("2.0.0 is live (the worktree of deploy/")
    assert not records.read(record.parent, "deployment").mistakes
    assert json.loads(record.read_text(encoding="utf-8"))["environment"] == "production"

    assert cli.main(typed(stage, "status")) == 0
    assert capsys.readouterr().out.startswith("2.0.0 is live")

    assert cli.main(typed(stage, "rollback", "--drain=0")) == 0
    out = lines(capsys.readouterr().out)
    assert out == [
        "verify the backup",
        "switch users back",
        "archive what was withdrawn",
        "clear it away",
        "1.0.0 is live (main's checkout); nothing is left of a deployment",
    ]
    assert stage.require_whole() == "1.0.0"


def test_deployment_that_stops_says_which_version_is_live(stage: Stage, capsys: pytest.CaptureFixture[str]) -> None:
    (stage.site.blue / "config.yaml").write_text("mine\n", encoding="utf-8")

    assert cli.main(typed(stage, "deploy")) == 1

    error = capsys.readouterr().err
    assert "config.yaml has uncommitted changes" in error
    assert len(error.splitlines()) == 1


BEHIND = "main here is not origin/main as it was fetched (behind 1); pull first"
NEVER = "push it first: what was never pushed was reviewed by nobody"
AHEAD = f"main here is not origin/main as it was fetched (ahead 1); {NEVER}"


@pytest.mark.parametrize(("here", "there", "words"), [("main", "next", BEHIND), ("next", "main", AHEAD)])
def test_deployment_from_a_main_that_is_not_everybody_s_says_so(
    here: str, there: str, words: str, stage: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    repository = stage.site.repository
    git(repository, "branch", "next", "main")
    ahead = git(repository, "commit-tree", "main^{tree}", "-p", "main", "-m", "docs: more", who=DANA).strip()
    git(repository, "update-ref", "refs/heads/next", ahead)
    git(repository, "update-ref", "refs/remotes/origin/main", there)
    git(repository, "update-ref", "refs/heads/main", here)
    for key, value in {"remote.origin.fetch": "+refs/heads/*:refs/remotes/origin/*", "remote.origin.url": "x",
                       "branch.main.remote": "origin", "branch.main.merge": "refs/heads/main"}.items():  # fmt: skip
        git(repository, "config", key, value)

    assert cli.main(typed(stage, "deploy")) == 0
    assert capsys.readouterr().err == f"staging: {repository}: {words}\n"


def test_rollback_that_stops_with_the_new_version_live_has_a_status_of_its_own(
    stage: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(typed(stage, "deploy")) == 0
    backup = next(path for path in stage.site.backups.iterdir() if "v1.0.0-backup" in path.name)
    backup.write_bytes(b"")

    assert cli.main(typed(stage, "rollback")) == 3

    error = capsys.readouterr().err
    assert error.endswith("2.0.0 is live\n")
    assert len(error.splitlines()) == 1
    assert cli.main(typed(stage, "rollback", "--without-backup", "--drain=0")) == 0


@pytest.mark.parametrize("words", [[], ["deploy"], ["nothing"], ["status", "--repository=x"]])
def test_wrong_use_has_status_two(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(words)

    assert ended.value.code == 2
    assert "usage: python -m fixtures.staging" in capsys.readouterr().err


def test_repository_that_does_not_exist_is_wrong_use(stage: Stage, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.rmtree(stage.site.repository)

    assert cli.main(typed(stage, "status")) == 2
    assert "does not exist; expected a git repository" in capsys.readouterr().err


@pytest.mark.parametrize("place", ["repository", "live"])
def test_site_that_is_none_is_said_in_one_line(stage: Stage, place: str, capsys: pytest.CaptureFixture[str]) -> None:
    if place == "repository":
        shutil.rmtree(stage.site.repository / ".git")
    else:
        stage.site.live.unlink()

    assert cli.main(typed(stage, "deploy")) == 1

    error = capsys.readouterr().err
    assert len(error.splitlines()) == 1
    assert ("not a git repository" if place == "repository" else "live: does not exist") in error


@pytest.mark.parametrize("command", ["rehearse", "deploy", "rollback", "settle", "status"])
def test_help_says_what_each_command_needs(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main([command, "--help"])

    assert ended.value.code == 0
    text = capsys.readouterr().out
    assert "symbolic link that users follow" in text
    assert ("--package" in text) == (command in ("rehearse", "deploy"))


def test_rehearsal_by_hand_runs_the_smoke_gate_three_times(tmp_path: Path, reference_server: ReferenceServer) -> None:
    """The whole of plan 1.2 by one command: the real script, the real gate."""
    stage = sites.make(tmp_path / "Staging für alle", quick=False)
    target = tmp_path / "staging.yaml"
    target.write_text(
        json.dumps(
            {
                "name": "staging",
                "workflow": str(stage.site.live),
                "knowledge": {"url": reference_server.url},
                "claude": {"project": str(reference.CLAUDE_PROJECT), "cli": "off"},
                "overrides": [
                    {"item": "2.1.2", "limit": "response time", "value": 5000, "reason": "a busy machine of a test"}
                ],
            }
        ),
        encoding="utf-8",
    )
    evidence = tmp_path / "evidence"
    more = (f"--target={target}", f"--evidence={evidence}", f"--reports={tmp_path / 'reports'}")

    done = subprocess.run(
        [sys.executable, "-m", "fixtures.staging", *typed(stage, "rehearse", *more)],
        cwd=SUITE,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 mixed, 0 failed" in done.stdout
    assert stage.require_whole() == "2.0.0"
    names = ["rehearsal-deployment.json", "rehearsal-rollback.json", "rehearsal.json"]
    assert sorted(os.listdir(evidence)) == names  # none of them under the name of a record of production
    shutil.copy(evidence / names[0], tmp_path / "deployment.json")
    rehearsal, deployment = records.read(evidence, "rehearsal"), records.read(tmp_path, "deployment")
    assert not rehearsal.mistakes
    assert not deployment.mistakes
    smoke = rehearsal.content["smoke"]
    assert [each["verdict"] for each in smoke] == ["PASS"] * 3
    for each in smoke:
        verdict = json.loads(Path(each["report"]).read_text(encoding="utf-8"))
        assert verdict["target"]["subjects"]["workflow"]["sha256"] == each["tree"]
    assert stage.site.green(TAG).is_dir()


# python -m fixtures.workflow validate


def test_validation_of_the_reference_counts_its_files(capsys: pytest.CaptureFixture[str]) -> None:
    assert workflow_cli.main(["validate", str(reference.WORKFLOW), "--files", "55"]) == 0
    assert capsys.readouterr().out == "55/55 files valid\n"


def test_validation_names_what_is_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tree = tmp_path / "workflow"
    shutil.copytree(reference.WORKFLOW, tree)
    (tree / "config.yaml").write_text("a: [\n", encoding="utf-8")
    (tree / "agents" / "dev.md").unlink()

    assert workflow_cli.main(["validate", str(tree), "--files", "55"]) == 1

    out = capsys.readouterr().out.splitlines()
    assert out[0].startswith("config.yaml:2: no valid YAML")
    assert out[1:] == ["53/55 files valid", f"{tree}: has 54 files; expected 55"]


def test_validation_of_nothing_is_no_success(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert workflow_cli.main(["validate", str(tmp_path)]) == 1
    assert "holds no file of a workflow" in capsys.readouterr().out
    assert workflow_cli.main(["validate", str(tmp_path / "nowhere")]) == 2
    assert "does not exist; expected a workflow" in capsys.readouterr().err


# The record's form


def test_template_of_the_rehearsal_has_every_key_and_proves_nothing(tmp_path: Path) -> None:
    shutil.copy(records.HERE / "templates" / "rehearsal.yaml", tmp_path)

    read = records.read(tmp_path, "rehearsal")

    schema = json.loads((records.HERE / "rehearsal.schema.json").read_text(encoding="utf-8"))
    assert list(read.content) == schema["required"]
    assert len(read.mistakes) > 20
    assert all("is not filled in" in each.message for each in read.mistakes)
