"""Texts for the parsers' tests: anything at all, and mixtures of what parsers find interesting."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st

# The same texts at every run: a gate's own tests must not fail on some days only.
FUZZING = settings(max_examples=300, derandomize=True, database=None, deadline=None)

MARKS = [
    "---\n", "...\n", "\n", "\n\n", " ", "    ", "\t", "\r", "\r\n", "\x85", "\u2028", "\ufeff", "\0", "\a",
    "\ud800", "```", "````", "~~~", "`", "- ", "1. ", "> ", "# ", "| ", "<!--", "-->", "? ", ": ", "'", '"', "[",
    "]", "{", "}", "{{", "}}", "{{NAME}}", "&a ", "*a", "<<: ", "|\n", ">-\n", "%", "@", ",", "=", "\\", "!x ",
    "!!int ", "!!float ", "!!bool ", "!!null ", "!!timestamp ", "!!binary ", "!!set ", "!!omap ", "!!pairs ",
    "!!str ", "!!seq ", "!!map ", "0x", "0b", "0o7", "1_0", "1:30", ".inf", ".nan", "2026-13-06", "2026-01-06", "~",
    "null", "yes", "é", "🔧", "steps:", "agents:", "file: x.md", "nextStep: x", "](", "[x](a.md)", "[x](<a b.md>)",
    "(", ")", "agents/a.md", "steps/1/step-01-a.md", "../", "./", "{workflow_path}/", "{workflow_root}/agents/",
    "{nextStepFile}", "%20", "%ff", "http://x", "<<<<<<< a\n", "=======\n", ">>>>>>>\n",
]  # fmt: skip

MIXTURES = st.lists(st.sampled_from(MARKS) | st.text(max_size=3), max_size=25).map("".join)
ODD_TEXTS = MIXTURES | st.text()
