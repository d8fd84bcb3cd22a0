"""GitHub Actions: annotations as its runner reads them, the gravest first, and the summary on the job's page."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gate import annotation
from gate.annotation import Annotation
from gate.secrets import MASK
from gate.verdict import Finding, GateResult, Outcome, verdict_of
from tests_suite import miniature, samples
from tests_suite.miniature import Miniature, finding, passing
from tests_suite.samples import CHECKLIST

PATIENTLY = settings(deadline=None)  # a busy machine is no fault
COMMAND = re.compile(r"::(?P<kind>\w+)(?: (?P<properties>[^:]*))?::(?P<message>.*)")


def read(line: str) -> tuple[str, dict[str, str], str]:
    """A command as GitHub's runner reads it: kind, properties, message."""
    found = COMMAND.fullmatch(line)
    assert found, line
    pairs = [pair.partition("=") for pair in (found["properties"] or "").split(",") if pair]
    return found["kind"], {name: unquote(value) for name, _, value in pairs}, unquote(found["message"])


texts = st.text(max_size=60)


@PATIENTLY
@given(texts, texts, st.none() | st.text(min_size=1, max_size=40), st.none() | st.integers(1, 9999))
def test_what_is_written_is_what_the_runner_reads(title: str, message: str, file: str | None, line: int | None) -> None:
    written = str(Annotation("error", title, message, file, line))

    kind, properties, told = read(written)
    assert "\n" not in written
    assert "\r" not in written
    assert (kind, told) == ("error", message)
    assert properties.get("title", "") == title
    assert properties.get("file") == file
    assert properties.get("line") == (str(line) if file and line is not None else None)


def test_places_of_a_command_that_divide_it_are_escaped() -> None:
    written = str(Annotation("warning", "a: b, 50%", "50% is\r\n::error::here", "odd,name:x.md", 3))

    assert written == ("::warning file=odd%2Cname%3Ax.md,line=3,title=a%3A b%2C 50%25::50%25 is%0D%0A::error::here")


def _gate(found: dict[str, tuple[Outcome, list[Finding]]], marker: str = "predeploy") -> GateResult:
    gate = CHECKLIST.gates[marker]
    items = []
    for item in CHECKLIST.items_of(gate):
        outcome, findings = found.get(item.id, (Outcome.PASSED, []))
        items.append(samples.item_result(outcome, item, findings=tuple(findings)))
    return GateResult(gate, verdict_of(items, ()), tuple(items), ())


def _of(result: GateResult, *places: Path, workspace: Path | None = None) -> list[Annotation]:
    return annotation.of([result], places, workspace, lambda text: text.replace("hunter22", MASK))


def _blocking(number: int, item: str = "") -> list[Finding]:
    return [Finding(f"{item} finding {each}", True) for each in range(number)]


def test_passed_items_have_none() -> None:
    assert _of(_gate({})) == []


def test_failed_and_missing_are_errors_degraded_and_waived_are_warnings() -> None:
    odd = [Finding("odd", False)]
    result = _gate(
        {
            "1.1.1": (Outcome.FAILED, _blocking(1)),
            "1.1.2": (Outcome.MISSING, _blocking(1)),
            "1.3.1": (Outcome.DEGRADED, odd),
            "1.4.3": (Outcome.WAIVED, _blocking(1)),
        }
    )

    found = [(each.kind, each.title) for each in _of(result)]

    assert found == [
        ("error", "1.1.1 failed: Last syntax check of every workflow file"),
        ("error", f"1.1.2 missing: {CHECKLIST.items['1.1.2'].title}"),
        ("warning", f"1.3.1 degraded: {CHECKLIST.items['1.3.1'].title}"),
        ("warning", f"1.4.3 waived: {CHECKLIST.items['1.4.3'].title}"),
    ]
    assert all(f"to do: {CHECKLIST.items['1.1.1'].advice}" in each.message for each in _of(result)[:1])


def test_gravest_item_comes_first_and_none_hides_behind_another() -> None:
    result = _gate(
        {
            "1.2.6": (Outcome.FAILED, _blocking(1, "minor")),
            "1.3.1": (Outcome.FAILED, _blocking(30, "major")),
            "1.4.1": (Outcome.FAILED, _blocking(30, "critical")),
        }
    )

    found = [each.message.partition("\n")[0] for each in _of(result)]

    assert found[:5] == [
        "critical finding 0",
        "major finding 0",
        "minor finding 0",
        "critical finding 1",
        "major finding 1",
    ]
    assert len(found) == 10
    assert found[-1] == "52 more findings are not shown here; see the summary of this job and signoff.html"


