"""Plan 1.1.4: how the running version performs, on record before the deployment, T-24 h.

With `--capture-baseline` these checks judge the baseline that the suite measures now.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from fixtures.baseline import baseline as baseline_checks
from fixtures.baseline.baseline import FILE_NAME, Baseline
from fixtures.baseline.option import CAPTURED
from fixtures.schedule import Schedule
from fixtures.target import Target
from gate.checklist import Release, verifies
from gate.measure import Attach, Measure, Recorder


@verifies("1.1.4")
def test_baseline_is_on_record_and_keeps_to_its_schema(
    baseline: Baseline, attach: Attach, record_property: Callable[[str, object], None], findings: Recorder
) -> None:
    """What was not measured before the deployment cannot be measured afterwards."""
    if baseline.measured is not None:
        attach(FILE_NAME, baseline.measured)
        record_property(CAPTURED, baseline.keep)
    assert baseline.record.data, f"{baseline.record.file}: holds nothing, nothing verified"

    wrong = findings.blocking(baseline_checks.figure_findings(baseline.record))

    assert not wrong, str(wrong)


@verifies("1.1.4")
def test_baseline_is_one_of_the_running_version(baseline: Baseline, release: Release, findings: Recorder) -> None:
    """Compared with itself, no release gets slower."""
    wrong = findings.blocking(
        baseline_checks.release_findings(baseline.record, release.name, release.version, release.previous)
    )

    assert not wrong, str(wrong)


@verifies("1.1.4")
def test_baseline_was_captured_within_the_day_before_the_deployment(
    baseline: Baseline, schedule: Schedule, findings: Recorder, measure: Measure
) -> None:
    """Data, load and machines of last month are not those of tomorrow."""
    now = datetime.now(UTC)
    wrong = findings.blocking(baseline_checks.time_findings(baseline.record, now, schedule))

    assert not wrong, str(wrong)
    measure("baseline age", baseline_checks.age(baseline.record, now))


@verifies("1.1.4")
def test_baseline_has_the_response_times_of_every_tool(
    baseline: Baseline, release: Release, findings: Recorder
) -> None:
    """A tool that is not in it may get as slow as it likes."""
    assert release.knowledge_tools, "the release names no knowledge tool, nothing verified"
    unmeasured = findings.blocking(baseline.gaps_in("knowledge"))
    assert not unmeasured, str(unmeasured)

    missing = findings.blocking(baseline_checks.tool_findings(baseline.record, release.knowledge_tools))

    assert not missing, str(missing)


@verifies("1.1.4")
def test_baseline_is_one_of_the_server_that_users_have(baseline: Baseline, target: Target, findings: Recorder) -> None:
    """Another server is quicker or slower whatever is deployed."""
    wrong = findings.blocking(baseline_checks.server_findings(baseline.record, target.knowledge))

    assert not wrong, str(wrong)


@verifies("1.1.4")
def test_baseline_has_the_duration_of_every_part_of_the_steps(
    baseline: Baseline, release: Release, findings: Recorder
) -> None:
    """The plan measures every part again after the deployment, step 2A apart from step 2B."""
    assert release.parts, "the release names no part of a step, nothing verified"
    findings.degrading(baseline.remarks)
    unmeasured = findings.blocking(baseline.gaps_in("steps"))
    assert not unmeasured, str(unmeasured)

    findings.degrading(baseline_checks.old_steps(baseline.record))
    missing = findings.blocking(baseline_checks.part_findings(baseline.record, release.parts))

    assert not missing, str(missing)


@verifies("1.1.4")
def test_baseline_has_the_figures_of_the_host(baseline: Baseline, findings: Recorder) -> None:
    """Slower on a machine that was idle then and is busy now is no fault of the release."""
    unmeasured = findings.blocking(baseline.gaps_in("host"))
    assert not unmeasured, str(unmeasured)

    assert baseline.record.part("host"), f"{baseline.record.file}: says nothing of the host"


@verifies("1.1.4")
def test_response_times_agree_with_their_samples(baseline: Baseline, findings: Recorder) -> None:
    """A slip of the pen in the baseline becomes a slow release, or hides one."""
    assert baseline.record.part("knowledge")["tools"], f"{baseline.record.file}: no tool in it, nothing verified"

    wrong = findings.blocking(baseline_checks.latency_findings(baseline.record))

    assert not wrong, str(wrong)


@verifies("1.1.4")
def test_error_rate_agrees_with_requests_and_errors(baseline: Baseline, findings: Recorder) -> None:
    """A rate without its counts cannot be compared: one error in ten calls is chance, a hundred in a thousand not."""
    wrong = findings.blocking(baseline_checks.error_findings(baseline.record))

    assert not wrong, str(wrong)


@verifies("1.1.4")
def test_total_duration_is_the_sum_of_the_parts(baseline: Baseline, findings: Recorder) -> None:
    """The plan holds the total to 60 minutes; it has to be the total of these very parts."""
    assert baseline.record.part("steps")["parts"], f"{baseline.record.file}: no part in it, nothing verified"

    wrong = findings.blocking(baseline_checks.total_findings(baseline.record))

    assert not wrong, str(wrong)


@verifies("1.1.4")
def test_response_times_come_from_enough_calls(baseline: Baseline, findings: Recorder) -> None:
    """One call says what one call took; below five of each tool: degraded."""
    assert baseline.record.part("knowledge")["tools"], f"{baseline.record.file}: no tool in it, nothing verified"

    findings.degrading(baseline_checks.few_samples(baseline.record))
