"""Plan 2.5: the deployment is announced, T+60 min: users, status page, team channel, documentation sites."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from fixtures.announcement import published, told
from fixtures.evidence.record import EvidenceFolder, Record
from fixtures.notification.notices import Notice
from fixtures.rollback.records import Telling, message_findings, other_senders
from fixtures.schedule import Schedule
from fixtures.target import Target, not_testable
from gate.checklist import Release, verifies
from gate.measure import Recorder


@pytest.fixture
def record(evidence: EvidenceFolder, deployed: Schedule) -> Record:
    """What is on record about plan 2.5, after a deployment."""
    assert deployed.starts, "no time of the deployment, nothing verified"
    return evidence.record("announcement")


@pytest.fixture(scope="module")
def users(target: Target) -> tuple[str, ...]:
    """Everybody who has to be told."""
    if not target.users:
        not_testable("users that have to be told (users)", "--target FILE")
    return target.users


@pytest.fixture
def telling(users: tuple[str, ...], deployed: Schedule, release: Release) -> Telling:
    """Who has to be told, after T-0, that this version is there."""
    return Telling(users, deployed.starts, release.version, datetime.now(UTC))


@pytest.fixture
def workflow(target: Target) -> Path:
    """The deployed workflow's folder, with its version notes and guide."""
    if target.workflow is None:
        not_testable("workflow", "--workflow DIR")
        raise AssertionError
    return target.workflow


@pytest.fixture
def messages(record: Record, telling: Telling) -> list[Notice]:
    """The messages that reached users after T-0."""
    found = [notice for notice in told.timely(record, telling) if notice.reaches(telling.users)]
    if not found:
        pytest.fail(f"{record.file}: no message to users after T-0, nothing verified", pytrace=False)
    return found


# 2.5.1 Users


@verifies("2.5.1")
def test_every_user_was_told_after_the_deployment(
    record: Record, telling: Telling, deployed: Schedule, findings: Recorder
) -> None:
    """Whoever is not told goes on with the version before, or takes what is new for a fault."""
    findings.degrading(other_senders(record, "messages"))
    findings.degrading(told.time_findings(record, "messages", "sent", deployed))

    untold = findings.blocking(message_findings(record, "messages", telling))

    assert not untold, f"{len(untold)} of {len(telling.users)} users or groups were not told:\n{untold}"


@verifies("2.5.1")
def test_every_user_knows_that_the_version_is_in_production(
    record: Record, messages: list[Notice], telling: Telling, findings: Recorder
) -> None:
    """A message that only names a version may be one of what is planned."""
    wrong = findings.blocking(told.live_findings(record, messages, telling))

    assert not wrong, str(wrong)


@verifies("2.5.1")
def test_every_user_knows_what_is_new(
    record: Record, messages: list[Notice], telling: Telling, workflow: Path, findings: Recorder
) -> None:
    """A feature that nobody has heard of is used by nobody."""
    wrong = findings.blocking(told.feature_findings(record, messages, telling, workflow))

    assert not wrong, str(wrong)


@verifies("2.5.1")
def test_every_user_knows_the_guide_and_it_is_there(
    record: Record, messages: list[Notice], users: tuple[str, ...], workflow: Path, findings: Recorder
) -> None:
    """Who does not find the guide asks the on-call engineer."""
    wrong = findings.blocking(told.guide_findings(record, messages, users, workflow))

    assert not wrong, str(wrong)


@verifies("2.5.1")
def test_every_user_knows_whom_to_ask(
    target: Target, record: Record, messages: list[Notice], users: tuple[str, ...], findings: Recorder
) -> None:
    """A problem of which nobody hears is not solved in the first day."""
    if not target.contacts:
        not_testable("contacts that users could be told (contacts)", "--target FILE")

    wrong = findings.blocking(told.contact_findings(record, messages, users, target.contacts))

    assert not wrong, str(wrong)


# 2.5.2 Status page


@verifies("2.5.2")
def test_status_page_says_that_the_version_is_in_production(
    record: Record, deployed: Schedule, release: Release, findings: Recorder
) -> None:
    """The status page is where those look who have not read the message."""
    findings.degrading(told.time_findings(record, "status_page", "at", deployed))

    wrong = findings.blocking(published.status_findings(record, release.version, deployed))

    assert not wrong, str(wrong)


# 2.5.3 Team channel


@verifies("2.5.3")
def test_team_knows_that_the_deployment_succeeded_and_who_is_there(
    target: Target, record: Record, deployed: Schedule, release: Release, findings: Recorder
) -> None:
    """Whoever meets a problem in the first hours has to know which colleague is there for it."""
    if not target.contacts:
        not_testable("contacts that the post could name (contacts)", "--target FILE")
    findings.degrading(told.time_findings(record, "team_post", "sent", deployed))

    wrong = findings.blocking(told.post_findings(record, release.version, target.contacts, deployed))

    assert not wrong, str(wrong)


# 2.5.4 Documentation sites


@verifies("2.5.4")
def test_documentation_sites_show_the_version_or_do_not_apply(
    record: Record, release: Release, findings: Recorder
) -> None:
    """Documentation of the version before sends its readers the wrong way, and looks right."""
    wrong = findings.blocking(published.site_findings(record, release.version))

    assert not wrong, str(wrong)
