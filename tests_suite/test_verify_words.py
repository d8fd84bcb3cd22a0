"""In which words a report stands or falls, and on which side of each edge: what `python -m gate verify` relies on."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gate import statement, verify
from gate.verdict import Verdict
from gate.verify import DoesNotStand
from tests_suite import kept, samples


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A report that stands."""
    return kept.write(tmp_path / "smoke")


def _falls(check: Callable[..., object], *arguments: Any) -> str:
    with pytest.raises(DoesNotStand) as caught:
        check(*arguments)
    return str(caught.value)


def test_file_is_read_up_to_the_largest_size(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    raw = (folder / "verdict.json").read_bytes()
    monkeypatch.setattr(statement, "LARGEST", len(raw))
    assert verify._bytes(folder, "verdict.json") == raw

    monkeypatch.setattr(statement, "LARGEST", len(raw) - 1)
    assert _falls(verify._bytes, folder, "verdict.json") == "verdict.json is no file of a bearable size"
    assert _falls(verify._bytes, folder.parent, "smoke") == "smoke is no file of a bearable size"
    assert _falls(verify._bytes, folder, "x.json") == "x.json is missing; it was taken away"
    assert _falls(verify._bytes, folder / "summary.md", "x.json") == "x.json: not a directory"


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"[]", "x.json holds no object"),
        (b'"a"', "x.json holds no object"),
        (b"{", "x.json is no JSON"),
        (b'{"a": NaN}', "x.json is no JSON"),
        (b'{"a": 1, "a": 1}', "x.json is no JSON"),
        (b'{"a": "\xff"}', "x.json is no JSON"),
        (b"[" * 100_000, "x.json is no JSON"),
    ],
)
def test_what_is_no_object_of_json_is_said_to_be_that(raw: bytes, said: str) -> None:
    assert _falls(verify._json, "x.json", raw) == said


def test_checksums_name_the_file_that_was_changed(folder: Path) -> None:
    (folder / "statement.sha256").write_bytes(statement.checksums({"statement.json": "0" * 64}))
    said = " is not what statement.sha256 names: one of them was changed"
    assert _falls(verify.examine, folder) == f"statement.json{said}"

    (folder / "statement.json.sig").write_bytes(b"x")
    assert _falls(verify.examine, folder) == f"statement.json or statement.json.sig{said}"


@pytest.mark.parametrize(
    ("extension", "said"),
    [
        ({"schema": 2}, "statement.json has form 2; this suite knows 1"),
        ({"schema": "y" * 50}, f"statement.json has form '{'y' * 19}; this suite knows 1"),
        ({}, "statement.json is no statement of this suite"),
        ({"schema": 1}, "statement.json is no statement of this suite"),
        ({"schema": 1, "files": [{"name": "a"}]}, "statement.json is no statement of this suite"),
        ({"schema": 1, "files": ["a"]}, "statement.json is no statement of this suite"),
        (None, "statement.json is no statement of this suite"),
    ],
)
def test_statement_of_another_form_is_said_to_be_that(extension: object, said: str) -> None:
    assert _falls(verify._attested_files, {"predicate": {"releaseGate": extension}}) == said


