"""External accounts and organizations: domains and contracts."""

from __future__ import annotations

from agent.classify.model import REACHES_OUT, SensitivityLevel, Severity
from agent.classify.rule_input import CONTAINER_KINDS, GROUP_KINDS, ExposureContext
from agent.classify.rules.registry import Evidence, rule
from connectors.sdk.records import Access, Audience, PrincipalKind

NAMED = frozenset({Audience.EXT_NAMED})
CONSUMER = frozenset({Audience.EXT_CONSUMER})
SIGNED_IN = frozenset({Audience.EXT_AUTHENTICATED_ANY})
MEDIUM, HIGH = Severity.MEDIUM, Severity.HIGH
PARTIES = NAMED | CONSUMER | {Audience.EXT_ALLOWLISTED, Audience.EXT_UNRESOLVED}

SHARED_AUDIENCES = PARTIES | SIGNED_IN


def _has_business_terms(seen: ExposureContext) -> bool:
    """Return True if the name of the item is a business term."""
    return seen.level >= SensitivityLevel.S1


@rule("EXT-001", CONSUMER, "MS.AAD.8.3v1", "GWS.DRIVEDOCS.1.1v1")
def consumer_mail(seen: ExposureContext) -> Evidence | None:
    """Match grants to consumer mail: no organization controls the account after a change of job."""
    return {"principal": seen.grant.principal}


@rule(
    "EXT-002",
    NAMED,
    "MS.SHAREPOINT.1.3v1",
    "GWS.DRIVEDOCS.1.1v1",
    "C7:7.2.6",
    "CG:3.1.2.1.1.3",
)
def not_approved(seen: ExposureContext) -> Evidence | None:
    """Match grants to organizations that are not approved, and to accounts of unknown domain."""
    return {"domain": ", ".join(seen.exposure.principal_domains) or "?"}


@rule("EXT-003", PARTIES | SIGNED_IN, "C7:7.2.5", "CG:3.1.2.1.1.6")
def outsider_can_edit(seen: ExposureContext) -> Evidence | None:
    """Match external accounts that may edit, and often share further."""
    if not seen.allows(Access.EDIT):
        return None
    evidence = {"principal": seen.grant.principal or "?", "access": seen.grant.access.value}
    return evidence | ({"variant": "group"} if seen.exposure.via_group else {})


@rule("EXT-004", PARTIES, "MS.SHAREPOINT.1.3v1", at_least=Severity.HIGH)
def blocked_party(seen: ExposureContext) -> Evidence | None:
    """Match existing grants to blocked domains: blocking removes no grant."""
    domain = seen.policy.blocked_domain(seen.exposure.principal_domains)
    return {"domain": domain} if domain else None


@rule(
    "EXT-005",
    SHARED_AUDIENCES,
    "CCM:IAM-05",
    "I:A.5.15",
    at_least=MEDIUM,
    raised=(HIGH, _has_business_terms),
)
def co_visible_organizations(seen: ExposureContext) -> Evidence | None:
    """Match containers and groups that two or more unrelated organizations have access to."""
    if seen.item.kind not in CONTAINER_KINDS | GROUP_KINDS:
        return None
    parties = seen.policy.unrelated_organizations(seen.exposure.co_located_domains)
    return {"parties": ", ".join(parties), "count": str(len(parties))} if parties[1:] else None


@rule("EXT-006", REACHES_OUT, "GWS.DRIVEDOCS.1.2v1", "GWS.DRIVEDOCS.1.7v1", at_least=Severity.LOW)
def owned_outside(seen: ExposureContext) -> Evidence | None:
    """Match items that an external account owns: they can be neither changed nor monitored."""
    owner = seen.item.owner
    if seen.item.kind not in ("file", "folder") or not isinstance(owner, str):
        return None
    _, at, domain = owner.rpartition("@")
    ours = not at or not seen.policy.internal or seen.policy.is_internal_domain(domain)
    return None if ours else {"owner": owner}


@rule(
    "EXT-007",
    PARTIES,
    "27017:CLD.8.1.5",
    "I:A.5.19",
    "CCM:IAM-07",
    at_least=Severity.HIGH,
)
def contract_ended(seen: ExposureContext) -> Evidence | None:
    """Match access of vendors whose contract has ended."""
    vendor = seen.policy.expired_vendor(seen.exposure.principal_domains)
    if vendor is None:
        return None
    return {"vendor": vendor.name, "contract": vendor.contract, "ends": vendor.ends.isoformat()}


@rule("EXT-008", PARTIES, "I:A.5.19", "27017:CLD.6.3.1", at_least=Severity.LOW)
def vendor_not_registered(seen: ExposureContext) -> Evidence | None:
    """Match access of organizations that are not in the vendor register, if there is one."""
    strangers = seen.policy.unregistered_domains(seen.exposure.principal_domains)
    return {"domain": ", ".join(strangers)} if strangers else None


@rule("EXT-009", SIGNED_IN, "CCM:IAM-05", "I:A.5.15")
def any_authenticated_external(seen: ExposureContext) -> Evidence | None:
    """Match access for every signed-in partner or customer, except claims for everyone."""
    if seen.grant.principal_kind is PrincipalKind.EVERYONE:  # the company family names the claim
        return None
    return {"principal": seen.grant.principal or "?"}
