"""Small changes of a workflow: what faults and harmless variations are put together from."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path

from tests_suite.faults.world import World, edit

Change = Callable[[World], None]

STEP = {
    "1": "steps/0-scoping/step-01-business-analyst.md",
    "2a": "steps/0-scoping/step-02a-fti-architect.md",
    "2b": "steps/0-scoping/step-02b-tech-stack.md",
    "3a": "steps/1-feature/step-03a-data-requirements.md",
    "3b": "steps/1-feature/step-03b-data-pipeline.md",
    "4": "steps/1-feature/step-04-embeddings-engineer.md",
    "5": "steps/2-training/step-05-fine-tuning-specialist.md",
    "6": "steps/3-inference/step-06-rag-specialist.md",
    "7": "steps/3-inference/step-07-prompt-engineer.md",
    "8": "steps/4-evaluation/step-08-llm-evaluator.md",
    "9": "steps/5-operations/step-09-mlops-engineer.md",
    "10": "steps/6-integration/step-10-tech-lead.md",
    "11": "steps/6-integration/step-11-story-elaborator.md",
}
CONFIG = "config.yaml"
CHECKLIST = "checklists/quality-gate-checklist.md"
PLAN = "workflow-plan-ai-engineering-workflow.md"
CHUNKING = "templates/config-templates/chunking-config.template.yaml"


def agent(name: str) -> str:
    """The path of an agent's description."""
    return f"agents/{name}.md"


def xml(name: str) -> str:
    """The path of an agent's configuration."""
    return f"agents/config/{name}-agent.xml"


def replaced(path: str, old: str, new: str) -> Change:
    """The first occurrence of a text becomes another one."""
    return lambda world: edit(world.workflow / path, old, new)


def replaced_everywhere(path: str, old: str, new: str) -> Change:
    """Every occurrence of a text becomes another one."""
    return lambda world: edit(world.workflow / path, old, new, count=-1)


def prepended(path: str, text: str) -> Change:
    """A text stands before everything else."""
    return rewritten(path, lambda raw: text.encode() + raw)


def appended(path: str, text: str) -> Change:
    """A text stands behind everything else."""
    return rewritten(path, lambda raw: raw + text.encode())


def rewritten(path: str, change: Callable[[bytes], bytes]) -> Change:
    """A file's bytes are passed through a function."""

    def rewrite(world: World) -> None:
        file = world.workflow / path
        file.write_bytes(change(file.read_bytes()))

    return rewrite


def written(path: str, content: str | bytes) -> Change:
    """A file has this content, whether it was there or not; its folders are made."""

    def write(world: World) -> None:
        file = world.workflow / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content if isinstance(content, bytes) else content.encode())

    return write


def removed(path: str) -> Change:
    """A file or a whole folder is gone."""

    def remove(world: World) -> None:
        found = world.workflow / path
        if found.is_dir():
            shutil.rmtree(found)
        else:
            found.unlink()

    return remove


def renamed(path: str, new: str) -> Change:
    """A file has another path."""

    def rename(world: World) -> None:
        (world.workflow / path).rename(world.workflow / new)

    return rename


def copied(path: str, new: str) -> Change:
    """A file is there twice, or in place of another one."""

    def copy(world: World) -> None:
        shutil.copyfile(world.workflow / path, world.workflow / new)

    return copy


def in_place_of(path: str, make: Callable[[Path], object]) -> Change:
    """A file is gone, and a function makes something else at its path."""

    def replace(world: World) -> None:
        file = world.workflow / path
        file.unlink()
        make(file)

    return replace


def made(path: str) -> Change:
    """There is an empty folder."""
    return lambda world: (world.workflow / path).mkdir()


def linked(path: str, target: str) -> Change:
    """A symbolic link; its target is relative to the link's own folder."""

    def link(world: World) -> None:
        (world.workflow / path).symlink_to(target)

    return link


def grown(path: str, size: int) -> Change:
    """A file is that many bytes large: NUL bytes stand behind what it holds, and take no room on the disk."""
    return lambda world: os.truncate(world.workflow / path, size)


def without_section(name: str) -> Change:
    """config.yaml lacks a section."""
    return section(name, "")


def section(name: str, text: str) -> Change:
    """A section of config.yaml, up to the next one, becomes a text."""

    def replace(world: World) -> None:
        file = world.workflow / CONFIG
        changed, count = re.subn(rf"(?ms)^{name}:.*?(?=^[#\w]|\Z)", text, file.read_text(encoding="utf-8"))
        assert count == 1, f"config.yaml has {count} sections {name!r}, so the change is not the one that is meant"
        file.write_text(changed, encoding="utf-8")

    return replace


def all_of(*changes: Change) -> Change:
    """Several changes, one after the other."""

    def change(world: World) -> None:
        for each in changes:
            each(world)

    return change
