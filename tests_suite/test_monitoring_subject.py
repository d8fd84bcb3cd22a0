"""The watch as a part of the gate: its budget, its smoke runs, the machine by Prometheus, what people see."""

from __future__ import annotations

import dataclasses
import json
import os
import pty
import select
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from fixtures import target as targets
from fixtures.knowledge.knowledgetarget import KnowledgeTarget
from fixtures.monitoring import subject
from fixtures.monitoring.monitoringtarget import MonitoringTarget
from fixtures.monitoring.samples import read
from fixtures.targetfile import TargetError
from gate import checklist
from tests_suite.faults import hour
from tests_suite.faults.hour import HOST, SAMPLES
from tests_suite.faults.sick_server import Exchange, SickServer
from tests_suite.faults.world import World

SUITE = Path(__file__).parents[1]
RELEASE = checklist.load().release
ITEMS = ("3.1.1", "3.1.2", "3.1.3", "3.1.4")


def _target(key: str | None, monitoring: MonitoringTarget | None = None) -> targets.Target:
    own = dataclasses.replace(targets.reference_target(), embedded=(), monitoring=monitoring or MonitoringTarget())
    return dataclasses.replace(own, knowledge=KnowledgeTarget("https://knowledge.example.com", key))


def test_watch_of_the_plan_stays_within_the_budget_of_the_public_tier() -> None:
    """13 samples of `/health` and six tools, a session, and no smoke run that asks."""
    target = _target(None)

    assert subject.left_out(target, RELEASE) == ("2.1.2",)
    assert subject.requests(target.monitoring, 6, smoke=False) == 13 * 7 + 4 == 95
    assert subject.budget(target, RELEASE) == (
        "95 requests to https://knowledge.example.com; production grants 100 an hour without an API key; "
        "smoke runs leave 2.1.2 to the samples; where the session has to be opened again, samples leave calls out for "
        "it"
    )
    assert subject.room(target, RELEASE) == 100 - 13 * 7


def test_watch_with_a_key_has_smoke_runs_ask_as_well() -> None:
    target = _target("kp_0123456789abcdef")

    assert subject.left_out(target, RELEASE) == ()
    assert subject.requests(target.monitoring, 6, smoke=True) == 13 * 7 + 4 + 6 * 9
    assert subject.budget(target, RELEASE).endswith("production grants 1000 an hour")


def test_smoke_runs_that_leave_the_server_to_the_samples_pass(over: World, tmp_path: Path) -> None:
    hour.live(minutes=7 / 60, every_seconds=0.5, smoke_every_seconds=7)(over)

    run = over.run("monitoring", tmp_path / "reports")

    assert run.outcomes == dict.fromkeys(ITEMS, "passed"), f"{run.messages}\n{run.output}"
    assert "smoke runs leave 2.1.2 to the samples" in run.output
    (smoke,) = read(over.root / SAMPLES).smokes
    assert (smoke.verdict, smoke.failed, smoke.steps) == ("INCOMPLETE", (), 11)
    items = json.loads(Path(smoke.report).read_text(encoding="utf-8"))["items"]
    assert [item["id"] for item in items if item["outcome"] == "missing"] == ["2.1.2"]


def _prometheus(figures: dict[str, float]) -> SickServer:
    """A server that answers range queries with a figure for what the query speaks of."""

    def answered(exchange: Exchange) -> None:
        sent = parse_qs(urlsplit(exchange.head.split(b" ")[1].decode()).query) | parse_qs(exchange.body.decode())
        query = sent.get("query", [""])[0]
        kind = next((name for name in ("filesystem", "cpu", "memory", "network") if f"node_{name}" in query), "")
        start, end, step = (float(sent[name][0].rstrip("s")) for name in ("start", "end", "step"))
        times = [start + k * step for k in range(int((end - start) / step + 1e-6) + 1)]
        values = [[at, str(figures[kind])] for at in times] if kind in figures else []
        result = [{"metric": {"instance": "host:9100"}, "values": values}] if values else []
        data = {"status": "success", "data": {"resultType": "matrix", "result": result}}
        exchange.reply(200, json.dumps(data).encode(), {"content-type": "application/json"})

    return SickServer("http://127.0.0.1:9", {"*": answered})


