"""The checklist's own parts: limits at their edges, overrides in every combination, the file that it is read from."""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path
from typing import Any

import pytest
import yaml

from gate import checklist
from gate.checklist import Checklist, ChecklistError, Gate, Item, Limit, Section, load, verifies

CHECKLIST = load()
RELEASE, SMOKE = CHECKLIST.release, CHECKLIST.items["2.1.2"]
# Comparison, whether a value below the figure holds it, the figure itself, a value above it; and how it reads.
HOLDS: dict[str, tuple[bool, bool, bool, str]] = {
    "below": (True, False, False, "< 2.5 s"),
    "at_most": (True, True, False, "≤ 2.5 s"),
    "at_least": (False, True, True, "≥ 2.5 s"),
    "equals": (False, True, False, "= 2.5 s"),
}


def _limit(comparison: Any = "below", **more: Any) -> Limit:
    known = {"name": "x", "value": 2.5, "unit": "s", "when_crossed": "failed", "source": "plan 1", "plan_value": 2.5}
    return Limit(comparison=comparison, **{**known, **more})


@pytest.mark.parametrize("comparison", HOLDS)
def test_limit_holds_by_its_comparison(comparison: str) -> None:
    *expected, words = HOLDS[comparison]
    limit = _limit(comparison)

    assert [limit.holds(value) for value in (2.4, 2.5, 2.6)] == expected
    assert not any(limit.holds(value) for value in (math.nan, math.inf, -math.inf))
    assert str(limit) == words
    assert set(HOLDS) == set(checklist.COMPARISONS)


def test_limit_without_a_unit_ends_with_its_figure() -> None:
    assert str(_limit(unit="")) == "< 2.5"


def test_limit_is_found_by_its_name_and_those_there_are_are_told() -> None:
    item = dataclasses.replace(SMOKE, limits=(_limit(name="a"), _limit(name="b", value=7.0)))

    assert item.limit("b").value == 7.0
    for limits, known in ((item.limits, "'a', 'b'"), ((), "none")):
        with pytest.raises(ChecklistError) as caught:
            dataclasses.replace(item, limits=limits).limit("c")
        assert str(caught.value) == f"item 2.1.2 has no limit 'c'; it has {known}"


def test_items_and_gates_know_each_other_in_the_plan_s_order() -> None:
    assert [item.id for item in CHECKLIST.items_of(CHECKLIST.gates["smoke"])] == [f"2.1.{n}" for n in range(1, 7)]
    assert [gate.marker for gate in CHECKLIST.gates_of(CHECKLIST.items["1.1.3"])] == ["predeploy", "verification"]


@pytest.mark.parametrize(
    ("override", "figure"),
    [
        ({"fact": "version"}, RELEASE.version),
        ({"fact": "agents"}, list(RELEASE.agents)),
        ({"fact": "composition"}, RELEASE.composition),
        ({"item": "2.1.2", "limit": "response time"}, 100.0),
        ({"item": "2.1.2", "limit": "time limit"}, SMOKE.time_limit_seconds),
    ],
)
def test_figure_is_what_stands_in_the_place_of_an_override(override: dict[str, str], figure: object) -> None:
    assert CHECKLIST.figure(override) == figure


MISTAKES: dict[str, tuple[dict[str, Any], list[dict[str, Any]], str]] = {
    "a number that is none": (
        {},
        [{"item": "2.1.2", "limit": "time limit", "value": math.inf}],
        "item 2.1.2: 'time limit' cannot be inf; expected a finite number",
    ),
    "no time": (
        {},
        [{"item": "2.1.2", "limit": "time limit", "value": 0}],
        "item 2.1.2: the time limit cannot be 0 s; expected more than 0",
    ),
    "one limit twice": (
        {},
        [{"item": "2.1.2", "limit": name, "value": 5} for name in ("time limit", "response time", "time limit")],
        "item 2.1.2: 'time limit' is overridden twice; expected one value",
    ),
    "an item that is none": (
        {},
        [{"item": "9.9", "limit": "time limit", "value": 5}],
        "the checklist has no item '9.9'; ids look like 2.1.2, 2.2.4.7, S.1, F.6 or R.7",
    ),
    "a fact that is none": (
        {"steps": 5, "colour": "red"},
        [],
        "a release has no fact 'colour'; it has agents, approvers, architectures, backup, branch, commands, "
        "composition, knowledge_collections, knowledge_queries, knowledge_services, knowledge_tools, name, package, "
        "parts, previous, smoke_command, steps, tag, team, version",
    ),
    "a fact of another form": ({"steps": 0}, [], "fact 'steps': 0 is less than the minimum of 1"),
    "a part of a fact of another form": (
        {"composition": {"agents/*.md": 0}},
        [],
        "fact 'composition': ['agents/*.md']: 0 is less than the minimum of 1",
    ),
    "an element of another form": ({"agents": ["a", 5]}, [], "fact 'agents': [1]: 5 is not of type 'string'"),
}


@pytest.mark.parametrize(("facts", "limits", "said"), MISTAKES.values(), ids=MISTAKES)
def test_mistaken_override_says_what_was_expected(
    facts: dict[str, Any], limits: list[dict[str, Any]], said: str
) -> None:
    with pytest.raises(ChecklistError) as caught:
        CHECKLIST.overridden(facts, limits)

    assert str(caught.value) == said


def test_long_value_of_a_fact_is_not_repeated_whole() -> None:
    with pytest.raises(ChecklistError) as caught:
        CHECKLIST.overridden({"steps": "x" * 1000}, [])

    assert str(caught.value) == f"fact 'steps': '{'x' * 199}"


