"""An HTTPS server on this machine, for the demo and the tests.

Sockets, certificates and the vendors' client libraries are real; only the tenant is generated.
"""

from __future__ import annotations

import json
import socket
import ssl
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self
from urllib.parse import parse_qs, unquote, urlsplit

import trustme


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A request that arrived.

    Attributes:
        base: The address of this server, without a trailing slash.
    """

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]  # names in lower case
    body: bytes
    base: str

    def json(self) -> Any:
        """Return the body as JSON. Raise `ValueError` if it is none."""
        return json.loads(self.body)

    def form(self) -> dict[str, str]:
        """Return the fields of a form; of repeated ones the first."""
        return {k: v[0] for k, v in parse_qs(self.body.decode()).items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """A response: `body` is sent as JSON, or unchanged if it is bytes.

    `cut` breaks the connection instead: "before" the first byte, or in the "middle" of the body.
    """

    status: int = 200
    body: object = b""
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    cut: str = ""


Respond = Callable[[Request], Response]


class LocalCertificateAuthority:
    """A certificate authority for the life of the process; `bundle` is the path of its PEM file."""

    def __init__(self, folder: Path) -> None:
        ca = trustme.CA()
        self._leaf = ca.issue_cert("127.0.0.1", "localhost")
        self.bundle = folder / "ca.pem"
        ca.cert_pem.write_to_path(str(self.bundle))

    def server_context(self) -> ssl.SSLContext:
        """Return the TLS context of a server with a certificate of this authority."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._leaf.configure_cert(context)  # pyright: ignore[reportUnknownMemberType] -- trustme also takes pyOpenSSL's
        return context


class LocalHttpsServer:
    """A running server: `with LocalHttpsServer(tenant.respond, authority) as server: server.url`.

    Attributes:
        requests: The method and path of every request.
        url: The address, without a trailing slash.
    """

    def __init__(self, respond: Respond, authority: LocalCertificateAuthority) -> None:
        self.requests: list[tuple[str, str]] = []
        self._respond = respond
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.app = self
        self._server.tls = authority.server_context()
        self.url = f"https://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
        )

    def __enter__(self) -> Self:
        """Start the server."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop the server."""
        self._server.shutdown()
        self._server.server_close()

    def answer(self, request: Request) -> Response:
        """Record a request and return the response of the tenant."""
        self.requests.append((request.method, request.path))
        return self._respond(request)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
    app: LocalHttpsServer
    tls: ssl.SSLContext

    def handle_error(self, request: object, client_address: object) -> None:
        """Ignore clients that close the connection."""

    def finish_request(self, request: Any, client_address: Any) -> None:
        # the handshake belongs to the connection's thread, so that one slow client blocks nobody
        with self.tls.wrap_socket(request, server_side=True) as line:
            super().finish_request(line, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server  # pyright: ignore[reportIncompatibleVariableOverride]
    timeout = 120
    disable_nagle_algorithm = True

    def _answer(self) -> None:
        parts = urlsplit(self.path)
        length = int(self.headers.get("Content-Length") or 0)
        request = Request(
            method=self.command,
            path=unquote(parts.path),
            query={k: v[0] for k, v in parse_qs(parts.query, keep_blank_values=True).items()},
            headers={k.lower(): v for k, v in self.headers.items()},
            body=self.rfile.read(length),
            base=self.server.app.url,
        )
        response = self.server.app.answer(request)
        if response.cut == "before":
            self._hang_up()
            return
        plain = isinstance(response.body, bytes)
        raw = response.body if isinstance(response.body, bytes) else _encoded(response.body)
        if "Date" in response.headers:  # a clock of its own
            self.send_response_only(response.status)
        else:
            self.send_response(response.status)
        kind = "application/octet-stream" if plain else "application/json"
        for name, value in {"Content-Type": kind, **response.headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw[: len(raw) // 2] if response.cut == "middle" else raw)
        if response.cut == "middle":
            self._hang_up()

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _answer  # noqa: N815 -- the library's names

    def _hang_up(self) -> None:
        self.wfile.flush()
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def log_message(self, format: str, *args: object) -> None:
        """Write no log: the server keeps a list of its requests."""


def _encoded(body: object) -> bytes:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
