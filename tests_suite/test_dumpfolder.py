"""Reading the folders that mongodump writes: what is whole passes, each kind of damage is named with its file."""

from __future__ import annotations

import gzip
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from fixtures.backup import mongodump
from fixtures.backup.dump import Dump
from fixtures.reference import dump
from tests_suite import dumps
from tests_suite.dumps import CHUNKS, PARTS, PRIMARY, replaced

COUNTS = {"sources": 3, "chunks": 5, "extractions": 6}
CHUNKS_BSON = "knowledge/chunks.bson"
CHUNKS_JSON = "knowledge/chunks.metadata.json"


@dataclass(frozen=True)
class Damage:
    """One kind of damage to a folder, and what the findings have to say; `zipped` is the kind of folder."""

    name: str
    breaks: Callable[[Path], object]
    says: str
    zipped: bool = False


def _changed(path: str, change: Callable[[bytes], bytes]) -> Callable[[Path], object]:
    return lambda root: (root / path).write_bytes(change((root / path).read_bytes()))


def _written(path: str, data: bytes) -> Callable[[Path], object]:
    def write(root: Path) -> None:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(data)

    return write


def _removed(path: str) -> Callable[[Path], object]:
    return lambda root: (root / path).unlink()


def _renamed(path: str, name: str) -> Callable[[Path], object]:
    return lambda root: (root / path).rename((root / path).with_name(name))


def _linked_to_nothing(root: Path) -> None:
    (root / CHUNKS_BSON).unlink()
    (root / CHUNKS_BSON).symlink_to("/nowhere/chunks.bson")


def _pipe(root: Path) -> None:
    (root / CHUNKS_BSON).unlink()
    os.mkfifo(root / CHUNKS_BSON)


