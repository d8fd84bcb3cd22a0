"""Faults of signed approvals (1.1.5): on a target that names who may sign for which role."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from gate import signature
from tests_suite.faults.records import EVIDENCE, path_of, with_record
from tests_suite.faults.world import Fault, World

ALLOWED = "allowed_signers"
Break = Callable[[World], object]


def new_key(path: Path) -> str:
    """A new key at `path`, without a passphrase; its public half, as allowed_signers has it."""
    command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", path.name, "-f", str(path)]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL, capture_output=True)
    return " ".join(path.with_name(f"{path.name}.pub").read_text(encoding="utf-8").split()[:2])


def manifest_of(world: World) -> Path:
    """The manifest beside a world's package."""
    package = Path(world.root, world.target["package"])
    return package.with_name(package.name.removesuffix(".tar.gz") + ".manifest.json")


def signed(world: World) -> None:
    """Have every approval of a world signed, each role with a key of its own, and the target name them all."""
    keys = world.root / "keys"
    keys.mkdir()
    data = json.loads(path_of(world, "approvals").read_text(encoding="utf-8"))
    lines = []
    for entry in data["approvals"]:
        name = _word(entry["role"])
        public = new_key(keys / name)
        lines.append(f"{name}:{_word(entry['name'])}@example.com {public}")
        made = signature.sign(manifest_of(world).read_bytes(), keys / name)
        (world.root / EVIDENCE / f"{name}.sig").write_bytes(made)
        entry["signature"] = f"{name}.sig"
    path_of(world, "approvals").write_text(json.dumps(data, indent=1), encoding="utf-8")
    (world.root / ALLOWED).write_text("\n".join(lines) + "\n", encoding="utf-8")
    world.target["approvals"] = {"allowed_signers": ALLOWED}


def _word(text: str) -> str:
    return text.lower().replace(" ", "-")


def _fault(name: str, breaks: Break, *says: str) -> Fault:
    def after_signing(world: World) -> None:
        signed(world)
        breaks(world)

    return Fault(f"signatures: {name}", after_signing, {"1.1.5": "failed"}, says, "verification")


def _entry(number: int, **values: Any) -> Break:
    return with_record("approvals", lambda data: data["approvals"][number].update(values))


def _signed_again(world: World, role: str, message: bytes, key: str = "") -> None:
    """Another signature in the place of a role's, over another message or with another role's key."""
    made = signature.sign(message, world.root / "keys" / (key or role))
    (world.root / EVIDENCE / f"{role}.sig").write_bytes(made)


def _flip(world: World) -> None:
    path = world.root / EVIDENCE / "security.sig"
    raw = bytearray(path.read_bytes())
    place = len(raw) // 2
    raw[place] = ord("A") if raw[place] != ord("A") else ord("B")
    path.write_bytes(bytes(raw))


def _lines(change: Callable[[list[str]], list[str]]) -> Break:
    def breaks(world: World) -> None:
        path = world.root / ALLOWED
        path.write_text("\n".join(change(path.read_text(encoding="utf-8").splitlines())) + "\n", encoding="utf-8")

    return breaks


def _with_option(option: str) -> Break:
    def change(lines: list[str]) -> list[str]:
        principal, key = lines[0].split(" ", 1)
        return [f"{principal} {option} {key}", *lines[1:]]

    return _lines(change)


def _statement(world: World, sha256: str = "", result: str = "PASSED", ended: str = "2026-01-01T00:00:00.000Z") -> None:
    """The tech lead signs the statement of a gate instead of the manifest."""
    package = json.loads(manifest_of(world).read_text(encoding="utf-8"))["archive"]["sha256"]
    subject = {"name": "package", "digest": {"sha256": sha256 or package}}
    path = world.root / EVIDENCE / "statement.json"
    predicate = {"result": result, "releaseGate": {"ended": ended}}
    path.write_text(json.dumps({"subject": [subject], "predicate": predicate}), encoding="utf-8")
    _signed_again(world, "tech-lead", path.read_bytes())
    _entry(0, signed="statement.json")(world)


def _in_two_roles(world: World) -> None:
    """The tech lead's key may sign for the product manager, too, and does."""
    _lines(lambda lines: [f"product-manager:ada@example.com,{lines[0]}", *lines[1:]])(world)
    _signed_again(world, "product-manager", manifest_of(world).read_bytes(), "tech-lead")


