"""The chain: what is read of a gate's report, and whether it can be relied on; reports of a few lines."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from gate import chain, statement
from gate.chain import Look

SAME = {"package": "a" * 64, "workflow": "b" * 64, "knowledge": "https://k.example"}
VERDICT: dict[str, Any] = {
    "marker": "smoke",
    "verdict": "DEGRADE",
    "decision": {"action": "proceed_with_caution"},
    "started": "2026-01-06T09:40:00+01:00",
    "ended": "2026-01-06T08:45:00.500Z",
    "target": {
        "name": "production",
        "sha256": "d" * 64,
        "subjects": {
            "package": {"location": "/p.tar.gz", "sha256": "a" * 64},
            "workflow": {"sha256": "b" * 64},
            "knowledge": {"location": "https://k.example"},
            "repository": {"location": "/srv/r", "sha256": "e" * 64},
        },
    },
    "items": [{"outcome": "passed"}, {"outcome": "degraded"}],
    "notes": [],
    "chain": [],
}


def _left(base: Path, told: object = None, **changes: Any) -> str:
    """Leave a verdict of the smoke gate, and a Statement about it (or what is told instead); its digest."""
    folder = base / "smoke"
    folder.mkdir(parents=True)
    raw = json.dumps({**VERDICT, **changes}).encode()
    sha256 = hashlib.sha256(raw).hexdigest()
    (folder / "verdict.json").write_bytes(raw)
    files = [{"name": name, "digest": {"sha256": sha256}} for name in ("summary.md", "verdict.json")]
    said = {"predicate": {statement.EXTENSION: {"files": files}}} if told is None else told
    (folder / "statement.json").write_text(json.dumps(said), encoding="utf-8")
    return sha256


LOOK = Look(
    "smoke",
    "DEGRADE",
    "proceed_with_caution",
    datetime(2026, 1, 6, 8, 40, tzinfo=UTC),
    datetime(2026, 1, 6, 8, 45, 0, 500_000, tzinfo=UTC),
    "production",
    "d" * 64,
    SAME,
    "",
)


def test_report_is_known_by_its_verdict_its_times_and_what_it_was_about(tmp_path: Path) -> None:
    sha256 = _left(tmp_path)

    look = chain.read(tmp_path, "smoke")

    assert look == dataclasses.replace(LOOK, sha256=sha256)
    assert look.started is not None
    assert look.ended is not None
    assert look.started.tzinfo is look.ended.tzinfo is UTC


def test_report_about_a_target_without_a_file_or_subjects_says_so(tmp_path: Path) -> None:
    sha256 = _left(tmp_path, target={"name": "reference", "subjects": {"package": {"location": "/p"}}})

    changes: dict[str, Any] = {"target": "reference", "target_sha256": None, "same": {}, "sha256": sha256}
    assert chain.read(tmp_path, "smoke") == dataclasses.replace(LOOK, **changes)


# What is changed in the verdict, what the Statement is, and the damage.
DAMAGED: dict[str, tuple[dict[str, Any], object, str]] = {
    "none": ({}, None, ""),
    "another gate's": ({"marker": "m" * 99}, None, f"its verdict.json is one of the gate '{'m' * 39}"),
    "a statement of another file": (
        {},
        {"predicate": {"releaseGate": {"files": [{"name": "verdict.json", "digest": {"sha256": "0" * 64}}]}}},
        "its report was changed after it was written",
    ),
    "a statement that names no verdict": (
        {},
        {"predicate": {"releaseGate": {"files": []}}},
        "its report was changed after it was written",
    ),
    "a statement that is none": ({}, [], "its statement is none"),
    "a statement that says nothing": ({}, {"predicate": {}}, "its statement is none"),
    "not what follows": (
        {"verdict": "P" * 99},
        None,
        f"it says {'P' * 20}, but DEGRADE follows from its outcomes",
    ),
    "ended early": ({"notes": ["interrupted"]}, None, "it says DEGRADE, but INCOMPLETE follows from its outcomes"),
    "outside the chain": ({"chain": None}, None, "it was run outside the chain"),
    "changed and outside": ({"chain": None}, [], "its statement is none"),
}


@pytest.mark.parametrize(("changes", "told", "damage"), DAMAGED.values(), ids=DAMAGED)
def test_report_that_cannot_be_relied_on_says_why(
    tmp_path: Path, changes: dict[str, Any], told: object, damage: str
) -> None:
    _left(tmp_path, told, **changes)

    look = chain.read(tmp_path, "smoke")

    assert look is not None
    assert look.marker == "smoke"
    assert look.damage == damage
    assert (look.ended is None) is ("marker" in changes)


UNREADABLE = {
    "no JSON": (b"{", "its verdict.json is none"),
    "a list": (b"[]", "its verdict.json is none"),
    "nested without end": (b"[" * 100_000, "its verdict.json is none"),
    "no text": (b"\xff\xfe\xff", "its verdict.json is none"),
    "a key given twice": (
        json.dumps(VERDICT).encode().replace(b'{"marker"', b'{"notes": ["odd"], "marker"', 1),
        "its verdict.json is none",
    ),
}


@pytest.mark.parametrize(("raw", "damage"), UNREADABLE.values(), ids=UNREADABLE)
def test_verdict_that_is_none_is_known_by_that_alone(tmp_path: Path, raw: bytes, damage: str) -> None:
    _left(tmp_path)
    (tmp_path / "smoke" / "verdict.json").write_bytes(raw)

    assert chain.read(tmp_path, "smoke") == Look("smoke", damage=damage)


def test_statement_that_is_missing_is_said(tmp_path: Path) -> None:
    _left(tmp_path)
    (tmp_path / "smoke" / "statement.json").unlink()

    look = chain.read(tmp_path, "smoke")

    assert look is not None
    assert look.damage == "it has no statement that could be verified"


def test_what_is_no_file_or_cannot_be_opened_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "smoke" / "verdict.json").mkdir(parents=True)
    damage = "its verdict.json is no file of a bearable size"
    assert chain.read(tmp_path, "smoke") == Look("smoke", damage=damage)

    for error, said in ((PermissionError(13, "Permission denied"), "permission denied"), (OSError("Gone"), "gone")):

        def refuse(_: Path, error: OSError = error) -> bytes:
            raise error

        monkeypatch.setattr(statement, "read", refuse)

        damage = f"its verdict.json cannot be read: {said}"
        assert chain.read(tmp_path, "smoke") == Look("smoke", damage=damage)


@pytest.mark.parametrize("name", ["none", "file"])
def test_gate_that_left_nothing_is_not_known(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").touch()

    assert chain.read(tmp_path / name, "smoke") is None


def test_last_of_several_reports_counts_and_one_that_tells_no_time_before_all(tmp_path: Path) -> None:
    early, late, broken = tmp_path / "early", tmp_path / "late", tmp_path / "broken"
    _left(early, ended="2026-01-06T08:44:00Z")
    sha256 = _left(late)
    (broken / "smoke").mkdir(parents=True)
    (broken / "smoke" / "verdict.json").touch()

    assert chain.latest([early, late, tmp_path / "none"], "smoke") == dataclasses.replace(LOOK, sha256=sha256)
    assert chain.latest([late, early], "smoke") == dataclasses.replace(LOOK, sha256=sha256)
    for places in ([early, broken, late], [broken, late]):
        assert chain.latest(places, "smoke") == Look("smoke", damage="its verdict.json is none")
    assert chain.latest([tmp_path / "none"], "smoke") is None
    assert chain.latest([], "smoke") is None
