"""The file of samples: what is written is read back, faults are named by line, and reader and schema agree."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from fixtures.monitoring.lineform import LineError
from fixtures.monitoring.samples import (
    LONGEST_LINE,
    Call,
    Gap,
    Mark,
    Record,
    Sample,
    SamplesError,
    Smoke,
    Window,
    append,
    line_of,
    mend,
    parsed,
    read,
)
from fixtures.schema import mistakes

AT = datetime(2026, 1, 6, 10, 0, 0, 123456, tzinfo=UTC)
WINDOW = Window("digest", AT, AT + timedelta(hours=1), 300.0, 600.0)
SAMPLE = Sample(
    0,
    AT,
    AT,
    AT + timedelta(seconds=1),
    {"health": Call(12.3, True), "get_patterns": Call(8.0, False, "answered 500 – kaputt")},
    {"disk_percent": 41.5, "network_percent": None, "unknown": {"network_percent": "no speed"}},
    {"connections": 3},
)
SMOKE = Smoke(0, AT, AT, AT + timedelta(seconds=2), "FAIL", 1.4, "reports/smoke", 11, ("2.1.1 failed: 54 files",))
GAP = Gap(1, 2, "the machine was asleep")
MARK = Mark(AT, "resumed", "gone on with")
RECORDS: list[Record] = [WINDOW, SAMPLE, SMOKE, GAP, MARK]
SCHEMA = json.loads((Path(read.__code__.co_filename).parent / "sample.schema.json").read_text(encoding="utf-8"))


def _file(tmp_path: Path, *lines: str | bytes) -> Path:
    path = tmp_path / "samples.jsonl"
    path.write_bytes(b"".join(line.encode() if isinstance(line, str) else line for line in lines))
    return path


def test_what_is_appended_is_read_back(tmp_path: Path) -> None:
    path = tmp_path / "samples.jsonl"
    for record in RECORDS:
        append(path, record)

    recorded = read(path)

    assert recorded.window == WINDOW
    assert (recorded.samples, recorded.smokes, recorded.gaps, recorded.marks) == ((SAMPLE,), (SMOKE,), (GAP,), (MARK,))
    assert not recorded.findings
    assert not recorded.torn


def test_window_counts_both_of_its_ends_and_smoke_runs_within() -> None:
    assert WINDOW.ticks == 13
    assert WINDOW.smoke_runs == 6
    assert WINDOW.due(12) == WINDOW.closes
    assert Window("x", AT, AT + timedelta(seconds=5 * 17_279), 5.0).ticks == 17_280


WHOLE = len(line_of(SAMPLE).encode())


@pytest.mark.parametrize("length", [1, 2, *range(9, WHOLE, 23), WHOLE - 3, WHOLE - 2, WHOLE - 1])
def test_line_that_is_cut_anywhere_is_dropped_said_and_cut_off(length: int, tmp_path: Path) -> None:
    cut = line_of(SAMPLE).encode()[:length]
    whole = cut == line_of(SAMPLE).encode()[:-1]  # only the line break is missing
    path = _file(tmp_path, line_of(WINDOW), cut)

    recorded = read(path)
    said = mend(path)
    append(path, SAMPLE._replace(n=1))
    after = read(path)

    assert bool(recorded.torn) is not whole
    assert bool(said) is not whole
    assert [sample.n for sample in recorded.samples] == ([0] if whole else [])
    assert [sample.n for sample in after.samples] == ([0, 1] if whole else [1])
    assert not after.torn
    assert not recorded.findings
    assert not after.findings


def test_whole_file_needs_no_mending(tmp_path: Path) -> None:
    path = _file(tmp_path, line_of(WINDOW), line_of(SAMPLE))
    before = path.read_bytes()

    assert mend(path) == ""
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        ((), "is empty"),
        (("{",), "never finished"),
        (("[]\n",), "holds no keys and values"),
        ((line_of(SAMPLE),), "comes before the window"),
        (("\n\n",), "expected a window"),
    ],
    ids=["empty", "torn", "a list", "no window", "blank"],
)
def test_file_without_a_window_is_refused_in_one_line(lines: tuple[str, ...], says: str, tmp_path: Path) -> None:
    with pytest.raises(SamplesError, match=says) as caught:
        read(_file(tmp_path, *lines))

    assert "\n" not in str(caught.value)


def test_file_that_is_not_there_or_no_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SamplesError, match="does not exist"):
        read(tmp_path / "samples.jsonl")
    with pytest.raises(SamplesError, match="is no regular file"):
        read(tmp_path)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (b"\xff\xfe\n", "no valid JSON"),
        (b"[" * 30_000 + b"\n", "no valid JSON"),
        (b'{"kind": "sample", "n": ' + b"9" * 5000 + b"}\n", "no valid JSON"),
        (b" " * (LONGEST_LINE + 10) + b"\n", "longer than 65536 bytes"),
        (b'{"kind": null}\n', "kind: None is unknown"),
    ],
    ids=["no UTF-8", "nested", "a huge number", "long", "no kind"],
)
def test_hostile_line_is_a_finding_with_its_number(line: bytes, says: str, tmp_path: Path) -> None:
    recorded = read(_file(tmp_path, line_of(WINDOW), line, line_of(SAMPLE)))

    assert [(finding.file, finding.line) for finding in recorded.findings] == [("samples.jsonl", 2)]
    assert says in recorded.findings[0].message
    assert recorded.samples == (SAMPLE,)


def test_findings_have_an_end(tmp_path: Path) -> None:
    recorded = read(_file(tmp_path, line_of(WINDOW), *["{}\n"] * 500))

    assert len(recorded.findings) == 101
    assert recorded.findings[-1].message == "… and 400 more lines that do not count"


# The reader and the schema

Edit = Callable[[dict[str, Any]], object]
WRONG: dict[str, tuple[Record, Edit]] = {
    "n missing": (SAMPLE, lambda line: line.pop("n")),
    "n negative": (SAMPLE, lambda line: line.update(n=-1)),
    "n a fraction": (SAMPLE, lambda line: line.update(n=1.0)),
    "n true": (SAMPLE, lambda line: line.update(n=True)),
    "no zone": (SAMPLE, lambda line: line.update(begun="2026-01-06T10:00:00")),
    "no time": (SAMPLE, lambda line: line.update(ended="later")),
    "time missing": (SAMPLE, lambda line: line.pop("scheduled")),
    "unknown key": (SAMPLE, lambda line: line.update(knowlege={})),
    "knowledge a list": (SAMPLE, lambda line: line.update(knowledge=[])),
    "call a number": (SAMPLE, lambda line: line["knowledge"].update(health=3)),
    "call without ms": (SAMPLE, lambda line: line["knowledge"]["health"].pop("ms")),
    "call before it was due": (SAMPLE, lambda line: line["knowledge"]["health"].update(ms=-0.1)),
    "call ok as a text": (SAMPLE, lambda line: line["knowledge"]["health"].update(ok="yes")),
    "failed call without words": (SAMPLE, lambda line: line["knowledge"]["get_patterns"].pop("error")),
    "words as a number": (SAMPLE, lambda line: line["knowledge"]["get_patterns"].update(error=500)),
    "call with more": (SAMPLE, lambda line: line["knowledge"]["health"].update(status=200)),
    "too many calls": (
        SAMPLE,
        lambda line: line["knowledge"].update({str(n): {"ms": 1, "ok": True} for n in range(100)}),
    ),
    "host a text": (SAMPLE, lambda line: line.update(host="fine")),
    "host figure negative": (SAMPLE, lambda line: line["host"].update(cpu_percent=-1)),
    "host figure a text": (SAMPLE, lambda line: line["host"].update(cpu_percent="12")),
    "host figure unknown": (SAMPLE, lambda line: line["host"].update(cpu=12)),
    "reason a number": (SAMPLE, lambda line: line["host"].update(unknown={"cpu_percent": 1})),
    "database a list": (SAMPLE, lambda line: line.update(database=[1])),
    "schema 2": (WINDOW, lambda line: line.update(schema=2)),
    "schema true": (WINDOW, lambda line: line.update(schema=True)),
    "target blank": (WINDOW, lambda line: line.update(target=" ")),
    "target long": (WINDOW, lambda line: line.update(target="x" * 201)),
    "no interval": (WINDOW, lambda line: line.update(every_seconds=0)),
    "window key unknown": (WINDOW, lambda line: line.update(evry_seconds=1)),
    "verdict unknown": (SMOKE, lambda line: line.update(verdict="OK")),
    "steps negative": (SMOKE, lambda line: line.update(steps=-1)),
    "seconds missing": (SMOKE, lambda line: line.pop("seconds")),
    "report missing": (SMOKE, lambda line: line.pop("report")),
    "failed a text": (SMOKE, lambda line: line.update(failed="2.1.1")),
    "failed of numbers": (SMOKE, lambda line: line.update(failed=[1])),
    "gap without reason": (GAP, lambda line: line.pop("reason")),
    "gap with a blank reason": (GAP, lambda line: line.update(reason=" ")),
    "gap from a fraction": (GAP, lambda line: line.update(first=0.5)),
    "mark unknown": (MARK, lambda line: line.update(event="paused")),
    "mark without words": (MARK, lambda line: line.pop("message")),
    "kind unknown": (MARK, lambda line: line.update(kind="note")),
}
RIGHT: dict[str, tuple[Record, Edit]] = {
    "as written": (SAMPLE, lambda line: None),
    "nothing watched": (SAMPLE, lambda line: [line.pop(name) for name in ("knowledge", "host", "database")]),
    "ms a whole number": (SAMPLE, lambda line: line["knowledge"]["health"].update(ms=12)),
    "another zone": (SAMPLE, lambda line: line.update(begun="2026-01-06T11:00:00.123456+01:00")),
    "Z": (SAMPLE, lambda line: line.update(begun="2026-01-06T10:00:00Z")),
    "window": (WINDOW, lambda line: None),
    "window without smoke runs": (WINDOW, lambda line: line.pop("smoke_every_seconds")),
    "smoke": (SMOKE, lambda line: None),
    "smoke that passed": (SMOKE, lambda line: [line.update(verdict="PASS"), line.pop("failed")]),
    "gap": (GAP, lambda line: None),
    "mark": (MARK, lambda line: None),
}


def _edited(record: Record, edit: Edit) -> dict[str, Any]:
    line: dict[str, Any] = copy.deepcopy(json.loads(line_of(record)))
    edit(line)
    return line


@pytest.mark.parametrize("name", WRONG)
def test_reader_and_schema_refuse_the_same_lines(name: str) -> None:
    line = _edited(*WRONG[name])
    assert json.dumps(line) != json.dumps(json.loads(line_of(WRONG[name][0])))

    assert mistakes(line, SCHEMA), f"the schema accepts {line}"
    with pytest.raises(LineError) as caught:
        parsed(json.dumps(line).encode())

    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", RIGHT)
def test_reader_and_schema_accept_the_same_lines(name: str) -> None:
    line = _edited(*RIGHT[name])

    assert not mistakes(line, SCHEMA)
    assert parsed(json.dumps(line).encode())


@pytest.mark.parametrize("text", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_number_that_cannot_be_reckoned_with_is_refused(text: str) -> None:
    line = line_of(SAMPLE).replace("12.3", text)
    assert text in line

    with pytest.raises(LineError, match=r"knowledge\.health\.ms"):
        parsed(line.encode())


def test_text_of_a_stranger_is_kept_in_one_bearable_line() -> None:
    line = line_of(SAMPLE._replace(knowledge={"health": Call(1.0, False, "bad\nnews " * 1000)}))

    assert line.count("\n") == 1
    assert len(line) < 2000
    assert parsed(line.encode())
