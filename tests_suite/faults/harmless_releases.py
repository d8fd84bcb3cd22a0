"""Harmless variations of packages, servers, clients and projects, and releases of other versions."""

from __future__ import annotations

import gzip
import io
import json
import re
import shutil
import tarfile
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from fixtures.package import build as packagebuild
from fixtures.package.build import Package, beside
from tests_suite import forged
from tests_suite.faults import bmad_skills, packed
from tests_suite.faults.changes import replaced
from tests_suite.faults.harmless_gates import Case, Change
from tests_suite.faults.servers import behind, state
from tests_suite.faults.sick_server import Behaviour, answer, forward
from tests_suite.faults.world import World

Tar = Callable[[Mapping[str, bytes]], bytes]


def _package(world: World) -> Package:
    return beside(world.root / world.target["package"])


def _archived(make: Callable[[bytes], bytes]) -> Change:
    """The same archive, compressed in another way; manifest and checksums are of that."""

    def changes(world: World) -> None:
        package = _package(world)
        package.archive.write_bytes(make(gzip.decompress(package.archive.read_bytes())))
        packed.rewrite(package)

    return changes


def _with_header(tar: bytes) -> bytes:
    """As a program writes it that keeps name, time and operating system."""
    raw = io.BytesIO()
    with gzip.GzipFile(
        filename="ai-engineering-workflow-v2.0.0.tar", mode="wb", fileobj=raw, mtime=time.time()
    ) as file:
        file.write(tar)
    data = bytearray(raw.getvalue())
    data[9] = 11  # NTFS
    return bytes(data)


def _tarred(form: int, *, prefix: str = "", folders: bool = True, turned: bool = False, owner: str = "") -> Change:
    """The same files, archived by another program, with times and owners as they are on somebody's machine."""

    def make(files: Mapping[str, bytes]) -> bytes:
        raw = io.BytesIO()
        with tarfile.open(fileobj=raw, mode="w", format=form) as archive:
            names = sorted({"/".join(path.split("/")[:end]) for path in files for end in range(1, path.count("/") + 1)})
            for name in names if folders else []:
                archive.addfile(_info(prefix + name, 0o755, tarfile.DIRTYPE, owner))
            for path in sorted(files, reverse=turned):
                info = _info(prefix + path, 0o644, tarfile.REGTYPE, owner)
                info.size = len(files[path])
                archive.addfile(info, io.BytesIO(files[path]))
        return gzip.compress(raw.getvalue())

    def changes(world: World) -> None:
        package = _package(world)
        package.archive.write_bytes(make(packed.contents(package)))
        packed.rewrite(package)

    return changes


def _info(name: str, mode: int, kind: bytes, owner: str) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.mode, info.type, info.mtime = mode, kind, int(time.time()) - 3600
    if owner:
        info.uid, info.gid, info.uname, info.gname = 197609, 197121, owner, owner
    return info


def _manifest(form: Callable[[dict[str, Any]], str]) -> Change:
    def changes(world: World) -> None:
        package = _package(world)
        package.manifest.write_bytes(form(json.loads(package.manifest.read_text(encoding="utf-8"))).encode())
        packed.seal(package)

    return changes


def _checksums(change: Callable[[str], str]) -> Change:
    def changes(world: World) -> None:
        path = _package(world).checksums
        path.write_bytes(change(path.read_text(encoding="utf-8")).encode())

    return changes


def _built_elsewhere(world: World) -> None:
    """The target names the package where it was built, and a copy lies in the store."""
    own = packagebuild.build(world.workflow, world.root / "dist")
    world.target["package"] = f"dist/{own.archive.name}"


def _older_versions(world: World) -> None:
    package = _package(world)
    for path in vars(package).values():
        shutil.copy2(path, path.with_name(path.name.replace("2.0.0", "1.0.0")))
    (package.archive.parent / "README.txt").write_text("What was deployed.\n", encoding="utf-8")


def _store_behind_a_link(world: World) -> None:
    (world.root / packed.STORE).rename(world.root / "volume")
    (world.root / packed.STORE).symlink_to("volume")


