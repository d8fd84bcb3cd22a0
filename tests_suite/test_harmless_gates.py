"""No false alarm, at any gate: what is said in another form, lies elsewhere, or is run by somebody else passes."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from fixtures.reference.process import ReferenceServer
from tests_suite import harmlesstable
from tests_suite.faults import (
    harmless_around,
    harmless_logs,
    harmless_mixed,
    harmless_records,
    harmless_releases,
    harmless_words,
    world,
)
from tests_suite.faults.harmless_gates import WORLDS, Case

MODULES = (harmless_around, harmless_records, harmless_releases, harmless_logs, harmless_words, harmless_mixed)
CASES = [case for module in MODULES for case in module.CASES]
WANTED = 300


@pytest.mark.parametrize("case", CASES, ids=str)
def test_what_differs_harmlessly_passes(
    case: Case, tmp_path: Path, reference_server: ReferenceServer, staging_server: ReferenceServer
) -> None:
    varied = world.make(tmp_path / "world", reference_server.url)
    WORLDS[case.gate](varied, staging_server.url)
    before = case.unchanged(varied)
    with varied.running:
        case.changes(varied)
        assert case.state(varied) != before, "the variation changed nothing"

        run = case.run(varied, tmp_path / "reports")

    assert run.verdict is not None, run.output
    assert run.messages == "", run.messages
    assert run.verdict["verdict"] == "PASS", run.output
    assert run.status == 0, run.output


def test_every_gate_is_varied() -> None:
    counted = Counter(case.gate for case in CASES)

    assert counted.keys() == WORLDS.keys()
    assert min(counted.values()) >= 10, counted


def test_cases_are_all_different() -> None:
    counted = Counter((case.gate, case.name) for case in CASES)

    assert [each for each, number in counted.items() if number > 1] == []


def test_there_are_three_hundred_variations_over_all_gates() -> None:
    """Each counts once, however many gates run with it, and mixtures do not count."""
    found = harmlesstable.counted()

    assert sum(each.variations for each in found) >= WANTED, found


def test_table_of_variations_is_that_of_these() -> None:
    written = harmlesstable.PLACE.read_text(encoding="utf-8")

    assert written == harmlesstable.table(), "write it anew with python -m tests_suite.harmlesstable"
