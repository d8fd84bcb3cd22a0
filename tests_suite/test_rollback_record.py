"""What the record of a rollback is held to: who decided and when, who was told of what, and the next attempt."""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from fixtures.evidence import record as evidence
from fixtures.evidence.record import Record
from fixtures.finding import Finding
from fixtures.rollback import records
from fixtures.rollback.records import Telling

Change = Callable[[dict[str, Any]], object]
NOW = datetime(2026, 1, 6, 12, tzinfo=UTC)
LEAD = {"name": "Tara Example", "role": "Tech Lead"}
OWNER = {"name": "Paul Example", "role": "Product Manager"}
SHA256 = "0" * 64
RECORD: dict[str, Any] = {
    "schema": 1,
    "decision": {"by": LEAD, "at": "2026-01-06T09:00:00Z", "reason": "agents answer with errors"},
    "announcement": [
        {"sent": "2026-01-06T09:05:00Z", "by": OWNER, "channel": "e-mail", "to": ["a@x.example"], "text": "to 1.0.0"}
    ],
    "execution": {
        "by": LEAD,
        "started": "2026-01-06T09:10:00Z",
        "ended": "2026-01-06T09:20:00Z",
        "backup": {"file": "/backups/old.tar.gz", "sha256": SHA256},
        "failed": {"file": "/backups/new.tar.gz", "sha256": SHA256},
    },
    "smoke": {"reports": "smoke-after-rollback"},
    "result": [
        {"sent": "2026-01-06T09:30:00Z", "by": OWNER, "channel": "e-mail", "to": ["a@x.example"], "text": "1.0.0 again"}
    ],
    "investigation": {"opened": "2026-01-06T10:00:00Z", "owner": LEAD, "known": "the index was not built"},
    "redeployment": {
        "state": "planned",
        "at": "2026-01-08T09:00:00Z",
        "fix": {
            "description": "the index is built first",
            "verified": {"at": "2026-01-06T11:00:00Z", "by": LEAD, "how": "rehearsed on staging"},
        },
    },
}


def _record(folder: Path, change: Change = lambda data: None) -> Record:
    data = deepcopy(RECORD)
    change(data)
    (folder / "rollback.json").write_text(json.dumps(data, indent=1), encoding="utf-8")
    found = evidence.read(folder, "rollback")
    assert found.mistakes == ()
    return found


def _put(place: str, value: object) -> Change:
    """A record with another value at `place`, its keys and numbers with dots between them."""

    def change(data: dict[str, Any]) -> None:
        *way, last = place.split(".")
        part: Any = data
        for key in way:
            part = part[int(key) if key.isdigit() else key]
        part[last] = value

    return change


def _said(found: list[Finding]) -> list[str]:
    assert {each.file for each in found} <= {"rollback.json"}
    return [each.message for each in found]


EVERYTHING_TIMED = (
    records.decision_findings,
    records.execution_times,
    records.investigation_findings,
    records.redeployment_findings,
)


def test_sound_record_gives_no_finding(tmp_path: Path) -> None:
    record = _record(tmp_path)

    assert [check(record, NOW) for check in EVERYTHING_TIMED] == [[], [], [], []]
    assert (records.deputies(record), records.other_senders(record, "announcement")) == ([], [])


# Clocks may differ by five minutes.
ON_TIME, TOO_LATE = "2026-01-06T12:05:00Z", "2026-01-06T12:05:01Z"
TIMED: list[tuple[Callable[[Record, datetime], list[Finding]], str]] = [
    (records.decision_findings, "decision.at"),
    (records.execution_times, "execution.started"),
    (records.execution_times, "execution.ended"),
    (records.investigation_findings, "investigation.opened"),
]


@pytest.mark.parametrize(("check", "place"), TIMED)
def test_what_is_on_record_has_happened(
    check: Callable[[Record, datetime], list[Finding]], place: str, tmp_path: Path
) -> None:
    def until(moment: str) -> Change:
        def change(data: dict[str, Any]) -> None:
            if place.endswith("started"):
                _put("execution.ended", moment)(data)
            _put(place, moment)(data)

        return change

    expected = [f"{place}: {TOO_LATE} is still to come"]
    if place.endswith("started"):
        expected.append(f"execution.ended: {TOO_LATE} is still to come")

    assert check(_record(tmp_path, until(ON_TIME)), NOW) == []
    assert _said(check(_record(tmp_path, until(TOO_LATE)), NOW)) == expected


