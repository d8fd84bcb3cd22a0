"""What is wrong inside a dump: at which byte, in which document and field, in whole sentences."""

from __future__ import annotations

import gzip
import hashlib
import json
import shutil
import struct
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import bson
import pytest
from bson import ObjectId, Timestamp

from fixtures.backup import dumpbytes, dumpfolder
from fixtures.backup.bsonfault import BsonFault, fault_in
from fixtures.backup.documents import Documents
from fixtures.backup.dump import Collection, Dump, Metadata, is_special, metadata_of
from fixtures.backup.dumpbytes import Damaged, Run, Source, runs
from fixtures.finding import Finding
from tests_suite import dumps
from tests_suite.dumps import replaced

EMPTY = b"\x05\0\0\0\0"
ONE = bson.encode({"a": 1})


def _document(body: bytes, size: int | None = None) -> bytes:
    return struct.pack("<i", len(body) + 5 if size is None else size) + body + b"\0"


def _text(content: bytes, size: int | None = None) -> bytes:
    return struct.pack("<i", len(content) if size is None else size) + content


# Documents, byte by byte

FAULTS: list[tuple[str, bytes, BsonFault | None]] = [
    ("empty", EMPTY, None),
    ("every type of one length", _document(b"".join(bytes([kind]) + b"a\0" + bytes(size) for kind, size in (
        (0x01, 8), (0x06, 0), (0x07, 12), (0x08, 1), (0x09, 8), (0x0A, 0), (0x10, 4), (0x11, 8), (0x12, 8), (0x13, 16),
        (0x7F, 0), (0xFF, 0)))), None),
    ("texts", _document(b"".join(bytes([kind]) + b"a\0" + _text(b"x\0") for kind in (0x02, 0x0D, 0x0E))), None),
    ("pointer", _document(b"\x0ca\0" + _text(b"x\0") + bytes(12)), None),
    ("pattern", _document(b"\x0ba\0x\0i\0"), None),
    ("scoped code", _document(b"\x0fa\0" + struct.pack("<i", 15) + _text(b"x\0") + EMPTY), None),
    ("old binary", _document(b"\x05a\0" + struct.pack("<i", 5) + b"\x02" + struct.pack("<i", 1) + b"x"), None),
    ("too short", b"\x04\0\0\0", BsonFault(0, "", "a document of 4 bytes where 4 are left")),
    ("no length", b"\x05\0", BsonFault(0, "", "a value of 4 bytes where 2 are left")),
    ("longer than it is", _document(b"", 6), BsonFault(0, "", "a document of 6 bytes where 5 are left")),
    ("shorter than it is", EMPTY + b"\0", BsonFault(0, "", "says it has 5 bytes; found 6")),
    ("no end", b"\x05\0\0\0\x01", BsonFault(4, "", "a document ends with 0x01; expected 0x00")),
    ("an end too early", _document(b"\0\0"), BsonFault(4, "", "a document ends 2 bytes before its length says")),
    ("no name", _document(b"\x0aab"), BsonFault(5, "", "a field's name has no end")),
    ("name", _document(b"\x0aa\xff\0"), BsonFault(6, "", "byte 0xff is not UTF-8")),
    ("unknown type", _document(b"\x14a\0"), BsonFault(4, "a", "type 0x14 is none that BSON has")),
    ("boolean", _document(b"\x08a\0\x02"), BsonFault(7, "a", "a boolean is 0x02; expected 0 or 1")),
    ("number cut", _document(b"\x10a\0\0\0\0"), BsonFault(7, "a", "a value of 4 bytes where 3 are left")),
    ("text of nothing", _document(b"\x02a\0" + _text(b"", 0)), BsonFault(7, "a", "a text of 0 bytes where 0 are left")),
    ("text too long", _document(b"\x02a\0" + _text(b"x\0", 3)),
     BsonFault(7, "a", "a text of 3 bytes where 2 are left")),
    ("text's end", _document(b"\x02a\0" + _text(b"xy")), BsonFault(12, "a", "a text ends with 0x79; expected 0x00")),
    ("text's bytes", _document(b"\x02a\0" + _text(b"x\xe9\0")), BsonFault(12, "a", "byte 0xe9 is not UTF-8")),
    ("binary", _document(b"\x05a\0" + struct.pack("<i", -1) + b"\0"), BsonFault(7, "a", "binary data of -1 bytes")),
    ("binary too long", _document(b"\x05a\0" + struct.pack("<i", 2) + b"\0x"),
     BsonFault(12, "a", "a value of 2 bytes where 1 are left")),
    ("old binary's length", _document(b"\x05a\0" + struct.pack("<i", 5) + b"\x02" + struct.pack("<i", 2) + b"x"),
     BsonFault(7, "a", "binary data of the old form contradicts its own length")),
    ("old binary without", _document(b"\x05a\0" + struct.pack("<i", 3) + b"\x02abc"),
     BsonFault(7, "a", "binary data of the old form contradicts its own length")),
    ("pattern's end", _document(b"\x0ba\0x"), BsonFault(7, "a", "a regular expression has no end")),
    ("pattern's options", _document(b"\x0ba\0x\0i"), BsonFault(9, "a", "a regular expression's options has no end")),
    ("pointer cut", _document(b"\x0ca\0" + _text(b"x\0") + bytes(11)),
     BsonFault(13, "a", "a value of 12 bytes where 11 are left")),
    ("scope", _document(b"\x0fa\0" + struct.pack("<i", 16) + _text(b"x\0") + EMPTY),
     BsonFault(7, "a", "code with a scope of 16 bytes where 15 are left")),
    ("scope of nothing", _document(b"\x0fa\0" + bytes(4)),
     BsonFault(7, "a", "code with a scope of 0 bytes where 4 are left")),
    ("in a scope", _document(b"\x0fa\0" + struct.pack("<i", 15) + _text(b"x\0") + b"\x05\0\0\0\x01"),
     BsonFault(21, "a", "a document ends with 0x01; expected 0x00")),
    ("deep inside", _document(b"\x03a\0" + _document(b"\x04b\0" + _document(b"\x08c\0\x03")) + b"\x0ad\0"),
     BsonFault(21, "a.b.c", "a boolean is 0x03; expected 0 or 1")),
    ("behind what was inside", _document(b"\x03a\0" + _document(b"\x03b\0" + EMPTY) + b"\x0ax\0\x14d\0"),
     BsonFault(23, "d", "type 0x14 is none that BSON has")),
]  # fmt: skip


