"""The judge's plugin when a run does not end as planned: its report is written, and says no more than is known."""

from __future__ import annotations

import signal
import threading
from pathlib import Path

import pytest

from gate import verify
from tests_suite import miniature
from tests_suite.miniature import ITEMS, REPORTS, Miniature, last_verdict

INTERRUPTED = int(pytest.ExitCode.INTERRUPTED)
SLEEPING = '@verifies("2.1.3")\ndef test_2_1_3():\n    (HERE / "sleeping").touch()\n    time.sleep(30)\n'


@pytest.fixture
def project(tmp_path: Path) -> Miniature:
    """A miniature in which everything passes."""
    return miniature.make(tmp_path)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "terminated"])
@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["one process", "two workers"])
def test_interrupted_run_leaves_its_report(
    project: Miniature, number: signal.Signals, workers: tuple[str, ...]
) -> None:
    project.smoke({"2.1.3": SLEEPING})
    running = project.start("-m", "smoke", *workers)
    running.wait_for(project.root / "sleeping")
    running.send(number)
    result = running.result()

    assert result.status == INTERRUPTED, result.output
    assert result.verdict()["verdict"] == last_verdict(result.output) == "INCOMPLETE"
    assert result.verdict()["notes"] == ["interrupted before the end"]
    assert result.outcomes()["2.1.3"] == "missing"
    assert result.outcomes()["2.1.1"] == "passed"
    assert {path.name for path in (result.reports / "smoke").iterdir()} == REPORTS
    assert sorted(path.name for path in result.reports.iterdir()) == ["index.html", "smoke"]
    assert "Traceback" not in result.output
    assert "INTERNALERROR" not in result.output


def test_interruption_does_not_hide_a_failure(project: Miniature) -> None:
    project.smoke({"2.1.1": '@verifies("2.1.1")\ndef test_no():\n    assert not 1, "no"\n', "2.1.3": SLEEPING})
    running = project.start("-m", "smoke")
    running.wait_for(project.root / "sleeping")
    running.send(signal.SIGTERM)
    result = running.result()

    assert result.verdict()["verdict"] == last_verdict(result.output) == "FAIL"
    assert result.status == INTERRUPTED


# How a test or its module ends the run, and what the items it concerns become.
ENDS = {
    "pytest.exit": ('pytest.exit("enough", returncode=0)', "INCOMPLETE"),
    "KeyboardInterrupt": ("raise KeyboardInterrupt", "INCOMPLETE"),
}


@pytest.mark.parametrize(("body", "verdict"), ENDS.values(), ids=ENDS)
def test_test_that_ends_the_run_leaves_its_item_missing(project: Miniature, body: str, verdict: str) -> None:
    project.smoke({"2.1.3": f'@verifies("2.1.3")\ndef test_it():\n    {body}\n'})

    result = project.run()

    assert result.verdict()["verdict"] == verdict, result.output
    assert result.outcomes()["2.1.3"] == result.outcomes()["2.1.6"] == "missing"
    assert result.status != 0


def test_last_test_that_ends_the_run_is_not_taken_for_passed(project: Miniature) -> None:
    project.smoke({"2.1.6": '@verifies("2.1.6")\ndef test_it():\n    pytest.exit("enough", returncode=0)\n'})

    result = project.run()

    assert result.outcomes()["2.1.6"] == "missing", result.output
    assert result.verdict()["verdict"] == "INCOMPLETE"
    assert result.status != 0


def test_dead_worker_is_noticed(project: Miniature) -> None:
    project.smoke({"2.1.3": '@verifies("2.1.3")\ndef test_it():\n    os.kill(os.getpid(), signal.SIGKILL)\n'})

    result = project.run("-m", "smoke", "-n", "2")

    assert result.verdict()["verdict"] == last_verdict(result.output) in ("INCOMPLETE", "FAIL"), result.output
    assert result.outcomes()["2.1.3"] != "passed"
    assert "worker" in " ".join(result.verdict()["notes"])
    assert result.status != 0


@pytest.mark.parametrize(
    "text",
    ["def test_broken(:\n", "import no_such_module\n", "raise RuntimeError('at import')\n"],
    ids=["syntax", "import", "error"],
)
def test_module_that_cannot_be_collected_is_named(project: Miniature, text: str) -> None:
    project.write("tests_smoke/test_more.py", text)

    result = project.run()

    assert result.verdict()["verdict"] == last_verdict(result.output) == "INCOMPLETE", result.output
    assert result.status == INTERRUPTED
    assert "could not be collected: tests_smoke/test_more.py" in result.verdict()["notes"]


def test_module_that_ends_the_interpreter_is_not_green(project: Miniature) -> None:
    project.write("tests_smoke/test_more.py", "import sys\n\nsys.exit(0)\n")

    result = project.run()

    assert result.verdict()["verdict"] == last_verdict(result.output) == "INCOMPLETE", result.output
    assert result.status == int(pytest.ExitCode.INTERNAL_ERROR)


def test_module_that_cannot_be_collected_weighs_even_where_the_run_goes_on(project: Miniature) -> None:
    project.write("tests_smoke/test_more.py", "import no_such_module\n")

    result = project.run("-m", "smoke", "--continue-on-collection-errors")

    assert result.outcomes() == dict.fromkeys(ITEMS, "passed")
    assert result.verdict()["verdict"] == "INCOMPLETE"
    assert result.status != 0


