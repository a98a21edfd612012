"""What visitors of a site may do without signing in, and files that were put on a public link."""

from __future__ import annotations

from agent.classify.model import Severity
from agent.classify.rules.registry import Evidence, rule
from agent.classify.view import View
from connectors.sdk.records import Access, Audience, PrincipalKind, Unknown

VISITORS = frozenset({Audience.PUBLIC_DISCOVERABLE})
LINKED = frozenset({Audience.ANYONE_LINK})

FORMS = frozenset({"case", "lead"})
"""Objects that public forms create records of: adding one is what they are for."""


def _all_records(seen: View) -> bool:
    return seen.grant.access is Access.ALL_RECORDS


@rule("SF-001", VISITORS, "SFH:shr_guest_user_access", "CCM:IAM-05")
def visitors_read(seen: View) -> Evidence | None:
    """The cause of the wave of leaks of 2020. What reaches nothing today is latent."""
    if not seen.is_guest_object:
        return None
    reach = seen.exposure.reach
    evidence = {
        "object": seen.item.name,
        "site": seen.grant.principal,
        "reach": "?" if isinstance(reach, Unknown) else str(reach),
    }
    return evidence | {"latent": "true"} if reach == 0 else evidence


@rule(
    "SF-002",
    VISITORS,
    "SFH:networks_guest_policies_timelines",
    at_least=Severity.MEDIUM,
    raised=(Severity.CRITICAL, _all_records),
)
def visitors_write_or_read_all(seen: View) -> Evidence | None:
    """Visitors plant and change records, or no sharing rule holds them back."""
    if not seen.is_guest_object or seen.exposure.reach == 0 or not seen.allows(Access.CREATE):
        return None
    if seen.grant.access is Access.CREATE and seen.item.id.casefold() in FORMS:
        return None
    return {
        "object": seen.item.name,
        "site": seen.grant.principal,
        "access": seen.grant.access.value,
    }


@rule("SF-007", LINKED, "CCM:DSP-10")
def unguarded_public_link(seen: View) -> Evidence | None:
    """The same as a link for anyone, where few administrators look for one."""
    by_link = seen.grant.principal_kind is PrincipalKind.LINK and seen.item.kind == "document"
    missing = {
        "expiry": seen.grant.expires_at is None,
        "password": seen.grant.password is False,
    }
    if seen.declared_public or not by_link or not any(missing.values()):
        return None
    return {"missing": ", ".join(name for name, holds in missing.items() if holds)}
