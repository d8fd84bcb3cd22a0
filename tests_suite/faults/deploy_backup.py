"""Faults of the backup that is taken before the files are copied (2.2.3)."""

from __future__ import annotations

import gzip
import io
import shutil
import tarfile
from collections.abc import Callable, Mapping
from pathlib import Path

from fixtures.package.checksumfile import digest_of
from tests_suite.faults.deployed import BACKUP, FOLDER, provide, record, save, seal
from tests_suite.faults.world import Fault, World

CONTENTS, PLACE, CHECKSUM = {"2.2.3.1": "failed"}, {"2.2.3.2": "failed"}, {"2.2.3.3": "failed"}
ROOT = FOLDER.rpartition("/")[2]
ANALYST = f"{ROOT}/agents/business-analyst.md"


def archive_of(world: World) -> Path:
    """The backup in the world."""
    return world.root / "backups" / BACKUP


def sealed(world: World) -> None:
    """Let checksum file and record agree with the backup as it is."""
    archive = archive_of(world)
    seal(archive)
    digest = digest_of(archive)
    record(world, lambda data: data["backup"].update(sha256=digest))


def with_bytes(change: Callable[[bytes], bytes]) -> Callable[[World], None]:
    """A backup whose file was changed before its checksum was taken."""

    def breaks(world: World) -> None:
        provide(world)
        archive = archive_of(world)
        before = archive.read_bytes()
        archive.write_bytes(change(before))
        assert archive.read_bytes() != before
        sealed(world)

    return breaks


def with_files(
    change: Callable[[dict[str, bytes]], object], modes: Mapping[str, int] | None = None
) -> Callable[[World], None]:
    """A backup of other files; `modes` are by name, those that are not 644."""

    def breaks(world: World) -> None:
        provide(world)
        with tarfile.open(archive_of(world)) as tar:
            read = {each.name: tar.extractfile(each) for each in tar if each.isfile()}
            files = {name: file.read() for name, file in read.items() if file is not None}
        change(files)
        with tarfile.open(archive_of(world), "w:gz") as tar:
            for name, content in files.items():
                member = tarfile.TarInfo(name)
                member.size, member.mode = len(content), (modes or {}).get(name, 0o644)
                tar.addfile(member, io.BytesIO(content))
        sealed(world)

    return breaks


def _of_the_new_version(world: World) -> None:
    save(provide(world), archive_of(world))
    sealed(world)


def renamed(name: str) -> Callable[[World], None]:
    """A backup that is called otherwise, and recorded so."""

    def breaks(world: World) -> None:
        provide(world)
        archive = archive_of(world)
        archive.with_name(f"{BACKUP}.sha256").unlink()
        seal(archive.rename(archive.with_name(name)))
        record(world, lambda data: data["backup"].update(file=f"/backups/{name}"))

    return breaks


def _taken_to(folder: str) -> Callable[[World], None]:
    def breaks(world: World) -> None:
        provide(world)
        record(world, lambda data: data["backup"].update(file=f"{folder}/{BACKUP}"))

    return breaks


def _elsewhere(world: World) -> None:
    """The backup lies where the record says, which is not where it should be."""
    provide(world)
    (world.root / "backups").rename(world.root / "home-backups")
    (world.root / "backups").mkdir()
    record(world, lambda data: data["backup"].update(file=str(world.root / "home-backups" / BACKUP)))


def _gone(world: World) -> None:
    provide(world)
    shutil.rmtree(world.root / "backups")


def _beside(change: Callable[[Path], object]) -> Callable[[World], None]:
    def breaks(world: World) -> None:
        provide(world)
        change(archive_of(world).with_name(f"{BACKUP}.sha256"))

    return breaks


def _recorded(world: World) -> None:
    provide(world)
    record(world, lambda data: data["backup"].update(sha256="0" * 64))


def _touched(world: World) -> None:
    """A byte of the gzip header that changes nothing of the contents."""
    provide(world)
    data = bytearray(archive_of(world).read_bytes())
    data[9] ^= 1
    archive_of(world).write_bytes(bytes(data))


def _flipped(data: bytes) -> bytes:
    middle = len(data) // 2
    return data[:middle] + bytes([data[middle] ^ 8]) + data[middle + 1 :]


