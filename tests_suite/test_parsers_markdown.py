"""The readers of Markdown, of a server's answer and of config.yaml: exact results, and no text that stops them."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from fixtures import reference
from fixtures.knowledge.http import LARGEST, QUOTED, Answer
from fixtures.markdown import Frontmatter, frontmatter, outside_fences, unclosed_fence
from fixtures.textfile import TextFile
from fixtures.workflow import config as workflowconfig
from fixtures.workflow.mentions import mentions_of
from tests_suite.odd_texts import FUZZING, ODD_TEXTS

STEP = "steps/0-scoping/step-01-business-analyst.md"
NO_KEYS = "frontmatter holds no keys; expected `name: value` lines"
NEVER_CLOSED = "frontmatter is opened by --- and never closed"
INVALID = "frontmatter is no valid YAML: "
# Long in each of the ways that make an expression backtrack, or a parser recurse.
LONG = {
    "backticks": "`" * 100_000,
    "backticks and a letter": "`" * 100_000 + "x",
    "open fences": "```x\n" * 20_000,
    "fences of both kinds": "```x\n~~~y\n" * 10_000,
    "fences in lists": "- ```\n" * 20_000,
    "a fence that ends in backticks": "```\nx\n" + "`" * 100_000 + "x",
    "quotes": "> " * 50_000,
    "indented code": "     ```\n" + "- " * 2_000 + "\n" + "a\n" * 10_000,
    "delimiters": "---\n" * 25_000,
    "a long delimiter": "---\n---" + " \t" * 50_000 + "x",
    "paths": "agents/dev.md " * 20_000,
    "a long path": "agents/" + "d" * 200_000,
    "a path of dots": "steps/" + ".md." * 50_000,
    "paths from the root": "{workflow_path}/agents/dev.md " * 10_000,
    "links": "[x](dev.md) " * 20_000,
    "open links": "](" * 100_000,
    "a link of blanks": "](" + " " * 200_000,
    "links with open titles": "](a '" * 20_000 + '](b "' * 20_000 + "](c (" * 20_000,
    "a link upwards": "[x](" + "../" * 50_000 + "a)",
    "per cent signs": "[x](" + "%" * 100_000 + ")",
    "braces": "{{" * 100_000,
    "one line": "x " * 200_000,
    "empty lines": "\n" * 200_000,
    "frontmatter that nests": "---\n" + "- " * 100_000,
    "frontmatter that laughs": "---\na: &a [x]\n" + "".join(f"a{n}: &a{n} [*a, *a]\n" for n in range(99)) + "---\n",
}


@pytest.mark.parametrize(("text", "front"), [
    ("", Frontmatter(None, 0)),
    ("# Title\n", Frontmatter(None, 0)),
    ("\n---\nname: x\n---\n", Frontmatter(None, 0)),
    ("----\nname: x\n----\n", Frontmatter(None, 0)),
    ("---", Frontmatter(None, 0)),
    ("---\nname: x\n---\n# Title\n", Frontmatter({"name": "x"}, 3)),
    ("---\nname: x\n---", Frontmatter({"name": "x"}, 3)),
    ("---  \nname: x\n--- \t\n", Frontmatter({"name": "x"}, 3)),
    ("---\nname: x\n...\n", Frontmatter({"name": "x"}, 3)),
    ("---\n# comment\nnextStep: null  # the last\n\n---\n", Frontmatter({"nextStep": None}, 5)),
    ("---\nname: '---'\n ---\n---\n",
     Frontmatter(None, 4, (3, f"{INVALID}while parsing a block mapping, did not find expected key"))),
    ("---\n---\n", Frontmatter(None, 2, (2, NO_KEYS))),
    ("---\n- name\n---\n", Frontmatter(None, 3, (2, NO_KEYS))),
    ("---\nname: x\n", Frontmatter(None, 0, (1, NEVER_CLOSED))),
    ("---\nname: x\n----\n", Frontmatter(None, 0, (1, NEVER_CLOSED))),
    ("---\nname: x\nname: y\n---\n",
     Frontmatter(None, 4, (3, f"{INVALID}key 'name' stands twice, first in line 2; a parser keeps only one"))),
    ("---   \na: 1\nb: 2026-13-01\n---\n", Frontmatter(None, 4, (3, f"{INVALID}not a valid timestamp: month must be in "
     "1..12"))),
])  # fmt: skip
def test_frontmatter_is_what_stands_between_the_first_two_delimiters(text: str, front: Frontmatter) -> None:
    assert frontmatter(text) == front


def test_frontmatter_of_a_template_is_read_with_its_placeholders_filled() -> None:
    text = "---\ntitle: {{TITLE}}\n---\n"

    assert frontmatter(text, template=True) == Frontmatter({"title": "xTITLE"}, 3)
    assert frontmatter(text).fault is not None


@pytest.mark.parametrize(("text", "line"), [
    ("", None),
    ("a ``` b\n", None),
    ("```\na\n```\n", None),
    ("```python\na\n```", None),
    ("````\n```\n````\n", None),
    ("```\n~~~\n```\n", None),
    ("~~~ `x`\n~~~\n", None),
    ("``` `inline` ```\n", None),
    ("- ```\n  a\n  ```\n", None),
    ("1. a\n\n   ```\n   b\n   ```\n", None),
    ("> ```\n> a\n> ```\n", None),
    ("    ```\n    indented code\n", None),
    ("---\nname: x\n---\n```\na\n```\n", None),
    ("a\n```\nb\n", 2),
    ("```\na\n``` b\n", 1),
    ("````\na\n```\n", 1),
    ("```\na\n~~~\n", 1),
    ("```\na\n    ```\n", 1),
    ("```\na\n```\n\n```\n", 5),
    ("---\nname: x\n---\n\n```\na\n", 5),
    ("```", 1),
])  # fmt: skip
def test_code_fence_without_an_end_is_found_by_its_line(text: str, line: int | None) -> None:
    assert unclosed_fence(text) == line


@pytest.mark.parametrize(("text", "prose"), [
    ("a\n```\nb\n```\nc", "a\n\n\n\nc"),
    ("a\n```\nb", "a\n\n"),
    ("a `b` c", "a `b` c"),
    ("~~~\na\n~~~\n", "\n\n\n"),
])  # fmt: skip
def test_prose_is_the_text_with_empty_lines_for_fences(text: str, prose: str) -> None:
    assert outside_fences(text) == prose


def mentioned(text: str) -> list[tuple[int, str]]:
    """What a step of that text points at."""
    return [(mention.line, mention.path) for mention in mentions_of(TextFile(STEP, b"", text, ()))]


@pytest.mark.parametrize(("text", "found"), [
    ("Load `{workflow_path}/agents/dev.md`.", [(1, "agents/dev.md")]),
    ("a\n{workflow_root}/templates/x.template.yaml, then", [(2, "templates/x.template.yaml")]),
    ("see agents/dev.md and agents/config/dev-agent.xml.", [(1, "agents/config/dev-agent.xml"), (1, "agents/dev.md")]),
    ("agents/dev.md agents/dev.md\nagents/dev.md", [(1, "agents/dev.md"), (2, "agents/dev.md")]),
    ("[next](step-02a-fti-architect.md)", [(1, "steps/0-scoping/step-02a-fti-architect.md")]),
    ("[dev](../../agents/dev.md#top 'Dev')", [(1, "agents/dev.md")]),
    ("[dev](<../../agents/a b.md>) [c](../../agents/c%20d.md)", [(1, "agents/a b.md"), (1, "agents/c d.md")]),
    ("{workflow_path}/agents/[agent-name].md", []),
    ("{workflow_path}/agents/{agent}.md", []),
    ("{output_folder}/steps/report.md", []),
    ("my-agents/dev.md other/agents/dev.md", []),
    ("[a](https://example.com/agents/dev.md) [b](mailto:a@b.c) [c](/agents/x) [d](#here)", []),
    ("[up](../../../outside.md)", []),
    ("```\n[x](not-a-link.md)\n```\n", []),
    ("`[x](not-a-link.md)`", []),
    ("", []),
])  # fmt: skip
def test_step_points_at_paths_inside_of_the_workflow(text: str, found: list[tuple[int, str]]) -> None:
    assert mentioned(text) == found


def answered(status: int | None, body: bytes | str = b"", error: str = "", **headers: str) -> str:
    """An answer in words, without what was expected."""
    raw = body if isinstance(body, bytes) else body.encode("utf-8", "surrogatepass")
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    line = Answer("GET /health", status, 1.0, named, raw, error).in_words("200")
    assert line.endswith("; expected 200")
    return line.removesuffix("; expected 200")


@pytest.mark.parametrize(("said", "line"), [
    (answered(None, error="cannot be reached"), "GET /health: cannot be reached"),
    (answered(200, "{}"), "GET /health: answered 200"),
    (answered(404), "GET /health: answered 404"),
    (answered(404, "Not  \n Found", content_type="Text/Plain; charset=utf-8"),
     "GET /health: answered 404 (text/plain: Not Found)"),
    (answered(500, b"\xff\xfe"), "GET /health: answered 500 (no content type: ��)"),
    (answered(429, '{"error": {"code": "RATE_LIMITED", "message": "slow\\ndown"}}', retry_after="3600"),
     "GET /health: answered 429 RATE_LIMITED: slow down, retry after 3600 s"),
    (answered(503, '{"error": "text"}', content_type="application/json"),
     'GET /health: answered 503 (application/json: {"error": "text"})'),
    (answered(500, "\x1b[31mred\x07", content_type="text/plain"), "GET /health: answered 500 (text/plain: �[31mred�)"),
])  # fmt: skip
def test_answer_in_words_is_one_line_with_the_servers_own_words(said: str, line: str) -> None:
    assert said == line


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | ODD_TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["code", "message", "error"]), inner),
    max_leaves=5,
)
BODIES = st.binary(max_size=80) | ODD_TEXTS | JSON.map(lambda data: json.dumps({"error": data}))


@given(st.sampled_from([None, 200, 302, 401, 429, 500]), BODIES, ODD_TEXTS)
@FUZZING
def test_any_answer_has_words_in_one_short_line(status: int | None, body: bytes | str, header: str) -> None:
    said = answered(status, body, content_type=header, retry_after=header, location=header)

    assert len(said.splitlines()) == 1
    assert all(sign.isprintable() for sign in said)
    assert len(said) < 4 * QUOTED


TRAPS = {
    "lists in lists": "[" * LARGEST,
    "objects in objects": '{"error":' * 200_000,
    "a message that nests": '{"error": {"message": ' + "[" * 900 + "]" * 900 + "}}",
    "a long number": "9" * 10_000,
    "a long code": '{"error": {"code": ' + "9" * 4000 + "}}",
    "half characters": "\ud800" * 1000,
}


@pytest.mark.parametrize("body", TRAPS.values(), ids=TRAPS)
def test_answer_that_is_a_trap_has_words_too(body: str) -> None:
    assert answered(500, body).startswith("GET /health: answered 500")


CONFIG = (reference.WORKFLOW / "config.yaml").read_text(encoding="utf-8")


def test_line_of_each_key_of_the_reference_configuration_is_where_it_stands() -> None:
    lines = CONFIG.split("\n")
    data: dict[str, Any] = yaml.safe_load(CONFIG)
    keys = [(name,) for name in data] + [("steps", step, key) for step, entry in data["steps"].items() for key in entry]

    found = {each: workflowconfig._line_of(CONFIG, each) for each in keys}

    assert None not in found.values()
    wrong = {each: line for each, line in found.items() if not lines[(line or 0) - 1].strip().startswith(str(each[-1]))}
    assert wrong == {}
    assert len(set(found.values())) == len(found)


@pytest.mark.parametrize(("text", "keys", "line"), [
    ("a: 1\nb: 2", ["b"], 2),
    ("a: 1", ["c"], None),
    ("a:\n  b: 1\nc:\n  d: 2", ["a", "d"], 1),
    ("a:\n  c: 1\nb:\n  c: 2", ["b", "c"], 4),
    ("a: {b: 1}\nc:\n  b: 2", ["a", "b"], 1),
    ("'a':\n  \"b\": 1", ["a", "b"], 2),
    ("a:\n  1:\n    c: 1\n  2a:\n    c: 1", ["a", "2a", "c"], 5),
    ("a:\n- b: 1\n- b: 2", ["a", 1, "b"], 3),
    ("a: |\n  b: 1\nb: 2", ["b"], 3),
    ("# a: 1\na: 1", ["a"], 2),
    ("a.b: 1\naxb: 2", ["a.b"], 1),
    ("", ["a"], None),
])  # fmt: skip
def test_line_of_a_nested_key_is_its_own_or_that_of_what_holds_it(
    text: str, keys: list[object], line: int | None
) -> None:
    assert workflowconfig._line_of(text, keys) == line


@given(ODD_TEXTS)
@FUZZING
def test_no_text_stops_a_reader_of_markdown(text: str) -> None:
    lines = text.count("\n") + 1

    for template in (False, True):
        front = frontmatter(text, template)
        assert 0 <= front.lines <= lines
        assert front.fault is None or 1 <= front.fault[0] <= lines + 1
    assert 1 <= (unclosed_fence(text) or 1) <= lines
    assert outside_fences(text).count("\n") + 1 == lines
    assert all(1 <= line <= lines and path for line, path in mentioned(text))


@given(ODD_TEXTS)
@FUZZING
def test_no_configuration_stops_the_linter(text: str) -> None:
    findings = workflowconfig.lint(TextFile("config.yaml", b"", text, ()))

    assert all(found.message and (found.line or 1) >= 1 for found in findings)


@pytest.mark.parametrize("text", LONG.values(), ids=LONG)
@pytest.mark.timeout(60)
def test_no_long_text_hangs_a_reader(text: str) -> None:
    assert frontmatter(text).lines >= 0
    assert outside_fences(text).count("\n") == text.count("\n")
    assert unclosed_fence(text) is None or "```" in text
    assert len(mentioned(text)) <= 30_000
