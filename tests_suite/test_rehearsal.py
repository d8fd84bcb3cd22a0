"""A deployment does what plan 2.2 says, step by step, and a rollback brings back every ref, byte and mode."""

from __future__ import annotations

import os
import stat
import subprocess
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from fixtures import reference
from fixtures.evidence import record as records
from fixtures.package.checksumfile import digest_of
from fixtures.reference import previous, repository
from fixtures.staging.archive import restore
from fixtures.staging.attempt import status
from fixtures.staging.deployment import deploy
from fixtures.staging.files import held
from fixtures.staging.git import git, refs
from fixtures.staging.rehearsal import rehearse
from fixtures.staging.rollback import roll_back
from fixtures.staging.site import STEPS, Person, StoppedError
from fixtures.staging.state import state
from fixtures.workflow.cli import PATTERNS
from fixtures.workflow.tree import digest, open_tree, syntax_findings
from gate import checklist
from tests_suite import sites
from tests_suite.sites import BRANCH, DANA, TAG, Stage

MESSAGE = """\
feat: Deploy AI Engineering Workflow v2.0.0

- 11 specialized agents with FTI architecture
- 11 workflow steps from scoping to integration
- 50+ Knowledge MCP integration points
- Production-ready configuration and templates
- Comprehensive deployment documentation

Signed-off by: Tech Lead, PM, Infrastructure
"""


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    """A site whose paths hold spaces and letters that are not ASCII."""
    return sites.make(tmp_path / "Staging für alle")


def test_deployment_leaves_what_the_plan_says(stage: Stage) -> None:
    release = checklist.load().release

    record = deploy(stage.site, stage.package, release, by=DANA, record_file=stage.root / "deployment.json")

    assert stage.require_whole() == "2.0.0"
    there = refs(stage.site.repository)
    commit = there[f"refs/heads/{BRANCH}"]
    parents = git(stage.site.repository, "rev-list", "--parents", "--max-count=1", commit).split()
    assert parents == [commit, there["refs/heads/main"]]
    assert git(stage.site.repository, "cat-file", "commit", commit).partition("\n\n")[2] == MESSAGE
    assert git(stage.site.repository, "cat-file", "-t", there[f"refs/tags/{TAG}"]) == "tag\n"
    tag = git(stage.site.repository, "cat-file", "tag", TAG)
    assert tag.startswith(f"object {commit}\n")
    assert tag.endswith("\n\nProduction Deployment of AI Engineering Workflow v2.0.0\n")
    assert record["repository"]["commit"] == commit
    read = records.read(stage.root, "deployment")
    assert not read.mistakes
    assert read.content == record


def test_deployed_commit_changes_the_workflow_and_nothing_else(stage: Stage) -> None:
    deploy(stage.site, stage.package, by=DANA)

    changed = git(stage.site.repository, "diff-tree", "-r", "--name-only", "--no-renames", "main", BRANCH).split("\n")
    assert changed[:-1]
    assert all(path.startswith(stage.site.workflow) for path in changed[:-1])
    assert git(stage.site.worktree(TAG), "status", "--porcelain", "--ignored") == ""


def test_every_step_is_on_record_with_its_time_and_command(stage: Stage) -> None:
    record = deploy(stage.site, stage.package, by=DANA)

    steps = record["steps"]
    assert [(each["step"], each["name"]) for each in steps] == list(enumerate(STEPS, start=1))
    moments = [datetime.fromisoformat(each[key]) for each in steps for key in ("started", "ended")]
    assert moments == sorted(moments)
    assert all(each["exit_status"] == 0 and each["command"] for each in steps)
    assert steps[5]["command"] == "./scripts/validate-workflow.sh"
    assert steps[5]["output"] == "55/55 files valid"
    assert steps[1]["command"].startswith(f"tar -xzf {TAG}.tar.gz -C ")
    assert steps[2]["command"].startswith("python -m tarfile -c ")
    assert steps[1]["directory"].endswith(stage.site.workflow)
    assert record["outcome"] == "deployed"


