"""Plan 2.2, steps 1-5: the deployment branch, the extracted package, the backup, the copied files, the versions."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from fixtures.finding import Finding
from fixtures.package import compare
from fixtures.package.manifest import Manifest
from fixtures.package.package import DeploymentPackage
from fixtures.release import filled
from fixtures.repository import backup as backups
from fixtures.repository import backupplace, branch, deployed, log, worktree
from fixtures.repository.backup import PreviousBackup
from fixtures.repository.backupplace import BackupPlace
from fixtures.repository.deployed import Deployed
from fixtures.repository.history import MAIN, Deployment
from fixtures.repository.log import DeploymentLog
from fixtures.repository.worktree import WorkTree
from fixtures.target import Target
from gate.checklist import Release, verifies
from gate.measure import Findings, Measure, Recorder

FILE_MODE, FOLDER_MODE = 0o644, 0o755  # plan 2.2, step 4


@pytest.fixture(scope="module")
def manifest(package: DeploymentPackage) -> Manifest:
    """What the package's manifest lists."""
    if package.manifest is None:
        first = package.manifest_findings[0].message
        pytest.fail(f"not verifiable, the manifest {package.files.manifest.name} {first}", pytrace=False)
    return package.manifest


@pytest.fixture(scope="module")
def changes(deployed_files: Deployed, work_tree: WorkTree, manifest: Manifest) -> list[Finding]:
    """Where the commit or the work tree is not as the manifest lists it."""
    assert work_tree.files, f"{work_tree.place} holds no file, nothing verified"
    return deployed.changed(deployed_files, manifest)


# 2.2.1 Deployment branch


@verifies("2.2.1.1")
def test_deployment_branch_has_its_agreed_name(deployment: Deployment, release: Release, findings: Recorder) -> None:
    """Pipelines and the rollback look for the branch under this name."""
    findings.degrading(branch.disagreements(deployment))

    wrong = findings.blocking(branch.name_findings(deployment))

    assert not wrong, f"{filled(release.branch, release)}: {wrong}"


@verifies("2.2.1.2")
def test_deployment_branch_starts_from_main(
    deployment: Deployment, deployed_files: Deployed, findings: Recorder
) -> None:
    """What the branch has besides main's history gets into production with the deployment, and nobody looked at it."""
    assert deployed_files.files, f"{deployment.branch}: the deployment commit holds no file, nothing verified"
    findings.degrading([*branch.vouched_findings(deployment), *branch.missed(deployment, deployed_files.folder)])

    wrong = findings.blocking(branch.start_findings(deployment))

    assert not wrong, f"{deployment.branch}: {wrong}"


@verifies("2.2.1.2")
def test_deployment_branch_carries_nothing_else(
    deployment: Deployment, deployed_files: Deployed, findings: Recorder
) -> None:
    """A change that rides along is in production without a review, and comes back with every rollback."""
    assert deployed_files.files, f"{deployment.branch}: the deployment commit holds no file, nothing verified"

    wrong = findings.blocking([*branch.stowaways(deployment, deployed_files), *branch.unseen(deployment)])

    assert not wrong, f"{deployment.branch}: {wrong}"


@verifies("2.2.1.2")
def test_record_names_what_the_repository_has(
    deployment: Deployment, deployment_log: DeploymentLog, release: Release, target: Target, findings: Recorder
) -> None:
    """Whoever rolls back takes branch, tag and commits from the record."""
    tag = filled(release.tag, release)
    expected = {"branch": deployment.branch, "tag": tag, "base": MAIN, "commit": deployment.commit.id}
    expected |= {"base_commit": deployment.start} if deployment.start else {}

    wrong = findings.blocking(
        [
            *log.repository_findings(deployment_log, expected),
            *log.outcome_findings(deployment_log, target.production, release, datetime.now(UTC)),
        ]
    )

    assert not wrong, str(wrong)


@verifies("2.2.1.3")
def test_branch_was_created_in_time(deployment_log: DeploymentLog, findings: Recorder, measure: Measure) -> None:
    """A branch takes a second; more means that somebody had to look for something."""
    measure("step duration", deployment_log.step(1).minutes)

    wrong = findings.blocking(log.time_findings(deployment_log, 1))

    assert not wrong, str(wrong)


# 2.2.2 Extraction


@verifies("2.2.2.1")
def test_package_was_extracted_into_the_workflow_s_folder(
    deployed_files: Deployed, deployment_log: DeploymentLog, findings: Recorder
) -> None:
    """A copy in another place is found later, and taken for the deployed one."""
    top = deployed_files.deployment.repository.root
    folder = deployed_files.found if deployed_files.found is not None else deployed_files.folder

    wrong = findings.blocking(
        [*deployed.place_findings(deployed_files), *log.directory_findings(deployment_log, folder, top)]
    )

    assert not wrong, str(wrong)


