"""How good stories are, counted: which criteria and tasks are complete and clear, and what a folder of them gives."""

from __future__ import annotations

from pathlib import Path

import pytest

from fixtures import textfile
from fixtures.measured import compare, stories
from fixtures.measured.compare import Change, Comparison
from fixtures.measured.stories import quality, read
from fixtures.story.draft import SAMPLE_DECISION, sample_draft
from fixtures.story.generation import elaborate, render
from fixtures.textfile import TextFile
from tests_suite.faults.world import SUITE

TEMPLATE = (SUITE / "fixtures/reference/workflow/templates/bmm-story.template.md").read_text(encoding="utf-8")


def text(prefix: str = "DATA", epic: int = 1, number: int = 1) -> str:
    """A story as the reference's template makes it."""
    return render(TEMPLATE, elaborate(sample_draft(prefix), SAMPLE_DECISION, epic, number))


def file(content: str) -> TextFile:
    """A file with that text."""
    return TextFile("1-1-story.md", content.encode(), content, ())


def put(folder: Path, name: str, content: str) -> None:
    """Write a file below a folder."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, encoding="utf-8")


def test_story_of_the_template_is_complete_clear_and_compliant() -> None:
    found = quality(file(text()))

    assert (found.prefix, found.criteria, found.tasks) == ("DATA", 3, 4)
    assert found.incomplete == found.unclear == found.wrong == ()


@pytest.mark.parametrize(
    ("criterion", "said"),
    [
        ("Done", "has 1 words"),
        ("It is fast enough for everybody", "says 'fast enough'"),
        ("All formats are read, PDF, HTML etc.", "says 'etc'"),
        ("Errors are handled properly in every case", "says 'properly'"),
        ("The pipeline runs ... somehow to its end", "says '...'"),
        ("[one sentence that a test can decide]", "is still a template's"),
        ("TBD after the review with the team", "says 'TBD'"),
    ],
)
def test_criterion_that_no_test_can_decide_is_incomplete(criterion: str, said: str) -> None:
    first = next(line for line in text().splitlines() if line.startswith("1. "))

    found = quality(file(text().replace(first, f"1. {criterion}", 1)))

    [finding] = found.incomplete
    assert finding.message.startswith("criterion 1 ")
    assert said in finding.message
    assert finding.line == text().splitlines().index(first) + 1


@pytest.mark.parametrize(
    "criterion",
    [
        "A missing input ends the run with a message that names it",
        "The 95th percentile of 200 queries stays below 300 ms",
        "Les documents sont relus chaque nuit sans erreur",
        "The property `chunk_size` of config.yaml is used",
        "Given no documents, the index answers with an empty list",
    ],
)
def test_criterion_that_a_test_can_decide_is_complete(criterion: str) -> None:
    first = next(line for line in text().splitlines() if line.startswith("1. "))

    assert quality(file(text().replace(first, f"1. {criterion}", 1))).incomplete == ()


def test_criterion_without_a_task_is_incomplete() -> None:
    lonely = text().replace("(AC: #3)", "(AC: #1)").replace("(AC: #1, #2, #3)", "(AC: #1, #2)")
    assert lonely != text()

    [finding] = quality(file(lonely)).incomplete

    assert finding.message == "criterion 3 is carried out by no task"


@pytest.mark.parametrize(
    ("task", "said"),
    [
        ("Fix it (AC: #1)", "has 2 words"),
        ("Handle errors where appropriate in the loader (AC: #1)", "says 'where appropriate'"),
        (f"Write {'a long ' * 30} text (AC: #1)", "has 62 words; expected at most 40"),
        ("Load all documents of the share at night", "says for no criterion of the story"),
        ("Load all documents of the share at night (AC: #9)", "says for no criterion of the story"),
    ],
)
def test_task_that_leaves_open_what_to_do_is_unclear(task: str, said: str) -> None:
    first = next(line for line in text().splitlines() if line.startswith("- [ ] "))

    found = quality(file(text().replace(first, f"- [ ] {task}", 1)))

    assert len(found.unclear) == 1
    assert said in found.unclear[0].message


def test_sample_counts_stories_by_the_prefix_of_their_draft(tmp_path: Path) -> None:
    put(tmp_path, "1-1-data.md", text("DATA"))
    put(tmp_path, "epic-2/2-1-rag.md", text("RAG", 2))
    put(tmp_path, "epic-2/2-2-rag.md", text("RAG", 2, 2))
    put(tmp_path, "whatever.md", text("ARCH", 3))
    put(tmp_path, "README.md", "# Stories\n")
    put(tmp_path, ".hidden/4-1-x.md", text("OPS", 4))
    prefixes = {2: "ARCH", 3: "DATA", 5: "TRAIN", 6: "RAG"}

    sample = read(tmp_path)

    assert sample.ignored == ("README.md",)
    assert sample.per_step(prefixes) == {2: 1, 3: 1, 5: 0, 6: 2}
    assert (sample.completeness, sample.clarity, sample.compliance) == (100.0, 10.0, 100.0)
    assert stories.missing_steps(sample, prefixes, {5}) == []
    assert "step 5 (TRAIN) left no story" in stories.missing_steps(sample, prefixes, set())[0].message
    assert stories.unassigned(sample, prefixes) == []
    assert len(stories.unassigned(sample, {2: "ARCH"})) == 3


def test_folder_that_is_none_has_no_stories_and_says_so(tmp_path: Path) -> None:
    put(tmp_path, "file", "")

    assert "does not exist" in read(tmp_path / "nowhere").faults[0].message
    assert "is no folder" in read(tmp_path / "file").faults[0].message
    assert read(tmp_path).compliance == 0.0


def test_folder_with_too_many_files_is_read_in_part_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stories, "MOST_STORIES", 3)
    for number in range(6):
        put(tmp_path, f"1-{number}-x.md", "# Story 1.1: X\n")

    sample = read(tmp_path)

    assert len(sample.stories) == 3
    assert "the rest was not read" in sample.faults[0].message


@pytest.mark.parametrize("raw", [b"", b"\xff\xfe\0\0", b"\0", b"# Story 1.1: X", b"1. " * 5000])
def test_any_bytes_are_a_story_of_no_worth(raw: bytes, tmp_path: Path) -> None:
    (tmp_path / "1-1-x.md").write_bytes(raw)

    found = quality(textfile.read(tmp_path, "1-1-x.md"))

    assert found.wrong


# What is compared


@pytest.mark.parametrize(
    ("before", "after", "percent"),
    [(100.0, 151.0, 51.0), (100.0, 150.0, 50.0), (100.0, 50.0, -50.0), (3.0, 9.0, 0.0), (3.0, 14.0, 366.7), (5, 5, 0)],
)
def test_change_is_in_percent_of_before_and_noise_is_none(before: float, after: float, percent: float) -> None:
    assert Change("x", before, after, "ms", compare.NOISE_MS).percent == pytest.approx(percent, abs=0.1)


def test_worst_of_several_comparisons_is_the_worst_of_all() -> None:
    slow, slower = (Change(name, 10.0, after, "ms", 1.0) for name, after in (("slow", 12.0), ("slower", 14.0)))

    assert compare.worst_of(Comparison((slow,), ()), Comparison((slower,), ())) == slower
    assert compare.worst_of(Comparison((), ())) is None
    assert str(slower) == "slower: 10 ms before, 14 after, 40 % worse"
