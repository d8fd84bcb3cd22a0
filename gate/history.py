"""What the last run of a gate left: since when something is amiss, which no single run can tell."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from gate import statement
from gate.verdict import GateResult, Outcome

LONGEST_GAP = timedelta(hours=24)  # between two looks at the same trouble; beyond it they are two troubles
AMISS = (Outcome.DEGRADED, Outcome.FAILED)


@dataclass(frozen=True)
class LastLook:
    """The last verdict of a gate: of what, when it ended, which items were amiss, and since when."""

    target: str
    version: str
    ended: datetime
    amiss: frozenset[str]
    since: datetime


def last_look(path: Path) -> LastLook | None:
    """The last verdict, at `path`; None where there is none that can be read: it only adds to what is known."""
    try:
        return _look(json.loads(statement.read(path.parent, path.name)))
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError, OverflowError):
        return None


def _look(data: Any) -> LastLook:
    amiss = frozenset(str(item["id"]) for item in data["items"] if item["outcome"] in AMISS)
    situation = data.get("situation") or {}
    since = datetime.fromisoformat(situation.get("amiss_since") or data["started"])
    ended = datetime.fromisoformat(data["ended"])
    names = str(data["target"]["name"]), str(data["release"]["version"])
    return LastLook(*names, ended.astimezone(UTC), amiss, since.astimezone(UTC))


def amiss_in(result: GateResult) -> frozenset[str]:
    """The items of a result that are not as they should be, known issues apart."""
    return frozenset(each.item.id for each in result.items if each.outcome in AMISS)


def counts(look: LastLook | None, target: str, version: str, now: datetime) -> bool:
    """Whether a last look says something about this target, this version and this day, and found something amiss."""
    if look is None or (look.target, look.version) != (target, version) or not look.amiss:
        return False
    return look.since <= look.ended <= now and now - look.ended <= LONGEST_GAP
