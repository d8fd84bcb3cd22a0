"""The folders of reports: written aside, put in place whole, so that no older report is lost to half a new one."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from pathlib import Path

import pytest
from _pytest.junitxml import LogXML

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
    base = report_folder(config, run)
    try:
        base.mkdir(parents=True, exist_ok=True)
        _sweep(base)
        run.staging = Path(tempfile.mkdtemp(prefix=f"{UNFINISHED}{os.getpid()}-", dir=base))
    except OSError as error:
        raise pytest.UsageError(
            f"--report-dir {base}: cannot be written to ({error.strerror}); name a folder that can"
        ) from None
    run.commit = ask_commit(run.root)
    config.option.htmlpath = config.option.htmlpath or str(run.staging / "report.html")
    config.option.self_contained_html = True
    config.option.xmlpath = config.option.xmlpath or str(run.staging / "junit.xml")


def report_folder(config: pytest.Config, run: Run) -> Path:
    """The folder that holds one folder of reports per gate."""
    chosen = config.option.report_dir
    return Path(config.invocation_params.dir, chosen).resolve() if chosen else run.root / "reports"


def publish(config: pytest.Config, run: Run, results: list[GateResult], exit_status: int) -> None:
    """Write every gate's reports and put them in place. Raises `OSError` where the disk does not let it."""
    if run.staging is None:
        return
    from gate import report  # its imports are only worth their time when there is something to write

    facts = report.collect(config, run)
    for result in results:
        folder = run.staging / result.gate.marker
        folder.mkdir()
        shutil.copy(config.option.htmlpath, folder / "report.html")
        shutil.copy(config.option.xmlpath, folder / "junit.xml")
        report.write(folder, run, result, exit_status, facts)
    base = report_folder(config, run)
    for result in results:
        _put_in_place(run.staging / result.gate.marker, base / result.gate.marker)
    run.published = base
    _correct_paths(config, base / results[0].gate.marker)


def _correct_paths(config: pytest.Config, folder: Path) -> None:
    """The other reporters print where their file is; by now it has moved."""
    for plugin in config.pluginmanager.get_plugins():
        if isinstance(plugin, LogXML):
            plugin.logfile = str(folder / "junit.xml")
        elif type(plugin).__module__.startswith("pytest_html."):
            plugin._report_path = folder / "report.html"


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
        number = folder.name.removeprefix(UNFINISHED).partition("-")[0]
        if number.isdigit() and not _alive(int(number)):
            shutil.rmtree(folder, ignore_errors=True)


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
