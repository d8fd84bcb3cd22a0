"""The gates before a gate: in order, on the same package and target, in the plan's time; nothing changed meanwhile."""

from __future__ import annotations

import hashlib
import itertools
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from gate import chain
from gate.chain import Known, Link, Look
from gate.verdict import EXIT_INCOMPLETE, Verdict
from tests_suite import kept, miniature, samples
from tests_suite.miniature import Miniature, Result
from tests_suite.samples import CHECKLIST

NOW = datetime(2026, 1, 6, 9, tzinfo=UTC)
TARGET = "d" * 64
SUBJECT_PLUGIN = '''\
"""What is verified is one file, subject.txt; what configures the run is target.json."""

import hashlib
from pathlib import Path


def _digest(config, name):
    return hashlib.sha256(Path(config.rootpath, name).read_bytes()).hexdigest()


def pytest_gate_configuration(config):
    return {"target": {"name": "target.json", "sha256": _digest(config, "target.json")}}


def pytest_gate_digests(config):
    return {"package": _digest(config, "subject.txt")}


def pytest_gate_marks(config, gates):
    status = Path(config.rootpath, "subject.txt").stat()
    return {"package": f"{status.st_ino} {status.st_size} {status.st_mtime_ns} {status.st_ctime_ns}"}


def pytest_gate_subjects(config, gates):
    return {"package": {"location": "subject.txt", "sha256": _digest(config, "subject.txt")}}
'''


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
    digests = {"package": samples.PACKAGE, "workflow": samples.WORKFLOW}
    known = {"marker": "deploy", "started": NOW, "target": "sample", "target_sha256": TARGET, "digests": digests}
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
        {"predeploy": "ended 39.6 h before smoke, the plan's window is 24.0 h; run it again"},
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
    "a verdict of another gate": (
        lambda base: (base / "smoke" / "verdict.json").write_bytes((base / "predeploy/verdict.json").read_bytes()),
        {"smoke": "its verdict.json is one of the gate 'predeploy'; run it again"},
    ),
}


def _of_another(subject: str) -> Callable[[dict[str, Any]], object]:
    def change(data: dict[str, Any]) -> None:
        data["target"]["subjects"][subject]["sha256"] = "9" * 64

    return change


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
    for action in ("continue", "continue_with_known_issues", "proceed_with_caution"):
        data = kept.content(reports / "smoke")["decision"]
        _set(reports, "smoke", decision={**data, "action": action})
        assert not _problems(_links(reports)), action


def test_changed_package_of_this_run_speaks_against_all_gates_that_verified_another(reports: Path) -> None:
    links = _links(reports, this=_this(digests={"package": "9" * 64}))

    assert set(_problems(links)) == {"smoke"}  # the predeploy gate agrees with the smoke test
    assert "verified the package aaaaaaaaaaaa…, this one is 999999999999…" in _problems(links)["smoke"]


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


@pytest.fixture
def project(tmp_path: Path) -> Miniature:
    """A miniature of a production deployment, with predeploy and smoke tests and one file as its subject."""
    made = miniature.make(tmp_path)
    made.write("subject_plugin.py", SUBJECT_PLUGIN)
    made.write("subject.txt", "the package")
    made.gate("predeploy")
    made.target["production"] = True
    return made


def _run(project: Miniature, marker: str = "smoke", *more: str) -> Result:
    return project.run("-m", marker, "-p", "subject_plugin", *more)


def test_production_gate_without_the_one_before_is_incomplete(project: Miniature) -> None:
    result = _run(project)

    verdict = result.verdict()
    note = "the gate before: predeploy: has left no verdict in this --report-dir; run it first"
    assert (result.status, verdict["verdict"]) == (EXIT_INCOMPLETE, "INCOMPLETE"), result.output
    assert verdict["notes"] == [f"{note} (for a run that is no step of the deployment: --outside-chain)"]
    assert [link["problem"] for link in verdict["chain"]] == ["has left no verdict in this --report-dir; run it first"]
    said = result.output.partition("collected ")[0]  # at the start, before any test
    assert "before: predeploy: has left no verdict" in said
    assert "so this run can be INCOMPLETE at best" in said


