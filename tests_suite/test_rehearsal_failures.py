"""Whatever fails, at whichever step: the old version stays live, the message says so, and the next try goes through."""

from __future__ import annotations

import errno
import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from fixtures.staging import preflight
from fixtures.staging.attempt import status
from fixtures.staging.deployment import deploy
from fixtures.staging.git import git, refs
from fixtures.staging.rollback import roll_back
from fixtures.staging.site import PATIENCE, StoppedError, alone
from fixtures.staging.state import state
from tests_suite import sites
from tests_suite.sites import BRANCH, DANA, TAG, Stage

ERRORS = {
    "disk full": OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "some file"),
    "file that cannot be written": OSError(errno.EACCES, os.strerror(errno.EACCES), "some file"),
}
MOMENTS = {
    "before the first step": (1, "begin"),
    **{f"at the end of step {step}": (step, "end") for step in range(1, 9)},
    "after the extraction": (2, "extracted"),
    "with the backup written": (3, "written"),
    "with the old files gone": (4, "emptied"),
    "in the middle of the copy": (4, "copied steps/2-training"),
    "after the validation": (6, "validated"),
    "with the files added": (7, "added"),
    "after the commit": (7, "committed"),
    "before the switch": (9, "begin"),
}


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    """A site that nothing was deployed to yet."""
    return sites.make(tmp_path / "Staging für alle")


def stopped(stage: Stage, watch: Callable[[int, str], None] = lambda step, words: None) -> StoppedError:
    """Deploy, see it stop with the old version live, and nothing of anybody's lost."""
    with pytest.raises(StoppedError) as found:
        deploy(stage.site, stage.package, by=DANA, watch=watch, record_file=stage.root / "deployment.json")
    assert stage.require_whole() == "1.0.0"
    assert found.value.live == "1.0.0"
    assert str(found.value).endswith("; 1.0.0 is live")
    assert "\n" not in str(found.value)
    return found.value


def goes_through(stage: Stage) -> None:
    """Deploy after whatever happened, and roll back to exactly the state before."""
    deploy(stage.site, stage.package, by=DANA)
    assert stage.require_whole() == "2.0.0"
    roll_back(stage.site, by=DANA, before=stage.before, drain=0)
    assert state(stage.site).differences(stage.before) == []


@pytest.mark.parametrize("error", ERRORS.values(), ids=ERRORS)
@pytest.mark.parametrize("moment", MOMENTS.values(), ids=MOMENTS)
def test_step_that_fails_leaves_the_old_version(stage: Stage, moment: tuple[int, str], error: OSError) -> None:
    failed: list[str] = []

    def watch(step: int, words: str) -> None:
        if step == moment[0] and words.startswith(moment[1]) and not failed:
            failed.append(words)
            raise error

    found = stopped(stage, watch)

    assert failed
    assert (found.step, status(stage.site).live) == (moment[0], "1.0.0")
    assert f"some file: {os.strerror(error.errno or 0).lower()}" in str(found)
    assert '"outcome": "stopped"' in (stage.root / "deployment.json").read_text(encoding="utf-8")
    goes_through(stage)


def test_record_that_cannot_be_written_does_not_hide_that_the_new_version_is_live(stage: Stage) -> None:
    (stage.root / "in the way").write_text("", encoding="utf-8")

    with pytest.raises(StoppedError, match=r"in the way.*; 2\.0\.0 is live") as found:
        deploy(stage.site, stage.package, by=DANA, record_file=stage.root / "in the way" / "deployment.json")

    assert found.value.live == stage.require_whole() == "2.0.0"
    record = deploy(stage.site, stage.package, by=DANA, record_file=stage.root / "deployment.json")
    assert (record["outcome"], len(record["steps"])) == ("deployed", 8)
    assert (stage.root / "deployment.json").is_file()


def test_disk_that_is_too_full_stops_the_deployment_before_it_starts(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preflight, "free_bytes", lambda folder: 1000)

    found = stopped(stage)

    assert re.search(r"releases: 1000 bytes are free there; expected at least \d+", str(found))
    assert state(stage.site).differences(stage.before) == []


# Things of other people's that appear meanwhile


