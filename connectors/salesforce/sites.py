"""The public sites and their guests."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from connectors.sdk.records import UNKNOWN, Setting, Unknown

Row = Mapping[str, Any]

CLOSED_SITE = frozenset({"Inactive", "InMaintenance"})
CLOSED_NETWORK = frozenset({"UnderConstruction", "DownForMaintenance"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Guest:
    """The user as which nobody-in-particular reads a site, known by the site's name.

    `nickname` is what definitions of sharing rules call it, whatever the site is called.
    """

    id: str
    site: str
    live: bool
    nickname: str = ""


def guests_of(sites: Iterable[Row], networks: Iterable[Row]) -> list[Guest]:
    """The guests of all sites, once each.

    An Experience Cloud site has two Site rows. What Salesforce does not call closed is open.
    """
    closed = {_prefix(n) for n in networks if not is_live(n)}
    guests: dict[str, Guest] = {}
    for site in sorted(sites, key=lambda s: str(s["Id"])):
        if not (guest_id := site["GuestUserId"]):
            continue
        hidden = is_community(site) and _prefix(site) in closed
        live = site["Status"] not in CLOSED_SITE and not hidden
        first = guests.get(guest_id)
        guests[guest_id] = Guest(
            id=guest_id,
            site=first.site if first else label_of(site),
            live=live or (first is not None and first.live),
            nickname=_nickname(site["GuestUser"]),
        )
    return list(guests.values())


def is_community(site: Row) -> bool:
    """Whether a site belongs to Experience Cloud and so has a Network row."""
    return str(site["SiteType"]).startswith("ChatterNetwork")


def is_live(network: Row) -> bool:
    """Whether a site's members can reach it."""
    return network["Status"] not in CLOSED_NETWORK


def api_settings_of(assignments: Iterable[Row], guests: Mapping[str, Guest]) -> list[Setting]:
    """Whether each guest may use the API, through any of its permission sets."""
    found: defaultdict[str, list[object]] = defaultdict(list)
    for row in assignments:
        if row["AssigneeId"] in guests:
            found[row["AssigneeId"]].append(row["PermissionSet"]["PermissionsApiEnabled"])
    return [
        Setting(
            id="PermissionSet.PermissionsApiEnabled",
            value=True if True in values else flag_of(max(values, key=lambda v: v is None)),
            subject=guests[guest].site,
        )
        for guest, values in sorted(found.items())
    ]


def flag_of(value: object) -> bool | Unknown:
    """True, False, or that nobody said."""
    return value if isinstance(value, bool) else UNKNOWN


def label_of(site: Row) -> str:
    """What an administrator calls a site."""
    return str(site["MasterLabel"] or site["Name"])


def _nickname(user: Row | None) -> str:
    return str((user or {}).get("CommunityNickname") or "")


def _prefix(row: Row) -> str:
    """The path that a Network row and its Site rows have in common."""
    return str(row["UrlPathPrefix"] or "").casefold().removesuffix("/s").removesuffix("vforcesite")
