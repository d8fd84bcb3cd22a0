"""The form of one line of a file of samples, edge by edge: what is still taken, and in which words the rest is not."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from fixtures.monitoring import lineform
from fixtures.monitoring.lineform import Call, LineError

AT = datetime(2026, 1, 6, 10, tzinfo=UTC)
BEGUN, ENDED = AT + timedelta(seconds=1), AT + timedelta(seconds=2)
TIMES = {"scheduled": AT.isoformat(), "begun": BEGUN.isoformat(), "ended": ENDED.isoformat()}
SAMPLE: dict[str, Any] = {"kind": "sample", "n": 0, **TIMES}
WINDOW: dict[str, Any] = {
    "kind": "window",
    "schema": 1,
    "target": "digest",
    "opened": AT.isoformat(),
    "closes": (AT + timedelta(hours=1)).isoformat(),
    "every_seconds": 300,
}
SMOKE: dict[str, Any] = {
    "kind": "smoke",
    "n": 3,
    **TIMES,
    "verdict": "FAIL",
    "seconds": 2,
    "report": "",
    "steps": 11,
    "failed": ["a", "b"],
}
GAP: dict[str, Any] = {"kind": "gap", "first": 2, "last": 2, "reason": "asleep"}
MARK: dict[str, Any] = {"kind": "mark", "at": AT.isoformat(), "event": "closed", "message": "over"}
MOMENT = "expected a point in time with its time zone, like 2026-01-06T09:00:00+01:00"
TEXT = "expected a text of at most"
NO_REASONS: tuple[object, ...] = (
    [],
    dict.fromkeys("abcdefghijk", "x"),
    {"a": 1},
    {"a": "x" * 1001},
    {"a": "x", "b": None},
)
HOST = (
    "disk_percent",
    "disk_free_bytes",
    "disk_total_bytes",
    "cpu_percent",
    "memory_percent",
    "network_percent",
    "network_bytes_per_second",
)


def calls(**told: Any) -> dict[str, Any]:
    return {**SAMPLE, "knowledge": told}


def host(**told: Any) -> dict[str, Any]:
    return {**SAMPLE, "host": told}


# What is taken


@pytest.mark.parametrize(
    ("call", "kept"),
    [
        ({"ms": 0.0, "ok": True}, Call(0.0, True)),
        ({"ms": 0, "ok": True}, Call(0, True)),
        ({"ms": 9.9e17, "ok": True}, Call(9.9e17, True)),
        ({"ms": 12.5, "ok": True, "error": ""}, Call(12.5, True, "")),
        ({"ms": 12, "ok": False, "error": "x" * 1000}, Call(12, False, "x" * 1000)),
        ({"ms": 12.5, "ok": False, "error": ""}, Call(12.5, False, "")),
    ],
)
def test_call_is_kept_as_it_was_told(call: dict[str, Any], kept: Call) -> None:
    n, scheduled, begun, ended, found, *others = lineform.sample_of(calls(health=call, other={"ms": 1.5, "ok": True}))

    assert (n, scheduled, begun, ended, others) == (0, AT, BEGUN, ENDED, [{}, {}])
    assert found == {"health": kept, "other": Call(1.5, True, "")}
    assert type(found["health"]) is type(found["other"]) is Call


def test_sample_has_a_hundred_calls_at_most() -> None:
    made = {str(number): {"ms": 1.0, "ok": True} for number in range(100)}

    assert len(lineform.sample_of(calls(**made))[4]) == 100


def test_figures_of_a_machine_are_kept_as_they_were_told() -> None:
    told = {
        **dict.fromkeys(HOST, 0),
        "cpu_percent": None,
        "disk_free_bytes": 9.9e17,
        "unknown": dict.fromkeys("abcdefghij", "x" * 1000),
    }

    assert lineform.sample_of({**host(**told), "database": {"connections": [3]}})[4:] == (
        {},
        told,
        {"connections": [3]},
    )
    assert lineform.sample_of({**SAMPLE, "knowledge": None, "host": None, "database": None})[4:] == ({}, {}, {})


@pytest.mark.parametrize("smoke_every", [None, 600])
def test_window_is_kept_as_it_was_told(smoke_every: int | None) -> None:
    more = {} if smoke_every is None else {"smoke_every_seconds": smoke_every}
    told = {**WINDOW, "target": "x" * 200, "closes": WINDOW["opened"], **more}

    found = lineform.window_of(told)

    assert found == ("x" * 200, AT, AT, 300.0, smoke_every)
    assert type(found[3]) is float


def test_smoke_run_is_kept_as_it_was_told() -> None:
    found = lineform.smoke_of(SMOKE)

    assert found == (3, AT, BEGUN, ENDED, "FAIL", 2.0, "", 11, ("a", "b"))
    assert type(found[5]) is float
    long = {**SMOKE, "seconds": 0, "report": "x" * 1000, "failed": ["x" * 1000] * 100}
    assert lineform.smoke_of(long)[5:] == (0.0, "x" * 1000, 11, ("x" * 1000,) * 100)


@pytest.mark.parametrize("verdict", ["PASS", "DEGRADE", "FAIL", "INCOMPLETE"])
def test_smoke_run_without_failures_has_none(verdict: str) -> None:
    told = {key: value for key, value in SMOKE.items() if key != "failed"}

    assert lineform.smoke_of({**told, "verdict": verdict})[4:] == (verdict, 2.0, "", 11, ())


def test_gap_and_mark_are_kept_as_they_were_told() -> None:
    assert lineform.gap_of(GAP) == (2, 2, "asleep")
    assert lineform.gap_of({**GAP, "first": 0, "reason": "x" * 1000}) == (0, 2, "x" * 1000)
    for event in ("resumed", "aborted", "clock", "closed"):
        assert lineform.mark_of({**MARK, "event": event}) == (AT, event, "over")


# What is not


REFUSED: list[tuple[Callable[[Mapping[str, Any]], object], dict[str, Any], str]] = [
    (lineform.sample_of, {**SAMPLE, "ends": 1}, "ends: unknown key; did you mean ended?"),
    (
        lineform.sample_of,
        {**SAMPLE, "x" * 70: 1, "y": 2},
        f"{'x' * 60}: unknown key; expected one of kind, n, scheduled, begun, ended, knowledge, host, database",
    ),
    (lineform.sample_of, {**SAMPLE, "n": -1}, "n: found -1; expected a whole number, 0 or more"),
    (lineform.sample_of, {**SAMPLE, "n": 10**18}, f"n: found {10**18}; expected a whole number, 0 or more"),
    (lineform.sample_of, {**SAMPLE, "n": 10**999}, "n: found a number; expected a whole number, 0 or more"),
    (lineform.sample_of, {**SAMPLE, "n": True}, "n: found True; expected a whole number, 0 or more"),
    (lineform.sample_of, {"kind": "sample"}, "n: missing; expected a whole number, 0 or more"),
    (lineform.sample_of, {**SAMPLE, "scheduled": 3}, f"scheduled: found 3; {MOMENT}"),
    (lineform.sample_of, {**SAMPLE, "begun": None}, f"begun: found nothing; {MOMENT}"),
    (lineform.sample_of, {**SAMPLE, "ended": "é"}, rf"ended: found '\xe9'; {MOMENT}"),
    (lineform.sample_of, {**SAMPLE, "ended": "2026-01-06T10:00"}, f"ended: found '2026-01-06T10:00'; {MOMENT}"),
    (
        lineform.sample_of,
        {**SAMPLE, "ended": "0001-01-06T10:00Z"},
        f"ended: found '0001-01-06T10:00Z'; {MOMENT}",
    ),
    (
        lineform.sample_of,
        {**SAMPLE, "ended": "9999-01-06T10:00Z"},
        f"ended: found '9999-01-06T10:00Z'; {MOMENT}",
    ),
    (lineform.sample_of, {**SAMPLE, "knowledge": []}, "knowledge: found a list; expected at most 100 calls by name"),
    (
        lineform.sample_of,
        calls(**{str(number): {"ms": 1.0, "ok": True} for number in range(101)}),
        "knowledge: found keys and values; expected at most 100 calls by name",
    ),
    (lineform.sample_of, {**SAMPLE, "database": []}, "database: found a list; expected keys and values"),
    (lineform.sample_of, {**SAMPLE, "host": "fine"}, "host: found a text; expected figures by name"),
    (
        lineform.sample_of,
        host(cpu_percent=0, memory_percent=-1),
        "host.memory_percent: found -1; expected a number, 0 or more, or null",
    ),
    (
        lineform.sample_of,
        host(cpu_percent=1e18),
        "host.cpu_percent: found 1e+18; expected a number, 0 or more, or null",
    ),
    (
        lineform.sample_of,
        host(cpu_percent="12"),
        "host.cpu_percent: found '12'; expected a number, 0 or more, or null",
    ),
    (lineform.sample_of, host(cpu_percnt=1), "host.cpu_percnt: unknown key; did you mean cpu_percent?"),
    (
        lineform.sample_of,
        host(**{"z" * 61: 1}),
        f"host.{'z' * 60}: unknown key; expected one of {', '.join(HOST)}, unknown",
    ),
    *(
        (
            lineform.sample_of,
            host(unknown=told),
            "host.unknown: expected for each figure that is null the reason as a text",
        )
        for told in NO_REASONS
    ),
    (
        lineform.sample_of,
        calls(**{"x" * 61: 3}),
        f"knowledge.{'x' * 60}: expected ms, ok and perhaps error, and nothing else",
    ),
    (
        lineform.sample_of,
        calls(a={"ms": 1.0, "ok": True, "status": 200}),
        "knowledge.a: expected ms, ok and perhaps error, and nothing else",
    ),
    *(
        (
            lineform.sample_of,
            calls(**{"x" * 61: {"ms": ms, "ok": True}}),
            f"knowledge.{'x' * 60}.ms: found {ms!r}; expected milliseconds, 0 or more",
        )
        for ms in (-0.1, -1, 1e18, "1", True)
    ),
    (lineform.sample_of, calls(a={"ok": True}), "knowledge.a.ms: missing; expected milliseconds, 0 or more"),
    (
        lineform.sample_of,
        calls(**{"x" * 61: {"ms": 1.0, "ok": 1}}),
        f"knowledge.{'x' * 60}.ok: found 1; expected true or false",
    ),
    (lineform.sample_of, calls(a={"ms": 1.0}), "knowledge.a.ok: missing; expected true or false"),
    (
        lineform.sample_of,
        calls(**{"x" * 61: {"ms": 1.0, "ok": False}}),
        f"knowledge.{'x' * 60}.error: missing; expected what came instead",
    ),
    (
        lineform.sample_of,
        calls(a={"ms": 1.0, "ok": False, "error": "x" * 1001}),
        f"knowledge.a.error: found '{'x' * 59}; expected what came instead",
    ),
    (
        lineform.sample_of,
        calls(a={"ms": 1.0, "ok": True, "error": 5}),
        "knowledge.a.error: found 5; expected what came instead",
    ),
    (lineform.window_of, {**WINDOW, "schema": 2}, "schema: found 2; expected 1"),
    (lineform.window_of, {**WINDOW, "schema": True}, "schema: found True; expected 1"),
    (lineform.window_of, {**WINDOW, "schema": 1.0}, "schema: found 1.0; expected 1"),
    (lineform.window_of, {"kind": "window"}, "schema: missing; expected 1"),
    (lineform.window_of, {**WINDOW, "target": " "}, f"target: found ' '; {TEXT} 200 characters"),
    (lineform.window_of, {**WINDOW, "target": "x" * 201}, f"target: found '{'x' * 59}; {TEXT} 200 characters"),
    (lineform.window_of, {**WINDOW, "opened": ""}, f"opened: found ''; {MOMENT}"),
    (lineform.window_of, {**WINDOW, "every_seconds": 0}, "every_seconds: found 0; expected seconds, more than 0"),
    (lineform.window_of, {**WINDOW, "every_seconds": "1"}, "every_seconds: found '1'; expected seconds, more than 0"),
    (
        lineform.window_of,
        {**WINDOW, "smoke_every_seconds": 1e18},
        "smoke_every_seconds: found 1e+18; expected seconds, more than 0",
    ),
    (
        lineform.window_of,
        {**WINDOW, "smoke_every_seconds": None},
        "smoke_every_seconds: found nothing; expected seconds, more than 0",
    ),
    (
        lineform.window_of,
        {**WINDOW, "closes": "2026-01-06T09:59:59+00:00"},
        "closes: 2026-01-06T09:59:59+00:00 lies before 2026-01-06T10:00:00+00:00; expected a time after it",
    ),
    (lineform.window_of, {**WINDOW, "evry_seconds": 1}, "evry_seconds: unknown key; did you mean every_seconds?"),
    (
        lineform.smoke_of,
        {**SMOKE, "verdict": "OK"},
        "verdict: found 'OK'; expected one of PASS, DEGRADE, FAIL, INCOMPLETE",
    ),
    *(
        (lineform.smoke_of, {**SMOKE, "seconds": told}, f"seconds: found {told!r}; expected a number, 0 or more")
        for told in (-1, 1e18, "2")
    ),
    (lineform.smoke_of, {**SMOKE, "report": 1}, "report: found 1; expected a text"),
    (lineform.smoke_of, {**SMOKE, "report": "x" * 1001}, f"report: found '{'x' * 59}; expected a text"),
    *(
        (lineform.smoke_of, {**SMOKE, "failed": told}, "failed: found a list; expected a list of texts")
        for told in (["x"] * 101, ["x", 1], ["x" * 1001])
    ),
    (lineform.smoke_of, {**SMOKE, "failed": {}}, "failed: found keys and values; expected a list of texts"),
    (lineform.smoke_of, {**SMOKE, "scheduled": "x"}, f"scheduled: found 'x'; {MOMENT}"),
    (lineform.smoke_of, {**SMOKE, "begun": "x"}, f"begun: found 'x'; {MOMENT}"),
    (lineform.smoke_of, {**SMOKE, "ended": "x"}, f"ended: found 'x'; {MOMENT}"),
    (lineform.smoke_of, {**SMOKE, "n": "x"}, "n: found 'x'; expected a whole number, 0 or more"),
    (lineform.smoke_of, {**SMOKE, "steps": -1}, "steps: found -1; expected a whole number, 0 or more"),
    (lineform.smoke_of, {**SMOKE, "verdit": 1}, "verdit: unknown key; did you mean verdict?"),
    (lineform.gap_of, {**GAP, "last": 1}, "last: 1 comes before first, 2"),
    (lineform.gap_of, {**GAP, "first": 0.5}, "first: found 0.5; expected a whole number, 0 or more"),
    (lineform.gap_of, {**GAP, "reason": "x" * 1001}, f"reason: found '{'x' * 59}; {TEXT} 1000 characters"),
    (lineform.gap_of, {**GAP, "frist": 1}, "frist: unknown key; did you mean first?"),
    (
        lineform.mark_of,
        {**MARK, "event": "paused"},
        "event: found 'paused'; expected one of resumed, aborted, clock, closed, reopened, broke",
    ),
    (lineform.mark_of, {**MARK, "at": 1.5}, f"at: found 1.5; {MOMENT}"),
    (lineform.mark_of, {**MARK, "message": ""}, f"message: found ''; {TEXT} 1000 characters"),
    (lineform.mark_of, {**MARK, "message": "x" * 1001}, f"message: found '{'x' * 59}; {TEXT} 1000 characters"),
    (lineform.mark_of, {**MARK, "mesage": "x"}, "mesage: unknown key; did you mean message?"),
]


@pytest.mark.parametrize(
    ("reader", "line", "words"), REFUSED, ids=[f"{number} {words[:30]}" for number, (*_, words) in enumerate(REFUSED)]
)
def test_line_that_is_not_in_form_is_refused_in_words(
    reader: Callable[[Mapping[str, Any]], object], line: dict[str, Any], words: str
) -> None:
    with pytest.raises(LineError) as caught:
        reader(line)

    assert str(caught.value) == words


@pytest.mark.parametrize(
    ("every", "smoke_every"), [(1.0, None), (1.0, 600.0), (300.0, 1.0)], ids=["samples", "samples and", "smoke runs"]
)
def test_window_has_less_than_two_million_ticks(every: float, smoke_every: float | None) -> None:
    def window(seconds: int) -> dict[str, Any]:
        more = {} if smoke_every is None else {"smoke_every_seconds": smoke_every}
        return {**WINDOW, "closes": (AT + timedelta(seconds=seconds)).isoformat(), "every_seconds": every, **more}

    assert lineform.window_of(window(1_999_999))[3:] == (every, smoke_every)
    with pytest.raises(LineError) as caught:
        lineform.window_of(window(2_000_000))
    assert str(caught.value) == (
        "every_seconds: more than 2000000 samples or smoke runs are due; expected longer intervals"
    )
