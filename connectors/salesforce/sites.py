"""Public sites and their guest users.

Every site has one guest user; users who are not signed in act as this user.

Sources:

Source: https://developer.salesforce.com/docs/platform/object-reference/references/standard-objects/object-site.html (read 2026-11-29)
Source: https://developer.salesforce.com/docs/platform/field-reference/references/field-reference/salesforce-field-reference-network.html (read 2026-11-29)
Source: https://developer.salesforce.com/docs/platform/communities-dev/guide/communities-dev-give-guest-users-read-access-to-records.html (read 2026-11-29)
"""  # noqa: E501 -- an address

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from connectors.sdk.records import UNKNOWN, Setting, Unknown

Row = Mapping[str, Any]

# Status values of Site and of Network that close a site.
# Source: https://developer.salesforce.com/docs/platform/object-reference/references/standard-objects/object-site.html (read 2026-08-15)  # noqa: E501 -- an address
# Source: https://developer.salesforce.com/docs/atlas.en-us.object_reference.meta/object_reference/sforce_api_objects_network.htm (read 2026-08-15)  # noqa: E501 -- an address
CLOSED_SITE_STATUSES = frozenset({"Inactive", "InMaintenance"})
CLOSED_NETWORK_STATUSES = frozenset({"UnderConstruction", "DownForMaintenance"})


@dataclass(frozen=True, slots=True, kw_only=True)
class GuestUser:
    """The guest user of a site.

    Attributes:
        id: User id.
        site: Label of the site.
        live: False if the site is closed.
        nickname: `CommunityNickname`, by which sharing rules name it.
    """

    id: str
    site: str
    live: bool
    nickname: str = ""


def find_guests(sites: Iterable[Row], networks: Iterable[Row]) -> list[GuestUser]:
    """Return the guest users of all sites, each once.

    An Experience Cloud site has two Site rows, the second with type `ChatterNetworkPicasso`. A site
    with a status that is not known to be closed counts as live.

    Source: measured against a generated tenant, not documented
    """
    closed = {_path_prefix(n) for n in networks if not is_active(n)}
    guests: dict[str, GuestUser] = {}
    for site in sorted(sites, key=lambda s: str(s["Id"])):
        if not (guest_id := site["GuestUserId"]):
            continue
        hidden = is_experience_cloud(site) and _path_prefix(site) in closed
        live = site["Status"] not in CLOSED_SITE_STATUSES and not hidden
        first = guests.get(guest_id)
        guests[guest_id] = GuestUser(
            id=guest_id,
            site=first.site if first else site_label(site),
            live=live or (first is not None and first.live),
            nickname=_nickname(site["GuestUser"]),
        )
    return list(guests.values())


def is_experience_cloud(site: Row) -> bool:
    """Return True if a Site row belongs to Experience Cloud and so has a Network row."""
    return str(site["SiteType"]).startswith("ChatterNetwork")


def is_active(network: Row) -> bool:
    """Return True if a Network row has no status that closes the site to its members."""
    return network["Status"] not in CLOSED_NETWORK_STATUSES


def guest_api_settings(
    assignments: Iterable[Row], guests: Mapping[str, GuestUser]
) -> list[Setting]:
    """Return one setting per guest: API Enabled through any of its permission sets."""
    found: defaultdict[str, list[object]] = defaultdict(list)
    for row in assignments:
        if row["AssigneeId"] in guests:
            rights: Row = row["PermissionSet"] or {}  # null where it is not visible
            found[row["AssigneeId"]].append(rights.get("PermissionsApiEnabled"))
    return [
        Setting(
            id="PermissionSet.PermissionsApiEnabled",
            value=True if True in values else tri_state(max(values, key=lambda v: v is None)),
            subject=guests[guest].site,
        )
        for guest, values in sorted(found.items())
    ]


def tri_state(value: object) -> bool | Unknown:
    """Return a boolean as it is, UNKNOWN for anything else."""
    return value if isinstance(value, bool) else UNKNOWN


def site_label(site: Row) -> str:
    """Return the label of a site, or its name."""
    return str(site["MasterLabel"] or site["Name"])


def _nickname(user: Row | None) -> str:
    return str((user or {}).get("CommunityNickname") or "")


def _path_prefix(row: Row) -> str:
    """Return the path that a Network row and its Site rows have in common."""
    return str(row["UrlPathPrefix"] or "").casefold().removesuffix("/s").removesuffix("vforcesite")
