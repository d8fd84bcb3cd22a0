"""Faults of the backup of the knowledge database (1.1.3), and backups that are odd and must pass all the same."""

from __future__ import annotations

import gzip
import hashlib
import os
import shutil
import socket
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import bson
import pymongo

from fixtures.reference import dump
from fixtures.reference.dump import Part
from tests_suite import mongoserver
from tests_suite.faults.world import Fault, World

PASSWORD = "hunter-two-and-three"
LOG = "{time}\tdone dumping {name} ({count} documents)\n"


def store(world: World, parts: Sequence[Part] | None = None) -> None:
    """Give a world its backup: an archive with a checksum beside it and a copy in another place."""
    made = dump.make(world.root, parts)
    world.target["backup"] = {
        "path": str(made.archive.relative_to(world.root)),
        "copies": [str(made.copy.relative_to(world.root))],
        "taken_at": (datetime.now(UTC) - timedelta(seconds=1)).isoformat(),
    }


def archive(world: World) -> Path:
    """The backup's archive."""
    return world.root / str(world.target["backup"]["path"])


def rewrite(world: World, data: bytes) -> None:
    """Put other bytes into the archive, its copy and its checksum: the backup was made like that."""
    path = archive(world)
    for place in (path, world.root / world.target["backup"]["copies"][0]):
        place.write_bytes(data)
    path.with_name(f"{path.name}.sha256").write_text(f"{hashlib.sha256(data).hexdigest()}  {path.name}\n")


def _unpacked(world: World) -> bytes:
    return gzip.decompress(archive(world).read_bytes())


def _made_of(change: Callable[[list[Part]], Sequence[Part]]) -> Callable[[World], None]:
    """The backup as if the database had been another one."""
    return lambda world: store(world, change(dump.knowledge()))


def _with(change: Callable[[bytes], bytes]) -> Callable[[World], None]:
    """The backup as if mongodump had written other bytes."""
    return lambda world: rewrite(world, gzip.compress(change(_unpacked(world)), mtime=0))


def _target(**changes: Any) -> Callable[[World], None]:
    return lambda world: world.target["backup"].update(changes)


def _taken(hours: float) -> Callable[[World], None]:
    """The target says that the backup was taken so many hours ago."""
    return lambda world: world.target["backup"].update(taken_at=_ago(hours=hours))


def _ago(**ago: float) -> str:
    return (datetime.now(UTC) - timedelta(**ago)).isoformat()


def _flip(world: World) -> None:
    data = bytearray(archive(world).read_bytes())
    data[len(data) // 2] ^= 0x10
    rewrite(world, bytes(data))


def _bad_document(parts: list[Part]) -> list[Part]:
    chunks = parts[1]
    bad = chunks.documents[7].replace(b"retrieval", b"retr\xffeval", 1)
    return [parts[0], replace(chunks, documents=(*chunks.documents[:7], bad, *chunks.documents[8:])), parts[2]]


def _no_indexes(parts: list[Part]) -> list[Part]:
    return [parts[0], replace(parts[1], indexes={}), parts[2]]


def _newer_document(parts: list[Part]) -> list[Part]:
    late = bson.encode({"_id": "src-999", "ingested_at": datetime.now(UTC) + timedelta(hours=2)})
    return [replace(parts[0], documents=(*parts[0].documents, late)), *parts[1:]]


def _old_file(world: World) -> None:
    long_ago = time.time() - 40 * 3600
    os.utime(archive(world), (long_ago, long_ago))


def _old_and_unsaid(world: World) -> None:
    _old_file(world)
    del world.target["backup"]["taken_at"]


def _gone(world: World) -> None:
    archive(world).unlink()


def _no_checksum(world: World) -> None:
    archive(world).with_name(f"{archive(world).name}.sha256").unlink()


def _changed_since(world: World) -> None:
    """Other bytes that are a good archive, too: only the checksum tells."""
    archive(world).write_bytes(gzip.compress(_unpacked(world), mtime=1))
    shutil.copy(archive(world), world.root / world.target["backup"]["copies"][0])


def _copy_is_link(world: World) -> None:
    copy = world.root / world.target["backup"]["copies"][0]
    copy.unlink()
    copy.symlink_to(archive(world))


def _copy_is_older(world: World) -> None:
    copy = world.root / world.target["backup"]["copies"][0]
    copy.write_bytes(gzip.compress(dump.archive(dump.knowledge()[:2]), mtime=0))


def folder(
    world: World,
    change: Callable[[Path], object] = lambda root: None,
    log: bool = True,
    parts: Sequence[Part] | None = None,
) -> None:
    """The backup as a folder, with checksums of what is in it after `change`."""
    root = world.root / "backups" / "dump"
    parts = parts or dump.knowledge()
    dump.write_folder(root, parts)
    change(root)
    files = sorted(path for path in root.rglob("*") if path.is_file())
    lines = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(root)}\n" for path in files]
    (root / "SHA256SUMS").write_text("".join(lines), encoding="utf-8")
    world.target["backup"] = {"path": "backups/dump", "taken_at": _ago(seconds=1)}
    if log:
        text = "".join(
            LOG.format(time=_said(), name=f"{part.database}.{part.name}", count=len(part.documents)) for part in parts
        )
        (world.root / "mongodump.log").write_text(text, encoding="utf-8")
        world.target["backup"]["log"] = "mongodump.log"


