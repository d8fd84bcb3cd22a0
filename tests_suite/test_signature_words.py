"""How OpenSSH is asked and what is made of its answers: with a program in its place that says what it was asked."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from gate import signature
from gate.signature import NoProgramError, SignatureError, Signer

NOON = datetime(2026, 1, 5, 13, tzinfo=timezone(timedelta(hours=1)))
KEY = "SHA256:abc/+="
GOOD = f'Good "release-gate" signature with ED25519 key {KEY}'
ARMOR = "-----BEGIN SSH SIGNATURE-----\nAAAA\n-----END SSH SIGNATURE-----\n"


class Asked:
    """Answers in the place of ssh-keygen: by the verb that stands behind -Y, and what it was asked."""

    def __init__(self) -> None:
        self.answers: dict[str, list[tuple[int, str, str]]] = {}
        self.calls: list[tuple[list[str], bytes]] = []

    def run(self, arguments: list[str], message: bytes) -> subprocess.CompletedProcess[bytes]:
        self.calls.append((list(arguments), message))
        answers = self.answers[arguments[1]]
        status, said, complained = answers.pop(0) if len(answers) > 1 else answers[0]
        return subprocess.CompletedProcess([], status, said.encode(), complained.encode())


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Asked:
    """What OpenSSH would be asked; it finds one principal and the signature good."""
    program = Asked()
    program.answers = {
        "sign": [(0, ARMOR, "")],
        "check-novalidate": [(0, GOOD, "")],
        "find-principals": [(0, "tech-lead:ada\n", "")],
        "verify": [(0, GOOD, "")],
    }
    monkeypatch.setattr(signature, "_run", program.run)
    return program


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, str]:
    """A signature that is one by its form, and a list of signers."""
    (tmp_path / "s.sig").write_text(ARMOR, encoding="utf-8")
    (tmp_path / "allowed").write_text("tech-lead:ada ssh-ed25519 KEY\n", encoding="utf-8")
    return str(tmp_path / "s.sig"), str(tmp_path / "allowed")


def _fails(check: Any, *arguments: Any) -> str:
    with pytest.raises(SignatureError) as caught:
        check(*arguments)
    return str(caught.value)


def test_message_is_signed_for_this_purpose_alone(asked: Asked, tmp_path: Path) -> None:
    (tmp_path / "key").touch()

    assert signature.sign(b"message", tmp_path / "key") == ARMOR.encode()
    assert asked.calls == [(["-Y", "sign", "-n", "release-gate", "-f", str(tmp_path / "key")], b"message")]


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ((1, ARMOR, "incorrect passphrase"), "incorrect passphrase; AAAA"),
        ((0, "nothing", ""), "nothing"),
        ((255, "", ""), "status 255"),
    ],
)
def test_key_that_cannot_sign_says_why(asked: Asked, tmp_path: Path, answer: tuple[int, str, str], said: str) -> None:
    (tmp_path / "key").touch()
    asked.answers["sign"] = [answer]

    assert _fails(signature.sign, b"m", tmp_path / "key") == (
        f"{tmp_path / 'key'}: cannot be signed with: {said}; a key with a passphrase has to be in ssh-agent (ssh-add)"
    )
    assert _fails(signature.sign, b"m", tmp_path / "none") == (
        f"{tmp_path / 'none'}: is no file; expected a private key of OpenSSH, or the public one of a key in ssh-agent"
    )


def test_signature_is_checked_without_asking_whose_it_is(asked: Asked, files: tuple[str, str]) -> None:
    assert signature.check(b"message", Path(files[0])) == Signer((), KEY)
    assert asked.calls == [(["-Y", "check-novalidate", "-n", "release-gate", "-s", files[0]], b"message")]

    asked.answers["check-novalidate"] = [(0, "Good", "")]
    assert signature.check(b"message", Path(files[0])).key == "a key without a fingerprint"
    asked.answers["check-novalidate"] = [(255, "", "incorrect signature\nCould not verify signature.\n")]
    assert _fails(signature.check, b"m", Path(files[0])) == "s.sig: incorrect signature; Could not verify signature."


def test_signer_is_asked_for_each_principal_at_the_time_of_signing(asked: Asked, files: tuple[str, str]) -> None:
    asked.answers["find-principals"] = [(0, "tech-lead:ada, qa-lead:ben\n\nx*\ntech-lead:ada\n", "")]
    asked.answers["verify"] = [(0, "", ""), (255, "", "no")]
    sig, allowed = files
    when = "-Overify-time=20260105120000"

    assert signature.verify(b"message", Path(sig), Path(allowed), NOON) == Signer(("tech-lead:ada",), KEY)

    verify = ["-Y", "verify", "-n", "release-gate", "-f", allowed, "-s", sig, when, "-I"]
    assert asked.calls == [
        (["-Y", "check-novalidate", "-n", "release-gate", "-s", sig], b"message"),
        (["-Y", "find-principals", "-s", sig, "-f", allowed, when], b""),
        ([*verify, "tech-lead:ada"], b"message"),
        ([*verify, "qa-lead:ben"], b"message"),
    ]


@pytest.mark.parametrize("answer", [(1, "tech-lead:ada", ""), (0, "", ""), (0, "a*, b?, !c", ""), (0, " , \n", "")])
def test_key_that_is_allowed_to_nobody_is_named(
    asked: Asked, files: tuple[str, str], answer: tuple[int, str, str]
) -> None:
    asked.answers["find-principals"] = [answer]

    assert _fails(signature.verify, b"m", Path(files[0]), Path(files[1]), NOON) == (
        f"s.sig: allowed allows nobody with the key {KEY} at 2026-01-05T12:00:00+00:00"
    )


def test_principal_whose_signature_does_not_hold_is_named_first(asked: Asked, files: tuple[str, str]) -> None:
    asked.answers["find-principals"] = [(0, "ada,ben", "")]
    asked.answers["verify"] = [(255, "", "expired"), (255, "", "no")]

    assert _fails(signature.verify, b"m", Path(files[0]), Path(files[1]), NOON) == "s.sig: ada: expired"
    assert signature.told(b"m", Path(files[0]), Path(files[1]), NOON) == "s.sig: ada: no"
    asked.answers["verify"] = [(0, "", "")]
    asked.calls.clear()
    assert signature.told(b"m", Path(files[0]), Path(files[1]), NOON) == Signer(("ada", "ben"), KEY)
    assert [message for _, message in asked.calls] == [b"m", b"", b"m", b"m"]


def test_file_is_one_of_a_bearable_size(asked: Asked, files: tuple[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    sig = Path(files[0])
    size = sig.stat().st_size
    monkeypatch.setattr(signature, "LARGEST", size)
    assert signature.check(b"m", sig).key == KEY

    monkeypatch.setattr(signature, "LARGEST", size - 1)
    assert _fails(signature.check, b"m", sig) == f"{sig}: expected a file of at most {size - 1} bytes"
    assert _fails(signature.verify, b"m", sig.parent, sig, NOON) == (
        f"{sig.parent}: expected a file of at most {size - 1} bytes"
    )
    gone = sig.with_name("gone")
    assert _fails(signature.check, b"m", gone) == f"{gone}: no such file or directory"
    monkeypatch.undo()
    assert _fails(signature.verify, b"m", sig, gone, NOON) == f"{gone}: no such file or directory"


def test_others_with_the_same_key_are_found_on_whichever_line(tmp_path: Path) -> None:
    key = bytes(range(40))
    raw = b"SSHSIG" + (1).to_bytes(4, "big") + len(key).to_bytes(4, "big") + key + b"the rest"
    sig, allowed = tmp_path / "s.sig", tmp_path / "allowed"
    sig.write_bytes(b"-----BEGIN SSH SIGNATURE-----\n" + base64.b64encode(raw) + b"\n-----END SSH SIGNATURE-----\n")
    public = base64.b64encode(key).decode()
    allowed.write_text(
        f"a,b,,c* ssh-ed25519 {public}\n\n# d ssh-ed25519 {public}\n#e ssh-ed25519 {public}\n"
        f'"f g" ssh-ed25519 {public}\n{public}\nh ssh-ed25519 other\ni namespaces="x" ssh-ed25519 {public} note\n'
        f"j!,k? ssh-ed25519 {public}\n",
        encoding="utf-8",
    )

    with allowed.open("ab") as file:
        file.write(b"# caf\xe9\nl ssh-ed25519 " + public.encode() + b"\n")

    assert signature._elsewhere(allowed, sig) == ["a", "b", "i", "l"]
    sig.write_bytes(b"-----BEGIN SSH SIGNATURE-----\nAAA\n-----END SSH SIGNATURE-----\n")
    assert signature._elsewhere(allowed, sig) == []


@pytest.mark.parametrize(
    ("said", "complained", "words"),
    [
        ("", " one \n\ntwo\n", "one; two"),
        ("three", "one", "one; three"),
        ("", "Enter passphrase: no such key", "no such key"),
        ("", "@@@@@@@@@\n@@@ WARNING @@@\npermissions are too open", "permissions are too open"),
        (ARMOR, "", "AAAA"),
        ("", "a\x1b[31mb\u202ec", "a [31mb c"),
        ("", "x" * 400, "x" * 300),
        ("", "", "status 7"),
    ],
)
def test_answer_is_told_in_one_line(said: str, complained: str, words: str) -> None:
    done = subprocess.CompletedProcess([], 7, said.encode(), complained.encode())

    assert signature._words(done) == words
    assert signature._words(subprocess.CompletedProcess([], 7, b"caf\xe9", b"")) == "caf\ufffd"


def _program(folder: Path, text: str) -> None:
    path = folder / "ssh-keygen"
    path.write_text(f"#!{sys.executable} -IS\n{text}", encoding="utf-8")
    path.chmod(0o755)


def test_program_is_run_where_it_can_ask_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _program(
        tmp_path,
        "import json, os, sys\n"
        "said = [sys.argv[1:], sys.stdin.read(), dict(os.environ), os.getsid(0) == os.getpid()]\n"
        "print(json.dumps(said)); print('no', file=sys.stderr); sys.exit(3)\n",
    )
    monkeypatch.setenv("PATH", str(tmp_path))
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "TZ", "KEPT"):
        monkeypatch.setenv(name, "before")

    done = signature._run(["-a", "b"], b"message")

    arguments, message, environment, alone = json.loads(done.stdout)
    assert (done.returncode, done.stderr, arguments, message, alone) == (3, b"no\n", ["-a", "b"], "message", True)
    told = {name: environment.get(name) for name in ("SSH_ASKPASS_REQUIRE", "TZ", "LC_ALL", "KEPT")}
    assert told == {"SSH_ASKPASS_REQUIRE": "never", "TZ": "UTC", "LC_ALL": "C", "KEPT": "before"}
    assert {"DISPLAY", "WAYLAND_DISPLAY"}.isdisjoint(environment)


def test_program_that_is_missing_or_hangs_says_nothing_of_a_signature(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NoProgramError) as missing:
        signature._run([], b"")
    _program(tmp_path, "import time; time.sleep(60)")
    monkeypatch.setattr(signature, "SECONDS", 0.02)
    with pytest.raises(NoProgramError) as hanging:
        signature._run([], b"")

    assert str(missing.value) == "ssh-keygen is not on PATH; signatures need OpenSSH 8.9 or later"
    assert str(hanging.value).startswith("ssh-keygen could not be run: Command '['ssh-keygen']' timed out after 0.02 s")
