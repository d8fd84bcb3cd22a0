"""What the record of a deployment is held to, step by step, in the words that people get."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from fixtures.evidence.record import Record, RecordError
from fixtures.finding import Finding
from fixtures.repository import log
from fixtures.repository.log import DeploymentLog
from fixtures.schedule import Schedule
from fixtures.schema import Mistake

ARCHIVE = "workflow-v2.0.0.tar.gz"
SHA256 = "a" * 64
NOW = datetime(2026, 1, 6, 9, 30, tzinfo=UTC)


def _step(number: int, **values: object) -> dict[str, Any]:
    """A step of one minute, the first at 09:01."""
    times = {"started": f"2026-01-06T09:{number:02}:00Z", "ended": f"2026-01-06T09:{number + 1:02}:00Z"}
    return {"step": number, **times, **values}


EXTRACTED = {"command": f"tar -xzf {ARCHIVE}", "directory": "/srv/w/flow", "exit_status": 0}
VALIDATED = {"command": "./validate-workflow.sh", "output": "55/55 files valid", "exit_status": 0}
RECORD: dict[str, Any] = {
    "environment": "production",
    "outcome": "deployed",
    "release": {"name": "workflow", "version": "2.0.0", "previous": "1.0.0"},
    "package": {"file": f"/deployments/{ARCHIVE}", "sha256": SHA256},
    "repository": {"branch": "deploy/v2", "commit": "1" * 40},
    "backup": {"file": "/backups/workflow-v1.0.0-backup-20260106T090400Z.tar.gz", "sha256": SHA256},
    "started": "2026-01-06T09:01:00Z",
    "ended": "2026-01-06T09:09:00Z",
    "steps": [_step(1), _step(2, **EXTRACTED), *map(_step, (3, 4, 5)), _step(6, **VALIDATED), *map(_step, (7, 8))],
}


@dataclass(frozen=True)
class Release:
    """What the record has to agree with, and what a backup's name is made of."""

    name: str = "workflow"
    version: str = "2.0.0"
    previous: str = "1.0.0"
    tag: str = "v{version}"
    branch: str = "deploy/v{version}"
    backup: str = "/backups/workflow-v{previous}-backup-<timestamp>.tar.gz"


def _log(step: int = 0, /, without: str = "", mistakes: tuple[Mistake, ...] = (), **values: object) -> DeploymentLog:
    """The record with other values, of one of its steps where that is given."""
    data = deepcopy(RECORD)
    part = data["steps"][step - 1] if step else data
    part.update(values)
    part.pop(without, None)
    return DeploymentLog(Record("deployment.json", data, mistakes))


def _said(found: list[Finding]) -> list[str]:
    assert {(each.file, each.line) for each in found} <= {("deployment.json", None)}
    return [each.message for each in found]


def test_sound_record_gives_no_finding() -> None:
    sound = _log()

    found = [
        *(log.time_findings(sound, number) for number in range(1, 9)),
        log.total_findings(sound, 8),
        log.outcome_findings(sound, True, Release(), NOW),
        log.directory_findings(sound, "w/flow/", None),
        log.command_findings(sound, ARCHIVE, SHA256),
        log.validation_findings(sound, 55),
        log.validated_last_findings(sound),
    ]

    assert found == [[]] * 14
    assert (sound.step(3).number, sound.step(3).index, sound.step(3).minutes) == (3, 2, 1.0)


def test_step_is_there_once_and_right() -> None:
    twice = _log(steps=[*RECORD["steps"], _step(3)])
    none = _log(steps=None)
    odd = _log(steps=["a step", *RECORD["steps"]])
    message = "steps: step 3 of the plan's section 2.2"

    assert odd.step(3).index == 3
    for wrong, says in ((twice, f"{message} is there 2 times"), (none, f"{message} is missing")):
        with pytest.raises(RecordError) as error:
            wrong.step(3)
        assert error.value.findings == (Finding("deployment.json", None, says),)


