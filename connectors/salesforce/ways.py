"""By which ways records reach an outsider. Pure: from counts to grants."""

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
"""Rows of a share table by receiver and cause."""

CLOSED = frozenset({"Private", "None", "ControlledByParent", "ControlledByLeadOrContact"}) | {
    "ControlledByCampaign"
}
BY_DEFAULT = "ExternalSharingModel"
BY_PARENT = "ControlledByParent"
_POWER = (Access.VIEW, Access.CREATE, Access.EDIT, Access.UNKNOWN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """What is known of the records of one object; None where nobody could tell.

    Attributes:
        shares: Rows by receiver and cause; None where there is no such table.
        size: How many records there are.
        default: What the default for outsiders opens; None where it was not told.
        by_parent: Records follow a parent; `below` counts them by who reaches the parent.
        rules: Definitions of sharing rules; None where they may not be read.
        mappings: Lines of sharing sets, those of the parent where records follow one.
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
        """Whether outsiders see every record, whoever owns it."""
        return self.default is not None and self.default not in CLOSED


class Way(NamedTuple):
    """One way of a guest to records of an object."""

    name: str
    cause: Cause
    reach: int | Unknown
    criteria: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What is the same for all objects.

    `groups` holds the guests below each group, or None where groups could not be read.
    `hardened` as in `Definitions`.
    """

    groups: Mapping[str, Collection[str]] | None
    receivers: Mapping[str, Receiver]
    outsiders: Outsiders
    hardened: bool = True


def grants_of(rights: Iterable[Right], reach: Reach, world: World) -> list[Grant]:
    """Every way to the records of an object, for guests and then for those who sign in."""
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
    """Each way without a right to all records."""
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
        told = count if theirs or readers == 1 else UNKNOWN  # of several readers: whose is it?
        if cause == "GuestRule" and own:
            defined = True
            yield Way(own.name, Cause.RULE, told, own.criteria)
        else:
            why = cause_of(cause, by_itself=receiver == guest.id)
            yield Way(f"{cause}/{receiver}", why, told)
    if own and not defined:
        yield Way(own.name, Cause.RULE, 0, own.criteria)  # what it opens does not exist yet


def _nobodys(receiver: str, cause: str, world: World) -> bool:
    """Whether a rule's rows name a receiver that is neither a user nor a known group."""
    known = receiver[:3] == "005" or receiver in (world.groups or {})
    return cause in GUEST_CAUSES and not known


def cause_of(cause: str, *, by_itself: bool) -> Cause:
    """What Salesforce calls the reason of a share row."""
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
    """A rule that leaves no record out is as wide as View All."""
    return Access.ALL_RECORDS if criteria == ALL else access


def _member_grants(rights: list[Right], reach: Reach, world: World) -> Iterator[Grant]:
    """What opens an object to those who sign in; a Read that reaches their own is no exposure."""
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
        if kinds.isdisjoint(receiver.kinds):  # a rule for people none of whom has Read
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
    """Sharing sets that open more than what is of one's own account; how much, nobody counts."""
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
    """Of several sets with one account each nobody tells whether it is the same one."""
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
