"""Whole gates as parsers: every check of a gate runs on each changed file, in the same pytest session.

A parser that takes a list where a check expects keys is found here. What counts is what the judge counts: an error that
is no assertion and no failure in words is a crash of the check.
"""

from __future__ import annotations

import contextlib
import functools
import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from _pytest.outcomes import OutcomeException

from fixtures.evidence.record import EvidenceFolder
from fixtures.reference import process
from tests_suite.faults import (
    accepted,
    announced,
    deployed,
    hour,
    measured,
    packed,
    records,
    rollback,
    signatures,
    staged,
    watched,
    world,
)
from tests_suite.faults.world import SUITE, World
from tests_suite.fuzz.mutations import Seed
from tests_suite.fuzz.subject import Gate, Seeds
from tests_suite.fuzz.work import Call, Task

FORMS = {".json": "json", ".jsonl": "jsonl", ".yaml": "yaml", ".yml": "yaml", ".md": "frontmatter", ".gz": "tar"}
ASKING = frozenset({"knowledge", "recorded"})  # fixtures that ask a server for seconds
SECONDS = 30.0  # for all checks of a gate, on a machine that does other things, too


def _hour(world: World, url: str) -> None:
    hour.hour(world)


def _text_logs(world: World, url: str) -> None:
    watched.watched(world)
    watched.text_log("2 ERROR it broke", "3 CRITICAL it broke again")(world)


def _signed(world: World, url: str) -> None:
    """Signed approvals; the tech lead has signed the statement of a gate."""
    facts = records.recorded(world)
    signatures.signed(world)
    signatures._statement(world, facts.package_sha256)


def _claude(world: World, url: str) -> None:
    world.target["claude"]["config"] = "claude/.mcp.json"


GATES = (
    Gate("announcement", "announcement", lambda world, url: announced.announced(world),
         ("evidence/announcement.json",)),
    Gate("feedback", "feedback", lambda world, url: announced.announced(world), ("evidence/feedback.json",)),
    Gate("retrospective", "retrospective", lambda world, url: announced.announced(world),
      ("evidence/retrospective.json",)),
    Gate("notification", "notification", lambda world, url: records.recorded(world), ("evidence/notification.json",)),
    Gate(
        "verification", "verification", _signed,
        ("evidence/approvals.json", "evidence/baseline.json", "backups/*", "evidence/statement.json", "evidence/*.sig",
         "allowed_signers", "workflow/DEPLOYMENT/ROLLBACK_PROCEDURE.md"),
    ),
    Gate(
        "staging", "staging", staged.staged,
        ("evidence/environments.json", "evidence/rehearsal.json", "staging/client.json",
          "staging/reports/smoke/*.json"),
    ),
    Gate("package", "package", lambda world, url: packed.packaged(world), ("deployments/*", "workflow/config.yaml")),
    Gate("monitoring", "monitoring", _hour, ("samples.jsonl", "executions.jsonl")),
    Gate("first day", "first_day", _text_logs, ("evidence/*.jsonl", "evidence/first_day.json", "executions.jsonl",
      "*.log")),
    Gate("acceptance", "acceptance", lambda world, url: accepted.accepted(world),
         ("gates/*/verdict.json", "evidence/*", "executions.jsonl")),
    Gate("baseline", "baseline", lambda world, url: measured.measured(world),
         ("stories/1-*.md", "evidence/baseline.json", "evidence/feedback.json", "executions.jsonl")),
    Gate("rollback", "rollback", rollback.rolled_back,
         ("evidence/rollback.json", "evidence/smoke-after-rollback/*/*.json", "rolled/*", "workflow/config.yaml")),
    Gate("deploy", "deploy", lambda world, url: deployed.provide(world), ("evidence/deployment.yaml", "backups/*")),
    Gate("smoke", "smoke", _claude,
         ("workflow/config.yaml", "workflow/workflow.md", "workflow/agents/dev.md",
           "workflow/agents/config/dev-agent.xml",
          "workflow/steps/0-scoping/*.md", "workflow/templates/**/*.yaml", "workflow/templates/*.md", "claude/**/*.*")),
    Gate("bmad", "bmad", _claude,
         ("claude/**/*.*", "workflow/config.yaml", "workflow/templates/*.*", "workflow/steps/6-integration/*.md")),
)  # fmt: skip


