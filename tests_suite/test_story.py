"""The story validator: what it rejects and where, what it only reports, and what it does not see."""

from __future__ import annotations

import pytest

from fixtures import reference
from fixtures.story.finding import REASONS
from fixtures.story.references import references_in
from fixtures.story.story import blocking, validate

STORY = """\
# Story 2.5: Enforce quality gates

Status: ready-for-dev

## Story

As a data owner,
I want items that fail a gate kept aside,
so that bad content reaches no user.

## Acceptance Criteria

1. Each gate has a test with an item that passes and one that fails.
2. A quarantined item shows its reason.
   It also shows the date.

## Tasks / Subtasks

- [ ] Task 1: Implement the gates (AC: #1)
  - [ ] Subtask 1.1: Volume and schema
- [ ] Task 2: Store rejected items (AC: #1, #2)

## Dev Notes

Gates are pure functions.

### Project Structure Notes

- New module for gates

### References

- data-pipeline-spec.md

## Dev Agent Record

### Agent Model Used

### Debug Log References

### Completion Notes List

### File List
"""

FIRST = "1. Each gate has a test with an item that passes and one that fails."

# what is replaced, by what, the rule that rejects it, its line, words of the message
REJECTED = [
    ("# Story 2.5: Enforce quality gates\n", "", "title", 2, "no title"),
    ("# Story 2.5: Enforce", "# Story 2: Enforce", "title", 1, "expected `# Story N.M: Title`"),
    ("# Story 2.5: Enforce quality gates", "# Story 2.5:", "title", 1, "expected `# Story N.M: Title`"),
    ("# Story 2.5: Enforce quality gates", "# Story 2.5: ...", "title", 1, "no words"),
    ("# Story 2.5", "# Story {{epic_num}}.{{story_num}}", "title", 1, "no numbers yet"),
    ("# Story 2.5", "Draft DATA-S05\n\n# Story 2.5", "title", 1, "above the title"),
    ("## Dev Notes", "# Dev Notes", "title", 23, "second title"),
    ("Status: ready-for-dev\n", "", "status", 1, "no line `Status: …`"),
    ("Status: ready-for-dev", "Status: soon", "status", 3, "'soon' is none of backlog, ready-for-dev"),
    ("Status: ready-for-dev", "Status:", "status", 3, "'' is none of"),
    ("Status: ready-for-dev", "Status: backlog\nStatus: done", "status", 4, "second line `Status:`"),
    ("Status: ready-for-dev\n\n## Story", "## Story\n\nStatus: ready-for-dev", "status", 1, "between title and first"),
    ("## Story\n\nAs", "As", "sections", None, "`## Story` is missing"),
    ("## Dev Notes", "### Dev Notes", "sections", None, "`## Dev Notes` is missing"),
    ("## Dev Agent Record", "## Story", "sections", 35, "second section 'Story'"),
    ("As a data owner,", "As a ,", "story", 5, "the role"),
    ("so that bad content reaches no user.", "so that …", "story", 5, "benefit"),
    ("I want items that fail a gate kept aside,\n", "", "story", 5, "no sentence of the form"),
    ("1. Each gate", "- Each gate", "criteria", 13, "no numbered criterion"),
    ("2. A quarantined", "3. A quarantined", "criteria", 14, "criterion 3; expected 2"),
    (FIRST, "1.", "criteria", 13, "no text"),
    (FIRST, "1. [criterion]", "criteria", 13, "prompt"),
    ("- [ ] Task 2", "* [ ] Task 2", "tasks", 21, "no box that BMAD finds"),
    ("- [ ] Task 2", "- [] Task 2", "tasks", 21, "no box that BMAD finds"),
    ("- [ ] Task 2", "- Task 2", "tasks", 21, "has no box"),
    ("- [ ] Task 2", "2. [ ] Task 2", "tasks", 21, "no box that BMAD finds"),
    ("- [ ] Task 2: Store rejected items (", "- [ ] Task 2: (", "tasks", 21, "task has no text"),
    ("- [ ] Task 1: Implement the gates (AC: #1)\n", "", "tasks", 19, "above the first task"),
    ("- [ ] Task 1", "- [x] Task 1", "tasks", 20, "its task in line 19 is ticked"),
    (" (AC: #1)\n", "\n", "references", 19, "names no criterion"),
    ("(AC: #1)", "(AC: #)", "references", 19, "names no criterion"),
    ("(AC: #1)", "(AC: the first)", "references", 19, "names no criterion"),
    ("(AC: #1)", "(AC: 3-1)", "references", 19, "names no criterion"),
    ("(AC: #1)", "(AC: #1, #7)", "references", 19, "names #7; the story has 2"),
    ("(AC: #1, #2)", "(AC: #1)", "coverage", 14, "criterion 2 is named by no task"),
    (STORY[STORY.index("Gates are") : STORY.index("## Dev Agent")], "", "notes", 23, "is empty"),
    ("### References\n\n- data-pipeline-spec.md\n", "", "notes", 23, "`### References` is missing"),
    ("- data-pipeline-spec.md\n", "", "notes", 31, "`### References` is empty"),
    ("### File List\n", "", "record", 35, "`### File List` is missing"),
    ("### File List", "## File List", "record", 43, "not below it"),
    ("### Agent Model Used", "### Completion Notes List\n\n### Agent Model Used", "record", 43, "second"),
    ("Gates are pure functions.", "{{implementation_guidance}}", "placeholder", 25, "{{implementation_guidance}}"),
    ("Gates are pure functions.", "{{left open", "placeholder", 25, "{{left open"),
    ("Gates are pure functions.", "```python\ngates = ()", "text", 25, "never closed"),
    ("Gates are pure functions.", "<!-- a note", "text", 25, "never closed"),
]  # fmt: skip

