"""Faults of the acceptance (S.1-S.10, F.1-F.6): what gates, logs, readings and records say against a deployment."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from tests_suite.faults.accepted import Verdict, degraded, failed, gone, item, measured, reported, unmeasured, verdict
from tests_suite.faults.announced import Faults, add, at, drop, now
from tests_suite.faults.executions import Change, Event, Events, logged, of, without
from tests_suite.faults.records import path_of, put
from tests_suite.faults.staged import seal
from tests_suite.faults.watched import Lines, called, from_to, hour_of, read, readings, text_log, with_lines
from tests_suite.faults.watched import without as without_readings
from tests_suite.faults.world import Fault, World

OTHER = "0" * 64
FAULTS_OF, FEEDBACK = Faults("acceptance"), Faults("feedback")
fault, changed, target = FAULTS_OF.of, FAULTS_OF.changed, FAULTS_OF.target


def trips(*names: str, outcome: str = "failed") -> dict[str, str]:
    """Items that trip; a success criterion that is critical and fails trips F.1, too."""
    critical = {"S.1", "S.2", "S.3", "S.4", "S.5", "S.7", "S.10"}
    more = ("F.1",) if outcome == "failed" and critical.intersection(names) else ()
    return dict.fromkeys((*names, *more), outcome)


def _subject(marker: str, *path: str, to: Any) -> Callable[[World], None]:
    return reported(marker, put(*path, to=to))


def _old(hours: float) -> Callable[[Verdict], None]:
    def change(data: Verdict) -> None:
        ended = datetime.fromisoformat(data["ended"]) - timedelta(hours=hours)
        data["ended"] = ended.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        data["started"] = data["ended"]

    return change


def _missing(name: str) -> Callable[[Verdict], None]:
    def change(data: Verdict) -> None:
        finding = {"severity": "major", "message": "did not run", "file": None, "line": None}
        item(data, name).update(outcome="missing", findings=[finding], tests=[])
        data.update(verdict="INCOMPLETE", exit_status=6)

    return change


def _torn(world: World) -> None:
    path = verdict(world, "bmad")
    path.write_bytes(path.read_bytes()[:-30])


def _made_good(world: World) -> None:
    """The gate failed, and somebody wrote into its verdict that it did not."""
    path = verdict(world, "smoke")
    as_it_should_be = path.read_bytes()
    failed("smoke", "2.1.5")(world)
    seal(path.parent)
    path.write_bytes(as_it_should_be)


def _no_verdict(world: World) -> None:
    verdict(world, "bmad").write_text('{"schema": 1}', encoding="utf-8")


def _elsewhere(world: World) -> None:
    """The target and the reports of it are production; the deploy gate ran on another one."""
    world.target["production"] = True
    for path in (world.root / "gates").glob("*/verdict.json"):
        data = json.loads(path.read_text(encoding="utf-8"))
        data["target"]["production"] = True
        if data["marker"] == "deploy":
            data["target"]["name"] = "the other one"
        path.write_text(json.dumps(data), encoding="utf-8")


def _nothing(world: World) -> None:
    world.target["reports"] = "nowhere"


def _since(events: Events, begun: datetime) -> list[str]:
    """The runs that began since T-0, in order."""
    kinds = [each for each in events if each["event"] == "run_started"]
    return [each["run"] for each in kinds if datetime.fromisoformat(each["time"]) >= begun]


def _fail(events: Events, begun: datetime, count: int) -> Events:
    """Some runs since T-0 fail where they would have been completed."""
    for run in _since(events, begun)[:count]:
        events[of(events, run, "run_completed")].update(event="run_failed", message="gave up")
    return events


def _fail_one(events: Events, begun: datetime) -> Events:
    return _fail(events, begun, 1)


def _away_in_the_hour(world: World) -> None:
    """The day is read every hour; the watch of the first hour, among the reports, has seen half an hour without it."""
    place = world.root / "gates" / "watch" / "samples.jsonl"
    place.parent.mkdir()
    place.write_bytes(readings(world).read_bytes())

    def every_hour(lines: Lines) -> Lines:
        return [each for each in lines if each["kind"] != "sample" or hour_of(each) == 1 or hour_of(each) >= 2]

    def first_hour(lines: Lines) -> Lines:
        for each in from_to(lines, 1.2, 1.8):
            each["knowledge"]["health"] = {"ms": 0.0, "ok": False, "error": "connection refused"}
        return [each for each in lines if each["kind"] != "sample" or hour_of(each) <= 2]

    read(every_hour)(world)
    with_lines(lambda _: place, first_hour)(world)


def _critical(events: Events, begun: datetime) -> Events:
    last = next(each for each in reversed(events) if each["event"] == "log")
    last.update(level="critical", message="the index is gone")
    return events


def _in_capitals(events: Events, begun: datetime) -> Events:
    return [{**each, "level": each["level"].upper()} for each in _critical(events, begun)]


def _also(count: int, **values: Any) -> Callable[[World], None]:
    """So many further lines, each like the last entry that is one of a run's, but for what is said."""

    def breaks(world: World) -> None:
        path = world.root / world.target["executions"]
        last = next(each for each in reversed(path.read_text(encoding="utf-8").splitlines()) if '"log"' in each)
        with path.open("a", encoding="utf-8") as stream:
            stream.write(f"{json.dumps({**json.loads(last), **values})}\n" * count)

    return breaks


