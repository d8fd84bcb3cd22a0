"""A deployed repository in a world, to be broken: made step by step as plan 2.2 does it, with its record and backup."""

from __future__ import annotations

import atexit
import functools
import os
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from fixtures.package import build as packagebuild
from fixtures.package.checksumfile import digest_of, text_of
from fixtures.reference import WORKFLOW
from tests_suite.faults.world import World, edit

FOLDER = "_bmad-output/bmb-creations/workflows/ai-engineering-workflow"
BRANCH = "deploy/ai-engineering-workflow-v2.0.0"
TAG = "ai-engineering-workflow-v2.0.0"
BACKUP = "ai-engineering-workflow-v1.0.0-backup-20260106T091600Z.tar.gz"
MESSAGE = """feat: Deploy AI Engineering Workflow v2.0.0

- 11 specialized agents with FTI architecture
- 11 workflow steps from scoping to integration
- 50+ Knowledge MCP integration points
- Production-ready configuration and templates
- Comprehensive deployment documentation

Signed-off by: Tech Lead, PM, Infrastructure
"""
TAG_MESSAGE = "Production Deployment of AI Engineering Workflow v2.0.0"
STEPS = (
    "Create deployment branch",
    "Extract deployment package",
    "Backup current version",
    "Copy new files to workflow directory",
    "Update version numbers",
    "Validate deployment",
    "Create deployment commit",
    "Tag deployment",
)
# Nothing of the user's own configuration, and the same commits each time.
OWN = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_SYSTEM": os.devnull,
    "GIT_AUTHOR_NAME": "Dana Example",
    "GIT_AUTHOR_EMAIL": "dana@example.com",
    "GIT_COMMITTER_NAME": "Dana Example",
    "GIT_COMMITTER_EMAIL": "dana@example.com",
    "GIT_AUTHOR_DATE": "2026-01-06T09:23:00Z",
    "GIT_COMMITTER_DATE": "2026-01-06T09:23:00Z",
}
Change = Callable[[Path], object]


def git(repository: Path, *arguments: str, given: str | None = None, check: bool = True) -> str:
    """Run git as nobody in particular, in a repository; its output without the last line's end."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")} | OWN
    quiet = ("-c", "core.autocrlf=false", "-c", "gc.auto=0", "-c", "protocol.file.allow=always")
    done = subprocess.run(
        ["git", *quiet, *arguments],
        cwd=repository, env=environment, check=False, input=given, capture_output=True, text=True,
    )  # fmt: skip
    assert not check or not done.returncode, f"git {' '.join(arguments)}: {done.stderr}"
    return done.stdout.rstrip("\n")


def previous(tree: Path) -> None:
    """Make the version before out of the reference workflow: other versions, another agent, a step that is gone."""
    edit(tree / "workflow.md", "version: '2.0.0'", "version: '1.0.0'")
    edit(tree / "config.yaml", 'version: "2.0.0"', 'version: "1.0.0"')
    (tree / "agents" / "dev.md").write_text('---\nname: "dev"\ndescription: "Writes code"\n---\n\n# Dev\n', "utf-8")
    (tree / "steps" / "0-scoping" / "step-00-welcome.md").write_text("# Welcome\n", "utf-8")
    shutil.rmtree(tree / "DEPLOYMENT")


def build(
    root: Path,
    base: Change = lambda _: None,
    new: Change = lambda _: None,
    begin: Change = lambda _: None,
    *,
    sha256: bool = False,
) -> None:
    """Deploy the reference workflow into a new `repository` below `root`, with `backups`, `evidence`, `deployments`.

    `begin` gives the repository a history, `base` changes the folder of the version before, `new` that of the deployed
    one, before they are committed.
    """
    repository = root / "repository"
    place = repository / FOLDER
    git(root, "init", "-q", "-b", "main", f"--object-format={'sha256' if sha256 else 'sha1'}", "repository")
    begin(repository)
    git(repository, "reset", "-q", "--hard")
    place.parent.mkdir(parents=True)
    (repository / "README.md").write_text("# Team repository\n", "utf-8")
    _commit(repository, "chore: begin")
    shutil.copytree(WORKFLOW, place)
    previous(place)
    base(place)
    _modes(place)
    _commit(repository, "feat: AI Engineering Workflow v1.0.0")
    git(repository, "checkout", "-q", "-b", BRANCH)
    archive = root / "backups" / BACKUP
    archive.parent.mkdir()
    save(place, archive)
    shutil.rmtree(place)
    shutil.copytree(WORKFLOW, place)
    new(place)
    _modes(place)
    _commit(repository, MESSAGE)
    git(repository, "tag", "-a", "-m", TAG_MESSAGE, TAG)
    package = packagebuild.build(WORKFLOW, root / "deployments")
    (root / "evidence").mkdir()
    (root / "evidence" / "deployment.yaml").write_text(yaml.safe_dump(_record(root, package.archive), sort_keys=False))


def _commit(repository: Path, message: str) -> None:
    git(repository, "add", "-A")
    git(repository, "commit", "-q", "--allow-empty", "-F", "-", given=message)


def _modes(place: Path) -> None:
    for path in (place, *place.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() else 0o644)


def save(place: Path, archive: Path) -> None:
    """Archive a folder, and write its checksum beside it."""
    with tarfile.open(archive, "w:gz") as tar:
        tar.add(place, place.name)
    seal(archive)


def seal(archive: Path) -> None:
    """Write an archive's checksum anew."""
    archive.with_name(f"{archive.name}.sha256").write_text(text_of({archive.name: digest_of(archive)}))


