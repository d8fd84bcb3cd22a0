"""Harmless variations of the records that people keep: the same said in another form, or at another clock."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import yaml

from tests_suite.faults.harmless_gates import Case, Change
from tests_suite.faults.world import World

GATES = (
    "verification", "staging", "notification", "deploy", "announcement", "feedback", "retrospective", "first_day",
    "rollback",
)  # fmt: skip
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)")
Text = Callable[[str], str]


def _records(world: World) -> list[Path]:
    folder = world.root / world.target["evidence"]
    found = sorted(path for path in folder.iterdir() if path.suffix in (".json", ".yaml", ".yml"))
    assert found, "no record, nothing varied"
    return found


def _written(form: Callable[[Any], str], suffix: str) -> Change:
    """Every record in another form, under a name that says so."""

    def changes(world: World) -> None:
        for path in _records(world):
            text = form(yaml.safe_load(path.read_text(encoding="utf-8")))
            path.unlink()
            path.with_suffix(suffix).write_bytes(text.encode())

    return changes


def _yaml(change: Text = str, **options: Any) -> Change:
    return _written(
        lambda data: change(str(yaml.safe_dump(data, **{"sort_keys": False, "allow_unicode": True, **options}))),
        ".yaml",
    )


def _json(**options: Any) -> Change:
    return _written(lambda data: json.dumps(data, **options), ".json")


def _turned(value: Any) -> Any:
    """The same with every mapping's keys the other way round."""
    if isinstance(value, list):
        return [_turned(each) for each in value]
    return {key: _turned(value[key]) for key in reversed(value)} if isinstance(value, dict) else value


def _timed(change: Callable[[datetime], str]) -> Change:
    """Every point in time of every record, written in another way; a window is in the zone that it names."""

    def moved(value: Any) -> Any:
        if isinstance(value, list):
            return [moved(each) for each in value]
        if isinstance(value, dict):
            return {key: each if key == "window" else moved(each) for key, each in value.items()}
        whole = isinstance(value, str) and TIME.fullmatch(value)
        return change(datetime.fromisoformat(value)) if whole else value

    return _written(lambda data: json.dumps(moved(data), indent=1), ".json")


def _unquoted(text: str) -> str:
    """Points in time without quotes, as people write them."""
    return re.sub(rf"'({TIME.pattern})'", r"\1", text)


def _commented(text: str) -> str:
    return "# On record since the meeting.\n\n" + re.sub(
        r"(?m)^(\w+):(.*)$", r"\1:\2  # see the minutes", text, count=1
    )


def _folder_behind_a_link(world: World) -> None:
    folder = world.root / world.target["evidence"]
    folder.rename(world.root / "kept elsewhere")
    folder.symlink_to("kept elsewhere")


def _files_behind_links(world: World) -> None:
    for path in _records(world):
        path.rename(world.root / f"the {path.name}")
        path.symlink_to(f"../the {path.name}")


def _shifted(hours: float) -> Callable[[datetime], str]:
    return lambda moment: moment.astimezone(timezone(timedelta(hours=hours))).isoformat()


FORMS: Mapping[str, Change] = {
    "records are YAML": _yaml(),
    "records are YAML with other keys first": _yaml(sort_keys=True),
    "records are YAML in flow style": _yaml(default_flow_style=True, width=10_000),
    "records are YAML with everything quoted": _yaml(default_style='"'),
    "records are YAML with times that are not quoted": _yaml(_unquoted),
    "records are YAML with comments": _yaml(_commented),
    "records are YAML from Windows": _yaml(lambda text: text.replace("\n", "\r\n")),
    "records are YAML whose lines end with blanks": _yaml(
        lambda text: f"{text}\n\n".replace("\n", "  \n"), width=10_000
    ),
    "records are YAML marked as documents": _yaml(lambda text: f"---\n{text}...\n"),
    "records are YAML with short lines": _yaml(width=30),
    "records end in .yml": _written(lambda data: str(yaml.safe_dump(data)), ".yml"),
    "records are one line of JSON": _json(separators=(",", ":")),
    "records are JSON with sorted keys": _json(sort_keys=True, indent=4),
    "records are JSON without escapes": _json(ensure_ascii=False, indent="\t"),
    "records are JSON from Windows": _written(lambda data: json.dumps(data, indent=2).replace("\n", "\r\n"), ".json"),
    "records have their keys the other way round": _written(lambda data: json.dumps(_turned(data), indent=2), ".json"),
    "records are kept in India": _timed(_shifted(5.5)),
    "records are kept in Newfoundland": _timed(_shifted(-3.5)),
    "records are kept in UTC, with a Z": _timed(
        lambda moment: moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
    ),
    "records are kept to the microsecond": _timed(lambda moment: moment.isoformat(timespec="microseconds")),
    "records lie behind a link": _folder_behind_a_link,
    "each record lies behind a link": _files_behind_links,
}


DIGESTED = ("verification", "staging", "deploy", "rollback")  # gates whose records have digests
IN_CAPITALS = _written(
    lambda data: re.sub(r"\b[0-9a-f]{64}\b", lambda digest: digest[0].upper(), json.dumps(data)), ".json"
)

CASES = (
    *(
        Case("form of the records", name, gate, change)
        for number, (name, change) in enumerate(FORMS.items())
        for place, gate in enumerate(GATES)
        if (number + place) % 3 == 0
    ),
    *(Case("form of the records", "records have digests in capitals", gate, IN_CAPITALS) for gate in DIGESTED),
)
