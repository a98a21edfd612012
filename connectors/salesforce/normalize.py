"""Translate Salesforce's words into ours. Pure functions, tested on literal answers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from connectors.salesforce.soql import GUEST_CAUSES, NETWORK_OPTIONS
from connectors.sdk.records import (
    UNKNOWN,
    Access,
    Audience,
    Grant,
    Item,
    PrincipalKind,
    Setting,
    State,
    Unknown,
)

Row = Mapping[str, Any]
Shares = Mapping[tuple[str, str], int]
"""Rows of a share table by receiver and cause."""

CLOSED_SITE = frozenset({"Inactive", "InMaintenance"})
PREVIEWED = frozenset({"doc", "docx", "gif", "jpeg", "jpg", "pdf", "png", "ppt", "pptx", "xlsx"})
CLOSED_NETWORK = frozenset({"UnderConstruction", "DownForMaintenance"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Guest:
    """The user as which nobody-in-particular reads a site, known by the site's name."""

    id: str
    site: str
    live: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Right:
    """Read, at least, on one object for one guest through one permission set."""

    set_id: str
    guest: Guest
    access: Access


def guests_of(sites: Iterable[Row], networks: Iterable[Row]) -> list[Guest]:
    """The guests of all sites, once each.

    An Experience Cloud site has two Site rows. What Salesforce does not call closed is open.
    """
    closed = {_prefix(n) for n in networks if n["Status"] in CLOSED_NETWORK}
    guests: dict[str, Guest] = {}
    for site in sorted(sites, key=lambda s: str(s["Id"])):
        if not (guest_id := site["GuestUserId"]):
            continue
        hidden = is_community(site) and _prefix(site) in closed
        live = site["Status"] not in CLOSED_SITE and not hidden
        first = guests.get(guest_id)
        guests[guest_id] = Guest(
            id=guest_id,
            site=first.site if first else str(site["MasterLabel"] or site["Name"]),
            live=live or (first is not None and first.live),
        )
    return list(guests.values())


def is_community(site: Row) -> bool:
    """Whether a site belongs to Experience Cloud and so has a Network row."""
    return str(site["SiteType"]).startswith("ChatterNetwork")


def _prefix(row: Row) -> str:
    """The path that a Network row and its Site rows have in common."""
    return str(row["UrlPathPrefix"] or "").casefold().removesuffix("/s").removesuffix("vforcesite")


def rights_of(row: Row, holders: Iterable[Guest]) -> list[Right]:
    """What one ObjectPermissions row gives each guest that holds its permission set."""
    return [Right(set_id=row["ParentId"], guest=g, access=access_of(row)) for g in holders]


def access_of(row: Row) -> Access:
    """The widest access of an ObjectPermissions row that has Read."""
    wanted = (
        ("PermissionsModifyAllRecords", Access.ALL_RECORDS),
        ("PermissionsViewAllRecords", Access.ALL_RECORDS),
        ("PermissionsEdit", Access.EDIT),
        ("PermissionsCreate", Access.CREATE),
    )
    for name, access in wanted:
        if row.get(name) is True:
            return access
    told = all(row.get(name) is False for name, _ in wanted)
    return Access.VIEW if told else Access.UNKNOWN


def reach_of(
    right: Right,
    readers: Collection[str],
    shares: Shares | None,
    groups: Mapping[str, Collection[str]] | None,
    records: int | None,
) -> int | Unknown:
    """How many records reach the guest of a right; UNKNOWN where a part could not be read.

    `groups` holds the guests below each group, `records` is the size of the object. A rule's rows
    may name a receiver that is neither a guest nor a known group: they are the only reader's.
    """
    if right.access is Access.ALL_RECORDS:
        return UNKNOWN if records is None else records
    if shares is None or groups is None:
        return UNKNOWN
    total = 0
    for (receiver, cause), count in shares.items():
        if receiver == right.guest.id or right.guest.id in groups.get(receiver, ()):
            total += count
        elif receiver not in groups and receiver[:3] != "005" and cause in GUEST_CAUSES and count:
            if len(readers) > 1:
                return UNKNOWN
            total += count
    return total


