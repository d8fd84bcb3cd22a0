"""What a run knows of itself: its time box, its suite, what it was made from, and whether that stayed as it was."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

import gate as suite_package
from fixtures.reference.repository import AUTHOR
from fixtures.staging.git import git
from gate import chain, provenance, state, suite
from gate.checklist import SOURCE
from gate.decision import UNTOLD, Situation
from gate.state import Run
from gate.verdict import Verdict
from tests_suite import kept, samples
from tests_suite.samples import CHECKLIST

DIGESTS = {"package": samples.PACKAGE, "workflow": samples.WORKFLOW}


class Hooks:
    """What the subjects answer, as pytest's hooks hand it on: several answers, and what they were asked for."""

    def __init__(self) -> None:
        self.marks: list[dict[str, str]] = [{"workflow": "w1"}, {"package": "p1"}]
        self.subjects: list[dict[str, dict[str, str]]] = [{"b": {"location": "x"}}, {"a": {"location": "y"}}]
        self.asked: list[tuple[str, Any]] = []
        self.config: Any = None

    def pytest_gate_marks(self, config: Any, gates: list[str]) -> list[dict[str, str]]:
        assert config is self.config
        self.asked.append(("marks", gates))
        return self.marks

    def pytest_gate_subjects(self, config: Any, gates: list[str]) -> list[dict[str, dict[str, str]]]:
        assert config is self.config
        self.asked.append(("subjects", gates))
        return self.subjects

    def pytest_gate_configuration(self, config: Any) -> list[dict[str, dict[str, str]]]:
        assert config is self.config
        return [{"target": {"name": "t.yaml", "sha256": "d" * 64}}, {"known issues": {"name": "k", "sha256": "e"}}]

    def pytest_gate_digests(self, config: Any) -> list[dict[str, str]]:
        assert config is self.config
        self.asked.append(("digests", None))
        return [{"package": DIGESTS["package"]}, {"workflow": DIGESTS["workflow"]}]


def _config(folder: Path, outside: bool = False) -> tuple[pytest.Config, Hooks]:
    hooks = Hooks()
    option = SimpleNamespace(outside_chain=outside, report_dir="reports")
    hooks.config = SimpleNamespace(hook=hooks, option=option, invocation_params=SimpleNamespace(dir=folder))
    return cast(pytest.Config, hooks.config), hooks


def _run(*markers: str, **facts: Any) -> Run:
    return samples.run(*(CHECKLIST.gates[marker] for marker in markers), **facts)


def test_run_begins_with_marks_configuration_and_a_look_at_the_gates_before(tmp_path: Path) -> None:
    kept.write(tmp_path / "reports" / "smoke")
    kept.write(tmp_path / "elsewhere" / "predeploy", "predeploy")
    config, hooks = _config(tmp_path)
    run = _run("deploy", "mcp", reports=str(tmp_path / "elsewhere"))

    provenance.begin(config, run)

    assert run.marks == {"workflow": "w1", "package": "p1"}
    assert list(run.configuration.items()) == [
        ("checklist", {"name": SOURCE.name, "sha256": hashlib.sha256(SOURCE.read_bytes()).hexdigest()}),
        ("known issues", {"name": "k", "sha256": "e"}),
        ("target", {"name": "t.yaml", "sha256": "d" * 64}),
    ]
    assert hooks.asked == [("marks", ["deploy", "mcp"]), ("digests", None)]
    assert {marker for marker, look in run.looks.items() if look} == {"smoke", "predeploy"}
    assert set(run.looks) == set(chain.before(CHECKLIST.gates["mcp"], CHECKLIST))
    assert list(run.chain) == ["deploy"], "what the other one follows has no verdict yet"
    started = datetime.fromtimestamp(run.started, UTC)
    this = chain.Look("deploy", started=started, target="sample", target_sha256="d" * 64, same=DIGESTS)
    known = chain.Known(CHECKLIST, run.looks, {})
    assert run.chain["deploy"] == chain.links(CHECKLIST.gates["deploy"], this, known)


def test_nobody_is_asked_for_digests_where_no_gate_was_run_before(tmp_path: Path) -> None:
    config, hooks = _config(tmp_path)
    run = _run("deploy")

    provenance.begin(config, run)

    assert hooks.asked == [("marks", ["deploy"])]
    assert [link.marker for link in run.chain["deploy"]] == ["smoke"]


