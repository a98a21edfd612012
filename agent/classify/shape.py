"""Cache keys of exposures: two exposures with the same key match the same rules.

Values that only fill sentences (names, terms, numbers of days) are no part of the key; the rules
that matched are evaluated again for them.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection
from datetime import datetime
from functools import lru_cache
from itertools import product
from typing import Final, NamedTuple

from agent.classify.exposure import AGES, REACHES, days_between, days_left, expiry_step
from agent.classify.policy import Policy
from agent.classify.unknowns import LONG, SOON
from agent.classify.view import View
from connectors.sdk.records import UNKNOWN, Audience, PrincipalKind, Unknown

Shape = tuple[object, ...]

HELD: Final = 4_096  # entries of each cache: domains, owners and principals


class _Standing(NamedTuple):
    """What the policy says of the domains of a grant."""

    known: bool
    blocked: bool
    ended: bool
    unregistered: bool
    trusted: bool


class _Owning(NamedTuple):
    """What the policy says of an owner."""

    ours: bool
    by_mail: bool


class Shapes:
    """Computes cache keys under one policy and at one moment."""

    def __init__(self, policy: Policy, now: datetime) -> None:
        self._policy = policy
        self._now = now
        self._standing = lru_cache(HELD)(self._standing_of)
        self._owning = lru_cache(HELD)(self._owning_of)
        self._ours = lru_cache(HELD)(policy.is_ours)

    def of(self, seen: View) -> Shape:
        """Return everything that the result and its unknown facts depend on.

        Days, records and expiries count by the steps at which points and rules change.
        """
        exposure, item, grant = seen.exposure, seen.item, seen.grant
        age, reach, owner = seen.age, exposure.reach, item.owner
        by_name = grant.principal_kind in (PrincipalKind.EVERYONE, PrincipalKind.DOMAIN)
        return (
            seen.audience,
            seen.level,
            seen.sensitivity.encrypts,
            seen.dormant,
            bisect_right(AGES, age.at_least),
            None if age.at_most is None else bisect_right(AGES, age.at_most),
            exposure.audience,
            self._standing(exposure.principal_domains),
            exposure.meeting,
            exposure.guests > 0,
            exposure.via_group != "",
            exposure.proof is not None,
            reach if isinstance(reach, Unknown) else bisect_right(REACHES, reach),
            item.kind,
            item.id if item.kind == "object" else None,
            self._owning(owner) if isinstance(owner, str) else owner,
            item.owner_state,
            exposure.maker_state,
            item.last_activity is UNKNOWN,
            item.labels is UNKNOWN,
            item.created_at is UNKNOWN,
            grant.access,
            grant.principal_kind,
            self._ours(grant.principal) if by_name else None,
            grant.password,
            grant.live,
            grant.cause,
            grant.principal_state,
            *self._dates(seen),
        )

    def _dates(self, seen: View) -> Shape:
        """Return the steps of creation and expiry; for links also if they outlast the policy."""
        item, grant = seen.item, seen.grant
        left = days_left(grant.expires_at, self._now)
        ends = grant.expires_at if left is None else expiry_step(left)
        guessed = None
        if grant.created_at is UNKNOWN and not isinstance(item.created_at, Unknown):
            guessed = bisect_right(AGES, days_between(item.created_at, self._now))
        overlong = self._overlong(seen) if seen.audience is Audience.ANYONE_LINK else ()
        return ends, grant.created_at is UNKNOWN, guessed, *overlong

    def _overlong(self, seen: View) -> tuple[bool, ...]:
        """Return for each possible creation and expiry whether the link outlasts the policy."""
        now, grant, born = self._now, seen.grant, seen.item.created_at
        ends, starts = (grant.expires_at,), (grant.created_at,)
        if isinstance(grant.expires_at, Unknown):
            ends = (now + SOON, now + LONG)
        if isinstance(grant.created_at, Unknown):
            starts = (seen.exposure.first_seen, born if isinstance(born, datetime) else now - LONG)
        allowed = self._policy.table.link_max_days
        return tuple(
            isinstance(end, datetime)
            and isinstance(start, datetime)
            and days_between(start, end) > allowed
            for start, end in product(starts, ends)
        )

    def _standing_of(self, domains: Collection[str]) -> _Standing:
        return _Standing(
            known=bool(domains),
            blocked=self._policy.blocked(domains) is not None,
            ended=self._policy.ended(domains) is not None,
            unregistered=bool(self._policy.unregistered(domains)),
            trusted=self._policy.trusts(domains),
        )

    def _owning_of(self, owner: str) -> _Owning:
        _, at, domain = owner.rpartition("@")
        return _Owning(ours=self._policy.is_ours(domain), by_mail=at != "")
