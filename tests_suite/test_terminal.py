"""What a run says on the terminal, word for word: people decide by it before they open a report."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import pytest

from gate import terminal
from gate.chain import Link
from gate.decision import Decision
from gate.measure import Record
from gate.state import Run
from gate.verdict import Finding, GateResult, KnownResult, Measurement, Outcome, Verdict
from tests_suite import samples
from tests_suite.samples import CHECKLIST, ITEM, measurement

COLOURS = ("green", "yellow", "red", "red")  # of the verdicts
RESERVED = "reference release: this run proves nothing about production"
LATE = Link("predeploy", "PASS", datetime(2026, 1, 5, 12, tzinfo=UTC), "a" * 64, "ended too long ago; run it again")
GOOD = Link("predeploy", "PASS", datetime(2026, 1, 5, 12, tzinfo=UTC), "a" * 64, None)


class Screen:
    """Keeps each line with its markup, as pytest's own reporter is given them."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, str]] = []

    def write_line(self, line: str, **markup: bool) -> None:
        self.lines.append((line, " ".join(sorted(name for name, on in markup.items() if on))))


def _closing(run: Run, results: list[GateResult], hide: Callable[[str], str] = str) -> list[tuple[str, str]]:
    screen = Screen()
    terminal.closing(cast(pytest.TerminalReporter, screen), run, results, hide)
    return screen.lines


@pytest.mark.parametrize(
    ("measured", "said"),
    [
        (measurement(), "12.5 ms (limit < 100 ms)"),
        (measurement(0.0), "0 ms (limit < 100 ms)"),
        (measurement(12.345, comparison="at_most"), "12.3 ms (limit ≤ 100 ms)"),
        (measurement(12.5, comparison="at_least", limit=99.5), "12.5 ms (limit ≥ 99.5 ms)"),
        (measurement(999.0), "999 ms (limit < 100 ms)"),
        (measurement(999.4), "999 ms (limit < 100 ms)"),
        (measurement(999.5), "1000 ms (limit < 100 ms)"),
        (measurement(999.6), "1000 ms (limit < 100 ms)"),
        (measurement(1000.0), "1000 ms (limit < 100 ms)"),
        (measurement(1234.6), "1235 ms (limit < 100 ms)"),
        (measurement(-1234.6), "-1235 ms (limit < 100 ms)"),
        (measurement(12.5, of="agent 3"), "agent 3 12.5 ms (limit < 100 ms)"),
        (measurement(5.0, comparison="equals", limit=6.0, unit="items"), "5/6 items"),
    ],
)
def test_measurement_is_told_with_its_limit(measured: Measurement, said: str) -> None:
    assert terminal.in_words(measured) == said


@pytest.mark.parametrize(
    ("name", "embedded", "said"),
    [
        ("reference", ["workflow"], RESERVED),
        ("own", ["workflow", "claude"], f"workflow, claude of the {RESERVED}"),
        ("reference", [], ""),
    ],
)
def test_run_of_the_suite_s_own_files_says_that_it_proves_nothing(name: str, embedded: list[str], said: str) -> None:
    assert terminal.reservation(samples.run(name=name, embedded=embedded)) == said


RELEASE = "release: ai-engineering-workflow 2.0.0, 55 files (previous 1.0.0)"


def test_header_names_what_will_be_judged() -> None:
    assert terminal.header(samples.run()) == ["target: sample (target.yaml)", RELEASE, "gates: smoke (15 min)"]


def test_header_tells_all_that_makes_a_run_less_than_it_seems() -> None:
    overrides = [
        {"item": "2.1.2", "limit": "response time", "value": 250, "reason": "slow network"},
        {"fact": "steps", "value": 9, "reason": "fewer steps"},
    ]
    gates = (CHECKLIST.gates["smoke"], CHECKLIST.gates["mcp"])
    run = samples.run(
        *gates, name="reference", embedded=["workflow"], described=["a: /a", "b: /b"], overrides=overrides
    )
    run.chain = {"smoke": [GOOD], "mcp": [GOOD, LATE]}

    assert terminal.header(run) == [
        RESERVED,
        "target: reference (target.yaml)",
        "  a: /a",
        "  b: /b",
        "  override: 2.1.2 response time = 250 (slow network)",
        "  override: steps = 9 (fewer steps)",
        RELEASE,
        f"gates: smoke (15 min), mcp ({CHECKLIST.gates['mcp'].time_box_minutes} min)",
        f"  before: {GOOD}",
        f"  before: {LATE}",
    ]


