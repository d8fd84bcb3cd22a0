"""junit.xml keeps to what Jenkins' schema and GitLab's reader accept, with every item of its gate as a property."""

from __future__ import annotations

import json
import re
from pathlib import Path
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import pytest

from gate import checklist
from tests_suite import miniature
from tests_suite.miniature import Miniature, finding, measuring
from tests_suite.samples import PACKAGE, issue

CHECKLIST = checklist.load()
# What an element may hold, and its attributes (True: required), by junit-10.xsd of Jenkins' xUnit plugin.
CHILDREN = {
    "testsuites": {"testsuite"},
    "testsuite": {"testsuite", "properties", "testcase", "system-out", "system-err"},
    "testcase": {"skipped", "error", "failure", "system-out", "system-err"},
    "properties": {"property"},
}
TOLD = {"type": False, "message": False}
ATTRIBUTES: dict[str, dict[str, bool]] = {
    "testsuites": {"name": False, "time": False, "tests": False, "failures": False, "errors": False},
    "testsuite": {
        **dict.fromkeys(("name", "tests", "failures", "errors"), True),
        **dict.fromkeys(("group", "time", "skipped", "timestamp", "hostname", "id", "package"), False),
        **dict.fromkeys(("file", "log", "url", "version"), False),
    },
    "testcase": {"name": True, "time": False, "classname": False, "group": False},
    "properties": {},
    "property": {"name": True, "value": True},
    "failure": TOLD,
    "error": TOLD,
    "skipped": TOLD,
    "system-out": {},
    "system-err": {},
}
SECONDS = re.compile(r"(([0-9]{0,3},)*[0-9]{3}|[0-9]{0,3})*(\.[0-9]{0,3})?")
STATES = ("failure", "error", "skipped")


def complaints(element: Element) -> list[str]:
    """What the schema has against an element and everything in it."""
    known = ATTRIBUTES.get(element.tag)
    if known is None:
        return [f"<{element.tag}> is unknown"]
    found = [f"<{element.tag}> has {name}" for name in element.attrib if name not in known]
    found += [
        f"<{element.tag}> lacks {name}" for name, required in known.items() if required and name not in element.attrib
    ]
    if element.tag in ("testsuite", "testsuites") and not SECONDS.fullmatch(element.get("time", "")):
        found.append(f"<{element.tag}> took {element.get('time')}")
    allowed = CHILDREN.get(element.tag, set())
    found += [f"<{element.tag}> holds <{child.tag}>" for child in element if child.tag not in allowed]
    if allowed and "".join([element.text or "", *(child.tail or "" for child in element)]).strip():
        found.append(f"<{element.tag}> holds text")
    return found + [complaint for child in element for complaint in complaints(child)]


def _suite(path: Path) -> Element:
    """The only suite of a file that both readers accept."""
    root = ElementTree.parse(path).getroot()
    assert root.tag == "testsuites"
    assert complaints(root) == []
    [suite] = root
    cases = suite.findall("testcase")
    names = [(case.get("classname"), case.get("name")) for case in cases]
    assert len(set(names)) == len(names), "GitLab keeps one test of those with the same class and name"
    assert all(len([child for child in case if child.tag in STATES]) <= 1 for case in cases)
    counts = {"tests": len(cases), **{f"{state}s": 0 for state in ("failure", "error")}, "skipped": 0}
    for state, key in (("failure", "failures"), ("error", "errors"), ("skipped", "skipped")):
        counts[key] = len(suite.findall(f"testcase/{state}"))
    assert {key: int(suite.get(key, "-1")) for key in counts} == counts
    return suite


def _properties(suite: Element) -> dict[str, str]:
    rows = [(each.get("name", ""), each.get("value", "")) for each in suite.findall("properties/property")]
    assert len(dict(rows)) == len(rows)
    return dict(rows)


@pytest.fixture
def project(tmp_path: Path) -> Miniature:
    """A miniature in which everything passes, and a tech lead."""
    made = miniature.make(tmp_path)
    made.target["contacts"].append({"role": "Tech Lead", "name": "Ada Example"})
    return made


