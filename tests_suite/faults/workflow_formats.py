"""Faults of single files in their format: Markdown, YAML templates and XML (2.1.1)."""

from __future__ import annotations

from tests_suite.faults.changes import (
    CHECKLIST,
    CHUNKING,
    STEP,
    Change,
    agent,
    all_of,
    appended,
    prepended,
    replaced,
    rewritten,
    written,
    xml,
)
from tests_suite.faults.world import Fault

SYNTAX = {"2.1.1": "failed"}
STEP_UNREADABLE = {"2.1.1": "failed", "2.1.6": "failed"}
SIDECAR = "templates/sidecar.template.yaml"
LOG = "templates/decision-log.template.md"
FENCE = "```"
BILLION_LAUGHS = """<!DOCTYPE agent [
<!ENTITY a "ha">
<!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">
<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">
]>
"""
BILLION_ALIASES = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 10)}]\n" for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)


def _without(tag: str) -> Change:
    """The XML of dev lacks an element."""
    return rewritten(
        xml("dev"),
        lambda raw: raw[: raw.index(f"  <{tag}".encode())] + raw[raw.index(f"</{tag}>\n".encode()) + len(tag) + 4 :],
    )


def _emptied(tag: str) -> Change:
    """The XML of dev has an element with nothing in it but a comment."""
    return rewritten(
        xml("dev"),
        lambda raw: (
            raw[: raw.index(f"  <{tag}".encode())]
            + f"  <{tag}>\n  <!-- later -->\n  ".encode()
            + raw[raw.index(f"</{tag}>\n".encode()) :]
        ),
    )


FRONTMATTER = [
    Fault(
        "an agent's frontmatter is never closed",
        replaced(agent("dev"), "\n---\n", "\n"),
        SYNTAX,
        (f"2.1.1 {agent('dev')}:1: frontmatter is opened by --- and never closed",),
    ),
    Fault(
        "an agent's frontmatter is empty",
        rewritten(agent("dev"), lambda raw: b"---\n---\n" + raw.split(b"\n---\n", 1)[1]),
        SYNTAX,
        (f"2.1.1 {agent('dev')}:2: frontmatter holds no keys",),
    ),
    Fault(
        "workflow.md has no frontmatter",
        rewritten("workflow.md", lambda raw: raw.split(b"\n---\n", 1)[1]),
        SYNTAX,
        ("2.1.1 workflow.md:1: frontmatter lacks name and description",),
    ),
    Fault(
        "a step's frontmatter stands below a blank line",
        prepended(STEP["2a"], "\n"),
        STEP_UNREADABLE,
        (f"2.1.1 {STEP['2a']}:1: frontmatter lacks name and description", f"2.1.6 {STEP['2a']}:1: names no next step"),
    ),
    Fault(
        "an agent's frontmatter has a colon that is not quoted",
        replaced(agent("dev"), 'description: "Implements', "description: Note: implements"),
        SYNTAX,
        (f"2.1.1 {agent('dev')}:3: frontmatter is no valid YAML: ",),
    ),
    Fault(
        "a step's frontmatter has a quote that is not closed",
        replaced(STEP["9"], "step-10-tech-lead.md'", "step-10-tech-lead.md"),
        STEP_UNREADABLE,
        (f"2.1.1 {STEP['9']}:", "frontmatter is no valid YAML: ", f"2.1.6 {STEP['9']}:1: names no next step"),
    ),
    Fault(
        "workflow.md's frontmatter is indented with a tab",
        replaced("workflow.md", "web_bundle: true\n", "web_bundle:\n\tenabled: true\n"),
        SYNTAX,
        ("2.1.1 workflow.md:5: frontmatter is no valid YAML: ", "the line has a tab; YAML indents with spaces"),
    ),
    Fault(
        "an agent's frontmatter has a key twice",
        replaced(agent("dev"), "\ndescription:", '\nname: "developer"\ndescription:'),
        SYNTAX,
        (f"2.1.1 {agent('dev')}:3: frontmatter is no valid YAML: key 'name' stands twice, first in line 2",),
    ),
    Fault(
        "a step's frontmatter has its next step twice",
        replaced(STEP["6"], "\noutputPhase:", "\nnextStep: '4-evaluation/step-08-llm-evaluator.md'\noutputPhase:"),
        STEP_UNREADABLE,
        (f"2.1.1 {STEP['6']}:10: frontmatter is no valid YAML: key 'nextStep' stands twice, first in line 9",),
    ),
    Fault(
        "an agent's frontmatter is a list",
        rewritten(agent("dev"), lambda raw: raw.replace(b"name:", b"- name:", 1).replace(b"\ndesc", b"\n- desc", 1)),
        SYNTAX,
        (f"2.1.1 {agent('dev')}:2: frontmatter holds no keys",),
    ),
    Fault(
        "a step has no name",
        replaced(STEP["7"], "name: 'step-07-prompt-engineer'\n", ""),
        SYNTAX,
        (f"2.1.1 {STEP['7']}:1: frontmatter lacks name;",),
    ),
    Fault(
        "an agent has no description",
        rewritten(agent("dev"), lambda raw: raw.replace(b"\ndescription:", b"\nsummary:", 1)),
        SYNTAX,
        (f"2.1.1 {agent('dev')}:1: frontmatter lacks description;",),
    ),
    Fault(
        "a step's description is blank",
        rewritten(STEP["7"], lambda raw: raw.replace(b"description: '", b"description: '  '  # ", 1)),
        SYNTAX,
        (f"2.1.1 {STEP['7']}:1: frontmatter lacks description;",),
    ),
    Fault(
        "a template's frontmatter is no YAML once it is filled",
        replaced(LOG, 'created: "{{DATE}}"', "created: {{DATE}}: {{TIME}}"),
        SYNTAX,
        (f"2.1.1 {LOG}:3: frontmatter is no valid YAML: ",),
    ),
]

