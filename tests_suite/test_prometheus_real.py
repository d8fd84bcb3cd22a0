"""A real Prometheus with a real node exporter: what the engine reads is what this machine and its history say."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import psutil
import pytest

from fixtures.prometheus import engine
from fixtures.prometheus.client import PrometheusError, connected
from fixtures.prometheus.prometheustarget import PrometheusTarget
from tests_suite import prometheusserver

pytestmark = pytest.mark.real_prometheus

ENDS = datetime(2026, 1, 7, 9, 0, tzinfo=UTC)
STARTS = ENDS - timedelta(hours=2)
EVERY = 15.0  # seconds, the scrape interval of the history
TOOLS = ("search_knowledge", "get_decisions")
PATIENCE = 60.0  # seconds until the first figures are there; eight are usual


def _line(name: str, labels: str, value: float, at: float) -> str:
    return f"{name}{{{labels}}} {value!r} {at:.3f}"


def _family(name: str, kind: str, lines: list[str]) -> list[str]:
    return [f"# TYPE {name} {kind}", *lines]


def _times() -> list[float]:
    count = int((ENDS - STARTS).total_seconds() / EVERY)
    return [STARTS.timestamp() + EVERY * number for number in range(count + 1)]


def _over(value: Callable[[int], float], name: str, labels: str, without: range = range(0)) -> list[str]:
    return [_line(name, labels, value(n), at) for n, at in enumerate(_times()) if n not in without]


def _history() -> str:
    """Two hours of made figures, in OpenMetrics' text."""
    buckets = []
    for bound, share in (("0.5", 0.90), ("1.0", 0.98), ("5.0", 1.0), ("+Inf", 1.0)):
        labels = f'le="{bound}",job="knowledge"'
        buckets += _over(lambda n, share=share: 1000.0 * n * share, "answers_seconds_bucket", labels)  # type: ignore[misc]
    counts = _over(lambda n: 1000.0 * n, "answers_seconds_count", 'job="knowledge"')
    sums = _over(lambda n: 300.0 * n, "answers_seconds_sum", 'job="knowledge"')
    tools = [
        line
        for number, tool in enumerate(TOOLS)
        for line in _over(lambda n, number=number: 0.1 * (number + 1), "tool_seconds", f'tool="{tool}"')  # type: ignore[misc]
    ]
    gap = _over(lambda n: 1.0, "with_a_gap", 'instance="a"', without=range(100, 200))
    nan = _over(lambda n: float("nan"), "not_a_number", 'instance="a"')
    host = [
        *_family("node_memory_MemTotal_bytes", "gauge", _over(lambda n: 1000.0, "node_memory_MemTotal_bytes",
                 'instance="a"') + _over(lambda n: 1000.0, "node_memory_MemTotal_bytes", 'instance="b"')),
        *_family("node_memory_MemAvailable_bytes", "gauge", _over(lambda n: 700.0, "node_memory_MemAvailable_bytes",
                 'instance="a"') + _over(lambda n: 250.0, "node_memory_MemAvailable_bytes", 'instance="b"')),
        *_family("node_network_speed_bytes", "gauge", _over(lambda n: 1000.0, "node_network_speed_bytes",
                 'instance="a",job="node",device="eth0"')
                 + _over(lambda n: -125000.0, "node_network_speed_bytes", 'instance="b",job="node",device="eth0"')),
        *_family("node_network_receive_bytes", "counter", _over(lambda n: EVERY * 100.0 * n,
                 "node_network_receive_bytes_total", 'instance="a",job="node",device="eth0"')),
        *_family("node_network_transmit_bytes", "counter", _over(lambda n: EVERY * 300.0 * n,
                 "node_network_transmit_bytes_total", 'instance="a",job="node",device="eth0"')),
    ]  # fmt: skip
    families = [
        *_family("answers_seconds", "histogram", buckets + counts + sums),
        *_family("tool_seconds", "gauge", tools),
        *_family("with_a_gap", "gauge", gap),
        *_family("not_a_number", "gauge", nan),
        *host,
    ]
    return "\n".join([*families, "# EOF"]) + "\n"


@pytest.fixture(scope="module")
def historian() -> Iterator[str]:
    with prometheusserver.prometheus(_history()) as url:
        yield url


def _read(url: str, step: float = 60.0, **queries: str) -> engine.Engine:
    named = {name.replace("__", "."): text for name, text in queries.items()}
    return engine.read(PrometheusTarget(url, named), STARTS + timedelta(minutes=10), ENDS, step)


def test_this_machine_is_read_through_node_exporter() -> None:
    with prometheusserver.node_exporter() as exporter, prometheusserver.prometheus(exporters=[exporter]) as url:
        target = PrometheusTarget(url, labels={"job": "node"}, link_mbit=1000)
        found = _scraped(target)
        version = _version(target)

    assert version.startswith("2.")
    assert found.missing == {}
    figures = {name: points[-1].value for name, points in found.points.items()}
    assert set(figures) == {f"host.{each}_percent" for each in ("disk", "cpu", "memory", "network")}
    assert all(0 <= value <= 100 for value in figures.values()), figures
    assert figures["host.memory_percent"] == pytest.approx(psutil.virtual_memory().percent, abs=5)
    disks = [psutil.disk_usage(each.mountpoint).percent for each in psutil.disk_partitions(all=False)]
    assert any(figures["host.disk_percent"] == pytest.approx(each, abs=2) for each in disks), (figures, disks)


