"""Archives put together byte by byte, with what no honest program writes."""

from __future__ import annotations

import zlib

BLOCK = 512
END = bytes(2 * BLOCK)


def head(
    name: bytes,
    size: int = 0,
    *,
    kind: bytes = b"0",
    mode: bytes = b"0000644\0",
    link: bytes = b"",
    magic: bytes = b"ustar\x0000",
    prefix: bytes = b"",
    size_field: bytes | None = None,
    checksum: bytes | None = None,
) -> bytes:
    """A tar header; every field as given, the checksum right unless it is given, too."""
    fields = [
        (name, 100),
        (mode, 8),
        (b"0000000\0", 8),
        (b"0000000\0", 8),
        (b"%011o\0" % size if size_field is None else size_field, 12),
        (b"00000000000\0", 12),
        (b" " * 8, 8),
        (kind, 1),
        (link, 100),
        (magic, 8),
        (b"", 32),
        (b"", 32),
        (b"0000000\0", 8),
        (b"0000000\0", 8),
        (prefix, 155),
        (b"", 12),
    ]
    assert all(len(value) <= width for value, width in fields), fields
    block = b"".join(value.ljust(width, b"\0") for value, width in fields)
    return block[:148] + (b"%06o\0 " % sum(block) if checksum is None else checksum) + block[156:]


def padded(content: bytes) -> bytes:
    """Content as it stands in an archive: whole blocks."""
    return content + bytes(-len(content) % BLOCK)


def file(name: bytes, content: bytes = b"some text\n", kind: bytes = b"0", mode: bytes = b"0000644\0") -> bytes:
    """A member with its content."""
    return head(name, len(content), kind=kind, mode=mode) + padded(content)


def folder(name: bytes) -> bytes:
    """A folder."""
    return head(name, kind=b"5", mode=b"0000755\0")


def record(key: bytes, value: bytes) -> bytes:
    """A PAX record with the length that it has."""
    rest = b" " + key + b"=" + value + b"\n"
    length = len(rest) + len(str(len(rest) + len(str(len(rest)))))
    return str(length).encode() + rest


def pax(*records: bytes) -> bytes:
    """A PAX header with those records."""
    return file(b"PaxHeader", b"".join(records), kind=b"x")


def gz(tar: bytes, level: int = 6) -> bytes:
    """One gzip member."""
    compressor = zlib.compressobj(level, zlib.DEFLATED, 31)
    return compressor.compress(tar) + compressor.flush()


def with_gzip_flag(flag: int, part: bytes, data: bytes) -> bytes:
    """A gzip member with another part in its header."""
    return data[:3] + bytes([data[3] | flag]) + data[4:10] + part + data[10:]
