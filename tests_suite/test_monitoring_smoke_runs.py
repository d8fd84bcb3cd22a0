"""The smoke gate during a watch, without running it: how it is called, what of its verdict is kept, and when."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from fixtures.monitoring import smokerun
from fixtures.monitoring.samples import Smoke, Window
from fixtures.monitoring.smokerun import SmokeGate, SmokeRuns
from fixtures.workflow import steps

SUITE = Path(__file__).parents[1]
AT = datetime(2026, 1, 6, 10, tzinfo=UTC)
ITEMS: list[dict[str, Any]] = [
    {"id": "2.1.1", "outcome": "passed", "findings": []},
    {"id": "2.1.2", "outcome": "missing", "findings": []},
    {"id": "2.1.3", "outcome": "failed", "findings": [{"message": "54 files;\n  expected 53"}, {"message": "more"}]},
    {"id": "2.1.4", "outcome": "degraded", "findings": [{"message": "slow"}]},
    {"id": "2.1.5", "outcome": "waived", "findings": [{"message": "known"}]},
    {"id": "2.1.6", "outcome": "error", "findings": []},
]
VERDICT: dict[str, Any] = {
    "marker": "smoke",
    "verdict": "FAIL",
    "items": ITEMS,
    "notes": ["the secret note"],
    "target": {"subjects": {"workflow": {"sha256": "abc"}}},
}


def hidden(text: str) -> str:
    return text.replace("secret", "***")


def gate(reports: Path, workflow: Path | None = None, left_out: Sequence[str] = ("2.1.2",)) -> SmokeGate:
    return SmokeGate(("--target=t.yaml", "--x"), reports, workflow, ("a", "b"), left_out, hidden)


def ran(monkeypatch: pytest.MonkeyPatch, made: SmokeGate, verdict: object, words: str | None) -> Smoke | None:
    """Run 3 of a gate that took 3.5 seconds, left that verdict and said these words."""
    moments = iter([100.0, 103.5])

    def process(self: SmokeGate, folder: Path, stop: threading.Event) -> str | None:
        assert folder == made.reports / "smoke-03"
        if verdict is not None:
            (folder / "smoke").mkdir(parents=True, exist_ok=True)
            text = verdict if isinstance(verdict, str) else json.dumps(verdict)
            (folder / "smoke" / "verdict.json").write_text(text, encoding="utf-8")
        return words

    monkeypatch.setattr(SmokeGate, "_process", process)
    monkeypatch.setattr(smokerun, "time", SimpleNamespace(monotonic=lambda: next(moments)))
    return made.run(3, AT, threading.Event())


def test_run_is_kept_with_what_did_not_pass(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    before = datetime.now(UTC)

    found = ran(monkeypatch, gate(tmp_path), VERDICT, "")

    assert found is not None
    assert before <= found.begun <= datetime.now(UTC)
    assert found == Smoke(
        3,
        AT,
        found.begun,
        found.begun + timedelta(seconds=3.5),
        "FAIL",
        3.5,
        str(tmp_path / "smoke-03" / "smoke" / "verdict.json"),
        0,
        ("2.1.3 failed: 54 files; expected 53", "2.1.6 error: no finding", "the *** note"),
    )


@pytest.mark.parametrize(
    ("verdict", "words", "told"),
    [
        (None, "the secret words", "the *** words"),
        (None, "", "it printed nothing"),
        ("{", "no", "no"),
        ({**VERDICT, "marker": "predeploy"}, "no", "no"),
        ({**VERDICT, "items": []}, "no", "no"),
        ({**VERDICT, "verdict": ""}, "no", "no"),
        ({"marker": "smoke", "items": ITEMS}, "no", "no"),
        ([], "no", "no"),
    ],
    ids=["no file", "nothing said", "half a file", "other gate", "no items", "empty", "no verdict", "a list"],
)
def test_run_without_a_whole_verdict_is_incomplete(
    verdict: object, words: str, told: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    earlier = tmp_path / "smoke-03" / "smoke"
    earlier.mkdir(parents=True)
    (earlier / "verdict.json").write_text(json.dumps(VERDICT), encoding="utf-8")

    found = ran(monkeypatch, gate(tmp_path), verdict, words)

    assert found is not None
    assert found == Smoke(
        3,
        AT,
        found.begun,
        found.begun + timedelta(seconds=3.5),
        "INCOMPLETE",
        3.5,
        str(earlier / "verdict.json"),
        0,
        (f"the smoke gate left no verdict: {told}",),
    )


def test_run_that_was_stopped_is_none(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert ran(monkeypatch, gate(tmp_path), VERDICT, None) is None


def test_item_that_lacks_passes_only_where_it_was_left_out() -> None:
    assert smokerun.not_passed({"items": ITEMS[:2]}, ("2.1.2",)) == []
    assert smokerun.not_passed({"items": ITEMS[:2]}, ()) == ["2.1.2 missing: no finding"]


@pytest.mark.parametrize(
    ("outcome", "digest", "tested"),
    [("passed", "abc", 2), ("failed", "abc", 2), ("missing", "abc", 0), ("passed", "xyz", 0)],
    ids=["looked at", "wrong", "not looked at", "another tree"],
)
def test_steps_are_those_of_the_tree_that_was_verified(
    outcome: str, digest: str, tested: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    opened = {(tmp_path, ("a", "b")): "tree"}
    graphs = {"tree": SimpleNamespace(steps=[SimpleNamespace(number=number) for number in (1, 2, 2)])}
    monkeypatch.setattr(smokerun, "digest", lambda folder: {tmp_path: digest}[folder])
    monkeypatch.setattr(smokerun, "open_tree", lambda folder, names: opened[folder, names])
    monkeypatch.setattr(steps, "step_graph", lambda tree: graphs[tree])
    verdict = {**VERDICT, "items": [*ITEMS[:5], {"id": "2.1.6", "outcome": outcome, "findings": []}]}

    found = ran(monkeypatch, gate(tmp_path, tmp_path), verdict, "")

    assert found is not None
    assert found.steps == tested


def test_run_that_names_no_tree_tested_no_steps(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(smokerun, "digest", lambda folder: "abc")

    found = ran(monkeypatch, gate(tmp_path, tmp_path), {**VERDICT, "target": {"subjects": {}}}, "")

    assert found is not None
    assert found.steps == 0


# The process


class Process:
    """A process that prints, and ends at once or never."""

    def __init__(self, ends: bool, printed: str = "", stubborn: bool = False) -> None:
        self.ends, self.printed, self.stubborn = ends, printed, stubborn
        self.command: list[str] = []
        self.options: dict[str, Any] = {}
        self.done: list[str] = []

    def __call__(self, command: list[str], **options: Any) -> Process:
        self.command, self.options = command, options
        options["stdout"].write(self.printed)
        return self

    def poll(self) -> int | None:
        return 0 if self.ends else None

    def terminate(self) -> None:
        self.done.append("terminated")

    def wait(self, timeout: float | None = None) -> int:
        self.done.append(f"waited {timeout}")
        if self.stubborn and timeout is not None:
            raise subprocess.TimeoutExpired("pytest", timeout)
        return 0

    def kill(self) -> None:
        self.done.append("killed")


@pytest.fixture
def process(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Process], Process]]:
    def put(made: Process) -> Process:
        monkeypatch.setattr(subprocess, "Popen", made)
        return made

    return put  # type: ignore[return-value]


@pytest.mark.parametrize("left_out", [(), ("2.1.2",)])
def test_gate_is_run_on_the_same_target_with_reports_of_its_own(
    left_out: tuple[str, ...],
    process: Callable[[Process], Process],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    for name in ("PYTEST_ADDOPTS", "GITHUB_STEP_SUMMARY", "MY_PYTEST_X"):
        monkeypatch.setenv(name, "1")
    made = process(Process(True, "first\nlast words\n\n"))

    words = gate(tmp_path, left_out=left_out)._process(tmp_path / "smoke-00", threading.Event())

    assert words == "last words"
    assert made.command == [
        sys.executable,
        "-m",
        "pytest",
        "-m",
        "smoke",
        f"--report-dir={tmp_path / 'smoke-00'}",
        "--outside-chain",
        "-p",
        "no:cacheprovider",
        *(["-p", "fixtures.monitoring.withoutserver"] if left_out else []),
        "--target=t.yaml",
        "--x",
    ]
    assert made.options.pop("stdout").name == str(tmp_path / "smoke-00" / "output.txt")
    environment = made.options.pop("env")
    assert environment.keys().isdisjoint(("PYTEST_ADDOPTS", "GITHUB_STEP_SUMMARY"))
    assert (environment["MY_PYTEST_X"], environment["PATH"]) == ("1", os.environ["PATH"])
    assert made.options == {
        "cwd": SUITE,
        "stdin": subprocess.DEVNULL,
        "stderr": subprocess.STDOUT,
    }
    assert made.done == []
    assert list((tmp_path / "smoke-00").iterdir()) == []


def test_gate_that_prints_nothing_has_no_last_words(process: Callable[[Process], Process], tmp_path: Path) -> None:
    process(Process(True, " \n"))

    assert gate(tmp_path)._process(tmp_path / "deep" / "smoke-00", threading.Event()) == ""


@pytest.mark.parametrize("stubborn", [False, True])
def test_gate_that_does_not_end_is_ended(
    stubborn: bool, process: Callable[[Process], Process], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(smokerun, "LONGEST", 0.0)
    made = process(Process(False, stubborn=stubborn))

    assert gate(tmp_path)._process(tmp_path, threading.Event()) == "it did not end within 0 s"
    assert made.done == ["terminated", "waited 5", *(["killed", "waited None"] if stubborn else [])]


def test_gate_is_ended_where_the_watch_is_stopped(process: Callable[[Process], Process], tmp_path: Path) -> None:
    made = process(Process(False))
    stop = threading.Event()
    stop.set()

    assert gate(tmp_path)._process(tmp_path, stop) is None
    assert made.done == ["terminated", "waited 5"]


# When it runs


class Runs:
    """A gate each run of which takes some seconds on the test's clock."""

    def __init__(self, now: list[float], takes: float, gives: Callable[[int], Smoke | None]) -> None:
        self.now, self.takes, self.gives = now, takes, gives
        self.begun: list[tuple[int, datetime, float]] = []

    def run(self, n: int, scheduled: datetime, stop: threading.Event) -> Smoke | None:
        self.begun.append((n, scheduled, self.now[0]))
        self.now[0] += self.takes
        return self.gives(n)


