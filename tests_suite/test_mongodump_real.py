"""An archive that the real mongodump (100.7.5) wrote: the reader and the reference's writer agree with it."""

from __future__ import annotations

import base64
import gzip
from pathlib import Path

import bson

from fixtures.backup import mongodump
from fixtures.reference import dump
from fixtures.reference.dump import Part
from tests_suite import dumps

# `mongodump --db tiny --archive --gzip` of two sources, one chunk with an index, and an empty collection.
REAL = base64.b64decode("""
H4sIAAAAAAAA/7SUwW7TTBSFT/z/LUVsCkskpGjEMoliZxLbKSxQRRELQEJsEELR2HPTjuqMK3vcEkoWfQx2vADiAZDYwRsgFuzY
seAF2ATZblpLiVKI1NnNnHvunPsl49GPtydvAGyGsQ6zJCFtBmEcRRQaFesU/wOwDilJVayLTbtlw0opOaRkMDu/AsBrOS3bhmXi
ODoTbgEIMhWZ5pEye3FmmqdKMzWJ0ruAVQMsGWANgFF6DOv8dqwDoNGBGcMakRFSGIH3AI6Z0pJeUcr6L47ZIesfs9s6GwWUPNSG
9ZnDJg22T+NcGCg5p9tsMmkwLUbE+nnBgE1eNliW5aUs8Jw2J257Q/J5yF0RkKAOd0SXDyV3HNZg5xEflz2KkKzBzPgg357rbILN
VL0m5MvKZVwDUJkR68sIbABI4ywJKa0w+HDZDLxuIHpBJ3CdruQub/sdv0s93/Vtx/VE4C1icBpzRQrPl1HI/1/hXqb3qxD+q10K
hMZFfco5L+x2Vjawq2R7Xem7fuC5bkfybjD0hqHsdUTIPcfjHl9Ithx9RbDT6XS6hb96ZBv3n+wAN7afbuNs/au9Nm+/s8xe+WkX
XV94B0rialG332y32/n3Zwa3fCBJ2MyPNw/iVBVdayvdXWb//O7394/fzNfCf3eZv/o4F4V3ZuGrIS2jTES4DuBBEmdakqzf0+kR
JSmwNe9wZo6bAJ7tUX07T6z0bn1HUSTrj4TORIQV0pbjfjr5tdain1+KBn8CAAD//9tS0QkOBgAA
""")
DUMPS = {"a gzipped archive": REAL, "a plain archive": gzip.decompress(REAL)}


def test_real_archives_pass_with_their_counts_and_indexes(tmp_path: Path) -> None:
    for name, data in DUMPS.items():
        (tmp_path / name).write_bytes(data)

    found = [mongodump.read(tmp_path / name) for name in DUMPS]

    assert [(each.form, each.faults, each.metadata_faults) for each in found] == [
        ("archive, gzipped", (), ()),
        ("archive", (), ()),
    ]
    assert found[0].collections == found[1].collections
    assert {each.namespace: (each.documents, each.indexes) for each in found[0].collections} == {
        "tiny.sources": (2, ("_id_",)),
        "tiny.chunks": (1, ("_id_", "source_id_1")),
        "tiny.empty": (0, ("_id_",)),
    }


def test_writer_of_the_reference_writes_blocks_as_mongodump_does() -> None:
    titles = {"src-001": "Grounded Answers", "src-002": "The Chunking Field Manual"}
    documents = tuple(bson.encode({"_id": number, "title": title}) for number, title in titles.items())
    part = Part("sources", documents, dumps.PRIMARY, database="tiny")

    real = DUMPS["a plain archive"]

    assert dump.block(part, documents) in real
    assert dump.end(part) in real
