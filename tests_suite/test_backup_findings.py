"""What is wrong with a backup, in whole sentences: its time, its collections, its counts, its checksums and copies."""

from __future__ import annotations

import dataclasses
import hashlib
import os
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from fixtures.backup import backup as checks
from fixtures.backup import checksums, livedatabase
from fixtures.backup.backup import Backup, Taken
from fixtures.backup.backuptarget import BackupTarget, DatabaseTarget
from fixtures.backup.documents import moment
from fixtures.backup.dump import Collection, Dump
from fixtures.backup.dumpbytes import Damaged
from fixtures.backup.dumplog import DumpLog
from fixtures.backup.livedatabase import DatabaseError, LiveDatabase, Write
from fixtures.finding import Finding

NAME = "knowledge.archive"
TAKEN = datetime(2026, 1, 5, 2, tzinfo=UTC)
SECOND, SLACK = timedelta(seconds=1), timedelta(minutes=5)
AT = "2026-01-05 02:00:00 UTC"


def _collection(name: str, documents: int = 3, **more: Any) -> Collection:
    whole = Collection("knowledge", name, "", documents, 100, ("_id_",), None)
    return dataclasses.replace(whole, **more)


def _backup(
    path: Path = Path("/none") / NAME,
    *collections: Collection,
    log: DumpLog | Damaged | None = None,
    sha256: Mapping[str, str] | None = None,
    database: DatabaseTarget | None = None,
    **target: Any,
) -> Backup:
    """A backup that has been read already."""
    found = Backup(BackupTarget(path, **{"taken_at": TAKEN, **target}), database)
    dump = Dump(path, "archive", None, None, collections, (), (), dict(sha256 or {}))
    found.__dict__.update(dump=dump, log=log, written=TAKEN)
    return found


def _live(**changes: Any) -> LiveDatabase:
    return dataclasses.replace(LiveDatabase("db:27017", {}, {}, None, "the oplog"), **changes)


# Time


TIMES: list[tuple[Taken, datetime, datetime, list[str]]] = [
    (Taken(TAKEN, "the log"), TAKEN, TAKEN - SLACK, []),
    (Taken(TAKEN, "the log"), TAKEN, TAKEN - SLACK - SECOND, [f"begun at {AT} by the log: that is still to come"]),
    (Taken(TAKEN, "the log"), TAKEN - SLACK, TAKEN, []),
    (
        Taken(TAKEN, "the log"),
        TAKEN - SLACK - SECOND,
        TAKEN,
        [f"begun at {AT} by the log, but last written to at 2026-01-05 01:54:59 UTC: this is an older backup"],
    ),
    (Taken(TAKEN, "the file", certain=False), TAKEN - timedelta(days=1), TAKEN, []),
]


@pytest.mark.parametrize(("taken", "written", "now", "says"), TIMES)
def test_time_of_a_backup_is_held_against_its_files(
    taken: Taken, written: datetime, now: datetime, says: list[str]
) -> None:
    found = _backup()
    found.__dict__.update(taken=taken, written=written)

    assert checks.time_findings(found, now) == [Finding(NAME, None, each) for each in says]


def test_age_is_in_hours() -> None:
    assert checks.age(Taken(TAKEN, ""), TAKEN + timedelta(minutes=90)) == 1.5


