"""The HTTP session that vendor libraries and connectors share."""

from __future__ import annotations

from collections.abc import Callable
from http.cookiejar import DefaultCookiePolicy
from math import inf
from typing import Any
from urllib.parse import urlsplit

import requests

from connectors.sdk.errors import UnexpectedResponse
from connectors.sdk.http.rate_limiter import RateLimiter, nobody
from connectors.sdk.http.transport import Predicate, ThrottlingTransport
from connectors.sdk.http.usage import UsageMeter, count
from connectors.sdk.message import say


class HttpSession(requests.Session):
    """A `requests.Session` that can only use our transport, and only https.

    Settings of the environment are ignored, as `REQUESTS_CA_BUNDLE` would override the configured
    bundle; the transport itself reads the proxies of the environment. Cookies are never sent.
    """

    def __init__(self, transport: ThrottlingTransport) -> None:
        super().__init__()
        self.trust_env = False
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))  # tokens say who asks
        self.transport = transport
        self.adapters.clear()
        self.mount("https://", transport)

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        """Send a request and return the response; redirects are not followed.

        No service needs redirects, and their target could receive a token. Raise only
        `ConnectorError`: what the transport raises, and `UnexpectedResponse` for any other error of
        requests.
        """
        kwargs["allow_redirects"] = False
        try:
            return super().send(request, **kwargs)
        except requests.RequestException as error:
            host = urlsplit(str(request.url)).hostname or "?"
            raise UnexpectedResponse(
                say("sdk.unusable", host=host, detail=type(error).__name__),
                hint=say("sdk.unusable_hint"),
            ) from None  # the cause carries the address

    @property
    def meter(self) -> UsageMeter:
        """Return the counts of this tenant."""
        return self.transport.meter

    def set_rate_limit(
        self,
        per_minute: float,
        cost: Callable[[requests.PreparedRequest], float],
        per_day: float = inf,
        *,
        user_of: Callable[[requests.PreparedRequest], str] = nobody,
        per_user: float = inf,
    ) -> None:
        """Limit the rate of this tenant from now on.

        Args:
            per_minute: Units of the vendor in a minute.
            cost: Returns the cost of a request in units.
            per_day: Units of the vendor in 24 hours.
            user_of: Returns whose quota a request counts against besides that of the tenant.
            per_user: Units of one user in a minute.
        """
        self.transport.rate_limiter = RateLimiter(
            per_minute,
            cost=cost,
            per_day=per_day,
            user_of=user_of,
            per_user=per_user,
            clock=self.transport.clock,
        )

    def set_vendor_rules(
        self,
        *,
        is_throttled: Predicate | None = None,
        is_refusal: Predicate | None = None,
    ) -> None:
        """Set what a vendor's answers mean where they differ from HTTP.

        Args:
            is_throttled: True for an answer that asks for a slower pace; by default 429, and 503
                with a `Retry-After`.
            is_refusal: True for an answer with a server error (500 to 504) that is final; by
                default none.
        """
        if is_throttled is not None:
            self.transport.is_throttled = is_throttled
        if is_refusal is not None:
            self.transport.is_refusal = is_refusal

    def pause_all(self, seconds: float, *, refused: int = 1) -> None:
        """Let all threads of this tenant wait, because parts of a batch were throttled.

        Args:
            seconds: The length of the pause from now.
            refused: The number of throttled parts, for the counts.
        """
        count(self.meter, refused=refused)
        self.transport.pause(seconds)
