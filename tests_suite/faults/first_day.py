"""Faults of the first day (3.2): what was read, logged, reported, backed up, and kept on record by people."""

from __future__ import annotations

import dataclasses
import hashlib
import os
import time
from collections.abc import Callable, Sequence
from typing import Any

from fixtures.reference import dump
from tests_suite.faults import backup
from tests_suite.faults.announced import NOWHERE, Faults, both, drop, now
from tests_suite.faults.announced import at as hours
from tests_suite.faults.records import put
from tests_suite.faults.watched import (
    LOG,
    Lines,
    called,
    errors,
    filling,
    from_to,
    hour_of,
    lacking,
    logged,
    part,
    read,
    readings,
    several,
    text_json,
    text_log,
    without,
)
from tests_suite.faults.world import Fault, World

LOOKS, SERVER, ERRORS, FEEDBACK, DATABASE, BACKUP, DISK = ({f"3.2.{number}": "failed"} for number in range(1, 8))
RECORD = LOOKS | SERVER | ERRORS | DATABASE | DISK
READINGS = LOOKS | SERVER | DATABASE | DISK
WHOLE = RECORD | FEEDBACK | BACKUP
DEGRADED = "degraded"
FAULTS_OF = Faults("first_day")
changed, of, target = FAULTS_OF.changed, FAULTS_OF.of, FAULTS_OF.target
told = Faults("feedback").changing  # changes of the record of 3.3, which this gate reads, too


def _check(**values: Any) -> Callable[[World], None]:
    entry = {"at": hours(12), "by": "Ines Example", "found": "All runs completed, nothing slower", **values}
    return FAULTS_OF.changing(put("checks", to=[entry]))


def _explained(what: str, first: float, last: float, **values: Any) -> Callable[[World], None]:
    entry = {"what": what, "from": hours(first), "until": hours(last), "by": "Ines Example", **values}
    return FAULTS_OF.changing(put("explanations", to=[{"reason": "The index was rebuilt, as announced", **entry}]))


def _text(change: Callable[[str], str]) -> Callable[[World], None]:
    def breaks(world: World) -> None:
        path = readings(world)
        path.write_text(change(path.read_text(encoding="utf-8")), encoding="utf-8")

    return breaks


def _gone(world: World) -> None:
    readings(world).unlink()


def _failed_runs(count: int) -> Callable[[World], None]:
    """The last runs of the day fail."""

    def change(lines: Lines) -> None:
        ended = [line for line in lines if line["event"] == "run_completed"][-count:]
        for line in ended:
            line.update(event="run_failed", level="warning", message="gave up")

    return logged(change)


def _no_runs(lines: Lines) -> Lines:
    return [line for line in lines if line["version"] == "1.0.0"]


def _broken(count: int) -> Callable[[World], None]:
    """So many lines at the end of the log that are no event."""

    def breaks(world: World) -> None:
        with (world.root / LOG).open("a", encoding="utf-8") as stream:
            stream.write("2026-01-06 what is th\n" * count)

    return breaks


