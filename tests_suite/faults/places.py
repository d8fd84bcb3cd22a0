"""Where a world differs from what it was: its places, and what stands at each of them.

A place is as small as can be told without knowing the fault: one value of the target, of an environment variable, of a
JSON or YAML file, or of a line of JSON; one member of an archive; one file, branch, tag or message of a repository; a
whole file where nothing of that holds.
"""

from __future__ import annotations

import ast
import functools
import hashlib
import io
import itertools
import json
import os
import stat
import tarfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from tests_suite.faults.deployed import git
from tests_suite.faults.world import World

Places = dict[str, str]
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml's, where PyYAML was built with it
LARGEST = 2_000_000  # bytes of a file that is taken apart; a larger one is one place
MOST = 100_000  # values of a file that is taken apart
LARGEST_LOG = 200_000  # bytes of a log whose lines are taken apart; those of a larger one are a place each
TARGET = "target"
LINK = "-> "  # begins what stands at the place of a symbolic link
MODE = " mode"  # ends the place of a file's or folder's permissions, which each of them has
PACKAGE, COMPANIONS = ".tar.gz", (".manifest.json", ".sha256")
COMMIT = " git commit"  # ends the place of a reference's commit
REFERENCE = " refs/"  # is in the place of a reference
TIMED = "backups"  # the folder in which the time of a file is part of what it says
# What follows from something else, and is made anew by whoever changes that: ids of commits, digests and sizes, the
# bytes of what is taken apart.
FOLLOWING = (
    " bytes",
    ".sha256",
    "#archive.size",
    "#archive.sha256",
    "#package.sha256",
    "#repository.commit",
    "#backup.sha256",
    COMMIT,
)


def places_of(world: World) -> Places:
    """What stands at every place of a world."""
    found = dict(_leaves(TARGET, world.target))
    found |= {f"environment {name}": value for name, value in world.environment.items()}
    for path in sorted(world.root.rglob("*")):
        name = path.relative_to(world.root).as_posix()
        if name == "target.yaml" or ".git" in path.relative_to(world.root).parts[:-1]:
            continue
        found |= _of_path(name, path)
    for folder in sorted(world.root.rglob(".git")):
        found |= _of_repository(folder.relative_to(world.root).parent.as_posix(), folder.parent)
    return found


def changed(before: Places, after: Places) -> set[str]:
    """The places at which something else stands, or which are new, or gone."""
    return {place for place in before.keys() | after.keys() if before.get(place) != after.get(place)}


def own(places: set[str]) -> set[str]:
    """Those that somebody changed; those that only follow count where there is nothing else."""
    return {place for place in places if not place.endswith(FOLLOWING)} or places


def gone(before: Places, after: Places) -> set[str]:
    """The files and folders that are not there any more."""
    return {place.removesuffix(MODE) for place in before.keys() - after.keys() if place.endswith(MODE)}


def unnamed(before: Places, after: Places) -> set[str]:
    """The texts in the target that are other ones now: among them the files and folders that it named.

    A package goes with its companions, which are found beside it.
    """
    places = [place for place in changed(before, after) & before.keys() if place.startswith(f"{TARGET}.")]
    texts = [ast.literal_eval(before[place]) for place in places if before[place][0] in "'\""]
    stems = [text.removesuffix(PACKAGE) for text in texts if text.endswith(PACKAGE)]
    return {text for text in texts if text} | {stem + each for stem in stems for each in COMPANIONS}


def linked(before: Places, after: Places) -> set[str]:
    """Where links lead that were not there before."""
    links = {place: after[place] for place in changed(before, after) & after.keys() if after[place].startswith(LINK)}
    return {
        os.path.normpath(os.path.join(os.path.dirname(place), to.removeprefix(LINK))) for place, to in links.items()
    }


def made_right(by_first: set[str], by_second: set[str], after: Places) -> set[str]:
    """Members of a package that one fault changed, and that another one had the manifest agree with."""
    right = set()
    for place in by_first:
        archive, _, member = place.partition("!")
        if not member or not archive.endswith(PACKAGE):
            continue
        listed = f"{archive.removesuffix(PACKAGE)}{COMPANIONS[0]}#files."
        entries = {key.removesuffix(".path") for key in after if key.startswith(listed) and after[key] == repr(member)}
        right |= {place for entry in entries if f"{entry}.sha256" in by_second}
    return right