@pytest.mark.parametrize(("number", "shown"), [(1, 1), (9, 9), (10, 10), (11, 10), (1000, 10)])
def test_there_are_at_most_ten_of_a_kind(number: int, shown: int) -> None:
    found = _of(_gate({"1.1.1": (Outcome.FAILED, _blocking(number))}))

    assert len(found) == shown
    assert ("more findings" in found[-1].message) is (number > 10)
    if number > 10:
        assert found[-1].title == f"and {number - 9} more"


def test_errors_take_no_room_from_warnings() -> None:
    odd = [Finding(f"odd {number}", False) for number in range(20)]

    found = _of(_gate({"1.1.1": (Outcome.FAILED, _blocking(20)), "1.3.1": (Outcome.DEGRADED, odd)}))

    assert [each.kind for each in found] == ["error"] * 10 + ["warning"] * 10


def test_failed_item_is_annotated_by_what_fails_it() -> None:
    mixed = [Finding("only odd", False), Finding("broken", True)]

    [found] = _of(_gate({"1.1.1": (Outcome.FAILED, mixed)}))

    assert found.message.startswith("broken\n")


def test_secret_and_endless_text_stay_out() -> None:
    told = Finding("hunter22 " + "x" * 100_000, True, "hunter22.md", 1)

    [found] = _of(_gate({"1.1.1": (Outcome.FAILED, [told])}))

    assert "hunter22" not in str(found)
    assert len(found.message) < 2100


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """A checkout with a workflow and an evidence folder in it, and something outside of it."""
    for name in ("checkout/workflow/steps", "checkout/evidence", "elsewhere"):
        (tmp_path / name).mkdir(parents=True)
    for name in ("checkout/workflow/steps/a.md", "checkout/evidence/approvals.yaml", "elsewhere/b.md"):
        (tmp_path / name).touch()
    for name in ("checkout/workflow/both.md", "checkout/evidence/both.md"):
        (tmp_path / name).touch()
    return tmp_path / "checkout"


@pytest.mark.parametrize(
    ("file", "shown"),
    [
        ("steps/a.md", "workflow/steps/a.md"),
        ("approvals.yaml", "evidence/approvals.yaml"),
        ("b.md", None),  # outside of the checkout
        ("both.md", None),  # nobody knows which one is meant
        ("steps/none.md", None),
        ("../../elsewhere/b.md", None),
        ("a\0b", None),
        ("", None),
        (None, None),
    ],
)
def test_file_is_named_where_it_lies_in_the_checkout(workspace: Path, file: str | None, shown: str | None) -> None:
    places = [workspace / "workflow", workspace / "evidence", workspace.parent / "elsewhere"]
    told = Finding("broken", True, file, 3)

    [found] = _of(_gate({"1.1.1": (Outcome.FAILED, [told])}), *places, workspace=workspace)

    assert found.file == shown
    assert ("line=3" in str(found)) is (shown is not None)
    if file and shown is None:
        assert found.message.startswith(f"{file}:3: broken")


def test_checkout_behind_a_link_is_the_checkout(workspace: Path) -> None:
    link = workspace.parent / "link"
    link.symlink_to(workspace)
    told = Finding("broken", True, "steps/a.md", 3)

    [found] = _of(_gate({"1.1.1": (Outcome.FAILED, [told])}), workspace / "workflow", workspace=link)

    assert found.file == "workflow/steps/a.md"


@pytest.mark.parametrize(
    ("choice", "environment", "expected"),
    [
        ("auto", {"GITHUB_ACTIONS": "true"}, True),
        ("auto", {"GITHUB_ACTIONS": "false"}, False),
        ("auto", {}, False),
        ("github", {}, True),
        ("off", {"GITHUB_ACTIONS": "true"}, False),
    ],
)
def test_choice_decides_whether_there_are_any(choice: str, environment: dict[str, str], expected: bool) -> None:
    assert annotation.wanted(choice, environment) is expected


# Runs of the real judge.


@pytest.fixture
def project(tmp_path: Path) -> Miniature:
    """A miniature whose subject lies in the checkout of a job, and one item of which fails."""
    made = miniature.make(tmp_path / "checkout")
    made.write("workflow/steps/a.md", "a step\n")
    made.gate("package", {"1.4.1": finding("1.4.1", "it is 50% broken", file="steps/a.md", line=3)})
    return made


def _job(project: Miniature, **more: str) -> dict[str, str]:
    return {
        "GITHUB_ACTIONS": "true",
        "GITHUB_WORKSPACE": str(project.root),
        "GITHUB_STEP_SUMMARY": str(project.root / "summary-of-the-step.md"),
        "SUBJECT": str(project.root / "workflow"),
        **more,
    }


