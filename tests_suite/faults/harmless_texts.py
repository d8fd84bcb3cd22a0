"""Harmless variations of the texts themselves: Markdown, XML and templates."""

from __future__ import annotations

import re

from tests_suite.faults.changes import (
    CHECKLIST,
    CHUNKING,
    STEP,
    agent,
    all_of,
    appended,
    prepended,
    replaced,
    replaced_everywhere,
    rewritten,
    xml,
)
from tests_suite.faults.harmless import Variation, every

FENCE = "```"
FOREIGN = "Größe, naïve, 日本語, עברית, हिन्दी, e\u0301, \u00a0, \u200b, \u2028, \ufffd, 👩\u200d💻, ┌─┐"

FENCES = [
    Variation(
        "a fence of four backticks holds one of three",
        appended(STEP["1"], f"\n`{FENCE}markdown\n{FENCE}yaml\nkey: value\n{FENCE}\n`{FENCE}\n"),
    ),
    Variation(
        "a fence of four backticks holds the start of one of three",
        appended(STEP["1"], f"\n`{FENCE}markdown\n{FENCE}yaml\n`{FENCE}\n"),
    ),
    Variation(
        "a tilde fence holds backticks",
        appended(STEP["1"], f"\n~~~~text\n{FENCE}\n~~~\n~~~~\n"),
    ),
    Variation(
        "fences in lists are indented",
        appended(
            agent("dev"),
            f"\n1. One:\n   {FENCE}bash\n   make\n   {FENCE}\n   - Two:\n\n     {FENCE}bash\n     make\n     {FENCE}\n"
            f"\n- {FENCE}bash\n  make\n  {FENCE}\n\n10. Ten:\n\n\t{FENCE}\n\tmake\n\t{FENCE}\n",
        ),
    ),
    Variation(
        "a fence stands in a quotation",
        appended(agent("dev"), f"\n> Like this:\n>\n> {FENCE}bash\n> make\n> {FENCE}\n"),
    ),
    Variation(
        "indented code and inline code hold three backticks",
        appended(
            agent("dev"),
            f"\nWrite this:\n\n    {FENCE}python\n\nwhich `` {FENCE} `` opens, as {FENCE}a b{FENCE} does.\n",
        ),
    ),
    Variation(
        "an HTML comment holds three backticks",
        appended(CHECKLIST, f"\n<!--\n{FENCE}\n-->\n\n{FENCE}text\nexample\n{FENCE}\n"),
    ),
    Variation(
        "fences have attributes and longer ends",
        appended(CHECKLIST, f'\n{FENCE}yaml title="a.yaml" {{1,3}}\na: 1\n{FENCE}``   \n\n {FENCE}\n x\n  {FENCE}\n'),
    ),
]

MARKDOWN = [
    Variation(
        "headings are underlined",
        appended(STEP["2b"], "\nUnderlined\n=======\n\nOnce more\n-------\n\nAnd more\n==========\n"),
    ),
    Variation(
        "horizontal rules stand everywhere",
        all_of(
            replaced(STEP["2b"], "\n---\n", "\n---\n\n---\n\n***\n\n___\n"),
            appended(agent("dev"), "\n---\n\n---\nkey: [not YAML\n---\n"),
            appended(CHECKLIST, "\n---\n"),
        ),
    ),
    Variation(
        "texts show what conflict markers look like",
        appended(
            STEP["2b"],
            "\nA line of `<<<<<<< HEAD` or >>>>>>> is left over.\n\n"
            f"{FENCE}text\n  <<<<<<< HEAD\n<<<<<<<<\n<<<<<<\n{FENCE}\n",
        ),
    ),
    Variation(
        "there is HTML in Markdown",
        appended(
            STEP["2b"],
            "\n<details>\n<summary>More & more</summary>\n\n<br>\n\n<img src='x.png'>\n\n</details>\n\n<!-- note -->\n"
            "<custom-tag attribute>\n",
        ),
    ),
    Variation("texts are written in many scripts", every((".md",), lambda text: f"{text}\n{FOREIGN}\n")),
    Variation(
        "texts hold addresses and at signs",
        appended(STEP["2b"], "\nAsk ops@example.com or @team, run `npx @scope/tool@1.2`, and load @agents of yours.\n"),
    ),
    Variation(
        "steps and workflow.md have a table and task list",
        all_of(
            appended("workflow.md", "\n| a | b |\n|---|:-:|\n| `x|y` | [ ] |\n\n- [ ] one\n- [x] two\n"),
            appended(STEP["2b"], "\n- [ ] (not a link)\n- [x](  )\n"),
        ),
    ),
]

