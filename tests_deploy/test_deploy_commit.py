"""Plan 2.2, steps 6-8: the validation of the deployed files, the deployment commit and its tag."""

from __future__ import annotations

import pytest

from fixtures.release import filled
from fixtures.repository import log, message
from fixtures.repository.history import Deployment
from fixtures.repository.log import DeploymentLog
from fixtures.repository.worktree import WorkTree
from fixtures.target import Target
from fixtures.workflow.tree import WorkflowTree, open_tree, syntax_findings
from gate.checklist import Release, verifies
from gate.measure import Measure, Recorder
from gate.state import checklist_of


@pytest.fixture(scope="module")
def deployed_tree(work_tree: WorkTree, release: Release) -> WorkflowTree:
    """The deployed workflow, read as 2.1 reads the one before the deployment."""
    return open_tree(work_tree.place, release.composition)


# 2.2.6 Validation


@verifies("2.2.6.1")
def test_deployed_files_pass_the_syntax_check_again(deployed_tree: WorkflowTree, findings: Recorder) -> None:
    """Copying and editing is what breaks files that were valid in the package."""
    assert deployed_tree.files, f"{deployed_tree.root} holds no file of a workflow, nothing verified"

    wrong = findings.blocking(each for found in syntax_findings(deployed_tree).values() for each in found)

    assert not wrong, str(wrong)


@verifies("2.2.6.1")
def test_files_were_validated_after_the_last_change(deployment_log: DeploymentLog, findings: Recorder) -> None:
    """A validation of what was changed afterwards is a validation of something else."""
    wrong = findings.blocking(log.validated_last_findings(deployment_log))

    assert not wrong, str(wrong)


@verifies("2.2.6.2")
def test_files_were_validated_by_the_planned_command(
    deployment_log: DeploymentLog, release: Release, findings: Recorder
) -> None:
    """Another tool's result does not stand in for that of the script that everybody knows."""
    wrong = findings.blocking(log.validation_findings(deployment_log, release.files))

    assert not wrong, str(wrong)


@verifies("2.2.6.3")
def test_every_deployed_file_is_valid(deployed_tree: WorkflowTree, findings: Recorder, measure: Measure) -> None:
    """The plan counts the release's files after the copy as before it."""
    by_file = syntax_findings(deployed_tree)
    assert by_file, f"{deployed_tree.root} holds no file of a workflow, nothing verified"
    wrong = findings.blocking(found for each in by_file.values() for found in each)

    measure("files valid", sum(not each for each in by_file.values()))

    assert not wrong, str(wrong)


@verifies("2.2.6.4")
def test_files_were_validated_in_time(deployment_log: DeploymentLog, findings: Recorder, measure: Measure) -> None:
    """A validation takes a second; more means that something had to be put right."""
    measure("step duration", deployment_log.step(6).minutes)

    wrong = findings.blocking(log.time_findings(deployment_log, 6))

    assert not wrong, str(wrong)


# 2.2.7 Commit


@verifies("2.2.7.1")
def test_commit_message_says_what_the_plan_wants(
    deployment: Deployment, release: Release, findings: Recorder, measure: Measure
) -> None:
    """A year later the message is all that says what was deployed, and who agreed to it."""
    wrong = findings.blocking(message.commit_findings(deployment, release))

    counted = message.announced(deployment.message)
    measure("agents announced", counted["agents"])
    measure("steps announced", counted["steps"])
    measure("integration points announced", counted["integration points"])

    assert not wrong, str(wrong)


@verifies("2.2.7.1")
def test_signature_of_the_commit_is_good_where_there_is_one(deployment: Deployment, findings: Recorder) -> None:
    """A signature that does not hold means that somebody changed what was signed."""
    found = message.signature(deployment)
    findings.degrading(found.doubtful)

    wrong = findings.blocking(found.bad)

    assert not wrong, str(wrong)


@verifies("2.2.7.2")
def test_commit_was_made_when_the_record_says(
    deployment: Deployment, deployment_log: DeploymentLog, findings: Recorder
) -> None:
    """Times that were filled in afterwards say nothing of how long anything took."""
    made, commit = deployment.commit.made, deployment.repository.short(deployment.commit.id)
    assert made, f"git does not say when the commit {commit} was made, nothing verified"
    findings.degrading(log.odd_commit_findings(deployment_log, made, commit))

    wrong = findings.blocking(log.impossible_commit_findings(deployment_log, made, commit))

    assert not wrong, str(wrong)


@verifies("2.2.7.2")
def test_commit_was_made_in_time(deployment_log: DeploymentLog, findings: Recorder, measure: Measure) -> None:
    """A commit takes a second; more means a hook that changes or refuses something."""
    measure("step duration", deployment_log.step(7).minutes)

    wrong = findings.blocking(log.time_findings(deployment_log, 7))

    assert not wrong, str(wrong)


# 2.2.8 Tag


@verifies("2.2.8.1")
def test_tag_points_to_the_deployment_commit(deployment: Deployment, release: Release, findings: Recorder) -> None:
    """Everything after the deployment goes by the tag: the reports, the rollback, the next release."""
    wrong = findings.blocking(message.tag_findings(deployment, filled(release.tag, release)))

    assert not wrong, str(wrong)


@verifies("2.2.8.1")
def test_signature_of_the_tag_is_good_where_there_is_one(deployment: Deployment, findings: Recorder) -> None:
    """A signature that does not hold means that somebody moved or rewrote the tag."""
    found = message.signature(deployment, deployment.tag) if deployment.tag else message.Signature()
    findings.degrading(found.doubtful)

    wrong = findings.blocking(found.bad)

    assert not wrong, str(wrong)


@verifies("2.2.8.2")
def test_tag_says_what_it_stands_for(deployment: Deployment, release: Release, findings: Recorder) -> None:
    """A lightweight tag says neither who deployed nor when."""
    tag = deployment.tag
    assert tag is not None, f"there is no tag {filled(release.tag, release)}, nothing verified"

    wrong = findings.blocking(message.tag_message_findings(tag, release))

    assert not wrong, str(wrong)


@verifies("2.2.8.3")
def test_tag_was_set_in_time(deployment_log: DeploymentLog, findings: Recorder, measure: Measure) -> None:
    """A tag takes a second."""
    measure("step duration", deployment_log.step(8).minutes)

    wrong = findings.blocking(log.time_findings(deployment_log, 8))

    assert not wrong, str(wrong)


@verifies("2.2.8.3")
def test_whole_deployment_kept_to_its_time(
    deployment_log: DeploymentLog, target: Target, findings: Recorder, request: pytest.FixtureRequest
) -> None:
    """The plan gives the eight steps a quarter of an hour, and users were told when it ends."""
    most = checklist_of(request.config).sections["2.2"].time_box_minutes
    assert most > 0, "section 2.2 has no time box, nothing verified"

    # The reference is deployed for this run, whenever its next T-0 is.
    schedule = None if "evidence" in target.embedded else target.schedule
    findings.degrading([*log.total_findings(deployment_log, most), *log.early_findings(deployment_log, schedule)])
