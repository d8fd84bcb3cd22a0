"""Kinds of damage to an archive of mongodump, and what the findings have to say of each."""

from __future__ import annotations

import bz2
import dataclasses
import gzip
import io
import lzma
import tarfile
import zipfile
from dataclasses import dataclass

import bson
from bson import Int64

from fixtures.reference import dump
from tests_suite import dumps
from tests_suite.dumps import ARCHIVE, CHUNKS, EXTRACTIONS, PARTS, PRELUDE, SOURCES, header, replaced, whole

END = b"\xff\xff\xff\xff"
ZIPPED = gzip.compress(ARCHIVE, mtime=0)
LAST_END = len(dump.end(EXTRACTIONS))
BLOCK = dump.block(CHUNKS, CHUNKS.documents[:2])
FIRST_CHUNK = PRELUDE + dump.block(SOURCES, SOURCES.documents[:2]) + dump.block(CHUNKS, ())[: -len(END)]


@dataclass(frozen=True)
class Damage:
    """One kind of damage: the bytes that are left, and what the findings have to say."""

    name: str
    data: bytes
    says: tuple[str, ...]


def odd(document: bytes) -> bytes:
    """An archive with a right CRC over a document that is none: the database itself had it wrong."""
    odd = dumps.with_documents(CHUNKS, [CHUNKS.documents[0], document, *CHUNKS.documents[2:]])
    return dumps.blocks(whole(SOURCES), whole(odd), whole(EXTRACTIONS))


def _tar() -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("dump/knowledge/chunks.bson"))
    return file.getvalue()


def _zip() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("knowledge.archive", ARCHIVE)
    return file.getvalue()


def _flipped(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 0x01]) + data[at + 1 :]


def _nested(levels: int) -> bytes:
    document = b"\x05\0\0\0\0"
    for _ in range(levels):
        body = b"\x03a\0" + document + b"\0"
        document = (len(body) + 4).to_bytes(4, "little") + body
    return document


CHUNK = CHUNKS.documents[1]
UNTRUE = "documents are damaged, missing or too many"
NOT_ENDED = "knowledge.extractions: the archive ends"
STRAY_BLOCK = dump.block(dataclasses.replace(CHUNKS, name="users"), CHUNKS.documents[:1])

