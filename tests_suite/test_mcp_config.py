"""The client's configuration: where it is looked for, and what is found in it."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from fixtures.claude.clientconfig import USUAL, ClientConfig, Entry, find, read, unreachable
from fixtures.finding import Finding

URL = "https://knowledge.example/mcp"
GOOD = (
    '{\n  "mcpServers": {\n    "knowledge-pipeline": {"type": "sse", "url": "https://knowledge.example/mcp"}\n  }\n}\n'
)


def config(text: str, **variables: str) -> ClientConfig:
    return ClientConfig(Path(".mcp.json"), text, variables=variables)


def messages(findings: list[Finding]) -> list[str]:
    return [found.message for found in findings]


def test_good_configuration_has_no_fault() -> None:
    good = config(GOOD)

    assert good.syntax_findings() == []
    assert good.entry_findings(URL) == []
    assert good.type_findings("sse") == []
    assert good.secret_findings() == []
    assert good.entry == Entry("sse", URL, 3)


@pytest.mark.parametrize("place", range(len(USUAL)))
def test_first_file_in_the_usual_order_counts(place: int, tmp_path: Path) -> None:
    for path in USUAL[place:]:
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(path, encoding="utf-8")

    assert find(None, tmp_path, None, {}).text == USUAL[place]


def test_chosen_file_is_the_only_one_looked_at(tmp_path: Path) -> None:
    (tmp_path / ".mcp.json").write_text(GOOD, encoding="utf-8")

    found = find(tmp_path / "own.json", tmp_path, tmp_path, {})

    assert found.missing == (
        f"no client configuration; looked for {tmp_path / 'own.json'}; name one with --claude-config FILE"
    )


def test_project_file_is_the_last_one_looked_at(tmp_path: Path) -> None:
    (tmp_path / ".mcp.json").write_text(GOOD, encoding="utf-8")

    assert find(None, tmp_path / "home", tmp_path, {}).path == tmp_path / ".mcp.json"


@pytest.mark.parametrize(
    ("raw", "fault"),
    [
        (b"\xef\xbb\xbf{}", "starts with a byte order mark, which is no JSON"),
        (b'{"a": "\xe9"}', "byte 7 is not UTF-8; clients read JSON as UTF-8"),
    ],
)
def test_file_that_cannot_be_read_says_why(raw: bytes, fault: str, tmp_path: Path) -> None:
    path = tmp_path / "own.json"
    path.write_bytes(raw)

    assert read(path, {}).missing == f"{path}: {fault}"


@pytest.mark.parametrize(
    ("text", "line", "fault"),
    [
        ("", 1, "no valid JSON at line 1, column 1: Expecting value"),
        ('{\n "a": 1,\n}', 3, "no valid JSON at line 3, column 1: "),
        ("[" * 100_000, None, "nested too deeply"),
        ('{"a": 1,\n "a": 2}', 1, "the key 'a' stands twice in one object; the last one counts"),
    ],
)
def test_broken_json_is_placed(text: str, line: int | None, fault: str) -> None:
    found = config(text).syntax_findings()

    assert len(found) == 1
    assert found[0].message.startswith(fault), found
    assert found[0].line == line


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ('"type": "sse", ', "", "type is missing; expected one of sse, http, streamable-http, streamableHttp"),
        ('"sse"', '"stdio"', "type is 'stdio'; expected one of sse, http, streamable-http, streamableHttp"),
        (f'"{URL}"', "7", f"url is missing or no text; expected '{URL}'"),
        (URL, f"{URL}/", ""),
        (URL, "HTTPS://Knowledge.example/mcp", ""),
        (URL, "${HOST}/mcp", ""),
        (URL, "${NOWHERE:-https://knowledge.example}/mcp", ""),
        (URL, "${NOWHERE}/mcp", f"url: the variable NOWHERE is set nowhere; expected '{URL}'"),
        (
            URL,
            "https://me:secret123@old.example/mcp?key=secret123",
            f"url is 'https://old.example/mcp?…'; the target says '{URL}'",
        ),
    ],
)
def test_entry_is_held_to_the_target(old: str, new: str, fault: str) -> None:
    found = messages(config(GOOD.replace(old, new), HOST="https://knowledge.example").entry_findings(URL))

    assert found == ([f"mcpServers.knowledge-pipeline: {fault}"] if fault else [])


def test_desktop_file_fills_in_no_variables(tmp_path: Path) -> None:
    path = tmp_path / "claude_desktop_config.json"
    path.write_text(GOOD.replace(URL, "${HOST}/mcp"), encoding="utf-8")

    found = messages(read(path, {"HOST": "https://knowledge.example"}).entry_findings(URL))

    assert found == [f"mcpServers.knowledge-pipeline: url: the variable HOST is set nowhere; expected '{URL}'"]


@pytest.mark.parametrize(
    ("type_", "transport", "right"),
    [
        ("sse", "sse", True),
        ("http", "http", True),
        ("streamable-http", "http", True),
        ("sse", "http", False),
        ("http", "sse", False),
    ],
)
def test_type_is_held_to_the_transport(type_: str, transport: str, right: bool) -> None:
    assert (not config(GOOD.replace('"sse"', f'"{type_}"')).type_findings(transport)) is right


@pytest.mark.parametrize(
    ("entry", "place"),
    [
        ('"headers": {"X-API-Key": "kp_0123456789abcdef"}', "headers.X-API-Key"),
        ('"headers": {"Authorization": "Bearer abcdefghijkl"}', "headers.Authorization"),
        ('"env": {"KNOWLEDGE_TOKEN": "abcdefghijkl"}', "env.KNOWLEDGE_TOKEN"),
        ('"args": ["--with", "kp_0123456789abcdef"]', "args[1]"),
        ('"also": "https://a.example/?api_key=abcdefghijkl"', "also"),
        ('"also": "https://me:abcdefghijkl@a.example/"', "also"),
        ('"headers": {"X-API-Key": "${KNOWLEDGE_API_KEY}"}', ""),
        ('"headers": {"Authorization": "Bearer ${KNOWLEDGE_API_KEY}"}', ""),
        ('"headers": {"X-Team": "retrieval and ranking"}', ""),
    ],
)
def test_key_in_the_file_is_found_and_not_shown(entry: str, place: str) -> None:
    found = messages(config(GOOD.replace('"type"', f'{entry}, "type"')).secret_findings())

    assert len(found) == bool(place), found
    assert all(f"knowledge-pipeline.{place} holds a key" in message for message in found)
    assert "abcdefghijkl" not in str(found)
    assert "0123456789abcdef" not in str(found)


def test_open_port_is_reachable_and_a_closed_one_is_not() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/mcp"
        assert unreachable(url, 1.0) == ""

    assert "takes no connection" in unreachable(url, 1.0)


def test_name_that_does_not_resolve_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody(*_: object, **__: object) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", nobody)

    assert unreachable(URL, 1.0) == "knowledge.example does not resolve: [Errno -2] Name or service not known"