def _without_end(tar: bytes) -> bytes:
    return tar[: -(-len(tar.rstrip(b"\0")) // 512) * 512]


def _damaged_header(world: World) -> None:
    """One digit of the mode in a header in the middle; its checksum no longer agrees."""
    with_files(lambda files: files.pop(f"{ROOT}/workflow-plan-ai-engineering-workflow.md"))(world)
    plain = bytearray(gzip.decompress(archive_of(world).read_bytes()))
    start = plain.index(f"{ANALYST}\0".encode())
    plain[start + 103] ^= 1
    archive_of(world).write_bytes(gzip.compress(bytes(plain)))
    sealed(world)


def _crlf(files: dict[str, bytes]) -> None:
    files[ANALYST] = files[ANALYST].replace(b"\n", b"\r\n")


FAULTS = [
    Fault(
        "there is no backup",
        _gone,
        CONTENTS | PLACE | CHECKSUM,
        ("there is no backup", f"{BACKUP}:: does not exist; expected the backup that was recorded"),
    ),
    Fault(
        "the backup lacks a file",
        with_files(lambda files: files.pop(ANALYST)),
        CONTENTS,
        ("agents/business-analyst.md:: is in the commit before", "and not in the backup"),
    ),
    Fault(
        "the backup is of the new version", _of_the_new_version, CONTENTS, ("agents/dev.md:: differs in the backup",)
    ),
    Fault(
        "the backup holds something else, too",
        with_files(lambda files: files.update({f"{ROOT}/secrets.txt": b"x"})),
        CONTENTS,
        ("secrets.txt:: is in the backup, and not in the commit before",),
    ),
    Fault(
        "the backup holds another folder, too",
        with_files(lambda files: files.update({"etc/passwd": b"x"})),
        CONTENTS,
        ("etc/passwd:: is in the backup, outside of the workflow's folder",),
    ),
    Fault(
        "a file in the backup is another one",
        with_files(lambda files: files.update({ANALYST: b"x"})),
        CONTENTS,
        ("agents/business-analyst.md:: differs in the backup",),
    ),
    Fault(
        "a file in the backup can be executed",
        with_files(lambda files: files.update(), {ANALYST: 0o755}),
        CONTENTS,
        ("has the mode 100755 in the backup, 100644 in the commit before",),
    ),
    Fault("the backup is empty", with_files(lambda files: files.clear()), CONTENTS, ("holds no workflow",)),
    Fault(
        "the backup climbs out of its folder",
        with_files(lambda files: files.update({f"{ROOT}/../../x": b"x"})),
        CONTENTS,
        ("its name climbs out with '..'",),
    ),
    Fault(
        "a file has other line ends in the backup",
        with_files(_crlf),
        {"2.2.3.1": "degraded"},
        ("has other line ends in the backup",),
    ),
    Fault(
        "a desktop left its file in the backup",
        with_files(lambda files: files.update({f"{ROOT}/.DS_Store": b"x"})),
        {"2.2.3.1": "degraded"},
        (".DS_Store:: is in the backup",),
    ),
    Fault("the backup is cut short", with_bytes(lambda data: data[:5000]), CONTENTS, ("its gzip stream does not end",)),
    Fault(
        "the tar in the backup is cut short",
        with_bytes(lambda data: gzip.compress(gzip.decompress(data)[:20_000])),
        CONTENTS,
        ("is no tar archive that can be read to its end",),
    ),
    Fault(
        "the tar in the backup has no end",
        with_bytes(lambda data: gzip.compress(_without_end(gzip.decompress(data)))),
        CONTENTS,
        ("the end mark of the tar archive is missing",),
    ),
    Fault("the backup has a flipped bit", with_bytes(_flipped), CONTENTS, ("is no whole gzip file",)),
    Fault(
        "the backup has a damaged header",
        _damaged_header,
        CONTENTS,
        ("is no tar archive that can be read to its end",),
    ),
    Fault(
        "the backup holds two archives",
        with_bytes(lambda data: gzip.compress(gzip.decompress(data) * 2)),
        CONTENTS,
        ("goes on where its tar archive ends: what follows would not be restored",),
    ),
    Fault("the backup is not compressed", with_bytes(gzip.decompress), CONTENTS, ("is no whole gzip file",)),
    Fault("the backup goes on", with_bytes(lambda data: data + b"x"), CONTENTS, ("goes on behind the end",)),
    Fault(
        "the backup is called otherwise",
        renamed("backup.tar.gz"),
        PLACE,
        ("the backup is called backup.tar.gz; expected",),
    ),
    Fault(
        "the backup carries this version's name",
        renamed(BACKUP.replace("1.0.0", "2.0.0")),
        PLACE,
        ("expected ai-engineering-workflow-v1.0.0-backup-<timestamp>.tar.gz",),
    ),
    Fault(
        "the backup was taken after the copy",
        renamed(BACKUP.replace("091600", "093000")),
        PLACE,
        ("taken at 20260106T093000Z by its name, after the files were copied",),
    ),
    Fault(
        "the backup carries no timestamp",
        renamed(BACKUP.replace("20260106T091600Z", "latest")),
        PLACE,
        ("'latest' in its name is no timestamp",),
    ),
    Fault(
        "the backup carries an impossible timestamp",
        renamed(BACKUP.replace("20260106T", "20261340T")),
        PLACE,
        ("in its name is no timestamp",),
    ),
    Fault(
        "the backup was taken to somebody's home",
        _taken_to("/home/dana"),
        PLACE,
        ("the backup was taken to /home/dana",),
    ),
    Fault("the backup lies in another folder", _elsewhere, PLACE, ("home-backups; expected it in /backups",)),
    Fault(
        "there is no checksum", _beside(lambda path: path.unlink()), CHECKSUM, (f"{BACKUP}.sha256:: does not exist",)
    ),
    Fault(
        "the checksum is of another backup",
        _beside(lambda path: path.write_text(f"{'0' * 64}  {BACKUP}\n")),
        CHECKSUM,
        ("the sha256 recorded is 0000000000000000",),
    ),
    Fault(
        "the checksum is a forgeable one",
        _beside(lambda path: path.write_text(f"{'0' * 32}  {BACKUP}\n")),
        CHECKSUM,
        ("a digest that can be forged",),
    ),
    Fault("the record has another checksum", _recorded, CHECKSUM, ("the record says 0000000000000000",)),
    Fault("the backup has changed since", _touched, CHECKSUM, ("the file's is", "the record says")),
]
