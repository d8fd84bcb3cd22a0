"""Secrets that no target names, and those in records and readings: searched for in all that a run leaves."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from fixtures.firstday import cli as firstday
from fixtures.reference.process import ReferenceServer, start
from tests_suite.faults import deployed, hour, mcp_chaos, records, waivers, world
from tests_suite.faults.records import EVIDENCE
from tests_suite.faults.sick_server import SickServer
from tests_suite.faults.world import SUITE, World
from tests_suite.test_secrets_gates import Canaries, _everything, echo

LONGEST = 240.0  # seconds until a watch has taken its first sample, on a busy machine


@pytest.fixture
def canaries() -> Canaries:
    """No secrets yet."""
    return Canaries()


def _unnamed(canaries: Canaries, place: str) -> str:
    """A new secret that the target says nothing of: only what is never quoted does not leak it."""
    canaries.put(place)
    canaries.sent[place] = canaries.environment.pop(f"CANARY_{place.upper()}")
    return canaries.sent[place]


def _servers(canaries: Canaries, url: str, **changed: Any) -> str:
    """A client's configuration with a secret wherever one can stand: of this server, and of a local program's."""
    own = {
        "type": "sse",
        "url": url,
        "headers": {
            "X-API-Key": _unnamed(canaries, "header"),
            "Authorization": f"Bearer {_unnamed(canaries, 'bearer')}",
        },
        **changed,
    }
    other = {
        "command": "npx",
        "args": ["server", f"--key={_unnamed(canaries, 'argument')}", "--token", _unnamed(canaries, "token"),
                 f"https://gate:{quote(_unnamed(canaries, 'password'), safe='')}@host.example/x"],
        "env": {"API_KEY": _unnamed(canaries, "environment"), "PLAIN": _unnamed(canaries, "plain")},
    }  # fmt: skip
    return json.dumps({"mcpServers": {"knowledge": own, "other": other}}, indent=2)


CONFIGURATIONS: dict[str, Callable[[Canaries, str], str]] = {
    "right": _servers,
    "of another transport": lambda canaries, url: _servers(canaries, url, type="http"),
    "of an unknown type": lambda canaries, url: _servers(canaries, url, type=_unnamed(canaries, "type")),
    "of another server": lambda canaries, url: _servers(
        canaries, f"http://gate:{quote(_unnamed(canaries, 'address'), safe='')}@127.0.0.1:9/mcp"
    ),
    "with the key in the URL": lambda canaries, url: _servers(canaries, f"{url}?api_key={_unnamed(canaries, 'query')}"),
    "headers of the wrong kind": lambda canaries, url: _servers(canaries, url, headers=[_unnamed(canaries, "list")]),
    "an environment of the wrong kind": lambda canaries, url: _servers(canaries, url, env=_unnamed(canaries, "env")),
    "no valid JSON": lambda canaries, url: _servers(canaries, url).replace('"env": {', '"env": {{', 1),
    "cut off": lambda canaries, url: _servers(canaries, url)[:-60],
}


@pytest.mark.parametrize("place", ["project", "client"])
@pytest.mark.parametrize("name", CONFIGURATIONS)
def test_configuration_of_a_client_tells_no_secret(
    name: str, place: str, canaries: Canaries, tmp_path: Path, reference_server: ReferenceServer
) -> None:
    made = world.make(tmp_path / "world", reference_server.url)
    text = CONFIGURATIONS[name](canaries, f"{reference_server.url}/mcp")
    if place == "project":
        (made.claude / ".mcp.json").write_text(text, encoding="utf-8")
        made.target["claude"].pop("config", None)
    else:
        mcp_chaos.own_config(text)(made)
    assert any(json.dumps(each)[1:-1] in text or quote(each, safe="") in text for each in canaries.sent.values())

    gates = "mcp or bmad" if place == "project" else "mcp"
    run = made.run(gates, tmp_path / "reports", "-vv", "-l", "--log-cli-level=DEBUG")

    assert (tmp_path / "reports" / "mcp" / "verdict.json").exists(), run.output
    assert canaries.leaks(_everything(run.output, tmp_path / "reports")) == []


@pytest.mark.parametrize("message", [None, "no message of the agreed form"], ids=["passing", "failing"])
def test_remote_of_a_repository_tells_no_password(
    message: str | None, canaries: Canaries, tmp_path: Path, reference_server: ReferenceServer
) -> None:
    made = world.make(tmp_path / "world", reference_server.url)
    deployed.provide(made)
    repository = deployed.repository_of(made)
    for name in ("origin", "mirror"):
        url = f"https://deployer:{quote(_unnamed(canaries, name), safe='')}@127.0.0.1:9/workflow.git"
        deployed.git(repository, "remote", "add", name, url)
    deployed.git(repository, "config", "http.extraHeader", f"Authorization: Bearer {_unnamed(canaries, 'header')}")
    if message:
        deployed.amend(made, message)

    run = made.run("deploy", tmp_path / "reports", "-vv", "-l")

    assert run.verdict is not None, run.output
    assert run.verdict["verdict"] == ("FAIL" if message else "PASS"), run.messages
    assert canaries.leaks(_everything(run.output, tmp_path / "reports")) == []


def _known_issue(canaries: Canaries, place: str, text: str, **more: str) -> Callable[[World], object]:
    return waivers.known(lambda data: data.update({place: f"{text} {canaries.value('api_key')}"}, **more))


ISSUES: dict[str, Callable[[Canaries], Callable[[World], object]]] = {
    "in a description": lambda canaries: _known_issue(canaries, "description", "the old version is named with"),
    "in a workaround": lambda canaries: _known_issue(canaries, "workaround", "use the key"),
    "in a refused one": lambda canaries: _known_issue(canaries, "workaround", "use", expires="2020-01-01T00:00:00Z"),
    "in an approver": lambda canaries: _known_issue(canaries, "approver", "Ada"),
    "in an author": lambda canaries: _known_issue(canaries, "author", "Dana"),
    "in a quotation": lambda canaries: waivers.known(
        lambda data: data.update(covers=[f"a text of {canaries.value('api_key')}"])
    ),
    "in an item": lambda canaries: _known_issue(canaries, "item", "1.4.3"),
    "in a key": lambda canaries: _known_issue(canaries, canaries.value("api_key"), "x"),
    "in a severity": lambda canaries: _known_issue(canaries, "severity", "major"),
    "in a file that is no YAML": lambda canaries: (
        lambda made: (made.root / EVIDENCE / "known-issues.yaml").write_text(
            f"issues: [{{\n{canaries.value('api_key')}: *x", encoding="utf-8"
        )
    ),
}


@pytest.mark.parametrize("name", ISSUES)
def test_known_issues_tell_no_secret(
    name: str, canaries: Canaries, tmp_path: Path, reference_server: ReferenceServer
) -> None:
    made = world.make(tmp_path / "world", reference_server.url)
    records.recorded(made)
    made.target["knowledge"]["api_key"] = canaries.put("api_key")
    ISSUES[name](canaries)(made)
    page = tmp_path / "page.md"
    github = {"GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": str(page)}
    made.environment.update({**canaries.environment, **github})

    run = made.run("package", tmp_path / "reports", "-vv")

    assert "known" in run.output
    texts = _everything(run.output, tmp_path / "reports")
    texts["job page"] = page.read_text(encoding="utf-8") if page.exists() else ""
    assert canaries.leaks(texts) == []


def test_reading_of_the_first_day_keeps_no_secret(
    canaries: Canaries,
    tmp_path: Path,
    reference_server: ReferenceServer,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What a server answers stands in the readings for a day, and in every report that is made of them."""
    made = world.make(tmp_path / "world", reference_server.url)
    hour.hour(made)
    made.target["deployment"]["starts"] = (datetime.now(UTC) - timedelta(hours=3)).isoformat()
    with SickServer(reference_server.url, {"*": echo}) as server:
        made.target["knowledge"] = {
            "url": canaries.address(server.url, "address"),
            "api_key": canaries.put("api_key"),
            "timeout_seconds": 5,
        }
        made.target["prometheus"] = {
            "url": server.url,
            "username": "gate",
            "password": canaries.put("prometheus"),
            "timeout_seconds": 2,
        }
        made.target["database"] = {
            "uri": canaries.address("mongodb://127.0.0.1:9/knowledge?serverSelectionTimeoutMS=200", "database")
        }
        made.target["first_day"] = {"readings": "readings.jsonl"}
        for name, value in canaries.environment.items():
            monkeypatch.setenv(name, value)

        firstday.main(["read", f"--target={made.write_target()}"])

    said = capsys.readouterr()
    readings = (made.root / "readings.jsonl").read_text(encoding="utf-8")
    assert "403" in readings
    assert canaries.leaks({"stdout": said.out, "stderr": said.err, "readings.jsonl": readings}) == []


