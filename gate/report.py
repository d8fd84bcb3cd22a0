"""A gate's result as files: verdict.json for programs, signoff.html for signers, summary.md for a CI job page."""

from __future__ import annotations

import hashlib
import json
import math
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from gate import decision, pagetemplate, plot, suite
from gate.checklist import load
from gate.remarks import remarks
from gate.secrets import Redactor, redactor
from gate.state import Run
from gate.terminal import in_words, reservation
from gate.verdict import GateResult, ItemResult, KnownResult, Measurement, Outcome

SCHEMA_VERSION = 1
SUMMARY_CHARACTERS = 1000
# What means something in Markdown; within a word an underscore does not.
SIGNS = re.compile(r"[\\`*\[\]<>&~|$#]|(?<!\w)_|_(?!\w)|^[-+=]|(?<=\A\d)[.)]|(?<=\A\d\d)[.)]|(?<=\A\d\d\d)[.)]")
# What the judge itself says, and a digest, hold no secret; a secret that is called like one of them must not hide it.
OF_THE_JUDGE = {
    "action",
    "comparison",
    "ended",
    "id",
    "item",
    "leaf",
    "marker",
    "outcome",
    "section",
    "severity",
    "sha256",
    "started",
    "verdict",
}
TEMPLATE = "signoff.html.j2"
SIGNERS = ("Tech Lead", "Product Manager", "Infrastructure Lead", "QA Lead")  # plan, document control


def collect(run: Run) -> dict[str, Any]:
    """What every gate of a run shares: its subjects with their digests, and the suite that verified them."""
    return {"subjects": run.subjects, "suite": suite.facts(run.commit)}


def write(folder: Path, run: Run, result: GateResult, exit_status: int, facts: dict[str, Any]) -> list[str]:
    """Write a gate's own three files and its attachments into a folder; `facts` is what `collect` gave.

    Gives what has to be read with the verdict, line by line. Raises `OSError`.
    """
    hide = redactor(run.target["secrets"])
    record = _hidden(as_record(run, result, exit_status, facts), hide)
    attached = run.journal.attachments([each.item.id for each in result.items])
    record["attachments"] = [_attached(folder, name, item, hide(text)) for name, (item, text) in attached.items()]
    _write(folder / "verdict.json", json.dumps(record, indent=1, ensure_ascii=False) + "\n")
    _write(folder / "signoff.html", hide(signoff_page(record, run, result)))
    _write(folder / "summary.md", summary(record, reservation(run)))
    return remarks(record)


def _attached(folder: Path, name: str, item: str, text: str) -> dict[str, Any]:
    _write(folder / name, text)
    raw = text.encode("utf-8", "backslashreplace")
    return {"name": name, "item": item, "bytes": len(raw), "sha256": hashlib.sha256(raw).hexdigest()}


def _write(path: Path, text: str) -> None:
    # A file name that is no UTF-8 comes as lone surrogates; it is written as an escape rather than not at all.
    path.write_text(text, encoding="utf-8", errors="backslashreplace", newline="\n")


def _hidden(value: Any, hide: Redactor) -> Any:
    match value:
        case str():
            return hide(value)
        case dict():
            return {key: each if key in OF_THE_JUDGE else _hidden(each, hide) for key, each in value.items()}
        case list() | tuple():
            return [_hidden(each, hide) for each in value]
    return value


def as_record(run: Run, result: GateResult, exit_status: int, facts: dict[str, Any]) -> dict[str, Any]:
    """The content of verdict.json; `verdict.schema.json` beside this module is its contract."""
    target, release = run.target, run.checklist.release
    return {
        "schema": SCHEMA_VERSION,
        "marker": result.gate.marker,
        "title": result.gate.title,
        "verdict": str(result.verdict),
        "exit_status": exit_status,
        "started": _instant(run.started),
        "ended": _instant(datetime.now(UTC).timestamp()),
        "time_box_seconds": result.gate.time_box_minutes * 60,
        "decision": decision.plain(run.decision(result), target["contacts"]),
        "release": {"name": release.name, "version": release.version, "previous": release.previous},
        "target": {
            "name": target["name"],
            "production": target["production"],
            "embedded": target["embedded"],
            "source": target["source"],
            "sha256": run.configuration.get("target", {}).get("sha256"),
            "subjects": facts["subjects"],
            "overrides": [{**override, "plan_value": load().figure(override)} for override in target["overrides"]],
        },
        "notes": list(result.notes),
        "situation": _situation(run, result),
        "known_issues": [_known_issue(each) for each in result.known],
        "configuration": list(run.configuration.values()),
        "chain": None if (links := run.chain.get(result.gate.marker)) is None else [each.plain() for each in links],
        "items": [_item_record(item, run.journal.noted(item.item.id)) for item in result.items],
        "suite": facts["suite"],
    }


def _situation(run: Run, result: GateResult) -> dict[str, Any]:
    situation, since = run.situation(result), run.amiss_since.get(result.gate.marker)
    return {
        "fix_minutes": situation.fix_minutes,
        "degraded_minutes": round(situation.degraded_minutes, 1),
        "amiss_since": None if since is None else _instant(since),
    }


def _known_issue(known: KnownResult) -> dict[str, Any]:
    return {**known.issue, "waives": known.waives, "reasons": list(known.reasons)}


