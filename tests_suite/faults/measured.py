"""Faults of the performance after a deployment: steps (3.4.1), tools (3.4.2), stories (3.4.3), dashboard (3.4.4)."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from fixtures.reference import executions as reference
from fixtures.reference import records as reference_records
from fixtures.reference import stories as reference_stories
from fixtures.workflow.config import config_of
from fixtures.workflow.tree import open_tree
from gate import checklist
from tests_suite.faults import records
from tests_suite.faults.announced import announced
from tests_suite.faults.executions import Event, Events, at, logged, of
from tests_suite.faults.mcp_chaos import Answered, sick_answers, sick_wire
from tests_suite.faults.mcp_endpoint import limited
from tests_suite.faults.records import EVIDENCE
from tests_suite.faults.sick_server import answer
from tests_suite.faults.world import Fault, World

RELEASE = checklist.load().release
STEPS, TOOLS, STORIES, PAGE = ({f"3.4.{number}": "failed"} for number in range(1, 5))
DEGRADED_STEPS, DEGRADED_TOOLS, DEGRADED_STORIES = ({f"3.4.{number}": "degraded"} for number in range(1, 4))
SLOWER = 3.0  # times the reference's figures: what was before has to leave room for a machine that is busy with tests
FOLDER = "stories"
Breaks = Callable[[World], None]


def measured(world: World) -> None:
    """Give a world a deployment of yesterday, baseline and feedback, an execution log, and a sample run's stories."""
    facts = announced(world)
    url = str(world.target["knowledge"]["url"])
    reference_records.make(world.root / EVIDENCE, replace(facts, knowledge_urls=(url, url)), ["baseline"])
    baseline(_slower)(world)
    starts = datetime.fromisoformat(world.target["deployment"]["starts"]).astimezone(UTC)
    versions = (RELEASE.previous, RELEASE.version)
    reference.write_around(world.root, starts, datetime.now(UTC), versions, RELEASE.parts)
    config = config_of(open_tree(world.workflow, RELEASE.composition))
    assert config is not None
    reference_stories.write(world.root / FOLDER, config)
    world.target.update(executions=reference.FILE_NAME, stories=FOLDER)


def _slower(data: dict[str, Any]) -> None:
    for tool in data["knowledge"]["tools"].values():
        tool["samples"] = [round(SLOWER * sample, 3) for sample in tool["samples"]]
        tool.update({name: round(SLOWER * tool[name], 3) for name in ("min", "p50", "p95", "max")})


def baseline(change: Callable[[dict[str, Any]], object]) -> Breaks:
    """A world with another baseline."""
    return records.with_record("baseline", change)


def story(number: int, change: Callable[[str], str]) -> Breaks:
    """A world with another story, by its place among all of them."""

    def breaks(world: World) -> None:
        path = paths(world)[number]
        path.write_text(change(path.read_text(encoding="utf-8")), encoding="utf-8")

    return breaks


def stories(change: Callable[[str], str]) -> Breaks:
    """A world with all its stories changed."""

    def breaks(world: World) -> None:
        for path in paths(world):
            path.write_text(change(path.read_text(encoding="utf-8")), encoding="utf-8")

    return breaks


def paths(world: World) -> list[Path]:
    """The stories of a world."""
    return sorted((world.root / FOLDER).glob("*.md"))


def target(change: Callable[[dict[str, Any]], object]) -> Breaks:
    """A world whose target says something else."""
    return lambda world: (change(world.target), None)[1]


def fault(name: str, breaks: Breaks, trips: dict[str, str], *says: str) -> Fault:
    """One fault of the gate."""
    return Fault(f"measured: {name}", breaks, trips, says, "baseline")


def _is_new(event: Event) -> bool:
    return bool(event["version"] == RELEASE.version)


