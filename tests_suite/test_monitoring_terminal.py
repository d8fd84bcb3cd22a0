"""The watch of a run, put together from its target, and its words on the way to the terminal."""

from __future__ import annotations

import contextlib
import dataclasses
import io
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from fixtures import target as targets
from fixtures.knowledge import server as servers
from fixtures.knowledge.knowledgetarget import KnowledgeTarget
from fixtures.monitoring import line as lines
from fixtures.monitoring import subject
from fixtures.monitoring import watch as watching
from fixtures.monitoring.allowance import Allowance
from fixtures.monitoring.hope import Limits
from fixtures.monitoring.machine import Machine
from fixtures.monitoring.monitoringtarget import MonitoringTarget
from fixtures.monitoring.progress import Progress
from fixtures.monitoring.samples import Recorded
from fixtures.monitoring.smokerun import SmokeGate
from fixtures.monitoring.watch import Eyes, Order
from fixtures.target import Target
from fixtures.targetfile import MASK

LIMITS = Limits(2, 5, 1, 99.9)
RELEASE = cast(
    "subject.ReleaseFacts",
    SimpleNamespace(
        version="2.0.0",
        knowledge_tools=("a", "b"),
        knowledge_queries=("q",),
        knowledge_services=("index",),
        composition={"*.md": 1, "*.yaml": 2},
    ),
)


class Reporter:
    """A terminal reporter that notes what is written, and how."""

    def __init__(self, isatty: bool) -> None:
        self.isatty = isatty
        self.done: list[str] = []

    def ensure_newline(self) -> None:
        self.done.append("newline")

    def rewrite(self, text: str, erase: bool) -> None:
        self.done.append(f"rewrite {text}" if erase else "no erasing")

    def write(self, text: str) -> None:
        self.done.append(f"write {text!r}")

    def write_line(self, text: str) -> None:
        self.done.append(f"line {text}")

    def flush(self) -> None:
        self.done.append("flush")


def config_of(own: Target, reporter: Reporter | None, **more: object) -> pytest.Config:
    """The configuration of a run with that reporter on that target."""
    stash = pytest.Stash()
    stash[targets.TARGET] = own
    plugins = {"terminalreporter": reporter}
    made = SimpleNamespace(
        stash=stash,
        getoption=lambda name, default=None: default,
        invocation_params=SimpleNamespace(dir=Path("/here")),
        rootpath=Path("/root"),
        pluginmanager=SimpleNamespace(get_plugin=lambda name: plugins[name]),
        **more,
    )
    return cast("pytest.Config", made)


def hide(text: str) -> str:
    return text.replace("secret", "***")


def test_line_that_is_rewritten_gives_way_to_one_that_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    reporter = Reporter(isatty=True)
    monkeypatch.setenv("COLUMNS", "11")
    progress = subject._progress(config_of(targets.reference_target(), reporter), hide)
    assert progress.rewrite is not None

    progress.write("a secret line that is longer")
    progress.rewrite("secret 89012")
    progress.write("stays")
    progress.write("stays, too")

    assert reporter.done == [
        *("newline", "line a *** line that is longer", "flush"),
        *("newline", "rewrite *** 89012", "flush"),
        *("newline", "rewrite ", r"write '\r'", "line stays", "flush"),
        *("newline", "line stays, too", "flush"),
    ]
    reporter.done.clear()
    progress.rewrite("123456789012")
    assert reporter.done == ["newline", "rewrite 1234567890", "flush"]


def test_log_has_no_line_that_is_rewritten() -> None:
    assert subject._progress(config_of(targets.reference_target(), Reporter(isatty=False)), hide).rewrite is None


