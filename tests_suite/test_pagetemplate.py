"""The templates of the pages are compiled once, and a run never fails over what was kept of that."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import jinja2
import pytest

from gate import pagetemplate
from gate.pagetemplate import Compiled


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of one template, for which nothing is kept yet."""
    monkeypatch.setattr(sys, "dont_write_bytecode", False)  # as PYTHONDONTWRITEBYTECODE would have it
    (tmp_path / "page.j2").write_text("<p>{{ word }}</p>", encoding="utf-8")
    return tmp_path


def render(folder: Path, kept: Path) -> str:
    environment = jinja2.Environment(loader=jinja2.FileSystemLoader(folder), bytecode_cache=Compiled(kept))
    return environment.get_template("page.j2").render(word="hello")


def test_template_is_kept_and_used_again(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert render(folder, folder / "kept") == "<p>hello</p>"
    (kept,) = (folder / "kept").iterdir()
    assert sys.implementation.cache_tag in kept.name

    monkeypatch.setattr(jinja2.Environment, "_parse", lambda *_: pytest.fail("compiled once more"))

    assert render(folder, folder / "kept") == "<p>hello</p>"


def test_changed_template_is_compiled_anew(folder: Path) -> None:
    render(folder, folder / "kept")
    (folder / "page.j2").write_text("<b>{{ word }}</b>", encoding="utf-8")

    assert render(folder, folder / "kept") == "<b>hello</b>"


def test_template_of_another_jinja_is_compiled_anew(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    render(folder, folder / "kept")
    monkeypatch.setattr(pagetemplate, "version", lambda name: "0.0")

    assert render(folder, folder / "kept") == "<p>hello</p>"
    assert len(list((folder / "kept").iterdir())) == 2


@pytest.mark.parametrize("damage", [b"", b"j2", b"garbage of some length, and more of it"])
@pytest.mark.parametrize("after", [0, 40, 10_000])
def test_damaged_file_is_compiled_anew(folder: Path, damage: bytes, after: int) -> None:
    render(folder, folder / "kept")
    (kept,) = (folder / "kept").iterdir()
    sound = kept.read_bytes()
    kept.write_bytes(sound[:after] + damage)

    assert render(folder, folder / "kept") == "<p>hello</p>"


def test_every_cut_of_the_file_is_compiled_anew(folder: Path) -> None:
    render(folder, folder / "kept")
    (kept,) = (folder / "kept").iterdir()
    sound = kept.read_bytes()
    for end in range(len(sound)):
        kept.write_bytes(sound[:end])
        assert render(folder, folder / "kept") == "<p>hello</p>", end


def test_folder_that_cannot_be_written_is_no_error(folder: Path) -> None:
    (folder / "kept").write_text("a file where the folder should be", encoding="utf-8")

    assert render(folder, folder / "kept") == "<p>hello</p>"
    assert (folder / "kept").read_text(encoding="utf-8") == "a file where the folder should be"


def test_nothing_is_written_where_python_writes_no_bytecode(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", True)

    assert render(folder, folder / "kept") == "<p>hello</p>"
    assert not (folder / "kept").exists()


def test_failed_writing_leaves_nothing_behind(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)

    assert render(folder, folder / "kept") == "<p>hello</p>"
    assert list((folder / "kept").iterdir()) == []
