"""A deployed repository in whatever form it comes: the deploy gate verifies it all the same, and leaves it as it is."""

from __future__ import annotations

import json
import os
import re
import subprocess
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from tests_suite.faults import deploy_backup, deploy_history, deployed
from tests_suite.faults.deploy_history import main_moves_on
from tests_suite.faults.deployed import BRANCH, FOLDER, MESSAGE, TAG, amend, git, provide, repository_of
from tests_suite.faults.world import World, run_gate

HOSTILE = """
[core]
    autocrlf = true
    quotePath = true
    abbrev = 4
    pager = false
    attributesFile = {attributes}
    hooksPath = {hooks}
[color]
    ui = always
[log]
    showSignature = true
    date = relative
[diff]
    noprefix = true
    external = false
[tag]
    sort = -version:refname
[alias]
    ls-tree = !false
"""


def _usual_modes(place: Path) -> None:
    """What an account with another umask has checked out."""
    for path in place.rglob("*"):
        if ".git" not in path.parts:
            path.chmod(0o755 if path.is_dir() else 0o644)


def clone(world: World, *options: str, name: str = "clone") -> Path:
    """A clone of the world's repository, in its place."""
    provide(world)
    git(world.root, "clone", "-q", *options, repository_of(world).as_uri(), name)
    world.target["repository"] = name
    _usual_modes(world.root / name)
    return world.root / name


def _ordinary(world: World) -> None:
    git(clone(world), "checkout", "-q", BRANCH)


def _detached(world: World) -> None:
    """As a CI job checks out: no branch of its own, only what it fetched from the remote."""
    own = clone(world)
    git(own, "checkout", "-q", "--detach", f"origin/{BRANCH}")
    git(own, "branch", "-q", "-D", BRANCH)
    git(own, "update-ref", "refs/remotes/origin/main", git(repository_of(world), "rev-parse", "main"))
    assert git(own, "for-each-ref", "refs/heads/") == ""


def _deep_enough(world: World) -> None:
    own = clone(world, "--depth=2", "--no-single-branch")
    git(own, "checkout", "-q", "--detach", f"origin/{BRANCH}")


def _linked(world: World) -> None:
    provide(world)
    git(repository_of(world), "worktree", "add", "-q", "--detach", str(world.root / "green"), BRANCH)
    _usual_modes(world.root / "green")
    world.target["repository"] = "green"


def _subfolder(world: World) -> None:
    provide(world)
    world.target["repository"] = f"repository/{FOLDER}/agents"


def _git_folder(world: World) -> None:
    provide(world)
    world.target["repository"] = "repository/.git"


def _odd_name(world: World) -> None:
    provide(world)
    repository_of(world).rename(world.root / "Ünser Repo 'v2'")
    world.target["repository"] = "Ünser Repo 'v2'"


def _sha256(world: World) -> None:
    deployed.anew(world, sha256=True)
    assert len(git(repository_of(world), "rev-parse", "HEAD")) == 64


def _windows(world: World) -> None:
    """Git itself has given other line ends to the texts."""
    own = clone(world, "-c", "core.autocrlf=true", f"--branch={BRANCH}")
    assert b"\r\n" not in (own / FOLDER / "workflow.md").read_bytes()
    git_as_user(own, "rm", "-q", "-r", "--cached", ".")
    git_as_user(own, "reset", "-q", "--hard")
    _usual_modes(own)
    assert b"\r\n" in (own / FOLDER / "workflow.md").read_bytes()


