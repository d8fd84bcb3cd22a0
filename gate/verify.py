"""Whether a report still stands, a year later: every digest, its verdict from its outcomes alone, its signatures.

Only the folder is read, and nothing in it is believed because it says so: the verdict is judged again, and the
Statement made again from verdict.json; both have to be what was written.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import stat
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from gate import __version__, signature, statement
from gate.checklist import COMPARISONS, Item, Limit, load
from gate.decision import Situation, decide
from gate.signature import NoProgramError, SignatureError, Signer
from gate.standing import SHOWN, Signed, Standing, by_this_checklist
from gate.verdict import SCHEMA, GateResult, ItemResult, Measurement, Outcome, Verdict, verdict_from

MOST_FILES = 1000
FORM = 1  # of verdict.json
SIGNATURES = re.compile(r"statement\.json\.([A-Za-z0-9_.@-]+\.)?sig")  # of the run, and of those who sign off
NOBODYS = (".DS_Store", "Thumbs.db", "desktop.ini")  # what file managers leave
PAGES = ("signoff.html", "report.html", "summary.md", "junit.xml")  # alone, what is left of a report
ROUNDED = 0.001  # verdict.json keeps three digits
# Whatever else is recorded of them, decisions and limits do not ask for it.
ANY_ITEM = Item("", "", "", "", "minor", 1.0, (), "", "")
ANY_LIMIT = Limit("", "below", 0.0, "", "failed", "", 0.0)
ANY_MEASUREMENT = Measurement("", 0.0, "", 0.0, 0.0, "", holds=True, when_crossed="")


class NoReportError(Exception):
    """There is no report where one was said to be; the message is one line."""


class DoesNotStand(Exception):  # noqa: N818  (it is an answer, and said in these words)
    """A report does not stand; the message says why, in one line."""


def examine(
    folder: Path,
    allowed: Path | None = None,
    expected: Mapping[str, str] | None = None,
    roles: Sequence[str] = (),
    several_roles: bool = False,
) -> Standing:
    """The report in a folder. Raises `DoesNotStand` where it does not.

    Raises `NoProgramError` where there are signatures and no ssh-keygen.

    With `allowed`, an allowed_signers file, it has to be signed, and each signature has to be of somebody in there.
    `roles` have to have signed, each by a person of its own unless one may fill several.
    `expected` are digests that the subjects of the report have to have, by name: those of one's own package.
    """
    raw = _bytes(folder, statement.NAME)
    _against_checksums(folder, raw)
    attested = _json(statement.NAME, raw)
    files = _attested_files(attested)
    _against_files(folder, files)
    record = _json(statement.VERDICT, _bytes(folder, statement.VERDICT))
    _known_form(record)
    _against_outcomes(record)
    _against_schemas(record, attested)
    _against_findings(record)
    _against_checklist(record)
    _against_decision(record)
    if statement.encoded(statement.of(record, files)) != raw:
        raise DoesNotStand(f"{statement.NAME} is not the statement that follows from {statement.VERDICT}")
    for name, sha256 in (expected or {}).items():
        _about(record, name, sha256)
    signatures = _signatures(folder, raw, allowed, _ended(record))
    _filled(roles, signatures, several_roles)
    return Standing(folder, record, signatures)


def _bytes(folder: Path, name: str) -> bytes:
    path = folder / name
    try:
        status = os.lstat(path)
        if not stat.S_ISREG(status.st_mode) or status.st_size > statement.LARGEST:
            raise DoesNotStand(f"{name} is no file of a bearable size")
        return path.read_bytes()
    except FileNotFoundError:
        hint = (
            "an older suite wrote none: such a report cannot be verified"
            if name == statement.NAME
            else "it was taken away"
        )
        raise DoesNotStand(f"{name} is missing; {hint}") from None
    except OSError as error:
        raise DoesNotStand(f"{name}: {(error.strerror or str(error)).lower()}") from None


def _json(name: str, raw: bytes) -> dict[str, Any]:
    def refuse(word: str) -> float:
        raise ValueError(f"{word} is no JSON")

    try:
        content = json.loads(raw.decode("utf-8"), parse_constant=refuse, object_pairs_hook=statement.without_twins)
    except (ValueError, RecursionError):
        raise DoesNotStand(f"{name} is no JSON") from None
    if not isinstance(content, dict):
        raise DoesNotStand(f"{name} holds no object")
    return content


def _ended(record: Mapping[str, Any]) -> datetime:
    try:
        return datetime.fromisoformat(record["ended"])
    except ValueError:
        raise DoesNotStand(f"it ended at {record['ended']}, which is no point in time") from None


def _against_checksums(folder: Path, raw: bytes) -> None:
    names = [name for name in (statement.NAME, statement.SIGNATURE) if (folder / name).exists()]
    written = _bytes(folder, statement.CHECKSUMS)
    digests = {name: hashlib.sha256(_bytes(folder, name)).hexdigest() for name in names}
    if written == statement.checksums({statement.NAME: digests[statement.NAME]}):
        return  # a signature, if any, was added later: it speaks for itself
    if written != statement.checksums(digests):
        raise DoesNotStand(f"{' or '.join(names)} is not what {statement.CHECKSUMS} names: one of them was changed")


def _attested_files(attested: Mapping[str, Any]) -> dict[str, str]:
    """The files of the report, by the Statement, which is held to its form first."""
    try:
        extension = attested["predicate"][statement.EXTENSION]
        if extension["schema"] != statement.FORM:
            raise DoesNotStand(
                f"{statement.NAME} has form {extension['schema']!r:.20}; this suite knows {statement.FORM}"
            )
        return {str(each["name"]): str(each["digest"]["sha256"]) for each in extension["files"]}
    except (LookupError, TypeError, AttributeError):
        raise DoesNotStand(f"{statement.NAME} is no statement of this suite") from None


def _against_files(folder: Path, files: Mapping[str, str]) -> None:
    if statement.VERDICT not in files:
        raise DoesNotStand(f"{statement.NAME} does not name {statement.VERDICT}")
    try:
        there = sorted(entry.name for entry in os.scandir(folder))
    except OSError as error:
        raise DoesNotStand(f"{folder}: {(error.strerror or str(error)).lower()}") from None
    own = {*files, statement.NAME, statement.CHECKSUMS, *NOBODYS}
    if strangers := [name for name in there if name not in own and not SIGNATURES.fullmatch(name)]:
        raise DoesNotStand(f"{strangers[0]!r} is not part of this report: it came later")
    if len(files) > MOST_FILES or any("/" in name or "\0" in name for name in files):
        raise DoesNotStand(f"{statement.NAME} names files that no report has")
    for name, sha256 in files.items():
        path = folder / name
        if not os.path.lexists(path):
            raise DoesNotStand(f"{name} is missing; it was taken away")
        if not stat.S_ISREG(os.lstat(path).st_mode):
            raise DoesNotStand(f"{name} is no file")
        try:
            found = statement.digest_of(path)
        except OSError as error:
            raise DoesNotStand(f"{name}: {(error.strerror or str(error)).lower()}") from None
        if found != sha256:
            raise DoesNotStand(f"{name} was changed: its SHA-256 is {found:.{SHOWN}}…, not {sha256:.{SHOWN}}…")


def _known_form(record: Mapping[str, Any]) -> None:
    """What a suite wrote that this one does not know is said to be that."""
    if record.get("schema") != FORM:
        form = f"{record.get('schema')!r:.20}"
        raise DoesNotStand(
            f"{statement.VERDICT} has form {form}; this suite knows {FORM}: verify with {_suite(record)}"
        )


def _against_schemas(record: Mapping[str, Any], attested: Mapping[str, Any]) -> None:
    for name, content, schema in (
        (statement.VERDICT, record, SCHEMA),
        (statement.NAME, attested, statement.SCHEMA),
    ):
        if fault := _fault(content, schema):
            raise DoesNotStand(f"{name} does not keep to its form ({fault}); it was written by {_suite(record)}")


def _suite(record: Mapping[str, Any]) -> str:
    suite = record.get("suite")
    version = suite.get("version") if isinstance(suite, dict) else None
    return f"suite {version:.20}" if isinstance(version, str) else "a suite that is not named"


def _fault(content: Mapping[str, Any], schema: Path) -> str:
    import jsonschema  # costs 80 ms: a report that was changed is told without it

    validator = jsonschema.Draft202012Validator(json.loads(schema.read_text(encoding="utf-8")))
    error = jsonschema.exceptions.best_match(validator.iter_errors(content))
    if error is None:
        return ""
    return " ".join(f"{error.json_path}: {error.message}".split())[:200]


def _against_outcomes(record: Mapping[str, Any]) -> None:
    """Judge again, from nothing but the outcomes and what ended the run early."""
    try:
        again = verdict_from({Outcome(item["outcome"]) for item in record["items"]}, record["notes"])
        said = record["verdict"]
    except (LookupError, TypeError, ValueError):
        return  # a file of another form; its schema says where
    if again != said:
        raise DoesNotStand(f"the verdict is {said!s:.20}, but {again} follows from the recorded outcomes")


def _against_findings(record: Mapping[str, Any]) -> None:
    """Look for an outcome that its findings, its measurements or the known issues do not bear out."""
    known = {each["item"] for each in record.get("known_issues", ()) if each["waives"]}
    for item in record["items"]:
        found = [each for each in item["findings"] if item["outcome"] == Outcome.PASSED or each["severity"] != "minor"]
        if item["outcome"] in (Outcome.PASSED, Outcome.DEGRADED) and found:
            said = " ".join(found[0]["message"].split())
            raise DoesNotStand(f"item {item['id']} is recorded as {item['outcome']}, but with the finding: {said:.80}")
        if item["outcome"] == Outcome.WAIVED and (item["id"] not in known or item["severity"] == "critical"):
            raise DoesNotStand(f"item {item['id']} is recorded as waived, which no known issue in it bears out")
        crossed = [each["name"] for each in item["measurements"] if not _holds(each)]
        if item["outcome"] == Outcome.PASSED and crossed:
            raise DoesNotStand(f"item {item['id']} is recorded as passed, but {crossed[0]!r} does not hold its limit")


def _against_checklist(record: Mapping[str, Any]) -> None:
    """Where the checklist is still the one that was judged by, each of the gate's items is there, and no other."""
    gate = load().gates.get(record["marker"])
    if not by_this_checklist(record):
        return  # another one has other items, perhaps
    expected = [item.id for item in load().items_of(gate)] if gate else []
    if [item["id"] for item in record["items"]] != expected:
        raise DoesNotStand(f"its items are not those of the gate {record['marker']}")


