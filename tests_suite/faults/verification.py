"""Faults that the final verification has to notice besides the smoke gate: 1.1.1 and 1.1.2."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tests_suite.faults import changes
from tests_suite.faults.records import measured_there
from tests_suite.faults.servers import behind, real, state
from tests_suite.faults.sick_server import answer
from tests_suite.faults.world import Fault, World

STEP = changes.STEP["6"]
ROLLBACK = "DEPLOYMENT/ROLLBACK_PROCEDURE.md"


def _syntax(name: str, change: Callable[[World], None], *says: str) -> Fault:
    return Fault(f"syntax: {name}", change, {"1.1.1": "failed"}, says, "verification")


def _server(name: str, change: Callable[[World], None], *says: str) -> Fault:
    def breaks(world: World) -> None:
        change(world)
        measured_there(world)

    return Fault(f"knowledge: {name}", breaks, {"1.1.2": "failed"}, says, "verification")


def _slow(world: World) -> None:
    world.override("1.1.2", "response time", 0.001)


FAULTS: Sequence[Fault] = (
    _syntax("a step is missing", changes.removed(STEP), "steps/*/*.md: found 12 of 13 files"),
    _syntax("a stray file", changes.written("steps/notes.txt", "x"), "does not belong to the release"),
    _syntax("an agent without its configuration", changes.removed(changes.xml("dev")), "found 10 of 11 files"),
    _syntax("broken YAML", changes.appended("config.yaml", "\n\tbroken: [\n"), "no valid YAML"),
    _syntax("broken XML", changes.replaced(changes.xml("dev"), "</agent>", ""), "no well-formed XML"),
    _syntax("an open code fence", changes.appended(STEP, "\n```yaml\n"), "code fence is opened here and never closed"),
    _syntax("a conflict marker", changes.appended(STEP, "\n<<<<<<< HEAD\n"), "conflict marker"),
    _syntax("bytes that are no text", changes.rewritten(STEP, lambda raw: raw + b"\xff\xfe"), "is not UTF-8"),
    _syntax("an empty rollback procedure", changes.rewritten(ROLLBACK, lambda raw: b" \n"), f"{ROLLBACK}:: is empty"),
    _syntax("a rollback procedure that is no text", changes.rewritten(ROLLBACK, lambda raw: b"\xff\xfe"), "UTF-16"),
    _syntax("a guide in the middle of a merge", changes.appended(ROLLBACK, "\n<<<<<<< HEAD\n"), "conflict marker"),
    Fault(
        "syntax: an open code fence in a guide",
        changes.appended(ROLLBACK, "\n```yaml\n"),
        {"1.1.1": "degraded"},
        (f"{ROLLBACK}:", "code fence is opened here and never closed"),
        "verification",
    ),
    _syntax("an empty file", changes.rewritten(changes.CHECKLIST, lambda raw: b""), "is empty"),
    _server("sick", behind({"GET /health": answer(503, {"status": "unhealthy"})}), "503"),
    _server(
        "database down",
        behind({"GET /health": state(services={"mongodb": "unhealthy", "qdrant": "healthy"})}),
        "service mongodb is 'unhealthy'",
    ),
    _server(
        "a web server that is no MCP server",
        behind({"POST /mcp": answer(200, {"ok": True}), "GET /mcp": answer(200, {"ok": True})}),
        "POST /mcp",
    ),
    _server("slow", _slow, "response time"),
    _server("rate limit used up", real("--rate-limit", "0"), "429"),
)