def test_run_that_stops_at_the_first_failure_names_the_rest(project: Miniature) -> None:
    project.smoke({"2.1.3": '@verifies("2.1.3")\ndef test_no():\n    assert not 1, "no"\n'})

    result = project.run("-m", "smoke", "-x")

    assert list(result.outcomes().values()) == ["passed", "passed", "failed", "missing", "missing", "missing"]
    assert result.verdict()["verdict"] == "FAIL"
    assert "stopping after 1 failures" in " ".join(result.verdict()["notes"])


@pytest.mark.parametrize("place", ["file", "file/below"])
def test_report_folder_that_cannot_be_written_is_refused_before_the_run(project: Miniature, place: str) -> None:
    project.write("file", "in the way")

    result = project.run("-m", "smoke", f"--report-dir={place}")

    assert result.status == int(pytest.ExitCode.USAGE_ERROR), result.output
    [line] = [each for each in result.output.splitlines() if each.strip()]
    assert line.startswith(f"ERROR: --report-dir {project.root / place}: cannot be written to")


@pytest.mark.parametrize(
    ("switch", "says"),
    [
        ("no:html", "the reports of a gate need pytest-html: leave out -p no:html, or install it"),
        ("no:junitxml", "the reports of a gate need pytest's own junit.xml: leave out -p no:junitxml"),
    ],
)
def test_run_without_the_makers_of_its_reports_is_refused_in_one_line(
    project: Miniature, switch: str, says: str
) -> None:
    result = project.run("-m", "smoke", "-p", switch)

    assert result.status == int(pytest.ExitCode.USAGE_ERROR), result.output
    assert [each for each in result.output.splitlines() if each.strip()] == [f"ERROR: {says}"]


FULL_DISK = """\
@verifies("2.1.6")
def test_2_1_6():
    import resource

    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
"""


def test_older_report_stays_when_the_disk_is_full(project: Miniature) -> None:
    before = project.run().files()
    project.smoke({"2.1.6": FULL_DISK})

    result = project.run()

    assert result.status not in (0, 1), result.output
    assert "the reports could not be written" in result.output
    assert "Traceback" not in result.output
    assert "INTERNALERROR" not in result.output
    assert result.files() == before


MEDDLING = """\
import os
import signal

rename = os.rename


def disturbed(source, target):
    rename(source, target)
    if str(source).endswith("reports/smoke"):
        os.kill(os.getpid(), signal.{name})


os.rename = disturbed
"""


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_older_report_is_not_lost_when_its_exchange_is_interrupted(project: Miniature, name: str) -> None:
    """Between two renames there is neither the older report nor the new one."""
    assert project.run().status == 0
    project.write("meddling.py", MEDDLING.format(name=name))

    result = project.run("-m", "smoke", "-p", "meddling")

    assert result.status != 0
    assert last_verdict(result.output) == "PASS"
    assert {path.name for path in (result.reports / "smoke").iterdir()} == REPORTS
    assert verify.examine(result.reports / "smoke")


def test_run_of_another_machine_is_not_cleared_away(project: Miniature) -> None:
    """In another container the same folder may be written to, by a process whose number is nobody's here."""
    own = project.start("-m", "smoke")
    foreign = project.root / "reports" / ".unfinished-99999999-00000000-x"
    foreign.mkdir(parents=True, exist_ok=True)
    own.result()

    project.run()

    assert foreign.is_dir()


def test_interpreter_that_leaves_assertions_out_is_refused(project: Miniature) -> None:
    """A check that asserts nothing passes whatever it is given."""
    project.smoke({"2.1.6": '@verifies("2.1.6")\ndef test_2_1_6():\n    assert False\n'})

    chosen = ("-m", "smoke", "--assert=plain", "-W", "ignore")  # pytest warns of it, and nobody has to listen
    result = project.run(*chosen, environment={"PYTHONOPTIMIZE": "1"})

    assert result.status == int(pytest.ExitCode.USAGE_ERROR), result.output
    assert "python -O (PYTHONOPTIMIZE) leaves assertions out" in result.output


def test_killed_run_leaves_nothing_that_the_next_one_does_not_clear(project: Miniature) -> None:
    project.smoke({"2.1.3": SLEEPING})
    running = project.start("-m", "smoke")
    running.wait_for(project.root / "sleeping")
    running.send(signal.SIGKILL)
    killed = running.result()
    left = [path.name for path in killed.reports.iterdir()]
    assert left
    assert "smoke" not in left
    project.smoke()

    result = project.run()

    assert result.status == 0
    assert sorted(path.name for path in result.reports.iterdir()) == ["index.html", "smoke"]


def test_runs_at_the_same_time_both_end_well(project: Miniature) -> None:
    project.run()
    runs = [project.start("-m", "smoke") for _ in range(4)]
    results = [run.result() for run in runs]

    for result in results:
        assert result.status == 0, result.output
        assert last_verdict(result.output) == "PASS"
    assert {path.name for path in (results[0].reports / "smoke").iterdir()} == REPORTS
    assert results[0].verdict()["verdict"] == "PASS"
    assert sorted(path.name for path in results[0].reports.iterdir()) == ["index.html", "smoke"]


def test_reader_finds_a_whole_report_while_it_is_replaced(project: Miniature) -> None:
    """The folder changes its name twice; whoever reads in between finds the old one, the new one, or none yet."""
    project.run()
    seen: set[frozenset[str]] = set()
    over = threading.Event()

    def watch() -> None:
        while not over.is_set():
            seen.add(frozenset(path.name for path in (project.root / "reports").glob("smoke/*")))

    watcher = threading.Thread(target=watch)
    watcher.start()
    result = project.run()
    over.set()
    watcher.join()

    assert result.status == 0
    assert seen <= {frozenset(REPORTS), frozenset()}
