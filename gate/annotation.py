"""What a GitHub Actions job shows beside the code: annotations for what did not pass, and the summary on its page.

The format is GitHub's "workflow commands": `::error file=…,line=…,title=…::message`, one a line. A runner takes every
line that begins with two colons for such a command, also one that a test printed or a file held; so the reading of
commands is stopped while tests run, and resumed for the annotations alone.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from gate.verdict import Finding, GateResult, ItemResult, Outcome

MOST = 10  # of each kind; GitHub shows no more of one step
LONGEST_MESSAGE = 2000  # characters
LONGEST_TITLE = 200
KINDS = {
    Outcome.FAILED: "error",
    Outcome.MISSING: "error",
    Outcome.DEGRADED: "warning",
    Outcome.WAIVED: "warning",
}
GRAVITY = {"critical": 0, "major": 1, "minor": 2}


@dataclass(frozen=True)
class Annotation:
    """One annotation; `file` is relative to the repository that the job works on, None where nothing in it is meant."""

    kind: str
    title: str
    message: str
    file: str | None = None
    line: int | None = None

    def __str__(self) -> str:
        properties = {"file": self.file, "line": self.line if self.file else None, "title": self.title}
        given = ",".join(f"{name}={_property(str(value))}" for name, value in properties.items() if value is not None)
        return f"::{self.kind} {given}::{_data(self.message)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def wanted(choice: str, environment: Mapping[str, str]) -> bool:
    """Whether annotations are to be printed: asked for with `github`, or found to be useful with `auto`."""
    return choice == "github" or (choice == "auto" and environment.get("GITHUB_ACTIONS") == "true")


def new_token() -> str:
    """A word that resumes the reading of commands; nobody can guess it."""
    return secrets.token_hex(16)


def stop(token: str) -> str:
    """The line after which a runner reads no commands."""
    return f"::stop-commands::{token}"


def resume(token: str) -> str:
    """The line after which it reads them again."""
    return f"::{token}::"


def of(
    results: Iterable[GateResult], places: Sequence[Path], workspace: Path | None, hide: Callable[[str], str]
) -> list[Annotation]:
    """Annotations for what did not pass, at most ten of a kind: the gravest first, the last one counts the others.

    A finding's file is looked for in `places`, the folders of the subjects; it is named where it lies in the
    `workspace`, the repository that GitHub shows. `hide` masks secrets.
    """
    items = {each.item.id: each for result in results for each in result.items if each.outcome in KINDS}
    found: dict[str, list[Annotation]] = {"error": [], "warning": []}
    for item, finding in _gravest_first(items.values()):
        found[KINDS[item.outcome]].append(_annotation(item, finding, places, workspace, hide))
    return [each for listed in found.values() for each in _bounded(listed)]


def _gravest_first(items: Iterable[ItemResult]) -> Iterator[tuple[ItemResult, Finding]]:
    """Every finding with its item; first the first one of each item, so that no item hides behind another's many."""
    ordered = sorted(items, key=lambda each: (GRAVITY[each.item.severity], each.outcome is not Outcome.FAILED))
    lists = [(item, _weightiest_first(item)) for item in ordered]
    for number in range(max((len(findings) for _, findings in lists), default=0)):
        yield from ((item, findings[number]) for item, findings in lists if number < len(findings))


def _weightiest_first(item: ItemResult) -> list[Finding]:
    """The findings of an item that decide its outcome; those that only degrade do not, in one that failed."""
    deciding = [finding for finding in item.findings if finding.blocks]
    return deciding if deciding and item.outcome is not Outcome.DEGRADED else list(item.findings)


def _annotation(
    item: ItemResult, finding: Finding, places: Sequence[Path], workspace: Path | None, hide: Callable[[str], str]
) -> Annotation:
    file = _in_workspace(finding.file, places, workspace)
    title = hide(f"{item.item.id} {item.outcome}: {item.item.title}")[:LONGEST_TITLE]
    message = hide(f"{finding if file is None else finding.message}\nto do: {item.item.advice}")
    if len(message) > LONGEST_MESSAGE:
        message = f"{message[:LONGEST_MESSAGE]}…"
    return Annotation(KINDS[item.outcome], title, message, None if file is None else hide(file), finding.line)


def _in_workspace(file: str | None, places: Sequence[Path], workspace: Path | None) -> str | None:
    """A finding's file as GitHub knows it, or None where it is not to be found in the repository, or is there twice."""
    if not file or workspace is None:
        return None
    found = {os.path.realpath(place / file) for place in places if os.path.lexists(place / file)}
    root = os.path.realpath(workspace)
    inside = [os.path.relpath(path, root) for path in found if os.path.commonpath((root, path)) == root]
    return Path(inside[0]).as_posix() if len(found) == len(inside) == 1 else None


def _bounded(listed: list[Annotation]) -> list[Annotation]:
    if len(listed) <= MOST:
        return listed
    rest = len(listed) - MOST + 1
    message = f"{rest} more findings are not shown here; see the summary of this job and signoff.html"
    return [*listed[: MOST - 1], Annotation(listed[0].kind, f"and {rest} more", message)]


def append_summary(path: Path, summaries: Iterable[str]) -> None:
    """Add the gates' summaries to the page of the job. Raises `OSError`."""
    with path.open("a", encoding="utf-8", errors="backslashreplace", newline="\n") as page:
        page.writelines(f"{summary}\n" for summary in summaries)
