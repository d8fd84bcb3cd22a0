"""Faults of the claude program that is asked for its commands (2.1.3): where it fails, the files decide, degraded."""

from __future__ import annotations

import json
import os
from pathlib import Path

from tests_suite.faults.claude import (
    AGENT,
    COMMAND,
    NAME,
    Breaks,
    both,
    edited,
    fault,
    moved,
    passes,
    removed,
    skill_of_that_name,
    write,
)
from tests_suite.faults.world import Fault, World


def _program(script: str) -> Breaks:
    """A claude program that answers --version, and then behaves as the script says."""

    def breaks(world: World) -> None:
        path = world.root / "bin" / "claude"
        write(path, f'#!/bin/sh\n[ "$1" = --version ] && {{ echo "9.9.9 (Claude Code)"; exit 0; }}\n{script}\n')
        path.chmod(0o755)
        world.target["claude"]["cli"] = str(path)

    return breaks


def _lists(*names: str) -> str:
    response = {"subtype": "success", "request_id": "commands", "response": {"commands": [{"name": n} for n in names]}}
    answer = json.dumps({"type": "control_response", "response": response})
    return f"read request\necho '{answer}'"


def _on_path(world: World) -> None:
    """The program is found as people have it, by its name."""
    folder = Path(world.target["claude"]["cli"]).parent
    world.target["claude"]["cli"] = "auto"
    world.environment["PATH"] = f"{folder}{os.pathsep}{os.environ['PATH']}"


def _not_executable(world: World) -> None:
    write(world.root / "claude-of-another-machine", b"\x7fELF" + bytes(60))
    (world.root / "claude-of-another-machine").chmod(0o755)
    world.target["claude"]["cli"] = str(world.root / "claude-of-another-machine")


def _no_permission(world: World) -> None:
    _program("exit 0")(world)
    Path(world.target["claude"]["cli"]).chmod(0o644)


FAULTS = [
    fault(
        "the claude program does not list the command",
        _program(_lists("init", "review")),
        f"/{NAME} is not among the 2 commands of claude 9.9.9; its file exists",
    ),
    fault(
        "the claude program does not list the command, which has another name",
        both(moved(AGENT), _program(_lists("init"))),
        "is not among the 1 commands of claude 9.9.9",
        "found instead: /bmad:bmm:agents:quick-flow-solo-dev",
    ),
    fault(
        "the claude program lists what has no file",
        both(removed(COMMAND), _program(_lists(NAME))),
        "its file was not found: what it loads cannot be verified",
    ),
    fault(
        "the claude program lists what users cannot call",
        both(edited("---\n", "---\nuser-invocable: false\n", COMMAND), _program(_lists(NAME))),
        "says `user-invocable: false`",
    ),
    fault(
        "the claude program prints garbage",
        _program("echo 'Welcome to {Claude'; printf '\\377\\376\\n[[[['"),
        "claude 9.9.9: gave no list of commands and ended with status 0; the command files alone decided",
        outcome="degraded",
    ),
    fault(
        "the claude program prints garbage without an end",
        _program("exec yes 'no list of commands, and never one'"),
        "claude 9.9.9: gave no list of commands in 5000000 bytes of output",
        outcome="degraded",
    ),
    fault(
        "the claude program fails",
        _program("echo 'cannot start' >&2; exit 3"),
        "claude 9.9.9: gave no list of commands and ended with status 3",
        outcome="degraded",
    ),
    fault(
        "the claude program on the path fails",
        both(_program("exit 1"), _on_path),
        "claude 9.9.9: gave no list of commands and ended with status 1",
        outcome="degraded",
    ),
    fault(
        "the claude program refuses the question",
        _program('echo \'{"type":"control_response","response":{"subtype":"error","error":"unsupported"}}\''),
        "claude 9.9.9: answered without a list of commands: 'unsupported'",
        outcome="degraded",
    ),
    fault("the claude program is no program", _not_executable, "cannot be run", outcome="degraded"),
    fault("the claude program may not be run", _no_permission, "is no program that can be run", outcome="degraded"),
    fault(
        "the claude program fails and the command is missing",
        both(removed(COMMAND), _program("exit 1")),
        "ended with status 1",
        f"/{NAME} is no command here",
    ),
    Fault(
        "the claude program hangs",
        _program("sleep 300"),  # not the shell itself, but a process of its own that keeps the output open
        {"2.1.3": "degraded"},
        ("claude 9.9.9: gave no list of commands within 20 s",),
        within=21,
    ),
]

HEALTHY = [
    passes("the claude program lists the command", _program(_lists("init", NAME))),
    passes("the claude program writes slashes, and lines before", _program(f"echo '{{}}'; {_lists(f'/{NAME}')}")),
    passes("the claude program lists the skill by its folder", both(skill_of_that_name, _program(_lists("quick")))),
    passes("the claude program on the path lists the command", both(_program(_lists(NAME)), _on_path)),
]
