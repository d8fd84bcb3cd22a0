"""The journal: what pytest reported of each test's setup, call and teardown becomes one record of the test."""

from __future__ import annotations

from typing import Any, Literal

import pytest

from gate.journal import Journal, without_group
from gate.verdict import Finding, Measurement, TestRecord
from tests_suite.samples import measurement

When = Literal["setup", "call", "teardown"]
Ended = Literal["passed", "failed", "skipped"]
BLOCKS = {"message": "it is broken", "blocks": True, "file": "a.md", "line": 3}
DEGRADES = {"message": "it is odd", "blocks": False, "file": None, "line": None}
MEASURED = {**vars(measurement()), "samples": [1.0, 2.0]}


def _report(when: When = "call", outcome: Ended = "passed", test: str = "t.py::test_a", **more: Any) -> Any:
    """One report of a test; `more` is what the judge keeps with it, and `xfail` and `seconds` of pytest's own."""
    xfail, seconds = more.pop("xfail", None), more.pop("seconds", 0.5)
    told = {"item": "2.1.2", "message": "", "broke": False, "findings": [], "measurements": []}
    kept = {**told, "attachments": {}, "noted": {}, **more}
    report = pytest.TestReport(test, ("t.py", 1, "test_a"), {}, outcome, None, when, duration=seconds, gate=kept)
    if xfail is not None:
        report.wasxfail = xfail
    return report


def _journal(*reports: Any) -> Journal:
    journal = Journal()
    for report in reports:
        journal.pytest_runtest_logreport(report)
    return journal


def _record(*reports: Any) -> TestRecord:
    [found] = _journal(*reports).records()
    return found


def test_record_holds_what_the_reports_of_a_test_tell_together() -> None:
    told: dict[str, Any] = {"findings": [BLOCKS, DEGRADES], "measurements": [MEASURED]}

    found = _record(
        _report("setup", seconds=1.0),
        _report("call", "failed", message="it is broken", **told, seconds=2.0),
        _report("teardown", message="a mess", **told, seconds=4.0),
    )

    assert found == TestRecord(
        test="t.py::test_a",
        item="2.1.2",
        outcome="failed",
        seconds=7.0,
        message="it is broken; a mess",
        findings=(Finding("it is broken", True, "a.md", 3), Finding("it is odd", False)),
        measurements=(Measurement(**{**MEASURED, "samples": (1.0, 2.0)}),),
        unexplained=False,
    )


def test_same_words_of_setup_and_teardown_are_told_once() -> None:
    reports = [_report("setup", message="no"), _report("call", message=""), _report("teardown", message="no")]

    assert _record(*reports).message == "no"


def test_findings_are_those_of_the_last_report_which_holds_them_all() -> None:
    assert _record(_report("setup", findings=[DEGRADES]), _report("call", findings=[])).findings == ()


SETUP, CALL, TEARDOWN = _report("setup"), _report("call"), _report("teardown")
OUTCOMES: dict[str, tuple[list[Any], str]] = {
    "all three passed": ([SETUP, CALL, TEARDOWN], "passed"),
    "no teardown": ([SETUP, CALL], "unfinished"),
    "no call": ([SETUP, TEARDOWN], "unfinished"),
    "the call failed": ([SETUP, _report("call", "failed"), TEARDOWN], "failed"),
    "the call failed, nothing after it": ([SETUP, _report("call", "failed")], "failed"),
    "the setup failed": ([_report("setup", "failed"), TEARDOWN], "error"),
    "the teardown failed": ([SETUP, CALL, _report("teardown", "failed")], "error"),
    "call and teardown failed": ([SETUP, _report("call", "failed"), _report("teardown", "failed")], "failed"),
    "setup and call failed": ([_report("setup", "failed"), _report("call", "failed")], "failed"),
    "the call was skipped": ([SETUP, _report("call", "skipped"), TEARDOWN], "skipped"),
    "the setup was skipped": ([_report("setup", "skipped"), TEARDOWN], "skipped"),
    "skipped, then a mess": ([SETUP, _report("call", "skipped"), _report("teardown", "failed")], "error"),
    "failed as expected": ([SETUP, _report("call", "skipped", xfail="known"), TEARDOWN], "xfailed"),
    "passed unexpectedly": ([SETUP, _report("call", xfail="known"), TEARDOWN], "xpassed"),
    "passed unexpectedly, then a mess": (
        [SETUP, _report("call", xfail="known"), _report("teardown", "failed")],
        "error",
    ),
    "passed unexpectedly, teardown skipped": (
        [SETUP, _report("call", xfail="known"), _report("teardown", "skipped")],
        "xpassed",
    ),
}


@pytest.mark.parametrize(("reports", "outcome"), OUTCOMES.values(), ids=OUTCOMES)
def test_gravest_report_of_a_test_decides_its_outcome(reports: list[Any], outcome: str) -> None:
    assert _record(*reports).outcome == outcome


