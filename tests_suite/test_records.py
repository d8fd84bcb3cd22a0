"""Records of the evidence folder: read strictly, with words and lines that help, never with another exception."""

from __future__ import annotations

import json
import re
from pathlib import Path

import jsonschema
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fixtures.evidence import record as records
from fixtures.evidence.record import EvidenceFolder, Record, RecordError
from fixtures.schema import Mistake
from tests_suite.odd_texts import FUZZING

HERE = Path(records.__file__).parent
SCHEMAS = sorted(path.name.removesuffix(".schema.json") for path in HERE.glob("*.schema.json"))
KEYWORDS = {  # those that fixtures/schema.py puts into words
    "additionalProperties",
    "anyOf",
    "const",
    "enum",
    "exclusiveMaximum",
    "exclusiveMinimum",
    "format",
    "maximum",
    "maxItems",
    "minItems",
    "minLength",
    "minProperties",
    "minimum",
    "not",
    "oneOf",
    "pattern",
    "required",
    "type",
    "uniqueItems",
}
QUIET = {"$schema", "$defs", "$ref", "allOf", "description", "else", "if", "items", "properties", "then", "title"}
APPROVAL = {
    "role": "Tech Lead",
    "name": "Ada Example",
    "date": "2026-01-05T10:00:00+01:00",
    "decision": "approved",
    "sha256": "0" * 64,
}


def _written(folder: Path, text: str, ending: str = "yaml") -> Path:
    (folder / f"approvals.{ending}").write_text(text, encoding="utf-8")
    return folder


def _refusal(folder: Path) -> str:
    with pytest.raises(RecordError) as caught:
        assert records.read(folder, "approvals").data
    return str(caught.value)


def test_every_schema_has_a_template_and_is_one() -> None:
    assert SCHEMAS
    for name in SCHEMAS:
        schema = json.loads((HERE / f"{name}.schema.json").read_text(encoding="utf-8"))
        jsonschema.Draft202012Validator.check_schema(schema)
        assert (HERE / "templates" / f"{name}.yaml").is_file(), f"{name} has a schema and no template to copy"


@pytest.mark.parametrize("name", SCHEMAS)
def test_template_lacks_nothing_but_what_has_to_be_filled_in(name: str, tmp_path: Path) -> None:
    text = (HERE / "templates" / f"{name}.yaml").read_text(encoding="utf-8")
    (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")

    found = records.read(tmp_path, name)

    assert found.mistakes, "a template that is a sound record would pass as one"
    others = [str(each) for each in found.mistakes if "is not filled in" not in each.message]
    assert not others, "\n".join(others)


@pytest.mark.parametrize("name", SCHEMAS)
def test_schema_speaks_only_in_words_that_people_get(name: str) -> None:
    """A keyword that fixtures/schema.py does not know would end in a message that nobody understands."""

    def keywords(schema: object) -> set[str]:
        found: set[str] = set()
        if isinstance(schema, dict):
            for key, value in schema.items():
                found.add(key)
                if key in ("properties", "$defs"):
                    found |= {inner for each in value.values() for inner in keywords(each)}
                elif key not in ("const", "enum", "description"):
                    found |= keywords(value)
        elif isinstance(schema, list):
            found |= {inner for each in schema for inner in keywords(each)}
        return found

    schema = json.loads((HERE / f"{name}.schema.json").read_text(encoding="utf-8"))

    assert keywords(schema) <= KEYWORDS | QUIET


def test_yaml_and_json_say_the_same(tmp_path: Path) -> None:
    data = {"schema": 1, "approvals": [APPROVAL]}
    for folder, ending, text in (("a", "yaml", yaml.safe_dump(data)), ("b", "json", json.dumps(data))):
        (tmp_path / folder).mkdir()
        _written(tmp_path / folder, text, ending)

    first, second = (records.read(tmp_path / folder, "approvals") for folder in ("a", "b"))

    assert first.data == second.data == data


@pytest.mark.parametrize("name", ["approvals.yaml", "approvals.json"])
def test_digest_in_capitals_is_the_same_digest(name: str, tmp_path: Path) -> None:
    digest, longer = "AB" * 32, "AB" * 33
    (tmp_path / name).write_text(f'{{"a": ["{digest}", "{longer}", "ABCD"], "b": {{"sha256": "{digest}"}}}}', "utf-8")

    content = records.read(tmp_path, "approvals").content

    assert content == {"a": ["ab" * 32, longer, "ABCD"], "b": {"sha256": "ab" * 32}}


def test_moment_without_quotes_is_a_moment(tmp_path: Path) -> None:
    text = yaml.safe_dump({"schema": 1, "approvals": [APPROVAL]}).replace(
        "'2026-01-05T10:00:00+01:00'", "2026-01-05T10:00:00+01:00"
    )
    assert "'2026" not in text

    data = records.read(_written(tmp_path, text), "approvals").data

    assert records.moment(data["approvals"][0]["date"]) == records.moment(APPROVAL["date"])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("schema: 1\napprovals:\n  - role: [\n", "approvals.yaml:4: no valid YAML"),
        ("schema: 1\nschema: 1\n", "approvals.yaml:2: no valid YAML"),
        ("- 1\n", "approvals.yaml:1: holds a list; expected keys and values"),
        ("", "approvals.yaml: is empty"),
        ("schema: 1\n", "approvals.yaml: approvals: missing; expected a list of approvals, one for each role"),
        ("schema: 1\napprovals: []\n", "approvals.yaml:2: approvals: is empty; expected at least one entry"),
        ("schema: 2\napprovals: []\n", "approvals.yaml:1: schema: found 2, expected 1"),
        ("schema: 1\nsecrets: []\napprovals: []\n", "approvals.yaml:2: secrets: unknown key"),
        (
            "schema: 1\napprovals:\n  - role: Tech Lead\n    name: '[fill in: who]'\n",
            "approvals.yaml:4: approvals[0].name: is not filled in ([fill in: who])",
        ),
        (
            "schema: 1\napprovals:\n  - {role: 7}\n",
            "approvals.yaml:3: approvals[0].role: found a number, expected a text",
        ),
    ],
)
def test_mistake_names_file_line_place_and_what_was_expected(tmp_path: Path, text: str, said: str) -> None:
    assert said in _refusal(_written(tmp_path, text))


