"""Several harmless variations at once, drawn at random: what is harmless alone is harmless together."""

from __future__ import annotations

import random
from collections.abc import Sequence

from tests_suite.faults import harmless, harmless_around, harmless_records, harmless_texts
from tests_suite.faults.harmless import Variation
from tests_suite.faults.harmless_gates import WORLDS, Case, Change
from tests_suite.faults.world import World

SEED = 20260106
# In the order in which they are made: whoever changes all lines comes behind those who look for some of them, and
# whoever moves the workflow comes last. Of each group a mixture has one at most: they are about the same texts.
GROUPS = (
    harmless.FRONTMATTER, harmless.CONFIGURATION, harmless.AGENTS, harmless_texts.FENCES, harmless_texts.MARKDOWN,
    harmless_texts.POINTERS, harmless_texts.XML, harmless_texts.TEMPLATES, harmless.LINES, harmless.SURROUNDINGS,
)  # fmt: skip
MIXTURES = 30  # of variations of the workflow
AT_ONCE = 5
PER_GATE = 2  # of a form of the target, a form of the records where there are any, and a user


def mixture(number: int) -> Change:
    """A variation of each of some groups, one after the other; where one cannot be made, another one of its group."""
    chance = random.Random(f"{SEED} {number}")
    chosen = sorted(chance.sample(range(len(GROUPS)), AT_ONCE))
    orders = [chance.sample(GROUPS[place], len(GROUPS[place])) for place in chosen]

    def changes(world: World) -> None:
        for group in orders:
            assert any(_made(variation, world) for variation in group), [each.name for each in group]

    return changes


def _made(variation: Variation, world: World) -> bool:
    """Whether a variation could still be made, and has changed something."""
    before = world.digest()
    try:
        variation.changes(world)
    except AssertionError:  # what it looks for is not there in that form
        return False
    return world.digest() != before


def _all_of(changes: Sequence[Change]) -> Change:
    def change(world: World) -> None:
        for each in changes:
            each(world)

    return change


def _around(gate: str, number: int) -> Case:
    chance = random.Random(f"{SEED} {gate} {number}")
    form = chance.choice(list(harmless_around.FORMS.items()))
    process = chance.choice(list(harmless_around.PROCESS.items()))
    options = chance.choice(list(harmless_around.OPTIONS.items()))
    parts = [process]
    if gate in harmless_records.GATES:
        parts.insert(0, chance.choice(list(harmless_records.FORMS.items())))
    name = "; ".join(name for name, _ in (form, *parts, options))
    return Case("several at once", name, gate, _all_of([change for _, change in parts]), form[1], options[1])


CASES = (
    *(Case("several at once", f"mixture {number + 1}", "smoke", mixture(number)) for number in range(MIXTURES)),
    *(_around(gate, number) for gate in WORLDS for number in range(PER_GATE)),
)