def _instant(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _item_record(result: ItemResult, noted: dict[str, str]) -> dict[str, Any]:
    item = result.item
    severities = {True: item.severity, False: "minor"}
    return {
        "id": item.id,
        "title": item.title,
        "section": item.section,
        "owner": item.owner,
        "severity": item.severity,
        "outcome": str(result.outcome),
        "seconds": round(result.seconds, 3),
        "time_limit_seconds": item.time_limit_seconds,
        "findings": [
            {"severity": severities[found.blocks], "message": found.message, "file": found.file, "line": found.line}
            for found in result.findings
        ],
        "noted": noted,
        "tests": list(result.tests),
        "measurements": [_measurement_record(measured) for measured in result.measurements],
    }


def _measurement_record(measured: Measurement) -> dict[str, Any]:
    return {
        "name": measured.name,
        "value": _number(measured.value),
        "unit": measured.unit,
        "comparison": measured.comparison,
        "limit": measured.limit,
        "plan_limit": measured.plan_limit,
        "holds": measured.holds,
        "samples": [_number(sample) for sample in measured.samples],
    }


def _number(value: float) -> float | None:
    """JSON knows neither NaN nor infinity."""
    return round(value, 3) if math.isfinite(value) else None


def signoff_page(record: dict[str, Any], run: Run, result: GateResult) -> str:
    """The page that is signed: static HTML without script, inline style and SVG only."""
    sections = [
        (run.checklist.sections[section], [each for each in record["items"] if each["section"] == section])
        for section in result.gate.sections
    ]
    plots = [
        plot.samples(measured)
        for item in result.items
        for measured in item.measurements
        if len(measured.samples) > 1 or (measured.samples and measured.of)  # one of several gets its plot in any case
    ]
    return pagetemplate.template(TEMPLATE).render(
        record=record,
        sections=sections,
        plots=plots,
        counts=[(str(outcome), result.count(outcome)) for outcome in Outcome if result.count(outcome)],
        measured={item.item.id: _in_words(item) for item in result.items},
        first=[each for each in (reservation(run), *remarks(record)) if each],
        signers=SIGNERS,
        seconds=result.seconds,
        leaf=decision.LEAVES.get(record["decision"]["leaf"], ""),
        deviations=[_deviation(each) for each in record["target"]["overrides"]],
    )


def _deviation(override: dict[str, Any]) -> dict[str, Any]:
    """An override as people read it: figures with their unit, one line for each key or word of a fact."""
    unit = "" if "fact" in override else load().unit(override["item"], override["limit"])
    return {
        "what": override.get("fact") or f"{override['item']} {override['limit']}",
        "value": _in_lines(override["value"], unit),
        "plan": _in_lines(override["plan_value"], unit),
        "reason": override["reason"],
    }


def _in_lines(value: Any, unit: str) -> list[str]:
    match value:
        case dict():
            return [f"{key}: {each}" for key, each in value.items()]
        case list() | tuple():
            return [str(each) for each in value]
        case int() | float():
            return [f"{value:.10g} {unit}".strip()]
    return [str(value)]


def _in_words(result: ItemResult) -> list[str]:
    """An item's measurements; where several limits hold them, each says which one."""
    names = {each.name.removesuffix(f" of {each.of}") for each in result.measurements if each.comparison != "equals"}
    return [
        in_words(each)
        if len(names) < 2 or each.comparison == "equals"
        else f"{each.name.removesuffix(f' of {each.of}')}: {in_words(each)}"
        for each in result.measurements
    ]


def summary(record: dict[str, Any], reservation: str = "") -> str:
    """At most 1,000 characters of Markdown for the page of a CI job: verdict, decision, what did not pass."""
    release, target = record["release"], record["target"]
    lines = [f"## {record['marker']}: {record['verdict']}", ""]
    for first in reversed([each for each in (reservation, *remarks(record)) if each]):
        lines = [f"_{first}_", "", *lines]
    lines.append(_plain(f"{release['name']} {release['version']} on target {target['name']}"))
    chosen = record["decision"]
    lines += ["", f"**{chosen['action'].replace('_', ' ')}**: {chosen['summary']}. Decides: {chosen['decides']}."]
    waivers = {each["item"]: each for each in record["known_issues"] if each["waives"]}
    lines += [f"- {_plain(note)}" for note in record["notes"]]
    open_items = [item for item in record["items"] if item["outcome"] != "passed"]
    passed = len(record["items"]) - len(open_items)
    lines += ["", f"{passed} of {len(record['items'])} items passed."]
    for item in open_items:
        first = item["findings"][0]["message"].partition("\n")[0] if item["findings"] else ""
        if known := waivers.get(item["id"]):
            first = f"known issue until {known['expires'][:10]}: {known['description']}"
        lines.append(f"- {item['id']} {item['outcome']}: {item['title']}" + (f" - {_plain(first)}" if first else ""))
    return _shortened(lines)


def _plain(text: str) -> str:
    """A text as it is, on one line, within Markdown: none of its signs makes a heading, a link, an image or HTML."""
    return SIGNS.sub(lambda found: f"\\{found[0]}", " ".join(text.split()))


def _shortened(lines: list[str]) -> str:
    """Whole lines as far as they fit; what was left out is said."""
    whole = "".join(f"{line}\n" for line in lines)
    if len(whole) <= SUMMARY_CHARACTERS:
        return whole
    rest = "- … more in signoff.html\n"
    text = ""
    for line in lines:
        if len(text) + len(line) + 1 + len(rest) > SUMMARY_CHARACTERS:
            break
        text += f"{line}\n"
    return text + rest
