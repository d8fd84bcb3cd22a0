"""Faults of the deployment branch (2.2.1), the deployment commit (2.2.7) and the tag (2.2.8)."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

from tests_suite.faults.deployed import (
    BRANCH,
    MESSAGE,
    OWN,
    TAG,
    TAG_MESSAGE,
    amend,
    follow,
    git,
    provide,
    record,
    repository_of,
)
from tests_suite.faults.world import Fault, World

NAME, START, MESSAGE_ITEM = {"2.2.1.1": "failed"}, {"2.2.1.2": "failed"}, {"2.2.7.1": "failed"}
NO_START = START | dict.fromkeys(("2.2.3.1", "2.2.5.1", "2.2.5.2"), "failed")
TAGGED, TOLD = {"2.2.8.1": "failed"}, {"2.2.8.2": "failed"}


def with_git(*commands: tuple[str, ...]) -> Callable[[World], None]:
    """A deployment in whose repository somebody ran git afterwards."""

    def breaks(world: World) -> None:
        provide(world)
        for arguments in commands:
            git(repository_of(world), *arguments)

    return breaks


def with_message(change: Callable[[str], str]) -> Callable[[World], None]:
    """A deployment commit with another message."""

    def breaks(world: World) -> None:
        provide(world)
        assert change(MESSAGE) != MESSAGE
        amend(world, change(MESSAGE))

    return breaks


def _without(words: str) -> Callable[[str], str]:
    return lambda text: "\n".join(line for line in text.split("\n") if words not in line)


def _with_record(key: str, value: str) -> Callable[[World], None]:
    def breaks(world: World) -> None:
        provide(world)
        record(world, lambda data: data["repository"].update({key: value}))

    return breaks


def _record_of_main(world: World) -> None:
    provide(world)
    main = git(repository_of(world), "rev-parse", "main")
    record(world, lambda data: data["repository"].update(commit=main))


def _another_start(world: World) -> None:
    provide(world)
    first = git(repository_of(world), "rev-parse", "main^")
    record(world, lambda data: data["repository"].update(base_commit=first))


def _one_more(world: World) -> None:
    provide(world)
    repository = repository_of(world)
    (repository / "README.md").write_text("# Another one\n", "utf-8")
    git(repository, "commit", "-q", "-a", "-m", "docs: while we are at it")


def _one_before(world: World) -> None:
    """The branch grows out of somebody's own branch."""
    provide(world)
    repository = repository_of(world)
    blob = git(repository, "hash-object", "-w", "--stdin", given="# Unreviewed\n")
    listed = git(repository, "ls-tree", "main").replace("\tREADME.md", "\tOLD.md")
    tree = git(repository, "mktree", given=f"{listed}\n100644 blob {blob}\tREADME.md\n")
    other = git(repository, "commit-tree", tree, "-p", "main", "-m", "feat: not reviewed")
    own = git(repository, "commit-tree", "HEAD^{tree}", "-p", other, "-F", "-", given=MESSAGE)
    git(repository, "update-ref", f"refs/heads/{BRANCH}", own)
    follow(world)


def _rides_along(world: World) -> None:
    provide(world)
    (repository_of(world) / "README.md").write_text("# Another one\n", "utf-8")
    amend(world)


def _second_copy(world: World) -> None:
    shutil.copytree(provide(world), repository_of(world) / "ai-engineering-workflow")
    amend(world)


def _no_parent(world: World) -> None:
    provide(world)
    repository = repository_of(world)
    own = git(repository, "commit-tree", "HEAD^{tree}", "-F", "-", given=MESSAGE)
    git(repository, "update-ref", f"refs/heads/{BRANCH}", own)
    follow(world)


def _main_merged_in(world: World) -> None:
    provide(world)
    repository = repository_of(world)
    main_moves_on(repository)
    git(repository, "merge", "-q", "--no-edit", "main")


def main_moves_on(repository: Path) -> None:
    """Make a commit on main without touching the work tree."""
    blob = git(repository, "hash-object", "-w", "--stdin", given="# News\n")
    tree = git(repository, "mktree", given=f"{git(repository, 'ls-tree', 'main')}\n100644 blob {blob}\tNEWS.md\n")
    git(
        repository,
        "update-ref",
        "refs/heads/main",
        git(repository, "commit-tree", tree, "-p", "main", "-m", "docs: news"),
    )


