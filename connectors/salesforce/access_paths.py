"""Access paths: how the records of an object reach guests and external users. Pure functions.

From counts and definitions to grants. A guest reads a record if a permission set gives Read on
the object and one path opens the record: a guest sharing rule, a remaining share row, ownership,
or the parent of the record.

Since Winter '21 the external default does not apply to guests.

Source: https://developer.salesforce.com/docs/platform/communities-dev/guide/communities-dev-give-guest-users-read-access-to-records.html (read 2026-11-29)
"""  # noqa: E501 -- an address

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from connectors.salesforce.permission_sets import (
    ExternalMembers,
    ExternalUserCounts,
    ObjectPermission,
)
from connectors.salesforce.queries import CUSTOMER_TYPES, GUEST_CAUSES, PARTNER_TYPES
from connectors.salesforce.share_recipients import ShareRecipient
from connectors.salesforce.sharing_rules import ALL_CRITERIA, SharingRule, merge_rules
from connectors.salesforce.sharing_sets import AccessMapping
from connectors.salesforce.sites import GuestUser
from connectors.sdk.records import (
    UNKNOWN,
    Access,
    Audience,
    Grant,
    GrantCause,
    PrincipalKind,
    Unknown,
)

ShareCounts = Mapping[tuple[str, str], int]
"""Number of share rows by recipient id and row cause."""

# External sharing models that show no record by default. All others count as open.
# Source: https://developer.salesforce.com/docs/atlas.en-us.object_reference.meta/object_reference/sforce_api_objects_entitydefinition.htm (read 2026-08-15)  # noqa: E501 -- an address
PRIVATE_DEFAULTS = frozenset(
    {"Private", "None", "ControlledByParent", "ControlledByLeadOrContact"}
) | {"ControlledByCampaign"}
EXTERNAL_DEFAULT = "ExternalSharingModel"
CONTROLLED_BY_PARENT = "ControlledByParent"
_ACCESS_ORDER = (Access.VIEW, Access.CREATE, Access.EDIT, Access.UNKNOWN)


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectAccess:
    """What is known of the records of one object. None means that it could not be read.

    Attributes:
        shares: Number of share rows by recipient id and cause; None where there is no share table.
        total: Number of all records.
        external_default: Organization-wide default for external users.
        parent_controlled: Access follows a parent record.
        child_counts: Records by reader of the parent, where access follows a parent.
        rules: Sharing rules; None where they may not be read.
        access_mappings: Lines of sharing sets, of the parent where access follows one.
    """

    shares: ShareCounts | None = None
    total: int | None = None
    external_default: str | None = None
    parent_controlled: bool = False
    child_counts: Mapping[str, int | Unknown] = field(default_factory=dict[str, "int | Unknown"])
    rules: tuple[SharingRule, ...] | None = None
    access_mappings: tuple[AccessMapping, ...] = ()

    @property
    def open_by_default(self) -> bool:
        """True if external users see every record by default."""
        return self.external_default is not None and self.external_default not in PRIVATE_DEFAULTS


class AccessPath(NamedTuple):
    """One path by which records of an object reach a guest, with their number and criteria."""

    name: str
    cause: GrantCause
    reach: int | Unknown
    criteria: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SharingContext:
    """What is the same for all objects.

    Attributes:
        groups: Guests below each group; None where groups could not be read.
        recipients: Groups of external users, by id.
        user_counts: External users by type, and their permission sets.
        secure_guest_access: As in `SharingDefinitions`.
    """

    groups: Mapping[str, Collection[str]] | None
    recipients: Mapping[str, ShareRecipient]
    user_counts: ExternalUserCounts
    secure_guest_access: bool = True


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
    grants += _member_grants(
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
    found = [
        _guest_grant(
            guest,
            AccessPath(r.set_id, GrantCause.RIGHT, _or_unknown(object_access.total)),
            Access.ALL_RECORDS,
        )
        for r in rights
        if r.access is Access.ALL_RECORDS
    ]
    limited = [r for r in rights if r.access is not Access.ALL_RECORDS]
    if not limited:
        return found
    access = max((r.access for r in limited), key=_ACCESS_ORDER.index)
    paths = list(_guest_paths(guest, readers, object_access, sharing))
    found += [_guest_grant(guest, path, access) for path in paths]
    if not paths and not found:
        known = object_access.parent_controlled or (
            object_access.shares is not None and sharing.groups is not None
        )
        latent = 0 if known else UNKNOWN
        found += [
            _guest_grant(guest, AccessPath(r.set_id, GrantCause.RIGHT, latent), r.access)
            for r in limited
        ]
    return found


def _guest_paths(
    guest: GuestUser, readers: int, object_access: ObjectAccess, sharing: SharingContext
) -> Iterator[AccessPath]:
    """Yield each path of a guest without View All.

    The external default ends the search, as does a parent. A rule without share rows opens no
    record
    today and has the count 0.
    """
    if object_access.open_by_default and not sharing.secure_guest_access:
        yield AccessPath(EXTERNAL_DEFAULT, GrantCause.DEFAULT, _or_unknown(object_access.total))
        return
    if object_access.parent_controlled:
        below = object_access.child_counts.get(guest.id, UNKNOWN)
        if below != 0:
            yield AccessPath(CONTROLLED_BY_PARENT, GrantCause.PARENT, below)
        return
    if object_access.shares is None or sharing.groups is None:
        return
    own = merge_rules(
        [rule for rule in object_access.rules or () if rule.shares_with_guest(guest.nickname)]
    )
    defined = False
    for (recipient, cause), count in sorted(object_access.shares.items()):
        theirs = recipient == guest.id or guest.id in sharing.groups.get(recipient, ())
        if not count or not (theirs or _is_unresolved(recipient, cause, sharing)):
            continue
        records = count if theirs or readers == 1 else UNKNOWN  # several guests: not known which
        if cause == "GuestRule" and own:
            defined = True
            yield AccessPath(own.name, GrantCause.RULE, records, own.criteria)
        else:
            why = share_cause(cause, by_itself=recipient == guest.id)
            yield AccessPath(f"{cause}/{recipient}", why, records)
    if own and not defined:
        yield AccessPath(own.name, GrantCause.RULE, 0, own.criteria)  # no record matches it today


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
        access=_treat_as_view_all(access, path.criteria),
        principal=guest.site,
        principal_kind=PrincipalKind.SITE_GUEST,
        principal_id=guest.id,
        reach=path.reach,
        live=guest.live,
        cause=path.cause,
        criteria=path.criteria,
    )


