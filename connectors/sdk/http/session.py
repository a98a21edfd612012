"""The session that msal, simple-salesforce, googleapiclient and our own calls share."""

from __future__ import annotations

from collections.abc import Callable
from http.cookiejar import DefaultCookiePolicy
from math import inf
from typing import Any
from urllib.parse import urlsplit

import requests

from connectors.sdk.errors import UnexpectedResponse
from connectors.sdk.http.courier import Courier, Predicate
from connectors.sdk.http.meter import Meter, count
from connectors.sdk.http.pace import Pace
from connectors.sdk.message import say


class Http(requests.Session):
    """A `requests.Session` whose only transport is a `Courier`, and that only for https.

    The environment is not trusted: `REQUESTS_CA_BUNDLE` would beat the configured bundle. The
    courier reads the proxies of the environment itself.
    """

    def __init__(self, courier: Courier) -> None:
        super().__init__()
        self.trust_env = False
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))  # tokens say who asks
        self.courier = courier
        self.adapters.clear()
        self.mount("https://", courier)

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        """Send without following a redirect: none of these services needs one, and the address
        it leads to is nobody's business. Raises `ConnectorError` only."""
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
    def meter(self) -> Meter:
        """What this tenant has cost so far."""
        return self.courier.meter

    def keep_pace(
        self,
        per_minute: float,
        price: Callable[[requests.PreparedRequest], float],
        per_day: float = inf,
    ) -> None:
        """From now on stay below this quota of the vendor's units."""
        self.courier.pace = Pace(per_minute, price=price, per_day=per_day, clock=self.courier.clock)

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
            self.courier.is_throttled = is_throttled
        if is_refusal is not None:
            self.courier.is_refusal = is_refusal

    def pause(self, seconds: float, *, refused: int = 1) -> None:
        """Parts of a batch were told to wait: let every thread of this tenant wait."""
        count(self.meter, refused=refused)
        self.courier.pause(seconds)
