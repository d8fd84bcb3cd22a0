"""Taking a reading, piece by piece: what is asked, when, what is said of it, and where it is kept."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from fixtures import target as targets
from fixtures.backup.backuptarget import DatabaseTarget
from fixtures.firstday import askdatabase, cli, reading
from fixtures.firstday.firstdaytarget import FirstDayTarget
from fixtures.firstday.reading import Questions, ReadingError
from fixtures.knowledge.knowledgetarget import KnowledgeTarget
from fixtures.monitoring import machine, samples, watch
from fixtures.monitoring.monitoringtarget import MonitoringTarget
from fixtures.monitoring.samples import Call, Sample, Window
from fixtures.schedule import Schedule
from fixtures.target import Target
from fixtures.targetfile import MASK, TargetError

T0 = datetime(2026, 1, 6, 9, 0, tzinfo=UTC)
NOW = T0 + timedelta(hours=3, seconds=59.9)
NOTHING = Questions(None, (), None, None, None)


def _target(**more: Any) -> Target:
    subjects = ("workflow", "package", "repository", "evidence", "knowledge", "claude")
    plain = {"name": "production", "production": True, "source": "target.yaml", **dict.fromkeys(subjects)}
    lists = dict.fromkeys(("contacts", "overrides", "secrets", "embedded"), ())
    return Target(**{**plain, **lists, "schedule": Schedule(T0), **more})


# The command


def _clock(monkeypatch: pytest.MonkeyPatch, now: datetime) -> None:
    class Clock(datetime):
        @classmethod
        def now(cls, _: Any = None) -> datetime:  # type: ignore[override]
            return now

    monkeypatch.setattr(cli, "datetime", Clock)


def _read(monkeypatch: pytest.MonkeyPatch, target: Target, taken: Sample, *more: str) -> int:
    _clock(monkeypatch, NOW)

    def take(*asked: Any) -> Sample:
        assert asked == (Questions.of(target), T0, NOW)
        return taken

    monkeypatch.setattr(targets, "from_file", {Path("target.yaml"): target}.__getitem__)
    monkeypatch.setattr(cli, "take", take)
    return cli.main(["read", "--target=target.yaml", *more])


def _sample(n: int = 180, **parts: Any) -> Sample:
    due = T0 + timedelta(minutes=n)
    return Sample(n, due, due + timedelta(seconds=1.5), due + timedelta(seconds=2), **parts)


def test_what_was_read_is_one_line_and_each_failure_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    target = _target(
        monitoring=MonitoringTarget(host="local"), evidence=tmp_path, secrets=("s3cret", "s3cret-and-more")
    )
    taken = _sample(
        knowledge={
            "health": Call(1.0, True),
            "a": Call(2.0, False, "no s3cret-and-more"),
            "b": Call(3.0, False, "gone"),
        },
        host={"disk_percent": 41.25, "unknown": {"network_percent": "no link"}},
        database={"ok": False, "error": "refused s3cret"},
    )

    status = _read(monkeypatch, target, taken)

    said = capsys.readouterr()
    place = tmp_path / "readings.jsonl"
    assert status == 0
    assert said.out == f"2026-01-06T12:00:01+00:00: 3 calls, 2 failed, disk 41.25 %, database failed; kept in {place}\n"
    assert said.err.splitlines() == [
        "firstday: the server is not read: the target names none (knowledge.url)",
        "firstday: the database is not read: the target names none (database.uri)",
        f"firstday: a: no {MASK}",
        "firstday: b: gone",
        "firstday: network_percent: no link",
        f"firstday: database: refused {MASK}",
    ]
    assert samples.read(place).samples == (taken,)


def test_command_says_how_it_is_used(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("COLUMNS", "1000")
    monkeypatch.setenv("NO_COLOR", "1")

    for arguments in (["--help"], ["read", "--help"], [], ["read"], ["read", "--target=a", "more"]):
        with pytest.raises(SystemExit):
            cli.main(arguments)

    said = capsys.readouterr()
    for words in (
        "usage: python -m fixtures.firstday [-h] COMMAND ...",
        "Take the hourly readings of the first day after a deployment (plan 3.2).",
        "take one reading now and append it\n",
        "Exit status: 0 a reading was taken and kept, whatever it shows; 1 it could not be kept; 2 wrong use.",
        "usage: python -m fixtures.firstday read [-h] --target FILE [--readings FILE]",
        "the database once, and append what they say to the file of readings. To be called every hour from T+2 to T+24",
        "target file (YAML)\n",
        "where readings are kept; default: first_day.readings of the target, or readings.jsonl in its evidence\n",
    ):
        assert words in said.out
    assert "python -m fixtures.firstday: error: the following arguments are required: COMMAND\n" in said.err
    assert "python -m fixtures.firstday read: error: the following arguments are required: --target\n" in said.err


def test_target_that_cannot_be_read_is_wrong_use(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(_: Path) -> None:
        raise TargetError("target.yaml: names: unknown key")

    monkeypatch.setattr(targets, "from_file", refuse)

    assert cli.main(["read", "--target=target.yaml"]) == 2
    assert capsys.readouterr() == ("", "firstday: target.yaml: names: unknown key\n")


def test_line_that_was_torn_is_said_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    place = tmp_path / "r.jsonl"
    reading.keep(place, _sample(120), T0, "production")
    with place.open("a", encoding="utf-8") as stream:
        stream.write("{")
    database = DatabaseTarget("mongodb://db")
    target = _target(database=database, knowledge=KnowledgeTarget("http://k"), evidence=tmp_path)

    status = _read(monkeypatch, target, _sample(database={"ok": True, "ping_ms": 1.5}), f"--readings={place}")

    said = capsys.readouterr()
    assert status == 0
    figures = "no call of the server, no figure of the disk, database 1.5 ms"
    assert said.out == f"2026-01-06T12:00:01+00:00: {figures}; kept in {place}\n"
    assert said.err.splitlines() == [
        "firstday: r.jsonl: 1 bytes of a line that was never finished were cut off",
        "firstday: this machine is not read: where it is the production host, say so (monitoring.host: local)",
    ]


def test_reading_that_cannot_be_kept_is_another_failure_than_wrong_use(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    place = tmp_path / "r.jsonl"
    reading.keep(place, _sample(180), T0, "production")
    target = _target(database=DatabaseTarget("mongodb://db"), first_day=FirstDayTarget(place))

    assert _read(monkeypatch, target, _sample(180)) == 1
    assert _read(monkeypatch, _target(first_day=FirstDayTarget(place)), _sample(180)) == 2

    assert capsys.readouterr().err.splitlines() == [
        f"firstday: {place}: has a reading of 2026-01-06T12:00:01+00:00 already; expected one a minute at most",
        "firstday: target.yaml: names nothing to read; expected knowledge, monitoring.host: local, or database.uri",
    ]


def test_readings_are_kept_where_the_first_of_three_says() -> None:
    evidence, own, chosen = Path("evidence"), Path("own.jsonl"), Path("chosen.jsonl")
    target = _target(evidence=evidence, first_day=FirstDayTarget(own))

    assert cli._place(target, chosen) == chosen
    assert cli._place(target, None) == own
    assert cli._place(_target(evidence=evidence), None) == evidence / "readings.jsonl"
    with pytest.raises(ReadingError, match=r"^target\.yaml: names no place for readings; expected first_day\.readings"):
        cli._place(_target(), None)


@pytest.mark.parametrize(
    ("hours", "said"),
    [
        (-0.001, "target.yaml: the deployment is still to come: T-0 is 2026-01-06T09:00+00:00"),
        (0, ""),
        (26, ""),
        (26.001, "target.yaml: the first day is over: T-0 was 2026-01-06T09:00+00:00"),
    ],
)
def test_readings_are_taken_from_the_deployment_on(hours: float, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    _clock(monkeypatch, T0 + timedelta(hours=hours))

    if not said:
        starts = cli._starts(_target(schedule=Schedule(T0.astimezone(timezone(timedelta(hours=2))))))
        assert (starts, starts.tzinfo) == (T0, UTC)
        return
    with pytest.raises(ReadingError) as refused:
        cli._starts(_target())
    assert (str(refused.value), refused.value.was_taken) == (said, False)


# What is asked


def test_target_says_what_is_asked(tmp_path: Path) -> None:
    server, database = KnowledgeTarget("http://k"), DatabaseTarget("mongodb://db")
    local = MonitoringTarget(host="local", disk=tmp_path, link_mbit=7)

    everything = Questions.of(
        _target(knowledge=server, workflow=tmp_path / "w", database=database, monitoring=local, secrets=("s",))
    )
    assert everything == Questions(server, reading.TOOLS, tmp_path, 7, database, ("s",))
    assert everything.unasked == []
    of_workflow = _target(workflow=tmp_path / "w", monitoring=MonitoringTarget(host="local"))
    assert Questions.of(of_workflow).disk == tmp_path / "w"
    assert Questions.of(_target(monitoring=MonitoringTarget(host="local"))).disk == Path.home()
    elsewhere = _target(database=database, monitoring=MonitoringTarget(disk=tmp_path))
    assert Questions.of(elsewhere) == Questions(None, reading.TOOLS, None, None, database)
    for nothing in ({"database": DatabaseTarget(None, "knowledge")}, {"workflow": tmp_path}):
        with pytest.raises(ReadingError, match="names nothing to read"):
            Questions.of(_target(**nothing))


def _time(monkeypatch: pytest.MonkeyPatch, *ticks: float) -> list[float]:
    slept: list[float] = []
    left = list(ticks)
    monkeypatch.setattr(reading, "time", SimpleNamespace(monotonic=lambda: left.pop(0), sleep=slept.append))
    return slept


def test_machine_is_watched_for_a_second_around_the_other_questions(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    made: list[Any] = []

    class Machine:
        def __init__(self, disk: Path, link_mbit: float | None) -> None:
            made.append((disk, link_mbit))

        def begin(self) -> None:
            made.append("begun")

        def read(self) -> dict[str, Any]:
            return {"disk_percent": 41.0}

    monkeypatch.setattr(machine, "Machine", Machine)
    monkeypatch.setattr(askdatabase, "ask", lambda _: {"ok": False, "error": "no abcdef, no abc", "ping_ms": 3})
    questions = Questions(None, (), tmp_path, 7, DatabaseTarget("mongodb://db"), ("abc", "abcdef"))
    slept = _time(monkeypatch, 100.0, 100.25, 102.0, 200.0, 201.5, 201.5)

    found = [reading.take(questions, T0, now) for now in (NOW, T0 + timedelta(hours=3))]

    due = T0 + timedelta(hours=3)
    host, database = {"disk_percent": 41.0}, {"ok": False, "error": f"no {MASK}, no {MASK}", "ping_ms": 3}
    assert found == [
        Sample(180, due, NOW, NOW + timedelta(seconds=2), {}, host, database),
        Sample(180, due, due, due + timedelta(seconds=1.5), {}, host, database),
    ]
    assert slept == [0.75, 0.0]
    assert made == [(tmp_path, 7), "begun"] * 2


def test_what_is_not_named_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    slept = _time(monkeypatch, 100.0, 100.0)

    assert reading.take(NOTHING, T0, T0 - timedelta(seconds=1)) == Sample(
        -1, T0 - timedelta(minutes=1), T0 - timedelta(seconds=1), T0 - timedelta(seconds=1)
    )
    assert slept == []


# Where it is kept


def test_file_begins_with_the_watch_and_goes_on(tmp_path: Path) -> None:
    place = tmp_path / "folder" / "r.jsonl"

    assert [reading.keep(place, _sample(n), T0, "p" * 300) for n in (180, 181)] == ["", ""]

    recorded = samples.read(place)
    assert recorded.window == Window(f"first day of {'p' * 187}", T0, T0 + timedelta(hours=25), 60.0)
    assert [each.n for each in recorded.samples] == [180, 181]


@pytest.mark.parametrize(
    ("kept", "said"),
    [
        (Window("w", T0 - timedelta(days=1), T0, 60.0),
         "holds the readings of a watch from 2026-01-05T09:00:00+00:00, every 60 s; expected "
         "2026-01-06T09:00:00+00:00, every 60 s: put it aside"),
        (Window("w", T0, T0 + timedelta(hours=1), 30.0),
         "holds the readings of a watch from 2026-01-06T09:00:00+00:00, every 30 s; expected "
         "2026-01-06T09:00:00+00:00, every 60 s: put it aside"),
        (_sample(180), "has a reading of 2026-01-06T12:00:01+00:00 already; expected one a minute at most"),
        (_sample(181), "has a reading of 2026-01-06T12:01:01+00:00 already; expected one a minute at most"),
    ],
    ids=["another day", "another interval", "the same minute", "a later minute"],
)  # fmt: skip
def test_reading_that_does_not_belong_is_not_kept(tmp_path: Path, kept: Window | Sample, said: str) -> None:
    place = tmp_path / "r.jsonl"
    if isinstance(kept, Sample):
        reading.keep(place, kept, T0, "p")
    else:
        samples.append(place, kept)
    before = place.read_bytes()

    with pytest.raises(ReadingError) as refused:
        reading.keep(place, _sample(180), T0, "p")

    assert (str(refused.value), refused.value.was_taken) == (f"{place}: {said}", True)
    assert place.read_bytes() == before


def test_place_that_cannot_be_written_is_said_after_the_reading(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "text").write_text("no samples\n", encoding="utf-8")

    with pytest.raises(ReadingError) as folder:
        reading.keep(tmp_path / "folder", _sample(), T0, "p")
    with pytest.raises(ReadingError) as text:
        reading.keep(tmp_path / "text", _sample(), T0, "p")
    with watch.locked(tmp_path / "r.jsonl"), pytest.raises(ReadingError) as locked:
        reading.keep(tmp_path / "r.jsonl", _sample(), T0, "p")

    assert str(folder.value) == f"{tmp_path / 'folder'}: is a directory; the reading is not kept"
    assert str(text.value).startswith("text: ")
    assert "another run is watching into this file" in str(locked.value)
    assert all(each.value.was_taken for each in (folder, text, locked))
