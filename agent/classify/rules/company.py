"""Doors that stand open to the whole company, or to a large part of it."""

from __future__ import annotations

from agent.classify.model import Level, Severity
from agent.classify.rules.registry import Evidence, rule
from agent.classify.view import View
from connectors.sdk.records import Access, Audience, PrincipalKind

WHOLE = frozenset({Audience.ORG_LINK, Audience.ORG_DISCOVERABLE})
EVERYONE = frozenset({Audience.ORG_DISCOVERABLE, Audience.EXT_AUTHENTICATED_ANY})


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
    if seen.grant.principal_kind is not PrincipalKind.EVERYONE:
        return None
    return {"claim": seen.grant.principal}


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
