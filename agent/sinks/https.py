"""One attempt over TLS: no retry, no redirect, nothing of the environment but its proxy.

The drain loop decides what is tried again, and when. An error names the host and nothing else of
the address: its path or query is the credential at many receivers.
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

from agent.sinks.contract import Fault, Lent, SinkError, Unfit
from agent.sinks.settings import Wired, loopback
from agent.text.printable import printable
from connectors.sdk.http.courier import asked_delay
from connectors.sdk.http.tls import ContextAdapter, error_name, innermost, proxy_for, ssl_context
from connectors.sdk.message import say

TIMEOUT: Final = (10.0, 30.0)  # seconds to connect, and to wait for the answer
PASSING: Final = frozenset({408, 425, 429})  # refusals that are about the moment
MOST: Final = 8_000_000  # bytes of an answer; one of a thousand events has less
_LEFT: Final = frozenset({"UNEXPECTED_EOF_WHILE_READING", "PROTOCOL_IS_SHUTDOWN", "BAD_LENGTH"})
WORDS: Final = 2_000  # characters of an answer that are kept
SECRET: Final = 8  # characters from which on a part of what we sent may be one


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back; `words` is the body for people, without the address and what we sent as
    credentials."""

    status: int
    body: bytes
    wait: float | None
    words: str

    @property
    def ok(self) -> bool:
        """Whether the receiver took it."""
        return 200 <= self.status < 300

    @property
    def answer(self) -> dict[str, Any]:
        """The body as a JSON object; empty where it is none: a proxy in between speaks HTML."""
        try:
            found: Any = json.loads(self.body)
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}  # pyright: ignore[reportUnknownVariableType]


class Line:
    """The way to one receiver: `base` and whatever lies below it."""

    def __init__(self, base: str, settings: Wired, lent: Lent) -> None:
        self.host = urlsplit(base).hostname or ""
        self._base = base
        self._name = lent.name
        self._session = session(base, settings, lent)
        self._private = _of_address(base)

    def get(self, path: str, headers: Mapping[str, str]) -> Reply:
        """Ask once."""
        return self._sent("GET", self._base + path, None, headers)

    def knock(self) -> None:
        """See whether anybody answers, by the way that events take; any answer will do.

        Without path and credentials. Raises `SinkError`.
        """
        parts = urlsplit(self._base)
        self._sent("GET", f"{parts.scheme}://{parts.netloc}/", None, {})

    def post(self, body: bytes, headers: Mapping[str, str], path: str = "") -> Reply:
        """Send once. Raises `SinkError` where nobody answers; every answer is a `Reply`."""
        return self._sent("POST", self._base + path, body, headers)

    def post_gzip(self, body: bytes, headers: Mapping[str, str], path: str = "") -> Reply:
        """The same, compressed."""
        small = gzip.compress(body, compresslevel=6, mtime=0)
        return self.post(small, {**headers, "content-encoding": "gzip"}, path)

    def _sent(self, method: str, url: str, body: bytes | None, headers: Mapping[str, str]) -> Reply:
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
                taken = response.raw.read(MOST, decode_content=True)
                wait = asked_delay(response.headers, datetime.now(UTC), default=-1.0)
                return Reply(
                    response.status_code,
                    taken,
                    None if wait < 0 else wait,
                    _words(taken, self._private | _of_headers(headers)),
                )
        except Exception as error:
            if (trouble := unanswered(error, self.host)) is None:
                raise
            raise trouble from None  # the cause carries the address

    def refusal(self, reply: Reply) -> SinkError:
        """What a status other than 2xx means at most receivers."""
        status, words = reply.status, reply.words
        if status in PASSING or status >= 500:
            message = say("sinks.busy", host=self.host, status=status)
            hint = say("sinks.busy_hint")
            return SinkError(message, hint=hint, wait=reply.wait, words=words)
        return SinkError(
            say("sinks.refused", host=self.host, status=status),
            hint=say(f"sinks.refused_{_kind(status)}", name=self._name),
            fault={413: Fault.SIZE, 400: Fault.CONTENT, 422: Fault.CONTENT}.get(
                status, Fault.SETTING
            ),
            words=words,
        )


