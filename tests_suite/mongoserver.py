"""A real server process that speaks MongoDB's protocol, on a free loopback port, in memory, for the tests.

It is SecantusDB: WiredTiger underneath, a program of its own (GPL-2.0) in an environment of its own, made from PyPI
when first needed. Nothing of it is imported here, and the suite does not depend on it.
"""

from __future__ import annotations

import contextlib
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pymongo
import pymongo.errors

from tests_suite.environments import environment_with

PATIENCE = 60.0  # seconds until it has to answer; half a second is usual
HOST = "127.0.0.1"
PINS = ("SecantusDB==0.7.0b3",)


@contextlib.contextmanager
def running(*options: str) -> Iterator[str]:
    """A server that is ready, as the URI of it; it ends with the block."""
    with tempfile.TemporaryDirectory() as folder, Path(folder, "log").open("w+b") as log:
        port = _free_port()
        command = [
            str(environment_with(PINS)),
            "-m",
            "secantus",
            "--host",
            HOST,
            "--port",
            str(port),
            "--storage-path",
            ":memory:",
        ]
        process = subprocess.Popen(
            [*command, "--cache-size", "64M", "--log-level", "WARNING", *options],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
        try:
            uri = f"mongodb://{HOST}:{port}"
            _wait(uri, process, Path(folder, "log"))
            yield uri
        finally:
            process.terminate()
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _free_port() -> int:
    with socket.create_server((HOST, 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


def _wait(uri: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while True:
        assert process.poll() is None, f"the server ended: {log.read_text(errors='replace')[-2000:]}"
        assert time.monotonic() < deadline, f"the server is not ready: {log.read_text(errors='replace')[-2000:]}"
        client: pymongo.MongoClient[Any] = pymongo.MongoClient(uri, serverSelectionTimeoutMS=500)
        with client, contextlib.suppress(pymongo.errors.PyMongoError):
            client.admin.command("ping")
            return
