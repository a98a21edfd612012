"""Groups that are wider than they look, and audiences that nobody can list."""

from __future__ import annotations

from agent.classify.model import Severity, Subject
from agent.classify.rules.registry import Evidence, rule
from agent.classify.view import PLACES, PrincipalView, View
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


@rule("GRP-001", OUTSIDE, "GWS.GROUPS.1.2v1")
def group_with_outsiders(seen: View) -> Evidence | None:
    """It looks internal wherever it is used, and it is not."""
    return {"group": seen.exposure.via_group} if seen.exposure.via_group else None


@rule(
    "GRP-002",
    PUBLIC,
    "GWS.GROUPS.1.1v1",
    "GWS.GROUPS.3.1v1",
    "CG:3.1.6.1",
    "CG:3.1.6.3",
    at_least=Severity.HIGH,
)
def group_open_to_the_world(seen: View) -> Evidence | None:
    """Years of mail, read by anybody who finds the page. Posting to it is another matter."""
    if seen.item.kind not in PLACES or seen.takes_mail:
        return None
    return {"setting": seen.grant.id}


@rule("GRP-003", UNRESOLVED, "CCM:IAM-16", at_least=Severity.MEDIUM)
def cannot_be_resolved(seen: View) -> Evidence | None:
    """Unknown is not small. This rule is about the unknown, so it matches on it."""
    return {"principal": seen.grant.principal or "?"}


@rule("TEAM-001", PARTIES, "MS.TEAMS.2.1v2")
def shared_channel(seen: View) -> Evidence | None:
    """People of another company read and write here, and no list of guests names them."""
    if seen.item.kind != "channel" or seen.policy.trusts(seen.exposure.principal_domains):
        return None
    return {"domain": ", ".join(seen.exposure.principal_domains) or seen.grant.principal or "?"}


@rule("TEAM-002", Subject.PRINCIPAL, "I:A.5.18", at_least=Severity.MEDIUM)
def nobody_minds_the_guests(seen: PrincipalView) -> Evidence | None:
    """Outsiders are in, and nobody is left who would see them out. Unknown owners are not none."""
    group = seen.principal
    ours = group.kind is PrincipalKind.GROUP and group.state is not State.DELETED
    if not ours or group.owners != 0 or not seen.guests:
        return None
    return {"guests": str(seen.guests)}