def _against_decision(record: Mapping[str, Any]) -> None:
    """Decide again: the next gates go by the decision that a report names."""
    gate = load().gates.get(record["marker"])
    if gate is None or record["suite"]["version"] != __version__:
        return  # another suite decides otherwise, perhaps
    items = tuple(map(_result, record["items"]))
    result = GateResult(gate, Verdict(record["verdict"]), items, tuple(record["notes"]))
    told = record.get("situation", {"fix_minutes": None, "degraded_minutes": 0.0})
    minutes = (told["degraded_minutes"] + step for step in (-0.05, 0.0, 0.05))  # it is rounded
    situations = [Situation(told["fix_minutes"], each, again) for each in minutes for again in (False, True)]
    possible = {(each.action, each.leaf) for each in (decide(result, situation) for situation in situations)}
    said = record["decision"]
    if (said["action"], said.get("leaf", "")) not in possible:
        raise DoesNotStand(f"the decision is {said['action']!r:.40}, which does not follow from what is recorded")


def _result(item: Mapping[str, Any]) -> ItemResult:
    known = replace(ANY_ITEM, section=item["section"], severity=item["severity"])
    measured = tuple(replace(ANY_MEASUREMENT, holds=each["holds"]) for each in item["measurements"])
    return ItemResult(known, Outcome(item["outcome"]), 0.0, (), measured, ())


