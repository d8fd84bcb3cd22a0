"""Plan 3.5: the retrospective, T+24 hours: people, agenda, notes with actions, and how they are passed on."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from fixtures.evidence.record import EvidenceFolder, Record
from fixtures.retrospective import meeting, outcome
from fixtures.schedule import Schedule
from fixtures.target import Target
from gate.checklist import Release, verifies
from gate.measure import Measure, Recorder


@pytest.fixture
def record(evidence: EvidenceFolder, deployed: Schedule) -> Record:
    """What is on record about plan 3.5, after a deployment."""
    assert deployed.starts, "no time of the deployment, nothing verified"
    return evidence.record("retrospective")


@pytest.fixture(scope="module")
def now() -> datetime:
    """The time of the check, in UTC."""
    return datetime.now(UTC)


# 3.5.1 People


@verifies("3.5.1")
def test_retrospective_was_held_after_the_first_day(
    record: Record, deployed: Schedule, now: datetime, findings: Recorder
) -> None:
    """Who meets before the day is over knows only a part of it."""
    findings.degrading(meeting.early(record, deployed))

    wrong = findings.blocking(meeting.held_findings(record, deployed, now))

    assert not wrong, str(wrong)


@verifies("3.5.1")
def test_every_role_and_a_user_took_part(target: Target, record: Record, findings: Recorder, measure: Measure) -> None:
    """Without those who use it, a team praises what it has built."""
    findings.degrading(meeting.odd_findings(record))

    wrong = findings.blocking(meeting.role_findings(record, target.contacts))

    assert not wrong, str(wrong)
    measure("fewest users", meeting.users(record))
    measure("most users", meeting.users(record))


# 3.5.2 Agenda


@verifies("3.5.2")
def test_agenda_has_all_its_points_in_their_time(record: Record, findings: Recorder, measure: Measure) -> None:
    """The points that are left out for want of time are the uncomfortable ones at the end."""
    findings.degrading(meeting.length_findings(record))

    wrong = findings.blocking(meeting.agenda_findings(record))

    assert not wrong, str(wrong)
    spent = meeting.minutes(record)
    measure("deployment summary", spent["deployment summary"])
    measure("issues encountered", spent["issues encountered"])
    measure("successes", spent["successes"])
    measure("performance metrics", spent["performance metrics"])
    measure("user feedback", spent["user feedback"])
    measure("improvements", spent["improvements"])
    measure("next deployment", spent["next deployment"])


# 3.5.3 Notes


@verifies("3.5.3")
def test_notes_say_what_was_found(record: Record, findings: Recorder) -> None:
    """What nobody has written down is found out once more, the hard way."""
    wrong = findings.blocking(outcome.note_findings(record))

    assert not wrong, str(wrong)


@verifies("3.5.3")
def test_every_action_has_an_owner_and_a_due_date(record: Record, findings: Recorder) -> None:
    """An action of all of us, to be done soon, is done by nobody."""
    wrong = findings.blocking(outcome.action_findings(record))

    assert not wrong, str(wrong)


# 3.5.4 Passed on


@verifies("3.5.4")
def test_team_was_sent_the_notes(
    target: Target, record: Record, release: Release, now: datetime, findings: Recorder
) -> None:
    """Half of the team was not in the room."""
    assert release.team, "the release has no team, nothing verified"

    wrong = findings.blocking(outcome.sent_findings(record, release.team, target.contacts, now))

    assert not wrong, str(wrong)


@verifies("3.5.4")
def test_wiki_holds_the_retrospective(record: Record, release: Release, now: datetime, findings: Recorder) -> None:
    """Messages are not found again at the next deployment."""
    wrong = findings.blocking(outcome.wiki_findings(record, release.version, now))

    assert not wrong, str(wrong)


@verifies("3.5.4")
def test_every_action_is_followed_up_on_a_day(record: Record, findings: Recorder) -> None:
    """A due date that nobody is reminded of passes."""
    wrong = findings.blocking(outcome.follow_up_findings(record))

    assert not wrong, str(wrong)
