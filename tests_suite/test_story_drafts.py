"""From the draft in a step's text to a story in the project's template: exact results of each part of the way."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fixtures.story.draft import SAMPLE_DECISION, Decision, Draft, drafts_in, render_decision, sample_draft
from fixtures.story.generation import FROM_DEVELOPER, DraftError, Story, Task, elaborate, gaps, inline, render
from fixtures.textfile import TextFile

DECISION = Decision("shop", "hybrid", "slow search", "facts change", "index", "split it", "book", "no index", "talk",
                    ("A-1", "A-2"), "2026-02-03")  # fmt: skip
DRAFT = Draft(
    "X-S01", "Build it", "As a user, I want a page, so that I find it.", ("It loads", "It is found"), ("X-S00",)
)


def drafts(text: str) -> list[Draft]:
    """The drafts that a step's text shows."""
    return drafts_in(TextFile("steps/x.md", b"", text, ()))


def test_drafts_are_those_of_every_block_with_stories_that_a_program_can_read() -> None:
    text = """\
# X-S01 is told here
```yaml
stories:
  step_2a:
  - id: X-S01
    title: Build it
    description: As a user
    acceptance_criteria: [It loads, 7]
    depends_on: [X-S00]
  - no draft
  - title: without an id
  - id: ''
  step_03_more:
  - id: 7
  other: none
  step_x:
  - {id: X-S02, acceptance_criteria: it, depends_on: X-S01}
```
```yaml
stories: {a: [...
```
```yaml
stories: [X-S03]
```
```yml title
other: {stories: x}
stories:
  step_5:
  - id: X-S04
```
````yaml
- stories: x
```
stories:
````
```yaml
story: {step_6: [{id: X-S05}]}
```
```json
stories: {step_6: [{id: X-S06}]}
```
"""

    assert drafts(text) == [
        Draft("X-S01", "Build it", "As a user", ("It loads", "7"), ("X-S00",), 2, 5, "steps/x.md"),
        Draft("7", "", "", (), (), 3, 8, "steps/x.md"),
        Draft("X-S02", "", "", (), (), None, 17, "steps/x.md"),
        Draft("X-S04", "", "", (), (), 5, 29, "steps/x.md"),
    ]


def test_draft_whose_id_is_written_in_another_way_is_in_the_first_line_of_its_block() -> None:
    (draft,) = drafts('a\n```yaml\nstories: {step_1: [{id: "X\\x2dS1"}]}\n```\n')

    assert (draft.id, draft.line) == ("X-S1", 3)


@pytest.mark.parametrize(("description", "title", "wish"), [
    ("As a user, I want a page, so that I find it.", "T", ("user", "a page", "I find it")),
    ("as an\n owner, i want x so that y", "T", ("owner", "x", "y")),
    ("As a user, I want x, so that y. Then z", "T", ("user", "x", "y. Then z")),
    ("Build a page", "T", ("developer", "Build a page", "the next step can build on it")),
    ("", "T", ("developer", "T", "the next step can build on it")),
])  # fmt: skip
def test_wish_of_a_draft_is_its_sentence_or_else_what_it_says(
    description: str, title: str, wish: tuple[str, str, str]
) -> None:
    assert Draft("X", title, description, ()).wish == wish


def test_sample_draft_lacks_nothing() -> None:
    draft = sample_draft("DATA")

    assert (draft.id, draft.title, gaps(draft)) == ("DATA-S01", "Carry out the first decision of DATA", [])
    assert draft.wish == ("AI engineer", "the first decision built in its smallest form", "others use it")


def test_everything_that_a_draft_lacks_is_told() -> None:
    assert gaps(DRAFT) == []
    assert gaps(Draft("X", "…", "", ())) == [
        "has no title",
        "the description has no action",
        "has no acceptance criteria",
    ]
    assert gaps(replace(DRAFT, description="As a …, I want -, so that ...!", criteria=("a", " ", "b", "."))) == [
        "the description has no role", "the description has no action", "the description has no benefit",
        "acceptance criterion 2 has no words", "acceptance criterion 4 has no words",
    ]  # fmt: skip
    with pytest.raises(DraftError, match=r"^X: has no title$"):
        elaborate(Draft("X", "", "", ()), DECISION, 1, 2)


