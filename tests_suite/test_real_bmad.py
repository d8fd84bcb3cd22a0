"""Real BMAD installations from npm, and the real Claude Code beside them: what we resolve is what it lists.

Needs the npm registry, so it runs only where it is asked for: `pytest -m real_bmad tests_suite`.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from fixtures.bmad.files import broken_references
from fixtures.bmad.installation import Bmad
from fixtures.claude.program import list_commands
from fixtures.claude.project import ClaudeProject
from fixtures.story.story import PARTS, SECTIONS
from fixtures.story.text import take_apart
from fixtures.target import ClaudeTarget
from tests_suite.faults.world import World, edit

CLAUDE = "2.1.9"
LATEST = "latest"
PINNED = ("6.0.0-alpha.7", "6.0.0-alpha.22", "6.0.4")
VERSIONS = (*PINNED, LATEST)
LAYOUTS = dict(zip(VERSIONS, ("nested commands", "nested commands", "flat commands", "skills"), strict=True))
ANSWERS = Path(__file__).with_name("bmad_answers.cjs")
SECONDS = 300.0
FOUR = (
    "/bmad:bmm:agents:dev",
    "/bmad:bmm:workflows:quick-flow-solo-dev",
    "/bmad:bmm:workflows:dev-story",
    "/bmad:bmm:workflows:sprint-planning",
)

# Where static resolution and Claude Code's list part, by version: (command, which of the two has it, why).
DISAGREEMENTS: Mapping[str, tuple[tuple[str, str, str], ...]] = dict.fromkeys(VERSIONS, ())

# What of the plan's four commands is not there under the plan's name, and where the message finds it.
FOUND_INSTEAD = {
    "6.0.0-alpha.7": {FOUR[1]: "nothing like it was found"},
    "6.0.0-alpha.22": {FOUR[1]: "/bmad:bmm:agents:quick-flow-solo-dev (an agent"},
    "6.0.4": {
        FOUR[0]: "/bmad-agent-bmm-dev (an agent",
        FOUR[1]: "/bmad-agent-bmm-quick-flow-solo-dev (an agent",
        FOUR[2]: "/bmad-bmm-dev-story (a workflow",
        FOUR[3]: "/bmad-bmm-sprint-planning (a workflow",
    },
}

# Files that a release of BMAD names and does not ship: (the file that names it, what is missing).
SHIPPED_BROKEN = {
    "6.0.0-alpha.7": {
        (".claude/commands/bmad/bmm/agents/tea.md", "bmad/bmm/testarch/test-resources-for-ai-flat.txt"),
        (".claude/commands/bmad/bmm/agents/tech-writer.md",
         "src/modules/bmm/workflows/techdoc/documentation-standards.md"),
        ("bmad/bmm/workflows/1-analysis/domain-research/workflow.yaml",
         "bmad/bmm/workflows/1-analysis/domain-research/domain-knowledge-base.md"),
        ("bmad/core/workflows/brainstorming/workflow.yaml", "bmad/cis/config.yaml"),
        ("bmad/core/workflows/brainstorming/workflow.yaml", "bmad/core/workflows/brainstorming/checklist.md"),
    },
    "6.0.0-alpha.22": {
        ("_bmad/bmm/agents/quick-flow-solo-dev.md", "_bmad/bmm/workflows/bmad-quick-flow/quick-dev/workflow.yaml"),
        ("_bmad/bmm/workflows/bmad-quick-flow/quick-dev/workflow.md",
         "_bmad/bmm/workflows/bmad-quick-flow/create-tech-spec/workflow.yaml"),
    },
    "6.0.4": set(),
}  # fmt: skip

# The plan's commands in the names of each version, and the outcome of the gate on it with those names.
RENAMED = {
    "6.0.0-alpha.7": ((FOUR[0], FOUR[2], FOUR[3]), FOUR[0], {"2.4.3": "failed"}),
    "6.0.0-alpha.22": ((FOUR[0], "/bmad:bmm:workflows:create-story", FOUR[2], FOUR[3]), FOUR[0], {}),
    "6.0.4": (
        ("/bmad-agent-bmm-dev", "/bmad-bmm-quick-dev", "/bmad-bmm-dev-story", "/bmad-bmm-sprint-planning"),
        "/bmad-agent-bmm-dev",
        {},
    ),
}

pytestmark = [pytest.mark.real_bmad, pytest.mark.xdist_group("real_bmad")]


@dataclass(frozen=True)
class Installed:
    """A project into which BMAD was installed for Claude Code; `version` is what npm gave for what was asked."""

    asked: str
    version: str
    project: Path

    @property
    def bmad(self) -> Bmad:
        """The project as the checks see it."""
        return Bmad(ClaudeProject(ClaudeTarget(self.project, None, "off")))


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for what npm brings; it ends with the run's other temporary folders."""
    missing = [name for name in ("npm", "node") if shutil.which(name) is None]
    if missing:
        pytest.skip(f"{' and '.join(missing)} is not installed, so no real BMAD can be")
    return tmp_path_factory.mktemp("npm")


