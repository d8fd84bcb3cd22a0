"""How fast a package is verified: `python -m tests_suite.benchmarks.package [--folder DIR] [--turns N]`.

A package of 50,000 files and 1 GB, once compressed and once as this project builds it, in turns against what an
engineer would type: `tar -xzf` and `sha256sum -c` over the same file. Verifying reads archive, manifest and checksum
file, computes every digest and compares them all, in a process of its own whose start counts. Seconds are both those
of the clock and those of the processors, because what else the machine does changes the first ones. Then the package
of the reference release: the time that verifying it takes in a process that runs already. Takes 3.5 GB in the folder.
"""

from __future__ import annotations

import gzip
import json
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from fixtures import reference
from fixtures.package import build as packagebuild
from fixtures.package.build import Package, beside
from fixtures.package.compare import faults_of
from fixtures.package.package import open_package
from tests_suite.benchmarks.child import Taken, run
from tests_suite.benchmarks.commandline import parser as parser_of
from tests_suite.faults.packed import rewrite

FILES, SIZE = 50_000, 20_000
FASTER, MOST_MEMORY, LONGEST = 3.0, 150.0, 20.0  # times, MB, ms
SUITE = Path(__file__).parents[2]
# The kernel counts the peak of this process's own memory, since its program was loaded.
PEAK = """
import sys
from fixtures.package.cli import main
if main(sys.argv[1:]) == 0:
    print(*(line for line in open("/proc/self/status") if line.startswith("VmHWM")))
"""


def plant(tree: Path) -> None:
    """A workflow with as many files as no workflow has, of text that compresses as text does."""
    draw = random.Random(1)
    words = [bytes(draw.choices(b"abcdefghijklmnopqrstuvwxyz", k=draw.randint(2, 9))) for _ in range(3000)]
    text = b" ".join(draw.choices(words, k=3_000_000))
    tree.mkdir()
    for name in ("config.yaml", "workflow.md"):
        shutil.copy(reference.WORKFLOW / name, tree)
    for number in range(FILES // 100):
        folder = tree / "steps" / f"{number:03}-phase"
        folder.mkdir(parents=True)
        for each in range(100):
            start = draw.randrange(len(text) - SIZE)
            (folder / f"step-{each:02}-some-agent.md").write_bytes(text[start : start + SIZE])


def compressed(package: Package, folder: Path) -> Package:
    """The same package with a compressor."""
    folder.mkdir()
    other = beside(folder / package.archive.name)
    shutil.copy(package.manifest, other.manifest)
    with gzip.open(package.archive) as plain, gzip.GzipFile(other.archive, "wb", 6, mtime=0) as packed:
        shutil.copyfileobj(plain, packed, 1024 * 1024)
    rewrite(other)
    return other


def compare(name: str, package: Package, folder: Path, turns: int) -> bool:
    """Verify a package and unpack it, in turns; print a row of the table, and say whether the figures are kept."""
    sums = folder / "sums"
    files = json.loads(package.manifest.read_text(encoding="utf-8"))["files"]
    sums.write_text("".join(f"{each['sha256']}  {each['path']}\n" for each in files), encoding="utf-8")
    verify = [sys.executable, "-m", "fixtures.package", "verify", str(package.archive)]
    typed = f"mkdir x && tar -xzf '{package.archive}' -C x && cd x && sha256sum -c --quiet '{sums}'"
    ours, theirs = [], []
    for _ in range(turns):
        ours.append(run(verify, SUITE))
        theirs.append(run(["sh", "-c", typed], folder))
        shutil.rmtree(folder / "x")
    clock = statistics.median(each.seconds for each in theirs) / statistics.median(each.seconds for each in ours)
    busy = statistics.median(each.busy for each in theirs) / statistics.median(each.busy for each in ours)
    memory = peak(package)
    own, other = (_row(each) for each in (ours, theirs))
    print(f"| {name} | {own} | {other} | {clock:.1f} | {busy:.1f} | {memory:.0f} MB |", flush=True)
    return clock >= FASTER and memory < MOST_MEMORY


def _row(runs: list[Taken]) -> str:
    clock = statistics.median(each.seconds for each in runs)
    return f"{clock:.2f} / {statistics.median(each.busy for each in runs):.2f} s"


def peak(package: Package) -> float:
    """Megabytes at the peak of a process that verifies a package; what `wait4` says holds that of its parent, too."""
    command = [sys.executable, "-c", PEAK, "verify", str(package.archive)]
    done = subprocess.run(command, cwd=SUITE, check=True, capture_output=True, text=True)
    return int(done.stdout.split()[-2]) * 1024 / 1_000_000


def small(folder: Path) -> float:
    """Milliseconds of the processor to verify the package of the reference release against its work tree."""
    package = packagebuild.build(reference.WORKFLOW, folder)
    times = [_seconds(lambda: faults_of(open_package(package.archive), reference.WORKFLOW)) for _ in range(21)]
    return statistics.median(times) * 1000


def _seconds(work: Callable[[], object]) -> float:
    started = time.process_time()
    assert not work(), "the package does not verify"
    return time.process_time() - started


def main() -> int:
    """Print the table; 1 where a figure is missed."""
    parser = parser_of("package", __doc__)
    parser.add_argument("--folder", metavar="DIR", help="where the files go (default: a temporary folder)")
    parser.add_argument("--turns", type=int, default=3, metavar="N", help="how often each is run (default: 3)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as name:
        folder = Path(name)
        milliseconds = small(folder / "small")
        plant(folder / "tree")
        stored = packagebuild.build(folder / "tree", folder / "stored")
        shutil.rmtree(folder / "tree")
        print("| package | verify (clock / processors) | tar + sha256sum | times faster | by processors | peak |")
        print("| --- | --- | --- | --- | --- | --- |")
        kept = compare("compressed", compressed(stored, folder / "compressed"), folder, options.turns)
        kept &= compare("as built", stored, folder, options.turns)
    print(f"\nThe package of the reference release: {milliseconds:.1f} ms")
    return 0 if kept and milliseconds < LONGEST else 1


if __name__ == "__main__":
    sys.exit(main())
