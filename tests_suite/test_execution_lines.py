"""Lines decoded in bulk are what each of them is alone, whatever stands in them and wherever a block ends."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixtures.executions import lines, log
from fixtures.executions.event import EventError, decoded
from fixtures.executions.lines import AT_ONCE, BLANK, LONGEST_LINE, batches
from fixtures.reference import executions as reference
from tests_suite.benchmarks import executions as benchmark
from tests_suite.odd_texts import FUZZING
from tests_suite.test_executions import PATHS, at, put, whole

CRITICAL = {"event": "log", "level": "critical", "message": "gone"}
FRAGMENTS = st.sampled_from(
    [
        "{",
        "}",
        "[",
        "]",
        ",",
        '"',
        "\\",
        '{"a": 1}',
        "{},{}",
        "[{}",
        "{}]",
        "0",
        "null",
        " ",
        "\t",
        "\r",
        "NaN",
        "é",
        "x",
    ]
)


def one_by_one(raw: bytes) -> list[Any]:
    """What each line is, decoded alone."""
    found: list[Any] = []
    for line in raw.split(b"\n"):
        try:
            text = line.decode("utf-8")
            found.append(BLANK if not text or text.isspace() else decoded(text))
        except (UnicodeDecodeError, EventError):
            found.append(EventError)
    return found


def in_bulk(path: Path) -> list[Any]:
    """What each line is, as it comes out of the reader; the numbers have to be those of the lines."""
    found: list[Any] = []
    for number, values in batches(path):
        assert number == len(found) + 1
        found += [EventError if isinstance(value, EventError) else value for value in values]
    return found


def same(one: Sequence[Any], other: Sequence[Any]) -> bool:
    """Whether two readings agree; NaN is NaN here, and true is not 1."""
    return [repr(each) for each in one] == [repr(each) for each in other]


@FUZZING
@given(texts=st.lists(st.lists(FRAGMENTS, max_size=6).map("".join), min_size=1, max_size=2 * AT_ONCE))
def test_lines_in_bulk_are_what_they_are_alone(texts: list[str], tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("lines") / "log.jsonl"
    raw = "\n".join(texts).encode()
    path.write_bytes(raw + b"\n")

    assert same(in_bulk(path), one_by_one(raw))


@pytest.mark.parametrize(
    "texts",
    [
        ['{"a": [{}', "{}]}", "{},{}"],  # as many values as lines, and none of them a line's own
        ["{},{}", "{"],
        ["[1", "2]"],
        ['{"a": "', '"}'],
        ["1 // ", "2"],
    ],
)
def test_lines_that_only_make_sense_together_make_none(texts: list[str], tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    path.write_text("".join(f"{text}\n" for text in texts), encoding="utf-8")

    assert EventError in in_bulk(path)
    assert same(in_bulk(path), one_by_one("\n".join(texts).encode()))


def test_good_lines_are_decoded_in_one_go() -> None:
    assert lines._at_once(['{"a": 1}', '{"b": [2]}', "3"]) == [{"a": 1}, {"b": [2]}, 3]
    assert lines._at_once(["{}"]) == [{}]


def test_mark_between_lines_is_no_constant() -> None:
    assert len(lines._MARK) == 32
    assert lines._MARK not in Path(lines.__file__).read_text(encoding="utf-8")


@pytest.mark.parametrize("length", [LONGEST_LINE - 1, LONGEST_LINE, LONGEST_LINE + 1, 3 * LONGEST_LINE])
@pytest.mark.parametrize("before", [0, 1, 700])
def test_longest_line_is_told_wherever_it_stands(length: int, before: int, tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    path.write_bytes(b"1\n" * before + b'"' + b"x" * (length - 2) + b'"\n' + b"2\n")

    found = in_bulk(path)

    assert found[:before] == [1] * before
    assert (found[before] is EventError) == (length > LONGEST_LINE)
    assert found[before + 1 :] == [2]


@pytest.mark.parametrize("end", [b"", b"\n", b"\r\n"])
def test_last_line_counts_with_and_without_its_end(end: bytes, tmp_path: Path) -> None:
    path = put(tmp_path, whole())
    path.write_bytes(path.read_bytes().removesuffix(b"\n").replace(b"\n", end or b"\n") + end)

    read = log.read(path, PATHS)

    assert read.findings == ()
    assert read.runs["r1"].outcome == "completed"
    assert read.lines == len(whole())


def test_order_of_findings_is_that_of_the_lines(tmp_path: Path) -> None:
    events = whole()
    texts = list(reference.lines([events[0], *events]))
    path = tmp_path / "log.jsonl"
    path.write_text("".join([texts[0], "broken\n", *texts[1:], "broken, too\n"]), encoding="utf-8")

    found = log.read(path, PATHS)

    assert [finding.line for finding in found.findings] == [2, 3, len(texts) + 2]
    assert [finding.line for finding in found.unreadable] == [2, len(texts) + 2]


def test_lines_beyond_the_most_are_not_read_and_that_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    events = whole()
    monkeypatch.setattr(log, "MOST_LINES", 10)

    found = log.read(put(tmp_path, events), PATHS)

    assert found.lines == 10
    assert [(each.line, each.message) for each in found.findings] == [
        (11, "more than 10 lines in the log; the rest was not read")
    ]


def test_critical_entries_are_kept_up_to_a_number_the_latest_ones(tmp_path: Path) -> None:
    events = whole()
    place = at(events, "log", "3a")
    many = [{**events[place], **CRITICAL, "message": f"gone {number}"} for number in range(250)]

    found = log.read(put(tmp_path, [*events[:place], *many, *events[place:]]), PATHS)

    assert found.criticals == 250
    assert len(found.critical) == 100
    assert "gone 249" in found.critical[-1].finding.message
    assert found.critical[-1].line == place + 250


def test_line_like_one_before_is_checked_all_the_same(tmp_path: Path) -> None:
    """Most lines are not checked for everything; what may differ in them is."""
    events = whole()
    good = events[at(events, "log", "1")]
    bad: list[tuple[dict[str, Any], str]] = [
        ({"time": "yesterday"}, "time: found 'yesterday'"),
        ({"time": "2026-01-05T12:05:00"}, "time: found '2026-01-05T12:05:00'"),
        ({"time": 5}, "time: found a number"),
        ({"message": None}, "message: found nothing"),
        ({"memory_mb": -1}, "memory_mb: found -1"),
        ({"memory_mb": None}, "memory_mb: found nothing"),
        ({"pid": True}, "pid: found True"),
        ({"run": ["r1"]}, "run: found a list"),
    ]
    number = at(events, "step_completed", "1")
    for change, said in bad:
        mixed = [*events[:number], good, {**good, **change}, *events[number:]]

        found = log.read(put(tmp_path, mixed), PATHS)

        assert [each.line for each in found.findings] == [number + 2], change
        assert said in found.findings[0].message
        assert found.runs["r1"].outcome == "completed"


def test_clock_that_goes_back_is_noticed_in_a_line_like_one_before(tmp_path: Path) -> None:
    events = whole()
    number = at(events, "step_completed", "1")
    good = events[at(events, "log", "1")]
    early = {**good, "time": events[0]["time"]}

    found = log.read(put(tmp_path, [*events[:number], good, early, *events[number:]]), PATHS)

    assert "its clock goes back by" in found.findings[0].message
    assert found.findings[0].line == number + 2


@pytest.mark.parametrize("zulu", [True, False])
def test_log_of_the_benchmark_is_sound(zulu: bool, tmp_path: Path) -> None:
    zone = UTC if zulu else timezone(timedelta(hours=1))

    path = benchmark.write(tmp_path / "log.jsonl", 3000, 3, zone, zulu)

    benchmark.read(path, 3)
    first = json.loads(path.read_text(encoding="utf-8").splitlines()[0])
    assert first["time"].endswith("Z" if zulu else "+01:00")
    with pytest.raises(SystemExit):
        benchmark.read(path, 4)


def words(value: Any) -> Any:
    """A value of a line, or the words of what is wrong with it."""
    return str(value) if isinstance(value, EventError) else value


@pytest.mark.parametrize(("raw", "found"), [
    (b"", []),
    (b"\n", [(1, [BLANK])]),
    (b"1\n \t\n2\n", [(1, [1, BLANK, 2])]),
    (b"1\n\xff2\n3\n", [(1, [1, "byte 0xff is not UTF-8; expected UTF-8", 3])]),
    (b"1\n{]\n", [(1, [1, "no valid JSON: Expecting property name enclosed in double quotes (column 2)"])]),
    (b'1\n"2', [(1, [1]), (2, [BLANK])]),
    (b"1\n2", [(1, [1]), (2, [BLANK])]),
    (b"1\na\xe9b", [(1, [1]), (2, ["byte 0xe9 is not UTF-8; expected UTF-8"])]),
    (b"  ", [(1, [BLANK])]),
    (b"1\n" * (2 * AT_ONCE + 1), [(1, [1] * AT_ONCE), (AT_ONCE + 1, [1] * AT_ONCE), (2 * AT_ONCE + 1, [1])]),
    (b"1\n" + b"x" * (LONGEST_LINE + 1) + b"\n2\n",
     [(1, [1]), (2, [f"longer than {LONGEST_LINE} bytes; expected one event a line"]), (3, [2])]),
    (b"x" * (3 * LONGEST_LINE), [(1, [f"longer than {LONGEST_LINE} bytes; expected one event a line"])]),
    (b"1\n" + b" " * LONGEST_LINE, [(1, [1]), (2, [BLANK])]),
])  # fmt: skip
def test_lines_come_with_their_numbers_and_what_is_wrong_with_them(
    raw: bytes, found: list[tuple[int, list[Any]]], tmp_path: Path
) -> None:
    path = tmp_path / "log.jsonl"
    path.write_bytes(raw)

    assert [(number, [words(value) for value in values]) for number, values in batches(path)] == found


def test_last_line_that_is_a_whole_event_counts_before_its_end_is_written(tmp_path: Path) -> None:
    path = put(tmp_path, whole()[:1])
    path.write_bytes(path.read_bytes().removesuffix(b"\n"))

    assert list(batches(path)) == [(1, [whole()[0]])]
