"""The plan's success and failure criteria: computed from what the gates before have recorded, T+24 h."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from fixtures.acceptance import bugs
from fixtures.acceptance import reports as gate_reports
from fixtures.acceptance.criteria import CRITERIA, ITEMS, Evidence, Judged, most
from fixtures.acceptance.outage import HEALTH, outages, unseen
from fixtures.acceptance.reports import GOOD, Reports, Subject
from fixtures.evidence.record import EvidenceFolder
from fixtures.executions import acceptance as walked
from fixtures.executions import unreadable
from fixtures.executions.log import ExecutionLog
from fixtures.finding import Finding
from fixtures.firstday.period import Period
from fixtures.firstday.readings import Readings
from fixtures.monitoring.series import LIMITED
from fixtures.schedule import Schedule
from fixtures.target import target_of
from gate import statement
from gate.checklist import Checklist, Release, verifies
from gate.measure import Findings, Measure, Recorder
from gate.state import checklist_of
from gate.verdict import SCHEMA

RESTS_ON = "rests on"
WATCHED = ("3.1.1", "3.2.1", "3.2.2")  # who has watched the server; without gaps is seen in the readings themselves


@pytest.fixture(scope="module")
def checklist(request: pytest.FixtureRequest) -> Checklist:
    """The plan's checklist with the target's overrides."""
    return checklist_of(request.config)


@pytest.fixture(scope="module")
def reports(
    checklist: Checklist, accepted: Subject, release: Release, report_place: Path, request: pytest.FixtureRequest
) -> Reports:
    """The reports of the gates before; those of the reference are made for this run."""
    starts = {marker: gate.starts for marker, gate in checklist.gates.items()}
    target = target_of(request.config)
    if "evidence" in target.embedded and target.reports is None:
        from fixtures.reference import verdicts

        items = {marker: checklist.items_of(gate) for marker, gate in checklist.gates.items()}
        factory: pytest.TempPathFactory = request.getfixturevalue("tmp_path_factory")
        report_place = verdicts.write(factory.mktemp("reports"), accepted, release.previous, items, starts)
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    return gate_reports.read(report_place, schema, accepted, starts, statement.change)


@pytest.fixture(scope="module")
def judged_on(
    reports: Reports, checklist: Checklist, deployed: Schedule, evidence: EvidenceFolder, request: pytest.FixtureRequest
) -> Evidence:
    """What the criteria rest on."""
    gates = {item.id: [gate.marker for gate in checklist.gates_of(item)] for item in checklist.items.values()}
    return Evidence(
        reports,
        gates,
        deployed,
        checklist.release.version,
        log=lambda: request.getfixturevalue("execution_log"),
        paths=lambda: request.getfixturevalue("execution_paths"),
        record=evidence.record,
        texts=lambda: request.getfixturevalue("text_errors"),
    )


# Given a criterion: what speaks against it, and its figure with what is behind it, NaN where there is none.
Criterion = Callable[[str], tuple[Findings, float, tuple[float, ...]]]


@pytest.fixture
def criterion(judged_on: Evidence, findings: Recorder, record_property: Callable[[str, object], None]) -> Criterion:
    """Judge one success criterion by what it rests on; its figure is left to be held to its limit."""

    def judge(name: str) -> tuple[Findings, float, tuple[float, ...]]:
        found = CRITERIA[name](judged_on)
        record_property(RESTS_ON, judged_on.reports.evidence(ITEMS[name]) or "the execution log")
        findings.degrading(found.remarks)
        wrong = findings.blocking(found.findings)
        return wrong, found.figure.value if found.figure else math.nan, found.figure.samples if found.figure else ()

    return judge


@verifies("S.1")
def test_every_file_is_deployed_as_it_was_packaged(criterion: Criterion, measure: Measure) -> None:
    """A file that is missing in production is missing in somebody's project."""
    wrong, value, samples = criterion("S.1")

    assert not wrong, str(wrong)
    measure("files deployed", value, samples)


@verifies("S.2")
def test_every_syntax_check_has_passed(criterion: Criterion) -> None:
    """What cannot be read stops the user in the middle of a project."""
    wrong, *_ = criterion("S.2")

    assert not wrong, str(wrong)


@verifies("S.3")
def test_knowledge_server_was_quick_whenever_it_was_asked(criterion: Criterion, measure: Measure) -> None:
    """Users wait for every answer of every step."""
    wrong, value, samples = criterion("S.3")

    assert not wrong, str(wrong)
    measure("response time", value, samples)


@verifies("S.4")
def test_every_agent_can_be_used(criterion: Criterion, measure: Measure) -> None:
    """A step without its agent is a step that nobody can do."""
    wrong, value, samples = criterion("S.4")

    assert not wrong, str(wrong)
    measure("agents usable", value, samples)


@verifies("S.5")
def test_a_real_run_went_through_all_steps_in_order(criterion: Criterion, measure: Measure) -> None:
    """Links that resolve are not yet a way that somebody has walked."""
    wrong, value, samples = criterion("S.5")

    assert not wrong, str(wrong)
    measure("steps reached", value, samples)


@verifies("S.6")
def test_a_whole_run_stays_within_its_time(criterion: Criterion, measure: Measure) -> None:
    """The hour is what users were promised."""
    wrong, value, samples = criterion("S.6")

    assert not wrong, str(wrong)
    measure("workflow time", value, samples)


@verifies("S.7")
def test_no_critical_error_since_the_deployment(criterion: Criterion) -> None:
    """A critical error that nobody explains comes back at a worse time."""
    wrong, *_ = criterion("S.7")

    assert not wrong, str(wrong)


