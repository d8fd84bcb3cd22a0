"""Faults of a package's contents (1.4.1), its version (1.4.3) and the place where it is stored (1.4.5)."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

from fixtures.package.build import Package
from tests_suite.faults.packed import NAME, contents, in_store, packaged, repack, with_files, without
from tests_suite.faults.world import Fault, World, edit

CONTENTS, VERSION, STORED = {"1.4.1": "failed"}, {"1.4.3": "failed"}, {"1.4.5": "failed"}
ALL = dict.fromkeys(("1.4.1", "1.4.2", "1.4.3", "1.4.4", "1.4.5"), "failed")
GUIDE = "DEPLOYMENT/OPERATIONS_GUIDE.md"
TEMPLATES = ("templates/config", "templates/s")


def _after_packing(change: Callable[[Path], object]) -> Callable[[World], None]:
    """The work tree goes on changing once the package is made."""

    def breaks(world: World) -> None:
        packaged(world)
        change(world.workflow)

    return breaks


def _linked(tree: Path) -> None:
    (tree / GUIDE).unlink()
    (tree / GUIDE).symlink_to("nowhere.md")


def _in_a_folder(world: World) -> None:
    package = packaged(world)
    repack(package, {f"{NAME}/{path}": content for path, content in contents(package).items()})


def _another_case(world: World) -> None:
    package = packaged(world)
    files = contents(package)
    files["agents/Dev.md"] = files.pop("agents/dev.md")
    repack(package, files)


def _states(path: str, old: str, new: str) -> Callable[[World], None]:
    """Package and work tree agree about a version that is not the release's."""

    def breaks(world: World) -> None:
        package = packaged(world)
        edit(world.workflow / path, old, new)
        repack(package, contents(package) | {path: (world.workflow / path).read_bytes()})

    return breaks


def _emptied(path: str) -> Callable[[World], None]:
    """Package and work tree agree about a file that is empty."""

    def breaks(world: World) -> None:
        package = packaged(world)
        (world.workflow / path).write_bytes(b"")
        repack(package, contents(package) | {path: b""})

    return breaks


def _renamed(world: World) -> None:
    package = packaged(world)
    names = {
        path: path.with_name(path.name.replace(NAME, "ai-engineering-workflow")) for path in vars(package).values()
    }
    for path, renamed_path in names.items():
        path.rename(renamed_path)
    world.target["package"] = "deployments/ai-engineering-workflow.tar.gz"
    renamed = Package(*names.values())
    repack(renamed, contents(renamed))


def _tagged(change: Callable[[Path], object]) -> Callable[[World], None]:
    """A repository whose tag exists already, on a commit with a changed workflow."""

    def breaks(world: World) -> None:
        packaged(world)
        repository = world.root / "repository"
        shutil.copytree(world.workflow, repository / "workflows" / "ai-engineering-workflow")
        change(repository / "workflows" / "ai-engineering-workflow")
        commit_and_tag(repository)
        world.target["repository"] = "repository"

    return breaks


def commit_and_tag(repository: Path) -> None:
    """Commit all that is in a folder, and tag it with the release's tag."""
    own = ["-c", "user.name=Tester", "-c", "user.email=tester@example.com", "-c", "commit.gpgsign=false"]
    for arguments in (["init", "-q"], ["add", "-A"], [*own, "commit", "-q", "-m", "state"], [*own, "tag", NAME]):
        subprocess.run(["git", *arguments], cwd=repository, check=True, capture_output=True)


def _nothing_named(world: World) -> None:
    packaged(world)
    del world.target["package"]


def _no_tree(world: World) -> None:
    packaged(world)
    del world.target["workflow"]


def _no_store(world: World) -> None:
    packaged(world)
    del world.target["store"]


def _dangling(world: World, own: Package, stored: Package) -> None:
    stored.archive.unlink()
    stored.archive.symlink_to(world.root / "elsewhere.tar.gz")


def _on_a_laptop(world: World) -> None:
    """The target names the files that the links lead to."""
    stored = packaged(world)
    (world.root / "laptop").mkdir()
    for path in vars(stored).values():
        moved = path.rename(world.root / "laptop" / path.name)
        path.symlink_to(moved)
    world.target["package"] = f"laptop/{stored.archive.name}"


def _misspelt(world: World, own: Package, stored: Package) -> None:
    world.target["store"] = "deployment"


def _older(world: World, own: Package, stored: Package) -> None:
    repack(stored, contents(stored) | {"workflow.md": b"---\nversion: '1.9.0'\n---\n"})


