"""Every fault of the first hour trips exactly its items of the monitoring gate."""

from __future__ import annotations

import re
from pathlib import Path

import httpx
import pytest

from tests_suite.faults import hour, mcp_chaos, monitoring
from tests_suite.faults.proof import prove
from tests_suite.faults.sick_server import Exchange, SickServer, answer, forward
from tests_suite.faults.world import Fault, World, run_gate

FAULTS = monitoring.FAULTS
ITEMS = ("3.1.1", "3.1.2", "3.1.3", "3.1.4")


@pytest.mark.parametrize("fault", FAULTS, ids=[fault.name for fault in FAULTS])
def test_fault_of_the_first_hour_trips_exactly_its_items(fault: Fault, over: World, tmp_path: Path) -> None:
    prove(fault, over, tmp_path / "reports")


def test_recorded_hour_passes_by_the_limits_of_the_plan(over: World, tmp_path: Path) -> None:
    run = over.run("monitoring", tmp_path / "reports")

    assert run.status == 0, run.output
    assert run.outcomes == dict.fromkeys(ITEMS, "passed"), run.messages
    assert "going on with the watch that began at" in run.output
    assert "13 of 13 probes answered; with 95 % confidence the server was available at least 79.4 %" in run.output
    assert run.verdict is not None
    assert run.verdict["target"]["overrides"] == []
    assert {each["name"] for each in run.verdict["attachments"]} >= {"metrics.prom", "samples.jsonl"}


def test_watch_of_a_healthy_world_passes(over: World, tmp_path: Path) -> None:
    hour.live()(over)

    run = over.run("monitoring", tmp_path / "reports")

    assert run.outcomes == dict.fromkeys(ITEMS, "passed"), f"{run.messages}\n{run.output}"
    assert "watching for 3.0 s: 4 samples, one every 1 s, 1 smoke run" in run.output


def test_session_that_the_host_ends_after_a_quarter_of_an_hour_is_a_fact(over: World, tmp_path: Path) -> None:
    """Railway ends every request after 15 minutes; over the event stream of the older transport a session is one."""
    hour.keep(over, monitoring.session("reopened", "the session ended after 15 min and was opened again: it was cut"))

    run = over.run("monitoring", tmp_path / "reports")

    assert run.outcomes == dict.fromkeys(ITEMS, "passed"), run.messages
    assert run.messages == ""
    assert "monitoring: the MCP session was opened again 2 times, as clients do, last: the session ended" in run.output
    assert run.verdict is not None
    samples = (tmp_path / "reports" / "monitoring" / "samples.jsonl").read_text(encoding="utf-8")
    assert samples.count('"event":"reopened"') == 2


def test_session_that_the_server_forgets_over_every_pause_is_a_fact(over: World, tmp_path: Path) -> None:
    """Streamable HTTP: a client has to open another session where one is answered with 404."""
    seen: set[bytes] = set()

    def forgets(exchange: Exchange) -> None:
        session = b"".join(re.findall(rb"(?i)mcp-session-id: *(\S+)", exchange.head))
        asks = (exchange.rpc().get("params") or {}).get("name") == "search_knowledge"
        (answer(404, "Session not found") if asks and session in seen else forward)(exchange)
        seen.update({session} if asks else ())

    with over.running:
        mcp_chaos.other_server("--transport", "http", "--rate-limit", "10000")(over)
        hour.behind({"POST /mcp": forgets})(over)

        run = over.run("monitoring", tmp_path / "reports")

    assert run.outcomes == dict.fromkeys(ITEMS, "passed"), f"{run.messages}\n{run.output}"
    assert run.messages == ""
    assert "monitoring: the MCP session was opened again 3 times, as clients do" in run.output


@pytest.mark.parametrize("arguments", [(), ("-n2",)], ids=["in one process", "in two workers"])
def test_reference_is_watched_for_seconds(arguments: tuple[str, ...], tmp_path: Path) -> None:
    run = run_gate("monitoring", *arguments, reports=tmp_path / "reports")

    assert run.status == 0, run.output
    assert run.outcomes == dict.fromkeys(ITEMS, "passed"), run.messages
    assert run.output.count("watching for") == 1, run.output
    assert len(list((tmp_path / "reports" / "watch").glob("*.jsonl"))) == 1


def test_faults_have_names_of_their_own_and_reach_every_item() -> None:
    names = [fault.name for fault in FAULTS]

    assert len(names) == len(set(names)) >= 60
    failed = {item for fault in FAULTS for item, outcome in fault.trips.items() if outcome == "failed"}
    assert failed >= {"3.1.1", "3.1.3", "3.1.4"}


def test_fault_of_one_tool_remembers_nothing_of_the_world_before() -> None:
    """A pair may have been proved in this process already."""
    behaviours = {"POST /mcp": hour.on_tool("get_warnings", answer(500), first=2)}
    message = {"method": "tools/call", "params": {"name": "get_warnings"}}

    def statuses() -> list[int]:
        with SickServer("", {"*": answer(200)}) as healthy, SickServer(healthy.url, behaviours) as sick:
            return [httpx.post(f"{sick.url}/mcp", json=message, trust_env=False).status_code for _ in range(3)]

    assert (statuses(), statuses()) == ([200, 500, 500], [200, 500, 500])
