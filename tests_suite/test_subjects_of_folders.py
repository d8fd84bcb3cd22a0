"""What reports say about the folders and logs that a gate read: where they lie, and what was in them."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any, cast

import pytest

from fixtures.acceptance import subject as acceptance
from fixtures.executions import subject as executions
from fixtures.workflow import tree

CONFIG = cast("pytest.Config", None)


def told(monkeypatch: pytest.MonkeyPatch, module: ModuleType, gates: list[str], **target: Any) -> Any:
    """What a module tells of a target's subjects, for these gates."""
    monkeypatch.setattr(module, "target_of", lambda _: SimpleNamespace(**target))
    return module.pytest_gate_subjects(CONFIG, gates)


@pytest.mark.parametrize("gate", ["monitoring", "baseline", "first_day", "postdeploy", "acceptance"])
def test_execution_log_is_told_with_its_size_where_a_gate_reads_it(
    gate: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, size in (("a.jsonl", 3), ("b.jsonl", 4), ("c.txt", 5)):
        (tmp_path / name).write_bytes(b"x" * size)

    def log_of(place: Path | None, *gates: str) -> Any:
        return told(monkeypatch, executions, list(gates), executions=place)

    assert log_of(tmp_path, "smoke", gate) == {"executions": {"location": str(tmp_path), "size": "7 bytes in 2 files"}}
    single = tmp_path / "c.txt"
    assert log_of(single, gate) == {"executions": {"location": str(single), "size": "5 bytes in 1 files"}}
    gone = tmp_path / "gone"
    assert log_of(gone, gate) == {"executions": {"location": str(gone), "size": "cannot be read"}}
    assert log_of(None, gate) == {}
    assert log_of(tmp_path, "smoke") == {}


@pytest.mark.parametrize("gate", ["postdeploy", "acceptance"])
def test_folder_of_the_reports_is_told_where_a_gate_rests_on_them(gate: str, monkeypatch: pytest.MonkeyPatch) -> None:
    place = Path("reports")

    assert told(monkeypatch, acceptance, [gate, "smoke"], reports=place) == {"reports": {"location": "reports"}}
    assert told(monkeypatch, acceptance, ["smoke"], reports=place) == {}
    assert told(monkeypatch, acceptance, [gate], reports=None) == {}


def test_workflow_is_told_with_its_digest_and_not_by_its_place_where_it_is_embedded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "workflow.md").write_text("x", encoding="utf-8")
    sha256 = tree.digest(tmp_path)

    assert told(monkeypatch, tree, [], workflow=tmp_path, embedded=()) == {
        "workflow": {"location": str(tmp_path), "sha256": sha256}
    }
    assert told(monkeypatch, tree, [], workflow=tmp_path, embedded=("package", "workflow")) == {
        "workflow": {"location": "embedded", "sha256": sha256}
    }
    assert told(monkeypatch, tree, [], workflow=None, embedded=()) == {}
