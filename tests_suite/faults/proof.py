"""The proof that a fault is noticed: by exactly the items that it should trip, in these words, in time."""

from __future__ import annotations

import re
from pathlib import Path

from gate.verify import examine
from tests_suite.faults.world import Fault, World

# Words of the program, not of users.
OURS = re.compile(r"\bNone\b|\b(?:dict|list|tuple|frozenset)\(|<[\w.]+ object at ")


def prove(fault: Fault, world: World, reports: Path) -> None:
    """Break a healthy world, make sure that something has changed, run the real gate, and compare every outcome.

    Its report has to stand before `gate verify`, and its findings to be in words of users.
    """
    before = world.digest()
    with world.running:
        fault.breaks(world)
        assert world.digest() != before, "the fault changed nothing"

        run = world.run(fault.gate, reports)

    assert run.verdict is not None, run.output
    unexpected = {item: outcome for item, outcome in run.outcomes.items() if outcome != fault.trips.get(item, "passed")}
    assert not unexpected, f"{unexpected}\n{run.messages}\n{run.output}"
    missing = [text for text in fault.says if text not in run.messages]
    assert not missing, f"{missing}\n{run.messages}"
    foreign = [line for line in run.messages.splitlines() if OURS.search(line)]
    assert not foreign, f"words that no user knows: {foreign}"
    assert str(examine(reports / re.sub(r"\W+", "-", fault.gate))), "the report of what is broken stands, too"
    assert "Traceback" not in run.output, run.output
    assert "the check itself broke" not in run.output, run.output
    assert run.seconds < fault.seconds, f"took {run.seconds:.1f} s"
    assert run.seconds_of(fault.trips) < fault.within, f"took {run.seconds_of(fault.trips):.1f} s by their own account"
    assert (run.status == 0) == {"failed", "missing"}.isdisjoint(fault.trips.values()), run.output
