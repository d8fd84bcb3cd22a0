"""Names, headers and manifests of a package, at the edge of what is allowed and in whole sentences."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from fixtures.finding import Finding
from fixtures.package import archive, manifest, membername, tarheader
from fixtures.package.archive import ArchiveError, Limits
from fixtures.package.manifest import ManifestError
from fixtures.package.membername import Names
from fixtures.package.tarheader import Header, TarError
from tests_suite import forged

# Names


SAFE = [
    "a",
    "a.b",
    ".hidden",
    "a b/c d",
    "größe.md",
    "a-",
    "x" * 255,
    "/".join("a" * 33),
    "/".join(["x" * 255] * 3 + ["y" * 254, "z"]),
    "x/" * 32 + "ü",
]
CONTROL = "its name holds the control character U+"
ABSOLUTE = "its name is an absolute path; expected one relative to the package"
NORMAL = "its name is not in normal form (an empty part, or '.')"
DROPPED = "a part of its name ends with a dot or a space, which some file systems drop"
PART = "a part of its name has more than 255 bytes, which file systems do not take"
CLIMBS = "its name climbs out with '..'; expected a path inside of the package"
UNSAFE: list[tuple[str, str]] = [
    ("", "it has no name"),
    ("a\x7f", f"{CONTROL}007F"),
    ("a\u200d", f"{CONTROL}200D"),
    ("a\u2028", f"{CONTROL}2028"),
    ("a\u2029", f"{CONTROL}2029"),
    ("a\ud800", f"{CONTROL}D800"),
    ("a\\b", "its name holds a backslash, which separates folders elsewhere"),
    ("/a", ABSOLUTE),
    ("c:a", "its name starts with a drive letter; expected a path relative to the package"),
    ("..", CLIMBS),
    ("a/../b", CLIMBS),
    (".", NORMAL),
    ("a//b", NORMAL),
    ("a/", NORMAL),
    ("a./b", DROPPED),
    ("a/b ", DROPPED),
    ("x" * 256, PART),
    ("ü" * 128, PART),
    ("a/" * 33 + "b", "it lies 33 folders deep; at most 32 are allowed"),
    ("/".join(["x" * 255] * 4 + ["y"]), "its name has 1025 bytes; at most 1024 are allowed"),
]


def test_safe_name_is_not_refused() -> None:
    assert [membername.refusal(name) for name in SAFE] == [None] * len(SAFE)
    assert membername.refusal("abc", longest=3) is None


@pytest.mark.parametrize(("name", "reason"), UNSAFE)
def test_name_that_is_not_safe_everywhere_is_refused(name: str, reason: str) -> None:
    assert membername.refusal(name) == reason


def test_names_are_bounded_in_bytes() -> None:
    assert membername.refusal("abcd", longest=3) == "its name has 4 bytes; at most 3 are allowed"
    assert membername.refusal("aüb", longest=3) == "its name has 4 bytes; at most 3 are allowed"


CASE = "from which it differs only in upper and lower case"
FORM = "from which it differs only in its Unicode normal form"
TOGETHER: list[tuple[list[tuple[str, bool]], str | None]] = [
    ([("a", False), ("b", False)], None),
    ([("a", True), ("a/b", False)], None),
    ([("a/b", False), ("a", True)], None),
    ([("a/b/c", False), ("a/b/d", False)], None),
    ([("a", False), ("a", False)], "stands in the package twice"),
    ([("a", True), ("a", True)], "stands in the package twice"),
    ([("a/b", False), ("a", True), ("a", True)], "stands in the package twice"),
    ([("a", False), ("a", True)], "stands in the package both as a file and as a folder"),
    ([("a", False), ("a/b", False)], "stands in the package both as a file and as a folder"),
    ([("a/b", False), ("a", False)], "stands in the package both as a file and as a folder"),
    ([("a", False), ("A", False)], f"collides with a, {CASE}"),
    ([("a/x", False), ("A/y", False)], f"collides with a, {CASE}"),
    ([("\u00e9", False), ("e\u0301", False)], f"collides with \u00e9, {FORM}"),
    ([("straße", False), ("STRASSE", False)], f"collides with straße, {CASE}"),
]  # fmt: skip


@pytest.mark.parametrize(("names", "reason"), TOGETHER)
def test_names_of_a_package_stand_beside_each_other(names: list[tuple[str, bool]], reason: str | None) -> None:
    known = Names()

    told = [known.add(*each) for each in names]

    assert told == [*([None] * (len(names) - 1)), reason]


SHOWN = [
    ("größe.md", "größe.md"),
    ("a\nb", "a\\nb"),
    ("a\\ü", "a\\\\\\xfc"),
    ("x" * 120, "x" * 120),
    ("x" * 121, f"{'x' * 80}… (121 characters)"),
]


@pytest.mark.parametrize(("name", "shown"), SHOWN)
def test_name_in_a_message_fits_into_a_line(name: str, shown: str) -> None:
    assert membername.shown(name) == shown


# Headers of members


def _parsed(name: bytes, **fields: Any) -> Header | str:
    try:
        return tarheader.parse(forged.head(name, **fields))
    except TarError as error:
        return str(error)


ONLY = "; a package holds files and folders only"
HEADERS: list[tuple[dict[str, Any], Header | str]] = [
    ({"size": 7}, Header(b"a", b"0", 7, 0o644)),
    ({"kind": b"\0"}, Header(b"a", b"0", 0, 0o644)),
    ({"kind": b"5", "mode": b"0040755\0"}, Header(b"a", b"5", 0, 0o755)),
    ({"mode": b"0100600\0"}, Header(b"a", b"0", 0, 0o600)),
    ({"mode": b" 644 \0\0\0"}, Header(b"a", b"0", 0, 0o644)),
    ({"kind": b"x", "mode": b"0060644\0"}, Header(b"a", b"x", 0, 0o644)),
    ({"prefix": b"b/c"}, Header(b"b/c/a", b"0", 0, 0o644)),
    ({"magic": b"ustar  \0"}, Header(b"a", b"0", 0, 0o644)),
    ({"magic": b"ustar  \0", "prefix": b"b"}, "its header holds GNU extensions where the name prefix stands"),
    ({"magic": b"ustar\x0001"}, "its header is of no tar format in use (no 'ustar' in it)"),
    ({"kind": b"5", "size": 7}, "it is a folder with 7 bytes of content"),
    ({"link": b"b"}, "it is no link, and names what it links to"),
    ({"kind": b"2", "link": b"b/c"}, f"it is a symbolic link to 'b/c'{ONLY}"),
    ({"kind": b"1", "link": b"/b"}, f"it is a hard link to '/b', outside of the package{ONLY}"),
    ({"kind": b"2", "link": b"b/../c"}, f"it is a symbolic link to 'b/../c', outside of the package{ONLY}"),
    ({"kind": b"6"}, f"it is a FIFO{ONLY}"),
    ({"kind": b"L"}, f"it is a GNU long name; expected PAX (tar --format=posix){ONLY}"),
    ({"kind": b"Z"}, f"it is of the unknown type b'Z'{ONLY}"),
    ({"mode": b"0007644\0"}, "its mode 7644 has setuid, setgid, sticky set; expected permissions only"),
    ({"mode": b"0001644\0"}, "its mode 1644 has sticky set; expected permissions only"),
    ({"mode": b"0040644\0"}, "its mode 40644 is that of another kind of file"),
    ({"kind": b"5", "mode": b"0100755\0"}, "its mode 100755 is that of another kind of file"),
    ({"mode": b"rw-r--r-"}, "its mode is no octal number (b'rw-r--r-')"),
    ({"size_field": b"9".rjust(12)}, "its size is no octal number (b'           9')"),
    ({"checksum": b"000000\0 "}, "its header is damaged: the header's checksum does not agree"),
    ({"link": b"\0b"}, "its header hides bytes behind the end of its link name"),
    ({"prefix": b"b\0c"}, "its header hides bytes behind the end of its name prefix"),
]


@pytest.mark.parametrize(("fields", "expected"), HEADERS)
def test_header_is_one_that_all_programs_read_alike(fields: dict[str, Any], expected: Header | str) -> None:
    assert _parsed(b"a", **fields) == expected


def test_bytes_behind_a_name_are_not_overlooked() -> None:
    assert _parsed(b"a\0b") == "its header hides bytes behind the end of its name"


RECORDS: list[tuple[bytes, dict[str, str] | str]] = [
    (b"", {}),
    (forged.record(b"path", "größe".encode()), {"path": "größe"}),
    (forged.record(b"mtime", b"-1.5") + forged.record(b"uid", b"5") + forged.record(b"size", b"12"),
     {"mtime": "-1.5", "uid": "5", "size": "12"}),
    (forged.record(b"uname", b"a=b"), {"uname": "a=b"}),
    (forged.record(b"path", b"a") * 2, "its PAX header gives path twice"),
    (forged.record(b"path", b"a\0b"), "the NUL in its PAX record path would cut the value short"),
    (forged.record(b"path", b"\xff"), "its PAX record path is not UTF-8"),
    (forged.record(b"mtime", b"now"), "its PAX record mtime is no number"),
    (forged.record(b"size", b"1.5"), "its PAX record size is no number"),
    (forged.record(b"GNU.sparse.name", b"a"),
     "its PAX record GNU.sparse.name makes it a sparse file; expected it in full (tar without --sparse)"),
    (forged.record(b"linkpath", b"a"),
     "its PAX record linkpath changes what is extracted; expected no more than path, size, owner and times"),
    (b"path=a\n", "its PAX header has a record without a length"),
    (b"10 path=a\n"[:-1], "its PAX header has a record whose length, 10, is wrong"),
    (b"8 path=a\n", "its PAX header has a record whose length, 8, is wrong"),
    (b"2 path=a\n", "its PAX header has a record whose length, 2, is wrong"),
    (b"9 path a\n", "its PAX header has a record without a key"),
    (b"5 =a\n", "its PAX header has a record without a key"),
]  # fmt: skip


@pytest.mark.parametrize(("data", "expected"), RECORDS)
def test_records_of_a_header_are_known_and_well_formed(data: bytes, expected: dict[str, str] | str) -> None:
    try:
        found: dict[str, str] | str = tarheader.pax_records(data)
    except TarError as error:
        found = str(error)

    assert found == expected


def _named(short: bytes, **records: str) -> str:
    try:
        return tarheader.name_of(Header(short, b"0", 7, 0o644), records)
    except TarError as error:
        return str(error)


LONG = "x" * 101
TWO_FILES = "two programs extract two different files"
NAMES: list[tuple[bytes, dict[str, str], str]] = [
    (b"a", {}, "a"),
    ("ü".encode(), {}, "ü"),
    (b"\xff", {}, "its name is not UTF-8"),
    (b"a", {"path": "a"}, "a"),
    (b"a", {"path": "b"}, f"its PAX header calls it b: {TWO_FILES}"),
    (b"x" * 100, {"path": LONG}, LONG),
    (b"x" * 99, {"path": "x" * 100}, f"its PAX header calls it {'x' * 100}: {TWO_FILES}"),
    (b"y", {"path": LONG}, f"its PAX header calls it {LONG}: {TWO_FILES}"),
    (b"gr??e", {"path": "größe"}, "größe"),
    (b"gr\xc3", {"path": "grö"}, "grö"),
    (b"eg", {"path": "gürtel"}, f"its PAX header calls it g\\xfcrtel: {TWO_FILES}"),
]


@pytest.mark.parametrize(("short", "records", "expected"), NAMES)
def test_both_names_of_a_member_are_of_one_file(short: bytes, records: dict[str, str], expected: str) -> None:
    assert _named(short, **records) == expected


def test_both_sizes_of_a_member_are_one() -> None:
    header = Header(b"a", b"0", 7, 0o644)

    assert tarheader.size_of(header, {}) == tarheader.size_of(header, {"size": "07"}) == 7
    with pytest.raises(TarError, match=r"^its size is 7 in the header and 8 in the PAX header$"):
        tarheader.size_of(header, {"size": "8"})


# Limits of an archive


def _read(folder: Path, tar: bytes, limits: Limits) -> str:
    path = folder / "a.tar.gz"
    path.write_bytes(forged.gz(tar))
    try:
        return ", ".join(archive.read(path, limits).members)
    except ArchiveError as error:
        return str(error)


def test_member_whose_name_cannot_be_read_is_told_by_the_one_before_it(tmp_path: Path) -> None:
    tar = forged.file(b"a.md") + b"\0".ljust(257, b"\0") + b"x" * 255

    assert _read(tmp_path, tar, Limits()).startswith("after a.md: its header ")


LIMITS: list[tuple[Limits, Limits, str]] = [
    (Limits(members=3), Limits(members=2), "it holds more than 2 members"),
    (Limits(member_bytes=10), Limits(member_bytes=9), "a: it has 10 bytes; at most 9 are allowed"),
    (Limits(total_bytes=20), Limits(total_bytes=19), "b: with it the files have more than 19 bytes together"),
    (Limits(padding_bytes=512), Limits(padding_bytes=511), "more than 511 zeros follow after its end"),
]


@pytest.mark.parametrize(("enough", "less", "says"), LIMITS)
def test_archive_may_be_as_large_as_its_limit(enough: Limits, less: Limits, says: str, tmp_path: Path) -> None:
    tar = forged.file(b"a") + forged.folder(b"f/") + forged.file(b"b") + forged.END + bytes(512)

    assert _read(tmp_path, tar, enough) == "a, b"
    assert _read(tmp_path, tar, less) == says


# Manifests

DIGEST = "0" * 64
GOOD: dict[str, Any] = {
    "schema": 1,
    "name": "flow",
    "version": "2.0.0",
    "tag": "flow-v2.0.0",
    "archive": {"file": "flow.tar.gz", "size": 0, "sha256": DIGEST},
    "files": [{"path": "a", "size": 0, "sha256": DIGEST, "mode": "644", "version": "2.0.0"}],
}
WORDS = "expected letters, digits and . _ + -"
MANIFESTS: list[tuple[Any, list[str]]] = [
    (GOOD, []),
    (True, ["holds true or false; expected an object with schema, name, version, tag, archive, files"]),
    (
        {"one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6},
        [
            "the manifest lacks schema, name, version, tag, archive, files",
            "the manifest has one, two, three, four, five, which a manifest does not know",
        ],
    ),
    (
        {**GOOD, "archive": {"file": "a/b", "size": 2**53, "sha256": "x"}},
        [
            f"archive.file is 'a/b'; {WORDS}",
            "archive: size is 9007199254740992; expected a number of bytes",
            "archive: sha256 is 'x'; expected 64 lower-case hex digits",
        ],
    ),
    ({**GOOD, "archive": {**GOOD["archive"], "size": 2**53 - 1}}, []),
    ({**GOOD, "archive": 5.5}, ["archive is a number; expected an object with file, size, sha256"]),
    ({**GOOD, "files": None}, ["files is nothing; expected a list of 1 to 2 files"]),
    ({**GOOD, "files": [GOOD["files"][0], {**GOOD["files"][0], "path": "b"}]}, []),
    ({**GOOD, "files": GOOD["files"] * 3}, ["files is 3 entries; expected a list of 1 to 2 files"]),
    (
        {**GOOD, "files": [[], {"path": "/a", "size": "1", "mode": "7777", "version": [], "more": 1}]},
        [
            "files[0] is a list; expected an object with path, size, sha256, mode, version",
            f"/a: {ABSOLUTE}",
            "/a lacks sha256",
            "/a has more, which a manifest does not know",
            "/a: size is '1'; expected a number of bytes",
            "/a: mode is '7777'; expected three octal digits such as \"644\"",
            '/a: version is a list; expected a version such as "2.0.0"',
        ],
    ),
    ({**GOOD, "files": [{**GOOD["files"][0], "path": {}}]}, ["files[0]: path is an object; expected a text"]),
]


@pytest.mark.parametrize(("data", "says"), MANIFESTS)
def test_everything_that_is_wrong_with_a_manifest_is_told(
    data: Any, says: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(manifest, "MOST_FILES", 2)
    path = tmp_path / "flow.manifest.json"
    path.write_text(json.dumps(data), encoding="utf-8")
    found: tuple[Finding, ...] = ()
    try:
        manifest.read(path)
    except ManifestError as error:
        found = error.findings

    assert found == tuple(Finding("flow.manifest.json", None, each) for each in says)


def test_manifest_that_is_none_or_too_large_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "flow.manifest.json"

    def refused() -> str:
        with pytest.raises(ManifestError) as error:
            manifest.read(path)
        return str(error.value)

    assert refused() == "does not exist; expected the package's JSON manifest beside the archive"
    path.mkdir()
    assert refused() == "is no regular file; expected the package's JSON manifest beside the archive"
    path.rmdir()
    path.write_text(text := json.dumps(GOOD), encoding="utf-8")
    monkeypatch.setattr(manifest, "LARGEST", len(text))
    assert manifest.read(path).files["a"].mode == 0o644
    monkeypatch.setattr(manifest, "LARGEST", len(text) - 1)
    assert refused() == f"has more than {len(text) - 1} bytes; expected some 200 for each file"
