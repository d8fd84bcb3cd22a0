"""The target as a run meets it: exit status, header, options over a file, ways to type them, and secrets."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import cast
from urllib.parse import quote

import pytest

from fixtures import reference
from fixtures.target import PATH_OPTIONS, Target, target_of
from tests_suite.faults import world
from tests_suite.faults.world import LONGEST_RUN, SUITE, World

NO_URL = "--mcp-url: not a URL; expected https://host or http://host:port, with or without /mcp"


def resolved(here: Path, **chosen: str) -> Target:
    """The target of a command line with these options, typed in a folder."""
    config = SimpleNamespace(stash=pytest.Stash(), invocation_params=SimpleNamespace(dir=here), getoption=chosen.get)
    return target_of(cast(pytest.Config, config))


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with a target file that names all that is in it."""
    for folder in ("workflow", "other workflow", "project", "other project", "home"):
        (tmp_path / folder).mkdir()
    (tmp_path / "release.tar.gz").touch()
    (tmp_path / "target.yaml").write_text(
        "name: own\nworkflow: workflow\nknowledge: {url: 'http://localhost:1/mcp', api_key: abcdef, load: true}\n"
        "claude: {project: project, home: home, cli: off}\n",
        encoding="utf-8",
    )
    return tmp_path.resolve()


@pytest.mark.parametrize(("options", "said"), [
    ({"target": ""}, "--target: found an empty text, expected a target file (YAML)"),
    ({"target": "nowhere.yaml"},
     "--target HERE/nowhere.yaml: no such file or directory; expected a target file (YAML)"),
    ({"target": "workflow"}, "--target HERE/workflow: is a folder; expected a target file (YAML)"),
    ({"target": "/dev/null"}, "--target /dev/null: is no regular file; expected a target file (YAML)"),
    *(({name: " "}, f"--{name}: found an empty text, expected a {'file' if name == 'package' else 'folder'}")
      for name in PATH_OPTIONS),
    *(({name: "nowhere"}, f"--{name}: HERE/nowhere does not exist; expected a "
       f"{'file' if name == 'package' else 'folder'}") for name in PATH_OPTIONS),
    ({"workflow": "release.tar.gz"}, "--workflow: HERE/release.tar.gz is a file; expected a folder"),
    ({"package": "workflow"}, "--package: HERE/workflow is a folder; expected a file"),
    ({"workflow": "w" * 300}, f"--workflow: HERE/{'w' * 300} does not exist; expected a folder"),
    ({"claude_project": ""}, "--claude-project: found an empty text, expected a folder"),
    ({"claude_project": "nowhere"}, "--claude-project: HERE/nowhere does not exist; expected a folder"),
    ({"claude_config": ""}, "--claude-config: found an empty text, expected a file"),
    ({"mcp_url": ""}, "--mcp-url: found an empty text, expected a URL"),
    ({"mcp_url": "localhost:8000"}, NO_URL),
    ({"mcp_url": "ftp://localhost"}, NO_URL),
    ({"mcp_url": "http://localhost:http"}, NO_URL),
    ({"mcp_url": "http://localhost/mcp?a=b"}, "--mcp-url: goes on after a ? or #; expected a URL that ends before it, "
     "with or without /mcp"),
])  # fmt: skip
def test_wrong_option_is_one_line_with_what_was_expected(place: Path, options: dict[str, str], said: str) -> None:
    with pytest.raises(pytest.UsageError) as caught:
        resolved(place, **options)

    assert str(caught.value).replace(str(place), "HERE") == said


def test_no_option_means_the_reference_release(place: Path) -> None:
    target = resolved(place)

    assert (target.name, target.source, target.workflow) == ("reference", "embedded", reference.WORKFLOW)
    assert set(target.embedded) >= {"workflow", "knowledge", "claude"}


def test_options_replace_parts_of_the_reference_release(place: Path) -> None:
    target = resolved(place, workflow="other workflow", mcp_url="http://localhost:2/mcp/", claude_project="project")

    assert target.name == "reference with own workflow, claude, knowledge"
    assert {"workflow", "knowledge", "claude"}.isdisjoint(target.embedded)
    assert target.workflow == place / "other workflow"
    assert target.knowledge is not None
    assert (target.knowledge.url, target.knowledge.load) == ("http://localhost:2", False)
    assert target.claude is not None
    assert (target.claude.project, target.claude.home) == (place / "project", Path.home())


