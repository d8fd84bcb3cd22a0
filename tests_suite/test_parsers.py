"""The readers of YAML and of files: exact results for what occurs, and an error of their own for everything else."""

from __future__ import annotations

import datetime
import os
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from fixtures import textfile
from fixtures.finding import Finding
from fixtures.textfile import LARGEST, TextFile
from fixtures.yamlfile import LONGEST_MESSAGE, YamlError, fill, parse
from tests_suite.odd_texts import FUZZING, ODD_TEXTS

BOM = "\ufeff"
# Each line holds the one before it nine times.
LAUGHS = "a0: &a0 [ha, ha, ha, ha, ha, ha, ha, ha, ha]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 12)
)
MERGED_LAUGHS = "a0: &a0 {x: ha}\n" + "".join(
    f"a{n}: &a{n} {{<<: [{', '.join([f'*a{n - 1}'] * 9)}]}}\n" for n in range(1, 12)
)
STAIRS = "- &a0 x\n" + "".join(f"- &a{n} [*a{n - 1}]\n" for n in range(1, 5000))
TOO_MUCH = "more than 100000 values or 200 levels once its aliases are written out"


@pytest.mark.parametrize(("text", "data"), [
    ("", None),
    ("# only a comment\n", None),
    ("name: x", {"name": "x"}),
    ("---\nname: x\n...\n", {"name": "x"}),
    (f"{BOM}name: x", {"name": "x"}),
    ("a: 1\r\nb: 2\r\n", {"a": 1, "b": 2}),
    ("1: a\n2a: b\n'1': c\n", {1: "a", "2a": "b", "1": "c"}),
    ("a: &a {b: 1}\nc: *a\nd: {<<: *a, e: 2}", {"a": {"b": 1}, "c": {"b": 1}, "d": {"b": 1, "e": 2}}),
    ("a: {<<: {x: 1}, x: 2}", {"a": {"x": 2}}),
    ("a: 2026-01-06", {"a": datetime.date(2026, 1, 6)}),
    ("version: '2.0.0'  # quoted", {"version": "2.0.0"}),
    ("version: 2.0.0", {"version": "2.0.0"}),
    ("skip_when: \"architecture == 'rag-only'\"", {"skip_when": "architecture == 'rag-only'"}),
    ("icon: '🔧'\nbox: │", {"icon": "🔧", "box": "│"}),
    ("a: " + "9" * 100, {"a": int("9" * 100)}),
])  # fmt: skip
def test_yaml_is_read_as_every_safe_parser_reads_it(text: str, data: Any) -> None:
    assert parse(text) == data


def test_nesting_that_nobody_uses_is_still_read() -> None:
    assert str(parse("[" * 150 + "]" * 150)).count("[") == 150


