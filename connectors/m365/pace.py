"""What Graph charges, in resource units, and how many a tenant has.

Figures: Microsoft's "Avoid getting throttled in SharePoint Online", October 2025.
"""

from __future__ import annotations

import json

import requests

_TIERS = ((50_000, 6_250), (15_000, 5_000), (5_000, 3_750), (1_000, 2_500), (0, 1_250))
"""Licences above which an application has so many resource units a minute."""


_TEAMS = 4.0
"""Teams counts apart: 30 requests a second, 60 for channels. At this price the quickest pace of
SharePoint stays below that."""


_REST = 5.0
"""SharePoint's own REST has no published price; "usually more" than Graph's."""


def units_per_minute(licences: int) -> int:
    """What an application may spend in a tenant of so many licences."""
    return next(units for above, units in _TIERS if licences > above or not above)


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
        return _TEAMS
    if place.endswith("/permissions"):
        return 5.0
    return 2.0 if place.endswith(("/drives", "/getAllSites")) else 1.0
