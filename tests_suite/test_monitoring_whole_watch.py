"""A watch of one or two ticks from its window to its end: its smoke runs, its limits, and what it says meanwhile."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from fixtures.monitoring import watch as watching
from fixtures.monitoring.hope import Limits
from fixtures.monitoring.prober import Prober
from fixtures.monitoring.progress import Progress
from fixtures.monitoring.samples import Call, Record, Sample, Smoke, Window, line_of
from fixtures.monitoring.smokerun import SmokeGate
from fixtures.monitoring.watch import Eyes, Order, watch


class Gate:
    """A smoke gate that passes, at once or when it is let go."""

    def __init__(self) -> None:
        self.begun: list[tuple[int, datetime]] = []
        self.let_go = threading.Event()
        self.let_go.set()

    def run(self, n: int, scheduled: datetime, stop: threading.Event) -> Smoke:
        self.begun.append((n, scheduled))
        self.let_go.wait(3.0)
        return Smoke(n, scheduled, scheduled, scheduled, "PASS", 1.0, "", 11)


def following() -> tuple[Progress, list[str]]:
    """A progress for which a minute goes by from one look at the clock to the next, and what it says."""
    said: list[str] = []
    clock = itertools.count(0, 60)
    return Progress(said.append, clock=lambda: float(next(clock))), said


def asking(answer: Callable[[str], Call]) -> tuple[Prober, list[str]]:
    """What asks for `/health` and one tool, and how often it was made ready."""
    ready: list[str] = []
    line = SimpleNamespace(ready=lambda *wait: ready.append("waited" if wait else "ready"))
    made = SimpleNamespace(
        names=("health", "a"),
        chosen=lambda: ("health", "a"),
        hide=str,
        line=line,
        server=SimpleNamespace(seconds=5.0),
        ask=lambda name, n, due, cut: answer(name),
    )
    return cast("Prober", made), ready


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """New windows open without a head start."""
    monkeypatch.setattr(watching, "HEAD_START", 0.0)


def test_watch_waits_for_its_last_smoke_run_and_says_so(tmp_path: Path) -> None:
    file, gate = tmp_path / "samples.jsonl", Gate()
    gate.let_go.clear()
    progress, said = following()

    def write(text: str) -> None:
        said.append(text)
        if "".join(said).count("waiting for the last smoke run") == 2:  # once behind the last tick, and once since
            gate.let_go.set()

    progress.write = write

    found = watch(Order(0.0, 60.0, 60.0, "digest", file), Eyes(smoke=cast("SmokeGate", gate)), progress)

    assert gate.begun == [(0, found.window.opened)]
    assert [smoke.n for smoke in found.smokes] == [0]
    assert found.window.smoke_every_seconds == 60.0
    kinds = [line.split('"')[3] for line in file.read_text(encoding="utf-8").splitlines()]
    assert (kinds[0], sorted(kinds[1:-1]), kinds[-1]) == ("window", ["sample", "smoke"], "mark")
    assert gate.let_go.is_set()
    assert said[-1] == "monitoring: 0.0 s of 0.0 s; 1 of 1 samples; over; smoke 1 of 1, last PASS"


def test_watch_without_a_smoke_gate_has_no_smoke_runs(tmp_path: Path) -> None:
    found = watch(Order(0.0, 60.0, 60.0, "digest", tmp_path / "samples.jsonl"), Eyes(), following()[0])

    assert found.smokes == ()
    assert [mark.event for mark in found.marks] == ["closed"]


def test_smoke_runs_go_on_behind_those_of_before(tmp_path: Path) -> None:
    file, gate = tmp_path / "samples.jsonl", Gate()
    opened = datetime.now(UTC) - timedelta(seconds=60.5)
    window = Window("digest", opened, opened + timedelta(seconds=60), 60.0, 30.0)
    taken = [Sample(n, window.due(n), window.due(n), window.due(n)) for n in range(2)]
    run = Smoke(0, opened, opened, opened, "PASS", 1.0, "", 11)
    records: list[Record] = [window, *taken, run]
    file.write_text("".join(map(line_of, records)), encoding="utf-8")
    progress, said = following()

    found = watch(Order(60.0, 60.0, 30.0, "digest", file), Eyes(smoke=cast("SmokeGate", gate)), progress)

    assert gate.begun == [(1, opened + timedelta(seconds=30))]
    assert [smoke.n for smoke in found.smokes] == [0, 1]
    assert said[0] == (
        f"monitoring: going on with the watch that began at {opened.isoformat(timespec='seconds')}, "
        "2 of 2 samples taken"
    )


def test_limit_that_is_lost_gives_a_watch_up(tmp_path: Path) -> None:
    prober, ready = asking(lambda name: Call(1.0, name == "health", "" if name == "health" else "broke"))
    limits = Limits(2, 5, 1, 99.9)
    progress, said = following()

    found = watch(Order(60.0, 60.0, None, "digest", tmp_path / "samples.jsonl", limits), Eyes(prober), progress)

    words = "error rate of all calls: 1 of 4 planned calls failed; at best 25 % remains, expected below 1 %"
    assert [(mark.event, mark.message) for mark in found.marks] == [("aborted", words)]
    assert [sample.n for sample in found.samples] == [0]
    assert ready == ["waited", "ready"]
    assert "monitoring: sample 0: a: broke" in said
    assert any("1 of 2 samples; next in" in each for each in said)
    assert said[-2] == f"monitoring: given up: {words}"


def test_watch_without_limits_is_never_given_up() -> None:
    now = datetime.now(UTC)

    assert watching._never(Sample(0, now, now, now, {"health": Call(1.0, False, "503")})) == ""


def test_new_window_opens_when_everything_is_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "HEAD_START", 30.0)
    before = datetime.now(UTC)

    window = watching._window(Order(3.0, 0.5, 1.0, "digest", Path("x")), None)

    assert before <= window.opened - timedelta(seconds=30) <= datetime.now(UTC)
    assert window == Window("digest", window.opened, window.opened + timedelta(seconds=3), 0.5, 1.0)
