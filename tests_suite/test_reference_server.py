"""The reference server against the formats of the production server, each time as a process of its own on loopback.

Most of the suite's other tests stand on this server, so what it answers is pinned down here to the field.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import socket
import sqlite3
import ssl
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest
from jsonschema import Draft202012Validator

from fixtures.reference import KNOWLEDGE, answers
from fixtures.reference.envelope import Refusal
from fixtures.reference.limits import HOUR, Access, Budget, Caller
from fixtures.reference.service import Service
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


def test_first_health_is_answered_long_before_mcp_is_loaded(data: Path) -> None:
    """Every run of the suite starts this server; the limit is generous, the usual value is an eighth of a second."""
    with started(data) as server, server.client() as client:
        assert client.get("/health").status_code == 200
        assert server.seconds_to_ready < 1.5


def test_health_names_both_databases(sse: Running) -> None:
    with sse.client() as client:
        answer = client.get("/health")
    body = answer.json()
    assert answer.status_code == 200
    assert list(body) == ["status", "timestamp", "version", "services"]
    assert (body["status"], body["services"]) == ("healthy", {"mongodb": "healthy", "qdrant": "healthy"})


def test_health_takes_a_few_milliseconds(sse: Running) -> None:
    with sse.client() as client:
        client.get("/mcp/nothing")  # answered only when MCP is loaded, so that the import is over
        taken = sorted(client.get("/health").elapsed.total_seconds() for _ in range(21))
    assert taken[10] < 0.02


@pytest.mark.parametrize("tool", TOOLS)
def test_every_tool_answers_in_the_envelope(sse: Running, tool: str) -> None:
    answer = sse.ask(tool, **GOOD_ARGUMENTS[tool])
    body = answer.json()
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert list(body) == ["results", "metadata"]
    assert list(body["metadata"]) == ["query", "sources_cited", "result_count", "search_type", "latency_ms"]
    assert body["results"], "nothing found, nothing verified"
    assert body["metadata"]["result_count"] == len(body["results"])
    assert [set(result) for result in body["results"]] == [FIELDS[tool]] * len(body["results"])


def test_search_results_name_their_source_and_position(sse: Running) -> None:
    body = sse.ask("search_knowledge", query="again").json()
    [result] = body["results"]
    assert (result["id"], result["type"], 0.5 < result["score"] < 1) == ("chunk-2", "chunk", True)
    assert result["source"] == {
        "source_id": "src-a",
        "chunk_id": "chunk-2",
        "title": "Alpha",
        "authors": ["A. Author"],
        "position": {"chapter": "1", "section": None, "page": 2},
    }
    assert body["metadata"]["sources_cited"] == ["Alpha"]


def test_the_best_match_comes_first_and_equals_follow_by_id(sse: Running) -> None:
    search = sse.ask("search_knowledge", query="rerank").json()["results"]
    assert [result["id"] for result in search] == ["chunk-2", "chunk-1", "pat-1"]
    assert [result["score"] for result in search] == sorted((r["score"] for r in search), reverse=True)
    decisions = sse.ask("get_decisions", topic="index").json()["results"]
    assert [result["id"] for result in decisions] == ["dec-1", "dec-2", "dec-3"]


def test_words_are_found_by_their_stem_and_without_accents(sse: Running) -> None:
    assert sse.ask("search_knowledge", query="EVALUER SOUVENT").json()["results"][0]["id"] == "chunk-3"
    assert sse.ask("search_knowledge", query="reranking").json()["metadata"]["result_count"] == 3


def test_list_sources_counts_what_came_from_each(sse: Running) -> None:
    counts = {source["id"]: source["extraction_counts"] for source in sse.ask("list_sources").json()["results"]}
    assert counts == {
        "src-a": {"decision": 3},
        "src-b": {"pattern": 1, "warning": 1, "methodology": 1},
        "src-c": {},
    }


@pytest.mark.parametrize(
    "query",
    [
        pytest.param("\u2028", id="line separator"),
        pytest.param("🚀", id="emoji"),
        pytest.param("שלום", id="right to left"),
        pytest.param("हिन्दी", id="combining marks"),
        pytest.param("ⅷ ½ 𞤀", id="younger than the tokenizer"),
        pytest.param('"a" OR b* NEAR(x y) {col}: ^z -', id="FTS5 syntax"),
        pytest.param("NOT", id="FTS5 operator"),
        pytest.param("'; DROP TABLE passages; --", id="SQL"),
        pytest.param("___", id="no word"),
        pytest.param("\x00", id="NUL"),
        pytest.param("é" * 3000, id="6 kB in one word"),
        pytest.param("🚀" * 1500, id="6 kB of emoji"),
        pytest.param(" ".join(f"w{number}" for number in range(1200)), id="6 kB of words"),
    ],
)
def test_no_query_breaks_the_search(sse: Running, query: str) -> None:
    """Users type what they like; none of it may reach the index as syntax, or be cut off on the way."""
    answer = sse.ask("search_knowledge", query=query)
    assert (answer.status_code, answer.json()["metadata"]["query"]) == (200, query)


def test_a_long_query_may_arrive_in_pieces(sse: Running) -> None:
    """6 kB of emoji are 18 kB in a URL, more than uvicorn keeps of a request whose head is not yet complete."""
    head = f"POST /search_knowledge?query={'%F0%9F%9A%80' * 1500} HTTP/1.1\r\nHost: x\r\n".encode()
    with socket.create_connection(("127.0.0.1", int(sse.url.rpartition(":")[2])), timeout=5) as connection:
        connection.sendall(head)
        time.sleep(0.05)
        connection.sendall(b"\r\n")
        assert connection.recv(15) == b"HTTP/1.1 200 OK"


@pytest.mark.parametrize(
    ("tool", "arguments", "faulty"),
    [
        ("search_knowledge", {}, "query.query"),
        ("search_knowledge", {"query": ""}, "query.query"),
        ("search_knowledge", {"query": "x", "limit": 0}, "query.limit"),
        ("search_knowledge", {"query": "x", "limit": 101}, "query.limit"),
        ("search_knowledge", {"query": "x", "limit": "ten"}, "query.limit"),
        ("get_decisions", {"limit": "1.5"}, "query.limit"),
        ("get_patterns", {"limit": 501}, "query.limit"),
        ("get_warnings", {"limit": -1}, "query.limit"),
        ("get_methodologies", {"limit": "9" * 5000}, "query.limit"),
        ("list_sources", {"limit": ""}, "query.limit"),
        ("compare_sources", {"topic": "x", "source_ids": ["src-a"]}, "query.source_ids"),
    ],
)
def test_bad_arguments_answer_400_and_are_named(
    sse: Running, tool: str, arguments: dict[str, Any], faulty: str
) -> None:
    answer = sse.ask(tool, **arguments)
    error = answer.json()["error"]
    assert answer.status_code == 400
    assert list(error) == ["code", "message", "details", "retry_after"]
    assert (error["code"], list(error["details"])) == ("VALIDATION_ERROR", [faulty])


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 404),
        ("GET", "/get_everything", 404),
        ("GET", "/mcp/nothing", 404),
        ("GET", "/compare_sources?topic=x&source_ids=src-a&source_ids=src-z", 404),
        ("GET", "/search_knowledge?query=rerank", 405),
        ("POST", "/get_decisions", 405),
        ("POST", "/mcp", 405),
    ],
)
def test_wrong_paths_and_methods_are_told_apart(sse: Running, method: str, path: str, status: int) -> None:
    with sse.client() as client:
        answer = client.request(method, path)
    assert answer.status_code == status
    if status == 404:
        assert answer.json()["error"]["code"] == "NOT_FOUND"
    else:
        assert answer.headers["allow"] in ("GET", "POST")


@pytest.mark.parametrize("path", ["/", "/health", "/list_sources", "/mcp", "/mcp/messages/", "/nothing"])
def test_a_wrong_key_answers_401_on_every_path(server: Running, path: str) -> None:
    with server.client(**{"X-API-Key": "kp_wrong"}) as client:
        answer = client.get(path)
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "UNAUTHORIZED")


def test_the_registered_key_is_welcome_over_both_transports(server: Running) -> None:
    async def call() -> Any:
        async with session(server, {"X-API-Key": KEY}) as mcp:
            return await mcp.call_tool("list_sources", {})

    with server.client(**{"X-API-Key": KEY}) as client:
        assert client.get("/health").status_code == 200
    assert not anyio.run(call).is_error


def test_require_key_turns_the_public_tier_away(data: Path) -> None:
    with started(data, "--api-key", KEY, "--require-key") as server, server.client() as client:
        assert [client.get(path).status_code for path in ("/", "/health", "/mcp")] == [401] * 3
        assert client.get("/health", headers={"X-API-Key": KEY}).status_code == 200


def test_a_used_up_budget_answers_429_over_rest_and_mcp(data: Path) -> None:
    """Only what the budget is for is charged: /health and the tools, over either way, but no handshake or mistake."""

    async def call(server: Running) -> tuple[str, list[str]]:
        async with session(server) as mcp:
            refused = await mcp.call_tool("list_sources", {})
            assert refused.is_error
            return text_of(refused), [tool.name for tool in (await mcp.list_tools()).tools]

    flags = ("--rate-limit", "3", "--api-key", KEY, "--registered-only", "get_patterns")
    with started(data, *flags) as server, server.client() as client:
        free = ["/", "/nothing", "/search_knowledge"]
        paid = ["/health", "/list_sources", "/get_patterns"]
        assert [client.get(path).status_code for path in free + paid] == [404, 404, 405, 200, 200, 403]
        over = client.get("/health")
        assert (over.status_code, over.headers["retry-after"]) == (429, "3600")
        assert (over.json()["error"]["code"], over.json()["error"]["retry_after"]) == ("RATE_LIMITED", 3600)
        assert client.get("/get_patterns", headers={"X-API-Key": KEY}).status_code == 200
        text, tools = anyio.run(call, server)
    assert text.startswith('Error calling list_sources. Status code: 429. Response: {"error":{"code":"RATE_LIMITED"')
    assert tools == list(TOOLS)


def test_the_budget_is_renewed_after_an_hour() -> None:
    budget, caller = Budget(public=1, registered=10), Caller("ip:127.0.0.1", registered=False)
    budget.spend(caller, now=0)
    with pytest.raises(Refusal):
        budget.spend(caller, now=HOUR - 1)
    budget.spend(caller, now=HOUR)


def test_without_mongodb_the_answers_are_hollow_and_health_says_so(data: Path) -> None:
    with started(data, "--mongodb", "down") as server:
        answered = {tool: server.ask(tool, **GOOD_ARGUMENTS[tool]) for tool in TOOLS}
        with server.client() as client:
            health = client.get("/health")
    bodies = {tool: answer.json() for tool, answer in answered.items()}
    assert {answer.status_code for answer in answered.values()} == {200}
    assert bodies["list_sources"]["results"] == bodies["compare_sources"]["results"] == []
    assert {(r["content"], r["source"]["title"]) for r in bodies["search_knowledge"]["results"]} == {("", "Unknown")}
    [methodology] = bodies["get_methodologies"]["results"]
    assert (methodology["name"], methodology["steps"], methodology["source_title"]) == ("Evaluate", [], "Unknown")
    assert [set(result) for result in bodies["get_decisions"]["results"]] == [FIELDS["get_decisions"]] * 3
    assert {tuple(body["metadata"]["sources_cited"]) for body in bodies.values()} == {()}
    assert (health.status_code, list(health.json())) == (503, ["status", "timestamp", "version", "services"])
    assert health.json()["services"] == {"mongodb": "unavailable", "qdrant": "healthy"}


def test_without_qdrant_nothing_is_found_and_health_says_so(data: Path) -> None:
    with started(data, "--qdrant", "down") as server:
        found = {tool: server.ask(tool, **GOOD_ARGUMENTS[tool]).json()["results"] for tool in TOOLS}
        with server.client() as client:
            health = client.get("/health")
    sources = found.pop("list_sources")
    assert list(found.values()) == [[]] * 6
    assert [source["extraction_counts"] for source in sources] == [{}, {}]
    assert (health.status_code, health.json()["services"]["qdrant"]) == (503, "unavailable")


def test_over_sse_the_stream_opens_with_the_endpoint_event(sse: Running) -> None:
    with sse.client() as client, client.stream("GET", "/mcp") as stream:
        lines = stream.iter_lines()
        opening = next(lines), next(lines)
    assert stream.headers["content-type"].startswith("text/event-stream")
    assert opening[0] == "event: endpoint"
    assert opening[1].startswith("data: /mcp/messages/?session_id=")


def test_over_streamable_http_a_plain_get_is_refused(streamable: Running) -> None:
    with streamable.client() as client:
        assert client.get("/mcp").status_code in (400, 406)


def test_a_foreign_host_name_is_refused(server: Running) -> None:
    with server.client(Host="evil.example") as client:
        assert client.get("/mcp").status_code == 421


def test_tools_are_listed_with_valid_schemas_and_no_output_schema(server: Running) -> None:
    async def listed() -> Any:
        async with session(server) as mcp:
            return (await mcp.list_tools()).tools

    tools = anyio.run(listed)
    assert [tool.name for tool in tools] == list(TOOLS)
    for tool in tools:
        Draft202012Validator.check_schema(tool.input_schema)
        Draft202012Validator(tool.input_schema).validate(GOOD_ARGUMENTS[tool.name])
        assert tool.description
        assert tool.output_schema is None


def test_mcp_and_rest_give_the_same_answers(server: Running) -> None:
    """U+2028 and emoji included, which the search for 'rerank' finds."""

    async def call() -> dict[str, Any]:
        async with session(server) as mcp:
            results = {tool: await mcp.call_tool(tool, GOOD_ARGUMENTS[tool]) for tool in TOOLS}
        assert not any(result.is_error for result in results.values())
        return {tool: json.loads(text_of(result)) for tool, result in results.items()}

    over_mcp = anyio.run(call)
    over_rest = {tool: server.ask(tool, **GOOD_ARGUMENTS[tool]).json() for tool in TOOLS}
    for body in (*over_mcp.values(), *over_rest.values()):
        del body["metadata"]["latency_ms"]
    assert over_mcp == over_rest
    assert SEPARATED in [result["content"] for result in over_mcp["search_knowledge"]["results"]]


def test_mcp_errors_carry_the_status_in_their_text_and_leave_the_session_usable(server: Running) -> None:
    async def call() -> list[Any]:
        async with session(server) as mcp:
            return [
                await mcp.call_tool("search_knowledge", {}),
                await mcp.call_tool("get_decisions", {"limit": True}),
                await mcp.call_tool("compare_sources", {"topic": "x", "source_ids": ["src-a", "src-z"]}),
                await mcp.call_tool("get_everything", {}),
                await mcp.call_tool("get_decisions", {"limit": "1"}),
            ]

    *refused, fine = anyio.run(call)
    errors = [text_of(result).partition(". Response: ") for result in refused]
    assert [head for head, _, _ in errors] == [
        "Error calling search_knowledge. Status code: 400",
        "Error calling get_decisions. Status code: 400",
        "Error calling compare_sources. Status code: 404",
        "Error calling get_everything. Status code: 404",
    ]
    assert [json.loads(body)["error"]["code"] for _, _, body in errors] == ["VALIDATION_ERROR"] * 2 + ["NOT_FOUND"] * 2
    assert [result.is_error for result in refused] == [True] * 4
    assert json.loads(text_of(fine))["metadata"]["result_count"] == 1


def test_a_message_that_is_no_json_leaves_the_session_usable(sse: Running) -> None:
    async def call() -> tuple[int, bool]:
        ids: list[str] = []
        async with (
            session(sse, created=ids.append) as mcp,
            httpx.AsyncClient(base_url=sse.url, verify=NO_TLS) as client,
        ):
            path, headers = f"/mcp/messages/?session_id={ids[0]}", {"content-type": "application/json"}
            answer = await client.post(path, content=b'{"jsonrpc": "2.0", "id": 7, "meth', headers=headers)
            return answer.status_code, (await mcp.call_tool("list_sources", {})).is_error

    assert anyio.run(call) == (400, False)


def test_four_sessions_at_once_get_their_own_answers(server: Running) -> None:
    async def call() -> dict[int, list[str]]:
        opened, heard = [anyio.Event() for _ in range(4)], {}

        async def one(number: int) -> None:
            async with session(server) as mcp:
                opened[number].set()
                for event in opened:
                    await event.wait()
                queries = [f"rerank {number} {turn}" for turn in range(5)]
                results = [await mcp.call_tool("search_knowledge", {"query": query}) for query in queries]
                heard[number] = [json.loads(text_of(result))["metadata"]["query"] for result in results]

        with anyio.fail_after(10):
            async with anyio.create_task_group() as group:
                for number in range(4):
                    group.start_soon(one, number)
        return heard

    assert anyio.run(call) == {n: [f"rerank {n} {turn}" for turn in range(5)] for n in range(4)}


def test_an_open_stream_does_not_delay_the_end(data: Path) -> None:
    with started(data) as server:
        connection = http.client.HTTPConnection(server.url.removeprefix("http://"), timeout=5)
        connection.request("GET", "/mcp")
        assert connection.getresponse().status == 200
        begun = time.perf_counter()
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(5) == -signal.SIGTERM
        assert time.perf_counter() - begun < 1.5
        connection.close()


def test_the_server_dies_with_a_parent_that_is_killed(data: Path) -> None:
    """A suite that is killed leaves nothing behind: kill -9 runs no handler, but it closes the pipe."""
    parent_program = (
        "import subprocess, sys, time\n"
        "command = [sys.executable, '-m', 'fixtures.reference.server', '--port', '0', '--watch-stdin', '--data']\n"
        "child = subprocess.Popen([*command, sys.argv[1]], stdin=subprocess.PIPE)\n"
        "print(child.pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    command = [sys.executable, "-c", parent_program, str(data)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout
        server, ready = int(parent.stdout.readline()), parent.stdout.readline()
        alive = httpx.get(f"{ready.split()[1]}/health").status_code if ready else None
        parent.kill()
        try:
            parent.communicate(timeout=5)  # parent and server write to one pipe: it ends when both are gone
        except subprocess.TimeoutExpired:
            os.kill(server, signal.SIGKILL)
            raise
        assert alive == 200
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{ready.split()[1]}/health")


@pytest.mark.parametrize("address", ["0.0.0.0", None])
def test_a_descriptor_that_is_no_loopback_socket_is_refused(data: Path, address: str | None) -> None:
    with socket.create_server((address, 0)) if address else (data / "chunks.jsonl").open() as inherited:
        answer = subprocess.run(
            [sys.executable, "-m", "fixtures.reference.server", "--fd", str(inherited.fileno()), "--data", str(data)],
            cwd=ROOT,
            pass_fds=[inherited.fileno()],
            check=False,
            capture_output=True,
            text=True,
            timeout=5,
        )
    assert (answer.returncode, answer.stdout) == (2, "")
    assert answer.stderr.startswith("fixtures.reference.server: ")


@pytest.mark.parametrize(
    ("file", "line", "found"),
    [
        ("patterns.jsonl", "{", "no JSON"),
        ("patterns.jsonl", "[]", "lacks id, name"),
        ("chunks.jsonl", '{"id": "chunk-1"}', "lacks source_id, position, topics, content"),
        ("warnings.jsonl", None, "No such file"),
    ],
)
def test_a_faulty_knowledge_file_is_named(data: Path, tmp_path: Path, file: str, line: str | None, found: str) -> None:
    for good in data.iterdir():
        (tmp_path / good.name).write_bytes(good.read_bytes())
    if line is None:
        (tmp_path / file).unlink()
    else:
        (tmp_path / file).write_text(line, encoding="utf-8")
    with pytest.raises(answers.DataError, match=found) as caught:
        answers.load(tmp_path)
    assert file in str(caught.value)


def test_a_fault_of_our_own_answers_500_and_tells_no_details(data: Path) -> None:
    knowledge = answers.load(data)
    service = Service(knowledge, Access(), Budget(public=9, registered=9))
    knowledge.index.close()
    with pytest.raises(Refusal) as caught:
        service.call("search_knowledge", {"query": "rerank"}, Caller("ip:127.0.0.1", registered=False))
    assert isinstance(caught.value.__cause__, sqlite3.ProgrammingError)
    assert (caught.value.status, caught.value.code) == (500, "INTERNAL_ERROR")
    assert list(caught.value.details) == ["correlation_id"]


@pytest.mark.parametrize("query", PLAN_QUERIES)
def test_the_shipped_knowledge_base_has_an_answer_to_every_query_of_the_plan(query: str) -> None:
    knowledge = answers.load(KNOWLEDGE)
    found = {
        name: answers.ANSWERS[name](knowledge, {"query": query, "topic": query, "limit": 10}).results
        for name in TOOLS
        if name != "compare_sources"
    }
    assert not [name for name, results in found.items() if not results]