POINTERS = [
    Variation(
        "the fork's text speaks of the next step in general",
        appended(STEP["4"], "\nUpdate the sidecar before `{nextStep}`; then load, read and execute {nextStep}.\n"),
    ),
    Variation(
        "the fork's links are called in their other spelling",
        all_of(
            replaced_everywhere(STEP["4"], "nextStepIfTraining", "nextStepFileTraining"),
            replaced_everywhere(STEP["4"], "nextStepIfRAGOnly", "nextStepFileRAG"),
        ),
    ),
    Variation(
        "the fork's text says in other words who takes which link",
        appended(
            STEP["4"],
            "\n| rag-only | `{nextStepIfRAGOnly}` |\n| fine-tuning, hybrid | `{nextStepIfTraining}` |\n\n"
            "Without fine-tuning, go to `{nextStepIfRAGOnly}`. `{nextStepIfRAGOnly}` is for RAG-only projects.\n"
            "If `rag-only`, load `{nextStepIfRAGOnly}`, otherwise (fine-tuning, hybrid) `{nextStepIfTraining}`.\n"
            "Unless it is rag-only, load `{nextStepIfTraining}`; with `architecture != 'rag-only'` as well:\n"
            "hybrid, unlike rag-only, loads `{nextStepIfTraining}`.\n",
        ),
    ),
    Variation(
        "a step says in words what comes next",
        all_of(
            replaced_everywhere(STEP["6"], "`{nextStepFile}`", "the file of **Step 7**"),
            replaced_everywhere(STEP["2a"], "`{nextStepFile}`", "`steps/0-scoping/step-02b-tech-stack.md`"),
            replaced_everywhere(STEP["7"], "`{nextStepFile}`", "{nextStep}"),
        ),
    ),
    Variation(
        "a link is called as the texts call it",
        replaced(STEP["8"], "nextStep: '5-operations/", "nextStepFile: '5-operations/"),
    ),
    Variation(
        "texts name other steps and send nobody there",
        appended(
            STEP["2b"],
            "\nThe figures come back in step-08-llm-evaluator.md. To revise them, load "
            "`{workflow_path}/steps/0-scoping/step-01-business-analyst.md`; load step-02b-tech-stack.md again then.\n"
            "Do not load `{workflow_path}/steps/2-training/step-05-fine-tuning-specialist.md` yet.\n",
        ),
    ),
    Variation(
        "steps name their agents in other ways, and others' besides",
        all_of(
            replaced(STEP["7"], "agents/prompt-engineer.md", "agents/config/prompt-engineer-agent.xml"),
            appended(STEP["7"], "\nCompare `{workflow_path}/agents/dev.md`.\n"),
            replaced(STEP["8"], "agents/llm-evaluator.md", "agents/{agent}.md"),
            replaced(STEP["9"], "`{workflow_path}/agents/mlops-engineer.md`", "`{agentFile}`"),
            replaced(STEP["9"], "\nnextStep:", "\nagentFile: '{workflow_path}/agents/mlops-engineer.md'\nnextStep:"),
        ),
    ),
    Variation(
        "links lead outside, to places in a page, and to what is there",
        appended(
            STEP["2b"],
            "\n[a](https://example.com/steps/x.md) [b](#menu) [c](mailto:a@example.com) [d](//example.com/x.md)\n"
            '[e](../../workflow.md#rules) [f](../../config.yaml "the configuration") [g](<../../config.yaml>)\n'
            "[h](../../../elsewhere/x.md) ![i](data:image/png;base64,AAAA) [j](../0-scoping/) [k](.) [l]()\n"
            "[m](step-01-business-analyst.md) https://example.com/agents/nobody.md [n](/checklists/x.md)\n",
        ),
    ),
    Variation(
        "links stand in code, which shows and does not point",
        appended(
            STEP["2b"],
            f"\nWrite `[title](path.md)` or ``[`x`](y.md)``.\n\n{FENCE}markdown\n[title](nowhere.md)\n{FENCE}\n\n"
            f"- {FENCE}markdown\n  [title](nowhere.md)\n  {FENCE}\n",
        ),
    ),
    Variation(
        "brackets and parentheses stand together without being a link",
        appended(STEP["2b"], "\nSee [1](the first one) and [x] (later), f[0](a, b), [2](see above).\n"),
    ),
    Variation(
        "paths hold variables, ellipses and wild cards",
        appended(
            STEP["2b"],
            "\n`{workflow_path}/agents/[agent-name].md` `{workflow_path}/agents/{agent}.md` `{workflow_path}/steps/…`\n"
            "`{workflow_path}/steps/...` `{workflow_path}/templates/*.md` `{workflow_path}/checklists/<name>.md`\n"
            "`{workflow_root}/steps/`, `{workflow_path}/config.yaml`. **{workflow_path}/agents/dev.md**:\n"
            "({workflow_path}/workflow.md#rules) `{workflow_path}/agents/config/` {output_folder}/agents/mine.md\n",
        ),
    ),
    Variation(
        "paths lie in the user's project",
        appended(
            STEP["2b"],
            "\nWrite `src/agents/router.md`, `_bmad/bmm/agents/dev.md`, `{project-root}/templates/x.yaml` and "
            "`.claude/agents/reviewer.md`.\n",
        ),
    ),
    Variation(
        "workflow.md shows how step files are called",
        appended("workflow.md", "\n`steps/0-scoping/step-NN-name.md`, `steps/{phase}/step-01-x.md`, steps/, steps\n"),
    ),
]