@pytest.mark.parametrize(("document", "fault"), [row[1:] for row in FAULTS], ids=[row[0] for row in FAULTS])
def test_fault_of_a_document_has_its_byte_and_field(document: bytes, fault: BsonFault | None) -> None:
    assert fault_in(document) == fault


def test_documents_are_nested_200_levels_deep_at_most() -> None:
    def nested(levels: int) -> bytes:
        document = EMPTY
        for _ in range(levels - 1):
            document = _document(b"\x03a\0" + document)
        return document

    assert fault_in(nested(200)) is None
    assert fault_in(nested(201)) == BsonFault(1400, ".".join("a" * 200), "nested more than 200 levels deep")


# Runs of documents


def _cut(data: bytes, size: int, terminators: bool = True) -> tuple[list[tuple[int, bytes, bool]], str]:
    """What a stream in pieces of that size is cut into, and the damage that ends it."""
    pieces = [data[at : at + size] for at in range(0, len(data), size)]
    found = []
    try:
        for run in runs(iter(pieces), 100, terminators):
            found.append((run.offset, bytes(run.data), run.ended))
    except Damaged as damage:
        return found, f"{damage.offset}: {damage.message}"
    return found, ""


END = b"\xff\xff\xff\xff"
STREAMS: list[tuple[bytes, bool, list[tuple[int, bytes, bool]], str]] = [
    (b"", True, [], ""),
    (ONE + EMPTY, True, [(100, ONE + EMPTY, False)], ""),
    (ONE + END + EMPTY, True, [(100, ONE, True), (116, EMPTY, False)], ""),
    (END + END, True, [(100, b"", True), (104, b"", True)], ""),
    (ONE + END, False, [(100, ONE, False)], "112: -1 is no length that a document can have"),
    (ONE + b"\x04\0\0\0", True, [(100, ONE, False)], "112: 4 is no length that a document can have"),
    (ONE + ONE[:-1] + b"\x01", True, [(100, ONE, False)], "112: a document of 12 bytes does not end with a zero byte"),
    (ONE + ONE[:-1], True, [(100, ONE, False)], "112: ends in the middle of a document: 11 of 12 bytes"),
    (ONE + ONE[:3], True, [(100, ONE, False)], "112: ends in the middle of a document: 3 of unknown bytes"),
    (ONE + ONE[:4], True, [(100, ONE, False)], "112: ends in the middle of a document: 4 of 12 bytes"),
]


