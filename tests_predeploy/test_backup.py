"""Plan 1.1.3: a backup of the knowledge database, stored and verified, before anything else happens."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from fixtures.backup import backup as backup_checks
from fixtures.backup.backup import Backup
from fixtures.backup.dump import Collection
from fixtures.backup.livedatabase import DatabaseError, LiveDatabase
from fixtures.finding import Finding
from gate.checklist import Release, verifies
from gate.measure import Measure, Recorder


@pytest.fixture(scope="module")
def database(backup: Backup, release: Release) -> str:
    """The name of the knowledge database in the backup."""
    return backup.database_name(release.knowledge_collections)


@pytest.fixture(scope="module")
def collections(backup: Backup, database: str) -> dict[str, Collection]:
    """The collections of the knowledge database in the backup."""
    return backup.dump.of_database(database)


@pytest.fixture
def noted_database(database: str, record_property: Callable[[str, object], None]) -> str:
    """The same, and noted for those who sign."""
    record_property("knowledge database", database or "none in the backup")
    return database


@pytest.fixture(scope="module")
def live(backup: Backup, release: Release) -> LiveDatabase | DatabaseError | None:
    """The running knowledge database; None where the target names none."""
    return backup.live(release.knowledge_collections)


@verifies("1.1.3")
def test_backup_is_whole_and_every_document_can_be_decoded(backup: Backup, findings: Recorder) -> None:
    """A backup that breaks off is found out on the day it is needed."""
    wrong = findings.blocking(backup.dump.faults)

    assert not wrong, f"{backup.path} ({backup.dump.form}):\n{wrong}"


@verifies("1.1.3")
def test_every_collection_of_the_knowledge_base_is_in_the_backup(
    collections: dict[str, Collection], noted_database: str, release: Release, findings: Recorder
) -> None:
    """A dump of another database, or of an empty one, is a perfectly good dump."""
    needed = release.knowledge_collections
    wrong = findings.blocking(backup_checks.collection_findings(collections, needed, noted_database))

    assert not wrong, str(wrong)


@verifies("1.1.3")
def test_backup_leaves_no_doubt_which_database_is_the_knowledge_database(
    backup: Backup, database: str, release: Release, findings: Recorder
) -> None:
    """Beside the one that production uses, a dump may hold somebody's copy of it; only one of them is judged."""
    findings.degrading(backup_checks.rival_findings(backup, release.knowledge_collections, database))
    assert backup.dump.databases, f"{backup.path}: no database in it, nothing verified"

    wrong = findings.blocking(backup_checks.ambiguity_findings(backup, release.knowledge_collections))

    assert not wrong, str(wrong)


@verifies("1.1.3")
def test_indexes_are_in_the_backup(
    backup: Backup,
    collections: dict[str, Collection],
    live: LiveDatabase | DatabaseError | None,
    findings: Recorder,
) -> None:
    """Without its indexes a restored database answers, minutes late."""
    assert backup.dump.collections, f"{backup.path}: no collection in it, nothing verified"

    wrong = findings.blocking([*backup.dump.metadata_faults, *backup_checks.index_findings(collections, live)])

    assert not wrong, str(wrong)


@verifies("1.1.3")
def test_backup_was_taken_within_the_day(backup: Backup, findings: Recorder, measure: Measure) -> None:
    """What was learned since an old backup is lost with a restore."""
    now = datetime.now(UTC)
    if not backup.taken.certain:
        advice = "a file's time, which any copying renews; name backup.taken_at or backup.log"
        findings.degrading([Finding(backup.path.name, None, f"when it was taken is known only by {advice}")])

    wrong = findings.blocking(backup_checks.time_findings(backup, now))

    assert not wrong, str(wrong)
    measure("backup age", backup_checks.age(backup.taken, now))


@verifies("1.1.3")
def test_nothing_was_written_after_the_backup(
    backup: Backup, live: LiveDatabase | DatabaseError | None, findings: Recorder
) -> None:
    """Whatever came after it, a restore takes away."""
    assert backup.dump.collections, f"{backup.path}: no collection in it, nothing verified"

    wrong = findings.blocking(backup_checks.later_findings(backup, live))

    assert not wrong, str(wrong)


@verifies("1.1.3")
def test_backup_agrees_with_its_checksum(backup: Backup, findings: Recorder) -> None:
    """The list of collections has no checksum in the archive itself, and a folder has none at all."""
    wrong = findings.blocking(backup_checks.checksum_findings(backup))

    assert not wrong, str(wrong)


@verifies("1.1.3")
def test_backup_is_in_every_place_where_it_should_be(backup: Backup, findings: Recorder) -> None:
    """The disk that takes the database with it takes the backup beside it, too."""
    assert backup.dump.sha256, f"{backup.path}: nothing was read, so nothing can be compared"

    wrong = findings.blocking(backup_checks.place_findings(backup))

    assert not wrong, str(wrong)


@verifies("1.1.3")
def test_backup_has_as_many_documents_as_the_database(
    backup: Backup, database: str, live: LiveDatabase | DatabaseError | None, findings: Recorder
) -> None:
    """A folder that was cut between two documents reads cleanly; only a count from outside shows it."""
    findings.degrading(backup_checks.uncounted(backup))
    assert backup.dump.collections, f"{backup.path}: no collection in it, nothing counted"

    wrong = findings.blocking(backup_checks.count_findings(backup, database, live))

    assert not wrong, str(wrong)
