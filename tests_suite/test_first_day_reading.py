"""The command that takes a reading: what it asks, what it keeps, and what it says where something is wrong."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from fixtures import reference
from fixtures.firstday import reading
from fixtures.firstday.cli import DONE, NOT_KEPT, WRONG_USE, main
from fixtures.firstday.reading import ReadingError
from fixtures.monitoring import samples
from fixtures.monitoring.samples import Sample
from fixtures.reference.process import ReferenceServer, start
from fixtures.reference.tools import TOOLS
from tests_suite.faults.announced import NOWHERE

SIX = tuple(tool for tool in TOOLS if tool != "compare_sources")
KEY = "kp_0123456789abcdef0123456789abcdef"


def _target(folder: Path, url: str, **more: Any) -> Path:
    data = {
        "name": "production",
        "deployment": {"starts": (datetime.now(UTC) - timedelta(hours=3)).isoformat()},
        "workflow": str(reference.WORKFLOW),
        "knowledge": {"url": url, "timeout_seconds": 5},
        "monitoring": {"host": "local"},
        "first_day": {"readings": "readings.jsonl"},
        **more,
    }
    path = folder / "target.yaml"
    path.write_text(yaml.safe_dump({key: value for key, value in data.items() if value is not None}), encoding="utf-8")
    return path


def test_one_reading_asks_server_and_machine_and_is_kept(
    tmp_path: Path, reference_server: ReferenceServer, capsys: pytest.CaptureFixture[str]
) -> None:
    status = main(["read", f"--target={_target(tmp_path, reference_server.url)}"])

    said = capsys.readouterr()
    assert status == DONE, said.err
    assert "7 calls, 0 failed, disk " in said.out
    assert said.out.endswith(f"kept in {tmp_path / 'readings.jsonl'}\n")
    assert "the database is not read: the target names none (database.uri)" in said.err
    recorded = samples.read(tmp_path / "readings.jsonl")
    assert recorded.findings == ()
    taken = recorded.samples[0]
    assert set(taken.knowledge) == {"health", *SIX}
    assert all(call.ok for call in taken.knowledge.values()), taken.knowledge
    assert taken.n in (180, 181)
    assert 0 <= taken.host["disk_percent"] <= 100
    assert 0 <= taken.host["cpu_percent"] <= 100


def test_second_reading_of_one_minute_is_refused_and_a_later_one_joins(
    tmp_path: Path, reference_server: ReferenceServer
) -> None:
    target = _target(tmp_path, reference_server.url, monitoring=None)
    starts = datetime.fromisoformat(yaml.safe_load(target.read_text(encoding="utf-8"))["deployment"]["starts"])
    place = tmp_path / "readings.jsonl"
    assert main(["read", f"--target={target}"]) == DONE
    first = samples.read(place).samples[0]

    with pytest.raises(ReadingError, match=r"has a reading of .* already; expected one a minute at most") as refused:
        reading.keep(place, first, starts, "production")
    reading.keep(place, first._replace(n=first.n + 60), starts, "production")

    assert refused.value.was_taken
    assert [each.n for each in samples.read(place).samples] == [first.n, first.n + 60]


def test_half_a_line_is_cut_off_and_said(
    tmp_path: Path, reference_server: ReferenceServer, capsys: pytest.CaptureFixture[str]
) -> None:
    target = _target(tmp_path, reference_server.url)
    place = tmp_path / "readings.jsonl"
    now = datetime.now(UTC)
    starts = datetime.fromisoformat(yaml.safe_load(target.read_text(encoding="utf-8"))["deployment"]["starts"])
    reading.keep(place, Sample(120, now, now, now), starts, "production")
    with place.open("a", encoding="utf-8") as stream:
        stream.write('{"kind":"sample","n":')

    assert main(["read", f"--target={target}"]) == DONE

    assert "readings.jsonl: 21 bytes of a line that was never finished were cut off" in capsys.readouterr().err
    recorded = samples.read(place)
    assert (recorded.findings, recorded.torn) == ((), "")
    assert len(recorded.samples) == 2


def test_server_that_does_not_answer_is_a_reading_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status = main(["read", f"--target={_target(tmp_path, NOWHERE, monitoring=None)}"])

    said = capsys.readouterr()
    assert status == DONE
    assert "7 calls, 7 failed, no figure of the disk" in said.out
    assert "firstday: health: GET /health: cannot be reached" in said.err
    assert "this machine is not read: where it is the production host, say so (monitoring.host: local)" in said.err
    assert all(not call.ok for call in samples.read(tmp_path / "readings.jsonl").samples[0].knowledge.values())


def test_key_and_password_reach_neither_file_nor_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    server = start("--api-key", KEY, "--require-key")
    password = "hunter-two-and-three"
    try:
        target = _target(
            tmp_path,
            server.url,
            knowledge={"url": server.url, "api_key": "kp_another_key_of_ours"},
            database={"uri": f"mongodb://gate:{password}@127.0.0.1:9/knowledge?serverSelectionTimeoutMS=200"},
        )
        status = main(["read", f"--target={target}"])
    finally:
        server.stop()

    said = capsys.readouterr()
    assert status == DONE
    assert "database failed" in said.out
    kept = (tmp_path / "readings.jsonl").read_text(encoding="utf-8")
    assert '"ok":false' in kept
    for secret in ("kp_another_key_of_ours", password):
        assert secret not in kept + said.out + said.err


def test_file_that_cannot_be_written_is_one_line(
    tmp_path: Path, reference_server: ReferenceServer, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "readings.jsonl").mkdir()

    status = main(["read", f"--target={_target(tmp_path, reference_server.url, monitoring=None)}"])

    said = capsys.readouterr().err
    assert status == NOT_KEPT
    assert "is a directory" in said or "is no regular file" in said
    assert "Traceback" not in said


def test_readings_of_another_deployment_are_left_alone(
    tmp_path: Path, reference_server: ReferenceServer, capsys: pytest.CaptureFixture[str]
) -> None:
    now = datetime.now(UTC)
    reading.keep(tmp_path / "readings.jsonl", Sample(1, now, now, now), now - timedelta(days=30), "before")
    before = (tmp_path / "readings.jsonl").read_bytes()

    status = main(["read", f"--target={_target(tmp_path, reference_server.url, monitoring=None)}"])

    assert status == NOT_KEPT
    assert "holds the readings of a watch from" in capsys.readouterr().err
    assert (tmp_path / "readings.jsonl").read_bytes() == before


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"deployment": None}, "names no time of the deployment; expected deployment.starts"),
        ({"deployment": {"starts": "2126-01-06T09:00:00+01:00"}}, "the deployment is still to come: T-0 is 2126"),
        ({"deployment": {"starts": "2026-01-06T09:00:00+01:00"}}, "the first day is over: T-0 was 2026-01-06"),
        ({"first_day": None}, "names no place for readings; expected first_day.readings, or evidence"),
        ({"knowledge": None, "monitoring": None}, "names nothing to read; expected knowledge, monitoring.host: local"),
        ({"knowledge": {"url": "nowhere"}}, "target.yaml: knowledge.url: not a URL"),
    ],
)
def test_wrong_use_is_one_line(
    tmp_path: Path, more: dict[str, Any], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    status = main(["read", f"--target={_target(tmp_path, NOWHERE, **more)}"])

    words = capsys.readouterr().err
    assert status == WRONG_USE
    assert said in words
    assert words.count("\n") == 1
    assert not (tmp_path / "readings.jsonl").exists()


def test_tools_are_those_of_the_workflow_or_the_plan(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text("knowledge_mcp: {tools: [ask, tell]}\n", encoding="utf-8")
    assert reading._tools_of(tmp_path) == ("ask", "tell")

    for content in ("knowledge_mcp: {tools: [1]}\n", "knowledge_mcp: 7\n", "- a\n", "a: [\n", ""):
        (tmp_path / "config.yaml").write_text(content, encoding="utf-8")
        assert reading._tools_of(tmp_path) == reading.TOOLS
    assert reading._tools_of(None) == reading.TOOLS == SIX


def test_what_is_kept_reads_back_as_it_was(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    figures = {"ok": True, "ping_ms": 1.25, "slow_operations": None, "unknown": {"slow_operations": "not allowed"}}
    taken = Sample(7, now, now, now, {}, {"disk_percent": 41.5}, figures)

    reading.keep(tmp_path / "r.jsonl", taken, now, "t")

    assert samples.read(tmp_path / "r.jsonl").samples[0].database == figures
    assert json.loads((tmp_path / "r.jsonl").read_text(encoding="utf-8").splitlines()[1])["n"] == 7
