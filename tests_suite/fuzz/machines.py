"""Parsers of what programs and servers say: logs, samples, answers over HTTP and MCP, client configurations."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from fixtures.claude import clientconfig, program
from fixtures.dashboard import panels
from fixtures.executions import acceptance, event, firsthour, log
from fixtures.executions.event import EventError
from fixtures.executions.log import LogError
from fixtures.firstday import errorlog, readings
from fixtures.firstday.patterns import Clusters
from fixtures.firstday.period import Period, period_of
from fixtures.knowledge import checks, events, handshake, integrity, substance, toolanswer
from fixtures.knowledge.events import EventError as StreamError
from fixtures.knowledge.handshake import HandshakeError
from fixtures.knowledge.http import Answer
from fixtures.knowledge.reply import Listing, Reply, come_back, of_status, refusal_in
from fixtures.knowledge.server import health_findings
from fixtures.monitoring import exposition, judged, lineform, samples, series
from fixtures.monitoring.samples import SamplesError
from fixtures.prometheus.client import Prometheus, PrometheusError
from fixtures.prometheus.prometheustarget import PrometheusTarget
from fixtures.schedule import Schedule
from tests_suite.fuzz import real
from tests_suite.fuzz.files import one_line, shown
from tests_suite.fuzz.mutations import Seed
from tests_suite.fuzz.subject import Parser, Seeds

TOOLS = tuple(toolanswer.KINDS)


@functools.cache
def _schedule(provider: str) -> Schedule:
    return Schedule(datetime.fromisoformat(real.world_of(provider).target["deployment"]["starts"]), "UTC")


def _executions(folder: Path, name: str, data: bytes) -> None:
    path = folder / "executions.jsonl"
    path.write_bytes(data)
    schedule, version = _schedule("hour"), "2.0.0"
    paths = {"rag-only": ["1", "2a", "2b", "3a", "3b"], "hybrid": ["1", "2a"]}
    watch = firsthour.watch_of(schedule)
    read = log.read(path, paths, watch)
    now = datetime.now(UTC)
    for found in (
        firsthour.observed(read, watch, now)[1], firsthour.unseen(read, watch, version), firsthour.critical(watch),
        firsthour.old_versions(read, watch, schedule, version), firsthour.incomplete(read, watch),
        firsthour.repeated(read, watch), firsthour.hanging(read, watch.starts, now), firsthour.odd(read, watch),
        firsthour.growing(read, watch).values(), firsthour.unmeasured_memory(read, watch), read.findings,
        acceptance.untouched(read, schedule.starts, version), acceptance.critical_since(read, schedule.starts),
        acceptance.oddities(read, schedule.starts, version),
    ):  # fmt: skip
        shown(found)
    firsthour.usual_minutes(list(read.runs.values()))
    acceptance.walk(read, paths, schedule.starts, version), acceptance.sample_times(read, schedule.starts, version)
    acceptance.failure_rate(read, schedule.starts, now, version), panels.days_of(read, UTC)
    repr([(run.minutes, run.in_step(run.open_step)) for run in read.runs.values()])


@functools.cache
def _events() -> Seeds:
    whole = real.files("hour", "executions.jsonl")["executions.jsonl"].data.splitlines(keepends=True)
    return {"events": Seed(b"".join(whole[:40]), "jsonl"), "last": Seed(b"".join(whole[-20:]), "jsonl")}


def _event(folder: Path, name: str, data: bytes) -> None:
    for line in data.decode("utf-8", "replace").split("\n")[:50]:
        try:
            event.parse(line)
        except EventError as error:
            one_line(error)


def _samples(folder: Path, name: str, data: bytes) -> None:
    path = folder / "samples.jsonl"
    path.write_bytes(data)
    recorded = samples.read(path)
    now, window = datetime.now(UTC), recorded.window
    calls = series.calls_of(recorded.samples, TOOLS)
    shown(judged.record_findings(recorded, now)), shown(judged.torn_findings(recorded))
    shown(judged.abort_findings(recorded)), shown(judged.gap_findings(recorded))
    shown(judged.call_findings(calls, TOOLS)), shown(judged.failure_findings(calls))
    for each in calls.values():
        shown(judged.outage_findings(each, window.every_seconds)), judged.demonstrated(each, 99.9)
    host = series.host_series(recorded.samples, window.every_seconds)
    for figure in host:
        shown(judged.host_findings(host, figure, window.every_seconds)), judged.unknown_reason(recorded.samples, figure)
    shown(judged.smoke_findings(recorded.smokes, ())), shown(judged.degraded_smoke_findings(recorded.smokes))
    series.longest_outage(recorded), series.smoke_intervals(recorded)
    exposition.text_of(recorded, calls, host, {"target": "x"})
    samples.mend(path)


@functools.cache
def _sampled() -> Seeds:
    return dict(real.files("hour", "samples.jsonl")) | {
        "readings": Seed(b"\n".join(real.files("watched",
          "evidence/readings.jsonl")["readings.jsonl"].data.split(b"\n")[:6]),
                         "jsonl")
    }  # fmt: skip


def _readings(folder: Path, name: str, data: bytes) -> None:
    path = folder / "readings.jsonl"
    path.write_bytes(data)
    found = readings.from_files([path])
    day = _day()
    shown(found.faults), shown(found.remarks)
    for points in found.series.values():
        day.hourly(points)
    found.calls("health")


def _day() -> Period:
    return period_of(_schedule("watched"))


def _line(folder: Path, name: str, data: bytes) -> None:
    for raw in data.split(b"\n")[:20]:
        try:
            repr(samples.parsed(raw).plain())
        except lineform.LineError as error:
            one_line(error)


def _error_logs(folder: Path, name: str, data: bytes) -> None:
    path = folder / ("service.log.gz" if name == "zipped" else "service.log")
    for known in folder.glob("service.*"):
        known.unlink()
    path.write_bytes(data)
    day = _day()
    clusters = Clusters(day.opens, (day.opens + day.closes) / 2, day.closes, ("s3cret-words",))
    found = errorlog.add_text([folder], UTC, clusters)
    shown(found.findings)
    (folder / "executions.jsonl").write_bytes(data)
    errorlog.add_executions([folder / "executions.jsonl"], clusters)
    shown(clusters.today())


LOG = (
    "2026-01-06 09:00:00,123 ERROR [worker-1] could not read 'a.md': timed out after 30 s\n"
    'Traceback (most recent call last):\n  File "x.py", line 1\nValueError: no 5f3a9c\n'
    '{"time": "2026-01-06T09:00:00Z", "level": "error", "message": "id 123e4567-e89b-12d3-a456-426614174000 is gone"}\n'
    'Jan  6 09:00:01 host app[1]: CRITICAL disk 97% full\nlevel=error ts=2026-01-06T09:00:02+01:00 msg="x"\n'
)


def _zipped() -> Seeds:
    import gzip

    return real.texts(LOG) | {"zipped": Seed(gzip.compress(LOG.encode(), mtime=0), "gzip")}


@functools.cache
def _answers() -> Seeds:
    """Answers of the reference's tools, as JSON."""
    found = {}
    for tool in TOOLS:
        asked = (
            {}
            if tool == "list_sources"
            else {"topic": "retrieval"}
            if tool.startswith("get_")
            else {"query": "retrieval"}
        )
        found[tool] = Seed(json.dumps(_answered(tool, asked), ensure_ascii=False).encode(), "json")
    return found


