"""Plan 3.2, the backups: one was made after the deployment, and the code of 1.1.3 has read it."""

from __future__ import annotations

from datetime import UTC, datetime

from fixtures.backup import backup as backup_checks
from fixtures.backup.backup import Backup
from fixtures.backup.livedatabase import DatabaseError
from fixtures.finding import Finding
from fixtures.firstday import made
from fixtures.schedule import Schedule
from gate.checklist import Release, verifies
from gate.measure import Recorder


@verifies("3.2.6")
def test_backup_was_made_after_the_deployment(day_backup: Backup, deployed: Schedule, findings: Recorder) -> None:
    """The backup of the day before cannot bring back what users did in the first day."""
    now = datetime.now(UTC)
    findings.degrading(made.uncertain(day_backup))

    wrong = findings.blocking(
        [*backup_checks.time_findings(day_backup, now), *made.time_findings(day_backup, deployed, now)]
    )

    assert not wrong, str(wrong)


@verifies("3.2.6")
def test_backup_of_the_day_is_whole(day_backup: Backup, release: Release, findings: Recorder) -> None:
    """A job that goes on writing files has not gone on making backups."""
    name = day_backup.database_name(release.knowledge_collections)
    collections = day_backup.dump.of_database(name)

    wrong = findings.blocking(
        [
            *day_backup.dump.faults,
            *day_backup.dump.metadata_faults,
            *backup_checks.ambiguity_findings(day_backup, release.knowledge_collections),
            *backup_checks.collection_findings(collections, release.knowledge_collections, name),
        ]
    )

    assert not wrong, f"{day_backup.path} ({day_backup.dump.form}):\n{wrong}"


@verifies("3.2.6")
def test_backup_of_the_day_agrees_with_its_checksum_and_copies(day_backup: Backup, findings: Recorder) -> None:
    """A backup that is not where it is looked for is not there."""
    assert day_backup.dump.sha256, f"{day_backup.path}: nothing was read, so nothing can be compared"

    wrong = findings.blocking([*backup_checks.checksum_findings(day_backup), *backup_checks.place_findings(day_backup)])

    assert not wrong, str(wrong)


@verifies("3.2.6")
def test_backup_of_the_day_has_what_was_counted(day_backup: Backup, release: Release, findings: Recorder) -> None:
    """The database goes on living after a backup: only mongodump's own count and the indexes can be compared."""
    findings.degrading(backup_checks.uncounted(day_backup))
    assert day_backup.dump.collections, f"{day_backup.path}: no collection in it, nothing counted"
    name = day_backup.database_name(release.knowledge_collections)
    live = day_backup.live(release.knowledge_collections)
    refused = [Finding(None, None, str(live))] if isinstance(live, DatabaseError) else []

    wrong = findings.blocking(
        [
            *refused,
            *backup_checks.count_findings(day_backup, name, None),
            *backup_checks.index_findings(day_backup.dump.of_database(name), live),
        ]
    )

    assert not wrong, str(wrong)
