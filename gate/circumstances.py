"""What a run knows besides its tests: known issues, how long a fix takes, and since when something is amiss."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest

from gate import evidence, history, knownissues
from gate.decision import Situation
from gate.knownissues import CLOCKS, Circumstances
from gate.secrets import redactor
from gate.state import Run
from gate.verdict import GateResult, Outcome

MOST_MINUTES = 100_000  # beyond it, an estimate is a slip of the keyboard
FIX_MINUTES = pytest.StashKey[int | None]()
SINCE = pytest.StashKey[datetime | None]()


def read_options(config: pytest.Config) -> None:
    """Check --fix-minutes and --degraded-since. Raises `pytest.UsageError` with one line where one is wrong."""
    config.stash[FIX_MINUTES] = _minutes(config.option.fix_minutes)
    config.stash[SINCE] = _moment(config.option.degraded_since)


def _minutes(text: str | None) -> int | None:
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 9 and int(text) <= MOST_MINUTES):
        raise pytest.UsageError(f"--fix-minutes: found {text!r:.40}, expected a whole number of minutes, such as 20")
    return int(text)


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    expected = "expected a point in time with its time zone, like 2026-01-06T09:00:00+01:00"
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            raise ValueError
        moment = moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise pytest.UsageError(f"--degraded-since: found {text!r:.40}, {expected}") from None
    if moment > datetime.now(UTC) + CLOCKS:
        raise pytest.UsageError(f"--degraded-since: {text} is still to come; {expected}")
    return moment


def read_known_issues(config: pytest.Config, run: Run) -> None:
    """Ask the target for its known issues, where a gate is judged. Raises `pytest.UsageError` where they are wrong."""
    if not run.gates or any(getattr(config.option, name, None) for name in evidence.NO_RUN):
        return
    run.known = config.hook.pytest_gate_known_issues(config=config) or run.known
    unknown = list(knownissues.unknown_items(run.known["issues"], run.checklist))
    if unknown:
        raise pytest.UsageError(redactor(run.target["secrets"])(unknown[0]))


def with_known_issues(run: Run, result: GateResult) -> GateResult:
    """A gate's result with the target's known issues taken into account."""
    contacts = run.target["contacts"]
    leads = [contact.get("name", "") for contact in contacts if contact.get("role", "").lower() == "tech lead"]
    known = Circumstances(datetime.now(UTC), run.known["digests"], [name for name in leads if name.strip()])
    return knownissues.apply(result, run.known["issues"], known)


def take_in(config: pytest.Config, run: Run, result: GateResult) -> None:
    """Note since when something is amiss in a gate: by --degraded-since, by its last verdict, or since this run."""
    marker, now = result.gate.marker, datetime.now(UTC)
    look = history.last_look(evidence.report_folder(config, run) / marker / "verdict.json")
    follows = look is not None and history.counts(look, run.target["name"], run.checklist.release.version, now)
    amiss = history.amiss_in(result)
    since = datetime.fromtimestamp(run.started, UTC)
    if asked := config.stash[SINCE]:
        since = asked
    elif look is not None and follows and look.amiss & amiss:
        since = look.since
    if amiss:
        run.amiss_since[marker] = since.timestamp()
    gone = max(0.0, time.time() - since.timestamp()) / 60
    recovered = not amiss and (follows or config.stash[SINCE] is not None)
    fix, outside = config.stash[FIX_MINUTES], config.option.outside_chain
    run.situations[marker] = Situation(fix, gone if amiss else 0.0, recovered, outside)


def all_failures_waived(session: pytest.Session, run: Run, results: list[GateResult]) -> bool:
    """Whether every failed test of the run is one of an item that is waived, in each gate that has the item."""
    waived = {each.item.id for result in results for each in result.items if each.outcome is Outcome.WAIVED}
    waived -= {each.item.id for result in results for each in result.items if each.outcome is Outcome.FAILED}
    failures = run.journal.failures()
    return bool(failures) and set(failures) <= waived and sum(failures.values()) == session.testsfailed