def git_as_user(repository: Path, *arguments: str) -> None:
    """Run git with the repository's own configuration, whatever line ends that gives."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    subprocess.run(["git", *arguments], cwd=repository, env=environment, check=True, capture_output=True)


def _configured(world: World) -> None:
    provide(world)
    attributes, config = world.root / "attributes", world.root / "gitconfig"
    attributes.write_text("* text=auto eol=crlf\n", "utf-8")
    config.write_text(HOSTILE.format(attributes=attributes, hooks=world.root), "utf-8")
    world.environment["GIT_CONFIG_GLOBAL"] = str(config)
    world.environment["GIT_DIR"] = "/nowhere"


def _main_moved(world: World) -> None:
    provide(world)
    main_moves_on(repository_of(world))


def _merged(world: World) -> None:
    provide(world)
    repository = repository_of(world)
    main_moves_on(repository)
    merge = git(repository, "commit-tree", "HEAD^{tree}", "-p", "main", "-p", "HEAD", "-m", "Merge the deployment")
    git(repository, "update-ref", "refs/heads/main", merge)


def _stale_main(world: World) -> None:
    """The local main was not updated before the branch was made from the remote's."""
    provide(world)
    repository = repository_of(world)
    git(repository, "update-ref", "refs/remotes/origin/main", "main")
    git(repository, "update-ref", "refs/heads/main", "main^")
    git(repository, "update-ref", f"refs/remotes/origin/{BRANCH}", BRANCH)


def _completed_later(world: World) -> None:
    """The message lacked something; a commit that changes nothing says it."""
    provide(world)
    lines = MESSAGE.splitlines()
    amend(world, "\n".join(line for line in lines if "documentation" not in line))
    git(
        repository_of(world), "commit", "-q", "--allow-empty", "-m", "docs: deployed, too\n\n- Deployment documentation"
    )


def _on_another_branch(world: World) -> None:
    """Main has the deployment, and somebody works on it."""
    provide(world)
    git(repository_of(world), "checkout", "-q", "-b", "feature/next")
    (repository_of(world) / "README.md").write_text("# Next\n", "utf-8")
    git(repository_of(world), "commit", "-q", "-a", "-m", "feat: next")


def _documents_beside(world: World) -> None:
    place = provide(world)
    (place / "DOCUMENTATION").mkdir()
    (place / "DOCUMENTATION" / "notes.md").write_text("# Notes\n", "utf-8")
    _usual_modes(place)
    (place / ".DS_Store").write_bytes(b"\0")
    (place / ".DS_Store").chmod(0o644)


def _local_time(world: World) -> None:
    deploy_backup.renamed(deployed.BACKUP.replace("20260106T091600Z", "2026-01-06_10-16-00"))(world)


def _in_json(world: World) -> None:
    provide(world)
    path = world.root / "evidence" / "deployment.yaml"
    path.with_suffix(".json").write_text(json.dumps(yaml.safe_load(path.read_text("utf-8"))), "utf-8")
    path.unlink()


HEALTHY: dict[str, Callable[[World], object]] = {
    "an ordinary clone": _ordinary,
    "a detached checkout of a CI job": _detached,
    "a shallow clone that is deep enough": _deep_enough,
    "a linked work tree": _linked,
    "a folder inside of the repository": _subfolder,
    "the folder .git of a repository": _git_folder,
    "a path with spaces, quotes and umlauts": _odd_name,
    "a repository with SHA-256 ids": _sha256,
    "a checkout with the line ends of Windows": _windows,
    "a user who has configured everything": _configured,
    "a main that has moved on": _main_moved,
    "a main that the branch was merged into": _merged,
    "a local main that is behind": _stale_main,
    "a message that was completed later": _completed_later,
    "documents beside the workflow": _documents_beside,
    "a backup with a timestamp in local time": _local_time,
    "a record in JSON": _in_json,
    "a signed commit": deploy_history.signed_commit,
    "a signed tag": deploy_history.signed_tag,
    "another branch that is checked out": _on_another_branch,
}


@pytest.mark.parametrize("make", HEALTHY.values(), ids=HEALTHY)
def test_deployment_in_another_form_passes(make: Callable[[World], object], healthy: World, tmp_path: Path) -> None:
    make(healthy)

    run = healthy.run("deploy", tmp_path / "reports")

    wrong = {item: outcome for item, outcome in run.outcomes.items() if outcome != "passed"}
    assert len(run.outcomes) == 32, run.output
    assert not wrong, run.messages