def test_other_target_without_the_gate_before_gets_a_remark(project: Miniature) -> None:
    project.target["production"] = False

    result = _run(project)

    assert (result.status, result.verdict()["verdict"]) == (0, "PASS"), result.output
    assert result.verdict()["notes"] == []
    assert result.output.count("before: predeploy: has left no verdict") == 2  # at the start and at the end
    assert "INCOMPLETE" not in result.output
    page = (result.reports / "smoke" / "signoff.html").read_text(encoding="utf-8")
    assert "has left no verdict in this --report-dir" in page


def test_production_gates_in_their_order_pass(project: Miniature) -> None:
    first = _run(project, "predeploy")
    second = _run(project)

    raw = (first.reports / "predeploy" / "verdict.json").read_bytes()
    assert (first.status, first.verdict("predeploy")["chain"]) == (0, []), first.output
    assert (second.status, second.verdict()["verdict"]) == (0, "PASS"), second.output
    link = second.verdict()["chain"][0]
    assert link["sha256"] == hashlib.sha256(raw).hexdigest()
    assert (link["marker"], link["verdict"], link["problem"]) == ("predeploy", "PASS", None)
    assert f"before: predeploy PASS, ended {link['ended']}" in second.output


def test_gates_of_one_run_follow_each_other(project: Miniature) -> None:
    project.gate("predeploy", {"1.4.2": miniature.finding("1.4.2", "no manifest")})

    result = _run(project, "predeploy or smoke")

    assert result.verdict("predeploy")["verdict"] == "FAIL"
    assert result.verdict("smoke")["verdict"] == "INCOMPLETE"
    assert "predeploy: ended with FAIL" in result.verdict("smoke")["notes"][0]


def test_package_that_changed_since_the_gate_before_is_told_at_the_start(project: Miniature) -> None:
    _run(project, "predeploy")
    project.write("subject.txt", "another package")

    result = _run(project)

    assert result.status == EXIT_INCOMPLETE
    assert "before: predeploy: verified the package" in result.output.partition("collected ")[0]
    assert "verified the package" in result.verdict()["notes"][0]


def test_target_that_changed_since_the_gate_before_is_told(project: Miniature) -> None:
    _run(project, "predeploy")
    project.target["contacts"] = [{"role": "Tech Lead", "name": "Ada"}]

    result = _run(project)

    assert result.verdict()["verdict"] == "INCOMPLETE"
    assert "was run before the target file changed" in result.verdict()["notes"][0]


def test_run_outside_the_chain_looks_at_none_and_counts_for_none(project: Miniature) -> None:
    result = _run(project, "smoke", "--outside-chain")

    assert (result.status, result.verdict()["chain"]) == (0, None), result.output
    assert "before:" not in result.output
    look = chain.read(result.reports, "smoke")
    assert look is not None
    assert look.damage == "it was run outside the chain"


CHANGES = {
    "changed": 'Path(HERE, "subject.txt").write_text("something else")',
    "changed and changed back": 'path = Path(HERE, "subject.txt"); old = path.read_text(); path.write_text("x"); '
    "path.write_text(old)",
    "exchanged by the same": 'old = Path(HERE, "subject.txt").rename(HERE / "old"); '
    'Path(HERE, "subject.txt").write_bytes(old.read_bytes())',
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_subject_that_changes_during_the_run_proves_nothing(project: Miniature, change: str) -> None:
    project.target["production"] = False
    project.smoke({"2.1.3": f'@verifies("2.1.3")\ndef test_it():\n    {change}\n    assert True\n'})

    result = _run(project)

    note = "the package changed while it was being verified: this run proves nothing; run it again"
    assert (result.status, result.verdict()["verdict"]) == (EXIT_INCOMPLETE, "INCOMPLETE"), result.output
    assert result.verdict()["notes"] == [note]
    assert f"  {note}" in result.output


def test_subject_that_stays_as_it_is_proves_something(project: Miniature) -> None:
    project.target["production"] = False

    assert _run(project).verdict()["verdict"] == "PASS"


def test_workers_of_one_run_are_judged_by_the_same_chain(project: Miniature) -> None:
    _run(project, "predeploy")

    result = _run(project, "smoke", "-n", "2")

    assert result.verdict()["verdict"] == "PASS", result.output
    assert result.verdict()["chain"][0]["problem"] is None