def _slow(factor: float, only: str | None = None) -> Breaks:
    """The new version's runs take that many times as long, or one part of them does."""

    def change(events: Events, begun: datetime) -> None:
        for run in dict.fromkeys(event["run"] for event in events if _is_new(event)):
            own = [event for event in events if event["run"] == run]
            moments = [at(event) for event in own]
            shift = timedelta(0)
            for number, event in enumerate(own):
                if number and only in (None, event["step"]) and event["event"] != "step_started":
                    shift += (moments[number] - moments[number - 1]) * (factor - 1)
                event["time"] = (moments[number] + shift).isoformat(timespec="milliseconds")

    return logged(change)


def _deployed_just_now(world: World) -> None:
    now = datetime.now(UTC)
    starts = now - timedelta(hours=3.5)
    world.target["deployment"]["starts"] = starts.isoformat()
    reference.write_around(world.root, starts, now, (RELEASE.previous, RELEASE.version), RELEASE.parts)


def _fail_all(events: Events, begun: datetime) -> Events:
    """Every run of the new version fails in its first step."""
    kept = [event for event in events if not _is_new(event)]
    for run in dict.fromkeys(event["run"] for event in events if _is_new(event)):
        own = [event for event in events if event["run"] == run]
        place = of(own, run, "step_started", "1")
        failed = {**own[place], "event": "step_failed", "level": "error", "message": "no answer"}
        kept += [*own[: place + 1], failed, {**failed, "event": "run_failed", "step": None}]
    return kept


def _hidden(prefix: str) -> Breaks:
    """A sample run without the stories of one step."""

    def breaks(world: World) -> None:
        gone = [path for path in paths(world) if f"{prefix}-S" in path.read_text(encoding="utf-8").split("-->")[0]]
        assert gone
        for path in gone:
            path.unlink()

    return breaks


def _no_readme(world: World) -> None:
    for path in paths(world):
        path.unlink()
    (world.root / FOLDER / "README.md").write_text("# Stories\n\nTo come.\n", encoding="utf-8")


def _no_text(world: World) -> None:
    paths(world)[0].write_bytes(b"\xff\xfe" + bytes(40))


def _no_record(name: str) -> Breaks:
    return lambda world: records.path_of(world, name).unlink()


def _server(breaks: Breaks) -> Breaks:
    """Another server, which the baseline names as the one that was measured."""

    def change(world: World) -> None:
        breaks(world)
        url = world.target["knowledge"]["url"]
        baseline(lambda data: data["knowledge"].update(server=url))(world)

    return change


def _waits(answered: Answered) -> bytes | None:
    if answered.tool == "get_patterns":
        time.sleep(0.4)
    return None


def _refuses(answered: Answered) -> bytes | None:
    if answered.tool == "get_warnings":
        answered.message["result"] = {"isError": True, "content": [{"type": "text", "text": "the pool is empty"}]}
    return None


def _refuses_twice(answered: Answered) -> bytes | None:
    return _refuses(answered) if answered.number <= 2 else None


def _vague(text: str) -> str:
    return re.sub(r"^([0-9]+)\. .+$", r"\1. It works well", text, flags=re.MULTILINE)


def _one_vague(text: str) -> str:
    return re.sub(r"^1\. .+$", "1. The answer is fast enough, etc.", text, count=1, flags=re.MULTILINE)


def _unclear(text: str) -> str:
    return re.sub(r"^- \[ \] .*\((AC:[^)]*)\)$", r"- [ ] Do it properly (\1)", text, flags=re.MULTILINE)


def _no_draft(text: str) -> str:
    return re.sub(r"\b[A-Z]+-S[0-9]+\b", "a draft", text)


def _unread(world: World) -> None:
    path = world.root / world.target["executions"]
    path.write_text(f"{path.read_text(encoding='utf-8')}2026-01-06 what is th\n", encoding="utf-8")


