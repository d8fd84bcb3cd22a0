"""Parsers of what gates and deployments have left: verdicts, statements, signatures, claims, logs, known issues."""

from __future__ import annotations

import functools
import json
import subprocess
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from fixtures.acceptance import reports
from fixtures.evidence import knownissues as known_records
from fixtures.evidence.record import RecordError
from fixtures.repository import backupplace, message
from fixtures.schedule import Schedule
from fixtures.staging import attempt, smoke
from fixtures.staging.site import RefusedError, Site
from fixtures.staging.smoke import VerdictError
from fixtures.target import from_file
from gate import chain, checklist, circumstances, history, knownissues, signature, statement, timeline, verify
from gate.verdict import SCHEMA, Verdict
from gate.verify import DoesNotStand
from tests_suite import kept, samples
from tests_suite.fuzz import real
from tests_suite.fuzz.files import one_line, shown
from tests_suite.fuzz.mutations import Seed
from tests_suite.fuzz.subject import Parser, Seeds

NOW = datetime.now(UTC)
MARKER = "smoke"


@functools.cache
def _kept() -> Seeds:
    """A report that stands, file by file, but for the page for people."""
    with tempfile.TemporaryDirectory() as folder:
        place = kept.write(Path(folder) / MARKER)
        forms = {".json": "json", ".xml": "text", ".md": "text"}
        return {
            path.name: Seed(path.read_bytes(), forms.get(path.suffix, "text"))
            for path in sorted(place.iterdir())
            if path.is_file() and path.stat().st_size < 60_000
        }


def _report(folder: Path, name: str, data: bytes) -> Path:
    """A folder of reports with one file changed, and two others beside it that are good."""
    base = folder / "reports"
    if not base.is_dir():
        for marker in (MARKER, "predeploy", "deploy"):
            kept.write(base / marker, marker)
    place = base / MARKER
    for each, seed in _kept().items():
        (place / each).write_bytes(data if each == name else seed.data)
    return base


def _verify(folder: Path, name: str, data: bytes) -> None:
    place = _report(folder, name, data) / MARKER
    one_line(statement.change(place) or "not changed")
    try:
        str(verify.examine(place))
    except DoesNotStand as error:
        one_line(error)


def _chain(folder: Path, name: str, data: bytes) -> None:
    base = _report(folder, name, data)
    found = checklist.load()
    looks = {marker: chain.read(base, marker) for marker in found.gates}
    this = chain.Look("deploy", "PASS", "go", NOW, NOW, "sample")
    known = chain.Known(found, looks, {})
    for gate in found.gates.values():
        shown(chain.problems(chain.links(gate, this, known)))
        repr([link.plain() for link in chain.links(gate, this, known)])


def _history(folder: Path, name: str, data: bytes) -> None:
    path = folder / "verdict.json"
    path.write_bytes(data)
    look = history.last_look(path)
    history.counts(look, "sample", "2.0.0", NOW)


def _timeline(folder: Path, name: str, data: bytes) -> None:
    timeline.render(_report(folder, name, data), checklist.load())


def _verdicts() -> Seeds:
    return {name: seed for name, seed in _kept().items() if name == statement.VERDICT} | {
        "statement.json": _kept()["statement.json"]
    }


def _only_verdict() -> Seeds:
    return {statement.VERDICT: _kept()[statement.VERDICT]}


def _accepted(folder: Path, name: str, data: bytes) -> None:
    base = _report(folder, name, data)
    subject = reports.Subject("sample", True, (), "ai-engineering-workflow", "2.0.0", {"package": "a" * 64},
                              Schedule(NOW - timedelta(days=2), "UTC"), NOW)  # fmt: skip
    found = checklist.load()
    read = reports.read(base, _schema(), subject, {marker: gate.starts for marker, gate in found.gates.items()})
    items = [*found.items]
    shown(read.unproven(items, {})), shown(read.reserved(items)), read.evidence(items), shown(read.broken)
    for item in items:
        if (seen := read.seen(item)) is not None:
            repr([seen.values(each["name"]) for each in seen.item["measurements"]])


@functools.cache
def _schema() -> dict[str, object]:
    return dict(json.loads(SCHEMA.read_text(encoding="utf-8")))


def _staging(folder: Path, name: str, data: bytes) -> None:
    found = smoke.read(_report(folder, name, data), _schema())
    now = datetime.now(UTC)
    shown(smoke.outcome_findings(found, ["2.1.1"])), shown(smoke.degraded(found))
    shown(smoke.subject_findings(found, ["0" * 64], ["http://127.0.0.1:9"]))
    shown(smoke.time_findings(found, now, now, timedelta(hours=1)))


