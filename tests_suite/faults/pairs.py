"""Two faults at once: pools of faults that act on the same world, and the drawing of pairs from them.

Both faults are applied to one healthy world, the second on top of the first, and each has to change something. A pair
that cannot show anything is drawn again, by these rules and no others:

- same place: both change the same place (see `places`), so that the one undoes, or builds on, what the other did;
  where a branch or tag stands in the history is changed by whoever makes a commit anew, what is written through a
  link that the first fault made is that link, and whoever packs anew has the manifest agree with what was packed;
- subject gone: one fault removes the file or folder in which the other one changes something, or has the target not
  name it any more;
- not applicable: the second fault cannot be made any more, because what it wants to change is not there as it was;
- nothing left: the first fault already leaves things as the second one wants them.

Which items have to notice is what each fault trips alone; where a pair is judged by several gates, what each fault
trips alone with these gates is measured first. An item that both trip has the graver outcome. What ends the reading
of a subject, such as an archive that cannot be relied on, leaves other findings in it unsaid, and so do figures that
both change; so the words of both faults are not asked for.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from pathlib import Path

from tests_suite.faults import (
    acceptance,
    announcement,
    approvals,
    backup,
    baseline,
    bmad_commands,
    bmad_config,
    bmad_story,
    claude,
    claude_program,
    deploy_backup,
    deploy_files,
    deploy_history,
    deploy_record,
    deploy_repository,
    deploy_start,
    deployed,
    executions,
    feedback,
    first_day,
    hour,
    knowledge,
    mcp_answers,
    mcp_chaos,
    mcp_config,
    mcp_endpoint,
    mcp_integrity,
    mcp_session,
    measured,
    monitoring,
    notification,
    notification_team,
    package_contents,
    package_integrity,
    packed,
    records,
    retrospective,
    rollback,
    rollback_records,
    signatures,
    staged,
    staging,
    staging_rehearsal,
    verification,
    watched,
    workflow,
)
from tests_suite.faults.accepted import accepted
from tests_suite.faults.announced import announced
from tests_suite.faults.places import (
    COMMIT,
    REFERENCE,
    changed,
    gone,
    linked,
    made_right,
    own,
    places_of,
    unnamed,
    within,
)
from tests_suite.faults.world import Fault, Run, World

SEED = 20260106
GRAVITY = ("passed", "waived", "degraded", "missing", "failed")  # the mildest first
Faults = Sequence[Fault]


@dataclass(frozen=True)
class Pool:
    """Faults of one world, judged by these gates together: a pair has one of `first` and one of `second`.

    `prepare` makes a plain world the healthy one of these gates; it gets the address of a server for staging.
    """

    name: str
    gates: tuple[str, ...]
    prepare: Callable[[World, str], object] = field(repr=False)
    first: Faults = field(repr=False)
    second: Faults = field(repr=False)
    pairs: int

    @property
    def marker(self) -> str:
        """What selects the gates."""
        return " or ".join(self.gates)


@dataclass(frozen=True)
class Redrawn:
    """A pair that could show nothing, and by which rule."""

    first: str
    second: str
    rule: str
    detail: str


def candidates(pool: Pool, number: int) -> Iterator[tuple[Fault, Fault]]:
    """Pairs for one test of a pool, in the order in which to try them; no other test gets any of them."""
    every = [(first, second) for first, second in product(pool.first, pool.second) if first.name != second.name]
    if pool.first is pool.second:  # then each pair is in it twice
        chance = random.Random(f"{SEED} {pool.name} order")
        every = [pair if chance.random() < 0.5 else pair[::-1] for pair in every if pair[0].name < pair[1].name]
    random.Random(f"{SEED} {pool.name}").shuffle(every)
    yield from every[number :: pool.pairs]


def apply(world: World, first: Fault, second: Fault) -> Redrawn | None:
    """Break a healthy world twice; None where both have shown that they changed something of their own."""
    healthy = places_of(world)
    first.breaks(world)
    once = places_of(world)
    by_first = changed(healthy, once)
    assert by_first, f"{first.name} changed nothing"
    try:
        second.breaks(world)
    except Exception as error:  # whatever a fault makes of a world that is broken already
        reason = f"{type(error).__name__}: {error}".splitlines()[0].replace(f"{world.root}/", "")
        return Redrawn(first.name, second.name, "not applicable", reason)
    twice = places_of(world)
    by_second = changed(once, twice)
    if not by_second:
        return Redrawn(first.name, second.name, "nothing left", "")
    lost = within(gone(once, twice) | unnamed(once, twice), own(by_first))
    if lost := lost | within(unnamed(healthy, once), own(by_second)):
        return Redrawn(first.name, second.name, "subject gone", min(lost))
    shared = _shared(by_first, by_second) | _shared(by_second, by_first) | (by_second & linked(healthy, once))
    if both := shared | made_right(by_first, by_second, twice):
        return Redrawn(first.name, second.name, "same place", min(both))
    return None


def _shared(one: set[str], other: set[str]) -> set[str]:
    """What one fault changed of its own, and the other touches; whoever moves a branch touches all of the history."""
    commits = any(place.endswith(COMMIT) for place in other)
    return {place for place in own(one) if place in other or (commits and REFERENCE in place)}


def judged(world: World, pool: Pool, reports: Path) -> Run:
    """Run the gates of a pool; the verdict has the items of all of them."""
    run = world.run(pool.marker, reports)
    found = [json.loads((reports / gate / "verdict.json").read_text(encoding="utf-8")) for gate in pool.gates]
    return replace(run, verdict={"items": [item for verdict in found for item in verdict["items"]]})


def union(first: Mapping[str, str], second: Mapping[str, str]) -> dict[str, str]:
    """What both trip together: the graver outcome of each item."""
    return {
        item: max(first.get(item, "passed"), second.get(item, "passed"), key=GRAVITY.index)
        for item in first.keys() | second.keys()
    }


def _own(world: World, staging_url: str) -> None:
    """Nothing more than every world has."""


def _only(prepare: Callable[[World], object]) -> Callable[[World, str], object]:
    return lambda world, staging_url: prepare(world)


SMOKE = (*workflow.FAULTS, *knowledge.FAULTS, *claude.FAULTS, *claude_program.FAULTS)
BMAD = (*bmad_commands.FAULTS, *bmad_story.FAULTS, *bmad_config.FAULTS)
SERVERS = (*mcp_endpoint.FAULTS, *mcp_session.FAULTS, *mcp_answers.FAULTS, *mcp_integrity.FAULTS)
PACKAGE = tuple(replace(each, gate="package") for each in (*package_contents.FAULTS, *package_integrity.FAULTS))
VERIFICATION = (*approvals.FAULTS, *signatures.FAULTS, *verification.FAULTS, *baseline.FAULTS, *backup.FAULTS)
NOTIFICATION = (*notification.FAULTS, *notification_team.FAULTS)
STAGING = (*staging.FAULTS, *staging_rehearsal.FAULTS)
DEPLOY = tuple(
    replace(each, gate="deploy")
    for module in (deploy_history, deploy_start, deploy_files, deploy_repository, deploy_backup, deploy_record)
    for each in module.FAULTS
)
HOUR = (*monitoring.FAULTS, *executions.FAULTS)
ROLLBACK = (*rollback.FAULTS, *rollback_records.FAULTS)


def _pool(name: str, gate: str, prepare: Callable[[World, str], object], faults: Faults, pairs: int) -> Pool:
    return Pool(name, (gate,), prepare, faults, faults, pairs)


POOLS = (
    _pool("smoke", "smoke", _own, SMOKE, 36),
    _pool("bmad", "bmad", _own, BMAD, 14),
    Pool("smoke and bmad", ("smoke", "bmad"), _own, SMOKE, BMAD, 10),
    Pool("mcp", ("mcp",), _only(mcp_chaos.healthy), SERVERS, tuple(mcp_config.FAULTS), 12),
    _pool("package", "package", _only(packed.packaged), PACKAGE, 18),
    _pool("verification", "verification", _only(records.recorded), VERIFICATION, 20),
    _pool("notification", "notification", _only(records.recorded), NOTIFICATION, 10),
    Pool("verification and notification", ("verification", "notification"), _only(records.recorded),
         VERIFICATION, NOTIFICATION, 6),
    _pool("staging", "staging", staged.staged, STAGING, 12),
    _pool("deploy", "deploy", _only(deployed.provide), DEPLOY, 20),
    _pool("announcement", "announcement", _only(announced), announcement.FAULTS, 4),
    _pool("feedback", "feedback", _only(announced), feedback.FAULTS, 4),
    _pool("retrospective", "retrospective", _only(announced), retrospective.FAULTS, 4),
    Pool("announcement and feedback", ("announcement", "feedback"), _only(announced),
         announcement.FAULTS, feedback.FAULTS, 3),
    Pool("feedback and retrospective", ("feedback", "retrospective"), _only(announced),
         feedback.FAULTS, retrospective.FAULTS, 3),
    _pool("monitoring", "monitoring", _only(hour.hour), HOUR, 8),
    _pool("first day", "first_day", _only(watched.watched), tuple(first_day.FAULTS), 6),
    _pool("baseline", "baseline", _only(measured.measured), tuple(measured.FAULTS), 4),
    _pool("acceptance", "acceptance", _only(accepted), tuple(acceptance.FAULTS), 4),
    _pool("rollback", "rollback", rollback.rolled_back, ROLLBACK, 2),
)  # fmt: skip
