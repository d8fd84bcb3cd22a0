"""The tag of a release in a repository: it stands for what is packed, all of it, and nothing besides."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from fixtures.finding import Finding
from fixtures.package import tag
from fixtures.package.manifest import Entry, Manifest
from fixtures.repository import git

ONE, TWO = "1" * 64, "2" * 64


def _manifest(*paths: str) -> Manifest:
    entries = {path: Entry(path, 1, ONE, 0o644, "2.0.0") for path in paths}
    return Manifest("flow", "2.0.0", "flow-v2.0.0", "flow-v2.0.0.tar.gz", 9, "9" * 64, entries)


def _tagged(monkeypatch: pytest.MonkeyPatch, tree: Mapping[str, git.Entry], commit: str = "c") -> None:
    monkeypatch.setattr(git, "run", lambda *_: f"{commit}\n")
    monkeypatch.setattr(git, "tree", lambda *_: tree)
    monkeypatch.setattr(git, "digests", lambda _, ids: {each: each for each in ids})


def test_tag_that_exists_stands_for_the_packaged_files(monkeypatch: pytest.MonkeyPatch) -> None:
    place, listed = Path("/srv/team"), _manifest("config.yaml", "workflow.md", "a", "b", "sub")
    root = {f"flow/{name}": git.Entry("100644", ONE) for name in ("config.yaml", "workflow.md")}
    more = {"flow/a": git.Entry("100644", TWO), "flow/sub": git.Entry("160000", ONE)}
    _tagged(monkeypatch, {**root, **more})

    assert tag.repository_findings(place, "v2", listed) == [
        Finding("a", None, "differs between the package and the commit that is tagged v2"),
        Finding("b", None, "is in the package and not in the commit that is tagged v2"),
        Finding("sub", None, "is in the package and not in the commit that is tagged v2"),
    ]
    _tagged(monkeypatch, more)
    assert tag.repository_findings(place, "v2", listed) == [
        Finding(None, None, "/srv/team: the tag v2 exists and stands for no workflow at all")
    ]
    _tagged(monkeypatch, {}, commit="")
    assert tag.repository_findings(place, "v2", listed) == []


def test_tag_stands_for_no_more_than_the_packaged_files(monkeypatch: pytest.MonkeyPatch) -> None:
    listed = _manifest("config.yaml", "workflow.md", "agents/a.md")
    besides = ("agents/b.md", "steps/c/d.md", "workflow-plan-x.md", "DEPLOYMENT/e.md")
    others = ("README.md", "notes/f.md", "DOCUMENTATION/g.md", ".gitignore", "agents/.gitkeep", "steps/.git/h")
    elsewhere = {"agents/i.md": git.Entry("100644", ONE)}
    inside = {f"flow/{name}": git.Entry("100644", ONE) for name in (*listed.files, *besides, *others)}
    _tagged(monkeypatch, {**inside, **elsewhere, "flow/agents/sub": git.Entry("160000", ONE)})

    assert tag.repository_findings(Path("/srv/team"), "v2", listed) == [
        Finding(name, None, "is in the commit that is tagged v2 and not in the package") for name in sorted(besides)
    ]


def test_repository_that_git_cannot_read_is_a_finding(tmp_path: Path) -> None:
    (found,) = tag.repository_findings(tmp_path, "v2", _manifest())

    assert found.message.startswith(f"{tmp_path}: git cannot say what the tag v2 stands for: not a git repository")
