"""Reference servers for the tests of the reference server: started, asked and ended."""

from __future__ import annotations

import contextlib
import json
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from fixtures.reference.tools import TOOLS

ROOT = Path(__file__).parents[1]
KEY = "kp_0123456789abcdef0123456789abcdef"
SEPARATED = "Rerank\u2028what was retrieved 🚀 שלום"
# Each client would load the machine's certificates, which takes longer than any answer on loopback.
NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
PLAN_QUERIES = (
    "RAG architecture patterns",
    "fine-tuning best practices",
    "embedding model selection",
    "prompt engineering",
    "evaluation metrics",
)
GOOD_ARGUMENTS: dict[str, dict[str, Any]] = {
    "search_knowledge": {"query": "rerank", "limit": 5},
    "get_decisions": {"topic": "vector index"},
    "get_patterns": {"topic": "retrieval"},
    "get_warnings": {"topic": "tuning"},
    "get_methodologies": {},
    "list_sources": {"limit": 2},
    "compare_sources": {"topic": "retrieval tuning", "source_ids": ["src-a", "src-b"]},
}
EXTRACTION = {"id", "topics", "source_title", "source_id", "chunk_id"}
FIELDS = {
    "search_knowledge": {"id", "score", "type", "content", "source"},
    "get_decisions": EXTRACTION | {"question", "options", "considerations", "recommended_approach"},
    "get_patterns": EXTRACTION | {"name", "problem", "solution", "code_example", "context", "trade_offs"},
    "get_warnings": EXTRACTION | {"title", "description", "symptoms", "consequences", "prevention"},
    "get_methodologies": EXTRACTION | {"name", "steps", "prerequisites", "outputs"},
    "list_sources": {"id", "title", "authors", "type", "path", "ingested_at", "status", "extraction_counts"},
    "compare_sources": {"source_id", "source_title", "extractions"},
}


@dataclass(frozen=True)
class Running:
    """A server that has said it is ready."""

    url: str
    process: subprocess.Popen[str]
    seconds_to_ready: float

    def client(self, **headers: str) -> httpx.Client:
        return httpx.Client(base_url=self.url, headers=headers, timeout=5, verify=NO_TLS)

    def ask(self, tool: str, **arguments: Any) -> httpx.Response:
        with self.client() as client:
            return client.request(TOOLS[tool].method, f"/{tool}", params=arguments)


@contextlib.contextmanager
def started(data: Path, *flags: str) -> Iterator[Running]:
    """A server on a socket that this process made, ended through its stdin."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        descriptor = listener.fileno()
        command = [sys.executable, "-m", "fixtures.reference.server", "--fd", str(descriptor), "--data", str(data)]
        begun = time.perf_counter()
        process = subprocess.Popen(
            [*command, "--watch-stdin", *flags],
            cwd=ROOT,
            pass_fds=[descriptor],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
    assert process.stdin
    assert process.stdout
    with process.stdin, process.stdout:
        try:
            line = process.stdout.readline()
            assert line.startswith("ready http://127.0.0.1:"), f"{line!r}, exit status {process.poll()}"
            yield Running(line.split()[1], process, time.perf_counter() - begun)
            process.stdin.close()
            process.wait(5)
        finally:
            process.kill()
            process.wait()


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A knowledge base small enough to know every answer by heart."""

    def source(letter: str, title: str) -> dict[str, Any]:
        about = {"authors": ["A. Author"], "type": "book", "path": "a.pdf", "status": "complete"}
        return {"id": f"src-{letter}", "title": title, "ingested_at": "2026-01-02T00:00:00Z", **about}

    def chunk(number: int, content: str) -> dict[str, Any]:
        where = {"source_id": "src-a", "position": {"chapter": "1", "section": None, "page": number}}
        return {"id": f"chunk-{number}", "topics": [], "content": content, **where}

    def extraction(row_id: str, letter: str, **fields: Any) -> dict[str, Any]:
        return {"id": row_id, "topics": ["retrieval"], "source_id": f"src-{letter}", "chunk_id": "chunk-1", **fields}

    decision = {"options": ["HNSW", "flat"], "considerations": ["recall"], "recommended_approach": "Measure first."}
    pattern = {"name": "Two stages", "problem": "Noise", "solution": "Rerank", "code_example": "x = 1"} | {
        "context": "Large corpora",
        "trade_offs": ["Latency"],
    }
    warning = {"description": "It forgets", "symptoms": ["s"], "consequences": ["c"], "prevention": "Mix the data."}
    methodology = {"name": "Evaluate", "steps": ["Collect", "Score"], "prerequisites": [], "outputs": ["Report"]}
    files = {
        "sources": [source("a", "Alpha"), source("b", "Beta – 評価"), source("c", "Gamma")],
        "chunks": [chunk(1, SEPARATED), chunk(2, "Rerank, rerank and rerank again"), chunk(3, "Évaluer souvent")],
        "decisions": [extraction(f"dec-{n}", "a", question="Which vector index?", **decision) for n in (3, 1, 2)],
        "patterns": [extraction("pat-1", "b", **pattern)],
        "warnings": [extraction("warn-1", "b", title="Fine-tuning on too little", **warning)],
        "methodologies": [extraction("meth-1", "b", **methodology)],
    }
    folder = tmp_path_factory.mktemp("knowledge")
    for name, rows in files.items():
        lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        (folder / f"{name}.jsonl").write_text(lines, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def sse(data: Path) -> Iterator[Running]:
    with started(data, "--rate-limit", "10000", "--api-key", KEY) as server:
        yield server


@pytest.fixture(scope="module")
def streamable(data: Path) -> Iterator[Running]:
    with started(data, "--rate-limit", "10000", "--transport", "http", "--api-key", KEY) as server:
        yield server


@pytest.fixture(scope="module", params=["sse", "streamable"])
def server(request: pytest.FixtureRequest) -> Running:
    running: Running = request.getfixturevalue(request.param)
    return running


@contextlib.asynccontextmanager
async def session(
    server: Running, headers: dict[str, str] | None = None, created: Callable[[str], None] | None = None
) -> AsyncIterator[Any]:
    """An MCP session after its handshake, over whichever transport the server speaks."""
    # Imported here, because it takes half a second, which whoever collects the tests need not wait for.
    import httpx2
    from mcp.client.session import ClientSession
    from mcp.client.sse import sse_client
    from mcp.client.streamable_http import streamable_http_client

    async with contextlib.AsyncExitStack() as stack:
        if "http" in server.process.args:  # type: ignore[operator]
            client = await stack.enter_async_context(httpx2.AsyncClient(headers=headers, verify=NO_TLS))
            streams = streamable_http_client(f"{server.url}/mcp", http_client=client)
        else:
            streams = sse_client(f"{server.url}/mcp", headers=headers, on_session_created=created)
        incoming, outgoing = await stack.enter_async_context(streams)
        mcp = await stack.enter_async_context(ClientSession(incoming, outgoing, read_timeout_seconds=5))
        await mcp.initialize()
        yield mcp


def text_of(result: Any) -> str:
    assert [block.type for block in result.content] == ["text"]
    assert result.structured_content is None
    return str(result.content[0].text)
