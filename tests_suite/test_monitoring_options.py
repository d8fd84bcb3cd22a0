"""What a run does about its watch: the options of its smoke runs, the budget, the file, and what reaches people."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from fixtures import target as targets
from fixtures.finding import Finding
from fixtures.knowledge.knowledgetarget import KnowledgeTarget
from fixtures.monitoring import subject, withoutserver
from fixtures.monitoring.hope import Limits
from fixtures.monitoring.monitoringtarget import MonitoringTarget
from fixtures.monitoring.samples import Mark, Recorded, Window
from fixtures.monitoring.series import Point
from fixtures.monitoring.watch import WatchError, digest_of
from fixtures.prometheus import engine
from fixtures.prometheus.engine import Engine
from fixtures.prometheus.prometheustarget import PrometheusTarget
from fixtures.schedule import Schedule
from fixtures.target import Target
from fixtures.targetfile import MASK

AT = datetime(2026, 1, 6, 10, tzinfo=UTC)
RELEASE = cast(
    "subject.ReleaseFacts",
    SimpleNamespace(
        version="2.0.0",
        knowledge_tools=("a", "b"),
        knowledge_queries=("q",),
        knowledge_services=("index",),
        composition={"*.md": 1},
    ),
)
LIMITS = Limits(2, 5, 1, 99.9)
PLAN = MonitoringTarget()


def target(**changes: Any) -> Target:
    """A target with a server of its own that says nothing of the watch."""
    own = dataclasses.replace(targets.reference_target(), name="mine", embedded=(), workflow=Path("/tree"))
    own = dataclasses.replace(own, monitoring=PLAN, knowledge=KnowledgeTarget("https://kb.example.com"), schedule=None)
    return dataclasses.replace(own, **changes)


def config_of(own: Target, here: Path = Path("/here"), **options: object) -> pytest.Config:
    """The configuration of a run with these options on that target."""
    stash = pytest.Stash()
    stash[targets.TARGET] = own
    made = SimpleNamespace(
        stash=stash,
        getoption=lambda name, default=None: options.get(name, default),
        invocation_params=SimpleNamespace(dir=here),
        rootpath=Path("/root"),
        pluginmanager=SimpleNamespace(get_plugin=lambda name: options.get("reporter") if name else None),
    )
    return cast("pytest.Config", made)


# The budget


@pytest.mark.parametrize(
    ("own", "tools", "smoke", "sent"),
    [
        (PLAN, 6, False, 4 + 13 * 7),
        (PLAN, 0, True, 4 + 13 + 6 * 9),
        (MonitoringTarget(10, 59.9, 180), 2, True, 4 + 11 * 3 + 4 * 9),
        (MonitoringTarget(0.1, 0.3, 6), 1, True, 4 + 21 * 2 + 9),
    ],
    ids=["the plan's", "health only", "a smoke run at the end", "fractions"],
)
def test_watch_sends_a_request_for_each_call_and_some_for_smoke_runs(
    own: MonitoringTarget, tools: int, smoke: bool, sent: int
) -> None:
    assert subject.requests(own, tools, smoke) == sent


@pytest.mark.parametrize(
    ("minutes", "key", "left_out", "words"),
    [
        (28, None, (), "100 requests to https://kb.example.com; production grants 100 an hour without an API key"),
        (
            29,
            None,
            ("2.1.2",),
            "94 requests to https://kb.example.com; production grants 100 an hour without an API key; "
            "smoke runs leave 2.1.2 to the samples",
        ),
        (328, "key", (), "1000 requests to https://kb.example.com; production grants 1000 an hour"),
        (
            329,
            "key",
            ("2.1.2",),
            "994 requests to https://kb.example.com; production grants 1000 an hour; "
            "smoke runs leave 2.1.2 to the samples",
        ),
    ],
    ids=["all of it", "more than that", "all of it with a key", "more than that with a key"],
)
def test_smoke_runs_leave_the_server_alone_where_the_budget_would_not_do(
    minutes: int, key: str | None, left_out: tuple[str, ...], words: str
) -> None:
    own = target(
        knowledge=KnowledgeTarget("https://kb.example.com", key),
        monitoring=MonitoringTarget(minutes, 60.0, minutes * 60.0),
    )

    assert subject.left_out(own, RELEASE) == left_out
    ending = "; where the session has to be opened again, samples leave calls out for it"
    assert subject.budget(own, RELEASE) == words + ending


@pytest.mark.parametrize(
    ("minutes", "key", "over", "said"),
    [
        (28, None, 4, True),  # 29 samples of three calls, a session and one smoke run: all of the budget
        (2, None, 82, False),
        (329, "key", 10, True),
        (60, None, None, False),
    ],
    ids=["nothing over", "enough", "with a key", "more than there is"],
)
def test_session_may_be_opened_again_with_what_is_over(
    minutes: int, key: str | None, over: int | None, said: bool
) -> None:
    own = target(
        knowledge=KnowledgeTarget("https://kb.example.com", key),
        monitoring=MonitoringTarget(minutes, 60.0, minutes * 60.0),
    )

    assert subject.room(own, RELEASE) == over
    assert ("samples leave calls out for it" in subject.budget(own, RELEASE)) == said


@pytest.mark.parametrize("changes", [{"knowledge": None}, {"embedded": ("knowledge",)}])
def test_there_is_no_budget_without_a_server_and_for_the_reference(changes: dict[str, Any]) -> None:
    own = target(monitoring=MonitoringTarget(60, 1, 60), **changes)

    assert subject.left_out(own, RELEASE) == ()
    assert subject.budget(own, RELEASE) == ""
    assert subject.room(own, RELEASE) is None


def test_digest_is_of_all_that_is_watched() -> None:
    own = MonitoringTarget(10, 60, 120, "local", Path("/data"), 100.0)

    assert subject.digest(target(monitoring=own), RELEASE) == digest_of(
        {
            "target": "mine",
            "server": "https://kb.example.com",
            "tools": ["a", "b"],
            "workflow": "/tree",
            "host": "local",
            "disk": "/data",
            "link_mbit": 100.0,
            "window": [10, 60, 120],
        }
    )
    assert subject.digest(target(knowledge=None), RELEASE) != subject.digest(target(), RELEASE)


# Places and options


def test_samples_lie_where_the_target_says_or_with_the_reports(tmp_path: Path) -> None:
    own = target(monitoring=MonitoringTarget(samples=Path("/var/s.jsonl")))

    assert subject.samples_file(config_of(own, report_dir="x")) == Path("/var/s.jsonl")
    assert subject.samples_file(config_of(target(), tmp_path, report_dir="out")) == (
        tmp_path.resolve() / "out" / "watch" / "samples.jsonl"
    )
    assert subject.samples_file(config_of(target())) == Path("/root/reports/watch/samples.jsonl")


def test_smoke_run_looks_at_what_this_run_looks_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    options = {
        "target": "~/t.yaml",
        "workflow": "tree",
        "mcp_url": "https://kb.example.com/mcp",
        "claude_project": "/project",
        "claude_config": "",
        "evidence": "e",
    }

    found = subject._smoke_arguments(config_of(target(), tmp_path, **options), "http://127.0.0.1:9")

    assert found == [
        f"--target={tmp_path / 'home' / 't.yaml'}",
        f"--workflow={tmp_path / 'tree'}",
        "--mcp-url=https://kb.example.com/mcp",
        "--claude-project=/project",
    ]
    beside = subject._smoke_arguments(config_of(target(), tmp_path, target="t.yaml"), None)
    assert beside == [f"--target={tmp_path / 't.yaml'}"]


@pytest.mark.parametrize(
    ("server", "arguments"), [("http://127.0.0.1:9", ["--mcp-url=http://127.0.0.1:9"]), (None, [])]
)
def test_smoke_run_asks_the_reference_server_that_runs_already(server: str | None, arguments: list[str]) -> None:
    assert subject._smoke_arguments(config_of(target(embedded=("knowledge",))), server) == arguments
    assert subject._smoke_arguments(config_of(target()), server) == []


def test_secrets_are_hidden_the_longest_first() -> None:
    hide = subject._hiding(target(secrets=("pass", "my pass", "", "key")))

    assert hide("my pass, pass and key") == f"{MASK}, {MASK} and {MASK}"


def test_order_is_that_of_the_target() -> None:
    own = target(monitoring=MonitoringTarget(10, 60, 120))
    found = subject._order(own, RELEASE, LIMITS, Path("s.jsonl"))

    assert (found.seconds, found.every, found.smoke_every) == (600, 60, 120)
    assert (found.file, found.limits, found.digest) == (Path("s.jsonl"), LIMITS, subject.digest(own, RELEASE))


# The run


def _item(config: pytest.Config, *names: str) -> pytest.Item:
    return cast("pytest.Item", SimpleNamespace(config=config, fixturenames=names))


def _watched(monkeypatch: pytest.MonkeyPatch, config: pytest.Config, given: object, *names: str) -> object:
    """What is kept of a watch that gives or raises this."""

    def watching(*told: object) -> object:
        assert told == (config, RELEASE, LIMITS)
        if isinstance(given, BaseException):
            raise given
        return given

    monkeypatch.setattr(subject, "_watched", watching)
    subject.watch_once(_item(config, *names), RELEASE, LIMITS)
    return config.stash.get(subject.WATCH, None)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("a watch", "a watch"),
        (WatchError("another run is at it"), "another run is at it"),
        (pytest.fail.Exception("no server"), "no server"),
    ],
)
def test_watch_is_carried_out_before_the_first_check_of_it(
    given: object, kept: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = config_of(target())

    assert _watched(monkeypatch, config, given, "watched", "x") == kept
    assert _watched(monkeypatch, config, "a second one", "watched") == kept


def test_watch_is_not_carried_out_for_other_checks_or_for_a_plan(monkeypatch: pytest.MonkeyPatch) -> None:
    assert _watched(monkeypatch, config_of(target()), "a watch", "x") is None
    assert _watched(monkeypatch, config_of(target(), setupplan=True), "a watch", "watched") is None


@pytest.mark.parametrize(("hours", "kept"), [(-1, "a watch"), (1, None)], ids=["has begun", "to come"])
def test_deployment_that_is_still_to_come_is_not_watched(
    hours: int, kept: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    schedule = Schedule(datetime.now(UTC) + timedelta(hours=hours))
    found = _watched(monkeypatch, config_of(target(schedule=schedule)), "a watch", "watched")

    assert found == (kept or f"the deployment is still to come: T-0 is {schedule.label}")


def test_one_worker_watches_and_judges() -> None:
    marked: list[tuple[str, object]] = []

    def item(*names: str) -> pytest.Item:
        return cast(
            "pytest.Item",
            SimpleNamespace(fixturenames=names, add_marker=lambda mark: marked.append((names[0], mark.mark))),
        )

    without = cast("pytest.Item", SimpleNamespace())
    subject.pytest_collection_modifyitems(
        config_of(target()), [without, item("a", "watched"), item("b"), item("c", "watched")]
    )

    assert marked == [(name, pytest.mark.xdist_group("monitoring").mark) for name in ("a", "c")]


def test_checks_that_ask_the_server_are_left_out_and_told() -> None:
    told: list[object] = []
    items = [
        cast("pytest.Item", SimpleNamespace(fixturenames=names))
        for names in (("knowledge",), ("tree",), ("x", "knowledge"))
    ] + [cast("pytest.Item", SimpleNamespace())]
    hook = SimpleNamespace(pytest_deselected=lambda items: told.append(list(items)))
    config = cast("pytest.Config", SimpleNamespace(hook=hook))
    first, second, third, fourth = items

    withoutserver.pytest_collection_modifyitems(config, items)
    withoutserver.pytest_collection_modifyitems(config, items)

    assert items == [second, fourth]
    assert told == [[first, third]]


def test_what_samples_can_show_is_said_once() -> None:
    said: list[str] = []

    def report(*properties: tuple[str, str]) -> pytest.TestReport:
        return pytest.TestReport("x", ("x", 1, "x"), {}, "passed", None, "call", user_properties=properties)

    shown, other = ("availability shown", "79 %"), ("other", "x")
    stats: Mapping[str, Sequence[object]] = {
        "passed": [report(other, shown), report(shown)],
        "failed": [report(("availability shown", "80 %"))],
        "warnings": [SimpleNamespace(user_properties=[("availability shown", "no")])],
    }

    subject.pytest_terminal_summary(cast("Any", SimpleNamespace(stats=stats, write_line=said.append)))

    assert said == ["monitoring: 79 %", "monitoring: 80 %"]


@pytest.mark.parametrize(
    ("gates", "named"), [(["monitoring"], True), (["x", "postdeploy"], True), (["smoke"], False), ([], False)]
)
def test_samples_that_were_judged_are_named_with_their_digest(gates: list[str], named: bool, tmp_path: Path) -> None:
    file = tmp_path / "s.jsonl"
    config = config_of(target(monitoring=MonitoringTarget(samples=file)))
    assert subject.pytest_gate_subjects(config, gates) == {}
    file.write_bytes(b"samples")

    facts = {"location": str(file), "sha256": hashlib.sha256(b"samples").hexdigest()}
    assert subject.pytest_gate_subjects(config, gates) == ({"samples": facts} if named else {})


@pytest.mark.parametrize(
    ("aborted", "closes"),
    [
        (None, 3600.0),
        (Mark(AT + timedelta(seconds=90), "aborted", "x"), 90.0),
        (Mark(AT + timedelta(hours=2), "aborted", "x"), 3600.0),
    ],
    ids=["whole", "given up", "given up after its end"],
)
def test_prometheus_is_asked_for_the_time_that_was_watched(
    aborted: Mark | None, closes: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    prometheus = PrometheusTarget("http://p.example.com")
    window = Window("x", AT, AT + timedelta(hours=1), 300.0)
    watched = Recorded(Path("s"), window, (), marks=(aborted,) if aborted else ())
    points = {"host.cpu_percent": (Point(1.0, 2.0),)}

    def read(*asked: object) -> Engine:
        assert asked == (prometheus, AT, AT + timedelta(seconds=closes + 1), 300.0)
        return Engine("p", points, {"host.disk_percent": (Finding(None, None, "no data"),)}, (), 300.0)

    monkeypatch.setattr(engine, "read", read)

    assert subject._from_prometheus(target(prometheus=prometheus), watched) == points


@pytest.mark.parametrize(
    ("points", "missing", "fails"),
    [
        ({}, {"host.cpu_percent": "no answer"}, True),
        ({"knowledge.p95": ()}, {"knowledge.p50": "no data", "host.cpu_percent": "no answer"}, True),
        ({}, {"knowledge.p50": "no data"}, False),
    ],
)
def test_prometheus_that_tells_nothing_of_the_machine_fails_in_its_words(
    points: dict[str, tuple[Point, ...]], missing: dict[str, str], fails: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = {name: (Finding(None, None, words),) for name, words in missing.items()}
    monkeypatch.setattr(engine, "read", lambda *asked: Engine("p", points, gone, (), 300.0))
    own = target(prometheus=PrometheusTarget("http://p.example.com"))
    watched = Recorded(Path("s"), Window("x", AT, AT, 300.0), ())

    if fails:
        with pytest.raises(pytest.fail.Exception, match=r"^p: no answer$"):
            subject._from_prometheus(own, watched)
    else:
        assert subject._from_prometheus(own, watched) == points