def _shallow(world: World) -> None:
    provide(world)
    git(world.root, "clone", "-q", "--depth=1", f"--branch={BRANCH}", repository_of(world).as_uri(), "clone")
    for path in (world.root / "clone").rglob("*"):
        if ".git" not in path.parts:
            path.chmod(0o755 if path.is_dir() else 0o644)
    world.target["repository"] = "clone"


def key_of(folder: Path, name: str = "key") -> Path:
    """A key that signs, made for this world alone."""
    path = folder / name
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "dana", "-f", path], check=True)
    return path


def signing(key: Path) -> list[str]:
    """What makes git sign with that key."""
    return ["-c", "gpg.format=ssh", "-c", f"user.signingKey={key}"]


def trust(repository: Path, key: Path, name: str = "signers") -> None:
    """Let the repository itself say whose signatures count."""
    signers = key.parent / name
    signers.write_text(f"dana@example.com {key.with_suffix('.pub').read_text('utf-8')}", "utf-8")
    git(repository, "config", "gpg.format", "ssh")
    git(repository, "config", "gpg.ssh.allowedSignersFile", str(signers))


def signed_commit(world: World, trusted: str = "key") -> None:
    """A signed deployment commit, and whose signature counts."""
    provide(world)
    repository = repository_of(world)
    key = key_of(world.root)
    git(repository, *signing(key), "commit", "-q", "--amend", "-S", "-C", "HEAD")
    follow(world)
    trust(repository, key if trusted == "key" else key_of(world.root, trusted))


def _forged_commit(world: World) -> None:
    signed_commit(world)
    repository = repository_of(world)
    raw = git(repository, "cat-file", "commit", "HEAD").replace("Dana Example <dana", "Eve Example <eve") + "\n"
    forged = git(repository, "hash-object", "-t", "commit", "-w", "--stdin", given=raw)
    git(repository, "update-ref", f"refs/heads/{BRANCH}", forged)
    follow(world)


def signed_tag(world: World, trusted: str = "key") -> None:
    """A signed tag, and whose signature counts."""
    provide(world)
    repository = repository_of(world)
    key = key_of(world.root)
    git(repository, *signing(key), "tag", "-f", "-s", "-m", TAG_MESSAGE, TAG)
    trust(repository, key if trusted == "key" else key_of(world.root, trusted))


def _forged_tag(world: World) -> None:
    signed_tag(world)
    repository = repository_of(world)
    raw = git(repository, "cat-file", "tag", TAG).replace("tagger Dana", "tagger Eve") + "\n"
    forged = git(repository, "hash-object", "-t", "tag", "-w", "--stdin", given=raw)
    git(repository, "update-ref", f"refs/tags/{TAG}", forged)


assert OWN["GIT_CONFIG_GLOBAL"] == os.devnull  # no key of the user is ever used

