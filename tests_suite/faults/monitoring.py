"""Faults of the first hour: of the server, the machine, the smoke runs, and of what was kept of them."""

from __future__ import annotations

import contextlib
import fcntl
import json
import socket
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta

from tests_suite.faults.announced import NOWHERE
from tests_suite.faults.hour import (
    CALLS,
    SAMPLES,
    Change,
    Lines,
    aimed,
    behind,
    call,
    figure,
    kept,
    live,
    moved,
    on_tool,
    run,
    samples,
    without,
)
from tests_suite.faults.sick_server import Behaviour, Exchange, answer, forward, in_turn, late, resets, stalls
from tests_suite.faults.world import Fault, World

ALL = {"3.1.1": "failed", "3.1.3": "failed", "3.1.4": "failed"}
SERVER = {"3.1.1": "failed"}
MACHINE = {"3.1.3": "failed"}
WORKLOAD = {"3.1.3": "degraded"}
SMOKE = {"3.1.4": "failed"}
# What is given up has shown nothing of the rest, either way.
GIVEN_UP = {"3.1.1": "failed", "3.1.3": "missing", "3.1.4": "missing"}
EVERY = tuple(range(13))
ILL = "GET /health: answered 503"
MESSAGES = "POST /mcp/messages/"
LIMIT = {"error": {"code": "RATE_LIMITED", "message": "Rate limit of 100 requests per hour exceeded", "details": {}}}
NO_SPEED = "no network interface of this machine tells its speed; name it in the target as monitoring.link_mbit"


def _fault(name: str, breaks: Callable[[World], None], trips: dict[str, str], *says: str) -> Fault:
    return Fault(f"monitoring: {name}", breaks, trips, says, "monitoring")


def _both(*changes: Change) -> Change:
    def change(lines: Lines) -> Lines:
        for each in changes:
            lines = each(lines) or lines
        return lines

    return change


def _text(change: Callable[[str], str]) -> Callable[[World], None]:
    """A record whose text is another one."""

    def breaks(world: World) -> None:
        path = world.root / SAMPLES
        before = path.read_text(encoding="utf-8")
        after = change(before)
        assert after != before, "the fault would change nothing"
        path.write_text(after, encoding="utf-8")

    return breaks


def _lines(change: Callable[[list[str]], None]) -> Callable[[World], None]:
    """A record some of whose lines are others; the window is line 1, tick n is line n + 2."""

    def change_text(text: str) -> str:
        lines = text.splitlines(keepends=True)
        change(lines)
        return "".join(lines)

    return _text(change_text)


def _drop_calls(*names: str) -> Change:
    def change(lines: Lines) -> None:
        for line in samples(lines):
            line["knowledge"] = {name: told for name, told in line["knowledge"].items() if name not in names}

    return change


def _no_machine(lines: Lines) -> None:
    for line in samples(lines):
        del line["host"]


def _host(source: str) -> Callable[[World], None]:
    return aimed(lambda target: target["monitoring"].update(host=source))


def _below_a_file(world: World) -> None:
    world.target["monitoring"]["samples"] = "target.yaml/samples.jsonl"


def _rarely(world: World) -> None:
    """A watch of 20-second samples in which one tool fails twice in 181 calls: 0.2 % of all calls, 1.1 % of its own."""
    aimed(
        lambda target: target["monitoring"].update(every_seconds=20),
        call("get_warnings", 60, 120, error="GET /get_warnings: answered 500 INTERNAL_ERROR: it broke"),
    )(world)


def _locked(world: World) -> None:
    """Another run holds the file."""
    lock = world.running.enter_context((world.root / f"{SAMPLES}.lock").open("a"))
    fcntl.flock(lock, fcntl.LOCK_EX)


def _folder(world: World) -> None:
    (world.root / SAMPLES).unlink()
    (world.root / SAMPLES).mkdir()