FENCES = [
    Fault(
        "a code fence in a step is never closed",
        rewritten(STEP["1"], lambda raw: b"".join(raw.rpartition(b"```\n")[::2])),
        SYNTAX,
        (f"2.1.1 {STEP['1']}:173: code fence is opened here and never closed",),
    ),
    Fault(
        "a tilde fence is closed by backticks",
        appended(CHECKLIST, f"\n~~~text\nexample\n{FENCE}\n"),
        SYNTAX,
        (f"2.1.1 {CHECKLIST}:101: code fence is opened here and never closed",),
    ),
    Fault(
        "a fence of four backticks is closed by three",
        appended(CHECKLIST, f"\n`{FENCE}md\n{FENCE}\nexample\n{FENCE}\n"),
        SYNTAX,
        (f"2.1.1 {CHECKLIST}:101: code fence is opened here and never closed",),
    ),
    Fault(
        "a code fence in a list is never closed",
        appended(CHECKLIST, f"\n1. Run this:\n\n   {FENCE}bash\n   make\n\n2. Read what it says.\n"),
        SYNTAX,
        (f"2.1.1 {CHECKLIST}:103: code fence is opened here and never closed",),
    ),
    Fault(
        "a code fence in a list is closed outside of it",
        appended(CHECKLIST, f"\n1. Run this:\n\n   {FENCE}bash\n   make\n{FENCE}\n\nRead what it says.\n"),
        SYNTAX,
        (f"2.1.1 {CHECKLIST}:103: code fence is opened here and never closed",),
    ),
    Fault(
        "a code fence is closed by a line that is indented too far",
        appended(CHECKLIST, f"\n{FENCE}text\nexample\n    {FENCE}\n"),
        SYNTAX,
        (f"2.1.1 {CHECKLIST}:101: code fence is opened here and never closed",),
    ),
    Fault(
        "a template's last code fence is open although a line ends with backticks",
        appended("templates/phase-spec.template.md", f"\n{FENCE}text\nexample {FENCE}\n"),
        SYNTAX,
        ("2.1.1 templates/phase-spec.template.md:", "code fence is opened here and never closed"),
    ),
]

