"""The pytest plugin of the judge: options, markers, outcomes, time boxes and the exit status."""

from __future__ import annotations

import difflib
import gc
import re
import signal
import threading
from collections.abc import Generator, Sequence
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from gate import chain, circumstances, evidence, hooks, jobpage, provenance, terminal
from gate.checklist import Checklist, ChecklistError, load
from gate.htmlreport import HtmlReport
from gate.journal import without_group
from gate.masking import Masking
from gate.measure import attach, findings, measure, record_of, release
from gate.secrets import redactor
from gate.selection import gates_selected, names_in, only_gates_named
from gate.state import RUN, Run, claim_of, item_of, run_of
from gate.verdict import GateResult, Verdict, exit_status, judge_gate

__all__ = ["attach", "findings", "measure", "release"]  # the plugin's fixtures

TESTS_FOLDER = "tests_suite"
HTML_REPORT = "gate-html"
RESULTS = pytest.StashKey[list[GateResult]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options that concern the judging; those that name what is judged stand in fixtures/target.py."""
    group = parser.getgroup("gate", "release gate: -m MARKER chooses it, --markers lists all")
    group.addoption(
        "--fail-on",
        choices=("fail", "degrade"),
        default="fail",
        help="the mildest verdict that makes the exit status 1: fail (default) or degrade; a decision to roll back or "
        "to escalate always does",
    )
    group.addoption(
        "--report-dir",
        metavar="DIR",
        help="where the folder of reports of each gate goes (default: reports/ in the suite's own folder)",
    )
    group.addoption(
        "--sign",
        metavar="KEY",
        help="sign each gate's statement.json with this OpenSSH key: a private one, or a public one of ssh-agent's",
    )
    group.addoption(
        "--outside-chain",
        action="store_true",
        help="this run is no step of a deployment: do not look at the gates before, and count for none after it",
    )
    group.addoption(
        "--fix-minutes",
        metavar="N",
        help="how long a fix of what fails is expected to take; without it, the decision states both branches",
    )
    group.addoption(
        "--degraded-since",
        metavar="TIME",
        help="since when something is amiss, such as 2026-01-06T09:00:00Z (default: since the run that found it first)",
    )
    group.addoption(
        "--annotations",
        choices=("auto", "github", "off"),
        default="auto",
        help="show what did not pass beside the code and on the job's page; auto (default): in GitHub Actions",
    )


def pytest_addhooks(pluginmanager: pytest.PytestPluginManager) -> None:
    """Make the judge's questions known, so that the subjects can answer them."""
    pluginmanager.add_hookspecs(hooks)


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Register the markers, resolve the target and choose where the reports go, before the report plugins look."""
    checklist = load()
    for gate in checklist.gates.values():
        config.addinivalue_line("markers", f"{gate.marker}: {gate.title} (plan {', '.join(gate.sections)})")
    config.addinivalue_line("markers", "verifies(id): the checklist item that a test verifies")
    _refuse_misspelt(config, checklist)
    target = config.hook.pytest_gate_target(config=config)
    try:
        effective = checklist.overridden(
            {each["fact"]: each["value"] for each in target["overrides"] if "fact" in each},
            [each for each in target["overrides"] if "limit" in each],
        )
    except ChecklistError as error:
        raise pytest.UsageError(f"{target['source']}: overrides: {error}") from None
    gates = gates_selected(config.option.markexpr, effective)
    if gates and not __debug__:
        raise pytest.UsageError("python -O (PYTHONOPTIMIZE) leaves assertions out, and with them what a gate verifies")
    run = Run(effective, gates, target, Path(config.rootpath))
    circumstances.read_options(config)
    if config.args_source is pytest.Config.ArgsSource.TESTPATHS and _folders(run, config):
        config.args = _folders(run, config)
    config.stash[RUN] = run
    if (hide := redactor(run.target["secrets"])).pattern is not None:
        config.pluginmanager.register(Masking(config, hide), "gate-masking")
    if _is_worker(config):
        run.started = getattr(config, "workerinput", {})["gate_started"]
    else:
        _end_on_sigterm()
        circumstances.read_known_issues(config, run)
        evidence.prepare(config, run)
        provenance.begin(config, run)
        config.pluginmanager.register(run.journal, "gate-journal")
        config.pluginmanager.register(HtmlReport(run), HTML_REPORT)


def _refuse_misspelt(config: pytest.Config, checklist: Checklist) -> None:
    """A misspelt gate selects nothing; say which one was perhaps meant."""
    known = {re.split(r"[:(]", line)[0].strip() for line in config.getini("markers")}
    for name in names_in(config.option.markexpr):
        near = difflib.get_close_matches(name, checklist.gates, 1)
        if name not in known and near:
            raise pytest.UsageError(f"-m {config.option.markexpr}: no gate is called {name!r}; did you mean {near[0]}?")


def _is_worker(config: pytest.Config) -> bool:
    return hasattr(config, "workerinput")


def _end_on_sigterm() -> None:
    """A terminated run ends as an interrupted one does: with its reports written."""

    def interrupt(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt("terminated")

    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, interrupt)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Give an xdist worker the start of the run, which its time box counts from."""
    node.workerinput["gate_started"] = run_of(node.config).started


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: object | None) -> None:
    """Take over which tests an xdist worker found, and note one that died."""
    run = run_of(node.config)
    for item, tests in getattr(node, "workeroutput", {}).get("gate_expected", {}).items():
        run.expected.setdefault(item, set()).update(tests)
    if error:
        run.note(f"a worker process died: {error}")


