"""What a story is read as: its structure, what people see of it, references to criteria, and placeholders."""

from __future__ import annotations

import pytest

from fixtures.story.references import References, references_in
from fixtures.story.story import validate
from fixtures.story.tasks import Criterion, Task, criteria_of, tasks_of
from fixtures.story.text import Section, has_words, items, take_apart
from tests_suite.test_story import STORY
from tests_suite.test_story_findings import GUIDANCE, TASK, changed, told

BLOCKS = [
    (STORY[STORY.index("1. Each") : STORY.index("\n## Tasks")], "{{criteria}}\n  {{more}}\n"),
    (
        STORY[STORY.index("- [ ] Task 1") : STORY.index("\n## Dev Notes")],
        "- [ ] Task 1: {{task}} (AC: #4)\n{{tasks}}\n",
    ),
]


@pytest.mark.parametrize(("changes", "found"), [
    ([("2.5", "{{epic_num}}.{{ story_num }}"), (GUIDANCE, "{{guidance}}")], []),
    ([("2.5", "{{epic num}}.5")],
     ["1 title: title is 'Story {{epic num}}.5: Enforce quality gates'; expected `# Story N.M: Title` as the first "
      "line"]),
    (BLOCKS, []),
    ([(TASK, f"  {TASK}\n{{{{tasks}}}} of {{{{x}}}}\n{{{{tasks}}}}")],
     ["22 tasks: '{{tasks}} of {{x}}' has no box; expected `- [ ] …` at column 0, subtasks indented"]),
    ([("1. Each gate", "{{criterion}}\n1. Each gate")],
     ["13 criteria: '{{criterion}}' is no numbered criterion; expected `1. …` at the line's start"]),
])  # fmt: skip
def test_placeholders_of_a_template_stand_for_what_will_replace_them(
    changes: list[tuple[str, str]], found: list[str]
) -> None:
    assert told(validate(changed(*changes), template=True)) == found


@pytest.mark.parametrize("name", ["Story", "Acceptance Criteria", "Tasks / Subtasks", "Dev Notes", "Dev Agent Record"])
def test_section_that_is_missing_is_told_and_nothing_that_would_be_in_it(name: str) -> None:
    start = STORY.index(f"## {name}\n")
    end = STORY.find("\n## ", start) + 1 or len(STORY)

    assert told(validate(STORY[:start] + STORY[end:])) == [f"0 sections: section `## {name}` is missing"]


def read(*numbers: int, every: bool = False, variant: str = "", broken: str = "") -> References:
    """References that were found in a text."""
    return References(frozenset(numbers), every, variant, broken, found=True)


@pytest.mark.parametrize(("text", "references"), [
    ("Store it", References()),
    (r"\(AC: #1) \[AC: 2]", References()),
    ("(ACL: 1) (ACs) [AC ] (AC", References()),
    ("Access control (AC) (AC:)", read(broken="(AC:)")),
    ("(AC: #1, #12)", read(1, 12)),
    ("(AC: #01)", read(1, variant="(AC: #01)")),
    ("(AC: #1,#2)", read(1, 2, variant="(AC: #1,#2)")),
    ("( AC #1 & 2 + 3/4; 5 and 6)", read(1, 2, 3, 4, 5, 6, variant="( AC #1 & 2 + 3/4; 5 and 6)")),
    ("[ac: 3.1.2 to 5]", read(3, 4, 5, variant="[ac: 3.1.2 to 5]")),
    ("(AC: 1..3, 5 THROUGH 6, 8…9, 11—12)",
     read(1, 2, 3, 5, 6, 8, 9, 11, 12, variant="(AC: 1..3, 5 THROUGH 6, 8…9, 11—12)")),
    ("(AC: AC #1, ac2)", read(1, 2, variant="(AC: AC #1, ac2)")),
    ("(AC: All ACs)", read(every=True, variant="(AC: All ACs)")),
    ("(AC: *) (AC: #2)", read(2, every=True, variant="(AC: *)")),
    ("(AC: every criteria) (AC: alle)", read(every=True, variant="(AC: every criteria)")),
    ("(AC: N/A) (AC: na) (AC: none) (AC: -)", read(variant="(AC: N/A)")),
    ("(AC: 4-4)", read(4, variant="(AC: 4-4)")),
    ("(AC: 4-3) (AC: #1)", read(1, broken="(AC: 4-3)")),
    ("(AC: x) (AC: y) (AC: 2)", read(2, variant="(AC: 2)", broken="(AC: x)")),
    ("(AC: 1 2)", read(broken="(AC: 1 2)")),
    ("(AC: 1234567)", read(broken="(AC: 1234567)")),
    ("(AC: 1, 2,)", read(broken="(AC: 1, 2,)")),
])  # fmt: skip
def test_references_are_read_with_what_is_unusual_about_them(text: str, references: References) -> None:
    assert references_in(text) == references