def _emptied(root: Path) -> None:
    for path in sorted(root.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()


IN_A_TEXT = replaced(b"chunks 1", b"chunks \xe9")
DAMAGES = [
    Damage("an empty folder", _emptied, "no .bson file in it"),
    Damage("cut within a document", _changed(CHUNKS_BSON, lambda data: data[:-3]), "knowledge.chunks: byte"),
    Damage("cut within a length", _changed(CHUNKS_BSON, lambda data: data + b"\x20\0"), "2 of unknown bytes"),
    Damage("a text behind the documents", _changed(CHUNKS_BSON, lambda data: data + b"oops!"), "is no length"),
    Damage("a terminator as in archives", _changed(CHUNKS_BSON, lambda data: data + b"\xff" * 4), "-1 is no length"),
    Damage("an archive in place of documents", _written(CHUNKS_BSON, dumps.ARCHIVE), "byte 0: "),
    Damage("zeros", _written(CHUNKS_BSON, bytes(4096)), "byte 0: 0 is no length"),
    Damage("a text that is not UTF-8", _changed(CHUNKS_BSON, IN_A_TEXT), "document 2, field 'text', byte"),
    Damage("no documents", _removed(CHUNKS_BSON), "has no .bson file beside it"),
    Damage("a link to nothing", _linked_to_nothing, "cannot be read: no such file or directory"),
    Damage("a pipe", _pipe, "is no regular file"),
    Damage("a file too deep", _written("knowledge/old/chunks.bson", b""), "lies deeper than a database's folder"),
    Damage("plain and gzipped at once", _written(f"{CHUNKS_BSON}.gz", gzip.compress(b"")), "is there twice, as"),
    Damage("a broken prelude.json", _written("prelude.json", b"{"), "is no JSON"),
    Damage(
        "gzip that is none", _written(f"{CHUNKS_BSON}.gz", b"".join(CHUNKS.documents)), "gzip: incorrect header", True
    ),
    Damage("gzip of nothing at all", _written(f"{CHUNKS_BSON}.gz", b""), "breaks off after 0 bytes", True),
    Damage("gzip cut", _changed(f"{CHUNKS_BSON}.gz", lambda data: data[:-9]), "the gzip stream breaks off", True),
    Damage("gzip metadata cut", _changed(f"{CHUNKS_JSON}.gz", lambda data: data[:-9]), "stream breaks off", True),
    Damage("metadata in Latin-1", _written(CHUNKS_JSON, b'{"indexes": "\xe9"}'), "byte 13 is not UTF-8"),
]
METADATA_DAMAGES = [
    Damage("no metadata", _removed(CHUNKS_JSON), "has no .metadata.json beside it: its indexes would be lost"),
    Damage("empty metadata", _written(CHUNKS_JSON, b""), "metadata is no JSON"),
    Damage("metadata without indexes", _written(CHUNKS_JSON, b"{}"), "metadata has no list of indexes"),
    Damage(
        "metadata of another collection",
        _written(CHUNKS_JSON, PARTS[0].metadata().encode()),
        "metadata are those of 'sources'",
    ),
]


def _folder(root: Path, zipped: bool = False) -> Path:
    dump.write_folder(root, PARTS, zipped)
    return root


def _snapshot(root: Path) -> dict[str, object]:
    return {str(path.relative_to(root)): path.lstat().st_ino for path in root.rglob("*")} | {
        f"{path.relative_to(root)}:": path.read_bytes() for path in root.rglob("*") if path.is_file()
    }


def _read_broken(damage: Damage, folder: Path) -> Dump:
    root = _folder(folder / "dump", damage.zipped)
    before = _snapshot(root)
    damage.breaks(root)
    assert _snapshot(root) != before, "the damage changed nothing"
    return mongodump.read(root)


@pytest.mark.parametrize("damage", DAMAGES, ids=[damage.name for damage in DAMAGES])
def test_damaged_folder_is_noticed_and_its_damage_named(damage: Damage, tmp_path: Path) -> None:
    found = _read_broken(damage, tmp_path)

    messages = "\n".join(f"{finding.file}: {finding.message}" for finding in found.faults)
    assert damage.says in messages, messages


@pytest.mark.parametrize("damage", METADATA_DAMAGES, ids=[damage.name for damage in METADATA_DAMAGES])
def test_metadata_that_lose_the_indexes_are_noticed(damage: Damage, tmp_path: Path) -> None:
    found = _read_broken(damage, tmp_path)

    assert not found.faults
    assert [damage.says in finding.message for finding in found.metadata_faults] == [True]


@pytest.mark.parametrize(("zipped", "form"), [(False, "folder"), (True, "folder, gzipped")])
def test_whole_folder_passes_with_its_counts(zipped: bool, form: str, tmp_path: Path) -> None:
    found = mongodump.read(_folder(tmp_path / "dump", zipped))

    assert (found.faults, found.metadata_faults, found.form) == ((), (), form)
    assert {each.name: each.documents for each in found.collections} == COUNTS
    assert {each.database for each in found.collections} == {"knowledge"}
    assert (found.server, found.tool) == (dump.SERVER, dump.TOOL)
    assert len(found.sha256) == 7


def test_folder_of_one_database_is_called_after_it(tmp_path: Path) -> None:
    found = mongodump.read(_folder(tmp_path / "dump") / "knowledge")

    assert found.faults == ()
    assert {each.namespace: each.documents for each in found.collections} == {
        f"knowledge.{name}": count for name, count in COUNTS.items()
    }


def test_gzipped_oplog_without_a_name_that_says_so_passes(tmp_path: Path) -> None:
    root = _folder(tmp_path / "dump", zipped=True)
    (root / "oplog.bson").write_bytes(gzip.compress(CHUNKS.documents[0], mtime=0))

    found = mongodump.read(root)

    assert found.faults == ()
    assert {each.namespace: each.documents for each in found.collections}["oplog"] == 1


def test_odd_names_time_series_views_and_users_pass(tmp_path: Path) -> None:
    root = _folder(tmp_path / "dump")
    home = root / "knowledge"
    odd = dumps.part("café latté/1", 1)
    (home / "caf%C3%A9+latt%C3%A9%2F1.bson").write_bytes(odd.documents[0])
    (home / "caf%C3%A9+latt%C3%A9%2F1.metadata.json").write_text(odd.metadata(), encoding="utf-8")
    (home / "system.buckets.latency.bson").write_bytes(CHUNKS.documents[0])
    (home / "latency.metadata.json").write_text('{"options":{"timeseries":{"timeField":"t"}},"indexes":[]}')
    (home / "system.buckets.alone.bson").write_bytes(CHUNKS.documents[0])
    (home / "both.bson").write_bytes(b"".join(CHUNKS.documents[:2]))
    (home / "both.metadata.json").write_text(dumps.part("both", 2).metadata(), encoding="utf-8")
    (home / "system.buckets.both.bson").write_bytes(CHUNKS.documents[0])
    (home / "recent.metadata.json").write_text('{"options":{"viewOn":"chunks"},"indexes":[],"type":"view"}')
    (home / "$admin.system.users.bson").write_bytes(b"")
    long_name = "x" * 300
    cut = f"{'x' * 208}%24oPpXMQ"
    (home / f"{cut}.bson").write_bytes(b"")
    (home / f"{cut}.metadata.json").write_text(dump.Part(long_name, (), PRIMARY).metadata())

    found = mongodump.read(root)

    assert (found.faults, found.metadata_faults) == ((), ())
    counts = {each.name: each.documents for each in found.collections}
    assert (counts["system.buckets.alone"], counts["both"], counts["system.buckets.both"]) == (1, 2, 1)
    names = {each.name for each in found.collections}
    assert {"café latté/1", long_name, *COUNTS} <= names
    series = {each.name: (each.kind, each.documents) for each in found.collections if each.kind}
    assert series == {"latency": ("timeseries", 1), "recent": ("view", 0)}


def test_folder_cut_between_two_documents_reads_cleanly(tmp_path: Path) -> None:
    """Why a folder needs a checksum and a count from outside."""
    root = _folder(tmp_path / "dump")
    (root / CHUNKS_BSON).write_bytes(b"".join(CHUNKS.documents[:-1]))

    found = mongodump.read(root)

    assert found.faults == ()
    assert {each.name: each.documents for each in found.collections}["chunks"] == 4
