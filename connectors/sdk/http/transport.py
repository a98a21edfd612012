"""The transport that msal, simple-salesforce and googleapiclient share."""

from __future__ import annotations

import itertools
import random
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import requests

from connectors.sdk.errors import ConnectorError, QuotaExhausted, UnexpectedResponse, Unreachable
from connectors.sdk.http.rate_limiter import RateLimiter
from connectors.sdk.http.tls import (
    SslContextAdapter,
    error_name,
    innermost_error,
    proxy_for,
    ssl_context,
)
from connectors.sdk.http.usage import Budget, UsageMeter, count
from connectors.sdk.message import say

TIMEOUTS = (10.0, 100.0)  # seconds to connect, and between two bytes of a response
MAX_ANSWER_BYTES = 64 << 20  # of one answer, unpacked: the largest known ones have a few megabytes
MAX_SECONDS = 300.0  # for the body of one answer
_CHUNK = 1 << 16
MAX_ATTEMPTS = (
    7  # of one request: 1 + 2 + ... + 32 seconds of waiting if the vendor asks for no time
)
FIRST_CONTACT_ATTEMPTS = 4  # attempts: the address may be wrong, and a person may be waiting
MAX_RETRY_AFTER = 15 * 60.0  # seconds; a longer pause ends the scan, and a later run resumes it
SERVER_ERRORS = frozenset({500, 502, 503, 504})

CONNECTION_ERRORS = (
    requests.exceptions.ConnectionError,
    requests.exceptions.Timeout,
    requests.exceptions.ChunkedEncodingError,
    requests.exceptions.ContentDecodingError,
)


Predicate = Callable[[requests.Response], bool]


def is_throttled(response: requests.Response) -> bool:
    """Return True for 429, and for 503 with a `Retry-After`: the vendor asks for a slower pace.

    Source: https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3 (read 2026-11-29)
    """
    return response.status_code == 429 or (
        response.status_code == 503 and "Retry-After" in response.headers
    )


def never(_: requests.Response) -> bool:
    """Return False: no response with a server error is a refusal."""
    return False


