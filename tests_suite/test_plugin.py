"""The judge's plugin at work: what becomes of tests that skip, fail, run out of time or are left out."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from gate.secrets import MASK
from gate.verdict import EXIT_INCOMPLETE
from tests_suite import miniature
from tests_suite.miniature import ITEMS, REPORTS, Miniature, last_verdict

ALL_PASSED = dict.fromkeys(ITEMS, "passed")


@pytest.fixture
def project(tmp_path: Path) -> Miniature:
    """A miniature in which everything passes."""
    return miniature.make(tmp_path)


def test_passing_tests_pass_the_gate(project: Miniature) -> None:
    result = project.run()

    assert result.status == 0, result.output
    assert result.verdict()["verdict"] == last_verdict(result.output) == "PASS"
    assert result.outcomes() == ALL_PASSED
    assert {path.name for path in (result.reports / "smoke").iterdir()} == REPORTS
    assert sorted(path.name for path in result.reports.iterdir()) == ["index.html", "smoke"]


# What one test does, and what its item and the gate become. Everything else passes.
BEHAVIOURS = {
    "a skip by marker": ('@pytest.mark.skip(reason="no time")', "pass", "missing", "was skipped: no time"),
    "a skip in the test": ("", 'pytest.skip("no server")', "missing", "was skipped: no server"),
    "a skip in two lines": ("", 'pytest.skip("no server\\nask infrastructure")', "missing", "ask infrastructure"),
    "an expected failure": ('@pytest.mark.xfail(reason="known")', "assert not 1", "missing", "was xfailed"),
    "an expected failure that passes": ('@pytest.mark.xfail(reason="known", strict=False)', "pass", "failed", ""),
    "an expected failure that strictly passes": ('@pytest.mark.xfail(reason="known")', "pass", "failed", ""),
    "a failed assertion": ("", 'assert not "x", "x is there"', "failed", "x is there"),
    "a failed assertion without words": ("", "value = 3; assert value == 4", "failed", "assert 3 == 4"),
    "pytest.fail": ("", 'pytest.fail("not so", pytrace=False)', "failed", "not so"),
    "an unforeseen error": ("", "{}['key']", "failed", "KeyError"),
    "the end of the interpreter": ("", "sys.exit(0)", "failed", "SystemExit"),
    "a warning": ("", 'import warnings; warnings.warn("old")', "failed", "old"),
}


@pytest.mark.parametrize(("mark", "body", "outcome", "says"), BEHAVIOURS.values(), ids=BEHAVIOURS)
def test_test_that_does_not_pass_decides_its_item(
    project: Miniature, mark: str, body: str, outcome: str, says: str
) -> None:
    project.smoke({"2.1.3": f'{mark}\n@verifies("2.1.3")\ndef test_it():\n    {body}\n'})

    result = project.run()

    assert result.outcomes() == ALL_PASSED | {"2.1.3": outcome}, result.output
    assert any(says in message for message in result.messages("2.1.3")), result.messages("2.1.3")
    verdict = "FAIL" if outcome == "failed" else "INCOMPLETE"
    assert result.verdict()["verdict"] == last_verdict(result.output) == verdict
    assert result.status == (1 if outcome == "failed" else EXIT_INCOMPLETE), result.output


FIXTURES = """\
@pytest.fixture
def broken_before():
    raise RuntimeError("no connection")


@pytest.fixture
def broken_after():
    yield
    raise RuntimeError("left a mess")


@pytest.fixture
def skipping():
    pytest.skip("nothing to look at")
"""


@pytest.mark.parametrize(
    ("fixture", "outcome", "says"),
    [
        ("broken_before", "failed", "no connection"),
        ("broken_after", "failed", "left a mess"),
        ("skipping", "missing", "nothing to look at"),
        ("unknown", "failed", "fixture 'unknown' not found"),
    ],
)
def test_fixture_that_breaks_decides_the_item(project: Miniature, fixture: str, outcome: str, says: str) -> None:
    project.smoke({"2.1.4": f'@verifies("2.1.4")\ndef test_it({fixture}):\n    assert True\n'}, more=FIXTURES)

    result = project.run()

    assert result.outcomes() == ALL_PASSED | {"2.1.4": outcome}, result.output
    assert says in "\n".join(result.messages("2.1.4"))
    assert result.status == (1 if outcome == "failed" else EXIT_INCOMPLETE)


# What a test measures and finds, and what its item becomes; it asserts nothing.
RECORDS = {
    "within the limit": ('measure("response time", 99.9)', "passed"),
    "past the limit": ('measure("response time", 100.0)', "failed"),
    "no number": ('measure("response time", float("nan"), samples=[1.0, float("nan")])', "failed"),
    "infinite": ('measure("response time", float("inf"), samples=[float("inf"), 2.0])', "failed"),
    "a blocking finding": ("findings.blocking([Found()])", "failed"),
    "a degrading finding": ("findings.degrading([Found()])", "degraded"),
    "a limit that does not exist": ('measure("colour", 1)', "failed"),
}
FOUND = """\
class Found:
    message, file, line = "odd", "a/b.md", 3
