"""Manifests are read strictly: what is published as their JSON Schema, and what a schema cannot say."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from fixtures.package import manifest
from fixtures.package.manifest import Entry, ManifestError

SCHEMA = json.loads((Path(manifest.__file__).with_name("manifest.schema.json")).read_text(encoding="utf-8"))
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)
DIGEST = "0123456789abcdef" * 4


def _good() -> dict[str, Any]:
    files = [
        {"path": path, "size": 7, "sha256": DIGEST, "mode": "644", "version": "2.0.0"}
        for path in ("agents/dev.md", "steps/größe.md", "config.yaml")
    ]
    return {
        "schema": 1,
        "name": "flow",
        "version": "2.0.0",
        "tag": "flow-v2.0.0",
        "archive": {"file": "flow-v2.0.0.tar.gz", "size": 99, "sha256": DIGEST},
        "files": files,
    }


def _set(*place: Any, to: Any) -> Callable[[dict[str, Any]], None]:
    def change(data: Any) -> None:
        for key in place[:-1]:
            data = data[key]
        data[place[-1]] = to

    return change


def _without(*place: Any) -> Callable[[dict[str, Any]], None]:
    def change(data: Any) -> None:
        for key in place[:-1]:
            data = data[key]
        del data[place[-1]]

    return change


# What the schema refuses, too: change, message.
BAD_FORM = [
    (_without("schema"), "the manifest lacks schema"),
    (_without("files"), "the manifest lacks files"),
    (_without("archive"), "the manifest lacks archive"),
    (_set("extra", to=1), "the manifest has extra, which a manifest does not know"),
    (_set("schema", to=2), "schema is 2; expected 1"),
    (_set("schema", to="1"), "schema is '1'; expected 1"),
    (_set("schema", to=True), "schema is True; expected 1"),
    (_set("name", to=""), "name is ''; expected letters"),
    (_set("version", to=2.0), "version is 2.0; expected letters"),
    (_set("tag", to="a/b"), "tag is 'a/b'; expected letters"),
    (_set("tag", to="-x"), "tag is '-x'; expected letters"),
    (_set("name", to="x" * 256), "name is 'xxx"),
    (_set("archive", to="flow.tar.gz"), "archive is a text; expected an object"),
    (_set("archive", "file", to="../flow.tar.gz"), "archive.file is '../flow.tar.gz'"),
    (_set("archive", "size", to=-1), "archive: size is -1"),
    (_set("archive", "sha256", to=DIGEST.upper()), "archive: sha256 is '0123456789ABCDEF"),
    (_set("archive", "sha256", to=f"{DIGEST}\n"), "archive: sha256 is '0123456789abcdef"),
    (_set("tag", to="flow\n"), "tag is 'flow\\n'"),
    (_without("archive", "sha256"), "archive lacks sha256"),
    (_set("files", to={}), "files is an object; expected a list"),
    (_set("files", to=[]), "files is 0 entries; expected a list of 1 to 100000"),
    (_set("files", 0, to="agents/dev.md"), "files[0] is a text"),
    (_set("files", 0, to=None), "files[0] is nothing"),
    (_without("files", 1, "mode"), "steps/größe.md lacks mode"),
    (_without("files", 1, "path"), "files[1] lacks path"),
    (_set("files", 1, "extra", to=1), "steps/größe.md has extra"),
    (_set("files", 0, "path", to=5), "files[0]: path is 5; expected a text"),
    (_set("files", 0, "path", to=""), "files[0]: it has no name"),
    (_set("files", 0, "path", to="/etc/passwd"), "/etc/passwd: its name is an absolute path"),
    (_set("files", 0, "path", to="../x"), "../x: its name climbs out"),
    (_set("files", 0, "path", to="a/../x"), "a/../x: its name climbs out"),
    (_set("files", 0, "path", to="./x"), "./x: its name is not in normal form"),
    (_set("files", 0, "path", to="a//b"), "a//b: its name is not in normal form"),
    (_set("files", 0, "path", to="a/"), "a/: its name is not in normal form"),
    (_set("files", 0, "path", to="a\nb"), "a\\nb: its name holds the control character"),
    (_set("files", 0, "path", to="a\\b"), "a\\\\b: its name holds a backslash"),
    (_set("files", 0, "path", to="x" * 1025), "bytes; at most 1024"),
    (_set("files", 0, "size", to=-1), "agents/dev.md: size is -1"),
    (_set("files", 0, "size", to="7"), "agents/dev.md: size is '7'"),
    (_set("files", 0, "size", to=True), "agents/dev.md: size is True"),
    (_set("files", 0, "size", to=2**53), "agents/dev.md: size is 9007199254740992"),
    (_set("files", 0, "sha256", to=DIGEST[:-1]), "agents/dev.md: sha256 is '0123"),
    (_set("files", 0, "sha256", to=f"{DIGEST[1:]}\n"), "agents/dev.md: sha256 is '1234"),
    (_set("files", 0, "sha256", to=None), "agents/dev.md: sha256 is nothing"),
    (_set("files", 0, "mode", to="0644"), "agents/dev.md: mode is '0644'"),
    (_set("files", 0, "mode", to=644), "agents/dev.md: mode is 644"),
    (_set("files", 0, "mode", to="698"), "agents/dev.md: mode is '698'"),
    (_set("files", 0, "version", to=""), "agents/dev.md: version is ''"),
]
# What only the reader refuses.
BEYOND_SCHEMA = [
    (_set("files", 2, "path", to="agents/dev.md"), "agents/dev.md: stands in the package twice"),
    (_set("files", 2, "path", to="agents/DEV.md"), "agents/DEV.md: collides with agents/dev.md"),
    (_set("files", 2, "path", to="steps/gro\u0308\u00dfe.md"), "only in its Unicode normal form"),
    (_set("files", 2, "path", to="agents/dev.md/x"), "stands in the package both as a file and as a folder"),
    (_set("files", 2, "path", to="a\u202eb"), "a\\u202eb: its name holds the control character U+202E"),
    (_set("files", 2, "path", to="C:x"), "C:x: its name starts with a drive letter"),
    (_set("files", 2, "path", to="x."), "x.: a part of its name ends with a dot"),
    (_set("files", 0, "size", to=7.0), "agents/dev.md: size is 7.0"),
]


def _written(folder: Path, data: object) -> Path:
    path = folder / "flow.manifest.json"
    path.write_text(json.dumps(data), encoding="utf-8")
    return path


def test_good_manifest_is_read_and_keeps_to_its_schema(tmp_path: Path) -> None:
    found = manifest.read(_written(tmp_path, _good()))

    assert found.files["agents/dev.md"] == Entry("agents/dev.md", 7, DIGEST, 0o644, "2.0.0")
    assert (found.tag, found.archive_file, found.archive_size) == ("flow-v2.0.0", "flow-v2.0.0.tar.gz", 99)
    assert list(VALIDATOR.iter_errors(_good())) == []


def test_written_manifest_is_the_one_that_was_read(tmp_path: Path) -> None:
    path = _written(tmp_path, _good())
    found = manifest.read(path)

    path.write_text(found.text(), encoding="utf-8")

    assert manifest.read(path) == found
    assert json.loads(found.text()) == _good()


@pytest.mark.parametrize(("change", "message"), BAD_FORM)
def test_wrong_form_is_refused_as_the_schema_does(
    change: Callable[[dict[str, Any]], None], message: str, tmp_path: Path
) -> None:
    data = _good()
    change(data)

    with pytest.raises(ManifestError) as refused:
        manifest.read(_written(tmp_path, data))

    assert message in str(refused.value)
    assert list(VALIDATOR.iter_errors(data)) != [], "the published schema takes it"


@pytest.mark.parametrize(("change", "message"), BEYOND_SCHEMA)
def test_what_a_schema_cannot_say_is_refused(
    change: Callable[[dict[str, Any]], None], message: str, tmp_path: Path
) -> None:
    data = _good()
    change(data)

    with pytest.raises(ManifestError) as refused:
        manifest.read(_written(tmp_path, data))

    assert message in str(refused.value)


GOOD = json.dumps(_good())
BAD_TEXT = [
    (b"", 1, "is no JSON: Expecting value"),
    (GOOD.encode()[:-1], 1, "is no JSON"),
    (b"[]", None, "holds a list; expected an object"),
    (b"null", None, "holds nothing; expected an object"),
    (b"\xef\xbb\xbf" + GOOD.encode(), 1, "is no JSON: Unexpected UTF-8 BOM"),
    (GOOD.encode("utf-16"), 1, "is not UTF-8"),
    (b'{\n"name": "\xff"}', 2, "byte 11 is not UTF-8"),
    (GOOD.replace('"schema": 1', '"schema": 1, "schema": 1').encode(), None, "the key 'schema' stands twice"),
    (GOOD.replace('"size": 7', '"size": 7, "size": 8').encode(), None, "the key 'size' stands twice"),
    (GOOD.replace('"size": 7', '"size": NaN').encode(), None, "NaN is no number"),
    (GOOD.replace('"size": 7', '"size": 1e999').encode(), None, "agents/dev.md: size is inf"),
    (GOOD.replace('"size": 7', f'"size": {"9" * 5000}').encode(), None, "is no JSON that programs agree on"),
    (b"[" * 100_000, None, "is nested too deeply"),
    (GOOD.replace("dev.md", "\\ud800.md").encode(), None, "agents/\\ud800.md: its name holds"),
    (GOOD.encode() + b" x", 1, "is no JSON: Extra data"),
]


@pytest.mark.parametrize(("raw", "line", "message"), BAD_TEXT)
def test_bad_text_is_refused_with_its_line(raw: bytes, line: int | None, message: str, tmp_path: Path) -> None:
    path = tmp_path / "flow.manifest.json"
    path.write_bytes(raw)

    with pytest.raises(ManifestError) as refused:
        manifest.read(path)

    assert message in str(refused.value)
    assert refused.value.findings[0].line == line
    assert refused.value.findings[0].file == "flow.manifest.json"
