"""How much the suite adds to a call of the bare `mcp` client, and how long `-m mcp` takes on the reference release.

    python -m tests_suite.benchmarks.mcp

Both clients ask the same server, in turns, so that whatever else the machine does hits both. Exit status 1 where a
limit is exceeded.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import anyio
import httpx
from mcp.client.session import ClientSession
from mcp.client.sse import sse_client

from fixtures.knowledge.recorded import arguments_for
from fixtures.knowledge.server import trust_for
from fixtures.knowledge.wire import Dial, conversation
from fixtures.reference.process import start
from tests_suite.benchmarks.commandline import parser as parser_of

ROUNDS = 400
WARM_UP = 40
RUNS = 3
MOST_OVERHEAD = 0.10
LONGEST_RUN_SECONDS = 6.0
TOOL, QUERY = "get_patterns", "RAG architecture patterns"
SUITE = Path(__file__).parents[2]


async def _milliseconds(call: Callable[[], Awaitable[object]]) -> float:
    started = time.perf_counter()
    await call()
    return (time.perf_counter() - started) * 1000


async def _in_turns(url: str) -> tuple[list[float], list[float]]:
    arguments = arguments_for(TOOL, QUERY)
    dial = Dial(url, {}, 10.0, trust_env=False, tls=trust_for(url), sent=lambda _: None)
    bare: list[float] = []
    measured: list[float] = []
    async with (
        sse_client(url) as (incoming, outgoing),
        ClientSession(incoming, outgoing) as session,
        conversation(dial, "sse") as held,
    ):
        await session.initialize()
        await session.list_tools()  # else the client asks for the list in its first call
        for number in range(ROUNDS + WARM_UP):
            pair = [
                (bare, lambda: session.call_tool(TOOL, arguments)),
                (measured, lambda: held.call(TOOL, arguments, 10.0)),
            ]
            for samples, call in pair if number % 2 else reversed(pair):
                milliseconds = await _milliseconds(call)
                if number >= WARM_UP:
                    samples.append(milliseconds)
    return bare, measured


def overhead() -> float:
    """How much longer the median of a measured call is than that of a bare one, as a share."""
    server = start("--rate-limit", "1000000")
    try:
        with httpx.Client(trust_env=False) as client:
            client.get(f"{server.url}/health", timeout=30).raise_for_status()
        bare, measured = anyio.run(_in_turns, f"{server.url}/mcp")
    finally:
        server.stop()
    share = statistics.median(measured) / statistics.median(bare) - 1
    print(f"bare mcp client  {statistics.median(bare):7.3f} ms (median of {len(bare)})")
    print(f"measured call    {statistics.median(measured):7.3f} ms: {share:+.1%} (limit {MOST_OVERHEAD:+.0%})")
    return share


def run_seconds() -> float:
    """The quickest of some runs of the whole gate on the reference release, start-up included."""
    seconds = []
    for _ in range(RUNS):
        started = time.perf_counter()
        subprocess.run([sys.executable, "-m", "pytest", "-m", "mcp", "-q"], cwd=SUITE, check=True, capture_output=True)
        seconds.append(time.perf_counter() - started)
    each = ", ".join(f"{one:.2f}" for one in seconds)
    print(f"pytest -m mcp    {min(seconds):7.2f} s (of {each}; limit {LONGEST_RUN_SECONDS:g} s)")
    return min(seconds)


if __name__ == "__main__":
    parser_of("mcp", __doc__).parse_args()
    too_much = overhead() > MOST_OVERHEAD
    too_long = run_seconds() > LONGEST_RUN_SECONDS
    sys.exit(1 if too_much or too_long else 0)
