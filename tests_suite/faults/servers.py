"""Putting a server in a world's place: one that misbehaves, or a real one with other options."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from fixtures.reference.process import start
from tests_suite.faults.sick_server import Behaviour, SickServer, answer, in_turn, posted
from tests_suite.faults.world import Fault, World

PATIENCE = 1.0  # seconds, the target's limit for one request where a server keeps the check waiting
QUICK = 2 * PATIENCE + 1  # seconds for the item: it may have to wait for health and for the handshake
RESULT: dict[str, Any] = {
    "protocolVersion": "2025-06-18",
    "capabilities": {"tools": {}},
    "serverInfo": {"name": "knowledge", "version": "1.4.0"},
}
INITIALIZED = json.dumps({"jsonrpc": "2.0", "id": 1, "result": RESULT}, separators=(",", ":"))
ENDPOINT = b"event: endpoint\ndata: /mcp/messages/?session_id=1\n\n"
MESSAGE = f"event: message\ndata: {INITIALIZED}\n\n".encode()
LEGACY = {"POST /mcp": answer(405), "POST /mcp/messages/": posted}
HEADERS_OF_JSON = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\n"
HEALTHY_STATE: dict[str, Any] = {"status": "healthy", "services": {"mongodb": "healthy", "qdrant": "healthy"}}


def behind(behaviours: Mapping[str, Behaviour], patience: float = PATIENCE) -> Callable[[World], None]:
    """Put a server that misbehaves in front of the healthy one."""

    def breaks(world: World) -> None:
        server = world.running.enter_context(SickServer(world.target["knowledge"]["url"], behaviours))
        world.target["knowledge"] = {"url": server.url, "timeout_seconds": patience}

    return breaks


def real(*options: str, key: str = "") -> Callable[[World], None]:
    """Have a reference server of its own, started with other options, and ask it with a key."""

    def breaks(world: World) -> None:
        server = start(*options)
        world.running.callback(server.stop)
        world.target["knowledge"] = {"url": server.url, "timeout_seconds": 10} | ({"api_key": key} if key else {})

    return breaks


def sick(name: str, behaviours: Mapping[str, Behaviour], *says: str, patience: float = PATIENCE) -> Fault:
    """A server whose misbehaviour 2.1.2 must notice, in these words, without waiting longer than it may."""
    return Fault(name, behind(behaviours, patience), {"2.1.2": "failed"}, says, within=2 * patience + 1)


def state(**changed: object) -> Behaviour:
    return answer(200, {**HEALTHY_STATE, **changed})


def initialized(result: object, **changed: object) -> Behaviour:
    """A Streamable HTTP server that answers initialize with a result, and accepts what comes then."""
    message = {"jsonrpc": "2.0", "id": 1, "result": result, **changed}
    return in_turn(answer(200, {key: value for key, value in message.items() if value is not None}), answer(202))


def error(status: int, code: str, message: str, **headers: str) -> Behaviour:
    return answer(status, {"error": {"code": code, "message": message, "details": {}}}, **headers)
