"""The judge's plugin, hook by hook: what it asks for, leaves alone, remembers, masks and notes."""

from __future__ import annotations

import signal
import threading
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from gate import hooks, plugin, terminal
from gate.state import RUN, Run
from tests_suite import samples
from tests_suite.samples import CHECKLIST


def _config(run: Run, expression: str = "", **more: Any) -> pytest.Config:
    stash = pytest.Stash()
    stash[RUN] = run
    option = SimpleNamespace(markexpr=expression)
    return cast(pytest.Config, SimpleNamespace(stash=stash, option=option, args=[], **more))


def test_options_are_these() -> None:
    told: dict[str, dict[str, Any]] = {}

    def getgroup(name: str, description: str) -> Any:
        assert (name, description) == ("gate", "release gate: -m MARKER chooses it, --markers lists all")
        return SimpleNamespace(addoption=lambda option, **known: told.update({option: known}))

    plugin.pytest_addoption(cast(pytest.Parser, SimpleNamespace(getgroup=getgroup)))

    assert all(known.pop("help").strip() for known in told.values())
    assert told == {
        "--fail-on": {"choices": ("fail", "degrade"), "default": "fail"},
        "--report-dir": {"metavar": "DIR"},
        "--sign": {"metavar": "KEY"},
        "--outside-chain": {"action": "store_true"},
        "--fix-minutes": {"metavar": "N"},
        "--degraded-since": {"metavar": "TIME"},
        "--annotations": {"choices": ("auto", "github", "off"), "default": "auto"},
    }


def test_questions_to_the_subjects_are_made_known() -> None:
    known: list[object] = []
    plugin.pytest_addhooks(cast(pytest.PytestPluginManager, SimpleNamespace(add_hookspecs=known.append)))

    assert known == [hooks]


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("smok", "-m smok: no gate is called 'smok'; did you mean smoke?"),
        ("mcp or depoly", "-m mcp or depoly: no gate is called 'depoly'; did you mean deploy?"),
        ("smoke", ""),
        ("slow", ""),
        ("smoky", ""),
        ("zzz", ""),
        ("", ""),
    ],
)
def test_misspelt_gate_is_told_from_another_marker(expression: str, said: str) -> None:
    markers = ["smoke: Smoke test (plan 2.1)", "slow(seconds): takes a while", "smoky", "mcp: x"]
    config = _config(samples.run(), expression, getini=lambda name: markers if name == "markers" else [])

    if said:
        with pytest.raises(pytest.UsageError) as caught:
            plugin._refuse_misspelt(config, CHECKLIST)
        assert str(caught.value) == said
    else:
        plugin._refuse_misspelt(config, CHECKLIST)


def test_terminated_run_ends_as_an_interrupted_one(monkeypatch: pytest.MonkeyPatch) -> None:
    handlers: list[tuple[int, Any]] = []
    monkeypatch.setattr(signal, "signal", lambda *arguments: handlers.append(arguments))
    monkeypatch.setattr(threading, "current_thread", threading.main_thread)

    plugin._end_on_sigterm()

    ((number, handler),) = handlers
    assert number == signal.SIGTERM
    with pytest.raises(KeyboardInterrupt, match=r"^terminated$"):
        handler(signal.SIGTERM, None)
    other = threading.Thread()
    monkeypatch.setattr(threading, "current_thread", lambda: other)
    plugin._end_on_sigterm()
    assert len(handlers) == 1, "only the main thread may handle signals"


def test_worker_counts_from_the_start_of_the_run_and_hands_over_its_tests() -> None:
    run = samples.run()
    node = SimpleNamespace(config=_config(run), workerinput={}, workeroutput={})
    plugin.pytest_configure_node(node)
    assert node.workerinput == {"gate_started": run.started}

    worker = _config(samples.run(), workerinput={}, workeroutput=node.workeroutput)
    worker.stash[RUN].expected = {"2.1.1": {"b", "a"}, "2.1.2": {"c"}}
    plugin.pytest_collection_finish(cast(pytest.Session, SimpleNamespace(config=worker)))
    assert node.workeroutput == {"gate_expected": {"2.1.1": ["a", "b"], "2.1.2": ["c"]}}

    run.expected = {"2.1.1": {"d"}}
    plugin.pytest_testnodedown(node, None)
    assert (run.expected, run.notes) == ({"2.1.1": {"a", "b", "d"}, "2.1.2": {"c"}}, [])
    plugin.pytest_testnodedown(SimpleNamespace(config=node.config), "killed")
    assert run.notes == ["a worker process died: killed"]


