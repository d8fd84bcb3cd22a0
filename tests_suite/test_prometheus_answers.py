"""What Prometheus is asked, word by word, and what is made of each of its answers; no server is needed for it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from fixtures.finding import Finding
from fixtures.knowledge.http import Answer
from fixtures.monitoring.series import Point
from fixtures.prometheus import client as asking
from fixtures.prometheus import engine, queries
from fixtures.prometheus.client import Answered, Prometheus, PrometheusError, Result, connected, step_for
from fixtures.prometheus.engine import Gap
from fixtures.prometheus.prometheustarget import PrometheusTarget, prometheus_of
from fixtures.prometheus.queries import Query, queries_of, usual_queries

OPENS = datetime(2026, 1, 6, 10, 0, tzinfo=UTC)
AT = OPENS.timestamp()
CLOSES = OPENS + timedelta(hours=1)
URL = "http://prometheus:9090"
Asked = tuple[str, str, float, dict[str, Any]]
Ask = Callable[..., list[Asked]]


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> Ask:
    """Lets the next requests be answered in this way, the last one for good, and keeps what was asked."""

    def answered(*each: Any, status: int | None = 200, error: str = "", kind: str = "application/json") -> list[Asked]:
        left, asked = list(each), []

        def ask(_: Any, method: str, url: str, seconds: float, **more: Any) -> Answer:
            asked.append((method, url, seconds, more))
            data = left.pop(0) if len(left) > 1 else left[0]
            body = data if isinstance(data, bytes) else json.dumps(data).encode()
            return Answer(f"{method} /api", status, 1.0, {"content-type": kind}, body, error)

        monkeypatch.setattr(asking, "ask", ask)
        return asked

    return answered


def _server(**more: Any) -> Prometheus:
    return Prometheus(PrometheusTarget(URL, **more), None)  # type: ignore[arg-type]


def _data(kind: str, *series: Any, **more: Any) -> dict[str, Any]:
    return {"status": "success", "data": {"resultType": kind, "result": list(series)}, **more}


# The client


@pytest.mark.parametrize(
    ("span", "wanted", "step"),
    [
        (timedelta(hours=1), 15.0, 15.0),
        (timedelta(hours=24), 1.0, 10.0),
        (timedelta(seconds=10_999 * 5), 5.0, 5.0),
        (timedelta(seconds=10_999 * 5), 4.9, 5.0),
        (timedelta(seconds=10_999 * 5 + 1), 5.0, 10.0),
        (timedelta(days=365 * 5), 300.0, 14_400.0),
        (timedelta(seconds=10_999 * 172_799.5), 300.0, 172_800),
    ],
)
def test_step_is_the_wanted_one_or_the_next_round_one(span: timedelta, wanted: float, step: float) -> None:
    assert step_for(span, wanted) == step


def test_version_shows_that_it_is_prometheus(answers: Ask) -> None:
    asked = answers({"status": "success", "data": {"version": "2.53.1"}})

    assert _server(timeout_seconds=3.0).version() == "2.53.1"
    assert asked == [("GET", f"{URL}/api/v1/status/buildinfo", 3.0, {})]
    assert engine.reachable(_server()) is None
    odd: list[Any] = [{}, [], {"version": 2}]
    for data in odd:
        answers({"status": "success", "data": data})
        assert engine.reachable(_server()) == Finding(
            None, None, f"{URL}: does not tell its version; expected a Prometheus"
        )


def test_range_is_asked_for_in_the_body_of_a_request(answers: Ask) -> None:
    rows = [[AT, "1.5"], [AT + 60, "NaN"], [AT + 120, "3"]]
    warnings = [f"part {number} is gone" for number in range(12)]
    asked = answers(_data("matrix", {"metric": {"a": 1}, "values": rows, "histograms": [1, 2]}, warnings=warnings))

    found = _server(timeout_seconds=4.5).query_range("up", OPENS, CLOSES, 60)

    form = {"query": "up", "start": f"{AT:.0f}.000", "end": f"{AT + 3600:.0f}.000", "step": "60", "timeout": "3.5s"}
    assert asked == [("POST", f"{URL}/api/v1/query_range", 4.5, {"repeatable": True, "data": form})]
    assert found == Result((Answered({"a": "1"}, (Point(AT, 1.5), Point(AT + 120, 3.0)), 3),), 60, tuple(warnings[:10]))
    assert _server().query_range("up", OPENS, OPENS + timedelta(days=30), 60).step == 300
    assert asked[-1][3]["data"]["step"] == "300"


def test_one_moment_is_asked_for_too(answers: Ask) -> None:
    series = [
        {"metric": {}, "value": [AT, "7"]},
        {"metric": {"b": "c"}, "value": [AT, "+Inf"]},
        {"metric": {}, "histogram": [AT, {}]},
    ]
    asked = answers(_data("vector", *series, warnings="none"))

    found = _server(timeout_seconds=1.2).query("up", OPENS + timedelta(milliseconds=250))

    form = {"query": "up", "time": f"{AT + 0.25:.3f}", "timeout": "0.5s"}
    assert asked == [("POST", f"{URL}/api/v1/query", 1.2, {"repeatable": True, "data": form})]
    assert found == Result((Answered({}, (Point(AT, 7.0),), 0), Answered({"b": "c"}, (), 1), Answered({}, (), 1)), 0.0)


NO_SERIES = "answered with a series that is none; expected labels and pairs of time and value"
DISORDER = "answered with a series out of order; expected rising times"


@pytest.mark.parametrize(
    ("answer", "more", "said"),
    [
        ({}, {"error": "broke off", "status": None}, "POST /api: broke off; expected a Prometheus that answers"),
        ({}, {"error": "is too long"}, "POST /api: is too long; expected a Prometheus that answers"),
        ({"status": "error", "errorType": "bad_data", "error": "no"}, {"status": 400}, "refuses (bad_data): no"),
        (b"gone", {"status": 404, "kind": "text/plain"},
         "POST /api: answered 404 (text/plain: gone); expected a Prometheus that lets us ask"),
        ({"status": "success"}, {}, "POST /api: answered 200 as application/json; expected Prometheus' JSON"),
        ({"status": "fine", "data": {}}, {"kind": ""},
         "POST /api: answered 200 as no content type; expected Prometheus' JSON"),
        ([], {}, "POST /api: answered 200 as application/json; expected Prometheus' JSON"),
        ({"status": "success", "data": []}, {}, "answered with nothing of the kind; expected a matrix"),
        (_data("vector"), {}, "answered with vector; expected a matrix"),
        ({"status": "success", "data": {"resultType": "matrix", "result": {}}}, {},
         "answered with matrix; expected a matrix"),
        (_data("matrix", *[{}] * 101), {}, "answered with 101 series; expected at most 100: aggregate"),
        (_data("matrix", {"values": []}), {}, NO_SERIES),
        (_data("matrix", {"metric": {}, "values": [[1]]}), {}, NO_SERIES),
        (_data("matrix", {"metric": {}, "values": [[1, "1"], [1, "2"]]}), {}, DISORDER),
        (_data("matrix", {"metric": {}, "values": [[1, "1"], [2, "2"], [1.5, "2"]]}), {}, DISORDER),
    ],
)  # fmt: skip
def test_answer_that_is_none_is_refused_in_one_line(answers: Ask, answer: Any, more: Any, said: str) -> None:
    answers(answer, **more)

    with pytest.raises(PrometheusError) as refused:
        _server().query_range("up", OPENS, CLOSES, 60)

    assert str(refused.value) == f"{URL}: {said}"
    assert refused.value.silent is ("broke off" in said)


def test_a_hundred_series_are_not_too_many(answers: Ask) -> None:
    answers(_data("matrix", *[{"metric": {}}] * 100))

    assert _server().query_range("up", OPENS, CLOSES, 60) == Result((Answered({}, (), 0),) * 100, 60)


def test_client_sends_what_lets_us_in() -> None:
    with connected(PrometheusTarget(URL, headers={"authorization": "Bearer abc"})) as server:
        assert server._client.headers["authorization"] == "Bearer abc"
        assert server.label == URL


# The engine


def _result(*series: Answered, step: float = 60) -> Result:
    return Result(series, step)


def _answered(*values: float, every: float = 60, **labels: str) -> Answered:
    return Answered(labels, tuple(Point(AT + number * every, value) for number, value in enumerate(values)))


def _lacks(message: str, name: str = "disk") -> tuple[Finding, ...]:
    return (Finding(None, None, f"prometheus.queries.{name}: {message}"),)


DISK = Query("disk", 'rate(x{le="5"}[5m])\n  / 2', "host.disk_percent")
TOOLS = Query("latency", "tool_seconds", "knowledge.latency", 1000.0, "tool")


@pytest.mark.parametrize(
    ("series", "said"),
    [
        ([], "http://p has no data for rate(x{le=\"5\"}[5m]) / 2; le=\"5\" is perhaps called le=\"5.0\" there; no data "
             "is no pass"),
        ([Answered({}, (), 2), Answered({}, (), 1)],
         "http://p has 3 values, none of them a number (NaN, infinite or a native histogram) for "
         "rate(x{le=\"5\"}[5m]) / 2; no data is no pass"),
        ([_answered(1, a="x", b="y" * 60), _answered(1, a="1", b="2", c="3", d="4", e="5"), _answered(1, a="z")],
         f"http://p gives 3 series, such as {{a='x', b='{'y' * 39}}} and {{a='1', b='2', c='3', d='4'}}; expected one: "
         "aggregate, or name labels"),
    ],
    ids=["nothing", "no numbers", "too many"],
)  # fmt: skip
def test_series_without_data_says_why(series: list[Answered], said: str) -> None:
    assert engine.series_of(DISK, _result(*series), AT, AT + 120, "http://p") == ({}, {DISK.series: _lacks(said)})


def test_series_is_that_of_its_query_with_its_gaps() -> None:
    found = engine.series_of(DISK, _result(_answered(), _answered(1, 2)), AT, AT + 60 + 120, "http://p")
    late = engine.series_of(DISK, _result(_answered(1, 2)), AT - 121, AT + 60 + 121, "http://p")

    points = {DISK.series: (Point(AT, 1.0), Point(AT + 60, 2.0))}
    assert found == (points, {})
    lacking = [
        "no data of host.disk_percent from 2026-01-06T09:57:59+00:00 to 2026-01-06T10:00:00+00:00 (2.02 min)",
        "no data of host.disk_percent from 2026-01-06T10:01:00+00:00 to 2026-01-06T10:03:01+00:00 (2.02 min)",
    ]
    assert late == (points, {DISK.series: (*_lacks(lacking[0]), *_lacks(lacking[1]))})


def test_tools_are_series_of_their_own_in_milliseconds() -> None:
    series = [_answered(0.5, tool="a"), _answered(0.2, tool="b"), _answered(0.7, tool="a"), _answered(0.1, other="c")]

    points, missing = engine.series_of(TOOLS, _result(*series), AT, AT + 60, "http://p")

    assert points == {
        "knowledge.a": (Point(AT, 500.0),), "knowledge.b": (Point(AT, 200.0),), "knowledge.latency": (Point(AT, 100.0),)
    }  # fmt: skip
    assert missing == {
        "knowledge.a": _lacks("http://p gives knowledge.a twice; expected one series for each tool", "latency")
    }


@pytest.mark.parametrize(("values", "more"), [(21, 0), (22, 1), (24, 3)])
def test_twenty_gaps_are_named_and_the_others_counted(values: int, more: int) -> None:
    series = _answered(*range(values), every=7200)

    _, missing = engine.series_of(DISK, _result(series), AT, AT + 7200 * (values - 1), "http://p")

    said = [each.message for each in missing[DISK.series]]
    assert len(said) == 20 + bool(more)
    assert said[0].endswith("from 2026-01-06T10:00:00+00:00 to 2026-01-06T12:00:00+00:00 (2 h)")
    assert [each for each in said if "…" in each] == (
        [f"prometheus.queries.disk: … and {more} more gaps of host.disk_percent"] if more else []
    )


def test_gap_is_longer_than_two_steps() -> None:
    assert engine.gaps([Point(20.0, 1.0), Point(41.0, 1.0)], 0.0, 61.0, 10) == [Gap(20.0, 41.0)]
    assert engine.gaps([], 0.0, 20.0, 10) == []
    assert str(Gap(0.0, 3600.0)).endswith("(1 h)")
    assert str(Gap(0.0, 3540.0)).endswith("(59 min)")


def test_engine_asks_every_query_and_goes_on_where_one_is_refused(answers: Ask) -> None:
    good = _data("matrix", {"metric": {}, "values": [[AT + 300 * number, "1"] for number in range(13)]}, warnings=["w"])
    refused = {"status": "error", "errorType": "execution", "error": "too many samples"}
    asked = answers(good, refused, good, _data("matrix"), good)

    found = engine.read(PrometheusTarget(URL, {"p99": "slow", "cpu": "own"}, link_mbit=10), OPENS, CLOSES, 300)

    assert [each[3]["data"]["query"] for each in asked] == [
        each.text for each in queries_of({"p99": "slow", "cpu": "own"}, {}, 10)
    ]
    assert (found.label, found.step) == (URL, 300)
    assert set(found.points) == {"host.disk_percent", "host.memory_percent", "knowledge.p99"}
    assert found.points["knowledge.p99"][0] == Point(AT, 1000.0)
    usual = usual_queries({}, 10)["network"]
    assert found.missing == {
        "host.cpu_percent": _lacks(f"{URL}: refuses (execution): too many samples", "cpu"),
        "host.network_percent": _lacks(f"{URL} has no data for {usual[:200]}; no data is no pass", "network"),
    }
    assert found.remarks == tuple(
        Finding(None, None, f"prometheus.queries.{name}: Prometheus remarks: w") for name in ("disk", "memory", "p99")
    )


def test_engine_asks_no_more_where_nothing_comes(answers: Ask) -> None:
    asked = answers({}, error="cannot be reached", status=None)

    found = engine.read(PrometheusTarget(URL), OPENS, CLOSES, 300)

    assert len(asked) == 1
    assert found.points == {}
    assert found.missing == {
        series: _lacks(f"{URL}: POST /api: cannot be reached; expected a Prometheus that answers", name)
        for name, series in queries.HOST.items()
    }


# The queries


def test_usual_queries_are_the_four_figures_of_a_machine() -> None:
    disk, link = (
        'fstype!~"tmpfs|ramfs|squashfs|iso9660|erofs"',
        'device!~"lo|veth.*|docker.*|br-.*|virbr.*|cni.*|flannel.*|cali.*"',
    )
    size, free, avail = (f"node_filesystem_{each}_bytes{{{disk}}}" for each in ("size", "free", "avail"))
    into, out = (f"rate(node_network_{each}_bytes_total{{{link}}}[5m])" for each in ("receive", "transmit"))
    busier = f"(({into} > {out}) or {out})"

    assert usual_queries({}) == {
        "disk": f"max(100 * ({size} - {free}) / (({size} - {free} + {avail}) > 0))",
        "cpu": 'max(100 * (1 - sum by (instance) (rate(node_cpu_seconds_total{mode=~"idle|iowait"}[5m])) / count by '
               '(instance) (node_cpu_seconds_total{mode="idle"})))',
        "memory": "max(100 * (1 - node_memory_MemAvailable_bytes / node_memory_MemTotal_bytes))",
        "network": f"max(100 * {busier} / on (instance, job, device) (node_network_speed_bytes{{{link}}} > 0))",
    }  # fmt: skip
    assert usual_queries({}, 2500.0)["network"] == f"max(100 * {busier} * 8 / 1e6 / 2500)"
    assert usual_queries({"job": "node", "a": 'b"c'})["memory"] == (
        'max(100 * (1 - node_memory_MemAvailable_bytes{job="node",a="b\\"c"} / '
        'node_memory_MemTotal_bytes{job="node",a="b\\"c"}))'
    )


def test_own_queries_replace_the_usual_ones_and_join_them() -> None:
    own = {
        "availability": "a",
        "latency": "l",
        "disk": "d",
        "latency.get.x": "x",
        "p99": "p",
        "error_rate": "e",
        "?": "?",
    }
    usual = usual_queries({"a": "b"}, 7)

    assert queries_of(own, {"a": "b"}, 7) == [
        Query("disk", "d", "host.disk_percent"),
        *(Query(name, usual[name], f"host.{name}_percent") for name in ("cpu", "memory", "network")),
        Query("availability", "a", "knowledge.availability_percent"),
        Query("latency", "l", "knowledge.latency", 1000.0, "tool"),
        Query("latency.get.x", "x", "knowledge.get.x", 1000.0),
        Query("p99", "p", "knowledge.p99", 1000.0),
        Query("error_rate", "e", "knowledge.error_rate_percent"),
    ]


# The target


def test_target_says_all_of_it_or_takes_what_is_usual() -> None:
    data = {"url": f"{URL}/x/graph/", "queries": {"latency.a": "b"}, "labels": {"_c1": "d"}, "token": "t0ken-of-ours"}

    assert prometheus_of(Path("t.yaml"), {**data, "link_mbit": 5, "timeout_seconds": 3}) == PrometheusTarget(
        f"{URL}/x",
        {"latency.a": "b"},
        {"_c1": "d"},
        {"authorization": "Bearer t0ken-of-ours"},
        5,
        3.0,
        ("t0ken-of-ours",),
    )
    assert prometheus_of(Path("t.yaml"), {"url": "https://p"}) == PrometheusTarget("https://p")
    assert PrometheusTarget("https://user:secret@p:9/x?y").label == "https://p:9/x"
    assert PrometheusTarget(URL).timeout_seconds == 10
