"""Gather the inputs of the score from an exposure after the policy is applied."""

from __future__ import annotations

from agent.classify.rule_input import UNUSABLE_STATES, ExposureContext
from agent.classify.scoring import ScoreInputs, days_left, idle_days


def score_inputs(view: ExposureContext) -> ScoreInputs:
    """Return what the score of an exposure is made of."""
    grant, item, domains = view.grant, view.item, view.exposure.principal_domains
    return ScoreInputs(
        audience=view.audience,
        access=grant.access,
        sensitivity=view.sensitivity,
        kind=item.kind,
        data=item.data,
        min_age_days=view.age.at_least,
        idle_days=idle_days(item, view.now),
        reach=view.exposure.reach,
        people=view.exposure.people,
        days_left=days_left(grant.expires_at, view.now),
        password=grant.password is True,
        live=grant.live,
        unread=view.shows_no_content,
        own_account=view.shows_own_account,
        owner_gone=item.owner_state in UNUSABLE_STATES,
        contract_ended=view.policy.expired_vendor(domains) is not None,
        parties=len(view.policy.unrelated_organizations(domains)),
        declared=view.declared_public,
        cause=grant.cause,
    )
