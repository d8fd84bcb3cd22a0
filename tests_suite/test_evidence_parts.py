"""Records of the evidence folder in detail: lines, parts, entries that say nothing, known issues, and pages."""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from fixtures.evidence import knownissues, page
from fixtures.evidence import record as records
from fixtures.evidence.entries import says_nothing, untimely, wordless
from fixtures.evidence.page import Page
from fixtures.evidence.record import EvidenceFolder, Record, RecordError
from fixtures.finding import Finding
from fixtures.schema import Mistake
from fixtures.target import Target
from tests_suite.faults.sick_server import SickServer, answer

T0 = datetime(2026, 1, 6, 9, tzinfo=UTC)
TEXT = """\
schema: 1
production:
  - {name: a}
  -
    name: b
    host: c
staging: {host: x,
  name: y}
7: z
"""


def refused(ask: Callable[[], object]) -> list[Finding]:
    """What a record is refused for."""
    with pytest.raises(RecordError) as caught:
        ask()
    return list(caught.value.findings)


@pytest.mark.parametrize(("path", "line"), [
    ((), None), (("schema",), 1), (("production",), 2), (("production", 0), 3), (("production", 0, "name"), 3),
    (("production", 1), 5), (("production", 1, "host"), 6), (("production", 1, "gone"), 5), (("production", 2), 2),
    (("production", "name"), 2), (("staging", "name"), 8), (("staging", 0), 7), (("gone", "name"), None), ((7,), 9),
    (("schema", "x"), 1),
])  # fmt: skip
def test_line_of_a_place_is_its_own_or_that_of_what_is_around_it(path: tuple[str | int, ...], line: int | None) -> None:
    assert Record("environments.yaml", {}, (), TEXT).line_of(path) == line


def test_text_that_is_no_yaml_has_no_lines() -> None:
    assert Record("environments.yaml", {}, (), "a: [\n").line_of(("a",)) is None


def test_finding_about_a_record_names_its_place() -> None:
    read = Record("environments.yaml", {}, (), TEXT)

    assert read.finding("is odd", "production", 1, "host") == Finding(
        "environments.yaml", 6, "production[1].host: is odd"
    )
    assert read.finding("is odd") == Finding("environments.yaml", None, "is odd")


def test_whole_record_is_refused_with_all_of_its_mistakes() -> None:
    content = {"production": {"a": 1}}
    wrong = Record(
        "environments.yaml", content, (Mistake(("production", 0), "is odd"), Mistake(("x",), "unknown")), TEXT
    )

    assert Record("environments.yaml", content).data == content
    with pytest.raises(RecordError) as caught:
        assert wrong.data
    assert str(caught.value) == "environments.yaml:3: production[0]: is odd\nenvironments.yaml: x: unknown"
    assert caught.value.findings == (
        Finding("environments.yaml", 3, "production[0]: is odd"), Finding("environments.yaml", None, "x: unknown"),
    )  # fmt: skip
    assert str(RecordError([Finding(None, None, "of nothing")])) == "of nothing"


@pytest.mark.parametrize(("mistake", "concerned"), [
    (("staging",), {("staging",), ("staging", "host")}),
    (("staging", "host"), {("staging",), ("staging", "host")}),
    (("staging", "host", 1), {("staging",), ("staging", "host")}),
    ((), {("production",), ("staging",), ("staging", "host"), ("staging", "name")}),
    (("cloud",), {("production",), ("staging",), ("staging", "host"), ("staging", "name")}),
])  # fmt: skip
def test_part_is_refused_for_mistakes_in_it_around_it_or_about_the_whole(
    mistake: tuple[str | int, ...], concerned: set[tuple[str, ...]]
) -> None:
    content = {"production": [1], "staging": {"host": "h", "name": "n"}}
    read = Record("environments.yaml", content, (Mistake(mistake, "is odd"),))
    values: dict[tuple[str, ...], object] = {
        ("production",): [1], ("staging",): content["staging"], ("staging", "host"): "h", ("staging", "name"): "n",
    }  # fmt: skip
    if len(mistake) < 2 and mistake[:1] == ("staging",):
        concerned = {*concerned, ("staging", "name")}

    for path, value in values.items():
        if path in concerned:
            assert [each.message.rpartition(": ")[2] for each in refused(functools.partial(read.part, *path))] == [
                "is odd"
            ]
        else:
            assert read.part(*path) == value


def test_part_that_is_not_there_is_none() -> None:
    read = Record("environments.yaml", {"production": [1]})

    assert [read.part(*path) for path in (("staging",), ("staging", "host"), ("production", "host"))] == [None] * 3


