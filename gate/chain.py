"""The gates before a gate: that they were run, in order, on this package and this target, and not too long ago.

What a gate follows, and within how many minutes, stands in checklist.yaml (`follows`). Each record names the gates
before it by the SHA-256 of their verdict.json, and theirs name those before them: a chain that no link can be
exchanged in. Only what lies in the folder of reports is read.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from gate import statement
from gate.checklist import Checklist, Gate
from gate.verdict import Outcome, verdict_from

# What has to be the same from gate to gate, as far as both name it.
SAME = ("package", "workflow")
SERVER = "knowledge"  # has no digest: by its address
# The decisions after which the plan goes on to the next phase, by the verdict that they can follow from.
GOES_ON = {
    "PASS": ("proceed",),
    "DEGRADE": ("proceed_with_caution", "continue_with_known_issues"),
    "FAIL": ("continue", "monitor"),
}
REPEAT = "run it again"
HOURS_FROM = 120  # minutes
NOTHING = "has left no verdict in this --report-dir; run it first"
MOST = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Look:
    """What is known of a run: its gate, its verdict, when it began and ended, and of what it was.

    `same` is what has to be the same from gate to gate, as far as it names it: digests, and the server's address.
    `sha256` is that of its verdict.json; `damage` says why that one cannot be relied on.
    """

    marker: str
    verdict: str = ""
    action: str = ""
    started: datetime | None = None
    ended: datetime | None = None
    target: str = ""
    target_sha256: str | None = None
    same: Mapping[str, str] = field(default_factory=dict)
    sha256: str | None = None
    damage: str = ""


@dataclass(frozen=True)
class Known:
    """What the links of a gate are found from: what lies in the folder of reports, and what this run has judged."""

    checklist: Checklist
    looks: Mapping[str, Look | None]
    run: Mapping[str, Look]


@dataclass(frozen=True)
class Link:
    """A gate before this one; `problem` says what speaks against it, None where nothing does."""

    marker: str
    verdict: str | None
    ended: datetime | None
    sha256: str | None
    problem: str | None

    def __str__(self) -> str:
        if self.problem:
            return f"{self.marker}: {self.problem}"
        when = f", ended {_moment(self.ended)}" if self.ended else " in this run"
        return f"{self.marker} {self.verdict}{when}"

    def plain(self) -> dict[str, Any]:
        """The link as verdict.json holds it."""
        ended = None if self.ended is None else _moment(self.ended)
        return {
            "marker": self.marker,
            "verdict": self.verdict,
            "ended": ended,
            "sha256": self.sha256,
            "problem": self.problem,
        }


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def read(base: Path, marker: str) -> Look | None:
    """What a gate has left in a folder of reports; None where it has left nothing."""
    try:
        raw = statement.read(base / marker)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except ValueError as error:
        return Look(marker, damage=f"its {error}")
    except OSError as error:
        return Look(marker, damage=f"its verdict.json cannot be read: {(error.strerror or str(error)).lower()}")
    try:
        data = json.loads(raw, object_pairs_hook=statement.without_twins)
        return _look(marker, data, hashlib.sha256(raw).hexdigest(), base / marker)
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError, OverflowError):
        return Look(marker, damage="its verdict.json is none")


def latest(places: Sequence[Path], marker: str) -> Look | None:
    """What a gate has left last in several folders of reports."""
    looks = [look for look in (read(place, marker) for place in places) if look is not None]
    return max(looks, key=lambda look: look.ended or MOST, default=None)


def _look(marker: str, data: Any, sha256: str, folder: Path) -> Look:
    if data["marker"] != marker:
        return Look(marker, damage=f"its verdict.json is one of the gate {data['marker']!r:.40}")
    subjects = data["target"]["subjects"]
    return Look(
        marker,
        str(data["verdict"]),
        str(data["decision"]["action"]),
        datetime.fromisoformat(data["started"]).astimezone(UTC),
        datetime.fromisoformat(data["ended"]).astimezone(UTC),
        str(data["target"]["name"]),
        data["target"].get("sha256"),
        what_is_the_same(subjects),
        sha256,
        _damage(folder, sha256) or _contradiction(data),
    )


def what_is_the_same(subjects: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """What stays the same from gate to gate, of the subjects that a report names: digests, and the server's address."""
    found = {name: str(subjects[name]["sha256"]) for name in SAME if "sha256" in subjects.get(name, {})}
    return found | ({SERVER: str(subjects[SERVER]["location"])} if SERVER in subjects else {})


def _contradiction(data: Any) -> str:
    """What speaks against a report that nobody has changed since its Statement was made."""
    again = verdict_from({Outcome(item["outcome"]) for item in data["items"]}, data["notes"])
    if data["verdict"] != again:
        return f"it says {data['verdict']!s:.20}, but {again} follows from its outcomes"
    return "" if data.get("chain") is not None else "it was run outside the chain"


def _damage(folder: Path, sha256: str) -> str:
    """Whether the Statement beside a verdict.json is about this very one."""
    try:
        raw = statement.read(folder, statement.NAME)
        listed = json.loads(raw)["predicate"][statement.EXTENSION]["files"]
        named = {each["name"]: each["digest"]["sha256"] for each in listed}
    except OSError:
        return "it has no statement that could be verified"
    except (ValueError, LookupError, TypeError, RecursionError):
        return "its statement is none"
    return "" if named.get(statement.VERDICT) == sha256 else "its report was changed after it was written"


