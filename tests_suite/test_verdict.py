"""From records of tests to outcomes, verdicts and an exit status: tables, and what holds for all of them."""

from __future__ import annotations

import dataclasses
import itertools
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gate import verdict
from gate.checklist import Limit
from gate.verdict import EXIT_INCOMPLETE, Finding, Outcome, TestRecord, Verdict, exit_status, judge_gate, judge_item
from tests_suite.samples import BLOCKING, CHECKLIST, DEGRADING, ITEM, measurement, record

PATIENTLY = settings(deadline=None)  # a busy machine is no fault
A, B = "m.py::test_a", "m.py::test_b"
TEST_OUTCOMES = ("passed", "failed", "error", "xpassed", "skipped", "xfailed", "unfinished")
SMOKE = CHECKLIST.gates["smoke"]
SMOKE_ITEMS = CHECKLIST.items_of(SMOKE)
# From good to bad; a failure that is known outweighs what is not known.
VERDICTS = (Verdict.PASS, Verdict.DEGRADE, Verdict.INCOMPLETE, Verdict.FAIL)

JUDGED: list[tuple[str, set[str], list[TestRecord], Outcome]] = [
    ("passed", {A}, [record(test=A)], Outcome.PASSED),
    ("all passed", {A, B}, [record(test=A), record(test=B)], Outcome.PASSED),
    ("failed", {A}, [record("failed", A)], Outcome.FAILED),
    ("one of two failed", {A, B}, [record(test=A), record("failed", B)], Outcome.FAILED),
    ("error in a fixture", {A}, [record("error", A)], Outcome.FAILED),
    ("passed against expectation", {A}, [record("xpassed", A)], Outcome.FAILED),
    ("skipped", {A}, [record("skipped", A)], Outcome.MISSING),
    ("failed as expected", {A}, [record("xfailed", A)], Outcome.MISSING),
    ("interrupted", {A}, [record("unfinished", A)], Outcome.MISSING),
    ("one of two skipped", {A, B}, [record(test=A), record("skipped", B)], Outcome.MISSING),
    ("one of two did not run", {A, B}, [record(test=A)], Outcome.MISSING),
    ("none ran", {A}, [], Outcome.MISSING),
    ("none exists", set(), [], Outcome.MISSING),
    ("failed, and one did not run", {A, B}, [record("failed", A)], Outcome.FAILED),
    ("failed, and one skipped", {A, B}, [record("failed", A), record("skipped", B)], Outcome.FAILED),
    ("all parameters", {A}, [record(test=f"{A}[1]"), record(test=f"{A}[2]")], Outcome.PASSED),
    ("a parameter failed", {A}, [record(test=f"{A}[1]"), record("failed", f"{A}[2]")], Outcome.FAILED),
    ("a parameter did not run", {A, f"{A}[1]", f"{A}[2]"}, [record(test=f"{A}[1]")], Outcome.MISSING),
    ("degrading finding", {A}, [record(test=A, findings=(DEGRADING,))], Outcome.DEGRADED),
    ("blocking finding without an assertion", {A}, [record(test=A, findings=(BLOCKING,))], Outcome.FAILED),
    ("blocking and degrading", {A}, [record(test=A, findings=(DEGRADING, BLOCKING))], Outcome.FAILED),
    ("degrading, and one did not run", {A, B}, [record(test=A, findings=(DEGRADING,))], Outcome.MISSING),
    ("limit held", {A}, [record(test=A, measurements=(measurement(),))], Outcome.PASSED),
    ("limit crossed", {A}, [record(test=A, measurements=(measurement(120, holds=False),))], Outcome.FAILED),
    (
        "limit crossed that degrades",
        {A},
        [record(test=A, measurements=(measurement(120, holds=False, when_crossed="degraded"),))],
        Outcome.DEGRADED,
    ),
    ("as long as its limit", {A}, [record(test=A, seconds=ITEM.time_limit_seconds)], Outcome.PASSED),
    ("longer than its limit", {A}, [record(test=A, seconds=ITEM.time_limit_seconds + 0.01)], Outcome.FAILED),
    ("together too long", {A, B}, [record(test=A, seconds=40), record(test=B, seconds=40)], Outcome.FAILED),
]


