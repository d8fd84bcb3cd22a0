"""Every leaf of the plan's decision trees in a run of the real judge: on the terminal, on the page, in verdict.json."""

from __future__ import annotations

import html
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from gate import checklist
from gate.trees import LEAVES
from tests_suite import miniature
from tests_suite.miniature import Miniature, Result, finding, measuring
from tests_suite.samples import issue

CHECKLIST = checklist.load()
CONTACTS = [
    {"role": "Tech Lead", "name": "Ada Example", "phone": "+12025550101"},
    {"role": "Infrastructure Lead", "name": "Ivo Example", "phone": "+12025550102"},
    {"role": "Product Manager", "name": "Pia Example", "email": "pia@example.com"},
    {"role": "On-Call Engineer", "name": "Olga Example", "phone": "+12025550104"},
]


def _failing(*items: str) -> dict[str, str]:
    return {item: finding(item, f"what {item} asks for is not so") for item in items}


def _slow(item: str, limit: str, value: float) -> dict[str, str]:
    return {item: measuring(item, limit, value)}


def _ago(minutes: float) -> str:
    return f"--degraded-since={(datetime.now(UTC) - timedelta(minutes=minutes)).isoformat()}"


CRITICAL = [item.id for item in CHECKLIST.items_of(CHECKLIST.gates["deploy"]) if item.severity == "critical"]
# Leaf, gate, the tests that do not simply pass, options; then the action, the deadline in minutes, and who is called.
Case = tuple[str, str, dict[str, str], tuple[str, ...], str, int | None, tuple[str, ...]]
LEAD, INFRA, PRODUCT, ON_CALL = ("Ada Example", "Ivo Example", "Pia Example", "Olga Example")
BACK, USERS = (LEAD, INFRA, PRODUCT), (LEAD, ON_CALL, PRODUCT)
SLOW = _slow("2.3.4", "response time", 3000.0)
SLOW_AND_CRITICAL = _slow("2.3.3", "response time", 3000.0)
SLOW_STEPS = _slow("3.4.1", "workflow time", 75.0)
CASES: dict[str, Case] = {
    "1 critical": ("1.critical.open", "package", _failing("1.4.1"), (), "delay", None, (LEAD,)),
    "1 major": ("1.major.open", "notification", _failing("1.3.1"), (), "continue_with_approval", None, (LEAD,)),
    "1 minor": ("1.minor.open", "notification", _failing("1.3.4"), (), "continue", None, (LEAD,)),
    "2 complete": ("2.complete", "deploy", _failing(*CRITICAL), ("--fix-minutes=5",), "rollback", 0, BACK),
    "2 partial": ("2.partial", "deploy", _failing(CRITICAL[0]), (), "fix_or_rollback", 30, (LEAD, INFRA)),
    "2 fixable": (
        "2.partial.fixable", "bmad", _failing("2.4.3"), ("--fix-minutes=29",), "fix_and_continue", 30, (LEAD, INFRA)),
    "2 not fixable": (
        "2.partial.not_fixable", "bmad", _failing("2.4.3"), ("--fix-minutes=30",), "rollback", 0, BACK),
    "2 minor": ("2.degraded", "deploy", _failing("2.2.8.2"), (), "monitor", 30, (INFRA,)),
    "2 slow": ("2.degraded", "mcp", SLOW, (), "proceed_with_caution", 30, (LEAD, INFRA)),
    "2 slow for long": (
        "2.degraded.persists", "mcp", SLOW, (_ago(40),), "escalate", 0, (INFRA, LEAD)),
    "2 slow and critical": (
        "2.degraded.critical", "mcp", SLOW_AND_CRITICAL, (_ago(40),), "rollback", 0,
        BACK),
    "3 blocking": ("3.blocking", "monitoring", _failing("3.1.2"), (), "hotfix_or_rollback", 60, USERS),
    "3 fixable": (
        "3.blocking.fixable", "monitoring", _failing("3.1.2"), ("--fix-minutes=20",), "hotfix", 60, USERS),
    "3 not fixable": (
        "3.blocking.not_fixable", "monitoring", _failing("3.1.2"), ("--fix-minutes=60",), "evaluate_rollback", 0,
        (LEAD, INFRA, ON_CALL, PRODUCT)),
    "3 degraded": ("3.degraded", "feedback", _failing("3.3.1"), (), "optimise", 60, (INFRA, ON_CALL)),
    "3 slow": ("3.degraded", "baseline", SLOW_STEPS, (), "proceed_with_caution", 60, (LEAD, INFRA)),
    "3 slow for long": (
        "3.degraded.persists", "baseline", SLOW_STEPS, (_ago(61),), "escalate", 0,
        (LEAD, INFRA, ON_CALL)),
    "3 usability": ("3.usability", "feedback", _failing("3.3.3"), (), "document", None, (PRODUCT,)),
}  # fmt: skip