def _holds(measured: Mapping[str, Any]) -> bool:
    """Whether a measurement holds its limit: by its word, and by its figures where these are not just rounded."""
    value, limit = measured["value"], measured["limit"]
    if value is None or not measured["holds"]:
        return False
    comparison = next(each for each in COMPARISONS if each == measured["comparison"])
    return abs(value - limit) <= ROUNDED or replace(ANY_LIMIT, comparison=comparison, value=limit).holds(value)


def _about(record: Mapping[str, Any], name: str, sha256: str) -> None:
    named = record["target"]["subjects"].get(name, {}).get("sha256")
    if named is None:
        raise DoesNotStand(f"it names no {name} that it would stand for")
    if named != sha256:
        raise DoesNotStand(f"it stands for the {name} {named:.{SHOWN}}…; this one is {sha256:.{SHOWN}}…")


def _signatures(folder: Path, raw: bytes, allowed: Path | None, at: datetime) -> tuple[Signed, ...]:
    found = sorted(path for path in folder.iterdir() if SIGNATURES.fullmatch(path.name))
    if allowed is not None and not found:
        raise DoesNotStand(f"it is not signed; expected {statement.SIGNATURE} by one of {allowed.name}")
    try:
        return tuple(_signed(path, raw, allowed, at) for path in found)
    except NoProgramError:
        raise
    except SignatureError as error:
        raise DoesNotStand(str(error)) from None


