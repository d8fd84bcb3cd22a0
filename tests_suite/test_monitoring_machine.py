"""The machine, sample by sample, on counters that the test sets: shares over the time since the sample before."""

from __future__ import annotations

import math
from collections import namedtuple
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psutil
import pytest

from fixtures.monitoring import machine
from fixtures.monitoring.machine import Machine

NO_SPEED = "no network interface of this machine tells its speed; name it in the target as monitoring.link_mbit"
Linux = namedtuple("Linux", ("user", "system", "idle", "iowait", "guest", "guest_nice"))
Mac = namedtuple("Mac", ("user", "nice", "system", "idle"))


@pytest.fixture
def counters(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> dict[str, Any]:
    """What the machine tells next; a test changes it from reading to reading."""
    told: dict[str, Any] = {
        "at": 100.0,
        "processors": Linux(10.0, 5.0, 80.0, 5.0, 0.0, 0.0),
        "moved": {"eth0": 1_000_000, "veth": 0},
        "speeds": {"eth0": 100.0},
        "usage": SimpleNamespace(percent=41.256, free=600.0, total=1000.0),
    }

    def usage(folder: str) -> object:
        assert folder == str(tmp_path)
        if isinstance(told["usage"], OSError):
            raise told["usage"]
        return told["usage"]

    monkeypatch.setattr(machine, "time", SimpleNamespace(monotonic=lambda: told["at"]))
    monkeypatch.setattr(machine, "bytes_moved", lambda: dict(told["moved"]))
    monkeypatch.setattr(machine, "speeds", lambda: told["speeds"])
    monkeypatch.setattr(psutil, "cpu_times", lambda: told["processors"])
    monkeypatch.setattr(psutil, "virtual_memory", lambda: SimpleNamespace(percent=33.336))
    monkeypatch.setattr(psutil, "disk_usage", usage)
    return told


def begun(folder: Path, link_mbit: float | None = None) -> Machine:
    made = Machine(folder, link_mbit)
    made.begin()
    return made


def test_figures_are_those_since_the_reading_before(counters: dict[str, Any], tmp_path: Path) -> None:
    made = begun(tmp_path)
    counters.update(at=102.0, processors=Linux(11.0, 6.0, 85.0, 6.0, 0.0, 0.0), moved={"eth0": 3_500_000, "veth": 9**9})

    first = made.read()

    counters.update(
        at=106.0, processors=Linux(11.25, 6.0, 85.25, 6.0, 0.0, 0.0), moved={"eth0": 3_600_001, "veth": 9**9}
    )
    assert first == {
        "disk_percent": 41.26,
        "disk_free_bytes": 600,
        "disk_total_bytes": 1000,
        "memory_percent": 33.34,
        "cpu_percent": 25.0,
        "network_percent": 10.0,
        "network_bytes_per_second": 1_250_000.0,
    }
    assert type(first["disk_free_bytes"]) is type(first["disk_total_bytes"]) is int
    second = made.read()
    assert (second["cpu_percent"], second["network_bytes_per_second"]) == (50.0, 25_000.2)


def test_guests_are_counted_once_and_waiting_is_no_work(counters: dict[str, Any], tmp_path: Path) -> None:
    """Time of guests is in user and nice already: 3 s more of it are 3 s of work in 10."""
    made = begun(tmp_path)
    counters.update(processors=Linux(13.0, 5.0, 82.0, 10.0, 2.0, 1.0))

    assert made.read()["cpu_percent"] == 30.0


def test_system_that_knows_neither_guests_nor_waiting_has_a_share_too(counters: dict[str, Any], tmp_path: Path) -> None:
    counters.update(processors=Mac(1.0, 1.0, 1.0, 1.0))
    made = begun(tmp_path)
    counters.update(processors=Mac(2.0, 1.0, 2.0, 7.0))

    assert made.read()["cpu_percent"] == 25.0


@pytest.mark.parametrize(
    ("processors", "percent"),
    [(Linux(9.0, 5.0, 90.0, 5.0, 0.0, 0.0), 0.0), (Linux(20.0, 5.0, 79.0, 5.0, 0.0, 0.0), 100.0)],
    ids=["work goes back", "idleness goes back"],
)
def test_counters_that_go_back_give_a_share_of_the_whole_all_the_same(
    processors: Linux, percent: float, counters: dict[str, Any], tmp_path: Path
) -> None:
    made = begun(tmp_path)
    counters.update(processors=processors)

    assert made.read()["cpu_percent"] == percent


def test_what_the_system_does_not_tell_is_null_with_the_reason(counters: dict[str, Any], tmp_path: Path) -> None:
    made = begun(tmp_path)
    counters.update(usage=PermissionError(13, "Permission denied"), speeds={"eth0": 0.0}, at=101.0)

    assert made.read() == {
        "disk_percent": None,
        "memory_percent": 33.34,
        "cpu_percent": None,
        "network_percent": None,
        "network_bytes_per_second": 0.0,
        "unknown": {
            "disk_percent": f"{tmp_path}: permission denied",
            "cpu_percent": "the system's processor times did not go on",
            "network_percent": NO_SPEED,
        },
    }
    counters.update(usage=OSError("Odd disk"))
    assert made.read()["unknown"]["disk_percent"] == f"{tmp_path}: odd disk"


def test_speed_of_the_link_is_that_of_the_target(counters: dict[str, Any], tmp_path: Path) -> None:
    made = begun(tmp_path, 10.0)
    counters.update(at=101.0, moved={"eth0": 1_125_000}, speeds={"eth0": 0.0})

    assert made.read()["network_percent"] == 10.0


def test_interface_that_began_to_count_anew_has_moved_nothing(counters: dict[str, Any], tmp_path: Path) -> None:
    made = begun(tmp_path)
    counters.update(at=101.0, moved={"eth0": 10, "eth1": 9**9}, speeds={"eth0": 100.0, "eth1": 100.0})

    found = made.read()

    assert (found["network_percent"], found["network_bytes_per_second"]) == (0.0, 0.0)


def test_machine_without_an_interface_moves_nothing(counters: dict[str, Any], tmp_path: Path) -> None:
    made = begun(tmp_path)
    counters.update(moved={}, speeds={})

    found = made.read()

    assert (found["network_percent"], found["network_bytes_per_second"]) == (None, 0.0)


def test_reading_at_the_same_moment_is_one_of_a_millisecond(counters: dict[str, Any], tmp_path: Path) -> None:
    made = begun(tmp_path)
    counters.update(moved={"eth0": 1_000_001})

    assert made.read()["network_bytes_per_second"] == 1000.0
    assert math.isclose(made.read()["network_bytes_per_second"], 0.0)
