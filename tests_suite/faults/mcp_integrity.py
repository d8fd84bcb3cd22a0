"""Faults of the integrity of answers (2.3.5): garbled, cut off, unsteady, or lost on the way."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from typing import Any

from tests_suite.faults.mcp_answers import BOTH, altered, is_round_trip, set_results
from tests_suite.faults.mcp_chaos import Answered, sick_answers
from tests_suite.faults.world import Fault, World

INTEGRITY = {"2.3.5": "failed"}


def _text(tool: str, alter: Callable[[str], str], number: int = 3) -> Callable[[World], None]:
    """Alter the text of one call of a tool."""

    def change(answered: Answered) -> None:
        if answered.tool == tool and answered.number == number:
            answered.say(alter(answered.text()))

    return sick_answers(change)


def _echo(alter: Callable[[str], str]) -> Callable[[World], None]:
    """Alter the long query on its way back."""

    def envelope(data: dict[str, Any]) -> None:
        data["metadata"]["query"] = alter(data["metadata"]["query"])

    def change(answered: Answered) -> None:
        if answered.tool == "search_knowledge" and is_round_trip(answered):
            answered.change(envelope)

    return sick_answers(change)


def _in_crowd(change: Callable[[Answered], None]) -> Callable[[World], None]:
    """Spoil the sessions that are open at once; the first session of a run is the one that stays open."""

    def crowd(answered: Answered) -> None:
        if answered.session > 1 and answered.method == "tools/call":
            change(answered)

    return sick_answers(crowd)


def _two_blocks(answered: Answered) -> None:
    if answered.tool == "list_sources":
        answered.message["result"]["content"].append({"type": "text", "text": "and more"})


def _mixed_up(answered: Answered) -> None:
    answered.change(lambda data: data["results"].reverse())


def _overtaxed(answered: Answered) -> None:
    answered.say("Error calling it. Status code: 503. Response: busy")
    answered.message["result"]["isError"] = True


FAULTS = [
    Fault(
        "mcp: an answer is UTF-8 that was read as Latin-1",
        altered(
            "get_methodologies", lambda data: data["results"][0].update(name="RÃ©glage fin des modÃ¨les"), range(2, 3)
        ),
        INTEGRITY,
        ("is UTF-8 that was read as Latin-1; it was 'é'",),
        gate="mcp",
    ),
    Fault(
        "mcp: one letter of all answers may be UTF-8 that was read as Latin-1",
        altered("get_methodologies", lambda data: data["results"][0].update(name="RÃ©glage fin"), range(2, 3)),
        {"2.3.5": "degraded"},
        ("'Ã©' is UTF-8 that was read as Latin-1; it was 'é'; it stands alone in all answers: is it meant",),
        gate="mcp",
    ),
    Fault(
        "mcp: an answer holds a control character",
        altered("get_methodologies", lambda data: data["results"][0].update(name="R\x92glage"), range(2, 3)),
        INTEGRITY,
        ("control character U+0092 in 'R\\x92glage'",),
        gate="mcp",
    ),
    Fault(
        "mcp: a character of an answer was lost",
        altered("get_methodologies", lambda data: data["results"][0].update(name="R\ufffdglage"), range(2, 3)),
        INTEGRITY,
        ("U+FFFD, a character that was lost",),
        gate="mcp",
    ),
    Fault(
        "mcp: an answer is cut off",
        _text("get_decisions", lambda text: text[: len(text) // 2]),
        BOTH,
        ("the JSON is cut off after",),
        gate="mcp",
    ),
    Fault(
        "mcp: an answer is empty", _text("get_decisions", lambda text: ""), BOTH, ("the answer is empty",), gate="mcp"
    ),
    Fault(
        "mcp: an answer is prose",
        _text("get_decisions", lambda text: "I found two decisions."),
        BOTH,
        ("no JSON at line 1, column 1",),
        gate="mcp",
    ),
    Fault(
        "mcp: an answer comes in two blocks",
        sick_answers(_two_blocks),
        INTEGRITY,
        ("2 blocks of content; expected one text",),
        gate="mcp",
    ),
    Fault(
        "mcp: MCP knows less than REST",
        altered("get_patterns", lambda data: set_results(data, data["results"][:-1]), range(3, 4)),
        INTEGRITY,
        ("MCP and REST differ: metadata.result_count is 9 in one and 10 in the other",),
        gate="mcp",
    ),
    Fault(
        "mcp: a repeated query gets another answer",
        altered("search_knowledge", lambda data: data["results"].reverse(), range(8, 9)),
        INTEGRITY,
        ("asked again: search_knowledge('RAG architecture patterns'): another answer than before: results[0]",),
        gate="mcp",
    ),
    Fault(
        "mcp: sessions at once get each other's answers",
        _in_crowd(_mixed_up),
        INTEGRITY,
        ("4 sessions at once:", "another answer"),
        gate="mcp",
    ),
    Fault(
        "mcp: a second session is one too many",
        _in_crowd(_overtaxed),
        INTEGRITY,
        ("4 sessions at once:", "Status code: 503"),
        gate="mcp",
    ),
    Fault(
        "mcp: a long query is cut off",
        _echo(lambda text: text[:4096]),
        INTEGRITY,
        ("came back cut off: 4096 of",),
        gate="mcp",
    ),
    Fault(
        "mcp: combining marks are composed",
        _echo(lambda text: unicodedata.normalize("NFC", text)),
        INTEGRITY,
        ("a query of 6 kB", "differs from character"),
        gate="mcp",
    ),
    Fault("mcp: emoji get lost", _echo(lambda text: text.replace("🚀", "?")), INTEGRITY, ("sent U+1F680",), gate="mcp"),
    Fault(
        "mcp: line separators get lost",
        _echo(lambda text: text.replace("\u2028", "\n")),
        INTEGRITY,
        ("sent U+2028",),
        gate="mcp",
    ),
    Fault(
        "mcp: right-to-left text is turned round",
        _echo(lambda text: text.replace("שלום", "םולש")),
        INTEGRITY,
        ("sent U+05E9",),
        gate="mcp",
    ),
]
