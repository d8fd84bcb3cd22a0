"""The client of Prometheus against servers that answer oddly: one line each, bounded, and no data never a pass."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from fixtures.prometheus import engine
from fixtures.prometheus.client import MOST_POINTS, PrometheusError, connected, step_for
from fixtures.prometheus.prometheustarget import PrometheusTarget
from fixtures.prometheus.queries import HOST, usual_queries
from fixtures.target import from_file
from fixtures.targetfile import TargetError
from tests_suite.faults.sick_server import Behaviour, Exchange, SickServer, answer, drips, floods, resets, says, stalls

OPENS = datetime(2026, 1, 6, 10, 0, tzinfo=UTC)
CLOSES = OPENS + timedelta(hours=1)
NOWHERE = "http://127.0.0.1:9"
TOKEN = "prom-t0ken-of-ours"


def _matrix(*series: dict[str, Any], **more: Any) -> Behaviour:
    return answer(200, {"status": "success", "data": {"resultType": "matrix", "result": list(series)}, **more})


def _series(*values: Any, every: float = 300.0, **labels: str) -> dict[str, Any]:
    return {"metric": labels, "values": [[OPENS.timestamp() + n * every, str(each)] for n, each in enumerate(values)]}


def _read(behaviour: Behaviour, step: float = 300.0, seconds: float = 5.0, **queries: str) -> engine.Engine:
    with SickServer(NOWHERE, {"*": behaviour}) as server:
        target = PrometheusTarget(server.url, queries or {"availability": "up"}, timeout_seconds=seconds)
        return engine.read(target, OPENS, CLOSES, step)


def _said(found: engine.Engine, series: str = "knowledge.availability_percent") -> str:
    return "\n".join(each.message for each in found.missing.get(series, ()))


WHOLE = [100] * 13
HTML = answer(200, "<html>log in</html>", "text/html")
UNTIMELY = {"metric": {}, "values": [[OPENS.timestamp() + 60, "1"], [OPENS.timestamp(), "2"]]}
NATIVE = {"metric": {}, "histograms": [[OPENS.timestamp(), {"count": "7", "sum": "3"}]]}
ODD: dict[str, tuple[Behaviour, str]] = {
    "nobody": (resets(), "broke off"),
    "no HTTP": (says(b"SSH-2.0-OpenSSH_9.2\r\n"), "spoke no HTTP"),
    "a page": (HTML, "answered 200 as text/html; expected Prometheus' JSON"),
    "no JSON": (answer(200, "{", "application/json"), "expected Prometheus' JSON"),
    "a list": (answer(200, "[]", "application/json"), "expected Prometheus' JSON"),
    "success without data": (answer(200, {"status": "success"}), "expected Prometheus' JSON"),
    "wants a password": (answer(401, "Unauthorized\n", "text/plain"), "answered 401 (text/plain: Unauthorized)"),
    "forbids": (answer(403, "no", "text/plain"), "answered 403"),
    "not found": (answer(404, "404 page not found", "text/plain"), "answered 404 (text/plain: 404 page not found)"),
    "leads elsewhere": (answer(302, b"", location="https://sso.example.com/login?next=x"),
                        "leads to https://sso.example.com/login"),
    "bad query": (answer(400, {"status": "error", "errorType": "bad_data", "error": 'parse error: unexpected "}"'}),
                  'refuses (bad_data): parse error: unexpected "}"'),
    "too slow a query": (answer(503, {"status": "error", "errorType": "timeout", "error": "query timed out"}),
                         "refuses (timeout): query timed out"),
    "too many samples": (answer(422, {"status": "error", "errorType": "execution", "error": "too many samples"}),
                         "refuses (execution): too many samples"),
    "an error that says nothing": (answer(500, {"status": "error"}), "refuses (None): None"),
    "another kind": (answer(200, {"status": "success", "data": {"resultType": "vector", "result": []}}),
                     "answered with vector; expected a matrix"),
    "a result that is none": (answer(200, {"status": "success", "data": {"resultType": "matrix", "result": 7}}),
                              "expected a matrix"),
    "data that is a text": (answer(200, {"status": "success", "data": "up"}), "answered with nothing of the kind"),
    "a series that is a text": (_matrix("up"), "answered with a series that is none"),  # type: ignore[arg-type]
    "a series without labels": (_matrix({"values": []}), "answered with a series that is none"),
    "values that are no pairs": (_matrix({"metric": {}, "values": [[1, "2", "3"]]}), "a series that is none"),
    "a value in words": (_matrix({"metric": {}, "values": [[1, "much"]]}), "a series that is none"),
    "values out of order": (_matrix(UNTIMELY), "a series out of order"),
    "a thousand series": (_matrix(*(_series(1, instance=str(n)) for n in range(1000))),
                          "answered with 1000 series; expected at most 100: aggregate"),
    "empty": (_matrix(), "has no data for up; no data is no pass"),
    "a series without values": (_matrix(_series()), "has no data for up"),
    "only NaN": (_matrix(_series("NaN", "NaN")), "has 2 values, none of them a number"),
    "only infinity": (_matrix(_series("+Inf", "-Inf")), "has 2 values, none of them a number"),
    "a native histogram": (_matrix(NATIVE), "has 1 values, none of them a number (NaN, infinite or a native hist"),
    "two series": (_matrix(_series(*WHOLE, instance="a"), _series(*WHOLE, instance="b")),
                   "gives 2 series, such as {instance='a'} and {instance='b'}; expected one"),
    "two series of many labels": (_matrix({**_series(1), "metric": {f"l{n}": "x" * 900 for n in range(9)}}, _series(1)),
                                  "gives 2 series"),
    "a beginning is missing": (_matrix({"metric": {}, "values": [[OPENS.timestamp() + 1800, "1"],
                               *([OPENS.timestamp() + 300 * n, "1"] for n in range(7, 13))]}),
                               "from 2026-01-06T10:00:00+00:00 to 2026-01-06T10:30:00+00:00 (30 min)"),
    "an end is missing": (_matrix(_series(1, 1, 1, 1)), "from 2026-01-06T10:15:00+00:00 to 2026-01-06T11:00:00"),
    "NaN in the middle": (_matrix(_series(1, 1, 1, "NaN", "NaN", "NaN", 1, 1, 1, 1, 1, 1, 1)),
                          "from 2026-01-06T10:10:00+00:00 to 2026-01-06T10:30:00+00:00 (20 min)"),
}  # fmt: skip


@pytest.mark.parametrize("name", ODD)
def test_odd_answer_is_one_line_about_the_series(name: str) -> None:
    behaviour, says_this = ODD[name]

    found = _read(behaviour)

    said = _said(found)
    assert says_this in said
    assert all("\n" not in each.message and len(each.message) < 700 for each in found.missing[f"knowledge.{_SERIES}"])
    assert said.startswith("prometheus.queries.availability: ")


_SERIES = "availability_percent"


def test_port_that_nobody_listens_on_is_named() -> None:
    found = engine.read(PrometheusTarget(NOWHERE), OPENS, CLOSES, 300)

    assert set(found.missing) == set(HOST.values())
    assert "http://127.0.0.1:9: POST /api/v1/query_range: cannot be reached" in _said(found, "host.cpu_percent")


@pytest.mark.parametrize(
    "behaviour",
    [
        stalls(),
        stalls(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n{"),
        drips(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n ", 0.01),
    ],
    ids=["silent", "half an answer", "a byte now and then"],
)
def test_answer_that_does_not_end_is_given_up_in_time(behaviour: Behaviour) -> None:
    started = time.monotonic()
    with (
        SickServer(NOWHERE, {"*": behaviour}) as server,
        connected(PrometheusTarget(server.url, timeout_seconds=0.5)) as client,
        pytest.raises(PrometheusError, match=r"within 0\.5 s"),
    ):
        client.query_range("up", OPENS, CLOSES, 60)

    assert time.monotonic() - started < 10


def test_server_that_says_nothing_is_asked_once() -> None:
    with SickServer(NOWHERE, {"*": stalls()}) as server:
        started = time.monotonic()
        found = engine.read(PrometheusTarget(server.url, timeout_seconds=0.5), OPENS, CLOSES, 300)
        asked = len(server.seen)

    assert time.monotonic() - started < 10
    assert asked == 1
    assert set(found.missing) == set(HOST.values())


def test_answer_without_an_end_is_given_up_by_its_size() -> None:
    flood = floods(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n{", b" " * 65536)

    assert "the answer is longer than 2000000 bytes" in _said(_read(flood, seconds=30.0))


def test_warnings_are_kept_and_do_not_hide_the_data() -> None:
    found = _read(_matrix(_series(*WHOLE), warnings=["remote read of eu-2 failed"]))

    assert len(found.points["knowledge.availability_percent"]) == 13
    assert "prometheus.queries.availability: Prometheus remarks: remote read of eu-2 failed" in str(found.remarks)


def test_one_late_scrape_is_no_gap() -> None:
    found = _read(_matrix(_series(1, 1, 1, "NaN", 1, 1, 1, 1, 1, 1, 1, 1, 1)))

    assert "knowledge.availability_percent" not in found.missing


def test_tools_are_told_apart_by_their_label_and_twins_are_refused() -> None:
    two = (_series(*[0.2] * 13, tool="get_patterns"), _series(*[0.3] * 13, tool="list_sources"))

    found = _read(_matrix(*two), latency="tool_seconds")
    twice = _read(_matrix(*two, two[0]), latency="tool_seconds")

    assert found.points["knowledge.get_patterns"][0].value == 200
    assert "gives knowledge.get_patterns twice" in _said(twice, "knowledge.get_patterns")


def test_many_gaps_are_counted() -> None:
    values = [value for _ in range(30) for value in (1, "NaN", "NaN")]

    found = _read(_matrix(_series(*values, every=40)), step=15)

    assert "… and 10 more gaps of knowledge.availability_percent" in _said(found)


def test_what_lets_us_in_is_sent_and_never_said() -> None:
    heads: list[bytes] = []

    def listen(exchange: Exchange) -> None:
        heads.append(exchange.head)
        answer(403, f"token {TOKEN} is not allowed", "text/plain")(exchange)

    with SickServer(NOWHERE, {"*": listen}) as server:
        target = PrometheusTarget(server.url, headers={"authorization": f"Bearer {TOKEN}"}, secrets=(TOKEN,))
        found = engine.read(target, OPENS, CLOSES, 60)

    assert heads
    assert all(f"authorization: Bearer {TOKEN}".encode() in head for head in heads)
    assert "answered 403" in _said(found, "host.cpu_percent")
    assert TOKEN not in repr(target)


@pytest.mark.parametrize("hours", [1, 24, 24 * 30, 24 * 365 * 5])
@pytest.mark.parametrize("wanted", [1.0, 15.0, 300.0])
def test_step_keeps_a_series_below_what_prometheus_gives(hours: int, wanted: float) -> None:
    span = timedelta(hours=hours)

    step = step_for(span, wanted)

    assert step >= wanted
    assert span.total_seconds() / step <= MOST_POINTS


def test_version_of_something_else_is_refused() -> None:
    with (
        SickServer(NOWHERE, {"*": answer(200, {"status": "success", "data": {}})}) as server,
        connected(PrometheusTarget(server.url)) as client,
    ):
        fault = engine.reachable(client)

    assert fault is not None
    assert "does not tell its version; expected a Prometheus" in fault.message


def test_usual_queries_are_about_node_exporters_metrics() -> None:
    queries = usual_queries({}, 1000)

    metrics = {name: sorted(set(re.findall(r"node_\w+", text))) for name, text in queries.items()}
    assert metrics == {
        "disk": [f"node_filesystem_{what}_bytes" for what in ("avail", "free", "size")],
        "cpu": ["node_cpu_seconds_total"],
        "memory": ["node_memory_MemAvailable_bytes", "node_memory_MemTotal_bytes"],
        "network": ["node_network_receive_bytes_total", "node_network_transmit_bytes_total"],
    }


def test_labels_stand_in_every_usual_query_and_are_escaped() -> None:
    queries = usual_queries({"instance": 'a"b\\c'})

    assert set(queries) == set(HOST)
    for text in queries.values():
        metrics = re.findall(r"node_\w+(?=[{ )])", text)
        assert metrics
        assert text.count('instance="a\\"b\\\\c"') == len(metrics)


# What a target says of it


def _target(tmp_path: Path, content: str) -> Path:
    path = tmp_path / "target.yaml"
    path.write_text(f"name: t\nprometheus: {{{content}}}\n", encoding="utf-8")
    return path


@pytest.mark.parametrize("ending", ["", "/", "/api/v1", "/api/v1/", "/graph", "/api"])
def test_address_is_the_root_of_the_server(tmp_path: Path, ending: str) -> None:
    target = from_file(_target(tmp_path, f"url: 'http://prometheus:9090/prom{ending}'"))

    assert target.prometheus is not None
    assert target.prometheus.url == target.prometheus.label == "http://prometheus:9090/prom"
    assert "prometheus: http://prometheus:9090/prom" in target.described()


def test_secrets_of_a_target_are_those_written_and_those_sent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROMETHEUS_PASSWORD", "hunter-two")

    target = from_file(_target(tmp_path, "url: 'http://p:9090', username: gate, password: '${PROMETHEUS_PASSWORD}'"))

    assert target.prometheus is not None
    assert target.prometheus.headers == {"authorization": "Basic Z2F0ZTpodW50ZXItdHdv"}
    assert {"hunter-two", "Z2F0ZTpodW50ZXItdHdv"} <= set(target.secrets)
    assert "hunter" not in repr(target.prometheus)
    assert "abcd" in from_file(_target(tmp_path, "url: 'http://p', token: abcd")).secrets


NO_ADDRESS = "expected an address like http://prometheus:9090, user and password beside it"
MISTAKES = [
    ("queries: {cpu: up}", "prometheus.url: missing; expected the address of Prometheus"),
    ("url: prometheus:9090", f"prometheus.url: no address; {NO_ADDRESS}"),
    ("url: 'http://'", "prometheus.url: no address"),
    ("url: 'http://p:port'", "prometheus.url: no address"),
    ("url: 'http://u:secret@p:9090'", f"prometheus.url: has a user, a ? or a #; {NO_ADDRESS}"),
    ("url: 'http://p:9090/?a=b'", "prometheus.url: has a user, a ? or a #"),
    ("url: 'http://p', queries: {cpus: up}", "prometheus.queries.cpus: unknown; did you mean cpu?"),
    ("url: 'http://p', queries: {cpu: ' '}", "prometheus.queries.cpu: found an empty text, expected a query in PromQL"),
    ("url: 'http://p', labels: {a-b: c}", "prometheus.labels.a-b: no label; expected letters, digits and _"),
    ("url: 'http://p', labels: {a: 1}", "prometheus.labels.a: found a number, expected a text; put it in quotes"),
    ("url: 'http://p', token: abc", "its password or token is too short to be kept out of the reports"),
    ("url: 'http://p', token: abcdef, username: a, password: abcdef", "has a token and a username"),
    ("url: 'http://p', username: a", "has only one of username and password; expected both"),
    ("url: 'http://p', timeout_seconds: 0", "timeout_seconds: 0 is out of range; expected seconds for one query"),
    ("url: 'http://p', link_mbit: 0", "link_mbit: 0 is out of range; expected the speed of the network"),
    ("url: 'http://p', step: 5", "prometheus.step: unknown key"),
]


@pytest.mark.parametrize(("content", "said"), MISTAKES)
def test_mistake_in_a_target_is_one_line(tmp_path: Path, content: str, said: str) -> None:
    with pytest.raises(TargetError) as refused:
        from_file(_target(tmp_path, content))

    assert said in str(refused.value)
    assert "secret" not in str(refused.value)
    assert "\n" not in str(refused.value)
