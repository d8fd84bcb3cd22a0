"""The edges of what is read: the largest file, the longest message, the shortest secret, the deepest text."""

from __future__ import annotations

import hashlib
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from fixtures import fingerprint, targetfile, textfile, yamlfile
from fixtures.finding import Finding
from fixtures.markdown import outside_fences, unclosed_fence
from fixtures.release import filled
from fixtures.targetfile import TargetError, in_one_line
from fixtures.yamlfile import YamlError, parse


def _written(folder: Path, text: str) -> Path:
    path = folder / "target.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def _mistake(path: Path) -> str:
    with pytest.raises(TargetError) as caught:
        targetfile.read(path)
    return str(caught.value)


def test_target_file_is_read_up_to_the_largest_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = _written(tmp_path, "name: t\n")
    monkeypatch.setattr(targetfile, "LARGEST", 8)
    assert targetfile.read(path) == ({"name": "t"}, [])

    monkeypatch.setattr(targetfile, "LARGEST", 7)
    assert _mistake(path) == "target.yaml: larger than 7 bytes; expected a target file (YAML)"


@pytest.mark.parametrize(
    ("message", "secrets", "shown"),
    [
        ("a\n b\tc\x1b", [], "a b c"),
        ("x" * 600, [], "x" * 600),
        ("x" * 601, [], f"{'x' * 600}…"),
        ("key abcd and abcdefgh", ["abcd", "abcdefgh"], "key ‹secret› and ‹secret›"),
        ("a\nb", ["a\nb"], "‹secret›"),
    ],
)
def test_message_is_one_line_of_a_bearable_length_without_secrets(message: str, secrets: list[str], shown: str) -> None:
    assert in_one_line(message, secrets) == shown


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("abcd", ""),
        (
            "abc",
            "the value of KEY is shorter than 4 characters, too short to be kept out of the reports; write it into the "
            "target file if it is no secret",
        ),
        ("", "the environment variable 'KEY' is not set; expected its value there"),
        (None, "the environment variable 'KEY' is not set; expected its value there"),
        ("caf\udce9", "the value of KEY is not UTF-8; expected a text"),
    ],
)
def test_value_from_the_environment_is_a_secret_or_a_mistake(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, value: str | None, said: str
) -> None:
    monkeypatch.delenv("KEY", raising=False)
    if value is not None:
        monkeypatch.setenv("KEY", value)
    path = _written(tmp_path, "name: t\ncontacts: [{role: QA Lead}, {role: 'x ${KEY}'}]\n")

    if said:
        assert _mistake(path) == f"target.yaml: contacts[1].role: {said}"
    else:
        assert targetfile.read(path) == ({"name": "t", "contacts": [{"role": "QA Lead"}, {"role": "x abcd"}]}, ["abcd"])


def test_variable_that_is_not_closed_and_a_number_beyond_reckoning_are_mistakes(tmp_path: Path) -> None:
    assert _mistake(_written(tmp_path, "name: '${KEY'")) == (
        "target.yaml: name: an environment variable is not closed; expected ${NAME}"
    )
    server = "name: t\nknowledge: {url: 'http://localhost', timeout_seconds: "
    for number in ("1000000000000001", "-1000000000000001", "1.0e+16", "-.inf"):
        assert _mistake(_written(tmp_path, f"{server}{number}}}")) == (
            "target.yaml: knowledge.timeout_seconds: no number to reckon with; expected at most 1e+15"
        )
    for number in ("1000000000000000", "-1000000000000000"):
        assert "is out of range" in _mistake(_written(tmp_path, f"{server}{number}}}"))


def test_second_override_of_the_same_names_the_first(tmp_path: Path) -> None:
    limit = "{item: '2.1.2', limit: response time, value: 1, reason: it is far away}"
    other = "{item: '2.1.2', limit: time limit, value: 1, reason: it is far away}"
    fact = "{fact: steps, value: 12, reason: it has one more}"

    assert _mistake(_written(tmp_path, f"name: t\noverrides: [{other}, {limit}, {fact}, {limit}]")) == (
        "target.yaml: overrides[3]: replaces the same as overrides[1]; expected one of them"
    )
    assert _mistake(_written(tmp_path, f"name: t\noverrides: [{fact}, {limit}, {fact}]")) == (
        "target.yaml: overrides[2]: replaces the same as overrides[0]; expected one of them"
    )


def test_text_file_is_read_up_to_the_largest_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.md").write_bytes(b"abc\n")
    monkeypatch.setattr(textfile, "LARGEST", 4)
    assert textfile.read(tmp_path, "a.md").text == "abc\n"

    monkeypatch.setattr(textfile, "LARGEST", 3)
    large = textfile.read(tmp_path, "a.md")
    assert (large.raw, large.text) == (b"", "")
    assert large.faults == (Finding("a.md", None, "4 bytes; expected a text file below 3 bytes"),)
    assert large.finding("odd", 2) == Finding("a.md", 2, "odd")
    assert large.finding("odd") == Finding("a.md", None, "odd")


def test_name_that_is_no_utf_8_is_written_out(tmp_path: Path) -> None:
    found = textfile.read(tmp_path, "caf\udce9/\udc80\udcff.md")

    assert (found.path, found.faults[0].file) == ("caf\\xe9/\\x80\\xff.md",) * 2


