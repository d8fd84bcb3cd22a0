"""What the record of a rehearsal is held to: steps, backup, smoke tests and reads during the switch."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from fixtures.evidence.record import Record
from fixtures.finding import Finding
from fixtures.schedule import Schedule
from fixtures.staging import rehearsed

NOW = datetime(2026, 1, 6, 6, tzinfo=UTC)
T0 = Schedule(datetime(2026, 1, 6, 9, tzinfo=UTC))
OLD, NEW = "a" * 64, "b" * 64
RUNS = [
    {"when": "before deployment", "verdict": "PASS", "tree": OLD},
    {"when": "after deployment", "verdict": "PASS", "tree": NEW},
    {"when": "after rollback", "verdict": "PASS", "tree": OLD},
]
RECORD: dict[str, Any] = {
    "schema": 1,
    "environment": "staging",
    "package": {"file": "new.tar.gz", "sha256": NEW},
    "deployed": {"started": "2026-01-05T10:00:00Z", "ended": "2026-01-05T10:10:00Z", "live": "2.0.0"},
    "rolled_back": {
        "started": "2026-01-05T10:20:00Z",
        "ended": "2026-01-05T10:21:00Z",
        "live": "1.0.0",
        "state_before": OLD,
        "state_after": OLD,
        "backup": {"file": "/backups/workflow-v1.0.0-backup-20260105T100200Z.tar.gz", "sha256": OLD},
    },
    "reads": {"total": 3000, "whole_previous": 1000, "whole_new": 2000, "mixed": 0, "failed": 0},
    "smoke": RUNS,
}


@dataclass(frozen=True)
class Release:
    """What a backup's name is made of."""

    name: str = "workflow"
    version: str = "2.0.0"
    previous: str = "1.0.0"
    tag: str = "v{version}"
    branch: str = "deploy/v{version}"
    backup: str = "/backups/workflow-v{previous}-backup-<timestamp>.tar.gz"


def _record(**values: object) -> Record:
    """The record with other values, by their place with two underscores for a dot."""
    data = deepcopy(RECORD)
    for place, value in values.items():
        part: Any = data
        *way, last = place.split("__")
        for key in way:
            part = part[key]
        part[last] = value
    return Record("rehearsal.json", data)


def _said(found: list[Finding]) -> list[str]:
    assert {(each.file, each.line) for each in found} <= {("rehearsal.json", None)}
    return [each.message for each in found]


def test_sound_rehearsal_gives_no_finding() -> None:
    record, whens = _record(), [run["when"] for run in RUNS]

    found = [
        rehearsed.package_findings(record, NEW),
        rehearsed.environment_findings(record),
        rehearsed.deployment_findings(record, "2.0.0", NOW, T0),
        rehearsed.rollback_findings(record, "1.0.0", NOW, T0),
        rehearsed.backup_findings(record, Release(), NEW),
        rehearsed.smoke_findings(record, whens),
        rehearsed.degraded_runs(record, whens),
        rehearsed.read_findings(record),
        rehearsed.few_reads(record),
    ]

    assert found == [[]] * 9
    assert rehearsed.deployed_at(record) == datetime(2026, 1, 5, 10, 10, tzinfo=UTC)


def test_package_and_place_of_the_rehearsal_are_the_ones_meant() -> None:
    assert _said(rehearsed.package_findings(_record(), OLD)) == [
        "package.sha256: bbbbbbbbbbbbbbbb… was rehearsed; this package is aaaaaaaaaaaaaaaa…"
    ]
    assert _said(rehearsed.environment_findings(_record(environment="production"))) == [
        "environment: was 'production'; expected 'staging'"
    ]