def _latest(world: World) -> None:
    """The target names the package by its link."""
    store = world.root / packed.STORE
    for path in vars(_package(world)).values():
        (store / "v2.0.0").mkdir(exist_ok=True)
        path.rename(store / "v2.0.0" / path.name)
        path.symlink_to(f"v2.0.0/{path.name}")


# What `git archive HEAD` writes first: a header for all members, and in it nothing but the commit as a comment.
COMMIT = forged.file(b"pax_global_header", forged.record(b"comment", b"4" * 40), kind=b"g", mode=b"0000666\0")
PACKAGE: Mapping[str, Change] = {
    "the archive is compressed fast": _archived(lambda tar: gzip.compress(tar, 1)),
    "the archive is compressed well": _archived(lambda tar: gzip.compress(tar, 9)),
    "the archive keeps its name, its time and a file system": _archived(_with_header),
    "the archive was made by GNU tar, for a user": _tarred(tarfile.GNU_FORMAT, owner="dana"),
    "the archive was made by a POSIX tar, for a user": _tarred(tarfile.PAX_FORMAT, owner="Dana Exämple"),
    "the archive was made by an old tar": _tarred(tarfile.USTAR_FORMAT),
    "the archive was made on Windows, for a user of a domain": _tarred(tarfile.PAX_FORMAT, owner="CORP\\dana"),
    "the archive has no folders of its own": _tarred(tarfile.GNU_FORMAT, folders=False),
    "the archive has its files in another order": _tarred(tarfile.GNU_FORMAT, turned=True),
    "the archive's names start with a dot": _tarred(tarfile.GNU_FORMAT, prefix="./"),
    "the manifest is one line": _manifest(lambda data: json.dumps(data, separators=(",", ":"))),
    "the manifest is sorted and indented by tabs": _manifest(
        lambda data: json.dumps(data, indent="\t", sort_keys=True)
    ),
    "the manifest's lines end as on Windows": _manifest(lambda data: json.dumps(data, indent=1).replace("\n", "\r\n")),
    "the manifest lists its files the other way round": _manifest(
        lambda data: json.dumps({**data, "files": data["files"][::-1]}, indent=2)
    ),
    "the checksums stand the other way round": _checksums(
        lambda text: "".join(reversed(text.splitlines(keepends=True)))
    ),
    "the checksums were made in binary mode": _checksums(lambda text: text.replace("  ", " *")),
    "the checksum file ends without a line end": _checksums(str.rstrip),
    "the checksums have capitals": _checksums(
        lambda text: re.sub("[0-9a-f]{64}", lambda found: found[0].upper(), text)
    ),
    "the checksums' lines end as on Windows": _checksums(lambda text: text.replace("\n", "\r\n")),
    "the checksums have tags": _checksums(lambda text: re.sub("(?m)^([0-9a-f]{64})  (.*)$", r"SHA256 (\2) = \1", text)),
    "the checksums name files of this folder": _checksums(lambda text: text.replace("  ", "  ./")),
    "the archive was made by git, for a commit": _archived(lambda tar: gzip.compress(COMMIT + tar)),
    "the package lies where it was built": _built_elsewhere,
    "the store has older versions and a note": _older_versions,
    "the store is behind a link": _store_behind_a_link,
    "the store has each release in a folder and a link to the files of the latest": _latest,
}


def _served(behaviours: Mapping[str, Behaviour]) -> Change:
    """A server in front of the healthy one, which the client's configuration names as well."""

    def changes(world: World) -> None:
        behind(behaviours, patience=5)(world)
        world.environment["KNOWLEDGE_MCP_URL"] = world.target["knowledge"]["url"]

    return changes


def _url(ending: str) -> Change:
    def changes(world: World) -> None:
        world.target["knowledge"]["url"] += ending

    return changes


def _client(change: Callable[[dict[str, Any]], object], **form: Any) -> Change:
    """Another client configuration."""

    def changes(world: World) -> None:
        path = world.claude / ".mcp.json"
        data = json.loads(path.read_text(encoding="utf-8"))
        change(data)
        path.write_text(json.dumps(data, **form), encoding="utf-8")

    return changes


