"""Propose lines of the configuration from the marks in the store; write and change nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from agent.classify.marks import Proposal
from agent.classify.tuning import concerns, propose
from agent.run.session import Session
from agent.store.coverage import tenants
from agent.store.feedback import feedback, marks
from agent.store.findings import list_findings


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalWithScope:
    """A proposal and the number of active findings without a mark that it could change too."""

    proposal: Proposal
    unmarked: int


def proposals(session: Session, only: Sequence[str], today: date) -> list[ProposalWithScope]:
    """Return what the marks of these connectors justify, the narrowest first.

    Raise `ConfigError` if the configuration is wrong.

    Args:
        only: Names of connectors; empty for all.
    """
    keys = [tenant.key for tenant in tenants(session.engine, session.connectors(only))]
    found = propose(marks(session.engine, keys), session.policy(today))
    unmarked = [0] * len(found)
    if found:
        marked = feedback(session.engine, keys)
        for kept in list_findings(session.engine, keys, ""):
            if kept.finding.id not in marked:
                for place, proposal in enumerate(found):
                    unmarked[place] += concerns(proposal, kept.finding)
    return [
        ProposalWithScope(proposal=proposal, unmarked=count)
        for proposal, count in zip(found, unmarked, strict=True)
    ]