class Stop:
    """An event that lets the time pass that is waited for; from `at` on it is set."""

    def __init__(self, now: list[float], at: float) -> None:
        self.now, self.at = now, at

    def wait(self, seconds: float) -> bool:
        self.now[0] += seconds
        return self.now[0] >= self.at


def smoke(n: int) -> Smoke:
    return Smoke(n, AT, AT, AT, "PASS", 1.0, "", 11)


def _ran(
    monkeypatch: pytest.MonkeyPatch,
    takes: float = 1.0,
    first: int = 0,
    gives: Callable[[int], Smoke | None] = smoke,
    stopped: float = 1e9,
) -> tuple[Runs, list[Smoke]]:
    """The smoke runs of a watch of forty seconds, one every ten, that opened at 100 on a clock that shows 98."""
    now = [98.0]
    monkeypatch.setattr(smokerun, "time", SimpleNamespace(monotonic=lambda: now[0]))
    made, kept = Runs(now, takes, gives), list[Smoke]()
    window = Window("x", AT, AT + timedelta(seconds=40), 5.0, 10.0)
    runs = SmokeRuns(window, 100.0, cast("SmokeGate", made), kept.append, first)
    runs._stop = cast("threading.Event", Stop(now, stopped))
    runs._run()
    return made, kept