STEP_FAULTS = (
    fault("a line that nobody can read", _unread, {"3.4.1": "degraded"}, "no valid JSON"),
    fault("no run since the deployment", logged(lambda events, _: [e for e in events if not _is_new(e)]), STEPS | PAGE,
          "since T-0", "no run since T-0"),
    fault("no run with step 5", logged(lambda events, _: [
        event for event in events if not _is_new(event) or event["run"] not in _trained(events)]), STEPS,
          "no completed run of 2.0.0 has step 5; it holds runs of rag-only"),
    fault("every run fails", logged(_fail_all), STEPS | PAGE, "none of these sound", "panel 'step durations' has no"),
    fault("a workflow of more than an hour", _slow(1.35), DEGRADED_STEPS, "workflow time: 6", "the limit is < 60 min"),
    fault("one step half as slow again", _slow(1.8, "3a"), STEPS, "performance degradation of step 3a",
          "the limit is ≤ 50 %"),
    fault("all steps half as slow again", _slow(1.7), STEPS, "performance degradation of step", "workflow time"),
    fault("a run with an odd clock", logged(lambda events, _: _clock_back(events)), DEGRADED_STEPS,
          "its clock goes back by", "its times do not count"),
    fault("measured three hours after the deployment", _deployed_just_now, DEGRADED_STEPS,
          "expected T+4 h or later"),
    fault("a baseline without step 4", baseline(lambda data: data["steps"]["parts"].pop("4")), STEPS,
          "steps.parts.4: missing; nothing to compare with"),
    fault("a baseline with a word for a time",
          baseline(lambda data: data["steps"]["parts"]["4"].update(minutes="four")), STEPS, "steps.parts.4.minutes"),
    fault("no execution log", target(lambda data: data.update(executions="nowhere")), STEPS | PAGE, "does not exist"),
    fault("a target without an execution log", target(lambda data: data.pop("executions")), STEPS | PAGE,
          "the target provides no execution log"),
)  # fmt: skip


def _trained(events: Events) -> set[str]:
    return {event["run"] for event in events if event["step"] == "5"}


def _clock_back(events: Events) -> None:
    number = of(events, "run-12", "log", "7")
    events[number]["time"] = (at(events[number]) - timedelta(minutes=20)).isoformat()


TOOL_FAULTS = (
    fault("no baseline", _no_record("baseline"), STEPS | TOOLS, "baseline.yaml", "is missing; expected it in"),
    fault("a baseline of the new version", baseline(lambda data: data["release"].update(version="2.0.0")),
          STEPS | TOOLS, "release.version: is '2.0.0'; expected '1.0.0', which ran before the deployment"),
    fault("a baseline from after the deployment", baseline(lambda data: data.update(
        captured=datetime.now(UTC).isoformat(timespec="seconds"))), STEPS | TOOLS,
          "expected a time before the deployment, T-0 is"),
    fault("a baseline of another workflow", baseline(lambda data: data["release"].update(name="other")), STEPS | TOOLS,
          "release.name: is 'other'"),
    fault("a baseline without a tool", baseline(lambda data: data["knowledge"]["tools"].pop("get_patterns")), TOOLS,
          "knowledge.tools.get_patterns: missing; nothing to compare with"),
    fault("a baseline of another server",
          baseline(lambda data: data["knowledge"].update(server="https://me:secret@old.example.com")), DEGRADED_TOOLS,
          "https://old.example.com was measured before the deployment"),
    fault("a tool half as slow again", _server(sick_answers(_waits)), TOOLS,
          "performance degradation of get_patterns: 1"),
    fault("a tool that gives errors", _server(sick_answers(_refuses)), TOOLS,
          "no response time of get_warnings: get_warnings('RAG architecture patterns'): answered with an error"),
    fault("a tool that gives errors at first", _server(sick_answers(_refuses_twice)), DEGRADED_TOOLS,
          "get_warnings: 3 of 5 calls were answered"),
    fault("a server that is down", _server(sick_wire({"*": answer(503)})), TOOLS | PAGE, "503",
          "panel 'response times' has no data"),
)  # fmt: skip

