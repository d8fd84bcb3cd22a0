"""How fast a backup is verified, and in how much memory: `python -m tests_suite.benchmarks.backup [FOLDER]`.

The archives are made of the reference knowledge base over and over, each document with an id of its own; 1.5 GB in
FOLDER, or in the system's folder for temporary files. Seconds are those of the processor, so that what else the
machine does counts little, and each reading is timed in turns with `sha256sum` over the same file, which has to read
it, too. The memory is the peak of a process that reads one archive, as the Linux kernel counts it.
"""

from __future__ import annotations

import gzip
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import bson
import fastcrc

from fixtures.backup import mongodump
from fixtures.reference import dump
from fixtures.reference.dump import Part
from tests_suite.benchmarks.commandline import parser as parser_of

TURNS = 5
SMALL, LARGE = 100_000_000, 1_000_000_000  # bytes
GROWTH = 8.0  # MB that ten times as much may cost
FASTEST = 500.0  # MB/s of framing and CRC
KILOBYTE = 1024
MEGABYTE = 1_000_000


@dataclass(frozen=True)
class Written:
    """An archive for the benchmark."""

    path: Path
    size: int
    documents: int


def write(path: Path, size: int, document: Callable[[int], bytes]) -> Written:
    """Write an archive of one collection, of about that many bytes, without holding it."""
    part = Part("chunks", (), {"_id_": {"_id": 1}})
    crc = count = 0
    with path.open("wb") as file:
        file.write(dump.prelude([part]))
        while file.tell() < size:
            documents = [document(count + number) for number in range(2000)]
            data = b"".join(documents)
            crc = fastcrc.crc64.xz(data, crc) if count else fastcrc.crc64.xz(data)
            count += len(documents)
            file.write(dump.block(part, documents))
        file.write(dump.end(part, crc - (1 << 64) if crc >> 63 else crc))
    return Written(path, path.stat().st_size, count)


def passages() -> Callable[[int], bytes]:
    """Documents like those of the knowledge base: 700 bytes of text on average."""
    rows = [bson.decode(document) for part in dump.knowledge() for document in part.documents]
    return lambda number: bson.encode({**rows[number % len(rows)], "_id": f"chk-{number:09}"})


def vectors() -> Callable[[int], bytes]:
    """Documents with an embedding of 768 numbers, which are the slowest to decode."""
    numbers = [number / 768 for number in range(768)]
    return lambda number: bson.encode({"_id": f"chk-{number:09}", "embedding": numbers})


def seconds(work: Callable[[], object]) -> float:
    """How long some work keeps the processor busy, in this process and in those that it starts and waits for."""
    started = _busy()
    work()
    return _busy() - started


def _busy() -> float:
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def speed(written: Written, decoding: bool) -> tuple[float, float]:
    """MB/s of reading an archive, and how many times as long as sha256sum it takes."""

    def read() -> None:
        found = mongodump.read(written.path, decoding)
        if found.faults:
            sys.exit(f"{written.path} should be healthy: {found.faults[0].message}")

    def least() -> None:
        subprocess.run(["sha256sum", written.path], stdout=subprocess.DEVNULL, check=True)

    pairs = [(seconds(read), seconds(least)) for _ in range(TURNS)]
    mine = statistics.median(first for first, _ in pairs)
    return written.size / mine / MEGABYTE, mine / statistics.median(second for _, second in pairs)


def peak(path: Path) -> float:
    """The most memory in MB that a process of its own needs to read an archive."""
    code = f"from fixtures.backup import mongodump\nfrom pathlib import Path\nmongodump.read(Path({str(path)!r}))\n"
    code += "print(open('/proc/self/status').read())"  # getrusage would count the process that started this one, too
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    found = re.search(r"VmHWM:\s*(\d+) kB", done.stdout)
    assert found, "Linux says how much memory a process had at most"
    return int(found[1]) * KILOBYTE / MEGABYTE


def framing(written: Written) -> float:
    """MB/s of framing and CRC alone, without reading from the disk, hashing the file and decoding."""
    from fixtures.backup.documents import Documents
    from fixtures.backup.dumpbytes import runs

    data = written.path.read_bytes()
    start = len(dump.prelude([Part("chunks", (), {"_id_": {"_id": 1}})]))

    def pieces() -> Iterator[bytes]:
        for at in range(start, len(data), 1 << 20):
            yield data[at : at + (1 << 20)]

    def work() -> None:
        tally = Documents()
        for run in runs(pieces()):
            tally.add(run, decoding=False)

    return len(data) / statistics.median(seconds(work) for _ in range(TURNS)) / MEGABYTE


def zipped(written: Written) -> Path:
    """The same archive, gzipped."""
    path = written.path.with_suffix(".archive.gz")
    with written.path.open("rb") as source, gzip.open(path, "wb", compresslevel=1) as target:
        while piece := source.read(1 << 20):
            target.write(piece)
    return path


def main() -> int:
    """Measure and print; 1 where a limit does not hold."""
    parser = parser_of("backup", __doc__)
    parser.add_argument("folder", nargs="?", metavar="FOLDER", help="where the files go (default: a temporary folder)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as name:
        folder = Path(name)
        small = write(folder / "small.archive", SMALL, passages())
        large = write(folder / "large.archive", LARGE, passages())
        vector = write(folder / "vectors.archive", SMALL, vectors())
        print(f"{small.documents} documents of {small.size // small.documents} bytes, {small.size / MEGABYTE:.0f} MB")
        fast = framing(small)
        print(f"framing and CRC in memory: {fast:.0f} MB/s, at least {FASTEST:.0f}")
        for label, written, decoding in (
            ("framing, CRC and SHA-256 of a file", small, False),
            ("all, with every document decoded", small, True),
            ("all, documents with 768 numbers", vector, True),
        ):
            rate, times = speed(written, decoding)
            print(f"{label}: {rate:.0f} MB/s, {times:.2f} times sha256sum")
        packed = Written(zipped(small), small.size, small.documents)
        rate, times = speed(packed, True)
        print(f"all, gzipped, in unpacked bytes: {rate:.0f} MB/s, {times:.2f} times sha256sum of the packed file")
        peaks = [peak(each) for each in (small.path, large.path, packed.path)]
        growth = peaks[1] - peaks[0]
        print("peak memory: {:.0f} MB for 100 MB, {:.0f} MB for 1 GB, {:.0f} MB gzipped".format(*peaks))
        print(f"growth: {growth:.1f} MB, at most {GROWTH:g}")
    return int(fast < FASTEST or growth > GROWTH)


if __name__ == "__main__":
    sys.exit(main())