DECIDERS: list[tuple[dict[str, str], str | None, list[str], list[str]]] = [
    ({"name": "Tara Example", "role": "tl"}, None, [], []),
    ({"name": "Tara Example", "role": "Tech Lead"}, "QA Lead", [], []),
    (
        {"name": "Quinn Example", "role": "QA Lead"},
        "technical lead",
        [],
        ["decision.by: Quinn Example decided in the place of the Tech Lead"],
    ),
    (
        {"name": "Quinn Example", "role": "QA Lead"},
        "Product Manager",
        ["decision.by.role: called by Quinn Example, QA Lead; expected the Tech Lead, or deputy_for: Tech Lead"],
        ["decision.by: Quinn Example decided in the place of the Tech Lead"],
    ),
    (
        {"name": "team", "role": "QA Lead"},
        None,
        [
            "decision.by.role: called by team, QA Lead; expected the Tech Lead, or deputy_for: Tech Lead",
            "decision.by.name: 'team' is nobody's name",
        ],
        ["decision.by: team decided in the place of the Tech Lead"],
    ),
]


@pytest.mark.parametrize(("by", "deputy", "wrong", "doubts"), DECIDERS)
def test_tech_lead_decides_or_a_named_deputy(
    by: dict[str, str], deputy: str | None, wrong: list[str], doubts: list[str], tmp_path: Path
) -> None:
    def change(data: dict[str, Any]) -> None:
        data["decision"].update(by=by, **({"deputy_for": deputy} if deputy else {}))

    record = _record(tmp_path, change)

    assert _said(records.decision_findings(record, NOW)) == wrong
    assert _said(records.deputies(record)) == doubts


def test_finding_has_the_line_of_what_it_is_about(tmp_path: Path) -> None:
    record = _record(tmp_path, _put("decision.by", {"name": "nobody", "role": "Tech Lead"}))

    assert records.decision_findings(record, NOW) == [
        Finding("rollback.json", 5, "decision.by.name: 'nobody' is nobody's name")
    ]


ORDER: list[tuple[str, str, list[str]]] = [
    ("2026-01-06T09:00:00Z", "2026-01-06T09:00:00Z", []),
    ("2026-01-06T10:00:00+01:00", "2026-01-06T09:00:00Z", []),
    (
        "2026-01-06T08:59:59Z",
        "2026-01-06T09:20:00Z",
        ["execution.started: 2026-01-06T08:59:59Z is before the decision, 2026-01-06T09:00:00Z"],
    ),
    (
        "2026-01-06T09:10:00Z",
        "2026-01-06T09:09:59Z",
        ["execution.ended: 2026-01-06T09:09:59Z is before it began, 2026-01-06T09:10:00Z"],
    ),
]


@pytest.mark.parametrize(("started", "ended", "says"), ORDER)
def test_rollback_begins_after_its_decision_and_before_it_ends(
    started: str, ended: str, says: list[str], tmp_path: Path
) -> None:
    record = _record(tmp_path, lambda data: data["execution"].update(started=started, ended=ended))

    assert _said(records.execution_times(record, NOW)) == says


# Messages

