"""What is wrong with an archive of mongodump, in whole sentences and with its byte; and with copies of a backup."""

from __future__ import annotations

import dataclasses
import gzip
import hashlib
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import bson
import fastcrc
import pytest

from fixtures.backup import backup as checks
from fixtures.backup import mongodump
from fixtures.backup.backup import Backup
from fixtures.backup.backuptarget import BackupTarget
from fixtures.backup.dump import Collection, Dump
from fixtures.finding import Finding
from fixtures.reference import dump as writer
from tests_suite import dumps
from tests_suite.dumps import ARCHIVE, CHUNKS, EXTRACTIONS, INGESTED, PARTS, PRELUDE, SOURCES, header, whole

NAME = "knowledge.archive"
END = b"\xff\xff\xff\xff"
USERS = dataclasses.replace(CHUNKS, name="users")


def _read(folder: Path, data: bytes, decoding: bool = True) -> Dump:
    (folder / NAME).write_bytes(data)
    return mongodump.read(folder / NAME, decoding)


def _crc(documents: tuple[bytes, ...]) -> str:
    return f"{fastcrc.crc64.xz(b''.join(documents)):016x}"


def test_whole_archive_is_read_with_everything_that_it_says(tmp_path: Path) -> None:
    found = _read(tmp_path, ARCHIVE)

    newest = {"sources": INGESTED}
    assert found == Dump(
        tmp_path / NAME,
        "archive",
        writer.SERVER,
        writer.TOOL,
        tuple(
            Collection("knowledge", each.name, "", len(each.documents), len(b"".join(each.documents)), ("_id_",),
                       newest.get(each.name))
            for each in PARTS
        ),
        (),
        (),
        {NAME: hashlib.sha256(ARCHIVE).hexdigest()},
    )  # fmt: skip
    assert [each.documents for each in _read(tmp_path, ARCHIVE, decoding=False).collections] == [0, 0, 0]
    assert (found.databases, found.of_database("other")) == (("knowledge",), {})
    assert list(found.of_database("knowledge")) == ["sources", "chunks", "extractions"]


REST = "never comes to its end"
BEFORE = [f"knowledge.{name}: nothing can be read before its first document: the collection {REST}"
          for name in ("sources", "chunks", "extractions")]  # fmt: skip
HEADER_END = len(PRELUDE)
STRANGER = "expected 6d e2 99 81 at its start"
BROKEN = "breaks off in {}; expected FF FF FF FF and the rest"
FORM = "the header of a block does not have db, collection, EOF and CRC, and nothing else"
FIRST = f"byte {HEADER_END}: "


def _block(**fields: object) -> bytes:
    return PRELUDE + header(
        **{"db": "knowledge", "collection": "sources", "EOF": False, "CRC": bson.Int64(0), **fields}
    )


FAULTS: list[tuple[str, bytes, list[str]]] = [
    ("nothing", b"", ["byte 0: is empty; expected an archive that mongodump wrote"]),
    ("a text", b"text", [f"byte 0: no archive of mongodump (starts with 74 65 78 74); {STRANGER}"]),
    ("the magic number", writer.MAGIC, [
        "ends within the prelude; expected the list of collections and their documents"]),
    ("another order", writer.MAGIC[::-1], [
        f"byte 0: no archive of mongodump (an archive with its bytes in the wrong order); {STRANGER}"]),
    ("age", b"age-encryption.org/v1", [
        f"byte 0: no archive of mongodump (encrypted with age; name the copy that can be read); {STRANGER}"]),
    ("no header", writer.MAGIC + END, ["byte 4: the prelude has no header"]),
    ("no collection", writer.prelude([]), ["the prelude lists no collection: a dump of nothing"]),
    ("cut in the prelude", PRELUDE[:-4], [BROKEN.format("the prelude"), *BEFORE]),
    ("the prelude alone", PRELUDE, [each.replace("nothing can be read", "the archive ends") for each in BEFORE]),
    ("a terminator", PRELUDE + END, [f"{FIRST}a terminator where a block has to begin", *BEFORE]),
    ("cut in a block", PRELUDE + writer.block(SOURCES, SOURCES.documents)[:-4], [
        BROKEN.format("a block of knowledge.sources"),
        BEFORE[0].replace("before its first document", "after 3 documents"), *BEFORE[1:]]),
    ("a block without EOF", PRELUDE + header(db="knowledge", collection="sources", CRC=bson.Int64(0)), [
        f"{FIRST}{FORM}", *BEFORE]),
    ("a block with more", _block(more=1), [f"{FIRST}{FORM}", *BEFORE]),
    ("a database of bytes", _block(db=b"x"), [f"{FIRST}{FORM}", *BEFORE]),
    ("a collection of bytes", _block(collection=5), [f"{FIRST}{FORM}", *BEFORE]),
    ("an end of text", _block(EOF="x"), [f"{FIRST}{FORM}", *BEFORE]),
    ("a CRC of text", _block(CRC="x"), [f"{FIRST}{FORM}", *BEFORE]),
    ("a CRC too early", _block(CRC=bson.Int64(5)) + END + b"".join(map(whole, PARTS)), [
        f"knowledge.sources: {FIRST}a block that is not the last one has a CRC"]),
    ("a stranger", PRELUDE + whole(USERS) + b"".join(map(whole, PARTS)), [
        f"knowledge.users: {FIRST}has a block, but the prelude does not list it"]),
    ("an end marker twice", ARCHIVE + writer.end(EXTRACTIONS), [
        f"knowledge.extractions: byte {len(ARCHIVE)}: goes on behind its end"]),
    ("another CRC", PRELUDE + writer.block(SOURCES, SOURCES.documents) + writer.end(SOURCES, 1)
     + b"".join(map(whole, PARTS[1:])), [
        f"knowledge.sources: byte {HEADER_END + len(writer.block(SOURCES, SOURCES.documents))}: "
        f"the documents' CRC-64 is {_crc(SOURCES.documents)}, the end marker says 0000000000000001: "
        "documents are damaged, missing or too many"]),
    ("documents behind the end", PRELUDE + whole(SOURCES)[:-4] + CHUNKS.documents[0] + END
     + b"".join(map(whole, PARTS[1:])), [
        f"knowledge.sources: byte {HEADER_END + len(whole(SOURCES)) - 4}: "
        "documents stand behind the collection's end"]),
]  # fmt: skip