def test_last_writing_of_a_folder_is_that_of_its_latest_file(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    for name, ahead in (("a/one", 5), ("a/b/two", 9), ("three", 7)):
        (tmp_path / name).write_bytes(b"")
        os.utime(tmp_path / name, ((TAKEN + ahead * SECOND).timestamp(),) * 2)

    assert Backup(BackupTarget(tmp_path)).written == TAKEN + 9 * SECOND
    assert Backup(BackupTarget(tmp_path / "three")).written == TAKEN + 7 * SECOND
    assert Backup(BackupTarget(tmp_path / "none")).written == datetime(1970, 1, 1, tzinfo=UTC)


def test_backup_that_is_not_there_is_said(tmp_path: Path) -> None:
    assert Backup(BackupTarget(tmp_path)).absence() == ""
    assert Backup(BackupTarget(tmp_path / "none")).absence() == (
        f"{tmp_path}/none: does not exist; expected what mongodump wrote, an archive or a folder"
    )
    with pytest.raises(ValueError, match="a backup has a path"):
        Backup(BackupTarget())


# Writes after it


def test_write_after_the_backup_is_told_with_its_source() -> None:
    write = Write(TAKEN.astimezone(timezone(timedelta(hours=1))) + SECOND, "knowledge.chunks")

    assert checks.later_findings(_backup(), None) == checks.later_findings(_backup(), _live()) == []
    assert checks.later_findings(_backup(), DatabaseError("db: refused")) == [Finding(None, None, "db: refused")]
    assert checks.later_findings(_backup(), _live(later=write)) == [
        Finding(
            None,
            None,
            f"knowledge.chunks: was written to at 2026-01-05 02:00:01 UTC, the backup was begun at {AT} "
            "(the target's taken_at); the oplog of db:27017 says so",
        )
    ]


@pytest.mark.parametrize("written", [TAKEN - timedelta(hours=1), TAKEN + timedelta(hours=1)])
def test_document_is_not_newer_than_its_backup(written: datetime) -> None:
    latest = max(TAKEN, written) + SLACK
    found = _backup(
        Path(NAME),
        _collection("sources", newest=latest),
        _collection("chunks", newest=latest + SECOND),
        _collection("oplog", newest=latest + SECOND, database=""),
        _collection("others"),
        _collection("more", newest=latest + SECOND),
    )
    found.__dict__.update(written=written)
    newest = f"{latest + SECOND:%Y-%m-%d %H:%M:%S} UTC"
    words = f"has a document of {newest}, later than the backup ({AT}, the target's taken_at)"

    assert checks.later_findings(found, None) == [
        Finding(NAME, None, f"knowledge.chunks: {words}"),
        Finding(NAME, None, f"knowledge.more: {words}"),
    ]


# Collections


def test_collections_that_are_needed_are_in_it_with_documents() -> None:
    there = {"b": _collection("b"), "a": _collection("a", 0), "system.users": _collection("system.users")}

    assert checks.collection_findings(there, ("b",), "knowledge") == []
    assert [each.message for each in checks.collection_findings(there, ("c", "a", "d"), "knowledge")] == [
        "knowledge.c: is not in the backup; it has a, b",
        "knowledge.a: is in the backup without a single document",
        "knowledge.d: is not in the backup; it has a, b",
    ]
    assert [each.message for each in checks.collection_findings({}, ("c",), "")] == [
        "?.c: is not in the backup; it has none"
    ]


def test_database_is_the_one_with_most_of_the_collections_needed() -> None:
    parts = [_collection(name, database=home) for home, name in
             (("z", "a"), ("b", "a"), ("b", "c"), ("k", "a"), ("k", "x"), ("k", "y"))]  # fmt: skip

    assert _backup(Path(NAME), *parts).database_name(["a", "c"]) == "b"
    assert _backup(Path(NAME), *parts).database_name(iter(["a"])) == "b"
    assert _backup().database_name(["a"]) == ""
    assert _backup(Path(NAME), *parts, database=DatabaseTarget(None, "k")).database_name(["a", "c"]) == "k"


def test_indexes_of_the_database_are_in_the_backup() -> None:
    collections = {"a": _collection("a", indexes=("_id_", "x")), "b": _collection("b")}
    live = _live(indexes={"b": ("_id_", "y", "z"), "a": ("x", "_id_", "w"), "only there": ("_id_",)})

    assert checks.index_findings(collections, None) == []
    assert checks.index_findings(collections, DatabaseError("refused")) == []
    assert checks.index_findings(collections, live) == [
        Finding(None, None, f"{place}: index {name!r} of db:27017 is not in the backup's metadata")
        for place, name in (("a", "w"), ("b", "y"), ("b", "z"))
    ]


def test_documents_are_as_many_as_log_and_database_say(tmp_path: Path) -> None:
    log = DumpLog(
        {"knowledge.b": 4, "knowledge.a": 3, "knowledge.none": 1, "knowledge.system.buckets.t": 2},
        TAKEN,
        ((7, "Failed: no space"), (9, "Failed: again")),
    )
    parts = (
        _collection("a"),
        _collection("b"),
        _collection("t", 2, kind="timeseries"),
        _collection("view", 0, kind="view"),
    )
    found = _backup(Path(NAME), *parts, _collection("system.js"), log=log)
    found.target = dataclasses.replace(found.target, log=Path("/logs/mongodump.log"))
    live = _live(counts={"a": 3, "b": 5, "new": 0, "t": 99})

    assert checks.count_findings(found, "knowledge", live) == [
        Finding("mongodump.log", 7, "mongodump says: Failed: no space"),
        Finding("mongodump.log", 9, "mongodump says: Failed: again"),
        Finding(None, None, "knowledge.b: 3 documents in the backup, 4 by mongodump's log"),
        Finding(None, None, "knowledge.none: 1 documents by mongodump's log, not in the backup"),
        Finding(None, None, "knowledge.b: 3 documents in the backup, 5 by db:27017"),
        Finding(None, None, "knowledge.new: 0 documents by db:27017, not in the backup"),
    ]


def test_log_and_database_that_cannot_be_read_are_findings() -> None:
    found = _backup(Path(NAME), log=Damaged(None, "cannot be read: no such file"))
    found.target = dataclasses.replace(found.target, log=Path("/logs/m.log"))

    assert checks.count_findings(found, "knowledge", DatabaseError("refused")) == [
        Finding("/logs/m.log", None, "mongodump's log: cannot be read: no such file"),
        Finding(None, None, "refused"),
    ]
    strangers = _backup(Path(NAME), _collection("z"), _collection("a"), _collection("x", database="other"))
    assert [each.message for each in checks.count_findings(strangers, "knowledge", _live(counts={}))] == [
        "knowledge.a: in the backup, but not in db:27017",
        "knowledge.z: in the backup, but not in db:27017",
    ]


def test_folder_is_counted_by_a_log_or_a_database(tmp_path: Path) -> None:
    log = DumpLog({}, TAKEN, ())
    advice = "name mongodump's log (backup.log) or the database (database.uri)"

    assert checks.uncounted(_backup(tmp_path)) == [
        Finding(tmp_path.name, None, f"nothing says how many documents the folder should hold; {advice}")
    ]
    assert checks.uncounted(_backup(tmp_path, log=log)) == []
    assert checks.uncounted(_backup(tmp_path, database=DatabaseTarget("mongodb://x"))) == []
    assert checks.uncounted(_backup(tmp_path / "file")) == []


def test_database_is_asked_once_and_only_where_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[object, ...]] = []

    def ask(*words: object) -> LiveDatabase:
        asked.append(words)
        if len(asked) > 1:
            raise DatabaseError("refused")
        return _live()

    monkeypatch.setattr(livedatabase, "ask", ask)
    named = DatabaseTarget("mongodb://x", "knowledge")
    one, other = _backup(database=named), _backup(database=named)

    assert _backup().live(["a"]) is None
    assert one.live(["a"]) is one.live(["a"])
    assert asked == [(named, "knowledge", TAKEN)]
    assert str(other.live(["a"])) == "refused"


