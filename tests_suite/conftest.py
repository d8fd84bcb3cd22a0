"""What the suite's own tests share."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from fixtures.reference.process import ReferenceServer, start
from tests_suite.faultmatrix import (
    pytest_addoption,
    pytest_runtest_logreport,
    pytest_runtest_makereport,
    pytest_terminal_summary,
)
from tests_suite.faults import hour, world
from tests_suite.faults.world import World
from tests_suite.reference_servers import data, server, sse, streamable

__all__ = [
    "data",
    "pytest_addoption",
    "pytest_runtest_logreport",
    "pytest_runtest_makereport",
    "pytest_terminal_summary",
    "server",
    "sse",
    "streamable",
]  # fixtures and hooks

NEEDING_A_REGISTRY = (
    "real_bmad",
    "foreign_servers",
    "live_database",
    "real_prometheus",
    "actionlint",
    "browser",
    "installation",
    "alternatives",
    "other_pythons",
)


@pytest.fixture(scope="session", autouse=True)
def _interruptible() -> Iterator[None]:
    """Let what the tests start hear Ctrl-C, also where this run was started in the background, which ignores it."""
    ignored = signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    if ignored:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    if ignored:
        signal.signal(signal.SIGINT, signal.SIG_IGN)


@pytest.fixture(scope="session")
def reference_server() -> Iterator[ReferenceServer]:
    """One reference server for all tests that only need a healthy one, with a budget that they cannot use up."""
    server = start("--rate-limit", "1000000")
    yield server
    server.stop()


@pytest.fixture(scope="session")
def staging_server() -> Iterator[ReferenceServer]:
    """Another one, for the staging environments of all worlds."""
    server = start("--rate-limit", "1000000")
    yield server
    server.stop()


@pytest.fixture
def healthy(tmp_path: Path, reference_server: ReferenceServer) -> World:
    """A world in which every check passes."""
    return world.make(tmp_path / "world", reference_server.url)


@pytest.fixture
def over(healthy: World) -> World:
    """A healthy world whose first hour was watched."""
    hour.hour(healthy)
    return healthy


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out, and say so, what needs a registry on the network, unless it is asked for by its marker."""
    unasked = [marker for marker in NEEDING_A_REGISTRY if marker not in config.getoption("markexpr")]
    left_out = [item for item in items if any(item.get_closest_marker(marker) for marker in unasked)]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]
