"""The reference server over MCP, and how it ends."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest
from jsonschema import Draft202012Validator

from fixtures.reference import KNOWLEDGE, answers
from fixtures.reference.envelope import Refusal
from fixtures.reference.limits import Access, Budget, Caller
from fixtures.reference.service import Service
from fixtures.reference.tools import TOOLS
from tests_suite.reference_servers import (
    GOOD_ARGUMENTS,
    NO_TLS,
    PLAN_QUERIES,
    ROOT,
    SEPARATED,
    Running,
    session,
    started,
    text_of,
)


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
