"""A whole watch: on schedule beside a slow server, killed at any moment and gone on with, never two at once."""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from fixtures.knowledge.knowledgetarget import KnowledgeTarget
from fixtures.knowledge.server import KnowledgeServer
from fixtures.monitoring.hope import Limits
from fixtures.monitoring.line import Line
from fixtures.monitoring.machine import Machine
from fixtures.monitoring.prober import Prober
from fixtures.monitoring.progress import Progress
from fixtures.monitoring.samples import Mark, Recorded, Sample, Window, append, read
from fixtures.monitoring.smokerun import SmokeGate
from fixtures.monitoring.watch import Eyes, Order, WatchError, gone_on_with, locked, watch
from fixtures.reference.process import ReferenceServer
from gate import checklist
from tests_suite.faults.hour import on_tool
from tests_suite.faults.sick_server import Behaviour, SickServer, answer, in_turn, late, stalls

SUITE = Path(__file__).parents[1]
RELEASE = checklist.load().release
MESSAGES = "POST /mcp/messages/"
NOW = datetime(2026, 1, 6, 10, tzinfo=UTC)


@contextlib.contextmanager
def asking(upstream: str, behaviours: Mapping[str, Behaviour], seconds: float = 5.0) -> Iterator[Prober]:
    """What asks a server that misbehaves."""
    with SickServer(upstream, behaviours) as sick, httpx.Client(trust_env=False) as client:
        server = KnowledgeServer(KnowledgeTarget(sick.url, timeout_seconds=seconds), sick.url, client)
        with Line(server) as line:
            yield Prober(server, line, RELEASE.knowledge_tools, RELEASE.knowledge_queries, RELEASE.knowledge_services)


def order(file: Path, seconds: float = 3.0, every: float = 0.5, limits: Limits | None = None) -> Order:
    return Order(seconds, every, None, "digest", file, limits)


def quiet() -> Progress:
    return Progress(lambda text: None)


@pytest.mark.parametrize(
    "behaviours",
    [
        {MESSAGES: late(450)},
        {"GET /health": stalls()},
        {MESSAGES: on_tool("get_patterns", stalls(), 2)},
        {"GET /health": late(300), MESSAGES: on_tool("get_warnings", answer(500, "broken"), 3)},
    ],
    ids=["slow tools", "health hangs", "a tool hangs", "slow and broken"],
)
def test_sampler_keeps_its_schedule_while_the_server_is_slow(
    behaviours: Mapping[str, Behaviour], tmp_path: Path, reference_server: ReferenceServer
) -> None:
    with asking(reference_server.url, behaviours) as prober:
        recorded = watch(order(tmp_path / "samples.jsonl"), Eyes(prober, Machine(tmp_path)), quiet())

    assert [sample.n for sample in recorded.samples] == list(range(7))
    assert not recorded.gaps
    late_by = [(sample.begun - sample.scheduled).total_seconds() for sample in recorded.samples]
    assert max(late_by) < 0.05, late_by
    failed = [call for sample in recorded.samples for call in sample.knowledge.values() if not call.ok]
    slow = [call for sample in recorded.samples for call in sample.knowledge.values() if call.ms > 200]
    assert failed or slow, "the server was not slow at all"


def test_time_of_a_call_counts_from_when_it_was_due(tmp_path: Path, reference_server: ReferenceServer) -> None:
    with asking(reference_server.url, {"GET /health": late(200)}) as prober:
        recorded = watch(order(tmp_path / "samples.jsonl", 1.0), Eyes(prober), quiet())

    assert len(recorded.samples) == 3
    assert all(200 <= sample.knowledge["health"].ms < 400 for sample in recorded.samples)


def test_session_that_breaks_costs_the_calls_of_one_sample(tmp_path: Path, reference_server: ReferenceServer) -> None:
    behaviours = {MESSAGES: on_tool("get_patterns", answer(503, "restarting"), 2, once=True)}
    with asking(reference_server.url, behaviours) as prober:
        recorded = watch(order(tmp_path / "samples.jsonl", 4.0, 1.0), Eyes(prober), quiet())

    bad = {sample.n for sample in recorded.samples for call in sample.knowledge.values() if not call.ok}
    assert bad == {1}, recorded.samples
    assert "answered 503" in recorded.samples[1].knowledge["get_patterns"].error


