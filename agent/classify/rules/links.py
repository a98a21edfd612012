"""Access without a sign-in: links for anyone, and items that anyone can find."""

from __future__ import annotations

from agent.classify.model import REACHES_OUT, SensitivityLevel, Severity
from agent.classify.rule_input import CONTAINER_KINDS, UNUSABLE_STATES, ExposureContext
from agent.classify.rules.registry import Evidence, rule
from agent.classify.scoring import DORMANT_DAYS, days_between
from connectors.sdk.records import Access, Audience, GrantCause, Unknown

OUTSIDE = REACHES_OUT - {Audience.LARGE_INTERNAL, Audience.ORG_LINK, Audience.ORG_DISCOVERABLE}
ANYONE = frozenset({Audience.ANYONE_LINK})
PUBLIC = frozenset({Audience.PUBLIC_DISCOVERABLE})
OPEN = ANYONE | PUBLIC

LONG_DAYS = 365


@rule("LINK-001", OPEN, "MS.SHAREPOINT.3.2v1", "C7:7.2.11", "CCM:IAM-05", at_least=Severity.MEDIUM)
def anyone_can_edit(seen: ExposureContext) -> Evidence | None:
    """Match links by which anyone can change or add content, declared public or not."""
    sites_own = seen.is_guest_object or seen.grant.cause is GrantCause.CODE
    if sites_own or not seen.allows(Access.EDIT):
        return None
    return {"access": seen.grant.access.value}


@rule(
    "LINK-002",
    OPEN,
    "MS.SHAREPOINT.1.1v1",
    "MS.SHAREPOINT.1.2v1",
    "GWS.DRIVEDOCS.1.5v1",
    "I:A.5.34",
    "CCM:DSP-17",
)
def sensitive_public_item(seen: ExposureContext) -> Evidence | None:
    """Match items with a sensitive name or content that anyone can read."""
    if seen.is_guest_object or seen.level < SensitivityLevel.S2:
        return None
    return {"terms": ", ".join(seen.sensitivity.terms)}


@rule("LINK-003", ANYONE, "MS.SHAREPOINT.3.1v1", at_least=Severity.LOW)
def never_expires(seen: ExposureContext) -> Evidence | None:
    """Match links without an expiry; an unknown expiry does not match."""
    if seen.declared_public or seen.grant.expires_at is not None:
        return None
    return {"max_days": str(seen.policy.table.link_max_days)}


@rule("LINK-004", OPEN, "MS.SHAREPOINT.3.1v1", "CCM:IAM-08", "MIC-GB-2024:tools")
def long_lived_link(seen: ExposureContext) -> Evidence | None:
    """Match links that have been open for a year or longer.

    If the creation is unknown, an item that is old enough matches as "possible"; what is declared
    public matches only if it is certain.
    """
    if seen.is_guest_object:
        return None
    least, most = seen.age.at_least, seen.age.at_most
    if least >= LONG_DAYS:
        return {"days": str(least), "certainty": "certain"}
    if most is None or most < LONG_DAYS or seen.declared_public:
        return None
    return {"days": str(most), "certainty": "possible", "variant": "possible"}


@rule("LINK-005", OPEN, "CCM:IAM-05", "I:A.8.3")
def open_container(seen: ExposureContext) -> Evidence | None:
    """Match open containers: what is added later is open at once."""
    if seen.declared_public or seen.item.kind not in CONTAINER_KINDS:
        return None
    reach = seen.exposure.reach
    return {"reach": "?" if isinstance(reach, Unknown) else str(reach)}


@rule("LINK-006", PUBLIC, "CG:3.1.2.1.1.2", "GWS.DRIVEDOCS.1.5v1", at_least=Severity.LOW)
def publicly_discoverable(seen: ExposureContext) -> Evidence | None:
    """Match items that anyone can find without a link.

    Declared public paths are excluded unless anyone can add content.
    """
    declared = seen.declared_public and not seen.allows(Access.CREATE)
    others = (
        seen.is_guest_object or seen.accepts_external_posts or seen.grant.cause is GrantCause.CODE
    )
    return None if declared or others else {}


@rule("LINK-007", OUTSIDE, "C7:7.2.9", "CCM:IAM-07")
def dormant_share(seen: ExposureContext) -> Evidence | None:
    """Match external access to items that are known to be unused for a year."""
    return {"max_days": str(DORMANT_DAYS)} if seen.dormant and not seen.declared_public else None


@rule("LINK-008", ANYONE, "MS.SHAREPOINT.3.1v1", at_least=Severity.LOW)
def expires_too_late(seen: ExposureContext) -> Evidence | None:
    """Match links whose expiry is beyond the policy, counted from the latest possible creation."""
    ends, starts = seen.grant.expires_at, seen.grant.created_at
    if seen.declared_public or ends is None or isinstance(ends, Unknown):
        return None
    start = seen.exposure.first_seen if isinstance(starts, Unknown) else starts
    allowed, days = seen.policy.table.link_max_days, days_between(start, ends)
    return {"days": str(days), "max_days": str(allowed)} if days > allowed else None


@rule(
    "LINK-009",
    REACHES_OUT - {Audience.LARGE_INTERNAL},
    "I:A.5.18",
    "CCM:IAM-07",
    at_least=Severity.MEDIUM,
)
def departed_owner(seen: ExposureContext) -> Evidence | None:
    """Match access if the owner of the item, or the creator of the grant, can no longer sign in."""
    owner, maker = seen.item.owner, seen.grant.created_by
    if seen.item.owner_state in UNUSABLE_STATES:
        return {"owner": owner if isinstance(owner, str) else "?"}
    if seen.exposure.creator_state in UNUSABLE_STATES:
        return {"owner": maker if isinstance(maker, str) else "?", "variant": "maker"}
    return None


@rule("LINK-010", OPEN, "MS.SHAREPOINT.3.2v1", at_least=Severity.LOW)
def open_upload_box(seen: ExposureContext) -> Evidence | None:
    """Match upload links without expiry, and groups that accept posts from anyone."""
    if seen.accepts_external_posts:
        return {"variant": "group"}
    endless = seen.is_upload_box and seen.grant.expires_at is None
    return {} if endless and not seen.is_guest_object else None


@rule("LINK-011", ANYONE, "MS.SHAREPOINT.1.1v1", "GWS.DRIVEDOCS.1.5v1")
def link_with_risk_signals(seen: ExposureContext) -> Evidence | None:
    """Match links with two or more risk signals that match no other rule for links."""
    if seen.declared_public or seen.level >= SensitivityLevel.S2:
        return None
    signs = {
        "business_name": seen.level is SensitivityLevel.S1,
        "may_add": seen.allows(Access.COMMENT),
        "months_old": seen.age.at_least >= 30,
        "unused": seen.dormant,
        "many_items": seen.reaches(10),
    }
    names = [name for name, holds in signs.items() if holds]
    return {"signs": ", ".join(names), "count": str(len(names))} if len(names) >= 2 else None
