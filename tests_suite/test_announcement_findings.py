"""What is wrong with an announcement, held against every finding that is made of messages, post, page and sites."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from fixtures.announcement import published, told, wording
from fixtures.evidence.page import SECONDS, Page
from fixtures.evidence.record import Record
from fixtures.finding import Finding
from fixtures.notification.notices import Notice, notices_of
from fixtures.rollback.records import Telling
from fixtures.schedule import Schedule

T0 = datetime(2020, 1, 6, 9, 0, tzinfo=UTC)  # long ago: posts and pages are held against the clock of this machine
NOW = T0 + timedelta(hours=5)
VERSION = "2.0.0"
USERS = ("ann@example.com", "bob@example.com")
TELLING = Telling(USERS, T0, VERSION, NOW)


def _record(**parts: Any) -> Record:
    return Record("announcement.yaml", parts)


def _messages(*texts: str | tuple[str, ...], **more: Any) -> tuple[Record, list[Notice]]:
    """A record of messages: a text to everybody, or a text and its recipients."""
    sender = {"name": "Bo Two", "role": "Product Manager"}
    made = []
    for each in texts:
        text, to = (each, USERS) if isinstance(each, str) else (each[0], each[1:])
        made.append({"sent": T0.isoformat(), "by": sender, "to": list(to), "text": text, **more})
    record = _record(messages=made)
    return record, notices_of(record)


def _said(findings: Iterable[Finding], file: str | None = "announcement.yaml") -> list[str]:
    found = list(findings)
    assert all(each.file == file for each in found)
    return [each.message for each in found]


def test_words_at_the_beginning_of_a_sentence_turn_it_into_its_contrary() -> None:
    assert not wording.affirms("Not deployed", wording.LIVE)
    assert not wording.affirms("not deployed; we are sorry", wording.LIVE)
    assert wording.affirms("Deployed, and not too late", wording.LIVE)


def test_two_words_of_a_long_feature_are_enough_and_one_is_not() -> None:
    features = ["Export tables into spreadsheets", "Printing", "Faster search of documents"]

    assert wording.named_features("Spreadsheets of your tables", features) == features[:1]
    assert wording.named_features("Printing, and search, at last", features) == ["Printing"]
    assert wording.named_features("", ["With this version", *features]) == []


def test_notes_without_an_end_are_read_up_to_a_limit() -> None:
    bullets = "".join(f"- feature {number}\n" for number in range(wording.MOST + 9))

    assert wording.features_of(f"# New features\n\n{bullets}", VERSION) == [
        f"feature {number}" for number in range(wording.MOST)
    ]
    assert wording.features_of("# Remark\n" * wording.MOST + "# New features\n- Dark mode\n", VERSION) == []
    assert wording.features_of("# Remark\n" * (wording.MOST - 1) + "# New features\n- Dark mode\n", VERSION) == [
        "Dark mode"
    ]


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("Ask Olga Maria Example", True),
        ("Ask Example, Olga Maria", True),
        ("Ask Example, Olga", False),
        ("Ask Maria Example, Olga", False),
        ("", False),
    ],
)
def test_name_of_three_parts_is_named_whole(text: str, named: bool) -> None:
    assert wording.names_person(text, "Olga Maria Example") is named
    assert not wording.names_person(text, " - ")


OLGA = {"role": "on-call", "name": "Olga Example", "phone": " +44 20 7946 0000 ", "email": " Olga@Example.com "}


@pytest.mark.parametrize(
    ("text", "contact", "told_of"),
    [
        ("Olga Example, olga@example.com", OLGA, True),
        ("Olga Example: +44 20 7946 0000", OLGA, True),
        ("olga@example.com, +44 20 7946 0000", OLGA, False),
        ("Olga Example", OLGA, False),
        ("Olga Example, olga@example.com-us", OLGA, False),
        ("Olga Example, not.olga@example.com", OLGA, False),
        ("Olga Example: +44 20 7946 0001", OLGA, False),
        ("Olga Example: +44 20 7946 0000", {"name": "Olga Example", "email": "olga@example.com"}, False),
        ("Olga Example, olga@example.com", {"name": "Olga Example", "phone": OLGA["phone"]}, False),
        ("Olga Example, a@b.cc, and XXXX", {"name": "Olga Example"}, False),
        ("XXXX, olga@example.com", {"email": "olga@example.com"}, False),
    ],
)
def test_contact_is_a_name_with_number_or_address(text: str, contact: Mapping[str, str], told_of: bool) -> None:
    assert wording.names_contact(text, [{"name": "Somebody Else"}, contact]) is told_of
    assert not wording.names_contact(text, [])


@pytest.mark.parametrize(
    ("sent", "counts"),
    [
        (T0 - timedelta(seconds=1), False),
        (T0, True),
        (NOW + timedelta(minutes=5), True),
        (NOW + timedelta(minutes=5, seconds=1), False),
    ],
)
def test_message_counts_from_the_deployment_until_now(sent: datetime, counts: bool) -> None:
    record, notices = _messages("It is live", sent=sent.isoformat())

    assert told.timely(record, TELLING) == (notices if counts else [])


def test_user_is_told_by_a_sentence_that_the_version_is_live() -> None:
    texts = (("2.0.0 will be live", USERS[0]), ("2.0.0 is live.", USERS[1]), ("Soon more", USERS[1]))

    assert _said(told.live_findings(*_messages(*texts), TELLING)) == [
        "messages[0]: ann@example.com cannot know that the version is in production: no sentence says that 2.0.0 is "
        "live"
    ]
    assert _said(told.live_findings(*_messages("2.0.0 is live"), TELLING)) == []


def _workflow(tmp_path: Path, **files: str) -> Path:
    folder = tmp_path / "DEPLOYMENT"
    folder.mkdir()
    for name, text in files.items():
        (folder / f"{name}.md").write_text(text, encoding="utf-8")
    return tmp_path


def test_user_is_told_of_a_new_feature(tmp_path: Path) -> None:
    workflow = _workflow(tmp_path, VERSION_NOTES="# New in 2.0.0\n\n- Dark mode\n- Fast export\n")
    messages = _messages(("Dark mode!", USERS[0]), ("2.0.0 is live", USERS[1]))

    assert _said(told.feature_findings(*messages, TELLING, workflow)) == [
        "messages[1]: bob@example.com cannot know what is new: names none of the 2 features of "
        "DEPLOYMENT/VERSION_NOTES.md, such as 'Dark mode'"
    ]


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        ({}, "cannot be read: no such file or directory"),
        ({"VERSION_NOTES": "# Version 2.0.0\n\n- Dark mode\n"}, "lists no new features of 2.0.0"),
    ],
)
def test_version_notes_without_features_are_said_once(tmp_path: Path, files: dict[str, str], reason: str) -> None:
    workflow = _workflow(tmp_path, **files)

    assert list(told.feature_findings(*_messages("2.0.0 is live"), TELLING, workflow)) == [
        Finding(
            "DEPLOYMENT/VERSION_NOTES.md", None, f"{reason}; expected a list under a heading such as 'New features'"
        )
    ]


def test_user_is_told_of_the_guide(tmp_path: Path) -> None:
    workflow = _workflow(tmp_path, OPERATIONS_GUIDE="# Guide\n")
    messages = _messages(("See the operations guide", USERS[1]), ("See the manual", USERS[0]))

    assert _said(told.guide_findings(*messages, USERS, workflow)) == [
        "messages[1]: ann@example.com cannot know where to get started: no word of OPERATIONS_GUIDE"
    ]


def test_guide_that_the_announcement_names_is_there(tmp_path: Path) -> None:
    workflow = _workflow(tmp_path, OPERATIONS_GUIDE="# Guide\n<<<<<<< ours\n")

    assert list(told.guide_findings(*_messages("See OPERATIONS_GUIDE"), USERS, tmp_path / "nowhere")) == [
        Finding(
            "DEPLOYMENT/OPERATIONS_GUIDE.md",
            None,
            "cannot be read: no such file or directory; the announcement names it",
        )
    ]
    (found,) = told.guide_findings(*_messages("See OPERATIONS_GUIDE"), USERS, workflow)
    assert (found.file, found.line) == ("DEPLOYMENT/OPERATIONS_GUIDE.md", 2)


def test_links_to_the_guide_are_followed_three_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    link = "https://docs/operations-guide"
    pages = {f"{link}/{number}": Page("", fault=f"{number} is gone") for number in (1, 2)} | {f"{link}/3": Page("")}
    monkeypatch.setattr(told, "fetch", pages.__getitem__)

    messages = _messages(f"See {link}/3; {link}/1.", f"See {link}/2: {link}/4 and https://docs/manual")

    assert _said(told.link_findings(*messages)) == [
        "messages[0]: links to the guide: 1 is gone",
        "messages[1]: links to the guide: 2 is gone",
    ]


def test_user_is_told_whom_to_ask() -> None:
    others = [{"role": "QA Lead", "name": "Di Four"}, {"role": "On-Call Engineer"}]
    contacts = [*others, OLGA, {"role": "oncall", "name": "Pat Pending", "email": "pat@example.com"}]
    messages = _messages(("Ask Pat Pending, pat@example.com", USERS[0]), ("Ask Di Four", USERS[1]))

    assert _said(told.contact_findings(*messages, USERS, contacts)) == [
        "messages[1]: bob@example.com cannot know whom to ask: no Olga Example or Pat Pending with telephone number or "
        "e-mail address"
    ]
    assert _said(told.contact_findings(*messages, USERS, others), None) == [
        "contacts: no On-Call Engineer with a name; expected the one who supports users"
    ]


TEAM = [{"role": "DevOps"}, *({"role": "DevOps", "name": f"Ada {number}th"} for number in range(5, 12))]


@pytest.mark.parametrize(
    ("post", "said"),
    [
        ({}, []),
        (
            {"sent": "2020-01-06T08:59:00+00:00", "by": {"name": "team"}, "text": "Hello"},
            [
                "team_post.sent: 2020-01-06T08:59:00+00:00 is before T-0, 2020-01-06T09:00+00:00",
                "team_post.by.name: 'team' is nobody's name",
                "team_post.text: does not name version 2.0.0",
                "team_post.text: does not say that the deployment was successful; expected that, in these words",
                "team_post.text: does not say that the team is available; expected who is on duty",
            ],
        ),
        (
            {"text": "2.0.0 was deployed. Not completed. Ada 5th is not available"},
            [
                "team_post.text: does not say that the deployment was successful; expected that, in these words",
                "team_post.text: does not say that the team is available; expected who is on duty",
            ],
        ),
        (
            {"text": "Deployment of 2.0.0 completed. Eve is on duty"},
            [
                "team_post.text: names nobody who is on duty; expected people such as Ada 5th, Ada 6th, Ada 7th, "
                "Ada 8th, Ada 9th, Ada 10th"
            ],
        ),
    ],
    ids=["whole", "empty", "denied", "nobody on duty"],
)
def test_post_in_the_team_channel_says_who_is_there(post: dict[str, Any], said: list[str]) -> None:
    whole = {
        "sent": T0.isoformat(),
        "by": {"name": "Bo Two", "role": "PM"},
        "text": "2.0.0: deployment successful. Ada 6th is on-call",
    }
    record = _record(team_post={**whole, **post})

    assert _said(told.post_findings(record, VERSION, TEAM, Schedule(T0))) == said


EXPECTED = "expected a sentence like 'version 2.0.0 now in production'"


@pytest.mark.parametrize(
    ("page", "said"),
    [
        ({"text": "2.0.0 is now in production"}, []),
        ({"text": "soon"}, [f"status_page.text: does not say that 2.0.0 is in production; {EXPECTED}"]),
        (
            {"at": "2020-01-06T08:59:00+00:00", "url": "status", "text": "2.0.0 is now in production"},
            [
                "status_page.at: 2020-01-06T08:59:00+00:00 is before T-0, 2020-01-06T09:00+00:00",
                "status_page.url: is no address of a page; expected one like https://wiki.example.com/page",
            ],
        ),
    ],
)
def test_status_page_says_that_the_version_is_in_production(page: dict[str, str], said: list[str]) -> None:
    record = _record(status_page={"at": T0.isoformat(), **page})

    assert _said(published.status_findings(record, VERSION, Schedule(T0))) == said


@pytest.mark.parametrize(("version", "live"), [("2.0.0", True), ("1.9.0", False)])
def test_status_page_is_fetched_where_it_has_an_address(
    version: str, live: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    pages = {"https://status?key=1": Page("https://status", f"{version} is live")}
    monkeypatch.setattr(published, "fetch", pages.__getitem__)
    record = _record(status_page={"at": T0.isoformat(), "url": "https://status?key=1"})

    assert _said(published.status_findings(record, VERSION, Schedule(T0))) == (
        [] if live else [f"status_page.url: https://status: does not say that 2.0.0 is in production; {EXPECTED}"]
    )


def _site(site: str, **more: str) -> dict[str, str]:
    return {"site": site, **more}


def test_every_site_of_the_plan_shows_the_version_or_does_not_apply(monkeypatch: pytest.MonkeyPatch) -> None:
    pages = {
        "new": Page("https://new", "Manual of 2.0.0"),
        "old": Page("https://old", "1.9"),
        "gone": Page("", "", "gone"),
    }
    asked: list[tuple[str, float]] = []

    def fetch(address: str, seconds: float) -> Page:
        asked.append((address, seconds))
        return pages[address]

    monkeypatch.setattr(published, "fetch", fetch)
    entries = [
        _site("product docs", url="old"),
        _site("API reference", not_applicable="n/a"),
        _site("product docs", url="gone"),
        _site("product docs", url="new"),
        _site("API reference", not_applicable="There is no interface"),
        _site("product docs", url="new"),
    ]

    assert _said(published.site_findings(_record(documentation=entries), VERSION)) == [
        "documentation[0].url: https://old: does not show version 2.0.0; expected the product docs of this version",
        "documentation[2].url: gone",
        "documentation[1].not_applicable: n/a says nothing; expected it in words",
        "documentation: nothing about getting started; expected its url, or not_applicable with the reason",
    ]
    assert asked == [("old", 6.0), ("gone", 6.0), ("new", 6.0), ("new", 6.0)]  # 24 seconds, shared by four pages


def test_single_site_is_not_waited_for_longer_than_any_page(monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []

    def fetch(_: str, seconds: float) -> Page:
        waited.append(seconds)
        return Page("", "2.0.0")

    monkeypatch.setattr(published, "fetch", fetch)

    said = _said(published.site_findings(_record(documentation=[_site("product docs", url="new")]), VERSION))

    assert waited == [SECONDS]
    assert len(said) == 2
    assert len(_said(published.site_findings(_record(documentation=[]), VERSION))) == 3
