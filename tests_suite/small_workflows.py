"""Workflows of a few files that exist in memory only, for tests of the functions that look through them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from fixtures.textfile import TextFile
from fixtures.workflow.steps import StepGraph, step_graph
from fixtures.workflow.tree import WorkflowTree

NOWHERE = Path("/nowhere/at/all")


def tree_of(texts: Mapping[str, str]) -> WorkflowTree:
    """A workflow of these texts, by their path from its root."""
    files = {path: TextFile(path, text.encode(), text, ()) for path, text in sorted(texts.items())}
    return WorkflowTree(NOWHERE, files)


def graph_of(fronts: Mapping[str, str], **others: str) -> StepGraph:
    """The steps of a workflow with these frontmatters, by their path below steps/.

    `others` are further texts: `config` that of config.yaml, `workflow` that of workflow.md.
    """
    texts = {f"steps/{name}": f"---\n{front}\n---\n" for name, front in fronts.items()}
    names = {"config": "config.yaml", "workflow": "workflow.md"}
    return step_graph(tree_of(texts | {names[name]: text for name, text in others.items()}))