def test_missing_record_names_the_template(tmp_path: Path) -> None:
    words = _refusal(tmp_path)

    assert words == (
        f"approvals.yaml: is missing; expected it in {tmp_path}: copy fixtures/evidence/templates/approvals.yaml"
    )
    assert (HERE.parents[1] / "fixtures/evidence/templates/approvals.yaml").is_file()


def test_record_that_is_a_folder_or_a_dangling_link_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "approvals.yaml").mkdir()
    assert "not a regular file" in _refusal(tmp_path)

    (tmp_path / "approvals.yaml").rmdir()
    (tmp_path / "approvals.yaml").symlink_to("nowhere")
    assert "cannot be read: no such file or directory" in _refusal(tmp_path)


def test_part_counts_only_its_own_mistakes() -> None:
    good: dict[str, dict[str, str]] = {"production": {}, "staging": {}}
    record = Record("environments.yaml", good, (Mistake(("staging", "host"), "missing"),))

    assert record.part("production") == {}
    with pytest.raises(RecordError, match=r"staging\.host: missing"):
        record.part("staging")


def test_unknown_part_counts_against_every_part() -> None:
    record = Record("environments.yaml", {"production": {}}, (Mistake(("cloud",), "unknown key"),))

    with pytest.raises(RecordError, match="cloud: unknown key"):
        record.part("production")


def test_record_is_read_once_and_made_before(tmp_path: Path) -> None:
    made: list[str] = []

    def make(name: str) -> None:
        made.append(name)
        _written(tmp_path, json.dumps({"schema": 1, "approvals": [APPROVAL]}), "json")

    folder = EvidenceFolder(tmp_path, make)

    assert folder.record("approvals") is folder.record("approvals")
    assert made == ["approvals"]


QUICK = settings(FUZZING, max_examples=100, suppress_health_check=[HealthCheck.too_slow])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=12,
)


@QUICK
@given(value=VALUES, ending=st.sampled_from(["yaml", "json"]))
def test_nothing_that_a_record_holds_is_an_exception_of_another_kind(
    value: object, ending: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("records")
    text = json.dumps({"schema": 1, "approvals": value}) if ending == "json" else yaml.safe_dump({"approvals": value})

    words = _refusal(_written(folder, text, ending))

    assert words.startswith("approvals.")


@QUICK
@given(raw=st.binary(max_size=200))
def test_no_bytes_are_an_exception_of_another_kind(raw: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("records")
    for ending in ("yaml", "json"):
        (folder / f"approvals.{ending}").write_bytes(raw)
        words = _refusal(folder)
        assert re.match(r"approvals\.(yaml|json)", words)
        (folder / f"approvals.{ending}").unlink()
