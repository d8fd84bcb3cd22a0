"""Whether a report still stands: one changed byte, a file taken away or put there, a verdict that does not follow."""

from __future__ import annotations

import json
import os
import random
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from gate import cli, statement, verify
from gate.verdict import Outcome, Verdict
from gate.verify import DoesNotStand
from tests_suite import kept, samples
from tests_suite.samples import CHECKLIST

SMALL = 40_000  # bytes; files up to this size are changed byte by byte
STEP = 11  # of the page for people, every eleventh one, for the sake of time


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A report that stands."""
    return kept.write(tmp_path / "smoke")


def _falls(folder: Path, **more: Any) -> str:
    with pytest.raises(DoesNotStand) as caught:
        verify.examine(folder, **more)
    said = str(caught.value)
    assert "\n" not in said
    return said


@pytest.mark.parametrize("verdict", list(Verdict))
@pytest.mark.parametrize("marker", CHECKLIST.gates)
def test_report_of_every_gate_and_verdict_stands(tmp_path: Path, marker: str, verdict: Verdict) -> None:
    said = str(verify.examine(kept.write(tmp_path, marker, verdict)))

    assert said.startswith(
        f"{marker} {verdict} for ai-engineering-workflow 2.0.0 on target sample, package aaaaaaaaaaaa…"
    )
    assert said.endswith(", not signed")


def test_report_of_the_reference_says_that_it_proves_nothing(tmp_path: Path) -> None:
    folder = kept.write(tmp_path, embedded=["workflow"])

    assert "which proves nothing about production" in str(verify.examine(folder))


def test_one_changed_byte_in_any_file_is_noticed(folder: Path) -> None:
    paths = sorted(folder.iterdir())
    assert {path.name for path in paths} >= {"verdict.json", "summary.md", statement.NAME, statement.CHECKSUMS}
    changed = 0
    for path in paths:
        raw = path.read_bytes()
        assert 0 < len(raw) < SMALL, f"{path.name} has {len(raw)} bytes, too many to change each of them"
        for place in range(0, len(raw), STEP if path.suffix == ".html" else 1):
            path.write_bytes(raw[:place] + bytes([raw[place] ^ 1 << place % 8]) + raw[place + 1 :])
            _falls(folder)
            changed += 1
        path.write_bytes(raw)
    assert changed > 4_000

    assert verify.examine(folder).record["verdict"] == "PASS"  # all of it is as it was


LENGTHS: dict[str, Callable[[bytes], bytes]] = {
    "a line more": lambda raw: raw + b"\n",
    "a byte less": lambda raw: raw[:-1],
    "empty": lambda raw: b"",
    "twice": lambda raw: raw * 2,
}


@pytest.mark.parametrize("change", LENGTHS.values(), ids=LENGTHS)
def test_longer_or_shorter_file_is_noticed(folder: Path, change: Callable[[bytes], bytes]) -> None:
    for path in sorted(folder.iterdir()):
        raw = path.read_bytes()
        path.write_bytes(change(raw))
        assert path.name in _falls(folder)
        path.write_bytes(raw)


def test_file_that_was_taken_away_is_missed(folder: Path) -> None:
    for path in sorted(folder.iterdir()):
        raw = path.read_bytes()
        path.unlink()
        assert f"{path.name} is missing" in _falls(folder)
        path.write_bytes(raw)


@pytest.mark.parametrize(
    "name", ["signoff2.html", "verdict.json.bak", "statement.sig", ".hidden", "statement.json.sig.txt"]
)
def test_file_that_came_later_is_noticed(folder: Path, name: str) -> None:
    (folder / name).write_text("PASS", encoding="utf-8")

    assert _falls(folder) == f"{name!r} is not part of this report: it came later"


def test_folder_of_a_file_manager_makes_no_difference(folder: Path) -> None:
    (folder / ".DS_Store").write_bytes(b"\0")

    assert verify.examine(folder).record["verdict"] == "PASS"


def test_link_in_the_place_of_a_file_is_refused(folder: Path, tmp_path: Path) -> None:
    shutil.copy(folder / "summary.md", tmp_path / "elsewhere.md")
    (folder / "summary.md").unlink()
    (folder / "summary.md").symlink_to(tmp_path / "elsewhere.md")

    assert _falls(folder) == "summary.md is no file"


def _outcome(number: int, outcome: str) -> Callable[[dict[str, Any]], object]:
    def change(data: dict[str, Any]) -> None:
        data["items"][number]["outcome"] = outcome

    return change


def _measured(data: dict[str, Any]) -> None:
    row = {
        "name": "response time",
        "value": 140.0,
        "unit": "ms",
        "comparison": "below",
        "limit": 100,
        "plan_limit": 100,
    }
    data["items"][1]["measurements"] = [{**row, "holds": True, "samples": []}]


def _found(severity: str, outcome: str = "passed") -> Callable[[dict[str, Any]], object]:
    def change(data: dict[str, Any]) -> None:
        item = next(each for each in data["items"] if each["outcome"] == outcome)
        item["findings"] = [{"severity": severity, "message": "x", "file": None, "line": None}]

    return change


def _waived(data: dict[str, Any]) -> None:
    for item in data["items"]:
        if item["outcome"] == "failed":
            item["outcome"] = "waived"
    data.update(verdict="DEGRADE", exit_status=0)


# What somebody changes who makes all digests fit again; the outcomes and the verdict have to agree all the same.
FORGED: dict[str, tuple[Verdict, Callable[[dict[str, Any]], object], str]] = {
    "a PASS out of a FAIL": (Verdict.FAIL, lambda data: data.update(verdict="PASS"), "is PASS, but FAIL follows from"),
    "a PASS out of a DEGRADE": (Verdict.DEGRADE, lambda data: data.update(verdict="PASS"), "but DEGRADE follows from"),
    "a PASS out of an INCOMPLETE": (
        Verdict.INCOMPLETE,
        lambda data: data.update(verdict="PASS"),
        "is PASS, but INCOMPLETE follows from",
    ),
    "a FAIL out of a PASS": (Verdict.PASS, lambda data: data.update(verdict="FAIL"), "is FAIL, but PASS follows from"),
    "an item less": (Verdict.PASS, lambda data: data["items"].pop(), "its items are not those of the gate smoke"),
    "items of another gate": (Verdict.PASS, lambda data: data.update(marker="mcp"), "not those of the gate mcp"),
    "a value beyond its limit": (Verdict.PASS, _measured, "2.1.2 is recorded as passed, but 'response time' does not"),
    "a form of tomorrow": (
        Verdict.PASS,
        lambda data: data.update(schema=2),
        "has form 2; this suite knows 1: verify with",
    ),
    "a pass with a finding": (Verdict.PASS, _found("critical"), "2.1.1 is recorded as passed, but with the finding: x"),
    "a pass with a remark": (Verdict.PASS, _found("minor"), "2.1.1 is recorded as passed, but with the finding: x"),
    "a degrade with a finding that blocks": (
        Verdict.DEGRADE,
        _found("critical", "degraded"),
        "is recorded as degraded, but with the finding: x",
    ),
    "a waived critical failure": (Verdict.FAIL, _waived, "waived, which no known issue in it bears out"),
    "a decision to go on after a failure": (
        Verdict.FAIL,
        lambda data: data["decision"].update(action="proceed", leaf=""),
        "the decision is 'proceed', which does not follow",
    ),
    "a month that no year has": (
        Verdict.PASS,
        lambda data: data.update(ended="2026-13-01T00:00:00.000Z"),
        "no point in",
    ),
    "an unknown outcome": (Verdict.PASS, _outcome(0, "splendid"), "does not keep to its form"),
}


@pytest.mark.parametrize(("verdict", "change", "says"), FORGED.values(), ids=FORGED)
def test_report_that_contradicts_itself_does_not_stand(
    tmp_path: Path, verdict: Verdict, change: Callable[[dict[str, Any]], object], says: str
) -> None:
    folder = kept.write(tmp_path / "smoke", verdict=verdict)
    kept.forge(folder, change)

    assert says in _falls(folder)


@pytest.mark.parametrize("outcome", [each for each in Outcome if each is not Outcome.PASSED])
def test_verdict_is_judged_again_from_every_outcome(folder: Path, outcome: Outcome) -> None:
    kept.forge(folder, _outcome(2, outcome))

    assert _falls(folder).endswith("follows from the recorded outcomes")


def test_statement_of_another_report_does_not_fit(folder: Path, tmp_path: Path) -> None:
    other = kept.write(tmp_path / "mcp", "mcp")
    for name in (statement.NAME, statement.CHECKSUMS):
        shutil.copy(other / name, folder / name)

    assert "verdict.json was changed" in _falls(folder) or "signoff.html was changed" in _falls(folder)


def test_statement_that_says_more_than_the_verdict_does_not_fit(folder: Path) -> None:
    content = json.loads((folder / statement.NAME).read_text(encoding="utf-8"))
    content["subject"][0]["digest"]["sha256"] = "0" * 64
    (folder / statement.NAME).write_bytes(statement.encoded(content))
    statement.write_checksums(folder)

    assert _falls(folder) == "statement.json is not the statement that follows from verdict.json"


def test_key_that_is_given_twice_is_refused(folder: Path) -> None:
    """One program reads the first of them, another one the last."""
    path = folder / "verdict.json"
    text = path.read_text(encoding="utf-8")
    twice = text.replace('"verdict": "PASS"', '"verdict": "FAIL",\n "verdict": "PASS"', 1)
    assert json.loads(twice) == json.loads(text)
    assert twice != text
    path.write_text(twice, encoding="utf-8")
    for name in (statement.NAME, statement.CHECKSUMS):
        (folder / name).unlink()
    statement.write(folder)

    assert _falls(folder) == "verdict.json is no JSON"


@pytest.mark.parametrize("name", ["verdict.json", "statement.json", "statement.sha256", "statement.json.sig"])
def test_pipe_in_the_place_of_a_file_keeps_nobody_waiting(folder: Path, name: str) -> None:
    (folder / name).unlink(missing_ok=True)
    os.mkfifo(folder / name)

    assert _falls(folder).startswith(f"{name} is no file")


def test_remains_of_a_report_are_not_overlooked_among_others(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for marker in ("smoke", "mcp"):
        kept.write(tmp_path / marker, marker)
    assert cli.main(["verify", str(tmp_path)]) == 0

    (tmp_path / "mcp" / "verdict.json").unlink()

    assert cli.main(["verify", str(tmp_path)]) == 1
    assert "mcp: does not stand: verdict.json is missing" in capsys.readouterr().out


def test_name_in_a_report_writes_no_line_of_its_own(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    kept.write(tmp_path / "smoke")
    name = "x\nreports/mcp: stands: mcp PASS\r\x1b[2J\x9b2J\u2028y"
    kept.forge(tmp_path / "smoke", lambda data: data["target"].update(name=name))

    assert cli.main(["verify", str(tmp_path)]) == 0

    said = capsys.readouterr().out
    assert said.count("\n") == 1
    assert said.removesuffix("\n").isprintable()


@pytest.mark.parametrize("name", ["checklist.yaml", "target.yaml"])
def test_report_by_another_checklist_says_so(folder: Path, name: str) -> None:
    """Somebody may have lowered a limit, or have taken an item away."""
    assert "by another checklist" not in str(verify.examine(folder))

    def change(data: dict[str, Any]) -> None:
        data["configuration"] = [{"name": name, "sha256": "0" * 64}]

    kept.forge(folder, change)

    assert "Z by another checklist than the one of this suite, " in str(verify.examine(folder))


def test_target_file_called_like_the_checklist_hides_no_missing_item(folder: Path) -> None:
    def change(data: dict[str, Any]) -> None:
        data["configuration"].append({"name": "checklist.yaml", "sha256": "0" * 64})
        data["items"].pop()

    kept.forge(folder, change)

    assert _falls(folder) == "its items are not those of the gate smoke"


def test_older_report_without_a_statement_is_said_to_be_that(folder: Path) -> None:
    (folder / statement.NAME).unlink()

    assert _falls(folder) == "statement.json is missing; an older suite wrote none: such a report cannot be verified"


HOSTILE = [
    b"",
    b"[]",
    b"null",
    b'{"predicate": 3}',
    b'{"predicate": {"releaseGate": []}}',
    b"\xff\xfe",
    b"[" * 100_000,
    b"NaN",
]


@pytest.mark.parametrize("raw", HOSTILE, ids=range(len(HOSTILE)))
@pytest.mark.parametrize("name", ["verdict.json", statement.NAME])
def test_hostile_file_gets_one_line(folder: Path, name: str, raw: bytes) -> None:
    (folder / name).write_bytes(raw)
    if name == statement.NAME:
        statement.write_checksums(folder)

    assert _falls(folder)


ODD: list[Any] = [None, 0, -1, 1.5, "", [], {}, True, "x" * 50, ["a"], {"a": 1}, 1e308, [[[]]], 10**400]


def _places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in inside:
        yield (*path, key)
        yield from _places(each, (*path, key))


def _with_something_odd(content: dict[str, Any], chance: random.Random) -> dict[str, Any]:
    """A copy with one value taken away, or another one in its place."""
    changed: dict[str, Any] = json.loads(json.dumps(content))
    *path, last = chance.choice(list(_places(changed)))
    place: Any = changed
    for key in path:
        place = place[key]
    if chance.random() < 0.3:
        del place[last]
    else:
        place[last] = chance.choice(ODD)
    return changed


def test_no_content_breaks_the_verification(folder: Path) -> None:
    chance, told = random.Random(2026), set()
    verdict = kept.content(folder)
    attested = json.loads((folder / statement.NAME).read_text(encoding="utf-8"))
    for number in range(300):
        odd = _with_something_odd(verdict, chance) if number % 2 else verdict
        (folder / "verdict.json").write_text(json.dumps(odd), encoding="utf-8")
        said = json.loads(json.dumps(attested))
        for file in said["predicate"][statement.EXTENSION]["files"]:
            if file["name"] == "verdict.json":
                file["digest"]["sha256"] = statement.digest_of(folder / "verdict.json")
        (folder / statement.NAME).write_bytes(
            statement.encoded(said if number % 2 else _with_something_odd(said, chance))
        )
        statement.write_checksums(folder)
        try:
            told.add(str(verify.examine(folder)))
        except DoesNotStand as error:
            told.add(str(error))

    assert len(told) > 50
    assert all(line.count("\n") == 0 and len(line) < 600 for line in told)


def test_names_of_files_lead_nowhere_else(folder: Path) -> None:
    content = json.loads((folder / statement.NAME).read_text(encoding="utf-8"))
    content["predicate"]["releaseGate"]["files"].append({"name": "../secret", "digest": {"sha256": "0" * 64}})
    (folder / statement.NAME).write_bytes(statement.encoded(content))
    statement.write_checksums(folder)

    assert _falls(folder) == "statement.json names files that no report has"


def test_report_stands_for_its_own_package_only(folder: Path) -> None:
    assert verify.examine(folder, expected={"package": samples.PACKAGE, "workflow": samples.WORKFLOW})
    assert _falls(folder, expected={"package": "9" * 64}) == (
        "it stands for the package aaaaaaaaaaaa…; this one is 999999999999…"
    )
    assert _falls(folder, expected={"backup": "9" * 64}) == "it names no backup that it would stand for"
