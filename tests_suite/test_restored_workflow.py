"""What a rollback brought back: the backup that it came from, its files, their permissions, and what was withdrawn."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from fixtures.evidence.record import Record
from fixtures.finding import Finding
from fixtures.repository.backup import Difference
from fixtures.rollback import restored
from fixtures.rollback.restored import Restored
from fixtures.schema import Mistake
from gate.checklist import load
from tests_suite.test_previous_backup import CONFIG, FILES, WORKFLOW, archived, member, sound, tar, written


def _restored(folder: Path, backups: Path | None, **execution: object) -> Restored:
    record = Record("rollback.yaml", {"execution": execution, "smoke": {"reports": "smoke"}}, folder=Path("/evidence"))
    return Restored(folder / "flow", backups, record)


def test_archives_and_reports_of_a_rollback_are_found_where_they_lie() -> None:
    named = {"backup": {"file": "/backups/b.tar.gz"}}

    assert _restored(Path(), Path("/here"), **named).archive("backup") == Path("/here/b.tar.gz")
    assert _restored(Path(), None, **named).archive("backup") == Path("/backups/b.tar.gz")
    assert _restored(Path(), None).smoke == Path("/evidence/smoke")


def test_archive_is_the_one_on_record(tmp_path: Path) -> None:
    found = archived(tmp_path, sound())

    def findings(**told: str) -> list[Finding]:
        return restored.archive_findings(_restored(tmp_path, tmp_path, failed=told), "failed")

    assert findings(file="/x/backup.tar.gz", sha256=found.sha256) == []
    assert findings(file="/x/other.tar.gz", sha256=found.sha256) == [
        Finding("rollback.yaml", None, f"execution.failed.file: {tmp_path}/other.tar.gz does not exist")
    ]
    assert findings(file="/x/backup.tar.gz", sha256="0" * 64) == [
        Finding(
            "rollback.yaml",
            None,
            f"execution.failed: backup.tar.gz has the SHA-256 {found.sha256[:16]}…, 0000000000000000… on record",
        )
    ]


def test_restored_folder_holds_what_its_backup_holds(tmp_path: Path) -> None:
    harmless = {"flow/.DS_Store": b"", "flow/x/._a": b""}
    archived(tmp_path, sound(**harmless))
    flow = written(tmp_path)
    place = _restored(tmp_path, tmp_path, backup={"file": "backup.tar.gz"})

    assert restored.tree_findings(place) == [Finding("x/._a", None, "is in the backup, and not in the restored folder")]
    (flow / "left.md").write_bytes(b"x")
    assert restored.tree_findings(place)[0] == Finding(
        "left.md", None, "is in the restored folder, and not in the backup"
    )


@pytest.mark.parametrize("key", ["backup", "failed"])
def test_archive_that_cannot_be_read_is_one_finding(key: str, tmp_path: Path) -> None:
    place = _restored(tmp_path, tmp_path, **{key: {"file": "backup.tar.gz"}})

    def check() -> list[Finding]:
        if key == "backup":
            return restored.tree_findings(place)
        found = restored.withdrawn(place, "1.0.0", 4)
        assert found.harmless == ()
        return list(found.blocking)

    name = str(tmp_path / "backup.tar.gz") if key == "backup" else "backup.tar.gz"
    assert check() == [Finding(name, None, "cannot be read: no such file or directory")]
    (tmp_path / "backup.tar.gz").write_bytes(b"")
    assert check() == [Finding("backup.tar.gz", None, "is cut short: its gzip stream does not end (after 0 bytes)")]


def test_restored_workflow_states_the_previous_version(tmp_path: Path) -> None:
    flow = written(tmp_path)

    assert restored.version_findings(flow, "1.0.0") == []
    (flow / "workflow.md").unlink()
    assert restored.version_findings(flow, "2.0.0") == [
        Finding("config.yaml", None, "states the version '1.0.0'; expected '2.0.0'"),
        Finding("workflow.md", None, "states no version; expected '2.0.0'"),
    ]


def test_withdrawn_version_is_read_from_its_least_deep_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    deeper = {f"flow/a/{name}": content.replace(b"1.0.0", b"9.9.9") for name, content in
              {"config.yaml": CONFIG, "workflow.md": WORKFLOW}.items()}  # fmt: skip
    windows = {"flow/workflow.md": WORKFLOW.replace(b"\n", b"\r\n")}
    members = [member(name, content) for name, content in {**deeper, **FILES, **windows}.items()]
    archived(tmp_path, tar(*members, *(member(f"flow/b/{name.split('/')[-1]}", content) for name, content in
                                         deeper.items())))  # fmt: skip
    place = _restored(tmp_path, tmp_path, failed={"file": "backup.tar.gz"})

    assert restored.withdrawn(place, "1.0.0", 3) == Difference((), ())
    assert restored.withdrawn(place, "2.0.0", 3).blocking == tuple(
        Finding("backup.tar.gz", None, f"{name}: states the version '1.0.0'; expected '2.0.0'")
        for name in ("config.yaml", "workflow.md")
    )
    monkeypatch.setattr(restored, "LARGEST", len(CONFIG))
    assert restored.withdrawn(place, "1.0.0", 3).blocking == (
        Finding("backup.tar.gz", None, "workflow.md: states no version; expected '1.0.0'"),
    )


WHOLE: list[tuple[int, bool | None]] = [(3, None), (2, None), (4, False), (6, False), (7, True)]


@pytest.mark.parametrize(("files", "blocks"), WHOLE)
def test_withdrawn_version_is_kept_whole(files: int, blocks: bool | None, tmp_path: Path) -> None:
    """One file lies beside the workflow, one is a desktop's, and one is a guide, which is not counted."""
    archived(tmp_path, sound(**{"other.md": b"", "flow/.DS_Store": b"", "flow/DEPLOYMENT/a.md": b""}))
    place = _restored(tmp_path, tmp_path, failed={"file": "backup.tar.gz"})

    found = restored.withdrawn(place, "1.0.0", files)

    said = f"holds 3 of the {files} files of version 1.0.0; expected the version as users had it"
    lacking = (Finding("backup.tar.gz", None, said),)
    assert found == Difference(lacking if blocks else (), lacking if blocks is False else ())


