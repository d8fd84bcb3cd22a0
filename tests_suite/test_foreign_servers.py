"""The mcp gate on servers that are not of the suite's making: `fastapi-mcp`, as in production, and `fastmcp`.

They need other versions of libraries than the suite (`fastapi-mcp` wants mcp < 2), so each lives in an environment of
its own, made from PyPI once and kept in a cache folder. Only run when asked for: `pytest -m foreign_servers`.
"""

from __future__ import annotations

import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests_suite.environments import environment_with
from tests_suite.faults import mcp_chaos, world
from tests_suite.faults.world import SUITE

FASTAPI_MCP = ("fastapi-mcp==0.4.0", "mcp==1.30.0", "fastapi==0.165.0", "starlette==1.10.0", "uvicorn==0.54.0")
FASTMCP = ("fastmcp==4.1.0", "mcp==2.3.0", "starlette==1.10.0", "uvicorn==0.54.0")
SERVERS = [
    ("tests_suite.foreign.fastapi_mcp_server", FASTAPI_MCP, "sse"),
    ("tests_suite.foreign.fastapi_mcp_server", FASTAPI_MCP, "http"),
    ("tests_suite.foreign.fastmcp_server", FASTMCP, "sse"),
    ("tests_suite.foreign.fastmcp_server", FASTMCP, "http"),
]
STARTING_SECONDS = 60.0


@contextmanager
def serving(python: Path, module: str, transport: str) -> Iterator[str]:
    """The address of a server that answers, for as long as the block lasts."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address, port = listener.getsockname()
        process = subprocess.Popen(
            [str(python), "-m", module, str(listener.fileno()), transport],
            cwd=SUITE,
            env={**os.environ, "PYTHONPATH": str(SUITE)},
            pass_fds=(listener.fileno(),),
            stdout=subprocess.DEVNULL,  # a pipe that nobody reads fills up
            stderr=subprocess.DEVNULL,
        )
    try:
        with socket.create_connection((address, port)) as asking:
            asking.settimeout(STARTING_SECONDS)
            asking.sendall(b"GET /health HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n\r\n")
            assert asking.recv(100).startswith(b"HTTP/1.1 200"), "the server answers, but not well"
        yield f"http://{address}:{port}"
    finally:
        process.kill()
        process.wait()


@pytest.mark.foreign_servers
@pytest.mark.parametrize(
    ("module", "pins", "transport"), SERVERS, ids=[f"{m.rpartition('.')[2]}-{t}" for m, _, t in SERVERS]
)
def test_gate_passes_on_a_server_of_another_make(
    module: str, pins: tuple[str, ...], transport: str, tmp_path: Path
) -> None:
    python = environment_with(pins)
    with serving(python, module, transport) as url:
        there = world.make(tmp_path / "world", url)
        mcp_chaos.point_at(there, url)
        there.target["knowledge"]["timeout_seconds"] = 10
        if transport == "http":
            path = there.claude / ".mcp.json"
            path.write_text(path.read_text(encoding="utf-8").replace('"sse"', '"http"'), encoding="utf-8")
        started = time.monotonic()

        run = there.run("mcp", tmp_path / "reports")

    assert run.verdict is not None, run.output
    assert set(run.outcomes.values()) == {"passed"}, f"{run.messages}\n{run.output}"
    session = run.verdict["target"]["subjects"]["knowledge session"]
    assert session["transport"] == {"sse": "HTTP+SSE", "http": "Streamable HTTP"}[transport]
    assert time.monotonic() - started < 60
