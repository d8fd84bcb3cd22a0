"""The judge: knows the checklist, outcomes and verdicts, and nothing of workflows, MCP or BMAD."""

__version__ = "0.1.0"
