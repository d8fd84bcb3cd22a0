"""What a test records: findings with their place, values against limits, files, in a form that travels."""

from __future__ import annotations

import dataclasses
import inspect
import math
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import pytest

from gate import measure
from gate.checklist import Item, Limit
from gate.measure import Attach, Findings, Measure, Record, Recorder, record_of
from gate.state import RUN
from gate.verdict import Finding, Measurement
from tests_suite import samples
from tests_suite.samples import BLOCKING, DEGRADING, ITEM, measurement


@dataclass(frozen=True)
class _Seen:
    """A finding as a subject's reader tells it."""

    message: str
    file: str | None = None
    line: int | None = None


def _limit(**more: Any) -> Limit:
    known = {"name": "response time", "comparison": "below", "value": 100.0, "unit": "ms", "when_crossed": "failed"}
    return Limit(**{**known, "source": "plan 2.1.2", "plan_value": 100.0, **more})


def _item(*limits: Limit) -> Item:
    return dataclasses.replace(ITEM, limits=limits)


def test_value_that_holds_is_recorded_and_handed_back() -> None:
    record = Record()
    limits = (_limit(name="other"), _limit(plan_value=90.0, when_crossed="degraded"))

    assert Measure(_item(*limits), record)("response time", 12.5, samples=[12.0, 13.0], of="a query") == 12.5

    assert record.findings == []
    assert record.measurements == [
        Measurement(
            name="response time of a query",
            value=12.5,
            unit="ms",
            limit=100.0,
            plan_limit=90.0,
            comparison="below",
            holds=True,
            when_crossed="degraded",
            samples=(12.0, 13.0),
            of="a query",
        )
    ]


def test_value_of_one_alone_has_the_limit_s_name() -> None:
    record = Record()

    Measure(_item(_limit()), record)("response time", 1.0)

    assert [(each.name, each.samples, each.of) for each in record.measurements] == [("response time", (), "")]


CROSSED: dict[str, tuple[dict[str, Any], float, str, str]] = {
    "the plan's limit": ({}, 100.0, "", "response time: 100 ms, the limit is < 100 ms (plan 2.1.2)"),
    "one of several": ({}, 123.456, "b", "response time of b: 123.5 ms, the limit is < 100 ms (plan 2.1.2)"),
    "the target's limit": (
        {"value": 50.0, "comparison": "at_most"},
        51.0,
        "",
        "response time: 51 ms, the limit is ≤ 50 ms (set by the target; plan 2.1.2: 100 ms)",
    ),
    "a count": (
        {"comparison": "equals", "unit": "files", "value": 55.0, "plan_value": 55.0},
        54.0,
        "",
        "response time: 54 files, expected 55 (plan 2.1.2)",
    ),
    "no number": ({}, math.nan, "", "response time: nan ms, the limit is < 100 ms (plan 2.1.2)"),
}


@pytest.mark.parametrize(("limit", "value", "of", "message"), CROSSED.values(), ids=CROSSED)
def test_crossed_limit_fails_the_test_or_degrades_the_item(
    limit: dict[str, Any], value: float, of: str, message: str
) -> None:
    failing, degrading = Record(), Record()

    with pytest.raises(pytest.fail.Exception) as caught:
        Measure(_item(_limit(**limit)), failing)("response time", value, of=of)
    Measure(_item(_limit(**limit, when_crossed="degraded")), degrading)("response time", value, of=of)

    assert (caught.value.msg, caught.value.pytrace) == (message, False)
    assert failing.findings == [Finding(message, blocks=True)]
    assert degrading.findings == [Finding(message, blocks=False)]
    assert [each.holds for each in (*failing.measurements, *degrading.measurements)] == [False, False]


def test_crossed_limit_says_what_was_found_before_it() -> None:
    """Terminal, HTML and JUnit show a failure's message: a figure alone names no file."""
    record = Record(findings=[DEGRADING, BLOCKING])

    with pytest.raises(pytest.fail.Exception) as caught:
        Measure(_item(_limit()), record)("response time", 100.0)

    crossed = "response time: 100 ms, the limit is < 100 ms (plan 2.1.2)"
    assert caught.value.msg == f"{crossed}\n{BLOCKING}\n{DEGRADING}"
    assert record.findings == [DEGRADING, BLOCKING, Finding(crossed, blocks=True)]


def test_findings_are_kept_with_their_place_and_handed_back() -> None:
    record = Record(findings=[DEGRADING])
    recorder = Recorder(record)

    blocking = recorder.blocking(_Seen(*each) for each in (("no", "a.md", 3), ("not so",)))
    degrading = recorder.degrading([_Seen("odd", "b.md")])

    assert blocking == [Finding("no", True, "a.md", 3), Finding("not so", True)]
    assert degrading == [Finding("odd", False, "b.md")]
    assert record.findings == [DEGRADING, *blocking, *degrading]
    assert str(blocking) == "a.md:3: no\nnot so"


