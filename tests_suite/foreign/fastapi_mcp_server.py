"""A knowledge server as production has it: FastAPI with `fastapi-mcp`; the second argument is the transport."""

from __future__ import annotations

import socket
import sys
from typing import Any

import uvicorn
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi_mcp import FastApiMCP

from fixtures.reference.envelope import Refusal, refused, response
from tests_suite.foreign.knowledge_base import HEALTHY, NAMES, answer, refusing_wrong_keys

app = FastAPI(title="knowledge-pipeline")


@app.exception_handler(RequestValidationError)
async def invalid(request: Request, error: RequestValidationError) -> Any:
    faults = {".".join(map(str, each["loc"])): each["msg"] for each in error.errors()}
    return response(refused(Refusal("VALIDATION_ERROR", "Invalid request parameters", faults)))


@app.get("/health")
async def health() -> JSONResponse:
    return JSONResponse(HEALTHY)


@app.post("/search_knowledge", operation_id="search_knowledge")
async def search_knowledge(query: str, limit: int = 10) -> JSONResponse:
    return JSONResponse(answer("search_knowledge", query=query, limit=limit))


@app.get("/get_decisions", operation_id="get_decisions")
async def get_decisions(topic: str | None = None, limit: int = 100) -> JSONResponse:
    return JSONResponse(answer("get_decisions", topic=topic, limit=limit))


@app.get("/get_patterns", operation_id="get_patterns")
async def get_patterns(topic: str | None = None, limit: int = 100) -> JSONResponse:
    return JSONResponse(answer("get_patterns", topic=topic, limit=limit))


@app.get("/get_warnings", operation_id="get_warnings")
async def get_warnings(topic: str | None = None, limit: int = 100) -> JSONResponse:
    return JSONResponse(answer("get_warnings", topic=topic, limit=limit))


@app.get("/get_methodologies", operation_id="get_methodologies")
async def get_methodologies(topic: str | None = None, limit: int = 100) -> JSONResponse:
    return JSONResponse(answer("get_methodologies", topic=topic, limit=limit))


@app.get("/list_sources", operation_id="list_sources")
async def list_sources(limit: int = 100) -> JSONResponse:
    return JSONResponse(answer("list_sources", limit=limit))


def main() -> None:
    """Serve on the inherited socket until killed."""
    mcp = FastApiMCP(app, include_operations=list(NAMES))
    if sys.argv[2] == "sse":
        mcp.mount_sse(mount_path="/mcp")
    else:
        mcp.mount_http(mount_path="/mcp")
    listener = socket.socket(fileno=int(sys.argv[1]))
    config = uvicorn.Config(refusing_wrong_keys(app), log_level="error", timeout_keep_alive=75)
    uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    main()