@pytest.mark.parametrize(
    ("production", "links", "said"), [(True, [LATE], True), (True, [GOOD], False), (False, [LATE], False)]
)
def test_only_production_is_held_to_its_chain(production: bool, links: list[Link], said: bool) -> None:
    run = samples.run(production=production)
    run.chain = {"smoke": links}

    assert ("  so this run can be INCOMPLETE at best" in terminal.header(run)) is said
    assert terminal.header(run)[3] == f"  before: {links[0]}"


def test_header_of_a_run_without_gates_names_none() -> None:
    run = samples.run()
    run.gates = []

    assert terminal.header(run) == ["target: sample (target.yaml)", RELEASE]


BELOW = f"\n  2.1.2 Knowledge MCP answers\n  to do: {ITEM.advice}"


def _report(outcome: Any, longrepr: Any = "TRACEBACK", **more: Any) -> pytest.TestReport:
    return pytest.TestReport("a.py::test_a", ("a.py", 1, "test_a"), {}, outcome, longrepr, "call", **more)


def _caught(error: BaseException) -> pytest.ExceptionInfo[BaseException]:
    with pytest.raises(BaseException) as caught:  # noqa: PT011  (whichever it is)
        raise error
    return caught


def _timeout() -> BaseException:
    return pytest.fail.Exception("Timeout (>60.0s) from pytest-timeout.\nsecond line")


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (AssertionError("no answer"), f"no answer{BELOW}"),
        (AssertionError("no answer\nfrom it\nassert 1 == 2\nassert x"), f"no answer\nfrom it{BELOW}"),
        (pytest.fail.Exception("nothing to test"), f"nothing to test{BELOW}"),
        (pytest.fail.Exception("x\nassert y"), f"x\nassert y{BELOW}"),
        (pytest.fail.Exception("after a Timeout"), f"after a Timeout{BELOW}"),
        (_timeout(), f"did not end within its time limit (Timeout (>60.0s) from pytest-timeout.){BELOW}"),
        (
            KeyError("x"),
            "TRACEBACK\n2.1.2 Knowledge MCP answers: the check itself broke on this input; please report it",
        ),
        (None, f"TRACEBACK{BELOW}"),
    ],
)
def test_failure_says_what_was_found_and_what_to_do(error: BaseException | None, said: str) -> None:
    caught = None if error is None else _caught(error)

    assert terminal.failure(ITEM, caught, _report("failed")) == said


@pytest.mark.parametrize(
    ("report", "said"),
    [
        (_report("skipped", ("a.py", 3, "Skipped: no time")), "no time"),
        (_report("skipped", "Skipped: no time"), "no time"),
        (_report("skipped", ("a.py", 3, "no time. Skipped: x")), "no time. Skipped: x"),
        (_report("skipped", wasxfail="known"), "expected to fail: known"),
        (_report("passed", wasxfail="known"), ""),
        (_report("passed"), ""),
    ],
)
def test_what_did_not_fail_says_why_it_verified_nothing(report: pytest.TestReport, said: str) -> None:
    assert terminal.failure(ITEM, _caught(AssertionError("x")), report) == said


def test_check_breaks_by_what_it_did_not_foresee() -> None:
    errors = (AssertionError("x"), pytest.fail.Exception("x"), KeyError("x"), KeyboardInterrupt())

    assert [terminal.broke(_caught(error)) for error in errors] == [False, False, True, True]
    assert not terminal.broke(None)


@pytest.mark.parametrize(
    ("message", "words"),
    [
        (f"no answer{BELOW}", "no answer"),
        (f"no answer\nfrom it{BELOW}", "no answer\nfrom it"),
        ("one line", "one line"),
        ("said\n  2.1.2 title\n  to do: this\n  to do: that", "said"),
    ],
)
def test_first_words_do_not_repeat_the_item(message: str, words: str) -> None:
    assert terminal.first_words(message) == words


def test_junit_keeps_item_owner_severity_and_measurements() -> None:
    record = Record(measurements=[measurement(), measurement(5.0, name="answers", comparison="equals", unit="of them")])

    assert terminal.properties(ITEM, record) == [
        ("item", "2.1.2"),
        ("owner", "Tech Lead + QA"),
        ("severity", "critical"),
        ("response time", "12.5 ms (limit < 100 ms)"),
        ("answers", "5/100 of them"),
    ]


CHOSEN = Decision("fix_or_rollback", "partial failure", ("one", "two"), "Tech Lead", 30, ("QA Lead", "Tech Lead"))


