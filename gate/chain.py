"""The gates before a gate: that they were run, in order, on this package and this target, and not too long ago.

What a gate follows, and within how many minutes, stands in checklist.yaml (`follows`). Each record names the gates
before it by the SHA-256 of their verdict.json, and theirs name those before them: a chain that no link can be
exchanged in. Only what lies in the folder of reports is read.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from gate import statement
from gate.checklist import Checklist, Gate

LARGEST = 50_000_000  # bytes of a verdict.json that is looked into
# What has to be the same from gate to gate, as far as both name it.
SAME = ("package", "workflow")
# The decisions after which the plan goes on to the next phase.
GOES_ON = ("proceed", "proceed_with_caution", "continue", "continue_with_known_issues", "monitor")
REPEAT = "run it again"
NOTHING = "has left no verdict in this --report-dir; run it first"
MOST = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Look:
    """What is known of a run: its gate, its verdict, when it began and ended, and of what it was.

    `sha256` is that of its verdict.json; `damage` says why that one cannot be relied on.
    """

    marker: str
    verdict: str = ""
    action: str = ""
    started: datetime | None = None
    ended: datetime | None = None
    target: str = ""
    target_sha256: str | None = None
    digests: Mapping[str, str] = field(default_factory=dict)
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
    path = base / marker / statement.VERDICT
    try:
        if path.stat().st_size > LARGEST:
            return Look(marker, damage="its verdict.json is no file of a bearable size")
        raw = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        return Look(marker, damage=f"its verdict.json cannot be read: {(error.strerror or str(error)).lower()}")
    try:
        return _look(marker, json.loads(raw), hashlib.sha256(raw).hexdigest(), path.parent)
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return Look(marker, damage="its verdict.json is none")


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
        {name: str(subjects[name]["sha256"]) for name in SAME if "sha256" in subjects.get(name, {})},
        sha256,
        _damage(folder, sha256) or ("" if data.get("chain") is not None else "it was run outside the chain"),
    )


def _damage(folder: Path, sha256: str) -> str:
    """Whether the Statement beside a verdict.json is about this very one."""
    try:
        raw = (folder / statement.NAME).read_bytes()
        listed = json.loads(raw)["predicate"][statement.EXTENSION]["files"]
        named = {each["name"]: each["digest"]["sha256"] for each in listed}
    except OSError:
        return "it has no statement that could be verified"
    except (ValueError, LookupError, TypeError):
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
        looks = [_linked(each, later, minutes, known.looks, found) for each in (parts if in_parts else [marker])]
        begun = [look for look in looks if look is not None and look.started is not None]
        if begun:
            _follow(earlier, min(begun, key=lambda look: look.started or MOST), known, found)


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


def _refusal(look: Look) -> str | None:
    if look.action in GOES_ON:
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
        yield f"ended {_span(gone)} before {later.marker}, the plan's window is {_span(minutes)}; {REPEAT}"


def _of_something_else(look: Look, later: Look) -> Iterator[str]:
    if look.target != later.target:
        yield f"was about the target {look.target!r:.60}, not {later.target!r:.60}; {REPEAT}"
    elif look.target_sha256 != later.target_sha256:
        yield f"was run before the target file changed; {REPEAT}"
    for name in SAME:
        was, is_ = look.digests.get(name), later.digests.get(name)
        if was and is_ and was != is_:
            yield f"verified the {name} {was:.12}…, this one is {is_:.12}…; {REPEAT}"


def _span(minutes: float) -> str:
    return f"{minutes:.0f} min" if minutes < 120 else f"{minutes / 60:.1f} h"


def problems(found: Sequence[Link]) -> list[str]:
    """What speaks against a chain, one line for each gate."""
    hint = " (for a run that is no step of the deployment: --outside-chain)"
    return [f"the gate before: {link}{hint if link.problem == NOTHING else ''}" for link in found if link.problem]
