"""Faults of the staging environment and of what was rehearsed there (1.2)."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from tests_suite.faults.records import path_of, with_record
from tests_suite.faults.servers import HEALTHY_STATE
from tests_suite.faults.sick_server import SickServer, answer
from tests_suite.faults.staged import FOLDER, verdict_path
from tests_suite.faults.world import Fault, World, edit

Change = Callable[[dict[str, Any]], object]
Breaks = Callable[[World], object]
OTHER = "0" * 63 + "1"
STEP = f"{FOLDER}/workflow/steps/3-inference/step-06-rag-specialist.md"


def _fault(item: str, name: str, breaks: Breaks, *says: str, outcome: str = "failed") -> Fault:
    def change(world: World) -> None:
        breaks(world)

    trips = dict.fromkeys(item.split(), outcome)
    return Fault(f"staging: {name}", change, trips, says, "staging")


def _described(item: str, name: str, change: Change, *says: str) -> Fault:
    return _fault(item, name, with_record("environments", change), *says)


def _rehearsed(item: str, name: str, change: Change, *says: str, outcome: str = "failed") -> Fault:
    return _fault(item, name, with_record("rehearsal", change), *says, outcome=outcome)


def _verdict(name: str, change: Change, *says: str, outcome: str = "failed") -> Fault:
    def breaks(world: World) -> None:
        path = verdict_path(world)
        data = json.loads(path.read_text(encoding="utf-8"))
        change(data)
        path.write_text(json.dumps(data, indent=1), encoding="utf-8")

    return _fault("1.2.3", name, breaks, *says, outcome=outcome)


def _hours(hours: float) -> str:
    return (datetime.now(UTC) + timedelta(hours=hours)).isoformat(timespec="seconds")


def _put(*path: str | int, to: Any) -> Change:
    """Set one value in nested data."""

    def change(data: Any) -> None:
        for part in path[:-1]:
            data = data[part]
        data[path[-1]] = to

    return change


def _target(**values: Any) -> Breaks:
    return lambda world: world.target["staging"].update(values)


def _untarget(key: str) -> Breaks:
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


def _difference(number: int, **values: Any) -> Change:
    return lambda data: data["differences"][number].update(values)


MIRROR: Sequence[Fault] = (
    _described(
        "1.2.1", "more memory", _put("staging", "host", "memory_gb", to=64), "host.memory_gb is 16 in production and 64"
    ),
    _described(
        "1.2.1", "another setting", _put("staging", "config", "log_level", to="debug"), "config.log_level is 'info'"
    ),
    _described(
        "1.2.1",
        "a setting that production lacks",
        _put("staging", "config", "turbo", to=True),
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
        _put("staging", "config", "max_stories", to="60"),
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
        _put("staging", "workflow", "version", to="0.9.0"),
        "staging ran 0.9.0; expected 1.0.0",
        "workflow.version is '1.0.0'",
    ),
    _described(
        "1.2.1",
        "both start from another version",
        lambda data: [data[side]["workflow"].update(version="1.1.0") for side in ("production", "staging")],
        "production ran 1.1.0; expected 1.0.0",
    ),
    _described("1.2.1", "looked at weeks ago", _put("described", to=_hours(-24 * 20)), "more than 7 days before T-0"),
    _described("1.2.1", "looked at tomorrow", _put("described", to=_hours(24)), "is still to come"),
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
        "1.2.1 1.2.6", "no configuration on record", _put("production", "config", to={}), "production.config: is empty"
    ),
    _described("1.2.1", "no time", lambda data: data.pop("described"), "described: missing"),
    _described("1.2.1 1.2.6", "staging not described", lambda data: data.pop("staging"), "staging: missing"),
    _described("1.2.1 1.2.6", "an unknown part", _put("production", "cloud", to="x"), "production.cloud: unknown key"),
    _fault(
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
        "1.2.6", "both said", _put("no_differences", to="Nothing differs at all."), "differences are listed, too"
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
    _described("1.2.6", "a setting of no environment", _difference(0, setting="colour"), "differences[0].setting"),
    _described(
        "1.2.6",
        "a password",
        lambda data: [
            data[side]["config"].update(database_password="correct-horse") for side in ("production", "staging")
        ],
        "config.database_password holds a secret (not shown here)",
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

DEPLOYED: Sequence[Fault] = (
    _rehearsed(
        "1.2.2 1.2.5",
        "another package rehearsed",
        _put("package", "sha256", to=OTHER),
        "0000000000000000… was rehearsed",
    ),
    _rehearsed(
        "1.2.2",
        "another version was live",
        _put("deployed", "live", to="1.0.0"),
        "1.0.0 was live afterwards; expected 2.0.0",
    ),
    _rehearsed(
        "1.2.2", "deployment ended before it began", _put("deployed", "started", to=_hours(-0.001)), "before it began"
    ),
    _rehearsed(
        "1.2.2",
        "not on staging",
        _put("environment", to="production"),
        "environment: found 'production', expected 'staging'",
    ),
    _fault(
        "1.2.2",
        "a file was changed on staging",
        lambda world: edit(world.root / STEP, "---", "--- "),
        "is on staging with other contents than in the package",
    ),
    _fault(
        "1.2.2",
        "a file is missing on staging",
        lambda world: (world.root / STEP).unlink(),
        "is in the package and not on staging",
    ),
    _fault(
        "1.2.2",
        "a file too many on staging",
        lambda world: (world.root / FOLDER / "workflow/steps/old.md").write_text("x"),
        "is on staging and not in the package",
    ),
    _fault(
        "1.2.2",
        "no workflow on staging",
        _target(workflow="staging/nowhere"),
        "is no folder; expected the workflow on staging",
    ),
    _fault(
        "1.2.2",
        "workflow of staging not named",
        _untarget("workflow"),
        "not testable: the target provides no workflow on staging",
    ),
    _fault(
        "1.2.2 1.2.3 1.2.5",
        "never rehearsed",
        lambda world: path_of(world, "rehearsal").unlink(),
        "rehearsal.yaml",
        "is missing",
    ),
)

SMOKE: Sequence[Fault] = (
    _fault(
        "1.2.3",
        "no smoke verdict",
        lambda world: verdict_path(world).unlink(),
        "no such file",
        "expected what `pytest -m smoke` left on staging",
    ),
    _fault(
        "1.2.3", "a smoke verdict that is no JSON", lambda world: verdict_path(world).write_text("PASS"), "is no JSON"
    ),
    _fault(
        "1.2.3",
        "a smoke verdict of another form",
        lambda world: verdict_path(world).write_text('{"verdict": "PASS"}'),
        "missing",
    ),
    _fault(
        "1.2.3", "reports of staging not named", _untarget("reports"), "provides no folder of the reports from staging"
    ),
    _verdict(
        "smoke failed", lambda data: data.update(verdict="FAIL", exit_status=1), "the verdict is FAIL, exit status 1"
    ),
    _verdict(
        "smoke incomplete", lambda data: data.update(verdict="INCOMPLETE", exit_status=6), "the verdict is INCOMPLETE"
    ),
    _verdict(
        "verdict says PASS over an item that failed",
        lambda data: data["items"][1].update(outcome="failed"),
        "2.1.2 failed; expected passed",
    ),
    _verdict("an item was not looked at", lambda data: data["items"].pop(2), "2.1.3 was not looked at"),
    _verdict(
        "the verdict of another gate", lambda data: data.update(marker="bmad"), "is the verdict of the gate 'bmad'"
    ),
    _verdict("smoke on production", _put("target", "production", to=True), "which is production; expected staging"),
    _verdict(
        "smoke on the suite's own sample",
        _put("target", "embedded", to=["workflow"]),
        "took workflow from the reference release",
    ),
    _verdict(
        "smoke on other files",
        _put("target", "subjects", "workflow", "sha256", to=OTHER),
        "verified files with the digest 0000000000000000…",
    ),
    _verdict(
        "smoke against another server",
        _put("target", "subjects", "knowledge", "location", to="https://elsewhere.example"),
        "asked the knowledge server https://elsewhere.example",
    ),
    _verdict(
        "smoke before the deployment", _put("ended", to="2026-01-01T00:00:00.000Z"), "before the release was on staging"
    ),
    _verdict("smoke from the future", _put("ended", to="2099-01-01T00:00:00.000Z"), "which is still to come"),
    _verdict(
        "an item was degraded on staging",
        lambda data: data["items"][4].update(outcome="degraded"),
        "2.1.5 is degraded",
        outcome="degraded",
    ),
    _rehearsed("1.2.3", "no smoke test before", lambda data: data["smoke"].pop(0), "no smoke test before deployment"),
    _rehearsed(
        "1.2.3",
        "smoke failed after the deployment",
        lambda data: data["smoke"][1].update(verdict="FAIL"),
        "FAIL after deployment; expected PASS",
    ),
)

SERVER: Sequence[Fault] = (
    _fault(
        "1.2.4",
        "server is sick",
        _sick({"GET /health": answer(503, {**HEALTHY_STATE, "version": "1.4.0", "status": "unhealthy"})}),
        "503",
    ),
    _fault(
        "1.2.4",
        "a service of the server is down",
        _sick(
            {
                "GET /health": answer(
                    200, {**HEALTHY_STATE, "version": "1.4.0", "services": {"mongodb": "healthy", "qdrant": "down"}}
                )
            }
        ),
        "service 'qdrant' is 'down'",
    ),
    _fault(
        "1.2.4",
        "slow server",
        lambda world: world.override("1.2.4", "response time", 0.001),
        "response time",
        outcome="degraded",
    ),
    _fault(
        "1.2.4",
        "clients ask another server",
        lambda world: edit(world.root / FOLDER / "client.json", "http://", "https://"),
        "url is 'https://",
    ),
    _fault(
        "1.2.4",
        "clients have no configuration",
        lambda world: (world.root / FOLDER / "client.json").unlink(),
        "cannot be read",
    ),
    _fault(
        "1.2.4",
        "clients' configuration is no JSON",
        lambda world: (world.root / FOLDER / "client.json").write_text("{"),
        "no valid JSON",
    ),
    _fault(
        "1.2.4",
        "clients' configuration not named",
        _untarget("client_config"),
        "nothing shows which server",
        outcome="degraded",
    ),
    _fault("1.2.1 1.2.4", "server not named", _untarget("knowledge"), "provides no Knowledge MCP server of staging"),
)

ROLLBACK: Sequence[Fault] = (
    _rehearsed(
        "1.2.5",
        "another state after the rollback",
        _put("rolled_back", "state_after", to=OTHER),
        "not the state from before",
    ),
    _rehearsed(
        "1.2.5",
        "rolled back to another version",
        _put("rolled_back", "live", to="2.0.0"),
        "2.0.0 was live afterwards; expected 1.0.0",
    ),
    _rehearsed(
        "1.2.5",
        "rolled back before it was deployed",
        lambda data: data["rolled_back"].update(started=_hours(-5), ended=_hours(-4)),
        "began before the deployment had ended",
    ),
    _rehearsed(
        "1.2.5", "rollback ended before it began", _put("rolled_back", "ended", to=_hours(-1)), "before it began"
    ),
    _rehearsed("1.2.5", "rollback in the future", _put("rolled_back", "ended", to=_hours(5)), "is still to come"),
    _rehearsed("1.2.5", "rollback never tried", lambda data: data.pop("rolled_back"), "rolled_back: missing"),
    _rehearsed(
        "1.2.5", "no smoke test after the rollback", lambda data: data["smoke"].pop(2), "no smoke test after rollback"
    ),
    _rehearsed(
        "1.2.5",
        "smoke failed after the rollback",
        lambda data: data["smoke"][2].update(verdict="FAIL"),
        "FAIL after rollback; expected PASS",
    ),
    _rehearsed(
        "1.2.5",
        "another tree after the rollback",
        lambda data: data["smoke"][2].update(tree=OTHER),
        "another tree than before the deployment",
    ),
    _rehearsed(
        "1.2.5",
        "a reader saw a mixture",
        lambda data: data["reads"].update(mixed=1, whole_new=data["reads"]["whole_new"] - 1),
        "saw a mixture of two versions",
    ),
    _rehearsed(
        "1.2.5",
        "a reader found nothing",
        lambda data: data["reads"].update(failed=1, total=data["reads"]["total"] + 1),
        "found no workflow",
    ),
    _rehearsed(
        "1.2.5",
        "reads that do not add up",
        lambda data: data["reads"].update(total=data["reads"]["total"] + 7),
        "do not add up",
    ),
    _rehearsed(
        "1.2.5",
        "nobody read the new version",
        lambda data: data["reads"].update(whole_new=0, whole_previous=data["reads"]["total"]),
        "no reader saw both versions",
    ),
    _rehearsed(
        "1.2.5",
        "hardly any reads",
        lambda data: data["reads"].update(total=10, whole_new=4, whole_previous=6),
        "only 10 reads",
        outcome="degraded",
    ),
)

FAULTS: Sequence[Fault] = (*MIRROR, *DOCUMENTED, *DEPLOYED, *SMOKE, *SERVER, *ROLLBACK)