@pytest.mark.parametrize(("data", "says"), [row[1:] for row in FAULTS], ids=[row[0] for row in FAULTS])
def test_everything_that_is_wrong_with_an_archive_is_told(data: bytes, says: list[str], tmp_path: Path) -> None:
    assert _read(tmp_path, data).faults == tuple(Finding(NAME, None, each) for each in says)


def _entry(**fields: object) -> bytes:
    first = bson.decode(writer.entry(SOURCES))
    return dumps.prelude_with({**first, **fields})


ENTRIES: list[tuple[str, bytes, str]] = [
    ("no metadata", _entry(metadata=""), "metadata is no JSON: Expecting value: line 1 column 1 (char 0)"),
    ("metadata of no text", _entry(metadata=5), "has no metadata; its indexes would be lost"),
    ("metadata of another", _entry(metadata=CHUNKS.metadata()), "metadata are those of 'chunks'"),
]


@pytest.mark.parametrize(("data", "says"), [row[1:] for row in ENTRIES], ids=[row[0] for row in ENTRIES])
def test_entry_of_the_prelude_has_metadata_of_its_own(data: bytes, says: str, tmp_path: Path) -> None:
    found = _read(tmp_path, data)

    assert found.faults == ()
    assert found.metadata_faults == (Finding(NAME, None, f"knowledge.sources: {says}"),)


def test_metadata_and_list_of_collections_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    longest = max(len(bson.decode(writer.entry(each))["metadata"]) for each in PARTS)
    monkeypatch.setattr(mongodump, "LONGEST_METADATA", longest)
    monkeypatch.setattr(mongodump, "MOST_COLLECTIONS", 3)
    assert (_read(tmp_path, ARCHIVE).faults, _read(tmp_path, ARCHIVE).metadata_faults) == ((), ())

    monkeypatch.setattr(mongodump, "LONGEST_METADATA", longest - 1)
    monkeypatch.setattr(mongodump, "MOST_COLLECTIONS", 2)
    found = _read(tmp_path, ARCHIVE)
    last = PRELUDE.index(writer.entry(EXTRACTIONS))
    assert found.faults[0] == Finding(NAME, None, f"byte {last}: the prelude lists more than 2 collections")


# Copies of a backup


def _linked(copy: Path, own: Path) -> None:
    os.link(own, copy)


COPIES: list[tuple[str, Callable[[Path, Path], object], str]] = [
    ("whole", lambda copy, own: shutil.copy(own, copy), ""),
    ("gone", lambda copy, own: None, "does not exist"),
    ("a link", _linked, "is the backup itself under another name, and lost with it"),
    ("a folder", lambda copy, own: copy.mkdir(), "is of another kind"),
    ("a pipe", lambda copy, own: os.mkfifo(copy), "is no regular file; expected one that mongodump wrote"),
    ("other bytes", lambda copy, own: copy.write_bytes(b"x"), "differs from the backup in copy"),
]


@pytest.mark.parametrize(("stores", "says"), [row[1:] for row in COPIES], ids=[row[0] for row in COPIES])
def test_copy_of_a_backup_is_one(stores: Callable[[Path, Path], object], says: str, tmp_path: Path) -> None:
    own, copy = tmp_path / NAME, tmp_path / "far" / "copy"
    copy.parent.mkdir()
    own.write_bytes(gzip.compress(ARCHIVE))
    stores(copy, own)
    beside = tmp_path / "beside"
    shutil.copy(own, beside)

    found = checks.place_findings(Backup(BackupTarget(own, copies=(copy, beside))))

    assert found[-1] == Finding(
        str(beside),
        None,
        f"lies in the same folder as the backup, and is lost with it; expected a copy of {own}",
    )
    assert found[:-1] == ([Finding(str(copy), None, f"{says}; expected a copy of {own}")] if says else [])


def test_copy_of_a_folder_differs_in_up_to_five_files_that_are_named(tmp_path: Path) -> None:
    own, copy = tmp_path / "dump", tmp_path / "far" / "dump"
    writer.write_folder(own, PARTS)
    shutil.copytree(own, copy)
    found = Backup(BackupTarget(own, copies=(copy,)))
    assert checks.place_findings(found) == []

    for path in copy.rglob("*.bson"):
        path.unlink()
    for number in range(4):
        (copy / f"more-{number}").write_bytes(b"")

    names = "knowledge/chunks.bson, knowledge/extractions.bson, knowledge/sources.bson, more-0, more-1"
    assert checks.place_findings(found) == [
        Finding(str(copy), None, f"differs from the backup in {names}; expected a copy of {own}")
    ]
