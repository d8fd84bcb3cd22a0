"""Faults of the staging environment and of what was rehearsed there (1.2)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from tests_suite.faults.records import Change, path_of, put, with_record
from tests_suite.faults.servers import HEALTHY_STATE
from tests_suite.faults.sick_server import SickServer, answer
from tests_suite.faults.staged import FOLDER, seal, verdict_path
from tests_suite.faults.world import Fault, World, edit

Breaks = Callable[[World], object]
OTHER = "0" * 63 + "1"
STEP = f"{FOLDER}/workflow/steps/3-inference/step-06-rag-specialist.md"


def fault(item: str, name: str, breaks: Breaks, *says: str, outcome: str = "failed") -> Fault:
    """A fault that trips these items, named with spaces between them, to the same outcome."""

    def change(world: World) -> None:
        breaks(world)

    trips = dict.fromkeys(item.split(), outcome)
    return Fault(f"staging: {name}", change, trips, says, "staging")


def _described(item: str, name: str, change: Change, *says: str) -> Fault:
    return fault(item, name, with_record("environments", change), *says)


def hours(ahead: float) -> str:
    """A moment some hours ahead of now, as records write it."""
    return (datetime.now(UTC) + timedelta(hours=ahead)).isoformat(timespec="seconds")


def target(**values: Any) -> Breaks:
    """Other values in the target's staging."""
    return lambda world: world.target["staging"].update(values)


def untarget(key: str) -> Breaks:
    """A key that the target's staging lacks."""
    return lambda world: world.target["staging"].pop(key)


def _sick(behaviours: dict[str, Any]) -> Breaks:
    """Staging's server misbehaves; the record and the clients there name it all the same."""

    def breaks(world: World) -> None:
        server = world.running.enter_context(SickServer(world.target["staging"]["knowledge"]["url"], behaviours))
        move(world, server.url)

    return breaks


def move(world: World, url: str) -> None:
    """Staging's server has another address, and everything that names it knows."""
    old = str(world.target["staging"]["knowledge"]["url"])
    world.target["staging"]["knowledge"]["url"] = url
    for path in (path_of(world, "environments"), world.root / FOLDER / "client.json", verdict_path(world)):
        edit(path, old, url, count=-1)
    seal(verdict_path(world).parent)


def _setting(name: str, value: object) -> Change:
    """One more setting, with the same value in both environments."""
    return lambda data: [data[side]["config"].update({name: value}) for side in ("production", "staging")]


def _difference(number: int, **values: Any) -> Change:
    return lambda data: data["differences"][number].update(values)


MIRROR: Sequence[Fault] = (
    _described(
        "1.2.1", "more memory", put("staging", "host", "memory_gb", to=64), "host.memory_gb is 16 in production and 64"
    ),
    _described(
        "1.2.1", "another setting", put("staging", "config", "log_level", to="debug"), "config.log_level is 'info'"
    ),
    _described(
        "1.2.1",
        "a setting that production lacks",
        put("staging", "config", "turbo", to=True),
        "config.turbo is absent in production",
    ),
    _described(
        "1.2.1",
        "a setting that staging lacks",
        lambda data: data["staging"]["config"].pop("max_stories"),
        "config.max_stories is 60",
    ),
    _described(
        "1.2.1",
        "a number as a text",
        put("staging", "config", "max_stories", to="60"),
        "config.max_stories is 60 in production and '60'",
    ),
    _described(
        "1.2.1",
        "a truth as a number",
        lambda data: [data[side]["config"].update(on=on) for side, on in (("production", True), ("staging", 1))],
        "config.on is True in production and 1",
    ),
    _described(
        "1.2.1", "a difference nobody documented", lambda data: data["differences"].pop(1), "config.output_folder is"
    ),
    _described(
        "1.2.1",
        "another version on staging",
        put("staging", "workflow", "version", to="0.9.0"),
        "staging ran 0.9.0; expected 1.0.0",
        "workflow.version is '1.0.0'",
    ),
    _described(
        "1.2.1",
        "both start from another version",
        lambda data: [data[side]["workflow"].update(version="1.1.0") for side in ("production", "staging")],
        "production ran 1.1.0; expected 1.0.0",
    ),
    _described("1.2.1", "looked at weeks ago", put("described", to=hours(-24 * 20)), "more than 7 days before T-0"),
    _described("1.2.1", "looked at tomorrow", put("described", to=hours(24)), "is still to come"),
    _described(
        "1.2.1",
        "server of another version",
        lambda data: [data[side]["knowledge"].update(version="1.3.9") for side in ("production", "staging")],
        "1.3.9 on record, 1.4.0 by /health",
    ),
    _described(
        "1.2.1",
        "a tool that the server does not have",
        lambda data: [data[side]["knowledge"]["tools"].append("get_rumours") for side in ("production", "staging")],
        "get_rumours:",
        "does not list it and the record does",
    ),
    _described(
        "1.2.1",
        "a tool that is not on record",
        lambda data: [data[side]["knowledge"]["tools"].remove("get_warnings") for side in ("production", "staging")],
        "get_warnings:",
        "lists it and the record does not",
    ),
    _described(
        "1.2.1 1.2.6",
        "no memory on record",
        lambda data: data["staging"]["host"].pop("memory_gb"),
        "staging.host.memory_gb: missing",
    ),
    _described(
        "1.2.1 1.2.6", "no configuration on record", put("production", "config", to={}), "production.config: is empty"
    ),
    _described("1.2.1", "no time", lambda data: data.pop("described"), "described: missing"),
    _described("1.2.1 1.2.6", "staging not described", lambda data: data.pop("staging"), "staging: missing"),
    _described("1.2.1 1.2.6", "an unknown part", put("production", "cloud", to="x"), "production.cloud: unknown key"),
    fault(
        "1.2.1 1.2.6",
        "environments not described",
        lambda world: path_of(world, "environments").unlink(),
        "environments.yaml",
        "is missing",
    ),
)

