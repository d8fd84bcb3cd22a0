"""Faults of where the deployment branch starts (2.2.1.2): not seen from this clone, or no longer told by main."""

from __future__ import annotations

from collections.abc import Callable

from tests_suite.faults.deployed import BRANCH, FOLDER, MESSAGE, follow, git, provide, record, repository_of
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


def _with_rider(world: World) -> str:
    """Let the deployment start from a commit that nobody reviewed, as the record says; that commit."""
    provide(world)
    repository = repository_of(world)
    blob = git(repository, "hash-object", "-w", "--stdin", given="# Unreviewed\n")

    def with_file(commit: str) -> str:
        listed = git(repository, "ls-tree", commit)
        return git(repository, "mktree", given=f"{listed}\n100644 blob {blob}\tRIDER.md\n")

    rider = git(repository, "commit-tree", with_file("main"), "-p", "main", "-m", "feat: not reviewed")
    own = git(repository, "commit-tree", with_file("HEAD"), "-p", rider, "-F", "-", given=MESSAGE)
    git(repository, "update-ref", f"refs/heads/{BRANCH}", own)
    git(repository, "reset", "-q", "--hard")
    follow(world)
    record(world, lambda data: data["repository"].update(base_commit=rider))
    return rider


def _rider_forwarded(world: World) -> None:
    """A commit that nobody reviewed came before the deployment, and the record names it as the start."""
    _with_rider(world)
    git(repository_of(world), "update-ref", "refs/heads/main", BRANCH)


def _rider_on(main: str) -> Callable[[World], None]:
    """The rider is on a `main` that is not everybody's, who have it without; the branch was pushed."""

    def breaks(world: World) -> None:
        provide(world)
        repository = repository_of(world)
        git(repository, "update-ref", "refs/remotes/origin/main", "main")
        git(repository, "update-ref", main, _with_rider(world))
        git(repository, "update-ref", f"refs/remotes/origin/{BRANCH}", BRANCH)

    return breaks


def _never_pushed(world: World) -> None:
    provide(world)
    git(repository_of(world), "update-ref", "refs/remotes/origin/main", "main")


def _behind(world: World) -> None:
    """Main had a correction of an agent on the day before, which this clone did not fetch before the deployment."""
    provide(world)
    repository, agent = repository_of(world), f"{FOLDER}/agents/dev.md"
    blob = git(repository, "hash-object", "-w", "--stdin", given="# Corrected\n")
    git(repository, "read-tree", "main")
    git(repository, "update-index", "--cacheinfo", f"100644,{blob},{agent}")
    tree = git(repository, "write-tree")
    git(repository, "read-tree", "HEAD")
    dated = f"tree {tree}\nparent {git(repository, 'rev-parse', 'main')}\n"
    dated += "".join(f"{who} Dana Example <dana@example.com> 1767600000 +0000\n" for who in ("author", "committer"))
    corrected = git(repository, "hash-object", "-t", "commit", "-w", "--stdin", given=f"{dated}\nfix: what dev says\n")
    git(repository, "update-ref", "refs/remotes/origin/main", corrected)
    git(repository, "update-ref", f"refs/remotes/origin/{BRANCH}", BRANCH)


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
    Fault(
        "main was never pushed",
        _rider_on("refs/heads/main"),
        START,
        ("which is not on refs/remotes/origin/main: what was never pushed was reviewed by nobody",),
    ),
    Fault(
        "the branch starts from somebody's fork",
        _rider_on("refs/remotes/mallory/main"),
        START,
        ("which is not on refs/remotes/origin/main: what was never pushed was reviewed by nobody",),
    ),
    Fault(
        "the branch was never pushed",
        _never_pushed,
        {"2.2.1.1": "degraded"},
        ("is on no remote that this clone knows of, nor is it merged into refs/remotes/origin/main; push the branch",),
    ),
    Fault(
        "main had gone on before the deployment",
        _behind,
        {"2.2.1.2": "degraded"},
        ("'fix: what dev says' of refs/remotes/origin/main changed the workflow before the deployment",),
    ),
]
