"""What a call costs in Google's own units (Drive, "Usage limits"), to stay just below the quota."""

from __future__ import annotations

from urllib.parse import urlsplit

import requests

UNITS_PER_MINUTE = 900_000  # of the 1,000,000 that a project has; the rest is for others
UNITS_PER_DAY = 400_000_000  # the threshold beyond which Google means to charge
LIST, GET = 100, 5
DIRECTORY = UNITS_PER_MINUTE // 2_400  # the Directory has a quota of its own: 2,400 calls a minute
_LISTS = ("/files", "/permissions", "/drives", "/changes", "/listLabels")
POLICY = UNITS_PER_MINUTE // 60  # Cloud Identity: about one a second


def price_of(request: requests.PreparedRequest) -> float:
    """Units of one request, a batch as the sum of its parts; a token costs nothing."""
    path = urlsplit(str(request.url)).path
    if "/admin/directory/" in path or "/groups/v1/groups/" in path:
        return DIRECTORY
    if path.endswith(("/v1/policies", "/v1/allowlistedDomains")):
        return POLICY
    if path.endswith("/batch/drive/v3"):
        assert isinstance(request.body, bytes)
        return request.body.count(b"\r\nGET /") * LIST
    if "/drive/v3/" not in path:
        return 0.0
    return LIST if path.endswith(_LISTS) else GET