def test_files_are_those_that_the_statement_names(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = json.loads((folder / "statement.json").read_text(encoding="utf-8"))
    files = verify._attested_files(content)
    assert set(files) == {"signoff.html", "summary.md", "verdict.json"}
    for name in (".DS_Store", "Thumbs.db", "desktop.ini", "statement.json.sig", "statement.json.Ada_1@x-y.org.sig"):
        (folder / name).write_bytes(b"x")
    monkeypatch.setattr(verify, "MOST_FILES", 3)
    verify._against_files(folder, files)

    too_many = "statement.json names files that no report has"
    for name in ("../x", "a\0b"):
        monkeypatch.setattr(verify, "MOST_FILES", 4)
        assert _falls(verify._against_files, folder, {**files, name: "0"}) == too_many
    monkeypatch.setattr(verify, "MOST_FILES", 2)
    assert _falls(verify._against_files, folder, files) == too_many


def test_file_is_missed_changed_or_none_in_so_many_words(folder: Path) -> None:
    def said(files: dict[str, str]) -> str:
        return _falls(verify._against_files, folder, {"verdict.json": digests["verdict.json"], **files})

    digests = {path.name: statement.digest_of(path) for path in folder.iterdir()}
    files = {name: digests[name] for name in ("verdict.json", "summary.md", "signoff.html")}
    assert _falls(verify._against_files, folder, {}) == "statement.json does not name verdict.json"
    assert said({**files, "gone.txt": "0"}) == "gone.txt is missing; it was taken away"
    assert said({**files, "summary.md": "0" * 64}) == (
        f"summary.md was changed: its SHA-256 is {digests['summary.md'][:12]}…, not 000000000000…"
    )
    assert _falls(verify._against_files, folder / "x", files) == f"{folder / 'x'}: no such file or directory"
    (folder / "zzz").mkdir()
    assert said({**files, "zzz": "0"}) == "zzz is no file"
    (folder / "aaa").write_bytes(b"")
    assert said(files) == "'aaa' is not part of this report: it came later", "the first of them"


def test_file_that_cannot_be_read_is_named_with_the_reason(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = {path.name: statement.digest_of(path) for path in folder.iterdir() if path.suffix != ".sha256"}
    for error, said in ((PermissionError(13, "Permission denied"), "permission denied"), (OSError("Odd"), "odd")):
        monkeypatch.setattr(statement, "digest_of", lambda path, error=error: (_ for _ in ()).throw(error))
        first = next(iter(files))
        assert _falls(verify._against_files, folder, files) == f"{first}: {said}"


@pytest.mark.parametrize(
    ("record", "said"),
    [
        ({}, "form None; this suite knows 1: verify with a suite that is not named"),
        ({"schema": 2, "suite": {"version": "3.0.0"}}, "form 2; this suite knows 1: verify with suite 3.0.0"),
        ({"schema": 2, "suite": {"version": 3}}, "form 2; this suite knows 1: verify with a suite that is not named"),
        ({"schema": 2, "suite": "3"}, "form 2; this suite knows 1: verify with a suite that is not named"),
        (
            {"schema": "y" * 30, "suite": {"version": "3" * 30}},
            f"form '{'y' * 19}; this suite knows 1: verify with suite {'3' * 20}",
        ),
    ],
)
def test_record_of_another_suite_names_the_suite_that_knows_it(record: dict[str, Any], said: str) -> None:
    assert _falls(verify._known_form, record) == f"verdict.json has {said}"


def test_record_that_keeps_to_no_form_says_where(folder: Path) -> None:
    kept.forge(folder, lambda data: data.update(time_box_seconds="a  b"))

    assert _falls(verify.examine, folder) == (
        "verdict.json does not keep to its form ($.time_box_seconds: 'a b' is not of type 'number'); "
        f"it was written by suite {kept.content(folder)['suite']['version']}"
    )


def test_verdict_that_does_not_follow_is_named_beside_the_one_that_does() -> None:
    record = {"items": [{"outcome": "passed"}, {"outcome": "failed"}], "notes": [], "verdict": "PASS" * 10}

    assert _falls(verify._against_outcomes, record) == (
        f"the verdict is {'PASS' * 5}, but FAIL follows from the recorded outcomes"
    )
    verify._against_outcomes({**record, "verdict": "FAIL"})


MAJOR = {"severity": "major", "message": "it  is\nbroken " + "x" * 100}
MINOR = {"severity": "minor", "message": "it is odd"}


def _row(value: float | None, comparison: str = "below", holds: bool = True, limit: float = 100.0) -> dict[str, Any]:
    return {"name": "response time", "value": value, "comparison": comparison, "limit": limit, "holds": holds}


def _item(
    outcome: str, *findings: Any, rows: Any = (), severity: str = "major", number: str = "1.3.1"
) -> dict[str, Any]:
    rows = list(rows)
    return {"id": number, "outcome": outcome, "severity": severity, "findings": findings, "measurements": rows}


WAIVES = [{"item": "1.3.1", "waives": True}, {"item": "1.3.2", "waives": False}]
SHORT = f"it is broken {'x' * 67}"
ITEMS: dict[str, tuple[dict[str, Any], str]] = {
    "passed": (_item("passed"), ""),
    "passed with a remark": (_item("passed", MINOR), "passed, but with the finding: it is odd"),
    "passed with a finding": (_item("passed", MAJOR), f"passed, but with the finding: {SHORT}"),
    "degraded by a remark": (_item("degraded", MINOR), ""),
    "degraded by more": (_item("degraded", MINOR, MAJOR), f"degraded, but with the finding: {SHORT}"),
    "failed": (_item("failed", MAJOR, rows=[_row(140.0, holds=False)]), ""),
    "missing": (_item("missing", MAJOR), ""),
    "waived": (_item("waived", MAJOR, rows=[_row(140.0, holds=False)]), ""),
    "waived, but critical": (
        _item("waived", MAJOR, severity="critical"),
        "waived, which no known issue in it bears out",
    ),
    "degraded by a limit": (_item("degraded", MINOR, rows=[_row(140.0, holds=False)]), ""),
    "limit held": (_item("passed", rows=[_row(99.0), _row(100.0005)]), ""),
    "second limit crossed": (
        _item("passed", rows=[_row(99.0), _row(99.0, holds=False)]),
        "passed, but 'response time' does not hold its limit",
    ),
    "no value": (_item("passed", rows=[_row(None)]), "passed, but 'response time' does not hold its limit"),
}


@pytest.mark.parametrize(("item", "said"), ITEMS.values(), ids=ITEMS)
def test_outcome_is_borne_out_by_what_its_item_records(item: dict[str, Any], said: str) -> None:
    record = {"items": [_item("passed", number="1.3.0"), item], "known_issues": WAIVES}

    if said:
        assert _falls(verify._against_findings, record) == f"item 1.3.1 is recorded as {said}"
    else:
        verify._against_findings(record)


def test_item_is_waived_by_a_known_issue_of_its_own_that_waives() -> None:
    records: tuple[dict[str, Any], ...] = ({"known_issues": WAIVES}, {"known_issues": []}, {})
    for record in records:
        said = _falls(verify._against_findings, {**record, "items": [_item("waived", number="1.3.2")]})
        assert said == "item 1.3.2 is recorded as waived, which no known issue in it bears out"


@pytest.mark.parametrize(
    ("row", "holds"),
    [
        (_row(99.0), True),
        (_row(100.0), True),  # 99.9996 is written as 100.0
        (_row(100.0015), False),
        (_row(99.0, holds=False), False),
        (_row(100.5, "at_most"), False),
        (_row(99.5, "at_least"), False),
        (_row(101.0, "at_least"), True),
        (_row(99.0, "equals"), False),
        (_row(100.0, "equals"), True),
        (_row(2.001, limit=2.0), True),
        (_row(0.0, "at_least", limit=0.001), True),
        (_row(0.0, "at_least", limit=0.0011), False),
    ],
)
def test_figure_holds_its_limit_unless_it_is_just_rounded(row: dict[str, Any], holds: bool) -> None:
    assert verify._holds(row) is holds


def _decided(folder: Path, verdict: Verdict, marker: str, **situation: Any) -> dict[str, Any]:
    """A record of a gate; its decision is then put to what somebody claims."""
    record = kept.content(kept.write(folder, marker, verdict))
    return {**record, "situation": {"fix_minutes": None, "degraded_minutes": 0.0, **situation}}


@pytest.mark.parametrize(
    ("situation", "action", "leaf", "follows"),
    [
        ({"fix_minutes": 29}, "fix_and_continue", "2.partial.fixable", True),
        ({"fix_minutes": 30}, "fix_and_continue", "2.partial.fixable", False),
        ({"fix_minutes": 30}, "rollback", "2.partial.not_fixable", True),
        ({}, "fix_or_rollback", "2.partial", True),
        ({}, "fix_or_rollback", "", False),
        ({}, "proceed", "2.partial", False),
    ],
)
def test_decision_follows_from_the_recorded_situation(
    tmp_path: Path, situation: dict[str, Any], action: str, leaf: str, follows: bool
) -> None:
    record = _decided(tmp_path / "deploy", Verdict.FAIL, "deploy", **situation)
    record["decision"] = {"action": action, **({"leaf": leaf} if leaf else {})}
    said = f"the decision is {action!r}, which does not follow from what is recorded"

    if follows:
        verify._against_decision(record)
    else:
        assert _falls(verify._against_decision, record) == said
    record["suite"]["version"] = "0.0.1"
    verify._against_decision(record)  # of another suite nobody knows how it decides


@pytest.mark.parametrize(
    ("minutes", "leaf", "follows"),
    [
        (29.8, "2.degraded.critical", False),
        (30.0, "2.degraded.critical", True),
        (30.0, "2.degraded", True),
        (30.2, "2.degraded", False),
    ],
)
def test_minutes_are_taken_as_rounded(tmp_path: Path, minutes: float, leaf: str, follows: bool) -> None:
    record = _decided(tmp_path / "mcp", Verdict.DEGRADE, "mcp", degraded_minutes=minutes)
    slow = next(item for item in record["items"] if item["outcome"] == "degraded")
    slow |= {"severity": "critical", "measurements": [_row(140.0, holds=False)]}
    record["decision"] = {"action": "rollback" if leaf.endswith("critical") else "proceed_with_caution", "leaf": leaf}

    if follows:
        verify._against_decision(record)
    else:
        assert "which does not follow" in _falls(verify._against_decision, record)


def test_gate_that_had_recovered_decides_so_without_a_word_in_the_record(tmp_path: Path) -> None:
    record = _decided(tmp_path / "mcp", Verdict.PASS, "mcp")
    del record["situation"]

    for leaf in ("", "2.resolved"):
        record["decision"] = {"action": "proceed", "leaf": leaf}
        verify._against_decision(record)


def test_signature_is_asked_for_where_signers_are_named(folder: Path, tmp_path: Path) -> None:
    assert _falls(verify.examine, folder, tmp_path / "signers") == (
        "it is not signed; expected statement.json.sig by one of signers"
    )


def test_reports_are_found_in_what_is_given_and_hidden_ones_are_none(tmp_path: Path) -> None:
    for place in ("b/verdict.json", "a/statement.sha256", "c/statement.json", ".d/verdict.json", "e/summary.md"):
        path = tmp_path / place
        path.parent.mkdir()
        path.write_text("x", encoding="utf-8")
    found = [tmp_path / name for name in "abc"]

    assert verify.reports_in([tmp_path]) == found
    assert verify.reports_in([tmp_path / "e", tmp_path / "a", tmp_path]) == [tmp_path / "e", tmp_path / "a", *found]
    (tmp_path / "statement.sha256").write_text("x", encoding="utf-8")
    assert verify.reports_in([tmp_path]) == [tmp_path]
    with pytest.raises(NotADirectoryError):
        verify.reports_in([tmp_path / "b", tmp_path / "b" / "verdict.json"])


@pytest.mark.parametrize("name", ["signoff.html", "report.html", "summary.md", "junit.xml"])
def test_folder_without_anything_of_a_report_holds_none(tmp_path: Path, name: str) -> None:
    (tmp_path / "photo.jpg").touch()
    with pytest.raises(verify.NoReportError) as caught:
        verify.reports_in([tmp_path])
    assert str(caught.value) == f"{tmp_path}: holds no report; expected verdict.json and statement.json in it"

    (tmp_path / name).touch()
    assert verify.reports_in([tmp_path]) == [tmp_path], "what is left of one does not stand"


def test_own_subject_is_one_that_the_record_names_by_its_digest() -> None:
    record: dict[str, Any] = {
        "target": {"subjects": {"package": {"sha256": samples.PACKAGE}, "knowledge": {"location": "x"}}}
    }

    verify._about(record, "package", samples.PACKAGE)
    assert _falls(verify._about, record, "knowledge", "0" * 64) == "it names no knowledge that it would stand for"
