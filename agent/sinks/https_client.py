"""HTTPS requests to a receiver: one attempt, no retry, no redirect.

Of the environment only the proxy is used. `agent.sinks.delivery` decides what is retried, and when.
An error names the host and no other part of the URL: at many receivers the path or the query is
the credential.
"""

from __future__ import annotations

import gzip
import json
import os
import re
import ssl
import tempfile
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from http.client import RemoteDisconnected
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote, unquote_plus, urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError

from agent.sinks.config import TlsSinkConfig, is_loopback
from agent.sinks.interface import FailureKind, InvalidSecret, SinkContext, SinkError
from agent.text.terminal_safe import terminal_safe
from connectors.sdk.http.tls import (
    SslContextAdapter,
    error_name,
    innermost_error,
    proxy_for,
    ssl_context,
)
from connectors.sdk.http.transport import retry_after
from connectors.sdk.message import say

TIMEOUT: Final = (10.0, 30.0)  # seconds to connect, and to wait for the answer
TRANSIENT_STATUSES: Final = frozenset({408, 425, 429})  # transient client errors
MAX_RESPONSE_BYTES: Final = (
    8_000_000  # bytes of a response that are read; a bulk of 1,000 events has less
)
_PEER_CLOSED: Final = frozenset(
    {"UNEXPECTED_EOF_WHILE_READING", "PROTOCOL_IS_SHUTDOWN", "BAD_LENGTH"}
)
MAX_MESSAGE_LENGTH: Final = 2_000  # characters of a response that are kept for people
MIN_SECRET_LENGTH: Final = (
    8  # characters: a shorter part of a URL or a header is not taken for a secret
)


@dataclass(frozen=True, slots=True)
class Response:
    """A response.

    Attributes:
        status: The HTTP status.
        body: Its first `MAX_RESPONSE_BYTES` bytes, decompressed.
        retry_after: Seconds of `Retry-After`, a date included; None without it.
        message: The body as text for people, without the parts of the URL and of the headers that
            may be credentials.
    """

    status: int
    body: bytes
    retry_after: float | None
    message: str

    @property
    def ok(self) -> bool:
        """Whether the status is 2xx."""
        return 200 <= self.status < 300

    @property
    def json_object(self) -> dict[str, Any]:
        """The body as a JSON object; empty if it is none, such as the HTML page of a proxy."""
        try:
            found: Any = json.loads(self.body)
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}  # pyright: ignore[reportUnknownVariableType]


class HttpsClient:
    """A client for the URLs at and below the base URL of one receiver."""

    def __init__(self, base: str, settings: TlsSinkConfig, sink_context: SinkContext) -> None:
        self.host = urlsplit(base).hostname or ""
        self._base = base
        self._name = sink_context.name
        self._session = new_session(base, settings, sink_context)
        self._secrets = _secrets_in_url(base)

    def get(self, path: str, headers: Mapping[str, str]) -> Response:
        """Send a GET request once and return the response, whatever its status.

        Raises:
            SinkError: There was no response.
        """
        return self._request("GET", self._base + path, None, headers)

    def probe(self) -> None:
        """Send a GET request for `/` of the host, without credentials; any response will do.

        Raises:
            SinkError: There was no response.
        """
        parts = urlsplit(self._base)
        self._request("GET", f"{parts.scheme}://{parts.netloc}/", None, {})

    def post(self, body: bytes, headers: Mapping[str, str], path: str = "") -> Response:
        """Send a POST request once and return the response, whatever its status.

        Args:
            body: The request body.
            headers: Further headers, credentials among them.
            path: What is appended to the base URL.

        Raises:
            SinkError: There was no response.
        """
        return self._request("POST", self._base + path, body, headers)

    def post_gzip(self, body: bytes, headers: Mapping[str, str], path: str = "") -> Response:
        """Send a POST request with its body compressed by gzip; otherwise like `post`."""
        small = gzip.compress(body, compresslevel=6, mtime=0)
        return self.post(small, {**headers, "content-encoding": "gzip"}, path)

    def _request(
        self, method: str, url: str, body: bytes | None, headers: Mapping[str, str]
    ) -> Response:
        try:
            with self._session.request(
                method,
                url,
                data=body,
                headers=dict(headers),
                timeout=TIMEOUT,
                allow_redirects=False,
                stream=True,  # an answer without an end must not fill the memory
            ) as response:
                taken = response.raw.read(MAX_RESPONSE_BYTES, decode_content=True)
                wait = retry_after(response.headers, datetime.now(UTC), default=-1.0)
                return Response(
                    response.status_code,
                    taken,
                    None if wait < 0 else wait,
                    _readable_body(taken, self._secrets | _secrets_in_headers(headers)),
                )
        except Exception as error:
            if (trouble := connection_error(error, self.host)) is None:
                raise
            raise trouble from None  # the cause carries the address

    def error_for(self, reply: Response) -> SinkError:
        """Return the error for a status other than 2xx, as most receivers use it.

        408, 425, 429 and 5xx are transient; 413 is about the size, 400 and 422 about an event,
        every other status about the configuration.

        Source: not documented for all receivers; assumed
        """
        status, words = reply.status, reply.message
        if status in TRANSIENT_STATUSES or status >= 500:
            message = say("sinks.busy", host=self.host, status=status)
            hint = say("sinks.busy_hint")
            return SinkError(
                message, hint=hint, retry_after=reply.retry_after, receiver_message=words
            )
        return SinkError(
            say("sinks.refused", host=self.host, status=status),
            hint=say(f"sinks.refused_{_hint_key(status)}", name=self._name),
            kind={413: FailureKind.SIZE, 400: FailureKind.CONTENT, 422: FailureKind.CONTENT}.get(
                status, FailureKind.CONFIGURATION
            ),
            receiver_message=words,
        )


