"""Known issues in runs of the real judge: exit status, reports and terminal, and what is never waived."""

from __future__ import annotations

import html
import json
from pathlib import Path

import pytest

from gate.hooks import KnownIssue
from tests_suite import miniature
from tests_suite.miniature import Miniature, finding, measuring, passing
from tests_suite.samples import issue

TECH_LEAD = {"role": "Tech Lead", "name": "Ada Example", "phone": "+12025550101"}


@pytest.fixture
def project(tmp_path: Path) -> Miniature:
    """A miniature with the notification gate, in which everything passes, and a tech lead."""
    made = miniature.make(tmp_path)
    made.gate("notification")
    made.target["contacts"].append(TECH_LEAD)
    return made


def _known(project: Miniature, *issues: KnownIssue) -> None:
    later = [{**each, "expires": "2200-01-01T00:00:00+00:00"} for each in issues]
    content = {"issues": later, "digests": {"package": "a" * 64}}
    project.write("known.json", json.dumps(content))


FAILING = finding("1.3.1", "the notice to one group went out late", file="notification.yaml", line=7)


def test_waived_gate_goes_on_and_shows_its_known_issue_everywhere(project: Miniature) -> None:
    project.gate("notification", {"1.3.1": FAILING})
    _known(project, issue())

    result = project.run("-m", "notification")

    assert result.status == 0, result.output
    content = result.verdict("notification")
    assert (content["verdict"], content["exit_status"]) == ("DEGRADE", 0)
    assert result.outcomes("notification")["1.3.1"] == "waived"
    assert content["decision"]["action"] == "continue_with_known_issues"
    [known] = content["known_issues"]
    assert (known["item"], known["waives"], known["reasons"]) == ("1.3.1", True, [])
    files = result.files()
    for name in ("signoff.html", "summary.md", "junit.xml"):
        assert "one group was told too late" in files[f"notification/{name}"], name
    page = files["notification/signoff.html"]
    for text in ("Known issues", "their team lead calls them", "Ada Example", "2200-01-01", "Pia Example"):
        assert text in page
    assert "known issue, until 2200-01-01T00:00:00+00:00 (Ada Example): one group was told too late" in result.output
    assert "1 waived" in result.output


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["one process", "two workers"])
@pytest.mark.parametrize(("fail_on", "status"), [("fail", 0), ("degrade", 1)])
def test_waived_gate_is_a_degraded_one(project: Miniature, workers: tuple[str, ...], fail_on: str, status: int) -> None:
    project.gate("notification", {"1.3.1": FAILING})
    _known(project, issue())

    result = project.run("-m", "notification", f"--fail-on={fail_on}", *workers)

    assert (result.status, result.verdict("notification")["verdict"]) == (status, "DEGRADE"), result.output


def test_another_failure_beside_a_waived_one_fails_the_run(project: Miniature) -> None:
    project.gate("notification", {"1.3.1": FAILING, "1.3.4": finding("1.3.4", "no process to be found")})
    _known(project, issue())

    result = project.run("-m", "notification")

    assert (result.status, result.verdict("notification")["verdict"]) == (1, "FAIL"), result.output
    assert result.outcomes("notification")["1.3.1"] == "waived"


def test_failing_test_of_no_item_beside_a_waived_one_fails_the_run(project: Miniature) -> None:
    project.gate(
        "notification", {"1.3.1": f"{FAILING}\n\n@pytest.mark.notification\ndef test_other():\n    assert not 1\n"}
    )
    _known(project, issue())

    assert project.run("-m", "notification").status == 1


def test_waived_item_fails_the_phase_where_another_gate_of_the_run_refuses_it(project: Miniature) -> None:
    """Both gates have the item; what they say of it is the same, and so is the exit status."""
    for marker in ("verification", "staging", "package"):
        project.gate(marker)
    project.gate("notification", {"1.3.1": FAILING})
    _known(project, issue())

    result = project.run("-m", "predeploy or notification")

    assert result.status == 0, result.output
    assert {marker: result.verdict(marker)["verdict"] for marker in ("predeploy", "notification")} == {
        "predeploy": "DEGRADE",
        "notification": "DEGRADE",
    }