@pytest.mark.parametrize(("number", "more"), [(0, []), (40, []), (41, [1]), (100, [60])])
def test_list_of_findings_shows_forty(number: int, more: list[int]) -> None:
    found = Findings(Finding(f"no {each}", blocks=True) for each in range(number))

    lines = [line for line in str(found).split("\n") if line]

    shown = [f"no {each}" for each in range(min(number, 40))]
    assert lines == shown + [f"… and {rest} more, all of them in verdict.json" for rest in more]


def test_findings_of_a_failure_block_and_are_kept_once() -> None:
    error = AssertionError("mistakes")
    vars(error)["findings"] = [_Seen("it is broken"), _Seen("it is odd", "a/b.md", 3)]
    record = Record(findings=[BLOCKING, DEGRADING])

    record.keep_from(error)
    record.keep_from(error)

    assert record.findings == [BLOCKING, DEGRADING, Finding("it is odd", True, "a/b.md", 3)]


def test_failure_without_findings_adds_none() -> None:
    record = Record()

    record.keep_from(ValueError("no"))

    assert record.findings == []


def test_record_travels_as_plain_values() -> None:
    record = Record([DEGRADING], [measurement(samples=(1.0, 2.0), of="a")], {"a.txt": "text"}, {"seen": "x"})

    plain = record.plain()

    assert plain == {
        "findings": [{"message": "it is odd", "blocks": False, "file": "a/b.md", "line": 3}],
        "measurements": [
            {
                "name": "response time",
                "value": 12.5,
                "unit": "ms",
                "limit": 100.0,
                "plan_limit": 100.0,
                "comparison": "below",
                "holds": True,
                "when_crossed": "failed",
                "samples": [1.0, 2.0],
                "of": "a",
            }
        ],
        "attachments": {"a.txt": "text"},
        "noted": {"seen": "x"},
    }
    assert plain["attachments"] is not record.attachments
    assert plain["noted"] is not record.noted


@pytest.mark.parametrize("name", ["a", "latency.json", "_x", "9-a.b_c", "a" * 80, "report.htm", "my-junit.xml"])
def test_attachment_has_a_plain_file_name(name: str) -> None:
    record = Record()

    Attach(record)(name, "text")

    assert record.attachments == {name: "text"}


@pytest.mark.parametrize(
    "name",
    [
        *("", ".", ".hidden", "-x", "a/b", "../a", "a b", "a\n", "é", "a" * 81),
        *("report.html", "junit.xml", "verdict.json", "signoff.html", "summary.md", "statement.json"),
        *("Statement.txt", "VERDICT.JSON", "report.html.bak"),
    ],
)
def test_attachment_leaves_other_places_and_the_judge_s_own_reports_alone(name: str) -> None:
    record = Record()

    with pytest.raises(ValueError, match="cannot be the name of an attachment") as caught:
        Attach(record)(name, "text")

    assert str(caught.value) == f"{name!r} cannot be the name of an attachment"
    assert record.attachments == {}


def _request(*claims: str) -> Any:
    """What a fixture is told of a running test that verifies 2.1.2, or no item."""
    config = SimpleNamespace(stash=pytest.Stash())
    config.stash[RUN] = samples.run(overrides=[{"item": ITEM.id, "limit": "response time", "value": 250.0}])
    marks = {"verifies": SimpleNamespace(args=claims)} if claims else {}
    node = SimpleNamespace(stash=pytest.Stash(), config=config, get_closest_marker=marks.get, nodeid="t.py::test_a")
    return SimpleNamespace(node=node, config=config)


def test_fixtures_record_in_the_one_record_of_the_running_test() -> None:
    request = _request(ITEM.id)

    inspect.unwrap(measure.measure)(request)("response time", 249.0)
    inspect.unwrap(measure.findings)(request).degrading([_Seen("odd")])
    inspect.unwrap(measure.attach)(request)("a.txt", "text")

    kept = record_of(request.node)
    assert [(each.value, each.limit, each.plan_limit) for each in kept.measurements] == [(249.0, 250.0, 100.0)]
    assert (kept.findings, kept.attachments) == ([Finding("odd", False)], {"a.txt": "text"})
    assert record_of(request.node) is kept
    assert record_of(_request().node) == Record()


@pytest.mark.parametrize("fixture", [measure.measure, measure.attach], ids=["measure", "attach"])
def test_test_of_no_item_can_neither_measure_nor_attach(fixture: Any) -> None:
    with pytest.raises(pytest.UsageError, match="test_a measures against no item"):
        inspect.unwrap(fixture)(_request())


def test_release_is_the_target_s() -> None:
    request = _request()

    assert inspect.unwrap(measure.release)(request) is request.config.stash[RUN].checklist.release
