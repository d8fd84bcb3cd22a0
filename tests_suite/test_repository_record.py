"""The record of a deployment, and the timestamps in a backup's name, in all the ways that people write them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import jsonschema
import pytest
import yaml

from fixtures.evidence import record as records
from fixtures.evidence.record import RecordError
from fixtures.finding import Finding
from fixtures.repository import backupplace, log
from fixtures.repository.log import DeploymentLog
from fixtures.schema import mistakes
from tests_suite.faults import deployed as made
from tests_suite.faults.deployed import FOLDER
from tests_suite.faults.world import SUITE

ARCHIVE = "ai-engineering-workflow-v2.0.0.tar.gz"
EVIDENCE = SUITE / "fixtures" / "evidence"


@dataclass(frozen=True)
class Evidence:
    """A folder with one record that can be changed."""

    folder: Path

    def log(self, step: int, **values: object) -> DeploymentLog:
        path = self.folder / "deployment.yaml"
        data = yaml.safe_load(path.read_text("utf-8"))
        data["steps"][step - 1].update(values)
        path.write_text(yaml.safe_dump(data), "utf-8")
        return DeploymentLog(records.read(self.folder, "deployment"))


@pytest.fixture
def evidence(tmp_path: Path) -> Evidence:
    content = (made.prepared() / "evidence" / "deployment.yaml").read_text("utf-8")
    (tmp_path / "deployment.yaml").write_text(content, "utf-8")
    return Evidence(tmp_path)


@pytest.mark.parametrize(
    ("command", "right"),
    [
        (f"tar -xzf {ARCHIVE}", True),
        (f"tar xzf {ARCHIVE}", True),
        (f"tar -x -z -f /deployments/{ARCHIVE} -C /srv", True),
        (f"cd /srv && tar -xvzf ../{ARCHIVE}", True),
        (f"gtar --extract --gzip --file=x -f {ARCHIVE}", True),
        (f"sudo /usr/bin/tar -xzf '{ARCHIVE}'", True),
        (f"tar -xf {ARCHIVE}", False),
        (f"tar -czf {ARCHIVE} .", False),
        (f"unzip {ARCHIVE}", False),
        ("tar -xzf other.tar.gz", False),
        (f"tar -xzf '{ARCHIVE}", False),
    ],
)
def test_planned_command_is_known_in_every_spelling(command: str, right: bool, evidence: Evidence) -> None:
    package = evidence.folder / "package"
    found = evidence.log(2, command=command)
    assert not package.exists()

    wrong = log.command_findings(found, ARCHIVE, found.package["sha256"])

    assert (not wrong) == right, wrong


@pytest.mark.parametrize(
    ("command", "output", "right"),
    [
        ("./scripts/validate-workflow.sh", "55/55 files valid", True),
        ("bash validate-workflow.sh .", "checking …\nAll 55 files valid", True),
        ("sh ./validate-workflow.sh", "55 of 55 files are valid", True),
        ("./scripts/validate-workflow.sh.old", "55/55 files valid", False),
        ("echo validate-workflow", "55/55 files valid", False),
        ("./scripts/validate-workflow.sh", "all files valid", False),
        ("./scripts/validate-workflow.sh", "55/56 files valid", False),
        ("./scripts/validate-workflow.sh", "All 54 files valid", False),
    ],
)
def test_validation_is_the_planned_one(command: str, output: str, right: bool, evidence: Evidence) -> None:
    wrong = log.validation_findings(evidence.log(6, command=command, output=output), 55)

    assert (not wrong) == right, wrong


@pytest.mark.parametrize(
    ("directory", "folder", "right"),
    [
        (f"/Users/dana/ai/{FOLDER}/", f"{FOLDER}/", True),
        (f"C:\\work\\{FOLDER}".replace("/", "\\"), f"{FOLDER}/", True),
        (FOLDER, f"{FOLDER}/", True),
        (f"/srv/{FOLDER}/agents", f"{FOLDER}/", False),
        ("/srv/ai-engineering-workflow", f"{FOLDER}/", False),
        ("/srv/repository", "", True),
        ("/srv/other", "", False),
    ],
)
def test_directory_of_the_extraction_ends_with_the_workflow_s_folder(
    directory: str, folder: str, right: bool, evidence: Evidence
) -> None:
    wrong = log.directory_findings(evidence.log(2, directory=directory), folder, Path("/home/lee/repository"))

    assert (not wrong) == right, wrong


def test_schema_of_the_record_is_one_and_its_template_only_lacks_what_has_to_be_filled_in() -> None:
    schema = json.loads((EVIDENCE / "deployment.schema.json").read_text("utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    found = records.read(EVIDENCE / "templates", "deployment")

    assert len(found.content["steps"]) == 8
    assert found.mistakes
    assert all("is not filled in" in each.message for each in found.mistakes), found.mistakes


def test_record_of_another_form_is_told_by_line(evidence: Evidence) -> None:
    found = evidence.log(3, started="yesterday")

    with pytest.raises(RecordError) as caught:
        found.step(3)

    assert caught.value.findings[0].line is not None
    assert found.step(4).minutes == 0.5


def test_unknown_keys_of_a_record_are_mistakes(evidence: Evidence) -> None:
    schema = json.loads((EVIDENCE / "deployment.schema.json").read_text("utf-8"))
    data = yaml.safe_load((evidence.folder / "deployment.yaml").read_text("utf-8"))
    assert not mistakes(data, schema)

    data["repository"]["folder"] = "x"

    assert [str(each) for each in mistakes(data, schema)] == [
        "repository.folder: unknown key; expected one of branch, base, base_commit, commit, tag, workflow"
    ]


# Timestamps


@pytest.mark.parametrize(
    ("written", "earliest"),
    [
        ("20260106T091600Z", "2026-01-06T09:16:00Z"),
        ("2026-01-06T09:16:00Z", "2026-01-06T09:16:00Z"),
        ("20260106T101600+0100", "2026-01-06T09:16:00Z"),
        ("20260106T041600-05:00", "2026-01-06T09:16:00Z"),
        ("1767690960", "2026-01-06T09:16:00Z"),
        ("20260106-091600", "2026-01-05T19:16:00Z"),
        ("20260106091600", "2026-01-05T19:16:00Z"),
        ("2026-01-06_09-16-00", "2026-01-05T19:16:00Z"),
        ("20260106-0916", "2026-01-05T19:16:00Z"),
        ("2026-01-06", "2026-01-05T10:00:00Z"),
    ],
)
def test_timestamps_are_read_as_date_commands_write_them(written: str, earliest: str) -> None:
    assert backupplace.earliest_moment(written) == datetime.fromisoformat(earliest).astimezone(UTC)


@pytest.mark.parametrize("written", ["", "latest", "v1", "20261306T091600Z", "20260106T256100Z", "6-1-2026", "9" * 400])
def test_what_is_no_timestamp_is_none(written: str) -> None:
    assert backupplace.earliest_moment(written) is None


def test_finding_of_a_step_names_its_line(evidence: Evidence) -> None:
    found = evidence.log(2, exit_status=3)

    wrong = log.command_findings(found, ARCHIVE, found.package["sha256"])

    assert wrong == [
        Finding("deployment.yaml", wrong[0].line, "steps[1].exit_status: the command ended with 3; expected 0")
    ]
    assert wrong[0].line is not None
