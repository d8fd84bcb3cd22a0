"""Every fault of a knowledge server ends in the right verdict of the mcp gate, names its cause, and ends in time."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from fixtures.knowledge.recorded import BUDGET
from fixtures.reference.process import ReferenceServer, start
from tests_suite.faults import mcp_answers, mcp_chaos, mcp_config, mcp_endpoint, mcp_integrity, mcp_session, world
from tests_suite.faults.sick_server import answer, forward_to
from tests_suite.faults.world import Fault, edit

FAULTS = [*mcp_endpoint.FAULTS, *mcp_config.FAULTS, *mcp_session.FAULTS, *mcp_answers.FAULTS, *mcp_integrity.FAULTS]


KEY = "kp_0123456789abcdef0123456789abcdef"
BEARER = "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJnYXRlIn0."
COOKIE = "session=c00c1e5e55i0n; HttpOnly"
TOKEN = "t0ken-in-a-redirect"
LONGEST_SECONDS = 45.0  # of a gate on a sick server; a tenth of it where nothing else keeps the machine busy


def expected_verdict(fault: Fault) -> str:
    """What a gate says when an item comes out like this."""
    outcomes = set(fault.trips.values())
    if "failed" in outcomes:
        return "FAIL"
    if "missing" in outcomes:
        return "INCOMPLETE"
    return "DEGRADE" if "degraded" in outcomes else "PASS"


@pytest.mark.parametrize("fault", FAULTS, ids=[fault.name for fault in FAULTS])
def test_fault_of_a_knowledge_server_trips_exactly_its_items(
    fault: Fault, tmp_path: Path, reference_server: ReferenceServer
) -> None:
    broken = world.make(tmp_path / "world", reference_server.url)
    with broken.running:
        fault.breaks(broken)

        run = broken.run("mcp", tmp_path / "reports")

    assert run.verdict is not None, run.output
    unexpected = {item: outcome for item, outcome in run.outcomes.items() if outcome != fault.trips.get(item, "passed")}
    assert not unexpected, f"{run.messages}\n{run.output}"
    assert run.verdict["verdict"] == expected_verdict(fault), run.output
    missing = [text for text in fault.says if text not in run.messages]
    assert not missing, f"{missing}\n{run.messages}"
    assert "Traceback" not in run.output, run.output
    assert "the check itself broke" not in run.output, run.output
    in_gate = sum(item["seconds"] for item in run.verdict["items"])
    assert in_gate < LONGEST_SECONDS, f"took {in_gate:.1f} s"
    spent = re.search(r"requests (\d+) \(budget", run.output)
    assert spent, run.output
    assert int(spent[1]) < BUDGET, "the gate hammers a sick server"


def test_healthy_world_passes_the_mcp_gate(healthy: world.World, tmp_path: Path) -> None:
    mcp_chaos.healthy(healthy)

    run = healthy.run("mcp", tmp_path / "reports")

    assert run.status == 0, run.output
    assert set(run.outcomes.values()) == {"passed"}, run.messages


MOVED = {
    "the event stream": ((), {"GET /mcp": answer(301, location="/mcp/"), "GET /mcp/": forward_to("/mcp")}),
    "Streamable HTTP": (
        ("--transport", "http"),
        {
            f"{method} /mcp{slash}": behaviour
            for method in ("POST", "DELETE")
            for slash, behaviour in (("", answer(307, location="/mcp/")), ("/", forward_to("/mcp")))
        },
    ),
}


@pytest.mark.parametrize("transport", MOVED)
def test_server_that_sends_on_to_another_address_is_asked_there(transport: str, tmp_path: Path) -> None:
    """As frameworks do that mount a server under a path; a request more for each request would spend the budget."""
    options, behaviours = MOVED[transport]
    method = "POST" if options else "GET"
    server = start("--rate-limit", "1000", *options)
    try:
        there = world.make(tmp_path / "world", server.url)
        with there.running:
            mcp_chaos.wait_for(server.url)
            sick = mcp_chaos.sick(there, behaviours)
            if "http" in options:
                edit(there.claude / ".mcp.json", '"sse"', '"http"')

            run = there.run("mcp", tmp_path / "reports")

            assert sum((each.method, each.path) == (method, "/mcp") for each in sick.seen) == 1
    finally:
        server.stop()
    assert run.outcomes["2.3.5"] == "passed", run.messages
    assert run.verdict is not None
    assert run.verdict["verdict"] == "PASS", run.messages


def test_no_key_token_or_cookie_reaches_a_report(tmp_path: Path) -> None:
    """The server quotes the key that it was sent, sets cookies, and redirects with a token."""
    server = start("--api-key", KEY)
    try:
        mcp_chaos.wait_for(server.url)
        there = world.make(tmp_path / "world", server.url)
        with there.running:
            refused = answer(500, {"error": {"code": "E", "message": f"X-API-Key: {KEY}, {BEARER}"}}, set_cookie=COOKIE)
            moved = answer(307, b"", location=f"http://elsewhere.example/a?token={TOKEN}", set_cookie=COOKIE)
            mcp_chaos.sick(there, {"GET /get_patterns": refused, "GET /get_decisions": moved})
            there.target["knowledge"]["api_key"] = KEY
            run = there.run("mcp", tmp_path / "reports")
    finally:
        server.stop()

    written = [run.output, *(path.read_text("utf-8") for path in (tmp_path / "reports").rglob("*") if path.is_file())]
    assert "elsewhere.example/a" in run.messages, run.messages
    assert {"2.3.1": "failed", "2.3.3": "passed"}.items() <= run.outcomes.items(), run.messages
    for secret in (KEY, BEARER.split()[1], COOKIE.partition(";")[0], TOKEN):
        assert not any(secret in text for text in written), secret


def test_there_are_at_least_seventy_faults_with_names_of_their_own() -> None:
    names = [fault.name for fault in FAULTS]

    assert len(names) >= 70
    assert len(names) == len(set(names))
