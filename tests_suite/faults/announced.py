"""A world whose deployment is over, with the records of what came afterwards, and the making of faults in them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from fixtures import reference
from fixtures.reference import records as reference_records
from fixtures.reference.records import POSTDEPLOY, Facts
from fixtures.schedule import Schedule
from tests_suite.faults.records import EVIDENCE, Change, path_of, put, scheduled, with_record, with_text
from tests_suite.faults.sick_server import Behaviour, SickServer
from tests_suite.faults.world import Fault, World

NOWHERE = "http://127.0.0.1:9"
SECRET = "s3cret-words"
MOMENT = re.compile(r"<(T|now|day)([+-][\d.]+)>")  # in UTC, hours from T-0 or from now
Trips = dict[str, str]


def announced(world: World) -> Facts:
    """Give a world a deployment of yesterday, users, contacts and the three records; what they say is the answer."""
    # Nothing of what comes after the deployment is about the package.
    facts = scheduled(world, Schedule(reference.last_deployment(), "UTC"))
    reference_records.make(world.root / EVIDENCE, facts, POSTDEPLOY)
    return facts


def at(hours: float) -> str:
    """A moment that many hours from T-0, as records write it."""
    return f"<T{hours:+}>"


def now(hours: float) -> str:
    """A moment that many hours from now."""
    return f"<now{hours:+}>"


def day(hours: float) -> str:
    """The day that many hours from T-0, as records write it."""
    return f"<day{hours:+}>"


def both(*changes: Change) -> Change:
    """Several changes."""
    return lambda data: [change(data) for change in changes]


def drop(*path: str | int) -> Change:
    """A change that takes one value out of a record."""

    def change(data: Any) -> None:
        for part in path[:-1]:
            data = data[part]
        del data[path[-1]]

    return change


def add(*path: str | int, number: int = 0, **values: Any) -> Change:
    """A change that adds an entry like another one of its list, with other values."""

    def change(data: Any) -> None:
        for part in path:
            data = data[part]
        data.append({**data[number], **values})

    return change


def worded(*path: str | int, old: str, new: str) -> Change:
    """A change of the wording of one text."""

    def change(data: Any) -> None:
        for part in path[:-1]:
            data = data[part]
        assert old in data[path[-1]], f"{old!r} is not in {path}"
        data[path[-1]] = data[path[-1]].replace(old, new)

    return change


@dataclass(frozen=True)
class Faults:
    """Makes the faults of one of the three gates, which has a record of the same name."""

    gate: str

    def of(self, name: str, breaks: Callable[[World], object], trips: Trips, *says: str) -> Fault:
        """One fault."""
        return Fault(f"{self.gate}: {name}", lambda world: (breaks(world), None)[1], trips, says, self.gate)

    def changed(self, name: str, change: Change, trips: Trips, *says: str) -> Fault:
        """A fault that changes the record."""
        return self.of(name, self.changing(change), trips, *says)

    def target(self, name: str, change: Change, trips: Trips, *says: str) -> Fault:
        """A fault that changes what the target says."""
        return self.of(name, lambda world: change(world.target), trips, *says)

    def changing(self, change: Change) -> Callable[[World], None]:
        """A change of the record in which `at`, `now` and `day` stand for what they are in this world."""

        def breaks(world: World) -> None:
            starts = datetime.fromisoformat(world.target["deployment"]["starts"])
            with_record(self.gate, change)(world)
            with_text(self.gate, lambda text: MOMENT.sub(lambda match: _moment(match, starts), text))(world)

        return breaks

    def page(self, behaviour: Behaviour, *path: str | int, without: str = "") -> Callable[[World], None]:
        """A page of a server of its own in the place of a link; `without` is the key that stood there instead."""

        def breaks(world: World) -> None:
            server = world.running.enter_context(SickServer(NOWHERE, {"*": behaviour}))
            link = put(*path, to=f"{server.url}/page?token={SECRET}")
            gone = drop(*path[:-1], without) if without else lambda _: None
            self.changing(both(gone, link))(world)

        return breaks

    def wholes(self, trips: Trips, key: str) -> tuple[Fault, ...]:
        """Faults of the whole record and of the target, which trip all items."""
        return (
            self.of("missing", lambda world: path_of(world, self.gate).unlink(), trips,
                    f"copy fixtures/evidence/templates/{self.gate}"),
            self.of("no JSON", with_text(self.gate, lambda text: text[:-3]), trips, "no valid JSON"),
            self.of("a list", with_text(self.gate, lambda text: "[1, 2]"), trips, "expected keys and values"),
            self.changed("unknown part", lambda data: data.update({f"{key}x": 1}), trips,
                         f"{key}x: unknown key; did you mean {key}?"),
            self.target("no deployment", drop("deployment"), trips, "no time of the deployment"),
            self.target("no evidence", drop("evidence"), trips, "the target provides no evidence folder"),
            self.of("deployment still to come", _still_to_come, trips, "the deployment is still to come: T-0 is"),
        )  # fmt: skip


def _still_to_come(world: World) -> None:
    world.target["deployment"]["starts"] = (datetime.now(UTC) + timedelta(hours=2)).isoformat()


def _moment(match: re.Match[str], starts: datetime) -> str:
    wanted = (datetime.now(UTC) if match[1] == "now" else starts) + timedelta(hours=float(match[2]))
    return wanted.strftime("%Y-%m-%d" if match[1] == "day" else "%Y-%m-%dT%H:%M:%S+00:00")


def as_yaml(world: World, name: str) -> None:
    """The same record as people write it."""
    import yaml

    path = path_of(world, name)
    path.with_suffix(".yaml").write_text(yaml.safe_dump(json.loads(path.read_text(encoding="utf-8"))), encoding="utf-8")
    path.unlink()
