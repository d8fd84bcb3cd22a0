"""The command line of the gate, besides pytest: verify the reports that were kept, begin with one's own release.

What has to be known of a subject (how a workflow is digested, what a target file looks like) is asked of the functions
that pyproject.toml names under [tool.release-gate]; the judge itself knows of none.
"""

from __future__ import annotations

import argparse
import importlib
import sys
import tomllib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from gate import verify
from gate.signature import NoProgramError
from gate.statement import digest_of
from gate.verify import DoesNotStand, NoReportError

STANDS, FALLEN, WRONG_USE = 0, 1, 2
SETTINGS = Path(__file__).parents[1] / "pyproject.toml"


class WrongUseError(Exception):
    """The command cannot be carried out; the message is one line."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; 0 done or stands, 1 does not stand, 2 wrong use."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        if given[:1] == ["init"]:  # it has options of its own
            return int(_named("init")(given[1:]))
        options = _parser().parse_args(given)
        return _verify(options)
    except (WrongUseError, NoProgramError, NoReportError) as error:
        print(f"gate: {error}", file=sys.stderr)
    except NotADirectoryError as error:
        print(f"gate: {error.args[0]}: is no folder; expected a folder of reports", file=sys.stderr)
    except OSError as error:
        place = "" if error.filename is None else f"{error.filename}: "
        print(f"gate: {place}{(error.strerror or str(error)).lower()}", file=sys.stderr)
    return WRONG_USE


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m gate",
        description="Verify the reports that a gate left, and begin with a release of one's own. "
        "A gate itself is run with pytest: pytest -m smoke --target FILE.",
        epilog="Exit status: 0 done, or every report stands; 1 a report does not stand; 2 wrong use.",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    check = commands.add_parser(
        "verify",
        help="say whether a report still stands, and for what",
        description="Judge a report again from its recorded outcomes alone, check every digest and signature, and say "
        "in one line whether it stands and for what. One changed byte is enough for it to fall.",
        epilog="Exit status: 0 every report stands (also one that says FAIL), 1 one does not, 2 wrong use.",
    )
    check.add_argument(
        "folders", nargs="+", type=Path, metavar="DIR", help="a report such as reports/smoke, or a folder of them"
    )
    check.add_argument("--package", type=Path, metavar="FILE", help="it has to be a report about this archive")
    check.add_argument("--workflow", type=Path, metavar="DIR", help="it has to be a report about this workflow")
    check.add_argument(
        "--allowed-signers", type=Path, metavar="FILE",
        help="it has to be signed, by somebody in this file of OpenSSH's form (see ssh-keygen(1), ALLOWED SIGNERS)",
    )  # fmt: skip
    check.add_argument(
        "--role", action="append", default=[], metavar="ROLE",
        help="somebody with this role, such as 'QA Lead', has to have signed it; repeated, it needs as many keys",
    )  # fmt: skip
    check.add_argument("--several-roles", action="store_true", help="one person may sign for several roles")
    commands.add_parser("init", help="write a target file with its records, to begin with")
    return parser


def _verify(options: argparse.Namespace) -> int:
    expected: dict[str, str] = {}
    if options.package is not None:
        expected["package"] = digest_of(options.package)
    if options.workflow is not None:
        if not options.workflow.is_dir():
            raise WrongUseError(f"--workflow {options.workflow}: is no folder; expected one that holds workflow.md")
        expected["workflow"] = _named("workflow-digest")(options.workflow)
    allowed = options.allowed_signers
    if allowed is not None and not allowed.is_file():
        raise WrongUseError(f"--allowed-signers {allowed}: is no file; expected one of OpenSSH's form")
    if options.role and allowed is None:
        raise WrongUseError("--role needs --allowed-signers: otherwise nobody says who has which role")
    roles = list(dict.fromkeys(options.role))
    status = STANDS
    for folder in verify.reports_in(options.folders):
        try:
            standing = verify.examine(folder, allowed, expected, roles, options.several_roles)
            print(_in_one_line(f"{folder}: stands: {standing}"))
        except DoesNotStand as error:
            print(_in_one_line(f"{folder}: does not stand: {error}"))
            status = FALLEN
    return status


def _in_one_line(text: str) -> str:
    """A report may hold any name; none of them begins a line that this program has not written."""
    return "".join(each if each.isprintable() else " " for each in text)


def _named(name: str) -> Callable[..., Any]:
    """A function of the subjects, by the name that pyproject.toml has for it."""
    try:
        place = tomllib.loads(SETTINGS.read_text(encoding="utf-8"))["tool"]["release-gate"][name]
    except (OSError, LookupError):
        raise WrongUseError(f"{SETTINGS}: names no {name} under [tool.release-gate]") from None
    module, _, function = place.partition(":")
    sys.path.insert(0, str(SETTINGS.parent))
    found: Callable[..., Any] = getattr(importlib.import_module(module), function)
    return found