TEMPLATES = [
    Fault(
        "a template is indented with a tab",
        replaced(CHUNKING, "  overlap:", "\toverlap:"),
        SYNTAX,
        (f"2.1.1 {CHUNKING}:13: no valid YAML: ", "the line has a tab; YAML indents with spaces"),
    ),
    Fault(
        "a template has a nested key twice",
        replaced(CHUNKING, "  chunk_size: {{CHUNK_SIZE}}", "  strategy: {{STRATEGY}}\n  chunk_size: {{CHUNK_SIZE}}"),
        SYNTAX,
        (f"2.1.1 {CHUNKING}:12: no valid YAML: key 'strategy' stands twice, first in line 11",),
    ),
    Fault(
        "a template has a key at the top twice",
        appended(CHUNKING, "\nchunking: {}\n"),
        SYNTAX,
        (f"2.1.1 {CHUNKING}:", "no valid YAML: key 'chunking' stands twice, first in line 7"),
    ),
    Fault(
        "a template is indented unevenly",
        replaced(CHUNKING, "  overlap:", "   overlap:"),
        SYNTAX,
        (f"2.1.1 {CHUNKING}:13: no valid YAML: ",),
    ),
    Fault(
        "a template has a bracket that is not closed",
        replaced(SIDECAR, "stepsCompleted: []", "stepsCompleted: ["),
        SYNTAX,
        (f"2.1.1 {SIDECAR}:", "no valid YAML: while parsing a flow sequence"),
    ),
    Fault(
        "a template has a date that no calendar has",
        replaced(SIDECAR, 'currentStep: "1"', "lastStep: 2026-02-30"),
        SYNTAX,
        (f"2.1.1 {SIDECAR}:20: no valid YAML: ",),
    ),
    Fault(
        "a template has a tag that only one program knows",
        replaced(SIDECAR, 'currentStep: "1"', "currentStep: !step 1"),
        SYNTAX,
        (f"2.1.1 {SIDECAR}:20: no valid YAML: ", "!step"),
    ),
    Fault(
        "a template is a list",
        written(CHUNKING, "- strategy: {{CHUNKING_STRATEGY}}\n- chunk_size: {{CHUNK_SIZE}}\n"),
        SYNTAX,
        (f"2.1.1 {CHUNKING}:1: holds no keys",),
    ),
    Fault(
        "a template holds two documents",
        appended(CHUNKING, "---\nsecond: true\n"),
        SYNTAX,
        (f"2.1.1 {CHUNKING}:", "no valid YAML: ", "document"),
    ),
    Fault(
        "a template's aliases would fill the memory",
        written(CHUNKING, BILLION_ALIASES),
        SYNTAX,
        (f"2.1.1 {CHUNKING}:", "once its aliases are written out"),
    ),
    Fault(
        "a template names an alias that it does not define",
        replaced(CHUNKING, "{{CHUNKING_STRATEGY}}", "*default"),
        SYNTAX,
        (f"2.1.1 {CHUNKING}:11: no valid YAML: ", "undefined alias"),
    ),
    Fault(
        "a template is no YAML once it is filled",
        replaced(CHUNKING, "strategy: {{CHUNKING_STRATEGY}}", "strategy: {{CHUNKING_STRATEGY}}: {{REASON}}"),
        SYNTAX,
        (f"2.1.1 {CHUNKING}:11: no valid YAML: mapping values are not allowed",),
    ),
    Fault(
        "a template's placeholder is not closed",
        replaced(CHUNKING, 'project: "{{PROJECT_NAME}}"', 'project: "{{PROJECT_NAME}"'),
        SYNTAX,
        (f"2.1.1 {CHUNKING}:4: placeholder is opened by {{{{ and not closed in this line",),
    ),
    Fault(
        "a placeholder of a Markdown template goes over two lines",
        replaced("templates/bmm-story.template.md", "{{story_title}}", "{{story\n_title}}"),
        SYNTAX,
        ("2.1.1 templates/bmm-story.template.md:1: placeholder is opened by {{",),
    ),
]

