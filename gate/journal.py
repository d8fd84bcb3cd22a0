"""What pytest reported of each test, put together into one record per test."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from gate.verdict import TestRecord, as_finding, as_measurement


@dataclass(eq=False)
class Journal:
    """A pytest plugin that keeps the reports of tests that verify an item; it lives in the process that judges."""

    reports: dict[str, list[pytest.TestReport]] = field(default_factory=dict)
    uncollected: list[str] = field(default_factory=list)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep one of a test's reports: of its setup, its call or its teardown."""
        if hasattr(report, "gate"):
            self.reports.setdefault(without_group(report.nodeid), []).append(report)

    @pytest.hookimpl(tryfirst=True)
    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Keep the name of a module that could not be imported: its tests are unknown."""
        if report.failed and report.nodeid not in self.uncollected:
            self.uncollected.append(report.nodeid)

    def records(self) -> list[TestRecord]:
        """One record per test, in the order of their names."""
        return [_record(test, reports) for test, reports in sorted(self.reports.items())]

    def attachments(self, items: Collection[str]) -> dict[str, tuple[str, str]]:
        """The files that tests of these items left for the reports: name to item and text, in the order of names."""
        found = {}
        for _, reports in sorted(self.reports.items()):
            for plain in (vars(report)["gate"] for report in reports):
                if plain["item"] in items:
                    found.update({name: (plain["item"], text) for name, text in plain["attachments"].items()})
        return dict(sorted(found.items()))

    def failures(self) -> dict[str, int]:
        """How many reports of failed tests there are, by item."""
        counted: dict[str, int] = {}
        for report in (report for reports in self.reports.values() for report in reports if report.failed):
            item = vars(report)["gate"]["item"]
            counted[item] = counted.get(item, 0) + 1
        return counted

    def noted(self, item: str) -> dict[str, str]:
        """What the tests of an item gave to pytest's `record_property`, in the order of names."""
        plain = [vars(report)["gate"] for reports in self.reports.values() for report in reports]
        pairs = {name: text for each in plain if each["item"] == item for name, text in each["noted"].items()}
        return dict(sorted(pairs.items()))


def without_group(test: str) -> str:
    """A test's name without the `@group` that xdist appends; its parameters may hold an @ of their own."""
    name, bracket, parameters = test.partition("[")
    if not bracket:
        return name.partition("@")[0]
    return f"{name}[{parameters.rpartition(']')[0]}]"


def _record(test: str, reports: list[pytest.TestReport]) -> TestRecord:
    decisive = max(reports, key=_weight)
    plain = [vars(report)["gate"] for report in reports]
    return TestRecord(
        test=test,
        item=plain[0]["item"],
        outcome=_outcome(decisive, complete={"call", "teardown"} <= {report.when for report in reports}),
        seconds=sum(report.duration for report in reports),
        message="; ".join(dict.fromkeys(each["message"] for each in plain if each["message"])),
        findings=tuple(as_finding(finding) for each in plain[-1:] for finding in each["findings"]),
        measurements=tuple(as_measurement(measured) for each in plain[-1:] for measured in each["measurements"]),
        unexplained=any(report.failed and not _explained(vars(report)["gate"]) for report in reports),
    )


def _explained(plain: Mapping[str, Any]) -> bool:
    """Whether a failure is told by a finding; one that is not is a crash, a time-out or a missing subject."""
    if plain["broke"]:  # its traceback may quote anything
        return False
    blocking = [found["message"] for found in plain["findings"] if found["blocks"]]
    return any(message.strip() and message in plain["message"] for message in blocking)


def _weight(report: pytest.TestReport) -> int:
    """Any failure decides; then a pass that was not expected; then a skip, wherever it happened."""
    if report.failed:
        return 4 if report.when == "call" else 3
    if report.skipped:
        return 1
    return 2 if hasattr(report, "wasxfail") else 0


def _outcome(report: pytest.TestReport, complete: bool) -> str:
    if report.failed:
        return "failed" if report.when == "call" else "error"
    if report.skipped:
        return "xfailed" if hasattr(report, "wasxfail") else "skipped"
    if hasattr(report, "wasxfail"):
        return "xpassed"
    return "passed" if complete else "unfinished"