def test_decision_says_who_decides_by_when_and_whom_to_call() -> None:
    contacts = [
        {"role": "tech lead", "name": "Ada", "phone": "+49 1", "email": "ada@example.com"},
        {"role": "Tech Lead", "email": "bob@example.com"},
    ]

    assert terminal.decision_lines(CHOSEN, samples.run(contacts=contacts)) == [
        "decision: fix or rollback - partial failure",
        "  1. one",
        "  2. two",
        "  decides: Tech Lead within 30 minutes",
        "  call: QA Lead: no contact in the target",
        "  call: tech lead: Ada, +49 1, ada@example.com",
        "  call: Tech Lead: bob@example.com",
    ]


def test_decision_of_a_tree_names_its_leaf_and_one_without_deadline_names_none() -> None:
    chosen = dataclasses.replace(CHOSEN, leaf="2.partial", within_minutes=None, steps=(), call=())
    at_once = dataclasses.replace(chosen, leaf="", within_minutes=0)

    assert terminal.decision_lines(chosen, samples.run()) == [
        "decision: fix or rollback - partial failure",
        "  by the plan's tree 2: partial failure, time to fix it not known",
        "  decides: Tech Lead",
    ]
    assert terminal.decision_lines(at_once, samples.run())[-1] == "  decides: Tech Lead now"


def _result(
    verdict: Verdict, *first: Any, known: tuple[KnownResult, ...] = (), notes: tuple[str, ...] = ()
) -> GateResult:
    """The smoke gate, its first items replaced by those that are given."""
    plain = samples.gate_result("smoke", Verdict.PASS, notes=notes)
    return dataclasses.replace(plain, verdict=verdict, items=(*first, *plain.items[len(first) :]), known=known)


def test_end_of_a_gate_tells_its_items_verdict_and_decision() -> None:
    first, second = CHECKLIST.items_of(CHECKLIST.gates["smoke"])[:2]
    items = (
        samples.item_result(Outcome.DEGRADED, first),
        samples.item_result(Outcome.PASSED, second, measurements=(measurement(), measurement(7.0)), seconds=2.04),
    )
    run = samples.run(name="reference", embedded=["workflow"])
    run.published = Path("out")
    run.chain = {"smoke": [GOOD, LATE]}

    lines = _closing(run, [_result(Verdict.DEGRADE, *items, notes=("interrupted",))])

    assert lines[:6] == [
        ("", ""),
        ("  2.1.1    degraded  Syntax of every workflow file", "yellow"),
        ("            a/b.md:3: it is odd", ""),
        ("  2.1.2    passed    Knowledge MCP answers - 12.5 ms (limit < 100 ms); 7 ms (limit < 100 ms)", "green"),
        ("  2.1.3    passed    Claude Code finds the workflow's command", "green"),
        ("  2.1.4    passed    config.yaml is valid YAML", "green"),
    ]
    assert lines[8:] == [
        ("smoke: DEGRADE", "bold yellow"),
        ("  6 items: 5 passed, 1 degraded, 2.5 s of 15 min", ""),
        ("  interrupted", "red"),
        (f"  before: {LATE}", ""),
        ("  decision: proceed with caution - nothing blocks, but not all is as it should be", ""),
        ("    1. look at each degraded item below", ""),
        ("    2. go on to the deployment to the repository (plan 2.2), with caution", ""),
        ("    3. put what is degraded right, or note it as a known issue", ""),
        ("    decides: Tech Lead", ""),
        ("    call: Tech Lead: no contact in the target", ""),
        (f"  {RESERVED}", "yellow"),
        ("  report: " + str(Path("out/smoke/signoff.html")), ""),
    ]


@pytest.mark.parametrize(
    ("outcome", "colour"),
    [
        (Outcome.PASSED, "green"),
        (Outcome.DEGRADED, "yellow"),
        (Outcome.WAIVED, "yellow"),
        (Outcome.FAILED, "red"),
        (Outcome.MISSING, "red"),
    ],
)
def test_each_outcome_has_its_colour(outcome: Outcome, colour: str) -> None:
    lines = _closing(samples.run(), [_result(Verdict.FAIL, samples.item_result(outcome, ITEM))])

    assert lines[1] == (f"  2.1.2    {outcome:9} Knowledge MCP answers", colour)


@pytest.mark.parametrize(("verdict", "colour"), list(zip(Verdict, COLOURS, strict=True)))
def test_each_verdict_has_its_colour(verdict: Verdict, colour: str) -> None:
    lines = _closing(samples.run(), [samples.gate_result("smoke", verdict)])

    assert (f"smoke: {verdict}", f"bold {colour}") in lines
    assert not [line for line, _ in lines if line.startswith(("  report: ", "  before: ")) or "proves nothing" in line]


