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

from agent.classify.policy import Policy
from agent.classify.rule_input import ExposureContext
from agent.classify.scoring import (
    AGES,
    DORMANT_DAYS,
    IDLE_DAYS,
    PEOPLE,
    REACHES,
    days_between,
    days_left,
    expiry_bucket,
    idle_days,
)
from agent.classify.what_if import LONG_AGO, SOON
from connectors.sdk.records import UNKNOWN, Audience, PrincipalKind, Unknown

EvaluationKey = tuple[object, ...]

_IDLE: Final = (IDLE_DAYS + 1, DORMANT_DAYS + 1)  # days from which on an item counts as idle
CACHE_SIZE: Final = 4_096  # entries of each cache: domains, owners and principals


class _DomainPolicy(NamedTuple):
    """What the policy says of the domains of a grant."""

    known: bool
    blocked: bool
    ended: bool
    unregistered: bool
    trusted: bool
    several: bool


class _OwnerPolicy(NamedTuple):
    """What the policy says of an owner."""

    ours: bool
    by_mail: bool


class EvaluationKeys:
    """Computes cache keys under one policy and at one moment."""

    def __init__(self, policy: Policy, now: datetime) -> None:
        self._policy = policy
        self._now = now
        self._cached_domain_policy = lru_cache(CACHE_SIZE)(self._domain_policy)
        self._cached_owner_policy = lru_cache(CACHE_SIZE)(self._owner_policy)
        self._is_internal_domain = lru_cache(CACHE_SIZE)(policy.is_internal_domain)

    def key_for(self, seen: ExposureContext) -> EvaluationKey:
        """Return everything that the result and its unknown facts depend on.

        Days, records and expiries count by the steps at which points and rules change.
        """
        exposure, item, grant = seen.exposure, seen.item, seen.grant
        age, reach, people, owner = seen.age, exposure.reach, exposure.people, item.owner
        by_name = grant.principal_kind in (PrincipalKind.EVERYONE, PrincipalKind.DOMAIN)
        return (
            seen.audience,
            seen.level,
            seen.sensitivity.encrypts,
            seen.sensitivity.shares,
            seen.sensitivity.topic,
            seen.sensitivity.signs,
            bisect_right(_IDLE, idle_days(item, self._now)),
            bisect_right(AGES, age.at_least),
            None if age.at_most is None else bisect_right(AGES, age.at_most),
            exposure.audience,
            self._cached_domain_policy(exposure.principal_domains),
            exposure.co_located_domains,
            exposure.guests > 0,
            exposure.via_group != "",
            exposure.external_count is not None,
            reach if isinstance(reach, Unknown) else bisect_right(REACHES, reach),
            people if isinstance(people, Unknown) else bisect_right(PEOPLE, people),
            item.kind,
            item.data,
            item.id if item.kind == "object" else None,
            self._cached_owner_policy(owner) if isinstance(owner, str) else owner,
            item.owner_state,
            exposure.creator_state,
            item.last_activity is UNKNOWN,
            item.labels is UNKNOWN,
            item.created_at is UNKNOWN,
            grant.access,
            grant.principal_kind,
            self._is_internal_domain(grant.principal) if by_name else None,
            grant.password,
            grant.live,
            grant.cause,
            seen.shows_own_account,
            grant.principal_state,
            *self._dates(seen),
        )

    def _dates(self, seen: ExposureContext) -> EvaluationKey:
        """Return the steps of creation and expiry; for links also if they outlast the policy."""
        item, grant = seen.item, seen.grant
        left = days_left(grant.expires_at, self._now)
        ends = grant.expires_at if left is None else expiry_bucket(left)
        guessed = None
        if grant.created_at is UNKNOWN and not isinstance(item.created_at, Unknown):
            guessed = bisect_right(AGES, days_between(item.created_at, self._now))
        overlong = self._exceeds_max_days(seen) if seen.audience is Audience.ANYONE_LINK else ()
        return ends, grant.created_at is UNKNOWN, guessed, *overlong

    def _exceeds_max_days(self, seen: ExposureContext) -> tuple[bool, ...]:
        """Return for each possible creation and expiry whether the link outlasts the policy."""
        now, grant, born = self._now, seen.grant, seen.item.created_at
        ends, starts = (grant.expires_at,), (grant.created_at,)
        if isinstance(grant.expires_at, Unknown):
            ends = (now + SOON, now + LONG_AGO)
        if isinstance(grant.created_at, Unknown):
            starts = (
                seen.exposure.first_seen,
                born if isinstance(born, datetime) else now - LONG_AGO,
            )
        allowed = self._policy.table.link_max_days
        return tuple(
            isinstance(end, datetime)
            and isinstance(start, datetime)
            and days_between(start, end) > allowed
            for start, end in product(starts, ends)
        )

    def _domain_policy(self, domains: Collection[str]) -> _DomainPolicy:
        return _DomainPolicy(
            known=bool(domains),
            blocked=self._policy.blocked_domain(domains) is not None,
            ended=self._policy.expired_vendor(domains) is not None,
            unregistered=bool(self._policy.unregistered_domains(domains)),
            trusted=self._policy.all_trusted(domains),
            several=len(self._policy.unrelated_organizations(domains)) > 1,
        )

    def _owner_policy(self, owner: str) -> _OwnerPolicy:
        _, at, domain = owner.rpartition("@")
        return _OwnerPolicy(ours=self._policy.is_internal_domain(domain), by_mail=at != "")