def item_of_object(
    name: str,
    label: str,
    rights: Iterable[tuple[Right, int | Unknown]],
    *,
    data: tuple[str, ...],
    instance_url: str,
) -> Item:
    """An object that guests may read."""
    given = sorted(rights, key=lambda r: (r[0].set_id, r[0].guest.id))
    return Item(
        id=name,
        kind="object",
        name=label,
        url=f"{instance_url}/lightning/setup/ObjectManager/{name}/Details/view",
        data=data,
        grants=tuple(
            Grant(
                id=right.set_id,
                audience=Audience.PUBLIC_DISCOVERABLE,
                access=right.access,
                principal=right.guest.site,
                principal_kind=PrincipalKind.SITE_GUEST,
                principal_id=right.guest.id,
                reach=reach,
                live=right.guest.live,
            )
            for right, reach in given
        ),
    )


def settings_of(networks: Iterable[Row]) -> list[Setting]:
    """The options of every site that let guests or members see more."""
    return [
        Setting(id=name, value=_told(network.get(name)), subject=str(network["Name"]))
        for network in networks
        for name in NETWORK_OPTIONS
    ]


def api_settings_of(assignments: Iterable[Row], guests: Mapping[str, Guest]) -> list[Setting]:
    """Whether each guest may use the API, through any of its permission sets."""
    found: defaultdict[str, list[object]] = defaultdict(list)
    for row in assignments:
        if row["AssigneeId"] in guests:
            found[row["AssigneeId"]].append(row["PermissionSet"]["PermissionsApiEnabled"])
    return [
        Setting(
            id="PermissionsApiEnabled",
            value=True if True in values else _told(max(values, key=lambda v: v is None)),
            subject=guests[guest].site,
        )
        for guest, values in sorted(found.items())
    ]


def _told(value: object) -> bool | Unknown:
    return value if isinstance(value, bool) else UNKNOWN


def item_of_document(rows: Sequence[Row], instance_url: str) -> Item:
    """A document with all the public links that lead to it."""
    first = rows[0]
    document = _part(first, "ContentDocument")
    title, kind = document.get("Title"), document.get("FileExtension")
    name = f"{title}.{kind}" if title and kind else title or first["Name"]
    views = [seen for row in rows if isinstance(seen := moment_of(row["LastViewDate"]), datetime)]
    item_id = first["ContentDocumentId"] or first["Id"]
    return Item(
        id=item_id,
        kind="document",
        name=str(name),
        url=f"{instance_url}/lightning/r/ContentDocument/{item_id}/view",
        owner=_address(first),
        owner_state=_state_of(_part(first, "Owner").get("IsActive")),
        created_at=moment_of(document.get("CreatedDate")) or UNKNOWN,
        modified_at=moment_of(document.get("ContentModifiedDate")) or UNKNOWN,
        last_activity=max(views, default=None),
        grants=tuple(_link_of(row) for row in rows),
    )


def _part(row: Row, name: str) -> Row:
    """What a relationship leads to; empty where the audit user may not follow it."""
    part: Row | None = row[name]
    return part or {}


def _state_of(active: object) -> State:
    if isinstance(active, bool):
        return State.ACTIVE if active else State.DISABLED
    return State.UNKNOWN


def _link_of(row: Row) -> Grant:
    expires = row["PreferencesExpires"]
    return Grant(
        id=row["Id"],
        audience=Audience.ANYONE_LINK,
        access=_link_access(row),
        principal="",
        principal_kind=PrincipalKind.LINK,
        created_at=moment_of(row["CreatedDate"]) or UNKNOWN,
        created_by=_address(row),
        expires_at=None if expires is False else moment_of(row["ExpiryDate"]) or UNKNOWN,
        password=_told(row["PreferencesPasswordRequired"]),
    )


def _link_access(row: Row) -> Access:
    """View only where neither the file nor its PDF can be taken away.

    Salesforce lets a file be downloaded all the same where it has no preview to show.
    """
    downloads = (row["PreferencesAllowOriginalDownload"], row["PreferencesAllowPDFDownload"])
    previewed = str(_part(row, "ContentDocument").get("FileExtension")).casefold() in PREVIEWED
    if True in downloads or not previewed:
        return Access.VIEW
    return Access.VIEW_ONLY if downloads == (False, False) else Access.UNKNOWN


def _address(row: Row) -> str | Unknown:
    owner = _part(row, "Owner")
    return owner.get("Email") or owner.get("Username") or UNKNOWN


def moment_of(value: object) -> datetime | Unknown | None:
    """A time such as `2020-11-24T01:02:03.000+0000`; None where Salesforce has none."""
    if value is None:
        return None
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        return UNKNOWN
    return moment if moment.tzinfo else UNKNOWN
