"""Plan 1.1.1 and 1.1.2: the syntax of every file, and the knowledge server, once more before anything else, T-24 h."""

from __future__ import annotations

from collections.abc import Callable

from fixtures.knowledge.handshake import HandshakeError
from fixtures.knowledge.server import KnowledgeServer, health_findings, median, response_times
from fixtures.workflow import guides
from fixtures.workflow.tree import WorkflowTree, composition_findings, syntax_findings
from gate.checklist import Release, verifies
from gate.measure import Measure, Recorder

# 1.1.1 Last syntax check of every workflow file


@verifies("1.1.1")
def test_every_file_that_is_to_be_packaged_is_there(
    workflow: WorkflowTree, release: Release, findings: Recorder
) -> None:
    """The package is built from this tree: what is missing here is missing in production."""
    wrong = findings.blocking(composition_findings(workflow, release.composition))

    assert not wrong, f"{len(workflow.files)} files instead of the release's {release.files}:\n{wrong}"


@verifies("1.1.1")
def test_every_file_passes_the_syntax_check(workflow: WorkflowTree, findings: Recorder, measure: Measure) -> None:
    """A file that breaks now is corrected in a minute; after the approvals it costs a new round of them."""
    by_file = syntax_findings(workflow)
    beside = guides.read(workflow.root)  # not of the files that count
    findings.degrading(guides.form_findings(beside))
    wrong = findings.blocking([*(found for each in by_file.values() for found in each), *guides.text_findings(beside)])

    measure("files valid", sum(not each for each in by_file.values()))

    assert not wrong, str(wrong)


# 1.1.2 Knowledge MCP reachable and quick


@verifies("1.1.2")
def test_production_server_is_healthy_the_day_before(
    knowledge: KnowledgeServer, release: Release, findings: Recorder
) -> None:
    """A server that is sick the day before will not be well on the day."""
    unhealthy = findings.blocking(health_findings(knowledge.health, release.knowledge_services))

    assert not unhealthy, f"{knowledge.label}:\n{unhealthy}"


@verifies("1.1.2")
def test_production_server_answers_quickly_the_day_before(knowledge: KnowledgeServer, measure: Measure) -> None:
    """A slow network path is found out while there is a day to look into it."""
    answered = [answer for answer in knowledge.health if answer.status == 200 and not answer.error]
    assert answered, f"{knowledge.label}: no answer of /health to time"
    times = response_times(answered)

    measure("response time", median(times), samples=times)


@verifies("1.1.2")
def test_production_server_speaks_mcp_the_day_before(
    knowledge: KnowledgeServer, record_property: Callable[[str, object], None]
) -> None:
    """A gateway's error page answers 200, too."""
    handshake = knowledge.handshake

    assert not isinstance(handshake, HandshakeError), f"{knowledge.label}: {handshake}"
    record_property("transport", f"{handshake.transport}, protocol {handshake.protocol}, {handshake.server}")
