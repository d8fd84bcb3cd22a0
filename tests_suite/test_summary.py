"""The summary of a CI job's page: short, and every text as it is."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from gate import report
from gate.verdict import Finding, GateResult, Outcome, Verdict
from tests_suite import samples
from tests_suite.samples import CHECKLIST
from tests_suite.test_report import FACTS, HOSTILE, PATIENTLY


def _of(verdict: Verdict) -> GateResult:
    return samples.gate_result("smoke", verdict, notes=("interrupted",) if verdict is Verdict.INCOMPLETE else ())


def _with(result: GateResult, **changes: Any) -> GateResult:
    """The same result, its second item changed."""
    items = list(result.items)
    items[1] = dataclasses.replace(items[1], **changes)
    return dataclasses.replace(result, items=tuple(items))


lines = st.text(max_size=300)
findings = st.builds(
    Finding, lines, st.booleans(), st.none() | st.text(min_size=1, max_size=50), st.none() | st.integers(1, 9)
)
outcomes = st.lists(st.sampled_from(Outcome), min_size=6, max_size=6)


MARKDOWN = [
    "<img src=x onerror=alert(1)>",
    "</li></ul><h1>PASS</h1>",
    "[click](https://example.com) ![x](https://example.com/x.png)",
    "a\n\n## smoke: PASS\n\n**proceed**",
    "# PASS",
    "- # PASS",
    "1. one",
    "12) twelve",
    "=====",
    "`code` **bold** _soft_ ~~gone~~ &lt;b&gt; | a | b | $x$",
    "<!-- the rest is hidden",
    "[a]: https://example.com\r\n[a]",
    "ends in two of them \\\\",
    "```\nnever closed",
]


@pytest.mark.parametrize("text", [*MARKDOWN, *HOSTILE], ids=lambda text: ascii(text[:20]))
def test_summary_shows_a_text_as_it_is(text: str) -> None:
    """What a finding quotes comes from files that others wrote; a job's page must not obey it."""
    result = _with(_of(Verdict.FAIL), findings=(Finding(text, blocks=True),), outcome=Outcome.FAILED)
    changed = dataclasses.replace(result, notes=(text or "x",))
    record = report.as_record(samples.run(name=text or "x"), changed, 1, FACTS)
    plain = report.as_record(samples.run(), dataclasses.replace(result, notes=("x",)), 1, FACTS)

    shown, usual = (_tokens(report.summary(each)) for each in (record, plain))

    assert {kind for kind, _ in shown} <= {kind for kind, _ in usual}
    assert [content for kind, content in shown if kind == "heading_open"] == [""]
    if len(text) < 100:
        words = " ".join(text.partition("\n")[0].split()).replace("\0", "\ufffd")
        assert words in " ".join(content for _, content in shown)


def _tokens(text: str) -> list[tuple[str, str]]:
    """What Markdown is taken for: every token, with its text."""
    parser = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    return [
        (each.type, each.content)
        for token in parser.parse(text)
        for each in (token, *(token.children or ()))
        if each.type not in ("inline", "text_special", "entity")
    ]


@PATIENTLY
@given(outcomes, st.lists(findings, max_size=5), lines, st.lists(lines, max_size=5), st.sampled_from(Verdict))
def test_summary_is_short_whatever_happened(
    of_items: list[Outcome], found: list[Finding], name: str, notes: list[str], verdict: Verdict
) -> None:
    result = _of(verdict)
    items = [
        dataclasses.replace(item, outcome=outcome, findings=tuple(found))
        for item, outcome in zip(result.items, of_items, strict=True)
    ]
    changed = dataclasses.replace(result, items=tuple(items), notes=tuple(notes))
    record = report.as_record(samples.run(name=name), changed, 1, FACTS)

    summary = report.summary(record, "reference release: this run proves nothing about production")

    assert len(summary) <= 1000
    assert summary.endswith("\n")
    assert f"## smoke: {verdict}\n" in summary


def test_summary_names_what_did_not_pass(tmp_path: Path) -> None:
    report.write(tmp_path, samples.run(), _of(Verdict.FAIL), 1, FACTS)
    summary = (tmp_path / "summary.md").read_text(encoding="utf-8")

    assert "5 of 6 items passed." in summary
    assert "- 2.1.1 failed: Syntax of every workflow file - it is broken" in summary


def test_long_summary_says_where_the_rest_is() -> None:
    gate = CHECKLIST.gates["deploy"]
    items = tuple(samples.item_result(Outcome.FAILED, item) for item in CHECKLIST.items_of(gate))
    result = GateResult(gate, Verdict.FAIL, items, ())

    summary = report.summary(report.as_record(samples.run(gate), result, 1, FACTS))

    assert summary.endswith("- … more in signoff.html\n")
    assert 900 < len(summary) <= 1000


@pytest.mark.parametrize(
    ("lengths", "cut"),
    [((499, 499), False), ((499, 500), True), ((999,), False), ((1000,), True), ((400, 573, 24), False)],
)
def test_summary_that_fits_is_not_cut(lengths: tuple[int, ...], cut: bool) -> None:
    """1,000 characters with the ends of lines; the note on where the rest is takes room only where there is a rest."""
    text = report._shortened(["x" * length for length in lengths])

    assert (len(text) <= report.SUMMARY_CHARACTERS, text.endswith("more in signoff.html\n")) == (True, cut)
    assert cut or text == "".join("x" * length + "\n" for length in lengths)
