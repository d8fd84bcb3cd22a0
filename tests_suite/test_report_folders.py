"""The folders of reports: chosen and cleared before a run, filled and exchanged after it, signed where asked for."""

from __future__ import annotations

import contextlib
import os
import platform
import re
import signal
import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from xml.etree import ElementTree

import pytest
from _pytest.junitxml import LogXML

from gate import evidence, signature, statement
from gate.state import Run
from gate.verdict import Verdict
from tests_suite import samples
from tests_suite.faults.signatures import new_key
from tests_suite.miniature import REPORTS, read_verdict
from tests_suite.samples import CHECKLIST, gate_result

NO_OPTIONS = dict.fromkeys(evidence.NO_RUN[2:], False)  # some options are there only where their plugin is


class _Html:
    """What pytest-html's plugin knows of its file."""

    __module__ = "pytest_html.report"
    _report_path = Path("report.html")


def _config(folder: Path, plugins: tuple[Any, ...] = (), **options: Any) -> Any:
    known = {**NO_OPTIONS, "report_dir": "out", "sign": None, "htmlpath": None, "xmlpath": None, **options}
    return SimpleNamespace(
        option=SimpleNamespace(**known),
        invocation_params=SimpleNamespace(dir=folder),
        pluginmanager=SimpleNamespace(get_plugins=lambda: plugins),
    )


def _run(root: Path, *markers: str) -> Run:
    run = samples.run(*(CHECKLIST.gates[each] for each in markers), secrets=["hunter22"])
    run.root = root
    return run


@pytest.mark.parametrize(("chosen", "expected"), [(None, "suite/reports"), ("out", "here/out"), ("../x", "x")])
def test_reports_go_beside_the_suite_or_to_a_folder_named_from_where_one_is(
    tmp_path: Path, chosen: str | None, expected: str
) -> None:
    config = _config(tmp_path / "here", report_dir=chosen)

    assert evidence.report_folder(config, _run(tmp_path / "suite")) == tmp_path.resolve() / expected


def test_run_writes_aside_and_the_other_reporters_with_it(tmp_path: Path) -> None:
    config, run = _config(tmp_path, report_dir="a/out"), _run(tmp_path)

    evidence.prepare(config, run)

    [staging] = (tmp_path / "a/out").iterdir()
    assert run.staging == staging.resolve()
    assert staging.name.startswith(f".unfinished-{os.getpid()}-{evidence._machine()}-")
    assert config.option.htmlpath == str(run.staging / "report.html")
    assert config.option.xmlpath == str(run.staging / "junit.xml")
    assert config.option.self_contained_html is True
    assert isinstance(run.commit, subprocess.Popen)
    assert str(tmp_path) in run.commit.args  # type: ignore[operator]
    run.commit.communicate(timeout=60)
    evidence.discard(run)
    assert list((tmp_path / "a/out").iterdir()) == []
    evidence.discard(run)  # again: there is nothing left to remove
    evidence.discard(_run(tmp_path))


def test_files_that_the_user_asked_for_are_written_where_they_want_them(tmp_path: Path) -> None:
    (tmp_path / "reports").mkdir()
    config, run = _config(tmp_path, report_dir=None, htmlpath="own.html", xmlpath="own.xml"), _run(tmp_path)

    evidence.prepare(config, run)

    assert run.staging is not None
    assert run.staging.parent == tmp_path / "reports"
    assert run.commit is not None
    run.commit.communicate(timeout=60)
    assert (config.option.htmlpath, config.option.xmlpath) == ("own.html", "own.xml")


@pytest.mark.parametrize(
    "option", ["help", "version", "collectonly", "showfixtures", "show_fixtures_per_test", "markers"]
)
def test_run_that_only_shows_something_judges_and_writes_nothing(tmp_path: Path, option: str) -> None:
    chosen: dict[str, Any] = {option: True}
    config, run = _config(tmp_path, **chosen), _run(tmp_path)

    evidence.prepare(config, run)

    assert (run.gates, run.staging, config.option.htmlpath) == ([], None, None)
    assert list(tmp_path.iterdir()) == []


def test_folder_that_cannot_be_written_to_is_refused(tmp_path: Path) -> None:
    (tmp_path / "out").touch()

    with pytest.raises(pytest.UsageError) as caught:
        evidence.prepare(_config(tmp_path), _run(tmp_path))

    place, says = tmp_path.resolve() / "out", "cannot be written to (File exists); name a folder that can"
    assert str(caught.value) == f"--report-dir {place}: {says}"


