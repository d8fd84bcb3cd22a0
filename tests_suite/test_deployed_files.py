"""What a deployment left in commit and work tree: files, modes and versions, in the words that people get."""

from __future__ import annotations

import dataclasses
import hashlib
import os
import stat
from collections.abc import Mapping
from pathlib import Path

import pytest

from fixtures.finding import Finding
from fixtures.package import manifest
from fixtures.package.manifest import Manifest
from fixtures.repository import deployed, worktree
from fixtures.repository.deployed import Deployed
from fixtures.repository.git import Entry, Object
from fixtures.repository.history import Commit, Deployment, Repository
from fixtures.repository.worktree import WorkTree

OWN, HEAD = "c" * 40, "d" * 40
COMMIT = Commit(OWN, "t" * 40, ("b" * 40,), "feat: Deploy", signed=False)
REPOSITORY = Repository(Path("/srv/team"), Path("/srv/team/.git"), None, False, False, {}, OWN)
DEPLOYMENT = Deployment(REPOSITORY, "deploy/v2", (), COMMIT, (), (), None, "nobody knows", None)


@dataclasses.dataclass(frozen=True)
class Release:
    """The two versions, and what a release is called."""

    name: str = "workflow"
    version: str = "2.0.0"
    previous: str = "1.0.0"
    tag: str = "v{version}"
    branch: str = "deploy/v{version}"


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _entry(content: bytes, mode: str = "100644") -> Entry:
    return Entry(mode, content.decode())


def _deployed(
    files: Mapping[str, Entry],
    before: Mapping[str, Entry] | None = None,
    disk: WorkTree | None = None,
    unreadable: str = "",
    **changes: object,
) -> Deployed:
    """A deployment of those files, whose ids are their contents."""
    contents = {each.id: each.id.encode() for each in (*files.values(), *(before or {}).values())}
    objects = {name: Object("blob", len(each), _sha256(each), each) for name, each in contents.items()}
    objects.pop(unreadable, None)
    whole = Deployed(DEPLOYMENT, "flow/", None, None, files, objects, before, "nobody knows", (), disk)
    return dataclasses.replace(whole, **changes)  # type: ignore[arg-type]


def _manifest(**files: bytes) -> Manifest:
    entries = {path: manifest.Entry(path, len(each), _sha256(each), 0o644, "2.0.0") for path, each in files.items()}
    return Manifest("workflow", "2.0.0", "v2.0.0", "v2.0.0.tar.gz", 1, "0" * 64, entries)


def _on_disk(folder: Path, **files: bytes) -> WorkTree:
    for path, content in files.items():
        (folder / "flow" / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / "flow" / path).write_bytes(content)
        (folder / "flow" / path).chmod(0o644)
    return worktree.open_work_tree(folder, "flow/")


def test_files_of_the_commit_are_those_of_the_manifest() -> None:
    files = {
        "same.md": _entry(b"same"),
        "other.md": _entry(b"other"),
        "link.md": _entry(b"x", "120000"),
        "module": _entry(b"y", "160000"),
        "damaged.md": _entry(b"damaged"),
        "DOCUMENTATION/more.md": _entry(b"z"),
        "agents/.gitkeep": _entry(b"z"),
        "agents/.gitkeep.md": _entry(b"z"),
        "left.md": _entry(b"left"),
    }
    before = {
        "left.md": _entry(b"left"),
        "other.md": _entry(b"other"),
        "link.md": _entry(b"older"),
        "old": _entry(b"o"),
    }
    listed = dict.fromkeys(("same.md", "other.md", "link.md", "module", "damaged.md", "gone.md"), b"same")
    where = "the commit cccccccccc"

    found = deployed.changed(_deployed(files, before, unreadable="damaged"), _manifest(**listed))

    assert found == [
        Finding("agents/.gitkeep.md", None, f"is in {where}, and not in the manifest"),
        Finding("damaged.md", None, f"cannot be read, though {where} names it: run git fsck"),
        Finding("gone.md", None, f"is missing from {where}"),
        Finding("left.md", None, f"is in {where}, and not in the manifest (left over from the version before)"),
        Finding("link.md", None, f"is a symbolic link in {where}"),
        Finding("module", None, f"is a submodule in {where}"),
        Finding("other.md", None, f"differs from the manifest in {where} (still as in the version before)"),
    ]


