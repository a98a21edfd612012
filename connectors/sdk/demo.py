"""The contract of a service's demo tenant: the module `connectors/<service>/demo`.

A demo tenant is served on loopback (`connectors.sdk.local_server`) and read by the real
connector, in the command `demo` and in the contract suite (`connectors.sdk.testing`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from connectors.sdk.local_server import Request, Response
from connectors.sdk.records import Access, Audience

LINK_CANARY = "tojimari-canary"  # a demo tenant puts it into the URL of every anonymous link
NOW = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
"""Today, for every demo tenant: dates of the scenario are relative to it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedExposure:
    """An exposure that a scan of the demo tenant must find, known from the generator of the tenant.

    There is one for each grant beyond named insiders, where it was made. `principal` is empty for a
    link.
    """

    item_id: str
    grant_id: str
    principal: str
    audience: Audience
    access: Access


class DemoTenant(Protocol):
    """A generated tenant behind the HTTP interface of the service."""

    items: int  # the number of items that a full scan reads

    def respond(self, request: Request) -> Response:
        """Return the response of the service to a request, sign-in included."""
        ...

    def expected_exposures(self) -> Iterable[ExpectedExposure]:
        """Yield all exposures of the tenant, without any policy applied."""
        ...


class Demo(Protocol):
    """The module `connectors/<service>/demo`."""

    DENIED: Response  # the response for a missing permission
    THROTTLED: Response  # a throttled response with the shortest possible delay

    def Tenant(self, size: int = 0) -> DemoTenant:  # noqa: N802 -- a class in the module
        """Return a tenant with the scenario and about `size` ordinary items, always the same."""
        ...

    def table(self, url: str, folder: Path) -> dict[str, object]:
        """Return the configuration table for the tenant at `url`; write its keys to `folder`."""
        ...
