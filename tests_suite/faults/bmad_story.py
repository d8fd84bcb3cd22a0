"""Faults of the story template (2.4.3) and of the sample story that is made with it (2.4.5)."""

from __future__ import annotations

from collections.abc import Callable

from tests_suite.faults import bmad_commands, changes
from tests_suite.faults.bmad_commands import together
from tests_suite.faults.changes import STEP
from tests_suite.faults.world import Fault, World, edit

Change = Callable[[World], None]

TEMPLATE = "templates/bmm-story.template.md"
DECISION = "templates/architecture-decision.template.md"
BOTH = {"2.4.3": "failed", "2.4.5": "failed"}


def template(old: str, new: str) -> Change:
    """A text of the story template becomes another one."""
    return changes.replaced(TEMPLATE, old, new)


def _swapped(world: World) -> None:
    path = world.workflow / TEMPLATE
    text = path.read_text(encoding="utf-8")
    notes, record = text.index("## Dev Notes"), text.index("## Dev Agent Record")
    path.write_text(f"{text[:notes]}{text[record:]}\n{text[notes:record].rstrip()}\n", encoding="utf-8")


def _removed(path: str) -> Change:
    return lambda world: (world.workflow / path).unlink()


def _no_criteria(step: str, identifier: str) -> Change:
    def change(world: World) -> None:
        path = world.workflow / STEP[step]
        text = path.read_text(encoding="utf-8")
        start = text.index("acceptance_criteria:", text.index(identifier))
        path.write_text(f"{text[:start]}criteria:{text[start + len('acceptance_criteria:') :]}", encoding="utf-8")

    return change


def _hungry_agent(world: World) -> None:
    """The dev agent of early versions stops without a file that later templates do not name."""
    edit(world.claude / bmad_commands.AGENT, "Do not open a story yet.", "Read the Context Reference, or HALT.")


FORM = [
    Fault("the template has no status", template("Status: ready-for-dev\n", ""), BOTH, ("no line `Status: …`",)),
    Fault(
        "the template has an unknown status",
        template("Status: ready-for-dev", "Status: planned"),
        BOTH,
        ("'planned' is none of",),
    ),
    Fault(
        "the template's title has no number",
        template("# Story {{epic_num}}.{{story_num}}:", "# Story:"),
        BOTH,
        ("expected `# Story N.M: Title`",),
    ),
    Fault(
        "a section has another name",
        template("## Acceptance Criteria", "## Criteria"),
        BOTH,
        ("`## Acceptance Criteria` is missing",),
    ),
    Fault("sections stand in another order", _swapped, BOTH, ("stands behind",)),
    Fault("the wish lacks its benefit", template("so that {{benefit}}.\n", ""), BOTH, ("no sentence of the form",)),
    Fault(
        "criteria are bullets",
        together(template("1. {{", "- {{"), template("2. {{", "- {{"), template("3. {{", "- {{")),
        BOTH,
        ("no numbered criterion",),
    ),
    Fault(
        "tasks have no boxes",
        together(*(template(f"- [ ] Task {n}", f"- Task {n}") for n in (1, 2, 3, 4))),
        BOTH,
        ("has no box",),
    ),
    Fault("a box is written wrongly", template("- [ ] Task 1", "- [] Task 1"), BOTH, ("no box that BMAD finds",)),
    Fault("tasks name no criteria", template(" (AC: #1)\n", "\n"), BOTH, ("task names no criterion",)),
    Fault(
        "a task names a criterion that is not there",
        template("(AC: #2, #3)", "(AC: #2, #3, #8)"),
        {"2.4.3": "failed"},
        ("names #8; the story has 3 criteria",),
    ),
    Fault(
        "a criterion is nobody's task",
        template("3. {{acceptance_criterion_3}}\n", "3. {{acceptance_criterion_3}}\n4. {{acceptance_criterion_4}}\n"),
        {"2.4.3": "failed"},
        ("criterion 4 is named by no task",),
    ),
    Fault("a comment is never closed", template("{{draft_id}}. -->", "{{draft_id}}."), BOTH, ("never closed",)),
    Fault(
        "a code fence is never closed",
        template("### Architecture Context", "```yaml\n### Architecture Context"),
        BOTH,
        ("never closed",),
    ),
    Fault("the record has no file list", template("### File List\n", ""), BOTH, ("`### File List` is missing",)),
    Fault(
        "references stand outside the notes",
        together(template("### References\n", ""), template("### Agent", "### References\n\n- x\n\n### Agent")),
        BOTH,
        ("`### References` is not below it",),
    ),
    Fault(
        "stories start with a status that the dev workflow does not pick up",
        template("Status: ready-for-dev", "Status: backlog"),
        {"2.4.3": "failed"},
        ("'backlog' is nowhere in BMAD's dev workflow",),
    ),
    Fault(
        "the installed dev agent wants what the template does not have",
        _hungry_agent,
        {"2.4.3": "failed"},
        ("has no `### Context Reference`, without which the dev agent of this BMAD stops",),
    ),
    Fault(
        "a heading is spelled as older versions do",
        template("## Tasks / Subtasks", "## Tasks/Subtasks"),
        {"2.4.3": "degraded"},
        ("understood as 'Tasks / Subtasks'",),
    ),
    Fault(
        "a task names its criteria as older versions do",
        template("(AC: #2, #3)", "(AC: 2-3)"),
        {"2.4.3": "degraded"},
        ("understood as #2, #3",),
    ),
    Fault("the template is gone", _removed(TEMPLATE), {**BOTH, "2.4.4": "failed"}, ("bmm-story.template.md",)),
]

GENERATION = [
    Fault(
        "the template asks for what no draft has",
        template("{{implementation_guidance}}", "{{sprint_goal}}"),
        {"2.4.5": "failed"},
        ("placeholder {{sprint_goal}} is left",),
    ),
    Fault(
        "the template leaves a placeholder in a comment",
        template("{{draft_id}}. -->", "{{draft_author}}. -->"),
        {"2.4.5": "failed"},
        ("a placeholder is left in a comment",),
    ),
    Fault("the decision's template is gone", _removed(DECISION), {"2.4.5": "failed"}, ()),
    Fault(
        "the decision's template has an open placeholder",
        changes.replaced(DECISION, "{{RATIONALE}}", "{{RATIONALE"),
        {"2.4.5": "failed"},
        (),
    ),
    Fault(
        "step 2A's draft has no criteria",
        _no_criteria("2a", "ARCH-S01"),
        {"2.4.5": "failed"},
        ("ARCH-S01: has no acceptance criteria",),
    ),
    Fault(
        "a draft has no title",
        changes.replaced(STEP["2a"], 'title: "Measure a plain-prompt baseline"', 'title: ""'),
        {"2.4.5": "failed"},
        ("ARCH-S01: has no title",),
    ),
    Fault(
        "a draft has an empty criterion",
        changes.replaced(STEP["2a"], '- "Each case is run three times and all outputs are kept"', '- "…"'),
        {"2.4.5": "failed"},
        ("acceptance criterion 2 has no words",),
    ),
    Fault(
        "a draft of a later step has no criteria",
        _no_criteria("6", "RAG-S02"),
        {"2.4.5": "failed"},
        ("RAG-S02: has no acceptance criteria",),
    ),
]

FAULTS = [Fault(each.name, each.breaks, each.trips, each.says, "bmad") for each in (*FORM, *GENERATION)]
