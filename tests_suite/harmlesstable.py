"""The table of harmless variations, by kind: `python -m tests_suite.harmlesstable` writes it to HARMLESS.md."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

PLACE = Path(__file__).with_name("HARMLESS.md")
MIXED = "several at once"


@dataclass(frozen=True)
class Counted:
    """Variations of one kind, the gates that run with them, and how many runs that makes."""

    kind: str
    gates: tuple[str, ...]
    variations: int
    runs: int


def counted() -> list[Counted]:
    """Every variation that has to pass, by kind; a variation that several gates run with counts once."""
    return [_of(kind, pairs) for kind, pairs in _kinds()]


def _of(kind: str, pairs: Iterable[tuple[str, str]]) -> Counted:
    found = list(pairs)
    gates = tuple(dict.fromkeys(gate for gate, _ in found))
    variations = 0 if kind == MIXED else len({name for _, name in found})
    return Counted(kind, gates, variations, len(found))


def _kinds() -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """Each kind with its pairs of gate and variation."""
    from tests_suite import (
        test_faults,
        test_faults_baseline,
        test_faults_executions,
        test_faults_first_day,
        test_faults_measured,
        test_faults_postdeploy,
        test_harmless,
        test_harmless_gates,
        test_repository,
    )
    from tests_suite.faults import backup, claude, claude_program, oddities

    def at(gate: str, names: Collection[str]) -> list[tuple[str, str]]:
        return [(gate, name) for name in names]

    passing = [*test_faults_first_day.VARIATIONS.keys() - test_faults_first_day.FAILING]
    yield "texts and forms of a workflow", at("smoke", [each.name for each in test_harmless.VARIATIONS])
    yield "odd knowledge servers", at("smoke", [each.name for each in oddities.HEALTHY])
    projects = [*claude.HEALTHY, *claude_program.HEALTHY]
    assert len(test_faults.ODDITIES) == len(projects) + len(oddities.HEALTHY)
    yield "odd Claude projects and programs", at("smoke", [each.name for each in projects])
    yield "backups", at("verification", [each.name for each in backup.ODDITIES])
    yield "baselines", at("verification", test_faults_baseline.ODD_BUT_GOOD)
    yield "repositories", at("deploy", test_repository.HEALTHY)
    yield "execution logs", at("monitoring", test_faults_executions.HARMLESS)
    yield "first days", at("first_day", sorted(passing))
    yield "stories and steps", at("baseline", test_faults_measured.HARMLESS)
    yield "what is told afterwards", [(gate, name) for name, (gate, _) in test_faults_postdeploy.VARIATIONS.items()]
    kinds = dict.fromkeys(case.kind for case in test_harmless_gates.CASES)
    for kind in kinds:
        yield kind, [(case.gate, case.name) for case in test_harmless_gates.CASES if case.kind == kind]


def table() -> str:
    """The table as Markdown."""
    found = counted()
    variations, runs = sum(each.variations for each in found), sum(each.runs for each in found)
    lines = [
        "# Harmless variations",
        "",
        f"{variations} ways in which a release, its surroundings or its records may differ without being wrong, in",
        f"{runs} runs of real gates. Each proves first that it changes something; then every item has to pass.",
        "Mixtures draw several variations at random, with a fixed seed; they are runs, and no variations of their own.",
        "",
        "    pytest -n 2 tests_suite -k 'harmless or odd or another_form'",
        "",
        "| kind | gates | variations | runs |",
        "| --- | --- | ---: | ---: |",
        *(f"| {each.kind} | {', '.join(each.gates)} | {each.variations or ''} | {each.runs} |" for each in found),
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    PLACE.write_text(table(), encoding="utf-8")
    print(f"{PLACE}: {sum(each.variations for each in counted())} variations")