def _still_to_come(world: World) -> None:
    starts = datetime.fromisoformat(world.target["deployment"]["starts"])
    world.target["deployment"]["starts"] = (starts + timedelta(days=3)).isoformat()


def _unreachable(world: World) -> None:
    live()(world)
    world.target["knowledge"] = {"url": NOWHERE, "timeout_seconds": 5}


def _slow_usually(world: World) -> None:
    """A tool that takes 0.4 s, where 0.3 s are allowed for the median."""
    behind({MESSAGES: on_tool("get_patterns", late(400))})(world)
    world.override("3.1.1", "request latency", 0.3)


def _slow_at_times(world: World) -> None:
    """A tool that takes 0.4 s once, where 0.3 s are allowed for the 99th percentile."""
    behind({"GET /health": in_turn(forward, late(400), forward)}, smoke_every_seconds=3.0)(world)
    world.override("3.1.1", "99th percentile", 0.3)


def _broken_step(world: World) -> None:
    """A step that is gone while the workflow is watched."""
    live()(world)
    (step,) = world.workflow.glob("steps/*/step-07*.md")
    step.unlink()


def _no_workflow(world: World) -> None:
    live()(world)
    world.target.pop("workflow")


def _slow_machine(world: World) -> None:
    """Figures of a machine that are not there, as its disk is not."""
    live(disk="nowhere/at/all")(world)


def _ends_after(seconds: float) -> Behaviour:
    """An event stream that is cut at that age, as hosts and proxies do."""

    def behave(exchange: Exchange) -> None:
        timer = threading.Timer(seconds, _hang_up, [exchange.connection])
        timer.daemon = True
        timer.start()
        forward(exchange)

    return behave


def _hang_up(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):  # the client was quicker
        connection.shutdown(socket.SHUT_RDWR)


def _one_answer_each(world: World) -> None:
    """A server that ends each event stream once it has answered a call on it."""
    streams: list[socket.socket] = []

    def opened(exchange: Exchange) -> None:
        streams.append(exchange.connection)
        forward(exchange)

    def posted(exchange: Exchange) -> None:
        forward(exchange)
        if exchange.rpc().get("method") == "tools/call":
            time.sleep(0.1)  # the answer is on its way
            _hang_up(streams[-1])

    behind({"GET /mcp": opened, MESSAGES: posted})(world)


def session(event: str, message: str) -> Change:
    """A session that was opened again twice, by the record."""

    def change(lines: Lines) -> None:
        for line in samples(lines):
            if line["n"] in (3, 6):
                lines.append({"kind": "mark", "at": line["begun"], "event": event, "message": message})

    return change


def _reported(name: str, value: float) -> Change:
    return figure(name, value, 4, 5, 6)


