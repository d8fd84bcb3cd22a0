"""Harmless variations of where a workflow lies, what lies around it, and how its YAML is written."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests_suite.faults.changes import (
    CHECKLIST,
    CONFIG,
    STEP,
    Change,
    agent,
    all_of,
    appended,
    linked,
    made,
    prepended,
    removed,
    replaced,
    rewritten,
    written,
    xml,
)
from tests_suite.faults.world import World


@dataclass(frozen=True)
class Variation:
    """One way to differ without being wrong: every item still passes, and nothing is found."""

    name: str
    changes: Change


def every(suffixes: tuple[str, ...], change: Callable[[str], str]) -> Change:
    """The text of every file with one of these suffixes is passed through a function."""

    def rewrite(world: World) -> None:
        for path in files(world, suffixes):
            path.write_bytes(change(path.read_bytes().decode()).encode())

    return rewrite


def files(world: World, suffixes: Iterable[str]) -> list[Path]:
    """The files of a workflow with one of these suffixes."""
    return sorted(path for path in world.workflow.rglob("*") if path.is_file() and path.suffix in suffixes)


def frontmatter(text: str) -> tuple[list[str], str]:
    """The lines between the `---` of a Markdown text, and what follows behind them."""
    head, rest = text.removeprefix("---\n").split("\n---\n", 1)
    return head.split("\n"), rest


def in_frontmatter(path: str, change: Callable[[list[str]], list[str]]) -> Change:
    """The lines of a file's frontmatter are passed through a function."""

    def rewrite(raw: bytes) -> bytes:
        lines, rest = frontmatter(raw.decode())
        return "\n".join(["---", *change(lines), "---", rest]).encode()

    return rewritten(path, rewrite)


def _config_as(form: Callable[[Any], str]) -> Change:
    return rewritten(CONFIG, lambda raw: form(yaml.safe_load(raw)).encode())


def _block(data: Any) -> str:
    """What a program writes that has read config.yaml: no comments, other quotes, lists that are not indented."""
    return str(yaml.safe_dump(dict(reversed(data.items())), sort_keys=False, width=60))


def _flow(data: Any) -> str:
    return str(yaml.safe_dump(data, sort_keys=False, default_flow_style=True, default_style='"'))


def _quotes_exchanged(text: str) -> str:
    return re.sub(r"(?m)^(\w+): '([^'\"\\\n]*)'", r'\1: "\2"', text)


def _without_comments(lines: list[str]) -> list[str]:
    return [line for line in lines if line and not line.startswith("#")]


def _moved(name: str) -> Change:
    def move(world: World) -> None:
        world.workflow.rename(world.root / name)
        world.target["workflow"] = name

    return move


def _behind_a_link(world: World) -> None:
    world.workflow.rename(world.root / "releases")
    (world.root / "current").symlink_to("releases")
    world.target["workflow"] = "current"


def _agents_behind_a_link(world: World) -> None:
    (world.workflow / "agents").rename(world.root / "shared agents")
    (world.workflow / "agents").symlink_to("../shared agents")


def _file_behind_a_link(world: World) -> None:
    (world.workflow / CHECKLIST).rename(world.root / "checklist")
    (world.workflow / CHECKLIST).symlink_to("../../checklist")


def _modes(file: int, folder: int) -> Change:
    def change(world: World) -> None:
        for path in world.workflow.rglob("*"):
            path.chmod(folder if path.is_dir() else file)

    return change


def _hidden_files(world: World) -> None:
    folders = [world.workflow, *(path for path in world.workflow.rglob("*") if path.is_dir())]
    for folder in folders:
        (folder / ".DS_Store").write_bytes(b"\0\0\0\1Bud1\0")
        (folder / ".step-01-business-analyst.md.swp").write_bytes(b"b0VIM 9.0\0")
        (folder / ".gitkeep").touch()
    (world.workflow / "steps/.git/objects").mkdir(parents=True)
    (world.workflow / "steps/.git/HEAD").write_text("ref: refs/heads/main\n", encoding="utf-8")


