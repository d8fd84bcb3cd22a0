"""The session that a run holds open, the recorded answers, and what a run leaves behind."""

from __future__ import annotations

import json
import math
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from fixtures.knowledge.http import Answer
from fixtures.knowledge.latency import FILE_NAME, Latency, latencies
from fixtures.knowledge.recorded import BUDGET
from fixtures.knowledge.reply import Failure, Listing, Opened, Reply, come_back, of_status, refusal_in
from fixtures.knowledge.server import trust_for
from fixtures.knowledge.session import McpSession
from fixtures.knowledge.tls import Certificate, expiry_in_words
from fixtures.knowledge.toolanswer import KINDS
from fixtures.reference.process import ReferenceServer, start
from tests_suite.faults import mcp_chaos, world
from tests_suite.faults.sick_server import SickServer, answer, stalls
from tests_suite.faults.world import World

NOW = datetime(2026, 1, 6, 9, 0, tzinfo=UTC)
QUERY = {"query": "RAG", "limit": 1}


@contextmanager
def session_with(url: str, seconds: float = 5.0, sent: list[str] | None = None) -> Iterator[McpSession]:
    from fixtures.knowledge.wire import Dial

    note = (sent if sent is not None else []).append
    dial = Dial(f"{url}/mcp", {}, seconds, trust_env=False, tls=trust_for(url), sent=note)
    with McpSession(dial) as session:
        yield session


@pytest.fixture(params=["sse", "http"])
def server(request: pytest.FixtureRequest) -> Iterator[tuple[str, str]]:
    """(transport, address) of a reference server, in turn over both transports."""
    running = start("--transport", request.param, "--rate-limit", "10000")
    mcp_chaos.wait_for(running.url)
    yield request.param, running.url
    running.stop()


def test_session_finds_the_transport_and_answers(server: tuple[str, str]) -> None:
    transport, url = server
    with session_with(url) as session:
        opened = session.open()
        listing = session.tools()
        reply = session.call("search_knowledge", QUERY)

    assert isinstance(opened, Opened)
    assert opened.transport == transport
    assert isinstance(listing, Listing)
    assert len(listing.tools) == 7
    assert reply.answered
    assert reply.milliseconds > 0


def test_session_sends_nothing_that_was_not_asked_for(server: tuple[str, str]) -> None:
    transport, url = server
    sent: list[str] = []
    with session_with(url, sent=sent) as session:
        session.open()
        session.tools()
        session.call("search_knowledge", QUERY)
        session.call("no_such_tool", {})

    # detection, stream and two messages of the handshake, or two messages and the farewell; then what was asked
    assert len(sent) == {"sse": 4, "http": 3}[transport] + 3


def test_sessions_at_once_answer_all_their_calls(server: tuple[str, str]) -> None:
    transport, url = server
    with session_with(url) as session:
        replies = session.at_once([[("list_sources", {}), ("search_knowledge", QUERY)]] * 4, transport)

    assert [reply.tool for reply in replies] == ["list_sources", "search_knowledge"] * 4
    assert all(reply.answered for reply in replies)


def test_no_thread_and_no_connection_is_left_behind(server: tuple[str, str]) -> None:
    _, url = server
    threads = {thread.name for thread in threading.enumerate()}
    files = len(os.listdir("/dev/fd"))
    with session_with(url) as session:
        session.open()
        session.call("search_knowledge", QUERY)

    assert {thread.name for thread in threading.enumerate()} <= threads
    assert len(os.listdir("/dev/fd")) <= files


def test_server_that_never_answers_costs_one_time_limit(reference_server: ReferenceServer) -> None:
    with SickServer(reference_server.url, {"* /mcp": stalls()}) as sick, session_with(sick.url, 0.5) as session:
        started = datetime.now(UTC)
        opened = session.open()
        took = (datetime.now(UTC) - started).total_seconds()

    assert isinstance(opened, Failure)
    assert opened.cause == "silent"
    assert took < 3


def test_limited_server_is_asked_once(reference_server: ReferenceServer) -> None:
    behaviours = {"POST /mcp/messages/": answer(429, b"", retry_after="60")}
    with SickServer(reference_server.url, behaviours) as sick, session_with(sick.url) as session:
        opened = session.open()
        replies = [session.call("search_knowledge", QUERY) for _ in range(5)]

        assert sick.count("/mcp/messages/") == 1
    assert isinstance(opened, Failure)
    assert (opened.cause, opened.retry_after) == ("limited", "60")
    assert not any(reply.answered for reply in replies)


@pytest.mark.parametrize(
    ("retry_after", "words"),
    [
        (None, "the server does not say when to come back; its budget is counted by the hour"),
        ("3600", "come back after 2026-01-06 10:00:00 UTC (Retry-After: 3600)"),
        ("0.5", "come back after 2026-01-06 09:00:00 UTC (Retry-After: 0.5)"),
        (
            "Tue, 06 Jan 2026 11:30:00 GMT",
            "come back after 2026-01-06 11:30:00 UTC (Retry-After: Tue, 06 Jan 2026 11:30:00 GMT)",
        ),
        ("soon", "come back after 'soon'"),
        ("1e400", "come back after '1e400'"),
    ],
)
def test_time_to_come_back_can_be_read_off_a_clock(retry_after: str | None, words: str) -> None:
    assert come_back(retry_after, NOW) == words


