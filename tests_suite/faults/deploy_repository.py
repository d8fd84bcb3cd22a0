"""Faults of where the package was extracted (2.2.2), and of the repository as a whole."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from tests_suite.faults.deployed import FOLDER, amend, git, provide, record, repository_of
from tests_suite.faults.world import Fault, World

DEV = "agents/dev.md"
AGENTS = {"2.2.2.4": "failed", "2.2.4.1": "failed"}
NEEDING_FILES = dict.fromkeys(("2.2.2.4", *(f"2.2.4.{n}" for n in range(1, 8)), "2.2.6.1", "2.2.6.3"), "failed")
NEEDING_TREES = NEEDING_FILES | dict.fromkeys(
    ("2.2.1.2", "2.2.2.1", "2.2.3.1", "2.2.5.1", "2.2.5.2", "2.2.5.3"), "failed"
)
NEEDING_GIT = NEEDING_TREES | dict.fromkeys(
    ("2.2.1.1", "2.2.3.3", "2.2.7.1", "2.2.7.2", "2.2.8.1", "2.2.8.2"), "failed"
)
NEEDING_PACKAGE = dict.fromkeys(("2.2.2.2", "2.2.2.4", *(f"2.2.4.{n}" for n in range(1, 7))), "failed")


def _moved(world: World) -> None:
    place = provide(world)
    place.rename(repository_of(world) / "workflow")
    amend(world)


def _step(number: int, **values: object) -> Callable[[World], None]:
    def breaks(world: World) -> None:
        provide(world)
        record(world, lambda data: data["steps"][number - 1].update(values))

    return breaks


def _directory_missing(world: World) -> None:
    provide(world)
    record(world, lambda data: data["steps"][1].pop("directory"))


def _noted_folder(world: World) -> None:
    provide(world)
    record(world, lambda data: data["repository"].update(workflow="workflows/other"))


def _bare(world: World) -> None:
    provide(world)
    git(world.root, "clone", "-q", "--mirror", "repository", "mirror.git")
    world.target["repository"] = "mirror.git"


def _no_repository(world: World) -> None:
    provide(world)
    shutil.rmtree(repository_of(world) / ".git")


def _nothing_deployed(world: World) -> None:
    """Any repository: somebody named the wrong one."""
    provide(world)
    shutil.rmtree(repository_of(world))
    git(world.root, "init", "-q", "-b", "main", "repository")
    (repository_of(world) / "main.py").write_text("print()\n", "utf-8")
    git(repository_of(world), "add", "-A")
    git(repository_of(world), "commit", "-q", "-m", "begin")


def _lost_object(world: World) -> None:
    provide(world)
    _object(world).unlink()


def _damaged_object(world: World) -> None:
    provide(world)
    path = _object(world)
    path.chmod(0o644)
    path.write_bytes(path.read_bytes()[:40])


def _partial(world: World) -> None:
    provide(world)
    git(repository_of(world), "config", "uploadpack.allowFilter", "true")
    git(world.root, "clone", "-q", "--filter=blob:none", repository_of(world).as_uri(), "clone")
    world.target["repository"] = "clone"


def _object(world: World) -> Path:
    name = git(repository_of(world), "rev-parse", f"HEAD:{FOLDER}/{DEV}")
    return repository_of(world) / ".git" / "objects" / name[:2] / name[2:]


def _named(**names: str | None) -> Callable[[World], None]:
    def breaks(world: World) -> None:
        provide(world)
        for key, value in names.items():
            del world.target[key]
            assert value is None

    return breaks


FAULTS = [
    Fault(
        "the workflow was moved",
        _moved,
        dict.fromkeys(("2.2.1.2", "2.2.2.1", "2.2.3.1", "2.2.5.1", "2.2.5.2"), "failed"),
        ("the package lies in workflow/ of the commit", "outside of the workflow's folder"),
    ),
    Fault(
        "the package was extracted elsewhere",
        _step(2, directory="/tmp/extracted"),
        {"2.2.2.1": "failed"},
        ("the package was extracted into /tmp/extracted; expected the workflow's folder",),
    ),
    Fault(
        "nobody noted where it was extracted",
        _directory_missing,
        {"2.2.2.1": "failed"},
        ("steps[1].directory: missing",),
    ),
    Fault(
        "the record names another folder",
        _noted_folder,
        {"2.2.2.1": "failed"},
        ("by the record it is workflows/other/",),
    ),
    Fault("the repository is a bare one", _bare, NEEDING_FILES, ("is a bare repository, without a work tree",)),
    Fault("there is no repository", _no_repository, NEEDING_GIT, ("git says: not a git repository",)),
    Fault(
        "it is another repository",
        _nothing_deployed,
        {item: outcome for item, outcome in NEEDING_GIT.items() if item != "2.2.3.3"},
        ("nothing here stands for the deployment: there is neither a branch",),
    ),
    Fault("an object is lost", _lost_object, AGENTS, (f"{DEV}:: cannot be read",)),
    Fault(
        "the clone is a partial one",
        _partial,
        NEEDING_TREES,
        ("cannot be read: this clone is a partial one, which lacks it", "fetch --refetch --no-filter origin"),
    ),
    Fault("an object is damaged", _damaged_object, AGENTS, (f"{DEV}:: cannot be read", "run git fsck")),
    Fault("no repository is named", _named(repository=None), NEEDING_GIT, ("the target provides no repository",)),
    Fault("no package is named", _named(package=None, store=None), NEEDING_PACKAGE, ("provides no package",)),
]