LOOKED: Sequence[Fault] = (
    of("an hour without a reading", without(12, 12), LOOKS | SERVER, "nobody looked from", "(2 h)",
       "check interval: 2 h", "search_knowledge: no reading from"),
    of("a night without readings", without(13, 16), LOOKS | SERVER | DATABASE | DISK, "check interval: 5 h",
       "database: no figure from", "disk usage: no reading from"),
    of("readings begin late", without(0, 4), LOOKS | SERVER, "observed time: 20 h"),
    of("readings end early", without(22, 24), LOOKS | SERVER, "observed time: 19 h"),
    of("one reading in the day", read(lambda lines: [lines[0], *from_to(lines, 24, 24)]), READINGS,
       "observed time: 1 h", "readings of less than 6 hours make no trend"),
    of("no readings", _gone, READINGS, "readings.jsonl: ", "does not exist; expected a file of samples, 22 hours of "
       "them: take one every hour: python -m fixtures.firstday read"),
    of("readings without a window", read(lambda lines: lines[1:]), READINGS, "expected a window as the first line"),
    of("an empty file of readings", _text(lambda text: ""), READINGS, "is empty; expected a window"),
    of("a reading that is none", _text(lambda text: text.replace('"ms":', '"ns":', 1)), LOOKS,
       "readings.jsonl:2: knowledge."),
    of("a line that is no JSON", _text(lambda text: text.replace('{"kind":"sample"', "kind: sample", 1)), LOOKS,
       "no valid JSON"),
    of("a look that people took, next week", several(without(12, 12), _check(at=now(150))), LOOKS | SERVER,
       "is still to come"),
    of("a look that nobody took", _check(by="the team"), LOOKS, "checks[0].by: 'the team' is nobody's name"),
    of("a look that says nothing", _check(found="ok"), LOOKS, "checks[0].found: 'ok' is too short"),
    of("a look without a time", _check(at="at noon"), LOOKS, "checks[0].at: found 'at noon'"),
    changed("nobody on duty", put("watch", to=[]), LOOKS, "watch: is empty"),
    changed("nobody on duty at night", put("watch", 0, "until", to=hours(9)), LOOKS, "nobody is on duty from", "(4 h)"),
    changed("nobody on duty at first", drop("watch", 0), LOOKS, "(11 h)"),
    changed("nobody on duty in the end", put("watch", 1, "until", to=hours(20)), LOOKS, "(4 h)"),
    changed("a role on duty", put("watch", 0, "name", to="On-Call"), LOOKS, "'On-Call' is nobody's name"),
    changed("the wrong role on duty", put("watch", 0, "role", to="Product Manager"), LOOKS,
            "'Product Manager' does not keep this watch; expected On-Call Engineer, Infrastructure Lead"),
    changed("on duty backwards", put("watch", 0, "until", to=hours(1)), LOOKS, "watch[0].until: ends before it begins"),
    of("two failed runs", _failed_runs(2), LOOKS, "2 of 24 runs failed, 8.33 %", "expected at most 5 %"),
    of("one failed run", _failed_runs(1), {"3.2.1": DEGRADED}, "run 'day-29' failed at"),
    of("a busy processor", part("host", 9, 9, cpu_percent=91.0), {"3.2.1": DEGRADED},
       "CPU usage: 1 of 23 readings, the highest 91 % at", "the limit is < 60 %"),
    of("memory at its limit", part("host", 2, 24, memory_percent=70.0), {"3.2.1": DEGRADED},
       "memory usage: 23 of 23 readings, the highest 70 %"),
    of("link speed unknown", part("host", 0, 24, network_percent=None), {"3.2.1": DEGRADED},
       "network bandwidth: not in any reading of the day"),
    target("no execution log", drop("executions"), LOOKS | ERRORS, "the target provides no execution log"),
    target("an execution log that is not there", put("executions", to="nowhere"), LOOKS | ERRORS, "does not exist"),
    of("no run in the day", logged(_no_runs), LOOKS | ERRORS, "no run ended from", "says nothing from",
       "no data is no pass"),
)  # fmt: skip