OTHER_FILES = [
    Damage("an empty file", b"", ("byte 0: is empty",)),
    Damage("a text", b"mongodump: command not found\n", ("no archive of mongodump (starts with 6d 6f 6e 67)",)),
    Damage("three bytes of the magic number", ARCHIVE[:3], ("no archive of mongodump",)),
    Damage("one bit of the magic number", _flipped(ARCHIVE, 0), ("(starts with 6c e2 99 81); expected 6d e2 99 81",)),
    Damage("documents without an archive", b"".join(CHUNKS.documents), ("no archive of mongodump",)),
    Damage("an archive in xz", lzma.compress(ARCHIVE), ("compressed with xz; unpack it first",)),
    Damage("an archive in bzip2", bz2.compress(ARCHIVE), ("compressed with bzip2",)),
    Damage("an archive in zstd", b"\x28\xb5\x2f\xfd" + ARCHIVE, ("compressed with zstd",)),
    Damage("an archive in a ZIP file", _zip(), ("a ZIP file",)),
    Damage("a folder in a tar file", _tar(), ("a tar file; unpack it and name the folder",)),
    Damage("the magic number turned round", ARCHIVE[3::-1] + ARCHIVE[4:], ("bytes in the wrong order",)),
]
IN_PRELUDE = [
    Damage("cut within the header", ARCHIVE[:40], ("byte 4: ends in the middle of a document: 36 of",)),
    Damage("cut within the prelude", PRELUDE[:-4], ("breaks off in the prelude",)),
    Damage("cut within an entry", PRELUDE[:-9], ("ends in the middle of a document",)),
    Damage("no header", dump.MAGIC + END, ("the prelude has no header",)),
    Damage("an unknown version", replaced(b"\x04\0\0\x000.1\0", b"\x04\0\0\x000.2\0")(ARCHIVE), ("version '0.2'",)),
    Damage("no collection", dump.prelude([]), ("a dump of nothing",)),
    Damage(
        "a collection twice",
        dump.prelude([*PARTS, SOURCES]) + b"".join(dump.blocks(PARTS)),
        ("knowledge.sources: byte", "is listed twice"),
    ),
    Damage("an entry without a name", dumps.prelude_with({"db": "knowledge"}), ("names no collection",)),
    Damage(
        "a collection that never comes",
        dump.prelude([*PARTS, dumps.part("users", 1)]) + b"".join(dump.blocks(PARTS)),
        ("knowledge.users: the archive ends before its first document",),
    ),
]
IN_BLOCKS = [
    Damage("cut within a document", ARCHIVE[: len(FIRST_CHUNK) + 20], ("in the middle of a document: 20 of",)),
    Damage(
        "cut between two documents",
        ARCHIVE[: len(FIRST_CHUNK) + len(CHUNKS.documents[0])],
        ("breaks off in a block of knowledge.chunks", "knowledge.chunks: nothing can be read after 1 documents"),
    ),
    Damage(
        "cut between two blocks", dumps.blocks(dump.block(SOURCES, SOURCES.documents)), ("the archive ends after 3",)
    ),
    Damage("cut before the last end marker", ARCHIVE[:-LAST_END], (f"{NOT_ENDED} after 6 documents",)),
    Damage("cut within the last terminator", ARCHIVE[:-1], ("ends in the middle of a document: 3 of unknown bytes",)),
    Damage("without the last terminator", ARCHIVE[:-4], ("breaks off in a block of knowledge.extractions",)),
    Damage("a bit in a text", replaced(b"chunks 3", b"chunks 2")(ARCHIVE), ("knowledge.chunks: byte", UNTRUE)),
    Damage("a document missing", replaced(CHUNK, b"")(ARCHIVE), ("knowledge.chunks: byte", UNTRUE)),
    Damage("a document twice", replaced(CHUNK, CHUNK * 2)(ARCHIVE), ("knowledge.chunks: byte", UNTRUE)),
    Damage(
        "documents in another order",
        replaced(b"".join(CHUNKS.documents[:2]), b"".join(CHUNKS.documents[1::-1]))(ARCHIVE),
        (UNTRUE,),
    ),
    Damage("a block missing", replaced(BLOCK, b"")(ARCHIVE), ("knowledge.chunks: byte", UNTRUE)),
    Damage("a block twice", replaced(BLOCK, BLOCK * 2)(ARCHIVE), ("knowledge.chunks: byte", UNTRUE)),
    Damage("another CRC", replaced(dump.end(CHUNKS), dump.end(CHUNKS, 1))(ARCHIVE), ("says 0000000000000001",)),
    Damage(
        "an end marker missing",
        replaced(dump.end(CHUNKS), b"")(ARCHIVE),
        ("knowledge.chunks: the archive ends after 5 documents: the collection never comes to its end",),
    ),
    Damage("an end marker twice", replaced(dump.end(CHUNKS), dump.end(CHUNKS) * 2)(ARCHIVE), ("goes on behind its",)),
    Damage(
        "documents in the end marker",
        replaced(dump.end(CHUNKS), dump.end(CHUNKS)[:-4] + CHUNK + END)(ARCHIVE),
        ("knowledge.chunks: byte", "documents stand behind the collection's end"),
    ),
    Damage("a block behind the end", ARCHIVE + BLOCK, ("knowledge.chunks: byte", "goes on behind its end")),
    Damage(
        "a collection that is not listed",
        ARCHIVE + STRAY_BLOCK,
        ("knowledge.users: byte", "the prelude does not list it", "knowledge.users: the archive ends after 1"),
    ),
    Damage(
        "documents under another collection's name",
        dumps.blocks(
            dump.block(SOURCES, CHUNKS.documents),
            dump.block(CHUNKS, SOURCES.documents),
            *map(dump.end, (SOURCES, CHUNKS)),
            whole(EXTRACTIONS),
        ),
        ("knowledge.sources: byte", "knowledge.chunks: byte", UNTRUE),
    ),
    Damage(
        "a block header without EOF",
        PRELUDE + header(db="knowledge", collection="sources") + END,
        ("does not have db, collection, EOF and CRC",),
    ),
    Damage(
        "a block header with a number for EOF",
        PRELUDE + header(db="knowledge", collection="sources", EOF=1, CRC=Int64(0)) + END,
        ("does not have db, collection, EOF and CRC",),
    ),
    Damage(
        "a CRC where none belongs",
        replaced(
            header(db="knowledge", collection="chunks", EOF=False, CRC=Int64(0)),
            header(db="knowledge", collection="chunks", EOF=False, CRC=Int64(5)),
        )(ARCHIVE),
        ("knowledge.chunks: byte", "a block that is not the last one has a CRC"),
    ),
    Damage("a terminator too many", ARCHIVE + END, ("a terminator where a block has to begin",)),
    Damage("a terminator missing", replaced(BLOCK, BLOCK[:-4])(ARCHIVE), (UNTRUE,)),
    Damage("a damaged terminator", replaced(BLOCK, BLOCK[:-1] + b"\xfe")(ARCHIVE), ("-16777217 is no length",)),
    Damage("a length beyond all documents", replaced(CHUNK, b"\x01\0\0\x02" + CHUNK[4:])(ARCHIVE), ("33554433 is no",)),
    Damage("a length of nothing", replaced(CHUNK, bytes(4) + CHUNK[4:])(ARCHIVE), ("0 is no length",)),
    Damage(
        "a document without its final zero",
        replaced(CHUNK, CHUNK[:-1] + b"\x01")(ARCHIVE),
        ("does not end with a zero byte", "knowledge.chunks: nothing can be read after 1 documents"),
    ),
    Damage("a hole of zeros", ARCHIVE[:900] + bytes(300) + ARCHIVE[1200:], ("byte",)),
    Damage("a text behind the archive", ARCHIVE + b"Uploaded by cron\n", ("is no length that a document can have",)),
    Damage("zeros behind the archive", ARCHIVE + bytes(512), ("0 is no length",)),
]
IN_DOCUMENTS = [
    Damage(
        "a text that is not UTF-8",
        odd(replaced(b"chunks 1", b"chunks \xe9")(CHUNK)),
        ("knowledge.chunks: document 2, field 'text', byte", "byte 0xe9 is not UTF-8"),
    ),
    Damage(
        "an inner length that is wrong",
        odd(replaced(b"\x09\0\0\0chunks 1", b"\x08\0\0\0chunks 1")(CHUNK)),
        ("knowledge.chunks: document 2, field 'text', byte", "a text ends with 0x31"),
    ),
    Damage("a type that there is not", odd(replaced(b"\x04topics", b"\x44topics")(CHUNK)), ("type 0x44 is none",)),
    Damage(
        "a boolean that is two",
        odd(replaced(b"\x08flag\0\x01", b"\x08flag\0\x02")(bson.encode({"_id": 1, "flag": True}))),
        ("knowledge.chunks: document 2, field 'flag', byte", "a boolean is 0x02"),
    ),
    Damage("nesting without an end", odd(_nested(5000)), ("nested more than 200 levels deep",)),
    Damage(
        "more bad documents than anybody reads",
        dumps.blocks(
            whole(dumps.with_documents(SOURCES, [replaced(b"sources", b"source\xff")(SOURCES.documents[0])] * 50)),
            whole(CHUNKS),
            whole(EXTRACTIONS),
        ),
        ("knowledge.sources: document 5, ", "knowledge.sources: 45 more documents cannot be decoded"),
    ),
]
GZIPPED = [
    Damage("cut", ZIPPED[:-200], ("the gzip stream breaks off",)),
    Damage("without its trailer", ZIPPED[:-8], ("the gzip stream breaks off",)),
    Damage("with another CRC", _flipped(ZIPPED, len(ZIPPED) - 8), ("gzip: incorrect data check",)),
    Damage("with another length", _flipped(ZIPPED, len(ZIPPED) - 4), ("gzip: incorrect length check",)),
    Damage("with a bit in the middle", _flipped(ZIPPED, len(ZIPPED) // 2), ("gzip: ",)),
    Damage("with a text behind it", ZIPPED + b"Uploaded by cron\n", ("bytes that are no gzip follow the end",)),
    Damage("with zeros behind it", ZIPPED + bytes(512), ("bytes that are no gzip follow the end",)),
    Damage("with half a member behind it", ZIPPED + ZIPPED[:100], ("byte",)),
    Damage("of something else", gzip.compress(b"CREATE TABLE chunks"), ("no archive of mongodump",)),
    Damage("of nothing", gzip.compress(b""), ("no archive of mongodump",)),
    Damage("twice", gzip.compress(ZIPPED), ("no archive of mongodump (starts with 1f 8b 08 00)",)),
    Damage("of an archive that was cut", gzip.compress(ARCHIVE[:-LAST_END]), (NOT_ENDED,)),
    Damage("of zeros without an end", gzip.compress(dump.MAGIC + bytes(50_000_000), 1), ("byte 4: 0 is no length",)),
]
DAMAGES = [
    *OTHER_FILES,
    *IN_PRELUDE,
    *IN_BLOCKS,
    *IN_DOCUMENTS,
    *(dataclasses.replace(damage, name=f"gzip {damage.name}") for damage in GZIPPED),
]