@pytest.mark.parametrize("umask", [0o077, 0o000])
def test_permissions_are_the_plan_s_whatever_the_umask_is(stage: Stage, umask: int) -> None:
    before = os.umask(umask)
    try:
        deploy(stage.site, stage.package, by=DANA)
    finally:
        os.umask(before)

    green = stage.site.green(TAG)
    modes = {stat.S_IMODE(path.stat().st_mode) for path in green.rglob("*") if path.is_file()}
    folders = {stat.S_IMODE(path.stat().st_mode) for path in [green, *green.rglob("*")] if path.is_dir()}
    assert (modes, folders) == ({0o644}, {0o755})


def test_backup_restores_to_exactly_the_version_before(stage: Stage, tmp_path: Path) -> None:
    record = deploy(stage.site, stage.package, by=DANA)

    file = Path(record["backup"]["file"])
    assert file.parent == stage.site.backups
    assert file.name.startswith("ai-engineering-workflow-v1.0.0-backup-")
    line = file.with_name(f"{file.name}.sha256").read_text(encoding="utf-8")
    assert line == f"{record['backup']['sha256']}  {file.name}\n"
    assert digest_of(file) == record["backup"]["sha256"]
    restore(file, tmp_path / "restored")
    assert held(tmp_path / "restored") == held(stage.site.blue)


def test_backup_is_one_that_tar_restores(stage: Stage, tmp_path: Path) -> None:
    record = deploy(stage.site, stage.package, by=DANA)

    (tmp_path / "by tar").mkdir()
    subprocess.run(["tar", "-xzpf", record["backup"]["file"], "-C", str(tmp_path / "by tar")], check=True)

    assert held(tmp_path / "by tar") == held(stage.site.blue)


def test_rollback_brings_back_every_ref_byte_and_mode(stage: Stage) -> None:
    deploy(stage.site, stage.package, by=DANA)
    assert state(stage.site).digest != stage.before.digest

    record = roll_back(stage.site, by=DANA, before=stage.before, drain=0, record_file=stage.root / "rollback.json")

    assert stage.require_whole() == "1.0.0"
    assert state(stage.site).differences(stage.before) == []
    assert record["state_before"] == record["state_after"] == stage.before.digest
    assert (record["live"], record["outcome"]) == ("1.0.0", "rolled back")
    assert sorted(os.listdir(stage.site.releases)) == [".lock", "ai-engineering-workflow-v1.0.0"]


def test_withdrawn_version_is_kept_for_the_investigation(stage: Stage, tmp_path: Path) -> None:
    deploy(stage.site, stage.package, by=DANA)
    broken = stage.site.green(TAG) / "steps/0-scoping/step-01-business-analyst.md"
    broken.write_text("what somebody did to it in production\n", encoding="utf-8")

    record = roll_back(stage.site, by=DANA, before=stage.before, drain=0)

    file = Path(record["failed"]["file"])
    assert file.name.startswith("ai-engineering-workflow-v2.0.0-failed-")
    restore(file, tmp_path / "failed")
    kept = tmp_path / "failed/steps/0-scoping/step-01-business-analyst.md"
    assert kept.read_text(encoding="utf-8") == "what somebody did to it in production\n"


def test_deployment_and_rollback_can_be_repeated(stage: Stage) -> None:
    for _ in range(3):
        deploy(stage.site, stage.package, by=DANA)
        assert stage.require_whole() == "2.0.0"
        roll_back(stage.site, by=DANA, before=stage.before, drain=0)
        assert stage.require_whole() == "1.0.0"


def test_link_comes_back_as_it_was_written(stage: Stage) -> None:
    written = os.path.join("repository", ".", stage.site.workflow)
    stage.site.live.unlink()
    stage.site.live.symlink_to(written)

    deploy(stage.site, stage.package, by=DANA)
    roll_back(stage.site, by=DANA, drain=0)

    assert os.readlink(stage.site.live) == written
    assert stage.require_whole() == "1.0.0"


