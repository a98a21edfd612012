"""What `plan` asks of a connector: what a full scan of this tenant will cost."""

from __future__ import annotations

from dataclasses import dataclass

from connectors.sdk.message import Message
from connectors.sdk.records import Unknown


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One part of a full scan: the libraries, the users' drives, the directory.

    Attributes:
        items: How many things it passes by, where a cheap call tells.
        calls: HTTP requests, a batch being one.
        units: What the service charges for them, in its own unit; 0 where it counts requests.
        exact: False where it was worked out from a sample.
    """

    title: Message
    scopes: int
    items: int | Unknown
    calls: int
    units: int = 0
    exact: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """A full scan, foretold from cheap counts. Sign-in and listing are a part like any other.

    `per_minute` and `per_day` are what this program allows itself (the vendor's limit times the
    configured share): units where the service charges units, else calls; None: no such limit.
    """

    parts: tuple[Part, ...]
    per_minute: int | None = None
    per_day: int | None = None
