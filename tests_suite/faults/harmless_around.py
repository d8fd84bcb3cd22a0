"""Harmless variations of what is around a release: the target file's form, where things lie, and who runs the gate."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping
from itertools import cycle, islice
from typing import Any

import yaml

from tests_suite.faults.harmless_gates import WORLDS, Case, Change, Form, plain
from tests_suite.faults.world import World

GATES_EACH = 2  # so many gates run with each of these variations, in turns
PATHS = ("workflow", "package", "repository", "store", "backups", "evidence", "executions", "stories", "reports")


def _dumped(**options: Any) -> Form:
    return lambda target: str(yaml.safe_dump(target, **{"sort_keys": False, **options}))


def _lines(change: Callable[[str], str]) -> Form:
    return lambda target: change(plain(target))


def _reversed(target: dict[str, Any]) -> str:
    def turned(value: Any) -> Any:
        return {key: turned(value[key]) for key in reversed(value)} if isinstance(value, dict) else value

    return plain(turned(target))


def _commented(text: str) -> str:
    return (
        "# Who: the team\n\n" + text.replace("\nworkflow:", "  # ours\n\n\n# where it lies\nworkflow:", 1) + "\n# end\n"
    )


FORMS: Mapping[str, Form] = {
    "the target is JSON": lambda target: json.dumps(target, indent=2),
    "the target is one line of JSON": json.dumps,
    "the target's keys stand the other way round": _reversed,
    "the target's keys are sorted": _dumped(sort_keys=True),
    "the target is in flow style": _dumped(default_flow_style=True, width=10_000),
    "the target has everything in double quotes": _dumped(default_style='"'),
    "the target is indented by eight": _dumped(indent=8),
    "the target has comments and blank lines": _lines(_commented),
    "the target's lines end as on Windows": _lines(lambda text: text.replace("\n", "\r\n")),
    "the target's lines end with blanks": _lines(lambda text: text.replace("\n", "  \n")),
    "the target is marked as a document": _lines(lambda text: f"%YAML 1.1\n---\n{text}...\n"),
    "the target ends without a line end": _lines(str.rstrip),
    "the target's name has blanks and foreign letters": lambda target: plain(
        {**target, "name": "Würk — 日本語 🚀 'x'"}
    ),
    "the target names contacts that nobody needs": lambda target: plain(
        {**target, "contacts": [*target.get("contacts", []), {"role": "Cook", "name": "Carla Example"}]}
    ),
    "the target says that it is not production": lambda target: plain({**target, "production": False}),
}


def _with_paths(change: Callable[[World, str], str]) -> Change:
    """Every path of the target, written in another way."""

    def changes(world: World) -> None:
        for key in PATHS:
            if key in world.target:
                world.target[key] = change(world, world.target[key])
        claude = world.target["claude"]
        world.target["claude"] = {**claude, **{key: change(world, claude[key]) for key in ("project", "home")}}

    return changes


def _from_environment(world: World) -> None:
    world.environment["OUR_WORKFLOW"] = str(world.workflow)
    world.target["workflow"] = "${OUR_WORKFLOW}"


def _behind_a_link(world: World) -> None:
    """Everything that the target names lies in a folder that is reached by a link."""
    real = world.root / "releases" / "today"
    real.mkdir(parents=True)
    for path in list(world.root.iterdir()):
        if path.name not in ("releases", "target.yaml"):
            path.rename(real / path.name)
    (world.root / "current").symlink_to("releases/today")
    _nested(world, "current")


def _in_a_folder(world: World) -> None:
    """Everything that the target names lies in a folder with an odd name."""
    real = world.root / "Würk flow (2.0) & 日本語"
    real.mkdir()
    for path in list(world.root.iterdir()):
        if path.name not in (real.name, "target.yaml"):
            path.rename(real / path.name)
    _nested(world, real.name)


def _nested(world: World, folder: str) -> None:
    """Let every relative path of the target start in a folder."""

    def below(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: below(each) for key, each in value.items()}
        if isinstance(value, list):
            return [below(each) for each in value]
        there = isinstance(value, str) and value and "\n" not in value and "://" not in value
        return f"{folder}/{value}" if there and (world.root / folder / value).exists() else value

    world.target.update(below(world.target))


def _documents(world: World) -> None:
    (world.root / "README.md").write_text("# Read me\n\n```\nnever closed\n", encoding="utf-8")
    for folder in [path for path in world.root.iterdir() if path.is_dir() and path.name in ("evidence", "claude")]:
        (folder / "notes of the meeting.txt").write_bytes("Prüfung".encode("latin-1"))
        (folder / ".DS_Store").write_bytes(b"\0\0\0\1Bud1\0")
        (folder / "minutes.pdf").write_bytes(b"%PDF-1.7\0\xff")


def _old(world: World) -> None:
    """As after an archive was unpacked that has no times: all but what is kept by its time."""
    for path in (world.workflow, *world.workflow.rglob("*"), *world.claude.rglob("*")):
        os.utime(path, (315_532_800, 315_532_800), follow_symlinks=False)


def _read_only(world: World) -> None:
    for path in sorted(world.root.rglob("*"), reverse=True):
        if not path.is_symlink():
            path.chmod(0o555 if path.is_dir() else 0o444)


PLACES: Mapping[str, Change] = {
    "the target has absolute paths": _with_paths(lambda world, path: str(world.root / path)),
    "the target's paths start with a dot": _with_paths(lambda world, path: f"./{path}"),
    "the target's paths go up and down again": _with_paths(lambda world, path: f"claude/../{path}"),
    "a path comes from the environment": _from_environment,
    "everything lies behind a link": _behind_a_link,
    "everything lies in a folder with blanks and foreign letters": _in_a_folder,
    "documents lie beside everything": _documents,
    "everything is of 1980": _old,
    "everything is read-only": _read_only,
}
# A deployment's permissions are verified, and backups are kept by the time of their file.
NOT_FOR = {"everything is read-only": ("deploy", "rollback"), "everything is of 1980": ("rollback",)}


def _called(**environment: str) -> Change:
    return lambda world: world.environment.update(environment)


def _user_configured_git(world: World) -> None:
    own = world.root / "gitconfig"
    own.write_text(
        "[core]\n\tautocrlf = true\n\tquotePath = false\n\tfileMode = false\n\tpager = false\n[color]\n\tui = always\n"
        "[log]\n\tshowSignature = true\n\tdate = human\n[diff]\n\trenames = copies\n\tnoprefix = true\n"
        "\texternal = false\n[status]\n\tshort = true\n[tag]\n\tsort = -version:refname\n[safe]\n\tdirectory = *\n",
        encoding="utf-8",
    )
    world.environment["GIT_CONFIG_GLOBAL"] = str(own)


def _in_a_hook(world: World) -> None:
    """git sets these for its hooks, and they are about the repository of the hook."""
    world.environment.update(GIT_DIR=str(world.root / "nowhere"), GIT_INDEX_FILE=str(world.root / "no-index"))


def _temporary(world: World) -> None:
    folder = world.root / "tmp of somebody’s"
    folder.mkdir()
    world.environment["TMPDIR"] = str(folder)


PROCESS: Mapping[str, Change] = {
    "the locale is C": _called(LC_ALL="C", LANG="C"),
    "the locale is POSIX, without UTF-8 mode": _called(LC_ALL="POSIX", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0"),
    "the locale is Turkish": _called(LC_ALL="tr_TR.UTF-8", LANG="tr_TR.UTF-8", LANGUAGE="tr"),
    "the locale is German Latin-1": _called(LC_ALL="de_DE.ISO-8859-1", LANG="de_DE"),
    "the terminal takes ASCII only": _called(PYTHONIOENCODING="ascii", LC_ALL="C"),
    "the time zone is fourteen hours ahead": _called(TZ="Pacific/Kiritimati"),
    "the time zone is half an hour off": _called(TZ="America/St_Johns"),
    "the time zone is three quarters off": _called(TZ="Asia/Kathmandu"),
    "the time zone has summer in January": _called(TZ="Australia/Lord_Howe"),
    "the time zone is one that nobody knows": _called(TZ="Nowhere/City"),
    "the user has no home": _called(HOME="/nonexistent", XDG_CONFIG_HOME="/nonexistent/config"),
    "the user has configured git": _user_configured_git,
    "the gate runs in a git hook": _in_a_hook,
    "git speaks another language": _called(LANGUAGE="de", GIT_PAGER="cat", GIT_EDITOR="false", LESS="-X"),
    "colours are wanted": _called(FORCE_COLOR="1", PY_COLORS="1"),
    "colours are not wanted": _called(NO_COLOR="1", TERM="dumb"),
    "the terminal is narrow": _called(COLUMNS="30"),
    "the terminal is very wide": _called(COLUMNS="500"),
    "hashes are seeded": _called(PYTHONHASHSEED="1234"),
    "Python keeps no bytecode": _called(PYTHONDONTWRITEBYTECODE="1"),
    "Python does not buffer": _called(PYTHONUNBUFFERED="1", PYTHONFAULTHANDLER="1"),
    "a job's runner calls it": _called(CI="true", GITHUB_ACTIONS="true", GITHUB_SHA="0" * 40, GITHUB_REF_NAME="x"),
    "another job's runner calls it": _called(CI="1", GITLAB_CI="1", CI_COMMIT_SHA="0" * 40, JENKINS_URL="http://x"),
    "temporary files lie elsewhere": _temporary,
    "builds are reproducible": _called(SOURCE_DATE_EPOCH="0"),
    "proxies are set, but not for this machine": _called(
        HTTP_PROXY="http://127.0.0.1:9", HTTPS_PROXY="http://127.0.0.1:9", NO_PROXY="127.0.0.1,localhost"
    ),
    "pytest has options from the environment": _called(PYTEST_ADDOPTS="-q --durations=3"),
}
OPTIONS: Mapping[str, tuple[str, ...]] = {
    "pytest tells more": ("-vv",),
    "pytest tells less": ("-q", "--tb=line"),
    "output is not captured": ("-s",),
    "the gate has two workers": ("-n2",),
    "the gate stops at the first failure": ("-x",),
    "locals are shown": ("--showlocals", "--tb=long", "--color=yes"),
}


def _some(gates: Iterator[str], name: str) -> list[str]:
    return [gate for gate in islice(gates, GATES_EACH) if gate not in NOT_FOR.get(name, ())]


def _cases() -> Iterator[Case]:
    gates = cycle(WORLDS)
    for name, form in FORMS.items():
        yield from (Case("form of the target file", name, gate, form=form) for gate in _some(gates, name))
    for name, change in PLACES.items():
        yield from (Case("where things lie", name, gate, change) for gate in _some(gates, name))
    for name, change in PROCESS.items():
        yield from (Case("who runs the gate, and where", name, gate, change) for gate in _some(gates, name))
    for name, options in OPTIONS.items():
        yield from (Case("who runs the gate, and where", name, gate, arguments=options) for gate in _some(gates, name))


CASES = tuple(_cases())
