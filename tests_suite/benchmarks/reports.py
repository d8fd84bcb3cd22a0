"""What judging and reporting cost a run, and how long a report of thousands of tests takes to open.

The first part runs all gates of a deployment on the reference release, in one process, under a clock: every hook of
the judge's (gate/) is timed, and so are pytest-html's and the JUnit reporter's, whose files are among the reports. What
the gates' own tests do within those hooks (a fixture, a check) is not counted: no hook of the judge's encloses it but
the wrappers around a test, of which only their own time counts. The share is that of the whole run, start-up included.

The second part makes a project whose smoke gate has as many tests as asked for, runs it, and has a headless Chromium
draw the first screen of signoff.html and report.html: the time of the whole process, less that for an empty page. Of
report.html, which lives by its script, the browser's own clock is read, too: when everything was loaded and listed.

    python -m tests_suite.benchmarks.reports
    python -m tests_suite.benchmarks.reports --tests 1000 --only pages
"""

from __future__ import annotations

import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from tests_suite import miniature
from tests_suite.benchmarks.commandline import parser as parser_of
from tests_suite.miniature import SUITE

GATES = "predeploy or smoke or deploy or mcp or bmad"
LARGEST_SHARE = 15.0  # percent of the run that judging and reporting may take
LONGEST_OPENING = 1.0  # seconds
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
OWN_CLOCK = '<script>addEventListener("load", () => { document.body.dataset.loaded = performance.now() })</script>'
EMPTY_PAGE = "<!DOCTYPE html><title>empty</title><p>empty"
FAILING = 50  # one test in so many fails: a report without failures is not the one that is looked at
CLOCK = "tests_suite.benchmarks.clock"  # the plugin that measures


def main() -> None:
    """Measure, and print what came out."""
    parser = parser_of("reports", __doc__)
    parser.add_argument("--rounds", type=int, default=5, help="runs of each (default: 5)")
    parser.add_argument("--tests", type=int, default=5000, help="tests of the large report (default: 5000)")
    parser.add_argument("--only", choices=("share", "pages"), help="one of both parts")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="reports-") as name:
        folder = Path(name)
        if options.only != "pages":
            _share(folder, options.rounds)
        if options.only != "share":
            _pages(folder, options.tests, options.rounds)


def _share(folder: Path, rounds: int) -> None:
    taken = [clocked(folder / f"share-{number}", GATES) for number in range(rounds)]
    whole = statistics.median(each["whole"] for each in taken)
    print(f'-m "{GATES}": {whole:.1f} s, median of {rounds}')
    for part in ("judge", "reporters"):
        seconds = statistics.median(each[part] for each in taken)
        print(f"  {part}: {seconds:.2f} s")
    share = statistics.median(100 * (each["judge"] + each["reporters"]) / each["whole"] for each in taken)
    print(f"  share of both: {share:.1f} % (at most {LARGEST_SHARE:g} %)")


def clocked(folder: Path, marker: str, *arguments: str) -> dict[str, float]:
    """Seconds of the whole run, of the judge's hooks and of the other reporters' hooks. Raises where the run fails."""
    folder.mkdir(parents=True)
    out = folder / "clock.json"
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", CLOCK, "-m", marker]
    started = time.perf_counter()
    done = subprocess.run(
        [*command, f"--report-dir={folder / 'reports'}", *arguments],
        cwd=SUITE,
        env={**os.environ, "CLOCK_FILE": str(out)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    whole = time.perf_counter() - started
    if done.returncode not in (0, 1) or not out.exists():
        sys.exit(f"the run ended with status {done.returncode}:\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
    measured: dict[str, float] = json.loads(out.read_text(encoding="utf-8"))
    return {"whole": whole, **measured}


def _pages(folder: Path, tests: int, rounds: int) -> None:
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        sys.exit(f"no browser: expected one of {', '.join(BROWSERS)} on PATH")
    reports = large(folder / "large", tests)
    empty = folder / "empty.html"
    empty.write_text(EMPTY_PAGE, encoding="utf-8")
    pages = [empty, reports / "signoff.html", reports / "report.html"]
    seconds = opening(browser, pages, rounds)
    base = seconds[empty]
    print(f"{tests} tests, median of {rounds}; an empty page: {base:.2f} s")
    for page in pages[1:]:
        size = page.stat().st_size / 1e6
        print(f"  {page.name}: {seconds[page] - base:.2f} s, {size:.1f} MB (at most {LONGEST_OPENING:g} s)")
    loaded = statistics.median(_loaded(browser, folder, reports / "report.html") for _ in range(rounds))
    print(f"  report.html by the browser's own clock: {loaded:.2f} s")


def large(folder: Path, tests: int) -> Path:
    """The folder of the smoke reports of a project that has so many tests."""
    project = miniature.make(folder)
    each = -(-tests // len(miniature.ITEMS))
    project.smoke({item: _many(item, each) for item in miniature.ITEMS})
    result = project.run("-m", "smoke", "-q")
    if result.status not in (0, 1):
        sys.exit(f"the large run ended with status {result.status}:\n{result.output[-3000:]}")
    return result.reports / "smoke"


def _many(item: str, tests: int) -> str:
    """The source of a test with so many parameters, some of which fail."""
    name = f"test_{item.replace('.', '_')}"
    check = f'    assert number % {FAILING}, f"file {{number}} of this item is not what it should be"\n'
    mark = f'@pytest.mark.parametrize("number", range({tests}))\n@verifies("{item}")\n'
    return f"{mark}def {name}(number):\n{check}"


def opening(browser: str, pages: Sequence[Path], rounds: int) -> dict[Path, float]:
    """Median seconds until a browser has drawn each page; the pages take turns, and a first round warms up."""
    taken: dict[Path, list[float]] = {page: [] for page in pages}
    for number in range(rounds + 1):
        for page in pages:
            seconds = _drawn(browser, page)
            if number:
                taken[page].append(seconds)
    return {page: statistics.median(each) for page, each in taken.items()}


def _drawn(browser: str, page: Path) -> float:
    with tempfile.TemporaryDirectory(prefix="browser-") as profile:
        screen = Path(profile, "screen.png")
        options = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-extensions", "--window-size=1280,1024"]
        own = [f"--user-data-dir={profile}/profile", f"--screenshot={screen}", page.as_uri()]
        started = time.perf_counter()
        subprocess.run([browser, *options, *own], capture_output=True, timeout=120, check=True)
        seconds = time.perf_counter() - started
        if not screen.exists():
            sys.exit(f"{browser} has drawn no {page.name}")
    return seconds


def _loaded(browser: str, folder: Path, page: Path) -> float:
    """Seconds from the start of the navigation to the end of loading, as a copy of the page tells them."""
    copy = folder / "clocked.html"
    copy.write_text(page.read_text(encoding="utf-8").replace("</body>", f"{OWN_CLOCK}</body>"), encoding="utf-8")
    with tempfile.TemporaryDirectory(prefix="browser-") as profile:
        options = ["--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={profile}", "--dump-dom"]
        command = [browser, *options, copy.as_uri()]
        drawn = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True).stdout
    told = re.search(r'data-loaded="([\d.]+)"', drawn)
    if told is None:
        sys.exit(f"{browser} has not loaded {page.name}")
    return float(told[1]) / 1000


if __name__ == "__main__":
    main()