def _deployment(**values: object) -> Record:
    told = {
        "release": {"version": "2.0.0"},
        "started": "2026-01-06T09:15:00Z",
        "backup": {"file": "/backups/b.tar.gz", "sha256": "a" * 64},
    }
    return Record("deployment.yaml", {**told, **values})


BACK = {"ended": "2026-01-06T10:00:00Z"}
KNOWN: list[tuple[Record | None, str]] = [
    (_deployment(), ""),
    (None, "it is missing"),
    (_deployment(release={"version": "1.9.0"}), "deployment.yaml is of version 1.9.0; expected 2.0.0, which was "
     "withdrawn"),
    (_deployment(started="2026-01-06T10:01:00Z"),
     "deployment.yaml is of a deployment after the rollback, 2026-01-06T10:01:00Z"),
    (dataclasses.replace(_deployment(), mistakes=(Mistake(("backup",), "missing"),)),
     "deployment.yaml: backup: missing"),
]  # fmt: skip


@pytest.mark.parametrize(("deployment", "unknown"), KNOWN)
def test_backup_is_the_one_that_the_deployment_took(deployment: Record | None, unknown: str) -> None:
    release, named = load().release, "ai-engineering-workflow-v1.0.0-backup-20260106T091600Z.tar.gz"

    def place(file: str, sha256: str) -> Restored:
        one = _restored(Path(), None, backup={"file": file, "sha256": sha256}, **BACK)
        return dataclasses.replace(one, deployment=deployment, no_deployment="it is missing")

    def other(key: str, reason: str) -> list[Finding]:
        return [Finding("rollback.yaml", None, f"execution.backup.{key}: {reason}")]

    mine, theirs = place("C:\\backups\\any.tar.gz", "a" * 64), place(f"C:\\backups\\{named}", "b" * 64)
    if not unknown:
        own = "the deployment's own backup, /backups/b.tar.gz, has aaaaaaaaaaaaaaaa…"
        assert restored.unknown_origin(mine, release) == restored.origin_findings(mine, release) == []
        assert restored.origin_findings(theirs, release) == other("sha256", f"bbbbbbbbbbbbbbbb… was restored; {own}")
        return
    reason = f"execution.backup: whether it is the backup that the deployment took is not known: {unknown}"
    assert restored.unknown_origin(theirs, release) == [Finding("rollback.yaml", None, reason)]
    assert restored.origin_findings(theirs, release) == []
    expected = f"expected the backup that the deployment took, {named.replace('20260106T091600Z', '<timestamp>')}"
    assert restored.origin_findings(mine, release) == other("file", f"'any.tar.gz' was restored; {expected}")


MODES: list[tuple[int, int, list[str], list[str]]] = [
    (0o644, 0o755, [], []),
    (0o755, 0o2755, [], []),
    (0o640, 0o755, ["x/a: has mode 640; expected 644: users other than its owner cannot read it"], []),
    (0o604, 0o755, ["x/a: has mode 604; expected 644: users other than its owner cannot read it"], []),
    (0o644, 0o750, [".: has mode 750; expected 755: users other than its owner cannot read it, and so with 1 more"],
     []),
    (0o666, 0o755, ["x/a: has mode 666; expected 644: everybody can change it"], []),
    (0o664, 0o775, [], [".: has mode 775; expected 755: its group can change it, and so with 2 more"]),
]  # fmt: skip


@pytest.mark.parametrize(("file", "folder", "wrong", "lax"), MODES)
def test_users_can_read_what_was_restored(
    file: int, folder: int, wrong: list[str], lax: list[str], tmp_path: Path
) -> None:
    flow = tmp_path / "a flow"
    (flow / "x").mkdir(parents=True)
    (flow / "x" / "a").write_bytes(b"")
    (flow / "x" / "link").symlink_to("nowhere")
    (flow / ".git").mkdir(mode=0o700)
    (flow / "x" / "a").chmod(file)
    for each in (flow / "x", flow):
        each.chmod(folder)
    advice = f"; run: chmod -R u=rwX,go=rX '{flow}'"

    def said(findings: list[Finding]) -> list[str]:
        return [f"{each.file}: {each.message.removesuffix(advice)}" for each in findings if advice in each.message]

    assert (said(restored.mode_findings(flow)), said(restored.lax_findings(flow))) == (wrong, lax)
