"""How long the stories of a sample run take to judge (plan 3.4.3), by their number.

    python -m tests_suite.benchmarks.stories
    python -m tests_suite.benchmarks.stories 20 200

The stories are the reference's own, written again and again under other numbers. Reading and judging them is timed in
turns with the least that can be done: reading every file and parsing it as Markdown. Seconds are those of the
processor.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from markdown_it import MarkdownIt

from fixtures.measured import stories
from fixtures.reference import WORKFLOW
from fixtures.reference import stories as reference_stories
from fixtures.workflow.config import config_of
from fixtures.workflow.tree import open_tree
from gate import checklist
from tests_suite.benchmarks.commandline import parser as parser_of

NUMBERS = (20, 200, 2000)


def plant(folder: Path, number: int) -> Path:
    """That many stories; those of the reference, in turns."""
    config = config_of(open_tree(WORKFLOW, checklist.load().release.composition))
    assert config is not None, "the reference has a config.yaml"
    own = sorted(reference_stories.write(folder / "own", config).glob("*.md"))
    sample = folder / str(number)
    sample.mkdir()
    for each in range(number):
        text = own[each % len(own)].read_text(encoding="utf-8")
        (sample / f"{each // 100 + 1}-{each % 100 + 1}-a-story.md").write_text(text, encoding="utf-8")
    return sample


def judge(sample: Path) -> int:
    """Read and judge every story."""
    read = stories.read(sample)
    assert read.compliance == 100.0, f"{read.compliance} % of the stories comply; those of the reference all do"
    return len(read.stories)


def parse(sample: Path) -> int:
    """The least: read every file, and parse its Markdown."""
    parser = MarkdownIt("commonmark")
    return sum(bool(parser.parse(path.read_text(encoding="utf-8"))) for path in sorted(sample.glob("*.md")))


def _seconds(work: Callable[[Path], int], sample: Path, number: int) -> float:
    started = time.process_time()
    found = work(sample)
    assert found == number, f"{found} stories of {number}"
    return time.process_time() - started


def main() -> int:
    """Measure, and print a Markdown table."""
    parser = parser_of("stories", __doc__)
    parser.add_argument("numbers", nargs="*", type=int, default=NUMBERS, help=f"how many stories (default: {NUMBERS})")
    parser.add_argument("--rounds", type=int, default=5, help="runs of each (default: 5)")
    options = parser.parse_args()
    print("| stories | judged | for each | against parsing alone |")
    print("| ---: | ---: | ---: | ---: |")
    for number in options.numbers:
        with tempfile.TemporaryDirectory(prefix="stories-") as name:
            sample = plant(Path(name), number)
            pairs = [
                (_seconds(judge, sample, number), _seconds(parse, sample, number)) for _ in range(options.rounds + 1)
            ][1:]
        own = statistics.median(each for each, _ in pairs)
        ratio = statistics.median(each / least for each, least in pairs)
        print(f"| {number:,} | {own:.2f} s | {own / number * 1000:.1f} ms | {ratio:.1f} |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
