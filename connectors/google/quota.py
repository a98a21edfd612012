"""What a call costs in Google's own units (Drive, "Usage limits"), to stay just below the quota."""

from __future__ import annotations

from urllib.parse import urlsplit

import requests

UNITS_PER_MINUTE = 900_000  # of the 1,000,000 that a project has; the rest is for others
_LIST, _GET = 100.0, 5.0
_DIRECTORY = UNITS_PER_MINUTE / 2_400  # the Directory has a quota of its own: 2,400 calls a minute


def price_of(request: requests.PreparedRequest) -> float:
    """Units of one request; a token costs nothing."""
    path = urlsplit(str(request.url)).path
    if "/admin/directory/" in path:
        return _DIRECTORY
    if "/drive/v3/" not in path:
        return 0.0
    listing = path.endswith(("/files", "/permissions", "/drives"))
    return _LIST if listing else _GET
