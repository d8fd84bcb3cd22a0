"""What may differ from the reference release without a fault: the gate does not cry wolf."""

from __future__ import annotations

from pathlib import Path

import pytest

from fixtures.reference.process import ReferenceServer
from tests_suite.faults import harmless, harmless_texts, world
from tests_suite.faults.harmless import Variation

VARIATIONS = [*harmless.VARIATIONS, *harmless_texts.VARIATIONS]


@pytest.mark.parametrize("variation", VARIATIONS, ids=[variation.name for variation in VARIATIONS])
def test_harmless_variation_passes(variation: Variation, tmp_path: Path, reference_server: ReferenceServer) -> None:
    varied = world.make(tmp_path / "world", reference_server.url)
    before = varied.digest()
    variation.changes(varied)
    assert varied.digest() != before, "the variation changed nothing"

    run = varied.run("smoke", tmp_path / "reports")

    assert run.verdict is not None, run.output
    assert run.messages == "", run.messages
    assert run.verdict["verdict"] == "PASS", run.output
    assert run.status == 0, run.output


def test_variations_have_names_of_their_own() -> None:
    names = [variation.name for variation in VARIATIONS]

    assert len(names) == len(set(names))
