"""What a deployed repository is read with: messages, commands, timestamps, versions, folders, and git itself."""

from __future__ import annotations

import dataclasses
import gzip
import io
from pathlib import Path

import pytest

from fixtures.package.checksumfile import digest_of
from fixtures.repository import backup, deployed, git, history, message
from fixtures.repository.deployed import Deployed
from fixtures.repository.git import Entry, GitError, Object
from fixtures.repository.history import Commit, Deployment, Repository
from gate import checklist
from tests_suite.benchmarks.repository import plant
from tests_suite.faults import deployed as made
from tests_suite.faults.deployed import BRANCH, FOLDER, MESSAGE
from tests_suite.faults.world import SUITE

RELEASE = checklist.load().release


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("repository")
    made.build(folder)
    return folder / "repository"


@pytest.fixture
def found(repository: Path) -> Deployment:
    return history.find(history.open_repository(repository, RELEASE), RELEASE, None, None)


def test_what_git_complains_of_need_not_be_utf_8() -> None:
    complaint = io.BytesIO(b"warning: odd\nfatal: caf\xe9 is missing\n")

    assert git._first_line(Path("repository"), complaint) == "caf\ufffd is missing"


# Messages


@pytest.mark.parametrize(
    ("body", "counts"),
    [
        ("- 11 specialized agents\n- 11 workflow steps\n- 50+ Knowledge MCP integration points", (11, 11, 50)),
        ("11 agents, 11 steps, 64 integration points", (11, 11, 64)),
        ("* 12 AI agents\n* 9 steps\n* 120 points", (12, 9, 0)),
        ("eleven agents", (0, 0, 0)),
        ("v2.11 agents", (0, 0, 0)),
        ("99999999999999999999 agents", (0, 0, 0)),
        ("", (0, 0, 0)),
    ],
)
def test_counts_are_read_from_the_message(body: str, counts: tuple[int, int, int]) -> None:
    found = message.announced(f"feat: 7 agents in a subject do not count\n\n{body}")

    assert (found["agents"], found["steps"], found["integration points"]) == counts


SIGNED = [
    "Signed-off by: Tech Lead, PM, Infrastructure",
    "Signed-off-by: Tech Lead, Product Manager and Infrastructure Team",
    "Signed-off-by: Dana (Tech Lead)\nSigned-off-by: Lee (PM)\nSigned-off-by: Kim (Infrastructure)",
    "signed-off-by: tech-lead, pm, infra",
]
NOT_SIGNED = [
    "Signed-off by: Tech Lead, PM",
    "Signed-off by: Tech Leader, PM, Infrastructure",
    "Signed-off by: Tech Lead, PMO, Infrastructure",
    "Signed-off-by:",
    "Reviewed-by: Tech Lead, PM, Infrastructure",
]


@pytest.mark.parametrize(
    ("words", "signed"), [*((each, True) for each in SIGNED), *((each, False) for each in NOT_SIGNED)]
)
def test_sign_off_names_all_three_roles(words: str, signed: bool, found: Deployment) -> None:
    text = MESSAGE.replace("Signed-off by: Tech Lead, PM, Infrastructure\n", words)
    assert words in text
    changed = Commit(found.commit.id, found.commit.tree, found.commit.parents, text, signed=False)

    wrong = message.commit_findings(_with_commit(found, changed), RELEASE)

    assert (not wrong) == signed, wrong


def _with_commit(found: Deployment, commit: Commit) -> Deployment:
    return dataclasses.replace(found, commit=commit)


@pytest.mark.parametrize(
    ("subject", "right"),
    [
        ("feat: Deploy AI Engineering Workflow v2.0.0", True),
        ("feat(workflow): deploy ai-engineering-workflow 2.0.0", True),
        ("feat!: AI Engineering Workflow v2.0.0 (#12)", True),
        ("fix: Deploy AI Engineering Workflow v2.0.0", False),
        ("feature: Deploy AI Engineering Workflow v2.0.0", False),
        ("feat: Deploy AI Engineering Workflow v12.0.0", False),
        ("feat: Deploy AI Engineering Workflow v2.0.0.1", False),
        ("feat:", False),
    ],
)
def test_subject_names_workflow_and_version(subject: str, right: bool, found: Deployment) -> None:
    text = f"{subject}\n{MESSAGE.partition(chr(10))[2]}"
    changed = Commit(found.commit.id, found.commit.tree, found.commit.parents, text, signed=False)

    assert (not message.commit_findings(_with_commit(found, changed), RELEASE)) == right


# Versions that agents mention