# Checksums


OTHER = "0" * 64
SUMS: list[tuple[str, list[tuple[int | None, str]]]] = [
    ("{sha256}  k\n", []),
    ("\n# nightly\n{sha256}  k\n", []),
    ("{sha256}  \\\\server\\share\\k\n", []),
    ("{upper}  k\n", []),
    ("SHA512 (k) = {sha512}\n", []),
    (f"{OTHER}  k\n", [(1, "k: the sha256 recorded is 0000000000000000…, the file's is {sha256:.16}…")]),
    (f"\n{OTHER * 2}  k\n", [(2, "k: the sha512 recorded is 0000000000000000…, the file's is {sha512:.16}…")]),
    (f"{OTHER}  other\n", [(None, "names no k; expected a digest for it")]),
    (
        f"{{sha256}}  k\n{OTHER}  k\nmd5 sum\n{OTHER[:32]}  k\n",
        [
            (2, "k is recorded twice; which one counts?"),
            (3, "'md5 sum' is no checksum; expected a line as sha256sum writes it"),
            (4, "a digest that can be forged (MD5, SHA-1); expected SHA-256"),
        ],
    ),
    ("# nothing\n\n", [(None, "is empty; expected a line as sha256sum writes it of the backup")]),
]


@pytest.mark.parametrize(("text", "says"), SUMS)
def test_archive_agrees_with_its_checksum(text: str, says: list[tuple[int | None, str]], tmp_path: Path) -> None:
    path, sums = tmp_path / "k", tmp_path / "sums"
    path.write_bytes(b"x")
    sha256, sha512 = (hashlib.new(name, b"x").hexdigest() for name in ("sha256", "sha512"))
    digests = {"sha256": sha256, "sha512": sha512, "upper": sha256.upper()}
    sums.write_text(text.format(**digests), encoding="utf-8")

    found = checksums.findings(path, sums, {"k": sha256})

    assert found == [Finding("sums", line, words.format(**digests)) for line, words in says]


def test_checksum_is_looked_for_beside_the_backup_and_first_within_it(tmp_path: Path) -> None:
    path = tmp_path / "k"
    names = ["k.sha256", "k.sha256sum", "k.sha512", "SHA256SUMS", "SHA512SUMS"]
    found = [checksums.beside(path)]
    for name in reversed(names):
        (tmp_path / name).write_bytes(b"")
        found.append(checksums.beside(path))
    assert found == [tmp_path / name for name in ("k.sha256", *reversed(names))]

    path.mkdir()
    assert checksums.beside(path) == tmp_path / "k.sha256"
    for name in ("SHA512SUMS", "SHA256SUMS"):
        (path / name).write_bytes(b"")
        assert checksums.beside(path) == path / name
    assert checksums.beside(tmp_path / "none") == tmp_path / "SHA256SUMS"


def test_checksums_are_not_read_without_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "sums").write_text(f"{OTHER}  k\n", encoding="utf-8")
    monkeypatch.setattr(checksums, "LARGEST", 68)
    assert checksums.findings(tmp_path / "k", tmp_path / "sums", {"k": OTHER}) == []

    monkeypatch.setattr(checksums, "LARGEST", 67)
    assert checksums.findings(tmp_path / "k", tmp_path / "sums", {"k": OTHER}) == [
        Finding("sums", None, "longer than 67 bytes; expected a line as sha256sum writes it of the backup")
    ]


# Documents


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("2026-01-05T02:00:00Z", TAKEN),
        ("2026-01-05T03:00:00+01:00", TAKEN),
        ("2026-01-05T02:00:00", TAKEN),
        (TAKEN.replace(tzinfo=None), TAKEN),
        ("yesterday", None),
        (5, None),
        (None, None),
    ],
)
def test_moment_of_a_document_is_in_utc_where_it_names_no_zone(value: object, found: datetime | None) -> None:
    assert moment(value) == found
