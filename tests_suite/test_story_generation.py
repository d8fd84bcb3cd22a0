"""Mock generation: whatever a draft says, its story has BMAD's form; and no damage to a story goes unnoticed."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from fixtures import reference, textfile
from fixtures.story.draft import SAMPLE_DECISION, Draft, drafts_in, render_decision, sample_draft
from fixtures.story.generation import DraftError, elaborate, inline, render
from fixtures.story.story import blocking, validate
from fixtures.story.text import has_words

TEMPLATE = (reference.WORKFLOW / "templates" / "bmm-story.template.md").read_text(encoding="utf-8")
# The same with whole blocks as placeholders, and with a criterion and a task of its own that stay.
BLOCKS = TEMPLATE.replace(
    TEMPLATE[TEMPLATE.index("1. {{acc") : TEMPLATE.index("\n## Tasks")],
    "{{acceptance_criteria}}\n",
).replace("- {{specification_reference}}\n- {{decision_reference}}", "{{references}}")
FIXED = TEMPLATE.replace("3. {{acceptance_criterion_3}}", "3. The complete test run passes version 2. and 3. of it")
TEMPLATES = [TEMPLATE, BLOCKS, FIXED]

MARKDOWN = ["# ", "## Story", "- [ ] ", "1. ", "```", "~~~", "<!--", "-->", "|", ">", "---", "===", "**", "`", "[x](y)"]
FORMAT = [
    "{{",
    "}}",
    "{{x}}",
    "(AC: #9)",
    "[AC: all]",
    "(AC1)",
    "Status: done",
    "As a ",
    "I want ",
    "so that ",
    "#",
    "\\",
]
UNICODE = [
    "\u2028",
    "\x0b",
    "\x85",
    "\u200b",
    "\ufeff",
    "\0",
    "🚀",
    "é",
    "e\u0301",
    "漢字",
    "مرحبا",
    "١",
    "\n",
    "\r\n",
    "\t",
]
PIECES = st.sampled_from(MARKDOWN + FORMAT + UNICODE)
TEXT = st.lists(st.one_of(PIECES, st.text(max_size=12)), min_size=1, max_size=8).map("".join).filter(has_words)
PROPERTY = settings(
    max_examples=100,
    deadline=None,
    database=None,
    derandomize=True,  # the same examples in every run: a red run is a change, not luck
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)


@st.composite
def sentences(draw: st.DrawFn) -> str:
    """A description as step 2A asks for it, or any words."""
    if draw(st.booleans()):
        return draw(TEXT)
    return f"As a {draw(TEXT)}, I want {draw(TEXT)}, so that {draw(TEXT)}"


DRAFTS = st.builds(
    Draft,
    id=st.one_of(st.just("ARCH-S01"), TEXT),
    title=TEXT,
    description=sentences(),
    criteria=st.lists(TEXT, min_size=1, max_size=12).map(tuple),
    depends_on=st.lists(TEXT, max_size=3).map(tuple),
)


@PROPERTY
@given(draft=DRAFTS, template=st.sampled_from(TEMPLATES), epic=st.integers(1, 99), number=st.integers(1, 99))
def test_generated_story_always_validates(draft: Draft, template: str, epic: int, number: int) -> None:
    story = elaborate(draft, SAMPLE_DECISION, epic, number)

    text = render(template, story)

    assert validate(text) == []
    assert "{{" not in text
    assert re.fullmatch(rf"{epic}-{number}-[a-z0-9]+(?:-[a-z0-9]+)*", story.key)


def _without(expression: str) -> Callable[[str], str]:
    return lambda text: re.sub(expression, "", text, count=1, flags=re.MULTILINE)


def _with(expression: str, new: str) -> Callable[[str], str]:
    return lambda text: re.sub(expression, lambda _: new, text, count=1, flags=re.MULTILINE)


def _swapped(text: str) -> str:
    first, second = text.index("## Acceptance Criteria"), text.index("## Tasks / Subtasks")
    end = text.index("## Dev Notes")
    return text[:first] + text[second:end] + text[first:second] + text[end:]


DAMAGES: dict[str, tuple[str, Callable[[str], str]]] = {
    "no title": ("title", _without(r"^# Story.*\n")),
    "title without number": ("title", _with(r"^# Story \d+\.\d+", "# Story")),
    "no status": ("status", _without(r"^Status:.*\n")),
    "unknown status": ("status", _with(r"^Status:.*", "Status: someday")),
    "two statuses": ("status", _with(r"^Status:.*", "Status: backlog\nStatus: done")),
    "no section Story": ("sections", _without(r"^## Story\n")),
    "no section Tasks": ("sections", _without(r"^## Tasks / Subtasks\n")),
    "no section Dev Notes": ("sections", _without(r"^## Dev Notes\n")),
    "record one level down": ("sections", _with(r"^## Dev Agent Record", "### Dev Agent Record")),
    "sections swapped": ("sections", _swapped),
    "no wish": ("story", _without(r"^I want .*\n")),
    "no benefit": ("story", _with(r"^so that .*", "so that .")),
    "first criterion lost": ("criteria", _without(r"^1\. .*\n")),
    "criterion without number": ("criteria", _with(r"^1\. ", "")),
    "criteria as bullets": ("criteria", _with(r"^1\. ", "- ")),
    "criterion without text": ("criteria", _with(r"^1\. .*", "1.")),
    "task without box": ("tasks", _with(r"^- \[ \] ", "- ")),
    "task with broken box": ("tasks", _with(r"^- \[ \] ", "- [] ")),
    "task ticked before its subtasks": ("tasks", _with(r"^- \[ \] ", "- [x] ")),
    "task indented": ("tasks", _with(r"^- \[ \] ", "  - [ ] ")),
    "task without criteria": ("references", _without(r" \(AC: [^)]*\)$")),
    "task with unknown criterion": ("references", _with(r"\(AC: #1\)$", "(AC: #99)")),
    "criterion that nobody serves": ("coverage", _with(r"^## Tasks", "77. Nobody asked for this\n\n## Tasks")),
    "no references": ("notes", _without(r"^### References\n")),
    "no file list": ("record", _without(r"^### File List\n")),
    "record out of order": ("record", _with(r"^### Agent Model Used", "### File List\n\n### Agent Model Used")),
    "placeholder": ("placeholder", _with(r"^### References\n", "### References\n\n- {{source}}\n")),
    "open fence": ("text", _with(r"^### References\n", "### References\n\n```text\n")),
    "open comment": ("text", _with(r"^### References\n", "### References\n\n<!-- later\n")),
}


@pytest.mark.parametrize("name", DAMAGES)
@settings(PROPERTY, max_examples=10)
@given(draft=DRAFTS, template=st.sampled_from(TEMPLATES))
def test_damaged_story_never_validates(name: str, draft: Draft, template: str) -> None:
    rule, damage = DAMAGES[name]
    whole = render(template, elaborate(draft, SAMPLE_DECISION, 2, 3))
    damaged = damage(whole)
    assert damaged != whole, "the damage changed nothing"

    rules = {each.rule for each in blocking(validate(damaged))}

    assert rule in rules


@PROPERTY
@given(text=st.one_of(st.text(), st.lists(PIECES, max_size=40).map("".join)))
def test_any_text_at_all_is_judged_without_an_error(text: str) -> None:
    assert all(
        each.line is None or 1 <= each.line <= text.count("\n") + text.count("\r") + 1 for each in validate(text)
    )


def words_of(text: str) -> list[str]:
    """The letters and digits of a text, those aside that write `<!--` and `-->` as entities."""
    return [each for each in text.replace("&lt;!--", "").replace("--&gt;", "") if each.isalnum()]


@PROPERTY
@given(text=TEXT)
def test_inline_text_keeps_its_words_on_one_line(text: str) -> None:
    shown = inline(text)

    assert len(shown.splitlines()) == 1
    assert words_of(shown) == words_of(text)


@PROPERTY
@given(draft=DRAFTS, blank=st.sampled_from(["", " ", "…", "---", "\u200b", "\n"]), place=st.integers(0, 2))
def test_draft_with_nothing_to_say_is_refused_by_name(draft: Draft, blank: str, place: int) -> None:
    assume(draft.criteria)
    empty = [
        Draft(draft.id, blank, draft.description, draft.criteria),
        Draft(draft.id, draft.title, draft.description, (*draft.criteria, blank)),
        Draft(draft.id, draft.title, draft.description, ()),
    ][place]

    with pytest.raises(DraftError, match=r"has no (title|words|acceptance)|criterion \d+ has no words"):
        elaborate(empty, SAMPLE_DECISION, 1, 1)


def test_drafts_of_a_step_are_found_with_their_lines() -> None:
    path = "steps/0-scoping/step-02a-fti-architect.md"
    file = textfile.read(reference.WORKFLOW, path)

    drafts = drafts_in(file)

    assert [draft.id for draft in drafts] == ["ARCH-S01", "ARCH-S02", "ARCH-S03"]
    assert all(draft.line and draft.id in file.text.split("\n")[draft.line - 1] for draft in drafts)
    assert drafts[0].step == 2
    assert drafts[0].wish[0] == "AI engineer"
    assert len(drafts[0].criteria) == 3
    assert drafts[2].depends_on == ("ARCH-S02",)


def test_decision_fills_a_template_it_has_never_seen() -> None:
    text = render_decision("# {{PROJECT_NAME}}: {{ARCHITECTURE}}\n\n{{ SOMETHING_ELSE }}\n", SAMPLE_DECISION)

    assert text == "# support-assistant: rag-only\n\nsample something else\n"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("draft_id", "RAG-"),
        ("story_id", "RAG-"),
        ("project_name", "support-assistant"),
        ("implementation_guidance", "The problem behind it: "),
        ("architecture_context", "Architecture: rag-only"),
        ("architecture", "rag-only"),
        ("dependencies", "no other story"),
        ("pattern_source", ""),
        ("knowledge_patterns", "(source: "),
        ("warning_source", ""),
        ("knowledge_warnings", "(source: "),
        ("expected_files", "new ones only"),
        ("structure_deviations", "none"),
        ("specification_reference", "architecture-decision.md, section Decision and Reason"),
        ("decision_reference", "decision-log.md, "),
        ("references", "- decision-log.md, "),
    ],
)
def test_placeholder_of_a_story_template_is_filled(name: str, text: str) -> None:
    filled = render(f"{TEMPLATE}\nHere: {{{{{name}}}}}\n", elaborate(sample_draft("RAG"), SAMPLE_DECISION, 5, 1))

    here = filled.rpartition("Here: ")[2].strip()
    assert here
    assert text in here
    assert "{{" not in filled


def test_placeholder_that_nothing_provides_is_left_for_the_validator() -> None:
    text = render(TEMPLATE + "\n{{sprint_goal}}\n", elaborate(sample_draft("RAG"), SAMPLE_DECISION, 5, 1))

    assert [each.rule for each in validate(text)] == ["placeholder"]


def test_story_keeps_what_the_template_says_beside_its_placeholders() -> None:
    text = render(FIXED, elaborate(sample_draft("RAG"), SAMPLE_DECISION, 5, 1))

    assert "4. The complete test run passes version 2. and 3. of it" in text
    assert "- [ ] Task 4: Prove every acceptance criterion with an automated test (AC: #1, #2, #3, #4)" in text
    assert "  - [ ] Subtask 4.2: Record the command" in text
