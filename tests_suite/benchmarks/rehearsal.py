"""How long a deployment, a switch and a rollback take, and what of it the same commands take when they are typed.

python -m tests_suite.benchmarks.rehearsal [--rounds N]

Both sides work on the reference release in turns: `deploy` with its preflight, verifications and record, and a shell
that runs git, tar, cp and the same validation as plan 2.2 has them, and verifies nothing. A deployment has to stay
below one second on a quiet machine, and the switch, which is all that users can notice, below a hundredth of one.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from fixtures import reference
from fixtures.package import build as packagebuild
from fixtures.reference import repository
from fixtures.staging.deployment import deploy
from fixtures.staging.git import environment
from fixtures.staging.reader import seen
from fixtures.staging.rollback import roll_back
from fixtures.staging.site import Person, Site, point
from tests_suite.benchmarks.commandline import parser as parser_of

SUITE = Path(__file__).parents[2]
DANA = Person("Dana Example", "DevOps", "dana@example.com")
TAG = "ai-engineering-workflow-v2.0.0"
LONGEST_DEPLOYMENT, LONGEST_SWITCH = 1.0, 0.01  # seconds
TYPED = """\
set -e
git -C "$REPOSITORY" worktree add -q -b "deploy/$TAG" "$RELEASES/$TAG" main
mkdir "$RELEASES/package" && tar -xzf "$PACKAGE" -C "$RELEASES/package"
tar -czf "$BACKUPS/typed.tar.gz" -C "$REPOSITORY/$WORKFLOW" .
sha256sum "$BACKUPS/typed.tar.gz" > "$BACKUPS/typed.sha256"
rm -r "$RELEASES/$TAG/$WORKFLOW" && cp -R "$RELEASES/package" "$RELEASES/$TAG/$WORKFLOW"
cd "$RELEASES/$TAG"
grep -q '2.0.0' "$WORKFLOW/config.yaml"
./scripts/validate-workflow.sh > /dev/null
git add -A . && git commit -q -m "feat: Deploy"
git tag -a -m "Production Deployment" "$TAG"
ln -sfn "$RELEASES/$TAG/$WORKFLOW" "$LIVE"
"""


def taken(work: Callable[[], object]) -> float:
    """Seconds that something takes."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def typed(site: Site, package: Path) -> None:
    """The same deployment by a shell."""
    places = {
        "REPOSITORY": site.repository, "RELEASES": site.releases, "BACKUPS": site.backups, "LIVE": site.live,
        "PACKAGE": package, "WORKFLOW": site.workflow, "TAG": TAG, "RELEASE_GATE_SUITE": SUITE,
        "RELEASE_GATE_PYTHON": sys.executable, "GIT_AUTHOR_NAME": "Dana", "GIT_COMMITTER_NAME": "Dana",
        "GIT_AUTHOR_EMAIL": "", "GIT_COMMITTER_EMAIL": "",
    }  # fmt: skip
    added = {name: str(value) for name, value in places.items()}
    subprocess.run(["sh", "-c", TYPED], env=environment() | added, check=True)


def back_and_forth(site: Site) -> None:
    """Switch users a hundred times."""
    for _ in range(50):
        point(site, TAG, str(site.blue))
        point(site, TAG, str(site.green(TAG)))


def in_turns(root: Path, rounds: int) -> dict[str, list[float]]:
    """Seconds of everything that is measured, by its name."""
    times: dict[str, list[float]] = {}

    def measure(name: str, work: Callable[[], object], share: float = 1) -> None:
        times.setdefault(name, []).append(taken(work) * share)

    package = packagebuild.build(reference.WORKFLOW, root / "dist").archive
    for number in range(rounds):
        site, other = repository.make(root / f"ours{number}"), repository.make(root / f"typed{number}")
        measure("make the repository of the reference", partial(repository.make, root / f"made{number}"))
        measure("deploy", partial(deploy, site, package, by=DANA))
        measure("deploy, typed into a shell", partial(typed, other, package))
        measure("switch", partial(back_and_forth, site), 0.01)
        measure("read the whole workflow once", partial(seen, str(site.live)))
        measure("roll back", partial(roll_back, site, by=DANA, drain=0))
    return times


def main() -> int:
    """Print the table; 1 where a figure is missed."""
    parser = parser_of("rehearsal", __doc__)
    parser.add_argument("--rounds", type=int, default=7, metavar="N", help="how often each is done (default: 7)")
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as name:
        times = in_turns(Path(name), rounds)
    medians = {what: statistics.median(found) for what, found in times.items()}
    print("| what | median | slowest |\n| --- | ---: | ---: |")
    for what, found in times.items():
        print(f"| {what} | {medians[what] * 1000:.1f} ms | {max(found) * 1000:.1f} ms |")
    print(
        f"\nA deployment takes {medians['deploy'] / medians['deploy, typed into a shell']:.2f} times as long as typed."
    )
    return 0 if medians["deploy"] < LONGEST_DEPLOYMENT and medians["switch"] < LONGEST_SWITCH else 1


if __name__ == "__main__":
    sys.exit(main())