def _record(root: Path, package: Path) -> dict[str, Any]:
    repository = root / "repository"
    steps: list[dict[str, Any]] = [
        {
            "step": number,
            "name": name,
            "started": f"2026-01-06T09:{14 + number}:00Z",
            "ended": f"2026-01-06T09:{14 + number}:30Z",
        }
        for number, name in enumerate(STEPS, 1)
    ]
    steps[1] |= {"command": f"tar -xzf {package.name} -C {FOLDER}", "exit_status": 0, "directory": f"/srv/ai/{FOLDER}"}
    steps[5] |= {"command": "./scripts/validate-workflow.sh", "exit_status": 0, "output": "55/55 files valid"}
    return {
        "schema": 1,
        "environment": "production",
        "release": {"name": "ai-engineering-workflow", "version": "2.0.0", "previous": "1.0.0"},
        "package": {"file": package.name, "sha256": digest_of(package)},
        "by": {"name": "Dana Example", "role": "DevOps"},
        "repository": {
            "branch": BRANCH,
            "base": "main",
            "base_commit": git(repository, "rev-parse", "main"),
            "commit": git(repository, "rev-parse", BRANCH),
            "tag": TAG,
            "workflow": FOLDER,
        },
        "backup": {"file": f"/backups/{BACKUP}", "sha256": digest_of(root / "backups" / BACKUP)},
        "started": "2026-01-06T09:15:00Z",
        "ended": "2026-01-06T09:23:00Z",
        "outcome": "deployed",
        "steps": steps,
    }


@functools.cache
def prepared() -> Path:
    """A folder with everything that a deployment leaves, made once and gone at the end."""
    folder = Path(tempfile.mkdtemp(prefix="deployed-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    build(folder)
    return folder


def provide(world: World) -> Path:
    """Put a deployment into the world that is as it should be; the place of the workflow in its repository.

    A deployment that is there stays as it is.
    """
    if not repository_of(world).exists():
        shutil.copytree(prepared(), world.root, dirs_exist_ok=True, symlinks=True)
        name(world)
    return place_of(world)


def anew(world: World, base: Change = lambda _: None, new: Change = lambda _: None, *, sha256: bool = False) -> Path:
    """Put a deployment into the world whose version before, or whose new version, is another one."""
    for folder in ("repository", "backups", "evidence", "deployments"):
        shutil.rmtree(world.root / folder, ignore_errors=True)
    build(world.root, base, new, sha256=sha256)
    name(world)
    return place_of(world)


def name(world: World) -> None:
    """Name in the target what a deployment leaves."""
    package = f"deployments/{TAG}.tar.gz"
    world.target.update(
        repository="repository", backups="backups", evidence="evidence", package=package, store="deployments"
    )


def repository_of(world: World) -> Path:
    """The world's repository."""
    return world.root / "repository"


def place_of(world: World) -> Path:
    """The workflow's folder in its work tree."""
    return repository_of(world) / FOLDER


def record(world: World, change: Callable[[dict[str, Any]], object]) -> None:
    """Change what the deployment record says."""
    path = world.root / "evidence" / "deployment.yaml"
    data = yaml.safe_load(path.read_text("utf-8"))
    change(data)
    path.write_text(yaml.safe_dump(data, sort_keys=False), "utf-8")


def amend(world: World, message: str | None = None) -> None:
    """Make the deployment commit anew of what lies in the work tree; tag and record follow it."""
    repository = repository_of(world)
    git(repository, "add", "-A")
    words = ("-C", "HEAD") if message is None else ("-F", "-")
    git(repository, "commit", "-q", "--amend", "--allow-empty", *words, given=message)
    follow(world)


def follow(world: World) -> None:
    """Let tag and record name the commit that is checked out."""
    repository = repository_of(world)
    git(repository, "tag", "-f", "-a", "-m", TAG_MESSAGE, TAG)
    commit = git(repository, "rev-parse", "HEAD")
    record(world, lambda data: data["repository"].update(commit=commit))
