"""Plan 1.2: staging as a mirror of production, and what was rehearsed there with this very package."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from fixtures.claude import clientconfig
from fixtures.evidence.record import EvidenceFolder, Record
from fixtures.finding import Finding
from fixtures.knowledge.address import same_server
from fixtures.knowledge.handshake import HandshakeError
from fixtures.knowledge.server import KnowledgeServer, health_findings, median, response_times
from fixtures.package import compare
from fixtures.package.package import DeploymentPackage
from fixtures.schedule import Schedule
from fixtures.staging import environments, rehearsed, smoke
from fixtures.staging.rehearsed import AFTER, BACK, BEFORE
from fixtures.staging.smoke import SmokeVerdict, VerdictError
from fixtures.staging.stagingtarget import StagingTarget, place_findings
from fixtures.target import Target, not_testable
from fixtures.workflow.tree import digest as tree_digest
from fixtures.workflow.tree import digest_of_contents
from gate import statement
from gate.checklist import Release, load, verifies
from gate.measure import Measure, Recorder
from gate.verdict import SCHEMA

LONGEST_AGO = timedelta(hours=24)  # plan 1: the pre-deployment phase begins at T-24 hours


@pytest.fixture(scope="module")
def described(evidence: EvidenceFolder) -> Record:
    """Production and staging as they are described."""
    return evidence.record("environments")


@pytest.fixture(scope="module")
def rehearsal(evidence: EvidenceFolder, staging: StagingTarget) -> Record:
    """The record of the rehearsal; the reference's is held for this run, when its staging is made."""
    return evidence.record("rehearsal")


@pytest.fixture(scope="module")
def verdict(staging: StagingTarget) -> SmokeVerdict:
    """What the smoke gate left on staging."""
    if staging.reports is None:
        not_testable("folder of the reports from staging (staging.reports)", "--target FILE")
        raise AssertionError
    try:
        found = smoke.read(staging.reports, json.loads(SCHEMA.read_text(encoding="utf-8")))
    except VerdictError as error:
        pytest.fail(str(error), pytrace=False)
    if change := statement.change(staging.reports / smoke.MARKER):
        pytest.fail(f"{found.file}: {change}; expected the report as the run left it", pytrace=False)
    return found


@pytest.fixture(scope="module")
def packaged(package: DeploymentPackage) -> dict[str, compare.Content]:
    """Size and digest of every file of the package, by path."""
    if package.archive is None:
        pytest.fail(f"not verifiable, the archive was refused: {package.refusal}", pytrace=False)
    return {path: (member.size, member.sha256) for path, member in package.archive.members.items()}


# 1.2.1 Staging mirrors production


@verifies("1.2.1")
def test_production_and_staging_agree_in_every_setting(described: Record, findings: Recorder) -> None:
    """What works on a staging with twice the memory has not been tried."""
    assert environments.settings(described, "production"), "no setting is described, nothing verified"

    wrong = findings.blocking(environments.undocumented(described))

    assert not wrong, str(wrong)


@verifies("1.2.1")
def test_rehearsal_starts_from_the_version_that_production_runs(
    described: Record, release: Release, findings: Recorder
) -> None:
    """An upgrade from another version is another upgrade."""
    wrong = findings.blocking(environments.version_findings(described, release.previous))

    assert not wrong, str(wrong)


@verifies("1.2.1")
def test_environments_were_looked_at_lately(described: Record, schedule: Schedule, findings: Recorder) -> None:
    """Environments drift: a description of last month is one of other machines."""
    wrong = findings.blocking(environments.time_findings(described, datetime.now(UTC), schedule))

    assert not wrong, str(wrong)


@verifies("1.2.1")
def test_production_server_is_the_one_described(
    described: Record, knowledge: KnowledgeServer, target: Target, findings: Recorder
) -> None:
    """A record that the server itself contradicts compares nothing."""
    wrong = findings.blocking(
        [
            *environments.address_findings(described, "production", target.knowledge),
            *environments.stale(described, "production", knowledge),
        ]
    )

    assert not wrong, str(wrong)


@verifies("1.2.1")
def test_staging_server_is_the_one_described(
    described: Record, staging_knowledge: KnowledgeServer, target: Target, findings: Recorder
) -> None:
    """Staging is described last, and changed most often."""
    assert target.staging is not None, "the fixture `staging_knowledge` has failed before"
    wrong = findings.blocking(
        [
            *environments.address_findings(described, "staging", target.staging.knowledge),
            *environments.stale(described, "staging", staging_knowledge),
        ]
    )

    assert not wrong, str(wrong)


