"""A server that misbehaves on demand, in front of a healthy one: what it does not spoil, it forwards.

Raw sockets, one thread for each connection, one request on each: no HTTP library stands between a fault and the wire.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import selectors
import socket
import struct
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

LOOPBACK = "127.0.0.1"
CHUNK = 65536
EVENT_STREAM = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n"
REASONS = {200: "OK", 202: "Accepted", 204: "No Content", 307: "Temporary Redirect", 429: "Too Many Requests"}


@dataclass(eq=False)
class Seen:
    """A request as the server saw it; times are monotonic seconds, `ended` is when its connection was over."""

    method: str
    path: str
    started: float
    ended: float = float("inf")


@dataclass(frozen=True)
class Exchange:
    """One request and the connection to answer it on; `number` counts requests of its method and path, from 1."""

    server: SickServer
    connection: socket.socket
    method: str
    path: str
    head: bytes = field(repr=False)
    body: bytes = field(repr=False)
    number: int

    def send(self, data: bytes) -> None:
        """Send bytes as they are."""
        self.connection.sendall(data)

    def reply(self, status: int, body: bytes, headers: Mapping[str, str]) -> None:
        """Send a whole answer, correct in every way that `headers` do not spoil."""
        fields = {"content-length": str(len(body)), "connection": "close", **headers}
        lines = [f"HTTP/1.1 {status} {REASONS.get(status, 'Status')}", *(f"{name}: {fields[name]}" for name in fields)]
        self.send("\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body)

    def wait(self, seconds: float = float("inf")) -> bool:
        """Wait that long; False where the client hung up or the server was stopped meanwhile."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            self.connection.settimeout(min(left, 0.05))
            with contextlib.suppress(TimeoutError):
                if not self.connection.recv(CHUNK):
                    return False
            if self.server.stopped.is_set():
                return False
        return True

    def rpc(self) -> dict[str, Any]:
        """The JSON-RPC message of the request; empty where there is none."""
        message = json.loads(self.body or b"{}")
        return message if isinstance(message, dict) else {}


Behaviour = Callable[[Exchange], None]


