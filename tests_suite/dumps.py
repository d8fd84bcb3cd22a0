"""Small dumps for tests: three collections of a few documents, and ways to write them down wrongly."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import bson
import fastcrc

from fixtures.reference import dump
from fixtures.reference.dump import Part

INGESTED = datetime(2025, 9, 24, 8, 12, 41, tzinfo=UTC)
PRIMARY = {"_id_": {"_id": 1}}


def part(name: str, count: int, **fields: object) -> Part:
    """A collection of `count` documents that differ."""
    documents = ({"_id": f"{name}-{number}", "text": f"{name} {number}", **fields} for number in range(count))
    return Part(name, tuple(map(bson.encode, documents)), PRIMARY)


SOURCES = part("sources", 3, ingested_at=INGESTED)
CHUNKS = part("chunks", 5, topics=["rag", "retrieval"], position=7)
EXTRACTIONS = part("extractions", 6, type="warning", context={"cost": 1.5, "blocking": False})
PARTS = (SOURCES, CHUNKS, EXTRACTIONS)
PRELUDE = dump.prelude(PARTS)
ARCHIVE = dump.archive(PARTS, turn=2)


def with_documents(base: Part, documents: Sequence[bytes]) -> Part:
    """The same collection with other documents, and a CRC that is right for them."""
    return dataclasses.replace(base, documents=tuple(documents))


def with_metadata(text: str) -> bytes:
    """An archive whose first collection has this text for its metadata."""
    return prelude_with({"db": "knowledge", "collection": "sources", "metadata": text, "size": 0, "type": ""})


def prelude_with(entry: dict[str, object]) -> bytes:
    """An archive whose entry for the first collection is replaced."""
    return replaced(dump.entry(SOURCES), bson.encode(entry))(ARCHIVE)


def replaced(old: bytes, new: bytes, count: int = 1) -> Callable[[bytes], bytes]:
    """A change of bytes; bytes that are not there are a mistake in the test itself."""

    def change(data: bytes) -> bytes:
        assert old in data, f"{old!r} is not in it, so nothing would change"
        return data.replace(old, new, count)

    return change


def blocks(*parts: bytes) -> bytes:
    """The prelude of the three collections, and blocks as they are given."""
    return PRELUDE + b"".join(parts)


def whole(each: Part) -> bytes:
    """A collection in one block, with its end."""
    return dump.block(each, each.documents) + dump.end(each)


def header(**fields: object) -> bytes:
    """A block header with any fields."""
    return bson.encode(fields)


def signed(data: bytes) -> bson.Int64:
    """CRC-64/XZ as BSON holds it."""
    value = fastcrc.crc64.xz(data)
    return bson.Int64(value - (1 << 64) if value >> 63 else value)
