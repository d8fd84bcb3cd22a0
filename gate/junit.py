"""junit.xml in a form that both Jenkins and GitLab accept, with every item of the gate as a property.

pytest's own file does not keep to Jenkins' schema (junit-10.xsd of its xUnit plugin): that one knows properties for a
test suite only, not for a test case, and for a test case neither a file nor a line. GitLab reads name, class name,
time, and the first of failure, error and skipped. Neither of them knows a waived test: it is told as skipped, with the
known issue as the reason.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from _pytest.junitxml import bin_xml_escape, mangle_test_address

from gate.journal import without_group
from gate.terminal import in_words
from gate.verdict import GateResult, ItemResult, Outcome

OF_A_CASE = ("name", "classname", "time")
COUNTED = {"failure": "failures", "error": "errors", "skipped": "skipped"}


def write(
    source: Path, path: Path, result: GateResult, noted: Mapping[str, Mapping[str, str]], hide: Callable[[str], str]
) -> None:
    """Write a gate's junit.xml from pytest's own; `noted` is what tests noted, by item and name. Raises `OSError`."""
    tree = ElementTree.parse(source)
    waived = {_address(test): item for item in result.items if item.outcome is Outcome.WAIVED for test in item.tests}
    for suite in tree.getroot().iter("testsuite"):
        for case in suite.findall("testcase"):
            _make_plain(case)
            if item := waived.get((case.get("classname", ""), case.get("name", ""))):
                _skip(case, hide(reason(item, result)))
        _merge_twins(suite)
        _count(suite)
        for known in suite.findall("properties"):
            suite.remove(known)
        listed = Element("properties")
        for name, value in rows(result, noted):
            listed.append(Element("property", name=_text(name), value=_text(hide(value))))
        suite.insert(0, listed)
    tree.write(path, encoding="utf-8", xml_declaration=True)


def _text(value: str) -> str:
    return str(bin_xml_escape(value))


def _address(test: str) -> tuple[str, str]:
    """A test's class name and name, as pytest writes them."""
    *classes, name = mangle_test_address(test)
    return ".".join(classes), _text(name)


def _make_plain(case: Element) -> None:
    for name in set(case.attrib).difference(OF_A_CASE):
        del case.attrib[name]
    case.set("name", without_group(case.get("name", "")))
    for properties in case.findall("properties"):
        case.remove(properties)


def _skip(case: Element, message: str) -> None:
    for bad in [child for child in case if child.tag in ("failure", "error")]:
        bad.tag = "skipped"
        bad.set("message", _text(message))


def _merge_twins(suite: Element) -> None:
    """Make one case of a test that failed and then left a mess: pytest writes two, and GitLab drops the second."""
    first: dict[tuple[str | None, str | None], Element] = {}
    for case in suite.findall("testcase"):
        kept = first.setdefault((case.get("classname"), case.get("name")), case)
        if kept is not case:
            for child in list(case):
                if len(kept):
                    kept[-1].text = f"{kept[-1].text or ''}\n{child.text or ''}"
                else:
                    kept.append(child)
            suite.remove(case)


def _count(suite: Element) -> None:
    """The suite's counts; pytest's leave out a test that was cut off, and know nothing of waived ones."""
    suite.set("tests", str(len(suite.findall("testcase"))))
    for state, counted in COUNTED.items():
        suite.set(counted, str(len(suite.findall(f"testcase[{state}]"))))


def reason(item: ItemResult, result: GateResult) -> str:
    """Why an item is waived, in a line."""
    texts = [each.issue["description"] for each in result.known if each.waives and each.issue["item"] == item.item.id]
    return f"{item.item.id} waived by a known issue: {'; '.join(' '.join(text.split()) for text in texts)}"


def rows(result: GateResult, noted: Mapping[str, Mapping[str, str]]) -> Iterator[tuple[str, str]]:
    """Name and value of each property: the gate's verdict, and of every item its outcome, owner and measurements."""
    yield "gate", result.gate.marker
    yield "verdict", str(result.verdict)
    for each in result.items:
        item = each.item
        yield f"{item.id} outcome", str(each.outcome)
        yield f"{item.id} title", item.title
        yield f"{item.id} owner", item.owner
        yield f"{item.id} severity", item.severity
        for measured in each.measurements:
            yield f"{item.id} {measured.name}", in_words(measured)
        yield from noted.get(item.id, {}).items()
