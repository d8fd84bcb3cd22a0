"""A release as large as one likes: the reference workflow many times over, one after the other, and its target file."""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from fixtures import reference
from fixtures.yamlfile import parse
from gate import checklist

STEP_FILE = re.compile(r"step-(?P<number>\d+)(?P<rest>[a-z]?-[\w-]+)")
PHASE_FOLDER = re.compile(r"(?P<number>\d+)-(?P<rest>\w+)")
LAST_STEP = re.compile(r"^nextStep: null.*$", re.MULTILINE)
SINGLE = ("config.yaml", "workflow.md")  # a workflow has one of each
LONGEST = 800  # seconds
REASON = "the reference release, grown to measure how the gate grows"


@dataclass(frozen=True)
class Original:
    """The reference workflow: its files by their path, and its configuration."""

    files: Mapping[str, str]
    config: Mapping[str, Any]


@dataclass(frozen=True)
class Copy:
    """One copy, counted from 0; `names` has what is called otherwise in it: a text in the files, and its new text."""

    number: int
    names: Mapping[str, str]
    expression: re.Pattern[str]

    def renamed(self, text: str) -> str:
        """A text of the original as the copy has it."""
        return "".join(self.names[part] if n % 2 else part for n, part in enumerate(_parts(self.expression, text)))

    def place(self, path: str) -> str:
        """Where the copy of a file lies; where there can be one only, the copies are templates."""
        if path in SINGLE and self.number:
            stem, _, ending = path.partition(".")
            return f"templates/{_numbered(stem, self.number)}.template.{ending}"
        return self.renamed(f"/{path}").removeprefix("/")


def grow(root: Path, times: int) -> Path:
    """Write the reference workflow `times` times over into the folder `root`/workflow, 55 files for each; return it.

    The copies follow one another: the last step of each leads to the first step of the next, numbers go on, and
    config.yaml knows them all.
    """
    folder = root / "workflow"
    shutil.copytree(reference.WORKFLOW, folder)
    original = _original(folder)
    copies = [_copy(original, number) for number in range(times)]
    first = next(iter(original.config["steps"].values()))["file"]
    for copy in copies:
        following = copies[copy.number + 1].renamed(first) if copy.number + 1 < times else None
        for path, text in original.files.items():
            new = folder / copy.place(path)
            new.parent.mkdir(parents=True, exist_ok=True)
            content = copy.renamed(text)
            new.write_text(_leading_on(content, following) if following else content, "utf-8")
    grown = yaml.safe_dump(_grown_config(original, copies), sort_keys=False, allow_unicode=True)
    (folder / "config.yaml").write_text(grown, encoding="utf-8")
    return folder


def _leading_on(text: str, following: str) -> str:
    """A text with a successor, in its frontmatter and in words, if it is that of a last step."""
    changed, number = LAST_STEP.subn(f"nextStep: '{following}'", text)
    return f"{changed}\nThen load `{{nextStepFile}}`.\n" if number else text


def write_target(root: Path, times: int, knowledge_url: str) -> Path:
    """Write the target file of a grown release: its size is a deviation from the plan, with its reason."""
    release = checklist.load().release
    composition = {
        pattern: count if pattern in SINGLE else count * times for pattern, count in release.composition.items()
    }
    composition["templates/**/*"] += len(SINGLE) * (times - 1)
    facts = {
        "composition": composition,
        "steps": release.steps * times,
        "agents": [_numbered(agent, number) for number in range(times) for agent in release.agents],
    }
    (root / "home").mkdir(exist_ok=True)
    target = {
        "name": f"the reference {times} times over",
        "workflow": "workflow",
        "knowledge": {"url": knowledge_url},
        "claude": {"project": str(reference.CLAUDE_PROJECT), "home": "home", "cli": "off"},
        "overrides": [
            *({"fact": fact, "value": value, "reason": REASON} for fact, value in facts.items()),
            # The plan's minute for config.yaml is for one of 55 files; how long it takes for more is what is measured.
            {"item": "2.1.4", "limit": "time limit", "value": LONGEST, "reason": REASON},
        ],
    }
    path = root / "target.yaml"
    path.write_text(yaml.safe_dump(target, sort_keys=False), encoding="utf-8")
    return path


