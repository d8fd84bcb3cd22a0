"""Faults of the deployment record: the steps' durations and order, and the commands that were run (2.2)."""

from __future__ import annotations

import gzip
import shutil
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from fixtures.package.build import beside
from fixtures.package.checksumfile import digest_of
from tests_suite.faults import packed
from tests_suite.faults.deployed import BRANCH, follow, git, provide, record, repository_of
from tests_suite.faults.world import SUITE, Fault, World

DURATIONS = ("2.2.1.3", "2.2.2.3", "2.2.3.4", "2.2.4.8", "2.2.5.4", "2.2.6.4", "2.2.7.2", "2.2.8.3")  # by step
LIMITS = (1, 1, 2, 2, 2, 2, 1, 1)  # minutes (plan 2.2)
RECORDED = dict.fromkeys(
    ("2.2.1.2", "2.2.2.1", "2.2.2.2", "2.2.3.2", "2.2.3.3", "2.2.6.1", "2.2.6.2", *DURATIONS), "failed"
)
COMMAND, VALIDATION = {"2.2.2.2": "failed"}, {"2.2.6.2": "failed"}
TEMPLATE = SUITE / "fixtures" / "evidence" / "templates" / "deployment.yaml"
Data = dict[str, Any]


def recorded(change: Callable[[Data], object]) -> Callable[[World], None]:
    """A deployment that was recorded otherwise."""

    def breaks(world: World) -> None:
        provide(world)
        record(world, change)

    return breaks


def _step(number: int, **values: object) -> Callable[[World], None]:
    return recorded(lambda data: data["steps"][number - 1].update(values))


def _later(text: str, minutes: float) -> str:
    return (datetime.fromisoformat(text) + timedelta(minutes=minutes)).isoformat()


def slow(number: int, minutes: float) -> Callable[[World], None]:
    """A step that took so much longer; everything after it was later by as much."""

    def change(data: Data) -> None:
        step = data["steps"][number - 1]
        step["ended"] = _later(step["ended"], minutes)
        for each in data["steps"][number:]:
            each.update(started=_later(each["started"], minutes), ended=_later(each["ended"], minutes))
        data["ended"] = _later(data["ended"], minutes)

    return recorded(change)


def _shift(data: Data, minutes: float) -> None:
    """Let all of a record be earlier or later."""
    for each in (data, *data["steps"]):
        each.update(started=_later(each["started"], minutes), ended=_later(each["ended"], minutes))


def _committed_later(world: World) -> None:
    """Amended when it was over."""
    provide(world)
    repository = repository_of(world)
    then = int(datetime.fromisoformat("2026-01-06T09:23:00Z").timestamp())
    raw = git(repository, "cat-file", "commit", "HEAD").replace(f"> {then} +0000\n\n", f"> {then + 1200} +0000\n\n")
    later = git(repository, "hash-object", "-t", "commit", "-w", "--stdin", given=f"{raw}\n")
    git(repository, "update-ref", f"refs/heads/{BRANCH}", later)
    follow(world)


def _scheduled(starts: str) -> Callable[[World], None]:
    def breaks(world: World) -> None:
        provide(world)
        world.target["deployment"] = {"starts": starts, "time_zone": "UTC"}

    return breaks


def _pause(data: Data) -> None:
    for each in data["steps"][7:]:
        each.update(started=_later(each["started"], 12), ended=_later(each["ended"], 12))
    data["ended"] = _later(data["ended"], 12)


def _text(change: Callable[[str], str]) -> Callable[[World], None]:
    def breaks(world: World) -> None:
        provide(world)
        path = _path(world)
        path.write_text(change(path.read_text("utf-8")), "utf-8")

    return breaks


def _path(world: World) -> Path:
    return world.root / "evidence" / "deployment.yaml"


def _none(world: World) -> None:
    provide(world)
    _path(world).unlink()


def _no_evidence(world: World) -> None:
    provide(world)
    del world.target["evidence"]


def _unfilled(world: World) -> None:
    provide(world)
    shutil.copy(TEMPLATE, _path(world))


