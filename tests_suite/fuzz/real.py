"""Real files to start from: those of the reference release, and of worlds that the suite's own faults break."""

from __future__ import annotations

import atexit
import functools
import shutil
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from fixtures import reference
from tests_suite.faults import announced, backup, hour, measured, packed, records, watched, world
from tests_suite.faults.announced import NOWHERE
from tests_suite.faults.world import World
from tests_suite.fuzz.mutations import Seed

PROVIDERS: Mapping[str, Callable[[World], object]] = {
    "announced": announced.announced,
    "backup folder": backup.folder,
    "hour": hour.hour,
    "measured": measured.measured,
    "packed": packed.packaged,
    "recorded": records.recorded,
    "watched": watched.watched,
}
FORMS = {".json": "json", ".jsonl": "jsonl", ".yaml": "yaml", ".yml": "yaml", ".md": "frontmatter"}


@functools.cache
def world_of(provider: str) -> World:
    """A world, made once; it goes when the process does."""
    folder = Path(tempfile.mkdtemp(prefix="fuzz-real-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    made = world.make(folder / "world", NOWHERE)
    PROVIDERS[provider](made)
    made.write_target()
    return made


def files(provider: str, *patterns: str, form: str = "", most: int = 20) -> dict[str, Seed]:
    """Files of a world, by name."""
    root = world_of(provider).root
    return _seeds(sorted(path for pattern in patterns for path in root.glob(pattern)), form, most)


def release(*patterns: str, form: str = "", most: int = 20) -> dict[str, Seed]:
    """Files of the reference workflow, by name."""
    return _seeds(sorted(path for pattern in patterns for path in reference.WORKFLOW.glob(pattern)), form, most)


def _seeds(paths: list[Path], form: str, most: int) -> dict[str, Seed]:
    found = {path.name: Seed(path.read_bytes(), form or FORMS.get(path.suffix, "text")) for path in paths[:most]}
    assert found, "no file, nothing to start from"
    return found


def texts(*many: str, form: str = "text") -> dict[str, Seed]:
    """Texts of one's own, by number."""
    return {f"text {number}": Seed(text.encode(), form) for number, text in enumerate(many, 1)}
