"""Every command of the README does what the README says: each is run, with stand-ins for what is somebody's own.

A command that the README has and `EXAMPLES` does not know fails, and so does one that the README no longer has.
"""

from __future__ import annotations

import os
import shlex
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import pytest
import yaml

from fixtures import reference
from fixtures.package import build as packagebuild
from fixtures.reference.process import ReferenceServer
from tests_suite import readme, sites
from tests_suite.faults import hour, packed, world
from tests_suite.faults.world import SUITE
from tests_suite.readme import Row
from tests_suite.sites import Stage
from tests_suite.test_traceability import CHECKLIST, CHECKS

LONGEST = 180.0  # seconds
INSTALL = (
    "python3 -m venv .venv && .venv/bin/pip install -r requirements.lock && "
    ".venv/bin/pip install --no-deps --no-build-isolation -e . && .venv/bin/pytest"
)
SMOKE_AFTER_INSTALL, TESTS_AFTER_INSTALL = f"{INSTALL} -m smoke", f"{INSTALL} -n 2 tests_suite"


@dataclass(frozen=True)
class Place:
    """A folder for all stand-ins of one command, and the address of a server that runs."""

    root: Path
    url: str


@dataclass(frozen=True)
class Example:
    """A command as it stands in the README, and what it says; `more` are words that the README leaves out.

    It is run in `folder`, where nothing else is said the checkout, and ends with 0. `before` prepares the place.
    """

    command: str
    says: str
    more: tuple[str, ...] = ()
    folder: Callable[[Place], Path] = lambda place: SUITE
    before: Callable[[Place], object] = lambda place: None


@cache
def workflow(place: Place) -> Path:
    """A workflow of one's own."""
    return Path(shutil.copytree(reference.WORKFLOW, place.root / "ai-engineering-workflow"))


@cache
def target(place: Place) -> Path:
    """A target of one's own, watched for three seconds instead of an hour, with a package."""
    made = world.make(place.root / "production", place.url)
    hour.hour(made)
    hour.live()(made)
    packed.packaged(made)
    return made.write_target()


@cache
def package(place: Place) -> Path:
    """The package that the target names."""
    return target(place).parent / packed.STORE / f"{packed.NAME}.tar.gz"


@cache
def report(place: Place, gate: str) -> Path:
    """What a gate left."""
    run = world.run_gate(gate, f"--target={target(place)}", reports=place.root / "reports")
    assert run.status == 0, run.output
    return place.root / "reports" / gate


def three_hours_ago(place: Place) -> None:
    """T-0 of the target moves to the day that is read."""
    data = yaml.safe_load(target(place).read_text(encoding="utf-8"))
    data["deployment"]["starts"] = (datetime.now(UTC) - timedelta(hours=3)).isoformat()
    target(place).write_text(yaml.safe_dump(data), encoding="utf-8")


@cache
def stage(place: Place) -> Stage:
    """A site to deploy to."""
    return sites.make(place.root / "site")


@cache
def key(place: Place) -> Path:
    """A key of SSH."""
    path = place.root / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", path], check=True)
    return path


def elsewhere(place: Place) -> None:
    """A package whose archive GNU tar made."""
    built = packagebuild.build(reference.WORKFLOW, place.root / "elsewhere")
    names = [path.name for path in reference.WORKFLOW.iterdir() if path.name[0] != "."]
    made = ["tar", "--format=posix", "--exclude=__pycache__", "-czf", str(built.archive)]
    subprocess.run([*made, "-C", str(reference.WORKFLOW), *names], check=True)
    packed.rewrite(built)
    verify = [sys.executable, "-m", "fixtures.package", "verify", str(built.archive)]
    subprocess.run(verify, cwd=SUITE, check=True, stdout=subprocess.DEVNULL)


