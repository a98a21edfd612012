"""One transport for msal, simple-salesforce and googleapiclient alike."""

from __future__ import annotations

import itertools
import random
import ssl
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.request import getproxies

import requests
import truststore
from requests.adapters import HTTPAdapter
from requests.utils import select_proxy, should_bypass_proxies

from connectors.sdk.errors import ConnectorError, QuotaExhausted, UnexpectedResponse, Unreachable
from connectors.sdk.http.meter import Budget, Meter, count
from connectors.sdk.http.pace import Pace
from connectors.sdk.message import say

TIMEOUT = (10.0, 100.0)  # seconds to connect, and between two bytes of an answer
ATTEMPTS = 7  # of one request: 1 + 2 + ... + 32 seconds of waiting where nobody says how long
FIRST_CONTACT = 4  # tries: an address may be wrong, and somebody waits
PATIENCE = 15 * 60.0  # a pause longer than this ends the reading; a later run resumes it
BROKEN = frozenset({500, 502, 503, 504})
GOOGLE_RATE = frozenset({"userRateLimitExceeded", "rateLimitExceeded", "RATE_LIMIT_EXCEEDED"})

_TORN = (
    requests.exceptions.ConnectionError,
    requests.exceptions.Timeout,
    requests.exceptions.ChunkedEncodingError,
    requests.exceptions.ContentDecodingError,
)


class Courier(HTTPAdapter):
    """A transport that waits its turn, retries what may be retried, and counts.

    When a vendor says "slow down", every thread waits, not only the one that was told: requests
    that arrive during a pause are what turns a short throttle into a long one. Everything we send
    only reads, so any request may be repeated.

    Raises `QuotaExhausted`, `Unreachable` or `UnexpectedResponse` when it gives up; any other
    answer, a refusal included, is returned for the connector to understand.
    """

    def __init__(
        self,
        *,
        user_agent: str,
        workers: int = 8,
        ca_bundle: str = "",
        proxy: str = "",
        budget: Budget | None = None,
        attempts: int = ATTEMPTS,
        sleep: Callable[[float], object] | None = None,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.meter = Meter()
        self.pace: Pace | None = None
        self._user_agent = user_agent
        self._ca_bundle = ca_bundle
        self._proxies = {"https": proxy} if proxy else None
        self._budget = budget or Budget()
        self._attempts = attempts
        self._closed = threading.Event()
        self._sleep = sleep or self._closed.wait
        self.clock = clock
        self._now = now
        self._lock = threading.Lock()
        self._not_before = 0.0
        self._heard: dict[str, bool] = {}  # by host: whether the last request was answered
        super().__init__(pool_connections=8, pool_maxsize=workers * 2)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Trust the operating system's store, as the browser of the same desk does."""
        super().init_poolmanager(*args, **kwargs | self._trust())

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        """The same trust behind a proxy, which may inspect TLS."""
        return super().proxy_manager_for(proxy, **kwargs | self._trust())

    def cert_verify(self, conn: Any, *args: Any, **kwargs: Any) -> None:
        """Leave trust to the context: requests would add the store that it brings along."""
        if self._ca_bundle:
            super().cert_verify(conn, *args, **kwargs)  # pyright: ignore[reportUnknownMemberType]
        else:
            conn.cert_reqs = "CERT_REQUIRED"

    def _trust(self) -> dict[str, object]:
        if self._ca_bundle:  # cert_verify() hands it to urllib3
            return {}
        return {"ssl_context": truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)}

    def pause(self, seconds: float) -> None:
        """Nobody sends anything before so many seconds have passed; pauses do not add up."""
        with self._lock:
            self._not_before = max(self._not_before, self.clock() + seconds)

    def stop(self) -> None:
        """End all waiting; requests that have not left are not sent any more."""
        self._closed.set()

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:  # pyright: ignore[reportIncompatibleMethodOverride] -- requests always passes them by name
        """Send the request, as often and as late as the vendor asks."""
        kwargs["timeout"] = kwargs.get("timeout") or TIMEOUT
        kwargs["verify"] = self._ca_bundle or True
        kwargs["proxies"] = self._route(str(request.url))
        request.headers["User-Agent"] = self._user_agent
        for attempt in itertools.count(1):
            self._wait_for_turn(request)
            answer = self._once(request, **kwargs)
            trouble = self._trouble(request, answer)
            if trouble is None:
                assert isinstance(answer, requests.Response)
                self._heard[_host(request)] = True
                return answer
            unheard = isinstance(trouble, Unreachable) and attempt >= self._patience(request)
            if attempt == self._attempts or unheard:
                if isinstance(trouble, Unreachable):
                    self._heard[_host(request)] = False
                raise trouble
            delay = min(2.0 ** (attempt - 1), 32.0) + random.random()  # noqa: S311 -- jitter
            self._hold_back(answer, delay, trouble)
        raise AssertionError

    def _once(
        self, request: requests.PreparedRequest, **kwargs: Any
    ) -> requests.Response | Exception:
        try:
            response = super().send(request, **kwargs)
            _ = response.content  # a line that is cut in mid-body is cut here, not in a library
        except requests.exceptions.SSLError as error:
            count(self.meter, calls=1)
            if not _untrusted(error):  # the line was cut in the middle of a handshake
                return error
            raise Unreachable(
                say("sdk.tls", host=_host(request), detail=_short(error)), hint=say("sdk.tls_hint")
            ) from error
        except _TORN as error:
            count(self.meter, calls=1)
            return error
        count(self.meter, calls=1)
        return response

    def _trouble(
        self, request: requests.PreparedRequest, answer: requests.Response | Exception
    ) -> ConnectorError | None:
        """Why the answer is worth another try; None when it is final."""
        host = _host(request)
        if isinstance(answer, Exception):
            message = say("sdk.unreachable", host=host, detail=_short(answer))
            return Unreachable(message, hint=say("sdk.unreachable_hint"))
        if slowed_down(answer):
            count(self.meter, refused=1)
            return QuotaExhausted(say("sdk.throttled", host=host), hint=say("sdk.resume_later"))
        if answer.status_code in BROKEN and not soap_fault(answer):
            return UnexpectedResponse(
                say("sdk.broken", host=host, status=answer.status_code), hint=say("sdk.try_again")
            )
        return None

    def _patience(self, request: requests.PreparedRequest) -> int:
        """How often to try a host that does not answer: often where it did before, less at the
        first contact, once where all tries of the request before were in vain."""
        heard = self._heard.get(_host(request))
        return FIRST_CONTACT if heard is None else ATTEMPTS if heard else 1

    def _hold_back(
        self, answer: requests.Response | Exception, delay: float, trouble: ConnectorError
    ) -> None:
        """Wait before the next try: all of us where the vendor is overrun, else this thread."""
        if isinstance(trouble, QuotaExhausted):
            assert isinstance(answer, requests.Response)
            # a fast clock makes a date a moment of the past: never faster than on our own
            delay = max(delay, asked_delay(answer, self._now(), default=delay))
            self.pause(delay)
            if delay > PATIENCE:
                raise trouble
        else:
            count(self.meter, waited=delay)
            self._sleep(delay)

    def _wait_for_turn(self, request: requests.PreparedRequest) -> None:
        self._budget.spend()
        units = 0.0
        if self.pace is not None:
            units = self.pace.price(request)
            self._stand(self.pace.reserve(units))
        while (delay := self._not_before - self.clock()) > 0:
            if delay > PATIENCE:  # another thread was told: asking again would be refused, too
                raise QuotaExhausted(
                    say("sdk.throttled", host=_host(request)), hint=say("sdk.resume_later")
                )
            self._stand(delay)
        if self._closed.is_set():
            raise QuotaExhausted(say("sdk.interrupted"), hint=say("sdk.resume_later"))
        count(self.meter, units=units)

    def _stand(self, seconds: float) -> None:
        self._budget.afford(seconds)
        if seconds > 0 and not self._closed.is_set():
            count(self.meter, waited=seconds)
            self._sleep(seconds)
        if self._closed.is_set():
            raise QuotaExhausted(say("sdk.interrupted"), hint=say("sdk.resume_later"))

    def _route(self, url: str) -> dict[str, str]:
        """The proxy of the configuration for everything, else what the environment says."""
        if self._proxies is not None:
            return self._proxies
        if should_bypass_proxies(url, no_proxy=None):
            return {}
        proxy = select_proxy(url, getproxies())
        return {"https": proxy} if proxy else {}


