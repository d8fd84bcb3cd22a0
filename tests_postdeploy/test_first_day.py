"""Plan 3.2: the first day, T+2 to T+24 hours: executions, server, errors, feedback, database, disk."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import pytest

from fixtures.evidence.record import EvidenceFolder, Record
from fixtures.executions import unreadable
from fixtures.executions.log import ExecutionLog
from fixtures.firstday import askdatabase, database, disk, drift, errors, explained, looks, summary, tracked
from fixtures.firstday.errorlog import TextLogs
from fixtures.firstday.explained import DATABASE, Explanation
from fixtures.firstday.patterns import Clusters
from fixtures.firstday.period import Period
from fixtures.firstday.readings import Readings
from fixtures.schedule import Schedule
from fixtures.target import Target
from gate.checklist import Limit, Release, verifies
from gate.measure import Attach, Measure, Recorder
from gate.state import checklist_of

HEALTH = "health"


@pytest.fixture
def record(evidence: EvidenceFolder, deployed: Schedule) -> Record:
    """What is on record about plan 3.2, after a deployment."""
    assert deployed.starts, "no time of the deployment, nothing verified"
    return evidence.record("first_day")


@pytest.fixture(scope="module")
def now() -> datetime:
    """The time of the check, in UTC."""
    return datetime.now(UTC)


@pytest.fixture(scope="module")
def plan(request: pytest.FixtureRequest) -> Callable[[str, str], Limit]:
    """The limits of other items that hold through the day, too, as the target may have changed them."""
    return lambda item, limit: checklist_of(request.config).items[item].limit(limit)


@pytest.fixture(scope="module")
def asked(release: Release) -> tuple[str, ...]:
    """What of the knowledge server is read: its health, and every tool."""
    assert release.knowledge_tools, "the release has no tools, nothing verified"
    return (HEALTH, *release.knowledge_tools)


@pytest.fixture
def explanations(record: Record) -> Sequence[Explanation]:
    """The changes for the worse that people have explained."""
    return explained.explanations_of(record)


# 3.2.1 Executions


@verifies("3.2.1")
def test_somebody_looked_in_every_hour(
    *,
    day_readings: Readings,
    record: Record,
    first_day: Period,
    now: datetime,
    plan: Callable[[str, str], Limit],
    findings: Recorder,
    measure: Measure,
    attach: Attach,
) -> None:
    """What goes wrong in an hour in which nobody looks is found by users."""
    findings.degrading(day_readings.remarks)
    seen = looks.looks_of(day_readings, record)
    attach("first-day.json", summary.hours(day_readings, first_day, seen))
    spans = looks.intervals(seen, first_day)
    longest = plan("3.2.1", "check interval").value

    wrong = findings.blocking(
        [
            *day_readings.faults,
            *looks.check_findings(record, now),
            *looks.gap_findings(day_readings, spans, longest),
        ]
    )

    measure("observed time", looks.observed(seen, first_day))
    hours = [span.hours for span in spans]
    measure("check interval", max(hours), samples=hours)
    assert not wrong, str(wrong)


@verifies("3.2.1")
def test_somebody_was_on_duty_all_day(record: Record, first_day: Period, findings: Recorder) -> None:
    """A reading that shows something has to reach a person: at once, says the plan."""
    wrong = findings.blocking(looks.duty_findings(record, first_day))

    assert not wrong, str(wrong)


@verifies("3.2.1")
def test_executions_of_the_day_succeeded(
    day_log: ExecutionLog, first_day: Period, plan: Callable[[str, str], Limit], findings: Recorder
) -> None:
    """More failing runs than the plan allows make the deployment a failure."""
    findings.degrading(looks.failed_findings(day_log, first_day))

    wrong = findings.blocking(looks.execution_findings(day_log, first_day, plan("F.4", "failure rate").value))

    assert not wrong, str(wrong)


@verifies("3.2.1")
def test_machine_kept_its_limits_in_every_reading(
    day_readings: Readings, first_day: Period, plan: Callable[[str, str], Limit], findings: Recorder
) -> None:
    """A machine that is at its limit at noon is over it tomorrow."""
    assert day_readings.looks, "no reading, nothing verified"

    for series, name in looks.HOST.items():
        limit = plan("3.1.3", name)
        keep = findings.degrading if limit.when_crossed == "degraded" else findings.blocking
        keep(looks.host_findings(day_readings, first_day, series, name, limit.value))


# 3.2.2 Knowledge MCP


@verifies("3.2.2")
def test_every_hour_of_the_knowledge_server_is_on_record(
    day_readings: Readings, first_day: Period, asked: tuple[str, ...], findings: Recorder
) -> None:
    """A server that was not asked has not answered."""
    wrong = findings.blocking(drift.hour_findings(day_readings, first_day, asked))

    assert not wrong, str(wrong)


@verifies("3.2.2")
def test_explanations_explain(
    record: Record, asked: tuple[str, ...], explanations: Sequence[Explanation], findings: Recorder
) -> None:
    """A change for the worse that is waved through comes back in the second day."""
    assert explanations == explained.explanations_of(record)

    wrong = findings.blocking(explained.explanation_findings(record, asked, (explained.ALL, *asked)))

    assert not wrong, str(wrong)


@verifies("3.2.2")
def test_knowledge_server_answered_within_its_limits_all_day(
    *,
    day_readings: Readings,
    first_day: Period,
    asked: tuple[str, ...],
    plan: Callable[[str, str], Limit],
    explanations: Sequence[Explanation],
    findings: Recorder,
) -> None:
    """What holds in the first hour has to hold when everybody is at work, too."""
    percent, seconds = plan("3.1.1", "error rate").value, plan("3.1.1", "request latency").value
    failed = findings.degrading(drift.failures_of(day_readings, first_day, asked, explanations))
    known, are_excused = drift.excused(day_readings, first_day, asked, explanations)
    count = len(failed) if are_excused else len(failed) + len(known)
    stated, hours = drift.stated_findings(day_readings, first_day, percent, plan("3.1.1", "availability").value)
    slow = list(drift.limit_findings(day_readings, first_day, asked, seconds, explanations))
    every = drift.limit_findings(day_readings, first_day, asked, seconds, ())
    findings.degrading([*known, *hours, *explained.covered(every, slow)])

    wrong = findings.blocking([*drift.rate_findings(day_readings, first_day, asked, count, percent), *slow, *stated])

    assert not wrong, str(wrong)


@verifies("3.2.2")
def test_knowledge_server_became_no_slower(
    *,
    day_readings: Readings,
    first_day: Period,
    asked: tuple[str, ...],
    plan: Callable[[str, str], Limit],
    explanations: Sequence[Explanation],
    findings: Recorder,
) -> None:
    """A server that slows down by the hour keeps every limit until it does not."""
    more = plan("F.5", "performance degradation").value

    slower = list(drift.drift_findings(day_readings, first_day, asked, more, explanations))
    every = drift.drift_findings(day_readings, first_day, asked, more, ())
    findings.degrading(explained.covered(every, slower))

    wrong = findings.blocking(slower)

    assert not wrong, str(wrong)


# 3.2.3 Error logs


@verifies("3.2.3")
def test_error_logs_tell_of_the_day(
    day_log: ExecutionLog, text_logs: TextLogs, first_day: Period, findings: Recorder
) -> None:
    """A log that stopped has no errors in it, either, and an error in a line that nobody can read is not seen."""
    unread, odd = unreadable.unread(day_log, unreadable.CRITICAL, unreadable.ERROR)
    findings.degrading([*errors.unknown_past(day_log, first_day), *odd, *text_logs.remarks])

    wrong = findings.blocking([*errors.silence_findings(day_log, first_day), *unread, *text_logs.findings])

    assert not wrong, str(wrong)


@verifies("3.2.3")
def test_error_logs_were_reviewed(record: Record, deployed: Schedule, now: datetime, findings: Recorder) -> None:
    """An error that everybody has seen and nobody has understood is the cause of the next incident."""
    wrong = findings.blocking(errors.review_findings(record, deployed.starts, now))

    assert not wrong, str(wrong)


@verifies("3.2.3")
def test_every_new_or_recurring_error_is_explained(
    error_clusters: Clusters, text_logs: TextLogs, record: Record, findings: Recorder, attach: Attach
) -> None:
    """What did not occur before the deployment was brought by it."""
    assert text_logs.files >= 0, "the text logs have to be read first"
    attach("error-patterns.json", summary.patterns(error_clusters))
    findings.degrading(errors.increasing(error_clusters))
    findings.degrading(errors.stale(error_clusters, record))

    wrong = findings.blocking(errors.pattern_findings(error_clusters, record))

    assert not wrong, f"{len(wrong)} patterns of errors without an explanation:\n{wrong}"


# 3.2.4 Feedback


@verifies("3.2.4")
def test_every_report_of_the_day_has_its_time_and_state(
    evidence: EvidenceFolder, deployed: Schedule, now: datetime, findings: Recorder
) -> None:
    """What a user said to somebody in passing is gone the next day."""
    wrong = findings.blocking(tracked.entry_findings(evidence.record("feedback"), deployed, now))

    assert not wrong, str(wrong)


@verifies("3.2.4")
def test_feedback_was_tracked_through_the_day(
    evidence: EvidenceFolder, deployed: Schedule, first_day: Period, now: datetime, findings: Recorder
) -> None:
    """A channel that is read once in the morning is not tracked."""
    assert deployed.starts, "no time of the deployment, nothing verified"

    wrong = findings.blocking(tracked.track_findings(evidence.record("feedback"), first_day, now))

    assert not wrong, str(wrong)


# 3.2.5 Database


@verifies("3.2.5")
def test_database_is_on_record_through_the_day(
    day_readings: Readings, record: Record, first_day: Period, now: datetime, findings: Recorder
) -> None:
    """The database is behind every slow answer that the server cannot explain."""
    findings.degrading(database.remarks(day_readings, first_day))

    wrong = findings.blocking(
        [*database.form_findings(day_readings), *database.record_findings(day_readings, record, first_day, now)]
    )

    assert not wrong, str(wrong)


@verifies("3.2.5")
def test_nothing_in_the_database_calls_for_action(
    *,
    day_readings: Readings,
    record: Record,
    first_day: Period,
    plan: Callable[[str, str], Limit],
    explanations: Sequence[Explanation],
    findings: Recorder,
) -> None:
    """Connections that run out, slow operations and restarts are there for hours before users notice."""
    more = plan("F.5", "performance degradation").value
    unwell = list(database.day_findings(day_readings, first_day, more, explanations))
    left = set(unwell)
    every = database.day_findings(day_readings, first_day, more, ())
    findings.degrading(explained.covered((each for each in every if each not in left), ()))

    wrong = findings.blocking([*explained.explanation_findings(record, (DATABASE,), (DATABASE,)), *unwell])

    assert not wrong, str(wrong)


@verifies("3.2.5")
def test_database_is_well_now(target: Target, day_readings: Readings, findings: Recorder) -> None:
    """The figures of the day are the past; where the target names the database, it is asked itself."""
    place = target.database
    if place is None or place.uri is None:
        assert day_readings.source, "neither readings nor a database, nothing verified"
        return
    figures = askdatabase.ask(place)
    findings.degrading(database.live_remarks(figures, place.label))

    wrong = findings.blocking(database.live_findings(figures, place.label))

    assert not wrong, str(wrong)


# 3.2.7 Disk


@verifies("3.2.7")
def test_disk_is_on_record_through_the_day(day_readings: Readings, first_day: Period, findings: Recorder) -> None:
    """One figure has no trend."""
    wrong = findings.blocking(disk.record_findings(day_readings, first_day))

    assert not wrong, str(wrong)


@verifies("3.2.7")
def test_disk_has_room_until_the_next_look(
    *,
    day_readings: Readings,
    record: Record,
    first_day: Period,
    now: datetime,
    plan: Callable[[str, str], Limit],
    findings: Recorder,
) -> None:
    """A disk fills at night, and takes the database with it."""
    limit = plan("3.1.3", "disk usage").value
    look = disk.next_look(record)
    full = list(disk.room_findings(day_readings, first_day, look))
    if not full:
        findings.degrading(disk.room_findings(day_readings, first_day, look, limit))

    wrong = findings.blocking([*disk.look_findings(record, first_day, now), *full])

    assert not wrong, str(wrong)
