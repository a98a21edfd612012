"""TLS trust, choice of the proxy, and the innermost reason of an error.

Three clients use it: the transport of the connectors, the sinks, and the connectivity checks of
`doctor`. TLS is always verified; no function here can switch that off.
"""

from __future__ import annotations

import ssl
from typing import Any
from urllib.request import getproxies

import truststore
from requests.adapters import HTTPAdapter
from requests.utils import select_proxy, should_bypass_proxies


def ssl_context(ca_bundle: str = "") -> ssl.SSLContext:
    """Return a client context that verifies certificates and host names.

    Args:
        ca_bundle: Path of a PEM file with the only authorities to trust; empty for the trust
            store of the operating system, which also knows a proxy that inspects TLS.

    Raises:
        OSError: The file cannot be read or holds no certificate (`ssl.SSLError` is an `OSError`).
    """
    if ca_bundle:
        return ssl.create_default_context(cafile=ca_bundle)
    return truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def proxy_for(url: str, configured: str = "") -> str:
    """Return the URL of the proxy for requests to `url`, or "" for a direct connection.

    A configured proxy is used for everything; otherwise the environment decides (`HTTPS_PROXY`,
    `NO_PROXY`, on Windows the registry).
    """
    if configured:
        return configured
    if should_bypass_proxies(url, no_proxy=None):
        return ""
    return select_proxy(url, getproxies()) or ""


def innermost_error(error: BaseException) -> BaseException:
    """Return the innermost error that `error` wraps.

    requests and urllib3 keep the wrapped error in `reason`, `original_error` or among `args`.
    """
    chain = [error]
    while True:
        last = chain[-1]
        inner = getattr(last, "reason", None) or getattr(last, "original_error", None)
        if not isinstance(inner, BaseException):
            inner = next((arg for arg in last.args if isinstance(arg, BaseException)), None)
        if inner is None or inner in chain:
            return last
        chain.append(inner)


def error_name(error: BaseException) -> str:
    """Return the class name of the innermost error; its text could carry a URL with a secret."""
    return type(innermost_error(error)).__name__


class SslContextAdapter(HTTPAdapter):
    """A requests transport whose trust is one `ssl.SSLContext`, behind a proxy as well."""

    def __init__(self, context: ssl.SSLContext, **options: Any) -> None:
        self._context = context
        super().__init__(**options)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Use the context for direct connections."""
        super().init_poolmanager(*args, **kwargs | {"ssl_context": self._context})

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        """Use the context for connections through a proxy, which may inspect TLS."""
        return super().proxy_manager_for(proxy, **kwargs | {"ssl_context": self._context})

    def cert_verify(self, conn: Any, *_: Any, **__: Any) -> None:
        """Leave trust to the context: requests would add the certificates that it ships."""
        conn.cert_reqs = "CERT_REQUIRED"