def test_run_outside_the_chain_looks_at_no_gate(tmp_path: Path) -> None:
    config, _ = _config(tmp_path, outside=True)
    run = _run("deploy")

    provenance.begin(config, run)

    assert (run.marks, run.looks, run.chain) == ({"workflow": "w1", "package": "p1"}, {}, {})
    assert set(run.configuration) == {"checklist", "known issues", "target"}
    assert provenance.notes(run, CHECKLIST.gates["deploy"], []) == []
    assert run.chain == {}


def test_run_that_judges_nothing_asks_nobody(tmp_path: Path) -> None:
    config, hooks = _config(tmp_path)
    run = _run()
    run.gates = []

    provenance.begin(config, run)
    provenance.end(config, run)

    assert (hooks.asked, run.configuration, run.subjects) == ([], {}, {})


def test_run_ends_with_its_subjects_in_order_and_unchanged(tmp_path: Path) -> None:
    config, hooks = _config(tmp_path)
    run = _run("smoke")
    provenance.begin(config, run)

    provenance.end(config, run)

    assert list(run.subjects.items()) == [("a", {"location": "y"}), ("b", {"location": "x"})]
    assert hooks.asked[-2:] == [("subjects", ["smoke"]), ("marks", ["smoke"])]
    assert run.notes == []


def test_each_subject_that_changed_came_or_went_is_noted(tmp_path: Path) -> None:
    config, hooks = _config(tmp_path)
    run = _run("smoke")
    provenance.begin(config, run)
    hooks.marks = [{"workflow": "w2"}, {"evidence": "e1"}]

    provenance.end(config, run)

    assert run.notes == [
        f"the {name} changed while it was being verified: this run proves nothing; run it again"
        for name in ("evidence", "package", "workflow")
    ]


def test_subject_that_can_no_longer_be_read_is_noted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config, _ = _config(tmp_path)
    run = _run("smoke")
    provenance.begin(config, run)

    def gone(*_: object, **__: object) -> None:
        raise OSError("gone")

    monkeypatch.setattr(Hooks, "pytest_gate_subjects", gone)
    provenance.end(config, run)

    assert run.notes == ["what was verified can no longer be read: gone"]


@pytest.mark.parametrize("production", [True, False])
def test_place_in_the_chain_is_judged_by_what_was_verified_in_the_end(tmp_path: Path, production: bool) -> None:
    config, _ = _config(tmp_path)
    run = _run("smoke", "deploy", production=production)
    provenance.begin(config, run)
    assert list(run.chain) == ["smoke"]

    passed = samples.gate_result("smoke", Verdict.PASS)
    failed = samples.gate_result("smoke", Verdict.FAIL)
    before = [
        f"the gate before: predeploy: {chain.NOTHING} (for a run that is no step of the deployment: --outside-chain)"
    ]
    stopped = ["the gate before: smoke: ended with FAIL (stop); settle that first"]

    assert provenance.notes(run, CHECKLIST.gates["deploy"], [passed]) == (before if production else [])
    assert [(link.marker, link.verdict) for link in run.chain["deploy"]] == [("smoke", "PASS"), ("predeploy", None)]
    assert provenance.notes(run, CHECKLIST.gates["deploy"], [failed]) == ([*stopped, *before] if production else [])


def test_time_box_of_a_run_is_that_of_its_gates_together(monkeypatch: pytest.MonkeyPatch) -> None:
    run = _run("smoke", "mcp")
    minutes = CHECKLIST.gates["smoke"].time_box_minutes + CHECKLIST.gates["mcp"].time_box_minutes
    monkeypatch.setattr(time, "time", lambda: run.started + 100.0)

    assert run.time_box_seconds == minutes * 60
    assert run.seconds_left == minutes * 60 - 100.0
    run.gates = []
    assert run.seconds_left == float("inf")


def test_run_keeps_a_note_once_and_knows_the_situation_of_each_gate() -> None:
    run = _run("deploy")
    for note in ("one", "two", "one"):
        run.note(note)
    result = samples.gate_result("deploy", Verdict.FAIL, "major")

    assert run.notes == ["one", "two"]
    assert (run.situation(result), run.decision(result).leaf) == (UNTOLD, "2.partial")
    run.situations["deploy"] = Situation(fix_minutes=10)
    assert (run.situation(result).fix_minutes, run.decision(result).leaf) == (10, "2.partial.fixable")
    assert abs(Run(CHECKLIST, [], run.target, Path()).started - time.time()) < 60


def test_test_without_an_item_cannot_measure() -> None:
    node = cast(pytest.Item, SimpleNamespace(nodeid="a.py::test_a", get_closest_marker=lambda name: None))

    assert state.claim_of(node) is None
    with pytest.raises(pytest.UsageError) as caught:
        state.item_of(node)
    assert str(caught.value) == "a.py::test_a measures against no item: tie it to one with @verifies"


