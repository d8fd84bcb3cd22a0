"""A real Prometheus and a real node exporter on free loopback ports, for the tests: Debian's packages, own processes.

The packages are `prometheus` and `prometheus-node-exporter`. Nothing that they start themselves is used.
"""

from __future__ import annotations

import contextlib
import json
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import httpx

HOST = "127.0.0.1"
PATIENCE = 60.0  # seconds until it has to answer; a tenth of a second is usual
PROGRAMS = ("prometheus", "prometheus-node-exporter", "promtool")
INSTALL = "expected Debian's packages: apt-get install -y prometheus prometheus-node-exporter"


def program(name: str) -> str:
    """Where a program is; a machine without it fails the test in these words."""
    found = shutil.which(name)
    assert found, f"{name} is not on PATH; {INSTALL}"
    return found


@contextlib.contextmanager
def prometheus(history: str = "", exporters: Sequence[str] = (), seconds: float = 1.0) -> Iterator[str]:
    """A server that is ready, as its address: with a history in OpenMetrics' text, or scraping `exporters`."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        data = folder / "data"
        data.mkdir()
        if history:
            (folder / "history.txt").write_text(history, encoding="utf-8")
            command = [program("promtool"), "tsdb", "create-blocks-from", "openmetrics", "history.txt", str(data)]
            done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60, check=False)
            assert done.returncode == 0, done.stderr
        jobs = [{"job_name": "node", "static_configs": [{"targets": list(exporters)}]}] if exporters else []
        config = {"global": {"scrape_interval": f"{seconds:g}s"}, "scrape_configs": jobs}
        (folder / "prometheus.yml").write_text(json.dumps(config), encoding="utf-8")
        port = _free_port()
        options = [
            "--config.file=prometheus.yml",
            f"--storage.tsdb.path={data}",
            "--storage.tsdb.retention.time=10y",
            f"--web.listen-address={HOST}:{port}",
        ]
        with _running(program("prometheus"), options, folder, f"http://{HOST}:{port}/-/ready"):
            yield f"http://{HOST}:{port}"


@contextlib.contextmanager
def node_exporter(*options: str) -> Iterator[str]:
    """A node exporter of this machine, as host and port."""
    with tempfile.TemporaryDirectory() as name:
        address = f"{HOST}:{_free_port()}"
        # In a container the root is an overlay, which is left out by default.
        types = "--collector.filesystem.fs-types-exclude=^(autofs|cgroup2?|devpts|devtmpfs|mqueue|proc|sysfs)$"
        arguments = [f"--web.listen-address={address}", types, *options]
        with _running(program("prometheus-node-exporter"), arguments, Path(name), f"http://{address}/metrics"):
            yield address


@contextlib.contextmanager
def _running(path: str, options: Sequence[str], folder: Path, ready: str) -> Iterator[None]:
    with Path(folder, "log").open("w+b") as log:
        process = subprocess.Popen([path, *options], cwd=folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        try:
            deadline = time.monotonic() + PATIENCE
            while not _answers(ready):
                words = Path(folder, "log").read_text(errors="replace")[-2000:]
                assert process.poll() is None, f"{path} ended: {words}"
                assert time.monotonic() < deadline, f"{path} is not ready: {words}"
                time.sleep(0.05)
            yield
        finally:
            process.terminate()
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _answers(url: str) -> bool:
    with contextlib.suppress(httpx.HTTPError):
        return httpx.get(url, trust_env=False, timeout=5).status_code == 200
    return False


def _free_port() -> int:
    with socket.create_server((HOST, 0)) as listener:
        port: int = listener.getsockname()[1]
    return port
