"""What the knowledge server's plugin does in a run: order of checks, servers for workers, and what is reported."""

from __future__ import annotations

import ssl
from types import SimpleNamespace
from typing import Any, cast

import httpx
import pytest

from fixtures.knowledge import recorded, server
from fixtures.knowledge.knowledgetarget import KnowledgeTarget
from fixtures.knowledge.recorded import FACTS
from fixtures.reference.early import SERVER, STAGING_SERVER


class Running:
    """A reference server that says and does nothing but this."""

    def __init__(self, url: str) -> None:
        self.url, self.stopped = url, 0

    def stop(self) -> None:
        self.stopped += 1

    def last_words(self) -> str:
        return "address in use\n"


class Item:
    """A check that asks for these fixtures."""

    def __init__(self, *fixtures: str) -> None:
        self.fixturenames, self.marks = fixtures, list[Any]()

    def add_marker(self, mark: Any) -> None:
        self.marks.append((mark.name, mark.args))


def config(**more: Any) -> Any:
    return SimpleNamespace(stash=pytest.Stash(), option=SimpleNamespace(), **more)


def test_checks_that_ask_the_server_come_last_and_together() -> None:
    items = [Item("staging_knowledge"), Item("tmp_path"), Item("knowledge", "x"), Item(), SimpleNamespace()]
    asking, other = [items[0], items[2]], [items[1], items[3], items[4]]

    hook = server.pytest_collection_modifyitems(config(), cast(Any, items))
    next(hook)
    assert [cast(Any, each).marks for each in asking] == [[("xdist_group", ("knowledge",))]] * 2
    assert [cast(Any, each).marks for each in items if each in other[:2]] == [[], []]
    with pytest.raises(StopIteration):
        next(hook)

    assert items == [*other, *asking]


def test_workers_are_told_where_the_servers_of_the_run_are() -> None:
    node = SimpleNamespace(config=config(), workerinput={"x": 1})
    server.pytest_configure_node(node)
    assert node.workerinput == {"x": 1}
    node.config.stash[SERVER] = Running("http://a")
    node.config.stash[STAGING_SERVER] = Running("http://b")

    server.pytest_configure_node(node)

    assert node.workerinput == {"x": 1, "knowledge_url": "http://a", "staging_knowledge_url": "http://b"}


def test_servers_of_a_run_end_with_it() -> None:
    own, staging = Running("http://a"), Running("http://b")
    given = config()
    server.pytest_unconfigure(given)
    given.stash[STAGING_SERVER] = staging
    server.pytest_unconfigure(given)
    given.stash[SERVER] = own

    server.pytest_unconfigure(given)

    assert (own.stopped, staging.stopped) == (1, 2)


def test_reference_server_is_waited_for_before_anything_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def answered(request: httpx.Request) -> httpx.Response:
        asked.append(f"{request.method} {request.url}")
        if "down" in request.url.host:
            raise httpx.ConnectError("refused")
        return httpx.Response(404)

    started = config()
    started.stash[SERVER] = Running("http://down")
    monkeypatch.setattr(server, "start", lambda *options: Running("http://new"))
    with httpx.Client(transport=httpx.MockTransport(answered)) as client:
        worker = config(workerinput={"knowledge_url": "http://a", "staging_knowledge_url": "http://b"})
        assert server._reference_url(worker, client, SERVER) == "http://a"
        assert server._reference_url(worker, client, STAGING_SERVER) == "http://b"
        alone = config()
        assert server._reference_url(alone, client, SERVER) == "http://new"
        assert alone.stash[SERVER].url == "http://new"
        said = r"^the reference server did not start: cannot be reached: refused\naddress in use$"
        with pytest.raises(pytest.fail.Exception, match=said):
            server._reference_url(started, client, SERVER)
        with pytest.raises(pytest.fail.Exception, match=r"did not start: cannot be reached: refused$"):
            server._reference_url(config(workerinput={"knowledge_url": "http://down"}), client, SERVER)

    assert asked == [f"GET http://{host}/" for host in ("a", "b", "new", "down", "down")]


@pytest.mark.parametrize(
    ("target", "headers"),
    [(KnowledgeTarget("http://own", "abc-def"), "abc-def"), (KnowledgeTarget("http://own"), None)],
)
def test_server_of_the_target_is_asked_with_its_key(target: KnowledgeTarget, headers: str | None) -> None:
    with server.connected(target, config()) as own:
        assert (own.url, own.label, own.seconds) == ("http://own", "http://own", 10.0)
        assert own.client.headers.get("x-api-key") == headers
        assert own.client.trust_env
        dial = own.dial()
        assert (dial.url, dial.headers, dial.seconds, dial.trust_env) == (
            "http://own/mcp", {"x-api-key": headers} if headers else {}, 10.0, True,
        )  # fmt: skip
    assert own.client.is_closed


def test_client_of_mcp_trusts_what_the_system_trusts() -> None:
    with server.connected(KnowledgeTarget("https://own"), config()) as own:
        assert isinstance(own.dial().tls, ssl.SSLContext)


def test_reports_name_the_server_that_was_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[KnowledgeTarget | None] = [KnowledgeTarget("http://ada:x@own"), KnowledgeTarget(), None]
    monkeypatch.setattr(server, "target_of", lambda _: SimpleNamespace(knowledge=given.pop(0)))

    assert [server.pytest_gate_subjects(config(), []) for _ in range(3)] == [
        {"knowledge": {"location": "http://own"}}, {"knowledge": {"location": "reference server"}}, {},
    ]  # fmt: skip


def test_facts_of_a_worker_reach_the_report_and_the_terminal() -> None:
    worker, judge = config(workeroutput={}), config()
    lines: list[str] = []
    terminal = cast(Any, SimpleNamespace(write_line=lines.append))
    recorded.pytest_sessionfinish(cast(Any, SimpleNamespace(config=worker)))
    recorded.pytest_testnodedown(SimpleNamespace(config=judge, workeroutput=worker.workeroutput), None)
    recorded.pytest_terminal_summary(terminal, judge)
    assert (worker.workeroutput, recorded.pytest_gate_subjects(judge, []), lines) == ({}, {}, [])
    worker.stash[FACTS] = {"location": "http://own", "requests": "6"}

    recorded.pytest_sessionfinish(cast(Any, SimpleNamespace(config=worker)))
    recorded.pytest_testnodedown(SimpleNamespace(config=judge, workeroutput=worker.workeroutput), None)
    recorded.pytest_terminal_summary(terminal, judge)

    assert recorded.pytest_gate_subjects(judge, []) == {"knowledge session": worker.stash[FACTS]}
    assert lines == ["knowledge server: location http://own, requests 6"]
    recorded.pytest_testnodedown(SimpleNamespace(config=judge), "crashed")