SERVED: Sequence[Fault] = (
    of("a tool that was never asked", lacking("knowledge", "get_warnings"), SERVER,
       "get_warnings: no reading in the whole day; no data is no pass"),
    of("health that was never asked", lacking("knowledge", "health"), SERVER, "health: no reading in the whole day"),
    of("no reading of the server", lacking("knowledge"), SERVER, "list_sources: no reading in the whole day"),
    of("hours without the server", lacking("knowledge", first=7, last=9), SERVER, "health: no reading from", "(3 h)"),
    of("a slow answer", called("get_patterns", 11, 11, ms=2400.0), SERVER,
       "get_patterns: 1 of 23 answers, the slowest 2.4 s at", "the limit is < 2 s"),
    of("an answer at the limit", called("health", 5, 5, ms=2000.0), SERVER, "health: 1 of 23 answers"),
    of("failures", called("*", 11, 11, ok=False, error="HTTP 503"), SERVER,
       "4.35 % of 161 calls failed; the limit is < 1 %", "search_knowledge failed at", "HTTP 503"),
    of("one failure", called("list_sources", 11, 11, ok=False, error="HTTP 500"), {"3.2.2": DEGRADED},
       "list_sources failed at"),
    of("slower in the afternoon", called("search_knowledge", 12, 16, ms=80.0), SERVER,
       "search_knowledge: slower: 80 ms from", "(5 h)", "ms in the first hour (13 readings); expected at most"),
    of("slower for three hours", called("get_decisions", 12, 14, ms=60.0), SERVER, "get_decisions: slower: 60 ms"),
    of("slower at the end", called("health", 22, 24, ms=70.0), SERVER, "health: slower: 70 ms"),
    of("slower hour by hour", read(lambda lines: [line["knowledge"]["list_sources"].update(ms=15.0 + line["n"] / 4)
       for line in from_to(lines, 2, 24)] and None), SERVER, "list_sources: slower"),
    of("explained, but for another tool", several(called("search_knowledge", 12, 16, ms=80.0),
       _explained("get_patterns", 11, 17)), SERVER, "search_knowledge: slower"),
    of("explained, but not to the end", several(called("search_knowledge", 12, 16, ms=80.0),
       _explained("search_knowledge", 11, 13)), SERVER, "search_knowledge: slower"),
    of("an explanation that says nothing", _explained("health", 12, 16, reason="n/a"), SERVER,
       "explanations[0].reason: n/a says nothing"),
    of("an explanation of nobody's", _explained("knowledge", 12, 16, by="somebody"), SERVER, "explanations[0].by: "),
    of("an explanation backwards", _explained("health", 16, 12), SERVER, "[0].until: ends before it begins"),
    of("away all day, and explained", several(called("*", 3, 24, ok=False, error="connection refused"),
       _explained("knowledge", 0, 25)), SERVER, "explained, which excuses failures of an hour at most", "calls failed"),
    of("slow since the morning, after a cold start", several(read(lambda lines: [line for line in lines if
       line["kind"] != "sample" or hour_of(line) in (1, 2) or hour_of(line) > 2]), called("*", 1, 1, ms=800.0),
       called("*", 2, 3, ms=20.0), called("*", 4, 24, ms=1500.0)), SERVER, "1.5e+03 ms from",
       "20 ms in the first hour"),
    of("an explanation of something else", _explained("searchknowledge", 12, 16), SERVER,
       "'searchknowledge' is unknown; did you mean search_knowledge?"),
    of("an explanation without a time", _explained("health", 12, 16, until="later"), SERVER | DATABASE,
       "explanations[0].until: found 'later'"),
)  # fmt: skip

