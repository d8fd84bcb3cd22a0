"""Known issues (plan, tree 1): failures that the tech lead goes on with for a while, with a workaround. Pure functions.

A known issue waives an item that failed by its findings alone, if each of these findings is quoted by a known issue
that holds: of this package, not expired, approved by the tech lead and not by its author, not milder than the item.
What is critical is never waived, and neither is what did not run, broke, ran out of time or had nothing to test.

The plan speaks of known issues before the deployment (tree 1). During the deployment (tree 2) there are none: it is
fixed or rolled back. Afterwards (tree 3) only a usability issue stays open, with a workaround for its users: an item
that is minor.
"""

from __future__ import annotations

import dataclasses
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from gate.checklist import Checklist, Gate, Item
from gate.hooks import KnownIssue
from gate.verdict import Finding, GateResult, ItemResult, KnownResult, Outcome, verdict_of

KNOWN_ISSUE = "known issue: "  # begins every finding about one
GRAVITY = ("minor", "major", "critical")
BEFORE, AFTER = ("predeploy", "smoke"), ("postdeploy",)
CLOCKS = timedelta(minutes=5)  # by which two machines may differ
QUOTED = 90  # characters of a finding or text that a message repeats
# What a quotation begins and ends between: no word and no figure is cut in two.
BEGINS = r"(?<!\d[.,])(?:(?<!\w)|(?!\w))(?!(?<=\d)[.,]\d)"
ENDS = r"(?:(?!\w)|(?<!\w))(?![.,]?\d)"
SHORTEST = 12  # characters of a quotation, white space counted once; fewer occur in any finding


@dataclass(frozen=True)
class Circumstances:
    """What a known issue is held against: the time, the digests of what was verified, who the tech leads are."""

    now: datetime
    digests: Mapping[str, str]
    tech_leads: Sequence[str]


def unknown_items(issues: Iterable[KnownIssue], checklist: Checklist) -> Iterator[str]:
    """One line for each issue of an item that the checklist does not have."""
    for issue in issues:
        if issue["item"] not in checklist.items:
            place = _place(issue)
            yield f"{place}: the checklist has no item {issue['item']!r}; ids look like 1.2.4, in quotes"


def _place(issue: KnownIssue) -> str:
    return issue["file"] if issue["line"] is None else f"{issue['file']}:{issue['line']}"


def apply(result: GateResult, issues: Sequence[KnownIssue], circumstances: Circumstances) -> GateResult:
    """A gate's result with the known issues of its items taken into account."""
    items, known = [], []
    for item in result.items:
        own = [issue for issue in issues if issue["item"] == item.item.id]
        changed, judged = _item(item, own, result.gate, circumstances)
        items.append(changed)
        known += judged
    return dataclasses.replace(result, items=tuple(items), verdict=verdict_of(items, result.notes), known=tuple(known))


def _item(
    result: ItemResult, issues: Sequence[KnownIssue], gate: Gate, circumstances: Circumstances
) -> tuple[ItemResult, list[KnownResult]]:
    if not issues:
        return result, []
    critical = {number: _critical(issue, result.item) for number, issue in enumerate(issues)}
    against = {
        number: critical[number] or " and ".join(_against(issue, result.item, gate, circumstances))
        for number, issue in enumerate(issues)
    }
    if any(critical.values()) and gate.phase in BEFORE:
        # Whoever writes a critical issue down has found something that blocks the deployment, whatever the tests say.
        return _blocked(result, issues, against)
    match result.outcome:
        case Outcome.FAILED:
            return _failed(result, issues, against)
        case Outcome.MISSING:
            against = {number: reason or "what did not run is not waived" for number, reason in against.items()}
            return _with(result, issues, against, blocks=True)
    return _not_failed(result, issues, against)


def _critical(issue: KnownIssue, item: Item) -> str:
    if item.severity == "critical":
        return f"item {item.id} is critical, which no known issue waives (plan, tree 1): fix it"
    if issue["severity"] == "critical":
        return "the issue is critical, and a critical one is not waived (plan, tree 1): fix it"
    return ""


def _against(issue: KnownIssue, item: Item, gate: Gate, circumstances: Circumstances) -> Iterator[str]:
    """Why an issue does not hold."""
    if gate.phase in AFTER and item.severity != "minor":
        yield f"after the deployment only minor items are waived (plan, tree 3), and {item.id} is {item.severity}"
    elif gate.phase not in (*BEFORE, *AFTER):
        yield "nothing is waived during the deployment (plan, tree 2): fix it or roll back"
    if GRAVITY.index(issue["severity"]) < GRAVITY.index(item.severity):
        yield f"it says {issue['severity']}, but item {item.id} is {item.severity}"
    approved, expires = (datetime.fromisoformat(issue[key]) for key in ("date", "expires"))
    if expires <= circumstances.now:
        yield f"it expired at {issue['expires']}"
    if approved > circumstances.now + CLOCKS:
        yield f"it is approved at {issue['date']}, which is still to come"
    yield from _about_people(issue, circumstances)
    yield from _about_digests(issue, circumstances)


def _about_people(issue: KnownIssue, circumstances: Circumstances) -> Iterator[str]:
    approver = _name(issue["approver"])
    if approver == _name(issue["author"]):
        yield f"{issue['approver']} approved an issue of their own; expected another pair of eyes"
    if not circumstances.tech_leads:
        yield "the target's contacts name no Tech Lead who could approve it"
    elif approver not in map(_name, circumstances.tech_leads):
        lead = " or ".join(circumstances.tech_leads)
        yield f"{issue['approver']} approved it; expected the tech lead, {lead}"


