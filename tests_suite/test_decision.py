"""The plan's decision trees: each verdict, in each phase, for each severity, leads to what the plan says."""

from __future__ import annotations

import dataclasses
import itertools

import pytest

from gate import trees
from gate.checklist import Severity
from gate.decision import Decision, Situation, contacts_for, decide, plain, worst
from gate.hooks import Contact
from gate.verdict import Outcome, Verdict
from tests_suite import samples
from tests_suite.miniature import contract, schema
from tests_suite.samples import CHECKLIST

LEAD, INFRA, PRODUCT, QA, ON_CALL = (
    "Tech Lead",
    "Infrastructure Lead",
    "Product Manager",
    "QA Lead",
    "On-Call Engineer",
)
SEVERITIES = ("critical", "major", "minor")
# By the severity of what failed: action, who decides, within how many minutes, whom to call.
Row = tuple[str, str, int | None, tuple[str, ...]]
Tree = dict[str, Row]
BEFORE: Tree = {
    "critical": ("delay", LEAD, None, (LEAD, QA)),
    "major": ("continue_with_approval", LEAD, None, (LEAD,)),
    "minor": ("continue", LEAD, None, (LEAD,)),
}
COMPLETE: Row = ("rollback", LEAD, 0, (LEAD, INFRA, PRODUCT))
# With no estimate of the fix: one critical item of several that failed is a part of the deployment that failed.
DURING: Tree = {
    "critical": ("fix_or_rollback", LEAD, 30, (LEAD, INFRA)),
    "major": ("fix_or_rollback", LEAD, 30, (LEAD, INFRA)),
    "minor": ("monitor", INFRA, 30, (INFRA,)),
}
AFTER: Tree = {
    "critical": ("hotfix_or_rollback", LEAD, 60, (LEAD, ON_CALL, PRODUCT)),
    "major": ("optimise", INFRA, 60, (INFRA, ON_CALL)),
    "minor": ("document", PRODUCT, None, (PRODUCT,)),
}
FIRST_HOUR: Row = ("escalate", LEAD, 60, (LEAD, INFRA, ON_CALL))
FAILED: dict[str, Tree] = {
    "predeploy": BEFORE,
    "verification": BEFORE,
    "staging": BEFORE,
    "notification": BEFORE,
    "package": BEFORE,
    "smoke": dict.fromkeys(SEVERITIES, ("stop", LEAD, 15, (LEAD, QA))),
    "deploy": DURING,
    "mcp": DURING | {"critical": COMPLETE},  # plan 2.3
    "bmad": DURING | {"critical": COMPLETE},  # its only critical item
    "announcement": AFTER,
    "monitoring": AFTER | {"major": FIRST_HOUR, "minor": FIRST_HOUR},
    "first_day": AFTER,
    "feedback": AFTER,
    "baseline": AFTER,
    "retrospective": AFTER,
    "acceptance": AFTER,
    "rollback": {
        "critical": ("escalate", LEAD, 0, (LEAD, INFRA, PRODUCT, ON_CALL)),
        "major": ("complete_rollback", LEAD, None, (LEAD, PRODUCT)),
        "minor": ("complete_rollback", LEAD, None, (LEAD, PRODUCT)),
    },
}
CASES = [(marker, severity, row) for marker, rows in FAILED.items() for severity, row in rows.items()]
SITUATIONS = [
    Situation(fix, minutes, recovered) for fix in (None, 5, 90) for minutes, recovered in ((0, False), (99, True))
]
EVERYTHING = [
    decide(samples.gate_result(marker, verdict, severity), situation)
    for marker, verdict, severity in itertools.product(CHECKLIST.gates, Verdict, SEVERITIES)
    for situation in SITUATIONS
] + [trees.known("go on"), trees.known("go on", usability=True), trees.degradation(40, critical=True)]


@pytest.mark.parametrize(("marker", "severity", "row"), CASES)
def test_failed_gate_follows_the_tree_of_its_phase(marker: str, severity: str, row: Row) -> None:
    decision = decide(samples.gate_result(marker, Verdict.FAIL, severity))

    assert (decision.action, decision.decides, decision.within_minutes, decision.call) == row


def test_every_gate_has_its_failures_decided() -> None:
    assert {*FAILED, "postdeploy"} == set(CHECKLIST.gates)


@pytest.mark.parametrize(
    ("section", "severity", "action"),
    [
        ("2.5", "major", "optimise"),
        ("3.1", "critical", "hotfix_or_rollback"),
        ("3.1", "major", "escalate"),
        ("3.2", "major", "optimise"),
        ("3.5", "minor", "document"),
    ],
)
def test_failed_phase_after_the_deployment_is_decided_as_its_section_is(
    section: str, severity: str, action: str
) -> None:
    gate = CHECKLIST.gates["postdeploy"]
    item = next(each for each in CHECKLIST.items.values() if each.section == section and each.severity == severity)
    failed = samples.item_result(Outcome.FAILED, item)
    result = dataclasses.replace(samples.gate_result("postdeploy", Verdict.FAIL), gate=gate, items=(failed,))

    assert decide(result).action == action


def test_gravest_failure_decides() -> None:
    by_severity = {str(item.severity): item for item in CHECKLIST.items_of(CHECKLIST.gates["deploy"])}
    assert set(by_severity) == set(SEVERITIES)

    for failing, action in (
        (("minor", "major", "critical"), "rollback"),  # the only critical item of these
        (("minor", "major"), "fix_or_rollback"),
        (("minor",), "monitor"),
    ):
        items = tuple(samples.item_result(Outcome.FAILED, by_severity[each]) for each in failing)
        result = dataclasses.replace(samples.gate_result("deploy", Verdict.FAIL), items=items)
        assert decide(result).action == action