def _other_checksums(world: World, own: Package, stored: Package) -> None:
    stored.checksums.write_text("0" * 64 + f"  {NAME}.tar.gz\n", encoding="utf-8")


FAULTS = [
    Fault(
        "an agent is not packed",
        without("agents/dev.md"),
        CONTENTS,
        ("agents/dev.md:: is missing from the package", "only in the work tree"),
    ),
    Fault("an agent's XML is not packed", without("agents/config/dev-agent.xml"), CONTENTS, ("found 10 of 11 files",)),
    Fault("no XML is packed", without("agents/config/"), CONTENTS, ("found 0 of 11 files",)),
    Fault(
        "a step is not packed",
        without("steps/2-training/"),
        CONTENTS,
        ("steps: 10 steps, expected 11", "step numbers [1, 2, 3, 4, 6, 7, 8, 9, 10, 11]; expected [1, 2, 3"),
    ),
    Fault("half of a step is not packed", without("steps/0-scoping/step-02b"), CONTENTS, ("found 12 of 13 files",)),
    Fault("a template is not packed", without("templates/sidecar"), CONTENTS, ("found 12 of 13 files",)),
    Fault(
        "too few templates are packed", without(*TEMPLATES), CONTENTS, ("templates: 6 templates, the limit is ≥ 10",)
    ),
    Fault("no template is packed", without("templates/"), CONTENTS, ("found 0 of 13 files",)),
    Fault("the checklists are not packed", without("checklists/"), CONTENTS, ("checklists/*.md: found 0 of 4 files",)),
    Fault("config.yaml is not packed", without("config.yaml"), CONTENTS | VERSION, ("config.yaml: found 0 of 1",)),
    Fault("workflow.md is not packed", without("workflow.md"), CONTENTS | VERSION, ("workflow.md: found 0 of 1",)),
    Fault(
        "the plan of the workflow is not packed", without("workflow-plan"), CONTENTS, ("workflow-plan-*.md: found 0",)
    ),
    Fault(
        "DEPLOYMENT is not packed",
        without("DEPLOYMENT/"),
        CONTENTS,
        ("holds no file that is a checklist; it has none",),
    ),
    Fault(
        "the rollback procedure is not packed",
        without("DEPLOYMENT/ROLLBACK"),
        CONTENTS,
        ("that is ROLLBACK_PROCEDURE.md",),
    ),
    Fault(
        "the rollback procedure has not a word in it",
        _emptied("DEPLOYMENT/ROLLBACK_PROCEDURE.md"),
        CONTENTS,
        ("DEPLOYMENT/ROLLBACK_PROCEDURE.md:: is empty; expected ROLLBACK_PROCEDURE.md",),
    ),
    Fault("a guide is not packed", without(GUIDE), CONTENTS, (f"{GUIDE}:: only in the work tree",)),
    Fault(
        "a stray file is packed",
        with_files({"agents/notes.md": b"todo\n"}),
        CONTENTS,
        ("found 12 of 11 files", "missing from the work tree"),
    ),
    Fault(
        "a stray folder is packed",
        with_files({"scratch/notes.md": b"todo\n"}),
        CONTENTS,
        ("scratch/notes.md", "does not belong"),
    ),
    Fault(
        "documentation is packed",
        with_files({"DOCUMENTATION/x.md": b"x\n"}),
        {"1.4.1": "degraded"},
        ("plan 1.4 does not list",),
    ),
    Fault(
        "an agent is packed in another case", _another_case, CONTENTS, ("agents/dev.md:: is missing", "agents/Dev.md")
    ),
    Fault(
        "everything is packed in a folder of its own",
        _in_a_folder,
        CONTENTS | VERSION,
        (f"files lie in {NAME}/; expected agents/, steps/ and the rest at the root", f"tar -C {NAME}"),
    ),
    Fault(
        "a file changed after packing",
        _after_packing(lambda tree: edit(tree / "agents/dev.md", "\n", "\n\n")),
        CONTENTS,
        ("agents/dev.md:: the work tree differs from archive and manifest",),
    ),
    Fault(
        "a guide changed after packing",
        _after_packing(lambda tree: edit(tree / GUIDE, "\n", "\n\n")),
        CONTENTS,
        (f"{GUIDE}:: the work tree differs",),
    ),
    Fault(
        "a guide was added after packing",
        _after_packing(lambda tree: (tree / "DEPLOYMENT/NEW.md").write_text("x\n")),
        CONTENTS,
        ("DEPLOYMENT/NEW.md:: only in the work tree",),
    ),
    Fault(
        "a guide was removed after packing",
        _after_packing(lambda tree: (tree / GUIDE).unlink()),
        CONTENTS,
        (f"{GUIDE}:: missing from the work tree",),
    ),
    Fault(
        "a guide became a dangling link after packing",
        _after_packing(_linked),
        CONTENTS,
        (f"{GUIDE}:: the work tree differs",),
    ),
    Fault(
        "workflow.md states the previous version",
        _states("workflow.md", "'2.0.0'", "'1.0.0'"),
        VERSION,
        ("workflow.md:: states the version '1.0.0'; expected '2.0.0'",),
    ),
    Fault(
        "config.yaml states the previous version",
        _states("config.yaml", '"2.0.0"', '"1.0.0"'),
        VERSION,
        ("config.yaml:: states the version '1.0.0'",),
    ),
    Fault(
        "config.yaml states no version",
        _states("config.yaml", 'version: "2.0.0"\n', ""),
        VERSION,
        ("states no version",),
    ),
    Fault(
        "config.yaml states a number", _states("config.yaml", '"2.0.0"', "2.0"), VERSION, ("states the version 2.0",)
    ),
    Fault(
        "config.yaml is no YAML",
        _states("config.yaml", 'version: "2.0.0"', 'version: "2.0.0'),
        VERSION,
        ("states no version",),
    ),
    Fault("the package is called otherwise", _renamed, VERSION | STORED, (f"is not called {NAME}.tar.gz",)),
    Fault(
        "the tag stands for another content",
        _tagged(lambda tree: edit(tree / "agents/dev.md", "\n", "\n\n")),
        VERSION,
        (f"agents/dev.md:: differs between the package and the commit that is tagged {NAME}",),
    ),
    Fault(
        "the tag stands for less",
        _tagged(lambda tree: (tree / "agents/dev.md").unlink()),
        VERSION,
        ("agents/dev.md:: is in the package and not in the commit",),
    ),
    Fault(
        "the tag stands for more",
        _tagged(lambda tree: (tree / "agents/evil.md").write_text("x")),
        VERSION,
        (f"agents/evil.md:: is in the commit that is tagged {NAME} and not in the package",),
    ),
    Fault(
        "the tag stands for no workflow",
        _tagged(lambda tree: (tree / "workflow.md").unlink()),
        VERSION,
        ("stands for no workflow",),
    ),
    Fault(
        "the store is empty",
        in_store(lambda world, own, stored: stored.archive.unlink()),
        STORED,
        (f"{NAME}.tar.gz:: does not exist; expected a copy of",),
    ),
    Fault("the store holds a dangling link", in_store(_dangling), STORED, ("does not exist; expected a copy",)),
    Fault(
        "the store holds another package", in_store(_older), STORED, (f"deployments/{NAME}.tar.gz:: has the SHA-256",)
    ),
    Fault(
        "the store lacks the manifest",
        in_store(lambda world, own, stored: stored.manifest.unlink()),
        STORED,
        (f"{NAME}.manifest.json:: does not exist",),
    ),
    Fault(
        "the store lacks the checksums",
        in_store(lambda world, own, stored: stored.checksums.unlink()),
        STORED,
        (f"{NAME}.sha256:: does not exist",),
    ),
    Fault("the store has other checksums", in_store(_other_checksums), STORED, (f"{NAME}.sha256:: has the SHA-256",)),
    Fault(
        "the store holds links to somebody's laptop",
        _on_a_laptop,
        STORED,
        (f"{NAME}.tar.gz:: is only a link to", f"{NAME}.manifest.json:: is only a link to", f"{NAME}.sha256:: is only"),
    ),
    Fault("the store is not there", in_store(_misspelt), STORED, (f"deployment/{NAME}.tar.gz:: does not exist",)),
    Fault(
        "the package is not stored where the plan says",
        _no_store,
        STORED,
        (f"/deployments/{NAME}.tar.gz:: does not exist",),
    ),
    Fault(
        "the target names no package", _nothing_named, ALL, ("not testable: the target provides no package; name one",)
    ),
    Fault(
        "the target names no work tree",
        _no_tree,
        {"1.4.1": "failed", "1.4.2": "failed", "1.4.4": "failed"},
        ("no workflow to compare",),
    ),
]
