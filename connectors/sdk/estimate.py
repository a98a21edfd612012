"""The estimate of `plan`: the cost of a full scan of one tenant."""

from __future__ import annotations

from dataclasses import dataclass

from connectors.sdk.message import Message
from connectors.sdk.records import Unknown


@dataclass(frozen=True, slots=True, kw_only=True)
class EstimatePart:
    """One part of a full scan: the libraries, the drives of users, the directory.

    Attributes:
        items: The number of items to read; unknown if no cheap request returns it.
        calls: HTTP requests; a batch counts as one.
        units: Their cost in the vendor's unit; 0 where the vendor counts requests.
        exact: False if it was extrapolated from a sample.
    """

    title: Message
    scopes: int
    items: int | Unknown
    calls: int
    units: int = 0
    exact: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanEstimate:
    """The estimate of a full scan, sign-in and listing included.

    Attributes:
        per_minute: The limit of this program, in units where the vendor charges units, else in
            requests: the vendor's limit times the configured share. None: no limit.
        per_day: The same for a day.
    """

    parts: tuple[EstimatePart, ...]
    per_minute: int | None = None
    per_day: int | None = None