def test_tag_that_appears_meanwhile_stops_the_last_step_and_is_kept(stage: Stage) -> None:
    def watch(step: int, words: str) -> None:
        if (step, words) == (8, "begin"):
            git(stage.site.repository, "tag", TAG, "main")

    found = stopped(stage, watch)

    assert found.step == 8
    assert f"tag '{TAG}' already exists" in str(found)
    again = stopped(stage)
    assert f"the tag {TAG} is not the deployment's own" in str(again)
    git(stage.site.repository, "tag", "--delete", TAG)
    goes_through(stage)


def test_commit_on_the_branch_of_an_interrupted_deployment_is_kept(stage: Stage) -> None:
    def watch(step: int, words: str) -> None:
        if (step, words) == (8, "begin"):
            raise ERRORS["disk full"]

    stopped(stage, watch)
    worktree = stage.site.worktree(TAG)
    git(worktree, "commit", "--quiet", "--allow-empty", "--message", "mine", who=DANA)
    mine = refs(stage.site.repository)[f"refs/heads/{BRANCH}"]

    found = stopped(stage)

    assert f"the branch {BRANCH} carries more than the deployment's own commit" in str(found)
    assert refs(stage.site.repository)[f"refs/heads/{BRANCH}"] == mine
    with pytest.raises(StoppedError, match="carries more than"):
        roll_back(stage.site, by=DANA, drain=0)
    git(worktree, "reset", "--quiet", "--hard", "HEAD~1")
    goes_through(stage)


def test_file_in_the_worktree_of_an_interrupted_deployment_is_kept(stage: Stage) -> None:
    def watch(step: int, words: str) -> None:
        if (step, words) == (4, "emptied"):
            raise ERRORS["disk full"]

    stopped(stage, watch)
    mine = stage.site.worktree(TAG) / "mine.md"
    mine.write_text("mine\n", encoding="utf-8")

    found = stopped(stage)

    assert "mine.md was changed there, and not by the deployment" in str(found)
    assert mine.read_text(encoding="utf-8") == "mine\n"
    mine.unlink()
    goes_through(stage)


def test_link_that_somebody_points_elsewhere_meanwhile_is_left_alone(stage: Stage) -> None:
    shutil.copytree(stage.site.blue, stage.root / "elsewhere")

    def watch(step: int, words: str) -> None:
        if (step, words) == (9, "begin"):
            stage.site.live.unlink()
            stage.site.live.symlink_to(stage.root / "elsewhere")

    found = stopped(stage, watch)

    assert "somebody pointed it elsewhere meanwhile" in str(found)
    assert os.readlink(stage.site.live) == str(stage.root / "elsewhere")


def test_file_that_changes_after_the_validation_is_not_committed(stage: Stage) -> None:
    def watch(step: int, words: str) -> None:
        if (step, words) == (6, "validated"):
            (stage.site.green(TAG) / "config.yaml").write_text("broken\n", encoding="utf-8")

    found = stopped(stage, watch)

    assert "config.yaml: has other contents than it should have" in str(found)
    assert refs(stage.site.repository)[f"refs/heads/{BRANCH}"] == refs(stage.site.repository)["refs/heads/main"]
    goes_through(stage)


def test_attributes_that_make_git_change_files_stop_the_commit(stage: Stage) -> None:
    (stage.site.repository / ".gitattributes").write_text("*.yaml ident\n*.md working-tree-encoding=UTF-16\n")
    git(stage.site.repository, "add", ".gitattributes")
    git(stage.site.repository, "commit", "--quiet", "--message", "attributes", who=DANA)

    with pytest.raises(StoppedError) as found:
        deploy(stage.site, stage.package, by=DANA)

    assert found.value.live == "1.0.0"
    assert found.value.step in (1, 7)


@pytest.mark.parametrize(
    ("script", "says"),
    [
        ("echo 54/55 files valid; exit 1", "validate-workflow.sh ended with 1: 54/55 files valid"),
        ("echo 54/54 files valid", "says 54/54 files valid; expected 55/55"),
        ("kill -9 $$", "validate-workflow.sh ended with -9: no output"),
    ],
)
def test_validation_that_fails_stops_the_deployment(stage: Stage, script: str, says: str) -> None:
    path = stage.site.repository / "scripts/validate-workflow.sh"
    path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    git(stage.site.repository, "commit", "--quiet", "--all", "--message", "script", who=DANA)

    with pytest.raises(StoppedError) as found:
        deploy(stage.site, stage.package, by=DANA)

    assert says in str(found.value)
    assert found.value.step == 6