def test_key_that_cannot_sign_is_refused_before_the_run(tmp_path: Path) -> None:
    with pytest.raises(pytest.UsageError) as caught:
        evidence.prepare(_config(tmp_path, sign="no-key"), _run(tmp_path))

    place, says = tmp_path / "no-key", "is no file; expected a private key of OpenSSH, or the public one of a key"
    assert str(caught.value) == f"--sign {place}: {says} in ssh-agent"
    assert list(tmp_path.iterdir()) == []


def test_only_what_dead_runs_of_this_machine_left_is_cleared_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(evidence, "_alive", lambda process: process == 7)
    here = evidence._machine()
    kept = [
        f".unfinished-7-{here}-a",  # lives
        ".unfinished-8-00000000-b",  # of another machine
        f".unfinished-x8-{here}-c",
        f".unfinished--8-{here}-d",
        ".unfinished-8",
        f"unfinished-8-{here}-e",
        "smoke",
    ]
    for name in (*kept, f".unfinished-8-{here}-f", f".unfinished-9-{here}-g-h"):
        (tmp_path / name / "smoke").mkdir(parents=True)

    evidence._sweep(tmp_path)

    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(kept)


def test_machine_has_a_word_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    words = {}
    for name in ("", "a", "b", "é", "c" * 300):
        monkeypatch.setattr(platform, "node", lambda name=name: name)
        words[name] = evidence._machine()
        assert evidence._machine() == words[name]

    assert len(set(words.values())) == len(words)
    assert words[""] == "00000000"
    assert all(re.fullmatch("[0-9a-f]{8}", word) for word in words.values())


@pytest.mark.parametrize(("answer", "alive"), [(None, True), (ProcessLookupError, False), (PermissionError, True)])
def test_process_of_another_user_is_alive(
    monkeypatch: pytest.MonkeyPatch, answer: type[OSError] | None, alive: bool
) -> None:
    asked = []

    def kill(process: int, number: int) -> None:
        asked.append((process, number))
        if answer is not None:
            raise answer

    monkeypatch.setattr(os, "kill", kill)

    assert evidence._alive(7) is alive
    assert asked == [(7, 0)]


def _folder(path: Path, content: str) -> Path:
    path.mkdir()
    (path / "verdict.json").write_text(content, encoding="utf-8")
    return path


def test_new_report_takes_the_place_of_the_older_one(tmp_path: Path) -> None:
    (tmp_path / "aside").mkdir()
    for content in ("first", "second"):
        evidence._put_in_place(_folder(tmp_path / "aside" / "smoke", content), tmp_path / "smoke")

        assert (tmp_path / "smoke" / "verdict.json").read_text(encoding="utf-8") == content
    assert [path.name for path in (tmp_path / "aside").iterdir()] == ["smoke.old0"]


@pytest.mark.parametrize("times", [1, 99, 100])
def test_run_that_another_one_keeps_overtaking_gives_up_at_last(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, times: int
) -> None:
    new, final, set_aside = tmp_path / "aside" / "smoke", _folder(tmp_path / "smoke", "of the other run"), []

    def overtaken(source: Path, target: Path) -> None:
        if source == final:
            set_aside.append(target)
        elif len(set_aside) <= times:
            raise FileExistsError

    monkeypatch.setattr(os, "rename", overtaken)

    if times < 100:
        evidence._put_in_place(new, final)
    else:
        with pytest.raises(OSError, match="other runs keep writing it") as caught:
            evidence._put_in_place(new, final)
        assert str(caught.value) == f"{final} could not be replaced: other runs keep writing it"

    assert set_aside == [tmp_path / "aside" / f"smoke.old{number}" for number in range(min(times + 1, 100))]


def test_report_that_is_not_there_replaces_nothing(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        evidence._put_in_place(tmp_path / "none", tmp_path / "smoke")


def test_signals_wait_until_the_reports_are_in_place() -> None:
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ())

    with contextlib.suppress(OSError), evidence._undisturbed():
        within = signal.pthread_sigmask(signal.SIG_BLOCK, ())
        raise OSError("the disk is full")

    assert within == before | {signal.SIGINT, signal.SIGTERM}
    assert signal.pthread_sigmask(signal.SIG_BLOCK, ()) == before


