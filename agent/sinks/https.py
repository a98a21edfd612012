"""One attempt over TLS: no retry, no redirect, nothing of the environment but its proxy.

The drain loop decides what is tried again, and when. An error names the host and nothing else of
the address: its path or query is the credential at many receivers.
"""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies

import requests
import truststore
from requests.adapters import HTTPAdapter
from requests.utils import select_proxy, should_bypass_proxies

from agent.sinks.contract import SinkError
from agent.sinks.settings import loopback
from connectors.sdk.message import say

TIMEOUT = (10.0, 30.0)  # seconds to connect, and to wait for the answer
PASSING = frozenset({408, 425, 429})  # refusals that are about the moment


class Line:
    """The way to one receiver."""

    def __init__(self, url: str, *, name: str, user_agent: str, ca_bundle: str, proxy: str) -> None:
        self.host = urlsplit(url).hostname or ""
        self._url = url
        self._name = name
        self._proxies = _route(url, self.host, proxy)
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.headers["User-Agent"] = user_agent
        self._session.mount("https://", _Trusting(_trust(ca_bundle, name)))
        self._session.mount("http://", HTTPAdapter())

    def post(self, body: bytes, headers: Mapping[str, str]) -> None:
        """Send once. Returns when the receiver answers 2xx; raises `SinkError` otherwise."""
        try:
            with self._session.post(
                self._url,
                data=body,
                headers=dict(headers),
                timeout=TIMEOUT,
                proxies=self._proxies,
                allow_redirects=False,
                stream=True,  # the status is the answer; a body of any length is not read
            ) as response:
                status = response.status_code
        except requests.exceptions.SSLError as error:
            raise SinkError(
                say("sinks.tls", host=self.host, detail=_short(error)), hint=say("sinks.tls_hint")
            ) from None  # the cause carries the address
        except (requests.RequestException, OSError) as error:
            raise SinkError(
                say("sinks.unreachable", host=self.host, detail=_short(error)),
                hint=say("sinks.unreachable_hint"),
            ) from None
        if not 200 <= status < 300:
            raise self._refusal(status)

    def _refusal(self, status: int) -> SinkError:
        if status in PASSING or status >= 500:
            message = say("sinks.busy", host=self.host, status=status)
            return SinkError(message, hint=say("sinks.busy_hint"))
        return SinkError(
            say("sinks.refused", host=self.host, status=status),
            hint=say(f"sinks.refused_{_kind(status)}", name=self._name),
            final=True,
        )


class _Trusting(HTTPAdapter):
    """A transport that knows one trust store, given as a context."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self._context = context
        super().__init__(max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs | {"ssl_context": self._context})

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        return super().proxy_manager_for(proxy, **kwargs | {"ssl_context": self._context})

    def cert_verify(self, conn: Any, *_: Any, **__: Any) -> None:
        """Leave trust to the context: requests would add the store that it brings along."""
        conn.cert_reqs = "CERT_REQUIRED"


def _trust(ca_bundle: str, name: str) -> ssl.SSLContext:
    if not ca_bundle:
        return truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        return ssl.create_default_context(cafile=str(Path(ca_bundle).expanduser()))
    except OSError as error:  # SSLError is one
        message = say("sinks.ca_bundle", name=name, path=ca_bundle, detail=type(error).__name__)
        raise SinkError(message, hint=say("sinks.ca_bundle_hint"), final=True) from error


def _route(url: str, host: str, proxy: str) -> dict[str, str]:
    """The configured proxy, else the environment's; never for this machine."""
    if loopback(host):
        return {}
    if not proxy and not should_bypass_proxies(url, no_proxy=None):
        proxy = select_proxy(url, getproxies()) or ""
    return {"https": proxy} if proxy else {}


def _kind(status: int) -> str:
    """Which advice helps: moved, a wrong key, a wrong address, an endpoint that was closed."""
    if status < 400:
        return "moved"
    known = {401: "key", 403: "key", 404: "address", 410: "gone", 413: "size"}
    return known.get(status, "content")


def _short(error: BaseException) -> str:
    """The kind of the innermost error; its text would carry the address."""
    while error.args and isinstance(error.args[0], BaseException):
        error = error.args[0]
    reason = getattr(error, "reason", None)
    return type(reason if isinstance(reason, Exception) else error).__name__
