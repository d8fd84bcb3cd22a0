"""What holds of every package: any tree survives the way through it, and no changed byte stays unnoticed."""

from __future__ import annotations

import dataclasses
import gzip
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from fixtures.package import archive, checksumfile, manifest, membername
from fixtures.package.archive import ArchiveError
from fixtures.package.build import Package, beside, build
from fixtures.package.checksumfile import digest_of
from fixtures.package.compare import faults_of, tree_contents
from fixtures.package.membername import Names
from fixtures.package.package import open_package
from tests_suite.forged import gz

PARTS = st.one_of(
    st.from_regex(r"[a-z][a-z0-9.-]{0,20}[a-z]", fullmatch=True),
    st.text(st.characters(codec="utf-8", exclude_characters="/\0"), min_size=1, max_size=40),
    st.text("aä字", min_size=60, max_size=85),
)
PATHS = st.lists(PARTS, min_size=1, max_size=4).map(lambda parts: "/".join(["agents", *parts]))
TREES = st.dictionaries(PATHS, st.binary(max_size=1200), max_size=8)
SMALL = {"agents/dev.md": b"# Dev\n", "agents/größe.md": b"g" * 600, "steps/0/step-01.md": b""}
MANY = settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def _plant(root: Path, files: dict[str, bytes]) -> dict[str, bytes]:
    """Write a tree with those files of a drawn one that can stand beside each other in a package."""
    planted = {
        "config.yaml": b"name: tree\nversion: '1.2.3'\n",
        "workflow.md": b"---\nversion: '1.2.3'\n---\n",
    }
    names = Names()
    for path, content in files.items():
        hidden = any(part.startswith(".") for part in path.split("/"))
        if not hidden and membername.refusal(path) is None and names.add(path) is None:
            planted[path] = content
    for path, content in planted.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(content)
    return planted


@MANY
@given(TREES)
def test_any_tree_survives_build_and_verify(files: dict[str, bytes]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder) / "tree"
        planted = _plant(tree, files)

        package = open_package(build(tree, Path(folder) / "out").archive)

        assert faults_of(package, tree) == []
        assert package.archive is not None
        assert {path: member.size for path, member in package.archive.members.items()} == {
            path: len(content) for path, content in planted.items()
        }


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Package:
    """A package of five files; one of the names needs a PAX header."""
    folder = tmp_path_factory.mktemp("small")
    _plant(folder / "tree", SMALL)
    return build(folder / "tree", folder / "out")


@MANY
@given(st.data())
def test_any_changed_byte_of_a_package_is_noticed(small: Package, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(vars(small))))
    path: Path = getattr(small, name)
    before = path.read_bytes()
    place = data.draw(st.integers(0, len(before) - 1))
    change = data.draw(st.integers(1, 255))
    after = before[:place] + bytes([before[place] ^ change]) + before[place + 1 :]
    # sha256sum's mark for binary files means the same as the space in its place
    assume(not (name == "checksums" and after[place : place + 1] == b"*" and before[place - 1 : place + 1] == b"  "))
    path.write_bytes(after)

    faults = faults_of(open_package(small.archive))

    path.write_bytes(before)
    assert faults != [], f"byte {place} of {path.name}"


def _sealed(original: Package, data: bytes) -> Package:
    """A package around another archive, as a forger leaves it: every digest of the archive itself is right again."""
    folder = original.archive.parent.with_name("sealed")
    folder.mkdir(exist_ok=True)
    sealed = beside(folder / original.archive.name)
    sealed.archive.write_bytes(data)
    listed = dataclasses.replace(
        manifest.read(original.manifest), archive_size=len(data), archive_sha256=digest_of(sealed.archive)
    )
    sealed.manifest.write_text(listed.text(), encoding="utf-8")
    digests = {path.name: digest_of(path) for path in (sealed.archive, sealed.manifest)}
    sealed.checksums.write_text(checksumfile.text_of(digests), encoding="utf-8")
    return sealed


def test_sealed_package_is_a_good_one_where_nothing_was_changed(small: Package) -> None:
    sealed = _sealed(small, gz(gzip.decompress(small.archive.read_bytes()), 1))

    assert faults_of(open_package(sealed.archive)) == []


@MANY
@given(st.data())
def test_any_changed_byte_inside_is_noticed_without_the_archives_checksums(small: Package, data: st.DataObject) -> None:
    tar = bytearray(gzip.decompress(small.archive.read_bytes()))
    place = data.draw(st.integers(0, len(tar) - 1))
    tar[place] ^= data.draw(st.integers(1, 255))

    faults = faults_of(open_package(_sealed(small, gz(bytes(tar), 1)).archive))

    assert faults != [], f"byte {place} of the tar"


@MANY
@given(st.data())
def test_any_cut_is_noticed_without_the_archives_checksums(small: Package, data: st.DataObject) -> None:
    whole = small.archive.read_bytes()
    cut = small.archive.with_name("cut.tar.gz")
    cut.write_bytes(whole[: data.draw(st.integers(0, len(whole) - 1))])

    with pytest.raises(ArchiveError):
        archive.read(cut)


def test_work_tree_is_read_as_it_is_packed(small: Package) -> None:
    found = open_package(small.archive).archive

    assert found is not None
    assert dict(tree_contents(small.archive.parent.parent / "tree")) == {
        path: (member.size, member.sha256) for path, member in found.members.items()
    }