def test_files_of_the_work_tree_are_those_of_the_manifest(tmp_path: Path) -> None:
    disk = _on_disk(tmp_path, **{"same.md": b"same", "other.md": b"other", "agents/more.md": b"", "agents/.x/y": b"",
                                 "DOCUMENTATION/z.md": b""})  # fmt: skip
    (disk.place / "link.md").symlink_to("same.md")
    disk = worktree.open_work_tree(tmp_path, "flow/")
    names = ("same.md", "other.md", "link.md", "gone.md")
    listed = _manifest(**dict.fromkeys(names, b"same"))
    files = dict.fromkeys(names, _entry(b"same"))
    elsewhere = dataclasses.replace(DEPLOYMENT, repository=dataclasses.replace(REPOSITORY, head=HEAD))
    hint = " (checked out is dddddddddd, not the deployment commit cccccccccc)"

    expected = [
        ("agents/more.md", "lies in the work tree, and not in the manifest"),
        ("gone.md", "is absent in the work tree"),
        ("link.md", "is no regular file in the work tree"),
        ("other.md", "differs from the manifest in the work tree"),
    ]
    assert deployed.changed(_deployed(files, disk=disk), listed) == [
        Finding(path, None, words) for path, words in expected
    ]
    assert deployed.changed(_deployed(files, disk=disk, deployment=elsewhere), listed) == [
        Finding(path, None, f"{words}{hint}") for path, words in expected
    ]


def test_what_is_wrong_in_commit_and_work_tree_is_one_finding(tmp_path: Path) -> None:
    disk = _on_disk(tmp_path, **{"a.md": b"x"})

    found = deployed.changed(_deployed({"a.md": _entry(b"y")}, disk=disk), _manifest(**{"a.md": b"z"}))

    assert found == [
        Finding(
            "a.md",
            None,
            "differs from the manifest in the commit cccccccccc and differs from the manifest in the work tree",
        )
    ]


def test_changes_of_a_folder_are_those_below_it() -> None:
    changes = [Finding(each, None, "x") for each in ("agents", "agents/dev.md", "agents.md", "a/agents/x", None)]

    assert deployed.below(changes, "agents") == changes[:2]


def test_files_of_the_commit_are_plain_ones() -> None:
    modes = ("100755", "100664", "120000", "160000", "100600")
    files = {mode: _entry(b"x", mode) for mode in modes}

    found = deployed.git_mode_findings(
        _deployed({**files, "plain": _entry(b"x"), "DOCUMENTATION/run.sh": _entry(b"x", "100755")})
    )

    assert [(each.file, each.message) for each in found] == [
        ("100755", "is executable (100755) in the commit; expected 100644"),
        ("100664", "is writable by its group (100664) in the commit; expected 100644"),
        ("120000", "is a symbolic link (120000) in the commit; expected 100644"),
        ("160000", "is a submodule (160000) in the commit; expected 100644"),
        ("100600", "is 100600 (100600) in the commit; expected 100644"),
    ]


PLACES: list[tuple[str | None, str | None, list[str]]] = [
    ("flow/", "flow/", []),
    (None, "flow/", []),
    ("flow/", None, []),
    ("", "flow/", ["the package lies in flow/ of the commit cccccccccc; by the record it is ."]),
    ("flow/", "", ["the package lies in . of the commit cccccccccc; by the record it is flow/"]),
]


@pytest.mark.parametrize(("noted", "found", "says"), PLACES)
def test_package_lies_where_the_record_has_the_workflow(noted: str | None, found: str | None, says: list[str]) -> None:
    assert deployed.place_findings(_deployed({}, noted=noted, found=found)) == [Finding(None, None, s) for s in says]


def _config(version: str) -> Entry:
    return _entry(f"name: x\nversion: {version}\n".encode())


