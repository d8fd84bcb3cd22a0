"""A report that stands, and for what: the line for people, with everything that makes it count for less."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gate import statement
from gate.chain import goes_on
from gate.checklist import SOURCE
from gate.remarks import OUTSIDE_CHAIN, outside_chain, suite_in_doubt
from gate.signature import Signer
from gate.verdict import Verdict

SHOWN = 12  # digits of a digest in the line for people


@dataclass(frozen=True)
class Signed:
    """A signature that is one: its file, whose it is, and whether anybody said that this one may sign."""

    file: str
    signer: Signer
    trusted: bool

    def __str__(self) -> str:
        return f"signed by {self.signer}" + ("" if self.trusted else ", whom nobody has vouched for")


@dataclass(frozen=True)
class Standing:
    """A report that stands: the content of its verdict.json, and its signatures."""

    folder: Path
    record: Mapping[str, Any]
    signatures: tuple[Signed, ...]

    def __str__(self) -> str:
        """For what it stands, in one line."""
        record, target = self.record, self.record["target"]
        digests = {name: facts["sha256"] for name, facts in target["subjects"].items() if "sha256" in facts}
        of = ", ".join(f"{name} {sha256:.{SHOWN}}…" for name, sha256 in sorted(digests.items()))
        release = f"{record['release']['name']} {record['release']['version']}"
        parts = [f"{record['marker']} {record['verdict']} for {release} on target {target['name']}"]
        parts.append(of or "nothing of which has a digest")
        if target["embedded"]:
            parts.append("which proves nothing about production")
        if overrides := len(target.get("overrides", ())):
            parts.append(f"with {overrides} deviation{'s' if overrides > 1 else ''} from the plan")
        other = "" if by_this_checklist(record) else "another checklist than the one of this suite"
        by = [f" by {each}" for each in (other, suite_in_doubt(record["suite"])) if each]
        parts.append(f"judged {record['ended']}{' and'.join(by)}")
        if outside_chain(record):
            parts.append(OUTSIDE_CHAIN)
        if record["verdict"] == Verdict.DEGRADE and not goes_on(record["verdict"], record["decision"]["action"]):
            parts.append(f"and no gate goes on from it: {record['decision']['action'].replace('_', ' ')}")
        parts += self._exchanged()
        parts.append("; ".join(map(str, self.signatures)) or "not signed")
        return ", ".join(parts)

    def _exchanged(self) -> list[str]:
        """The gates before it whose reports beside it are no longer those that it names."""
        named = {link["marker"]: link["sha256"] for link in self.record.get("chain") or () if link["sha256"]}
        places = {marker: self.folder.absolute().parent / marker / statement.VERDICT for marker in named}
        most = statement.LARGEST
        there = [marker for marker, path in places.items() if path.is_file() and path.stat().st_size <= most]
        other = [marker for marker in there if statement.digest_of(places[marker]) != named[marker]]
        return [f"after another {marker} report than the one beside it" for marker in other]


def by_this_checklist(record: Mapping[str, Any]) -> bool:
    """Whether a report was judged by the checklist of this very suite."""
    return {"name": SOURCE.name, "sha256": statement.digest_of(SOURCE)} in record.get("configuration", ())