class ThrottlingTransport(SslContextAdapter):
    """A requests transport that paces, retries and counts.

    If a vendor throttles one request, all threads of the tenant pause: requests during a pause
    prolong it. All requests only read, so each may be repeated.

    Attributes:
        meter: Counts the requests of the tenant.
        rate_limiter: Limits the rate; None for no limit.
        is_throttled: True for a response that asks for a slower pace; set by the connector.
        is_refusal: True for a response with a server error that is final; set by the connector.
    """

    def __init__(
        self,
        *,
        user_agent: str,
        workers: int = 8,
        ca_bundle: str = "",
        proxy: str = "",
        budget: Budget | None = None,
        attempts: int = MAX_ATTEMPTS,
        sleep: Callable[[float], object] | None = None,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.meter = UsageMeter()
        self.rate_limiter: RateLimiter | None = None
        self._user_agent = user_agent
        self._proxy = proxy
        self._budget = budget or Budget()
        self._attempts = attempts
        self._closed = threading.Event()
        self._sleep = sleep or self._closed.wait
        self.clock = clock
        self.now = now
        self.is_throttled: Predicate = is_throttled
        self.is_refusal: Predicate = never
        self._lock = threading.Lock()
        self._not_before = 0.0
        self._reachable_hosts: dict[
            str, bool
        ] = {}  # host -> whether the last request got a response
        super().__init__(ssl_context(ca_bundle), pool_connections=8, pool_maxsize=workers * 2)

    def pause(self, seconds: float) -> None:
        """Let no thread send a request for so many seconds; pauses do not add up."""
        with self._lock:
            self._not_before = max(self._not_before, self.clock() + seconds)

    def stop(self) -> None:
        """End all waiting; requests that were not sent yet raise `QuotaExhausted`."""
        self._closed.set()

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:  # pyright: ignore[reportIncompatibleMethodOverride] -- requests always passes them by name
        """Send a request, waiting and retrying as needed, and return the response.

        A response with an error status that is no reason for a retry is returned, not raised.

        Raise `QuotaExhausted` if the vendor keeps throttling or asks for a pause of more than 15
        minutes, if the budget of the run is used up, or if the transport was stopped. Raise
        `Unreachable` if the host does not respond or its certificate is not trusted,
        `UnexpectedResponse` if a server error persists.
        """
        kwargs["timeout"] = kwargs.get("timeout") or TIMEOUTS
        kwargs["verify"] = True
        route = proxy_for(str(request.url), self._proxy)
        kwargs["proxies"] = {"https": route} if route else {}
        request.headers["User-Agent"] = self._user_agent
        for attempt in itertools.count(1):
            self._acquire_slot(request)
            answer = self._send_once(request, **kwargs)
            trouble = self._retry_reason(request, answer)
            if trouble is None:
                assert isinstance(answer, requests.Response)
                self._reachable_hosts[_host(request)] = True
                return answer
            unheard = isinstance(trouble, Unreachable) and attempt >= self._max_attempts(request)
            if attempt == self._attempts or unheard:
                if isinstance(trouble, Unreachable):
                    self._reachable_hosts[_host(request)] = False
                raise trouble
            delay = min(2.0 ** (attempt - 1), 32.0) + random.random()  # noqa: S311 -- jitter
            self._back_off(answer, delay, trouble)
        raise AssertionError

    def _send_once(
        self, request: requests.PreparedRequest, **kwargs: Any
    ) -> requests.Response | Exception:
        try:
            response = super().send(request, **kwargs)
            # a connection that breaks within the body fails here, not in a library
            self._read_body(response, _host(request))
        except requests.exceptions.SSLError as error:
            count(self.meter, calls=1)
            if not isinstance(
                innermost_error(error), ssl.SSLCertVerificationError
            ):  # the connection broke during the handshake
                return error
            raise Unreachable(
                say("sdk.tls", host=_host(request), detail=error_name(error)),
                hint=say("sdk.tls_hint"),
            ) from error
        except CONNECTION_ERRORS as error:
            count(self.meter, calls=1)
            return error
        except ConnectorError:
            count(self.meter, calls=1)
            raise
        count(self.meter, calls=1)
        return response

    def _read_body(self, response: requests.Response, host: str) -> None:
        """Read the body of a response, unpacked, up to `MAX_ANSWER_BYTES` and for `MAX_SECONDS`.

        A small compressed answer can unpack to gigabytes, and one that drips outlives every timeout
        between two bytes.

        Raises:
            UnexpectedResponse: The body is too large.
            requests.exceptions.Timeout: It takes too long.
            QuotaExhausted: The time of the run is used up.
        """
        body, until = bytearray(), self.clock() + MAX_SECONDS
        for chunk in response.iter_content(_CHUNK):
            body += chunk
            if len(body) > MAX_ANSWER_BYTES:
                response.close()
                megabytes = MAX_ANSWER_BYTES >> 20
                raise UnexpectedResponse(
                    say("sdk.too_large", host=host, megabytes=megabytes), hint=say("sdk.try_again")
                )
            if self.clock() > until:
                response.close()
                raise requests.exceptions.Timeout(f"{MAX_SECONDS:.0f} seconds")
            self._budget.check_wait(0.0)
        response._content = bytes(body)  # pyright: ignore[reportPrivateUsage] -- what `Response.content` returns

    def _retry_reason(
        self, request: requests.PreparedRequest, answer: requests.Response | Exception
    ) -> ConnectorError | None:
        """Return the reason for a retry; None if the response is final."""
        host = _host(request)
        if isinstance(answer, Exception):
            message = say("sdk.unreachable", host=host, detail=error_name(answer))
            return Unreachable(message, hint=say("sdk.unreachable_hint"))
        if self.is_throttled(answer):
            count(self.meter, refused=1)
            return QuotaExhausted(say("sdk.throttled", host=host), hint=say("sdk.resume_later"))
        if answer.status_code in SERVER_ERRORS and not self.is_refusal(answer):
            return UnexpectedResponse(
                say("sdk.broken", host=host, status=answer.status_code), hint=say("sdk.try_again")
            )
        return None

    def _max_attempts(self, request: requests.PreparedRequest) -> int:
        """Return the number of attempts for a host that does not respond.

        It is high for a host that responded before, lower for the first request, and 1 after a
        request whose every attempt failed.
        """
        reachable = self._reachable_hosts.get(_host(request))
        return FIRST_CONTACT_ATTEMPTS if reachable is None else MAX_ATTEMPTS if reachable else 1

    def _back_off(
        self, answer: requests.Response | Exception, delay: float, trouble: ConnectorError
    ) -> None:
        """Wait before a retry: all threads if the vendor throttles, else this one."""
        if isinstance(trouble, QuotaExhausted):
            assert isinstance(answer, requests.Response)
            # with a fast clock a date may be in the past: never wait less than without it
            delay = max(delay, retry_after(answer.headers, self.now(), default=delay))
            self.pause(delay)
            if delay > MAX_RETRY_AFTER:
                raise trouble
        else:
            count(self.meter, throttled_seconds=delay)
            self._sleep(delay)

    def _acquire_slot(self, request: requests.PreparedRequest) -> None:
        self._budget.take_call()
        units = 0.0
        if self.rate_limiter is not None:
            units = self.rate_limiter.cost(request)
            user = self.rate_limiter.user_of(request)
            self._sleep_for(self.rate_limiter.acquire(units, user))
        while (delay := self._not_before - self.clock()) > 0:
            if delay > MAX_RETRY_AFTER:  # another thread was throttled: this request would be, too
                raise QuotaExhausted(
                    say("sdk.throttled", host=_host(request)), hint=say("sdk.resume_later")
                )
            self._sleep_for(delay)
        if self._closed.is_set():
            raise QuotaExhausted(say("sdk.interrupted"), hint=say("sdk.resume_later"))
        count(self.meter, units=units)

    def _sleep_for(self, seconds: float) -> None:
        self._budget.check_wait(seconds)
        if seconds > 0 and not self._closed.is_set():
            count(self.meter, throttled_seconds=seconds)
            self._sleep(seconds)
        if self._closed.is_set():
            raise QuotaExhausted(say("sdk.interrupted"), hint=say("sdk.resume_later"))


def retry_after(headers: Mapping[str, str], now: datetime, *, default: float) -> float:
    """Return the seconds that `Retry-After` (seconds or date) or `RateLimit-Reset` asks for.

    The longer of both where both are there, `default` where neither can be read.

    Source: https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3 (read 2026-11-29)
    Source: https://learn.microsoft.com/en-us/sharepoint/dev/general-development/how-to-avoid-getting-throttled-or-blocked-in-sharepoint-online
    (read 2026-08-15)
    """
    delays = [
        seconds
        for name in ("Retry-After", "RateLimit-Reset")
        if (seconds := _parse_retry_after(headers.get(name, ""), now)) is not None
    ]
    return max(delays, default=default)


def _parse_retry_after(value: str, now: datetime) -> float | None:
    if value.strip().isdecimal():
        return float(value)
    try:
        when = parsedate_to_datetime(value)
    except ValueError:
        return None
    if when.tzinfo is None:
        when = when.replace(tzinfo=UTC)
    return max(0.0, (when - now).total_seconds())


def _host(request: requests.PreparedRequest) -> str:
    return str(request.url).split("/")[2]
