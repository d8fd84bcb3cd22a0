"""What is wrong with a baseline, finding by finding, from a record in memory: its edges, and all of several faults."""

from __future__ import annotations

import copy
import dataclasses
import json
import math
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from fixtures.baseline import baseline as checks
from fixtures.baseline.baseline import Baseline
from fixtures.evidence.record import Record
from fixtures.finding import Finding
from fixtures.knowledge.knowledgetarget import KnowledgeTarget
from fixtures.schedule import Schedule
from fixtures.schema import Mistake

CAPTURED = datetime(2026, 1, 5, 12, tzinfo=UTC)
SCHEDULE = Schedule(datetime(2026, 1, 6, 9, tzinfo=UTC))
SECOND = timedelta(seconds=1)
SLACK = timedelta(minutes=5)
TOOL = ("knowledge", "tools", "search")
DATA: dict[str, Any] = {
    "schema": 1,
    "captured": CAPTURED.isoformat(),
    "captured_by": "the suite",
    "where": "a host",
    "release": {"name": "kb", "version": "1.0.0"},
    "knowledge": {
        "server": "https://kb.example.com",
        "unit": "ms",
        "percentiles": "nearest rank",
        "requests": 10,
        "errors": 0,
        "error_rate": 0.0,
        "tools": {
            "search": {"n": 5, "min": 1.0, "p50": 3.0, "p95": 5.0, "max": 5.0, "samples": [5.0, 1.0, 3.0, 2.0, 4.0]},
            "patterns": {"n": 5, "min": 1.0, "p50": 2.0, "p95": 4.0, "max": 8.0},
        },
    },
    "steps": {
        "unit": "min",
        "from": "2026-01-04T08:00:00+00:00",
        "to": "2026-01-04T18:00:00+00:00",
        "total": 30.0,
        "parts": {"1": {"minutes": 10.0, "runs": 3}, "2a": {"minutes": 20.0, "runs": 3}},
    },
}

Found = list[tuple[tuple[str, ...], str]]  # place and words of each finding


def baseline(changes: Mapping[tuple[str, ...], object] | None = None) -> Record:
    """A sound baseline, but for what is changed at these places."""
    data = copy.deepcopy(DATA)
    for path, value in (changes or {}).items():
        part = data
        for key in path[:-1]:
            part = part[key]
        part[path[-1]] = value
    return Record("baseline.json", data, (), json.dumps(data, indent=1))


def listed(record: Record, found: Found) -> list[Finding]:
    """Findings about places in that record, each with its line."""
    return [record.finding(words, *path) for path, words in found]


def test_finding_stands_at_its_line() -> None:
    record = baseline({("release", "name"): "other"})

    assert checks.release_findings(record, "kb", "2.0.0", "1.0.0") == [
        Finding("baseline.json", 7, "release.name: is 'other'; expected 'kb'")
    ]


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({}, []),
        (
            {("release", "version"): "0.9.0"},
            [(("release", "version"), "is '0.9.0'; expected '1.0.0', the one that runs before")],
        ),
        (
            {("release", "version"): "2.0.0", ("release", "name"): "other"},
            [
                (("release", "name"), "is 'other'; expected 'kb'"),
                (
                    ("release", "version"),
                    "is '2.0.0', the version that is to be deployed; expected '1.0.0', the one that runs before",
                ),
            ],
        ),
    ],
    ids=["the version before", "another version", "the new version of something else"],
)
def test_baseline_is_of_the_version_before(changes: Mapping[tuple[str, ...], object], found: Found) -> None:
    record = baseline(changes)

    assert checks.release_findings(record, "kb", "2.0.0", "1.0.0") == listed(record, found)


@pytest.mark.parametrize(("later", "hours"), [(36.5, 36.5), (0.0, 0.0), (-0.05, 0.0)])
def test_age_is_in_hours_and_never_negative(later: float, hours: float) -> None:
    assert checks.age(baseline(), CAPTURED + timedelta(hours=later)) == hours


