"""Access paths: how the records of an object reach guests and external users. Pure functions.

From counts and definitions to grants. A guest reads a record if a permission set gives Read on
the object and one path opens the record: a guest sharing rule, a remaining share row, ownership,
or the parent of the record.

Since Winter '21 the external default does not apply to guests: secure guest access is always on,
even where the Metadata API reads `enableSecureGuestAccess` as false.

Source: https://developer.salesforce.com/docs/platform/communities-dev/guide/communities-dev-give-guest-users-read-access-to-records.html (read 2026-11-29)
Source: https://developer.salesforce.com/docs/atlas.en-us.api_meta.meta/api_meta/meta_sharingsettings.htm (read 2026-11-30)
"""  # noqa: E501 -- an address

from __future__ import annotations

from collections.abc import Iterable, Iterator

from connectors.salesforce.member_paths import member_grants
from connectors.salesforce.object_access import (
    ACCESS_ORDER,
    BY_ACCOUNT,
    CONTROLLED_BY_PARENT,
    AccessPath,
    ObjectAccess,
    SharingContext,
    count_or_unknown,
    rule_criteria,
    treat_as_view_all,
)
from connectors.salesforce.permission_sets import ExternalMembers, ObjectPermission
from connectors.salesforce.queries import GUEST_CAUSES
from connectors.salesforce.sharing_rules import merge_rules
from connectors.salesforce.sites import GuestUser
from connectors.sdk.records import UNKNOWN, Access, Audience, Grant, GrantCause, PrincipalKind


def build_grants(
    rights: Iterable[ObjectPermission], object_access: ObjectAccess, sharing: SharingContext
) -> list[Grant]:
    """Return a grant for every path to the records of an object: guests first, then members."""
    ordered = sorted(rights, key=lambda r: r.set_id)
    guests = {r.holder.id: r.holder for r in ordered if isinstance(r.holder, GuestUser)}
    grants: list[Grant] = []
    for guest in sorted(guests.values(), key=lambda g: g.id):
        own = [r for r in ordered if r.holder == guest]
        grants += _guest_grants(guest, own, len(guests), object_access, sharing)
    grants += member_grants(
        [r for r in ordered if isinstance(r.holder, ExternalMembers)], object_access, sharing
    )
    return grants


def _guest_grants(
    guest: GuestUser,
    rights: list[ObjectPermission],
    readers: int,
    object_access: ObjectAccess,
    sharing: SharingContext,
) -> list[Grant]:
    everything = AccessPath("", GrantCause.RIGHT, count_or_unknown(object_access.total))
    found = [
        _guest_grant(guest, everything._replace(name=r.set_id), Access.ALL_RECORDS)
        for r in rights
        if r.access is Access.ALL_RECORDS
    ]
    access = max((r.record_access for r in rights), key=ACCESS_ORDER.index)
    paths = list(_guest_paths(guest, readers, object_access, sharing))
    found += [_guest_grant(guest, path, access) for path in paths]
    every_path_is_known = object_access.parent_controlled or (
        object_access.shares is not None
        and object_access.shares_complete
        and sharing.groups is not None
    )
    if not found or not every_path_is_known:
        rest = AccessPath("", GrantCause.RIGHT, 0 if every_path_is_known else UNKNOWN)
        found += [
            _guest_grant(guest, rest._replace(name=r.set_id), r.access)
            for r in rights
            if r.access is not Access.ALL_RECORDS and not r.implicit
        ]
    return found


def _guest_paths(
    guest: GuestUser, readers: int, object_access: ObjectAccess, sharing: SharingContext
) -> Iterator[AccessPath]:
    """Yield each path of a guest besides View All, as far as it is known.

    Where access follows a parent, there are no share rows of its own. A rule without share rows
    opens no record today and has the count 0; where nobody could count, the count is unknown.
    """
    by_account = object_access.account_shares.get(guest.id, 0)
    if by_account != 0:
        yield AccessPath(f"{BY_ACCOUNT}/{guest.id}", GrantCause.PARENT, by_account)
    if object_access.parent_controlled:
        below = object_access.child_counts.get(guest.id, UNKNOWN)
        if below != 0:
            yield AccessPath(CONTROLLED_BY_PARENT, GrantCause.PARENT, below)
        return
    own = merge_rules(
        [rule for rule in object_access.rules or () if rule.shares_with_guest(guest.nickname)]
    )
    defined = False
    for (recipient, cause), count in sorted((object_access.shares or {}).items()):
        theirs = recipient == guest.id or guest.id in (sharing.groups or {}).get(recipient, ())
        if not count or not (theirs or _is_unresolved(recipient, cause, sharing)):
            continue
        if cause == "Owner" and object_access.name == "User":  # each user's row about itself
            continue
        records = count if theirs or readers == 1 else UNKNOWN  # several guests: not known which
        if cause == "GuestRule" and own:
            defined = True
            criteria = rule_criteria(own.criteria, records, object_access.total)
            yield AccessPath(own.name, GrantCause.RULE, records, criteria)
        else:
            why = share_cause(cause, by_itself=recipient == guest.id)
            total = object_access.total if why is GrantCause.RULE else None
            criteria = rule_criteria("", records, total)
            yield AccessPath(f"{cause}/{recipient}", why, records, criteria)
    if own and not defined:
        known = object_access.shares is not None and object_access.shares_complete
        today = 0 if known else UNKNOWN  # no record matches it today
        yield AccessPath(own.name, GrantCause.RULE, today, own.criteria)


def _is_unresolved(recipient: str, cause: str, sharing: SharingContext) -> bool:
    """Return True if a share row of a guest rule names neither a user nor a known group.

    Whether such rows name the guest or a group is not documented.

    Source: not documented; assumed
    """
    known = recipient[:3] == "005" or recipient in (sharing.groups or {})
    return cause in GUEST_CAUSES and not known


def share_cause(cause: str, *, by_itself: bool) -> GrantCause:
    """Return the origin of a grant for the `RowCause` of a share row."""
    if cause == "GuestRule":
        return GrantCause.RULE
    if "Implicit" in cause:
        return GrantCause.PARENT
    return GrantCause.OWNERSHIP if cause == "Owner" and by_itself else GrantCause.LEFTOVER


def _guest_grant(guest: GuestUser, path: AccessPath, access: Access) -> Grant:
    return Grant(
        id=path.name,
        audience=Audience.PUBLIC_DISCOVERABLE,
        access=treat_as_view_all(access, path.criteria),
        principal=guest.site,
        principal_kind=PrincipalKind.SITE_GUEST,
        principal_id=guest.id,
        reach=path.reach,
        live=guest.live,
        cause=path.cause,
        criteria=path.criteria,
    )
