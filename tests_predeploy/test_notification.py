"""Plan 1.3: users and team are told, T-24 h: notices, window, rollback contact, incident process, who is there."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from fixtures.evidence.page import is_address
from fixtures.evidence.record import EvidenceFolder, Record
from fixtures.notification import availability, contact, incident, notices, window
from fixtures.notification.notices import Notice, Sending
from fixtures.schedule import Schedule
from fixtures.target import Target, not_testable
from gate.checklist import Release, verifies
from gate.measure import Measure, Recorder


@pytest.fixture
def record(evidence: EvidenceFolder) -> Record:
    """What is on record about plan 1.3."""
    return evidence.record("notification")


@pytest.fixture(scope="module")
def sending(schedule: Schedule, release: Release) -> Sending:
    """What the notices are held against."""
    return Sending(schedule, release.version, datetime.now(UTC))


@pytest.fixture(scope="module")
def users(target: Target) -> tuple[str, ...]:
    """Everybody who has to be told."""
    if not target.users:
        not_testable("users that have to be told (users)", "--target FILE")
    return target.users


@pytest.fixture
def counting(record: Record, sending: Sending, users: tuple[str, ...]) -> list[Notice]:
    """The notices that told users of this deployment, in the last 24 hours before it."""
    found = [notice for notice in sending.counting(notices.notices_of(record)) if notice.reaches(users)]
    if not found:
        pytest.fail(f"{record.file}: no notice to users counts, nothing verified; see 1.3.1", pytrace=False)
    return found


# 1.3.1 Users


@verifies("1.3.1")
def test_every_user_was_told_of_this_deployment_in_time(
    record: Record, sending: Sending, users: tuple[str, ...], findings: Recorder
) -> None:
    """Whoever was not told takes a change for a fault, or begins long work just then."""
    sent = notices.notices_of(record)
    findings.degrading(notices.sender_findings(record, sent, users, sending.now))

    untold = findings.blocking(notices.recipient_findings(record, sent, users, sending))

    assert not untold, f"{len(untold)} of {len(users)} users or groups were not told:\n{untold}"


# 1.3.2 Window


@verifies("1.3.2")
def test_recorded_window_is_the_one_of_the_deployment(
    record: Record, schedule: Schedule, findings: Recorder, measure: Measure
) -> None:
    """A window without the name of its zone is another one for half of the readers."""
    recorded = window.window_of(record)

    wrong = findings.blocking(window.window_findings(record, recorded, schedule))

    assert not wrong, str(wrong)
    measure("deployment window", window.hours(recorded))


@verifies("1.3.2")
def test_every_told_user_knows_when_the_window_begins_and_ends(
    record: Record, counting: list[Notice], users: tuple[str, ...], findings: Recorder
) -> None:
    """What the record says of the window is nothing that a user has read."""
    recorded = window.window_of(record)
    findings.degrading(
        [
            *window.later_findings(record, recorded, counting, users),
            *window.doubtful_findings(record, recorded, counting, users),
        ]
    )

    wrong = findings.blocking(window.announcement_findings(record, recorded, counting, users))

    assert not wrong, str(wrong)


# 1.3.3 Rollback contact


@verifies("1.3.3")
def test_rollback_contact_is_a_person_of_the_contacts_with_a_real_number(
    target: Target, record: Record, release: Release, findings: Recorder
) -> None:
    """A wrong digit is noticed at the moment when every minute counts."""
    if not target.contacts:
        not_testable("contacts that the number could belong to (contacts)", "--target FILE")
    findings.degrading(contact.table_findings(target.contacts, release.team))

    wrong = findings.blocking(contact.contact_findings(record, target.contacts))

    assert not wrong, str(wrong)


@verifies("1.3.3")
def test_every_told_user_knows_whom_to_call_for_a_rollback(
    record: Record, counting: list[Notice], users: tuple[str, ...], findings: Recorder
) -> None:
    """A number that stands in a record only is called by nobody."""
    wrong = findings.blocking(contact.shared_findings(record, counting, users))

    assert not wrong, str(wrong)


# 1.3.4 Incident process


@verifies("1.3.4")
def test_incident_process_is_there_and_says_what_it_has_to(target: Target, record: Record, findings: Recorder) -> None:
    """A dead link is found in the incident, by those who then have no process."""
    place = record.part(incident.PART).strip()
    if is_address(place):
        wrong = findings.blocking(incident.page_findings(record, place))
    else:
        folders = [folder for folder in (target.workflow, record.folder) if folder is not None]
        wrong = findings.blocking(incident.file_findings(record, place, folders))

    assert not wrong, str(wrong)


@verifies("1.3.4")
def test_incident_process_was_sent_to_all_who_take_part(
    target: Target, record: Record, release: Release, sending: Sending, findings: Recorder
) -> None:
    """Who reads the process for the first time during an incident reads it too late."""
    assert release.team, "the release has no team, nothing verified"
    place = record.part(incident.PART).strip()
    sent = sending.timely(notices.notices_of(record))

    wrong = findings.blocking(incident.sharing_findings(record, place, sent, release.team, target.contacts))

    assert not wrong, str(wrong)


# 1.3.5 Team


@verifies("1.3.5")
def test_every_role_is_confirmed_for_the_whole_window(
    record: Record, release: Release, sending: Sending, findings: Recorder
) -> None:
    """A role that is missing when it is needed turns a rollback of minutes into one of hours."""
    assert release.team, "the release has no team, nothing verified"
    entries = availability.presences(record, sending.schedule, sending.now)
    findings.degrading(
        [
            *availability.odd_findings(record, entries),
            *availability.old_findings(record, entries, sending.schedule),
        ]
    )

    missing = findings.blocking(availability.coverage_findings(record, entries, release.team, sending.schedule))

    assert not missing, f"{len(missing)} of {len(release.team)} roles are not confirmed:\n{missing}"