XML = [
    Variation(
        "an agent's XML has a declaration, comments, character data and single quotes",
        all_of(
            replaced(xml("dev"), 'icon="keyboard"', "icon='\"k\" &gt; &#x2328;'\n   since='2026'"),
            replaced(xml("dev"), "<role>", "<!-- <agent id='x'> & --><role><![CDATA[<b> & ]]>"),
            prepended(
                xml("dev"),
                "<?xml version='1.0' encoding='utf-8' standalone='yes'?>\n"
                "<!-- <agent id='tech-lead'> -->\n<?note x?>\n",
            ),
        ),
    ),
    Variation(
        "an agent's XML has its sections in another order, and more of them",
        rewritten(
            xml("data-engineer"),
            lambda raw: re.sub(
                rb"(?s)(  <persona>.*</persona>\n)(.*)</agent>",
                rb"\2\1  <menu><item cmd='x'/></menu>\n  <notes/>\n</agent>",
                raw,
            ),
        ),
    ),
    Variation(
        "a section of an agent's XML says everything in attributes",
        rewritten(
            xml("data-engineer"),
            lambda raw: re.sub(rb"(?s)<outputs>.*</outputs>", b"<outputs><output file='a.md'/></outputs>", raw),
        ),
    ),
    Variation(
        "an agent's XML is ASCII and says that it is Latin-1",
        prepended(xml("data-engineer"), '<?xml version="1.0" encoding="ISO-8859-1"?>\n'),
    ),
    Variation(
        "an agent's XML is written in many scripts",
        replaced(xml("data-engineer"), "<role>", f"<role>{FOREIGN} "),
    ),
]

TEMPLATES = [
    Variation(
        "placeholders are written in every way",
        all_of(
            appended(
                CHUNKING,
                'extra:\n  a: {{lower_case}}\n  b: "{{ SPACED }} and {{DOTTED.NAME}}"\n  c: [{{ONE}}, {{TWO}}]\n'
                "  {{KEY}}: {{VALUE}}\n  d: '{runtime_variable}'\n  # {{IN_A_COMMENT}} and {{#each things}}{{/each}}\n",
            ),
            appended(
                "templates/phase-spec.template.md", "\n{{#each rows}}\n| {{this.name}} | {{{raw}}} |\n{{/each}}\n"
            ),
        ),
    ),
    Variation(
        "a template shows JSON with braces that close together",
        appended("templates/phase-spec.template.md", f'\n{FENCE}json\n{{"a": {{"b": {{"c": 1}}}}}}\n{FENCE}\n'),
    ),
    Variation(
        "a template uses flow style and anchors",
        appended(CHUNKING, "base: &base {a: 1, b: {c: 2}}\nother: {<<: *base, d: [*base, {e: {f: 3}}]}\n"),
    ),
]

VARIATIONS = [*FENCES, *MARKDOWN, *POINTERS, *XML, *TEMPLATES]