def _said(**ago: float) -> str:
    """A point in time as mongodump writes it."""
    return (datetime.now(UTC) - timedelta(**ago)).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "+0000"


def _cut_between_documents(root: Path) -> None:
    path = root / "knowledge" / "chunks.bson"
    path.write_bytes(b"".join(dump.knowledge()[1].documents[:-1]))


def _killed(world: World) -> None:
    """mongodump was killed while it wrote the chunks, and whoever started it summed up what was there."""
    folder(
        world,
        lambda root: (root / "knowledge" / "chunks.bson").write_bytes(b"".join(dump.knowledge()[1].documents[:3])),
    )
    log = world.root / "mongodump.log"
    lines = log.read_text(encoding="utf-8").splitlines(keepends=True)
    log.write_text("".join(line for line in lines if ".chunks " not in line), encoding="utf-8")


def _only_the_first_line(world: World) -> None:
    _killed(world)
    line = f"{_said()}\twriting knowledge.sources to backups/dump/knowledge/sources.bson\n"
    (world.root / "mongodump.log").write_text(line, encoding="utf-8")


def _appended(world: World) -> None:
    """cron appends to the log: two nights before it was refused, last night there were fewer documents."""
    folder(world)
    del world.target["backup"]["taken_at"]
    log = world.root / "mongodump.log"
    before = f"{_said(hours=49)}\tFailed: can't create session: connection refused\n"
    before += "".join(
        LOG.format(time=_said(hours=25), name=f"knowledge.{part.name}", count=len(part.documents) - 1)
        for part in dump.knowledge()
    )
    log.write_text(before + log.read_text(encoding="utf-8"), encoding="utf-8")


def _two_databases(world: World) -> None:
    """The dump has the knowledge database, empty, and somebody's own beside it, full."""
    parts = dump.knowledge()
    empty = [replace(part, documents=()) for part in parts]
    folder(world, log=False, parts=[*empty, *(replace(part, database="dev_knowledge") for part in parts)])


def _part_of_another_database(world: World) -> None:
    extra = replace(dump.knowledge()[0], database="library")
    folder(world, parts=[*dump.knowledge(), extra])


def _damaged_after_the_checksum(world: World) -> None:
    folder(world, log=False)
    _cut_between_documents(world.root / "backups" / "dump")


# The running database


def database(world: World, changed: Callable[[Any], object] = lambda database: None) -> None:
    """A running database with the reference knowledge base, changed as a fault wants it; the backup comes after it."""
    uri = world.running.enter_context(mongoserver.running())
    with pymongo.MongoClient[Any](uri) as client:
        for part in dump.knowledge():
            client.knowledge[part.name].insert_many([bson.decode(document) for document in part.documents])
            for name, key in part.indexes.items():
                client.knowledge[part.name].create_index(list(key.items()), name=name)
        changed(client.knowledge)
    time.sleep(2.1)  # the oplog counts in seconds
    store(world)
    world.target["database"] = {"uri": f"{uri}/knowledge"}


def _lost_documents(world: World) -> None:
    database(world, lambda live: live.chunks.insert_one({"_id": "chk-9999"}))


def _lost_index(world: World) -> None:
    database(world, lambda live: live.extractions.create_index("topics", name="by_topic"))


def _written_later(world: World) -> None:
    database(world)
    time.sleep(2.1)
    with pymongo.MongoClient[Any](world.target["database"]["uri"]) as client:
        client.knowledge.sources.update_one({}, {"$set": {"status": "stale"}})


def _unreachable(world: World) -> None:
    closed = world.running.enter_context(socket.socket())
    closed.bind((mongoserver.HOST, 0))
    host = f"{mongoserver.HOST}:{closed.getsockname()[1]}"
    world.target["database"] = {"uri": f"mongodb://gate:{PASSWORD}@{host}/knowledge"}


def _fault(name: str, breaks: Callable[[World], None], *says: str, outcome: str = "failed") -> Fault:
    return Fault(name, breaks, {"1.1.3": outcome}, says, gate="verification", seconds=60.0)