LOGGED: Sequence[Fault] = (
    of("a new error", errors("vector index of size {n} is corrupt", 13), ERRORS,
       "'vector index of size <n> is corrupt'", "new since the deployment; expected an explanation or an issue"),
    of("a new critical error", errors("out of memory in step {n}", 13, level="critical"), ERRORS, "'out of memory in"),
    of("a new error in capitals", errors("the pool of shard {n} is dry", 13, level="ERROR"), ERRORS, "'the pool of"),
    of("an error of a level that is unknown", errors("out of memory", 13, level="FATAL"), ERRORS,
       "level: 'FATAL' is unknown", "the line says critical"),
    of("a line that breaks off", _broken(1), {"3.2.3": DEGRADED}, "executions.jsonl:", "no valid JSON"),
    of("a log that becomes something else", _broken(2000), ERRORS,
       "at least 100 lines since the deployment cannot be read"),
    of("an old error that recurs", errors("lock of project {n} was stale", -5, 8, 9), ERRORS,
       "2 times", "1 times before the deployment, too"),
    of("two new errors", several(errors("first fault", 13), errors("second fault", 14)), ERRORS, "'first fault'",
       "'second fault'"),
    of("an error of every spelling", errors('cannot read "/srv/p{n}/a.json": 0x7ffe{n} of 2026-01-0{n}T10:00:00Z', 3,
       4), ERRORS, "'cannot read <text>: <id> of <time>': 2 times"),
    of("more and more of a known error", errors("chunk {n} of src-{n} was embedded again after HTTP 503",
       *(14 + n / 8 for n in range(40))), {"3.2.3": DEGRADED}, "increasing: "),
    of("an error in a text log", text_log("3 INFO started", "4 ERROR pool is exhausted after 31 s"), ERRORS,
       "service.log:2: 'pool is exhausted after <n> s'"),
    of("an error in Docker's JSON", text_json(4, log="ERROR pool is exhausted after 31 s\n"), ERRORS,
       "'pool is exhausted after <n> s'"),
    of("an error of a logger that counts", text_json(4, level=50, msg="the pool is dry"), ERRORS, "'the pool is dry'"),
    of("an error without a message", text_json(4, level="error"), ERRORS, "'an error without a message'"),
    of("JSON without levels", text_json(4, msg="GET /health 500"), ERRORS, "1 lines of JSON have no level"),
    of("an error explained, and another in the same words but one", several(text_log("-3 level=INFO msg=fine",
       '4 level=ERROR msg="the service was slow"', '5 level=ERROR msg="the index is corrupt"'), FAULTS_OF.changing(
       lambda data: data["errors"]["patterns"].append({"pattern": "the service was slow", "issue": "KI-9"}))), ERRORS,
       "'the index is corrupt'"),
    of("an empty text log", text_log(), {"3.2.3": DEGRADED}, "says nothing since the deployment", "it is empty"),
    of("a text log that has stopped", text_log("-90 INFO fine", "-72 INFO fine"), {"3.2.3": DEGRADED},
       "its last line is of"),
    of("a text log that was put aside at midnight", text_log("15 INFO fine"), {"3.2.3": DEGRADED},
       "after the deployment", "name the logs that were put aside, too"),
    of("an exception in a text log", text_log("3 INFO request 17", "4 [error] upstream timed out"), ERRORS,
       "'upstream timed out'"),
    target("a text log that is not there", put("error_logs", to=["nowhere.log"]), ERRORS, "no such file"),
    changed("errors not reviewed", drop("errors"), ERRORS, "errors: missing"),
    changed("errors reviewed by a role", put("errors", "by", to="Infra"), ERRORS, "errors.by: 'Infra' is nobody's"),
    changed("errors reviewed beforehand", put("errors", "reviewed", to=hours(-3)), ERRORS, "is before T-0"),
    changed("errors to be reviewed", put("errors", "reviewed", to=now(3)), ERRORS, "is still to come"),
    changed("a pattern without a word", drop("errors", "patterns", 0, "explanation"), ERRORS,
            "patterns[0]: has neither explanation nor issue"),
    changed("an explanation of a pattern that is none", put("errors", "patterns", 0, "explanation", to="TBD"), ERRORS,
            "patterns[0].explanation: TBD says nothing"),
    changed("an issue without a number", put("errors", "patterns", 1, "issue", to="yes"), ERRORS,
            "'yes' names no issue"),
    changed("a pattern forgotten", drop("errors", "patterns", 1), ERRORS, "acceptance criterion <n> had no task"),
    changed("a pattern twice", lambda data: data["errors"]["patterns"].append(dict(data["errors"]["patterns"][0])),
            ERRORS, "is the pattern of patterns[0], too"),
    changed("a pattern that did not occur", lambda data: data["errors"]["patterns"].append(
            {"pattern": "no such thing", "issue": "KI-9"}), {"3.2.3": DEGRADED}, "did not occur since the deployment"),
    of("a log that begins after the deployment", logged(lambda lines: [line for line in lines if
       line["version"] == "2.0.0"]), {"3.2.3": DEGRADED}, "begins after the deployment: every pattern"),
)  # fmt: skip

TOLD: Sequence[Fault] = (
    of("no feedback record", lambda world: (world.root / "evidence" / "feedback.json").unlink(), FEEDBACK,
       "is missing; expected it in"),
    of("no reports and no word of it", told(both(drop("reports"), put("issues", to=[]))), FEEDBACK,
       "no report is on record; expected all of them"),
    of("a report without a state", told(both(drop("reports", 1, "first_response"), drop("reports", 1, "by"))), FEEDBACK,
       "has no state; expected first_response and by, or issue"),
    of("a report of the day before", told(put("reports", 0, "received", to=hours(-9))), FEEDBACK, "is before T-0"),
    of("a report without a time", told(drop("reports", 0, "received")), FEEDBACK, "reports[0].received: missing"),
    of("a report that says nothing", told(put("reports", 2, "summary", to="...")), FEEDBACK, "reports[2].summary"),
    of("channels read once in the morning", told(lambda data: [each.update(checked=[hours(3)]) for each in
       data["channels"]]), FEEDBACK, "no channel was checked from", "(11 h)"),
    of("channels read in the middle", told(lambda data: [each.update(checked=[hours(13)]) for each in
       data["channels"]]), FEEDBACK, "no channel was checked from"),
    of("channels read in the end", told(lambda data: [each.update(checked=[hours(23)]) for each in data["channels"]]),
       FEEDBACK, "no channel was checked from"),
)  # fmt: skip

