"""What a run says of its target, fact by fact, and what becomes of a target where options replace parts of it."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
import yaml

from fixtures import reference
from fixtures import target as targets
from fixtures.approvalstarget import ApprovalsTarget
from fixtures.backup.backuptarget import BackupTarget, DatabaseTarget
from fixtures.knowledge.knowledgetarget import KnowledgeTarget
from fixtures.monitoring.monitoringtarget import MonitoringTarget
from fixtures.prometheus.prometheustarget import PrometheusTarget
from fixtures.schedule import Schedule
from fixtures.staging.stagingtarget import StagingTarget
from fixtures.target import ClaudeTarget, Target, from_file
from fixtures.targetfile import TargetError

NINE = datetime(2026, 1, 6, 9, tzinfo=UTC)
BARE = Target("own", False, "t.yaml", None, None, None, None, None, None, (), (), (), ())


def _config(here: Path, **chosen: str) -> pytest.Config:
    place = SimpleNamespace(dir=here)
    known = SimpleNamespace(stash=pytest.Stash(), invocation_params=place, getoption=chosen.get)
    return cast(pytest.Config, known)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with all that a target can name, the home folder of its user, and the working folder."""
    for name in ("workflow", "repository", "evidence", "project", "home"):
        (tmp_path / name).mkdir()
    for name in ("p.tar.gz", "claude"):
        (tmp_path / name).touch()
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    return tmp_path.resolve()


def _written(place: Path, **content: Any) -> Path:
    path = place / "target.yaml"
    path.write_text(yaml.safe_dump({"name": "t", **content}), encoding="utf-8")
    return path


def test_header_names_each_subject_or_that_there_is_none() -> None:
    assert BARE.described() == [
        "workflow: not provided",
        "package: not provided",
        "repository: not provided",
        "evidence: not provided",
        "knowledge: not provided",
        "claude: not provided",
    ]
    full = dataclasses.replace(
        BARE,
        workflow=Path("w"),
        package=Path("p"),
        repository=Path("r"),
        evidence=Path("e"),
        knowledge=KnowledgeTarget(url="http://k"),
        claude=ClaudeTarget(Path("c")),
        schedule=Schedule(NINE),
        staging=StagingTarget(workflow=Path("s")),
        backup=BackupTarget(path=Path("b")),
        prometheus=PrometheusTarget("http://ada:x@prom/"),
        database=DatabaseTarget(name="db"),
        embedded=("package", "repository"),
    )
    assert full.described() == [
        "workflow: w",
        "package: p",
        "repository: r",
        "evidence: e",
        "knowledge: http://k",
        "claude: c",
        "deployment: T-0 is 2026-01-06T09:00+00:00",
        "staging: s",
        "backup: b",
        "prometheus: http://prom/",
        "database: not to be asked/db",
    ]


def test_header_says_what_is_made_for_the_run() -> None:
    made = dataclasses.replace(BARE, backup=BackupTarget(), embedded=("package", "repository", "backup"))

    assert made.described()[1:3] == ["package: built from the reference workflow", "repository: made for this run"]
    assert len(made.described()) == 6


def test_repr_of_a_target_is_its_source_alone() -> None:
    assert repr(BARE) == "Target('t.yaml')"


def test_judge_is_told_these_facts(place: Path) -> None:
    contact, override = {"role": "QA Lead", "name": "Ben"}, {"fact": "steps", "value": 12, "reason": "a step more"}
    path = _written(
        place,
        production=True,
        contacts=[contact],
        overrides=[override],
        knowledge={"url": "http://localhost:1", "api_key": "abcdef"},
        reports="kept",
    )

    config = _config(place, target=path.name)
    facts = targets.pytest_gate_target(config)

    described = targets.target_of(config).described()
    assert facts == {
        "name": "t",
        "production": True,
        "embedded": [],
        "source": "target.yaml",
        "overrides": [override],
        "contacts": [contact],
        "described": described,
        "secrets": ["abcdef"],
        "reports": str(place / "kept"),
    }
    assert "reports" not in targets.pytest_gate_target(_config(place))


