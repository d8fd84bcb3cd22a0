"""Annotations: which findings are told first, how long a text may be, and what a job's page gets; complete lists."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from gate import annotation
from gate.annotation import Annotation
from gate.verdict import Finding, GateResult, ItemResult, Outcome, Verdict
from tests_suite.samples import CHECKLIST, ITEM, item_result

FAILED, MISSING, DEGRADED, WAIVED = Outcome.FAILED, Outcome.MISSING, Outcome.DEGRADED, Outcome.WAIVED
NO, ODD, BAD = Finding("no", True), Finding("odd", False), Finding("bad", True)


def _item(name: str, severity: str, outcome: Outcome, *findings: Finding, title: str = "It works") -> ItemResult:
    item = dataclasses.replace(ITEM, id=name, title=title, severity=severity, advice="mend it")  # type: ignore[arg-type]
    return item_result(outcome, item, findings=findings)


def _of(*items: ItemResult, places: tuple[Path, ...] = (), workspace: Path | None = None) -> list[Annotation]:
    results = [GateResult(CHECKLIST.gates["smoke"], Verdict.FAIL, (item,), ()) for item in items]
    return annotation.of(results, places, workspace, lambda text: text.replace("hunter22", "***"))


def _told(*items: ItemResult) -> list[tuple[str, str, str]]:
    return [(each.kind, each.title.split()[0], each.message.partition("\nto do: ")[0]) for each in _of(*items)]


def test_annotation_holds_item_finding_and_advice() -> None:
    [found] = _of(_item("2.1.2", "major", FAILED, Finding("hunter22 is told", True, "a.md", 3)))

    assert found == Annotation("error", "2.1.2 failed: It works", "a.md:3: *** is told\nto do: mend it", None, 3)
    assert str(found) == "::error title=2.1.2 failed%3A It works::a.md:3: *** is told%0Ato do: mend it"


def test_gravest_items_come_first_and_among_them_those_that_failed() -> None:
    assert _told(
        _item("a", "minor", FAILED, NO),
        _item("b", "major", MISSING, NO),
        _item("c", "critical", MISSING, NO),
        _item("d", "major", FAILED, NO),
        _item("e", "critical", FAILED, NO),
        _item("f", "critical", WAIVED, NO),
        _item("g", "critical", DEGRADED, ODD),
        _item("h", "critical", Outcome.PASSED, ODD),
    ) == [
        *(("error", name, "no") for name in "ecdba"),
        ("warning", "f", "no"),
        ("warning", "g", "odd"),
    ]


def test_first_finding_of_each_item_comes_before_the_second_of_any() -> None:
    assert _told(
        _item("a", "minor", FAILED, NO, BAD),
        _item("b", "major", FAILED, BAD),
        _item("c", "critical", FAILED, BAD, NO, Finding("more", True)),
    ) == [
        ("error", "c", "bad"),
        ("error", "b", "bad"),
        ("error", "a", "no"),
        ("error", "c", "no"),
        ("error", "a", "bad"),
        ("error", "c", "more"),
    ]


@pytest.mark.parametrize(
    ("outcome", "findings", "told"),
    [
        (FAILED, (ODD, NO, BAD), ["no", "bad"]),
        (MISSING, (ODD, NO), ["no"]),
        (WAIVED, (ODD, NO), ["no"]),
        (DEGRADED, (NO, ODD), ["no", "odd"]),
        (WAIVED, (ODD,), ["odd"]),
        (FAILED, (), []),
    ],
)
def test_item_is_annotated_by_the_findings_that_decide_its_outcome(
    outcome: Outcome, findings: tuple[Finding, ...], told: list[str]
) -> None:
    assert [message for _, _, message in _told(_item("a", "major", outcome, *findings))] == told


def test_item_of_two_gates_is_annotated_once() -> None:
    assert _told(_item("a", "major", FAILED, NO), _item("a", "major", FAILED, NO)) == [("error", "a", "no")]


def test_ten_of_a_kind_are_told_and_the_last_one_counts_the_others() -> None:
    many = [Finding(f"no {number}", True) for number in range(12)]

    found = _of(_item("a", "major", FAILED, *many), _item("b", "major", DEGRADED, *[ODD] * 10))

    assert [each.message.partition("\n")[0] for each in found[:9]] == [f"no {number}" for number in range(9)]
    message = "3 more findings are not shown here; see the summary of this job and signoff.html"
    assert found[9] == Annotation("error", "and 3 more", message)
    assert [each.message for each in found[10:]] == ["odd\nto do: mend it"] * 10


@pytest.mark.parametrize("length", [1984, 1985, 1986, 5000])
def test_long_texts_are_cut_off(length: int) -> None:
    message = "x" * length + "\nto do: mend it"  # 15 characters more

    [found] = _of(_item("a", "major", FAILED, Finding("x" * length, True), title="y" * length))

    assert found.title == f"a failed: {'y' * 190}"
    assert found.message == (f"{message[:2000]}…" if len(message) > 2000 else message)


def test_file_of_a_secret_name_is_masked(tmp_path: Path) -> None:
    (tmp_path / "hunter22.md").touch()
    told = Finding("no", True, "hunter22.md", 3)

    [found] = _of(_item("a", "major", FAILED, told), places=(tmp_path,), workspace=tmp_path)

    assert (found.file, found.line, found.message) == ("***.md", 3, "no\nto do: mend it")


def test_same_file_of_two_places_is_one(tmp_path: Path) -> None:
    (tmp_path / "a.md").touch()
    item = _item("a", "major", FAILED, Finding("no", True, "a.md"))

    assert [each.file for each in _of(item, places=(tmp_path, tmp_path / "."), workspace=tmp_path)] == ["a.md"]
    assert [each.file for each in _of(item, places=(tmp_path,))] == [None]


def test_page_of_the_job_is_added_to_line_by_line(tmp_path: Path) -> None:
    page = tmp_path / "page.md"

    annotation.append_summary(page, ["# é\nhalf a pair \ud83d"])
    annotation.append_summary(page, ["b", "c"])

    assert page.read_bytes() == "# é\nhalf a pair \\ud83d\nb\nc\n".encode()


def test_reading_of_commands_is_stopped_and_resumed_by_a_word_that_nobody_guesses() -> None:
    words = {annotation.new_token() for _ in range(100)}

    assert len(words) == 100
    assert {len(word) for word in words} == {32}
    assert (annotation.stop("word"), annotation.resume("word")) == ("::stop-commands::word", "::word::")
