"""Cost of a request in quota units of the Drive API, the unit of the rate limiter.

The Directory, Groups Settings and Cloud Identity APIs have quotas of their own, counted in
requests; their requests are converted so that one limiter keeps all of them.
"""

from __future__ import annotations

from urllib.parse import urlsplit

import requests

# Units a minute. A project has 1,000,000, and each user in it 325,000; a tenth is left to other
# uses of the project and of the user.
# Source: https://developers.google.com/workspace/drive/api/guides/limits (read 2026-11-29)
UNITS_PER_MINUTE = 900_000
UNITS_PER_USER = 292_500
# Units a day of a project, beyond which Google plans to charge.
# Source: https://developers.google.com/workspace/drive/api/guides/limits (read 2026-11-29)
UNITS_PER_DAY = 400_000_000
# Units of a list method and of a get method.
# Source: https://developers.google.com/workspace/drive/api/guides/limits (read 2026-11-29)
# `permissions.list` and `files.listLabels` cost as much as a list:
# Source: not documented; assumed
LIST_UNITS, GET_UNITS = 100, 5
# The Directory API allows 2,400 requests a minute for each user and project. The same price is
# taken for the Groups Settings API; its own quota of 100,000 requests a day is not modelled.
# Source: https://developers.google.com/workspace/admin/directory/v1/limits (read 2026-11-29)
# Source: https://developers.google.com/workspace/admin/groups-settings/limits (read 2026-11-29)
DIRECTORY_UNITS = UNITS_PER_MINUTE // 2_400
_LIST_PATHS = ("/files", "/permissions", "/drives", "/changes", "/listLabels")
# Cloud Identity policies: about one request a second; faster ones are refused
# (policy_api.py of ScubaGoggles waits as long).
# Source: https://github.com/cisagov/ScubaGoggles (read 2026-11-29)
POLICY_UNITS = UNITS_PER_MINUTE // 60


def request_cost(request: requests.PreparedRequest) -> float:
    """Return the quota units of one request.

    A batch costs the sum of its parts, a request to any other host nothing.

    Source: https://developers.google.com/workspace/drive/api/guides/limits (read 2026-11-29)
    """
    path = urlsplit(str(request.url)).path
    if "/admin/directory/" in path or "/groups/v1/groups/" in path:
        return DIRECTORY_UNITS
    if path.endswith(("/v1/policies", "/v1/allowlistedDomains")):
        return POLICY_UNITS
    if path.endswith("/batch/drive/v3"):
        assert isinstance(request.body, bytes)
        read = request.body.count(b"/revisions/head?")
        return (request.body.count(b"\r\nGET /") - read) * LIST_UNITS + read * GET_UNITS
    if "/drive/v3/" not in path:
        return 0.0
    return LIST_UNITS if path.endswith(_LIST_PATHS) else GET_UNITS


def user_key(request: requests.PreparedRequest) -> str:
    """Return a key for the user in whose name a request of the Drive API is sent; empty for others.

    The token tells them apart. With another token, a user begins anew, once an hour.
    """
    if "/drive/v3" not in urlsplit(str(request.url)).path:
        return ""
    return str(hash(request.headers.get("Authorization", "")))
