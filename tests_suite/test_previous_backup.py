"""The archive of the previous version: what can be relied on, and how it differs from a tree."""

from __future__ import annotations

import gzip
import hashlib
import io
import tarfile
from pathlib import Path

import pytest

from fixtures.finding import Finding
from fixtures.repository import backup
from fixtures.repository.backup import PreviousBackup, Saved
from fixtures.repository.git import Entry

CONFIG, WORKFLOW, STEP = b'version: "1.0.0"\n', b"---\nversion: '1.0.0'\n---\n\n# Flow\n", b"# Step\n"
FILES = {"flow/config.yaml": CONFIG, "flow/workflow.md": WORKFLOW, "flow/steps/one.md": STEP}


def _id(content: bytes, algorithm: str = "sha1") -> str:
    return hashlib.new(algorithm, b"blob %d\0" % len(content) + content).hexdigest()


def _entry(content: bytes, mode: str = "100644") -> Entry:
    return Entry(mode, _id(content))


def member(name: str, content: bytes = b"", **fields: object) -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(name)
    info.size, info.mode = len(content), 0o644
    for field, value in fields.items():
        setattr(info, field, value)
    return info, content


def tar(*members: tuple[tarfile.TarInfo, bytes]) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as tar:
        for info, content in members:
            tar.addfile(info, io.BytesIO(content) if info.isreg() else None)
    return file.getvalue()


def sound(**more: bytes) -> bytes:
    return tar(*(member(name, content) for name, content in {**FILES, **more}.items()))


def archived(folder: Path, tar: bytes) -> PreviousBackup:
    path = folder / "backup.tar.gz"
    path.write_bytes(gzip.compress(tar, mtime=0))
    return backup.open_backup(path, sha256_ids=False)


# What is read


def test_files_of_a_backup_go_by_the_ids_that_git_gives_them(tmp_path: Path) -> None:
    members = [
        member("./flow/", type=tarfile.DIRTYPE, mode=0o755),
        member("./flow//config.yaml", CONFIG),
        member("flow/run.sh", b"a\r\nb\r\n", mode=0o755),
        member("flow/link", type=tarfile.SYMTYPE, linkname="größer"),
        member("flow/hard", type=tarfile.LNKTYPE, linkname="./flow//config.yaml"),
        member("flow/owner.sh", b"x", mode=0o100),
        member("flow/group.sh", b"x", mode=0o655),
    ]

    found = archived(tmp_path, tar(*members))

    assert found == PreviousBackup(
        tmp_path / "backup.tar.gz",
        hashlib.sha256((tmp_path / "backup.tar.gz").read_bytes()).hexdigest(),
        {
            "flow/config.yaml": Saved(_entry(CONFIG), None),
            "flow/run.sh": Saved(_entry(b"a\r\nb\r\n", "100755"), _id(b"a\nb\n")),
            "flow/link": Saved(_entry("größer".encode(), "120000"), None),
            "flow/hard": Saved(_entry(CONFIG), None),
            "flow/owner.sh": Saved(_entry(b"x", "100755"), None),
            "flow/group.sh": Saved(_entry(b"x"), None),
        },
        "",
    )
    known = backup.open_backup(found.path, sha256_ids=True).files["flow/config.yaml"]
    assert known.entry.id == _id(CONFIG, "sha256")


def _zipped(data: bytes) -> bytes:
    return gzip.compress(data, mtime=0)


REFUSED: list[tuple[str, bytes, str]] = [
    ("a text", b"no archive", "is no whole gzip file: incorrect header check (after 0 bytes)"),
    ("empty", b"", "is cut short: its gzip stream does not end (after 0 bytes)"),
    ("cut", _zipped(sound())[:-9], "is cut short: its gzip stream does not end (after 10240 bytes)"),
    ("a member behind it", _zipped(sound()) * 2, "goes on behind the end of its gzip stream"),
    ("without an end", _zipped(sound().rstrip(b"\0").ljust(3072, b"\0")[:3072]),
     "is cut short: the end mark of the tar archive is missing"),
    ("text behind the end", _zipped(sound() + b"more"),
     "goes on where its tar archive ends: what follows would not be restored"),
    ("no tar", _zipped(b"x" * 600), "is no tar archive that can be read to its end: invalid header"),
    ("climbing", _zipped(tar(member("flow/../../x", b"x"))), "flow/../../x: its name climbs out with '..'"),
    ("twice", _zipped(tar(member("a", b"x"), member("./a", b"y"))), "a: is there twice, with two contents"),
    ("a pipe", _zipped(tar(member("flow/pipe", type=tarfile.FIFOTYPE))),
     "flow/pipe: is neither file, folder nor link"),
    ("a link to nothing", _zipped(tar(member("flow/a", type=tarfile.LNKTYPE, linkname="flow/b"))),
     "flow/a: is a link to flow/b, which is not in the archive"),
]  # fmt: skip


