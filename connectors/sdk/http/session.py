"""The session that msal, simple-salesforce, googleapiclient and our own calls share."""

from __future__ import annotations

import requests

from connectors.sdk.http.courier import Courier
from connectors.sdk.http.meter import Meter
from connectors.sdk.http.pace import Pace


class Http(requests.Session):
    """A `requests.Session` whose only transport is a `Courier`, and that only for https.

    The environment is not trusted: `REQUESTS_CA_BUNDLE` would beat the configured bundle. The
    courier reads the proxies of the environment itself.
    """

    def __init__(self, courier: Courier) -> None:
        super().__init__()
        self.trust_env = False
        self.courier = courier
        self.adapters.clear()
        self.mount("https://", courier)

    @property
    def meter(self) -> Meter:
        """What this tenant has cost so far."""
        return self.courier.meter

    def keep_pace(self, pace: Pace) -> None:
        """From now on stay below this quota."""
        self.courier.pace = pace
