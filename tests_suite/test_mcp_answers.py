"""The checks on answers: each table is (answer, exact faults)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from fixtures.knowledge.integrity import (
    MARKS,
    ROUND_TRIP_BYTES,
    altered,
    difference,
    garbled,
    mojibake,
    round_trip_text,
)
from fixtures.knowledge.substance import all_alike, beside_the_point, gaps, hollow, mentions
from fixtures.knowledge.toolanswer import KINDS, Envelope, envelope_of, shape_faults

PATTERN = {
    "id": "pat-1",
    "name": "Hybrid retrieval",
    "problem": "Names are missed.",
    "solution": "Fuse two rankings.",
    "code_example": "",
    "context": "Large corpora",
    "trade_offs": [],
    "topics": ["rag"],
    "source_title": "Vectors at Work",
    "source_id": "src-1",
    "chunk_id": None,
}
HIT = {
    "id": "chk-1",
    "score": 0.5,
    "type": "chunk",
    "content": "Rerank what was retrieved.",
    "source": {"source_id": "src-1", "chunk_id": "chk-1", "title": "Vectors at Work", "authors": [], "position": None},
}
SOURCE: dict[str, Any] = {
    "id": "src-1",
    "title": "Vectors at Work",
    "authors": [],
    "type": "book",
    "path": "a.pdf",
    "ingested_at": None,
    "status": "complete",
    "extraction_counts": {"pattern": 1},
}


def envelope(*results: dict[str, Any], **metadata: Any) -> Envelope:
    """A good answer around these results."""
    about = {"query": "hybrid retrieval", "sources_cited": ["Vectors at Work"], "search_type": "filtered"}
    return Envelope(list(results), {**about, "result_count": len(results), "latency_ms": 3, **metadata})


def without(row: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in row.items() if key != name}


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ("", "the answer is empty; expected JSON with results and metadata"),
        ("  \n", "the answer is empty; expected JSON with results and metadata"),
        ('{"results": [{"id": "a', 'the JSON is cut off after 22 characters: …\'{"results": [{"id": "a\''),
        ('{"results": [', "the JSON is cut off after 13 characters: …'{\"results\": ['"),
        ("<html>", "no JSON at line 1, column 1 (Expecting value): '<html>'"),
        ("[1]", "the answer is JSON of type a list; expected an object with results and metadata"),
        ("null", "the answer is JSON of type missing or null; expected an object with results and metadata"),
        ('{"error": {"code": "X"}}', 'an error inside of a success: {"code": "X"}'),
        ('{"results": {}}', "results is an object; expected list, as in every answer of this server"),
        ('{"results": []}', "metadata is missing or null; expected dict, as in every answer of this server"),
        (b'{"results": ["\xe9"]}', "byte 14 of the answer is not UTF-8 (found 0xe9)"),
    ],
)
def test_answer_without_an_envelope_says_what_is_wrong(body: str | bytes, fault: str) -> None:
    assert envelope_of(body) == fault


def test_good_answer_has_its_envelope() -> None:
    good = envelope(PATTERN)

    found = envelope_of(json.dumps({"results": good.results, "metadata": good.metadata}).encode())

    assert found == good


@pytest.mark.parametrize(
    ("tool", "answer", "faults"),
    [
        ("get_patterns", envelope(PATTERN), []),
        ("search_knowledge", envelope(HIT), []),
        ("list_sources", envelope(SOURCE), []),
        ("a_tool_of_tomorrow", envelope({"anything": 1}), []),
        ("get_patterns", envelope(PATTERN, result_count=2), ["metadata.result_count is 2, but 1 results came"]),
        ("get_patterns", envelope(without(PATTERN, "solution")), ["results[0] lacks solution"]),
        (
            "get_patterns",
            envelope({**without(PATTERN, "solution"), "answer": "x"}),
            ["results[0] lacks solution (it has answer instead)"],
        ),
        ("get_patterns", envelope({**PATTERN, "topics": "rag"}), ["results[0].topics is text; expected a list"]),
        (
            "search_knowledge",
            envelope({**HIT, "score": True}),
            ["results[0].score is true or false; expected a number or a number"],
        ),
        (
            "search_knowledge",
            envelope({**HIT, "type": "page"}),
            ["results[0].type is 'page'; expected one of chunk, extraction"],
        ),
        (
            "search_knowledge",
            envelope({**HIT, "source": {"title": "A"}}),
            ["results[0].source lacks source_id, chunk_id, authors, position"],
        ),
    ],
)
def test_form_of_an_answer_is_held_to_its_tool(tool: str, answer: Envelope, faults: list[str]) -> None:
    assert list(shape_faults(tool, answer)) == faults


def test_every_tool_with_results_of_its_own_form_is_known() -> None:
    assert set(KINDS) == {
        "search_knowledge",
        "get_decisions",
        "get_patterns",
        "get_warnings",
        "get_methodologies",
        "list_sources",
    }


@pytest.mark.parametrize(
    ("tool", "answer", "words"),
    [
        ("get_patterns", envelope(PATTERN), []),
        ("get_patterns", envelope(), ["no results; expected at least one"]),
        (
            "get_patterns",
            envelope({**PATTERN, "problem": "", "solution": " ", "context": "", "trade_offs": [""]}),
            ["1 of 1 results are hollow: no problem, solution, code_example, context, trade_offs"],
        ),
        ("get_patterns", envelope({**PATTERN, "solution": ""}), ["solution is empty in 1 of 1 results"]),
        ("get_patterns", envelope({**PATTERN, "name": ""}), ["name is empty in 1 of 1 results"]),
        ("get_patterns", envelope({**PATTERN, "source_title": "Unknown"}), ["1 of 1 results name no source"]),
        ("get_patterns", envelope(PATTERN, sources_cited=[]), ["metadata.sources_cited is empty"]),
        ("search_knowledge", envelope({**HIT, "content": ""}), ["1 of 1 results are hollow: no content"]),
        ("list_sources", envelope(SOURCE, sources_cited=[]), []),
        ("list_sources", envelope({**SOURCE, "extraction_counts": {}}), ["no source has a single extraction counted"]),
        ("list_sources", envelope({**SOURCE, "extraction_counts": {"a": 0}}), ["no source has a single extraction"]),
        ("a_tool_of_tomorrow", envelope({"anything": 1}), []),
    ],
)
def test_hollow_answers_are_called_hollow(tool: str, answer: Envelope, words: list[str]) -> None:
    found = list(hollow(tool, answer))

    assert len(found) == len(words), found
    assert all(text.startswith(word) for text, word in zip(found, words, strict=True)), found


def test_one_gap_among_good_results_is_a_blemish_only() -> None:
    answer = envelope(PATTERN, {**PATTERN, "solution": ""}, PATTERN)

    assert not list(hollow("get_patterns", answer))
    assert list(gaps("get_patterns", answer)) == ["solution is empty in 1 of 3 results"]


def test_source_that_is_not_cited_is_a_blemish() -> None:
    answer = envelope(PATTERN, {**PATTERN, "source_title": "Second Opinion"})

    assert list(gaps("get_patterns", answer)) == ["metadata.sources_cited leaves out 'Second Opinion'"]


@pytest.mark.parametrize(
    ("query", "text", "relevant"),
    [
        ("RAG architecture patterns", "One pattern for everything", True),
        ("RAG architecture patterns", "fragments of text", False),
        ("evaluation metrics", "How we evaluate answers", True),
        ("evaluation metrics", "The metric that counts", True),
        ("fine-tuning best practices", "The best of all practices", False),
        ("fine-tuning best practices", "a model that was tuned", True),
        ("prompt engineering", "Engineers write prompts", True),
        ("of the", "anything", True),
    ],
)
def test_relevance_is_a_word_of_the_query_in_any_form(query: str, text: str, relevant: bool) -> None:
    assert mentions(query, [{"content": text}]) is relevant


def test_answer_to_another_query_is_noticed() -> None:
    answer = envelope(PATTERN, query="vector stores")

    assert list(beside_the_point("hybrid retrieval", answer)) == [
        "metadata.query is 'vector stores': the answer to another query, perhaps from a cache"
    ]


def test_queries_that_get_the_same_list_are_alike() -> None:
    two = envelope(PATTERN, {**PATTERN, "id": "pat-2"})
    turned = envelope({**PATTERN, "id": "pat-2"}, PATTERN)

    assert all_alike({"a": two, "b": two})
    assert not all_alike({"a": two, "b": turned})
    assert not all_alike({"a": envelope(PATTERN), "b": envelope(PATTERN)}), "one document is all there may be"


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("Zoë, naïve, señor", ""),
        ("評価 – “quoted” … €", ""),
        ("🚀 שלום e\u0301 \u2028", ""),
        ("R\ufffdglage", "U+FFFD"),
        ("RÃ©glage", "it was 'é'"),
        ("donâ€™t", "it was '’'"),
        ("a\x00b", "control character U+0000"),
        ("a\x85b", "control character U+0085"),
        ("tab\tand\nline", ""),
        ("page 12\f13, line\x0bbreak", ""),
        ("See the “CAFÉ” paper", ""),
        ("„MENÜ“ und „Ä“", ""),
        ("a CLICHÉ’s end, the ‘RÉSUMÉ’", ""),
        ("CITÉ™, the PROTÉGÉ—the one", ""),
        ("SÉCURITÉ\u00a0: «\u00a0liberté\u00a0»", ""),
        ("the “IRMÔ, the ‘Ô", ""),
        ("cÅ“ur", "it was 'œ'"),
        ("dÃ©jÃ\u00a0 vu", "it was 'é'"),
        ("voilÃ\u00a0 tout", "it was 'à'"),
        ("ACCIÃ“N", "it was 'Ó'"),
        ("20Â°", "it was '°'"),
        ("Ð¿Ñ€Ð¸Ð²ÐµÑ‚", "it was 'привет'"),
        ("è©•ä¾¡", "it was '評価'"),
        ("\ud83d alone", "half of a surrogate pair"),
    ],
)
def test_garbled_text_is_told_from_foreign_text(text: str, fault: str) -> None:
    found = "".join(each.message for each in garbled({"results": [{"content": text}]}))

    assert (fault in found) if fault else not found, found


@pytest.mark.parametrize("text", ["é", "ñ", "“", "’", "評価", "🚀", "ß", "Ω", "א"])
def test_mojibake_of_any_letter_is_read_back(text: str) -> None:
    assert mojibake(text.encode().decode("latin-1")) == text
    assert not mojibake(text)


def test_text_of_the_round_trip_has_its_size_and_its_marks_at_both_ends() -> None:
    text = round_trip_text()

    assert len(text.encode()) == ROUND_TRIP_BYTES
    assert text.startswith(MARKS)
    assert text.endswith(MARKS)


@pytest.mark.parametrize(
    ("sent", "received", "fault"),
    [
        ("a🚀b", "a🚀b", ""),
        ("a🚀b", "a?b", "differs from character 1 on: sent U+1F680 'a🚀b', came back 'a?b'"),
        ("abcdef", "abc", "came back cut off: 3 of 6 characters"),
        ("abc", None, "came back as NoneType; expected the text that was sent"),
        ("abc", "abcd", "differs from character 3 on: sent 'abc', came back 'abcd'"),
    ],
)
def test_altered_text_is_described(sent: str, received: Any, fault: str) -> None:
    assert altered(sent, received) == fault


@pytest.mark.parametrize(
    ("one", "other", "where"),
    [
        (envelope(PATTERN), envelope(PATTERN, latency_ms=900), ""),
        (envelope({**HIT, "score": 0.5}), envelope({**HIT, "score": 0.50001}), ""),
        (
            envelope({**HIT, "score": 0.5}),
            envelope({**HIT, "score": 0.6}),
            "results[0].score is 0.5 in one and 0.6 in the other",
        ),
        (
            envelope(PATTERN),
            envelope(PATTERN, result_count=2),
            "metadata.result_count is 1 in one and 2 in the other",
        ),
        (envelope(PATTERN), envelope(without(PATTERN, "name")), "results[0].name is only in one of them"),
        (
            Envelope([1, 2], {}),  # type: ignore[list-item]
            Envelope([1], {}),  # type: ignore[list-item]
            "results has 2 entries in one and 1 in the other",
        ),
        (Envelope([], {"a": True}), Envelope([], {"a": 1}), "metadata.a is True in one and 1 in the other"),
    ],
)
def test_difference_of_two_answers_is_named_apart_from_times(one: Envelope, other: Envelope, where: str) -> None:
    assert difference(one, other) == where
