"""What Graph charges, in resource units, and how many a tenant has.

Figures: Microsoft's "Avoid getting throttled in SharePoint Online", October 2025.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

import requests


@dataclass(frozen=True, slots=True)
class Quota:
    """Resource units that an application may spend in a tenant."""

    minute: int
    day: int


_TIERS = (
    (50_000, Quota(6_250, 6_000_000)),
    (15_000, Quota(5_000, 4_800_000)),
    (5_000, Quota(3_750, 3_600_000)),
    (1_000, Quota(2_500, 2_400_000)),
    (0, Quota(1_250, 1_200_000)),
)
"""Licences above which an application has so much."""


TEAMS_PRICE = 4.0
"""Teams counts apart: 30 requests a second, 60 for channels. At this price the quickest pace of
SharePoint stays below that."""


_REST = 5.0
"""SharePoint's own REST has no published price; "usually more" than Graph's."""


LABEL = 2.0
"""What asking for the label of a file is taken to cost: like all that is posted."""


def quota_of(licences: int) -> Quota:
    """What an application may spend in a tenant of so many licences."""
    return next(quota for above, quota in _TIERS if licences > above or not above)


def price_of(request: requests.PreparedRequest) -> float:
    """The resource units of a request; a batch is the sum of its parts."""
    path = str(request.url)
    if not path.endswith("/$batch"):
        return units_of(path)
    parts: list[dict[str, str]] = json.loads(request.body or b"{}").get("requests", [])
    return sum(units_of(part["url"]) for part in parts)


def units_of(path: str) -> float:
    """The resource units of one read, by its path."""
    place, delta, rest = path.partition("/root/delta")
    if delta:
        return 1.0 if "token=" in rest else 2.0
    place = place.partition("?")[0]
    if "/_api/" in place:
        return _REST
    if "/teams/" in place:
        return TEAMS_PRICE
    if place.endswith("/permissions"):
        return 5.0
    if place.endswith("/extractSensitivityLabels"):
        return LABEL
    return 2.0 if place.endswith(("/drives", "/getAllSites", "/sites")) else 1.0