@pytest.mark.parametrize(
    ("figures", "outcome", "says"),
    [
        ({"filesystem": 41.0, "cpu": 20.0, "memory": 30.0, "network": 5.0}, "passed", ""),
        ({"filesystem": 41.0, "cpu": 75.0, "memory": 30.0, "network": 5.0}, "degraded", "CPU usage: 75 %"),
        ({"filesystem": 41.0, "cpu": 20.0, "memory": 30.0}, "failed", "network: no figure in the whole watch"),
    ],
    ids=["all well", "busy", "no network"],
)
def test_machine_by_prometheus_is_judged_as_one_that_was_sampled(
    figures: dict[str, float], outcome: str, says: str, over: World, tmp_path: Path
) -> None:
    with _prometheus(figures) as server:
        over.target["monitoring"]["host"] = "prometheus"
        over.target["prometheus"] = {"url": server.url}
        hour.keep(over, lambda lines: [{k: each for k, each in line.items() if k != "host"} for line in lines])

        run = over.run("monitoring", tmp_path / "reports")

    assert run.outcomes == {**dict.fromkeys(ITEMS, "passed"), "3.1.3": outcome}, f"{run.messages}\n{run.output}"
    assert says in run.messages
    assert server.seen


def test_people_see_one_line_that_is_rewritten(tmp_path: Path) -> None:
    main, terminal = pty.openpty()
    command = [sys.executable, "-m", "pytest", "-m", "monitoring", "-p", "no:cacheprovider"]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    process = subprocess.Popen(
        [*command, f"--report-dir={tmp_path}"],
        cwd=SUITE,
        env={**environment, "TERM": "xterm", "COLUMNS": "200"},
        stdin=subprocess.DEVNULL,
        stdout=terminal,
        stderr=subprocess.STDOUT,
    )
    os.close(terminal)
    seen, until = b"", time.monotonic() + 110
    while time.monotonic() < until:
        if select.select([main], [], [], 0.2)[0]:
            try:
                piece = os.read(main, 65536)
            except OSError:  # the other end was closed
                break
            if not piece:
                break
            seen += piece
        elif process.poll() is not None:
            break
    process.wait(10)
    os.close(main)

    text = seen.decode("utf-8", "replace")
    assert process.returncode == 0, text
    rewritten = [part for part in text.split("\r") if part.startswith("monitoring: ") and "next in" in part]
    assert rewritten, text
    assert "of 3 samples" in rewritten[0]


def test_world_that_is_watched_has_the_figures_of_its_machine(over: World, tmp_path: Path) -> None:
    run = over.run("monitoring", tmp_path / "reports")

    assert run.verdict is not None
    measured = {each["name"]: each for item in run.verdict["items"] for each in item["measurements"]}
    assert measured["disk usage"]["value"] == HOST["disk_percent"]
    assert measured["CPU usage"]["samples"] == [HOST["cpu_percent"]] * 13
    metrics = (tmp_path / "reports" / "monitoring" / "metrics.prom").read_text(encoding="utf-8")
    assert 'release_gate_host_used_ratio{target="a broken copy",release="2.0.0",resource="disk"} 0.41' in metrics
    assert 'release_gate_smoke_runs{target="a broken copy",release="2.0.0",verdict="PASS"} 6.0' in metrics


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ({"minutes": 0}, "monitoring.minutes: 0 is out of range; expected minutes, more than 0 and at most 60"),
        ({"minutes": 61}, "monitoring.minutes: 61 is out of range"),
        ({"every_seconds": 0.01}, "monitoring.every_seconds: 0.01 is out of range"),
        ({"minutes": 1, "every_seconds": 61}, "monitoring.every_seconds: 61 s is longer than the whole watch of 1 min"),
        ({"minutes": 5, "every_seconds": 60}, "monitoring.smoke_every_seconds: 600 s is longer than the whole watch"),
        ({"host": "cloud"}, "monitoring.host: unknown; expected one of local, prometheus, none"),
        ({"link_mbit": -1}, "monitoring.link_mbit: -1 is out of range"),
        ({"interval": 5}, "monitoring.interval: unknown key"),
        ({}, "monitoring: is empty"),
    ],
)
def test_mistake_in_the_target_is_one_line(data: dict[str, object], says: str, tmp_path: Path) -> None:
    path = tmp_path / "target.yaml"
    path.write_text(json.dumps({"name": "mine", "monitoring": data}), encoding="utf-8")

    with pytest.raises(TargetError) as caught:
        targets.from_file(path)

    assert str(caught.value).startswith(f"target.yaml: {says}"), caught.value
    assert "\n" not in str(caught.value)


def test_target_that_says_nothing_is_watched_as_the_plan_says(tmp_path: Path) -> None:
    path = tmp_path / "target.yaml"
    path.write_text("name: mine\n", encoding="utf-8")

    own = targets.from_file(path).monitoring

    assert (own.minutes, own.every_seconds, own.smoke_every_seconds, own.host) == (60.0, 300.0, 600.0, None)


def test_reference_deviates_from_the_plan_only_where_it_is_watched() -> None:
    assert {each["item"] for each in targets.reference_target("monitoring").overrides} == {"3.1.1", "3.1.3"}
    assert targets.reference_target("postdeploy").overrides == targets.reference_target("monitoring").overrides
    for expression in ("", "smoke", "feedback", "predeploy", "monitoring or smoke"):
        assert targets.reference_target(expression).overrides == (), expression
