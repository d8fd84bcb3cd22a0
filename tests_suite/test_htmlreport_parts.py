"""report.html part by part: title, summary, rows and what they are sorted by, as pytest-html asks for them."""

from __future__ import annotations

import dataclasses
import math
from types import SimpleNamespace
from typing import Any

import pytest

from gate.htmlreport import FILTER, FILTER_STYLE, MOST_ROWS, UNLISTED, HtmlReport
from gate.state import Run
from gate.verdict import Outcome, Verdict
from tests_suite import samples
from tests_suite.samples import CHECKLIST, gate_result, item_result, measurement

SMOKE, PACKAGE = CHECKLIST.gates["smoke"], CHECKLIST.gates["package"]
ITEM = CHECKLIST.items["2.1.2"]
SECRET = "hunter22<"


def _run(**facts: Any) -> Run:
    return samples.run(**{"secrets": [SECRET], **facts})


def _report(when: str = "call", test: str = "t.py::test_a", outcome: str = "passed", **recorded: Any) -> Any:
    extra = {"gate": recorded} if recorded else {}
    return pytest.TestReport(test, ("t.py", 1, "test_a"), {}, outcome, None, when, **extra)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("facts", "title"),
    [
        ({"name": "production"}, "smoke, package: production"),
        ({"name": f"at {SECRET}"}, "smoke, package: at ‹secret›"),
        (
            {"name": "mine", "embedded": ["server", "evidence"]},
            "server, evidence of the reference release: this run proves nothing about production"
            " - smoke, package: mine",
        ),
    ],
    ids=["own", "secret", "embedded"],
)
def test_title_names_gates_and_target_and_what_the_run_proves_nothing_about(facts: dict[str, Any], title: str) -> None:
    page = SimpleNamespace(title="report.html")

    HtmlReport(samples.run(SMOKE, PACKAGE, **{"secrets": [SECRET], **facts})).pytest_html_report_title(page)

    assert page.title == title


def _summary(report: HtmlReport) -> list[str]:
    prefix = ["there before"]
    report.pytest_html_results_summary(prefix)
    assert prefix[0] == "there before"
    return prefix[1:]


def test_summary_begins_with_each_verdict_and_its_decision_and_ends_with_the_choice_of_an_item() -> None:
    report = HtmlReport(_run(contacts=[{"role": "Tech Lead", "name": f"A & {SECRET}"}]))
    failed = gate_result("smoke", Verdict.FAIL)
    report.results = [failed, gate_result("package", Verdict.PASS)]

    smoke, package, choice = _summary(report)

    assert smoke == (
        "<p><b>smoke: FAIL</b>"
        "<br>decision: stop - any failed smoke test stops the deployment (plan 2.1)"
        "<br>  1. escalate to the tech lead<br>  2. fix the issue"
        "<br>  3. run the smoke gate again before going on"
        "<br>  decides: Tech Lead within 15 minutes"
        "<br>  call: Tech Lead: A &amp; ‹secret›<br>  call: QA Lead: no contact in the target</p>"
    )
    assert package.startswith("<p><b>package: PASS</b><br>decision: proceed - ")
    options = [
        f'<option value="{each.item.id}">{each.item.id} {each.outcome}: {each.item.title}</option>'
        for result in report.results
        for each in result.items
    ]
    assert len(options) > len(failed.items)
    escaped = "".join(options).replace(" & ", " &amp; ").replace("'", "&#x27;")
    assert choice == FILTER.format(style=FILTER_STYLE, options=escaped)


def test_summary_of_a_run_without_a_verdict_offers_no_choice() -> None:
    assert _summary(HtmlReport(_run())) == []


@pytest.mark.parametrize(("number", "told"), [(MOST_ROWS, False), (MOST_ROWS + 1, True)])
def test_passed_tests_are_left_out_at_first_where_a_browser_takes_long_for_them(number: int, told: bool) -> None:
    report = HtmlReport(_run())
    reports = report._run.journal.reports
    for each in range(number):
        reports[f"t.py::test_{each}"] = [_report("setup"), _report("call")]
    reports["t.py::test_bad"] = [_report("setup"), _report("call", outcome="failed"), _report("teardown")]

    assert _summary(report) == ([UNLISTED.format(count=number)] if told else [])


def test_header_has_three_more_columns() -> None:
    cells = ["result", "test", "duration", "links"]

    HtmlReport(_run()).pytest_html_results_table_header(cells)

    assert cells == [
        "result",
        '<th class="sortable" data-column-type="item">Item</th>',
        '<th class="sortable" data-column-type="owner">Owner</th>',
        "test",
        '<th class="sortable" data-column-type="measured">Measured against limit</th>',
        "duration",
        "links",
    ]