def within(files: set[str], places: set[str]) -> set[str]:
    """The places that lie in one of these files or folders."""
    return {place for place in places for file in files if place.startswith(file) and place[len(file) :][:1] in "#! :/"}


def _of_path(name: str, path: Path) -> Places:
    status = path.lstat()
    if stat.S_ISLNK(status.st_mode):
        return {name: f"{LINK}{os.readlink(path)}"}
    found = {f"{name}{MODE}": oct(status.st_mode)}
    if name.startswith(f"{TIMED}/"):
        found[f"{name} time"] = str(status.st_mtime_ns)
    if stat.S_ISREG(status.st_mode):
        found |= _of_bytes(name, path.read_bytes()) if status.st_size <= LARGEST else {name: str(status.st_size)}
    return found


@functools.lru_cache(maxsize=1000)  # most files are the same before and after a fault, and in the next world
def _of_bytes(name: str, raw: bytes) -> Mapping[str, str]:
    try:
        parts = _parts(name, raw)
    except (tarfile.TarError, OSError, EOFError, yaml.YAMLError, ValueError, TypeError, RecursionError):
        parts = {}  # it is a whole, then
    return {**parts, f"{name} bytes" if parts else name: hashlib.sha256(raw).hexdigest()}


def _parts(name: str, raw: bytes) -> Places:
    """What a file holds that can be taken apart; nothing of any other."""
    if name.endswith(".tar.gz"):
        with tarfile.open(fileobj=io.BytesIO(raw)) as archive:
            return {f"{name}!{each.name}": _member(archive, each) for each in archive}
    if name.endswith((".json", ".yaml", ".yml")):
        leaves = dict(itertools.islice(_leaves(f"{name}#", yaml.load(raw, LOADER)), MOST))
        if len(leaves) == MOST:
            raise ValueError("too many values: aliases of aliases, for instance")
        return leaves
    if name.endswith(".jsonl"):
        lines = enumerate(raw.decode().splitlines())
        if len(raw) > LARGEST_LOG:
            return {f"{name}:{number}#": line for number, line in lines}
        return {key: value for number, line in lines for key, value in _leaves(f"{name}:{number}#", json.loads(line))}
    return {}


def _member(archive: tarfile.TarFile, member: tarfile.TarInfo) -> str:
    file = archive.extractfile(member) if member.isfile() else None
    content = file.read() if file is not None else b""
    return f"{member.mode:o} {member.type!r} {member.linkname} {hashlib.sha256(content).hexdigest()}"


def _leaves(name: str, value: Any) -> Iterator[tuple[str, str]]:
    """Every value that holds no others; a list is gone through by number, a mapping by its keys."""
    inner = value.items() if isinstance(value, Mapping) else enumerate(value) if isinstance(value, list) else ()
    parts = [(f"{name}{'' if name.endswith('#') else '.'}{key}", each) for key, each in inner]
    if not parts:
        yield name, repr(value)
    for place, each in parts:
        yield from _leaves(place, each)


def _of_repository(name: str, folder: Path) -> Places:
    """Its references and what they lead to. One that git cannot read has nothing but the files of the work tree."""
    form = "--format=%(refname)%00%(objecttype)%00%(contents)%00%(objectname)%00%(*objectname)"
    found: Places = {}
    for line in git(folder, "for-each-ref", form + "%01", check=False).split("\x01"):
        if line.strip():
            reference, kind, words, *ids = line.lstrip("\n").split("\0")
            found |= {f"{name} {reference}": f"{kind} {words}", f"{name} {reference}{COMMIT}": " ".join(ids)}
    for line in git(folder, "ls-tree", "-r", "HEAD", check=False).splitlines():
        entry, _, path = line.partition("\t")
        found[f"{name} HEAD:{path}"] = entry
    files = [folder / ".git", *sorted((folder / ".git").rglob("*"))]
    held = hashlib.sha256()
    for file in files:
        held.update(f"{file} {file.is_file() and hashlib.sha256(file.read_bytes()).hexdigest()}".encode())
    found[f"{name}/.git bytes"] = held.hexdigest()
    found[f"{name} HEAD"] = git(folder, "symbolic-ref", "-q", "HEAD", check=False)
    found[f"{name} author"] = git(folder, "log", "-1", "--format=%an %ae %cn %ce %aI %cI", check=False)
    found[f"{name} configuration"] = git(folder, "config", "--local", "--list", check=False)
    found[f"{name} index"] = git(folder, "diff", "--cached", "--raw", check=False)
    return found
