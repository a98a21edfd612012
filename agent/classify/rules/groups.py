"""Groups with external members or access, and audiences that cannot be resolved."""

from __future__ import annotations

from agent.classify.model import SensitivityLevel, Severity, Subject
from agent.classify.rule_input import GROUP_KINDS, ExposureContext, PrincipalContext
from agent.classify.rules.registry import Evidence, rule
from connectors.sdk.records import Audience, PrincipalKind, State

PUBLIC = frozenset({Audience.ANYONE_LINK, Audience.PUBLIC_DISCOVERABLE})
PARTIES = frozenset({Audience.EXT_NAMED, Audience.EXT_CONSUMER, Audience.EXT_UNRESOLVED})
UNRESOLVED = frozenset({Audience.EXT_UNRESOLVED, Audience.UNKNOWN})
OUTSIDE = frozenset(Audience) - {
    Audience.NAMED_INTERNAL,
    Audience.LARGE_INTERNAL,
    Audience.ORG_LINK,
    Audience.ORG_DISCOVERABLE,
    Audience.UNKNOWN,
}


def _is_sensitive(seen: ExposureContext) -> bool:
    return seen.level >= SensitivityLevel.S2


@rule("GRP-001", OUTSIDE, "GWS.GROUPS.1.2v1")
def group_with_outsiders(seen: ExposureContext) -> Evidence | None:
    """Match grants to an own group with external members: it looks internal where it is used."""
    return {"group": seen.exposure.via_group} if seen.exposure.via_group else None


@rule(
    "GRP-002",
    PUBLIC,
    "GWS.GROUPS.1.1v1",
    "GWS.GROUPS.3.1v1",
    "CG:3.1.6.1",
    "CG:3.1.6.3",
    at_least=Severity.MEDIUM,
    raised=(Severity.HIGH, _is_sensitive),
)
def public_group(seen: ExposureContext) -> Evidence | None:
    """Match groups whose messages anyone can read; that anyone may post is another rule."""
    if seen.item.kind not in GROUP_KINDS or seen.accepts_external_posts:
        return None
    return {"setting": seen.grant.id}


@rule("GRP-003", UNRESOLVED, "CCM:IAM-16", at_least=Severity.MEDIUM)
def unresolved_audience(seen: ExposureContext) -> Evidence | None:
    """Match audiences that are unknown: unknown does not mean small."""
    return {"principal": seen.grant.principal or "?"}


@rule("TEAM-001", PARTIES, "MS.TEAMS.2.1v2")
def shared_channel(seen: ExposureContext) -> Evidence | None:
    """Match channels shared with organizations that are not trusted: no guest list shows them."""
    if seen.item.kind != "channel" or seen.policy.all_trusted(seen.exposure.principal_domains):
        return None
    return {"domain": ", ".join(seen.exposure.principal_domains) or seen.grant.principal or "?"}


@rule("TEAM-002", Subject.PRINCIPAL, "I:A.5.18", at_least=Severity.MEDIUM)
def no_active_group_owner(seen: PrincipalContext) -> Evidence | None:
    """Match groups with external members and no active owner.

    An unknown number of owners does not match.
    """
    group = seen.principal
    ours = group.kind is PrincipalKind.GROUP and group.state is not State.DELETED
    if not ours or group.owners != 0 or not seen.guests:
        return None
    return {"guests": str(seen.guests)}
