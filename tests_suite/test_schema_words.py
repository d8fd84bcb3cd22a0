"""Mistakes in files that people write by hand, in words: where, what was found, what was expected. And when T-0 is."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from fixtures import schedule, schema
from fixtures.schedule import Schedule
from fixtures.schema import Mistake
from fixtures.targetfile import TargetError

TEXT = {"type": "string"}
KEYS: dict[str, Any] = {
    "type": "object",
    "properties": {"name": {**TEXT, "description": "the name"}, "size": {"type": "integer"}},
    "required": ["name", "size"],
    "additionalProperties": False,
}
MOMENT = "a point in time with its time zone, like 2026-01-06T09:00:00+01:00"
SIZED = {"minimum": 1, "description": "a size"}

WORDS: list[tuple[Any, dict[str, Any], str]] = [
    ("x", TEXT, ""),
    (3, TEXT, "found a number, expected a text; put it in quotes"),
    (True, TEXT, "found true or false, expected a text; put it in quotes"),
    (date(2026, 1, 6), TEXT, "found a date, expected a text; put it in quotes"),
    (None, TEXT, "found nothing, expected a text"),
    ([], TEXT, "found a list, expected a text"),
    ({}, TEXT, "found keys and values, expected a text"),
    ("x", {"type": ["integer", "null"]}, "found a text, expected a whole number or nothing"),
    (3.0, {"type": "integer"}, "found a number, expected a whole number"),
    (True, {"type": "integer"}, "found true or false, expected a whole number"),
    (True, {"type": "number"}, "found true or false, expected a number"),
    (3.5, {"type": "number"}, ""),
    (3, {"type": "number"}, ""),
    (3, {"type": "object"}, "found a number, expected keys and values"),
    (3, {"type": "array"}, "found a number, expected a list"),
    (3, {"type": "boolean"}, "found a number, expected true or false"),
    ("hybird", {"enum": ["hybrid", "rag-only"]}, "unknown; did you mean hybrid?"),
    ("zzz", {"enum": ["hybrid", 3]}, "unknown; expected one of hybrid, 3"),
    (2, {"const": 1}, "found 2, expected 1"),
    ("y" * 100, {"const": "x"}, f"found '{'y' * 59}, expected 'x'"),
    ("soon", {"format": "date-time"}, f"found 'soon', expected {MOMENT}"),
    ("y" * 100, {"format": "date"}, f"found '{'y' * 59}, expected a day, like 2026-01-06"),
    (3, {"format": "date"}, ""),
    (3, {"format": "date-time"}, ""),
    ([1, 1], {"uniqueItems": True}, "has an entry twice; expected each once"),
    ([1, 2, 3], {"maxItems": 2}, "has 3 entries; expected at most 2"),
    ([], {"minItems": 1}, "is empty; expected at least one entry"),
    ([1], {"minItems": 2}, "expected at least 2 entries"),
    ({}, {"minProperties": 1}, "is empty; expected at least one entry"),
    ("", {"minLength": 1, "description": "a name"}, "found an empty text, expected a name"),
    (" ", {"pattern": "x", "description": "a name"}, "found an empty text, expected a name"),
    ("a", {"pattern": "x"}, "found a text that will not do, expected what fits pattern 'x'"),
    ("a", {"minLength": 3}, "found a text that will not do, expected what fits minLength 3"),
    (0, SIZED, "0 is out of range; expected a size"),
    (1, {"exclusiveMinimum": 1}, "1 is out of range; expected what fits exclusiveMinimum 1"),
    (9, {"maximum": 8}, "9 is out of range; expected what fits maximum 8"),
    (9, {"exclusiveMaximum": 9}, "9 is out of range; expected what fits exclusiveMaximum 9"),
    (10**70, {"maximum": 8}, f"1{'0' * 59} is out of range; expected what fits maximum 8"),
    (3, {"not": {"const": 3}, "description": "anything but 3"}, "expected anything but 3"),
    (3, {"anyOf": [TEXT], "description": "a text"}, "expected a text"),
    (3, {"oneOf": [TEXT], "description": "a text"}, "expected a text"),
    (3, {"oneOf": [TEXT]}, "does not keep to the form (oneOf)"),
    (3, {"multipleOf": 2}, "does not keep to the form (multipleOf)"),
    ({"a": {"b": 1}}, {"properties": {"a": {"properties": {"b": False}}}},
     "a: has both a fact and an item or limit; expected either of them"),
    ({"a": [{"b": 3}]}, {"properties": {"a": {"items": {"properties": {"b": TEXT}}}}}, "a[0].b: found a number, "
     "expected a text; put it in quotes"),
]  # fmt: skip


@pytest.mark.parametrize(("data", "form", "said"), WORDS)
def test_mistake_says_what_was_found_and_expected(data: Any, form: dict[str, Any], said: str) -> None:
    assert [str(each) for each in schema.mistakes(data, form)] == ([said] if said else [])


def test_each_missing_or_unknown_key_is_a_mistake_of_its_own() -> None:
    assert schema.mistakes({}, KEYS) == [
        Mistake(("name",), "missing; expected the name"),
        Mistake(("size",), "missing; expected a value"),
    ]
    assert schema.mistakes({"name": "x", "size": 1, "sise": 2}, KEYS) == [
        Mistake(("sise",), "unknown key; did you mean size?")
    ]
    assert schema.mistakes({"name": "x", "size": 1, 7: 2}, KEYS) == [
        Mistake(("7",), "unknown key; expected one of name, size")
    ]


def test_mistakes_are_told_by_place_and_the_tenth_after_the_ninth() -> None:
    form = {"properties": {"b": {"items": TEXT}, "a": TEXT}}

    found = schema.mistakes({"b": [0] * 11, "a": 1}, form)

    assert [each.path for each in found] == [("a",), *(("b", number) for number in range(11))]


@pytest.mark.parametrize(
    ("text", "moment", "day"),
    [
        ("2026-01-06T09:00:00+01:00", True, False),
        ("2026-01-06T09:00:00Z", True, False),
        ("2026-01-06T09:00:00", False, False),
        ("2026-01-06", False, True),
        ("2026-02-30", False, False),
        ("0001-12-31T00:00:00Z", False, False),
        ("0002-01-01T00:00:00Z", True, False),
        ("9998-12-31T00:00:00Z", True, False),
        ("9999-01-01T00:00:00Z", False, False),
        ("", False, False),
    ],
)
def test_moment_has_its_zone_and_a_day_none(text: str, moment: bool, day: bool) -> None:
    assert (schema.is_moment(text), schema.is_day(text)) == (moment, day)


def test_place_is_written_as_people_write_it() -> None:
    assert schema.place(["contacts", 0, "role"]) == "contacts[0].role"
    assert schema.place([3, "a", 0, 1]) == "[3].a[0][1]"
    assert str(Mistake((), "is empty")) == "is empty"


NINE = datetime(2026, 3, 28, 12, tzinfo=ZoneInfo("Europe/Paris"))  # the night after, clocks are set forward


def test_deployment_has_a_day_before_it_and_an_hour_after_by_the_clock_that_nobody_sets() -> None:
    plan = Schedule(NINE)

    assert plan.after(timedelta(hours=24)).isoformat() == "2026-03-29T13:00:00+02:00"
    assert plan.opens.isoformat() == "2026-03-27T12:00:00+01:00"
    assert plan.ends.isoformat() == "2026-03-28T13:00:00+01:00"
    assert plan.label == "2026-03-28T12:00+01:00"
    assert Schedule(NINE, "Europe/Paris").label == "2026-03-28T12:00+01:00 (Europe/Paris)"


PLACE = Path("kept", "target.yaml")
EXPECTED = f"expected {MOMENT}"


@pytest.mark.parametrize(
    ("data", "label"),
    [
        ({"starts": "2026-01-06T09:00:00+01:00"}, "2026-01-06T09:00+01:00"),
        ({"starts": datetime(2026, 1, 6, 9, tzinfo=timezone(timedelta(hours=1)))}, "2026-01-06T09:00+01:00"),
        ({"starts": "2026-01-06T09:00:00Z", "time_zone": "Asia/Tokyo"}, "2026-01-06T18:00+09:00 (Asia/Tokyo)"),
        ({"starts": "2026-01-06T09:00:00+01:00", "time_zone": "utc"}, "2026-01-06T08:00+00:00 (utc)"),
    ],
)
def test_deployment_starts_at_a_moment_and_is_told_in_the_zone_of_the_team(data: dict[str, Any], label: str) -> None:
    assert schedule.schedule_of(PLACE, data).label == label


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"starts": "2026-01-06T09:00:00"}, f"starts: found 2026-01-06T09:00:00; {EXPECTED}"),
        ({"starts": datetime(2026, 1, 6, 9)}, f"starts: found 2026-01-06 09:00:00; {EXPECTED}"),
        ({"starts": date(2026, 1, 6)}, f"starts: found 2026-01-06; {EXPECTED}"),
        ({"starts": "x" * 90}, f"starts: found {'x' * 60}; {EXPECTED}"),
        (
            {"starts": "2026-01-06T09:00:00Z", "time_zone": "Europe/Nowhere"},
            "time_zone: unknown; expected a name like Europe/Paris or UTC",
        ),
    ],
)
def test_deployment_without_a_moment_or_zone_is_a_mistake_in_the_target(data: dict[str, Any], said: str) -> None:
    with pytest.raises(TargetError) as caught:
        schedule.schedule_of(PLACE, data)

    assert str(caught.value) == f"target.yaml: deployment.{said}"


def test_zone_is_one_that_there_is() -> None:
    assert [schedule.zone_of(name) for name in ("UTC", "gmt", "z")] == [UTC, UTC, UTC]
    assert schedule.zone_of("Asia/Tokyo") == ZoneInfo("Asia/Tokyo")
    assert [schedule.zone_of(name) for name in ("Asia/Nowhere", "../etc", "", "a\0b")] == [None] * 4


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (None, "cannot be read: no such file or directory"),
        ("# nobody\n\n  \n", "names nobody"),
        ("", "is empty; expected content"),
    ],
)
def test_list_of_users_that_names_nobody_is_a_mistake_in_the_target(
    tmp_path: Path, text: str | None, reason: str
) -> None:
    if text is not None:
        (tmp_path / "users.txt").write_text(text, encoding="utf-8")

    with pytest.raises(TargetError) as caught:
        schedule.users_of(tmp_path / "target.yaml", "users.txt")

    assert str(caught.value) == (
        f"target.yaml: users: {tmp_path / 'users.txt'}: {reason}; expected one user or group a line"
    )


def test_users_of_a_file_are_its_lines_without_comments(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "users.txt").write_text(" a@example.com # Ada # x\n#\nall of them\n", encoding="utf-8")

    assert schedule.users_of(PLACE, "~/users.txt") == ("a@example.com", "all of them")
    assert schedule.users_of(PLACE, ["a # b", ""]) == ("a # b", "")