@pytest.fixture
def project(tmp_path: Path) -> Miniature:
    """A miniature whose target names everybody who may be called, but the QA Lead."""
    made = miniature.make(tmp_path)
    made.target["contacts"] += CONTACTS
    return made


def _decided(result: Result, marker: str, leaf: str, action: str) -> dict[str, Any]:
    """The decision in verdict.json, once it has been seen that terminal and page say the same."""
    decision: dict[str, Any] = result.verdict(marker)["decision"]
    assert (decision["leaf"], decision["action"]) == (leaf, action), result.output
    page = html.unescape((result.reports / marker / "signoff.html").read_text(encoding="utf-8"))
    words = action.replace("_", " ")
    assert f"decision: {words} - {decision['summary']}" in result.output
    assert f"<b>{words.capitalize()}</b>: {decision['summary']}." in page
    for text in (LEAVES[leaf], *decision["steps"]):
        assert text in result.output
        assert text in page
    for contact in decision["call"]:
        reach = contact.get("phone") or contact.get("email") or "no contact in the target"
        assert f"call: {contact['role']}: " in result.output
        assert reach in result.output
        assert reach in page
    return decision


@pytest.mark.parametrize("name", CASES)
def test_run_reaches_the_leaf_and_says_so_everywhere(project: Miniature, name: str) -> None:
    leaf, marker, tests, options, action, minutes, called = CASES[name]
    project.gate(marker, tests)

    result = project.run("-m", marker, *options)

    decision = _decided(result, marker, leaf, action)
    ended = 0 if action == "proceed_with_caution" else 1
    assert (result.status, result.verdict(marker)["exit_status"]) == (ended, ended), "a job goes by the decision"
    assert decision["within_minutes"] == minutes
    assert tuple(contact["name"] for contact in decision["call"] if "name" in contact) == called
    when = {None: "", 0: " now"}.get(minutes, f" within {minutes} minutes")
    page = (result.reports / marker / "signoff.html").read_text(encoding="utf-8")
    assert f"  decides: {decision['decides']}{when}\n" in result.output
    assert f"<dt>Decides</dt><dd>{decision['decides']}{when}</dd>" in page


def test_role_that_nobody_fills_is_seen(project: Miniature) -> None:
    project.gate("package", _failing("1.4.1"))

    result = project.run("-m", "package")

    assert {"role": "QA Lead"} in result.verdict("package")["decision"]["call"]
    assert "call: QA Lead: no contact in the target" in result.output


@pytest.mark.parametrize(
    ("marker", "item", "leaf"), [("package", "1.4.3", "1.known"), ("feedback", "3.3.3", "3.usability")]
)
def test_known_issue_reaches_its_leaf(project: Miniature, marker: str, item: str, leaf: str) -> None:
    project.gate(marker, _failing(item))
    severity = CHECKLIST.items[item].severity
    known = issue(item=item, severity=severity, covers=[f"what {item} asks for"], expires="2200-01-01T00:00:00+00:00")
    project.write("known.json", json.dumps({"issues": [known], "digests": {"package": known["package"]}}))

    result = project.run("-m", marker)

    assert result.status == 0, result.output
    _decided(result, marker, leaf, "continue_with_known_issues")


AGAIN = [
    ("package", "1.4.1", "1.fixed"),
    ("bmad", "2.4.3", "2.resolved"),
    ("feedback", "3.3.1", "3.resolved"),
]


@pytest.mark.parametrize(("marker", "item", "leaf"), AGAIN)
def test_gate_that_passes_after_trouble_reaches_its_leaf(project: Miniature, marker: str, item: str, leaf: str) -> None:
    project.gate(marker, _failing(item))
    assert project.run("-m", marker).status == 1
    project.gate(marker)

    second, third = project.run("-m", marker), project.run("-m", marker)

    assert second.status == 0
    assert third.verdict(marker)["decision"]["leaf"] == "", "once it has passed, the trouble is over"
    assert f"by the plan's {LEAVES[leaf]}" in second.output
    assert "resolved" in second.output or "fixed" in second.output


def test_every_leaf_is_reached_by_a_run() -> None:
    reached = {case[0] for case in CASES.values()} | {leaf for *_, leaf in AGAIN} | {"1.known", "3.usability"}

    assert reached == set(LEAVES)