def _answered(tool: str, asked: Mapping[str, Any]) -> Any:
    kind = toolanswer.KINDS[tool]
    examples = {str: "retrieval of chunks", list: ["retrieval"], dict: {"title": "A book", "source_id": "s1"}, int: 1}
    row = {name: _example(types, examples) for name, types in kind.types.items()}
    metadata = {
        "query": "retrieval",
        "sources_cited": ["A book"],
        "result_count": 1,
        "search_type": "chunk",
        "latency_ms": 3.5,
    }
    return {"results": [row], "metadata": metadata}


def _example(types: Any, examples: Mapping[type, Any]) -> Any:
    first = types[0] if isinstance(types, tuple) else types
    return examples.get(first, 0.5)


def _envelope(folder: Path, name: str, data: bytes) -> None:
    text = data.decode("utf-8", "replace")
    for body in (data, text):
        found = toolanswer.envelope_of(body)
        if isinstance(found, str):
            one_line(found)
            continue
        (
            shown(toolanswer.shape_faults(name, found)),
            shown(substance.hollow(name, found)),
            shown(substance.gaps(name, found)),
        )
        shown(substance.beside_the_point("retrieval", found)), substance.mentions("retrieval", list(found.results))
        integrity.difference(found, found), substance.all_alike({"a": found, "b": found})
        shown(each.message for each in integrity.garbled(list(found.results)))
    query = {"query": "retrieval"}
    reply = Reply(name, query, 5.0, text, 1)
    answer = Answer(f"POST /{name}", 200, 5.0, {"content-type": "application/json"}, data)
    replies: Any = {(name, "retrieval"): reply}
    for call in _checks(replies, {name: answer}, reply):
        shown(call())
    reply.in_words(), refusal_in(name, text)


