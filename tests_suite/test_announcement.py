"""What an announcement says, and what people see of a page: read from texts as people write them."""

from __future__ import annotations

import time

import pytest

from fixtures.announcement import wording
from fixtures.evidence import page
from fixtures.evidence.entries import says_nothing
from tests_suite.faults.announced import NOWHERE
from tests_suite.faults.sick_server import SickServer, answer

NOTES = """# Version Notes

## Version 2.1.0

### What's new

- Dark mode in the editor,
  and in the reader
* Export to spreadsheets

### Fixed

- Printing

## Version 2.0.0

### New features

- Import of tables
"""


@pytest.mark.parametrize(
    "text",
    [
        "AI Engineering Workflow v2.0.0 deployed to production",
        "Version 2.0.0 is now in production.",
        "Good news! 2.0.0 of the workflow is\nlive, and nothing will change for you.",
        "- 1.0.0 is not deployed any more\n- 2.0.0 has been released",
        "2.0.0 is now available",
        "Deployment of v2.0.0 to production is complete",
        "Deployment of v2.0.0 to production completed without failures",
        "v2.0.0 is live, no rollback was needed and nothing failed",
        "v2.0.0 was moved to production as planned",
        "v2.0.0 goes live today",
        "v2.0.0 is in production since 9:40, with 0 failed calls",
        "v2.0.0 is live, and can be rolled back until tomorrow 09:00",
        "We shipped 2.0.0 to production this morning",
        "2.0.0 is live, tomorrow at 9 there is a training",
    ],
)
def test_sentence_that_says_it_is_live(text: str) -> None:
    assert wording.is_live(text, "2.0.0")


@pytest.mark.parametrize(
    "text",
    [
        "Version 2.0.0 will be deployed at ten",
        "2.0.0 is going to be released",
        "2.0.0 is not yet in production",
        "2.0.0 hasn't been deployed",
        "2.0.0 will soon go live",
        "1.0.0 is live. 2.0.0 comes next",
        "2.0.0-rc1 is live",
        "2.0.0",
        "",
        "Scheduled maintenance: deployment of v2.0.0 to production, Jan 6, 09:00 to 10:00",
        "The deployment of v2.0.0 to production failed and was rolled back",
        "2.0.0 was released, but the rollout failed",
        "2.0.0 deployed and rolled back",
        "Rollout of 2.0.0 to production in progress",
        "2.0.0 may go live tomorrow",
        "2.0.0 goes live on Tuesday",
        "2.0.0 deployed to production tomorrow",
        "2.0.0 is being deployed",
        "2.0.0 would be live",
        "2.0.0 could not be deployed",
    ],
)
def test_sentence_that_does_not_say_it_is_live(text: str) -> None:
    assert not wording.is_live(text, "2.0.0")


@pytest.mark.parametrize(
    ("text", "held"),
    [
        ("Deployment of 2.0.0 was successful", True),
        ("Completed without failures: nothing failed, 0 failed calls", True),
        ("Deployment of 2.0.0 failed to complete", False),
        ("Deployment of 2.0.0 is 60 % complete", False),
        ("60% complete", False),
        ("The deployment completed and was rolled back", False),
        ("Nearly complete", False),
    ],
)
def test_success_is_what_has_happened_and_was_not_taken_back(text: str, held: bool) -> None:
    assert wording.has_happened(text, wording.SUCCESS) is held


def test_features_are_those_of_the_version() -> None:
    assert wording.features_of(NOTES, "2.1.0") == [
        "Dark mode in the editor, and in the reader",
        "Export to spreadsheets",
    ]
    assert wording.features_of(NOTES, "2.0.0") == ["Import of tables"]
    assert wording.features_of("# New\n\n## Dark mode\n\ntext\n\n## Export\n", "2.1.0") == ["Dark mode", "Export"]
    assert wording.features_of("# Remarks\n\n- Dark mode\n", "2.1.0") == []


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("There is a dark mode now", True),
        ("DARK MODES, at last", True),
        ("It got dark. The editor was asked for another mode of payment", False),
        ("New features in the editor", False),
    ],
)
def test_feature_is_named_where_two_of_its_words_stand_together(text: str, named: bool) -> None:
    assert bool(wording.named_features(text, ["Dark mode"])) is named


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("Ask Olga Example", True),
        ("Ask EXAMPLE, Olga", True),
        ("Ask olga.example@example.com", False),
        ("Ask Olga or the other Example", False),
    ],
)
def test_name_stands_together_and_in_no_address(text: str, named: bool) -> None:
    assert wording.names_person(text, "Olga Example") is named


@pytest.mark.parametrize("text", ["n/a", "TBD.", "none", "...", "broken", "everything", "  ", "a b"])
def test_text_that_says_nothing(text: str) -> None:
    assert says_nothing(text)


def test_text_that_says_something() -> None:
    assert not says_nothing("Begin step 10 again")


def test_page_is_what_people_see_of_it() -> None:
    markup = (
        "<html><!-- 3.0.0 <b>is live --><script>'4.0.0 <b>is live'</script><style>p {}</style>"
        "<p>Version&nbsp;<b>2</b>.0.0 &amp; more, a < b</p><p>is live</p></html>"
    )
    with SickServer(NOWHERE, {"*": answer(200, markup, "text/html")}) as server:
        found = page.fetch(f"{server.url}/status?token=secret#part")

    assert found.fault == ""
    assert found.shown == f"{server.url}/status"
    assert [part.strip() for part in found.text.split("\n\n") if part.strip()] == [
        "Version\xa02.0.0 & more, a < b",
        "is live",
    ]


@pytest.mark.parametrize("address", ["https:///x", "http://[::1", "ftp://example.com", "mailto:a@example.com", ""])
def test_address_of_no_page_is_not_asked(address: str) -> None:
    assert "is no address of a page" in page.fetch(address).fault


@pytest.mark.parametrize(
    "piece", ["<!--", "<script>", "<a b='", "<p>", "<", "&#", "\n- ", "live ", "# new 2.0.0\n", "a@"]
)
def test_large_pages_are_read_in_time(piece: str) -> None:
    large = (piece * (1_000_000 // len(piece)))[:1_000_000]
    with SickServer(NOWHERE, {"*": answer(200, f"<html>{large}", "text/html")}) as server:
        started = time.monotonic()

        found = page.fetch(server.url)
        live = wording.is_live(found.text, "2.0.0")
        features = wording.features_of(large, "2.0.0")

    assert not found.fault
    assert not live
    assert len(features) <= wording.MOST
    assert time.monotonic() - started < 15
