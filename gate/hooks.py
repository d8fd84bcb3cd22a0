"""What the judge asks of the subjects. It knows no more of them than this."""

from __future__ import annotations

from typing import Any, NotRequired, TypedDict

import pytest


class Contact(TypedDict, total=False):
    """Whom to call; `role` is the plan's, `name` and `phone` are the team's."""

    role: str
    name: str
    phone: str
    email: str


class Override(TypedDict, total=False):
    """A plan figure that the target replaces, and why. `item` and `limit` go together; a `fact` stands alone."""

    item: str
    limit: str
    fact: str
    value: Any
    reason: str


class KnownIssue(TypedDict):
    """An issue that the tech lead goes on with (plan, tree 1), as it is on record at `file` and `line`.

    `covers` quotes the findings that it accounts for; `date` and `expires` are points in time in ISO 8601 with their
    time zone; `package` and `workflow` are the digests that it was approved for, at least one of them.
    """

    item: str
    severity: str
    description: str
    workaround: str
    author: str
    approver: str
    date: str
    expires: str
    package: str | None
    workflow: str | None
    covers: list[str]
    file: str
    line: int | None


class KnownIssues(TypedDict):
    """The known issues of a target, and the SHA-256 of `package` and `workflow`, as far as they are known."""

    issues: list[KnownIssue]
    digests: dict[str, str]


class TargetFacts(TypedDict):
    """What a report says of the target: plain values only, none of them a secret.

    `reports` is where the gates before may have left theirs, besides the folder that this run's own go to.
    """

    name: str
    production: bool
    embedded: list[str]
    source: str
    overrides: list[Override]
    contacts: list[Contact]
    described: list[str]
    secrets: list[str]
    reports: NotRequired[str]


@pytest.hookspec(firstresult=True)
def pytest_gate_target(config: pytest.Config) -> TargetFacts | None:
    """The resolved target. Raises `pytest.UsageError` with one line where the target is wrong."""


@pytest.hookspec(firstresult=True)
def pytest_gate_known_issues(config: pytest.Config) -> KnownIssues | None:
    """The known issues on record, None where there is no such record; asked before the first test.

    Raises `pytest.UsageError` with one line where the record is wrong: it must not be overlooked.
    """


@pytest.hookspec
def pytest_gate_subjects(config: pytest.Config, gates: list[str]) -> dict[str, dict[str, str]]:  # type: ignore[empty-body]
    """What the gates of those markers verified: for each subject its location and its digest.

    Called once, in the process that judges, after the last test. Several answers are merged.
    """


@pytest.hookspec
def pytest_gate_configuration(config: pytest.Config) -> dict[str, dict[str, str]]:  # type: ignore[empty-body]
    """The files that configure a run: by what they are, such as `target`, their `name` and `sha256`."""


@pytest.hookspec
def pytest_gate_digests(config: pytest.Config) -> dict[str, str]:  # type: ignore[empty-body]
    """The SHA-256 of `package` and `workflow` before the run, as far as they lie there, as its subjects name them."""


@pytest.hookspec
def pytest_gate_marks(config: pytest.Config, gates: list[str]) -> dict[str, str]:  # type: ignore[empty-body]
    """For each subject of those gates a text that changes when the subject does, quickly found.

    Asked before the first test and after the last: what differs was changed while it was being verified.
    """