QUOTED: dict[str, Any] = {"findings": [BLOCKS], "message": "1 finding: it is broken"}
EXPLAINED: dict[str, tuple[dict[str, Any], bool]] = {
    "a blocking finding is quoted": (QUOTED, False),
    "one of two is quoted": ({**QUOTED, "findings": [{**BLOCKS, "message": "other"}, BLOCKS]}, False),
    "no finding at all": ({"message": "it is broken"}, True),
    "a finding of which the failure does not speak": ({**QUOTED, "message": "another"}, True),
    "only a finding that degrades": ({"findings": [DEGRADES], "message": "it is odd"}, True),
    "a finding that says nothing": ({"findings": [{**BLOCKS, "message": " "}], "message": "a b"}, True),
    "a crash that quotes a finding": ({**QUOTED, "broke": True}, True),
}


@pytest.mark.parametrize(("told", "unexplained"), EXPLAINED.values(), ids=EXPLAINED)
def test_failure_is_explained_only_by_a_finding_that_it_quotes(told: dict[str, Any], unexplained: bool) -> None:
    assert _record(SETUP, _report("call", "failed", **told), TEARDOWN).unexplained is unexplained


def test_crash_of_the_teardown_is_not_explained_by_the_call() -> None:
    assert _record(SETUP, _report("call", "failed", **QUOTED), _report("teardown", "failed")).unexplained


def test_what_did_not_fail_needs_no_explanation() -> None:
    assert not _record(SETUP, _report("call", "skipped", message="no server"), TEARDOWN).unexplained


def test_records_come_in_the_order_of_the_tests_names() -> None:
    journal = _journal(*(_report(test=f"t.py::test_{name}@group") for name in "cab"))

    assert [each.test for each in journal.records()] == ["t.py::test_a", "t.py::test_b", "t.py::test_c"]


def test_report_of_a_test_that_verifies_no_item_is_not_kept() -> None:
    plain = pytest.TestReport("t.py::test_plain", ("t.py", 1, "test_plain"), {}, "passed", None, "call")

    assert _journal(plain).reports == {}


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("t.py::test_a", "t.py::test_a"),
        ("t.py::test_a@smoke", "t.py::test_a"),
        ("t.py::test_a@b@c", "t.py::test_a"),
        ("t.py::test_a[x]", "t.py::test_a[x]"),
        ("t.py::test_a[x]@smoke", "t.py::test_a[x]"),
        ("t.py::test_a[me@home]@smoke", "t.py::test_a[me@home]"),
        ("t.py::test_a[a[0]@b]@smoke", "t.py::test_a[a[0]@b]"),
    ],
)
def test_name_of_a_test_is_the_same_with_and_without_xdist(name: str, plain: str) -> None:
    assert without_group(name) == plain


def test_module_that_cannot_be_imported_is_named_once() -> None:
    journal = Journal()
    for name, outcome in (("a.py", "failed"), ("a.py", "failed"), ("b.py", "passed"), ("c.py", "failed")):
        journal.pytest_collectreport(pytest.CollectReport(name, outcome, None, []))  # type: ignore[arg-type]

    assert journal.uncollected == ["a.py", "c.py"]


def test_attachments_are_those_of_the_items_asked_for_the_last_of_a_name_in_order() -> None:
    journal = _journal(
        _report(test="t.py::test_b", attachments={"z.txt": "z", "both.txt": "of b"}),
        _report("setup", test="t.py::test_a", attachments={"both.txt": "of a", "a.txt": "early"}),
        _report("call", test="t.py::test_a", attachments={"a.txt": "late"}),
        _report(test="t.py::test_c", item="2.1.3", attachments={"c.txt": "c"}),
        _report(test="t.py::test_d", item="2.1.4", attachments={"d.txt": "d"}),
    )

    found = journal.attachments(["2.1.2", "2.1.4"])

    assert list(found.items()) == [
        ("a.txt", ("2.1.2", "late")),
        ("both.txt", ("2.1.2", "of b")),
        ("d.txt", ("2.1.4", "d")),
        ("z.txt", ("2.1.2", "z")),
    ]


def test_failures_are_counted_by_item() -> None:
    journal = _journal(
        SETUP,
        _report("call", "failed"),
        _report("teardown", "failed"),
        _report("setup", "failed", test="t.py::test_b"),
        _report("call", "failed", test="t.py::test_c", item="2.1.3"),
        _report("call", "skipped", test="t.py::test_d", item="2.1.4"),
    )

    assert journal.failures() == {"2.1.2": 3, "2.1.3": 1}


def test_notes_are_those_of_one_item_in_order() -> None:
    journal = _journal(
        _report(noted={"z": "1", "a": "2"}),
        _report(test="t.py::test_b", item="2.1.3", noted={"other": "3"}),
        _report(test="t.py::test_c", noted={"m": "4"}),
    )

    assert list(journal.noted("2.1.2").items()) == [("a", "2"), ("m", "4"), ("z", "1")]
