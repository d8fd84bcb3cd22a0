"""Every hostile or damaged archive is refused for its own reason, at once, and without a byte written anywhere."""

from __future__ import annotations

import os
import sys
import time
import tracemalloc
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from fixtures.package import archive
from fixtures.package.archive import ArchiveError, Limits
from tests_suite import forged
from tests_suite.hostile import GOOD, HOSTILE, Hostile

DECODERS = {decoder.__name__: decoder for decoder in (zlib, archive.inflater)}
LONGEST = 1.0  # seconds
MOST_MEMORY = 200 * 1024**2
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
CHANGES = frozenset(
    {"os.chmod", "os.chown", "os.link", "os.mkdir", "os.remove", "os.rename", "os.rmdir", "os.symlink", "os.truncate",
     "os.utime", "os.mkfifo", "os.mknod", "subprocess.Popen", "tempfile.mkstemp", "tempfile.mkdtemp"}
)  # fmt: skip
SEEN: dict[str, list[str]] = {}


def _watch(event: str, arguments: tuple[Any, ...]) -> None:
    """Python reports here whatever any code does to the file system."""
    if "now" in SEEN and (event in CHANGES or (event == "open" and arguments[2] & WRITING)):
        SEEN["now"].append(f"{event} {arguments}")


sys.addaudithook(_watch)  # cannot be taken back; does nothing unless a test listens


@pytest.fixture
def changes() -> Iterator[list[str]]:
    """What is done to the file system while a test runs."""
    SEEN["now"] = []
    yield SEEN["now"]
    del SEEN["now"]


def _snapshot(folder: Path) -> dict[str, tuple[int, int, int]]:
    found = {}
    for path in folder.rglob("*"):
        status = path.lstat()
        found[str(path)] = (status.st_mode, status.st_size, status.st_mtime_ns)
    return found


@pytest.mark.parametrize("decoder", DECODERS.values(), ids=DECODERS)
@pytest.mark.parametrize("hostile", HOSTILE, ids=[each.name for each in HOSTILE])
def test_hostile_archive_is_refused_for_its_own_reason(
    hostile: Hostile, decoder: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, changes: list[str]
) -> None:
    inside = tmp_path / "outer" / "inner"
    inside.mkdir(parents=True)
    path = inside / "hostile.tar.gz"
    path.write_bytes(hostile.data())
    monkeypatch.chdir(inside)
    before = _snapshot(tmp_path)
    changes.clear()
    tracemalloc.start()
    started = time.process_time()

    with pytest.raises(ArchiveError) as refused:
        archive.read(path, inflate=decoder)

    seconds = time.process_time() - started
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    done = list(changes)
    assert (refused.value.member, hostile.reason in refused.value.reason) == (hostile.member, True), str(refused.value)
    assert str(refused.value).isprintable(), repr(str(refused.value))
    assert seconds < LONGEST
    assert peak < MOST_MEMORY
    assert done == []
    assert _snapshot(tmp_path) == before


def test_corpus_is_large_and_its_names_are_its_own() -> None:
    names = [each.name for each in HOSTILE]

    assert len(names) >= 60
    assert len(set(names)) == len(names)


def test_the_archive_behind_the_corpus_is_a_good_one(tmp_path: Path) -> None:
    path = tmp_path / "good.tar.gz"
    path.write_bytes(GOOD)

    found = archive.read(path, keep=("a.txt",))

    assert [(member.path, member.size, oct(member.mode)) for member in found.members.values()] == [
        ("a.txt", 10, "0o644"),
        ("b.txt", 10, "0o644"),
    ]
    assert found.kept == {"a.txt": b"some text\n"}


LIMITED = [
    (Limits(members=2), b"abc", "it holds more than 2 members"),
    (Limits(member_bytes=9), b"a", "a: it has 10 bytes; at most 9 are allowed"),
    (Limits(total_bytes=25), b"abc", "c: with it the files have more than 25 bytes together"),
    (Limits(name_bytes=3), b"a", None),
    (Limits(ratio=1, ratio_from=100), b"abc", "as only a bomb does"),
]


@pytest.mark.parametrize(("limits", "names", "reason"), LIMITED)
def test_limits_hold(limits: Limits, names: bytes, reason: str | None, tmp_path: Path) -> None:
    path = tmp_path / "limited.tar.gz"
    path.write_bytes(forged.gz(b"".join(forged.file(bytes([name])) for name in names) + forged.END))
    assert len(archive.read(path).members) == len(names)

    refused = ""
    if reason is None:
        archive.read(path, limits)
    else:
        with pytest.raises(ArchiveError) as error:
            archive.read(path, limits)
        refused = str(error.value)

    assert (reason or "") in refused


def test_name_longer_than_its_limit_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "limited.tar.gz"
    path.write_bytes(forged.gz(forged.file(b"abcd") + forged.END))

    with pytest.raises(ArchiveError, match="its name has 4 bytes; at most 3 are allowed"):
        archive.read(path, Limits(name_bytes=3))


@pytest.mark.parametrize("make", [Path.mkdir, os.mkfifo], ids=["a folder", "a FIFO"])
def test_what_is_no_file_is_refused_without_waiting(make: Callable[[Path], None], tmp_path: Path) -> None:
    path = tmp_path / "no.tar.gz"
    make(path)

    with pytest.raises(ArchiveError, match="not a regular file"):
        archive.read(path)


def test_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ArchiveError, match="does not exist"):
        archive.read(tmp_path / "no.tar.gz")