def test_user_s_git_settings_and_hooks_change_nothing(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    hooks = stage.site.repository / ".git" / "hooks"
    hooks.mkdir(exist_ok=True)
    for name in ("pre-commit", "commit-msg", "post-checkout", "reference-transaction"):
        (hooks / name).write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
        (hooks / name).chmod(0o755)
    settings = stage.root / "gitconfig"
    settings.write_text(
        "[user]\n name = Somebody Else\n[core]\n autocrlf = true\n[commit]\n gpgSign = true\n[tag]\n gpgSign = true\n",
        encoding="utf-8",
    )
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(settings))
    monkeypatch.setenv("GIT_DIR", "/nowhere")
    monkeypatch.setenv("GIT_AUTHOR_NAME", "Somebody Else")

    deploy(stage.site, stage.package, by=DANA)

    author = git(stage.site.repository, "log", "-1", "--format=%an <%ae> %cn", BRANCH)
    assert author == "Dana Example <dana@example.com> Dana Example\n"
    assert stage.require_whole() == "2.0.0"


def test_facts_of_the_release_come_from_the_package_where_none_are_given(stage: Stage) -> None:
    given = deploy(stage.site, stage.package, checklist.load().release, by=DANA)
    roll_back(stage.site, by=DANA, drain=0)
    derived = deploy(stage.site, stage.package, by=DANA)

    for key in ("release", "package", "by"):
        assert given[key] == derived[key]
    assert git(stage.site.repository, "cat-file", "commit", BRANCH).partition("\n\n")[2] == MESSAGE
    stem = "ai-engineering-workflow-v1.0.0-backup-"
    assert all(Path(each["backup"]["file"]).name.startswith(stem) for each in (given, derived))


def test_repository_without_a_script_is_validated_by_the_suite(stage: Stage) -> None:
    git(stage.site.repository, "rm", "--quiet", "scripts/validate-workflow.sh")
    git(stage.site.repository, "commit", "--quiet", "--message", "test: no script", who=DANA)

    record = deploy(stage.site, stage.package, by=DANA)

    assert "fixtures.workflow validate" in record["steps"][5]["command"]
    assert record["steps"][5]["output"] == "55/55 files valid"


def test_rehearsal_leaves_the_new_version_and_a_record(stage: Stage) -> None:
    asked = []

    def smoke(live: Path, when: str) -> dict[str, str]:
        asked.append((when, stage.live()))
        return {"verdict": "PASS"}

    done = rehearse(
        stage.site, stage.package, by=DANA, smoke=smoke, drain=0.5, record_file=stage.root / "rehearsal.json"
    )

    assert stage.require_whole() == "2.0.0"
    assert asked == [("before deployment", "1.0.0"), ("after deployment", "2.0.0"), ("after rollback", "1.0.0")]
    read = records.read(stage.root, "rehearsal")
    assert not read.mistakes
    assert read.content == done.record
    reads = done.record["reads"]
    assert reads["total"] == reads["whole_previous"] + reads["whole_new"]
    assert min(reads["whole_previous"], reads["whole_new"]) > 0
    trees = [each["tree"] for each in done.record["smoke"]]
    assert trees == [digest(stage.site.blue), digest(stage.site.green(TAG)), digest(stage.site.blue)]
    assert done.record["rolled_back"]["state_after"] == stage.before.digest
    assert done.again is not None
    assert done.again["repository"]["commit"] == refs(stage.site.repository)[f"refs/heads/{BRANCH}"]


def test_rehearsal_stops_at_a_smoke_test_that_does_not_pass(stage: Stage) -> None:
    def smoke(live: Path, when: str) -> dict[str, str]:
        return {"verdict": "PASS" if when == "before deployment" else "FAIL"}

    with pytest.raises(StoppedError, match=r"smoke test after deployment says FAIL; 2\.0\.0 is live") as stopped:
        rehearse(stage.site, stage.package, by=DANA, smoke=smoke, record_file=stage.root / "rehearsal.json")

    assert stopped.value.live == "2.0.0"
    assert not (stage.root / "rehearsal.json").exists()


