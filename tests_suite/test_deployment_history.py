"""Where a deployment stands in a history: its branch, its start, its commit and its tag, in histories of all shapes."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from fixtures.finding import Finding
from fixtures.repository import branch, git, history
from fixtures.repository.git import Entry, GitError
from fixtures.repository.history import Deployment, NoDeploymentError, Repository, Tag
from tests_suite.faults import deployed as made

BRANCH, TAG = "deploy/v2.0.0", "v2.0.0"
NONE = "0" * 40


@dataclasses.dataclass(frozen=True)
class Release:
    """What branch and tag are called."""

    name: str = "flow"
    version: str = "2.0.0"
    previous: str = "1.0.0"
    tag: str = "v{version}"
    branch: str = "deploy/v{version}"


def _commit(mark: int, text: str, parents: tuple[int, ...] = (), content: str = "") -> str:
    """A commit for git fast-import: `content` is that of the only file, empty for no change."""
    lines = [f"commit refs/hidden/{mark}", f"mark :{mark}", "committer D <d@x> 1767690960 +0000"]
    lines += [f"data {len(text)}", text]
    lines += [f"{word} :{parent}" for word, parent in zip(("from", *["merge"] * len(parents)), parents, strict=False)]
    return "\n".join([*lines, *([f"M 100644 inline f\ndata {len(content)}\n{content}"] if content else []), ""])


# 1 and 2 are on main, 3 is the deployment, 4 its note, 5 a commit of somebody else, 6 the merge, 7 of another root.
STREAM = "".join(
    [
        _commit(1, "begin", content="1"),
        _commit(2, "more", (1,), "2"),
        _commit(3, "feat: deploy", (1,), "3"),
        _commit(4, "signed off", (3,)),
        _commit(5, "fix: all", (4,), "5"),
        _commit(6, "merge", (2, 3), "6"),
        _commit(7, "alone", content="7"),
        f"reset refs/tags/{TAG}\nfrom :3\n\n",
    ]
)


@pytest.fixture(scope="module")
def origin(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Mapping[int, str]]:
    """A bare repository with those commits, and their ids by number."""
    path = tmp_path_factory.mktemp("history") / "origin.git"
    made.git(path.parent, "init", "-q", "--bare", "-b", "main", "origin.git")
    made.git(path, "fast-import", "--quiet", "--export-marks=marks", given=STREAM)
    marks = (path / "marks").read_text(encoding="ascii").splitlines()
    return path, {int(mark.removeprefix(":")): name for mark, name in (line.split() for line in marks)}


def _find(
    origin: tuple[Path, Mapping[int, str]],
    refs: Mapping[str, int],
    noted: str | None = None,
    start: str | None = None,
    shallow: bool = False,
) -> Deployment:
    """The deployment in that repository, if it had those refs."""
    path, commits = origin
    full = {f"refs/{name}": commits[number] for name, number in refs.items()}
    return history.find(Repository(path, path, None, shallow, False, full), Release(), noted, start)


HERE, MAIN, THERE = f"heads/{BRANCH}", "heads/main", f"remotes/origin/{BRANCH}"


def test_deployment_is_one_commit_on_a_branch_from_main(origin: tuple[Path, Mapping[int, str]]) -> None:
    ids = origin[1]

    found = _find(origin, {HERE: 3, MAIN: 2, THERE: 3})

    assert (found.branch, found.branches) == (BRANCH, ((f"refs/{HERE}", ids[3]), (f"refs/{THERE}", ids[3])))
    assert (found.commit.id, found.commit.parents, found.commit.message) == (ids[3], (ids[1],), "feat: deploy")
    assert (found.others, found.notes, found.tag) == ((), (), None)
    assert (found.start, found.no_start, found.vouched, found.before) == (ids[1], "", "", ids[1])


def test_commit_that_only_says_something_is_a_note_and_all_else_is_another(
    origin: tuple[Path, Mapping[int, str]],
) -> None:
    ids = origin[1]
    noted = _find(origin, {HERE: 4, MAIN: 2})
    other = _find(origin, {HERE: 5, MAIN: 2}, noted=ids[3])
    last = _find(origin, {HERE: 5, MAIN: 2}, noted=NONE)

    assert (noted.commit.id, [each.id for each in noted.notes], noted.others) == (ids[3], [ids[4]], ())
    assert noted.message == "feat: deploy\n\nsigned off"
    assert (other.commit.id, [each.id for each in other.others], [each.id for each in other.notes]) == (
        ids[3],
        [ids[5]],
        [ids[4]],
    )
    assert (last.commit.id, [each.id for each in last.others]) == (ids[5], [ids[3]])


def test_branch_that_main_has_taken_in_starts_where_it_did(origin: tuple[Path, Mapping[int, str]]) -> None:
    ids = origin[1]

    merged = _find(origin, {HERE: 3, MAIN: 6})

    assert (merged.start, merged.vouched, merged.commit.id) == (ids[1], "", ids[3])


VOUCHED: list[tuple[int, int | None, int | None, str]] = [
    (4, None, 3, "the commit before it"),
    (4, 1, 1, "the deployment record"),
    (4, 2, 3, "the commit before it"),
    (4, 4, 3, "the commit before it"),
    (1, None, None, "the commit before it"),
]


@pytest.mark.parametrize(("tip", "noted", "start", "vouched"), VOUCHED)
def test_start_is_vouched_for_where_main_was_moved_forward(
    tip: int, noted: int | None, start: int | None, vouched: str, origin: tuple[Path, Mapping[int, str]]
) -> None:
    ids = origin[1]

    found = _find(origin, {HERE: tip, MAIN: tip}, start=ids[noted] if noted else None)

    assert (found.start, found.vouched) == (ids[start] if start else None, vouched)


def test_start_that_cannot_be_known_has_a_reason(origin: tuple[Path, Mapping[int, str]]) -> None:
    path = origin[0]
    fetch = f"git -C {path} fetch"
    single = "there is no branch main, here or of a remote; in a clone of a single branch, run: "
    main = "origin +refs/heads/main:refs/remotes/origin/main"
    reasons = [
        _find(origin, {HERE: 3}).no_start,
        _find(origin, {HERE: 3, "tags/main": 2}, shallow=True).no_start,
        _find(origin, {HERE: 3, MAIN: 7}).no_start,
        _find(origin, {HERE: 3, MAIN: 7}, shallow=True).no_start,
    ]

    assert reasons == [
        f"{single}{fetch} {main}",
        f"{single}{fetch} --unshallow {main}",
        "the branch has no commit in common with main",
        f"this clone is shallow and ends before the start of the branch; run: {fetch} --unshallow --tags origin",
    ]
    assert _find(origin, {HERE: 3, "remotes/origin/main": 2}).no_start == ""


def test_deployment_is_found_by_branch_tag_or_record(origin: tuple[Path, Mapping[int, str]]) -> None:
    path, ids = origin

    assert _find(origin, {THERE: 3, MAIN: 2, f"tags/{TAG}": 5}).commit.id == ids[3]
    assert _find(origin, {f"tags/{TAG}": 3, MAIN: 2}, noted=NONE).commit.id == ids[3]
    assert _find(origin, {MAIN: 2}, noted=ids[3]).commit.id == ids[3]
    assert _find(origin, {HERE: 5, f"tags/{TAG}": 3, MAIN: 2}).commit.id == ids[3]
    with pytest.raises(NoDeploymentError) as error:
        _find(origin, {MAIN: 2, "tags/v1": 3}, noted=NONE)
    assert str(error.value) == (
        f"{path}: nothing here stands for the deployment: there is neither a branch {BRANCH}, here or of a remote, "
        f"nor a tag {TAG}, nor a commit that the deployment record names"
    )


TAGGED: list[tuple[str, str, bool]] = [
    ("Production Deployment\n\n", "Production Deployment", False),
    ("Production Deployment\n-----BEGIN SSH SIGNATURE-----\nx\n", "Production Deployment", True),
]


@pytest.mark.parametrize(("text", "message", "signed"), TAGGED)
def test_tag_has_its_message_and_says_whether_it_is_signed(
    text: str, message: str, signed: bool, origin: tuple[Path, Mapping[int, str]]
) -> None:
    path, ids = origin
    name = f"signed-{signed}"
    body = f"object {ids[3]}\ntype commit\ntag {name}\ntagger D <d@x> 1767690960 +0000\n\n{text}"
    tag = made.git(path, "hash-object", "-t", "tag", "-w", "--stdin", given=body)
    made.git(path, "update-ref", f"refs/tags/{name}", tag)
    repository = Repository(path, path, None, False, False, {f"refs/tags/{name}": tag})

    assert history._tag(repository, name) == Tag(name, ids[3], message, signed)


def test_tag_without_a_message_is_a_lightweight_one(origin: tuple[Path, Mapping[int, str]]) -> None:
    path, ids = origin
    repository = Repository(path, path, None, False, False, {f"refs/tags/{TAG}": ids[3]})

    assert history._tag(repository, TAG) == Tag(TAG, ids[3], None, signed=False)
    assert history._tag(repository, "v1") is None


def test_repository_is_opened_bare_or_with_its_work_tree(
    origin: tuple[Path, Mapping[int, str]], tmp_path: Path
) -> None:
    path, ids = origin
    made.git(tmp_path, "init", "-q", "-b", "main", "clone")
    clone = tmp_path / "clone"
    places = ("heads/main", f"remotes/o/{BRANCH}", "heads/other")
    made.git(clone, "fetch", "-q", "--update-head-ok", str(path), *(f"{ids[3]}:refs/{each}" for each in places))
    tag = {f"refs/tags/{TAG}": ids[3]}
    settings = {"remote.o.fetch": "+refs/heads/*:refs/remotes/o/*", "remote.o.url": str(path)}
    for key, value in {**settings, "branch.main.remote": "o", "branch.main.merge": f"refs/heads/{BRANCH}"}.items():
        made.git(clone, "config", key, value)
    bare = history.open_repository(path, Release())
    found = history.open_repository(clone, Release())

    assert bare == Repository(path, path.resolve(), None, False, False, tag, None)
    assert found == history.open_repository(clone / ".git", Release())
    assert (found.path, found.root, found.git_dir) == (clone, clone.resolve(), clone.resolve() / ".git")
    assert (found.head, found.followed) == (ids[3], f"refs/remotes/o/{BRANCH}")
    assert dict(found.refs) == {"refs/heads/main": ids[3], f"refs/remotes/o/{BRANCH}": ids[3]} | tag
    assert (found.short(ids[3]), found.command) == (ids[3][:10], f"git -C {clone}")


def test_files_and_objects_of_a_commit_are_read(origin: tuple[Path, Mapping[int, str]]) -> None:
    path, ids = origin
    (entry,) = git.tree(path, ids[3]).values()

    assert git.tree(path, ids[3]) == {"f": Entry("100644", entry.id)}
    assert git.digests(path, [entry.id, entry.id]) == {entry.id: git.objects(path, [entry.id])[entry.id].sha256}
    assert git.objects(path, []) == {}
    with pytest.raises(GitError, match=rf"^the object {NONE} is missing$"):
        git.digests(path, [NONE, entry.id])
    with pytest.raises(GitError, match=rf"^the object {NONE} is missing$"):
        history._commits(Repository(path, path, None, False, False, {}), NONE, None)


def test_branch_that_is_not_there_is_looked_for_under_names_that_come_near(
    origin: tuple[Path, Mapping[int, str]],
) -> None:
    path, ids = origin
    one = _find(origin, {MAIN: 2}, noted=ids[3])
    for name in ("heads/deploy/v2.0.1", "heads/deploy/v2.0.2", "heads/deploy/v2.0.3", "remotes/origin/deploy/v2.0.4"):
        made.git(path, "update-ref", f"refs/{name}", ids[3])
    nothing = "there is no such branch, here or of a remote"

    def fetch(name: str) -> str:
        place = f"+refs/heads/{name}:refs/remotes/origin/{name}"
        return f"; a clone without it gets it by: git -C {path} fetch origin {place}"

    near = "; there is deploy/v2.0.4, deploy/v2.0.3, deploy/v2.0.2"
    assert branch.name_findings(one) == [Finding(None, None, f"{nothing}{near}{fetch(BRANCH)}")]
    assert branch.name_findings(dataclasses.replace(one, branch="zzz")) == [
        Finding(None, None, f"{nothing}{fetch('zzz')}")
    ]
    assert branch.name_findings(_find(origin, {HERE: 3, MAIN: 2})) == []


def test_branch_of_a_remote_lacks_nothing_and_has_nothing_more(origin: tuple[Path, Mapping[int, str]]) -> None:
    ids = origin[1]
    remotes = {f"remotes/{name}/{BRANCH}": number for name, number in (("same", 3), ("behind", 1), ("ahead", 4))}
    one = _find(origin, {HERE: 3, MAIN: 2, **remotes})
    at = f"refs/{HERE} is at {ids[3][:10]}, refs/remotes"

    assert branch.disagreements(one) == [
        Finding(None, None, f"{at}/behind/{BRANCH} at {ids[1][:10]}, which lacks some of it; push the branch")
    ]
    assert branch.unseen(one) == [
        Finding(
            None,
            None,
            f"{at}/ahead/{BRANCH} at {ids[4][:10]}, which has commits that are not looked at here; "
            "fetch the branch, and see what they are",
        )
    ]
    alone = _find(origin, {MAIN: 2}, noted=ids[3])
    assert branch.unseen(alone) == branch.disagreements(alone) == []


ORIGIN, FORK = "remotes/origin/main", "remotes/fork/main"
SHARED: list[tuple[dict[str, int], str, bool, str]] = [
    ({MAIN: 4}, "", False, ""),
    ({MAIN: 4, ORIGIN: 4}, "", False, ""),
    ({MAIN: 4, ORIGIN: 2}, "", False, f"is not on refs/{ORIGIN}: what was never pushed was reviewed by nobody"),
    ({MAIN: 2, FORK: 4}, "", False, ""),
    ({FORK: 4, ORIGIN: 2}, "", False, f"is not on refs/{ORIGIN}: what was never pushed was reviewed by nobody"),
    ({FORK: 4, ORIGIN: 2}, f"refs/{FORK}", False, ""),
    ({"remotes/upstream/main": 4, ORIGIN: 2}, "", False, ""),
    ({MAIN: 4, ORIGIN: 2}, "", True, "cannot be seen in a shallow clone; run: git -C"),
]


@pytest.mark.parametrize(("mains", "followed", "shallow", "says"), SHARED)
def test_branch_starts_from_main_as_everybody_has_it(
    mains: dict[str, int], followed: str, shallow: bool, says: str, origin: tuple[Path, Mapping[int, str]]
) -> None:
    one = _find(origin, {HERE: 5, **mains}, shallow=shallow)
    one = dataclasses.replace(one, repository=dataclasses.replace(one.repository, followed=followed))

    found = [each.message for each in branch.start_findings(one)]

    assert one.start == origin[1][4]
    assert [each for each in found if says and says in each] == found
    assert len(found) == bool(says)


def test_branch_was_pushed_or_is_merged_where_there_is_a_remote(origin: tuple[Path, Mapping[int, str]]) -> None:
    pushed = [{MAIN: 2}, {ORIGIN: 2, THERE: 3}, {ORIGIN: 6}, {ORIGIN: 2, f"remotes/fork/{BRANCH}": 3}]

    assert [branch.disagreements(_find(origin, {HERE: 3, **refs})) for refs in pushed] == [[]] * 4
    assert branch.disagreements(_find(origin, {THERE: 3, ORIGIN: 2})) == []
    assert branch.disagreements(_find(origin, {HERE: 3, ORIGIN: 2})) == [
        Finding(
            None,
            None,
            f"refs/{HERE} is on no remote that this clone knows of, nor is it merged into refs/{ORIGIN}; "
            "push the branch",
        )
    ]


MISSED: list[tuple[dict[str, int], int, str, int]] = [
    ({MAIN: 2, ORIGIN: 2}, 1, "", 1),
    ({MAIN: 2, ORIGIN: 2}, 1, "f", 1),
    ({MAIN: 2, ORIGIN: 2}, 1, "other/", 0),
    ({MAIN: 2, ORIGIN: 2}, 0, "", 0),  # what comes afterwards is another matter
    ({MAIN: 2, ORIGIN: 1}, 1, "", 0),
    ({MAIN: 2}, 1, "", 0),
]


@pytest.mark.parametrize(("mains", "later", "folder", "count"), MISSED)
def test_what_main_had_before_the_deployment_and_the_branch_lacks_is_said(
    mains: dict[str, int], later: int, folder: str, count: int, origin: tuple[Path, Mapping[int, str]]
) -> None:
    ids = origin[1]
    one = _find(origin, {HERE: 3, **mains})
    made_then = one.commit.made
    assert made_then == datetime(2026, 1, 6, 9, 16, tzinfo=UTC)
    one = dataclasses.replace(one, commit=dataclasses.replace(one.commit, made=made_then + timedelta(seconds=later)))

    assert [each.message for each in branch.missed(one, folder)] == [
        f"{ids[2][:10]} 'more' of refs/{ORIGIN} changed the workflow before the deployment, which started without it: "
        "see whether this release needs it; the backup does not have it"
    ] * count
    assert branch.missed(dataclasses.replace(one, commit=dataclasses.replace(one.commit, made=None)), folder) == []
