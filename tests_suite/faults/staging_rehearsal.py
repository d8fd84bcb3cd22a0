"""Faults of what was rehearsed on staging (1.2.2, 1.2.3, 1.2.5)."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from typing import Any

from tests_suite.faults.records import Change, path_of, put, with_record
from tests_suite.faults.staged import FOLDER, seal, verdict_path
from tests_suite.faults.staging import OTHER, STEP, fault, hours, target, untarget
from tests_suite.faults.world import Fault, World, edit


def _rehearsed(item: str, name: str, change: Change, *says: str, outcome: str = "failed") -> Fault:
    return fault(item, name, with_record("rehearsal", change), *says, outcome=outcome)


def _verdict(name: str, change: Change, *says: str, outcome: str = "failed") -> Fault:
    """The smoke gate on staging has left another verdict."""

    def breaks(world: World) -> None:
        _write_verdict(world, change)
        seal(verdict_path(world).parent)

    return fault("1.2.3", name, breaks, *says, outcome=outcome)


def _write_verdict(world: World, change: Change) -> None:
    path = verdict_path(world)
    data = json.loads(path.read_text(encoding="utf-8"))
    change(data)
    path.write_text(json.dumps(data, indent=1), encoding="utf-8")


def _linked(world: World) -> None:
    there = world.root / FOLDER / "workflow"
    shutil.rmtree(there)
    there.symlink_to(world.workflow)


def _failure_made_good(world: World) -> None:
    """The gate failed, and somebody wrote into its verdict that it did not."""
    path = verdict_path(world)
    as_it_should_be = path.read_bytes()
    _write_verdict(world, _outcome(2, "failed", "FAIL", 1))
    seal(path.parent)
    path.write_bytes(as_it_should_be)


def _outcome(number: int, outcome: str, verdict: str, status: int) -> Change:
    """An item of the smoke gate came out otherwise, and the verdict with it."""

    def change(data: dict[str, Any]) -> None:
        finding = {"severity": "critical", "message": "it is broken", "file": None, "line": None}
        data["items"][number].update(outcome=outcome, findings=[finding])
        data.update(verdict=verdict, exit_status=status)

    return change


def _restored_the_package(data: dict[str, Any]) -> None:
    data["rolled_back"]["backup"]["sha256"] = data["package"]["sha256"]


DEPLOYED: Sequence[Fault] = (
    _rehearsed(
        "1.2.2 1.2.5",
        "another package rehearsed",
        put("package", "sha256", to=OTHER),
        "0000000000000000… was rehearsed",
    ),
    _rehearsed(
        "1.2.2",
        "another version was live",
        put("deployed", "live", to="1.0.0"),
        "1.0.0 was live afterwards; expected 2.0.0",
    ),
    _rehearsed(
        "1.2.2",
        "deployment ended before it began",
        lambda data: data["deployed"].update(started=data["rolled_back"]["ended"]),
        "before it began",
    ),
    _rehearsed(
        "1.2.2",
        "not on staging",
        put("environment", to="production"),
        "environment: found 'production', expected 'staging'",
    ),
    fault(
        "1.2.2",
        "a file was changed on staging",
        lambda world: edit(world.root / STEP, "---", "--- "),
        "is on staging with other contents than in the package",
    ),
    fault(
        "1.2.2",
        "a file is missing on staging",
        lambda world: (world.root / STEP).unlink(),
        "is in the package and not on staging",
    ),
    fault(
        "1.2.2",
        "a file too many on staging",
        lambda world: (world.root / FOLDER / "workflow/steps/old.md").write_text("x"),
        "is on staging and not in the package",
    ),
    fault(
        "1.2.2",
        "the developer's own tree for staging",
        target(workflow="workflow"),
        "staging.workflow is the workflow that is verified itself",
        "expected the folder that the package was deployed to",
    ),
    fault(
        "1.2.2",
        "a link to the developer's own tree for staging",
        _linked,
        "staging.workflow is the workflow that is verified itself",
    ),
    fault(
        "1.2.2",
        "no workflow on staging",
        target(workflow="staging/nowhere"),
        "is no folder; expected the workflow on staging",
    ),
    fault(
        "1.2.2",
        "workflow of staging not named",
        untarget("workflow"),
        "not testable: the target provides no workflow on staging",
    ),
    fault(
        "1.2.2 1.2.3 1.2.5",
        "never rehearsed",
        lambda world: path_of(world, "rehearsal").unlink(),
        "rehearsal.yaml",
        "is missing",
    ),
)


SMOKE: Sequence[Fault] = (
    fault(
        "1.2.3",
        "no smoke verdict",
        lambda world: verdict_path(world).unlink(),
        "no such file",
        "expected what `pytest -m smoke` left on staging",
    ),
    fault(
        "1.2.3", "a smoke verdict that is no JSON", lambda world: verdict_path(world).write_text("PASS"), "is no JSON"
    ),
    fault(
        "1.2.3",
        "a smoke verdict of another form",
        lambda world: verdict_path(world).write_text('{"verdict": "PASS"}'),
        "missing",
    ),
    fault(
        "1.2.3", "reports of staging not named", untarget("reports"), "provides no folder of the reports from staging"
    ),
    fault(
        "1.2.3",
        "a failure made good in the smoke verdict",
        _failure_made_good,
        "smoke/verdict.json: it was changed after the run",
        "expected the report as the run left it",
    ),
    _verdict("smoke failed", _outcome(1, "failed", "FAIL", 1), "the verdict is FAIL, exit status 1", "2.1.2 failed"),
    _verdict("smoke incomplete", _outcome(1, "missing", "INCOMPLETE", 6), "the verdict is INCOMPLETE", "2.1.2 missing"),
    _verdict(
        "verdict says PASS over an item that failed",
        _outcome(1, "failed", "PASS", 0),
        "items[1].outcome: found 'failed', expected 'passed'",
    ),
    _verdict("an item was not looked at", lambda data: data["items"].pop(2), "2.1.3 was not looked at"),
    _verdict(
        "the verdict of another gate", lambda data: data.update(marker="bmad"), "is the verdict of the gate 'bmad'"
    ),
    _verdict("smoke on production", put("target", "production", to=True), "which is production; expected staging"),
    _verdict(
        "smoke on the suite's own sample",
        put("target", "embedded", to=["workflow"]),
        "took workflow from the reference release",
    ),
    _verdict(
        "smoke on other files",
        put("target", "subjects", "workflow", "sha256", to=OTHER),
        "verified files with the digest 0000000000000000…",
    ),
    _verdict(
        "smoke against another server",
        put("target", "subjects", "knowledge", "location", to="https://elsewhere.example"),
        "asked the knowledge server https://elsewhere.example",
    ),
    _verdict(
        "smoke before the deployment", put("ended", to="2026-01-01T00:00:00.000Z"), "before the release was on staging"
    ),
    _verdict("smoke from the future", put("ended", to="2099-01-01T00:00:00.000Z"), "which is still to come"),
    _verdict(
        "an item was degraded on staging",
        _outcome(4, "degraded", "DEGRADE", 0),
        "2.1.5 is degraded",
        outcome="degraded",
    ),
    _rehearsed(
        "1.2.3",
        "smoke degraded before the deployment",
        lambda data: data["smoke"][0].update(verdict="DEGRADE"),
        "DEGRADE before deployment",
        outcome="degraded",
    ),
    _rehearsed(
        "1.2.3",
        "only the previous version was tested",
        lambda data: data["smoke"][1].update(tree=data["smoke"][0]["tree"]),
        "the same tree as before the deployment",
    ),
    _rehearsed(
        "1.2.3",
        "smoke failed, and was run until it passed",
        lambda data: data["smoke"].insert(1, {**data["smoke"][1], "verdict": "FAIL"}),
        "FAIL after deployment; expected PASS",
    ),
    _rehearsed("1.2.3", "no smoke test before", lambda data: data["smoke"].pop(0), "no smoke test before deployment"),
    _rehearsed(
        "1.2.3",
        "smoke failed after the deployment",
        lambda data: data["smoke"][1].update(verdict="FAIL"),
        "FAIL after deployment; expected PASS",
    ),
)


ROLLBACK: Sequence[Fault] = (
    _rehearsed(
        "1.2.5",
        "smoke degraded after the rollback",
        lambda data: data["smoke"][2].update(verdict="DEGRADE"),
        "DEGRADE after rollback",
        outcome="degraded",
    ),
    _rehearsed(
        "1.2.5",
        "another state after the rollback",
        put("rolled_back", "state_after", to=OTHER),
        "not the state from before",
    ),
    _rehearsed(
        "1.2.5",
        "rolled back to another version",
        put("rolled_back", "live", to="2.0.0"),
        "2.0.0 was live afterwards; expected 1.0.0",
    ),
    _rehearsed(
        "1.2.5",
        "rolled back before it was deployed",
        lambda data: data["rolled_back"].update(started=hours(-5), ended=hours(-4)),
        "began before the deployment had ended",
    ),
    _rehearsed("1.2.5", "the package was restored", _restored_the_package, "is the digest of the package"),
    _rehearsed(
        "1.2.5",
        "the backup of another version was restored",
        put(
            "rolled_back", "backup", "file", to="/backups/ai-engineering-workflow-v0.9.0-backup-20260105T120000Z.tar.gz"
        ),
        "expected a backup of the previous version, ai-engineering-workflow-v1.0.0-backup-<timestamp>.tar.gz",
    ),
    _rehearsed(
        "1.2.5",
        "an old backup was restored",
        put(
            "rolled_back", "backup", "file", to="/backups/ai-engineering-workflow-v1.0.0-backup-20240105T120000Z.tar.gz"
        ),
        "was taken at 20240105T120000Z by its name, before this rehearsal",
    ),
    _rehearsed(
        "1.2.5",
        "a backup from after the rollback was restored",
        put(
            "rolled_back", "backup", "file", to="/backups/ai-engineering-workflow-v1.0.0-backup-20990105T120000Z.tar.gz"
        ),
        "was taken at 20990105T120000Z by its name, after the rollback began",
    ),
    _rehearsed(
        "1.2.5",
        "a backup whose name tells no time",
        put("rolled_back", "backup", "file", to="/backups/ai-engineering-workflow-v1.0.0-backup-final.tar.gz"),
        "'final' in its name is no timestamp",
    ),
    _rehearsed("1.2.5", "rollback ended before it began", put("rolled_back", "ended", to=hours(-1)), "before it began"),
    _rehearsed("1.2.5", "rollback in the future", put("rolled_back", "ended", to=hours(5)), "is still to come"),
    _rehearsed("1.2.5", "rollback never tried", lambda data: data.pop("rolled_back"), "rolled_back: missing"),
    _rehearsed(
        "1.2.5", "no smoke test after the rollback", lambda data: data["smoke"].pop(2), "no smoke test after rollback"
    ),
    _rehearsed(
        "1.2.5",
        "smoke failed after the rollback",
        lambda data: data["smoke"][2].update(verdict="FAIL"),
        "FAIL after rollback; expected PASS",
    ),
    _rehearsed(
        "1.2.5",
        "another tree after the rollback",
        lambda data: data["smoke"][2].update(tree=OTHER),
        "another tree than before the deployment",
    ),
    _rehearsed(
        "1.2.5",
        "a reader saw a mixture",
        lambda data: data["reads"].update(mixed=1, whole_new=data["reads"]["whole_new"] - 1),
        "saw a mixture of two versions",
    ),
    _rehearsed(
        "1.2.5",
        "a reader found nothing",
        lambda data: data["reads"].update(failed=1, total=data["reads"]["total"] + 1),
        "found no workflow",
    ),
    _rehearsed(
        "1.2.5",
        "reads that do not add up",
        lambda data: data["reads"].update(total=data["reads"]["total"] + 7),
        "do not add up",
    ),
    _rehearsed(
        "1.2.5",
        "nobody read the new version",
        lambda data: data["reads"].update(whole_new=0, whole_previous=data["reads"]["total"]),
        "no reader saw both versions",
    ),
    _rehearsed(
        "1.2.5",
        "hardly any reads",
        lambda data: data["reads"].update(total=10, whole_new=4, whole_previous=6),
        "only 10 reads",
        outcome="degraded",
    ),
    _rehearsed(
        "1.2.5",
        "never switched while it was read",
        lambda data: data["reads"].update(switches=0),
        "users were never switched while the workflow was read",
        outcome="degraded",
    ),
)


FAULTS: Sequence[Fault] = (*DEPLOYED, *SMOKE, *ROLLBACK)
