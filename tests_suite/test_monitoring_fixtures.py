"""What the checks of a watch are given, called as pytest calls it: the watch, the calls, and the machine's figures."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from fixtures import target as targets
from fixtures.knowledge.knowledgetarget import KnowledgeTarget
from fixtures.monitoring import subject
from fixtures.monitoring.monitoringtarget import MonitoringTarget
from fixtures.monitoring.samples import Call, Recorded, Sample, Window
from fixtures.monitoring.series import calls_of, host_series
from fixtures.monitoring.subject import Figures
from fixtures.target import Target

AT = datetime(2026, 1, 6, 10, tzinfo=UTC)
LATE = AT + timedelta(seconds=2)
WATCHED = Recorded(
    Path("samples.jsonl"),
    Window("x", AT, AT, 60.0),
    (Sample(0, AT, LATE, LATE, {"health": Call(1.0, True)}, {"cpu_percent": 5.0}),),
)


def given(fixture: object, *arguments: object) -> Any:
    """What a fixture gives for these arguments."""
    function: Callable[..., Any] = cast("Any", fixture).__wrapped__
    return function(*arguments)


def target(host: str | None = None, **changes: Any) -> Target:
    own = dataclasses.replace(targets.reference_target(), name="mine", monitoring=MonitoringTarget(host=host))
    return dataclasses.replace(own, knowledge=KnowledgeTarget("https://kb.example.com"), **changes)


def request(kept: object = None) -> pytest.FixtureRequest:
    stash = pytest.Stash()
    if kept is not None:
        stash[subject.WATCH] = cast("Any", kept)
    return cast("pytest.FixtureRequest", SimpleNamespace(config=SimpleNamespace(stash=stash)))


def test_checks_are_given_the_watch_of_the_run() -> None:
    assert given(subject.watched, request(WATCHED)) is WATCHED


@pytest.mark.parametrize(
    ("kept", "words"), [(None, "the watch was not carried out"), ("another run is at it", "another run is at it")]
)
def test_check_fails_in_one_line_where_nothing_was_watched(kept: str | None, words: str) -> None:
    with pytest.raises(pytest.fail.Exception) as caught:
        given(subject.watched, request(kept))

    assert str(caught.value) == f"nothing was watched: {words}"
    assert caught.value.pytrace is False


def test_checks_are_given_the_calls_of_health_and_every_tool() -> None:
    release = SimpleNamespace(version="2.0.0", knowledge_tools=("a", "b"))
    expected = ("health", "a", "b")

    calls = calls_of(WATCHED.samples, expected)
    assert given(subject.figures, target(), WATCHED, release) == Figures(
        WATCHED, calls, expected, {"target": "mine", "release": "2.0.0"}, calls
    )


def test_calls_that_were_refused_for_the_budget_are_not_judged() -> None:
    release = SimpleNamespace(version="2.0.0", knowledge_tools=("a", "b"))
    refused = Call(1.0, False, "the server's rate limit: answered 429")
    sample = WATCHED.samples[0]._replace(n=99, knowledge={"health": Call(1.0, True), "a": refused})
    kept = dataclasses.replace(WATCHED, samples=(*WATCHED.samples, sample))

    found = given(subject.figures, target(), kept, release)

    assert found.limited.startswith("the server's rate limit: answered 429; 1 call refused; ")
    assert found.calls["a"].failed == 1
    answered = sample._replace(knowledge={"health": Call(1.0, True)})
    assert found.fair == calls_of([*WATCHED.samples, answered], found.expected)


def _refused(fixture: object, *arguments: object) -> str:
    with pytest.raises(pytest.fail.Exception) as caught:
        given(fixture, *arguments)
    return str(caught.value)


def test_without_a_server_its_figures_cannot_be_judged() -> None:
    own = dataclasses.replace(target(), knowledge=None)

    assert _refused(subject.figures, own, WATCHED, None) == (
        "not testable: the target provides no Knowledge MCP server; name one in the target file or with --mcp-url URL"
    )


def test_checks_are_given_the_figures_of_the_machine_that_was_sampled() -> None:
    assert given(subject.machine, target("local"), WATCHED) == host_series(WATCHED.samples, 60.0)


def test_checks_are_given_the_figures_of_prometheus(monkeypatch: pytest.MonkeyPatch) -> None:
    own = target("prometheus")
    monkeypatch.setattr(subject, "_from_prometheus", lambda *told: told)

    assert given(subject.machine, own, WATCHED) == (own, WATCHED)


@pytest.mark.parametrize(
    ("host", "source"),
    [
        ("none", "source of the machine's figures (monitoring.host is none, or prometheus)"),
        (None, "source of the machine's figures (monitoring.host: local on the production host, or prometheus)"),
        ("prometheus", "Prometheus (prometheus.url), though monitoring.host names it"),
    ],
)
def test_without_a_source_the_machine_cannot_be_judged(host: str | None, source: str) -> None:
    assert _refused(subject.machine, target(host, prometheus=None), WATCHED) == (
        f"not testable: the target provides no {source}; name one in the target file or with --target FILE"
    )
