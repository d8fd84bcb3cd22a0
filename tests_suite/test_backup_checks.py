"""What is asked of a backup besides its bytes: checksum, time, places and counts."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from fixtures.backup import backup as checks
from fixtures.backup import dumplog
from fixtures.backup.backup import Backup
from fixtures.backup.backuptarget import BackupTarget, DatabaseTarget
from fixtures.backup.livedatabase import DatabaseError, LiveDatabase, Write
from fixtures.finding import Finding
from fixtures.reference import dump
from tests_suite import dumps
from tests_suite.dumps import ARCHIVE, PARTS

NEEDED = ("sources", "chunks", "extractions")
COUNTS = {"sources": 3, "chunks": 5, "extractions": 6}
INDEXES = dict.fromkeys(NEEDED, ("_id_",))
NAME = "knowledge.archive"
SHA256 = hashlib.sha256(ARCHIVE).hexdigest()
SHA512 = hashlib.sha512(ARCHIVE).hexdigest()
NOW = datetime.now(UTC)
LOG = """\
2026-01-05T02:00:00.125+0000\twriting knowledge.chunks to archive 'knowledge.archive'
2026-01-05T02:00:00.250+0000\tdone dumping knowledge.chunks (5 documents)
2026-01-05T02:00:00.375+0000\tdone dumping `knowledge.sources` (3 documents)
2026-01-05T02:00:00.500+0000\tdone dumping knowledge.one (1 document)
"""


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    path = tmp_path / "backups" / NAME
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(ARCHIVE)
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "backups" / "dump"
    dump.write_folder(path, PARTS)
    return path


def _texts(found: Sequence[Finding]) -> str:
    return "\n".join(f"{each.file}:{each.line}: {each.message}" for each in found)


# Checksums

CHECKSUMS: list[tuple[str, str, str]] = [
    ("sha256sum", f"{SHA256}  {NAME}\n", ""),
    ("of another folder", f"{SHA256}  /mnt/old/{NAME}\n", ""),
    ("binary mode", f"{SHA256} *{NAME}\n", ""),
    ("on Windows", f"{SHA256} *D:\\backups\\{NAME}\r\n", ""),
    ("in capitals", f"{SHA256.upper()}  {NAME}\n", ""),
    ("without a name", f"{SHA256}\n", ""),
    ("sha512sum", f"{SHA512}  {NAME}\n", ""),
    ("with a tag", f"SHA256 ({NAME}) = {SHA256}\n", ""),
    ("among others", f"# nightly\n{'0' * 64}  other.archive\n{SHA256}  {NAME}\n", ""),
    ("of other bytes", f"{'0' * 64}  {NAME}\n", f":1: {NAME}: the sha256 recorded is 0000000000000000…, the file's is"),
    ("sha512 of other bytes", f"{'0' * 128}  {NAME}\n", "the sha512 recorded is 0000000000000000…, the file's is"),
    ("of another file", f"{SHA256}  other.archive\n", f"names no {NAME}; expected a digest for it"),
    ("twice", f"{SHA256}  {NAME}\n{'0' * 64}  {NAME}\n", "is recorded twice; which one counts?"),
    ("MD5", f"{hashlib.md5(ARCHIVE).hexdigest()}  {NAME}\n", "a digest that can be forged"),
    ("SHA-1", f"{hashlib.sha1(ARCHIVE).hexdigest()}  {NAME}\n", "a digest that can be forged"),
    ("nothing", "", "is empty; expected a line as sha256sum writes it of the backup"),
    ("a message", "sha256sum: knowledge.archive: No such file\n", "is no checksum"),
    ("a short digest", f"{SHA256[:60]}  {NAME}\n", ":1: "),
]


@pytest.mark.parametrize(("text", "says"), [row[1:] for row in CHECKSUMS], ids=[row[0] for row in CHECKSUMS])
def test_checksum_of_an_archive_is_compared(text: str, says: str, archive: Path) -> None:
    archive.with_name(f"{NAME}.sha256").write_text(text, encoding="utf-8")

    found = checks.checksum_findings(Backup(BackupTarget(archive)))

    assert bool(found) == bool(says)
    assert says in _texts(found)


def test_missing_checksum_is_a_finding_with_the_path_expected(archive: Path) -> None:
    found = checks.checksum_findings(Backup(BackupTarget(archive)))

    assert "knowledge.archive.sha256:None: does not exist" in _texts(found)


def _sums(root: Path, prefix: str = "") -> str:
    files = sorted(path for path in root.rglob("*") if path.is_file() and path.name != "SHA256SUMS")
    lines = (f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {prefix}{path.relative_to(root)}\n" for path in files)
    return "".join(lines)


@pytest.mark.parametrize("prefix", ["", "./", "dump/", "/backups/dump/"])
def test_checksums_of_a_folder_name_its_files_from_anywhere(prefix: str, folder: Path) -> None:
    (folder / "SHA256SUMS").write_text(_sums(folder, prefix), encoding="utf-8")

    assert checks.checksum_findings(Backup(BackupTarget(folder))) == []


CUT = "knowledge/chunks.bson"
FOLDER_FAULTS: list[tuple[Callable[[Path], object], str]] = [
    (lambda root: (root / CUT).write_bytes(b"".join(dumps.CHUNKS.documents[:-1])), f"{CUT}: the sha256 recorded is"),
    (lambda root: (root / "knowledge/more.bson").write_bytes(b""), "names no knowledge/more.bson"),
    (lambda root: (root / CUT).unlink(), f"{CUT}: recorded, but not there"),
    (lambda root: (root / "SHA256SUMS").write_text(""), "is empty"),
]


@pytest.mark.parametrize(("breaks", "says"), FOLDER_FAULTS, ids=["cut", "more", "fewer", "no sums"])
def test_checksums_of_a_folder_are_compared_file_by_file(
    breaks: Callable[[Path], object], says: str, folder: Path
) -> None:
    (folder / "SHA256SUMS").write_text(_sums(folder), encoding="utf-8")
    breaks(folder)

    assert says in _texts(checks.checksum_findings(Backup(BackupTarget(folder))))


# Time


def _at(hours: float) -> datetime:
    return NOW + timedelta(hours=hours)


TIMES: list[tuple[float, float, str]] = [
    (-1, -0.9, ""),
    (-23.9, -23.9, ""),
    (-1, 0, ""),
    (0.01, 0, ""),
    (2, 0, "that is still to come"),
    (-1, -30, "this is an older backup"),
]


@pytest.mark.parametrize(("taken", "written", "says"), TIMES)
def test_time_of_a_backup_is_not_simply_believed(taken: float, written: float, says: str, archive: Path) -> None:
    os.utime(archive, (_at(written).timestamp(),) * 2)
    backup = Backup(BackupTarget(archive, taken_at=_at(taken)))

    found = checks.time_findings(backup, NOW)

    assert bool(found) == bool(says)
    assert says in _texts(found)


def test_age_counts_from_the_best_record_of_the_beginning(archive: Path, tmp_path: Path) -> None:
    log = tmp_path / "mongodump.log"
    log.write_text(LOG, encoding="utf-8")
    os.utime(archive, (_at(-3).timestamp(),) * 2)
    targets = [
        BackupTarget(archive, log=log, taken_at=_at(-2)),
        BackupTarget(archive, log=log),
        BackupTarget(archive),
    ]

    taken = [Backup(target).taken for target in targets]

    assert [each.source for each in taken] == ["the target's taken_at", "mongodump's log", "the file's time"]
    assert [each.certain for each in taken] == [True, True, False]
    assert [round(checks.age(each, NOW), 6) for each in (taken[0], taken[2])] == [2, 3]
    assert taken[1].at == datetime(2026, 1, 5, 2, 0, 0, 125_000, UTC)


def _live(**changes: object) -> LiveDatabase:
    facts: dict[str, object] = {
        "label": "127.0.0.1:27017",
        "counts": COUNTS,
        "indexes": INDEXES,
        "later": None,
        "looked_in": "the oplog",
    }
    return LiveDatabase(**{**facts, **changes})  # type: ignore[arg-type]


def test_write_after_the_backup_is_named(archive: Path) -> None:
    backup = Backup(BackupTarget(archive, taken_at=_at(-1)))

    found = checks.later_findings(backup, _live(later=Write(_at(-0.5), "knowledge.chunks")))

    assert "knowledge.chunks: was written to at" in _texts(found)
    assert checks.later_findings(backup, _live()) == []


def test_document_that_is_newer_than_its_backup_is_noticed(archive: Path) -> None:
    later = dumps.part("sources", 1, ingested_at=_at(3))
    archive.write_bytes(dump.archive([later, *PARTS[1:]]))

    found = checks.later_findings(Backup(BackupTarget(archive, taken_at=_at(-1))), None)

    assert "knowledge.sources: has a document of" in _texts(found)


# Collections, indexes and counts


def test_collections_that_are_missing_or_empty_are_named(archive: Path) -> None:
    archive.write_bytes(dump.archive(dump.emptied(dump.without(PARTS, "chunks"), "sources")))
    backup = Backup(BackupTarget(archive))

    found = checks.collection_findings(backup.dump.of_database("knowledge"), NEEDED, "knowledge")

    assert [each.message for each in found] == [
        "knowledge.sources: is in the backup without a single document",
        "knowledge.chunks: is not in the backup; it has extractions, sources",
    ]


def test_index_that_a_restore_would_lose_is_named(archive: Path) -> None:
    collections = Backup(BackupTarget(archive)).dump.of_database("knowledge")
    live = _live(indexes={**INDEXES, "chunks": ("_id_", "by_source")})

    found = checks.index_findings(collections, live)

    assert [each.message for each in found] == [
        "chunks: index 'by_source' of 127.0.0.1:27017 is not in the backup's metadata"
    ]


LIVE_COUNTS: list[tuple[dict[str, int], list[str]]] = [
    (COUNTS, []),
    ({**COUNTS, "chunks": 6}, ["knowledge.chunks: 5 documents in the backup, 6 by 127.0.0.1:27017"]),
    ({**COUNTS, "users": 0}, ["knowledge.users: 0 documents by 127.0.0.1:27017, not in the backup"]),
    ({"sources": 3, "chunks": 5}, ["knowledge.extractions: in the backup, but not in 127.0.0.1:27017"]),
]


@pytest.mark.parametrize(("counts", "messages"), LIVE_COUNTS)
def test_counts_are_those_of_the_running_database(counts: dict[str, int], messages: list[str], archive: Path) -> None:
    found = checks.count_findings(Backup(BackupTarget(archive)), "knowledge", _live(counts=counts))

    assert [each.message for each in found] == messages


def test_database_that_cannot_be_asked_fails_what_depends_on_it(archive: Path) -> None:
    backup = Backup(BackupTarget(archive))
    error = DatabaseError("127.0.0.1:27017: connection refused; expected a MongoDB that answers")

    assert "connection refused" in _texts(checks.count_findings(backup, "knowledge", error))
    assert "connection refused" in _texts(checks.later_findings(backup, error))


LOGS: list[tuple[str, list[str]]] = [
    (LOG.replace("knowledge.one", "knowledge.extractions").replace("(1 document)", "(6 documents)"), []),
    (LOG, ["knowledge.one: 1 documents by mongodump's log, not in the backup"]),
    (LOG.replace("(5 ", "(7 "), ["knowledge.chunks: 5 documents in the backup, 7 by mongodump's log"]),
    (f"{LOG}2026-01-05T02:00:01.000+0000\tFailed: error writing data: no space\n", ["mongodump says: Failed: error"]),
    (
        LOG.replace(".one (1 ", ".sources (3 "),
        ["mongodump.log:None: does not say 'done dumping knowledge.extractions'"],
    ),
    ("bash: mongodump: command not found\n", ["mongodump's log: no line that mongodump writes"]),
]


@pytest.mark.parametrize(("text", "messages"), LOGS)
def test_counts_are_those_that_mongodump_wrote_to_its_log(
    text: str, messages: list[str], archive: Path, tmp_path: Path
) -> None:
    log = tmp_path / "mongodump.log"
    log.write_text(text, encoding="utf-8")

    found = checks.count_findings(Backup(BackupTarget(archive, log=log)), "knowledge", None)

    assert all(message in _texts(found) for message in messages)
    assert bool(found) == bool(messages)


def test_collection_whose_end_the_log_does_not_tell_was_not_dumped_to_its_end(folder: Path, tmp_path: Path) -> None:
    """The log of a dump that was killed counts nothing for what it was just writing; a folder cut there reads well."""
    (folder / CUT).write_bytes(b"".join(dumps.CHUNKS.documents[:2]))
    log = tmp_path / "mongodump.log"
    log.write_text(LOG.splitlines(keepends=True)[0], encoding="utf-8")

    found = checks.count_findings(Backup(BackupTarget(folder, log=log)), "knowledge", None)

    assert [each.message for each in found] == [
        f"does not say 'done dumping knowledge.{name}', which is in the backup; "
        "expected the whole log of the run that made it"
        for name in ("chunks", "extractions", "sources")
    ]


def test_views_and_time_series_are_counted_as_mongodump_counts_them(tmp_path: Path) -> None:
    """A view has no documents in a dump, and a time series has buckets there, but measurements in the database."""
    root = tmp_path / "dump"
    dump.write_folder(root, PARTS)
    home = root / "knowledge"
    (home / "recent.metadata.json").write_text('{"options":{"viewOn":"chunks"},"indexes":[],"type":"view"}')
    (home / "latency.metadata.json").write_text('{"options":{"timeseries":{"timeField":"t"}},"indexes":[]}')
    (home / "system.buckets.latency.bson").write_bytes(dumps.CHUNKS.documents[0])
    log = tmp_path / "mongodump.log"
    begun = "2026-01-05T02:00:00.250+0000\tdone dumping knowledge"
    counted = [f"{name} ({count} documents)" for name, count in COUNTS.items()]
    counted += ["recent (0 documents)", "system.buckets.latency (1 document)"]
    log.write_text("".join(f"{begun}.{each}\n" for each in counted), encoding="utf-8")
    backup = Backup(BackupTarget(root, log=log))
    live = _live(counts={**COUNTS, "latency": 4711})

    assert checks.count_findings(backup, "knowledge", live) == []


def test_log_that_is_missing_is_a_finding(archive: Path, tmp_path: Path) -> None:
    backup = Backup(BackupTarget(archive, log=tmp_path / "mongodump.log"))

    assert "no such file" in _texts(checks.count_findings(backup, "knowledge", None))
    assert backup.taken.source == "the file's time"


def test_lines_of_other_programs_in_a_log_are_passed_over() -> None:
    assert dumplog.parse(f"+ mongodump --archive\n{LOG}exit 0\n").counts == {
        "knowledge.chunks": 5,
        "knowledge.sources": 3,
        "knowledge.one": 1,
    }


def test_folder_that_nobody_counted_is_a_doubt(folder: Path, archive: Path) -> None:
    asked = Backup(BackupTarget(folder), DatabaseTarget("mongodb://127.0.0.1/knowledge"))

    assert "nothing says how many documents" in _texts(checks.uncounted(Backup(BackupTarget(folder))))
    assert checks.uncounted(asked) == []
    assert checks.uncounted(Backup(BackupTarget(archive))) == []


# Places


def _linked(copy: Path, archive: Path) -> None:
    os.link(archive, copy)


def _symlinked(copy: Path, archive: Path) -> None:
    copy.symlink_to(archive)


COPIES: list[tuple[str, Callable[[Path, Path], object], str]] = [
    ("a copy", lambda copy, archive: shutil.copy(archive, copy), ""),
    ("under another name", lambda copy, archive: shutil.copy(archive, copy), ""),
    ("a hard link", _linked, "is the backup itself under another name"),
    ("a symbolic link", _symlinked, "is the backup itself under another name"),
    ("nothing", lambda copy, archive: None, "does not exist"),
    ("cut", lambda copy, archive: copy.write_bytes(ARCHIVE[:-1]), "differs from the backup in"),
    ("a folder", lambda copy, archive: copy.mkdir(), "is of another kind"),
    ("a pipe", lambda copy, archive: os.mkfifo(copy), "is no regular file"),
]


@pytest.mark.parametrize(("stores", "says"), [row[1:] for row in COPIES], ids=[row[0] for row in COPIES])
def test_copy_in_another_place_holds_the_same(
    stores: Callable[[Path, Path], object], says: str, archive: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "offsite" / "copy.archive"
    copy.parent.mkdir()
    stores(copy, archive)

    found = checks.place_findings(Backup(BackupTarget(archive, copies=(copy,))))

    assert bool(found) == bool(says)
    assert says in _texts(found)


def test_copy_beside_the_backup_is_no_other_place(archive: Path) -> None:
    copy = archive.with_name("copy.archive")
    shutil.copy(archive, copy)

    found = checks.place_findings(Backup(BackupTarget(archive, copies=(copy,))))

    assert "lies in the same folder" in _texts(found)


def test_copy_of_a_folder_is_compared_file_by_file(folder: Path, tmp_path: Path) -> None:
    copy = tmp_path / "offsite" / "dump"
    shutil.copytree(folder, copy)
    backup = Backup(BackupTarget(folder, copies=(copy,)))
    assert checks.place_findings(backup) == []

    (copy / CUT).write_bytes(b"")

    assert f"differs from the backup in {CUT}" in _texts(checks.place_findings(backup))