def _strangers(count: int) -> Change:
    """Some runs since T-0 fail, and say that they are of another version."""

    def change(events: Events, begun: datetime) -> Events:
        first = _since(events, begun)[0]
        own = [each for each in events if each["run"] == first]
        ended = {**own[-1], "event": "run_failed", "step": None}
        runs = [[{**each, "run": f"x{n}", "version": "next"} for each in (own[0], ended)] for n in range(count)]
        return [*events, *(each for run in runs for each in run)]

    return change


def _tagged(events: Events, begun: datetime) -> Events:
    """A run in a dozen fails, and all of them have their version as a tag."""
    for each in _fail_one(events, begun):
        each["version"] = f"v{each['version']}"
    return events


def _slow(events: Events, begun: datetime) -> Events:
    """Every run since T-0 takes twice as long."""
    for run in _since(events, begun):
        own = [each for each in events if each["run"] == run]
        first = datetime.fromisoformat(own[0]["time"])
        for each in own:
            each["time"] = (first + 2 * (datetime.fromisoformat(each["time"]) - first)).isoformat()
    return sorted(events, key=lambda each: datetime.fromisoformat(each["time"]))


def _old_version(events: Events, begun: datetime) -> Events:
    for each in events:
        each["version"] = "1.0.0"
    return events


def _shortened(events: Events, begun: datetime) -> Events:
    """No run since T-0 gets to the end: each one is left where step 11 begins."""
    runs = set(_since(events, begun))
    last: dict[str, Event] = {}
    kept = []
    for each in events:
        if each["run"] in runs and (each["step"] == "11" or each["event"] == "run_completed"):
            last[each["run"]] = each
            continue
        kept.append(each)
    ends = [{**each, "event": "run_completed", "step": None} for each in last.values()]
    return sorted([*kept, *ends], key=lambda each: datetime.fromisoformat(each["time"]))


def _skipped(events: Events, begun: datetime) -> Events:
    """One run goes from step 5 or 6 on without having completed step 4."""
    run = _since(events, begun)[0]
    for kind in ("step_started", "step_completed"):
        events = without(events, run, kind, "4")
    return [each for each in events if each["run"] != run or each["step"] != "4"]


BUG = {"id": "B-1", "description": "Step 3a loses the schema of the second source", "severity": "critical"}


def _bugs(count: int) -> Callable[[dict[str, Any]], None]:
    def change(data: dict[str, Any]) -> None:
        data["bugs"] += [{**BUG, "id": f"B-{number}", "found": at(5)} for number in range(count)]

    return change


def _issue(priority: str) -> Callable[[World], None]:
    return FEEDBACK.changing(put("issues", 0, "priority", to=priority))


def _sour(data: dict[str, Any]) -> None:
    data["reports"] += [{**data["reports"][0], "from": f"user {number}"} for number in range(4)]


def _known(world: World) -> None:
    """Four critical issues that are known, of an item that this gate does not judge."""
    issue = {
        "item": "3.5.1",
        "severity": "critical",
        "description": "Nobody from the users took part, and none could be reached",
        "workaround": "Their view is collected in writing",
        "author": "Quentin Example",
        "approver": "Ada Example",
        "date": (datetime.now(UTC) - timedelta(hours=1)).isoformat(),
        "expires": (datetime.now(UTC) + timedelta(days=9)).isoformat(),
        "workflow_sha256": OTHER,
    }
    issues = [{**issue, "description": f"{issue['description']} ({number})"} for number in range(4)]
    path_of(world, "known-issues").write_text(json.dumps({"schema": 1, "issues": issues}), encoding="utf-8")


