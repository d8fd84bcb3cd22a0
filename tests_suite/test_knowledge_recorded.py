"""What a run asks its knowledge server, in which order, what it counts, and when it stops asking."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, cast

import httpx
import pytest

from fixtures.knowledge import recorded, server
from fixtures.knowledge.handshake import Handshake, HandshakeError
from fixtures.knowledge.http import Answer
from fixtures.knowledge.integrity import round_trip_text
from fixtures.knowledge.knowledgetarget import KnowledgeTarget
from fixtures.knowledge.recorded import Load, RecordedKnowledge, arguments_for
from fixtures.knowledge.reply import Failure, Listing, Opened, Reply
from fixtures.knowledge.server import INTERRUPTED, KnowledgeServer, median, response_times
from fixtures.knowledge.session import McpSession

URL = "http://server"
OPENED = Opened("http", "2025-03-26", "knowledge 2", 1.0)
LIMITED = Failure("limited", "POST /mcp: answered 429", 429, "60")
SEARCH, PATTERNS, SOURCES = "search_knowledge", "get_patterns", "list_sources"
Respond = Callable[[httpx.Request], httpx.Response]


@dataclasses.dataclass(frozen=True)
class Release:
    """What a release says of its server."""

    knowledge_tools: Sequence[str] = (SEARCH, PATTERNS, SOURCES)
    knowledge_queries: Sequence[str] = ("rag", "agents")


class Session:
    """A session that notes what is asked of it; `answers` are what it gives instead of results, by method or tool."""

    given_up: Failure | None = None
    reconnections: Sequence[Failure] = ()

    def __init__(self, **answers: Any) -> None:
        self.answers, self.calls, self.crowds = answers, list[tuple[str, Any]](), list[Any]()

    def open(self) -> Any:
        return self.answers.get("open", OPENED)

    def tools(self) -> Any:
        return self.answers.get("tools", Listing(({"name": SEARCH}, {"name": "other"}, {})))

    def call(self, tool: str, arguments: Mapping[str, Any]) -> Reply:
        self.calls.append((tool, dict(arguments)))
        return Reply(tool, arguments, 1.0, "{}", failure=self.answers.get(tool))

    def at_once(self, sessions: Any, transport: str, together: bool) -> list[Reply]:
        self.crowds.append((sessions, transport, together))
        return [self.call(*call) for calls in sessions for call in calls]


@pytest.fixture
def asked() -> list[httpx.Request]:
    """The requests that the server has got."""
    return []


@pytest.fixture
def knowledge(asked: list[httpx.Request]) -> Iterator[Callable[..., KnowledgeServer]]:
    """Makes a server that answers 200, or what `respond` says."""
    clients: list[httpx.Client] = []

    def made(respond: Respond = lambda request: httpx.Response(200), **more: Any) -> KnowledgeServer:
        def answered(request: httpx.Request) -> httpx.Response:
            asked.append(request)
            return respond(request)

        clients.append(httpx.Client(transport=httpx.MockTransport(answered)))
        return KnowledgeServer(KnowledgeTarget(URL, **more), URL, clients[-1])

    yield made
    for client in clients:
        client.close()


def run_of(knowledge: KnowledgeServer, session: Session, load: bool = False, shares: bool = False) -> RecordedKnowledge:
    return RecordedKnowledge(knowledge, cast(McpSession, session), Release(), load, shares)


def refusing(path: str, status: int) -> Respond:
    return lambda request: httpx.Response(status if request.url.path == path else 200, headers={"retry-after": "60"})


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [(SEARCH, {"query": "rag", "limit": 10}), (PATTERNS, {"topic": "rag", "limit": 10}), (SOURCES, {})],
)
def test_tool_is_asked_by_its_own_argument(tool: str, arguments: dict[str, Any]) -> None:
    assert arguments_for(tool, "rag") == arguments


def test_whole_run_asks_each_thing_once_and_in_order(
    knowledge: Callable[..., KnowledgeServer], asked: list[httpx.Request]
) -> None:
    session = Session()
    run = run_of(knowledge(), session, load=True)

    assert len(run.load.calls) == 50
    assert len(run.load.sessions) == 20
    assert [(each.method, each.url.path, dict(each.url.params)) for each in asked] == [
        ("GET", "/health", {}), ("GET", "/health", {}),
        ("POST", "/search_knowledge", {"query": "rag", "limit": "10"}),
        ("GET", "/get_patterns", {"topic": "agents", "limit": "10"}),
        ("GET", "/list_sources", {}), ("GET", "/list_sources", {}),
    ]  # fmt: skip
    assert asked[-1].headers["x-api-key"] == "kp_this-key-was-never-issued"
    rag, agents = ({"query": text, "limit": 10} for text in ("rag", "agents"))
    by_topic = [(PATTERNS, {"topic": text, "limit": 10}) for text in ("rag", "agents")]
    assert session.calls[:10] == [
        (SEARCH, rag), (SEARCH, agents), *by_topic, (SOURCES, {}),
        ("no_such_tool", {}), (SEARCH, {"limit": 10}), (SEARCH, {"query": "rag", "limit": "ten"}),
        (SEARCH, rag), (SEARCH, {"query": round_trip_text(), "limit": 1}),
    ]  # fmt: skip
    pairs = session.calls[:5]
    assert session.crowds == [
        ([[pairs[0], pairs[2]], [pairs[0], pairs[3]], [pairs[1], pairs[3]], [pairs[1], pairs[4]]], "http", False),
        ([[(SEARCH, rag)]] * 20, "http", False),
        ([[(SEARCH, rag)] * 50], "http", True),
    ]
    assert (run.requests, run.spent["load"]) == (6, 0)
    assert run.rate_limited == ""
    session.calls.clear()
    assert [(each.tool, each.arguments) for each in run.further] == session.calls == [(SOURCES, {})]
    assert list(run.replies) == [
        (SEARCH, "rag"),
        (SEARCH, "agents"),
        (PATTERNS, "rag"),
        (PATTERNS, "agents"),
        (SOURCES, ""),
    ]
    assert list(run.wrong_calls) == ["an unknown tool", "a missing argument", "an ill-typed argument"]
    assert run.twin_queries == {SEARCH: "rag", PATTERNS: "agents", SOURCES: "rag"}
    assert len(asked) == 6


def test_load_needs_to_be_allowed(knowledge: Callable[..., KnowledgeServer]) -> None:
    session = Session()

    assert run_of(knowledge(), session).load == Load((), ())
    assert len(session.crowds) == 1


@pytest.mark.parametrize(("spent", "each"), [(43, 2), (44, 1)])
def test_crowd_makes_one_call_each_where_two_would_cost_too_much(
    spent: int, each: int, knowledge: Callable[..., KnowledgeServer]
) -> None:
    session = Session()
    run = run_of(knowledge(), session)
    run.spent["requests"] += spent

    assert len(run.crowd) == 4 * each
    assert [len(calls) for calls in session.crowds[0][0]] == [each] * 4


def test_requests_are_counted_by_what_they_are_for(knowledge: Callable[..., KnowledgeServer]) -> None:
    run = run_of(knowledge(), Session())
    for path in ("/health", "/behind/a/prefix/health", "/mcp", "/health/x"):
        run.sent(path)

    assert (run.spent, run.requests) == ({"/health": 2, "requests": 2}, 4)
    run._under_load = True
    run.sent("/mcp")
    run.sent("/health")
    assert (run.spent["load"], run.requests) == (2, 4)


def test_health_is_asked_twice_or_once_or_taken_over_from_the_smoke_gate(
    knowledge: Callable[..., KnowledgeServer], asked: list[httpx.Request]
) -> None:
    sick = run_of(knowledge(refusing("/health", 503)), Session())
    shared = run_of(knowledge(), Session(), shares=True)

    assert [answer.status for answer in sick.health] == [503]
    assert [answer.status for answer in shared.health] == [200] * 5
    assert (sick.requests, shared.requests, shared.spent["/health"], len(asked)) == (1, 5, 5, 6)
    assert shared._knowledge.client.event_hooks == {"request": [], "response": []}


def test_nothing_is_asked_after_the_server_has_had_enough(
    knowledge: Callable[..., KnowledgeServer], asked: list[httpx.Request], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Clock(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> Clock:
            return cls(2026, 1, 6, 9, tzinfo=UTC)

    monkeypatch.setattr(recorded, "datetime", Clock)
    session = Session()
    run = run_of(knowledge(refusing("/get_patterns", 429)), session, load=True)
    words = "GET /get_patterns: answered 429, retry after 60 s; expected an answer"

    assert [getattr(each, "status", None) for each in run.twins.values()] == [200, 429, 429]
    assert isinstance(run.twins[SOURCES], Failure)
    assert (str(run.opened), str(run.listing), str(run.wrong_key)) == (words, words, words)
    assert {str(reply.failure) for reply in [*run.replies.values(), run.round_trip, *run.load.calls]} == {words}
    assert (session.calls, session.crowds, len(asked)) == ([], [], 4)
    assert len(run.load.calls) == 50
    assert run.rate_limited == (f"{run.label}: {words}; come back after 2026-01-06 09:01:00 UTC (Retry-After: 60)")


@pytest.mark.parametrize("where", ["open", "tools", SEARCH])
def test_limit_over_mcp_ends_the_run_too(where: str, knowledge: Callable[..., KnowledgeServer]) -> None:
    session = Session(**{where: LIMITED})
    run = run_of(knowledge(), session)

    assert all(reply.failure is LIMITED for reply in run.replies.values())
    assert run.wrong_key is LIMITED
    assert len(session.calls) == (where == SEARCH)


def test_failure_that_is_no_limit_goes_on(knowledge: Callable[..., KnowledgeServer]) -> None:
    lost = Failure("lost", "gone")
    session = Session(**{SEARCH: lost})
    run = run_of(knowledge(), session)

    assert [reply.failure for reply in run.replies.values()] == [lost, lost, None, None, None]
    assert isinstance(run.wrong_key, Answer)
    assert run.rate_limited == ""


def test_session_that_was_given_up_joins_no_crowd(knowledge: Callable[..., KnowledgeServer]) -> None:
    session = Session()
    session.given_up = Failure("unasked", "not asked")
    run = run_of(knowledge(), session)

    assert [reply.failure for reply in run.crowd] == [session.given_up] * 8
    assert session.crowds == []


@pytest.mark.parametrize(("silent", "paths"), [(0, 3), (1, 3), (2, 2), (3, 1)])
def test_server_that_does_not_answer_is_asked_twice(
    silent: int, paths: int, knowledge: Callable[..., KnowledgeServer], asked: list[httpx.Request]
) -> None:
    """One of the silent ones is /health where there are three."""
    dumb = {0: (), 1: ("/list_sources",), 2: ("/search_knowledge", "/get_patterns"),
            3: ("/health", "/search_knowledge")}[silent]  # fmt: skip

    def respond(request: httpx.Request) -> httpx.Response:
        if request.url.path in dumb:
            raise httpx.ConnectError("refused")
        return httpx.Response(200)

    twins = run_of(knowledge(respond), Session()).twins

    assert len([each for each in asked if each.url.path != "/health"]) == paths
    assert [str(each) for each in list(twins.values())[paths:]] == [
        f"/{tool}: not asked: the server gives no answers" for tool in (SEARCH, PATTERNS, SOURCES)[paths:]
    ]


@pytest.mark.parametrize(
    ("failure", "asks"),
    [(Failure("broken", "odd"), True), (Failure("silent", "odd"), True), (Failure("refused", "odd"), False),
     (Failure("lost", "odd"), False)],
)  # fmt: skip
def test_session_that_speaks_no_proper_mcp_is_diagnosed_by_a_raw_handshake(
    failure: Failure, asks: bool, knowledge: Callable[..., KnowledgeServer], asked: list[httpx.Request]
) -> None:
    run = run_of(knowledge(refusing("/mcp", 500)), Session(open=failure))
    said = "POST /mcp: answered 500, retry after 60 s; expected 200 with the server's capabilities"

    opened = run.opened

    assert isinstance(opened, Failure)
    assert (opened.cause, str(opened)) == (failure.cause, said if asks else "odd")
    assert run.requests == len(asked) == 5 + asks
    assert run.listing is opened
    assert all(reply.failure is opened for reply in [*run.replies.values(), *run.crowd])


def shaking(request: httpx.Request) -> httpx.Response:
    """A server whose raw handshake is in order, and which lists one tool."""
    body = httpx.Response(200, content=request.content or b"{}").json()
    info = {"protocolVersion": "2025-03-26", "capabilities": {}, "serverInfo": {"name": "knowledge"}}
    results = {1: info, 2: {"tools": [{"name": "a"}]}}
    number = body.get("id")
    if request.method == "GET":
        return httpx.Response(200)
    return httpx.Response(200, json={"id": number, "result": results[number]}) if number else httpx.Response(202)


def test_handshake_in_order_leaves_the_failure_as_it_is(knowledge: Callable[..., KnowledgeServer]) -> None:
    failure = Failure("broken", "odd")

    assert run_of(knowledge(shaking), Session(open=failure)).opened is failure


def test_question_that_was_cut_short_is_not_asked_again(knowledge: Callable[..., KnowledgeServer]) -> None:
    session = Session()
    run = run_of(knowledge(), session)
    session.answers["tools"] = None
    vars(session)["tools"] = lambda: (_ for _ in ()).throw(KeyboardInterrupt)

    with pytest.raises(KeyboardInterrupt):
        assert run.listing
    with pytest.raises(pytest.fail.Exception, match=r"^listing: an earlier check ran out of time over it; it is not"):
        assert run.listing
    assert run.opened is OPENED


def test_reports_say_how_the_server_was_asked(knowledge: Callable[..., KnowledgeServer]) -> None:
    run = run_of(knowledge(), Session())
    assert run.described() == {"location": URL, "requests": "0 (budget: below 70), 0 of them /health"}
    assert run.listing
    run.spent["load"] = 3

    assert run.described() == {
        "location": URL,
        "requests": "5 (budget: below 70), 2 of them /health",
        "load": "3 requests more",
        "transport": "Streamable HTTP",
        "protocol": "2025-03-26",
        "server": "knowledge 2",
        "further tools": "other, None",
    }
    legacy = Session(open=dataclasses.replace(OPENED, transport="sse"), tools=Listing(({"name": SEARCH},)))
    run = run_of(knowledge(), legacy)
    assert run.listing
    assert (run.described()["transport"], run.described()["further tools"]) == ("HTTP+SSE", "none")


def test_server_is_asked_for_its_health_until_it_has_taken_as_long_as_one_request_may(
    knowledge: Callable[..., KnowledgeServer], monkeypatch: pytest.MonkeyPatch
) -> None:
    def answers(*given: tuple[int, float, str]) -> list[float]:
        left = list(given)

        def ask(client: httpx.Client, method: str, url: str, seconds: float) -> Answer:
            assert (method, url, seconds) == ("GET", f"{URL}/health", 1.0)
            status, took, error = left.pop(0)
            return Answer("GET /health", status, took, error=error)

        monkeypatch.setattr(server, "ask", ask)
        return response_times(knowledge(timeout_seconds=1.0).health)

    assert answers(*[(200, each, "") for each in (1.0, 2.0, 3.0, 4.0, 5.0)]) == [1.0, 2.0, 3.0, 4.0, 5.0]
    assert answers((200, 999.0, ""), (200, 1.0, "")) == [999.0, 1.0]
    assert answers((200, 1.0, ""), (500, 2.0, "")) == [1.0, 2.0]
    assert answers((200, 1.0, "cut off")) == [1.0]
    assert median([3.0, 1.0, 9.0]) == 3.0


def test_handshake_and_tools_are_asked_once(
    knowledge: Callable[..., KnowledgeServer], asked: list[httpx.Request]
) -> None:
    given = knowledge(shaking)

    assert (given.tools, given.tools) == (("a",), ("a",))
    assert given.handshake == Handshake("http", "2025-03-26", "knowledge", {})
    paths = [each.url.path for each in asked]
    assert paths == ["/health"] * 5 + ["/mcp"] * 5
    assert [b'"initialize"' in each.content for each in asked[5:]] == [True, False, True, False, False]


def test_server_that_does_not_answer_gets_no_handshake(
    knowledge: Callable[..., KnowledgeServer], asked: list[httpx.Request]
) -> None:
    def refused(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    given = knowledge(refused)

    assert given.tools is given.handshake
    assert str(given.tools) == "GET /health: cannot be reached: refused; expected a server that answers"
    assert len(asked) == 1


def test_question_to_the_server_that_was_cut_short_is_said_to_be(knowledge: Callable[..., KnowledgeServer]) -> None:
    given = knowledge(shaking)
    given._begun |= {"handshake"}
    assert str(given.handshake) == f"MCP handshake: {INTERRUPTED}"
    given = knowledge(shaking)
    given._begun |= {"tools"}
    assert str(given.tools) == f"list of tools: {INTERRUPTED}"
    given = knowledge()
    given._begun |= {"health"}
    assert given.health == (Answer("GET /health", None, 0.0, error=INTERRUPTED),)
    assert isinstance(knowledge(refusing("/mcp", 500)).handshake, HandshakeError)
