"""Access of the whole organization, or of a large part of it."""

from __future__ import annotations

from agent.classify.model import SensitivityLevel, Severity
from agent.classify.rule_input import GROUP_KINDS, ExposureContext
from agent.classify.rules.registry import Evidence, rule
from connectors.sdk.records import Access, Audience, PrincipalKind

WHOLE = frozenset({Audience.ORG_LINK, Audience.ORG_DISCOVERABLE})
EVERYONE = frozenset({Audience.ORG_DISCOVERABLE, Audience.EXT_AUTHENTICATED_ANY})
FINDABLE = frozenset({Audience.ORG_DISCOVERABLE})


def _is_own_domain(seen: ExposureContext) -> bool:
    """Return True if the grant names a domain of the organization, not a claim for everyone."""
    kind, name = seen.grant.principal_kind, seen.grant.principal
    by_name = kind in (PrincipalKind.EVERYONE, PrincipalKind.DOMAIN)
    return by_name and seen.policy.is_internal_domain(name)


def _is_visibility(seen: ExposureContext) -> bool:
    """Return True if the grant is the visibility of a public team that everyone may join."""
    inside = seen.audience is Audience.ORG_DISCOVERABLE and seen.item.kind in GROUP_KINDS
    claim = seen.grant.principal_kind is PrincipalKind.EVERYONE
    return inside and claim and not seen.accepts_external_posts


def _opens_secrets_to_guests(seen: ExposureContext) -> bool:
    guests = seen.audience is Audience.EXT_AUTHENTICATED_ANY
    return guests and seen.level >= SensitivityLevel.S2


@rule("ORG-001", WHOLE, "I:A.8.3", "CCM:DSP-17")
def sensitive_org_wide(seen: ExposureContext) -> Evidence | None:
    """Match sensitive items that all colleagues can find by search and AI assistants."""
    return (
        {"terms": ", ".join(seen.sensitivity.terms)} if seen.level is SensitivityLevel.S3 else None
    )


@rule(
    "ORG-002",
    EVERYONE,
    "C7:7.2.3",
    "CCM:IAM-05",
    at_least=Severity.MEDIUM,
    raised=(Severity.HIGH, _opens_secrets_to_guests),
)
def everyone_claim(seen: ExposureContext) -> Evidence | None:
    """Match grants to "everyone"; one of the two claims of Microsoft includes guests."""
    claim = seen.grant.principal_kind is PrincipalKind.EVERYONE
    if not claim or _is_visibility(seen) or _is_own_domain(seen):
        return None
    return {"claim": seen.grant.principal}


@rule("ORG-003", FINDABLE, "C7:1.2.1", at_least=Severity.MEDIUM)
def public_team(seen: ExposureContext) -> Evidence | None:
    """Match public teams with guests or a sensitive name: everyone inside may join and read."""
    if not _is_visibility(seen):
        return None
    guests = seen.exposure.guests
    if guests:
        return {"guests": str(guests), "variant": "guests"}
    return (
        {"terms": ", ".join(seen.sensitivity.terms)} if seen.level >= SensitivityLevel.S2 else None
    )


@rule("ORG-004", FINDABLE, "GWS.DRIVEDOCS.1.8v1", at_least=Severity.LOW)
def domain_wide_discoverable(seen: ExposureContext) -> Evidence | None:
    """Match items that appear in the search of everyone in the domain."""
    return {"domain": seen.grant.principal} if _is_own_domain(seen) else None


@rule("ORG-005", WHOLE | {Audience.LARGE_INTERNAL}, "I:A.8.3", "CCM:IAM-05")
def org_wide_with_risk_signals(seen: ExposureContext) -> Evidence | None:
    """Match wide access with three or more risk signals, each harmless alone.

    A confidential name and access to all records count as two signals each.
    """
    signs = {
        "business_name": seen.level >= SensitivityLevel.S1,
        "confidential_name": seen.level >= SensitivityLevel.S2,
        "may_edit": seen.allows(Access.EDIT),
        "all_records": seen.grant.access is Access.ALL_RECORDS,
        "half_a_year_old": seen.age.at_least >= 180,
        "many_items": seen.reaches(1_000),
    }
    names = [name for name, holds in signs.items() if holds]
    return {"signs": ", ".join(names), "count": str(len(names))} if len(names) >= 3 else None