STORED: Sequence[Fault] = (
    of("no figures of the database", lacking("database"), DATABASE, "nothing says how the database did",
       "name database.uri in the target"),
    of("half a day without the database", lacking("database", first=12, last=24), DATABASE, "database: no figure from"),
    of("a database that did not answer", part("database", 9, 9, ok=False, error="connection refused"), DATABASE,
       "did not answer: connection refused"),
    of("connections running out", part("database", 15, 15, connections_current=700, connections_available=120),
       DATABASE, "700 of 820 connections in use, 85.4 %; the limit is < 80 %"),
    of("slow operations", part("database", 15, 15, slow_operations=3, slowest="query on knowledge.chunks for 9 s"),
       DATABASE, "3 operations of 2 s and more, the longest query on knowledge.chunks for 9 s"),
    of("a restart", part("database", 15, 24, uptime_seconds=120), DATABASE, "was restarted 2 min before"),
    of("a slower ping", part("database", 15, 19, ping_ms=45.0), DATABASE, "database: slower: ping 45 ms from"),
    of("a figure that is none", part("database", 15, 15, ping_ms="fast"), DATABASE, "ping_ms is 'fast'; expected a n"),
    of("connections that nobody knows", lacking("database", "connections_available"), {"3.2.5": DEGRADED},
       "23 readings do not tell how many connections were left"),
    of("assertions", part("database", 15, 24, asserts=7), {"3.2.5": DEGRADED}, "7 assertions since"),
    of("figures that nobody may see", part("database", 2, 24, slow_operations=None, unknown={"slow_operations":
       "not authorized"}), {"3.2.5": DEGRADED}, "slow_operations (not authorized); grant the user clusterMonitor"),
    of("looked at by nobody", several(lacking("database"), FAULTS_OF.changing(put("database", to={"checked": [hours(4),
       hours(20)], "by": "DevOps", "found": "40 of 800 connections"}))), DATABASE, "database.by: 'DevOps' is nobody's"),
    of("looked at once", several(lacking("database"), FAULTS_OF.changing(put("database", to={"checked": [hours(4)],
       "by": "Ines Example", "found": "40 of 800 connections"}))), DATABASE, "database: nobody looked from"),
    of("looked at in the middle", several(lacking("database"), FAULTS_OF.changing(put("database", to={"checked":
       [hours(13)], "by": "Ines Example", "found": "40 of 800 connections"}))), DATABASE,
       "database: nobody looked from"),
    of("looked at, and nothing said", several(lacking("database"), FAULTS_OF.changing(put("database", to={"checked":
       [hours(4), hours(20)], "by": "Ines Example", "found": "fine"}))), DATABASE, "database.found: 'fine' is"),
    of("an explanation of the database that says nothing", _explained("database", 12, 16, reason="TODO"), DATABASE,
       "explanations[0].reason: TODO says nothing"),
    dataclasses.replace(
        target("a database that cannot be asked", put("database", to={"uri": "mongodb://127.0.0.1:9/knowledge"}),
               DATABASE | BACKUP, "127.0.0.1:9/knowledge: did not answer"), within=20.0),
)  # fmt: skip


def _aged(hours_ago: float) -> Callable[[World], None]:
    return backup._taken(hours_ago)


def _flipped(world: World) -> None:
    backup._flip(world)


def _other_sum(world: World) -> None:
    path = backup.archive(world)
    path.with_name(f"{path.name}.sha256").write_text(f"{hashlib.sha256(b'').hexdigest()}  {path.name}\n")


def _unsaid(world: World) -> None:
    del world.target["backup"]["taken_at"]


def _unsaid_and_old(world: World) -> None:
    long_ago = time.time() - 40 * 3600
    os.utime(backup.archive(world), (long_ago, long_ago))
    _unsaid(world)


