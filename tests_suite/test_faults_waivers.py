"""Known issues of a target at the real gates: what they waive, what they do not, and mistakes in their record."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from fixtures.evidence import knownissues
from fixtures.evidence.record import RecordError
from fixtures.reference.process import ReferenceServer
from tests_suite.faults import announced, deployed, notification_team, records, waivers, world
from tests_suite.faults.proof import prove
from tests_suite.faults.waivers import FAULTS
from tests_suite.faults.world import Fault, Run, World
from tests_suite.test_faults_deploy import FAULTS as DEPLOY_FAULTS
from tests_suite.test_faults_postdeploy import FAULTS as POSTDEPLOY_FAULTS


@pytest.fixture
def recorded(tmp_path: Path, reference_server: ReferenceServer) -> World:
    """A healthy world with a package and its records."""
    made = world.make(tmp_path / "world", reference_server.url)
    records.recorded(made)
    return made


@pytest.mark.parametrize("fault", FAULTS, ids=[fault.name for fault in FAULTS])
def test_known_issue_trips_exactly_its_items(fault: Fault, recorded: World, tmp_path: Path) -> None:
    prove(fault, recorded, tmp_path / "reports")


def test_waived_package_is_degraded_and_shows_why(recorded: World, tmp_path: Path) -> None:
    waivers.known()(recorded)

    run = recorded.run("package", tmp_path / "reports")

    assert run.verdict is not None
    assert (run.status, run.verdict["verdict"]) == (0, "DEGRADE"), run.output
    assert run.verdict["decision"]["action"] == "continue_with_known_issues"
    [known] = run.verdict["known_issues"]
    assert (known["item"], known["approver"], known["waives"]) == ("1.4.3", "Ada Example", True)
    page = (tmp_path / "reports" / "package" / "signoff.html").read_text(encoding="utf-8")
    for text in ("Known issues", known["description"], known["workaround"], known["expires"]):
        assert text in page
        assert text in run.output or text == "Known issues"
    assert known["description"] in (tmp_path / "reports" / "package" / "summary.md").read_text(encoding="utf-8")


def test_record_of_no_known_issues_changes_nothing(recorded: World, tmp_path: Path) -> None:
    waivers.write(recorded)

    run = recorded.run("package", tmp_path / "reports")

    assert run.verdict is not None
    assert (run.status, run.verdict["verdict"], run.verdict["known_issues"]) == (0, "PASS", []), run.output


def test_record_of_known_issues_is_named_with_its_digest(recorded: World, tmp_path: Path) -> None:
    waivers.write(recorded)

    run = recorded.run("package", tmp_path / "reports")

    assert run.verdict is not None
    assert "known-issues.yaml" in run.verdict["target"]["subjects"]["evidence"]


TEMPLATE = Path(knownissues.__file__).parent / "templates" / "known-issues.yaml"


# What is wrong with a record, and the line that says so before anything runs.
def _texts(**changes: Any) -> Callable[[World], str]:
    def make(made: World) -> str:
        data = waivers.entry(made)
        data.update({key: value for key, value in changes.items() if value is not None})
        kept = {key: value for key, value in data.items() if changes.get(key, value) is not None}
        return yaml.safe_dump({"schema": 1, "issues": [kept]}, sort_keys=False)

    return make


MISTAKES: dict[str, tuple[Callable[[World], str], str]] = {
    "empty": (lambda made: "", "known-issues.yaml: is empty"),
    "no YAML": (lambda made: "issues: [", "known-issues.yaml:2: no valid YAML"),
    "a list": (lambda made: "- 1\n", "known-issues.yaml:1: holds a list; expected keys and values"),
    "no issues": (lambda made: "schema: 1\n", "issues: missing; expected a list of the known issues"),
    "unknown key": (_texts(owner="Ada"), "issues[0].owner: unknown key"),
    "no item": (_texts(item=None), "issues[0].item: missing; expected the checklist item that fails"),
    "a number": (_texts(item=1.4), "issues[0].item: found a number, expected a text; put it in quotes"),
    "an item that there is not": (_texts(item="1.4.9"), "known-issues.yaml:3: the checklist has no item '1.4.9'"),
    "no severity": (_texts(severity="grave"), "issues[0].severity: unknown; expected one of critical, major, minor"),
    "no workaround": (_texts(workaround=None), "issues[0].workaround: missing; expected what people do meanwhile"),
    "a workaround that says nothing": (_texts(workaround="TBD"), "issues[0].workaround: TBD says nothing"),
    "nobody's approval": (_texts(approver="N/A"), "issues[0].approver: 'N/A' is nobody's name; expected a person"),
    "a day without a time": (_texts(expires="2199-01-01"), "issues[0].expires: found '2199-01-01', expected a point"),
    "no time zone": (_texts(date="2026-01-01T10:00:00"), "issues[0].date: found '2026-01-01T10:00:00', expected"),
    "no digest": (_texts(sha256=None), "issues[0]: expected sha256 (of the package) or workflow_sha256"),
    "half a digest": (_texts(sha256="abc"), "issues[0].sha256: found a text that will not do"),
    "covers a word": (_texts(covers=["version"]), "issues[0].covers[0]: found a text that will not do, expected"),
    "a template": (
        lambda made: TEMPLATE.read_text(encoding="utf-8"),
        "issues[0].item: is not filled in",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", MISTAKES)
def test_mistaken_record_ends_the_run_in_one_line_before_anything_runs(
    name: str, recorded: World, tmp_path: Path
) -> None:
    make, says = MISTAKES[name]
    path = recorded.root / records.EVIDENCE / "known-issues.yaml"
    path.write_text(make(recorded), encoding="utf-8")

    run = recorded.run("package", tmp_path / "reports")

    [line] = [each for each in run.output.splitlines() if each.strip()]
    assert line.startswith("ERROR: known-issues.yaml")
    assert says in line
    assert run.status == int(pytest.ExitCode.USAGE_ERROR)
    assert not (tmp_path / "reports" / "package").exists()


def test_record_that_is_there_twice_ends_the_run(recorded: World, tmp_path: Path) -> None:
    waivers.write(recorded)
    (recorded.root / records.EVIDENCE / "known-issues.json").write_text("{}", encoding="utf-8")

    run = recorded.run("package", tmp_path / "reports")

    assert run.status == int(pytest.ExitCode.USAGE_ERROR)
    assert "is there twice, as known-issues.yaml and known-issues.json" in run.output


def test_critical_bugs_are_counted(recorded: World) -> None:
    grave = {**waivers.entry(recorded), "severity": "critical", "description": "nobody can start step 5"}
    waivers.write(recorded, grave, waivers.entry(recorded))

    record = knownissues.checked(recorded.root / records.EVIDENCE)

    assert knownissues.critical_bugs(record) == ["nobody can start step 5"]


def test_record_that_is_missing_is_no_count(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match=r"known-issues\.yaml: is missing"):
        knownissues.checked(tmp_path)


# A leaf of each tree at the real gates, with real checks.


def _shows(run: Run, reports: Path, leaf: str, action: str) -> dict[str, Any]:
    assert run.verdict is not None, run.output
    decision: dict[str, Any] = run.verdict["decision"]
    assert (decision["leaf"], decision["action"]) == (leaf, action), f"{run.messages}\n{run.output}"
    page = (reports / run.verdict["marker"] / "signoff.html").read_text(encoding="utf-8")
    words = action.replace("_", " ")
    assert f"decision: {words} - " in run.output
    assert f"<b>{words.capitalize()}</b>" in page
    assert "call: Tech Lead: Ada Example, +12025550101" in run.output or decision["decides"] != "Tech Lead"
    return decision


BEFORE: dict[str, tuple[str, Callable[[World], object], str, str]] = {
    "critical": ("package", waivers.broken("an agent is not packed"), "1.critical.open", "delay"),
    "major": ("package", waivers.PREVIOUS, "1.major.open", "continue_with_approval"),
    "known": ("package", waivers.known(), "1.known", "continue_with_known_issues"),
    "minor": (
        "notification",
        next(each for each in notification_team.FAULTS if each.trips == {"1.3.4": "failed"}).breaks,
        "1.minor.open",
        "continue",
    ),
}


@pytest.mark.parametrize("name", BEFORE)
def test_leaf_of_the_first_tree(name: str, recorded: World, tmp_path: Path) -> None:
    gate, breaks, leaf, action = BEFORE[name]
    with recorded.running:
        breaks(recorded)

        run = recorded.run(gate, tmp_path / "reports")

    _shows(run, tmp_path / "reports", leaf, action)


def _named(faults: list[Fault], name: str) -> Callable[[World], None]:
    return next(fault.breaks for fault in faults if fault.name == name)


def _since(minutes: float) -> str:
    return f"--degraded-since={(datetime.now(UTC) - timedelta(minutes=minutes)).isoformat()}"


EXECUTABLE = _named(DEPLOY_FAULTS, "a file can be executed")
TAGGED_OTHERWISE = _named(DEPLOY_FAULTS, "the tag says something else")
DURING: dict[str, tuple[Callable[[World], object], tuple[str, ...], str, str]] = {
    "nothing there": (lambda made: None, (), "2.complete", "rollback"),
    "a part": (EXECUTABLE, (), "2.partial", "fix_or_rollback"),
    "a part, soon fixed": (EXECUTABLE, ("--fix-minutes=10",), "2.partial.fixable", "fix_and_continue"),
    "a part, not fixed": (EXECUTABLE, ("--fix-minutes=45",), "2.partial.not_fixable", "rollback"),
    "a trifle": (TAGGED_OTHERWISE, (), "2.degraded", "monitor"),
    "a trifle that stays": (TAGGED_OTHERWISE, (_since(35),), "2.degraded.persists", "escalate"),
}


@pytest.mark.parametrize("name", DURING)
def test_leaf_of_the_second_tree(name: str, recorded: World, tmp_path: Path) -> None:
    breaks, options, leaf, action = DURING[name]
    if name != "nothing there":
        deployed.provide(recorded)
    breaks(recorded)

    run = recorded.run("deploy", tmp_path / "reports", *options)

    _shows(run, tmp_path / "reports", leaf, action)


AFTER: dict[str, tuple[str, str, tuple[str, ...], str, str]] = {
    "degraded": ("announcement", "announcement: one group left out", (), "3.degraded", "optimise"),
    "degraded for long": (
        "announcement", "announcement: one group left out", (_since(90),), "3.degraded.persists", "escalate"),
    "usability": ("announcement", "announcement: status of a plan", (), "3.usability", "document"),
}  # fmt: skip


@pytest.mark.parametrize("name", AFTER)
def test_leaf_of_the_third_tree(name: str, healthy: World, tmp_path: Path) -> None:
    gate, fault, options, leaf, action = AFTER[name]
    announced.announced(healthy)
    _named(POSTDEPLOY_FAULTS, fault)(healthy)

    run = healthy.run(gate, tmp_path / "reports", *options)

    _shows(run, tmp_path / "reports", leaf, action)


def test_faults_have_names_of_their_own() -> None:
    names = [fault.name for fault in FAULTS]

    assert len(names) == len(set(names)) >= 15