@pytest.mark.parametrize(("text", "line", "message"), [
    ("a: 1\na: 2", 2, "key 'a' stands twice, first in line 1; a parser keeps only one"),
    ("a:\n  b: 1\n  c: 1\n  b: 2", 4, "key 'b' stands twice, first in line 2; a parser keeps only one"),
    ("- {a: 1, b: [{c: 1,\n  c: 2}]}", 2, "key 'c' stands twice, first in line 1; a parser keeps only one"),
    ("a: [", 2, "while parsing a flow node, did not find expected node content"),
    ("a:\n\tb: 1", 2, "while scanning for the next token, found character that cannot start any token (the line has a "
     "tab; YAML indents with spaces)"),
    ("a: b: c", 1, "mapping values are not allowed in this context"),
    ("a: 1\nb: 'x\ny", 3, "while scanning a quoted scalar, found unexpected end of stream"),
    ("a: 1\n---\nb: 2", 2, "expected a single document in the stream, but found another document"),
    ("a: 1\nb: *c", 2, "found undefined alias"),
    ("a: 1\nb: !path x", 2, "could not determine a constructor for the tag '!path'"),
    ("a: {{NAME}}", 1, "while constructing a mapping, found unhashable key"),
    ("a: 1\nb: é\nc: \a", 3, "character U+0007 is none that YAML allows"),
    ("é: é\n\0", 2, "character U+0000 is none that YAML allows"),
    ("a: 1\n\nb: \ud800", 3, "character U+D800 is none that YAML allows"),
    ('a: "\\ud800"', 1, "while parsing a quoted scalar, found invalid Unicode character escape code"),
    # What has the form of a value and none of its sense: PyYAML has a traceback for each, or no line.
    ("a: 1\nb:\n- {c: 2026-13-06}", 3, "not a valid timestamp: month must be in 1..12"),
    ("a: 1\nb: 2026-02-30", 2, "not a valid timestamp: day is out of range for month"),
    ("a: 1\nb: !!int ''", 2, "not a valid int"),
    ("a: 1\nb: !!int x", 2, "not a valid int: invalid literal for int() with base 10: 'x'"),
    ("a: 1\nb: !!float ''", 2, "not a valid float"),
    ("a: 1\nb: !!bool x", 2, "not a valid bool"),
    ("a: 1\nb: !!timestamp x", 2, "not a valid timestamp"),
    ("a: 1\nb: 0b_", 2, "not a valid int: invalid literal for int() with base 2: ''"),
    ("a: !!binary é", 1, "failed to convert base64 data into ascii: 'ascii' codec can't encode character '\\xe9' in "
     "position 0: ordinal not in range(128)"),
    ("a: 1\n? [b]\n: c", 2, "while constructing a mapping, found unhashable key"),
    ("? !!omap [{a: []}]\n: c", 1, "while constructing a mapping, found unhashable key"),
    ("a: 1\nb: {<<: 5}", 2, "while constructing a mapping, expected a mapping or list of mappings for merging, but "
     "found scalar"),
    # Traps
    ("a: 1\nb: 0x" + "f" * 10_000, 2, "a number of 10002 characters"),
    ("a: 1\nb: " + "9" * 10_000, 2, "a number of 10000 characters"),
    ("a: 1\nb: 1" + ":10" * 100_000, 2, "a number of 300001 characters"),
    ("a: 1\nb: &b [*b]", 2, "an alias stands inside of what it is the alias of"),
    ("&a {b: {c: [*a]}}", 1, "an alias stands inside of what it is the alias of"),
    (LAUGHS, 6, TOO_MUCH),
    (MERGED_LAUGHS, 6, TOO_MUCH),
    (STAIRS, 201, TOO_MUCH),
    ("# a\n" + "[" * 10_000, 2, "nested more than 200 levels deep"),
    ("# a\n" + "[" * 1_000_000, 2, "nested more than 200 levels deep"),
    ("- " * 100_000, 1, "nested more than 200 levels deep"),
    ("{a: " * 100_000, 1, "nested more than 200 levels deep"),
    ("? " * 100_000, 1, "nested more than 200 levels deep"),
    ("\n".join(" " * depth + "a:" for depth in range(10_000)), 200, "nested more than 200 levels deep"),
])  # fmt: skip
def test_text_that_cannot_be_relied_on_is_refused_with_its_line(text: str, line: int, message: str) -> None:
    with pytest.raises(YamlError) as caught:
        parse(text)
    with pytest.raises(YamlError) as further_down:
        parse(text, first_line=11)

    assert (caught.value.line, caught.value.message) == (line, message)
    assert further_down.value.line == line + 10
    assert str(caught.value) == f"line {line}: {message}"


@pytest.mark.parametrize("text", [
    "a: " + "x" * 4_000_000, "'" + "y" * 2_000_000 + "': 1", "\n" * 2_000_000, "# " * 1_000_000, "- a\n" * 200_000,
    "[" + "a, " * 200_000 + "]", "".join(f"k{n}: v\n" for n in range(50_000)), "\r" * 1_000_000,
    "".join(f"%TAG !t{n}! x:\n" for n in range(5_000)) + "--- a", "".join(f"- &a{n} x\n" for n in range(20_000)),
], ids=lambda text: repr(text[:12]))  # fmt: skip
@pytest.mark.timeout(60)
def test_long_text_is_read_or_refused_without_a_hang(text: str) -> None:
    error = _refusal(text)

    assert error is None or error.line >= 1


@pytest.mark.parametrize(("text", "filled"), [
    ("chunk_size: {{CHUNK_SIZE}}", "chunk_size: xCHUNK_SIZE"),
    ("a: {{ with spaces }}", "a: xwith_spaces"),
    ("{{A}}: {{A}}-{{b.c}}", "xA: xA-xb_c"),
    ("a: {{}}", "a: x"),
    ("a: {single}", "a: {single}"),
    ("a: {{OPEN", "a: {{OPEN"),
    ("a: {{TWO\nLINES}}", "a: {{TWO\nLINES}}"),
    ("a: {{{TRIPLE}}}", "a: {xTRIPLE}"),
    ("a: {{Ключ}}", "a: xКлюч"),
])  # fmt: skip
def test_placeholders_are_filled_with_a_scalar_of_their_own(text: str, filled: str) -> None:
    assert fill(text) == filled


def _refusal(text: str) -> YamlError | None:
    """The error of a text, if it has one; data has to be such that it can be shown."""
    try:
        repr(parse(text))
    except YamlError as error:
        return error
    return None


@given(ODD_TEXTS)
@FUZZING
def test_any_text_is_data_or_an_error_in_one_line(text: str) -> None:
    for error in (_refusal(text), _refusal(fill(text))):
        assert error is None or 1 <= error.line <= len(text) + 1
        assert error is None or error.message == " ".join(error.message.split())
        assert error is None or 0 < len(error.message) <= LONGEST_MESSAGE


# Without what YAML takes for the end of a line: PyYAML does not write that so that it comes back.
WORDS = st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=9)
DATA = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**20), 10**20) | WORDS | st.dates(),
    lambda inner: st.lists(inner) | st.dictionaries(WORDS | st.integers(0, 99), inner),
    max_leaves=20,
)


