"""Faults of what a rollback restored (R.3, R.4), in a world that was really rolled back."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import shutil
import tarfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from fixtures.reference import records as reference_records
from fixtures.reference.records import rollback
from tests_suite.faults import records, staged
from tests_suite.faults.records import path_of, with_record
from tests_suite.faults.staged import seal
from tests_suite.faults.world import Fault, World, edit

Change = Callable[[dict[str, Any]], object]
Breaks = Callable[[World], object]
OTHER = "0" * 63 + "1"


def rolled_back(world: World, url: str) -> None:
    """Give a world what a rollback leaves: the restored workflow, its backups, the smoke test's report, the record."""
    held = staged.held(url)
    facts = records.recorded(world)
    shutil.rmtree(world.workflow)
    shutil.copytree(held.restored, world.workflow, symlinks=True)
    (world.root / "rolled").mkdir()
    for key in ("backup", "failed"):
        shutil.copy2(held.rollback[key]["file"], world.root / "rolled")
    shutil.copytree(held.smoke_after, world.root / records.EVIDENCE / "smoke-after-rollback")
    told = rollback.record(replace(facts), held.rollback, "smoke-after-rollback")
    reference_records.write(world.root / records.EVIDENCE, "rollback", told)
    reference_records.write(world.root / records.EVIDENCE, "deployment", held.deployment)
    world.target["backups"] = "rolled"
    world.target.pop("package")


def fault(item: str, name: str, breaks: Breaks, *says: str, outcome: str = "failed") -> Fault:
    """A fault that trips these items, named with spaces between them, to the same outcome."""

    def change(world: World) -> None:
        breaks(world)

    return Fault(f"rollback: {name}", change, dict.fromkeys(item.split(), outcome), says, "rollback")


def told(item: str, name: str, change: Change, *says: str, outcome: str = "failed") -> Fault:
    """A fault of the record."""
    return fault(item, name, with_record("rollback", change), *says, outcome=outcome)


def hours(ahead: float) -> str:
    """A moment some hours ahead of now, as records write it."""
    return (datetime.now(UTC) + timedelta(hours=ahead)).isoformat(timespec="seconds")


def _archive(world: World, key: str) -> Path:
    data = json.loads(path_of(world, "rollback").read_text(encoding="utf-8"))
    return world.root / "rolled" / Path(data["execution"][key]["file"]).name


def _rewritten(key: str, change: Callable[[bytes], bytes], on_record: bool = True) -> Breaks:
    """An archive with other bytes; with `on_record` the record has its digest."""

    def breaks(world: World) -> None:
        path = _archive(world, key)
        path.write_bytes(change(path.read_bytes()))
        if on_record:
            sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
            with_record("rollback", lambda data: data["execution"][key].update(sha256=sha256))(world)

    return breaks


def _verdict(change: Change, sealed: bool = True) -> Breaks:
    def breaks(world: World) -> None:
        path = world.root / records.EVIDENCE / "smoke-after-rollback" / "smoke" / "verdict.json"
        data = json.loads(path.read_text(encoding="utf-8"))
        change(data)
        path.write_text(json.dumps(data, indent=1), encoding="utf-8")
        if sealed:
            seal(path.parent)

    return breaks


def _smoke_failed(data: dict[str, Any]) -> None:
    finding = {"severity": "critical", "message": "it is broken", "file": None, "line": None}
    data["items"][3].update(outcome="failed", findings=[finding])
    data.update(verdict="FAIL", exit_status=1)


def _swap(world: World) -> None:
    shutil.copyfile(_archive(world, "backup"), _archive(world, "failed"))
    sha256 = hashlib.sha256(_archive(world, "failed").read_bytes()).hexdigest()
    with_record("rollback", lambda data: data["execution"]["failed"].update(sha256=sha256))(world)


def _of_another_name(world: World) -> None:
    archive = _archive(world, "backup")
    archive.rename(archive.with_name("whatever.tar.gz"))
    with_record("rollback", lambda data: data["execution"]["backup"].update(file="/tmp/whatever.tar.gz"))(world)
    path_of(world, "deployment").unlink()


