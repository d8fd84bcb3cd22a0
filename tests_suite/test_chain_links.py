"""The chain link by link: what speaks against each gate before, and how it is told; gates and reports in memory."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from gate import chain
from gate.chain import NOTHING, Known, Link, Look
from gate.checklist import Checklist, Gate
from tests_suite.samples import CHECKLIST

NOW = datetime(2026, 1, 6, 9, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
SAME = {"package": "a" * 64, "workflow": "b" * 64, "knowledge": "https://k.example"}


def _gate(marker: str, *sections: str, **follows: float) -> Gate:
    return Gate(marker, marker, sections, "tests", 5.0, "QA Lead", marker, "", "", follows)


# third follows second within two hours, second follows first within one; part_a and part_b are first's sections.
GATES = [
    _gate("first", "1.1", "1.2"),
    _gate("part_a", "1.1"),
    _gate("part_b", "1.2"),
    _gate("second", "2.1", "2.2", first=60.0),
    _gate("part_c", "2.1"),  # no part of a whole: no gate has 2.2 alone
    _gate("third", "3.1", second=120.0),
    _gate("both", "4.1", second=120.0, third=150.0),
    _gate("phase", "5.1", "5.2", first=60.0),
    _gate("part_x", "5.1"),
    _gate("part_y", "5.2"),
    _gate("last", "6.1", phase=60.0),
]
SMALL = Checklist(CHECKLIST.release, {gate.marker: gate for gate in GATES}, {}, {})
FIRST, THIRD = SMALL.gates["first"], SMALL.gates["third"]


def _look(marker: str, ended: float, took: float = 5.0, **changes: Any) -> Look:
    """A look at a gate that passed and ended so many minutes before NOW."""
    times = {"started": NOW - (ended + took) * MINUTE, "ended": NOW - ended * MINUTE}
    told = {"target": "production", "target_sha256": "d" * 64, "same": SAME, "sha256": marker}
    return Look(marker, **{"verdict": "PASS", "action": "proceed", **times, **told, **changes})


THIS = dataclasses.replace(_look("third", -10.0, 10.0), verdict="", action="", ended=None)


def _links(
    *looks: Look, gate: Gate = THIRD, this: Look = THIS, run: Mapping[str, Look] | None = None
) -> list[tuple[str, str | None]]:
    """Marker and problem of every link, the next gate first."""
    known = Known(SMALL, {look.marker: look for look in looks}, run or {})
    return [(link.marker, link.problem) for link in chain.links(gate, this, known)]


def test_link_names_the_report_by_its_digest_and_says_when_it_ended() -> None:
    looks = {"second": _look("second", 10.0), "first": _look("first", 20.0, verdict="")}

    found = chain.links(THIRD, THIS, Known(SMALL, looks, {}))

    assert found == [
        Link("second", "PASS", NOW - 10 * MINUTE, "second", None),
        Link("first", None, NOW - 20 * MINUTE, "first", "ended with  (proceed); settle that first"),
    ]


def test_gates_that_left_nothing_are_named_and_what_was_before_them_is_not_known() -> None:
    assert chain.links(THIRD, THIS, Known(SMALL, {}, {})) == [Link("second", None, None, None, NOTHING)]
    assert _links(_look("second", 10.0)) == [("second", None), ("first", NOTHING)]


AGAIN = "run it again"
# Changes of second's look, with the gate before it in order; and what speaks against second.
PROBLEMS: dict[str, tuple[dict[str, Any], str | None]] = {
    "nothing": ({}, None),
    "ended as this one began": ({"ended": NOW}, None),
    "two hours ago": ({"ended": NOW - 120 * MINUTE}, None),
    "longer ago": (
        {"ended": NOW - 120.1 * MINUTE},
        f"ended 120.10 min before third, the plan's window is 120 min; {AGAIN}",
    ),
    "ended later": (
        {"ended": NOW + MINUTE / 60},
        f"ended after third had begun: out of order; {AGAIN}, then third",
    ),
    "began together": ({"started": NOW, "ended": NOW + 9 * MINUTE}, None),
    "no time is told": ({"ended": None}, None),
    "damaged": ({"damage": "it is odd"}, f"it is odd; {AGAIN}"),
    "damaged and refused": (
        {"damage": "it is odd", "verdict": "FAIL", "action": "fix_or_rollback"},
        f"it is odd; {AGAIN}; ended with FAIL (fix or rollback); settle that first",
    ),
    "damaged, nothing else is known": ({"damage": "it is odd", "ended": None, "action": "stop"}, f"it is odd; {AGAIN}"),
    "another target and another file of it": (
        {"target": "t" * 99, "target_sha256": "0" * 64},
        f"was about the target '{'t' * 59}, not 'production'; {AGAIN}",
    ),
    "another file of the target": ({"target_sha256": None}, f"was run before the target file changed; {AGAIN}"),
    "another package and another server": (
        {"same": {**SAME, "package": "9" * 64, "knowledge": "https://other.example"}},
        f"verified the package 999999999999…, this one is aaaaaaaaaaaa…; {AGAIN}; "
        f"verified the knowledge https://other.example, this one is https://k.example; {AGAIN}",
    ),
    "names no workflow": ({"same": {"package": "a" * 64, "workflow": ""}}, None),
}


@pytest.mark.parametrize(("changes", "problem"), PROBLEMS.values(), ids=PROBLEMS)
def test_link_says_all_that_speaks_against_it(changes: dict[str, Any], problem: str | None) -> None:
    look = dataclasses.replace(_look("second", 10.0), **changes)

    assert _links(look)[0] == ("second", problem)


def test_window_is_said_in_minutes_up_to_two_hours() -> None:
    second = _look("second", 10.0)
    for ago, said in ((76.0, "61 min"), (134.9, "120 min"), (135.0, "2.0 h"), (195.0, "3.0 h")):
        problem = f"ended {said} before second, the plan's window is 60 min; {AGAIN}"
        assert _links(second, _look("first", ago)) == [("second", None), ("first", problem)]


@pytest.mark.parametrize(
    ("gone", "window", "said"),
    [
        (1456.0, 1455.0, ("24.27 h", "24.25 h")),
        (1455.2, 1455.0, ("1455.20 min", "1455 min")),
        (1560.0, 1455.0, ("26.0 h", "24.25 h")),
        (60.4, 60.0, ("60.40 min", "60 min")),
        (119.7, 60.0, ("120 min", "60 min")),
        (120.0, 60.0, ("2.0 h", "60 min")),
    ],
)
def test_two_times_that_differ_are_not_said_alike(gone: float, window: float, said: tuple[str, str]) -> None:
    assert chain._spans(gone, window) == said


def test_plan_s_own_timetable_keeps_its_windows() -> None:
    """Every gate may begin as late as its phase lets it, and end as early as the one before it can."""
    smoke = CHECKLIST.gates["smoke"]
    first, latest = -24 * 60 + 1, smoke.time_box_minutes  # predeploy has begun at T-24h, smoke before T+15

    assert smoke.follows == {"predeploy": 24 * 60 + smoke.time_box_minutes}
    assert latest - first <= smoke.follows["predeploy"]


def test_beginning_that_is_not_known_has_no_window() -> None:
    this = dataclasses.replace(THIS, started=None)

    assert _links(_look("second", 9000.0), _look("first", 9010.0), this=this) == [("second", None), ("first", None)]


@pytest.mark.parametrize(
    ("verdict", "action", "goes_on"),
    [
        ("PASS", "proceed", True),
        ("DEGRADE", "proceed_with_caution", True),
        ("DEGRADE", "continue_with_known_issues", True),
        ("DEGRADE", "escalate", False),
        ("FAIL", "continue", True),
        ("FAIL", "monitor", True),
        ("FAIL", "proceed", False),
        ("INCOMPLETE", "repeat", False),
        ("PASS", "", False),
        ("", "", False),
    ],
)
def test_plan_goes_on_only_after_its_own_decisions(verdict: str, action: str, goes_on: bool) -> None:
    refusal = f"ended with {verdict} ({action.replace('_', ' ')}); settle that first"
    look, judged = _look("second", 10.0, verdict=verdict, action=action), Look("second", verdict, action)

    for links in (_links(look), _links(run={"second": judged})):
        assert links[0] == ("second", None if goes_on else refusal)


def test_gates_of_this_run_count_by_what_they_were_judged_and_those_before_as_of_this_run() -> None:
    judged = {"second": Look("second", "PASS", "proceed")}

    assert chain.links(THIRD, THIS, Known(SMALL, {"first": _look("first", 61.0)}, judged)) == [
        Link("second", "PASS", None, None, None),
        Link(
            "first",
            "PASS",
            NOW - 61 * MINUTE,
            "first",
            f"ended 61 min before third, the plan's window is 60 min; {AGAIN}",
        ),
    ]


def test_gate_of_this_run_hides_no_other_gate_that_has_to_be_before() -> None:
    judged = {"second": Look("second", "PASS", "proceed")}

    links = _links(_look("first", 30.0), _look("third", 1.0), gate=SMALL.gates["both"], run=judged)

    assert links == [("second", None), ("first", None), ("third", None)]


def test_gate_that_two_others_follow_is_named_once_by_what_is_wrong_with_it() -> None:
    both, this = SMALL.gates["both"], dataclasses.replace(THIS, marker="both")
    second, first, late = _look("second", 5.0), _look("first", 20.0), _look("second", 130.0)

    assert _links(_look("third", 1.0, 3.0), second, first, gate=both, this=this) == [
        ("second", None),
        ("first", None),
        ("third", None),
    ]
    too_early = f"ended after third had begun: out of order; {AGAIN}, then third"
    assert _links(_look("third", 1.0, 5.0), second, first, gate=both, this=this)[0] == ("second", too_early)
    too_late = f"ended 2.17 h before both, the plan's window is 2.0 h; {AGAIN}"
    assert _links(_look("third", 1.0, 50.0), late, first, gate=both, this=this)[0] == ("second", too_late)
    assert _links(_look("third", 0.5, 130.0), late, first, gate=both, this=this)[0] == ("second", too_late)


PART_A, PART_B = _look("part_a", 40.0), _look("part_b", 30.0)
# What was left beside the second gate's own report, and the links to it.
PARTS: dict[str, tuple[list[Look], list[tuple[str, str | None]]]] = {
    "both parts": ([PART_A, PART_B], [("part_a", None), ("part_b", None)]),
    "one part": ([PART_B], [("part_a", NOTHING), ("part_b", None)]),
    "the whole, and a part": ([_look("first", 20.0), PART_A], [("first", None)]),
    "nothing": ([], [("first", NOTHING)]),
    "a part that is too old": (
        [_look("part_a", 90.0), PART_B],
        [("part_a", f"ended 75 min before second, the plan's window is 60 min; {AGAIN}"), ("part_b", None)],
    ),
    "parts of different packages": (
        [PART_A, _look("part_b", 30.0, same={"package": "9" * 64})],
        [
            ("part_a", None),
            ("part_b", f"verified the package 999999999999…, this one is aaaaaaaaaaaa…; {AGAIN}"),
        ],
    ),
}


@pytest.mark.parametrize(("looks", "links"), PARTS.values(), ids=PARTS)
def test_parts_of_a_gate_stand_for_it_together(looks: list[Look], links: list[tuple[str, str | None]]) -> None:
    second = _look("second", 10.0, same={})

    found = _links(second, *looks, this=dataclasses.replace(THIS, same={}))

    assert found == [("second", None), *links]


def test_gates_before_the_parts_are_held_against_the_first_of_them_and_what_any_of_them_verified() -> None:
    last, this = SMALL.gates["last"], dataclasses.replace(THIS, marker="last", same={"workflow": "8" * 64})
    part_x = _look("part_x", 5.0, same={"knowledge": "https://x.example"})
    part_y = _look("part_y", 20.0, same={"package": "7" * 64, "knowledge": ""})

    found = _links(part_x, part_y, _look("first", 22.0), gate=last, this=this)

    assert found == [
        ("part_x", None),
        ("part_y", None),
        (
            "first",
            f"verified the package aaaaaaaaaaaa…, this one is 777777777777…; {AGAIN}; "
            f"verified the workflow bbbbbbbbbbbb…, this one is 888888888888…; {AGAIN}; "
            f"verified the knowledge https://k.example, this one is https://x.example; {AGAIN}; "
            f"ended after part_y had begun: out of order; {AGAIN}, then part_y",
        ),
    ]


def test_damaged_parts_lead_to_no_gate_before_them() -> None:
    last, damaged = SMALL.gates["last"], Look("part_x", damage="its verdict.json is none")

    assert _links(damaged, _look("first", 22.0), gate=last) == [
        ("part_x", f"its verdict.json is none; {AGAIN}"),
        ("part_y", NOTHING),
    ]


def test_every_gate_and_part_before_a_gate_is_looked_for() -> None:
    assert list(chain.before(THIRD, SMALL)) == ["second", "first", "part_a", "part_b"]
    assert list(chain.before(SMALL.gates["last"], SMALL)) == ["phase", "part_x", "part_y", "first", "part_a", "part_b"]
    assert list(chain.before(FIRST, SMALL)) == []


@pytest.mark.parametrize(
    ("marker", "parts"), [("first", ["part_a", "part_b"]), ("second", []), ("third", []), ("part_a", [])]
)
def test_parts_of_a_gate_are_those_that_together_have_all_of_its_sections(marker: str, parts: list[str]) -> None:
    assert [each.marker for each in chain.parts_of(SMALL.gates[marker], SMALL)] == parts


LINK = Link(
    "smoke", "PASS", datetime(2026, 1, 6, 9, 0, 0, 123_456, tzinfo=timezone(timedelta(hours=1))), "s" * 64, None
)
LINKS: dict[str, tuple[Link, str, str | None]] = {
    "of a report": (LINK, "smoke PASS, ended 2026-01-06T08:00:00.123Z", "2026-01-06T08:00:00.123Z"),
    "of this run": (dataclasses.replace(LINK, ended=None), "smoke PASS in this run", None),
    "with a problem": (dataclasses.replace(LINK, problem="is odd"), "smoke: is odd", "2026-01-06T08:00:00.123Z"),
}


@pytest.mark.parametrize(("link", "said", "ended"), LINKS.values(), ids=LINKS)
def test_link_is_told_in_words_and_kept_in_the_verdict(link: Link, said: str, ended: str | None) -> None:
    assert str(link) == said
    kept = {"marker": "smoke", "verdict": "PASS", "ended": ended, "sha256": "s" * 64, "problem": link.problem}
    assert link.plain() == kept


def test_problems_of_a_chain_are_told_with_a_hint_for_runs_outside_of_it() -> None:
    links = [
        LINK,
        Link("mcp", None, None, None, NOTHING),
        dataclasses.replace(LINK, problem="is odd"),
        Link("bmad", "PASS", None, None, None),
    ]

    assert chain.problems(links) == [
        "the gate before: mcp: has left no verdict in this --report-dir; run it first"
        " (for a run that is no step of the deployment: --outside-chain)",
        "the gate before: smoke: is odd",
    ]
