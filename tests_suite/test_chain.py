"""The gates before a gate: in order, on the same package and target, in the plan's time; nothing changed meanwhile."""

from __future__ import annotations

import hashlib
import itertools
import json
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from gate import chain
from gate.chain import Known, Link, Look
from gate.verdict import Verdict
from tests_suite import kept, samples
from tests_suite.samples import CHECKLIST

NOW = datetime(2026, 1, 6, 9, tzinfo=UTC)
TARGET = "d" * 64


@pytest.fixture
def reports(tmp_path: Path) -> Path:
    """Reports of the predeploy and the smoke gate, as the deploy gate of NOW wants them."""
    _report(tmp_path, "predeploy", hours=-4.0)
    _report(tmp_path, "smoke", hours=-0.25)
    return tmp_path


def _report(base: Path, marker: str, verdict: Verdict = Verdict.PASS, hours: float = 0.0) -> None:
    """A report of a gate that ended so many hours from NOW, after ten minutes."""
    folder = kept.write(base / marker, marker, verdict)
    _set(base, marker, started=_moment(hours - 1 / 6), ended=_moment(hours))
    assert folder.is_dir()


def _moment(hours: float) -> str:
    return f"{(NOW + timedelta(hours=hours)).isoformat(timespec='milliseconds')[:-6]}Z"


def _set(base: Path, marker: str, **values: Any) -> None:
    kept.forge(base / marker, lambda data: data.update(values))


def _this(**changes: Any) -> Look:
    same = {"package": samples.PACKAGE, "workflow": samples.WORKFLOW, "knowledge": "https://knowledge.example.com"}
    known = {"marker": "deploy", "started": NOW, "target": "sample", "target_sha256": TARGET, "same": same}
    return Look(**{**known, **changes})


def _links(
    base: Path, gate: str = "deploy", this: Look | None = None, run: dict[str, Look] | None = None
) -> list[Link]:
    looks = {marker: chain.read(base, marker) for marker in chain.before(CHECKLIST.gates[gate], CHECKLIST)}
    return chain.links(CHECKLIST.gates[gate], this or _this(), Known(CHECKLIST, looks, run or {}))


def _problems(links: list[Link]) -> dict[str, str]:
    return {link.marker: link.problem for link in links if link.problem}


def test_gates_that_were_run_in_order_are_named_by_their_digests(reports: Path) -> None:
    found = _links(reports)

    assert [(link.marker, link.verdict, link.problem) for link in found] == [
        ("smoke", "PASS", None),
        ("predeploy", "PASS", None),
    ]
    for link in found:
        assert link.sha256 == hashlib.sha256((reports / link.marker / "verdict.json").read_bytes()).hexdigest()
    assert str(found[0]) == f"smoke PASS, ended {_moment(-0.25)}"


def test_every_gate_that_follows_another_names_one_of_the_plan() -> None:
    followed = [marker for gate in CHECKLIST.gates.values() for marker in gate.follows]

    assert followed
    assert set(followed) <= set(CHECKLIST.gates)
    for gate in CHECKLIST.gates.values():  # and none of them goes round in a circle
        assert gate.marker not in list(chain.before(gate, CHECKLIST))


def test_every_gate_of_the_deployment_has_the_one_before_it() -> None:
    order = ["predeploy", "smoke", "deploy", "mcp", "bmad", "announcement", "monitoring", "first_day", "retrospective"]

    for earlier, later in itertools.pairwise(order):
        assert earlier in CHECKLIST.gates[later].follows, later
    assert "postdeploy" in CHECKLIST.gates["acceptance"].follows
    assert not CHECKLIST.gates["rollback"].follows, "a rollback waits for nothing"