def unanswered(error: Exception, host: str) -> SinkError | None:
    """What it means that nobody answered; None for an error that is not about the line."""
    if _cut(error):
        told = say("sinks.cut", host=host, detail=error_name(error))
        return SinkError(told, hint=say("sinks.unreachable_hint"), fault=Fault.CUT)
    if isinstance(error, requests.exceptions.SSLError):
        told = say("sinks.tls", host=host, detail=error_name(error))
        return SinkError(told, hint=say("sinks.tls_hint"))
    # urllib3's own, while a body is read, are no `RequestException`
    if isinstance(error, requests.RequestException | OSError | HTTPError):
        told = say("sinks.unreachable", host=host, detail=error_name(error))
        return SinkError(told, hint=say("sinks.unreachable_hint"))
    return None


def session(url: str, settings: Wired, lent: Lent) -> requests.Session:
    """A session that trusts what it was told to trust, and nothing of the environment."""
    made = requests.Session()
    made.trust_env = False
    made.headers["User-Agent"] = lent.user_agent
    made.proxies = _route(url, settings.proxy or lent.proxy)
    made.mount("https://", ContextAdapter(trust(settings, lent), max_retries=0))
    made.mount("http://", HTTPAdapter())
    return made


def trust(settings: Wired, lent: Lent) -> ssl.SSLContext:
    """Whom to believe, and who we are where a receiver asks for a certificate."""
    bundle = lent.path(settings.ca_bundle) if settings.ca_bundle else lent.ca_bundle
    try:
        context = ssl_context(str(bundle))
    except OSError as error:  # SSLError is one
        detail = type(error).__name__
        message = say("sinks.ca_bundle", name=lent.name, path=bundle, detail=detail)
        hint = say("sinks.ca_bundle_hint")
        raise SinkError(message, hint=hint, fault=Fault.SETTING) from error
    if settings.client_certificate:
        _identify(context, lent.secret(settings.client_certificate), lent.name)
    return context


def _identify(context: ssl.SSLContext, pem: bytes, name: str) -> None:
    """Load key and certificate; the library takes them from a file only."""
    handle, place = tempfile.mkstemp()  # mode 0600
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(pem)
        context.load_cert_chain(place, password="")
    except (OSError, ValueError):
        key = f"sinks.{name}.client_certificate"
        raise Unfit(
            say("sinks.client_certificate", name=key), hint=say("sinks.client_certificate_hint")
        ) from None
    finally:
        Path(place).unlink()


def header_value(value: bytes, key: str) -> str:
    """A secret as a header's value. Raises `Unfit`, which names the key and shows nothing."""
    text = value.decode("ascii", "replace").strip()
    if not text or not text.isascii() or not text.isprintable():
        raise Unfit(say("sinks.header_value", name=key), hint=say("sinks.header_value_hint"))
    return text


def _route(url: str, proxy: str) -> dict[str, str]:
    """The configured proxy, else the environment's; never for this machine."""
    if loopback(urlsplit(url).hostname or ""):
        return {}
    route = proxy_for(url, proxy)
    return {"https": route} if route else {}


def _kind(status: int) -> str:
    """Which advice helps: moved, a wrong key, a wrong address, an endpoint that was closed."""
    if status < 400:
        return "moved"
    known = {401: "key", 403: "key", 404: "address", 405: "address", 410: "gone", 413: "size"}
    return known.get(status, "content")


def _words(body: bytes, private: Collection[str]) -> str:
    text = body[: 32 * WORDS].decode("utf-8", "replace")
    for secret in sorted(private, key=len, reverse=True):
        text = text.replace(secret, "…")
    return printable(text)[:WORDS]


def _of_address(base: str) -> set[str]:
    """What of an address may be a credential, as it was written and as a receiver reads it."""
    parts = urlsplit(base)
    written = re.split("[/?&=;#]", f"{parts.path}?{parts.query}#{parts.fragment}")
    return _secrets([*written, *map(unquote, written), *map(unquote_plus, written)])


def _of_headers(headers: Mapping[str, str]) -> set[str]:
    values = [value for name, value in headers.items() if not name.startswith("content-")]
    return _secrets([*values, *(value.rpartition(" ")[2] for value in values)])


def _secrets(words: Iterable[str]) -> set[str]:
    return {word for word in words if len(word) >= SECRET}


def _cut(error: BaseException) -> bool:
    """Whether the other side left while we spoke: some do, who are told too much."""
    inner = innermost(error)
    if isinstance(inner, ssl.SSLError) and inner.reason in _LEFT:
        return True
    gone = (ssl.SSLEOFError, ConnectionResetError, BrokenPipeError, RemoteDisconnected)
    return isinstance(inner, gone)