def test_production_tells_its_chain_among_the_notes_alone() -> None:
    run = samples.run(production=True)
    run.chain = {"smoke": [LATE]}

    assert not [line for line, _ in _closing(run, [_result(Verdict.PASS)]) if "before: " in line]


KNOWN = Finding("known issue: it has expired", blocks=True, file="known-issues.yaml", line=4)
MANY = tuple(Finding(f"odd {number}\nsecond line", blocks=False) for number in range(5))


@pytest.mark.parametrize(
    ("outcome", "findings", "below"),
    [
        (Outcome.PASSED, MANY, []),
        (Outcome.DEGRADED, MANY, ["odd 0", "odd 1", "odd 2", "… and 2 more in the report"]),
        (Outcome.MISSING, MANY[:4], ["odd 0", "odd 1", "odd 2", "… and 1 more in the report"]),
        (Outcome.DEGRADED, MANY[:3], ["odd 0", "odd 1", "odd 2"]),
        (Outcome.FAILED, (*MANY, KNOWN), ["known-issues.yaml:4: known issue: it has expired"]),
        (Outcome.WAIVED, (*MANY, KNOWN), ["known-issues.yaml:4: known issue: it has expired"]),
    ],
)
def test_item_s_row_has_the_findings_below_it_that_nothing_else_shows(
    outcome: Outcome, findings: tuple[Finding, ...], below: list[str]
) -> None:
    result = _result(Verdict.DEGRADE, samples.item_result(outcome, ITEM, findings=findings))

    lines = [line for line, _ in _closing(samples.run(), [result])]

    assert lines[2 : 2 + len(below)] == [f"            {line}" for line in below]
    assert lines[2 + len(below)].startswith("  2.1.2 "), "the next item's row"


def test_known_issue_that_waives_stands_below_its_item() -> None:
    issue = samples.issue(item="2.1.1", expires="2026-01-12")
    known = tuple(
        KnownResult(each, waives)
        for each, waives in ((issue, True), (issue, False), (samples.issue(item="2.1.3", expires="x"), True))
    )
    first = samples.item_result(Outcome.WAIVED, CHECKLIST.items["2.1.1"], findings=(samples.BLOCKING,))

    lines = [line for line, _ in _closing(samples.run(), [_result(Verdict.DEGRADE, first, known=known)])]

    said = "one group was told too late; workaround: their team lead calls them"
    assert lines[2] == f"            known issue, until 2026-01-12 (Ada Example): {said}"
    assert [number for number, line in enumerate(lines) if "known issue, until" in line] == [2, 5]


def test_note_of_a_run_is_told_once() -> None:
    run = samples.run()
    run.notes = ["interrupted", "of the run alone"]

    lines = _closing(run, [_result(Verdict.INCOMPLETE, notes=("interrupted",))])

    assert lines[-1] == ("of the run alone", "red")
    assert [line for line, _ in lines if "interrupted" in line] == ["  interrupted"]


def test_run_that_judges_no_gate_says_how_one_is_run() -> None:
    run = samples.run()
    run.notes = ["interrupted"]

    assert _closing(run, []) == [
        (f"no verdict: a gate is run as a whole, with -m and one of {', '.join(CHECKLIST.gates)}", ""),
        ("interrupted", "red"),
    ]


def test_no_line_that_quotes_somebody_shows_a_secret() -> None:
    issue = samples.issue(item="2.1.3", description="SECRET")
    items = (
        samples.item_result(Outcome.DEGRADED, ITEM, findings=(Finding("SECRET", blocks=False),)),
        samples.item_result(Outcome.WAIVED, CHECKLIST.items["2.1.3"]),
        samples.item_result(Outcome.PASSED, ITEM, measurements=(measurement(of="SECRET"),)),
    )
    run = samples.run(contacts=[{"role": "Tech Lead", "name": "SECRET"}])
    run.notes = ["SECRET of the run"]
    run.chain = {"smoke": [dataclasses.replace(LATE, problem="SECRET")]}
    result = _result(Verdict.DEGRADE, *items, known=(KnownResult(issue, True),), notes=("SECRET",))

    for results in ([result], []):
        lines = _closing(run, results, lambda text: text.replace("SECRET", "***"))
        assert [line for line, _ in lines if "SECRET" in line] == []
        assert sum("***" in line for line, _ in lines) == (7 if results else 1)
