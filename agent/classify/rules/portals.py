"""What signed-in partners and customers can see in a portal."""

from __future__ import annotations

from agent.classify.model import QUARTERS, SensitivityLevel, Severity
from agent.classify.rule_input import ExposureContext
from agent.classify.rules.registry import Evidence, rule
from connectors.sdk.records import Audience, GrantCause, PrincipalKind, Unknown

SIGNED_IN = frozenset({Audience.EXT_AUTHENTICATED_ANY})
MEMBERS = SIGNED_IN | {Audience.EXT_NAMED, Audience.EXT_ALLOWLISTED}


def _personal(seen: ExposureContext) -> bool:
    return seen.sensitivity.shares[-1] == QUARTERS


def _is_object(seen: ExposureContext) -> bool:
    return seen.item.kind == "object" and seen.grant.principal_kind is PrincipalKind.ROLE


def _evidence(seen: ExposureContext) -> dict[str, str]:
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
def external_default_not_private(seen: ExposureContext) -> Evidence | None:
    """Match objects whose external default makes all records visible without a sharing rule."""
    return _evidence(seen) if _is_object(seen) and seen.grant.cause is GrantCause.DEFAULT else None


@rule("SF-009", SIGNED_IN, "SFH:shr_guest_user_access", "I:A.5.15", at_least=Severity.MEDIUM)
def cross_account_visibility(seen: ExposureContext) -> Evidence | None:
    """Match objects of business data that several accounts can see: partners find each other."""
    others = _is_object(seen) and not seen.shows_no_content
    return _evidence(seen) if others and seen.level >= SensitivityLevel.S1 else None


@rule("SF-010", SIGNED_IN, "CCM:IAM-07", at_least=Severity.MEDIUM)
def self_registration(seen: ExposureContext) -> Evidence | None:
    """Match sites where anyone can register and then see sensitive data."""
    if seen.item.kind != "registration" or seen.level < SensitivityLevel.S2:
        return None
    return {"site": seen.item.name, "data": ", ".join(seen.item.data)}