def test_options_replace_parts_of_a_target_file_and_keep_the_rest(place: Path) -> None:
    target = resolved(
        place,
        target="target.yaml",
        workflow="other workflow",
        package="release.tar.gz",
        mcp_url="https://other.example/",
        claude_project="other project",
    )

    assert (target.name, target.embedded) == ("own", ())
    assert target.source == "target.yaml, but workflow, package, claude, knowledge from the command line"
    assert (target.workflow, target.package) == (place / "other workflow", place / "release.tar.gz")
    assert target.knowledge is not None
    assert (target.knowledge.url, target.knowledge.api_key) == ("https://other.example", "abcdef")
    assert not target.knowledge.load, "what one server may be burdened with, another one may not"
    assert target.claude is not None
    assert target.claude.project == place / "other project"
    assert (target.claude.home, target.claude.cli) == (place / "home", "off"), "only the project was named"


def test_options_add_what_a_target_file_leaves_out(place: Path) -> None:
    (place / "small.yaml").write_text("name: small", encoding="utf-8")

    target = resolved(place, target="small.yaml", mcp_url="http://localhost:3", claude_project="project")

    assert target.workflow is None
    assert target.knowledge is not None
    assert target.knowledge.url == "http://localhost:3"
    assert target.claude is not None
    assert (target.claude.project, target.claude.home) == (place / "project", Path.home())


@pytest.mark.parametrize(("option", "value", "name"), [
    ("target", "~/../target.yaml", "own"),
    ("workflow", "~", "reference with own workflow"),
    ("claude_project", "~/", "reference with own claude"),
])  # fmt: skip
def test_tilde_in_an_option_is_the_home_folder(
    place: Path, monkeypatch: pytest.MonkeyPatch, option: str, value: str, name: str
) -> None:
    monkeypatch.setenv("HOME", str(place / "home"))

    assert resolved(place / "project", **{option: value}).name == name


def test_password_in_an_option_is_a_secret(place: Path) -> None:
    target = resolved(place, target="target.yaml", mcp_url="http://ada:pass%2Dword@localhost/mcp")

    assert {"abcdef", "pass%2Dword", "pass-word"} <= set(target.secrets)
    assert target.knowledge is not None
    assert (target.knowledge.url, target.knowledge.label) == (
        "http://ada:pass%2Dword@localhost",
        "http://localhost",
    )


BAD_RUNS = [
    (["--target={here}/nowhere.yaml"], "no such file or directory; expected a target file (YAML)"),
    (["--target={here}/unknown.yaml"], "unknown.yaml: workflows: unknown key; did you mean workflow?"),
    (
        ["--target={here}/broken.yaml", "-n2"],
        "broken.yaml:2: while parsing a block node, did not find expected node content",
    ),
    (["--target={here}/item.yaml"], "item.yaml: overrides: the checklist has no item '2.1.99'"),
    (["--target={here}/limit.yaml"], "limit.yaml: overrides: item 2.1.2 has no limit 'speed'; it has 'response time'"),
    (["--target={here}/fact.yaml"], "fact.yaml: overrides[0].value: found a number, expected a list"),
    (["--target={here}/target.yaml", "--workflow={here}/release.tar.gz"], "--workflow: "),
    (["--workflow="], "--workflow: found an empty text, expected a folder"),
    (["--mcp-url=nonsense"], NO_URL),
    (["--fail-on=x"], "argument --fail-on: invalid choice: 'x'"),
]
BAD_FILES = {
    "unknown": "name: t\nworkflows: w",
    "broken": "name: t\nworkflow: ]",
    "item": "name: t\noverrides: [{item: 2.1.99, limit: time limit, value: 1, reason: it is far away}]",
    "limit": "name: t\noverrides: [{item: 2.1.2, limit: speed, value: 1, reason: it is far away}]",
    "fact": "name: t\noverrides: [{fact: agents, value: 12, reason: it is another release}]",
}


@pytest.mark.parametrize(("options", "said"), BAD_RUNS, ids=[" ".join(options) for options, _ in BAD_RUNS])
def test_mistake_ends_a_run_with_status_4_before_anything_is_run_or_written(
    place: Path, options: list[str], said: str
) -> None:
    for name, text in BAD_FILES.items():
        (place / f"{name}.yaml").write_text(text, encoding="utf-8")
    reports = place / "reports"

    run = world.run_gate("smoke", *(option.format(here=place) for option in options), reports=reports)

    assert run.status == 4, run.output
    lines = [line for line in run.output.splitlines() if line.strip()]
    assert [line for line in lines if said in line], run.output
    if "--fail-on=x" not in options:  # that one is argparse's own, with its usage above it
        assert len(lines) == 1, run.output
    assert "Traceback" not in run.output
    assert not reports.exists()