def test_server_that_answers_without_substance_has_failed(tmp_path: Path) -> None:
    from fixtures.reference.process import start

    hollow = start("--rate-limit", "1000", "--mongodb", "down")
    try:
        with asking(hollow.url, {}) as prober:
            recorded = watch(order(tmp_path / "samples.jsonl", 1.0), Eyes(prober), quiet())
    finally:
        hollow.stop()

    assert all(not call.ok for sample in recorded.samples for call in sample.knowledge.values())
    assert "mongodb is unavailable" in recorded.samples[0].knowledge["health"].error


def test_rate_limit_is_an_error_that_says_so(tmp_path: Path, reference_server: ReferenceServer) -> None:
    limited = answer(429, {"error": {"code": "RATE_LIMITED", "message": "too many"}}, retry_after="3600")
    with asking(reference_server.url, {"GET /health": limited}) as prober:
        recorded = watch(order(tmp_path / "samples.jsonl", 1.0), Eyes(prober), quiet())

    error = recorded.samples[0].knowledge["health"].error
    assert error.startswith("the server's rate limit: GET /health: answered 429"), error
    assert "retry after 3600 s" in error


def test_limit_that_is_lost_ends_the_watch_with_the_plans_action(
    tmp_path: Path, reference_server: ReferenceServer
) -> None:
    said: list[str] = []
    limits = Limits(latency=2, p99=5, errors=1, availability=99.9)
    with asking(reference_server.url, {"GET /health": in_turn(late(0), answer(503))}) as prober:
        recorded = watch(order(tmp_path / "samples.jsonl", limits=limits), Eyes(prober), Progress(said.append))

    assert [sample.n for sample in recorded.samples] == [0, 1]
    assert recorded.mark("aborted") is not None
    assert recorded.mark("closed") is None
    assert "monitoring: escalate now, and consider a rollback (plan 3.1)" in said


# Killed and gone on with


