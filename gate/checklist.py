"""The plan's checklist as frozen data, and the decorator that ties a test to one of its items.

`checklist.yaml` beside this module is the only copy of the items and of the plan's figures. Its form is fixed by
`checklist.schema.json`, which the suite's own tests hold it against.
"""

from __future__ import annotations

import dataclasses
import functools
import json
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeVar

import pytest
import yaml

SOURCE = Path(__file__).with_name("checklist.yaml")
SCHEMA = Path(__file__).with_name("checklist.schema.json")
COMPARISONS: tuple[Comparison, ...] = ("below", "at_most", "at_least", "equals")
TIME_LIMIT = "time limit"

Comparison = Literal["below", "at_most", "at_least", "equals"]
Severity = Literal["critical", "major", "minor"]
Function = TypeVar("Function", bound=Callable[..., object])


class ChecklistError(Exception):
    """The checklist, an override of it, or a test's claim on it is wrong; the message says what and where."""


@dataclass(frozen=True)
class Limit:
    """A figure of the plan: `value` in `unit`; crossing it makes an item `failed` or `degraded`."""

    name: str
    comparison: Comparison
    value: float
    unit: str
    when_crossed: Literal["failed", "degraded"]
    source: str
    plan_value: float

    def holds(self, value: float) -> bool:
        """Whether a measured value keeps the limit; a value that is no finite number never does."""
        if not math.isfinite(value):
            return False
        match self.comparison:
            case "below":
                return value < self.value
            case "at_most":
                return value <= self.value
            case "at_least":
                return value >= self.value
            case "equals":
                return value == self.value

    def __str__(self) -> str:
        words = {"below": "<", "at_most": "≤", "at_least": "≥", "equals": "="}
        return f"{words[self.comparison]} {self.value:g} {self.unit}".rstrip()


@dataclass(frozen=True)
class Item:
    """One check box of the plan (its section, its own number) or one rollback step."""

    id: str
    title: str
    section: str
    owner: str
    severity: Severity
    time_limit_seconds: float
    limits: tuple[Limit, ...]
    success: str
    advice: str

    def limit(self, name: str) -> Limit:
        """The item's limit of that name; `ChecklistError` names those there are."""
        for limit in self.limits:
            if limit.name == name:
                return limit
        known = ", ".join(repr(limit.name) for limit in self.limits) or "none"
        raise ChecklistError(f"item {self.id} has no limit {name!r}; it has {known}")


@dataclass(frozen=True)
class Section:
    """A section of the plan: who owns it and how long it may take."""

    id: str
    title: str
    owner: str
    time_box_minutes: float
    plan: str


@dataclass(frozen=True)
class Gate:
    """A marker that gives a verdict: a phase of the plan, one of its sections, acceptance, or rollback."""

    marker: str
    title: str
    sections: tuple[str, ...]
    folder: str
    time_box_minutes: float
    owner: str
    phase: str
    starts: str
    duration: str
    follows: Mapping[str, float] = dataclasses.field(default_factory=dict)  # gate before: minutes it may be ago


@dataclass(frozen=True)
class Release:
    """The facts of the release under verification (plan 1.1, 1.4, 2.1-2.4); a target may override each one."""

    name: str
    version: str
    previous: str
    composition: Mapping[str, int]
    steps: int
    agents: tuple[str, ...]
    architectures: tuple[str, ...]
    knowledge_tools: tuple[str, ...]
    knowledge_queries: tuple[str, ...]
    knowledge_services: tuple[str, ...]
    knowledge_collections: tuple[str, ...]
    commands: tuple[str, ...]
    smoke_command: str
    parts: tuple[str, ...]
    approvers: tuple[str, ...]
    team: tuple[str, ...]
    tag: str
    branch: str
    package: str
    backup: str

    @property
    def files(self) -> int:
        """Number of workflow files, the plan's 55: the sum of the composition."""
        return sum(self.composition.values())


@dataclass(frozen=True)
class Checklist:
    """Everything the plan lists, in the plan's order."""

    release: Release
    gates: Mapping[str, Gate]
    sections: Mapping[str, Section]
    items: Mapping[str, Item]

    def items_of(self, gate: Gate) -> list[Item]:
        """The items of a gate, in the plan's order."""
        return [item for item in self.items.values() if item.section in gate.sections]

    def gates_of(self, item: Item) -> list[Gate]:
        """The gates that an item belongs to: its phase and, where there is one, its section."""
        return [gate for gate in self.gates.values() if item.section in gate.sections]

    def figure(self, override: Mapping[str, Any]) -> Any:
        """What stands here in the place of an override: a limit's figure, or a fact of the release."""
        if "fact" in override:
            value = getattr(self.release, override["fact"])
            return list(value) if isinstance(value, tuple) else value
        item = find(self.items, override["item"])
        return item.time_limit_seconds if override["limit"] == TIME_LIMIT else item.limit(override["limit"]).value

    def unit(self, item: str, limit: str) -> str:
        """The unit of a limit that an override may name. Raises `ChecklistError` where there is none."""
        found = find(self.items, item)
        return "s" if limit == TIME_LIMIT else found.limit(limit).unit

    def overridden(self, facts: Mapping[str, Any], limits: Iterable[Mapping[str, Any]]) -> Checklist:
        """This checklist with a target's own release facts and limits.

        `facts` maps names of `Release` fields to values; each of `limits` has `item`, `limit` and `value`. A limit
        that is named outweighs what follows from a fact. Raises `ChecklistError` for an item, limit or fact that does
        not exist, for a value that is none, and for a limit that is named twice.
        """
        release = _with_facts(self.release, facts)
        items = _derived(self.items, release) if facts else dict(self.items)
        seen = set()
        for override in limits:
            known, name = find(items, override["item"]), override["limit"]
            if (known.id, name) in seen:
                raise ChecklistError(f"item {known.id}: {name!r} is overridden twice; expected one value")
            seen.add((known.id, name))
            items[known.id] = _with_limit(known, name, float(override["value"]))
        return dataclasses.replace(self, release=release, items=items)


