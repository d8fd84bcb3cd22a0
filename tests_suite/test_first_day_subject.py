"""Where the readings of a first day come from, by what the target names, and what a report says of them."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from fixtures.backup.backuptarget import BackupTarget
from fixtures.evidence.record import EvidenceFolder
from fixtures.finding import Finding
from fixtures.firstday import subject
from fixtures.firstday.firstdaytarget import FirstDayTarget, first_day_of
from fixtures.firstday.period import HOUR, period_of
from fixtures.firstday.readings import Readings
from fixtures.monitoring import samples
from fixtures.monitoring.monitoringtarget import MonitoringTarget
from fixtures.monitoring.samples import Window
from fixtures.monitoring.series import Point
from fixtures.prometheus import engine
from fixtures.prometheus.engine import Engine
from fixtures.prometheus.prometheustarget import PrometheusTarget
from fixtures.schedule import Schedule
from fixtures.target import Target

DAY = period_of(Schedule(datetime(2020, 1, 6, 9, 0, tzinfo=UTC)))  # long over
PROMETHEUS = PrometheusTarget("http://prometheus")


def _target(**more: Any) -> Target:
    subjects = ("workflow", "package", "repository", "evidence", "knowledge", "claude")
    lists = dict.fromkeys(("contacts", "overrides", "secrets", "embedded"), ())
    plain = {"name": "production", "production": True, "source": "target.yaml", **dict.fromkeys(subjects), **lists}
    return Target(**{**plain, **more})


def _files(folder: Path, **more: Any) -> list[Path]:
    """The files of readings of a target; its evidence would be made in a folder."""
    request: Any = SimpleNamespace(getfixturevalue={"evidence": EvidenceFolder(folder)}.__getitem__)
    release: Any = SimpleNamespace(knowledge_tools=("a",))
    return subject._files(_target(**more), DAY, release, request)


def test_readings_lie_where_the_first_of_three_says(tmp_path: Path) -> None:
    own, evidence = FirstDayTarget(tmp_path / "own.jsonl"), tmp_path / "evidence"

    everything: dict[str, Any] = {"evidence": evidence, "embedded": ("evidence",), "prometheus": PROMETHEUS}
    assert _files(tmp_path, first_day=own, **everything) == [tmp_path / "own.jsonl"]
    assert _files(tmp_path, **everything) == [evidence / "readings.jsonl"]
    assert not list(tmp_path.iterdir())
    assert _files(tmp_path, prometheus=PROMETHEUS) == []
    assert _files(tmp_path, embedded=("evidence",), prometheus=PROMETHEUS) == [tmp_path / "readings.jsonl"]
    made = samples.read(tmp_path / "readings.jsonl")
    assert set(made.samples[0].knowledge) == {"health", "a"}
    assert made.window.opened.timestamp() == DAY.deployed + HOUR


def test_places_start_at_the_target_file_or_at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    own = {"readings": "~/r.jsonl", "backup": {"path": "b.gz"}}

    assert first_day_of(tmp_path / "target.yaml", {"first_day": own, "error_logs": ["a", "/b"]}) == FirstDayTarget(
        tmp_path / "home" / "r.jsonl", (tmp_path / "a", Path("/b")), BackupTarget(tmp_path / "b.gz")
    )
    monkeypatch.chdir(tmp_path)
    assert first_day_of(Path("target.yaml"), {"error_logs": ["a"]}) == FirstDayTarget(error_logs=(tmp_path / "a",))
    assert first_day_of(Path("target.yaml"), {"first_day": {"readings": "r"}}) == FirstDayTarget(tmp_path / "r")


def test_samples_of_the_first_hour_belong_to_it_where_they_are_there(tmp_path: Path) -> None:
    hour, own = tmp_path / "hour.jsonl", FirstDayTarget(tmp_path / "own.jsonl")
    more: dict[str, Any] = {"monitoring": MonitoringTarget(samples=hour), "first_day": own}

    assert _files(tmp_path, **more) == [tmp_path / "own.jsonl"]
    hour.touch()
    assert _files(tmp_path, **more) == [hour, tmp_path / "own.jsonl"]


def test_target_without_readings_is_not_testable(tmp_path: Path) -> None:
    said = r"^not testable: the target provides no readings of the first day \(first_day\.readings\), or a Prometheus; "
    with pytest.raises(pytest.fail.Exception, match=rf"{said}name one in the target file or with --target FILE$"):
        _files(tmp_path)


def _read(monkeypatch: pytest.MonkeyPatch, found: Engine) -> list[Any]:
    asked: list[Any] = []

    def read(*question: Any) -> Engine:
        asked.append(question)
        return found

    monkeypatch.setattr(engine, "read", read)
    return asked


def test_what_prometheus_lacks_matters_where_nobody_else_has_it(monkeypatch: pytest.MonkeyPatch) -> None:
    lacks = {name: (Finding(None, None, f"no {name}"),) for name in ("knowledge.a", "host.cpu_percent", "b")}
    remark = Finding(None, None, "partial")
    points = {"host.cpu_percent": (Point(2.0, 5.0),)}
    asked = _read(monkeypatch, Engine("http://p", points, lacks, (remark,), 300.0))
    own = Readings("r.jsonl", [1.0], {"knowledge.a": [Point(1.0, 4.0)]}, remarks=[Finding("r.jsonl", None, "torn")])

    found = subject._with_prometheus(_target(prometheus=PROMETHEUS), DAY, own)

    opens = datetime(2020, 1, 6, 10, 0, tzinfo=UTC)
    assert asked == [(PROMETHEUS, opens, opens + timedelta(hours=23), 300.0)]
    assert (found.source, found.looks) == ("r.jsonl and http://p", [1.0, 2.0])
    assert [each.message for each in found.remarks] == ["torn", "partial", "no knowledge.a", "no host.cpu_percent"]
    assert found.missing == {"b": lacks["b"]}


def test_day_that_is_not_over_is_asked_for_until_now(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = _read(monkeypatch, Engine("http://p", {}, {}, (), 300.0))
    now = datetime.now(UTC)
    day = period_of(Schedule(now - timedelta(hours=5)))

    subject._with_prometheus(_target(prometheus=PROMETHEUS), day, Readings("r.jsonl"))

    ((_, opens, until, _),) = asked
    assert opens == now - timedelta(hours=4)
    assert now <= until < now + timedelta(hours=1)


def test_readings_without_a_prometheus_are_as_they_were(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = _read(monkeypatch, Engine("http://p", {}, {}, (), 300.0))
    own = Readings("r.jsonl")

    assert subject._with_prometheus(_target(), DAY, own) is own
    assert asked == []


def test_report_names_the_readings_with_their_digest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = tmp_path / "own.jsonl"
    target = _target(evidence=tmp_path, first_day=FirstDayTarget(own), prometheus=PROMETHEUS)
    config: Any = object()
    found: dict[Any, Target] = {config: target}
    monkeypatch.setattr(subject, "target_of", found.__getitem__)

    assert subject.pytest_gate_subjects(config, ["predeploy", "deploy"]) == {}
    prometheus = {"location": "http://prometheus"}
    assert subject.pytest_gate_subjects(config, ["first_day"]) == {
        "readings": {"location": str(own)},
        "prometheus": prometheus,
    }
    own.write_bytes(b"readings\n")
    assert subject.pytest_gate_subjects(config, ["deploy", "postdeploy"]) == {
        "readings": {"location": str(own), "sha256": hashlib.sha256(b"readings\n").hexdigest()},
        "prometheus": prometheus,
    }
    found[config] = _target(evidence=tmp_path)
    assert subject.pytest_gate_subjects(config, ["first_day"]) == {
        "readings": {"location": str(tmp_path / "readings.jsonl")}
    }
    found[config] = _target()
    assert subject.pytest_gate_subjects(config, ["first_day"]) == {}


def _watch(folder: Path, opened: datetime) -> Path:
    place = folder / "watch" / "samples.jsonl"
    place.parent.mkdir(parents=True)
    samples.append(place, Window("production", opened, opened + timedelta(hours=1), 300.0))
    return place


@pytest.mark.parametrize(("hours", "counts"), [(-0.1, False), (1, True), (24, True), (24.1, False)])
def test_watch_among_the_reports_belongs_to_the_day_where_it_began_in_it(
    hours: float, counts: bool, tmp_path: Path
) -> None:
    place = _watch(tmp_path, datetime.fromtimestamp(DAY.deployed, UTC) + timedelta(hours=hours))
    request: Any = None

    found = subject._watched_hour(_target(reports=tmp_path), DAY, request)

    assert found == ([place] if counts else [], [])


def test_watch_that_is_named_or_not_there_or_the_reference_s_is_not_looked_for(tmp_path: Path) -> None:
    request: Any = None

    assert subject._watched_hour(_target(reports=tmp_path), DAY, request) == ([], [])
    place = _watch(tmp_path, datetime.fromtimestamp(DAY.deployed, UTC))
    others: list[dict[str, Any]] = [{"monitoring": MonitoringTarget(samples=place)}, {"embedded": ("evidence",)}]
    for more in others:
        assert subject._watched_hour(_target(reports=tmp_path, **more), DAY, request) == ([], [])


def test_watch_that_is_none_is_said(tmp_path: Path) -> None:
    place = tmp_path / "watch" / "samples.jsonl"
    place.parent.mkdir()
    place.write_text("what is this?\n", encoding="utf-8")
    request: Any = None

    files, [remark] = subject._watched_hour(_target(reports=tmp_path), DAY, request)

    assert files == []
    assert remark.message.endswith("; the hour's watch is not read")
