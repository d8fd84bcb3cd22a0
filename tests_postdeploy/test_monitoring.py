"""Plan 3.1: the first hour after the deployment, T+1 to T+2 hours: what is watched, and what it shows."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime

import pytest

from fixtures.executions import firsthour
from fixtures.executions.log import ExecutionLog
from fixtures.executions.watch import Watch
from fixtures.monitoring import exposition, judged, series
from fixtures.monitoring.samples import Recorded, line_of
from fixtures.monitoring.series import HEALTH, Calls, Point
from fixtures.monitoring.subject import REOPENED, SHOWN, Figures, left_out
from fixtures.schedule import Schedule
from fixtures.target import Target
from gate.checklist import Release, verifies
from gate.measure import Attach, Measure, Recorder

PLOTTED = 500  # samples of one measurement that the reports keep
LARGEST_ATTACHMENT = 2_000_000  # characters


def _slowest_last(figures: Figures, share: float) -> list[tuple[float, Calls]]:
    """The percentile of each call in seconds; the slowest comes last, so that the others are on record before it."""
    return sorted(((calls.percentile(share), calls) for calls in figures.fair.values()), key=lambda pair: pair[0])


def _plotted(calls: Calls) -> list[float]:
    answered = calls.answered
    return answered[:: max(math.ceil(len(answered) / PLOTTED), 1)]


def _unfinished(watched: Recorded) -> None:
    """What was given up has not shown what it should, whatever it has shown until then."""
    aborted = watched.mark("aborted")
    if aborted is not None:
        pytest.skip(f"not watched to the end: {aborted.message} (3.1.1)")


def _stop_where_limited(figures: Figures) -> None:
    """Calls that were refused for a used up budget say nothing of the server, and are no success: come back later."""
    if figures.limited:
        pytest.skip(figures.limited)


# 3.1.1 Knowledge MCP


@verifies("3.1.1")
def test_knowledge_server_was_watched_for_the_whole_hour(
    figures: Figures, findings: Recorder, measure: Measure, record_property: Callable[[str, object], None]
) -> None:
    """What nobody looked at was not well, only unseen; and what is lost for good is acted on at once."""
    recorded = figures.recorded
    findings.degrading([*judged.torn_findings(recorded), *judged.session_findings(recorded)])
    if said := judged.sessions(recorded, figures.expected):
        record_property(REOPENED, said)
    unsound = findings.blocking(
        [
            *judged.abort_findings(recorded),
            *judged.record_findings(recorded, datetime.now(UTC)),
            *judged.call_findings(figures.calls, figures.expected),
        ]
    )
    assert not unsound, str(unsound)
    _stop_where_limited(figures)
    times = [series.effective(sample, recorded.window.every_seconds) for sample in recorded.samples if sample.knowledge]

    measure("observed time", series.observed_hours(times))


@verifies("3.1.1")
def test_samples_were_taken_on_schedule(figures: Figures, findings: Recorder, measure: Measure) -> None:
    """A sampler that waits for a slow server does not see how slow it is."""
    recorded = figures.recorded
    findings.degrading(judged.gap_findings(recorded))  # what they come to is measured
    times = [series.effective(sample, recorded.window.every_seconds) for sample in recorded.samples if sample.knowledge]
    assert times, "no sample of the knowledge server, nothing verified"
    if len(times) == 1 and recorded.mark("aborted"):
        return  # said where the hour is verified

    measure("sample interval", series.longest_interval(times) / 60)


@verifies("3.1.1")
def test_every_call_is_usually_quick(figures: Figures, measure: Measure) -> None:
    """Half of all users wait longer than the median."""
    ranked = _slowest_last(figures, 0.5)
    if not all(calls.seconds for _, calls in ranked):
        _stop_where_limited(figures)
    assert all(calls.seconds for _, calls in ranked), "a call was never made, nothing verified"

    for median, calls in ranked:
        measure("request latency", median, samples=_plotted(calls), of=calls.name)


@verifies("3.1.1")
def test_slowest_calls_are_bearable(figures: Figures, measure: Measure) -> None:
    """Who waits five seconds asks again, and makes it worse for everybody; a call that failed counts as slow."""
    ranked = _slowest_last(figures, 0.99)
    if not all(calls.seconds for _, calls in ranked):
        _stop_where_limited(figures)
    assert all(calls.seconds for _, calls in ranked), "a call was never made, nothing verified"

    for slowest, calls in ranked:
        measure("99th percentile", slowest, of=calls.name)


@verifies("3.1.1")
def test_errors_are_rare(figures: Figures, findings: Recorder, measure: Measure) -> None:
    """A tool that fails now and then fails in the middle of somebody's work; one of six hides in the average."""
    _stop_where_limited(figures)
    total = sum(len(calls.seconds) for calls in figures.calls.values())
    assert total, "no call was made, nothing verified"
    wrong = judged.failure_findings(figures.calls)
    failed = sum(calls.failed for calls in figures.calls.values())
    by_call = sorted((calls for calls in figures.calls.values() if calls.failed), key=lambda calls: calls.failed)
    findings.degrading(wrong)

    measure("error rate", 100 * failed / total)
    for calls in by_call:
        measure("error rate", calls.error_percent, of=calls.name)