def more_servers(data: dict[str, Any]) -> None:
    """A client that knows other servers besides."""
    data["mcpServers"]["files"] = {"command": "npx", "args": ["-y", "files@1.2.3"], "env": {"ROOT": "/srv"}}
    data["mcpServers"]["tickets"] = {"type": "http", "url": "https://tickets.example.com/mcp"}


def _at_the_plans_path(world: World) -> None:
    """Where the plan says, and with the address itself: that client knows no variables."""
    folder = world.home / ".claude_config"
    folder.mkdir()
    server = {"type": "sse", "url": f"{world.target['knowledge']['url']}/mcp"}
    text = json.dumps({"mcpServers": {"knowledge-pipeline": server}}, indent=2)
    (folder / "claude_desktop_config.json").write_text(text, encoding="utf-8")


SERVICES = {"mongodb": "healthy", "qdrant": "healthy", "cache": "healthy"}
MCP: Mapping[str, Change] = {
    "the server is behind a proxy": _served({"*": forward}),
    "the server's health names more services": _served({"GET /health": state(services=SERVICES, note="für")}),
    "the server's health has no content type": _served({"GET /health": answer(200, json.dumps(
        {"status": "healthy", "services": {"mongodb": "healthy", "qdrant": "healthy"}}).encode())}),
    "the server's address ends in /mcp": _url("/mcp"),
    "the server's address ends in a slash": _url("/"),
    "the server may take its time": lambda world: world.target["knowledge"].update(timeout_seconds=30),
    "the client has more servers": _client(more_servers, indent=2),
    "the client's configuration is one line": _client(lambda data: None, separators=(",", ":")),
    "the client's configuration has settings of its own": _client(
        lambda data: data.update(globalShortcut="Ctrl+Space", preferences={"theme": "dark"}), indent=4),
    "the client's configuration lies at the plan's path": _at_the_plans_path,
}  # fmt: skip


def _in_claude(path: str, text: str) -> Change:
    def changes(world: World) -> None:
        file = world.claude / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text.encode())

    return changes


def _every(suffix: str, change: Callable[[str], str], folder: str = "claude") -> Change:
    """Every file of the project, or of the workflow, with a suffix, passed through a function."""

    def changes(world: World) -> None:
        for path in (world.root / folder).rglob(f"*{suffix}"):
            path.write_bytes(change(path.read_bytes().decode()).encode())

    return changes


def _project_renamed(world: World) -> None:
    world.claude.rename(world.root / "Projekt Größe (2)")
    world.target["claude"]["project"] = "Projekt Größe (2)"


def _project_behind_a_link(world: World) -> None:
    world.claude.rename(world.root / "real")
    world.claude.symlink_to("real")


BMAD: Mapping[str, Change] = {
    "the project has another name": _project_renamed,
    "the project is behind a link": _project_behind_a_link,
    "the project has code of its own": _in_claude("src/main.py", "print('---')\n"),
    "the project tells Claude something": _in_claude("CLAUDE.md", "# Rules\n\nAsk @team before you deploy.\n"),
    "the project has settings": _in_claude(".claude/settings.json", '{"permissions": {"allow": ["Bash(make:*)"]}}\n'),
    "the project has commands of its own": _in_claude(".claude/commands/ship.md", "---\ndescription: x\n---\nShip.\n"),
    "the project has a skill of its own": _in_claude(
        ".claude/skills/pdf/SKILL.md", "---\nname: pdf\ndescription: reads PDF files\n---\nRead it.\n"),
    "the user has commands of their own": lambda world: _home(world, ".claude/commands/mine.md", "Do it.\n"),
    "the project's lines end as on Windows": _every(".md", lambda text: text.replace("\n", "\r\n")),
    "the project's YAML lines end as on Windows": _every(".yaml", lambda text: text.replace("\n", "\r\n")),
    "the project's lines end with blanks": _every(".yaml", lambda text: text.replace("\n", "  \n")),
    "the project's YAML has comments": _every(".yaml", lambda text: f"# by hand\n{text}\n# end\n"),
    "the project's files end with blank lines": _every(".md", lambda text: f"{text}\n\n\n"),
    "the project's user speaks German": _every("bmm/config.yaml", lambda text: text.replace("English", "Deutsch")
                                               + "\nnote: für alle\n"),
    "the workflow's lines end as on Windows": _every(".md", lambda text: text.replace("\n", "\r\n"), "workflow"),
    "the workflow's YAML has comments": _every(".yaml", lambda text: f"# by hand\n{text}\n# end\n", "workflow"),
    "the project has a BMAD whose commands are skills": bmad_skills.installed,
    "the story template has rules between its sections": replaced(
        "templates/bmm-story.template.md", "## Tasks / Subtasks", "---\n\n## Tasks / Subtasks"),
    "hidden files lie in the project": _in_claude("_bmad/bmm/.DS_Store", "\0\0\0\1Bud1\0"),
}  # fmt: skip