@pytest.mark.parametrize(("data", "terminators", "found", "says"), STREAMS)
def test_stream_is_cut_into_runs_of_whole_documents(
    data: bytes, terminators: bool, found: list[tuple[int, bytes, bool]], says: str
) -> None:
    assert _cut(data, 1000, terminators) == (found, says)
    for size in range(1, 14):
        pieces, damage = _cut(data, size, terminators)
        assert (b"".join(each[1] for each in pieces), damage) == (b"".join(each[1] for each in found), says)
        assert all(data[at - 100 :].startswith(piece) for at, piece, _ in pieces)


def test_largest_document_is_still_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dumpbytes, "LARGEST_DOCUMENT", 12)
    assert _cut(ONE, 5) == ([(100, ONE, False)], "")

    monkeypatch.setattr(dumpbytes, "LARGEST_DOCUMENT", 11)
    assert _cut(ONE, 50) == ([(100, b"", False)], "100: 12 is no length that a document can have")


def test_documents_of_a_run_have_their_offsets() -> None:
    assert list(Run(7, memoryview(ONE + EMPTY), False).documents()) == [(7, ONE), (19, EMPTY)]


def test_file_is_hashed_as_it_lies_on_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dumpbytes, "PIECE", 7)
    content = bytes(range(256)) * 3
    path = tmp_path / "file"
    for data, zipped in ((content, False), (gzip.compress(content), True), (gzip.compress(content) * 2, True)):
        path.write_bytes(data)
        source = Source(path)
        pieces = list(source.pieces(zipped))

        assert b"".join(pieces) == content * (2 if data.count(b"\x1f\x8b\x08") == 2 else 1)
        assert max(map(len, pieces)) <= 7
        assert (source.sha256, source.size) == (hashlib.sha256(data).hexdigest(), len(data))
        assert (source.zipped, source.first(3)) == (zipped, data[:3])


# Times and tallies


def _tally(*documents: dict[str, Any], decoding: bool = True) -> Documents:
    found = Documents()
    for each in documents:
        found.add(Run(0, memoryview(bson.encode(each)), False), decoding)
    return found


LATE, EARLY = datetime(2026, 1, 2, tzinfo=UTC), datetime(2025, 1, 2, tzinfo=UTC)
NEWEST: list[tuple[list[dict[str, Any]], datetime | None]] = [
    ([{}], None),
    ([{"created_at": LATE}, {"created_at": EARLY}], LATE),
    ([{"created_at": EARLY}, {"updated_at": "2026-01-02T00:00:00Z"}], LATE),
    ([{"ingested_at": "2025-01-02"}, {"extracted_at": EARLY}], EARLY),
    ([{"created_at": "soon", "other_at": LATE}], None),
    ([{"_id": ObjectId.from_datetime(LATE)}, {"_id": ObjectId.from_datetime(EARLY)}], LATE),
    ([{"_id": ObjectId.from_datetime(datetime.now(UTC) + timedelta(days=2))}, {"_id": "x"}], None),
    ([{"ts": Timestamp(LATE, 1)}, {"ts": Timestamp(EARLY, 2)}, {"ts": LATE}], LATE),
]


@pytest.mark.parametrize(("documents", "newest"), NEWEST)
def test_newest_writing_is_the_latest_that_documents_name(
    documents: list[dict[str, Any]], newest: datetime | None
) -> None:
    data = b"".join(map(bson.encode, documents))
    together = Documents()
    together.add(Run(0, memoryview(data), False))

    assert _tally(*documents).newest == together.newest == newest
    assert (together.count, together.size, together.faults) == (len(documents), len(data), [])


