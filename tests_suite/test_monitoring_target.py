"""What a target file says of the watch, taken as it stands, and what it cannot say."""

from __future__ import annotations

from pathlib import Path

import pytest

from fixtures.monitoring.monitoringtarget import MonitoringTarget, monitoring_of
from fixtures.targetfile import TargetError


def test_what_a_target_says_of_its_watch_is_taken_as_it_stands(tmp_path: Path) -> None:
    data = {
        "minutes": 10,
        "every_seconds": 600,
        "smoke_every_seconds": 600,
        "host": "local",
        "disk": "data",
        "link_mbit": 100,
        "samples": "/var/samples.jsonl",
    }

    found = monitoring_of(tmp_path / "target.yaml", data)

    assert found == MonitoringTarget(
        10.0, 600.0, 600.0, "local", tmp_path / "data", 100, Path("/var/samples.jsonl").absolute()
    )
    assert found.label == "10 min, a sample every 600 s, smoke every 600 s"
    assert monitoring_of(tmp_path / "target.yaml", {}) == MonitoringTarget(60.0, 300.0, 600.0)
    assert isinstance(found.minutes, float)


def test_place_below_the_home_folder_is_there(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))

    assert monitoring_of(Path("/x/target.yaml"), {"disk": "~/data"}).disk == tmp_path / "data"


@pytest.mark.parametrize("name", ["every_seconds", "smoke_every_seconds"])
def test_interval_is_not_longer_than_the_watch(name: str) -> None:
    data = {"minutes": 0.5, "every_seconds": 30, "smoke_every_seconds": 30, name: 30.5}

    with pytest.raises(TargetError) as caught:
        monitoring_of(Path("/x/target.yaml"), data)

    assert str(caught.value) == (
        f"target.yaml: monitoring.{name}: 30.5 s is longer than the whole watch of 0.5 min; expected several in it"
    )