@pytest.mark.parametrize(("files", "line", "said"), [
    ({"yaml": "a: 1", "yml": "a: 1"}, None,
     "is there twice, as environments.yaml and environments.yml; expected one of them"),
    ({"yaml": "a: 1\nb: [\n"}, 3, "no valid YAML: while parsing a flow node, did not find expected node content"),
    ({"json": '{"a": 1,\n}'}, 2, "no valid JSON: Expecting property name enclosed in double quotes"),
    ({"json": '{"a": {"b": 1, "c": 2, "b": 3, "c": 4}}'}, None, "no valid JSON: the key 'b' is given twice"),
    ({"json": '{"a": NaN}'}, None, "no valid JSON: NaN is no number"),
    ({"yml": "7\n"}, 1, "holds a number; expected keys and values"),
    ({"json": "null"}, 1, "holds nothing; expected keys and values"),
])  # fmt: skip
def test_file_that_is_no_record_is_refused_in_one_line(
    files: dict[str, str], line: int | None, said: str, tmp_path: Path
) -> None:
    for ending, text in files.items():
        (tmp_path / f"environments.{ending}").write_text(text, encoding="utf-8")

    name = f"environments.{next(iter(files))}"
    assert refused(lambda: records.read(tmp_path, "environments")) == [Finding(name, line, said)]


def test_record_is_read_with_dates_as_texts_and_each_gap_once(tmp_path: Path) -> None:
    text = ("schema: 1\nproduction: {2026-01-06: 2026-01-06T09:00:00Z, b: [2026-01-06, '[FILL IN: who]'], "
            "3: ' [fill in] '}\n")  # fmt: skip
    (tmp_path / "environments.yml").write_text(text, encoding="utf-8")

    read = records.read(tmp_path, "environments")

    inner = {"2026-01-06": "2026-01-06T09:00:00+00:00", "b": ["2026-01-06", "[FILL IN: who]"], "3": " [fill in] "}
    assert (read.file, read.content, read.text, read.folder) == (
        "environments.yml", {"schema": 1, "production": inner}, text, tmp_path,
    )  # fmt: skip
    assert read.mistakes[:2] == (
        Mistake(("production", "b", 1), "is not filled in ([FILL IN: who])"),
        Mistake(("production", "3"), "is not filled in ([fill in])"),
    )
    assert ("staging",) in {each.path for each in read.mistakes}


def test_folder_makes_a_record_before_it_reads_it_once(tmp_path: Path) -> None:
    (tmp_path / "environments.json").write_text("{}", encoding="utf-8")
    folder = EvidenceFolder(tmp_path)

    assert folder.root == tmp_path
    assert folder.record("environments") is folder.record("environments")
    assert refused(lambda: folder.record("approvals"))[0].file == "approvals.yaml"


def test_gate_that_rests_on_records_names_each_of_them_with_its_digest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("approvals.yaml", "rollback.json", "notes.yaml"):
        (tmp_path / name).write_text(name, encoding="utf-8")
    evidence: Path | None = tmp_path
    monkeypatch.setattr(records, "target_of", lambda _: SimpleNamespace(evidence=evidence))
    config = cast("pytest.Config", None)

    facts = {"location": str(tmp_path)}
    facts |= {name: hashlib.sha256(name.encode()).hexdigest() for name in ("approvals.yaml", "rollback.json")}
    assert records.pytest_gate_subjects(config, ["smoke", "deploy"]) == {"evidence": facts}
    assert records.pytest_gate_subjects(config, ["smoke"]) == {}
    evidence = None
    assert records.pytest_gate_subjects(config, ["deploy"]) == {}
    names = [path.name for path in records.record_files(tmp_path)]
    assert names[:4] == ["acceptance.yaml", "acceptance.yml", "acceptance.json", "announcement.yaml"]
    assert {path.parent for path in records.record_files(tmp_path)} == {tmp_path}


# Entries


@pytest.mark.parametrize(("text", "reason"), [
    ("Begin step 10 again", ""),
    ("it is gone", ""),
    ("it is out", "'it is out' is too short to be understood; expected at least 10 characters, in words"),
    (" it  \n is  out ", "'it is out' is too short to be understood; expected at least 10 characters, in words"),
    ("everythingelse", "'everythingelse' is too short to be understood; expected at least 10 characters, in words"),
    ("", "'' is too short to be understood; expected at least 10 characters, in words"),
    ("y" * 50, f"'{'y' * 39} is too short to be understood; expected at least 10 characters, in words"),
    ("N/A.", "N/A. says nothing; expected it in words"),
    ("To  be filled in!", "To be filled in! says nothing; expected it in words"),
    (f"todo{'.' * 60}", f"todo{'.' * 36} says nothing; expected it in words"),
    *[(each, f"{each} says nothing; expected it in words") for each in
      ("tbd", "TBA", "na", "none", "nothing", "unknown", "xxx", "xxxxxx", "..", "-", "???", "see above", "to be done",
       "to be defined")],
    ("none of the users", ""),
])  # fmt: skip
def test_text_has_to_tell_somebody_something(text: str, reason: str) -> None:
    assert says_nothing(text) == reason


