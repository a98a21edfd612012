"""Check name resolution, proxy, certificate and clock between this machine and a service."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import certifi
import urllib3

from connectors.sdk.checks import Check, CheckOutcome
from connectors.sdk.http.tls import innermost_error, proxy_for, ssl_context
from connectors.sdk.message import Message, say

TIMEOUTS = urllib3.Timeout(connect=10.0, read=20.0)  # seconds
CLOCK_SKEW_WARNING = 60.0  # seconds of clock skew that are no warning
MAX_CLOCK_SKEW = 240.0
"""Seconds of clock skew from which on services may refuse signed requests.

Source: not documented; assumed: validators of tokens usually allow five minutes.
"""


def check_connectivity(
    address: str, now: datetime, *, ca_bundle: str = "", proxy: str = ""
) -> Iterator[Check]:
    """Yield the checks of one request to an address, by the route that a scan would take.

    Args:
        address: `https://host[:port]`.
        now: The time of this machine, to compare with that of the service.
        ca_bundle: Path of a PEM file; empty for the trust store of the operating system.
        proxy: URL of the proxy; empty for that of the environment.
    """
    host, port = urlsplit(address).hostname or "", urlsplit(address).port or 443
    way = proxy_for(address, proxy)
    if not way:
        try:
            socket.getaddrinfo(host, port)
        except OSError:
            yield _check(
                "dns",
                CheckOutcome.FAIL,
                say("sdk.way_dns", host=host),
                hint=say("sdk.way_dns_hint"),
            )
            return
        yield _check("dns", CheckOutcome.PASS, say("sdk.way_dns", host=host))
    try:
        said, issuer = _probe(address, way, ssl_context(ca_bundle))
    except urllib3.exceptions.HTTPError as error:
        trouble = _failure_check(error, host, way)
        if way and trouble.id != "network.proxy":
            yield _proxy_check(host, way)
        yield trouble
        return
    if way:
        yield _proxy_check(host, way)
    yield _certificate_check(address, host, way, issuer, own=bool(ca_bundle))
    yield _clock_check(said, host, now)


def _proxy_check(host: str, proxy: str) -> Check:
    return _check(
        "proxy",
        CheckOutcome.PASS,
        say("sdk.way_proxy", host=host, proxy=_without_credentials(proxy)),
    )


def _probe(address: str, proxy: str, trust: ssl.SSLContext) -> tuple[str, str]:
    """Return the `Date` of the response and the issuer of the certificate."""
    options: dict[str, Any] = {"ssl_context": trust, "timeout": TIMEOUTS, "retries": False}
    pool = urllib3.ProxyManager(proxy, **options) if proxy else urllib3.PoolManager(**options)
    with pool:
        answer = pool.request("GET", address + "/", preload_content=False, redirect=False)
        sock: Any = getattr(answer.connection, "sock", None)
        issuer = _issuer(sock.getpeercert() if sock is not None else {})
        said = answer.headers.get("Date", "")
        answer.close()
    return said, issuer


def _failure_check(error: urllib3.exceptions.HTTPError, host: str, proxy: str) -> Check:
    """Return the failed check that an error belongs to."""
    cause = innermost_error(error)
    if isinstance(cause, ssl.SSLCertVerificationError):
        reason = say("sdk.way_tls", host=host)
        detail = say("sdk.way_tls_detail", detail=cause.verify_message or type(cause).__name__)
        return _check("tls", CheckOutcome.FAIL, reason, detail, say("sdk.tls_hint"))
    if proxy and isinstance(error, urllib3.exceptions.ProxyError):
        title = say("sdk.way_proxy", host=host, proxy=_without_credentials(proxy))
        key = "sdk.way_proxy_login" if "407" in str(cause) else "sdk.way_proxy_refused"
        return _check("proxy", CheckOutcome.FAIL, title, say(key), say(f"{key}_hint"))
    detail = say("sdk.way_connect_detail", detail=type(cause).__name__)
    return _check(
        "connect", CheckOutcome.FAIL, say("sdk.way_connect", host=host), detail,
        say("sdk.way_connect_hint", host=host),
    )  # fmt: skip


def _certificate_check(address: str, host: str, proxy: str, issuer: str, *, own: bool) -> Check:
    """Return the check of TLS; a warning if only the machine's own store trusts the certificate.

    Then a proxy inspects TLS on the way.
    """
    title = say("sdk.way_tls", host=host)
    detail = say("sdk.way_issuer", issuer=issuer)
    if own:
        return _check("tls", CheckOutcome.PASS, title, detail)
    try:
        _probe(address, proxy, ssl_context(certifi.where()))
    except urllib3.exceptions.HTTPError as error:
        if isinstance(innermost_error(error), ssl.SSLCertVerificationError):
            detail = say("sdk.way_inspected", issuer=issuer)
            return _check("tls", CheckOutcome.WARN, title, detail, say("sdk.way_inspected_hint"))
    return _check("tls", CheckOutcome.PASS, title, detail)


def _clock_check(date: str, host: str, now: datetime) -> Check:
    title = say("sdk.way_clock")
    try:
        off = (now - parsedate_to_datetime(date)).total_seconds()
    except (TypeError, ValueError):  # no date, or one without a time zone
        return _check("clock", CheckOutcome.PASS, title, say("sdk.way_clock_untold", host=host))
    if abs(off) < CLOCK_SKEW_WARNING:
        return _check("clock", CheckOutcome.PASS, title)
    outcome = CheckOutcome.FAIL if abs(off) >= MAX_CLOCK_SKEW else CheckOutcome.WARN
    key = "sdk.way_clock_fast" if off > 0 else "sdk.way_clock_slow"
    detail = say(key, seconds=round(abs(off)), host=host)
    return _check("clock", outcome, title, detail, say("sdk.way_clock_hint"))


def _without_credentials(proxy: str) -> str:
    """Return the host and port of a proxy without its credentials."""
    return urlsplit(proxy).netloc.rpartition("@")[2] or proxy.rpartition("@")[2]


def _issuer(certificate: dict[str, Any] | None) -> str:
    """Return the organization of a certificate's issuer, else its common name."""
    parts = {key: value for rdn in (certificate or {}).get("issuer", ()) for key, value in rdn}
    return str(parts.get("organizationName") or parts.get("commonName") or "?")


def _check(
    name: str,
    outcome: CheckOutcome,
    title: Message,
    detail: Message | None = None,
    hint: Message | None = None,
) -> Check:
    return Check(id=f"network.{name}", title=title, outcome=outcome, detail=detail, hint=hint)