def test_header_says_what_is_verified_before_it_is(healthy: World, tmp_path: Path) -> None:
    healthy.target["name"] = "staging   of\n the team"
    healthy.override("2.1.2", "response time", 4000)
    other = tmp_path / "other"
    other.symlink_to(healthy.workflow)

    run = world.run_gate(
        "smoke", f"--target={healthy.write_target()}", f"--workflow={other}", "-n1", reports=tmp_path / "reports"
    )

    assert run.status == 0, run.output
    header = run.output.partition("gates: smoke")[0].splitlines()
    wanted = [
        "target: staging of the team (target.yaml, but workflow from the command line)",
        f"  workflow: {healthy.workflow.resolve()}",
        "  package: not provided",
        f"  knowledge: {healthy.target['knowledge']['url']}",
        f"  claude: {healthy.claude.resolve()}",
        "  override: 2.1.2 response time = 4000 (a test needs this limit to be smaller)",
        "release: ai-engineering-workflow 2.0.0, 55 files (previous 1.0.0)",
    ]
    assert [line for line in wanted if line not in header] == [], run.output
    assert run.verdict is not None
    assert run.verdict["target"]["source"] == "target.yaml, but workflow from the command line"


def typed(*arguments: str, cwd: Path = SUITE, program: str = "pytest") -> subprocess.CompletedProcess[str]:
    """What a user types in a shell, with a program of the environment that runs this."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    return subprocess.run(
        [str(Path(sys.executable).with_name(program)), "-p", "no:cacheprovider", *arguments],
        cwd=cwd,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=LONGEST_RUN,
        check=False,
    )


@pytest.mark.parametrize("way", [
    ["--workflow", "{world}/workflow"],
    ["--workflow={world}/workflow"],
    ["--target", "{world}/target.yaml"],
    ["--target", "{world}/target.yaml", "--workflow", "{world}/workflow", "--claude-project", "{world}/claude"],
], ids=" ".join)  # fmt: skip
def test_options_may_be_typed_with_a_space_or_an_equals_sign(healthy: World, tmp_path: Path, way: list[str]) -> None:
    healthy.write_target()
    # Settings and tests of the team's own, beside its workflow, are not this suite's.
    (healthy.root / "pytest.ini").write_text("[pytest]\naddopts = -q\n", encoding="utf-8")
    (healthy.workflow / "conftest.py").write_text("raise SystemExit('not to be imported')\n", encoding="utf-8")
    options = [part.format(world=healthy.root) for part in way]

    run = typed("-m", "smoke", *options, "--report-dir", str(tmp_path / "reports"))

    assert run.returncode == 0, run.stdout + run.stderr
    assert f"rootdir: {SUITE}" in run.stdout
    assert f"workflow: {healthy.workflow.resolve()}" in run.stdout
    assert "smoke: PASS" in run.stdout
    assert (tmp_path / "reports" / "smoke" / "verdict.json").is_file()


def test_paths_on_the_command_line_start_at_the_working_folder(healthy: World, tmp_path: Path) -> None:
    healthy.write_target()
    (tmp_path / "ci").mkdir()

    run = world.run_gate("smoke", "--target=../world/target.yaml", reports=tmp_path / "reports", cwd=tmp_path / "ci")

    assert run.status == 0, run.output
    assert f"  workflow: {healthy.workflow.resolve()}" in run.output


def test_secrets_are_in_no_output_and_no_report(healthy: World, tmp_path: Path) -> None:
    secrets = {"KEY": 'kp_"<9d&f/71>', "FOLDER": "vault-7731", "PHONE": "+15550177", "TEAM": "Team Ω-secret"}
    password = "pa%24sw0rd"
    root = healthy.root / secrets["FOLDER"]
    healthy.workflow.rename(root)
    (root / "config.yaml").unlink()
    healthy.target["name"] = "of ${TEAM}"
    healthy.target["workflow"] = "${FOLDER}"
    healthy.target["contacts"] = [{"role": "QA Lead", "phone": "${PHONE}"}]
    address = healthy.target["knowledge"]["url"].removeprefix("http://")
    healthy.target["knowledge"] = {"url": f"http://ada:{password}@{address}/wrong/mcp", "api_key": "${KEY}"}

    run = world.run_gate(
        "smoke", f"--target={healthy.write_target()}", "-vv", "--showlocals", "-rA",
        reports=tmp_path / "reports", environment=secrets,
    )  # fmt: skip

    assert run.outcomes["2.1.2"] == run.outcomes["2.1.4"] == "failed", run.output
    everything = {"terminal": run.output}
    for path in (tmp_path / "reports").rglob("*"):
        if path.is_file():
            everything[path.name] = path.read_text(encoding="utf-8")
    assert {"verdict.json", "report.html", "junit.xml", "signoff.html", "summary.md"} <= set(everything)
    forbidden = {*secrets.values(), password, "pa$sw0rd", *(quote(secret, safe="") for secret in secrets.values())}
    leaks = [(where, secret) for where, text in everything.items() for secret in sorted(forbidden) if secret in text]
    assert leaks == []
    assert "‹secret›" in run.output