@pytest.mark.parametrize(
    ("expected", "records", "outcome"), [row[1:] for row in JUDGED], ids=[row[0] for row in JUDGED]
)
def test_item_is_judged_by_all_of_its_tests(expected: set[str], records: list[TestRecord], outcome: Outcome) -> None:
    result = judge_item(ITEM, expected, records)

    assert result.outcome is outcome
    assert result.tests == tuple(sorted(each.test for each in records))
    assert result.seconds == sum(each.seconds for each in records)
    # Whoever reads that an item is not fine reads why.
    assert bool(result.findings) is (outcome is not Outcome.PASSED)


# What the reader is told. A failure that its findings tell already is not told twice.
TOLD: list[tuple[str, set[str], list[TestRecord], list[str]]] = [
    ("failure", {A}, [record("failed", A, message="no answer")], ["no answer"]),
    ("failure without words", {A}, [record("failed", A)], [f"{A} failed"]),
    (
        "finding in the failure",
        {A},
        [record("failed", A, message="1: it is broken", findings=(BLOCKING,))],
        ["it is broken"],
    ),
    ("finding and failure", {A}, [record("failed", A, message="gone", findings=(BLOCKING,))], ["it is broken", "gone"]),
    ("skip", {A}, [record("skipped", A, message="no time")], [f"{A} was skipped: no time"]),
    ("skip without words", {A}, [record("skipped", A)], [f"{A} was skipped: no reason given"]),
    ("interruption", {A}, [record("unfinished", A)], [f"{A} did not run to its end"]),
    ("what did not run", {B, A}, [], [f"{A} did not run", f"{B} did not run"]),
    ("nothing there", set(), [], ["no test of this item was collected"]),
    ("the same twice", {A, B}, [record("failed", A, message="x"), record("failed", B, message="x")], ["x"]),
    ("time", {A}, [record(test=A, seconds=61.26)], ["took 61.3 s, its time limit is 60 s"]),
    (
        "a crossed limit",
        {A},
        [record(test=A, measurements=(measurement(120.0, holds=False),))],
        ["response time: 120 ms does not hold the limit of 100 ms"],
    ),
]


@pytest.mark.parametrize(("expected", "records", "messages"), [row[1:] for row in TOLD], ids=[row[0] for row in TOLD])
def test_item_says_why_it_is_not_fine(expected: set[str], records: list[TestRecord], messages: list[str]) -> None:
    assert [finding.message for finding in judge_item(ITEM, expected, records).findings] == messages


def _gate(outcomes: dict[str, str], *notes: str) -> verdict.GateResult:
    """The smoke gate with one test for each item: passed, degraded, or what is given for it; None: it did not run."""
    expected = {item.id: {f"m.py::test_{item.id}"} for item in SMOKE_ITEMS}
    records = []
    for item in SMOKE_ITEMS:
        outcome = outcomes.get(item.id, "passed")
        findings = (DEGRADING,) if outcome == "degraded" else ()
        if outcome != "missing":
            said = "passed" if outcome == "degraded" else outcome
            records.append(record(said, f"m.py::test_{item.id}", item=item.id, findings=findings))
    return judge_gate(SMOKE, SMOKE_ITEMS, expected, records, notes)