VERSIONS: list[tuple[str, str, list[tuple[int | None, str]]]] = [
    ("'1.0.0'", "'2.0.0'", []),
    (
        "'0.9.0'",
        "'1.0.0'",
        [
            (2, "states the version '0.9.0' in the commit before; expected '1.0.0'"),
            (2, "states the version '1.0.0' in the deployment commit cccccccccc; expected '2.0.0'"),
        ],
    ),
    (
        "'1.0.0'",
        "2.0",
        [(2, "states the version 2.0 in the deployment commit cccccccccc; expected '2.0.0'; put it in quotes")],
    ),
]


@pytest.mark.parametrize(("before", "after", "says"), VERSIONS)
def test_version_moved_from_the_previous_one_to_this_one(
    before: str, after: str, says: list[tuple[int | None, str]]
) -> None:
    one = _deployed({"config.yaml": _config(after)}, {"config.yaml": _config(before)})

    assert deployed.version_findings(one, "config.yaml", Release()) == [Finding("config.yaml", *row) for row in says]


def test_version_that_cannot_be_looked_up_is_told() -> None:
    text = b"---\r\nversion: '2.0.0'\r\n---\r\n"

    assert deployed.version_findings(_deployed({"workflow.md": _entry(text)}), "workflow.md", Release()) == [
        Finding("workflow.md", None, "its version before is not known: nobody knows")
    ]
    assert deployed.version_findings(_deployed({}, {}), "workflow.md", Release()) == [
        Finding("workflow.md", None, "is missing from the commit before; expected it to state '1.0.0'"),
        Finding("workflow.md", None, "is missing from the deployment commit cccccccccc; expected it to state '2.0.0'"),
    ]


def test_agents_do_not_speak_of_the_previous_version() -> None:
    files = {
        "agents/dev.md": _entry(b"# Dev\r\n\r\n  Workflow V1.0.0\r\n1.0.0 and 1.0.0\n"),
        "agents/x.md": _entry(b"from 1.0.0 to 2.0.0"),
        "steps/one.md": _entry(b"Workflow 1.0.0"),
    }

    assert deployed.leftover_findings(_deployed(files), Release()) == [
        Finding("agents/dev.md", 3, "speaks of the version 1.0.0: 'Workflow V1.0.0'; expected 2.0.0"),
        Finding("agents/dev.md", 4, "speaks of the version 1.0.0: '1.0.0 and 1.0.0'; expected 2.0.0"),
        Finding("agents/dev.md", 4, "speaks of the version 1.0.0: '1.0.0 and 1.0.0'; expected 2.0.0"),
    ]


AI_FLOW = Release("ai-flow")
SPOKEN: list[tuple[str, bool]] = [
    ('pip install "openai>=1.0.0"', False),
    ("openai==1.0.0, other ~= 1.0.0, third === 1.0.0", False),
    ("npm i left-pad@1.0.0 'x': '^1.0.0' y ~1.0.0 z<1.0.0 z>1.0.0", False),
    ("openai<2,>1.0.0", False),
    ("version = 1.0.0", True),
    ('version="1.0.0"', True),
    ("<version>1.0.0</version>", True),
    ('<agent id="x" > 1.0.0', True),
    ("ai-flow==1.0.0", True),
    ("npx ai-flow@1.0.0", True),
    ("You are part of AI Flow v1.0.", True),
    ("You are part of AI Flow v1.", True),
    ("You are part of AI Flow (version 1.0)", True),
    ("You are part of ai flow, v1.0.0", True),
    ("You are part of AI Flow v1.1, v10 or v1.0x", False),
    ("AI Flow 1 of 3", False),
    ("You replace AI Flow v1.0", False),
    ("AI Flow v1.0 knew less than v2", False),
    ("the API v1", False),
]


@pytest.mark.parametrize(("line", "speaks"), SPOKEN)
def test_version_of_something_else_is_not_the_workflow_s(line: str, speaks: bool) -> None:
    found = deployed.leftover_findings(_deployed({"agents/dev.md": _entry(line.encode())}), AI_FLOW)

    assert len(found) == speaks


