"""What is wrong with how users were heard in the first day, held against every finding that is made of it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from fixtures.evidence.record import Record
from fixtures.feedback import adopters, channels, issues
from fixtures.finding import Finding
from fixtures.schedule import Schedule

T0 = datetime(2026, 1, 6, 9, 0, tzinfo=UTC)
SCHEDULE = Schedule(T0)
NOW = T0 + timedelta(hours=30)
ADA = "Ada Example"
UNCHECKED = "not checked from T+2h to T+24h, 2026-01-06T11:00+00:00 to 2026-01-07T09:00+00:00"
IN_WORDS = "expected at least 10 characters, in words"


def _record(**parts: Any) -> Record:
    return Record("feedback.yaml", parts)


def _said(findings: Iterable[Finding]) -> list[str]:
    found = list(findings)
    assert all(each.file == "feedback.yaml" for each in found)
    return [each.message for each in found]


def _after(hours: float, minutes: float = 0) -> str:
    return (T0 + timedelta(hours=hours, minutes=minutes)).isoformat(timespec="minutes")


def _checked(channel: str, *times: str, by: str = ADA) -> dict[str, Any]:
    return {"channel": channel, "checked": list(times), "by": by}


@pytest.mark.parametrize(
    ("tickets", "now", "said"),
    [
        ([_checked("support tickets", _after(2))], NOW, []),
        ([_checked("support tickets", _after(24))], NOW, []),
        ([_checked("support tickets", _after(1), _after(3))], NOW, []),
        ([_checked("support tickets", _after(1)), _checked("support tickets", _after(3))], NOW, []),
        ([_checked("support tickets", _after(2, -1))], NOW, [f"channels[2].checked: support tickets: {UNCHECKED}"]),
        ([_checked("support tickets", _after(24, 1))], NOW, [f"channels[2].checked: support tickets: {UNCHECKED}"]),
        ([_checked("support tickets", _after(4, 5))], T0 + timedelta(hours=4), []),
        (
            [_checked("support tickets", _after(4, 6), _after(5))],
            T0 + timedelta(hours=4),
            [
                f"channels[2].checked: support tickets: {UNCHECKED}",
                "channels[2].checked: 2026-01-06T13:06+00:00 is still to come; expected what has taken place",
            ],
        ),
        ([], NOW, [f"channels: support tickets: {UNCHECKED}"]),
        (
            [_checked("support tickets", _after(3)), _checked("support tickets", _after(3), by="tbd")],
            NOW,
            ["channels[3].by: 'tbd' is nobody's name"],
        ),
    ],
    ids=["at T+2h", "at T+24h", "once too early", "two entries", "before T+2h", "after T+24h", "by another clock",
         "still to come", "not at all", "by nobody"],
)  # fmt: skip
def test_channel_counts_where_somebody_looked_into_it_in_the_day(
    tickets: list[dict[str, Any]], now: datetime, said: list[str]
) -> None:
    record = _record(channels=[_checked("team chat", _after(3)), _checked("email", _after(3)), *tickets])

    assert _said(channels.channel_findings(record, SCHEDULE, now)) == said


def test_every_channel_of_the_plan_is_asked_for() -> None:
    record = _record(channels=[_checked("pigeons", _after(3), by="nobody")])

    assert _said(channels.channel_findings(record, SCHEDULE, NOW)) == [
        f"channels: {channel}: {UNCHECKED}" for channel in ("support tickets", "team chat", "email")
    ]


def _report(**more: Any) -> dict[str, Any]:
    whole = {
        "channel": "email",
        "received": _after(3),
        "from": "Bo",
        "kind": "problem",
        "summary": "Step 3 does not end",
        "first_response": _after(4),
        "by": ADA,
        "issue": "I-1",
        **more,
    }
    return {key: value for key, value in whole.items() if value is not None}


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ({"reports": [_report()]}, []),
        ({"no_reports": {"by": ADA, "at": _after(2)}}, []),
        (
            {},
            [
                "reports: no report is on record; expected all of them, or the statement no_reports, by whom and until "
                "when"
            ],
        ),
        (
            {"reports": [_report(), _report()], "no_reports": {"by": "all", "at": _after(2, -1)}},
            [
                "no_reports: states that there is none, and there are 2",
                "no_reports.by: 'all' is nobody's name",
                "no_reports.at: 2026-01-06T10:59+00:00 is before T+2h, 2026-01-06T11:00+00:00",
            ],
        ),
        (
            {"reports": [], "no_reports": {"by": ADA, "at": _after(31)}},
            ["no_reports.at: 2026-01-07T16:00+00:00 is still to come; expected what has taken place"],
        ),
    ],
    ids=["reports", "a statement", "neither", "both", "a statement of tomorrow"],
)
def test_either_there_are_reports_or_somebody_states_that_there_are_none(
    parts: dict[str, Any], said: list[str]
) -> None:
    assert _said(channels.statement_findings(_record(**parts), SCHEDULE, NOW)) == said


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"received": _after(0), "first_response": _after(0)}, []),
        (
            {"received": _after(0, -1), "summary": "broken"},
            [
                "reports[1].received: 2026-01-06T08:59+00:00 is before T-0, 2026-01-06T09:00+00:00",
                f"reports[1].summary: 'broken' is too short to be understood; {IN_WORDS}",
            ],
        ),
        (
            {"first_response": None, "by": None},
            ["reports[1]: email, 2026-01-06T12:00+00:00: nobody has answered it; expected first_response and by"],
        ),
        (
            {"first_response": _after(2)},
            ["reports[1].first_response: 2026-01-06T11:00+00:00 is before it came in, 2026-01-06T12:00+00:00"],
        ),
        ({"by": "QA"}, ["reports[1].by: answered by 'QA'; expected the name of a person"]),
        ({"by": None}, ["reports[1].by: answered by 'nobody'; expected the name of a person"]),
    ],
    ids=["at once", "before T-0", "no answer", "answer before the question", "by a role", "by nobody"],
)
def test_report_is_answered_by_somebody_after_it_came_in(more: dict[str, Any], said: list[str]) -> None:
    record = _record(reports=[_report(first_response=None), _report(**more), _report(by="TBD")])

    first, *own, last = _said(channels.report_findings(record, SCHEDULE, NOW))

    assert own == said
    assert first == "reports[0]: email, 2026-01-06T12:00+00:00: nobody has answered it; expected first_response and by"
    assert last == "reports[2].by: answered by 'TBD'; expected the name of a person"


def test_hours_to_the_first_answer_are_of_reports_that_have_one() -> None:
    record = _record(reports=[_report(first_response=_after(3, 90)), _report(first_response=None), _report()])

    assert channels.response_hours(record, SCHEDULE) == [1.5, 1.0]
    assert channels.response_hours(_record(), SCHEDULE) == []


def test_report_that_came_in_just_now_or_after_the_watch_may_still_wait() -> None:
    """An hour is an hour: whoever wrote two minutes ago is no reason to wake somebody."""
    fresh, late = _report(first_response=None, received=_after(5)), _report(first_response=None, received=_after(24, 1))
    record = _record(reports=[fresh, late, _report(received=_after(24, 1), first_response=_after(27))])
    waits = "email, 2026-01-06T14:00+00:00: not answered yet; expected an answer within the hour"

    for minutes, said in ((2, [f"reports[0]: {waits}"]), (59, [f"reports[0]: {waits}"]), (60, [])):
        now = SCHEDULE.after(timedelta(hours=5, minutes=minutes))
        waiting = _said(channels.waiting_findings(record, SCHEDULE, now))
        assert [each for each in waiting if "reports[0]" in each] == said
        unanswered = [each for each in _said(channels.report_findings(record, SCHEDULE, now)) if "nobody" in each]
        assert len(unanswered) == (0 if said else 1)
    assert any("reports[1]" in each for each in _said(channels.waiting_findings(record, SCHEDULE, NOW)))
    assert channels.response_hours(record, SCHEDULE) == []


def _issue(**more: Any) -> dict[str, Any]:
    return {
        "id": "I-1",
        "description": "Step 3 never comes to an end",
        "reproduction": ["Start a run", "Wait for step 3"],
        "workaround": "Begin step 3 again",
        "priority": "major",
        "assigned": ADA,
        **more,
    }


@pytest.mark.parametrize(
    ("entries", "said"),
    [
        ([_issue(), _issue(id="I-2")], []),
        (
            [_issue(), _issue(id="I-2"), _issue(), _issue()],
            [f"issues[{number}].id: I-1 is the id of another issue, too" for number in (2, 3)],
        ),
        (
            [_issue(), _issue(id="I-2", description="n/a", workaround="none", reproduction=["unknown"], assigned="")],
            [
                "issues[1].description: n/a says nothing; expected it in words",
                "issues[1].workaround: none says nothing; expected it in words",
                "issues[1].reproduction[0]: unknown says nothing; expected it in words",
                "issues[1].assigned: '' is nobody's name",
            ],
        ),
    ],
    ids=["whole", "twice", "empty"],
)
def test_issue_is_one_that_somebody_can_work_on(entries: list[dict[str, Any]], said: list[str]) -> None:
    assert _said(issues.issue_findings(_record(issues=entries))) == said


@pytest.mark.parametrize(
    ("report", "known", "said"),
    [
        ({}, ["I-1"], []),
        ({"issue": None, "kind": "praise"}, ["I-1"], []),
        ({"kind": "praise"}, ["I-1"], []),
        (
            {"issue": None, "summary": "Step  3\ndoes not end"},
            ["I-1"],
            ["reports[1]: a problem without an issue: Step 3 does not end"],
        ),
        (
            {"issue": "I-7", "kind": "wish"},
            ["I-3", "I-1"],
            ["reports[1]: issue I-7 is not among the issues; expected I-1, I-3"],
        ),
    ],
    ids=["linked", "praise", "praise with an issue", "problem without one", "issue that is not there"],
)
def test_problem_names_an_issue_that_is_on_record(report: dict[str, Any], known: list[str], said: list[str]) -> None:
    record = _record(
        reports=[_report(kind="wish", issue=None), _report(**report)], issues=[_issue(id=each) for each in known]
    )

    assert _said(issues.link_findings(record)) == said


def test_where_no_issue_is_on_record_it_is_expected() -> None:
    record = _record(reports=[_report()], issues=[])

    assert _said(issues.link_findings(record)) == ["reports[0]: issue I-1 is not among the issues; expected it"]


def test_issue_that_no_report_names_is_remarked_on() -> None:
    record = _record(reports=[_report()], issues=[_issue(), _issue(id="I-2"), _issue(id="I-3")])

    assert _said(issues.unreported(record)) == [
        "issues[1].id: no report names issue I-2",
        "issues[2].id: no report names issue I-3",
    ]


def _help(kind: str, **more: Any) -> dict[str, Any]:
    return {"kind": kind, "what": "Went through the guide", "who": "Bo Example", "by": ADA, "at": _after(3), **more}


KINDS = ("getting started", "troubleshooting", "best practices")


@pytest.mark.parametrize(
    ("entries", "said"),
    [
        ([_help(kind) for kind in KINDS], []),
        (
            [_help("troubleshooting"), _help("troubleshooting")],
            [
                f"support: no help with {kind}; expected what was done, for whom, by whom and when"
                for kind in ("getting started", "best practices")
            ],
        ),
        (
            [*(_help(kind) for kind in KINDS), _help(KINDS[0], what="todo", who="all", by="QA", at=_after(-1))],
            [
                "support[3].at: 2026-01-06T08:00+00:00 is before T-0, 2026-01-06T09:00+00:00",
                "support[3].what: todo says nothing; expected it in words",
                "support[3].who: 'all' is nobody's name",
                "support[3].by: 'QA' is nobody's name",
            ],
        ),
    ],
    ids=["each kind", "one kind", "empty"],
)
def test_each_kind_of_help_was_given_to_somebody(entries: list[dict[str, Any]], said: list[str]) -> None:
    assert _said(adopters.support_findings(_record(support=entries), T0, NOW)) == said


def test_praise_and_wishes_stand_once_and_in_words() -> None:
    record = _record(
        positive={
            "working_well": ["Search is fast now", "Search  IS fast now"],
            "improvements": ["fine", "Fewer steps than before"],
            "suggestions": ["search is fast now", "Show the cost of a run", "Fewer  steps than before"],
        }
    )

    assert _said(adopters.praise_findings(record)) == [
        "positive.working_well[1]: says the same as an entry before; expected each once",
        f"positive.improvements[0]: 'fine' is too short to be understood; {IN_WORDS}",
        "positive.suggestions[0]: stands under working_well, too; expected it once",
        "positive.suggestions[2]: stands under improvements, too; expected it once",
    ]
