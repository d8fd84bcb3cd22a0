"""A package in a world, to be broken: built as it should be, taken apart, and put together again."""

from __future__ import annotations

import hashlib
import json
import tarfile
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from fixtures.package import build as packagebuild
from fixtures.package import checksumfile, manifest
from fixtures.package.build import Package, beside
from fixtures.package.checksumfile import digest_of
from fixtures.package.manifest import Entry
from tests_suite.faults.world import World
from tests_suite.forged import END, folder, gz
from tests_suite.forged import file as member

NAME = "ai-engineering-workflow-v2.0.0"
STORE = "deployments"


def packaged(world: World) -> Package:
    """Pack the world's workflow into the store that its target names; a package that the target names stays."""
    named = world.root / str(world.target.get("package", "no package"))
    if named.is_file():
        return beside(named)
    package = packagebuild.build(world.workflow, world.root / STORE)
    world.target.update(package=f"{STORE}/{package.archive.name}", store=STORE)
    return package


def contents(package: Package) -> dict[str, bytes]:
    """Every file of an archive, by path."""
    with tarfile.open(package.archive) as archive:
        files = {member.name: archive.extractfile(member) for member in archive if member.isfile()}
        return {path: file.read() for path, file in files.items() if file is not None}


def tar_of(files: Mapping[str, bytes], modes: Mapping[str, int] | None = None) -> bytes:
    """The members of an archive with those files and their folders, without its end mark."""
    folders = sorted({"/".join(path.split("/")[:end]) for path in files for end in range(1, path.count("/") + 1)})
    members = [folder(f"{path}/".encode()) for path in folders]
    for path, content in files.items():
        members.append(member(path.encode(), content, mode=b"%07o\0" % (modes or {}).get(path, 0o644)))
    return b"".join(members)


def entries(files: Mapping[str, bytes], modes: Mapping[str, int] | None = None) -> dict[str, Entry]:
    """Those files as a manifest lists them."""
    return {
        path: Entry(path, len(content), hashlib.sha256(content).hexdigest(), (modes or {}).get(path, 0o644), "2.0.0")
        for path, content in files.items()
    }


def repack(package: Package, files: Mapping[str, bytes], modes: Mapping[str, int] | None = None) -> None:
    """Make a package of other files, with a manifest and checksums that agree with it."""
    package.archive.write_bytes(gz(tar_of(files, modes) + END))
    listed = [_listed(entry) for entry in entries(files, modes).values()]
    rewrite(package, lambda data: data.update(files=listed))


def _listed(entry: Entry) -> dict[str, Any]:
    return {
        "path": entry.path,
        "size": entry.size,
        "sha256": entry.sha256,
        "mode": f"{entry.mode:03o}",
        "version": entry.version,
    }


def rewrite(package: Package, change: Callable[[dict[str, Any]], object] = lambda data: None) -> None:
    """Make right what the manifest says of the archive itself, change it, and make the checksums anew."""
    data = json.loads(package.manifest.read_text(encoding="utf-8"))
    size, digest = package.archive.stat().st_size, digest_of(package.archive)
    data["archive"] = {"file": package.archive.name, "size": size, "sha256": digest}
    change(data)
    package.manifest.write_text(json.dumps(data, indent=1), encoding="utf-8")
    seal(package)


def seal(package: Package) -> None:
    """Make the checksum file anew."""
    digests = {path.name: digest_of(path) for path in (package.archive, package.manifest) if path.exists()}
    package.checksums.write_text(checksumfile.text_of(digests), encoding="utf-8")


def without(*names: str) -> Callable[[World], None]:
    """A package that was made without those files, or folders, and whose manifest knows nothing of them."""

    def breaks(world: World) -> None:
        package = packaged(world)
        files = contents(package)
        kept = {path: content for path, content in files.items() if not path.startswith(names)}
        assert kept != files
        repack(package, kept)

    return breaks


def with_files(files: dict[str, bytes]) -> Callable[[World], None]:
    """A package with those files besides its own, or in place of them."""

    def breaks(world: World) -> None:
        package = packaged(world)
        repack(package, contents(package) | files)

    return breaks


def with_manifest(change: Callable[[dict[str, Any]], object]) -> Callable[[World], None]:
    """A package whose manifest was changed, and its checksum file made after that."""

    def breaks(world: World) -> None:
        package = packaged(world)
        before = manifest.read(package.manifest).text()
        rewrite(package, change)
        assert package.manifest.read_text(encoding="utf-8") != before

    return breaks


def with_members(*extra: bytes) -> Callable[[World], None]:
    """A package with further members in its archive, behind those of its manifest."""
    return with_archive(lambda tar: gz(tar + b"".join(extra) + END))


def with_archive(make: Callable[[bytes], bytes]) -> Callable[[World], None]:
    """A package whose archive was made anew from its members; manifest and checksums are right about it."""

    def breaks(world: World) -> None:
        package = packaged(world)
        package.archive.write_bytes(make(tar_of(contents(package))))
        rewrite(package)

    return breaks


def with_files_beside(change: Callable[[Package], object]) -> Callable[[World], None]:
    """A package of which the three files lie differently."""

    def breaks(world: World) -> None:
        change(packaged(world))

    return breaks


def in_store(change: Callable[[World, Package, Package], object]) -> Callable[[World], None]:
    """A package that lies elsewhere, with a copy in the store: the world, the package, and the stored one."""

    def breaks(world: World) -> None:
        stored = packaged(world)
        own = beside(packagebuild.build(world.workflow, world.root / "dist").archive)
        world.target["package"] = f"dist/{own.archive.name}"
        change(world, own, stored)

    return breaks


def lines(package: Package, change: Callable[[list[str]], Iterable[str]]) -> None:
    """Change the lines of the checksum file."""
    before = package.checksums.read_text(encoding="utf-8").splitlines()
    package.checksums.write_text("".join(f"{line}\n" for line in change(before)), encoding="utf-8")
