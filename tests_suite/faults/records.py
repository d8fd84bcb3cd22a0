"""A world with everything that the pre-deployment gates ask for: package, backup, schedule, contacts and records."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from fixtures import reference
from fixtures.package.checksumfile import digest_of
from fixtures.reference import records
from fixtures.reference.records import Facts
from fixtures.schedule import Schedule
from gate import checklist
from tests_suite.faults import backup, packed
from tests_suite.faults.world import World

EVIDENCE = "evidence"
Change = Callable[[dict[str, Any]], object]


def scheduled(world: World, schedule: Schedule) -> Facts:
    """Give a world a deployment, users and contacts; the answer is what its records say, of no package yet."""
    world.target.update(
        evidence=EVIDENCE,
        deployment={"starts": schedule.starts.isoformat(), "time_zone": "UTC"},
        users=list(reference.USERS),
        contacts=[dict(contact) for contact in reference.CONTACTS],
    )
    return Facts(
        now=datetime.now(UTC),
        schedule=schedule,
        release=checklist.load().release,
        contacts=reference.CONTACTS,
        users=reference.USERS,
        package_file="",
        package_sha256="",
    )


def put(*path: str | int, to: Any) -> Change:
    """A change that sets one value of a record."""

    def change(data: Any) -> None:
        for part in path[:-1]:
            data = data[part]
        data[path[-1]] = to

    return change


def recorded(world: World) -> Facts:
    """Give a world its package, backup, schedule, users, contacts and records; what the records say is the answer."""
    package = packed.packaged(world)
    backup.store(world)
    facts = scheduled(world, Schedule(reference.next_deployment(), "UTC"))
    facts = replace(facts, package_file=package.archive.name, package_sha256=digest_of(package.archive))
    records.make(world.root / EVIDENCE, facts)
    url = str(world.target["knowledge"]["url"])
    records.make(world.root / EVIDENCE, replace(facts, knowledge_urls=(url, url)), ["baseline"])
    return facts


def path_of(world: World, name: str) -> Path:
    """Where a record of a world lies."""
    return world.root / EVIDENCE / f"{name}.json"


def with_record(name: str, change: Callable[[dict[str, Any]], object]) -> Callable[[World], None]:
    """A world that has a record changed; the change gets the record's data to alter."""

    def breaks(world: World) -> None:
        path = path_of(world, name)
        data = json.loads(path.read_text(encoding="utf-8"))
        change(data)
        path.write_text(json.dumps(data, indent=1), encoding="utf-8")

    return breaks


def with_text(name: str, change: Callable[[str], str]) -> Callable[[World], None]:
    """A world that has the bytes of a record changed."""

    def breaks(world: World) -> None:
        path = path_of(world, name)
        path.write_text(change(path.read_text(encoding="utf-8")), encoding="utf-8")

    return breaks


def measured_there(world: World) -> None:
    """The baseline is one of the server that the target names now."""
    url = world.target["knowledge"]["url"]
    with_record("baseline", lambda data: data["knowledge"].update(server=url))(world)
