"""Faults of single files below their format: bytes that are no text, and what is no file at all (2.1.1)."""

from __future__ import annotations

import os
from pathlib import Path

from tests_suite.faults.changes import (
    CHECKLIST,
    CHUNKING,
    CONFIG,
    PLAN,
    STEP,
    agent,
    grown,
    in_place_of,
    linked,
    prepended,
    replaced,
    rewritten,
    written,
    xml,
)
from tests_suite.faults.world import Fault

BOM = "\ufeff"
SYNTAX = {"2.1.1": "failed"}
# Whatever cannot be read as a step leads nowhere; without config.yaml nobody knows where a step should lead.
STEP_UNREADABLE = {"2.1.1": "failed", "2.1.6": "failed"}
CONFIG_UNREADABLE = {"2.1.1": "failed", "2.1.4": "failed", "2.1.6": "failed"}
CONFLICT = "<<<<<<< HEAD\nours\n=======\ntheirs\n>>>>>>> release\n"


def _utf_16(raw: bytes) -> bytes:
    return raw.decode().encode("utf-16")


def _utf_16_without_mark(raw: bytes) -> bytes:
    return raw.decode().encode("utf-16-le")


def _latin_1(raw: bytes) -> bytes:
    return raw + "Prüfung\n".encode("latin-1")


def _dangling(path: Path) -> None:
    path.symlink_to("nowhere.md")


def _itself(path: Path) -> None:
    path.symlink_to(path.name)


