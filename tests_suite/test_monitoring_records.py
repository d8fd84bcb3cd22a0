"""Records of a watch as lines, key by key, and a file of them: what is kept, said and cut, at the edges of each."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from fixtures.finding import Finding
from fixtures.monitoring import samples
from fixtures.monitoring.samples import (
    Call,
    Gap,
    Mark,
    Record,
    Recorded,
    Sample,
    SamplesError,
    Smoke,
    Window,
    append,
    is_figure,
    line_of,
    mend,
    parsed,
    read,
)

AT = datetime(2026, 1, 6, 10, tzinfo=UTC)
TIMES = (AT, AT + timedelta(seconds=1), AT + timedelta(seconds=2))
WRITTEN = {"scheduled": "2026-01-06T10:00:00+00:00", "begun": "2026-01-06T10:00:01+00:00"}
ENDED = {"ended": "2026-01-06T10:00:02+00:00"}
WINDOW = Window("x", AT, AT + timedelta(hours=1), 300.0)
LONG = "one\n  two " + "x" * 1000
SHORT = "one two " + "x" * 991 + "…"
NAME = "samples.jsonl"


def sample(n: int) -> Sample:
    return Sample(n, *TIMES)


@pytest.mark.parametrize(
    ("record", "plain"),
    [
        (
            WINDOW,
            {
                "kind": "window",
                "schema": 1,
                "target": "x",
                "opened": "2026-01-06T10:00:00+00:00",
                "closes": "2026-01-06T11:00:00+00:00",
                "every_seconds": 300.0,
            },
        ),
        (Sample(3, *TIMES), {"kind": "sample", "n": 3, **WRITTEN, **ENDED}),
        (
            Sample(
                3,
                *TIMES,
                {"health": Call(1.23456, True, "ignored"), "a": Call(2, False, LONG)},
                {"cpu_percent": None},
                {"connections": 3},
            ),
            {
                "kind": "sample",
                "n": 3,
                **WRITTEN,
                **ENDED,
                "knowledge": {"health": {"ms": 1.235, "ok": True}, "a": {"ms": 2, "ok": False, "error": SHORT}},
                "host": {"cpu_percent": None},
                "database": {"connections": 3},
            },
        ),
        (
            Smoke(3, *TIMES, "FAIL", 1.23456, LONG, 11, (LONG, *["x"] * 100)),
            {
                "kind": "smoke",
                "n": 3,
                **WRITTEN,
                **ENDED,
                "verdict": "FAIL",
                "seconds": 1.235,
                "report": SHORT,
                "steps": 11,
                "failed": [SHORT, *["x"] * 99],
            },
        ),
        (
            Smoke(3, *TIMES, "PASS", 1.0, "r", 11),
            {
                "kind": "smoke",
                "n": 3,
                **WRITTEN,
                **ENDED,
                "verdict": "PASS",
                "seconds": 1.0,
                "report": "r",
                "steps": 11,
            },
        ),
        (Gap(1, 2, LONG), {"kind": "gap", "first": 1, "last": 2, "reason": SHORT}),
        (Mark(AT, "clock", LONG), {"kind": "mark", "at": WRITTEN["scheduled"], "event": "clock", "message": SHORT}),
        (Gap(1, 2, "x" * 1000), {"kind": "gap", "first": 1, "last": 2, "reason": "x" * 1000}),
    ],
    ids=["window", "empty sample", "sample", "smoke", "smoke that passed", "gap", "mark", "longest reason"],
)
def test_record_is_written_key_by_key_in_one_bearable_line(record: Record, plain: dict[str, Any]) -> None:
    assert record.plain() == plain
    assert line_of(record) == json.dumps(plain, ensure_ascii=False, separators=(",", ":")) + "\n"


def test_figure_that_is_no_number_is_not_written() -> None:
    with pytest.raises(ValueError, match="JSON compliant"):
        line_of(Sample(0, *TIMES, {}, {"cpu_percent": float("nan")}))


@pytest.mark.parametrize(
    ("seconds", "smoke_every", "ticks", "runs"),
    [
        (0.0, 60.0, 1, 1),
        (59.0, 60.0, 2, 1),
        (60.0, 60.0, 3, 1),
        (61.0, 60.0, 3, 2),
        (119.99, 60.0, 4, 2),
        (120.0, None, 5, 0),
    ],
)
def test_window_counts_ticks_with_its_ends_and_smoke_runs_without_its_last(
    seconds: float, smoke_every: float | None, ticks: int, runs: int
) -> None:
    window = Window("x", AT, AT + timedelta(seconds=seconds), 30.0, smoke_every)

    assert (window.ticks, window.smoke_runs) == (ticks, runs)
    assert window.due(3) == AT + timedelta(seconds=90)


def test_mark_is_the_last_of_its_kind() -> None:
    marks = tuple(Mark(AT, event, f"{n}") for n, event in enumerate(("clock", "closed", "clock", "resumed")))

    assert Recorded(Path("x"), WINDOW, (), marks=marks).mark("clock") == marks[2]
    assert Recorded(Path("x"), WINDOW, (), marks=marks).mark("aborted") is None


@pytest.mark.parametrize(
    ("value", "figure"),
    [(1, True), (0.5, True), (float("inf"), False), (float("nan"), False), (True, False), ("1", False), (None, False)],
)
def test_figure_is_a_number_that_can_be_reckoned_with(value: object, figure: bool) -> None:
    assert is_figure(value) is figure


# Files


def put(folder: Path, *lines: Record | str | bytes) -> Path:
    raw = [
        each if isinstance(each, bytes) else (each if isinstance(each, str) else line_of(each)).encode()
        for each in lines
    ]
    path = folder / NAME
    path.write_bytes(b"".join(raw))
    return path


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ((sample(1), sample(1)), "n: 1 comes after 1; expected a later one"),
        ((sample(2), sample(1)), "n: 1 comes after 2; expected a later one"),
        ((sample(1), WINDOW), "a second window; expected one file for each"),
        ((sample(1), "[]\n"), "holds no keys and values; expected one record"),
        ((sample(1), "nothing\n"), "no valid JSON: Expecting value (column 1)"),
        (
            (sample(1), '{"kind": "' + "x" * 70 + '"}\n'),
            f"kind: '{'x' * 59} is unknown; expected window, sample, smoke, gap or mark",
        ),
        (
            (sample(1), "{}" + " " * samples.LONGEST_LINE + "\n"),
            "longer than 65536 bytes; expected one record a line",
        ),
        (
            (sample(1), " " * 200_000 + "\n"),
            "longer than 65536 bytes; expected one record a line",
        ),
    ],
    ids=["twice", "back", "second window", "a list", "no JSON", "unknown", "long", "very long"],
)
def test_line_that_does_not_count_is_told_and_the_rest_is_kept(
    lines: Sequence[Record | str], words: str, tmp_path: Path
) -> None:
    path = put(tmp_path, WINDOW, *lines, sample(3), Gap(4, 5, "late"), Mark(AT, "closed", "over"))

    assert read(path) == Recorded(
        path,
        WINDOW,
        (next(each for each in lines if isinstance(each, Sample)), sample(3)),
        (),
        (Gap(4, 5, "late"),),
        (Mark(AT, "closed", "over"),),
        (Finding(NAME, 3, words),),
        "",
    )


def test_samples_and_smoke_runs_are_counted_apart(tmp_path: Path) -> None:
    runs = tuple(Smoke(n, *TIMES, "PASS", 1.0, "", 11) for n in (0, 1))
    path = put(tmp_path, WINDOW, sample(0), runs[0], "\n", sample(1), "  \n", runs[1], runs[1])

    found = read(path)

    assert (found.samples, found.smokes) == ((sample(0), sample(1)), runs)
    assert found.findings == (Finding(NAME, 8, "n: 1 comes after 1; expected a later one"),)


def test_line_of_the_greatest_length_is_read(tmp_path: Path) -> None:
    line = line_of(sample(0)).rstrip()
    path = put(tmp_path, WINDOW, line + " " * (samples.LONGEST_LINE - len(line) - 1) + "\n")

    assert (read(path).samples, read(path).findings) == ((sample(0),), ())


@pytest.mark.parametrize(
    ("lines", "line", "words"),
    [
        ((), None, "is empty; expected a window as its first line, see sample.schema.json"),
        (
            ("{",),
            None,
            "holds nothing but a line that was never finished; expected a window as its first line, "
            "see sample.schema.json",
        ),
        (
            ("\n", sample(0), "[]\n"),
            2,
            "comes before the window; expected the window as the first line; expected a window as the first line",
        ),
    ],
    ids=["empty", "torn", "no window"],
)
def test_file_without_a_window_says_what_it_holds(
    lines: Sequence[Record | str], line: int | None, words: str, tmp_path: Path
) -> None:
    with pytest.raises(SamplesError) as caught:
        read(put(tmp_path, *lines))

    assert caught.value.finding == Finding(NAME, line, words)
    assert str(caught.value) == words


@pytest.mark.parametrize(("name", "found"), [("nowhere", "does not exist"), ("", "is no regular file")])
def test_place_without_a_file_says_what_it_is(name: str, found: str, tmp_path: Path) -> None:
    with pytest.raises(SamplesError) as caught:
        read(tmp_path / name)

    assert caught.value.finding == Finding(str(tmp_path / name), None, f"{found}; expected a file of samples")


def test_torn_end_is_told_with_its_line_and_size(tmp_path: Path) -> None:
    found = read(put(tmp_path, WINDOW, sample(0), b'{"kind"'))

    assert found.torn == "samples.jsonl:3: a last line that was never finished (7 bytes) was dropped"
    assert (found.samples, found.findings) == ((sample(0),), ())


@pytest.mark.parametrize(("lines", "told"), [(4, False), (5, True)])
def test_file_is_read_up_to_a_number_of_lines(
    lines: int, told: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(samples, "MOST_LINES", 4)

    found = read(put(tmp_path, WINDOW, *(sample(n) for n in range(lines - 1))))

    assert len(found.samples) == 3
    assert found.findings == ((Finding(NAME, 5, "more than 4 lines; the rest was not read"),) if told else ())


@pytest.mark.parametrize(
    ("lines", "kept", "more"), [(100, 100, []), (102, 100, ["… and 2 more lines that do not count"])]
)
def test_findings_are_kept_up_to_a_hundred(lines: int, kept: int, more: list[str], tmp_path: Path) -> None:
    words = "holds no keys and values; expected one record"

    assert read(put(tmp_path, WINDOW, *["[]\n"] * lines)).findings == (
        *(Finding(NAME, number, words) for number in range(2, kept + 2)),
        *(Finding(NAME, None, each) for each in more),
    )


@pytest.mark.parametrize(
    ("end", "after", "words"),
    [
        (line_of(sample(0)), line_of(sample(0)), ""),
        (line_of(sample(0))[:-1], line_of(sample(0)), ""),
        ('{"kind"', "", "7 bytes of a line that was never finished were cut off"),
    ],
    ids=["whole", "without its line break", "half"],
)
def test_file_is_mended_at_its_end(end: str, after: str, words: str, tmp_path: Path) -> None:
    path = put(tmp_path, WINDOW, end)

    assert mend(path) == words
    assert path.read_text(encoding="utf-8") == line_of(WINDOW) + after


def test_half_a_first_line_is_cut_off_and_nothing_is_left(tmp_path: Path) -> None:
    path = put(tmp_path, "{")

    assert mend(path) == "1 bytes of a line that was never finished were cut off"
    assert path.read_bytes() == b""
    assert mend(path) == ""


def test_half_a_line_behind_a_long_file_is_cut_off(tmp_path: Path) -> None:
    whole = (line_of(Gap(0, 1, "x" * 900)) * 100).encode()
    path = put(tmp_path, whole, b"{")

    assert mend(path) == "1 bytes of a line that was never finished were cut off"
    assert path.read_bytes() == whole


def test_records_are_appended_in_utf_8(tmp_path: Path) -> None:
    path = tmp_path / NAME
    append(path, Gap(0, 1, "müde"))
    append(path, Gap(2, 3, "x"))

    assert path.read_bytes() == (line_of(Gap(0, 1, "müde")) + line_of(Gap(2, 3, "x"))).encode()
    assert parsed(path.read_bytes().splitlines()[0]) == Gap(0, 1, "müde")