def test_criteria_and_tasks_are_read_with_their_lines_and_texts() -> None:
    story = take_apart(changed((TASK, f"{TASK}\n- [x] Done (AC: all)")))

    assert criteria_of(story, template=False) == ([
        Criterion(1, 13, "Each gate has a test with an item that passes and one that fails."),
        Criterion(2, 14, "A quarantined item shows its reason."),
    ], [])  # fmt: skip
    assert tasks_of(story, template=False) == ([
        Task(19, False, "Task 1: Implement the gates (AC: #1)", read(1)),
        Task(21, False, "Task 2: Store rejected items (AC: #1, #2)", read(1, 2)),
        Task(22, True, "Done (AC: all)", read(every=True, variant="(AC: all)")),
    ], [])  # fmt: skip


def test_range_of_criteria_has_a_thousand_at_most() -> None:
    assert references_in("(AC: 5-1004)").numbers == frozenset(range(5, 1005))
    assert references_in("(AC: 5-1005)") == read(broken="(AC: 5-1005)")


def test_references_to_all_are_those_that_a_story_has_and_the_ones_that_are_named() -> None:
    assert read(2, 9, every=True).of(3) == {1, 2, 3, 9}
    assert read(2, 9).of(3) == {2, 9}


def test_abbreviation_in_brackets_names_no_criterion() -> None:
    assert told(validate(changed((TASK, "- [ ] Access control (AC) (AC: #2)\n- [ ] Store (AC)")))) == [
        "22 references: task names no criterion; expected (AC: #1) in its line"
    ]


def test_story_is_taken_apart_by_its_headings() -> None:
    text = ("head\n# Title # \nbelow\r\n## One ##\r1\n### A#\na\n#### deep\n##\n##no\n### B ###\n# Second\n2\n   \n"
            "## Two\t#\n#")  # fmt: skip

    story = take_apart(text)

    one = Section(2, "One", 4, [(5, "1"), (6, "### A#"), (7, "a"), (8, "#### deep")])
    empty = Section(2, "", 9, [(10, "##no"), (11, "### B ###")])
    two = Section(2, "Two", 15)
    assert story.titles == [Section(1, "Title", 2), Section(1, "Second", 12), Section(1, "", 16)]
    assert story.sections == [one, empty, two]
    assert story.parts == [("One", Section(3, "A#", 6, [(7, "a"), (8, "#### deep")])), ("", Section(3, "B", 11))]
    assert story.head == [(1, "head"), (3, "below"), (13, "2"), (14, "   ")]
    assert (story.open_fence, story.open_comment) == (None, None)
    assert story.lines == text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    assert (story.section("  ONE "), story.section("A#")) == (one, None)
    assert list(items(one)) == [(5, "1"), (7, "a")]
    rules = Section(2, "x", 1, list(enumerate(("---", " * * *", "_ __", "--", "-*-", "- - - x", "***\t"), 2)))
    assert list(items(rules)) == [(5, "--"), (6, "-*-"), (7, "- - - x")]
    assert not Section(2, "x", 1, [(2, "-----")]).filled
    assert [section.filled for section in (one, empty, two)] == [True, False, False]
    assert Section(2, "x", 1, [(2, " # x")]).filled


@pytest.mark.parametrize(("text", "lines", "fence", "comment"), [
    ("a\n```\nb\n```\nc", ["a", "", "", "", "c"], None, None),
    ("a\n~~~\nb\n``", ["a", "", "", ""], 2, None),
    ("````\n```\n```` \n`````\nc", ["", "", "", "", ""], 4, None),
    ("~~~ `x`\na", ["", ""], 1, None),
    ("a ``` b\n```x```", ["a ``` b", "```x```"], None, None),
    ("a <!-- b --> c <!-- d -->", ["a   c  "], None, None),
    ("a <!-- b\nc", ["a <!-- b", "c"], None, None),
    ("  <!-- a\nb\nc --> d\ne", ["", "", "      d", "e"], None, None),
    ("<!-- a\n```\nb", ["", "", ""], None, 1),
    ("<!-- a\n-->```\nb", ["", "", ""], 2, None),
    ("<!-- a\n--> <!-- b\nc", ["", "", ""], None, 2),
    ("<!--", [""], None, 1),
])  # fmt: skip
def test_what_people_do_not_see_is_blanked_out(
    text: str, lines: list[str], fence: int | None, comment: int | None
) -> None:
    story = take_apart(text)

    assert (story.lines, story.open_fence, story.open_comment) == (lines, fence, comment)


@pytest.mark.parametrize(("text", "says"), [
    ("", False), (" \t\n", False), ("…", False), ("-–—.", False), ("\u200b", False), ("()", False), ("x", True),
    ("7", True), ("漢", True), ("²", True), ("🚀", True), ("+", True), ("- x", True),
])  # fmt: skip
def test_text_has_words_where_there_is_a_letter_a_digit_or_a_sign(text: str, says: bool) -> None:
    assert has_words(text) is says
