"""What is found in the notices of a record and in its window: all of it, in its words, and at its line."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from fixtures.evidence.record import Record, RecordError
from fixtures.finding import Finding
from fixtures.notification import notices, window
from fixtures.notification.notices import LONGEST, Notice, Sending, notices_of, outside
from fixtures.notification.timesaid import Window
from fixtures.schedule import Schedule

CET = timezone(timedelta(hours=1))
T0 = datetime(2026, 1, 6, 9, tzinfo=CET)
SCHEDULE = Schedule(T0, "Europe/Paris")
SENDING = Sending(SCHEDULE, "2.0.0", T0 - timedelta(hours=1))
WINDOW = Window(T0, T0 + timedelta(hours=1), "Europe/Paris")
SAYS_IT = "2026-01-06, 09:00 to 10:00 CET"


def record(folder: Path = Path("evidence"), **content: Any) -> Record:
    """A record as it would have been read; each of its parts begins a line, and each entry of a list."""
    lines = []
    for key, value in content.items():
        lines += [f"{key}:", *(f"- {json.dumps(each)}" for each in value)] if isinstance(value, list) else [
            f"{key}: {json.dumps(value)}"
        ]  # fmt: skip
    return Record("notification.yaml", content, (), "\n".join(lines), folder)


def notice(number: int = 0, text: str = "2.0.0", hours: float = 3, to: Sequence[str] = ("a@b.example",),
           role: str = "Product Manager") -> Notice:  # fmt: skip
    """A notice that was sent so many hours before T-0."""
    return Notice(number, T0 - timedelta(hours=hours), "Paul Example", role, tuple(to), text)


FIVE = record(messages=[0, 1, 2, 3, 4])


def found(*findings: tuple[int | None, str]) -> list[Finding]:
    """Findings about the record."""
    return [Finding("notification.yaml", line, message) for line, message in findings]


@pytest.mark.parametrize(("hours", "reason"), [
    (24, ""),
    (24.001, "is before T-24h, 2026-01-05T09:00+01:00; an earlier notice is welcome, not enough"),
    (0, ""),
    (-0.001, "is after T-0, 2026-01-06T09:00+01:00 (Europe/Paris)"),
    (-5 / 60, "is after T-0, 2026-01-06T09:00+01:00 (Europe/Paris)"),
    (-5.1 / 60, "lies in the future"),
])  # fmt: skip
def test_notice_counts_from_24_hours_before_t0_up_to_t0(hours: float, reason: str) -> None:
    one = notice(hours=hours)

    assert Sending(SCHEDULE, "2.0.0", T0).untimely(one) == reason
    assert Sending(SCHEDULE, "2.0.0", T0).timely([one]) == ([] if reason else [one])


def test_notices_that_count_are_timely_and_about_the_release() -> None:
    right = notice(2)

    assert SENDING.counting([notice(0, hours=30), notice(1, "1.0.0"), right]) == [right]
    assert (right.place, right.names("2.0.0"), right.names("2.0.1")) == ("messages[2]", True, False)


def message(**changes: Any) -> dict[str, Any]:
    """A message as the record has it."""
    return {
        "sent": "2026-01-05T12:00:00+01:00",
        "by": {"name": "Paul Example", "role": "PM"},
        "to": ["a", "b"],
    } | changes


def test_text_of_a_notice_is_its_subject_and_what_is_written_there_or_in_its_file(tmp_path: Path) -> None:
    (tmp_path / "b.txt").write_text("from a file", encoding="utf-8")
    read = record(tmp_path, messages=[
        message(text="here"), message(text="here", subject=""), message(text_file="b.txt", subject="S"),
        message(text="[fill in] is allowed here"), message(text="x" * LONGEST),
    ], others=[message(text="there")])  # fmt: skip

    assert [each.text for each in notices_of(read)] == ["here", "here", "S\n\nfrom a file", "[fill in] is allowed here",
                                                       "x" * LONGEST]  # fmt: skip
    assert notices_of(read, "others") == [
        Notice(0, datetime(2026, 1, 5, 12, tzinfo=CET), "Paul Example", "PM", ("a", "b"), "there")
    ]
    assert [each.number for each in notices_of(read)] == [0, 1, 2, 3, 4]


def test_every_notice_that_cannot_be_read_is_told_at_its_line(tmp_path: Path) -> None:
    (tmp_path / "gap.txt").write_text("Dear all,\n[Fill in the day of the deployment, in words]\n", encoding="utf-8")
    (tmp_path / "empty.txt").write_text(" \n", encoding="utf-8")
    read = record(tmp_path, messages=[
        message(text="fine"), message(text="x" * (LONGEST + 1)), message(text_file="../a.txt"),
        message(text_file="gap.txt"), message(text_file="empty.txt"), message(text_file="gone.txt"),
    ])  # fmt: skip

    with pytest.raises(RecordError) as caught:
        notices_of(read)

    out = f"is no path inside of {tmp_path.name}/; expected one that is relative to it, without '..'"
    assert list(caught.value.findings) == [
        *found((3, "messages[1].text: 50001 characters; expected a notice of at most 50000"),
               (4, f"messages[2].text_file: ../a.txt {out}"),
               (5, "messages[3].text_file: gap.txt is not filled in ([Fill in the day of the deployment, in w)")),
        Finding("empty.txt", None, "is empty; expected content (notification.yaml names it)"),
        Finding("gone.txt", None, "cannot be read: no such file or directory (notification.yaml names it)"),
    ]  # fmt: skip


def test_path_has_to_stay_inside_of_its_folder_links_included(tmp_path: Path) -> None:
    root = tmp_path / "evidence"
    root.mkdir()
    (root / "out").symlink_to("../elsewhere.txt")
    (root / "in").symlink_to("a.txt")
    no_path = "is no path inside of evidence/; expected one that is relative to it, without '..'"

    assert [outside(root, name) for name in ("a.txt", "in", "x/y.txt", ".", "..a")] == [""] * 5
    assert {outside(root, name) for name in ("/a.txt", "../a.txt", "x/../a.txt", "a\\b", "a\0b")} == {no_path}
    assert outside(root, "out") == "is a link that leads out of evidence/; expected a file in it"


def test_every_user_whom_no_notice_told_is_named_with_the_reason() -> None:
    sent = [notice(0, to=["told@x.example", "Group <g@x.example>"]), notice(1, to=["early"], hours=30),
            notice(2, "1.0.0", to=["early", "other"], hours=2), notice(3, to=["early"], hours=26)]  # fmt: skip

    users = ["told@x.example", "G@X.example", "early", "new", "other"]

    assert list(notices.recipient_findings(FIVE, sent, users, SENDING)) == found(
        (4, "messages[2]: early was told by no notice that counts: neither subject nor text names version 2.0.0"),
        (1, "messages: new is on the list of users and was sent no notice; expected it in a 'to'"),
        (4, "messages[2]: other was told by no notice that counts: neither subject nor text names version 2.0.0"),
    )  # fmt: skip
    assert list(notices.recipient_findings(FIVE, sent[3:], ["early"], SENDING)) == found(
        (5, "messages[3]: early was told by no notice that counts: 2026-01-05T07:00+01:00 is before T-24h, "
            "2026-01-05T09:00+01:00; an earlier notice is welcome, not enough")
    )  # fmt: skip


def test_notice_by_another_role_or_of_the_future_is_worth_a_look() -> None:
    sent = [notice(0), notice(1, role="pm"), notice(2, role="Tech Lead"), notice(3, role="QA", to=["nobody"]),
            notice(4, hours=1 - 5 / 60), notice(4, hours=0.9)]  # fmt: skip

    assert list(notices.sender_findings(FIVE, sent, ["x", "a@b.example"], SENDING.now)) == found(
        (4, "messages[2].by.role: sent by Tech Lead; the plan has the Product Manager send it"),
        (6, "messages[4].sent: lies in the future; expected a record of what was sent"),
    )


def test_users_who_were_not_told_something_are_named_by_the_last_notice_that_reached_them() -> None:
    sent = [notice(0, to=["a", "b", "c", "d", "e"]), notice(1, to=["b"]), notice(2, to=["c", "x"])]

    def without(said: dict[int, str], users: Iterable[str] = "abcdex") -> list[Finding]:
        return list(notices.without_the_word(FIVE, sent, list(users), said, "the day"))

    assert without({0: "", 1: "no day", 2: "no day"}) == found((4, "messages[2]: x cannot know the day: no day"))
    assert without({0: "no day", 1: "", 2: "no hour"}) == found(
        (2, "messages[0]: a, d, e cannot know the day: no day"), (4, "messages[2]: c, x cannot know the day: no hour")
    )
    assert without({0: "none", 1: "", 2: ""}, "zadea") == found(
        (2, "messages[0]: a, d, e and 1 more cannot know the day: none")
    )


# The window


def test_recorded_window_is_that_of_the_target_in_its_own_zone() -> None:
    read = record(window={"starts": "2026-01-06T09:00:00+01:00", "ends": "2026-01-06T10:30:00+01:00",
                          "time_zone": " Europe/Paris "})  # fmt: skip

    recorded = window.window_of(read)

    assert recorded == Window(T0, T0 + timedelta(hours=1.5), "Europe/Paris")
    assert window.hours(recorded) == 1.5
    assert list(window.window_findings(read, recorded, SCHEDULE)) == []
    assert list(window.window_findings(read, Window(T0, T0, "LOCALTIME"), SCHEDULE)) == found(
        (1, "window.time_zone: 'LOCALTIME' is no time zone; expected a name like Europe/Paris or UTC")
    )
    assert list(window.window_findings(read, Window(T0, T0 + timedelta(hours=25), "Asia/Tokyo"), SCHEDULE)) == found(
        (1, "window.starts: 2026-01-06T09:00+01:00 is no time of that zone; in Asia/Tokyo it is 2026-01-06T17:00+09:00 "
            "then"),
        (1, "window.ends: 2026-01-07T10:00+01:00 is no time of that zone; in Asia/Tokyo it is 2026-01-07T18:00+09:00 "
            "then"),
    )  # fmt: skip
    later = T0 + timedelta(hours=1)
    assert list(window.window_findings(read, Window(later, later, "Europe/Paris"), SCHEDULE)) == found(
        (1, "window.starts: 2026-01-06T10:00+01:00 is not T-0; expected 2026-01-06T09:00+01:00 (Europe/Paris)")
    )


def test_users_who_were_not_told_the_window_are_named_with_what_lacks() -> None:
    sent = [notice(0, SAYS_IT, to=["a"]), notice(1, "2026-01-06 at 09:00 CET", to=["a", "b"])]

    assert list(window.announcement_findings(FIVE, WINDOW, sent, ["a", "b", "c"])) == found(
        (3, "messages[1]: b cannot know the window, 2026-01-06 09:00 to 10:00 Europe/Paris: no end at 10:00 "
            "(Europe/Paris)")
    )  # fmt: skip


def test_notice_whose_window_may_be_on_another_day_is_worth_a_look() -> None:
    text = "Deployment: 2026-01-06\nParty: 2026-01-09\nWindow: 09:00 to 10:00 CET"
    sent = [notice(0, SAYS_IT), notice(1, text), notice(2, text, to=["nobody"])]

    assert list(window.doubtful_findings(FIVE, WINDOW, sent, ["a@b.example"])) == found(
        (3, "messages[1]: '2026-01-09' stands nearer to '09:00' than 2026-01-06; expected the day of the window beside "
            "the time, 2026-01-06 09:00 to 10:00 Europe/Paris")
    )  # fmt: skip


def test_other_times_after_the_window_was_told_are_worth_a_look() -> None:
    other = "now from 11:00 to\n12:00 UTC"
    sent = [notice(0, other, 2), notice(1, SAYS_IT, 5), notice(2, other, 8), notice(3, other, 3, to=["nobody"]),
            notice(4, "no times", 1)]  # fmt: skip
    message = "names '11:00 to 12:00 UTC' after the window was told; expected the window again, "

    assert list(window.later_findings(FIVE, WINDOW, sent, ["a@b.example"])) == found(
        (2, f"messages[0]: {message}2026-01-06 09:00 to 10:00 Europe/Paris")
    )
    assert list(window.later_findings(FIVE, WINDOW, sent[2:], ["a@b.example"])) == []
