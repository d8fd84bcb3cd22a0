"""MUTANTS.md: how the mutation run works, what came of the last one, and every survivor with its reason."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests_suite.mutation import mutants, run, score
from tests_suite.mutation.mutants import Mutant
from tests_suite.mutation.run import Result

REASONS = Path(__file__).with_name("reasons.json")  # by `score.key`, written by whoever looked at the survivor

METHOD = """\
# Mutants

Small mistakes are put into `gate/` and `fixtures/`, one at a time; the suite's tests have to notice each. Written by

    python -m tests_suite.mutation --sample {sample} --seed {seed} --document tests_suite/MUTANTS.md

- **What is mutated**: every function and method, decorated ones included, with the operators of mutmut 3.8.1 (numbers,
  comparisons, arithmetic, `and`/`or`/`not`, `in`/`is`, `break`/`continue`, arguments dropped or `None`, assignments of
  `None`, ternaries, string methods, keys and names in strings). Not mutated: what a module does when it is imported,
  the wording of texts for people, the spelling of the name of an encoding, and `fixtures/reference/`: the sample
  release and its servers are test data.
- **The sample**: {sample} of about {all} mutants, each with the same chance, by a fixed seed.
- **The tests of a mutant**: those that reach its function (a run of the suite in a copy whose functions say so), and
  faults whose items' checks reach it, the most specific and fastest first, until the first failure or for {budget:.0f}
  seconds. So a survivor may be one that a test further back would have noticed: the score is a
  lower bound. A function that no test reaches is a survivor.
- **Kills**: a test failed, or took more than ten times its time (and half a minute). Every kill by a test that the
  recording run had not seen pass, every one by the time limit, and a random tenth of the others was tried again
  without the mutant: where the test failed then, too, it did not count.
"""


def text(folder: Path, budget: float) -> str:
    """The document as Markdown."""
    drawn = mutants.sample(folder)
    first = run.results(folder / run.FIRST)
    last = {**first, **run.results(folder / run.AGAIN)}
    figures = json.loads((folder / "all.json").read_text(encoding="utf-8"))
    tried = [mutant for mutant in drawn if mutant.number in last]
    reasons = json.loads(REASONS.read_text(encoding="utf-8")) if REASONS.exists() else {}
    seed, everything = figures["seed"], f"{figures['all']:,}"
    parts = [
        METHOD.format(sample=len(tried), seed=seed, all=everything, budget=budget),
        "## Score",
        "",
        f"First run, before anybody looked at the survivors: **{score.score(first.values())}**.",
        "",
        f"With the tests that were written for survivors: {score.score(last.values())}. That is no estimate for all",
        "mutants, because the sample's own survivors were worked on.",
        "",
        _statuses(last),
        "",
        score.table(score.per_package(tried, last)),
        "",
        f"## Survivors\n\n{_reasons(tried, last, reasons)}",
        "",
        score.survivors(tried, last, reasons),
    ]
    return "\n".join(parts) + "\n"


def _statuses(results: Mapping[int, Result]) -> str:
    number = Counter(result.status for result in results.values())
    confirmed = Counter(result.unmutated for result in results.values() if result.is_killed and result.unmutated)
    said = ", ".join(f"{status} {count}" for status, count in number.most_common())
    return f"By outcome: {said}. Kills tried again without the mutant: {sum(confirmed.values())}."


def _reasons(tried: list[Mutant], results: Mapping[int, Result], reasons: Mapping[str, Any]) -> str:
    left = [mutant for mutant in tried if not results[mutant.number].is_killed]
    kinds = Counter(str(reasons.get(score.key(mutant), "not looked at")).partition(":")[0] for mutant in left)
    return "By reason: " + ", ".join(f"{kind} {count}" for kind, count in kinds.most_common()) + "."