BROKEN: dict[str, tuple[Callable[[Path], object], dict[str, str]]] = {
    "no smoke test": (
        lambda base: (base / "smoke").rename(base / "elsewhere"),
        {"smoke": "has left no verdict in this --report-dir; run it first"},
    ),
    "no predeploy gate": (
        lambda base: (base / "predeploy").rename(base / "elsewhere"),
        {"predeploy": "has left no verdict in this --report-dir; run it first"},
    ),
    "a smoke test that failed": (
        lambda base: _report(base, "smoke", Verdict.FAIL, -0.25),
        {"smoke": "ended with FAIL (stop); settle that first"},
    ),
    "a smoke test that is incomplete": (
        lambda base: _report(base, "smoke", Verdict.INCOMPLETE, -0.25),
        {"smoke": "ended with INCOMPLETE (repeat); settle that first"},
    ),
    "a smoke test of this morning": (
        lambda base: _report(base, "smoke", hours=-3.0),
        {"smoke": "ended 3.0 h before deploy, the plan's window is 60 min; run it again"},
    ),
    "a predeploy gate of the day before yesterday": (
        lambda base: _report(base, "predeploy", hours=-40.0),
        {"predeploy": "ended 39.58 h before smoke, the plan's window is 24.25 h; run it again"},
    ),
    "a predeploy gate after the smoke test": (
        lambda base: _report(base, "predeploy", hours=-0.1),
        {"predeploy": "ended after smoke had begun: out of order; run it again, then smoke"},
    ),
    "another target": (
        lambda base: kept.forge(base / "smoke", lambda data: data["target"].update(name="staging")),
        {
            "smoke": "was about the target 'staging', not 'sample'; run it again",
            "predeploy": "was about the target 'sample', not 'staging'; run it again",
        },
    ),
    "a target that changed": (
        lambda base: kept.forge(base / "predeploy", lambda data: data["target"].update(sha256="0" * 64)),
        {"predeploy": "was run before the target file changed; run it again"},
    ),
    "another package": (
        lambda base: kept.forge(base / "predeploy", _of_another("package")),
        {"predeploy": "verified the package 999999999999…, this one is aaaaaaaaaaaa…; run it again"},
    ),
    "another workflow": (
        lambda base: kept.forge(base / "predeploy", _of_another("workflow")),
        {"predeploy": "verified the workflow 999999999999…, this one is bbbbbbbbbbbb…; run it again"},
    ),
    "a verdict that was changed": (
        lambda base: _without_statement(base / "smoke"),
        {"smoke": "its report was changed after it was written; run it again"},
    ),
    "no statement": (
        lambda base: (base / "smoke" / "statement.json").unlink(),
        {"smoke": "it has no statement that could be verified; run it again"},
    ),
    "a run outside the chain": (
        lambda base: _set(base, "smoke", chain=None),
        {"smoke": "it was run outside the chain; run it again"},
    ),
    "a verdict that is none": (
        lambda base: (base / "smoke" / "verdict.json").write_text("[]"),
        {"smoke": "its verdict.json is none; run it again"},
    ),
    "a failure that says PASS": (
        lambda base: _failed_and_says(base, verdict="PASS"),
        {"smoke": "it says PASS, but FAIL follows from its outcomes; run it again"},
    ),
    "a failure that goes on as if it were none": (
        lambda base: _failed_and_says(base, title="Smoke test"),
        {"smoke": "ended with FAIL (proceed); settle that first"},
    ),
    "a key that is given twice": (
        lambda base: _twice(base / "smoke"),
        {"smoke": "its verdict.json is none; run it again"},
    ),
    "a time that no clock shows": (
        lambda base: _set(base, "smoke", started="0001-01-01T00:00:00+14:00"),
        {"smoke": "its verdict.json is none; run it again"},
    ),
    "a pipe": (
        lambda base: _piped(base / "smoke" / "verdict.json"),
        {"smoke": "its verdict.json is no file of a bearable size; run it again"},
    ),
    "a verdict of another gate": (
        lambda base: (base / "smoke" / "verdict.json").write_bytes((base / "predeploy/verdict.json").read_bytes()),
        {"smoke": "its verdict.json is one of the gate 'predeploy'; run it again"},
    ),
}


def _of_another(subject: str) -> Callable[[dict[str, Any]], object]:
    def change(data: dict[str, Any]) -> None:
        data["target"]["subjects"][subject]["sha256"] = "9" * 64

    return change


def _failed_and_says(base: Path, **values: Any) -> None:
    """A smoke test that failed, whose record has the decision of a gate that passed."""
    _report(base, "smoke", Verdict.FAIL, hours=-0.25)
    _set(base, "smoke", decision=kept.content(base / "predeploy")["decision"], **values)


def _twice(folder: Path) -> None:
    path = folder / "verdict.json"
    path.write_text(path.read_text().replace('"verdict": "PASS"', '"verdict": "FAIL",\n "verdict": "PASS"', 1))