def test_marker_of_an_unfinished_merge_is_quoted_shortly(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_bytes(b"\xef\xbb\xbf<<<<<<< " + b"x" * 50 + b"\n\0")
    both = textfile.read(tmp_path, "a.md")
    (tmp_path / "a.md").write_bytes(b"<<<<<<< " + b"x" * 50)

    assert [each.message for each in both.faults] == [
        "starts with a byte order mark; expected plain UTF-8",
        "holds a NUL byte; expected text",
    ]
    assert [(each.line, each.message) for each in textfile.read(tmp_path, "a.md").faults] == [
        (1, f"conflict marker '<<<<<<< {'x' * 12}' of an unfinished merge")
    ]


@pytest.mark.parametrize(("depth", "fits"), [(199, True), (200, True), (201, False)])
def test_yaml_is_read_down_to_the_deepest_level(depth: int, fits: bool) -> None:
    text = "[" * depth + "]" * depth

    if fits:
        assert str(parse(text)) == text
    else:
        with pytest.raises(YamlError, match="nested more than 200 levels deep"):
            parse(text)


def test_number_and_message_are_read_up_to_their_length() -> None:
    assert parse("9" * 100) == int("9" * 100)
    with pytest.raises(YamlError, match="a number of 101 characters"):
        parse("9" * 101)
    assert YamlError(3, "x" * 301).message == "x" * 300
    assert str(YamlError(3, "x" * 300)) == f"line 3: {'x' * 300}"


def test_aliases_are_written_out_up_to_so_many_values(monkeypatch: pytest.MonkeyPatch) -> None:
    # The root, its keys a and b, the list of two and its values, and all of that once more for the alias.
    text = "a: &a [x, y]\nb: *a\n"
    monkeypatch.setattr(yamlfile, "MOST_VALUES", 9)
    assert parse(text) == {"a": ["x", "y"], "b": ["x", "y"]}

    monkeypatch.setattr(yamlfile, "MOST_VALUES", 8)
    with pytest.raises(YamlError, match="more than 8 values or 200 levels once its aliases are written out"):
        parse(text)
    monkeypatch.undo()
    monkeypatch.setattr(yamlfile, "DEEPEST", 3)
    assert parse(text) == {"a": ["x", "y"], "b": ["x", "y"]}
    with pytest.raises(YamlError, match="once its aliases are written out"):
        parse("- &a [x]\n- [*a]\n")


@pytest.mark.parametrize(
    ("text", "prose", "unclosed"),
    [
        ("a\n```\nb\n```\n```\nc\n```\nd", "a\n\n\n\n\n\n\nd", None),
        ("```\na\n~~~\n````\nb", "\n\n\n\nb", None),
        ("```a`b\nc", "```a`b\nc", None),
        ("~~~a`b\nc", "\n", 1),
        ("x ```\na\n```\nb", "x ```\na\n\n", 3),
        ("```\na\n``` b\nc", "\n\n\n", 1),
    ],
)
def test_fence_begins_and_ends_with_signs_of_one_kind(text: str, prose: str, unclosed: int | None) -> None:
    assert (outside_fences(text), unclosed_fence(text)) == (prose, unclosed)


def test_format_of_a_release_is_filled_in_with_both_versions() -> None:
    release = SimpleNamespace(version="2.0.0", previous="1.0.0")

    assert filled("v{version} after v{previous}, {version} {name}", release) == "v2.0.0 after v1.0.0, 2.0.0 {name}"


def _config(place: Path, **chosen: str | None) -> pytest.Config:
    known: Any = SimpleNamespace(stash=pytest.Stash(), invocation_params=SimpleNamespace(dir=place))
    known.getoption = chosen.get
    return cast(pytest.Config, known)


def test_marks_are_those_of_the_gates_that_are_run(tmp_path: Path) -> None:
    for name in ("kept", "repository"):
        (tmp_path / name).mkdir()
    (tmp_path / "signers").write_text("a key", encoding="utf-8")
    _written(tmp_path, "name: t\nrepository: repository\nevidence: kept\napprovals: {allowed_signers: signers}\n")
    config = _config(tmp_path, target="target.yaml")

    asked = {
        gate: set(fingerprint.pytest_gate_marks(config, ["smoke", gate])) for gate in ("mcp", "deploy", "rollback")
    }

    records = {"target file", "evidence", "list of allowed signers"}
    assert asked == {"mcp": {"target file"}, "deploy": {*records, "repository"}, "rollback": records}
    assert fingerprint.pytest_gate_marks(config, ["deploy"])["repository"] == "none"
    assert fingerprint.pytest_gate_digests(config) == {}


def test_configuration_names_each_file_that_is_there(tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    path = _written(tmp_path, "name: t\nevidence: kept\napprovals: {allowed_signers: signers}\n")
    target = {"target": {"name": "target.yaml", "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}}
    assert fingerprint.pytest_gate_configuration(_config(tmp_path, target="target.yaml")) == target

    (tmp_path / "signers").write_bytes(b"a key")
    (tmp_path / "kept" / "known-issues.json").write_bytes(b"{}")
    assert fingerprint.pytest_gate_configuration(_config(tmp_path, target="target.yaml")) == {
        **target,
        "allowed signers": {"name": "signers", "sha256": hashlib.sha256(b"a key").hexdigest()},
        "known issues": {"name": "known-issues.json", "sha256": hashlib.sha256(b"{}").hexdigest()},
    }
    assert fingerprint.pytest_gate_configuration(_config(tmp_path)) == {}