@pytest.mark.parametrize(
    ("previous", "version", "spoken"),
    [("1.0.0", "1.1.0", ["1.0"]), ("1.0.0", "1.0.1", []), ("1.2.0", "1.2.1", []), ("1.2.3", "2.0.0", [])],
)
def test_short_form_that_stands_for_both_versions_says_nothing(previous: str, version: str, spoken: list[str]) -> None:
    release = dataclasses.replace(AI_FLOW, previous=previous, version=version)

    found = [
        each
        for each in ("1", "1.0", "1.2", "2")
        if deployed.leftover_findings(_deployed({"agents/a": _entry(f"AI Flow v{each}".encode())}), release)
    ]

    assert found == spoken


# The work tree


def test_everything_in_the_work_tree_has_its_mode(tmp_path: Path) -> None:
    disk = _on_disk(tmp_path, **{"a.md": b"", "b.md": b"", "agents/c.md": b"", ".git/config": b""})
    for path, mode in ((".", 0o775), ("agents", 0o755), ("b.md", 0o600), ("a.md", 0o644)):
        (disk.place / path).chmod(mode)
    (disk.place / "inside").symlink_to("agents/c.md")
    (disk.place / "outside").symlink_to("../x")
    disk = worktree.open_work_tree(tmp_path, "flow/")

    assert list(disk.modes) == ["a.md", "agents", "agents/c.md", "b.md", "inside", "outside"]
    assert disk.files == ["a.md", "agents/c.md", "b.md", "inside", "outside"]
    assert worktree.mode_findings(disk, 0o644, 0o755) == [
        Finding("./", None, "has mode 775; expected 755"),
        Finding("b.md", None, "has mode 600; expected 644"),
        Finding("inside", None, "is a symbolic link to agents/c.md; expected a file of its own"),
        Finding("outside", None, "is a symbolic link to ../x, outside of the workflow; expected a file of its own"),
    ]
    assert worktree.modes_of(disk) == ([644, 644, 600], [775, 755])


UMASKS: list[tuple[int, int, str]] = [
    (0o775, 0o664, "002"),
    (0o700, 0o600, "077"),
    (0o750, 0o640, "027"),
    (0o775, 0o644, ""),
    (0o755, 0o664, ""),
    (0o2775, 0o664, ""),
]


@pytest.mark.parametrize(("folder", "file", "umask"), UMASKS)
def test_modes_of_a_whole_clone_are_one_finding(folder: int, file: int, umask: str, tmp_path: Path) -> None:
    modes = {"a.md": stat.S_IFREG | file, "b": stat.S_IFDIR | folder, "b/c.md": stat.S_IFREG | file}
    said = (
        f"everything here has the modes of a umask of {umask}; expected 755 for folders, 644 for files: clone again "
        "under umask 022"
    )

    found = worktree.mode_findings(WorkTree(tmp_path / "none", "", modes), 0o644, 0o755)

    assert (found == [Finding("./", None, said)]) == bool(umask)
    assert found


def test_bits_beside_permissions_are_named(tmp_path: Path) -> None:
    modes = {"a.md": stat.S_IFREG | 0o4644, "b": stat.S_IFDIR | 0o1755, "c.md": stat.S_IFREG | 0o6007}
    tree = WorkTree(tmp_path / "none", "", modes)

    assert worktree.mode_findings(tree, 0o644, 0o755) == [
        Finding("a.md", None, "has mode 4644 (setuid); expected 644"),
        Finding("b/", None, "has mode 1755 (sticky); expected 755"),
        Finding("c.md", None, "has mode 6007 (setuid, setgid); expected 644"),
    ]


def test_oddest_mode_is_the_first_that_is_not_the_expected_one() -> None:
    assert [worktree.oddest(each, 644) for each in ([644, 600, 755], [644], [])] == [600, 644, 644]


def test_file_is_told_by_its_digest_or_by_a_word(tmp_path: Path) -> None:
    disk = _on_disk(tmp_path, **{"a.md": b"x", "b.md": b"y"})
    (disk.place / "b.md").unlink()

    assert [disk.digest(each) for each in ("a.md", "b.md", "c.md")] == [
        _sha256(b"x"),
        "unreadable (no such file or directory)",
        "absent",
    ]


def test_folders_below_the_deepest_are_not_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worktree, "DEEPEST", 2)
    os.makedirs(tmp_path / "1" / "2" / "3" / "4" / "5")

    assert list(worktree.open_work_tree(tmp_path, "").modes) == ["1", "1/2", "1/2/3"]
