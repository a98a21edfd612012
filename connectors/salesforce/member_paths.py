"""Access paths of external users who sign in: partners and customers. Pure functions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from connectors.salesforce.object_access import (
    ACCESS_ORDER,
    EXTERNAL_DEFAULT,
    ObjectAccess,
    SharingContext,
    count_or_unknown,
    treat_as_view_all,
)
from connectors.salesforce.permission_sets import ExternalMembers, ObjectPermission
from connectors.salesforce.queries import CUSTOMER_TYPES, PARTNER_TYPES
from connectors.salesforce.share_recipients import ShareRecipient
from connectors.salesforce.sharing_rules import merge_rules
from connectors.sdk.records import (
    UNKNOWN,
    Access,
    Audience,
    Grant,
    GrantCause,
    PrincipalKind,
    Unknown,
)


def member_grants(
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
                right,
                right.set_id,
                audience,
                GrantCause.RIGHT,
                count_or_unknown(object_access.total),
            )
    if object_access.open_by_default:
        yield from _default_grants(rights, object_access, sharing)
    if not rights:
        return
    access = max((r.record_access for r in rights), key=ACCESS_ORDER.index)
    kinds = {k for r in rights if isinstance(r.holder, ExternalMembers) for k in r.holder.kinds}
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
            access=treat_as_view_all(access, criteria),
            principal=recipient.name,
            principal_kind=PrincipalKind.ROLE,
            principal_id=recipient.id,
            reach=count,
            cause=GrantCause.RULE,
            criteria=criteria,
        )
    yield from _sharing_set_grants(kinds, access, object_access, sharing)


def _default_grants(
    rights: list[ObjectPermission], object_access: ObjectAccess, sharing: SharingContext
) -> Iterator[Grant]:
    """Yield the grants by the external default: it outlives View All, and rules outlive it."""
    holders = [r.holder for r in rights if isinstance(r.holder, ExternalMembers)]
    for right in rights:
        yield replace(
            _member_grant(
                right,
                EXTERNAL_DEFAULT,
                _audience(holders, sharing),
                GrantCause.DEFAULT,
                count_or_unknown(object_access.total),
            ),
            access=right.record_access,
        )


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