@pytest.mark.parametrize(
    ("outcomes", "notes", "expected"),
    [
        ({}, (), Verdict.PASS),
        ({"2.1.1": "degraded"}, (), Verdict.DEGRADE),
        ({"2.1.1": "failed"}, (), Verdict.FAIL),
        ({"2.1.1": "missing"}, (), Verdict.INCOMPLETE),
        ({"2.1.1": "skipped"}, (), Verdict.INCOMPLETE),
        ({"2.1.1": "degraded", "2.1.2": "missing"}, (), Verdict.INCOMPLETE),
        ({"2.1.1": "degraded", "2.1.2": "failed"}, (), Verdict.FAIL),
        ({"2.1.1": "missing", "2.1.2": "failed"}, (), Verdict.FAIL),
        ({}, ("interrupted",), Verdict.INCOMPLETE),
        ({"2.1.1": "degraded"}, ("interrupted",), Verdict.INCOMPLETE),
        ({"2.1.1": "failed"}, ("interrupted",), Verdict.FAIL),
    ],
)
def test_gate_is_judged_by_all_of_its_items(
    outcomes: dict[str, str], notes: tuple[str, ...], expected: Verdict
) -> None:
    result = _gate(outcomes, *notes)

    assert result.verdict is expected
    assert [each.item for each in result.items] == SMOKE_ITEMS
    assert result.notes == notes


def test_gate_without_items_is_incomplete() -> None:
    assert judge_gate(SMOKE, [], {}, []).verdict is Verdict.INCOMPLETE


def test_record_of_another_gate_changes_nothing() -> None:
    expected = {item.id: {A} for item in SMOKE_ITEMS}
    records = [record(test=A, item=item.id) for item in SMOKE_ITEMS]

    result = judge_gate(SMOKE, SMOKE_ITEMS, expected, [*records, record("failed", B, item="2.3.1")])

    assert result.verdict is Verdict.PASS


STATUSES: list[tuple[set[Verdict], int, bool, int]] = [
    (set(), 0, False, 0),
    ({Verdict.PASS}, 0, False, 0),
    ({Verdict.DEGRADE}, 0, False, 0),
    ({Verdict.DEGRADE}, 0, True, 1),
    ({Verdict.PASS, Verdict.DEGRADE}, 0, True, 1),
    ({Verdict.FAIL}, 0, False, 1),
    ({Verdict.INCOMPLETE}, 0, False, EXIT_INCOMPLETE),
    ({Verdict.INCOMPLETE}, 0, True, EXIT_INCOMPLETE),
    ({Verdict.INCOMPLETE, Verdict.FAIL}, 0, False, 1),
    ({Verdict.INCOMPLETE, Verdict.DEGRADE}, 0, True, 1),
    ({Verdict.PASS}, 1, False, 1),
    ({Verdict.PASS}, 3, False, 3),
    ({Verdict.FAIL}, 2, False, 2),
    ({Verdict.INCOMPLETE}, 5, True, 5),
]


@pytest.mark.parametrize(("verdicts", "pytest_status", "fail_on_degrade", "expected"), STATUSES)
def test_exit_status_is_the_worst_of_pytest_and_the_verdicts(
    verdicts: set[Verdict], pytest_status: int, fail_on_degrade: bool, expected: int
) -> None:
    assert exit_status(verdicts, pytest_status, fail_on_degrade) == expected


@pytest.mark.parametrize(
    ("verdicts", "pytest_status", "fail_on_degrade", "expected"),
    [
        ({Verdict.DEGRADE}, 1, False, 0),
        ({Verdict.DEGRADE}, 1, True, 1),
        ({Verdict.DEGRADE, Verdict.FAIL}, 1, False, 1),
        ({Verdict.DEGRADE, Verdict.INCOMPLETE}, 1, False, EXIT_INCOMPLETE),
        ({Verdict.DEGRADE}, 2, False, 2),
        ({Verdict.DEGRADE}, 3, False, 3),
        ({Verdict.DEGRADE}, 5, False, 5),
    ],
)
def test_failures_that_are_all_waived_do_not_fail_the_run(
    verdicts: set[Verdict], pytest_status: int, fail_on_degrade: bool, expected: int
) -> None:
    assert exit_status(verdicts, pytest_status, fail_on_degrade, all_waived=True) == expected