def test_mistake_counts_only_in_its_own_step() -> None:
    mistakes = (Mistake(("steps", 2, "started"), "is no moment"), Mistake(("started",), "is no moment"))
    wrong = _log(mistakes=mistakes)

    assert wrong.step(2).number == 2
    with pytest.raises(RecordError) as error:
        wrong.step(3)
    assert error.value.findings == (Finding("deployment.json", None, "steps[2].started: is no moment"),)


TIMES: list[tuple[int, dict[str, object], int, list[str]]] = [
    (3, {"ended": "2026-01-06T09:03:00Z"}, 3, []),
    (
        3,
        {"ended": "2026-01-06T09:02:59Z"},
        3,
        ["steps[2].ended: ends at 2026-01-06T09:02:59Z, before it starts"],
    ),
    (
        3,
        {"started": "2026-01-06T09:02:59Z"},
        3,
        [
            "steps[2].started: step 3 starts at 2026-01-06T09:02:59Z, before step 2 ends (2026-01-06T09:03:00Z)",
        ],
    ),
    (
        2,
        {"started": "2026-01-06T09:01:00Z"},
        2,
        ["steps[1].started: step 2 starts at 2026-01-06T09:01:00Z, before step 1 ends (2026-01-06T09:02:00Z)"],
    ),
    (1, {"started": "2026-01-06T08:00:00Z"}, 1, []),
    (2, {"step": 12}, 3, []),
]


@pytest.mark.parametrize(("step", "values", "asked", "says"), TIMES)
def test_steps_follow_each_other(step: int, values: dict[str, Any], asked: int, says: list[str]) -> None:
    assert _said(log.time_findings(_log(step, **values), asked)) == says


def test_deployment_takes_as_long_as_the_plan_gives_it_and_its_steps_lie_inside() -> None:
    assert _said(log.total_findings(_log(), 7.5)) == ["ended: the deployment took 8.0 min; the plan gives it 7.5 min"]
    span = "its steps lie outside of it: 2026-01-06T09:01:00Z to 2026-01-06T09:09:00Z"
    assert _said(log.total_findings(_log(started="2026-01-06T09:01:01Z"), 45)) == [f"started: {span}"]
    assert _said(log.total_findings(_log(ended="2026-01-06T09:08:59Z"), 45)) == [f"ended: {span}"]


EARLY: list[tuple[dict[str, object], str, bool]] = [
    ({}, "2026-01-06T10:01:00+01:00", False),
    ({}, "2026-01-06T10:06:00+01:00", False),  # clocks of two machines
    ({}, "2026-01-06T10:06:01+01:00", True),
    ({"environment": "staging"}, "2026-01-07T09:00:00+01:00", False),
]


@pytest.mark.parametrize(("values", "starts", "early"), EARLY)
def test_deployment_begins_at_t_zero(values: dict[str, Any], starts: str, early: bool) -> None:
    schedule = Schedule(datetime.fromisoformat(starts))
    said = (
        "started: 2026-01-06T09:01:00Z is before T-0, 2026-01-06T10:06+01:00; look at the record, and at "
        "deployment.starts of the target"
    )

    assert _said(log.early_findings(_log(**values), schedule)) == [said] * early
    assert log.early_findings(_log(**values), None) == []


# The deployment is of 09:01 to 09:09.
MADE: list[tuple[str, str, str]] = [
    ("2026-01-06T08:56:00Z", "", ""),
    ("2026-01-06T09:14:00Z", "", ""),
    ("2026-01-06T08:55:59Z", "started", "before the deployment began"),
    ("2025-01-06T09:05:00Z", "started", "before the deployment began"),
    ("2026-01-06T09:14:01Z", "ended", "after the deployment had ended"),
    ("2026-01-07T09:09:00Z", "ended", "after the deployment had ended"),
]


@pytest.mark.parametrize(("made", "key", "says"), MADE)
def test_commit_was_made_while_the_deployment_went_on(made: str, key: str, says: str) -> None:
    when = datetime.fromisoformat(made)
    said = [f"{key}: {RECORD[key]}, and git has the commit 1111 of {made}, {says}"] if says else []

    assert _said(log.odd_commit_findings(_log(), when, "1111")) == said
    assert log.impossible_commit_findings(_log(), when, "1111") == []