def _slot(n: int) -> datetime:
    return AT + timedelta(seconds=10 * n)


@pytest.mark.parametrize("first", [0, 3])
def test_smoke_runs_begin_when_they_are_due(first: int, monkeypatch: pytest.MonkeyPatch) -> None:
    made, kept = _ran(monkeypatch, first=first)

    assert made.begun == [(n, _slot(n), 100.0 + 10 * n) for n in range(first, 4)]
    assert kept == [smoke(n) for n in range(first, 4)]


@pytest.mark.parametrize(
    ("takes", "begun"),
    [
        (10.0, [(0, 100.0), (1, 110.0), (2, 120.0), (3, 130.0)]),
        (15.0, [(0, 100.0), (1, 115.0), (3, 130.0)]),
        (99.0, [(0, 100.0), (3, 199.0)]),
    ],
    ids=["the whole interval", "longer", "longer than the watch"],
)
def test_run_that_takes_longer_costs_the_slots_that_have_gone_by(
    takes: float, begun: list[tuple[int, float]], monkeypatch: pytest.MonkeyPatch
) -> None:
    made, _ = _ran(monkeypatch, takes)

    assert [(n, at) for n, _, at in made.begun] == begun


def test_watch_that_is_stopped_begins_no_other_run(monkeypatch: pytest.MonkeyPatch) -> None:
    assert _ran(monkeypatch, stopped=120.0)[1] == [smoke(0), smoke(1)]
    assert _ran(monkeypatch, gives=lambda n: None if n == 1 else smoke(n))[1] == [smoke(0)]


def test_gate_that_cannot_be_run_is_a_run_that_did_not_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(n: int) -> Smoke:
        if n == 3:
            raise OSError("Odd disk")
        raise PermissionError(13, "Permission denied")

    _, kept = _ran(monkeypatch, gives=fails)

    assert kept == [
        Smoke(
            n,
            _slot(n),
            kept[n].begun,
            kept[n].begun,
            "INCOMPLETE",
            0.0,
            "",
            0,
            (f"the smoke gate could not be run: {'odd disk' if n == 3 else 'permission denied'}",),
        )
        for n in range(4)
    ]


def test_smoke_runs_are_waited_for_or_stopped() -> None:
    window = Window("x", AT, AT + timedelta(seconds=40), 5.0, 10.0)
    idle = SmokeRuns(window, 0.0, cast("SmokeGate", None), lambda smoke: None, 4)
    idle.stop()  # nothing has begun, and nothing is waited for
    told: list[int] = []

    idle.start()
    idle.finish(lambda: told.append(1))
    idle.stop()

    assert not idle._thread.is_alive()
    assert len(told) <= 1