def test_override_changes_the_limit_of_that_name_alone() -> None:
    limits = (_limit(name="a"), _limit(name="b"))
    mine = dataclasses.replace(CHECKLIST, items={"2.1.2": dataclasses.replace(SMOKE, limits=limits)})

    changed = mine.overridden({}, [{"item": "2.1.2", "limit": "b", "value": "7"}])

    assert changed.items["2.1.2"].limits == (limits[0], dataclasses.replace(limits[1], value=7.0))
    assert mine.items["2.1.2"].limits == limits


def test_two_limits_of_an_item_and_one_of_two_items_are_overridden() -> None:
    told = [("2.1.2", "time limit", 0.5), ("2.1.2", "response time", 7.0), ("2.1.3", "time limit", 9.0)]

    changed = CHECKLIST.overridden({}, [{"item": item, "limit": name, "value": value} for item, name, value in told])

    assert changed.items["2.1.2"].limit("response time").value == 7.0
    times = {name: changed.items[name].time_limit_seconds for name in ("2.1.2", "2.1.3")}
    assert times == {"2.1.2": 0.5, "2.1.3": 9.0}


# Unit and source of a limit whose figure is 5, and its figure for 3 agents, 4 steps and 7 files.
COUNTED: list[tuple[str, str, float]] = [
    ("files", "plan 1.1, release.composition", 7),
    (".md files", "plan 2.1, release.agents", 3),
    (".xml files", "plan 2.1, release.composition", 3),
    ("agent files", "plan 2.1, release.agents", 6),
    ("agents", "plan 2.2, release.agents", 3),
    ("odd things", "plan 2.2, release.agents", 3),
    ("steps", "plan 3.1, release.steps", 4),
    ("files", "plan 3.1, release.steps", 4),
    ("agents", "plan 2.2", 5),
    ("files", "plan 2.2, release.team", 5),
]


@pytest.mark.parametrize(("unit", "source", "figure"), COUNTED)
def test_limit_counts_what_its_source_names(unit: str, source: str, figure: float) -> None:
    limit = _limit(value=5.0, plan_value=5.0, unit=unit, source=source)
    mine = dataclasses.replace(CHECKLIST, items={"2.1.2": dataclasses.replace(SMOKE, limits=(limit,))})
    facts = {"agents": ["a", "b", "c"], "steps": 4, "composition": {"a/*.md": 3, "b.md": 4}}

    changed = mine.overridden(facts, [])

    assert changed.items["2.1.2"] == dataclasses.replace(SMOKE, limits=(dataclasses.replace(limit, value=figure),))
    assert (changed.release.agents, changed.release.files) == (("a", "b", "c"), 7)


ENTRY = {
    "id": "9.1.1",
    "title": "é",
    "section": "9.1",
    "owner": "QA",
    "severity": "minor",
    "time_limit_seconds": 5,
    "success": "yes",
    "advice": "mend it",
}
LIMITED = {"name": "x", "at_most": 3, "unit": "s", "when_crossed": "degraded", "source": "plan 9"}
GATE = {
    "marker": "nine",
    "title": "Nine",
    "sections": ["9.1", "9.2"],
    "folder": "tests",
    "time_box_minutes": 5,
    "owner": "QA",
    "phase": "nine",
    "starts": "now",
    "duration": "5 min",
}


def _loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *items: dict[str, Any]) -> Checklist:
    source = tmp_path / "mine.yaml"
    release = {name: list(value) if isinstance(value, tuple) else value for name, value in vars(RELEASE).items()}
    section = {"title": "Nine one", "owner": "QA", "time_box_minutes": 2, "plan": "9.1"}
    told = {"release": release, "gates": [GATE], "sections": {"9.1": section}, "items": items}
    source.write_text(yaml.safe_dump(told, allow_unicode=True), encoding="utf-8")
    monkeypatch.setattr(checklist, "SOURCE", source)
    return load.__wrapped__()


@pytest.mark.parametrize("quick", [True, False], ids=["libyaml", "no libyaml"])
def test_checklist_is_read_as_frozen_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, quick: bool) -> None:
    if not quick:
        monkeypatch.delattr(yaml, "CSafeLoader", raising=False)
    other = {**ENTRY, "id": "9.1.2", "limits": [LIMITED, {**LIMITED, "name": "y"}]}

    found = _loaded(tmp_path, monkeypatch, ENTRY, other)

    plain = Item(**ENTRY, limits=())  # type: ignore[arg-type]
    limit = Limit("x", "at_most", 3.0, "s", "degraded", "plan 9", 3.0)
    limits = (limit, dataclasses.replace(limit, name="y"))
    gate = Gate(**{**GATE, "sections": ("9.1", "9.2")})  # type: ignore[arg-type]
    assert found == Checklist(
        RELEASE,
        {"nine": gate},
        {"9.1": Section("9.1", "Nine one", "QA", 2, "9.1")},
        {"9.1.1": plain, "9.1.2": dataclasses.replace(plain, id="9.1.2", limits=limits)},
    )


def test_two_items_of_one_id_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ChecklistError) as caught:
        _loaded(tmp_path, monkeypatch, ENTRY, {**ENTRY, "title": "Another"})

    assert str(caught.value) == "mine.yaml: two items have the id 9.1.1"


def test_claim_on_an_item_that_is_none_is_refused() -> None:
    with pytest.raises(ChecklistError, match=r"^the checklist has no item '9\.9'; ids look like 2\.1\.2, "):
        verifies("9.9")


def test_check_is_marked_so_that_it_can_be_selected_by_its_item() -> None:
    @verifies("1.1.3")
    def check() -> None:
        """Verify nothing."""

    marks = [(mark.name, mark.args, mark.kwargs) for mark in vars(check)["pytestmark"]]
    assert sorted(marks) == [
        ("predeploy", (), {}),
        ("verification", (), {}),
        ("verifies", ("1.1.3",), {"id": "1.1.3"}),
    ]
