"""Sites to rehearse on: the reference repository with things of other people in it, and how to tell what is live."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from fixtures import reference
from fixtures.package import build as packagebuild
from fixtures.reference import repository
from fixtures.staging.attempt import status
from fixtures.staging.files import held
from fixtures.staging.git import git, refs
from fixtures.staging.reader import seen
from fixtures.staging.site import Person, Site
from fixtures.staging.state import State, state

TAG = "ai-engineering-workflow-v2.0.0"
BRANCH = f"deploy/{TAG}"
DANA = Person("Dana Example", "DevOps", "dana@example.com")
# Counts as validate-workflow.sh does, without starting Python: most tests are not about the validation.
QUICK_SCRIPT = """\
#!/bin/sh
cd "$(dirname "$0")/../{workflow}"
count=$(find agents steps templates checklists config.yaml workflow.md workflow-plan-* -type f | wc -l | tr -d ' ')
echo "$count/55 files valid"
test "$count" = 55
"""


@dataclass(frozen=True)
class Stage:
    """A site with a package to deploy to it; `previous` and `new` are what readers see of the two versions."""

    site: Site
    package: Path
    before: State
    previous: str
    new: str
    others: Mapping[str, str]

    @property
    def root(self) -> Path:
        """The folder that holds the whole site."""
        return self.site.repository.parent

    def live(self) -> str:
        """Which version a reader sees whole: 1.0.0, 2.0.0, or a mix."""
        return {self.previous: "1.0.0", self.new: "2.0.0"}.get(seen(str(self.site.live)), "a mix")

    def require_whole(self) -> str:
        """The version that is live, seen whole, and said by the status, with nothing of other people's lost."""
        version = self.live()
        assert version in ("1.0.0", "2.0.0"), f"{self.site.live}: a reader sees neither version whole"
        assert status(self.site).live == version, status(self.site).sentence
        assert self.others_now() == self.others
        return version

    def others_now(self) -> dict[str, str]:
        """What is there of other people's, each with what it is."""
        return _others(self.site)


def make(root: Path, quick: bool = True) -> Stage:
    """A site with its package, and with branches, tags, worktrees and files of other people's in every place."""
    site = repository.make(root)
    if quick:
        script = site.repository / "scripts/validate-workflow.sh"
        script.write_text(QUICK_SCRIPT.format(workflow=site.workflow), encoding="utf-8")
        git(
            site.repository, "commit", "--quiet", "--all", "--message", "test: quick script", who=DANA, at=1_735_700_000
        )
    git(site.repository, "branch", "deploy/something-else")
    git(
        site.repository,
        "tag",
        "--annotate",
        "--message",
        "an older release",
        "ai-engineering-workflow-v1.0.0",
        who=DANA,
    )
    git(site.repository, "worktree", "add", "--quiet", "--detach", str(root / "somebody's worktree"))
    (root / "somebody's worktree" / "notes.md").write_text("not committed\n", encoding="utf-8")
    (site.repository / "notes.md").write_text("not committed\n", encoding="utf-8")
    (site.releases / "ai-engineering-workflow-v1.0.0").mkdir()
    (site.releases / "ai-engineering-workflow-v1.0.0" / "keep.md").write_text("keep\n", encoding="utf-8")
    (site.backups / "ai-engineering-workflow-v0.9.0-backup-20250101T000000Z.tar.gz").write_bytes(b"keep")
    package = packagebuild.build(reference.WORKFLOW, root / "dist").archive
    new = seen(str(_packed(root, reference.WORKFLOW)))
    return Stage(site, package, state(site), seen(str(site.blue)), new, _others(site))


def _packed(root: Path, tree: Path) -> Path:
    """What a package of a tree holds, as a folder; hidden files and caches of this machine are not in it."""
    folder = root / "expected"
    for path in packagebuild.packed(tree):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes((tree / path).read_bytes())
    return folder


def _others(site: Site) -> dict[str, str]:
    found = {
        name: each
        for name, each in refs(site.repository).items()
        if name not in (f"refs/heads/{BRANCH}", f"refs/tags/{TAG}")
    }
    places = {
        "repository": (site.repository, lambda path: path == ".git"),
        "worktree": (site.repository.parent / "somebody's worktree", lambda path: False),
        "older": (site.releases / "ai-engineering-workflow-v1.0.0", lambda path: False),
    }
    for name, (place, leave_out) in places.items():
        found |= {f"{name}: {path}": f"{each.mode:o} {each.sha256}" for path, each in held(place, leave_out).items()}
    old = [name for name in os.listdir(site.backups) if "v0.9.0" in name]
    return found | {f"backup {name}": (site.backups / name).read_bytes().decode() for name in old}
