"""The workflow tree: which files it has, whether they are those of the release, and what makes each one invalid."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from fixtures.finding import Finding
from fixtures.textfile import TextFile
from fixtures.workflow import tree as trees
from fixtures.workflow.tree import DEEPEST, WorkflowTree, composition_findings, open_tree, syntax_findings
from tests_suite.small_workflows import NOWHERE, tree_of

AGENT = ('<agent id="a" name="b" title="c" icon="d"><persona>x</persona><expertise><deep> x </deep></expertise>'
         '<activation><step n="1"/></activation><outputs>x</outputs><handoff>x</handoff></agent>')  # fmt: skip


def write(root: Path, *paths: str) -> None:
    """Files that hold their own path."""
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(path, encoding="utf-8")


@pytest.mark.parametrize(("pattern", "paths"), [
    ("*.md", ["a.md", "b+c.md", "bbc.md"]),
    ("b+c.md", ["b+c.md"]),
    ("a.md", ["a.md"]),
    ("x/*.md", ["x/.md", "x/a.md"]),
    ("x/**/*.md", ["x/.md", "x/a.md", "x/y/a.md", "x/y/z/a.md"]),
    ("x/**/a.md", ["x/a.md", "x/y/a.md", "x/y/z/a.md"]),
    ("x/*/a.md", ["x/y/a.md"]),
    ("X/*.md", []),
    ("**/*.txt", ["a.txt", "x/a.txt"]),
])  # fmt: skip
def test_pattern_matches_whole_paths(pattern: str, paths: list[str]) -> None:
    there = ["a.md", "a.md5", "aamd", "a.txt", "b+c.md", "bbc.md", "x/.md", "x/a.md", "x/a.txt", "x/y/a.md",
             "x/y/z/a.md", "xx/a.md"]  # fmt: skip

    assert [file.path for file in tree_of(dict.fromkeys(there, "")).matching(pattern)] == paths


def test_files_below_a_folder_are_those_at_any_depth() -> None:
    tree = tree_of(dict.fromkeys(["x", "x.md", "x/a", "x/y/b", "xy/c", "y/x/d"], ""))

    assert [file.path for file in tree.below("x")] == ["x/a", "x/y/b"]


def test_path_exists_as_a_file_or_folder_of_the_workflow_in_exactly_its_spelling(tmp_path: Path) -> None:
    write(tmp_path, "docs/guide.md", "agents/stray.md", "agents2/a.md")
    tree = WorkflowTree(tmp_path / "w", tree_of({"agents/a.md": "", "steps/x/b.md": "", "config.yaml": ""}).files)
    write(tmp_path / "w", "docs/guide.md", "agents/stray.md", "agents2/a.md")

    there = ["agents", "agents/", "agents/a.md", "./agents/../agents/a.md", "steps/x", "steps/x/", "config.yaml", ".",
             "", "docs", "docs/guide.md", "agents2", "agents2/a.md"]  # fmt: skip
    missing = ["agents/A.md", "agents/stray.md", "steps/b.md", "templates", "checklists", "steps/x/b",
               "..", "../docs/guide.md", "../w", "docs/gone.md", "x" * 5000, str(tmp_path / "docs")]  # fmt: skip

    assert {path: tree.exists(path) for path in [*there, *missing]} == {
        **dict.fromkeys(there, True),
        **dict.fromkeys(missing, False),
    }


@pytest.mark.parametrize(("texts", "config"), [
    ({"config.yaml": "a: [1]\n"}, {"a": [1]}),
    ({"config.yaml": "a: [\n"}, None),
    ({}, None),
])  # fmt: skip
def test_configuration_of_a_tree_is_its_data_or_nothing(texts: dict[str, str], config: object) -> None:
    assert tree_of(texts).config == config


def test_frontmatters_are_those_of_markdown_files_with_placeholders_filled_in_templates_only() -> None:
    text = "---\na: {{B}}\n---\n"

    fronts = tree_of({"x.template.md": text, "x.md": text, "y.md": "---\na: b\n---\n", "z.yaml": text}).frontmatters

    assert {path: front.data for path, front in fronts.items()} == {
        "x.template.md": {"a": "xB"}, "x.md": None, "y.md": {"a": "b"},
    }  # fmt: skip


def test_tree_holds_what_its_patterns_reach_and_nothing_hidden(tmp_path: Path) -> None:
    write(tmp_path, "workflow.md", "README.md", ".workflow.md", "plan-1.md", "agents/b.md", "agents/.hidden/a.md",
          "agents/config/c.xml", "agents/.d.md", "agents/stray.txt", "docs/guide.md", "steps.md")  # fmt: skip

    tree = open_tree(tmp_path, ["plan-*.md", "steps/*.md", "agents/**/*.md", "workflow.md", "agents/*.xml"])

    assert tree.root == tmp_path
    assert [(path, file.text) for path, file in tree.files.items()] == [
        (path, path) for path in ("agents/b.md", "agents/config/c.xml", "agents/stray.txt", "plan-1.md", "workflow.md")
    ]
    assert open_tree(tmp_path / "nowhere", ["*.md", "agents/*.md"]).files == {}


def test_what_cannot_be_gone_into_is_a_file_that_says_so(tmp_path: Path) -> None:
    deep = "/".join(["d"] * DEEPEST)
    write(tmp_path, f"agents/{deep}/at-the-limit.md", f"agents/{deep}/d/too-deep.md", "elsewhere/a.md")
    (tmp_path / "agents" / "dangling").symlink_to("nowhere")
    (tmp_path / "agents" / "itself").symlink_to(".")
    (tmp_path / "agents" / "d" / "above").symlink_to("..")
    (tmp_path / "agents" / "linked").symlink_to("../elsewhere")

    tree = open_tree(tmp_path, ["agents/**/*.md"])

    assert {path: [fault.message for fault in file.faults] for path, file in tree.files.items()} == {
        "agents/d/above": ["not a regular file; expected a text file"],
        "agents/dangling": ["cannot be read: no such file or directory"],
        "agents/itself": ["not a regular file; expected a text file"],
        "agents/linked/a.md": [],
        f"agents/{deep}/at-the-limit.md": [],
        f"agents/{deep}/d": ["not a regular file; expected a text file"],
    }


def test_composition_is_counted_by_pattern_and_what_no_pattern_matches_is_named() -> None:
    many = {f"steps/{number:02}.md": "" for number in range(21)}
    tree = tree_of({"agents/a.md": "", "agents/b.md": "", "agents/c.xml": "", "z.md": "", **many})

    assert composition_findings(tree, {"agents/*.md": 2, "agents/*.xml": 1, "z.md": 1, "steps/*.md": 21}) == []
    assert composition_findings(tree, {"agents/*.md": 3, "steps/*.md": 20, "gone/*": 1, "none/*": 0}) == [
        Finding(None, None, "agents/*.md: found 2 of 3 files (a.md, b.md)"),
        Finding(None, None, f"steps/*.md: found 21 of 20 files ({', '.join(f'{n:02}.md' for n in range(20))}, …)"),
        Finding(None, None, "gone/*: found 0 of 1 files"),
        Finding("agents/c.xml", None, "does not belong to the release: no pattern of its composition matches"),
        Finding("z.md", None, "does not belong to the release: no pattern of its composition matches"),
    ]
    twenty = tree_of(dict(list(many.items())[:20]))
    assert [found.message for found in composition_findings(twenty, {"steps/*.md": 1})] == [
        f"steps/*.md: found 20 of 1 files ({', '.join(f'{n:02}.md' for n in range(20))})"
    ]


LACKS_BOTH = (1, "frontmatter lacks name and description; expected both between --- lines")
NO_KEYS = (1, "holds no keys; expected `name: value` lines")


@pytest.mark.parametrize(("path", "text", "findings"), [
    ("templates/x.md", "plain text", []),
    ("workflow.md", "plain text", [LACKS_BOTH]),
    ("agents/x.md", "plain text", [LACKS_BOTH]),
    ("steps/a/x.md", "---\nname: x\ndescription: ' '\n---\n",
     [(1, "frontmatter lacks description; expected both between --- lines")]),
    ("steps/x.md", "---\nname: 0\ndescription: x\n---\n",
     [(1, "frontmatter lacks name; expected both between --- lines")]),
    ("workflow.md", "---\nname: x\ndescription: 1\n---\n```\nopen\n",
     [(5, "code fence is opened here and never closed")]),
    ("agents/x.md", "---\nname: x\n\n```\n",
     [(1, "frontmatter is opened by --- and never closed"), (4, "code fence is opened here and never closed")]),
    ("old/workflow.md", "text", []),
    ("agents/x.txt", "{{ ```\n---\n", []),
    ("x.yaml", "a: {{B}}\n", [(1, "no valid YAML: while constructing a mapping, found unhashable key")]),
    ("x.template.yaml", "a: {{B}}\nb: {{C\n",
     [(2, "placeholder is opened by {{ and not closed in this line"),
      (3, "no valid YAML: while parsing a flow mapping, did not find expected ',' or '}'")]),
    ("x.template.md", "{{A}} {{ b }} }}\n{{A}} {{B\n{A}}\n",
     [(2, "placeholder is opened by {{ and not closed in this line")]),
    ("x.yml", "- a\n", [NO_KEYS]),
    ("x.yaml", "", [NO_KEYS]),
    ("x.yaml", "a: 1\n", []),
])  # fmt: skip
def test_text_is_held_to_what_its_kind_of_file_has(path: str, text: str, findings: list[tuple[int, str]]) -> None:
    assert syntax_findings(tree_of({path: text})) == {path: [Finding(path, line, words) for line, words in findings]}


def test_file_that_could_not_be_read_is_not_looked_at_further() -> None:
    fault = Finding("agents/x.md", None, "cannot be read")
    tree = WorkflowTree(NOWHERE, {"agents/x.md": TextFile("agents/x.md", b"", "", (fault,))})

    assert syntax_findings(tree) == {"agents/x.md": [fault]}


@pytest.mark.parametrize(("text", "findings"), [
    (AGENT, []),
    (f"<?xml version='1.0'?>\n<!-- <agent> -->\n{AGENT}\n", []),
    ("<agent>\n<persona>\n</agent>", [(3, "no well-formed XML: mismatched tag: line 3, column 2")]),
    ("", [(1, "no well-formed XML: no element found: line 1, column 0")]),
    (f"<!DOCTYPE agent>\n{AGENT}", [(1, "has a DTD or entities (DTDForbidden); agent files need neither")]),
    (f"<?xml version='1.0' encoding='none'?>{AGENT}", [(1, "no readable XML: unknown encoding: none")]),
    ("<?xml version='1.0'?>\n<!--\n<agent>\n--><!-- -->\n\n<menu/>", [(6, "root element is <menu>; expected <agent>")]),
    ("\n<agent xmlns='urn:x'/>", [(2, "root element is <{urn:x}agent>; expected <agent>")]),
    ("<!-- x -->\n" + AGENT.replace(' id="a"', "").replace('title="c"', 'title=" "'), [(2, "<agent> lacks id, title")]),
    ("<!-- x -->\n" + AGENT.replace("<persona>x</persona>", "<persona a='x'> <b/></persona>")
     .replace("<outputs>x</outputs>", "").replace("<handoff>x", "<Handoff>x").replace("</handoff>", "</Handoff>"),
     [(2, "<agent> lacks the section persona, outputs, handoff, or it is empty")]),
    ("<agent>text</agent>",
     [(1, "<agent> lacks id, name, title, icon"),
      (1, "<agent> lacks the section persona, expertise, activation, outputs, handoff, or it is empty")]),
])  # fmt: skip
def test_agent_has_its_attributes_and_sections(text: str, findings: list[tuple[int, str]]) -> None:
    path = "agents/config/x-agent.xml"

    assert syntax_findings(tree_of({path: text})) == {path: [Finding(path, line, words) for line, words in findings]}


def test_digest_is_of_the_paths_and_the_bytes_of_every_file_that_is_not_hidden(tmp_path: Path) -> None:
    write(tmp_path, "b.md", "a/c.md", ".git/x", "a/.hidden")
    (tmp_path / "z").symlink_to("nowhere")

    lines = [f"{path}\0{hashlib.sha256(path.encode()).hexdigest()}\0" for path in ("a/c.md", "b.md")]
    expected = hashlib.sha256("".join([*lines, "z\0unreadable\0"]).encode()).hexdigest()

    assert sorted(trees.paths(tmp_path)) == ["a/c.md", "b.md", "z"]
    assert trees.digest(tmp_path) == expected


def test_digest_of_contents_is_that_of_their_order_by_path_whatever_the_name() -> None:
    total = hashlib.sha256(b"a\0x\0b\xff\0y\0").hexdigest()

    assert trees.digest_of_contents({"b\udcff": "y", "a": "x"}) == total
    assert trees.digest_of_contents({}) == hashlib.sha256().hexdigest()
