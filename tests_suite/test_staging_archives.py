"""Archives of a workflow's folder: what is in them, what they are called, and which of them can be relied on."""

from __future__ import annotations

import hashlib
import os
import stat
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from fixtures.staging import archive, files
from fixtures.staging.files import Held
from fixtures.staging.site import RefusedError

X = hashlib.sha256(b"x").hexdigest()


def _refused(call: Callable[[], object]) -> str:
    with pytest.raises(RefusedError) as error:
        call()
    return str(error.value)


def _tree(folder: Path) -> Path:
    root = folder / "flow"
    (root / "steps").mkdir(parents=True)
    for name, content, mode in (
        ("config.yaml", b"x", 0o640),
        ("steps/one.md", b"# One\n", 0o755),
        ("no.md", b"", 0o644),
    ):
        (root / name).write_bytes(content)
        (root / name).chmod(mode)
        os.utime(root / name, (1_700_000_000.9,) * 2)
    (root / "steps").chmod(0o711)
    return root


def test_archive_holds_the_files_asked_for_with_modes_and_times_and_comes_back_so(tmp_path: Path) -> None:
    root, told = _tree(tmp_path), list[str]()
    paths = ["steps/one.md", "config.yaml"]

    stored = archive.store(root, paths, tmp_path / "backups", lambda: "b.tar.gz", told.append)

    expected = {"config.yaml": Held(X, 0o640), "steps": Held("", 0o711),
                "steps/one.md": Held(hashlib.sha256(b"# One\n").hexdigest(), 0o755)}  # fmt: skip
    assert stored.file == tmp_path / "backups" / "b.tar.gz"
    assert stored.sha256 == hashlib.sha256(stored.file.read_bytes()).hexdigest() == archive.verify(stored.file)
    assert archive.beside(stored.file).read_text(encoding="ascii") == f"{stored.sha256}  b.tar.gz\n"
    assert told == ["written", "stored as b.tar.gz"]
    assert sorted(os.listdir(tmp_path / "backups")) == ["b.tar.gz", "b.tar.gz.sha256"]
    assert stat.S_IMODE(stored.file.stat().st_mode) == 0o644
    assert archive.contents_of(stored.file) == expected
    assert archive.restore(stored.file, tmp_path / "again") == expected == files.held(tmp_path / "again")
    with tarfile.open(stored.file) as tar:
        members = tar.getmembers()
    assert [each.name for each in members] == ["config.yaml", "steps", "steps/one.md"]
    assert {each.mtime for each in members if each.isfile()} == {1_700_000_000}


def test_archive_of_the_same_files_has_the_same_bytes_and_keeps_its_name(tmp_path: Path) -> None:
    root = _tree(tmp_path)
    os.utime(root / "steps", (1_700_000_000,) * 2)
    stored = [archive.store(root, ["steps/one.md"], tmp_path / "b", lambda: "b.tar.gz") for _ in range(2)]

    assert stored[0] == stored[1]


def test_name_that_another_archive_has_is_not_taken(tmp_path: Path) -> None:
    root, names = _tree(tmp_path), iter(["taken.tar.gz", "free.tar.gz"])
    (tmp_path / "taken.tar.gz").write_bytes(b"other")

    stored = archive.store(root, ["no.md"], tmp_path, lambda: next(names))

    assert stored.file.name == "free.tar.gz"
    assert (tmp_path / "taken.tar.gz").read_bytes() == b"other"


def test_backup_that_cannot_be_relied_on_is_refused_in_one_line(tmp_path: Path) -> None:
    file = tmp_path / "b.tar.gz"
    sums = archive.beside(file)

    def says() -> str:
        return _refused(lambda: archive.verify(file))

    assert says() == f"{file}: does not exist; expected a backup"
    file.mkdir()
    assert says() == f"{file}: is no regular file; expected a backup"
    file.rmdir()
    file.write_bytes(b"x")
    assert says().startswith(f"{sums}: ")
    sums.write_text(f"{X}  other.tar.gz\n", encoding="ascii")
    assert says() == f"{sums}: does not list b.tar.gz"
    sums.write_text(f"{'0' * 64}  b.tar.gz\n", encoding="ascii")
    assert says() == f"{file}: has the SHA-256 {X[:16]}…, b.tar.gz.sha256 says 0000000000000000…"
    sums.write_text(f"{X}  b.tar.gz\n", encoding="ascii")
    assert archive.verify(file) == X
    assert _refused(lambda: archive.restore(file, tmp_path / "into")).startswith(f"{file}: ")
    assert not (tmp_path / "into").exists()