def test_suite_names_its_version_python_and_packages() -> None:
    facts = suite.facts(None)

    assert (facts["version"], facts["commit"]) == (suite_package.__version__, None)
    assert facts["python"] == ".".join(map(str, sys.version_info[:3]))
    assert facts["packages"]["pytest"] == pytest.__version__
    assert list(facts["packages"]) == list(suite.PACKAGES)
    assert suite._version("no-such-package-anywhere") is None


HEAD = "# branch.oid abc\n# branch.head main\n"
ANSWERS: dict[str, tuple[str, str | None]] = {
    "no answer": ("", None),
    "no commit yet": ("# branch.oid (initial)\n? gate/\n", None),
    "clean": (HEAD, "abc"),
    "changed": (f"{HEAD}1 .M N... 100644 100644 100644 a a README.md\n", "abc-dirty"),
    "unmerged": (f"{HEAD}u UU N... 100644 100644 100644 100644 a a a gate/a.py\n", "abc-dirty"),
    "conftest.py": (f"{HEAD}? conftest.py\n", "abc-dirty"),
    "conftest.py below": (f"{HEAD}? tests_smoke/conftest.py\n", "abc-dirty"),
    "another folder of tests": (f"{HEAD}? tests_ours/\n", "abc-dirty"),
    "in the judge": (f"{HEAD}? gate/more.py\n", "abc-dirty"),
    "in the subjects": (f"{HEAD}? fixtures/more/\n", "abc-dirty"),
    "within a larger repository": (f"{HEAD}? tools/suite/gate/more.py\n", "abc-dirty"),
    "a name that git quotes": (f'{HEAD}? "gate/\\303\\244.py"\n', "abc-dirty"),
    "settings of pytest": (f"{HEAD}? pytest.ini\n", "abc-dirty"),
    "a module that stands for a library": (f"{HEAD}? yaml.py\n", "abc-dirty"),
    "a target beside it": (f"{HEAD}? production.yaml\n? my-release/\n? delegate/a.py\n", "abc"),
    "its reports": (f"{HEAD}? report.html\n? notes.txt\n", "abc"),
}


@pytest.mark.parametrize(("said", "commit"), ANSWERS.values(), ids=ANSWERS)
def test_commit_is_what_git_answers(said: str, commit: str | None) -> None:
    asked = subprocess.Popen(["printf", "%s", said], stdout=subprocess.PIPE, text=True)

    assert suite.facts(asked)["commit"] == commit


def test_file_that_no_commit_has_makes_the_suite_a_changed_one(tmp_path: Path) -> None:
    def said() -> str | None:
        found: str | None = suite.facts(suite.ask_commit(tmp_path))["commit"]
        return found

    assert said() is None, "no repository"
    (tmp_path / "tests_smoke").mkdir()
    (tmp_path / "tests_smoke" / "test_smoke.py").write_text("", encoding="utf-8")
    (tmp_path / ".gitignore").write_text("__pycache__/\n", encoding="utf-8")
    git(tmp_path, "init", "--quiet", "--template=")
    git(tmp_path, "add", "--all")
    git(tmp_path, "commit", "--quiet", "--message", "x", who=AUTHOR)
    commit = said()
    assert commit == git(tmp_path, "rev-parse", "HEAD").strip()
    (tmp_path / "my-release").mkdir()
    (tmp_path / "my-release" / "target.yaml").write_text("", encoding="utf-8")
    (tmp_path / "tests_smoke" / "__pycache__").mkdir()
    (tmp_path / "tests_smoke" / "__pycache__" / "conftest.pyc").write_text("", encoding="utf-8")
    assert said() == commit

    added = tmp_path / "tests_smoke" / "conftest.py"
    added.write_text("", encoding="utf-8")
    assert said() == f"{commit}-dirty"
    added.unlink()
    assert said() == commit


def test_git_that_does_not_answer_is_left_alone() -> None:
    class Slow:
        killed = 0
        waited: tuple[float | None, ...] = ()

        def communicate(self, timeout: float | None = None) -> tuple[str, None]:
            self.waited += (timeout,)
            if not self.killed:
                raise subprocess.TimeoutExpired("git", timeout or 0)
            return "abc", None

        def kill(self) -> None:
            self.killed += 1

    slow = Slow()

    assert suite._answer(cast(suite.Commit, slow)) is None
    assert (slow.killed, slow.waited) == (1, (5, None))
