"""What a target says of the backup and of the database: paths, times and URIs, and what of them is a secret."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from fixtures.target import Target, from_file
from fixtures.targetfile import TargetError


def _target(folder: Path, **keys: Any) -> Target:
    path = folder / "target.yaml"
    path.write_text(yaml.safe_dump({"name": "mine", **keys}), encoding="utf-8")
    return from_file(path)


def test_paths_start_at_the_target_file_and_need_not_exist(tmp_path: Path) -> None:
    keys = {"path": "b/k.archive", "copies": ["/mnt/k.archive", "c/k.archive"], "checksum": "sums", "log": "d.log"}

    backup = _target(tmp_path, backup=keys).backup

    assert backup is not None
    assert backup.path == tmp_path / "b/k.archive"
    assert backup.copies == (Path("/mnt/k.archive"), tmp_path / "c/k.archive")
    assert (backup.checksum, backup.log) == (tmp_path / "sums", tmp_path / "d.log")
    assert backup.taken_at is None


MOMENTS: list[tuple[str, datetime]] = [
    ("2026-01-05T02:00:00Z", datetime(2026, 1, 5, 2, tzinfo=UTC)),
    ("2026-01-05 03:00:00+01:00", datetime(2026, 1, 5, 2, tzinfo=UTC)),
    ("'2026-01-05T02:00:00+00:00'", datetime(2026, 1, 5, 2, tzinfo=UTC)),
]


@pytest.mark.parametrize(("text", "moment"), MOMENTS)
def test_time_of_the_backup_has_a_time_zone(text: str, moment: datetime, tmp_path: Path) -> None:
    path = tmp_path / "target.yaml"
    path.write_text(f"name: mine\nbackup:\n  path: k.archive\n  taken_at: {text}\n", encoding="utf-8")

    backup = from_file(path).backup

    assert backup is not None
    assert backup.taken_at == moment


MISTAKES: list[tuple[dict[str, Any], str]] = [
    ({"backup": {}}, "backup.path: missing; expected what mongodump wrote, an archive or a folder"),
    ({"backup": {"path": "k", "copy": "l"}}, "backup.copy: unknown key; did you mean copies?"),
    ({"backup": {"path": "k", "copies": ["l", "l"]}}, "backup.copies: has an entry twice; expected each once"),
    (
        {"backup": {"path": "k", "taken_at": "yesterday"}},
        "backup.taken_at: no point in time; expected one with its time",
    ),
    ({"backup": {"path": "k", "taken_at": "2026-01-05T02:00:00"}}, "backup.taken_at: no point in time"),
    ({"backup": {"path": "k", "taken_at": "2026-01-05"}}, "backup.taken_at: no point in time"),
    ({"backup": {"path": "k", "taken_at": 5}}, "backup.taken_at: no point in time"),
    ({"database": {}}, "database: is empty; expected at least one entry"),
    ({"database": {"uri": "https://host/knowledge"}}, "database.uri: not a MongoDB URI; expected mongodb://host:port"),
    ({"database": {"uri": "mongodb://"}}, "database.uri: not a MongoDB URI"),
    ({"database": {"uri": "mongodb://gate:pw@"}}, "database.uri: not a MongoDB URI"),
    ({"database": {"uri": "mongodb://[host"}}, "database.uri: not a MongoDB URI"),
    ({"database": {"uri": "mongodb://gate:pw@host"}}, "database.uri: its password is too short to be kept out"),
]


@pytest.mark.parametrize(("keys", "says"), MISTAKES)
def test_mistake_is_one_line_with_its_place(keys: dict[str, Any], says: str, tmp_path: Path) -> None:
    with pytest.raises(TargetError) as mistake:
        _target(tmp_path, **keys)

    assert str(mistake.value).startswith("target.yaml: ")
    assert says in str(mistake.value)
    assert "\n" not in str(mistake.value)


URIS: list[tuple[str, str | None, str, tuple[str, ...]]] = [
    ("mongodb://localhost", None, "localhost", ()),
    ("mongodb://a:1,b:2/knowledge?replicaSet=rs", "knowledge", "a:1,b:2/knowledge", ()),
    ("mongodb+srv://gate:hunter-two@c.example.com/kb", "kb", "c.example.com/kb", ("hunter-two",)),
    ("mongodb://gate:hunter%2Dtwo@host/kb", "kb", "host/kb", ("hunter%2Dtwo", "hunter-two")),
    ("mongodb://gate:four@host/kb", "kb", "host/kb", ("four",)),
    ("mongodb://gate:hunter@two@host/kb", "kb", "host/kb", ("hunter@two",)),
    ("mongodb://host/kb?tlsCertificateKeyFilePassword=s3cret", "kb", "host/kb", ("s3cret",)),
    (
        "mongodb://k:s3cret@host/?authMechanismProperties=AWS_SESSION_TOKEN:abc",
        None,
        "host",
        ("s3cret", "AWS_SESSION_TOKEN:abc"),
    ),
]


@pytest.mark.parametrize(("uri", "name", "label", "secrets"), URIS)
def test_uri_gives_name_label_and_secrets(
    uri: str, name: str | None, label: str, secrets: tuple[str, ...], tmp_path: Path
) -> None:
    target = _target(tmp_path, database={"uri": uri})

    assert target.database is not None
    assert (target.database.name, target.database.label) == (name, label)
    assert target.secrets == secrets
    assert f"database: {label}" in target.described()
    assert not [secret for secret in secrets if secret in repr(target.database) or secret in str(target.described())]


def test_name_of_the_database_outweighs_the_uri(tmp_path: Path) -> None:
    target = _target(tmp_path, database={"uri": "mongodb://host/admin", "name": "knowledge"})

    assert target.database is not None
    assert target.database.name == "knowledge"