def _checks(
    replies: Mapping[tuple[str, str], Reply], twins: Mapping[str, Answer], reply: Reply
) -> list[Callable[[], Any]]:
    tool = reply.tool
    return [
        lambda: checks.twin_findings(twins),
        lambda: checks.reply_findings(replies), lambda: checks.gap_findings(replies),
          lambda: checks.relevance_findings(replies),
        lambda: [each for some in checks.encoding_findings(replies, twins) for each in some],
          lambda: checks.completeness_findings(replies),
        lambda: checks.round_trip_findings(reply), lambda: checks.repeat_findings([reply], replies, "again"),
        lambda: checks.agreement_findings(replies, twins, {tool: "retrieval"}), lambda: checks.load_findings([reply],
          "x"),
        lambda: checks.error_findings({"a": reply, "b": Reply(tool, {}, 1.0, reply.text, 1, True)}),
    ]  # fmt: skip


def _health(folder: Path, name: str, data: bytes) -> None:
    head, _, body = data.partition(b"\n")
    value = head.decode("utf-8", "replace")
    for status in (200, 404, 429, 503, None):
        headers = {"content-type": value[:200], "retry-after": value, "location": value}
        answer = Answer("GET /health", status, 1.0, headers, body)
        shown(health_findings([answer], ["mongodb", "qdrant"])), answer.in_words("x"), of_status(answer, "x")
    come_back(value, datetime.now(UTC)), come_back(body.decode("utf-8", "replace")[:300], datetime.now(UTC))
    refusal_in("x", "Error calling T. Status code: 429. Response: " + body.decode("utf-8", "replace"))


HEALTH = (
    'Tue, 06 Jan 2026 09:00:00 GMT\n{"status": "healthy", "services": {"mongodb": "healthy", "qdrant": "healthy"}, '
    '"error": {"code": "RATE_LIMITED", "message": "x", "retry_after": 60}}'
)


def _stream(folder: Path, name: str, data: bytes) -> None:
    for size in (7, 4096):
        list(events.events_of(data[at : at + size] for at in range(0, min(len(data), 200_000), size)))


STREAM = (
    "event: endpoint\ndata: /mcp/messages/?session_id=1\n\nevent: message\n"
    'data: {"jsonrpc": "2.0", "id": 1}\n\n: ping\n\n'
)
INITIALIZED = {
    "jsonrpc": "2.0", "id": 1,
    "result": {"protocolVersion": "2025-06-18", "capabilities": {"tools": {}}, "serverInfo": {"name": "x",
      "version": "1"},
               "tools": [{"name": "search_knowledge", "inputSchema": {"type": "object"}}]},
}  # fmt: skip


def _handshake(folder: Path, name: str, data: bytes) -> None:
    import httpx

    kind = "text/event-stream" if name == "events" else "application/json"

    def answered(request: httpx.Request) -> httpx.Response:
        status = 405 if name == "sse" and request.method == "POST" else 200
        return httpx.Response(
            status, headers={"content-type": "text/event-stream" if status == 405 else kind}, content=data
        )

    with httpx.Client(transport=httpx.MockTransport(answered)) as client:
        handshake.shake_hands(client, "http://127.0.0.1:9/mcp", 3.0, listing=True)


def _handshakes() -> Seeds:
    plain = json.dumps(INITIALIZED)
    return {"json": Seed(plain.encode(), "json"), "events": Seed(f"event: message\ndata: {plain}\n\n".encode()),
            "sse": Seed((STREAM + f"event: message\ndata: {plain}\n\n").encode())}  # fmt: skip


