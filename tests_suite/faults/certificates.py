"""Certificates made for a test, and TLS in front of a server that has none."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests_suite.faults.mcp_chaos import point_at
from tests_suite.faults.sick_server import CHUNK, LOOPBACK
from tests_suite.faults.world import World


def make(folder: Path, days: float) -> tuple[Path, Path]:
    """A self-signed certificate for loopback that is valid for that many days, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a test's own server")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=30))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(LOOPBACK))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    chain, secret = folder / "server.pem", folder / "server.key"
    chain.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    form = serialization.PrivateFormat.PKCS8
    secret.write_bytes(key.private_bytes(serialization.Encoding.PEM, form, plain))
    return chain, secret


class TlsFront:
    """Takes TLS connections on a loopback port and hands what they say to a server without TLS."""

    def __init__(self, upstream: str, chain: Path, secret: Path) -> None:
        self._upstream = (urlsplit(upstream).hostname or LOOPBACK, urlsplit(upstream).port or 80)
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(chain, secret)
        self._listener = socket.create_server((LOOPBACK, 0), backlog=64)
        self.url = f"https://{LOOPBACK}:{self._listener.getsockname()[1]}"

    def __enter__(self) -> TlsFront:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *error: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection = self._listener.accept()[0]
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        # A client that does not trust the certificate hangs up: that is what it is for.
        with (
            contextlib.suppress(OSError),
            socket.create_connection(self._upstream) as plain,
            self._context.wrap_socket(connection, server_side=True) as secure,
        ):
            back = threading.Thread(target=_pump, args=(plain, secure), daemon=True)
            back.start()
            _pump(secure, plain)
            back.join(timeout=5)


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while piece := source.recv(CHUNK):
            sink.sendall(piece)
    with contextlib.suppress(OSError):
        sink.shutdown(socket.SHUT_RDWR)


def behind_tls(days: float, trusted: bool = True) -> Callable[[World], None]:
    """Put the world's server behind a certificate that is valid for that many days."""

    def breaks(world: World) -> None:
        chain, secret = make(world.root, days)
        front = world.running.enter_context(TlsFront(world.target["knowledge"]["url"], chain, secret))
        point_at(world, front.url)
        if trusted:
            world.environment["SSL_CERT_FILE"] = str(chain)

    return breaks