"""


@pytest.mark.parametrize(("recorded", "outcome"), RECORDS.values(), ids=RECORDS)
def test_what_a_test_records_decides_its_item(project: Miniature, recorded: str, outcome: str) -> None:
    arguments = "measure: Measure, findings: Recorder"
    project.smoke({"2.1.2": f'@verifies("2.1.2")\ndef test_it({arguments}):\n    {recorded}\n'}, more=FOUND)

    result = project.run()

    verdict = {"passed": "PASS", "degraded": "DEGRADE", "failed": "FAIL"}[outcome]
    assert result.outcomes() == ALL_PASSED | {"2.1.2": outcome}, result.output
    assert result.verdict()["verdict"] == verdict
    # A finding that nobody asserted on leaves pytest itself green.
    assert result.status == (1 if outcome == "failed" else 0), result.output


@pytest.mark.parametrize(("fail_on", "status"), [("fail", 0), ("degrade", 1)])
def test_degraded_gate_fails_the_run_only_where_asked_to(project: Miniature, fail_on: str, status: int) -> None:
    body = "findings.degrading([Found()])"
    project.smoke({"2.1.2": f'@verifies("2.1.2")\ndef test_it(findings: Recorder):\n    {body}\n'}, more=FOUND)

    result = project.run("-m", "smoke", f"--fail-on={fail_on}")

    assert result.verdict()["verdict"] == "DEGRADE"
    assert result.status == result.verdict()["exit_status"] == status, result.output


def test_attachment_lies_beside_the_reports_with_its_digest(project: Miniature) -> None:
    body = 'attach("notes.txt", "caf\\udce9, key hunter22\\n")'
    project.target["secrets"] = ["hunter22"]
    project.smoke({"2.1.3": f'@verifies("2.1.3")\ndef test_it(attach):\n    {body}\n'})

    result = project.run()

    [attached] = result.verdict()["attachments"]
    written = (result.reports / "smoke" / "notes.txt").read_bytes()
    assert written == f"caf\\udce9, key {MASK}\n".encode()
    assert attached == {
        "name": "notes.txt",
        "item": "2.1.3",
        "bytes": len(written),
        "sha256": hashlib.sha256(written).hexdigest(),
    }


def test_test_out_of_time_fails_with_one_clear_line(project: Miniature) -> None:
    project.override("2.1.5", "time limit", 0.3)
    project.smoke({"2.1.5": '@verifies("2.1.5")\ndef test_it():\n    time.sleep(30)\n'})

    result = project.run()

    assert result.outcomes() == ALL_PASSED | {"2.1.5": "failed"}, result.output
    [message] = [each for each in result.messages("2.1.5") if "did not end" in each]
    assert message.splitlines() == [message]
    assert "within its time limit" in message
    assert "Traceback" not in result.output
    assert result.status == 1


def test_fixture_out_of_time_fails_the_item(project: Miniature) -> None:
    project.override("2.1.5", "time limit", 0.3)
    slow = "@pytest.fixture\ndef slow():\n    time.sleep(30)\n"
    project.smoke({"2.1.5": '@verifies("2.1.5")\ndef test_it(slow):\n    assert True\n'}, more=slow)

    result = project.run()

    assert result.outcomes() == ALL_PASSED | {"2.1.5": "failed"}, result.output


def test_item_whose_tests_are_too_slow_together_fails(project: Miniature) -> None:
    project.override("2.1.5", "time limit", 0.5)
    parts = [f'@verifies("2.1.5")\ndef test_part_{number}():\n    time.sleep(0.3)\n' for number in (1, 2)]
    project.smoke({"2.1.5": "\n\n".join(parts)})

    result = project.run()

    assert result.outcomes() == ALL_PASSED | {"2.1.5": "failed"}
    assert "its time limit is 0.5 s" in "\n".join(result.messages("2.1.5"))
    assert result.status == 1


def test_used_up_time_box_ends_the_test_that_runs_and_names_what_did_not(project: Miniature) -> None:
    project.smoke({"2.1.2": '@verifies("2.1.2")\ndef test_2_1_2():\n    time.sleep(20)\n'})

    result = project.run("-m", "smoke", environment={"SECONDS_LEFT": "1"})

    missing = dict.fromkeys(ITEMS[2:], "missing")
    assert result.outcomes() == {"2.1.1": "passed", "2.1.2": "failed"} | missing, result.output
    assert "the time box of 15 minutes ran out" in result.verdict()["notes"]
    assert "the time box of 15 minutes ran out" in result.output
    assert result.messages("2.1.6") == ["tests_smoke/test_smoke.py::test_2_1_6 did not run"]
    assert result.status != 0


def test_used_up_time_box_ends_every_worker(project: Miniature) -> None:
    sleeping = {item: f'@verifies("{item}")\ndef test_it_{item[-1]}():\n    time.sleep(20)\n' for item in ITEMS}
    project.smoke(sleeping)

    result = project.run("-m", "smoke", "-n", "2", environment={"SECONDS_LEFT": "1"})

    assert set(result.outcomes().values()) == {"failed", "missing"}, result.output
    assert result.verdict()["verdict"] == "FAIL"
    assert result.status != 0


def test_time_box_used_up_from_the_start_runs_nothing(project: Miniature) -> None:
    result = project.run("-m", "smoke", environment={"SECONDS_LEFT": "0"})

    assert set(result.outcomes().values()) == {"missing"}, result.output
    assert result.verdict()["verdict"] == "INCOMPLETE"
    assert "the time box of 15 minutes ran out" in result.output
    assert result.status != 0
