"""Plan 2.4: integration with BMAD, T+45 to T+60 min. Here the workflow ends and BMAD's developers begin."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from fixtures.bmad import handoff as bmadhandoff
from fixtures.bmad import templates as bmadtemplates
from fixtures.bmad.files import broken_references, empty_roles, strangers
from fixtures.bmad.handoff import DevWorkflow
from fixtures.bmad.installation import Bmad
from fixtures.claude.project import ClaudeProject
from fixtures.finding import Finding
from fixtures.story import story
from fixtures.story.draft import SAMPLE_DECISION, Draft, drafts_in, render_decision, sample_draft
from fixtures.story.generation import Story, elaborate, gaps, render
from fixtures.textfile import TextFile
from fixtures.workflow import config as workflowconfig
from fixtures.workflow.config import WorkflowConfig
from fixtures.workflow.tree import WorkflowTree
from gate.checklist import Release, verifies
from gate.measure import Attach, Recorder

TEMPLATE = "templates/bmm-story.template.md"
DECISION = "templates/architecture-decision.template.md"
STEP_2A = "2a"


@pytest.fixture(scope="module")
def config(workflow: WorkflowTree) -> WorkflowConfig:
    """config.yaml, where the hand-over to BMAD is described."""
    found = workflowconfig.config_of(workflow)
    if found is None:
        pytest.fail(f"{workflow.root}: config.yaml is missing; expected it beside workflow.md", pytrace=False)
    return found


@pytest.fixture(scope="module")
def bmad(claude: ClaudeProject) -> Bmad:
    """BMAD as it is installed in the project."""
    return Bmad(claude)


@pytest.fixture(scope="module")
def dev(bmad: Bmad, config: WorkflowConfig) -> DevWorkflow:
    """BMAD's dev agent and dev workflow, as far as config.yaml leads to them."""
    return bmadhandoff.dev_workflow(bmad, config)


@pytest.fixture(scope="module")
def template(workflow: WorkflowTree) -> TextFile:
    """The project's own template of a story."""
    found = workflow.files.get(TEMPLATE)
    if found is None:
        pytest.fail(f"{workflow.root}: {TEMPLATE} is missing; no story can be rendered", pytrace=False)
    return found


@pytest.fixture(scope="module")
def sidecar(workflow: WorkflowTree) -> dict[object, object]:
    """The data of the sidecar's template."""
    data, faults = bmadtemplates.template_data(workflow, bmadtemplates.SIDECAR)
    if faults:
        pytest.fail("\n".join(f"{fault.file}{_at(fault)}: {fault.message}" for fault in faults), pytrace=False)
    return dict(data)


def _at(fault: Finding) -> str:
    return f":{fault.line}" if fault.line else ""


# 2.4.1 The commands are there


@verifies("2.4.1")
def test_every_command_of_the_plan_is_where_claude_code_looks(
    bmad: Bmad, release: Release, findings: Recorder, record_property: Callable[[str, object], None]
) -> None:
    """A command that is not found is not refused: Claude answers as if it were an ordinary message."""
    assert release.commands, "the release names no commands, nothing verified"
    record_property("BMAD", bmad.described)
    findings.degrading([*bmad.doubts(), *bmad.shadowed(release.commands), *bmad.unseen(release.commands)])

    absent = findings.blocking(bmad.absences(release.commands))

    assert not absent, f"{len(absent)} of {len(release.commands)} commands are not accessible:\n{absent}"


# 2.4.2 The commands do what they promise


@verifies("2.4.2")
def test_everything_the_commands_load_is_there(bmad: Bmad, release: Release, findings: Recorder) -> None:
    """Claude Code drops a missing file without a word: the command is listed, and does something else."""
    there = [bmad.claude.commands[name] for name in release.commands if name in bmad.claude.commands]
    assert there, f"{bmad.root}: none of the commands is there, nothing verified; 2.4.1 says where to look"

    broken = findings.blocking(dict.fromkeys(found for command in there for found in broken_references(bmad, command)))

    assert not broken, f"{len(there)} commands are listed, but they load what is not there:\n{broken}"