FROM_RECORD = (
    # 3.1.1, judged by the plan's own limits
    _fault("one tool failed once", kept(call("get_decisions", 4, error="answered 500: it broke")), SERVER,
           "get_decisions: 1 of 13 calls failed", "answered 500: it broke", "error rate: 1.099 %"),
    _fault("health failed once", kept(call("health", 6, error=ILL)), SERVER,
           "health: 1 of 13 calls failed", "availability: 92.31 %", "an outage of 0 s to 10 min"),
    _fault("health failed three times in a row", kept(call("health", 6, 7, 8, error=ILL)), SERVER,
           "an outage of 10 min to 20 min"),
    _fault("health failed at the end", kept(call("health", 11, 12, error=ILL)), SERVER,
           "an outage of 5 min to 15 min"),
    _fault("rate limit", kept(call("list_sources", 12, error="the server's rate limit: answered 429")),
           {"3.1.1": "missing"}, "the server's rate limit: answered 429", "1 call refused", "counted by the hour"),
    _fault("rate limit that says when to come back", kept(call(
        "list_sources", 12, error="the server's rate limit: answered 429, retry after 600 s; expected results"
    )), {"3.1.1": "missing"}, "come back after", "(Retry-After: 600)"),
    _fault("rate limit, and a failure", kept(_both(
        call("list_sources", 12, error="the server's rate limit: answered 429"),
        call("get_decisions", 4, error="answered 500"),
    )), SERVER, "get_decisions: 1 of 13 calls failed", "list_sources: 1 of 13 calls failed"),
    _fault("rate limit, and slow", kept(_both(
        call("list_sources", 12, error="the server's rate limit: answered 429"),
        call("get_patterns", 3, ms=6200.0),
    )), SERVER, "99th percentile of get_patterns: 6.2 s, the limit is < 5 s"),
    _fault("slow half the time", kept(call("search_knowledge", 0, 2, 4, 6, 8, 10, 12, ms=2100.0)), SERVER,
           "request latency of search_knowledge: 2.1 s, the limit is < 2 s"),
    _fault("as slow as the limit", kept(call("search_knowledge", *EVERY, ms=2000.0)), SERVER,
           "request latency of search_knowledge: 2 s, the limit is < 2 s"),
    _fault("very slow once", kept(call("get_patterns", 3, ms=6200.0)), SERVER,
           "99th percentile of get_patterns: 6.2 s, the limit is < 5 s"),
    _fault("fails quickly", kept(call("get_patterns", 3, ms=1.0, error="answered 500")), SERVER,
           "99th percentile of get_patterns: inf s"),
    _fault("one tool fails rarely", _rarely, SERVER,
           "error rate of get_warnings: 1.105 %", "get_warnings: 2 of 181 calls failed"),
    _fault("one sample missing", kept(without("sample", 5)), SERVER,
           "sample interval: 10 min, the limit is ≤ 5 min", "nothing was sampling then"),
    _fault("samples of a quarter of an hour missing", kept(without("sample", 5, 6, 7)), SERVER | MACHINE,
           "sample interval: 20 min", "disk: no figure from"),
    _fault("begun late", kept(_both(moved("begun", 200, 5), moved("ended", 200, 5))), SERVER,
           "sample interval: 8.333 min"),
    _fault("begins five minutes later", kept(without("sample", 0)), SERVER | MACHINE,
           "observed time: 0.9167 h, the limit is ≥ 1 h"),
    _fault("a gap that the sampler knows of", kept(
        lambda lines: [*without("sample", 5)(lines), {"kind": "gap", "first": 5, "last": 5, "reason": "asleep"}]  # type: ignore[misc]
    ), SERVER, "asleep", "sample interval: 10 min"),
    _fault("a tool that nobody asked", kept(_drop_calls("get_methodologies")), SERVER,
           "get_methodologies: not asked once in the whole watch"),
    _fault("health that nobody asked", kept(_drop_calls("health")), SERVER,
           "health: not asked once in the whole watch"),
    _fault("nothing asked at all", kept(_drop_calls(*CALLS)), SERVER, "no data is no pass"),
    _fault("a sample from the future", kept(moved("ended", 7200, 12)), SERVER, "which is still to come"),
    _fault("a sample off the schedule", kept(moved("scheduled", -60, 7)), SERVER, "sample 7 was due at"),
    _fault("a sample that ended before it began", kept(moved("ended", -100, 7)), SERVER, "sample 7 began at"),
    _fault("a sample that began before it was due", kept(moved("begun", -100, 7)), SERVER, "sample 7 began at"),
    _fault("a line that is no JSON", _lines(lambda lines: lines.insert(6, "{broken\n")), SERVER,
           "samples.jsonl:7", "no valid JSON"),
    _fault("an unknown key", _lines(lambda lines: lines.insert(6, '{"kind": "gap", "first": 1, "lasts": 1}\n')), SERVER,
           "lasts: unknown key; did you mean last?"),
    _fault("a sample twice", _lines(lambda lines: lines.insert(6, lines[5])), SERVER, "expected a later one"),
    _fault("a second window", _lines(lambda lines: lines.insert(6, lines[0])), SERVER, "a second window"),
    _fault("another kind of line", _lines(lambda lines: lines.insert(6, '{"kind": "simple"}\n')), SERVER,
           "kind: 'simple' is unknown"),
    _fault("a clock that was set", _lines(lambda lines: lines.append(json.dumps(
        {"kind": "mark", "at": "2026-01-06T09:00:00+00:00", "event": "clock", "message": "the clock was set back"}
    ) + "\n")), {"3.1.1": "degraded"}, "the clock was set back"),
    _fault("a session that broke off after minutes", kept(session("broke", "the session ended after 5 min")),
           {"3.1.1": "degraded"}, "the MCP session broke off 2 times", "the session ended after 5 min",
           "does a proxy or the host end long requests, or does the server restart?"),
    _fault("no server in the target", aimed(lambda target: target.pop("knowledge")), SERVER,
           "not testable: the target provides no Knowledge MCP server"),
    # 3.1.3
    _fault("disk full", kept(_reported("disk_percent", 80.0)), WORKLOAD, "disk usage: 80 %, the limit is < 80 %"),
    _fault("disk filled up at the end", kept(figure("disk_percent", 99.0, 12)), WORKLOAD, "disk usage: 99 %"),
    _fault("processors busy", kept(_reported("cpu_percent", 60.5)), WORKLOAD,
           "CPU usage: 60.5 %, the limit is < 60 %"),
    _fault("memory short", kept(_reported("memory_percent", 70.0)), WORKLOAD,
           "memory usage: 70 %, the limit is < 70 %"),
    _fault("network used", kept(_reported("network_percent", 51.0)), WORKLOAD, "network bandwidth: 51 %"),
    _fault("no machine in any sample", kept(_no_machine), MACHINE,
           "cpu: no figure in the whole watch", "disk: no figure in the whole watch"),
    _fault("network of unknown speed", kept(
        figure("network_percent", None, *EVERY, why=NO_SPEED)
    ), MACHINE, "network: no figure in the whole watch", "monitoring.link_mbit"),
    _fault("processors not read for a while", kept(figure("cpu_percent", None, 4, 5, 6)), MACHINE,
           "cpu: no figure from"),
    _fault("machine watched from later on", kept(lambda lines: [
        {**line, "host": {}} if line.get("n") in (0, 1) and line["kind"] == "sample" else line for line in lines
    ]), MACHINE, "observed time: 0.8333 h"),
    _fault("more than there is", kept(_reported("memory_percent", 180.0)), MACHINE,
           "180 % at", "is no share of a whole"),
    _fault("machine of nobody's", aimed(lambda target: target["monitoring"].pop("host")), MACHINE,
           "not testable: the target provides no source of the machine's figures"),
    _fault("machine not to be watched", _host("none"), MACHINE,
           "monitoring.host is none"),
    _fault("Prometheus without an address", _host("prometheus"), MACHINE,
           "not testable: the target provides no Prometheus"),
    _fault("Prometheus that does not answer", aimed(lambda target: (
        target["monitoring"].update(host="prometheus"), target.update(prometheus={"url": NOWHERE})
    )), MACHINE, "prometheus.queries.disk"),
    # 3.1.4
    _fault("a smoke run that failed", kept(run(3, verdict="FAIL", failed=["2.1.1 failed: 54 of 55 files"])), SMOKE,
           "smoke run 3 at", "FAIL: 2.1.1 failed: 54 of 55 files"),
    _fault("a smoke run without an end", kept(run(1, verdict="INCOMPLETE", failed=["2.1.3 missing: not run"])), SMOKE,
           "INCOMPLETE: 2.1.3 missing"),
    _fault("a smoke run that is incomplete and does not say why", aimed(
        lambda target: target["knowledge"].update(api_key="kp_0123456789abcdef"), run(1, verdict="INCOMPLETE")
    ), SMOKE, "INCOMPLETE: it does not say what"),
    _fault("a smoke run with reservations", kept(run(2, verdict="DEGRADE")), {"3.1.4": "degraded"}, "smoke run 2 at",
           "DEGRADE; see"),
    _fault("a smoke run missing", kept(without("smoke", 2)), SMOKE, "run interval: 20 min, the limit is ≤ 10 min"),
    _fault("the first smoke run late", kept(lambda lines: [
        {**line, "begun": (datetime.fromisoformat(line["begun"]) + timedelta(minutes=4)).isoformat()}
        if line["kind"] == "smoke" and line["n"] == 3 else line for line in lines
    ]), SMOKE, "run interval: 14 min"),
    _fault("a smoke run of ten steps", kept(run(4, steps=10)), SMOKE, "steps tested: 10 steps, expected 11"),
    _fault("a smoke run of no step", kept(run(0, steps=0)), SMOKE, "steps tested: 0 steps, expected 11"),
    # all of it
    _fault("samples in a folder", _folder, ALL, "nothing was watched", "is no regular file"),
    _fault("samples below a file", _below_a_file, ALL,
           "nothing was watched", "cannot be written"),
    _fault("another run watches", _locked, ALL, "another run is watching into this file"),
    _fault("deployment still to come", _still_to_come, ALL | {"3.1.2": "failed"}, "the deployment is still to come"),
)  # fmt: skip

