"""Missing owners, invalid waivers, and changes since the last run."""

from __future__ import annotations

from agent.classify.model import WIDTH, RulePhase, Severity
from agent.classify.rule_input import Change, ScoredExposure
from agent.classify.rules.registry import Evidence, rule
from agent.classify.scoring import access_at_least, audience_at_least
from agent.classify.waivers import InvalidWaiver
from connectors.sdk.records import Audience, State


@rule("GOV-001", RulePhase.WAIVER, "CCM:CCC-04")
def invalid_waiver(seen: InvalidWaiver) -> Evidence | None:
    """Match every invalid waiver: a risk is accepted for a time, and as it was."""
    return {
        "variant": seen.why,
        "approved_by": seen.approved_by,
        "expires": seen.expires.isoformat(),
        "audience": seen.audience,
        "access": seen.access,
        "given": seen.reason,
    }


@rule("GOV-002", RulePhase.VERDICT, "I:A.5.18", at_least=Severity.MEDIUM)
def no_accountable_owner(seen: ScoredExposure) -> Evidence | None:
    """Match severe exposures whose item has no owner.

    An owner is missing only if the service reports so; where items have no owners (a shared drive),
    the state of the owner is unknown and nothing matches.
    """
    item = seen.context.item
    orphan = item.owner is None and item.owner_state is not State.UNKNOWN
    return {} if orphan and seen.severity >= Severity.HIGH else None


@rule("CHG-001", RulePhase.CHANGE, "CCM:CCC-07")
def opened_or_widened(seen: Change) -> Evidence | None:
    """Match findings that became wider, or are new and public, if the tenant was read before."""
    if not seen.comparable or seen.gone:
        return None
    if seen.old is None:
        public = audience_at_least(seen.new.audience, Audience.ANYONE_LINK)
        return {"variant": "public", "audience": seen.new.audience} if public else None
    wider = WIDTH[seen.new.audience] > WIDTH[seen.old.audience]
    more = not access_at_least(seen.old.access, seen.new.access)
    if not wider and not more:
        return None
    return {
        "before": f"{seen.old.audience}, {seen.old.access}",
        "after": f"{seen.new.audience}, {seen.new.access}",
    }


@rule("CHG-002", RulePhase.CHANGE, "CCM:CCC-07")
def reopened(seen: Change) -> Evidence | None:
    """Match findings that were resolved before."""
    return {} if seen.gone else None
