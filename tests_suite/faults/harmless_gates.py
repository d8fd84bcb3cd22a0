"""The healthy world of each gate, and a case: one harmless way in which it may differ, and the run that has to pass."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tests_suite.faults import deployed, hour, mcp_chaos, measured, packed, records, rollback, staged, watched
from tests_suite.faults.accepted import accepted
from tests_suite.faults.announced import announced
from tests_suite.faults.world import Run, World, run_gate

Prepare = Callable[[World, str], object]
Change = Callable[[World], object]
Form = Callable[[dict[str, Any]], str]


def _only(prepare: Callable[[World], object]) -> Prepare:
    return lambda world, staging_url: prepare(world)


# What makes a plain world the healthy one of a gate; it gets the address of a server for staging.
WORLDS: Mapping[str, Prepare] = {
    "smoke": _only(lambda world: None),
    "bmad": _only(lambda world: None),
    "mcp": _only(mcp_chaos.healthy),
    "package": _only(packed.packaged),
    "verification": _only(records.recorded),
    "notification": _only(records.recorded),
    "staging": staged.staged,
    "deploy": _only(deployed.provide),
    "announcement": _only(announced),
    "feedback": _only(announced),
    "retrospective": _only(announced),
    "monitoring": _only(hour.hour),
    "first_day": _only(watched.watched),
    "baseline": _only(measured.measured),
    "acceptance": _only(accepted),
    "rollback": rollback.rolled_back,
}


def plain(target: dict[str, Any]) -> str:
    """A target file as worlds write it."""
    return str(yaml.safe_dump(target, sort_keys=False))


@dataclass(frozen=True)
class Case:
    """One gate on a world that differs: every item has to pass, and nothing may be found.

    `form` writes the target file, `arguments` are pytest's.
    """

    kind: str
    name: str
    gate: str
    changes: Change = field(default=lambda world: None, repr=False)
    form: Form = field(default=plain, repr=False)
    arguments: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.gate}: {self.name}"

    def state(self, world: World) -> tuple[str, str, tuple[str, ...], list[tuple[str, int]]]:
        """All that may differ: the world's files and their times, the target file, and how the gate is called."""
        called = (*self.arguments, *(f"{name}={value}" for name, value in sorted(world.environment.items())))
        times = [(str(path), path.lstat().st_mtime_ns) for path in sorted(world.root.rglob("*"))]
        return world.digest(), self.form(world.target), called, [each for each in times if "target" not in each[0]]

    def unchanged(self, world: World) -> tuple[str, str, tuple[str, ...], list[tuple[str, int]]]:
        """The same of a world that does not differ yet."""
        return Case("", "", self.gate).state(world)

    def run(self, world: World, reports: Path) -> Run:
        """Run the gate."""
        path = world.write_target()
        path.write_bytes(self.form(world.target).encode())
        arguments = (f"--target={path}", *self.arguments)
        return run_gate(self.gate, *arguments, reports=reports, environment=world.environment)
