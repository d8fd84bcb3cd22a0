"""What the judge asks of the subjects. It knows no more of them than this."""

from __future__ import annotations

from typing import Any, TypedDict

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


class TargetFacts(TypedDict):
    """What a report says of the target: plain values only, none of them a secret."""

    name: str
    production: bool
    embedded: list[str]
    source: str
    overrides: list[Override]
    contacts: list[Contact]
    described: list[str]
    secrets: list[str]


@pytest.hookspec(firstresult=True)
def pytest_gate_target(config: pytest.Config) -> TargetFacts | None:
    """The resolved target. Raises `pytest.UsageError` with one line where the target is wrong."""


@pytest.hookspec
def pytest_gate_subjects(config: pytest.Config, gates: list[str]) -> dict[str, dict[str, str]]:  # type: ignore[empty-body]
    """What the gates of those markers verified: for each subject its location and its digest.

    Called once, in the process that judges, after the last test. Several answers are merged.
    """