def run(command: list[str], folder: Path, home: Path) -> None:
    """Run a program with a home of its own; what it says is shown where it fails."""
    home.mkdir(parents=True, exist_ok=True)
    environment = {**os.environ, "HOME": str(home), "npm_config_cache": str(home / "npm-cache"), "CI": "1"}
    done = subprocess.run(
        command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True,
        timeout=SECONDS, check=False,
    )  # fmt: skip
    assert done.returncode == 0, f"{' '.join(command)}:\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"


def package(cache: Path, name: str, version: str) -> Path:
    """Install an npm package into a folder of the cache, without its install scripts."""
    folder = cache / f"{name.rpartition('/')[2]}-{version}"
    folder.mkdir()
    (folder / "package.json").write_text('{"private": true}\n', encoding="utf-8")
    quiet = ["--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"]
    run(["npm", "install", *quiet, f"{name}@{version}"], folder, cache / "home")
    return folder / "node_modules" / name


@pytest.fixture(scope="session")
def claude_program(cache: Path) -> str:
    """The real Claude Code."""
    folder = package(cache, "@anthropic-ai/claude-code", CLAUDE)
    return str(folder.parents[1] / ".bin" / "claude")


@pytest.fixture(scope="session")
def built_in(claude_program: str, cache: Path) -> frozenset[str]:
    """The commands that Claude Code has in an empty project."""
    empty = cache / "empty"
    empty.mkdir()
    answer = list_commands(claude_program, empty, None)
    assert answer is not None
    assert not answer.error, answer.error
    assert answer.commands
    return answer.commands


@pytest.fixture(scope="session")
def installations() -> dict[str, Installed]:
    """What was installed so far: each version once in a run."""
    return {}


@pytest.fixture
def installed(request: pytest.FixtureRequest, cache: Path, installations: dict[str, Installed]) -> Installed:
    """BMAD in the version that the test asks for."""
    asked = str(request.param)
    if asked not in installations:
        installations[asked] = install(cache, asked)
    return installations[asked]


def install(cache: Path, asked: str) -> Installed:
    """Run BMAD's own installer. Before 6.0.1 it can only be asked interactively: it gets each default for an answer."""
    folder = package(cache, "bmad-method", asked)
    manifest = json.loads((folder / "package.json").read_text(encoding="utf-8"))
    project = cache / f"project-{asked}"
    project.mkdir()
    if asked.startswith("6.0.0-alpha"):
        program = ["node", "--no-warnings", f"--require={ANSWERS}", str(folder / "tools/cli/bmad-cli.js"), "install"]
    else:
        options = ["--directory", str(project), "--modules", "bmm", "--tools", "claude-code", "--yes"]
        program = ["node", str(folder / manifest["bin"]["bmad-method"]), "install", *options]
    run(program, project, cache / "home")
    return Installed(asked, manifest["version"], project)