def test_target_is_resolved_once(place: Path) -> None:
    config = _config(place)

    assert targets.target_of(config) is targets.target_of(config)


def test_target_without_records_has_no_known_issues(place: Path) -> None:
    assert targets.pytest_gate_known_issues(_config(place)) is None
    (place / "evidence" / "known-issues.yaml").write_text("schema: 1\nissues: []\n", encoding="utf-8")
    assert targets.pytest_gate_known_issues(_config(place, evidence="evidence")) is not None


def test_subject_that_is_not_provided_fails_the_check_that_needs_it() -> None:
    with pytest.raises(pytest.fail.Exception) as caught:
        targets.not_testable("package", "--package FILE")

    assert (str(caught.value), caught.value.pytrace) == (
        "not testable: the target provides no package; name one in the target file or with --package FILE",
        False,
    )


def test_reference_is_all_embedded_and_owes_nothing_to_a_machine() -> None:
    before = datetime.now(UTC)
    target = targets.reference_target()

    assert target.schedule is not None
    assert timedelta(hours=6) < target.schedule.starts - before <= timedelta(hours=7)
    assert target == dataclasses.replace(
        BARE,
        name="reference",
        source="embedded",
        workflow=reference.WORKFLOW,
        knowledge=KnowledgeTarget(load=True),
        claude=ClaudeTarget(reference.CLAUDE_PROJECT, None, "auto"),
        client_config=reference.CLAUDE_PROJECT / ".mcp.json",
        contacts=reference.CONTACTS,
        embedded=("workflow", "knowledge", "claude", "backup", "package", "evidence", "staging", "repository"),
        backup=BackupTarget(),
        schedule=Schedule(target.schedule.starts, "UTC"),
        users=reference.USERS,
        staging=StagingTarget(workflow=reference.WORKFLOW, knowledge=KnowledgeTarget()),
        monitoring=MonitoringTarget(**reference.WATCH),
    )


@pytest.mark.parametrize(
    ("asked", "over", "overridden"),
    [
        ("monitoring", True, True),
        ("baseline", True, False),
        ("smoke", False, False),
        ("smoke or monitoring", False, False),
    ],
)
def test_deployment_of_the_reference_is_over_for_what_comes_after_it(
    place: Path, asked: str, over: bool, overridden: bool
) -> None:
    target = targets.target_of(_config(place, markexpr=asked))

    assert target.schedule is not None
    assert (target.schedule.starts < datetime.now(UTC)) is over
    assert bool(target.overrides) is overridden


def test_every_part_of_a_file_is_taken_over(place: Path) -> None:
    target = from_file(
        _written(
            place,
            name=" a\n b ",
            package="p.tar.gz",
            claude={"project": "project", "cli": "~/../claude", "config": "~/mcp.json"},
            store="store",
            reports="~/reports",
            backups="/backups",
            backup={"path": "b.tar.gz"},
            database={"name": "db", "uri": "mongodb://ada:pass-word@localhost/"},
            deployment={"starts": "2026-01-06T09:00:00Z"},
            approvals={"allowed_signers": "signers", "several_roles": True},
            users=["a@example.com"],
            staging={"workflow": "live", "knowledge": {"url": "http://localhost:2", "api_key": "staging-key"}},
            executions="logs",
            stories="stories",
            prometheus={"url": "http://localhost:9090", "token": "prom-token"},
            monitoring={"minutes": 55},
        )
    )

    assert (target.name, target.production, target.source, target.embedded) == ("a b", False, "target.yaml", ())
    assert (target.workflow, target.package) == (None, place / "p.tar.gz")
    assert target.claude == ClaudeTarget(place / "project", place / "home", str(place / "home" / ".." / "claude"))
    assert target.client_config == place / "home" / "mcp.json"
    assert (target.store, target.reports, target.backups) == (
        place / "store",
        place / "home" / "reports",
        Path("/backups"),
    )
    assert (target.executions, target.stories) == (place / "logs", place / "stories")
    assert target.backup is not None
    assert target.backup.path == place / "b.tar.gz"
    assert target.database is not None
    assert target.database.name == "db"
    assert target.schedule == Schedule(NINE)
    assert target.approvals == ApprovalsTarget(place / "signers", True)
    assert target.users == ("a@example.com",)
    assert target.staging is not None
    assert target.staging.workflow == place / "live"
    assert target.prometheus is not None
    assert target.monitoring.minutes == 55
    assert {"staging-key", "pass-word", "prom-token"} <= set(target.secrets)


