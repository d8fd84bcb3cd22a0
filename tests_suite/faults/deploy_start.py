"""Faults of where the deployment branch starts (2.2.1.2): not seen from this clone, or no longer told by main."""

from __future__ import annotations

from tests_suite.faults.deployed import BRANCH, MESSAGE, follow, git, provide, record, repository_of
from tests_suite.faults.world import Fault, World

START = {"2.2.1.2": "failed"}


def _ahead_elsewhere(world: World) -> None:
    provide(world)
    repository = repository_of(world)
    ahead = git(repository, "commit-tree", "HEAD^{tree}", "-p", "HEAD", "-m", "feat: one more thing")
    git(repository, "update-ref", f"refs/remotes/origin/{BRANCH}", ahead)


def _other_elsewhere(world: World) -> None:
    provide(world)
    repository = repository_of(world)
    other = git(repository, "commit-tree", "HEAD^{tree}", "-p", "main", "-m", "feat: another deployment")
    git(repository, "update-ref", f"refs/remotes/origin/{BRANCH}", other)


def _forwarded(world: World) -> None:
    provide(world)
    git(repository_of(world), "update-ref", "refs/heads/main", BRANCH)


def _rider_forwarded(world: World) -> None:
    """A commit that nobody reviewed came before the deployment, and the record names it as the start."""
    provide(world)
    repository = repository_of(world)
    blob = git(repository, "hash-object", "-w", "--stdin", given="# Unreviewed\n")

    def with_rider(commit: str) -> str:
        listed = git(repository, "ls-tree", commit)
        return git(repository, "mktree", given=f"{listed}\n100644 blob {blob}\tRIDER.md\n")

    rider = git(repository, "commit-tree", with_rider("main"), "-p", "main", "-m", "feat: not reviewed")
    own = git(repository, "commit-tree", with_rider("HEAD"), "-p", rider, "-F", "-", given=MESSAGE)
    git(repository, "update-ref", f"refs/heads/{BRANCH}", own)
    git(repository, "reset", "-q", "--hard")
    follow(world)
    git(repository, "update-ref", "refs/heads/main", BRANCH)
    record(world, lambda data: data["repository"].update(base_commit=rider))


FAULTS = [
    Fault(
        "a remote's branch has gone on",
        _ahead_elsewhere,
        START,
        (f"refs/remotes/origin/{BRANCH} at", "has commits that are not looked at here"),
    ),
    Fault("a remote's branch is another one", _other_elsewhere, START, ("has commits that are not looked at here",)),
    Fault(
        "main was moved forward to the branch",
        _forwarded,
        {"2.2.1.2": "degraded"},
        ("the deployment record says", "merge with --no-ff"),
    ),
    Fault(
        "main was moved forward to a branch that something rode along on",
        _rider_forwarded,
        {"2.2.1.2": "degraded"},
        ("a commit that rode along before that would not be seen",),
    ),
]
