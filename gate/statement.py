"""What a run attests: an in-toto Statement with the test-result predicate, over verdict.json and every file beside it.

`statement.json` is written last, from what lies in the folder, and `statement.sha256` beside it in the form that
`sha256sum -c` reads. So a byte that changes afterwards, in any of the files, makes two of them disagree. Who could
change both is another question: that one is answered by a signature (see `gate.signature`).
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import stat
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

NAME, CHECKSUMS, SIGNATURE = "statement.json", "statement.sha256", "statement.json.sig"
VERDICT = "verdict.json"
LARGEST = 50_000_000  # bytes of a file of JSON, far beyond any report
SCHEMA = Path(__file__).with_name("statement.schema.json")
TYPE = "https://in-toto.io/Statement/v1"
PREDICATE = "https://in-toto.io/attestation/test-result/v0.1"
EXTENSION = "releaseGate"  # the predicate's own field of this suite: in-toto lets a producer add one
FORM = 1  # of that field; rises when a program that reads it would have to change
RESULTS = {"PASS": "PASSED", "DEGRADE": "WARNED", "FAIL": "FAILED", "INCOMPLETE": "FAILED"}
LISTS = {
    "passedTests": ("passed",),
    "warnedTests": ("degraded", "waived"),
    "failedTests": ("failed", "missing"),
}
GIT_COMMIT = re.compile(r"([0-9a-f]{40}|[0-9a-f]{64})(-dirty)?")


def of(record: Mapping[str, Any], files: Mapping[str, str]) -> dict[str, Any]:
    """The Statement about a verdict.json with this content; `files` are the report's files with their SHA-256."""
    predicate: dict[str, Any] = {
        "result": RESULTS[record["verdict"]],
        "configuration": list(_configuration(record)),
        **{name: _items(record, outcomes) for name, outcomes in LISTS.items()},
        EXTENSION: {
            "schema": FORM,
            "marker": record["marker"],
            "verdict": record["verdict"],
            "reasons": list(record["notes"]),
            "ended": record["ended"],
            "files": [_descriptor(name, files[name]) for name in sorted(files)],
        },
    }
    subjects = list(_subjects(record)) or [_descriptor(VERDICT, files[VERDICT])]
    return {"_type": TYPE, "subject": subjects, "predicateType": PREDICATE, "predicate": predicate}


def _subjects(record: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Every subject that has a digest, and the commit of every one that is a repository."""
    for name, facts in sorted(record["target"]["subjects"].items()):
        if "sha256" in facts:
            yield _descriptor(name, facts["sha256"])
        elif commits := [value for _, value in sorted(facts.items()) if GIT_COMMIT.fullmatch(value)]:
            yield {"name": name, "digest": {"gitCommit": commits[0]}}


def _configuration(record: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """What decided the outcomes besides the subjects: files by their digests, and the suite."""
    for each in record.get("configuration", ()):
        yield _descriptor(each["name"], each["sha256"])
    suite = record["suite"]
    described: dict[str, Any] = {"name": "suite", "uri": f"pkg:generic/release-gate-suite@{suite['version']}"}
    if suite["commit"]:
        commit, dirty, _ = suite["commit"].partition("-dirty")
        described |= {"digest": {"gitCommit": commit}, "annotations": {"changed": bool(dirty)}}
    yield described


def _items(record: Mapping[str, Any], outcomes: Collection[str]) -> list[str]:
    return [f"{item['id']} {item['title']}" for item in record["items"] if item["outcome"] in outcomes]


def _descriptor(name: str, sha256: str) -> dict[str, Any]:
    return {"name": name, "digest": {"sha256": sha256}}


def encoded(content: Mapping[str, Any]) -> bytes:
    """A Statement as bytes: the same content is the same bytes."""
    return f"{json.dumps(content, indent=1, sort_keys=True)}\n".encode()


def write(folder: Path) -> bytes:
    """Write the Statement about a finished folder of reports, and give its bytes. Raises `OSError`."""
    files = {path.name: digest_of(path) for path in sorted(folder.iterdir())}
    record = json.loads((folder / VERDICT).read_text(encoding="utf-8"))
    content = encoded(of(record, files))
    (folder / NAME).write_bytes(content)
    write_checksums(folder)
    return content


def write_checksums(folder: Path) -> None:
    """Write statement.sha256 over the Statement, and over its signature where the run has signed it."""
    names = [name for name in (NAME, SIGNATURE) if (folder / name).exists()]
    (folder / CHECKSUMS).write_bytes(checksums({name: digest_of(folder / name) for name in names}))


def checksums(digests: Mapping[str, str]) -> bytes:
    """The content of statement.sha256, as sha256sum writes it."""
    return "".join(f"{sha256}  {name}\n" for name, sha256 in digests.items()).encode()


def read(path: Path, name: str = VERDICT) -> bytes:
    """The content of a file of reports. Raises `OSError`; `ValueError` for what no run leaves, such as a pipe."""
    path = path / name
    status = path.stat()
    if not stat.S_ISREG(status.st_mode) or status.st_size > LARGEST:
        raise ValueError(f"{name} is no file of a bearable size")
    return path.read_bytes()


def change(folder: Path) -> str:
    """How verdict.json is no longer what the Statement beside it attests; empty where it is, or where none is there.

    The pages beside it do not matter: a verdict may have been handed on without them.
    """
    if not os.path.lexists(folder / NAME):
        return ""
    try:
        listed = json.loads(read(folder, NAME))["predicate"][EXTENSION]["files"]
        attested = {each["name"]: str(each["digest"]["sha256"]) for each in listed}[VERDICT]
        found, own = digest_of(folder / VERDICT), digest_of(folder / NAME)
        told = (folder / CHECKSUMS).read_bytes() if os.path.lexists(folder / CHECKSUMS) else own.encode()
    except (OSError, ValueError, LookupError, TypeError, RecursionError):
        return f"{NAME} beside it is no statement about it"
    if found != attested:
        return f"it was changed after the run: its SHA-256 is {found:.12}…, and {NAME} names another"
    return "" if own.encode() in told else f"{NAME} beside it was changed: it is not what {CHECKSUMS} names"


def without_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """For `json.loads`: a key that is given twice is read by some programs as the one, by others as the other.

    Raises `ValueError`.
    """
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key is given twice")
    return found


def digest_of(path: Path) -> str:
    """SHA-256 of a file. Raises `OSError`."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