AFTER, UNTIL = datetime(2026, 1, 6, 9, tzinfo=UTC), datetime(2026, 1, 6, 9, 20, tzinfo=UTC)
USERS = ("a@x.example", "b@x.example")
Sent = tuple[str, list[str], str]
UNTOLD = "announcement: b@x.example was not told: expected it in a 'to'"
MESSAGES: list[tuple[str, list[Sent], datetime | None, list[str]]] = [
    ("to both at once", [("09:05:00", [*USERS], "1.0.0")], UNTIL, []),
    ("at the moments themselves", [("09:00:00", ["a@x.example"], "1.0.0"), ("09:20:00", ["b@x.example"], "1.0.0")],
     UNTIL, []),
    ("to one only", [("09:05:00", ["a@x.example"], "1.0.0")], UNTIL, [UNTOLD]),
    ("too early", [("08:59:59", [*USERS], "1.0.0")], UNTIL, [
        "announcement[0]: a@x.example was not told: 2026-01-06T08:59:59+00:00 is before 2026-01-06T09:00:00+00:00",
        "announcement[0]: b@x.example was not told: 2026-01-06T08:59:59+00:00 is before 2026-01-06T09:00:00+00:00",
    ]),
    ("too late", [("09:05:00", ["a@x.example"], "1.0.0"), ("09:20:01", ["b@x.example"], "1.0.0")], UNTIL, [
        "announcement[1]: b@x.example was not told: 2026-01-06T09:20:01+00:00 is after it was done, "
        "2026-01-06T09:20:00+00:00",
    ]),
    ("late where there is no end", [("11:00:00", [*USERS], "1.0.0")], None, []),
    ("of no version, then of another", [("09:05:00", [*USERS], "back soon"), ("09:06:00", ["a@x.example"], "2.0.0")],
     UNTIL, [
        "announcement[1]: a@x.example was not told: neither subject nor text names version 1.0.0",
        "announcement[0]: b@x.example was not told: neither subject nor text names version 1.0.0",
    ]),
    ("at the edge of what clocks allow", [("12:05:00", [*USERS], "1.0.0")], None, []),
    ("in the future", [("09:05:00", ["a@x.example"], "1.0.0"), ("12:05:01", ["b@x.example"], "1.0.0")], None, [
        "announcement[1].sent: lies in the future; expected what was sent",
        "announcement[1]: b@x.example was not told: 2026-01-06T12:05:01+00:00 lies in the future",
    ]),
]  # fmt: skip


def _messages(key: str, sent: list[Sent]) -> Change:
    notices = [
        {"sent": f"2026-01-06T{at}Z", "by": OWNER, "channel": "e-mail", "to": to, "text": text} for at, to, text in sent
    ]
    return _put(key, notices)


@pytest.mark.parametrize(("sent", "until", "says"), [row[1:] for row in MESSAGES], ids=[row[0] for row in MESSAGES])
def test_every_user_is_told_of_the_version_in_time(
    sent: list[Sent], until: datetime | None, says: list[str], tmp_path: Path
) -> None:
    record = _record(tmp_path, _messages("announcement", sent))
    telling = Telling(USERS, AFTER, "1.0.0", NOW, until)

    assert _said(list(records.message_findings(record, "announcement", telling))) == says


def test_end_that_is_still_to_come_does_not_make_a_message_of_the_future_count(tmp_path: Path) -> None:
    record = _record(tmp_path, _messages("announcement", [("12:05:01", ["a@x.example"], "1.0.0")]))
    telling = Telling(USERS[:1], AFTER, "1.0.0", NOW, NOW + timedelta(hours=1))

    assert _said(list(records.message_findings(record, "announcement", telling))) == [
        "announcement[0].sent: lies in the future; expected what was sent",
        "announcement[0]: a@x.example was not told: 2026-01-06T12:05:01+00:00 lies in the future",
    ]


CONTACTS = (
    {"role": "infra", "name": "Ines Example", "email": "ines@x.example"},
    {"role": "Security", "email": "sec@x.example"},
    {"name": "Nobody Known"},
)
NOT_TOLD = "result: the {} was not told; expected the role, a name or an address in a 'to'"
INFRASTRUCTURE, SECURITY = NOT_TOLD.format("Infrastructure Lead"), NOT_TOLD.format("Security")
TEAMS: list[tuple[list[str], list[str]]] = [
    (["Infra Lead", "security team"], []),
    (["Ines Example", "sec@x.example"], []),
    (["ines@x.example"], [SECURITY]),
    (["Security"], [INFRASTRUCTURE]),
    (["Nobody Known"], [INFRASTRUCTURE, SECURITY]),
]


@pytest.mark.parametrize(("to", "says"), TEAMS)
def test_role_is_told_by_its_name_a_persons_or_an_address(to: list[str], says: list[str], tmp_path: Path) -> None:
    record = _record(tmp_path, _messages("result", [("09:30:00", to, "1.0.0")]))
    telling = Telling(("infrastructure", "Security"), UNTIL, "1.0.0", NOW)

    assert _said(list(records.team_findings(record, "result", telling, CONTACTS))) == says


