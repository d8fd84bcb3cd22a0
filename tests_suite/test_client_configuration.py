"""What is found in a client's configuration, with the line that it is found in, and what is said of an address."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import pytest

from fixtures.claude import clientconfig
from fixtures.claude.clientconfig import USUAL, ClientConfig, Entry, find, read, unreachable
from fixtures.finding import Finding

URL = "https://knowledge.example/mcp"
OPEN = '{"mcpServers": {\n'  # line 1
SERVER = '"knowledge-pipeline": '


def config(text: str, **variables: str) -> ClientConfig:
    return ClientConfig(Path(".mcp.json"), text, variables=variables)


def at(line: int | None, message: str) -> Finding:
    return Finding(".mcp.json", line, message)


def of_entry(line: int, message: str) -> Finding:
    return at(line, f"mcpServers.knowledge-pipeline: {message}")


EXPECTED = "expected the client's configuration"
UNREADABLE = [
    ('{\n  "a": 1,,\n}', 2, "no valid JSON at line 2, column 10: Expecting property name enclosed in double quotes in "
     "'\"a\": 1,,'"),
    ('{\n  "api_key": 1,,\n}', 2, "no valid JSON at line 2, column 16: Expecting property name enclosed in double "
     "quotes"),
    ('{"a": "kp_12345678" x', 1, "no valid JSON at line 1, column 21: Expecting ',' delimiter"),
    (f'{{"a": "{70 * "x"}" y', 1, f"no valid JSON at line 1, column 80: Expecting ',' delimiter in "
     f"{('{' + chr(34) + 'a' + chr(34) + ': ' + chr(34) + 70 * 'x')[:60]!r}"),
    ("{\n\n", 3, "no valid JSON at line 3, column 1: Expecting property name enclosed in double quotes"),
    (9_000 * "[", None, f"nested too deeply; {EXPECTED}"),
    (f'{{"a": {5_000 * "1"}}}', None, f"a number of thousands of digits; {EXPECTED}"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "line", "message"), UNREADABLE)
def test_file_that_is_no_json_shows_its_line_unless_that_holds_a_key(text: str, line: int | None, message: str) -> None:
    assert config(text).syntax_findings() == [at(line, message)]
    assert config(text).entry == at(line, message)
    assert config(text).secret_findings() == []


def test_every_key_that_stands_twice_is_named_once() -> None:
    text = '{\n"b": 1, "é": {"a": 1,\n"a": 2, "a": 3}, "c": 1,\n"b": 2,\n"é": 3}'

    words = "the key {!r} stands twice in one object; the last one counts"
    assert config(text).syntax_findings() == [
        at(line, words.format(key)) for line, key in ((2, "a"), (2, "b"), (2, "é"))
    ]


def test_file_that_is_missing_is_the_only_finding() -> None:
    missing = ClientConfig(Path("a.json"), missing="a.json: cannot be read")
    found = [Finding(None, None, "a.json: cannot be read")]

    assert (missing.syntax_findings(), missing.entry_findings(URL), missing.entry) == (found, found, found[0])
    assert (missing.type_findings("sse"), missing.secret_findings()) == ([], [])


WITHOUT = "no object under 'mcpServers'; expected mcpServers.knowledge-pipeline"
NO_SERVER = "no server 'knowledge-pipeline' under mcpServers, which holds "
ENTRIES = [
    ("[]", at(None, WITHOUT)),
    ("{}", at(None, WITHOUT)),
    ('{"mcpServers": []}', at(None, WITHOUT)),
    ('{\n"mcpServers": {}}', at(2, f"{NO_SERVER}nothing")),
    ('{\n\n"mcpServers": {"a": {}, "b": 1, "c": 1, "d": 1, "e": 1, "f": 1}}',
     at(3, f"{NO_SERVER}'a', 'b', 'c', 'd', 'e'")),
    (f"{OPEN}{SERVER}[]}}}}", at(1, f"{NO_SERVER}'knowledge-pipeline'")),
    (f"{OPEN}{SERVER}{{}}}}}}", Entry(None, None, 2)),
    (f'{OPEN}"a": 1,\n{SERVER}{{"type": 1, "url": "x-${{A}}-${{B:-b}}-${{C:-}}-${{D}}"}}}}}}',
     Entry(1, "x-one-b-${C:-}-${D}", 3)),
    (f'{OPEN}"knowledge\\u002dpipeline": {{"url": ["${{A}}"]}}}}}}', Entry(None, ["${A}"], 1)),
]  # fmt: skip


@pytest.mark.parametrize(("text", "entry"), ENTRIES)
def test_entry_is_where_its_name_stands(text: str, entry: Entry | Finding) -> None:
    assert config(text, A="one").entry == entry


TYPES = "expected one of sse, http, streamable-http, streamableHttp"


@pytest.mark.parametrize(
    ("entry", "found"),
    [
        ("{}", [f"type is missing; {TYPES}", f"url is missing or no text; expected {URL!r}"]),
        (f'{{"type": ["{50 * "x"}"], "url": "{URL}"}}', [f"type is {('[' + repr(50 * 'x'))[:40]!r}; {TYPES}"]),
        (f'{{"type": "streamableHttp", "url": "{URL}"}}', []),
        ('{"type": "sse", "url": "https://knowledge.example/other"}',
         [f"url is 'https://knowledge.example/other'; the target says {URL!r}"]),
        ('{"type": "sse", "url": "https://knowledge.example/mcp?a=b#c"}',
         [f"url is 'https://knowledge.example/mcp?…'; the target says {URL!r}"]),
        ('{"type": "sse", "url": "https://[x"}', [f"url is '(no address)'; the target says {URL!r}"]),
        ('{"type": "sse", "url": "https://knowledge.example/mcp/#c"}', []),
    ],
)  # fmt: skip
def test_entry_has_a_type_and_the_address_of_the_target(entry: str, found: list[str]) -> None:
    given = config(f"{OPEN}{SERVER}{entry}}}}}")

    assert given.entry_findings(URL) == [of_entry(2, message) for message in found]


@pytest.mark.parametrize(
    ("type_", "transport", "found"),
    [
        ("streamableHttp", "http", []),
        ("streamable-http", "sse", ["type is 'streamable-http', but the server speaks 'sse': clients cannot connect"]),
        ("sse", "http", ["type is 'sse', but the server speaks 'http': clients cannot connect"]),
        ("stdio", "http", []),
    ],
)
def test_type_that_no_client_can_connect_by_is_said(type_: str, transport: str, found: list[str]) -> None:
    given = config(f'{OPEN}{SERVER}{{"type": "{type_}"}}}}}}')

    assert given.type_findings(transport) == [of_entry(2, message) for message in found]
    assert config(f"{OPEN}{SERVER}{{}}}}}}").type_findings(transport) == []


HOLDS = "holds a key (not shown here); expected ${NAME} and the key in the environment"
SECRETS = [
    ('"a_KEY": "12345678"', "a_KEY"),
    ('"a_key": "1234567"', ""),
    ('"token": " Bearer 12345678 "', "token"),
    ('"token": "Bearer 1234567"', ""),
    ('"token": "${A}${B:-}1234567"', ""),
    ('"token": "${A}12345678"', "token"),
    ('"cookie": ["12345678"]', ""),
    ('"a": ["x", "Bearer 12345678"]', "a[1]"),
    ('"a": [["x"], {"password": "12345678"}]', "a[1].password"),
    *((f'"a": "{kind}12345678"', "a") for kind in ("kp_", "sk-", "pk_", "ghp_", "gho_", "xoxb-", "xoxp-")),
    ('"a": "eyJ1234567890.x"', "a"),
    ('"a": "a.example/?key=1"', ""),
    ('"a": "http://a.example/?b=1&Key=1"', "a"),
    ('"a": "http://a.example/?key=${A}&b=1"', ""),
    ('"a": "http://a.example/?key=&b"', ""),
    ('"a": "http://a.example/?a=key"', ""),
    ('"a": "http://a.example/?key=a="', "a"),
    ('"a": "http://ada@a.example/"', ""),
    ('"a": "http://a.example:80/"', ""),
    ('"a": "http://ada:x@a.example:80/"', "a"),
]  # fmt: skip


@pytest.mark.parametrize(("entry", "place"), SECRETS)
def test_key_is_named_by_its_place(entry: str, place: str) -> None:
    given = config(f'{{"x": {{\n"more": {{"y": 1,\n{entry}}}}}}}')

    line = None if place.endswith("]") else 3
    assert given.secret_findings() == ([at(line, f"x.more.{place} {HOLDS}")] if place else [])


def test_every_key_in_the_file_is_named() -> None:
    given = config('["kp_12345678",\n{"token": "12345678"}]')

    assert given.secret_findings() == [at(None, f"[0] {HOLDS}"), at(2, f"[1].token {HOLDS}")]


def test_configuration_is_looked_for_in_the_home_and_then_in_the_project(tmp_path: Path) -> None:
    home, project = tmp_path / "home", tmp_path / "project"
    places = ", ".join(map(str, [*(home / usual for usual in USUAL), project / ".mcp.json"]))
    said = "no client configuration; looked for {}; name one with --claude-config FILE"

    nobody = "nowhere: the target names neither a home nor a project"
    assert find(None, home, project, {}) == ClientConfig(home / USUAL[0], missing=said.format(places))
    assert find(None, None, project, {}).missing == said.format(project / ".mcp.json")
    found = find(None, None, None, {})
    assert found == ClientConfig(Path("claude_desktop_config.json"), missing=said.format(nobody))


def test_variables_are_known_to_a_projects_file_alone(tmp_path: Path) -> None:
    own, project = tmp_path / "own.json", tmp_path / ".mcp.json"
    for path in (own, project):
        path.write_text("{}", encoding="utf-8")

    assert read(project, {"A": "1"}) == ClientConfig(project, "{}", "", {"A": "1"})
    assert read(own, {"A": "1"}) == ClientConfig(own, "{}", "", None)
    assert find(own, None, None, {"A": "1"}) == read(own, {"A": "1"})


def test_file_is_read_up_to_its_largest_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clientconfig, "LARGEST", 4)
    path = tmp_path / "a.json"
    path.write_text("1234", encoding="utf-8")
    assert read(path, {}).text == "1234"
    path.write_text("12345", encoding="utf-8")

    assert read(path, {}) == ClientConfig(
        path, missing=f"{path}: larger than 4 bytes; expected a client's configuration"
    )


def test_file_that_cannot_be_opened_says_why(tmp_path: Path) -> None:
    missing, folder = tmp_path / "a.json", tmp_path / "b.json"
    folder.mkdir()

    assert read(missing, {}).missing == f"{missing}: cannot be read: no such file or directory"
    assert read(folder, {}).missing == f"{folder}: cannot be read: is a directory"


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("http://host:99999/mcp", "http://host:99999/mcp: the port is no number from 1 to 65535"),
        ("http://ada:x@host:no/mcp?a", "http://host:no/mcp?…: the port is no number from 1 to 65535"),
        ("http:///mcp", "http:///mcp: names no host"),
        ("http://[x", "(no address): names no host"),
    ],
)
def test_address_without_host_or_port_reaches_nobody(url: str, said: str) -> None:
    assert unreachable(url, 1.0) == said


@pytest.mark.parametrize(
    ("url", "port"),
    [("http://host/mcp", 80), ("https://host", 443), ("http://host:81", 81), ("https://host:444/", 444)],
)
def test_port_is_that_of_the_scheme_or_of_the_address(url: str, port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []

    def resolve(host: str, number: int, **more: Any) -> None:
        asked.append((host, number, more))

    def connect(address: tuple[str, int], timeout: float) -> None:
        asked.append((*address, timeout))
        raise errors.pop(0)

    errors = [TimeoutError(), ConnectionRefusedError(111, "Connection Refused"), OSError("Odd")]
    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    monkeypatch.setattr(socket, "create_connection", connect)

    assert [unreachable(url, 2.5) for _ in range(3)] == [
        f"host: port {port} does not answer within 2.5 s",
        f"host: port {port} takes no connection: connection refused",
        f"host: port {port} takes no connection: odd",
    ]
    assert asked[:2] == [("host", port, {"type": socket.SOCK_STREAM}), ("host", port, 2.5)]
