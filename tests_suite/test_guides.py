"""The guides in DEPLOYMENT/: what makes one useless, and what only makes it look otherwise."""

from __future__ import annotations

from pathlib import Path

import pytest

from fixtures.finding import Finding
from fixtures.workflow import guides

NAME = "DEPLOYMENT/ROLLBACK_PROCEDURE.md"
GUIDES: list[tuple[bytes, list[tuple[int | None, str]], list[tuple[int | None, str]]]] = [
    (b"# Rollback\r\n", [], []),
    (b"---\ntitle: x\n---\n```sh\ngit revert\n```\n", [], []),
    (b"", [(None, "is empty; expected content")], []),
    (b"\xef\xbb\xbf \n", [(1, "starts with a byte order mark; expected plain UTF-8"),
                           (None, "is empty; expected content")], []),
    (b"\xff\xfe#\0", [(1, "is UTF-16; expected UTF-8")], []),
    (b"a\nb\xe9", [(2, "byte 0xe9 is not UTF-8; expected UTF-8")], []),
    (b"a\0", [(1, "holds a NUL byte; expected text")], []),
    (b"a\n<<<<<<< HEAD\n", [(2, "conflict marker '<<<<<<< HEAD' of an unfinished merge")], []),
    (b"\xef\xbb\xbf# Rollback\n", [], [(1, "starts with a byte order mark; expected plain UTF-8")]),
    (b"\xef\xbb\xbfa\n<<<<<<< HEAD\n", [(2, "conflict marker '<<<<<<< HEAD' of an unfinished merge")],
     [(1, "starts with a byte order mark; expected plain UTF-8")]),
    (b"# Rollback\n```sh\n", [], [(2, "code fence is opened here and never closed")]),
    (b"---\ntitle: x\n", [], [(1, "frontmatter is opened by --- and never closed")]),
]  # fmt: skip


@pytest.mark.parametrize(("raw", "text", "form"), GUIDES)
def test_guide_is_read_as_what_somebody_has_to_go_by(
    raw: bytes, text: list[tuple[int | None, str]], form: list[tuple[int | None, str]], tmp_path: Path
) -> None:
    (tmp_path / NAME).parent.mkdir()
    (tmp_path / NAME).write_bytes(raw)

    read = guides.read(tmp_path)

    assert guides.text_findings(read) == [Finding(NAME, *each) for each in text]
    assert guides.form_findings(read) == [Finding(NAME, *each) for each in form]


def test_guides_are_the_markdown_files_of_deployment_however_deep(tmp_path: Path) -> None:
    inside = ("b.md", "A.MD", "notes/c.md", "install.sh", ".hidden.md", ".git/d.md", "e.mdx")
    for name in (*(f"DEPLOYMENT/{each}" for each in inside), "agents/f.md", "g.md"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"x")

    assert [each.path for each in guides.read(tmp_path)] == [
        "DEPLOYMENT/A.MD",
        "DEPLOYMENT/b.md",
        "DEPLOYMENT/notes/c.md",
    ]
    assert guides.read(tmp_path / "nowhere") == []


def test_folder_or_dangling_link_that_is_called_like_a_guide_is_one_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / NAME).parent.mkdir()
    (tmp_path / NAME).symlink_to("nowhere.md")

    assert guides.text_findings(guides.read(tmp_path)) == [
        Finding(NAME, None, "cannot be read: no such file or directory")
    ]