def connection_error(error: Exception, host: str) -> SinkError | None:
    """Return the error for a request without a response; None if `error` is not about that."""
    if _is_connection_lost(error):
        message = say("sinks.cut", host=host, detail=error_name(error))
        return SinkError(
            message, hint=say("sinks.unreachable_hint"), kind=FailureKind.CONNECTION_LOST
        )
    if isinstance(error, requests.exceptions.SSLError):
        message = say("sinks.tls", host=host, detail=error_name(error))
        return SinkError(message, hint=say("sinks.tls_hint"))
    # urllib3's own, while a body is read, are no `RequestException`
    if isinstance(error, requests.RequestException | OSError | HTTPError):
        message = say("sinks.unreachable", host=host, detail=error_name(error))
        return SinkError(message, hint=say("sinks.unreachable_hint"))
    return None


def new_session(url: str, settings: TlsSinkConfig, sink_context: SinkContext) -> requests.Session:
    """Return a session for one receiver, with its trust store, proxy and client certificate.

    Raises:
        SinkError: The CA bundle cannot be read.
        Unfit: The client certificate cannot be used.
    """
    made = requests.Session()
    made.trust_env = False
    made.headers["User-Agent"] = sink_context.user_agent
    made.proxies = _proxies(url, settings.proxy or sink_context.proxy)
    made.mount(
        "https://", SslContextAdapter(sink_ssl_context(settings, sink_context), max_retries=0)
    )
    made.mount("http://", HTTPAdapter())
    return made


def sink_ssl_context(settings: TlsSinkConfig, sink_context: SinkContext) -> ssl.SSLContext:
    """Return the SSL context of a sink: its trust store and its client certificate.

    The trust store is the `ca_bundle` of the sink, else that of `[network]`, else the operating
    system's.

    Raises:
        SinkError: The CA bundle cannot be read.
        Unfit: The client certificate cannot be used.
    """
    bundle = sink_context.path(settings.ca_bundle) if settings.ca_bundle else sink_context.ca_bundle
    try:
        context = ssl_context(str(bundle))
    except OSError as error:  # SSLError is one
        detail = type(error).__name__
        message = say("sinks.ca_bundle", name=sink_context.name, path=bundle, detail=detail)
        hint = say("sinks.ca_bundle_hint")
        raise SinkError(message, hint=hint, kind=FailureKind.CONFIGURATION) from error
    if settings.client_certificate:
        _load_client_certificate(
            context, sink_context.secret(settings.client_certificate), sink_context.name
        )
    return context


def _load_client_certificate(context: ssl.SSLContext, pem: bytes, name: str) -> None:
    """Load key and certificate into the context, by a file: `ssl` takes them from files only."""
    handle, path = tempfile.mkstemp()  # mode 0600
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(pem)
        context.load_cert_chain(path, password="")
    except (OSError, ValueError):
        key = f"sinks.{name}.client_certificate"
        raise InvalidSecret(
            say("sinks.client_certificate", name=key), hint=say("sinks.client_certificate_hint")
        ) from None
    finally:
        Path(path).unlink()


def header_value(value: bytes, key: str) -> str:
    """Return a secret as the value of a header, without surrounding white space.

    Raises:
        Unfit: It is empty or has characters that a header cannot have. The error names the key
            of the configuration, and does not contain the secret.
    """
    text = value.decode("ascii", "replace").strip()
    if not text or not text.isascii() or not text.isprintable():
        raise InvalidSecret(
            say("sinks.header_value", name=key), hint=say("sinks.header_value_hint")
        )
    return text


def _proxies(url: str, proxy: str) -> dict[str, str]:
    """Return the proxies: the configured one, else the environment's; none for this machine."""
    if is_loopback(urlsplit(url).hostname or ""):
        return {}
    route = proxy_for(url, proxy)
    return {"https": route} if route else {}


def _hint_key(status: int) -> str:
    """Return the end of the key of the hint: redirect, credentials, URL, gone, size, content."""
    if status < 400:
        return "moved"
    known = {401: "key", 403: "key", 404: "address", 405: "address", 410: "gone", 413: "size"}
    return known.get(status, "content")


def _readable_body(body: bytes, private: Collection[str]) -> str:
    text = body[: 32 * MAX_MESSAGE_LENGTH].decode("utf-8", "replace")
    for secret in sorted(private, key=len, reverse=True):
        text = text.replace(secret, "…")
    return terminal_safe(text)[:MAX_MESSAGE_LENGTH]


def _secrets_in_url(base: str) -> set[str]:
    """Return the parts of a URL that may be credentials, as written and percent-decoded."""
    parts = urlsplit(base)
    written = re.split("[/?&=;#]", f"{parts.path}?{parts.query}#{parts.fragment}")
    return _long_enough([*written, *map(unquote, written), *map(unquote_plus, written)])


def _secrets_in_headers(headers: Mapping[str, str]) -> set[str]:
    values = [value for name, value in headers.items() if not name.startswith("content-")]
    return _long_enough([*values, *(value.rpartition(" ")[2] for value in values)])


def _long_enough(words: Iterable[str]) -> set[str]:
    return {word for word in words if len(word) >= MIN_SECRET_LENGTH}


def _is_connection_lost(error: BaseException) -> bool:
    """Return True if the receiver closed the connection during the request.

    Some receivers do so when a body is too large.
    """
    inner = innermost_error(error)
    if isinstance(inner, ssl.SSLError) and inner.reason in _PEER_CLOSED:
        return True
    gone = (ssl.SSLEOFError, ConnectionResetError, BrokenPipeError, RemoteDisconnected)
    return isinstance(inner, gone)
