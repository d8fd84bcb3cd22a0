"""Faults of the agents' files (2.1.5, and whoever names an agent)."""

from __future__ import annotations

from tests_suite.faults.changes import (
    STEP,
    agent,
    all_of,
    copied,
    prepended,
    removed,
    renamed,
    replaced,
    xml,
)
from tests_suite.faults.world import Fault

OWN = {"2.1.5": "failed"}
STALE = {"2.1.5": "degraded"}
# config.yaml and a step name every agent: where its description is gone, they point at nothing.
DESCRIPTION_GONE = {"2.1.1": "failed", "2.1.4": "failed", "2.1.5": "failed", "2.1.6": "degraded"}
DESCRIPTION_MISNAMED = {"2.1.4": "failed", "2.1.5": "failed", "2.1.6": "degraded"}

MISSING = [
    Fault(
        "an agent's description is missing",
        removed(agent("rag-specialist")),
        DESCRIPTION_GONE,
        (
            "2.1.1 :: agents/*.md: found 10 of 11 files",
            "2.1.4 config.yaml:115: agents.6: agents/rag-specialist.md does not exist",
            "2.1.4 config.yaml:190: steps.6.agent: agents/rag-specialist.md does not exist",
            f"2.1.5 {agent('rag-specialist')}:: is missing",
            f"2.1.6 {STEP['6']}:17: points at {{workflow_path}}/agents/rag-specialist.md",
            "2.1.6 workflow.md:74: points at agents/rag-specialist.md",
        ),
    ),
    Fault(
        "the description of dev, which config.yaml does not name, is missing",
        removed(agent("dev")),
        {"2.1.1": "failed", "2.1.5": "failed", "2.1.6": "degraded"},
        (f"2.1.5 {agent('dev')}:: is missing", f"2.1.6 {STEP['11']}:23: points at {{workflow_path}}/agents/dev.md"),
    ),
    Fault(
        "an agent's XML is missing",
        removed(xml("rag-specialist")),
        {"2.1.1": "failed", "2.1.5": "failed"},
        ("2.1.1 :: agents/config/*.xml: found 10 of 11 files", f"2.1.5 {xml('rag-specialist')}:: is missing"),
    ),
    Fault(
        "an agent's XML that a step loads is missing",
        removed(xml("tech-lead")),
        {"2.1.1": "failed", "2.1.5": "failed", "2.1.6": "degraded"},
        (f"2.1.5 {xml('tech-lead')}:: is missing", f"2.1.6 {STEP['10']}:18: points at"),
    ),
    Fault(
        "an agent's description and XML are missing",
        all_of(removed(agent("rag-specialist")), removed(xml("rag-specialist"))),
        DESCRIPTION_GONE,
        (f"2.1.5 {agent('rag-specialist')}:: is missing", f"2.1.5 {xml('rag-specialist')}:: is missing"),
    ),
    Fault(
        "all agents' XML is missing",
        removed("agents/config"),
        {"2.1.1": "failed", "2.1.5": "failed", "2.1.6": "degraded"},
        ("2.1.1 :: agents/config/*.xml: found 0 of 11 files", f"2.1.5 {xml('business-analyst')}:: is missing"),
    ),
    Fault(
        "one agent's description and another one's XML are missing",
        all_of(removed(agent("rag-specialist")), removed(xml("dev"))),
        DESCRIPTION_GONE,
        (f"2.1.5 {agent('rag-specialist')}:: is missing", f"2.1.5 {xml('dev')}:: is missing"),
    ),
]

MISNAMED = [
    Fault(
        "an agent's description has a misspelt name",
        renamed(agent("data-engineer"), agent("data-enginer")),
        DESCRIPTION_MISNAMED,
        (
            f"2.1.4 {agent('data-enginer')}:: is neither in config.yaml's agents nor named by a step",
            f"2.1.5 {agent('data-engineer')}:: is missing; is 'data-enginer' a misspelling of it?",
            f"2.1.5 {agent('data-enginer')}:: 'data-enginer' is no agent of this release",
        ),
    ),
    Fault(
        "an agent's description has a capital letter",
        renamed(agent("data-engineer"), agent("Data-Engineer")),
        DESCRIPTION_MISNAMED,
        (
            "2.1.4 config.yaml:112: agents.3: agents/data-engineer.md does not exist",
            f"2.1.5 {agent('data-engineer')}:: is missing; is 'Data-Engineer' a misspelling of it?",
        ),
    ),
    Fault(
        "an agent's description ends in capitals",
        renamed(agent("data-engineer"), "agents/data-engineer.MD"),
        DESCRIPTION_GONE,
        (
            "2.1.1 agents/data-engineer.MD:: does not belong to the release",
            "2.1.5 agents/data-engineer.MD:: is no agent file",
        ),
    ),
    Fault(
        "an agent's XML has a misspelt name",
        renamed(xml("data-engineer"), xml("data-enginer")),
        OWN,
        (
            f"2.1.5 {xml('data-engineer')}:: is missing; is 'data-enginer' a misspelling of it?",
            f"2.1.5 {xml('data-enginer')}:: 'data-enginer' is no agent of this release",
        ),
    ),
    Fault(
        "an agent's XML lacks the end of its name",
        renamed(xml("data-engineer"), "agents/config/data-engineer.xml"),
        OWN,
        (
            f"2.1.5 {xml('data-engineer')}:: is missing",
            "2.1.5 agents/config/data-engineer.xml:: is no agent file; expected agents/NAME.md or "
            "agents/config/NAME-agent.xml",
        ),
    ),
    Fault(
        "an agent's XML lies beside its description",
        renamed(xml("data-engineer"), "agents/data-engineer-agent.xml"),
        {"2.1.1": "failed", "2.1.5": "failed"},
        (
            "2.1.1 agents/data-engineer-agent.xml:: does not belong to the release",
            f"2.1.5 {xml('data-engineer')}:: is missing",
            "2.1.5 agents/data-engineer-agent.xml:: is no agent file",
        ),
    ),
]

