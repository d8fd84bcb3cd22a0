"""Harmless variations of what programs have written: logs, readings, and the reports of other gates."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from gate import statement
from tests_suite.faults import staged
from tests_suite.faults.accepted import REPORTS
from tests_suite.faults.harmless_gates import Case, Change
from tests_suite.faults.harmless_releases import more_servers
from tests_suite.faults.watched import LOG, readings
from tests_suite.faults.world import World


def _lines(path: Callable[[World], Path], change: Callable[[list[Any]], str]) -> Change:
    """A file of JSON lines in another form."""

    def changes(world: World) -> None:
        file = path(world)
        lines = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
        file.write_bytes(change(lines).encode())

    return changes


def _joined(form: Callable[[Any], str], end: str = "\n") -> Callable[[list[Any]], str]:
    return lambda lines: "".join(form(line) + end for line in lines)


def _log(world: World) -> Path:
    return world.root / LOG


def _in_india(line: Any) -> str:
    moved = datetime.fromisoformat(line["time"]).astimezone(timezone(timedelta(hours=5, minutes=30)))
    return json.dumps({**line, "time": moved.isoformat()})


JSON_LINES: Mapping[str, Callable[[list[Any]], str]] = {
    "has its keys sorted": _joined(lambda line: json.dumps(line, sort_keys=True)),
    "has no blanks": _joined(lambda line: json.dumps(line, separators=(",", ":"))),
    "has many blanks": _joined(lambda line: f"  {json.dumps(line, separators=(' , ', ' : '))} "),
    "has lines that end as on Windows": _joined(json.dumps, "\r\n"),
    "ends without a line end": lambda lines: _joined(json.dumps)(lines).rstrip(),
}
LOGS: Mapping[str, Callable[[list[Any]], str]] = {
    "has further keys": _joined(lambda line: json.dumps({**line, "host": "prod-1", "trace": {"id": 7}})),
    "is kept in India": _joined(_in_india),
}


def _logs() -> Iterator[Case]:
    for name, form in {**JSON_LINES, **LOGS}.items():
        for gate in ("monitoring", "first_day", "baseline", "acceptance"):
            yield Case("logs and readings", f"the execution log {name}", gate, _lines(_log, form))
    for name, form in JSON_LINES.items():
        yield Case("logs and readings", f"the readings' file {name}", "first_day", _lines(readings, form))


def _stored(folder: str, change: Callable[[Path], object]) -> Change:
    return lambda world: change(world.root / folder)


def _rewritten(path: Path, **form: Any) -> None:
    """Verdicts as another program writes them, handed on alone: beside its Statement each has to be as it was."""
    for file in path.rglob("verdict.json"):
        for name in (statement.NAME, statement.CHECKSUMS):
            (file.parent / name).unlink(missing_ok=True)
        file.write_text(json.dumps(json.loads(file.read_text(encoding="utf-8")), **form), encoding="utf-8")


def _staging_client(world: World) -> None:
    path = world.root / staged.FOLDER / "client.json"
    data = json.loads(path.read_text(encoding="utf-8"))
    more_servers(data)
    path.write_text(json.dumps(data), encoding="utf-8")


def _others(path: Path) -> None:
    (path / "index.html").write_text("<html></html>", encoding="utf-8")
    (path / "old runs").mkdir()
    (path / "old runs" / "notes.txt").write_text("of last year\n", encoding="utf-8")


REPORTED: Sequence[tuple[str, str, Change]] = (
    ("acceptance", "the verdicts are one line each", _stored(REPORTS, _rewritten)),
    (
        "acceptance",
        "the verdicts have their keys sorted",
        _stored(REPORTS, lambda path: _rewritten(path, sort_keys=True)),
    ),
    ("acceptance", "other files lie among the reports", _stored(REPORTS, _others)),
    ("staging", "staging's verdict is one line", _stored(staged.FOLDER, _rewritten)),
    ("staging", "other files lie among staging's reports", _stored(f"{staged.FOLDER}/reports", _others)),
    ("staging", "staging's clients have more servers", _staging_client),
    ("rollback", "the verdict after the rollback is one line", _stored("evidence", _rewritten)),
    ("rollback", "other files lie among the backups", _stored("rolled", _others)),
)  # fmt: skip


CASES = (
    *_logs(),
    *(Case("reports of other gates", name, gate, change) for gate, name, change in REPORTED),
)