STEPS: list[tuple[dict[str, object], list[str]]] = [
    ({"live": "1.0.0"}, ["deployed.live: 1.0.0 was live afterwards; expected 2.0.0"]),
    ({"ended": "2026-01-05T10:00:00Z"}, []),
    (
        {"ended": "2026-01-05T09:59:59Z"},
        ["deployed.ended: ended at 2026-01-05T09:59:59Z, before it began"],
    ),
    ({"ended": "2026-01-06T06:05:00Z"}, []),
    ({"ended": "2026-01-06T06:05:01Z"}, ["deployed.ended: 2026-01-06T06:05:01Z is still to come"]),
    ({"started": "2025-12-30T09:00:00Z", "ended": "2025-12-30T09:00:00Z"}, []),
    (
        {"started": "2025-12-30T08:00:00Z", "ended": "2025-12-30T08:59:59Z"},
        ["deployed.ended: 2025-12-30T08:59:59Z is more than 7 days before T-0: rehearse again"],
    ),
]


@pytest.mark.parametrize(("values", "says"), STEPS)
def test_deployment_left_its_version_at_a_time_that_can_be(values: dict[str, object], says: list[str]) -> None:
    record = _record(deployed={**RECORD["deployed"], **values})

    assert _said(rehearsed.deployment_findings(record, "2.0.0", NOW, T0)) == says


BACKS: list[tuple[dict[str, object], list[str]]] = [
    ({"rolled_back__live": "2.0.0"}, ["rolled_back.live: 2.0.0 was live afterwards; expected 1.0.0"]),
    (
        {"rolled_back__state_after": NEW},
        [
            "rolled_back.state_after: not the state from before: bbbbbbbbbbbbbbbb… after the rollback, "
            "aaaaaaaaaaaaaaaa… before the deployment"
        ],
    ),
    ({"rolled_back__started": "2026-01-05T10:05:00Z"}, []),
    (
        {"rolled_back__started": "2026-01-05T10:04:59Z"},
        ["rolled_back.started: began before the deployment had ended: nothing was there to roll back"],
    ),
]


@pytest.mark.parametrize(("values", "says"), BACKS)
def test_rollback_led_back_to_the_state_from_before(values: dict[str, object], says: list[str]) -> None:
    assert _said(rehearsed.rollback_findings(_record(**values), "1.0.0", NOW, T0)) == says


def _named(stamp: str) -> str:
    return f"/backups/workflow-v1.0.0-backup-{stamp}.tar.gz"


# The deployment began at 10:00, the rollback at 10:20; a timestamp without a zone may be of any.
BACKUPS: list[tuple[str, list[str]]] = [
    (
        "/backups/workflow-v1.0.0.tar.gz",
        [
            "'workflow-v1.0.0.tar.gz' was restored; expected a backup of the previous version, "
            "workflow-v1.0.0-backup-<timestamp>.tar.gz"
        ],
    ),
    (
        _named("latest"),
        ["'latest' in its name is no timestamp; expected one such as 20260106T091600Z"],
    ),
    (_named("20260105T102500Z"), []),
    (
        _named("20260105T102501Z"),
        [
            "was taken at 20260105T102501Z by its name, after the rollback began (2026-01-05T10:20:00+00:00)",
        ],
    ),
    (_named("20260104T055500Z"), []),
    (
        _named("20260104T055459Z"),
        ["was taken at 20260104T055459Z by its name, before this rehearsal: its own backup was not tried"],
    ),
]


@pytest.mark.parametrize(("file", "says"), BACKUPS)
def test_backup_that_was_restored_is_the_rehearsal_s_own(file: str, says: list[str]) -> None:
    found = rehearsed.backup_findings(_record(rolled_back__backup__file=file), Release(), NEW)

    assert _said(found) == [f"rolled_back.backup.file: {each}" for each in says]


def test_backup_is_not_the_package() -> None:
    assert _said(rehearsed.backup_findings(_record(), Release(), OLD)) == [
        "rolled_back.backup.sha256: is the digest of the package: the new version was restored, not the previous one"
    ]


def _run(number: int, **values: str) -> list[dict[str, str]]:
    return [{**run, **values} if index == number else run for index, run in enumerate(RUNS)]


