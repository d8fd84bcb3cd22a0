"""What the README shows is right: its target file, its links, its gates, its options."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml

from fixtures.schema import mistakes
from gate import checklist

SUITE = Path(__file__).parents[1]
TEXT = (SUITE / "README.md").read_text(encoding="utf-8")
TARGET_SCHEMA = json.loads((SUITE / "fixtures" / "target.schema.json").read_text(encoding="utf-8"))
LINKS = sorted(set(re.findall(r"\]\(([^)#:]+)\)", TEXT)))


def _example() -> dict[str, object]:
    """The target file of the README."""
    found: dict[str, object] = yaml.safe_load(re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL)[0])
    return found


def test_target_file_of_the_readme_is_one() -> None:
    assert mistakes(_example(), TARGET_SCHEMA) == []


def test_target_file_of_the_readme_shows_every_key() -> None:
    assert set(TARGET_SCHEMA["properties"]) <= set(_example())


@pytest.mark.parametrize("link", LINKS)
def test_link_of_the_readme_leads_to_a_file(link: str) -> None:
    assert (SUITE / link).exists()


def test_every_gate_is_in_the_readme() -> None:
    missing = [marker for marker in checklist.load().gates if f"`{marker}`" not in TEXT]

    assert not missing


def test_every_option_of_the_suite_is_in_the_readme(pytestconfig: pytest.Config) -> None:
    groups = [group for group in pytestconfig._parser._groups if group.name.startswith(("gate", "target"))]
    options = [name for group in groups for option in group.options for name in option.names()]
    assert len(options) > 10

    assert [name for name in options if name not in TEXT] == []