def _kept(choose: Callable[[Sequence[str]], Sequence[str]]) -> Breaks:
    """An archive of the withdrawn version with some of its files alone."""

    def chosen(raw: bytes) -> bytes:
        out = io.BytesIO()
        with tarfile.open(fileobj=io.BytesIO(raw)) as old, tarfile.open(fileobj=out, mode="w:gz") as new:
            for name in choose([each.name for each in old if each.isfile()]):
                new.addfile(old.getmember(name), old.extractfile(name))
        return out.getvalue()

    return _rewritten("failed", chosen)


def _modes(file: int, folder: int) -> Breaks:
    def breaks(world: World) -> None:
        for path in (world.workflow, *world.workflow.rglob("*")):
            path.chmod(folder if path.is_dir() else file)

    return breaks


RESTORED: Sequence[Fault] = (
    fault("R.3", "no backup", lambda world: _archive(world, "backup").unlink(), "does not exist"),
    fault(
        "R.3",
        "another backup than on record",
        _rewritten("backup", lambda raw: gzip.compress(gzip.decompress(raw), 9), on_record=False),
        "on record",
    ),
    fault("R.3", "backup cut short", _rewritten("backup", lambda raw: raw[: len(raw) // 2]), "is cut short"),
    fault("R.3", "withdrawn version not kept", lambda world: _archive(world, "failed").unlink(), "does not exist"),
    fault(
        "R.3",
        "withdrawn version changed since",
        _rewritten("failed", lambda raw: gzip.compress(gzip.decompress(raw), 9), on_record=False),
        "on record",
    ),
    fault("R.3", "withdrawn version cannot be read", _rewritten("failed", lambda raw: raw[:-40]), "is cut short"),
    fault(
        "R.3",
        "the previous version kept as the withdrawn one",
        _swap,
        "states the version '1.0.0'; expected '2.0.0'",
    ),
    told(
        "R.3",
        "withdrawn version not on record",
        lambda data: data["execution"].pop("failed"),
        "execution.failed: missing",
    ),
    told(
        "R.3",
        "restored before the decision",
        lambda data: data["execution"].update(started=hours(-40)),
        "is before the decision",
    ),
    told(
        "R.3",
        "restored before it began",
        lambda data: data["execution"].update(started=data["result"][0]["sent"]),
        "is before it began",
    ),
)

TREE: Sequence[Fault] = (
    fault(
        "R.3 R.4",
        "a file of the withdrawn version stays",
        lambda world: (world.workflow / "DEPLOYMENT/INCIDENT_RESPONSE.md").write_text("x"),
        "DEPLOYMENT/INCIDENT_RESPONSE.md",
    ),
    fault(
        "R.3 R.4",
        "a file was not restored",
        lambda world: (world.workflow / "agents/dev.md").unlink(),
        "agents/dev.md",
        "is in the backup, and not in the restored folder",
    ),
    fault(
        "R.3 R.4",
        "a file is another one",
        lambda world: edit(world.workflow / "agents/dev.md", "---", "--- "),
        "agents/dev.md",
        "differs in the backup from the restored folder",
    ),
    fault(
        "R.3",
        "a permission is another one",
        lambda world: (world.workflow / "agents/dev.md").chmod(0o755),
        "has the mode 100644 in the backup, 100755 in the restored folder",
    ),
    fault(
        "R.3 R.4",
        "still the withdrawn version",
        lambda world: edit(world.workflow / "workflow.md", "1.0.0", "2.0.0"),
        "states the version '2.0.0'; expected '1.0.0'",
    ),
    fault(
        "R.3 R.4",
        "no version",
        lambda world: edit(world.workflow / "config.yaml", 'version: "1.0.0"', "edition: 1"),
        "config.yaml",
        "states no version",
    ),
)

KEPT: Sequence[Fault] = (
    fault(
        "R.3",
        "hardly anything of the withdrawn version kept",
        _kept(lambda names: [name for name in names if name in ("config.yaml", "workflow.md")]),
        "holds 2 of the 55 files of version 2.0.0; expected the version as users had it",
    ),
    fault(
        "R.3",
        "the withdrawn version not kept whole",
        _kept(lambda names: [name for name in names if name != "agents/dev.md"]),
        "holds 54 of the 55 files of version 2.0.0; expected the version as users had it",
        outcome="degraded",
    ),
)

OWNED: Sequence[Fault] = (
    fault(
        "R.3",
        "another backup than the deployment's",
        _rewritten("backup", lambda raw: gzip.compress(gzip.decompress(raw), 9)),
        "was restored; the deployment's own backup",
    ),
    fault(
        "R.3",
        "a backup of another name, and no record of the deployment",
        _of_another_name,
        "'whatever.tar.gz' was restored; expected the backup that the deployment took",
    ),
    fault(
        "R.3",
        "no record of the deployment",
        lambda world: path_of(world, "deployment").unlink(),
        "whether it is the backup that the deployment took is not known: deployment.yaml: is missing",
        outcome="degraded",
    ),
    fault(
        "R.3",
        "record of another deployment",
        with_record("deployment", lambda data: data["release"].update(version="1.9.0")),
        "is of version 1.9.0; expected 2.0.0, which was withdrawn",
        outcome="degraded",
    ),
    fault(
        "R.3",
        "record of a deployment afterwards",
        with_record("deployment", lambda data: data.update(started=hours(1))),
        "is of a deployment after the rollback",
        outcome="degraded",
    ),
)

MODES: Sequence[Fault] = (
    fault(
        "R.3",
        "for its owner alone",
        _modes(0o600, 0o700),
        ".:: has mode 700; expected 755: users other than its owner cannot read it, and so with",
        "run: chmod -R u=rwX,go=rX",
    ),
    fault(
        "R.3",
        "a file for its owner alone",
        lambda world: (world.workflow / "agents/dev.md").chmod(0o600),
        "agents/dev.md:: has mode 600; expected 644: users other than its owner cannot read it; run: chmod",
    ),
    fault("R.3", "for everybody to change", _modes(0o666, 0o777), "has mode 777; expected 755: everybody can change"),
    fault(
        "R.3",
        "for its group to change",
        _modes(0o664, 0o775),
        "has mode 775; expected 755: its group can change it, and so with",
        outcome="degraded",
    ),
)

SMOKE: Sequence[Fault] = (
    fault(
        "R.4",
        "smoke against the suite's own server",
        _verdict(lambda data: data["target"].update(embedded=["knowledge"])),
        "took knowledge from the reference release",
    ),
    told(
        "R.4",
        "no report of a smoke test",
        lambda data: data["smoke"].update(reports="nowhere"),
        "expected what `pytest -m smoke` left",
    ),
    fault(
        "R.4", "smoke failed on the restored version", _verdict(_smoke_failed), "the verdict is FAIL", "2.1.4 failed"
    ),
    fault(
        "R.4",
        "the smoke test's report changed after the run",
        _verdict(lambda data: data.update(ended=data["started"]), sealed=False),
        "smoke/verdict.json: it was changed after the run",
        "expected the report as the run left it",
    ),
    fault(
        "R.4",
        "smoke on another tree",
        _verdict(lambda data: data["target"]["subjects"]["workflow"].update(sha256=OTHER)),
        "those of the restored version have",
    ),
    fault(
        "R.4",
        "smoke before the rollback",
        _verdict(lambda data: data.update(ended="2020-01-01T00:00:00.000Z")),
        "ended at 2020-01-01",
    ),
    fault(
        "R.4",
        "smoke in the future",
        _verdict(lambda data: data.update(ended="2099-01-01T00:00:00.000Z")),
        "still to come",
    ),
)


FAULTS: Sequence[Fault] = (*RESTORED, *TREE, *KEPT, *OWNED, *MODES, *SMOKE)
