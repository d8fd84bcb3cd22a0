"""The reports of the gates as evidence: which of them count, what items rest on, and how long a server was away."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from fixtures.acceptance import reports
from fixtures.acceptance.outage import Outage, outages
from fixtures.acceptance.reports import GateReport, Reports, Seen, Subject
from fixtures.finding import Finding
from fixtures.schedule import Schedule

STARTS = datetime(2026, 1, 6, 9, tzinfo=UTC)
SUBJECT = Subject("prod", True, (), "AI Workflow", "2.0.0", {"package": "a" * 64, "workflow": "b" * 64},
                  Schedule(STARTS), STARTS + timedelta(hours=2))  # fmt: skip
ENDED = "2026-01-06T10:00:00+00:00"
SCHEMA: dict[str, Any] = {"type": "object", "required": ["marker", "items"], "properties": {}}


def verdict(marker: str = "smoke", ended: str = ENDED, **changes: Any) -> dict[str, Any]:
    """A verdict about the subject, as far as it is read; `changes` are to its target, or its items."""
    named = {"package": {"sha256": "a" * 64}, "workflow": {"sha256": "b" * 64}, "server": {"url": "x"}}
    target = {"name": "prod", "production": True, "embedded": [], "subjects": named}
    release = {"name": "AI Workflow", "version": "2.0.0"}
    data = {"marker": marker, "ended": ended, "items": [], "release": release, "target": target}
    target |= {key: value for key, value in changes.items() if key in target}
    return data | {key: value for key, value in changes.items() if key in data}


def item(name: str, outcome: str = "passed", *messages: str) -> dict[str, Any]:
    """An item of a verdict, with its findings."""
    return {"id": name, "outcome": outcome, "title": f"Title of {name}", "measurements": [],
            "findings": [{"message": message} for message in messages]}  # fmt: skip


def problem(data: Mapping[str, Any], starts: str = "", **changes: Any) -> str:
    """What is wrong with a verdict as evidence for the subject, or for one that differs."""
    return reports._problem(data, replace(SUBJECT, **changes), {"smoke": starts, "staging": starts})


@pytest.mark.parametrize(("data", "changes", "wrong"), [
    (verdict(), {}, ""),
    (verdict(), {"name": "Other"}, "smoke ran on AI Workflow 2.0.0; expected Other 2.0.0"),
    (verdict(), {"version": "2.0"}, "smoke ran on AI Workflow 2.0.0; expected AI Workflow 2.0"),
    (verdict(name="test", production=False), {}, "smoke ran on 'test', which is not production"),
    (verdict(name="other"), {}, "smoke ran on 'other'; this target is 'prod'"),
    (verdict(name="other", production=False), {"production": False}, ""),
    (verdict("staging", name="stage", production=False), {}, ""),
    (verdict(embedded=["workflow", "package", "mcp"]), {"embedded": ("mcp",)},
     "smoke ran on package, workflow of the reference release, not on this target's"),
    (verdict(embedded=["mcp"]), {"embedded": ("mcp", "workflow")}, ""),
    (verdict(subjects={"package": {"sha256": "c" * 64}}), {},
     f"smoke ran on another package, {'c' * 16}…; this one is {'a' * 16}…: run it again"),
    (verdict(subjects={"package": {"sha256": "a" * 64}, "workflow": {"sha256": "c" * 64}}), {},
     f"smoke ran on another workflow, {'c' * 16}…; this one is {'b' * 16}…: run it again"),
    (verdict(subjects={}), {}, ""),
    (verdict(subjects={"package": {"location": "x"}}), {}, ""),
    *[(verdict(marker, subjects={}), {},
       f"{marker} ran on no package that it names: nothing shows that it was this one")
      for marker in ("staging", "predeploy", "deploy")],
    (verdict("deploy", subjects={}), {"digests": {"workflow": "b" * 64}}, ""),
    (verdict("deploy", subjects={"package": {"sha256": "a" * 64}}), {}, ""),
    (verdict(ended="2026-01-06T11:05:00+00:00"), {}, ""),
    (verdict(ended="2026-01-06T12:05:01+01:00"), {},
     "smoke ended at 2026-01-06T12:05:01+01:00, which is still to come"),
])  # fmt: skip
def test_verdict_is_evidence_only_for_the_deployment_that_it_is_about(
    data: Mapping[str, Any], changes: dict[str, Any], wrong: str
) -> None:
    assert problem(data, **changes) == wrong


@pytest.mark.parametrize(("starts", "earliest"), [
    ("T-0", "2026-01-06T08:00:00+00:00"),
    ("T+0", "2026-01-06T08:00:00+00:00"),
    ("T-24h", "2026-01-05T08:00:00+00:00"),
    ("T-24", "2026-01-05T08:00:00+00:00"),
    ("T+90m", "2026-01-06T09:30:00+00:00"),
    ("T-30m", "2026-01-06T07:30:00+00:00"),
    ("T+2h", "2026-01-06T10:00:00+00:00"),
])  # fmt: skip
def test_verdict_may_be_an_hour_older_than_the_timetable_has_it_and_not_more(starts: str, earliest: str) -> None:
    before = (datetime.fromisoformat(earliest) - timedelta(seconds=1)).isoformat()

    assert problem(verdict(ended=earliest), starts) == ""
    assert problem(verdict(ended=before), starts) == (
        f"smoke ended at {before}, and belongs to {starts}: older than the plan allows"
    )


@pytest.mark.parametrize("starts", ["", "any time", "T-0 or later", "T+1d"])
def test_gate_without_a_time_in_the_timetable_may_be_run_at_any_time(starts: str) -> None:
    assert problem(verdict(ended="2020-01-01T00:00:00+00:00"), starts) == ""
    assert reports._problem(verdict("other", ended="2020-01-01T00:00:00+00:00"), SUBJECT, {}) == ""


def put(folder: Path, **verdicts: Any) -> None:
    """Verdicts in folders of these names; text is written as it is."""
    for name, data in verdicts.items():
        (folder / name).mkdir()
        text = data if isinstance(data, str) else json.dumps(data)
        (folder / name / "verdict.json").write_text(text, encoding="utf-8")


def test_folder_that_does_not_exist_holds_no_reports(tmp_path: Path) -> None:
    assert reports.read(tmp_path / "gone", SCHEMA, SUBJECT, {}) == Reports(str(tmp_path / "gone"), {}, ())


def test_report_that_was_changed_since_its_run_is_no_evidence(tmp_path: Path) -> None:
    put(tmp_path, a=verdict(items=[item("1")]), b=verdict(items=[item("2")]))

    read = reports.read(tmp_path, SCHEMA, SUBJECT, {}, lambda folder: "it was changed" if folder.name == "a" else "")

    assert {name: each.report.problem for name, each in read.items.items()} == {
        "1": "it was changed: run it again",
        "2": "",
    }


def test_latest_report_that_may_be_relied_on_says_what_came_of_an_item(tmp_path: Path) -> None:
    early, late, later = (f"2026-01-06T{hour}:00:00+00:00" for hour in ("09", "10", "11"))
    put(
        tmp_path,
        a=verdict(ended=late, items=[item("1"), item("2", "missing"), item("3"), item("4", "missing")]),
        b=verdict(ended=early, items=[item("1", "failed"), item("2"), item("3", "failed"), item("5")]),
        c=verdict(ended=later, name="other", items=[item("1", "failed"), item("6")]),
    )
    (tmp_path / ".hidden").mkdir()
    (tmp_path / ".hidden" / "verdict.json").write_text("{")
    (tmp_path / "z" / "verdict.json").mkdir(parents=True)
    (tmp_path / "a-file").write_text("x")

    read = reports.read(tmp_path, SCHEMA, SUBJECT, {})

    seen = {name: (each.outcome, Path(each.report.file).parent.name) for name, each in read.items.items()}
    assert seen == {"1": ("passed", "a"), "2": ("passed", "b"), "3": ("passed", "a"), "4": ("missing", "a"),
                    "5": ("passed", "b"), "6": ("passed", "c")}  # fmt: skip
    assert (read.place, read.broken, read.seen("1"), read.seen("7")) == (str(tmp_path), (), read.items["1"], None)
    path = tmp_path / "a" / "verdict.json"
    report = read.items["1"].report
    assert (report.file, report.data, report.sha256, report.problem) == (
        str(path), json.loads(path.read_text()), hashlib.sha256(path.read_bytes()).hexdigest(), "",
    )  # fmt: skip
    assert (report.marker, report.ended, report.label) == (
        "smoke", datetime(2026, 1, 6, 10, tzinfo=UTC), "smoke of 2026-01-06T10:00+00:00",
    )  # fmt: skip
    assert report.finding("x") == Finding(str(path), None, "x")
    assert read.items["6"].report.problem == "smoke ran on 'other'; this target is 'prod'"


def test_report_that_cannot_be_read_is_kept_as_a_finding_and_stops_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = json.dumps(verdict(items=[item("1")]))
    monkeypatch.setattr(reports, "LARGEST", len(good))
    put(tmp_path, a="{", b="[" * 300, c="[]", d='{"marker": "x"}', e=good + " ", f=good)

    read = reports.read(tmp_path, SCHEMA, SUBJECT, {})

    assert list(read.items) == ["1"]
    assert [(Path(str(each.file)).parent.name, each.line, each.message) for each in read.broken] == [
        ("a", None, "is no JSON"),
        ("b", None, "is no JSON"),
        ("c", None, "is no verdict: found a list, expected keys and values"),
        ("d", None, "is no verdict: items: missing; expected a value"),
        ("e", None, f"larger than {len(good)} bytes"),
    ]


def test_file_that_nobody_may_read_is_named_by_the_reason_of_the_system() -> None:
    assert reports._in_words(PermissionError(13, "Permission Denied", "x")) == "cannot be read: permission denied"
    assert reports._in_words(OSError("Odd One")) == "cannot be read: odd one"
    assert reports._in_words(RecursionError("deep")) == "is no JSON"
    assert reports._in_words(ValueError("larger")) == "larger"


def seen(data: dict[str, Any], marker: str = "smoke", wrong: str = "", sha256: str = "0" * 64) -> Seen:
    """An item in a report."""
    return Seen(GateReport(f"{marker}.json", verdict(marker), sha256, wrong), data)


def test_figures_of_an_item_are_those_of_the_limit_for_one_thing_or_for_several() -> None:
    measured = [("time", 1), ("time of x", 2.5), ("time off", 3), ("timeof", 4), ("the time", 5), ("time of y", None),
                ("time", 1e18), ("time", -1e18), ("time", -9.9e17)]  # fmt: skip
    one = seen({**item("1"), "measurements": [{"name": name, "value": value} for name, value in measured]})

    values = one.values("time")

    assert [None if math.isnan(value) else value for value in values] == [1.0, 2.5, None, None, None, -9.9e17]
    assert all(type(value) is float for value in values)
    assert one.values("none") == []


def test_item_counts_where_a_report_that_may_be_relied_on_has_an_accepted_outcome() -> None:
    broken = (Finding("x.json", None, "is no JSON"), Finding("y.json", None, "is no JSON"))
    items = {
        "1": seen(item("1")),
        "2": seen(item("2", "degraded", "slow")),
        "3": seen(item("3", "waived")),
        "4": seen(item("4", "failed", f"a\n  b {'x' * 300}", "c")),
        "5": seen(item("5"), wrong="ran elsewhere"),
        "6": seen(item("6", "error"), "deploy"),
    }
    read = Reports("reports", items, broken)

    assert list(read.unproven(["1", "2", "3"], {})) == []
    assert list(read.unproven(["7", "4", "5", "6", "8", "1"], {"7": ("deploy", "smoke")})) == [
        Finding("reports", None, "7 was never looked at: run -m deploy or -m smoke on this release"),
        *broken,
        Finding("smoke.json", None, f"4 failed in smoke of 2026-01-06T10:00+00:00: a b {'x' * 196}"),
        Finding("smoke.json", None, "5: ran elsewhere"),
        Finding("deploy.json", None, "6 error in deploy of 2026-01-06T10:00+00:00: "),
        Finding("reports", None, "8 was never looked at: run its gate on this release"),
        *broken,
    ]
    assert list(read.unproven(["2", "3"], {}, ("waived",))) == [
        Finding("smoke.json", None, "2 degraded in smoke of 2026-01-06T10:00+00:00: slow")
    ]


def test_items_that_went_through_with_reservations_are_named_by_their_title() -> None:
    items = {
        "1": seen(item("1")),
        "2": seen(item("2", "degraded")),
        "3": seen(item("3", "waived")),
        "4": seen(item("4", "degraded"), wrong="ran elsewhere"),
        "5": seen(item("5", "failed")),
    }

    assert list(Reports("reports", items, ()).reserved(["0", "3", "1", "4", "5", "2"])) == [
        Finding("smoke.json", None, "3 waived in smoke of 2026-01-06T10:00+00:00: Title of 3"),
        Finding("smoke.json", None, "2 degraded in smoke of 2026-01-06T10:00+00:00: Title of 2"),
    ]


def test_evidence_names_each_report_once_with_its_digest() -> None:
    items = {"1": seen(item("1")), "2": seen(item("2")), "3": seen(item("3"), "deploy", "x", "1" * 64)}
    read = Reports("reports", items, ())

    assert read.evidence(["0"]) == ""
    assert read.evidence(["1", "0", "2", "3"]) == (
        f"smoke of 2026-01-06T10:00+00:00, sha256 {'0' * 16}…; deploy of 2026-01-06T10:00+00:00, sha256 {'1' * 16}…"
    )


@pytest.mark.parametrize(("answered", "failed", "found"), [
    ([], [], []),
    ([0, 60], [], []),
    ([0, 240], [60, 120], [(60, 1, 4)]),
    ([240, 0], [120, 60], [(60, 1, 4)]),
    ([0, 120, 240], [60, 180], [(60, 0, 2), (180, 0, 2)]),
    ([0], [60, 180], [(60, 2, 3)]),
    ([180], [0, 60], [(0, 1, 3)]),
    ([], [0, 60], [(0, 1, 1)]),
    ([0, 30, 120, 150], [60], [(60, 0, 1.5)]),
    ([60], [60], [(60, 0, 0)]),
    ([0], [0, 60], [(0, 0, 0), (60, 0, 1)]),
])  # fmt: skip
def test_outage_lasts_from_its_first_to_its_last_failure_at_least_and_between_answers_at_most(
    answered: list[float], failed: list[float], found: list[tuple[float, float, float]]
) -> None:
    assert outages(answered, failed) == [
        Outage(datetime.fromtimestamp(since, UTC), least, most) for since, least, most in found
    ]


def test_outage_in_words_has_when_it_began_and_its_bounds() -> None:
    assert (
        str(Outage(STARTS, 1.23456, 1440)) == "away from 2026-01-06T09:00:00+00:00 for 1.235 to 1440 min, by its probes"
    )
