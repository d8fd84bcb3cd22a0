"""Gates follow each other in runs of the judge: order, target, package, and a subject that changes in mid-run."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from gate import chain, verify
from gate.verdict import EXIT_INCOMPLETE
from tests_suite import miniature
from tests_suite.miniature import Miniature, Result

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


def test_gates_before_are_found_where_the_target_says(project: Miniature) -> None:
    project.gate("deploy")
    project.target["reports"] = str(project.root / "elsewhere")
    assert _run(project, "predeploy or smoke").verdict("smoke")["verdict"] == "PASS"
    (project.root / "reports").rename(project.root / "elsewhere")

    found = _run(project, "deploy").verdict("deploy")
    (project.root / "elsewhere").rename(project.root / "nowhere")
    lost = _run(project, "deploy").verdict("deploy")

    assert (found["verdict"], lost["verdict"]) == ("PASS", "INCOMPLETE")
    assert [link["marker"] for link in found["chain"]] == ["smoke", "predeploy"]


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
    said = "outside the chain of gates: this run counts for no step of the deployment"
    assert f"\n  {said}\n" in result.output
    assert result.verdict()["decision"]["steps"] == ["go on with what this run was for"]
    assert "go on to the deployment" not in result.output
    page, summary = ((result.reports / "smoke" / name).read_text("utf-8") for name in ("signoff.html", "summary.md"))
    assert f'<p class="note">{said.capitalize()}.</p>' in page
    assert f"_{said}_" in summary.splitlines()
    assert f", {said}, not signed" in str(verify.examine(result.reports / "smoke"))
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