@verifies("3.1.1")
def test_knowledge_server_stayed_available(
    figures: Figures,
    findings: Recorder,
    measure: Measure,
    attach: Attach,
    record_property: Callable[[str, object], None],
) -> None:
    """Users who find it away twice do not come a third time."""
    recorded, health = figures.recorded, figures.calls[HEALTH]
    host = series.host_series(recorded.samples, recorded.window.every_seconds)
    attach(exposition.FILE_NAME, exposition.text_of(recorded, figures.calls, host, figures.labels))
    lines = [line_of(recorded.window), *map(line_of, recorded.samples), *map(line_of, recorded.smokes)]
    lines += map(line_of, recorded.marks)
    if sum(map(len, lines)) < LARGEST_ATTACHMENT:
        attach("samples.jsonl", "".join(lines))
    assert health.seconds, "/health was never asked, nothing verified"
    _stop_where_limited(figures)
    findings.degrading(judged.outage_findings(health, recorded.window.every_seconds))
    record_property(SHOWN, judged.demonstrated(health, 99.9))

    measure("availability", 100 * (len(health.seconds) - health.failed) / len(health.seconds))


# 3.1.3 Machine resources


@verifies("3.1.3")
def test_machine_was_watched_for_the_whole_hour(
    machine: Mapping[str, Sequence[Point]], watched: Recorded, findings: Recorder, measure: Measure
) -> None:
    """A figure that was not read says nothing about the machine."""
    silent = findings.blocking(
        finding
        for name in series.HOST_FIGURES
        for finding in judged.host_findings(
            machine, f"host.{name}", watched.window.every_seconds, judged.unknown_reason(watched.samples, name)
        )
    )
    assert not silent, str(silent)
    _unfinished(watched)
    shortest = min(machine.values(), key=lambda points: points[-1].at - points[0].at)

    measure("observed time", series.observed_hours([point.at for point in shortest]))


@verifies("3.1.3")
def test_disk_has_room(machine: Mapping[str, Sequence[Point]], measure: Measure) -> None:
    """A full disk stops logs, databases and the rollback alike."""
    used = [point.value for point in machine["host.disk_percent"]]
    assert used, "no figure of the disk, nothing verified"

    measure("disk usage", max(used), samples=used[:PLOTTED])


@verifies("3.1.3")
def test_processors_have_time(machine: Mapping[str, Sequence[Point]], measure: Measure) -> None:
    """Each figure is the average since the one before: what counts is a load that lasts."""
    used = [point.value for point in machine["host.cpu_percent"]]
    assert used, "no figure of the processors, nothing verified"

    measure("CPU usage", max(used), samples=used[:PLOTTED])


@verifies("3.1.3")
def test_memory_is_left(machine: Mapping[str, Sequence[Point]], measure: Measure) -> None:
    """A machine without memory ends processes, and not the ones that one would choose."""
    used = [point.value for point in machine["host.memory_percent"]]
    assert used, "no figure of the memory, nothing verified"

    measure("memory usage", max(used), samples=used[:PLOTTED])


@verifies("3.1.3")
def test_network_has_capacity(machine: Mapping[str, Sequence[Point]], measure: Measure) -> None:
    """Half of the link is kept for the hour in which everybody works."""
    used = [point.value for point in machine["host.network_percent"]]
    assert used, "no figure of the network, nothing verified"

    measure("network bandwidth", max(used), samples=used[:PLOTTED])


# 3.1.4 Smoke test


@verifies("3.1.4")
def test_smoke_test_was_repeated_often_enough(watched: Recorded, measure: Measure) -> None:
    """What breaks a step is noticed within ten minutes, not by the first user who gets there."""
    if not watched.smokes:
        _unfinished(watched)
    assert watched.smokes, "no smoke run in the whole watch, nothing verified"

    measure("run interval", max(series.smoke_intervals(watched)) / 60)
    _unfinished(watched)


