"""Plan 1.4: the deployment package, T-24 h: contents, manifest, tag, integrity and the place where it is stored."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from fixtures.finding import Finding
from fixtures.package import compare
from fixtures.package import package as packages
from fixtures.package.archive import Archive
from fixtures.package.compare import Content, Difference
from fixtures.package.manifest import Manifest
from fixtures.package.package import DeploymentPackage
from fixtures.package.tag import repository_findings
from fixtures.release import filled
from fixtures.target import Target, not_testable
from fixtures.workflow.tree import composition_findings
from gate.checklist import Release, verifies
from gate.measure import Measure, Recorder


@pytest.fixture(scope="module")
def archive(package: DeploymentPackage) -> Archive:
    """What the package's archive holds."""
    if package.archive is None:
        pytest.fail(f"not verifiable, the archive was refused: {package.refusal}", pytrace=False)
    return package.archive


@pytest.fixture(scope="module")
def manifest(package: DeploymentPackage) -> Manifest:
    """What the package's manifest lists."""
    if package.manifest is None:
        first = package.manifest_findings[0].message
        pytest.fail(f"not verifiable, the manifest {package.files.manifest.name} {first}", pytrace=False)
    return package.manifest


@pytest.fixture(scope="module")
def work_tree(target: Target, release: Release) -> Mapping[str, Content]:
    """Size and digest of what the workflow's folder has to give to the package."""
    if target.workflow is None:
        not_testable("workflow to compare the package with", "--workflow DIR")
        raise AssertionError
    return compare.tree_contents(target.workflow, release.composition)


@pytest.fixture(scope="module")
def differences(package: DeploymentPackage, archive: Archive, work_tree: Mapping[str, Content]) -> list[Difference]:
    """Where archive, manifest and work tree disagree, each with the odd one out."""
    return compare.differences(archive, package.manifest, work_tree)


# 1.4.1 Contents


@pytest.fixture(scope="module")
def packed(archive: Archive) -> Archive:
    """The same, where files and folders lie at its root: else each of them would be told as missing, and as a stray."""
    if around := compare.enclosing(archive):
        reason = f"all {len(archive.members)} files lie in {around}/; expected agents/, steps/ and the rest at the root"
        pytest.fail(f"{archive.path.name}: {reason} (pack them with tar -C {around})", pytrace=False)
    return archive


@verifies("1.4.1")
def test_package_includes_every_file_of_the_release(
    packed: Archive, release: Release, findings: Recorder, measure: Measure
) -> None:
    """What the package lacks is missing from production; what it has too much was never reviewed."""
    tree = compare.as_tree(packed)
    findings.degrading(compare.document_findings(packed))
    wrong = findings.blocking(composition_findings(tree, release.composition))

    measure("files included", len({file.path for pattern in release.composition for file in tree.matching(pattern)}))

    assert not wrong, f"{packed.path.name}: {len(tree.files)} files instead of the release's {release.files}:\n{wrong}"


@verifies("1.4.1")
def test_package_includes_every_agent_with_its_configuration(
    packed: Archive, release: Release, findings: Recorder, measure: Measure
) -> None:
    """An agent without its XML has no persona, one without its Markdown cannot be loaded."""
    paths = [f"agents/{name}.md" for name in release.agents]
    paths += [f"agents/config/{name}-agent.xml" for name in release.agents]
    tree = compare.as_tree(packed)

    missing = findings.blocking(compare.missing(packed, paths))

    assert not missing, str(missing)
    measure("agent descriptions", len(tree.matching("agents/*.md")))
    measure("agent configurations", len(tree.matching("agents/config/*.xml")))


@verifies("1.4.1")
def test_package_includes_every_step(packed: Archive, release: Release, findings: Recorder, measure: Measure) -> None:
    """The plan counts eleven steps; the parts of a split step are one."""
    numbers, expected = compare.step_numbers(packed), list(range(1, release.steps + 1))
    said = Finding(packed.path.name, None, f"step numbers {numbers}; expected {expected}")
    wrong = findings.blocking([said] if numbers != expected else [])

    measure("steps", len(numbers))

    assert not wrong, str(wrong)


@verifies("1.4.1")
def test_package_includes_the_templates(packed: Archive, measure: Measure) -> None:
    """Steps fill templates in; the plan wants ten or more of them."""
    templates = compare.as_tree(packed).below("templates")
    assert templates, f"{packed.path.name}: no file below templates/"

    measure("templates", len(templates))


@verifies("1.4.1")
def test_package_includes_guides_for_deployment_and_rollback(packed: Archive, findings: Recorder) -> None:
    """Whoever deploys, or has to roll back at night, has what came with the package and nothing else."""
    missing = findings.blocking(compare.guide_findings(packed))

    assert not missing, str(missing)


