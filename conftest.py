"""The plugins of this suite: the judge, and one per subject."""

pytest_plugins = (
    "gate.plugin",
    "fixtures.target",
    "fixtures.workflow",
    "fixtures.knowledge",
    "fixtures.recorded",
    "fixtures.clientconfig",
    "fixtures.claude",
    "fixtures.backup",
    "fixtures.package",
)
