"""Plan, Rollback Procedure: after a rollback in production, the previous version is back, and everybody knows."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from fixtures.evidence.record import Record, moment
from fixtures.rollback import records
from fixtures.rollback import restored as checks
from fixtures.rollback.records import Telling
from fixtures.rollback.restored import Restored
from fixtures.staging import smoke
from fixtures.staging.smoke import SmokeVerdict, VerdictError
from fixtures.target import Target, not_testable
from fixtures.workflow.tree import digest
from gate import statement
from gate.checklist import Release, load, verifies
from gate.measure import Recorder
from gate.verdict import SCHEMA

LONGEST_AGO = timedelta(days=365)  # a rollback is looked at again for as long as its report is kept


@pytest.fixture(scope="module")
def record(restored: Restored) -> Record:
    """The record of the rollback."""
    return restored.record


@pytest.fixture(scope="module")
def verdict(restored: Restored) -> SmokeVerdict:
    """What the smoke gate left on the restored version."""
    try:
        found = smoke.read(restored.smoke, json.loads(SCHEMA.read_text(encoding="utf-8")), "the restored version")
    except VerdictError as error:
        pytest.fail(str(error), pytrace=False)
    if change := statement.change(restored.smoke / smoke.MARKER):
        pytest.fail(f"{found.file}: {change}; expected the report as the run left it", pytrace=False)
    return found


@pytest.fixture(scope="module")
def users(target: Target) -> tuple[str, ...]:
    """Everybody who has to be told."""
    if not target.users:
        not_testable("list of users (users)", "--target FILE")
    return target.users


# R.1 Decision to roll back


@verifies("R.1")
def test_tech_lead_called_the_rollback(record: Record, findings: Recorder) -> None:
    """A rollback that nobody decided is an outage with a name."""
    findings.degrading(records.deputies(record))

    wrong = findings.blocking(records.decision_findings(record, datetime.now(UTC)))

    assert not wrong, str(wrong)


# R.2 Users told about the rollback


@verifies("R.2")
def test_users_were_told_of_the_rollback(
    record: Record, users: tuple[str, ...], release: Release, findings: Recorder
) -> None:
    """Who is not told starts a project on a version that is about to go."""
    findings.degrading(records.other_senders(record, "announcement"))
    after = moment(record.part("decision", "at"))
    until = moment(record.part("execution", "ended"))
    telling = Telling(users, after, release.previous, datetime.now(UTC), until)

    wrong = findings.blocking(records.message_findings(record, "announcement", telling))

    assert not wrong, str(wrong)


# R.3 Previous version restored from the backup


@verifies("R.3")
def test_backup_is_the_one_on_record(restored: Restored, release: Release, findings: Recorder) -> None:
    """What is restored from another file is another version."""
    findings.degrading(checks.unknown_origin(restored, release))

    wrong = findings.blocking(
        [*checks.archive_findings(restored, "backup"), *checks.origin_findings(restored, release)]
    )

    assert not wrong, str(wrong)


@verifies("R.3")
def test_workflow_is_the_same_as_in_the_backup(restored: Restored, findings: Recorder) -> None:
    """A file of the withdrawn version that stays behind is the one that breaks again."""
    assert restored.workflow.is_dir(), f"{restored.workflow}: is no folder; expected the restored workflow"

    wrong = findings.blocking(checks.tree_findings(restored))

    assert not wrong, f"{restored.workflow}:\n{wrong}"


@verifies("R.3")
def test_users_can_read_what_was_restored_and_not_change_it(restored: Restored, findings: Recorder) -> None:
    """What is restored by the one who is on duty, for the one who is on duty, works for nobody else."""
    assert restored.workflow.is_dir(), f"{restored.workflow}: is no folder; expected the restored workflow"
    findings.degrading(checks.lax_findings(restored.workflow))

    wrong = findings.blocking(checks.mode_findings(restored.workflow))

    assert not wrong, f"{restored.workflow}:\n{wrong}"


@verifies("R.3")
def test_workflow_states_the_previous_version(restored: Restored, release: Release, findings: Recorder) -> None:
    """Users report against the version that they read."""
    wrong = findings.blocking(checks.version_findings(restored.workflow, release.previous))

    assert not wrong, f"{restored.workflow}:\n{wrong}"


@verifies("R.3")
def test_withdrawn_version_is_kept(restored: Restored, release: Release, findings: Recorder) -> None:
    """Without it there is nothing to investigate."""
    found = checks.withdrawn(restored, release.version, release.files)
    findings.degrading(found.harmless)

    wrong = findings.blocking([*checks.archive_findings(restored, "failed"), *found.blocking])

    assert not wrong, str(wrong)


@verifies("R.3")
def test_restoring_came_after_the_decision(record: Record, findings: Recorder) -> None:
    """A rollback on somebody's own account is found out when its decision is dated back."""
    wrong = findings.blocking(records.execution_times(record, datetime.now(UTC)))

    assert not wrong, str(wrong)