# 1.2.2 Release deployed to staging


@verifies("1.2.2")
def test_this_package_was_deployed_to_staging(
    rehearsal: Record, package: DeploymentPackage, release: Release, schedule: Schedule, findings: Recorder
) -> None:
    """A rehearsal of another build proves nothing about this one."""
    wrong = findings.blocking(
        [
            *rehearsed.environment_findings(rehearsal),
            *rehearsed.package_findings(rehearsal, package.sha256),
            *rehearsed.deployment_findings(rehearsal, release.version, datetime.now(UTC), schedule),
        ]
    )

    assert not wrong, str(wrong)


@verifies("1.2.2")
def test_staging_holds_the_files_of_this_package(
    staging: StagingTarget, packaged: dict[str, compare.Content], release: Release, findings: Recorder
) -> None:
    """Whatever was copied by hand afterwards was not rehearsed."""
    assert packaged, "the package holds no file, nothing verified"
    if staging.workflow is None:
        not_testable("workflow on staging (staging.workflow)", "--target FILE")
        raise AssertionError
    if not staging.workflow.is_dir():
        pytest.fail(f"{staging.workflow}: is no folder; expected the workflow on staging", pytrace=False)
    there = compare.tree_contents(staging.workflow, release.composition, packaged)

    wrong = findings.blocking(compare.copy_findings(packaged, there, "on staging"))

    assert not wrong, f"{staging.workflow}:\n{wrong}"


@verifies("1.2.2")
def test_staging_has_a_workflow_of_its_own(staging: StagingTarget, target: Target, findings: Recorder) -> None:
    """The tree that is verified holds the files of the package without anything having been deployed."""
    if staging.workflow is None or not staging.workflow.is_dir():
        not_testable("workflow on staging (staging.workflow)", "--target FILE")
        raise AssertionError

    wrong = findings.blocking(place_findings(staging.workflow, target.workflow))

    assert not wrong, str(wrong)


# 1.2.3 Smoke test passed on staging


@verifies("1.2.3")
def test_every_smoke_item_passed_on_staging(verdict: SmokeVerdict, findings: Recorder) -> None:
    """What fails on staging fails in production."""
    items = [item.id for item in load().items.values() if item.section == "2.1"]
    findings.degrading(smoke.degraded(verdict))
    assert items, "the checklist has no smoke item, nothing verified"

    wrong = findings.blocking(smoke.outcome_findings(verdict, items))

    assert not wrong, str(wrong)


@verifies("1.2.3")
def test_smoke_test_verified_this_package_on_staging(
    verdict: SmokeVerdict,
    packaged: dict[str, compare.Content],
    staging: StagingTarget,
    request: pytest.FixtureRequest,
    findings: Recorder,
) -> None:
    """A green report of another build, or of the suite's own sample, is easily attached."""
    names = set()
    if staging.knowledge is not None:
        server: KnowledgeServer = request.getfixturevalue("staging_knowledge")
        names = {server.label, server.url}
    digests = [digest_of_contents({path: sha256 for path, (_, sha256) in packaged.items()})]
    if staging.workflow is not None and staging.workflow.is_dir():
        digests.append(tree_digest(staging.workflow))  # 1.2.2 says whether that is this package's

    wrong = findings.blocking(smoke.subject_findings(verdict, digests, names))

    assert not wrong, str(wrong)


@verifies("1.2.3")
def test_smoke_test_ran_after_the_deployment_to_staging(
    verdict: SmokeVerdict, rehearsal: Record, findings: Recorder
) -> None:
    """A run from before shows that the old version works."""
    deployed = rehearsed.deployed_at(rehearsal)

    wrong = findings.blocking(smoke.time_findings(verdict, deployed, datetime.now(UTC), LONGEST_AGO))

    assert not wrong, str(wrong)


@verifies("1.2.3")
def test_smoke_test_passed_before_and_after_the_deployment(rehearsal: Record, findings: Recorder) -> None:
    """Without the run before, nobody knows what the deployment has changed."""
    findings.degrading(rehearsed.degraded_runs(rehearsal, (BEFORE, AFTER)))

    wrong = findings.blocking(rehearsed.smoke_findings(rehearsal, (BEFORE, AFTER)))

    assert not wrong, str(wrong)


# 1.2.4 Knowledge MCP address of staging


@verifies("1.2.4")
def test_staging_has_a_server_of_its_own(knowledge: KnowledgeServer, staging_knowledge: KnowledgeServer) -> None:
    """Tests against production's server are load on production, and show nothing about staging's."""
    assert not same_server(staging_knowledge.url, knowledge.url), (
        f"{staging_knowledge.label}: staging and production have the same Knowledge MCP server; expected two"
    )