def _commands(output: str) -> Iterator[str]:
    """The lines that a runner obeys: it reads commands until it is stopped, and again from the token on."""
    token = None
    for line in output.splitlines():
        text = line.lstrip()
        if token is not None:
            token = None if text == f"::{token}::" else token
        elif text.startswith("::stop-commands::"):
            token = text.removeprefix("::stop-commands::")
        elif text.startswith("::"):
            yield text
    assert token is None, "the reading of commands was stopped for good"


def test_job_shows_what_failed_at_its_place(project: Miniature) -> None:
    result = project.run("-m", "package", environment=_job(project))

    [command] = _commands(result.output)
    kind, properties, message = read(command)
    assert kind == "error"
    assert properties == {
        "file": "workflow/steps/a.md",
        "line": "3",
        "title": f"1.4.1 failed: {CHECKLIST.items['1.4.1'].title}",
    }
    assert message.startswith("it is 50% broken\nto do: ")


def test_job_page_gets_the_summaries_behind_what_is_there(project: Miniature) -> None:
    (project.root / "summary-of-the-step.md").write_text("# Before\n", encoding="utf-8")

    result = project.run("-m", "package or smoke", environment=_job(project))

    text = (project.root / "summary-of-the-step.md").read_text(encoding="utf-8")
    assert text.startswith("# Before\n")
    for marker in ("package", "smoke"):
        assert (result.reports / marker / "summary.md").read_text(encoding="utf-8") in text
    assert text.count("## package: FAIL") == 1


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["one process", "two workers"])
def test_output_of_tests_holds_no_command(project: Miniature, workers: tuple[str, ...]) -> None:
    """A file that is verified may hold lines that a runner would obey."""
    hostile = "::error file=x::no\\n  ::add-mask::1\\n::stop-commands::x\\n::x::"
    project.gate(
        "package",
        {
            "1.4.1": f'@verifies("1.4.1")\ndef test_1_4_1():\n    print("{hostile}")\n    assert not 1, "{hostile}"\n',
            "1.4.2": passing("1.4.2"),
        },
    )

    result = project.run("-m", "package", *workers, environment=_job(project))

    commands = list(_commands(result.output))
    assert len(commands) == 1, commands
    assert read(commands[0])[0] == "error"
    assert result.verdict("package")["verdict"] == "FAIL"


@pytest.mark.parametrize("arguments", [("-q",), ("-qq",), ("--color=yes",), ("--tb=no",)], ids=" ".join)
def test_way_of_printing_loses_no_annotation(project: Miniature, arguments: tuple[str, ...]) -> None:
    result = project.run("-m", "package", *arguments, environment=_job(project))

    assert [read(each)[0] for each in _commands(result.output)] == ["error"]


def test_no_job_no_annotations(project: Miniature) -> None:
    result = project.run("-m", "package")

    assert "::" not in re.sub(r"\S+\.py::\S+", "", result.output)


def test_switched_off_and_on(project: Miniature) -> None:
    off = project.run("-m", "package", "--annotations=off", environment=_job(project))
    on = project.run("-m", "package", "--annotations=github")

    assert list(_commands(off.output)) == []
    assert not (project.root / "summary-of-the-step.md").exists()
    assert len(list(_commands(on.output))) == 1


def test_run_that_ends_early_reads_commands_again(project: Miniature) -> None:
    project.gate("package", {"1.4.1": '@verifies("1.4.1")\ndef test_1_4_1():\n    raise KeyboardInterrupt\n'})

    result = project.run("-m", "package", environment=_job(project))

    assert {read(each)[0] for each in _commands(result.output)} == {"error"}


def test_job_page_that_cannot_be_written_costs_no_verdict(project: Miniature) -> None:
    environment = _job(project, GITHUB_STEP_SUMMARY=str(project.root / "nowhere" / "page.md"))

    result = project.run("-m", "package", environment=environment)

    assert result.status == 1
    assert "GITHUB_STEP_SUMMARY: the summary could not be added: No such file or directory" in result.output
    assert "Traceback" not in result.output


def test_secret_is_in_no_annotation(project: Miniature) -> None:
    project.target["secrets"] = ["hunter22"]
    project.gate("package", {"1.4.1": finding("1.4.1", "the key is hunter22", file="steps/a.md", line=3)})

    result = project.run("-m", "package", environment=_job(project))

    [command] = _commands(result.output)
    assert MASK in command
    assert "hunter22" not in result.output
    assert "hunter22" not in (project.root / "summary-of-the-step.md").read_text(encoding="utf-8")


def test_suite_s_own_runs_leave_the_page_of_their_job_alone(
    project: Miniature, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(project.root / "page.md"))

    result = project.run("-m", "package")

    assert os.environ["GITHUB_ACTIONS"] == "true"
    assert list(_commands(result.output)) == []
    assert not (project.root / "page.md").exists()
