"""The verdict that the smoke gate left on staging: read as evidence, and not taken at its word."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from fixtures.finding import Finding
from fixtures.staging import smoke
from fixtures.staging.smoke import SmokeVerdict, VerdictError

NOW = datetime(2026, 1, 6, 6, tzinfo=UTC)
OLD, NEW = "a" * 64, "b" * 64
VERDICT: dict[str, Any] = {
    "marker": "smoke",
    "verdict": "PASS",
    "exit_status": 0,
    "ended": "2026-01-05T11:00:00+00:00",
    "items": [
        {"id": "2.1.1", "title": "Workflow loads", "outcome": "passed"},
        {"id": "2.1.2", "title": "Agents answer", "outcome": "degraded"},
        {"id": "2.1.3", "title": "Server is up", "outcome": "passed"},
    ],
    "target": {
        "name": "staging",
        "production": False,
        "embedded": [],
        "overrides": [],
        "subjects": {"workflow": {"sha256": NEW}, "knowledge": {"location": "https://staging.example"}},
    },
}
ITEMS = ("2.1.1", "2.1.2", "2.1.3")


def _verdict(target: Mapping[str, object], values: Mapping[str, object]) -> SmokeVerdict:
    return SmokeVerdict("v.json", {**VERDICT, "target": {**VERDICT["target"], **target}, **values})


def _told(found: list[Finding]) -> list[str]:
    assert {(each.file, each.line) for each in found} <= {("v.json", None)}
    return [each.message for each in found]


OUTCOMES: list[tuple[dict[str, object], list[str]]] = [
    ({}, []),
    ({"verdict": "DEGRADE"}, []),
    ({"marker": "bmad"}, ["is the verdict of the gate 'bmad'; expected 'smoke'"]),
    ({"verdict": "FAIL"}, ["the verdict is FAIL, exit status 0; expected PASS"]),
    ({"exit_status": 1}, ["the verdict is PASS, exit status 1; expected PASS"]),
    (
        {
            "items": [
                {"id": "2.1.1", "title": "", "outcome": "failed"},
                {"id": "2.1.3", "title": "", "outcome": "passed"},
            ]
        },
        ["2.1.1 failed; expected passed", "2.1.2 was not looked at; expected passed"],
    ),
]


@pytest.mark.parametrize(("values", "says"), OUTCOMES)
def test_every_item_of_the_smoke_test_counts(values: dict[str, object], says: list[str]) -> None:
    assert _told(smoke.outcome_findings(_verdict({}, values), ITEMS)) == says


def test_reservations_and_overridden_figures_of_a_verdict_are_told() -> None:
    overrides = [{"item": "2.1.1", "limit": "seconds"}, {"fact": "agents"}]

    assert _told(smoke.degraded(_verdict({"overrides": overrides}, {}))) == [
        "2.1.2 is degraded: Agents answer",
        "ran with 2.1.1 seconds overridden",
        "ran with fact agents overridden",
    ]


SERVER = "https://staging.example"
SUBJECTS: list[tuple[dict[str, object], set[str], list[str]]] = [
    ({}, {SERVER}, []),
    ({"production": True}, {SERVER}, ["ran on 'staging', which is production; expected staging"]),
    (
        {"embedded": ["workflow", "claude"]},
        {SERVER},
        ["took workflow, claude from the reference release, not from staging"],
    ),
    (
        {},
        {"http://z.example", "http://a.example"},
        ["asked the knowledge server https://staging.example; staging's is http://a.example or http://z.example"],
    ),
    (
        {"subjects": {}},
        {SERVER},
        [
            "verified files with the digest none…; those of this package have bbbbbbbbbbbbbbbb…",
            "asked the knowledge server none; staging's is https://staging.example",
        ],
    ),
    (
        {"subjects": {"workflow": {"sha256": "c" * 64}}},
        set(),
        ["verified files with the digest cccccccccccccccc…; those of this package have bbbbbbbbbbbbbbbb…"],
    ),
    ({"subjects": {"workflow": {"sha256": OLD}}}, set(), []),
]


@pytest.mark.parametrize(("target", "servers", "says"), SUBJECTS)
def test_smoke_test_looked_at_this_package_on_staging(
    target: dict[str, object], servers: set[str], says: list[str]
) -> None:
    assert _told(smoke.subject_findings(_verdict(target, {}), (NEW, OLD), servers)) == says


DEPLOYED = datetime(2026, 1, 5, 11, 5, tzinfo=UTC)
ENDED = datetime(2026, 1, 5, 11, tzinfo=UTC)
SECOND = timedelta(seconds=1)
AT = "ended at 2026-01-05T11:00:00+00:00,"
RUN_TIMES: list[tuple[datetime, datetime, timedelta, list[str]]] = [
    (DEPLOYED, NOW, timedelta(days=7), []),
    (DEPLOYED, ENDED - timedelta(minutes=5), timedelta(days=7), []),
    (DEPLOYED, ENDED - timedelta(minutes=5) - SECOND, timedelta(days=7), [f"{AT} which is still to come"]),
    (
        DEPLOYED + SECOND,
        NOW,
        timedelta(days=7),
        [f"{AT} before the release was on staging (2026-01-05T11:05:01+00:00): run it again"],
    ),
    (DEPLOYED, NOW, NOW - ENDED, []),
    (DEPLOYED, NOW, timedelta(hours=18), [f"{AT} more than 18:00:00 ago: run it again"]),
]


@pytest.mark.parametrize(("deployed", "now", "oldest", "says"), RUN_TIMES)
def test_smoke_test_ran_on_the_release_and_not_long_ago(
    deployed: datetime, now: datetime, oldest: timedelta, says: list[str]
) -> None:
    assert _told(smoke.time_findings(_verdict({}, {}), deployed, now, oldest)) == says
    elsewhere = [each.replace("the release was on staging", "the rollback had ended") for each in says]
    assert _told(smoke.time_findings(_verdict({}, {}), deployed, now, oldest, "the rollback had ended")) == elsewhere


def test_verdict_is_read_and_held_to_its_schema(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    schema = {"type": "object", "required": ["verdict"], "properties": {"verdict": {"type": "string"}}}
    path = tmp_path / "smoke" / "verdict.json"
    path.parent.mkdir()
    expected = "expected what `pytest -m smoke` left on staging"

    def refused() -> str:
        with pytest.raises(VerdictError) as error:
            smoke.read(tmp_path, schema)
        return str(error.value)

    assert refused() == f"{path}: no such file or directory; {expected}"
    path.write_bytes(b'{"verdict": "\xff"}')
    assert refused() == f"{path}: is no JSON; {expected}"
    path.write_text("{}", encoding="utf-8")
    assert refused() == f"{path}: verdict: missing; expected a value; {expected}"
    text = json.dumps({"verdict": "größer"}, ensure_ascii=False)
    path.write_text(text, encoding="utf-8")
    monkeypatch.setattr(smoke, "LARGEST", len(text.encode()))
    assert smoke.read(tmp_path, schema) == SmokeVerdict(str(path), {"verdict": "größer"})
    monkeypatch.setattr(smoke, "LARGEST", len(text.encode()) - 1)
    assert refused() == f"{path}: larger than {len(text.encode()) - 1} bytes; {expected}"