def find(items: Mapping[str, Item], item_id: str) -> Item:
    """The item of that id; `ChecklistError` says how an id looks."""
    if item_id not in items:
        raise ChecklistError(f"the checklist has no item {item_id!r}; ids look like 2.1.2, 2.2.4.7, S.1, F.6 or R.7")
    return items[item_id]


def _with_limit(item: Item, name: str, value: float) -> Item:
    if not math.isfinite(value):
        raise ChecklistError(f"item {item.id}: {name!r} cannot be {value}; expected a finite number")
    if name == TIME_LIMIT:
        if value <= 0:
            raise ChecklistError(f"item {item.id}: the time limit cannot be {value:g} s; expected more than 0")
        return dataclasses.replace(item, time_limit_seconds=value)
    item.limit(name)
    changed = (dataclasses.replace(limit, value=value) if limit.name == name else limit for limit in item.limits)
    return dataclasses.replace(item, limits=tuple(changed))


def _with_facts(release: Release, facts: Mapping[str, Any]) -> Release:
    known = {field.name for field in dataclasses.fields(Release)}
    for name, value in facts.items():
        if name not in known:
            raise ChecklistError(f"a release has no fact {name!r}; it has {', '.join(sorted(known))}")
        _check_fact(name, value)
    return dataclasses.replace(release, **{name: _frozen(value) for name, value in facts.items()})


def _check_fact(name: str, value: object) -> None:
    """Hold a fact to the form that it has in checklist.yaml: a list where a text belongs would break a check later."""
    import jsonschema  # only a run that overrides a fact needs it, and it costs 80 ms

    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    form = {"$defs": schema["$defs"], **schema["$defs"]["release"]["properties"][name]}
    error = jsonschema.exceptions.best_match(jsonschema.Draft202012Validator(form).iter_errors(value))
    if error is not None:
        place = "".join(f"[{part!r}]" for part in error.absolute_path)
        raise ChecklistError(f"fact {name!r}: {place}{': ' if place else ''}{error.message:.200}")


def _derived(items: Mapping[str, Item], release: Release) -> dict[str, Item]:
    """A release of another size moves every limit that counts something of it."""
    moved = {}
    for item in items.values():
        limits = tuple(dataclasses.replace(limit, value=_count(limit, release)) for limit in item.limits)
        moved[item.id] = dataclasses.replace(item, limits=limits)
    return moved


def _count(limit: Limit, release: Release) -> float:
    """What a limit counts of a release; its own figure where it counts nothing (its source names no fact)."""
    _, _, fact = limit.source.partition("release.")
    if fact == "steps":
        return release.steps
    if fact not in ("agents", "composition"):
        return limit.value
    if limit.unit == "files":
        return release.files
    return len(release.agents) * (2 if limit.unit == "agent files" else 1)


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _limit(data: Mapping[str, Any]) -> Limit:
    comparison = next(word for word in COMPARISONS if word in data)
    value = float(data[comparison])
    return Limit(data["name"], comparison, value, data["unit"], data["when_crossed"], data["source"], value)


def _item(data: Mapping[str, Any]) -> Item:
    limits = tuple(_limit(limit) for limit in data.get("limits", ()))
    return Item(**{**data, "limits": limits})


@functools.cache
def load() -> Checklist:
    """The plan's checklist. Raises `ChecklistError` where two items share an id."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    data = yaml.load(SOURCE.read_text(encoding="utf-8"), Loader=loader)
    items: dict[str, Item] = {}
    for entry in data["items"]:
        if entry["id"] in items:
            raise ChecklistError(f"{SOURCE.name}: two items have the id {entry['id']}")
        items[entry["id"]] = _item(entry)
    gates = [Gate(**{**gate, "sections": tuple(gate["sections"])}) for gate in data["gates"]]
    sections = {key: Section(id=key, **section) for key, section in data["sections"].items()}
    release = Release(**{name: _frozen(value) for name, value in data["release"].items()})
    return Checklist(release, {gate.marker: gate for gate in gates}, sections, items)


def verifies(item_id: str) -> Callable[[Function], Function]:
    """Tie a test to a checklist item: the item's markers, its time limit and its place in the reports come with it.

    Raises `ChecklistError` for an id that the checklist does not have, which fails the collection.
    """
    checklist = load()
    item = find(checklist.items, item_id)

    def tie(function: Function) -> Function:
        for gate in checklist.gates_of(item):
            function = getattr(pytest.mark, gate.marker)(function)
        marked: Function = pytest.mark.verifies(item.id, id=item.id)(function)  # id: for -m 'verifies(id="2.1.6")'
        return marked

    return tie