def test_commit_that_was_made_days_later_is_of_another_deployment() -> None:
    when = datetime(2026, 1, 7, 9, 9, 1, tzinfo=UTC)

    assert log.odd_commit_findings(_log(), when, "1111") == []
    assert _said(log.impossible_commit_findings(_log(), when, "1111")) == [
        "ended: 2026-01-06T09:09:00Z, and git has the commit 1111 of 2026-01-07T09:09:01Z; expected the record of that "
        "deployment"
    ]
    assert log.odd_commit_findings(_log(), None, "1") == log.impossible_commit_findings(_log(), None, "1") == []


def test_record_and_repository_say_the_same() -> None:
    told = {"branch": "deploy/v2", "commit": "2" * 40, "tag": "v2"}

    assert _said(log.repository_findings(_log(), told)) == [
        f"repository.commit: is {'1' * 40}; the repository says {'2' * 40}"
    ]


OUTCOMES: list[tuple[dict[str, object], bool, list[str]]] = [
    ({"environment": "staging"}, False, []),
    ({"environment": "staging"}, True, ["environment: is about staging; expected production"]),
    (
        {"outcome": "stopped"},
        True,
        ["outcome: says that it was stopped; expected a deployment that went through"],
    ),
    (
        {"release": {"name": "flow", "version": "2.0.1", "previous": "0.9.0"}},
        True,
        [
            "release.name: is flow; expected workflow",
            "release.version: is 2.0.1; expected 2.0.0",
            "release.previous: is 0.9.0; expected 1.0.0",
        ],
    ),
    ({"ended": "2026-01-06T09:35:00Z"}, True, []),
    ({"ended": "2026-01-06T09:35:01Z"}, True, ["ended: 2026-01-06T09:35:01Z is still to come"]),
]


@pytest.mark.parametrize(("values", "production", "says"), OUTCOMES)
def test_record_is_of_this_release_in_its_place(values: dict[str, Any], production: bool, says: list[str]) -> None:
    assert _said(log.outcome_findings(_log(**values), production, Release(), NOW)) == says


DIRECTORIES: list[tuple[str, str, Path | None, list[str]]] = [
    ("", "w/flow/", None, ["missing; expected the directory that the package was extracted into"]),
    (
        "/srv/flow",
        "w/flow/",
        Path("/srv"),
        ["the package was extracted into /srv/flow; expected the workflow's folder, w/flow/"],
    ),
    (
        "/srv/other",
        "",
        Path("/srv"),
        ["the package was extracted into /srv/other; expected the workflow's folder, /srv"],
    ),
    ("/home/dana/srv", "", Path("/srv"), []),
    ("/srv/x/..", "", Path("/srv"), []),
    ("/anywhere", "", None, []),
    ("/home/dana/team/w/flow", "w/flow/", None, []),
    ("C:\\team\\w\\flow", "w/flow/", None, []),
]


@pytest.mark.parametrize(("directory", "folder", "top", "says"), DIRECTORIES)
def test_package_is_extracted_into_the_workflow_s_folder(
    directory: str, folder: str, top: Path | None, says: list[str]
) -> None:
    found = log.directory_findings(_log(2, directory=directory), folder, top)

    assert _said(found) == [f"steps[1].directory: {each}" for each in says]


