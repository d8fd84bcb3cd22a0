"""Faults of the workflow tree (2.1.1, 2.1.4, 2.1.5, 2.1.6)."""

from __future__ import annotations

from tests_suite.faults.world import Fault, World, edit

STEP_1 = "steps/0-scoping/step-01-business-analyst.md"


def _byte_order_mark(world: World) -> None:
    path = world.workflow / STEP_1
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())


def _broken_successor(world: World) -> None:
    edit(world.workflow / STEP_1, "step-02a-fti-architect.md'", "step-02x-fti-architect.md'")


FAULTS = [
    Fault("a step starts with a byte order mark", _byte_order_mark, {"2.1.1": "failed"}, ("byte order mark",)),
    Fault("a step names a successor that does not exist", _broken_successor, {"2.1.6": "failed"}, ("leads to",)),
]
