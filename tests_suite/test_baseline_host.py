"""The figures of a machine, on one whose counters the test sets: what is counted, over which time, and how rounded."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psutil
import pytest

from fixtures.baseline import host


def _counted(sent: int, received: int) -> SimpleNamespace:
    return SimpleNamespace(bytes_sent=sent, bytes_recv=received)


def _interface(speed: int, up: bool = True) -> SimpleNamespace:
    return SimpleNamespace(isup=up, speed=speed)


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> dict[str, Any]:
    """A machine that is watched for two seconds; its figures may be changed until then."""
    told: dict[str, Any] = {"cpu": 12.34, "processors": 4, "system": 8}
    moments = iter([100.0, 102.0])
    counters = iter([{"eth0": _counted(1_000_000, 500)}, {"eth0": _counted(3_500_000, 900), "eth1": _counted(9, 9)}])
    disks = {str(tmp_path): SimpleNamespace(percent=91.26)}
    monkeypatch.setattr(host, "time", SimpleNamespace(monotonic=lambda: next(moments)))
    monkeypatch.setattr(psutil, "net_io_counters", lambda pernic: next(counters) if pernic is True else None)
    monkeypatch.setattr(psutil, "net_if_stats", lambda: {"eth0": _interface(100), "eth1": _interface(10)})
    monkeypatch.setattr(psutil, "cpu_percent", lambda interval: told["cpu"] if interval == 1.0 else None)
    monkeypatch.setattr(psutil, "cpu_count", lambda: told["processors"])
    monkeypatch.setattr(os, "cpu_count", lambda: told["system"])
    monkeypatch.setattr(psutil, "virtual_memory", lambda: SimpleNamespace(total=int(8.26 * 1024**3), percent=56.78))
    monkeypatch.setattr(psutil, "disk_usage", lambda folder: disks[folder])
    return told


def test_figures_are_those_of_the_watched_time_with_one_decimal(machine: dict[str, Any], tmp_path: Path) -> None:
    """2.5 MB in two seconds are 10 % of 100 Mbit/s; an interface that has come up meanwhile has moved nothing yet."""
    assert host.figures(tmp_path) == {
        "cpus": 4,
        "memory_gb": 8.3,
        "cpu_percent": 12.3,
        "memory_percent": 56.8,
        "disk_percent": 91.3,
        "network_percent": 10.0,
    }


@pytest.mark.parametrize(
    ("processors", "system", "cpus"),
    [(4, 8, 4), (None, 8, 8), (None, None, 1)],
    ids=["psutil tells", "the system tells", "nobody tells"],
)
def test_machine_has_one_processor_at_least(
    processors: int | None, system: int | None, cpus: int, machine: dict[str, Any], tmp_path: Path
) -> None:
    machine.update(processors=processors, system=system)

    assert host.figures(tmp_path)["cpus"] == cpus


def test_processors_are_not_more_than_fully_used(machine: dict[str, Any], tmp_path: Path) -> None:
    machine["cpu"] = 100.7  # rounding of the counters can give it

    assert host.figures(tmp_path)["cpu_percent"] == 100.0


@pytest.mark.parametrize(
    ("moved", "speeds", "seconds", "percent"),
    [
        ({"eth0": 1_250_000}, {"eth0": 100.0}, 2.0, 5.0),
        ({"eth0": 154_300}, {"eth0": 100.0}, 1.0, 1.2),
        ({"eth0": 12_500}, {"eth0": 1.0}, 1.0, 10.0),
        ({"eth1": 1_250_000}, {"eth0": 0.001}, 1.0, 0.0),
    ],
    ids=["in two seconds", "one decimal", "the slowest there is", "one that is not counted"],
)
def test_network_use_is_that_of_a_second(
    moved: Mapping[str, int], speeds: Mapping[str, float], seconds: float, percent: float
) -> None:
    assert host.network_use(moved, speeds, seconds) == {"network_percent": percent}


@pytest.mark.parametrize(
    ("counters", "moved"),
    [
        ({"eth0": _counted(10, 3), "eth1": _counted(4, 20)}, {"eth0": 10, "eth1": 20}),
        ({}, {}),
        (None, {}),
    ],
    ids=["two interfaces", "no interface", "the system does not tell"],
)
def test_bytes_of_an_interface_are_those_of_its_busier_direction(
    counters: Mapping[str, SimpleNamespace] | None, moved: Mapping[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(psutil, "net_io_counters", lambda pernic: counters if pernic is True else _counted(1, 1))

    assert host.bytes_moved() == moved


def test_speeds_are_those_of_interfaces_that_are_up_and_lead_somewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    interfaces = {
        "lo": _interface(0),
        "lo0": _interface(10),
        "Loopback Pseudo-Interface 1": _interface(1073),
        "eth0": _interface(1000),
        "eth1": _interface(100, up=False),
        "wlan0": _interface(0),
    }
    monkeypatch.setattr(psutil, "net_if_stats", lambda: interfaces)

    assert host.speeds() == {"eth0": 1000.0, "wlan0": 0.0}
