"""Checksum files of a package: every form that sha256sum writes or checks, and nothing else."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from fixtures.finding import Finding
from fixtures.package import checksumfile
from fixtures.package.checksumfile import ChecksumError

X, Y = (hashlib.sha256(each).hexdigest() for each in (b"x", b"y"))
CHECKSUM_FILES: list[tuple[bytes, int | None, str]] = [
    (b"\xff", None, "is not UTF-8; expected the output of sha256sum"),
    (b"", 1, "is no line of sha256sum: ''; expected 64 hex digits, two spaces, a file name"),
    (
        f"{X}  a\n{X} b\n".encode(),
        2,
        f"is no line of sha256sum: '{X} b'; expected 64 hex digits, two spaces, a file name",
    ),
    (f"{X}  a\n{Y} *a\n".encode(), 2, "names a a second time; expected it once"),
    (f"{X.upper()}  a\r\nSHA256 (./a) = {Y}\n".encode(), 2, "names a a second time; expected it once"),
    (
        f"SHA1 (a) = {X}\n".encode(),
        1,
        f"is no line of sha256sum: 'SHA1 (a) = {X}'; expected 64 hex digits, two spaces, a file name",
    ),
    (
        f"\ufeff{X}  {'a' * 40}\n".encode(),
        1,
        f"is no line of sha256sum: '\\ufeff{X}  {'a' * 40}'; expected 64 hex digits, two spaces, a file name",
    ),
    (
        f"{X}  ./a/b\n".encode(),
        1,
        f"is no line of sha256sum: '{X}  ./a/b'; expected 64 hex digits, two spaces, a file name",
    ),
    (b"x" * 65537, None, "has more than 65536 bytes; expected a line for each file"),
]


@pytest.mark.parametrize(("raw", "line", "says"), CHECKSUM_FILES)
def test_checksum_file_is_what_sha256sum_writes(raw: bytes, line: int | None, says: str, tmp_path: Path) -> None:
    path = tmp_path / "sums"
    path.write_bytes(raw)

    with pytest.raises(ChecksumError) as error:
        checksumfile.read(path)

    assert error.value.finding == Finding("sums", line, says)


def test_checksum_file_that_is_none_says_so(tmp_path: Path) -> None:
    for path, kind in ((tmp_path, "is no regular file"), (tmp_path / "x", "does not exist")):
        with pytest.raises(ChecksumError) as error:
            checksumfile.read(path)
        assert error.value.finding.message == f"{kind}; expected sha256sum's output beside the archive"
    (tmp_path / "sums").write_text(f"{X}  a b\n{Y} *c", encoding="utf-8")
    assert checksumfile.read(tmp_path / "sums") == {"a b": X, "c": Y}


@pytest.mark.parametrize(
    "line",
    [f"{X}  flow\r\n", f"{X.upper()} *flow", f"SHA256 (flow) = {X}\n", f"SHA256 (./flow) = {X.upper()}\r\n",
     f"{X}  ./flow\n"],
)  # fmt: skip
def test_checksum_file_may_be_of_another_system_or_with_tags(line: str, tmp_path: Path) -> None:
    """`sha256sum -c` finds each of these right."""
    (tmp_path / "sums").write_bytes(line.encode())

    assert checksumfile.read(tmp_path / "sums") == {"flow": X}
