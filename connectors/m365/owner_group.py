"""The Microsoft 365 group behind a site, and the libraries that are no place to share.

The members of the group of a team site are members of the site, through a SharePoint group whose
members Graph does not tell. The owner of the site's libraries is the group itself, and its members
Graph does tell.

Sources:
    Source: https://learn.microsoft.com/en-us/graph/api/resources/drive (read 2026-11-30)
    Source: https://learn.microsoft.com/en-us/microsoft-365/community/m365-groups-and-sharepoint-permissions (read 2026-11-30)
    Source: https://learn.microsoft.com/en-us/purview/retention-policies-sharepoint (read 2026-11-30)
"""  # noqa: E501 -- an address

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from connectors.m365.api_types import Drive, Identity
from connectors.sdk.records import Access, Audience, Grant, PrincipalKind

_PREFIX = "group/"  # of the id of a grant that stands in no permission list
_HOLD_FOLDER = "/preservationholdlibrary"  # the end of its URL, in every language
_WIDTHS = (Access.VIEW_ONLY, Access.VIEW, Access.COMMENT, Access.EDIT, Access.UNKNOWN)


@dataclass(frozen=True, slots=True)
class OwnerGroup:
    """The group behind a site, as the owner of a library names it."""

    id: str
    name: str


def is_hold_library(drive: Drive) -> bool:
    """Whether a library keeps what a retention policy protects: only administrators open it."""
    return urlsplit(str(drive.get("webUrl") or "")).path.lower().endswith(_HOLD_FOLDER)


def owner_group_of(drive: Drive) -> OwnerGroup | None:
    """Return the group that owns a library, None where a person or nobody does."""
    group: Identity = (drive.get("owner") or {}).get("group") or {}
    id_ = str(group.get("id") or "")
    name = str(group.get("email") or group.get("displayName") or id_)
    return OwnerGroup(id_.lower(), name) if id_ else None


def group_grants(group: OwnerGroup, grants: Sequence[Grant]) -> tuple[Grant, ...]:
    """Return the grant of the group at the root of a library of its site, at most one.

    The members of the group are in the SharePoint group of the members of the site, so the group
    has the widest access of a SharePoint group that is not in full control. A library without such
    a row inherits no access of the site's members.

    Args:
        group: The group behind the site.
        grants: The grants in the permission list of the root.
    """
    site_groups = [g for g in grants if g.principal_kind is PrincipalKind.SITE_GROUP]
    of_members = [g.access for g in site_groups if g.access in _WIDTHS]
    if not of_members:
        return ()
    access = max(of_members, key=_WIDTHS.index)
    named = [g.access for g in grants if g.principal_id.lower() == group.id]
    if any(a not in _WIDTHS or _WIDTHS.index(a) >= _WIDTHS.index(access) for a in named):
        return ()
    grant = Grant(
        id=f"{_PREFIX}{group.id}",
        audience=Audience.NAMED_INTERNAL,
        access=access,
        principal=group.name,
        principal_kind=PrincipalKind.GROUP,
        principal_id=group.id,
        expires_at=None,
    )
    return (grant,)


def without_repeated_group(grants: Sequence[Grant]) -> tuple[Grant, ...]:
    """Return grants without that of the group behind the site where another one names the group."""
    named = {g.principal_id for g in grants if not g.id.startswith(_PREFIX)}
    return tuple(g for g in grants if not g.id.startswith(_PREFIX) or g.principal_id not in named)