@verifies("2.2.2.2")
def test_package_was_extracted_by_the_planned_command(
    package: DeploymentPackage, deployment_log: DeploymentLog, findings: Recorder
) -> None:
    """Another archive, or a tar that ended with an error, leaves a workflow that looks whole."""
    wrong = findings.blocking(log.command_findings(deployment_log, package.name, package.sha256))

    assert not wrong, str(wrong)


@verifies("2.2.2.3")
def test_package_was_extracted_in_time(deployment_log: DeploymentLog, findings: Recorder, measure: Measure) -> None:
    """Half a megabyte takes a second; more means a disk that is full or slow."""
    measure("step duration", deployment_log.step(2).minutes)

    wrong = findings.blocking(log.time_findings(deployment_log, 2))

    assert not wrong, str(wrong)


@verifies("2.2.2.4")
def test_every_file_of_the_package_stands_in_the_repository_unchanged(
    changes: list[Finding], manifest: Manifest, findings: Recorder
) -> None:
    """The commit is what others get, the work tree what runs: both have to be the package, and nothing else."""
    assert manifest.files, "the manifest lists no file, nothing verified"

    wrong = findings.blocking(changes)

    assert not wrong, f"{len(wrong)} files are not as in the package:\n{wrong}"


@verifies("2.2.2.4")
def test_extracted_package_is_sound_in_itself(package: DeploymentPackage, findings: Recorder) -> None:
    """A manifest of another build agrees with the files of that build, and the archive is read by nobody."""
    wrong = findings.blocking(compare.faults_of(package))

    assert not wrong, f"{package.name}:\n{wrong}"


# 2.2.3 Backup


@verifies("2.2.3.1")
def test_backup_restores_the_commit_before(
    previous_backup: PreviousBackup, deployed_files: Deployed, findings: Recorder
) -> None:
    """The backup is the first way back; what it lacks, or has too much, is what users get at night."""
    assert not previous_backup.refusal, f"{previous_backup.path} {previous_backup.refusal}"
    before, commit = deployed_files.before, deployed_files.deployment.before
    if before is None or commit is None:
        pytest.fail(f"not verifiable: {deployed_files.no_before}", pytrace=False)
    where = f"the commit before, {deployed_files.deployment.repository.short(commit)}"
    found = backups.differences(previous_backup, before, where)
    findings.degrading(found.harmless)

    wrong = findings.blocking(found.blocking)

    assert not wrong, f"{previous_backup.path} does not restore the commit before:\n{wrong}"


@verifies("2.2.3.1")
def test_commit_before_holds_a_workflow_to_go_back_to(deployed_files: Deployed) -> None:
    """A backup of nothing restores nothing: the previous version has to have been there."""
    assert deployed_files.before is not None, f"not verifiable: {deployed_files.no_before}"

    assert deployed_files.before, f"the commit before has no file in {deployed_files.folder or 'it'}"


@verifies("2.2.3.2")
def test_backup_lies_where_the_rollback_looks_for_it(
    backup_place: BackupPlace, deployment_log: DeploymentLog, findings: Recorder
) -> None:
    """The rollback is done under pressure, by whoever is on call, from the page that names this place."""
    assert backup_place.pattern, "the release names no backup, nothing verified"

    wrong = findings.blocking(backupplace.place_findings(backup_place, deployment_log))

    assert not wrong, str(wrong)


@verifies("2.2.3.3")
def test_backup_agrees_with_its_checksum(
    previous_backup: PreviousBackup, deployment_log: DeploymentLog, findings: Recorder
) -> None:
    """A checksum that was right then and is wrong now is the only sign that the backup has changed since."""
    recorded = deployment_log.backup["sha256"]
    assert recorded, "the record has no checksum of the backup, nothing verified"

    wrong = findings.blocking(backups.checksum_findings(previous_backup, recorded))

    assert not wrong, str(wrong)


@verifies("2.2.3.4")
def test_backup_was_taken_in_time(deployment_log: DeploymentLog, findings: Recorder, measure: Measure) -> None:
    """The step's time says how long a restore will take."""
    measure("step duration", deployment_log.step(3).minutes)

    wrong = findings.blocking(log.time_findings(deployment_log, 3))

    assert not wrong, str(wrong)


# 2.2.4 Copies


@pytest.fixture
def copied(changes: list[Finding], manifest: Manifest, findings: Recorder) -> Callable[[str], Findings]:
    """Compare one folder, or one file, of the deployed workflow with the package."""

    def compare(name: str) -> Findings:
        assert any(path == name or path.startswith(f"{name}/") for path in manifest.files), (
            f"the manifest lists nothing of {name}, nothing verified"
        )
        return findings.blocking(deployed.below(changes, name))

    return compare


