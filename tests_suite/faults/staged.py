"""A world with staging: a copy of the release, a server of its own, and a rehearsal that was really held."""

from __future__ import annotations

import functools
import json
import shutil
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from fixtures import reference
from fixtures.package import build
from fixtures.reference import records as reference_records
from fixtures.reference import rehearsal as reference_rehearsal
from gate import checklist, statement
from tests_suite.faults import records
from tests_suite.faults.world import World

FOLDER = "staging"


@dataclass(frozen=True)
class Held:
    """A rehearsal of the reference package: its record, and the reports of the smoke gate on the new version.

    Of the rollback: its record and that of the deployment before, the version that it brought back, and the reports of
    the smoke gate on that.
    """

    record: dict[str, Any]
    reports: Path
    deployment: dict[str, Any]
    rollback: dict[str, Any]
    restored: Path
    smoke_after: Path


@functools.cache
def held(url: str) -> Held:
    """The one rehearsal of this process; the smoke gate asked the server at `url`."""
    folder = Path(tempfile.mkdtemp(prefix="rehearsal-"))
    package = build.build(reference.WORKFLOW, folder / "package").archive
    made = reference_rehearsal.make(folder, package, checklist.load().release, url)
    assert made.staging.reports is not None
    return Held(made.record, made.staging.reports, made.deployment, made.rollback, made.restored, made.smoke_after)


def staged(world: World, url: str) -> None:
    """Give a world, besides its records, a staging environment that has everything 1.2 asks for."""
    rehearsal = held(url)
    facts = records.recorded(world)
    urls = (str(world.target["knowledge"]["url"]), url)
    reference_records.make(world.root / records.EVIDENCE, replace(facts, knowledge_urls=urls), ["environments"])
    reference_records.write(world.root / records.EVIDENCE, "rehearsal", rehearsal.record)
    shutil.copytree(world.workflow, world.root / FOLDER / "workflow")
    shutil.copytree(rehearsal.reports, world.root / FOLDER / "reports")
    client = {"mcpServers": {"knowledge-pipeline": {"type": "sse", "url": f"{url}/mcp"}}}
    (world.root / FOLDER / "client.json").write_text(json.dumps(client, indent=1), encoding="utf-8")
    world.target["staging"] = {
        "workflow": f"{FOLDER}/workflow",
        "knowledge": {"url": url, "timeout_seconds": 5},
        "client_config": f"{FOLDER}/client.json",
        "reports": f"{FOLDER}/reports",
    }


def seal(folder: Path) -> None:
    """Make the Statement beside a changed verdict.json anew: the run has left it like that."""
    for name in (statement.NAME, statement.CHECKSUMS):
        (folder / name).unlink(missing_ok=True)
    statement.write(folder)


def verdict_path(world: World) -> Path:
    """The verdict of the smoke gate on staging."""
    return world.root / FOLDER / "reports" / "smoke" / "verdict.json"
