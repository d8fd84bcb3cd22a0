"""The event stream of an MCP session in the hands of a fault: every answer can be changed, held back or broken off."""

from __future__ import annotations

import json
import re
import socket
import struct
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fixtures.reference.process import start
from tests_suite.faults.sick_server import CHUNK, EVENT_STREAM, Behaviour, Exchange, SickServer, forward, relayed
from tests_suite.faults.world import World

SECONDS = 1.5  # the time-out of one request in the worlds of these faults
SESSION = re.compile(rb"session_id=(\w+)")


@dataclass
class Answered:
    """An answer on its way to the client. `message` may be changed; `number` counts the calls of the tool, from 1."""

    exchange: Exchange
    method: str
    tool: str
    arguments: Mapping[str, Any]
    number: int
    session: int
    message: dict[str, Any]

    def text(self) -> str:
        """The text of a tool's result."""
        return str(self.message["result"]["content"][0]["text"])

    def say(self, text: str) -> None:
        """Replace the text of a tool's result."""
        self.message["result"]["content"][0]["text"] = text

    def change(self, alter: Callable[[dict[str, Any]], None]) -> None:
        """Alter the envelope inside of a tool's result."""
        envelope = json.loads(self.text())
        alter(envelope)
        self.say(json.dumps(envelope, ensure_ascii=False))

    def event(self) -> bytes:
        """The answer as an event of the stream."""
        return b"event: message\r\ndata: " + json.dumps(self.message, ensure_ascii=False).encode() + b"\r\n\r\n"

    def reset(self, data: bytes = b"") -> None:
        """Send these bytes and tear the connection down."""
        self.exchange.send(data)
        self.exchange.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        raise OSError("torn down")


# Changes an answer, or sends what it wants by itself and returns bytes to be sent in the answer's place.
Change = Callable[[Answered], bytes | None]


@dataclass
class Conversations:
    """Which answer belongs to which call, over all sessions that go through one server."""

    change: Change
    _asked: dict[tuple[bytes, object], dict[str, Any]] = field(default_factory=dict)
    _calls: dict[str, int] = field(default_factory=dict)
    _sessions: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, exchange: Exchange) -> None:
        """Remember a message, then let it through."""
        message, found = exchange.rpc(), SESSION.search(exchange.head)
        if found and "id" in message:
            self._asked[found[1], message["id"]] = message
        forward(exchange)

    def relay(self, exchange: Exchange) -> None:
        """Let an event stream through, answer by answer."""
        session = b""
        with self._lock:
            self._sessions += 1
            number = self._sessions
        with socket.create_connection(exchange.server.upstream, timeout=5) as upstream:
            upstream.settimeout(None)
            upstream.sendall(exchange.head + b"\r\n\r\n")
            for event in _events(relayed(exchange, upstream)):
                if found := SESSION.search(event) if not session else None:
                    session = found[1]
                    exchange.send(EVENT_STREAM + event)
                    continue
                exchange.send(self._changed(exchange, session, number, event))

    def _changed(self, exchange: Exchange, session: bytes, number: int, event: bytes) -> bytes:
        data = b"".join(line[6:] for line in event.split(b"\r\n") if line.startswith(b"data: "))
        message = json.loads(data) if data else {}
        asked = self._asked.get((session, message.get("id")))
        if asked is None:
            return event
        parameters = asked.get("params") or {}
        tool = str(parameters.get("name", ""))
        with self._lock:
            self._calls[tool] = count = self._calls.get(tool, 0) + 1
        arguments = parameters.get("arguments") or {}
        answered = Answered(exchange, asked["method"], tool, arguments, count, number, message)
        instead = self.change(answered)
        return answered.event() if instead is None else instead


def _events(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """The events of a chunked answer, each with its blank line."""
    raw, data, head = b"", b"", True
    for piece in pieces:
        raw += piece
        if head:
            _, end, rest = raw.partition(b"\r\n\r\n")
            if not end:
                continue
            raw, head = rest, False
        while (line := raw.find(b"\r\n")) > 0 and len(raw) >= line + 4 + (size := int(raw[:line], 16)):
            data += raw[line + 2 : line + 2 + size]
            raw = raw[line + 4 + size :]
        *events, data = data.split(b"\r\n\r\n")
        yield from (event + b"\r\n\r\n" for event in events)


def sick(world: World, behaviours: Mapping[str, Behaviour]) -> SickServer:
    """Put a server that misbehaves between the gate and the world's healthy one."""
    server = world.running.enter_context(SickServer(world.target["knowledge"]["url"], behaviours))
    point_at(world, server.url)
    return server


def point_at(world: World, url: str) -> None:
    """Make target and client configuration name a server."""
    world.target["knowledge"] = {"url": url, "timeout_seconds": SECONDS}
    world.environment["KNOWLEDGE_MCP_URL"] = url


def healthy(world: World) -> None:
    """Nothing is wrong, but for the client configuration, which has to name this server."""
    point_at(world, world.target["knowledge"]["url"])


def sick_rest(**behaviours: Behaviour) -> Callable[[World], None]:
    """Spoil REST paths; the names of the arguments are the paths."""

    def breaks(world: World) -> None:
        sick(world, {f"* /{path}": behaviour for path, behaviour in behaviours.items()})

    return breaks


def sick_wire(behaviours: Mapping[str, Behaviour]) -> Callable[[World], None]:
    """Spoil requests by method and path."""
    return lambda world: (sick(world, behaviours), None)[1]


def sick_answers(change: Change) -> Callable[[World], None]:
    """Spoil what comes back over MCP."""

    def breaks(world: World) -> None:
        spoiled = Conversations(change)
        sick(world, {"GET /mcp": spoiled.relay, "POST /mcp/messages/": spoiled.note})

    return breaks


def wait_for(url: str, seconds: float = 20.0) -> None:
    """Wait until a server answers, MCP included, which it loads last."""
    host, port = url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as ask:
        ask.settimeout(seconds)
        ask.sendall(b"POST /mcp HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
        assert ask.recv(CHUNK), "the server did not start"


def other_server(*options: str) -> Callable[[World], None]:
    """A reference server of its own, started with other options."""

    def breaks(world: World) -> None:
        server = start(*options)
        world.running.callback(server.stop)
        wait_for(server.url)
        point_at(world, server.url)

    return breaks


def own_config(text: str | bytes) -> Callable[[World], None]:
    """Write the client's configuration; URL stands for the server's."""

    def breaks(world: World) -> None:
        point_at(world, world.target["knowledge"]["url"])
        raw = text.encode() if isinstance(text, str) else text
        path = world.root / "claude_desktop_config.json"
        path.write_bytes(raw.replace(b"URL", world.target["knowledge"]["url"].encode() + b"/mcp"))
        name_config(world, path)

    return breaks


def name_config(world: World, path: Path) -> None:
    """Have the target name a configuration file."""
    world.target["claude"] = {**world.target["claude"], "config": str(path)}