@pytest.mark.parametrize("installed", VERSIONS, indirect=True)
def test_static_resolution_and_claude_code_agree_on_every_command(
    installed: Installed, claude_program: str, built_in: frozenset[str]
) -> None:
    static = set(installed.bmad.claude.commands)
    assert len(static) > 20, sorted(static)

    answer = list_commands(claude_program, installed.project, None)

    assert answer is not None
    assert not answer.error, answer.error
    assert answer.program == f"claude {CLAUDE}"
    found = {(name, "Claude Code") for name in answer.commands - built_in - static}
    found |= {(name, "static") for name in static - answer.commands}
    assert found == {(name, side) for name, side, _ in DISAGREEMENTS[installed.asked]}
    print(f"BMAD {installed.version}: {len(static)} commands, the same in both")


@pytest.mark.parametrize("installed", VERSIONS, indirect=True)
def test_version_and_layout_are_named(installed: Installed) -> None:
    bmad = installed.bmad

    assert [found.version for found in bmad.installations] == [installed.version]
    assert [layout.name for layout in bmad.layouts] == [LAYOUTS[installed.asked]]
    assert bmad.doubts() == []
    assert len(bmad.commands) == len(bmad.claude.commands)


@pytest.mark.parametrize("installed", PINNED, indirect=True)
def test_missing_commands_of_the_plan_are_found_under_their_other_names(installed: Installed) -> None:
    absences = installed.bmad.absences(FOUR)

    expected = FOUND_INSTEAD[installed.asked]
    assert len(absences) == len(expected)
    for finding, (name, words) in zip(absences, expected.items(), strict=True):
        assert finding.message.startswith(f"{name} is no command")
        assert words in finding.message
        assert f"BMAD {installed.version}" in finding.message


@pytest.mark.parametrize("installed", PINNED, indirect=True)
def test_every_missing_file_is_one_that_the_release_itself_lacks(installed: Installed) -> None:
    bmad = installed.bmad

    findings = {found for each in bmad.commands.values() for found in broken_references(bmad, each.command)}

    assert {(found.file, found.message.split(",")[0].rpartition(" ")[2]) for found in findings} == SHIPPED_BROKEN[
        installed.asked
    ]


@pytest.mark.parametrize("installed", PINNED, indirect=True)
def test_headings_of_bmads_own_story_are_those_that_the_validator_asks_for(installed: Installed) -> None:
    (path,) = installed.project.glob("*bmad/bmm/workflows/4-implementation/create-story/template.md")
    story = take_apart(path.read_text(encoding="utf-8"))

    assert tuple(section.name for section in story.sections) == SECTIONS
    for name, parts in PARTS.items():
        own = [part.name for under, part in story.parts if under == name and part.name != "Context Reference"]
        assert tuple(own) == parts


@pytest.mark.parametrize("installed", PINNED, indirect=True)
def test_gate_passes_on_a_real_installation_under_its_own_names(
    installed: Installed, claude_program: str, healthy: World, tmp_path: Path
) -> None:
    commands, dev_agent, trips = RENAMED[installed.asked]
    edit(healthy.workflow / "config.yaml", "/bmad:bmm:agents:dev", dev_agent)
    healthy.target["claude"] = {"project": str(installed.project), "home": "home", "cli": claude_program}
    reason = "this BMAD has other names for the plan's commands"
    facts = {"commands": list(commands), "smoke_command": commands[0]}
    healthy.target["overrides"] = [{"fact": name, "value": value, "reason": reason} for name, value in facts.items()]

    gate = healthy.run("bmad", tmp_path / "reports")

    expected = dict.fromkeys(("2.4.1", "2.4.2", "2.4.3", "2.4.4", "2.4.5"), "passed") | trips
    assert gate.outcomes == expected, gate.output
    junit = (tmp_path / "reports" / "bmad" / "junit.xml").read_text(encoding="utf-8")
    assert f'name="Claude Code" value="claude {CLAUDE}"' in junit