def test_texts_of_a_list_say_something_and_each_something_else() -> None:
    read = Record("feedback.yaml", {}, (), "a:\n- 1\n- 2\n- 3\n- 4\n- 5\n")
    texts = ["Search is quick", "tbd", "search  IS quick", "Export is slow", "tbd"]

    assert list(wordless(read, texts, "a")) == [
        Finding("feedback.yaml", 3, "a[1]: tbd says nothing; expected it in words"),
        Finding("feedback.yaml", 4, "a[2]: says the same as an entry before; expected each once"),
        Finding("feedback.yaml", 6, "a[4]: tbd says nothing; expected it in words"),
    ]


@pytest.mark.parametrize(("minutes", "reason"), [
    (0, ""),
    (-1, "2026-01-06T08:59:00+00:00 is before it began, 2026-01-06T09:00+00:00"),
    (65, ""),
    (66, "2026-01-06T10:06:00+00:00 is still to come; expected what has taken place"),
])  # fmt: skip
def test_time_of_an_entry_is_between_what_it_follows_and_now(minutes: int, reason: str) -> None:
    read = Record("feedback.yaml", {}, (), "a: 1\n")
    entry = {"at": (T0 + timedelta(minutes=minutes)).isoformat()}

    found = list(untimely(read, entry, T0, T0 + timedelta(hours=1), "a", "at", what="it began"))

    assert found == ([Finding("feedback.yaml", 1, f"a.at: {reason}")] if reason else [])
    assert [each.message for each in untimely(read, entry, T0, T0 + timedelta(hours=1), "at")] == (
        [f"at: {reason.replace('it began', 'T-0')}"] if reason else []
    )


# Known issues


ISSUE = {"item": "1.2.4", "severity": "critical", "description": "The archive\nis  not read",
         "workaround": "Unpack it by hand", "author": "Ada Example", "approver": "Ben Example",
         "date": "2026-01-06T09:00:00+00:00", "expires": "2026-02-06T09:00:00+00:00", "sha256": "0" * 64}  # fmt: skip


def known(folder: Path, *issues: dict[str, Any]) -> Path:
    """An evidence folder with these known issues, each in its line."""
    lines = ",\n".join(json.dumps(issue) for issue in issues)
    (folder / "known-issues.json").write_text(f'{{"schema": 1,\n"issues": [\n{lines}\n]}}', encoding="utf-8")
    return folder


def target(**facts: Any) -> Target:
    """A target, as far as it is asked."""
    return cast(
        "Target", SimpleNamespace(**{"evidence": None, "secrets": (), "package": None, "workflow": None, **facts})
    )


def test_known_issues_are_told_with_everything_that_they_are_bound_to(tmp_path: Path) -> None:
    package, workflow = tmp_path / "p.tar.gz", tmp_path / "workflow"
    package.write_bytes(b"package")
    workflow.mkdir()
    bound = {key: value for key, value in ISSUE.items() if key != "sha256"} | {"workflow_sha256": "1" * 64}
    folder = known(tmp_path, ISSUE | {"covers": ["a text  of\n twelve"]}, bound)

    told = knownissues.of(target(evidence=folder, package=package, workflow=workflow))

    plain = {key: " ".join(ISSUE[key].split()) for key in ISSUE if key != "sha256"}
    assert told == {
        "issues": [
            {**plain, "package": "0" * 64, "workflow": None, "covers": ["a text of twelve"],
             "file": "known-issues.json", "line": 3},
            {**plain, "package": None, "workflow": "1" * 64, "covers": [], "file": "known-issues.json", "line": 4},
        ],
        "digests": {"package": hashlib.sha256(b"package").hexdigest(), "workflow": hashlib.sha256().hexdigest()},
    }  # fmt: skip
    gone = knownissues.of(target(evidence=folder, package=tmp_path / "gone"))
    assert gone is not None
    assert gone["digests"] == {}
    assert knownissues.of(target(evidence=known(tmp_path), package=package)) == {"issues": [], "digests": {}}


def test_target_without_the_record_has_no_known_issues(tmp_path: Path) -> None:
    assert knownissues.of(target()) is None
    assert knownissues.of(target(evidence=tmp_path)) is None


