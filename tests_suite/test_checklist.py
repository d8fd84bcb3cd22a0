"""The checklist and what a target may override of it: counts follow their facts, mistakes are said in words."""

from __future__ import annotations

from typing import Any

import pytest

from gate import checklist
from gate.checklist import ChecklistError, Item, find, verifies

CHECKLIST = checklist.load()
COUNTING = {  # limits that count something of the release, with the plan's figure
    ("1.1.1", "files valid"): 55,
    ("1.4.1", "files included"): 55,
    ("2.1.1", "files valid"): 55,
    ("2.1.5", "agent descriptions"): 11,
    ("2.1.5", "agent configurations"): 11,
    ("2.1.5", "agent files"): 22,
    ("3.1.4", "steps tested"): 11,
    ("S.1", "files deployed"): 55,
    ("S.4", "agents usable"): 11,
    ("S.5", "steps reached"): 11,
}
TWELVE_AGENTS = [f"agent-{number}" for number in range(1, 13)]
LARGER = {**CHECKLIST.release.composition, "agents/*.md": 12, "agents/config/*.xml": 12}


def _limits(items: checklist.Checklist) -> dict[tuple[str, str], float]:
    return {(item.id, limit.name): limit.value for item in items.items.values() for limit in item.limits}


def _moved(facts: dict[str, Any], limits: list[dict[str, Any]]) -> dict[tuple[str, str], float]:
    """The limits that differ from the plan's."""
    plan = _limits(CHECKLIST)
    return {key: value for key, value in _limits(CHECKLIST.overridden(facts, limits)).items() if value != plan[key]}


@pytest.mark.parametrize(("key", "figure"), COUNTING.items())
def test_counting_limit_has_the_plan_s_figure(key: tuple[str, str], figure: float) -> None:
    assert _limits(CHECKLIST)[key] == figure


def test_nothing_overridden_changes_nothing() -> None:
    assert CHECKLIST.overridden({}, []) == CHECKLIST


def test_limits_follow_the_number_of_agents() -> None:
    moved = _moved({"agents": TWELVE_AGENTS}, [])

    assert moved[("2.1.5", "agent descriptions")] == moved[("2.1.5", "agent configurations")] == 12
    assert moved[("2.1.5", "agent files")] == 24
    assert moved[("S.4", "agents usable")] == 12
    assert set(moved.values()) == {12, 24}
    assert not [key for key in moved if "files" in key[1] and key[1] != "agent files"]


def test_limits_follow_the_number_of_steps() -> None:
    moved = _moved({"steps": 9}, [])

    assert moved == dict.fromkeys(moved, 9)
    assert {("S.5", "steps reached"), ("3.1.4", "steps tested")} <= set(moved)
    assert all("steps" in name for _, name in moved)


def test_limits_follow_the_composition() -> None:
    effective = CHECKLIST.overridden({"composition": LARGER}, [])
    moved = _moved({"composition": LARGER}, [])

    assert effective.release.files == 57
    assert moved == {key: 57 for key, figure in _limits(CHECKLIST).items() if figure == 55 and key in moved}
    assert {("1.1.1", "files valid"), ("2.1.1", "files valid"), ("S.1", "files deployed")} <= set(moved)


def test_fact_that_nothing_counts_moves_no_limit() -> None:
    effective = CHECKLIST.overridden({"version": "2.1.0", "smoke_command": "/bmad-dev-story"}, [])

    assert effective.release.version == "2.1.0"
    assert _limits(effective) == _limits(CHECKLIST)


def test_plan_s_figure_stays_beside_the_target_s() -> None:
    effective = CHECKLIST.overridden({"steps": 9}, [{"item": "2.1.2", "limit": "response time", "value": 250}])

    response_time = effective.items["2.1.2"].limit("response time")
    assert (response_time.value, response_time.plan_value) == (250, 100)
    steps = effective.items["S.5"].limit("steps reached")
    assert (steps.value, steps.plan_value) == (9, 11)


def test_limit_overridden_by_name_outweighs_a_fact() -> None:
    named = [{"item": "S.4", "limit": "agents usable", "value": 11}]

    moved = _moved({"agents": TWELVE_AGENTS}, named)

    assert ("S.4", "agents usable") not in moved
    assert moved[("2.1.5", "agent files")] == 24


def test_override_changes_one_item_only() -> None:
    effective = CHECKLIST.overridden({}, [{"item": "2.1.2", "limit": "response time", "value": 250}])

    assert {key for key, item in effective.items.items() if item != CHECKLIST.items[key]} == {"2.1.2"}
    assert effective.release == CHECKLIST.release


