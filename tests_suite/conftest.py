"""What the suite's own tests share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from fixtures.reference.process import ReferenceServer, start
from tests_suite.faults import world
from tests_suite.faults.world import World


@pytest.fixture(scope="session")
def reference_server() -> Iterator[ReferenceServer]:
    """One reference server for all tests that only need a healthy one, with a budget that they cannot use up."""
    server = start("--rate-limit", "1000000")
    yield server
    server.stop()


@pytest.fixture
def healthy(tmp_path: Path, reference_server: ReferenceServer) -> World:
    """A world in which every check passes."""
    return world.make(tmp_path / "world", reference_server.url)
