"""Reports that were kept, made without a run: a small one in a few milliseconds, and changed ones of it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from gate import report, statement, suite
from gate.checklist import SOURCE, load
from gate.verdict import Verdict
from tests_suite import samples

SUBJECTS = {
    "knowledge": {"location": "https://knowledge.example.com"},
    "package": {"location": "/deployments/p.tar.gz", "sha256": samples.PACKAGE},
    "repository": {"location": "/srv/repository", "commit": "c" * 40},
    "workflow": {"location": "/srv/workflow", "sha256": samples.WORKFLOW},
}


def write(folder: Path, marker: str = "smoke", verdict: Verdict = Verdict.PASS, **target: Any) -> Path:
    """A report of a gate with that verdict, as a run leaves it, but for the reports of other makers."""
    folder.mkdir(parents=True, exist_ok=True)
    notes = ("interrupted",) if verdict is Verdict.INCOMPLETE else ()
    run = samples.run(load().gates[marker], **target)
    run.subjects = SUBJECTS
    run.chain[marker] = []
    run.configuration = {
        "checklist": {"name": SOURCE.name, "sha256": hashlib.sha256(SOURCE.read_bytes()).hexdigest()},
        "target": {"name": "target.yaml", "sha256": "d" * 64},
    }
    result = samples.gate_result(marker, verdict, notes=notes)
    facts = {"subjects": SUBJECTS, "suite": {**suite.facts(None), "commit": "e" * 40}}
    report.write(folder, run, result, 0 if verdict in (Verdict.PASS, Verdict.DEGRADE) else 1, facts)
    statement.write(folder)
    return folder


def content(folder: Path) -> dict[str, Any]:
    """The verdict.json of a report."""
    found: dict[str, Any] = json.loads((folder / "verdict.json").read_text(encoding="utf-8"))
    return found


def forge(folder: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """Change verdict.json as somebody does who knows the suite: every digest is made to fit again."""
    data = content(folder)
    before = json.dumps(data)
    change(data)
    assert json.dumps(data) != before, "the change changed nothing"
    (folder / "verdict.json").write_text(json.dumps(data, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    for name in (statement.NAME, statement.CHECKSUMS):
        (folder / name).unlink()
    statement.write(folder)