# R.4 Smoke test after the rollback


@verifies("R.4")
def test_every_smoke_item_passed_on_the_restored_version(verdict: SmokeVerdict, findings: Recorder) -> None:
    """The previous version has to work again, not only to lie there."""
    items = [item.id for item in load().items.values() if item.section == "2.1"]
    findings.degrading(smoke.degraded(verdict))
    assert items, "the checklist has no smoke item, nothing verified"

    wrong = findings.blocking(smoke.outcome_findings(verdict, items))

    assert not wrong, str(wrong)


@verifies("R.4")
def test_smoke_test_ran_on_the_restored_version_and_after_it(
    verdict: SmokeVerdict, restored: Restored, findings: Recorder
) -> None:
    """The report of last week's smoke test was green, too."""
    ended = moment(restored.record.part("execution", "ended"))

    wrong = findings.blocking(
        [
            *smoke.embedded_findings(verdict, "production"),
            *smoke.tree_findings(verdict, [digest(restored.workflow)], "the restored version"),
            *smoke.time_findings(verdict, ended, datetime.now(UTC), LONGEST_AGO, "the rollback had ended"),
        ]
    )

    assert not wrong, str(wrong)


# R.5 Everybody concerned told of the result


@verifies("R.5")
def test_everybody_was_told_that_the_previous_version_is_back(
    record: Record, users: tuple[str, ...], release: Release, findings: Recorder
) -> None:
    """People wait until they are told that they need not wait."""
    findings.degrading(records.other_senders(record, "result"))
    after = moment(record.part("execution", "ended"))
    telling = Telling(users, after, release.previous, datetime.now(UTC))

    wrong = findings.blocking(records.message_findings(record, "result", telling))

    assert not wrong, str(wrong)


@verifies("R.5")
def test_team_was_told_that_the_previous_version_is_back(
    record: Record, target: Target, release: Release, findings: Recorder
) -> None:
    """Whoever is on duty goes on looking for a fault that is gone."""
    after = moment(record.part("execution", "ended"))
    telling = Telling(release.team, after, release.previous, datetime.now(UTC))

    wrong = findings.blocking(records.team_findings(record, "result", telling, target.contacts))

    assert not wrong, str(wrong)


# R.6 Search for the root cause


@verifies("R.6")
def test_search_for_the_cause_was_opened_and_has_an_owner(record: Record, findings: Recorder) -> None:
    """What is not investigated is deployed again."""
    findings.degrading(records.early_investigation(record))

    wrong = findings.blocking(records.investigation_findings(record, datetime.now(UTC)))

    assert not wrong, str(wrong)


# R.7 No new attempt without a verified fix


@verifies("R.7")
def test_next_attempt_waits_for_a_verified_fix(record: Record, findings: Recorder) -> None:
    """The second failure costs more trust than the first."""
    wrong = findings.blocking(records.redeployment_findings(record, datetime.now(UTC)))

    assert not wrong, str(wrong)