class SickServer:
    """Listens on a free loopback port from `with` to its end; `seen` are requests, `calls` calls of tools.

    `behaviours` has keys such as "GET /health", "* /health" and "*", looked up in that order; what has none is
    forwarded to `upstream`.
    """

    def __init__(self, upstream: str, behaviours: Mapping[str, Behaviour]) -> None:
        self.seen: list[Seen] = []
        self.calls: Counter[str] = Counter()  # kept by behaviours that count
        self.stopped = threading.Event()
        self.posted = threading.Event()
        self.upstream = (urlsplit(upstream).hostname or LOOPBACK, urlsplit(upstream).port or 80)
        self._behaviours = behaviours
        self._listener = socket.create_server((LOOPBACK, 0), backlog=64)
        self._threads: list[threading.Thread] = []
        self.url = f"http://{LOOPBACK}:{self._listener.getsockname()[1]}"

    def __enter__(self) -> SickServer:
        self._start(self._accept)
        return self

    def __exit__(self, *error: object) -> None:
        self.stopped.set()
        self._listener.shutdown(socket.SHUT_RDWR)  # wakes accept()
        for thread in list(self._threads):
            thread.join(timeout=5)
        self._listener.close()

    def count(self, path: str) -> int:
        """How many requests came for a path."""
        return sum(seen.path == path for seen in self.seen)

    def _start(self, work: Callable[..., None], *arguments: object) -> None:
        thread = threading.Thread(target=work, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while not self.stopped.is_set():
            with contextlib.suppress(OSError):
                self._start(self._answer, self._listener.accept()[0])

    def _answer(self, connection: socket.socket) -> None:
        # A client that gave up is what most faults lead to.
        with connection, contextlib.suppress(OSError):
            connection.settimeout(5)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            head, body = _request(connection)
            if not head:
                return
            method, target = head.split(b"\r\n", 1)[0].decode("latin-1").split(" ")[:2]
            seen = Seen(method, urlsplit(target).path, time.monotonic())
            self.seen.append(seen)
            number = sum((each.method, each.path) == (seen.method, seen.path) for each in self.seen)
            keys = (f"{seen.method} {seen.path}", f"* {seen.path}", "*")
            behaviour = next((self._behaviours[key] for key in keys if key in self._behaviours), forward)
            try:
                behaviour(Exchange(self, connection, seen.method, seen.path, head, body, number))
            finally:
                seen.ended = time.monotonic()


def _request(connection: socket.socket) -> tuple[bytes, bytes]:
    """Head and body of a request; what is no HTTP is answered as web servers do, and gives no head."""
    data = b""
    while b"\r\n\r\n" not in data:
        piece = connection.recv(CHUNK)
        if not piece:
            return b"", b""
        data += piece
        if not data[:1].isalpha():
            connection.sendall(b"HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\n\r\n")
            return b"", b""
    head, _, body = data.partition(b"\r\n\r\n")
    lengths = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    while lengths and len(body) < int(lengths[0].partition(b":")[2]):
        body += connection.recv(CHUNK)
    return head, body


def forward(exchange: Exchange) -> None:
    """Let the healthy server answer, on a connection of its own."""
    lines = [line for line in exchange.head.split(b"\r\n") if not line.lower().startswith(b"connection:")]
    with socket.create_connection(exchange.server.upstream, timeout=5) as upstream:
        upstream.sendall(b"\r\n".join([*lines, b"Connection: close"]) + b"\r\n\r\n" + exchange.body)
        for piece in relayed(exchange, upstream):
            exchange.send(piece)


def forward_to(path: str) -> Behaviour:
    """Let the healthy server answer as if another path had been asked for."""

    def behave(exchange: Exchange) -> None:
        first, _, rest = exchange.head.partition(b"\r\n")
        method, _, version = first.split(b" ")
        forward(dataclasses.replace(exchange, head=b" ".join([method, path.encode(), version]) + b"\r\n" + rest))

    return behave


def relayed(exchange: Exchange, upstream: socket.socket) -> Iterator[bytes]:
    """What the healthy server says, until one of both ends hangs up."""
    with selectors.DefaultSelector() as selector:
        selector.register(upstream, selectors.EVENT_READ)
        selector.register(exchange.connection, selectors.EVENT_READ)
        while not exchange.server.stopped.is_set():
            for key, _ in selector.select(timeout=0.05):
                piece = key.fileobj.recv(CHUNK)  # type: ignore[union-attr]
                if not piece:
                    return
                if key.fileobj is upstream:
                    yield piece


def answer(status: int, body: bytes | str | dict[str, Any] = b"", kind: str = "", **headers: str) -> Behaviour:
    """One whole answer; a dict becomes JSON, and `_` in the names of headers becomes `-`."""
    if isinstance(body, dict):
        body, kind = json.dumps(body).encode(), kind or "application/json"
    data = body.encode() if isinstance(body, str) else body
    fields = {"content-type": kind} if kind else {}
    fields |= {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda exchange: exchange.reply(status, data, fields)


def says(data: bytes) -> Behaviour:
    """Exactly these bytes, and the end of the connection."""
    return lambda exchange: exchange.send(data)


def stalls(data: bytes = b"") -> Behaviour:
    """These bytes, and never another one: the connection stays open."""

    def behave(exchange: Exchange) -> None:
        exchange.send(data)
        exchange.wait()

    return behave


def drips(data: bytes, seconds: float) -> Behaviour:
    """One byte at a time, over and over: every single read succeeds, the answer never ends."""

    def behave(exchange: Exchange) -> None:
        start, _, repeated = data.rpartition(b"\n")
        exchange.send(start + b"\n" if start else b"")
        while True:
            for byte in repeated:
                exchange.send(bytes([byte]))
                if not exchange.wait(seconds):
                    return

    return behave


def floods(data: bytes, repeated: bytes, pause: float = 0.0) -> Behaviour:
    """A beginning, and then the same again and again without an end."""

    def behave(exchange: Exchange) -> None:
        exchange.send(data)
        while not exchange.server.stopped.is_set():
            exchange.send(repeated)
            if pause and not exchange.wait(pause):
                return

    return behave


def resets(data: bytes = b"") -> Behaviour:
    """These bytes, and a connection that is torn down, not closed."""

    def behave(exchange: Exchange) -> None:
        exchange.send(data)
        time.sleep(0.05)  # what was sent must arrive before the reset throws it away
        exchange.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    return behave


def late(milliseconds: float, then: Behaviour = forward) -> Behaviour:
    """The right answer, later."""

    def behave(exchange: Exchange) -> None:
        time.sleep(milliseconds / 1000)
        then(exchange)

    return behave


def in_turn(*behaviours: Behaviour) -> Behaviour:
    """The first behaviour for the first request of its kind, and so on; the last one for all that follow."""
    return lambda exchange: behaviours[min(exchange.number, len(behaviours)) - 1](exchange)


def stream(opening: bytes, reply: bytes, then: Behaviour | None = None, pieces: int = 0) -> Behaviour:
    """An event stream: `opening` at once, `reply` once initialize was posted; open until the client hangs up.

    `then` ends it in another way; with `pieces` it comes in parts of that many bytes, as networks may cut it.
    """

    def send(exchange: Exchange, data: bytes) -> None:
        size = pieces or max(len(data), 1)
        for start in range(0, len(data), size):
            exchange.send(data[start : start + size])
            if pieces:
                time.sleep(0.002)

    def behave(exchange: Exchange) -> None:
        exchange.send(EVENT_STREAM)
        send(exchange, opening)
        if reply:
            exchange.server.posted.wait(timeout=5)
            send(exchange, reply)
        (then or Exchange.wait)(exchange)

    return behave


def posted(exchange: Exchange) -> None:
    """Accept a message for an event stream, and let the stream answer it."""
    exchange.reply(202, b"Accepted", {"content-type": "text/plain"})
    if exchange.rpc().get("method") == "initialize":
        exchange.server.posted.set()
