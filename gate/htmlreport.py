"""What pytest-html's report gains: the verdict first; item, owner and measurements in every row; a filter by item."""

from __future__ import annotations

import math
from collections.abc import Iterable
from html import escape
from typing import Any

import pytest

from gate.secrets import redactor
from gate.state import Run
from gate.terminal import decision_lines, in_words, reservation
from gate.verdict import GateResult, Measurement, as_measurement

MOST_ROWS = 500  # a browser takes a second for about so many
UNLISTED = """\
<p>{count} tests passed. To open quickly, this page lists them once "Passed" is checked below.</p><script>
{{
  const url = new URL(window.location.href)
  if (!url.searchParams.has("visible")) {{
    url.searchParams.set("visible", "failed,error,xfailed,xpassed,skipped,rerun")
    window.history.replaceState({{}}, null, url.href)
  }}
}}
</script>"""
FILTER_STYLE = "item-filter-rows"
# pytest-html draws its rows anew whenever they are sorted or filtered, so a rule hides them, not a mark on each.
FILTER = """\
<p><label>Item: <select id="item-filter" autocomplete="off" onchange="
document.getElementById('{style}').textContent = this.value &&
'tbody.results-table-row:not(:has([data-item=&quot;' + this.value + '&quot;])) {{ display: none }}'
"><option value="">all items</option>{options}</select></label></p><style id="{style}"></style>"""


class HtmlReport:
    """A pytest plugin that fills pytest-html's hooks; `results` are there once the judge has spoken."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self.results: list[GateResult] = []

    @pytest.hookimpl(optionalhook=True)
    def pytest_html_report_title(self, report: Any) -> None:
        """The first line of the page: the gates, and what the run proves nothing about."""
        title = ", ".join(gate.marker for gate in self._run.gates) + f": {self._run.target['name']}"
        said = reservation(self._run)
        report.title = self._hidden(f"{said} - {title}" if said else title)

    @pytest.hookimpl(optionalhook=True)
    def pytest_html_results_summary(self, prefix: list[str]) -> None:
        """Verdict and decision above the table, and the choice of an item whose tests alone are shown."""
        for result in self.results:
            lines = [f"<b>{escape(result.gate.marker)}: {result.verdict}</b>"]
            lines += [escape(line) for line in decision_lines(self._run.decision(result), self._run)]
            prefix.append(self._hidden(f"<p>{'<br>'.join(lines)}</p>"))
        if self.results:
            prefix.append(_filter(self.results))
        passed = sum(all(each.passed for each in reports) for reports in self._run.journal.reports.values())
        if passed > MOST_ROWS:
            prefix.append(UNLISTED.format(count=passed))

    @pytest.hookimpl(optionalhook=True)
    def pytest_html_results_table_header(self, cells: list[str]) -> None:
        """Three more columns, which are sorted by a click."""
        cells.insert(1, _header("item", "Item"))
        cells.insert(2, _header("owner", "Owner"))
        cells.insert(4, _header("measured", "Measured against limit"))

    @pytest.hookimpl(optionalhook=True)
    def pytest_html_results_table_row(self, report: pytest.TestReport, cells: list[str]) -> None:
        """A row's item, who owns it, and what its test measured."""
        recorded = vars(report).get("gate", {})
        item = recorded.get("item", "")
        owner = self._run.checklist.items[item].owner if item else ""
        measured = [as_measurement(each) for each in recorded.get("measurements", ())]
        name = report.nodeid + (f"::{report.when}" if report.when != "call" else "")
        cells[1] = f'<td class="col-testId">{self._hidden(escape(name))}</td>'  # which pytest-html does not escape
        cells.insert(1, f'<td class="col-item" data-item="{escape(item)}">{escape(item)}</td>')
        cells.insert(2, f'<td class="col-owner">{escape(owner)}</td>')
        cells.insert(4, f'<td class="col-measured">{_sorted_by(measured)}{self._in_words(measured)}</td>')

    @pytest.hookimpl(optionalhook=True)
    def pytest_html_results_table_html(self, report: pytest.TestReport, data: list[str]) -> None:
        """Findings that degrade stand in no failure's text: show them with the test that recorded them."""
        for found in vars(report).get("gate", {}).get("findings", ()):
            if not found["blocks"]:
                place = ":".join(str(part) for part in (found["file"], found["line"]) if part is not None)
                data.append(self._hidden(escape(f"degraded: {place} {found['message']}\n")))

    def _in_words(self, measured: Iterable[Measurement]) -> str:
        return self._hidden(escape("; ".join(map(in_words, measured))))

    def _hidden(self, text: str) -> str:
        return redactor(self._run.target["secrets"])(text)


def _header(column: str, title: str) -> str:
    return f'<th class="sortable" data-column-type="{column}">{title}</th>'


def _filter(results: Iterable[GateResult]) -> str:
    items = {each.item.id: each for result in results for each in result.items}
    options = [
        f'<option value="{escape(name)}">{escape(f"{name} {each.outcome}: {each.item.title}")}</option>'
        for name, each in items.items()
    ]
    return FILTER.format(style=FILTER_STYLE, options="".join(options))


def _sorted_by(measured: Iterable[Measurement]) -> str:
    """A remark for the sorting, which compares texts: how much of its limit the worst of the values uses up."""
    shares = [_share(each) for each in measured]
    return f"<!-- {min(max(shares), 99_999):010.4f} -->" if shares else ""


def _share(measured: Measurement) -> float:
    """Above 1 where the limit does not hold; what has a least value uses it up from the other side."""
    if measured.comparison in ("at_least", "equals"):
        above, below = measured.limit, measured.value
    else:
        above, below = measured.value, measured.limit
    if math.isnan(above) or math.isnan(below):
        return math.inf
    if below == 0:
        return 0.0 if above == 0 else math.inf
    return abs(above / below)
