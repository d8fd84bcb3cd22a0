"""Signatures: of the statement that a run leaves, of those who sign it off, and of approvals; nothing ever asks."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gate import cli, signature, statement, verify
from gate.signature import NoProgramError, SignatureError
from gate.verify import DoesNotStand
from tests_suite import kept, miniature
from tests_suite.faults.signatures import new_key

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
ADA = "tech-lead:ada@example.com"


@pytest.fixture
def key(tmp_path: Path) -> Path:
    """Ada's key, and beside it `allowed`, which lets her sign as the tech lead."""
    path = tmp_path / "ada"
    (tmp_path / "allowed").write_text(f"{ADA} {new_key(path)}\n", encoding="utf-8")
    return path


@pytest.fixture
def allowed(key: Path) -> Path:
    """Who may sign."""
    return key.with_name("allowed")


@pytest.fixture
def report(tmp_path: Path, key: Path) -> Path:
    """A report that Ada's key has signed, as a run with --sign leaves it."""
    folder = kept.write(tmp_path / "smoke")
    made = signature.sign((folder / statement.NAME).read_bytes(), key)
    (folder / statement.SIGNATURE).write_bytes(made)
    statement.write_checksums(folder)
    return folder


def _falls(folder: Path, allowed: Path | None = None, roles: tuple[str, ...] = ()) -> str:
    with pytest.raises(DoesNotStand) as caught:
        verify.examine(folder, allowed, roles=roles)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_signer_is_named_with_role_and_key(tmp_path: Path, key: Path, allowed: Path) -> None:
    (tmp_path / "sig").write_bytes(signature.sign(b"a message", key))

    signer = signature.verify(b"a message", tmp_path / "sig", allowed, NOW)

    assert (signer.principals, signer.names, signer.roles) == ((ADA,), ("ada@example.com",), ("tech-lead",))
    assert signer.key.startswith("SHA256:")


def test_signature_of_another_message_is_none(tmp_path: Path, key: Path, allowed: Path) -> None:
    (tmp_path / "sig").write_bytes(signature.sign(b"a message", key))

    for message in (b"a messagf", b"", b"a message\n"):
        with pytest.raises(SignatureError, match="incorrect signature"):
            signature.verify(message, tmp_path / "sig", allowed, NOW)


# Options of a line in allowed_signers, and whether a signature of NOW holds.
OPTIONS = {
    "none": ("", True),
    "valid since the day before": ('valid-after="20260104"', True),
    "valid since the day after": ('valid-after="20260106"', False),
    "valid until the day after": ('valid-before="20260106"', True),
    "valid until the day before": ('valid-before="20260104"', False),
    "valid for an hour around it": ('valid-after="202601051130",valid-before="202601051230"', True),
    "valid for the hour before": ('valid-after="202601051030",valid-before="202601051130"', False),
    "for this purpose": ('namespaces="git,release-gate"', True),
    "for another purpose": ('namespaces="git"', False),
}


@pytest.mark.parametrize("zone", ["UTC", "America/Los_Angeles", "Pacific/Kiritimati"])
@pytest.mark.parametrize(("option", "holds"), OPTIONS.values(), ids=OPTIONS)
def test_validity_of_a_key_counts_at_the_time_of_signing(
    key: Path, option: str, holds: bool, zone: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", zone)
    made, allowed = key.with_name("sig"), key.with_name("allowed")
    made.write_bytes(signature.sign(b"a message", key))
    principal, public = allowed.read_text(encoding="utf-8").split(" ", 1)
    allowed.write_text(f"# the team\n\n{principal} {option} {public}", encoding="utf-8")

    told = signature.told(b"a message", made, allowed, NOW)

    assert isinstance(told, str) != holds, told


def test_person_with_two_roles_is_named_in_both(tmp_path: Path, key: Path, allowed: Path) -> None:
    text = allowed.read_text(encoding="utf-8")
    allowed.write_text(text.replace(ADA, f"{ADA},qa-lead:ada@example.com"), encoding="utf-8")
    (tmp_path / "sig").write_bytes(signature.sign(b"a message", key))

    signer = signature.verify(b"a message", tmp_path / "sig", allowed, NOW)

    assert (signer.roles, signer.names) == (("tech-lead", "qa-lead"), ("ada@example.com",))


HOSTILE = [b"", b"signed: Ada", b"-----BEGIN SSH SIGNATURE-----\nAAAA\n-----END SSH SIGNATURE-----\n", b"\0" * 1000]


@pytest.mark.parametrize("raw", HOSTILE, ids=range(len(HOSTILE)))
def test_file_that_is_no_signature_gets_one_line(tmp_path: Path, allowed: Path, raw: bytes) -> None:
    (tmp_path / "sig").write_bytes(raw)

    told = signature.told(b"a message", tmp_path / "sig", allowed, NOW)

    assert isinstance(told, str)
    assert told.startswith("sig: ")
    assert told.isprintable()


def test_key_with_a_passphrase_is_refused_and_asks_nobody(tmp_path: Path) -> None:
    path = tmp_path / "locked"
    command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "a passphrase", "-f", str(path)]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL, capture_output=True)

    with pytest.raises(SignatureError, match="a key with a passphrase has to be in ssh-agent"):
        signature.sign(b"a message", path)