def test_header_is_told_where_a_gate_is_judged_and_without_secrets() -> None:
    run = samples.run(name="SECRET-1", secrets=["SECRET-1"])
    shown = plugin.pytest_report_header(_config(run))

    assert shown == [line.replace("SECRET-1", "‹secret›") for line in terminal.header(run)]
    assert shown[0] == "target: ‹secret› (target.yaml)"
    run.gates = []
    assert plugin.pytest_report_header(_config(run)) == []


@pytest.mark.parametrize(
    ("expression", "markers", "folders"),
    [
        ("smoke", ["smoke"], ["tests_smoke"]),
        ("smoke or mcp", ["smoke", "mcp"], ["tests_mcp", "tests_smoke"]),
        ("smoke or slow", ["smoke"], []),
        ("not smoke", [], []),
        ("predeploy or package", ["predeploy", "package"], ["tests_predeploy"]),
    ],
)
def test_folders_of_other_gates_are_left_alone(
    tmp_path: Path, expression: str, markers: list[str], folders: list[str]
) -> None:
    run = samples.run(*(CHECKLIST.gates[marker] for marker in markers))
    run.root = tmp_path
    config = _config(run, expression)
    own = {gate.folder for gate in CHECKLIST.gates.values()}
    for name in (*own, "tests_suite", "gate", "inner/tests_mcp"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "tests_bmad.py").touch()

    ignored = {path.name for path in tmp_path.iterdir() if plugin.pytest_ignore_collect(path, config) is not None}

    assert plugin._folders(run, config) == folders
    assert ignored == ({*own, "tests_suite"} - set(folders) if folders else set())
    assert plugin.pytest_ignore_collect(tmp_path / "inner" / "tests_mcp", config) is None
    if ignored:
        assert plugin.pytest_ignore_collect(tmp_path / "tests_suite", config) is True


def test_secret_gives_no_test_its_name() -> None:
    config = _config(samples.run(secrets=["SECRET-1"]))

    assert plugin.pytest_make_parametrize_id(config, "a SECRET-1") == "a ‹secret›"
    assert [plugin.pytest_make_parametrize_id(config, each) for each in ("a", 3, None)] == [None] * 3


def _node(config: pytest.Config, name: str, item: str | None = "2.1.2", **more: Any) -> Any:
    mark = SimpleNamespace(args=(item,))
    added: list[tuple[Any, bool]] = []
    return SimpleNamespace(
        config=config,
        nodeid=f"a.py::{name}",
        name=name,
        get_closest_marker=lambda marker: mark if item and marker == "verifies" else None,
        add_marker=lambda marker, append=True: added.append((marker, append)),
        added=added,
        **more,
    )


def test_test_that_is_deselected_counts_as_existing() -> None:
    run = samples.run()
    config = _config(run)

    plugin.pytest_deselected(
        [_node(config, "test_a[x@y]@group"), _node(config, "test_b", None), _node(config, "test_c")]
    )

    assert run.expected == {"2.1.2": {"a.py::test_a[x@y]", "a.py::test_c"}}


class Module:
    """A module of tests, as far as the judge looks into one: some verify an item, some do not."""

    nodeid = "a.py"

    def __init__(self) -> None:
        verifies = SimpleNamespace(name="verifies", args=("2.1.2",))
        other = SimpleNamespace(name="slow", args=("2.1.3",))
        self.obj = SimpleNamespace(
            helper=self._function(verifies),
            test_a=3,
            test_b=self._function(other, verifies),
            test_c=self._function(other),
            test_d=lambda: None,
            test_e=self._function(verifies),
        )

    def _function(self, *marks: Any) -> Any:
        def function() -> None:
            raise AssertionError

        vars(function)["pytestmark"] = list(marks)
        return function


