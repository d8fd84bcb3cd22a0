"""Two faults at once are both noticed: one finding hides no other."""

from __future__ import annotations

import dataclasses
import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from fixtures.reference.process import ReferenceServer
from tests_suite import faultmatrix
from tests_suite.faults import pairs, world
from tests_suite.faults.pairs import POOLS, Pool, Redrawn, union
from tests_suite.faults.world import Fault, World

WANTED = 200
DRAWS = [(pool, number) for pool in POOLS for number in range(pool.pairs)]
MOST_REDRAWN = 60  # for one pair; a pool that needs more has nothing to draw from


@pytest.fixture
def servers(reference_server: ReferenceServer, staging_server: ReferenceServer) -> tuple[str, str]:
    """Where the knowledge servers of production and of staging are."""
    return reference_server.url, staging_server.url


@pytest.mark.parametrize(("pool", "number"), DRAWS, ids=[f"{pool.name} {number + 1}" for pool, number in DRAWS])
def test_pair_of_faults_trips_what_both_trip(
    pool: Pool,
    number: int,
    tmp_path: Path,
    servers: tuple[str, str],
    record_property: Callable[[str, object], None],
) -> None:
    def healthy(name: str) -> World:
        made = world.make(tmp_path / name / "world", servers[0])
        pool.prepare(made, servers[1])
        return made

    redrawn: list[Redrawn] = []
    for first, second in pairs.candidates(pool, number):
        broken = healthy(f"pair{len(redrawn)}")
        with broken.running:
            again = pairs.apply(broken, first, second)
            if again is None:
                run = pairs.judged(broken, pool, tmp_path / "reports")
                break
        redrawn.append(again)
        assert len(redrawn) < MOST_REDRAWN, redrawn
    said = [pool.name, first.name, second.name, [dataclasses.astuple(each) for each in redrawn]]
    record_property("pair", json.dumps(said))

    expected = union(*(_alone(pool, each, healthy, tmp_path) for each in (first, second)))
    unexpected = {item: outcome for item, outcome in run.outcomes.items() if outcome != expected.get(item, "passed")}
    assert run.outcomes.keys() >= expected.keys(), run.output
    assert not unexpected, f"{first.name} + {second.name}: {unexpected}, {expected}\n{run.messages}\n{run.output}"
    assert "Traceback" not in run.output, run.output
    assert "the check itself broke" not in run.output, run.output


def _alone(pool: Pool, fault: Fault, healthy: Callable[[str], World], folder: Path) -> dict[str, str]:
    """What a fault trips alone: as its own test proves, and measured where other gates judge, too."""
    if pool.gates == (fault.gate,):
        return dict(fault.trips)
    alone = healthy(f"alone {fault.gate}")
    with alone.running:
        fault.breaks(alone)
        run = pairs.judged(alone, pool, folder / f"alone {fault.gate}" / "reports")
    tripped = {item: outcome for item, outcome in run.outcomes.items() if outcome != "passed"}
    assert tripped.items() >= fault.trips.items(), f"{fault.name}: {tripped}\n{run.messages}\n{run.output}"
    return tripped


def test_there_are_two_hundred_pairs_over_pools_with_names_of_their_own() -> None:
    names = Counter(pool.name for pool in POOLS)

    assert sum(pool.pairs for pool in POOLS) == WANTED
    assert set(names.values()) == {1}
    assert all(fault.gate in pool.gates for pool in POOLS for fault in (*pool.first, *pool.second))


def test_pairs_that_were_proved_are_written_down() -> None:
    written = (Path(__file__).parent / faultmatrix.PAIRS).read_text(encoding="utf-8").partition("Drawn again:")[0]
    rows = [tuple(line.strip("| ").split(" | ")) for line in written.splitlines() if line.startswith("| ")][2:]
    pools = {pool.name: pool for pool in POOLS}

    assert Counter(pool for pool, _, _ in rows) == {pool.name: pool.pairs for pool in POOLS}
    for pool, first, second in rows:
        names = {each.name.replace("`", "'") for each in (*pools[pool].first, *pools[pool].second)}
        assert {first, second} <= names, "prove them, and write them anew, as the fault matrix is"


def test_no_two_tests_draw_the_same_pair() -> None:
    pool = next(pool for pool in POOLS if pool.name == "bmad")
    drawn = [frozenset(fault.name for fault in pair) for n in range(pool.pairs) for pair in pairs.candidates(pool, n)]

    assert len(drawn) == len(set(drawn)) == len(pool.first) * (len(pool.first) - 1) / 2


def test_pair_that_cannot_be_made_is_told_without_the_place_of_its_world(healthy: World) -> None:
    path = healthy.root / "workflow" / "config.yaml"
    first = Fault("gone", lambda _: path.unlink(), {}, ())
    second = Fault("executable", lambda _: path.chmod(0o755), {}, ())

    told = pairs.apply(healthy, first, second)

    assert told is not None
    assert told.detail == "FileNotFoundError: [Errno 2] No such file or directory: 'workflow/config.yaml'"


def test_graver_outcome_counts() -> None:
    assert union({"1": "failed", "2": "degraded"}, {"1": "degraded", "3": "missing"}) == {
        "1": "failed", "2": "degraded", "3": "missing",
    }  # fmt: skip