def slowed_down(response: requests.Response) -> bool:
    """Whether the vendor asks for a slower pace: 429, 503 with a time, or Google's 403."""
    if response.status_code == 429 or (
        response.status_code == 503 and "Retry-After" in response.headers
    ):
        return True
    return response.status_code == 403 and any(
        f'"{reason}"'.encode() in response.content for reason in GOOGLE_RATE
    )


def soap_fault(response: requests.Response) -> bool:
    """Whether a 500 is a refusal as SOAP writes it: the vendor is well and has said no."""
    said = response.content
    return response.status_code == 500 and b":Fault>" in said and b"UNAVAILABLE" not in said


def asked_delay(response: requests.Response, now: datetime, *, default: float) -> float:
    """The seconds that `Retry-After` (number or date) or `RateLimit-Reset` asks for."""
    asked = [
        seconds
        for name in ("Retry-After", "RateLimit-Reset")
        if (seconds := _seconds(response.headers.get(name, ""), now)) is not None
    ]
    return max(asked, default=default)


def _seconds(value: str, now: datetime) -> float | None:
    if value.strip().isdecimal():
        return float(value)
    try:
        when = parsedate_to_datetime(value)
    except ValueError:
        return None
    if when.tzinfo is None:
        when = when.replace(tzinfo=UTC)
    return max(0.0, (when - now).total_seconds())


def _untrusted(error: BaseException) -> bool:
    """Whether a certificate was the reason, somewhere in the chain."""
    seen: set[int] = set()
    while id(error) not in seen:
        seen.add(id(error))
        if isinstance(error, ssl.SSLCertVerificationError):
            return True
        inner = getattr(error, "reason", None) or (error.args[0] if error.args else None)
        if not isinstance(inner, BaseException):
            return False
        error = inner
    return False


def _host(request: requests.PreparedRequest) -> str:
    return str(request.url).split("/")[2]


def _short(error: Exception) -> str:
    """The innermost reason, without the address, which may carry a token."""
    inner: BaseException = error
    while inner.args and isinstance(inner.args[0], BaseException):
        inner = inner.args[0]
    reason = getattr(inner, "reason", None)
    return type(reason).__name__ if isinstance(reason, Exception) else type(inner).__name__
