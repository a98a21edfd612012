"""Guests: outside accounts that the directory knows."""

from __future__ import annotations

from datetime import datetime

from agent.classify.exposure import days_between
from agent.classify.model import Severity, Subject
from agent.classify.rules.registry import Evidence, rule
from agent.classify.view import PrincipalView
from connectors.sdk.records import PrincipalKind, State

INVITATION_DAYS = 30


@rule("GUEST-001", Subject.PRINCIPAL, "C7:5.3.2", "CCM:IAM-08", at_least=Severity.LOW)
def guest_is_dormant(seen: PrincipalView) -> Evidence | None:
    """A door that nobody uses. Who never signed in is counted from the day the account was made."""
    guest, allowed = seen.principal, seen.policy.table.guest_dormant_days
    if guest.kind is not PrincipalKind.GUEST or guest.state is not State.ACTIVE:
        return None
    last = guest.created_at if guest.last_sign_in is None else guest.last_sign_in
    if not isinstance(last, datetime) or days_between(last, seen.now) <= allowed:
        return None
    return {"days": str(days_between(last, seen.now)), "max_days": str(allowed)}


@rule("GUEST-002", Subject.PRINCIPAL, "C7:5.3.2", at_least=Severity.LOW)
def invitation_is_open(seen: PrincipalView) -> Evidence | None:
    """Whoever reads that mailbox by now can still accept it."""
    guest = seen.principal
    if guest.kind is not PrincipalKind.GUEST or guest.state is not State.PENDING:
        return None
    if not isinstance(guest.invited_at, datetime):
        return None
    days = days_between(guest.invited_at, seen.now)
    return {"days": str(days)} if days > INVITATION_DAYS else None