def test_decision_fills_the_placeholders_that_it_knows_and_says_of_others_that_they_are_samples() -> None:
    names = ("project_name", "architecture", "date", "problem_statement", "rationale", "pattern_answer",
             "pattern_source", "warning_answer", "warning_source", "Some_Other_One")  # fmt: skip

    text = render_decision("\n".join(f"{{{{ {name} }}}}" for name in names), DECISION)

    assert text.split("\n") == ["shop", "hybrid", "2026-02-03", "slow search", "facts change", "split it", "book",
                                "no index", "talk", "sample some other one"]  # fmt: skip


def test_story_is_a_draft_with_a_task_for_each_criterion_and_the_guidance_of_the_decision() -> None:
    subtasks = ("Write a test that fails for the expected reason", "Change the least that makes it pass")

    story = elaborate(DRAFT, DECISION, 5, 7)

    assert replace(story, values={}) == Story(
        5, 7, "Build it", ("user", "a page", "I find it"), ("It loads", "It is found"),
        (Task("Make this hold: It loads", (1,), subtasks), Task("Make this hold: It is found", (2,), subtasks)), {},
    )  # fmt: skip
    assert story.values == {
        "draft_id": ("X-S01",),
        "story_id": ("X-S01",),
        "date": ("2026-02-03",),
        "project_name": ("shop",),
        "implementation_guidance": ("facts change", "The problem behind it: slow search"),
        "architecture_context": ("Architecture: hybrid", "Component: index"),
        "architecture": ("hybrid",),
        "component": ("index",),
        "decision_ids": ("A-1, A-2",),
        "key_decisions": ("A-1, A-2",),
        "dependencies": ("X-S00",),
        "pattern": ("split it",),
        "pattern_source": ("book",),
        "knowledge_patterns": ("split it (source: book)",),
        "warning": ("no index",),
        "warning_source": ("talk",),
        "knowledge_warnings": ("no index (source: talk)",),
        "expected_files": ("new ones only, below the package of the component",),
        "structure_deviations": ("none",),
        "specification_reference": ("architecture-decision.md, section Decision and Reason",),
        "decision_reference": ("decision-log.md, A-1, A-2",),
        "references": ("- architecture-decision.md, section Decision and Reason", "- decision-log.md, A-1, A-2"),
        "agent_model_name_version": (FROM_DEVELOPER,),
    }
    alone = elaborate(replace(DRAFT, depends_on=()), SAMPLE_DECISION, 1, 1).values
    assert (alone["dependencies"], alone["decision_ids"]) == (("no other story",), ("ARCH-001, ARCH-002",))
    assert elaborate(replace(DRAFT, depends_on=("A", "B")), DECISION, 1, 1).values["dependencies"] == ("A, B",)


@pytest.mark.parametrize(("title", "key"), [
    ("Build it", "5-7-build-it"),
    ("Ünïcode & Co. (v2)", "5-7-unicode-co-v2"),
    ("One two three four five six seven", "5-7-one-two-three-four-five-six"),
    ("漢字", "5-7-story"),
])  # fmt: skip
def test_key_of_a_story_is_its_numbers_and_the_first_six_words_of_its_title(title: str, key: str) -> None:
    assert elaborate(replace(DRAFT, title=title), DECISION, 5, 7).key == key


TEMPLATE = """\
# Story {{epic_num}}.{{ STORY_NUM }}: {{story_title}}

Status: ready-for-dev

## Story

As a {{role}},
I want {{action}} ({{wish}}, {{title}}),
so that {{benefit}}.

## Acceptance Criteria

1. {{first}} holds 2. {{x}}
2. The whole test run passes {{not_a_criterion}}
3. The log is clean
   {{date}} continued
4. {{third}}

## Tasks / Subtasks

- [ ] Task 1: {{task}} about (AC: text) (AC: #1)
  - [ ] Subtask 1.1: {{subtask}} in a test
- [ ] Task 2: {{task}} (AC: #2)
  - [ ] Subtask 2.1: {{subtask}}
- [ ] Task 3: Prove it (AC: #1)
  - [ ] Subtask 3.1: Run task 3.2
  - a note

## Dev Notes

{{implementation_guidance}}
Both: {{architecture_context}}; {{unknown}}
{{references}}
{{sprint_goal}}
"""


