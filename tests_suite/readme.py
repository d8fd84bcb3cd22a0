"""The README as a program reads it: its commands, and its table of the plan's commands."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass

from tests_suite.faults.world import SUITE

TEXT = (SUITE / "README.md").read_text(encoding="utf-8")
PROGRAMS = ("pytest", "python", "python3", ".ci/run", "ssh-keygen", "sha256sum", "tar", "git", "pip", "npm", "cp")
ALONE = (".ci/run",)  # what is a command without an argument; `pytest` alone is a name
FENCE = re.compile(r"^```(?P<language>\w*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
INDENTED = re.compile(r"(?:^ {4}.*\n)+", re.MULTILINE)
CODE = re.compile(r"`([^`]+)`")
SELECTION_ROW = re.compile(
    r"^\| (?P<first>[\dR.]+)(?: to (?P<last>[\d.]+))? \| .+ \| `pytest (?P<selection>[^`]+)`[^|]*\|$", re.MULTILINE
)
SECTION = "### The plan's commands"


@dataclass(frozen=True)
class Row:
    """A row of the table of selections: the items that it says it stands for, first and last, and its arguments."""

    first: str
    last: str
    arguments: tuple[str, ...]


def commands() -> list[str]:
    """Every command of the README, each once: fenced ones, indented ones, and those within a sentence."""
    return list(dict.fromkeys(_all()))


def _all() -> Iterator[str]:
    for fence in FENCE.finditer(TEXT):
        if fence["language"] != "yaml":
            yield from _lines(fence["text"])
    rest = SELECTION_ROW.sub(
        "", FENCE.sub("", TEXT)
    )  # the plan's commands are not ours to run, the selections are rows()
    for block in INDENTED.finditer(rest):
        yield from _lines(block[0])
    for code in CODE.finditer(INDENTED.sub("", rest)):
        yield from filter(_is_command, [" ".join(code[1].split())])


def _lines(text: str) -> Iterator[str]:
    """The commands of a block, without comments; a backslash goes on in the next line."""
    joined = re.sub(r"\\\n\s*", "", text)
    for line in joined.splitlines():
        command = re.sub(r"\s+#.*", "", line).strip()
        if _is_command(command):
            yield command


def _is_command(text: str) -> bool:
    return text in ALONE or (" " in text and text.partition(" ")[0] in PROGRAMS)


def rows() -> list[Row]:
    """The table of the plan's commands, row by row."""
    table = TEXT.partition(SECTION)[2].partition("\n### ")[0]
    found = [
        Row(match["first"], match["last"] or match["first"], tuple(shlex.split(match["selection"])))
        for match in SELECTION_ROW.finditer(table)
    ]
    lines = [line for line in table.splitlines() if line.startswith("| ")][2:]
    assert len(found) == len(lines), f"{len(lines) - len(found)} of {len(lines)} rows are not in the form of the others"
    return found
