"""A watch and its file: what looks at a tick, which earlier watch is gone on with, and what is put on record around."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from fixtures.monitoring import watch as watching
from fixtures.monitoring.hope import Limits
from fixtures.monitoring.machine import Machine
from fixtures.monitoring.prober import Prober
from fixtures.monitoring.progress import Progress
from fixtures.monitoring.samples import Call, Mark, Record, Recorded, Sample, Smoke, Window, line_of, read
from fixtures.monitoring.timetable import Timetable
from fixtures.monitoring.watch import Eyes, Order, WatchError, digest_of, gone_on_with, locked, watch

NOW = datetime(2026, 1, 6, 10, tzinfo=UTC)
WINDOW = Window("digest", NOW, NOW + timedelta(seconds=3), 0.5)
SECOND = timedelta(seconds=1)


class Asked:
    """What asks a server with two calls a tick; `seen` says what it was asked for."""

    def __init__(self) -> None:
        self.names = ("health", "a")
        self.seen: list[object] = []
        self.server = SimpleNamespace(seconds=7.0)
        self.line = SimpleNamespace(ready=lambda *wait: self.seen.append(("ready", *wait)))
        self.chosen = lambda: self.names
        self.hide = str

    def ask(self, *told: object) -> Call:
        self.seen.append(told)
        return Call(1.0, True)


class Told(Machine):
    """A machine that tells its figures at once."""

    begun = 0

    def begin(self) -> None:
        self.begun += 1

    def read(self) -> dict[str, Any]:
        return {"cpu_percent": 5.0}


def order(file: Path, **changes: Any) -> Order:
    return dataclasses.replace(Order(3.0, 0.5, None, "digest", file), **changes)


def quiet() -> Progress:
    return Progress(lambda text: None)


def sample(n: int) -> Sample:
    return Sample(n, WINDOW.due(n), WINDOW.due(n), WINDOW.due(n))


def put(file: Path, *records: Record) -> Path:
    file.write_text("".join(map(line_of, records)), encoding="utf-8")
    return file


def test_digest_is_that_of_the_facts_whatever_their_order() -> None:
    found = digest_of({"b": Path("x"), "a": [1, None]})

    assert found == hashlib.sha256(b'{"a": [1, null], "b": "x"}').hexdigest()
    assert found == digest_of({"a": [1, None], "b": Path("x")})


# Who looks


def test_each_call_of_a_tick_begins_a_little_after_the_one_before() -> None:
    asked = Asked()
    eyes = Eyes(cast("Prober", asked), Told(Path()))

    tick = eyes.begin(Timetable(0.0, 4.0, 9))(3, 12.0, 15.0)

    assert eyes.names == ("health", "a")
    assert tick.wait(5.0)
    assert tick.taken() == ({"health": Call(1.0, True), "a": Call(1.0, True)}, {"cpu_percent": 5.0})
    assert sorted(asked.seen) == [("a", 3, 12.5, 15.0), ("health", 3, 12.0, 15.0)]  # type: ignore[type-var]


def test_session_is_made_ready_before_a_tick() -> None:
    asked = Asked()

    Eyes(cast("Prober", asked)).ready(3)
    Eyes().ready(3)

    assert asked.seen == [("ready",)]


def test_watch_that_looks_at_nothing_has_empty_ticks() -> None:
    tick = Eyes().begin(Timetable(0.0, 4.0, 9))(3, 12.0, 15.0)

    assert list(Eyes().names) == []
    assert tick.wait(0.0)
    assert tick.taken() == ({}, {})


# Which watch is gone on with


def test_where_there_is_no_file_a_new_watch_begins(tmp_path: Path) -> None:
    assert gone_on_with(order(tmp_path / "samples.jsonl"), NOW) is None
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("now", "seconds", "goes_on"),
    [
        (NOW - SECOND, 3.0, True),
        (NOW - 1.1 * SECOND, 3.0, False),
        (NOW + 3 * SECOND, 3.0, True),
        (NOW + 3.5 * SECOND, 3.0, True),
        (NOW + 3.6 * SECOND, 3.0, False),
        (NOW, 3.0009, True),
        (NOW, 2.9991, True),
        (NOW, 3.002, False),
    ],
    ids=["clocks differ", "to come", "at its end", "last tick", "over", "rounded up", "rounded down", "longer"],
)
def test_watch_is_gone_on_with_while_its_window_is_open(
    now: datetime, seconds: float, goes_on: bool, tmp_path: Path
) -> None:
    file = put(tmp_path / "samples.jsonl", WINDOW, sample(0))

    found = gone_on_with(order(file, seconds=seconds), now)

    assert found == (Recorded(file, WINDOW, (sample(0),)) if goes_on else None)
    assert file.exists() is goes_on


def test_watches_put_aside_are_named_by_their_beginning_in_utc_and_numbered(tmp_path: Path) -> None:
    own = dataclasses.replace(WINDOW, opened=NOW.astimezone(timezone(timedelta(hours=1))))
    for _ in range(3):
        file = put(tmp_path / "samples.jsonl", own)
        assert gone_on_with(order(file, every=1.0), NOW) is None

    assert sorted(each.name for each in tmp_path.iterdir()) == [
        "samples-20260106T100000Z-1.jsonl",
        "samples-20260106T100000Z-2.jsonl",
        "samples-20260106T100000Z.jsonl",
    ]


def test_too_many_watches_put_aside_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = put(tmp_path / "samples.jsonl", WINDOW)
    looked: list[str] = []

    def there(path: Path) -> bool:
        looked.append(path.name)
        return True

    monkeypatch.setattr(os.path, "lexists", there)

    with pytest.raises(WatchError) as caught:
        gone_on_with(order(file, every=1.0), NOW)

    assert str(caught.value) == f"{file}: too many files of earlier watches beside it; remove some"
    assert looked[-1] == "samples-20260106T100000Z-999.jsonl"
    assert file.exists()


def test_place_that_is_no_file_is_told_and_left_alone(tmp_path: Path) -> None:
    with pytest.raises(WatchError) as caught:
        gone_on_with(order(tmp_path), NOW)

    assert str(caught.value) == f"{tmp_path}: is no regular file; expected a file of samples"
    assert tmp_path.exists()


# One at a time


def test_one_watch_writes_into_a_file_at_a_time(tmp_path: Path) -> None:
    file = tmp_path / "new" / "folder" / "samples.jsonl"
    with locked(file):
        with pytest.raises(WatchError) as caught, locked(file):
            pytest.fail("two at a time")
        assert str(caught.value) == (f"{file}: another run is watching into this file; wait for its end, or end it")
    with locked(file):
        assert [each.name for each in file.parent.iterdir()] == ["samples.jsonl.lock"]


def test_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    place = tmp_path / "file" / "samples.jsonl"

    with pytest.raises(WatchError) as caught, locked(place):
        pytest.fail("it cannot be locked")

    assert re.fullmatch(rf"{re.escape(str(place))}: cannot be written: [a-z ]+", str(caught.value))


# From beginning to end


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """New windows open without a head start."""
    monkeypatch.setattr(watching, "HEAD_START", 0.0)


@pytest.mark.usefixtures("at_once")
def test_watch_is_on_record_from_its_window_to_its_end(tmp_path: Path) -> None:
    file, said, machine = tmp_path / "samples.jsonl", list[str](), Told(tmp_path)
    before = datetime.now(UTC)

    found = watch(order(file, seconds=0.0, every=60.0), Eyes(None, machine), Progress(said.append))

    window = found.window
    assert window == Window("digest", window.opened, window.opened, 60.0)
    assert before <= window.opened <= before + timedelta(seconds=5)
    assert [each.n for each in found.samples] == [0]
    assert [each.host for each in found.samples] == [{"cpu_percent": 5.0}]
    assert [(mark.event, mark.message) for mark in found.marks] == [("closed", "all that was due has been done")]
    assert before <= found.marks[0].at <= datetime.now(UTC)
    assert machine.begun == 1
    assert said[0] == "monitoring: watching for 0.0 s: 1 samples, one every 60 s"
    assert said[-1].endswith("; over; cpu 5 %")
    assert found == read(file)


@pytest.mark.usefixtures("at_once")
def test_watch_of_a_server_waits_for_its_session(tmp_path: Path) -> None:
    asked = Asked()

    found = watch(order(tmp_path / "samples.jsonl", seconds=0.0, every=60.0), Eyes(cast("Prober", asked)), quiet())

    assert asked.seen[0] == ("ready", 7.0)
    assert [list(each.knowledge) for each in found.samples] == [["health", "a"]]


def _earlier(file: Path, ticks: int = 2, *records: Record) -> Window:
    """A watch of two ticks that has begun just now, and of which these samples were taken."""
    opened = datetime.now(UTC) - timedelta(seconds=60.5)
    window = Window("digest", opened, opened + timedelta(seconds=60), 60.0)
    taken = [Sample(n, window.due(n), window.due(n), window.due(n)) for n in range(ticks)]
    put(file, window, *taken, *records)
    return window


def test_watch_with_nothing_left_to_sample_is_only_closed(tmp_path: Path) -> None:
    file, asked = tmp_path / "samples.jsonl", Asked()
    window = _earlier(file)
    own = order(file, seconds=60.0, every=60.0)

    found = watch(own, Eyes(cast("Prober", asked)), quiet())

    assert asked.seen == []
    assert (found.window, len(found.samples)) == (window, 2)
    assert [(mark.event, mark.message) for mark in found.marks] == [
        ("resumed", "gone on with at tick 2 of 2 after 2 samples"),
        ("closed", "all that was due has been done"),
    ]


@pytest.mark.parametrize(("ticks", "over"), [(0, False), (1, False), (2, True)])
def test_watch_is_over_with_its_last_sample(ticks: int, over: bool, tmp_path: Path) -> None:
    _earlier(tmp_path / "samples.jsonl", ticks)

    assert watching._is_over(read(tmp_path / "samples.jsonl")) is over
    assert watching._is_over(None) is False


def test_limit_that_was_lost_before_gives_the_watch_up_at_once(tmp_path: Path) -> None:
    file = tmp_path / "samples.jsonl"
    window = dataclasses.replace(WINDOW, opened=datetime.now(UTC))
    window = dataclasses.replace(window, closes=window.opened + timedelta(hours=1), every_seconds=60.0)
    due = window.due(0)
    put(file, window, Sample(0, due, due, due, {"health": Call(1.0, False, "503")}))
    own = order(file, seconds=3600.0, every=60.0, limits=Limits(2, 5, 1, 99.9))

    found = watch(own, Eyes(), quiet())

    assert [mark.event for mark in found.marks] == ["resumed", "aborted"]
    assert found.marks[1].message.startswith("availability: 1 of 61 planned probes of /health failed")
    assert len(found.samples) == 1


@pytest.mark.parametrize(
    ("earlier", "lost", "resumed", "message"),
    [
        ((0, 0, ""), {}, (0, 0, ""), "gone on with at tick 0 of 7 after 0 samples"),
        ((3, 2, ""), {1: "first", 2: "second"}, (3, 2, "first"), "gone on with at tick 3 of 7 after 3 samples"),
        ((3, 0, "half"), {2: "last"}, (3, 0, "last"), "gone on with at tick 3 of 7 after 3 samples; half"),
        ((6, 1, ""), {5: "lost"}, (6, 1, "lost"), "gone on with at tick 6 of 7 after 6 samples"),
        ((7, 1, ""), {5: "lost"}, (7, 1, ""), "gone on with at tick 7 of 7 after 7 samples"),
    ],
    ids=["no sample", "lost twice", "torn", "one left", "none left"],
)
def test_watch_goes_on_behind_its_last_records(
    earlier: tuple[int, int, str], lost: dict[int, str], resumed: tuple[int, int, str], message: str, tmp_path: Path
) -> None:
    ticks, smokes, torn = earlier
    file, kept = put(tmp_path / "samples.jsonl", WINDOW), list[Record]()
    runs = tuple(Smoke(n, NOW, NOW, NOW, "PASS", 1.0, "", 11) for n in range(smokes))
    recorded = Recorded(file, WINDOW, tuple(sample(n) for n in range(ticks)), runs, torn=torn)

    found = watching._resume(file, recorded, lambda each: lost.get(each.n, ""), kept.append)

    assert found == resumed
    assert [(mark.event, mark.message) for mark in cast("Sequence[Mark]", kept)] == [("resumed", message)]


def test_half_a_line_is_cut_off_before_a_watch_goes_on(tmp_path: Path) -> None:
    file, kept = put(tmp_path / "samples.jsonl", WINDOW, sample(0)), list[Record]()
    whole = file.read_bytes()
    file.write_bytes(whole + b'{"kind"')

    watching._resume(file, read(file), lambda each: "", kept.append)

    assert file.read_bytes() == whole
    assert json.loads(line_of(kept[0]))["message"] == (
        "gone on with at tick 1 of 7 after 1 samples; 7 bytes of a line that was never finished were cut off"
    )


@pytest.mark.usefixtures("at_once")
def test_record_that_cannot_be_kept_ends_the_watch_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: Path, record: Record) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(watching, "append", full)

    with pytest.raises(WatchError) as caught:
        watch(order(tmp_path / "samples.jsonl"), Eyes(), quiet())

    assert str(caught.value) == (f"{tmp_path / 'samples.jsonl'}: no space left on device; no sample can be kept")
