"""Faults of the deployed files: what was extracted (2.2.2), copied (2.2.4), updated (2.2.5) and validated (2.2.6)."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import yaml

from fixtures.package import build as packagebuild
from fixtures.package.checksumfile import digest_of
from tests_suite.faults.deployed import FOLDER, amend, anew, follow, git, provide, record, repository_of
from tests_suite.faults.world import Fault, World, edit

EXTRACTED, PERMITTED = {"2.2.2.4": "failed"}, {"2.2.4.7": "failed"}
AGENTS, STEPS, TEMPLATES, CONFIG, CHECKLISTS, GUIDES = (
    EXTRACTED | {f"2.2.4.{number}": "failed"} for number in range(1, 7)
)
FEWER, INVALID = {"2.2.6.3": "failed"}, {"2.2.6.1": "failed", "2.2.6.3": "failed"}
DEV, STEP = "agents/dev.md", "steps/0-scoping/step-01-business-analyst.md"
TEMPLATE, GUIDE = "templates/config-templates/chunking-config.template.yaml", "DEPLOYMENT/OPERATIONS_GUIDE.md"
CHECKLIST, ANALYST = "checklists/story-handoff-checklist.md", "agents/config/business-analyst-agent.xml"


def committed(change: Callable[[Path], object]) -> Callable[[World], None]:
    """A deployment whose files were changed before the commit."""

    def breaks(world: World) -> None:
        change(provide(world))
        amend(world)

    return breaks


def on_disk(change: Callable[[Path], object]) -> Callable[[World], None]:
    """A deployment whose files were changed in the work tree, after the commit."""

    def breaks(world: World) -> None:
        change(provide(world))

    return breaks


def _adds(path: str, text: str = "\nOne line more.\n") -> Callable[[Path], None]:
    def change(place: Path) -> None:
        with (place / path).open("a", encoding="utf-8") as file:
            file.write(text)

    return change


def _under_umask(place: Path) -> None:
    for path in (place, *place.rglob("*")):
        path.chmod(0o775 if path.is_dir() else 0o664)


def _edits(path: str, old: str, new: str) -> Callable[[Path], None]:
    return lambda place: edit(place / path, old, new)


def _only_committed(world: World) -> None:
    place = provide(world)
    before = (place / TEMPLATE).read_bytes()
    _adds(TEMPLATE, "# more\n")(place)
    amend(world)
    (place / TEMPLATE).write_bytes(before)


def _crlf(place: Path) -> None:
    text = (place / DEV).read_bytes()
    (place / DEV).write_bytes(text.replace(b"\n", b"\r\n"))


def _link(path: str, target: str) -> Callable[[Path], None]:
    def change(place: Path) -> None:
        (place / path).unlink()
        (place / path).symlink_to(target)

    return change


def _welcome(place: Path) -> None:
    (place / "steps/0-scoping/step-00-welcome.md").write_text("# Welcome\n", "utf-8")


def _old_agent(world: World) -> None:
    place = provide(world)
    (place / DEV).write_bytes(git(repository_of(world), "show", f"main:{FOLDER}/{DEV}").encode() + b"\n")
    amend(world)


def _mode_in_git(world: World) -> None:
    provide(world)
    repository = repository_of(world)
    git(repository, "update-index", "--chmod=+x", f"{FOLDER}/{DEV}")
    git(repository, "commit", "-q", "--amend", "-C", "HEAD")
    git(repository, "config", "core.fileMode", "false")
    amend(world)


def _submodule(world: World) -> None:
    provide(world)
    repository = repository_of(world)
    other = git(repository, "rev-parse", "main")
    git(repository, "update-index", "--add", "--cacheinfo", f"160000,{other},{FOLDER}/agents/more")
    git(repository, "commit", "-q", "--amend", "-C", "HEAD")
    follow(world)


def _packaged_as_it_is(world: World) -> None:
    """The package has the same mistake: only the validation can see it."""
    place = provide(world)
    edit(place / ANALYST, "</agent>", "")
    amend(world)
    package = packagebuild.build(place, world.root / "deployments")
    digest = digest_of(package.archive)
    record(world, lambda data: data["package"].update(sha256=digest))


def _reads(path: str, version: str) -> Callable[[World], None]:
    """The version before said already that it is this one."""
    old = yaml.safe_dump(version, default_style="'" if path == "workflow.md" else '"').strip()
    return lambda world: _ignored(anew(world, base=_edits(path, old.replace("2.0.0", "1.0.0"), old)))


def _ignored(_: object) -> None:
    return None


FAULTS = [
    Fault(
        "an agent is another one", committed(_adds(DEV)), AGENTS, (f"{DEV}:: differs from the manifest in the commit",)
    ),
    Fault("a step is another one", committed(_adds(STEP)), STEPS, (f"{STEP}:: differs from the manifest",)),
    Fault("a template is another one", committed(_adds(TEMPLATE, "# more\n")), TEMPLATES, (f"{TEMPLATE}:: differs",)),
    Fault(
        "the configuration is another one",
        committed(_adds("config.yaml", "# production\n")),
        CONFIG,
        ("config.yaml:: differs from the manifest in the commit", "and differs from the manifest in the work tree"),
    ),
    Fault("a checklist is another one", committed(_adds(CHECKLIST)), CHECKLISTS, (f"{CHECKLIST}:: differs",)),
    Fault("a guide is another one", committed(_adds(GUIDE)), GUIDES, (f"{GUIDE}:: differs",)),
    Fault(
        "the workflow's own file is another one", committed(_adds("workflow.md")), EXTRACTED, ("workflow.md:: differs",)
    ),
    Fault(
        "an agent is missing",
        committed(lambda place: (place / DEV).unlink()),
        AGENTS | FEWER,
        (f"{DEV}:: is missing from the commit", "and is absent in the work tree", "files valid: 54"),
    ),
    Fault(
        "a checklist is gone from the work tree",
        on_disk(lambda place: (place / CHECKLIST).unlink()),
        CHECKLISTS | FEWER,
        (f"{CHECKLIST}:: is absent in the work tree",),
    ),
    Fault(
        "a step was changed after the commit",
        on_disk(_adds(STEP)),
        STEPS,
        (f"{STEP}:: differs from the manifest in the work tree",),
    ),
    Fault(
        "a template was changed back after the commit",
        _only_committed,
        TEMPLATES,
        (f"{TEMPLATE}:: differs from the manifest in the commit",),
    ),
    Fault(
        "an agent has other line ends", on_disk(_crlf), AGENTS, (f"{DEV}:: differs from the manifest in the work tree",)
    ),
    Fault("an agent is still the old one", _old_agent, AGENTS, (f"{DEV}:: differs", "still as in the version before")),
    Fault(
        "a step of the version before is left over",
        committed(_welcome),
        STEPS | INVALID,
        ("step-00-welcome.md:: is in the commit", "left over from the version before"),
    ),
    Fault(
        "there is a file too much",
        on_disk(lambda place: (place / "NOTES.txt").write_text("todo\n", "utf-8")),
        EXTRACTED,
        ("NOTES.txt:: lies in the work tree, and not in the manifest",),
    ),
    Fault(
        "a hidden file was committed",
        committed(lambda place: (place / ".env").write_text("A=1\n", "utf-8")),
        EXTRACTED,
        (".env:: is in the commit",),
    ),
    Fault(
        "the guides were not copied",
        committed(lambda place: shutil.rmtree(place / "DEPLOYMENT")),
        GUIDES,
        ("DEPLOYMENT/ROLLBACK_PROCEDURE.md:: is missing from the commit",),
    ),
    Fault(
        "a folder of templates was left out",
        committed(lambda place: shutil.rmtree(place / "templates/config-templates")),
        TEMPLATES | FEWER,
        (f"{TEMPLATE}:: is missing", "files valid: 50"),
    ),
    Fault(
        "a link stands for a checklist",
        committed(_link(CHECKLIST, "quality-gate-checklist.md")),
        CHECKLISTS | PERMITTED,
        ("is a symbolic link in the commit", "is a symbolic link to quality-gate-checklist.md; expected"),
    ),
    Fault(
        "a link leads out of the workflow",
        committed(_link(GUIDE, f"{'../' * 5}README.md")),
        GUIDES | PERMITTED,
        ("README.md, outside of the workflow; expected a file of its own",),
    ),
    Fault(
        "a submodule stands among the agents",
        _submodule,
        AGENTS | PERMITTED,
        ("agents/more:: is in the commit", "is a submodule (160000) in the commit"),
    ),
    Fault(
        "a file can be executed",
        committed(lambda place: (place / DEV).chmod(0o755)),
        PERMITTED,
        (f"{DEV}:: is executable (100755) in the commit; expected 100644", f"{DEV}:: has mode 755; expected 644"),
    ),
    Fault("a file can be executed in git only", _mode_in_git, PERMITTED, ("is executable (100755) in the commit",)),
    Fault(
        "a file may be written by its group",
        on_disk(lambda place: (place / DEV).chmod(0o664)),
        PERMITTED,
        (f"{DEV}:: has mode 664; expected 644", "file mode: 664 octal, expected 644"),
    ),
    Fault(
        "a file is for its owner alone",
        on_disk(lambda place: (place / GUIDE).chmod(0o600)),
        PERMITTED,
        (f"{GUIDE}:: has mode 600",),
    ),
    Fault(
        "the clone was made under another umask",
        on_disk(_under_umask),
        PERMITTED,
        ("./:: everything here has the modes of a umask of 002", "clone again under umask 022"),
    ),
    Fault(
        "a folder may be written by anyone",
        on_disk(lambda place: (place / "steps").chmod(0o777)),
        PERMITTED,
        ("steps/:: has mode 777; expected 755", "directory mode: 777"),
    ),
    Fault(
        "a file runs as its owner",
        on_disk(lambda place: (place / DEV).chmod(0o4644)),
        PERMITTED,
        ("has mode 4644 (setuid); expected 644",),
    ),
    Fault(
        "the workflow is still the version before",
        committed(_edits("workflow.md", "version: '2.0.0'", "version: '1.0.0'")),
        EXTRACTED | {"2.2.5.1": "failed"},
        ("workflow.md:6: states the version '1.0.0' in the deployment commit",),
    ),
    Fault(
        "the configuration is still the version before",
        committed(_edits("config.yaml", 'version: "2.0.0"', 'version: "1.0.0"')),
        CONFIG | {"2.2.5.2": "failed"},
        ("config.yaml:8: states the version '1.0.0' in the deployment commit",),
    ),
    Fault(
        "the version is a number",
        committed(_edits("config.yaml", 'version: "2.0.0"', "version: 2.0")),
        CONFIG | {"2.2.5.2": "failed"},
        ("states the version 2.0", "put it in quotes"),
    ),
    Fault(
        "the workflow was this version before",
        _reads("workflow.md", "2.0.0"),
        {"2.2.5.1": "failed"},
        ("states the version '2.0.0' in the commit before; expected '1.0.0'",),
    ),
    Fault(
        "the configuration was this version before",
        _reads("config.yaml", "2.0.0"),
        {"2.2.5.2": "failed"},
        ("states the version '2.0.0' in the commit before; expected '1.0.0'",),
    ),
    Fault(
        "an agent speaks of the version before",
        committed(_adds(DEV, "\nThis is AI Engineering Workflow v1.0.0.\n")),
        AGENTS | {"2.2.5.3": "failed"},
        (f"{DEV}:", "speaks of the version 1.0.0: 'This is AI Engineering Workflow v1.0.0.'"),
    ),
    Fault(
        "an agent speaks of the version before in short",
        committed(_adds(DEV, "\nYou are part of AI Engineering Workflow v1.0.\n")),
        AGENTS | {"2.2.5.3": "failed"},
        (f"{DEV}:", "speaks of the version 1.0.0: 'You are part of AI Engineering Workflow v1.0.'"),
    ),
    Fault(
        "an agent's configuration carries the version before",
        committed(_edits(ANALYST, "<agent ", '<agent version="1.0.0" ')),
        AGENTS | {"2.2.5.3": "failed"},
        (f"{ANALYST}:", "speaks of the version 1.0.0"),
    ),
    Fault(
        "the configuration is no YAML any more",
        committed(_adds("config.yaml", "\tversion: x\n")),
        CONFIG | INVALID | {"2.2.5.2": "failed"},
        ("2.2.6.3 config.yaml:", "no valid YAML", "files valid: 54"),
    ),
    Fault(
        "the package has the mistake, too",
        _packaged_as_it_is,
        INVALID,
        ("2.2.6.3 agents/config/", "no well-formed XML", "files valid: 54"),
    ),
]