@verifies("1.2.4")
def test_staging_server_is_healthy_with_every_service(
    staging_knowledge: KnowledgeServer, release: Release, findings: Recorder
) -> None:
    """A rehearsal against a dead knowledge base rehearses nothing."""
    unhealthy = findings.blocking(health_findings(staging_knowledge.health, release.knowledge_services))

    assert not unhealthy, f"{staging_knowledge.label}:\n{unhealthy}"


@verifies("1.2.4")
def test_staging_server_answers_quickly(staging_knowledge: KnowledgeServer, measure: Measure) -> None:
    """Staging mirrors production; where it is slower, the reason should be known before T-0."""
    answered = [answer for answer in staging_knowledge.health if answer.status == 200 and not answer.error]
    assert answered, f"{staging_knowledge.label}: no answer of /health to time"
    times = response_times(answered)

    measure("response time", median(times), samples=times)


@verifies("1.2.4")
def test_staging_server_speaks_mcp(
    staging_knowledge: KnowledgeServer, record_property: Callable[[str, object], None]
) -> None:
    """The address of a web server is not yet that of an MCP server."""
    handshake = staging_knowledge.handshake

    assert not isinstance(handshake, HandshakeError), f"{staging_knowledge.label}: {handshake}"
    record_property("transport", f"{handshake.transport}, protocol {handshake.protocol}, {handshake.server}")


@verifies("1.2.4")
def test_clients_on_staging_ask_the_server_of_staging(
    staging: StagingTarget, staging_knowledge: KnowledgeServer, findings: Recorder
) -> None:
    """A staging whose clients still ask production looks right until production's server is changed."""
    if staging.client_config is None:
        advice = "name its client configuration in staging.client_config"
        findings.degrading([Finding(None, None, f"nothing shows which server the clients on staging ask; {advice}")])
        return
    config = clientconfig.read(staging.client_config, dict(os.environ))

    wrong = findings.blocking([*config.syntax_findings(), *config.entry_findings(f"{staging_knowledge.url}/mcp")])

    assert not wrong, str(wrong)


# 1.2.5 Rollback rehearsed on staging


@verifies("1.2.5")
def test_rollback_led_back_to_the_state_before(
    rehearsal: Record, package: DeploymentPackage, release: Release, schedule: Schedule, findings: Recorder
) -> None:
    """A way back that was never walked is a hope."""
    wrong = findings.blocking(
        [
            *rehearsed.package_findings(rehearsal, package.sha256),
            *rehearsed.rollback_findings(rehearsal, release.previous, datetime.now(UTC), schedule),
            *rehearsed.backup_findings(rehearsal, release, package.sha256),
        ]
    )

    assert not wrong, str(wrong)


@verifies("1.2.5")
def test_smoke_test_passed_after_the_rollback(rehearsal: Record, findings: Recorder) -> None:
    """The previous version has to work again, not only to lie there."""
    findings.degrading(rehearsed.degraded_runs(rehearsal, (BACK,)))

    wrong = findings.blocking(rehearsed.smoke_findings(rehearsal, (BACK,)))

    assert not wrong, str(wrong)


@verifies("1.2.5")
def test_users_saw_whole_versions_all_the_while(rehearsal: Record, findings: Recorder) -> None:
    """Zero downtime is a claim about those who read during the switch, there and back."""
    findings.degrading(rehearsed.few_reads(rehearsal))

    wrong = findings.blocking(rehearsed.read_findings(rehearsal))

    assert not wrong, str(wrong)


# 1.2.6 Settings that differ between environments


@verifies("1.2.6")
def test_it_is_documented_what_differs_or_that_nothing_does(described: Record, findings: Recorder) -> None:
    """Without a word on it, nobody knows whether somebody has looked."""
    wrong = findings.blocking(environments.statement_findings(described))

    assert not wrong, str(wrong)


@verifies("1.2.6")
def test_documented_differences_are_what_they_are(described: Record, findings: Recorder) -> None:
    """A difference that is documented wrongly hides the one that is there."""
    wrong = findings.blocking(environments.untrue(described))

    assert not wrong, str(wrong)


@verifies("1.2.6")
def test_no_secret_stands_in_the_description(described: Record, findings: Recorder) -> None:
    """Records are attached to the sign-off and mailed."""
    assert environments.settings(described, "staging"), "no setting is described, nothing verified"

    wrong = findings.blocking(environments.secrets_in(described))

    assert not wrong, str(wrong)
