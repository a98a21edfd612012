"""The contract of a service's demo tenant: the module `connectors/<service>/demo`.

A demo tenant is served on loopback (`connectors.sdk.loopback`) and read by the real connector, in
the command `demo` and in the contract suite (`connectors.sdk.testing`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from connectors.sdk.loopback import Request, Response
from connectors.sdk.records import Access, Audience

CANARY = "tojimari-canary"  # a demo tenant puts it into the URL of every anonymous link
NOW = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
"""Today, for every demo tenant: a link that ends soon does so whenever the story is told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """What an auditor must find, from the generator's own knowledge and not from any parsing.

    One for each grant that reaches beyond named insiders, where it is made. `principal` is empty
    for a link.
    """

    item_id: str
    grant_id: str
    principal: str
    audience: Audience
    access: Access


class DemoTenant(Protocol):
    """A made-up tenant behind the service's own HTTP surface."""

    items: int  # how many things a full scan passes by

    def respond(self, request: Request) -> Response:
        """Answer as the service would, sign-in included."""
        ...

    def doors(self) -> Iterable[Door]:
        """All that is open, for tests of recall; only plain facts, no policy."""
        ...


class Demo(Protocol):
    """The module `connectors/<service>/demo` (a module or a package)."""

    DENIED: Response  # how the service says "this permission is missing"
    THROTTLED: Response  # how it says "slow down", with as short a time as it can

    def Tenant(self, size: int = 0) -> DemoTenant:  # noqa: N802 -- a class in the module
        """About `size` plain items around the story that the demo tells; the same every time."""
        ...

    def table(self, url: str, folder: Path) -> dict[str, object]:
        """The configuration table that reads the tenant at `url`; writes its keys to `folder`."""
        ...