@contextlib.contextmanager
def task_of(gate: Gate, most: int | None = None) -> Iterator[Task]:
    """A world of that gate, with a server for what has to be made with one, and what is to be done with it."""
    with tempfile.TemporaryDirectory(prefix="fuzz-gate-") as folder:
        server = process.start("--rate-limit", "1000000")
        try:
            made = world.make(Path(folder) / "world", server.url)
            gate.provide(made, server.url)
            made.write_target()
            seeds = seeds_of(made, gate)
            drive = functools.partial(_drive, made, gate, Path(folder) / "reports")
            yield Task(seeds, drive, (), SECONDS, most, traced=False)
        finally:
            server.stop()


def seeds_of(made: World, gate: Gate) -> Seeds:
    """The files of a world that are changed, by path."""
    paths = sorted({path for pattern in gate.files for path in made.root.glob(pattern) if path.is_file()})
    assert paths, f"{gate.name}: no file in {gate.files}, nothing would be fuzzed"
    return {path.relative_to(made.root).as_posix(): Seed(path.read_bytes(), _form(path)) for path in paths}


def _form(path: Path) -> str:
    if path.name.endswith(".archive.gz"):
        return "gzip"
    return FORMS.get(path.suffix, "text")


def _drive(made: World, gate: Gate, reports: Path, work: Callable[[Call], None]) -> None:
    """Run pytest with the gate's checks; `work` is called once they are collected."""
    os.chdir(SUITE)
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 1)
    quiet = ["-W", "ignore::pytest.PytestAssertRewriteWarning"]  # what fuzzes has imported the suite's plugins already
    arguments = [*quiet, "-p", "no:cacheprovider", "-m", gate.marker, f"--target={made.root / 'target.yaml'}"]
    if not os.environ.get("FUZZ_STDERR"):
        os.dup2(nothing, 2)
    pytest.main([*arguments, f"--report-dir={reports}", "--outside-chain"], plugins=[Loop(made, gate, work)])


class Loop:
    """A pytest plugin that runs the collected checks again and again instead of once."""

    def __init__(self, made: World, gate: Gate, work: Callable[[Call], None]) -> None:
        self._made, self._gate, self._work = made, gate, work
        self._passed = 0

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Hand the checks over as one function."""
        items = [item for item in session.items if not ASKING & set(getattr(item, "fixturenames", ()))]
        assert items, f"{self._gate.name}: no check is left, nothing would be fuzzed"
        self._work(functools.partial(self._call, items))
        return True

    def _call(self, items: list[pytest.Item], name: str, data: bytes) -> None:
        """All checks on a world with one file changed. Raises what a check has crashed with."""
        path = self._made.root / name
        before = path.read_bytes()
        path.write_bytes(data)
        try:
            for item, following in zip(items, [*items[1:], None], strict=True):
                self._passed += _run(item, following)
        finally:
            items[0].session._setupstate.teardown_exact(None)
            path.write_bytes(before)
            EvidenceFolder.record.cache_clear()
        assert self._passed, f"{self._gate.name}: no check of the healthy world passes, nothing would be fuzzed"


def _run(item: Any, following: Any) -> bool:
    """One check, as pytest runs it, without its reports, which take most of the time; whether it passed."""
    item._initrequest()
    item.stash = pytest.Stash()
    item.user_properties.clear()
    state, passed = item.session._setupstate, False
    with contextlib.suppress(OutcomeException, AssertionError):
        state.setup(item)
        item.runtest()
        passed = True
    item._request = False
    item.funcargs = None
    with contextlib.suppress(OutcomeException, AssertionError):
        state.teardown_exact(following)
    return passed
