"""Parsers of what people write: texts, YAML, records, target files, packages, backups, stories, notices."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from fixtures import markdown, schedule, target, textfile
from fixtures.announcement import wording
from fixtures.backup import bsonfault, checksums, dumpfolder, dumplog, mongodump
from fixtures.backup.dumpbytes import Damaged
from fixtures.bmad import installation
from fixtures.evidence import record
from fixtures.evidence.entries import says_nothing
from fixtures.evidence.record import RecordError
from fixtures.finding import Finding
from fixtures.measured import stories as measured_stories
from fixtures.notification import clocks, contact, dates, notices
from fixtures.package import checksumfile, compare, manifest, package, tarheader
from fixtures.package.checksumfile import ChecksumError
from fixtures.package.manifest import ManifestError
from fixtures.story import draft, generation, references, story
from fixtures.targetfile import TargetError
from fixtures.textfile import TextFile
from fixtures.yamlfile import YamlError, fill, parse
from tests_suite.dumps import ARCHIVE
from tests_suite.fuzz import real
from tests_suite.fuzz.mutations import Seed
from tests_suite.fuzz.subject import Parser, Seeds

NOW = datetime(2026, 1, 6, 9, tzinfo=UTC)
README = Path(__file__).parents[2] / "README.md"
ZONES = ("Europe/Paris", "UTC")


def text_of(folder: Path, name: str, data: bytes) -> str:
    """What the suite takes for the text of a file."""
    return file_of(folder, name, data).text


def file_of(folder: Path, name: str, data: bytes) -> TextFile:
    """A file of a tree, read."""
    (folder / name).write_bytes(data)
    return textfile.read(folder, name)


def shown(found: Iterable[Finding | object]) -> list[str]:
    """Findings as reports write them: an exception may wait in a generator, or in how a value is shown."""
    return [str(each) for each in found]


def one_line(said: object) -> None:
    """What is wrong with a file is said in one line."""
    assert len(str(said).splitlines()) == 1, f"not one line: {said!s:.200}"


def _yaml(folder: Path, name: str, data: bytes) -> None:
    text = text_of(folder, name, data)
    for each in (text, fill(text)):
        try:
            repr(parse(each))
        except YamlError as error:
            one_line(error)


def _markdown(folder: Path, name: str, data: bytes) -> None:
    text = text_of(folder, name, data)
    repr(markdown.frontmatter(text)), repr(markdown.frontmatter(text, template=True))
    markdown.unclosed_fence(text)
    markdown.outside_fences(text)


def _target(folder: Path, name: str, data: bytes) -> None:
    path = folder / "target.yaml"
    path.write_bytes(data)
    try:
        found = target.from_file(path)
        found.described(), repr(found)
        if found.schedule is not None:
            repr((found.schedule.label, found.schedule.opens, found.schedule.ends))
    except TargetError as error:
        one_line(error)
        raise


@functools.cache
def _targets() -> Seeds:
    yaml = README.read_text(encoding="utf-8").partition("```yaml\n")[2].partition("```")[0]
    seeds = {"README": Seed(yaml.encode(), "yaml")}
    for provider in ("announced", "recorded", "measured", "hour", "backup folder"):
        seeds[provider] = next(iter(real.files(provider, "target.yaml").values()))
    return seeds


def _users(folder: Path, name: str, data: bytes) -> object:
    (folder / "users.txt").write_bytes(data)
    return schedule.users_of(folder / "target.yaml", "users.txt")


def _record(folder: Path, name: str, data: bytes) -> None:
    kept = folder / "evidence"
    kept.mkdir(exist_ok=True)
    for known in kept.iterdir():
        known.unlink()
    (kept / name).write_bytes(data)
    found = record.read(kept, name.partition(".")[0])
    for each in found.mistakes:
        found.finding(each.message, *each.path)
    repr(found.data)


@functools.cache
def _records() -> Seeds:
    seeds = dict(real.files("announced", "evidence/*.json")) | real.files("recorded", "evidence/*.json")
    templates = sorted((Path(record.HERE) / "templates").glob("*.yaml"))
    return seeds | {path.name: Seed(path.read_bytes(), "yaml") for path in templates}


def _manifest(folder: Path, name: str, data: bytes) -> None:
    (folder / "manifest.json").write_bytes(data)
    found = manifest.read(folder / "manifest.json")
    found.text()


def _package(folder: Path, name: str, data: bytes) -> None:
    for each, seed in _packages().items():
        (folder / each).write_bytes(data if each == name else seed.data)
    archive = next(folder.glob("*.tar.gz"))
    opened = package.open_package(archive)
    shown(compare.faults_of(opened))
    shown(opened.own_findings), repr(opened.versions)
    if opened.archive is not None:
        compare.step_numbers(opened.archive)
        shown(compare.guide_findings(opened.archive))
        shown(compare.document_findings(opened.archive))


@functools.cache
def _packages() -> Seeds:
    forms = {".gz": "tar", ".json": "json", ".sha256": "text"}
    found = real.files("packed", "deployments/*")
    return {name: Seed(seed.data, forms[Path(name).suffix]) for name, seed in found.items()}


def _header(folder: Path, name: str, data: bytes) -> None:
    header = tarheader.parse(data[:512].ljust(512, b"\0"))
    records = tarheader.pax_records(data[512:])
    tarheader.name_of(header, records), tarheader.size_of(header, records)


def _headers() -> Seeds:
    import io
    import tarfile

    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as tar:
        tar.addfile(tarfile.TarInfo("agents/größe.md"))
    raw = out.getvalue()
    return {"plain": Seed(raw[1024:1536], "bytes"), "pax": Seed(raw[1024:1536] + raw[512:1024].rstrip(b"\0"), "bytes")}


def _archive(folder: Path, name: str, data: bytes) -> None:
    path = folder / "knowledge.archive.gz"
    path.write_bytes(data)
    for decoding in (True, False):
        found = mongodump.read(path, decoding)
        shown(found.faults), repr(found.collections)


def _dump_folder(folder: Path, name: str, data: bytes) -> None:
    root = folder / "dump"
    for path in sorted(_dumped().rglob("*")):
        if path.is_file():
            there = root / path.relative_to(_dumped())
            there.parent.mkdir(parents=True, exist_ok=True)
            there.write_bytes(data if path.name == name else path.read_bytes())
    found = dumpfolder.read(root)
    shown(found.faults), repr(found.collections)
    shown(checksums.findings(root, root / "SHA256SUMS", found.sha256))


def _dumped() -> Path:
    return real.world_of("backup folder").root / "backups" / "dump"


def _dump_log(folder: Path, name: str, data: bytes) -> object:
    (folder / "mongodump.log").write_bytes(data)
    return dumplog.read(folder / "mongodump.log")


def _checksums(folder: Path, name: str, data: bytes) -> None:
    (folder / "a.archive").write_bytes(b"x")
    (folder / "SHA256SUMS").write_bytes(data)
    shown(checksums.findings(folder / "a.archive", folder / "SHA256SUMS", {"a.archive": "0" * 64}))
    (folder / "own.sha256").write_bytes(data)
    checksumfile.read(folder / "own.sha256")


def _story(folder: Path, name: str, data: bytes) -> None:
    file = file_of(folder, "1-1-a-story.md", data)
    shown(story.validate(file.text)), shown(story.validate(file.text, template=True))
    repr(measured_stories.quality(file))
    references.references_in(file.text)
    for each in draft.drafts_in(file):
        repr(each)


def _sample(folder: Path, name: str, data: bytes) -> None:
    kept = folder / "stories"
    kept.mkdir(exist_ok=True)
    (kept / "1-1-a-story.md").write_bytes(data)
    found = measured_stories.read(kept)
    prefixes = {1: "BA", 2: "ARCH"}
    shown(measured_stories.missing_steps(found, prefixes, ()))
    shown(measured_stories.unassigned(found, prefixes))
    measured_stories.document(found, prefixes, "2.0.0")


def _words(folder: Path, name: str, data: bytes) -> None:
    text = text_of(folder, name, data)[:50_000]
    repr(clocks.times_in(text, ZONES)), repr(list(dates.days_in(text)))
    wording.is_live(text, "2.0.0"), wording.features_of(text, "2.0.0"), wording.sentences(text)
    wording.names_person(text, "Ada Example"), wording.named_features(text, wording.features_of(text, "2.0.0"))
    notices.names_version(text, "2.0.0"), notices.spellings(text[:200]), notices.is_person(text[:200])
    contact.stands_in(text, "+12025550101"), says_nothing(text[:2000])
    for line in text.splitlines()[:20]:
        contact.number_fault(line), contact.is_same(line, "+1 202 555 0101"), contact.is_same("+12025550101", line)
        clocks.meaning(line[:40], NOW, ZONES), installation.layout_of(line), generation.inline(line)
        schedule.zone_of(line[:100]), notices.outside(folder, line[:300])


NOTICE = (
    "Deployment of AI Engineering Workflow v2.0.0\n\nOn Tuesday, 6 January 2026, from 09:00 to 10:00 CET (UTC+1) the "
    "workflow v2.0.0 goes live, 08:00-09:00 UTC. Call Ada Example, +1 202 555 0101, ada@example.com.\n"
    "2026-01-06 9 am to "
    "10 a.m. Europe/Paris; 0900Z; 6.1.2026 9h00; 01/06/26; +44 (0)20 7946 0000\n"
)


def _bson(folder: Path, name: str, data: bytes) -> object:
    return bsonfault.fault_in(data)


def _documents() -> Seeds:
    import bson

    fields = {"a": 1, "b": [1.5, None, True], "c": {"d": "x"}, "e": NOW, "f": bson.ObjectId(b"0" * 12), "g": b"bytes",
              "h": bson.Regex("a", "i"), "i": bson.Int64(5), "j": bson.Decimal128("1.5"), "k": bson.Code("x",
                {"y": 1})}  # fmt: skip
    return {"document": Seed(bson.encode(fields), "bytes")}


PARSERS = (
    Parser("yaml", lambda: real.release("config.yaml", "templates/*.yaml", form="yaml"), _yaml),
    Parser("markdown", lambda: real.release("workflow.md", "agents/dev.md", "steps/0-scoping/*.md"), _markdown),
    Parser("target file", _targets, _target, (TargetError,), 120),
    Parser("users", lambda: real.texts("# everybody\nada@example.com\nteam <t@example.com>\n"), _users, (TargetError,),
      30),
    Parser("records", _records, _record, (RecordError,), 150),
    Parser("manifest", lambda: real.files("packed", "deployments/*.json"), _manifest, (ManifestError,)),
    Parser("package", _packages, _package, (), 40),
    Parser("tar header", _headers, _header, (tarheader.TarError,)),
    Parser("mongodump archive",
           lambda: {"plain": Seed(ARCHIVE, "bytes"), **real.files("recorded", "backups/*.gz", form="gzip")},
           _archive, (), 30),
    Parser("mongodump folder", lambda: real.files("backup folder", "backups/dump/**/*.*", form="bytes"), _dump_folder,
      (), 30),
    Parser("mongodump log", lambda: real.files("backup folder", "mongodump.log"), _dump_log, (Damaged,), 40),
    Parser("checksums", lambda: real.files("packed", "deployments/*.sha256"), _checksums, (ChecksumError,), 40),
    Parser("bson", _documents, _bson, (), 100),
    Parser("story", lambda: real.files("measured", "stories/1-*.md") | real.release("steps/1-feature/*.md",
      "templates/bmm*.md"),
           _story),
    Parser("sample stories", lambda: real.files("measured", "stories/1-*.md", most=3), _sample, (), 30),
    Parser("notice", lambda: real.texts(NOTICE) | real.release("DEPLOYMENT/VERSION_NOTES.md", form="text"), _words),
)  # fmt: skip
