"""What pytest-html's report gains: the verdict first, and the item and its measurements in every row."""

from __future__ import annotations

from html import escape
from typing import Any

import pytest

from gate.secrets import redactor
from gate.state import Run
from gate.terminal import decision_lines, in_words, reservation
from gate.verdict import GateResult, as_measurement


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
        """Verdict and decision above the table."""
        for result in self.results:
            lines = [f"<b>{escape(result.gate.marker)}: {result.verdict}</b>"]
            lines += [escape(line) for line in decision_lines(self._run.decision(result), self._run)]
            prefix.append(self._hidden(f"<p>{'<br>'.join(lines)}</p>"))

    @pytest.hookimpl(optionalhook=True)
    def pytest_html_results_table_header(self, cells: list[str]) -> None:
        """Two more columns."""
        cells.insert(1, '<th class="sortable" data-column-type="item">Item</th>')
        cells.insert(3, "<th>Measured</th>")

    @pytest.hookimpl(optionalhook=True)
    def pytest_html_results_table_row(self, report: pytest.TestReport, cells: list[str]) -> None:
        """A row's item and what its test measured."""
        recorded = vars(report).get("gate", {})
        measured = "; ".join(in_words(as_measurement(each)) for each in recorded.get("measurements", ()))
        cells.insert(1, f'<td class="col-item">{escape(recorded.get("item", ""))}</td>')
        cells.insert(3, f"<td>{self._hidden(escape(measured))}</td>")

    @pytest.hookimpl(optionalhook=True)
    def pytest_html_results_table_html(self, report: pytest.TestReport, data: list[str]) -> None:
        """Findings that degrade stand in no failure's text: show them with the test that recorded them."""
        for found in vars(report).get("gate", {}).get("findings", ()):
            if not found["blocks"]:
                place = ":".join(str(part) for part in (found["file"], found["line"]) if part is not None)
                data.append(self._hidden(escape(f"degraded: {place} {found['message']}\n")))

    def _hidden(self, text: str) -> str:
        return redactor(self._run.target["secrets"])(text)
