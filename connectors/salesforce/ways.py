"""Access paths: how the records of an object reach guests and external users. Pure functions.

From counts and definitions to grants. A guest reads a record if a permission set gives Read on
the object and one path opens the record: a guest sharing rule, a remaining share row, ownership,
or the parent of the record.

Since Winter '21 the external default does not apply to guests.

Source: https://developer.salesforce.com/docs/platform/communities-dev/guide/communities-dev-give-guest-users-read-access-to-records.html (read 2026-11-29)
"""  # noqa: E501

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from connectors.salesforce.mappings import AccessMapping
from connectors.salesforce.receivers import Receiver
from connectors.salesforce.rights import Members, Outsiders, Right
from connectors.salesforce.rules import ALL, Rule, named
from connectors.salesforce.sites import Guest
from connectors.salesforce.soql import CUSTOMERS, GUEST_CAUSES, PARTNERS
from connectors.sdk.records import (
    UNKNOWN,
    Access,
    Audience,
    Cause,
    Grant,
    PrincipalKind,
    Unknown,
)

Shares = Mapping[tuple[str, str], int]
"""Number of share rows by recipient id and row cause."""

# External sharing models that show no record by default. All others count as open.
# Source: https://developer.salesforce.com/docs/atlas.en-us.object_reference.meta/object_reference/sforce_api_objects_entitydefinition.htm (read 2026-08-15)  # noqa: E501
CLOSED = frozenset({"Private", "None", "ControlledByParent", "ControlledByLeadOrContact"}) | {
    "ControlledByCampaign"
}
BY_DEFAULT = "ExternalSharingModel"
BY_PARENT = "ControlledByParent"
_POWER = (Access.VIEW, Access.CREATE, Access.EDIT, Access.UNKNOWN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
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

    shares: Shares | None = None
    size: int | None = None
    default: str | None = None
    by_parent: bool = False
    below: Mapping[str, int | Unknown] = field(default_factory=dict[str, "int | Unknown"])
    rules: tuple[Rule, ...] | None = None
    mappings: tuple[AccessMapping, ...] = ()

    @property
    def open_by_default(self) -> bool:
        """True if external users see every record by default."""
        return self.default is not None and self.default not in CLOSED


class Way(NamedTuple):
    """One path by which records of an object reach a guest, with their number and criteria."""

    name: str
    cause: Cause
    reach: int | Unknown
    criteria: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What is the same for all objects.

    Attributes:
        groups: Guests below each group; None where groups could not be read.
        recipients: Groups of external users, by id.
        user_counts: External users by type, and their permission sets.
        secure_guest_access: As in `SharingDefinitions`.
    """

    groups: Mapping[str, Collection[str]] | None
    receivers: Mapping[str, Receiver]
    outsiders: Outsiders
    hardened: bool = True


def grants_of(rights: Iterable[Right], reach: Reach, world: World) -> list[Grant]:
    """Return a grant for every path to the records of an object: guests first, then members."""
    ordered = sorted(rights, key=lambda r: r.set_id)
    guests = {r.holder.id: r.holder for r in ordered if isinstance(r.holder, Guest)}
    grants: list[Grant] = []
    for guest in sorted(guests.values(), key=lambda g: g.id):
        own = [r for r in ordered if r.holder == guest]
        grants += _guest_grants(guest, own, len(guests), reach, world)
    grants += _member_grants([r for r in ordered if isinstance(r.holder, Members)], reach, world)
    return grants


def _guest_grants(
    guest: Guest, rights: list[Right], readers: int, reach: Reach, world: World
) -> list[Grant]:
    found = [
        _to_guest(guest, Way(r.set_id, Cause.RIGHT, _known(reach.size)), Access.ALL_RECORDS)
        for r in rights
        if r.access is Access.ALL_RECORDS
    ]
    limited = [r for r in rights if r.access is not Access.ALL_RECORDS]
    if not limited:
        return found
    access = max((r.access for r in limited), key=_POWER.index)
    ways = list(_ways(guest, readers, reach, world))
    found += [_to_guest(guest, way, access) for way in ways]
    if not ways and not found:
        told = reach.by_parent or (reach.shares is not None and world.groups is not None)
        latent = 0 if told else UNKNOWN
        found += [_to_guest(guest, Way(r.set_id, Cause.RIGHT, latent), r.access) for r in limited]
    return found


def _ways(guest: Guest, readers: int, reach: Reach, world: World) -> Iterator[Way]:
    """Yield each path of a guest without View All.

    The external default ends the search, as does a parent. A rule without share rows opens no
    record
    today and has the count 0.
    """
    if reach.open_by_default and not world.hardened:
        yield Way(BY_DEFAULT, Cause.DEFAULT, _known(reach.size))
        return
    if reach.by_parent:
        below = reach.below.get(guest.id, UNKNOWN)
        if below != 0:
            yield Way(BY_PARENT, Cause.PARENT, below)
        return
    if reach.shares is None or world.groups is None:
        return
    own = named([rule for rule in reach.rules or () if rule.opens_to_guest(guest.nickname)])
    defined = False
    for (receiver, cause), count in sorted(reach.shares.items()):
        theirs = receiver == guest.id or guest.id in world.groups.get(receiver, ())
        if not count or not (theirs or _nobodys(receiver, cause, world)):
            continue
        told = count if theirs or readers == 1 else UNKNOWN  # several guests: not known which
        if cause == "GuestRule" and own:
            defined = True
            yield Way(own.name, Cause.RULE, told, own.criteria)
        else:
            why = cause_of(cause, by_itself=receiver == guest.id)
            yield Way(f"{cause}/{receiver}", why, told)
    if own and not defined:
        yield Way(own.name, Cause.RULE, 0, own.criteria)  # no record matches it today


def _nobodys(receiver: str, cause: str, world: World) -> bool:
    """Return True if a share row of a guest rule names neither a user nor a known group.

    Whether such rows name the guest or a group is not documented.

    Source: not documented; assumed
    """
    known = receiver[:3] == "005" or receiver in (world.groups or {})
    return cause in GUEST_CAUSES and not known


def cause_of(cause: str, *, by_itself: bool) -> Cause:
    """Return the origin of a grant for the `RowCause` of a share row."""
    if cause == "GuestRule":
        return Cause.RULE
    if "Implicit" in cause:
        return Cause.PARENT
    return Cause.OWNERSHIP if cause == "Owner" and by_itself else Cause.LEFTOVER


def _to_guest(guest: Guest, way: Way, access: Access) -> Grant:
    return Grant(
        id=way.name,
        audience=Audience.PUBLIC_DISCOVERABLE,
        access=_widened(access, way.criteria),
        principal=guest.site,
        principal_kind=PrincipalKind.SITE_GUEST,
        principal_id=guest.id,
        reach=way.reach,
        live=guest.live,
        cause=way.cause,
        criteria=way.criteria,
    )


def _widened(access: Access, criteria: str) -> Access:
    """Return ALL_RECORDS for a rule without criteria: it is as wide as View All."""
    return Access.ALL_RECORDS if criteria == ALL else access


def _member_grants(rights: list[Right], reach: Reach, world: World) -> Iterator[Grant]:
    """Yield the grants for external users who sign in.

    Read on an object that shows only their own records is no exposure and yields nothing.
    """
    for right in rights:
        assert isinstance(right.holder, Members)
        if right.access is Access.ALL_RECORDS:
            audience = _audience([right.holder], world)
            yield _to_members(right, right.set_id, audience, Cause.RIGHT, _known(reach.size))
    limited = [r for r in rights if r.access is not Access.ALL_RECORDS]
    if not limited:
        return
    if reach.open_by_default:
        together = _audience([r.holder for r in limited if isinstance(r.holder, Members)], world)
        for right in limited:
            yield _to_members(right, BY_DEFAULT, together, Cause.DEFAULT, _known(reach.size))
        return
    access = max((r.access for r in limited), key=_POWER.index)
    kinds = {k for r in limited if isinstance(r.holder, Members) for k in r.holder.kinds}
    for receiver, count in _received(reach, world):
        if kinds.isdisjoint(receiver.kinds):  # none of the recipients has Read
            continue
        rule = named([rule for rule in reach.rules or () if rule.opens_to(receiver.known_as)])
        criteria = rule.criteria if rule else ""
        yield Grant(
            id=rule.name if rule else f"Rule/{receiver.id}",
            audience=receiver.audience,
            access=_widened(access, criteria),
            principal=receiver.name,
            principal_kind=PrincipalKind.ROLE,
            principal_id=receiver.id,
            reach=count,
            cause=Cause.RULE,
            criteria=criteria,
        )
    yield from _by_mappings(kinds, access, reach, world)


def _by_mappings(kinds: set[str], access: Access, reach: Reach, world: World) -> Iterator[Grant]:
    """Yield the grants by sharing sets that share more than a user's own records.

    Salesforce stores no share rows for them, so the number of records is unknown.

    Source: https://developer.salesforce.com/docs/marketing/loyalty-api/guide/sforce-api-associated-objects-share.html (read 2026-11-29)
    """  # noqa: E501
    for line in reach.mappings:
        for members in world.outsiders.members:
            named = members.profile.casefold() in line.profiles
            if not named or kinds.isdisjoint(members.kinds):
                continue
            if line.own and not members.strangers:
                continue
            yield Grant(
                id=line.set_name,
                audience=_audience([members], world),
                access=access,
                principal=members.label,
                principal_kind=PrincipalKind.ROLE,
                principal_id=members.set_id,
                reach=UNKNOWN,
                cause=Cause.RULE,
                criteria=f"{line.object_field} = {line.user_field}",
            )


def _audience(members: list[Members], world: World) -> Audience:
    """Return the audience of several permission sets together.

    Two sets with one account each count as two accounts: whether it is the same is not known.
    """
    if world.outsiders.audience((*PARTNERS, *CUSTOMERS)) is Audience.EXT_NAMED:
        return Audience.EXT_NAMED
    several = len(members) > 1 or any(m.accounts > 1 for m in members)
    return Audience.EXT_AUTHENTICATED_ANY if several else Audience.EXT_NAMED


def _received(reach: Reach, world: World) -> Iterator[tuple[Receiver, int | Unknown]]:
    if reach.by_parent:
        found = {who: count for who, count in reach.below.items() if count != 0}
    else:
        shares = reach.shares or {}
        found = {who: n for (who, cause), n in shares.items() if cause == "Rule" and n}
    for who, count in sorted(found.items()):
        if receiver := world.receivers.get(who):
            yield receiver, count


def _to_members(
    right: Right, name: str, audience: Audience, cause: Cause, reach: int | Unknown
) -> Grant:
    assert isinstance(right.holder, Members)
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


def _known(count: int | None) -> int | Unknown:
    return UNKNOWN if count is None else count
