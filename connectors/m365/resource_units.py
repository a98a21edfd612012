"""The cost of requests in resource units, and how many units an application may spend.

SharePoint and OneDrive meter Microsoft Graph in resource units per application and tenant: 1 for
a single item or a delta with a token, 2 for a list or a first delta, 5 for permissions. Refused
requests and each part of a batch count.

Sources:
    Source: https://learn.microsoft.com/en-us/sharepoint/dev/general-development/how-to-avoid-getting-throttled-or-blocked-in-sharepoint-online (read 2026-11-29)
    Source: https://learn.microsoft.com/en-us/graph/throttling-limits (read 2026-11-29)
"""  # noqa: E501 -- an address

from __future__ import annotations

import json
from dataclasses import dataclass

import requests


@dataclass(frozen=True, slots=True)
class ResourceQuota:
    """The resource units that one application may spend in one tenant.

    Attributes:
        minute: Units per minute.
        day: Units per 24 hours.
    """

    minute: int
    day: int


_TIERS = (
    (50_000, ResourceQuota(6_250, 6_000_000)),
    (15_000, ResourceQuota(5_000, 4_800_000)),
    (5_000, ResourceQuota(3_750, 3_600_000)),
    (1_000, ResourceQuota(2_500, 2_400_000)),
    (0, ResourceQuota(1_250, 1_200_000)),
)
"""Pairs (number of licences, quota): the quota holds above that number.

Source: https://learn.microsoft.com/en-us/sharepoint/dev/general-development/how-to-avoid-getting-throttled-or-blocked-in-sharepoint-online (read 2026-11-29)
"""  # noqa: E501 -- an address


TEAMS_COST = 4.0
"""Units per Teams request, an assumption of this program.

Teams has limits of its own: 30 requests a second, 60 for channels and their members. At this cost
the largest SharePoint quota (6,250 units a minute) allows 26 Teams requests a second.

Source: https://learn.microsoft.com/en-us/graph/throttling-limits (read 2026-11-29)
"""


_SHAREPOINT_REST_COST = 5.0
"""Units per request to SharePoint's REST API.

Microsoft publishes no cost for it and says that it usually costs more than Graph.

Source: https://learn.microsoft.com/en-us/sharepoint/dev/general-development/how-to-avoid-getting-throttled-or-blocked-in-sharepoint-online (read 2026-11-29)
"""  # noqa: E501 -- an address


LABEL_COST = 2.0
"""Units per `extractSensitivityLabels`, as for other calls that are posted.

Source: not documented; assumed
"""


def quota_for_licences(licences: int) -> ResourceQuota:
    """Return the quota of an application in a tenant with this number of licences."""
    return next(quota for above, quota in _TIERS if licences > above or not above)


def request_cost(request: requests.PreparedRequest) -> float:
    """Return the cost of a request in resource units; that of a batch is the sum of its parts."""
    path = str(request.url)
    if not path.endswith("/$batch"):
        return path_cost(path)
    parts: list[dict[str, str]] = json.loads(request.body or b"{}").get("requests", [])
    return sum(path_cost(part["url"]) for part in parts)


def path_cost(path: str) -> float:
    """Return the cost of one read in resource units, by its path or URL."""
    resource, delta, rest = path.partition("/root/delta")
    if delta:
        return 1.0 if "token=" in rest else 2.0
    resource = resource.partition("?")[0]
    if "/_api/" in resource:
        return _SHAREPOINT_REST_COST
    if "/teams/" in resource:
        return TEAMS_COST
    if resource.endswith("/permissions"):
        return 5.0
    if resource.endswith("/extractSensitivityLabels"):
        return LABEL_COST
    return 2.0 if resource.endswith(("/drives", "/getAllSites", "/sites")) else 1.0
