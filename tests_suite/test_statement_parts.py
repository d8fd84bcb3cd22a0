"""The Statement's parts: what it says of a record, which bytes it is, and what is read of a folder of reports."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from gate import statement

A, B, C = "a" * 64, "b" * 64, "c" * 40
RECORD: dict[str, Any] = {
    "marker": "smoke",
    "verdict": "DEGRADE",
    "notes": ["interrupted"],
    "ended": "2026-01-06T09:00:00.000Z",
    "suite": {"version": "1.2.3", "commit": None},
    "configuration": [{"name": "t.yaml", "sha256": B}, {"name": "c.yaml", "sha256": A}],
    "target": {"subjects": {"workflow": {"location": "x", "sha256": B}, "package": {"sha256": A}}},
    "items": [
        {"id": str(number), "title": outcome, "outcome": outcome}
        for number, outcome in enumerate(("passed", "degraded", "waived", "failed", "missing", "passed"))
    ],
}


def test_statement_about_a_record_is_this() -> None:
    assert statement.of(RECORD, {"verdict.json": B, "a.txt": A}) == {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": "package", "digest": {"sha256": A}}, {"name": "workflow", "digest": {"sha256": B}}],
        "predicateType": "https://in-toto.io/attestation/test-result/v0.1",
        "predicate": {
            "result": "WARNED",
            "configuration": [
                {"name": "t.yaml", "digest": {"sha256": B}},
                {"name": "c.yaml", "digest": {"sha256": A}},
                {"name": "suite", "uri": "pkg:generic/release-gate-suite@1.2.3"},
            ],
            "passedTests": ["0 passed", "5 passed"],
            "warnedTests": ["1 degraded", "2 waived"],
            "failedTests": ["3 failed", "4 missing"],
            "releaseGate": {
                "schema": 1,
                "marker": "smoke",
                "verdict": "DEGRADE",
                "reasons": ["interrupted"],
                "ended": "2026-01-06T09:00:00.000Z",
                "files": [
                    {"name": "a.txt", "digest": {"sha256": A}},
                    {"name": "verdict.json", "digest": {"sha256": B}},
                ],
            },
        },
    }


@pytest.mark.parametrize(
    ("facts", "digest"),
    [
        ({"commit": C}, {"gitCommit": C}),
        ({"commit": f"{C}-dirty"}, {"gitCommit": f"{C}-dirty"}),
        ({"tag": A, "commit": C}, {"gitCommit": C}),
        ({"commit": C, "sha256": B}, {"sha256": B}),
        ({"commit": C[1:]}, None),
        ({"commit": C.upper()}, None),
        ({"location": f"/x/{C}"}, None),
        ({}, None),
    ],
)
def test_subject_is_named_by_its_digest_or_the_first_of_its_commits(
    facts: dict[str, str], digest: dict[str, str] | None
) -> None:
    subjects = {"z": {"sha256": A}, "repository": facts}

    found = statement.of({**RECORD, "target": {"subjects": subjects}}, {"verdict.json": B})["subject"]

    assert found == [
        *([{"name": "repository", "digest": digest}] if digest else []),
        {"name": "z", "digest": {"sha256": A}},
    ]


@pytest.mark.parametrize(("commit", "changed"), [(C, False), (f"{C}-dirty", True)])
def test_suite_is_named_by_its_commit_and_whether_files_were_changed_since(commit: str, changed: bool) -> None:
    record = {**RECORD, "suite": {"version": "1", "commit": commit}}
    del record["configuration"]

    assert statement.of(record, {})["predicate"]["configuration"] == [
        {
            "name": "suite",
            "uri": "pkg:generic/release-gate-suite@1",
            "digest": {"gitCommit": C},
            "annotations": {"changed": changed},
        }
    ]


def test_statement_is_written_last_over_each_file_and_its_signature_is_in_the_checksums(tmp_path: Path) -> None:
    for name, text in (("verdict.json", json.dumps(RECORD)), ("b.txt", "b"), ("a.txt", "a")):
        (tmp_path / name).write_text(text, encoding="utf-8")

    made = statement.write(tmp_path)

    assert (tmp_path / "statement.json").read_bytes() == made
    files = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in tmp_path.iterdir()}
    assert json.loads(made) == statement.of(RECORD, {name: files[name] for name in ("a.txt", "b.txt", "verdict.json")})
    assert made == f"{json.dumps(json.loads(made), indent=1, sort_keys=True)}\n".encode()
    line = f"{files['statement.json']}  statement.json\n"
    assert (tmp_path / "statement.sha256").read_text(encoding="utf-8") == line
    (tmp_path / "statement.json.sig").write_bytes(b"s")
    statement.write_checksums(tmp_path)
    signed = f"{hashlib.sha256(b's').hexdigest()}  statement.json.sig\n"
    assert (tmp_path / "statement.sha256").read_text(encoding="utf-8") == line + signed


def test_file_of_reports_is_read_up_to_the_largest_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "verdict.json").write_bytes(b"12345")
    (tmp_path / "statement.json").mkdir()

    monkeypatch.setattr(statement, "LARGEST", 5)
    assert statement.read(tmp_path) == b"12345"
    monkeypatch.setattr(statement, "LARGEST", 4)
    for name in ("verdict.json", "statement.json"):
        with pytest.raises(ValueError, match=rf"^{name} is no file of a bearable size$"):
            statement.read(tmp_path, name)
    with pytest.raises(FileNotFoundError):
        statement.read(tmp_path, "x")


OTHER = f"{hashlib.sha256(b'PASS').hexdigest():.12}…"
CHANGED = f"it was changed after the run: its SHA-256 is {OTHER}, and statement.json names another"
CHANGES: list[tuple[str, bytes | None, str]] = [
    ("page.html", b"other", ""),
    ("page.html", None, ""),
    ("statement.sha256", None, ""),
    ("statement.json", None, ""),
    ("verdict.json", b"PASS", CHANGED),
    ("verdict.json", None, "statement.json beside it is no statement about it"),
    ("statement.json", b"{}", "statement.json beside it is no statement about it"),
    ("statement.json", b"[" * 9999, "statement.json beside it is no statement about it"),
    ("statement.json", b'{"predicate":{"releaseGate":{"files":[]}}}', "statement.json beside it is no statement about"),
    ("statement.json", b"\n", "statement.json beside it was changed: it is not what statement.sha256 names"),
    ("statement.sha256", b"", "statement.json beside it was changed: it is not what statement.sha256 names"),
]


@pytest.mark.parametrize(("name", "raw", "says"), CHANGES)
def test_verdict_is_held_against_its_own_statement_and_the_pages_beside_it_are_not(
    name: str, raw: bytes | None, says: str, tmp_path: Path
) -> None:
    """Whoever hands a verdict on may leave the pages out, and older suites wrote no Statement."""
    (tmp_path / "verdict.json").write_text(json.dumps(RECORD), encoding="utf-8")
    (tmp_path / "page.html").write_text("page", encoding="utf-8")
    statement.write(tmp_path)
    assert statement.change(tmp_path) == ""
    path = tmp_path / name
    was = path.read_bytes()
    path.unlink()

    if raw is not None:
        path.write_bytes(was + raw if raw.isspace() else raw)

    change = statement.change(tmp_path)
    assert bool(change) == bool(says)
    assert change.startswith(says), change


def test_key_that_is_given_twice_is_refused_however_deep() -> None:
    assert json.loads('{"a": {"b": 1, "c": 1}}', object_pairs_hook=statement.without_twins) == {"a": {"b": 1, "c": 1}}
    with pytest.raises(ValueError, match=r"^a key is given twice$"):
        json.loads('{"a": {"b": 1, "b": 1}}', object_pairs_hook=statement.without_twins)