def _treat_as_view_all(access: Access, criteria: str) -> Access:
    """Return ALL_RECORDS for a rule without criteria: it is as wide as View All."""
    return Access.ALL_RECORDS if criteria == ALL_CRITERIA else access


def _member_grants(
    rights: list[ObjectPermission], object_access: ObjectAccess, sharing: SharingContext
) -> Iterator[Grant]:
    """Yield the grants for external users who sign in.

    Read on an object that shows only their own records is no exposure and yields nothing.
    """
    for right in rights:
        assert isinstance(right.holder, ExternalMembers)
        if right.access is Access.ALL_RECORDS:
            audience = _audience([right.holder], sharing)
            yield _member_grant(
                right, right.set_id, audience, GrantCause.RIGHT, _or_unknown(object_access.total)
            )
    limited = [r for r in rights if r.access is not Access.ALL_RECORDS]
    if not limited:
        return
    if object_access.open_by_default:
        together = _audience(
            [r.holder for r in limited if isinstance(r.holder, ExternalMembers)], sharing
        )
        for right in limited:
            yield _member_grant(
                right,
                EXTERNAL_DEFAULT,
                together,
                GrantCause.DEFAULT,
                _or_unknown(object_access.total),
            )
        return
    access = max((r.access for r in limited), key=_ACCESS_ORDER.index)
    kinds = {k for r in limited if isinstance(r.holder, ExternalMembers) for k in r.holder.kinds}
    for recipient, count in _recipient_counts(object_access, sharing):
        if kinds.isdisjoint(recipient.kinds):  # none of the recipients has Read
            continue
        rule = merge_rules(
            [
                rule
                for rule in object_access.rules or ()
                if rule.shares_with(recipient.metadata_names)
            ]
        )
        criteria = rule.criteria if rule else ""
        yield Grant(
            id=rule.name if rule else f"Rule/{recipient.id}",
            audience=recipient.audience,
            access=_treat_as_view_all(access, criteria),
            principal=recipient.name,
            principal_kind=PrincipalKind.ROLE,
            principal_id=recipient.id,
            reach=count,
            cause=GrantCause.RULE,
            criteria=criteria,
        )
    yield from _sharing_set_grants(kinds, access, object_access, sharing)


def _sharing_set_grants(
    kinds: set[str], access: Access, object_access: ObjectAccess, sharing: SharingContext
) -> Iterator[Grant]:
    """Yield the grants by sharing sets that share more than a user's own records.

    Salesforce stores no share rows for them, so the number of records is unknown.

    Source: https://developer.salesforce.com/docs/marketing/loyalty-api/guide/sforce-api-associated-objects-share.html (read 2026-11-29)
    """  # noqa: E501 -- an address
    for line in object_access.access_mappings:
        for members in sharing.user_counts.members:
            applies = members.profile.casefold() in line.profiles
            if not applies or kinds.isdisjoint(members.kinds):
                continue
            if line.only_own_records and not members.self_registered:
                continue
            yield Grant(
                id=line.set_name,
                audience=_audience([members], sharing),
                access=access,
                principal=members.label,
                principal_kind=PrincipalKind.ROLE,
                principal_id=members.set_id,
                reach=UNKNOWN,
                cause=GrantCause.RULE,
                criteria=f"{line.object_field} = {line.user_field}",
            )


def _audience(members: list[ExternalMembers], sharing: SharingContext) -> Audience:
    """Return the audience of several permission sets together.

    Two sets with one account each count as two accounts: whether it is the same is not known.
    """
    if sharing.user_counts.audience((*PARTNER_TYPES, *CUSTOMER_TYPES)) is Audience.EXT_NAMED:
        return Audience.EXT_NAMED
    several = len(members) > 1 or any(m.accounts > 1 for m in members)
    return Audience.EXT_AUTHENTICATED_ANY if several else Audience.EXT_NAMED


def _recipient_counts(
    object_access: ObjectAccess, sharing: SharingContext
) -> Iterator[tuple[ShareRecipient, int | Unknown]]:
    if object_access.parent_controlled:
        found = {who: count for who, count in object_access.child_counts.items() if count != 0}
    else:
        shares = object_access.shares or {}
        found = {who: n for (who, cause), n in shares.items() if cause == "Rule" and n}
    for who, count in sorted(found.items()):
        if recipient := sharing.recipients.get(who):
            yield recipient, count


def _member_grant(
    right: ObjectPermission, name: str, audience: Audience, cause: GrantCause, reach: int | Unknown
) -> Grant:
    assert isinstance(right.holder, ExternalMembers)
    return Grant(
        id=name,
        audience=audience,
        access=right.access,
        principal=right.holder.label,
        principal_kind=PrincipalKind.ROLE,
        principal_id=right.set_id,
        reach=reach,
        cause=cause,
    )


def _or_unknown(count: int | None) -> int | Unknown:
    return UNKNOWN if count is None else count
