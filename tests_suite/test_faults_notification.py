"""Every fault of the notice to users and team trips exactly its items of the notification gate."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml

from fixtures.reference.process import ReferenceServer
from tests_suite.faults import notification, notification_team, records, world
from tests_suite.faults.proof import prove
from tests_suite.faults.world import Fault, World, run_gate

FAULTS = [*notification.FAULTS, *notification_team.FAULTS, replace(notification_team.SLOW, within=20.0)]
ITEMS = ("1.3.1", "1.3.2", "1.3.3", "1.3.4", "1.3.5")


@pytest.mark.parametrize("fault", FAULTS, ids=[fault.name for fault in FAULTS])
def test_fault_of_the_notification_trips_exactly_its_items(
    fault: Fault, tmp_path: Path, reference_server: ReferenceServer
) -> None:
    healthy = world.make(tmp_path / "world", reference_server.url)
    records.recorded(healthy)

    prove(fault, healthy, tmp_path / "reports")


def test_notification_of_a_healthy_world_passes(healthy: World, tmp_path: Path) -> None:
    records.recorded(healthy)

    run = healthy.run("notification", tmp_path / "reports")

    assert run.status == 0, run.output
    assert run.outcomes == dict.fromkeys(ITEMS, "passed"), run.messages
    assert run.verdict is not None
    assert run.verdict["verdict"] == "PASS"


@pytest.mark.parametrize("arguments", [(), ("-n2",)], ids=["in one process", "in two workers"])
def test_reference_provides_a_notification_of_its_own(arguments: tuple[str, ...], tmp_path: Path) -> None:
    run = run_gate("notification", *arguments, reports=tmp_path / "reports")

    assert run.status == 0, run.output
    assert run.outcomes == dict.fromkeys(ITEMS, "passed"), run.messages


def test_a_secret_in_a_link_stays_out_of_the_reports(healthy: World, tmp_path: Path) -> None:
    records.recorded(healthy)
    fault = next(fault for fault in FAULTS if fault.name == "notification: page not found")
    with healthy.running:
        fault.breaks(healthy)

        run = healthy.run("notification", tmp_path / "reports")

    assert "answered 404" in run.messages
    assert "s3cret-words" not in run.output
    reports = [path for path in (tmp_path / "reports").rglob("*") if path.is_file()]
    assert reports
    assert not [path for path in reports if b"s3cret-words" in path.read_bytes()]


def _in_yaml(world: World) -> None:
    path = records.path_of(world, "notification")
    data = json.loads(path.read_text(encoding="utf-8"))
    message = data["messages"][0]
    (path.parent / "notice.txt").write_text(message.pop("text"), encoding="utf-8")
    message["text_file"] = "notice.txt"
    path.with_suffix(".yml").write_text(yaml.safe_dump(data), encoding="utf-8")
    path.unlink()


def _in_new_york(world: World) -> None:
    """The same deployment, as people in another zone keep record of it."""
    zone = ZoneInfo("America/New_York")

    def change(data: dict[str, Any]) -> None:
        starts, ends = (datetime.fromisoformat(data["window"][key]).astimezone(zone) for key in ("starts", "ends"))
        data["window"] = {"starts": starts.isoformat(), "ends": ends.isoformat(), "time_zone": str(zone)}
        told = f"{starts:%B} {starts.day}, {starts:%I:%M %p} to {ends:%I:%M %p} {starts:%Z}"
        for message in data["messages"]:
            before, _, after = message["text"].partition(" on 20")
            message["text"] = f"{before} on {told}. {after.partition('. ')[2]}{after.partition('UTC')[2]}"
        for entry in data["availability"]:
            entry["from"] = datetime.fromisoformat(entry["from"]).astimezone(ZoneInfo("Asia/Kolkata")).isoformat()

    records.with_record("notification", change)(world)


def _many_messages(world: World) -> None:
    """One message for each group, an early announcement, and a reminder without any time."""

    def change(data: dict[str, Any]) -> None:
        first = data["messages"].pop(0)
        data["messages"] += [{**first, "to": [user.upper()]} for user in first["to"]]
        early = datetime.fromisoformat(first["sent"]) - timedelta(days=20)
        data["messages"].insert(0, {**first, "sent": early.isoformat(), "text": "2.0.0 comes next month"})
        data["messages"].append({**first, "text": "2.0.0: see you tomorrow at the stand-up, 9:15"})

    records.with_record("notification", change)(world)


def _other_roles(world: World) -> None:
    def change(data: dict[str, Any]) -> None:
        data["rollback_contact"].update(role="oncall", phone="+1 (202) 555-0105")
        names = {"Tech Lead": "TL", "Infrastructure Lead": "infra", "Product Manager": "pm", "QA Lead": "qa"}
        for entry in data["availability"]:
            entry["role"] = names.get(entry["role"], entry["role"].lower())
        data["messages"][1]["to"] = [entry["role"] for entry in data["availability"]]
        data["messages"][0]["by"]["role"] = "product manager"

    records.with_record("notification", change)(world)


@pytest.mark.parametrize("change", [_in_yaml, _in_new_york, _many_messages, _other_roles])
def test_harmless_variation_passes(change: Callable[[World], None], healthy: World, tmp_path: Path) -> None:
    records.recorded(healthy)
    before = healthy.digest()
    change(healthy)
    assert healthy.digest() != before

    run = healthy.run("notification", tmp_path / "reports")

    assert run.outcomes == dict.fromkeys(ITEMS, "passed"), f"{run.messages}\n{run.output}"


def test_faults_have_names_of_their_own_and_reach_every_item() -> None:
    names = [fault.name for fault in FAULTS]

    assert len(names) == len(set(names)) >= 100
    assert {item for fault in FAULTS for item in fault.trips} == set(ITEMS)