def _samples_in(file: Path) -> int:
    return file.read_bytes().count(b'"kind":"sample"') if file.exists() else 0


@pytest.mark.parametrize("server", ["echoes", "answers"])
def test_watch_that_is_killed_leaves_no_secret(
    server: str, canaries: Canaries, tmp_path: Path, reference_server: ReferenceServer
) -> None:
    """No hook of its end is run: what lies on the disk by then stays there."""
    made = world.make(tmp_path / "world", reference_server.url)
    hour.hour(made)
    hour.live(minutes=5, every_seconds=0.5)(made)
    reports, file = tmp_path / "reports", made.root / hour.SAMPLES
    key = canaries.put("api_key")
    keeper = start("--rate-limit", "1000000", "--api-key", canaries.value("api_key"))
    made.running.callback(keeper.stop)
    with made.running, SickServer(keeper.url, {"*": echo} if server == "echoes" else {}) as sick:
        made.target["name"] = f"a copy of {canaries.put('name')}"
        made.target["knowledge"] = {
            "url": canaries.address(sick.url, "address"),
            "api_key": key,
            "timeout_seconds": 5,
        }
        command = [sys.executable, "-m", "pytest", "-m", "monitoring", f"--target={made.write_target()}"]
        output = tmp_path / "output.txt"
        with output.open("w", encoding="utf-8") as stream:
            child = subprocess.Popen(
                [*command, f"--report-dir={reports}", "-vv", "-p", "no:cacheprovider", "--log-cli-level=DEBUG"],
                cwd=SUITE,
                env={**os.environ, **canaries.environment},
                stdout=stream,
                stderr=subprocess.STDOUT,
            )
            deadline = time.monotonic() + LONGEST
            wanted = 1 if server == "echoes" else 2  # one failed probe is enough to give up
            while child.poll() is None and time.monotonic() < deadline and _samples_in(file) < wanted:
                time.sleep(0.05)
            child.send_signal(signal.SIGKILL)
            child.wait(10)

    left = {
        **_everything(output.read_text(encoding="utf-8"), reports),
        "samples": file.read_text(encoding="utf-8") if file.exists() else "",
    }
    assert child.returncode == -signal.SIGKILL or server == "echoes", left["terminal"]
    assert '"kind":"sample"' in left["samples"]
    assert canaries.leaks(left) == []
