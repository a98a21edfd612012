"""Doors that stand open to the whole company, or to a large part of it."""

from __future__ import annotations

from agent.classify.model import Level, Severity
from agent.classify.rules.registry import Evidence, rule
from agent.classify.view import PLACES, View
from connectors.sdk.records import Access, Audience, PrincipalKind

WHOLE = frozenset({Audience.ORG_LINK, Audience.ORG_DISCOVERABLE})
EVERYONE = frozenset({Audience.ORG_DISCOVERABLE, Audience.EXT_AUTHENTICATED_ANY})
FINDABLE = frozenset({Audience.ORG_DISCOVERABLE})


def _is_own_domain(seen: View) -> bool:
    """Whether it was given to a domain of ours by its name, not to a claim for everybody."""
    kind, name = seen.grant.principal_kind, seen.grant.principal
    by_name = kind in (PrincipalKind.EVERYONE, PrincipalKind.DOMAIN)
    return by_name and seen.policy.is_ours(name)


def _is_visibility(seen: View) -> bool:
    """Whether it is the team's own door, open to whoever wants to join."""
    inside = seen.audience is Audience.ORG_DISCOVERABLE and seen.item.kind in PLACES
    claim = seen.grant.principal_kind is PrincipalKind.EVERYONE
    return inside and claim and not seen.takes_mail


def _lets_guests_in(seen: View) -> bool:
    return seen.audience is Audience.EXT_AUTHENTICATED_ANY


@rule("ORG-001", WHOLE, "I:A.8.3", "CCM:DSP-17", at_least=Severity.HIGH)
def sensitive_inside(seen: View) -> Evidence | None:
    """Pay, health and personnel, found by every colleague, by search and by AI assistants."""
    return {"terms": ", ".join(seen.sensitivity.terms)} if seen.level is Level.S3 else None


@rule(
    "ORG-002",
    EVERYONE,
    "C7:7.2.3",
    "CCM:IAM-05",
    at_least=Severity.MEDIUM,
    raised=(Severity.HIGH, _lets_guests_in),
)
def everyone_claim(seen: View) -> Evidence | None:
    """One word in a list of members, and all are in; one of the two words means guests as well."""
    claim = seen.grant.principal_kind is PrincipalKind.EVERYONE
    if not claim or _is_visibility(seen) or _is_own_domain(seen):
        return None
    return {"claim": seen.grant.principal}


@rule("ORG-003", FINDABLE, "C7:1.2.1", at_least=Severity.MEDIUM)
def public_team(seen: View) -> Evidence | None:
    """Anybody inside may join and read, also what was meant for a few, beside guests."""
    if not _is_visibility(seen):
        return None
    guests = seen.exposure.guests
    if guests:
        return {"guests": str(guests), "variant": "guests"}
    return {"terms": ", ".join(seen.sensitivity.terms)} if seen.level >= Level.S2 else None


@rule("ORG-004", FINDABLE, "GWS.DRIVEDOCS.1.8v1", at_least=Severity.LOW)
def whole_domain_finds_it(seen: View) -> Evidence | None:
    """It appears in the search of every colleague."""
    return {"domain": seen.grant.principal} if _is_own_domain(seen) else None


@rule("ORG-005", WHOLE | {Audience.LARGE_INTERNAL}, "I:A.8.3", "CCM:IAM-05")
def wide_with_signs(seen: View) -> Evidence | None:
    """Normal one by one, not together. A confidential name and a right to all rows weigh double."""
    signs = {
        "business_name": seen.level >= Level.S1,
        "confidential_name": seen.level >= Level.S2,
        "may_edit": seen.allows(Access.EDIT),
        "all_records": seen.grant.access is Access.ALL_RECORDS,
        "half_a_year_old": seen.age.at_least >= 180,
        "many_items": seen.reaches(1_000),
    }
    names = [name for name, holds in signs.items() if holds]
    return {"signs": ", ".join(names), "count": str(len(names))} if len(names) >= 3 else None
