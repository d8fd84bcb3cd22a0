"""A miniature project: the real judge, a target plugin of a few lines, and one small test for each smoke item.

What the judge does with tests that skip, hang, crash or tell secrets is tried out here, because the real checks do not.
"""

from __future__ import annotations

import functools
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jsonschema

from gate import checklist

SUITE = Path(__file__).parents[1]
SCHEMA = SUITE / "gate" / "verdict.schema.json"
LONGEST_RUN = 120.0  # seconds; a run that takes longer hangs
ITEMS = ("2.1.1", "2.1.2", "2.1.3", "2.1.4", "2.1.5", "2.1.6")
FOREIGN = ("PYTEST_", "COLUMNS", "GITHUB_")  # of the environment: what pytest, xdist and a job's runner put into it
REPORTS = {
    "verdict.json",
    "signoff.html",
    "summary.md",
    "report.html",
    "junit.xml",
    "statement.json",
    "statement.sha256",
}

TARGET_PLUGIN = '''\
"""Answers the judge's questions from target.json; leaves as much of the time box as the environment says."""

import json
import os
import time
from pathlib import Path

from gate.state import run_of


def pytest_gate_target(config):
    return json.loads(Path(config.rootpath, "target.json").read_text(encoding="utf-8"))


def pytest_gate_known_issues(config):
    path = Path(config.rootpath, "known.json")
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None


def pytest_gate_subjects(config, gates):
    return {"workflow": {"location": os.environ.get("SUBJECT", "here")}}


def pytest_collection_finish(session):
    if "SECONDS_LEFT" in os.environ:
        run = run_of(session.config)
        run.started = time.time() + float(os.environ["SECONDS_LEFT"]) - run.time_box_seconds
'''
PREAMBLE = """\
import os
import signal
import sys
import threading
import time
from pathlib import Path

import pytest

from gate.checklist import verifies
from gate.measure import Measure, Recorder

HERE = Path(__file__).parents[1]
"""


FOUND = """\
from dataclasses import dataclass


@dataclass
class Found:
    message: str
    file: object = None
    line: object = None
"""


@functools.cache
def schema() -> dict[str, Any]:
    """The JSON Schema of verdict.json."""
    content: dict[str, Any] = json.loads(SCHEMA.read_text(encoding="utf-8"))
    return content


@functools.cache
def contract() -> jsonschema.Draft202012Validator:
    """What holds verdict.json to its schema."""
    return jsonschema.Draft202012Validator(schema())


def read_verdict(path: Path) -> dict[str, Any]:
    """The content of a verdict.json that keeps to its schema, and to JSON itself, which knows no NaN."""

    def refuse(constant: str) -> float:
        raise ValueError(f"{path}: {constant} is no JSON")

    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"), parse_constant=refuse)
    contract().validate(content)
    return content


@dataclass(frozen=True)
class Result:
    """What a run left: exit status, everything it printed, and its folder of reports."""

    status: int
    output: str
    reports: Path

    def verdict(self, marker: str = "smoke") -> dict[str, Any]:
        """A gate's verdict.json, checked against its schema."""
        return read_verdict(self.reports / marker / "verdict.json")

    def outcomes(self, marker: str = "smoke") -> dict[str, str]:
        """Outcome by item id."""
        return {item["id"]: item["outcome"] for item in self.verdict(marker)["items"]}

    def messages(self, item_id: str, marker: str = "smoke") -> list[str]:
        """The findings of one item."""
        items = {item["id"]: item for item in self.verdict(marker)["items"]}
        return [finding["message"] for finding in items[item_id]["findings"]]

    def files(self) -> dict[str, str]:
        """Every file of every report, by its path."""
        paths = [path for path in self.reports.rglob("*") if path.is_file()]
        return {str(path.relative_to(self.reports)): path.read_text(encoding="utf-8") for path in paths}


@dataclass
class Running:
    """A run that goes on."""

    process: subprocess.Popen[str]
    reports: Path

    def wait_for(self, sign: Path) -> None:
        """Wait until a test has left that file."""
        deadline = time.monotonic() + LONGEST_RUN
        while not sign.exists():
            assert self.process.poll() is None, self.process.communicate()
            assert time.monotonic() < deadline, f"{sign} did not appear"
            time.sleep(0.02)

    def send(self, number: signal.Signals) -> None:
        """Send a signal to pytest itself, not to its children."""
        self.process.send_signal(number)

    def result(self) -> Result:
        """Wait for the end."""
        with self.process:
            # The watchman ends a run that hangs: reading its output would hang, too.
            watchman = threading.Timer(LONGEST_RUN, self.process.kill)
            watchman.start()
            output, _ = self.process.communicate()
            watchman.cancel()
        return Result(self.process.returncode, output, self.reports)


