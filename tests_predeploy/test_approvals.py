"""Plan 1.1.5: the approvals of all responsible roles, for this very package."""

from __future__ import annotations

import functools
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from fixtures import approvals as approval_checks
from fixtures import signedapprovals
from fixtures.approvals import Approval
from fixtures.evidence.record import EvidenceFolder, Record
from fixtures.package.package import DeploymentPackage
from fixtures.schedule import Schedule
from fixtures.target import Target
from gate.checklist import Release, verifies
from gate.measure import Recorder
from gate.signature import Signer, told


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
    approvals: list[Approval], package: DeploymentPackage, target: Target, findings: Recorder
) -> None:
    """Somebody has to be asked a year later why it was a yes; and nobody is two pairs of eyes."""
    assert approvals, "no approval on record, nothing verified"
    several = [] if target.approvals.several_roles else approval_checks.in_several_roles(approvals, package.sha256)

    wrong = findings.blocking([*approval_checks.nobodies(approvals, package.sha256), *several])

    assert not wrong, str(wrong)


@verifies("1.1.5")
def test_approvals_are_signed_where_the_team_has_said_who_may_sign(
    approvals: list[Approval],
    package: DeploymentPackage,
    target: Target,
    findings: Recorder,
    record_property: Callable[[str, object], None],
) -> None:
    """A name in a file can be typed by anybody; a signature over the manifest is bound to a person and a package."""
    assert approvals, "no approval on record, nothing verified"
    allowed = target.approvals.allowed_signers
    if allowed is None:
        record_property("signatures", "not asked for: the target names no allowed_signers")
        return
    verify = functools.partial(_told, allowed=allowed)
    for role, signer in signedapprovals.signed_by(approvals, package, verify).items():
        record_property(f"signed as {role}", signer)

    wrong = findings.blocking(
        signedapprovals.unsigned(approvals, package, verify, several_roles=target.approvals.several_roles)
    )

    assert not wrong, str(wrong)


def _told(message: bytes, signature: Path, at: datetime, allowed: Path) -> Signer | str:
    return told(message, signature, allowed, at)


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
    """What is approved afterwards was not approved; and a yes of another year is about something else."""
    assert approvals, "no approval on record, nothing verified"
    findings.degrading(approval_checks.old_findings(approvals, package.sha256, schedule))

    wrong = findings.blocking(approval_checks.time_findings(approvals, package.sha256, datetime.now(UTC), schedule))

    assert not wrong, str(wrong)