FAULTS = [
    _fault(
        "the target names no backup", lambda world: world.target.pop("backup"), "not testable: the target provides no"
    ),
    _fault("the backup is not there", _gone, "knowledge.archive.gz: does not exist; expected what mongodump wrote"),
    _fault("the backup is empty", lambda world: rewrite(world, b""), "byte 0: is empty"),
    _fault("the backup is no archive", lambda world: rewrite(world, b"PK\x03\x04"), "a ZIP file; unpack it first"),
    _fault("the upload broke off", lambda world: rewrite(world, archive(world).read_bytes()[:-999]), "breaks off"),
    _fault("a bit of the file changed before its checksum was taken", _flip, "gzip: "),
    _fault("mongodump was killed", _with(lambda data: data[:90_000]), "middle of a document", "never comes to its end"),
    _fault("a document is damaged", _with(lambda data: data.replace(b"linear", b"linera", 1)), "CRC-64"),
    _fault(
        "the database held a damaged document", _made_of(_bad_document), "chunks: document 8, field 'content', byte"
    ),
    _fault("a collection is missing", _made_of(lambda parts: parts[:2]), "knowledge.extractions: is not in the backup"),
    _fault(
        "a collection is empty",
        _made_of(lambda parts: dump.emptied(parts, "sources")),
        "knowledge.sources: is in the backup without a single document",
    ),
    _fault(
        "another database was dumped",
        lambda world: world.target.update(database={"name": "library"}),
        "library.sources: is not in the backup; it has none",
    ),
    _fault(
        "the indexes are not in the metadata", _made_of(_no_indexes), "knowledge.chunks: the index on _id is missing"
    ),
    _fault("the backup is 30 hours old", _taken(30), "backup age: 30 h, the limit is ≤ 24 h"),
    _fault("the backup is still to come", _taken(-3), "that is still to come"),
    _fault("an older backup goes by today's name", _old_file, "but last written to at", "this is an older backup"),
    _fault("nobody says when the backup was taken, and it is old", _old_and_unsaid, "backup age: 40 h"),
    _fault("a document is newer than the backup", _made_of(_newer_document), "knowledge.sources: has a document of"),
    _fault("there is no checksum", _no_checksum, "knowledge.archive.gz.sha256", "does not exist"),
    _fault("the backup was changed after its checksum was taken", _changed_since, "the sha256 recorded is"),
    _fault(
        "the other place has nothing",
        _target(copies=["nowhere/knowledge.archive.gz"]),
        "does not exist; expected a copy",
    ),
    _fault("the other place has a link", _copy_is_link, "is the backup itself under another name, and lost with it"),
    _fault("the other place has an older backup", _copy_is_older, "differs from the backup in"),
    _fault(
        "a folder was cut between two documents while it was written",
        lambda world: folder(world, _cut_between_documents),
        "knowledge.chunks: 125 documents in the backup, 126 by mongodump's log",
    ),
    _fault(
        "a folder was cut between two documents later", _damaged_after_the_checksum, "chunks.bson: the sha256 recorded"
    ),
    _fault(
        "a folder lacks the documents of a collection",
        lambda world: folder(world, lambda root: (root / "knowledge" / "sources.bson").unlink()),
        "has no .bson file beside it",
        "knowledge.sources: is not in the backup",
    ),
    _fault(
        "mongodump was killed while it wrote a folder",
        _killed,
        "does not say 'done dumping knowledge.chunks', which is in the backup",
    ),
    _fault(
        "mongodump's log has but its first line",
        _only_the_first_line,
        "does not say 'done dumping knowledge.chunks'",
        "does not say 'done dumping knowledge.sources'",
    ),
    _fault(
        "two databases of the dump could be the knowledge database",
        _two_databases,
        "dev_knowledge and knowledge could each be the knowledge database; say which one it is (database.name in",
    ),
    _fault(
        "another database has some of the collections, too",
        _part_of_another_database,
        "library has sources, too; knowledge was taken for the knowledge database",
        outcome="degraded",
    ),
    _fault(
        "nobody says how much a folder should hold",
        lambda world: folder(world, log=False),
        "nothing says how many documents the folder should hold",
        outcome="degraded",
    ),
    _fault(
        "nobody says when the backup was taken",
        lambda world: world.target["backup"].pop("taken_at"),
        "when it was taken is known only by a file's time",
        outcome="degraded",
    ),
]
LIVE_FAULTS = [
    _fault("the database has more documents", _lost_documents, "chunks: 126 documents in the backup, 127 by 127.0.0.1"),
    _fault(
        "the database has an index that the backup lacks", _lost_index, "extractions: index 'by_topic' of 127.0.0.1"
    ),
    _fault("the database was written to after the backup", _written_later, "knowledge.sources: was written to at"),
    _fault("the database cannot be reached", _unreachable, "expected a MongoDB that answers"),
]
ODDITIES = [
    _fault("the backup is a folder", folder, outcome="passed"),
    _fault("mongodump's log has the nights before, too", _appended, outcome="passed"),
    _fault("the backup is a plain archive", lambda world: rewrite(world, _unpacked(world)), outcome="passed"),
    _fault("the backup has one place", lambda world: world.target["backup"].pop("copies"), outcome="passed"),
    _fault(
        "the checksum lies elsewhere",
        lambda world: world.target["backup"].update(
            checksum=str(shutil.move(archive(world).with_name(f"{dump.NAME}.sha256"), world.root / "sums.txt"))
        ),
        outcome="passed",
    ),
    _fault("the database runs and has what the backup has", database, outcome="passed"),
]
