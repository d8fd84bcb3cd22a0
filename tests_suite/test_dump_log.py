"""What mongodump said: its lines, and which run of several in one log counts."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from fixtures.backup import dumplog
from fixtures.backup.dumpbytes import Damaged
from fixtures.backup.dumplog import DumpLog

LINE_TIME = "2026-01-05T02:00:00.125+0000\t"
BEGUN = datetime(2026, 1, 5, 2, 0, 0, 125_000, UTC)


def test_log_is_read_line_by_line() -> None:
    time = LINE_TIME
    lines = [
        "+ mongodump",
        f"{time.replace('-05T', '-32T')}done dumping k.x (1 document)",
        f"{time}done dumping k.a (2 documents)",
        f"{time}done dumping `k.b c` (20 documents)",
        f"{time}Failed: {'x' * 300}",
        f"{time}writing k.c: error writing data",
        f"{time}errors were none",
        "Failed: not mongodump's",
    ]

    assert dumplog.parse("\n".join(lines)) == DumpLog(
        {"k.x": 1, "k.a": 2, "k.b c": 20},
        BEGUN,
        ((5, f"Failed: {'x' * 192}"), (6, "writing k.c: error writing data")),
    )


A, B = "writing k.a to dump/k/a.bson", "writing `k.b` to dump/k/b.bson"
DONE_A, DONE_B = "done dumping k.a (1 document)", "done dumping `k.b` (2 documents)"
REFUSED = "Failed: can't create session: connection refused"
# Each run as the minutes since LINE_TIME and the words of each of its lines, and how many of the lines count.
RUNS: list[tuple[str, list[tuple[int, str]], int]] = [
    ("one run", [(0, A), (0, B), (1, DONE_A), (50, "[##]  k.b  1/2  (50.0%)"), (110, DONE_B)], 5),
    ("the same again", [(0, A), (0, B), (0, DONE_A), (0, DONE_B), (0, A), (0, B), (1, DONE_B), (1, DONE_A)], 4),
    ("again without what is written", [(0, DONE_A), (0, DONE_B), (0, DONE_A), (0, DONE_B)], 2),
    ("after one that was killed", [(0, A), (0, B), (1, A), (1, B), (1, DONE_A), (1, DONE_B)], 4),
    ("killed after a whole one", [(0, A), (0, B), (0, DONE_A), (0, DONE_B), (9, A), (9, B)], 2),
    ("after one that failed", [(0, REFUSED), (1, A), (1, B), (1, DONE_A), (1, DONE_B)], 4),
    ("failed at last", [(0, A), (0, DONE_A), (9, A), (9, "Failed: error writing data")], 2),
    ("what else fails after it", [(0, A), (0, REFUSED), (0, "error writing k.b")], 3),
    ("another one an hour before", [(0, A), (0, DONE_A), (60, B), (60, DONE_B)], 4),
    ("another one long before", [(0, A), (0, DONE_A), (61, B), (61, DONE_B)], 2),
    ("refused night after night", [(0, REFUSED), (1440, REFUSED)], 1),
]


@pytest.mark.parametrize(("lines", "last"), [row[1:] for row in RUNS], ids=[row[0] for row in RUNS])
def test_of_several_runs_in_a_log_the_last_one_counts(lines: list[tuple[int, str]], last: int) -> None:
    """cron appends: last night's run is not this one's beginning, nor its failure this one's."""
    text = [f"{(BEGUN + timedelta(minutes=at)).isoformat(timespec='milliseconds')}" for at, _ in lines]
    log = [f"{time[:-3]}00\t{words}" for time, (_, words) in zip(text, lines, strict=True)]
    before = len(lines) - last

    found = dumplog.parse("\n".join(log))

    alone = dumplog.parse("\n".join(["", *log[before:]]))
    shifted = tuple((number + before - 1, words) for number, words in alone.failures)
    assert found == dataclasses.replace(alone, failures=shifted)
    assert found.begun == BEGUN + timedelta(minutes=lines[before][0])


def test_log_is_not_read_without_end_and_is_mongodump_s(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "log"
    path.write_bytes(b"2026-01-05T02:00:00.125+0000\tdone\xff\n")
    size = path.stat().st_size
    monkeypatch.setattr(dumplog, "LARGEST", size)
    assert dumplog.read(path).begun == datetime(2026, 1, 5, 2, 0, 0, 125_000, UTC)

    monkeypatch.setattr(dumplog, "LARGEST", size - 1)
    with pytest.raises(Damaged) as error:
        dumplog.read(path)
    assert (error.value.offset, error.value.message) == (
        size,
        f"longer than {size - 1} bytes; expected what mongodump wrote to standard error",
    )
    path.write_bytes(b"")
    with pytest.raises(Damaged) as error:
        dumplog.read(path)
    assert (error.value.offset, error.value.message) == (
        0,
        "no line that mongodump writes; expected its standard error",
    )
