"""Faults of the client's configuration (2.3.2)."""

from __future__ import annotations

import socket

from tests_suite.faults.mcp_chaos import healthy, name_config, own_config
from tests_suite.faults.sick_server import LOOPBACK
from tests_suite.faults.world import Fault, World

FAIL = {"2.3.2": "failed"}
GOOD = '{\n  "mcpServers": {\n    "knowledge-pipeline": {"type": "sse", "url": "URL"}\n  }\n}\n'
KEYED = GOOD.replace('"url": "URL"', '"url": "URL", "headers": {"X-API-Key": "kp_never-shown-anywhere"}')


def _no_file(world: World) -> None:
    healthy(world)
    name_config(world, world.root / "claude_desktop_config.json")


def _nowhere(world: World) -> None:
    healthy(world)
    (world.claude / ".mcp.json").unlink()


def _at_the_plans_path(world: World) -> None:
    """The plan's own path comes first; this one still has last month's server."""
    healthy(world)
    folder = world.home / ".claude_config"
    folder.mkdir()
    text = GOOD.replace("URL", "https://knowledge.example/mcp")
    (folder / "claude_desktop_config.json").write_text(text, encoding="utf-8")


def _variable_unset(world: World) -> None:
    healthy(world)
    path = world.claude / ".mcp.json"
    path.write_text(GOOD.replace("URL", "${NO_SUCH_VARIABLE_HERE}/mcp"), encoding="utf-8")


def _closed_port(world: World) -> None:
    """The file names a port that nothing listens on."""
    own_config(GOOD)(world)
    listener = world.running.enter_context(socket.socket())
    listener.bind((LOOPBACK, 0))
    path = world.root / "claude_desktop_config.json"
    url = f"http://{LOOPBACK}:{listener.getsockname()[1]}/mcp"
    path.write_text(GOOD.replace("URL", url), encoding="utf-8")


def _in_latin_1(world: World) -> None:
    own_config(GOOD.replace("{\n", '{"owner": "Zoë",\n', 1).encode("latin-1"))(world)


FAULTS = [
    Fault("mcp: the configuration is missing", _no_file, FAIL, ("no client configuration; looked for",), gate="mcp"),
    Fault(
        "mcp: no client has a configuration",
        _nowhere,
        FAIL,
        ("no client configuration", ".claude_config/claude_desktop_config.json", ".mcp.json"),
        gate="mcp",
    ),
    Fault(
        "mcp: the configuration at the plan's path names another server",
        _at_the_plans_path,
        FAIL,
        ("url is 'https://knowledge.example/mcp'; the target says",),
        gate="mcp",
    ),
    Fault(
        "mcp: the configuration lacks a comma",
        own_config(GOOD.replace('"sse", ', '"sse" ')),
        FAIL,
        ("no valid JSON at line 3, column 42: Expecting ',' delimiter",),
        gate="mcp",
    ),
    Fault("mcp: the configuration is empty", own_config(""), FAIL, ("no valid JSON at line 1, column 1",), gate="mcp"),
    Fault(
        "mcp: the configuration has a byte order mark",
        own_config("\ufeff" + GOOD),
        FAIL,
        ("byte order mark",),
        gate="mcp",
    ),
    Fault("mcp: the configuration is Latin-1", _in_latin_1, FAIL, ("byte 13 is not UTF-8",), gate="mcp"),
    Fault(
        "mcp: the configuration names the server twice",
        own_config(GOOD.replace("\n  }\n}", ',\n    "knowledge-pipeline": {"type": "sse", "url": "URL"}\n  }\n}')),
        FAIL,
        ("the key 'knowledge-pipeline' stands twice",),
        gate="mcp",
    ),
    Fault(
        "mcp: the configuration has no servers",
        own_config('{"servers": {}}'),
        FAIL,
        ("no object under 'mcpServers'",),
        gate="mcp",
    ),
    Fault(
        "mcp: the configuration has the server under another name",
        own_config(GOOD.replace("knowledge-pipeline", "knowledge")),
        FAIL,
        ("no server 'knowledge-pipeline' under mcpServers, which holds 'knowledge'",),
        gate="mcp",
    ),
    Fault(
        "mcp: the configuration names another path",
        own_config(GOOD.replace("URL", "URL/v2")),
        FAIL,
        ("/mcp/v2'; the target says",),
        gate="mcp",
    ),
    Fault(
        "mcp: the configuration names the other transport",
        own_config(GOOD.replace('"sse"', '"http"')),
        FAIL,
        ("type is 'http', but the server speaks 'sse'",),
        gate="mcp",
    ),
    Fault(
        "mcp: the configuration has no type",
        own_config(GOOD.replace('"type": "sse", ', "")),
        FAIL,
        ("type is missing; expected one of sse, http",),
        gate="mcp",
    ),
    Fault("mcp: the configuration names a closed port", _closed_port, FAIL, ("takes no connection",), gate="mcp"),
    Fault(
        "mcp: a variable of the configuration is set nowhere",
        _variable_unset,
        FAIL,
        ("the variable NO_SUCH_VARIABLE_HERE is set nowhere",),
        gate="mcp",
    ),
    Fault(
        "mcp: a key stands in the configuration",
        own_config(KEYED),
        {"2.3.2": "degraded"},
        ("mcpServers.knowledge-pipeline.headers.X-API-Key holds a key (not shown here)",),
        gate="mcp",
    ),
]
