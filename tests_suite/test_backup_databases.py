"""Which database of a dump is the knowledge database, and when nobody can say."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from fixtures.backup import backup as checks
from fixtures.backup.backup import Backup
from fixtures.backup.backuptarget import BackupTarget, DatabaseTarget
from fixtures.finding import Finding
from fixtures.reference import dump
from tests_suite import dumps
from tests_suite.dumps import PARTS

NEEDED = ("sources", "chunks", "extractions")
NAME = "knowledge.archive"


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    return tmp_path / NAME


def test_knowledge_database_is_found_among_several(archive: Path) -> None:
    other = [dataclasses.replace(part, database="staging") for part in PARTS[:2]]
    archive.write_bytes(dump.prelude([*other, *PARTS]) + b"".join(map(dumps.whole, [*other, *PARTS])))

    assert Backup(BackupTarget(archive)).database_name(NEEDED) == "knowledge"
    assert Backup(BackupTarget(archive), DatabaseTarget(name="staging")).database_name(NEEDED) == "staging"


def _two_databases(archive: Path, others: Sequence[dump.Part], **target: Any) -> Backup:
    parts = [*(dataclasses.replace(part, database="dev_knowledge") for part in others), *PARTS]
    archive.write_bytes(dump.prelude(parts) + b"".join(map(dumps.whole, parts)))
    return Backup(BackupTarget(archive), DatabaseTarget(**target))


def test_two_databases_that_could_each_be_the_knowledge_database_are_told_apart_by_the_target(archive: Path) -> None:
    """Of two of them one is empty, and only whoever wrote the target knows which one production uses."""
    same = checks.ambiguity_findings(_two_databases(archive, PARTS), NEEDED)
    named = checks.ambiguity_findings(_two_databases(archive, PARTS, name="knowledge"), NEEDED)
    part = _two_databases(archive, PARTS[:2])

    reason = "dev_knowledge and knowledge could each be the knowledge database"
    assert same == [Finding(NAME, None, f"{reason}; say which one it is (database.name in the target)")]
    assert named == checks.ambiguity_findings(part, NEEDED) == []


def test_database_that_has_some_of_the_collections_is_a_doubt_about_the_one_that_has_all(archive: Path) -> None:
    part = checks.rival_findings(_two_databases(archive, PARTS[:2]), NEEDED, "knowledge")
    named = checks.rival_findings(_two_databases(archive, PARTS[:2], name="knowledge"), NEEDED, "knowledge")
    none = checks.rival_findings(_two_databases(archive, []), NEEDED, "knowledge")

    had = ", ".join(sorted(each.name for each in PARTS[:2]))
    advice = "knowledge was taken for the knowledge database; say which one it is (database.name in the target)"
    assert part == [Finding(NAME, None, f"dev_knowledge has {had}, too; {advice}")]
    assert named == none == []


def test_dump_without_any_of_the_collections_leaves_no_choice(archive: Path) -> None:
    backup = _two_databases(archive, PARTS)

    assert checks.ambiguity_findings(backup, ["users"]) == checks.rival_findings(backup, ["users"], "knowledge") == []