WATCHED = (
    _fault("server away", _unreachable, GIVEN_UP, "given up after", "cannot be reached",
           "escalate to the Tech Lead, who considers a rollback"),
    _fault("health turns ill", behind({"GET /health": in_turn(forward, answer(503, {"status": "unhealthy"}))},
           every_seconds=0.75), GIVEN_UP, "answered 503", "availability: 1 of 5 planned probes of /health failed"),
    _fault("one tool breaks", behind({MESSAGES: on_tool("get_patterns", answer(500, "broken"), 2)}),
           GIVEN_UP,           "error rate of", "answered 500"),
    _fault("one tool never answers", behind({MESSAGES: on_tool("get_patterns", stalls(), 2)}), GIVEN_UP,
           "get_patterns: 1 of 2 calls failed", "no answer within"),
    _fault("connection torn down", behind({MESSAGES: on_tool("get_warnings", resets(), 2)}), GIVEN_UP,
           "get_warnings: 1 of 2 calls failed", "broke off"),
    _fault("a session that is cut between two samples", behind({"GET /mcp": _ends_after(0.8)}),
           {"3.1.1": "degraded"}, "the MCP session broke off", "the session ended after",
           "expected it to live for 15 min or more"),
    _fault("a session that breaks off after every answer", _one_answer_each, GIVEN_UP, "error rate of"),
    _fault("budget used up", behind({MESSAGES: on_tool("get_patterns", answer(429, LIMIT, retry_after="600"), 2)}),
           dict.fromkeys(("3.1.1", "3.1.3", "3.1.4"), "missing"),
           "the server's rate limit: ", "planned calls were refused; come back after", "(Retry-After: 600)"),
    _fault("usually slow", _slow_usually, GIVEN_UP,
           "request latency of get_patterns: 3 of 4 planned calls took 0.3 s or more"),
    _fault("slow once", _slow_at_times, GIVEN_UP,
           "99th percentile of health: 1 of 4 planned calls took 0.3 s or more"),
    _fault("a step that is gone", _broken_step, SMOKE, "smoke run 0 at", "FAIL: 2.1.1 failed"),
    _fault("no workflow", _no_workflow, SMOKE,
           "not testable: the target provides no workflow", "steps tested: 0 steps"),
    _fault("a disk that is not there", _slow_machine, MACHINE, "disk: no figure in the whole watch", "no such file"),
)  # fmt: skip

FAULTS = [*FROM_RECORD, *WATCHED]
