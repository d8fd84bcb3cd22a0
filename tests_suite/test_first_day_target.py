"""What a target file says of the first day, and the mistakes in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from fixtures.target import from_file
from fixtures.targetfile import TargetError


def _written(folder: Path, content: str) -> Path:
    path = folder / "target.yaml"
    path.write_text(f"name: t\n{content}\n", encoding="utf-8")
    return path


def test_places_start_at_the_file_and_need_not_be_there(tmp_path: Path) -> None:
    content = (
        "first_day: {readings: r.jsonl, backup: {path: b.gz, taken_at: 2026-01-07T02:00:00Z}}\nerror_logs: [a, b.log]"
    )

    target = from_file(_written(tmp_path, content))

    assert target.first_day.readings == tmp_path / "r.jsonl"
    assert target.first_day.error_logs == (tmp_path / "a", tmp_path / "b.log")
    assert target.first_day.backup is not None
    assert target.first_day.backup.path == tmp_path / "b.gz"
    assert target.backup is None


def test_target_that_says_nothing_of_it_has_none_of_it(tmp_path: Path) -> None:
    target = from_file(_written(tmp_path, "production: true"))

    assert (target.first_day.readings, target.first_day.error_logs, target.first_day.backup) == (None, (), None)
    assert target.prometheus is None


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("first_day: {}", "first_day: is empty; expected at least one entry"),
        ("first_day: {reading: r.jsonl}", "first_day.reading: unknown key; did you mean readings?"),
        ("first_day: {readings: 7}", "first_day.readings: found a number, expected a text"),
        ("first_day: {backup: b.gz}", "first_day.backup: found a text, expected keys and values"),
        ("first_day: {backup: {log: l}}", "first_day.backup.path: missing"),
        ("first_day: {backup: {path: b, taken_at: noon}}", "no point in time; expected one with its time zone"),
        ("error_logs: []", "error_logs: is empty; expected at least one entry"),
        ("error_logs: a.log", "error_logs: found a text, expected a list"),
        ("error_logs: [a.log, a.log]", "error_logs: has an entry twice; expected each once"),
    ],
)
def test_mistake_is_one_line(tmp_path: Path, content: str, said: str) -> None:
    with pytest.raises(TargetError) as refused:
        from_file(_written(tmp_path, content))

    assert said in str(refused.value)
    assert "\n" not in str(refused.value)