# what is replaced, by what, words of the report
VARIANTS = [
    ("Status: ready-for-dev", "Status: drafted", "understood as ready-for-dev"),
    ("Status: ready-for-dev", "**Status:** ready-for-dev", "understood as ready-for-dev"),
    ("Status: ready-for-dev", "Status: Ready for Review", "understood as review"),
    ("Status: ready-for-dev", "Status: done", "2 of 2 tasks are open"),
    ("## Tasks / Subtasks", "## Tasks/Subtasks", "understood as 'Tasks / Subtasks'"),
    ("## Dev Notes", "## Estimate\n\nSmall\n\n## Dev Notes", "none of BMAD's"),
    ("As a data owner,\nI want", "As a data owner, I want", "understood all the same"),
    ("As a data owner,", "**As a** data owner,", "understood all the same"),
    ("2. A quarantined", "2) A quarantined", "expected `N.`"),
    ("  - [ ] Subtask 1.1: Volume", "  - Volume", "reads it as a note"),
    (" (AC: #1)\n  - [ ] Subtask 1.1: Volume", "\n  - [ ] Subtask 1.1: (AC: #1) Volume", "named by a subtask"),
    ("(AC: #1, #2)", "(AC: 1, 2)", "understood as #1, #2"),
    ("(AC: #1, #2)", "(AC: 1-2)", "understood as #1, #2"),
    ("(AC: #1, #2)", "(AC: #1–#2)", "understood as #1, #2"),
    ("(AC: #1, #2)", "(AC: all)", "understood as all of them"),
    ("(AC: #1, #2)", "(ACs: 1 and 2)", "understood as #1, #2"),
    ("(AC: #1, #2)", "[AC: 1, 2]", "understood as #1, #2"),
    ("(AC: #1, #2)", "(AC #1, AC #2)", "understood as #1, #2"),
    ("(AC: #1, #2)", "(AC1, AC2)", "understood as #1, #2"),
    ("(AC: #1, #2)", "(ac: 1; 2)", "understood as #1, #2"),
]

