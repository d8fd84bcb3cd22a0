"""Plan 3.3: users are heard and helped, T+2 to T+24 hours: channels, issues, support, praise and wishes."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from fixtures.evidence.record import EvidenceFolder, Record
from fixtures.feedback import adopters, channels, issues
from fixtures.schedule import Schedule
from gate.checklist import verifies
from gate.measure import Measure, Recorder


@pytest.fixture
def record(evidence: EvidenceFolder, deployed: Schedule) -> Record:
    """What is on record about plan 3.3, after a deployment."""
    assert deployed.starts, "no time of the deployment, nothing verified"
    return evidence.record("feedback")


@pytest.fixture(scope="module")
def now() -> datetime:
    """The time of the check, in UTC."""
    return datetime.now(UTC)


# 3.3.1 Channels


@verifies("3.3.1")
def test_every_channel_was_checked(record: Record, deployed: Schedule, now: datetime, findings: Recorder) -> None:
    """A channel that nobody looks at is quiet, whatever has happened."""
    wrong = findings.blocking(channels.channel_findings(record, deployed, now))

    assert not wrong, str(wrong)


@verifies("3.3.1")
def test_every_report_was_answered_within_the_hour(
    record: Record, deployed: Schedule, now: datetime, findings: Recorder, measure: Measure
) -> None:
    """Who gets no answer in the first day reports nothing in the second."""
    findings.degrading(channels.waiting_findings(record, deployed, now))
    wrong = findings.blocking(
        [
            *channels.statement_findings(record, deployed, now),
            *channels.report_findings(record, deployed, now),
        ]
    )

    assert not wrong, str(wrong)
    hours = channels.response_hours(record, deployed)
    if hours:  # otherwise there was no report, or all that there are still wait
        measure("first response", max(hours), samples=hours)


# 3.3.2 Issues


@verifies("3.3.2")
def test_every_issue_can_be_worked_on(record: Record, findings: Recorder) -> None:
    """An issue without its steps or its owner waits for both."""
    findings.degrading(issues.unreported(record))

    wrong = findings.blocking(issues.issue_findings(record))

    assert not wrong, str(wrong)


@verifies("3.3.2")
def test_every_reported_problem_is_an_issue(
    record: Record, deployed: Schedule, now: datetime, findings: Recorder
) -> None:
    """A problem that was answered kindly and written down nowhere comes back."""
    wrong = findings.blocking(
        [*channels.statement_findings(record, deployed, now), *issues.link_findings(record)],
    )

    assert not wrong, str(wrong)


# 3.3.3 Support


@verifies("3.3.3")
def test_early_adopters_got_every_kind_of_help(
    record: Record, deployed: Schedule, now: datetime, findings: Recorder
) -> None:
    """Whoever gives up on the first day has told others by the second."""
    wrong = findings.blocking(adopters.support_findings(record, deployed.starts, now))

    assert not wrong, str(wrong)


# 3.3.4 Praise and wishes


@verifies("3.3.4")
def test_praise_and_wishes_are_written_down(record: Record, findings: Recorder) -> None:
    """What works well is changed by mistake where nobody knows that it does."""
    wrong = findings.blocking(adopters.praise_findings(record))

    assert not wrong, str(wrong)
