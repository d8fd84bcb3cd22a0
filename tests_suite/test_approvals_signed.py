"""Signed approvals: over which bytes a signature counts, under which role, and what is said of one that does not."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from fixtures import approvals, signedapprovals
from fixtures.approvals import Approval
from fixtures.evidence.record import Record
from fixtures.package.build import beside
from fixtures.package.manifest import Manifest
from fixtures.package.package import DeploymentPackage

THIS, OTHER = "a" * 64, "b" * 64
NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
ASKED = (
    "is not signed; expected ssh-keygen -Y sign -n release-gate -f KEY p.manifest.json, and the .sig beside this record"
)


@dataclass(frozen=True)
class Key:
    """Whose signature it is, in the place of one that OpenSSH has verified."""

    names: tuple[str, ...]
    roles: tuple[str, ...]
    key: str

    def __str__(self) -> str:
        return f"{self.names[0]} ({self.key})"


ADA = Key(("ada@example.com",), ("tech-lead",), "SHA256:1")
QUINN = Key(("quinn@example.com", "q"), ("qa-lead", "security"), "SHA256:2")


@pytest.fixture
def package(tmp_path: Path) -> DeploymentPackage:
    """A package beside its manifest, as far as signatures ask for it."""
    files = beside(tmp_path / "p.tar.gz")
    files.manifest.write_bytes(b"the manifest")
    manifest = Manifest("n", "2.0.0", "t", "p.tar.gz", 3, THIS, {})
    return DeploymentPackage(files, THIS, None, None, manifest, ())


def _read(folder: Path, *entries: dict[str, Any]) -> list[Approval]:
    known = {"role": "Tech Lead", "name": "Ada", "date": NOON.isoformat(), "decision": "approved", "sha256": THIS}
    content = {"approvals": [{**known, **entry} for entry in entries]}
    return approvals.approvals_in(Record("approvals.yaml", content, folder=folder))


def _by(*signers: Key | str) -> tuple[list[tuple[bytes, Path, datetime]], signedapprovals.Verify]:
    """Who signed, one after the other, and what was asked about."""
    asked: list[tuple[bytes, Path, datetime]] = []

    def verify(message: bytes, signature: Path, at: datetime) -> Key | str:
        asked.append((message, signature, at))
        return signers[min(len(asked), len(signers)) - 1]

    return asked, verify


def _said(found: list[Any]) -> list[str]:
    return [each.message for each in found]


def test_signature_is_over_the_manifest_beside_the_record_at_the_time_of_the_approval(
    package: DeploymentPackage, tmp_path: Path
) -> None:
    asked, verify = _by(ADA)
    said = _read(tmp_path / "kept", {"signature": "signed/ada.sig"})

    assert signedapprovals.unsigned(said, package, verify, several_roles=False) == []
    assert asked == [(b"the manifest", tmp_path / "kept" / "signed" / "ada.sig", NOON)]


def test_every_approval_that_counts_has_to_be_signed(package: DeploymentPackage, tmp_path: Path) -> None:
    _, verify = _by("t.sig: incorrect signature", QUINN)
    said = _read(
        tmp_path,
        {"role": "DevOps", "decision": "rejected"},
        {"date": (NOON - HOUR).isoformat()},
        {"signature": "t.sig"},
        {"role": "QA"},
        {"role": "Security", "signature": "/s.sig"},
        {"role": "PM", "signature": "../s.sig"},
        {"role": "On-Call", "signature": "a\0b"},
        {"role": "Infra", "sha256": OTHER},
        {"role": "Head of Design", "signature": "d.sig"},
    )

    out = "(Ada): leads out of the evidence folder"
    assert _said(signedapprovals.unsigned(said, package, verify, several_roles=False)) == [
        "approvals[2].signature: Tech Lead (Ada): t.sig: incorrect signature",
        f"approvals[3]: QA Lead (Ada): {ASKED}",
        f"approvals[4].signature: Security {out}",
        f"approvals[5].signature: Product Manager {out}",
        f"approvals[6].signature: On-Call Engineer {out}",
        "approvals[8].signature: Head of Design (Ada): "
        "the key SHA256:2 may sign for QA Lead, Security, not for Head of Design",
    ]


def test_key_without_a_role_signs_for_nobody(package: DeploymentPackage, tmp_path: Path) -> None:
    _, verify = _by(Key(("ada",), (), "SHA256:1"))

    assert _said(signedapprovals.unsigned(_read(tmp_path, {"signature": "a.sig"}), package, verify, True)) == [
        "approvals[0].signature: Tech Lead (Ada): the key SHA256:1 may sign for no role, not for Tech Lead"
    ]


@pytest.mark.parametrize("manifest", [None, Manifest("n", "2.0.0", "t", "p.tar.gz", 3, OTHER, {})])
def test_manifest_of_another_package_is_signed_for_nothing(
    package: DeploymentPackage, tmp_path: Path, manifest: Manifest | None
) -> None:
    other = DeploymentPackage(package.files, THIS, None, None, manifest, ())

    assert _said(signedapprovals.unsigned(_read(tmp_path, {"signature": "a.sig"}), other, _by(ADA)[1], True)) == [
        "approvals[0].signature: Tech Lead (Ada): p.manifest.json is not the manifest of this package"
    ]


def _statement(**more: Any) -> dict[str, Any]:
    subject = [{"name": "workflow", "digest": {"sha256": OTHER}}, {"name": "package", "digest": {"sha256": THIS}}]
    known = {"subject": subject, "result": "PASSED", "ended": NOON.isoformat(), **more}
    ended = {"releaseGate": {"ended": known["ended"]}}
    return {"subject": known["subject"], "predicate": {"result": known["result"], **ended}}


def _of(*digests: object) -> list[dict[str, object]]:
    return [{"name": "package", "digest": digest} for digest in digests]


ABOUT = "signed: Tech Lead (Ada): is a statement about another package, or about none"
NONE = "signed: Tech Lead (Ada): is no statement of a gate"
LATER = NOON + timedelta(minutes=5)
STATEMENTS: dict[str, tuple[Any, str]] = {
    "passed": (_statement(), ""),
    "warned": (_statement(result="WARNED"), ""),
    "failed": (
        _statement(result="FAILED" * 5),
        "signed: Tech Lead (Ada): is the statement of a gate that has FAILEDFAILEDFAILEDFA",
    ),
    "of another package": (_statement(subject=_of({"sha256": OTHER})), ABOUT),
    "of no package": (_statement(subject=[]), ABOUT),
    "of two": (_statement(subject=_of({"sha256": THIS}, {"sha256": OTHER})), ABOUT),
    "of a commit": (_statement(subject=_of({"gitCommit": THIS})), ABOUT),
    "of no digest": (_statement(subject=_of(THIS)), NONE),
    "ended just now": (_statement(ended=LATER.isoformat()), ""),
    "ended later": (
        _statement(ended=(LATER + timedelta(seconds=1)).isoformat()),
        "date: Tech Lead (Ada): was given before the statement that it signs, of 2026-01-05T12:05:01+00:00",
    ),
    "ended never": (_statement(ended="soon"), NONE),
    "a list": ([], NONE),
    "a number": (3, NONE),
}


@pytest.mark.parametrize(("content", "said"), STATEMENTS.values(), ids=STATEMENTS)
def test_statement_that_is_signed_is_a_gate_s_yes_to_this_package(
    package: DeploymentPackage, tmp_path: Path, content: Any, said: str
) -> None:
    (tmp_path / "statement.json").write_text(json.dumps(content), encoding="utf-8")
    asked, verify = _by(ADA)
    entry = {"signature": "a.sig", "signed": "statement.json"}

    found = _said(signedapprovals.unsigned(_read(tmp_path, entry), package, verify, several_roles=False))

    assert found == ([f"approvals[0].{said}"] if said else [])
    assert [message for message, _, _ in asked] == ([] if said else [json.dumps(content).encode()])


@pytest.mark.parametrize(
    ("name", "raw", "said"),
    [
        ("../s.json", None, "leads out of the evidence folder"),
        ("s.json", None, "s.json: no such file or directory"),
        ("s.json", b"{", "is no statement of a gate"),
        ("s.json", b"[" * 100_000, "is no statement of a gate"),
        ("s.json", b"\xff", "is no statement of a gate"),
    ],
)
def test_what_is_signed_has_to_be_there_and_to_be_a_statement(
    package: DeploymentPackage, tmp_path: Path, name: str, raw: bytes | None, said: str
) -> None:
    if raw is not None:
        (tmp_path / name).write_bytes(raw)
    entry = {"signature": "a.sig", "signed": name}

    found = signedapprovals.unsigned(_read(tmp_path, entry), package, _by(ADA)[1], several_roles=False)

    assert _said(found) == [f"approvals[0].signed: Tech Lead (Ada): {said}"]


def test_statement_is_read_up_to_the_largest_size(
    package: DeploymentPackage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    raw = json.dumps(_statement()).encode()
    (tmp_path / "s.json").write_bytes(raw)
    said = _read(tmp_path, {"signature": "a.sig", "signed": "s.json"})

    monkeypatch.setattr(signedapprovals, "LARGEST", len(raw))
    assert signedapprovals.unsigned(said, package, _by(ADA)[1], several_roles=False) == []
    monkeypatch.setattr(signedapprovals, "LARGEST", len(raw) - 1)
    assert _said(signedapprovals.unsigned(said, package, _by(ADA)[1], several_roles=False)) == [
        f"approvals[0].signed: Tech Lead (Ada): is larger than {len(raw) - 1} bytes"
    ]


def _key(role: str, *names: str, key: str) -> Key:
    return Key(names, (role,), key)


@pytest.mark.parametrize(
    ("second", "third", "said"),
    [
        (_key("qa-lead", "quinn", key="K2"), _key("security", "cleo", key="K3"), []),
        (
            _key("qa-lead", "quinn", key="K1"),
            _key("security", "cleo", key="K1"),
            [
                "1].signature: QA Lead (Ada): is signed with the key that has signed as Tech Lead, too",
                "2].signature: Security (Ada): is signed with the key that has signed as Tech Lead, too",
            ],
        ),
        (
            _key("qa-lead", "quinn", key="K2"),
            _key("security", "cleo", key="K1"),
            ["2].signature: Security (Ada): is signed with the key that has signed as Tech Lead, too"],
        ),
        (
            _key("qa-lead", "quinn", "ADA", key="K2"),
            _key("security", "Quinn", key="K3"),
            [
                "1].signature: QA Lead (Ada): is signed with a key of ADA, who has signed as Tech Lead, too",
                "2].signature: Security (Ada): is signed with a key of Quinn, who has signed as QA Lead, too",
            ],
        ),
    ],
)
def test_one_person_signs_for_one_role_unless_the_target_says_otherwise(
    package: DeploymentPackage, tmp_path: Path, second: Key, third: Key, said: list[str]
) -> None:
    signers = (_key("tech-lead", "ada", key="K1"), second, third)
    read = _read(tmp_path, *({"role": role, "signature": "s.sig"} for role in ("Tech Lead", "QA Lead", "Security")))

    found = signedapprovals.unsigned(read, package, _by(*signers)[1], several_roles=False)

    assert _said(found) == [f"approvals[{each}" for each in said]
    assert signedapprovals.unsigned(read, package, _by(*signers)[1], several_roles=True) == []


def test_report_names_whose_signature_stands_under_each_role(package: DeploymentPackage, tmp_path: Path) -> None:
    asked, verify = _by(ADA, "x.sig: incorrect signature", QUINN)
    said = _read(
        tmp_path,
        {"role": "DevOps"},
        {"signature": "a.sig"},
        {"role": "PM", "signature": "x.sig"},
        {"role": "QA", "signature": "q.sig", "date": (NOON + HOUR).isoformat()},
    )

    assert signedapprovals.signed_by(said, package, verify) == {
        "Tech Lead": "ada@example.com (SHA256:1), 2026-01-05T12:00:00+00:00",
        "QA Lead": "quinn@example.com (SHA256:2), 2026-01-05T13:00:00+00:00",
    }
    assert len(asked) == 3
