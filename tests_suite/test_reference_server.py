"""The reference server against the formats of the production server, each time as a process of its own on loopback.

Most of the suite's other tests stand on this server, so what it answers is pinned down here to the field.
"""

from __future__ import annotations

import socket
import time
from pathlib import Path
from typing import Any

import anyio
import pytest

from fixtures.reference.envelope import Refusal
from fixtures.reference.limits import HOUR, Budget, Caller
from fixtures.reference.tools import TOOLS
from tests_suite.reference_servers import (
    FIELDS,
    GOOD_ARGUMENTS,
    KEY,
    Running,
    session,
    started,
    text_of,
)


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
