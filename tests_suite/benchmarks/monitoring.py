"""How long a day of samples takes to judge, and how punctual the sampler is beside a slow server.

    python -m tests_suite.benchmarks.monitoring

A day of 5-second samples is 17,280 ticks of 7 series. Judging it is compared, in turns, with nothing but `json.loads`
of each of its lines. Exit status 1 where a limit is exceeded.
"""

from __future__ import annotations

import contextlib
import json
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx

from fixtures.knowledge.knowledgetarget import KnowledgeTarget
from fixtures.knowledge.server import KnowledgeServer
from fixtures.monitoring import exposition, judged, series
from fixtures.monitoring.line import Line
from fixtures.monitoring.machine import Machine
from fixtures.monitoring.prober import Prober
from fixtures.monitoring.progress import Progress
from fixtures.monitoring.samples import Call, Sample, Window, line_of, read
from fixtures.monitoring.series import HEALTH
from fixtures.monitoring.watch import Eyes, Order, watch
from fixtures.reference.process import start
from gate import checklist
from tests_suite.benchmarks.commandline import parser as parser_of
from tests_suite.faults.hour import HOST
from tests_suite.faults.sick_server import SickServer, late

RELEASE = checklist.load().release
CALLS = (HEALTH, *RELEASE.knowledge_tools)
TICKS, EVERY = 17_280, 5.0
OPENED = datetime(2026, 1, 6, tzinfo=UTC)
ROUNDS = 5
LONGEST_SECONDS = 2.0  # to judge a day
LATEST_SECONDS = 0.05  # that a sample may begin after it was due
LATE_MILLISECONDS = 450.0  # by which the slow server answers, where a sample is due every half second


def write_day(path: Path) -> None:
    """A day of samples, one call in a thousand of them failed."""
    window = Window("a day", OPENED, OPENED + timedelta(seconds=(TICKS - 1) * EVERY), EVERY)
    with path.open("w", encoding="utf-8") as file:
        file.write(line_of(window))
        for n in range(TICKS):
            due = window.due(n)
            calls = {name: Call(20.0 + (n * 7 + k) % 50, (n * 7 + k) % 1000 > 0, "500") for k, name in enumerate(CALLS)}
            file.write(line_of(Sample(n, due, due, due + timedelta(seconds=0.2), calls, HOST)))


def judge(path: Path) -> int:
    """Everything that the gate does with a file of samples; how many findings there were."""
    recorded = read(path)
    calls = series.calls_of(recorded.samples, CALLS)
    host = series.host_series(recorded.samples, EVERY)
    times = [series.effective(sample, EVERY) for sample in recorded.samples]
    found = [
        *judged.record_findings(recorded, datetime.now(UTC)),
        *judged.gap_findings(recorded),
        *judged.call_findings(calls, CALLS),
        *judged.failure_findings(calls),
        *judged.outage_findings(calls[HEALTH], EVERY),
        *(finding for name in host for finding in judged.host_findings(host, name, EVERY)),
    ]
    assert series.observed_hours(times) > 23.9
    assert series.longest_interval(times) == EVERY
    assert all(each.percentile(share) for each in calls.values() for share in (0.5, 0.99))
    assert judged.demonstrated(calls[HEALTH], 99.9)
    assert exposition.text_of(recorded, calls, host, {"target": "a day"})
    return len(found)


def bare(path: Path) -> int:
    """The floor: nothing but JSON."""
    with path.open("rb") as file:
        return sum(len(json.loads(line)) for line in file)


def _seconds(work: Callable[[Path], int], path: Path) -> float:
    started = time.perf_counter()
    assert work(path) > 0
    return time.perf_counter() - started


def day(rounds: int) -> float:
    """The quickest judgement of a day, in seconds."""
    with tempfile.TemporaryDirectory(prefix="day-") as place:
        path = Path(place, "samples.jsonl")
        write_day(path)
        floor: list[float] = []
        whole: list[float] = []
        for number in range(rounds):
            pairs = [(floor, bare), (whole, judge)]
            for kept, work in pairs if number % 2 else reversed(pairs):
                kept.append(_seconds(work, path))
        size = path.stat().st_size / 1e6
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3)
    print(
        f"a day of samples {min(whole):7.2f} s (limit {LONGEST_SECONDS:g} s; {size:.1f} MB, {memory:.0f} MB of memory)"
    )
    print(f"json.loads alone {min(floor):7.2f} s: {min(whole) / min(floor):.1f} times that")
    return min(whole)


def punctuality() -> float:
    """How late the latest sample began, in seconds, while every answer took most of an interval."""
    server = start("--rate-limit", "1000000")
    slow = {"GET /health": late(LATE_MILLISECONDS), "POST /mcp/messages/": late(LATE_MILLISECONDS)}
    try:
        with contextlib.ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="watch-")))
            sick = stack.enter_context(SickServer(server.url, slow))
            client = stack.enter_context(httpx.Client(trust_env=False))
            asked = KnowledgeServer(KnowledgeTarget(sick.url), sick.url, client)
            line = stack.enter_context(Line(asked))
            prober = Prober(asked, line, RELEASE.knowledge_tools, RELEASE.knowledge_queries, RELEASE.knowledge_services)
            order = Order(15.0, 0.5, None, "x", folder / "samples.jsonl")
            recorded = watch(order, Eyes(prober, Machine(folder)), Progress(lambda text: None))
    finally:
        server.stop()
    assert len(recorded.samples) == 31, f"{len(recorded.samples)} samples of 31; gaps: {recorded.gaps}"
    lateness = sorted((sample.begun - sample.scheduled).total_seconds() for sample in recorded.samples)
    latest: float = lateness[-1]
    middle = lateness[len(lateness) // 2]
    print(f"latest sample    {latest * 1000:7.1f} ms after it was due (limit {LATEST_SECONDS * 1000:g} ms; median "
          f"{middle * 1000:.1f} ms of {len(lateness)})")  # fmt: skip
    return latest


def main() -> int:
    """0 where every limit holds."""
    parser = parser_of("monitoring", __doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS, metavar="N", help="how often a day is judged")
    seconds = day(parser.parse_args().rounds)
    return int(seconds >= LONGEST_SECONDS or punctuality() >= LATEST_SECONDS)


if __name__ == "__main__":
    sys.exit(main())
