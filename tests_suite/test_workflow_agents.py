"""The agents of a workflow: their files, which of them belong together, and the command that validates a workflow."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from fixtures.finding import Finding
from fixtures.reference import WORKFLOW
from fixtures.workflow import agents, cli, mentions
from fixtures.workflow.agents import AgentFiles, agent_files
from gate import checklist
from tests_suite.small_workflows import graph_of, tree_of


def files_of(*paths: str, **texts: str) -> AgentFiles:
    """The agent files of a tree: empty ones by their path, and descriptions by the name of their agent."""
    named = {f"agents/{name}.md": text for name, text in texts.items()}
    return agent_files(tree_of(dict.fromkeys(paths, "") | named))


def test_files_below_agents_are_descriptions_or_configurations_or_strays() -> None:
    files = files_of("agents/dev.md", "agents/config/dev-agent.xml", "agents/config/ops-agent.xml",
                     "agents/dev-agent.xml", "agents/config/dev.md", "agents/config/dev.xml",
                     "agents/config/x/dev-agent.xml", "agents/dev.txt", "steps/x.md")  # fmt: skip

    assert {name: file.path for name, file in files.descriptions.items()} == {"dev": "agents/dev.md"}
    assert {name: file.path for name, file in files.configurations.items()} == {
        "dev": "agents/config/dev-agent.xml", "ops": "agents/config/ops-agent.xml",
    }  # fmt: skip
    assert [file.path for file in files.strays] == [
        "agents/config/dev.md", "agents/config/dev.xml", "agents/config/x/dev-agent.xml", "agents/dev-agent.xml",
        "agents/dev.txt",
    ]  # fmt: skip


def test_missing_file_of_an_agent_is_named_with_the_one_that_may_be_its_misspelling() -> None:
    files = files_of("agents/dev.md", "agents/architekt.md", "agents/config/dev-agent.xml",
                     "agents/config/ops-agent.xml", "agents/config/architect2-agent.xml")  # fmt: skip

    assert agents.missing(files, ["dev", "architect", "ops", "architect2"]) == [
        Finding("agents/architect.md", None, "is missing; is 'architekt' a misspelling of it?"),
        Finding("agents/config/architect-agent.xml", None, "is missing"),
        Finding("agents/ops.md", None, "is missing"),
        Finding("agents/architect2.md", None, "is missing; is 'architekt' a misspelling of it?"),
    ]


def test_name_is_a_misspelling_where_seven_tenths_of_it_agree() -> None:
    assert agents.missing(files_of("agents/abcdefgxxx.md", "agents/config/abcdefxxxx-agent.xml"), ["abcdefghij"]) == [
        Finding("agents/abcdefghij.md", None, "is missing; is 'abcdefgxxx' a misspelling of it?"),
        Finding("agents/config/abcdefghij-agent.xml", None, "is missing"),
    ]


def test_files_of_no_agent_of_the_release_are_named_in_the_order_of_their_paths() -> None:
    files = files_of("agents/z.md", "agents/dev.md", "agents/config/a-agent.xml", "agents/config/dev-agent.xml",
                     "agents/notes.txt")  # fmt: skip

    assert agents.unexpected(files, ["dev"]) == [
        Finding("agents/config/a-agent.xml", None, "'a' is no agent of this release"),
        Finding("agents/notes.txt", None, "is no agent file; expected agents/NAME.md or agents/config/NAME-agent.xml"),
        Finding("agents/z.md", None, "'z' is no agent of this release"),
    ]


def test_description_names_its_own_configuration() -> None:
    files = files_of(
        dev="Load config/ops-agent.xml and config/dev-agent.xml",
        ops="Load config/dev-agent.xml,\nconfig/a.b-agent.xml, config/dev-agent.xml",
        qa="Load config/qa-agent.yaml",
    )

    assert agents.unpaired(files) == [
        Finding("agents/ops.md", None, "does not name config/ops-agent.xml, its configuration; it names a.b-agent.xml, "
                                       "dev-agent.xml instead"),
        Finding("agents/qa.md", None, "does not name config/qa-agent.xml, its configuration; it names no XML file"),
    ]  # fmt: skip


@pytest.mark.parametrize(("text", "line", "identifier"), [
    ('<agent id="dev">', None, ""),
    ("<agent name='x' id='dev'/>", None, ""),
    ('<agent id="dev.agent.yaml">', None, ""),
    ('<agent id="bmad/bmm/agents/x-dev.agent.yaml">', None, ""),
    ('<agent name="id=ops" x:y.z-1 = \'>\' id = "dev">', None, ""),
    ('<agent name="dev">', None, ""),
    ('<!--\n<agent id="ops">\n--><agent id="dev"/>', None, ""),
    ('<agent id="my-dev">', 1, "my-dev"),
    ('<agent id="mydev.agent.yaml">', 1, "mydev.agent.yaml"),
    ('<agent id="">', 1, ""),
    ('<!-- a\nb -->\n<agent\n  name="x"\n  id="o\'s"><agent id="dev">', 5, "o's"),
    ('<!-- a --><x/><!-- b\n -->\n\n<agent id="ops">', 4, "ops"),
])  # fmt: skip
def test_configuration_has_the_id_of_its_agent(text: str, line: int | None, identifier: str) -> None:
    path = "agents/config/dev-agent.xml"
    wrong = [Finding(path, line, f"has the id {identifier!r}; expected that of 'dev'")]

    assert agents.unpaired(agent_files(tree_of({path: text}))) == (wrong if line else [])


@pytest.mark.parametrize(("front", "findings"), [
    ("name: x", []),
    ("referenced_by: steps/step-01-one.md", []),
    ("name: x\nreferenced_by: steps/gone.md", [(3, "steps/gone.md")]),
    ("name: x\nreferenced_by:\n- steps/gone.md\n- steps/step-01-one.md\n- 7", [(3, "steps/gone.md"), (3, "7")]),
    ("{referenced_by: steps/gone.md}", [(1, "steps/gone.md")]),
    ("referenced_by: {steps/gone.md: x}", []),
    ("referenced_by: 7", []),
    ("referenced_by: [", []),
])  # fmt: skip
def test_description_is_referenced_by_steps_that_exist(front: str, findings: list[tuple[int, str]]) -> None:
    tree = tree_of({"agents/dev.md": f"---\n{front}\n---\n", "steps/step-01-one.md": ""})

    assert agents.stale_references(tree, agent_files(tree)) == [
        Finding("agents/dev.md", line, f"referenced_by names {step}, which does not exist") for line, step in findings
    ]


def test_stale_references_of_each_agent_are_found() -> None:
    tree = tree_of({f"agents/{name}.md": f"---\nreferenced_by: {name}\n---\n" for name in ("a", "b")})

    assert [found.file for found in agents.stale_references(tree, agent_files(tree))] == ["agents/a.md", "agents/b.md"]


def test_text_of_the_workflow_and_its_steps_points_at_files_that_exist() -> None:
    graph = graph_of(
        {"step-01-one.md": "name: x\n---\nsteps/gone.md steps/step-01-one.md", "step-02-two.md": "---\n\n[x](../y.md)"},
        workflow="Load agents/dev.md.\n",
    )

    assert mentions.dangling(graph) == [
        Finding("workflow.md", 1, "points at agents/dev.md, which does not exist in the workflow"),
        Finding("steps/step-01-one.md", 4, "points at steps/gone.md, which does not exist in the workflow"),
        Finding("steps/step-02-two.md", 4, "points at ../y.md, which does not exist in the workflow"),
    ]


def test_mention_is_kept_as_it_is_written() -> None:
    (step,) = graph_of({"step-01-one.md": "x: 1\n---\n{workflow_path}/agents/../agents/dev.md#top.\n[x](b.md#y)"}).steps

    assert [(each.file, each.line, each.written, each.path) for each in mentions.mentions_of(step.file)] == [
        (step.file, 4, "{workflow_path}/agents/../agents/dev.md#top", "agents/dev.md"),
        (step.file, 5, "b.md#y", "steps/b.md"),
    ]


def test_files_that_steps_name_are_those_below_the_folder() -> None:
    tree = tree_of(
        {"steps/a.md": "agents/dev.md steps/b.md", "steps/b.md": "agents/ops.md", "workflow.md": "agents/qa.md"}
    )

    assert mentions.named_files(tree, "agents") == {"agents/dev.md", "agents/ops.md"}


@pytest.mark.parametrize(("texts", "more", "out"), [
    ({"config.yaml": "a: 1\n"}, ["--files", "1"], ["1/1 files valid"]),
    ({"config.yaml": "a: 1\n"}, ["--files", "2"], ["1/2 files valid", "{}: has 1 files; expected 2"]),
    ({"config.yaml": "", "agents/a.md": "", "README.md": "", "DEPLOYMENT/x.md": ""}, ["--files", "2"],
     ["agents/a.md: is empty; expected content", "config.yaml: is empty; expected content", "0/2 files valid"]),
    ({"config.yaml": "a: [\n", "steps/x/a.md": "a", "workflow-plan-x.md": "a", "templates/a.yaml": "a: 1\n",
      "checklists/a.md": "a\n```\n"}, ["--files", "5"],
     ["checklists/a.md:2: code fence is opened here and never closed",
      "config.yaml:2: no valid YAML: while parsing a flow node, did not find expected node content",
      "steps/x/a.md:1: frontmatter lacks name and description; expected both between --- lines", "2/5 files valid"]),
    ({}, [], ["0/55 files valid",
                 "{}: holds no file of a workflow; expected workflow.md, config.yaml, agents/ and steps/"]),
    ({}, ["--files", "3"],
     ["0/3 files valid", "{}: holds no file of a workflow; expected workflow.md, config.yaml, agents/ and steps/"]),
])  # fmt: skip
def test_validation_prints_each_finding_and_how_many_files_are_valid(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], texts: dict[str, str], more: list[str], out: list[str]
) -> None:
    for path, text in texts.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text, encoding="utf-8")

    assert cli.main(["validate", str(tmp_path), *more]) == (0 if out == ["1/1 files valid"] else 1)
    assert capsys.readouterr() == ("".join(f"{line.format(tmp_path)}\n" for line in out), "")


Break = Callable[[Path], object]
CHANGED: dict[str, tuple[Break, list[str], list[str]]] = {
    "nothing": (lambda root: None, [], ["55/55 files valid"]),
    "a missing file": (
        lambda root: next(root.glob("workflow-plan-*.md")).unlink(), [],
        ["workflow-plan-*.md: found 0 of 1 files", "54/55 files valid",
         "{}: has 54 files; expected 55 by checklist.yaml; for a release of another number: --files N"]),
    "a missing file of a release of another number": (
        lambda root: next(root.glob("workflow-plan-*.md")).unlink(), ["--files", "54"], ["54/54 files valid"]),
    "one for another": (
        lambda root: next(root.glob("workflow-plan-*.md")).rename(root / "templates/more.md"), [],
        ["templates/**/*: found 14 of 13 files ({templates})", "workflow-plan-*.md: found 0 of 1 files",
         "55/55 files valid", "{}: has 55 files, but not those of the release"]),
    "a stray file": (
        lambda root: (root / "agents/notes.txt").write_text("x", encoding="utf-8"), [],
        ["agents/notes.txt: does not belong to the release: no pattern of its composition matches",
         "56/55 files valid",
         "{}: has 56 files; expected 55 by checklist.yaml; for a release of another number: --files N"]),
}  # fmt: skip


@pytest.mark.parametrize(("change", "more", "out"), CHANGED.values(), ids=CHANGED)
def test_validation_holds_a_workflow_to_the_files_of_the_release(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], change: Break, more: list[str], out: list[str]
) -> None:
    """As 2.1.1 does: the plan wants 55/55, and a file that is not there is not valid."""
    root = tmp_path / "workflow"
    shutil.copytree(WORKFLOW, root)
    change(root)
    templates = ", ".join(path.name for path in sorted((root / "templates").rglob("*.*")))

    assert cli.main(["validate", str(root), *more]) == (0 if len(out) == 1 else 1)
    said = [line.replace("{templates}", templates).replace("{}", str(root)) for line in out]
    assert capsys.readouterr() == ("".join(f"{line}\n" for line in said), "")


def test_validation_counts_what_the_gate_counts() -> None:
    assert cli._composition() == checklist.load().release.composition


@pytest.mark.parametrize("text", [None, "release: {}\n", "release: [\n", "- 1\n"])
def test_validation_without_the_suite_s_checklist_needs_a_number(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, text: str | None
) -> None:
    facts = tmp_path / "checklist.yaml"
    if text is not None:
        facts.write_text(text, encoding="utf-8")
    monkeypatch.setattr(cli, "FACTS", facts)

    assert cli.main(["validate", str(WORKFLOW)]) == 2
    error = f"workflow: {facts}: names no files of a release; expected it in the checkout, or --files N\n"
    assert capsys.readouterr() == ("", error)
    assert cli.main(["validate", str(WORKFLOW), "--files", "55"]) == 0


@pytest.mark.parametrize(("name", "reason"), [("a-file", "is no folder"), ("gone", "does not exist")])
def test_validation_of_no_folder_is_wrong_use(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, reason: str
) -> None:
    (tmp_path / "a-file").write_text("x", encoding="utf-8")

    assert cli.main(["validate", str(tmp_path / name)]) == 2
    assert capsys.readouterr() == ("", f"workflow: {tmp_path / name}: {reason}; expected a workflow\n")


def test_validation_needs_a_command_and_a_number_of_files(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments, message in (
        ([], "the following arguments are required: COMMAND"),
        (["validate"], "the following arguments are required: DIR"),
        (["validate", "x", "--files", "many"], "argument --files: invalid int value: 'many'"),
    ):
        with pytest.raises(SystemExit, match="2"):
            cli.main(arguments)
        error = capsys.readouterr().err
        assert error.startswith("usage: python -m fixtures.workflow ")
        assert error.endswith(f"error: {message}\n")