@verifies("3.1.4")
def test_every_smoke_run_passed(watched: Recorded, target: Target, release: Release, findings: Recorder) -> None:
    """One failure in the hour is a failure: the tech lead is called, and the rollback prepared."""
    if not watched.smokes:
        _unfinished(watched)
    assert watched.smokes, "no smoke run in the whole watch, nothing verified"
    findings.degrading(judged.degraded_smoke_findings(watched.smokes))

    wrong = findings.blocking(judged.smoke_findings(watched.smokes, left_out(target, release)))

    assert not wrong, str(wrong)


@verifies("3.1.4")
def test_every_smoke_run_looked_at_every_step(watched: Recorded, release: Release, measure: Measure) -> None:
    """A run that tests ten steps of eleven is as quick, and as green."""
    if not watched.smokes:
        _unfinished(watched)
    assert watched.smokes, "no smoke run in the whole watch, nothing verified"
    counts = [smoke.steps for smoke in watched.smokes]

    measure("steps tested", max(counts, key=lambda count: abs(count - release.steps)))


# 3.1.2 Execution logs


@verifies("3.1.2")
def test_execution_log_is_alive_for_the_whole_hour(
    execution_log: ExecutionLog, watched_hour: Watch, findings: Recorder, measure: Measure
) -> None:
    """A log in which nothing is written has no errors in it, either."""
    hours, missing = firsthour.observed(execution_log, watched_hour, datetime.now(UTC))
    findings.degrading(missing)  # what lacks is measured

    measure("observed time", round(hours, 4))


@verifies("3.1.2")
def test_runs_of_this_version_were_seen_in_the_hour(
    execution_log: ExecutionLog, watched_hour: Watch, deployed: Schedule, release: Release, findings: Recorder
) -> None:
    """An hour in which everybody still works with the version before says nothing about the new one."""
    findings.degrading(firsthour.old_versions(execution_log, watched_hour, deployed, release.version))

    unseen = findings.blocking(firsthour.unseen(execution_log, watched_hour, release.version))

    assert not unseen, str(unseen)


@verifies("3.1.2")
def test_no_critical_error_was_logged_in_the_hour(
    execution_log: ExecutionLog, watched_hour: Watch, findings: Recorder
) -> None:
    """The first one goes to the tech lead, who decides on the rollback."""
    assert execution_log.lines, f"{execution_log.place}: holds no event, nothing verified"

    critical = findings.blocking(firsthour.critical(watched_hour))

    assert not critical, f"{len(critical)} critical errors:\n{critical}"


@verifies("3.1.2")
def test_every_step_of_the_hour_completed(execution_log: ExecutionLog, watched_hour: Watch, findings: Recorder) -> None:
    """A user whose step fails has lost the hours before it, too."""
    assert firsthour.active(execution_log, watched_hour), f"{execution_log.place}: no run in the hour, nothing verified"
    findings.degrading(firsthour.repeated(execution_log, watched_hour))

    incomplete = findings.blocking(firsthour.incomplete(execution_log, watched_hour))

    assert not incomplete, str(incomplete)


@verifies("3.1.2")
def test_no_process_hangs(
    execution_log: ExecutionLog, watched_hour: Watch, deployed: Schedule, findings: Recorder
) -> None:
    """What hangs writes no error: it is noticed by the user who waits."""
    assert firsthour.active(execution_log, watched_hour), f"{execution_log.place}: no run in the hour, nothing verified"
    until = min(watched_hour.ends, datetime.now(UTC))

    hanging = findings.blocking(found for _, found in firsthour.hanging(execution_log, deployed.starts, until))

    assert not hanging, str(hanging)


@verifies("3.1.2")
def test_memory_of_no_process_keeps_growing(
    execution_log: ExecutionLog, watched_hour: Watch, findings: Recorder
) -> None:
    """A process that leaks ends at night, when the machine has no more to give."""
    unmeasured = findings.blocking(firsthour.unmeasured_memory(execution_log, watched_hour))
    assert not unmeasured, str(unmeasured)
    growing = firsthour.growing(execution_log, watched_hour)
    findings.degrading(growing[False])

    quickly = findings.blocking(growing[True])

    assert not quickly, str(quickly)


@verifies("3.1.2")
def test_execution_log_is_sound(execution_log: ExecutionLog, watched_hour: Watch, findings: Recorder) -> None:
    """What cannot be read, or cannot have happened in this order, may be what one looks for; it is degraded."""
    findings.degrading(firsthour.odd(execution_log, watched_hour))

    assert execution_log.lines, f"{execution_log.place}: holds no event, nothing verified"
