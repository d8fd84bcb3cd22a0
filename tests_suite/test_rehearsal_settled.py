"""After a deployment was merged: users get main's checkout without noticing, and the next release can be deployed."""

from __future__ import annotations

import shlex
import shutil
from pathlib import Path

import pytest

from fixtures import reference
from fixtures.package import build as packagebuild
from fixtures.staging.attempt import attempts, clean_up, status
from fixtures.staging.deployment import deploy
from fixtures.staging.git import git, refs
from fixtures.staging.rollback import roll_back
from fixtures.staging.settlement import settle
from fixtures.staging.site import StoppedError, point
from tests_suite import sites
from tests_suite.sites import BRANCH, DANA, TAG, Stage


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    """A site on which the new version is live."""
    made = sites.make(tmp_path / "Staging für alle")
    deploy(made.site, made.package, by=DANA)
    return made


def merge(stage: Stage) -> None:
    """What the team does once the deployment is accepted."""
    git(stage.site.repository, "merge", "--quiet", "--ff-only", BRANCH)


def next_package(stage: Stage) -> Path:
    """The package of version 2.1.0."""
    tree = stage.root / "next"
    shutil.copytree(reference.WORKFLOW, tree)
    for name in ("config.yaml", "workflow.md"):
        path = tree / name
        path.write_text(path.read_text(encoding="utf-8").replace("2.0.0", "2.1.0"), encoding="utf-8")
    return packagebuild.build(tree, stage.root / "dist").archive


def test_merged_deployment_is_settled_and_the_next_one_goes_through(stage: Stage) -> None:
    merge(stage)
    assert stage.live() == "2.0.0"

    settle(stage.site, drain=0)

    assert stage.live() == "2.0.0"
    assert status(stage.site).sentence == "2.0.0 is live (main's checkout); nothing is left of a deployment"
    assert {f"refs/heads/{BRANCH}", f"refs/tags/{TAG}"} <= refs(stage.site.repository).keys()
    assert not stage.site.worktree(TAG).exists()
    deploy(stage.site, next_package(stage), by=DANA)
    assert status(stage.site).live == "2.1.0"
    roll_back(stage.site, by=DANA, drain=0)
    assert stage.live() == "2.0.0"


def test_deployment_that_is_not_merged_is_not_settled(stage: Stage) -> None:
    with pytest.raises(
        StoppedError, match=r"is version 1\.0\.0; expected 2\.0\.0: merge .* into main; 2\.0\.0 is live"
    ):
        settle(stage.site, drain=0)

    assert stage.require_whole() == "2.0.0"


def test_main_that_holds_something_else_is_not_given_to_users(stage: Stage) -> None:
    merge(stage)
    (stage.site.blue / "agents" / "dev.md").write_text("not what was deployed\n", encoding="utf-8")
    git(stage.site.repository, "commit", "--quiet", "--all", "--message", "later work", who=DANA)

    with pytest.raises(StoppedError, match=r"agents/dev\.md: has other contents than it should have; 2\.0\.0 is live"):
        settle(stage.site, drain=0)

    assert stage.live() == "2.0.0"


def test_settlement_that_was_interrupted_is_finished_and_not_taken_for_a_failed_deployment(stage: Stage) -> None:
    merge(stage)
    point(stage.site, TAG, attempts(stage.site)[0].live)  # and killed after that

    with pytest.raises(StoppedError, match=r"does not lead to 1\.0\.0 .*; 2\.0\.0 is live"):
        roll_back(stage.site, by=DANA, drain=0)
    settle(stage.site, drain=0)

    assert status(stage.site).left == ()
    assert f"refs/tags/{TAG}" in refs(stage.site.repository)


@pytest.mark.parametrize("how", ["--no-ff", "--ff-only"])
def test_rollback_after_the_merge_says_how_it_is_taken_back(stage: Stage, how: str) -> None:
    repository = stage.site.repository
    git(repository, "merge", "--quiet", how, BRANCH, who=DANA)

    with pytest.raises(StoppedError) as stopped:
        roll_back(stage.site, by=DANA, drain=0)

    before, _, command = str(stopped.value).removesuffix("; 2.0.0 is live").partition(" revert ")
    assert before.endswith("main has taken the deployment in: take it back there, and roll back again: git -C "
                           f"{shlex.quote(str(repository))}")  # fmt: skip
    git(repository, "revert", *command.split(), who=DANA)
    roll_back(stage.site, by=DANA, drain=0)
    assert stage.live() == "1.0.0"


def test_rollback_after_the_settlement_names_the_backups(stage: Stage) -> None:
    merge(stage)
    settle(stage.site, drain=0)

    with pytest.raises(StoppedError) as stopped:
        roll_back(stage.site, by=DANA, drain=0)

    assert str(stopped.value) == (
        f"{stage.site.releases}: no deployment to roll back; what `settle` has ended goes back from its backup in "
        f"{stage.site.backups}, by DEPLOYMENT/ROLLBACK_PROCEDURE.md; 2.0.0 is live"
    )


def test_nothing_to_settle_is_said(stage: Stage) -> None:
    roll_back(stage.site, by=DANA, drain=0)

    with pytest.raises(StoppedError, match=r"no deployment is live that could be settled; 1\.0\.0 is live"):
        settle(stage.site, drain=0)


def test_what_users_get_is_never_cleaned_away(stage: Stage) -> None:
    from fixtures.staging.site import RefusedError

    with pytest.raises(RefusedError, match="therefore cannot be removed"):
        clean_up(stage.site, attempts(stage.site)[0])

    assert stage.require_whole() == "2.0.0"