@pytest.mark.parametrize(
    ("line", "is_left_over"),
    [
        ("You are the developer of AI Engineering Workflow v1.0.0.", True),
        ('<agent id="x" version="1.0.0">', True),
        ("Workflow version: 1.0.0", True),
        ("The current release is 1.0.0, see workflow.md", True),
        ("Projects that were begun before 1.0.0 are not supported", False),
        ("Replaces the developer of v1.0.0.", False),
        ("Unlike version 1.0.0, it asks first", False),
        ("1.0.0 → 2.0.0", False),
        ('template_version: "1.0.0"', False),
        ("schema: 1.0.0", False),
        ('version: "1.0"', False),
        ("torch==11.0.0 and numpy 1.0.0.1", False),
        ("v1.0.0rc1", False),
    ],
)
def test_mention_of_the_previous_version_is_one_only_where_it_means_this_one(
    line: str, is_left_over: bool, found: Deployment
) -> None:
    text = f"# Dev\n\n{line}\n".encode()
    one = Deployed(
        found, "", None, None, {"agents/dev.md": Entry("100644", "1")}, {"1": Object("blob", len(text), "", text)},
        None, "", (), None,
    )  # fmt: skip

    findings = deployed.leftover_findings(one, RELEASE)

    assert [each.line for each in findings] == ([3] if is_left_over else [])


# Backups


def test_backup_is_compared_file_by_file(tmp_path: Path) -> None:
    place = tmp_path / "w"
    place.mkdir()
    for name in ("config.yaml", "workflow.md"):
        (place / name).write_text("x\n", "utf-8")
    archive = tmp_path / "backup.tar.gz"
    made.save(place, archive)
    found = backup.open_backup(archive, sha256_ids=False)
    assert not found.refusal
    assert found.sha256 == digest_of(archive)

    wrong = backup.differences(found, {"config.yaml": Entry("100644", "0" * 40)}, "0123456789").blocking

    assert [each.file for each in wrong] == ["config.yaml", "workflow.md"]


def test_bomb_in_a_backup_is_not_decompressed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = tmp_path / "backup.tar.gz"
    archive.write_bytes(gzip.compress(bytes(64 * 1024**2), 9))
    monkeypatch.setattr(backup, "LARGEST", 1024**2)

    found = backup.open_backup(archive, sha256_ids=False)

    assert "holds more than 1048576 bytes" in found.refusal


# Git


def test_one_process_reads_all_objects(repository: Path) -> None:
    ids = [entry.id for entry in git.tree(repository, BRANCH).values()]

    found = git.objects(repository, [*ids, "0" * 40])

    assert set(found) == set(ids)
    assert all(each.kind == "blob" and each.content is not None for each in found.values())


def test_content_of_a_large_object_is_not_kept(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(git, "KEPT", 100)
    entry = git.tree(repository, BRANCH)[f"{FOLDER}/config.yaml"]

    found = git.objects(repository, [entry.id])[entry.id]

    assert found.content is None
    assert found.sha256 == digest_of(SUITE / "fixtures/reference/workflow/config.yaml")


def test_environment_cannot_send_git_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (
        "GIT_DIR",
        "GIT_WORK_TREE",
        "GIT_INDEX_FILE",
        "GIT_OBJECT_DIRECTORY",
        "GIT_TRACE",
        "GIT_CONFIG_GLOBAL",
    ):
        monkeypatch.setenv(name, "/nowhere")

    found = git.environment()

    assert {name for name in found if found[name] == "/nowhere"} == {"GIT_CONFIG_GLOBAL"}
    assert found["GIT_OPTIONAL_LOCKS"] == "0"


def test_folder_without_a_repository_is_told_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(GitError, match=r"^not a git repository") as caught:
        git.run(tmp_path, "rev-parse", "HEAD")

    assert "\n" not in str(caught.value)


def test_git_that_is_not_installed_is_told_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(GitError, match="git cannot be run: no such file or directory"):
        git.run(tmp_path, "rev-parse", "HEAD")


def test_repository_of_somebody_else_says_how_to_trust_it(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said = f"fatal: detected dubious ownership in repository at '{repository}'\nTo add an exception …\n"
    monkeypatch.setattr(git, "ask", lambda *_, **__: git.Answer(128, "", said))

    with pytest.raises(GitError) as caught:
        git.run(repository, "rev-parse", "HEAD")

    assert str(caught.value).endswith(f"git config --global --add safe.directory {repository}")


def test_opened_repository_is_named_as_it_is(repository: Path) -> None:
    found = history.open_repository(repository, RELEASE)

    assert isinstance(found, Repository)
    assert (found.root, found.shallow, found.sha256) == (repository.resolve(), False, False)
    assert found.refs[f"refs/heads/{BRANCH}"] == found.head


def test_folder_that_holds_most_of_the_package_is_the_workflow_s() -> None:
    paths = {f"{folder}{name}": None for folder in ("old/", "new/", "") for name in ("config.yaml", "workflow.md")}
    paths |= {"new/agents/dev.md": None}

    found = git.folder_holding(paths, ["agents/dev.md", "config.yaml"], ("config.yaml", "workflow.md"))

    assert found == "new/"
    assert git.folder_holding({"config.yaml": None}, ["config.yaml"], ("config.yaml", "workflow.md")) is None


def test_planted_repository_has_its_files_and_commits(tmp_path: Path) -> None:
    made.git(tmp_path, "init", "-q", "-b", "main", "planted")

    plant(tmp_path / "planted", files=30, commits=12)

    assert made.git(tmp_path / "planted", "rev-list", "--count", "main") == "12"
    assert len(git.tree(tmp_path / "planted", "main")) == 30