REPORTS = (
    fault("the deploy gate was never run", gone("deploy"), trips("S.1", "S.2"), "2.2.2.4 was never looked at",
          "run -m deploy on this release", "no report holds a figure of the files"),
    fault("the smoke gate was never run", gone("smoke"), trips("S.2", "S.3", "S.4", "S.5"),
          "2.1.1 was never looked at"),
    fault("the mcp gate was never run", gone("mcp"), trips("S.3"), "2.3.4 was never looked at: run -m mcp"),
    fault("the bmad gate was never run", gone("bmad"), trips("S.4", "S.5"), "2.4.1 was never looked at: run -m bmad"),
    fault("the first hour was never watched", gone("monitoring"), trips("S.3", "S.7", "F.3"),
          "3.1.1 was never looked at"),
    fault("feedback was never looked at", gone("feedback"), trips("S.8"), "3.3.1 was never looked at"),
    fault("the new baseline was never measured", gone("baseline"), trips("S.9", "F.5"), "3.4.1 was never looked at"),
    fault("the rollback was never rehearsed", gone("staging"), trips("S.10"), "1.2.5 was never looked at",
          "run -m predeploy or -m staging"),
    fault("no reports at all", _nothing,
          trips("S.1", "S.2", "S.3", "S.4", "S.5", "S.7", "S.8", "S.9", "S.10", "F.3", "F.5"),
          "was never looked at"),
    fault("the first day was never watched", gone("first_day"), trips("F.3"), "3.2.1 was never looked at"),
    fault("the day has gaps", reported("first_day", _missing("3.2.1")), trips("F.3"), "3.2.1 missing in first_day of"),
    fault("rehearsed no package that it names", reported("staging", drop("target", "subjects", "package")),
          trips("S.10"), "staging ran on no package that it names"),
    fault("deployed on another production", _elsewhere, trips("S.1", "S.2"),
          "deploy ran on 'the other one'; this target is"),
    fault("a report that breaks off", _torn, trips("S.4", "S.5"), "bmad/verdict.json", "is no JSON"),
    fault("a report that is no verdict", _no_verdict, trips("S.4", "S.5"), "is no verdict: "),
    fault("deployed another package", _subject("deploy", "target", "subjects", "package", "sha256", to=OTHER),
          trips("S.1", "S.2"), "deploy ran on another package, 0000000000000000…"),
    fault("smoke on another tree", _subject("smoke", "target", "subjects", "workflow", "sha256", to=OTHER),
          trips("S.2", "S.3", "S.4", "S.5"), "smoke ran on another workflow"),
    fault("a failure made good in the smoke gate's verdict", _made_good, trips("S.2", "S.3", "S.4", "S.5"),
          "smoke/verdict.json", "it was changed after the run", "run it again"),
    fault("rehearsed another package", _subject("staging", "target", "subjects", "package", "sha256", to=OTHER),
          trips("S.10"), "staging ran on another package"),
    fault("baseline of another version", _subject("baseline", "release", "version", to="1.9.0"), trips("S.9", "F.5"),
          "ran on ai-engineering-workflow 1.9.0; expected ai-engineering-workflow 2.0.0"),
    fault("mcp on the suite's own sample", _subject("mcp", "target", "embedded", to=["knowledge"]), trips("S.3"),
          "mcp ran on knowledge of the reference release"),
    fault("monitored before the deployment", reported("monitoring", _old(8)), trips("S.3", "S.7", "F.3"),
          "belongs to T+1h: older than the plan allows"),
    fault("rehearsed three days before", reported("staging", _old(60)), trips("S.10"), "belongs to T-24h: older than"),
    fault("baseline from the future", reported("baseline", _old(-60)), trips("S.9", "F.5"), "which is still to come"),
    fault("an agent failed in the smoke gate", failed("smoke", "2.1.5"), trips("S.4"), "2.1.5 failed in smoke of",
          "it is broken"),
    fault("a step failed in the smoke gate", failed("smoke", "2.1.6"), trips("S.5"), "2.1.6 failed in smoke of"),
    fault("a syntax check failed", failed("deploy", "2.2.6.1"), trips("S.2"), "2.2.6.1 failed in deploy of"),
    fault("a file was not copied", failed("deploy", "2.2.4.3"), trips("S.1"), "2.2.4.3 failed in deploy of"),
    fault("a tool failed", failed("mcp", "2.3.3"), trips("S.3"), "2.3.3 failed in mcp of"),
    fault("the logs were not clean in the first hour", failed("monitoring", "3.1.2"), trips("S.7"), "3.1.2 failed in"),
    fault("the rollback did not work", failed("staging", "1.2.5"), trips("S.10"), "1.2.5 failed in staging of"),
    fault("feedback was not answered", failed("feedback", "3.3.1"), trips("S.8"), "3.3.1 failed in feedback of"),
    fault("the tools became slower", failed("baseline", "3.4.2"), trips("S.9"), "3.4.2 failed in baseline of"),
    fault("an agent was not looked at", reported("smoke", _missing("2.1.5")), trips("S.4"),
          "2.1.5 missing in smoke of"),
    fault("a slow answer in production", degraded("mcp", "2.3.4"), trips("S.3", outcome="degraded"),
          "2.3.4 degraded in mcp of"),
    fault("54 files", measured("deploy", "2.2.6.3", "files valid", 54.0), trips("S.1"), "files deployed: 54 files"),
    fault("10 agents", measured("smoke", "2.1.5", "agent descriptions", 10.0), trips("S.4"), "agents usable: 10"),
    fault("three seconds", measured("monitoring", "3.1.1", "request latency", 3.0), trips("S.3"),
          "response time: 3000 ms"),
    fault("no time of the files", unmeasured("deploy", "2.2.6.3"), trips("S.1"),
          "no report holds a figure of the files"),
    fault("no number compared", measured("baseline", "3.4.1", "performance degradation", None), trips("F.5"), "nan %"),
    fault("no number", measured("mcp", "2.3.1", "response time", None), trips("S.3"), "response time: nan ms"),
    fault("60 % slower", measured("baseline", "3.4.2", "performance degradation", 60.0), trips("F.5"),
          "performance degradation: 60 %"),
    fault("nothing compared", unmeasured("baseline", "3.4.1", "3.4.2"), trips("F.5"), "no report holds a comparison"),
)  # fmt: skip
LOGS = (
    fault("a critical error", logged(_critical), trips("S.7"), "the index is gone"),
    fault("a critical error, in capitals", logged(_in_capitals), trips("S.7"), "the index is gone"),
    fault("a critical error without a zone", _also(1, level="critical", time="2126-01-06T09:00:00"),
          {**trips("S.7"), "F.4": "degraded"}, "expected a point in time with its time zone", "the line says critical"),
    fault("a critical error in a text log", text_log("-3 INFO fine", "4 CRITICAL the index is gone"), trips("S.7"),
          "service.log:2: ", "the index is gone; critical, and new since the deployment"),
    fault("an old critical error in a text log", text_log("-3 CRITICAL shard 1 is gone", "4 CRITICAL shard 2 is gone"),
          trips("S.7", outcome="degraded"), "shard 2 is gone; critical, and 1 times before the deployment, too"),
    fault("a text log that is not there", lambda world: world.target.update(error_logs=["nowhere.log"]), trips("S.7"),
          "cannot be read: no such file"),
    fault("a text log that has stopped", text_log("-90 INFO fine"), trips("S.7", outcome="degraded"),
          "says nothing since the deployment"),
    fault("a line that is no event", _also(1, event="note"), trips("S.7", "F.4", outcome="degraded"),
          "event: 'note' is unknown"),
    fault("a log of something else", _also(9, event="note"), trips("S.7", "F.4"),
          "9 lines since the deployment cannot be read", "expected at most 5"),
    fault("a run that failed at no time", _also(1, event="run_failed", time="noon"),
          {"S.7": "degraded", "F.4": "failed"}, "the line says failed"),
    fault("many runs of another version", logged(_strangers(40)), trips("F.4"),
          "40 runs since T-0 are of neither 2.0.0 nor 1.0.0 and do not count, 40 of them failed: next"),
    fault("a run of another version", logged(_strangers(1)), trips("F.4", outcome="degraded"),
          "1 runs since T-0 are of neither"),
    fault("a run in a dozen fails, by their tags", logged(_tagged), trips("F.4"), "failure rate: "),
    fault("every run takes twice as long", logged(_slow), trips("S.6"), "workflow time: "),
    fault("no run of the new version", logged(_old_version), trips("S.5", "S.6", "S.7", "F.4"),
          "no run of 2.0.0 began"),
    fault("nobody gets to the last step", logged(_shortened), trips("S.5", "S.6"), "no run got through step 11"),
    fault("a run leaves a step out", logged(_skipped), trips("S.5"), "expected step 4 before it"),
    fault("a run in a dozen fails", logged(_fail_one), trips("F.4"), "failure rate: "),
    fault("no log", lambda world: (world.root / world.target["executions"]).unlink(),
          trips("S.5", "S.6", "S.7", "F.4"), "does not exist"),
    fault("away for ten minutes", called("health", 1.25, 1.42, ok=False, error="connection refused"), trips("F.3"),
          "away from", "unavailability: 10 min"),
    fault("away in the hour that was watched, and the gate repeated", _away_in_the_hour, trips("F.3"),
          "samples.jsonl and readings.jsonl:", "away from", "for 30 to 40 min", "unavailability: 30 min"),
    fault("nobody looked at night", without_readings(13, 16), trips("F.3"), "no probe of health from", "(5 h)"),
    fault("one look was left out", without_readings(12, 12), trips("F.3", outcome="degraded"),
          "no probe of health from", "(2 h)"),
    fault("away at one look", called("health", 12, 12, ok=False, error="HTTP 503"), trips("F.3", outcome="degraded"),
          "for 0 to 120 min, by its probes"),
)  # fmt: skip
RECORDS = (
    changed("four critical bugs", _bugs(4), trips("F.2"), "critical bugs: 4 bugs, the limit is ≤ 3 bugs"),
    fault("four critical issues are known", _known, trips("F.2"), "known issue 4: Nobody from the users took part"),
    changed("three critical bugs", _bugs(3), trips("F.2", outcome="degraded"), "critical bug B-2"),
    changed("bugs unsaid", drop("bugs"), trips("F.2"), "expected bugs, or the statement no_bugs"),
    changed("bugs and none", put("no_bugs", to={"by": "Ada Example", "at": at(23)}), trips("F.2"), "and there are 1"),
    changed("a bug twice", add("bugs"), trips("F.2"), "is the id of another bug, too"),
    changed("a bug without words", put("bugs", 0, "description", to="tbd"), trips("F.2"), "bugs[0].description"),
    changed("a bug of tomorrow", put("bugs", 0, "found", to=now(20)), trips("F.2"), "is still to come"),
    changed("a bug from before", put("bugs", 0, "found", to=at(-20)), trips("F.2"), "is before T-0"),
    changed("a bug of no severity", put("bugs", 0, "severity", to="bad"), trips("F.2"), "bugs[0].severity"),
    changed("security unsaid", drop("no_security_issues"), trips("F.6"), "expected security_issues, or the statement"),
    changed("security by nobody", put("no_security_issues", "by", to="the team"), trips("F.6"), "is nobody's name"),
    changed("security looked before", put("no_security_issues", "at", to=at(0.1)), trips("F.6"), "is before T+2h"),
    changed("security looked at nothing", put("no_security_issues", "looked_at", to="n/a"), trips("F.6"), "looked_at"),
    changed("a security issue", put(
        "security_issues", to=[{"id": "SEC-1", "description": "The key stands in the log", "found": at(4)}]
    ), trips("F.6"), "SEC-1: The key stands in the log", "states that there is none, and there are 1"),
    fault("no record", lambda world: path_of(world, "acceptance").unlink(), trips("F.2", "F.6"),
          "copy fixtures/evidence/templates/acceptance.yaml"),
    fault("a user cannot work", _issue("blocking"), trips("S.8") | trips("F.2", outcome="degraded"),
          "KI-5 is blocking"),
    fault("more problems than praise", FEEDBACK.changing(_sour), trips("S.8"), "not positive on the whole"),
    fault("no feedback", lambda world: path_of(world, "feedback").unlink(), trips("S.8", "F.2"),
          "copy fixtures/evidence/templates/feedback.yaml"),
)  # fmt: skip
WHOLE = trips(*(f"S.{number}" for number in range(1, 11)), *(f"F.{number}" for number in range(1, 7)))
TARGETS = (
    target("no deployment", drop("deployment"), WHOLE, "no time of the deployment"),
    target("no executions", drop("executions"), trips("S.5", "S.6", "S.7", "F.4"), "no execution log"),
)
FAULTS: tuple[Fault, ...] = (*REPORTS, *LOGS, *RECORDS, *TARGETS)
