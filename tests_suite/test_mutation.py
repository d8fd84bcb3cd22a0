"""The mutation run's own machinery: a mutant takes effect wherever its function runs, and nowhere else."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import pytest

from tests_suite.mutation import chosen, reached, score
from tests_suite.mutation.hook import MAP, STATE, TEST
from tests_suite.mutation.mutants import Mutant, difference
from tests_suite.mutation.reached import Reached
from tests_suite.mutation.run import Result

SUITE = Path(__file__).parents[1]
ORIGINAL = '''"""A module to be changed."""

from __future__ import annotations

import functools


class Figure:
    """Something with a property."""

    @property
    def doubled(self) -> int:
        """Twice a number."""
        return 21 * 2

    def tripled(self, by: int = 3) -> int:
        return 7 * by


@functools.cache
def kept() -> int:
    """A number that is computed once."""
    return len([0, 0])
'''
FORKS = """
import os
import re
from gate import figure
figure.kept()
child = os.fork()
os.write(1, f"{figure.Figure().doubled} {figure.Figure().tripled()} {figure.kept()}\\n".encode())
if child:
    os.waitpid(child, 0)
"""


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A project with one module, `gate.figure`."""
    (tmp_path / "gate").mkdir()
    (tmp_path / "gate" / "__init__.py").touch()
    (tmp_path / "gate" / "figure.py").write_text(ORIGINAL, encoding="utf-8")
    return tmp_path


def _changed(tree: Path, old: str, new: str, defaults: str | None = None) -> Mutant:
    text = ORIGINAL.replace(old, new)
    line, before, after = difference(ORIGINAL, text)
    (tree / "mutant.py").write_text(text, encoding="utf-8")
    own = next(each for each in reached.functions(ORIGINAL, "") if each.lines[0] <= line <= each.lines[1])
    place = "gate/figure.py"
    return Mutant(0, place, own.name, own.lines[0], line, before, after, str(tree / "mutant.py"), defaults)


