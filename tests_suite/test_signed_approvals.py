"""Signed approvals of the predeploy gate: whose they are, of what, and when."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from fixtures.reference.process import ReferenceServer
from gate import signature, statement
from tests_suite.faults import records, world
from tests_suite.faults.records import EVIDENCE, path_of, with_record
from tests_suite.faults.signatures import ALLOWED, signed
from tests_suite.miniature import SUITE


@pytest.fixture
def recorded(tmp_path: Path, reference_server: ReferenceServer) -> world.World:
    """A world with all records, each approval signed."""
    made = world.make(tmp_path / "world", reference_server.url)
    records.recorded(made)
    signed(made)
    return made


def _approvals(run: world.Run) -> dict[str, str]:
    """What was noted of 1.1.5."""
    assert run.verdict is not None, run.output
    item = next(each for each in run.verdict["items"] if each["id"] == "1.1.5")
    noted: dict[str, str] = item["noted"]
    return noted


def test_signed_approvals_pass_and_the_report_says_whose_they_are(recorded: world.World, tmp_path: Path) -> None:
    run = recorded.run("verification", tmp_path / "reports")

    assert run.outcomes["1.1.5"] == "passed", run.messages
    assert _approvals(run)["signed as Tech Lead"].startswith("tech-lead:ada-example@example.com (SHA256:")
    assert len([name for name in _approvals(run) if name.startswith("signed as ")]) == 5


def test_one_person_may_fill_two_roles_where_the_target_says_so(recorded: world.World, tmp_path: Path) -> None:
    allowed = recorded.root / ALLOWED
    text = allowed.read_text(encoding="utf-8")
    allowed.write_text(f"product-manager:ada-example@example.com,{text}", encoding="utf-8")
    path = recorded.root / EVIDENCE / "product-manager.sig"
    message = next((recorded.root).rglob("*.manifest.json")).read_bytes()
    path.write_bytes(signature.sign(message, recorded.root / "keys" / "tech-lead"))
    with_record("approvals", lambda data: data["approvals"][1].update(name=data["approvals"][0]["name"]))(recorded)
    recorded.target["approvals"]["several_roles"] = True

    run = recorded.run("verification", tmp_path / "reports")

    assert run.outcomes["1.1.5"] == "passed", run.messages


def test_statement_of_a_gate_about_this_package_may_be_signed_instead(recorded: world.World, tmp_path: Path) -> None:
    first = recorded.run("package", tmp_path / "reports")
    assert (tmp_path / "reports" / "package" / statement.NAME).exists(), first.output
    attested = recorded.root / EVIDENCE / "package-statement.json"
    shutil.copy(tmp_path / "reports" / "package" / statement.NAME, attested)
    made = signature.sign(attested.read_bytes(), recorded.root / "keys" / "tech-lead")
    (recorded.root / EVIDENCE / "tech-lead.sig").write_bytes(made)
    now = datetime.now(UTC).isoformat()
    with_record("approvals", lambda data: data["approvals"][0].update(signed=attested.name, date=now))(recorded)

    run = recorded.run("verification", tmp_path / "reports")

    assert run.outcomes["1.1.5"] == "passed", run.messages


def test_approvals_need_no_signature_where_the_target_asks_for_none(recorded: world.World, tmp_path: Path) -> None:
    del recorded.target["approvals"]
    data = json.loads(path_of(recorded, "approvals").read_text(encoding="utf-8"))
    assert all("signature" in entry for entry in data["approvals"])

    run = recorded.run("verification", tmp_path / "reports")

    assert run.outcomes["1.1.5"] == "passed", run.messages
    assert _approvals(run) == {"signatures": "not asked for: the target names no allowed_signers"}


def test_no_terminal_is_asked(tmp_path: Path) -> None:
    program = (
        "import os, pty, sys\n"
        "pid, fd = pty.fork()\n"
        "if not pid:\n"
        f"    os.chdir({str(SUITE)!r})\n"
        "    os.execv(sys.executable, [sys.executable, '-c', sys.argv[1]])\n"
        "said = b''\n"
        "while True:\n"
        "    try:\n"
        "        got = os.read(fd, 1000)\n"
        "    except OSError:\n"
        "        break\n"
        "    if not got:\n"
        "        break\n"
        "    said += got\n"
        "sys.stdout.buffer.write(said)\n"
    )
    path = tmp_path / "locked"
    command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "a passphrase", "-f", str(path)]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL, capture_output=True)
    inner = (
        "from pathlib import Path\nfrom gate import signature\n"
        f"try:\n    signature.sign(b'x', Path({str(path)!r}))\n"
        "except signature.SignatureError as error:\n    print(error)\n"
    )

    done = subprocess.run(
        [sys.executable, "-c", program, inner], capture_output=True, text=True, timeout=60, check=True
    )

    assert "has to be in ssh-agent" in done.stdout
    assert done.stdout.count("\n") == 1
