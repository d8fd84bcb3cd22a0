"""The parts that a verdict is made of: findings as they print and travel, what is told twice, and in which order."""

from __future__ import annotations

import dataclasses

import pytest

from gate import verdict
from gate.verdict import Finding, GateResult, Outcome, TestRecord, Verdict, judge_item
from tests_suite import samples
from tests_suite.samples import BLOCKING, CHECKLIST, DEGRADING, ITEM, measurement, record

A, B = "m.py::test_a", "m.py::test_b"
CROSSED = measurement(120.0, holds=False)
TOLD = "response time: 120 ms does not hold the limit of 100 ms"


@pytest.mark.parametrize(
    ("finding", "shown"),
    [
        (Finding("odd", True), "odd"),
        (Finding("odd", True, "a.md"), "a.md: odd"),
        (Finding("odd", True, "a.md", 3), "a.md:3: odd"),
        (Finding("odd", True, None, 3), ":3: odd"),
        (Finding("odd", True, "a.md", 0), "a.md:0: odd"),
        (Finding("odd", True, ""), "odd"),
    ],
)
def test_finding_prints_with_its_place(finding: Finding, shown: str) -> None:
    assert str(finding) == shown


def test_findings_and_measurements_travel_between_processes_whole() -> None:
    measured = measurement(samples=(1.0, 2.0), of="agent 3")

    for found in (BLOCKING, DEGRADING):
        assert verdict.as_finding(dataclasses.asdict(found)) == found
    assert verdict.as_finding({"message": "odd", "blocks": False}) == Finding("odd", False, None, None)
    assert verdict.as_measurement({**dataclasses.asdict(measured), "samples": [1.0, 2.0]}) == measured


def test_gate_counts_its_items_and_their_seconds() -> None:
    items = tuple(
        samples.item_result(outcome, seconds=seconds)
        for outcome, seconds in ((Outcome.PASSED, 1.5), (Outcome.FAILED, 2.0), (Outcome.PASSED, 0.25))
    )
    result = GateResult(CHECKLIST.gates["smoke"], Verdict.FAIL, items, ())

    assert {outcome: result.count(outcome) for outcome in Outcome if result.count(outcome)} == {
        "passed": 2,
        "failed": 1,
    }
    assert result.seconds == 3.75


def _told(*records: TestRecord) -> list[tuple[str, bool]]:
    return [(found.message, found.blocks) for found in judge_item(ITEM, {A}, records).findings]


@pytest.mark.parametrize(
    ("finding", "told"),
    [
        # What a test has said of a crossed limit is not said again, unless it said it more mildly.
        (Finding("response time was 120 ms", True), [("response time was 120 ms", True)]),
        (Finding("response time was 120 ms", False), [("response time was 120 ms", False), (TOLD, True)]),
        (Finding("something else", True), [("something else", True), (TOLD, True)]),
    ],
)
def test_crossed_limit_is_told_once(finding: Finding, told: list[tuple[str, bool]]) -> None:
    assert _told(record(test=A, findings=(finding,), measurements=(CROSSED,))) == told


def test_each_crossed_limit_is_told_and_one_that_holds_is_not() -> None:
    slow = measurement(1234567.0, holds=False, name="size", unit="MB", limit=0.5, when_crossed="degraded")

    assert _told(record(test=A, measurements=(CROSSED, measurement(), slow))) == [
        (TOLD, True),
        ("size: 1.23457e+06 MB does not hold the limit of 0.5 MB", False),
    ]


def test_reasons_stand_in_the_order_of_the_tests_and_what_did_not_run_last() -> None:
    records = [
        record("failed", B, message="b is gone", seconds=40),
        record("error", f"{A}[2]", message="a broke", findings=(DEGRADING,), seconds=30),
        record("skipped", f"{A}[1]", message="no time"),
    ]

    result = judge_item(ITEM, {A, "m.py::test_z", "m.py::test_c"}, records)

    assert [found.message for found in result.findings] == [
        "it is odd",
        "a broke",
        "b is gone",
        "took 70.1 s, its time limit is 60 s",
        f"{A}[1] was skipped: no time",
        "m.py::test_c did not run",
        "m.py::test_z did not run",
    ]
    assert [found.blocks for found in result.findings] == [False, *[True] * 6]
    assert result.tests == (f"{A}[1]", f"{A}[2]", B)
    assert (result.outcome, result.by_findings) == (Outcome.FAILED, False)


@pytest.mark.parametrize(
    ("findings", "message", "told"),
    [
        ((BLOCKING,), "a.md:1: it is broken\nassert x", ["it is broken"]),
        ((DEGRADING,), "it is odd", ["it is odd", "it is odd"]),
        ((DEGRADING, BLOCKING), "it is broken", ["it is odd", "it is broken"]),
        ((Finding("one", True), Finding("two", True)), "two", ["one", "two"]),
    ],
)
def test_failure_that_a_blocking_finding_tells_is_not_told_twice(
    findings: tuple[Finding, ...], message: str, told: list[str]
) -> None:
    result = judge_item(ITEM, {A}, [record("failed", A, message=message, findings=findings)])

    assert [found.message for found in result.findings] == told


def test_measurements_of_an_item_are_those_of_its_tests_in_their_order() -> None:
    first, second, third = (measurement(value) for value in (1.0, 2.0, 3.0))
    records = [record(test=B, measurements=(third,)), record(test=A, measurements=(first, second))]

    assert judge_item(ITEM, {A, B}, records).measurements == (first, second, third)


@pytest.mark.parametrize(
    ("outcomes", "notes", "follows"),
    [
        ({Outcome.PASSED, Outcome.WAIVED}, (), Verdict.DEGRADE),
        ({Outcome.WAIVED}, (), Verdict.DEGRADE),
        ({Outcome.WAIVED, Outcome.MISSING}, (), Verdict.INCOMPLETE),
        ({Outcome.WAIVED, Outcome.FAILED}, ("interrupted",), Verdict.FAIL),
        ({Outcome.WAIVED}, ("interrupted",), Verdict.INCOMPLETE),
        (set(), (), Verdict.INCOMPLETE),
    ],
)
def test_verdict_follows_from_outcomes_and_notes(
    outcomes: set[Outcome], notes: tuple[str, ...], follows: Verdict
) -> None:
    assert verdict.verdict_from(outcomes, notes) is follows