def _scraped(target: PrometheusTarget) -> engine.Engine:
    """The last second of a machine, once it has been scraped often enough for a rate."""
    until = time.monotonic() + PATIENCE
    while True:
        now = datetime.now(UTC)
        found = engine.read(target, now - timedelta(seconds=1), now, 1)
        if not found.missing or time.monotonic() > until:
            return found
        time.sleep(0.5)


def _version(target: PrometheusTarget) -> str:
    with connected(target) as server:
        return server.version()


def test_percentile_of_a_histogram_is_reckoned_by_prometheus(historian: str) -> None:
    p99 = "histogram_quantile(0.99, sum by (le) (rate(answers_seconds_bucket[5m])))"

    points = _read(historian, p99=p99).points["knowledge.p99"]

    assert {round(point.value) for point in points} == {3000}  # half-way from 1 to 5 seconds, in milliseconds


def test_share_of_a_bucket_is_exact(historian: str) -> None:
    share = '100 * sum(rate(answers_seconds_bucket{le="1.0"}[5m])) / sum(rate(answers_seconds_count[5m]))'

    points = _read(historian, availability=share).points["knowledge.availability_percent"]

    assert {round(point.value, 6) for point in points} == {98.0}


def test_bucket_under_another_name_is_no_data_and_the_name_is_guessed(historian: str) -> None:
    found = _read(historian, availability='100 * answers_seconds_bucket{le="5"}')

    said = found.missing["knowledge.availability_percent"][0].message
    assert "has no data" in said
    assert 'le="5" is perhaps called le="5.0" there; no data is no pass' in said


def test_one_query_gives_every_tool(historian: str) -> None:
    found = _read(historian, latency="tool_seconds")

    assert {round(point.value, 6) for point in found.points["knowledge.search_knowledge"]} == {100.0}
    assert {round(point.value, 6) for point in found.points["knowledge.get_decisions"]} == {200.0}


def test_query_of_one_tool(historian: str) -> None:
    found = _read(historian, latency__list_sources='tool_seconds{tool="get_decisions"}')

    assert {round(point.value, 6) for point in found.points["knowledge.list_sources"]} == {200.0}


def test_several_series_where_one_is_expected_are_refused(historian: str) -> None:
    found = _read(historian, availability="tool_seconds")

    assert "gives 2 series, such as" in found.missing["knowledge.availability_percent"][0].message
    assert "knowledge.availability_percent" not in found.points


def test_gap_in_a_series_is_named_from_when_to_when(historian: str) -> None:
    found = _read(historian, availability="with_a_gap")

    gap = found.missing["knowledge.availability_percent"]
    assert len(gap) == 1
    # Prometheus looks back 5 minutes for the last value; the gap of 25 minutes is 20 to it.
    assert "no data of knowledge.availability_percent from 2026-01-07T07:29:00+00:00 to 2026-01-07T07:50:00" in str(gap)


def test_not_a_number_is_no_data(historian: str) -> None:
    found = _read(historian, availability="not_a_number")

    assert "none of them a number" in found.missing["knowledge.availability_percent"][0].message


def test_absent_series_is_no_data(historian: str) -> None:
    found = _read(historian)

    assert "has no data for max(100 * (node_filesystem_size_bytes" in found.missing["host.disk_percent"][0].message


def test_the_machine_that_is_worst_off_counts_and_labels_choose_one(historian: str) -> None:
    worst = _read(historian).points["host.memory_percent"]
    target = PrometheusTarget(historian, labels={"instance": "a"})
    chosen = engine.read(target, STARTS, ENDS, 60).points["host.memory_percent"]

    assert {point.value for point in worst} == {75.0}
    assert {round(point.value, 6) for point in chosen} == {30.0}


def test_network_is_the_busier_way_in_percent_of_the_link(historian: str) -> None:
    network = _read(historian).points["host.network_percent"]
    target = PrometheusTarget(historian, link_mbit=0.0048)
    by_speed = engine.read(target, STARTS + timedelta(minutes=10), ENDS, 60)

    assert {round(point.value, 3) for point in network} == {30.0}
    assert {round(point.value, 3) for point in by_speed.points["host.network_percent"]} == {50.0}


def test_bad_query_is_refused_in_the_words_of_prometheus(historian: str) -> None:
    found = _read(historian, availability="100 * (sum(")

    said = found.missing["knowledge.availability_percent"][0].message
    assert said.startswith("prometheus.queries.availability: http://127.0.0.1:")
    assert "refuses (bad_data): " in said
    assert "parse error" in said


def test_a_year_of_seconds_gets_a_longer_step(historian: str) -> None:
    found = engine.read(PrometheusTarget(historian), ENDS - timedelta(days=365), ENDS, 1)

    assert found.step == 3600
    assert found.points["host.memory_percent"][-1].value == 75.0


def test_a_moment_can_be_asked_for(historian: str) -> None:
    with connected(PrometheusTarget(historian)) as server:
        result = server.query("sum(tool_seconds)", ENDS)
        with pytest.raises(PrometheusError, match="answered with scalar; expected a vector"):
            server.query("1", ENDS)

    assert [round(point.value, 6) for each in result.series for point in each.points] == [0.3]