@pytest.mark.parametrize(
    ("changes", "now", "found"),
    [
        ({}, CAPTURED - SLACK, []),
        (
            {},
            CAPTURED - SLACK - SECOND,
            [(("captured",), "is 2026-01-05T12:00:00+00:00, which is yet to come")],
        ),
        ({("captured",): "2026-01-06T08:59:59+00:00"}, SCHEDULE.starts, []),
        (
            {("captured",): "2026-01-06T09:00:00+00:00"},
            SCHEDULE.starts,
            [
                (
                    ("captured",),
                    "is 2026-01-06T09:00:00+00:00; expected a time before the deployment, "
                    "T-0 is 2026-01-06T09:00+00:00",
                )
            ],
        ),
        ({("steps", "to"): "2026-01-04T08:00:01+00:00"}, CAPTURED, []),
        (
            {("steps", "to"): "2026-01-04T08:00:00+00:00"},
            CAPTURED,
            [
                (
                    ("steps", "to"),
                    "is 2026-01-04T08:00:00+00:00; expected a time after steps.from, 2026-01-04T08:00:00+00:00",
                )
            ],
        ),
        ({("steps", "to"): "2026-01-05T12:05:00+00:00"}, CAPTURED, []),
        (
            {("steps", "to"): "2026-01-05T12:05:01+00:00", ("steps", "from"): "2026-01-05T13:00:00+00:00"},
            CAPTURED,
            [
                (
                    ("steps", "to"),
                    "is 2026-01-05T12:05:01+00:00; expected a time after steps.from, 2026-01-05T13:00:00+00:00",
                ),
                (
                    ("steps", "to"),
                    "is 2026-01-05T12:05:01+00:00; expected a time before captured, 2026-01-05T12:00:00+00:00",
                ),
            ],
        ),
        ({("steps",): "two hours"}, CAPTURED, []),
    ],
    ids=[
        "clocks differ",
        "yet to come",
        "just before T-0",
        "at T-0",
        "short runs",
        "no time",
        "runs up to now",
        "all wrong",
        "no steps",
    ],
)
def test_baseline_is_from_before_the_deployment_and_after_its_runs(
    changes: Mapping[tuple[str, ...], object], now: datetime, found: Found
) -> None:
    record = baseline(changes)

    assert checks.time_findings(record, now, SCHEDULE) == listed(record, found)


def test_steps_with_a_mistake_are_left_to_the_checks_of_the_steps() -> None:
    late = baseline({("steps", "to"): "2026-01-05T13:00:00+00:00"})
    wrong_steps = dataclasses.replace(late, mistakes=(Mistake(("steps", "from"), "missing"),))
    wrong_host = dataclasses.replace(late, mistakes=(Mistake(("host",), "missing"),))

    assert checks.time_findings(wrong_steps, CAPTURED, SCHEDULE) == []
    assert len(checks.time_findings(wrong_host, CAPTURED, SCHEDULE)) == 1


def test_steps_are_those_of_the_30_days_before() -> None:
    edge = CAPTURED - timedelta(days=30)
    old = baseline({("steps", "to"): (edge - SECOND).isoformat()})

    assert checks.old_steps(baseline({("steps", "to"): edge.isoformat()})) == []
    assert checks.old_steps(old) == listed(
        old,
        [
            (
                ("steps", "to"),
                "is 2025-12-06T11:59:59+00:00; expected runs of the 30 days before captured",
            )
        ],
    )


@pytest.mark.parametrize(
    ("told", "target"),
    [
        ("https://other.example.com", None),
        ("reference server", KnowledgeTarget()),
        ("http://KB.example.com:443/mcp", KnowledgeTarget("https://kb.example.com")),
        ("https://kb.example.com", KnowledgeTarget("https://me:secret@kb.example.com")),
    ],
    ids=["no target", "the reference server", "spelled otherwise", "with a password"],
)
def test_measured_server_is_that_of_the_target(told: str, target: KnowledgeTarget | None) -> None:
    assert checks.server_findings(baseline({("knowledge", "server"): told}), target) == []


@pytest.mark.parametrize(
    ("told", "shown", "target", "expected"),
    [
        (
            "https://me:secret@other.example.com/mcp",
            "https://other.example.com/mcp",
            KnowledgeTarget("https://kb.example.com"),
            "https://kb.example.com",
        ),
        ("https://kb.example.com", "https://kb.example.com", KnowledgeTarget(), "reference server"),
    ],
)
def test_another_server_is_named_without_its_password(
    told: str, shown: str, target: KnowledgeTarget, expected: str
) -> None:
    record = baseline({("knowledge", "server"): told})
    words = f"{shown} was measured; expected {expected}, the server that the target names"

    assert checks.server_findings(record, target) == listed(record, [(("knowledge", "server"), words)])


def test_every_tool_that_lacks_is_told() -> None:
    record = baseline()
    words = "missing; expected response times of each tool of the release"

    assert checks.tool_findings(record, ["search", "patterns"]) == []
    assert checks.tool_findings(record, ["one", "search", "two"]) == listed(
        record, [(("knowledge", "tools", "one"), words), (("knowledge", "tools", "two"), words)]
    )


def test_parts_are_those_of_the_steps_and_no_others() -> None:
    record = baseline({("steps", "parts"): {"part one": {}, "2a": {}, "zz": {}}})
    place = ("steps", "parts")

    assert checks.part_findings(baseline(), ["1", "2a"]) == []
    assert checks.part_findings(record, ["part 1", "2a", "3"]) == listed(
        record,
        [
            ((*place, "part 1"), "missing; expected a duration of each part of the steps"),
            ((*place, "3"), "missing; expected a duration of each part of the steps"),
            ((*place, "part one"), "is no part of the steps; did you mean part 1?"),
            ((*place, "zz"), "is no part of the steps; expected one of part 1, 2a, 3"),
        ],
    )