def before(gate: Gate, checklist: Checklist) -> Iterator[str]:
    """The markers that may have left something that counts for a gate, however far before it."""
    for marker in gate.follows:
        yield marker
        yield from (part.marker for part in parts_of(checklist.gates[marker], checklist))
        yield from before(checklist.gates[marker], checklist)


def parts_of(gate: Gate, checklist: Checklist) -> list[Gate]:
    """The gates that together judge what a phase's gate does: those of its sections."""
    inside = [each for each in checklist.gates.values() if set(each.sections) < set(gate.sections)]
    covered = {section for each in inside for section in each.sections}
    return inside if covered == set(gate.sections) else []


def links(gate: Gate, this: Look, known: Known) -> list[Link]:
    """The gates before a gate, the next one first; `this` is the run that begins.

    A gate of this very run that has a verdict already counts instead of an older report of it.
    """
    found: dict[str, Link] = {}
    _follow(gate, this, known, found)
    return list(found.values())


def _follow(gate: Gate, later: Look, known: Known, found: dict[str, Link]) -> None:
    for marker, minutes in gate.follows.items():
        earlier = known.checklist.gates[marker]
        if marker in known.run:
            judged = known.run[marker]
            _add(found, Link(marker, judged.verdict, None, None, _refusal(judged)))
            _follow(earlier, later, known, found)
            continue
        parts = [part.marker for part in parts_of(earlier, known.checklist)]
        in_parts = known.looks.get(marker) is None and any(known.looks.get(part) for part in parts)
        begun: list[Look] = []
        told: dict[str, str] = {}  # what these verified
        for each in parts if in_parts else [marker]:
            look = _linked(each, replace(later, same={**told, **later.same}), minutes, known.looks, found)
            if look is not None and look.started is not None:
                begun.append(look)
                told = {**look.same, **told}
        if begun:
            first = min(begun, key=lambda look: look.started or MOST)
            # A gate that names no package has verified none; those before and after it still speak of the same one.
            _follow(earlier, replace(first, same={**later.same, **told}), known, found)


def _linked(
    marker: str, later: Look, minutes: float, looks: Mapping[str, Look | None], found: dict[str, Link]
) -> Look | None:
    look = looks.get(marker)
    if look is None:
        _add(found, Link(marker, None, None, None, NOTHING))
        return None
    problem = "; ".join(_problems(look, later, minutes)) or None
    _add(found, Link(marker, look.verdict or None, look.ended, look.sha256, problem))
    return look


def _add(found: dict[str, Link], link: Link) -> None:
    """Keep a link once; one that says what is wrong outweighs one that does not."""
    known = found.get(link.marker)
    if known is None or (link.problem and not known.problem):
        found[link.marker] = link


def goes_on(verdict: str, action: str) -> bool:
    """Whether the plan goes on to the next phase after a gate with that verdict and that decision."""
    return action in GOES_ON.get(verdict, ())


def _refusal(look: Look) -> str | None:
    if goes_on(look.verdict, look.action):
        return None
    return f"ended with {look.verdict} ({look.action.replace('_', ' ')}); settle that first"


def _problems(look: Look, later: Look, minutes: float) -> Iterator[str]:
    if look.damage:
        yield f"{look.damage}; {REPEAT}"
        if look.ended is None:
            return
    if refused := _refusal(look):
        yield refused
    yield from _of_something_else(look, later)
    if look.ended is None or later.started is None or look.started == later.started:
        return  # gates of one run begin together, and are judged in the plan's order
    gone = (later.started - look.ended).total_seconds() / 60
    if gone < 0:
        yield f"ended after {later.marker} had begun: out of order; {REPEAT}, then {later.marker}"
    elif gone > minutes:
        since, window = _spans(gone, minutes)
        yield f"ended {since} before {later.marker}, the plan's window is {window}; {REPEAT}"


def _of_something_else(look: Look, later: Look) -> Iterator[str]:
    if look.target != later.target:
        yield f"was about the target {look.target!r:.60}, not {later.target!r:.60}; {REPEAT}"
    elif look.target_sha256 != later.target_sha256:
        yield f"was run before the target file changed; {REPEAT}"
    for name in (*SAME, SERVER):
        was, is_ = look.same.get(name), later.same.get(name)
        if was and is_ and was != is_:
            shown = (was, is_) if name == SERVER else (f"{was:.12}…", f"{is_:.12}…")
            yield f"verified the {name} {shown[0]}, this one is {shown[1]}; {REPEAT}"


def _spans(gone: float, most: float) -> tuple[str, str]:
    """Two times in minutes that differ, in words that do, too: rounded no further than that."""
    rough = _hours(gone) if gone >= HOURS_FROM else f"{gone:.0f} min"
    window = _hours(most) if most >= HOURS_FROM else f"{most:.0f} min"
    return (rough, window) if rough != window else (f"{gone:.2f} min", f"{most:g} min")


def _hours(minutes: float) -> str:
    return re.sub("0$", "", f"{minutes / 60:.2f}") + " h"


def problems(found: Sequence[Link]) -> list[str]:
    """What speaks against a chain, one line for each gate."""
    hint = " (for a run that is no step of the deployment: --outside-chain)"
    return [f"the gate before: {link}{hint if link.problem == NOTHING else ''}" for link in found if link.problem]
