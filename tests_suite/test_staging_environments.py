"""Production and staging side by side: what differs, what was said to differ, and what nobody may write down."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from fixtures.evidence.record import Record
from fixtures.finding import Finding
from fixtures.knowledge.handshake import HandshakeError
from fixtures.knowledge.http import Answer
from fixtures.knowledge.knowledgetarget import KnowledgeTarget
from fixtures.knowledge.server import KnowledgeServer
from fixtures.schedule import Schedule
from fixtures.staging import environments
from fixtures.staging.environments import Difference

T0 = datetime(2026, 1, 6, 9, tzinfo=UTC)
LABEL = "https://staging.example"
SECRET = "hunter-two"


def _side(**changes: Any) -> dict[str, Any]:
    knowledge = {"url": LABEL, "version": "0.1.0", "tools": ["search", "list"]}
    return {"host": {"cpus": 2}, "workflow": {"version": "1.0.0"}, "knowledge": knowledge, **changes}


def _record(**parts: Any) -> Record:
    text = json.dumps({"production": _side(), "staging": _side(), **parts}, indent=1)
    return Record("environments.json", json.loads(text), text=text)


def _said(found: list[Finding]) -> list[str]:
    assert {each.file for each in found} <= {"environments.json"}
    return [each.message for each in found]


def _entry(setting: str, production: object, staging: object) -> dict[str, object]:
    return {"setting": setting, "production": production, "staging": staging, "reason": "staging is smaller"}


# What differs


def test_settings_go_by_their_place() -> None:
    record = _record(staging={"a": {"b": {"c": 1}, "d": []}, "e": {}, "f": None})

    assert environments.settings(record, "staging") == {"a.b.c": 1, "a.d": [], "e": {}, "f": None}


SAME_OR_NOT: list[tuple[object, object, bool]] = [
    (1, 1, True),
    (1, 1.0, True),
    (1, True, False),
    (0, False, False),
    ("2", 2, False),
    (["a", "b"], ["b", "a"], True),
    (["a", "a"], ["a"], False),
    ([1], [True], False),
    ([["a", "b"]], [["b", "a"]], True),
    (None, "absent", False),
]


@pytest.mark.parametrize(("one", "other", "same"), SAME_OR_NOT)
def test_settings_agree_as_people_read_them(one: object, other: object, same: bool) -> None:
    expected = [] if same else [Difference("host.x", one, other)]

    assert environments.differences({"host.x": one}, {"host.x": other}) == expected


def test_differences_are_sorted_and_say_what_is_absent() -> None:
    found = environments.differences({"b": 1, "z.only": 2, "same": 3}, {"a.only": "x", "b": 2, "same": 3})

    assert [str(each) for each in found] == [
        "a.only is absent in production and 'x' on staging",
        "b is 1 in production and 2 on staging",
        "z.only is 2 in production and absent on staging",
    ]


def test_difference_does_not_show_a_secret_and_shortens_what_is_long() -> None:
    assert str(Difference("env.db_password", SECRET, "not set")) == (
        "env.db_password is (not shown) in production and 'not set' on staging"
    )
    assert str(Difference("env.note", "x" * 100, 1)) == f"env.note is '{'x' * 79} in production and 1 on staging"


def test_difference_that_nobody_documented_is_told_with_its_line() -> None:
    record = _record(
        staging=_side(host={"cpus": 1, "memory": 4}), differences=[_entry("host.memory", "absent", 4), "no entry"]
    )
    line = record.text.split("\n").index('   "cpus": 1,') + 1

    assert environments.undocumented(record) == [
        Finding(
            "environments.json",
            line,
            "staging.host.cpus: host.cpus is 2 in production and 1 on staging; "
            "bring them in line, or document it under differences with the reason",
        )
    ]


@pytest.mark.parametrize("listed", [None, "host.cpus", {"setting": "host.cpus"}])
def test_differences_that_are_no_list_document_nothing(listed: object) -> None:
    record = _record(staging=_side(host={"cpus": 1}), differences=listed)

    assert len(environments.undocumented(record)) == 1


def test_documented_differences_go_by_their_setting() -> None:
    entries = [_entry("host.cpus", 2, 1), _entry("host.memory", 8, 4)]

    assert environments.documented(_record(differences=entries)) == dict(
        zip(("host.cpus", "host.memory"), entries, strict=True)
    )
    assert environments.documented(_record()) == {}


def test_rehearsal_starts_from_the_version_that_production_runs() -> None:
    record = _record(staging=_side(workflow={"version": "0.9.0"}))

    assert _said(environments.version_findings(record, "1.0.0")) == [
        "staging.workflow.version: staging ran 0.9.0; expected 1.0.0, the version that the deployment replaces"
    ]
    assert [each.partition(":")[0] for each in _said(environments.version_findings(record, "1.1.0"))] == [
        "production.workflow.version",
        "staging.workflow.version",
    ]


WEEK = timedelta(days=7)
DESCRIBED: list[tuple[datetime, datetime, list[str]]] = [
    (T0, T0, []),
    (T0 + timedelta(minutes=5), T0, []),
    (T0 + timedelta(minutes=5, seconds=1), T0, ["described: 2026-01-06T09:05:01+00:00 is still to come"]),
    (T0 - WEEK, T0, []),
    (
        T0 - WEEK - timedelta(seconds=1),
        T0,
        ["described: 2025-12-30T08:59:59+00:00 is more than 7 days before T-0; look at both again"],
    ),
]


@pytest.mark.parametrize(("at", "now", "says"), DESCRIBED)
def test_description_is_of_the_week_before_the_deployment(at: datetime, now: datetime, says: list[str]) -> None:
    record = _record(described=at.isoformat())

    assert _said(environments.time_findings(record, now, Schedule(T0))) == says


# As they answer


def _server(body: bytes, tools: tuple[str, ...] | HandshakeError) -> KnowledgeServer:
    """A server that has been asked already; nothing is sent."""
    server = KnowledgeServer(KnowledgeTarget(LABEL), LABEL, httpx.Client())
    server.__dict__.update(health=(Answer("GET /health", 200, 1.0, body=body),), tools=tools)
    return server


HEALTHY = b'{"status": "healthy", "version": "0.1.0"}'
ANSWERS: list[tuple[bytes, tuple[str, ...] | HandshakeError, list[str]]] = [
    (HEALTHY, ("list", "search"), []),
    (
        b'{"version": "0.2.0"}',
        ("search",),
        [
            "staging.knowledge.version: 0.1.0 on record, 0.2.0 by /health of https://staging.example",
            "staging.knowledge.tools: list: https://staging.example does not list it and the record does",
        ],
    ),
    (
        b'{"version": 1}',
        ("search", "other", "list"),
        [
            "staging.knowledge: https://staging.example tells no version: GET /health: answered 200; expected one",
            "staging.knowledge.tools: other: https://staging.example lists it and the record does not",
        ],
    ),
    (
        b"[]",
        HandshakeError("no answer"),
        [
            "staging.knowledge: https://staging.example tells no version: GET /health: answered 200; expected one",
            "staging.knowledge.tools: https://staging.example lists no tools: no answer",
        ],
    ),
]


@pytest.mark.parametrize(("body", "tools", "says"), ANSWERS)
def test_server_answers_as_it_is_described(
    body: bytes, tools: tuple[str, ...] | HandshakeError, says: list[str]
) -> None:
    assert _said(environments.stale(_record(), "staging", _server(body, tools))) == says


def test_environment_is_described_with_the_server_that_the_target_names() -> None:
    described = _side(knowledge={"url": f"https://gate:{SECRET}@other.example/mcp"})
    record = _record(staging=described)

    assert environments.address_findings(record, "staging", None) == []
    assert environments.address_findings(record, "staging", KnowledgeTarget(None)) == []
    assert environments.address_findings(record, "production", KnowledgeTarget(f"{LABEL}/mcp")) == []
    assert _said(environments.address_findings(record, "staging", KnowledgeTarget(LABEL))) == [
        "staging.knowledge.url: https://other.example/mcp on record, https://staging.example in the target"
    ]


# What was said to differ


STATEMENTS: list[tuple[dict[str, Any], list[str]]] = [
    ({"differences": [_entry("a", 1, 2)]}, []),
    ({"no_differences": "they are the same machine"}, []),
    (
        {"differences": [_entry("a", 1, 2)], "no_differences": "none"},
        ["no_differences: differences are listed, too; expected one of the two"],
    ),
    (
        {},
        [
            "nothing is said about what is specific to an environment; expected the settings that differ under "
            "differences, or a statement under no_differences"
        ],
    ),
]


@pytest.mark.parametrize(("parts", "says"), STATEMENTS)
def test_record_says_what_differs_or_that_nothing_does(parts: dict[str, Any], says: list[str]) -> None:
    assert _said(environments.statement_findings(_record(**parts))) == says


UNTRUE: list[tuple[list[dict[str, object]], list[str]]] = [
    ([_entry("host.cpus", 2, 1), _entry("env.token", "set", SECRET)], []),
    (
        [_entry("workflow.version", "1.0.0", "1.1.0"), _entry("host.cpus", 2, 4)],
        [
            "differences[0].setting: workflow.version does not differ",
            "differences[1].staging: host.cpus is 1 there; documented as 4",
        ],
    ),
    (
        [_entry("host.cpus", 4, 4)],
        [
            "differences[0].production: host.cpus is 2 there; documented as 4",
            "differences[0].staging: host.cpus is 1 there; documented as 4",
        ],
    ),
    (
        [_entry("env.token", "set", "not set"), _entry("env.token", "other-secret", SECRET)],
        [
            "differences[0].staging: env.token has another value there",
            "differences[1].production: env.token has another value there",
            "differences: env.token is documented twice",
        ],
    ),
    (
        [_entry("host.only", "absent", 7)],
        ["differences[0].staging: host.only is 8 there; documented as 7"],
    ),
]


@pytest.mark.parametrize(("entries", "says"), UNTRUE)
def test_documented_difference_is_one_and_has_those_values(entries: list[dict[str, object]], says: list[str]) -> None:
    record = _record(
        production=_side(env={"token": "set"}),
        staging=_side(host={"cpus": 1, "only": 8}, env={"token": SECRET}),
        differences=entries,
    )

    assert _said(environments.untrue(record)) == says


def test_statement_that_nothing_differs_is_held_against_what_does() -> None:
    record = _record(staging=_side(host={"cpus": 1, "a": 1}), no_differences="the same image")

    assert _said(environments.untrue(record)) == ["no_differences: not so: host.a, host.cpus differ"]
    assert environments.untrue(_record(no_differences="the same image")) == []


# Secrets

SECRETS: list[tuple[str, object, bool]] = [
    ("db_password", SECRET, True),
    ("DB_PASSWORD", SECRET, True),
    ("api-key", SECRET, True),
    ("credentials", ["set", SECRET], True),
    ("password", 1234567, True),
    ("password", "12345", False),
    ("password", "123456", True),
    ("password", True, False),
    ("password", None, False),
    ("password", "not set", False),
    ("password", "Redacted", False),
    ("password", "********", False),
    ("password", "${DB_PASSWORD}", False),
    ("password", "${DB_PASSWORD}hunter", True),
    ("max_tokens", "1234567", False),
    ("password_policy", "very strong", False),
    ("note", "sk-12345678", True),
    ("note", "sk-1234567", False),
    ("note", "AKIA0123456789AB", True),
    ("note", "Bearer 12345678", True),
    ("database", f"mongodb://gate:{SECRET}@db.example/kb", True),
    ("database", "mongodb://gate@db.example/kb", False),
    ("database", "mongodb://gate:${PASSWORD}@db.example/kb", False),
]


@pytest.mark.parametrize(("name", "value", "is_secret"), SECRETS)
def test_password_or_key_in_a_record_is_told_by_its_name_alone(name: str, value: object, is_secret: bool) -> None:
    setting = f"env.{name}"
    record = _record(
        production=_side(env={name: value}), differences=[_entry("host.cpus", 1, 2), _entry(setting, "set", value)]
    )
    found = environments.secrets_in(record)

    assert _said(found) == (
        [
            f"production.{setting}: {setting} holds a secret (not shown here); expected 'set', 'not set' or ${{NAME}}",
            f"differences[1].staging: {setting} holds a secret (not shown here)",
        ]
        if is_secret
        else []
    )
