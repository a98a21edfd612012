"""Guests: external accounts in a directory."""

from __future__ import annotations

from datetime import datetime

from agent.classify.model import Severity, Subject
from agent.classify.rule_input import UNUSABLE_STATES, ExposureContext, PrincipalContext
from agent.classify.rules.registry import Evidence, rule
from agent.classify.scoring import days_between
from connectors.sdk.records import Audience, PrincipalKind, State

INVITATION_DAYS = 30
MANY_CONTAINERS = 20


@rule("GUEST-001", Subject.PRINCIPAL, "C7:5.3.2", "CCM:IAM-08", at_least=Severity.LOW)
def guest_is_dormant(seen: PrincipalContext) -> Evidence | None:
    """Match guests without a sign-in for too long; without any sign-in, the creation counts."""
    guest, allowed = seen.principal, seen.policy.table.guest_dormant_days
    if guest.kind is not PrincipalKind.GUEST or guest.state is not State.ACTIVE:
        return None
    last = guest.created_at if guest.last_sign_in is None else guest.last_sign_in
    if not isinstance(last, datetime) or days_between(last, seen.now) <= allowed:
        return None
    return {"days": str(days_between(last, seen.now)), "max_days": str(allowed)}


@rule("GUEST-002", Subject.PRINCIPAL, "C7:5.3.2", at_least=Severity.LOW)
def pending_invitation(seen: PrincipalContext) -> Evidence | None:
    """Match invitations still pending after 30 days: any reader of the mailbox can accept."""
    guest = seen.principal
    if guest.kind is not PrincipalKind.GUEST or guest.state is not State.PENDING:
        return None
    if not isinstance(guest.invited_at, datetime):
        return None
    days = days_between(guest.invited_at, seen.now)
    return {"days": str(days)} if days > INVITATION_DAYS else None


@rule("GUEST-003", Subject.PRINCIPAL, "I:A.8.2", "MS.AAD.8.1v1", at_least=Severity.HIGH)
def guest_is_admin_or_owner(seen: PrincipalContext) -> Evidence | None:
    """Match external accounts that are owner of a team or have an administrator's role."""
    who = seen.principal
    usable = who.external is True and who.state not in UNUSABLE_STATES
    return {"roles": ", ".join(who.roles)} if usable and who.roles else None


@rule("GUEST-004", Subject.PRINCIPAL, "CCM:IAM-08", at_least=Severity.LOW)
def guest_without_sponsor(seen: PrincipalContext) -> Evidence | None:
    """Match guests without a sponsor; an unknown sponsor does not match."""
    guest = seen.principal
    return {} if guest.kind is PrincipalKind.GUEST and guest.sponsor is None else None


@rule("GUEST-005", Subject.PRINCIPAL, "CCM:IAM-05", at_least=Severity.MEDIUM)
def guest_with_broad_access(seen: PrincipalContext) -> Evidence | None:
    """Match external accounts with access to more than 20 containers."""
    if seen.principal.external is not True or seen.containers <= MANY_CONTAINERS:
        return None
    return {"places": str(seen.containers), "most": str(MANY_CONTAINERS)}


@rule("GUEST-006", frozenset(Audience), "CCM:IAM-07", at_least=Severity.LOW, latent=True)
def orphaned_grant(seen: ExposureContext) -> Evidence | None:
    """Match grants to deleted accounts: a restored account would have access again."""
    if seen.grant.principal_state is not State.DELETED:
        return None
    return {"principal": seen.grant.principal or "?"}