# Since when something is amiss.


def _set_back(project: Miniature, marker: str, minutes: float, key: str = "amiss_since") -> None:
    """Let the last run have taken place, or seen its trouble begin, that much earlier."""
    path = project.root / "reports" / marker / "verdict.json"
    content = json.loads(path.read_text(encoding="utf-8"))
    earlier = (datetime.now(UTC) - timedelta(minutes=minutes)).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    content["situation"]["amiss_since"] = earlier
    if key == "ended":
        content["started"] = content["ended"] = earlier
    path.write_text(json.dumps(content), encoding="utf-8")


def test_degradation_that_the_last_run_has_seen_goes_on(project: Miniature) -> None:
    project.gate("mcp", SLOW)
    first = project.run("-m", "mcp")
    assert first.verdict("mcp")["situation"]["degraded_minutes"] < 1
    _set_back(project, "mcp", 20)

    second = project.run("-m", "mcp")
    _set_back(project, "mcp", 31)
    third = project.run("-m", "mcp")

    assert "by the plan's tree 2: degradation of less than 30 minutes" in second.output
    assert "decides: Tech Lead within 10 minutes" in second.output
    content = third.verdict("mcp")
    assert content["decision"]["leaf"] == "2.degraded.persists"
    assert 31 <= content["situation"]["degraded_minutes"] < 33


@pytest.mark.parametrize(
    "unlike",
    ["another item", "another target", "another version", "days ago", "no JSON", "no verdict", "passed"],
)
def test_last_run_that_saw_something_else_does_not_count(project: Miniature, unlike: str) -> None:
    project.gate("mcp", {} if unlike == "passed" else SLOW)
    project.run("-m", "mcp")
    _set_back(
        project, "mcp", 60 * 49 if unlike == "days ago" else 50, "ended" if unlike == "days ago" else "amiss_since"
    )
    path = project.root / "reports" / "mcp" / "verdict.json"
    content = json.loads(path.read_text(encoding="utf-8"))
    match unlike:
        case "another item":
            project.gate("mcp", _slow("2.3.1", "response time", 3000.0))
        case "another target":
            content["target"]["name"] = "staging"
        case "another version":
            content["release"]["version"] = "1.9.0"
        case "no JSON":
            content = "half a file"
        case "no verdict":
            content = {"items": {}}
        case "passed":
            project.gate("mcp", SLOW)
    path.write_text(json.dumps(content), encoding="utf-8")

    result = project.run("-m", "mcp")

    assert result.verdict("mcp")["situation"]["degraded_minutes"] < 2
    assert result.verdict("mcp")["decision"]["action"] == "proceed_with_caution"


@pytest.mark.parametrize(
    ("option", "says"),
    [
        ("--fix-minutes=soon", "--fix-minutes: found 'soon', expected a whole number of minutes, such as 20"),
        ("--fix-minutes=-5", "--fix-minutes: found '-5', expected a whole number"),
        ("--fix-minutes=2.5", "--fix-minutes: found '2.5', expected a whole number"),
        ("--fix-minutes=", "--fix-minutes: found '', expected a whole number"),
        ("--fix-minutes=٣", "--fix-minutes: found '٣', expected a whole number"),
        ("--fix-minutes=99999999999999", "--fix-minutes: found '99999999999999', expected a whole number"),
        ("--degraded-since=noon", "--degraded-since: found 'noon', expected a point in time with its time zone"),
        (
            "--degraded-since=2026-01-06T09:00:00",
            "--degraded-since: found '2026-01-06T09:00:00', expected a point in time",
        ),
        ("--degraded-since=2199-01-06T09:00:00Z", "--degraded-since: 2199-01-06T09:00:00Z is still to come"),
        ("--degraded-since=0001-01-01T00:00:00+14:00", "--degraded-since: found '0001-01-01T00:00:00+14:00', expected"),
    ],
)
def test_mistaken_option_ends_the_run_in_one_line(project: Miniature, option: str, says: str) -> None:
    result = project.run("-m", "smoke", option)

    [line] = [each for each in result.output.splitlines() if each.strip()]
    assert line.startswith(f"ERROR: {says}")
    assert result.status == int(pytest.ExitCode.USAGE_ERROR)


def test_estimate_is_on_record(project: Miniature) -> None:
    project.gate("bmad", _failing("2.4.3"))

    result = project.run("-m", "bmad", "--fix-minutes", "12")

    assert result.verdict("bmad")["situation"]["fix_minutes"] == 12
    assert "expected to be fixed in 12 minutes" in result.output
