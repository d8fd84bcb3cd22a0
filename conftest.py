"""The plugins of this suite: the judge, and one per subject."""

import pytest

PLUGINS = (
    "gate.plugin",
    "fixtures.target",
    "fixtures.fingerprint",
    "fixtures.workflow.tree",
    "fixtures.knowledge.server",
    "fixtures.knowledge.recorded",
    "fixtures.claude.clientconfig",
    "fixtures.claude.project",
    "fixtures.backup.backup",
    "fixtures.firstday.subject",
    "fixtures.package.package",
    "fixtures.evidence.record",
    "fixtures.baseline.option",
    "fixtures.executions.subject",
    "fixtures.measured.subject",
    "fixtures.monitoring.subject",
    "fixtures.staging.subject",
    "fixtures.acceptance.subject",
    "fixtures.rollback.restored",
    "fixtures.reference.rehearsal",
    "fixtures.reference.deployment",
    "fixtures.reference.evidence",
    "fixtures.repository.repository",
)


def pytest_addoption(pluginmanager: pytest.PytestPluginManager) -> None:
    """Register them by name.

    For each name in `pytest_plugins` pytest looks through the entry points of everything that is installed: a tenth of
    a second for these, a sixth of a smoke gate.
    """
    for name in PLUGINS:
        pluginmanager.import_plugin(name)