COMMANDS: list[tuple[dict[str, object], list[str]]] = [
    ({"command": f"tar -x -v -z -f {ARCHIVE}"}, []),
    ({"command": f"gtar xzf {ARCHIVE}"}, []),
    ({"command": f"tar Xxzf {ARCHIVE}"}, []),
    ({"command": f"tar --verbose --extract --gzip --file {ARCHIVE}"}, []),
    (
        {"command": f"tar -v xzf {ARCHIVE}"},
        [f"steps[1].command: 'tar -v xzf {ARCHIVE}' is not the planned one: tar -xzf {ARCHIVE}"],
    ),
    (
        {"command": f"tar --xzf-all {ARCHIVE}"},
        [f"steps[1].command: 'tar --xzf-all {ARCHIVE}' is not the planned one: tar -xzf {ARCHIVE}"],
    ),
    ({"command": f"tar --extract --ungzip --file {ARCHIVE}"}, []),
    ({"command": f"bsdtar --get --gunzip --file={ARCHIVE} {ARCHIVE}"}, []),
    (
        {"command": ""},
        [f"steps[1].command: 'no command' is not the planned one: tar -xzf {ARCHIVE}"],
    ),
    (
        {"command": f"tar -xf {ARCHIVE} xz"},
        [f"steps[1].command: 'tar -xf {ARCHIVE} xz' is not the planned one: tar -xzf {ARCHIVE}"],
    ),
    (
        {"command": f"xzf {ARCHIVE}"},
        [f"steps[1].command: 'xzf {ARCHIVE}' is not the planned one: tar -xzf {ARCHIVE}"],
    ),
    (
        {"command": "tar -xzf other.tar.gz"},
        [f"steps[1].command: does not unpack {ARCHIVE}: 'tar -xzf other.tar.gz'"],
    ),
    ({"exit_status": 2}, ["steps[1].exit_status: the command ended with 2; expected 0"]),
    ({"exit_status": None}, ["steps[1].exit_status: missing; expected the exit status of the command"]),
]


@pytest.mark.parametrize(("values", "says"), COMMANDS)
def test_package_is_unpacked_by_the_planned_command(values: dict[str, Any], says: list[str]) -> None:
    assert _said(log.command_findings(_log(2, **values), ARCHIVE, SHA256)) == says


def test_step_without_its_command_is_told_so() -> None:
    assert _said(log.command_findings(_log(2, without="command"), ARCHIVE, SHA256)) == [
        f"steps[1].command: 'no command' is not the planned one: tar -xzf {ARCHIVE}"
    ]
    assert _said(log.validation_findings(_log(6, without="command"), 55)) == [
        "steps[5].command: 'no command' does not run validate-workflow.sh"
    ]
    assert _said(log.validation_findings(_log(6, without="output"), 55)) == [
        "steps[5].output: '' counts no files; expected the command's own words, such as 55/55 files valid"
    ]


def test_package_that_was_unpacked_is_this_one() -> None:
    package = {"file": "/deployments/other.tar.gz", "sha256": "b" * 64}

    assert _said(log.command_findings(_log(package=package), ARCHIVE, SHA256)) == [
        f"package.file: is /deployments/other.tar.gz; expected {ARCHIVE}",
        f"package.sha256: is bbbbbbbbbbbbbbbb…; the package {ARCHIVE} has aaaaaaaaaaaaaaaa…",
    ]


VALIDATIONS: list[tuple[dict[str, object], list[str]]] = [
    ({"output": "ok: ALL 55 FILES VALID"}, []),
    ({"output": "55 / 55 files"}, []),
    ({"output": "54/55 files valid"}, ["output: counts '54/55 files'; expected 55/55 files valid"]),
    ({"output": "55/54 files valid"}, ["output: counts '55/54 files'; expected 55/55 files valid"]),
    (
        {"output": "fine"},
        ["output: 'fine' counts no files; expected the command's own words, such as 55/55 files valid"],
    ),
    ({"command": "make check"}, ["command: 'make check' does not run validate-workflow.sh"]),
    ({"exit_status": 1}, ["exit_status: the command ended with 1; expected 0"]),
]


@pytest.mark.parametrize(("values", "says"), VALIDATIONS)
def test_validation_counted_every_file(values: dict[str, Any], says: list[str]) -> None:
    found = log.validation_findings(_log(6, **values), 55)

    assert _said(found) == [f"steps[5].{each}" for each in says]


def test_files_are_validated_after_they_were_changed() -> None:
    message = "steps[5].started: the validation starts at 2026-01-06T09:04:59Z, before step {} ends"
    early = _log(6, started="2026-01-06T09:04:59Z")

    assert _said(log.validated_last_findings(early)) == [message.format(4), message.format(5)]
    assert log.validated_last_findings(_log(6, started="2026-01-06T09:06:00Z")) == []