MIXED = {
    "2.1.1": finding("2.1.1", "one <b> & \\x00 \\ud83d", file="a.md", line=3),
    "2.1.2": measuring("2.1.2", "response time", 12.5),
    "2.1.3": '@verifies("2.1.3")\ndef test_2_1_3():\n    pytest.skip("no <server>")\n',
    "2.1.4": '@pytest.fixture\ndef broken():\n    raise RuntimeError("no")\n\n\n'
    '@verifies("2.1.4")\ndef test_2_1_4(broken):\n    pass\n',
    "2.1.5": '@pytest.mark.parametrize("x", ["a b", "é/<", "@"])\n@verifies("2.1.5")\n'
    'def test_2_1_5(x, record_property):\n    record_property("seen", "<x>")\n    print("out \\x1b[0m")\n',
    "2.1.6": '@pytest.fixture\ndef messy():\n    yield\n    raise RuntimeError("a mess")\n\n\n'
    '@verifies("2.1.6")\ndef test_2_1_6(messy):\n    assert not 1, "not so"\n',
}  # fmt: skip


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["one process", "two workers"])
def test_every_kind_of_result_is_accepted(project: Miniature, workers: tuple[str, ...]) -> None:
    project.gate("smoke", MIXED)

    result = project.run("-m", "smoke", *workers)

    suite = _suite(result.reports / "smoke" / "junit.xml")
    rows = _properties(suite)
    assert {name: rows[name] for name in ("gate", "verdict")} == {"gate": "smoke", "verdict": "FAIL"}
    assert {item: rows[f"{item} outcome"] for item in miniature.ITEMS} == result.outcomes()
    assert set(result.outcomes().values()) == {"passed", "failed", "missing"}, result.output
    for item in CHECKLIST.items_of(CHECKLIST.gates["smoke"]):
        assert rows[f"{item.id} owner"] == item.owner
        assert rows[f"{item.id} title"] == item.title
        assert rows[f"{item.id} severity"] == item.severity
    assert rows["2.1.2 response time"] == "12.5 ms (limit < 100 ms)"
    assert rows["seen"] == "<x>"
    states = {case.get("name"): [child.tag for child in case] for case in suite.findall("testcase")}
    assert states["test_2_1_1"] == ["failure"]
    assert states["test_2_1_2"] == []
    assert states["test_2_1_3"] == ["skipped"]
    assert states["test_2_1_4"] == ["error"]
    assert states["test_2_1_6"] == ["failure"]
    [mess] = suite.findall("testcase[@name='test_2_1_6']/failure")
    assert "not so" in (mess.text or "")
    assert "a mess" in (mess.text or "")


def test_each_gate_has_its_own_items(project: Miniature) -> None:
    project.gate("package")

    result = project.run("-m", "smoke or package")

    for marker, first in (("smoke", "2.1.1"), ("package", "1.4.1")):
        rows = _properties(_suite(result.reports / marker / "junit.xml"))
        assert rows["gate"] == marker
        own = {item.id for item in CHECKLIST.items_of(CHECKLIST.gates[marker])}
        assert {name.split()[0] for name in rows if name.endswith(" outcome")} == own
        assert f"{first} outcome" in rows


def test_waived_test_is_told_as_skipped_with_the_known_issue(project: Miniature) -> None:
    project.gate(
        "notification", {"1.3.1": finding("1.3.1", "the notice to one group went out late", file="notification.yaml")}
    )
    known = issue(expires="2200-01-01T00:00:00+00:00")
    project.write("known.json", json.dumps({"issues": [known], "digests": {"package": PACKAGE}}))

    result = project.run("-m", "notification")

    suite = _suite(result.reports / "notification" / "junit.xml")
    assert (suite.get("failures"), suite.get("skipped")) == ("0", "1")
    [skipped] = suite.findall("testcase/skipped")
    assert skipped.get("message") == "1.3.1 waived by a known issue: one group was told too late"
    assert "went out late" in (skipped.text or "")
    assert _properties(suite)["1.3.1 outcome"] == "waived"


def test_own_file_of_the_user_stays_as_pytest_writes_it(project: Miniature) -> None:
    own = project.root / "own.xml"

    result = project.run("-m", "smoke", f"--junitxml={own}")

    assert "<properties>" in own.read_text(encoding="utf-8")
    assert complaints(ElementTree.parse(own).getroot()), "pytest's own form is not what Jenkins' schema accepts"
    _suite(result.reports / "smoke" / "junit.xml")


def test_interrupted_run_leaves_a_file_that_is_accepted(project: Miniature) -> None:
    project.smoke({"2.1.3": '@verifies("2.1.3")\ndef test_2_1_3():\n    raise KeyboardInterrupt\n'})

    result = project.run()

    rows = _properties(_suite(result.reports / "smoke" / "junit.xml"))
    assert rows["verdict"] == "INCOMPLETE"
    assert rows["2.1.6 outcome"] == "missing"
