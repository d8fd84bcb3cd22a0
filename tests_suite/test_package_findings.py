"""What is wrong with a package, in whole sentences: archive, manifest, checksums and work tree against one another."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from fixtures.finding import Finding
from fixtures.package import checksumfile, compare, package
from fixtures.package.archive import LIMITS, Archive, ArchiveError, Member
from fixtures.package.build import beside
from fixtures.package.compare import Content
from fixtures.package.manifest import Entry, Manifest
from fixtures.package.package import DeploymentPackage

NAME = "flow-v2.0.0.tar.gz"
ONE, TWO, THREE = ((size, f"{size}" * 64) for size in (1, 2, 3))
A, B, C = (f"{size} bytes, SHA-256 {str(size) * 16}…" for size in (1, 2, 3))


@dataclasses.dataclass(frozen=True)
class Release:
    """The release that a package should be of."""

    name: str = "flow"
    version: str = "2.0.0"
    previous: str = "1.0.0"
    tag: str = "flow-v{version}"
    package: str = "/deployments/flow-v{version}.tar.gz"


NOTHING: Mapping[str, Any] = {}


def _archive(
    files: Mapping[str, Content] = NOTHING,
    folders: Mapping[str, int] = NOTHING,
    kept: Mapping[str, bytes] = NOTHING,
) -> Archive:
    members = {path: Member(path, size, 0o644, digest) for path, (size, digest) in files.items()}
    return Archive(Path(NAME), 9, "9" * 64, members, folders, kept)


def _manifest(files: Mapping[str, Content] = NOTHING, **changes: Any) -> Manifest:
    entries = {path: Entry(path, size, digest, 0o644, "2.0.0") for path, (size, digest) in files.items()}
    whole = Manifest("flow", "2.0.0", "flow-v2.0.0", NAME, 9, "9" * 64, entries)
    return dataclasses.replace(whole, **changes)


# Archive, manifest and work tree


def test_files_on_which_all_agree_do_not_differ() -> None:
    files = {"a": ONE, "b": TWO}

    assert compare.differences(_archive(files), _manifest(files), files) == []
    assert compare.differences(_archive(files), None) == []


DIFFERENCES: list[tuple[Content | None, Content | None, Content | None, tuple[str, bool, str]]] = [
    (ONE, ONE, TWO, ("work tree", False,
     f"the work tree differs from archive and manifest (archive: {A}; manifest: {A}; work tree: {B})")),
    (ONE, TWO, ONE, ("manifest", False,
     f"the manifest differs from archive and work tree (archive: {A}; manifest: {B}; work tree: {A})")),
    (TWO, ONE, ONE, ("archive", False,
     f"the archive differs from manifest and work tree (archive: {B}; manifest: {A}; work tree: {A})")),
    (ONE, ONE, None, ("work tree", True,
     f"missing from the work tree (archive: {A}; manifest: {A}; work tree: absent)")),
    (None, ONE, ONE, ("archive", True, f"missing from the archive (archive: absent; manifest: {A}; work tree: {A})")),
    (None, ONE, None, ("manifest", True, f"only in the manifest (archive: absent; manifest: {A}; work tree: absent)")),
    (ONE, TWO, THREE, ("all", False,
     f"archive, manifest and work tree disagree (archive: {A}; manifest: {B}; work tree: {C})")),
    (ONE, TWO, None, ("all", True,
     f"archive, manifest and work tree disagree (archive: {A}; manifest: {B}; work tree: absent)")),
]  # fmt: skip


@pytest.mark.parametrize(("packed", "listed", "lies", "expected"), DIFFERENCES)
def test_odd_one_out_of_three_is_named(
    packed: Content | None, listed: Content | None, lies: Content | None, expected: tuple[str, bool, str]
) -> None:
    sides: list[dict[str, Content]] = [{"z": ONE} | ({"a": each} if each else {}) for each in (packed, listed, lies)]

    (found,) = compare.differences(_archive(sides[0]), _manifest(sides[1]), sides[2])

    assert (found.path, found.odd, found.presence, found.message) == ("a", *expected)
    assert found.finding == Finding("a", None, expected[2])


def test_two_that_disagree_are_both_named_and_documents_do_not_have_to_be_in_the_work_tree() -> None:
    documents = {"DOCUMENTATION/a": ONE}

    assert [each.message for each in compare.differences(_archive({"a": ONE}), None, {"a": TWO})] == [
        f"archive and work tree disagree (archive: {A}; work tree: {B})"
    ]
    assert compare.differences(_archive(documents), _manifest(documents), {"DOCUMENTATION/a": TWO}) == []
    assert [each.path for each in compare.differences(_archive({"c": ONE, "a": ONE}), _manifest({"b": ONE}))] == [
        "a",
        "b",
        "c",
    ]


def test_copy_has_the_files_of_the_package() -> None:
    assert compare.copy_findings({"a": ONE, "b": ONE, "c": ONE}, {"d": ONE, "b": TWO, "a": ONE}, "on staging") == [
        Finding("b", None, "is on staging with other contents than in the package"),
        Finding("c", None, "is in the package and not on staging"),
        Finding("d", None, "is on staging and not in the package"),
    ]


def test_work_tree_is_what_the_plan_packs_and_the_composition_names(tmp_path: Path) -> None:
    there = ("agents/a.md", "agents/.hidden", "agents/.git/x", "notes/b.md", "other/c.md", "workflow.md", "README.md")
    for name in there:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    (tmp_path / "agents" / "gone.md").symlink_to("nowhere")
    content = (1, hashlib.sha256(b"x").hexdigest())

    assert compare.tree_contents(tmp_path, ["notes/*.md", "README.md"]) == {
        "agents/a.md": content,
        "agents/gone.md": (0, "no regular file"),
        "notes/b.md": content,
        "workflow.md": content,
    }


def test_what_was_packed_besides_the_plan_is_looked_for_in_the_copy_too(tmp_path: Path) -> None:
    for name in ("DOCUMENTATION/a.md", "DOCUMENTATION/b/c.md", "workflow.md", "LICENSE", "NOTES.md"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"x")

    found = compare.tree_contents(tmp_path, also={"DOCUMENTATION/a.md": ONE, "LICENSE": ONE, "gone/d.md": ONE})

    assert sorted(found) == ["DOCUMENTATION/a.md", "DOCUMENTATION/b/c.md", "LICENSE", "workflow.md"]
    assert sorted(compare.tree_contents(tmp_path)) == ["workflow.md"]


def test_modes_are_the_plan_s_and_those_of_the_manifest() -> None:
    packed = _archive({"a": ONE, "b": ONE}, {"steps": 0o755, "agents": 0o700})
    odd = dataclasses.replace(packed, members={**packed.members, "b": Member("b", 1, 0o600, ONE[1])})
    listed = _manifest({"b": ONE, "a": ONE, "gone": ONE})

    assert compare.mode_findings(packed, listed) == []
    assert compare.mode_findings(odd, listed) == [Finding("b", None, "mode is 644 in the manifest, 600 in the archive")]
    assert compare.permission_findings(odd) == [
        Finding("b", None, "is packed with mode 600; expected 644"),
        Finding("agents/", None, "is packed with mode 700; expected 755"),
    ]
    by_git = dataclasses.replace(_archive({}, {"steps": 0o775}), members={"b": Member("b", 1, 0o664, ONE[1])})
    assert compare.permission_findings(by_git) == [
        Finding("b", None, "is packed with mode 664; expected 644 (git -c tar.umask=022 archive)"),
        Finding("steps/", None, "is packed with mode 775; expected 755 (git -c tar.umask=022 archive)"),
    ]


def test_workflow_of_a_package_is_what_is_no_guide_and_no_document() -> None:
    names = ("steps/b/step-02b-x.md", "DEPLOYMENT/plan.md", "steps/step-010.md", "DOCUMENTATION/a", "config.yaml",
             "steps/step-02a.md", "steps/step-x.md", "steps/step-3.txt", "DOCUMENTATION/b")  # fmt: skip
    packed = _archive(dict.fromkeys(names, ONE))

    assert list(compare.as_tree(packed).files) == [
        "config.yaml",
        "steps/b/step-02b-x.md",
        "steps/step-010.md",
        "steps/step-02a.md",
        "steps/step-3.txt",
        "steps/step-x.md",
    ]
    assert compare.step_numbers(packed) == [2, 10]
    assert compare.document_findings(packed) == [
        Finding("DOCUMENTATION/", None, "2 files are packed that plan 1.4 does not list")
    ]
    assert compare.document_findings(_archive({"a": ONE})) == []
    assert compare.missing(packed, ["config.yaml", "b", "a"]) == [
        Finding(path, None, "is missing from the package") for path in ("b", "a")
    ]


def test_guides_of_the_plan_are_in_the_package() -> None:
    whole = ("DEPLOYMENT/Deployment-Plan.md", "DEPLOYMENT/a/Checklist.md", "DEPLOYMENT/ROLLBACK_PROCEDURE.md")
    partly = ("DEPLOYMENT/plan.txt", "DEPLOYMENT/a.md", "ROLLBACK_PROCEDURE.md")
    lacking = ("a deployment plan or guide", "a checklist", "ROLLBACK_PROCEDURE.md")

    assert compare.guide_findings(_archive(dict.fromkeys(whole, ONE))) == []
    for names, has in ((partly, "a.md, plan.txt"), ((), "none")):
        assert compare.guide_findings(_archive(dict.fromkeys(names, ONE))) == [
            Finding("DEPLOYMENT/", None, f"holds no file that is {what}; it has {has}") for what in lacking
        ]


def test_guide_without_a_byte_in_it_is_none() -> None:
    names = (
        "DEPLOYMENT/PLAN.md",
        "DEPLOYMENT/old/plan.md",
        "DEPLOYMENT/CHECKLIST.md",
        "DEPLOYMENT/ROLLBACK_PROCEDURE.md",
    )
    plan, old, checklist, rollback = names
    empty = dict.fromkeys(names, (0, ONE[1]))

    assert compare.guide_findings(_archive({**empty, plan: ONE})) == [
        Finding(checklist, None, "is empty; expected a checklist"),
        Finding(rollback, None, "is empty; expected ROLLBACK_PROCEDURE.md"),
    ]
    assert compare.guide_findings(_archive({plan: (0, ONE[1]), old: (0, ONE[1]), checklist: ONE, rollback: ONE})) == [
        Finding(name, None, "is empty; expected a deployment plan or guide") for name in (plan, old)
    ]


def test_folder_around_everything_is_told_as_that() -> None:
    def around(*names: str) -> str:
        return compare.enclosing(_archive(dict.fromkeys(names, ONE)))

    assert around("flow/agents/a.md", "flow/workflow.md") == "flow"
    assert around("agents/a.md") == around("workflow.md") == around("notes.md") == around() == ""
    assert around("flow/agents/a.md", "other/workflow.md") == around("flow/agents/a.md", "README.md") == ""


# The package and what lies beside it


def _package(folder: Path = Path("/none"), listed: Manifest | None = None, **changes: Any) -> DeploymentPackage:
    whole = DeploymentPackage(beside(folder / NAME), "9" * 64, _archive(), None, listed, ())
    return dataclasses.replace(whole, **changes)


def _stored(folder: Path, **sums: str) -> DeploymentPackage:
    """A package whose archive and manifest have a byte each; its checksum file has these lines."""
    folder.mkdir(exist_ok=True)
    files = beside(folder / NAME)
    files.archive.write_bytes(b"x")
    files.manifest.write_bytes(b"y")
    files.checksums.write_text(checksumfile.text_of(sums), encoding="utf-8")
    return _package(folder, sha256=X)


X, Y = (hashlib.sha256(each).hexdigest() for each in (b"x", b"y"))
BOTH = {NAME: X, "flow-v2.0.0.manifest.json": Y}
SUMS: list[tuple[dict[str, str], list[tuple[str, str]]]] = [
    (BOTH, []),
    ({NAME: Y, "flow-v2.0.0.manifest.json": X}, [
        (NAME, f"has the SHA-256 {X}; flow-v2.0.0.sha256 says {Y}"),
        ("flow-v2.0.0.manifest.json", f"has the SHA-256 {Y}; flow-v2.0.0.sha256 says {X}"),
    ]),
    ({"gone": X}, [
        ("flow-v2.0.0.sha256", f"does not list {NAME}; expected the archive and its manifest"),
        ("flow-v2.0.0.sha256", "does not list flow-v2.0.0.manifest.json; expected the archive and its manifest"),
        ("flow-v2.0.0.sha256", "lists gone, which is not beside it"),
    ]),
    ({**BOTH, "gone": X, NAME: Y}, [
        (NAME, f"has the SHA-256 {X}; flow-v2.0.0.sha256 says {Y}"),
        ("flow-v2.0.0.sha256", "lists gone, which is not beside it"),
    ]),
]  # fmt: skip


@pytest.mark.parametrize(("sums", "says"), SUMS)
def test_checksums_are_those_of_archive_and_manifest(
    sums: dict[str, str], says: list[tuple[str, str]], tmp_path: Path
) -> None:
    assert _stored(tmp_path, **sums).checksum_findings == tuple(Finding(file, None, text) for file, text in says)


def test_manifest_says_of_the_archive_what_is_so(tmp_path: Path) -> None:
    stored = _stored(tmp_path, **BOTH)
    right = _manifest(archive_size=1, archive_sha256=X)
    wrong = _manifest(archive_file="other.tar.gz")

    assert stored.own_findings == dataclasses.replace(stored, manifest=right).own_findings == ()
    assert dataclasses.replace(stored, manifest=wrong).own_findings == (
        Finding("flow-v2.0.0.manifest.json", None, f"archive.file is other.tar.gz; the archive beside it has {NAME}"),
        Finding("flow-v2.0.0.manifest.json", None, "archive.size is 9; the archive beside it has 1"),
        Finding("flow-v2.0.0.manifest.json", None, f"archive.sha256 is {'9' * 64}; the archive beside it has {X}"),
    )


def test_names_and_manifest_are_of_the_release() -> None:
    right = _package(listed=_manifest({"a": ONE}))
    files = {"a": Entry("a", 1, "1" * 64, 0o644, "1.0.0"), "b": Entry("b", 1, "1" * 64, 0o644, "2.0.0")}
    other = _package(listed=dataclasses.replace(_manifest(), name="x", version="1.0.0", tag="x", files=files))
    place = "flow-v2.0.0.manifest.json"

    for check in (package.name_findings, package.manifest_version_findings):
        assert check(right, Release()) == check(_package(), Release()) == []
    assert package.name_findings(other, Release(package="/d/flow.tar.gz")) == [
        Finding(NAME, None, "is not called flow.tar.gz"),
        Finding(place, None, "tag is x; expected flow-v2.0.0"),
    ]
    assert package.manifest_version_findings(other, Release()) == [
        Finding(place, None, "name is x; expected flow"),
        Finding(place, None, "version is 1.0.0; expected 2.0.0"),
        Finding(place, None, "a: version is 1.0.0; expected 2.0.0"),
    ]


def test_files_of_the_package_state_its_version() -> None:
    def findings(**kept: bytes) -> list[Finding]:
        names = {"config": "config.yaml", "workflow": "workflow.md"}
        return package.version_findings(
            _package(archive=_archive(kept={names[key]: text for key, text in kept.items()})), Release()
        )

    right = b"---\r\nversion: '2.0.0'\r\n---\r\n"
    assert findings(config=b"version: '2.0.0'", workflow=right) == []
    assert findings(config=b"version: 2.0") == [
        Finding("config.yaml", None, "states the version 2.0; expected '2.0.0'"),
        Finding("workflow.md", None, "is missing, or larger than 1 MiB; expected it to state the version '2.0.0'"),
    ]
    assert findings(config=b"[]", workflow=b"# Flow") == [
        Finding(name, None, "states no version; expected '2.0.0'") for name in ("config.yaml", "workflow.md")
    ]


def test_package_lies_in_its_store_byte_for_byte(tmp_path: Path) -> None:
    own = _stored(tmp_path / "own", **BOTH)
    stored = dataclasses.replace(own, store=tmp_path / "store")
    place = beside(tmp_path / "store" / NAME)

    assert package.location(own, Release()) == Path("/deployments") / NAME
    assert package.storage_findings(stored, Release()) == [
        Finding(str(place.archive), None, f"does not exist; expected a copy of {own.files.archive}")
    ]
    assert package.storage_findings(dataclasses.replace(own, store=tmp_path / "own"), Release()) == []
    _stored(tmp_path / "store", **BOTH)
    assert package.storage_findings(stored, Release()) == []
    place.archive.write_bytes(b"y")
    place.manifest.unlink()
    assert package.storage_findings(stored, Release()) == [
        Finding(str(place.archive), None, f"has the SHA-256 {Y}; {own.files.archive} has {X}"),
        Finding(str(place.manifest), None, f"does not exist; expected a copy of {own.files.manifest}"),
    ]
    own.files.manifest.unlink()
    assert [each.file for each in package.storage_findings(stored, Release())] == [str(place.archive)]


def test_manifest_bounds_what_is_read_of_the_archive() -> None:
    bounded = package._limits(_manifest({"a": ONE, "b": TWO}))

    assert package._limits(None) == LIMITS
    assert bounded == dataclasses.replace(LIMITS, total_bytes=64 * 1024**2 + 3, members=1004)
    assert package._limits(_manifest({"a": (2**40, "0" * 64)})).total_bytes == LIMITS.total_bytes


def test_faults_of_a_package_are_told_once_and_in_order(tmp_path: Path) -> None:
    refused = ArchiveError("a", "is damaged")
    twice = (Finding("m", None, "x"), Finding("m", None, "x"))
    found = _package(tmp_path, manifest_findings=twice, archive=None, refusal=refused)
    packed = dataclasses.replace(_stored(tmp_path, **BOTH), archive=_archive({"a": ONE}))

    assert [each.message for each in compare.faults_of(found)][1:] == ["x", "a: is damaged"]
    assert compare.faults_of(packed) == []
    assert [each.file for each in compare.faults_of(packed, tmp_path)] == ["a"]


def test_reports_name_the_package_with_its_digest_and_its_store(monkeypatch: pytest.MonkeyPatch) -> None:
    target = {"package": Path("p.tar.gz"), "embedded": (), "store": None}
    monkeypatch.setattr(package, "target_of", lambda _: SimpleNamespace(**target))
    config: Any = SimpleNamespace(stash={package.DIGEST: "abc"})
    named = {"location": "p.tar.gz", "sha256": "abc"}

    assert package.pytest_gate_subjects(config, ["smoke"]) == {}
    assert package.pytest_gate_subjects(config, ["deploy"]) == {"package": named}
    target["store"] = Path("/mnt/deployments")
    assert package.pytest_gate_subjects(config, ["deploy"]) == {"package": named | {"store": "/mnt/deployments"}}
    config.stash[package.DIGEST] = "unreadable (not a regular file)"
    assert package.pytest_gate_subjects(config, ["deploy"]) == {
        "package": {"location": "p.tar.gz", "store": "/mnt/deployments"}
    }
