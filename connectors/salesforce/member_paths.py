"""Access paths of external users who sign in: partners and customers. Pure functions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from connectors.salesforce.object_access import (
    ACCESS_ORDER,
    BY_ACCOUNT,
    EXTERNAL_DEFAULT,
    AccessPath,
    ObjectAccess,
    SharingContext,
    count_or_unknown,
    rule_criteria,
    treat_as_view_all,
)
from connectors.salesforce.permission_sets import ExternalMembers, ObjectPermission
from connectors.salesforce.queries import CUSTOMER_TYPES, GUEST_CAUSES, PARTNER_TYPES
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

EXTERNAL_USERS = "External users"
"""The principal of shares that name users themselves, who are counted and not read."""
_USERS = "User"


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
    for recipient, cause, count in _recipient_counts(object_access, sharing):
        if not kinds.isdisjoint(recipient.kinds):  # else none of the recipients has Read
            yield _shared_grant(recipient, cause, count, access, object_access)
    yield from _user_grants(access, object_access)
    for who, count in sorted(object_access.account_shares.items(), key=str):
        recipient = sharing.recipients.get(who)
        if recipient and not kinds.isdisjoint(recipient.kinds):
            path = AccessPath(f"{BY_ACCOUNT}/{who}", GrantCause.PARENT, count)
            yield _recipient_grant(recipient, path, access)
    yield from _sharing_set_grants(kinds, access, object_access, sharing)


def _shared_grant(
    recipient: ShareRecipient,
    cause: str,
    count: int | Unknown,
    access: Access,
    object_access: ObjectAccess,
) -> Grant:
    """Return the grant for the share rows of one group, with the name of the rule behind them."""
    if cause != "Rule":
        why = GrantCause.OWNERSHIP if cause == "Owner" else GrantCause.DIRECT
        return _recipient_grant(
            recipient, AccessPath(f"{cause}/{recipient.id}", why, count), access
        )
    rule = merge_rules(
        [r for r in object_access.rules or () if r.shares_with(recipient.metadata_names)]
    )
    path = AccessPath(
        rule.name if rule else f"Rule/{recipient.id}",
        GrantCause.RULE,
        count,
        rule_criteria(rule.criteria if rule else "", count, object_access.total),
    )
    return _recipient_grant(recipient, path, access)


def _recipient_grant(recipient: ShareRecipient, path: AccessPath, access: Access) -> Grant:
    return Grant(
        id=path.name,
        audience=recipient.audience,
        access=treat_as_view_all(access, path.criteria),
        principal=recipient.name,
        principal_kind=PrincipalKind.ROLE,
        principal_id=recipient.id,
        reach=path.reach,
        cause=path.cause,
        criteria=path.criteria,
    )


def _user_grants(access: Access, object_access: ObjectAccess) -> Iterator[Grant]:
    """Yield the grants by shares that name external users themselves: by hand, code or a team.

    Each row names one user, so the audience is that of named accounts however many there are.
    """
    found: dict[str, tuple[GrantCause, int | Unknown]] = {
        f"{cause}/{_USERS}": (GrantCause.DIRECT, count)
        for cause, count in sorted(object_access.user_shares.items())
        if count
    }
    if by_account := object_access.account_shares.get("", 0):
        found[f"{BY_ACCOUNT}/{_USERS}"] = (GrantCause.PARENT, by_account)
    for name, (cause, reach) in found.items():
        yield Grant(
            id=name,
            audience=Audience.EXT_NAMED,
            access=access,
            principal=EXTERNAL_USERS,
            principal_kind=PrincipalKind.ROLE,
            reach=reach,
            cause=cause,
        )


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
            applies = line.applies_to(members.profile_id, members.profile)
            if not members.profile or not applies or kinds.isdisjoint(members.kinds):
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
) -> Iterator[tuple[ShareRecipient, str, int | Unknown]]:
    """Yield the groups of external users that records are shared with: cause and number."""
    if object_access.parent_controlled:
        children = object_access.child_counts.items()
        found = {(who, "Rule"): count for who, count in children if count != 0}
    else:
        found = {key: n for key, n in (object_access.shares or {}).items() if n}
    for (who, cause), count in sorted(found.items()):
        if cause not in GUEST_CAUSES and (recipient := sharing.recipients.get(who)):
            yield recipient, cause, count


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