BACKED_UP: Sequence[Fault] = (
    target("no backup", drop("backup"), BACKUP, "the target provides no backup of the knowledge database"),
    of("a backup that is gone", lambda world: backup.archive(world).unlink(), BACKUP, "does not exist; expected what"),
    of("the backup from before the deployment", _aged(30), BACKUP, "that is before the deployment",
       "first_day.backup in the target"),
    of("a file from before the deployment", _unsaid_and_old, BACKUP, "by the file's time"),
    of("a backup of tomorrow", _aged(-5), BACKUP, "that is still to come"),
    of("a backup that was damaged", _flipped, BACKUP, "knowledge.archive.gz"),
    of("a checksum of something else", _other_sum, BACKUP, "knowledge.archive.gz"),
    of("no checksum", backup._no_checksum, BACKUP, "sha256"),
    of("a copy that is gone", lambda world: (world.root / world.target["backup"]["copies"][0]).unlink(), BACKUP,
       "does not exist; expected a copy of"),
    of("a collection that is not in the backup", lambda world: backup.store(world, dump.knowledge()[:2]), BACKUP,
       "knowledge.extractions: is not in the backup"),
    of("another backup for the day, which is not there", lambda world: world.target.update(
       first_day={"backup": {"path": "nowhere.gz"}}), BACKUP, "nowhere.gz: does not exist"),
    of("a time that only the file says", _unsaid, {"3.2.6": DEGRADED}, "known only by a file's time"),
)  # fmt: skip

FILLED: Sequence[Fault] = (
    of("a disk that fills", filling(60, 1.5), DISK, "+36 % a day: it is full at", "the next look is planned for"),
    of("a disk that is full before the next look", filling(70, 0.25), DISK, "+6 % a day: it is full at"),
    of("a disk that reaches its limit", filling(60, 0.12), {"3.2.7": DEGRADED}, "it reaches 80 % at"),
    of("a disk over its limit", filling(84, 0.0), {"3.2.7": DEGRADED}, "84 % used, +0 % a day: it reaches 80 %"),
    of("a full disk", filling(100, 0.0), DISK, "it is full already"),
    of("no reading of the disk", lacking("host", "disk_percent"), DISK, "disk usage: not in any reading of the day"),
    of("no reading of the machine", lacking("host"), {"3.2.1": DEGRADED} | DISK, "CPU usage: not in any reading"),
    of("hours without the disk", lacking("host", "disk_percent", first=8, last=14), DISK, "no reading from"),
    of("too few readings of the disk", lacking("host", "disk_percent", first=5, last=30), DISK,
       "readings of less than 6 hours make no trend"),
    of("more than the whole disk", part("host", 9, 9, disk_percent=140.0), DISK, "140 % at"),
    changed("no next look", drop("disk"), DISK, "disk: missing; expected the next planned look at the disk"),
    changed("a look of yesterday", put("disk", "next_look", to=hours(20)), DISK, "is not after the first day"),
    changed("a look of nobody's", put("disk", "by", to="somebody"), DISK, "disk.by: 'somebody' is nobody's name"),
)  # fmt: skip

TARGET: Sequence[Fault] = (
    of("only a Prometheus, and nobody answers for it", several(_gone, lambda world: world.target.update(
       prometheus={"url": NOWHERE})), READINGS, "cannot be reached"),
)  # fmt: skip

FAULTS: Sequence[Fault] = (
    *LOOKED,
    *SERVED,
    *LOGGED,
    *TOLD,
    *STORED,
    *BACKED_UP,
    *FILLED,
    *TARGET,
    of("record missing", lambda world: (world.root / "evidence" / "first_day.json").unlink(), RECORD,
       "copy fixtures/evidence/templates/first_day"),
    changed("unknown part", put("watches", to=[]), RECORD, "watches: unknown key; did you mean watch?"),
    target("no deployment", drop("deployment"), WHOLE, "no time of the deployment"),
    target("no evidence", drop("evidence"), RECORD | FEEDBACK, "the target provides no evidence folder"),
    of("deployment still to come", lambda world: world.target["deployment"].update(starts="2126-01-06T09:00:00Z"),
       WHOLE, "the deployment is still to come"),
)  # fmt: skip