UNSEEN = [
    ("Gates are pure functions.", "Gates.\n\n```\n# Story 9.9: Other\n## Story\n- [ ] {{task}}\n```"),
    ("Gates are pure functions.", "Gates.\n\n<!-- ## Story\n{{task}}\n# Title -->"),
    ("Gates are pure functions.", "Gates.\n\n### Architecture Context\n\nOne pipeline."),
    ("### File List\n", "### File List\n\n## Change Log\n\n- first version\n"),
    ("## Dev Notes", "### Review Follow-ups (AI)\n\n- [ ] [AI-Review][High] Close the file\n\n## Dev Notes"),
    ("- [ ] Task 1: Implement the gates (AC: #1)\n  - [ ]", "- [x] Task 1: Implement the gates (AC: #1)\n  - [x]"),
    ("### Agent Model Used", "### Context Reference\n\n### Agent Model Used"),
]

NAMED = [
    ("Store (AC: #1, #3)", {1, 3}),
    ("Store (AC: 1)", {1}),
    ("Store (AC: 2-4)", {2, 3, 4}),
    ("Store (AC: #1 #2)", {1, 2}),
    ("Store (AC: 1.2, 3)", {1, 3}),
    ("(AC: #1) and (AC: #4)", {1, 4}),
    (r"Text about \(AC: #9), serves (AC: #1)", {1}),
    ("Access control (AC) is on", set()),
    ("Store (AC: all)", {1, 2, 3, 4, 5}),
    ("Store (AC: n/a)", set()),
    ("Store (AC: 1-99999)", set()),
    ("Store it", set()),
]


def test_sound_story_has_nothing_to_find() -> None:
    assert validate(STORY) == []


@pytest.mark.parametrize(("old", "new", "rule", "line", "words"), REJECTED)
def test_broken_story_is_rejected_at_its_line(old: str, new: str, rule: str, line: int | None, words: str) -> None:
    broken = STORY.replace(old, new, 1)
    assert broken != STORY

    found = [(each.rule, each.line) for each in blocking(validate(broken)) if words in each.message]

    assert (rule, line) in found, validate(broken)


@pytest.mark.parametrize(("old", "new", "words"), VARIANTS)
def test_variant_from_the_wild_is_reported_and_not_rejected(old: str, new: str, words: str) -> None:
    varied = STORY.replace(old, new, 1)
    assert varied != STORY

    found = validate(varied)

    assert blocking(found) == []
    assert any(words in each.message for each in found), found


@pytest.mark.parametrize(("old", "new"), UNSEEN)
def test_what_bmad_ignores_or_adds_is_no_finding(old: str, new: str) -> None:
    assert old in STORY

    assert validate(STORY.replace(old, new, 1)) == []


@pytest.mark.parametrize(("text", "numbers"), NAMED)
def test_references_to_criteria_are_read_in_every_spelling(text: str, numbers: set[int]) -> None:
    assert references_in(text).of(5) == numbers


def test_every_rule_has_a_reason_and_a_story_that_breaks_it() -> None:
    assert {row[2] for row in REJECTED} == set(REASONS)


def test_finding_in_a_file_names_line_and_reason() -> None:
    (finding,) = validate(STORY.replace("(AC: #1, #2)", "(AC: #1)"))

    shown = finding.in_file("story.md")

    assert (shown.file, shown.line) == ("story.md", 14)
    assert shown.message == f"criterion 2 is named by no task ({REASONS['coverage']})"


def test_template_of_the_reference_is_sound_as_a_template_and_unfinished_as_a_story() -> None:
    text = (reference.WORKFLOW / "templates" / "bmm-story.template.md").read_text(encoding="utf-8")

    assert validate(text, template=True) == []
    assert {each.rule for each in validate(text)} >= {"title", "placeholder"}


def test_template_may_leave_criteria_and_tasks_to_one_placeholder() -> None:
    criteria, tasks = STORY.index("1. Each"), STORY.index("## Tasks")
    text = STORY[:criteria] + "{{acceptance_criteria}}\n\n" + STORY[tasks:]

    assert validate(text, template=True) == []


@pytest.mark.parametrize("text", ["", "\n", "\ufeff", "\0", "#", "# ", "-->", "<!--", "```", "{{", "\r", "- [ ]"])
def test_any_text_is_judged_without_an_error(text: str) -> None:
    assert blocking(validate(text))


def test_line_endings_of_windows_are_no_finding() -> None:
    assert validate(STORY.replace("\n", "\r\n")) == []
