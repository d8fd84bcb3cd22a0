"""The target file: what it may say, and every mistake in it as one line with file, key and what was expected."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from fixtures.target import PATH_OPTIONS, Target, from_file
from fixtures.targetfile import LONGEST_MESSAGE, SCHEMA, TargetError, read
from gate import checklist
from gate.checklist import Release
from tests_suite.odd_texts import FUZZING
from tests_suite.target_mistakes import ENVIRONMENT, MISTAKES, NO_URL, NO_URLS, NOT_A_TARGET


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with everything that a target file can name, and an environment for its variables."""
    for folder in ("workflow", "repository", "evidence", "project", "home"):
        (tmp_path / folder).mkdir()
    for file in ("release.tar.gz", "claude"):
        (tmp_path / file).touch()
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    return tmp_path


def written(place: Path, text: str | bytes) -> Path:
    """A target file of that content."""
    path = place / "target.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8"))
    return path


def mistake(place: Path, text: str | bytes) -> str:
    """What is said of a target file, without the folder that it lies in."""
    path = written(place, text)
    with pytest.raises(TargetError) as caught:
        from_file(path)
    return str(caught.value).replace(f"{place.resolve()}/", "").replace(f"{place}/", "")


def accepted(place: Path, text: str) -> Target:
    """The target of a file without a mistake."""
    return from_file(written(place, text))


@pytest.mark.parametrize(("text", "said"), NOT_A_TARGET)
def test_file_that_is_no_target_is_said_to_be_none(place: Path, text: str | bytes, said: str) -> None:
    assert mistake(place, text).startswith(said)


@pytest.mark.parametrize(("text", "said"), MISTAKES)
def test_mistake_is_one_line_with_file_key_and_what_was_expected(place: Path, text: str, said: str) -> None:
    assert mistake(place, text) == f"target.yaml: {said}"


@pytest.mark.parametrize("url", NO_URLS)
def test_text_that_is_no_url_is_said_to_be_none(place: Path, url: str) -> None:
    assert mistake(place, f"name: t\nknowledge: {{url: {json.dumps(url)}}}") == f"target.yaml: knowledge.url: {NO_URL}"


@pytest.mark.parametrize(("url", "root"), [
    ("http://localhost:8000", "http://localhost:8000"),
    ("http://localhost:8000/", "http://localhost:8000"),
    ("http://localhost:8000/mcp", "http://localhost:8000"),
    ("http://localhost:8000/mcp/", "http://localhost:8000"),
    ("http://localhost:8000//mcp//", "http://localhost:8000"),
    ("https://mcp", "https://mcp"),
    ("https://host.example/mcp/mcp", "https://host.example/mcp"),
    ("https://host.example/knowledge/mcp", "https://host.example/knowledge"),
    ("https://host.example/mcphub", "https://host.example/mcphub"),
    ("HTTPS://Host.Example/mcp", "HTTPS://Host.Example"),
    ("http://my_server:80", "http://my_server:80"),
    ("http://127.0.0.1:9/mcp", "http://127.0.0.1:9"),
    ("http://[::1]:9/mcp", "http://[::1]:9"),
    ("http://bücher.example", "http://bücher.example"),
    ("http://ada:secret7@localhost/mcp", "http://ada:secret7@localhost"),
])  # fmt: skip
def test_server_is_named_with_and_without_the_path_that_clients_use(place: Path, url: str, root: str) -> None:
    knowledge = accepted(place, f"name: t\nknowledge: {{url: '{url}'}}").knowledge

    assert knowledge is not None
    assert knowledge.url == root


def test_every_key_of_a_target_is_taken_over(place: Path) -> None:
    target = accepted(
        place,
        "name: t\nproduction: yes\nworkflow: workflow\npackage: release.tar.gz\nrepository: ./repository\n"
        "evidence: workflow/../evidence\nknowledge: {url: http://localhost, api_key: abcdef, timeout_seconds: 2}\n"
        "claude: {project: project, home: home, cli: claude}\ncontacts: [{role: QA Lead, name: Ben}]\n"
        "overrides: [{fact: steps, value: 12, reason: 'a step\n\n  more than before'}]",
    )

    here = place.resolve()
    assert (target.name, target.production, target.source, target.embedded) == ("t", True, "target.yaml", ())
    assert (target.workflow, target.package) == (here / "workflow", here / "release.tar.gz")
    assert (target.repository, target.evidence) == (here / "repository", here / "evidence")
    assert target.knowledge is not None
    assert (target.knowledge.api_key, target.knowledge.timeout_seconds) == ("abcdef", 2.0)
    assert target.claude is not None
    assert (target.claude.project, target.claude.home) == (here / "project", here / "home")
    assert target.claude.cli == str(place / "claude")
    assert target.contacts == ({"role": "QA Lead", "name": "Ben"},)
    assert target.overrides == ({"fact": "steps", "value": 12, "reason": "a step more than before"},)