@pytest.mark.parametrize(
    ("reporter", "more"),
    [(None, {}), (Reporter(isatty=True), {"workerinput": {}})],
    ids=["no terminal", "a worker of xdist"],
)
def test_process_without_a_terminal_writes_to_its_standard_error(
    reporter: Reporter | None, more: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    errors = io.StringIO()
    monkeypatch.setattr(sys, "__stderr__", errors)
    progress = subject._progress(config_of(targets.reference_target(), reporter, **more), hide)

    progress.write("a secret")

    assert errors.getvalue() == "a ***\n"
    assert progress.rewrite is None
    assert not (reporter and reporter.done)


@dataclasses.dataclass
class Carried:
    """What a watch was carried out with."""

    order: Order
    eyes: Eyes
    progress: Progress


@pytest.fixture
def carried(monkeypatch: pytest.MonkeyPatch) -> list[Carried]:
    """Watches that are not carried out, and a server at port 9 that is not asked."""
    done: list[Carried] = []

    def watch(order: Order, eyes: Eyes, progress: Progress) -> Recorded:
        done.append(Carried(order, eyes, progress))
        return cast("Recorded", "a watch")

    @contextlib.contextmanager
    def connected(knowledge: KnowledgeTarget, config: pytest.Config) -> Iterator[object]:
        assert isinstance(knowledge, KnowledgeTarget)
        assert targets.target_of(config).knowledge is knowledge
        yield SimpleNamespace(url="http://127.0.0.1:9")

    monkeypatch.setattr(watching, "watch", watch)
    monkeypatch.setattr(servers, "connected", connected)
    monkeypatch.setattr(lines, "Line", lambda server: contextlib.nullcontext(f"line to {server.url}"))
    return done


def target(**changes: Any) -> Target:
    own = dataclasses.replace(targets.reference_target(), embedded=(), schedule=None, workflow=Path("/tree"))
    return dataclasses.replace(own, knowledge=KnowledgeTarget("https://kb.example.com", "a key"), **changes)


def test_watch_looks_at_all_that_the_target_has(carried: list[Carried]) -> None:
    own = target(monitoring=MonitoringTarget(10, 60, 120, "local", None, 100.0), secrets=("a key",))
    reporter = Reporter(isatty=False)

    found: object = subject._watched(config_of(own, reporter), RELEASE, LIMITS)

    assert found == "a watch"
    [done] = carried
    file = Path("/root/reports/watch/samples.jsonl")
    assert done.order == Order(600, 60, 120, subject.digest(own, RELEASE), file, LIMITS)
    assert done.eyes.machine == Machine(Path("/tree"), 100.0)
    assert isinstance(done.progress, Progress)
    prober, smoke = cast("Any", done.eyes.prober), done.eyes.smoke
    assert (prober.server.url, prober.line) == ("http://127.0.0.1:9", "line to http://127.0.0.1:9")
    assert (prober.tools, prober.queries, prober.services) == (("a", "b"), ("q",), ("index",))
    assert smoke is not None
    assert smoke == SmokeGate([], Path("/root/reports/watch/smoke"), Path("/tree"), ["*.md", "*.yaml"], (), smoke.hide)
    assert prober.allowance == Allowance(subject.room(own, RELEASE))
    assert prober.hide("a key") == smoke.hide("a key") == MASK
    assert reporter.done == ["newline", f"line monitoring: {subject.budget(own, RELEASE)}", "flush"]


def test_smoke_runs_ask_the_reference_server_and_leave_out_what_is_too_much(carried: list[Carried]) -> None:
    embedded = target(embedded=("knowledge",))
    busy = target(monitoring=MonitoringTarget(60, 1, 60))
    for own in (embedded, busy):
        subject._watched(config_of(own, Reporter(isatty=False)), RELEASE, LIMITS)

    smokes = [done.eyes.smoke for done in carried]
    assert [smoke.arguments for smoke in smokes if smoke] == [["--mcp-url=http://127.0.0.1:9"], []]
    assert [smoke.left_out for smoke in smokes if smoke] == [(), ("2.1.2",)]


@pytest.mark.parametrize(
    ("monitoring", "workflow", "machine"),
    [
        (MonitoringTarget(host="local", disk=Path("/data")), Path("/tree"), Machine(Path("/data"))),
        (MonitoringTarget(host="local"), None, Machine(Path.home())),
        (MonitoringTarget(host="prometheus"), Path("/tree"), None),
        (MonitoringTarget(host="none"), Path("/tree"), None),
        (MonitoringTarget(), Path("/tree"), None),
    ],
    ids=["disk of the target", "home folder", "prometheus", "none", "not said"],
)
def test_machine_is_sampled_where_the_target_says_so(
    monitoring: MonitoringTarget, workflow: Path | None, machine: Machine | None, carried: list[Carried]
) -> None:
    own = dataclasses.replace(target(monitoring=monitoring), workflow=workflow, knowledge=None)
    reporter = Reporter(isatty=False)

    subject._watched(config_of(own, reporter), RELEASE, LIMITS)

    assert carried[0].eyes.machine == machine
    assert carried[0].eyes.prober is None
    assert reporter.done == []
