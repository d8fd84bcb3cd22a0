"""A knowledge server built with `fastmcp`, its REST paths beside it; the second argument is the transport."""

from __future__ import annotations

import json
import socket
import sys
from typing import Any

import uvicorn
from fastmcp import FastMCP
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from fixtures.reference.envelope import Refusal, refused, response
from fixtures.reference.tools import TOOLS
from tests_suite.foreign.knowledge_base import HEALTHY, NAMES, answer, refusing_wrong_keys

mcp: FastMCP[Any] = FastMCP("knowledge-pipeline")


def said(name: str, **given: Any) -> str:
    """The answer as production gives it: one block of text."""
    return json.dumps(answer(name, **given), ensure_ascii=False)


@mcp.tool(output_schema=None)
async def search_knowledge(query: str, limit: int = 10) -> str:
    return said("search_knowledge", query=query, limit=limit)


@mcp.tool(output_schema=None)
async def get_decisions(topic: str | None = None, limit: int = 100) -> str:
    return said("get_decisions", topic=topic, limit=limit)


@mcp.tool(output_schema=None)
async def get_patterns(topic: str | None = None, limit: int = 100) -> str:
    return said("get_patterns", topic=topic, limit=limit)


@mcp.tool(output_schema=None)
async def get_warnings(topic: str | None = None, limit: int = 100) -> str:
    return said("get_warnings", topic=topic, limit=limit)


@mcp.tool(output_schema=None)
async def get_methodologies(topic: str | None = None, limit: int = 100) -> str:
    return said("get_methodologies", topic=topic, limit=limit)


@mcp.tool(output_schema=None)
async def list_sources(limit: int = 100) -> str:
    return said("list_sources", limit=limit)


@mcp.custom_route("/health", methods=["GET"])
async def health(request: Request) -> Response:
    return JSONResponse(HEALTHY)


def rest_twin(name: str) -> None:
    """The REST path of a tool."""

    @mcp.custom_route(f"/{name}", methods=[TOOLS[name].method])
    async def twin(request: Request) -> Response:
        try:
            return JSONResponse(answer(name, **dict(request.query_params)))
        except Refusal as refusal:
            return response(refused(refusal))


def main() -> None:
    """Serve on the inherited socket until killed."""
    for name in NAMES:
        rest_twin(name)
    transport = "sse" if sys.argv[2] == "sse" else "streamable-http"
    app = mcp.http_app(path="/mcp", transport=transport)
    listener = socket.socket(fileno=int(sys.argv[1]))
    config = uvicorn.Config(refusing_wrong_keys(app), log_level="error", timeout_keep_alive=75)
    uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    main()
