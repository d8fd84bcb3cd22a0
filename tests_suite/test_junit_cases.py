"""From pytest's junit.xml to a gate's own, case by case: what is kept, what is merged, what is counted."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import pytest

from gate import junit
from gate.verdict import GateResult, ItemResult, KnownResult, Outcome, Verdict
from tests_suite.samples import CHECKLIST, issue, item_result, measurement

SMOKE = CHECKLIST.gates["smoke"]
ITEMS = CHECKLIST.items


def _result(*items: ItemResult, known: tuple[KnownResult, ...] = ()) -> GateResult:
    return GateResult(SMOKE, Verdict.FAIL, items, (), known)


def _written(
    tmp_path: Path, cases: str, result: GateResult | None = None, noted: dict[str, dict[str, str]] | None = None
) -> Element:
    """The suite of a gate's file, made from one of pytest's that holds the cases."""
    source, path = tmp_path / "pytest.xml", tmp_path / "junit.xml"
    source.write_text(
        '<testsuites name="pytest tests"><testsuite name="pytest" tests="9" failures="9" errors="9" skipped="9">'
        f'<properties><property name="old" value="1"/></properties>{cases}</testsuite></testsuites>',
        encoding="utf-8",
    )
    junit.write(source, path, result or _result(), noted or {}, lambda text: text.replace("s3cret", "***"))
    assert path.read_bytes().startswith(b"<?xml version='1.0' encoding='utf-8'?>")
    [suite] = ElementTree.parse(path).getroot()
    return suite


def _cases(suite: Element) -> list[tuple[dict[str, str], list[tuple[str, dict[str, str], str | None]]]]:
    return [
        (case.attrib, [(child.tag, child.attrib, child.text) for child in case]) for case in suite.findall("testcase")
    ]


def test_case_keeps_its_name_class_and_time_alone_and_no_group(tmp_path: Path) -> None:
    cases = (
        '<testcase name="test_a@smoke" classname="t.A" time="0.1" file="t.py" line="3">'
        '<properties><property name="x" value="1"/></properties><system-out>said</system-out>'
        "<properties/></testcase>"
        '<testcase classname="t.A" name="test_b[me@home]@smoke"/>'
    )

    assert _cases(_written(tmp_path, cases)) == [
        ({"name": "test_a", "classname": "t.A", "time": "0.1"}, [("system-out", {}, "said")]),
        ({"name": "test_b[me@home]", "classname": "t.A"}, []),
    ]


def test_case_without_a_name_stays_without_one(tmp_path: Path) -> None:
    assert _cases(_written(tmp_path, "<testcase/>")) == [({"name": ""}, [])]


def test_twins_become_one_case_with_what_both_of_them_say(tmp_path: Path) -> None:
    cases = (
        '<testcase classname="t" name="a"><failure message="no">one</failure></testcase>'
        '<testcase classname="u" name="a"><failure>of another class</failure></testcase>'
        '<testcase classname="t" name="a"><error>two</error><error>three</error></testcase>'
        '<testcase classname="t" name="b"/>'
        '<testcase classname="t" name="b"><error message="a mess">late</error></testcase>'
        '<testcase classname="t" name="c"><skipped/></testcase>'
        '<testcase classname="t" name="c"><error/></testcase>'
    )

    suite = _written(tmp_path, cases)

    assert _cases(suite) == [
        ({"classname": "t", "name": "a"}, [("failure", {"message": "no"}, "one\ntwo\nthree")]),
        ({"classname": "u", "name": "a"}, [("failure", {}, "of another class")]),
        ({"classname": "t", "name": "b"}, [("error", {"message": "a mess"}, "late")]),
        ({"classname": "t", "name": "c"}, [("skipped", {}, "\n")]),
    ]
    assert suite.attrib == {"name": "pytest", "tests": "4", "failures": "2", "errors": "1", "skipped": "1"}


def test_waived_test_is_skipped_and_no_other_of_its_name(tmp_path: Path) -> None:
    names = ("tests_smoke/test_smoke.py::test_a", "tests_smoke/test_smoke.py::TestB::test_b[1]")
    waived = item_result(Outcome.WAIVED, ITEMS["2.1.3"], tests=names)
    failed = item_result(Outcome.FAILED, ITEMS["2.1.4"], tests=("tests_smoke/test_smoke.py::test_c",))
    known = KnownResult(issue(item="2.1.3", description="the s3cret is\n late"), waives=True)
    cases = (
        '<testcase classname="tests_smoke.test_smoke" name="test_a"><system-out>said</system-out>'
        '<failure message="no">text</failure><error message="mess">more</error></testcase>'
        '<testcase classname="tests_smoke.test_smoke.TestB" name="test_b[1]@smoke"><error message="no"/></testcase>'
        '<testcase classname="tests_smoke.test_other" name="test_a"><failure message="no"/></testcase>'
        '<testcase classname="tests_smoke.test_smoke" name="test_c"><failure message="no"/></testcase>'
    )

    suite = _written(tmp_path, cases, _result(waived, failed, known=(known,)))

    told = {"message": "2.1.3 waived by a known issue: the *** is late"}
    assert _cases(suite) == [
        (
            {"classname": "tests_smoke.test_smoke", "name": "test_a"},
            [("system-out", {}, "said"), ("skipped", told, "text"), ("skipped", told, "more")],
        ),
        ({"classname": "tests_smoke.test_smoke.TestB", "name": "test_b[1]"}, [("skipped", told, None)]),
        ({"classname": "tests_smoke.test_other", "name": "test_a"}, [("failure", {"message": "no"}, None)]),
        ({"classname": "tests_smoke.test_smoke", "name": "test_c"}, [("failure", {"message": "no"}, None)]),
    ]
    assert (suite.get("failures"), suite.get("errors"), suite.get("skipped")) == ("2", "0", "2")


def test_reason_names_the_issues_that_waive_the_item_and_no_others() -> None:
    known = (
        KnownResult(issue(item="2.1.3", description="one"), waives=True),
        KnownResult(issue(item="2.1.3", description="expired"), waives=False),
        KnownResult(issue(item="2.1.4", description="of another"), waives=True),
        KnownResult(issue(item="2.1.3", description="two\nlines"), waives=True),
    )
    item = item_result(Outcome.WAIVED, ITEMS["2.1.3"])

    assert junit.reason(item, _result(item, known=known)) == "2.1.3 waived by a known issue: one; two lines"


def test_properties_are_the_gate_s_items_with_what_was_measured_and_noted() -> None:
    measured = item_result(Outcome.PASSED, ITEMS["2.1.2"], measurements=(measurement(), measurement(13.0, of="b")))
    result = _result(measured, item_result(Outcome.MISSING, ITEMS["2.1.3"]))

    assert list(junit.rows(result, {"2.1.2": {"seen": "<x>", "also": "y"}, "9.9": {"z": "of another"}})) == [
        ("gate", "smoke"),
        ("verdict", "FAIL"),
        ("2.1.2 outcome", "passed"),
        ("2.1.2 title", ITEMS["2.1.2"].title),
        ("2.1.2 owner", ITEMS["2.1.2"].owner),
        ("2.1.2 severity", ITEMS["2.1.2"].severity),
        ("2.1.2 response time", "12.5 ms (limit < 100 ms)"),
        ("2.1.2 response time", "b 13 ms (limit < 100 ms)"),
        ("seen", "<x>"),
        ("also", "y"),
        ("2.1.3 outcome", "missing"),
        ("2.1.3 title", ITEMS["2.1.3"].title),
        ("2.1.3 owner", ITEMS["2.1.3"].owner),
        ("2.1.3 severity", ITEMS["2.1.3"].severity),
    ]


@pytest.mark.parametrize("cases", ["", '<testcase name="a" classname="t"/>'], ids=["no test", "a test"])
def test_properties_come_first_masked_instead_of_pytest_s(tmp_path: Path, cases: str) -> None:
    noted = {"2.1.3": {"a\x00b": "s3cret \x01"}}

    suite = _written(tmp_path, cases, _result(item_result(Outcome.PASSED, ITEMS["2.1.3"])), noted)

    assert suite[0].tag == "properties"
    assert [each.tag for each in suite].count("properties") == 1
    rows = [tuple(each.attrib.items()) for each in suite[0]]
    assert rows[0] == (("name", "gate"), ("value", "smoke"))
    assert rows[-1] == (("name", "a#x00b"), ("value", "*** #x01"))
    assert len(rows) == 7
    assert {each.tag for each in suite[0]} == {"property"}