def test_time_limit_can_be_overridden() -> None:
    effective = CHECKLIST.overridden({}, [{"item": "2.1.3", "limit": "time limit", "value": 5}])

    assert effective.items["2.1.3"].time_limit_seconds == 5


def test_lists_of_a_target_become_tuples() -> None:
    assert CHECKLIST.overridden({"agents": TWELVE_AGENTS}, []).release.agents == tuple(TWELVE_AGENTS)


LIMIT = {"item": "2.1.2", "limit": "response time", "value": 250}
MISTAKES: dict[str, tuple[dict[str, Any], list[dict[str, Any]], str]] = {
    "unknown item": ({}, [LIMIT | {"item": "2.1.99"}], "the checklist has no item '2.1.99'; ids look like 2.1.2"),
    "unknown limit": ({}, [LIMIT | {"limit": "latency"}], "item 2.1.2 has no limit 'latency'; it has 'response time'"),
    "item without limits": ({}, [LIMIT | {"item": "2.1.3"}], "item 2.1.3 has no limit 'response time'; it has none"),
    "no number": ({}, [LIMIT | {"value": float("nan")}], "'response time' cannot be nan"),
    "no limit at all": ({}, [LIMIT | {"value": float("inf")}], "'response time' cannot be inf"),
    "time limit that switches time limits off": (
        {},
        [LIMIT | {"limit": "time limit", "value": 0}],
        "item 2.1.2: the time limit cannot be 0 s",
    ),
    "negative time limit": ({}, [LIMIT | {"limit": "time limit", "value": -1}], "the time limit cannot be -1 s"),
    "limit named twice": ({}, [LIMIT, LIMIT | {"value": 300}], "'response time' is overridden twice"),
    "unknown fact": ({"colour": "red"}, [], "a release has no fact 'colour'; it has agents, approvers, architectures"),
    "list instead of a number": ({"steps": [1, 2]}, [], "fact 'steps': [1, 2] is not of type 'integer'"),
    "number instead of a list": ({"agents": 12}, [], "fact 'agents': 12 is not of type 'array'"),
    "number instead of a version": ({"version": 2.1}, [], "fact 'version': 2.1 is not of type 'string'"),
    "no files": ({"composition": {"agents/*.md": 0}}, [], "fact 'composition': ['agents/*.md']: 0 is less than"),
    "no agents": ({"agents": []}, [], "fact 'agents': [] should be non-empty"),
    "no steps": ({"steps": 0}, [], "fact 'steps': 0 is less than the minimum of 1"),
}


@pytest.mark.parametrize(("facts", "limits", "message"), MISTAKES.values(), ids=MISTAKES)
def test_mistaken_override_is_refused_in_one_line(
    facts: dict[str, Any], limits: list[dict[str, Any]], message: str
) -> None:
    with pytest.raises(ChecklistError) as caught:
        CHECKLIST.overridden(facts, limits)

    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("item_id", ["2.1.99", "2.1", "", "2.1.2 ", "s.1", "R.8"])
def test_unknown_item_is_refused(item_id: str) -> None:
    with pytest.raises(ChecklistError, match="ids look like"):
        find(CHECKLIST.items, item_id)


def test_test_of_an_unknown_item_is_refused() -> None:
    with pytest.raises(ChecklistError, match="the checklist has no item"):
        verifies("2.1.99")


@pytest.mark.parametrize(
    ("item_id", "markers"),
    [
        ("1.1.3", {"predeploy", "verification"}),
        ("2.1.2", {"smoke"}),
        ("2.2.4.7", {"deploy"}),
        ("3.2.5", {"postdeploy", "first_day"}),
        ("S.1", {"acceptance"}),
        ("F.6", {"acceptance"}),
        ("R.7", {"rollback"}),
    ],
)
def test_check_carries_the_markers_of_its_item(item_id: str, markers: set[str]) -> None:
    @verifies(item_id)
    def check() -> None:
        """Verify nothing."""

    marks = {mark.name: mark.args for mark in vars(check)["pytestmark"]}
    assert marks.pop("verifies") == (item_id,)
    assert set(marks) == markers


@pytest.mark.parametrize("item", [CHECKLIST.items["2.1.2"]], ids=["2.1.2"])
def test_limit_reads_as_people_write_it(item: Item) -> None:
    assert str(item.limit("response time")) == "< 100 ms"
    assert str(CHECKLIST.items["2.1.5"].limit("agent files")) == "= 22 agent files"
    assert str(CHECKLIST.items["F.2"].limit("critical bugs")) == "≤ 3 bugs"
    assert str(CHECKLIST.items["3.5.1"].limit("fewest users")) == "≥ 1 users"