def _row(report: Any) -> list[str]:
    cells = ["result", "test", "duration", "links"]
    HtmlReport(_run()).pytest_html_results_table_row(report, cells)
    return cells


def test_row_has_the_item_its_owner_and_what_was_measured() -> None:
    values = [measurement(50.0, samples=()), measurement(250.0, holds=False, of=f"<{SECRET}>")]
    plain = [{**vars(each), "samples": list(each.samples)} for each in values]

    row = _row(_report(test=f"t.py::test_a[<b>{SECRET}]", item="2.1.2", measurements=plain))

    assert row == [
        "result",
        '<td class="col-item" data-item="2.1.2">2.1.2</td>',
        f'<td class="col-owner">{ITEM.owner}</td>',
        '<td class="col-testId">t.py::test_a[&lt;b&gt;‹secret›]</td>',
        '<td class="col-measured"><!-- 00002.5000 -->'
        "50 ms (limit &lt; 100 ms); &lt;‹secret›&gt; 250 ms (limit &lt; 100 ms)</td>",
        "duration",
        "links",
    ]


@pytest.mark.parametrize(
    ("when", "name"),
    [("setup", "t.py::test_a::setup"), ("call", "t.py::test_a"), ("teardown", "t.py::test_a::teardown")],
)
def test_row_of_a_test_without_an_item_has_empty_columns(when: str, name: str) -> None:
    assert _row(_report(when)) == [
        "result",
        '<td class="col-item" data-item=""></td>',
        '<td class="col-owner"></td>',
        f'<td class="col-testId">{name}</td>',
        '<td class="col-measured"></td>',
        "duration",
        "links",
    ]


def test_findings_that_degrade_are_shown_with_their_place() -> None:
    found = [
        {"message": f"odd <{SECRET}>", "blocks": False, "file": "a.md", "line": 3},
        {"message": "broken", "blocks": True, "file": "a.md", "line": 4},
        {"message": "odd all over", "blocks": False, "file": "b.md", "line": None},
        {"message": "odd at large", "blocks": False, "file": None, "line": None},
    ]
    report, data = HtmlReport(_run()), ["there before"]

    report.pytest_html_results_table_html(_report(findings=found), data)
    report.pytest_html_results_table_html(_report(), data)

    assert data == [
        "there before",
        "degraded: a.md:3 odd &lt;‹secret›&gt;\n",
        "degraded: b.md odd all over\n",
        "degraded:  odd at large\n",
    ]


# Comparison, value, limit, and the remark that the column is sorted by: how much of the limit is used up.
SORTED: list[tuple[str, float, float, str]] = [
    ("below", 50.0, 100.0, "00000.5000"),
    ("at_most", 250.0, 100.0, "00002.5000"),
    ("at_least", 50.0, 100.0, "00002.0000"),
    ("at_least", 200.0, 100.0, "00000.5000"),
    ("equals", 54.0, 55.0, "00001.0185"),
    ("equals", 55.0, 55.0, "00001.0000"),
    ("below", -50.0, 100.0, "00000.5000"),
    ("below", 1e9, 1.0, "99999.0000"),
    ("at_most", 0.0, 0.0, "00000.0000"),
    ("at_most", 1.0, 0.0, "99999.0000"),
    ("at_least", 0.0, 1.0, "99999.0000"),
    ("at_least", 0.0, 0.0, "00000.0000"),
    ("below", math.nan, 100.0, "99999.0000"),
    ("below", 1.0, math.nan, "99999.0000"),
    ("below", math.inf, 100.0, "99999.0000"),
]


@pytest.mark.parametrize(("comparison", "value", "limit", "key"), SORTED)
def test_column_is_sorted_by_how_much_of_its_limit_a_value_uses_up(
    comparison: str, value: float, limit: float, key: str
) -> None:
    worst = measurement(value, comparison=comparison, limit=limit)
    harmless = measurement(0.0)
    plain = [{**vars(each), "samples": []} for each in (harmless, worst, harmless)]

    assert f'<td class="col-measured"><!-- {key} -->' in _row(_report(item="2.1.2", measurements=plain))[4]


def test_item_of_two_gates_can_be_chosen_once_by_what_the_last_one_says() -> None:
    report = HtmlReport(_run())
    passed = gate_result("smoke", Verdict.PASS)
    failed = item_result(Outcome.FAILED, CHECKLIST.items["2.1.1"])
    report.results = [passed, dataclasses.replace(passed, items=(failed,))]

    choice = _summary(report)[-1]

    assert choice.count('<option value="2.1.1">') == 1
    assert '<option value="2.1.1">2.1.1 failed: ' in choice
