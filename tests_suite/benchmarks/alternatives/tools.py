"""The four tools, each as a command that judges a world; exit status 0 is "good" for all of them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests_suite.faults.packed import NAME, STORE
from tests_suite.faults.world import SUITE, World

HERE = Path(__file__).parent
PROGRAMS = ("bash", "curl", "xmllint", "iconv", "tar", "gzip", "sha256sum", "diff", "cmp")
LONGEST = 120.0  # seconds for one world


@dataclass(frozen=True)
class Order:
    """What to judge, with which gates, and a folder of its own to write to."""

    world: World
    gates: tuple[str, ...]
    folder: Path


@dataclass(frozen=True)
class Tool:
    """A tool: its name in the tables, the script that its users write, and its command, with and without questions."""

    name: str
    script: Path | None
    command: Callable[[Order], list[str]]
    start: Callable[[Path], list[str]]
    cwd: Path
    path: str

    def environment(self, world: World) -> dict[str, str]:
        """What the scripts take from the environment; a world without a package has no such questions."""
        own = {
            "WORKFLOW": str(world.workflow),
            "CLAUDE_PROJECT": str(world.claude),
            "KNOWLEDGE_URL": world.target["knowledge"]["url"],
            "STORE": str(world.root / world.target.get("store", STORE)),
            "PACKAGE": str(world.root / world.target.get("package", f"{STORE}/{NAME}.tar.gz")),
        }
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "GITHUB_"))}
        kept.pop("PYTHONDONTWRITEBYTECODE", None)
        return {**kept, "PATH": os.pathsep.join((self.path, os.environ["PATH"])), **own}

    def judges(self, order: Order) -> int | None:
        """The exit status on a world; None where there was none in time."""
        order.folder.mkdir(parents=True)
        command, environment = self.command(order), self.environment(order.world)
        process = subprocess.Popen(
            command,
            cwd=self.cwd,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            return process.wait(LONGEST)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, 9)
            process.wait()
            return None


def missing() -> list[str]:
    """The programs that the scripts call and that are not there."""
    return [name for name in PROGRAMS if shutil.which(name) is None]


def install(folder: Path) -> Path:
    """Make a virtual environment with testinfra and Robot Framework, unless it is there; its folder of programs."""
    programs = folder / "bin"
    if not (programs / "robot").exists():
        print(f"installing {', '.join(_wanted())} into {folder}", file=sys.stderr)
        venv.create(folder, with_pip=True)
        pip = [str(programs / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, "-r", str(HERE / "requirements.txt")], check=True, stdout=subprocess.DEVNULL)
    return programs


def _wanted() -> Sequence[str]:
    return (HERE / "requirements.txt").read_text(encoding="utf-8").split()


def tools(programs: Path, folder: Path) -> tuple[Tool, ...]:
    """All four, ours first; the scripts are copied, since pytest and Robot write beside what they run."""
    scripts = folder / "scripts"
    shutil.copytree(HERE, scripts, ignore=shutil.ignore_patterns("__pycache__", "*.md", "tools.py", "noticing.py"))
    (scripts / "check_nothing.py").write_text("def test_nothing() -> None:\n    pass\n", encoding="utf-8")
    (scripts / "nothing.robot").write_text("*** Test Cases ***\nNothing\n    No Operation\n", encoding="utf-8")
    python = str(programs / "python")
    robot = [python, "-m", "robot", "--console", "none"]
    own = str(Path(sys.executable).parent)

    def ours(order: Order) -> list[str]:
        target = f"--target={order.world.write_target()}"
        run = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--fail-on=degrade", target]
        return [*run, f"--report-dir={order.folder}", "-m", " or ".join(order.gates)]

    def shell(order: Order) -> list[str]:
        return ["bash", str(scripts / "check.sh"), *order.gates]

    def testinfra(order: Order) -> list[str]:
        marks = ["-m", " or ".join(order.gates), f"--basetemp={order.folder / 'unpacked'}"]
        return [python, "-m", "pytest", *marks, str(scripts / "check_release.py")]

    def framework(order: Order) -> list[str]:
        tags = [word for gate in order.gates for word in ("--include", gate)]
        return [*robot, *tags, "--outputdir", str(order.folder), str(scripts / "release.robot")]

    return (
        Tool(
            "this suite",
            None,
            ours,
            lambda at: [
                sys.executable,
                "-m",
                "pytest",
                "-q",
                "-p",
                "no:cacheprovider",
                "-m",
                "smoke",
                "--collect-only",
            ],
            SUITE,
            own,
        ),
        Tool("shell script", HERE / "check.sh", shell, lambda at: ["bash", "-c", ":"], scripts, own),
        Tool(
            "pytest-testinfra",
            HERE / "check_release.py",
            testinfra,
            lambda at: [python, "-m", "pytest", str(scripts / "check_nothing.py")],
            scripts,
            f"{own}{os.pathsep}{programs}",
        ),
        Tool(
            "Robot Framework",
            HERE / "release.robot",
            framework,
            lambda at: [*robot, "--outputdir", str(at), str(scripts / "nothing.robot")],
            scripts,
            f"{own}{os.pathsep}{programs}",
        ),
    )


def lines(script: Path | None) -> str:
    """How many lines its users have to write that are neither blank nor comment."""
    if script is None:
        return "none"
    text = script.read_text(encoding="utf-8").splitlines()
    return str(sum(bool(line.strip()) and not line.lstrip().startswith("#") for line in text))
