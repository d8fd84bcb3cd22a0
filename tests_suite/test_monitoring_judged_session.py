"""What is said of a session that was opened again, and of a budget that was used up."""

from __future__ import annotations

from datetime import timedelta

import pytest

from fixtures.monitoring import judged
from fixtures.monitoring.samples import Call, Mark
from tests_suite.test_monitoring_judged import AT, NAME, recorded, said, sample

# The session


def mark(event: str, minutes: float, message: str = "the session ended") -> Mark:
    return Mark(AT + timedelta(minutes=minutes), event, message)


@pytest.mark.parametrize(
    ("marks", "words"),
    [
        ([], []),
        ([mark("reopened", 15), mark("clock", 20), mark("resumed", 25)], []),
        ([mark("broke", 5, "it was cut")], ["once, at 2026-01-06 10:05:00 UTC: it was cut"]),
        ([mark("broke", 5), mark("broke", 10)], ["2 times, first at 2026-01-06 10:05:00 UTC: the session ended"]),
    ],
    ids=["held", "as hosts do", "too early", "twice"],
)
def test_session_that_broke_off_too_early_is_found_with_both_causes(marks: list[Mark], words: list[str]) -> None:
    ending = (
        "; expected it to live for 15 min or more: does a proxy or the host end long requests, or does the server "
        "restart? See its log"
    )

    found = judged.session_findings(recorded([], marks))

    assert found == said(*(f"the MCP session broke off {each}{ending}" for each in words), file=NAME)


@pytest.mark.parametrize(
    ("marks", "names", "words"),
    [
        ([], "ha", ""),
        ([mark("reopened", 15, "15 min")], "ha", "once, as clients do, last: 15 min"),
        (
            [mark("reopened", 15), mark("broke", 20, "5 min")],
            "h",
            "2 times, as clients do, last: 5 min; 2 calls were left out for the server's budget",
        ),
    ],
    ids=["held", "once", "twice, with calls left out"],
)
def test_what_became_of_the_session_is_said_with_its_cost(marks: list[Mark], names: str, words: str) -> None:
    samples = [sample(n)._replace(knowledge={name: Call(1.0, True) for name in names}) for n in range(2)]

    expected = f"the MCP session was opened again {words}" if words else ""
    assert judged.sessions(recorded([sample(3), *samples], marks), ("h", "a")) == expected


# A used up budget

REFUSED = "the server's rate limit: answered 429"


@pytest.mark.parametrize(
    ("errors", "marks", "words"),
    [
        (["", ""], [], ""),
        (["", "broke"], [], ""),
        ([REFUSED, "broke"], [], ""),
        (
            ["", REFUSED],
            [],
            f"{REFUSED}; 1 call refused; the server does not say when to come back; its budget is counted by the hour; "
            "then watch the whole hour",
        ),
        (
            [REFUSED, f"{REFUSED}, retry after 60 s; expected 200"],
            [Mark(AT, "aborted", "error rate")],
            f"{REFUSED}, retry after 60 s; expected 200; 2 calls refused; come back after 2026-01-06 10:06:01 UTC "
            "(Retry-After: 60); then watch the whole hour",
        ),
        ([REFUSED], [Mark(AT, "aborted", f"{REFUSED}: given up")], f"{REFUSED}: given up"),
    ],
    ids=["none", "a failure", "both", "once", "twice", "given up"],
)
def test_calls_that_were_refused_are_no_failures_where_no_others_are(
    errors: list[str], marks: list[Mark], words: str
) -> None:
    samples = [sample(n)._replace(knowledge={"a": Call(1.0, not each, each)}) for n, each in enumerate(errors)]

    assert judged.limited(recorded(samples, marks)) == words


def test_watch_that_was_given_up_for_its_budget_is_no_reason_to_escalate() -> None:
    assert judged.abort_findings(recorded([], [Mark(AT, "aborted", f"{REFUSED}: given up")])) == []