@pytest.hookimpl(trylast=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """Keep a job's runner from taking what tests print for commands."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is not None and not _is_worker(session.config) and run_of(session.config).gates:
        jobpage.begin(session.config, reporter)


def pytest_report_header(config: pytest.Config) -> list[str]:
    """Say what will be judged, before it is."""
    run = run_of(config)
    if not run.gates:
        return []
    hide = redactor(run.target["secrets"])
    return [hide(line) for line in terminal.header(run)]


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave the folders of other gates alone where only some gates are asked for: importing them costs time."""
    run = run_of(config)
    wanted = _folders(run, config)
    if not wanted or collection_path.parent != run.root or not collection_path.is_dir():
        return None
    others = {gate.folder for gate in run.checklist.gates.values()} | {TESTS_FOLDER}
    return True if collection_path.name in others.difference(wanted) else None


def _folders(run: Run, config: pytest.Config) -> list[str]:
    """The folders of the gates asked for; none where the selection speaks of more than gates."""
    if not only_gates_named(config.option.markexpr, run.checklist):
        return []
    return sorted({gate.folder for gate in run.gates})


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Remember every test that exists for an item before -k, -m or a node id leaves some out; set the time limits."""
    run = run_of(config)
    for module in {item.getparent(pytest.Module) for item in items}:
        if module is not None:
            _expect_all_of(module, run)
    for item in items:
        if claim := claim_of(item):
            item.add_marker(pytest.mark.timeout(item_of(item).time_limit_seconds))
            if "[" in item.name and any(argument.endswith(f"::{item.name}") for argument in config.args):
                run.expected.setdefault(claim, set()).add(f"{item.nodeid.partition('[')[0]} with all of its parameters")


def pytest_collection_finish(session: pytest.Session) -> None:
    """An xdist worker tells the judge which tests it found."""
    # What is there now stays until the end; to look through it for garbage took a tenth of a gate's time.
    gc.freeze()
    if _is_worker(session.config):
        expected = {item: sorted(tests) for item, tests in run_of(session.config).expected.items()}
        getattr(session.config, "workeroutput", {})["gate_expected"] = expected


def pytest_make_parametrize_id(config: pytest.Config, val: object) -> str | None:
    """A test is not called after a secret."""
    hide = redactor(run_of(config).target["secrets"])
    return hide(val) if isinstance(val, str) and hide(val) != val else None


def pytest_deselected(items: Sequence[pytest.Item]) -> None:
    """A test that is left out for one of its parameters counts as existing for this one, too."""
    for item in items:
        if claim := claim_of(item):
            run_of(item.config).expected.setdefault(claim, set()).add(without_group(item.nodeid))


def _expect_all_of(module: pytest.Module, run: Run) -> None:
    """A module's tests count as existing even where only one of them was named on the command line."""
    for name, function in vars(module.obj).items():
        if name.startswith("test") and callable(function):
            for mark in getattr(function, "pytestmark", []):
                if mark.name == "verifies":
                    run.expected.setdefault(mark.args[0], set()).add(f"{module.nodeid}::{name}")


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """No test may take more than what is left of the time box: said before pytest-timeout's own wrapper reads it."""
    left = run_of(item.config).seconds_left
    if claim_of(item) and 0 < left < item_of(item).time_limit_seconds:
        item.add_marker(pytest.mark.timeout(left), append=False)
    return (yield)


@pytest.hookimpl(tryfirst=True, specname="pytest_runtest_protocol")
def pytest_end_out_of_time(item: pytest.Item) -> bool | None:
    """End the run when the gate's time box is used up."""
    run = run_of(item.config)
    if run.seconds_left > 0:
        return None
    item.session.shouldstop = _out_of_time(run)
    return True  # taken as done, so that nobody runs it


def _out_of_time(run: Run) -> str:
    return f"the time box of {run.time_box_seconds / 60:g} minutes ran out"


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add to a test's report what it recorded, and put its failure into words that a reader can act on."""
    report = yield
    run = run_of(item.config)
    claim = claim_of(item)
    message = ""
    if claim:
        broke = terminal.broke(call.excinfo)  # a skip is an outcome, too, and no error
        message = terminal.failure(item_of(item), call.excinfo, report)
        if message and report.failed:
            report.longrepr = message
            message = terminal.first_words(message)
        record = record_of(item)
        if call.excinfo is not None:
            record.keep_from(call.excinfo.value)
        if report.when == "call":  # what the test itself gave to record_property
            hide = redactor(run.target["secrets"])  # values are masked where they are written, names are not
            record.noted |= {hide(str(name)): str(value) for name, value in item.user_properties}
        vars(report)["gate"] = {"item": claim, "message": message, "broke": broke, **record.plain()}
        if report.when == "call" or report.failed:
            item.user_properties += terminal.properties(item_of(item), record)
    _redact(report, run)
    return report


def _redact(report: pytest.TestReport | pytest.CollectReport, run: Run) -> None:
    hide = redactor(run.target["secrets"])
    if hide.pattern is None:
        return
    if isinstance(report.longrepr, tuple):  # a skip: path, line, reason
        path, line, reason = report.longrepr
        report.longrepr = (path, line, hide(reason))
    elif report.longrepr is not None and hide(report.longreprtext) != report.longreprtext:
        report.longrepr = hide(report.longreprtext)
    report.sections = [(name, hide(text)) for name, text in report.sections]


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """A module that fails to import may print a secret, too."""
    report = yield
    _redact(report, run_of(collector.config))
    return report


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> Generator[None, object, object]:
    """Judge, let the other reporters write, then put the whole folder of reports in place.

    The innermost of the wrappers: what it changes stands before the terminal prints its summary.
    """
    config = session.config
    if _is_worker(config) or RUN not in config.stash:
        return (yield)
    run = run_of(config)
    results = _judge(session, run)
    config.stash[RESULTS] = results
    if page := config.pluginmanager.get_plugin(HTML_REPORT):
        page.results = results
    verdicts = [result.verdict for result in results]
    waived = circumstances.all_failures_waived(session, run, results)
    strict = config.option.fail_on == "degrade" or any(_stops(run, result) for result in results)
    session.exitstatus = exit_status(verdicts, int(session.exitstatus), strict, waived)
    try:
        outcome = yield
        if not evidence.publish(config, run, results, int(session.exitstatus)):
            session.exitstatus = int(session.exitstatus) or pytest.ExitCode.INTERNAL_ERROR
    except OSError as error:
        run.note(f"the reports could not be written: {error}; an older report, if any, was left as it was")
        session.exitstatus = int(session.exitstatus) or pytest.ExitCode.INTERNAL_ERROR
        outcome = None
    return outcome


def _stops(run: Run, result: GateResult) -> bool:
    """Whether nothing failed, and yet the decision is not to go on: degraded for too long, so roll back or escalate."""
    return result.verdict is Verdict.DEGRADE and not chain.goes_on(result.verdict, run.decision(result).action)


def _judge(session: pytest.Session, run: Run) -> list[GateResult]:
    if session.exitstatus == pytest.ExitCode.INTERRUPTED:
        run.note("interrupted before the end")
    elif session.exitstatus == pytest.ExitCode.INTERNAL_ERROR:
        run.note("pytest ended with an internal error")
    if isinstance(session.shouldstop, str):
        run.note(session.shouldstop)
    if isinstance(session.shouldfail, str):
        run.note(session.shouldfail)
    if run.seconds_left <= 0:
        run.note(_out_of_time(run))
    provenance.end(session.config, run)
    records = run.journal.records()
    run.notes += [f"could not be collected: {name}" for name in run.journal.uncollected]
    results: list[GateResult] = []
    for gate in run.gates:
        notes = [*run.notes, *provenance.notes(run, gate, results)]
        judged = judge_gate(gate, run.checklist.items_of(gate), run.expected, records, notes)
        results.append(circumstances.with_known_issues(run, judged))
        circumstances.take_in(session.config, run, results[-1])
    return results


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    """Print the verdict and the decision as the last words of the run."""
    if _is_worker(config) or RUN not in config.stash:
        return
    run = run_of(config)
    evidence.discard(run)
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if reporter is not None and RESULTS in config.stash and not config.option.collectonly:
        hide = redactor(run.target["secrets"])
        if run.gates or run.journal.reports or run.notes:
            terminal.closing(reporter, run, config.stash[RESULTS], hide)
    if reporter is not None:
        jobpage.write(config, run, config.stash.get(RESULTS, []), reporter)
