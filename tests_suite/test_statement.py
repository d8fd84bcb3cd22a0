"""The Statement that a run leaves: in-toto's form, what it says of outcomes, and that it is about these very files."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from gate import statement
from gate.checklist import SOURCE
from gate.verdict import Verdict
from tests_suite import kept, miniature, samples
from tests_suite.miniature import REPORTS, Miniature
from tests_suite.samples import CHECKLIST

SCHEMA: dict[str, Any] = json.loads(statement.SCHEMA.read_text(encoding="utf-8"))


def _read(folder: Path) -> dict[str, Any]:
    """The Statement in a folder, held to its published schema."""
    found: dict[str, Any] = json.loads((folder / statement.NAME).read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(SCHEMA).validate(found)
    return found


def test_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("verdict", list(Verdict))
@pytest.mark.parametrize("marker", CHECKLIST.gates)
def test_every_gate_and_verdict_has_a_statement_of_in_totos_form(tmp_path: Path, marker: str, verdict: Verdict) -> None:
    found = _read(kept.write(tmp_path, marker, verdict))

    predicate = found["predicate"]
    listed = [len(predicate[name]) for name in ("passedTests", "warnedTests", "failedTests")]
    assert (found["_type"], found["predicateType"]) == (
        "https://in-toto.io/Statement/v1",
        "https://in-toto.io/attestation/test-result/v0.1",
    )
    assert sum(listed) == len(CHECKLIST.items_of(CHECKLIST.gates[marker]))


@pytest.mark.parametrize(
    ("verdict", "result", "name"),
    [
        (Verdict.PASS, "PASSED", None),
        (Verdict.DEGRADE, "WARNED", "warnedTests"),
        (Verdict.FAIL, "FAILED", "failedTests"),
        (Verdict.INCOMPLETE, "FAILED", "failedTests"),
    ],
)
def test_verdict_is_told_as_a_result(tmp_path: Path, verdict: Verdict, result: str, name: str | None) -> None:
    predicate = _read(kept.write(tmp_path, verdict=verdict))["predicate"]

    first = CHECKLIST.items_of(CHECKLIST.gates["smoke"])[0]
    assert predicate["result"] == result
    for each in ("warnedTests", "failedTests"):
        assert predicate[each] == ([f"{first.id} {first.title}"] if each == name else [])
    assert predicate["releaseGate"]["verdict"] == verdict
    assert predicate["releaseGate"]["reasons"] == (["interrupted"] if verdict is Verdict.INCOMPLETE else [])


def test_subjects_are_those_that_have_a_digest(tmp_path: Path) -> None:
    assert _read(kept.write(tmp_path))["subject"] == [
        {"name": "package", "digest": {"sha256": samples.PACKAGE}},
        {"name": "repository", "digest": {"gitCommit": "c" * 40}},
        {"name": "workflow", "digest": {"sha256": samples.WORKFLOW}},
    ]


def test_report_of_what_has_no_digest_is_about_its_verdict(tmp_path: Path) -> None:
    record = kept.content(kept.write(tmp_path))
    record["target"]["subjects"] = {"knowledge": {"location": "https://example.com"}}

    found = statement.of(record, {"verdict.json": "e" * 64})

    assert found["subject"] == [{"name": "verdict.json", "digest": {"sha256": "e" * 64}}]


def test_configuration_names_target_checklist_and_suite(tmp_path: Path) -> None:
    record = kept.content(kept.write(tmp_path))
    record["suite"]["commit"] = "f" * 40 + "-dirty"

    named = {each["name"]: each for each in statement.of(record, {})["predicate"]["configuration"]}

    assert named["checklist.yaml"]["digest"]["sha256"] == hashlib.sha256(SOURCE.read_bytes()).hexdigest()
    assert named["target.yaml"]["digest"]["sha256"] == "d" * 64
    assert named["suite"] == {
        "name": "suite",
        "uri": f"pkg:generic/release-gate-suite@{record['suite']['version']}",
        "digest": {"gitCommit": "f" * 40},
        "annotations": {"changed": True},
    }


def test_same_content_is_the_same_bytes() -> None:
    assert statement.encoded({"b": 1, "a": "ä"}) == statement.encoded({"a": "ä", "b": 1})


def test_run_leaves_a_statement_about_each_of_its_files(tmp_path: Path) -> None:
    result = miniature.make(tmp_path).run()

    folder = result.reports / "smoke"
    files = {each["name"]: each["digest"]["sha256"] for each in _read(folder)["predicate"]["releaseGate"]["files"]}
    assert set(files) == REPORTS - {"statement.json", "statement.sha256"}
    for name, sha256 in files.items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == sha256, name


def test_checksum_is_one_that_other_programs_read(tmp_path: Path) -> None:
    folder = kept.write(tmp_path)
    program = next(each for each in (["sha256sum"], ["shasum", "-a", "256"]) if shutil.which(each[0]))

    done = subprocess.run(
        [*program, "-c", statement.CHECKSUMS], cwd=folder, capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stdout) == (0, "statement.json: OK\n"), done.stderr


def test_secret_is_in_no_statement(tmp_path: Path) -> None:
    project: Miniature = miniature.make(tmp_path)
    project.target["secrets"] = ["opensesame"]
    project.target["name"] = "miniature opensesame"

    result = project.run("-m", "smoke", "-k", "not 2_1_3")

    written = (result.reports / "smoke" / statement.NAME).read_text(encoding="utf-8")
    assert '"FAILED"' in written, written
    assert "opensesame" not in written
