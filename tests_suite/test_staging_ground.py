"""What a deployment finds before it starts, and what it leaves when it is interrupted: told in whole sentences."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from fixtures.package.archive import Archive, Member
from fixtures.package.build import beside
from fixtures.package.manifest import Manifest
from fixtures.package.package import DeploymentPackage
from fixtures.repository import git as reading
from fixtures.staging import attempt, preflight
from fixtures.staging import git as staging_git
from fixtures.staging.attempt import Attempt
from fixtures.staging.facts import Derived
from fixtures.staging.git import GitError, git, refs
from fixtures.staging.site import Person, RefusedError, Site

DANA = Person("Dana Example", "DevOps", "dana@x.example")
CONFIG, WORKFLOW = "version: '1.0.0'\nname: flow\n", "---\nversion: '1.0.0'\n---\n"
FILES = {"config.yaml": CONFIG, "workflow.md": WORKFLOW, "a.md": "# A\n"}
TAG, BRANCH = "v2", "deploy/v2"


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """A repository with the previous version on main, and the link that leads to it."""
    repository = tmp_path / "repository"
    for name, text in FILES.items():
        (repository / "flow" / name).parent.mkdir(parents=True, exist_ok=True)
        (repository / "flow" / name).write_text(text, encoding="utf-8")
    git(tmp_path, "init", "-q", "-b", "main", "repository")
    git(repository, "add", ".")
    git(repository, "commit", "-q", "-m", "feat: begin", who=DANA, at=1_767_690_960)
    for name in ("releases", "backups"):
        (tmp_path / name).mkdir()
    (tmp_path / "live").symlink_to("repository/flow")
    return Site(repository, tmp_path / "live", tmp_path / "backups", tmp_path / "releases", "flow")


def _head(site: Site) -> str:
    return git(site.repository, "rev-parse", "HEAD").strip()


def _refused(call: Callable[[], object]) -> str:
    with pytest.raises(RefusedError) as error:
        call()
    return str(error.value)


# Before it starts


def test_main_is_checked_out_and_nothing_is_changed(site: Site) -> None:
    (site.repository / "outside.md").write_text("x", encoding="utf-8")
    place = site.repository

    assert preflight.require_clean_main(site) == _head(site)
    (site.blue / "new one.md").write_text("x", encoding="utf-8")
    stray = f"{place}: flow/new one.md is not under version control{{}}; commit or move it"
    assert _refused(lambda: preflight.require_clean_main(site)) == stray.format("")
    (site.blue / "zoo.md").write_text("x", encoding="utf-8")
    assert _refused(lambda: preflight.require_clean_main(site)) == stray.format(" (and 1 more)")
    (site.blue / "a.md").write_text("y", encoding="utf-8")
    changed = f"{place}: flow/a.md has uncommitted changes{{}}; commit or put them away"
    assert _refused(lambda: preflight.require_clean_main(site)) == changed.format("")
    (site.blue / "workflow.md").unlink()
    assert _refused(lambda: preflight.require_clean_main(site)) == changed.format(" (and 1 more)")
    git(place, "checkout", "-q", "-b", "other")
    assert _refused(lambda: preflight.require_clean_main(site)) == f"{place}: is on other; expected the branch main"


def test_what_the_user_has_git_ignore_and_filter_is_no_change(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = tmp_path / "gitconfig"
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(settings))
    (tmp_path / "ignored").write_text(".DS_Store\n", encoding="utf-8")
    loud = '[filter "loud"]\nclean = tr a-z A-Z\nsmudge = tr A-Z a-z\nrequired = true\n'
    settings.write_text(f"{loud}[core]\nexcludesFile = {tmp_path / 'ignored'}\nautocrlf = true\n", encoding="utf-8")
    (site.repository / ".gitattributes").write_text("*.bin filter=loud\n", encoding="utf-8")
    (site.repository / "big.bin").write_text("BIG\n", encoding="utf-8")
    git(site.repository, "add", ".")
    git(site.repository, "commit", "-q", "-m", "feat: big", who=DANA, at=1_767_690_960)
    (site.repository / "big.bin").write_text("big\n", encoding="utf-8")
    (site.blue / ".DS_Store").write_bytes(b"x")

    assert preflight.require_clean_main(site) == _head(site)
    settings.write_text(loud, encoding="utf-8")
    assert ".DS_Store is not under version control" in _refused(lambda: preflight.require_clean_main(site))
    settings.write_text("", encoding="utf-8")
    assert "big.bin has uncommitted changes" in _refused(lambda: preflight.require_clean_main(site))


def test_repository_of_somebody_else_is_trusted_where_the_user_does(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    foreign, own = {"GIT_TEST_ASSUME_DIFFERENT_OWNER": "1"}, staging_git.environment
    monkeypatch.setattr(staging_git, "environment", lambda: own() | foreign)
    monkeypatch.setitem(reading.QUIET, *next(iter(foreign.items())))
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "nothing"))
    with pytest.raises(GitError) as error:
        git(site.repository, "rev-parse", "HEAD")

    assert str(error.value).startswith("git rev-parse: fatal: detected dubious ownership")
    assert str(error.value).endswith(f"run: git config --global --add safe.directory {site.repository}")
    (tmp_path / "trusting").write_text(f"[safe]\ndirectory = {site.repository}\n", encoding="utf-8")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "trusting"))
    assert preflight.require_clean_main(site) == _head(site)


def test_file_that_was_renamed_is_named_as_it_is_now(site: Site) -> None:
    git(site.repository, "mv", "flow/a.md", "flow/b c.md")

    assert _refused(lambda: preflight.require_clean_main(site)) == (
        f"{site.repository}: flow/b c.md has uncommitted changes; commit or put them away"
    )


@pytest.mark.parametrize("workflow", ["/flow", "./flow", "flow/", "a/../flow", "../flow", ".", ".hidden"])
def test_workflow_is_a_folder_of_the_repository(workflow: str, site: Site) -> None:
    assert _refused(lambda: preflight._require_folders(dataclasses.replace(site, workflow=workflow))) == (
        f"{workflow}: expected the path of the workflow's folder inside of the repository"
    )


def test_folders_of_a_deployment_lie_outside_of_the_repository_and_are_made(site: Site) -> None:
    inside = site.repository / "in"
    for wrong in (dataclasses.replace(site, releases=inside), dataclasses.replace(site, backups=inside)):
        assert _refused(lambda: preflight._require_folders(wrong)) == (  # noqa: B023  (called at once)
            f"{inside}: lies in the repository; expected a folder outside of {site.repository}"
        )
    beside = dataclasses.replace(site, backups=site.repository.with_name("repository-backups") / "new")

    preflight._require_folders(beside)

    assert beside.backups.is_dir()
    assert not inside.exists()


def test_names_that_a_deployment_uses_are_free(site: Site) -> None:
    def names() -> str:
        return _refused(lambda: preflight._require_names_free(site, TAG, BRANCH))

    preflight._require_names_free(site, TAG, BRANCH)
    for place in (site.new_link(TAG), site.restored(TAG), site.releases / "v2.package", site.worktree(TAG)):
        place.symlink_to("nowhere")
        assert names() == f"{place}: exists already, and no deployment made it"
    git(site.repository, "tag", TAG)
    assert names() == f"{site.repository}: the tag v2 exists already; nothing was deployed by it"
    git(site.repository, "branch", BRANCH)
    assert names() == f"{site.repository}: the branch deploy/v2 exists already; nothing was deployed by it"


def test_files_of_the_previous_version_are_those_of_its_commit(site: Site) -> None:
    (site.repository / "README.md").write_text("12345", encoding="utf-8")
    git(site.repository, "add", ".")
    git(site.repository, "commit", "-q", "-m", "docs", who=DANA, at=1_767_690_960)
    sizes = {f"flow/{name}": len(text) for name, text in FILES.items()}

    assert preflight._tracked(site, "HEAD") == ({**sizes, "README.md": 5}, ("a.md", "config.yaml", "workflow.md"))
    assert _refused(lambda: preflight._tracked(dataclasses.replace(site, workflow="flo"), "HEAD")) == (
        f"{site.repository}: main holds no flo; expected the previous version there"
    )


def test_previous_version_that_cannot_be_backed_up_is_refused(site: Site) -> None:
    def tracked(name: str) -> str:
        git(site.repository, "add", "--all")
        git(site.repository, "commit", "-q", "-m", name, who=DANA, at=1_767_690_960)
        return _refused(lambda: preflight._tracked(site, "HEAD"))

    (site.blue / "b\n.md").write_text("x", encoding="utf-8")
    assert tracked("name") == (
        f"{site.blue}: 'b\\n.md': its name holds the control character U+000A; it cannot be backed up"
    )
    (site.blue / "a.md").unlink()
    (site.blue / "a.md").symlink_to("b")
    assert tracked("link") == f"{site.blue}/a.md: is a link or a submodule; a backup holds files and folders only"


def test_space_for_a_deployment_is_left_with_some_to_spare(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    needed = 100 + 16 * 1024**2
    monkeypatch.setattr(preflight, "free_bytes", lambda _: needed)
    preflight._require_space(site.backups, 100)

    assert _refused(lambda: preflight._require_space(site.backups, 101)) == (
        f"{site.backups}: {needed} bytes are free there; expected at least {needed + 1}"
    )


# The package, and the facts of its release


@dataclasses.dataclass(frozen=True)
class Facts:
    """The facts of the release, where they are given."""

    name: str = "flow"
    version: str = "2.0.0"
    previous: str = "1.0.0"
    tag: str = "flow-v{version}"
    branch: str = "deploy/flow-v{version}"
    backup: str = "/backups/flow-v{previous}-backup-<timestamp>.tar.gz"
    agents: tuple[str, ...] = ("agents/dev.md",)
    steps: int = 2
    files: int = 5


def _package(
    name: str = "flow", version: str = "2.0.0", file: str = "flow-v2.0.0", inside: str = "2.0.0"
) -> DeploymentPackage:
    paths = ("agents/dev.md", "config.yaml", "steps/step-01.md", "steps/step-02a.md", "workflow.md", "DEPLOYMENT/p.md")
    members = {path: Member(path, 1, 0o644, "0" * 64) for path in paths}
    kept = {"config.yaml": f"version: '{inside}'".encode()}
    archive = Archive(Path(file), 1, "0" * 64, members, {}, kept)
    listed = Manifest(name, version, f"{name}-v{version}", f"{file}.tar.gz", 1, "0" * 64, {})
    return DeploymentPackage(beside(Path(f"{file}.tar.gz")), "0" * 64, archive, None, listed, ())


def test_facts_of_a_release_are_told_by_its_package_where_none_are_given(site: Site) -> None:
    found = preflight.facts_for(site, _package(), None)

    assert found == Derived(
        "flow",
        "2.0.0",
        "1.0.0",
        "flow-v2.0.0",
        "deploy/flow-v2.0.0",
        "flow-v{previous}-backup-<timestamp>.tar.gz",
        ("agents/dev.md",),
        2,
        5,
    )
    assert preflight.facts_for(site, _package(), Facts()) == Facts()


DISAGREE: list[tuple[DeploymentPackage, Facts | None, str]] = [
    (_package(name="x"), Facts(), "flow-v2.0.0.tar.gz: its name is x; expected flow"),
    (_package(version="2.0.1"), Facts(), "flow-v2.0.0.tar.gz: its version is 2.0.1; expected 2.0.0"),
    (_package(), Facts(tag="v{version}"), "flow-v2.0.0.tar.gz: its tag is flow-v2.0.0; expected v2.0.0"),
    (_package(file="x"), Facts(), "x.tar.gz: its file name is x.tar.gz; expected flow-v2.0.0.tar.gz"),
    (
        _package(inside="2.0.1"),
        None,
        "flow-v2.0.0.tar.gz: the version in config.yaml is 2.0.1; expected 2.0.0",
    ),
    (
        _package(version="1.0.0", file="flow-v1.0.0", inside="1.0.0"),
        Facts(version="1.0.0", previous="0.9.0"),
        "{blue}: is version 1.0.0 already; expected 0.9.0 on main",
    ),
    (_package(), Facts(previous="1.1.0"), "{blue}: is version 1.0.0; expected 1.1.0, which 2.0.0 replaces"),
]


@pytest.mark.parametrize(("package", "facts", "says"), DISAGREE)
def test_facts_package_and_previous_version_agree(
    package: DeploymentPackage, facts: Facts | None, says: str, site: Site
) -> None:
    assert _refused(lambda: preflight.facts_for(site, package, facts)) == says.format(blue=site.blue)


def test_main_holds_a_workflow_of_one_version(site: Site) -> None:
    (site.blue / "workflow.md").write_text("---\nversion: '1.1.0'\n---\n", encoding="utf-8")

    assert _refused(lambda: preflight.facts_for(site, _package(), Facts())) == (
        f"{site.blue}: holds no workflow of one version; expected the previous version on main"
    )


def test_archive_that_is_none_is_refused(tmp_path: Path) -> None:
    for path, kind in ((tmp_path, "is no regular file"), (tmp_path / "x.tar.gz", "does not exist")):
        assert _refused(lambda: preflight.verified(path)) == f"{path}: {kind}; expected a .tar.gz"  # noqa: B023


# What is left


@pytest.fixture
def claim(site: Site) -> Attempt:
    """The claim of a deployment that was interrupted, with branch, worktree and tag."""
    one = Attempt(
        "flow", "2.0.0", "1.0.0", TAG, BRANCH, _head(site), "repository/flow", "feat: x\n", "done\n", "", "2026"
    )
    attempt.claim(site, one)
    git(site.repository, "worktree", "add", "-q", "-b", BRANCH, str(site.worktree(TAG)), "main")
    return one


def _tagged(site: Site, message: str, commit: str = "HEAD") -> None:
    git(site.repository, "tag", "--force", "--annotate", "--cleanup=verbatim", "--file=-", TAG, commit, feed=message,
        who=DANA, at=1_767_690_960)  # fmt: skip


def _words(site: Site, *kinds: str) -> list[str]:
    place = f"{site.releases}/v2"
    every = {"branch": f"branch {BRANCH}", "tag": "tag v2", "worktree": f"worktree {place}",
             "claim": f"claim {place}.attempt.json"}  # fmt: skip
    return [every[kind] for kind in kinds]


def test_everything_that_is_left_is_told_and_cleaned_up(site: Site, claim: Attempt) -> None:
    _tagged(site, claim.tag_message)
    (site.restored(TAG) / "x").mkdir(parents=True)
    (site.releases / "v2.package").mkdir()
    attempt.log_file(site, TAG).write_text("{}", encoding="utf-8")
    site.new_link(TAG).symlink_to("nowhere")
    left = _words(site, "branch", "tag", "worktree", "claim")

    assert attempt.leftovers(site, claim) == left
    assert attempt.status(site) == attempt.Status("1.0.0", "main's checkout", tuple(left), False)
    assert attempt.foreign(site, claim) is None
    attempt.clean_up(site, claim)

    assert attempt.leftovers(site, claim) == _words(site, "claim")
    assert attempt.status(site) == attempt.Status("1.0.0", "main's checkout", (), False)
    assert os.listdir(site.releases) == []
    assert not (site.repository / ".git" / "worktrees").exists()
    assert list(refs(site.repository)) == ["refs/heads/main"]


def test_branch_and_tag_of_a_settled_deployment_stay(site: Site, claim: Attempt) -> None:
    _tagged(site, claim.tag_message)

    attempt.clean_up(site, claim, keep_refs=True)

    assert list(refs(site.repository)) == ["refs/heads/deploy/v2", "refs/heads/main", "refs/tags/v2"]
    assert os.listdir(site.releases) == []


def test_status_says_where_the_link_leads_and_what_cannot_be_read(site: Site, claim: Attempt) -> None:
    site.live.unlink()
    site.live.symlink_to("releases/v2/flow")
    assert attempt.status(site) == attempt.Status("1.0.0", f"the worktree of {BRANCH}", (), True)
    assert _refused(lambda: attempt.clean_up(site, claim)) == (
        f"{site.live}: points to {site.green(TAG)}, which therefore cannot be removed"
    )
    site.live.unlink()
    site.live.symlink_to("elsewhere")
    path = site.releases / "v2.attempt.json"
    path.write_text("{", encoding="utf-8")

    unread = f"{path}: is no claim of a deployment; look at it, and move it away"
    assert attempt.status(site) == attempt.Status(None, f"{site.live} points to elsewhere", (unread,), False)


def _committed(site: Site, message: str) -> None:
    folder = site.worktree(TAG)
    (folder / "flow" / "a.md").write_text("new", encoding="utf-8")
    git(folder, "commit", "-q", "-a", "--cleanup=verbatim", "--file=-", feed=message, who=DANA, at=1_767_690_960)


def test_deployment_s_own_commit_and_tag_may_be_deleted(site: Site, claim: Attempt) -> None:
    _committed(site, claim.message)
    _tagged(site, claim.tag_message, BRANCH)

    assert attempt.foreign(site, claim) is None


MORE = "the branch deploy/v2 carries more than the deployment's own commit"
OTHER_TAG = "the tag v2 is not the deployment's own"


def test_commit_of_somebody_else_is_kept(site: Site, claim: Attempt) -> None:
    _committed(site, "fix: mine\n")

    assert attempt.foreign(site, claim) == MORE
    assert _refused(lambda: attempt.clean_up(site, claim)) == f"{MORE}; look at it, keep what is needed, and delete it"
    assert attempt.leftovers(site, claim) == _words(site, "branch", "worktree", "claim")


def test_second_commit_on_the_branch_is_kept(site: Site, claim: Attempt) -> None:
    _committed(site, claim.message)
    git(site.worktree(TAG), "commit", "-q", "--allow-empty", "-m", "feat: x", who=DANA, at=1_767_690_960)

    assert attempt.foreign(site, claim) == MORE


def test_tag_of_somebody_else_is_kept(site: Site, claim: Attempt) -> None:
    _tagged(site, "mine\n")
    assert attempt.foreign(site, claim) == OTHER_TAG
    git(site.repository, "tag", "--force", TAG, "HEAD")
    assert attempt.foreign(site, claim) == OTHER_TAG


def test_file_of_somebody_else_in_the_worktree_is_kept(site: Site, claim: Attempt) -> None:
    words = f"{site.worktree(TAG)}: notes.md was changed there, and not by the deployment"
    (site.green(TAG) / "own.md").write_text("x", encoding="utf-8")
    assert attempt.foreign(site, claim) is None
    (site.worktree(TAG) / "notes.md").write_text("x", encoding="utf-8")

    assert attempt.foreign(site, claim) == words