def _signed(path: Path, raw: bytes, allowed: Path | None, at: datetime) -> Signed:
    if allowed is None:
        return Signed(path.name, signature.check(raw, path), trusted=False)
    return Signed(path.name, signature.verify(raw, path, allowed, at), trusted=True)


def _filled(roles: Sequence[str], signatures: Sequence[Signed], several_roles: bool) -> None:
    """Hold the signatures to the roles that have to have signed, under whichever spelling of theirs."""
    people = _people([each.signer for each in signatures])
    filled = {
        role: {people[each.signer] for each in signatures if _word(role) in map(_word, each.signer.roles)}
        for role in roles
    }
    if nobody := [role for role, found in filled.items() if not found]:
        raise DoesNotStand(f"nobody has signed it as {' or as '.join(nobody)}")
    if not several_roles and not _one_each([filled[role] for role in roles]):
        named = " and ".join(roles)
        raise DoesNotStand(f"it needs as many signers as roles: {named} are not filled by different people")


def _people(signers: Sequence[Signer]) -> dict[Signer, int]:
    """A number for each signer, the same for those who share a key or a name: one person may have several keys."""
    numbers: dict[Signer, int] = {}
    for number, signer in enumerate(signers):
        same = {numbers[other] for other in numbers if signer.is_same_person(other)}
        numbers[signer] = number
        numbers |= {other: number for other, its in numbers.items() if its in same}
    return numbers


def _word(role: str) -> str:
    return " ".join(re.split(r"[\s_-]+", role.strip().casefold()))


def _one_each(choices: Sequence[set[int]], taken: frozenset[int] = frozenset()) -> bool:
    """Whether each role can have a person that no other one has; roles are few."""
    if not choices:
        return True
    return any(_one_each(choices[1:], taken | {person}) for person in choices[0] - taken)


def reports_in(folders: Sequence[Path]) -> list[Path]:
    """The folders of reports: those that are given, or the ones in them.

    Raises `NotADirectoryError`, and `NoReportError` for a folder without any.
    """
    found: list[Path] = []
    for folder in folders:
        if not folder.is_dir():
            raise NotADirectoryError(folder)
        parts = (statement.VERDICT, statement.NAME, statement.CHECKSUMS)  # any: what is left of one does not stand
        inside = sorted({path.parent for name in parts for path in folder.glob(f"[!.]*/{name}")})
        itself = any((folder / name).exists() for name in parts)
        if not (itself or inside or any((folder / name).exists() for name in PAGES)):
            raise NoReportError(f"{folder}: holds no report; expected {statement.VERDICT} and {statement.NAME} in it")
        found += [folder] if itself or not inside else inside
    return found