def _output(tree: Path, program: str, **environment: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tree,
        env={**os.environ, "PYTHONPATH": str(SUITE / "tests_suite" / "mutation" / "start"), **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.splitlines()


@pytest.mark.parametrize(
    ("old", "new", "defaults", "said"),
    [
        ("21 * 2", "21 + 2", None, "23 21 2"),
        ("by: int = 3", "by: int = 4", "lambda self, by=4: None", "42 28 2"),
        ("[0, 0]", "[0]", None, "42 21 1"),
        ("7 * by", "7 * by", None, "42 21 2"),
    ],
    ids=["property", "default value", "cached", "none"],
)
def test_mutant_takes_effect_in_a_process_that_starts_and_in_a_fork_of_a_warm_one(
    tree: Path, old: str, new: str, defaults: str | None, said: str
) -> None:
    state = tree / "state"
    state.mkdir()
    mutant = _changed(tree, old, new, defaults) if old != new else None
    warm = FORKS.replace("child = os.fork()", "os.rename('state/waiting.json', 'state/active.json'); child = os.fork()")
    if mutant is not None:
        written = json.dumps({**asdict(mutant), "module": mutant.module})
        (state / "active.json").write_text(written, encoding="utf-8")
        (state / "waiting.json").write_text(written, encoding="utf-8")

    cold = _output(tree, FORKS, **{STATE: str(state)})
    (state / "active.json").unlink(missing_ok=True)
    forked = _output(tree, warm if mutant else FORKS, **{STATE: str(state)})

    assert cold == [said, said]
    assert sorted(forked) == sorted(["42 21 2", said])
    assert not (state / "not-swapped").exists()


def test_mutant_that_cannot_be_put_into_a_warm_process_is_said_to_be_none(tree: Path) -> None:
    (tree / "state").mkdir()
    mutant = _changed(tree, "21 * 2", "21 + 2")
    written = json.dumps({**asdict(mutant), "module": mutant.module, "function": "Figure.gone"})
    (tree / "state" / "waiting.json").write_text(written, encoding="utf-8")
    program = FORKS.replace("child = os", "os.rename('state/waiting.json', 'state/active.json'); child = os")

    said = _output(tree, program, **{STATE: str(tree / "state")})

    assert said == ["42 21 2", "42 21 2"]
    assert (tree / "state" / "not-swapped").read_text(encoding="utf-8") == "gate.figure"


def test_every_function_says_which_test_has_reached_it(tree: Path) -> None:
    (tree / "map").mkdir()
    numbered = reached.instrument(tree)
    (tree / "map" / "1.seconds").write_text('["test_one", 0.5]\n', encoding="utf-8")

    _output(tree, FORKS, **{MAP: str(tree / "map"), TEST: "test_one", "PYTEST_CURRENT_TEST": "test_inside (call)"})
    found = reached.read(tree / "map")

    assert [function.name for function in numbered] == ["Figure.doubled", "Figure.tripled", "kept"]
    assert found.tests == {number: {"test_one": {"test_inside"}} for number in range(3)}
    assert found.early == set()


def test_tests_are_chosen_by_what_they_reach_and_what_they_cost() -> None:
    tests = {"narrow": 0.1, "broad": 0.1, "slow": 30.0, "elsewhere": 0.1}
    breadth = {"narrow": 1, "broad": 500, "slow": 1, "elsewhere": 1}
    found = Reached({0: {test: {""} for test in ("slow", "broad", "narrow")}}, tests, set())
    kinds = {test: [test] for test in tests}
    known = chosen.Map({("gate/x.py", "f", 1): 0}, found, kinds, {test: test for test in tests}, breadth, {}, {}, {})
    mutant = Mutant(0, "gate/x.py", "f", 1, 1, "a", "b", "")

    assert chosen.choose(mutant, known, 40.0) == ["narrow", "broad", "slow"]
    assert chosen.choose(mutant, known, 5.0) == ["narrow", "broad"]
    assert chosen.choose(mutant, known, 5.0, frozenset({"narrow"})) == ["broad"]


def test_score_counts_what_no_test_reaches_as_not_killed() -> None:
    statuses = ["killed"] * 80 + ["timeout"] * 5 + ["survived"] * 10 + ["no test"] * 5
    results = [Result(number, status, None, "", 0, 0.0) for number, status in enumerate(statuses)]

    total = score.score(results)

    assert str(total) == "85 of 100, 85.0 % (95 % interval: 76.7 % to 90.7 %)"


def test_mutation_is_shown_in_one_line_with_what_stands_around_it() -> None:
    mutant = Mutant(
        0, "gate/x.py", "f", 1, 1, "if first and number < limit | 3:", "if first and number <= limit | 3:", ""
    )

    assert score.shown(mutant) == "`if first and number < limit \\| 3:` → `if first and number <= limit \\| 3:`"


def test_mutants_are_drawn_from_functions_with_their_decorators_but_not_from_texts(tree: Path, tmp_path: Path) -> None:
    from tests_suite.mutation import drawing, mutants

    everything = drawing.draw(tree, 6, 1, tmp_path / "drawn", 1)
    sample = mutants.sample(tmp_path / "drawn")

    assert len({(mutant.line, mutant.after) for mutant in sample}) == 6
    assert {mutant.function for mutant in sample} == {"Figure.doubled", "Figure.tripled"}, "calls of len stay"
    assert all("Twice" in Path(mutant.source).read_text(encoding="utf-8") for mutant in sample)
    assert 3 < everything < 15, "an estimate"


def _of_one_module(*options: str) -> subprocess.CompletedProcess[str]:
    tests = "tests_suite/test_capture_baseline.py::test_network_use_is_a_share_of_the_bandwidth"
    command = [sys.executable, "-m", "tests_suite.mutation.module", "fixtures/baseline/host.py", tests]
    return subprocess.run([*command, *options], cwd=SUITE, capture_output=True, text=True, timeout=120, check=False)


def test_mutants_of_one_module_are_tried_by_the_tests_that_reach_them() -> None:
    done = _of_one_module("--function", "network_use")

    *survivors, last = done.stdout.splitlines()
    killed, tried = map(int, re.findall(r"(\d+) of (\d+) killed", last)[0])
    assert 0 < killed <= tried
    assert len(survivors) == tried - killed
    assert done.returncode == (1 if survivors else 0)
    assert all("network_use survived: " in line for line in survivors), done.stdout


def test_function_that_no_test_reaches_is_said_to_have_none() -> None:
    done = _of_one_module("--function", "speeds")

    *survivors, last = done.stdout.splitlines()
    assert survivors
    assert all("speeds no test: " in line for line in survivors), done.stdout
    assert "0 of " in last
    assert done.returncode == 1


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--function", "no_such"), "fixtures/baseline/host.py: no mutant of no_such"),
        (("--longest", "0"), "tests takes less than 0.0 s"),
    ],
)
def test_wrong_use_of_the_mutants_of_one_module_is_one_line(options: tuple[str, str], said: str) -> None:
    done = _of_one_module(*options)

    assert done.returncode == 2
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_readme_says_the_score_and_every_survivor_has_a_reason() -> None:
    document = (SUITE / "tests_suite" / "MUTANTS.md").read_text(encoding="utf-8")
    readme = (SUITE / "README.md").read_text(encoding="utf-8")

    (found,) = re.findall(r"\*\*(\d+) of (\d+), ([\d.]+) % \(95 % interval: ([\d.]+) % to ([\d.]+) %\)\*\*", document)
    _, tried, share, low, high = found

    assert f"{share} % of {tried} in the last run" in readme
    assert f"{low} % to {high} %" in readme
    assert float(share) >= 85.0
    assert "| gap" in document
    assert "not looked at" not in document
