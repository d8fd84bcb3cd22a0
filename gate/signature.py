"""Signatures with the keys that people have already: `ssh-keygen -Y`, and a team's allowed_signers file.

A line of allowed_signers names who a key belongs to: `qa-lead:ada@example.com ssh-ed25519 AAAA…`, with options such as
`valid-after="20260101"` between. What stands before the colon is the role; several names are separated by commas.
Nothing here asks for anything: a key with a passphrase works through ssh-agent, or not at all.
"""

from __future__ import annotations

import base64
import os
import re
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

NAMESPACE = "release-gate"  # a signature for another purpose, such as one of a commit, does not count here
PROGRAM = "ssh-keygen"
SECONDS = 60.0  # a security key waits for a touch
LARGEST = 1_000_000  # bytes of a signature, or of an allowed_signers file
ARMOR = b"-----BEGIN SSH SIGNATURE-----"
FINGERPRINT = re.compile(r"SHA256:[A-Za-z0-9+/=]+")


class SignatureError(Exception):
    """Something is not signed, or cannot be; the message is one line."""


class NoProgramError(SignatureError):
    """There is no ssh-keygen that works: nothing can be said about any signature."""


@dataclass(frozen=True)
class Signer:
    """Whose signature it is: `principals` as allowed_signers names them, and the fingerprint of the key."""

    principals: tuple[str, ...]
    key: str

    @property
    def names(self) -> tuple[str, ...]:
        """The principals without their roles."""
        return tuple(dict.fromkeys(each.rpartition(":")[2] for each in self.principals))

    @property
    def roles(self) -> tuple[str, ...]:
        """The roles of the principals that have one, as they are written."""
        return tuple(dict.fromkeys(each.rpartition(":")[0] for each in self.principals if ":" in each))

    def is_same_person(self, other: Signer) -> bool:
        """Whether both have the same key or, under whichever roles, the same name."""
        names = [{each.strip().casefold() for each in signer.names} for signer in (self, other)]
        return self.key == other.key or not names[0].isdisjoint(names[1])

    def __str__(self) -> str:
        return f"{', '.join(self.principals)} ({self.key})" if self.principals else self.key


def sign(message: bytes, key: Path) -> bytes:
    """The signature of a message with a private key, or with the agent's for a public one. Raises `SignatureError`."""
    if not key.is_file():
        raise SignatureError(
            f"{key}: is no file; expected a private key of OpenSSH, or the public one of a key in ssh-agent"
        )
    done = _run(["-Y", "sign", "-n", NAMESPACE, "-f", str(key)], message)
    if done.returncode or not done.stdout.startswith(ARMOR):
        hint = "a key with a passphrase has to be in ssh-agent (ssh-add)"
        raise SignatureError(f"{key}: cannot be signed with: {_words(done)}; {hint}")
    return done.stdout


def check(message: bytes, signature: Path) -> Signer:
    """Whose key has signed a message, without asking whether anybody trusts it. Raises `SignatureError`."""
    _bounded(signature)
    done = _run(["-Y", "check-novalidate", "-n", NAMESPACE, "-s", str(signature)], message)
    if done.returncode:
        raise SignatureError(f"{signature.name}: {_words(done)}")
    return Signer((), _fingerprint(done))


def verify(message: bytes, signature: Path, allowed: Path, at: datetime) -> Signer:
    """Who of the allowed signers has signed a message; `at` is when, which decides whether their key was valid.

    Raises `SignatureError` for a signature that is none of the message, or of nobody who is allowed.
    """
    _bounded(signature)
    _bounded(allowed)
    key = check(message, signature).key
    when = f"-Overify-time={at.astimezone(UTC):%Y%m%d%H%M%S}"
    found = _run(["-Y", "find-principals", "-s", str(signature), "-f", str(allowed), when], b"")
    listed = [each for line in _text(found.stdout).splitlines() for each in line.split(",") if each.strip()]
    principals = [each.strip() for each in listed if not re.search(r"[*?!]", each)]
    if principals:
        principals += _elsewhere(allowed, signature)
    if found.returncode or not principals:
        moment = at.astimezone(UTC).isoformat(timespec="seconds")
        raise SignatureError(f"{signature.name}: {allowed.name} allows nobody with the key {key} at {moment}")
    options = ["-Y", "verify", "-n", NAMESPACE, "-f", str(allowed), "-s", str(signature), when]
    done = {principal: _run([*options, "-I", principal], message) for principal in dict.fromkeys(principals)}
    valid = tuple(principal for principal, its in done.items() if not its.returncode)
    if not valid:
        principal, its = next(iter(done.items()))
        raise SignatureError(f"{signature.name}: {principal}: {_words(its)}")
    return Signer(valid, key)


def _elsewhere(allowed: Path, signature: Path) -> list[str]:
    """Who else has the key of a signature, on whichever line: ssh-keygen finds the first valid one alone."""
    armored = signature.read_bytes().split(b"-----")[2]
    try:
        raw = base64.b64decode(armored)
    except ValueError:
        return []
    key = base64.b64encode(raw[14 : 14 + int.from_bytes(raw[10:14], "big")]).decode()  # behind "SSHSIG" and a version
    lines = [line.split() for line in allowed.read_text(encoding="utf-8", errors="replace").splitlines()]
    same = [words[0] for words in lines if key in words[1:] and not words[0].startswith(('"', "#"))]
    return [name for names in same for name in names.split(",") if name and not re.search(r"[*?!]", name)]


def told(message: bytes, signature: Path, allowed: Path, at: datetime) -> Signer | str:
    """As `verify`, for those who collect what is wrong: the signer, or why there is none, in one line."""
    try:
        return verify(message, signature, allowed, at)
    except SignatureError as error:
        return str(error)


def _bounded(path: Path) -> None:
    try:
        size = path.stat().st_size
    except OSError as error:
        raise SignatureError(f"{path}: {(error.strerror or str(error)).lower()}") from None
    if not path.is_file() or size > LARGEST:
        raise SignatureError(f"{path}: expected a file of at most {LARGEST} bytes")


def _run(arguments: Sequence[str], message: bytes) -> subprocess.CompletedProcess[bytes]:
    """Run ssh-keygen where nothing can ask: no terminal of its own, no window; times are read as UTC."""
    quiet = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY")}
    quiet |= {"SSH_ASKPASS_REQUIRE": "never", "TZ": "UTC", "LC_ALL": "C"}
    try:
        return subprocess.run(
            [PROGRAM, *arguments],
            input=message,
            capture_output=True,
            env=quiet,
            timeout=SECONDS,
            check=False,
            start_new_session=True,
        )
    except FileNotFoundError:
        raise NoProgramError(f"{PROGRAM} is not on PATH; signatures need OpenSSH 8.9 or later") from None
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NoProgramError(f"{PROGRAM} could not be run: {error}") from None


def _fingerprint(done: subprocess.CompletedProcess[bytes]) -> str:
    found = FINGERPRINT.search(_text(done.stdout))
    return found[0] if found else "a key without a fingerprint"


def _words(done: subprocess.CompletedProcess[bytes]) -> str:
    """What ssh-keygen says, in one line."""
    lines = [line.strip() for line in (_text(done.stderr) + "\n" + _text(done.stdout)).splitlines()]
    lines = [line.removeprefix("Enter passphrase: ") for line in lines if not line.startswith(("@@@", "-----"))]
    said = "; ".join(filter(None, lines))
    return "".join(each if each.isprintable() else " " for each in said)[:300] or f"status {done.returncode}"


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")
