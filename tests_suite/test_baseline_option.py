"""`--capture-baseline` without a run: where the baseline comes from, in which order checks run, and what is said."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from fixtures import target as targets
from fixtures.baseline import captured, onrecord, option
from fixtures.measured import subject
from fixtures.target import Target


def config_of(*, capture: bool, markexpr: str = "") -> tuple[pytest.Config, list[tuple[object, str]]]:
    """The configuration of a run, and the plugins that are registered with it."""
    registered: list[tuple[object, str]] = []
    manager = SimpleNamespace(register=lambda plugin, name: registered.append((plugin, name)))
    options = SimpleNamespace(capture_baseline=capture, markexpr=markexpr)
    return cast("pytest.Config", SimpleNamespace(option=options, pluginmanager=manager)), registered


@pytest.mark.parametrize("markexpr", ["", "smoke", "verification"])
def test_baseline_is_that_on_record_without_the_option(markexpr: str) -> None:
    config, registered = config_of(capture=False, markexpr=markexpr)

    option.pytest_configure(config)

    assert registered == [(onrecord, "baseline-on-record")]


@pytest.mark.parametrize("markexpr", ["verification", "predeploy", "smoke or verification"])
def test_baseline_is_measured_with_the_option(markexpr: str) -> None:
    config, registered = config_of(capture=True, markexpr=markexpr)

    option.pytest_configure(config)

    assert registered == [(captured, "baseline-captured")]


@pytest.mark.parametrize("markexpr", ["", "smoke", "postdeploy", "verifications"])
def test_gate_without_a_baseline_refuses_the_option(markexpr: str) -> None:
    config, registered = config_of(capture=True, markexpr=markexpr)

    with pytest.raises(pytest.UsageError) as caught:
        option.pytest_configure(config)

    assert str(caught.value) == (
        "--capture-baseline: no gate that has the baseline; expected -m verification or -m predeploy"
    )
    assert registered == []


@pytest.mark.parametrize(("capture", "order"), [(True, "bdac"), (False, "abcd")])
def test_checks_of_the_baseline_come_first_where_it_is_measured(capture: bool, order: str) -> None:
    fixtures: Mapping[str, Sequence[str] | None] = {"a": ("x",), "b": ("x", "baseline"), "c": None, "d": ("baseline",)}
    items = [
        SimpleNamespace(name=name, **({} if names is None else {"fixturenames": names}))
        for name, names in fixtures.items()
    ]

    option.pytest_collection_modifyitems(config_of(capture=capture)[0], cast("list[pytest.Item]", items))

    assert "".join(item.name for item in items) == order


def test_what_to_do_with_a_captured_baseline_is_said_once() -> None:
    said: list[tuple[str, bool]] = []

    def report(*properties: tuple[str, str]) -> pytest.TestReport:
        return pytest.TestReport("x", ("x", 1, "x"), {}, "passed", None, "call", user_properties=properties)

    stats: Mapping[str, Sequence[object]] = {
        "passed": [report(("other", "x"), ("captured baseline", "copy a")), report(("captured baseline", "copy b"))],
        "failed": [report(("captured baseline", "copy a"))],
        "warnings": [SimpleNamespace(user_properties=[("captured baseline", "copy c")])],
    }
    reporter = SimpleNamespace(stats=stats, write_line=lambda text, bold: said.append((text, bold)))

    option.pytest_terminal_summary(cast("Any", reporter))

    assert said == [("captured baseline: copy a", True), ("captured baseline: copy b", True)]


@pytest.mark.parametrize(
    ("folder", "gates", "named"),
    [
        (Path("/stories"), ["baseline"], True),
        (Path("/stories"), ["smoke", "postdeploy"], True),
        (Path("/stories"), ["smoke"], False),
        (Path("/stories"), [], False),
        (None, ["baseline"], False),
    ],
)
def test_stories_are_a_subject_of_the_gates_that_look_at_them(
    folder: Path | None, gates: list[str], named: bool
) -> None:
    own: Target = dataclasses.replace(targets.reference_target(), stories=folder)
    stash = pytest.Stash()
    stash[targets.TARGET] = own
    config = cast("pytest.Config", SimpleNamespace(stash=stash))

    found = subject.pytest_gate_subjects(config, gates)

    assert found == ({"stories": {"location": "/stories"}} if named else {})