@dataclass(frozen=True)
class Miniature:
    """The project; `target` is what its target plugin answers."""

    root: Path
    target: dict[str, Any]

    def write(self, name: str, text: str) -> Path:
        """Write a file of the project."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def smoke(self, tests: Mapping[str, str] | None = None, more: str = "") -> None:
        """Write the smoke tests: one that passes for each item, or the given source instead of it."""
        chosen = {item: passing(item) for item in ITEMS} | dict(tests or {})
        parts = [PREAMBLE, more, *chosen.values()]
        self.write("tests_smoke/test_smoke.py", "\n\n".join(parts))

    def gate(self, marker: str, tests: Mapping[str, str] | None = None) -> None:
        """Write the tests of any gate: one that passes for each item, or the given source instead of it."""
        loaded = checklist.load()
        gate = loaded.gates[marker]
        chosen = {item.id: passing(item.id) for item in loaded.items_of(gate)} | dict(tests or {})
        self.write(f"{gate.folder}/test_{marker}.py", "\n\n".join([PREAMBLE, FOUND, *chosen.values()]))

    def override(self, item: str, limit: str, value: float) -> None:
        """Have the target replace one figure."""
        self.target["overrides"].append({"item": item, "limit": limit, "value": value, "reason": "a test needs it so"})

    def start(self, *arguments: str, cwd: Path | None = None, environment: Mapping[str, str] | None = None) -> Running:
        """Start pytest as its users do, without waiting for its end."""
        self.write("target.json", json.dumps(self.target))
        plain = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}
        temporary = self.root / ".temporary"  # workers clear old temporary folders away, which must not be anybody's
        temporary.mkdir(exist_ok=True)
        own = {"PYTHONPATH": f"{SUITE}{os.pathsep}{self.root}", "PYTEST_DEBUG_TEMPROOT": str(temporary)}
        process = subprocess.Popen(
            [sys.executable, "-m", "pytest", "-c", str(self.root / "pytest.toml"), *arguments],
            cwd=cwd or self.root,
            env={**plain, **own, **(environment or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        return Running(process, self.root / "reports")

    def run(self, *arguments: str, cwd: Path | None = None, environment: Mapping[str, str] | None = None) -> Result:
        """Run pytest as its users do; `-m smoke` where no arguments say otherwise."""
        return self.start(*(arguments or ("-m", "smoke")), cwd=cwd, environment=environment).result()


def make(root: Path) -> Miniature:
    """A miniature in which every smoke item passes; all other gates have an empty folder."""
    target = {
        "name": "miniature",
        "production": False,
        "embedded": [],
        "source": "target.json",
        "overrides": [],
        "contacts": [],
        "described": [],
        "secrets": [],
    }
    project = Miniature(root, target)
    project.write("pytest.toml", _settings())
    project.write("target_plugin.py", TARGET_PLUGIN)
    for gate in checklist.load().gates.values():
        (root / gate.folder).mkdir(exist_ok=True)
    project.smoke()
    return project


def _settings() -> str:
    """The suite's own settings, with the miniature's target plugin in the place of the suite's."""
    settings = tomllib.loads((SUITE / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["pytest"]
    options = settings["addopts"]
    early = options.index("fixtures.reference.early")
    del options[early - 1 : early + 1]
    options[options.index("fixtures.target")] = "target_plugin"
    options += ["-p", "no:cacheprovider"]
    settings["testpaths"] = [each for each in settings["testpaths"] if each != "tests_suite"]
    # Lists, texts and truth values of TOML are spelled as in JSON.
    return "[pytest]\n" + "".join(f"{name} = {json.dumps(value)}\n" for name, value in settings.items())


def passing(item_id: str) -> str:
    """The source of a test that passes, called after its item: test_2_1_3."""
    return f'@verifies("{item_id}")\ndef test_{item_id.replace(".", "_")}():\n    assert True\n'


def finding(item_id: str, *messages: str, blocks: bool = True, file: str | None = None, line: int | None = None) -> str:
    """The source of a test that finds something: findings that fail it, or degrade its item. For `Miniature.gate`."""
    found = ", ".join(f"Found({message!r}, {file!r}, {line!r})" for message in messages)
    kind = "blocking" if blocks else "degrading"
    check = f"    found = findings.{kind}([{found}])\n" + ("    assert not found, str(found)\n" if blocks else "")
    return f'@verifies("{item_id}")\ndef test_{item_id.replace(".", "_")}(findings: Recorder):\n{check}'


def measuring(item_id: str, limit: str, value: float) -> str:
    """The source of a test that holds a value to a limit."""
    check = f"    measure({limit!r}, {value!r})\n"
    return f'@verifies("{item_id}")\ndef test_{item_id.replace(".", "_")}(measure: Measure):\n{check}'


def last_verdict(output: str) -> str | None:
    """The verdict of the smoke gate as the terminal shows it; None where it shows none."""
    found = re.findall(r"^smoke: (\w+)$", output, re.MULTILINE)
    return found[-1] if found else None
