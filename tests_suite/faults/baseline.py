"""Faults of the performance baseline (1.1.4): missing, of another version, too old, incomplete, at odds with itself."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from tests_suite.faults import records
from tests_suite.faults.world import Fault, World

GATE = "verification"
FAILED = {"1.1.4": "failed"}
DEGRADED = {"1.1.4": "degraded"}
Change = Callable[[dict[str, Any]], object]

changed = partial(records.with_record, "baseline")
rewritten = partial(records.with_text, "baseline")


def _missing(world: World) -> None:
    records.path_of(world, "baseline").unlink()


def _twice(world: World) -> None:
    path = records.path_of(world, "baseline")
    path.with_suffix(".yaml").write_bytes(path.read_bytes())


def _as_yaml(change: Callable[[str], str]) -> Callable[[World], None]:
    """The record as YAML, which has numbers that JSON does not have."""

    def breaks(world: World) -> None:
        path = records.path_of(world, "baseline")
        text = path.read_text(encoding="utf-8")
        path.unlink()
        broken = change(text)
        assert broken != text
        path.with_suffix(".yaml").write_text(broken, encoding="utf-8")

    return breaks


def _template(world: World) -> None:
    from fixtures.evidence.record import HERE

    path = records.path_of(world, "baseline")
    path.unlink()
    path.with_suffix(".yaml").write_bytes((HERE / "templates" / "baseline.yaml").read_bytes())


def _captured(**ago: float) -> Change:
    """A baseline from that long ago, its runs before it."""

    def change(data: dict[str, Any]) -> None:
        captured = datetime.now(UTC) - timedelta(**ago)
        data["captured"] = captured.isoformat(timespec="seconds")
        data["steps"]["from"] = (captured - timedelta(days=3)).isoformat(timespec="seconds")
        data["steps"]["to"] = (captured - timedelta(days=1)).isoformat(timespec="seconds")

    return change


def _tool(tool: str, **figures: Any) -> Change:
    return lambda data: data["knowledge"]["tools"][tool].update(figures)


def _at(*path: str, value: Any) -> Change:
    """Another value at a place of the record."""

    def change(data: dict[str, Any]) -> None:
        for part in path[:-1]:
            data = data[part]
        data[path[-1]] = value

    return change


def _without(*path: str) -> Change:
    """The record without one of its keys."""

    def change(data: dict[str, Any]) -> None:
        for part in path[:-1]:
            data = data[part]
        del data[path[-1]]

    return change


def _without_part_five(data: dict[str, Any]) -> None:
    gone = data["steps"]["parts"].pop("5")
    data["steps"]["total"] = round(data["steps"]["total"] - gone["minutes"], 1)


def _steps_of_two_in_one(data: dict[str, Any]) -> None:
    parts = data["steps"]["parts"]
    first, second = parts.pop("2a"), parts.pop("2b")
    parts["2"] = {"minutes": round(first["minutes"] + second["minutes"], 1), "runs": 5}


def _steps_after_capture(data: dict[str, Any]) -> None:
    ended = datetime.fromisoformat(data["captured"]) + timedelta(hours=1)
    data["steps"]["to"] = ended.isoformat()


def _median_beyond(data: dict[str, Any]) -> None:
    tool = data["knowledge"]["tools"]["get_patterns"]
    tool["p50"] = 60.0
    del tool["samples"]


def _few_calls(data: dict[str, Any]) -> None:
    tool = data["knowledge"]["tools"]["list_sources"]
    tool.update(n=1, samples=tool["samples"][:1])
    tool.update(dict.fromkeys(("min", "p50", "p95", "max"), tool["samples"][0]))


def _old_steps(data: dict[str, Any]) -> None:
    captured = datetime.fromisoformat(data["captured"])
    data["steps"]["from"] = (captured - timedelta(days=190)).isoformat()
    data["steps"]["to"] = (captured - timedelta(days=180)).isoformat()


def _whole_file(text: str) -> str:
    return json.dumps([json.loads(text)])


THERE = [
    ("baseline is missing", _missing, ("baseline.yaml", "is missing", "templates/baseline.yaml")),
    ("baseline is there twice", _twice, ("is there twice, as baseline.yaml and baseline.json",)),
    ("baseline is a template that nobody filled in", _template, ("captured: is not filled in", "host.cpus")),
    ("baseline is a list", rewritten(_whole_file), ("holds a list; expected keys and values",)),
    ("baseline breaks off", rewritten(lambda text: text[: len(text) // 2]), ("no valid JSON",)),
    ("baseline is of form 2", changed(_at("schema", value=2)), ("schema: found 2, expected 1",)),
    ("baseline has an unknown key", changed(_at("hosts", value={})), ("hosts: unknown key; did you mean host?",)),
    ("baseline does not say where it was measured", changed(_without("where")), ("where: missing; expected the host",)),
    ("baseline was captured by nobody", changed(_at("captured_by", value=" ")), ("captured_by: found an empty text",)),
    ("baseline has seconds as its unit", changed(_at("knowledge", "unit", value="s")), ("knowledge.unit: found 's'",)),
]
WHEN = [
    (
        "baseline is of the new version",
        changed(_at("release", "version", value="2.0.0")),
        ("to be deployed", "'1.0.0'"),
    ),
    (
        "baseline is of an older version",
        changed(_at("release", "version", value="0.9.0")),
        ("release.version: is '0.9.0'",),
    ),
    ("baseline is of another workflow", changed(_at("release", "name", value="other")), ("release.name: is 'other'",)),
    (
        "baseline is of staging's server",
        changed(_at("knowledge", "server", value="https://me:secret@staging.example.com/mcp")),
        ("knowledge.server: https://staging.example.com/mcp was measured; expected http://127.0.0.1",),
    ),
    ("baseline is 25 hours old", changed(_captured(hours=25)), ("baseline age: 25 h, the limit is ≤ 24 h",)),
    ("baseline is from the future", changed(_captured(minutes=-30)), ("which is yet to come",)),
    ("baseline is from after T-0", changed(_captured(hours=-9)), ("expected a time before the deployment, T-0 is",)),
    (
        "baseline was captured at a time without a zone",
        changed(_at("captured", value="2026-01-05T10:00:00")),
        ("captured: found '2026-01-05T10:00:00', expected a point in time with its time zone",),
    ),
    (
        "baseline's runs end after it",
        changed(_steps_after_capture),
        ("steps.to: is", "expected a time before captured"),
    ),
    (
        "baseline's runs end before they begin",
        changed(lambda data: data["steps"].update({"from": data["steps"]["to"], "to": data["steps"]["from"]})),
        ("steps.to: is", "expected a time after steps.from"),
    ),
]
COMPLETE = [
    (
        "baseline lacks a tool",
        changed(_without("knowledge", "tools", "get_warnings")),
        ("knowledge.tools.get_warnings: missing",),
    ),
    ("baseline lacks all tools", changed(_at("knowledge", "tools", value={})), ("no tool in it, nothing verified",)),
    (
        "baseline lacks a part",
        changed(_without_part_five),
        ("steps.parts.5: missing; expected a duration of each part",),
    ),
    (
        "baseline has step 2 as a whole",
        changed(_steps_of_two_in_one),
        (
            "steps.parts.2: is no part of the steps; did you mean 2",
            "steps.parts.2a: missing",
            "steps.parts.2b: missing",
        ),
    ),
    ("baseline lacks the steps", changed(_without("steps")), ("steps: missing; expected the duration of each part",)),
    ("baseline lacks the host", changed(_without("host")), ("host: missing; expected what the machine has",)),
    (
        "baseline lacks the disk",
        changed(_without("host", "disk_percent")),
        ("host.disk_percent: missing; expected disk",),
    ),
    (
        "baseline leaves the network out without a reason",
        changed(_at("host", "network_percent", value=None)),
        ("host.network_reason: missing; expected why network_percent is null",),
    ),
]
FIGURES = [
    (
        "baseline has a time that is no number",
        _as_yaml(lambda text: text.replace('"cpu_percent": 23.0', '"cpu_percent": .nan')),
        ("host.cpu_percent: is no number; expected a measured figure",),
    ),
    (
        "baseline has an endless time",
        _as_yaml(lambda text: text.replace('"memory_gb": 32.0', '"memory_gb": .inf')),
        ("host.memory_gb: inf is out of range; expected more than 0",),
    ),
    (
        "baseline has a number of 400 digits",
        rewritten(lambda text: text.replace('"p50": 41.2', f'"p50": {"9" * 400}')),
        ("search_knowledge.p50: 9999", "is out of range; expected more than 0"),
    ),
    (
        "baseline has 400 digits of requests",
        rewritten(lambda text: text.replace('"requests": 30', f'"requests": {"9" * 400}')),
        ("knowledge.requests: 9999", "is out of range"),
    ),
    (
        "baseline has NaN in JSON",
        rewritten(lambda text: text.replace('"cpu_percent": 23.0', '"cpu_percent": NaN')),
        ("no valid JSON: NaN is no number",),
    ),
    ("baseline has a time of zero", changed(_tool("get_patterns", min=0)), ("get_patterns.min: 0 is out of range",)),
    ("baseline has a negative time", changed(_at("steps", "parts", "4", "minutes", value=-3)), ("-3 is out of range",)),
    ("baseline has a load of 130 %", changed(_at("host", "cpu_percent", value=130)), ("expected 0 to 100 percent",)),
    (
        "baseline has a number in quotes",
        changed(_tool("get_patterns", p50="41")),
        ("p50: found a text, expected a number",),
    ),
    (
        "baseline has half a call",
        changed(_tool("get_patterns", n=4.5)),
        ("n: found a number, expected a whole number",),
    ),
    (
        "baseline's median is larger than its 95th percentile",
        changed(_median_beyond),
        ("knowledge.tools.get_patterns.p95: is", "less than p50, 60"),
    ),
    (
        "baseline's 95th percentile was interpolated",
        changed(_tool("search_knowledge", p95=51.14)),
        ("search_knowledge.p95: is 51.14; by nearest rank the samples give 52.7",),
    ),
    (
        "baseline's shortest time is none of its samples",
        changed(_tool("search_knowledge", min=30.0)),
        ("samples give 38.6",),
    ),
    (
        "baseline says 50 calls and shows 5",
        changed(_tool("search_knowledge", n=50)),
        ("n: is 50; there are 5 samples",),
    ),
    (
        "baseline's error rate is a share, not percent",
        changed(lambda data: data["knowledge"].update(requests=60, errors=3, error_rate=0.05)),
        ("knowledge.error_rate: is 0.05 %; 3 errors in 60 requests are 5 %",),
    ),
    (
        "baseline has more errors than requests",
        changed(lambda data: data["knowledge"].update(errors=31, error_rate=100)),
        ("knowledge.errors: is 31, more than the 30 requests",),
    ),
    (
        "baseline has more samples than requests",
        changed(_at("knowledge", "requests", value=12)),
        ("30 calls were timed",),
    ),
    (
        "baseline's total is not that of its parts",
        changed(_at("steps", "total", value=41)),
        ("steps.total: is 41 min",),
    ),
]
WEAK = [
    (
        "baseline's steps were measured half a year ago",
        changed(_old_steps),
        ("steps.to: is", "expected runs of the 30 days before captured"),
    ),
    ("baseline has one call of a tool", changed(_few_calls), ("list_sources.n: is 1; expected at least 5 calls",)),
]
FAULTS = [
    *(Fault(name, breaks, FAILED, says, GATE) for name, breaks, says in [*THERE, *WHEN, *COMPLETE, *FIGURES]),
    *(Fault(name, breaks, DEGRADED, says, GATE) for name, breaks, says in WEAK),
]