@verifies("2.2.4.1")
def test_agents_are_those_of_the_package(copied: Callable[[str], Findings]) -> None:
    """An agent of the version before speaks of steps that are gone."""
    wrong = copied("agents")

    assert not wrong, f"agents/ is not as in the package:\n{wrong}"


@verifies("2.2.4.2")
def test_steps_are_those_of_the_package(copied: Callable[[str], Findings]) -> None:
    """A step that was left out strands the user in mid-workflow."""
    wrong = copied("steps")

    assert not wrong, f"steps/ is not as in the package:\n{wrong}"


@verifies("2.2.4.3")
def test_templates_are_those_of_the_package(copied: Callable[[str], Findings]) -> None:
    """Templates lie in subfolders, which a copy without -r leaves out."""
    wrong = copied("templates")

    assert not wrong, f"templates/ is not as in the package:\n{wrong}"


@verifies("2.2.4.4")
def test_configuration_is_that_of_the_package(copied: Callable[[str], Findings]) -> None:
    """A setting of one environment that gets into config.yaml is everybody's."""
    wrong = copied("config.yaml")

    assert not wrong, str(wrong)


@verifies("2.2.4.5")
def test_checklists_are_those_of_the_package(copied: Callable[[str], Findings]) -> None:
    """An old checklist lets pass what the new steps no longer do."""
    wrong = copied("checklists")

    assert not wrong, f"checklists/ is not as in the package:\n{wrong}"


@verifies("2.2.4.6")
def test_deployment_documents_are_those_of_the_package(copied: Callable[[str], Findings]) -> None:
    """The rollback procedure has to be there on the day it is needed, in the version that fits."""
    wrong = copied("DEPLOYMENT")

    assert not wrong, f"DEPLOYMENT/ is not as in the package:\n{wrong}"


@verifies("2.2.4.7")
def test_files_and_folders_have_their_permissions(
    deployed_files: Deployed, work_tree: WorkTree, findings: Recorder, measure: Measure
) -> None:
    """What others may write, others change; what others may not read, does not work for them."""
    wrong = findings.blocking(
        [*deployed.git_mode_findings(deployed_files), *worktree.mode_findings(work_tree, FILE_MODE, FOLDER_MODE)]
    )
    files, folders = worktree.modes_of(work_tree)
    assert files, f"{work_tree.place} holds no file, nothing verified"

    measure("file mode", worktree.oddest(files, 644), sorted(set(files)))
    measure("directory mode", worktree.oddest(folders, 755), sorted(set(folders)))

    assert not wrong, str(wrong)


@verifies("2.2.4.8")
def test_files_were_copied_in_time(deployment_log: DeploymentLog, findings: Recorder, measure: Measure) -> None:
    """While the files are copied, users have a workflow that is half of each version."""
    measure("step duration", deployment_log.step(4).minutes)

    wrong = findings.blocking(log.time_findings(deployment_log, 4))

    assert not wrong, str(wrong)


# 2.2.5 Versions


@verifies("2.2.5.1")
def test_workflow_moved_to_this_version(deployed_files: Deployed, release: Release, findings: Recorder) -> None:
    """Support asks users for the version that workflow.md states."""
    wrong = findings.blocking(deployed.version_findings(deployed_files, "workflow.md", release))

    assert not wrong, str(wrong)


@verifies("2.2.5.2")
def test_configuration_moved_to_this_version(deployed_files: Deployed, release: Release, findings: Recorder) -> None:
    """The package and the rollback go by the version in config.yaml."""
    wrong = findings.blocking(deployed.version_findings(deployed_files, "config.yaml", release))

    assert not wrong, str(wrong)


@verifies("2.2.5.3")
def test_no_agent_speaks_of_the_previous_version(
    deployed_files: Deployed, release: Release, findings: Recorder
) -> None:
    """An agent that takes itself for the previous version tells users what no longer holds."""
    agents = [path for path in deployed_files.files if path.startswith("agents/")]
    assert agents, f"the commit {deployed_files.commit} holds no file below agents/, nothing verified"

    wrong = findings.blocking(deployed.leftover_findings(deployed_files, release))

    assert not wrong, str(wrong)


@verifies("2.2.5.4")
def test_versions_were_updated_in_time(deployment_log: DeploymentLog, findings: Recorder, measure: Measure) -> None:
    """Two lines in two files; more time means that they were looked for."""
    measure("step duration", deployment_log.step(5).minutes)

    wrong = findings.blocking(log.time_findings(deployment_log, 5))

    assert not wrong, str(wrong)