def test_target_with_nothing_but_a_name_provides_nothing(place: Path) -> None:
    target = accepted(place, "\ufeffname: t\r\n")

    assert [line.partition(": ")[2] for line in target.described()] == ["not provided"] * len(target.described())
    assert target.described()


@pytest.mark.parametrize(("written_as", "meant"), [
    ("auto", "auto"), ("off", "off"), ("'off'", "off"), ("no", "off"), ("'~/claude'", "HOME/claude"),
])  # fmt: skip
def test_claude_program_means_what_it_looks_like_in_yaml(place: Path, written_as: str, meant: str) -> None:
    (place / "home" / "claude").touch()

    claude = accepted(place, f"name: t\nclaude: {{project: project, cli: {written_as}}}").claude

    assert claude is not None
    assert claude.cli == meant.replace("HOME", str(place / "home"))


@pytest.mark.parametrize("home", ["", "home: ~", "home: '~'", "home: ~/", "home: home"])
def test_home_of_the_user_is_the_default_and_may_be_written_as_a_tilde(place: Path, home: str) -> None:
    claude = accepted(place, f"name: t\nclaude:\n  project: project\n  {home}\n").claude

    assert claude is not None
    assert claude.home is not None
    assert claude.home.resolve() == (place / "home").resolve()


def test_relative_paths_start_at_the_target_file(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (place / "ci").mkdir()
    monkeypatch.chdir(place / "home")
    path = place / "ci" / "target.yaml"
    path.write_text("name: t\nworkflow: ../workflow\nevidence: ~\\\n".replace("~\\", "'~'"), encoding="utf-8")

    target = from_file(Path("..", "ci", "target.yaml"))

    assert target.workflow == (place / "workflow").resolve()
    assert target.evidence == (place / "home").resolve()


def test_environment_variables_are_filled_in_wherever_they_stand(place: Path) -> None:
    target = accepted(
        place,
        "name: to ${KEY} and ${KEY}\nworkflow: ${FOLDER}\nknowledge: {url: 'http://localhost', api_key: '${KEY}'}\n"
        "contacts: [{role: QA Lead, email: '${FOLDER}@example.com'}]\n",
    )

    assert target.name == f"to {ENVIRONMENT['KEY']} and {ENVIRONMENT['KEY']}"
    assert target.workflow == (place / "workflow").resolve()
    assert target.contacts[0]["email"] == "workflow@example.com"
    assert {ENVIRONMENT["KEY"], "workflow"} <= set(target.secrets)


@pytest.mark.parametrize(("knowledge", "secrets"), [
    ("{url: http://localhost, api_key: abc-def}", {"abc-def"}),
    ("{url: http://localhost}", set()),
    ("{url: 'http://ada:p%40ss/w@localhost'}", None),
    ("{url: 'http://ada:p%40ssw@localhost'}", {"p%40ssw", "p@ssw", "YWRhOnBAc3N3"}),
    ("{url: 'http://token-9f2@localhost'}", {"token-9f2", "dG9rZW4tOWYyOg=="}),
    ("{url: 'http://ada@localhost'}", set()),
])  # fmt: skip
def test_keys_and_passwords_are_secrets_in_each_of_their_spellings(
    place: Path, knowledge: str, secrets: set[str] | None
) -> None:
    text = f"name: t\nknowledge: {knowledge}"

    if secrets is None:
        assert mistake(place, text) == f"target.yaml: knowledge.url: {NO_URL}"
    else:
        assert set(accepted(place, text).secrets) == secrets


def test_no_secret_shows_in_the_repr_or_the_label_of_a_target(place: Path) -> None:
    target = accepted(
        place,
        "name: ${KEY}\nworkflow: ${FOLDER}\ncontacts: [{role: '${KEY}'}]\n"
        "knowledge: {url: 'http://ada:pass-word@localhost/', api_key: '${KEY}'}",
    )

    assert target.knowledge is not None
    shown = f"{target!r} {target.knowledge!r} {target.knowledge.label} {target!s}"
    assert [secret for secret in [*target.secrets, "ada"] if secret in shown] == []
    assert target.knowledge.label == "http://localhost"


def test_text_of_a_tag_is_not_quoted_because_it_may_be_a_key(place: Path) -> None:
    said = mistake(place, "name: t\nknowledge:\n  api_key: !kp_9d2f71c0ab\n")

    assert said == "target.yaml:3: could not determine a constructor for a tag; expected a target file (YAML)"


def test_facts_of_the_schema_are_those_of_a_release(place: Path) -> None:
    release = checklist.load().release
    facts = {field.name: getattr(release, field.name) for field in dataclasses.fields(release)}
    overrides = [
        {"fact": name, "value": list(value) if isinstance(value, tuple) else value, "reason": "as the plan has it"}
        for name, value in facts.items()
    ]

    data, _ = read(written(place, json.dumps({"name": "t", "overrides": overrides})))

    assert [each["fact"] for each in data["overrides"]] == json.loads(SCHEMA.read_bytes())["$defs"]["fact"]["enum"]


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.dates(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
OVERRIDE = st.fixed_dictionaries(
    {},
    optional=dict.fromkeys(("item", "limit", "value", "reason"), VALUES)
    | {"fact": st.sampled_from([field.name for field in dataclasses.fields(Release)]) | VALUES},
)
PARTS = st.dictionaries(st.sampled_from(["url", "api_key", "project", "cli", "role"]), VALUES)
TARGETS = st.fixed_dictionaries(
    {"name": st.text(max_size=8) | VALUES},
    optional=dict.fromkeys(("production", *PATH_OPTIONS), VALUES)
    | {"knowledge": PARTS, "claude": PARTS}
    | {"contacts": st.lists(VALUES, max_size=2), "overrides": st.lists(OVERRIDE | VALUES, max_size=2)},
)


@given(TARGETS)
@FUZZING
def test_any_content_is_a_target_or_one_line(
    tmp_path_factory: pytest.TempPathFactory, content: dict[str, object]
) -> None:
    path = tmp_path_factory.getbasetemp() / "target.yaml"
    path.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8", errors="replace")

    said = _said(path)

    assert said == "" or said.startswith("target.yaml:")
    assert len(said.splitlines()) <= 1
    assert len(said) <= LONGEST_MESSAGE + 1


def _said(path: Path) -> str:
    try:
        from_file(path)
    except TargetError as error:
        return str(error)
    return ""


def test_time_of_the_deployment_is_told_in_its_zone(place: Path) -> None:
    schedule = accepted(place, "name: t\ndeployment: {starts: 2026-01-06T08:00:00Z, time_zone: Europe/Paris}").schedule

    assert schedule is not None
    assert schedule.label == "2026-01-06T09:00+01:00 (Europe/Paris)"
    assert schedule.opens.isoformat() == "2026-01-05T09:00:00+01:00"
    assert schedule.ends.isoformat() == "2026-01-06T10:00:00+01:00"


def test_users_come_from_a_list_or_a_file(place: Path) -> None:
    (place / "users.txt").write_text("# everybody\nml@example.com\n\nqa@example.com # testers\n", encoding="utf-8")

    assert accepted(place, "name: t\nusers: [ml@example.com, qa@example.com]").users == (
        "ml@example.com",
        "qa@example.com",
    )
    assert accepted(place, "name: t\nusers: users.txt").users == ("ml@example.com", "qa@example.com")


def test_password_of_staging_is_a_secret(place: Path) -> None:
    target = accepted(place, "name: t\nstaging: {knowledge: {url: 'http://ada:correct-horse@localhost'}}")

    assert "correct-horse" in target.secrets
    assert target.staging is not None
    assert "correct-horse" not in target.staging.label


def test_paths_of_staging_start_at_the_file(place: Path) -> None:
    target = accepted(place, "name: t\nstaging: {workflow: live, reports: ~/reports}\nbackups: kept\nexecutions: logs")

    assert target.staging is not None
    assert target.staging.workflow == place / "live"
    assert target.staging.reports == place / "home" / "reports"
    assert (target.backups, target.executions) == (place / "kept", place / "logs")
