"""Simulated Cloud Identity API: policies for Drive and Groups, and allowlisted domains."""

from __future__ import annotations

import re
from typing import Any

from connectors.google.demo.responses import (
    apply_mask,
    invalid_parameter,
    page_offset,
    page_size,
    page_token,
)
from connectors.sdk.local_server import Request

_TOP, _SALES = "03ph8a2z1top", "03ph8a2z2sales"
UNITS = (
    {"kind": "admin#directory#orgUnit", "orgUnitId": f"id:{_TOP}", "orgUnitPath": "/"},
    {"kind": "admin#directory#orgUnit", "orgUnitId": f"id:{_SALES}", "orgUnitPath": "/営業部"},
)


def _policy(number: int, unit: str, name: str, value: dict[str, Any], order: int) -> dict[str, Any]:
    return {
        "name": f"policies/p{number}",
        "customer": "customers/C0examplek",
        "type": "ADMIN",
        "policyQuery": {
            "query": f"entity.org_units.exists(u, u.org_unit_id == orgUnitId('{unit}'))",
            "orgUnit": f"orgUnits/{unit}",
            "sortOrder": order,
        },
        "setting": {"type": f"settings/{name}", "value": value},
    }


_SHARING = "drive_and_docs.external_sharing"
_ACCESS, _GROUPS = "drive_and_docs.general_access_default", "groups_for_business.groups_sharing"
_LISTED = {"externalSharingMode": "ALLOWLISTED_DOMAINS", "allowPublishingFiles": True}
_POLICIES = (
    _policy(1, _TOP, _SHARING, _LISTED, 1),
    _policy(2, _SALES, _SHARING, {"externalSharingMode": "ALLOWED"}, 2),
    _policy(3, _TOP, _ACCESS, {"defaultFileAccess": "PRIVATE_TO_OWNER"}, 1),
    _policy(4, _TOP, _GROUPS, {"collaborationCapability": "ANYONE_CAN_ACCESS"}, 1),
    _policy(5, _TOP, "chat.chat_file_sharing", {"externalFileSharing": "NO_FILES"}, 1),
)
_TRUSTED_DOMAINS = ("partner-a.example", "audit-firm.example")


def policies(request: Request) -> dict[str, Any]:
    """Return the policies that match a filter. Settings that were never changed are left out.

    Raises:
        ErrorResponse: The filter has another form than the connector sends.
    """
    found = re.fullmatch(r'setting\.type\.matches\("(.+)"\)', request.query.get("filter", ""))
    if found is None:
        raise invalid_parameter("filter")
    pattern = re.compile(found[1])
    matching = [p for p in _POLICIES if pattern.search(p["setting"]["type"])]
    return _page(request, "policies", matching, most=min(100, 2))


def trusted_domains(request: Request) -> dict[str, Any]:
    """Return the allowlisted domains."""
    entries = [
        {"name": f"allowlistedDomains/{n}", "domain": d} for n, d in enumerate(_TRUSTED_DOMAINS)
    ]
    return _page(request, "allowlistedDomains", entries, most=5000)


def _page(request: Request, key: str, things: list[dict[str, Any]], *, most: int) -> dict[str, Any]:
    size = page_size(request, "pageSize", default=50, most=most)
    listing = [request.path, request.query.get("filter", "")]
    offset = page_offset(request, listing)
    body: dict[str, Any] = {key: things[offset : offset + size]}
    if offset + size < len(things):
        body["nextPageToken"] = page_token(listing, offset + size)
    mask = request.query.get("fields")
    return apply_mask(body, mask) if mask else body