FILLED = """\
# Story 5.7: Build it \\#

Status: ready-for-dev

## Story

As a user,
I want a page (a page, Build it \\#),
so that I find it.

## Acceptance Criteria

1. It loads holds 2. {{x}}
2. It is # found holds 2. {{x}}
3. 1\\. It ends holds 2. {{x}}
4. The log is clean
   2026-02-03 continued

## Tasks / Subtasks

- [ ] Task 1: Make this hold: It loads about (AC: text) (AC: #1)
  - [ ] Subtask 1.1: Write a test that fails for the expected reason in a test
  - [ ] Subtask 1.2: Change the least that makes it pass in a test
- [ ] Task 2: Make this hold: It is # found about (AC: text) (AC: #2)
  - [ ] Subtask 2.1: Write a test that fails for the expected reason in a test
  - [ ] Subtask 2.2: Change the least that makes it pass in a test
- [ ] Task 3: Make this hold: 1. It ends about (AC: text) (AC: #3)
  - [ ] Subtask 3.1: Write a test that fails for the expected reason in a test
  - [ ] Subtask 3.2: Change the least that makes it pass in a test
- [ ] Task 4: Prove it (AC: #1, #2, #3, #4)
  - [ ] Subtask 4.1: Run task 3.2
  - a note

## Dev Notes

facts change

The problem behind it: slow search
Both: Architecture: hybrid; Component: index; {{unknown}}
- architecture-decision.md, section Decision and Reason
- decision-log.md, A-1, A-2
{{sprint_goal}}
"""


def filled(template: str, draft: Draft = DRAFT) -> str:
    """A template filled with a draft."""
    return render(template, elaborate(draft, DECISION, 5, 7))


def test_template_is_filled_with_all_criteria_and_tasks_and_keeps_its_own() -> None:
    draft = replace(DRAFT, title="Build it #", criteria=("It loads", "It is # found", "1. It ends"))

    assert filled(TEMPLATE, draft) == FILLED
    assert filled(TEMPLATE.replace("\n", "\r\n"), draft) == FILLED


def test_one_placeholder_may_stand_for_all_criteria_and_a_task_may_have_no_subtasks() -> None:
    head, tasks = "## Acceptance Criteria\n\n", "\n## Tasks / Subtasks\n\n"

    assert filled(f"{head}{{{{all}}}}\n {{{{indented}}}}\n{{{{more}}}}{tasks}- [x] {{{{task}}}}\n\n  {{{{date}}}}") == (
        f"{head}1. It loads\n2. It is found\n {{{{indented}}}}{tasks}"
        "- [x] Make this hold: It loads\n- [x] Make this hold: It is found\n\n  2026-02-03"
    )
    assert filled(
        f"{tasks}- [ ] Task 9: Our (AC: #7)\n  - [ ] Subtask 9.3: It\n- [ ] Task 8.1: {{{{task}}}} (AC: x)"
    ) == (
        f"{tasks}- [ ] Task 3: Our (AC: #1, #2)\n  - [ ] Subtask 3.3: It\n"
        "- [ ] Task 1: Make this hold: It loads (AC: #1)\n- [ ] Task 2: Make this hold: It is found (AC: #2)"
    )
    assert filled("1. {{criterion}}\n- [ ] {{task}}\n{{draft_id}}") == "1. {{criterion}}\n- [ ] {{task}}\nX-S01"


@pytest.mark.parametrize(("text", "line"), [
    ("plain", "plain"),
    (" a\n b\t\x00c\u2028d ", "a b c d"),
    ("{{x}} {{{y}}}", "{\\{x}} {\\{\\{y}}}"),
    ("a <!-- b -->", "a &lt;!-- b --&gt;"),
    ("see (AC: #1) [ ac 2] (ACL) \\(AC)", "see \\(AC: #1) \\[ ac 2] (ACL) \\(AC)"),
    ("# a", "\\# a"),
    ("- a", "\\- a"),
    ("12. a", "12\\. a"),
    ("12) a", "12\\) a"),
    ("12 a", "12 a"),
    ("a - b", "a - b"),
    ("_a_", "\\_a_"),
    ("[x](y)", "\\[x](y)"),
    ("", ""),
])  # fmt: skip
def test_text_in_one_line_opens_nothing(text: str, line: str) -> None:
    assert inline(text) == line
