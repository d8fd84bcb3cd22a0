"""Building and verifying packages on the command line: the same bytes anywhere, one clear line for what is wrong."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from fixtures import reference
from fixtures.package import cli as packagecli
from fixtures.package.build import BuildError, Package, beside, build, release_of
from fixtures.package.checksumfile import digest_of

SUITE = Path(__file__).parents[1]
NAME = "ai-engineering-workflow-v2.0.0"
# Of a tree that never changes: another value means that packages of one tree are no longer the same everywhere.
GOLDEN = {
    "tree-v1.2.3.tar.gz": "47ec0077ccd175bc414fbcf9976e4effb6a349460bd5af07487973354e43b395",
    "tree-v1.2.3.manifest.json": "f089c0a7323702c6dd56d8bc01f5f64fe80e38a9596b44630147cda09e906311",
}


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A small workflow."""
    root = tmp_path / "tree"
    for path, text in {
        "config.yaml": "name: tree\nversion: '1.2.3'\n",
        "workflow.md": "---\nversion: '1.2.3'\n---\n",
        "agents/dev.md": "# Dev\n" * 500,
        "agents/größe.md": "",
        f"steps/{'long-' * 25}/step-01.md": "one\n",
    }.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    return root


def _digests(folder: Path) -> dict[str, str]:
    return {path.name: digest_of(path) for path in sorted(folder.iterdir())}


def test_package_of_a_known_tree_has_the_bytes_that_it_always_had(tree: Path, tmp_path: Path) -> None:
    build(tree, tmp_path / "out")

    digests = _digests(tmp_path / "out")
    digests.pop("tree-v1.2.3.sha256")
    assert digests == GOLDEN


ELSEWHERE: dict[str, tuple[dict[str, str], int]] = {
    "in Auckland": ({"TZ": "Pacific/Auckland", "LC_ALL": "C"}, 0o022),
    "with umask 077": ({"TZ": "UTC", "LC_ALL": "C.UTF-8", "PYTHONHASHSEED": "1"}, 0o077),
    "with umask 000": ({"TZ": "America/New_York", "PYTHONHASHSEED": "2", "PYTHONUTF8": "0"}, 0o000),
    "with a date to build for": ({"SOURCE_DATE_EPOCH": "1700000000", "HOME": "/nonexistent", "USER": "else"}, 0o002),
}


@pytest.mark.parametrize(("environment", "umask"), ELSEWHERE.values(), ids=ELSEWHERE)
def test_same_tree_gives_the_same_bytes_elsewhere(environment: dict[str, str], umask: int, tmp_path: Path) -> None:
    build(reference.WORKFLOW, tmp_path / "here")
    copy = tmp_path / "another name"
    _copy_backwards(reference.WORKFLOW, copy)

    done = subprocess.run(
        [sys.executable, "-m", "fixtures.package", "build", str(copy), "--output", str(tmp_path / "there")],
        cwd=SUITE,
        env={"PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1", **environment},
        umask=umask,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert _digests(tmp_path / "there") == _digests(tmp_path / "here")


def _copy_backwards(source: Path, target: Path) -> None:
    """Copy a tree in another order, with other times, modes and owners, with hidden files and an empty folder."""
    for path in sorted(source.rglob("*"), reverse=True):
        if path.is_file():
            copy = target / path.relative_to(source)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy)
            copy.chmod(0o755)
            os.utime(copy, (1_000_000_000, 1_000_000_000))
            if os.geteuid() == 0:
                os.chown(copy, 12345, 54321)
    (target / "agents" / ".DS_Store").write_bytes(b"\0")
    (target / "agents" / "empty").mkdir()
    (target / "README.md").write_text("not packed\n", encoding="utf-8")


