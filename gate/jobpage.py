"""What a GitHub Actions job shows of a run: annotations among its output, and the summaries on its page."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from gate import annotation
from gate.secrets import redactor
from gate.state import Run
from gate.verdict import GateResult

TOKEN = pytest.StashKey[str]()


def begin(config: pytest.Config, reporter: pytest.TerminalReporter) -> None:
    """Stop the reading of commands: what a test prints, or quotes from a file, must not be one."""
    if annotation.wanted(config.option.annotations, os.environ):
        config.stash[TOKEN] = annotation.new_token()
        reporter.write_line(annotation.stop(config.stash[TOKEN]))


def write(config: pytest.Config, run: Run, results: list[GateResult], reporter: pytest.TerminalReporter) -> None:
    """Print the annotations and put the summaries on the job's page, where `begin` has seen that they are wanted."""
    if TOKEN not in config.stash:
        return
    reporter.ensure_newline()
    reporter.write_line(annotation.resume(config.stash[TOKEN]))
    hide = redactor(run.target["secrets"])
    workspace = os.environ.get("GITHUB_WORKSPACE")
    found = annotation.of(results, _places(run), Path(workspace) if workspace else None, hide)
    for each in found:
        reporter.write_line(str(each))
    page = os.environ.get("GITHUB_STEP_SUMMARY")
    if page and run.published is not None:
        summaries = [run.published / result.gate.marker / "summary.md" for result in results]
        try:
            annotation.append_summary(Path(page), [path.read_text(encoding="utf-8") for path in summaries])
        except OSError as error:
            reporter.write_line(f"GITHUB_STEP_SUMMARY: the summary could not be added: {error.strerror}")


def _places(run: Run) -> list[Path]:
    """The folders that findings name their files from: those of the subjects, and of the suite itself."""
    locations = [Path(subject["location"]) for subject in run.subjects.values() if "location" in subject]
    return [run.root, *(path for path in dict.fromkeys(locations) if path.is_absolute() and path.is_dir())]