@verifies("2.4.2")
def test_every_command_runs_the_agent_or_workflow_of_its_name(bmad: Bmad, release: Release, findings: Recorder) -> None:
    """A command that loads its neighbour's file answers politely, and does the wrong work."""
    there = [bmad.commands[name] for name in release.commands if name in bmad.commands]
    assert there, f"{bmad.root}: none of the commands is BMAD's, nothing verified; 2.4.1 says where to look"

    wrong = findings.blocking(
        found for command in there for found in (*strangers(bmad, command), *empty_roles(bmad, command))
    )

    assert not wrong, str(wrong)


@verifies("2.4.2")
def test_claude_code_itself_lists_the_commands(
    bmad: Bmad, release: Release, findings: Recorder, record_property: Callable[[str, object], None]
) -> None:
    """What counts is what the program resolves; where there is no claude on PATH, the files alone decide."""
    cli = bmad.claude.cli
    record_property("Claude Code", cli.program if cli else "no claude on PATH: resolved by its files alone")
    findings.degrading(bmad.claude.doubts())
    there = [name for name in release.commands if name in bmad.claude.commands]
    assert there, f"{bmad.root}: none of the commands is there, nothing verified; 2.4.1 says where to look"

    unlisted = findings.blocking(bmad.unlisted(there))

    assert not unlisted, str(unlisted)


# 2.4.3 The story template


@verifies("2.4.3")
def test_story_template_has_the_form_that_bmad_reads(template: TextFile, findings: Recorder) -> None:
    """Every story of a project takes its form from here: a wrong heading is wrong in all of them."""
    found = story.validate(template.text, template=True)
    findings.degrading(each.in_file(template.path) for each in found if not each.blocks)

    wrong = findings.blocking([*template.faults, *(each.in_file(template.path) for each in story.blocking(found))])

    assert not wrong, str(wrong)


@verifies("2.4.3")
def test_installed_dev_agent_finds_what_it_looks_for(template: TextFile, dev: DevWorkflow, findings: Recorder) -> None:
    """BMAD versions differ in what they read in a story: the one that is installed decides."""
    unread = findings.blocking(bmadhandoff.unread_by_dev_agent(template, dev))

    assert not unread, str(unread)


# 2.4.4 The configuration


@verifies("2.4.4")
def test_config_leads_to_bmads_developer(
    config: WorkflowConfig, bmad: Bmad, dev: DevWorkflow, findings: Recorder
) -> None:
    """After step 11 the user is told to call this agent and to choose this workflow."""
    wrong = findings.blocking(bmadhandoff.integration_findings(config, bmad, dev))

    assert not wrong, str(wrong)


@verifies("2.4.4")
def test_story_numbers_are_left_to_bmad(config: WorkflowConfig, template: TextFile, findings: Recorder) -> None:
    """Two who give numbers give the same one twice, and the second story overwrites the first."""
    wrong = findings.blocking(bmadhandoff.numbering_findings(config, template))

    assert not wrong, str(wrong)


@verifies("2.4.4")
def test_story_prefixes_are_complete_and_unique(
    config: WorkflowConfig, sidecar: dict[object, object], findings: Recorder
) -> None:
    """The prefix is all that tells a draft's origin once the backlog is one list."""
    wrong = findings.blocking(bmadtemplates.prefix_findings(config, sidecar))

    assert not wrong, str(wrong)


@verifies("2.4.4")
def test_sidecar_keeps_what_the_steps_hand_on(
    config: WorkflowConfig, sidecar: dict[object, object], findings: Recorder
) -> None:
    """Drafts that find no place in the sidecar are gone with the conversation."""
    findings.degrading(bmadtemplates.sidecar_contradictions(config, sidecar))

    wrong = findings.blocking(bmadtemplates.sidecar_findings(config, sidecar))

    assert not wrong, str(wrong)


