"""What a run was made from: the gates before it, the files that configure it, and its subjects, unchanged to its end.

Asked of the subjects when a run begins, and again when it has ended: whoever changes a workflow while it is being
verified gets a verdict on neither the one nor the other.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gate import chain
from gate.checklist import SOURCE, Gate
from gate.evidence import report_folder
from gate.state import Run
from gate.verdict import GateResult

TARGET = "target"


def begin(config: pytest.Config, run: Run) -> None:
    """Take the marks of what is verified, and look at the gates before. Called before the first test."""
    if not run.gates:
        return
    run.marks = _marks(config, run)
    run.configuration = _configuration(config)
    if config.option.outside_chain:
        return
    base = report_folder(config, run)
    wanted = dict.fromkeys(marker for gate in run.gates for marker in chain.before(gate, run.checklist))
    places = [base, *(Path(each) for each in (run.target.get("reports"),) if each)]
    run.looks = {marker: chain.latest(places, marker) for marker in wanted}
    digests: dict[str, str] = {}
    if any(look and look.same for look in run.looks.values()):
        for answer in config.hook.pytest_gate_digests(config=config):
            digests.update(answer)
    own = {gate.marker for gate in run.gates}
    for gate in run.gates:
        if own.isdisjoint(gate.follows):  # what the others follow has no verdict yet
            run.chain[gate.marker] = chain.links(
                gate, _this(run, gate, digests), chain.Known(run.checklist, run.looks, {})
            )


def end(config: pytest.Config, run: Run) -> None:
    """Name what was verified, and note whether it has changed since the run began. Called after the last test."""
    if not run.gates:
        return
    try:
        for answer in config.hook.pytest_gate_subjects(config=config, gates=[gate.marker for gate in run.gates]):
            run.subjects.update(answer)
        run.subjects = dict(sorted(run.subjects.items()))
        marks = _marks(config, run)
    except OSError as error:
        run.note(f"what was verified can no longer be read: {error}")
        return
    for name in sorted({*run.marks, *marks}):
        if run.marks.get(name) != marks.get(name):
            run.note(f"the {name} changed while it was being verified: this run proves nothing; run it again")


def notes(run: Run, gate: Gate, results: list[GateResult]) -> list[str]:
    """What speaks against a gate's place in the chain, where it is one of a production deployment.

    Looks again, now that every digest is known and the gates before it in this run, `results`, have their verdicts.
    """
    if gate.marker not in run.chain and not run.looks:
        return []
    same = chain.what_is_the_same(run.subjects)
    judged = {
        result.gate.marker: chain.Look(result.gate.marker, str(result.verdict), run.decision(result).action)
        for result in results
    }
    run.chain[gate.marker] = chain.links(gate, _this(run, gate, same), chain.Known(run.checklist, run.looks, judged))
    return chain.problems(run.chain[gate.marker]) if run.target["production"] else []


def _this(run: Run, gate: Gate, same: dict[str, str]) -> chain.Look:
    started = datetime.fromtimestamp(run.started, UTC)
    target = run.target["name"]
    sha256 = run.configuration.get(TARGET, {}).get("sha256")
    return chain.Look(gate.marker, started=started, target=target, target_sha256=sha256, same=same)


def _marks(config: pytest.Config, run: Run) -> dict[str, str]:
    found: dict[str, str] = {}
    for answer in config.hook.pytest_gate_marks(config=config, gates=[gate.marker for gate in run.gates]):
        found.update(answer)
    return found


def _configuration(config: pytest.Config) -> dict[str, dict[str, str]]:
    """The files that decide besides what is verified: by what they are, their names and digests."""
    found: dict[str, dict[str, str]] = {}
    for answer in config.hook.pytest_gate_configuration(config=config):
        found.update(answer)
    found["checklist"] = {"name": SOURCE.name, "sha256": hashlib.sha256(SOURCE.read_bytes()).hexdigest()}
    return dict(sorted(found.items()))
