"""Every fault of the performance after the deployment trips exactly its items of the baseline gate."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fixtures.knowledge.recorded import BUDGET
from fixtures.reference.process import ReferenceServer
from tests_suite.faults import measured, world
from tests_suite.faults.executions import logged
from tests_suite.faults.measured import LIMITED, RELEASE, baseline, dashboard, paths, stories
from tests_suite.faults.proof import prove
from tests_suite.faults.world import Fault, World, run_gate

FAULTS = [*measured.FAULTS, LIMITED]
ITEMS = [f"3.4.{number}" for number in range(1, 5)]
PANELS = ("executions", "response-times", "step-durations", "error-rates", "feedback")


@pytest.fixture
def over(tmp_path: Path, reference_server: ReferenceServer) -> World:
    """A healthy world with everything that plan 3.4 measures."""
    made = world.make(tmp_path / "world", reference_server.url)
    measured.measured(made)
    return made


@pytest.mark.parametrize("fault", FAULTS, ids=[fault.name for fault in FAULTS])
def test_fault_of_the_performance_trips_exactly_its_items(fault: Fault, over: World, tmp_path: Path) -> None:
    prove(fault, over, tmp_path / "reports")


def test_budget_that_is_used_up_is_no_failure_and_no_success(over: World, tmp_path: Path) -> None:
    with over.running:
        LIMITED.breaks(over)

        run = over.run("baseline", tmp_path / "reports")

    assert {item: outcome for item, outcome in run.outcomes.items() if outcome != "passed"} == LIMITED.trips
    assert run.status == 6
    assert "come back after" in run.output


@pytest.mark.parametrize("arguments", [(), ("-n2",)], ids=["in one process", "in two workers"])
def test_healthy_world_passes_and_leaves_its_figures(arguments: tuple[str, ...], over: World, tmp_path: Path) -> None:
    before = over.digest()

    run = over.run("baseline", tmp_path / "reports", *arguments)

    assert run.status == 0, run.output
    assert run.outcomes == dict.fromkeys(ITEMS, "passed"), run.messages
    assert over.digest() == before, "something was written to the target"
    spent = re.search(r"requests (\d+) \(budget", run.output)
    assert spent is not None
    assert int(spent[1]) < BUDGET
    assert run.verdict is not None
    names = {each["name"] for each in run.verdict["attachments"]}
    assert names == {
        "dashboard.html",
        "dashboard.json",
        "latency-baseline.json",
        "step-durations.json",
        "story-quality.json",
    }
    folder = tmp_path / "reports" / "baseline"
    steps = json.loads((folder / "step-durations.json").read_text(encoding="utf-8"))
    assert tuple(steps["steps"]["parts"]) == RELEASE.parts
    assert len(steps["compared"]) == len(RELEASE.parts) + 1
    quality = json.loads((folder / "story-quality.json").read_text(encoding="utf-8"))
    assert set(quality["stories_per_step"]) == {str(step) for step in range(2, 11)}
    assert quality["format_compliance_percent"] == 100.0
    measurements = {(each["name"].partition(" of ")[0]) for item in run.verdict["items"]
                    for each in item["measurements"]}  # fmt: skip
    assert measurements == {"workflow time", "performance degradation"}


def test_reference_release_passes(tmp_path: Path) -> None:
    run = run_gate("baseline", reports=tmp_path / "reports")

    assert run.status == 0, run.output
    assert run.outcomes == dict.fromkeys(ITEMS, "passed"), run.messages
    page, _ = dashboard(tmp_path / "reports")
    assert "these figures show nothing of production" in page


def test_dashboard_shows_every_panel_and_needs_nothing_from_elsewhere(over: World, tmp_path: Path) -> None:
    over.run("baseline", tmp_path / "reports")

    page, figures = dashboard(tmp_path / "reports")

    assert re.findall(r'<section id="([\w-]+)">', page) == list(PANELS)
    assert page.count('role="img"') == len(PANELS)
    assert not re.findall(r"<script|<link|<img|\bhref=|\bsrc=|@import|url\(", page)
    assert "No data" not in page
    assert "show nothing of production" not in page
    assert figures["gaps"] == {}
    assert sum(day["completed"] for day in figures["executions"]) == 20
    assert figures["feedback"]["reports"] == {"praise": 1, "wish": 0, "question": 1, "problem": 1}
    assert figures["step_durations"]["parts"]["2a"]["before"] == 3.3
    assert set(figures["response_times"]["tools"]) == set(RELEASE.knowledge_tools)


def test_dashboard_says_of_an_empty_panel_why_it_is_empty(over: World, tmp_path: Path) -> None:
    next(fault for fault in FAULTS if fault.name == "measured: no feedback").breaks(over)

    over.run("baseline", tmp_path / "reports")

    page, figures = dashboard(tmp_path / "reports")
    assert "No data: is missing; expected it in" in page
    assert page.count('role="img"') == len(PANELS) - 1
    assert list(figures["gaps"]) == ["feedback"]


def _readme(broken: World) -> None:
    (broken.root / measured.FOLDER / "README.md").write_text("# Stories\n\nAll of them.\n", encoding="utf-8")


def _in_folders(broken: World) -> None:
    for path in paths(broken):
        folder = path.parent / f"epic-{path.name[0]}"
        folder.mkdir(exist_ok=True)
        path.rename(folder / path.name)


def _a_little_slower(data: dict[str, Any]) -> None:
    for part in data["steps"]["parts"].values():
        part["minutes"] = round(part["minutes"] / 1.3, 2)


HARMLESS: dict[str, Callable[[World], None]] = {
    "a file beside the stories": _readme,
    "stories in folders": _in_folders,
    "no stories of training": measured._hidden("TRAIN"),
    "stories of an older BMAD": stories(lambda text: text.replace("Status: ready-for-dev", "Status: drafted")),
    "steps a third slower than before": baseline(_a_little_slower),
    "a run that is going on": logged(
        lambda events, _: [event for event in events if (event["run"], event["step"]) != ("run-20", "11")][:-1]
    ),
    "the server with /mcp": baseline(
        lambda data: data["knowledge"].update(server=f"{data['knowledge']['server']}/mcp/")
    ),
    "a baseline without samples": baseline(
        lambda data: [tool.pop("samples") for tool in data["knowledge"]["tools"].values()]
    ),
}


@pytest.mark.parametrize("name", HARMLESS)
def test_harmless_variation_passes(name: str, over: World, tmp_path: Path) -> None:
    before = over.digest()
    HARMLESS[name](over)
    assert over.digest() != before, "nothing was changed"

    run = over.run("baseline", tmp_path / "reports")

    assert run.outcomes == dict.fromkeys(ITEMS, "passed"), f"{run.messages}\n{run.output}"


def test_faults_have_names_of_their_own_and_reach_every_item() -> None:
    names = [fault.name for fault in FAULTS]

    assert len(names) == len(set(names)) >= 35
    assert {item for fault in FAULTS for item, outcome in fault.trips.items() if outcome == "failed"} == set(ITEMS)
