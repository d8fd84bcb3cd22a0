"""Where a captured baseline comes from, called as pytest calls it: the log, the server's replies, and the disk."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from fixtures import target as targets
from fixtures.baseline import captured, onrecord
from fixtures.baseline.baseline import Baseline
from fixtures.baseline.capture import Subject
from fixtures.evidence.record import Record
from fixtures.executions import log
from fixtures.knowledge.reply import Failure, Reply
from fixtures.target import Target

RELEASE = SimpleNamespace(name="kb", previous="1.0.0", parts=("1", "2a"), knowledge_tools=("a", "b"))
FIRST, SECOND, FURTHER = (Reply(tool, {}, 1.0) for tool in "abc")


def given(fixture: object, *arguments: object) -> Any:
    """What a fixture gives for these arguments."""
    function: Callable[..., Any] = cast("Any", fixture).__wrapped__
    return function(*arguments)


def target(**changes: Any) -> Target:
    return dataclasses.replace(targets.reference_target(), embedded=(), **changes)


def test_baseline_on_record_is_that_of_the_evidence() -> None:
    records = {"baseline": Record("baseline.yaml", {})}

    assert given(onrecord.baseline, SimpleNamespace(record=records.__getitem__)) == Baseline(records["baseline"])


def test_log_is_that_of_the_target_and_the_references_own_is_made(tmp_path_factory: pytest.TempPathFactory) -> None:
    own = target(executions=Path("/log"))
    reference = dataclasses.replace(target(executions=None), embedded=("evidence",))

    assert given(captured.executions, own, RELEASE, tmp_path_factory) == Path("/log")
    assert given(captured.executions, target(executions=None), RELEASE, tmp_path_factory) is None
    named = dataclasses.replace(own, embedded=("evidence",))
    assert given(captured.executions, named, RELEASE, tmp_path_factory) == Path("/log")
    made = log.read(given(captured.executions, reference, RELEASE, tmp_path_factory))
    assert {run.version for run in made.runs.values()} == {"1.0.0"}
    assert {part for run in made.runs.values() for part in run.parts} == {"1", "2a"}


def recorded(opened: object = None, limited: str = "") -> SimpleNamespace:
    return SimpleNamespace(
        label="a server",
        opened=opened,
        rate_limited=limited,
        replies={"a": FIRST, "b": SECOND},
        further=[FURTHER],
    )


@pytest.mark.parametrize(
    ("workflow", "disk"), [(Path("/tree"), Path("/tree")), (None, Path.home())], ids=["workflow", "no workflow"]
)
def test_baseline_is_captured_from_all_replies(
    workflow: Path | None, disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = target(workflow=workflow, evidence=Path("/evidence"))
    monkeypatch.setattr(captured, "capture", lambda subject, replies: (subject, replies))

    assert given(captured.baseline, own, RELEASE, recorded(), Path("/log")) == (
        Subject("kb", "1.0.0", ("a", "b"), ("1", "2a"), "a server", Path("/log"), disk, Path("/evidence")),
        [FIRST, SECOND, FURTHER],
    )


@pytest.mark.parametrize(
    ("server", "ending", "words"),
    [
        (recorded(Failure("lost", "no connection")), pytest.fail.Exception, "a server: no connection"),
        (recorded(Failure("limited", "429"), "come back later"), pytest.skip.Exception, "come back later"),
        (recorded(None, "come back later"), pytest.skip.Exception, "come back later"),
    ],
    ids=["no session", "no session by the rate limit", "rate limit"],
)
def test_without_replies_there_is_no_baseline(server: SimpleNamespace, ending: type[BaseException], words: str) -> None:
    with pytest.raises(ending) as caught:
        given(captured.baseline, target(), RELEASE, server, None)

    assert str(caught.value) == words