# The words of the README's commands that are somebody's own, and what stands for them.
STAND_INS: dict[str, Callable[[Place], object]] = {
    "production.yaml": target,
    "../ai-engineering-workflow": workflow,
    "my-release": lambda place: place.root / "my-release",
    "https://knowledge.example.com": lambda place: place.url,
    "reports/smoke": lambda place: report(place, "smoke"),
    "reports/package": lambda place: report(place, "package"),
    "ai-engineering-workflow-v2.0.0.tar.gz": package,
    "REPO": lambda place: stage(place).site.repository,
    "LINK": lambda place: stage(place).site.live,
    "BACKUPS": lambda place: stage(place).site.backups,
    "RELEASES": lambda place: stage(place).site.releases,
    "evidence": lambda place: place.root / "evidence",
    "TREE": workflow,
    "FILE": package,
    "DIR": workflow,
    "KEY": key,
    "statement.json": lambda place: report(place, "smoke") / "statement.json",
    "statement.json.ada.sig": lambda place: report(place, "smoke") / "statement.json.ada.sig",
}
HELP = ("--help",)
SITE = "--repository REPO --live LINK --backups BACKUPS --releases RELEASES"
EXAMPLES = (
    Example("pytest -m smoke", "smoke: PASS"),
    Example("pytest -m smoke --target production.yaml", "smoke: PASS"),
    Example("pytest -m smoke --workflow ../ai-engineering-workflow", "smoke: PASS"),
    Example('pytest -m "smoke or package"', "package: PASS"),
    Example("pytest -m bmad", "bmad: PASS"),
    Example("pytest -m mcp", "mcp: PASS"),
    Example("pytest -m deploy", "deploy: PASS"),
    Example("pytest -m verification --capture-baseline", "verification: PASS"),
    Example("pytest -m monitoring --target production.yaml", "monitoring: PASS"),
    Example("pytest -m 'verifies(id=\"2.1.6\")'", "no verdict: a gate is run as a whole"),
    Example("pytest --markers", "@pytest.mark.smoke"),
    Example("pytest --help", "release gate"),
    Example(
        "python -m gate init my-release --workflow ../ai-engineering-workflow --knowledge https://knowledge.example.com",
        "pytest -m smoke --target",
    ),
    Example("python -m gate verify reports/smoke --workflow ../ai-engineering-workflow", "stands"),
    Example("python -m gate verify reports/package --package ai-engineering-workflow-v2.0.0.tar.gz", "stands"),
    Example("python -m fixtures.firstday read --target production.yaml", "kept in", before=three_hours_ago),
    Example(
        f'python -m fixtures.staging rehearse {SITE} --name "Dana Example" --role DevOps '
        "--package ai-engineering-workflow-v2.0.0.tar.gz --evidence evidence",
        "2.0.0 is live",
    ),
    Example(f"python -m fixtures.staging status {SITE}", "1.0.0 is live"),
    Example("python -m fixtures.package build TREE", "", folder=lambda place: place.root),
    Example("python -m fixtures.package verify FILE", "verified, 61 files"),
    Example("python -m fixtures.workflow validate DIR", "55/55 files valid"),
    Example("sha256sum -c", "OK", ("ai-engineering-workflow-v2.0.0.sha256",), lambda place: package(place).parent),
    Example("tar --format=posix", "GNU tar", HELP, before=elsewhere),
    Example("ssh-keygen -Y sign -n release-gate -f KEY < statement.json > statement.json.ada.sig", ""),
    # Parts of commands that are run above or elsewhere, and measurements that take long: they can be started.
    Example("python -m fixtures.staging", "rehearse", HELP),
    Example("python -m fixtures.staging rehearse", "--repository", HELP),
    Example("python -m fixtures.staging deploy", "--repository", HELP),
    Example("python -m tests_suite.benchmarks", "python -m tests_suite.benchmarks.NAME"),
    Example("python -m tests_suite.benchmarks.alternatives", "--environment", HELP),
    Example("python -m tests_suite.fuzz", "markdown", ("--list",)),
    Example("python -m tests_suite.mutation --sample 400", "--budget", HELP),
    Example(
        "python -m tests_suite.mutation.module fixtures/baseline/host.py tests_suite/test_capture_baseline.py",
        "--longest",
        HELP,
    ),
)
# What is run otherwise: by a test of its own below, or by every row of the table of selections.
ELSEWHERE = (
    SMOKE_AFTER_INSTALL,
    TESTS_AFTER_INSTALL,
    ".ci/run",
    # This very run, and the one that writes the matrix, which `.ci/run` is but for an option.
    "pytest tests_suite/test_traceability.py",
    "pytest -n 2 tests_suite --fault-matrix tests_suite/FAULTS.md",
)


def test_every_command_of_the_readme_is_known_here() -> None:
    found = readme.commands()
    assert len(found) > 20, "too few commands in the README; is it read as it is written?"

    unknown = [command for command in found if command not in _known()]

    assert not unknown, "give each an Example in this module:\n" + "\n".join(unknown)