SURROUNDINGS = [
    Variation("the workflow lies in a folder with blanks and foreign letters", _moved("Würk flow (2.0) 🚀 日本語")),
    Variation("the workflow lies behind a link", _behind_a_link),
    Variation("the agents lie behind a link", _agents_behind_a_link),
    Variation("a checklist lies behind a link", _file_behind_a_link),
    Variation("everything is read-only", _modes(0o444, 0o555)),
    Variation("every file can be executed", _modes(0o755, 0o755)),
    Variation(
        "the root has documents of its own",
        all_of(
            written("README.md", "# Read me\n\n```\nnever closed\n"),
            written("LICENSE", "MIT\n"),
            written("CHANGELOG.md", b"\xef\xbb\xbf# 2.0.0\n"),
            written("package.json", "{}\n"),
            written("assets/logo.png", b"\x89PNG\r\n\x1a\n\0\0"),
            written("scripts/validate-workflow.sh", "#!/bin/sh\nexit 0\n"),
        ),
    ),
    Variation(
        "there is documentation, not all of it text",
        all_of(
            written("DOCUMENTATION/guide.md", "---\nnot: [closed\n"),
            written("DOCUMENTATION/notes/latin.txt", "Prüfung".encode("latin-1")),
            written("DOCUMENTATION/diagram.pdf", b"%PDF-1.7\0\xff"),
            written("DEPLOYMENT/agents/extra.md", "Not an agent.\n"),
        ),
    ),
    Variation("there are hidden files everywhere", _hidden_files),
    Variation("a program's cache lies in the root", written("__pycache__/tool.cpython-311.pyc", b"\xa7\r\r\n\0")),
    Variation(
        "there are empty folders",
        all_of(*(made(path) for path in ("steps/7-later", "agents/old", "output", "steps/0-scoping/x"))),
    ),
    Variation("a link in the root leads nowhere", linked("latest.md", "nowhere.md")),
    Variation("the deployment documents are not there", removed("DEPLOYMENT")),
]

LINES = [
    Variation("lines end as on Windows", every((".md", ".xml", ".yaml"), lambda text: text.replace("\n", "\r\n"))),
    Variation("no file ends with a line end", every((".md", ".xml", ".yaml"), str.rstrip)),
    Variation("every file ends with blank lines", every((".md", ".xml", ".yaml"), lambda text: f"{text}\n \n\n")),
    Variation(
        "lines end with blanks",
        every((".md", ".xml", ".yaml"), lambda text: text.replace("\n", "  \n")),
    ),
    Variation("lines of Markdown end with tabs", every((".md",), lambda text: text.replace("\n---\n", "\n---\t\n"))),
]

FRONTMATTER = [
    Variation("quotes in frontmatter are double", every((".md",), _quotes_exchanged)),
    Variation(
        "keys in frontmatter have another order",
        all_of(
            in_frontmatter(STEP["4"], lambda lines: sorted(_without_comments(lines))),
            in_frontmatter(STEP["11"], lambda lines: sorted(_without_comments(lines), reverse=True)),
            in_frontmatter(agent("data-engineer"), lambda lines: sorted(lines, reverse=True)),
        ),
    ),
    Variation(
        "frontmatter has comments, blank lines and keys of its own",
        in_frontmatter(
            STEP["6"],
            lambda lines: [
                "# Written by hand",
                "",
                *lines,
                "",
                "reviewed: 2026-01-06  # by two",
                "tags: [rag, 'step']",
            ],
        ),
    ),
    Variation(
        "a description goes over several lines",
        replaced(
            STEP["6"],
            "description: 'RAG Specialist: Design",
            "description: >-\n  RAG Specialist: it's \"the\" step\n  for retrieval.\nsummary: 'Design",
        ),
    ),
    Variation("frontmatter ends with three dots", replaced(agent("dev"), "\n---\n", "\n...\n")),
    Variation(
        "frontmatter has quoted keys",
        in_frontmatter(STEP["9"], lambda lines: [re.sub(r"^(\w+):", r'"\1":', line) for line in lines]),
    ),
    Variation("the last step says nothing of a next one", replaced(STEP["11"], "nextStep: null", "# nextStep: null")),
    Variation("the last step's successor is a tilde", replaced(STEP["11"], "nextStep: null", "nextStep: ~")),
    Variation(
        "a link says where it starts",
        replaced(STEP["8"], "nextStep: '5-operations/", "nextStep: './5-operations/"),
    ),
    Variation(
        "a step names the one before it",
        replaced(STEP["8"], "\nnextStep:", "\nprevStep: '3-inference/step-07-prompt-engineer.md'\nnextStep:"),
    ),
    Variation(
        "an agent refers to both of its steps",
        replaced(
            agent("data-engineer"),
            "referenced_by: 'steps/1-feature/step-03a-data-requirements.md'",
            "referenced_by:\n"
            "  - steps/1-feature/step-03a-data-requirements.md\n"
            "  - steps/1-feature/step-03b-data-pipeline.md",
        ),
    ),
]

