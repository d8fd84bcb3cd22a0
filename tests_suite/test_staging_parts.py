"""What deployments and rollbacks are made of: folders compared, files written whole, names, claims, words, the link."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import stat
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from types import SimpleNamespace

import pytest

from fixtures.staging import archive, attempt, facts, failure, files, git, preflight, reader, site
from fixtures.staging.attempt import Attempt, Status
from fixtures.staging.files import Held
from fixtures.staging.git import GitError
from fixtures.staging.site import Person, RefusedError, Site, StoppedError
from fixtures.staging.state import State

ADA = Person("Ada Example", "DevOps", "ada@x.example")
X = hashlib.sha256(b"x").hexdigest()
WHEN = datetime(2026, 1, 6, 9, 16, 5, 678_900, tzinfo=UTC)


def _refused(call: Callable[[], object]) -> str:
    with pytest.raises(RefusedError) as error:
        call()
    return str(error.value)


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_file_with_a_merge_conflict_is_named_in_full(tmp_path: Path) -> None:
    git.git(tmp_path, "init", "-q", "-b", "main", ".")
    for text, *checkout in (("a",), ("b", "-b", "other"), ("c", "main")):
        if checkout:
            git.git(tmp_path, "checkout", "-q", *checkout)
        (tmp_path / "a file.md").write_text(text, encoding="utf-8")
        git.git(tmp_path, "add", ".")
        git.git(tmp_path, "commit", "-q", "-m", text, who=ADA, at=1_767_690_960)
    with pytest.raises(GitError):
        git.git(tmp_path, "merge", "-q", "other", who=ADA, at=1_767_690_960)

    said = _refused(lambda: preflight.require_clean_main(Site(tmp_path, tmp_path, tmp_path, tmp_path, "flow")))

    assert said == f"{tmp_path}: a file.md has uncommitted changes; commit or put them away"


def test_message_names_git_s_command_and_none_of_its_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    git.git(tmp_path, "init", "-q", "-b", "main", ".")
    (tmp_path / "gitconfig").write_text(f"[safe]\ndirectory = {tmp_path}\n", encoding="utf-8")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))

    with pytest.raises(GitError, match=r"^git rev-parse: "):
        git.git(tmp_path, "rev-parse", "none")


# Folders and files


def test_folder_is_told_with_every_file_link_and_mode(tmp_path: Path) -> None:
    (tmp_path / "b" / "c").mkdir(parents=True)
    (tmp_path / "b" / "c" / "file").write_bytes(b"x")
    (tmp_path / "a").symlink_to("b/nowhere")
    os.mkfifo(tmp_path / "z")
    for path, mode in (("b", 0o755), ("b/c", 0o700), ("b/c/file", 0o640), ("z", 0o600)):
        (tmp_path / path).chmod(mode)

    whole = {
        "a": Held("-> b/nowhere", 0),
        "b": Held("", 0o755),
        "b/c": Held("", 0o700),
        "b/c/file": Held(X, 0o640),
        "z": Held("a device, socket or FIFO", 0o600),
    }
    assert files.held(tmp_path) == whole
    assert list(files.held(tmp_path)) == list(whole)
    assert list(files.held(tmp_path, lambda path: path in ("a", "b/c"))) == ["b", "z"]


def test_planned_folder_has_its_files_their_folders_and_nothing_else() -> None:
    assert files.planned({"a/b/c.md": X, "a/d.md": X, "e.md": X}) == {
        "a": Held("", 0o755),
        "a/b": Held("", 0o755),
        "a/b/c.md": Held(X, 0o644),
        "a/d.md": Held(X, 0o644),
        "e.md": Held(X, 0o644),
    }


def test_differences_of_two_folders_are_told_by_path() -> None:
    one = {"same": Held(X, 0o644), "z": Held(X, 0o600), "more": Held(X, 0o644), "other": Held("y", 0o600)}
    expected = {"same": Held(X, 0o644), "z": Held(X, 0o644), "gone": Held(X, 0o644), "other": Held(X, 0o644)}
    lines = [
        "gone: is missing",
        "more: is there, and should not be",
        "other: has other contents than it should have",
        "z: has mode 600; expected 644",
    ]

    assert files.differences(one, expected) == lines
    assert files.differences(one, expected, modes=False) == lines[:3]
    assert files.differences(expected, expected) == []
    assert _refused(lambda: files.require_same(Path("/w"), one, expected)) == "/w: gone: is missing (and 3 more)"
    assert _refused(lambda: files.require_same(Path("/w"), one, {**one, "a": Held(X, 0)})) == "/w: a: is missing"
    files.require_same(Path("/w"), {"z": one["z"]}, {"z": expected["z"]}, modes=False)


@pytest.mark.parametrize("umask", [0o000, 0o077])
def test_files_and_folders_have_the_plan_s_modes_whatever_the_umask_is(
    umask: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "CHUNK", 2)
    (tmp_path / "source").write_bytes(b"12345")
    before = os.umask(umask)
    try:
        files.make_folder(tmp_path / "folder")
        files.copy_file(tmp_path / "source", tmp_path / "copy")
        files.write_json(tmp_path / "record.json", {"name": "größer", "list": [1]})
        with pytest.raises(FileExistsError):
            files.copy_file(tmp_path / "source", tmp_path / "copy")
    finally:
        os.umask(before)

    assert [_mode(tmp_path / each) for each in ("folder", "copy", "record.json")] == [0o755, 0o644, 0o644]
    assert (tmp_path / "copy").read_bytes() == b"12345"
    assert (tmp_path / "record.json").read_text(encoding="utf-8") == '{\n "name": "größer",\n "list": [\n  1\n ]\n}\n'
    assert sorted(os.listdir(tmp_path)) == ["copy", "folder", "record.json", "source"]
    assert files.total_size([tmp_path / "copy", tmp_path / "source"]) == 10


def test_file_that_cannot_be_written_whole_is_left_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "taken").mkdir()

    with pytest.raises(OSError, match="taken"):
        files.write_whole(tmp_path / "taken", b"x")

    assert os.listdir(tmp_path) == ["taken"]


# Words


ERRORS: list[tuple[BaseException, str]] = [
    (FileNotFoundError(2, "No such file or directory", "/a/b"), "/a/b: no such file or directory"),
    (OSError(28, "No space left on device"), "no space left on device"),
    (OSError("Odd"), "odd"),
    (subprocess.TimeoutExpired(["git", "x"], 1.5), "git did not end within 1.5 s"),
    (RefusedError("Not so"), "Not so"),
]


@pytest.mark.parametrize(("error", "words"), ERRORS)
def test_error_is_one_line_that_names_the_file(error: BaseException, words: str) -> None:
    assert failure.in_words(error) == words


STOPS: list[tuple[str | None, int | None, str]] = [
    ("1.0.0", 3, "step 3: disk is full; 1.0.0 is live"),
    (None, 8, "step 8: disk is full; no version is live"),
    ("2.0.0", 9, "disk is full; 2.0.0 is live"),
    ("1.0.0", None, "disk is full; 1.0.0 is live"),
]


@pytest.mark.parametrize(("live", "step", "words"), STOPS)
def test_deployment_that_stopped_says_where_and_what_is_live(live: str | None, step: int | None, words: str) -> None:
    error = StoppedError("disk\n  is full", live, step)

    assert (str(error), error.live, error.step) == (words, live, step)


STATUSES: list[tuple[Status, str]] = [
    (Status("1.0.0", "main's checkout", (), False), "1.0.0 is live (main's checkout); nothing is left of a deployment"),
    (Status(None, "x", ("tag a", "branch b"), True), "no version is live (x); left of a deployment: tag a, branch b"),
]


@pytest.mark.parametrize(("status", "words"), STATUSES)
def test_status_is_one_sentence(status: Status, words: str) -> None:
    assert status.sentence == words


def test_states_differ_by_name_and_not_by_order() -> None:
    one, other = State({"a": "1", "b": "2", "same": "x"}), State({"same": "x", "c": "3", "b": "1"})

    assert one.differences(other) == ["a: 1 became absent", "b: 2 became 1", "c: absent became 3"]
    assert one.digest == State(dict(reversed(list(one.entries.items())))).digest != other.digest
    assert one.digest == hashlib.sha256(b"a\x001\0b\x002\0same\0x\0").hexdigest()


# Texts of the plan


@dataclasses.dataclass(frozen=True)
class Release:
    """What texts and names are made of."""

    name: str = "ai-mcp-workflow"
    version: str = "2.0.0"
    previous: str = "1.0.0"
    tag: str = "ai-v{version}"
    branch: str = "deploy/v{version}"
    backup: str = "/backups/flow-v{previous}-backup-<timestamp>.tar.gz"
    agents: tuple[str, ...] = ("dev", "pm")
    steps: int = 11
    files: int = 55


def test_messages_of_commit_and_tag_are_the_plan_s() -> None:
    assert facts.commit_message(Release()) == (
        "feat: Deploy AI MCP Workflow v2.0.0\n\n- 2 specialized agents with FTI architecture\n"
        "- 11 workflow steps from scoping to integration\n- 50+ Knowledge MCP integration points\n"
        "- Production-ready configuration and templates\n- Comprehensive deployment documentation\n\n"
        "Signed-off by: Tech Lead, PM, Infrastructure\n"
    )
    assert facts.tag_message(Release()) == "Production Deployment of AI MCP Workflow v2.0.0\n"


def test_archives_have_their_moment_in_their_names() -> None:
    assert archive.backup_name(Release(), WHEN) == "flow-v1.0.0-backup-20260106T091605Z.tar.gz"
    assert archive.failed_name("flow", "2.0.0", WHEN) == "flow-v2.0.0-failed-20260106T091605Z.tar.gz"
    assert site.moment(WHEN.astimezone(timezone(timedelta(hours=5)))) == "2026-01-06T09:16:05.678Z"


def test_clock_goes_on_from_when_it_was_made(monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = iter([100.0, 102.5, 103.0])
    monkeypatch.setattr(site, "time", SimpleNamespace(monotonic=lambda: next(seconds)))
    begun = datetime.now(UTC)
    clock = site.Clock()
    latest = datetime.now(UTC)

    now = clock.now()

    assert begun <= now - timedelta(seconds=2.5) <= latest
    assert clock.text() == site.moment(now + timedelta(seconds=0.5))


# Claims and the link


def _site(folder: Path) -> Site:
    (folder / "releases").mkdir()
    return Site(folder / "repository", folder / "live", folder / "backups", folder / "releases", "flow")


CLAIM = Attempt("flow", "2.0.0", "1.0.0", "v2", "deploy/v2", "b" * 40, "repository/flow", "feat: x\n", "x\n", X, "2026")


def test_places_of_a_site_are_told_by_its_tag(tmp_path: Path) -> None:
    one = _site(tmp_path)

    places = (
        one.blue,
        one.worktree("v2"),
        one.green("v2"),
        one.extracted("v2"),
        one.restored("v2"),
        one.new_link("v2"),
    )
    assert list(places) == [
        tmp_path / each
        for each in (
            "repository/flow",
            "releases/v2",
            "releases/v2/flow",
            "releases/v2.package/flow",
            "releases/v2.restored",
            ".live.v2",
        )
    ]  # fmt: skip
    assert CLAIM.refs == ("refs/heads/deploy/v2", "refs/tags/v2")


def test_claim_is_read_as_it_was_written_and_listed_by_tag(tmp_path: Path) -> None:
    one = _site(tmp_path)
    assert (attempt.read(one, "v2"), attempt.attempts(one)) == (None, [])
    first = dataclasses.replace(CLAIM, tag="v1")
    for each in (CLAIM, first):
        attempt.claim(one, each)
    (one.releases / ".v0.attempt.json").write_text("part", encoding="utf-8")

    assert attempt.read(one, "v2") == CLAIM
    assert attempt.attempts(one) == [first, CLAIM]
    assert json.loads((one.releases / "v2.attempt.json").read_text(encoding="utf-8"))["schema"] == 1
    assert attempt.attempts(dataclasses.replace(one, releases=tmp_path / "none")) == []


@pytest.mark.parametrize("text", ["{", "[]", "{}", '{"schema": 1}', '{"schema": 1, "more": "x"}', "[" * 100_000])
def test_claim_that_nobody_wrote_so_is_refused(text: str, tmp_path: Path) -> None:
    one = _site(tmp_path)
    path = one.releases / "v2.attempt.json"
    path.write_text(text, encoding="utf-8")

    expected = f"{path}: is no claim of a deployment; look at it, and move it away"
    assert _refused(lambda: attempt.read(one, "v2")) == expected


@pytest.mark.parametrize(("text", "told"), [('{"a": 1}', {"a": 1}), ("[1]", {}), ("{", {}), (None, {})])
def test_record_that_a_deployment_kept_is_read_or_empty(text: str | None, told: object, tmp_path: Path) -> None:
    one = _site(tmp_path)
    if text is not None:
        attempt.log_file(one, "v2").write_text(text, encoding="utf-8")

    assert attempt.log_file(one, "v2") == one.releases / "v2.log.json"
    assert attempt.read_log(one, "v2") == told


def test_link_is_pointed_elsewhere_in_one_step(tmp_path: Path) -> None:
    one = _site(tmp_path)
    assert _refused(lambda: site.live_text(one)) == (
        f"{one.live}: does not exist; expected one that points to {one.blue}"
    )
    one.live.mkdir()
    assert _refused(lambda: site.live_text(one)).startswith(f"{one.live}: is no symbolic link; ")
    one.live.rmdir()
    one.new_link("v2").symlink_to("left of another")

    site.point(one, "v2", "releases/v2/flow")

    assert site.live_text(one) == "releases/v2/flow"
    assert (site.points_to(one, one.green("v2")), site.points_to(one, one.blue)) == (True, False)
    assert sorted(os.listdir(tmp_path)) == ["live", "releases"]


def test_second_deployment_waits_and_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(site, "PATIENCE", 0.0)
    one = _site(tmp_path)
    with site.alone(one):
        expected = f"{one.releases}: another deployment or rollback is running there"
        assert _refused(lambda: site.alone(one).__enter__()) == expected
    with site.alone(one) as lock:
        assert os.fstat(lock).st_ino == (one.releases / ".lock").stat().st_ino


def test_reader_sees_names_bytes_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "flow" / "a").mkdir(parents=True)
    (tmp_path / "flow" / "b.md").write_bytes(b"two")
    (tmp_path / "flow" / "a" / "c.md").write_bytes(b"")
    (tmp_path / "live").symlink_to("flow")

    assert reader.seen(str(tmp_path / "live")) == hashlib.sha256(b"a/c.md\x000\0b.md\x003\0two").hexdigest()


def test_git_is_told_who_commits_and_nothing_of_the_user(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("GIT_DIR", "/nowhere")
    monkeypatch.setenv("GIT_AUTHOR_NAME", "somebody")
    person = Person("Dana", "DevOps", "dana@x.example")

    assert not {"GIT_DIR", "GIT_AUTHOR_NAME"} & set(git.environment())
    assert git._identity(person, 5) == {
        f"GIT_{part}_{key}": value
        for part in ("AUTHOR", "COMMITTER")
        for key, value in (("NAME", "Dana"), ("EMAIL", "dana@x.example"), ("DATE", "@5 +0000"))
    }
    assert git.blob_id(b"x", "0" * 40) == hashlib.sha1(b"blob 1\0x").hexdigest()
    assert git.blob_id(b"x", "0" * 64) == hashlib.sha256(b"blob 1\0x").hexdigest()
    with pytest.raises(GitError, match=r"^git rev-parse: fatal: not a git repository"):
        git.git(tmp_path, "rev-parse", "HEAD")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(GitError, match=r"^git is not installed; expected a git repository, and git on PATH$"):
        git.git(tmp_path, "rev-parse", "HEAD")
    with pytest.raises(GitError, match=rf"^{tmp_path}/none does not exist; expected"):
        git.git(tmp_path / "none", "rev-parse", "HEAD")
