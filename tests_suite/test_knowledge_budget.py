"""The smoke gate spends little of the server's budget: five questions about its health and one handshake."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from fixtures.reference.process import ReferenceServer, start
from tests_suite.faults.sick_server import SickServer
from tests_suite.faults.world import World

EVENTS = [("POST", "/mcp"), ("GET", "/mcp"), ("POST", "/mcp/messages/"), ("POST", "/mcp/messages/")]
STREAMABLE = [("POST", "/mcp"), ("POST", "/mcp"), ("DELETE", "/mcp")]
NOTED_LATE = 0.02  # seconds; a thread of the server notes the end of an answer after the client has read it
HEALTH = ("GET", "/health")


@pytest.fixture(scope="module")
def streamable_server() -> Iterator[ReferenceServer]:
    """A reference server that speaks the newer transport."""
    server = start("--transport", "http", "--rate-limit", "1000000")
    yield server
    server.stop()


@pytest.fixture
def in_front(healthy: World) -> Iterator[Callable[[str], SickServer]]:
    """Puts a server that only counts in front of another one, in a healthy world."""

    def put(upstream: str) -> SickServer:
        server = healthy.running.enter_context(SickServer(upstream, {}))
        healthy.target["knowledge"]["url"] = server.url
        return server

    with healthy.running:
        yield put


@pytest.mark.parametrize("options", [(), ("-n", "2")], ids=str)
def test_smoke_asks_five_times_for_health_and_shakes_hands_once(
    healthy: World,
    in_front: Callable[[str], SickServer],
    reference_server: ReferenceServer,
    tmp_path: Path,
    options: tuple[str, ...],
) -> None:
    server = in_front(reference_server.url)

    run = healthy.run("smoke", tmp_path / "reports", *options)

    assert run.status == 0, run.output
    assert requests_of(server) == [HEALTH] * 5 + EVENTS


def test_smoke_over_streamable_http_takes_three_requests_for_the_handshake(
    healthy: World, in_front: Callable[[str], SickServer], streamable_server: ReferenceServer, tmp_path: Path
) -> None:
    server = in_front(streamable_server.url)

    run = healthy.run("smoke", tmp_path / "reports")

    assert run.status == 0, run.output
    assert requests_of(server) == [HEALTH] * 5 + STREAMABLE


@pytest.mark.parametrize("options", [(), ("-n", "2")], ids=str)
def test_nothing_is_timed_while_or_after_another_connection_ends(
    healthy: World,
    in_front: Callable[[str], SickServer],
    reference_server: ReferenceServer,
    tmp_path: Path,
    options: tuple[str, ...],
) -> None:
    """Closing an event stream blocks real servers for half a second."""
    server = in_front(reference_server.url)

    healthy.run("smoke", tmp_path / "reports", *options)

    asked = [seen for seen in server.seen if (seen.method, seen.path) == HEALTH]
    shaken = [seen for seen in server.seen if seen.path.startswith("/mcp")]
    assert asked
    assert shaken
    assert max(seen.ended for seen in asked) <= min(seen.started for seen in shaken) + NOTED_LATE
    assert all(one.ended <= next_one.started + NOTED_LATE for one, next_one in itertools.pairwise(asked))


@pytest.mark.parametrize("test", ["speaks_mcp", "answers_quickly", "is_healthy"])
def test_a_single_check_asks_for_no_more_than_the_whole_gate(
    healthy: World,
    in_front: Callable[[str], SickServer],
    reference_server: ReferenceServer,
    tmp_path: Path,
    test: str,
) -> None:
    server = in_front(reference_server.url)

    healthy.run("smoke", tmp_path / "reports", "-k", test)

    assert requests_of(server)[:5] == [HEALTH] * 5
    assert requests_of(server)[5:] in ([], EVENTS)


def requests_of(server: SickServer) -> list[tuple[str, str]]:
    """What was asked, in that order."""
    return [(seen.method, seen.path) for seen in server.seen]