FAULTS = [
    Fault(
        "the branch has another name",
        with_git(("branch", "-m", "deploy/ai-engineering-workflow-2.0.0")),
        NAME,
        ("there is deploy/ai-engineering-workflow-2.0.0",),
    ),
    Fault(
        "the branch is gone",
        with_git(("checkout", "-q", "--detach"), ("branch", "-D", BRANCH)),
        NAME,
        ("there is no such branch, here or of a remote", f"fetch origin +refs/heads/{BRANCH}"),
    ),
    Fault(
        "the branch was not pushed",
        with_git(("update-ref", f"refs/remotes/origin/{BRANCH}", "main")),
        {"2.2.1.1": "degraded"},
        ("which lacks some of it; push the branch",),
    ),
    Fault("the branch goes on after the deployment", _one_more, START, ("carries", "docs: while we are at it")),
    Fault("the branch grows out of another branch", _one_before, START, ("carries", "feat: not reviewed")),
    Fault("something rides along", _rides_along, START, ("README.md:: is changed by the deployment commit",)),
    Fault(
        "the package lies there twice",
        _second_copy,
        START,
        ("ai-engineering-workflow/agents/dev.md:: is changed", "more files outside of the workflow's folder"),
    ),
    Fault("the branch starts from nothing", _no_parent, NO_START, ("no commit in common with main",)),
    Fault("there is no main", with_git(("branch", "-m", "main", "master")), START, ("there is no branch main",)),
    Fault("main was merged into the branch", _main_merged_in, START, ("carries", "Merge branch")),
    Fault(
        "the clone is shallow", _shallow, NO_START, ("which is shallow; run: git -C", "fetch --unshallow --tags origin")
    ),
    Fault("the record names another commit", _record_of_main, START, ("repository.commit: is",)),
    Fault("the record names another start", _another_start, START, ("repository.base_commit: is",)),
    Fault(
        "the record names another branch",
        _with_record("branch", "release/2"),
        START,
        ("repository.branch: is release/2",),
    ),
    Fault("the record names another tag", _with_record("tag", "v2"), START, ("repository.tag: is v2",)),
    Fault("the record names another base", _with_record("base", "develop"), START, ("repository.base: is develop",)),
    Fault(
        "the subject is no feature",
        with_message(lambda text: text.replace("feat: ", "")),
        MESSAGE_ITEM,
        ("expected 'feat: Deploy AI Engineering Workflow v2.0.0'",),
    ),
    Fault(
        "the subject names another version",
        with_message(lambda text: text.replace("v2.0.0", "v2.0.0-rc1")),
        MESSAGE_ITEM,
        ("its subject is",),
    ),
    Fault(
        "the subject names another workflow",
        with_message(lambda text: text.replace("AI Engineering", "Data Science")),
        MESSAGE_ITEM,
        ("its subject is",),
    ),
    Fault(
        "an agent was not counted",
        with_message(lambda text: text.replace("11 specialized", "10 specialized")),
        MESSAGE_ITEM,
        ("agents announced: 10 agents, expected 11",),
    ),
    Fault("the agents are not told of", with_message(_without("agents")), MESSAGE_ITEM, ("counts no agents",)),
    Fault("the steps are not told of", with_message(_without("steps")), MESSAGE_ITEM, ("counts no steps",)),
    Fault(
        "there are fewer integration points",
        with_message(lambda text: text.replace("50+", "40+")),
        MESSAGE_ITEM,
        ("integration points announced: 40",),
    ),
    Fault(
        "the configuration is not told of",
        with_message(_without("configuration")),
        MESSAGE_ITEM,
        ("tells nothing of configuration and templates",),
    ),
    Fault(
        "the documentation is not told of",
        with_message(_without("documentation")),
        MESSAGE_ITEM,
        ("tells nothing of documentation",),
    ),
    Fault("nobody has signed off", with_message(_without("Signed")), MESSAGE_ITEM, ("has no line 'Signed-off by:'",)),
    Fault(
        "one has not signed off",
        with_message(lambda text: text.replace(", Infrastructure", "")),
        MESSAGE_ITEM,
        ("is not signed off by Infrastructure",),
    ),
    Fault(
        "one has still to sign off",
        with_message(lambda text: text.replace("PM, Infrastructure", "PM; Infrastructure: pending, has NOT signed")),
        MESSAGE_ITEM,
        ("is not signed off by Infrastructure",),
    ),
    Fault("the message is empty", with_message(lambda text: "wip\n"), MESSAGE_ITEM, ("its subject is 'wip'",)),
    Fault("the signed commit was forged", _forged_commit, MESSAGE_ITEM, ("its signature is bad",)),
    Fault(
        "the commit is signed by a stranger",
        lambda world: signed_commit(world, "other"),
        {"2.2.7.1": "degraded"},
        ("the key is not among gpg.ssh.allowedSignersFile",),
    ),
    Fault(
        "there is no tag",
        with_git(("tag", "-d", TAG)),
        TAGGED | TOLD,
        (f"there is no tag {TAG}", "fetch --tags"),
    ),
    Fault(
        "the tag is on another commit",
        with_git(("tag", "-f", "-a", "-m", TAG_MESSAGE, TAG, "main")),
        TAGGED,
        ("points to the commit",),
    ),
    Fault(
        "the tag is on no commit",
        with_git(("tag", "-f", "-a", "-m", TAG_MESSAGE, TAG, "HEAD^{tree}")),
        TAGGED,
        ("points to no commit",),
    ),
    Fault("the tag is a lightweight one", with_git(("tag", "-f", TAG)), TOLD, ("is a lightweight one",)),
    Fault(
        "the tag says something else",
        with_git(("tag", "-f", "-a", "-m", "test", TAG)),
        TOLD,
        ("says 'test'; expected 'Production Deployment of AI Engineering Workflow v2.0.0'",),
    ),
    Fault(
        "the tag names another version",
        with_git(("tag", "-f", "-a", "-m", TAG_MESSAGE.replace("2.0.0", "1.0.0"), TAG)),
        TOLD,
        ("v1.0.0'; expected",),
    ),
    Fault("the signed tag was forged", _forged_tag, TAGGED, ("its signature is bad",)),
    Fault(
        "the tag is signed by a stranger",
        lambda world: signed_tag(world, "other"),
        {"2.2.8.1": "degraded"},
        ("cannot be told here",),
    ),
]
