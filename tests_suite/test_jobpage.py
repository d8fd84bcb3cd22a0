"""What a run prints for a GitHub Actions job, line by line, and what it adds to the job's page."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from gate import jobpage
from gate.state import Run
from gate.verdict import Finding, GateResult, Outcome, Verdict
from tests_suite import samples
from tests_suite.samples import CHECKLIST, item_result

SECRET = "hunter22"


class _Reporter:
    """The lines that pytest's terminal reporter was given; a line that the tests left open is ended."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def write_line(self, line: str) -> None:
        self.lines.append(line)

    def ensure_newline(self) -> None:
        self.lines.append("(new line)")


def _config(annotations: str) -> Any:
    return SimpleNamespace(option=SimpleNamespace(annotations=annotations), stash=pytest.Stash())


@pytest.fixture(autouse=True)
def _nothing_of_a_job(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GITHUB_ACTIONS", "GITHUB_WORKSPACE", "GITHUB_STEP_SUMMARY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """A run of two gates on a workflow and a server, whose reports are published."""
    made = samples.run(CHECKLIST.gates["smoke"], CHECKLIST.gates["package"], secrets=[SECRET])
    made.root = tmp_path / "suite"
    made.published = tmp_path / "reports"
    for marker in ("smoke", "package"):
        (made.published / marker).mkdir(parents=True)
        (made.published / marker / "summary.md").write_text(f"# {marker} ✓", encoding="utf-8")
    for name in ("suite/checks", "workflow/steps"):
        (tmp_path / name).mkdir(parents=True)
    for name in ("suite/checks/a.py", "workflow/steps/b.md"):
        (tmp_path / name).touch()
    monkeypatch.chdir(tmp_path / "workflow")
    workflow = str(tmp_path / "workflow")
    made.subjects = {
        "workflow": {"location": workflow},
        "again": {"location": workflow},
        "package": {"location": str(tmp_path / "workflow/steps/b.md")},
        "elsewhere": {"location": "steps"},  # from wherever that was
        "knowledge": {"sha256": "0" * 64},
    }
    return made


def _results() -> list[GateResult]:
    found = (
        Finding(f"no {SECRET}", True, "steps/b.md", 3),
        Finding("not so", True, "checks/a.py", 4),
        Finding("nowhere", True, "b.md", 5),
    )
    failed = item_result(Outcome.FAILED, CHECKLIST.items["2.1.1"], findings=found)
    passed = item_result(Outcome.PASSED, CHECKLIST.items["1.4.1"])
    return [
        GateResult(CHECKLIST.gates["smoke"], Verdict.FAIL, (failed,), ()),
        GateResult(CHECKLIST.gates["package"], Verdict.PASS, (passed,), ()),
    ]


def _told(run: Run, choice: str = "github") -> tuple[list[str], list[str]]:
    """What is printed at the beginning and at the end of a run."""
    config, first, last = _config(choice), _Reporter(), _Reporter()
    jobpage.begin(config, first)  # type: ignore[arg-type]
    jobpage.write(config, run, _results(), last)  # type: ignore[arg-type]
    return first.lines, last.lines


def test_run_outside_of_a_job_prints_nothing(run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "page.md"))

    assert _told(run, "auto") == ([], [])
    assert not (tmp_path / "page.md").exists()


def test_commands_are_stopped_at_the_beginning_and_resumed_for_the_annotations(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_WORKSPACE", str(tmp_path))

    [stopped], [ended, resumed, *annotations] = _told(run, "auto")

    _, _, token = stopped.rpartition("::")
    assert len(token) == 32
    assert stopped == f"::stop-commands::{token}"
    assert (ended, resumed) == ("(new line)", f"::{token}::")
    item = CHECKLIST.items["2.1.1"]
    title, advice = f"title=2.1.1 failed%3A {item.title}", f"%0Ato do: {item.advice}"
    assert annotations == [
        f"::error file=workflow/steps/b.md,line=3,{title}::no ‹secret›{advice}",
        f"::error file=suite/checks/a.py,line=4,{title}::not so{advice}",
        f"::error {title}::b.md:5: nowhere{advice}",
    ]


def test_no_file_is_named_where_the_job_has_no_checkout(run: Run) -> None:
    _, lines = _told(run)

    assert len(lines) == 5
    assert not any("file=" in line for line in lines)


def test_page_of_the_job_gets_the_summary_of_each_gate(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    page = tmp_path / "page.md"
    page.write_text("there before\n", encoding="utf-8")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(page))

    _, lines = _told(run)

    assert page.read_bytes().decode("utf-8") == "there before\n# smoke ✓\n# package ✓\n"
    assert len(lines) == 5


def test_run_that_published_nothing_adds_nothing_to_the_page(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "page.md"))
    run.published = None

    assert len(_told(run)[1]) == 5
    assert not (tmp_path / "page.md").exists()


def test_page_that_cannot_be_written_is_said(run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path))

    _, lines = _told(run)

    assert lines[-1] == "GITHUB_STEP_SUMMARY: the summary could not be added: Is a directory"