CONFIGURATION = [
    Variation("config.yaml was written by a program, its sections in another order", _config_as(_block)),
    Variation("config.yaml is in flow style with everything quoted", _config_as(_flow)),
    Variation("config.yaml is JSON", _config_as(lambda data: json.dumps(data, indent=2))),
    Variation(
        "config.yaml is marked as a document",
        all_of(prepended(CONFIG, "%YAML 1.1\n---\n"), appended(CONFIG, "...\n# the end\n")),
    ),
    Variation(
        "config.yaml uses anchors, aliases and merge keys",
        all_of(
            replaced(CONFIG, '    phase: "phase-0-scoping"\n', '    phase: &scoping "phase-0-scoping"\n'),
            replaced(CONFIG, '    phase: "phase-0-scoping"\n', "    phase: *scoping\n"),
            replaced(
                CONFIG, "    context_clear_recommended: true\n", "    <<: &fresh {context_clear_recommended: true}\n"
            ),
            replaced(CONFIG, "    context_clear_recommended: true\n", "    <<: *fresh\n"),
        ),
    ),
    Variation(
        "config.yaml has long lines, comments at their ends and odd indentation",
        all_of(
            appended(CONFIG, f'notes:\n      text: "{"word " * 100}"   # long\n      other : [ 1,2,  3 ]\n'),
            replaced(CONFIG, "\nknowledge_mcp:", "\n\n\n   # a comment that is indented\nknowledge_mcp:  # the server"),
        ),
    ),
    Variation(
        "config.yaml has sections that nobody asks for",
        appended(CONFIG, "telemetry: {enabled: off}\nreleased: 2026-01-06\nowners:\n- one@example.com\n- two\n"),
    ),
    Variation(
        "config.yaml names folders with a slash",
        all_of(
            replaced(CONFIG, 'steps_folder: "steps"', 'steps_folder: "steps/"'),
            replaced(CONFIG, 'agents_folder: "agents"', 'agents_folder: "./agents"'),
        ),
    ),
    Variation(
        "inputs and outputs are lists, empty, or left out",
        all_of(
            replaced(CONFIG, 'reads_from: "rag-spec.md"', "reads_from:\n    - rag-spec.md\n    - embeddings-spec.md"),
            replaced(CONFIG, 'output: "rag-spec.md"', 'output: ["rag-spec.md", "extra.md"]'),
            replaced(CONFIG, '    reads_from: "operations-spec.md"\n', "    reads_from: []\n"),
            replaced(CONFIG, '    reads_from: "story-backlog.md"\n', "    reads_from: null\n"),
            replaced(CONFIG, '    output: "training-spec.md"\n', ""),
        ),
    ),
    Variation(
        "a condition is quoted in another way",
        replaced(CONFIG, "\"architecture == 'rag-only'\"", "'architecture==\"rag-only\" '"),
    ),
    Variation(
        "a step that has no phase stands in a phase folder",
        replaced(CONFIG, '    phase: "phase-5-operations"', "    phase: null"),
    ),
    Variation(
        "the roster names dev as well", replaced(CONFIG, '  10: "tech-lead.md"', "  10: tech-lead.md\n  11: dev.md")
    ),
    Variation(
        "an agent that no step's entry names stands in the roster",
        replaced(CONFIG, '    agent: "tech-lead.md"', "    agent: null"),
    ),
]

AGENTS = [
    Variation(
        "an agent names others' XML besides its own",
        appended(agent("dev"), "\nCompare `{workflow_path}/agents/config/tech-lead-agent.xml`.\n"),
    ),
    Variation(
        "an agent's XML has another project's prefix",
        replaced(xml("dev"), "ai-eng-dev.agent.yaml", "our-own-project-dev.agent.yaml"),
    ),
]

VARIATIONS = [*SURROUNDINGS, *LINES, *FRONTMATTER, *CONFIGURATION, *AGENTS]