FAULTS = [
    Fault(
        "a step starts with a byte order mark",
        prepended(STEP["1"], BOM),
        SYNTAX,
        (f"2.1.1 {STEP['1']}:1: starts with a byte order mark",),
    ),
    Fault(
        "config.yaml starts with a byte order mark",
        prepended(CONFIG, BOM),
        {"2.1.1": "failed", "2.1.4": "failed"},
        ("2.1.1 config.yaml:1: starts with a byte order mark", "2.1.4 config.yaml:1: starts with a byte order mark"),
    ),
    Fault(
        "an agent's XML starts with a byte order mark",
        prepended(xml("dev"), BOM),
        SYNTAX,
        (f"2.1.1 {xml('dev')}:1: starts with a byte order mark",),
    ),
    Fault(
        "a checklist holds a NUL byte",
        rewritten(CHECKLIST, lambda raw: raw.replace(b"\n", b"\n\0", 1)),
        SYNTAX,
        (f"2.1.1 {CHECKLIST}:2: holds a NUL byte",),
    ),
    Fault(
        "a step holds a NUL byte",
        rewritten(STEP["5"], lambda raw: raw.replace(b"\n", b"\n\0", 1)),
        STEP_UNREADABLE,
        (f"2.1.1 {STEP['5']}:2: holds a NUL byte", f"2.1.6 {STEP['5']}:1: names no next step"),
    ),
    Fault(
        "workflow.md is Latin-1",
        rewritten("workflow.md", _latin_1),
        SYNTAX,
        ("2.1.1 workflow.md:147: byte 0xfc is not UTF-8",),
    ),
    Fault(
        "an agent's XML is Latin-1 and does not say so",
        rewritten(xml("dev"), lambda raw: raw.replace(b"Ines", b"In\xe8s")),
        SYNTAX,
        (f"2.1.1 {xml('dev')}:1: byte 0xe8 is not UTF-8",),
    ),
    Fault(
        "config.yaml is Latin-1",
        rewritten(CONFIG, lambda raw: b"# Konfiguration f\xfcr alle\n" + raw),
        CONFIG_UNREADABLE,
        ("2.1.1 config.yaml:1: byte 0xfc", "2.1.4 config.yaml:1: byte 0xfc", "2.1.6 :: config.yaml: has no sequence"),
    ),
    Fault(
        "a template is UTF-16",
        rewritten("templates/phase-spec.template.md", _utf_16),
        SYNTAX,
        ("2.1.1 templates/phase-spec.template.md:1: is UTF-16",),
    ),
    Fault(
        "an agent's description is UTF-16 without a mark",
        rewritten(agent("dev"), _utf_16_without_mark),
        {"2.1.1": "failed", "2.1.5": "failed"},
        (f"2.1.1 {agent('dev')}:1: holds a NUL byte", f"2.1.5 {agent('dev')}:: does not name config/dev-agent.xml"),
    ),
    Fault("a checklist is empty", written(CHECKLIST, ""), SYNTAX, (f"2.1.1 {CHECKLIST}:: is empty",)),
    Fault("a template is empty", written(CHUNKING, ""), SYNTAX, (f"2.1.1 {CHUNKING}:: is empty",)),
    Fault("an agent's XML is empty", written(xml("dev"), ""), SYNTAX, (f"2.1.1 {xml('dev')}:: is empty",)),
    Fault(
        "a step is empty",
        written(STEP["3a"], ""),
        STEP_UNREADABLE,
        (f"2.1.1 {STEP['3a']}:: is empty", f"2.1.6 {STEP['3a']}:1: names no next step"),
    ),
    Fault(
        "config.yaml is empty",
        written(CONFIG, ""),
        CONFIG_UNREADABLE,
        ("2.1.1 config.yaml:: is empty", "2.1.4 config.yaml:: is empty", "2.1.6 :: config.yaml: has no sequence"),
    ),
    Fault(
        "the workflow plan is nothing but white space",
        written(PLAN, " \n\t\n\u00a0\r\n"),
        SYNTAX,
        (f"2.1.1 {PLAN}:: is empty",),
    ),
    Fault(
        "a step holds conflict markers",
        replaced(STEP["8"], "\n---\n", f"\n---\n{CONFLICT}"),
        SYNTAX,
        (
            f"2.1.1 {STEP['8']}:12: conflict marker '<<<<<<< HEAD'",
            f"2.1.1 {STEP['8']}:16: conflict marker '>>>>>>> release'",
        ),
    ),
    Fault(
        "a file with Windows line ends holds conflict markers",
        rewritten(CHECKLIST, lambda raw: (raw + CONFLICT.encode()).replace(b"\n", b"\r\n")),
        SYNTAX,
        (f"2.1.1 {CHECKLIST}:100: conflict marker '<<<<<<< HEAD'",),
    ),
    Fault(
        "config.yaml holds conflict markers",
        replaced(CONFIG, "# Paths\n", CONFLICT),
        CONFIG_UNREADABLE,
        ("2.1.1 config.yaml:11: conflict marker", "2.1.4 config.yaml:11: conflict marker"),
    ),
    Fault(
        "a template has grown beyond every text",
        grown(CHUNKING, 6_000_000),
        SYNTAX,
        (f"2.1.1 {CHUNKING}:: 6000000 bytes; expected a text file below 5000000 bytes",),
    ),
    Fault(
        "a FIFO stands in place of a checklist",
        in_place_of(CHECKLIST, os.mkfifo),
        SYNTAX,
        (f"2.1.1 {CHECKLIST}:: not a regular file",),
    ),
    Fault(
        "a FIFO stands in place of config.yaml",
        in_place_of(CONFIG, os.mkfifo),
        CONFIG_UNREADABLE,
        ("2.1.1 config.yaml:: not a regular file", "2.1.4 config.yaml:: not a regular file"),
    ),
    Fault(
        "a folder stands in place of workflow.md",
        in_place_of("workflow.md", Path.mkdir),
        SYNTAX,
        ("2.1.1 workflow.md:: not a regular file",),
    ),
    Fault(
        "a dangling link stands in place of a checklist",
        in_place_of(CHECKLIST, _dangling),
        SYNTAX,
        (f"2.1.1 {CHECKLIST}:: cannot be read: no such file",),
    ),
    Fault(
        "a link to itself stands in place of a checklist",
        in_place_of(CHECKLIST, _itself),
        SYNTAX,
        (f"2.1.1 {CHECKLIST}:: cannot be read: too many levels of symbolic links",),
    ),
    Fault(
        "a link below steps leads back to steps",
        linked("steps/0-scoping/all", ".."),
        SYNTAX,
        (
            "2.1.1 steps/0-scoping/all:: not a regular file",
            "2.1.1 steps/0-scoping/all:: does not belong to the release",
        ),
    ),
]
