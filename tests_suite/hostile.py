"""Archives that a strict reader has to refuse, each for its own reason."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests_suite.forged import BLOCK, END, file, folder, gz, head, padded, pax, record, with_gzip_flag

A, B = file(b"a.txt"), file(b"b.txt")
TAR = A + B + END
GOOD = gz(TAR)
ZEROS = 100 * 1024**2
MUCH = 400 * 1024**2


@dataclass(frozen=True)
class Hostile:
    """An archive and why it is refused: the member that the refusal names (None for the archive), and its words."""

    name: str
    data: Callable[[], bytes]
    member: str | None
    reason: str


def _tar(name: str, tar: bytes, member: str | None, reason: str) -> Hostile:
    return Hostile(name, lambda: gz(tar), member, reason)


def _one(name: str, member_bytes: bytes, member: str | None, reason: str) -> Hostile:
    return _tar(name, A + member_bytes + B + END, member, reason)


def _named(name: str, raw: bytes, shown: str, reason: str) -> Hostile:
    return _one(name, file(raw), shown, reason)


def _pair(name: str, one: bytes, other: bytes, member: str, reason: str) -> Hostile:
    return _tar(name, one + other + END, member, reason)


def _with_pax(name: str, records: bytes, member: str, reason: str, member_bytes: bytes = B) -> Hostile:
    return _tar(name, A + pax(records) + member_bytes + END, member, reason)


def _global(*keys: bytes) -> bytes:
    """A global PAX header that gives something to every member after it."""
    return file(b"g", b"".join(record(key, b"9" * 40) for key in keys), kind=b"g")


def _bomb() -> bytes:
    return gz(head(b"a.txt", ZEROS) + bytes(ZEROS) + END, 9)


GZIP = [
    Hostile("an empty file", lambda: b"", None, "no gzip file"),
    Hostile("a tar that is not compressed", lambda: TAR, None, "no gzip file"),
    Hostile("a text", lambda: b"agents/dev.md\n" * 50, None, "no gzip file"),
    Hostile("a zip file", lambda: b"PK\x03\x04" + GOOD[4:], None, "no gzip file"),
    Hostile("a compression method that gzip does not have", lambda: b"\x1f\x8b\x07" + GOOD[3:], None, "no gzip file"),
    Hostile("two bytes of gzip", lambda: GOOD[:2], None, "no gzip file"),
    Hostile("a gzip header alone", lambda: GOOD[:10], "at its start", "cut short here"),
    Hostile("half of the file", lambda: GOOD[: len(GOOD) // 2], "at its start", "cut short here"),
    Hostile("half of a stored file", lambda: gz(TAR, 0)[:1700], "b.txt", "cut short here"),
    Hostile("no gzip trailer", lambda: GOOD[:-8], None, "the gzip stream is cut short"),
    Hostile("half of the gzip trailer", lambda: GOOD[:-3], None, "the gzip stream is cut short"),
    Hostile("a bad CRC", lambda: GOOD[:-8] + b"\0\0\0\0" + GOOD[-4:], None, "CRC or length does not agree"),
    Hostile("a bad length", lambda: GOOD[:-4] + b"\1\0\0\0", None, "CRC or length does not agree"),
    Hostile(
        "a block type that deflate does not have", lambda: GOOD[:10] + b"\xff" + GOOD[11:], "at its start", "damaged"
    ),
    Hostile("garbage behind the end", lambda: GOOD + b"garbage", None, "after the end of the gzip stream"),
    Hostile("zeros behind the end", lambda: GOOD + bytes(512), None, "after the end of the gzip stream"),
    Hostile("an empty second gzip member", lambda: GOOD + gz(b""), None, "a second gzip member"),
    Hostile("a second archive behind the first", lambda: GOOD + GOOD, None, "a second gzip member"),
    Hostile("a tar in two gzip members", lambda: gz(A) + gz(B + END), None, "a second gzip member"),
    Hostile("a file in two gzip members", lambda: gz(TAR[:700]) + gz(TAR[700:]), None, "a second gzip member"),
    Hostile("a tar in two files", lambda: gz(A) + b"garbage", "after a.txt", "without its end mark"),
    Hostile("an extra field", lambda: with_gzip_flag(4, b"\4\0abcd", GOOD), None, "extra fields"),
    Hostile("a comment", lambda: with_gzip_flag(16, b"rm -rf\0", GOOD), None, "extra fields"),
    Hostile("a checksum of the gzip header", lambda: with_gzip_flag(2, b"\0\0", GOOD), None, "extra fields"),
    Hostile("a reserved flag", lambda: with_gzip_flag(0x20, b"", GOOD), None, "extra fields"),
]

STRUCTURE = [
    _tar("nothing in the gzip member", b"", "at its start", "without its end mark"),
    _tar("no end mark", A + B, "after b.txt", "without its end mark"),
    _tar("half an end mark", A + B + bytes(BLOCK), "after b.txt", "a block of zeros"),
    _tar("a lone block of zeros", A + bytes(BLOCK) + B + END, "after a.txt", "a block of zeros"),
    _tar("a member after the end", A + END + B + END, None, "something follows after the end of the archive"),
    _tar("one byte after the end", TAR + b"\0" * 600 + b"x", None, "something follows after the end of the archive"),
    Hostile("too many zeros after the end", lambda: gz(TAR + bytes(2 * 1024**2)), None, "zeros follow after its end"),
    Hostile("a bomb of zeros after the end", lambda: gz(TAR + bytes(ZEROS), 9), None, "zeros follow after its end"),
    Hostile("a bomb in a member", _bomb, "a.txt", "as only a bomb does"),
    _tar("half a header", A + B[:300], "after a.txt", "300 of 512 bytes of a header"),
    _tar("half a member", file(b"a.txt", bytes(2000))[:1500], "a.txt", "988 of 2000 bytes are there"),
    _tar("half of a last block", A[:600], "a.txt", "cut short in its last block"),
    _one("a wrong checksum", head(b"c.txt", checksum=b"012345\0 "), "c.txt", "the header's checksum does not agree"),
    _one("a checksum that is none", head(b"c.txt", checksum=b"checksum"), "c.txt", "the header's checksum"),
    _one("a damaged header", file(b"c.txt").replace(b"c.txt", b"d.txt"), "d.txt", "the header's checksum"),
    _one("a header of no format", head(b"c.txt", magic=b""), "c.txt", "no tar format in use"),
    _one("a GNU header with a prefix", head(b"c", magic=b"ustar  \0", prefix=b"../x"), "c", "GNU extensions"),
    _one("bytes behind the name", head(b"c.txt\0../../x"), "c.txt", "behind the end of its name"),
    _one("bytes behind the prefix", head(b"c.txt", prefix=b"p\0q"), "c.txt", "behind the end of its name prefix"),
    _one("bytes behind the content", head(b"c", 3) + b"abc" + b"x" * 509, "c", "hidden behind the end of it"),
    _one("a size that is no number", head(b"c.txt", size_field=b"twelve"), "c.txt", "size is no octal number"),
    _one("a size with a sign", head(b"c.txt", size_field=b"-0000000001"), "c.txt", "size is no octal number"),
    _one("no size", head(b"c.txt", size_field=b""), "c.txt", "size is no octal number"),
    _one("a size of 2^63-1", head(b"c", size_field=b"\x80\0\0\0\x7f" + b"\xff" * 7), "c", "size is no octal number"),
    _one("a negative size", head(b"c.txt", size_field=b"\xff" * 12), "c.txt", "size is no octal number"),
    _one("a size of 8 GiB", head(b"c.txt", 8**11 - 1), "c.txt", "bytes; at most 268435456 are allowed"),
]

KINDS = [
    _one("a hard link", head(b"c", kind=b"1", link=b"a.txt"), "c", "a hard link to 'a.txt'; a package"),
    _one("a hard link that leaves", head(b"c", kind=b"1", link=b"/etc/passwd"), "c", "'/etc/passwd', outside of"),
    _one("a symbolic link", head(b"c", kind=b"2", link=b"a.txt"), "c", "a symbolic link to 'a.txt'; a package"),
    _one("a symbolic link to the root", head(b"c", kind=b"2", link=b"/"), "c", "symbolic link to '/', outside of"),
    _one("a symbolic link upwards", head(b"c", kind=b"2", link=b"x/../../y"), "c", "'x/../../y', outside of"),
    _pair("a link and a file through it", head(b"c", kind=b"2", link=b"/tmp"), file(b"c/x"), "c", "a symbolic link"),
    _one("a character device", head(b"c", kind=b"3"), "c", "a character device"),
    _one("a block device", head(b"c", kind=b"4"), "c", "a block device"),
    _one("a FIFO", head(b"c", kind=b"6"), "c", "a FIFO"),
    _one("a contiguous file", head(b"c", kind=b"7"), "c", "a contiguous file"),
    _one("a global PAX header", _global(b"comment"), "g", "a global PAX header behind the start of the archive"),
    _tar("a global path", _global(b"path") + TAR, "g", "which gives path to every member after it"),
    _tar("a global comment and a size", _global(b"comment", b"size") + TAR, "g", "which gives size to every member"),
    _tar("two global comments", _global(b"comment") * 2 + TAR, "g", "behind the start of the archive"),
    _tar("a global comment in a PAX header", pax(record(b"path", b"x")) + _global(b"comment") + TAR, "g", "behind the"),
    _tar("a global comment and nothing", _global(b"comment"), "at its start", "without its end mark"),
    _tar("a global comment of 1 MB", file(b"g", bytes(1024**2), kind=b"g") + TAR, "g", "at most 16384 are allowed"),
    _tar("a global comment without its length", file(b"g", b"comment=x\n", kind=b"g") + TAR, "g", "without a length"),
    _tar("half a global comment", _global(b"comment")[:520], "g", "its PAX header is cut short"),
    _one("a GNU long name", file(b"././@LongLink", b"c" * 200, kind=b"L"), "././@LongLink", "a GNU long name"),
    _one("a long name of 400 MB", head(b"././@LongLink", MUCH, kind=b"L"), "././@LongLink", "a GNU long name"),
    _one("a GNU long link name", file(b"././@LongLink", b"c" * 200, kind=b"K"), "././@LongLink", "GNU long link name"),
    _one("a GNU sparse file", head(b"c", kind=b"S"), "c", "a GNU sparse file"),
    _one("a GNU dump of a folder", head(b"c", kind=b"D"), "c", "a GNU dump"),
    _one("a part of another volume", head(b"c", kind=b"M"), "c", "from another volume"),
    _one("a volume label", head(b"c", kind=b"V"), "c", "a volume label"),
    _one("a kind that does not exist", head(b"c", kind=b"?"), "c", "the unknown type b'?'"),
    _one("a file with a link name", head(b"c", link=b"/etc/passwd"), "c", "it is no link"),
    _one("a folder with content", file(b"c/", kind=b"5"), "c/", "a folder with 10 bytes of content"),
    _one("setuid", file(b"c", mode=b"0004755\0"), "c", "mode 4755 has setuid set"),
    _one("setgid", file(b"c", mode=b"0002755\0"), "c", "mode 2755 has setgid set"),
    _one("sticky", head(b"c/", kind=b"5", mode=b"0001777\0"), "c/", "mode 1777 has sticky set"),
    _one("the mode of a device", file(b"c", mode=b"0060644\0"), "c", "that of another kind of file"),
    _one("a mode that is no number", file(b"c", mode=b"rw-r--r-"), "c", "mode is no octal number"),
]

NAMES = [
    _named("an absolute path", b"/etc/passwd", "/etc/passwd", "an absolute path"),
    _named("a path that climbs out", b"../c.txt", "../c.txt", "climbs out with '..'"),
    _named("a path that climbs out later", b"agents/../../c", "agents/../../c", "climbs out with '..'"),
    _named("a path that climbs out behind ./", b"./../c", "./../c", "climbs out with '..'"),
    _one("a climbing prefix", head(b"c", prefix=b"../.."), "../../c", "climbs out with '..'"),
    _named("a drive letter", b"C:c.txt", "C:c.txt", "a drive letter"),
    _named("a backslash", b"..\\c.txt", "..\\\\c.txt", "a backslash"),
    _named("a line break", b"c\nd", "c\\nd", "control character U+000A"),
    _named("an escape sequence", b"c\x1b[2Jd", "c\\x1b[2Jd", "control character U+001B"),
    _named("a delete character", b"c\x7f", "c\\x7f", "control character U+007F"),
    _named("a C1 control character", "c\x9b31m".encode(), "c\\x9b31m", "control character U+009B"),
    _named("text that runs the other way", "c\u202etxt.exe".encode(), "c\\u202etxt.exe", "character U+202E"),
    _named("a character without width", "c\u200bd".encode(), "c\\u200bd", "control character U+200B"),
    _named("a line separator", "c\u2028d".encode(), "c\\u2028d", "control character U+2028"),
    _named("a name in Latin-1", b"caf\xe9.md", "caf\ufffd.md", "its name is not UTF-8"),
    _named("no name", b"", "after a.txt", "it has no name"),
    _named("an empty part", b"agents//c.md", "agents//c.md", "not in normal form"),
    _named("a dot as a part", b"agents/./c.md", "agents/./c.md", "not in normal form"),
    _named("a file that ends like a folder", b"agents/", "agents/", "not in normal form"),
    _named("a dot at the end", b"c.txt.", "c.txt.", "ends with a dot or a space"),
    _named("a space at the end of a folder", b"agents /c", "agents /c", "ends with a dot or a space"),
    _with_pax(
        "a name of 1,100 bytes",
        record(b"path", b"agents/" * 156 + b"c.md"),
        f"{'agents/' * 11}age… (1096 characters)",
        "its name has 1096 bytes; at most 1024",
        file(b"agents/" * 14),
    ),
    _with_pax(
        "a part of 256 bytes",
        record(b"path", b"c" * 256),
        f"{'c' * 80}… (256 characters)",
        "more than 255 bytes",
        file(b"c" * 100),
    ),
    _named("forty folders", b"f/" * 40 + b"c", "f/" * 40 + "c", "40 folders deep"),
]

COLLISIONS = [
    _pair("a member twice", A, A, "a.txt", "stands in the package twice"),
    _pair("a member twice, once with ./", A, file(b"./a.txt"), "./a.txt", "stands in the package twice"),
    _pair("a folder twice", folder(b"c/"), folder(b"c"), "c", "stands in the package twice"),
    _pair("upper and lower case", file(b"README.md"), file(b"readme.md"), "readme.md", "collides with README.md"),
    _pair("folders that differ in case", file(b"Agents/a"), file(b"agents/b"), "agents/b", "collides with Agents"),
    _pair(
        "two Unicode normal forms",
        file("caf\xe9".encode()),
        file("cafe\u0301".encode()),
        "cafe\u0301",
        "only in its Unicode normal form",
    ),
    _pair("a sharp s", file("stra\xdfe".encode()), file(b"STRASSE"), "STRASSE", "only in upper and lower case"),
    _pair("the sign for kelvin", file("\u212a.md".encode()), file(b"k.md"), "k.md", "collides with \u212a.md"),
    _pair("a file as a folder", A, file(b"a.txt/c"), "a.txt/c", "both as a file and as a folder"),
    _pair("a folder as a file", file(b"c/d"), file(b"c"), "c", "both as a file and as a folder"),
]

PAX = [
    _with_pax("another size", record(b"size", b"0"), "b.txt", "10 in the header and 0 in the PAX header"),
    _with_pax("a PAX size that is no number", record(b"size", b"-1"), "PaxHeader", "size is no number"),
    _with_pax("another path", record(b"path", b"agents/dev.md"), "b.txt", "calls it agents/dev.md: two programs"),
    _with_pax("another long path", record(b"path", b"c" * 120), "b.txt", "two programs extract two different"),
    _with_pax("an absolute PAX path", record(b"path", b"/b.txt"), "b.txt", "calls it /b.txt"),
    _with_pax(
        "a long climbing path",
        record(b"path", b"../" + b"c" * 120),
        f"../{'c' * 77}… (123 characters)",
        "climbs out",
        file(b"../" + b"c" * 97),
    ),
    _with_pax("a NUL in the path", record(b"path", b"b.txt\0/../../x"), "PaxHeader", "the NUL in its PAX record path"),
    _with_pax("a path twice", record(b"path", b"b.txt") * 2, "PaxHeader", "gives path twice"),
    _with_pax("a link path", record(b"linkpath", b"/etc"), "PaxHeader", "PAX record linkpath changes"),
    _with_pax(
        "an extended attribute", record(b"SCHILY.xattr.user.x", b"1"), "PaxHeader", "SCHILY.xattr.user.x changes"
    ),
    _with_pax("an access control list", record(b"SCHILY.acl.access", b"u::rwx"), "PaxHeader", "acl.access changes"),
    _with_pax("another character set", record(b"hdrcharset", b"BINARY"), "PaxHeader", "hdrcharset changes"),
    _with_pax("a sparse file", record(b"GNU.sparse.major", b"1"), "PaxHeader", "makes it a sparse file"),
    _with_pax("a sparse file by name", record(b"GNU.sparse.name", b"/x"), "PaxHeader", "makes it a sparse file"),
    _with_pax("a time that is none", record(b"mtime", b"now"), "PaxHeader", "mtime is no number"),
    _with_pax("a record that is too long", b"99 path=b.txt\n", "PaxHeader", "whose length, 99, is wrong"),
    _with_pax("a record that is too short", b"9 path=b.txt\n", "PaxHeader", "whose length, 9, is wrong"),
    _with_pax("a record without a length", b"path=b.txt\n", "PaxHeader", "a record without a length"),
    _with_pax("a record of length 0", b"0 path=b.txt\n", "PaxHeader", "a record without a length"),
    _with_pax("a record without a line break", b"14 path=b.txt\0", "PaxHeader", "whose length, 14, is wrong"),
    _with_pax("a record without a key", b"9 =b.txt\n", "PaxHeader", "a record without a key"),
    _with_pax("a record that is not UTF-8", record(b"uname", b"\xff"), "PaxHeader", "uname is not UTF-8"),
    _tar("two PAX headers", pax(record(b"uid", b"1")) * 2 + A + END, "PaxHeader", "two PAX headers"),
    _tar("a PAX header without a member", A + pax(record(b"uid", b"1")) + END, "after a.txt", "without its member"),
    _one("a PAX header of 20,000 bytes", file(b"PaxHeader", bytes(20_000), kind=b"x"), "PaxHeader", "at most 16384"),
    _one("a PAX header of 400 MB", head(b"PaxHeader", MUCH, kind=b"x"), "PaxHeader", "at most 16384"),
    _tar("half a PAX header", head(b"PaxHeader", 900, kind=b"x") + bytes(600), "PaxHeader", "600 of 900 bytes"),
    _one(
        "bytes behind a PAX header",
        head(b"PaxHeader", 10, kind=b"x") + b"10 uid=12\n" + b"x" * 502 + padded(b""),
        "PaxHeader",
        "behind the end of its PAX header",
    ),
]

HOSTILE = [*GZIP, *STRUCTURE, *KINDS, *NAMES, *COLLISIONS, *PAX]