def test_severity_of_what_did_not_fail_does_not_matter() -> None:
    result = samples.gate_result("deploy", Verdict.FAIL, "minor")
    assert {each.item.severity for each in result.items} == set(SEVERITIES)

    assert decide(result).action == "monitor"


def test_failing_knowledge_tool_is_rolled_back_with_a_look_at_the_server() -> None:
    decision = decide(samples.gate_result("mcp", Verdict.FAIL, "critical"))

    assert decision.summary == "a Knowledge MCP tool fails (plan 2.3)"
    assert decision.steps == ("roll back to the previous version", "investigate the Knowledge MCP server")


@pytest.mark.parametrize("severity", SEVERITIES)
def test_failed_rollback_is_not_answered_by_another_rollback(severity: str) -> None:
    decision = decide(samples.gate_result("rollback", Verdict.FAIL, severity))

    said = " ".join((decision.action, decision.summary, *decision.steps))
    assert "start the rollback" not in said
    assert "roll back" not in said
    assert "no new deployment before that" in decision.steps


def test_failed_acceptance_says_that_the_deployment_failed() -> None:
    decision = decide(samples.gate_result("acceptance", Verdict.FAIL, "critical"))

    assert decision.summary.startswith("the deployment has failed by the plan's criteria")


ONWARD = {
    "predeploy": "go on to the smoke test (plan 2.1)",
    "smoke": "go on to the deployment to the repository (plan 2.2)",
    "deploy": "go on to the Knowledge MCP verification (plan 2.3)",
    "mcp": "go on to the BMAD integration verification (plan 2.4)",
    "bmad": "go on to the announcement (plan 2.5)",
    "postdeploy": "go on with normal operations",
    "acceptance": "the deployment is successful by the plan's criteria",
    "rollback": "the rollback stands; redeploy only once a fix is verified",
    "package": "run the whole predeploy gate, then go on to the smoke test (plan 2.1)",
    "verification": "go on to the staging rehearsal (plan 1.2)",
}


@pytest.mark.parametrize(("marker", "onward"), ONWARD.items())
def test_passed_gate_goes_on_to_the_next_phase(marker: str, onward: str) -> None:
    decision = decide(samples.gate_result(marker, Verdict.PASS))

    assert decision == Decision("proceed", "everything verified", (onward,), LEAD, None, ())


@pytest.mark.parametrize("marker", CHECKLIST.gates)
def test_every_gate_knows_what_comes_next(marker: str) -> None:
    assert decide(samples.gate_result(marker, Verdict.PASS)).steps != ("go on",)


@pytest.mark.parametrize(
    ("marker", "minutes", "call", "watch"),
    [
        ("predeploy", None, (LEAD,), "put what is degraded right"),
        ("smoke", None, (LEAD,), "put what is degraded right"),
        ("deploy", 30, (LEAD, INFRA), "watch for 30 minutes"),
        ("mcp", 30, (LEAD, INFRA), "watch for 30 minutes"),
        ("bmad", 30, (LEAD, INFRA), "watch for 30 minutes"),
        ("monitoring", 60, (LEAD, INFRA), "within an hour"),
        ("acceptance", 60, (LEAD, INFRA), "within an hour"),
    ],
)
def test_degraded_gate_proceeds_with_caution(
    marker: str, minutes: int | None, call: tuple[str, ...], watch: str
) -> None:
    decision = decide(samples.gate_result(marker, Verdict.DEGRADE))

    assert decision.action == "proceed_with_caution"
    assert (decision.decides, decision.within_minutes, decision.call) == (LEAD, minutes, call)
    assert decision.steps[1].endswith(", with caution")
    assert watch in decision.steps[2]


@pytest.mark.parametrize("marker", CHECKLIST.gates)
def test_incomplete_gate_decides_nothing(marker: str) -> None:
    decision = decide(samples.gate_result(marker, Verdict.INCOMPLETE))

    assert (decision.action, decision.decides, decision.within_minutes) == ("repeat", LEAD, None)


def test_every_decision_is_in_the_contract_of_verdict_json() -> None:
    form = contract().evolve(schema={"$ref": "#/$defs/decision", "$defs": schema()["$defs"]})

    for decision in EVERYTHING:
        form.validate(plain(decision, []))


def test_contract_of_verdict_json_lists_no_action_that_is_never_taken() -> None:
    actions = schema()["$defs"]["decision"]["properties"]["action"]["enum"]

    assert {decision.action for decision in EVERYTHING} == set(actions)


def test_only_roles_of_the_plan_are_called() -> None:
    called = {role for decision in EVERYTHING for role in (*decision.call, decision.decides)}

    assert called == {LEAD, INFRA, PRODUCT, QA, ON_CALL}


@pytest.mark.parametrize(
    ("severities", "expected"),
    [((), "minor"), (("minor",), "minor"), (("minor", "major"), "major"), (("minor", "critical", "major"), "critical")],
)
def test_gravest_severity(severities: tuple[Severity, ...], expected: Severity) -> None:
    assert worst(severities) == expected


def test_contacts_are_those_of_the_roles_to_call() -> None:
    decision = dataclasses.replace(EVERYTHING[0], call=(LEAD, QA, INFRA))
    ada, bob, eve = (
        Contact(role="tech lead", name="Ada", phone="1"),
        Contact(role=LEAD, name="Bob"),
        Contact(role=PRODUCT, name="Eve"),
    )
    qa = Contact(role=QA, email="qa@example.org")

    # A role that nobody fills stands alone, so that the gap is seen.
    assert contacts_for(decision, [eve, qa, ada, bob]) == [ada, bob, qa, Contact(role=INFRA)]
