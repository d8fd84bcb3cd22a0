"""The folders of reports: written aside, put in place whole, so that no older report is lost to half a new one."""

from __future__ import annotations

import contextlib
import os
import platform
import shutil
import signal
import tempfile
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from _pytest.junitxml import LogXML

from gate.secrets import redactor
from gate.state import Run
from gate.suite import ask_commit
from gate.verdict import GateResult

UNFINISHED = ".unfinished-"
NO_RUN = ("help", "version", "collectonly", "showfixtures", "show_fixtures_per_test", "markers")


def prepare(config: pytest.Config, run: Run) -> None:
    """Choose where this run writes, and have pytest-html and the JUnit reporter write there, too.

    Raises `pytest.UsageError` where the report folder cannot be written to: better now than after the run.
    """
    if any(getattr(config.option, name, None) for name in NO_RUN):
        run.gates = []
    if not run.gates:
        return
    _require_reporters(config)
    _try_key(config)
    base = report_folder(config, run)
    try:
        base.mkdir(parents=True, exist_ok=True)
        _sweep(base)
        run.staging = Path(tempfile.mkdtemp(prefix=f"{UNFINISHED}{os.getpid()}-{_machine()}-", dir=base))
    except OSError as error:
        raise pytest.UsageError(
            f"--report-dir {base}: cannot be written to ({error.strerror}); name a folder that can"
        ) from None
    run.commit = ask_commit(run.root)
    config.option.htmlpath = config.option.htmlpath or str(run.staging / "report.html")
    config.option.self_contained_html = True
    config.option.xmlpath = config.option.xmlpath or str(run.staging / "junit.xml")


def _require_reporters(config: pytest.Config) -> None:
    """The page of single tests and junit.xml are made by other plugins. Raises `pytest.UsageError` without them."""
    if not hasattr(config.option, "htmlpath"):
        raise pytest.UsageError("the reports of a gate need pytest-html: leave out -p no:html, or install it")
    if not hasattr(config.option, "xmlpath"):
        raise pytest.UsageError("the reports of a gate need pytest's own junit.xml: leave out -p no:junitxml")


def report_folder(config: pytest.Config, run: Run) -> Path:
    """The folder that holds one folder of reports per gate."""
    chosen = config.option.report_dir
    return Path(config.invocation_params.dir, chosen).resolve() if chosen else run.root / "reports"


def publish(config: pytest.Config, run: Run, results: list[GateResult], exit_status: int) -> bool:
    """Write every gate's reports and put them in place; False where one could not be signed that should be.

    Raises `OSError` where the disk does not let it.
    """
    signed = True
    if run.staging is None:
        return signed
    # Their imports are only worth their time when there is something to write.
    from gate import junit, report, statement, timeline

    facts = report.collect(run)
    hide = redactor(run.target["secrets"])
    for result in results:
        folder = run.staging / result.gate.marker
        folder.mkdir()
        shutil.copy(config.option.htmlpath, folder / "report.html")
        noted = {each.item.id: run.journal.noted(each.item.id) for each in result.items}
        junit.write(Path(config.option.xmlpath), folder / "junit.xml", result, noted, hide)
        run.remarks[result.gate.marker] = report.write(folder, run, result, exit_status, facts)
        signed = _attest(folder, config, run, statement.write(folder)) and signed
    base = report_folder(config, run)
    with _undisturbed():
        for result in results:
            _put_in_place(run.staging / result.gate.marker, base / result.gate.marker)
        run.published = base
    timeline.write(base, run.checklist)
    _correct_paths(config, base / results[0].gate.marker)
    return signed


def _attest(folder: Path, config: pytest.Config, run: Run, content: bytes) -> bool:
    """Sign the Statement, where --sign asks for it. A key that fails now must not cost the whole report."""
    if config.option.sign is None:
        return True
    from gate import signature, statement

    try:
        signed = signature.sign(content, _key(config))
    except signature.SignatureError as error:
        run.note(f"the statement is not signed: {error}")
        return False
    (folder / statement.SIGNATURE).write_bytes(signed)
    statement.write_checksums(folder)
    return True


def _key(config: pytest.Config) -> Path:
    return Path(config.invocation_params.dir, os.path.expanduser(config.option.sign))


def _try_key(config: pytest.Config) -> None:
    """Better now than after the run. Raises `pytest.UsageError` where the key cannot sign."""
    if config.option.sign is None:
        return
    from gate import signature

    try:
        signature.sign(b"", _key(config))
    except signature.SignatureError as error:
        raise pytest.UsageError(f"--sign {error}") from None


def _correct_paths(config: pytest.Config, folder: Path) -> None:
    """The other reporters print where their file is; by now it has moved."""
    for plugin in config.pluginmanager.get_plugins():
        if isinstance(plugin, LogXML):
            plugin.logfile = str(folder / "junit.xml")
        elif type(plugin).__module__.startswith("pytest_html."):
            plugin._report_path = folder / "report.html"


@contextlib.contextmanager
def _undisturbed() -> Iterator[None]:
    """Have Ctrl-C and SIGTERM wait: between the two renames of a report, there is neither the older one nor the new."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _put_in_place(new: Path, final: Path) -> None:
    """Replace a folder by another in two renames; two runs that end at once both get through, the later one stays."""
    for attempt in range(100):
        old = new.with_name(f"{new.name}.old{attempt}")
        with contextlib.suppress(FileNotFoundError):
            os.rename(final, old)
        try:
            os.rename(new, final)
        except OSError:
            if not final.exists():
                raise
        else:
            return
    raise OSError(f"{final} could not be replaced: other runs keep writing it")


def discard(run: Run) -> None:
    """Remove what was only needed while the run went on."""
    if run.staging is not None:
        shutil.rmtree(run.staging, ignore_errors=True)


def _sweep(base: Path) -> None:
    """Remove what killed runs left behind."""
    for folder in base.glob(f"{UNFINISHED}*"):
        number, machine, *_ = [*folder.name.removeprefix(UNFINISHED).split("-"), ""]
        if machine == _machine() and number.isdecimal() and not _alive(int(number)):
            shutil.rmtree(folder, ignore_errors=True)


def _machine() -> str:
    """A word for this machine, or container: of the processes of another one that writes here, nothing is known."""
    return f"{zlib.crc32(platform.node().encode()):08x}"


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
