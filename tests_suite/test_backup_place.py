"""Where the backup of a deployment lies, how it is called, and when it was taken; in the words that people get."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

import pytest

from fixtures.finding import Finding
from fixtures.repository import backupplace
from fixtures.repository.backupplace import BackupPlace
from tests_suite.test_deployment_log import SHA256, Release, _log, _said


def _stored(folder: Path, name: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / name).write_bytes(b"")


NAME = "workflow-v1.0.0-backup-{}.tar.gz"


def test_latest_backup_by_its_name_is_taken_where_the_record_names_none(tmp_path: Path) -> None:
    for name in ("20260104T000000Z", "20260105T000000Z"):
        _stored(tmp_path / "backups", NAME.format(name))
    _stored(tmp_path / "backups", "zzz-newer.tar.gz")

    found = backupplace.find(tmp_path / "backups", Release(), None)

    assert found == BackupPlace(
        tmp_path / "backups",
        PurePosixPath("/backups"),
        "workflow-v1.0.0-backup-<timestamp>.tar.gz",
        None,
        tmp_path / "backups" / NAME.format("20260105T000000Z"),
    )
    assert backupplace.find(tmp_path / "nowhere", Release(), None).file is None
    assert backupplace.find(None, Release(), None).folder == Path("/backups")


def test_recorded_backup_is_looked_for_in_the_folder_and_where_it_was_recorded(tmp_path: Path) -> None:
    _stored(tmp_path / "backups", "own.tar.gz")
    _stored(tmp_path / "elsewhere", "other.tar.gz")
    other = tmp_path / "elsewhere" / "other.tar.gz"

    def find(recorded: str) -> Path | None:
        return backupplace.find(tmp_path / "backups", Release(), recorded).file

    assert find("/backups/own.tar.gz") == tmp_path / "backups" / "own.tar.gz"
    assert find(str(other)) == other
    assert find("/backups/none.tar.gz") is None


@pytest.mark.parametrize(
    ("file", "says"),
    [
        (NAME.format("20260106T090400Z"), []),
        (NAME.format("20260106T090401Z"), ["it was taken at 20260106T090401Z by its name, after the files were copied "
                                           "(2026-01-06T09:04:00+00:00)"]),
        (NAME.format("latest"), ["'latest' in its name is no timestamp; expected one such as 20260106T091600Z"]),
        ("old.tar.gz", ["the backup is called old.tar.gz; expected workflow-v1.0.0-backup-<timestamp>.tar.gz"]),
    ],
)  # fmt: skip
def test_backup_is_called_as_planned_and_was_taken_before_the_files_were_copied(
    file: str, says: list[str], tmp_path: Path
) -> None:
    _stored(tmp_path, file)
    place = backupplace.find(tmp_path, Release(), f"/backups/{file}")

    found = backupplace.place_findings(place, _log(backup={"file": f"/backups/{file}", "sha256": SHA256}))

    assert _said(found) == [f"backup.file: {each}" for each in says]


def test_backup_lies_where_the_rollback_looks_for_it(tmp_path: Path) -> None:
    name = NAME.format("20260106T090400Z")
    place = backupplace.find(tmp_path, Release(), None)

    def found(recorded: str) -> list[Finding]:
        return backupplace.place_findings(place, _log(backup={"file": recorded, "sha256": SHA256}))

    gone = [Finding(str(tmp_path / name), None, "does not exist; expected the backup that was recorded")]
    assert [found(each) for each in (f"/backups/{name}", f"{tmp_path}/{name}", name)] == [gone] * 3
    assert _said(found(f"/tmp/{name}")) == [
        "backup.file: the backup was taken to /tmp; expected it in /backups, where the rollback looks for it"
    ]
