"""What a run says on the terminal: the header, a failure's words, the verdict and the decision."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from _pytest.outcomes import OutcomeException

from gate.checklist import Item
from gate.decision import LEAVES, Decision, contacts_for
from gate.knownissues import KNOWN_ISSUE
from gate.measure import Record
from gate.state import Run
from gate.verdict import GateResult, ItemResult, Measurement, Outcome, Verdict

MESSAGE_LINES = 3
COLOURS = {Verdict.PASS: "green", Verdict.DEGRADE: "yellow", Verdict.FAIL: "red", Verdict.INCOMPLETE: "red"}
MARKS = {
    Outcome.PASSED: "green",
    Outcome.DEGRADED: "yellow",
    Outcome.WAIVED: "yellow",
    Outcome.FAILED: "red",
    Outcome.MISSING: "red",
}


def reservation(run: Run) -> str:
    """What must be said first of a run that has not verified a target of its own; empty where it has."""
    embedded = run.target["embedded"]
    if not embedded:
        return ""
    if run.target["name"] == "reference":
        return "reference release: this run proves nothing about production"
    return f"{', '.join(embedded)} of the reference release: this run proves nothing about production"


def header(run: Run) -> list[str]:
    """What will be judged: gates, release, and every subject of the target."""
    lines = [f"target: {run.target['name']} ({run.target['source']})"]
    if reservation(run):
        lines.insert(0, reservation(run))
    lines += [f"  {line}" for line in run.target["described"]]
    for override in run.target["overrides"]:
        subject = override.get("fact") or f"{override.get('item')} {override.get('limit')}"
        lines.append(f"  override: {subject} = {override['value']} ({override['reason']})")
    release = run.checklist.release
    lines.append(f"release: {release.name} {release.version}, {release.files} files (previous {release.previous})")
    if run.gates:
        gates = ", ".join(f"{gate.marker} ({gate.time_box_minutes:g} min)" for gate in run.gates)
        lines.append(f"gates: {gates}")
    told = dict.fromkeys(f"  before: {link}" for links in run.chain.values() for link in links)
    if run.target["production"] and any(link.problem for links in run.chain.values() for link in links):
        told["  so this run can be INCOMPLETE at best"] = None
    return [*lines, *told]


def failure(item: Item, caught: pytest.ExceptionInfo[BaseException] | None, report: pytest.TestReport) -> str:
    """A failed check in words: the item, what was found, what to do. Empty where there is nothing to say.

    A check that fails by its own assertion needs no traceback; an error that it did not foresee keeps it.
    """
    if report.skipped and hasattr(report, "wasxfail"):
        return f"expected to fail: {report.wasxfail}"
    if report.skipped:
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longreprtext
        return str(reason).removeprefix("Skipped: ")
    if not report.failed:
        return ""
    if caught is None:  # a test that passed although it was expected to fail
        return f"{report.longreprtext}\n  {item.id} {item.title}\n  to do: {item.advice}"
    error = caught.value
    if isinstance(error, OutcomeException) and str(error).startswith("Timeout"):
        said = f"did not end within its time limit ({str(error).splitlines()[0]})"
    elif isinstance(error, OutcomeException):
        said = str(error)
    elif not broke(caught):
        said = str(error).partition("\nassert ")[0]
    else:
        return f"{report.longreprtext}\n{item.id} {item.title}: the check itself broke on this input; please report it"
    return f"{said}\n  {item.id} {item.title}\n  to do: {item.advice}"


def broke(caught: pytest.ExceptionInfo[BaseException] | None) -> bool:
    """Whether a check came upon an error that it did not foresee."""
    return caught is not None and not isinstance(caught.value, OutcomeException | AssertionError)


def first_words(message: str) -> str:
    """A failure's message without the lines that repeat the item."""
    return message.partition("\n  to do: ")[0].rpartition("\n")[0] or message


def properties(item: Item, record: Record) -> list[tuple[str, object]]:
    """What junit.xml keeps of a test besides its outcome."""
    rows: list[tuple[str, object]] = [("item", item.id), ("owner", item.owner), ("severity", item.severity)]
    rows += [(measured.name, in_words(measured)) for measured in record.measurements]
    return rows


def in_words(measured: Measurement) -> str:
    """A measurement as people read it: value, unit, limit; a count against what it has to be."""
    if measured.comparison == "equals":
        return f"{measured.value:g}/{measured.limit:g} {measured.unit}"
    value = f"{measured.value:.3g}" if abs(measured.value) < 999.5 else f"{measured.value:.0f}"
    if measured.of:
        value = f"{measured.of} {value}"
    sign = {"below": "<", "at_most": "≤", "at_least": "≥"}[measured.comparison]
    return f"{value} {measured.unit} (limit {sign} {measured.limit:g} {measured.unit})"


