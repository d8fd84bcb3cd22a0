"""What an execution log says of a deployment as a whole: steps reached, sample runs, critical errors, failure rate."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from fixtures.executions import acceptance, log
from fixtures.executions.log import ExecutionLog
from fixtures.finding import Finding
from fixtures.reference import executions as reference
from tests_suite.test_executions import PARTS, PATHS, Events, at, put

T0 = datetime(2026, 1, 6, 9, 0, tzinfo=UTC)
NOW = T0 + timedelta(hours=26)
VERSION = "2.0.0"


def run(
    name: str, begins: float = 60, architecture: str = "hybrid", slower: float = 1.0, version: str = VERSION
) -> Events:
    """The events of a run that begins so many minutes after T-0."""
    starts = T0 + timedelta(minutes=begins)
    return list(reference.run(name, version, architecture, PARTS, starts, slower=slower))


def read(tmp_path: Path, *runs: Events) -> ExecutionLog:
    """The log of these runs."""
    return log.read(put(tmp_path, [event for each in runs for event in each]), PATHS)


def failing(name: str, step: str, begins: float = 60) -> Events:
    """A run that fails in a step."""
    events = run(name, begins)
    place = at(events, "step_completed", step)
    failed = {**events[place], "event": "step_failed", "level": "error"}
    return [*events[:place], failed, {**failed, "event": "run_failed", "step": None}]


# S.5: all steps in sequence


@pytest.mark.parametrize("architecture", PATHS)
def test_whole_run_reaches_every_step_whatever_its_architecture_leaves_out(architecture: str, tmp_path: Path) -> None:
    found = acceptance.walk(read(tmp_path, run("r1", 60, architecture)), PATHS, T0, VERSION)

    assert (found.steps, found.run, found.findings) == (11, "r1", ())


@pytest.mark.parametrize(
    ("step", "steps"), [("1", 0), ("2a", 1), ("2b", 1), ("3b", 2), ("5", 4), ("10", 9), ("11", 10)]
)
def test_walk_ends_where_the_run_fails(step: str, steps: int, tmp_path: Path) -> None:
    found = acceptance.walk(read(tmp_path, failing("r1", step)), PATHS, T0, VERSION)

    assert found.steps == steps
    [finding] = found.findings
    assert f"no run got through step {steps + 1}" in finding.message
    assert "the furthest is 'r1'" in finding.message


def test_run_that_gets_furthest_counts(tmp_path: Path) -> None:
    found = acceptance.walk(
        read(tmp_path, failing("r1", "4"), run("r2", 200), failing("r3", "9", 300)), PATHS, T0, VERSION
    )

    assert (found.steps, found.run, found.findings) == (11, "r2", ())


def _gap(events: Events) -> Events:
    return [event for event in events if event["step"] != "6"]


def _swapped(events: Events) -> Events:
    first = [event for event in events if event["step"] == "6"]
    second = [event for event in events if event["step"] == "7"]
    times = [event["time"] for event in [*first, *second]]
    turned = [{**event, "time": time} for event, time in zip([*second, *first], times, strict=True)]
    place = at(events, "step_started", "6")
    return [*events[:place], *turned, *events[place + len(turned) :]]


def _clock_back(events: Events) -> Events:
    number = at(events, "step_completed", "7")
    earlier = (datetime.fromisoformat(events[number]["time"]) - timedelta(hours=1)).isoformat()
    return [*events[:number], {**events[number], "time": earlier}, *events[number + 1 :]]


def _unfinished(events: Events) -> Events:
    number = at(events, "step_completed", "8")
    return [*events[:number], *events[number + 1 :]]


def _wrong_path(events: Events) -> Events:
    return [{**event, "architecture": "rag-only"} if event["architecture"] == "hybrid" else event for event in events]


ODD: dict[str, tuple[Callable[[Events], Events], str]] = {
    "a gap": (_gap, "expected step 6 before it"),
    "another order": (_swapped, "starts step '7'; expected step 6 before it"),
    "a clock that goes back": (_clock_back, "its clock goes back by"),
    "a step without an end": (_unfinished, "while step '8' has not ended"),
    "the path of another architecture": (_wrong_path, "starts step '5', which is not on the path of rag-only"),
}


@pytest.mark.parametrize("name", ODD)
def test_run_that_is_odd_is_told_and_is_no_sample(name: str, tmp_path: Path) -> None:
    change, said = ODD[name]
    found = read(tmp_path, change(run("r1")))

    walk = acceptance.walk(found, PATHS, T0, VERSION)
    times = acceptance.sample_times(found, T0, VERSION)

    assert any(said in finding.message for finding in walk.findings), walk.findings
    assert any(said in finding.message for finding in acceptance.oddities(found, T0, VERSION))
    assert math.isnan(times.minutes)
    assert "1 began" in times.findings[0].message
    assert "none sound" in times.findings[0].message


@pytest.mark.parametrize(("name", "steps"), [("a gap", 5), ("a step without an end", 7)])
def test_step_that_was_not_gone_through_is_not_reached(name: str, steps: int, tmp_path: Path) -> None:
    change, _ = ODD[name]

    assert acceptance.walk(read(tmp_path, change(run("r1"))), PATHS, T0, VERSION).steps == steps


def test_runs_before_the_deployment_and_of_other_versions_do_not_count(tmp_path: Path) -> None:
    found = read(tmp_path, run("early", -120), run("old", 60, version="1.0.0"))

    walk = acceptance.walk(found, PATHS, T0, VERSION)

    assert walk.steps == 0
    assert "no run of 2.0.0 began since T-0" in walk.findings[0].message
    assert "others: 1.0.0" in walk.findings[0].message
    assert acceptance.untouched(found, T0, VERSION)


def test_walk_without_known_paths_verifies_nothing(tmp_path: Path) -> None:
    found = acceptance.walk(read(tmp_path, run("r1")), {}, T0, VERSION)

    assert found.steps == 0
    assert found.findings


# S.6: a sample run within its time


def test_sample_is_the_median_of_whole_runs_pauses_included(tmp_path: Path) -> None:
    found = acceptance.sample_times(
        read(tmp_path, run("r1", slower=1.0), run("r2", 200, slower=2.0), run("r3", 400, slower=1.2)), T0, VERSION
    )

    assert found.findings == ()
    assert len(found.samples) == 3
    assert found.minutes == pytest.approx(46.8 * 1.2 + 14 * 5 / 60, abs=0.1)


# S.7: no critical errors


def test_critical_errors_count_since_the_deployment_whatever_the_version(tmp_path: Path) -> None:
    early, late, old = run("early", -120), run("late"), run("old", 300, version="1.0.0")
    for events in (early, late, old):
        events[at(events, "log", "4")] |= {"level": "critical", "message": "the disk is full"}

    found = acceptance.critical_since(read(tmp_path, early, late, old), T0)

    assert len(found) == 2
    assert all("the disk is full" in finding.message and finding.line for finding in found)


# F.4: few failing runs


def test_failure_rate_counts_failed_and_hanging_runs_of_those_that_ended(tmp_path: Path) -> None:
    hanging = run("hung", 500)
    hanging = hanging[: at(hanging, "step_completed", "6")]
    going_on = [event for event in run("on", 26 * 60 - 10) if datetime.fromisoformat(event["time"]) < NOW]
    found = acceptance.failure_rate(
        read(tmp_path, run("r1"), run("r2", 200), failing("r3", "4", 300), hanging, going_on), T0, NOW, VERSION
    )

    assert (found.failed, found.ended) == (2, 4)
    assert found.percent == 50.0
    assert "run 'r3', step 4: failed at" in found.findings[0].message
    assert "run 'hung', step 6: hangs" in found.findings[1].message


def test_version_may_be_written_as_a_tag(tmp_path: Path) -> None:
    runs = [failing("r1", "4"), run("r2", 200), run("r3", 300)]
    hung = run("hung", 500)
    runs.append(hung[: at(hung, "step_completed", "6")])
    tagged = read(tmp_path, *([{**event, "version": "v2.0.0"} for event in each] for each in runs))

    found = acceptance.failure_rate(tagged, T0, NOW, VERSION)

    assert (found.failed, found.ended) == (2, 4)
    assert acceptance.untouched(tagged, T0, VERSION) == []
    assert acceptance.strangers(tagged, T0, VERSION, "1.0.0") == ([], [])
    assert acceptance.walk(tagged, PATHS, T0, VERSION).steps == 11


def test_runs_of_neither_version_are_said_and_more_than_the_version_s_own_are_no_log(tmp_path: Path) -> None:
    def strange(name: str) -> Events:
        return [{**event, "version": "vnext"} for event in failing(name, "4")]

    few = read(tmp_path, run("r1"), run("r2", 200, version="1.0.0"), strange("s1"))
    many = read(tmp_path, run("r1"), strange("s1"), strange("s2"))

    said = "{} runs since T-0 are of neither 2.0.0 nor 1.0.0 and do not count, {} of them failed: vnext; "
    expected = "expected the version as the release has it"
    one, two = (Finding(few.place, None, said.format(count, count) + expected) for count in (1, 2))
    assert acceptance.strangers(few, T0, VERSION, "1.0.0") == ([], [one])
    assert acceptance.strangers(many, T0, VERSION, "1.0.0") == ([two], [])
    assert acceptance.strangers(many, T0 + timedelta(hours=9), VERSION, "1.0.0") == ([], [])


def test_no_failure_in_many_runs_is_a_rate_of_nothing_failed(tmp_path: Path) -> None:
    found = acceptance.failure_rate(read(tmp_path, *(run(f"r{n}", 60 * n) for n in range(20))), T0, NOW, VERSION)

    assert (found.percent, found.findings) == (0.0, ())


def test_rate_of_nothing_is_no_rate(tmp_path: Path) -> None:
    found = acceptance.failure_rate(read(tmp_path, run("early", -120)), T0, NOW, VERSION)

    assert math.isnan(found.percent)
    assert "no run of 2.0.0 has ended since T-0" in found.findings[0].message


def test_run_that_failed_before_the_deployment_is_not_of_this_release(tmp_path: Path) -> None:
    found = acceptance.failure_rate(read(tmp_path, failing("early", "4", -120), run("r1")), T0, NOW, VERSION)

    assert (found.failed, found.ended) == (0, 1)