@lru_cache(maxsize=10_000)
def _parts(expression: re.Pattern[str], text: str) -> tuple[str, ...]:
    """A text, taken apart once for all copies: every second part is a name that a copy changes."""
    parts, at = [], 0
    for match in expression.finditer(text):
        parts += [text[at : match.start()], match[0]]
        at = match.end()
    return (*parts, text[at:])


def _original(folder: Path) -> Original:
    paths = [path.relative_to(folder).as_posix() for path in sorted(folder.rglob("*")) if path.is_file()]
    files = {path: (folder / path).read_text("utf-8") for path in paths if not path.startswith("DEPLOYMENT/")}
    return Original(files, parse(files["config.yaml"]))


def _numbered(name: str, number: int) -> str:
    """The name of a thing in a copy; those of the first keep theirs."""
    return f"{name}-{number + 1}" if number else name


def _copy(original: Original, number: int) -> Copy:
    names: dict[str, str] = {}
    for path in original.files:
        folder, _, name = path.rpartition("/")
        stem, _, ending = name.partition(".")
        if path.startswith("steps/"):
            names |= _step_names(original, number, folder.removeprefix("steps/"), stem)
        elif path.startswith("agents/config/"):
            agent = stem.removesuffix("-agent")
            names[f"config/{name}"] = f"config/{_numbered(agent, number)}-agent.xml"
            for identity in (f'id="{agent}"', f'-{agent}.agent.yaml"', f'"{agent}.agent.yaml"'):
                names[identity] = identity.replace(agent, _numbered(agent, number))
        elif path not in SINGLE:
            place = f"{folder.split('/')[-1]}/{name}"
            names[place] = f"{folder.split('/')[-1]}/{_numbered(stem, number)}.{ending}"
    for entry in original.config["steps"].values():
        stem, _, ending = entry["output"].partition(".")
        names[entry["output"]] = f"{_numbered(stem, number)}.{ending}"
    longest_first = sorted(names, key=len, reverse=True)
    alternatives = [("" if not name[0].isalnum() else r"(?<!\w)") + re.escape(name) for name in longest_first]
    return Copy(number, names, re.compile("|".join(alternatives)))


def _step_names(original: Original, number: int, folder: str, stem: str) -> dict[str, str]:
    phase, step = PHASE_FOLDER.fullmatch(folder), STEP_FILE.fullmatch(stem)
    assert phase is not None, folder
    assert step is not None, stem
    moved = f"{int(phase['number']) + len(original.config['phase_folders']) * number}-{phase['rest']}"
    return {
        f"{folder}/": f"{moved}/",
        f"phase-{folder}": f"phase-{moved}",
        stem: f"step-{int(step['number']) + checklist.load().release.steps * number:02}{step['rest']}",
    }


def _grown_config(original: Original, copies: list[Copy]) -> dict[str, Any]:
    grown = {**original.config, "phase_folders": [], "agents": {}, "steps": {}}
    for copy in copies:
        for folder in original.config["phase_folders"]:
            steps = [_moved(step, copy) for step in folder["steps"]]
            grown["phase_folders"].append({**folder, "name": copy.renamed(folder["name"]), "steps": steps})
        for key, agent in original.config["agents"].items():
            grown["agents"][_moved(key, copy)] = _agent(agent, copy)
        for key, entry in original.config["steps"].items():
            renamed = {name: _value(name, value, copy) for name, value in entry.items()}
            grown["steps"][_moved(key, copy)] = renamed
    return grown


def _moved(key: object, copy: Copy) -> int | str:
    """The key of a step in a copy: 1 and "2a" are 12 and "13a" in the second."""
    number = int(re.sub(r"\D", "", str(key))) + checklist.load().release.steps * copy.number
    part = re.sub(r"\d", "", str(key))
    return f"{number}{part}" if part else number


def _value(name: str, value: Any, copy: Copy) -> Any:
    if name == "agent" and value is not None:
        return _agent(value, copy)
    if isinstance(value, list):
        return [copy.renamed(each) for each in value]
    return copy.renamed(value) if isinstance(value, str) else value


def _agent(file: str, copy: Copy) -> str:
    return copy.renamed(f"agents/{file}").removeprefix("agents/")