@verifies("S.8")
def test_users_are_content_and_nobody_is_stuck(criterion: Criterion) -> None:
    """A release that runs and that nobody can work with has not succeeded."""
    wrong, *_ = criterion("S.8")

    assert not wrong, str(wrong)


@verifies("S.9")
def test_performance_is_that_of_before(criterion: Criterion) -> None:
    """What got slower unnoticed is slower for good."""
    wrong, *_ = criterion("S.9")

    assert not wrong, str(wrong)


@verifies("S.10")
def test_rollback_was_tested_with_this_release(criterion: Criterion) -> None:
    """The next night may need it."""
    wrong, *_ = criterion("S.10")

    assert not wrong, str(wrong)


# What makes the deployment a failure


def _missed(name: str, judged: Judged, checklist: Checklist) -> list[Finding]:
    """A success criterion that is missed, in one finding."""
    item = checklist.items[name]
    crossed = [
        Finding(None, None, f"{figure.name} is {figure.value:.4g}, expected {item.limit(figure.name)}")
        for figure in ([judged.figure] if judged.figure else [])
        if not item.limit(figure.name).holds(figure.value)
    ]
    wrong = [*judged.findings, *crossed]
    return [Finding(wrong[0].file, wrong[0].line, f"{name} {item.title}: {wrong[0].message}")] if wrong else []


@verifies("F.1")
def test_no_critical_success_criterion_is_missed(judged_on: Evidence, checklist: Checklist, findings: Recorder) -> None:
    """Any one of them makes the deployment a failure by the plan."""
    critical = [name for name in CRITERIA if checklist.items[name].severity == "critical"]
    assert critical, "no success criterion is critical, nothing verified"

    wrong = findings.blocking(
        [each for name in critical for each in _missed(name, CRITERIA[name](judged_on), checklist)]
    )

    assert not wrong, str(wrong)


@verifies("F.2")
def test_critical_bugs_are_few(
    evidence: EvidenceFolder, deployed: Schedule, findings: Recorder, measure: Measure
) -> None:
    """Three are bad luck; more are a release that was not ready."""
    acceptance, feedback = evidence.record("acceptance"), evidence.record("feedback")
    wrong = findings.blocking(bugs.bug_statement_findings(acceptance, deployed, datetime.now(UTC)))
    assert not wrong, str(wrong)

    found = bugs.critical_bugs(feedback, acceptance, evidence.root)

    findings.degrading(Finding(None, None, f"critical bug {name:.40}: {words}") for name, words in found.items())
    measure("critical bugs", len(found))


@verifies("F.3")
def test_knowledge_server_was_never_away_for_long(
    *,
    judged_on: Evidence,
    day_readings: Readings,
    first_day: Period,
    findings: Recorder,
    measure: Measure,
    record_property: Callable[[str, object], None],
) -> None:
    """Without its knowledge every step of the workflow stands still; a few probes of a day would not have noticed."""
    unwatched = findings.blocking(judged_on.reports.unproven(WATCHED, judged_on.gates, (*GOOD, "failed")))
    assert not unwatched, str(unwatched)
    record_property(RESTS_ON, day_readings.source)
    answered = [point.at for point in day_readings.points(f"knowledge.{HEALTH}")]
    refused = [each for each in day_readings.failures if each.name == HEALTH and each.error.startswith(LIMITED)]
    failed = [each.at for each in day_readings.failures if each.name == HEALTH and each not in refused]
    assert answered or failed, f"{day_readings.source}: no probe of {HEALTH} in it, nothing verified"
    hidden, left_out = unseen([*answered, *(each.at for each in refused)], failed, first_day)
    gaps = findings.blocking(map(day_readings.finding, hidden))
    assert not gaps, str(gaps)

    found = outages(answered, failed)

    findings.degrading(map(day_readings.finding, [*left_out, *map(str, found)]))
    measure("unavailability", max((each.least for each in found), default=0.0))


@verifies("F.4")
def test_few_runs_of_the_workflow_fail(
    execution_log: ExecutionLog, deployed: Schedule, release: Release, findings: Recorder, measure: Measure
) -> None:
    """One in twenty is what a team can help by hand."""
    rate = walked.failure_rate(execution_log, deployed.starts, datetime.now(UTC), release.version)
    unread, odd = unreadable.unread(execution_log, unreadable.FAILED)
    many, few = walked.strangers(execution_log, deployed.starts, release.version, release.previous)
    wrong = findings.blocking([*unread, *many, *(() if rate.ended else rate.findings)])
    assert not wrong, str(wrong)

    findings.degrading([*rate.findings, *few, *odd])
    measure("failure rate", rate.percent)


@verifies("F.5")
def test_no_metric_collapsed(judged_on: Evidence, findings: Recorder, measure: Measure) -> None:
    """Half as quick as before is not the same product."""
    wrong = findings.blocking(judged_on.reports.unproven(ITEMS["S.9"], judged_on.gates, (*GOOD, "failed")))
    assert not wrong, str(wrong)

    changes = judged_on.measured(ITEMS["S.9"], "performance degradation")

    assert changes, "no report holds a comparison with the baseline, nothing verified"
    measure("performance degradation", most(changes), changes)


@verifies("F.6")
def test_no_security_issue_was_discovered(evidence: EvidenceFolder, deployed: Schedule, findings: Recorder) -> None:
    """Whoever did not look has discovered nothing, either."""
    record = evidence.record("acceptance")

    wrong = findings.blocking(
        [*bugs.security_statement_findings(record, deployed, datetime.now(UTC)), *bugs.security_issues(record)]
    )

    assert not wrong, str(wrong)
