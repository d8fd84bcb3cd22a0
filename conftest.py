"""The plugins of this suite: the judge, and one per subject."""

pytest_plugins = (
    "gate.plugin",
    "fixtures.target",
    "fixtures.workflow.tree",
    "fixtures.knowledge.server",
    "fixtures.knowledge.recorded",
    "fixtures.claude.clientconfig",
    "fixtures.claude.project",
    "fixtures.backup.backup",
    "fixtures.package.package",
    "fixtures.evidence.record",
    "fixtures.baseline.option",
    "fixtures.staging.subject",
    "fixtures.rollback.restored",
    "fixtures.reference.rehearsal",
    "fixtures.reference.deployment",
    "fixtures.reference.evidence",
    "fixtures.repository.repository",
)