def _with_two_keys(world: World) -> None:
    """The product manager's key belongs to the tech lead, too, by the name that stands beside it."""

    def change(lines: list[str]) -> list[str]:
        key = lines[1].split(" ", 1)[1]
        return [lines[0], f"product-manager:Ada-Example@example.com {key}", *lines[2:]]

    _lines(change)(world)


def _other_namespace(world: World) -> None:
    command = ["ssh-keygen", "-q", "-Y", "sign", "-n", "git", "-f", str(world.root / "keys" / "qa-lead")]
    message = manifest_of(world).read_bytes()
    made = subprocess.run(command, input=message, check=True, capture_output=True)
    (world.root / EVIDENCE / "qa-lead.sig").write_bytes(made.stdout)


def _no_signature(world: World) -> None:
    (world.root / EVIDENCE / "security.sig").write_text("signed: Sam Example", encoding="utf-8")


FAULTS: Sequence[Fault] = (
    _fault(
        "one is missing",
        with_record("approvals", lambda data: data["approvals"][1].pop("signature")),
        "Product Manager",
        "is not signed; expected ssh-keygen -Y sign -n release-gate -f KEY",
    ),
    _fault(
        "the file of one is missing",
        lambda world: (world.root / EVIDENCE / "security.sig").unlink(),
        "security.sig: no such file or directory",
    ),
    _fault("a changed signature", _flip, "approvals[3].signature: Security", "security.sig"),
    _fault(
        "of an older package",
        lambda world: _signed_again(world, "qa-lead", manifest_of(world).read_bytes().replace(b"2.0.0", b"1.9.0")),
        "qa-lead.sig: Signature verification failed: incorrect signature",
    ),
    _fault("made for another purpose", _other_namespace, "qa-lead.sig"),
    _fault(
        "of somebody whom nobody allows",
        _lines(lambda lines: lines[1:]),
        "tech-lead.sig: allowed_signers allows nobody with the key SHA256:",
    ),
    _fault(
        "of a colleague",
        lambda world: _signed_again(world, "tech-lead", manifest_of(world).read_bytes(), "qa-lead"),
        "may sign for QA Lead, not for Tech Lead",
    ),
    _fault(
        "by a key without a role",
        _lines(lambda lines: [lines[0].removeprefix("tech-lead:"), *lines[1:]]),
        "may sign for no role, not for Tech Lead",
    ),
    _fault(
        "one key in two roles",
        _in_two_roles,
        "is signed with the key that has signed as Tech Lead, too",
    ),
    _fault("a key that was valid only before", _with_option('valid-before="20200101"'), "allows nobody with the key"),
    _fault("a key that is valid only later", _with_option('valid-after="20990101"'), "allows nobody with the key"),
    _fault("a key for other purposes", _with_option('namespaces="git"'), "tech-lead.sig"),
    _fault("nobody is allowed", _lines(lambda lines: []), "allows nobody with the key"),
    _fault(
        "no list of who may sign",
        lambda world: (world.root / ALLOWED).unlink(),
        "allowed_signers: no such file or directory",
    ),
    _fault("no signature at all", _no_signature, "security.sig"),
    _fault(
        "outside of the evidence folder", _entry(0, signature="../tech-lead.sig"), "leads out of the evidence folder"
    ),
    _fault("a statement outside of it", _entry(0, signed="/etc/passwd"), "leads out of the evidence folder"),
    _fault(
        "a statement about another package",
        lambda world: _statement(world, "0" * 64),
        "is a statement about another package, or about none",
    ),
    _fault(
        "a statement of a gate that has failed",
        lambda world: _statement(world, result="FAILED"),
        "is the statement of a gate that has FAILED",
    ),
    _fault(
        "a statement from after the approval",
        lambda world: _statement(world, ended="2099-01-01T00:00:00.000Z"),
        "was given before the statement that it signs, of 2099-01-01",
    ),
    _fault(
        "one person with two keys in two roles",
        _with_two_keys,
        "with a key of Ada-Example@example.com, who has signed as Tech Lead, too",
    ),
    _fault(
        "something that is no statement",
        lambda world: (
            (world.root / EVIDENCE / "statement.json").write_text("[]", encoding="utf-8"),
            _entry(0, signed="statement.json")(world),
        ),
        "is no statement of a gate",
    ),
    _fault("a statement that is missing", _entry(0, signed="statement.json"), "statement.json: no such file"),
)