def _published(tmp_path: Path, *markers: str, **options: Any) -> tuple[Run, bool, tuple[LogXML, _Html, object]]:
    """A run of those gates whose reports were put in place, whether all were signed, and the other reporters."""
    plugins = (LogXML("junit.xml", None), _Html(), SimpleNamespace(_report_path="mine"))
    config, run = _config(tmp_path, plugins, **options), _run(tmp_path, *markers)
    (tmp_path / "out").mkdir(exist_ok=True)
    run.staging = tmp_path / "out" / ".unfinished"
    run.staging.mkdir()
    html, xml = run.staging / "report.html", run.staging / "junit.xml"
    html.write_text("<p>page</p>", encoding="utf-8")
    xml.write_text("<testsuites><testsuite name='pytest'/></testsuites>", encoding="utf-8")
    config.option.htmlpath, config.option.xmlpath = str(html), str(xml)
    for number, secret in enumerate(["hunter22", "x"]):
        told: dict[str, Any] = {"item": f"2.1.{number + 1}", "noted": {f"seen{number}": secret}, "attachments": {}}
        report = pytest.TestReport(f"t.py::test_{number}", ("t.py", 1, "t"), {}, "passed", None, "call", gate=told)
        run.journal.pytest_runtest_logreport(report)
    signed = evidence.publish(config, run, [gate_result(each, Verdict.PASS) for each in markers], 3)
    return run, signed, plugins


def test_every_gate_gets_its_own_folder_of_reports(tmp_path: Path) -> None:
    run, signed, (xml, html, other) = _published(tmp_path, "smoke", "package")

    base = tmp_path.resolve() / "out"
    assert signed is True
    assert run.published == base
    assert {path.name for path in base.iterdir()} == {".unfinished", "index.html", "package", "smoke"}
    for marker in ("smoke", "package"):
        assert {path.name for path in (base / marker).iterdir()} == REPORTS
        assert read_verdict(base / marker / "verdict.json")["marker"] == marker
        assert (base / marker / "report.html").read_text(encoding="utf-8") == "<p>page</p>"
    assert read_verdict(base / "smoke" / "verdict.json")["exit_status"] == 3
    rows = {
        marker: {row.get("name"): row.get("value") for row in ElementTree.parse(path).iter("property")}
        for marker, path in ((each, base / each / "junit.xml") for each in ("smoke", "package"))
    }
    assert (rows["smoke"]["seen0"], rows["smoke"]["seen1"]) == ("‹secret›", "x")
    assert not {"seen0", "seen1"} & set(rows["package"])
    assert xml.logfile == str(base / "smoke" / "junit.xml")
    assert html._report_path == base / "smoke" / "report.html"
    assert vars(other) == {"_report_path": "mine"}


def test_run_without_a_folder_publishes_nothing(tmp_path: Path) -> None:
    assert evidence.publish(_config(tmp_path), _run(tmp_path), [gate_result("smoke", Verdict.PASS)], 0) is True
    assert list(tmp_path.iterdir()) == []


def test_signed_report_has_its_signature_among_the_checksums(tmp_path: Path) -> None:
    new_key(tmp_path / "key")

    _, signed, _ = _published(tmp_path, "smoke", sign="key")

    folder = tmp_path / "out" / "smoke"
    assert signed is True
    assert {path.name for path in folder.iterdir()} == {*REPORTS, statement.SIGNATURE}
    assert signature.check((folder / statement.NAME).read_bytes(), folder / statement.SIGNATURE).key
    listed = (folder / statement.CHECKSUMS).read_text(encoding="utf-8").split()
    assert listed[1::2] == [statement.NAME, statement.SIGNATURE]


def test_key_that_fails_at_the_end_costs_the_signature_and_not_the_report(tmp_path: Path) -> None:
    run, signed, _ = _published(tmp_path, "smoke", "package", sign="~/no-key-of-anybody")

    key = os.path.expanduser("~/no-key-of-anybody")
    says = "is no file; expected a private key of OpenSSH, or the public one of a key in ssh-agent"
    assert signed is False
    assert run.notes == [f"the statement is not signed: {key}: {says}"]
    assert {path.name for path in (tmp_path / "out" / "smoke").iterdir()} == REPORTS
