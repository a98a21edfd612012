"""Variants of a subject with one unknown fact filled in.

If a variant has another severity or matches other rules, the fact is listed with the evaluation.
Variants have no other effect.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from agent.classify.model import Exposure
from agent.classify.rule_input import PrincipalContext
from connectors.sdk.records import (
    UNKNOWN,
    Access,
    Audience,
    Grant,
    Item,
    PrincipalKind,
    State,
)

LONG_AGO: Final = timedelta(days=3650)
SOON: Final = timedelta(days=1)
_MANY: Final = 1_000_000

_WITHOUT_END: Final = frozenset(
    {
        PrincipalKind.SITE_GUEST,
        PrincipalKind.SITE_GROUP,
        PrincipalKind.ROLE,
        PrincipalKind.EVERYONE,
    }
)
"""Grants to these never expire in any service, so an unknown expiry has no effect."""


def required_unknowns(exposure: Exposure) -> Iterator[str]:
    """Yield the names of unknown facts that make any evaluation uncertain."""
    if exposure.audience in (Audience.UNKNOWN, Audience.EXT_UNRESOLVED):
        yield "audience"
    if exposure.audience is Audience.EXT_NAMED and not exposure.principal_domains:
        yield "domain"


def what_if_variants(exposure: Exposure, now: datetime) -> Iterator[tuple[str, Exposure]]:
    """Yield the name of an unknown fact and a variant of the exposure; several for each fact."""
    for name, grant in _grant_variants(exposure.grant, exposure.item, now):
        yield name, replace(exposure, grant=grant)
    for name, item in _item_variants(exposure.item, now):
        yield name, replace(exposure, item=item)
    if exposure.reach is UNKNOWN:
        yield "reach", replace(exposure, reach=_MANY)
        yield "reach", replace(exposure, reach=0)


def what_if_principal_variants(seen: PrincipalContext) -> Iterator[tuple[str, PrincipalContext]]:
    """Yield the name of an unknown fact and a variant of the account or group."""
    who, now = seen.principal, seen.now
    if who.state is State.UNKNOWN:
        for state in (State.ACTIVE, State.PENDING):
            yield "state", replace(seen, principal=replace(who, state=state))
    if who.last_sign_in is UNKNOWN:
        for last in (now, now - LONG_AGO):
            yield "last_sign_in", replace(seen, principal=replace(who, last_sign_in=last))
    if who.created_at is UNKNOWN:
        yield "created_at", replace(seen, principal=replace(who, created_at=now - LONG_AGO))
    if who.invited_at is UNKNOWN:
        yield "invited_at", replace(seen, principal=replace(who, invited_at=now - LONG_AGO))


def _grant_variants(grant: Grant, item: Item, now: datetime) -> Iterator[tuple[str, Grant]]:
    if grant.access is Access.UNKNOWN:
        for access in (Access.VIEW, Access.MANAGE):
            yield "access", replace(grant, access=access)
    if grant.expires_at is UNKNOWN and grant.principal_kind not in _WITHOUT_END:
        for end in (None, now + SOON, now + LONG_AGO):
            yield "expires_at", replace(grant, expires_at=end)
    if grant.password is UNKNOWN and grant.principal_kind is PrincipalKind.LINK:
        for password in (True, False):
            yield "password", replace(grant, password=password)
    if grant.created_at is UNKNOWN:
        oldest = item.created_at if isinstance(item.created_at, datetime) else now - LONG_AGO
        yield "created_at", replace(grant, created_at=oldest)


def _item_variants(item: Item, now: datetime) -> Iterator[tuple[str, Item]]:
    if item.owner_state is State.UNKNOWN:
        yield "owner_state", replace(item, owner_state=State.DISABLED)
    if item.last_activity is UNKNOWN:
        yield "last_activity", replace(item, last_activity=now - LONG_AGO)
