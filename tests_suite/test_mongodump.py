"""Reading mongodump's archives and folders: what is whole passes, and each kind of damage is named with its place."""

from __future__ import annotations

import dataclasses
import gzip
import os
import tracemalloc
from datetime import UTC, datetime
from pathlib import Path

import bson
import pytest
from bson import DBRef, Decimal128, Int64, ObjectId, Regex, Timestamp
from bson.binary import Binary
from bson.code import Code
from bson.datetime_ms import DatetimeMS

from fixtures.backup import mongodump
from fixtures.backup.dump import Dump
from fixtures.reference import dump
from fixtures.reference.dump import Part
from tests_suite import dumps
from tests_suite.dumpdamages import CHUNK, DAMAGES, END, ZIPPED, Damage, odd
from tests_suite.dumps import ARCHIVE, CHUNKS, EXTRACTIONS, PARTS, SOURCES, replaced, whole


def _read(folder: Path, data: bytes) -> Dump:
    path = folder / "knowledge.archive"
    path.write_bytes(data)
    return mongodump.read(path)


def _messages(found: Dump) -> str:
    return "\n".join(finding.message for finding in found.faults)


@pytest.mark.parametrize("damage", DAMAGES, ids=[damage.name for damage in DAMAGES])
def test_damaged_archive_is_noticed_and_its_damage_named(damage: Damage, tmp_path: Path) -> None:
    assert damage.data not in (ARCHIVE, ZIPPED), "the damage changed nothing"

    messages = _messages(_read(tmp_path, damage.data))

    assert messages
    assert not [text for text in damage.says if text not in messages], messages


def test_damages_have_names_of_their_own() -> None:
    names = [damage.name for damage in DAMAGES]

    assert len(set(names)) == len(names)


METADATA: list[tuple[str, str]] = [
    ("", "metadata is no JSON"),
    ("{'indexes': []}", "metadata is no JSON"),
    ("[" * 100_000, "metadata is no JSON"),
    ("[]", "metadata is list; expected an object with indexes"),
    ("{}", "metadata has no list of indexes"),
    ('{"indexes": null}', "metadata has no list of indexes"),
    ('{"indexes": []}', "the index on _id is missing"),
    ('{"indexes": [{"key": {"a": 1}, "name": "a_1"}]}', "the index on _id is missing"),
    ('{"indexes": [{"key": {"_id": 1}}]}', "index 0 has no name"),
    ('{"indexes": [{"name": "_id_"}]}', "index '_id_' has no key"),
    ('{"indexes": [{"key": {"_id": 1}, "name": "_id_"}, {"key": {"a": 1}, "name": "_id_"}]}', "'_id_' is listed twice"),
    ('{"indexes": [{"key": {"_id": 1}, "name": "_id_"}], "collectionName": "other"}', "metadata are those of 'other'"),
]


@pytest.mark.parametrize(("text", "says"), METADATA)
def test_metadata_without_usable_indexes_are_noticed(text: str, says: str, tmp_path: Path) -> None:
    found = _read(tmp_path, dumps.with_metadata(text))

    assert not found.faults
    assert [says in finding.message for finding in found.metadata_faults].count(True) == 1, found.metadata_faults
    assert all(finding.message.startswith("knowledge.sources: ") for finding in found.metadata_faults)


HEALTHY: list[tuple[str, bytes, str]] = [
    ("plain", ARCHIVE, "archive"),
    ("gzipped", ZIPPED, "archive, gzipped"),
    ("gzipped in two members", gzip.compress(ARCHIVE[:500]) + gzip.compress(ARCHIVE[500:]), "archive, gzipped"),
    ("one collection after the other", dumps.blocks(*map(whole, PARTS)), "archive"),
    ("in turns of one document", dump.archive(PARTS, turn=1), "archive"),
    ("blocks without documents", dumps.blocks(dump.block(CHUNKS, ()), *map(whole, PARTS)), "archive"),
]


@pytest.mark.parametrize(("data", "form"), [row[1:] for row in HEALTHY], ids=[row[0] for row in HEALTHY])
def test_whole_archive_passes_with_its_counts(data: bytes, form: str, tmp_path: Path) -> None:
    found = _read(tmp_path, data)

    assert (found.faults, found.metadata_faults, found.form) == ((), (), form)
    assert {each.name: each.documents for each in found.collections} == {"sources": 3, "chunks": 5, "extractions": 6}
    assert found.collections[0].newest == dumps.INGESTED
    assert found.collections[1].indexes == ("_id_",)
    assert (found.server, found.tool) == (dump.SERVER, dump.TOOL)


def _entry_without_type(part: Part) -> bytes:
    entry = bson.decode(dump.entry(part))
    del entry["type"]
    return bson.encode(
        {**entry, "metadata": '{"options":{},"indexes":[{"v":1,"key":{"_id":1},"name":"_id_","ns":"k.s"}]}'}
    )


def test_old_archive_without_types_passes(tmp_path: Path) -> None:
    old = replaced(dump.entry(SOURCES), _entry_without_type(SOURCES))(ARCHIVE)

    assert _read(tmp_path, old).faults == ()


