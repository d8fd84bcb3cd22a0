"""One line of an execution log: what is an event, what is none, and that the check by hand agrees with the schema."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixtures.baseline.durations import durations
from fixtures.executions import log as logs
from fixtures.executions.event import EVENTS, FIELDS, LEVELS, SPELT, EventError, parse
from fixtures.executions.run import UNDECIDED
from fixtures.reference import executions as reference
from fixtures.schema import mistakes
from tests_suite.odd_texts import FUZZING, ODD_TEXTS
from tests_suite.test_executions import PARTS, PATHS, put, whole

SCHEMA = json.loads(Path(logs.__file__).with_name("event.schema.json").read_text(encoding="utf-8"))
GOOD: dict[str, Any] = {
    "time": "2026-01-05T12:00:00+01:00",
    "run": "r1",
    "version": "1.0.0",
    "architecture": "hybrid",
    "event": "step_started",
    "step": "2a",
    "level": "info",
    "message": "begins",
    "memory_mb": 12.5,
    "pid": 77,
}


BAD: list[tuple[str, str]] = [
    ("no json", "no valid JSON"),
    ("[1, 2]", "holds a list; expected one event"),
    ('{"time": "2026-01-05T12:00:00Z"}', "has no 'run'; expected time, run,"),
    (json.dumps(GOOD | {"time": "2026-01-05T12:00:00"}), "time: found '2026-01-05T12:00:00', expected a point in time"),
    (json.dumps(GOOD | {"time": 17}), "time: found a number, expected a text"),
    (json.dumps(GOOD | {"run": "  "}), "run: found '  ', expected a name"),
    (json.dumps(GOOD | {"run": "x" * 201}), "expected a name of 1 to 200 characters"),
    (json.dumps(GOOD | {"event": "step_complete"}), "event: 'step_complete' is unknown; did you mean step_completed?"),
    (json.dumps(GOOD | {"level": "Fatal"}), "level: 'Fatal' is unknown"),
    (json.dumps(GOOD | {"step": None}), "step: found nothing, expected the part of a step such as 2a, as the event"),
    (json.dumps(GOOD | {"step": 4}), "step: found 4, expected the part of a step"),
    (json.dumps(GOOD | {"memory_mb": -1}), "memory_mb: found -1, expected a number of MB"),
    (json.dumps(GOOD | {"memory_mb": float("nan")}), "memory_mb: found nan"),
    (json.dumps(GOOD | {"memory_mb": None}), "memory_mb: found nothing"),
    (json.dumps(GOOD | {"pid": 1.5}), "pid: found 1.5, expected the number of a process"),
    (json.dumps(GOOD)[:-1] + ', "pid": ' + "9" * 5000 + "}", "no valid JSON"),
    ("[" * 60_000, "no valid JSON"),
    ("{}" + json.dumps(GOOD), "no valid JSON"),
]


@pytest.mark.parametrize(("line", "said"), BAD, ids=[f"{number}: {said}"[:50] for number, (_, said) in enumerate(BAD)])
def test_bad_line_is_told_and_the_rest_is_read(line: str, said: str, tmp_path: Path) -> None:
    path = put(tmp_path, whole())
    lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join([lines[0], line, *lines[1:], ""]), encoding="utf-8")

    log = logs.read(path, PATHS)

    [finding] = log.findings
    assert said in finding.message
    assert finding.line == 2
    assert len(finding.message) < 400
    assert log.runs["r1"].outcome == "completed"


def test_names_may_be_as_long_as_is_said() -> None:
    longest = "x" * 200

    event = parse(json.dumps(GOOD | {"run": longest, "version": longest, "architecture": longest, "step": longest}))

    assert (event.run, event.version, event.architecture, event.step) == (longest,) * 4


def test_event_keeps_to_its_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)

    assert set(SCHEMA["required"]) == set(FIELDS)
    assert SCHEMA["properties"]["event"]["enum"] == list(EVENTS)
    assert SCHEMA["properties"]["level"]["enum"] == list(SPELT)
    assert all(not mistakes(event, SCHEMA) for event in whole())


@pytest.mark.parametrize("level", LEVELS)
def test_level_may_be_written_in_capitals(level: str) -> None:
    found = [parse(json.dumps(GOOD | {"level": spelt})).level for spelt in (level, level.upper(), level.title())]

    assert found == [level] * 3


def _is_good_message(message: str) -> bool:
    """False, as what was refused was not accepted; its message is there and short."""
    assert 0 < len(message) < 400
    return False


def _accepted(text: str) -> bool:
    try:
        parse(text)
    except EventError as error:
        return _is_good_message(str(error))
    return True


values = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 10**20),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=8),
    st.sampled_from([*EVENTS, *SPELT, *PARTS, UNDECIDED, "2026-01-05T12:00:00Z", "2026-01-05T12:00:00", " "]),
    st.lists(st.integers(), max_size=2),
)


@FUZZING
@given(
    changes=st.dictionaries(st.sampled_from(list(GOOD)), values, max_size=3),
    dropped=st.sets(st.sampled_from(list(GOOD)), max_size=1),
)
def test_check_by_hand_agrees_with_the_schema(changes: dict[str, Any], dropped: set[str]) -> None:
    event = {key: value for key, value in {**GOOD, **changes}.items() if key not in dropped}

    assert _accepted(json.dumps(event)) == (not mistakes(event, SCHEMA))


@FUZZING
@given(ODD_TEXTS)
def test_any_text_is_an_event_or_says_why_not(text: str) -> None:
    assert _accepted(text) in (True, False)


@FUZZING
@given(raw=st.lists(st.one_of(st.binary(max_size=60), st.integers(0, 80)), max_size=60))
def test_any_bytes_are_read_without_an_error(raw: list[bytes | int], tmp_path_factory: pytest.TempPathFactory) -> None:
    lines = [line.encode() for line in reference.lines([*whole(), *whole("r2", "rag-only")])]
    path = tmp_path_factory.mktemp("any") / "log.jsonl"
    path.write_bytes(b"".join(each + b"\n" if isinstance(each, bytes) else lines[each % len(lines)] for each in raw))

    log = logs.read(path, PATHS)

    assert all(finding.message for finding in log.findings)
    assert all(minutes >= 0 for run in log.runs.values() for minutes in run.parts.values())
    assert durations(log, PARTS, "1.0.0").gaps