def _child(file: Path, *arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests_suite.watch_child", str(file), *arguments]
    return subprocess.Popen(command, cwd=SUITE, stdout=subprocess.PIPE, text=True)


def _samples_in(file: Path) -> int:
    return file.read_bytes().count(b'"kind":"sample"') if file.exists() else 0


def _killed_until_over(file: Path, delay: Callable[[], float], *arguments: str) -> tuple[list[float], list[str]]:
    """Start, kill a while after the second sample, and start again until the window is over.

    When each was killed, and what the last one said.
    """
    kills: list[float] = []
    while True:
        before, child = _samples_in(file), _child(file, *arguments)
        while len(kills) < 3 and child.poll() is None and _samples_in(file) < before + 2:
            time.sleep(0.01)
        try:
            said, _ = child.communicate(timeout=delay() if len(kills) < 3 else 120)
        except subprocess.TimeoutExpired:
            os.kill(child.pid, signal.SIGKILL)
            kills.append(time.time())
            child.communicate()
            continue
        assert child.returncode == 0, said
        return kills, said.splitlines()


def _is_whole(file: Path, kills: list[float], every: float) -> Recorded:
    """The file is well-formed, and of each watch that was killed at most the sample in flight is missing."""
    recorded = read(file)
    assert not recorded.findings
    assert not recorded.torn
    taken = {sample.n for sample in recorded.samples}
    resumed = [mark for mark in recorded.marks if mark.event == "resumed"]
    lines = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    order_of_lines = [line["n"] for line in lines if line["kind"] == "sample"]
    assert order_of_lines == sorted(taken)
    # What was taken before a kill is followed by the mark of the next start, with nothing lost in between.
    missing = set(range(recorded.window.ticks)) - taken
    in_gaps = {n for gap in recorded.gaps for n in range(gap.first, gap.last + 1)}
    assert missing <= in_gaps
    for at in kills:
        last_due = int((at - recorded.window.opened.timestamp()) / every)
        if last_due - 1 in missing:
            began = min((n for n in taken if n >= last_due), default=recorded.window.ticks)
            assert began >= last_due, f"tick {last_due - 1} was over when the watch was killed, and is lost"
    assert len(resumed) <= len(kills)
    return recorded


@pytest.mark.parametrize("seed", range(3))
def test_watch_that_is_killed_at_any_moment_goes_on_where_it_stopped(seed: int, tmp_path: Path) -> None:
    file, chance = tmp_path / "samples.jsonl", random.Random(seed)

    kills, said = _killed_until_over(file, lambda: chance.uniform(0, 0.3), "8", "0.2")

    recorded = _is_whole(file, kills, 0.2)
    assert kills
    assert recorded.mark("resumed"), said
    assert said[0].startswith("monitoring: going on with the watch that began at"), said
    assert recorded.mark("closed")
    assert len(recorded.samples) >= 6


def test_watch_of_a_server_that_is_killed_goes_on_where_it_stopped(
    tmp_path: Path, reference_server: ReferenceServer
) -> None:
    file = tmp_path / "samples.jsonl"
    said: list[str] = []
    for signal_number in (signal.SIGKILL, signal.SIGKILL, signal.SIGINT):
        before, child = _samples_in(file), _child(file, "120", "1", reference_server.url)
        while _samples_in(file) < before + 2:
            time.sleep(0.01)
            assert child.poll() is None, child.communicate()
        time.sleep(0.3)
        child.send_signal(signal_number)
        said.append(child.communicate(timeout=20)[0])

    recorded = read(file)

    assert not recorded.findings
    assert [mark.event for mark in recorded.marks] == ["resumed", "resumed"]
    assert [text.startswith("monitoring: going on with the watch") for text in said] == [False, True, True], said
    assert all(call.ok for sample in recorded.samples for call in sample.knowledge.values())
    assert [len(sample.knowledge) for sample in recorded.samples] == [7] * len(recorded.samples)
    assert len(recorded.samples) >= 6


def test_interrupted_watch_keeps_what_it_has_and_can_be_gone_on_with(tmp_path: Path) -> None:
    file = tmp_path / "samples.jsonl"
    child = _child(file, "60", "0.2")
    while not (file.exists() and len(file.read_text(encoding="utf-8").splitlines()) > 3):
        time.sleep(0.05)
        assert child.poll() is None
    child.send_signal(signal.SIGINT)
    child.communicate(timeout=20)

    recorded = read(file)

    assert len(recorded.samples) >= 3
    assert not recorded.findings
    assert recorded.mark("closed") is None
    assert gone_on_with(order(file, 60.0, 0.2), datetime.now(UTC)) is not None


# Which file is gone on with


def _kept(file: Path, target: str = "digest", opened: datetime = NOW, seconds: float = 3.0) -> Window:
    window = Window(target, opened, opened + timedelta(seconds=seconds), 0.5)
    append(file, window)
    append(file, Sample(0, opened, opened, opened))
    return window


def test_watch_in_the_same_window_is_gone_on_with(tmp_path: Path) -> None:
    _kept(tmp_path / "samples.jsonl")

    recorded = gone_on_with(order(tmp_path / "samples.jsonl"), NOW + timedelta(seconds=2))

    assert recorded is not None
    assert len(recorded.samples) == 1


@pytest.mark.parametrize(
    ("wanted", "later", "mark"),
    [
        (Order(3.0, 0.5, None, "another", Path()), 1.0, ""),
        (Order(3.0, 1.0, None, "digest", Path()), 1.0, ""),
        (Order(6.0, 0.5, None, "digest", Path()), 1.0, ""),
        (Order(3.0, 0.5, 1.0, "digest", Path()), 1.0, ""),
        (Order(3.0, 0.5, None, "digest", Path()), 4.0, ""),
        (Order(3.0, 0.5, None, "digest", Path()), 1.0, "closed"),
        (Order(3.0, 0.5, None, "digest", Path()), 1.0, "aborted"),
        (Order(3.0, 0.5, None, "digest", Path()), -60.0, ""),
    ],
    ids=[
        "other subjects",
        "other interval",
        "other length",
        "other smoke runs",
        "over",
        "closed",
        "given up",
        "to come",
    ],
)
def test_file_of_another_watch_is_put_aside_and_not_lost(
    wanted: Order, later: float, mark: str, tmp_path: Path
) -> None:
    file = tmp_path / "samples.jsonl"
    _kept(file)
    if mark:
        append(file, Mark(NOW, mark, "as it was"))
    before = file.read_bytes()
    own = Order(wanted.seconds, wanted.every, wanted.smoke_every, wanted.digest, file)

    assert gone_on_with(own, NOW + timedelta(seconds=later)) is None

    assert not file.exists()
    (aside,) = tmp_path.glob("samples-*.jsonl")
    assert aside.name == "samples-20260106T100000Z.jsonl"
    assert aside.read_bytes() == before


def test_file_that_cannot_be_read_is_put_aside(tmp_path: Path) -> None:
    (tmp_path / "samples.jsonl").write_text("what is this?\n", encoding="utf-8")

    assert gone_on_with(order(tmp_path / "samples.jsonl"), NOW) is None

    assert (tmp_path / "samples-unreadable.jsonl").read_text(encoding="utf-8") == "what is this?\n"


def test_two_watches_do_not_write_into_one_file(tmp_path: Path) -> None:
    file = tmp_path / "samples.jsonl"
    with locked(file), pytest.raises(WatchError, match="another run is watching into this file"):
        watch(order(file), Eyes(), quiet())

    assert not file.exists()


def test_disk_that_cannot_be_written_is_said_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")

    with pytest.raises(WatchError, match="cannot be written"):
        watch(order(tmp_path / "file" / "samples.jsonl"), Eyes(), quiet())


def test_file_that_is_taken_away_meanwhile_is_said(tmp_path: Path) -> None:
    file = tmp_path / "samples.jsonl"

    def take_away(text: str) -> None:
        if "watching for" in text:
            threading.Timer(0.6, file.unlink).start()

    with pytest.raises(WatchError, match="it was changed while the watch went on"):
        watch(order(file, 1.5), Eyes(None, Machine(tmp_path)), Progress(take_away))


def test_machine_that_does_not_tell_is_a_reason_and_no_end(tmp_path: Path) -> None:
    class Mute(Machine):
        def read(self) -> dict[str, object]:
            raise OSError("no such counter")

    recorded = watch(order(tmp_path / "samples.jsonl", 0.5), Eyes(None, Mute(tmp_path)), quiet())

    assert len(recorded.samples) == 2
    assert recorded.samples[0].host["unknown"]["cpu_percent"] == "the system does not tell: no such counter"


def test_smoke_gate_that_cannot_be_run_is_a_run_that_did_not_pass(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    gate = SmokeGate((), tmp_path / "file", None, ())
    own = Order(0.5, 0.5, 0.5, "digest", tmp_path / "samples.jsonl")

    (smoke,) = watch(own, Eyes(smoke=gate), quiet()).smokes

    assert smoke.verdict == "INCOMPLETE"
    assert smoke.failed[0].startswith("the smoke gate could not be run:")


def test_smoke_gate_that_leaves_no_verdict_says_its_last_words(tmp_path: Path) -> None:
    gate = SmokeGate((f"--target={tmp_path / 'nowhere.yaml'}",), tmp_path / "smoke", None, ())
    own = Order(0.5, 0.5, 0.5, "digest", tmp_path / "samples.jsonl")

    (smoke,) = watch(own, Eyes(smoke=gate), quiet()).smokes

    assert (smoke.verdict, smoke.steps) == ("INCOMPLETE", 0)
    assert "no such file" in smoke.failed[0], smoke.failed
