"""For what a report stands, in one line: release, target and subjects, and all that makes it count for less."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import pytest

from gate import statement, terminal, verify
from gate.signature import Signer
from gate.standing import Signed, Standing
from gate.verdict import Verdict
from tests_suite import kept, samples


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A report that stands."""
    return kept.write(tmp_path / "smoke")


def test_report_stands_for_its_release_target_and_subjects_in_one_line(folder: Path) -> None:
    ended = kept.content(folder)["ended"]

    assert str(verify.examine(folder)) == (
        "smoke PASS for ai-engineering-workflow 2.0.0 on target sample, package aaaaaaaaaaaa…, "
        f"workflow bbbbbbbbbbbb…, judged {ended}, not signed"
    )


def test_line_tells_what_makes_a_report_less_than_it_seems(tmp_path: Path) -> None:
    for marker in ("predeploy", "smoke"):
        kept.write(tmp_path / marker, marker)
    links = [{"marker": marker, "sha256": "0" * 64} for marker in ("predeploy", "smoke", "mcp")]
    record = {
        **kept.content(tmp_path / "smoke"),
        "chain": links,
        "configuration": [],
        "ended": "NOW",
    }
    record["target"] = {"name": "own", "embedded": ["claude"], "subjects": {"knowledge": {"location": "x"}}}
    signatures = (
        Signed("a.sig", Signer(("tech-lead:ada",), "SHA256:1"), trusted=True),
        Signed("b.sig", Signer((), "SHA256:2"), trusted=False),
    )

    assert str(Standing(tmp_path / "bmad", record, signatures)) == (
        "smoke PASS for ai-engineering-workflow 2.0.0 on target own, nothing of which has a digest, "
        "which proves nothing about production, judged NOW by another checklist than the one of this suite, "
        "after another predeploy report than the one beside it, after another smoke report than the one beside it, "
        "signed by tech-lead:ada (SHA256:1); signed by SHA256:2, whom nobody has vouched for"
    )


LESS: dict[str, tuple[dict[str, Any], str]] = {
    "changed suite": ({"suite": {"commit": "e" * 40 + "-dirty"}}, "judged NOW by a changed suite, not signed"),
    "suite that nobody can name": ({"suite": {"commit": None}}, "judged NOW by a suite without a commit, not signed"),
    "outside the chain": (
        {"chain": None},
        "judged NOW, outside the chain of gates: this run counts for no step of the deployment, not signed",
    ),
    "roll back": (
        {"verdict": "DEGRADE", "decision": {"action": "complete_rollback"}},
        "judged NOW, and no gate goes on from it: complete rollback, not signed",
    ),
    "failed, which says it": ({"verdict": "FAIL", "decision": {"action": "rollback"}}, "judged NOW, not signed"),
    "caution": ({"verdict": "DEGRADE", "decision": {"action": "proceed_with_caution"}}, "judged NOW, not signed"),
    "one override": ({"overrides": [{}]}, "with 1 deviation from the plan, judged NOW, not signed"),
    "overrides": ({"overrides": [{}, {}]}, "with 2 deviations from the plan, judged NOW, not signed"),
}


@pytest.mark.parametrize(("changes", "said"), LESS.values(), ids=LESS)
def test_line_says_why_a_report_counts_for_less(folder: Path, changes: dict[str, Any], said: str) -> None:
    content = {**kept.content(folder), "ended": "NOW", **changes}
    content["target"] = {**content["target"], "overrides": content.pop("overrides", [])}

    assert str(Standing(folder, content, ())).partition(f"workflow {samples.WORKFLOW[:12]}…, ")[2] == said


def test_report_of_a_suite_that_did_not_note_the_chain_is_in_none_and_outside_none(folder: Path) -> None:
    content = kept.content(folder)
    del content["chain"]

    assert str(Standing(folder, content, ())).endswith(f"judged {content['ended']}, not signed")


def test_report_before_it_is_compared_where_it_lies_beside_it_and_is_bearable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = kept.write(tmp_path / "predeploy", "predeploy") / "verdict.json"
    record = {"chain": [{"marker": "mcp", "sha256": "0" * 64}, {"marker": "predeploy", "sha256": "0" * 64}]}
    standing = Standing(tmp_path / "smoke", record, ())
    said = ["after another predeploy report than the one beside it"]

    for largest, expected in ((path.stat().st_size, said), (path.stat().st_size - 1, [])):
        monkeypatch.setattr(statement, "LARGEST", largest)
        assert standing._exchanged() == expected
    monkeypatch.undo()
    record["chain"][1]["sha256"] = statement.digest_of(path)
    assert standing._exchanged() == []
    for chain in (None, [], [{"marker": "predeploy", "sha256": None}]):
        assert Standing(tmp_path / "smoke", {"chain": chain}, ())._exchanged() == []


def test_what_has_to_be_read_with_a_verdict_stands_below_its_decision_on_the_terminal() -> None:
    class Screen(list[tuple[str, bool]]):
        def write_line(self, line: str, yellow: bool = False, **markup: bool) -> None:
            self.append((line, yellow))

    run, screen = samples.run(), Screen()
    run.remarks = {"smoke": ["one", "two"], "deploy": ["three"]}
    results = [samples.gate_result("smoke", Verdict.PASS)]

    terminal.closing(cast(pytest.TerminalReporter, screen), run, results, lambda text: text.replace("one", "hidden"))

    assert screen[-3:] == [("    decides: Tech Lead", False), ("  hidden", True), ("  two", True)]