def test_missing_program_is_one_line(key: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")

    with pytest.raises(NoProgramError, match="ssh-keygen is not on PATH; signatures need OpenSSH"):
        signature.sign(b"a message", key)


def test_key_in_the_agent_signs_by_its_public_half(tmp_path: Path, key: Path, allowed: Path) -> None:
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    shutil.copy(key.with_name("ada.pub"), folder / "ada.pub")
    short = Path(os.path.realpath(tempfile.mkdtemp(prefix="a")), "s")
    agent = subprocess.Popen(["ssh-agent", "-D", "-a", str(short)], stdout=subprocess.DEVNULL)
    try:
        for _ in range(200):
            if short.exists():
                break
            time.sleep(0.02)
        environment = {**os.environ, "SSH_AUTH_SOCK": str(short)}
        subprocess.run(["ssh-add", "-q", str(key)], check=True, env=environment, capture_output=True)
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("SSH_AUTH_SOCK", str(short))
            made = signature.sign(b"a message", folder / "ada.pub")
    finally:
        agent.terminate()
        agent.wait(10)
        shutil.rmtree(short.parent, ignore_errors=True)
    (tmp_path / "sig").write_bytes(made)

    assert signature.verify(b"a message", tmp_path / "sig", allowed, NOW).principals == (ADA,)


def test_signed_report_stands_and_says_by_whom(report: Path, allowed: Path) -> None:
    assert str(verify.examine(report)).endswith(", whom nobody has vouched for")
    assert f"signed by {ADA} (SHA256:" in str(verify.examine(report, allowed))


def test_signer_whom_the_team_knows_is_vouched_for_and_others_are_not(report: Path, allowed: Path) -> None:
    known, unknown = verify.examine(report, allowed), verify.examine(report)

    assert [each.trusted for each in known.signatures] == [True]
    assert "nobody has vouched" not in str(known)
    assert [each.trusted for each in unknown.signatures] == [False]
    assert "whom nobody has vouched for" in str(unknown)


def test_one_changed_byte_in_the_signature_is_noticed(report: Path, allowed: Path) -> None:
    path = report / statement.SIGNATURE
    raw = path.read_bytes()
    for place in range(len(raw)):
        path.write_bytes(raw[:place] + bytes([raw[place] ^ 1]) + raw[place + 1 :])
        assert "is not what statement.sha256 names" in _falls(report, allowed)
    path.write_bytes(raw)

    assert verify.examine(report, allowed).signatures


def test_signature_that_was_taken_away_is_missed(report: Path, allowed: Path) -> None:
    (report / statement.SIGNATURE).unlink()

    assert "is not what statement.sha256 names" in _falls(report, allowed)
    statement.write_checksums(report)
    assert _falls(report, allowed) == "it is not signed; expected statement.json.sig by one of allowed"


def test_report_that_was_made_to_fit_again_is_not_what_was_signed(report: Path, allowed: Path) -> None:
    made = (report / statement.SIGNATURE).read_bytes()
    kept.forge(report, lambda data: data.update(title="Another title"))
    (report / statement.SIGNATURE).write_bytes(made)
    statement.write_checksums(report)

    assert "Signature verification failed: incorrect signature" in _falls(report, allowed)
    assert "Signature verification failed: incorrect signature" in _falls(report)


def test_signature_of_a_stranger_counts_for_nothing(report: Path, tmp_path: Path) -> None:
    other = tmp_path / "others"
    other.write_text(f"qa-lead:eve@example.com {new_key(tmp_path / 'eve')}\n", encoding="utf-8")

    assert "others allows nobody with the key SHA256:" in _falls(report, other)


def test_roles_that_have_to_sign_are_asked_for(report: Path, allowed: Path, tmp_path: Path) -> None:
    assert verify.examine(report, allowed, roles=("Tech Lead",))
    assert _falls(report, allowed, ("Tech Lead", "QA Lead")) == "nobody has signed it as QA Lead"

    with allowed.open("a", encoding="utf-8") as file:
        file.write(f"qa-lead:quinn@example.com {new_key(tmp_path / 'quinn')}\n")
    made = signature.sign((report / statement.NAME).read_bytes(), tmp_path / "quinn")
    (report / "statement.json.quinn.sig").write_bytes(made)

    said = str(verify.examine(report, allowed, roles=("Tech Lead", "QA Lead")))
    assert "tech-lead:ada@example.com" in said
    assert "qa-lead:quinn@example.com" in said


def test_one_key_does_not_fill_two_roles(report: Path, allowed: Path) -> None:
    text = allowed.read_text(encoding="utf-8")
    allowed.write_text(text.replace(ADA, f"{ADA},qa-lead:ada@example.com"), encoding="utf-8")

    assert _falls(report, allowed, ("Tech Lead", "QA Lead")) == (
        "it needs as many signers as roles: Tech Lead and QA Lead are not filled by different people"
    )
    assert verify.examine(report, allowed, roles=("Tech Lead", "QA Lead"), several_roles=True)


SAME_PERSON = {
    "the same name": "qa-lead:ada@example.com",
    "the same name in capitals": "qa-lead:Ada@Example.com",
    "the same name in further roles": "qa-lead:ada@example.com,product-manager:ada@example.com",
}


@pytest.mark.parametrize("principal", SAME_PERSON.values(), ids=SAME_PERSON)
def test_one_person_with_two_keys_does_not_fill_two_roles(
    report: Path, allowed: Path, tmp_path: Path, principal: str
) -> None:
    with allowed.open("a", encoding="utf-8") as file:
        file.write(f"{principal} {new_key(tmp_path / 'second')}\n")
    made = signature.sign((report / statement.NAME).read_bytes(), tmp_path / "second")
    (report / "statement.json.second.sig").write_bytes(made)

    assert "are not filled by different people" in _falls(report, allowed, ("Tech Lead", "QA Lead"))
    assert verify.examine(report, allowed, roles=("Tech Lead", "QA Lead"), several_roles=True)


def test_people_are_told_apart_by_chains_of_keys_and_names() -> None:
    """A has a name in common with B, and B a key with C: all of them are one."""
    first = signature.Signer(("tech-lead:ada",), "SHA256:1")
    second = signature.Signer(("qa-lead:ada", "qa-lead:ben"), "SHA256:2")
    third = signature.Signer(("product-manager:ben",), "SHA256:3")
    other = signature.Signer(("security:cleo",), "SHA256:4")

    people = verify._people([first, third, other, second])

    assert people[first] == people[second] == people[third] != people[other]


def test_roles_of_one_key_may_stand_on_several_lines(tmp_path: Path, key: Path, allowed: Path) -> None:
    public = allowed.read_text(encoding="utf-8").split(maxsplit=1)[1].strip()
    lines = [
        f'product-manager:ada@example.com valid-before="20250101" {public}',
        f"{ADA} {public}",
        f"qa-lead:ada@example.com {public} # a comment",
        f'security:ada@example.com namespaces="git" {public}',
        f"# devops:ada@example.com {public}",
    ]
    allowed.write_text("\n".join(lines) + "\n", encoding="utf-8")
    (tmp_path / "sig").write_bytes(signature.sign(b"a message", key))

    found = signature.verify(b"a message", tmp_path / "sig", allowed, NOW)

    assert sorted(found.roles) == ["qa-lead", "tech-lead"]


def test_line_with_wildcards_names_nobody(tmp_path: Path, key: Path, allowed: Path) -> None:
    public = allowed.read_text(encoding="utf-8").split(maxsplit=1)[1].strip()
    (tmp_path / "sig").write_bytes(signature.sign(b"a message", key))
    for principal in ("*", "tech-lead:*", "*:ada@example.com", "tech-lead:?da@example.com", "!x,*"):
        allowed.write_text(f"{principal} {public}\n", encoding="utf-8")
        with pytest.raises(SignatureError, match="allows nobody with the key"):
            signature.verify(b"a message", tmp_path / "sig", allowed, NOW)


def test_certificate_signs_for_its_own_principals_while_it_is_valid(tmp_path: Path) -> None:
    public = new_key(tmp_path / "authority")
    new_key(tmp_path / "ada")
    certify = ["ssh-keygen", "-q", "-s", "authority", "-I", "ada", "-n", ADA, "-V", "20260101:20260201", "ada.pub"]
    subprocess.run(certify, cwd=tmp_path, check=True, capture_output=True)
    (tmp_path / "sig").write_bytes(signature.sign(b"a message", tmp_path / "ada-cert.pub"))
    allowed = tmp_path / "allowed"
    allowed.write_text(f"{ADA},qa-lead:ada@example.com cert-authority {public}\n", encoding="utf-8")

    assert signature.verify(b"a message", tmp_path / "sig", allowed, NOW).principals == (ADA,)
    with pytest.raises(SignatureError, match="allows nobody with the key"):
        signature.verify(b"a message", tmp_path / "sig", allowed, NOW.replace(year=2027))
    allowed.write_text(f"{ADA} {public}\n", encoding="utf-8")
    with pytest.raises(SignatureError, match="allows nobody with the key"):
        signature.verify(b"a message", tmp_path / "sig", allowed, NOW)


def test_command_line_tells_who_signed(report: Path, allowed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["verify", str(report), "--allowed-signers", str(allowed)]

    assert cli.main([*asked, "--role", "tech lead"]) == 0
    assert f"signed by {ADA}" in capsys.readouterr().out
    assert cli.main([*asked, "--role", "QA Lead"]) == 1
    assert cli.main(["verify", str(report), "--role", "QA Lead"]) == 2
    assert "--role needs --allowed-signers" in capsys.readouterr().err


def test_missing_program_is_wrong_use(
    report: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")

    assert cli.main(["verify", str(report)]) == 2
    assert "ssh-keygen is not on PATH" in capsys.readouterr().err


def test_run_signs_each_of_its_statements(tmp_path: Path, key: Path, allowed: Path) -> None:
    project = miniature.make(tmp_path / "project")

    result = project.run("-m", "smoke or mcp", f"--sign={key}")

    assert result.status == 6, result.output  # of mcp there are no tests
    for marker in ("smoke", "mcp"):
        standing = verify.examine(result.reports / marker, allowed)
        assert [each.signer.principals for each in standing.signatures] == [(ADA,)]


WRONG_KEYS = {
    "a missing one": ("nowhere", "is no file; expected a private key of OpenSSH"),
    "none": ("text", "cannot be signed with"),
    "a folder": (".", "is no file"),
}


@pytest.mark.parametrize(("name", "says"), WRONG_KEYS.values(), ids=WRONG_KEYS)
def test_key_that_cannot_sign_stops_the_run_before_it_begins(tmp_path: Path, name: str, says: str) -> None:
    project = miniature.make(tmp_path)
    (tmp_path / "text").write_text("no key", encoding="utf-8")

    result = project.run("-m", "smoke", f"--sign={tmp_path / name}")

    assert result.status == 4
    assert f"--sign {tmp_path / name}: {says}" in result.output
    assert "Traceback" not in result.output
    assert "passed" not in result.output


def test_key_that_vanishes_costs_the_signature_and_not_the_report(tmp_path: Path, key: Path) -> None:
    project = miniature.make(tmp_path / "project")
    project.smoke({"2.1.3": f'@verifies("2.1.3")\ndef test_it():\n    Path({str(key)!r}).unlink()\n'})

    result = project.run("-m", "smoke", f"--sign={key}")

    assert "the statement is not signed: " in result.output
    assert result.status == 3, result.output
    assert verify.examine(result.reports / "smoke").signatures == ()
