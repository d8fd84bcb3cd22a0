"""What the deployment's branch, commit and tag say, and what people are told where they do not."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path
from typing import Any

import pytest

from fixtures.finding import Finding
from fixtures.repository import branch, git, history, message, repository
from fixtures.repository.deployed import Deployed
from fixtures.repository.git import Answer, GitError
from fixtures.repository.history import Commit, Deployment, Repository, Tag
from fixtures.repository.message import Signature

OWN, BASE, OTHER = "c" * 40, "b" * 40, "d" * 40
TEXT = """feat: Deploy AI Engineering Workflow v2.0.0

- 11 specialized agents
- 11 workflow steps
- 50+ Knowledge MCP integration points
- Production-ready configuration and templates
- Comprehensive deployment documentation

Signed-off by: Tech Lead, PM, Infrastructure
"""
COMMIT = Commit(OWN, "t" * 40, (BASE,), TEXT.strip(), signed=False)
REPOSITORY = Repository(Path("/srv/team repo"), Path("/srv/.git"), None, False, False, {}, OWN)
SUBJECT = "feat: Deploy AI Engineering Workflow v2.0.0"


@dataclasses.dataclass(frozen=True)
class Release:
    """What the messages have to name."""

    name: str = "ai-engineering-workflow"
    version: str = "2.0.0"
    previous: str = "1.0.0"
    tag: str = "ai-engineering-workflow-v{version}"
    branch: str = "deploy/v{version}"


def _deployment(**changes: Any) -> Deployment:
    whole = Deployment(REPOSITORY, "deploy/v2", (), COMMIT, (), (), BASE, "nobody knows", None)
    return dataclasses.replace(whole, **changes)


def _said(found: list[Finding]) -> list[str]:
    assert {(each.file, each.line) for each in found} <= {(None, None)}
    return [each.message for each in found]


# The commit's message


SIGNED = "expected Signed-off by: Tech Lead, PM, Infrastructure"
COMMITS: list[tuple[str, list[str]]] = [
    (TEXT, []),
    (TEXT.replace(SUBJECT, "Deploy"), [f"its subject is 'Deploy'; expected {SUBJECT!r}"]),
    (
        SUBJECT,
        [
            "its message counts no agents",
            "its message counts no steps",
            "its message counts no integration points",
            "its message tells nothing of configuration and templates",
            "its message tells nothing of documentation",
            "its message has no line 'Signed-off by:'; expected Signed-off by: Tech Lead, PM, Infrastructure",
        ],
    ),
    (TEXT.replace("configuration and templates", "templates, and the configuration"), []),
    (
        TEXT.replace("configuration and templates", "configuration\nand templates"),
        ["its message tells nothing of configuration and templates"],
    ),
    (
        TEXT.replace("Tech Lead, PM,", "Tech Leader, PM,").replace("Infrastructure\n", "QA\n"),
        [
            "its message is not signed off by Tech Lead, Infrastructure; "
            "expected Signed-off by: Tech Lead, PM, Infrastructure"
        ],
    ),
    (TEXT.replace("Tech Lead, PM, Infra", "Tech Lead,\n  PM,\n  Infra"), []),
    (TEXT.replace("PM, Infrastructure", "PM, Infrastructure; nothing is outstanding"), []),
    (
        TEXT.replace("PM, Infrastructure", "PM; Infrastructure: pending, has NOT signed"),
        [f"its message is not signed off by Infrastructure; {SIGNED}"],
    ),
    (
        TEXT.replace("Lead, PM, Infrastructure", "Lead (PM: tbd), awaiting Infrastructure"),
        [f"its message is not signed off by PM, Infrastructure; {SIGNED}"],
    ),
    (TEXT.replace("PM, Infrastructure", "PM (pending), Infrastructure\nSigned-off by: Nott Example (PM)"), []),
    (TEXT.replace("PM, Infrastructure", "PM and Infrastructure Team, for Example Inc."), []),
]


@pytest.mark.parametrize(("text", "says"), COMMITS)
def test_deployment_commit_says_what_the_plan_wants(text: str, says: list[str]) -> None:
    one = _deployment(commit=dataclasses.replace(COMMIT, message=text))

    assert _said(message.commit_findings(one, Release())) == [f"commit cccccccccc: {each}" for each in says]


def test_note_adds_to_what_the_commit_says_but_not_to_its_subject() -> None:
    note = dataclasses.replace(COMMIT, message="chore: sign\n\nSigned-off by: Infrastructure")
    one = _deployment(commit=dataclasses.replace(COMMIT, message=TEXT.replace(", Infrastructure", "")), notes=(note,))

    assert message.commit_findings(one, Release()) == []


def test_counts_of_up_to_nine_digits_are_numbers() -> None:
    assert message.announced("x\n123456789 agents, 12 main workflow steps; 7 integration points") == {
        "agents": 123456789,
        "steps": 12,
        "integration points": 7,
    }


# The tag


TAG = Tag("v2.0.0", OWN, "Production Deployment of AI Engineering Workflow v2.0.0", signed=False)
EXPECTED = "expected 'Production Deployment of AI Engineering Workflow v2.0.0'"
TAGS: list[tuple[Tag | None, list[str]]] = [
    (TAG, []),
    (
        None,
        ["there is no tag v2.0.0; a clone without tags gets them by: git -C '/srv/team repo' fetch --tags"],
    ),
    (
        dataclasses.replace(TAG, commit=OTHER),
        ["the tag v2.0.0 points to the commit dddddddddd; the deployment commit is cccccccccc"],
    ),
    (
        dataclasses.replace(TAG, commit=None),
        ["the tag v2.0.0 points to no commit; the deployment commit is cccccccccc"],
    ),
]


@pytest.mark.parametrize(("tag", "says"), TAGS)
def test_tag_points_to_the_deployment_commit(tag: Tag | None, says: list[str]) -> None:
    assert _said(message.tag_findings(_deployment(tag=tag), "v2.0.0")) == says


TAG_MESSAGES: list[tuple[str | None, list[str]]] = [
    (TAG.message, []),
    ("production  deployment of ai_engineering workflow 2.0.0", []),
    (None, [EXPECTED.replace("expected", "the tag v2.0.0 is a lightweight one; expected one with the message")]),
    ("Release of AI Engineering Workflow v2.0.0", [
        f"the tag v2.0.0 says 'Release of AI Engineering Workflow v2.0.0'; {EXPECTED}"
    ]),
    ("Production Deployment of AI Engineering Workflow", [
        f"the tag v2.0.0 says 'Production Deployment of AI Engineering Workflow'; {EXPECTED}"
    ]),
    ("Production Deployment of v2.0.0", [f"the tag v2.0.0 says 'Production Deployment of v2.0.0'; {EXPECTED}"]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "says"), TAG_MESSAGES)
def test_tag_names_the_production_deployment_of_this_version(text: str | None, says: list[str]) -> None:
    assert _said(message.tag_message_findings(dataclasses.replace(TAG, message=text), Release())) == says


# Signatures


SIGNATURES: list[tuple[str, str, str]] = [
    ("[GNUPG:] ERRSIG x\n[GNUPG:] NO_PUBKEY x", "", "the key is not known on this machine"),
    ("No principal matched.", "", "the key is not among gpg.ssh.allowedSignersFile"),
    ("error: gpg.ssh.allowedSignersFile needs to be configured", "", "gpg.ssh.allowedSignersFile is not configured on "
                                                                     "this machine"),
    ("[GNUPG:] EXPKEYSIG x", "", "the key has expired"),
    ("[GNUPG:] EXPSIG x", "", "the signature has expired"),
    ("error: cannot run gpg: No such file", "", "the program that verifies signatures is not installed"),
    ("one\n  the last  \n\n", "", "'the last'"),
    ("", "", "'no reason'"),
    ("[GNUPG:] BADSIG x", "bad", "what is signed was changed afterwards"),
    ("Signature verification failed: incorrect signature", "bad", "what is signed was changed afterwards"),
    ("[GNUPG:] REVKEYSIG x", "bad", "the key was revoked"),
    ("Malformed armor", "bad", "'Malformed armor'"),
]  # fmt: skip


@pytest.mark.parametrize(("words", "kind", "reason"), SIGNATURES)
def test_signature_is_bad_or_cannot_be_told(
    words: str, kind: str, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, ...]] = []

    def answer(_: Path, *arguments: str) -> Answer:
        asked.append(arguments)
        return Answer(1, words, "")

    monkeypatch.setattr(git, "ask", answer)
    commit = _deployment(commit=dataclasses.replace(COMMIT, signed=True))
    tag = dataclasses.replace(TAG, signed=True)
    says = "its signature is bad" if kind else "is signed, and whether by whom it should be cannot be told here"

    for found, name in (
        (message.signature(commit), "commit cccccccccc"),
        (message.signature(_deployment(), tag), "the tag v2.0.0"),
    ):
        expected = (Finding(None, None, f"{name}: {says}: {reason}"),)
        assert found == (Signature(bad=expected) if kind else Signature(doubtful=expected))
    assert asked == [("verify-commit", "--raw", OWN), ("verify-tag", "--raw", "v2.0.0")]


def test_good_signature_or_none_gives_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    signed = _deployment(commit=dataclasses.replace(COMMIT, signed=True))
    assert message.signature(_deployment()) == message.signature(signed, TAG) == Signature()

    monkeypatch.setattr(git, "ask", lambda *_: Answer(0, "BADSIG", ""))

    assert message.signature(signed) == Signature()


# The branch


def test_start_of_the_branch_is_known_or_somebody_vouches_for_it() -> None:
    assert branch.start_findings(_deployment()) == branch.vouched_findings(_deployment()) == []
    assert _said(branch.start_findings(_deployment(start=None))) == ["nobody knows"]
    assert _said(branch.vouched_findings(_deployment(vouched="the deployment record"))) == [
        "main was moved forward to the branch, so that the history no longer tells where it started; "
        "the deployment record says bbbbbbbbbb, and a commit that rode along before that would not be seen: "
        "look at it, and merge with --no-ff"
    ]


def _files(*outside: str) -> Deployed:
    return Deployed(_deployment(), "", None, None, {}, {}, None, "", outside, None)


def test_branch_carries_the_deployment_and_nothing_else() -> None:
    rider = dataclasses.replace(COMMIT, id=OTHER, message="fix: all\n\nmore")
    merge = dataclasses.replace(COMMIT, parents=(BASE, OTHER))

    assert branch.stowaways(_deployment(), _files()) == []
    assert _said(branch.stowaways(_deployment(others=(rider,)), _files("README.md"))) == [
        "carries dddddddddd 'fix: all' besides the deployment commit cccccccccc"
    ]
    assert _said(branch.stowaways(_deployment(commit=merge), _files())) == [
        "the deployment commit cccccccccc is a merge; expected one commit on top of main"
    ]


def test_files_that_are_changed_outside_are_named_up_to_twenty() -> None:
    names = [f"{number:02}.md" for number in range(22)]
    words = "is changed by the deployment commit cccccccccc, outside of the workflow's folder"

    assert branch.stowaways(_deployment(), _files(*names)) == [
        *(Finding(name, None, words) for name in names[:20]),
        Finding(None, None, "2 more files outside of the workflow's folder are changed"),
    ]
    assert len(branch.stowaways(_deployment(), _files(*names[:20]))) == 20
    assert len(branch.stowaways(_deployment(), _files(*names[:21]))) == 21


# History


def test_commit_before_is_where_the_branch_starts_or_the_parent() -> None:
    assert _deployment(start=OTHER).before == OTHER
    assert _deployment(start=None).before == BASE
    assert _deployment(start=None, commit=dataclasses.replace(COMMIT, parents=())).before is None


def test_reports_name_commit_branch_tag_and_the_commit_before() -> None:
    bare = _deployment(start=None, commit=dataclasses.replace(COMMIT, parents=()))

    assert repository.facts(_deployment(tag=TAG)) == {
        "commit": OWN,
        "branch": "deploy/v2",
        "tag": "v2.0.0",
        "commit before": BASE,
    }
    assert repository.facts(bare) == {"commit": OWN, "branch": "deploy/v2"}


def test_first_line_of_what_git_says_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter([Answer(1, "x", "\nfatal: one\nfatal: two\n"), Answer(3, "x", " \n"), Answer(0, "out", "warning")])
    monkeypatch.setattr(git, "ask", lambda *_, **__: next(answers))

    with pytest.raises(GitError, match=r"^one$"):
        git.run(Path(), "log")
    with pytest.raises(GitError, match=r"^git ended with 3$"):
        git.run(Path(), "log")
    assert git.run(Path(), "log") == "out"


def test_warnings_are_no_reason_and_a_partial_clone_is_told_what_helps(monkeypatch: pytest.MonkeyPatch) -> None:
    warned = "warning: lazy fetching disabled; some objects may not be available\n"
    lacking = f"{warned}fatal: could not fetch {OTHER} from promisor remote\n"
    answers = iter([Answer(1, "", f"{warned}error: one\n"), Answer(1, "", warned), Answer(1, "", lacking)])
    monkeypatch.setattr(git, "ask", lambda *_, **__: next(answers))
    command = re.escape("git -C '/srv/team repo' fetch --refetch --no-filter origin")
    reasons = [r"^one$", r"^git ended with 1$", rf"^this clone is a partial one, which lacks it; run: {command}$"]

    for reason in reasons:
        with pytest.raises(GitError, match=reason):
            git.run(Path("/srv/team repo"), "log")


def test_commit_is_read_as_git_stores_it() -> None:
    head = f"tree {'t' * 40}\nparent {BASE}\nparent {OTHER}\nauthor D <d@x> 1 +0000\ngpgsig -----BEGIN\n more"
    found = history._commit(OWN, f"{head}\n\nfeat: x\r\n\r\nbody\n\n".encode())

    assert found == Commit(OWN, "t" * 40, (BASE, OTHER), "feat: x\n\nbody", signed=True)
    assert found.subject == "feat: x"
    latin = history._commit(OWN, b"tree x\nencoding ISO-8859-1\n\ngr\xf6\xdfer")
    assert (latin.message, latin.signed, latin.parents) == ("größer", False, ())
    assert history._commit(OWN, "encoding no-such\n\ngrößer".encode()).message == "größer"