def _name(text: str) -> str:
    """A person's name as it is the same however it is typed: without accents, in whichever order of its words."""
    letters = unicodedata.normalize("NFKD", text.casefold())
    visible = "".join(each for each in letters if unicodedata.category(each) not in ("Mn", "Cf"))
    return " ".join(sorted(re.findall(r"\w+", visible)))


def _about_digests(issue: KnownIssue, circumstances: Circumstances) -> Iterator[str]:
    digests = {"package": issue["package"], "workflow": issue["workflow"]}
    named = {subject: digest for subject, digest in digests.items() if digest}
    known = [subject for subject in named if subject in circumstances.digests]
    if not known:
        yield f"it is approved for a {' and a '.join(named)}, of which this run knows no digest"
    for subject in known:
        if named[subject].lower() != circumstances.digests[subject]:
            other, this = named[subject], circumstances.digests[subject]
            yield f"it is approved for the {subject} {other:.12}…; this one is {this:.12}…"


def _blocked(
    result: ItemResult, issues: Sequence[KnownIssue], against: Mapping[int, str]
) -> tuple[ItemResult, list[KnownResult]]:
    outcome = Outcome.MISSING if result.outcome is Outcome.MISSING else Outcome.FAILED
    stale = {number: reason or "another known issue of this item is critical" for number, reason in against.items()}
    changed, known = _with(result, issues, stale, blocks=True)
    return dataclasses.replace(changed, outcome=outcome, by_findings=False), known


def _failed(
    result: ItemResult, issues: Sequence[KnownIssue], against: Mapping[int, str]
) -> tuple[ItemResult, list[KnownResult]]:
    blocking = [finding for finding in result.findings if finding.blocks]
    if not result.by_findings:
        reason = "waives only findings, and this item failed otherwise: a test broke, took too long or had no subject"
        return _with(result, issues, {number: known or reason for number, known in against.items()}, blocks=True)
    covered: set[Finding] = set()
    told = dict(against)
    notes: list[Finding] = []
    for number, issue in enumerate(issues):
        if against[number]:
            continue
        before = len(notes)
        for text in issue["covers"]:
            if len(" ".join(text.split())) < SHORTEST:
                told[number] = f"{text!r} is no quotation; expected at least {SHORTEST} characters of one finding"
                continue
            hits = [finding for finding in blocking if _quotes(text, finding)]
            if len(hits) == 1:
                covered.add(hits[0])
            elif hits:
                told[number] = f"{text:.{QUOTED}} fits {len(hits)} findings; quote more of the one that is meant"
            elif not any(_quotes(text, finding) for finding in result.findings):
                notes.append(_note(issue, f"{text:.{QUOTED}} is not found any more: take it out"))
        if not issue["covers"]:
            told[number] = "it quotes no finding (covers), so it waives none"
        elif len(notes) - before == len(issue["covers"]):
            del notes[before:]
            told[number] = f"covers what is not found any more, such as {issue['covers'][0]:.{QUOTED}}: take it out"
    open_ones = [finding for finding in blocking if finding not in covered]
    if open_ones:
        more = f" (and {len(open_ones) - 1} more)" if len(open_ones) > 1 else ""
        reason = f"does not cover every finding: {open_ones[0]!s:.{QUOTED}}{more}"
        told = {number: known or reason for number, known in told.items()}
        return _with(result, issues, told, blocks=True, notes=notes)
    changed, known = _with(result, issues, told, blocks=False, notes=notes)
    return dataclasses.replace(changed, outcome=Outcome.WAIVED), known


def _not_failed(
    result: ItemResult, issues: Sequence[KnownIssue], against: Mapping[int, str]
) -> tuple[ItemResult, list[KnownResult]]:
    """Nothing to waive: a known issue that is still there at all is a finding, which degrades."""
    told = dict(against)
    notes = []
    for number, issue in enumerate(issues):
        found = [text for text in issue["covers"] if any(_quotes(text, finding) for finding in result.findings)]
        if told[number]:
            continue
        if issue["covers"] and not found:
            told[number] = "covers what passes now: it is out of date, take it out"
        elif not found:
            notes.append(
                _note(issue, f"{issue['description']:.{QUOTED}} (workaround: {issue['workaround']:.{QUOTED}})")
            )
    return _with(result, issues, told, blocks=False, notes=notes)


def _quotes(text: str, finding: Finding) -> bool:
    """Whether a text is part of a finding, the file before it included and the line, which moves, left out.

    It has to begin and end as words and figures do: "2 users were not told" is no part of "12 users were not told".
    """
    whole = f"{finding.file}: {finding.message}" if finding.file else finding.message
    wanted = re.escape(" ".join(text.split()))
    return re.search(rf"{BEGINS}{wanted}{ENDS}", " ".join(whole.split())) is not None


def _note(issue: KnownIssue, message: str, blocks: bool = False) -> Finding:
    return Finding(f"{KNOWN_ISSUE}{message}", blocks, issue["file"], issue["line"])


def _with(
    result: ItemResult,
    issues: Sequence[KnownIssue],
    against: Mapping[int, str],
    blocks: bool,
    notes: Sequence[Finding] = (),
) -> tuple[ItemResult, list[KnownResult]]:
    """The item with what speaks against its issues among its findings; one that only degrades makes it `degraded`."""
    said = [_note(issue, against[number], blocks) for number, issue in enumerate(issues) if against[number]]
    findings = tuple(dict.fromkeys([*result.findings, *said, *notes]))
    changed = dataclasses.replace(result, findings=findings)
    if result.outcome is Outcome.PASSED and len(findings) > len(result.findings):
        changed = dataclasses.replace(changed, outcome=Outcome.DEGRADED)
    waived = result.outcome is Outcome.FAILED and not blocks
    known = [
        KnownResult(issue, waived and not against[number], (against[number],) if against[number] else ())
        for number, issue in enumerate(issues)
    ]
    return changed, known