@verifies("2.4.4")
def test_sprint_status_can_be_read_by_the_dev_workflow(
    workflow: WorkflowTree, config: WorkflowConfig, dev: DevWorkflow, findings: Recorder
) -> None:
    """The dev workflow takes its next story from this file, by the form of its keys."""
    data, faults = bmadtemplates.template_data(workflow, bmadtemplates.SPRINT_STATUS)
    unread = findings.blocking(faults)
    assert not unread, str(unread)
    file = workflow.files[bmadtemplates.SPRINT_STATUS]
    findings.degrading(bmadtemplates.sprint_gaps(file, data))

    wrong = findings.blocking(
        [*bmadtemplates.sprint_findings(file, data), *bmadtemplates.status_file_findings(config, dev.status_file)]
    )

    assert not wrong, str(wrong)


# 2.4.5 A sample story


@verifies("2.4.5")
def test_step_2a_generates_a_sound_story(
    workflow: WorkflowTree,
    config: WorkflowConfig,
    template: TextFile,
    findings: Recorder,
    attach: Attach,
) -> None:
    """The whole way once, with the project's own templates: decision, draft, story."""
    decision = workflow.files.get(DECISION)
    assert decision, f"{workflow.root}: {DECISION} is missing; step 2A renders its decision from it"
    decided = render_decision(decision.text, SAMPLE_DECISION)
    assert "{{" not in decided, f"{DECISION}: a placeholder is opened and not closed, so it cannot be filled"

    draft = first_draft(config)
    unfinished = findings.blocking(draft_findings(draft))
    assert not unfinished, str(unfinished)

    sample = elaborate(draft, SAMPLE_DECISION, epic=1, number=1)
    text = render(template.text, sample)
    attach("sample-architecture-decision.md", decided)
    attach("sample-story.md", text)
    print(f"Sample story {sample.key}.md, as step 2A and {template.path} make it:\n\n{text}")

    wrong = findings.blocking(story_findings(text, sample))

    assert not wrong, f"the sample story does not have BMAD's form:\n{wrong}"


@verifies("2.4.5")
def test_every_step_with_a_prefix_generates_sound_stories(
    config: WorkflowConfig, template: TextFile, findings: Recorder
) -> None:
    """Drafts differ from step to step; what one of them cannot become is found by a user, hours into a project."""
    shown = bmadtemplates.drafts_by_step(config)
    prefixes = bmadtemplates.prefixes_of(config)
    drafts = [draft for step in prefixes for _, draft in shown.get(step, ())]
    drafts += [sample_draft(prefix) for step, prefix in prefixes.items() if not shown.get(step)]
    assert drafts, "config.yaml: no step has a story prefix, nothing verified"
    wrong: list[Finding] = []
    for number, draft in enumerate(drafts, 1):
        wrong += generated_findings(draft, template, number)

    broken = findings.blocking(wrong)

    assert not broken, f"{len(drafts)} drafts were made into stories, and not all are sound:\n{broken}"


def first_draft(config: WorkflowConfig) -> Draft:
    """The first draft that step 2A shows, of step 2B where 2A shows none, or a sample of ours."""
    parts = [config.tree.files.get(f"steps/{config.steps.get(key, {}).get('file')}") for key in (STEP_2A, "2b", "2")]
    shown = [draft for file in parts if file for draft in drafts_in(file)]
    return shown[0] if shown else sample_draft(bmadtemplates.prefixes_of(config).get(2, "ARCH"))


def draft_findings(draft: Draft) -> list[Finding]:
    """What a draft lacks to become a story."""
    return [Finding(draft.file, draft.line, f"draft {draft.id}: {gap}") for gap in gaps(draft)]


def generated_findings(draft: Draft, template: TextFile, number: int) -> list[Finding]:
    """What is wrong with the story that a draft becomes, or with the draft where it cannot become one."""
    lacking = draft_findings(draft)
    if lacking:
        return lacking
    sample = elaborate(draft, SAMPLE_DECISION, draft.step or 1, number)
    return story_findings(render(template.text, sample), sample)


def story_findings(text: str, sample: Story) -> list[Finding]:
    """Everything that rejects a generated story. Its variants are those of the template, which 2.4.3 reports."""
    found = [each.in_file(f"{sample.key}.md") for each in story.blocking(story.validate(text))]
    left = (
        [] if "{{" not in text else [Finding(f"{sample.key}.md", None, "a placeholder is left in a comment or in code")]
    )
    return found or left