BY_FINDINGS = [
    ("a finding that its failure tells", [record("failed", A, findings=(BLOCKING,), message=BLOCKING.message)], True),
    ("a finding that nobody asserted on", [record(test=A, findings=(BLOCKING,))], True),
    ("a crossed limit", [record(test=A, measurements=(measurement(120, holds=False),))], True),
    ("no finding", [record("failed", A)], False),
    ("a finding, and other words", [record("failed", A, findings=(BLOCKING,), message="gone")], False),
    ("a finding, and a crash", [record(test=A, findings=(BLOCKING,), unexplained=True)], False),
    ("a finding, and a skip", [record(test=A, findings=(BLOCKING,)), record("skipped", B)], False),
    ("a finding, and too long", [record(test=A, findings=(BLOCKING,), seconds=1000)], False),
    ("only odd", [record(test=A, findings=(DEGRADING,))], False),
    ("passed", [record(test=A)], False),
]  # fmt: skip


@pytest.mark.parametrize(("records", "expected"), [row[1:] for row in BY_FINDINGS], ids=[row[0] for row in BY_FINDINGS])
def test_item_that_failed_by_its_findings_alone_is_known(records: list[TestRecord], expected: bool) -> None:
    assert judge_item(ITEM, {each.test for each in records}, records).by_findings is expected


# What holds whatever tests did.

findings = st.builds(
    Finding, st.sampled_from(["a", "b", "not so"]), st.booleans(), st.none() | st.just("f.md"), st.none() | st.just(1)
)
measurements = st.builds(
    measurement, st.floats(), holds=st.booleans(), when_crossed=st.sampled_from(["failed", "degraded"])
)
records = st.builds(
    record,
    st.sampled_from(TEST_OUTCOMES),
    test=st.sampled_from([A, B, "m.py::test_c", "m.py::test_d[1]"]),
    item=st.sampled_from([item.id for item in SMOKE_ITEMS]),
    seconds=st.floats(0, 100),
    message=st.sampled_from(["", "a", "not so at all"]),
    findings=st.lists(findings, max_size=2).map(tuple),
    measurements=st.lists(measurements, max_size=2).map(tuple),
)
many_records = st.lists(records, max_size=12, unique_by=lambda each: (each.item, each.test))
expectations = st.dictionaries(
    st.sampled_from([item.id for item in SMOKE_ITEMS]), st.sets(st.sampled_from([A, B]), min_size=1)
)
notes = st.lists(st.sampled_from(["interrupted", "out of time"]), unique=True).map(tuple)


@PATIENTLY
@given(expectations, many_records, records, st.sampled_from(["failed", "error", "xpassed"]), notes)
def test_failing_test_never_improves_a_verdict(
    expected: dict[str, set[str]], ran: list[TestRecord], more: TestRecord, outcome: str, said: tuple[str, ...]
) -> None:
    before = judge_gate(SMOKE, SMOKE_ITEMS, expected, ran, said)
    after = judge_gate(SMOKE, SMOKE_ITEMS, expected, [*ran, dataclasses.replace(more, outcome=outcome)], said)

    assert after.verdict is Verdict.FAIL
    assert VERDICTS.index(after.verdict) >= VERDICTS.index(before.verdict)
    assert after.count(Outcome.FAILED) >= before.count(Outcome.FAILED)


@PATIENTLY
@given(expectations, many_records, st.integers(0, 11), notes)
def test_test_that_verified_nothing_never_improves_a_verdict(
    expected: dict[str, set[str]], ran: list[TestRecord], place: int, said: tuple[str, ...]
) -> None:
    worse = list(ran)
    if place < len(ran):
        kept = dataclasses.replace(ran[place], outcome="skipped")
        worse[place] = kept if ran[place].outcome == "passed" else ran[place]
    before = judge_gate(SMOKE, SMOKE_ITEMS, expected, ran, said)
    after = judge_gate(SMOKE, SMOKE_ITEMS, expected, worse, said)

    assert VERDICTS.index(after.verdict) >= VERDICTS.index(before.verdict)