@pytest.mark.parametrize("arguments", [(), ("-n2",)], ids=["in one process", "in two workers"])
def test_reference_is_deployed_for_the_run(arguments: tuple[str, ...], tmp_path: Path) -> None:
    run = run_gate("deploy", *arguments, reports=tmp_path / "reports")

    assert run.status == 0, run.output
    assert set(run.outcomes.values()) == {"passed"}
    assert run.verdict is not None
    assert run.verdict["target"]["subjects"]["repository"]["location"] == "embedded"


def test_record_of_the_reference_says_nothing_of_another_repository(healthy: World, tmp_path: Path) -> None:
    provide(healthy)

    run = run_gate("deploy", f"--repository={repository_of(healthy)}", reports=tmp_path / "reports")

    assert "provides no evidence folder with a record of the deployment to this repository" in run.messages
    assert run.outcomes["2.2.1.3"] == "failed"
    assert run.outcomes["2.2.1.1"] == run.outcomes["2.2.4.1"] == "passed", run.messages


def _state(folder: Path) -> dict[str, tuple[object, ...]]:
    """Everything that a run could change about the files of a folder: bytes, times and modes."""
    found: dict[str, tuple[object, ...]] = {}
    for path in sorted(folder.rglob("*")):
        status = path.lstat()
        content = path.read_bytes() if path.is_file() and not path.is_symlink() else b""
        found[str(path)] = (status.st_mode, status.st_mtime_ns, status.st_ctime_ns, status.st_size, content)
    return found


@pytest.mark.parametrize("make", [provide, _linked, _windows], ids=["as it is", "linked", "with other line ends"])
def test_run_leaves_repository_backup_and_record_untouched(
    make: Callable[[World], object], healthy: World, tmp_path: Path
) -> None:
    make(healthy)
    healthy.write_target()
    # The index holds other times than the files have: whoever refreshes it, writes it.
    for path in healthy.root.rglob("*.md"):
        os.utime(path, (1_767_690_000, 1_767_690_000))
    before = _state(healthy.root)
    assert any(path.endswith("/index") for path in before)

    run = run_gate("deploy", f"--target={healthy.root / 'target.yaml'}", reports=tmp_path / "reports")

    assert run.status == 0, run.output
    assert _state(healthy.root) == before


def test_shallow_clone_of_a_ci_job_names_the_commands_that_mend_it(healthy: World, tmp_path: Path) -> None:
    own = clone(healthy, "--depth=1", f"--branch={BRANCH}", "--no-tags", name="it's shallow")
    git(own, "checkout", "-q", "--detach")
    git(own, "branch", "-q", "-D", BRANCH)
    git(own, "update-ref", "-d", f"refs/remotes/origin/{BRANCH}")
    before = healthy.run("deploy", tmp_path / "before")
    failed = {item for item, outcome in before.outcomes.items() if outcome != "passed"}
    assert {"2.2.1.1", "2.2.1.2", "2.2.3.1", "2.2.5.1", "2.2.5.2", "2.2.8.1"} <= failed, before.messages
    commands = set(re.findall(r"git -C .* fetch .*$", before.messages, re.MULTILINE))
    assert len(commands) >= 3, before.messages

    for each in sorted(commands):  # a clone can be completed only once
        typed = each if _is_shallow(own) else each.replace("--unshallow ", "")
        subprocess.run(["sh", "-c", typed], check=True, capture_output=True)

    after = healthy.run("deploy", tmp_path / "after")
    assert set(after.outcomes.values()) == {"passed"}, after.messages


def _is_shallow(repository: Path) -> bool:
    return git(repository, "rev-parse", "--is-shallow-repository") == "true"