def test_sha256sum_and_tar_agree_with_a_package(tmp_path: Path) -> None:
    package = build(reference.WORKFLOW, tmp_path)
    (tmp_path / "x").mkdir()

    check = ["sha256sum", "--strict", "-c", package.checksums.name]
    subprocess.run(check, cwd=tmp_path, check=True, capture_output=True)
    done = subprocess.run(
        ["tar", "-xzf", str(package.archive), "-C", "x"], cwd=tmp_path, check=True, capture_output=True, text=True
    )

    assert done.stderr == ""
    assert _tree(tmp_path / "x") == _tree(reference.WORKFLOW)
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "x").rglob("*.md")} == {0o644}


def _tree(root: Path) -> dict[str, str]:
    return {str(path.relative_to(root)): digest_of(path) for path in root.rglob("*") if path.is_file()}


def test_failed_build_leaves_no_part_of_a_package(tree: Path, tmp_path: Path) -> None:
    (tree / "steps" / "zz.md").symlink_to("/etc/passwd")
    before = sorted(tmp_path.rglob("*"))

    with pytest.raises(BuildError, match=r"steps/zz\.md: is a link; a package holds files and folders only"):
        build(tree, tmp_path / "out")

    assert sorted(tmp_path.rglob("*")) == before


def test_release_is_what_the_tree_says(tree: Path) -> None:
    release = release_of(tree)

    assert (release.name, release.version, release.tag) == ("tree", "1.2.3", "tree-v1.2.3")


def test_manifest_and_checksums_lie_beside_the_archive() -> None:
    archive = Path("/deployments") / f"{NAME}.tar.gz"

    assert beside(archive) == Package(
        archive, Path(f"/deployments/{NAME}.manifest.json"), Path(f"/deployments/{NAME}.sha256")
    )


def _write(path: str, text: str) -> Callable[[Path], object]:
    return lambda tree: (tree / path).write_text(text, encoding="utf-8")


def _a_file(tree: Path) -> None:
    shutil.rmtree(tree)
    tree.write_text("no folder\n", encoding="utf-8")


WRONG_TREES: list[tuple[Callable[[Path], object], str, str]] = [
    (shutil.rmtree, "", "tree: does not exist; expected a workflow"),
    (_a_file, "", "tree: is no folder; expected a workflow"),
    (
        lambda tree: (tree / "config.yaml").unlink(),
        "",
        "config.yaml: no such file or directory; expected the",
    ),
    (lambda tree: (tree / "workflow.md").unlink(), "", "workflow.md: no such file or directory"),
    (lambda tree: (tree / "config.yaml").write_bytes(b"\xff"), "", "config.yaml: is not UTF-8"),
    (_write("config.yaml", "name: ["), "", "config.yaml: name is None; expected a text"),
    (_write("config.yaml", "name: tree\nversion: 1.2\n"), "", "config.yaml: version is 1.2; expected a text"),
    (_write("config.yaml", "name: ../x\nversion: '1.2.3'\n"), "", "config.yaml: name is '../x'; expected a text"),
    (_write("workflow.md", "---\nversion: '1.2.2'\n---\n"), "", "config.yaml is version 1.2.3, workflow.md '1.2.2'"),
    (lambda tree: os.mkfifo(tree / "agents" / "pipe"), "", "agents/pipe: is a device, socket or FIFO"),
    (_write("agents/DEV.md", "x"), "", "agents/dev.md: collides with agents/DEV.md"),
    (_write("agents/a\tb.md", "x"), "", "agents/a\\tb.md: its name holds the control character U+0009"),
    (lambda tree: Path(os.fsdecode(os.fsencode(tree) + b"/agents/\xff")).touch(), "", "its name holds the control"),
    (lambda tree: None, "--also prompts", "tree: holds no prompts; expected a file or a folder with files"),
    (
        lambda tree: None,
        "--output {tree}/agents/out",
        "lies in what is packed; expected a folder outside",
    ),
    (lambda tree: None, "--output {tree}/config.yaml", "config.yaml: file exists"),
]


