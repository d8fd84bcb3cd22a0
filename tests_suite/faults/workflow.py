"""Faults of the workflow tree (2.1.1, 2.1.4, 2.1.5, 2.1.6)."""

from __future__ import annotations

from tests_suite.faults import (
    workflow_agents,
    workflow_bytes,
    workflow_config,
    workflow_files,
    workflow_formats,
    workflow_links,
    workflow_names,
    workflow_steps,
    workflow_texts,
)

FAULTS = [
    *workflow_bytes.FAULTS,
    *workflow_files.FAULTS,
    *workflow_formats.FAULTS,
    *workflow_config.FAULTS,
    *workflow_names.FAULTS,
    *workflow_agents.FAULTS,
    *workflow_links.FAULTS,
    *workflow_steps.FAULTS,
    *workflow_texts.FAULTS,
]