def test_role_is_not_told_by_a_message_of_another_version(tmp_path: Path) -> None:
    record = _record(tmp_path, _messages("result", [("09:30:00", ["Security", "sec@x.example"], "2.0.0")]))
    telling = Telling(("Security",), UNTIL, "1.0.0", NOW)

    assert _said(list(records.team_findings(record, "result", telling, CONTACTS))) == [SECURITY]


def test_message_of_another_role_is_worth_knowing(tmp_path: Path) -> None:
    def change(data: dict[str, Any]) -> None:
        first = data["result"][0]
        data["result"] = [{**first, "by": LEAD}, {**first, "by": {**OWNER, "role": "pm"}}, {**first, "by": LEAD}]

    assert _said(records.other_senders(_record(tmp_path, change), "result")) == [
        "result[0].by.role: sent by Tech Lead; the plan has the Product Manager send it",
        "result[2].by.role: sent by Tech Lead; the plan has the Product Manager send it",
    ]


# What follows


SEARCHES: list[tuple[Change, list[str]]] = [
    (_put("investigation.opened", "2026-01-06T09:00:00Z"), []),
    (_put("investigation.opened", "2026-01-06T08:59:59Z"), []),
    (_put("investigation.owner.name", "TBD"), ["investigation.owner.name: 'TBD' is nobody's name"]),
]


@pytest.mark.parametrize(("change", "says"), SEARCHES)
def test_search_for_the_cause_has_an_owner(change: Change, says: list[str], tmp_path: Path) -> None:
    assert _said(records.investigation_findings(_record(tmp_path, change), NOW)) == says


def test_search_for_the_cause_may_have_begun_before_the_decision(tmp_path: Path) -> None:
    at, before = (_put("investigation.opened", f"2026-01-06T{time}Z") for time in ("09:00:00", "08:59:59"))

    assert records.early_investigation(_record(tmp_path, at)) == []
    assert _said(records.early_investigation(_record(tmp_path, before))) == [
        "investigation.opened: 2026-01-06T08:59:59Z is before the decision, 2026-01-06T09:00:00Z; see that it goes on "
        "after the rollback"
    ]


AT = "redeployment.fix.verified.at"
ATTEMPTS: list[tuple[Change, list[str]]] = [
    (_put("redeployment", {"state": "not planned"}), []),
    (
        _put("redeployment.state", "not planned"),
        ["redeployment.at: is not planned, and has at"],
    ),
    (
        _put("redeployment", {"state": "not planned", "fix": RECORD["redeployment"]["fix"]}),
        ["redeployment.fix: is not planned, and has fix"],
    ),
    (_put(AT, ON_TIME), []),
    (_put(AT, TOO_LATE), [f"{AT}: {TOO_LATE} is still to come: it is not verified"]),
    (_put(AT, "2026-01-06T09:20:00Z"), []),
    (_put(AT, "2026-01-06T09:19:59Z"), [f"{AT}: 2026-01-06T09:19:59Z is before the rollback had ended"]),
    (
        _put("redeployment.at", "2026-01-06T11:00:00Z"),
        [f"{AT}: 2026-01-06T11:00:00Z is not before the attempt, 2026-01-06T11:00:00Z"],
    ),
    (_put("redeployment.at", "2026-01-06T11:00:01Z"), []),
    (
        _put("redeployment.fix.verified.by.name", "somebody"),
        ["redeployment.fix.verified.by.name: 'somebody' is nobody's name"],
    ),
    (
        _put("redeployment.state", "done"),
        ["redeployment.at: is done, at 2026-01-08T09:00:00Z, which is still to come"],
    ),
    (lambda data: data["redeployment"].update(state="done", at=ON_TIME), []),
]


@pytest.mark.parametrize(("change", "says"), ATTEMPTS)
def test_next_attempt_has_a_fix_that_was_verified_before(change: Change, says: list[str], tmp_path: Path) -> None:
    assert _said(records.redeployment_findings(_record(tmp_path, change), NOW)) == says