SMOKE: list[tuple[list[dict[str, str]], list[str]]] = [
    (_run(1, verdict="DEGRADE"), []),
    (_run(1, verdict="FAIL"), ["smoke[1].verdict: FAIL after deployment; expected PASS"]),
    (
        [*RUNS, {"when": "after rollback", "verdict": "BLOCK", "tree": OLD}],
        ["smoke[3].verdict: BLOCK after rollback; expected PASS"],
    ),
    (RUNS[1:], ["smoke: no smoke test before deployment"]),
    (RUNS[:1], ["smoke: no smoke test after deployment", "smoke: no smoke test after rollback"]),
    (_run(2, tree=NEW), ["smoke[2].tree: another tree than before the deployment"]),
    (
        _run(1, tree=OLD),
        ["smoke[1].tree: the same tree as before the deployment: the new version was not tested"],
    ),
]


@pytest.mark.parametrize(("runs", "says"), SMOKE)
def test_smoke_tests_of_a_rehearsal_passed_on_the_right_trees(runs: list[dict[str, str]], says: list[str]) -> None:
    whens = [run["when"] for run in RUNS]

    assert _said(rehearsed.smoke_findings(_record(smoke=runs), whens)) == says


def test_smoke_test_that_is_not_asked_for_is_not_looked_at() -> None:
    wrong = [RUNS[0], *({**run, "verdict": "FAIL", "tree": NEW} for run in RUNS[2:]), {**RUNS[1], "tree": OLD}]

    assert rehearsed.smoke_findings(_record(smoke=wrong), ["before deployment"]) == []
    assert rehearsed.degraded_runs(_record(smoke=_run(1, verdict="DEGRADE")), ["after rollback"]) == []


def test_smoke_test_with_reservations_is_worth_knowing() -> None:
    runs = [{**run, "verdict": "DEGRADE"} for run in _run(1, verdict="DEGRADE")]
    runs[0]["verdict"] = "PASS"

    assert _said(rehearsed.degraded_runs(_record(smoke=runs), ["after deployment", "after rollback"])) == [
        "smoke[1].verdict: DEGRADE after deployment",
        "smoke[2].verdict: DEGRADE after rollback",
    ]


READS: list[tuple[dict[str, int], list[str]]] = [
    (
        {"mixed": 1, "failed": 2, "total": 3003},
        [
            "reads.mixed: 1 of 3003 reads during the switches saw a mixture of two versions",
            "reads.failed: 2 of 3003 reads during the switches found no workflow",
        ],
    ),
    ({"total": 3001}, ["reads.total: the reads do not add up to their total"]),
    (
        {"whole_previous": 0, "total": 2000},
        ["reads: no reader saw both versions: the switch was not watched"],
    ),
    (
        {"whole_new": 0, "total": 1000},
        ["reads: no reader saw both versions: the switch was not watched"],
    ),
    ({"whole_previous": 1, "whole_new": 1, "total": 2}, []),
]


@pytest.mark.parametrize(("values", "says"), READS)
def test_readers_saw_one_whole_version_after_the_other(values: dict[str, int], says: list[str]) -> None:
    assert _said(rehearsed.read_findings(_record(reads={**RECORD["reads"], **values}))) == says


def test_switch_is_watched_by_thousands_of_reads() -> None:
    assert rehearsed.few_reads(_record(reads__total=2000)) == []
    assert _said(rehearsed.few_reads(_record(reads__total=1999))) == [
        "reads.total: only 1999 reads during the switches; expected 2000 or more"
    ]
    assert rehearsed.few_reads(_record(reads={**RECORD["reads"], "switches": 1})) == []
    assert _said(rehearsed.few_reads(_record(reads={**RECORD["reads"], "switches": 0}))) == [
        "reads.switches: users were never switched while the workflow was read; expected switches there and back"
    ]