def test_documents_are_counted_only_where_they_are_decoded() -> None:
    found = _tally({"a": 1}, {"a": 2}, decoding=False)

    assert (found.count, found.size, found.newest) == (0, 24, None)
    assert found.crc == _tally({"a": 1}, {"a": 2}).crc == dumps.signed(ONE + bson.encode({"a": 2})) % (1 << 64)


def test_documents_that_do_not_decode_are_named_up_to_five() -> None:
    wrong = replaced(b"\x10a", b"\x14a")(ONE)
    found = Documents()
    found.add(Run(0, memoryview(ONE + wrong), False))
    found.add(Run(1000, memoryview(wrong * 5), False))
    named = [f"document {n}, field 'a', byte {at}: type 0x14 is none that BSON has"
             for n, at in ((2, 16), (3, 1004), (4, 1016), (5, 1028), (6, 1040))]  # fmt: skip

    assert found.faults == [*named, "1 more documents cannot be decoded"]
    assert (found.count, found.undecodable) == (7, 6)


# Metadata and folders

PRIMARY = '{"key": {"_id": 1}, "name": "_id_"}'
ID_MISSING = "the index on _id is missing; every collection has one"
NO_LIST = "metadata has no list of indexes; a restore would leave the collection without any"
METADATA: list[tuple[str, Metadata]] = [
    (f'{{"indexes": [{PRIMARY}], "collectionName": "x"}}', Metadata("x", "", ("_id_",), ())),
    (f'{{"indexes": [{PRIMARY}], "collectionName": 5, "type": "collection"}}', Metadata(None, "", ("_id_",), ())),
    ('{"indexes": [], "type": "view"}', Metadata(None, "view", (), ())),
    ('{"indexes": [], "options": {"viewOn": "x"}}', Metadata(None, "view", (), ())),
    ('{"indexes": [], "options": {"timeseries": {}}, "type": "collection"}', Metadata(None, "timeseries", (), ())),
    ('{"indexes": [], "options": [], "type": "timeseries"}', Metadata(None, "timeseries", (), ())),
    ('{"options": {}}', Metadata(None, "", (), (NO_LIST,))),
    ("[]", Metadata(None, "", (), ("metadata is list; expected an object with indexes",))),
    (
        '{"indexes": [5, {"name": ""}, {"name": "a"}, {"name": "b", "key": {}}, {"name": "c", "key": {"c": 1}}, '
        '{"name": "c", "key": {"d": 1}}, {"name": "d", "key": {"d": 1}}]}',
        Metadata(
            None,
            "",
            ("c", "d"),
            ("index 0 has no name", "index 1 has no name", "index 'a' has no key", "index 'b' has no key",
             "index 'c' is listed twice", ID_MISSING),
        ),
    ),
    *((f'{{"indexes": [{{"key": {{"_id": {value}}}, "name": "_id_"}}]}}', Metadata(None, "", ("_id_",), ()))
      for value in ('{"$numberInt": "1"}', '{"$numberLong": "1"}', '{"$numberDouble": "1.0"}', "1.0")),
]  # fmt: skip


@pytest.mark.parametrize(("text", "metadata"), METADATA)
def test_metadata_give_kind_and_indexes(text: str, metadata: Metadata) -> None:
    assert metadata_of(text) == metadata


def test_collections_of_mongodb_itself_are_told_from_users() -> None:
    special = [("", "oplog"), ("k", "system.users"), ("k", "$admin.x"), ("admin", "x"), ("config", "x"), ("local", "x")]

    assert all(is_special(*each) for each in special)
    assert not any(is_special("k", name) for name in ("x", "my.system.x", "admin"))