def _piped(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def _without_statement(folder: Path) -> None:
    """Change verdict.json and leave the statement as it is."""
    data = kept.content(folder)
    data["title"] = "Another title"
    (folder / "verdict.json").write_text(json.dumps(data), encoding="utf-8")


@pytest.mark.parametrize(("breaks", "says"), BROKEN.values(), ids=BROKEN)
def test_broken_chain_is_told_with_what_to_do(
    reports: Path, breaks: Callable[[Path], object], says: dict[str, str]
) -> None:
    assert not _problems(_links(reports))

    breaks(reports)

    assert _problems(_links(reports)) == says


def test_known_issue_and_minor_failure_let_the_next_gate_begin(reports: Path) -> None:
    for verdict, actions in chain.GOES_ON.items():
        _report(reports, "smoke", Verdict(verdict), hours=-0.25)
        data = kept.content(reports / "smoke")["decision"]
        for action in actions:
            if action != data["action"]:
                _set(reports, "smoke", decision={**data, "action": action})
            assert not _problems(_links(reports)), action


def test_changed_package_of_this_run_speaks_against_all_gates_that_verified_another(reports: Path) -> None:
    links = _links(reports, this=_this(same={"package": "9" * 64}))

    assert set(_problems(links)) == {"smoke"}  # the predeploy gate agrees with the smoke test
    assert "verified the package aaaaaaaaaaaa…, this one is 999999999999…" in _problems(links)["smoke"]


def test_package_that_changed_behind_a_gate_which_names_none_is_told(reports: Path) -> None:
    """The smoke gate verifies no package; one that was built anew since the predeploy gate is another one."""
    kept.forge(reports / "smoke", lambda data: data["target"]["subjects"].pop("package"))
    assert not _problems(_links(reports))

    links = _links(reports, this=_this(same={"package": "9" * 64}))

    said = "verified the package aaaaaaaaaaaa…, this one is 999999999999…; run it again"
    assert _problems(links) == {"predeploy": said}


def test_sections_that_verified_different_packages_are_told(tmp_path: Path) -> None:
    for number, marker in enumerate(["verification", "staging", "notification", "package"]):
        _report(tmp_path, marker, hours=-4.0 + number)
    kept.forge(tmp_path / "package", lambda data: data["target"]["subjects"]["package"].update(sha256="9" * 64))

    links = _links(tmp_path, "smoke", this=_this(marker="smoke", same={}))

    assert set(_problems(links)) == {"package"}


def test_other_server_is_told(reports: Path) -> None:
    """--mcp-url leads elsewhere, with the same target file."""
    links = _links(reports, this=_this(same={"knowledge": "http://localhost:8000"}))

    said = "verified the knowledge https://knowledge.example.com, this one is http://localhost:8000; run it again"
    assert _problems(links) == {"smoke": said}


def test_later_report_of_several_folders_counts(tmp_path: Path) -> None:
    _report(tmp_path / "old", "smoke", hours=-4.0)
    _report(tmp_path / "new", "smoke", Verdict.FAIL, hours=-1.0)

    for places in ([tmp_path / "old", tmp_path / "new"], [tmp_path / "new", tmp_path / "old", tmp_path / "none"]):
        look = chain.latest(places, "smoke")
        assert look is not None
        assert look.verdict == "FAIL"
    assert chain.latest([tmp_path / "none"], "smoke") is None


def test_sections_of_a_phase_count_for_the_phase(tmp_path: Path) -> None:
    parts = ["verification", "staging", "notification", "package"]
    for number, marker in enumerate(parts):
        _report(tmp_path, marker, hours=-4.0 + number)

    links = _links(tmp_path, "smoke")

    assert [link.marker for link in links] == parts
    assert not _problems(links)
    (tmp_path / "staging" / "verdict.json").unlink()
    assert set(_problems(_links(tmp_path, "smoke"))) == {"staging"}


def test_gate_of_the_same_run_counts_by_its_verdict(reports: Path) -> None:
    judged = {"smoke": Look("smoke", "FAIL", "delay")}

    links = _links(reports, run=judged)

    assert _problems(links) == {"smoke": "ended with FAIL (delay); settle that first"}
    assert [link.plain()["sha256"] is None for link in links] == [True, False]


def test_gates_that_an_earlier_run_judged_together_are_in_order(reports: Path) -> None:
    for marker in ("predeploy", "smoke"):
        _report(reports, marker, hours=-0.25)

    assert not _problems(_links(reports))


def test_gate_that_nothing_precedes_has_an_empty_chain(reports: Path) -> None:
    assert _links(reports, "predeploy") == _links(reports, "rollback") == []