def test_rehearsal_after_an_interrupted_deployment_does_not_take_its_leftovers_for_the_state_before(
    stage: Stage,
) -> None:
    def watch(step: int, words: str) -> None:
        if step == 7 and words == "end":
            raise OSError(28, "No space left on device")

    with pytest.raises(StoppedError):
        deploy(stage.site, stage.package, by=DANA, watch=watch)

    done = rehearse(stage.site, stage.package, by=DANA, smoke=lambda live, when: {"verdict": "DEGRADE"}, drain=0.5)

    assert done.record["rolled_back"]["state_after"] == stage.before.digest


def test_status_says_what_is_live_and_what_is_left(stage: Stage) -> None:
    assert status(stage.site).sentence == "1.0.0 is live (main's checkout); nothing is left of a deployment"

    deploy(stage.site, stage.package, by=DANA)

    assert status(stage.site).sentence == (f"2.0.0 is live (the worktree of {BRANCH}); nothing is left of a deployment")
    assert status(stage.site).green


def test_state_notices_refs_bytes_modes_links_and_settings(stage: Stage) -> None:
    blue = stage.site.blue

    def point_elsewhere() -> None:
        stage.site.live.unlink()
        stage.site.live.symlink_to(blue / "agents")

    changes: dict[str, Callable[[], object]] = {
        "a ref": lambda: git(stage.site.repository, "branch", "another"),
        "bytes": lambda: (blue / "config.yaml").write_bytes(b"x"),
        "a mode": lambda: (blue / "workflow.md").chmod(0o600),
        "a folder's mode": lambda: (blue / "agents").chmod(0o700),
        "a new file": (blue / "new.md").touch,
        "a setting": lambda: git(stage.site.repository, "config", "user.name", "x"),
        "HEAD": lambda: git(stage.site.repository, "symbolic-ref", "HEAD", "refs/heads/another"),
        "the link": point_elsewhere,
    }
    found = state(stage.site)
    for what, change in changes.items():
        change()
        changed = state(stage.site)
        assert changed.digest != found.digest, what
        assert found.differences(changed), what
        found = changed


def test_reference_repository_is_the_same_everywhere_and_made_quickly(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        one = repository.make(tmp_path / "one")
    finally:
        os.umask(before)
    started = time.perf_counter()
    other = repository.make(tmp_path / "other")
    seconds = time.perf_counter() - started

    assert refs(one.repository) == refs(other.repository)
    assert held(one.repository, lambda path: path == ".git") == held(other.repository, lambda path: path == ".git")
    assert seconds < 2, "0.06 s on a quiet machine"


def test_previous_version_is_a_sound_workflow_of_its_own_that_differs(tmp_path: Path) -> None:
    tree = previous.make(tmp_path / "previous")

    found = syntax_findings(open_tree(tree, PATTERNS))
    assert len(found) == 55
    assert [each for findings in found.values() for each in findings] == []
    old = {path: each.sha256 for path, each in held(tree).items()}
    new = {path: each.sha256 for path, each in held(reference.WORKFLOW, lambda p: "/." in f"/{p}").items()}
    assert old.keys() - new.keys() == {"DEPLOYMENT/KNOWN_LIMITS.md", "checklists/completion-checklist.md"}
    assert new.keys() - old.keys() == {
        "DEPLOYMENT/INCIDENT_RESPONSE.md",
        "checklists/step-01-completion-checklist.md",
    }
    changed = {path for path in old.keys() & new.keys() if old[path] != new[path]}
    assert {"config.yaml", "workflow.md", "agents/rag-specialist.md"} <= changed
    assert "2.0.0" not in (tree / "config.yaml").read_text(encoding="utf-8")


def test_real_script_of_the_reference_repository_validates_what_is_deployed(tmp_path: Path) -> None:
    stage = sites.make(tmp_path / "with the real script", quick=False)

    record = deploy(stage.site, stage.package, by=Person("Dana", "DevOps"))

    assert record["steps"][5]["output"] == "55/55 files valid"
    assert stage.require_whole() == "2.0.0"
    assert git(stage.site.worktree(TAG), "status", "--porcelain", "--ignored") == ""
