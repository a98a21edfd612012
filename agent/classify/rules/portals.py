"""What signed-in partners and customers can see in a portal."""

from __future__ import annotations

from agent.classify.model import Level, Severity
from agent.classify.rules.registry import Evidence, rule
from agent.classify.view import View
from connectors.sdk.records import Audience, Cause, PrincipalKind, Unknown

SIGNED_IN = frozenset({Audience.EXT_AUTHENTICATED_ANY})
MEMBERS = SIGNED_IN | {Audience.EXT_NAMED, Audience.EXT_ALLOWLISTED}


def _personal(seen: View) -> bool:
    return seen.level is Level.S3


def _is_object(seen: View) -> bool:
    return seen.item.kind == "object" and seen.grant.principal_kind is PrincipalKind.ROLE


def _told(seen: View) -> dict[str, str]:
    reach = seen.exposure.reach
    return {
        "object": seen.item.name,
        "principal": seen.grant.principal or "?",
        "reach": "?" if isinstance(reach, Unknown) else str(reach),
    }


@rule(
    "SF-006",
    MEMBERS,
    "SFH:shr_guest_user_access",
    raised=(Severity.HIGH, _personal),
)
def open_by_default(seen: View) -> Evidence | None:
    """Match objects whose external default makes all records visible without a sharing rule."""
    return _told(seen) if _is_object(seen) and seen.grant.cause is Cause.DEFAULT else None


@rule("SF-009", SIGNED_IN, "SFH:shr_guest_user_access", "I:A.5.15", at_least=Severity.HIGH)
def partners_meet(seen: View) -> Evidence | None:
    """Match objects of business data that several accounts can see: partners find each other."""
    return _told(seen) if _is_object(seen) and seen.level >= Level.S1 else None


@rule("SF-010", SIGNED_IN, "CCM:IAM-07", at_least=Severity.MEDIUM)
def registers_itself(seen: View) -> Evidence | None:
    """Match sites where anyone can register and then see sensitive data."""
    if seen.item.kind != "registration" or seen.level < Level.S2:
        return None
    return {"site": seen.item.name, "data": ", ".join(seen.item.data)}