@PATIENTLY
@given(expectations, many_records, st.integers(0, 11), notes)
def test_test_that_did_not_run_never_lets_a_gate_pass(
    expected: dict[str, set[str]], ran: list[TestRecord], place: int, said: tuple[str, ...]
) -> None:
    complete = {
        each: {*expected.get(each, set()), *(r.test for r in ran if r.item == each)} for each in CHECKLIST.items
    }
    fewer = [each for number, each in enumerate(ran) if number != place]
    lost = [each for each in ran if each not in fewer]
    result = judge_gate(SMOKE, SMOKE_ITEMS, complete, fewer, said)

    outcomes = {each.item.id: each.outcome for each in result.items}
    assert all(outcomes[each.item] in (Outcome.MISSING, Outcome.FAILED) for each in lost)
    assert not lost or result.verdict in (Verdict.INCOMPLETE, Verdict.FAIL)


@PATIENTLY
@given(expectations, many_records, notes)
def test_gate_passes_only_where_every_test_of_every_item_passed(
    expected: dict[str, set[str]], ran: list[TestRecord], said: tuple[str, ...]
) -> None:
    result = judge_gate(SMOKE, SMOKE_ITEMS, expected, ran, said)

    if result.verdict in (Verdict.PASS, Verdict.DEGRADE):
        assert not said
        assert {each.item for each in ran} == {item.id for item in SMOKE_ITEMS}
        assert {each.outcome for each in ran} == {"passed"}
        assert not any(finding.blocks for each in ran for finding in each.findings)
    if result.verdict is Verdict.PASS:
        assert not any(each.findings for each in ran)
        assert all(measured.holds for each in ran for measured in each.measurements)
    if result.verdict is Verdict.DEGRADE:
        crossed = {measured.when_crossed for each in ran for measured in each.measurements if not measured.holds}
        assert crossed <= {"degraded"}


@PATIENTLY
@given(expectations, many_records, notes, st.randoms())
def test_order_of_the_records_does_not_matter(
    expected: dict[str, set[str]], ran: list[TestRecord], said: tuple[str, ...], chance: st.DrawFn
) -> None:
    shuffled = list(ran)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]

    before = judge_gate(SMOKE, SMOKE_ITEMS, expected, ran, said)
    after = judge_gate(SMOKE, SMOKE_ITEMS, expected, shuffled, said)

    assert [each.outcome for each in before.items] == [each.outcome for each in after.items]
    assert [each.findings for each in before.items] == [each.findings for each in after.items]


@PATIENTLY
@given(st.lists(st.sampled_from(Verdict)), st.integers(0, 6), st.booleans())
def test_exit_status_is_never_better_than_pytest_s(verdicts: list[Verdict], status: int, strict: bool) -> None:
    judged = exit_status(verdicts, status, strict)

    assert status in (judged, 0)
    assert judged != 0 or not {Verdict.FAIL, Verdict.INCOMPLETE} & set(verdicts)
    assert exit_status(verdicts, status, fail_on_degrade=True) != 0 or judged == 0


LIMITS = [limit for item in CHECKLIST.items.values() for limit in item.limits]


@PATIENTLY
@given(st.sampled_from(LIMITS))
def test_no_number_never_holds_a_limit(limit: Limit) -> None:
    assert not limit.holds(math.nan)
    assert not limit.holds(math.inf)
    assert not limit.holds(-math.inf)


@PATIENTLY
@given(st.sampled_from(LIMITS), st.floats(allow_nan=False, allow_infinity=False))
def test_limit_holds_on_its_own_side_only(limit: Limit, value: float) -> None:
    expected = {
        "below": value < limit.value,
        "at_most": value <= limit.value,
        "at_least": value >= limit.value,
        "equals": value == limit.value,
    }
    assert limit.holds(value) is expected[limit.comparison]


@pytest.mark.parametrize(("file", "line"), list(itertools.product([None, "a.md"], [None, 0, 7])))
def test_finding_and_measurement_survive_the_way_between_processes(file: str | None, line: int | None) -> None:
    found = Finding("odd", blocks=True, file=file, line=line)
    measured = measurement(samples=(1.0, 2.0))

    assert verdict.as_finding(dataclasses.asdict(found)) == found
    assert verdict.as_measurement({**dataclasses.asdict(measured), "samples": [1.0, 2.0]}) == measured
