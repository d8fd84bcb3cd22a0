"""What honest programs write is read, to the byte; where a format is not safe, the message names a better one."""

from __future__ import annotations

import hashlib
import io
import os
import subprocess
import tarfile
import threading
from pathlib import Path

import pytest

from fixtures.package import archive
from fixtures.package.archive import ArchiveError, Member

CONTENTS = {
    "agents/dev.md": b"# Dev\n",
    "agents/config/dev-agent.xml": b"<agent/>",
    "config.yaml": b"",
    "steps/0-scoping/step-01-größe.md": b"x" * 511,
    "steps/0-scoping/step-02a-fti-architect.md": b"y" * 512,
    f"steps/{'long-' * 22}folder/step-03.md": b"z" * 513,
}
SHORT = {path: content for path, content in CONTENTS.items() if len(path) < 100}


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A small work tree with the names that make trouble."""
    root = tmp_path / "tree"
    for path, content in CONTENTS.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(content)
        (root / path).chmod(0o644)
    return root


def _expected(contents: dict[str, bytes]) -> dict[str, Member]:
    return {
        path: Member(path, len(content), 0o644, hashlib.sha256(content).hexdigest())
        for path, content in contents.items()
    }


def _tar(tree: Path, *arguments: str) -> Path:
    path = tree.parent / "made.tar.gz"
    command = ["tar", "-czf", str(path), *arguments]
    subprocess.run(command, cwd=tree, check=True, env={**os.environ, "LC_ALL": "C.UTF-8"})
    return path


@pytest.mark.parametrize("what", [["."], ["agents", "config.yaml", "steps"], ["./agents", "./config.yaml", "./steps"]])
def test_gnu_tar_in_posix_format_is_read(what: list[str], tree: Path) -> None:
    found = archive.read(_tar(tree, "--format=posix", *what))

    assert dict(found.members) == _expected(CONTENTS)


@pytest.mark.parametrize("form", ["gnu", "ustar"])
def test_gnu_tar_in_other_formats_is_read_where_names_fit(form: str, tree: Path) -> None:
    found = archive.read(_tar(tree, f"--format={form}", *SHORT))

    assert dict(found.members) == _expected(SHORT)


def test_gnu_tar_with_a_long_name_says_which_format_to_take(tree: Path) -> None:
    with pytest.raises(ArchiveError, match=r"a GNU long name; expected PAX \(tar --format=posix\)"):
        archive.read(_tar(tree, "--format=gnu", "."))


def test_old_tar_format_is_refused(tree: Path) -> None:
    with pytest.raises(ArchiveError, match="of no tar format in use"):
        archive.read(_tar(tree, "--format=v7", "config.yaml"))


@pytest.mark.parametrize("form", [tarfile.PAX_FORMAT, tarfile.USTAR_FORMAT])
def test_archive_of_the_standard_library_is_read(form: int, tree: Path) -> None:
    contents = CONTENTS if form == tarfile.PAX_FORMAT else SHORT
    path = tree.parent / "made.tar.gz"
    with tarfile.open(path, "w:gz", format=form) as made:
        for name in contents:
            made.add(tree / name, name)

    assert dict(archive.read(path).members) == _expected(contents)


def test_gzip_with_a_file_name_is_read(tree: Path) -> None:
    plain = tree.parent / "made.tar"
    subprocess.run(["tar", "--format=posix", "-cf", str(plain), "."], cwd=tree, check=True)
    subprocess.run(["gzip", "-9", str(plain)], check=True)

    assert dict(archive.read(tree.parent / "made.tar.gz").members) == _expected(CONTENTS)


def test_large_members_are_hashed_in_order_across_pieces_and_threads(tmp_path: Path) -> None:
    contents = {
        f"f{number}": os.urandom(size) for number, size in enumerate((3_000_000, 0, 1, 2_500_000, 511, 700_000))
    }
    path = tmp_path / "large.tar.gz"
    with tarfile.open(path, "w:gz", format=tarfile.PAX_FORMAT) as made:
        for name, content in contents.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            made.addfile(info, io.BytesIO(content))
    assert path.stat().st_size > archive.THREADED, "the second thread is not used"

    found = archive.read(path, keep=("f2", "f0"))

    assert dict(found.members) == _expected(contents)
    assert found.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert found.kept == {"f2": contents["f2"]}, "what is kept is small"


def test_damage_deep_in_a_large_archive_ends_its_second_thread(tmp_path: Path) -> None:
    path = tmp_path / "large.tar.gz"
    with tarfile.open(path, "w:gz", format=tarfile.PAX_FORMAT) as made:
        for number in range(8):
            info = tarfile.TarInfo(f"f{number}")
            info.size = 1_000_000
            made.addfile(info, io.BytesIO(os.urandom(info.size)))
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])

    with pytest.raises(ArchiveError, match=r"f\d: the gzip stream is cut short here"):
        archive.read(path)

    assert not [thread for thread in threading.enumerate() if "_serve" in thread.name]