BREAKING = {
    "a crash after the finding": (
        FAILING.replace("    assert not found, str(found)", "    {}['key']"),
        "waives only findings",
    ),
    "a time-out after the finding": (
        FAILING.replace("    assert not found, str(found)", "    time.sleep(30)"),
        "waives only findings",
    ),
    "nothing to test": (
        '@verifies("1.3.1")\ndef test_1_3_1():\n    pytest.fail("not testable: no users", pytrace=False)\n',
        "waives only findings",
    ),
    "a guard": ('@verifies("1.3.1")\ndef test_1_3_1():\n    assert not 1, "nothing"\n', "waives only findings"),
    "a mess left behind": (
        "@pytest.fixture\ndef messy():\n    yield\n    raise RuntimeError('mess')\n\n\n"
        + FAILING.replace("(findings: Recorder)", "(messy, findings: Recorder)"),
        "waives only findings",
    ),
    "a skip": ('@verifies("1.3.1")\ndef test_1_3_1():\n    pytest.skip("no")\n', "what did not run is not waived"),
}  # fmt: skip


@pytest.mark.parametrize("name", BREAKING)
def test_item_that_broke_is_not_waived(project: Miniature, name: str) -> None:
    source, says = BREAKING[name]
    project.gate("notification", {"1.3.1": source})
    project.override("1.3.1", "time limit", 1)
    _known(project, issue())

    result = project.run("-m", "notification")

    assert result.outcomes("notification")["1.3.1"] == ("missing" if name == "a skip" else "failed"), result.output
    assert says in " ".join(result.messages("1.3.1", "notification"))
    assert says in result.output
    assert result.status != 0


def test_measured_failure_is_waived(project: Miniature) -> None:
    project.gate("notification", {"1.3.2": measuring("1.3.2", "deployment window", 2.0)})
    _known(project, issue(item="1.3.2", covers=["deployment window: 2 h"]))

    result = project.run("-m", "notification")

    assert result.outcomes("notification")["1.3.2"] == "waived", result.output
    assert result.status == 0


def test_refused_issue_is_said_on_the_terminal(project: Miniature) -> None:
    project.gate("notification", {"1.3.1": FAILING})
    _known(project, issue(approver="Pia Example"))

    result = project.run("-m", "notification")

    assert result.status == 1
    assert "known-issues.yaml:4: known issue: Pia Example approved an issue of their own" in result.output


def test_item_that_the_checklist_does_not_have_ends_the_run_in_one_line(project: Miniature) -> None:
    _known(project, issue(item="1.3.7"))

    result = project.run("-m", "notification")

    [line] = [each for each in result.output.splitlines() if each.strip()]
    assert line == "ERROR: known-issues.yaml:4: the checklist has no item '1.3.7'; ids look like 1.2.4, in quotes"
    assert result.status == int(pytest.ExitCode.USAGE_ERROR)
    assert not result.reports.exists()


@pytest.mark.parametrize("text", ["</td></tr></table><script>alert(1)</script>", "{{ 7 * 7 }}", "a\"b'c&d <b>"])
def test_hostile_text_is_shown_and_does_nothing(project: Miniature, text: str) -> None:
    project.gate("notification", {"1.3.1": FAILING})
    _known(project, issue(description=text, workaround=text, author=text))

    result = project.run("-m", "notification")

    assert result.verdict("notification")["known_issues"][0]["description"] == text
    page = result.files()["notification/signoff.html"]
    assert "<script" not in page
    assert page.count(html.escape(text).replace("&#x27;", "&#39;").replace("&quot;", "&#34;")) == 3
    assert len(result.files()["notification/summary.md"]) <= 1000


def test_known_issues_tell_no_secrets(project: Miniature) -> None:
    project.target["secrets"] = ["hunter22"]
    project.gate("notification", {"1.3.1": FAILING})
    _known(project, issue(description="the key hunter22 is late", workaround="use hunter22 otherwise"))

    result = project.run("-m", "notification")

    assert result.outcomes("notification")["1.3.1"] == "waived"
    assert "hunter22" not in result.output
    assert not [name for name, text in result.files().items() if "hunter22" in text]


def test_collecting_alone_asks_for_no_known_issues(project: Miniature) -> None:
    project.write("known.json", "not JSON")

    assert project.run("-m", "notification", "--collect-only").status == 0
    assert passing("1.3.1").startswith("@verifies")