DOCUMENTED: Sequence[Fault] = (
    _described(
        "1.2.1 1.2.6",
        "nothing is said about differences",
        lambda data: data.pop("differences"),
        "nothing is said about what is specific",
    ),
    _described(
        "1.2.6", "both said", put("no_differences", to="Nothing differs at all."), "differences are listed, too"
    ),
    _described(
        "1.2.6",
        "a difference that is none",
        lambda data: data["differences"].append(
            {"setting": "host.cpus", "production": 4, "staging": 4, "reason": "It always was like that."}
        ),
        "host.cpus does not differ",
    ),
    _described(
        "1.2.6",
        "another value than production has",
        _difference(2, production=160),
        "host.disk_gb is 80 there; documented as 160",
    ),
    _described(
        "1.2.6",
        "another value than staging has",
        _difference(2, staging=20),
        "host.disk_gb is 40 there; documented as 20",
    ),
    _described(
        "1.2.6",
        "documented twice",
        lambda data: data["differences"].append(dict(data["differences"][0])),
        "knowledge.url is documented twice",
    ),
    _described(
        "1.2.6", "no reason", lambda data: data["differences"][0].pop("reason"), "differences[0].reason: missing"
    ),
    _described("1.2.6", "a reason that says nothing", _difference(0, reason="because"), "at least 10 characters"),
    _described(
        "1.2.1 1.2.6", "a setting of no environment", _difference(0, setting="colour"), "differences[0].setting"
    ),
    _described(
        "1.2.6",
        "a password",
        lambda data: [
            data[side]["config"].update(database_password="correct-horse") for side in ("production", "staging")
        ],
        "config.database_password holds a secret (not shown here)",
    ),
    *(
        _described(
            "1.2.6",
            name,
            _setting(setting, value),
            f"config.{setting} holds a secret (not shown here)",
        )
        for name, setting, value in (
            ("a password under a short name", "DB_PASS", "hunter2hunter2"),
            ("a key that is called after its maker", "OPENAI_KEY", "abcd1234efgh5678"),
            ("a password among the settings of a database", "dsn", "host=db user=kb password=correct-horse"),
            ("a key in the query of an address", "search", "https://search.example/?api_key=correct-horse"),
            ("an address that lets anybody post", "alerts", "https://hooks.slack.com/services/T0/B0/correct-horse"),
            ("a password in a list of variables", "env", [{"name": "DB_PASSWORD", "value": "correct-horse"}]),
        )
    ),
    _described(
        "1.2.6",
        "a password that is a number",
        lambda data: [data[side]["config"].update(db_password=12345678) for side in ("production", "staging")],
        "config.db_password holds a secret (not shown here)",
    ),
    _described(
        "1.2.6",
        "a key in a list",
        lambda data: [
            data[side]["config"].update(headers=["Authorization: Bearer correct-horse"])
            for side in ("production", "staging")
        ],
        "config.headers holds a secret (not shown here)",
    ),
    _described(
        "1.2.1 1.2.6", "differences that are a number", lambda data: data.update(differences=5), "found a number"
    ),
    _described(
        "1.2.6",
        "a key in a URL",
        lambda data: [
            data[side]["config"].update(database="mongodb://gate:correct-horse@db/knowledge")
            for side in ("production", "staging")
        ],
        "config.database holds a secret (not shown here)",
    ),
)


def _production_again(world: World) -> None:
    move(world, str(world.target["knowledge"]["url"]).replace("127.0.0.1", "localhost"))


SERVER: Sequence[Fault] = (
    fault("1.2.4", "production's server under another name", _production_again, "have the same Knowledge MCP server"),
    fault(
        "1.2.4",
        "server is sick",
        _sick({"GET /health": answer(503, {**HEALTHY_STATE, "version": "1.4.0", "status": "unhealthy"})}),
        "503",
    ),
    fault(
        "1.2.4",
        "a service of the server is down",
        _sick(
            {
                "GET /health": answer(
                    200, {**HEALTHY_STATE, "version": "1.4.0", "services": {"mongodb": "healthy", "qdrant": "down"}}
                )
            }
        ),
        "service qdrant is 'down'",
    ),
    fault(
        "1.2.4",
        "slow server",
        lambda world: world.override("1.2.4", "response time", 0.001),
        "response time",
        outcome="degraded",
    ),
    fault(
        "1.2.4",
        "clients ask another server",
        lambda world: edit(world.root / FOLDER / "client.json", "http://", "https://"),
        "url is 'https://",
    ),
    fault(
        "1.2.4",
        "clients have no configuration",
        lambda world: (world.root / FOLDER / "client.json").unlink(),
        "cannot be read",
    ),
    fault(
        "1.2.4",
        "clients' configuration is no JSON",
        lambda world: (world.root / FOLDER / "client.json").write_text("{"),
        "no valid JSON",
    ),
    fault(
        "1.2.4",
        "clients' configuration not named",
        untarget("client_config"),
        "nothing shows which server",
        outcome="degraded",
    ),
    fault("1.2.1 1.2.4", "server not named", untarget("knowledge"), "provides no Knowledge MCP server of staging"),
)


FAULTS: Sequence[Fault] = (*MIRROR, *DOCUMENTED, *SERVER)
