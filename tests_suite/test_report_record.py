"""What the reports say, key by key and line by line: other programs read verdict.json, people decide by the rest."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from gate import report
from gate.chain import Link
from gate.decision import Situation
from gate.state import Run
from gate.verdict import Finding, GateResult, KnownResult, Measurement, Outcome, Verdict
from tests_suite import samples
from tests_suite.samples import CHECKLIST, ITEM, measurement

FACTS = {"subjects": {"workflow": {"location": "here", "sha256": "0" * 64}}, "suite": {"version": "1.2.3"}}
NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
RELEASE = {"name": "ai-engineering-workflow", "version": "2.0.0", "previous": "1.0.0"}


def _result(verdict: Verdict, *items: Any, **more: Any) -> GateResult:
    """The smoke gate with those items alone."""
    return dataclasses.replace(samples.gate_result("smoke", verdict), items=items, **more)


def _left(run: Run, item: str, noted: dict[str, str], attachments: dict[str, str]) -> None:
    """What a test of an item leaves in the journal, as far as reports ask for it."""

    test = f"a.py::test_{len(run.journal.reports)}"
    gate = {"item": item, "noted": noted, "attachments": attachments}
    run.journal.reports[test] = [pytest.TestReport(test, ("a.py", 1, ""), {}, "passed", None, "call", gate=gate)]


def test_record_tells_of_a_run_what_its_contract_names() -> None:
    contact = {"role": "tech lead", "name": "Ada"}
    override = {"item": "2.1.2", "limit": "response time", "value": 250.5, "reason": "slow network"}
    run = samples.run(production=True, embedded=["claude"], contacts=[contact], overrides=[override])
    link = Link("predeploy", "PASS", NOON, "a" * 64, None)
    run.chain["smoke"] = [link]
    run.configuration = {"target": {"name": "t.yaml", "sha256": "d" * 64}, "checklist": {"name": "c", "sha256": "e"}}
    run.situations["smoke"] = Situation(20, 12.345)
    run.amiss_since["smoke"] = NOON.timestamp() + 0.25
    issue = samples.issue(item="2.1.2")
    known = (KnownResult(issue, True, ("one", "two")),)
    result = _result(Verdict.FAIL, samples.item_result(Outcome.FAILED), notes=("interrupted",), known=known)

    before = datetime.now(UTC)
    record = report.as_record(run, result, 3, FACTS)

    ended = record.pop("ended")
    assert before.replace(microsecond=0) <= datetime.fromisoformat(ended) <= datetime.now(UTC)
    assert (len(ended), ended[-1]) == (len("2026-01-06T09:00:00.000Z"), "Z")
    decided = record.pop("decision")
    assert (decided["action"], decided["call"]) == ("stop", [contact, {"role": "QA Lead"}])
    assert len(record.pop("items")) == 1
    assert record == {
        "schema": 1,
        "marker": "smoke",
        "title": "Smoke test",
        "verdict": "FAIL",
        "exit_status": 3,
        "started": "2026-01-06T09:00:00.000Z",
        "time_box_seconds": 900,
        "release": RELEASE,
        "target": {
            "name": "sample",
            "production": True,
            "embedded": ["claude"],
            "source": "target.yaml",
            "sha256": "d" * 64,
            "subjects": FACTS["subjects"],
            "overrides": [{**override, "plan_value": 100.0}],
        },
        "notes": ["interrupted"],
        "situation": {"fix_minutes": 20, "degraded_minutes": 12.3, "amiss_since": "2026-01-05T12:00:00.250Z"},
        "known_issues": [{**issue, "waives": True, "reasons": ["one", "two"]}],
        "configuration": [{"name": "t.yaml", "sha256": "d" * 64}, {"name": "c", "sha256": "e"}],
        "chain": [link.plain()],
        "suite": {"version": "1.2.3"},
    }


def test_record_of_a_run_of_which_nothing_else_is_known_says_so() -> None:
    run = samples.run()

    record = report.as_record(run, _result(Verdict.PASS, samples.item_result(Outcome.PASSED)), 0, FACTS)

    assert record["situation"] == {"fix_minutes": None, "degraded_minutes": 0.0, "amiss_since": None}
    assert (record["target"]["sha256"], record["chain"], record["configuration"]) == (None, None, [])
    run.chain["smoke"] = []
    assert report.as_record(run, _result(Verdict.PASS), 0, FACTS)["chain"] == []


def test_record_tells_of_an_item_what_its_contract_names() -> None:
    run = samples.run()
    _left(run, "2.1.2", {"address": "here"}, {})
    _left(run, "2.1.1", {"files": "3"}, {})
    measured = measurement(12.34567, plan_limit=99.0, samples=(1.23456, float("inf")), of="agent 3")
    item = samples.item_result(
        Outcome.FAILED,
        CHECKLIST.items["2.1.2"],
        seconds=1.23456,
        findings=(samples.BLOCKING, samples.DEGRADING),
        measurements=(measured,),
        tests=("a.py::test_a", "a.py::test_b"),
    )

    assert report.as_record(run, _result(Verdict.FAIL, item), 1, FACTS)["items"] == [
        {
            "id": "2.1.2",
            "title": "Knowledge MCP answers",
            "section": "2.1",
            "owner": "Tech Lead + QA",
            "severity": "critical",
            "outcome": "failed",
            "seconds": 1.235,
            "time_limit_seconds": 60,
            "findings": [
                {"severity": "critical", "message": "it is broken", "file": None, "line": None},
                {"severity": "minor", "message": "it is odd", "file": "a/b.md", "line": 3},
            ],
            "noted": {"address": "here"},
            "tests": ["a.py::test_a", "a.py::test_b"],
            "measurements": [
                {
                    "name": "response time",
                    "value": 12.346,
                    "unit": "ms",
                    "comparison": "below",
                    "limit": 100.0,
                    "plan_limit": 99.0,
                    "holds": True,
                    "samples": [1.235, None],
                }
            ],
        }
    ]


def test_attachments_are_listed_with_their_bytes_and_digests(tmp_path: Path) -> None:
    run = samples.run(secrets=["opensesame"])
    _left(run, "2.1.2", {}, {"b.txt": "ä opensesame \ud83d\r\n", "a.txt": ""})
    _left(run, "2.3.1", {}, {"of-another-gate.txt": "x"})
    result = _result(Verdict.PASS, samples.item_result(Outcome.PASSED))

    report.write(tmp_path, run, result, 0, FACTS)

    raw = "ä ‹secret› \\ud83d\r\n".encode()
    assert json.loads((tmp_path / "verdict.json").read_text(encoding="utf-8"))["attachments"] == [
        {"name": "a.txt", "item": "2.1.2", "bytes": 0, "sha256": hashlib.sha256(b"").hexdigest()},
        {"name": "b.txt", "item": "2.1.2", "bytes": len(raw), "sha256": hashlib.sha256(raw).hexdigest()},
    ]
    assert (tmp_path / "b.txt").read_bytes() == raw
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "a.txt",
        "b.txt",
        "signoff.html",
        "summary.md",
        "verdict.json",
    ]


def test_record_is_written_to_be_read_by_people_too(tmp_path: Path) -> None:
    run = samples.run(name="größer")
    report.write(tmp_path, run, _result(Verdict.PASS, samples.item_result(Outcome.PASSED)), 0, FACTS)

    raw = (tmp_path / "verdict.json").read_bytes()
    assert raw.startswith(b'{\n "schema": 1,\n "marker": "smoke",\n')
    assert raw.endswith(b"\n}\n")
    assert "größer".encode() in raw


def test_secret_hides_no_word_of_the_judge(tmp_path: Path) -> None:
    """Somebody may have chosen "failed" or a severity as a password."""
    words = ["FAIL", "failed", "critical", "stop", "smoke", "2.1.2", "below", "2026-01-06", "000000000"]
    item = samples.item_result(Outcome.FAILED, measurements=(measurement(),), findings=(Finding("it failed", True),))
    run = samples.run(secrets=words, name="failed", described=["x"])

    report.write(tmp_path, run, _result(Verdict.FAIL, item, notes=("failed",)), 1, FACTS)

    record = json.loads((tmp_path / "verdict.json").read_text(encoding="utf-8"))
    found = record["items"][0]
    assert (record["marker"], record["verdict"], record["decision"]["action"]) == ("smoke", "FAIL", "stop")
    assert record["started"] == "2026-01-06T09:00:00.000Z"
    assert record["target"]["subjects"]["workflow"]["sha256"] == "0" * 64
    assert (found["id"], found["outcome"], found["severity"]) == ("2.1.2", "failed", "critical")
    assert (found["findings"][0]["severity"], found["measurements"][0]["comparison"]) == ("critical", "below")
    assert found["findings"][0]["message"] == "it ‹secret›"
    assert (record["target"]["name"], record["notes"]) == ("‹secret›", ["‹secret›"])


def _page(result: GateResult, run: Run | None = None) -> str:
    run = run or samples.run()
    return report.signoff_page(report.as_record(run, result, 0, FACTS), run, result)


@pytest.mark.parametrize(
    ("measured", "plots"),
    [
        (measurement(samples=(1.0, 2.0)), 1),
        (measurement(samples=(1.0,)), 0),
        (measurement(samples=(1.0,), of="agent 3"), 1),
        (measurement(samples=(), of="agent 3"), 0),
        (measurement(), 0),
    ],
)
def test_page_draws_what_has_several_samples_or_is_one_of_several(measured: Measurement, plots: int) -> None:
    page = _page(_result(Verdict.PASS, samples.item_result(Outcome.PASSED, measurements=(measured,))))

    assert page.count("<svg ") == plots
    assert ("<h2>Measurements</h2>" in page) is bool(plots)


COUNT = measurement(5.0, name="answers", comparison="equals", limit=6.0, unit="of them")
SIZE = measurement(3.0, name="size", unit="MB", limit=7.0)
TOLD: dict[str, tuple[list[Measurement], str]] = {
    "one limit": ([measurement(), measurement(7.0)], "12.5 ms (limit &lt; 100 ms); 7 ms (limit &lt; 100 ms)"),
    "two limits": (
        [measurement(), SIZE],
        "response time: 12.5 ms (limit &lt; 100 ms); size: 3 MB (limit &lt; 7 MB)",
    ),
    "a count is no limit of two": ([COUNT, measurement()], "5/6 of them; 12.5 ms (limit &lt; 100 ms)"),
    "two limits and a count": (
        [COUNT, measurement(), SIZE],
        "5/6 of them; response time: 12.5 ms (limit &lt; 100 ms); size: 3 MB (limit &lt; 7 MB)",
    ),
    "one limit for two": (
        [measurement(name="response time of a", of="a"), measurement(name="response time of b", of="b")],
        "a 12.5 ms (limit &lt; 100 ms); b 12.5 ms (limit &lt; 100 ms)",
    ),
    "two limits, one for two": (
        [measurement(name="response time of a", of="a"), SIZE],
        "response time: a 12.5 ms (limit &lt; 100 ms); size: 3 MB (limit &lt; 7 MB)",
    ),
}


@pytest.mark.parametrize(("measured", "told"), TOLD.values(), ids=TOLD)
def test_page_names_the_limit_where_there_are_several(measured: list[Measurement], told: str) -> None:
    page = _page(_result(Verdict.PASS, samples.item_result(Outcome.PASSED, measurements=tuple(measured))))

    assert f"<td>{told}</td>" in page


def test_page_shows_its_items_by_section_with_what_they_took_and_who_signs() -> None:
    gate = CHECKLIST.gates["predeploy"]
    items = tuple(samples.item_result(Outcome.PASSED, item, seconds=0.5) for item in CHECKLIST.items_of(gate))
    degraded = dataclasses.replace(items[-1], outcome=Outcome.DEGRADED)
    page = _page(GateResult(gate, Verdict.DEGRADE, (*items[:-1], degraded), ()), samples.run(gate))

    places = [page.index(f"<h3>{section} {CHECKLIST.sections[section].title}, ") for section in gate.sections]
    rows = [page.index(f'<th scope="row">{item.item.id}</th>') for item in items]
    assert places == sorted(places)
    assert rows == sorted(rows)
    assert [sum(place < row for row in rows) for place in places] == [
        sum(item.item.section in gate.sections[number:] for item in items) for number in range(len(gate.sections))
    ]
    assert f"{len(items)} items: {len(items) - 1} passed, 1 degraded.\n{len(items) / 2:.1f} s of " in page
    signers = page.partition('<table class="sign">')[2].partition("</table>")[0]
    assert [each.partition("<")[0] for each in signers.split('<th scope="row">')[1:]] == [
        "Tech Lead",
        "Product Manager",
        "Infrastructure Lead",
        "QA Lead",
    ]


def test_page_names_the_leaf_of_the_tree_that_decided() -> None:
    gate = CHECKLIST.gates["deploy"]
    result = GateResult(gate, Verdict.FAIL, samples.gate_result("deploy", Verdict.FAIL, "critical").items, ())

    assert "By the plan's tree 2: partial failure, time to fix it not known." in _page(result, samples.run(gate))
    assert "By the plan's" not in _page(_result(Verdict.PASS, samples.item_result(Outcome.PASSED)))


def test_summary_is_these_lines() -> None:
    known = (
        KnownResult(samples.issue(item="2.1.1", expires="2026-01-12T12:00:00+00:00"), True),
        KnownResult(samples.issue(item="2.1.3"), False),
    )
    found = (Finding("it <b>\nsecond line", True), samples.DEGRADING)
    result = _result(
        Verdict.FAIL,
        samples.item_result(Outcome.WAIVED, CHECKLIST.items["2.1.1"], findings=found),
        samples.item_result(Outcome.FAILED, ITEM, findings=found),
        samples.item_result(Outcome.DEGRADED, CHECKLIST.items["2.1.3"]),
        samples.item_result(Outcome.PASSED, CHECKLIST.items["2.1.4"]),
        samples.item_result(Outcome.MISSING, CHECKLIST.items["2.1.5"], findings=()),
        notes=("one  note", "# two"),
        known=known,
    )
    record = report.as_record(samples.run(name="a_b _c_"), result, 1, FACTS)

    assert report.summary(record, "proves nothing").splitlines() == [
        "_proves nothing_",
        "",
        "_outside the chain of gates: this run counts for no step of the deployment_",
        "",
        "## smoke: FAIL",
        "",
        "ai-engineering-workflow 2.0.0 on target a_b \\_c\\_",
        "",
        "**stop**: any failed smoke test stops the deployment (plan 2.1). Decides: Tech Lead.",
        "- one note",
        "- \\# two",
        "",
        "1 of 5 items passed.",
        "- 2.1.1 waived: Syntax of every workflow file - known issue until 2026-01-12: one group was told too late",
        "- 2.1.2 failed: Knowledge MCP answers - it \\<b\\>",
        "- 2.1.3 degraded: Claude Code finds the workflow's command - it is odd",
        "- 2.1.5 missing: All agents with their configurations",
    ]
    assert report.summary({**record, "chain": []}).startswith("## smoke: FAIL\n\nai-")


def test_summary_says_what_to_do_in_words() -> None:
    record = report.as_record(samples.run(), samples.gate_result("smoke", Verdict.DEGRADE), 0, FACTS)

    assert "\n**proceed with caution**: nothing blocks, " in report.summary(record)


def _summary(note: int, finding: int) -> str:
    """The summary of a gate that has a note of so many characters, and whose last line has a finding of so many."""
    item = samples.item_result(Outcome.FAILED, findings=(Finding("y" * finding, blocks=True),))
    result = _result(Verdict.FAIL, item, notes=("x" * note,))
    return report.summary(report.as_record(samples.run(), result, 0, FACTS))


def test_summary_is_cut_between_lines_and_never_too_early() -> None:
    rest = "- … more in signoff.html\n"
    short = len(_summary(1, 1))
    before = len(_summary(1, 1).rpartition("- 2.1.2 ")[0])  # without the last line

    whole = _summary(1, 1 + 1000 - short)
    cut = _summary(1, 2 + 1000 - short)
    full = _summary(1 + 1000 - before - len(rest), 500)
    fuller = _summary(2 + 1000 - before - len(rest), 500)

    assert (len(whole), "… more" in whole) == (1000, False)
    assert cut.endswith(f"\n0 of 1 items passed.\n{rest}")
    assert (len(full), full.endswith(f"\n0 of 1 items passed.\n{rest}")) == (1000, True)
    assert fuller.endswith(f"xx\n\n{rest}")
