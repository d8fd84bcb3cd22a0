"""Parsers of what lies in repositories and databases, and of trees that are packed."""

from __future__ import annotations

import functools
import hashlib
import json
import shutil
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from fixtures.backup.documents import moment
from fixtures.firstday import askdatabase
from fixtures.package import build
from fixtures.package.build import BuildError
from fixtures.repository import git, history, message
from fixtures.repository.git import GitError
from fixtures.repository.history import NoDeploymentError
from fixtures.target import from_file
from fixtures.targetfile import TargetError
from gate import checklist
from gate.checklist import ChecklistError
from tests_suite.faults import deployed
from tests_suite.fuzz import real
from tests_suite.fuzz.files import shown
from tests_suite.fuzz.mutations import Seed
from tests_suite.fuzz.subject import Parser, Seeds


@functools.cache
def _objects() -> Seeds:
    """The deployment's commit and its tag, as git keeps them."""
    place = deployed.prepared() / "repository"
    found = {}
    for kind, name in (("commit", "HEAD"), ("tag", deployed.TAG)):
        found[kind] = Seed((git.run(place, "cat-file", kind, name)).encode("utf-8", "surrogateescape"))
    return found


def _repository(folder: Path, name: str, data: bytes) -> None:
    """A repository whose deployment commit, or whose tag, is changed as an object."""
    place = folder / "repository"
    if not place.is_dir():
        shutil.copytree(deployed.prepared() / "repository", place, symlinks=True)
    full = f"{name} {len(data)}\0".encode() + data
    digest = hashlib.sha1(full, usedforsecurity=False).hexdigest()
    import zlib

    loose = place / ".git" / "objects" / digest[:2] / digest[2:]
    loose.parent.mkdir(exist_ok=True)
    if not loose.exists():
        loose.write_bytes(zlib.compress(full, 1))
    refs = place / ".git" / "refs"
    (refs / "heads" / deployed.BRANCH if name == "commit" else refs / "tags" / deployed.TAG).write_text(f"{digest}\n")
    other = _objects()["tag" if name == "commit" else "commit"].data
    kind = "tag" if name == "commit" else "commit"
    before = hashlib.sha1(f"{kind} {len(other)}\0".encode() + other, usedforsecurity=False).hexdigest()
    (refs / "heads" / deployed.BRANCH if kind == "commit" else refs / "tags" / deployed.TAG).write_text(f"{before}\n")
    release = checklist.load().release
    opened = history.open_repository(place, release)
    found = history.find(opened, release, None, None)
    shown(message.commit_findings(found, release)), shown(message.tag_findings(found, deployed.TAG))
    if found.tag is not None:
        shown(message.tag_message_findings(found.tag, release))
    message.announced(found.message), repr(found), message.signature(found)


def _build(folder: Path, name: str, data: bytes) -> None:
    tree = folder / "tree"
    for each, seed in _tree().items():
        (tree / each).parent.mkdir(parents=True, exist_ok=True)
        (tree / each).write_bytes(data if each == name else seed.data)
    build.build(tree, folder / "out")


@functools.cache
def _tree() -> Seeds:
    return dict(real.release("config.yaml", "workflow.md"))


def _overrides(folder: Path, name: str, data: bytes) -> None:
    """A target whose overrides are applied to the checklist, as they are before a gate begins."""
    (folder / "target.yaml").write_bytes(data)
    told = from_file(folder / "target.yaml").overrides
    facts = {each["fact"]: each["value"] for each in told if "fact" in each}
    changed = checklist.load().overridden(facts, [each for each in told if "limit" in each])
    repr(changed.release)
    for each in told:
        checklist.load().figure(each)


OVERRIDES: Mapping[str, Any] = {
    "name": "x",
    "overrides": [
        {"item": "2.1.2", "limit": "response time", "value": 250, "reason": "measured from another continent"},
        {"item": "2.1.2", "limit": "time limit", "value": 90, "reason": "the tunnel takes a while to open"},
        {"fact": "version", "value": "2.1.0", "reason": "this is the next release"},
        {"fact": "agents", "value": ["dev", "tech-lead"], "reason": "there are fewer of them"},
    ],
}


def _database(folder: Path, name: str, data: bytes) -> None:
    try:
        told = json.loads(data)
    except (ValueError, RecursionError):
        return
    if isinstance(told, dict):
        repr(askdatabase.status_figures(told)), askdatabase.is_slow(told)
        for value in told.values():
            moment(value)


STATUS = {
    "connections": {"current": 5, "available": 800}, "asserts": {"regular": 0, "msg": 0, "warning": 1, "user": 9},
    "opcounters": {"insert": 1, "query": 2}, "uptime": 3600.0, "secs_running": 5, "op": "query",
      "ns": "knowledge.sources",
    "command": {"find": "sources"}, "at": datetime(2026, 1, 6, tzinfo=UTC).isoformat(),
}  # fmt: skip
PARSERS = (
    Parser("repository", _objects, _repository, (GitError, NoDeploymentError), 12),
    Parser("package build", _tree, _build, (BuildError,), 30),
    Parser("overrides", lambda: {"overrides": Seed(json.dumps(OVERRIDES).encode(), "yaml")}, _overrides,
           (TargetError, ChecklistError), 40),
    Parser("database status", lambda: {"status": Seed(json.dumps(STATUS).encode(), "json")}, _database, (), 60),
)  # fmt: skip
