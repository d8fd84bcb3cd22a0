"""Whatever happens to the bytes of an archive: it is noticed, and reading it ends in findings, never in an error."""

from __future__ import annotations

import gzip
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from fixtures.backup import bsonfault, mongodump
from fixtures.backup.dump import Dump
from tests_suite.dumps import ARCHIVE, CHUNKS, PRELUDE

BEHIND = len(PRELUDE)
ZIPPED = gzip.compress(ARCHIVE, mtime=0)
HEADER = 10  # bytes of a gzip header, which say nothing of the content


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """A place for one file at a time: hypothesis runs a test many times over."""
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


def _read(folder: Path, data: bytes) -> Dump:
    path = folder / "knowledge.archive"
    path.write_bytes(data)
    return mongodump.read(path)


def _flipped(data: bytes, at: int, bits: int) -> bytes:
    return data[:at] + bytes([data[at] ^ bits]) + data[at + 1 :]


@settings(max_examples=400, deadline=None)
@given(at=st.integers(BEHIND, len(ARCHIVE) - 1), bits=st.integers(1, 255))
def test_any_byte_changed_behind_the_prelude_is_noticed(folder: Path, at: int, bits: int) -> None:
    """Within the prelude it is the checksum beside the archive that notices."""
    assert _read(folder, _flipped(ARCHIVE, at, bits)).faults


def test_one_bit_of_every_byte_behind_the_prelude_is_noticed(folder: Path) -> None:
    unnoticed = [
        at for at in range(BEHIND, len(ARCHIVE)) if not _read(folder, _flipped(ARCHIVE, at, 1 << at % 8)).faults
    ]

    assert not unnoticed


@settings(max_examples=200, deadline=None)
@given(at=st.integers(0, BEHIND - 1), bits=st.integers(1, 255))
def test_any_byte_changed_in_the_prelude_changes_at_least_the_digest(folder: Path, at: int, bits: int) -> None:
    healthy = _read(folder, ARCHIVE).sha256

    assert _read(folder, _flipped(ARCHIVE, at, bits)).sha256 != healthy


@settings(max_examples=200, deadline=None)
@given(at=st.integers(HEADER, len(ZIPPED) - 1), bits=st.integers(1, 255))
def test_any_byte_changed_in_a_gzip_stream_is_noticed(folder: Path, at: int, bits: int) -> None:
    assert _read(folder, _flipped(ZIPPED, at, bits)).faults


@settings(max_examples=200, deadline=None)
@given(end=st.integers(0, len(ARCHIVE) - 1))
@example(end=BEHIND)
def test_archive_cut_anywhere_is_noticed(folder: Path, end: int) -> None:
    assert _read(folder, ARCHIVE[:end]).faults


@settings(max_examples=200, deadline=None)
@given(start=st.integers(BEHIND, len(ARCHIVE) - 1), size=st.integers(1, 200))
def test_any_piece_missing_behind_the_prelude_is_noticed(folder: Path, start: int, size: int) -> None:
    assert _read(folder, ARCHIVE[:start] + ARCHIVE[start + size :]).faults


@settings(max_examples=300, deadline=None)
@given(data=st.binary(max_size=400))
def test_any_bytes_at_all_are_read_without_an_error(folder: Path, data: bytes) -> None:
    assert _read(folder, PRELUDE + data).faults


@settings(max_examples=500, deadline=None)
@given(at=st.integers(0, len(CHUNKS.documents[0]) - 1), bits=st.integers(1, 255))
def test_fault_of_a_document_is_found_within_it(at: int, bits: int) -> None:
    document = _flipped(CHUNKS.documents[0], at, bits)

    fault = bsonfault.fault_in(document)

    assert fault is None or 0 <= fault.offset <= len(document)


@settings(max_examples=300, deadline=None)
@given(data=st.binary(max_size=200))
def test_any_bytes_are_looked_through_for_a_fault_without_an_error(data: bytes) -> None:
    fault = bsonfault.fault_in(len(data + bytes(4)).to_bytes(4, "little") + data)

    assert fault is None or fault.message