def test_figure_that_is_no_number_is_found_wherever_it_stands() -> None:
    record = baseline({(*TOOL, "samples"): [1.0, math.nan, math.inf], ("steps", "total"): math.nan})
    words = "is no number; expected a measured figure"

    assert checks.figure_findings(baseline()) == []
    assert checks.figure_findings(record) == [
        record.finding(words, *TOOL, "samples", 1),
        record.finding(words, "steps", "total"),
    ]


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({}, []),
        ({(*TOOL, "p50"): 3.05, (*TOOL, "max"): 5.05}, []),
        (
            {(*TOOL, "p50"): 3.06, (*TOOL, "min"): 0.9},
            [
                ((*TOOL, "min"), "is 0.9; by nearest rank the samples give 1"),
                ((*TOOL, "p50"), "is 3.06; by nearest rank the samples give 3"),
            ],
        ),
        (
            {(*TOOL, "samples"): [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]},
            [
                ((*TOOL, "n"), "is 5; there are 6 samples"),
                ((*TOOL, "p95"), "is 5; by nearest rank the samples give 6"),
                ((*TOOL, "max"), "is 5; by nearest rank the samples give 6"),
            ],
        ),
        (
            {("knowledge", "tools", "patterns", "p50"): 0.5, ("knowledge", "tools", "patterns", "max"): 3.5},
            [
                (("knowledge", "tools", "patterns", "p50"), "is 0.5, less than min, 1"),
                (("knowledge", "tools", "patterns", "max"), "is 3.5, less than p95, 4"),
            ],
        ),
        (
            {("knowledge", "tools", "patterns"): {"n": 5, "min": 2.0, "p50": 2.0, "p95": 2.0, "max": 2.0}},
            [],
        ),
    ],
    ids=["sound", "rounded", "not those of the samples", "more samples", "out of order", "all alike"],
)
def test_response_times_are_in_order_and_those_of_their_samples(
    changes: Mapping[tuple[str, ...], object], found: Found
) -> None:
    record = baseline(changes)

    assert checks.latency_findings(record) == listed(record, found)


def _calls(requests: int, errors: int, rate: float) -> dict[tuple[str, ...], object]:
    return {
        ("knowledge", "requests"): requests,
        ("knowledge", "errors"): errors,
        ("knowledge", "error_rate"): rate,
    }


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        (_calls(10, 0, 0.0), []),
        (_calls(11, 1, 9.09), []),
        (_calls(20, 3, 15.05), []),
        (_calls(20, 3, 15.06), [("error_rate", "is 15.06 %; 3 errors in 20 requests are 15 %")]),
        (_calls(20, 3, 14.9), [("error_rate", "is 14.9 %; 3 errors in 20 requests are 15 %")]),
        (_calls(10, 10, 100.0), [("requests", "is 10; 10 calls were timed and 10 gave an error")]),
        (_calls(10, 11, 0.0), [("errors", "is 11, more than the 10 requests")]),
        (
            _calls(7, 1, 0.0),
            [
                ("error_rate", "is 0 %; 1 errors in 7 requests are 14.3 %"),
                ("requests", "is 7; 10 calls were timed and 1 gave an error"),
            ],
        ),
    ],
    ids=["none", "one", "rounded", "too much", "too little", "all of them", "more than all", "nothing agrees"],
)
def test_requests_errors_and_their_rate_agree(
    changes: Mapping[tuple[str, ...], object], found: list[tuple[str, str]]
) -> None:
    record = baseline(changes)

    assert checks.error_findings(record) == listed(record, [(("knowledge", key), words) for key, words in found])


@pytest.mark.parametrize("total", [30.0, 30.05, 29.95])
def test_total_may_be_rounded(total: float) -> None:
    assert checks.total_findings(baseline({("steps", "total"): total})) == []


@pytest.mark.parametrize("total", [30.06, 29.94])
def test_total_is_the_sum_of_the_parts(total: float) -> None:
    record = baseline({("steps", "total"): total})

    words = f"is {total} min; the parts add up to 30 min"
    assert checks.total_findings(record) == listed(record, [(("steps", "total"), words)])


def test_figures_of_four_calls_are_those_of_few() -> None:
    record = baseline({(*TOOL, "n"): 4, ("knowledge", "tools", "patterns", "n"): 1})

    assert checks.few_samples(baseline()) == []
    assert checks.few_samples(record) == listed(
        record,
        [
            ((*TOOL, "n"), "is 4; expected at least 5 calls"),
            (("knowledge", "tools", "patterns", "n"), "is 1; expected at least 5 calls"),
        ],
    )


def test_gaps_are_those_of_one_part() -> None:
    gap = Finding(None, None, "no duration of step 5")
    found = Baseline(baseline(), gaps={"steps": (gap,)})

    assert found.gaps_in("steps") == (gap,)
    assert found.gaps_in("host") == ()