XML = [
    Fault(
        "an agent's XML closes another tag than it opens",
        replaced(xml("dev"), "</role>", "</roles>"),
        SYNTAX,
        (f"2.1.1 {xml('dev')}:12: no well-formed XML: mismatched tag",),
    ),
    Fault(
        "an agent's XML is cut off",
        rewritten(xml("dev"), lambda raw: raw[: raw.index(b"</agent>")]),
        SYNTAX,
        (f"2.1.1 {xml('dev')}:", "no well-formed XML: no element found"),
    ),
    Fault(
        "an agent's XML has an ampersand that is not escaped",
        replaced(xml("dev"), "one task at a time", "one task & no more"),
        SYNTAX,
        (f"2.1.1 {xml('dev')}:8: no well-formed XML: ",),
    ),
    Fault(
        "an agent's XML has something behind its root",
        appended(xml("dev"), "<agent/>\n"),
        SYNTAX,
        (f"2.1.1 {xml('dev')}:", "no well-formed XML: junk after document element"),
    ),
    Fault(
        "an agent's XML uses an entity of HTML",
        replaced(xml("dev"), "one task at a time", "one&nbsp;task at a time"),
        SYNTAX,
        (f"2.1.1 {xml('dev')}:8: no well-formed XML: undefined entity",),
    ),
    Fault(
        "an agent's XML declares itself in its second line",
        prepended(xml("llm-evaluator"), "\n"),
        SYNTAX,
        (f"2.1.1 {xml('llm-evaluator')}:2: no well-formed XML: XML or text declaration not at start",),
    ),
    Fault(
        "an agent's XML names a DTD",
        prepended(xml("dev"), '<!DOCTYPE agent SYSTEM "agent.dtd">\n'),
        SYNTAX,
        (f"2.1.1 {xml('dev')}:1: has a DTD or entities",),
    ),
    Fault(
        "an agent's XML is an entity bomb",
        all_of(prepended(xml("dev"), BILLION_LAUGHS), replaced(xml("dev"), "one task at a time", "&c;")),
        SYNTAX,
        (f"2.1.1 {xml('dev')}:1: has a DTD or entities",),
    ),
    Fault(
        "an agent's XML declares an encoding that there is not",
        prepended(xml("dev"), '<?xml version="1.0" encoding="utf-9"?>\n'),
        SYNTAX,
        (f"2.1.1 {xml('dev')}:1: ", "encoding"),
    ),
    Fault(
        "an agent's XML declares an encoding that it does not have",
        prepended(xml("dev"), '<?xml version="1.0" encoding="UTF-16"?>\n'),
        SYNTAX,
        (f"2.1.1 {xml('dev')}:1: ", "encoding"),
    ),
    Fault(
        "an agent's XML has another root",
        rewritten(
            xml("dev"), lambda raw: raw.replace(b"<agent ", b"<persona-file ").replace(b"</agent>", b"</persona-file>")
        ),
        SYNTAX,
        (f"2.1.1 {xml('dev')}:1: root element is <persona-file>; expected <agent>",),
    ),
    Fault(
        "an agent's XML lacks an attribute, and another one is blank",
        rewritten(xml("dev"), lambda raw: raw.replace(b' name="Ines"', b"").replace(b'icon="keyboard"', b'icon=" "')),
        SYNTAX,
        (f"2.1.1 {xml('dev')}:1: <agent> lacks name, icon",),
    ),
    Fault(
        "an agent's XML lacks a section",
        _without("expertise"),
        SYNTAX,
        (f"2.1.1 {xml('dev')}:1: <agent> lacks the section expertise",),
    ),
    Fault(
        "an agent's XML has a section without content, below a comment of two lines",
        all_of(_emptied("handoff"), prepended(xml("dev"), "<!-- <agent>\n-->\n")),
        SYNTAX,
        (f"2.1.1 {xml('dev')}:3: <agent> lacks the section handoff, or it is empty",),
    ),
]

FAULTS = [*FRONTMATTER, *FENCES, *TEMPLATES, *XML]