def test_known_issue_that_says_nothing_ends_the_run_in_one_line(tmp_path: Path) -> None:
    empty = ISSUE | {"description": "tbd", "author": "TBD", "approver": "Tech Lead"}
    folder = known(tmp_path, ISSUE, empty)

    assert refused(lambda: knownissues.checked(folder)) == [
        Finding("known-issues.json", 4, f"issues[1].{words}") for words in (
            "description: tbd says nothing; expected it in words", "author: 'TBD' is nobody's name; expected a person",
            "approver: 'Tech Lead' is nobody's name; expected a person",
        )
    ]  # fmt: skip
    with pytest.raises(pytest.UsageError) as caught:
        knownissues.of(target(evidence=folder))
    assert str(caught.value) == (
        "known-issues.json:4: issues[1].description: tbd says nothing; expected it in words (and 2 more)"
    )
    with pytest.raises(pytest.UsageError) as caught:
        knownissues.of(target(evidence=known(tmp_path, ISSUE | {"workaround": "-"})))
    assert str(caught.value) == "known-issues.json:3: issues[0].workaround: - says nothing; expected it in words"
    (tmp_path / "known-issues.json").write_text("[" * 9, encoding="utf-8")
    with pytest.raises(pytest.UsageError, match=r"^known-issues\.json:1: no valid JSON: Expecting value$"):
        knownissues.of(target(evidence=tmp_path))


# Pages


@pytest.mark.parametrize(("place", "address"), [
    ("https://x", True), (" HTTP:x", True), ("ftp://x", False), ("see http://x", False), ("httpx://", False),
])  # fmt: skip
def test_page_on_the_web_is_told_by_its_scheme(place: str, address: bool) -> None:
    assert page.is_address(place) is address


@pytest.mark.parametrize(("address", "shown"), [
    ("https://ada:secret@wiki.example.com:8443/a/b?token=x#y", "https://wiki.example.com:8443/a/b"),
    ("HTTP://Wiki.example.com", "http://wiki.example.com"),
    (f"http://x/{'a' * 200}", f"http://x/{'a' * 151}"),
    ("http://x:99999/a", ""), ("http://", ""), ("ftp://x", ""), ("http://[::1", ""),
])  # fmt: skip
def test_address_is_shown_without_what_may_be_secret(address: str, shown: str) -> None:
    assert page._shown(address) == shown


@pytest.mark.parametrize(("markup", "seen"), [
    ("plain &amp; simple", "plain & simple"),
    ("a<b>b</b>c<br>d<P class='x'>e", "abc\n\nd\n\ne"),
    ("a<!-- x <b>y</b> -->b<!-->c", "ab"),
    ("a<!-- x --> b <!--y-->c", "a b c"),
    ("a<script>x<b>y</b></Script >b", "a\n\nb"),
    ("a<script>x</script>b>c", "a\n\nb>c"),
    ("a<style/>b", "a\n\n"),
    ("a</script>b<!DOCTYPE html>c<?xml?>d", "a\n\nb\n\nc\n\nd"),
    ("1 < 2 <3", "1 < 2 <3"),
    ("<template>x</template><noscript>y", "\n\n\n\n"),
    ("<span-x>a", "\n\na"),
])  # fmt: skip
def test_words_of_a_page_are_those_that_people_see(markup: str, seen: str) -> None:
    assert page._visible(markup) == seen


def test_page_is_fetched_or_the_fault_is_told_without_the_secret() -> None:
    answers = {
        "GET /html": answer(200, "<p>a</p>", "Text/HTML; charset=utf-8"),
        "GET /text": answer(200, "<p>a</p>", "text/plain"),
        "GET /found-out": answer(200, "<HTML><p>a", "text/plain"), "GET /gone": answer(404, "x"),
        "GET /broken": answer(500, "x"), "GET /empty": answer(200, " \n"), "GET /fine": answer(399, "x"),
    }  # fmt: skip
    with SickServer("http://127.0.0.1:9", answers) as server:

        def fetched(path: str) -> Page:
            found = page.fetch(f" {server.url}/{path}?token=secret ")
            return replace(found, shown=found.shown.replace(server.url, ""), fault=found.fault.replace(server.url, ""))

        assert fetched("html") == Page("/html", "\n\na\n\n")
        assert fetched("text") == Page("/text", "<p>a</p>")
        assert fetched("found-out") == Page("/found-out", "\n\n\n\na")
        assert fetched("fine") == Page("/fine", "x")
        assert fetched("gone") == Page("/gone", "", "/gone: answered 404; expected a page that its readers can open")
        assert fetched("empty") == Page("/empty", "", "/empty: answered 200 without a text; expected a page")
    no_address = "is no address of a page; expected one like https://wiki.example.com/page"
    assert page.fetch("mailto:a") == Page("", "", no_address)
    nobody_there = page.fetch(f"{server.url}/x?token=secret").fault
    assert nobody_there.startswith(f"{server.url}/x: cannot be reached: ")
    assert nobody_there.endswith("; expected a page")
