"""Every fault of announcement, feedback and retrospective trips exactly its items of its gate."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import pytest

from fixtures import reference
from tests_suite.faults import announcement, feedback, retrospective, world
from tests_suite.faults.announced import (
    NOWHERE,
    SECRET,
    Faults,
    announced,
    as_yaml,
    at,
    both,
    drop,
)
from tests_suite.faults.proof import prove
from tests_suite.faults.records import Change, put
from tests_suite.faults.sick_server import answer
from tests_suite.faults.world import Fault, World, run_gate

FAULTS = [
    *announcement.FAULTS,
    dataclasses.replace(announcement.SLOW, within=20.0),
    *feedback.FAULTS,
    *retrospective.FAULTS,
]
ITEMS = {
    "announcement": [f"2.5.{number}" for number in range(1, 5)],
    "feedback": [f"3.3.{number}" for number in range(1, 5)],
    "retrospective": [f"3.5.{number}" for number in range(1, 5)],
}


@pytest.fixture
def over(tmp_path: Path) -> World:
    """A healthy world whose deployment is over; none of these gates asks its server."""
    made = world.make(tmp_path / "world", NOWHERE)
    announced(made)
    return made


@pytest.mark.parametrize("fault", FAULTS, ids=[fault.name for fault in FAULTS])
def test_fault_after_the_deployment_trips_exactly_its_items(fault: Fault, over: World, tmp_path: Path) -> None:
    prove(fault, over, tmp_path / "reports")


@pytest.mark.parametrize("gate", ITEMS)
def test_records_of_a_healthy_world_pass(gate: str, over: World, tmp_path: Path) -> None:
    run = over.run(gate, tmp_path / "reports")

    assert run.status == 0, run.output
    assert run.outcomes == dict.fromkeys(ITEMS[gate], "passed"), run.messages
    assert run.verdict is not None
    assert run.verdict["verdict"] == "PASS"


@pytest.mark.parametrize("gate", ITEMS)
def test_reference_provides_records_of_its_own(gate: str, tmp_path: Path) -> None:
    run = run_gate(gate, reports=tmp_path / "reports")

    assert run.status == 0, run.output
    assert run.outcomes == dict.fromkeys(ITEMS[gate], "passed"), run.messages


def test_reference_is_told_to_be_ahead_where_other_gates_are_asked_for_too(tmp_path: Path) -> None:
    run = run_gate("feedback or smoke", reports=tmp_path / "reports")

    assert run.status != 0
    assert "the deployment is still to come: T-0 is" in run.output


@pytest.mark.parametrize(
    ("expression", "over"),
    [
        ("announcement", True),
        ("postdeploy", True),
        ("feedback or retrospective", True),
        ("postdeploy and not feedback", True),
        ("", False),
        ("predeploy", False),
        ("feedback or smoke", False),
        ("not", False),
    ],
)
def test_deployment_of_the_reference_is_over_for_gates_after_it(expression: str, over: bool) -> None:
    assert reference.is_over(expression) is over


def _announcement(change: Change) -> Callable[[World], None]:
    return Faults("announcement").changing(change)


def _page(text: str, *path: str | int, gate: str, without: str = "") -> Callable[[World], None]:
    return Faults(gate).page(answer(200, text, "text/html"), *path, without=without)


def _second_message(world: World) -> None:
    """The features come in a message of their own, as the advice says."""

    def change(data: dict[str, list[dict[str, str]]]) -> None:
        first = data["messages"][0]
        before, _, after = first["text"].partition("New features:")
        later = f"What is new in 2.0.0: {after.partition('Getting')[0]}"
        data["messages"].append({**first, "text": later})
        first["text"] = f"{before}Getting{after.partition('Getting')[2]}"

    _announcement(change)(world)


NO_REPORTS = both(drop("reports"), put("issues", to=[]), put("no_reports", to={"by": "Paul Example", "at": at(24)}))
STATUS = "<html><body><h1>Status</h1><p>AI Engineering Workflow <b>v2.0.0</b> now in production</p></body></html>"
VARIATIONS: dict[str, tuple[str, Callable[[World], None]]] = {
    "in YAML": ("feedback", lambda world: as_yaml(world, "feedback")),
    "features in a second message": ("announcement", _second_message),
    "in the plan's words": (
        "announcement",
        _announcement(
            put("messages", 0, "text", to="AI Engineering Workflow v2.0.0 deployed to production\n\nNew features: four "
                "checklists for quality gates\n\nGetting started: See OPERATIONS_GUIDE.md\n\nSupport contact: "
                "Olga Example <olga@example.com>")
        ),
    ),
    "status page with an address": ("announcement", _page(STATUS, "status_page", "url", gate="announcement")),
    "site with an address": (
        "announcement",
        _page("<html><td>version 2.0.0</td>", "documentation", 0, "url", gate="announcement", without="not_applicable"),
    ),
    "other words in the channel": (
        "announcement",
        _announcement(
            put("team_post", "text", to="v2.0.0 deployed successfully. Olga Example is on-call, all are available.")
        ),
    ),
    "nothing reported, and said so": ("feedback", Faults("feedback").changing(NO_REPORTS)),
    "two users, other names of roles": (
        "retrospective",
        Faults("retrospective").changing(
            lambda data: [
                data["participants"].append({"name": "Uwe Example", "role": "user"}),
                data["participants"][1].update(role="PM"),
                data["participants"][2].update(role="Infra Lead"),
            ]
        ),
    ),
    "wiki with an address": (
        "retrospective",
        _page("<html><h1>Retrospective of 2.0.0</h1>", "wiki", "url", gate="retrospective", without="place"),
    ),
    "notes sent to roles": (
        "retrospective",
        Faults("retrospective").changing(
            put("messages", 0, "to", to=["Tech Lead", "PM", "Infra", "QA Lead", "On-Call Engineer", "DevOps"])
        ),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", VARIATIONS)
def test_harmless_variation_passes(name: str, over: World, tmp_path: Path) -> None:
    gate, change = VARIATIONS[name]
    before = over.digest()
    with over.running:
        change(over)
        assert over.digest() != before

        run = over.run(gate, tmp_path / "reports")

    assert run.outcomes == dict.fromkeys(ITEMS[gate], "passed"), f"{run.messages}\n{run.output}"


def test_a_secret_in_a_link_stays_out_of_the_reports(over: World, tmp_path: Path) -> None:
    fault = next(fault for fault in FAULTS if fault.name == "announcement: status page not found")
    with over.running:
        fault.breaks(over)

        run = over.run("announcement", tmp_path / "reports")

    assert "answered 404" in run.messages
    assert SECRET not in run.output
    reports = [path for path in (tmp_path / "reports").rglob("*") if path.is_file()]
    assert reports
    assert not [path for path in reports if SECRET.encode() in path.read_bytes()]


def test_faults_have_names_of_their_own_and_reach_every_item() -> None:
    names = [fault.name for fault in FAULTS]

    assert len(names) == len(set(names))
    for items in ITEMS.values():
        assert {item for fault in FAULTS for item in fault.trips} >= set(items)
