"""Every fault of the performance baseline trips 1.1.4 of the verification gate, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from fixtures.baseline import baseline as checks
from fixtures.evidence import record
from fixtures.schedule import Schedule
from tests_suite.faults import records
from tests_suite.faults.baseline import FAULTS, GATE, changed
from tests_suite.faults.world import Fault, World

ITEM = "1.1.4"


@pytest.mark.parametrize("fault", FAULTS, ids=[fault.name for fault in FAULTS])
def test_fault_of_the_baseline_trips_exactly_its_item(fault: Fault, healthy: World, tmp_path: Path) -> None:
    records.recorded(healthy)
    before = healthy.digest()
    fault.breaks(healthy)
    assert healthy.digest() != before, "the fault changed nothing"

    run = healthy.run(GATE, tmp_path / "reports")

    assert run.outcomes.get(ITEM) == fault.trips[ITEM], f"{run.messages}\n{run.output}"
    others = {item: outcome for item, outcome in run.outcomes.items() if item != ITEM}
    assert "failed" not in others.values(), run.messages
    assert "degraded" not in others.values(), run.messages
    missing = [text for text in fault.says if text not in run.messages]
    assert not missing, run.messages
    assert "Traceback" not in run.output, run.output
    assert "the check itself broke" not in run.output, run.output
    assert run.seconds_of(fault.trips) < fault.within


def test_world_with_all_records_passes(healthy: World, tmp_path: Path) -> None:
    records.recorded(healthy)

    run = healthy.run(GATE, tmp_path / "reports")

    assert run.outcomes[ITEM] == "passed", f"{run.messages}\n{run.output}"
    assert not any(line.startswith(f"{ITEM} ") for line in run.messages.splitlines()), run.messages
    assert run.verdict is not None
    [item] = [each for each in run.verdict["items"] if each["id"] == ITEM]
    assert [measured["name"] for measured in item["measurements"]] == ["baseline age"]


def _further_tool(data: dict[str, Any]) -> None:
    data["knowledge"]["tools"]["compare_sources"] = data["knowledge"]["tools"]["get_patterns"]
    data["knowledge"]["requests"] += 5


ODD_BUT_GOOD: dict[str, Callable[[dict[str, Any]], object]] = {
    "a further tool": _further_tool,
    "no samples": lambda data: [tool.pop("samples") for tool in data["knowledge"]["tools"].values()],
    "errors of a monitoring": lambda data: data["knowledge"].update(requests=6000, errors=20, error_rate=0.3),
    "no network figure": lambda data: data["host"].update(network_percent=None, network_reason="it is not shown"),
    "whole milliseconds": lambda data: data["knowledge"]["tools"]["search_knowledge"].update(
        n=5, min=39, p50=41, p95=53, max=53, samples=[41, 39, 45, 40, 53]
    ),
}


@pytest.mark.parametrize("change", ODD_BUT_GOOD.values(), ids=ODD_BUT_GOOD)
def test_odd_but_good_baseline_passes(
    change: Callable[[dict[str, Any]], object], healthy: World, tmp_path: Path
) -> None:
    records.recorded(healthy)
    before = healthy.digest()
    changed(change)(healthy)
    assert healthy.digest() != before, "there is nothing odd about it"

    run = healthy.run(GATE, tmp_path / "reports")

    assert run.outcomes[ITEM] == "passed", f"{run.messages}\n{run.output}"


def test_baseline_from_between_t_0_and_now_is_too_late(healthy: World) -> None:
    records.recorded(healthy)
    now = datetime.now(UTC)
    changed(lambda data: data.update(captured=(now - timedelta(minutes=20)).isoformat()))(healthy)
    read = record.read(records.path_of(healthy, "baseline").parent, "baseline")

    [late] = checks.time_findings(read, now, Schedule(now - timedelta(hours=1)))

    assert "expected a time before the deployment" in late.message
    assert not checks.time_findings(read, now, Schedule(now + timedelta(hours=1)))


def test_line_of_a_mistake_is_told(healthy: World, tmp_path: Path) -> None:
    records.recorded(healthy)
    changed(lambda data: data["host"].update(cpu_percent=130))(healthy)
    text = records.path_of(healthy, "baseline").read_text(encoding="utf-8")
    line = next(number for number, each in enumerate(text.splitlines(), 1) if '"cpu_percent"' in each)

    run = healthy.run(GATE, tmp_path / "reports")

    assert f"baseline.json:{line}: host.cpu_percent: 130 is out of range" in run.messages


def test_template_is_a_baseline_once_it_is_filled_in() -> None:
    """Every key of the template is one of the schema, and none is missing."""
    text = (record.HERE / "templates" / "baseline.yaml").read_text(encoding="utf-8")
    schema = json.loads((record.HERE / "baseline.schema.json").read_text(encoding="utf-8"))
    template = record._parsed("baseline.yaml", text)

    assert set(template) == set(schema["properties"])
    assert set(template["host"]) == set(schema["properties"]["host"]["required"])
    assert set(template["knowledge"]) == set(schema["properties"]["knowledge"]["required"])
    assert set(template["steps"]) == set(schema["properties"]["steps"]["required"])


def test_faults_have_names_of_their_own() -> None:
    names = [fault.name for fault in FAULTS]

    assert len(names) == len(set(names)) >= 40
    assert {fault.trips[ITEM] for fault in FAULTS} == {"failed", "degraded"}