@given(DATA)
@FUZZING
def test_whatever_is_written_as_yaml_is_read_back(data: object) -> None:
    text = yaml.safe_dump(data, allow_unicode=True)

    assert parse(text) == data


def read(folder: Path, raw: bytes) -> TextFile:
    """A file of that content, read."""
    (folder / "a.md").write_bytes(raw)
    return textfile.read(folder, "a.md")


@pytest.mark.parametrize(("raw", "text", "faults"), [
    (b"a\n", "a\n", ()),
    (b"a", "a", ()),
    (b"a\r\nb\r\n", "a\nb\n", ()),
    ("é │ 🔧\n".encode(), "é │ 🔧\n", ()),
    (b"", "", ((None, "is empty; expected content"),)),
    (b" \n\t\n", " \n\t\n", ((None, "is empty; expected content"),)),
    (b"\xef\xbb\xbfa\n", "a\n", ((1, "starts with a byte order mark; expected plain UTF-8"),)),
    (b"a\nb\0c\n", "", ((2, "holds a NUL byte; expected text"),)),
    (b"a\nb\ncaf\xe9\n", "", ((3, "byte 0xe9 is not UTF-8; expected UTF-8"),)),
    (b"\xff\xfea\0", "", ((1, "is UTF-16; expected UTF-8"),)),
    (b"\xfe\xff\0a", "", ((1, "is UTF-16; expected UTF-8"),)),
    (b"a\xed\xa0\x80", "", ((1, "byte 0xed is not UTF-8; expected UTF-8"),)),
    (b"a\n<<<<<<< HEAD\nb\n=======\nc\n>>>>>>> x\n", "a\n<<<<<<< HEAD\nb\n=======\nc\n>>>>>>> x\n",
     ((2, "conflict marker '<<<<<<< HEAD' of an unfinished merge"),
      (6, "conflict marker '>>>>>>> x' of an unfinished merge"))),
    (b"a\r\n<<<<<<<\r\n", "a\n<<<<<<<\n", ((2, "conflict marker '<<<<<<<' of an unfinished merge"),)),
    (b"<<<<<<<< eight\nx <<<<<<< y\n=======\n", "<<<<<<<< eight\nx <<<<<<< y\n=======\n", ()),
])  # fmt: skip
def test_file_is_text_and_what_is_wrong_with_its_bytes(
    tmp_path: Path, raw: bytes, text: str, faults: tuple[tuple[int | None, str], ...]
) -> None:
    file = read(tmp_path, raw)

    assert file == TextFile("a.md", raw, text, tuple(Finding("a.md", line, message) for line, message in faults))


def test_what_is_no_file_is_a_fault_and_no_exception(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "dangling").symlink_to("nowhere")
    (tmp_path / "loop").symlink_to("loop")
    os.mkfifo(tmp_path / "pipe")
    with (tmp_path / "large").open("wb") as large:
        large.truncate(LARGEST + 1)
        names = ["folder", "nowhere", "dangling", "loop", "pipe", "large", "x" * 300, "a\0b", "large/inside"]
        said = {name[:12]: [fault.message for fault in textfile.read(tmp_path, name).faults] for name in names}

    assert said == {
        "folder": ["not a regular file; expected a text file"],
        "nowhere": ["cannot be read: no such file or directory"],
        "dangling": ["cannot be read: no such file or directory"],
        "loop": ["cannot be read: too many levels of symbolic links"],
        "pipe": ["not a regular file; expected a text file"],
        "large": [f"{LARGEST + 1} bytes; expected a text file below {LARGEST} bytes"],
        "x" * 12: ["cannot be read: file name too long"],
        "a\0b": ["is no name that a file can have"],
        "large/inside": ["cannot be read: not a directory"],
    }


@given(st.binary(max_size=60) | ODD_TEXTS.map(lambda text: text.encode("utf-8", "surrogatepass")))
@FUZZING
def test_any_bytes_are_text_or_have_a_fault_with_a_line_inside_of_them(
    tmp_path_factory: pytest.TempPathFactory, raw: bytes
) -> None:
    file = read(tmp_path_factory.getbasetemp(), raw)

    assert file.text or file.faults
    assert all(fault.line is None or 1 <= fault.line <= raw.count(b"\n") + 1 for fault in file.faults)


@given(st.text(alphabet="a\n"), st.integers(0, 50))
@FUZZING
def test_line_of_a_position_counts_the_ends_of_lines_before_it(text: str, position: int) -> None:
    assert TextFile("a.md", b"", text, ()).line_at(position) == text.count("\n", 0, position) + 1


@pytest.mark.timeout(60)
def test_many_conflict_markers_are_found_without_a_hang(tmp_path: Path) -> None:
    file = read(tmp_path, b">>>>>>>\n" * 200_000)

    assert [fault.line for fault in file.faults] == list(range(1, 200_001))
