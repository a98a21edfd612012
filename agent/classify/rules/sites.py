"""Access of a site's anonymous visitors, and files with public links."""

from __future__ import annotations

from agent.classify.model import QUARTERS, Severity
from agent.classify.rule_input import ExposureContext
from agent.classify.rules.registry import Evidence, rule
from connectors.sdk.records import Access, Audience, GrantCause, PrincipalKind, Unknown

VISITORS = frozenset({Audience.PUBLIC_DISCOVERABLE})
LINKED = frozenset({Audience.ANYONE_LINK})
OPEN = VISITORS | LINKED

FORMS = frozenset({"case", "lead"})
"""Objects whose records public forms create by design."""


def _item_evidence(seen: ExposureContext) -> dict[str, str]:
    return {"object": seen.item.name, "site": seen.grant.principal}


def _all_records(seen: ExposureContext) -> bool:
    return seen.grant.access is Access.ALL_RECORDS


def _is_personal(seen: ExposureContext) -> bool:
    """Return True for what is surely personal data."""
    return seen.sensitivity.shares[-1] == QUARTERS


@rule("SF-001", VISITORS, "SFH:shr_guest_user_access", "CCM:IAM-05", latent=True)
def guest_reads_object(seen: ExposureContext) -> Evidence | None:
    """Match objects that visitors can read; latent if no record is visible today."""
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
def guest_writes_or_reads_all(seen: ExposureContext) -> Evidence | None:
    """Match objects that visitors can write, or read without a sharing rule; forms are excluded."""
    if not seen.is_guest_object or seen.exposure.reach == 0 or not seen.allows(Access.CREATE):
        return None
    if seen.grant.access is Access.CREATE and seen.item.id.casefold() in FORMS:
        return None
    return {
        "object": seen.item.name,
        "site": seen.grant.principal,
        "access": seen.grant.access.value,
    }


@rule(
    "SF-003",
    VISITORS,
    "SFH:000395546",
    at_least=Severity.LOW,
    raised=(Severity.HIGH, _is_personal),
)
def guest_sharing_rule(seen: ExposureContext) -> Evidence | None:
    """Match sharing rules for visitors, the usual cause of public records."""
    if not seen.is_guest_object or seen.grant.cause is not GrantCause.RULE:
        return None
    evidence = _item_evidence(seen) | {"rule": seen.grant.id}
    match seen.grant.criteria:
        case "":
            return evidence
        case "*":
            return evidence | {"variant": "all"}
        case criteria:
            return evidence | {"variant": "criteria", "criteria": criteria}


@rule("SF-004", VISITORS, "SFH:networks_secure_historical_data", at_least=Severity.HIGH)
def legacy_guest_access(seen: ExposureContext) -> Evidence | None:
    """Match access that was given before the stricter defaults of 2021 and remains."""
    left = seen.grant.cause in (GrantCause.LEFTOVER, GrantCause.OWNERSHIP)
    return _item_evidence(seen) if seen.is_guest_object and left else None


@rule("SF-007", LINKED, "CCM:DSP-10")
def public_link_without_expiry_or_password(seen: ExposureContext) -> Evidence | None:
    """Match public links of documents without expiry or password."""
    by_link = seen.grant.principal_kind is PrincipalKind.LINK and seen.item.kind == "document"
    missing = {
        "expiry": seen.grant.expires_at is None,
        "password": seen.grant.password is False,
    }
    if seen.declared_public or not by_link or not any(missing.values()):
        return None
    return {"missing": ", ".join(name for name, holds in missing.items() if holds)}


@rule("SF-008", VISITORS, "SFH:networks_guest_policies_timelines", at_least=Severity.MEDIUM)
def apex_without_sharing(seen: ExposureContext) -> Evidence | None:
    """Match programs that run for visitors without regard to sharing rules."""
    if seen.grant.cause is not GrantCause.CODE:
        return None
    return {"program": seen.item.name, "site": seen.grant.principal}


@rule("SF-011", OPEN, "CCM:DSP-10")
def public_document(seen: ExposureContext) -> Evidence | None:
    """Match public documents and document folders; folders pass their access on."""
    by_link = seen.grant.principal_kind is PrincipalKind.LINK
    if seen.item.kind not in ("document", "document_folder") or by_link or seen.declared_public:
        return None
    return {"variant": "folder"} if seen.item.kind == "document_folder" else {}


@rule("SF-012", VISITORS, "SFH:shr_guest_user_access")
def externally_confirmed(seen: ExposureContext) -> Evidence | None:
    """Match objects whose records an anonymous visitor could count."""
    known = seen.grant.cause is not GrantCause.UNEXPLAINED and not seen.declared_public
    return _external_count_evidence(seen) if seen.is_guest_object and known else None


@rule("SF-017", VISITORS, "SFH:shr_guest_user_access", at_least=Severity.CRITICAL)
def unexplained_external_access(seen: ExposureContext) -> Evidence | None:
    """Match objects of which a visitor could count more records than known grants open."""
    if not seen.is_guest_object or seen.grant.cause is not GrantCause.UNEXPLAINED:
        return None
    return _external_count_evidence(seen)


def _external_count_evidence(seen: ExposureContext) -> Evidence | None:
    external_count = seen.exposure.external_count
    if external_count is None:
        return None
    return {
        "object": seen.item.name,
        "site": external_count.site,
        "address": external_count.url.removeprefix("https://"),
        "count": f"{external_count.count:,}",
        "inside": "?"
        if isinstance(external_count.inside, Unknown)
        else f"{external_count.inside:,}",
        "made": external_count.made.date().isoformat(),
    }