CROSSED = [
    Fault(
        "an agent's XML is a copy of another one's",
        copied(xml("rag-specialist"), xml("data-engineer")),
        OWN,
        (f"2.1.5 {xml('data-engineer')}:2: has the id 'rag-specialist'; expected that of 'data-engineer'",),
    ),
    Fault(
        "two agents' XML is exchanged",
        all_of(
            renamed(xml("dev"), "agents/config/dev.tmp"),
            renamed(xml("tech-lead"), xml("dev")),
            renamed("agents/config/dev.tmp", xml("tech-lead")),
        ),
        OWN,
        (
            f"2.1.5 {xml('dev')}:1: has the id 'tech-lead.agent.yaml'; expected that of 'dev'",
            f"2.1.5 {xml('tech-lead')}:1: has the id 'ai-eng-dev.agent.yaml'; expected that of 'tech-lead'",
        ),
    ),
    Fault(
        "an agent's XML has another agent's id behind an attribute with a bracket",
        all_of(
            replaced(xml("dev"), 'id="ai-eng-dev.agent.yaml"', "title2='a > b'\n  id = 'tech-lead'"),
            prepended(xml("dev"), '<!-- <agent id="dev"> -->\n'),
        ),
        OWN,
        (f"2.1.5 {xml('dev')}:3: has the id 'tech-lead'; expected that of 'dev'",),
    ),
    Fault(
        "an agent's description names another one's XML",
        replaced(agent("data-engineer"), "config/data-engineer-agent.xml", "config/rag-specialist-agent.xml"),
        OWN,
        (
            f"2.1.5 {agent('data-engineer')}:: does not name config/data-engineer-agent.xml, its configuration; "
            "it names rag-specialist-agent.xml instead",
        ),
    ),
    Fault(
        "an agent's description names its XML in another case",
        replaced(agent("dev"), "config/dev-agent.xml", "config/Dev-agent.xml"),
        OWN,
        (f"2.1.5 {agent('dev')}:: does not name config/dev-agent.xml, its configuration; it names Dev-agent.xml",),
    ),
    Fault(
        "an agent's description names no XML",
        replaced(agent("dev"), "`config/dev-agent.xml`", "its configuration"),
        OWN,
        (f"2.1.5 {agent('dev')}:: does not name config/dev-agent.xml, its configuration; it names no XML file",),
    ),
    Fault(
        "an agent's description is a copy of another one's",
        copied(agent("tech-lead"), agent("dev")),
        OWN,
        (
            f"2.1.5 {agent('dev')}:: does not name config/dev-agent.xml, its configuration; "
            "it names tech-lead-agent.xml instead",
        ),
    ),
]

STALE_REFERENCES = [
    Fault(
        "an agent refers to a step under its former name",
        replaced(agent("data-engineer"), "step-03a-data-requirements.md", "step-03-data-engineer.md"),
        STALE,
        (
            f"2.1.5 {agent('data-engineer')}:7: referenced_by names steps/1-feature/step-03-data-engineer.md, "
            "which does not exist",
        ),
    ),
    Fault(
        "an agent refers to a step in another case",
        replaced(agent("mlops-engineer"), "steps/5-operations/step-09", "steps/5-Operations/step-09"),
        STALE,
        (f"2.1.5 {agent('mlops-engineer')}:7: referenced_by names steps/5-Operations/step-09-mlops-engineer.md",),
    ),
    Fault(
        "one of the steps that an agent refers to does not exist",
        replaced(
            agent("data-engineer"),
            "referenced_by: 'steps/1-feature/step-03a-data-requirements.md'",
            "referenced_by:\n  - steps/1-feature/step-03a-data-requirements.md\n  - steps/1-feature/step-03b.md",
        ),
        STALE,
        (f"2.1.5 {agent('data-engineer')}:7: referenced_by names steps/1-feature/step-03b.md, which does not exist",),
    ),
    Fault(
        "several agents refer to a folder that does not exist",
        all_of(
            *(
                replaced(agent(name), "referenced_by: 'steps/", "referenced_by: 'phases/")
                for name in ("business-analyst", "data-engineer", "llm-evaluator")
            )
        ),
        STALE,
        (
            f"2.1.5 {agent('business-analyst')}:7: referenced_by names phases/",
            f"2.1.5 {agent('data-engineer')}:7: referenced_by names phases/",
            f"2.1.5 {agent('llm-evaluator')}:7: referenced_by names phases/",
        ),
    ),
]

FAULTS = [*MISSING, *MISNAMED, *CROSSED, *STALE_REFERENCES]