def _tools(folder: Path, name: str, data: bytes) -> None:
    try:
        found = json.loads(data)
    except (ValueError, RecursionError):
        return
    tools = tuple(each for each in found if isinstance(each, dict)) if isinstance(found, list) else ()
    shown(checks.listing_findings(Listing(tools), TOOLS))


def _listed() -> Seeds:
    schema = {
        "type": "object",
        "properties": {"query": {"type": "string"}, "limit": {"type": "integer"}},
        "required": ["query"],
    }
    listed = [{"name": tool, "description": "x", "inputSchema": schema} for tool in TOOLS]
    return {"tools": Seed(json.dumps(listed).encode(), "json")}


def _prometheus(folder: Path, name: str, data: bytes) -> None:
    import httpx

    transport = httpx.MockTransport(lambda request: httpx.Response(200 if name != "error" else 400, content=data))
    with httpx.Client(transport=transport) as client:
        asked = Prometheus(PrometheusTarget("http://127.0.0.1:9", {"availability": "up"}), client)
        ends = datetime(2026, 1, 6, 10, tzinfo=UTC)
        for call in (asked.version, lambda: asked.query("up", ends),
                     lambda: asked.query_range("up", ends - timedelta(hours=1), ends, 300.0)):  # fmt: skip
            try:
                repr(call())
            except PrometheusError as error:
                one_line(error)


def _metrics() -> Seeds:
    row = {"metric": {"instance": "a"}, "values": [[1767690000 + 300 * n, "0.5"] for n in range(4)]}
    single = {"metric": {}, "value": [1767690000.5, "1"], "histogram": [1, {"count": "1"}]}
    of = {"matrix": row, "vector": single}
    return {
        kind: Seed(json.dumps({"status": "success", "data": {"resultType": kind, "result": [each]},
          "warnings": ["x"]}).encode(),
                   "json")
        for kind, each in of.items()
    } | {"error": Seed(b'{"status": "error", "errorType": "bad_data", "error": "x"}', "json"),
         "version": Seed(b'{"status": "success", "data": {"version": "2.54"}}', "json")}  # fmt: skip


def _client(folder: Path, name: str, data: bytes) -> None:
    (folder / ".mcp.json").write_bytes(data)
    found = clientconfig.read(folder / ".mcp.json", {"HOME": "/x", "KEY": "s3cret-words"})
    shown(found.syntax_findings()), str(found.entry)
    shown(found.entry_findings("http://127.0.0.1:9"))
    for transport in ("sse", "http"):
        shown(found.type_findings(transport))
    shown(found.secret_findings())


CLIENT = {"mcpServers": {"knowledge-pipeline": {"type": "sse", "url": "http://127.0.0.1:9/mcp",
  "headers": {"X-Key": "${KEY}"}},
                         "other": {"command": "npx", "args": ["-y", "x"], "env": {"A": "b"}}}}  # fmt: skip


def _program(folder: Path, name: str, data: bytes) -> None:
    for line in data.split(b"\n")[:50]:
        if (found := program._control_response(line)) is not None:
            repr(program._listed("claude 2.0", found))


CONTROL = {"type": "control_response", "response": {"subtype": "success", "request_id": "commands",
           "response": {"commands": [{"name": "bmad:bmm:workflows:quick-flow-solo-dev"}, {"name": "/x"}]}}}  # fmt: skip


def _json(data: Any, form: str = "json") -> Seeds:
    return {"real": Seed(json.dumps(data).encode(), form)}


PARSERS = (
    Parser("execution log", _events, _executions, (LogError,), 40),
    Parser("event", _events, _event),
    Parser("samples", _sampled, _samples, (SamplesError,), 60),
    Parser("sample lines", _sampled, _line),
    Parser("readings", _sampled, _readings, (SamplesError,), 40),
    Parser("error logs", _zipped, _error_logs, (), 40),
    Parser("tool answer", _answers, _envelope, (), 100),
    Parser("health answer", lambda: real.texts(HEALTH), _health),
    Parser("event stream", lambda: real.texts(STREAM), _stream, (StreamError,)),
    Parser("handshake", _handshakes, _handshake, (HandshakeError,), 60),
    Parser("tool list", _listed, _tools, (), 30),
    Parser("prometheus", _metrics, _prometheus, (), 60),
    Parser("client configuration", lambda: _json(CLIENT), _client, (), 80),
    Parser("claude program", lambda: _json(CONTROL, "jsonl"), _program),
)