def test_every_command_that_is_known_here_is_in_the_readme() -> None:
    assert [command for command in _known() if command not in readme.commands()] == []


def _known() -> list[str]:
    return [*(example.command for example in EXAMPLES), *ELSEWHERE]


@pytest.mark.parametrize("example", EXAMPLES, ids=[example.command[:60] for example in EXAMPLES])
def test_command_of_the_readme_does_what_it_says(
    example: Example, tmp_path: Path, reference_server: ReferenceServer
) -> None:
    place = Place(tmp_path, reference_server.url)
    example.before(place)
    words = [_stand_in(place, word) for word in shlex.split(example.command)] + list(example.more)
    if words[0] == "pytest":
        words += ["-p", "no:cacheprovider", f"--report-dir={tmp_path / 'reports of the command'}"]

    done = subprocess.run(
        ["sh", "-c", " ".join(word if word in "<>" else shlex.quote(word) for word in words)],
        cwd=example.folder(place),
        env=_environment(example.folder(place)),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=LONGEST,
        check=False,
    )

    assert done.returncode == 0, f"{words}\n{done.stdout}{done.stderr}"
    assert example.says in done.stdout, done.stdout


def _stand_in(place: Place, word: str) -> str:
    return str(STAND_INS[word](place)) if word in STAND_INS else word


def _environment(folder: Path) -> dict[str, str]:
    """What a user has whose environment is activated; in another folder the suite has to be found, too."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "GITHUB_"))}
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
    return {**plain, "PATH": path} | ({"PYTHONPATH": str(SUITE)} if folder != SUITE else {})


@pytest.mark.parametrize("row", readme.rows(), ids=[f"{row.first} to {row.last}" for row in readme.rows()])
def test_selection_that_stands_for_a_command_of_the_plan_selects_its_items_whole(row: Row, tmp_path: Path) -> None:
    numbers = list(CHECKLIST.items)
    expected = set(numbers[numbers.index(row.first) : numbers.index(row.last) + 1])
    if "verification" in row.arguments:
        expected = {item.id for item in CHECKLIST.items_of(CHECKLIST.gates["verification"])}
    output = tmp_path / "output"

    status = world.WARM.run(
        ["--collect-only", "-q", "-p", "no:cacheprovider", f"--report-dir={tmp_path}", *row.arguments],
        dict(os.environ),
        output,
        LONGEST,
    )

    text = output.read_text(encoding="utf-8")
    assert status == 0, text
    selected = {line.partition("[")[0] for line in text.splitlines() if "::" in line}
    assert selected == {str(check) for check in CHECKS if set(check.items) & expected}


def test_ci_can_be_run() -> None:
    script = SUITE / ".ci" / "run"

    assert script.stat().st_mode & stat.S_IXUSR
    subprocess.run(["bash", "-n", script], check=True)


def test_ci_installs_and_tests_as_the_readme_says() -> None:
    script = (SUITE / ".ci" / "run").read_text(encoding="utf-8")

    for words in ("-r requirements.lock", "--no-deps --no-build-isolation -e .", '/pytest" -n 2 tests_suite'):
        assert words in script, words


@pytest.mark.installation
def test_installation_of_the_readme_leads_to_a_verdict_and_to_the_suite_s_own_tests(tmp_path: Path) -> None:
    """In a copy of the checkout; of the suite's own tests, which take long, all are found and one module is run."""
    copy = tmp_path / "checkout"
    shutil.copytree(SUITE, copy, ignore=shutil.ignore_patterns(".git", ".venv", "reports", "__pycache__", "*.egg-info"))
    for command, more, says in (
        (SMOKE_AFTER_INSTALL, "", "smoke: PASS"),
        (TESTS_AFTER_INSTALL.replace("-n 2 tests_suite", ""), "--collect-only -q tests_suite", "tests collected"),
        (TESTS_AFTER_INSTALL.replace("tests_suite", ""), "tests_suite/test_checklist.py", " passed"),
    ):
        done = subprocess.run(
            ["sh", "-c", f"{command} {more}"],
            cwd=copy,
            env={name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "PYTHON"))},
            capture_output=True,
            text=True,
            timeout=900,
            check=False,
        )
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
        assert says in done.stdout, done.stdout[-3000:]
