"""The gate of the first day on a real Prometheus: the day before, made as its history."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests_suite import prometheusserver
from tests_suite.faults import world
from tests_suite.faults.announced import NOWHERE, Faults
from tests_suite.faults.announced import at as hours
from tests_suite.faults.records import put
from tests_suite.faults.watched import RELEASE, readings, starts, watched
from tests_suite.faults.world import World

pytestmark = pytest.mark.real_prometheus

EVERY = 60.0  # seconds, the scrape interval
ASKED = ("health", *RELEASE.knowledge_tools)
ITEMS = [f"3.2.{number}" for number in range(1, 8)]
LOOKED_AT = {"checked": [hours(5), hours(20)], "by": "Ines Example", "found": "At most 40 of 800 connections in use"}
LATENCY = "max by (tool) (knowledge_seconds)"


def _history(begins: datetime, slower: tuple[float, float] = (99, 99), without: tuple[float, float] = (99, 99)) -> str:
    """A day of a machine and a server from T-0 on; slower, or not scraped, between some hours."""
    gauges: dict[str, list[str]] = {}
    for minute in range(25 * 60):
        hour = minute / 60
        at = (begins + timedelta(minutes=minute)).timestamp()
        if without[0] <= hour < without[1]:
            continue

        def add(name: str, labels: str, value: float, at: float = at) -> None:
            gauges.setdefault(name, []).append(f"{name}{{{labels}}} {value!r} {at:.0f}")

        own = 'instance="db:9100",job="node"'
        add("node_filesystem_size_bytes", f'{own},fstype="ext4",mountpoint="/"', 1e11)
        add("node_filesystem_free_bytes", f'{own},fstype="ext4",mountpoint="/"', 6e10 - 1e6 * minute)
        add("node_filesystem_avail_bytes", f'{own},fstype="ext4",mountpoint="/"', 5e10 - 1e6 * minute)
        add("node_memory_MemTotal_bytes", own, 1e10)
        add("node_memory_MemAvailable_bytes", own, 6e9)
        add("node_network_speed_bytes", f'{own},device="eth0"', 1.25e8)
        for number, name in enumerate(ASKED):
            seconds = 0.2 if name == "list_sources" and slower[0] <= hour < slower[1] else 0.012 + number / 1000
            add("knowledge_seconds", f'tool="{name}"', seconds)
    families = [
        line for name, lines in gauges.items() for line in (f"# TYPE {name} gauge", *sorted(lines, key=_labels))
    ]
    for name, labels, share in (
        ("node_cpu_seconds", 'cpu="0",mode="idle"', 0.8),
        ("node_cpu_seconds", 'cpu="0",mode="user"', 0.2),
        ("node_network_receive_bytes", 'device="eth0"', 2e6),
        ("node_network_transmit_bytes", 'device="eth0"', 1e6),
    ):
        header = f"# TYPE {name} counter"
        families += [header] if header not in families else []
        families += [
            f'{name}_total{{instance="db:9100",job="node",{labels}}} {share * 60 * minute!r} '
            f"{(begins + timedelta(minutes=minute)).timestamp():.0f}"
            for minute in range(25 * 60)
            if not without[0] <= minute / 60 < without[1]
        ]
    return "\n".join([*families, "# EOF"]) + "\n"


def _labels(line: str) -> str:
    return line.partition("}")[0]


@pytest.fixture
def over(tmp_path: Path) -> World:
    """A world whose readings are all in Prometheus; people looked at the database."""
    made = world.make(tmp_path / "world", NOWHERE)
    watched(made)
    readings(made).unlink()
    Faults("first_day").changing(put("database", to=LOOKED_AT))(made)
    return made


def _run(over: World, tmp_path: Path, history: str, **queries: str) -> world.Run:
    with prometheusserver.prometheus(history) as url:
        own = {"latency": LATENCY, **queries}
        over.target["prometheus"] = {"url": url, "queries": own, "labels": {"instance": "db:9100"}}
        return over.run("first_day", tmp_path / "reports")


def test_day_is_read_from_prometheus_alone(over: World, tmp_path: Path) -> None:
    run = _run(over, tmp_path, _history(starts(over)))

    assert run.outcomes == dict.fromkeys(ITEMS, "passed"), run.messages
    assert run.status == 0, run.output


def test_slower_tool_is_found(over: World, tmp_path: Path) -> None:
    run = _run(over, tmp_path, _history(starts(over), slower=(12, 17)))

    assert run.outcomes == {**dict.fromkeys(ITEMS, "passed"), "3.2.2": "failed"}, run.messages
    assert "list_sources: slower: 200 ms from" in run.messages


def test_scrapes_that_stopped_for_hours_are_found(over: World, tmp_path: Path) -> None:
    run = _run(over, tmp_path, _history(starts(over), without=(8, 13)))

    failed = {"3.2.1": "failed", "3.2.2": "failed", "3.2.7": "failed"}
    assert run.outcomes == {**dict.fromkeys(ITEMS, "passed"), **failed}, run.messages
    assert "nobody looked from" in run.messages
    assert "no data of knowledge.health from" in run.messages


def test_series_that_is_not_there_is_no_pass(over: World, tmp_path: Path) -> None:
    run = _run(over, tmp_path, _history(starts(over)), disk="max(node_filesystem_sise_bytes)")

    assert run.outcomes == {**dict.fromkeys(ITEMS, "passed"), "3.2.7": "failed"}, run.messages
    assert "prometheus.queries.disk: " in run.messages
    assert "has no data for max(node_filesystem_sise_bytes); no data is no pass" in run.messages


@pytest.mark.parametrize(
    ("queries", "said"),
    [
        ({"error_rate": "vector(60)"}, "error rate: 60 % through the day; the limit is < 1 %"),
        ({"availability": "vector(40)"}, "availability: 40 % through the day; the limit is ≥ 99.9 %"),
        ({"error_rate": "no_such_metric"}, "prometheus.queries.error_rate: "),
    ],
)
def test_errors_and_availability_are_judged_where_they_are_asked_for(
    queries: dict[str, str], said: str, over: World, tmp_path: Path
) -> None:
    run = _run(over, tmp_path, _history(starts(over)), **queries)

    assert run.outcomes == {**dict.fromkeys(ITEMS, "passed"), "3.2.2": "failed"}, run.messages
    assert said in run.messages


def test_few_errors_and_an_available_server_pass(over: World, tmp_path: Path) -> None:
    run = _run(over, tmp_path, _history(starts(over)), error_rate="vector(0.2)", availability="vector(99.95)")

    assert run.outcomes == dict.fromkeys(ITEMS, "passed"), run.messages


def test_readings_of_both_make_one_day(over: World, tmp_path: Path) -> None:
    watched(world.make(tmp_path / "other", NOWHERE))
    written = tmp_path / "other" / "evidence" / "readings.jsonl"
    readings(over).write_bytes(written.read_bytes())
    with prometheusserver.prometheus(_history(starts(over))) as url:
        over.target["prometheus"] = {"url": url, "queries": {"latency": "no_such_metric"}}
        run = over.run("first_day", tmp_path / "reports")

    assert run.outcomes == dict.fromkeys(ITEMS, "passed"), run.messages


@pytest.fixture(autouse=True)
def _programs() -> None:
    """A machine without the packages fails here, in words."""
    for name in prometheusserver.PROGRAMS:
        assert prometheusserver.program(name)