LIMITED = fault("a budget that is used up", _server(sick_wire({"*": limited(retry_after="3600")})),
                {"3.4.2": "missing", "3.4.4": "missing"}, "answered 429")  # fmt: skip

STORY_FAULTS = (
    fault("a target without stories", target(lambda data: data.pop("stories")), STORIES,
          "the target provides no stories of a sample run"),
    fault("no folder of stories", target(lambda data: data.update(stories="nowhere")), STORIES, "does not exist"),
    fault("a folder without stories", _no_readme, STORIES, "no story in it; expected those of a sample run"),
    fault("a step without stories", _hidden("RAG"), STORIES, "step 6 (RAG) left no story"),
    fault("a story of no step", stories(_no_draft), STORIES, "step 2 (ARCH) left no story", "names no draft of a step"),
    fault("a story without its tasks", story(0, lambda text: text.replace("## Tasks / Subtasks", "## Things to do")),
          DEGRADED_STORIES, "format compliance:", "section `## Tasks / Subtasks` is missing"),
    fault("most stories without a status", stories(lambda text: text.replace("Status: ready-for-dev", "")), STORIES,
          "0 % of the stories have BMAD's form; expected at least 50 %"),
    fault("a criterion that nobody can test", story(1, _one_vague), DEGRADED_STORIES, "criteria completeness:",
          "criterion 1 says 'fast enough'; expected what a test can decide"),
    fault("criteria that nobody can test", stories(_vague), STORIES, "expected at least 50 %", "says 'works well'"),
    fault("tasks that say nothing", stories(_unclear), STORIES, "the clarity of the tasks is 0.0 of 10"),
    fault("a placeholder in a story", story(2, lambda text: text.replace("## Dev Notes", "## Dev Notes\n\n{{later}}")),
          DEGRADED_STORIES, "placeholder {{later}} is left"),
    fault("a story that is no text", _no_text,
          DEGRADED_STORIES, "is UTF-16; expected UTF-8"),
)  # fmt: skip

PAGE_FAULTS = (
    fault("no feedback", _no_record("feedback"), PAGE, "panel 'feedback' has no data", "feedback.yaml"),
    fault("feedback without a report", records.with_record("feedback", lambda data: data.update(reports=[], issues=[])),
          PAGE, "panel 'feedback' has no data: reports: holds no report; expected the reports of users"),
    fault("feedback that breaks off", records.with_text("feedback", lambda text: text[: len(text) // 2]), PAGE,
          "panel 'feedback' has no data: no valid JSON"),
    fault("runs that have not ended yet", logged(lambda events, _: [event for event in events if not _is_new(event)
          or (event["event"], event["step"]) != ("run_completed", None)]), STEPS | PAGE,
          "panel 'error rates' has no data: no run has ended since T-0"),
    fault("deployment still to come", target(lambda data: data["deployment"].update(
        starts=(datetime.now(UTC) + timedelta(hours=2)).isoformat())), STEPS | TOOLS | STORIES | PAGE,
          "the deployment is still to come: T-0 is"),
    fault("no evidence", target(lambda data: data.pop("evidence")), STEPS | TOOLS | PAGE,
          "the target provides no evidence folder"),
    fault("no server", target(lambda data: data.pop("knowledge")), TOOLS | PAGE, "not testable"),
)  # fmt: skip

FAULTS = (*STEP_FAULTS, *TOOL_FAULTS, *STORY_FAULTS, *PAGE_FAULTS)


def dashboard(reports: Path) -> tuple[str, dict[str, Any]]:
    """The dashboard that a run left, page and figures."""
    folder = reports / "baseline"
    return (folder / "dashboard.html").read_text(encoding="utf-8"), json.loads(
        (folder / "dashboard.json").read_text(encoding="utf-8")
    )