@pytest.mark.parametrize(("data", "refusal"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_backup_that_would_not_restore_whole_is_refused(data: bytes, refusal: str, tmp_path: Path) -> None:
    path = tmp_path / "backup.tar.gz"
    path.write_bytes(data)

    assert backup.open_backup(path, sha256_ids=False) == PreviousBackup(
        path, hashlib.sha256(data).hexdigest(), {}, refusal
    )


@pytest.mark.parametrize("tail", [b"\0" * 512, b"\0" * 10])
def test_zeros_behind_an_archive_are_padding(tail: bytes, tmp_path: Path) -> None:
    path = tmp_path / "backup.tar.gz"
    path.write_bytes(_zipped(sound()) + tail)

    assert backup.open_backup(path, sha256_ids=False).refusal == ""


def test_same_file_twice_is_there_once(tmp_path: Path) -> None:
    found = archived(tmp_path, tar(member("a", b"x"), member("./a", b"x")))

    assert (dict(found.files), found.refusal) == ({"a": Saved(_entry(b"x"), None)}, "")


def test_size_and_members_of_a_backup_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tar = sound()
    monkeypatch.setattr(backup, "LARGEST", len(tar))
    monkeypatch.setattr(backup, "MOST_MEMBERS", len(FILES))
    assert archived(tmp_path, tar).refusal == ""

    monkeypatch.setattr(backup, "MOST_MEMBERS", len(FILES) - 1)
    assert archived(tmp_path, tar).refusal == "holds more than 2 members"
    monkeypatch.setattr(backup, "LARGEST", len(tar) - 1)
    assert archived(tmp_path, tar).refusal == f"holds more than {len(tar) - 1} bytes; expected a workflow's folder"


# How it differs

TREE = {name.removeprefix("flow/"): _entry(content) for name, content in FILES.items()}
WHERE = "the commit before"


def _found(**files: Saved) -> PreviousBackup:
    sound = {name: Saved(_entry(content), None) for name, content in FILES.items()}
    return PreviousBackup(Path("b.tar.gz"), "0" * 64, {**sound, **files}, "")


def test_backup_of_the_same_tree_does_not_differ() -> None:
    assert backup.differences(_found(), TREE, WHERE) == backup.Difference((), ())


def test_every_difference_is_told_with_its_file() -> None:
    files = {
        "flow/workflow.md": Saved(_entry(b"other"), None),
        "flow/steps/one.md": Saved(_entry(b"# Step\r\n"), _id(STEP)),
        "flow/steps/two.md": Saved(_entry(b"x\r\n"), _id(b"x\n")),
        "flow/run.sh": Saved(_entry(b"x", "100755"), None),
        "flow/old.md": Saved(_entry(b"old"), None),
        "flow/a/.DS_Store": Saved(_entry(b""), None),
        "flow/._a.md": Saved(_entry(b""), None),
        "README.md": Saved(_entry(b""), None),
    }
    tree = {"gone.md": _entry(b"x"), **TREE, "steps/two.md": _entry(b"y\n"), "run.sh": _entry(b"x")}

    found = backup.differences(_found(**files), tree, WHERE)

    assert found.blocking == (
        Finding("gone.md", None, "is in the commit before, and not in the backup"),
        Finding("workflow.md", None, "differs in the backup from the commit before"),
        Finding("steps/two.md", None, "differs in the backup from the commit before"),
        Finding("run.sh", None, "has the mode 100755 in the backup, 100644 in the commit before"),
        Finding("old.md", None, "is in the backup, and not in the commit before"),
        Finding("README.md", None, "is in the backup, outside of the workflow's folder flow/"),
    )
    assert found.harmless == (
        Finding("steps/one.md", None, "has other line ends in the backup from the commit before"),
        Finding("a/.DS_Store", None, "is in the backup, and not in the commit before"),
        Finding("._a.md", None, "is in the backup, and not in the commit before"),
    )


def test_archive_without_a_workflow_differs_in_one_thing() -> None:
    nothing = PreviousBackup(Path("/backups/b.tar.gz"), "", {"a/config.yaml": Saved(_entry(b""), None)}, "")

    assert backup.differences(nothing, TREE, WHERE).blocking == (
        Finding("b.tar.gz", None, "holds no workflow: none of its 1 files is config.yaml beside a workflow.md"),
    )


def test_checksum_beside_the_backup_and_on_record_are_its_own(tmp_path: Path) -> None:
    found = archived(tmp_path, sound())
    beside = found.path.with_name("backup.tar.gz.sha256")
    beside.write_text(f"{found.sha256}  backup.tar.gz\n", encoding="utf-8")

    assert backup.checksum_findings(found, found.sha256) == []
    assert backup.checksum_findings(found, "0" * 64) == [
        Finding(
            "backup.tar.gz", None, f"the record says 0000000000000000…; the file has the SHA-256 {found.sha256[:16]}…"
        )
    ]
    beside.unlink()
    assert [each.file for each in backup.checksum_findings(found, "0" * 64)] == [
        "backup.tar.gz.sha256",
        "backup.tar.gz",
    ]


def written(root: Path) -> Path:
    for name, content in FILES.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        path.chmod(0o644)
    return root / "flow"


def test_folder_is_seen_as_git_would_see_it(tmp_path: Path) -> None:
    flow = written(tmp_path)
    (flow / ".git" / "x").mkdir(parents=True)
    (flow / ".git" / "config").write_bytes(b"")
    (flow / "steps" / ".git").write_bytes(b"gitdir: elsewhere")
    (flow / "steps" / ".DS_Store").write_bytes(b"")
    (flow / "steps" / "link").symlink_to("one.md")
    (flow / "run.sh").write_bytes(b"x")
    (flow / "run.sh").chmod(0o744)

    assert backup.entries_of(flow) == {
        **TREE,
        "steps/link": _entry(b"one.md", "120000"),
        "run.sh": _entry(b"x", "100755"),
    }