def test_oplog_users_and_empty_collections_pass(tmp_path: Path) -> None:
    stamp = datetime(2026, 1, 5, 2, 0, 9, tzinfo=UTC)
    entries = [bson.encode({"ts": Timestamp(int(stamp.timestamp()), 1), "op": "n", "ns": "", "o": {"msg": "periodic"}})]
    oplog = Part("oplog", tuple(entries), {}, database="")
    users = Part("$admin.system.users", (), {}, database="knowledge")
    parts = [*PARTS, dumps.part("empty", 0)]
    listed = [dump.entry(each) for each in parts]
    listed += [
        bson.encode({"db": each.database, "collection": each.name, "metadata": "", "size": 0, "type": ""})
        for each in (oplog, users)
    ]
    data = dump.prelude([])[:-4] + b"".join(listed) + END + b"".join(map(whole, [*parts, oplog, users]))

    found = _read(tmp_path, data)

    assert (found.faults, found.metadata_faults) == ((), ())
    assert {each.namespace: each.documents for each in found.collections}["oplog"] == 1
    assert {each.namespace: each.newest for each in found.collections}["oplog"] == stamp
    assert found.databases == ("knowledge",)


def test_time_series_and_views_pass(tmp_path: Path) -> None:
    series = dataclasses.replace(dumps.part("latency", 2), kind="timeseries", indexes={})
    view = dataclasses.replace(dumps.part("recent", 0), kind="view", indexes={})
    buckets = dataclasses.replace(series, name="system.buckets.latency")
    view_metadata = '{"options":{"viewOn":"chunks","pipeline":[]},"indexes":[],"collectionName":"recent","type":"view"}'
    entry = bson.encode(
        {"db": "knowledge", "collection": "recent", "metadata": view_metadata, "size": 0, "type": "view"}
    )
    data = dump.prelude([*PARTS, series])[:-4] + entry + END + b"".join(map(whole, [*PARTS, buckets, view]))

    found = _read(tmp_path, data)

    assert (found.faults, found.metadata_faults) == ((), ())
    assert [(each.name, each.kind, each.documents) for each in found.collections[3:]] == [
        ("latency", "timeseries", 2),
        ("recent", "view", 0),
    ]


def test_every_type_of_value_that_a_database_may_hold_passes(tmp_path: Path) -> None:
    values = {
        "id": ObjectId(),
        "far": DatetimeMS(9_223_372_036_854_775_807),
        "reference": DBRef("sources", 1),
        "decimal": Decimal128("1.10"),
        "pattern": Regex("(unclosed", "i"),
        "code": Code("f(x)", {"x": 1}),
        "plain code": Code("f()"),
        "old": Binary(b"1234", 2),
        "uuid": Binary(bytes(16), 3),
        "stamp": Timestamp(1, 2),
        "least": bson.MinKey(),
        "most": bson.MaxKey(),
        "": None,
        "big": Int64(1 << 62),
        "text": "with \0 and 🧠",
        "list": [[], {}, [True, False]],
    }
    undefined = b"\x0a\0\0\0\x06old\0\0"  # a type that only old versions wrote
    documents = [bson.encode(values), bson.encode({"_id": 1, "strange": {"$ref": 5, "$id": 1}}), undefined]
    part = dumps.with_documents(SOURCES, documents)

    found = _read(tmp_path, dumps.blocks(whole(part), whole(CHUNKS), whole(EXTRACTIONS)))

    assert _messages(found) == ""
    assert found.collections[0].documents == 3


def test_document_of_sixteen_megabytes_passes_and_a_larger_one_does_not(tmp_path: Path) -> None:
    def archive(size: int) -> bytes:
        large = bson.encode({"_id": 1, "text": "x" * size})
        return dumps.blocks(whole(dumps.with_documents(SOURCES, [large])), whole(CHUNKS), whole(EXTRACTIONS))

    assert _messages(_read(tmp_path, archive(16 * 1024 * 1024 - 100))) == ""
    assert "is no length that a document can have" in _messages(_read(tmp_path, archive(17 * 1024 * 1024)))


def test_ids_that_are_drawn_by_lot_tell_no_time(tmp_path: Path) -> None:
    documents = [bson.encode({"_id": ObjectId(b"\xf0" + bytes(11))})]
    part = dumps.with_documents(SOURCES, documents)

    found = _read(tmp_path, dumps.blocks(whole(part), whole(CHUNKS), whole(EXTRACTIONS)))

    assert found.collections[0].newest is None


def test_pipe_is_no_archive_and_keeps_nobody_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")

    found = mongodump.read(tmp_path / "pipe")

    assert "is no regular file" in _messages(found)


def test_digest_is_that_of_the_whole_file_however_damaged(tmp_path: Path) -> None:
    import hashlib

    data = ZIPPED + b"Uploaded by cron\n" + os.urandom(3_000_000)

    found = _read(tmp_path, data)

    assert found.sha256 == {"knowledge.archive": hashlib.sha256(data).hexdigest()}


def test_checksums_alone_are_compared_without_decoding(tmp_path: Path) -> None:
    path = tmp_path / "knowledge.archive"
    path.write_bytes(odd(replaced(b"chunks 1", b"chunks \xe9")(CHUNK)))

    assert not mongodump.read(path, decoding=False).faults
    assert mongodump.read(path).faults


def test_memory_does_not_grow_with_the_archive(tmp_path: Path) -> None:
    part = dumps.part("chunks", 100_000, topics=["rag", "retrieval"])
    data = dump.archive([part], turn=5000)
    (tmp_path / "large.archive").write_bytes(data)

    tracemalloc.start()
    found = mongodump.read(tmp_path / "large.archive")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert found.collections[0].documents == 100_000
    assert len(data) > 8_000_000
    assert peak < 5_000_000
