"""What has to be read with a verdict although it does not bear on it: a run outside the chain, a changed suite."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

OUTSIDE_CHAIN = "outside the chain of gates: this run counts for no step of the deployment"
DIRTY = "-dirty"


def suite_in_doubt(suite: Mapping[str, Any]) -> str:
    """What speaks against knowing by what a report was judged: `suite` as verdict.json names it; empty for nothing."""
    commit = suite.get("commit")
    if commit is None:
        return "a suite without a commit"
    return "a changed suite" if commit.endswith(DIRTY) else ""


def remarks(record: Mapping[str, Any]) -> list[str]:
    """The lines to read first, of the content of verdict.json; most reports have none."""
    found = [OUTSIDE_CHAIN] if outside_chain(record) else []
    doubt = suite_in_doubt(record["suite"])
    if doubt and record["target"]["production"]:
        commit = (record["suite"].get("commit") or "").removesuffix(DIRTY)
        why = f"it is not what commit {commit:.12} holds" if commit else "nobody can tell what it holds"
        found.append(f"judged by {doubt}: {why}; for a production release, run it from a clean checkout")
    return found


def outside_chain(record: Mapping[str, Any]) -> bool:
    """Whether a run was none of a deployment (`--outside-chain`); older suites did not say."""
    return "chain" in record and record["chain"] is None
