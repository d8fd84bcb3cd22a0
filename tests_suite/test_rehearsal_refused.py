"""What is in the way stops a deployment before it starts: nothing is changed or lost, and one line says why."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from fixtures.staging.deployment import deploy
from fixtures.staging.git import git
from fixtures.staging.rollback import roll_back
from fixtures.staging.site import StoppedError
from fixtures.staging.state import state
from tests_suite import sites
from tests_suite.sites import BRANCH, DANA, TAG, Stage


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    """A site that nothing was deployed to yet."""
    return sites.make(tmp_path / "Staging für alle")


def _modify(stage: Stage) -> None:
    (stage.site.blue / "config.yaml").write_text("mine\n", encoding="utf-8")


def _stage(stage: Stage) -> None:
    _modify(stage)
    git(stage.site.repository, "add", "--all", stage.site.workflow)


def _modify_elsewhere(stage: Stage) -> None:
    (stage.site.repository / "README.md").write_text("mine\n", encoding="utf-8")


def _untracked(stage: Stage) -> None:
    (stage.site.blue / "agents" / "mein Agent ü.md").write_text("mine\n", encoding="utf-8")


def _deleted(stage: Stage) -> None:
    (stage.site.blue / "workflow.md").unlink()


def _renamed(stage: Stage) -> None:
    git(stage.site.repository, "mv", f"{stage.site.workflow}/workflow.md", f"{stage.site.workflow}/flow.md")


def _other_branch(stage: Stage) -> None:
    git(stage.site.repository, "switch", "--quiet", "--create", "mine")


def _detached(stage: Stage) -> None:
    git(stage.site.repository, "switch", "--quiet", "--detach")


def _own_branch(stage: Stage) -> None:
    git(stage.site.repository, "branch", BRANCH)


def _own_tag(stage: Stage) -> None:
    git(stage.site.repository, "tag", TAG)


def _worktree(stage: Stage) -> None:
    stage.site.worktree(TAG).mkdir()
    (stage.site.worktree(TAG) / "mine.md").write_text("mine\n", encoding="utf-8")


def _no_link(stage: Stage) -> None:
    stage.site.live.unlink()
    shutil.copytree(stage.site.blue, stage.site.live)


def _link_elsewhere(stage: Stage) -> None:
    shutil.copytree(stage.site.blue, stage.root / "elsewhere")
    stage.site.live.unlink()
    stage.site.live.symlink_to(stage.root / "elsewhere")


def _linked_file(stage: Stage) -> None:
    (stage.site.blue / "link.md").symlink_to("workflow.md")
    git(stage.site.repository, "add", "--all", stage.site.workflow)
    git(stage.site.repository, "commit", "--quiet", "--message", "link", who=DANA)


def _damaged_package(stage: Stage) -> None:
    data = bytearray(stage.package.read_bytes())
    data[len(data) // 2] ^= 1
    stage.package.write_bytes(data)


def _missing_package(stage: Stage) -> None:
    stage.package.unlink()


def _already_new(stage: Stage) -> None:
    for name in ("config.yaml", "workflow.md"):
        path = stage.site.blue / name
        path.write_text(path.read_text(encoding="utf-8").replace("1.0.0", "1.5.0"), encoding="utf-8")
    path.write_text(path.read_text(encoding="utf-8").replace("1.5.0", "1.0.0"), encoding="utf-8")
    git(stage.site.repository, "commit", "--quiet", "--all", "--message", "versions disagree", who=DANA)


REFUSED = {
    "modified": (_modify, r"ai-engineering-workflow/config\.yaml has uncommitted changes; commit or put them away"),
    "staged": (_stage, r"config\.yaml has uncommitted changes"),
    "modified elsewhere": (_modify_elsewhere, r"README\.md has uncommitted changes"),
    "untracked": (_untracked, r"agents/mein Agent ü\.md is not under version control; commit or move it"),
    "deleted": (_deleted, r"workflow\.md has uncommitted changes"),
    "renamed": (_renamed, r"flow\.md has uncommitted changes"),
    "another branch": (_other_branch, r"is on mine; expected the branch main"),
    "no branch": (_detached, r"is on \(detached\); expected the branch main"),
    "branch exists": (_own_branch, rf"the branch {BRANCH} exists already"),
    "tag exists": (_own_tag, rf"the tag {TAG} exists already"),
    "worktree exists": (_worktree, rf"releases/{TAG}: exists already, and no deployment made it"),
    "no link": (_no_link, r"live: is no symbolic link; expected one that points to .*ai-engineering-workflow"),
    "link elsewhere": (_link_elsewhere, r"live: points to .*elsewhere; expected .*ai-engineering-workflow"),
    "link in the workflow": (_linked_file, r"link\.md: is a link or a submodule"),
    "damaged package": (_damaged_package, r"has the SHA-256 [0-9a-f]{64}; .* says"),
    "no package": (_missing_package, r"does not exist; expected a \.tar\.gz"),
    "no single version": (_already_new, r"holds no workflow of one version"),
}


@pytest.mark.parametrize(("spoil", "says"), REFUSED.values(), ids=REFUSED)
def test_what_is_in_the_way_stops_the_deployment_before_it_starts(
    stage: Stage, spoil: Callable[[Stage], None], says: str
) -> None:
    spoil(stage)
    spoilt = state(stage.site)
    left = sorted(os.listdir(stage.site.releases))
    backups = sorted(os.listdir(stage.site.backups))
    told: list[int] = []

    with pytest.raises(StoppedError) as found:
        deploy(stage.site, stage.package, by=DANA, watch=lambda step, words: told.append(step))

    assert re.search(says, str(found.value)), found.value
    assert set(told) == {0}
    assert spoilt.differences(state(stage.site)) == []
    assert sorted({*os.listdir(stage.site.releases)} - {".lock"}) == left
    assert sorted(os.listdir(stage.site.backups)) == backups


def test_untracked_file_outside_of_the_workflow_is_not_in_the_way(stage: Stage) -> None:
    (stage.site.repository / "scripts" / "mine.sh").write_text("mine\n", encoding="utf-8")

    deploy(stage.site, stage.package, by=DANA)
    roll_back(stage.site, by=DANA, drain=0)

    assert (stage.site.repository / "scripts" / "mine.sh").read_text(encoding="utf-8") == "mine\n"