def closing(
    reporter: pytest.TerminalReporter,
    run: Run,
    results: list[GateResult],
    hide: Callable[[str], str],
) -> None:
    """The last words of a run: each gate's items, its verdict and the plan's decision, and where the reports are."""
    for result in results:
        _gate(reporter, run, result, hide)
    told = {note for result in results for note in result.notes}
    for note in run.notes:
        if results and note not in told:
            reporter.write_line(hide(note), red=True)
    if not results:
        names = ", ".join(run.checklist.gates)
        reporter.write_line(f"no verdict: a gate is run as a whole, with -m and one of {names}")
        for note in run.notes:
            reporter.write_line(hide(note), red=True)


def _gate(reporter: pytest.TerminalReporter, run: Run, result: GateResult, hide: Callable[[str], str]) -> None:
    colour = {COLOURS[result.verdict]: True}
    reporter.write_line("")
    for item in result.items:
        reporter.write_line(hide(_row(item)), **{MARKS[item.outcome]: True})
        for line in _below(item, result):
            reporter.write_line(hide(f"            {line}"))
    reporter.write_line(f"{result.gate.marker}: {result.verdict}", bold=True, **colour)
    reporter.write_line(f"  {_counts(result)}, {result.seconds:.1f} s of {result.gate.time_box_minutes:g} min")
    for note in result.notes:
        reporter.write_line(hide(f"  {note}"), red=True)
    if not run.target["production"]:  # otherwise it is among the notes
        for link in run.chain.get(result.gate.marker, ()):
            if link.problem:
                reporter.write_line(hide(f"  before: {link}"))
    for line in decision_lines(run.decision(result), run):
        reporter.write_line(hide(f"  {line}"))
    for remark in (reservation(run), *run.remarks.get(result.gate.marker, ())):
        if remark:
            reporter.write_line(hide(f"  {remark}"), yellow=True)
    if run.published is not None:
        reporter.write_line(f"  report: {run.published / result.gate.marker / 'signoff.html'}")


def _below(item: ItemResult, result: GateResult) -> list[str]:
    """What stands below an item's row: known issues, and the findings that no failed test has shown already."""
    known = [each for each in result.known if each.issue["item"] == item.item.id]
    said = [
        f"known issue, until {each.issue['expires']} ({each.issue['approver']}): {each.issue['description']}; "
        f"workaround: {each.issue['workaround']}"
        for each in known
        if each.waives
    ]
    findings = item.findings if item.outcome is not Outcome.PASSED else ()
    if item.outcome in (Outcome.FAILED, Outcome.WAIVED):
        findings = tuple(finding for finding in findings if finding.message.startswith(KNOWN_ISSUE))
    shown = [str(finding).partition("\n")[0] for finding in findings[:MESSAGE_LINES]]
    more = len(findings) - MESSAGE_LINES
    return [*said, *shown, *([f"… and {more} more in the report"] if more > 0 else [])]


def _row(item: ItemResult) -> str:
    measured = "; ".join(in_words(measurement) for measurement in item.measurements)
    return f"  {item.item.id:8} {item.outcome:9} {item.item.title}" + (f" - {measured}" if measured else "")


def _counts(result: GateResult) -> str:
    parts = [f"{result.count(outcome)} {outcome}" for outcome in Outcome if result.count(outcome)]
    return f"{len(result.items)} items: {', '.join(parts)}"


def decision_lines(decision: Decision, run: Run) -> list[str]:
    """The decision as text: action, steps, who decides and by when, whom to call."""
    deadline = "" if decision.within_minutes is None else f" within {decision.within_minutes} minutes"
    deadline = " now" if decision.within_minutes == 0 else deadline
    lines = [f"decision: {decision.action.replace('_', ' ')} - {decision.summary}"]
    if decision.leaf:
        lines.append(f"  by the plan's {LEAVES[decision.leaf]}")
    lines += [f"  {number}. {step}" for number, step in enumerate(decision.steps, 1)]
    lines.append(f"  decides: {decision.decides}{deadline}")
    for contact in contacts_for(decision, run.target["contacts"]):
        reach = ", ".join(filter(None, (contact.get("name"), contact.get("phone"), contact.get("email"))))
        lines.append(f"  call: {contact['role']}: {reach or 'no contact in the target'}")
    return lines