def test_objects_that_a_partial_clone_lacks_are_not_fetched(healthy: World, tmp_path: Path) -> None:
    own = _partial(healthy)
    before = _state(own / ".git")

    run = healthy.run("deploy", tmp_path / "reports")

    assert run.outcomes["2.2.2.4"] == "failed"
    assert run.outcomes["2.2.1.1"] == "passed"
    assert "cannot be read" in run.messages
    assert "Traceback" not in run.output
    assert _state(own / ".git") == before


def _partial(world: World) -> Path:
    provide(world)
    git(repository_of(world), "config", "uploadpack.allowFilter", "true")
    own = world.root / "partial"
    url = repository_of(world).as_uri()
    git(world.root, "clone", "-q", "--filter=blob:none", "--no-checkout", f"--branch={BRANCH}", url, "partial")
    world.target["repository"] = "partial"
    return own


FORMS = ("gnu", "ustar", "pax", "folder's contents", "absolute", "each by name", "other pax records")


@pytest.mark.parametrize("form", FORMS)
def test_backup_of_a_plain_tar_restores_the_commit_before(form: str, healthy: World, tmp_path: Path) -> None:
    long = f"templates/{'long-' * 12}folder/{'name-' * 14}that-needs-more-than-a-header.template.md"

    def with_long_name(place: Path) -> None:
        (place / long).parent.mkdir(parents=True)
        (place / long).write_text("# Lang\n", "utf-8")
        (place / "templates" / "Größe.template.md").write_text("# Größe\n", "utf-8")

    deployed.anew(healthy, base=(lambda place: None) if form == "ustar" else with_long_name)
    place = tmp_path / "old" / FOLDER.rpartition("/")[2]
    git(repository_of(healthy), "worktree", "add", "-q", "--detach", str(tmp_path / "main"), "main")
    place.parent.mkdir()
    (tmp_path / "main" / FOLDER).rename(place)
    git(repository_of(healthy), "worktree", "remove", "--force", str(tmp_path / "main"))
    archive = deploy_backup.archive_of(healthy)
    archive.unlink()
    _tar(form, place, archive)
    deploy_backup.sealed(healthy)

    run = healthy.run("deploy", tmp_path / "reports")

    assert run.outcomes["2.2.3.1"] == "passed", run.messages
    assert run.outcomes["2.2.3.3"] == "passed", run.messages


def _tar(form: str, place: Path, archive: Path) -> None:
    """Make a backup as somebody types it."""
    if form == "other pax records":  # as bsdtar and a Mac write them
        with tarfile.open(archive, "w:gz", format=tarfile.PAX_FORMAT, pax_headers={"comment": "a backup"}) as tar:

            def records(member: tarfile.TarInfo) -> tarfile.TarInfo:
                member.pax_headers = {"LIBARCHIVE.creationtime": "1767690000.5", "SCHILY.dev": "16777220"}
                return member

            tar.add(place, f"./{place.name}", filter=records)
        return
    arguments = {
        "gnu": ["--format=gnu", "-C", str(place.parent), place.name],
        "ustar": ["--format=ustar", "-C", str(place.parent), place.name],
        "pax": ["--format=pax", "-C", str(place.parent), place.name],
        "absolute": ["-P", str(place)],
        "each by name": ["-C", str(place), *sorted(each.name for each in place.iterdir())],
    }.get(form, ["-C", str(place), "."])
    subprocess.run(["tar", "-czf", str(archive), *arguments], check=True, capture_output=True)


def test_note_of_the_record_counts_where_branch_and_tag_are_gone(healthy: World, tmp_path: Path) -> None:
    provide(healthy)
    repository = repository_of(healthy)
    git(repository, "checkout", "-q", "--detach")
    git(repository, "branch", "-q", "-D", BRANCH)
    git(repository, "tag", "-d", TAG)

    run = healthy.run("deploy", tmp_path / "reports")

    failed = {item for item, outcome in run.outcomes.items() if outcome != "passed"}
    assert failed == {"2.2.1.1", "2.2.8.1", "2.2.8.2"}, run.messages