def _other_archive(change: Callable[[bytes], bytes]) -> Callable[[World], None]:
    """An archive that is not its manifest's, with a checksum and a record that name it as it is."""

    def breaks(world: World) -> None:
        provide(world)
        package = beside(world.root / str(world.target["package"]))
        package.archive.write_bytes(change(package.archive.read_bytes()))
        packed.seal(package)
        record(world, lambda data: data["package"].update(sha256=digest_of(package.archive)))

    return breaks


def _as_production(world: World) -> None:
    world.target["production"] = True
    recorded(lambda data: data.update(environment="staging"))(world)


FAULTS = [
    *(
        Fault(
            f"step {number} took long",
            slow(number, limit),
            {item: "degraded"},
            (f"step duration: {limit + 0.5:g} min, the limit is < {limit} min",),
        )
        for number, (item, limit) in enumerate(zip(DURATIONS, LIMITS, strict=True), 1)
    ),
    Fault(
        "the whole deployment took long",
        recorded(_pause),
        {"2.2.8.3": "degraded"},
        ("ended: the deployment took 20.0 min; the plan gives it 15 min",),
    ),
    *(
        Fault(
            f"the record says that it was {outcome}",
            recorded(lambda data, outcome=outcome: data.update(outcome=outcome)),  # type: ignore[misc]
            {"2.2.1.2": "failed"},
            (f"outcome: says that it was {outcome}",),
        )
        for outcome in ("stopped", "rolled back")
    ),
    Fault(
        "the archive is cut short",
        _other_archive(lambda raw: raw[:2000]),
        {"2.2.2.4": "failed"},
        ("2.2.2.4",),
    ),
    Fault(
        "the archive is of another build than its manifest",
        _other_archive(lambda raw: gzip.compress(gzip.decompress(raw).replace(b"quality gate", b"quality-gate"))),
        {"2.2.2.4": "failed"},
        ("2.2.2.4", "archive.sha256"),
    ),
    Fault(
        "the record is of another release",
        recorded(lambda data: data["release"].update(version="9.9.9")),
        {"2.2.1.2": "failed"},
        ("release.version: is 9.9.9; expected 2.0.0",),
    ),
    Fault(
        "the deployment ends in the future",
        recorded(lambda data: data.update(ended="2099-01-01T00:00:00Z")),
        {"2.2.1.2": "failed", "2.2.8.3": "degraded"},
        ("ended: 2099-01-01T00:00:00Z is still to come",),
    ),
    Fault(
        "the record is of staging, and the target is production",
        _as_production,
        {"2.2.1.2": "failed"},
        ("environment: is about staging; expected production",),
    ),
    Fault(
        "the record is of a year before",
        recorded(lambda data: _shift(data, -365 * 24 * 60)),
        {"2.2.7.2": "failed", "2.2.3.2": "failed"},
        ("ended: 2025-01-06T09:23:00+00:00, and git has the commit", "expected the record of that deployment"),
    ),
    Fault(
        "the commit was made before the deployment",
        recorded(lambda data: _shift(data, 2 * 24 * 60)),
        {"2.2.7.2": "degraded"},
        ("of 2026-01-06T09:23:00Z, before the deployment began",),
    ),
    Fault(
        "the commit was made after the deployment",
        _committed_later,
        {"2.2.7.2": "degraded"},
        ("of 2026-01-06T09:43:00Z, after the deployment had ended",),
    ),
    Fault(
        "the deployment began before its time",
        _scheduled("2026-01-06T10:00:00Z"),
        {"2.2.8.3": "degraded"},
        ("started: 2026-01-06T09:15:00Z is before T-0, 2026-01-06T10:00+00:00 (UTC)",),
    ),
    Fault(
        "steps lie outside of the deployment",
        recorded(lambda data: data.update(started="2026-01-06T09:20:00Z")),
        {"2.2.8.3": "degraded"},
        ("its steps lie outside of it",),
    ),
    Fault(
        "a step ends before it starts",
        _step(3, ended="2026-01-06T09:10:00Z"),
        {"2.2.3.4": "failed"},
        ("steps[2].ended: ends at 2026-01-06T09:10:00Z, before it starts",),
    ),
    Fault(
        "two steps overlap",
        _step(5, started="2026-01-06T09:18:20Z"),
        {"2.2.5.4": "failed"},
        ("step 5 starts at 2026-01-06T09:18:20Z, before step 4 ends",),
    ),
    Fault(
        "a step was not logged",
        recorded(lambda data: data["steps"].pop(6)),
        {"2.2.7.2": "failed"},
        ("steps: step 7 of the plan's section 2.2 is missing",),
    ),
    Fault(
        "a step was logged twice",
        recorded(lambda data: data["steps"][6].update(step=8)),
        {"2.2.7.2": "failed", "2.2.8.3": "failed"},
        ("step 8 of the plan's section 2.2 is there 2 times",),
    ),
    Fault(
        "a time has no time zone",
        _step(7, started="2026-01-06T09:21:00"),
        {"2.2.7.2": "failed"},
        ("steps[6].started: found '2026-01-06T09:21:00', expected a point in time with its time zone",),
    ),
    Fault("there is no record", _none, RECORDED, ("deployment.yaml:: is missing", "templates/deployment.yaml")),
    Fault("there is no folder of records", _no_evidence, RECORDED, ("provides no evidence folder",)),
    Fault("the record is not filled in", _unfilled, RECORDED, ("repository.commit: is not filled in",)),
    Fault("the record is no YAML", _text(lambda text: f"{text}\n]"), RECORDED, ("no valid YAML",)),
    Fault("the record is empty", _text(lambda text: "# to do\n"), RECORDED, ("holds nothing; expected keys",)),
    Fault(
        "the record has no backup",
        recorded(lambda data: data.pop("backup")),
        {"2.2.3.2": "failed", "2.2.3.3": "failed"},
        ("backup: missing",),
    ),
    Fault(
        "the package was unzipped",
        _step(2, command="unzip package.zip"),
        COMMAND,
        ("is not the planned one: tar -xzf",),
    ),
    Fault(
        "the package was only listed",
        _step(2, command="tar -tzf ai-engineering-workflow-v2.0.0.tar.gz"),
        COMMAND,
        ("is not the planned one",),
    ),
    Fault(
        "another archive was extracted",
        _step(2, command="tar -xzf ai-engineering-workflow-v1.9.0.tar.gz"),
        COMMAND,
        ("does not unpack ai-engineering-workflow-v2.0.0.tar.gz",),
    ),
    Fault("the extraction failed", _step(2, exit_status=2), COMMAND, ("the command ended with 2; expected 0",)),
    Fault(
        "nobody noted how the extraction ended",
        recorded(lambda data: data["steps"][1].pop("exit_status")),
        COMMAND,
        ("steps[1].exit_status: missing",),
    ),
    Fault(
        "the package was another one",
        recorded(lambda data: data["package"].update(sha256="0" * 64)),
        COMMAND,
        ("package.sha256: is 0000000000000000",),
    ),
    Fault(
        "the package had another name",
        recorded(lambda data: data["package"].update(file="workflow.tar.gz")),
        COMMAND,
        ("package.file: is workflow.tar.gz",),
    ),
    Fault("another tool validated", _step(6, command="yamllint ."), VALIDATION, ("does not run validate-workflow.sh",)),
    Fault("the validation failed", _step(6, exit_status=1), VALIDATION, ("the command ended with 1",)),
    Fault(
        "a file was not valid",
        _step(6, output="54/55 files valid"),
        VALIDATION,
        ("counts '54/55 files'; expected 55/55 files valid",),
    ),
    Fault("the validation said nothing", _step(6, output="ok"), VALIDATION, ("'ok' counts no files",)),
    Fault(
        "the validation was too early",
        _step(6, started="2026-01-06T09:18:00Z"),
        {"2.2.6.1": "failed", "2.2.6.4": "failed"},
        ("the validation starts at 2026-01-06T09:18:00Z, before step 4 ends", "before step 5 ends"),
    ),
]