@verifies("1.4.1")
def test_package_holds_what_the_verified_tree_holds(
    packed: Archive, work_tree: Mapping[str, Content], differences: list[Difference], findings: Recorder
) -> None:
    """All other checks look at the work tree; the package is what gets deployed."""
    assert work_tree, "the work tree holds nothing that could be packed, nothing verified"
    wrong = findings.blocking(
        each.finding
        for each in differences
        if each.odd in ("work tree", "all") or (each.odd == "archive" and each.presence)
    )

    assert not wrong, f"{packed.path.name} is not of this work tree:\n{wrong}"


# 1.4.2 Manifest


@verifies("1.4.2")
def test_manifest_can_be_relied_on(package: DeploymentPackage, findings: Recorder) -> None:
    """A path that stands twice, or a key, means one thing to one program and another to the next."""
    wrong = findings.blocking(package.manifest_findings)

    assert not wrong, str(wrong)


@verifies("1.4.2")
def test_manifest_lists_every_file_as_it_is(
    archive: Archive, manifest: Manifest, differences: list[Difference], findings: Recorder
) -> None:
    """After the deployment the manifest is the only record of what every file has to be."""
    odd = [each.finding for each in differences if each.odd == "manifest"]

    wrong = findings.blocking([*odd, *compare.mode_findings(archive, manifest)])

    assert not wrong, str(wrong)


@verifies("1.4.2")
def test_manifest_speaks_of_this_release_and_this_archive(
    package: DeploymentPackage, manifest: Manifest, release: Release, findings: Recorder
) -> None:
    """The manifest of the previous release looks just like this one's."""
    assert manifest.files, "the manifest lists no file, nothing verified"

    wrong = findings.blocking([*package.own_findings, *packages.manifest_version_findings(package, release)])

    assert not wrong, str(wrong)


# 1.4.3 Version tag


@verifies("1.4.3")
def test_package_and_manifest_carry_the_version_tag(
    package: DeploymentPackage, manifest: Manifest, release: Release, findings: Recorder
) -> None:
    """Until the deployment is committed, these two are where the tag exists."""
    assert manifest.tag, "the manifest names no tag"

    wrong = findings.blocking(packages.name_findings(package, release))

    assert not wrong, str(wrong)


@verifies("1.4.3")
def test_files_in_the_package_state_the_tagged_version(
    package: DeploymentPackage, archive: Archive, release: Release, findings: Recorder
) -> None:
    """A tag that says 2.0.0 on contents that say 1.0.0 sends everyone looking in the wrong release."""
    assert archive.members, "the archive holds no file, nothing verified"

    wrong = findings.blocking(packages.version_findings(package, release))

    assert not wrong, str(wrong)


@verifies("1.4.3")
def test_tag_in_the_repository_stands_for_the_packaged_contents(
    target: Target, manifest: Manifest, release: Release, findings: Recorder
) -> None:
    """A tag that is there already, and means something else, stops the deployment at its last step (plan 2.2)."""
    tag = filled(release.tag, release)
    repository = target.repository
    wrong = findings.blocking(repository_findings(repository, tag, manifest) if repository else [])

    assert not wrong, str(wrong)


# 1.4.4 Integrity


@verifies("1.4.4")
def test_archive_is_intact_and_safe_to_extract(package: DeploymentPackage, findings: Recorder) -> None:
    """Programs that extract make the best of a damaged or hostile archive; here it is refused."""
    if package.archive:
        findings.degrading(compare.permission_findings(package.archive))

    assert package.refusal is None, f"{package.name}: {package.refusal}"


@verifies("1.4.4")
def test_checksum_file_agrees_with_archive_and_manifest(package: DeploymentPackage, findings: Recorder) -> None:
    """Whoever receives the package has only this file to see that nothing changed on the way."""
    wrong = findings.blocking(package.checksum_findings)

    assert not wrong, str(wrong)


@verifies("1.4.4")
def test_every_packaged_file_has_the_content_that_was_packed(
    archive: Archive, manifest: Manifest, differences: list[Difference], findings: Recorder
) -> None:
    """The manifest and the work tree agree, and the archive has something else: it was changed afterwards."""
    assert archive.members, "the archive holds no file, nothing verified"

    wrong = findings.blocking(each.finding for each in differences if each.odd == "archive" and not each.presence)

    assert not wrong, f"{len(wrong)} of {len(manifest.files)} files are not what was packed:\n{wrong}"


# 1.4.5 Storage


@verifies("1.4.5")
def test_agreed_location_holds_this_package(package: DeploymentPackage, release: Release, findings: Recorder) -> None:
    """What is deployed is what lies there, whatever was verified elsewhere."""
    wrong = findings.blocking(packages.storage_findings(package, release))

    assert not wrong, f"{packages.location(package, release)}:\n{wrong}"