# Backups


def test_backup_that_is_damaged_while_it_is_made_stops_the_deployment(stage: Stage) -> None:
    def watch(step: int, words: str) -> None:
        if (step, words) == (3, "written"):
            part = next(path for path in stage.site.backups.iterdir() if path.name.endswith(".part"))
            data = bytearray(part.read_bytes())
            data[len(data) // 2] ^= 1
            part.write_bytes(data)

    found = stopped(stage, watch)

    assert found.step == 3
    assert ".part" in str(found)
    assert [path.name for path in stage.site.backups.iterdir() if "v1.0.0-backup" in path.name] == []
    goes_through(stage)


def _flipped(file: Path) -> None:
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)


def _cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-100])


def _gone(file: Path) -> None:
    file.unlink()


def _without_checksum(file: Path) -> None:
    file.with_name(f"{file.name}.sha256").unlink()


def _of_other_files(file: Path) -> None:
    """Whole, and with a checksum that agrees: of another version."""
    from fixtures import reference
    from fixtures.staging import archive

    paths = [path for path in ("workflow.md", "config.yaml") if (reference.WORKFLOW / path).is_file()]
    other = archive.store(reference.WORKFLOW, paths, file.parent, lambda: "other.tar.gz")
    other.file.replace(file)
    archive.beside(file).write_text(f"{other.sha256}  {file.name}\n", encoding="utf-8")


@pytest.mark.parametrize("spoil", [_flipped, _cut, _gone, _without_checksum, _of_other_files])
def test_rollback_by_a_damaged_backup_keeps_the_new_version_until_it_is_told_otherwise(
    stage: Stage, spoil: Callable[[Path], None]
) -> None:
    record = deploy(stage.site, stage.package, by=DANA)
    spoil(Path(record["backup"]["file"]))

    with pytest.raises(StoppedError, match=r"without the backup it can be used; 2\.0\.0 is live"):
        roll_back(stage.site, by=DANA, drain=0)

    assert stage.require_whole() == "2.0.0"
    roll_back(stage.site, by=DANA, drain=0, before=stage.before, without_backup=True)
    assert stage.require_whole() == "1.0.0"
    goes_through(stage)


def test_rollback_does_not_go_back_to_what_somebody_changed(stage: Stage) -> None:
    deploy(stage.site, stage.package, by=DANA)
    changed = stage.site.blue / "agents" / "dev.md"
    before = changed.read_bytes()
    changed.write_bytes(before + b"more\n")

    with pytest.raises(StoppedError, match=r"agents/dev\.md is not as it was deployed over.*2\.0\.0 is live"):
        roll_back(stage.site, by=DANA, drain=0, without_backup=True)

    changed.write_bytes(before)
    roll_back(stage.site, by=DANA, drain=0)
    assert stage.live() == "1.0.0"


def test_rollback_without_a_deployment_says_so(stage: Stage) -> None:
    with pytest.raises(StoppedError, match=r"no deployment to roll back; .*; 1\.0\.0 is live"):
        roll_back(stage.site, by=DANA)


def test_two_deployments_at_once_do_not_mix(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    assert PATIENCE > 1
    monkeypatch.setattr("fixtures.staging.site.PATIENCE", 0.1)

    with alone(stage.site):
        found = stopped(stage)

    assert "another deployment or rollback is running there" in str(found)
    goes_through(stage)


def test_claim_that_nobody_wrote_so_stops_everything_in_one_line(stage: Stage) -> None:
    (stage.site.releases / f"{TAG}.attempt.json").write_text("[]", encoding="utf-8")

    found = stopped(stage)

    assert f"{TAG}.attempt.json: is no claim of a deployment" in str(found)
    assert status(stage.site).sentence.startswith("1.0.0 is live (main's checkout); left of a deployment: ")
