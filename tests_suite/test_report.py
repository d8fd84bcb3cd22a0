"""The reports: verdict.json keeps everything, signoff.html shows it safely, summary.md stays short."""

from __future__ import annotations

import dataclasses
import html
import json
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import settings

from gate import plot, report, suite
from gate.state import Run
from gate.verdict import Finding, GateResult, Outcome, Verdict
from tests_suite import miniature, samples
from tests_suite.miniature import contract, schema
from tests_suite.samples import CHECKLIST, ITEM, measurement

PATIENTLY = settings(deadline=None)  # a busy machine is no fault
HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'; DROP TABLE items; --",
    "</td></tr></table><h1>PASS</h1>",
    "{{ 7 * 7 }}{% raw %}",
    "&lt;b&gt; &amp; &",
    "javascript:alert(1)",
    "ends in a backslash \\",
    "line one\nline two",
    "\u202egnitirw ylbissop",
    "\x1b[31mred\x1b[0m",
    "nul \x00 and bell \x07",
    "half a pair \ud83d",
    "a" * 5000,
    "",
]
VOID = {"meta", "br", "img", "hr", "link", "input"}
FACTS = {"subjects": {"workflow": {"location": "here", "sha256": "0" * 64}}, "suite": suite.facts(None)}


class Page(HTMLParser):
    """A page as a browser reads it: its tags, their nesting, and the text that it shows."""

    def __init__(self, source: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""
        self.faults: list[str] = []
        self._open: list[str] = []
        self.feed(source)
        self.close()
        self.faults += [f"<{tag}> is never closed" for tag in self._open]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open.pop() != tag:
            self.faults.append(f"</{tag}> at {self.getpos()} closes something else")

    def handle_data(self, data: str) -> None:
        if "head" not in self._open:
            self.text += data


def _written(folder: Path, run: Run, result: GateResult) -> tuple[dict[str, Any], Page, str]:
    status = 0 if result.verdict in (Verdict.PASS, Verdict.DEGRADE) else 1
    run.chain.setdefault(result.gate.marker, [])
    report.write(folder, run, result, status, FACTS)
    source = (folder / "signoff.html").read_text(encoding="utf-8")
    assert "<script" not in source.lower()
    summary = (folder / "summary.md").read_text(encoding="utf-8")
    return miniature.read_verdict(folder / "verdict.json"), Page(source), summary


def _of(verdict: Verdict) -> GateResult:
    return samples.gate_result("smoke", verdict, notes=("interrupted",) if verdict is Verdict.INCOMPLETE else ())


def _with(result: GateResult, **changes: Any) -> GateResult:
    """The same result, its second item changed."""
    items = list(result.items)
    items[1] = dataclasses.replace(items[1], **changes)
    return dataclasses.replace(result, items=tuple(items))


@pytest.mark.parametrize("verdict", list(Verdict))
@pytest.mark.parametrize("marker", CHECKLIST.gates)
def test_reports_of_every_gate_and_verdict_are_well_formed(tmp_path: Path, marker: str, verdict: Verdict) -> None:
    gate = CHECKLIST.gates[marker]

    content, page, summary = _written(tmp_path, samples.run(gate), samples.gate_result(marker, verdict))

    assert content["verdict"] == verdict
    assert not page.faults
    assert f"{verdict}" in page.text
    assert all(item.title in page.text and item.id in page.text for item in CHECKLIST.items_of(gate))
    assert summary.startswith(f"## {marker}: {verdict}\n")


@pytest.mark.parametrize("verdict", list(Verdict))
def test_signoff_loads_nothing_and_runs_nothing(tmp_path: Path, verdict: Verdict) -> None:
    samples_taken = (measurement(samples=(9.0, 12.5)), measurement())
    _, page, _ = _written(tmp_path, samples.run(), _with(_of(verdict), measurements=samples_taken))

    assert not {"script", "iframe", "object", "embed", "link", "img", "base", "form"} & set(page.tags)
    assert "svg" in page.tags
    assert not [
        name for name, _ in page.attributes if name.startswith("on") or name in ("src", "href", "srcset", "style")
    ]
    assert "url(" not in (tmp_path / "signoff.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text[:20]))
def test_hostile_text_is_shown_and_does_nothing(tmp_path: Path, text: str) -> None:
    found = Finding(text, blocks=True, file=text or None, line=3)
    measured = measurement(120.0, holds=False, name=text or "x", unit=text or "x", samples=(1.0, 2.0))
    override = {"item": "2.1.2", "limit": "response time", "value": 5, "reason": text or "x"}
    contact = {"role": "Tech Lead", "name": text}
    run = samples.run(name=text or "x", source=text or "x", overrides=[override], contacts=[contact])
    plain = _of(Verdict.FAIL)
    result = _with(plain, findings=(found,), measurements=(measured,), outcome=Outcome.FAILED)
    result = dataclasses.replace(result, notes=(text or "x",))

    report.write(tmp_path, run, result, 1, FACTS)

    content = json.loads((tmp_path / "verdict.json").read_text(encoding="utf-8"))
    shown = text.encode("utf-8", "backslashreplace").decode()
    assert content["items"][1]["findings"][0]["message"] == text
    assert content["notes"] == [text or "x"]
    source = (tmp_path / "signoff.html").read_text(encoding="utf-8")
    plain_page = _plain_page(tmp_path / "plain")
    page = Page(source)
    assert not page.faults
    # A text adds no element and no attribute of its own: only those of the list it stands in.
    assert set(page.tags) <= set(plain_page.tags)
    assert {name for name, _ in page.attributes} <= {name for name, _ in plain_page.attributes}
    assert shown.replace("\x00", "") in page.text.replace("\x00", "").replace("\ufffd", "")
    assert len((tmp_path / "summary.md").read_text(encoding="utf-8")) <= report.SUMMARY_CHARACTERS


def _plain_page(folder: Path) -> Page:
    """The same page with harmless texts."""
    folder.mkdir()
    override = {"item": "2.1.2", "limit": "response time", "value": 5, "reason": "harmless"}
    run = samples.run(overrides=[override], contacts=[{"role": "Tech Lead", "name": "Ada"}])
    measured = measurement(120.0, holds=False, samples=(1.0, 2.0))
    result = _with(_of(Verdict.FAIL), findings=(samples.BLOCKING,), measurements=(measured,), outcome=Outcome.FAILED)
    report.write(folder, run, dataclasses.replace(result, notes=("interrupted",)), 1, FACTS)
    return Page((folder / "signoff.html").read_text(encoding="utf-8"))


def test_verdict_keeps_every_text(tmp_path: Path) -> None:
    findings = tuple(
        Finding(f"finding {number}\nsecond line", number % 2 == 0, f"f{number}.md", number) for number in range(200)
    )
    measured = tuple(measurement(float(number), samples=(1.0, 2.0, 3.0)) for number in range(5))
    result = _with(_of(Verdict.FAIL), findings=findings, measurements=measured, outcome=Outcome.FAILED)

    content, page, _ = _written(tmp_path, samples.run(), result)

    kept = content["items"][1]
    assert [(each["message"], each["file"], each["line"]) for each in kept["findings"]] == [
        (found.message, found.file, found.line) for found in findings
    ]
    assert {each["severity"] for each in kept["findings"]} == {"critical", "minor"}
    assert [each["value"] for each in kept["measurements"]] == [0.0, 1.0, 2.0, 3.0, 4.0]
    assert kept["measurements"][0]["samples"] == [1.0, 2.0, 3.0]
    # The page shows the first ones and says where the others are.
    assert "f49.md:49: finding 49" in page.text
    assert "… and 150 more in verdict.json" in page.text


def test_verdict_names_everything_that_was_decided(tmp_path: Path) -> None:
    contacts = [{"role": "Tech Lead", "name": "Ada", "phone": "+49 1"}]

    content, page, summary = _written(tmp_path, samples.run(contacts=contacts), _of(Verdict.FAIL))

    assert content["decision"]["action"] == "stop"
    assert content["decision"]["call"] == [*contacts, {"role": "QA Lead"}]
    assert content["started"] == "2026-01-06T09:00:00.000Z"
    assert content["time_box_seconds"] == 900
    for text in (*content["decision"]["steps"], "Ada, +49 1", "no contact in the target", "within 15 minutes"):
        assert text in page.text
    assert "**stop**: any failed smoke test stops the deployment (plan 2.1). Decides: Tech Lead." in summary


COMPOSITION = {"agents/*.md": 12, "config.yaml": 1}
# The override, the plan's value in verdict.json, and what the page says of both, line by line.
OVERRIDES: list[tuple[dict[str, Any], object, list[str], list[str]]] = [
    ({"item": "2.1.2", "limit": "response time", "value": 250.5, "reason": "slow"}, 100.0, ["250.5 ms"], ["100 ms"]),
    ({"item": "2.1.2", "limit": "response time", "value": 9e6, "reason": "slow"}, 100.0, ["9000000 ms"], ["100 ms"]),
    ({"item": "2.1.2", "limit": "time limit", "value": 7, "reason": "hurry"}, 60, ["7 s"], ["60 s"]),
    ({"fact": "steps", "value": 9, "reason": "fewer steps"}, 11, ["9"], ["11"]),
    ({"fact": "version", "value": "2.1.0", "reason": "next version"}, "2.0.0", ["2.1.0"], ["2.0.0"]),
    ({"fact": "architectures", "value": ["hybrid"], "reason": "only one"}, ["rag-only", "fine-tuning", "hybrid"],
     ["hybrid"], ["rag-only", "fine-tuning", "hybrid"]),
    ({"fact": "composition", "value": COMPOSITION, "reason": "one agent more"}, dict(CHECKLIST.release.composition),
     ["agents/*.md: 12", "config.yaml: 1"], [f"{key}: {each}" for key, each in CHECKLIST.release.composition.items()]),
]  # fmt: skip


@pytest.mark.parametrize(("override", "plan_value", "value", "plan"), OVERRIDES)
def test_override_stands_beside_the_plan_s_figure(
    tmp_path: Path, override: dict[str, Any], plan_value: object, value: list[str], plan: list[str]
) -> None:
    content, _, _ = _written(tmp_path, samples.run(overrides=[override]), _of(Verdict.PASS))

    assert content["target"]["overrides"] == [{**override, "plan_value": plan_value}]
    source = (tmp_path / "signoff.html").read_text(encoding="utf-8").partition("Deviations from the plan")[2]
    figures = ["".join(f"<code>{html.escape(line)}</code>" for line in lines) for lines in (value, plan)]
    assert f'<td data-name="value">{figures[0]}</td><td data-name="plan">{figures[1]}</td>' in source
    assert f'<td class="reason" data-name="reason">{override["reason"]}</td>' in source


@pytest.mark.parametrize(
    ("production", "commit", "said"),
    [
        (True, "e" * 40, ""),
        (True, f"{'e' * 40}-dirty", "judged by a changed suite: it is not what commit eeeeeeeeeeee holds"),
        (True, None, "judged by a suite without a commit: nobody can tell what it holds"),
        (False, f"{'e' * 40}-dirty", ""),
        (False, None, ""),
    ],
)
def test_changed_suite_is_seen_first_where_production_is_judged(
    tmp_path: Path, production: bool, commit: str | None, said: str
) -> None:
    """A team may add checks of its own: it is no reason against a verdict, but a reader has to know."""
    run, result = samples.run(production=production), _of(Verdict.PASS)
    run.chain["smoke"] = []
    facts = {**FACTS, "suite": {**suite.facts(None), "commit": commit}}
    line = f"{said}; for a production release, run it from a clean checkout" if said else ""

    assert report.write(tmp_path, run, result, 0, facts) == ([line] if said else [])
    page = (tmp_path / "signoff.html").read_text(encoding="utf-8")
    assert page.count('<p class="note">') == (1 if said else 0)
    assert f"{line[:1].upper()}{line[1:]}" in page
    assert (", production (" if production else ", not production (") in page
    assert (tmp_path / "summary.md").read_text(encoding="utf-8").startswith(f"_{line}_\n" if said else "## smoke")


def test_target_without_overrides_says_so(tmp_path: Path) -> None:
    _, page, _ = _written(tmp_path, samples.run(), _of(Verdict.PASS))

    assert "None: every figure is the plan's." in page.text


@pytest.mark.parametrize(
    ("name", "embedded", "said"),
    [
        ("reference", ["workflow", "knowledge"], "reference release: this run proves nothing about production"),
        ("mixed", ["claude"], "claude of the reference release: this run proves nothing about production"),
        ("own", [], ""),
    ],
)
def test_reference_release_is_named_before_anything_else(
    tmp_path: Path, name: str, embedded: list[str], said: str
) -> None:
    _, page, summary = _written(tmp_path, samples.run(name=name, embedded=embedded), _of(Verdict.PASS))

    assert page.text.strip().startswith(f"{said.capitalize()}." if said else "Smoke test: ")
    assert summary.startswith(f"_{said}_\n" if said else "## smoke: PASS\n")


def test_value_that_is_no_number_is_null(tmp_path: Path) -> None:
    measured = measurement(float("nan"), holds=False, samples=(1.0, float("inf"), float("nan")))
    result = _with(_of(Verdict.FAIL), measurements=(measured,), findings=(samples.BLOCKING,), outcome=Outcome.FAILED)

    content, page, _ = _written(tmp_path, samples.run(), result)

    assert content["items"][1]["measurements"][0]["value"] is None
    assert content["items"][1]["measurements"][0]["samples"] == [1.0, None, None]
    assert not page.faults


# The contract refuses what no gate may say.
LIES: dict[str, dict[str, Any]] = {
    "a pass with a failed item": {"verdict": "PASS"},
    "a degrade with a failed item": {"verdict": "DEGRADE"},
    "an incomplete gate that has failed": {"verdict": "INCOMPLETE"},
    "a failure with exit status 0": {"exit_status": 0},
    "an unknown verdict": {"verdict": "OK"},
    "an unknown key": {"comment": "x"},
    "no items": {"items": []},
    "local time": {"started": "2026-01-06T10:00:00+01:00"},
    "another schema": {"schema": 2},
    "no decision": {"decision": None},
}


@pytest.mark.parametrize("lie", LIES.values(), ids=LIES)
def test_contract_refuses_what_no_gate_may_say(tmp_path: Path, lie: dict[str, Any]) -> None:
    content, _, _ = _written(tmp_path, samples.run(), _of(Verdict.FAIL))

    with pytest.raises(jsonschema.ValidationError):
        contract().validate(content | lie)


@pytest.mark.parametrize("key", schema()["required"])
def test_contract_asks_for_every_key(tmp_path: Path, key: str) -> None:
    content, _, _ = _written(tmp_path, samples.run(), _of(Verdict.FAIL))
    del content[key]

    assert not contract().is_valid(content)


@pytest.mark.parametrize(
    "values",
    [
        (1.0, 2.0),
        (0.0, 0.0),
        (-1.0, 5.0),
        (1e-9, 1e12),
        (float("nan"), 1.0),
        (float("inf"), 3.0),
        tuple(map(float, range(300))),
    ],
)
def test_plot_draws_every_sample_that_is_a_number(values: tuple[float, ...]) -> None:
    drawn = str(plot.samples(measurement(values[0], samples=values)))

    page = Page(drawn)
    assert not page.faults
    assert page.tags.count("rect") == sum(abs(value) < float("inf") for value in values)
    numbers = [
        float(value or "")
        for name, value in page.attributes
        if name in ("x", "y", "x1", "x2", "y1", "y2", "width", "height")
    ]
    assert all(0 <= number <= plot.WIDTH for number in numbers), numbers
    assert "limit 100 ms" in page.text


def test_item_without_tests_is_in_the_page(tmp_path: Path) -> None:
    _, page, _ = _written(tmp_path, samples.run(), _of(Verdict.INCOMPLETE))

    not_verified = page.text.partition("Not verified")[2]
    assert CHECKLIST.items["2.1.1"].title in not_verified
    assert ITEM.title not in not_verified
