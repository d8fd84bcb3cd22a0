"""Plan 1.1.5: the approvals of all responsible roles, for this very package."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from fixtures import approvals as approval_checks
from fixtures.approvals import Approval
from fixtures.evidence.record import EvidenceFolder, Record
from fixtures.package.package import DeploymentPackage
from fixtures.schedule import Schedule
from gate.checklist import Release, verifies
from gate.measure import Recorder


@pytest.fixture(scope="module")
def record(evidence: EvidenceFolder) -> Record:
    """The record of the approvals."""
    return evidence.record("approvals")


@pytest.fixture(scope="module")
def approvals(record: Record) -> list[Approval]:
    """Every approval on record, those of older packages included."""
    return approval_checks.approvals_in(record)


@verifies("1.1.5")
def test_every_role_has_decided_about_this_package(
    approvals: list[Approval], record: Record, package: DeploymentPackage, release: Release, findings: Recorder
) -> None:
    """An approval of yesterday's package says nothing about today's."""
    assert release.approvers, "the release names no role that approves it, nothing verified"

    absent = findings.blocking(approval_checks.missing(approvals, release.approvers, package.sha256, record))

    assert not absent, str(absent)


@verifies("1.1.5")
def test_nobody_has_rejected_this_package(
    approvals: list[Approval], package: DeploymentPackage, findings: Recorder
) -> None:
    """A signature under a no is a signature."""
    assert approvals, "no approval on record, nothing verified"

    refused = findings.blocking(
        [
            *approval_checks.refusals(approvals, package.sha256),
            *approval_checks.contradictions(approvals, package.sha256),
        ]
    )

    assert not refused, str(refused)


@verifies("1.1.5")
def test_approvals_are_those_of_persons(
    approvals: list[Approval], package: DeploymentPackage, findings: Recorder
) -> None:
    """Somebody has to be asked a year later why it was a yes."""
    assert approvals, "no approval on record, nothing verified"
    findings.degrading(approval_checks.in_several_roles(approvals, package.sha256))

    wrong = findings.blocking(approval_checks.nobodies(approvals, package.sha256))

    assert not wrong, str(wrong)


@verifies("1.1.5")
def test_every_condition_of_an_approval_is_met(
    approvals: list[Approval], package: DeploymentPackage, findings: Recorder
) -> None:
    """A yes with a condition is a no until somebody has seen the condition met."""
    assert approvals, "no approval on record, nothing verified"

    unmet = findings.blocking(
        [
            *approval_checks.open_conditions(approvals, package.sha256),
            *approval_checks.condition_order(approvals, package.sha256),
        ]
    )

    assert not unmet, str(unmet)


@verifies("1.1.5")
def test_approvals_were_given_before_the_deployment(
    approvals: list[Approval], package: DeploymentPackage, schedule: Schedule, findings: Recorder
) -> None:
    """What is approved afterwards was not approved."""
    assert approvals, "no approval on record, nothing verified"

    wrong = findings.blocking(approval_checks.time_findings(approvals, package.sha256, datetime.now(UTC), schedule))

    assert not wrong, str(wrong)