@pytest.mark.parametrize(("change", "options", "message"), WRONG_TREES)
def test_what_cannot_be_packed_is_one_line_and_status_2(
    change: Callable[[Path], object],
    options: str,
    message: str,
    tree: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    change(tree)
    words = (options or "--output {tree}/../out").format(tree=tree).split()

    status = packagecli.main(["build", str(tree), *words])

    printed = capsys.readouterr()
    assert (status, printed.out) == (2, "")
    assert printed.err.startswith("package: ")
    assert message in printed.err
    assert printed.err.count("\n") == 1


def test_more_than_the_plan_lists_is_packed_where_it_is_named(
    tree: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tree / "prompts").mkdir()
    (tree / "prompts" / "one.md").write_text("one\n", encoding="utf-8")

    status = packagecli.main(["build", str(tree), "--output", str(tmp_path / "out"), "--also", "prompts"])

    assert status == 0
    assert capsys.readouterr().out.split() == [
        str(path) for path in vars(beside(tmp_path / "out" / "tree-v1.2.3.tar.gz")).values()
    ]
    assert '"prompts/one.md"' in (tmp_path / "out" / "tree-v1.2.3.manifest.json").read_text(encoding="utf-8")


@pytest.fixture
def package(tree: Path, tmp_path: Path) -> Package:
    """A package of the small workflow."""
    return build(tree, tmp_path / "out")


def test_good_package_verifies_in_one_line(package: Package, tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status = packagecli.main(["verify", str(package.archive), "--tree", str(tree)])

    printed = capsys.readouterr()
    digest = hashlib.sha256(package.archive.read_bytes()).hexdigest()
    assert (status, printed.err) == (0, "")
    assert printed.out == f"tree-v1.2.3.tar.gz: verified, 5 files, 3057 bytes, SHA-256 {digest}\n"


BAD_PACKAGES: list[tuple[Callable[[Package, Path], object], str]] = [
    (lambda package, tree: package.manifest.unlink(), "tree-v1.2.3.manifest.json: does not exist"),
    (lambda package, tree: package.checksums.unlink(), "tree-v1.2.3.sha256: does not exist"),
    (lambda package, tree: package.archive.write_bytes(b"x"), "tree-v1.2.3.tar.gz: no gzip file"),
    (lambda package, tree: package.archive.write_bytes(package.archive.read_bytes()[:-1]), "cut short here"),
    (lambda package, tree: (tree / "agents/dev.md").write_text("x"), "agents/dev.md: the work tree differs"),
    (lambda package, tree: (tree / "agents/new.md").write_text("x"), "agents/new.md: only in the work tree"),
]


@pytest.mark.parametrize(("change", "message"), BAD_PACKAGES)
def test_bad_package_is_said_line_by_line_with_status_1(
    change: Callable[[Package, Path], object],
    message: str,
    package: Package,
    tree: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    change(package, tree)

    status = packagecli.main(["verify", str(package.archive), "--tree", str(tree)])

    printed = capsys.readouterr()
    assert (status, printed.out) == (1, "")
    assert message in printed.err
    assert printed.err.splitlines()[-1].startswith("tree-v1.2.3.tar.gz: not verified, ")


WRONG_USE = [
    (["verify", "{tree}/none.tar.gz"], "none.tar.gz: does not exist; expected a .tar.gz"),
    (["verify", "{tree}"], "is no regular file; expected a .tar.gz"),
    (["verify", "{archive}", "--tree", "{tree}/none"], "none: does not exist; expected a work tree"),
]


@pytest.mark.parametrize(("words", "message"), WRONG_USE)
def test_wrong_use_is_one_line_and_status_2(
    words: list[str], message: str, package: Package, tree: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status = packagecli.main([word.format(tree=tree, archive=package.archive) for word in words])

    printed = capsys.readouterr()
    assert (status, printed.out, printed.err.count("\n")) == (2, "", 1)
    assert message in printed.err


@pytest.mark.parametrize("words", [["--help"], ["build", "--help"], ["verify", "--help"]])
def test_help_names_what_can_be_said(words: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "fixtures.package", *words], cwd=SUITE, capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert "usage: python -m fixtures.package" in done.stdout
