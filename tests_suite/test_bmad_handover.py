"""The hand-over to BMAD: story prefixes, sidecar and sprint status, each table with every finding and its line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from fixtures.bmad.templates import (
    SIDECAR,
    STATUS_KEYS,
    drafts_by_step,
    prefix_findings,
    prefixes_of,
    sidecar_contradictions,
    sidecar_findings,
    sprint_findings,
    sprint_gaps,
    status_file_findings,
    template_data,
)
from fixtures.finding import Finding
from fixtures.textfile import TextFile
from fixtures.workflow.config import WorkflowConfig, config_of
from fixtures.workflow.tree import WorkflowTree
from fixtures.yamlfile import fill, parse

STEPS = 'steps:\n  "1": {file: step-1.md}\n  2a: {file: step-2a.md}\n  2b: {file: step-2b.md}\n'  # lines 1 to 4
PREFIXES = f"{STEPS}story_prefixes:\n  1: DATA\n  2: ARCH\n"  # lines 5 to 7


def text_file(path: str, text: str) -> TextFile:
    return TextFile(path, text.encode(), text, ())


def workflow(files: dict[str, str]) -> WorkflowTree:
    return WorkflowTree(Path("nowhere"), {path: text_file(path, text) for path, text in files.items()})


def config(text: str, **steps: str) -> WorkflowConfig:
    """A config.yaml beside step files, named without their ending and with `_` for `-`."""
    named = {f"steps/{name.replace('_', '-')}.md": step for name, step in steps.items()}
    found = config_of(workflow({"config.yaml": text, **named}))
    assert found is not None
    return found


def draft(*ids: str, key: str = "step_1_data") -> str:
    """A step that shows these drafts; the first stands in line 5, and each takes one line."""
    entries = "".join(f"    - {{id: {each}}}\n" for each in ids)
    return f"# Step\n```yaml\nstories:\n  {key}:\n{entries}```\n"


def in_config(*found: tuple[int | None, str]) -> list[Finding]:
    return [Finding("config.yaml", line, message) for line, message in found]


def in_sidecar(*messages: str) -> list[Finding]:
    return [Finding(SIDECAR, None, message) for message in messages]


@pytest.mark.parametrize(
    ("text", "prefixes"),
    [
        (PREFIXES, {1: "DATA", 2: "ARCH"}),
        ("story_prefixes: {one: DATA, 2: 5, '3': TEST}\n", {3: "TEST"}),
        ("story_prefixes: [DATA]\n", {}),
        ("name: x\n", {}),
    ],
)
def test_prefixes_in_order_are_known_by_their_step(text: str, prefixes: dict[int, str]) -> None:
    assert prefixes_of(config(text)) == prefixes


def test_drafts_of_both_parts_of_a_split_step_count_together() -> None:
    found = drafts_by_step(
        config(
            STEPS + "  end: {file: step-1.md}\n  4: {file: step-4.md}\n  12: {file: step-12.md}\n",
            step_1=draft("DATA-S01"), step_2a=draft("ARCH-S01"), step_2b=draft("ARCH-S02", "ARCH-S03"), step_12="none",
        )
    )  # fmt: skip

    assert {step: [(file.path, each.id) for file, each in drafts] for step, drafts in found.items()} == {
        1: [("steps/step-1.md", "DATA-S01")],
        2: [("steps/step-2a.md", "ARCH-S01"), ("steps/step-2b.md", "ARCH-S02"), ("steps/step-2b.md", "ARCH-S03")],
        12: [],
    }


MISSING = "section story_prefixes is missing or empty; expected step number: PREFIX"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (PREFIXES, []),
        (STEPS, [(None, MISSING)]),
        (f"{STEPS}story_prefixes: {{}}\n", [(5, MISSING)]),
        (f"{STEPS}story_prefixes: [DATA]\n", [(5, MISSING)]),
        (
            f"{STEPS}story_prefixes:\n  1: data\n  2: D\n  3: 7\n  1a: ABCDEFGHIJKLM\n",
            [
                (6, "prefix 'data' of step 1: expected capital letters such as DATA"),
                (7, "prefix 'D' of step 2: expected capital letters such as DATA"),
                (8, "prefix 7 of step 3: expected capital letters such as DATA"),
                (9, "prefix 'ABCDEFGHIJKLM' of step 1a: expected capital letters such as DATA"),
            ],
        ),
        (
            f"{STEPS}story_prefixes:\n  3: DATA\n  x: ARCH\n  2a: ABCDEFGHIJKL\n  2: D0\n",
            [
                (6, "prefix DATA belongs to step 3, which there is none of"),
                (7, "prefix ARCH belongs to step 'x', which there is none of"),
                (8, "prefix ABCDEFGHIJKL belongs to step '2a', which there is none of"),
            ],
        ),
        (
            'steps: {"1": {file: a}, "2": {file: b}, "3": {file: c}}\n'
            "story_prefixes:\n  1: DATA\n  2: DATA\n  3: DATA\n",
            [
                (4, "prefix DATA of step 2 is that of step 1, too; drafts would share their ids"),
                (5, "prefix DATA of step 3 is that of step 1, too; drafts would share their ids"),
            ],
        ),
    ],
)
def test_each_step_has_a_prefix_of_its_own(text: str, found: list[tuple[int | None, str]]) -> None:
    assert list(prefix_findings(config(text), None)) == in_config(*found)


def test_steps_write_drafts_by_their_own_prefix() -> None:
    given = config(
        PREFIXES.replace("  2: ARCH\n", ""),
        step_1=draft("DATA-S01", "data-1", "ARCH-S02", "DATA-S01", "DATA-S1"),
        step_2a=draft("ARCH-S01"),
        step_2b=draft("DATA-S01"),
    )

    assert list(prefix_findings(given, None)) == [
        Finding("steps/step-1.md", 6, "draft id 'data-1'; expected DATA-S01 and so on"),
        Finding("steps/step-1.md", 7, "writes the draft ARCH-S02; the prefix of step 1 is DATA"),
        Finding("steps/step-1.md", 9, "draft id 'DATA-S1'; expected DATA-S01 and so on"),
        Finding("steps/step-2a.md", 5, "writes the draft ARCH-S01, and story_prefixes has none for step 2"),
        Finding("steps/step-2b.md", 5, "writes the draft DATA-S01, and story_prefixes has none for step 2"),
        Finding("steps/step-2b.md", 5, "writes the draft DATA-S01, as steps/step-1.md does"),
    ]


@pytest.mark.parametrize("sidecar", [None, [], {}, {"stories": []}, {"stories": {}}])
def test_sidecar_without_stories_says_nothing_of_steps(sidecar: Any) -> None:
    assert list(prefix_findings(config(PREFIXES), sidecar)) == []


def test_sidecar_has_a_place_for_each_step_with_a_prefix_and_for_no_other() -> None:
    sidecar: dict[str, Any] = {"stories": {"step_2_arch": [], "step_11": [], "step_9_x": [], "notes": []}}

    assert list(prefix_findings(config(PREFIXES), sidecar)) == [
        *in_sidecar("stories has no place for step 1 (DATA); expected a key step_1_…"),
        *in_config(
            (5, "story_prefixes has none for step 9, and the sidecar keeps stories of it"),
            (5, "story_prefixes has none for step 11, and the sidecar keeps stories of it"),
        ),
    ]


@pytest.mark.parametrize(
    ("text", "data", "findings"),
    [
        ("a: {{name}}\n", {"a": "xname"}, []),
        ("- a\n", ["a"], [Finding("t.yaml", 1, "holds no keys")]),
        ("", None, [Finding("t.yaml", 1, "holds no keys")]),
        (
            "a: 1\na: 2\n",
            None,
            [Finding("t.yaml", 2, "no valid YAML: key 'a' stands twice, first in line 1; a parser keeps only one")],
        ),
    ],
)
def test_template_is_read_with_its_placeholders_filled(text: str, data: Any, findings: list[Finding]) -> None:
    assert template_data(workflow({"t.yaml": text}), "t.yaml") == (data, findings)


def test_template_that_is_missing_is_named() -> None:
    missing = Finding("t.yaml", None, "is missing; the hand-over is rendered from it")

    assert template_data(workflow({}), "t.yaml") == (None, [missing])


WHOLE: dict[str, Any] = {"stepsCompleted": [], "architecture": None, "decisions": [], "stories": {"step_1": []}}


@pytest.mark.parametrize(
    ("sidecar", "messages"),
    [
        (WHOLE, []),
        ({**WHOLE, "architecture": "rag"}, []),
        ({**WHOLE, "architecture": "xarchitecture"}, []),
        (
            {**WHOLE, "architecture": "graph"},
            ["architecture is 'graph' from the start; expected null until step 2A decides"],
        ),
        ({**WHOLE, "stories": []}, ["stories holds no keys; expected a list for each step"]),
        ({}, [f"has no key {key}, which every step reads or writes" for key in WHOLE]),
    ],
)
def test_sidecar_begins_with_what_every_step_needs(sidecar: Any, messages: list[str]) -> None:
    assert list(sidecar_findings(config("architecture_options: [rag, agents]\n"), sidecar)) == in_sidecar(*messages)


def test_short_form_of_the_sidecar_has_no_key_of_its_own() -> None:
    given = config(
        "sidecar_template:\n  stories: {}\n  notes: []\n  phases:\n    scope: {}\n    build: {}\n  more: 1\n"
    )

    assert list(sidecar_contradictions(given, {"stories": {}, "phases": {"scope": 1}, "own": 1})) == in_config(
        (3, f"sidecar_template.notes is not in {SIDECAR}"),
        (7, f"sidecar_template.more is not in {SIDECAR}"),
        (6, f"phase build is not in {SIDECAR}"),
    )


@pytest.mark.parametrize(
    ("text", "sidecar"),
    [
        ("name: x\n", {}),
        ("sidecar_template: text\n", {}),
        ("sidecar_template: {phases: {a: 1}}\n", {"phases": []}),
        ("sidecar_template: {phases: [a]}\n", {"phases": {"b": 1}}),
    ],
)
def test_short_form_that_holds_no_keys_contradicts_nothing(text: str, sidecar: Any) -> None:
    assert list(sidecar_contradictions(config(text), sidecar)) == []


def sprint(*lines: str, head: str = "") -> tuple[TextFile, Any]:
    """A sprint status and its data; the first line of development_status is line 2 where there is no head."""
    text = f"{head}development_status:\n" + "".join(f"  {line}\n" for line in lines)
    return text_file("s.yaml", text), parse(fill(text))


def in_sprint(*found: tuple[int | None, str]) -> list[Finding]:
    return [Finding("s.yaml", line, message) for line, message in found]


GOOD = ("epic-1: backlog", "1-1-set-up: ready-for-dev", "epic-1-retrospective: optional")


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        (GOOD, []),
        (("epic-1: done", "1-1-a: ready-for-dev"), []),
        (
            ("epic-{{e}}: {{status}}", "{{e}}-{{s}}-{{slug}}: {{status}}", "epic-{{e}}-retrospective: done"),
            [],
        ),
        (("epic-1: contexted", "1-2-a_b: drafted", "1-3-c: backlog", "epic-1-retrospective: completed"), []),
        (
            (*GOOD, "sprint-1: x", "Epic-2: done", "1-1: done"),
            [
                (5, "key 'sprint-1'; the dev workflow knows epic-N, N-M-slug and epic-N-retrospective"),
                (6, "key 'Epic-2'; the dev workflow knows epic-N, N-M-slug and epic-N-retrospective"),
                (7, "key '1-1'; the dev workflow knows epic-N, N-M-slug and epic-N-retrospective"),
            ],
        ),
        (
            (*GOOD, "2-1-a: done", "epic-3-retrospective: done"),
            [
                (5, "2-1-a belongs to epic 2, which has no line epic-2"),
                (6, "epic-3-retrospective belongs to epic 3, which has no line epic-3"),
            ],
        ),
        (
            ("epic-1: optional", "1-1-set-up: backlog", "1-2-b: contexted", "epic-1-retrospective: backlog"),
            [
                (2, "epic-1 has the status 'optional'; expected one of backlog, in-progress, done, contexted"),
                (4, "1-2-b has the status 'contexted'; expected one of backlog, ready-for-dev, in-progress, review, "
                    "done"),
                (5, "epic-1-retrospective has the status 'backlog'; expected one of optional, done, completed"),
            ],
        ),
        (
            ("epic-10: done", "epic-1: odd", "1-1-set-up: backlog", "1-1-set : odd", "'1-1': {{x}}", "10-{{S}}-a: odd"),
            [
                (3, "epic-1 has the status 'odd'; expected one of backlog, in-progress, done, contexted"),
                (5, "1-1-set has the status 'odd'; expected one of backlog, ready-for-dev, in-progress, review, done"),
                (6, "key '1-1'; the dev workflow knows epic-N, N-M-slug and epic-N-retrospective"),
                (7, "10-xS-a has the status 'odd'; expected one of backlog, ready-for-dev, in-progress, review, done"),
            ],
        ),
        (("epic-1: backlog",), [(1, "development_status has no story (N-M-slug)")]),
        (
            ("epic-1: done", "1-1-a: review"),
            [(None, "no story is ready-for-dev or backlog; the dev workflow would find nothing to begin with")],
        ),
    ],
)  # fmt: skip
def test_dev_workflow_can_use_the_sprint_status(lines: tuple[str, ...], found: list[tuple[int | None, str]]) -> None:
    assert list(sprint_findings(*sprint(*lines))) == in_sprint(*found)


@pytest.mark.parametrize(
    ("text", "line"), [("a: 1\ndevelopment_status: {}\n", 2), ("'development_status': []\n", 1), ("a: 1\n", None)]
)
def test_sprint_status_without_stories_is_of_no_use(text: str, line: int | None) -> None:
    message = "development_status is missing or empty; the dev workflow finds its story there"

    assert list(sprint_findings(text_file("s.yaml", text), parse(text))) == in_sprint((line, message))


def test_sprint_status_has_bmads_own_keys_and_a_retrospective_for_each_epic() -> None:
    head = "".join(f"{key}: x\n" for key in STATUS_KEYS[1:-1])
    lines = ("epic-1: done", "epic-1-retrospective: done", "epic-2: done", "2-1-a: done", "epic-3: done")

    assert list(sprint_gaps(*sprint(*lines, head=head))) == in_sprint(
        (None, "has no key generated, which BMAD's own sprint status has"),
        (None, "has no key story_location, which BMAD's own sprint status has"),
        (7, "epic-2 has no line epic-2-retrospective"),
        (9, "epic-3 has no line epic-3-retrospective"),
    )


def test_sprint_status_that_holds_no_stories_lacks_no_retrospective() -> None:
    whole = dict.fromkeys(STATUS_KEYS, "x")

    assert list(sprint_gaps(text_file("s.yaml", ""), {**whole, "development_status": ["epic-1"]})) == []


def test_workflow_leaves_the_sprint_status_under_the_name_that_is_read() -> None:
    given = config(
        "steps:\n  1: {output: notes.md}\n  2:\n    output: out/sprint_status.yaml\n  3: {output: [sprint-status]}\n"
        "  4: {output: out/sprint-status.yaml}\n  5:\n    file: a\n    output: sprintstatus.yaml\n"
    )

    assert list(status_file_findings(given, "sprint-status.yaml")) == in_config(
        (4, "step 2 leaves out/sprint_status.yaml; the dev workflow reads sprint-status.yaml"),
        (9, "step 5 leaves sprintstatus.yaml; the dev workflow reads sprint-status.yaml"),
    )