def _home(world: World, path: str, text: str) -> None:
    file = world.home / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")


def _version(new: str, previous: str | None = None) -> Change:
    """The whole release has another version, and the target says so."""

    def changes(world: World) -> None:
        for path in world.workflow.rglob("*"):
            if path.is_file():
                text = path.read_bytes().replace(b"1.0.0", (previous or "1.0.0").encode())
                path.write_bytes(text.replace(b"2.0.0", new.encode()))
        facts = {"version": new} | ({"previous": previous} if previous else {})
        reason = "this is another release"
        world.target["overrides"] = [{"fact": fact, "value": value, "reason": reason} for fact, value in facts.items()]

    return changes


def _packed_anew(change: Change, new: str) -> Change:
    """The same, packed under the name of that version."""

    def changes(world: World) -> None:
        shutil.rmtree(world.root / packed.STORE)
        change(world)
        package = packagebuild.build(world.workflow, world.root / packed.STORE)
        assert new in package.archive.name
        world.target["package"] = f"{packed.STORE}/{package.archive.name}"

    return changes


def _one_more(pattern: str, number: int, path: str, text: str) -> Change:
    """The release has one file more of a kind, and the target says so."""
    composition = {
        "agents/*.md": 11, "agents/config/*.xml": 11, "steps/*/*.md": 13, "templates/**/*": 13, "checklists/*.md": 4,
        "config.yaml": 1, "workflow.md": 1, "workflow-plan-*.md": 1, pattern: number,
    }  # fmt: skip

    def changes(world: World) -> None:
        (world.workflow / path).write_text(text, encoding="utf-8")
        reason = "this release has one more"
        world.target["overrides"] = [{"fact": "composition", "value": composition, "reason": reason}]

    return changes


VERSIONS: Mapping[str, tuple[str, str | None]] = {
    "2.1.0": ("2.1.0", None),
    "10.0.0, after 9.12.3": ("10.0.0", "9.12.3"),
    "3.0.0-rc.1": ("3.0.0-rc.1", "2.9.9"),
    "2.0.10, after 1.9.9": ("2.0.10", "1.9.9"),
}
CHECKLIST = _one_more("checklists/*.md", 5, "checklists/one-more-checklist.md", "# One more\n\n- [ ] Done\n")
TEMPLATE = _one_more("templates/**/*", 14, "templates/one-more.template.md", "# {{TITLE}}\n")


def _releases() -> Iterator[Case]:
    kind = "other releases"
    for name, (new, previous) in VERSIONS.items():
        for gate in ("smoke", "bmad"):
            yield Case(kind, f"the version is {name}", gate, _version(new, previous))
        yield Case(kind, f"the version is {name}", "package", _packed_anew(_version(new, previous), new))
    for gate in ("smoke", "bmad"):
        yield Case(kind, "there is one checklist more", gate, CHECKLIST)
        yield Case(kind, "there is one template more", gate, TEMPLATE)
    yield Case(kind, "there is one checklist more", "package", _packed_anew(CHECKLIST, "2.0.0"))


CASES = (
    *(Case("packages", name, "package", change) for name, change in PACKAGE.items()),
    *(Case("knowledge servers and clients", name, "mcp", change) for name, change in MCP.items()),
    *(Case("Claude projects", name, "bmad", change) for name, change in BMAD.items()),
    *_releases(),
)