@pytest.mark.parametrize(
    ("status", "cause"), [(401, "refused"), (429, "limited"), (404, "lost"), (500, "refused"), (503, "lost")]
)
def test_status_tells_the_cause(status: int, cause: str) -> None:
    assert of_status(Answer("POST /mcp", status, 1.0), "200").cause == cause


@pytest.mark.parametrize(
    ("text", "status", "retry_after"),
    [
        (
            'Error calling t. Status code: 429. Response: {"error": {"code": "X", "message": "m", "retry_after": 9}}',
            429,
            "9",
        ),
        ("Error calling t. Status code: 500. Response: oops", 500, None),
        ("Error calling t. Status code: 401. Response: {", 401, None),
        ("Error calling t. Status code: 400. Response: {}", None, None),
        ("Error calling t. Status code: 404. Response: {}", None, None),
        ("no status at all", None, None),
    ],
)
def test_refusal_is_read_from_the_text_of_an_error(text: str, status: int | None, retry_after: str | None) -> None:
    found = refusal_in("t", text)

    assert (found.status if found else None, found.retry_after if found else None) == (status, retry_after)


@pytest.mark.parametrize(
    ("samples", "p50", "p95"),
    [
        ((5.0,), 5.0, 5.0),
        ((1.0, 2.0), 1.0, 2.0),
        ((4.0, 1.0, 3.0, 2.0, 5.0), 3.0, 5.0),
        (tuple(map(float, range(1, 101))), 50.0, 95.0),
    ],
)
def test_percentiles_are_by_nearest_rank(samples: tuple[float, ...], p50: float, p95: float) -> None:
    latency = Latency("t", samples, 0)

    assert (latency.percentile(0.5), latency.percentile(0.95)) == (p50, p95)


def test_errors_are_not_timed_as_answers() -> None:
    replies = [
        Reply("t", {}, 3.0),
        Reply("t", {}, 1.0, is_error=True),
        Reply("t", {}, 2.0, failure=Failure("lost", "x")),
    ]

    measured = latencies(replies, ["t", "u"])

    assert measured == [Latency("t", (3.0,), 2), Latency("u", (), 0)]
    assert math.isnan(measured[1].percentile(0.5))


@pytest.mark.parametrize(("days", "warns"), [(13.9, True), (14.0, False), (90.0, False)])
def test_certificate_is_about_to_expire_two_weeks_before(days: float, warns: bool) -> None:
    certificate = Certificate("knowledge.example", NOW + timedelta(days=days))

    assert bool(expiry_in_words(certificate, NOW)) is warns


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["alone", "two workers"])
def test_run_leaves_its_baseline_within_its_budget(workers: tuple[str, ...], healthy: World, tmp_path: Path) -> None:
    mcp_chaos.healthy(healthy)

    run = healthy.run("mcp", tmp_path / "reports", *workers)

    assert run.verdict is not None, run.output
    assert run.verdict["verdict"] == "PASS", run.messages
    [attached] = run.verdict["attachments"]
    assert (attached["name"], attached["item"]) == (FILE_NAME, "2.3.4")
    tools = json.loads((tmp_path / "reports" / "mcp" / FILE_NAME).read_text(encoding="utf-8"))["tools"]
    assert {name: each["n"] for name, each in tools.items()} == {
        "search_knowledge": 6,
        "get_decisions": 5,
        "get_patterns": 5,
        "get_warnings": 5,
        "get_methodologies": 5,
        "list_sources": 1,
    }
    spent = re.search(r"requests (\d+) \(budget: below \d+\), (\d+) of them /health", run.output)
    assert spent, run.output
    assert int(spent[1]) < BUDGET
    assert int(spent[2]) <= 5


def test_run_on_the_reference_release_leaves_no_process_behind(tmp_path: Path) -> None:
    """All that a run starts stays in its process group, which is gone when nobody is left in it."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--report-dir={tmp_path}", "-m", "mcp"]
    with subprocess.Popen(command, cwd=world.SUITE, start_new_session=True, stdout=subprocess.PIPE, text=True) as run:
        said, _ = run.communicate(timeout=120)

    assert run.returncode == 0, said
    page = (tmp_path / "mcp" / "signoff.html").read_text(encoding="utf-8")
    plotted = re.findall(r"<figcaption>response time of (\w+): ", page)
    assert sorted(plotted) == sorted(tool for tool in KINDS), "a plot for each tool"
    with pytest.raises(ProcessLookupError):
        os.killpg(run.pid, 0)


def test_two_gates_of_one_run_share_what_they_ask(healthy: World, tmp_path: Path) -> None:
    mcp_chaos.healthy(healthy)

    run = healthy.run("smoke or mcp", tmp_path / "reports")

    assert run.status == 0, run.output
    spent = re.search(r"requests (\d+) \(budget: below \d+\), (\d+) of them /health", run.output)
    assert spent, run.output
    assert int(spent[1]) < BUDGET
    assert int(spent[2]) == 5


def test_budget_of_the_public_tier_is_enough_for_a_run(tmp_path: Path) -> None:
    server = start("--rate-limit", "100")
    try:
        mcp_chaos.wait_for(server.url)
        there = world.make(tmp_path / "world", server.url)
        mcp_chaos.healthy(there)
        run = there.run("mcp", tmp_path / "reports")
    finally:
        server.stop()

    assert run.status == 0, run.output