FOLDERS: list[tuple[str, Callable[[Path], object], list[Finding], list[Finding]]] = [
    ("whole", lambda home: None, [], []),
    ("cut", lambda home: (home / "a.bson").write_bytes(ONE + ONE[:5]),
     [Finding("k/a.bson", None, "k.a: byte 12: ends in the middle of a document: 5 of 12 bytes, after 1 documents")],
     []),
    ("undecodable", lambda home: (home / "a.bson").write_bytes(replaced(b"\x10a", b"\x14a")(ONE)),
     [Finding("k/a.bson", None, "k.a: document 1, field 'a', byte 4: type 0x14 is none that BSON has")], []),
    ("no documents", lambda home: (home / "a.bson").unlink(),
     [Finding("k/a.metadata.json", None, "has no .bson file beside it: the documents are missing")], []),
    ("no metadata", lambda home: (home / "a.metadata.json").unlink(), [],
     [Finding("k/a.bson", None, "has no .metadata.json beside it: its indexes would be lost")]),
    ("metadata of another", lambda home: (home / "a.metadata.json").write_text(
        f'{{"indexes": [{PRIMARY}], "collectionName": "b"}}'), [],
     [Finding("k/a.metadata.json", None, "metadata are those of 'b'")]),
    ("not UTF-8", lambda home: (home / "a.metadata.json").write_bytes(b'"\xff"'),
     [Finding("k/a.metadata.json", None, "byte 1 is not UTF-8; expected JSON")],
     [Finding("k/a.metadata.json", None, "metadata cannot be read")]),
    ("twice", lambda home: (home / "a.bson.gz").write_bytes(gzip.compress(ONE)),
     [Finding("k/a.bson", None, "is there twice, as k/a.bson and k/a.bson.gz; which one counts?")], []),
    ("too deep", lambda home: shutil.copytree(home, home / "x"),
     [Finding(f"k/x/{name}", None, "lies deeper than a database's folder; mongorestore would not find it")
      for name in ("a.bson", "a.metadata.json")], []),
    ("a list as prelude", lambda home: (home.parent / "prelude.json").write_text("[]"), [], []),
]  # fmt: skip


def _folder(root: Path) -> Path:
    home = root / "dump" / "k"
    home.mkdir(parents=True)
    (home / "a.bson").write_bytes(ONE)
    (home / "a.metadata.json").write_text(f'{{"indexes": [{PRIMARY}], "collectionName": "a"}}', encoding="utf-8")
    return home


@pytest.mark.parametrize(
    ("breaks", "faults", "metadata"), [row[1:] for row in FOLDERS], ids=[row[0] for row in FOLDERS]
)
def test_fault_of_a_folder_has_its_file(
    breaks: Callable[[Path], object], faults: list[Finding], metadata: list[Finding], tmp_path: Path
) -> None:
    home = _folder(tmp_path)
    breaks(home)

    found = dumpfolder.read(home.parent)

    assert (list(found.faults), list(found.metadata_faults)) == (faults, metadata)
    files = {path.relative_to(home.parent).as_posix(): path for path in home.parent.rglob("*") if path.is_file()}
    assert found.sha256 == {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in files.items()}


def test_whole_folder_is_read_with_everything_that_it_says(tmp_path: Path) -> None:
    home = _folder(tmp_path)
    (home.parent / "prelude.json").write_text(json.dumps({"ServerVersion": "8.0.1", "ToolVersion": "100.9"}))
    (home / "notes.txt").write_bytes(b"x")

    found = dumpfolder.read(home.parent)

    one = Collection("k", "a", "", 1, 12, ("_id_",), None)
    assert found == Dump(home.parent, "folder", "8.0.1", "100.9", (one,), (), (), found.sha256)
    assert list(found.sha256) == ["prelude.json", "k/notes.txt", "k/a.metadata.json", "k/a.bson"]
    assert dumpfolder.digest_of({"b": "2", "a": "1"}) == hashlib.sha256(b"1  a\n2  b\n").hexdigest()
    assert dumpfolder.digest_of({"caf\udce9": "1"}) == hashlib.sha256(b"1  caf\xe9\n").hexdigest()


def test_files_and_metadata_of_a_folder_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = _folder(tmp_path)
    size = (home / "a.metadata.json").stat().st_size
    monkeypatch.setattr(dumpfolder, "MOST_FILES", 2)
    monkeypatch.setattr(dumpfolder, "LONGEST_METADATA", size)
    assert dumpfolder.read(home.parent).faults == ()

    monkeypatch.setattr(dumpfolder, "LONGEST_METADATA", size - 1)
    (home / "z.txt").write_bytes(b"")
    assert [each.message for each in dumpfolder.read(home.parent).faults] == [
        "holds more than 2 files; expected a dump",
        f"longer than {size - 1} bytes; expected metadata",
    ]
