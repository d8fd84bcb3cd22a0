"""The six tools over the reference knowledge base, for servers that are not of the suite's making.

Runs in another environment than the suite: beside the standard library it needs starlette alone.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from fixtures.reference import KNOWLEDGE
from fixtures.reference.answers import ANSWERS, load
from fixtures.reference.envelope import Refusal, refused, response, success
from fixtures.reference.tools import TOOLS, checked

NAMES = tuple(name for name in TOOLS if name != "compare_sources")
DATA = load(KNOWLEDGE)
HEALTHY = {
    "status": "healthy",
    "timestamp": "2026-01-06T09:00:00+00:00",
    "version": "1.0",
    "services": {"mongodb": "healthy", "qdrant": "healthy"},
}

Scope = MutableMapping[str, Any]
Application = Callable[[Scope, Callable[[], Awaitable[Any]], Callable[[Any], Awaitable[None]]], Awaitable[None]]


def answer(name: str, **given: Any) -> dict[str, Any]:
    """The envelope of a tool's answer; raises a `Refusal`."""
    started = time.perf_counter()
    findings = ANSWERS[name](DATA, checked(TOOLS[name], given))
    return success(findings, round((time.perf_counter() - started) * 1000))


def refusing_wrong_keys(app: Application) -> Application:
    """No key has been registered: whoever sends one sends a wrong one."""

    async def guarded(scope: Scope, receive: Any, send: Any) -> None:
        if scope["type"] == "http" and any(name == b"x-api-key" for name, _ in scope["headers"]):
            await response(refused(Refusal("UNAUTHORIZED", "The API key is not valid")))(scope, receive, send)
        else:
            await app(scope, receive, send)

    return guarded