def _site(folder: Path) -> Site:
    (folder / "releases").mkdir(exist_ok=True)
    return Site(folder / "repository", folder / "live", folder / "backups", folder / "releases")


def _claim(folder: Path, name: str, data: bytes) -> None:
    site = _site(folder)
    (site.releases / f"v1{attempt.LOG}").write_bytes(data)
    attempt.read_log(site, "v1")
    (site.releases / f"v1{attempt.ENDING}").write_bytes(data)
    attempt.attempts(site)


CLAIM = dict.fromkeys(attempt.Attempt.__dataclass_fields__, "x") | {"schema": 1}


def _issues(folder: Path, name: str, data: bytes) -> None:
    evidence = folder / "evidence"
    evidence.mkdir(exist_ok=True)
    for known in evidence.iterdir():
        known.unlink()
    (evidence / name).write_bytes(data)
    (folder / "target.yaml").write_text("name: x\nevidence: evidence\n")
    told = known_records.of(from_file(folder / "target.yaml"))
    try:
        known_records.critical_bugs(known_records.checked(evidence))
    except RecordError as error:
        shown(error.findings)
    if told is None:
        return
    found = checklist.load()
    shown(knownissues.unknown_items(told["issues"], found))
    around = knownissues.Circumstances(NOW, {"package": "a" * 64}, ["Ada Example"])
    for verdict in Verdict:
        result = samples.gate_result("notification", verdict, "major" if verdict is Verdict.FAIL else None)
        repr(knownissues.apply(result, told["issues"], around).known)


ISSUES = {
    "schema": 1,
    "issues": [
        {"item": "1.3.1", "severity": "major", "description": "the page of one agent has an old name in it",
         "workaround": "use the new name when you call it", "author": "Ben Example", "approver": "Ada Example",
         "date": "2026-01-05T09:00:00+00:00", "expires": "2100-01-01T00:00:00+00:00", "sha256": "a" * 64,
         "covers": ["agents/dev.md: has no XML"]},
    ],
}  # fmt: skip


@functools.cache
def _signed() -> Seeds:
    """A signature, and an allowed_signers file that allows its key."""
    with tempfile.TemporaryDirectory() as folder:
        key = Path(folder) / "key"
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
        signed = signature.sign(b"message", key)
        public = key.with_suffix(".pub").read_text().split()[:2]
    return {"allowed": Seed(f"tech-lead:ada@example.com {' '.join(public)}\n".encode()), "signature": Seed(signed)}


def _signature(folder: Path, name: str, data: bytes) -> None:
    for each, seed in _signed().items():
        (folder / each).write_bytes(data if each == name else seed.data)
    found = signature.told(b"message", folder / "signature", folder / "allowed", NOW)
    one_line(found)


def _options(folder: Path, name: str, data: bytes) -> None:
    for line in data.decode("utf-8", "surrogateescape").split("\n")[:20]:
        for read in (circumstances._minutes, circumstances._moment):
            try:
                read(line)
            except pytest.UsageError as error:
                one_line(error)
        message.announced(line), message._reason(line), backupplace.earliest_moment(line)
    message.announced(data.decode("utf-8", "replace"))


PARSERS = (
    Parser("report", _kept, _verify, (), 40),
    Parser("chain", _verdicts, _chain, (), 40),
    Parser("last look", _only_verdict, _history, (), 80),
    Parser("timeline", _only_verdict, _timeline, (), 40),
    Parser("accepted reports", _only_verdict, _accepted, (), 15),
    Parser("staging's verdict", _only_verdict, _staging, (VerdictError,), 40),
    Parser("claim", lambda: {"claim": Seed(json.dumps(CLAIM).encode(), "json")}, _claim, (RefusedError,), 60),
    Parser(
        "known issues",
        lambda: {"known-issues.json": Seed(json.dumps(ISSUES, indent=1).encode(), "json")},
        _issues,
        (pytest.UsageError,),
        80,
    ),
    Parser("signature", _signed, _signature, (), 8),
    Parser(
        "options",
        lambda: real.texts(
            "20\n2026-01-06T09:00:00+01:00\n- 11 agents\n11 steps\n"
            "20260106T091600Z\n1767690000\n2026-01-06_09-16-00+0100\n"
        ),
        _options,
        (),
        60,
    ),
)
