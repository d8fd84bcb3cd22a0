"""The stories of a sample run, finding by finding: which files are stories, what lacks, and the figures as a file."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from fixtures.finding import Finding
from fixtures.measured import stories
from fixtures.measured.stories import Quality, Sample, quality
from fixtures.textfile import TextFile

FAULT = Finding("x.md", 1, "is wrong")
PREFIXES = {2: "ARCH", 3: "DATA", 5: "TRAIN"}
STORY = """\
# Story 1.1: Load the documents

Status: ready-for-dev

Draft: DATA-S01, which follows ARCH-S02

## Story

As a user, I want documents to be loaded, so that I can ask about them.

## Acceptance Criteria

1. Every document of the share is loaded
2. Three short words
3. Each error is logged with its file
4. Each error is handled properly in the end
5. The run ends with {{a message}} for the user
6. [what a test can decide about it]

## Tasks / Subtasks

- [ ] Task 1: load every document (AC: #1, #2)
- [ ] Task 2: Load the documents of the share (AC: #1, #4)
- [ ] Task 3: Load the documents of the share at night (AC: #9)
- [ ] Task 4: Load all the documents that we have (AC: #9, #1)
"""


def file(content: str) -> TextFile:
    return TextFile("1-1-story.md", content.encode(), content, (FAULT,))


def worth(name: str, prefix: str, criteria: tuple[int, int], tasks: tuple[int, int], wrong: int = 0) -> Quality:
    """A story by how many of its criteria and tasks there are, and how many of them are in order."""
    incomplete, unclear = ((FAULT,) * (of - good) for good, of in (criteria, tasks))
    return Quality(name, prefix, criteria[1], tasks[1], incomplete, unclear, (FAULT,) * wrong)


SAMPLE = Sample(
    Path("runs/stories"),
    (
        worth("1-1-a.md", "DATA", (2, 3), (1, 2)),
        worth("1-2-b.md", "DATA", (4, 4), (5, 5), 2),
        worth("ä.md", "OPS", (0, 0), (0, 0)),
    ),
    (),
    (),
)


def test_every_criterion_and_task_that_is_not_in_order_is_a_finding_at_its_line() -> None:
    found = quality(file(STORY))

    assert (found.file, found.prefix, found.criteria, found.tasks) == ("1-1-story.md", "DATA", 6, 4)
    assert found.incomplete == (
        Finding("1-1-story.md", 14, "criterion 2 has 3 words; expected what a test can decide"),
        Finding("1-1-story.md", 15, "criterion 3 is carried out by no task"),
        Finding("1-1-story.md", 16, "criterion 4 says 'properly'; expected what a test can decide"),
        Finding("1-1-story.md", 17, "criterion 5 is still a template's"),
        Finding("1-1-story.md", 18, "criterion 6 is still a template's"),
    )
    assert found.unclear == (
        Finding(
            "1-1-story.md",
            22,
            "task 'Task 1: load every document (AC: #1, #2)' has 3 words; expected what is to be done",
        ),
        Finding(
            "1-1-story.md",
            24,
            "task 'Task 3: Load the documents of the share ' says for no criterion of the story that it serves it",
        ),
    )
    assert found.wrong[0] == FAULT
    assert {each.file for each in found.wrong[1:]} == {"1-1-story.md"}


def test_task_for_all_criteria_carries_out_each_of_them() -> None:
    found = quality(file("## Acceptance Criteria\n\n1. One two three four\n2. One two three four\n\n"
                         "## Tasks / Subtasks\n\n- [ ] Do what is to be done (AC: all)\n"))  # fmt: skip

    assert (found.prefix, found.criteria, found.tasks) == ("", 2, 1)
    assert found.incomplete == found.unclear == ()


@pytest.mark.parametrize(("words", "said"), [(40, ()), (41, ("has 41 words",))])
def test_task_may_have_forty_words(words: int, said: tuple[str, ...]) -> None:
    task = " ".join(["word"] * words)

    found = quality(file(f"## Acceptance Criteria\n\n1. One two three four\n\n"
                         f"## Tasks / Subtasks\n\n- [ ] Task 1: {task} (AC: #1)\n"))  # fmt: skip

    shown = f"Task 1: {task}"[:40]
    assert [each.message for each in found.unclear] == [
        f"task {shown!r} {each}; expected at most 40, and subtasks for the rest" for each in said
    ]


def test_figures_are_shares_of_all_stories_together() -> None:
    assert SAMPLE.completeness == pytest.approx(100 * 6 / 7)
    assert SAMPLE.clarity == pytest.approx(10 * 6 / 7)
    assert SAMPLE.compliance == pytest.approx(100 * 2 / 3)
    assert SAMPLE.per_step(PREFIXES) == {2: 0, 3: 2, 5: 0}


def test_figures_of_no_stories_are_nothing() -> None:
    empty = Sample(Path("stories"), (), (), ())

    assert (empty.completeness, empty.clarity, empty.compliance) == (0.0, 0.0, 0.0)


def test_steps_without_a_story_are_told_with_what_there_is() -> None:
    found = "found step 2: 0, step 3: 2, step 5: 0"

    assert stories.missing_steps(SAMPLE, PREFIXES, {5}) == [
        Finding("stories", None, f"step 2 (ARCH) left no story; {found}"),
    ]
    assert stories.missing_steps(SAMPLE, PREFIXES, {2, 3}) == [
        Finding("stories", None, f"step 5 (TRAIN) left no story; {found}"),
    ]


@pytest.mark.parametrize(("prefixes", "example"), [({3: "DATA", 2: "X"}, "DATA"), ({}, "ARCH")])
def test_story_of_no_step_is_told_with_an_example(prefixes: dict[int, str], example: str) -> None:
    strange = SAMPLE.stories[2:] if prefixes else SAMPLE.stories

    assert stories.unassigned(SAMPLE, prefixes) == [
        Finding(each.file, None, f"names no draft of a step; expected the id of its draft, such as {example}-S01")
        for each in strange
    ]


def test_figures_are_kept_with_those_of_each_story() -> None:
    before = datetime.now(UTC).replace(microsecond=0)

    text = stories.document(SAMPLE, PREFIXES, "2.0.0")

    data = json.loads(text)
    moment = datetime.fromisoformat(data.pop("measured"))
    assert before <= moment <= datetime.now(UTC)
    assert (moment.microsecond, moment.utcoffset()) == (0, timedelta(0))
    figures = {
        "stories_per_step": {"2": 0, "3": 2, "5": 0},
        "criteria_completeness_percent": 85.7,
        "task_clarity_of_10": 8.6,
        "format_compliance_percent": 66.7,
    }
    keys = ("file", "draft", "criteria", "complete", "tasks", "clear", "compliant")
    told = [
        ("1-1-a.md", "DATA", 3, 2, 2, 1, True),
        ("1-2-b.md", "DATA", 4, 4, 5, 5, False),
        ("ä.md", "OPS", 0, 0, 0, 0, True),
    ]
    assert data == {
        "schema": 1,
        "version": "2.0.0",
        **figures,
        "stories": [dict(zip(keys, each, strict=True)) for each in told],
    }
    assert stories.figures(SAMPLE, PREFIXES) == figures
    assert '\n "version": "2.0.0",\n' in text
    assert "ä.md" in text
    assert text.endswith("\n}\n")


def test_figure_that_is_enough_says_nothing() -> None:
    assert stories.short_of("clarity", 9.0, 9.0, "of 10", [FAULT]) == []


@pytest.mark.parametrize(("number", "more"), [(1, []), (100, []), (102, [Finding(None, None, "… and 2 more")])])
def test_figure_that_is_too_low_says_why_up_to_a_hundred_times(number: int, more: list[Finding]) -> None:
    found = [Finding("x.md", line, "is wrong") for line in range(number)]

    assert stories.short_of("clarity", 8.9876, 9.5, "of 10", found) == [
        Finding(None, None, "clarity: 8.99 of 10; expected 9.5"),
        *found[:100],
        *more,
    ]


# Reading a folder


def put(folder: Path, *names: str, content: str = "# Story 1.1: X\n") -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content, encoding="utf-8")


def test_stories_are_those_by_name_or_by_title_in_order(tmp_path: Path) -> None:
    put(tmp_path, "b/notes.md", "1-2-b.md", "b/1-1-a.md", "STORY-9.md", "10-2-x_y-z.md", content="# Notes\n")
    put(tmp_path, "a/titled.md", "a/.git/1-1-x.md", "a/1-1-text.txt", "titled.MD")
    put(tmp_path, "a/late.md", content="Intro\n\n#  story: X\n")
    put(tmp_path, "a/storyline.md", content="# Storyline\n")

    sample = stories.read(tmp_path)

    assert sample.folder == tmp_path
    assert [each.file for each in sample.stories] == [
        "1-2-b.md",
        "10-2-x_y-z.md",
        "STORY-9.md",
        "a/late.md",
        "a/titled.md",
        "b/1-1-a.md",
    ]
    assert sample.ignored == ("a/storyline.md", "b/notes.md")
    assert sample.faults == ()


@pytest.mark.parametrize("name", ["nowhere", "file"])
def test_place_without_a_folder_says_what_it_is(name: str, tmp_path: Path) -> None:
    put(tmp_path, "file")
    reason = "is no folder" if name == "file" else "does not exist"

    assert stories.read(tmp_path / name) == Sample(
        tmp_path / name,
        (),
        (),
        (Finding(str(tmp_path / name), None, f"{reason}; expected the stories of a sample run"),),
    )


@pytest.mark.parametrize(
    ("files", "folders", "told"),
    [(3, 1, False), (4, 1, True), (2, 3, False), (2, 4, True)],
    ids=["as many files as may be", "one more", "as many folders as may be", "one more of these"],
)
def test_folder_is_read_up_to_a_number_of_files_and_folders(
    files: int, folders: int, told: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stories, "MOST_STORIES", 3)
    monkeypatch.setattr(stories, "MOST_FOLDERS", 3)
    put(tmp_path, *(f"1-{number}-x.md" for number in range(files)))
    for number in range(1, folders):
        (tmp_path / f"folder-{number}").mkdir()

    sample = stories.read(tmp_path)

    words = "holds more than 3 files or 3 folders; expected the stories of one sample run; the rest was not read"
    assert [each.file for each in sample.stories] == [f"1-{number}-x.md" for number in range(min(files, 3))]
    assert sample.faults == ((Finding(str(tmp_path), None, words),) if told else ())