def test_file_with_a_name_alone_has_nothing_else(place: Path) -> None:
    target = from_file(_written(place))

    assert target == dataclasses.replace(BARE, name="t", source="target.yaml")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({"workflow": "nowhere"}, "workflow: HERE/nowhere does not exist; expected a folder, relative to target.yaml"),
        ({"package": "nowhere"}, "package: HERE/nowhere does not exist; expected a file, relative to target.yaml"),
        ({"package": "workflow"}, "package: HERE/workflow is a folder; expected a file"),
        ({"evidence": "claude"}, "evidence: HERE/claude is a file; expected a folder"),
        (
            {"claude": {"project": "p"}},
            "claude.project: HERE/p does not exist; expected a folder, relative to target.yaml",
        ),
        (
            {"claude": {"project": "project", "home": "h"}},
            "claude.home: HERE/h does not exist; expected a folder, relative to target.yaml",
        ),
        (
            {"claude": {"project": "project", "cli": "project"}},
            "claude.cli: HERE/project is no file; expected auto, off, or the path of a claude program, "
            "relative to target.yaml",
        ),
    ],
)
def test_path_that_leads_nowhere_is_one_line(place: Path, content: dict[str, Any], said: str) -> None:
    with pytest.raises(TargetError) as caught:
        from_file(_written(place, **content))

    assert str(caught.value) == f"target.yaml: {said}".replace("HERE", str(place))


def test_own_workflow_takes_what_is_made_from_the_reference_s_away(place: Path) -> None:
    target = targets.target_of(_config(place, workflow="workflow"))

    assert (target.name, target.source) == ("reference with own workflow", "embedded")
    assert target.embedded == ("knowledge", "claude", "backup")
    assert target.staging is None
    assert targets.target_of(_config(place, package="p.tar.gz")).embedded == (
        "workflow",
        "knowledge",
        "claude",
        "backup",
    )


def test_own_records_backup_and_project_take_nothing_else_away(place: Path) -> None:
    target = targets.target_of(
        _config(place, evidence="evidence", backup="kept/b.tar.gz", claude_project="project", repository="repository")
    )

    assert target.name == "reference with own repository, evidence, claude, backup"
    assert target.embedded == ("workflow", "knowledge", "package", "staging")
    assert target.staging is not None
    assert target.backup == BackupTarget(path=place / "kept" / "b.tar.gz")
    assert target.client_config is None, "the reference's is not that of another project"


def test_configuration_of_the_client_is_the_one_that_is_named(place: Path) -> None:
    both = targets.target_of(_config(place, claude_project="project", claude_config="~/mcp.json"))
    path = _written(place, claude={"project": "workflow", "config": "own.json"}, backup={"path": "b", "log": "l"})
    own = targets.target_of(_config(place, target=path.name, claude_project="project", backup="c"))

    assert both.client_config == place / "home" / "mcp.json"
    assert own.client_config == place / "own.json"
    assert own.backup == BackupTarget(path=place / "c", log=place / "l")
    assert own.source == "target.yaml, but claude, backup from the command line"
    assert own.name == "t"


def test_url_on_the_command_line_keeps_the_rest_of_the_server_and_its_secrets(place: Path) -> None:
    path = _written(place, knowledge={"url": "http://localhost:1", "api_key": "abcdef", "timeout_seconds": 3})
    target = targets.target_of(_config(place, target=path.name, mcp_url="http://ada:pass-word@localhost:2/mcp"))

    assert target.knowledge is not None
    assert (target.knowledge.url, target.knowledge.timeout_seconds) == ("http://ada:pass-word@localhost:2", 3.0)
    assert target.secrets[0] == "abcdef"
    assert "pass-word" in target.secrets
