"""Groups that are wider than they look, and audiences that nobody can list."""

from __future__ import annotations

from agent.classify.model import Severity
from agent.classify.rules.registry import Evidence, rule
from agent.classify.view import View
from connectors.sdk.records import Audience

UNRESOLVED = frozenset({Audience.EXT_UNRESOLVED, Audience.UNKNOWN})
OUTSIDE = frozenset(Audience) - {
    Audience.NAMED_INTERNAL,
    Audience.LARGE_INTERNAL,
    Audience.ORG_LINK,
    Audience.ORG_DISCOVERABLE,
    Audience.UNKNOWN,
}


@rule("GRP-001", OUTSIDE, "GWS.GROUPS.1.2v1")
def group_with_outsiders(seen: View) -> Evidence | None:
    """It looks internal wherever it is used, and it is not."""
    return {"group": seen.exposure.via_group} if seen.exposure.via_group else None


@rule("GRP-003", UNRESOLVED, "CCM:IAM-16", at_least=Severity.MEDIUM)
def cannot_be_resolved(seen: View) -> Evidence | None:
    """Unknown is not small. This rule is about the unknown, so it matches on it."""
    return {"principal": seen.grant.principal or "?"}
