"""Everything that the story validator finds in a story, in its own words and order, and nothing else."""

from __future__ import annotations

import pytest

from fixtures.story.finding import StoryFinding
from fixtures.story.story import validate
from tests_suite.test_story import STORY

TITLE = "# Story 2.5: Enforce quality gates"
STATUS = "Status: ready-for-dev"
WISH = "As a data owner,\nI want items that fail a gate kept aside,\nso that bad content reaches no user."
SUBTASK = "  - [ ] Subtask 1.1: Volume and schema"
TASK = "- [ ] Task 2: Store rejected items (AC: #1, #2)"
GUIDANCE = "Gates are pure functions."


def changed(*changes: tuple[str, str]) -> str:
    """The sound story with some of its text replaced."""
    text = STORY
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    return text


def told(found: list[StoryFinding]) -> list[str]:
    """Findings in words: the line, 0 for none, the rule, with a question mark where it rejects nothing."""
    marks = {True: "", False: "?"}
    return [f"{each.line or 0} {each.rule}{marks[each.blocks]}: {each.message}" for each in found]


# what is wrong, what is replaced by what, everything that is found
CASES: list[tuple[str, list[tuple[str, str]], list[str]]] = [
    ("a title of another form",
     [(TITLE, "# Long Long Long Long Long Long Long Long Long Long Long Long Long Long ")],
     ["1 title: title is 'Long Long Long Long Long Long Long Long Long Long Long Long '; expected `# Story N.M: "
      "Title` as the first line"]),
    ("text above a title without words",
     [(TITLE, "Draft\n\n# Story 2.5: ...")],
     ["1 title: something stands above the title; expected `# Story N.M: Title` as the first line",
      "3 title: title has no words; expected `# Story N.M: Title` as the first line"]),
    ("a title that is a placeholder",
     [("2.5", "{{epic}}.5")],
     ["1 title: title has no numbers yet; expected `# Story N.M: Title` as the first line",
      "1 placeholder: placeholder {{epic}} is left"]),
    ("two titles",
     [("## Dev Notes", "# Dev Notes")],
     ["0 sections: section `## Dev Notes` is missing",
      "23 title: a second title of level 1; a story file holds one story"]),
    ("no title",
     [("# Story 2.5: Enforce quality gates\n\nStatus: ready-for-dev\n\n", "")],
     ["0 status: no line `Status: …` between title and first section; expected one of backlog, ready-for-dev, "
      "in-progress, review, done",
      "1 title: the story has no title; expected `# Story N.M: Title` as the first line"]),
    ("a section Status",
     [("Status: ready-for-dev\n\n## Story", "## Status\n\nready-for-dev\n\n## Story")],
     ["3 status: no line `Status: …` between title and first section; expected one of backlog, ready-for-dev, "
      "in-progress, review, done",
      "3 sections?: section 'Status' is none of BMAD's; the dev agent does not read it"]),
    ("a status in small letters",
     [(STATUS, "status: ready-for-dev  ")],
     ["3 status?: written as 'status: ready-for-dev'; understood as ready-for-dev"]),
    ("a status in bold",
     [(STATUS, "__Status__ : `in-progress`")],
     ["3 status?: written as '__Status__ : `in-progress`'; understood as in-progress"]),
    ("an old status",
     [(STATUS, "Status: DRAFT")],
     ["3 status?: status 'DRAFT' of an older BMAD; understood as backlog"]),
    ("another old status",
     [(STATUS, "Status: Approved")],
     ["3 status?: status 'Approved' of an older BMAD; understood as ready-for-dev"]),
    ("a status in words",
     [(STATUS, "Status: In Progress")],
     ["3 status?: status 'In Progress' of an older BMAD; understood as in-progress"]),
    ("no known status, twice",
     [(STATUS, "Status: soon\nStatus: done\nStatus:")],
     ["3 status: status 'soon' is none of backlog, ready-for-dev, in-progress, review, done",
      "4 status: a second line `Status:`; the first is line 3",
      "5 status: a second line `Status:`; the first is line 3"]),
    ("a review with open tasks",
     [(STATUS, "Status: review"),
      ("- [ ] Task 1", "- [x] Task 1"),
      ("- [ ] Sub", "- [x] Sub")],
     ["3 status?: status is review, and 1 of 2 tasks are open"]),
    ("work in progress",
     [(STATUS, "Status: in-progress")],
     []),
    ("an empty sentence",
     [(WISH, "### Nothing")],
     ["5 story: is empty: `As a …,` / `I want …,` / `so that ….`, each in its line"]),
    ("half a sentence",
     [(WISH, "As an owner,\nI want x")],
     ["5 story: has no sentence of the form: `As a …,` / `I want …,` / `so that ….`, each in its line"]),
    ("a sentence in one line",
     [(WISH, "as an **owner** I want x so that .")],
     ["5 story: the benefit in `As a … / I want … / so that …` is empty",
      "5 story?: the sentence is not in three plain lines; understood all the same"]),
    ("a sentence without an action",
     [(WISH, "As an owner\nI want ...,\nso that x")],
     ["5 story: the action in `As a … / I want … / so that …` is empty"]),
    ("sections in another order",
     [("## Story\n", "## Dev Notes\n\nx\n\n## Story\n"),
      ("## Tasks / Sub", "## tasks/Sub")],
     ["9 sections: section 'Story' stands behind 'Dev Notes'",
      "15 sections: section 'Acceptance Criteria' stands behind 'Dev Notes'",
      "21 sections: section 'tasks/Subtasks' stands behind 'Dev Notes'",
      "21 sections?: heading 'tasks/Subtasks'; understood as 'Tasks / Subtasks'",
      "27 sections: a second section 'Dev Notes'; the first is line 5"]),
    ("sections that BMAD adds, and others",
     [("## Dev Notes",
          "## change  log\n\n## QA Results\n\n## "
          "LaterLaterLaterLaterLaterLaterLaterLaterLaterLaterLaterLaterLaterLater\n\n## Dev Notes")],
     ["27 sections?: section 'LaterLaterLaterLaterLaterLaterLaterLaterLaterLaterLaterLater' is none of BMAD's; "
      "the dev agent does not read it"]),
    ("no criteria",
     [("1. Each gate has a test with an item that passes and one that fails.\n2. A quarantined item shows its "
           "reason.\n   It also shows the date.\n",
          "")],
     ["11 criteria: section 'Acceptance Criteria' is empty; expected `1. …`",
      "16 references: task names #1; the story has 0 criteria",
      "18 references: task names #1, #2; the story has 0 criteria"]),
    ("criteria of other forms",
     [("1. Each gate has", "   indented\n\n1. Each gate has"),
      ("2. A quarantined item shows its reason.",
          "2. [  ].\n3) …\n4. [criterion xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx]\nNot indented "
          "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx")],
     ["13 criteria: 'indented' is no numbered criterion; expected `1. …` at the line's start",
      "16 criteria: criterion has no text",
      "17 criteria: criterion has no text",
      "17 coverage: criterion 3 is named by no task",
      "17 criteria?: written as `3) …`; expected `N.`",
      "18 criteria: criterion is still the prompt '[criterion xxxxxxxxxxxxxxxxxxxxxxxxxxxxx' of a template",
      "18 coverage: criterion 4 is named by no task",
      "19 criteria: 'Not indented xxxxxxxxxxxxxxxxxxxxxxxxxxx' is no numbered criterion; expected `5. …` at the "
      "line's start"]),
    ("a criterion with a bracket, and one that goes on behind a single space",
     [("2. A quarantined", "2) A quarantined"), ("   It also", " It also")],
     ["14 criteria?: written as `2) A qua`; expected `N.`"]),
    ("tasks and subtasks without a text, a note behind a single space, and long lines without a box",
     [("## Tasks / Subtasks\n",
       "## Tasks / Subtasks\n\n- [ ]\n  - [x]\n a plain line\n- " + "x" * 50 + "\n- [] " + "y" * 50 + "\n")],
     ["19 tasks: task has no text",
      "19 references: task names no criterion; expected (AC: #1) in its line",
      "20 tasks: subtask has no text",
      "22 tasks: '- xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx' has no box; expected `- [ ] …` at column 0, subtasks "
      "indented",
      "23 tasks: '- [] yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy' is no box that BMAD finds; expected `- [ ] ` or `- [x] `"]),
    ("a criterion out of order",
     [("2. A", "3. A")],
     ["14 criteria: criterion 3; expected 2 here",
      "14 coverage: criterion 3 is named by no task",
      "21 references: task names #2; the story has 2 criteria"]),
    ("a section of tasks without any",
     [("- [ ] Task 1: Implement the gates (AC: #1)\n  - [ ] Subtask 1.1: Volume and schema\n- [ ] Task 2: "
           "Store rejected items (AC: #1, #2)\n",
          "  - note\n")],
     ["17 tasks: section 'Tasks / Subtasks' has no task; expected `- [ ] … (AC: #1)`"]),
    ("lines that are no tasks",
     [("## Tasks / Subtasks", "## Tasks / Subtasks\n\n  - [ ] above\n{{tasks}}\n   text\n  - a note")],
     ["19 tasks: subtask stands above the first task; expected a task at column 0",
      "20 tasks: '{{tasks}}' has no box; expected `- [ ] …` at column 0, subtasks indented",
      "20 placeholder: placeholder {{tasks}} is left"]),
    ("subtasks of every form",
     [(SUBTASK,
          "  - [ ] Subtask 1.1: (AC: #1)\n  - [ ] subtask 1.2 [prompt]\n  - [X] done\n  1) a note\n  plain "
          "words\n\t- [] broken\n  * [ ] broken")],
     ["20 tasks: subtask has no text",
      "21 tasks: subtask is still the prompt '[prompt]' of a template",
      "23 tasks?: '1) a note' has no box; the dev agent reads it as a note",
      "25 tasks: '- [] broken' is no box that BMAD finds; expected `- [ ] ` or `- [x] `",
      "26 tasks: '* [ ] broken' is no box that BMAD finds; expected `- [ ] ` or `- [x] `"]),
    ("subtasks that are open",
     [(TASK, "- [x] Task 2: Store (AC: #2)\n  - [x] a\n  - [ ] b\n  - [ ] c")],
     ["23 tasks: subtask is open, and its task in line 21 is ticked",
      "24 tasks: subtask is open, and its task in line 21 is ticked"]),
    ("references of subtasks",
     [(TASK, "- [ ] Store\n  - [ ] a\n  - [ ] b (AC: #2)\n  - [ ] c (AC: #1, #3)")],
     ["21 references: task names #3; the story has 2 criteria",
      "23 references?: named by a subtask, not by its task"]),
    ("all criteria by a subtask",
     [(TASK, "- [ ] Store (AC: #1)\n  - [ ] a (AC: all)\n  - [ ] b")],
     []),
    ("all criteria, and one that is not there",
     [(TASK, "- [ ] Store (AC: all)\n  - [ ] a (AC: #9)")],
     ["21 references: task names #9; the story has 2 criteria",
      "21 references?: written as '(AC: all)'; understood as all of them"]),
    ("a broken reference, mended by no subtask",
     [(TASK, "- [ ] Store (AC: #x)\n  - [ ] a (AC: #2)")],
     ["21 references: '(AC: #x)' names no criterion; expected (AC: #1)"]),
    ("references to nothing",
     [(TASK, "- [ ] Store (AC: n/a) (AC: #2)\n- [ ] Other (AC: none)\n- [ ] Third (AC: #0)\n- [ ] Fourth")],
     ["21 references?: written as '(AC: n/a)'; understood as #2",
      "22 references?: written as '(AC: none)'; understood as none",
      "23 references: task names #0; the story has 2 criteria",
      "23 references?: written as '(AC: #0)'; understood as #0",
      "24 references: task names no criterion; expected (AC: #1) in its line"]),
    ("references to many",
     [(TASK, "- [ ] Store (AC: 1-12)\n- [ ] Store (AC: #1, #x) (AC: 2)")],
     ["21 references: task names #3, #4, #5, #6, #7, #8, #9, #10; the story has 2 criteria",
      "21 references?: written as '(AC: 1-12)'; understood as #1, #2, #3, #4, #5, #6, #7, #8",
      "22 references: '(AC: #1, #x)' names no criterion; expected (AC: #1)"]),
    ("a criterion that nobody serves",
     [("#1, #2", "#1")],
     ["14 coverage: criterion 2 is named by no task"]),
    ("follow-ups of a review",
     [("## Dev Notes",
          "### Review Follow-ups (AI)\n\n  - [ ] sub (AC: #9)\n- [ ] [AI-Review]\n- [x] Fixed\n  - [ ] not (AC: "
          "#8)\n\n### Others\n\n- [ ] More\n\n## Dev Notes")],
     ["26 tasks: task is still the prompt '[AI-Review]' of a template",
      "32 references: task names no criterion; expected (AC: #1) in its line"]),
    ("notes in another order",
     [("### Project Structure Notes\n\n- New module for gates\n\n### References",
          "### References\n\n### Project Structure Notes")],
     ["27 notes: `### References` stands where `### Project Structure Notes` is expected",
      "27 notes: `### References` is empty"]),
    ("no notes",
     [("Gates are pure functions.\n\n### Project Structure Notes\n\n- New module for gates\n\n### "
           "References\n\n- data-pipeline-spec.md\n\n",
          "")],
     ["23 notes: section 'Dev Notes' is empty; expected guidance for the developer",
      "23 notes: `### Project Structure Notes` is missing; expected below `## Dev Notes`",
      "23 notes: `### References` is missing; expected below `## Dev Notes`"]),
    ("notes below another heading",
     [("### References\n\n- data-pipeline-spec.md\n\n## Dev Agent Record",
          "## Dev Agent Record\n\n### References\n\n- a.md\n")],
     ["33 notes: `### References` is not below it; expected below `## Dev Notes`"]),
    ("a record in another order",
     [("### Debug Log References\n\n### Completion Notes List\n\n### File List",
          "### File List\n\n### Completion Notes List\n\n### Debug Log References")],
     ["39 record: `### File List` stands where `### Debug Log References` is expected"]),
    ("parts of the record twice, and one as a section",
     [("### Agent Model Used\n\n### Debug Log References", "### Agent Model Used\n\n### agent model used"),
      ("### File List", "## File List")],
     ["35 record: `### Debug Log References` is missing; expected below `## Dev Agent Record`",
      "39 record: a second `### Agent Model Used`; the first is line 37",
      "43 record: `### File List` is not below it; expected below `## Dev Agent Record`",
      "43 sections?: section 'File List' is none of BMAD's; the dev agent does not read it"]),
    ("placeholders",
     [(GUIDANCE,
          "{{xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx}} and {{ y }} and "
          "{{z")],
     ["25 placeholder: placeholder {{xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx is left",
      "25 placeholder: placeholder {{ y }} is left",
      "25 placeholder: placeholder {{z is left"]),
    ("placeholders in comments and fences",
     [(GUIDANCE, "<!-- a --> {{b}} <!-- {{c}} -->\n<!-- {{d}}\n{{e}} --> {{f}}\n~~~ {{g}}\n{{h}}\n```\n~~~~")],
     ["25 placeholder: placeholder {{b}} is left",
      "27 placeholder: placeholder {{f}} is left"]),
    ("an open comment inside of a line",
     [(GUIDANCE, "a <!-- b\n```x```\n    ```\n    x\n```` y\n`````\nc")],
     []),
    ("a fence that never ends",
     [(GUIDANCE, "```python\ngates")],
     ["0 sections: section `## Dev Agent Record` is missing",
      "23 notes: section 'Dev Notes' is empty; expected guidance for the developer",
      "23 notes: `### Project Structure Notes` is missing; expected below `## Dev Notes`",
      "23 notes: `### References` is missing; expected below `## Dev Notes`",
      "25 text: code fence is opened here and never closed"]),
    ("a comment that never ends",
     [("### File List", "  <!-- a note --> <!--\n### File List")],
     ["35 record: `### File List` is missing; expected below `## Dev Agent Record`",
      "43 text: comment is opened here and never closed"]),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "found"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_everything_that_is_wrong_with_a_story_is_told_once_and_in_order(
    changes: list[tuple[str, str]], found: list[str]
) -> None:
    assert told(validate(changed(*changes))) == found
