"""Secrets in runs of the real gates: a canary wherever a target can hold one, and none in what a run leaves."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import pytest

from fixtures.reference.process import ReferenceServer, start
from gate.secrets import MASK
from tests_suite.faults import hour, mcp_chaos, records, watched, world
from tests_suite.faults.accepted import accepted
from tests_suite.faults.sick_server import Exchange, SickServer
from tests_suite.faults.staged import staged
from tests_suite.faults.world import World

SHOWN = 12  # characters of a secret that nobody may see
GITHUB = {"GITHUB_ACTIONS": "true"}


@dataclass
class Canaries:
    """Secrets by the place that they are put into; each is another text, so that a leak names its place."""

    environment: dict[str, str] = field(default_factory=dict)
    sent: dict[str, str] = field(default_factory=dict)

    def put(self, place: str) -> str:
        """A new secret from the environment, as the target file names it."""
        variable = f"CANARY_{place.upper()}"
        self.environment[variable] = f"kp_{place}7x/hunter+horse=Staple-{place}-Qz"
        return f"${{{variable}}}"

    def value(self, place: str) -> str:
        """The secret of a place."""
        return self.environment[f"CANARY_{place.upper()}"]

    def address(self, url: str, place: str, user: str = "gate") -> str:
        """A URL with a user and a secret as the password, written into the file itself."""
        self.put(place)
        password = self.environment.pop(f"CANARY_{place.upper()}").replace("=", f"={len(self.sent)}")
        self.sent[place] = password
        return url.replace("://", f"://{user}:{quote(password, safe='')}@")

    def leaks(self, texts: Mapping[str, str]) -> list[str]:
        """What can be read of a secret, and where: its beginning, its end, its URL spelling, its base64 forms."""
        found = []
        for place, secret in {**self.environment, **self.sent}.items():
            core = secret[secret.index("hunter") :]  # no pattern of numbers or names takes it for one
            basic = base64.b64encode(f"gate:{secret}".encode()).decode()
            forms = {secret[:SHOWN], core[:SHOWN], secret[-SHOWN:], quote(secret, safe="")[:SHOWN], basic[8:24]}
            forms |= {base64.b64encode(secret.encode()).decode()[:16], quote(secret, safe="")[-SHOWN:]}
            found += [f"{place}: {form} in {name}" for name, text in texts.items() for form in forms if form in text]
        return found


def echo(exchange: Exchange) -> None:
    """Refuse, and quote everything that was asked: head, its decoded authorization, and body."""
    head = exchange.head.decode("latin-1")
    body = exchange.body.decode("utf-8", "replace")
    said = [f"not allowed: {head} {body}", json.dumps({"error": head, "detail": [body]})]
    for line in head.splitlines():
        name, _, value = line.partition(": ")
        if name.lower() == "authorization" and value.startswith("Basic "):
            said.insert(0, f"unknown user {base64.b64decode(value[6:]).decode('utf-8', 'replace')}")
        if name.lower() in ("x-api-key", "authorization"):
            said.insert(0, f"no such key: {value}")
    exchange.reply(403, "\n".join(said).encode(), {"content-type": "text/plain"})


@pytest.fixture
def canaries() -> Canaries:
    """No secrets yet."""
    return Canaries()


def _fill(made: World, canaries: Canaries, url: str) -> None:
    """Put a secret wherever a target may hold one; `url` is of a server that echoes."""
    made.target["name"] = f"a copy of {canaries.put('name')}"
    made.target["knowledge"] = {
        "url": canaries.address(url, "address"),
        "api_key": canaries.put("api_key"),
        "timeout_seconds": 5,
    }
    made.target["database"] = {
        "uri": canaries.address("mongodb://127.0.0.1:9/knowledge?serverSelectionTimeoutMS=200", "database")
    }
    made.target["prometheus"] = {
        "url": url,
        "username": "gate",
        "password": canaries.put("prometheus"),
        "labels": {"instance": canaries.put("label")},
        "queries": {"disk": f'disk{{host="{canaries.put("query")}"}}'},
        "timeout_seconds": 2,
    }
    made.target["contacts"] = [
        *made.target.get("contacts", ()),
        {"role": "Ops", "name": canaries.put("contact"), "phone": canaries.put("phone")},
    ]
    made.target.setdefault("overrides", []).append(
        {"item": "2.1.2", "limit": "response time", "value": 9000, "reason": f"because of {canaries.put('reason')}"}
    )
    if "staging" in made.target:
        made.target["staging"]["knowledge"] = {
            "url": canaries.address(url, "staging"),
            "api_key": canaries.put("staging_key"),
        }
    made.target.setdefault("approvals", {})["allowed_signers"] = f"nowhere/{canaries.put('signers')}"


def _tell_in_evidence(made: World, canaries: Canaries) -> None:
    """Write the secrets, as the environment holds them, into logs and records, as people and programs do."""
    told = " and ".join({**canaries.environment, **canaries.sent}.values())
    watched.errors(f"cannot reach https://host/{told} with key {told}", 1, 2, 3, 4)(made)
    lines = [f"{number} ERROR worker: refused {each}" for number, each in enumerate(canaries.environment.values(), 2)]
    watched.text_log(*lines)(made)
    _tell_in_records(made, canaries)


def _tell_in_records(made: World, canaries: Canaries) -> None:
    told = " and ".join({**canaries.environment, **canaries.sent}.values())
    for path in (made.root / records.EVIDENCE).glob("*.json"):
        text = path.read_text(encoding="utf-8")
        data = json.loads(text)
        if isinstance(data, dict):
            data["remark"] = told  # no record knows it: the mistake is quoted
            for key, value in data.items():
                if isinstance(value, str):
                    data[key] = f"{told} {value}"
            path.write_text(json.dumps(data), encoding="utf-8")


def _everything(output: str, *folders: Path) -> dict[str, str]:
    files = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    return {
        "terminal": output,
        **{str(path): path.read_text(encoding="utf-8", errors="backslashreplace") for path in files},
    }


def _hour(made: World) -> None:
    hour.hour(made)
    hour.live()(made)


def _first_day(made: World) -> None:
    watched.watched(made)


GATES: Mapping[str, Callable[[World], object]] = {
    "smoke": lambda made: None,
    "mcp": mcp_chaos.healthy,
    "monitoring": _hour,
    "first_day": _first_day,
    "baseline": _first_day,
    "acceptance": accepted,
    "predeploy": records.recorded,
}


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["one process", "two workers"])
@pytest.mark.parametrize("marker", GATES)
def test_failing_gate_leaves_no_secret(
    marker: str, workers: tuple[str, ...], canaries: Canaries, tmp_path: Path, reference_server: ReferenceServer
) -> None:
    made = world.make(tmp_path / "world", reference_server.url)
    GATES[marker](made)
    with SickServer(reference_server.url, {"*": echo}) as server:
        _fill(made, canaries, server.url)
        if marker in ("first_day", "acceptance", "baseline"):
            _tell_in_evidence(made, canaries)
        page = tmp_path / "page.md"
        made.environment.update({**canaries.environment, **GITHUB, "GITHUB_STEP_SUMMARY": str(page)})

        run = made.run(marker, tmp_path / "reports", "-vv", "-l", "--log-cli-level=DEBUG", *workers)

    assert run.verdict is not None, run.output
    assert "failed" in run.outcomes.values(), run.output
    texts = _everything(run.output, tmp_path / "reports")
    texts["job page"] = page.read_text(encoding="utf-8")
    assert MASK in run.output
    assert canaries.leaks(texts) == []


def _tell_in_passing_runs(made: World, canaries: Canaries, with_password: bool) -> None:
    """Secrets in what a passing run names: target, contacts, reasons, and what lets it in."""
    made.target["name"] = f"a copy of {canaries.put('name')}"
    made.target["contacts"] = [
        *made.target.get("contacts", ()),
        {"role": "Ops", "name": canaries.put("contact"), "phone": canaries.put("phone")},
    ]
    made.target.setdefault("overrides", []).append(
        {"item": "2.1.2", "limit": "response time", "value": 9000, "reason": f"because of {canaries.put('reason')}"}
    )
    made.target["knowledge"]["api_key"] = "${CANARY_API_KEY}"
    if not with_password:
        return
    made.target["knowledge"]["url"] = canaries.address(made.target["knowledge"]["url"], "address")


PASSING: Mapping[str, Callable[[World], object]] = {
    **{marker: prepare for marker, prepare in GATES.items() if marker in ("smoke", "mcp", "first_day", "acceptance")},
    "monitoring": _hour,
    "verification": records.recorded,
}


@pytest.fixture
def keeper(canaries: Canaries) -> Iterator[ReferenceServer]:
    """A server that lets in who has the key."""
    canaries.put("api_key")
    server = start("--rate-limit", "1000000", "--api-key", canaries.value("api_key"))
    yield server
    server.stop()


@pytest.mark.parametrize("marker", PASSING)
def test_passing_gate_leaves_no_secret(
    marker: str, canaries: Canaries, tmp_path: Path, keeper: ReferenceServer
) -> None:
    made = world.make(tmp_path / "world", keeper.url)
    PASSING[marker](made)
    if marker not in ("acceptance", "verification"):  # whose reports and records name the target
        _tell_in_passing_runs(made, canaries, with_password=marker != "mcp")  # the client's file names the same URL
    else:
        made.target["contacts"][0]["email"] = canaries.put("contact")
    page = tmp_path / "page.md"
    made.environment.update({**canaries.environment, **GITHUB, "GITHUB_STEP_SUMMARY": str(page)})

    run = made.run(marker, tmp_path / "reports", "-vv", "--log-cli-level=DEBUG", f"--log-file={tmp_path / 'log.txt'}")

    assert run.status == 0, f"{run.messages}\n{run.output}"
    texts = _everything(run.output, tmp_path / "reports")
    texts |= {path.name: path.read_text(encoding="utf-8") for path in (page, tmp_path / "log.txt")}
    assert canaries.leaks(texts) == []


def test_staging_leaves_no_secret(
    canaries: Canaries, tmp_path: Path, reference_server: ReferenceServer, staging_server: ReferenceServer
) -> None:
    """Key and password of staging, in the records of its environments and its rehearsal, too."""
    made = world.make(tmp_path / "world", reference_server.url)
    staged(made, staging_server.url)
    with SickServer(staging_server.url, {"*": echo}) as server:
        _fill(made, canaries, server.url)
        _tell_in_records(made, canaries)
        made.environment.update(canaries.environment)

        run = made.run("staging", tmp_path / "reports", "-vv", "-l")

    assert run.verdict is not None, run.output
    assert "failed" in run.outcomes.values(), run.output
    assert canaries.leaks(_everything(run.output, tmp_path / "reports")) == []