def test_all_tests_of_a_module_count_as_existing_even_where_one_was_named() -> None:
    module = Module()
    run = samples.run()
    config = _config(run)
    config.args = ["a.py::test_b[2]", "b.py"]
    names = ("test_b[1]", "test_b[2]", "test_c", "test_e")
    nodes = [
        _node(config, name, None if name == "test_c" else "2.1.2", getparent=lambda kind: module) for name in names
    ]
    lost = _node(config, "test_x", None, getparent=lambda kind: None)

    plugin.pytest_collection_modifyitems(config, [*nodes, lost])

    assert run.expected == {"2.1.2": {"a.py::test_b", "a.py::test_e", "a.py::test_b with all of its parameters"}}
    limits = [[(marker.name, marker.args, append) for marker, append in node.added] for node in (*nodes, lost)]
    sixty = [("timeout", (60,), True)]
    assert limits == [sixty, sixty, [], sixty, []]


@pytest.mark.parametrize(
    ("left", "item", "expected"),
    [
        (59.0, "2.1.2", [((59.0,), False)]),
        (60.0, "2.1.2", []),
        (0.0, "2.1.2", []),
        (-1.0, "2.1.2", []),
        (59.0, None, []),
    ],
)
def test_test_may_take_no_more_than_what_is_left_of_the_time_box(
    monkeypatch: pytest.MonkeyPatch, left: float, item: str | None, expected: list[Any]
) -> None:
    run = samples.run()
    monkeypatch.setattr(time, "time", lambda: run.started + 900.0 - left)
    node = _node(_config(run), "test_a", item)

    protocol = plugin.pytest_runtest_protocol(node)
    next(protocol)
    with pytest.raises(StopIteration) as ended:
        protocol.send("ran")

    assert ended.value.value == "ran"
    assert [(marker.args, append) for marker, append in node.added] == expected
    assert all(marker.name == "timeout" for marker, _ in node.added)


@pytest.mark.parametrize(("left", "ends"), [(0.5, False), (0.0, True), (-1.0, True)])
def test_run_ends_when_its_time_box_is_used_up(monkeypatch: pytest.MonkeyPatch, left: float, ends: bool) -> None:
    run = samples.run()
    monkeypatch.setattr(time, "time", lambda: run.started + 900.0 - left)
    node = _node(_config(run), "test_a", session=SimpleNamespace(shouldstop=False))

    assert plugin.pytest_end_out_of_time(node) is (True if ends else None)
    assert node.session.shouldstop == ("the time box of 15 minutes ran out" if ends else False)


def _report(longrepr: Any, outcome: Any = "failed") -> pytest.TestReport:
    sections = [("Captured stdout", "SECRET-1 was said"), ("other", "nothing")]
    return pytest.TestReport("a.py::test_a", ("a.py", 1, ""), {}, outcome, longrepr, "call", sections)


@pytest.mark.parametrize(
    ("longrepr", "masked"),
    [
        ("it is SECRET-1", "it is ‹secret›"),
        ("it is not", "it is not"),
        (("SECRET-1.py", 3, "Skipped: SECRET-1"), ("SECRET-1.py", 3, "Skipped: ‹secret›")),
        (None, None),
    ],
)
def test_report_of_a_test_shows_no_secret(longrepr: Any, masked: Any) -> None:
    report = _report(longrepr)
    plugin._redact(report, samples.run(secrets=["SECRET-1"]))

    assert report.longrepr == masked
    assert report.sections == [("Captured stdout", "‹secret› was said"), ("other", "nothing")]
    plain = _report(longrepr)
    plugin._redact(plain, samples.run())
    assert (plain.longrepr, plain.sections[0][1]) == (longrepr, "SECRET-1 was said")
